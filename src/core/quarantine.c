/* quarantine.c - freed blocks held back, and how they leave. */
#include "core.h"

/*
 * Out of the quarantine, in state leaving with our reference. The retired entry is there before the
 * index forgets the block, so that no free in between finds nothing.
 */
static VOID McpLeave(MC_RECORD *Record, const MC_CALL *Call, MC_BY By)
{
    McBlockInspect(Record, Call, By, McActionReleased);
    if (!McIsGone(Record))
        McRetiredAdd(Record); /* whoever owns the address now is not to be taken for it */
    McBlockWithdraw(Record);
    McRecordRelease(Record);
}

/* Until the queue is within bounds, or all that is left is referenced. */
static VOID McpShrink(MC_LANE *Lane, BOOLEAN Paged, ULONG Blocks, SIZE_T Bytes, const MC_CALL *Call,
                      MC_BY By)
{
    MC_RECORD *Evicted[MC_EVICT_BATCH];
    ULONG Count, Index;

    do {
        Count = McLaneEvict(Lane, Paged, Blocks, Bytes, Evicted);
        for (Index = 0; Index < Count; Index++)
            McpLeave(Evicted[Index], Call, By);
    } while (Count == MC_EVICT_BATCH);
}

/*
 * A block larger than the whole quarantine would only push everything else out, and one that is
 * charged to a process must not be kept from it: they are let go at once, and stand among the
 * retired.
 */
BOOLEAN McQuarantineTakes(const MC_RECORD *Record)
{
    return McOptions.DoubleFrees != 0 && (Record->Attributes & MC_QUOTA) == 0 &&
           Record->Size + Record->Front + Record->Rear <= Mc.QuarantineBytes;
}

VOID McQuarantineAdd(MC_LANE *Lane, MC_RECORD *Record, const MC_CALL *Call)
{
    const BOOLEAN Paged = McIsPaged(Record);

    if (!McQuarantineTakes(Record)) {
        McRecordMove(Record, McStateFreeing, McStateLeaving);
        McRetiredAdd(Record);
        McBlockWithdraw(Record);
        McRecordRelease(Record);
        return;
    }
    if (!McIsPlain(Record)) {
        McBlockFill(Record);
        McIntactClear(Record); /* looks until now did not see the fill */
    }
    McOsReleaseBarrier(); /* quarantined means: the fill is there */
    McRecordMove(Record, McStateFreeing, McStateQuarantined);
    McLanePush(Lane, Record);
    McRecordRelease(Record);
    McpShrink(Lane, Paged, Mc.QuarantineBlocks, Mc.QuarantineBytes, Call, McByQuarantine);
}

VOID McQuarantineDrain(const MC_CALL *Call, MC_BY By)
{
    ULONG Index;

    for (Index = 0; Index <= Mc.LaneMask; Index++) {
        McpShrink(&Mc.Lane[Index], FALSE, 0, 0, Call, By);
        if (McOsIrql() < DISPATCH_LEVEL)
            McpShrink(&Mc.Lane[Index], TRUE, 0, 0, Call, By);
    }
}
