/* quarantine.c - freed blocks held back, and how they leave. */
#include "core.h"

/*
 * Out of the quarantine, in state leaving with our reference. The retired entries are there before
 * the index forgets the blocks, so that no free in between finds nothing. Those that nobody else
 * has in hand, as good as all of them, go back to the lane together.
 */
static VOID McpLeaveAll(MC_LANE *Lane, MC_RECORD **Evicted, ULONG Count, const MC_CALL *Call,
                        MC_BY By)
{
    MC_RECORD *First = 0, *Last = 0;
    ULONG Index, Gone = 0;

    for (Index = 0; Index < Count; Index++)
        McBlockExpect(Evicted[Index]);
    for (Index = 0; Index < Count; Index++)
        McBlockInspect(Evicted[Index], Call, By, McActionReleased);
    if (Count != 0)
        McRetiredAdd(Lane, Evicted, Count);
    for (Index = 0; Index < Count; Index++) {
        McBlockWithdraw(Evicted[Index]);
        if (!McRecordAlone(Evicted[Index])) {
            McRecordRelease(Evicted[Index]);
        } else if (McBlockGiveBack(Evicted[Index])) {
            Evicted[Index]->Next = First != 0 ? First->Handle : 0;
            First = Evicted[Index];
            Gone++;
            if (Last == 0)
                Last = First;
        }
    }
    if (First != 0)
        McLaneReturn(Lane, First, Last, Gone);
}

/* Until the queue is within bounds (or empty), or all that is left is referenced. */
static VOID McpShrink(MC_LANE *Lane, BOOLEAN Paged, BOOLEAN Bounded, const MC_CALL *Call, MC_BY By)
{
    MC_RECORD *Evicted[MC_EVICT_BATCH];
    ULONG Count;

    do {
        Count = McLaneEvict(Lane, Paged, Bounded, Evicted);
        McpLeaveAll(Lane, Evicted, Count, Call, By);
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
    MC_RECORD *Evicted[MC_EVICT_BATCH];
    ULONG Count;

    if (!McQuarantineTakes(Record)) {
        McRecordMove(Record, McStateFreeing, McStateLeaving);
        McRetiredAdd(Lane, &Record, 1);
        McBlockWithdraw(Record);
        McRecordRelease(Record);
        return;
    }
    if (!McIsPlain(Record)) {
        McBlockFill(Record);
        McIntactClear(Record); /* looks until now did not see the fill */
    }
    Count = McLanePush(Lane, Record, Evicted);
    McRecordHold(Record); /* quarantined means: the fill is there */
    McpLeaveAll(Lane, Evicted, Count, Call, McByQuarantine);
    if (Count == MC_EVICT_BATCH)
        McpShrink(Lane, Paged, TRUE, Call, McByQuarantine);
}

/* Where a queue was broken, its blocks are still held back: by their records. */
static VOID McpRescue(const MC_CALL *Call, MC_BY By)
{
    const ULONG Limit = McRecordLimit();
    MC_LANE *Lane = McLaneHere();
    MC_RECORD *Record;
    ULONG Handle;

    for (Handle = 1; Handle < Limit; Handle++) {
        Record = McRecordAt(Handle);
        if (Record != 0 && McRecordIsSound(Record) && McRecordEvict(Record))
            McpLeaveAll(Lane, &Record, 1, Call, By);
    }
}

VOID McQuarantineDrain(const MC_CALL *Call, MC_BY By)
{
    ULONG Index;

    for (Index = 0; Index <= Mc.LaneMask; Index++) {
        McpShrink(&Mc.Lane[Index], FALSE, FALSE, Call, By);
        if (McOsIrql() < DISPATCH_LEVEL)
            McpShrink(&Mc.Lane[Index], TRUE, FALSE, Call, By);
    }
    if (By == McByExit && (Mc.OwnBroken & MC_BROKEN_LIST) != 0)
        McpRescue(Call, By);
}
