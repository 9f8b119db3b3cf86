/*
 * bugs.c - one bug at a time, chosen by a macro. The comments at the ends of lines are read by
 * tests/checks/link.sh: that is where the report must point to, once its offsets are looked up.
 */
#include "link_test.h"

ULONG TestBugs(VOID)
{
    volatile UCHAR *P = NULL;

#ifdef BUG_OVERRUN
    P = ExAllocatePool(NonPagedPool, 100); /* BUG_OVERRUN allocated */
    P[100] = 'x';
    ExFreePool((PVOID)P); /* BUG_OVERRUN found */
#endif
#ifdef BUG_LEAK
    P = ExAllocatePool(NonPagedPool, 40); /* BUG_LEAK allocated */
#endif
#ifdef BUG_DOUBLE_FREE
    P = ExAllocatePool(NonPagedPool, 40); /* BUG_DOUBLE_FREE allocated */
    ExFreePool((PVOID)P);                 /* BUG_DOUBLE_FREE freed */
    ExFreePool((PVOID)P);                 /* BUG_DOUBLE_FREE found */
#endif
    return P != NULL;
}
