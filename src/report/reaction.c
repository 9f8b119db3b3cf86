/* reaction.c - what is done about a finding besides printing it: by its kind. */
#include "reaction.h"

static volatile UCHAR McpReactions[McKinds];

/* The driver's routine, a pair; Any: is there one? Without the lock. */
static struct {
    MC_LOCK Lock;
    volatile LONG Any;
    MC_FOUND_ROUTINE Routine;
    PVOID Context;
} McpFoundCalls;

static volatile LONG McpFoundRuns; /* the routine runs, on the thread of ... */
static volatile ULONG McpFoundThread;
static MC_FOUND McpFoundData; /* the printer's, and static for its size */

VOID McReactionSet(MC_KIND Kind, UCHAR Reactions)
{
    if ((ULONG)Kind < McKinds) {
        McpReactions[Kind] = Reactions;
    }
}

UCHAR McReactionOf(MC_KIND Kind)
{
    return (UCHAR)((ULONG)Kind < McKinds ? McpReactions[Kind] : 0);
}

VOID McReactionRoutine(MC_FOUND_ROUTINE Routine, PVOID Context)
{
    KIRQL Irql = McOsAcquire(&McpFoundCalls.Lock);

    McpFoundCalls.Routine = Routine;
    McpFoundCalls.Context = Context;
    McOsExchange(&McpFoundCalls.Any, Routine != NULL);
    McOsRelease(&McpFoundCalls.Lock, Irql);
}

BOOLEAN McReactionRuns(VOID)
{
    return (BOOLEAN)(McOsCompareExchange(&McpFoundRuns, 0, 0) != 0 &&
                     McpFoundThread == McOsThread());
}

/* Of a call; file and line only where both are known. */
static VOID McpFoundPlace(MC_FOUND_PLACE *Place, const MC_SITE *Site)
{
    Place->File = Site->Line != 0 ? Site->File : NULL;
    Place->Line = Place->File != NULL ? Site->Line : 0;
    Place->ReturnAddress = (PVOID)Site->ReturnAddress;
}

static VOID McpFoundFill(const MC_FINDING *Finding, ULONG Number, const char *Line)
{
    MC_FOUND *Found = &McpFoundData;

    Found->Size = sizeof(*Found);
    Found->Report = Number;
    Found->Kind = McKindMachineName(Finding->Kind);
    Found->Sure = Finding->Sure;
    Found->Address = (PVOID)Finding->Address;
    Found->Block = (PVOID)(Finding->Block.Number != 0 ? Finding->Block.User : 0);
    Found->BlockSize = Finding->Block.Size;
    Found->Tag = Finding->Block.Tag;
    Found->PoolType = Finding->Block.PoolType;
    McpFoundPlace(&Found->Caller, &Finding->Found.Site);
    McpFoundPlace(&Found->Allocated, &Finding->Block.Allocated.Site);
    McpFoundPlace(&Found->Freed, &Finding->Block.Freed.Site);
    Found->Line = Line;
}

/* No lock is held, but the caller is the printer: what the routine makes MemCheck find is printed
 * when it is back. */
static VOID McpFoundCall(const MC_FINDING *Finding, ULONG Number, const char *Line)
{
    MC_FOUND_ROUTINE Routine;
    PVOID Context;
    KIRQL Irql;

    if (McOsCompareExchange(&McpFoundCalls.Any, 0, 0) == 0) {
        return;
    }
    Irql = McOsAcquire(&McpFoundCalls.Lock);
    Routine = McpFoundCalls.Routine;
    Context = McpFoundCalls.Context;
    McOsRelease(&McpFoundCalls.Lock, Irql);
    if (Routine == NULL) {
        return;
    }
    McpFoundFill(Finding, Number, Line);
    McpFoundThread = McOsThread();
    McOsExchange(&McpFoundRuns, 1);
    Routine(&McpFoundData, Context);
    McOsExchange(&McpFoundRuns, 0);
}

VOID McReactionPrinted(const MC_FINDING *Finding, ULONG Number, const char *Line, BOOLEAN Calls)
{
    const UCHAR Reactions = McReactionOf(Finding->Kind);
    ULONG_PTR Parameters[4];

    if (Calls && (Reactions & MC_REACT_CALL) != 0) {
        McpFoundCall(Finding, Number, Line);
    }
    if ((Reactions & MC_REACT_BUGCHECK) != 0) {
        Parameters[0] = (ULONG_PTR)Finding->Kind;
        Parameters[1] = Finding->Address;
        Parameters[2] = Finding->Found.Site.ReturnAddress;
        Parameters[3] = Finding->Block.Allocated.Site.ReturnAddress;
        McOsBugCheck(MEMCHECK_BUGCHECK_CODE, Parameters);
    }
}
