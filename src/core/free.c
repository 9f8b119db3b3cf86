/* free.c - a free is judged, and carried out. */
#include "core.h"
#include "report.h"

/* ---- judgements ---- */

/* Plain: a record may be stale, so whatever is said of it is only possible. */
static VOID McpReportBlock(MC_KIND Kind, const MC_RECORD *Record, ULONG_PTR Address, BOOLEAN Sure,
                           MC_ACTION Action, const MC_CALL *Call)
{
    MC_FINDING *Finding = McFoundBegin(Kind, Call, Call->By);

    if (Finding == 0)
        return;
    Finding->Sure = Sure;
    Finding->Reason = Sure ? McReasonNone : McReasonPlain;
    Finding->Address = Address;
    Finding->GivenTag = Call->Release.Tag;
    Finding->Action = Action;
    McRecordCopy(Record, &Finding->Block);
    Finding->Where = McWhere(&Finding->Block, Address);
    McFoundEnd(Finding);
}

typedef enum _MCP_VERDICT {
    McpVerdictNone,
    McpVerdictStart, /* a block starts there, since that was asked for */
    McpVerdictEnds,
    McpVerdictPass
} MCP_VERDICT;

/*
 * What is passed on may be the paged block that was, or still seems to be there, and no free of one
 * may reach the pool at this IRQL: then it is judged again where it may. TRUE: it waits.
 */
static BOOLEAN McpWaits(ULONG Attributes, ULONG_PTR Address, const MC_CALL *Call)
{
    if ((Attributes & MC_PAGED) == 0 || McOsIrql() < DISPATCH_LEVEL)
        return FALSE;
    McDeferredPost(Address, Call);
    return TRUE;
}

/*
 * An address in a block, not its start. In an owned block it is never passed on: the memory is
 * surely ours. A plain one may be stale, and this the start of another's block; then the free is
 * right. Where no pool block can start, it cannot.
 */
static MCP_VERDICT McpJudgeInside(ULONG_PTR Address, const MC_CALL *Call)
{
    MC_RECORD *Record = McIndexFind(Address);
    BOOLEAN Inside, Sure;

    if (Record == 0)
        return McpVerdictNone;
    if (Address == Record->User) {
        McRecordRelease(Record);
        return McpVerdictStart;
    }
    Inside = Address >= Record->User && Address - Record->User < Record->Size;
    Sure = !McIsPlain(Record) || McWildHere(Address) != McReasonNone;
    if (!Sure && McpWaits(Record->Attributes, Address, Call)) {
        McRecordRelease(Record);
        return McpVerdictEnds;
    }
    McpReportBlock(Inside ? McKindInteriorFree : McKindRedzoneFree, Record, Address, Sure,
                   Sure ? McActionNotPassed : McActionPassed, Call);
    McRecordRelease(Record);
    return Sure ? McpVerdictEnds : McpVerdictPass;
}

/* The place of a free, which learns what it frees, by whatever path: most of what comes here is
 * foreign, and a stack costs more than all else that is done about it. NULL: no memory for sites.
 */
static MC_SITE_PLAIN *McpFreeSite(const MC_CALL *Call)
{
    MC_SITE Site;

    McBytesCopy(&Site, &Call->Event.Site, sizeof(Site));
    Site.Stack = 0;
    return McSitePlain(McSiteIntern(&Site));
}

/* Sure: the memory is MemCheck's own now. */
static VOID McpReportLate(const MC_BLOCK *Block, BOOLEAN Sure, const MC_CALL *Call)
{
    MC_FINDING *Finding = McFoundBegin(McKindLateFree, Call, Call->By);

    if (Finding == 0)
        return;
    Finding->Sure = Sure;
    Finding->Reason = Sure ? McReasonNone : McReasonReused;
    Finding->Action = Sure ? McActionNotPassed : McActionPassed;
    Finding->Address = Block->User;
    Finding->Where = McWhereStart;
    McBytesCopy(&Finding->Block, Block, sizeof(*Block));
    McFoundEnd(Finding);
}

/*
 * The memory was ours once. It may be another's by now, who was given the address by the pool, and
 * this may be its rightful free: so it is said, and passed on. Of a call that has freed others'
 * memory before it is not even said: sooner or later that lies where a block of ours did. But where
 * MemCheck's own tables lie now, no free is right.
 */
static MCP_VERDICT McpJudgeRetired(ULONG_PTR Address, const MC_CALL *Call)
{
    const MC_SITE_PLAIN *Site;
    MC_BLOCK Block;

    if (!McRetiredFind(Address, &Block))
        return McpVerdictNone;
    if (McOwnHolds(Address)) {
        McpReportLate(&Block, TRUE, Call);
        return McpVerdictEnds;
    }
    if (McpWaits(Block.Attributes, Address, Call))
        return McpVerdictEnds;
    Site = McpFreeSite(Call);
    if (Site != 0 && Site->Foreign != 0)
        return McpVerdictNone;
    McpReportLate(&Block, FALSE, Call);
    return McpVerdictPass;
}

static BOOLEAN McpJudgeWild(ULONG_PTR Address, const MC_CALL *Call)
{
    MC_REASON Reason = McWildHere(Address);

    if (Reason == McReasonNone)
        return FALSE;
    McFoundCall(McKindWildFree, Reason, McActionNotPassed, Address, Call);
    return TRUE;
}

/* MemCheck's own memory: whatever was there before is forgotten, and no free of it is right. */
static BOOLEAN McpJudgeOwn(ULONG_PTR Address, const MC_CALL *Call)
{
    if (!McOwnHolds(Address))
        return FALSE;
    McFoundCall(McKindWildFree, McReasonOwn, McActionNotPassed, Address, Call);
    return TRUE;
}

/*
 * A tag of 0 means "not given", which is legal but for a protected block. A block of ExAllocatePool
 * has a tag that only the kit knows (which one differs by kit), so nothing is said of it. TRUE: the
 * tag is right.
 */
static BOOLEAN McpJudgeTag(const MC_RECORD *Record, const MC_CALL *Call)
{
    const ULONG Given = Call->Release.Tag;
    const BOOLEAN Plain = McIsPlain(Record);
    BOOLEAN Wrong;

    if (Record->Tag == 0)
        return TRUE;
    if (Given == 0)
        Wrong = (Record->Tag & MC_PROTECTED_TAG) != 0;
    else
        Wrong = ((Record->Tag ^ Given) & ~MC_PROTECTED_TAG) != 0;
    if (Wrong)
        McpReportBlock(McKindWrongTag, Record, Record->User, !Plain,
                       Plain ? McActionPassed : McActionGoOn, Call);
    return !Wrong;
}

/* ---- the free of a live block ---- */

/* Another free of the block may copy this at any moment: the site comes last. */
static VOID McpNoteFree(MC_RECORD *Record, const MC_CALL *Call)
{
    ULONG Site;

    McCallStack(Call);
    Site = McSiteIntern(&Call->Event.Site);
    Record->FreeThread = Call->Event.Thread;
    Record->FreeTicks = Call->Event.Ticks;
    Record->FreeProcessor = Call->Event.Processor;
    Record->FreeIrql = Call->Event.Irql;
    Record->FreeRoutine = (UCHAR)Call->Release.Routine;
    if (McIsPlain(Record))
        Record->Filled = Call->Release.Tag;
    McRecordSealFree(Record);
    McOsReleaseBarrier();
    Record->FreeSite = Site != 0 ? Site : MC_SITE_LOST;
}

static VOID McpPrintFreed(const MC_RECORD *Record)
{
    MC_BLOCK Block;

    McRecordCopy(Record, &Block);
    McNoticeBlock("freed", &Block);
}

/*
 * Held back only where all looks as if the record were right. Else it may not be the driver's block
 * that is freed, and whoever's it is, this free is its own: with its routine, tag and parameters.
 */
static BOOLEAN McpFinishPlain(MC_LANE *Lane, MC_RECORD *Record, const MC_CALL *Call)
{
    MC_SITE_PLAIN *Plain = McSitePlain(Record->AllocateSite);
    BOOLEAN Right = McpJudgeTag(Record, Call);
    BOOLEAN Passed;

    Right = McPlainInspect(Record, Call, McActionPassed) && Right;
    if (Plain != 0)
        McCount(&Plain->Back);
    if (Right && McQuarantineTakes(Record) && Call->Release.ParameterCount == 0) {
        McQuarantineAdd(Lane, Record, Call);
        return FALSE;
    }
    McRetiredAdd(Lane, &Record, 1);
    Passed = McPlainPassed(Record);
    McRecordRelease(Record);
    return Passed;
}

BOOLEAN McFreeFinish(MC_LANE *Lane, MC_RECORD *Record, const MC_CALL *Call)
{
    if (McOptions.FreePrint != 0)
        McpPrintFreed(Record);
    if (McIsPlain(Record))
        return McpFinishPlain(Lane, Record, Call);
    McBlockInspect(Record, Call, Call->By,
                   McQuarantineTakes(Record) ? McActionKept : McActionReleased);
    McQuarantineAdd(Lane, Record, Call);
    return FALSE;
}

/* And then those beside it: what it was overrun by, or has overrun. */
static BOOLEAN McpFreeBeside(MC_LANE *Lane, MC_RECORD *Record, BOOLEAN Paged, const MC_CALL *Call)
{
    const ULONG_PTR First = Record->User - Record->Front;
    const ULONG_PTR Last = Record->User + Record->Size + Record->Rear - 1;
    BOOLEAN PassOn = McFreeFinish(Lane, Record, Call);

    if (McOptions.Neighbours != 0)
        McPatrolNeighbours(First, Last, Paged, Call);
    return PassOn;
}

/* Live -> freeing is ours: nobody else frees this block. */
static BOOLEAN McpFreeLive(MC_LANE *Lane, MC_RECORD *Record, const MC_CALL *Call)
{
    const BOOLEAN Low = McIsPaged(Record) && McOsIrql() < DISPATCH_LEVEL;
    MC_FINDING *Finding;

    McpNoteFree(Record, Call);
    if (McOptions.Statistics != 0)
        McStatisticsEnded(Record, TRUE);
    if (MC_PATROLS)
        McPatrol(Lane, Low, Call);
    if (!McIsPlain(Record))
        McpJudgeTag(Record, Call);
    if (!McIsPaged(Record) || Low)
        return McpFreeBeside(Lane, Record, Low, Call);
    Finding = McFoundBegin(McKindWrongIrql, Call, Call->By);
    if (Finding != 0) {
        Finding->Sure = !McIsPlain(Record);
        Finding->Reason = McIsPlain(Record) ? McReasonPlain : McReasonPagedHigh;
        Finding->Action = McActionDeferred;
        Finding->Address = Record->User;
        McFoundEnd(Finding);
    }
    McDeferredRecord(Record);
    return FALSE;
}

/* A block that EXIT freed: its free is said, and ends here. */
static BOOLEAN McpFreeRemembered(ULONG_PTR Address, const MC_CALL *Call)
{
    if (!McAfterExitStops(Address))
        return FALSE;
    McFoundCall(McKindAfterExitFree, McReasonAfterExit, McActionNotPassed, Address, Call);
    return TRUE;
}

/* While EXIT counts the leaks it may have been faster than the driver's own, first free. */
static BOOLEAN McpFreedByExit(ULONG_PTR Address, const MC_CALL *Call)
{
    return Mc.Phase != McPhaseOn && McpFreeRemembered(Address, Call);
}

/* A block starts there. A record that is found to be gone meanwhile is none. */
static MCP_VERDICT McpJudgeStart(MC_LANE *Lane, ULONG_PTR Address, const MC_CALL *Call)
{
    BOOLEAN Begun;
    MC_RECORD *Record = McIndexFindFree(Address, &Begun);
    MCP_VERDICT Verdict = McpVerdictEnds;

    if (Record == 0)
        return McpVerdictNone;
    if (Begun)
        return McpFreeLive(Lane, Record, Call) ? McpVerdictPass : McpVerdictEnds;
    if (McPlainStale(Record)) {
        Verdict = McpVerdictNone;
    } else if (McRecordMove(Record, McStateLive, McStateFreeing)) {
        if (!McIsPlain(Record) || McPlainClaim(Record))
            return McpFreeLive(Lane, Record, Call) ? McpVerdictPass : McpVerdictEnds;
        Verdict = McpVerdictNone;
    } else if (McIsGone(Record)) {
        Verdict = McpVerdictNone;
    } else if (!McpFreedByExit(Address, Call)) {
        McpReportBlock(McKindDoubleFree, Record, Address, TRUE, McActionNotPassed, Call);
    }
    McRecordRelease(Record);
    return Verdict;
}

/* Do guard bytes stand before it, and not those that end a block or a piece there? */
static BOOLEAN McpFreeGuarded(ULONG_PTR Address)
{
    const ULONG Guard = 16; /* the least there is */
    BOOLEAN Behind = FALSE;
    MC_RECORD *Record;

    if (!MC_OWN_SUSPECT || McIndexIsEmpty(Address) || !McOsAddressValid(Address - Guard) ||
        !McOsAddressValid(Address - 1) || !McGuardIntact(Address - Guard, Guard))
        return FALSE;
    Record = McIndexFind(Address - 1);
    if (Record != 0) {
        Behind = Record->User < Address;
        McRecordRelease(Record);
    }
    return (BOOLEAN)(!Behind && !McOwnHolds(Address - 1));
}

/*
 * Unknown, but MemCheck's guard bytes stand before it, as is seen near blocks of ours in a page
 * that is there; and that may be, because a record of ours is not found from its address, or is
 * damaged. An owned block then, whose address is not one of the pool's. Guard bytes alone may be
 * left of a block that was freed: no record is missing.
 */
static BOOLEAN McpFreeLost(ULONG_PTR Address, const MC_CALL *Call)
{
    MC_RECORD *Record;

    if (!McpFreeGuarded(Address) || !(McIndexOrphan(Address) || McRecordLost(Address)))
        return FALSE;
    Record = McIndexFindExact(Address);
    if (Record != 0) { /* the address came to a new block meanwhile */
        McRecordRelease(Record);
        return FALSE;
    }
    McOwnBroken(MC_BROKEN_RECORD);
    McFoundCall(McKindOwnMemory, McReasonOwnLost, McActionNotPassed, Address, Call);
    return TRUE;
}

BOOLEAN McFreeJudge(MC_LANE *Lane, ULONG_PTR Address, const MC_CALL *Call)
{
    MCP_VERDICT Verdict = McpJudgeStart(Lane, Address, Call);
    MC_SITE_PLAIN *Site;

    if (Verdict == McpVerdictNone && McpFreedByExit(Address, Call))
        Verdict = McpVerdictEnds;
    if (Verdict == McpVerdictNone)
        Verdict = McpJudgeInside(Address, Call);
    if (Verdict == McpVerdictStart)
        Verdict = McpJudgeStart(Lane, Address, Call);
    if (Verdict == McpVerdictNone && McpFreeLost(Address, Call))
        Verdict = McpVerdictEnds;
    if (Verdict == McpVerdictNone)
        Verdict = McpJudgeRetired(Address, Call);
    if (Verdict != McpVerdictNone)
        return Verdict == McpVerdictPass;
    if (McpJudgeWild(Address, Call) || McpJudgeOwn(Address, Call))
        return FALSE;
    McCount(&Mc.Counts.ForeignFrees);
    Site = McpFreeSite(Call);
    if (Site != 0)
        McCount(&Site->Foreign);
    return TRUE;
}

/* ---- outside of INIT and EXIT ---- */

/* A block that EXIT left out there, with the tables: its free goes to the raw block. Of a plain one
 * the driver has that. */
static BOOLEAN McpFreeKept(ULONG_PTR Address, const MC_CALL *Call)
{
    MC_RECORD *Record = Mc.Phase == McPhaseKept ? McIndexFindExact(Address) : 0;
    BOOLEAN EndsHere = TRUE;

    if (Record == 0)
        return FALSE;
    if (McRecordState(Record) == McStateLive && McIsPlain(Record)) {
        EndsHere = FALSE;
        McPlainGone(Record);
    } else if (McRecordMove(Record, McStateLive, McStateLeaving)) {
        McFoundCall(McKindAfterExitFree, McReasonAfterExit, McActionRaw, Address, Call);
        McBlockWithdraw(Record);
    } else {
        McpReportBlock(McKindDoubleFree, Record, Address, TRUE, McActionNotPassed, Call);
    }
    McRecordRelease(Record);
    return EndsHere;
}

static BOOLEAN McpFreeEnded(ULONG_PTR Address, const MC_CALL *Call)
{
    return Call->Event.Irql <= DISPATCH_LEVEL &&
           (McpFreeRemembered(Address, Call) || McpFreeKept(Address, Call));
}

BOOLEAN McFreeNotOn(ULONG_PTR Address, const MC_CALL *Call)
{
    const BOOLEAN After = Mc.Phase >= McPhaseClosing;

    if (After && McpFreeEnded(Address, Call))
        return FALSE;
    if (Mc.Phase != McPhaseFailed)
        McFoundCall(McKindWrongOrder, After ? McReasonAfterExit : McReasonUninitialised,
                    McActionPassed, Address, Call);
    return TRUE;
}

BOOLEAN McFreeCheck(PVOID P, const MC_CALL *Call)
{
    MC_LANE *Lane;
    BOOLEAN PassOn = FALSE;

    McOsPrefetch((ULONG_PTR)P - 1); /* its front redzone, which will be wanted */
    Lane = McEnterCall(Call, TRUE);

    if (Lane == 0)
        return McFreeNotOn((ULONG_PTR)P, Call);
    if (Call->Event.Irql > DISPATCH_LEVEL) {
        McDeferredPost((ULONG_PTR)P, Call);
    } else {
        if (MC_DEFERRED)
            McDeferredDrain(Lane);
        PassOn = McFreeJudge(Lane, (ULONG_PTR)P, Call);
    }
    McLeave(Lane);
    return PassOn;
}

VOID McFreeBlock(PVOID P, MC_CALL *Call)
{
    if (McFreeCheck(P, Call))
        McOsPoolFree(P, &Call->Release);
}
