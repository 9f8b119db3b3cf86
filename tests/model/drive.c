/*
 * drive.c - one run: sessions from INIT to EXIT, in them steps of one thread, and, between these,
 * of several at a time.
 *
 * What a step does depends on seed, thread, its number and the blocks there are, so that steps can
 * be left out. With one thread, or one CPU, a run repeats exactly; with several in parallel each
 * thread does the same, but not at the same moment.
 */
#include <string.h>

#include "run.h"

#define MD_SETTLING 24 /* steps of one thread between two times of several */

MD_BREAK MdBreaks;

/* ---- one thread ---- */

static MD_OP Ops[MD_THREADS + 1];

BOOLEAN MdSkipped(ULONG Number)
{
    ULONG Index;

    for (Index = 0; Index < MdRun.SkipCount; Index++) {
        if (Number >= MdRun.Skips[Index].From && Number <= MdRun.Skips[Index].To) {
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
    if (MdSkipped(Number)) {
        return;
    }
    if (MdRun.Breaks != MdBreakNothing && Number % 100 == 0) {
        MdRandomStart(0, Number);
        Break(MdRun.Breaks);
    }
    MdRandomStart(0, Number);
    if (Md.Threads > 1) {
        MdSettle(&Ops[0]);
    }
    MdStep(&Ops[0]);
    CheckInside();
    MdAuditNumbers();
    if (Number % 16 == 0) {
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

    if (MdSkipped(First)) {
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
    MdDoCheck(&Ops[0], PASSIVE_LEVEL);
    CheckReported();
    SimOutputClear();
}

/* ---- a run ---- */

static void Start(void)
{
    SIM_OPTIONS Options;

    memset(&Options, 0, sizeof(Options));
    MdRandomStart(0, 0);
    Md.Seed = MdRun.Seed;
    Md.Threads = MdRun.Threads;
    Md.Mode = MdRun.Mode;
    Md.Windows = (SIM_WINDOWS)((const int[]){SIM_WINDOWS_XP, SIM_WINDOWS_2000, SIM_WINDOWS_VISTA,
                                             SIM_WINDOWS_10})[MdRandom(4)];
    Md.Machine = (MM_SYSTEMSIZE)MdRandom(2);
    Md.Lanes = MdRun.Threads > 1 && MdRun.Mode == SIM_PARALLEL ? 4 : 1;
    Options.Threading = MdRun.Mode;
    Options.Windows = Md.Windows;
    Options.SystemSize = Md.Machine;
    Options.Processors = Md.Lanes;
    Options.Seed = (ULONG)MdRun.Seed;
    Options.FreezeClock = MdRun.Threads == 1 || MdRun.Mode == SIM_ONE_CPU;
    Options.PagingEvery = MdRun.Threads == 1 ? 4 : 16;
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
    Last = Last < MdRun.Steps ? Last : MdRun.Steps;
    MdSessionStart(&Ops[0]);
    while (Number < Last) {
        if (MdRun.Threads > 1 && (Number - First) % (MD_SETTLING * 2) == 1) {
            StepTogether(Number, MD_SETTLING);
            Number += MD_SETTLING;
        } else {
            StepAlone(Number++);
        }
    }
    MdRandomStart(0, Number++);
    MdShared->Sessions++;
    MdShared->Loose += Md.Loose;
    MdSessionEnd(&Ops[0]);
    SimOutputClear();
    return Number;
}

void MdRunAll(void)
{
    ULONG Number = 1;

    Start();
    while (Number < MdRun.Steps) {
        Number = Session(Number);
    }
    GiveBackOthers();
    if (!SimPoolReset()) {
        MdFail("blocks are left in the pool");
    }
    SimStop();
}

/* TRUE: it passed. */
