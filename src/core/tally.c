/*
 * tally.c - blocks grouped by call site, for leaks, differences and statistics.
 *
 * The groups stand in the sites themselves, so that a walk allocates nothing, however many there
 * are. For that there is one walk at a time; a second one is turned away, because nobody may wait
 * at DISPATCH_LEVEL. Others allocate and free meanwhile: what they do during the walk is in its
 * result or is not.
 */
#include "core.h"
#include "report.h"

#define MCP_SORT_BINS 32 /* lists of 1, 2, 4, ... groups: more than there can be sites */

static volatile LONG McpTallyBusy;
static MC_GROUP *McpSortBins[MCP_SORT_BINS]; /* of the one that walks */

BOOLEAN McTallyBegin(VOID)
{
    if (McOsCompareExchange(&McpTallyBusy, 1, 0) == 0)
        return TRUE;
    McNotice("busy: blocks are being counted by another call; this one does nothing");
    return FALSE;
}

VOID McTallyEnd(VOID)
{
    McOsExchange(&McpTallyBusy, 0);
}

/* ---- groups: pure ---- */

/* By ticks, which wrap; of one tick, by number. */
static BOOLEAN McpIsOlder(ULONG Ticks, ULONG Number, ULONG ThanTicks, ULONG ThanNumber)
{
    const LONG Later = (LONG)((Ticks - ThanTicks) & 0xffffffff);

    return (BOOLEAN)(Later < 0 || (Later == 0 && Number < ThanNumber));
}

BOOLEAN McGroupAdd(MC_GROUP *Group, const MC_RECORD *Record)
{
    const ULONG Ticks = Record->AllocateTicks;
    const ULONG Number = Record->Number;
    const BOOLEAN First = Group->Blocks == 0;
    BOOLEAN Oldest = First;

    if (First || McpIsOlder(Ticks, Number, Group->OldestTicks, Group->Oldest)) {
        Group->Oldest = Number;
        Group->OldestTicks = Ticks;
        Oldest = TRUE;
    }
    if (First || McpIsOlder(Group->YoungestTicks, Group->Youngest, Ticks, Number)) {
        Group->Youngest = Number;
        Group->YoungestTicks = Ticks;
    }
    Group->Blocks++;
    Group->Bytes += Record->Size;
    return Oldest;
}

/* Equal ones stay as they are to each other, where A was before B. */
static BOOLEAN McpGroupBefore(const MC_GROUP *A, const MC_GROUP *B)
{
    return (BOOLEAN)(A->Bytes != B->Bytes ? A->Bytes > B->Bytes : A->Blocks >= B->Blocks);
}

static MC_GROUP *McpGroupMerge(MC_GROUP *A, MC_GROUP *B)
{
    MC_GROUP *First = 0;
    MC_GROUP **End = &First;

    while (A != 0 && B != 0) {
        if (McpGroupBefore(A, B)) {
            *End = A;
            A = A->Next;
        } else {
            *End = B;
            B = B->Next;
        }
        End = &(*End)->Next;
    }
    *End = A != 0 ? A : B;
    return First;
}

/* Merge sort from below: bin n is empty, or holds a sorted list of 2^n groups. */
MC_GROUP *McGroupSort(MC_GROUP *First)
{
    MC_GROUP *One, *Sorted = 0;
    ULONG Bin;

    for (Bin = 0; Bin < MCP_SORT_BINS; Bin++)
        McpSortBins[Bin] = 0;
    while (First != 0) {
        One = First;
        First = First->Next;
        One->Next = 0;
        for (Bin = 0; Bin < MCP_SORT_BINS - 1 && McpSortBins[Bin] != 0; Bin++) {
            One = McpGroupMerge(McpSortBins[Bin], One);
            McpSortBins[Bin] = 0;
        }
        McpSortBins[Bin] = One;
    }
    for (Bin = 0; Bin < MCP_SORT_BINS; Bin++)
        Sorted = McpGroupMerge(McpSortBins[Bin], Sorted);
    return Sorted;
}

/* ---- the walk ---- */

VOID McTallyClear(MC_GROUPS *Tally, const MC_CALL *Call)
{
    const ULONG Last = McSiteLast();
    ULONG Site;

    McBytesZero(Tally, sizeof(*Tally));
    Tally->Call = Call;
    for (Site = 0; Site <= Last; Site++)
        McBytesZero(McSiteTally(Site)->Group, sizeof(McSiteTally(Site)->Group));
}

VOID McTallyAdd(MC_GROUPS *Tally, MC_RECORD *Record)
{
    MC_SITE_TALLY *Site = McSiteTally(Record->AllocateSite);
    MC_GROUP *Group = &Site->Group[McIsPlain(Record) ? 1 : 0];

    if (Group->Blocks == 0) {
        Group->Site = Record->AllocateSite;
        Group->Next = Tally->First;
        Tally->First = Group;
        Tally->Groups++;
    }
    if (McGroupAdd(Group, Record) && McRecordReference(Record)) {
        McTallyDone(Group);
        Group->Example = Record->Handle;
    }
    Tally->Blocks++;
    Tally->Bytes += Record->Size;
}

VOID McTallyCount(MC_GROUPS *Tally, const MC_GROUP *Group)
{
    Tally->Groups++;
    Tally->Blocks += Group->Blocks;
    Tally->Bytes += Group->Bytes;
}

VOID McTallyDone(MC_GROUP *Group)
{
    MC_RECORD *Record = McRecordAt(Group->Example);

    if (Record != 0)
        McRecordRelease(Record);
    Group->Example = 0;
}

VOID McTallySort(MC_GROUPS *Tally)
{
    Tally->First = McGroupSort(Tally->First);
}

BOOLEAN McTallyIsLive(MC_RECORD *Record)
{
    return (BOOLEAN)(McRecordState(Record) == McStateLive && !McIsGone(Record) &&
                     !McPlainStale(Record));
}

/* Numbers of a lane count up in steps of the number of lanes, and wrap. */
static BOOLEAN McpIsSince(const MC_RECORD *Record, const ULONG *Since)
{
    const ULONG Lane = (Record->Number - 1) & Mc.LaneMask;
    const ULONG First = Since[Lane] * (Mc.LaneMask + 1) + Lane + 1;

    return (BOOLEAN)((LONG)((Record->Number - First) & 0xffffffff) >= 0);
}

VOID McTallySites(MC_GROUPS *Tally, const MC_CALL *Call, const ULONG *Since)
{
    const ULONG Limit = McRecordLimit();
    MC_RECORD *Record;
    ULONG Handle;

    McTallyClear(Tally, Call);
    for (Handle = 1; Handle < Limit; Handle++) {
        Record = McRecordAt(Handle);
        if (Record == 0 || !McRecordReferenceBytes(Record))
            continue;
        if (McTallyIsLive(Record) && (Since == 0 || McpIsSince(Record, Since)))
            McTallyAdd(Tally, Record);
        McRecordRelease(Record);
    }
    McTallySort(Tally);
}

/* ---- what is said of a group ---- */

/*
 * Of an owned block, which the reference keeps in place; paged ones only where that may be. One
 * freed since it was counted holds MemCheck's fill by now; EXIT alone makes leaks leave.
 */
static VOID McpSample(const MC_RECORD *Record, MC_FINDING *Finding)
{
    const volatile UCHAR *Bytes = (const volatile UCHAR *)Record->User; /* the driver may write */
    const MC_STATE State = McRecordState(Record);
    ULONG Index;

    if (McIsPlain(Record) || (McIsPaged(Record) && McOsIrql() >= DISPATCH_LEVEL))
        return;
    if (State != McStateLive && (State != McStateLeaving || Finding->By != McByExit))
        return;
    Finding->SampleLength = Record->Size < MC_SAMPLE_BYTES ? (ULONG)Record->Size : MC_SAMPLE_BYTES;
    for (Index = 0; Index < Finding->SampleLength; Index++)
        Finding->Sample[Index] = Bytes[Index];
}

VOID McTallyFill(const MC_GROUP *Group, MC_FINDING *Finding)
{
    const MC_RECORD *Record = McRecordAt(Group->Example);

    Finding->Count = Group->Blocks;
    Finding->Bytes = Group->Bytes;
    Finding->Oldest = Group->Oldest;
    Finding->OldestTicks = Group->OldestTicks;
    Finding->Youngest = Group->Youngest;
    Finding->YoungestTicks = Group->YoungestTicks;
    if (Record == 0) {
        McSiteCopy(Group->Site, &Finding->Block.Allocated.Site);
        return;
    }
    McRecordCopy(Record, &Finding->Block);
    Finding->Address = Record->User;
    McpSample(Record, Finding);
}
