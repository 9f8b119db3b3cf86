/* start.c (nt) - taking and giving back what the platform needs. */
#include "ntp.h"

MCP_NT McpNt;

BOOLEAN McOsStart(VOID)
{
    if (!McpNt.Started) {
        McpNtBind();
        if (!McpNtPoolStart()) {
            return FALSE;
        }
        McpNtImageStart();
        McpNt.Secret = McpNtSecret();
        McpNt.Started = TRUE;
    }
    return TRUE;
}

/* Bound routines and the image stay known: what works at any time needs them. */
VOID McOsStop(VOID)
{
    McpNt.Started = FALSE;
}

ULONG_PTR McOsSecret(VOID)
{
    return McpNt.Secret;
}
