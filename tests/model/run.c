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
 * What a step does depends on seed, thread, its number and the blocks there are, so that steps can
 * be left out. With one thread, or one CPU, a run repeats exactly; with several in parallel each
 * thread does the same, but not at the same moment.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "model.h"

#define MD_NOTES    40 /* last operations kept of each thread */
#define MD_NOTE     160
#define MD_SKIPS    512
#define MD_SETTLING 24 /* steps of one thread between two times of several */

typedef struct _MD_RANGE {
    ULONG From, To;
} MD_RANGE;

typedef struct _MD_RUN {
    ULONGLONG Seed;
    ULONG Steps;
    ULONG Threads;
    SIM_THREADING Mode;
    MD_BREAK Breaks;
    MD_RANGE Skips[MD_SKIPS];
    ULONG SkipCount;
} MD_RUN;

/* What the parent still sees when the child has crashed. */
typedef struct _MD_SHARED {
    BOOLEAN Told;
    ULONG Step;
    ULONG Count[MD_THREADS + 1];
    char Note[MD_THREADS + 1][MD_NOTES][MD_NOTE];
} MD_SHARED;

MD_BREAK MdBreaks;
static MD_SHARED *Shared;
static MD_RUN Run;
static BOOLEAN Trace, Quiet;
static const char *Program;

/* ---- random numbers ---- */

static __thread ULONGLONG State;
static __thread ULONG Step;

static ULONGLONG Next(void)
{
    ULONGLONG Z = (State += 0x9E3779B97F4A7C15ULL);

    Z = (Z ^ (Z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    Z = (Z ^ (Z >> 27)) * 0x94D049BB133111EBULL;
    return Z ^ (Z >> 31);
}

void MdRandomStart(ULONG Thread, ULONG Number)
{
    Step = Number;
    State = Run.Seed * 0x2545F4914F6CDD1DULL + ((ULONGLONG)Thread << 48) + Number;
    State = Next();
    if (Thread == 0) {
        Shared->Step = Number;
    }
}

ULONG MdRandom(ULONG Below)
{
    return Below != 0 ? (ULONG)(Next() % Below) : 0;
}

BOOLEAN MdOneIn(ULONG Chances)
{
    return MdRandom(Chances) == 0;
}

/* ---- the lock ---- */

static pthread_mutex_t Mutex = PTHREAD_MUTEX_INITIALIZER;

void MdLock(void)
{
    pthread_mutex_lock(&Mutex);
}

void MdUnlock(void)
{
    pthread_mutex_unlock(&Mutex);
}

/* ---- what is said ---- */

static void SayRun(const MD_RUN *Which)
{
    ULONG Index;

    fprintf(stderr, "%s --seed %llu --steps %u --threads %u --mode %s", Program, Which->Seed,
            Which->Steps, Which->Threads, Which->Mode == SIM_ONE_CPU ? "onecpu" : "parallel");
    for (Index = 0; Index < Which->SkipCount; Index++) {
        fprintf(stderr, "%s%u-%u", Index == 0 ? " --skip " : ",", Which->Skips[Index].From,
                Which->Skips[Index].To);
    }
    fprintf(stderr, "\n");
}

static void SayNotes(ULONG Thread)
{
    const ULONG Count = Shared->Count[Thread];
    ULONG Index = Count > MD_NOTES ? Count - MD_NOTES : 0;

    for (; Index < Count; Index++) {
        fprintf(stderr, "  %s\n", Shared->Note[Thread][Index % MD_NOTES]);
    }
}

static void SayFailure(const char *What)
{
    ULONG Thread;

    if (Quiet) {
        return;
    }
    fprintf(stderr, "model: seed %llu, step %u: %s\n", Run.Seed, Shared->Step, What);
    fprintf(stderr, "the last operations:\n");
    for (Thread = 0; Thread <= Run.Threads; Thread++) {
        SayNotes(Thread);
    }
    fprintf(stderr, "to repeat: ");
    SayRun(&Run);
}

void MdFail(const char *Format, ...)
{
    static volatile LONG Once;
    char What[600];
    va_list Arguments;
    int Length;

    while (__sync_lock_test_and_set(&Once, 1) != 0) {
        pause(); /* the first one ends the process */
    }
    Length = snprintf(What, sizeof(What), "thread %u: ", MdThread);
    va_start(Arguments, Format);
    vsnprintf(What + Length, sizeof(What) - (size_t)Length, Format, Arguments);
    va_end(Arguments);
    SayFailure(What);
    Shared->Told = TRUE;
    _exit(1);
}

void MdNote(const char *Format, ...)
{
    char *Line = Shared->Note[MdThread][Shared->Count[MdThread] % MD_NOTES];
    va_list Arguments;
    int Length;

    Length = snprintf(Line, MD_NOTE, "%u:%u ", MdThread, Step);
    va_start(Arguments, Format);
    vsnprintf(Line + Length, MD_NOTE - (size_t)Length, Format, Arguments);
    va_end(Arguments);
    Shared->Count[MdThread]++;
    if (Trace) {
        fprintf(stderr, "%s\n", Line);
    }
}

/* ---- one thread ---- */

static MD_OP Ops[MD_THREADS + 1];

static BOOLEAN Skipped(ULONG Number)
{
    ULONG Index;

    for (Index = 0; Index < Run.SkipCount; Index++) {
        if (Number >= Run.Skips[Index].From && Number <= Run.Skips[Index].To) {
            return TRUE;
        }
    }
    return FALSE;
}

static void CheckInside(void)
{
    const char *Wrong = MdInside();

    if (Wrong != NULL) {
        MdFail("inside MemCheck: %s", Wrong);
    }
}

/* A control: from here on the run must fail. */
static void Break(MD_BREAK What)
{
    MD_BLOCK *Block = MdPick(1u << MdLive);

    MdBreaks = What;
    MdInsideBreak(What);
    if (Block != NULL && What == MdBreakGuard) {
        *(UCHAR *)(Block->User + Block->Size) = 0;
    } else if (Block != NULL && What == MdBreakContents && Block->Size != 0) {
        *(UCHAR *)Block->User = 0;
    }
}

/* A step at which nobody else runs. */
static void StepAlone(ULONG Number)
{
    if (Skipped(Number)) {
        return;
    }
    if (Run.Breaks != MdBreakNothing && Number % 100 == 0) {
        MdRandomStart(0, Number);
        Break(Run.Breaks);
    }
    MdRandomStart(0, Number);
    if (Md.Threads > 1) {
        MdSettle(&Ops[0]);
    }
    MdStep(&Ops[0]);
    CheckInside();
    if (Number % 8 == 0) {
        MdAudit();
    }
    SimOutputClear();
}

/* ---- several threads ---- */

static ULONG FirstStep, PerThread;

static void ThreadMain(PVOID Context)
{
    const ULONG Thread = (ULONG)(ULONG_PTR)Context;
    ULONG Index;

    MdThread = Thread;
    for (Index = 0; Index < PerThread; Index++) {
        MdRandomStart(Thread, FirstStep + Index);
        MdStepOwn(&Ops[Thread]);
    }
}

/* Damage that others may have been the first to see has been told of now. */
static void CheckReported(void)
{
    ULONG Index, Zone;

    for (Index = 0; Index < Md.BlockCount; Index++) {
        const MD_BLOCK *Block = &Md.Blocks[Index];

        for (Zone = 0; Zone < MdZones && Block->Front != 0; Zone++) {
            if (Block->Damaged[Zone] && !Block->Reported[Zone]) {
                MdFail("damage of block %p was never reported", (PVOID)Block->User);
            }
        }
    }
}

static void HandAround(void)
{
    ULONG Index;

    for (Index = 0; Index < Md.BlockCount; Index++) {
        if (Md.Blocks[Index].Owner == 0 || MdOneIn(3)) {
            Md.Blocks[Index].Owner = 1 + MdRandom(Md.Threads);
        }
    }
}

/* A large quarantine, in which a freed block stays for sure, or a small one, which each thread
 * pushes all threads' blocks out of. */
static void ChooseQuarantine(void)
{
    Md.MayEvict = MdOneIn(2);
    Md.Options.QuarantineKb = Md.MayEvict ? 16 : 65536;
    Md.Options.QuarantineBlocks = Md.MayEvict ? 64 : 1000000;
    Md.Options.DoubleFrees = FALSE; /* what was held back is let go */
    MdOptionsChange(&Ops[0]);
    Md.Options.DoubleFrees = TRUE;
    MdOptionsChange(&Ops[0]);
}

/* All threads, to their ends. Numbers of steps: First and on. */
static void StepTogether(ULONG First, ULONG Count)
{
    SIM_THREAD *Threads[MD_THREADS];
    ULONG Index;

    if (Skipped(First)) {
        return;
    }
    MdRandomStart(0, First);
    MdSettle(&Ops[0]);
    ChooseQuarantine();
    HandAround();
    FirstStep = First;
    PerThread = Count;
    Md.Parallel = TRUE;
    for (Index = 0; Index < Md.Threads; Index++) {
        Threads[Index] = SimThreadCreate("model", ThreadMain, (PVOID)(ULONG_PTR)(Index + 1));
    }
    for (Index = 0; Index < Md.Threads; Index++) {
        SimThreadJoin(Threads[Index]);
    }
    Md.Parallel = FALSE;
    MdSettle(&Ops[0]);
    CheckInside();
    MdAudit();
    MdCheckAll(&Ops[0]);
    CheckReported();
    SimOutputClear();
}

/* ---- a run ---- */

static void Start(void)
{
    SIM_OPTIONS Options;

    memset(&Options, 0, sizeof(Options));
    MdRandomStart(0, 0);
    Md.Seed = Run.Seed;
    Md.Threads = Run.Threads;
    Md.Mode = Run.Mode;
    Md.Windows = (SIM_WINDOWS)((const int[]){SIM_WINDOWS_XP, SIM_WINDOWS_2000, SIM_WINDOWS_VISTA,
                                             SIM_WINDOWS_10})[MdRandom(4)];
    Md.Machine = (MM_SYSTEMSIZE)MdRandom(2);
    Md.Lanes = Run.Threads > 1 && Run.Mode == SIM_PARALLEL ? 4 : 1;
    Options.Threading = Run.Mode;
    Options.Windows = Md.Windows;
    Options.SystemSize = Md.Machine;
    Options.Processors = Md.Lanes;
    Options.Seed = (ULONG)Run.Seed;
    Options.FreezeClock = Run.Threads == 1;
    Options.PagingEvery = Run.Threads == 1 ? 4 : 16;
    SimStart(&Options);
}

static void GiveBackOthers(void)
{
    ULONG Index;

    for (Index = 0; Index < MD_OTHERS; Index++) {
        if (Md.Others[Index].P != 0 && Md.Others[Index].Foreign) {
            SimForeignFree((PVOID)Md.Others[Index].P);
        } else if (Md.Others[Index].P != 0) {
            SimSystemFree((PVOID)Md.Others[Index].P);
        }
        Md.Others[Index].P = 0;
    }
}

/* Numbers of steps: those of a session follow its INIT's. */
static ULONG Session(ULONG First)
{
    ULONG Number = First, Last;

    MdRandomStart(0, Number++);
    Last = First + 200 + MdRandom(MdOneIn(4) ? 3000 : 800);
    Last = Last < Run.Steps ? Last : Run.Steps;
    MdSessionStart(&Ops[0]);
    while (Number < Last) {
        if (Run.Threads > 1 && (Number - First) % (MD_SETTLING * 2) == 1) {
            StepTogether(Number, MD_SETTLING);
            Number += MD_SETTLING;
        } else {
            StepAlone(Number++);
        }
    }
    MdRandomStart(0, Number++);
    MdSessionEnd(&Ops[0]);
    SimOutputClear();
    return Number;
}

static void RunAll(void)
{
    ULONG Number = 1;

    Start();
    while (Number < Run.Steps) {
        Number = Session(Number);
    }
    GiveBackOthers();
    if (!SimPoolReset()) {
        MdFail("blocks are left in the pool");
    }
    SimStop();
}

/* TRUE: it passed. */
static BOOLEAN RunInChild(void)
{
    int Status = 0;
    pid_t Child;
    char What[80];

    memset(Shared, 0, sizeof(*Shared));
    fflush(NULL);
    Child = fork();
    if (Child == 0) {
        if (Quiet && freopen("/dev/null", "w", stderr) == NULL) {
            _exit(2);
        }
        RunAll();
        _exit(0);
    }
    if (Child < 0 || waitpid(Child, &Status, 0) != Child) {
        perror("model: fork");
        exit(2);
    }
    if (Status == 0) {
        return TRUE;
    }
    if (!Shared->Told) {
        snprintf(What, sizeof(What), "%s",
                 WIFSIGNALED(Status) ? strsignal(WTERMSIG(Status)) : "it ended by itself");
        SayFailure(What);
    }
    return FALSE;
}

/* ---- shrinking: leave out steps as long as it still fails ---- */

static BOOLEAN FailsWithout(ULONG From, ULONG To)
{
    if (Run.SkipCount == MD_SKIPS) {
        return FALSE;
    }
    Run.Skips[Run.SkipCount++] = (MD_RANGE){From, To};
    if (!RunInChild()) {
        return TRUE;
    }
    Run.SkipCount--;
    return FALSE;
}

/* Adjacent ranges are one. */
static void MergeSkips(void)
{
    ULONG A, B;

    for (A = 0; A < Run.SkipCount; A++) {
        for (B = 0; B < Run.SkipCount; B++) {
            if (A != B && Run.Skips[A].To + 1 == Run.Skips[B].From) {
                Run.Skips[A].To = Run.Skips[B].To;
                Run.Skips[B] = Run.Skips[--Run.SkipCount];
                A = (ULONG)-1;
                break;
            }
        }
    }
}

static void Shrink(void)
{
    ULONG Chunk, From, Last;

    Quiet = TRUE;
    if (RunInChild()) {
        fprintf(stderr, "model: it does not fail, so there is nothing to shrink\n");
        return;
    }
    Last = Shared->Step;
    Run.Steps = Last + 1 < Run.Steps ? Last + 1 : Run.Steps;
    if (RunInChild()) {
        Run.Steps++;
    }
    for (Chunk = Last / 2; Chunk != 0; Chunk /= 2) {
        for (From = 2; From < Last; From += Chunk) {
            if (!Skipped(From)) {
                FailsWithout(From, From + Chunk - 1 < Last ? From + Chunk - 1 : Last - 1);
            }
        }
        MergeSkips();
    }
    Quiet = FALSE;
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
        memset(&Run, 0, sizeof(Run));
        Run.Seed = 1;
        Run.Steps = 1000;
        Run.Threads = 1;
        Run.Mode = SIM_ONE_CPU;
        Run.Breaks = (MD_BREAK)What;
        Quiet = TRUE;
        if (RunInChild()) {
            printf("FAIL control: %s is not seen\n", Names[What]);
            Failed++;
        }
        Quiet = FALSE;
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

    memset(&Run, 0, sizeof(Run));
    Run.Seed = Seed;
    Run.Steps = Which->Steps;
    Run.Threads = Which->Threads;
    Run.Mode = Which->Mode;
    return RunInChild();
}

static double CpuSeconds(void)
{
    struct rusage Usage;

    getrusage(RUSAGE_CHILDREN, &Usage);
    return (double)(Usage.ru_utime.tv_sec + Usage.ru_stime.tv_sec) +
           (double)(Usage.ru_utime.tv_usec + Usage.ru_stime.tv_usec) / 1e6;
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
    printf("model: %.1f s of CPU time\n%u passed, %u failed\n", CpuSeconds(), Passed, Failed);
    return Failed != 0;
}

static BOOLEAN ReadSkips(const char *Text)
{
    while (*Text != 0 && Run.SkipCount < MD_SKIPS) {
        MD_RANGE *Range = &Run.Skips[Run.SkipCount++];
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
        Run.Mode = strcmp(Value, "onecpu") == 0 ? SIM_ONE_CPU : SIM_PARALLEL;
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
        Run.Seed = strtoull(Value, NULL, 0);
        *One = TRUE;
    } else if (strcmp(Word, "--steps") == 0) {
        Run.Steps = (ULONG)strtoul(Value, NULL, 0);
    } else if (strcmp(Word, "--threads") == 0) {
        Run.Threads = (ULONG)strtoul(Value, NULL, 0);
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
    Program = Words[0];
    Shared = mmap(NULL, sizeof(*Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (Shared == MAP_FAILED) {
        perror("model: mmap");
        return 2;
    }
    Run.Steps = 3000;
    Run.Threads = 1;
    Run.Mode = SIM_ONE_CPU;
    for (Index = 1; Index < Count; Index++) {
        if (strcmp(Words[Index], "--trace") == 0) {
            Trace = TRUE;
        } else if (strcmp(Words[Index], "--shrink") == 0) {
            Shrinks = TRUE;
        } else if (Index + 1 == Count ||
                   !ReadValue(Words[Index], Words[Index + 1], &Minutes, &One)) {
            return Usage();
        } else {
            Index++;
        }
    }
    if (Run.Threads == 0 || Run.Threads > MD_THREADS) {
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
