/* ntddk.h - as in the kits of Windows 2000 to 2003: includes no other; three names are macros. */
#ifndef _NTDDK_
#define _NTDDK_
#include "../types.h"
#include "../routines.h"
#define ExFreePool(a)                 ExFreePoolWithTag(a, 0)
#define ExAllocatePool(a, b)          ExAllocatePoolWithTag(a, b, ' tiK')
#define ExAllocatePoolWithQuota(a, b) ExAllocatePoolWithQuotaTag(a, b, ' tiK')
#ifdef VERIFIER_DDK_EXTENSIONS
#undef ExFreePool
#define ExFreePool(a) KitExFreePool(a, __FILE__, __LINE__)
#endif
#endif
