/* start.c (posix) - taking and giving back what the platform needs: there is nothing to give back.
 */
#include "posixp.h"

static ULONG_PTR McpPosixSecretValue;

BOOLEAN McOsStart(VOID)
{
    McpPosixImageStart();
    McpPosixSecretValue = McpPosixSecret();
    return TRUE;
}

VOID McOsStop(VOID)
{
}

ULONG_PTR McOsSecret(VOID)
{
    return McpPosixSecretValue;
}
