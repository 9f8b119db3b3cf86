/* start.c (posix) - taking and giving back what the platform needs: there is nothing to give back.
 */
#include "posixp.h"

#include <pthread.h>

static ULONG_PTR McpPosixSecretValue;
static BOOLEAN McpPosixSeesForks; /* once, and for good */

BOOLEAN McOsStart(VOID)
{
    McpPosixImageStart();
    McpPosixSecretValue = McpPosixSecret();
    if (!McpPosixSeesForks) {
        McpPosixSeesForks = (BOOLEAN)(pthread_atfork(NULL, NULL, McpPosixForked) == 0);
    }
    return TRUE;
}

VOID McOsStop(VOID)
{
}

ULONG_PTR McOsSecret(VOID)
{
    return McpPosixSecretValue;
}
