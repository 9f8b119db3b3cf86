/* record.c - records: handles, states, references. */
#include "core.h"

#define MCP_ROOT_BITS 9
#define MCP_ROOT      (1u << MCP_ROOT_BITS)

MC_MIDDLE **McRecordRoot;

typedef struct _MCP_RECORDS {
    volatile LONG Segments; /* published; the tables above them are complete */
    MC_LOCK Lock;           /* only to publish a segment */
} MCP_RECORDS;

static MCP_RECORDS McpRecords;

BOOLEAN McRecordStart(VOID)
{
    McpRecords.Segments = 0;
    McRecordRoot = (MC_MIDDLE **)McOsMetaAllocate(MCP_ROOT * sizeof(McRecordRoot[0]));
    return McRecordRoot != 0;
}

VOID McRecordStop(VOID)
{
    ULONG Index, Segments = (ULONG)McpRecords.Segments;
    MC_MIDDLE *Middle;

    if (McRecordRoot == 0)
        return;
    for (Index = 0; Index < Segments; Index++) {
        Middle = McRecordRoot[Index >> MC_MIDDLE_BITS];
        McOsMetaFree(Middle->Segment[Index & (MC_MIDDLE_ENTRIES - 1)],
                     MC_SEGMENT * sizeof(MC_RECORD));
    }
    for (Index = 0; Index < MCP_ROOT; Index++)
        if (McRecordRoot[Index] != 0)
            McOsMetaFree(McRecordRoot[Index], sizeof(MC_MIDDLE));
    McOsMetaFree(McRecordRoot, MCP_ROOT * sizeof(McRecordRoot[0]));
    McRecordRoot = 0;
    McpRecords.Segments = 0;
}

/*
 * Under the lock: put the segment behind the last one. FALSE: a middle table is needed, or the root
 * is full. *Middle is used up (set to 0) when it was needed.
 */
static BOOLEAN McpPublish(MC_RECORD *Segment, MC_MIDDLE **Middle)
{
    ULONG Number = (ULONG)McpRecords.Segments;
    ULONG Root = Number >> MC_MIDDLE_BITS;
    ULONG Index;

    if (Root >= MCP_ROOT)
        return FALSE;
    if (McRecordRoot[Root] == 0) {
        if (*Middle == 0)
            return FALSE;
        McRecordRoot[Root] = *Middle;
        *Middle = 0;
    }
    for (Index = 0; Index < MC_SEGMENT; Index++)
        Segment[Index].Handle = Number * MC_SEGMENT + Index + 1;
    McRecordRoot[Root]->Segment[Number & (MC_MIDDLE_ENTRIES - 1)] = Segment;
    McOsReleaseBarrier(); /* pairs with the acquire in McRecordAt and in walks up to the limit */
    McpRecords.Segments = (LONG)(Number + 1);
    return TRUE;
}

ULONG McRecordGrow(VOID)
{
    MC_RECORD *Segment = (MC_RECORD *)McMetaAllocate(MC_SEGMENT * sizeof(MC_RECORD));
    MC_MIDDLE *Middle = 0;
    BOOLEAN Done;
    KIRQL Irql;
    ULONG Index, First;

    if (Segment == 0)
        return 0;
    if (((ULONG)McpRecords.Segments & (MC_MIDDLE_ENTRIES - 1)) == 0 ||
        McRecordRoot[(ULONG)McpRecords.Segments >> MC_MIDDLE_BITS] == 0)
        Middle = (MC_MIDDLE *)McMetaAllocate(sizeof(*Middle));
    Irql = McOsAcquire(&McpRecords.Lock);
    Done = McpPublish(Segment, &Middle);
    McOsRelease(&McpRecords.Lock, Irql);
    if (Middle != 0)
        McMetaFree(Middle, sizeof(*Middle));
    if (!Done) {
        McMetaFree(Segment, MC_SEGMENT * sizeof(MC_RECORD));
        return 0;
    }
    First = Segment[0].Handle;
    for (Index = 0; Index + 1 < MC_SEGMENT; Index++)
        Segment[Index].Next = First + Index + 1;
    Segment[MC_SEGMENT - 1].Next = 0;
    return First;
}

ULONG McRecordLimit(VOID)
{
    ULONG Limit = (ULONG)McpRecords.Segments * MC_SEGMENT + 1;

    McOsAcquireBarrier();
    return Limit;
}

MC_RECORD *McRecordAt(ULONG Handle)
{
    ULONG Index = Handle - 1;

    if (Handle == 0 || Index >> MC_SEGMENT_BITS >= (ULONG)McpRecords.Segments)
        return 0;
    McOsAcquireBarrier();
    return McRecordOf(Handle);
}

BOOLEAN McRecordMove(MC_RECORD *Record, MC_STATE From, MC_STATE To)
{
    LONG Before;

    do {
        Before = Record->State;
        if ((Before & MC_STATE_MASK) != (LONG)From)
            return FALSE;
    } while (McOsCompareExchange(&Record->State, Before - (LONG)From + (LONG)To, Before) != Before);
    return TRUE;
}

VOID McRecordSet(MC_RECORD *Record, MC_STATE To)
{
    McOsReleaseBarrier();
    Record->State = (LONG)To;
}

BOOLEAN McRecordBegin(MC_RECORD *Record)
{
    const LONG Change = (LONG)McStateFreeing - (LONG)McStateLive + MC_ONE_REFERENCE;
    LONG Before;

    do {
        Before = Record->State;
        if ((Before & MC_STATE_MASK) != (LONG)McStateLive)
            return FALSE;
    } while (McOsCompareExchange(&Record->State, Before + Change, Before) != Before);
    return TRUE;
}

VOID McRecordHold(MC_RECORD *Record)
{
    McOsAdd(&Record->State, (LONG)McStateQuarantined - (LONG)McStateFreeing - MC_ONE_REFERENCE);
}

BOOLEAN McRecordAlone(const MC_RECORD *Record)
{
    if (Record->State != (LONG)McStateLeaving + MC_ONE_REFERENCE)
        return FALSE;
    McOsAcquireBarrier(); /* whoever had one is done with the bytes */
    return TRUE;
}

BOOLEAN McRecordEvict(MC_RECORD *Record)
{
    return McOsCompareExchange(&Record->State, (LONG)McStateLeaving + MC_ONE_REFERENCE,
                               (LONG)McStateQuarantined) == (LONG)McStateQuarantined;
}

/* Take a reference while the state is one of the set (bit n: state n). */
static BOOLEAN McpReferenceIn(MC_RECORD *Record, ULONG States)
{
    LONG Before;

    do {
        Before = Record->State;
        if ((1u << (Before & MC_STATE_MASK) & States) == 0)
            return FALSE;
    } while (McOsCompareExchange(&Record->State, Before + MC_ONE_REFERENCE, Before) != Before);
    return TRUE;
}

BOOLEAN McRecordReference(MC_RECORD *Record)
{
    return McpReferenceIn(Record, 1u << McStateLive | 1u << McStateFreeing |
                                      1u << McStateQuarantined | 1u << McStateLeaving);
}

BOOLEAN McRecordReferenceBytes(MC_RECORD *Record)
{
    return McpReferenceIn(Record, 1u << McStateLive | 1u << McStateQuarantined);
}

VOID McRecordRelease(MC_RECORD *Record)
{
    if (McOsAdd(&Record->State, -MC_ONE_REFERENCE) == (LONG)McStateLeaving)
        McBlockDismiss(Record);
}

static VOID McpCopyEvents(const MC_RECORD *Record, MC_BLOCK *Block)
{
    const ULONG FreeSite = Record->FreeSite;

    McSiteCopy(Record->AllocateSite, &Block->Allocated.Site);
    Block->Allocated.Thread = Record->AllocateThread;
    Block->Allocated.Ticks = Record->AllocateTicks;
    Block->Allocated.Processor = Record->AllocateProcessor;
    Block->Allocated.Irql = Record->AllocateIrql;
    McBytesZero(&Block->Freed, sizeof(Block->Freed));
    if (FreeSite == 0)
        return;
    McOsAcquireBarrier(); /* with the site the rest is there: McpNoteFree */
    McSiteCopy(FreeSite, &Block->Freed.Site);
    Block->Freed.Thread = Record->FreeThread;
    Block->Freed.Ticks = Record->FreeTicks;
    Block->Freed.Processor = Record->FreeProcessor;
    Block->Freed.Irql = Record->FreeIrql;
}

VOID McRecordCopy(const MC_RECORD *Record, MC_BLOCK *Block)
{
    Block->User = Record->User;
    Block->Size = Record->Size;
    Block->Front = Record->Front;
    Block->Rear = Record->Rear;
    Block->PoolType = Record->PoolType;
    Block->Attributes = Record->Attributes;
    Block->Tag = Record->Tag;
    Block->Number = Record->Number;
    Block->State = McRecordState(Record);
    McOsAcquireBarrier(); /* quarantined: what its free has stored is there */
    McIntactCopy(Record, Block);
    McpCopyEvents(Record, Block);
}

BOOLEAN McpIsValidRecord(const MC_RECORD *Record)
{
    MC_STATE State = McRecordState(Record);

    return State >= McStateMaking && State <= McStateLeaving && Record->Number != 0 &&
           McRecordAt(Record->Handle) == Record && Record->User % MC_POOL_ALIGNMENT == 0 &&
           Record->Front % MC_POOL_ALIGNMENT == 0 && Record->Rear >= McOptions.Redzone &&
           Record->User + Record->Size + Record->Rear > Record->User;
}
