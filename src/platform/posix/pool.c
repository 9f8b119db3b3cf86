/*
 * pool.c (posix) - the C library in the place of the pool.
 *
 * Blocks are aligned as the pool would align them. What the C library cannot do is left out: a
 * block of up to a page may cross one, and a failure never raises.
 */
#include "posixp.h"
#include "work.h"

#include <stdlib.h>
#include <string.h>

#define MCP_POSIX_CACHE_LINE 64u

/* Zeroed by the pool are only what the newest routines ask for; must-succeed, quota and the other
 * bits have no meaning here. */
PVOID McOsPoolAllocate(const MC_REQUEST *Request)
{
    SIZE_T Size = Request->Size ? Request->Size : 1; /* 0 bytes is a valid request */
    SIZE_T Alignment = 0;
    PVOID P = NULL;

    if (Request->Size >= MC_PAGE_SIZE) {
        Alignment = MC_PAGE_SIZE;
    } else if ((Request->Attributes & MC_CACHE_ALIGNED) != 0) {
        Alignment = MCP_POSIX_CACHE_LINE;
    }
    if (Alignment == 0) {
        P = malloc(Size);
    } else if (posix_memalign(&P, Alignment, Size) != 0) {
        P = NULL;
    }
    if (P != NULL && (Request->Attributes & MC_ZEROED) != 0) {
        memset(P, 0, Size);
    }
    return P;
}

VOID McOsPoolFree(PVOID P, const MC_RELEASE *Release)
{
    (void)Release;
    free(P);
}

/* No exceptions here: who asked for one gets NULL. */
VOID McOsRaise(VOID)
{
}

ULONG McOsVersion(VOID)
{
    return 0x0A00;
}

PVOID McOsMetaAllocate(SIZE_T Size)
{
    PVOID P = NULL;

    if (posix_memalign(&P, MCP_POSIX_CACHE_LINE, Size ? Size : 1) != 0) {
        return NULL;
    }
    memset(P, 0, Size);
    MC_WORK(MetaBytes, Size);
    return P;
}

VOID McOsMetaFree(PVOID P, SIZE_T Size)
{
    (void)Size;
    MC_WORK(MetaBytes, 0 - Size);
    free(P);
}

ULONG McOsCacheLine(VOID)
{
    return MCP_POSIX_CACHE_LINE;
}

/* Program, heap and libraries share one address space: only the lowest 64 KB are surely nobody's.
 */
ULONG_PTR McOsSystemStart(VOID)
{
    return 0x10000u;
}

ULONG McOsMachineSize(VOID)
{
    return 2;
}
