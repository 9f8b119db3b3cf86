/* allocate.c - a request becomes a monitored block, or reaches the pool as it is. */
#include "rules.h"

/*
 * The raw block, or NULL. When the pool fails, what the quarantine holds back is given up before
 * the driver is made to feel it.
 */
static PVOID McpRawBlock(MC_REQUEST *Quiet, const MC_LAYOUT_PLAN *Plan, const MC_CALL *Call)
{
    PVOID P;

    Quiet->Size = Plan->RawSize;
    P = McOsPoolAllocate(Quiet);
    if (P == 0) {
        McCount(&Mc.Counts.Drained);
        McQuarantineDrain(Call, McByQuarantine);
        P = McOsPoolAllocate(Quiet);
    }
    if (P != 0)
        McOsPrefetch((ULONG_PTR)P + Plan->RawSize - 1); /* where guard bytes will be written */
    if (P != 0 && MC_PLAINS)
        McPlainCompare((ULONG_PTR)P, Plan->RawSize, Call);
    return P;
}

static VOID McpFillRecord(MC_RECORD *Record, ULONG_PTR Raw, const MC_LAYOUT_PLAN *Plan,
                          const MC_REQUEST *Request, const MC_CALL *Call)
{
    Record->User = Raw + Plan->Front;
    Record->Size = Request->Size;
    Record->Front = (USHORT)Plan->Front;
    Record->Rear = (USHORT)Plan->Rear;
    Record->Tag = Request->Tag;
    Record->PoolType = Request->Type;
    Record->Attributes = (USHORT)Request->Attributes;
    Record->AllocateThread = Call->Event.Thread;
    Record->AllocateTicks = Call->Event.Ticks;
    Record->AllocateProcessor = Call->Event.Processor;
    Record->AllocateIrql = Call->Event.Irql;
}

static VOID McpGiveUpRecord(MC_LANE *Lane, MC_RECORD *Record)
{
    McRecordSet(Record, McStateGone);
    McLaneUndo(Lane, Record);
}

/* There is room as a rule; what is reserved others may have used up meanwhile, so there is another
 * try. */
static BOOLEAN McpIndex(MC_RECORD *Record)
{
    const ULONG_PTR Raw = Record->User - Record->Front;
    const ULONG_PTR End = Record->User + Record->Size + Record->Rear;
    ULONG Try;

    for (Try = 0; !McIndexInsert(Record); Try++)
        if (Try == 2 || !McIndexReserve(Record->User, Raw, End))
            return FALSE;
    return TRUE;
}

/* What must reach the pool as it is: because it is not ours to keep, or because no attempt of ours
 * could be made without raising. */
static BOOLEAN McpMonitors(const MC_REQUEST *Request, MC_REQUEST *Quiet)
{
    return (Request->Attributes & MC_UNTRACKED) == 0 &&
           McRequestQuiet(Request, McOsVersion(), Quiet);
}

/* It is in the index: the driver may have it. */
static VOID McpHandOut(MC_RECORD *Record)
{
    MC_SITE_PLAIN *Plain;

    if (McIsPlain(Record)) {
        McOsAdd(&Mc.Plains, 1);
        Plain = McSitePlain(Record->AllocateSite);
        if (Plain != 0)
            McCount(&Plain->Made);
        if ((Record->Attributes & MC_FOR_SYSTEM) != 0)
            McSystemKeep(Record);
    }
    if (McOptions.Statistics != 0)
        McStatisticsMade(Record);
    McRecordSet(Record, McStateLive); /* live means: the redzones are there */
}

/* The raw block serves the driver as well: its free will be passed on as a foreign one. */
static PVOID McpUnprotected(MC_LANE *Lane, MC_RECORD *Record, ULONG_PTR Raw,
                            const MC_REQUEST *Request)
{
    McpGiveUpRecord(Lane, Record);
    McRetiredForget(Raw);
    McCount(&Mc.Counts.Unprotected);
    if (McRoutineZeroes(Request->Routine))
        McBytesZero((PVOID)Raw, Request->Size);
    return (PVOID)Raw;
}

/* The site of the call, its path included. */
static ULONG McpSite(const MC_CALL *Call)
{
    McCallStack(Call);
    return McSiteIntern(&Call->Event.Site);
}

PVOID McAllocateMonitored(MC_LANE *Lane, const MC_REQUEST *Request, const MC_CALL *Call)
{
    MC_LAYOUT_PLAN Plan;
    MC_REQUEST Quiet;
    MC_RECORD *Record;
    ULONG Handle = 0;
    ULONG_PTR Raw;

    if (!McpMonitors(Request, &Quiet))
        return 0;
    if (Call->Way == McWayReplaced) /* the site has a say in the layout */
        Handle = McpSite(Call);
    if (!McLayout(Request->Size, Request->Attributes, McPolicyOwned(Call->Way, Request, Handle),
                  McOptions.Redzone, McOsCacheLine(), &Plan))
        return 0;
    Record = McLaneTake(Lane);
    if (Record == 0)
        return 0;
    Raw = (ULONG_PTR)McpRawBlock(&Quiet, &Plan, Call);
    if (Raw == 0) {
        McpGiveUpRecord(Lane, Record);
        return 0;
    }
    if (Handle == 0) /* only now: meanwhile what will be written to comes near */
        Handle = McpSite(Call);
    McpFillRecord(Record, Raw, &Plan, Request, Call);
    Record->AllocateSite = Handle;
    if (McIsPlain(Record) && McPolicyForSystem(Call->Way, Request, Handle))
        Record->Attributes |= MC_FOR_SYSTEM;
    McRecordSeal(Record);
    if (!McpIndex(Record))
        return McpUnprotected(Lane, Record, Raw, Request);
    if (McRoutineZeroes(Request->Routine))
        McBytesZero((PVOID)Record->User, Record->Size);
    McBlockGuard(Record);
    McpHandOut(Record); /* from here on it may be forgotten, and the record another block's */
    return (PVOID)(Raw + Plan.Front);
}

/* The driver's own request, exactly, while MemCheck holds nothing: the pool may raise. That does
 * not come back, so it is counted as a failure until it has succeeded. */
static PVOID McpAskExactly(const MC_REQUEST *Request, volatile LONG *Counter)
{
    PVOID P;

    McCount(&Mc.Counts.PoolFailed);
    P = McOsPoolAllocate(Request);
    if (P != 0) {
        McOsAdd(&Mc.Counts.PoolFailed, -1);
        McCount(Counter);
    }
    return P;
}

static PVOID McpPassOn(const MC_REQUEST *Request, const MC_CALL *Call, volatile LONG *Counter)
{
    PVOID P = McpAskExactly(Request, Counter);
    MC_LANE *Lane;

    if (P == 0)
        return 0;
    if (McRoutineZeroes(Request->Routine))
        McBytesZero(P, Request->Size);
    if (McOsIrql() > DISPATCH_LEVEL)
        return P;
    Lane = McEnterFree(); /* as long as it can be freed through us it is compared */
    if (Lane != 0) {
        McPlainCompare((ULONG_PTR)P, Request->Size, Call);
        McRetiredForget((ULONG_PTR)P);
        McLeave(Lane);
    }
    if (Mc.Phase >= McPhaseClosing)
        McAfterExitHandedOut((ULONG_PTR)P);
    return P;
}

/* Not on: before INIT, after EXIT, or INIT failed (said once, by INIT). */
static VOID McpNotOn(MC_CALL *Call)
{
    if (Mc.Phase == McPhaseOff || Mc.Phase == McPhaseStarting)
        McFoundCall(McKindWrongOrder, McReasonUninitialised, McActionPassed, 0, Call);
    else if (Mc.Phase >= McPhaseClosing)
        McFoundCall(McKindWrongOrder, McReasonAfterExit, McActionPassed, 0, Call);
}

PVOID McAllocateBlock(MC_REQUEST *Request, MC_CALL *Call)
{
    const KIRQL Irql = Call->Event.Irql;
    MC_LANE *Lane;
    PVOID P = 0;

    McRequestDecode(Request);
    if (Irql > DISPATCH_LEVEL) {
        McMisuseTooHigh(Call);
        return McpPassOn(Request, Call, &Mc.Counts.Untracked);
    }
    Lane = McEnterCall(Call, FALSE);
    if (Lane == 0) {
        McpNotOn(Call);
        return McpPassOn(Request, Call, &Mc.Counts.Untracked);
    }
    if (MC_DEFERRED)
        McDeferredDrain(Lane);
    if (Mc.Filters && !McWatches(Request, Call)) {
        McLeave(Lane);
        return McpPassOn(Request, Call, &Mc.Counts.Unwatched);
    }
    McMisuseRequest(Request, Call);
    if (MC_PATROLS)
        McPatrol(Lane, (Request->Attributes & MC_PAGED) != 0 && Irql < DISPATCH_LEVEL, Call);
    if (Irql == DISPATCH_LEVEL && (Request->Attributes & MC_PAGED) != 0)
        McFoundCall(McKindWrongIrql, McReasonPagedHigh, McActionPassed, 0, Call);
    else if (Mc.Round != 0 && McInject(Request, Call)) {
        McLeave(Lane);
        return McInjectFail(Request);
    } else
        P = McAllocateMonitored(Lane, Request, Call);
    McLeave(Lane);
    return P != 0 ? P : McpPassOn(Request, Call, &Mc.Counts.Untracked);
}
