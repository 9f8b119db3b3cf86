/*
 * run.c - the program.
 *
 *     model                                  a dozen fixed seeds, and that of the day
 *     model --minutes N                      one seed after the other, for so long
 *     model --seed N [--steps N] [--threads N] [--mode onecpu|parallel] [--skip FROM-TO,...]
 *           [--trace] [--shrink]             one run; with --shrink the steps that can be left out
 *                                            of one that fails are found, and named
 *
 * Each run has a process and a simulated kernel of its own, so that an abort is that run's failure.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "run.h"

static void *RunThread(void *Unused)
{
    MdRunAll();
    return Unused;
}

/* In a thread: so the call stacks that MemCheck takes, and with them all that follows from how they
 * are kept, begin alike whoever started the run. */
static void RunAlike(void)
{
    pthread_t Thread;

    if (pthread_create(&Thread, NULL, RunThread, NULL) != 0 || pthread_join(Thread, NULL) != 0) {
        perror("model: thread");
        _exit(2);
    }
}

static BOOLEAN RunInChild(void)
{
    int Status = 0;
    pid_t Child;
    char What[80];

    memset(MdShared, 0, offsetof(MD_SHARED, Kinds));
    fflush(NULL);
    Child = fork();
    if (Child == 0) {
        if (MdQuiet && freopen("/dev/null", "w", stderr) == NULL) {
            _exit(2);
        }
        RunAlike();
        _exit(0);
    }
    if (Child < 0 || waitpid(Child, &Status, 0) != Child) {
        perror("model: fork");
        exit(2);
    }
    if (Status == 0) {
        return TRUE;
    }
    if (!MdShared->Told) {
        snprintf(What, sizeof(What), "%s",
                 WIFSIGNALED(Status) ? strsignal(WTERMSIG(Status)) : "it ended by itself");
        MdSayFailure(What);
    }
    return FALSE;
}

/* ---- shrinking: leave out steps as long as it still fails ---- */

static BOOLEAN FailsWithout(ULONG From, ULONG To)
{
    if (MdRun.SkipCount == MD_SKIPS) {
        return FALSE;
    }
    MdRun.Skips[MdRun.SkipCount++] = (MD_RANGE){From, To};
    if (!RunInChild()) {
        return TRUE;
    }
    MdRun.SkipCount--;
    return FALSE;
}

/* Adjacent ranges are one. */
static void MergeSkips(void)
{
    ULONG A, B;

    for (A = 0; A < MdRun.SkipCount; A++) {
        for (B = 0; B < MdRun.SkipCount; B++) {
            if (A != B && MdRun.Skips[A].To + 1 == MdRun.Skips[B].From) {
                MdRun.Skips[A].To = MdRun.Skips[B].To;
                MdRun.Skips[B] = MdRun.Skips[--MdRun.SkipCount];
                A = (ULONG)-1;
                break;
            }
        }
    }
}

static void Shrink(void)
{
    ULONG Chunk, From, Last;

    MdQuiet = TRUE;
    if (RunInChild()) {
        fprintf(stderr, "model: it does not fail, so there is nothing to shrink\n");
        return;
    }
    Last = MdShared->Step;
    MdRun.Steps = Last + 1 < MdRun.Steps ? Last + 1 : MdRun.Steps;
    if (RunInChild()) {
        MdRun.Steps++;
    }
    for (Chunk = Last / 2; Chunk != 0; Chunk /= 2) {
        for (From = 2; From < Last; From += Chunk) {
            if (!MdSkipped(From)) {
                FailsWithout(From, From + Chunk - 1 < Last ? From + Chunk - 1 : Last - 1);
            }
        }
        MergeSkips();
    }
    MdQuiet = FALSE;
    (void)RunInChild();
}

/* ---- controls: a run in which something is broken on purpose must fail ---- */

static ULONG RunControls(void)
{
    static const char *const Names[MdBreaks_] = {"",
                                                 "a release that does not reach the pool",
                                                 "a finding that is lost",
                                                 "a guard byte changed unknown to the model",
                                                 "a byte of a driver's block changed",
                                                 "a wrong sum of the quarantine",
                                                 "a spoilt record"};
    ULONG Failed = 0;
    int What;

    for (What = MdBreakNothing + 1; What < MdBreaks_; What++) {
        memset(&MdRun, 0, sizeof(MdRun));
        MdRun.Seed = 1;
        MdRun.Steps = 1000;
        MdRun.Threads = 1;
        MdRun.Mode = SIM_ONE_CPU;
        MdRun.Breaks = (MD_BREAK)What;
        MdQuiet = TRUE;
        if (RunInChild()) {
            printf("FAIL control: %s is not seen\n", Names[What]);
            Failed++;
        }
        MdQuiet = FALSE;
    }
    return Failed;
}

/* ---- the program ---- */

typedef struct _MD_FIXED {
    ULONG Threads;
    SIM_THREADING Mode;
    ULONG Steps;
} MD_FIXED;

/* In turn, for one seed after the other. */
static const MD_FIXED Fixed[] = {{1, SIM_ONE_CPU, 25000},  {1, SIM_PARALLEL, 25000},
                                 {4, SIM_PARALLEL, 12000}, {1, SIM_ONE_CPU, 25000},
                                 {3, SIM_ONE_CPU, 12000},  {2, SIM_PARALLEL, 12000}};

static BOOLEAN RunSeed(ULONGLONG Seed)
{
    const MD_FIXED *Which = &Fixed[Seed % (sizeof(Fixed) / sizeof(Fixed[0]))];

    memset(&MdRun, 0, sizeof(MdRun));
    MdRun.Seed = Seed;
    MdRun.Steps = Which->Steps;
    MdRun.Threads = Which->Threads;
    MdRun.Mode = Which->Mode;
    return RunInChild();
}

static double CpuSeconds(void)
{
    struct rusage Usage;

    getrusage(RUSAGE_CHILDREN, &Usage);
    return (double)(Usage.ru_utime.tv_sec + Usage.ru_stime.tv_sec) +
           (double)(Usage.ru_utime.tv_usec + Usage.ru_stime.tv_usec) / 1e6;
}

/* Every kind of finding that the operations can lead to has been made: else the runs prove nothing
 * of it. Gives how many have not. */
static ULONG SayKinds(void)
{
    static const MC_KIND Never[] = {McKindNone, McKindForeignFree, McKindInjected, McKindOwnMemory};
    ULONG Kind, Missing = 0;

    printf(
        "model: %u sessions, %u of them with a record that is wrong and unknown to be; findings:",
        MdShared->Sessions, MdShared->Loose);
    for (Kind = 0; Kind < McKinds; Kind++) {
        if (Kind == Never[0] || Kind == Never[1] || Kind == Never[2] || Kind == Never[3]) {
            continue;
        }
        printf(" %u %s", MdShared->Kinds[Kind], McKindMachineName((MC_KIND)Kind));
        Missing += MdShared->Kinds[Kind] == 0;
    }
    printf("\n");
    if (Missing != 0) {
        printf("FAIL kinds: some finding was never made\n");
    }
    return Missing;
}

static int RunMany(double Minutes)
{
    const time_t Begin = time(NULL);
    const ULONGLONG OfTheDay = (ULONGLONG)Begin / 86400;
    ULONG Failed = RunControls(), Passed = MdBreaks_ - 1 - Failed;
    ULONGLONG Seed;

    printf("model: the seed of the day is %llu\n", OfTheDay);
    if (Minutes == 0) {
        for (Seed = 1; Seed <= 12; Seed++) {
            RunSeed(Seed) ? Passed++ : Failed++;
        }
        RunSeed(OfTheDay) ? Passed++ : Failed++;
    } else {
        for (Seed = OfTheDay * 1000; difftime(time(NULL), Begin) < Minutes * 60; Seed++) {
            RunSeed(Seed) ? Passed++ : Failed++;
        }
    }
    SayKinds() == 0 ? Passed++ : Failed++;
    printf("model: %.1f s of CPU time\n%u passed, %u failed\n", CpuSeconds(), Passed, Failed);
    return Failed != 0;
}

static BOOLEAN ReadSkips(const char *Text)
{
    while (*Text != 0 && MdRun.SkipCount < MD_SKIPS) {
        MD_RANGE *Range = &MdRun.Skips[MdRun.SkipCount++];
        int Length = 0;

        if (sscanf(Text, "%u-%u%n", &Range->From, &Range->To, &Length) != 2) {
            return FALSE;
        }
        Text += Length + (Text[Length] == ',');
    }
    return *Text == 0;
}

static int Usage(void)
{
    fprintf(stderr,
            "usage: model [--minutes N] | --seed N [--steps N] [--threads 1-%u] "
            "[--mode onecpu|parallel] [--skip FROM-TO,...] [--trace] [--shrink]\n",
            MD_THREADS);
    return 2;
}

/* FALSE: it is none of these. */
static BOOLEAN ReadValue(const char *Word, const char *Value, double *Minutes, BOOLEAN *One)
{
    if (strcmp(Word, "--mode") == 0) {
        MdRun.Mode = strcmp(Value, "onecpu") == 0 ? SIM_ONE_CPU : SIM_PARALLEL;
        return strcmp(Value, "onecpu") == 0 || strcmp(Value, "parallel") == 0;
    }
    if (strcmp(Word, "--skip") == 0) {
        return ReadSkips(Value);
    }
    if (Value[0] < '0' || Value[0] > '9') {
        return FALSE;
    }
    if (strcmp(Word, "--minutes") == 0) {
        *Minutes = strtod(Value, NULL);
    } else if (strcmp(Word, "--seed") == 0) {
        MdRun.Seed = strtoull(Value, NULL, 0);
        *One = TRUE;
    } else if (strcmp(Word, "--steps") == 0) {
        MdRun.Steps = (ULONG)strtoul(Value, NULL, 0);
    } else if (strcmp(Word, "--threads") == 0) {
        MdRun.Threads = (ULONG)strtoul(Value, NULL, 0);
    } else {
        return FALSE;
    }
    return TRUE;
}

/* Addresses of stack and image are a part of what a run does: the same each time, where the system
 * lets us. */
static void FixAddresses(char **Words)
{
    const int Before = personality(0xffffffff);

    if (Before != -1 && (Before & ADDR_NO_RANDOMIZE) == 0 &&
        personality((unsigned long)Before | ADDR_NO_RANDOMIZE) != -1) {
        execv("/proc/self/exe", Words);
    }
}

int main(int Count, char **Words)
{
    BOOLEAN One = FALSE, Shrinks = FALSE;
    double Minutes = 0;
    int Index;

    FixAddresses(Words);
    MdProgram = Words[0];
    MdShared =
        mmap(NULL, sizeof(*MdShared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (MdShared == MAP_FAILED) {
        perror("model: mmap");
        return 2;
    }
    MdRun.Steps = 3000;
    MdRun.Threads = 1;
    MdRun.Mode = SIM_ONE_CPU;
    for (Index = 1; Index < Count; Index++) {
        if (strcmp(Words[Index], "--trace") == 0) {
            MdTrace = TRUE;
        } else if (strcmp(Words[Index], "--shrink") == 0) {
            Shrinks = TRUE;
        } else if (Index + 1 == Count ||
                   !ReadValue(Words[Index], Words[Index + 1], &Minutes, &One)) {
            return Usage();
        } else {
            Index++;
        }
    }
    if (MdRun.Threads == 0 || MdRun.Threads > MD_THREADS) {
        return Usage();
    }
    if (!One) {
        return RunMany(Minutes);
    }
    if (Shrinks) {
        Shrink();
        return 1;
    }
    if (RunInChild()) {
        printf("1 passed, 0 failed\n");
        return 0;
    }
    printf("0 passed, 1 failed\n");
    return 1;
}
