/* misuse.c - what the pool's contract forbids, said once for each call site. */
#include "core.h"

VOID McMisuseRequest(MC_REQUEST *Request, const MC_CALL *Call)
{
    const MC_REASON Reason = McRequestFault(Request, McOsVersion());
    MC_FINDING *Finding;

    if (Reason == McReasonNone)
        return;
    /* What the pool refuses, padding must not turn into a success. */
    if (Reason == McReasonMustSucceed || Reason == McReasonZeroTag)
        Request->Attributes |= MC_UNTRACKED;
    Finding = McFoundBegin(McKindBadRequest, Call, Call->By);
    if (Finding == 0)
        return;
    Finding->Reason = Reason;
    Finding->Action = (Request->Attributes & MC_UNTRACKED) != 0 ? McActionPassed : McActionGoOn;
    Finding->Block.Size = Request->Size;
    Finding->Block.PoolType = Request->Type;
    Finding->Block.Attributes = Request->Attributes;
    Finding->Block.Tag = Request->Tag;
    McFoundEnd(Finding);
}

/* A waiting free without a routine is none: carrying it out is to report its call. */
VOID McMisuseTooHigh(const MC_CALL *Call)
{
    MC_CALL Copy;

    McBytesCopy(&Copy, Call, sizeof(Copy));
    Copy.Release.Routine = McNoRoutine;
    McDeferredPost(0, &Copy);
}
