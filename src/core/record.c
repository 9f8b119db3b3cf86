/* record.c - records: handles, states, references. */
#include "core.h"

/* Tables of the segments that are not in the image: pointers to them. */
#define MCP_FAR           128u  /* segments of a table */
#define MCP_FAR_MOST      1024u /* tables */
#define MCP_MOST_SEGMENTS (MC_FEW_SEGMENTS + MCP_FAR * MCP_FAR_MOST)

MC_RECORD *McRecordFew[MC_FEW_SEGMENTS];

typedef struct _MCP_RECORDS {
    volatile LONG Segments; /* published; the tables above them are complete */
    MC_LOCK Lock;           /* only to publish a segment */
    MC_TWINNED *Far[MCP_FAR_MOST];
} MCP_RECORDS;

static MCP_RECORDS McpRecords;

VOID McRecordStop(VOID)
{
    McBytesZero(McRecordFew, sizeof(McRecordFew));
    McBytesZero(McpRecords.Far, sizeof(McpRecords.Far));
    McpRecords.Segments = 0;
}

MC_RECORD *McRecordFar(ULONG Number)
{
    const MC_TWINNED *Entry;

    if (Number >= (ULONG)McpRecords.Segments)
        return 0;
    Number -= MC_FEW_SEGMENTS;
    Entry = &McpRecords.Far[Number / MCP_FAR][Number % MCP_FAR];
    if (McTwinIsWhole(Entry))
        return (MC_RECORD *)Entry->Pointer;
    McOwnBroken(MC_BROKEN_RECORD);
    return 0;
}

/* Is a further table needed for the segment of this number? */
static BOOLEAN McpNeedsFar(ULONG Number)
{
    return (BOOLEAN)(Number >= MC_FEW_SEGMENTS && Number < MCP_MOST_SEGMENTS &&
                     McpRecords.Far[(Number - MC_FEW_SEGMENTS) / MCP_FAR] == 0);
}

/*
 * Under the lock: put the segment behind the last one. FALSE: a table is needed, or there are as
 * many as there can be. *Far is used up (set to 0) when it was needed.
 */
static BOOLEAN McpPublish(MC_RECORD *Segment, MC_TWINNED **Far)
{
    const ULONG Number = (ULONG)McpRecords.Segments;
    const ULONG Beyond = Number - MC_FEW_SEGMENTS;
    ULONG Index;

    if (Number == MCP_MOST_SEGMENTS)
        return FALSE;
    if (McpNeedsFar(Number)) {
        if (*Far == 0)
            return FALSE;
        McpRecords.Far[Beyond / MCP_FAR] = *Far;
        *Far = 0;
    }
    for (Index = 1; Index <= MC_SEGMENT_RECORDS; Index++) {
        Segment[Index].Handle = Number * MC_SEGMENT + Index + 1;
        Segment[Index].State = MC_STATE_CODE(McStateGone);
    }
    McOsReleaseBarrier(); /* pairs with the acquire in McRecordAt and in walks up to the limit */
    if (Number < MC_FEW_SEGMENTS) {
        McRecordFew[Number] = Segment;
    } else {
        McTwinSet(&McpRecords.Far[Beyond / MCP_FAR][Beyond % MCP_FAR], Segment);
    }
    McOsReleaseBarrier();
    McpRecords.Segments = (LONG)(Number + 1);
    return TRUE;
}

/* The record before the first: it is not there, nor is the one behind the last. */
static MC_RECORD *McpSegment(VOID)
{
    MC_RECORD *First = (MC_RECORD *)McMetaAllocate(MC_SEGMENT_RECORDS * sizeof(MC_RECORD));

    return First == 0 ? 0 : First - 1;
}

ULONG McRecordGrow(VOID)
{
    MC_RECORD *Segment = McpSegment();
    MC_TWINNED *Far = 0;
    BOOLEAN Done;
    KIRQL Irql;
    ULONG Index, First;

    if (Segment == 0)
        return 0;
    if (McpNeedsFar((ULONG)McpRecords.Segments))
        Far = (MC_TWINNED *)McMetaAllocate(MCP_FAR * sizeof(*Far));
    Irql = McOsAcquire(&McpRecords.Lock);
    Done = McpPublish(Segment, &Far);
    McOsRelease(&McpRecords.Lock, Irql);
    if (Far != 0)
        McMetaFree(Far);
    if (!Done) {
        McMetaFree(Segment + 1);
        return 0;
    }
    First = Segment[1].Handle;
    for (Index = 1; Index < MC_SEGMENT_RECORDS; Index++)
        Segment[Index].Next = First + Index;
    Segment[MC_SEGMENT_RECORDS].Next = 0;
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
    if (Handle == 0 || (Handle - 1) >> MC_SEGMENT_BITS >= (ULONG)McpRecords.Segments)
        return 0;
    McOsAcquireBarrier();
    return McRecordOf(Handle);
}

/* What leads from one state to another, whatever references there are. */
#define MCP_STEP(From, To) (MC_STATE_CODE(To) - MC_STATE_CODE(From))

BOOLEAN McRecordMove(MC_RECORD *Record, MC_STATE From, MC_STATE To)
{
    LONG Before;

    do {
        Before = Record->State;
        if ((Before & MC_STATE_MASK) != MC_STATE_CODE(From))
            return FALSE;
    } while (McOsCompareExchange(&Record->State, Before + MCP_STEP(From, To), Before) != Before);
    return TRUE;
}

VOID McRecordSet(MC_RECORD *Record, MC_STATE To)
{
    McOsReleaseBarrier();
    Record->State = MC_STATE_CODE(To);
}

BOOLEAN McRecordBegin(MC_RECORD *Record)
{
    const LONG Change = MCP_STEP(McStateLive, McStateFreeing) + MC_ONE_REFERENCE;
    LONG Before;

    do {
        Before = Record->State;
        if ((Before & MC_STATE_MASK) != MC_STATE_CODE(McStateLive))
            return FALSE;
    } while (McOsCompareExchange(&Record->State, Before + Change, Before) != Before);
    return TRUE;
}

VOID McRecordHold(MC_RECORD *Record)
{
    McOsAdd(&Record->State, MCP_STEP(McStateFreeing, McStateQuarantined) - MC_ONE_REFERENCE);
}

BOOLEAN McRecordAlone(const MC_RECORD *Record)
{
    if (Record->State != MC_STATE_CODE(McStateLeaving) + MC_ONE_REFERENCE)
        return FALSE;
    McOsAcquireBarrier(); /* whoever had one is done with the bytes */
    return TRUE;
}

BOOLEAN McRecordEvict(MC_RECORD *Record)
{
    const LONG Held = MC_STATE_CODE(McStateQuarantined);
    const LONG Leaving = MC_STATE_CODE(McStateLeaving) + MC_ONE_REFERENCE;

    return McOsCompareExchange(&Record->State, Leaving, Held) == Held;
}

/* With a reference: does what the state was agree with the rest? Who is held back was freed. */
static BOOLEAN McpIsTrue(const MC_RECORD *Record, LONG State)
{
    if (McStateOf(State) == McStateQuarantined && Record->FreeSite == 0)
        return FALSE;
    return McRecordIsSound(Record);
}

/* Take a reference while the state is one of the set (bit n: state n). */
static BOOLEAN McpReferenceIn(MC_RECORD *Record, ULONG States)
{
    LONG Before;

    do {
        Before = Record->State;
        if ((1u << McStateOf(Before) & States) == 0)
            return FALSE;
    } while (McOsCompareExchange(&Record->State, Before + MC_ONE_REFERENCE, Before) != Before);
    if (McpIsTrue(Record, Before))
        return TRUE;
    McOsAdd(&Record->State, -MC_ONE_REFERENCE); /* whatever state it seems to be in, it stays */
    McOwnBroken(MC_BROKEN_RECORD);
    return FALSE;
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
    if (McOsAdd(&Record->State, -MC_ONE_REFERENCE) == MC_STATE_CODE(McStateLeaving))
        McBlockDismiss(Record);
}

/* A reference, whatever the record says, if it is a block's at all. Not to one that leaves: who
 * makes it gone relies on it that nobody finds it any more (McRecordAlone). */
static BOOLEAN McpReferenceAny(MC_RECORD *Record)
{
    LONG Before;

    do {
        Before = Record->State;
        if (McStateOf(Before) < McStateLive || McStateOf(Before) == McStateLeaving)
            return FALSE;
    } while (McOsCompareExchange(&Record->State, Before + MC_ONE_REFERENCE, Before) != Before);
    return TRUE;
}

/* Is this one the record of User, or can nobody say whose it is? With a reference, as it may become
 * another block's at any time. */
static BOOLEAN McpIsLost(MC_RECORD *Record, ULONG Handle, ULONG_PTR User)
{
    const LONG State = Record->State;
    BOOLEAN Sound, Its;

    if (Record->Handle != Handle || (State & MC_STATE_MASK) != MC_STATE_CODE(State & 7))
        return TRUE;
    if (!McpReferenceAny(Record))
        return FALSE;
    Sound = McRecordIsSound(Record);
    /* Not one that leaves, or is gone: those are not in the index, or not seen there. */
    Its = (BOOLEAN)(Record->User == User && !McIsPlain(Record) &&
                    McRecordState(Record) != McStateLeaving);
    if (Sound)
        McRecordRelease(Record);
    else
        McOsAdd(&Record->State, -MC_ONE_REFERENCE); /* nothing of it is given back */
    return (BOOLEAN)(!Sound || Its);
}

BOOLEAN McRecordLost(ULONG_PTR User)
{
    const ULONG Limit = McRecordLimit();
    MC_RECORD *Segment;
    ULONG Handle, Number, At;

    for (Number = 0; Number * MC_SEGMENT + 1 < Limit; Number++) {
        Segment = Number < MC_FEW_SEGMENTS ? McRecordFew[Number] : McRecordFar(Number);
        for (At = 1; At <= MC_SEGMENT_RECORDS; At++) {
            Handle = Number * MC_SEGMENT + At + 1;
            if (Segment == 0 || McpIsLost(&Segment[At], Handle, User))
                return TRUE;
        }
    }
    return FALSE;
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
