/* wdm.h - as in the kits of Windows 2000 to 2003: instead of ntddk.h. ExFreePool is no macro. */
#ifndef _WDMDDK_
#define _WDMDDK_
#include "../types.h"
#include "../routines.h"
#define ExAllocatePool(a, b)          ExAllocatePoolWithTag(a, b, ' mdK')
#define ExAllocatePoolWithQuota(a, b) ExAllocatePoolWithQuotaTag(a, b, ' mdK')
#endif
