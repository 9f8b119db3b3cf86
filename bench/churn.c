/* churn.c - blocks of random size take the place of random others: in the process's first thread,
 * or in several beside each other. */
#include "bench.h"

#include <pthread.h>

typedef struct _BENCH_CHURN {
    const BENCH_RUN *Run;
    uint64_t Random;
    void **Block;
    pthread_barrier_t *Together; /* NULL: alone */
    pthread_t Thread;
    char Apart[128]; /* threads do not meet in a line of the cache */
} BENCH_CHURN;

static void BenchpFill(BENCH_CHURN *Churn)
{
    const BENCH_RUN *Run = Churn->Run;
    size_t I;

    Churn->Block = (void **)BenchTable(Run->Live, sizeof(Churn->Block[0]));
    for (I = 0; I < Run->Live; I++) {
        Churn->Block[I] = BenchTake(
            I, Run->Low + BenchLower(BenchRandom(&Churn->Random), Run->High - Run->Low + 1));
    }
}

static void BenchpReplace(BENCH_CHURN *Churn, size_t Pairs)
{
    const BENCH_RUN *Run = Churn->Run;
    const size_t Range = Run->High - Run->Low + 1;
    uint64_t Random;
    size_t I;

    for (; Pairs != 0; Pairs--) {
        Random = BenchRandom(&Churn->Random);
        I = BenchUpper(Random, Run->Live);
        BenchGive(I, Churn->Block[I]);
        Churn->Block[I] = BenchTake(I, Run->Low + BenchLower(Random, Range));
    }
}

static void BenchpEmpty(BENCH_CHURN *Churn)
{
    size_t I;

    for (I = 0; I < Churn->Run->Live; I++) {
        BenchGive(I, Churn->Block[I]);
    }
}

/* Warm: in the state that lasts. A checker that holds freed blocks back has its quarantine full. */
static void BenchpTogether(void *Context)
{
    BENCH_CHURN *Churn = (BENCH_CHURN *)Context;

    BenchpFill(Churn);
    BenchpReplace(Churn, Churn->Run->Warm);
    pthread_barrier_wait(Churn->Together);
    pthread_barrier_wait(Churn->Together); /* the clock runs */
    BenchpReplace(Churn, Churn->Run->Pairs);
    pthread_barrier_wait(Churn->Together);
    BenchpEmpty(Churn);
}

static void *BenchpThread(void *Context)
{
    BenchDeep(BenchpTogether, Context);
    return NULL;
}

void BenchChurn(const BENCH_RUN *Run, BENCH_RESULT *Result)
{
    BENCH_CHURN Churn = {.Run = Run, .Random = Run->Seed};

    BenchpFill(&Churn);
    BenchpReplace(&Churn, Run->Warm);
    BenchBegin(Result);
    BenchpReplace(&Churn, Run->Pairs);
    BenchEnd(Result, Run->Pairs);
    BenchpEmpty(&Churn);
}

void BenchThreads(const BENCH_RUN *Run, BENCH_RESULT *Result)
{
    BENCH_CHURN *Churn = (BENCH_CHURN *)BenchTable(Run->Threads, sizeof(Churn[0]));
    pthread_barrier_t Together;
    size_t I;

    pthread_barrier_init(&Together, NULL, (unsigned)Run->Threads + 1);
    for (I = 0; I < Run->Threads; I++) {
        Churn[I].Run = Run;
        Churn[I].Random = Run->Seed * (2 * I + 3);
        Churn[I].Together = &Together;
        if (pthread_create(&Churn[I].Thread, NULL, BenchpThread, &Churn[I]) != 0) {
            BenchFail("no thread");
        }
    }
    pthread_barrier_wait(&Together);
    BenchBegin(Result);
    pthread_barrier_wait(&Together);
    pthread_barrier_wait(&Together);
    BenchEnd(Result, Run->Pairs * Run->Threads);
    for (I = 0; I < Run->Threads; I++) {
        pthread_join(Churn[I].Thread, NULL);
    }
}

/*
 * Seven of eight blocks are other people's, and stay; ours take each other's places, so they stay
 * apart: about one in a page.
 */
void BenchScattered(const BENCH_RUN *Run, BENCH_RESULT *Result)
{
    enum { Others = 7, OthersSize = 1088 };
    void **Other = (void **)BenchTable(Run->Live * Others, sizeof(Other[0]));
    BENCH_CHURN Churn = {.Run = Run, .Random = Run->Seed};
    size_t I, J;

    Churn.Block = (void **)BenchTable(Run->Live, sizeof(Churn.Block[0]));
    for (I = 0; I < Run->Live; I++) {
        Churn.Block[I] = BenchTake(I, Run->Low);
        for (J = 0; J < Others; J++) {
            Other[I * Others + J] =
                BenchTakeForeign(16 + BenchLower(BenchRandom(&Churn.Random), OthersSize - 16));
        }
    }
    BenchpReplace(&Churn, Run->Warm);
    BenchBegin(Result);
    BenchpReplace(&Churn, Run->Pairs);
    BenchEnd(Result, Run->Pairs);
    BenchpEmpty(&Churn);
    for (I = 0; I < Run->Live * Others; I++) {
        BenchGiveForeign(Other[I]);
    }
}
