/*
 * world_sim.c - the kernel suite as a host program, on the simulated kernel.
 *
 *     suite [--mode parallel|onecpu] [--seed N] [--list] [--only NAME] [--without NAME,NAME]
 *
 * Every test has a process and a simulated kernel of its own, so that an abort (the strict pool, a
 * page fault, the watchdog) is that one test's failure. With --only the test runs in this process,
 * for a debugger; the exit status tells the result either way.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* strsignal */
#endif
#include "kernel_test.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

static SIM_THREADING KtpThreading = SIM_PARALLEL;
static ULONG KtpSeed = 1;
static const char *KtpWithout = ""; /* names of tests that are left out, with commas */

VOID KtPrint(const char *Format, ...)
{
    char Line[512];
    va_list Arguments;

    va_start(Arguments, Format);
    vsnprintf(Line, sizeof(Line), Format, Arguments);
    va_end(Arguments);
    printf("%s\n", Line); /* one call: threads print at once */
    fflush(stdout);
}

/* test_handover.c; some builds do without that file. */
BOOLEAN KtOtherCopy(VOID) __attribute__((weak));

ULONG KtWorldLacks(VOID)
{
    return KtOtherCopy != NULL && KtOtherCopy() ? 0 : KT_OTHER;
}

/* Real seconds for one test; KT_WATCHDOG in the environment where the machine is shared. */
static ULONG KtpWatchdog(VOID)
{
    const char *Given = getenv("KT_WATCHDOG");

    return Given != NULL && atoi(Given) > 0 ? (ULONG)atoi(Given) : 60;
}

VOID KtWorldBegin(const KT_TEST *Test)
{
    SIM_OPTIONS Options;

    memset(&Options, 0, sizeof(Options));
    Options.Threading = KtpThreading;
    Options.Seed = KtpSeed;
    Options.WatchdogSeconds = KtpWatchdog();
    Options.AllLocksStrict = (Test->Flags & KT_STRICT_LOCKS) != 0;
    if (Test->Flags & KT_BIG_MACHINE) {
        Options.SystemSize = MmLargeSystem;
    }
    if (Test->Flags & KT_WINDOWS_2000) {
        Options.Windows = SIM_WINDOWS_2000;
    }
    if (Test->Flags & KT_WINDOWS_VISTA) {
        Options.Windows = SIM_WINDOWS_VISTA;
    }
    if (Test->Flags & KT_WINDOWS_8) {
        Options.Windows = SIM_WINDOWS_8;
    }
    if (Test->Flags & KT_WINDOWS_10) {
        Options.Windows = SIM_WINDOWS_10;
    }
    Options.UnmapFreePages = (Test->Flags & KT_UNMAP) != 0;
    SimStart(&Options);
}

static void KtpNotLeft(const SIM_BLOCK *Block, PVOID Context)
{
    if (Block->Tag == KT_TAG || Block->Owner == SIM_FOREIGN) {
        KtPrint("left in the pool: %p, %u bytes", Block->Start, (unsigned)Block->Size);
        ++*(ULONG *)Context;
    }
}

/* Every raw block was given back, MemCheck's own too; or the test's own, where tables stay. */
VOID KtWorldEnd(const KT_TEST *Test)
{
    BOOLEAN TablesStay = (Test->Flags & KT_TABLES_STAY) != 0;
    ULONG Left = 0;

#ifndef MEMCHECK_FREE_ON_EXIT
    TablesStay = TRUE;
#endif
    SimFailNone();
    SimFailWhen(NULL, NULL);
    if (TablesStay) {
        SimPoolEach(KtpNotLeft, &Left);
        KT_CHECK(Left == 0);
    } else {
        KT_CHECK(SimPoolReset());
    }
    SimStop();
}

KIRQL KtRaise(KIRQL Irql)
{
    KIRQL Old;

    KeRaiseIrql(Irql, &Old);
    return Old;
}

VOID KtLower(KIRQL Irql)
{
    KeLowerIrql(Irql);
}

VOID KtSleep(ULONG Milliseconds)
{
    LARGE_INTEGER Interval;

    Interval.QuadPart = -(LONGLONG)Milliseconds * 10000;
    KeDelayExecutionThread(KernelMode, FALSE, &Interval);
}

BOOLEAN KtThreadStart(KT_THREAD *Thread, VOID (*Routine)(PVOID Context), PVOID Context)
{
    Thread->Routine = Routine;
    Thread->Context = Context;
    Thread->Object = SimThreadCreate("test", Routine, Context);
    return Thread->Object != NULL;
}

BOOLEAN KtThreadJoin(KT_THREAD *Thread)
{
    if (Thread->Object != NULL) {
        SimThreadJoin(Thread->Object); /* the watchdog is its time-out */
        Thread->Object = NULL;
    }
    return TRUE;
}

typedef struct _KT_DPC {
    volatile LONG Busy;
    VOID (*Routine)(PVOID Context);
    PVOID Context;
    volatile LONG *Done;
} KT_DPC;

static KT_DPC KtpDpcs[KT_DPCS];

static void KtpDpc(PVOID Context)
{
    KT_DPC *Dpc = Context;
    volatile LONG *Done = Dpc->Done;

    Dpc->Routine(Dpc->Context);
    KtSwap(&Dpc->Busy, 0, 1);
    KtAdd(Done, 1);
}

BOOLEAN KtQueueDpc(VOID (*Routine)(PVOID Context), PVOID Context, volatile LONG *Done)
{
    ULONG Index;

    for (Index = 0; Index < KT_DPCS; Index++) {
        KT_DPC *Dpc = &KtpDpcs[Index];

        if (KtSwap(&Dpc->Busy, 1, 0) == 0) {
            Dpc->Routine = Routine;
            Dpc->Context = Context;
            Dpc->Done = Done;
            SimQueueDpc(KtpDpc, Dpc);
            return TRUE;
        }
    }
    return FALSE;
}

/* ---- the program ---- */

static VOID KtpEach(VOID (*Routine)(const KT_TEST *Test, PVOID Context), PVOID Context)
{
    const KT_TEST *const *Theme;
    const KT_TEST *Test;

    for (Theme = KtThemes; *Theme != NULL; Theme++) {
        for (Test = *Theme; Test->Name != NULL; Test++) {
            Routine(Test, Context);
        }
    }
}

static VOID KtpList(const KT_TEST *Test, PVOID Context)
{
    (void)Context;
    KtPrint("%s", Test->Name);
}

typedef struct _KT_ONLY {
    const char *Name;
    const KT_TEST *Test;
} KT_ONLY;

static VOID KtpFind(const KT_TEST *Test, PVOID Context)
{
    KT_ONLY *Only = Context;

    if (strcmp(Test->Name, Only->Name) == 0) {
        Only->Test = Test;
    }
}

static BOOLEAN KtpIsWithout(const char *Name)
{
    const size_t Length = strlen(Name);
    const char *At;

    for (At = KtpWithout; (At = strstr(At, Name)) != NULL; At += Length) {
        if ((At == KtpWithout || At[-1] == ',') && (At[Length] == 0 || At[Length] == ',')) {
            return TRUE;
        }
    }
    return FALSE;
}

static VOID KtpRun(const KT_TEST *Test, PVOID Context)
{
    KT_COUNTS *Counts = Context;
    const char *Why = KtpIsWithout(Test->Name) ? "left out by --without" : KtWhySkipped(Test);
    int Status = 0;
    pid_t Child;

    if (Why != NULL) {
        KtPrint("SKIP %s: %s", Test->Name, Why);
        Counts->Skipped++;
        return;
    }
    fflush(NULL);
    Child = fork();
    if (Child == 0) {
        Status = KtRunOne(Test) ? 0 : 1;
        fflush(NULL);
        _exit(Status);
    }
    if (Child < 0 || waitpid(Child, &Status, 0) != Child) {
        perror("kernel suite: fork");
        exit(2);
    }
    if (Status == 0) {
        KtPrint("PASS %s", Test->Name);
        Counts->Passed++;
        return;
    }
    if (WIFSIGNALED(Status)) {
        KtPrint("FAIL %s: %s", Test->Name, strsignal(WTERMSIG(Status)));
    } else {
        KtPrint("FAIL %s", Test->Name);
    }
    Counts->Failed++;
}

static int KtpOnly(const char *Name, KT_COUNTS *Counts)
{
    KT_ONLY Only = {NULL, NULL};
    const char *Why;

    Only.Name = Name;
    KtpEach(KtpFind, &Only);
    if (Only.Test == NULL) {
        fprintf(stderr, "kernel suite: there is no test %s; --list names them\n", Name);
        return 2;
    }
    Why = KtWhySkipped(Only.Test);
    if (Why != NULL) {
        KtPrint("SKIP %s: %s", Name, Why);
        Counts->Skipped++;
    } else if (KtRunOne(Only.Test)) {
        Counts->Passed++;
    } else {
        Counts->Failed++;
    }
    return 0;
}

static int KtpUsage(void)
{
    fprintf(stderr, "usage: suite [--mode parallel|onecpu] [--seed N] [--list] [--only NAME] "
                    "[--without NAME,NAME]\n");
    return 2;
}

int main(int Count, char **Words)
{
    KT_COUNTS Counts = {0, 0, 0};
    const char *Only = NULL;
    int Index, Status = 0;

    for (Index = 1; Index < Count; Index += 2) {
        const char *Word = Words[Index], *Value = Index + 1 < Count ? Words[Index + 1] : "";

        if (strcmp(Word, "--list") == 0) {
            KtpEach(KtpList, NULL);
            return 0;
        }
        if (strcmp(Word, "--mode") == 0 && strcmp(Value, "parallel") == 0) {
            KtpThreading = SIM_PARALLEL;
        } else if (strcmp(Word, "--mode") == 0 && strcmp(Value, "onecpu") == 0) {
            KtpThreading = SIM_ONE_CPU;
        } else if (strcmp(Word, "--seed") == 0 && Value[0] >= '0' && Value[0] <= '9') {
            KtpSeed = (ULONG)strtoul(Value, NULL, 0);
        } else if (strcmp(Word, "--only") == 0 && Value[0] != 0) {
            Only = Value;
        } else if (strcmp(Word, "--without") == 0 && Value[0] != 0) {
            KtpWithout = Value;
        } else {
            return KtpUsage();
        }
    }
    if (Only != NULL) {
        Status = KtpOnly(Only, &Counts);
        if (Status != 0) {
            return Status;
        }
    } else {
        KtpEach(KtpRun, &Counts);
    }
    KtPrintCounts(&Counts);
    return Counts.Failed != 0;
}
