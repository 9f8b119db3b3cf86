/* lane.c - what processors do not share: spare records and the queues of the quarantine. */
#include "core.h"

MC_LANE *McLaneOf(ULONG Processor)
{
    return &Mc.Lane[Processor & Mc.LaneMask];
}

MC_LANE *McLaneHere(VOID)
{
    return McLaneOf(McOsProcessor());
}

/* Numbers of different lanes never meet: a lane counts on in steps of the number of lanes. */
static VOID McpNumber(MC_LANE *Lane, MC_RECORD *Record)
{
    Record->Number = Lane->Numbers * (Mc.LaneMask + 1) + (ULONG)(Lane - Mc.Lane) + 1;
    Lane->Numbers++;
}

/* Under the lock: spare records that are none are not used any more. */
static VOID McpSparesBroken(MC_LANE *Lane)
{
    McOwnBroken(MC_BROKEN_LIST);
    Lane->Spare = 0;
    Lane->Spares = 0;
}

/* Under the lock; NULL: none spare. */
static MC_RECORD *McpTakeSpare(MC_LANE *Lane)
{
    MC_RECORD *Record;

    if (Lane->Spare == 0)
        return 0;
    Record = McRecordOf(Lane->Spare);
    if (Record == 0 || Record->State != MC_STATE_CODE(McStateGone)) { /* it is none */
        McpSparesBroken(Lane);
        return 0;
    }
    Lane->Spare = Record->Next;
    Lane->Spares--;
    McpNumber(Lane, Record);
    return Record;
}

/* So many more records, First to Last, for the lane; the first of them is taken. */
static MC_RECORD *McpTakeFrom(MC_LANE *Lane, MC_RECORD *First, MC_RECORD *Last, ULONG Count)
{
    KIRQL Irql = McOsAcquire(&Lane->Lock);

    Last->Next = Lane->Spare;
    Lane->Spare = First->Handle;
    Lane->Spares += Count;
    First = McpTakeSpare(Lane);
    McOsRelease(&Lane->Lock, Irql);
    return First;
}

/* Spare records of a lane that has more than it needs, as one that frees what others allocate: else
 * those would never come back to them. NULL: it has not. */
static MC_RECORD *McpTakeOther(MC_LANE *Lane, MC_LANE *Other)
{
    MC_RECORD *First = 0, *Last = 0;
    ULONG Index;
    KIRQL Irql;

    if (Other == Lane || Other->Spares < 2 * MC_SPARES_MOVED)
        return 0;
    Irql = McOsAcquire(&Other->Lock);
    if (Other->Spares >= 2 * MC_SPARES_MOVED) {
        First = Last = McRecordOf(Other->Spare);
        for (Index = 1; Index < MC_SPARES_MOVED && Last != 0; Index++)
            Last = McRecordOf(Last->Next);
        if (Last == 0) {
            McpSparesBroken(Other);
            First = 0;
        } else {
            Other->Spare = Last->Next;
            Other->Spares -= MC_SPARES_MOVED;
        }
    }
    McOsRelease(&Other->Lock, Irql);
    return First == 0 ? 0 : McpTakeFrom(Lane, First, Last, MC_SPARES_MOVED);
}

/* More records for the lane; the first of them is taken. */
static MC_RECORD *McpTakeNew(MC_LANE *Lane)
{
    MC_RECORD *First = 0, *Last;
    ULONG Index, Count = 1;

    for (Index = 0; Index <= Mc.LaneMask && First == 0; Index++)
        First = McpTakeOther(Lane, &Mc.Lane[Index]);
    if (First != 0)
        return First;
    First = McRecordAt(McRecordGrow());
    if (First == 0)
        return 0;
    for (Last = First; Count < MC_SEGMENT_RECORDS && McRecordOf(Last->Next) != 0; Count++)
        Last = McRecordOf(Last->Next);
    return McpTakeFrom(Lane, First, Last, Count);
}

MC_RECORD *McLaneTake(MC_LANE *Lane)
{
    MC_RECORD *Record;
    KIRQL Irql;

    Irql = McOsAcquire(&Lane->Lock);
    Record = McpTakeSpare(Lane);
    McOsRelease(&Lane->Lock, Irql);
    if (Record == 0)
        Record = McpTakeNew(Lane);
    if (Record == 0)
        return 0;
    Record->Next = 0;
    Record->Noted = 0;
    Record->Filled = 0;
    Record->FreeSite = 0;
    McIntactClear(Record);
    McRecordSet(Record, McStateMaking);
    return Record;
}

VOID McLaneReturn(MC_LANE *Lane, MC_RECORD *First, MC_RECORD *Last, ULONG Count)
{
    KIRQL Irql = McOsAcquire(&Lane->Lock);

    Last->Next = Lane->Spare;
    Lane->Spare = First->Handle;
    Lane->Spares += Count;
    McOsRelease(&Lane->Lock, Irql);
}

VOID McLaneUndo(MC_LANE *Lane, MC_RECORD *Record)
{
    KIRQL Irql = McOsAcquire(&Lane->Lock);

    Record->Next = Lane->Spare;
    Lane->Spare = Record->Handle;
    Lane->Spares++;
    Lane->Undone++;
    McOsRelease(&Lane->Lock, Irql);
}

ULONG McLaneAllocations(VOID)
{
    ULONG Index, Count = 0;

    for (Index = 0; Index <= Mc.LaneMask; Index++)
        Count += Mc.Lane[Index].Numbers - Mc.Lane[Index].Undone;
    return Count;
}

/* ---- the quarantine's queues; the lane's lock is held ---- */

static SIZE_T McpHeldBytes(const MC_RECORD *Record)
{
    return Record->Size + Record->Front + Record->Rear;
}

/* What stood in it stays held back; EXIT finds it (McpRescue, quarantine.c). */
static VOID McpQueueBroken(MC_QUEUE *Queue)
{
    McOwnBroken(MC_BROKEN_LIST);
    McBytesZero(Queue, sizeof(*Queue));
}

/* May it stand in a queue? What its free has begun is passed over there. */
static BOOLEAN McpIsHeld(const MC_RECORD *Record, BOOLEAN Paged)
{
    const MC_STATE State = Record != 0 ? McRecordState(Record) : McStateGone;

    return (BOOLEAN)((State == McStateQuarantined || State == McStateFreeing) &&
                     McIsPaged(Record) == Paged && McRecordIsSound(Record));
}

static VOID McpAppendHeld(MC_QUEUE *Queue, MC_RECORD *Record)
{
    MC_RECORD *Tail = Queue->Tail != 0 ? McRecordOf(Queue->Tail) : 0;

    if (Queue->Tail != 0 && Tail == 0)
        McpQueueBroken(Queue);
    Record->Next = 0;
    if (Tail != 0)
        Tail->Next = Record->Handle;
    else
        Queue->Head = Record->Handle;
    Queue->Tail = Record->Handle;
    Queue->Blocks++;
    Queue->Bytes += McpHeldBytes(Record);
}

/* Take the record behind Before (0: the head) out of the queue. */
static VOID McpUnlink(MC_QUEUE *Queue, MC_RECORD *Before, MC_RECORD *Record)
{
    if (Before != 0)
        Before->Next = Record->Next;
    else
        Queue->Head = Record->Next;
    if (Queue->Tail == Record->Handle)
        Queue->Tail = Before != 0 ? Before->Handle : 0;
    Record->Next = 0;
    Queue->Blocks--;
    Queue->Bytes -= McpHeldBytes(Record);
}

/* Until the queue is at Blocks and Bytes, or all but the record Stays has been looked at. */
static ULONG McpEvict(MC_QUEUE *Queue, BOOLEAN Paged, ULONG Blocks, SIZE_T Bytes, ULONG Stays,
                      MC_RECORD **Evicted)
{
    MC_RECORD *Record, *Before = 0;
    ULONG Handle = Queue->Head, Count = 0, Steps;

    /* Referenced records are passed over: at most as many steps again as blocks are wanted. */
    for (Steps = 0; Handle != 0 && Steps < 2 * MC_EVICT_BATCH && Count < MC_EVICT_BATCH; Steps++) {
        if ((Queue->Blocks <= Blocks && Queue->Bytes <= Bytes) || Handle == Stays)
            break;
        Record = McRecordOf(Handle);
        if (!McpIsHeld(Record, Paged)) {
            McpQueueBroken(Queue);
            break;
        }
        Handle = Record->Next;
        if (McRecordEvict(Record)) {
            McpUnlink(Queue, Before, Record);
            Evicted[Count++] = Record;
        } else {
            Before = Record;
        }
    }
    return Count;
}

/* What leaves, leaves by several: what that costs is then shared by as many frees. The youngest
 * stays, however large it is. */
static ULONG McpEvictBounded(MC_QUEUE *Queue, BOOLEAN Paged, MC_RECORD **Evicted)
{
    if (Queue->Blocks <= Mc.QuarantineBlocks && Queue->Bytes <= Mc.QuarantineBytes)
        return 0;
    return McpEvict(Queue, Paged, Mc.QuarantineBlocks - Mc.QuarantineBlocks / MC_EVICT_PART,
                    Mc.QuarantineBytes - Mc.QuarantineBytes / MC_EVICT_PART, Queue->Tail, Evicted);
}

ULONG McLanePush(MC_LANE *Lane, MC_RECORD *Record, MC_RECORD **Evicted)
{
    MC_QUEUE *Queue = &Lane->Queue[McIsPaged(Record) ? 1 : 0];
    ULONG Count;
    KIRQL Irql = McOsAcquire(&Lane->Lock);

    McpAppendHeld(Queue, Record);
    Count = McpEvictBounded(Queue, McIsPaged(Record), Evicted);
    McOsRelease(&Lane->Lock, Irql);
    return Count;
}

ULONG McLaneEvict(MC_LANE *Lane, BOOLEAN Paged, BOOLEAN Bounded, MC_RECORD **Evicted)
{
    MC_QUEUE *Queue = &Lane->Queue[Paged ? 1 : 0];
    KIRQL Irql = McOsAcquire(&Lane->Lock);
    ULONG Count =
        Bounded ? McpEvictBounded(Queue, Paged, Evicted) : McpEvict(Queue, Paged, 0, 0, 0, Evicted);

    McOsRelease(&Lane->Lock, Irql);
    return Count;
}
