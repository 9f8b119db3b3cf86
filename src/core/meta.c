/* meta.c - MemCheck's own memory comes from the pool like any other. */
#include "core.h"

PVOID McMetaAllocate(SIZE_T Size)
{
    PVOID P = McOsMetaAllocate(Size);
    MC_CALL Call;

    if (P != 0 && Mc.Plains != 0) {
        McCallMake(&Call, McByNobody, 0, 0, 0, McOsReturnAddress());
        Call.Captured = TRUE; /* storing it could lead here again */
        McPlainCompare((ULONG_PTR)P, Size, &Call);
    }
    return P;
}
