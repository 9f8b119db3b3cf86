/* found.c - findings on their way from where they are made to the report. */
#include "core.h"
#include "report.h"

MC_FINDING *McFoundBegin(MC_KIND Kind, const MC_CALL *Call, MC_BY By)
{
    MC_FINDING *Finding = McReportClaim();

    if (Finding == 0)
        return 0;
    Finding->Kind = Kind;
    Finding->Sure = TRUE;
    Finding->By = By;
    Finding->Routine = By == McByRoutine ? Call->Routine : McNoRoutine;
    Finding->Action = McActionGoOn;
    McBytesCopy(&Finding->Found, &Call->Event, sizeof(Call->Event)); /* no call of memcpy */
    return Finding;
}

VOID McFoundEnd(MC_FINDING *Finding)
{
#ifdef MEMCHECK_TEST_HOOK
    McTestReport(Finding);
#endif
    McReportSubmit(Finding);
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
