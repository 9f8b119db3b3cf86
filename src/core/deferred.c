/* deferred.c - what must wait for a lower IRQL. */
#include "core.h"

/*
 * Two kinds. Above DISPATCH_LEVEL no lock may be taken: a free claims one of a few slots by
 * compare-exchange. At DISPATCH_LEVEL a paged block may not be touched: its record is put on a
 * list.
 */
typedef enum _MCP_WAIT_STATE {
    McpWaitFree,
    McpWaitFilling,
    McpWaitReady,
    McpWaitTaken
} MCP_WAIT_STATE;

typedef struct _MCP_WAITING {
    volatile LONG State;
    ULONG_PTR Address;
    MC_CALL Call;
} MCP_WAITING;

typedef struct _MCP_DEFERRED {
    MC_LOCK Lock; /* of the list, Mc.DeferredFirst */
    MCP_WAITING Slot[MEMCHECK_DEFERRED];
} MCP_DEFERRED;

static MCP_DEFERRED McpDeferred;

VOID McDeferredPost(ULONG_PTR Address, const MC_CALL *Call)
{
    MCP_WAITING *Slot;
    ULONG Index;

    for (Index = 0; Index < MEMCHECK_DEFERRED; Index++) {
        Slot = &McpDeferred.Slot[Index];
        if (McOsCompareExchange(&Slot->State, McpWaitFilling, McpWaitFree) != McpWaitFree)
            continue;
        Slot->Address = Address;
        McBytesCopy(&Slot->Call, Call, sizeof(*Call));
        McOsExchange(&Slot->State, McpWaitReady);
        McOsAdd(&Mc.DeferredSlots, 1);
        if (Call->Release.Routine != McNoRoutine)
            McCount(&Mc.Counts.Deferred);
        return;
    }
    McCount(Call->Release.Routine != McNoRoutine ? &Mc.Counts.DeferredLost : &Mc.Counts.TooHigh);
}

VOID McDeferredRecord(MC_RECORD *Record)
{
    KIRQL Irql = McOsAcquire(&McpDeferred.Lock);

    Record->Next = Mc.DeferredFirst;
    Mc.DeferredFirst = Record->Handle;
    McOsRelease(&McpDeferred.Lock, Irql);
}

/* The whole list, for one who may touch paged memory. */
static ULONG McpTakeList(VOID)
{
    KIRQL Irql = McOsAcquire(&McpDeferred.Lock);
    ULONG First = Mc.DeferredFirst;

    Mc.DeferredFirst = 0;
    McOsRelease(&McpDeferred.Lock, Irql);
    return First;
}

/* The call that freed the block, from its record: it is gone by now. */
static VOID McpCallOf(const MC_RECORD *Record, MC_CALL *Call)
{
    Call->By = McByFree;
    Call->Way = McWayNames;
    Call->Routine = McNoRoutine;
    McBlockRelease(Record, &Call->Release);
    if (McIsPlain(Record)) {
        Call->By = McByRoutine;
        Call->Routine = Record->FreeRoutine;
    }
    McSiteCopy(Record->FreeSite, &Call->Event.Site);
    Call->Captured = TRUE; /* what is on the stack now is not its */
    Call->Event.Thread = Record->FreeThread;
    Call->Event.Ticks = Record->FreeTicks;
    Call->Event.Processor = Record->FreeProcessor;
    Call->Event.Irql = Record->FreeIrql;
}

static VOID McpDrainList(MC_LANE *Lane)
{
    MC_RECORD *Record = McRecordAt(McpTakeList());
    MC_RECORD *Next;
    ULONG_PTR Address;
    MC_CALL Call;

    for (; Record != 0; Record = Next) {
        Next = McRecordAt(Record->Next);
        if (!McRecordIsSound(Record) || !McIsPaged(Record)) {
            McOwnBroken(MC_BROKEN_LIST);
            return;
        }
        Record->Next = 0; /* a ring ends here */
        if (McRecordState(Record) == McStateFreeing) {
            McpCallOf(Record, &Call);
            Address = Record->User;
            if (McFreeFinish(Lane, Record, &Call))
                McOsPoolFree((PVOID)Address, &Call.Release);
        } else if (Record->State == MC_STATE_CODE(McStateLeaving)) {
            McBlockDismiss(Record);
        }
    }
}

static BOOLEAN McpIsOurs(ULONG_PTR Address)
{
    MC_RECORD *Record = McIndexFindExact(Address);

    if (Record != 0)
        McRecordRelease(Record);
    return Record != 0;
}

/*
 * What waits in a slot, if anything does; the slot is free again. OnlyOurs: at DISPATCH_LEVEL,
 * where what is not ours must go on waiting, because it may be paged.
 */
static BOOLEAN McpTakeSlot(MCP_WAITING *Slot, BOOLEAN OnlyOurs, ULONG_PTR *Address, MC_CALL *Call)
{
    if (McOsCompareExchange(&Slot->State, McpWaitTaken, McpWaitReady) != McpWaitReady)
        return FALSE;
    if (OnlyOurs && Slot->Call.Release.Routine != McNoRoutine && !McpIsOurs(Slot->Address)) {
        McOsExchange(&Slot->State, McpWaitReady);
        return FALSE;
    }
    *Address = Slot->Address;
    McBytesCopy(Call, &Slot->Call, sizeof(*Call));
    McOsAdd(&Mc.DeferredSlots, -1);
    McOsExchange(&Slot->State, McpWaitFree);
    return TRUE;
}

/* A free is carried out now; an allocation was passed on then, a check did nothing. */
static VOID McpSayTooHigh(ULONG_PTR Address, const MC_CALL *Call)
{
    MC_ACTION Action = Call->Release.Routine != McNoRoutine                  ? McActionDeferred
                       : Call->By == McByAllocate || Call->By == McByRoutine ? McActionPassed
                                                                             : McActionIgnored;

    if (Call->Event.Irql > DISPATCH_LEVEL)
        McFoundCall(McKindWrongIrql, McReasonTooHigh, Action, Address, Call);
}

static VOID McpDrainSlots(MC_LANE *Lane)
{
    ULONG_PTR Address;
    MC_CALL Call;
    const BOOLEAN High = McOsIrql() >= DISPATCH_LEVEL;
    ULONG Index;

    for (Index = 0; Index < MEMCHECK_DEFERRED; Index++) {
        if (!McpTakeSlot(&McpDeferred.Slot[Index], High, &Address, &Call))
            continue;
        McpSayTooHigh(Address, &Call);
        if (Call.Release.Routine != McNoRoutine && McFreeJudge(Lane, Address, &Call))
            McOsPoolFree((PVOID)Address, &Call.Release);
    }
}

static VOID McpEndSlot(ULONG_PTR Address, const MC_CALL *Call)
{
    McpSayTooHigh(Address, Call);
    if (Call->Release.Routine != McNoRoutine && McFreeNotOn(Address, Call))
        McOsPoolFree((PVOID)Address, &Call->Release);
}

VOID McDeferredEnd(VOID)
{
    ULONG_PTR Address;
    MC_CALL Call;
    ULONG Index;

    for (Index = 0; Index < MEMCHECK_DEFERRED; Index++)
        if (McpTakeSlot(&McpDeferred.Slot[Index], FALSE, &Address, &Call))
            McpEndSlot(Address, &Call);
}

VOID McDeferredDrain(MC_LANE *Lane)
{
    if (Mc.DeferredSlots > 0)
        McpDrainSlots(Lane);
    if (Mc.DeferredFirst != 0 && McOsIrql() < DISPATCH_LEVEL)
        McpDrainList(Lane);
}
