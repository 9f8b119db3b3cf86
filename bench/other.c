/* other.c - one thread allocates, another frees. They hand each other whole trays of blocks, so
 * that what is timed is not their talk. */
#include "bench.h"

#include <pthread.h>
#include <semaphore.h>

#define BENCH_TRAYS 2

typedef struct _BENCH_BELT {
    const BENCH_RUN *Run;
    void **Tray[BENCH_TRAYS]; /* Run->Live blocks between them */
    size_t Blocks;            /* in a tray */
    size_t Trays;             /* to be handed over in all */
    sem_t Full;
    sem_t Empty;
} BENCH_BELT;

static void BenchpWait(sem_t *Semaphore)
{
    while (sem_wait(Semaphore) != 0) {
    }
}

static void BenchpFrees(void *Context)
{
    BENCH_BELT *Belt = (BENCH_BELT *)Context;
    size_t I, Number;

    for (Number = 0; Number < Belt->Trays; Number++) {
        BenchpWait(&Belt->Full);
        for (I = 0; I < Belt->Blocks; I++) {
            BenchGive(I, Belt->Tray[Number % BENCH_TRAYS][I]);
        }
        sem_post(&Belt->Empty);
    }
}

static void *BenchpThread(void *Context)
{
    BenchDeep(BenchpFrees, Context);
    return NULL;
}

static void BenchpAllocates(BENCH_BELT *Belt, size_t First, size_t End, uint64_t *Random)
{
    const BENCH_RUN *Run = Belt->Run;
    size_t I, Number;

    for (Number = First; Number < End; Number++) {
        BenchpWait(&Belt->Empty);
        for (I = 0; I < Belt->Blocks; I++) {
            Belt->Tray[Number % BENCH_TRAYS][I] =
                BenchTake(I, Run->Low + BenchLower(BenchRandom(Random), Run->High - Run->Low + 1));
        }
        sem_post(&Belt->Full);
    }
}

/* Timed are as many frees as allocations: what was under way at the beginning is so at the end. */
void BenchOtherThread(const BENCH_RUN *Run, BENCH_RESULT *Result)
{
    BENCH_BELT Belt = {.Run = Run, .Blocks = Run->Live / BENCH_TRAYS};
    const size_t Warm = Run->Warm / Belt.Blocks;
    const size_t Timed = Run->Pairs / Belt.Blocks;
    uint64_t Random = Run->Seed;
    pthread_t Thread;
    size_t I;

    for (I = 0; I < BENCH_TRAYS; I++) {
        Belt.Tray[I] = (void **)BenchTable(Belt.Blocks, sizeof(void *));
    }
    Belt.Trays = Warm + Timed;
    sem_init(&Belt.Full, 0, 0);
    sem_init(&Belt.Empty, 0, BENCH_TRAYS);
    if (pthread_create(&Thread, NULL, BenchpThread, &Belt) != 0) {
        BenchFail("no thread");
    }
    BenchpAllocates(&Belt, 0, Warm, &Random);
    BenchBegin(Result);
    BenchpAllocates(&Belt, Warm, Warm + Timed, &Random);
    BenchEnd(Result, Timed * Belt.Blocks);
    pthread_join(Thread, NULL);
}
