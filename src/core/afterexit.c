/* afterexit.c - blocks freed by MEM_CHECK_EXIT, remembered in the driver's image. */
#include "core.h"

typedef struct _MCP_REMEMBERED {
    ULONG_PTR User;  /* 0: no entry */
    BOOLEAN Another; /* the pool has handed the address out again, to a caller of ours */
} MCP_REMEMBERED;

typedef struct _MCP_REMEMBERED_SET {
    MC_LOCK Lock;
    MCP_REMEMBERED Entry[MEMCHECK_AFTER_EXIT];
} MCP_REMEMBERED_SET;

static MCP_REMEMBERED_SET McpRemembered;

/* Under the lock; 0 finds a free entry. NULL: there is none. */
static MCP_REMEMBERED *McpRemember(ULONG_PTR User)
{
    ULONG Index;

    for (Index = 0; Index < MEMCHECK_AFTER_EXIT; Index++)
        if (McpRemembered.Entry[Index].User == User)
            return &McpRemembered.Entry[Index];
    return 0;
}

BOOLEAN McAfterExitAdd(ULONG_PTR User)
{
    KIRQL Irql = McOsAcquire(&McpRemembered.Lock);
    MCP_REMEMBERED *Entry = McpRemember(0);

    if (Entry != 0) {
        Entry->User = User;
        Entry->Another = FALSE;
    }
    McOsRelease(&McpRemembered.Lock, Irql);
    return Entry != 0;
}

/*
 * Of an address that was handed out again two frees are to come at the most, the new block's and
 * the old one's that should not be. Which comes first nobody knows; one of them goes to the pool.
 */
BOOLEAN McAfterExitStops(ULONG_PTR User)
{
    KIRQL Irql = McOsAcquire(&McpRemembered.Lock);
    MCP_REMEMBERED *Entry = User != 0 ? McpRemember(User) : 0;
    BOOLEAN Stops = FALSE;

    if (Entry != 0) {
        Stops = !Entry->Another;
        Entry->Another = FALSE;
    }
    McOsRelease(&McpRemembered.Lock, Irql);
    return Stops;
}

VOID McAfterExitHandedOut(ULONG_PTR User)
{
    KIRQL Irql = McOsAcquire(&McpRemembered.Lock);
    MCP_REMEMBERED *Entry = McpRemember(User);

    if (Entry != 0)
        Entry->Another = TRUE;
    McOsRelease(&McpRemembered.Lock, Irql);
}

VOID McAfterExitForget(ULONG_PTR User)
{
    KIRQL Irql = McOsAcquire(&McpRemembered.Lock);
    MCP_REMEMBERED *Entry = McpRemember(User);

    if (Entry != 0)
        Entry->User = 0;
    McOsRelease(&McpRemembered.Lock, Irql);
}

VOID McAfterExitClear(VOID)
{
    McBytesZero(McpRemembered.Entry, sizeof(McpRemembered.Entry));
}
