/* fltKernel.h - as in the kits from Windows 10, version 2004 on: includes ntifs.h. */
#ifndef _FLTKERNEL_
#define _FLTKERNEL_
#include <ntifs.h>
static __inline VOID KitFltRelease(PVOID P)
{
    ExFreePool(P);
}
#endif
