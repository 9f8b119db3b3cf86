/*
 * bench.h - the harness: a program that runs one workload with one allocator, and says what it
 * cost.
 *
 * The same sources are compiled once for each column of the table (bench/run.py): over the C
 * library, which other checkers then take over, and over MemCheck, as its user would have it.
 */
#ifndef BENCH_H
#define BENCH_H

#include <stddef.h>
#include <stdint.h>

#define BENCH_PLACES 8 /* call sites that allocate, and as many that free */

typedef struct _BENCH_RUN {
    size_t Live;  /* blocks at a time, of each thread */
    size_t Pairs; /* of allocation and free that are timed, of each thread */
    size_t Warm;  /* and before that */
    size_t Low;   /* smallest block, in bytes */
    size_t High;  /* largest */
    size_t Threads;
    size_t Bytes; /* of a yardstick's working set */
    uint64_t Seed;
} BENCH_RUN;

typedef struct _BENCH_RESULT {
    uint64_t Cpu; /* nanoseconds of all threads, between BenchBegin and BenchEnd */
    uint64_t Wall;
    uint64_t Operations; /* that were timed */
    uint64_t Own;        /* a build that counts: bytes of MemCheck's own at BenchBegin */
} BENCH_RESULT;

/* main.c */
void BenchBegin(BENCH_RESULT *Result);
void BenchEnd(BENCH_RESULT *Result, uint64_t Operations);
void BenchFail(const char *Text);                       /* does not return */
void BenchDeep(void (*Routine)(void *), void *Context); /* below a few functions, as a driver */
void *BenchTable(size_t Count, size_t Size); /* of the harness's own, not from the allocator */

/* blocks.c: a block from one place of BENCH_PLACES, written to; and its end. */
void *BenchTake(size_t Place, size_t Size);
void BenchGive(size_t Place, void *P);
void *BenchTakeForeign(size_t Size); /* somebody else's: past MemCheck */
void BenchGiveForeign(void *P);
void BenchStart(void);
void BenchStop(void);

/* touch.c: what a driver does with its blocks; compiled as the driver would be. */
void BenchTouch(void *P, size_t Size);
int BenchIsTouched(const void *P);
void BenchBreak(void *P, long At); /* a write where it must not be */

/* xorshift64*, by Vigna: short, and good enough to choose blocks by. */
static inline uint64_t BenchRandom(uint64_t *State)
{
    *State ^= *State >> 12;
    *State ^= *State << 25;
    *State ^= *State >> 27;
    return *State * 0x2545F4914F6CDD1Du;
}

/* Two numbers below a bound from one random one: from its upper half, and from its lower. */
static inline size_t BenchUpper(uint64_t Random, size_t Bound)
{
    return (size_t)((Random >> 32) * Bound >> 32);
}

static inline size_t BenchLower(uint64_t Random, size_t Bound)
{
    return (size_t)((Random & 0xFFFFFFFFu) * Bound >> 32);
}

/* The workloads. */
typedef void (*BENCH_WORKLOAD)(const BENCH_RUN *Run, BENCH_RESULT *Result);

/* churn.c */
void BenchChurn(const BENCH_RUN *Run, BENCH_RESULT *Result);
void BenchThreads(const BENCH_RUN *Run, BENCH_RESULT *Result);
void BenchScattered(const BENCH_RUN *Run, BENCH_RESULT *Result);
/* batch.c */
void BenchInOrder(const BENCH_RUN *Run, BENCH_RESULT *Result);
void BenchReverse(const BENCH_RUN *Run, BENCH_RESULT *Result);
void BenchShuffled(const BENCH_RUN *Run, BENCH_RESULT *Result);
/* other.c */
void BenchOtherThread(const BENCH_RUN *Run, BENCH_RESULT *Result);
/* planted.c */
void BenchPlantedBehind(const BENCH_RUN *Run, BENCH_RESULT *Result);
void BenchPlantedBefore(const BENCH_RUN *Run, BENCH_RESULT *Result);
/* lookups.c; all but the first only over MemCheck */
void BenchReads(const BENCH_RUN *Run, BENCH_RESULT *Result);
void BenchInside(const BENCH_RUN *Run, BENCH_RESULT *Result);
void BenchOutside(const BENCH_RUN *Run, BENCH_RESULT *Result);
void BenchOutsideQuiet(const BENCH_RUN *Run, BENCH_RESULT *Result);
void BenchCheck(const BENCH_RUN *Run, BENCH_RESULT *Result);
void BenchGuards(const BENCH_RUN *Run, BENCH_RESULT *Result);

#endif
