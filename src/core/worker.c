/*
 * worker.c - a thread of MemCheck's own that looks at every owned block from time to time, paged
 * ones too, which a driver of nonpaged operations alone would never have looked at.
 *
 * It goes in turns, each an operation of its own, so that whoever waits for operations to end
 * (EXIT, MEM_CHECK_OPTIONS) waits for one turn. EXIT closes the gate and waits for the thread
 * before anything else: the worker holds nothing then, and finds the gate closed at its next turn.
 */
#include "core.h"
#include "report.h"

#define MCP_WORKER_TURN 128u /* handles in one turn */

/* From this handle on; gives where the next turn begins, 0: there is none. */
static ULONG McpWorkerTurn(MC_LANE *Lane, ULONG Handle)
{
    const ULONG Limit = McRecordLimit();
    ULONG Left = MCP_WORKER_TURN;
    MC_CALL Call;

    McDeferredDrain(Lane);
    McCallMake(&Call, McByWorker, 0, 0, 0, 0);
    Call.Captured = TRUE; /* nobody called */
    for (; Left != 0 && Handle < Limit; Left--, Handle++)
        McPatrolLook(McRecordAt(Handle), TRUE, McByWorker, McIntactWorker, &Call);
    return Handle < Limit ? Handle : 0;
}

/* So many pieces each time: they are few beside the blocks. */
static VOID McpWorkerOwn(VOID)
{
    MC_LANE *Lane = McEnter();
    MC_CALL Call;

    if (Lane == 0)
        return;
    McCallMake(&Call, McByWorker, 0, 0, 0, 0);
    Call.Captured = TRUE;
    McOwnLook(MCP_WORKER_TURN, &Call, McByWorker);
    McLeave(Lane);
}

static VOID McpWorkerLook(VOID)
{
    ULONG Handle = 1;
    MC_LANE *Lane;

    while (Handle != 0) {
        Lane = McEnter();
        if (Lane == 0)
            return;
        Handle = McpWorkerTurn(Lane, Handle);
        McLeave(Lane);
    }
    McpWorkerOwn();
}

VOID McWorkerStart(VOID)
{
    const ULONG Seconds = McOptions.Worker;

    if (Seconds != 0 && !McOsWorkerStart(McpWorkerLook, Seconds))
        McNotice("worker: the system gives no thread for it; blocks are checked without one");
}
