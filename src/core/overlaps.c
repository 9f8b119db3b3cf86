/*
 * overlaps.c - plain blocks in the page index (index.h) that are in the way: the pool has handed
 * their memory out again.
 */
#include "index.h"

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

    if (Record == NULL) {
        return;
    }
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
    const ULONG Key = MC_KEY(Cell);
    MC_LINE *Line;
    ULONG Found;

    for (Line = McBucketsFirst(Shard, Key); Line != NULL; Line = McBucketsNext(Shard, Line)) {
        for (Found = McLineKeys(Line, Key); Found != 0; Found &= Found - 1) {
            McpMeet(Meeting, McRecordOf(Line->Slots[McLowestOf(Found)].Handle));
        }
    }
}

/* Plain blocks start at their first byte, so those that start above the extent cannot meet it. */
static VOID McpMeetPage(MC_MEETING *Meeting, ULONG_PTR Page)
{
    MC_SHARD *Shard = McIndexShard(Page);
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
