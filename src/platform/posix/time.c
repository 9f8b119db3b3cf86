/* time.c (posix) - ticks of a millisecond, sleeping, and a secret made of clocks. */
#include "posixp.h"

#include <time.h>
#include <unistd.h>

ULONG McOsTicks(VOID)
{
    struct timespec Now;

    /* The clock of the kernel's own ticks, as on Windows: reading it costs next to nothing. */
    if (clock_gettime(CLOCK_MONOTONIC_COARSE, &Now) != 0) {
        return 0;
    }
    return (ULONG)Now.tv_sec * 1000u + (ULONG)Now.tv_nsec / 1000000u;
}

ULONG McOsMicrosPerTick(VOID)
{
    return 1000;
}

VOID McOsSleep(ULONG Milliseconds)
{
    struct timespec Interval;

    Interval.tv_sec = (time_t)(Milliseconds / 1000u);
    Interval.tv_nsec = (long)(Milliseconds % 1000u) * 1000000l;
    nanosleep(&Interval, NULL); /* "about this long": a signal may cut it short */
}

static ULONG_PTR McpPosixMix(ULONG_PTR Hash, ULONG_PTR Value)
{
    Hash ^= Value;
    Hash *= 0x9E3779B1u;
    return Hash ^ (Hash >> 15) ^ (Hash << 7);
}

/* Enough that copied guard bytes do not pass; no defence against somebody who attacks. */
ULONG_PTR McpPosixSecret(VOID)
{
    struct timespec Now = {0, 0};
    ULONG_PTR Hash = (ULONG_PTR)&Now;

    clock_gettime(CLOCK_REALTIME, &Now);
    Hash = McpPosixMix(Hash, (ULONG_PTR)Now.tv_nsec);
    Hash = McpPosixMix(Hash, (ULONG_PTR)Now.tv_sec);
    clock_gettime(CLOCK_MONOTONIC, &Now);
    Hash = McpPosixMix(Hash, (ULONG_PTR)Now.tv_nsec);
    Hash = McpPosixMix(Hash, (ULONG_PTR)getpid());
    return McpPosixMix(Hash, (ULONG_PTR)McpPosixSecret);
}
