/* ndis.h - as in the kits from Vista on: includes ntddk.h. */
#ifndef _NDIS_
#define _NDIS_
#include <ntddk.h>
static __inline VOID KitNdisRelease(PVOID P)
{
    ExFreePoolWithTag(P, 'sidN');
}
#endif
