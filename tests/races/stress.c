/*
 * stress.c - eight threads and DPCs on the same processors do everything at once, with sleeps and
 * switches at the points where threads meet.
 *
 *     stress [--seed N] [--rounds N] [--minutes N] [--mode parallel|onecpu]
 *
 * A round has a seed, a process and a simulated kernel of its own; without --mode both take turns.
 * With one simulated processor the seed repeats the round exactly, else what is done, not when.
 * Rounds differ by their seed: in one of four EXIT comes while all are at work, and in half of the
 * others the quarantine holds all that is freed. What is judged: findings are what was planted, no
 * more, no less; reports are whole; each block is released once (the strict pool); nobody hangs
 * (the watchdog, who says which locks are held) or spins (points in an operation are bounded).
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "stress.h"

#define OPERATIONS 250
#define WATCHDOG   60 /* real seconds */

STRESS_ROUND StressRound;

ULONG StressRandom(ULONG *State, ULONG Limit)
{
    *State ^= *State << 13;
    *State ^= *State >> 17;
    *State ^= *State << 5;
    return (ULONG)(((unsigned long long)*State * Limit) >> 32);
}

static void SayRepeat(void)
{
    fprintf(stderr, "repeat: stress --mode %s --seed %u --rounds 1\n",
            StressRound.OneCpu ? "onecpu" : "parallel", (unsigned)StressRound.Seed);
}

_Noreturn void StressFail(const char *Format, ...)
{
    va_list Arguments;

    fprintf(stderr, "stress: ");
    va_start(Arguments, Format);
    vfprintf(stderr, Format, Arguments);
    va_end(Arguments);
    fprintf(stderr, "\n");
    SayRepeat();
    fflush(NULL);
    _exit(1);
}

static void OnAbort(int Signal)
{
    (void)Signal;
    PointsSay();
    StressFail("the simulated kernel has stopped, see above");
}

/* ---- a round ---- */

static void Begin(void)
{
    SIM_OPTIONS Options;

    memset(&Options, 0, sizeof Options);
    Options.Threading = StressRound.OneCpu ? SIM_ONE_CPU : SIM_PARALLEL;
    Options.Seed = StressRound.Seed;
    Options.SwitchEvery = 2;
    Options.WatchdogSeconds = WATCHDOG;
    Options.PagingEvery = 16;
    SimStart(&Options);
    signal(SIGABRT, OnAbort);
    SimOptions(StressRound.Hold
                   ? "repeat=1,no-info-print,stacks=0,quarantine-blocks=1m,quarantine=512m"
                   : "repeat=1,no-info-print,stacks=0,quarantine-blocks=32");
    MEM_CHECK_INIT_EX(NULL);
    PointsStart();
}

/* Of their work, not of time. */
static void WaitAMoment(void)
{
    LARGE_INTEGER Some = {.QuadPart = -10000};
    const ULONG Wanted = STRESS_THREADS * OPERATIONS / 8 * (1 + StressRound.Seed / 4 % 6);

    while (PointsOperations() < Wanted) {
        KeDelayExecutionThread(KernelMode, FALSE, &Some);
    }
}

static void Work(void)
{
    SIM_THREAD *Threads[STRESS_THREADS];
    ULONG_PTR Index;

    for (Index = 0; Index < STRESS_THREADS; Index++) {
        Threads[Index] = SimThreadCreate("stress", WorkThread, (PVOID)Index);
    }
    if (StressRound.Exits) {
        WaitAMoment();
        MEM_CHECK_EXIT();
    }
    for (Index = 0; Index < STRESS_THREADS; Index++) {
        SimThreadJoin(Threads[Index]);
    }
    SimSetPointRoutine(NULL);
}

/* Calls that stay inside for a second of real time, on a busy machine, leave the tables in place.
 */
static BOOLEAN TablesStay(void)
{
    return Mc.Phase == McPhaseKept;
}

static _Noreturn void Round(void)
{
    Begin();
    Work();
    WorkEnd();
    if (!StressRound.Exits) {
        MEM_CHECK_EXIT();
    }
    if (!LedgerJudge()) {
        StressFail("what was found is not what was planted");
    }
    if (TablesStay()) {
        printf("SKIP round %u: its end was not awaited, as calls were inside for a second\n",
               (unsigned)StressRound.Seed);
        fflush(NULL);
        _exit(2);
    }
    if (!SimPoolReset()) {
        StressFail("blocks are left in the pool");
    }
    if (getenv("STRESS_SAY") != NULL) {
        printf("round %u: at most %u points and %u lost exchanges in an operation; %u frees and %u "
               "other calls after EXIT\n",
               (unsigned)StressRound.Seed, (unsigned)PointsMost, (unsigned)PointsMostFailed,
               (unsigned)LedgerFound(McKindAfterExitFree), (unsigned)LedgerFound(McKindWrongOrder));
    }
    SimStop();
    fflush(NULL);
    _exit(0);
}

/* ---- all rounds ---- */

static ULONG Passed, Failed, Skipped;

static void RunRound(ULONG Seed, BOOLEAN OneCpu)
{
    int Status = -1;
    pid_t Pid;

    StressRound.Seed = Seed;
    StressRound.OneCpu = OneCpu;
    StressRound.Exits = Seed % 4 == 3;
    StressRound.Hold = Seed % 4 < 2;
    StressRound.Operations = OPERATIONS;
    fflush(NULL);
    Pid = fork();
    if (Pid == 0) {
        Round();
    }
    if (Pid < 0 || waitpid(Pid, &Status, 0) != Pid) {
        perror("stress: fork");
        exit(2);
    }
    if (Status == 0) {
        Passed++;
    } else if (WIFEXITED(Status) && WEXITSTATUS(Status) == 2) {
        Skipped++;
    } else {
        printf("FAIL stress --mode %s --seed %u --rounds 1\n", OneCpu ? "onecpu" : "parallel",
               (unsigned)Seed);
        Failed++;
    }
}

int main(int Count, char **Words)
{
    ULONG Seed = 1, Rounds = 0, Minutes = 0, Index;
    BOOLEAN OneCpu = TRUE, Parallel = TRUE;
    const time_t Start = time(NULL);

    for (Index = 1; Index + 1 < (ULONG)Count; Index += 2) {
        const ULONG Number = (ULONG)strtoul(Words[Index + 1], NULL, 10);

        if (strcmp(Words[Index], "--seed") == 0) {
            Seed = Number;
        } else if (strcmp(Words[Index], "--rounds") == 0) {
            Rounds = Number;
        } else if (strcmp(Words[Index], "--minutes") == 0) {
            Minutes = Number;
        } else if (strcmp(Words[Index], "--mode") == 0) {
            OneCpu = strcmp(Words[Index + 1], "onecpu") == 0;
            Parallel = !OneCpu;
        } else {
            break;
        }
    }
    if (Index != (ULONG)Count || (Rounds == 0 && Minutes == 0)) {
        fprintf(stderr, "usage: stress [--seed N] [--rounds N] [--minutes N] "
                        "[--mode parallel|onecpu]\n");
        return 2;
    }
    for (Index = 0; (Rounds == 0 || Index < Rounds) &&
                    (Minutes == 0 || time(NULL) - Start < (time_t)Minutes * 60);
         Index++) {
        if (OneCpu) {
            RunRound(Seed + Index, TRUE);
        }
        if (Parallel) {
            RunRound(Seed + Index, FALSE);
        }
    }
    printf("stress: %u passed, %u failed, %u skipped\n", (unsigned)Passed, (unsigned)Failed,
           (unsigned)Skipped);
    return Failed != 0 || Passed == 0;
}
