/*
 * touch.c - what a driver does with its blocks: a header, as of a list, and the last byte.
 *
 * A file of its own, because a compiler's checker instruments it (and not the harness around it,
 * which is no driver).
 */
#include "bench.h"

#define BENCH_MARK 0x6B72616D /* "mark" */

void BenchTouch(void *P, size_t Size)
{
    ((uint64_t *)P)[0] = (uint64_t)(uintptr_t)P ^ BENCH_MARK;
    ((uint64_t *)P)[1] = Size;
    if (Size > 2 * sizeof(uint64_t)) {
        ((volatile char *)P)[Size - 1] = 1;
    }
}

void BenchBreak(void *P, long At)
{
    *(volatile uint64_t *)((char *)P + At) ^= 0x5A5A5A5A5A5A5A5Au;
}

int BenchIsTouched(const void *P)
{
    return ((const uint64_t *)P)[0] == ((uint64_t)(uintptr_t)P ^ BENCH_MARK);
}
