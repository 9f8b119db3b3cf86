/* indexcheck.c - the invariants of the page index (index.h), for tests. */
#include "index.h"

typedef struct _MC_TALLY {
    ULONG Marks;  /* found */
    ULONG Wanted; /* by the starts found */
    ULONG Large;
} MC_TALLY;

/* Is there exactly one slot like this? */
static BOOLEAN McpIsThereOnce(ULONG_PTR Cell, ULONG Handle, ULONG Mark)
{
    MC_SHARD *Shard = McIndexShard(Cell);
    ULONG Count = 0;
    MC_LINE *Line;
    ULONG Index;

    for (Line = McBucketsFirst(Shard, MC_KEY(Cell)); Line; Line = McBucketsNext(Shard, Line)) {
        for (Index = 0; Index < MC_LINE_SLOTS; Index++) {
            if (Line->Slots[Index].Handle == Handle && Line->Slots[Index].Key == MC_KEY(Cell) &&
                (Line->Slots[Index].Info & MC_INFO_MARK) == Mark) {
                Count++;
            }
        }
    }
    return Count == 1;
}

/* A start: its cell, its Info, and all its marks. */
static BOOLEAN McpIsValidStart(const MC_SHARD *Shard, const MC_SLOT *Slot, const MC_RECORD *Record,
                               MC_TALLY *Tally)
{
    ULONG_PTR First;
    ULONG_PTR Last;
    ULONG_PTR Page;

    if (McIndexShard(Record->User) != Shard || Slot->Key != MC_KEY(Record->User) ||
        Slot->Info != McIndexStartInfo(Record) ||
        !McpIsThereOnce(Record->User, Record->Handle, 0)) {
        return FALSE;
    }
    McRawExtent(Record, &First, &Last);
    if (McIsLargeExtent(First, Last)) {
        Tally->Large++;
        return TRUE;
    }
    for (Page = MC_PAGE(First); Page != MC_PAGE(Last) + MC_PAGE_SIZE; Page += MC_PAGE_SIZE) {
        if (Page != MC_PAGE(Record->User)) {
            Tally->Wanted++;
            if (!McpIsThereOnce(Page, Record->Handle, MC_INFO_MARK)) {
                return FALSE;
            }
        }
    }
    return TRUE;
}

static BOOLEAN McpIsValidSlot(const MC_SHARD *Shard, const MC_SLOT *Slot, MC_TALLY *Tally)
{
    const MC_RECORD *Record = McRecordAt(Slot->Handle);
    MC_STATE State;

    if (Record == NULL || Record->Handle != Slot->Handle) {
        return FALSE;
    }
    State = McRecordState(Record);
    if (State == McStateGone || State > McStateLeaving) {
        return FALSE;
    }
    if (Slot->Info & MC_INFO_MARK) {
        Tally->Marks++;
        return Slot->Info == MC_INFO_MARK;
    }
    return McpIsValidStart(Shard, Slot, Record, Tally);
}

static BOOLEAN McpIsValidShard(MC_SHARD *Shard, MC_TALLY *Tally)
{
    MC_LINE *Line;
    ULONG Bucket;
    ULONG Index;

    if (!McpIsValidBuckets(Shard)) {
        return FALSE;
    }
    for (Bucket = 0; Bucket < Shard->Used; Bucket++) {
        for (Line = McLineAt(&Shard->Buckets, Bucket); Line; Line = McBucketsAlong(Shard, Line)) {
            for (Index = 0; Index < MC_LINE_SLOTS && Line->Slots[Index].Handle != 0; Index++) {
                if (!McpIsValidSlot(Shard, &Line->Slots[Index], Tally)) {
                    return FALSE;
                }
            }
        }
    }
    return TRUE;
}

/* Every start is right and has its marks; there are no other marks, as the two sums agree. */
BOOLEAN McpIsValidIndex(VOID)
{
    MC_TALLY Tally;
    ULONG Large;
    ULONG Index;

    Tally.Marks = 0;
    Tally.Wanted = 0;
    Tally.Large = 0;
    for (Index = 0; Index < MC_SHARDS; Index++) {
        if (!McpIsValidShard(McIndexShardAt(Index), &Tally)) {
            return FALSE;
        }
    }
    return Tally.Marks == Tally.Wanted && McpIsValidLarge(&Large) && Tally.Large == Large;
}
