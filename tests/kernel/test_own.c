/* test_own.c - MemCheck's own memory: the guard bytes around it, and what is said of them. */
#include "kernel_test.h"

#ifdef MEMCHECK_ON
#ifdef KT_SIM_WORLD
#include "core.h"

/* The checker that tests/naive puts in MemCheck's place has no such thing. */
#pragma weak McOptions

static SIM_BLOCK KtpOwn[256];
static ULONG KtpOwnCount;

static void KtpTake(const SIM_BLOCK *Block, PVOID Context)
{
    (void)Context;
    if (Block->Tag == SIM_OWN_TAG && KtpOwnCount < 256) {
        KtpOwn[KtpOwnCount++] = *Block;
    }
}

/* All pieces there are, a few blocks being there as well. */
static VOID KtpFindOwn(VOID)
{
    KtpOwnCount = 0;
    SimPoolEach(KtpTake, NULL);
}

static PUCHAR KtpFirst(const SIM_BLOCK *Block)
{
    return Block->Start;
}

static PUCHAR KtpLast(const SIM_BLOCK *Block)
{
    return (PUCHAR)Block->Start + Block->Size - 1;
}

static BOOLEAN KtpSays(const MC_FINDING *Finding, const UCHAR *Address)
{
    return (BOOLEAN)(Finding->Address == (ULONG_PTR)Address && Finding->Sure &&
                     Finding->Reason == McReasonOwnZone && Finding->Action == McActionRepaired &&
                     Finding->Block.Number == 0 && Finding->Damage.Changed == 1);
}

static VOID own_zone_of_each_piece_is_guarded(VOID)
{
    PUCHAR P = KtAllocate(NonPagedPool, 100);
    UCHAR First, Last;
    ULONG Index;

    KtpFindOwn();
    KT_REQUIRE(P != NULL && KtpOwnCount > 5);
    for (Index = 0; Index < KtpOwnCount; Index++) {
        First = KtPoke(KtpFirst(&KtpOwn[Index]), 0);
        Last = KtPoke(KtpLast(&KtpOwn[Index]), 0);
        KT_CHECK(MEM_CHECK() == 0); /* no block is damaged */
        KT_CHECK(KtpSays(KT_EXPECT(McKindOwnMemory), KtpFirst(&KtpOwn[Index])));
        KT_CHECK(KtpSays(KT_EXPECT(McKindOwnMemory), KtpLast(&KtpOwn[Index])));
        KT_CHECK(*KtpFirst(&KtpOwn[Index]) == First && *KtpLast(&KtpOwn[Index]) == Last);
        KT_SILENT();
    }
    MEMCHECK_FREE_WITH_TAG(P, KT_TAG);
}

static VOID own_zone_damage_is_said_once_and_counted(VOID)
{
    ULONG Times;

    KtpFindOwn();
    for (Times = 0; Times < 3; Times++) {
        KtPoke(KtpFirst(&KtpOwn[0]), 0);
        MEM_CHECK();
    }
    KT_CHECK(KtpSays(KT_EXPECT(McKindOwnMemory), KtpFirst(&KtpOwn[0])));
    KT_SILENT();
    SimOutputClear();
    KtExit();
    KT_CHECK(SimOutputFind("own memory damaged") == (SimOutputFind(" exit: ") != 0));
}

/* Whoever looks at blocks looks at zones. */
static VOID own_zone_damage_is_found_by_list_patrol_and_exit(VOID)
{
    ULONG Index;
    PUCHAR P;

    KtpFindOwn();
    KT_REQUIRE(KtpOwnCount > 1);
    KtPoke(KtpLast(&KtpOwn[0]), 0);
    MEM_LIST_DISPLAY();
    KT_CHECK(KT_EXPECT(McKindOwnMemory)->By == McByList);
    KtPoke(KtpLast(&KtpOwn[1]), 0); /* the first two are there to the end */
    McOptions.Patrol = 1;
    for (Index = 0; KtPending(McKindOwnMemory) == 0 && Index < 20000; Index++) {
        P = KtAllocate(NonPagedPool, 8);
        MEMCHECK_FREE_WITH_TAG(P, KT_TAG);
    }
    KT_CHECK(KT_EXPECT(McKindOwnMemory)->By == McByPatrol);
    McOptions.Patrol = 0;
    KtpFindOwn(); /* tables have grown since, and have given pieces back */
    KtPoke(KtpFirst(&KtpOwn[0]), 0);
    KtExit();
    KT_CHECK(KT_EXPECT(McKindOwnMemory)->By == McByExit);
}

/* From P to a piece that lies right behind its raw block, with no more between them than a pool has
 * for a header and for alignment; 0: none does. */
static SIZE_T KtpToOwn(PUCHAR P)
{
    SIM_BLOCK Raw;
    ULONG Piece;

    for (Piece = 0; Piece < KtpOwnCount && SimPoolFind(P, &Raw); Piece++) {
        if (KtpFirst(&KtpOwn[Piece]) > KtpLast(&Raw) &&
            KtpFirst(&KtpOwn[Piece]) - KtpLast(&Raw) <= 2 * (LONG_PTR)KT_ALIGNMENT) {
            return (SIZE_T)(KtpFirst(&KtpOwn[Piece]) - P);
        }
    }
    return 0;
}

#define KTP_SIZE(Index) (40 + (Index) % 37 * 24)

/* An overrun of a block that goes on: two findings, and the second names the block. */
static VOID own_zone_damage_names_the_block_before(VOID)
{
    static PUCHAR P[300];
    const MC_FINDING *Finding;
    SIZE_T Gap = 0;
    ULONG Index;

    for (Index = 0; Index < 300; Index++) {
        P[Index] = KtAllocate(NonPagedPool, KTP_SIZE(Index));
    }
    KtpFindOwn();
    for (Index = 0; Index < 300 && Gap == 0; Index++) {
        KT_REQUIRE(P[Index] != NULL);
        Gap = KtpToOwn(P[Index]);
    }
    KT_REQUIRE(Gap != 0);
    for (Gap += 8; Gap-- > KTP_SIZE(Index - 1);) {
        P[Index - 1][Gap] = 0;
    }
    KT_CHECK(MEM_CHECK() == 1);
    KT_EXPECT(McKindOverrun);
    Finding = KT_EXPECT(McKindOwnMemory);
    KT_CHECK(Finding->Damage.Changed == 8 && Finding->Damage.Look == McLookZeros);
    KT_CHECK(Finding->Before.User == (ULONG_PTR)P[Index - 1] && Finding->Before.Damaged);
    KT_CHECK(Finding->Culprit == McCulpritBeforeDamaged);
    for (Index = 0; Index < 300; Index++) {
        MEMCHECK_FREE_WITH_TAG(P[Index], KT_TAG);
    }
}

/* Its guard bytes, and what is between them. */
static VOID own_memory_is_not_freed_by_the_driver(VOID)
{
    ULONG Index;
    PUCHAR At;

    KtpFindOwn();
    for (Index = 0; Index < KtpOwnCount; Index++) {
        for (At = KtpFirst(&KtpOwn[Index]); At < KtpLast(&KtpOwn[Index]); At += 64) {
            MEMCHECK_FREE_WITH_TAG(At, SIM_OWN_TAG);
            KT_CHECK(KT_EXPECT(McKindWildFree)->Reason == McReasonOwn);
        }
    }
    KT_SILENT();
}

#endif

const KT_TEST KtTestsOwn[] = {
#ifdef KT_SIM_WORLD
    KT_TEST_ROW(own_zone_of_each_piece_is_guarded, KT_SIM),
    KT_TEST_ROW(own_zone_damage_is_said_once_and_counted, KT_SIM),
    KT_TEST_ROW(own_zone_damage_is_found_by_list_patrol_and_exit, KT_SIM),
    KT_TEST_ROW(own_zone_damage_names_the_block_before, KT_SIM),
    KT_TEST_ROW(own_memory_is_not_freed_by_the_driver, KT_SIM),
#endif
    {NULL, NULL, 0}};

#endif
