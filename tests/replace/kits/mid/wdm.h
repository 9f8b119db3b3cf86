/* wdm.h - as in the kits from Vista on: the routines stand here. */
#ifndef _WDMDDK_
#define _WDMDDK_
#ifndef _NTDDK_
#define _WDM_INCLUDED_
#define _NTDDK_
#endif
#include "../types.h"
#include "../routines.h"
#endif
