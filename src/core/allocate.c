/* allocate.c - a request becomes a monitored block, or reaches the pool as it is. */
#include "core.h"

/* What the pool is asked for in MemCheck's own attempts: it must return NULL, never raise. */
static ULONG McpQuietType(ULONG PoolType)
{
    return PoolType & ~(MC_POOL_RAISE | MC_POOL_MUST_SUCCEED);
}

/* Nonpaged, cache-aligned and the like are monitored; session pool is not ours to keep. */
static BOOLEAN McpMonitors(ULONG PoolType)
{
    return (PoolType & MC_POOL_SESSION) == 0;
}

/*
 * The raw block, or NULL. When the pool fails, what the quarantine holds back is given up before
 * the driver is made to feel it.
 */
static PVOID McpRawBlock(const MC_REQUEST *Request, const MC_LAYOUT_PLAN *Plan, const MC_CALL *Call)
{
    MC_REQUEST Raw = *Request;
    PVOID P;

    Raw.PoolType = McpQuietType(Request->PoolType);
    Raw.Size = Plan->RawSize;
    P = McOsPoolAllocate(&Raw);
    if (P == 0) {
        McCount(&Mc.Counts.Drained);
        McQuarantineDrain(Call, McByQuarantine);
        P = McOsPoolAllocate(&Raw);
    }
    return P;
}

static VOID McpFillRecord(MC_RECORD *Record, ULONG_PTR Raw, const MC_LAYOUT_PLAN *Plan,
                          const MC_REQUEST *Request, const MC_CALL *Call)
{
    const MC_SITE *Site = &Call->Event.Site;

    Record->User = Raw + Plan->Front;
    Record->Size = Request->Size;
    Record->Front = Plan->Front;
    Record->Rear = Plan->Rear;
    Record->Tag = Request->Routine == MC_ALLOCATE_POOL ? 0 : Request->Tag;
    Record->PoolType = Request->PoolType;
    Record->AllocateSite =
        McSiteIntern(Site->File, Site->Line, Site->Function, Site->ReturnAddress);
    Record->AllocateThread = Call->Event.Thread;
    Record->AllocateTicks = Call->Event.Ticks;
    Record->AllocateProcessor = Call->Event.Processor;
    Record->AllocateIrql = Call->Event.Irql;
}

static VOID McpGiveUpRecord(MC_LANE *Lane, MC_RECORD *Record)
{
    McOsExchange(&Record->State, (LONG)McStateGone);
    McLaneReturn(Lane, Record);
}

/* What was reserved others may have used up meanwhile, so there is a second try. */
static BOOLEAN McpIndex(MC_RECORD *Record)
{
    const ULONG_PTR Raw = Record->User - Record->Front;
    const ULONG_PTR End = Record->User + Record->Size + Record->Rear;
    ULONG Try;

    for (Try = 0; Try < 2; Try++)
        if (McIndexReserve(Record->User, Raw, End) && McIndexInsert(Record))
            return TRUE;
    return FALSE;
}

PVOID McAllocateMonitored(MC_LANE *Lane, const MC_REQUEST *Request, const MC_CALL *Call)
{
    MC_LAYOUT_PLAN Plan;
    MC_RECORD *Record;
    ULONG_PTR Raw;

    if (!McpMonitors(Request->PoolType) || !McLayout(Request->Size, Request->PoolType, TRUE,
                                                     McOptions.Redzone, McOsCacheLine(), &Plan))
        return 0;
    Record = McLaneTake(Lane);
    if (Record == 0)
        return 0;
    Raw = (ULONG_PTR)McpRawBlock(Request, &Plan, Call);
    if (Raw == 0) {
        McpGiveUpRecord(Lane, Record);
        return 0;
    }
    McpFillRecord(Record, Raw, &Plan, Request, Call);
    McBlockGuard(Record);
    if (McpIndex(Record)) {
        McOsReleaseBarrier(); /* live means: the redzones are there */
        McRecordMove(Record, McStateMaking, McStateLive);
        McCount(&Mc.Counts.Allocations);
        return (PVOID)Record->User;
    }
    /* The raw block serves the driver as well: its free will be passed on as a foreign one. */
    McpGiveUpRecord(Lane, Record);
    McRetiredForget(Raw);
    McCount(&Mc.Counts.Unprotected);
    return (PVOID)Raw;
}

/* The driver's own request, exactly, while MemCheck holds nothing: the pool may raise. */
static PVOID McpPassOn(const MC_REQUEST *Request)
{
    PVOID P = McOsPoolAllocate(Request);
    MC_LANE *Lane;

    McCount(P != 0 ? &Mc.Counts.Untracked : &Mc.Counts.PoolFailed);
    if (P == 0 || McOsIrql() > DISPATCH_LEVEL)
        return P;
    Lane = McEnter();
    if (Lane != 0) {
        McRetiredForget((ULONG_PTR)P);
        McLeave(Lane);
    } else if (Mc.Phase >= McPhaseClosing) {
        McAfterExitHandedOut((ULONG_PTR)P);
    }
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

PVOID McAllocateBlock(const MC_REQUEST *Request, MC_CALL *Call)
{
    const KIRQL Irql = Call->Event.Irql;
    MC_LANE *Lane;
    PVOID P = 0;

    if (Irql > DISPATCH_LEVEL)
        return McpPassOn(Request);
    if (Irql == DISPATCH_LEVEL && (Request->PoolType & MC_POOL_PAGED) != 0) {
        McFoundCall(McKindWrongIrql, McReasonPagedHigh, McActionPassed, 0, Call);
        return McpPassOn(Request);
    }
    Lane = McEnter();
    if (Lane == 0) {
        McpNotOn(Call);
        return McpPassOn(Request);
    }
    McDeferredDrain(Lane);
    P = McAllocateMonitored(Lane, Request, Call);
    McLeave(Lane);
    return P != 0 ? P : McpPassOn(Request);
}
