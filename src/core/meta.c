/*
 * meta.c - MemCheck's own memory comes from the pool like any other. So it may lie where a plain
 * block is believed to be, or where a block was that the driver frees late.
 */
#include "core.h"

PVOID McMetaAllocate(SIZE_T Size)
{
    PVOID P = McOsMetaAllocate(Size);
    MC_CALL Call;

    if (P == 0)
        return 0;
    McRetiredTaken((ULONG_PTR)P, Size, TRUE);
    if (MC_PLAINS) {
        McCallMake(&Call, McByNobody, 0, 0, 0, McOsReturnAddress());
        Call.Captured = TRUE; /* storing it could lead here again */
        McPlainCompare((ULONG_PTR)P, Size, &Call);
    }
    return P;
}

VOID McMetaFree(PVOID P, SIZE_T Size)
{
    McRetiredTaken((ULONG_PTR)P, Size, FALSE);
    McOsMetaFree(P, Size);
}
