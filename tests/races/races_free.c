/* races_free.c - a free against a check, another free, an eviction, a look-up. */
#include <string.h>
#include "race.h"

static PUCHAR P, Q;
static ULONG Damaged; /* what a check gave */
static BOOLEAN Valid;

static void FreeP(void)
{
    MEMCHECK_FREE(P);
}

static void Check(void)
{
    Damaged = MEM_CHECK();
}

static void List(void)
{
    MEM_LIST_DISPLAY();
}

static void Evict(void)
{
    RaceDrain();
}

/* ---- free/check, free/list: the damage is found once, by one of the two ---- */

static void SetupDamaged(void)
{
    P = RaceOwned(40);
    RaceDamage(P + 40);
}

static const char *JudgeOneOverrun(void)
{
    MC_FINDING Finding;

    if (RaceTook(McKindOverrun, &Finding) != 1 || Finding.Block.User != (ULONG_PTR)P) {
        RaceFail("the overrun was not found just once");
        return NULL;
    }
    switch (Finding.By) {
    case McByFree: return "free";
    case McByCheck:
        if (Damaged != 1) {
            RaceFail("MEM_CHECK found it and gave %u", (unsigned)Damaged);
        }
        return "check";
    case McByList: return "list";
    case McByQuarantine: return "quarantine";
    default: return "another";
    }
}

/* ---- free/free: one of the two is the first ---- */

static void SetupIntact(void)
{
    P = RaceOwned(40);
}

static const char *JudgeTwice(ULONG Times)
{
    MC_FINDING Finding;

    if (RaceTook(McKindDoubleFree, &Finding) != Times) {
        RaceFail("there are not as many double frees as frees too many");
        return NULL;
    }
    if (!Finding.Sure || Finding.Action != McActionNotPassed || !RaceInPool(P)) {
        RaceFail("a double free that is not sure, or was passed on");
    }
    return Finding.Block.State == McStateQuarantined ? "quarantined" : "freeing";
}

static const char *JudgeTwoFrees(void)
{
    return JudgeTwice(1);
}

static const char *JudgeThreeFrees(void)
{
    return JudgeTwice(2);
}

/* ---- evict/check: what was written to a freed block is found once ---- */

static void SetupWritten(void)
{
    P = RaceOwned(40);
    MEMCHECK_FREE(P);
    RaceDamage(P + 8);
}

static const char *JudgeWritten(void)
{
    MC_FINDING Finding;

    if (RaceTook(McKindWriteAfterFree, &Finding) != 1) {
        RaceFail("the write after the free was not found just once");
        return NULL;
    }
    return Finding.By == McByCheck        ? "check"
           : Finding.By == McByQuarantine ? "quarantine"
           : Finding.By == McByExit       ? "exit"
                                          : "another";
}

/* ---- allocate/look-up: a block that is being made is seen whole, or not at all ---- */

static void SetupAddress(void)
{
    P = RaceOwned(40);
    MEMCHECK_FREE(P);
    RaceDrain();
    RaceDrain(); /* of the first one's own block: the address of P is the next of its size */
    memset(P - 16, 0x33, 16 + 40 + 16); /* somebody else's bytes */
}

static void AllocateAgain(void)
{
    Q = RaceOwned(40);
}

static void LookUp(void)
{
    Damaged = MEM_CHECK();
    Valid = MEM_VALID_ACCESS(P + 39);
}

static const char *JudgeLookUp(void)
{
    if (Q != P) {
        RaceFail("the address did not come back: the race proves nothing");
    }
    if (Damaged != 0) {
        RaceFail("a block in the making was verified");
    }
    if (RaceTook(McKindBadAccess, NULL) != (Valid ? 0u : 1u)) {
        RaceFail("MEM_VALID_ACCESS and its report do not agree");
    }
    MEMCHECK_FREE(Q);
    return Valid ? "seen" : "unseen";
}

/* ---- look-up/evict: a record that is another block's by now is not taken for the one it was ----
 */

static void SetupFreed(void)
{
    P = RaceOwned(40);
    MEMCHECK_FREE(P);
}

static void Describe(void)
{
    MEM_DESCRIBE(P);
}

/* What leaves gives its record back, and the next block of this processor takes it. */
static void EvictAndAllocate(void)
{
    RaceDrain();
    Q = RaceOwned(200);
}

static const char *JudgeDescribed(void)
{
    MC_FINDING Finding;

    if (RaceTook(McKindDescribe, &Finding) != 1) {
        RaceFail("MEM_DESCRIBE did not describe");
        return NULL;
    }
    if (Finding.Block.User != (ULONG_PTR)P || Finding.Block.Size != 40) {
        RaceFail("block %u is described, which is another one", (unsigned)Finding.Block.Number);
    }
    MEMCHECK_FREE(Q);
    return Finding.Block.State == McStateQuarantined ? "quarantined"
           : Finding.Block.State == McStateLeaving   ? "leaving"
                                                     : "retired";
}

/* ---- options/free: what is held back when nothing is to be any more ---- */

static void SetupOptions(void)
{
    P = RaceOwned(40);
    Q = RaceOwned(56);
    MEMCHECK_FREE(Q);
    SimOptions("double-frees=0,skip-tags=Zzzz,owned-tags=Zzzz");
}

static void ReadOptions(void)
{
    MEM_CHECK_OPTIONS();
}

static const char *JudgeOptions(void)
{
    if (RaceInPool(Q)) {
        RaceFail("what was held back before the options changed still is");
    }
    return RaceInPool(P) ? "held" : "released";
}

#define CALM "patrol=0,stacks=0,repeat=1"

const RACE RacesFree[] = {
    {"free_check",
     "a free of a damaged block, and a check",
     CALM,
     SetupDamaged,
     {FreeP, Check},
     JudgeOneOverrun,
     "free,check",
     2,
     0},
    {"free_list",
     "the same, and a list",
     CALM,
     SetupDamaged,
     {FreeP, List},
     JudgeOneOverrun,
     "free,list",
     1,
     0},
    {"free_free",
     "two frees of a block",
     CALM,
     SetupIntact,
     {FreeP, FreeP},
     JudgeTwoFrees,
     "freeing,quarantined",
     2,
     0},
    {"free_free_free",
     "three",
     CALM,
     SetupIntact,
     {FreeP, FreeP, FreeP},
     JudgeThreeFrees,
     "freeing,quarantined",
     1,
     0},
    {"evict_check",
     "a quarantine that is emptied, and a check",
     CALM,
     SetupWritten,
     {Evict, Check},
     JudgeWritten,
     "check,quarantine",
     1,
     0},
    {"free_evict_check",
     "a free, a quarantine that is emptied, and a check",
     CALM,
     SetupDamaged,
     {FreeP, Evict, Check},
     JudgeOneOverrun,
     "free,check",
     1,
     0},
    {"allocate_lookup",
     "an allocation, a check and a look-up of its address",
     CALM,
     SetupAddress,
     {AllocateAgain, LookUp},
     JudgeLookUp,
     "seen,unseen",
     2,
     0},
    {"lookup_evict",
     "a description of a freed block, and its record for another block",
     CALM,
     SetupFreed,
     {Describe, EvictAndAllocate},
     JudgeDescribed,
     "quarantined,leaving,retired",
     1,
     0},
    {"options_free",
     "options that end the quarantine, and a free",
     CALM,
     SetupOptions,
     {ReadOptions, FreeP},
     JudgeOptions,
     "held,released",
     1,
     0},
    {NULL, NULL, NULL, NULL, {NULL}, NULL, NULL, 0, 0},
};
