/* lane.c - what processors do not share: spare records and the queues of the quarantine. */
#include "core.h"

MC_LANE *McLaneHere(VOID)
{
    return &Mc.Lane[McOsProcessor() & Mc.LaneMask];
}

/* Numbers of different lanes never meet: a lane counts on in steps of the number of lanes. */
static VOID McpNumber(MC_LANE *Lane, MC_RECORD *Record)
{
    Record->Number = Lane->Numbers * (Mc.LaneMask + 1) + (ULONG)(Lane - Mc.Lane) + 1;
    Lane->Numbers++;
}

/* Under the lock; NULL: none spare. */
static MC_RECORD *McpTakeSpare(MC_LANE *Lane)
{
    MC_RECORD *Record = McRecordAt(Lane->Spare);

    if (Record != 0) {
        Lane->Spare = Record->Next;
        McpNumber(Lane, Record);
    }
    return Record;
}

/* More records for the lane; the first of them is taken. */
static MC_RECORD *McpTakeNew(MC_LANE *Lane)
{
    MC_RECORD *First = McRecordAt(McRecordGrow());
    MC_RECORD *Last;
    KIRQL Irql;

    if (First == 0)
        return 0;
    for (Last = First; Last->Next != 0;)
        Last = McRecordAt(Last->Next);
    Irql = McOsAcquire(&Lane->Lock);
    if (Last != First) {
        Last->Next = Lane->Spare;
        Lane->Spare = First->Next;
    }
    McpNumber(Lane, First);
    McOsRelease(&Lane->Lock, Irql);
    return First;
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
    McRecordMove(Record, McStateGone, McStateMaking);
    return Record;
}

VOID McLaneReturn(MC_LANE *Lane, MC_RECORD *Record)
{
    KIRQL Irql = McOsAcquire(&Lane->Lock);

    Record->Next = Lane->Spare;
    Lane->Spare = Record->Handle;
    McOsRelease(&Lane->Lock, Irql);
}

VOID McLanePush(MC_LANE *Lane, MC_RECORD *Record)
{
    MC_QUEUE *Queue = &Lane->Queue[McIsPaged(Record) ? 1 : 0];
    KIRQL Irql = McOsAcquire(&Lane->Lock);

    Record->Next = 0;
    if (Queue->Tail != 0)
        McRecordAt(Queue->Tail)->Next = Record->Handle;
    else
        Queue->Head = Record->Handle;
    Queue->Tail = Record->Handle;
    Queue->Blocks++;
    Queue->Bytes += Record->Size + Record->Front + Record->Rear;
    McOsRelease(&Lane->Lock, Irql);
}

/* Under the lock: take the record behind Before (0: the head) out of the queue. */
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
    Queue->Bytes -= Record->Size + Record->Front + Record->Rear;
}

ULONG McLaneEvict(MC_LANE *Lane, BOOLEAN Paged, ULONG Blocks, SIZE_T Bytes, MC_RECORD **Evicted)
{
    MC_QUEUE *Queue = &Lane->Queue[Paged ? 1 : 0];
    MC_RECORD *Record, *Next, *Before = 0;
    ULONG Count = 0, Steps;
    KIRQL Irql = McOsAcquire(&Lane->Lock);

    Record = McRecordAt(Queue->Head);
    /* Referenced records are passed over: at most as many steps again as blocks are wanted. */
    for (Steps = 0; Record != 0 && Steps < 2 * MC_EVICT_BATCH && Count < MC_EVICT_BATCH; Steps++) {
        if (Queue->Blocks <= Blocks && Queue->Bytes <= Bytes)
            break;
        Next = McRecordAt(Record->Next);
        if (McRecordEvict(Record)) {
            McpUnlink(Queue, Before, Record);
            Evicted[Count++] = Record;
        } else {
            Before = Record;
        }
        Record = Next;
    }
    McOsRelease(&Lane->Lock, Irql);
    return Count;
}
