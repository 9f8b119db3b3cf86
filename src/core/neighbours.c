/*
 * neighbours.c - the blocks beside an address, for reports: who lies right before a damaged buffer.
 *
 * Only two pages on each side are looked through, the slots of each under its shard's lock, as a
 * look-up of an interior address does: whatever lies in a page has a slot there, or is large. What
 * is still in making, or was freed past us, is passed over.
 */
#include "index.h"

#define MC_NEAR_PAGES 2

typedef struct _MC_NEAR_SEARCH {
    ULONG_PTR Address;
    BOOLEAN Above;
    MC_RECORD *Best; /* so far; NULL: none */
} MC_NEAR_SEARCH;

/* Bytes between the address and the raw block on the side asked for; FALSE: it is not there. */
static BOOLEAN McpNearDistance(const MC_NEAR_SEARCH *Search, const MC_RECORD *Record,
                               ULONG_PTR *Distance)
{
    ULONG_PTR First;
    ULONG_PTR Last;

    McRawExtent(Record, &First, &Last);
    if (Search->Above ? First <= Search->Address : Last >= Search->Address) {
        return FALSE;
    }
    *Distance = Search->Above ? First - Search->Address : Search->Address - Last;
    return *Distance <= MC_NEAR_PAGES * MC_PAGE_SIZE;
}

/* A lock under which the record is in a table is held. */
static VOID McpNearConsider(MC_NEAR_SEARCH *Search, MC_RECORD *Record)
{
    ULONG_PTR Distance;
    ULONG_PTR Best;

    if (Record == NULL || !McpNearDistance(Search, Record, &Distance) || McIsGone(Record) ||
        McRecordState(Record) < McStateLive) {
        return;
    }
    if (Search->Best == NULL || !McpNearDistance(Search, Search->Best, &Best) || Distance < Best ||
        (Distance == Best && McOutranks(Record, Search->Best))) {
        Search->Best = Record;
    }
}

static VOID McpNearCell(MC_SHARD *Shard, MC_NEAR_SEARCH *Search, ULONG_PTR Cell)
{
    const ULONG Key = MC_KEY(Cell);
    MC_LINE *Line;
    ULONG Found;

    for (Line = McBucketsFirst(Shard, Key); Line != NULL; Line = McBucketsNext(Shard, Line)) {
        for (Found = McLineKeys(Line, Key); Found != 0; Found &= Found - 1) {
            McpNearConsider(Search, McRecordOf(Line->Slots[McLowestOf(Found)].Handle));
        }
    }
}

/* The nearest with a slot in the page, with a reference. */
static MC_RECORD *McpNearPage(MC_NEAR_SEARCH *Search, ULONG_PTR Page)
{
    MC_SHARD *Shard = McIndexShard(Page);
    ULONG_PTR Cell;
    KIRQL Irql;

    Search->Best = NULL;
    Irql = McOsAcquire(&Shard->Lock);
    for (Cell = Page; Cell != Page + MC_PAGE_SIZE; Cell += MC_CELL_BYTES) {
        McpNearCell(Shard, Search, Cell);
    }
    if (Search->Best != NULL && !McRecordReference(Search->Best)) {
        Search->Best = NULL;
    }
    McOsRelease(&Shard->Lock, Irql);
    return Search->Best;
}

static MC_RECORD *McpNearest(ULONG_PTR Address, BOOLEAN Above)
{
    MC_NEAR_SEARCH Search;
    MC_RECORD *Record = NULL;
    MC_RECORD *Large = NULL;
    ULONG_PTR Page;
    ULONG_PTR Distance;
    ULONG Left;

    if (Address == (Above ? (ULONG_PTR)-1 : 0)) {
        return NULL;
    }
    Search.Address = Address;
    Search.Above = Above;
    Page = MC_PAGE(Above ? Address + 1 : Address - 1);
    for (Left = MC_NEAR_PAGES; Record == NULL && Left != 0; Left--) {
        Record = McpNearPage(&Search, Page);
        Page += Above ? (ULONG_PTR)MC_PAGE_SIZE : 0 - (ULONG_PTR)MC_PAGE_SIZE;
    }
    if (McLargeAny()) {
        Large = Above ? McLargeAfter(Address) : McLargeBefore(Address);
    }
    if (Large == NULL) {
        return Record;
    }
    Search.Best = Record;
    if (McpNearDistance(&Search, Large, &Distance)) {
        McpNearConsider(&Search, Large);
    }
    if (Search.Best == Large) {
        if (Record != NULL) {
            McRecordRelease(Record);
        }
        return Large;
    }
    McRecordRelease(Large);
    return Record;
}

MC_RECORD *McIndexBefore(ULONG_PTR Address)
{
    return McpNearest(Address, FALSE);
}

MC_RECORD *McIndexAfter(ULONG_PTR Address)
{
    return McpNearest(Address, TRUE);
}
