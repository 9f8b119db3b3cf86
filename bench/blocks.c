/*
 * blocks.c - where blocks come from: the one file that knows the column.
 *
 * BENCH_MEMCHECK: from MemCheck's names. Else from the C library as MemCheck's own POSIX platform
 * asks it (src/platform/posix/pool.c); a checker that takes the C library's place gets that.
 */
#include "bench.h"
#include "required.h"

#include <stdlib.h>

#define BENCH_PAGE 4096u

void *BenchTakeForeign(size_t Size)
{
    void *P = NULL;

    if (Size < BENCH_PAGE) {
        return malloc(Size);
    }
    return posix_memalign(&P, BENCH_PAGE, Size) == 0 ? P : NULL;
}

void BenchGiveForeign(void *P)
{
    free(P);
}

#ifdef BENCH_MEMCHECK
#include "memcheck.h"

#define BENCH_TAG            0x68636E42u /* "Bnch" */
#define BENCH_ALLOCATE(Size) MEM_ALLOCATE_WITH_TAG(NonPagedPool, (Size), BENCH_TAG)
#define BENCH_FREE(P)        MEMCHECK_FREE(P)

void BenchStart(void)
{
    MEM_CHECK_INIT();
}

void BenchStop(void)
{
    MEM_CHECK_EXIT();
}
#else
#define BENCH_ALLOCATE(Size) BenchTakeForeign(Size)
#define BENCH_FREE(P)        BenchGiveForeign(P)

void BenchStart(void)
{
}

void BenchStop(void)
{
}
#endif

/* Functions that differ in nothing else are kept apart, so that each is a place to any checker. */
#define BENCH_PLACE(N)                                                \
    static __attribute__((noinline)) void *BenchpTake##N(size_t Size) \
    {                                                                 \
        void *P = BENCH_ALLOCATE(Size);                               \
                                                                      \
        __asm__ volatile("# place " #N : "+r"(P));                    \
        return P;                                                     \
    }                                                                 \
    static __attribute__((noinline)) void BenchpGive##N(void *P)      \
    {                                                                 \
        BENCH_FREE(P);                                                \
        __asm__ volatile("# place " #N);                              \
    }

BENCH_PLACE(0)
BENCH_PLACE(1)
BENCH_PLACE(2)
BENCH_PLACE(3)
BENCH_PLACE(4)
BENCH_PLACE(5)
BENCH_PLACE(6)
BENCH_PLACE(7)

static void *(*const BenchpTake[BENCH_PLACES])(size_t) = {
    BenchpTake0, BenchpTake1, BenchpTake2, BenchpTake3,
    BenchpTake4, BenchpTake5, BenchpTake6, BenchpTake7,
};

static void (*const BenchpGive[BENCH_PLACES])(void *) = {
    BenchpGive0, BenchpGive1, BenchpGive2, BenchpGive3,
    BenchpGive4, BenchpGive5, BenchpGive6, BenchpGive7,
};

void *BenchTake(size_t Place, size_t Size)
{
    void *P = BenchpTake[Place % BENCH_PLACES](Size);

    if (P == NULL) {
        BenchFail("no memory");
    }
    RequiredMade(Size);
    BenchTouch(P, Size);
    return P;
}

void BenchGive(size_t Place, void *P)
{
    if (!BenchIsTouched(P)) {
        BenchFail("a block does not hold what was written to it");
    }
    BenchpGive[Place % BENCH_PLACES](P);
}
