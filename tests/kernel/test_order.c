/*
 * test_order.c - calls before MEM_CHECK_INIT, after MEM_CHECK_EXIT, twice; the after-exit set.
 *
 * Whatever the order, a call does what the bare pool routine would have done, and says so: no block
 * is lost, nothing hangs. "The first such call is reported": further ones may be, too.
 */
#include "kernel_test.h"

static VOID KtpExpectOrder(MC_REASON Reason)
{
    const MC_FINDING *Finding = KT_EXPECT(McKindWrongOrder);

    KT_CHECK(Finding->Reason == Reason);
    KT_CHECK(KtEndsWith(Finding->Found.Site.File, "test_order.c"));
    KtAllow(McKindWrongOrder);
}

/* First of all tests: on NT MemCheck has not been started yet. */
static VOID order_calls_before_init_reach_the_pool(VOID)
{
    PUCHAR P = MEM_ALLOCATE_WITH_TAG(NonPagedPool, 100, KT_TAG);

    KT_REQUIRE(P != NULL);
    KtpExpectOrder(McReasonUninitialised);
    KtFill(P, 100, 0x11);
    KT_CHECK(MEM_CHECK() == 0);
    MEM_LIST_DISPLAY();
    KT_CHECK(!MEM_VALID_ACCESS(P));
    MEMCHECK_FREE_WITH_TAG(P, KT_TAG);
    KT_CHECK(KtAllow(McKindWrongOrder) + KtAllow(McKindBadAccess) < 8);
}

/* A block from before is the pool's own: its free passes, and no record is made up for it. */
static VOID order_block_from_before_init_is_foreign(VOID)
{
    PVOID P = MEM_ALLOCATE_WITH_TAG(PagedPool, 100, KT_TAG);

    KT_REQUIRE(P != NULL);
    KtAllow(McKindWrongOrder);
    KtInit();
    MEMCHECK_FREE_WITH_TAG(P, KT_TAG);
    KT_SILENT();
}

static VOID order_init_twice_is_reported(VOID)
{
    PUCHAR P;

    KtInit();
    P = KtAllocate(NonPagedPool, 40);
    KT_REQUIRE(P != NULL);
    MEM_CHECK_INIT();
    KtpExpectOrder(McReasonTwice);
    KT_CHECK(MEM_VALID_ACCESS(P)); /* and did nothing: the block is still known */
    MEMCHECK_FREE(P);
}

static VOID order_exit_twice_is_reported(VOID)
{
    KtInit();
    KtExit();
    KT_SILENT();
    MEM_CHECK_EXIT();
    KT_EXPECT(McKindWrongOrder);
}

/* On NT an earlier test has had its EXIT, so the reason may be that one. */
static VOID order_exit_without_init_is_reported(VOID)
{
    MC_REASON Reason;

    MEM_CHECK_EXIT();
    Reason = KT_EXPECT(McKindWrongOrder)->Reason;
    KT_CHECK(Reason == McReasonNoInit || Reason == McReasonAfterExit || Reason == McReasonTwice);
}

static VOID order_calls_after_exit_reach_the_pool(VOID)
{
    PUCHAR P;

    KtInit();
    KtExit();
    P = MEM_ALLOCATE(PagedPool, 60);
    KT_REQUIRE(P != NULL);
    KtpExpectOrder(McReasonAfterExit);
    KtFill(P, 60, 0x22);
    KT_CHECK(MEM_CHECK() == 0);
    MEM_LIST_DISPLAY();
    KT_CHECK(!MEM_VALID_ACCESS(P));
    MEMCHECK_FREE(P);
    KtAllow(McKindWrongOrder);
    KtAllow(McKindBadAccess);
}

/* A block that EXIT freed: a late free of it must not reach the pool. */
static VOID order_free_after_exit_is_stopped(VOID)
{
    PVOID P;

    KtInit();
    P = KtAllocate(NonPagedPool, 100);
    KT_REQUIRE(P != NULL);
    KtExit();
    KT_EXPECT(McKindLeak);
    KtAllow(McKindLeakSite);
    KT_SILENT();
    MEMCHECK_FREE_WITH_TAG(P, KT_TAG); /* the strict pool would abort */
    KT_CHECK(KT_EXPECT(McKindAfterExitFree)->Address == (ULONG_PTR)P);
    KtAllow(McKindWrongOrder);
}

#ifdef KT_SIM_WORLD
/* The pool handed the address out again: now it is the new owner's, and its free is right. */
static VOID order_address_handed_out_after_exit_is_forgotten(VOID)
{
    PVOID P, Again;

    KtInit();
    P = KtAllocate(NonPagedPool, 100);
    KT_REQUIRE(P != NULL);
    KtExit();
    KT_EXPECT(McKindLeak);
    KtAllow(McKindLeakSite);
    SimPlaceNext(P);
    Again = MEM_ALLOCATE_WITH_TAG(NonPagedPool, 50, KT_TAG);
    KT_CHECK(Again == P);
    KtAllow(McKindWrongOrder);
    MEMCHECK_FREE_WITH_TAG(Again, KT_TAG); /* is not passed on: SimPoolReset names the block */
    KT_CHECK(KtPending(McKindAfterExitFree) == 0);
    KtAllow(McKindWrongOrder);
}
#endif

static VOID order_init_after_exit_starts_anew(VOID)
{
    PUCHAR P;
    ULONG Round;

    for (Round = 0; Round < 3; Round++) {
        KtInit();
        P = KtAllocate(NonPagedPool, 40);
        KT_REQUIRE(P != NULL);
        KtPoke(P + 40, 0);
        MEMCHECK_FREE(P);
        KT_EXPECT(McKindOverrun);
        KtExit();
        KT_SILENT();
    }
}

/* ---- EXIT with another thread inside ---- */

static KT_THREAD KtpWorker;
static volatile LONG KtpRounds, KtpStop;
static PVOID KtpHeld[16];

static VOID KtpChurn(PVOID Context)
{
    ULONG Index;

    (void)Context;
    while (!KtpStop) {
        for (Index = 0; Index < 16; Index++) {
            KtpHeld[Index] = MEM_ALLOCATE_WITH_TAG(NonPagedPool, 100, KT_TAG);
        }
        KtAdd(&KtpRounds, 1);
        KtSleep(1); /* blocks in use: EXIT comes here, most likely */
        for (Index = 0; Index < 16; Index++) {
            if (KtpHeld[Index] != NULL) {
                MEMCHECK_FREE_WITH_TAG(KtpHeld[Index], KT_TAG);
            }
        }
    }
}

static VOID order_exit_with_blocks_in_use_on_another_thread(VOID)
{
    KtpRounds = KtpStop = 0;
    KtInit();
    KT_REQUIRE(KtThreadStart(&KtpWorker, KtpChurn, NULL));
    KT_CHECK(KtWait(&KtpRounds, 3));
    KT_SILENT();
    KtIgnore(McKindLeak);
    KtIgnore(McKindLeakSite);
    KtIgnore(McKindAfterExitFree);
    KtIgnore(McKindWrongOrder);
    KtExit();
    KtpRounds = 0;
    KT_CHECK(KtWait(&KtpRounds, 3)); /* it goes on, on the bare pool */
    KtpStop = 1;
    KT_CHECK(KtThreadJoin(&KtpWorker));
}

const KT_TEST KtTestsOrder[] = {
    KT_TEST_ROW(order_calls_before_init_reach_the_pool, KT_OWN_INIT),
    KT_TEST_ROW(order_block_from_before_init_is_foreign, KT_OWN_INIT),
    KT_TEST_ROW(order_exit_without_init_is_reported, KT_OWN_INIT),
    KT_TEST_ROW(order_init_twice_is_reported, KT_OWN_INIT),
    KT_TEST_ROW(order_exit_twice_is_reported, KT_OWN_INIT),
    KT_TEST_ROW(order_init_after_exit_starts_anew, KT_OWN_INIT | KT_EXIT_FREES),
    KT_TEST_ROW(order_calls_after_exit_reach_the_pool, KT_OWN_INIT),
    KT_TEST_ROW(order_free_after_exit_is_stopped, KT_OWN_INIT | KT_EXIT_FREES),
#ifdef KT_SIM_WORLD
    KT_TEST_ROW(order_address_handed_out_after_exit_is_forgotten,
                KT_SIM | KT_OWN_INIT | KT_EXIT_FREES),
#endif
    KT_TEST_ROW(order_exit_with_blocks_in_use_on_another_thread, KT_OWN_INIT),
    {NULL, NULL, 0}};
