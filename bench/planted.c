/* planted.c - a bug, so that it is seen that a checker is really there: the two commonest. */
#include "bench.h"

static void BenchpPlant(long At, long End)
{
    char *P = (char *)BenchTake(0, 64);

    for (; At < End; At += 8) {
        BenchBreak(P, At);
    }
    BenchGive(0, P);
}

void BenchPlantedBehind(const BENCH_RUN *Run, BENCH_RESULT *Result)
{
    (void)Run;
    (void)Result;
    BenchpPlant(64, 72);
}

void BenchPlantedBefore(const BENCH_RUN *Run, BENCH_RESULT *Result)
{
    (void)Run;
    (void)Result;
    BenchpPlant(-16, 0);
}
