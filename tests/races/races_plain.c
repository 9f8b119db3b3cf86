/* races_plain.c - plain blocks, whose address may be another's while they are freed. */
#include "race.h"

static PUCHAR P, Q;

static void FreeP(void)
{
    ExFreePoolWithTag(P, RACE_TAG);
}

/* ---- freed past us, the address comes back while a second free runs ---- */

static void SetupElsewhere(void)
{
    P = RacePlain(40);
    SimSystemFree(P);
}

static void AllocateThere(void)
{
    Q = RacePlain(40);
}

/*
 * The second free is the driver's bug, and what it does to Q without MemCheck it may do with it:
 * then Q is the pool's. What MemCheck does about Q's own record and memory must be right.
 */
static const char *JudgeCameBack(void)
{
    const ULONG Twice = RaceTook(McKindDoubleFree, NULL);

    if (Q != P) {
        RaceFail("the address did not come back: the race proves nothing");
        return NULL;
    }
    if (Twice != 0) {
        if (Twice != 1 || !RaceInPool(Q)) {
            RaceFail("a double free that has harmed whoever has the address");
        }
        ExFreePoolWithTag(Q, RACE_TAG);
        return "claimed";
    }
    if (RaceInPool(Q)) {
        return "freed Q"; /* it is held back: EXIT releases it */
    }
    RaceExit();
    RaceTook(McKindLeak, NULL); /* of Q's record, only possible */
    return "passed";
}

/* ---- two frees: one is sure to be the second ---- */

static const char *JudgeTwoFrees(void)
{
    if (RaceTook(McKindDoubleFree, NULL) != 1 || !RaceInPool(P)) {
        RaceFail("two frees are not one double free");
    }
    return "one";
}

/* ---- handed over, and freed by the driver as well ---- */

static void SetupPlain(void)
{
    P = RacePlain(40);
}

static void HandOver(void)
{
    MEM_HANDED_OVER(P);
}

static const char *JudgeHandOver(void)
{
    if (Mc.Counts.HandedOver == 0) {
        return RaceInPool(P) ? "freed" : "lost";
    }
    return RaceInPool(P) ? "kept" : "passed";
}

#define CALM "patrol=0,stacks=0,repeat=1"

const RACE RacesPlain[] = {
    {"plain_gone_free",
     "an address comes back while a block there is freed",
     CALM,
     SetupElsewhere,
     {FreeP, AllocateThere},
     JudgeCameBack,
     "claimed,freed Q,passed",
     2,
     0},
    {"plain_free_free",
     "two frees of a plain block",
     CALM,
     SetupPlain,
     {FreeP, FreeP},
     JudgeTwoFrees,
     "one",
     2,
     0},
    {"handover_free",
     "a block is handed over while it is freed",
     CALM,
     SetupPlain,
     {HandOver, FreeP},
     JudgeHandOver,
     "freed,passed",
     2,
     0},
    {NULL, NULL, NULL, NULL, {NULL}, NULL, NULL, 0, 0},
};
