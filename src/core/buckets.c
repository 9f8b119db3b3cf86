/*
 * buckets.c - the hash table of one shard of the page index (index.h): chains, growth.
 *
 * Memory is taken in one place, McBucketsReserve, before the lock: a piece of lines is allocated
 * from the number of lines seen, and installed under the lock if that number is still the same;
 * else another was faster, and it is freed.
 */
#include "index.h"

typedef char MC_LINE_IS_A_CACHE_LINE[sizeof(MC_LINE) == MC_LINE_BYTES ? 1 : -1];

/* ---- chains ---- */

MC_LINE *McBucketsHop(MC_SHARD *Shard, MC_LINE *Line)
{
    MC_LINE *Next = NULL;

    if (Line->Next <= Shard->Fresh && Shard->Hops != 0) {
        Shard->Hops--;
        Next = McLineAt(&Shard->Overflow, Line->Next - 1);
    }
    if (Next == NULL) {
        McOwnBroken(MC_BROKEN_INDEX);
        Line->Next = 0;
    }
    return Next;
}

/* An empty overflow line; NULL: there is none. Its number + 1 goes to *Name. */
static MC_LINE *McpTakeOverflow(MC_SHARD *Shard, ULONG *Name)
{
    MC_LINE *Line;

    *Name = Shard->Free;
    if (*Name != 0) {
        Line = McLineAt(&Shard->Overflow, *Name - 1);
        Shard->Free = Line != NULL && Line->Next <= Shard->Fresh ? Line->Next : 0;
        if (Line == NULL || McLineUsed(Line) != 0) {
            McOwnBroken(MC_BROKEN_INDEX);
            Shard->Free = 0;
            return NULL;
        }
    } else if (Shard->Fresh < Shard->Overflow.Count) {
        *Name = ++Shard->Fresh;
        Line = McLineAt(&Shard->Overflow, *Name - 1);
        if (Line == NULL) {
            return NULL;
        }
        McBytesZero(Line, sizeof(*Line));
    } else {
        return NULL;
    }
    Line->Next = 0;
    Shard->Lines++;
    return Line;
}

/* A free slot at the end of the chain that begins with Line; NULL: no overflow line. */
static MC_SLOT *McpEndOf(MC_SHARD *Shard, MC_LINE *Line)
{
    MC_LINE *More;
    ULONG Used;

    Shard->Hops = Shard->Lines;
    while ((More = McBucketsNext(Shard, Line)) != NULL) {
        Line = More;
    }
    Used = McLineUsed(Line);
    if (Used != MC_LINE_SLOTS) {
        return &Line->Slots[Used];
    }
    More = McpTakeOverflow(Shard, &Used);
    if (More == NULL) {
        return NULL;
    }
    Line->Next = Used;
    return More->Slots;
}

/* The overflow line Line, behind Before, is empty: out of the chain. */
static VOID McpDropLine(MC_SHARD *Shard, MC_LINE *Before, MC_LINE *Line)
{
    const ULONG Name = Before->Next;

    Before->Next = 0;
    Line->Next = Shard->Free;
    Shard->Free = Name;
    if (Shard->Lines != 0) {
        Shard->Lines--;
    }
}

/*
 * Take slot At of Line out; Before is the line before Line, NULL if Line is the bucket. The chain's
 * last slot comes into its place. FALSE: Line was the last one, is empty, and has left the chain.
 */
static BOOLEAN McpTakeOut(MC_SHARD *Shard, MC_LINE *Before, MC_LINE *Line, ULONG At)
{
    MC_LINE *Last = Line;
    MC_LINE *More;
    ULONG End;

    while ((More = McBucketsNext(Shard, Last)) != NULL) {
        Before = Last;
        Last = More;
    }
    End = McLineUsed(Last);
    if (End == 0) { /* it cannot be: nothing is moved */
        McOwnBroken(MC_BROKEN_INDEX);
        Line->Slots[At].Handle = 0;
        return TRUE;
    }
    End--;
    Line->Slots[At] = Last->Slots[End];
    Last->Slots[End].Handle = 0;
    if (End != 0 || Before == NULL) {
        return TRUE;
    }
    McpDropLine(Shard, Before, Last);
    return Last != Line;
}

/* ---- growth ---- */

/*
 * Use one bucket more, and move there what belongs to it. Never fails: two packed chains have at
 * most as many overflow lines as one chain of all their slots, and each slot is taken out of the
 * one before it is put into the other.
 */
static VOID McpSplit(MC_SHARD *Shard)
{
    ULONG To = Shard->Used;
    MC_LINE *Target = McLineAt(&Shard->Buckets, To);
    MC_LINE *Before = NULL;
    MC_LINE *Line;
    MC_SLOT *End;
    MC_SLOT Slot;
    ULONG Index = 0;
    ULONG Steps = (Shard->Lines + 2) * 2 * MC_LINE_SLOTS; /* more than there can be */

    if (Target == NULL) {
        return;
    }
    if (To > Shard->Mask) {
        Shard->Mask = Shard->Mask * 2 + 1;
    }
    Line = McLineAt(&Shard->Buckets, To & (Shard->Mask >> 1));
    Shard->Used++;
    while (Line != NULL && Steps-- != 0) {
        Shard->Hops = Shard->Lines;
        if (Index == MC_LINE_SLOTS || Line->Slots[Index].Handle == 0) {
            Before = Line;
            Line = McBucketsNext(Shard, Line);
            Index = 0;
        } else if ((McHash(Line->Slots[Index].Key) & Shard->Mask) != To) {
            Index++;
        } else {
            Slot = Line->Slots[Index];
            if (!McpTakeOut(Shard, Before, Line, Index)) {
                Line = NULL;
            }
            End = McpEndOf(Shard, Target);
            if (End == NULL) { /* it cannot be */
                McOwnBroken(MC_BROKEN_INDEX);
                return;
            }
            *End = Slot;
        }
    }
}

/* What must grow before so many slots can surely be inserted: buckets or overflow; NULL: nothing.
 */
static MC_LINES *McpWhatIsScarce(MC_SHARD *Shard, ULONG Slots)
{
    if (Shard->Overflow.Count - Shard->Lines < Slots) {
        return &Shard->Overflow;
    }
    if (Shard->Used == Shard->Buckets.Count && Shard->Used < MC_LINES_AT_ALL &&
        Shard->Slots + Slots > Shard->Used * McBucketLoad(Shard)) {
        return &Shard->Buckets;
    }
    return NULL;
}

static VOID McpNoteScarce(MC_SHARD *Shard)
{
    LONG Scarce = McpWhatIsScarce(Shard, MC_MARGIN) != NULL;

    if (Shard->Scarce != Scarce) {
        Shard->Scarce = Scarce;
    }
}

/* Add a piece to Lines, which had Count lines; no lock held. FALSE: no memory. */
static BOOLEAN McpGrow(MC_SHARD *Shard, MC_LINES *Lines, ULONG Count)
{
    MC_GROWTH Growth;
    KIRQL Irql;

    if (Count == MC_LINES_AT_ALL || !McLinesPrepare(&Growth, Count)) {
        return FALSE;
    }
    Irql = McOsAcquire(&Shard->Lock);
    if (Lines->Count == Count) {
        McLinesInstall(Lines, &Growth);
        if (Shard->Used == 0 && Lines == &Shard->Buckets) {
            Shard->Used = MC_ROW_LINES;
            Shard->Mask = MC_ROW_LINES - 1;
        }
    }
    McOsRelease(&Shard->Lock, Irql);
    McLinesDiscard(&Growth);
    return TRUE;
}

/*
 * Most calls end at the hint, without the lock. A hint that is out of date costs a look that was
 * not needed, or an insert that fails, no more.
 */
BOOLEAN McBucketsReserve(MC_SHARD *Shard, ULONG Slots)
{
    MC_LINES *Lines;
    ULONG Count;
    KIRQL Irql;

    if (Slots <= MC_MARGIN) {
        if (!Shard->Scarce) {
            return TRUE;
        }
        Slots = MC_MARGIN;
    }
    for (;;) {
        Irql = McOsAcquire(&Shard->Lock);
        Lines = McpWhatIsScarce(Shard, Slots);
        Count = Lines == NULL ? 0 : Lines->Count;
        McpNoteScarce(Shard);
        McOsRelease(&Shard->Lock, Irql);
        if (Lines == NULL) {
            return TRUE;
        }
        if (!McpGrow(Shard, Lines, Count)) {
            /* There is overflow enough, or buckets would not be asked for: longer chains will do.
             */
            return Lines == &Shard->Buckets && Count != 0;
        }
    }
}

/* ---- slots ---- */

BOOLEAN McBucketsInsert(MC_SHARD *Shard, ULONG Key, ULONG Handle, ULONG Info)
{
    MC_LINE *Line = McBucketsFirst(Shard, Key);
    MC_SLOT *Slot = Line == NULL ? NULL : McpEndOf(Shard, Line);

    if (Slot == NULL) {
        return FALSE;
    }
    Slot->Key = Key;
    Slot->Handle = Handle;
    Slot->Info = Info;
    Shard->Slots++;
    /* One split at a time is enough to keep up, and to catch up after memory was short. */
    if (Shard->Slots > Shard->Used * McBucketLoad(Shard) && Shard->Used < Shard->Buckets.Count) {
        McpSplit(Shard);
    }
    McpNoteScarce(Shard);
    return TRUE;
}

/* Bit n: slot n is of this record. */
static ULONG McpLineHandles(const MC_LINE *Line, ULONG Handle)
{
    const MC_SLOT *Slots = Line->Slots;

    return (ULONG)(Slots[0].Handle == Handle) | (ULONG)(Slots[1].Handle == Handle) << 1 |
           (ULONG)(Slots[2].Handle == Handle) << 2 | (ULONG)(Slots[3].Handle == Handle) << 3 |
           (ULONG)(Slots[4].Handle == Handle) << 4;
}

BOOLEAN McBucketsRemove(MC_SHARD *Shard, ULONG Key, ULONG Handle)
{
    MC_LINE *Before = NULL;
    MC_LINE *Line;
    ULONG Found;

    for (Line = McBucketsFirst(Shard, Key); Line != NULL; Line = McBucketsNext(Shard, Line)) {
        Found = McLineKeys(Line, Key) & McpLineHandles(Line, Handle);
        if (Found != 0) {
            McpTakeOut(Shard, Before, Line, McLowestOf(Found));
            Shard->Slots -= Shard->Slots != 0;
            return TRUE;
        }
        Before = Line;
    }
    return FALSE;
}

VOID McBucketsStop(MC_SHARD *Shard)
{
    McBytesZero(&Shard->Buckets, sizeof(Shard->Buckets));
    McBytesZero(&Shard->Overflow, sizeof(Shard->Overflow));
    Shard->Used = 0;
}

/* ---- invariants ---- */

/* Is the chain of a bucket packed, each slot where it belongs? Counts its slots and lines. */
static BOOLEAN McpIsValidChain(MC_SHARD *Shard, ULONG Bucket, ULONG *Slots, ULONG *Lines)
{
    MC_LINE *Line = McLineAt(&Shard->Buckets, Bucket);
    BOOLEAN Ended = FALSE;
    ULONG Index;

    for (; Line != NULL; Line = McBucketsAlong(Shard, Line)) {
        for (Index = 0; Index < MC_LINE_SLOTS; Index++) {
            if (Line->Slots[Index].Handle == 0) {
                Ended = TRUE;
            } else if (Ended || McBucketOf(Shard, McHash(Line->Slots[Index].Key)) != Bucket) {
                return FALSE;
            } else {
                ++*Slots;
            }
        }
        if (Line->Next != 0) {
            ++*Lines;
            if (Ended || Line->Next > Shard->Fresh || *Lines > Shard->Lines ||
                McBucketsAlong(Shard, Line)->Slots[0].Handle == 0) {
                return FALSE;
            }
        }
    }
    return TRUE;
}

BOOLEAN McpIsValidBuckets(MC_SHARD *Shard)
{
    ULONG Slots = 0;
    ULONG Lines = 0;
    ULONG Name;
    ULONG Index;

    if (Shard->Used > Shard->Buckets.Count || Shard->Fresh > Shard->Overflow.Count) {
        return FALSE;
    }
    if (Shard->Used != 0 && (Shard->Mask < Shard->Used - 1 || Shard->Mask >= 2 * Shard->Used - 1)) {
        return FALSE;
    }
    for (Index = 0; Index < Shard->Used; Index++) {
        if (!McpIsValidChain(Shard, Index, &Slots, &Lines)) {
            return FALSE;
        }
    }
    if (Slots != Shard->Slots || Lines != Shard->Lines) {
        return FALSE;
    }
    for (Name = Shard->Free; Name != 0; Name = McLineAt(&Shard->Overflow, Name - 1)->Next) {
        Lines++;
        if (Lines > Shard->Fresh) {
            return FALSE;
        }
    }
    return Lines == Shard->Fresh;
}
