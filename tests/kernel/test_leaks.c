/*
 * test_leaks.c - what was never freed, at exit: each block with its site, and a summary by site.
 */
#include "kernel_test.h"

/* Built with MEMCHECK_FREE_ON_EXIT_OFF, EXIT leaves a leaked block alone; its late free goes to the
 * raw block. So the tests clean up after themselves either way. */
static VOID KtpAfterExit(PVOID P)
{
#ifndef MEMCHECK_FREE_ON_EXIT
    MEMCHECK_FREE(P);
    KT_EXPECT(McKindAfterExitFree);
#else
    (void)P;
#endif
}

static VOID leak_is_reported_with_its_site(VOID)
{
    const MC_FINDING *Finding;
    ULONG Line = __LINE__ + 1;
    PVOID P = MEM_ALLOCATE_WITH_TAG(PagedPool, 123, KT_TAG);

    KT_REQUIRE(P != NULL);
    KtExit();
    Finding = KT_EXPECT(McKindLeak);
    KT_CHECK(Finding->Sure);
    KT_CHECK(Finding->Block.User == (ULONG_PTR)P && Finding->Block.Size == 123);
    KT_CHECK(Finding->Block.State == McStateLive); /* as EXIT found it, though it is freed now */
    KT_CHECK(Finding->Block.Allocated.Site.Line == Line);
    KT_CHECK(KtEndsWith(Finding->Block.Allocated.Site.File, "test_leaks.c"));
    KT_CHECK(KtPending(McKindLeakSite) == 0); /* that says nothing more of one block */
    KtpAfterExit(P);
}

static VOID leak_sites_are_summed_up(VOID)
{
    PVOID P[8];
    ULONG Index, First = 0, Second = 0, Line, Count[2] = {0, 0};
    SIZE_T Bytes[2] = {0, 0};

    for (Index = 0; Index < 8; Index++) {
        if (Index < 5) {
            First = __LINE__ + 1;
            P[Index] = MEM_ALLOCATE_WITH_TAG(NonPagedPool, 10 + Index, KT_TAG);
        } else {
            Second = __LINE__ + 1;
            P[Index] = MEM_ALLOCATE_WITH_TAG(PagedPool, 1000, KT_TAG);
        }
        KT_REQUIRE(P[Index] != NULL);
    }
    KtExit();
    KT_CHECK(KtPending(McKindLeak) == 0); /* no block of them is told twice */
    KT_CHECK(KtPending(McKindLeakSite) == 2);
    for (Index = 0; Index < 2; Index++) {
        const MC_FINDING *Finding = KT_EXPECT(McKindLeakSite);

        Line = Finding->Block.Allocated.Site.Line;
        KT_REQUIRE(Line == First || Line == Second);
        Count[Line == Second] += Finding->Count;
        Bytes[Line == Second] += Finding->Bytes;
    }
    KT_CHECK(Count[0] == 5 && Bytes[0] == 60);
    KT_CHECK(Count[1] == 3 && Bytes[1] == 3000);
    for (Index = 0; Index < 8; Index++) {
        KtpAfterExit(P[Index]);
    }
}

static VOID leak_freed_blocks_are_none(VOID)
{
    ULONG Pool, Index;

    for (Pool = 0; Pool < 2; Pool++) {
        for (Index = 0; Index < 100; Index++) {
            MEMCHECK_FREE(KtAllocate(KtPools[Pool], Index * 10));
        }
    }
    KtExit();
    KT_SILENT();
}

/* EXIT verifies a leaked block too. */
static VOID leak_damage_is_found_at_exit(VOID)
{
    PUCHAR P = KtAllocate(NonPagedPool, 50);

    KT_REQUIRE(P != NULL);
    KtPoke(P + 50, 0);
    KtExit();
    KT_CHECK(KT_EXPECT(McKindOverrun)->Block.User == (ULONG_PTR)P);
    KT_EXPECT(McKindLeak);
    KtAllow(McKindLeakSite);
    KtpAfterExit(P);
}

#ifdef KT_SIM_WORLD

/*
 * More than the after-exit set holds: the rest stays, and MemCheck's tables with it, so that the
 * late free of each is understood, and its raw block goes back.
 */
static VOID leak_more_than_the_after_exit_set(VOID)
{
    static PVOID P[300];
    ULONG Index;

    for (Index = 0; Index < 300; Index++) {
        P[Index] = KtAllocate(NonPagedPool, 16);
        KT_REQUIRE(P[Index] != NULL);
    }
    KtExit();
    KT_CHECK(KT_EXPECT(McKindLeakSite)->Count == 300);
    for (Index = 0; Index < 300; Index++) {
        MEMCHECK_FREE_WITH_TAG(P[Index], KT_TAG);
        KT_CHECK(KtAllow(McKindAfterExitFree) == 1);
    }
}

#endif

const KT_TEST KtTestsLeaks[] = {
    KT_TEST_ROW(leak_is_reported_with_its_site, 0),
    KT_TEST_ROW(leak_sites_are_summed_up, 0),
    KT_TEST_ROW(leak_freed_blocks_are_none, 0),
    KT_TEST_ROW(leak_damage_is_found_at_exit, 0),
#ifdef KT_SIM_WORLD
    KT_TEST_ROW(leak_more_than_the_after_exit_set, KT_SIM | KT_TABLES_STAY),
#endif
    {NULL, NULL, 0}};
