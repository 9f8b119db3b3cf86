/*
 * main.c - one measurement: a workload, run once, in a process of its own.
 *
 *     bench WORKLOAD [live=N] [pairs=N] [warm=N] [low=N] [high=N] [threads=N] [bytes=N] [seed=N]
 *
 * Prints what it cost as key=value on one line: nanoseconds of processor time and of wall time,
 * operations, and the most memory the process had, in KB.
 */
#include "bench.h"
#include "required.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#define BENCH_DEPTH 8 /* functions above a workload, as a driver stands below its system's */

static uint64_t BenchpNow(clockid_t Clock)
{
    struct timespec Now;

    clock_gettime(Clock, &Now);
    return (uint64_t)Now.tv_sec * 1000000000u + (uint64_t)Now.tv_nsec;
}

void BenchBegin(BENCH_RESULT *Result)
{
    Result->Own = RequiredOwnBytes();
    Result->Wall = BenchpNow(CLOCK_MONOTONIC);
    Result->Cpu = BenchpNow(CLOCK_PROCESS_CPUTIME_ID);
}

void BenchEnd(BENCH_RESULT *Result, uint64_t Operations)
{
    Result->Cpu = BenchpNow(CLOCK_PROCESS_CPUTIME_ID) - Result->Cpu;
    Result->Wall = BenchpNow(CLOCK_MONOTONIC) - Result->Wall;
    Result->Operations = Operations;
    RequiredEnd();
}

void BenchFail(const char *Text)
{
    fprintf(stderr, "bench: %s\n", Text);
    exit(2);
}

void *BenchTable(size_t Count, size_t Size)
{
    void *P = mmap(NULL, Count * Size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (P == MAP_FAILED) {
        BenchFail("no memory for the harness");
    }
    memset(P, 0, Count * Size);
    return P;
}

/* The most memory this process had at a time, by the kernel's account. */
static unsigned long BenchpPeakKb(void)
{
    unsigned long Kb = 0;
    char Line[256];
    FILE *File = fopen("/proc/self/status", "r");

    while (File != NULL && fgets(Line, sizeof(Line), File) != NULL) {
        if (sscanf(Line, "VmHWM: %lu kB", &Kb) == 1) {
            break;
        }
    }
    if (File != NULL) {
        fclose(File);
    }
    return Kb;
}

static const struct {
    const char *Name;
    BENCH_WORKLOAD Workload;
} BenchpWorkloads[] = {
    {"churn", BenchChurn},
    {"threads", BenchThreads},
    {"scattered", BenchScattered},
    {"in-order", BenchInOrder},
    {"reverse", BenchReverse},
    {"shuffled", BenchShuffled},
    {"other-thread", BenchOtherThread},
    {"planted-behind", BenchPlantedBehind},
    {"planted-before", BenchPlantedBefore},
    {"reads", BenchReads},
#ifdef BENCH_MEMCHECK
    {"inside", BenchInside},
    {"outside", BenchOutside},
    {"outside-quiet", BenchOutsideQuiet},
    {"check", BenchCheck},
    {"guards", BenchGuards},
#endif
};

static BENCH_WORKLOAD BenchpWorkload(const char *Name)
{
    size_t I;

    for (I = 0; I < sizeof(BenchpWorkloads) / sizeof(BenchpWorkloads[0]); I++) {
        if (strcmp(BenchpWorkloads[I].Name, Name) == 0) {
            return BenchpWorkloads[I].Workload;
        }
    }
    BenchFail("there is no such workload");
    return NULL;
}

static void BenchpArgument(BENCH_RUN *Run, const char *Text)
{
    const struct {
        const char *Name;
        size_t *Number;
    } Known[] = {
        {"live=", &Run->Live},   {"pairs=", &Run->Pairs}, {"warm=", &Run->Warm},
        {"low=", &Run->Low},     {"high=", &Run->High},   {"threads=", &Run->Threads},
        {"bytes=", &Run->Bytes}, {"seed=", &Run->Seed},
    };
    size_t I;

    for (I = 0; I < sizeof(Known) / sizeof(Known[0]); I++) {
        if (strncmp(Text, Known[I].Name, strlen(Known[I].Name)) == 0) {
            *Known[I].Number = strtoul(Text + strlen(Known[I].Name), NULL, 0);
            return;
        }
    }
    BenchFail("there is no such argument");
}

static __attribute__((noinline)) void BenchpDown(unsigned Depth, void (*Routine)(void *),
                                                 void *Context)
{
    if (Depth == 0) {
        Routine(Context);
    } else {
        BenchpDown(Depth - 1, Routine, Context);
    }
    __asm__ volatile(""); /* no tail call: a frame each */
}

void BenchDeep(void (*Routine)(void *), void *Context)
{
    BenchpDown(BENCH_DEPTH, Routine, Context);
}

typedef struct _BENCH_JOB {
    BENCH_WORKLOAD Workload;
    BENCH_RUN Run;
    BENCH_RESULT Result;
} BENCH_JOB;

static void BenchpJob(void *Context)
{
    BENCH_JOB *Job = (BENCH_JOB *)Context;

    Job->Workload(&Job->Run, &Job->Result);
}

static void BenchpArguments(BENCH_RUN *Run, int Count, char **Argument)
{
    int I;

    if (Count < 2) {
        BenchFail("which workload?");
    }
    for (I = 2; I < Count; I++) {
        BenchpArgument(Run, Argument[I]);
    }
    if (Run->Live == 0 || Run->Low < 16 || Run->High < Run->Low || Run->Threads == 0 ||
        Run->Seed == 0) {
        BenchFail("these numbers do not go together");
    }
}

int main(int Count, char **Argument)
{
    BENCH_JOB Job = {
        .Run = {.Live = 10000, .Pairs = 100000, .Low = 16, .High = 4096, .Threads = 1, .Seed = 1}};
    const BENCH_RESULT *Result = &Job.Result;

    BenchpArguments(&Job.Run, Count, Argument);
    Job.Workload = BenchpWorkload(Argument[1]);
    BenchStart();
    RequiredStart();
    BenchDeep(BenchpJob, &Job);
    BenchStop();
    printf("cpu=%lu wall=%lu operations=%lu own=%lu peak_kb=%lu\n", Result->Cpu, Result->Wall,
           Result->Operations, Result->Own, BenchpPeakKb());
    RequiredPrint();
    return 0;
}
