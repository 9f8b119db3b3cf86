/* gate.c - who is inside MemCheck, and whether anybody may be. */
#include "core.h"

MC_GLOBALS Mc;

VOID McCount(volatile LONG *Counter)
{
    McOsAdd(Counter, 1);
}

/*
 * The counter is a full barrier, so either EXIT sees this operation counted, or this operation sees
 * the gate closed. It leaves by the lane it entered, whatever processor it has come to: so no
 * counter is ever below zero, and all zero means nobody.
 */
static MC_LANE *McpEnterUpTo(MC_LANE *Lane, MC_PHASE Last)
{
    LONG Phase;

    McOsAdd(&Lane->InFlight, 1);
    Phase = Mc.Phase;
    if (Phase >= McPhaseOn && Phase <= (LONG)Last)
        return Lane;
    McOsAdd(&Lane->InFlight, -1);
    return 0;
}

MC_LANE *McEnter(VOID)
{
    return McpEnterUpTo(McLaneHere(), McPhaseOn);
}

MC_LANE *McEnterFree(VOID)
{
    return McpEnterUpTo(McLaneHere(), McPhaseClosing);
}

MC_LANE *McEnterCall(const MC_CALL *Call, BOOLEAN Free)
{
    return McpEnterUpTo(McLaneOf(Call->Event.Processor), Free ? McPhaseClosing : McPhaseOn);
}

VOID McLeave(MC_LANE *Lane)
{
    McOsAdd(&Lane->InFlight, -1);
}

/*
 * Who was inside when the gate closed is out of a lane once its count has been seen at zero: those
 * who are counted there later came after, and turn away at the gate, or may be inside.
 */
BOOLEAN McGateWait(VOID)
{
    const ULONG Step = 10;
    ULONG Busy = (1u << MC_MOST_LANES) - 1;
    ULONG Waited, Index;

    for (Waited = 0; Waited <= MC_EXIT_WAIT; Waited += Step) {
        for (Index = 0; Index < MC_MOST_LANES; Index++)
            if (Mc.Lane[Index].InFlight == 0)
                Busy &= ~(1u << Index);
        McOsAcquireBarrier(); /* what they did is done before anything is taken away */
        if (Busy == 0)
            return TRUE;
        McOsSleep(Step);
    }
    return FALSE;
}

VOID McCallMake(MC_CALL *Call, MC_BY By, const char *File, ULONG Line, const char *Function,
                ULONG_PTR ReturnAddress)
{
    Call->By = By;
    Call->Way = McWayNames;
    Call->Routine = McNoRoutine;
    Call->Release.Routine = McNoRoutine;
    Call->Release.Tag = 0;
    Call->Release.Parameters = 0;
    Call->Release.ParameterCount = 0;
    Call->Event.Site.File = File;
    Call->Event.Site.Line = Line;
    Call->Event.Site.Function = Function;
    Call->Event.Site.ReturnAddress = ReturnAddress;
    Call->Event.Site.Stack = 0;
    Call->Captured = FALSE;
    Call->Event.Thread = McOsThread();
    Call->Event.Ticks = McOsTicks();
    Call->Event.Processor = (UCHAR)McOsProcessor();
    Call->Event.Irql = McOsIrql();
}
