/* ndis.h - as in the kits of Windows 2000 to 2003: by itself without pool routines, or on ntddk.h.
 */
#ifndef _NDIS_
#define _NDIS_
#if BINARY_COMPATIBLE
#define _NTDDK_
typedef void *NDIS_HANDLE;
#else
#include <ntddk.h>
#endif
#endif
