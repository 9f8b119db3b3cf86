/* ntddk.h - as in the kits from Vista on: includes wdm.h; then an inline function, a macro. */
#ifndef _KIT_NTDDK_
#define _KIT_NTDDK_
#include <wdm.h>
static __inline VOID KitRelease(PVOID P)
{
    ExFreePool(P);
}
#define ExFreePool(a) ExFreePoolWithTag(a, 0)
#endif
