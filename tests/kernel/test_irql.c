/*
 * test_irql.c - what is touched, called and put off at which IRQL.
 *
 * On the simulation paged memory is inaccessible while anybody is raised, and the pool refuses what
 * it must refuse: these tests mostly prove by not aborting.
 */
#include "kernel_test.h"

static VOID irql_check_at_dispatch_skips_paged(VOID)
{
    PUCHAR Paged = KtAllocate(PagedPool, 100), Nonpaged = KtAllocate(NonPagedPool, 100);
    PUCHAR Freed = KtAllocate(PagedPool, 100);
    ULONG Found;
    KIRQL Old;

    KT_REQUIRE(Paged != NULL && Nonpaged != NULL && Freed != NULL);
    KtPoke(Paged + 100, 0);
    KtPoke(Nonpaged + 100, 0);
    MEMCHECK_FREE(Freed);
    KtPoke(Freed, 0);
    Old = KtRaise(DISPATCH_LEVEL);
    Found = MEM_CHECK();
    KtLower(Old);
    KT_CHECK(Found == 1);
    KT_CHECK(KT_EXPECT(McKindOverrun)->Block.User == (ULONG_PTR)Nonpaged);
    KT_SILENT();
#if defined(KT_SIM_WORLD) && defined(MEMCHECK_INFOPRINT)
    KT_CHECK(SimOutputFind("skipped") >= 1); /* and how many, is said */
#endif
    Found = MEM_CHECK();
#if defined(MEMCHECK_DOUBLE_FREES) && MEMCHECK_FILL > 0
    KT_CHECK(Found == 3);
    KT_EXPECT(McKindWriteAfterFree);
#else
    KT_CHECK(Found == 2);
#endif
    KT_CHECK(KT_EXPECT(McKindOverrun)->Block.User == (ULONG_PTR)Paged);
    KtAllow(McKindOverrun);
    MEMCHECK_FREE(Paged);
    MEMCHECK_FREE(Nonpaged);
}

static VOID irql_list_at_dispatch_skips_paged(VOID)
{
    PUCHAR Paged = KtAllocate(PagedPool, 100), Nonpaged = KtAllocate(NonPagedPool, 100);
    KIRQL Old;

    KT_REQUIRE(Paged != NULL && Nonpaged != NULL);
    KtPoke(Paged + 100, 0);
    KtPoke(Nonpaged + 100, 0);
    Old = KtRaise(DISPATCH_LEVEL);
    MEM_LIST_DISPLAY();
    KtLower(Old);
    KT_CHECK(KT_EXPECT(McKindOverrun)->Block.User == (ULONG_PTR)Nonpaged);
    KT_SILENT();
    MEMCHECK_FREE(Paged);
    KT_EXPECT(McKindOverrun);
    MEMCHECK_FREE(Nonpaged);
    KtAllow(McKindOverrun);
}

static VOID irql_nonpaged_is_allocated_and_freed_at_dispatch(VOID)
{
    PUCHAR P[50], Q = KtAllocate(NonPagedPool, 77); /* at PASSIVE_LEVEL */
    ULONG Index;
    KIRQL Old;

    KT_REQUIRE(Q != NULL);
    Old = KtRaise(DISPATCH_LEVEL);
    for (Index = 0; Index < 50; Index++) {
        P[Index] = KtAllocate(NonPagedPool, Index * 90);
        if (P[Index] != NULL) {
            KtFill(P[Index], Index * 90, 0x11);
        }
    }
    MEMCHECK_FREE(Q);
    for (Index = 1; Index < 50; Index++) {
        if (P[Index] != NULL) {
            MEMCHECK_FREE_WITH_TAG(P[Index], KT_TAG);
        }
    }
    KtLower(Old);
    for (Index = 0; Index < 50; Index++) {
        KT_CHECK(P[Index] != NULL);
    }
    KT_REQUIRE(P[0] != NULL);
    MEMCHECK_FREE(P[0]); /* allocated at DISPATCH_LEVEL, freed at PASSIVE_LEVEL */
}

/*
 * A driver on the paging path may not be made to fault: a nonpaged operation verifies and drains
 * nonpaged memory only, even where it could afford to wait for a page.
 */
static VOID irql_nonpaged_operation_touches_no_paged(VOID)
{
    PUCHAR Live = KtAllocate(PagedPool, 100), Freed = KtAllocate(PagedPool, 100);
    KIRQL Old;

    KT_REQUIRE(Live != NULL && Freed != NULL);
    KtPoke(Live + 100, 0);
    MEMCHECK_FREE(Freed);
    KtPoke(Freed, 0);
    Old = KtRaise(DISPATCH_LEVEL);
    KtFlush(NonPagedPool); /* aborts where it touches paged memory */
    KtLower(Old);
    KtFlush(NonPagedPool);
    KT_SILENT(); /* nor has it looked at them below */
#if defined(MEMCHECK_DOUBLE_FREES) && MEMCHECK_FILL > 0
    KT_CHECK(MEM_CHECK() == 2);
    KT_EXPECT(McKindWriteAfterFree);
#else
    KT_CHECK(MEM_CHECK() == 1);
#endif
    KT_EXPECT(McKindOverrun);
    MEMCHECK_FREE(Live);
}

static VOID irql_valid_access_at_dispatch_touches_nothing(VOID)
{
    PUCHAR Paged = KtAllocate(PagedPool, 100);
    BOOLEAN Inside, Outside;
    KIRQL Old;

    KT_REQUIRE(Paged != NULL);
    Old = KtRaise(DISPATCH_LEVEL);
    Inside = MEM_VALID_ACCESS(Paged + 99);
    Outside = MEM_VALID_ACCESS(Paged + 100);
    KtLower(Old);
    KT_CHECK(Inside && !Outside);
    KT_EXPECT(McKindBadAccess);
    MEMCHECK_FREE(Paged);
}

/* A driver bug, said as such; its block is not lost, and verified when it may be. */
static VOID irql_paged_free_at_dispatch_is_deferred(VOID)
{
    PUCHAR P = KtAllocate(PagedPool, 100), Q = KtAllocate(PagedPool, 100);
    const MC_FINDING *Finding;
    KIRQL Old;

    KT_REQUIRE(P != NULL && Q != NULL);
    KtPoke(P + 100, 0);
    Old = KtRaise(DISPATCH_LEVEL);
    MEMCHECK_FREE_WITH_TAG(P, KT_TAG);
    MEMCHECK_FREE(P); /* freed is freed */
    KtLower(Old);
    Finding = KT_EXPECT(McKindWrongIrql);
    KT_CHECK(Finding->Reason == McReasonPagedHigh && Finding->Action == McActionDeferred);
    KT_CHECK(Finding->Address == (ULONG_PTR)P);
    KT_EXPECT(McKindDoubleFree);
    KT_SILENT();
    MEMCHECK_FREE(Q); /* the next operation carries it out */
    KT_CHECK(KT_EXPECT(McKindOverrun)->Block.User == (ULONG_PTR)P);
}

/* The same, with no operation before EXIT: EXIT carries it out. */
static VOID irql_deferred_free_is_carried_out_by_exit(VOID)
{
    PUCHAR P = KtAllocate(PagedPool, 100), Q = KtAllocate(NonPagedPool, 100);
    KIRQL Old;

    KT_REQUIRE(P != NULL && Q != NULL);
    KtPoke(P + 100, 0);
    Old = KtRaise(DISPATCH_LEVEL);
    MEMCHECK_FREE(P);
    KtLower(DISPATCH_LEVEL);
    KtRaise(DISPATCH_LEVEL + 1);
    MEMCHECK_FREE(Q);
    KtLower(Old);
    KtExit();
    KT_CHECK(KtAllow(McKindWrongIrql) == 2);
    KT_EXPECT(McKindOverrun); /* and no leak */
}

static VOID irql_free_above_dispatch_is_deferred(VOID)
{
    PUCHAR P = KtAllocate(NonPagedPool, 100), Q = KtAllocate(NonPagedPool, 100);
    const MC_FINDING *Finding;
    ULONG Line;
    KIRQL Old;

    KT_REQUIRE(P != NULL && Q != NULL);
    KtPoke(P - 1, 0);
    Old = KtRaise(DISPATCH_LEVEL + 1);
    Line = __LINE__ + 1;
    MEMCHECK_FREE(P);
    KtLower(Old);
    MEMCHECK_FREE(Q);
    Finding = KT_EXPECT(McKindWrongIrql);
    KT_CHECK(Finding->Reason == McReasonTooHigh && Finding->Action == McActionDeferred);
    KT_CHECK(Finding->Found.Site.Line == Line && Finding->Found.Irql == DISPATCH_LEVEL + 1);
    Finding = KT_EXPECT(McKindUnderrun);
    KT_CHECK(Finding->Block.User == (ULONG_PTR)P);
    KT_CHECK(!MEM_VALID_ACCESS(P));
    KT_EXPECT(McKindBadAccess);
}

/* More than there are slots: the rest is leaked and counted, never lost from sight. */
static VOID irql_deferred_slots_run_out_gracefully(VOID)
{
    static PUCHAR P[100];
    ULONG Index, Left = 0;
    KIRQL Old;

    for (Index = 0; Index < 100; Index++) {
        P[Index] = KtAllocate(NonPagedPool, 40);
        KT_REQUIRE(P[Index] != NULL);
    }
    Old = KtRaise(DISPATCH_LEVEL + 1);
    for (Index = 0; Index < 100; Index++) {
        MEMCHECK_FREE(P[Index]);
    }
    KtLower(Old);
    KT_CHECK(MEM_CHECK() == 0);
    MEMCHECK_FREE(KtAllocate(NonPagedPool, 1)); /* carries out what waits */
    KtAllow(McKindWrongIrql);
    for (Index = 0; Index < 100; Index++) {
        if (MEM_VALID_ACCESS(P[Index])) {
            Left++;
            MEMCHECK_FREE(P[Index]); /* its free was dropped, so it is live still */
        }
        KtAllow(McKindBadAccess);
    }
    KT_CHECK(Left <= 100 - 64);
}

#ifdef KT_SIM_WORLD

/*
 * A pointer of somebody else's, perhaps paged: what was put off above DISPATCH_LEVEL may reach the
 * pool below it only, not by the next operation whatever its level.
 */
static VOID irql_deferred_foreign_free_waits_for_a_low_level(VOID)
{
    PVOID Foreign = ExAllocatePoolWithTag(PagedPool, 100, KT_TAG);
    PVOID P = KtAllocate(NonPagedPool, 40);
    KIRQL Old;

    KT_REQUIRE(P != NULL && Foreign != NULL);
    Old = KtRaise(DISPATCH_LEVEL + 1);
    MEMCHECK_FREE(Foreign);
    KtLower(DISPATCH_LEVEL);
    MEMCHECK_FREE(P); /* an operation at DISPATCH_LEVEL */
    KT_CHECK(SimPoolFind(Foreign, NULL));
    KtLower(Old);
    MEMCHECK_FREE(KtAllocate(NonPagedPool, 40));
    KT_CHECK(!SimPoolFind(Foreign, NULL));
    KT_CHECK(KtAllow(McKindWrongIrql) >= 1);
}

/* Above DISPATCH_LEVEL no lock is taken: the request is the pool's to judge, exactly as it came. */
static VOID irql_allocate_above_dispatch_is_passed_on(VOID)
{
    SIM_REQUEST Last;
    KIRQL Old;
    PVOID P;

    Old = KtRaise(DISPATCH_LEVEL + 1);
    SimExpectMisuse(SIM_MISUSE_IRQL);
    P = MEM_ALLOCATE_WITH_TAG(NonPagedPool, 100, KT_TAG);
    KtLower(Old);
    KT_CHECK(P == NULL && SimMisuseSeen());
    KT_CHECK(SimPoolLast(SIM_ALLOCATE_TAG, &Last) && Last.Size == 100 && Last.Tag == KT_TAG);
    MEM_CHECK(); /* where it may be printed, it is said */
    KT_CHECK(KT_EXPECT(McKindWrongIrql)->Reason == McReasonTooHigh);
}

static VOID irql_paged_allocate_at_dispatch_is_reported_and_passed_on(VOID)
{
    SIM_REQUEST Last;
    KIRQL Old;
    PVOID P;

    Old = KtRaise(DISPATCH_LEVEL);
    SimExpectMisuse(SIM_MISUSE_PAGED_IRQL);
    P = MEM_ALLOCATE_WITH_TAG(PagedPool, 100, KT_TAG);
    KtLower(Old);
    KT_CHECK(P == NULL && SimMisuseSeen());
    KT_CHECK(SimPoolLast(SIM_ALLOCATE_TAG, &Last) && Last.Size == 100);
    KT_CHECK(KT_EXPECT(McKindWrongIrql)->Reason == McReasonPagedHigh);
}

/* Not even the drain for want of memory touches or frees paged blocks at DISPATCH_LEVEL. */
static VOID irql_drain_at_dispatch_leaves_paged(VOID)
{
    PVOID Paged = KtAllocate(PagedPool, 100), P;
    KIRQL Old;

    KT_REQUIRE(Paged != NULL);
    MEMCHECK_FREE(Paged);
    Old = KtRaise(DISPATCH_LEVEL);
    SimFailNth(1);
    P = MEM_ALLOCATE_WITH_TAG(NonPagedPool, 100, KT_TAG);
    KtLower(Old);
    KT_REQUIRE(P != NULL);
    MEMCHECK_FREE(P);
}

#endif

const KT_TEST KtTestsIrql[] = {
    KT_TEST_ROW(irql_check_at_dispatch_skips_paged, KT_IRQL),
    KT_TEST_ROW(irql_list_at_dispatch_skips_paged, KT_IRQL),
    KT_TEST_ROW(irql_nonpaged_is_allocated_and_freed_at_dispatch, KT_IRQL),
    KT_TEST_ROW(irql_nonpaged_operation_touches_no_paged, KT_IRQL),
    KT_TEST_ROW(irql_valid_access_at_dispatch_touches_nothing, KT_IRQL),
    KT_TEST_ROW(irql_paged_free_at_dispatch_is_deferred, KT_IRQL),
    KT_TEST_ROW(irql_deferred_free_is_carried_out_by_exit, KT_IRQL),
    KT_TEST_ROW(irql_free_above_dispatch_is_deferred, KT_IRQL),
    KT_TEST_ROW(irql_deferred_slots_run_out_gracefully, KT_IRQL),
#ifdef KT_SIM_WORLD
    KT_TEST_ROW(irql_deferred_foreign_free_waits_for_a_low_level, KT_SIM),
    KT_TEST_ROW(irql_allocate_above_dispatch_is_passed_on, KT_SIM),
    KT_TEST_ROW(irql_paged_allocate_at_dispatch_is_reported_and_passed_on, KT_SIM),
    KT_TEST_ROW(irql_drain_at_dispatch_leaves_paged, KT_SIM),
#endif
    {NULL, NULL, 0}};
