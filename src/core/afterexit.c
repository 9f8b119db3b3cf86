/* afterexit.c - blocks freed by MEM_CHECK_EXIT, remembered in the driver's image. */
#include "core.h"

typedef struct _MCP_REMEMBERED {
    MC_LOCK Lock;
    ULONG_PTR User[MC_AFTER_EXIT]; /* 0: no entry */
} MCP_REMEMBERED;

static MCP_REMEMBERED McpRemembered;

/* The entry of this address (0 finds a free one) gets another; FALSE: there is none. */
static BOOLEAN McpReplace(ULONG_PTR From, ULONG_PTR To)
{
    KIRQL Irql = McOsAcquire(&McpRemembered.Lock);
    ULONG Index;

    for (Index = 0; Index < MC_AFTER_EXIT && McpRemembered.User[Index] != From; Index++)
        continue;
    if (Index < MC_AFTER_EXIT)
        McpRemembered.User[Index] = To;
    McOsRelease(&McpRemembered.Lock, Irql);
    return Index < MC_AFTER_EXIT;
}

BOOLEAN McAfterExitAdd(ULONG_PTR User)
{
    return McpReplace(0, User);
}

BOOLEAN McAfterExitKnows(ULONG_PTR User)
{
    return User != 0 && McpReplace(User, User);
}

VOID McAfterExitForget(ULONG_PTR User)
{
    if (User != 0)
        McpReplace(User, 0);
}

VOID McAfterExitClear(VOID)
{
    McBytesZero(McpRemembered.User, sizeof(McpRemembered.User));
}
