/*
 * index.c - the page index: its shards, and how blocks come in and go. index.h says how it is laid
 * out; lookup.c finds them, overlaps.c what is in the way of an allocation, indexcheck.c has the
 * invariants.
 *
 * A block whose marks are in another shard is there before its start is, and after its start has
 * gone: between the two, an interior address may be found when the start is not.
 */
#include "index.h"

typedef union _MC_PADDED_SHARD {
    MC_SHARD Shard;
    UCHAR Lines[(sizeof(MC_SHARD) + MC_LINE_BYTES - 1) / MC_LINE_BYTES * MC_LINE_BYTES];
} MC_PADDED_SHARD;

static MC_PADDED_SHARD McpShards[MC_SHARDS]; /* in the image: nothing of it is pool memory */

/*
 * Which regions have slots, in a table of so many entries for each shard, written under its lock.
 * It may be read at any time, without a lock: a look-up that does not come after the insert of a
 * block need not see it.
 */
#define MC_REGION_ENTRIES 16u
#define MC_REGIONS_MIXED  0xFFFFFFFFu

typedef struct _MC_REGION {
    volatile ULONG Slots; /* of all regions that share the entry */
    volatile ULONG Name;  /* of the only one that has any, or MC_REGIONS_MIXED */
} MC_REGION;

static MC_REGION McpRegions[MC_SHARDS][MC_REGION_ENTRIES];

VOID McIndexStart(VOID)
{
    ULONG Index;

    McBytesZero(McpShards, sizeof(McpShards));
    for (Index = 0; Index < MC_SHARDS; Index++) {
        McpShards[Index].Shard.Scarce = TRUE;
        McBytesZero((PVOID)McpRegions[Index], sizeof(McpRegions[Index]));
    }
}

VOID McIndexStop(VOID)
{
    ULONG Index;

    for (Index = 0; Index < MC_SHARDS; Index++) {
        McBucketsStop(&McpShards[Index].Shard);
    }
}

/*
 * The regions of a stretch of 64 MB are in shards next to each other, and the next stretch begins a
 * third of them further on: so memory that two processors work in, a few stretches apart as a rule,
 * shares none. The higher bits count too.
 */
static ULONG McpShardNumber(ULONG_PTR Address)
{
    const ULONG Region = (ULONG)(Address >> MC_SHARD_SHIFT);

    return (Region + (Region >> 5) * 21 + (Region >> 11) * 13 + (Region >> 17) * 5) &
           (MC_SHARDS - 1);
}

MC_SHARD *McIndexShard(ULONG_PTR Address)
{
    return &McpShards[McpShardNumber(Address)].Shard;
}

MC_SHARD *McIndexShardAt(ULONG Number)
{
    return &McpShards[Number].Shard;
}

/* Of an address; those 8 PB apart have the same, and then one seems to have what the other has. */
static ULONG McpRegionName(ULONG_PTR Address)
{
    return (ULONG)(Address >> MC_SHARD_SHIFT);
}

static MC_REGION *McpRegionOf(ULONG_PTR Address)
{
    return &McpRegions[McpShardNumber(Address)][McpRegionName(Address) & (MC_REGION_ENTRIES - 1)];
}

BOOLEAN McIndexIsEmpty(ULONG_PTR Address)
{
    const MC_REGION *Region = McpRegionOf(Address);
    const ULONG Name = Region->Name;

    return (BOOLEAN)(Region->Slots == 0 ||
                     (Name != McpRegionName(Address) && Name != MC_REGIONS_MIXED));
}

/* ---- blocks ---- */

/* What is cut off in MC_SLOT.Info reaches beyond the page. */
typedef char MC_INFO_COVERS_A_PAGE
    [MC_BEHIND_MOST >= MC_PAGE_SIZE && MC_BEFORE_MOST * 8 >= MC_PAGE_SIZE ? 1 : -1];

/* The shard of [First, Last], not large, that is not that of User; NULL: there is no other. Two at
 * the most: 16 pages are less than a region. */
static MC_SHARD *McpOtherShard(const MC_SHARD *Own, ULONG_PTR First, ULONG_PTR Last)
{
    MC_SHARD *Shard = McIndexShard(First);

    if (Shard == Own) {
        Shard = McIndexShard(Last);
    }
    return Shard == Own ? NULL : Shard;
}

ULONG McIndexStartInfo(const MC_RECORD *Record)
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
    Span->Own = McIndexShard(User);
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
    MC_REGION *Region = McpRegionOf(Address);

    if (!McBucketsInsert(Shard, MC_KEY(Address), Handle, Info)) {
        return FALSE;
    }
    if (Region->Slots == 0) {
        Region->Name = McpRegionName(Address);
    } else if (Region->Name != McpRegionName(Address)) {
        Region->Name = MC_REGIONS_MIXED;
    }
    Region->Slots++;
    return TRUE;
}

static VOID McpRemoveSlot(MC_SHARD *Shard, ULONG_PTR Address, ULONG Handle)
{
    if (McBucketsRemove(Shard, MC_KEY(Address), Handle)) {
        McpRegionOf(Address)->Slots--;
    }
}

/* Does the page have a mark in Shard? */
static BOOLEAN McpIsMarked(const MC_SPAN *Span, const MC_SHARD *Shard, ULONG_PTR Page)
{
    return Page != Span->Page && (Span->Other == NULL || McIndexShard(Page) == Shard);
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
    const ULONG Info = McIndexStartInfo(Record);
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
