/*
 * stack.c (nt) - call stacks, by the kernel's own routine.
 *
 * On i386 it follows saved frame pointers, so MemCheck's own code must have them, and the driver's
 * should. Compilers leave them out: here mcos.h forbids it to gcc and to Microsoft's; clang needs
 * -fno-omit-frame-pointer. On 64-bit it reads tables that every image has, and that may be paged:
 * at DISPATCH_LEVEL it ends where one is not in memory.
 */
#include "ntp.h"

#define MCP_OWN_FRAMES 16u /* of MemCheck itself, at most */
#define MCP_WALK_MOST  62u /* up to Windows Server 2003, skipped ones included */

typedef char McpWalkFits[MCP_OWN_FRAMES + MC_STACK_MOST <= MCP_WALK_MOST ? 1 : -1];

/* At DISPATCH_LEVEL nobody tells whether the stack ends there or only the walk. */
static BOOLEAN McpNtWalkIsCut(VOID)
{
#ifdef _WIN64
    return KeGetCurrentIrql() >= DISPATCH_LEVEL;
#else
    return FALSE;
#endif
}

ULONG McOsStackCapture(ULONG_PTR *Frames, ULONG Most, ULONG_PTR ReturnAddress, BOOLEAN *Cut)
{
    PVOID Walk[MCP_OWN_FRAMES + MC_STACK_MOST];
    const ULONG Asked = MCP_OWN_FRAMES + Most;
    ULONG Walked = 0;
    ULONG Count = 0;
    ULONG Hash;
    ULONG I;

    if (McpNt.CaptureStackBackTrace) {
        Walked = McpNt.CaptureStackBackTrace(0, Asked, Walk, &Hash);
    }
    for (I = 0; I < Walked && (ULONG_PTR)Walk[I] != ReturnAddress;) {
        I++;
    }
    for (; I < Walked && Count < Most && Walk[I]; I++) {
        ((volatile ULONG_PTR *)Frames)[Count++] = (ULONG_PTR)Walk[I]; /* not a call of memcpy */
    }
    *Cut = Walked < Asked && Count < Most && McpNtWalkIsCut();
    if (Count == 0 && ReturnAddress != 0) {
        Frames[Count++] = ReturnAddress;
    }
    return Count;
}
