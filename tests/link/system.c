/* system.c - frees as the system would: past MemCheck, by the kernel's routine (McRawExFreePool of
 * MemCheck's library), in the plain driver by the same routine's own name. */
#include "link_test.h"

#ifdef LINKED
DECLSPEC_IMPORT VOID NTAPI McRawExFreePool(PVOID P);
#define FREE McRawExFreePool
#else
#define FREE ExFreePool
#endif

VOID SystemFrees(PVOID P)
{
    FREE(P);
}
