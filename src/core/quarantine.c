/* quarantine.c - freed blocks held back, and how they leave. */
#include "core.h"

/*
 * Out of the quarantine, in state leaving with our reference. The retired entry is there before the
 * index forgets the block, so that no free in between finds nothing.
 */
static VOID McpLeave(MC_RECORD *Record, const MC_CALL *Call, MC_BY By)
{
    McBlockInspect(Record, Call, By, McActionReleased);
    McRetiredAdd(Record);
    McIndexRemove(Record);
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
 * A block larger than the whole quarantine would only push everything else out: it is let go at
 * once, and stands among the retired.
 */
VOID McQuarantineAdd(MC_LANE *Lane, MC_RECORD *Record, const MC_CALL *Call)
{
    const SIZE_T RawSize = Record->Size + Record->Front + Record->Rear;
    const BOOLEAN Paged = McIsPaged(Record);

    if (McOptions.DoubleFrees == 0 || RawSize > Mc.QuarantineBytes) {
        McRecordMove(Record, McStateFreeing, McStateLeaving);
        McRetiredAdd(Record);
        McIndexRemove(Record);
        McRecordRelease(Record);
        return;
    }
    McBlockFill(Record);
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
