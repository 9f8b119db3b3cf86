/* time.c (nt) - the tick count, sleeping, and a secret made of clocks. */
#include "ntp.h"

/*
 * On 64-bit no library names these routines: the kit's headers read the data that the kernel shares
 * with programs. So does this, without the 64-bit constants that C89 does not have.
 */
#ifdef _WIN64
#define MCP_SHARED(Offset) \
    (*(volatile ULONG *)(((ULONG_PTR)0xFFFFF780u << 32) + (ULONG_PTR)(Offset)))
#elif defined(KeQueryTickCount)
/* The old kits' macro has inline assembly in it, which C89 does not; every i386 kernel has the
 * routine. */
#undef KeQueryTickCount
NTKERNELAPI VOID NTAPI KeQueryTickCount(OUT PLARGE_INTEGER CurrentCount);
#endif

ULONG McOsTicks(VOID)
{
#ifdef _WIN64
    return MCP_SHARED(0x320);
#else
    LARGE_INTEGER Ticks;

    KeQueryTickCount(&Ticks);
    return Ticks.u.LowPart;
#endif
}

/* The low half of the time of day, in 100 ns: it only feeds the secret. */
static ULONG McpNtTimeOfDay(VOID)
{
#ifdef _WIN64
    return MCP_SHARED(0x14);
#else
    LARGE_INTEGER Now;

    KeQuerySystemTime(&Now);
    return Now.u.LowPart;
#endif
}

ULONG McOsMicrosPerTick(VOID)
{
    ULONG Increment = KeQueryTimeIncrement(); /* units of 100 ns */

    return Increment >= 10 ? Increment / 10 : 1;
}

/* Made of 32-bit halves: a 64-bit product would be a call of the C runtime on i386. */
VOID McOsSleep(ULONG Milliseconds)
{
    LARGE_INTEGER Interval;

    if (Milliseconds > 100000u) {
        Milliseconds = 100000u;
    }
    if (Milliseconds == 0) {
        Milliseconds = 1;
    }
    Interval.u.LowPart = 0u - Milliseconds * 10000u; /* negative: from now */
    Interval.u.HighPart = -1;
    KeDelayExecutionThread(KernelMode, FALSE, &Interval);
}

static ULONG_PTR McpNtMix(ULONG_PTR Hash, ULONG Value)
{
    Hash ^= Value;
    Hash *= 0x9E3779B1u;
    return Hash ^ (Hash >> 15) ^ (Hash << 7);
}

ULONG_PTR McpNtSecret(VOID)
{
    LARGE_INTEGER Now;
    ULONG_PTR Hash = (ULONG_PTR)&Now;
    PVOID Block = McOsMetaAllocate(MCP_META_ALIGNMENT);
    ULONG Round;

    Hash = McpNtMix(Hash, (ULONG)(ULONG_PTR)Block);
    if (Block) {
        McOsMetaFree(Block, MCP_META_ALIGNMENT);
    }
    for (Round = 0; Round < 4; Round++) {
        Now = KeQueryPerformanceCounter(NULL);
        Hash = McpNtMix(Hash, Now.u.LowPart);
        Hash = McpNtMix(Hash, (ULONG)Now.u.HighPart);
        Hash = McpNtMix(Hash, McpNtTimeOfDay());
        Hash = McpNtMix(Hash, McOsTicks());
        Hash = McpNtMix(Hash, McOsThread());
    }
    return Hash;
}
