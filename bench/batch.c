/* batch.c - so many blocks are allocated, and then freed: in order, in reverse, at random. */
#include "bench.h"

typedef void (*BENCH_ORDER)(size_t *Order, size_t Count, uint64_t *Random);

static void BenchpForward(size_t *Order, size_t Count, uint64_t *Random)
{
    size_t I;

    (void)Random;
    for (I = 0; I < Count; I++) {
        Order[I] = I;
    }
}

static void BenchpBackward(size_t *Order, size_t Count, uint64_t *Random)
{
    size_t I;

    (void)Random;
    for (I = 0; I < Count; I++) {
        Order[I] = Count - 1 - I;
    }
}

static void BenchpShuffle(size_t *Order, size_t Count, uint64_t *Random)
{
    size_t I, J, Kept;

    BenchpForward(Order, Count, Random);
    for (I = Count; I > 1; I--) {
        J = BenchUpper(BenchRandom(Random), I);
        Kept = Order[J];
        Order[J] = Order[I - 1];
        Order[I - 1] = Kept;
    }
}

/* The order is the same each time, as with a driver that tears down what it built up. */
static void BenchpBatches(const BENCH_RUN *Run, size_t Pairs, void **Block, const size_t *Order,
                          uint64_t *Random)
{
    size_t I;

    for (; Pairs >= Run->Live; Pairs -= Run->Live) {
        for (I = 0; I < Run->Live; I++) {
            Block[I] =
                BenchTake(I, Run->Low + BenchLower(BenchRandom(Random), Run->High - Run->Low + 1));
        }
        for (I = 0; I < Run->Live; I++) {
            BenchGive(Order[I], Block[Order[I]]);
        }
    }
}

static void BenchpBatch(const BENCH_RUN *Run, BENCH_RESULT *Result, BENCH_ORDER MakeOrder)
{
    void **Block = (void **)BenchTable(Run->Live, sizeof(Block[0]));
    size_t *Order = (size_t *)BenchTable(Run->Live, sizeof(Order[0]));
    uint64_t Random = Run->Seed;

    MakeOrder(Order, Run->Live, &Random);
    BenchpBatches(Run, Run->Warm, Block, Order, &Random);
    BenchBegin(Result);
    BenchpBatches(Run, Run->Pairs, Block, Order, &Random);
    BenchEnd(Result, Run->Pairs / Run->Live * Run->Live);
}

void BenchInOrder(const BENCH_RUN *Run, BENCH_RESULT *Result)
{
    BenchpBatch(Run, Result, BenchpForward);
}

void BenchReverse(const BENCH_RUN *Run, BENCH_RESULT *Result)
{
    BenchpBatch(Run, Result, BenchpBackward);
}

void BenchShuffled(const BENCH_RUN *Run, BENCH_RESULT *Result)
{
    BenchpBatch(Run, Result, BenchpShuffle);
}
