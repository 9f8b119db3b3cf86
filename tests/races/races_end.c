/* races_end.c - EXIT against everything. */
#include "race.h"

static PUCHAR P;

static void FreeP(void)
{
    MEMCHECK_FREE(P);
}

static void Check(void)
{
    MEM_CHECK();
}

static void SetupIntact(void)
{
    P = RaceOwned(40);
}

static void SetupDamaged(void)
{
    P = RaceOwned(40);
    RaceDamage(P + 40);
}

/* ---- exit/free: EXIT's block or the driver's; whoever is later is told ---- */

static const char *JudgeFree(void)
{
    const ULONG Leaks = RaceTook(McKindLeak, NULL);
    const ULONG After = RaceTook(McKindAfterExitFree, NULL);

    RaceTook(McKindWrongOrder, NULL); /* of a check that came too late */
    if (After > Leaks || Leaks > After + (ULONG)McReportCounts()->Lost) {
        RaceFail("%u leaks and %u frees after EXIT, of one block", (unsigned)Leaks,
                 (unsigned)After);
    }
    return Leaks == 0 ? "freed" : "leak";
}

/* ---- exit/allocate ---- */

static void SetupNothing(void)
{
    P = NULL;
}

static void AllocateAndFree(void)
{
    P = RaceOwned(40);
    MEMCHECK_FREE(P);
}

static const char *JudgeAllocate(void)
{
    const ULONG Leaks = RaceTook(McKindLeak, NULL);
    const ULONG After = RaceTook(McKindAfterExitFree, NULL);
    const ULONG Order = RaceTook(McKindWrongOrder, NULL);

    if (Leaks > 1 || After > Leaks || Order > 2) {
        RaceFail("%u leaks, %u frees after EXIT and %u calls out of order, of one block",
                 (unsigned)Leaks, (unsigned)After, (unsigned)Order);
    }
    return Order == 2 ? "both late" : Order == 1 ? "late" : Leaks == 0 ? "freed" : "leak";
}

/* ---- worker/exit: a damaged block, which one of the two finds ---- */

static void SetupDue(void)
{
    SetupDamaged();
    SimAdvanceTime(1500); /* its look is due at its next turn */
}

static const char *JudgeWorker(void)
{
    MC_FINDING Finding;

    if (RaceTook(McKindOverrun, &Finding) != 1 || RaceTook(McKindLeak, NULL) != 1) {
        RaceFail("one overrun and one leak should have been found");
        return NULL;
    }
    return Finding.By == McByWorker ? "worker" : Finding.By == McByExit ? "exit" : "another";
}

#define CALM "patrol=0,stacks=0,repeat=1"

const RACE RacesEnd[] = {
    {"exit_free",
     "EXIT and a free",
     CALM,
     SetupIntact,
     {RaceExit, FreeP},
     JudgeFree,
     "freed,leak",
     1,
     0},
    {"exit_allocate",
     "EXIT, an allocation and its free",
     CALM,
     SetupNothing,
     {RaceExit, AllocateAndFree},
     JudgeAllocate,
     "freed,leak,late,both late",
     1,
     0},
    {"exit_free_check",
     "EXIT, a free and a check",
     CALM,
     SetupIntact,
     {RaceExit, FreeP, Check},
     JudgeFree,
     "freed,leak",
     1,
     0},
    {"worker_exit",
     "EXIT, and the look of MemCheck's own thread",
     CALM ",worker=1",
     SetupDue,
     {RaceExit},
     JudgeWorker,
     "worker,exit",
     2,
     1},
    {NULL, NULL, NULL, NULL, {NULL}, NULL, NULL, 0, 0},
};
