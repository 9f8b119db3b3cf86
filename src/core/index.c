/*
 * index.c - the page index: from an address to its record. index.h says how it is laid out.
 *
 * Look-ups of exact addresses walk one chain. Other look-ups walk the chains of the address's page,
 * eight of them at the most, because any block that starts in the page may hold the address: one
 * below it, or one above with its front redzone; marks lead to those that start in other pages.
 * Where several hold it, one that starts there comes first, then the one that McOutranks says.
 *
 * A block whose marks are in another shard is there before its start is, and after its start has
 * gone: between the two, an interior address may be found when the start is not. A look-up only
 * ever reads records that are in the index, whose User, Size, Front and Rear do not change.
 */
#include "index.h"

typedef union _MC_PADDED_SHARD {
    MC_SHARD Shard;
    UCHAR Lines[(sizeof(MC_SHARD) + MC_LINE_BYTES - 1) / MC_LINE_BYTES * MC_LINE_BYTES];
} MC_PADDED_SHARD;

static MC_PADDED_SHARD *McpShards; /* MC_SHARDS of them */

/* Slots of the regions of each shard, some regions to a word; by the shard's lock. With none there
 * is nothing: that may be read at any time, without a lock. */
#define MC_REGION_COUNTS 64u
static volatile ULONG McpRegions[MC_SHARDS][MC_REGION_COUNTS];

BOOLEAN McIndexStart(VOID)
{
    ULONG Index;

    McpShards = (MC_PADDED_SHARD *)McOsMetaAllocate(MC_SHARDS * sizeof(MC_PADDED_SHARD));
    if (McpShards == NULL) {
        return FALSE;
    }
    for (Index = 0; Index < MC_SHARDS; Index++) {
        McpShards[Index].Shard.Scarce = TRUE;
        McBytesZero((PVOID)McpRegions[Index], sizeof(McpRegions[Index]));
    }
    return TRUE;
}

VOID McIndexStop(VOID)
{
    ULONG Index;

    if (McpShards != NULL) {
        for (Index = 0; Index < MC_SHARDS; Index++) {
            McBucketsStop(&McpShards[Index].Shard);
        }
        McOsMetaFree(McpShards, MC_SHARDS * sizeof(MC_PADDED_SHARD));
        McpShards = NULL;
    }
}

/* Regions next to each other are in different shards as a rule, and the higher bits count too. */
static ULONG McpShardNumber(ULONG_PTR Address)
{
    ULONG Region = (ULONG)(Address >> MC_SHARD_SHIFT);

    Region ^= Region >> 16;
    Region ^= Region >> 8;
    Region ^= Region >> 4;
    return Region & (MC_SHARDS - 1);
}

static MC_SHARD *McpShardOf(ULONG_PTR Address)
{
    return &McpShards[McpShardNumber(Address)].Shard;
}

/* The word of the address's region. */
static volatile ULONG *McpRegionOf(ULONG_PTR Address)
{
    return &McpRegions[McpShardNumber(Address)]
                      [(Address >> MC_SHARD_SHIFT >> 4) & (MC_REGION_COUNTS - 1)];
}

BOOLEAN McIndexIsEmpty(ULONG_PTR Address)
{
    return (BOOLEAN)(*McpRegionOf(Address) == 0);
}

MC_SHARD *McIndexShard(ULONG_PTR Address)
{
    return McpShardOf(Address);
}

/* ---- blocks ---- */

/* What is cut off in MC_SLOT.Info reaches beyond the page. */
typedef char MC_INFO_COVERS_A_PAGE
    [MC_BEHIND_MOST >= MC_PAGE_SIZE && MC_BEFORE_MOST * 8 >= MC_PAGE_SIZE ? 1 : -1];

/* The shard of [First, Last], not large, that is not that of User; NULL: there is no other. Two at
 * the most: 16 pages are less than a region. */
static MC_SHARD *McpOtherShard(const MC_SHARD *Own, ULONG_PTR First, ULONG_PTR Last)
{
    MC_SHARD *Shard = McpShardOf(First);

    if (Shard == Own) {
        Shard = McpShardOf(Last);
    }
    return Shard == Own ? NULL : Shard;
}

/* MC_SLOT.Info of a start. */
static ULONG McpStartInfo(const MC_RECORD *Record)
{
    ULONG_PTR Place = Record->User & ~(ULONG_PTR)7;
    ULONG_PTR Before;
    ULONG_PTR Behind;

    Before = Record->Front == 0 ? 0 : (Place - (Record->User - Record->Front) + 7) >> 3;
    Behind = Record->User - Place + Record->Size + Record->Rear;
    if (Before > MC_BEFORE_MOST) {
        Before = MC_BEFORE_MOST;
    }
    if (Behind > MC_BEHIND_MOST) {
        Behind = MC_BEHIND_MOST;
    }
    return ((ULONG)(Place >> 3) & MC_INFO_PLACE_MOST) | ((ULONG)Behind << 7) |
           ((ULONG)Before << 20);
}

/* Could the block of a start in the cell at Cell hold Address, which is in the same page? */
static BOOLEAN McpMayHold(ULONG Info, ULONG_PTR Cell, ULONG_PTR Address)
{
    ULONG_PTR Place = Cell + MC_INFO_PLACE(Info) * 8;
    ULONG Before = MC_INFO_BEFORE(Info);
    ULONG Behind = MC_INFO_BEHIND(Info);

    if (Address >= Place) {
        return Address - Place < Behind;
    }
    return Place - Address <= Before * 8;
}

/* ---- insert and remove ---- */

/* Where a block's slots are: its start in the page of User, marks in the other pages of its raw
 * block. A large one has no marks. */
typedef struct _MC_SPAN {
    MC_SHARD *Own;      /* of User */
    MC_SHARD *Other;    /* of marks; NULL: all are in Own, or there are none */
    ULONG_PTR Page;     /* of User */
    ULONG_PTR MarkFrom; /* pages [MarkFrom, MarkEnd), but for Page */
    ULONG_PTR MarkEnd;
    BOOLEAN Large;
} MC_SPAN;

static VOID McpSpan(ULONG_PTR User, ULONG_PTR First, ULONG_PTR Last, MC_SPAN *Span)
{
    Span->Own = McpShardOf(User);
    Span->Other = NULL;
    Span->Page = MC_PAGE(User);
    Span->MarkFrom = MC_PAGE(First);
    Span->MarkEnd = MC_PAGE(Last) + MC_PAGE_SIZE;
    Span->Large = FALSE;
    if (Span->MarkEnd - Span->MarkFrom == MC_PAGE_SIZE) {
        Span->MarkFrom = Span->MarkEnd; /* that page is User's */
    } else if (McIsLargeExtent(First, Last)) {
        Span->MarkFrom = Span->MarkEnd;
        Span->Large = TRUE;
    } else if ((First ^ Last) >> MC_SHARD_SHIFT != 0) {
        Span->Other = McpOtherShard(Span->Own, First, Last);
    }
}

static VOID McpSpanOf(const MC_RECORD *Record, MC_SPAN *Span)
{
    ULONG_PTR First;
    ULONG_PTR Last;

    McRawExtent(Record, &First, &Last);
    McpSpan(Record->User, First, Last, Span);
}

/* The lock of the shard is held: a slot of the address, in and out. */
static BOOLEAN McpInsertSlot(MC_SHARD *Shard, ULONG_PTR Address, ULONG Handle, ULONG Info)
{
    if (!McBucketsInsert(Shard, MC_KEY(Address), Handle, Info)) {
        return FALSE;
    }
    ++*McpRegionOf(Address);
    return TRUE;
}

static VOID McpRemoveSlot(MC_SHARD *Shard, ULONG_PTR Address, ULONG Handle)
{
    if (McBucketsRemove(Shard, MC_KEY(Address), Handle)) {
        --*McpRegionOf(Address);
    }
}

/* Does the page have a mark in Shard? */
static BOOLEAN McpIsMarked(const MC_SPAN *Span, const MC_SHARD *Shard, ULONG_PTR Page)
{
    return Page != Span->Page && (Span->Other == NULL || McpShardOf(Page) == Shard);
}

/* The lock of Shard is held. Its marks of pages before the one at End. */
static VOID McpRemoveMarks(MC_SHARD *Shard, const MC_SPAN *Span, ULONG Handle, ULONG_PTR End)
{
    ULONG_PTR Page;

    for (Page = Span->MarkFrom; Page != End; Page += MC_PAGE_SIZE) {
        if (McpIsMarked(Span, Shard, Page)) {
            McpRemoveSlot(Shard, Page, Handle);
        }
    }
}

/* The lock of Shard is held. FALSE: no room, none is inserted. */
static BOOLEAN McpInsertMarks(MC_SHARD *Shard, const MC_SPAN *Span, ULONG Handle)
{
    ULONG_PTR Page;

    for (Page = Span->MarkFrom; Page != Span->MarkEnd; Page += MC_PAGE_SIZE) {
        if (McpIsMarked(Span, Shard, Page) && !McpInsertSlot(Shard, Page, Handle, MC_INFO_MARK)) {
            McpRemoveMarks(Shard, Span, Handle, Page);
            return FALSE;
        }
    }
    return TRUE;
}

BOOLEAN McIndexReserve(ULONG_PTR User, ULONG_PTR Raw, ULONG_PTR RawEnd)
{
    ULONG Slots;
    MC_SPAN Span;

    McpSpan(User, Raw, RawEnd == Raw ? Raw : RawEnd - 1, &Span);
    if (Span.Large && !McLargeReserve()) {
        return FALSE;
    }
    Slots = 1 + (ULONG)((Span.MarkEnd - Span.MarkFrom) / MC_PAGE_SIZE);
    return McBucketsReserve(Span.Own, Slots) &&
           (Span.Other == NULL || McBucketsReserve(Span.Other, Slots));
}

/* Marks in the shard that is not User's. */
static BOOLEAN McpInsertOther(const MC_SPAN *Span, ULONG Handle)
{
    BOOLEAN Inserted;
    KIRQL Irql;

    Irql = McOsAcquire(&Span->Other->Lock);
    Inserted = McpInsertMarks(Span->Other, Span, Handle);
    McOsRelease(&Span->Other->Lock, Irql);
    return Inserted;
}

static VOID McpRemoveOther(const MC_SPAN *Span, ULONG Handle)
{
    KIRQL Irql;

    Irql = McOsAcquire(&Span->Other->Lock);
    McpRemoveMarks(Span->Other, Span, Handle, Span->MarkEnd);
    McOsRelease(&Span->Other->Lock, Irql);
}

/* Marks and start in User's shard. */
static BOOLEAN McpInsertOwn(const MC_SPAN *Span, const MC_RECORD *Record)
{
    const ULONG Info = McpStartInfo(Record);
    BOOLEAN Inserted;
    KIRQL Irql;

    Irql = McOsAcquire(&Span->Own->Lock);
    Inserted = McpInsertMarks(Span->Own, Span, Record->Handle);
    if (Inserted && !McpInsertSlot(Span->Own, Record->User, Record->Handle, Info)) {
        McpRemoveMarks(Span->Own, Span, Record->Handle, Span->MarkEnd);
        Inserted = FALSE;
    }
    McOsRelease(&Span->Own->Lock, Irql);
    return Inserted;
}

BOOLEAN McIndexInsert(MC_RECORD *Record)
{
    MC_SPAN Span;

    McpSpanOf(Record, &Span);
    if (Span.Large && !McLargeInsert(Record)) {
        return FALSE;
    }
    if (Span.Other == NULL || McpInsertOther(&Span, Record->Handle)) {
        if (McpInsertOwn(&Span, Record)) {
            McBucketsReserve(Span.Own, 1); /* for the next one, where it has become scarce */
            return TRUE;
        }
        if (Span.Other != NULL) {
            McpRemoveOther(&Span, Record->Handle);
        }
    }
    if (Span.Large) {
        McLargeRemove(Record);
    }
    return FALSE;
}

VOID McIndexRemove(MC_RECORD *Record)
{
    MC_SPAN Span;
    KIRQL Irql;

    McpSpanOf(Record, &Span);
    Irql = McOsAcquire(&Span.Own->Lock);
    McpRemoveSlot(Span.Own, Record->User, Record->Handle);
    McpRemoveMarks(Span.Own, &Span, Record->Handle, Span.MarkEnd);
    McOsRelease(&Span.Own->Lock, Irql);
    if (Span.Other != NULL) {
        McpRemoveOther(&Span, Record->Handle);
    }
    if (Span.Large) {
        McLargeRemove(Record);
    }
}

/* ---- look-up; the lock of the shard is held ---- */

/* A look-up under way. */
typedef struct _MC_SEARCH {
    ULONG_PTR Address;
    MC_RECORD *Best;          /* so far; NULL: none */
    const MC_RECORD *Refused; /* NULL, or still in making: only what it outranks counts */
} MC_SEARCH;

/* TRUE: nothing can outrank this one. */
static BOOLEAN McpConsider(MC_SEARCH *Search, MC_RECORD *Record)
{
    if (McIsGone(Record)) {
        return FALSE;
    }
    if (Search->Refused != NULL && !McOutranks(Search->Refused, Record)) {
        return FALSE;
    }
    if (Search->Best == NULL || McOutranks(Record, Search->Best)) {
        Search->Best = Record;
    }
    return Record->Front != 0;
}

static VOID McpSearchExact(MC_SHARD *Shard, MC_SEARCH *Search)
{
    ULONG Key = MC_KEY(Search->Address);
    ULONG Place = (ULONG)(Search->Address >> 3) & MC_INFO_PLACE_MOST;
    MC_RECORD *Record;
    MC_LINE *Line;
    ULONG Index;

    for (Line = McBucketsFirst(Shard, Key); Line != NULL; Line = McBucketsNext(Shard, Line)) {
        for (Index = 0; Index < MC_LINE_SLOTS && Line->Slots[Index].Handle != 0; Index++) {
            if (Line->Slots[Index].Key == Key &&
                (Line->Slots[Index].Info & (MC_INFO_MARK | MC_INFO_PLACE_MOST)) == Place) {
                Record = McRecordOf(Line->Slots[Index].Handle);
                if (Record->User == Search->Address && McpConsider(Search, Record)) {
                    return;
                }
            }
        }
    }
}

/* TRUE: the search is over. */
static BOOLEAN McpSearchCell(MC_SHARD *Shard, MC_SEARCH *Search, ULONG_PTR Cell)
{
    ULONG Key = MC_KEY(Cell);
    MC_RECORD *Record;
    MC_LINE *Line;
    ULONG Index;

    for (Line = McBucketsFirst(Shard, Key); Line != NULL; Line = McBucketsNext(Shard, Line)) {
        for (Index = 0; Index < MC_LINE_SLOTS && Line->Slots[Index].Handle != 0; Index++) {
            if (Line->Slots[Index].Key == Key &&
                ((Line->Slots[Index].Info & MC_INFO_MARK) != 0 ||
                 McpMayHold(Line->Slots[Index].Info, Cell, Search->Address))) {
                Record = McRecordOf(Line->Slots[Index].Handle);
                if (McRawHolds(Record, Search->Address) && McpConsider(Search, Record)) {
                    return TRUE;
                }
            }
        }
    }
    return FALSE;
}

/* The address's own cell and those below it first: most blocks that hold it start there. */
static VOID McpSearchPage(MC_SHARD *Shard, MC_SEARCH *Search)
{
    ULONG_PTR Page = MC_PAGE(Search->Address);
    ULONG_PTR Own = Search->Address & ~(MC_CELL_BYTES - 1);
    ULONG_PTR Cell;

    for (Cell = Own + MC_CELL_BYTES; Cell != Page; Cell -= MC_CELL_BYTES) {
        if (McpSearchCell(Shard, Search, Cell - MC_CELL_BYTES)) {
            return;
        }
    }
    for (Cell = Own + MC_CELL_BYTES; Cell != Page + MC_PAGE_SIZE; Cell += MC_CELL_BYTES) {
        if (McpSearchCell(Shard, Search, Cell)) {
            return;
        }
    }
}

/* The best that can be referenced: once more, past the best, while that one is still in making. */
static MC_RECORD *McpSearch(MC_SHARD *Shard, ULONG_PTR Address, BOOLEAN Exact)
{
    MC_SEARCH Search;

    Search.Address = Address;
    Search.Refused = NULL;
    for (;;) {
        Search.Best = NULL;
        if (Exact) {
            McpSearchExact(Shard, &Search);
        } else {
            McpSearchPage(Shard, &Search);
        }
        if (Search.Best == NULL || McRecordReference(Search.Best)) {
            return Search.Best;
        }
        Search.Refused = Search.Best;
    }
}

MC_RECORD *McIndexFindExact(ULONG_PTR Address)
{
    MC_SHARD *Shard = McpShardOf(Address);
    MC_RECORD *Record;
    KIRQL Irql;

    Irql = McOsAcquire(&Shard->Lock);
    Record = McpSearch(Shard, Address, TRUE);
    McOsRelease(&Shard->Lock, Irql);
    return Record;
}

#define MC_EXPECTED \
    448u /* bytes of a block that its free fills by default, but for the last ones */

/*
 * What the free of this block will touch, asked for all at once: each of these lines may have to
 * come from far away, as nobody has touched the block for a while. Nothing is read here.
 */
static VOID McpExpect(const MC_RECORD *Record, ULONG_PTR Address, ULONG Behind)
{
    ULONG At;

    McOsPrefetch(Record);
    McOsPrefetch((ULONG_PTR)Record + MC_LINE_BYTES);
    for (At = MC_LINE_BYTES; At < Behind && At < MC_EXPECTED; At += MC_LINE_BYTES) {
        McOsPrefetch(Address + At);
    }
    McOsPrefetch(Address + Behind - MC_LINE_BYTES);
    McOsPrefetch(Address + Behind - 1);
}

/* An owned block that was live and starts there, freeing now, with a reference. */
static MC_RECORD *McpBegin(MC_SHARD *Shard, ULONG_PTR Address)
{
    const ULONG Key = MC_KEY(Address);
    const ULONG Place = (ULONG)(Address >> 3) & MC_INFO_PLACE_MOST;
    MC_RECORD *Record;
    MC_LINE *Line;
    ULONG Found;
    ULONG Info;

    for (Line = McBucketsFirst(Shard, Key); Line != NULL; Line = McBucketsNext(Shard, Line)) {
        for (Found = McLineKeys(Line, Key); Found != 0; Found &= Found - 1) {
            Info = Line->Slots[McLowestOf(Found)].Info;
            if ((Info & (MC_INFO_MARK | MC_INFO_PLACE_MOST)) != Place ||
                Line->Slots[McLowestOf(Found)].Handle == 0) {
                continue;
            }
            Record = McRecordOf(Line->Slots[McLowestOf(Found)].Handle);
            McpExpect(Record, Address, MC_INFO_BEHIND(Info));
            if (Record->User == Address && Record->Front != 0) {
                return McRecordBegin(Record) ? Record : NULL;
            }
        }
    }
    return NULL;
}

MC_RECORD *McIndexFindFree(ULONG_PTR Address, BOOLEAN *Begun)
{
    MC_SHARD *Shard = McpShardOf(Address);
    MC_RECORD *Record;
    KIRQL Irql;

    Irql = McOsAcquire(&Shard->Lock);
    Record = McpBegin(Shard, Address);
    *Begun = (BOOLEAN)(Record != NULL);
    if (Record == NULL) {
        Record = McpSearch(Shard, Address, TRUE);
    }
    McOsRelease(&Shard->Lock, Irql);
    return Record;
}

/* The best that is not in the large table, or starts there; NULL: none. */
static MC_RECORD *McpFindSmall(ULONG_PTR Address)
{
    MC_SHARD *Shard = McpShardOf(Address);
    MC_RECORD *Record;
    KIRQL Irql;

    if (McIndexIsEmpty(Address)) {
        return NULL;
    }
    Irql = McOsAcquire(&Shard->Lock);
    Record = McpSearch(Shard, Address, TRUE);
    if (Record == NULL) {
        Record = McpSearch(Shard, Address, FALSE);
    }
    McOsRelease(&Shard->Lock, Irql);
    return Record;
}

MC_RECORD *McIndexFind(ULONG_PTR Address)
{
    MC_RECORD *Record = McpFindSmall(Address);
    MC_RECORD *Large;

    if (Record != NULL && Record->Front != 0) {
        return Record;
    }
    if (!McLargeAny()) {
        return Record;
    }
    Large = McLargeFind(Address);
    if (Large == NULL) {
        return Record;
    }
    if (Record == NULL) {
        return Large;
    }
    if (McOutranks(Record, Large)) {
        McRecordRelease(Large);
        return Record;
    }
    McRecordRelease(Record); /* the same record, perhaps: then one of its two references */
    return Large;
}

/* ---- overlaps: plain blocks whose memory the pool has handed out again ---- */

BOOLEAN McIndexClaims(MC_RECORD *Record, ULONG_PTR First, ULONG_PTR Last)
{
    ULONG_PTR OwnFirst;
    ULONG_PTR OwnLast;

    if (Record->Front != 0 || McIsGone(Record)) {
        return FALSE;
    }
    McRawExtent(Record, &OwnFirst, &OwnLast);
    return OwnFirst <= Last && First <= OwnLast && McRecordReference(Record);
}

/* An extent, and what was found of it so far. */
typedef struct _MC_MEETING {
    ULONG_PTR First;
    ULONG_PTR Last;
    MC_RECORD **Found;
    ULONG Count;
} MC_MEETING;

/* The lock of the shard is held. One with marks in several pages may be found in each: only the
 * first time its record is new. */
static VOID McpMeet(MC_MEETING *Meeting, MC_RECORD *Record)
{
    ULONG Index;

    for (Index = 0; Index < Meeting->Count; Index++) {
        if (Meeting->Found[Index] == Record) {
            return;
        }
    }
    if (Meeting->Count < MC_OVERLAPS && McIndexClaims(Record, Meeting->First, Meeting->Last)) {
        Meeting->Found[Meeting->Count++] = Record;
    }
}

static VOID McpMeetCell(MC_SHARD *Shard, MC_MEETING *Meeting, ULONG_PTR Cell)
{
    ULONG Key = MC_KEY(Cell);
    MC_LINE *Line;
    ULONG Index;

    for (Line = McBucketsFirst(Shard, Key); Line != NULL; Line = McBucketsNext(Shard, Line)) {
        for (Index = 0; Index < MC_LINE_SLOTS && Line->Slots[Index].Handle != 0; Index++) {
            if (Line->Slots[Index].Key == Key) {
                McpMeet(Meeting, McRecordOf(Line->Slots[Index].Handle));
            }
        }
    }
}

/* Plain blocks start at their first byte, so those that start above the extent cannot meet it. */
static VOID McpMeetPage(MC_MEETING *Meeting, ULONG_PTR Page)
{
    MC_SHARD *Shard = McpShardOf(Page);
    ULONG_PTR End = Page + MC_PAGE_SIZE;
    ULONG_PTR Cell;
    KIRQL Irql;

    if (Meeting->Last < End - 1) {
        End = (Meeting->Last & ~(MC_CELL_BYTES - 1)) + MC_CELL_BYTES;
    }
    Irql = McOsAcquire(&Shard->Lock);
    for (Cell = Page; Cell != End; Cell += MC_CELL_BYTES) {
        McpMeetCell(Shard, Meeting, Cell);
    }
    McOsRelease(&Shard->Lock, Irql);
}

ULONG McIndexOverlaps(ULONG_PTR First, ULONG_PTR Last, MC_RECORD **Found)
{
    MC_MEETING Meeting;
    ULONG_PTR Page;

    Meeting.First = First;
    Meeting.Last = Last;
    Meeting.Found = Found;
    Meeting.Count = 0;
    if (McLargeAny()) {
        Found[0] = McLargeOverlap(First, Last);
        Meeting.Count = Found[0] != NULL ? 1 : 0;
    }
    if (!McIsLargeExtent(First, Last)) {
        for (Page = MC_PAGE(First); Page != MC_PAGE(Last) + MC_PAGE_SIZE; Page += MC_PAGE_SIZE) {
            McpMeetPage(&Meeting, Page);
        }
    }
    return Meeting.Count;
}

/* ---- invariants ---- */

typedef struct _MC_TALLY {
    ULONG Marks;  /* found */
    ULONG Wanted; /* by the starts found */
    ULONG Large;
} MC_TALLY;

/* Is there exactly one slot like this? */
static BOOLEAN McpIsThereOnce(ULONG_PTR Cell, ULONG Handle, ULONG Mark)
{
    MC_SHARD *Shard = McpShardOf(Cell);
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

    if (McpShardOf(Record->User) != Shard || Slot->Key != MC_KEY(Record->User) ||
        Slot->Info != McpStartInfo(Record) || !McpIsThereOnce(Record->User, Record->Handle, 0)) {
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
        for (Line = McLineAt(&Shard->Buckets, Bucket); Line; Line = McBucketsNext(Shard, Line)) {
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
        if (!McpIsValidShard(&McpShards[Index].Shard, &Tally)) {
            return FALSE;
        }
    }
    return Tally.Marks == Tally.Wanted && McpIsValidLarge(&Large) && Tally.Large == Large;
}
