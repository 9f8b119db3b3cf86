/* free.c - a free is judged, and carried out. */
#include "core.h"
#include "report.h"

/* ---- judgements that end here ---- */

static VOID McpReportBlock(MC_KIND Kind, const MC_RECORD *Record, ULONG_PTR Address,
                           const MC_CALL *Call)
{
    MC_FINDING *Finding = McFoundBegin(Kind, Call, Call->By);

    if (Finding == 0)
        return;
    Finding->Address = Address;
    Finding->GivenTag = Call->Tag;
    Finding->Action = Kind == McKindWrongTag ? McActionGoOn : McActionNotPassed;
    McRecordCopy(Record, &Finding->Block);
    Finding->Where = McWhere(&Finding->Block, Address);
    McFoundEnd(Finding);
}

/* An address in a block, not its start: never passed on, the block is surely ours. */
static BOOLEAN McpJudgeInside(ULONG_PTR Address, const MC_CALL *Call)
{
    MC_RECORD *Record = McIndexFind(Address);
    BOOLEAN Inside;

    if (Record == 0)
        return FALSE;
    Inside = Address >= Record->User && Address - Record->User < Record->Size;
    McpReportBlock(Inside ? McKindInteriorFree : McKindRedzoneFree, Record, Address, Call);
    McRecordRelease(Record);
    return TRUE;
}

/*
 * The memory was ours once. It may be another's by now, who was given the address by the pool, and
 * this may be its rightful free: so it is said, and passed on.
 */
static BOOLEAN McpJudgeRetired(ULONG_PTR Address, const MC_CALL *Call)
{
    MC_FINDING *Finding;
    MC_BLOCK Block;

    if (!McRetiredFind(Address, &Block))
        return FALSE;
    Finding = McFoundBegin(McKindLateFree, Call, Call->By);
    if (Finding == 0)
        return TRUE;
    Finding->Sure = FALSE;
    Finding->Reason = McReasonReused;
    Finding->Action = McActionPassed;
    Finding->Address = Address;
    Finding->Where = McWhereStart;
    McBytesCopy(&Finding->Block, &Block, sizeof(Block));
    McFoundEnd(Finding);
    return TRUE;
}

static BOOLEAN McpJudgeWild(ULONG_PTR Address, const MC_CALL *Call)
{
    MC_PLACE Place;
    MC_REASON Reason;

    Place.SystemStart = McOsSystemStart();
    if (!McOsStack(&Place.StackLow, &Place.StackHigh))
        Place.StackLow = Place.StackHigh = 0;
    if (!McOsImage(&Place.ImageLow, &Place.ImageHigh))
        Place.ImageLow = Place.ImageHigh = 0;
    Reason = McWild(&Place, Address);
    if (Reason == McReasonNone)
        return FALSE;
    McFoundCall(McKindWildFree, Reason, McActionNotPassed, Address, Call);
    return TRUE;
}

/*
 * A tag of 0 means "not given", which is legal but for a protected block. A block of ExAllocatePool
 * has a tag that only the kit knows (which one differs by kit), so nothing is said of it.
 */
static VOID McpJudgeTag(const MC_RECORD *Record, const MC_CALL *Call)
{
    BOOLEAN Wrong;

    if (Record->Tag == 0)
        return;
    if (Call->Tag == 0)
        Wrong = (Record->Tag & MC_PROTECTED_TAG) != 0;
    else
        Wrong = ((Record->Tag ^ Call->Tag) & ~MC_PROTECTED_TAG) != 0;
    if (Wrong)
        McpReportBlock(McKindWrongTag, Record, Record->User, Call);
}

/* ---- the free of a live block ---- */

static VOID McpNoteFree(MC_RECORD *Record, const MC_CALL *Call)
{
    const MC_SITE *Site = &Call->Event.Site;

    Record->FreeSite = McSiteIntern(Site->File, Site->Line, Site->Function, Site->ReturnAddress);
    Record->FreeThread = Call->Event.Thread;
    Record->FreeTicks = Call->Event.Ticks;
    Record->FreeProcessor = Call->Event.Processor;
    Record->FreeIrql = Call->Event.Irql;
}

VOID McFreeFinish(MC_LANE *Lane, MC_RECORD *Record, const MC_CALL *Call)
{
    BOOLEAN Held = McOptions.DoubleFrees != 0;

    McBlockInspect(Record, Call, Call->By, Held ? McActionKept : McActionReleased);
    if (McOptions.FreePrint != 0) {
        MC_BLOCK Block;

        McRecordCopy(Record, &Block);
        McNoticeBlock("freed", &Block);
    }
    McQuarantineAdd(Lane, Record, Call);
}

/* Live -> freeing is ours: nobody else frees this block. */
static VOID McpFreeLive(MC_LANE *Lane, MC_RECORD *Record, const MC_CALL *Call)
{
    McpNoteFree(Record, Call);
    McpJudgeTag(Record, Call);
    if (McIsPaged(Record) && McOsIrql() >= DISPATCH_LEVEL) {
        McFoundCall(McKindWrongIrql, McReasonPagedHigh, McActionDeferred, Record->User, Call);
        McDeferredRecord(Record);
        return;
    }
    McFreeFinish(Lane, Record, Call);
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

BOOLEAN McFreeJudge(MC_LANE *Lane, ULONG_PTR Address, const MC_CALL *Call)
{
    MC_RECORD *Record = McIndexFindExact(Address);

    if (Record != 0) {
        if (McRecordMove(Record, McStateLive, McStateFreeing)) {
            McpFreeLive(Lane, Record, Call);
            return FALSE;
        }
        if (!McpFreedByExit(Address, Call))
            McpReportBlock(McKindDoubleFree, Record, Address, Call);
        McRecordRelease(Record);
        return FALSE;
    }
    if (McpFreedByExit(Address, Call))
        return FALSE;
    if (McpJudgeInside(Address, Call))
        return FALSE;
    if (McpJudgeRetired(Address, Call))
        return TRUE;
    if (McpJudgeWild(Address, Call))
        return FALSE;
    McCount(&Mc.Counts.ForeignFrees);
    return TRUE;
}

/* ---- outside of INIT and EXIT ---- */

/* A block that EXIT left out there, with the tables: its free goes to the raw block. */
static BOOLEAN McpFreeKept(ULONG_PTR Address, const MC_CALL *Call)
{
    MC_RECORD *Record = Mc.Phase == McPhaseKept ? McIndexFindExact(Address) : 0;

    if (Record == 0)
        return FALSE;
    if (McRecordMove(Record, McStateLive, McStateLeaving)) {
        McFoundCall(McKindAfterExitFree, McReasonAfterExit, McActionRaw, Address, Call);
        McIndexRemove(Record);
    } else {
        McpReportBlock(McKindDoubleFree, Record, Address, Call);
    }
    McRecordRelease(Record);
    return TRUE;
}

static BOOLEAN McpFreeEnded(ULONG_PTR Address, const MC_CALL *Call)
{
    return Call->Event.Irql <= DISPATCH_LEVEL &&
           (McpFreeRemembered(Address, Call) || McpFreeKept(Address, Call));
}

VOID McFreeNotOn(ULONG_PTR Address, const MC_CALL *Call)
{
    const BOOLEAN After = Mc.Phase >= McPhaseClosing;

    if (After && McpFreeEnded(Address, Call))
        return;
    if (Mc.Phase != McPhaseFailed)
        McFoundCall(McKindWrongOrder, After ? McReasonAfterExit : McReasonUninitialised,
                    McActionPassed, Address, Call);
    McOsPoolFree((PVOID)Address, Call->Routine, Call->Tag);
}

VOID McFreeBlock(PVOID P, MC_CALL *Call)
{
    MC_LANE *Lane = McEnterFree();
    BOOLEAN PassOn;

    if (Lane == 0) {
        McFreeNotOn((ULONG_PTR)P, Call);
        return;
    }
    if (Call->Event.Irql > DISPATCH_LEVEL) {
        McDeferredPost((ULONG_PTR)P, Call);
        McLeave(Lane);
        return;
    }
    McDeferredDrain(Lane);
    PassOn = McFreeJudge(Lane, (ULONG_PTR)P, Call);
    McLeave(Lane);
    if (PassOn)
        McOsPoolFree(P, Call->Routine, Call->Tag);
}
