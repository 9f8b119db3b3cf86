/*
 * test_misuse.c - what the pool's contract forbids: said once for each call site, and then exactly
 * what the kit's routine does; only no free reaches the pool at an IRQL at which it must not.
 */
#include "kernel_test.h"

#ifdef KT_SIM_WORLD
#define POOL_FLAG_REQUIRED_END 0x80000000ull /* the simulated kit is as new as can be */
#endif
#include "memcheck_replace.h"

#define KTP_TAG(A, B, C, D) \
    ((ULONG)(UCHAR)(A) | (ULONG)(UCHAR)(B) << 8 | (ULONG)(UCHAR)(C) << 16 | (ULONG)(UCHAR)(D) << 24)

/* ---- tags ---- */

static VOID misuse_bad_tag_is_said_and_monitored(VOID)
{
    static const ULONG Tags[] = {KTP_TAG(1, 'b', 'c', 0), KTP_TAG('a', 'b', 'c', 1),
                                 KTP_TAG('a', 0, 'c', 'd'), KTP_TAG('a', 'b', 127, 'd'),
                                 KTP_TAG('a', 0xC4, 'c', 'd')};
    const MC_FINDING *Finding;
    ULONG Index;
    PUCHAR P;

    for (Index = 0; Index < 5; Index++) {
        P = ExAllocatePoolWithTag(PagedPool, 100, Tags[Index]);
        KT_REQUIRE(P != NULL);
        Finding = KT_EXPECT(McKindBadRequest);
        KT_CHECK(Finding->Reason == McReasonBadTag && Finding->Sure);
        KT_CHECK(Finding->Block.Tag == Tags[Index] && Finding->Block.Size == 100);
        KT_CHECK(MEM_VALID_ACCESS(P));
        KtPoke(P + 100, 0);
        ExFreePoolWithTag(P, Tags[Index]);
        KT_EXPECT(McKindOverrun);
        P = MEM_ALLOCATE_WITH_TAG(PagedPool, 100, Tags[Index]); /* by the other names too */
        KT_REQUIRE(P != NULL);
        KT_CHECK(KT_EXPECT(McKindBadRequest)->By == McByAllocate);
        MEMCHECK_FREE_WITH_TAG(P, Tags[Index]);
    }
}

/* One to four printable characters, with or without the bit that protects. */
static VOID misuse_good_tags_are_fine(VOID)
{
    static const ULONG Tags[] = {KTP_TAG('A', 'b', 0, 0), KTP_TAG('A', 0, 0, 0),
                                 KTP_TAG('F', 'o', 'o', ' '), KTP_TAG('~', ' ', '!', 0x7E)};
    ULONG Index, Bit;
    PUCHAR P;

    for (Index = 0; Index < 4; Index++) {
        for (Bit = 0; Bit < 2; Bit++) {
            ULONG Tag = Tags[Index] | Bit << 31;

            P = ExAllocatePoolWithTag(PagedPool, 100, Tag);
            KT_REQUIRE(P != NULL);
            ExFreePoolWithTag(P, Tag);
        }
    }
}

/* ---- zero bytes ---- */

static VOID misuse_zero_bytes_is_a_guarded_block(VOID)
{
    const MC_FINDING *Finding;
    PUCHAR P = ExAllocatePoolWithTag(NonPagedPool, 0, KT_TAG);

    KT_REQUIRE(P != NULL);
    Finding = KT_EXPECT(McKindBadRequest);
    KT_CHECK(Finding->Reason == McReasonZeroBytes && Finding->Action == McActionGoOn);
    KtPoke(P, 0); /* its first byte is guarded already */
    ExFreePoolWithTag(P, KT_TAG);
    KT_CHECK(KT_EXPECT(McKindOverrun)->Damage.First == 0);
}

#ifdef KT_SIM_WORLD

static VOID misuse_zero_bytes_by_the_other_old_routines(VOID)
{
    PUCHAR P[4];
    ULONG Index;

    P[0] = ExAllocatePool(NonPagedPool, 0);
    P[1] = ExAllocatePoolWithTagPriority(NonPagedPool, 0, KT_TAG, NormalPoolPriority);
    P[2] = ExAllocatePoolWithQuotaTag(PagedPool, 0, KT_TAG);
    P[3] = ExAllocatePoolZero(PagedPool, 0, KT_TAG);
    for (Index = 0; Index < 4; Index++) {
        KT_REQUIRE(P[Index] != NULL);
        KT_CHECK(KT_EXPECT(McKindBadRequest)->Reason == McReasonZeroBytes);
        KtPoke(P[Index], 0);
        ExFreePool(P[Index]);
        KT_CHECK(KT_EXPECT(McKindOverrun)->Damage.First == 0);
    }
}

/* ExAllocatePool2 refuses it, and padding must not turn that into a success. */
static VOID misuse_zero_bytes_by_flags_is_passed_as_it_is(VOID)
{
    const MC_FINDING *Finding;
    SIM_REQUEST Last;

    KT_CHECK(ExAllocatePool2(POOL_FLAG_PAGED, 0, KT_TAG) == NULL);
    KT_CHECK(SimPoolCalls(SIM_ALLOCATE_POOL2) == 1);
    KT_CHECK(SimPoolLast(SIM_ALLOCATE_POOL2, &Last) && Last.Size == 0);
    Finding = KT_EXPECT(McKindBadRequest);
    KT_CHECK(Finding->Reason == McReasonZeroBytes && Finding->Action == McActionPassed);
}

/* ---- requests that the pool does not take: one, exactly the driver's ---- */

static VOID misuse_zero_tag_is_said_and_passed_on(VOID)
{
    const MC_FINDING *Finding;
    SIM_REQUEST Last;

    SimExpectMisuse(SIM_MISUSE_ZERO_TAG); /* a second one would abort */
    KT_CHECK(ExAllocatePoolWithTag(PagedPool, 100, 0) == NULL);
    KT_CHECK(SimMisuseSeen() && SimPoolLast(SIM_ALLOCATE_TAG, &Last) && Last.Size == 100);
    Finding = KT_EXPECT(McKindBadRequest);
    KT_CHECK(Finding->Reason == McReasonZeroTag && Finding->Action == McActionPassed);
    SimExpectMisuse(SIM_MISUSE_ZERO_TAG);
    KT_CHECK(MEM_ALLOCATE_WITH_TAG(NonPagedPool, 100, 0) == NULL && SimMisuseSeen());
    KT_CHECK(KT_EXPECT(McKindBadRequest)->Reason == McReasonZeroTag);
    SimExpectMisuse(SIM_MISUSE_ZERO_TAG);
    KT_CHECK(ExAllocatePoolWithTagPriority(PagedPool, 100, 0, LowPoolPriority) == NULL);
    KT_CHECK(SimMisuseSeen());
    KT_CHECK(KT_EXPECT(McKindBadRequest)->Reason == McReasonZeroTag);
}

static VOID misuse_zero_tag_by_flags_is_said_and_passed_on(VOID)
{
    KT_CHECK(ExAllocatePool2(POOL_FLAG_PAGED, 100, 0) == NULL);
    KT_CHECK(SimPoolCalls(SIM_ALLOCATE_POOL2) == 1);
    KT_CHECK(KT_EXPECT(McKindBadRequest)->Reason == McReasonZeroTag);
}

/* From XP on there is no such pool. */
static VOID misuse_must_succeed_is_said_and_passed_on(VOID)
{
    const MC_FINDING *Finding;
    SIM_REQUEST Last;

    SimExpectMisuse(SIM_MISUSE_MUST_SUCCEED);
    KT_CHECK(ExAllocatePoolWithTag(NonPagedPoolMustSucceed, 100, KT_TAG) == NULL);
    KT_CHECK(SimMisuseSeen() && SimPoolLast(SIM_ALLOCATE_TAG, &Last));
    KT_CHECK(Last.Size == 100 && Last.Type == NonPagedPoolMustSucceed);
    Finding = KT_EXPECT(McKindBadRequest);
    KT_CHECK(Finding->Reason == McReasonMustSucceed && Finding->Action == McActionPassed);
}

static VOID misuse_must_succeed_on_2000_is_fine(VOID)
{
    PVOID P = ExAllocatePoolWithTag(NonPagedPoolCacheAlignedMustS, 100, KT_TAG);

    KT_REQUIRE(P != NULL);
    KT_CHECK((ULONG_PTR)P % 64 == 0);
    ExFreePoolWithTag(P, KT_TAG);
}

/* ---- once for each site, and each reason ---- */

static PVOID KtpOneSite(SIZE_T Size, ULONG Tag)
{
    return ExAllocatePoolWithTag(PagedPool, Size, Tag);
}

static VOID misuse_is_said_once_for_each_site_and_reason(VOID)
{
    ULONG Index, Bad = KTP_TAG(1, 'b', 'c', 0);

    for (Index = 0; Index < 10; Index++) { /* one call: two would be two paths */
        ExFreePool(KtpOneSite(Index % 2 == 0 ? 0 : 100, Index % 2 == 0 ? KT_TAG : Bad));
    }
    KT_CHECK(SimOutputFind("kind=bad-request") == (MEMCHECK_REPEAT ? 10 : 2));
    KT_CHECK(SimOutputFind("reason=zero-bytes") == (MEMCHECK_REPEAT ? 5 : 1));
    ExFreePool(ExAllocatePoolWithTag(PagedPool, 0, KT_TAG)); /* another site */
    KT_CHECK(SimOutputFind("reason=zero-bytes") == (MEMCHECK_REPEAT ? 6 : 2));
    KT_CHECK(KtAllow(McKindBadRequest) == 11);
}

/* ---- paged pool at DISPATCH_LEVEL ---- */

static VOID misuse_paged_allocate_at_dispatch(VOID)
{
    const MC_FINDING *Finding;
    SIM_REQUEST Last;
    KIRQL Old = KtRaise(DISPATCH_LEVEL);
    PVOID P;

    SimExpectMisuse(SIM_MISUSE_PAGED_IRQL);
    P = ExAllocatePoolWithTag(PagedPool, 100, KT_TAG);
    KtLower(Old);
    KT_CHECK(P == NULL && SimMisuseSeen());
    KT_CHECK(SimPoolLast(SIM_ALLOCATE_TAG, &Last) && Last.Size == 100);
    Finding = KT_EXPECT(McKindWrongIrql);
    KT_CHECK(Finding->Reason == McReasonPagedHigh && Finding->Action == McActionPassed);
    KT_CHECK(Finding->By == McByRoutine && Finding->Routine == McExAllocatePoolWithTag);
}

static VOID misuse_paged_free_at_dispatch_waits(VOID)
{
    const MC_FINDING *Finding;
    SIM_REQUEST Last;
    PUCHAR P = ExAllocatePoolWithTag(PagedPool, 100, KT_TAG);
    ULONGLONG Before = SimPoolCalls(SIM_FREE_TAG);
    KIRQL Old;

    KT_REQUIRE(P != NULL);
    KtPoke(P + 100, 0);
    Old = KtRaise(DISPATCH_LEVEL);
    ExFreePoolWithTag(P, KT_TAG);
    KT_CHECK(SimPoolCalls(SIM_FREE_TAG) == Before && SimPoolFind(P, NULL));
    KtLower(Old);
    Finding = KT_EXPECT(McKindWrongIrql);
    KT_CHECK(Finding->Reason == (Finding->Sure ? McReasonPagedHigh : McReasonPlain));
    KT_CHECK(Finding->Action == McActionDeferred);
    KT_CHECK(Finding->Routine == McExFreePoolWithTag && Finding->Address == (ULONG_PTR)P);
    KT_SILENT();
    MEM_CHECK(); /* carries it out, with the free's own site */
    KT_CHECK(KT_EXPECT(McKindOverrun)->Block.User == (ULONG_PTR)P);
    KtExit();
    KT_CHECK(!SimPoolFind(P, NULL));
    KT_CHECK(SimPoolLast(SIM_FREE_TAG, &Last));
}

/* What was paged pool of ours once is another's now, as far as anybody knows paged pool still. */
static VOID misuse_free_of_what_was_paged_waits_at_dispatch(VOID)
{
    PUCHAR P = KtAllocate(PagedPool, 100), Raw;
    SIM_BLOCK Block;
    KIRQL Old;

    KT_REQUIRE(P != NULL && SimPoolFind(P, &Block));
    Raw = KtAllocate(PagedPool, 100); /* so that its place is not one with free memory behind */
    MEMCHECK_FREE(P);
    KtFlush(PagedPool);
    SimPlaceNext(P);
    KT_REQUIRE(SimForeignAllocate(PagedPool, 100) == P);
    Old = KtRaise(DISPATCH_LEVEL);
    ExFreePool(P); /* the pool would abort */
    KT_CHECK(SimPoolFind(P, NULL));
    KtLower(Old);
    MEM_CHECK();
    KT_CHECK(!SimPoolFind(P, NULL));
    KT_CHECK(KT_EXPECT(McKindLateFree)->Action == McActionPassed);
    MEMCHECK_FREE(Raw);
}

/* The simulation faults on a touch of paged memory here. */
static VOID misuse_paged_check_at_dispatch_touches_none(VOID)
{
    PVOID P = ExAllocatePoolWithTag(PagedPool, 100, KT_TAG), Q = KtAllocate(PagedPool, 100);
    KIRQL Old;

    KT_REQUIRE(P != NULL && Q != NULL);
    Old = KtRaise(DISPATCH_LEVEL);
    KT_CHECK(MEM_CHECK() == 0);
    MEM_LIST_DISPLAY();
    KT_CHECK(MEM_VALID_ACCESS(P) && MEM_VALID_ACCESS(Q));
    KtLower(Old);
    ExFreePoolWithTag(P, KT_TAG);
    MEMCHECK_FREE_WITH_TAG(Q, KT_TAG);
}

/* ---- above DISPATCH_LEVEL ---- */

/* Nothing can be said there: it is, as soon as it may, with the site of the call. */
static VOID misuse_calls_above_dispatch_are_said_later(VOID)
{
    static const struct {
        MC_BY By;
        MC_ACTION Action;
    } Wanted[] = {{McByRoutine, McActionPassed},   {McByAllocate, McActionPassed},
                  {McByRoutine, McActionDeferred}, {McByFree, McActionDeferred},
                  {McByCheck, McActionIgnored},    {McByList, McActionIgnored},
                  {McByAccess, McActionIgnored},   {McByHandOver, McActionIgnored}};
    PUCHAR P = ExAllocatePoolWithTag(NonPagedPool, 100, KT_TAG), Q = KtAllocate(NonPagedPool, 100);
    const MC_FINDING *Finding;
    ULONG Index, Line;
    KIRQL Old;

    KT_REQUIRE(P != NULL && Q != NULL);
    Old = KtRaise(DISPATCH_LEVEL + 1);
    SimExpectMisuse(SIM_MISUSE_IRQL);
    Line = __LINE__ + 1;
    KT_CHECK(ExAllocatePoolWithTag(NonPagedPool, 100, KT_TAG) == NULL && SimMisuseSeen());
    SimExpectMisuse(SIM_MISUSE_IRQL);
    KT_CHECK(MEM_ALLOCATE(NonPagedPool, 100) == NULL && SimMisuseSeen());
    ExFreePoolWithTag(P, KT_TAG);
    MEMCHECK_FREE(Q);
    KT_CHECK(MEM_CHECK() == 0);
    MEM_LIST_DISPLAY();
    KT_CHECK(!MEM_VALID_ACCESS(P));
    MEM_HANDED_OVER(P);
    KT_CHECK(KtPending(McKindWrongIrql) == 0);
    KtLower(DISPATCH_LEVEL);
    KT_CHECK(MEM_CHECK() == 0); /* here it may be printed */
    KtLower(Old);
    for (Index = 0; Index < 8; Index++) {
        Finding = KT_EXPECT(McKindWrongIrql);
        KT_CHECK(Finding->Reason == McReasonTooHigh);
        KT_CHECK(Finding->By == Wanted[Index].By && Finding->Action == Wanted[Index].Action);
        KT_CHECK(Finding->Found.Irql == DISPATCH_LEVEL + 1);
        KT_CHECK(Index != 0 || Finding->Found.Site.Line == Line);
    }
    KT_CHECK(!MEM_VALID_ACCESS(P)); /* freed meanwhile */
    KT_EXPECT(McKindBadAccess);
}

/* At the latest by EXIT. */
static VOID misuse_calls_above_dispatch_are_said_by_exit(VOID)
{
    KIRQL Old = KtRaise(DISPATCH_LEVEL + 1);

    MEM_CHECK();
    KtLower(Old);
    KtExit();
    KT_CHECK(KT_EXPECT(McKindWrongIrql)->By == McByCheck);
}

/* Whoever's block it is, and by whichever routine: the strict pool would abort. */
static VOID misuse_no_free_reaches_the_pool_above_its_level(VOID)
{
    UNICODE_STRING String;
    PVOID P[6];
    ULONG Index;
    KIRQL Old;

    for (Index = 0; Index < 6; Index++) {
        P[Index] = SimForeignAllocate(KtPools[Index % 2], 100);
    }
    Old = KtRaise(DISPATCH_LEVEL + 1);
    ExFreePool(P[0]);
    ExFreePoolWithTag(P[1], 0);
    ExFreePool2(P[2], 0, NULL, 0);
    MEMCHECK_FREE(P[3]);
    MEMCHECK_FREE_WITH_TAG(P[4], 0);
    String.Buffer = P[5];
    RtlFreeUnicodeString(&String);
    KT_CHECK(String.Buffer == NULL);
    KtLower(DISPATCH_LEVEL);
    KT_CHECK(MEM_CHECK() == 0);
    for (Index = 0; Index < 6; Index++) {
        KT_CHECK(SimPoolFind(P[Index], NULL)); /* each may be paged, for all that we know */
    }
    KtLower(Old);
    KT_CHECK(MEM_CHECK() == 0);
    for (Index = 0; Index < 6; Index++) {
        KT_CHECK(!SimPoolFind(P[Index], NULL));
    }
    KT_CHECK(KtAllow(McKindWrongIrql) == 6);
}

#endif

const KT_TEST KtTestsMisuse[] = {
    KT_TEST_ROW(misuse_bad_tag_is_said_and_monitored, 0),
    KT_TEST_ROW(misuse_good_tags_are_fine, 0),
    KT_TEST_ROW(misuse_zero_bytes_is_a_guarded_block, 0),
#ifdef KT_SIM_WORLD
    KT_TEST_ROW(misuse_zero_bytes_by_the_other_old_routines, KT_SIM | KT_WINDOWS_VISTA),
    KT_TEST_ROW(misuse_zero_bytes_by_flags_is_passed_as_it_is, KT_SIM | KT_WINDOWS_10),
    KT_TEST_ROW(misuse_zero_tag_is_said_and_passed_on, KT_SIM),
    KT_TEST_ROW(misuse_zero_tag_by_flags_is_said_and_passed_on, KT_SIM | KT_WINDOWS_10),
    KT_TEST_ROW(misuse_must_succeed_is_said_and_passed_on, KT_SIM),
    KT_TEST_ROW(misuse_must_succeed_on_2000_is_fine, KT_SIM | KT_WINDOWS_2000),
    KT_TEST_ROW(misuse_is_said_once_for_each_site_and_reason, KT_SIM),
    KT_TEST_ROW(misuse_paged_allocate_at_dispatch, KT_SIM),
    KT_TEST_ROW(misuse_paged_free_at_dispatch_waits, KT_SIM),
    KT_TEST_ROW(misuse_free_of_what_was_paged_waits_at_dispatch, KT_SIM),
    KT_TEST_ROW(misuse_paged_check_at_dispatch_touches_none, KT_SIM),
    KT_TEST_ROW(misuse_calls_above_dispatch_are_said_later, KT_SIM),
    KT_TEST_ROW(misuse_calls_above_dispatch_are_said_by_exit, KT_SIM),
    KT_TEST_ROW(misuse_no_free_reaches_the_pool_above_its_level, KT_SIM | KT_WINDOWS_10),
#endif
    {NULL, NULL, 0}};
