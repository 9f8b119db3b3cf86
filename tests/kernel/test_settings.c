/*
 * test_settings.c - each setting of memcfg.h, on and off. The suite is built once for each variant
 * (-DMEMCHECK_DOUBLE_FREES_OFF, -DMEMCHECK_REPEAT=1, ...); a test asserts the effect of what this
 * build has.
 */
#include "kernel_test.h"

#ifdef MEMCHECK_ON

static VOID setting_redzone_is_its_width(VOID)
{
    PUCHAR P = KtAllocate(NonPagedPool, 64);
    const MC_FINDING *Finding;

    KT_REQUIRE(P != NULL);
    KtPoke(P + 64 + MEMCHECK_REDZONE - 1, 0); /* its last byte */
    KtPoke(P - MEMCHECK_REDZONE, 0);
    MEMCHECK_FREE(P);
    Finding = KT_EXPECT(McKindOverrun);
    KT_CHECK(Finding->Damage.First == 64 + MEMCHECK_REDZONE - 1);
    KT_CHECK(Finding->Block.Rear >= MEMCHECK_REDZONE);
    KT_CHECK(Finding->Block.Rear < MEMCHECK_REDZONE + KT_ALIGNMENT);
    KT_CHECK(KT_EXPECT(McKindUnderrun)->Damage.First == -MEMCHECK_REDZONE);
}

static VOID setting_fill_is_what_is_filled(VOID)
{
    PUCHAR P = KtAllocate(NonPagedPool, 512);

    KT_REQUIRE(P != NULL);
    KtFill(P, 512, 0x55);
    MEMCHECK_FREE(P);
    KtPoke(P + 100, 0x61); /* held back, so it may be touched */
#if MEMCHECK_FILL == 0
    KT_CHECK(P[99] == 0x55);
    KT_CHECK(MEM_CHECK() == 0);
#elif MEMCHECK_FILL >= 512
    KT_CHECK(P[99] != 0x55);
    KT_CHECK(MEM_CHECK() == 1);
    KT_EXPECT(McKindWriteAfterFree);
#endif
}

#ifdef KT_SIM_WORLD

static VOID setting_on_adds_redzones(VOID)
{
    SIM_BLOCK Raw;
    PVOID P = MEM_ALLOCATE_WITH_TAG(NonPagedPool, 100, KT_TAG);

    KT_REQUIRE(P != NULL && SimPoolFind(P, &Raw));
    KT_CHECK(Raw.Start != P && Raw.Size > 100);
    MEMCHECK_FREE(P);
}

static ULONG KtpEvaluated;

static int KtpEvaluate(void)
{
    KtpEvaluated++;
    return 4711;
}

static VOID setting_infoprint_shows_what_is_printed(VOID)
{
    MEMCHECK_PRINT(("answer %d\n", KtpEvaluate()));
#ifdef MEMCHECK_INFOPRINT
    KT_CHECK(SimOutputFind("answer 4711") == 1 && KtpEvaluated == 1);
    KT_CHECK(SimOutputFind("self-test") >= 1); /* MemCheck's own notices too */
#else
    KT_CHECK(SimOutputFind("answer") == 0 && KtpEvaluated == 0);
    KT_CHECK(SimOutputFind("self-test") == 0);
    (void)KtpEvaluate;
#endif
}

static VOID setting_debugprint_shows_what_is_debugged(VOID)
{
    MEMCHECK_DEBUG(("answer %d\n", KtpEvaluate()));
#ifdef MEMCHECK_DEBUGPRINT
    KT_CHECK(SimOutputFind("answer 4711") == 1 && KtpEvaluated == 1);
#else
    KT_CHECK(SimOutputFind("answer") == 0 && KtpEvaluated == 0);
    (void)KtpEvaluate;
#endif
}

static VOID setting_freeprint_is_a_line_for_each_free(VOID)
{
    PVOID P = KtAllocate(NonPagedPool, 1234), Q = KtAllocate(PagedPool, 1234);

    KT_REQUIRE(P != NULL && Q != NULL);
    SimOutputClear();
    MEMCHECK_FREE(P);
    MEMCHECK_FREE(Q);
#ifdef MEMCHECK_FREEPRINT
    KT_CHECK(SimOutputFind("] freed ") == 2 && SimOutputFind(" 1234 bytes ") == 2);
#else
    KT_CHECK(SimOutputCount() == 0);
#endif
}

static VOID setting_double_frees_holds_blocks_back(VOID)
{
    PVOID P = KtAllocate(NonPagedPool, 100);

    KT_REQUIRE(P != NULL);
    MEMCHECK_FREE(P);
#ifdef MEMCHECK_DOUBLE_FREES
    KT_CHECK(SimPoolFind(P, NULL));
    MEMCHECK_FREE(P);
    KT_EXPECT(McKindDoubleFree);
#else
    KT_CHECK(!SimPoolFind(P, NULL));
    SimExpectMisuse(SIM_MISUSE_FREE_UNKNOWN);
    SimPoolReuse(SIM_REUSE_NEVER);
    KT_CHECK(!MEM_VALID_ACCESS(P));
    KT_EXPECT(McKindBadAccess);
    MEMCHECK_FREE(P); /* remembered, but passed on: it may be another's */
    KT_CHECK(!KT_EXPECT(McKindLateFree)->Sure);
    KT_CHECK(SimMisuseSeen());
#endif
}

static VOID setting_quarantine_bounds_what_is_held(VOID)
{
    SIZE_T Before, After;
    ULONG Index;

    MEMCHECK_FREE(KtAllocate(NonPagedPool, 64));
    SimPoolOutstanding(SIM_DRIVER, &Before);
    for (Index = 0; Index < 3000; Index++) {
        MEMCHECK_FREE(KtAllocate(NonPagedPool, 64));
    }
    SimPoolOutstanding(SIM_DRIVER, &After);
#if MEMCHECK_QUARANTINE_BLOCKS < 64 || (MEMCHECK_QUARANTINE_KB > 0 && MEMCHECK_QUARANTINE_KB < 8)
    /* Next to nothing is held: what has grown is MemCheck's records. */
    KT_CHECK(After - Before < 64 * 1024);
#endif
    KT_CHECK(After - Before < KtQuarantineBytes() + 400 * 1024);
}

static VOID setting_retired_is_how_many_are_remembered(VOID)
{
    static PVOID P[4 * MEMCHECK_RETIRED];
    ULONG Index, Remembered = 0;

    SimPoolReuse(SIM_REUSE_NEVER);
    for (Index = 0; Index < 4 * MEMCHECK_RETIRED; Index++) {
        P[Index] = KtAllocate(NonPagedPool, 8);
        MEMCHECK_FREE(P[Index]);
    }
    KtFlush(NonPagedPool);
    for (Index = 0; Index < 4 * MEMCHECK_RETIRED; Index++) {
        if (!MEM_VALID_ACCESS(P[Index])) {
            Remembered += KT_EXPECT(McKindBadAccess)->Block.State == McStateRetired;
        }
    }
    KT_CHECK(Remembered <= MEMCHECK_RETIRED);
    KT_CHECK(Remembered >= MEMCHECK_RETIRED / 4); /* the flush has its part of the table */
}

static VOID setting_repeat_prints_again(VOID)
{
    ULONG Index;

    for (Index = 0; Index < 3; Index++) {
        PUCHAR P = KtAllocate(NonPagedPool, 100);

        KT_REQUIRE(P != NULL);
        KtPoke(P + 100, 0);
        MEMCHECK_FREE(P); /* the same kind and sites: the same finding, however many blocks */
        KT_EXPECT(McKindOverrun);
    }
#if MEMCHECK_REPEAT
    KT_CHECK(SimOutputFind("kind=overrun") == 3);
#else
    KT_CHECK(SimOutputFind("kind=overrun") == 1);
#endif
}

static VOID KtpDamage(LONG Offset, MC_KIND Kind)
{
    PUCHAR P = KtAllocate(NonPagedPool, 100);

    KT_REQUIRE(P != NULL);
    KtPoke(P + Offset, 0);
    MEMCHECK_FREE(P);
    KT_EXPECT(Kind);
}

/* A breakpoint without a debugger is a bug check: the simulation aborts. Only what is new breaks.
 */
static VOID setting_halt_on_bad_breaks_with_a_debugger_only(VOID)
{
    KtpDamage(100, McKindOverrun);
#ifdef MEMCHECK_HALT_ON_BAD
    KT_CHECK(SimOutputFind("no debugger") >= 1);
#else
    KT_CHECK(SimOutputFind("no debugger") == 0);
#endif
    SimAttachDebugger(TRUE);
    KtpDamage(-1, McKindUnderrun);
#ifdef MEMCHECK_HALT_ON_BAD
    KT_CHECK(SimBreakpoints() >= 1);
#else
    KT_CHECK(SimBreakpoints() == 0);
#endif
}

static VOID setting_free_on_exit_frees_leaks_and_tables(VOID)
{
    PVOID P = KtAllocate(NonPagedPool, 100);

    KT_REQUIRE(P != NULL);
    KtExit();
    KT_EXPECT(McKindLeak);
    KtAllow(McKindLeakSite);
#ifdef MEMCHECK_FREE_ON_EXIT
    KT_CHECK(SimPoolOutstanding(SIM_DRIVER, NULL) == 0);
#else
    KT_CHECK(SimPoolFind(P, NULL));
    MEMCHECK_FREE(P); /* late, but right: it goes to the raw block */
    KT_CHECK(KT_EXPECT(McKindAfterExitFree)->Action == McActionRaw);
    KT_CHECK(!SimPoolFind(P, NULL));
#endif
}

#ifdef MEMCHECK_DRIVER_NAME
static VOID setting_driver_name_stands_in_reports(VOID)
{
    KtpDamage(100, McKindOverrun);
    KT_CHECK(SimOutputFind("memcheck[" MEMCHECK_DRIVER_NAME "]") >= 1);
}
#endif

#endif /* KT_SIM_WORLD */

#else /* MEMCHECK_ON */

/* Nothing of MemCheck is there: the names are the kit's, the checks are constants. */
static VOID setting_off_is_the_bare_pool(VOID)
{
    int Evaluated = 0, Type = 0;
    SIM_BLOCK Raw;
    PVOID P;

    MEM_CHECK_INIT();
    MEM_CHECK_INIT_EX((Evaluated++, NULL));
    MEM_CHECK_OPTIONS();
    P = MEM_ALLOCATE_WITH_TAG((Type++, NonPagedPool), (Evaluated++, 100), KT_TAG);
    KT_REQUIRE(P != NULL && SimPoolFind(P, &Raw));
    KT_CHECK(Raw.Start == P && Raw.Size == 100 && Raw.Tag == KT_TAG);
    KT_CHECK(Evaluated == 1 && Type == 1);
    KT_CHECK(MEM_CHECK() == 0);
    KT_CHECK(MEM_VALID_ACCESS((Evaluated++, P)));
    MEM_LIST_DISPLAY();
    MEMCHECK_PRINT(("%d\n", Evaluated++));
    MEMCHECK_DEBUG(("%d\n", Evaluated++));
    KT_CHECK(Evaluated == 1);
    MEMCHECK_FREE_WITH_TAG((Evaluated++, P), KT_TAG);
    P = MEM_ALLOCATE(PagedPool, 100);
    KT_REQUIRE(P != NULL);
    MEMCHECK_FREE(P);
    MEM_CHECK_EXIT();
    KT_CHECK(Evaluated == 2 && SimOutputCount() == 0);
    KT_CHECK(SimPoolCalls(SIM_ALLOCATE) == 1 && SimPoolCalls(SIM_ALLOCATE_TAG) == 1);
}

#endif

const KT_TEST KtTestsSettings[] = {
#ifndef MEMCHECK_ON
    KT_TEST_ROW(setting_off_is_the_bare_pool, KT_SIM),
#else
    KT_TEST_ROW(setting_redzone_is_its_width, 0),
    KT_TEST_ROW(setting_fill_is_what_is_filled, KT_QUARANTINE),
#ifdef KT_SIM_WORLD
    KT_TEST_ROW(setting_on_adds_redzones, KT_SIM),
    KT_TEST_ROW(setting_infoprint_shows_what_is_printed, KT_SIM),
    KT_TEST_ROW(setting_debugprint_shows_what_is_debugged, KT_SIM),
    KT_TEST_ROW(setting_freeprint_is_a_line_for_each_free, KT_SIM),
    KT_TEST_ROW(setting_double_frees_holds_blocks_back, KT_SIM),
    KT_TEST_ROW(setting_quarantine_bounds_what_is_held, KT_SIM),
    KT_TEST_ROW(setting_retired_is_how_many_are_remembered, KT_SIM),
    KT_TEST_ROW(setting_repeat_prints_again, KT_SIM),
    KT_TEST_ROW(setting_halt_on_bad_breaks_with_a_debugger_only, KT_SIM),
    KT_TEST_ROW(setting_free_on_exit_frees_leaks_and_tables, KT_SIM),
#ifdef MEMCHECK_DRIVER_NAME
    KT_TEST_ROW(setting_driver_name_stands_in_reports, KT_SIM),
#endif
#endif
#endif
    {NULL, NULL, 0}};
