/*
 * lookup.c - from an address to its record, in the page index (index.h).
 *
 * Look-ups of exact addresses walk one chain. Other look-ups walk the chains of the address's page,
 * eight of them at the most, because any block that starts in the page may hold the address: one
 * below it, or one above with its front redzone; marks lead to those that start in other pages.
 * Where several hold it, it is the one that McOutranks says.
 *
 * A look-up only ever reads records that are in the index, whose User, Size, Front and Rear do not
 * change.
 */
#include "index.h"

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

/* ---- the search; the lock of the shard is held ---- */

/* The starts at one address, one after the other. */
typedef struct _MC_STARTS {
    MC_SHARD *Shard;
    ULONG Key;
    ULONG Place;
    MC_LINE *Line; /* NULL: the chain is at its end */
    ULONG Found;   /* slots of it still to come, of any place in the cell */
} MC_STARTS;

MC_INLINE VOID McpStartsAt(MC_STARTS *Starts, MC_SHARD *Shard, ULONG_PTR Address)
{
    Starts->Shard = Shard;
    Starts->Key = MC_KEY(Address);
    Starts->Place = (ULONG)(Address >> 3) & MC_INFO_PLACE_MOST;
    Starts->Line = McBucketsFirst(Shard, Starts->Key);
    Starts->Found = Starts->Line == NULL ? 0 : McLineKeys(Starts->Line, Starts->Key);
}

/* NULL: there are no more. A slot found has a handle. */
MC_INLINE const MC_SLOT *McpNextStart(MC_STARTS *Starts)
{
    const MC_SLOT *Slot;

    while (Starts->Line != NULL) {
        while (Starts->Found != 0) {
            Slot = &Starts->Line->Slots[McLowestOf(Starts->Found)];
            Starts->Found &= Starts->Found - 1;
            if ((Slot->Info & (MC_INFO_MARK | MC_INFO_PLACE_MOST)) == Starts->Place &&
                Slot->Handle != 0) {
                return Slot;
            }
        }
        Starts->Line = McBucketsNext(Starts->Shard, Starts->Line);
        if (Starts->Line != NULL) {
            Starts->Found = McLineKeys(Starts->Line, Starts->Key);
        }
    }
    return NULL;
}

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
    const MC_SLOT *Slot;
    MC_RECORD *Record;
    MC_STARTS Starts;

    McpStartsAt(&Starts, Shard, Search->Address);
    while ((Slot = McpNextStart(&Starts)) != NULL) {
        Record = McRecordOf(Slot->Handle);
        if (Record != NULL && Record->User == Search->Address && McpConsider(Search, Record)) {
            return;
        }
    }
}

/* The slots of a cell in one line of its chain. TRUE: the search is over. */
static BOOLEAN McpSearchLine(MC_SEARCH *Search, const MC_LINE *Line, ULONG_PTR Cell)
{
    const MC_SLOT *Slot;
    MC_RECORD *Record;
    ULONG Found;

    for (Found = McLineKeys(Line, MC_KEY(Cell)); Found != 0; Found &= Found - 1) {
        Slot = &Line->Slots[McLowestOf(Found)];
        if (Slot->Handle == 0 ||
            ((Slot->Info & MC_INFO_MARK) == 0 && !McpMayHold(Slot->Info, Cell, Search->Address))) {
            continue;
        }
        Record = McRecordOf(Slot->Handle);
        if (Record != NULL && McRawHolds(Record, Search->Address) && McpConsider(Search, Record)) {
            return TRUE;
        }
    }
    return FALSE;
}

/* What overflowed from Line, a bucket. TRUE: the search is over. */
static BOOLEAN McpSearchRest(MC_SHARD *Shard, MC_SEARCH *Search, MC_LINE *Line, ULONG_PTR Cell)
{
    Shard->Hops = Shard->Lines;
    while ((Line = McBucketsNext(Shard, Line)) != NULL) {
        if (McpSearchLine(Search, Line, Cell)) {
            return TRUE;
        }
    }
    return FALSE;
}

/* The buckets of a page's cells From to End - 1, asked for all at once: they lie beside each other.
 */
static VOID McpExpectCells(MC_SHARD *Shard, MC_LINE **Lines, ULONG_PTR Page, ULONG From, ULONG End)
{
    for (; From != End; From++) {
        Lines[From] = McBucketsFirst(Shard, MC_KEY(Page + From * MC_CELL_BYTES));
        McOsPrefetch(Lines[From]);
    }
}

/* Most blocks that hold the address start in its cell or below it, and are found in the buckets;
 * then come what overflowed from them, and the cells above. */
static VOID McpSearchPage(MC_SHARD *Shard, MC_SEARCH *Search)
{
    const ULONG_PTR Page = MC_PAGE(Search->Address);
    const ULONG Above = (ULONG)((Search->Address - Page) / MC_CELL_BYTES) + 1;
    MC_LINE *Lines[MC_PAGE_CELLS];
    ULONG_PTR Cell;
    ULONG Index;

    McpExpectCells(Shard, Lines, Page, 0, Above);
    for (Index = Above; Index-- != 0;) {
        Cell = Page + Index * MC_CELL_BYTES;
        if (Lines[Index] != NULL && McpSearchLine(Search, Lines[Index], Cell)) {
            return;
        }
    }
    McpExpectCells(Shard, Lines, Page, Above, MC_PAGE_CELLS);
    for (Index = Above; Index-- != 0;) {
        Cell = Page + Index * MC_CELL_BYTES;
        if (Lines[Index] != NULL && McpSearchRest(Shard, Search, Lines[Index], Cell)) {
            return;
        }
    }
    for (Index = Above; Index != MC_PAGE_CELLS; Index++) {
        Cell = Page + Index * MC_CELL_BYTES;
        if (Lines[Index] != NULL && (McpSearchLine(Search, Lines[Index], Cell) ||
                                     McpSearchRest(Shard, Search, Lines[Index], Cell))) {
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
    MC_SHARD *Shard = McIndexShard(Address);
    MC_RECORD *Record;
    KIRQL Irql;

    Irql = McOsAcquire(&Shard->Lock);
    Record = McpSearch(Shard, Address, TRUE);
    McOsRelease(&Shard->Lock, Irql);
    return Record;
}

/*
 * What the free of this block will touch, asked for all at once, before its record is looked at:
 * each of these lines may have to come from far away, as nobody has touched the block for a while.
 * Nothing is read here.
 */
static VOID McpExpect(ULONG_PTR Address, ULONG Behind)
{
    McBytesExpect(Address, Behind);
    McBytesExpectEnd(Address + Behind);
}

/* An owned block that was live and starts there, freeing now, with a reference. */
static MC_RECORD *McpBegin(MC_SHARD *Shard, ULONG_PTR Address)
{
    const MC_SLOT *Slot;
    MC_RECORD *Record;
    MC_STARTS Starts;

    McpStartsAt(&Starts, Shard, Address);
    while ((Slot = McpNextStart(&Starts)) != NULL) {
        Record = McRecordPlace(Slot->Handle);
        if (Record == NULL) {
            continue;
        }
        McOsPrefetch(Record);
        McOsPrefetch((ULONG_PTR)(Record + 1) - 1);
        McpExpect(Address, MC_INFO_BEHIND(Slot->Info));
        if (Record->Handle != Slot->Handle || Record->User != Address || Record->Front == 0) {
            continue;
        }
        if (!McRecordIsSound(Record)) {
            McOwnBroken(MC_BROKEN_RECORD);
            return NULL;
        }
        return McRecordBegin(Record) ? Record : NULL;
    }
    return NULL;
}

MC_RECORD *McIndexFindFree(ULONG_PTR Address, BOOLEAN *Begun)
{
    MC_SHARD *Shard = McIndexShard(Address);
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

BOOLEAN McIndexOrphan(ULONG_PTR Address)
{
    MC_SHARD *Shard = McIndexShard(Address);
    const MC_SLOT *Slot;
    const MC_RECORD *Record;
    BOOLEAN Orphan = FALSE;
    MC_STARTS Starts;
    KIRQL Irql;

    Irql = McOsAcquire(&Shard->Lock);
    McpStartsAt(&Starts, Shard, Address);
    while ((Slot = McpNextStart(&Starts)) != NULL) {
        Record = McRecordOf(Slot->Handle);
        Orphan |= Record == NULL || McRecordState(Record) == McStateGone;
    }
    McOsRelease(&Shard->Lock, Irql);
    return Orphan;
}

/* The best that is not in the large table, or starts there; NULL: none. */
static MC_RECORD *McpFindSmall(ULONG_PTR Address)
{
    MC_SHARD *Shard = McIndexShard(Address);
    MC_RECORD *Record;
    KIRQL Irql;

    if (McIndexIsEmpty(Address)) {
        return NULL;
    }
    Irql = McOsAcquire(&Shard->Lock);
    Record = McpSearch(Shard, Address, FALSE);
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
