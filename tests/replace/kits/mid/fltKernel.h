/* fltKernel.h - as in the kits from Vista on: includes ntifs.h. */
#ifndef _FLTKERNEL_
#define _FLTKERNEL_
#include <ntifs.h>
static __inline VOID KitFltRelease(PVOID P)
{
    ExFreePool(P);
}
#endif
