/* found.c - findings on their way from where they are made to the report. */
#include "rules.h"
#include "report.h"
#include "reaction.h"

/*
 * Only inside: before INIT and after EXIT there is nowhere to keep a stack. Who is inside already
 * is so once more for a moment, which does no harm. How the driver came to its end helps nobody.
 */
static VOID McpFoundStack(const MC_CALL *Call, MC_BY By)
{
    MC_LANE *Lane = By != McByExit && !Call->Captured ? McEnterFree() : 0;

    if (Lane != 0) {
        McCallStack(Call);
        McLeave(Lane);
    }
}

MC_FINDING *McFoundBegin(MC_KIND Kind, const MC_CALL *Call, MC_BY By)
{
    MC_FINDING *Finding = McReportClaim();

    if (Finding == 0)
        return 0;
    McpFoundStack(Call, By);
    Finding->Kind = Kind;
    Finding->Sure = TRUE;
    Finding->By = By;
    Finding->During = Call->By;
    Finding->Routine = Call->By == McByRoutine ? Call->Routine : McNoRoutine;
    Finding->Action = McActionGoOn;
    McBytesCopy(&Finding->Found, &Call->Event, sizeof(Call->Event)); /* no call of memcpy */
    return Finding;
}

BOOLEAN McFoundIgnored(MC_KIND Kind)
{
    if ((McReactionOf(Kind) & MC_REACT_IGNORE) == 0 || Mc.Suppresses)
        return FALSE;
    McCount(&Mc.Counts.Ignored);
    return TRUE;
}

BOOLEAN McFoundEnd(MC_FINDING *Finding)
{
    if (McSuppressHides(Finding)) {
        McReportDrop(Finding);
        return FALSE;
    }
    if ((McReactionOf(Finding->Kind) & MC_REACT_IGNORE) != 0) {
        McCount(&Mc.Counts.Ignored);
        McReportDrop(Finding);
        return FALSE;
    }
#ifdef MEMCHECK_TEST_HOOK
    McTestReport(Finding);
#endif
    McReportSubmit(Finding);
    return TRUE;
}

VOID McFoundDrop(MC_FINDING *Finding)
{
    McReportDrop(Finding);
}

VOID McFoundCall(MC_KIND Kind, MC_REASON Reason, MC_ACTION Action, ULONG_PTR Address,
                 const MC_CALL *Call)
{
    MC_FINDING *Finding = McFoundBegin(Kind, Call, Call->By);

    if (Finding == 0)
        return;
    Finding->Reason = Reason;
    Finding->Action = Action;
    Finding->Address = Address;
    McFoundEnd(Finding);
}
