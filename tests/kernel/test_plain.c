/*
 * test_plain.c - blocks of the kit's own names are guarded behind only, because anybody may free
 * them: so their records may be stale at any moment. A stale one must do no harm to whoever owns
 * the memory by then, and nothing may be called sure because of it.
 *
 * Past MemCheck is a name in brackets, "(ExFreePool)(P)": no macro reaches it. So frees a file
 * without MemCheck.
 */
#include "kernel_test.h"
#include "memcheck_replace.h"

/* Call sites that a test counts on: never inlined, so that each is one site. */
#define KT_ONE_SITE __attribute__((noinline))

static KT_ONE_SITE PUCHAR KtpPlain(POOL_TYPE PoolType, SIZE_T Size)
{
    PUCHAR P = ExAllocatePoolWithTag(PoolType, Size, KT_TAG);

    KT_CHECK(P != NULL);
    return P;
}

/* Another site. */
static KT_ONE_SITE PUCHAR KtpPlainToo(POOL_TYPE PoolType, SIZE_T Size)
{
    return ExAllocatePoolWithTag(PoolType, Size, KT_TAG);
}

/* A plain block must be said to be plain, and nothing of it sure. */
static const MC_FINDING *KtpExpectPossible(MC_KIND Kind, PVOID Block)
{
    const MC_FINDING *Finding = KT_EXPECT(Kind);

    KT_CHECK(!Finding->Sure);
    KT_CHECK(Finding->Block.User == (ULONG_PTR)Block && Finding->Block.Front == 0);
    return Finding;
}

/* ---- rule 2: read at its own free only ---- */

static VOID plain_block_is_the_drivers_to_the_last_byte(VOID)
{
    static const SIZE_T Sizes[] = {1, 15, 16, 100, 512, 3000, KT_PAGE - 1, KT_PAGE, 5 * KT_PAGE};
    ULONG Pool, Index;

    for (Pool = 0; Pool < 2; Pool++) {
        for (Index = 0; Index < sizeof(Sizes) / sizeof(Sizes[0]); Index++) {
            PUCHAR P = KtpPlain(KtPools[Pool], Sizes[Index]);

            KT_REQUIRE(P != NULL);
            KtFill(P, Sizes[Index], 0x5A);
            KT_CHECK(MEM_CHECK() == 0);
            KT_CHECK(KtIsFilled(P, Sizes[Index], 0x5A));
            ExFreePoolWithTag(P, KT_TAG);
        }
    }
}

static VOID plain_overrun_is_possible_at_its_own_free(VOID)
{
    ULONG Pool, Line;

    for (Pool = 0; Pool < 2; Pool++) {
        PUCHAR P = KtpPlain(KtPools[Pool], 100);
        const MC_FINDING *Finding;

        KT_REQUIRE(P != NULL);
        KtPoke(P + 100, 0);
        Line = __LINE__ + 1;
        ExFreePoolWithTag(P, KT_TAG);
        Finding = KtpExpectPossible(McKindOverrun, P);
        KT_CHECK(Finding->Reason == McReasonPlain);
        KT_CHECK(Finding->Damage.First == 100 && Finding->Damage.Changed == 1);
        KT_CHECK(Finding->Action == McActionPassed);
        KT_CHECK(Finding->By == McByRoutine && Finding->Routine == McExFreePoolWithTag);
        KT_CHECK(Finding->Found.Site.Line == Line);
    }
}

static VOID plain_is_not_read_by_checks(VOID)
{
    PUCHAR P = KtpPlain(NonPagedPool, 100);
    UCHAR Was;

    KT_REQUIRE(P != NULL);
    Was = KtPoke(P + 100, 0);
    KT_CHECK(MEM_CHECK() == 0);
    MEM_LIST_DISPLAY();
    KT_SILENT();
    KtPoke(P + 100, Was);
    ExFreePoolWithTag(P, KT_TAG);
    KtPoke(P + 50, 0x61); /* nor when freed: it is not filled */
    KtPoke(P + 100, 0);
    KT_CHECK(MEM_CHECK() == 0);
    KtFlush(NonPagedPool);
}

/* ---- rule 4: what is sure comes from addresses ---- */

static VOID plain_second_free_of_a_quarantined_block_is_sure(VOID)
{
    ULONG Pool;

    for (Pool = 0; Pool < 2; Pool++) {
        PUCHAR P = KtpPlain(KtPools[Pool], 100);
        const MC_FINDING *Finding;

        KT_REQUIRE(P != NULL);
        ExFreePoolWithTag(P, KT_TAG);
        ExFreePool(P);
        Finding = KT_EXPECT(McKindDoubleFree);
        KT_CHECK(Finding->Sure && Finding->Action == McActionNotPassed);
        KT_CHECK(Finding->Block.User == (ULONG_PTR)P);
    }
}

/* ---- rule 8: where no pool block can start, no free is right ---- */

static VOID plain_free_inside_misaligned_is_stopped(VOID)
{
    PUCHAR P = KtpPlain(NonPagedPool, 100);
    const MC_FINDING *Finding;

    KT_REQUIRE(P != NULL);
    ExFreePool(P + 3);
    Finding = KT_EXPECT(McKindInteriorFree);
    KT_CHECK(Finding->Sure && Finding->Action == McActionNotPassed);
    ExFreePoolWithTag(P + 101, KT_TAG);
    Finding = KT_EXPECT(McKindRedzoneFree);
    KT_CHECK(Finding->Sure && Finding->Action == McActionNotPassed);
    ExFreePoolWithTag(P, KT_TAG);
}

/* ---- rules 6 and 7: the end ---- */

static VOID plain_leaks_are_possible_one_report_for_each_site(VOID)
{
    PUCHAR P[5];
    volatile ULONG Index; /* volatile: the calls are not unrolled into several paths */
    ULONG Seen = 0;

    for (Index = 0; Index < 5; Index++) {
        P[Index] = Index < 3 ? KtpPlain(NonPagedPool, 10 + Index) : KtpPlainToo(PagedPool, 1000);
        KT_REQUIRE(P[Index] != NULL);
    }
    KtExit();
    KT_CHECK(KtPending(McKindLeakSite) == 0);
    KT_CHECK(KtPending(McKindLeak) == 2);
    for (Index = 0; Index < 2; Index++) {
        const MC_FINDING *Finding = KT_EXPECT(McKindLeak);
        BOOLEAN First = Finding->Block.Size < 1000;

        Seen |= First ? 1 : 2;
        KT_CHECK(!Finding->Sure && Finding->Reason == McReasonPlain);
        KT_CHECK(Finding->Action == McActionLeftAtExit);
        KT_CHECK(Finding->Count == (First ? 3u : 2u));
        KT_CHECK(Finding->Bytes == (First ? 33u : 2000u));
        KT_CHECK(
            KtSame(Finding->Block.Allocated.Site.Function, First ? "KtpPlain" : "KtpPlainToo"));
    }
    KT_CHECK(Seen == 3);
    for (Index = 0; Index < 5; Index++) {
        (ExFreePoolWithTag)(P[Index], KT_TAG); /* on a strict pool: they are still there */
    }
}

static VOID plain_freed_blocks_are_no_leaks(VOID)
{
    ULONG Pool, Index;

    for (Pool = 0; Pool < 2; Pool++) {
        for (Index = 1; Index < 100; Index++) {
            ExFreePoolWithTag(KtpPlain(KtPools[Pool], Index * 10), KT_TAG);
        }
    }
    KtExit();
    KT_SILENT();
}

#ifdef KT_SIM_WORLD

#include "core.h"

/* Take all reports; none may be sure. How many there were. */
static ULONG KtpNothingSure(VOID)
{
    ULONG Kind, Count = 0;

    for (Kind = McKindNone + 1; Kind < McKinds; Kind++) {
        for (; KtPending((MC_KIND)Kind) != 0; Count++) {
            const MC_FINDING *Finding = KT_EXPECT((MC_KIND)Kind);

            KT_CHECK(!Finding->Sure);
            if (Finding->Sure) {
                KtPrint("  %s: reason %u by %u at %p; block %u at %p, %u bytes, state %u",
                        McKindMachineName(Finding->Kind), Finding->Reason, Finding->By,
                        (PVOID)Finding->Address, Finding->Block.Number, (PVOID)Finding->Block.User,
                        (unsigned)Finding->Block.Size, Finding->Block.State);
            }
        }
    }
    return Count;
}

/* Does MemCheck believe that a block is there? */
static BOOLEAN KtpKnown(PVOID P)
{
    MC_RECORD *Record = McIndexFindExact((ULONG_PTR)P);

    if (Record != NULL) {
        McRecordRelease(Record);
    }
    return Record != NULL;
}

/* How often the pool was given this pointer, of the calls it remembers; *Last: the last time. */
static ULONG KtpFreesOf(PVOID P, SIM_REQUEST *Last)
{
    static SIM_REQUEST Requests[SIM_REQUESTS_KEPT];
    ULONG Index, Frees = 0, Count = SimPoolRequests(Requests, SIM_REQUESTS_KEPT);

    for (Index = 0; Index < Count; Index++) {
        if (Requests[Index].Result == P && Requests[Index].Routine >= SIM_FREE) {
            Frees++;
            *Last = Requests[Index];
        }
    }
    return Frees;
}

static VOID KtpCopy(PUCHAR To, const UCHAR *From, SIZE_T Size)
{
    while (Size-- != 0) {
        *To++ = *From++;
    }
}

static BOOLEAN KtpEqual(const UCHAR *A, const UCHAR *B, SIZE_T Size)
{
    while (Size-- != 0) {
        if (*A++ != *B++) {
            return FALSE;
        }
    }
    return TRUE;
}

/* Pages that were somebody's, and are free. */
static PUCHAR KtpPages(POOL_TYPE PoolType, ULONG Pages)
{
    PUCHAR P = SimForeignAllocate(PoolType, Pages * KT_PAGE);

    SimForeignFree(P);
    return P;
}

/* With free room behind it. */
static PUCHAR KtpPlainAlone(POOL_TYPE PoolType, SIZE_T Size)
{
    SimPoolReuse(SIM_REUSE_AT_ONCE);
    SimPlaceNext(KtpPages(PoolType, 1) + 64);
    return KtpPlain(PoolType, Size);
}

/* The pool's own address: whoever frees it past us frees a block. */
static VOID plain_address_is_the_pools(VOID)
{
    static const SIZE_T Sizes[] = {1, 100, 3000, KT_PAGE - 1, KT_PAGE, 20 * KT_PAGE};
    ULONG Pool, Index;

    for (Pool = 0; Pool < 2; Pool++) {
        for (Index = 0; Index < sizeof(Sizes) / sizeof(Sizes[0]); Index++) {
            PUCHAR P = KtpPlain(KtPools[Pool], Sizes[Index]);
            SIM_BLOCK Block;

            KT_REQUIRE(SimPoolFind(P, &Block));
            KT_CHECK(Block.Start == P);
            SimSystemFree(P);
        }
    }
    KtExit();
    KtAllow(McKindLeak); /* possible only: nobody told us. Another test. */
}

/* ---- rule 1 ---- */

/*
 * From hand-out to exit and beyond: every byte of the raw block is as the driver left it, damaged
 * redzone included.
 */
static VOID plain_is_never_written_after_hand_out(VOID)
{
    static const SIZE_T Sizes[] = {1, 100, 512, 3000, KT_PAGE, 3 * KT_PAGE};
    static UCHAR Before[2][6][3 * KT_PAGE + 64];
    PUCHAR P[2][6];
    SIZE_T Raw[2][6];
    ULONG Pool, Index, Step;

    SimPoolReuse(SIM_REUSE_NEVER);
    for (Pool = 0; Pool < 2; Pool++) {
        for (Index = 0; Index < 6; Index++) {
            SIM_BLOCK Block;

            P[Pool][Index] = KtpPlain(KtPools[Pool], Sizes[Index]);
            KT_REQUIRE(SimPoolFind(P[Pool][Index], &Block));
            Raw[Pool][Index] = Block.Size;
            KtFill(P[Pool][Index], Sizes[Index], 0x5A);
            if (Index % 2 != 0) {
                KtPoke(P[Pool][Index] + Sizes[Index], 0);
            }
            KtpCopy(Before[Pool][Index], P[Pool][Index], Block.Size);
        }
    }
    for (Step = 0; Step < 5; Step++) {
        for (Pool = 0; Pool < 2; Pool++) {
            for (Index = 0; Index < 6; Index++) {
                if (Step == 1) {
                    ExFreePoolWithTag(P[Pool][Index], KT_TAG);
                }
                KT_CHECK(KtpEqual(P[Pool][Index], Before[Pool][Index], Raw[Pool][Index]));
            }
        }
        if (Step < 2) {
            MEM_CHECK();
            MEM_LIST_DISPLAY();
        } else if (Step == 2) {
            KtFlush(NonPagedPool);
            KtFlush(PagedPool);
        } else if (Step == 3) {
            KtExit();
        }
    }
    KtAllow(McKindOverrun);
}

/* ---- rule 2, where a page is out of reach ---- */

/*
 * The system freed a block whose rear redzone lies in the next page, and a foreign owner got the
 * pages before it. When that one's block is freed here, the page behind it is gone.
 */
static VOID plain_redzone_in_a_page_that_is_gone_is_not_read(VOID)
{
    PUCHAR P = KtpPlain(NonPagedPool, 2 * KT_PAGE);
    SIM_REQUEST Free;

    KT_REQUIRE(P != NULL);
    SimSystemFree(P);
    SimPlaceNext(P);
    KT_REQUIRE(SimForeignAllocateTag(NonPagedPool, 2 * KT_PAGE, KT_TAG) == P);
    KT_REQUIRE(MmIsAddressValid(P) && !MmIsAddressValid(P + 2 * KT_PAGE));
    ExFreePoolWithTag(P, KT_TAG); /* and what is gone shows that it is not ours */
    KT_CHECK(KtpFreesOf(P, &Free) == 2 && Free.Routine == SIM_FREE_TAG && Free.Tag == KT_TAG);
    KtpNothingSure();
}

/* The whole of it is gone: only who frees it may look, and he does not. */
static VOID plain_block_that_is_gone_is_not_read(VOID)
{
    PUCHAR P = KtpPlain(NonPagedPool, 3 * KT_PAGE), Q = KtpPlain(PagedPool, 3 * KT_PAGE);

    KT_REQUIRE(P != NULL && Q != NULL);
    SimSystemFree(P);
    SimSystemFree(Q);
    KT_REQUIRE(!MmIsAddressValid(P));
    KT_CHECK(MEM_CHECK() == 0);
    MEM_LIST_DISPLAY();
    MEM_VALID_ACCESS(P);
    MEM_HANDED_OVER(Q);
    KtExit();
    KtpNothingSure();
}

static VOID plain_reads_nothing_around_its_raw_block(VOID)
{
    static const SIM_PLACEMENT Placements[] = {SIM_END_AT_GUARD, SIM_START_AT_GUARD};
    static const SIZE_T Sizes[] = {1, 16, 17, 4000, KT_PAGE - 16, KT_PAGE, 2 * KT_PAGE + 5};
    ULONG Place, Pool, Index;

    for (Place = 0; Place < 2; Place++) {
        SimPoolPlacement(Placements[Place]);
        for (Pool = 0; Pool < 2; Pool++) {
            for (Index = 0; Index < sizeof(Sizes) / sizeof(Sizes[0]); Index++) {
                PUCHAR P = KtpPlain(KtPools[Pool], Sizes[Index]);
                PUCHAR F = SimForeignAllocate(KtPools[Pool], Sizes[Index]);

                MEM_CHECK();
                ExFreePoolWithTag(P, KT_TAG);
                ExFreePool(F);
            }
        }
    }
}

/* Behind the first page a paged block may be paged out: only what lies in that page is read. */
static VOID plain_paged_redzone_is_read_in_its_first_page_only(VOID)
{
    PUCHAR P = KtpPlain(PagedPool, KT_PAGE);

    KT_REQUIRE(P != NULL);
    KtPoke(P + KT_PAGE, 0);
    ExFreePoolWithTag(P, KT_TAG);
    KT_SILENT();
    P = KtpPlain(NonPagedPool, KT_PAGE); /* of a nonpaged one it is */
    KT_REQUIRE(P != NULL);
    KtPoke(P + KT_PAGE, 0);
    ExFreePoolWithTag(P, KT_TAG);
    KtpExpectPossible(McKindOverrun, P);
}

static VOID plain_paged_at_dispatch_is_not_touched(VOID)
{
    PUCHAR P = KtpPlain(PagedPool, 100), Q = KtpPlain(PagedPool, 100);
    const MC_FINDING *Finding;
    KIRQL Irql;

    KT_REQUIRE(P != NULL && Q != NULL);
    SimPoolReuse(SIM_REUSE_NEVER);
    KtPoke(Q + 100, 0);
    Irql = KtRaise(DISPATCH_LEVEL);
    MEM_CHECK();
    MEM_LIST_DISPLAY();
    MEM_VALID_ACCESS(P);
    ExFreePoolWithTag(P, KT_TAG);
    ExFreePoolWithTag(Q, KT_TAG);
    KtLower(Irql);
    KT_CHECK(SimPoolFind(P, NULL) && SimPoolFind(Q, NULL));
    Finding = KT_EXPECT(McKindWrongIrql);
    KT_CHECK(!Finding->Sure && Finding->Address == (ULONG_PTR)P);
    KT_CHECK(Finding->Action == McActionDeferred);
    KT_CHECK(!KT_EXPECT(McKindWrongIrql)->Sure);
    KtFlush(PagedPool);
    KT_CHECK(!SimPoolFind(P, NULL) && !SimPoolFind(Q, NULL));
    KtpExpectPossible(McKindOverrun, Q);
}

#ifdef MEMCHECK_INFOPRINT
static VOID plain_checks_say_how_many_were_not_verified(VOID)
{
    PUCHAR P[3], Q = KtAllocate(NonPagedPool, 10);
    ULONG Index;

    for (Index = 0; Index < 3; Index++) {
        P[Index] = KtpPlain(NonPagedPool, 100);
        KT_REQUIRE(P[Index] != NULL);
    }
    SimOutputClear();
    KT_CHECK(MEM_CHECK() == 0);
    KT_CHECK(SimOutputFind("blocks 1, damaged 0, plain, not verified 3") == 1);
    KT_CHECK(SimOutputFind(" blocks=1 damaged=0 plain_not_verified=3\n") == 1);
    SimOutputClear();
    MEM_LIST_DISPLAY();
    KT_CHECK(SimOutputFind("plain, not verified 3") == 1);
    KT_CHECK(SimOutputFind("] live ") == 4); /* listed they are */
    KT_CHECK(SimOutputFind(" kind=live addr=0x") == 4);
    for (Index = 0; Index < 3; Index++) {
        ExFreePool(P[Index]);
    }
    SimOutputClear();
    KT_CHECK(MEM_CHECK() == 0);
    KT_CHECK(SimOutputFind("not verified") == 0);
    MEMCHECK_FREE(Q);
}
#endif

/* ---- rule 3 ---- */

static VOID plain_goes_to_the_pool_as_its_free_said(VOID)
{
    PUCHAR P[3];
    SIM_REQUEST Free;
    ULONG Index;

    SimPoolReuse(SIM_REUSE_NEVER);
    for (Index = 0; Index < 3; Index++) {
        P[Index] = KtpPlain(NonPagedPool, 100);
        KT_REQUIRE(P[Index] != NULL);
    }
    ExFreePool(P[0]);
    ExFreePoolWithTag(P[1], KT_TAG);
    ExFreePoolWithTag(P[2], 0);
    KtFlush(NonPagedPool);
    KT_CHECK(KtpFreesOf(P[0], &Free) == 1 && Free.Routine == SIM_FREE);
    KT_CHECK(KtpFreesOf(P[1], &Free) == 1 && Free.Routine == SIM_FREE_TAG && Free.Tag == KT_TAG);
    KT_CHECK(KtpFreesOf(P[2], &Free) == 1 && Free.Routine == SIM_FREE_TAG && Free.Tag == 0);
}

/* Another's block at an address that was ours: the tag he gave it is the right one. */
static VOID plain_wrong_tag_is_possible_and_passed_as_given(VOID)
{
    PUCHAR P = KtpPlain(NonPagedPool, 100);
    const MC_FINDING *Finding;
    SIM_REQUEST Free;

    KT_REQUIRE(P != NULL);
    SimSystemFree(P);
    SimPlaceNext(P);
    KT_REQUIRE(SimForeignAllocateTag(NonPagedPool, 100, 0x72687445u) == P);
    ExFreePoolWithTag(P, 0x72687445u);
    Finding = KtpExpectPossible(McKindWrongTag, P);
    KT_CHECK(Finding->GivenTag == 0x72687445u && Finding->Action == McActionPassed);
    KT_CHECK(KtpFreesOf(P, &Free) == 2);
    KT_CHECK(Free.Routine == SIM_FREE_TAG && Free.Tag == 0x72687445u);
    KtpNothingSure();
}

/* ---- rules 3, 5 and 8: a record that is stale, and the memory another's ---- */

#define KTP_OTHERS 5

/*
 * Where one block of ours was there are several smaller ones of another owner; the driver has them
 * (device relations that it asked for, say) and frees them, in any order. MemCheck must not touch a
 * byte, and every free must reach the pool as it is, the first one's too.
 */
static VOID KtpOthersWhereOursWas(POOL_TYPE PoolType, ULONG First, BOOLEAN WithTag)
{
    PUCHAR P = KtpPlainAlone(PoolType, 640), Other[KTP_OTHERS];
    static UCHAR Before[KTP_OTHERS][96];
    ULONG Index, Each, At;
    SIM_REQUEST Free;

    KT_REQUIRE(P != NULL);
    SimSystemFree(P);
    for (Index = 0; Index < KTP_OTHERS; Index++) {
        SimPlaceNext(P + Index * 128);
        Other[Index] = SimForeignAllocate(PoolType, 96);
        KtFill(Other[Index], 96, (UCHAR)(0xC0 + Index));
        KtpCopy(Before[Index], Other[Index], 96);
    }
    SimPoolReuse(SIM_REUSE_NEVER); /* so that what was theirs stays to be looked at */
    for (Each = 0; Each < KTP_OTHERS; Each++) {
        At = (First + Each) % KTP_OTHERS;
        if (WithTag) {
            ExFreePoolWithTag(Other[At], 0x6E677246u); /* 'Frgn' */
        } else {
            ExFreePool(Other[At]);
        }
        MEM_CHECK();
        for (Index = 0; Index < KTP_OTHERS; Index++) {
            KT_CHECK(KtpEqual(Other[Index], Before[Index], 96));
        }
    }
    KtFlush(PoolType); /* one may have been taken for ours, and held back */
    for (Index = 0; Index < KTP_OTHERS; Index++) {
        KT_CHECK(KtpFreesOf(Other[Index], &Free) >= 1);
        KT_CHECK(Free.Routine == (WithTag ? SIM_FREE_TAG : SIM_FREE));
        KT_CHECK(Free.Tag == (WithTag ? 0x6E677246u : 0));
    }
    KtpNothingSure();
}

static VOID plain_stale_record_lets_others_blocks_be_freed(VOID)
{
    ULONG Pool, First;

    ExFreePool(KtpPlain(NonPagedPool, 1));
    for (Pool = 0; Pool < 2; Pool++) {
        for (First = 0; First < KTP_OTHERS; First++) {
            KtpOthersWhereOursWas(KtPools[Pool], First, FALSE);
            KtpOthersWhereOursWas(KtPools[Pool], First, TRUE);
        }
    }
}

static VOID plain_free_inside_is_passed_on_as_possible(VOID)
{
    PUCHAR P = KtpPlainAlone(NonPagedPool, 400), F;
    const MC_FINDING *Finding;
    SIM_REQUEST Free;

    KT_REQUIRE(P != NULL);
    SimSystemFree(P);
    SimPlaceNext(P + 64);
    F = SimForeignAllocate(NonPagedPool, 32);
    ExFreePool(F);
    Finding = KtpExpectPossible(McKindInteriorFree, P);
    KT_CHECK(Finding->Action == McActionPassed && Finding->Address == (ULONG_PTR)F);
    KT_CHECK(KtpFreesOf(F, &Free) == 1 && Free.Routine == SIM_FREE);
    SimPlaceNext(P + 400); /* in the redzone */
    F = SimForeignAllocate(NonPagedPool, 8);
    ExFreePool(F);
    Finding = KtpExpectPossible(McKindRedzoneFree, P);
    KT_CHECK(Finding->Action == McActionPassed);
    KT_CHECK(KtpFreesOf(F, &Free) == 1);
    SimPoolReuse(SIM_REUSE_NEVER);
    KtExit();
    KtpExpectPossible(McKindLeak, P);
}

/* ---- rules 4 and 5: the address comes back, or a part of it ---- */

typedef enum _KTP_WAY { KtpByPlain, KtpByOwned, KtpBySession, KtpByForSystem, KtpWays } KTP_WAY;

#define KTP_SESSION ((POOL_TYPE)32)

/* The raw block is where SimPlaceNext said. */
static KT_ONE_SITE PUCHAR KtpAsk(KTP_WAY Way, SIZE_T Size)
{
    switch (Way) {
    case KtpByPlain: return ExAllocatePoolWithTag(NonPagedPool, Size, KT_TAG);
    case KtpByOwned: return MEM_ALLOCATE_WITH_TAG(NonPagedPool, Size, KT_TAG);
    case KtpBySession: return ExAllocatePoolWithTag(KTP_SESSION, Size, KT_TAG);
    default: return MEM_ALLOCATE_FOR_SYSTEM_WITH_TAG(NonPagedPool, Size, KT_TAG);
    }
}

static VOID KtpGive(KTP_WAY Way, PUCHAR P)
{
    if (Way == KtpByOwned) {
        MEMCHECK_FREE_WITH_TAG(P, KT_TAG);
    } else {
        ExFreePoolWithTag(P, KT_TAG);
    }
}

/* What MemCheck itself allocates for a new site is there before an address is ordered. */
static VOID KtpWarmUp(VOID)
{
    ULONG Way;

    for (Way = 0; Way < KtpWays; Way++) {
        KtpGive((KTP_WAY)Way, KtpAsk((KTP_WAY)Way, 48));
    }
    ExFreePoolWithTag(KtpPlain(NonPagedPool, 48), KT_TAG);
}

/* At, from the start of the old block; the first to the last byte of it are 640. */
static const LONG KtpPlaces[] = {0, 64, 512, 640};

static VOID plain_live_address_that_comes_back_is_forgotten(VOID)
{
    ULONG Way, Place;

    SimPoolReuse(SIM_REUSE_AT_ONCE);
    KtpWarmUp();
    for (Way = 0; Way < KtpWays; Way++) {
        for (Place = 0; Place < 4; Place++) {
            PUCHAR P = KtpPlainAlone(NonPagedPool, 640), Q;

            KT_REQUIRE(P != NULL);
            SimSystemFree(P);
            KT_CHECK(KtpKnown(P));
            SimPlaceNext(P + KtpPlaces[Place]);
            Q = KtpAsk((KTP_WAY)Way, 8);
            KT_REQUIRE(Q != NULL);
            KT_CHECK(Q == P + KtpPlaces[Place] || Way == KtpByOwned);
            KT_CHECK(KtpKnown(P) == (Q == P && Way != KtpBySession));
            KT_SILENT();
            KtpGive((KTP_WAY)Way, Q);
            KT_SILENT();
        }
    }
}

/* The driver freed it, and the system too: it is in the quarantine, so who else gave it back? */
static VOID plain_quarantined_address_that_comes_back_was_freed_twice(VOID)
{
    ULONG Way;

    KtpWarmUp();
    for (Way = 0; Way < KtpWays; Way++) {
        PUCHAR P = KtpPlainAlone(NonPagedPool, 640), Q;
        const MC_FINDING *Finding;

        KT_REQUIRE(P != NULL);
        ExFreePoolWithTag(P, KT_TAG);
        SimSystemFree(P);
        SimPlaceNext(P);
        Q = KtpAsk((KTP_WAY)Way, 40);
        KT_REQUIRE(Q != NULL);
        Finding = KT_EXPECT(McKindDoubleFree);
        KT_CHECK(Finding->Sure && Finding->Reason == McReasonCameBack);
        KT_CHECK(Finding->Action == McActionForgotten);
        KT_CHECK(Finding->Block.User == (ULONG_PTR)P && Finding->Block.Size == 640);
        KtFlush(NonPagedPool); /* it would leave now, and free the new block */
        KT_CHECK(SimPoolFind(P, NULL));
        KtpGive((KTP_WAY)Way, Q);
        KT_SILENT();
    }
}

/* Until it leaves, a record whose memory is somebody else's stands in no one's way: a free of what
 * starts where its block did is right, and one inside of it is not even doubtful. */
static VOID plain_quarantined_address_that_came_back_is_free_to_go(VOID)
{
    PUCHAR P, Q, F;

    KtpWarmUp();
    P = KtpPlainAlone(NonPagedPool, 640);
    KT_REQUIRE(P != NULL);
    ExFreePoolWithTag(P, KT_TAG);
    SimSystemFree(P);
    SimPlaceNext(P);
    Q = KtpAsk(KtpBySession, 40);
    KT_REQUIRE(Q == P);
    KT_EXPECT(McKindDoubleFree);
    SimPlaceNext(P + 64);
    F = SimForeignAllocate(NonPagedPool, 32);
    ExFreePool(F);
    KT_SILENT();
    KT_CHECK(!SimPoolFind(P + 64, NULL));
    KtpGive(KtpBySession, Q);
    KT_CHECK(!SimPoolFind(P, NULL));
}

/* And at exit: nothing is released twice. */
static VOID plain_quarantined_address_is_not_released_at_exit(VOID)
{
    PUCHAR P, Q;

    KtpWarmUp();
    P = KtpPlainAlone(NonPagedPool, 640);
    KT_REQUIRE(P != NULL);
    ExFreePoolWithTag(P, KT_TAG);
    SimSystemFree(P);
    SimPlaceNext(P);
    Q = KtpAsk(KtpByForSystem, 40);
    KT_EXPECT(McKindDoubleFree);
    KtExit();
    KT_REQUIRE(Q == P && SimPoolFind(P, NULL));
    SimSystemFree(Q);
}

static VOID plain_quarantined_tail_overlap_is_possible(VOID)
{
    ULONG Place;

    KtpWarmUp();
    for (Place = 1; Place < 4; Place++) {
        PUCHAR P = KtpPlainAlone(NonPagedPool, 640), Q;
        const MC_FINDING *Finding;

        KT_REQUIRE(P != NULL);
        ExFreePoolWithTag(P, KT_TAG);
        SimSystemFree(P);
        SimPlaceNext(P + KtpPlaces[Place]);
        Q = KtpAsk(KtpByPlain, 8);
        KT_REQUIRE(Q == P + KtpPlaces[Place]);
        Finding = KtpExpectPossible(McKindDoubleFree, P);
        KT_CHECK(Finding->Reason == McReasonOverlapped && Finding->Action == McActionForgotten);
        KtFlush(NonPagedPool);
        ExFreePoolWithTag(Q, KT_TAG);
        KT_SILENT();
    }
}

/* One of more than 16 pages where small ones were: they are asked about when they are looked up. */
static VOID plain_large_block_over_small_ones_outranks_them(VOID)
{
    PUCHAR Base, Small[4], Large;
    ULONG Index;

    KtpWarmUp();
    ExFreePoolWithTag(KtpPlain(NonPagedPool, 40 * KT_PAGE), KT_TAG);
    Base = KtpPages(NonPagedPool, 40);
    for (Index = 0; Index < 4; Index++) { /* the first starts where the large one will */
        SimPlaceNext(Base + Index * 4 * KT_PAGE + (Index >= 2 ? 64 : 0));
        Small[Index] = KtpPlain(NonPagedPool, Index >= 2 ? 100 : KT_PAGE);
    }
    for (Index = 0; Index < 4; Index++) {
        SimSystemFree(Small[Index]);
    }
    SimPlaceNext(Base);
    Large = KtpPlain(NonPagedPool, 40 * KT_PAGE - 64);
    KT_REQUIRE(Large == Base);
    KtFill(Large, 40 * KT_PAGE - 64, 0x5A);
    for (Index = 0; Index < 3; Index++) {
        KT_CHECK(MEM_VALID_ACCESS(Small[Index] + 50));
        KT_CHECK(MEM_VALID_ACCESS(Small[Index] + 101));
    }
    MEM_HANDED_OVER(Small[3]);
    KT_CHECK(!KtpKnown(Small[3]));
    KT_SILENT();
    SimExpectMisuse(SIM_MISUSE_FREE_INTERIOR); /* as far as MemCheck knows it may be right */
    ExFreePool(Small[2]);
    KT_CHECK(SimMisuseSeen());
    KtpExpectPossible(McKindInteriorFree, Large); /* and not a free of the small one */
    KT_CHECK(!KtpKnown(Small[2]));
    ExFreePoolWithTag(Large, KT_TAG);
    KT_SILENT();
    KT_CHECK(!SimPoolFind(Large, NULL)); /* larger than the quarantine */
}

/* Nobody looked it up before exit: there the large block over it is still known. */
static VOID plain_small_one_under_a_large_block_is_no_leak(VOID)
{
    PUCHAR Base, Small, Large;

    KtpWarmUp();
    Base = KtpPages(NonPagedPool, 40);
    SimPlaceNext(Base + 4 * KT_PAGE);
    Small = KtpPlain(NonPagedPool, KT_PAGE);
    SimSystemFree(Small);
    SimPlaceNext(Base);
    Large = MEM_ALLOCATE_FOR_SYSTEM_WITH_TAG(NonPagedPool, 40 * KT_PAGE - 64, KT_TAG);
    KT_REQUIRE(Large == Base);
    KtExit();
    KT_SILENT();
    SimSystemFree(Large);
}

static VOID plain_small_block_over_a_large_one_ends_it(VOID)
{
    ULONG Way;

    KtpWarmUp();
    for (Way = 0; Way < KtpWays; Way++) {
        PUCHAR Large = KtpPlain(NonPagedPool, 40 * KT_PAGE), P;

        KT_REQUIRE(Large != NULL);
        SimSystemFree(Large);
        SimPlaceNext(Large + 20 * KT_PAGE + 64);
        P = KtpAsk((KTP_WAY)Way, 100);
        KT_REQUIRE(P != NULL);
        KT_CHECK(!KtpKnown(Large));
        KtpGive((KTP_WAY)Way, P);
        KT_SILENT();
    }
}

/*
 * A block that was freed past us as well leaves the quarantine; what is remembered of it takes
 * memory, and the pool gives the block's own for that. It is MemCheck's then, and not to be
 * released.
 */
static VOID plain_leaving_address_that_comes_back_is_not_released(VOID)
{
    const MC_FINDING *Finding;
    PUCHAR P[2];
    SIM_BLOCK Block;
    ULONG Index;

    SimOptions("quarantine-blocks=1,retired=64,stacks=0");
    KtInit();
    P[0] = KtpPlain(NonPagedPoolCacheAligned, 1000); /* where MemCheck can be given memory */
    P[1] = KtpPlain(NonPagedPool, 100);
    KT_REQUIRE(P[0] != NULL && P[1] != NULL);
    for (Index = 0; Index < 2; Index++) {
        if (Index == 1) {
            SimSystemFree(P[0]);
            SimPlaceNext(P[0]);
        }
        ExFreePoolWithTag(P[Index], KT_TAG);
    }
    KT_CHECK(SimPoolFind(P[0], &Block) && Block.Start == P[0] && Block.Tag != KT_TAG);
    Finding = KT_EXPECT(McKindDoubleFree);
    KT_CHECK(Finding->Sure && Finding->Reason == McReasonCameBack);
    KT_CHECK(Finding->Block.User == (ULONG_PTR)P[0]);
    KtExit();
}

/*
 * What was given back MemCheck itself is given by the pool, for the tables that grow. A late free
 * of it is surely nobody's right, and would take the tables away. So many other blocks were freed
 * in between.
 */
static VOID KtpFreeWhatMemCheckGot(const char *Options, SIZE_T Size, ULONG Between)
{
    static PUCHAR P[600];
    const ULONG Count = Between + 10;
    const MC_FINDING *Finding;
    SIM_BLOCK Block;
    ULONG Index;

    SimOptions(Options);
    KtInit();
    for (Index = 0; Index < Count; Index++) {
        P[Index] = KtpPlain(NonPagedPoolCacheAligned, Index == 0 ? Size : 1000);
        KT_REQUIRE(P[Index] != NULL);
    }
    for (Index = 0; Index < Count; Index++) { /* each pushes the one before it out */
        if (Index == Between + 2) {
            SimPlaceNext(P[0]);
        }
        ExFreePoolWithTag(P[Index], KT_TAG);
    }
    KT_REQUIRE(SimPoolFind(P[0], &Block) && Block.Start == P[0] && Block.Tag == SIM_OWN_TAG);
    ExFreePool(P[0]);
    Finding = KT_EXPECT(McKindLateFree);
    KT_CHECK(Finding->Sure && Finding->Action == McActionNotPassed);
    KT_CHECK(Finding->Block.User == (ULONG_PTR)P[0]);
    KT_CHECK(SimPoolFind(P[0], &Block) && Block.Start == P[0]);
    KtExit();
}

static VOID plain_late_free_of_what_memcheck_got_is_not_passed_on(VOID)
{
    KtpFreeWhatMemCheckGot("quarantine-blocks=1,retired=64,stacks=0", 1000, 0);
}

static VOID plain_late_free_of_what_memcheck_got_long_ago_is_not_passed_on(VOID)
{
    KtpFreeWhatMemCheckGot("quarantine-blocks=1,retired=32768,stacks=0", 65000, 550);
}

/* MemCheck's own memory, too, lies where a block was that it believes in. */
static VOID plain_address_that_memcheck_itself_gets_is_forgotten(VOID)
{
    static PUCHAR P[64], Q[400];
    ULONG Index, Inside = 0;
    SIM_BLOCK Block;

    for (Index = 0; Index < 64; Index++) {
        P[Index] = KtpPlain(NonPagedPool, 2 * KT_PAGE);
        KT_REQUIRE(P[Index] != NULL);
    }
    for (Index = 0; Index < 64; Index++) {
        SimSystemFree(P[Index]);
    }
    for (Index = 0; Index < 400; Index++) { /* records, and rows of the index */
        Q[Index] = MEM_ALLOCATE_WITH_TAG(PagedPool, 1, KT_TAG);
    }
    for (Index = 0; Index < 64; Index++) {
        if (SimPoolFind(P[Index], &Block) || SimPoolFind(P[Index] + KT_PAGE, &Block)) {
            Inside++;
            KT_CHECK(Block.Tag != KT_TAG);
            KT_CHECK(!KtpKnown(P[Index]));
        }
    }
    KT_CHECK(Inside != 0);
    KT_SILENT();
    for (Index = 0; Index < 400; Index++) {
        MEMCHECK_FREE_WITH_TAG(Q[Index], KT_TAG);
    }
    KtExit();
    KtAllow(McKindLeak);
}

/* ---- rules 5, 6 and 7: what is learned, and the end ---- */

/* A site with one block freed elsewhere: its other blocks are the system's too, not leaks. */
static VOID plain_site_learns_from_a_block_freed_elsewhere(VOID)
{
    PUCHAR P = KtpPlain(NonPagedPool, 100), Q, R;

    KT_REQUIRE(P != NULL);
    R = KtpPlain(NonPagedPool, 200);
    SimSystemFree(P);
    SimPlaceNext(P);
    Q = KtpPlain(NonPagedPool, 100);
    KT_REQUIRE(Q == P && R != NULL);
    SimOutputClear();
    KtExit();
    KT_SILENT();
#ifdef MEMCHECK_INFOPRINT
    KT_CHECK(SimOutputFind("freed elsewhere 1, for the system, at exit 2") == 1);
    KT_CHECK(SimOutputFind(" freed_elsewhere=1 for_the_system_at_exit=2") == 1);
    KT_CHECK(SimOutputFind(" kind=freed-elsewhere count=1 alloc=test_plain.c:") == 1);
    KT_CHECK(SimOutputFind("#define MEMCHECK_SYSTEM_SITES") == 1);
    KT_CHECK(SimOutputFind("/* 1 buffer */ \"test_plain.c:") == 1);
#endif
    SimSystemFree(Q);
    SimSystemFree(R);
}

static VOID plain_blocks_are_never_freed_at_exit(VOID)
{
    PUCHAR P = KtpPlain(NonPagedPool, 100), Q = KtpPlain(PagedPool, 5 * KT_PAGE);
    static UCHAR Before[100];

    KT_REQUIRE(P != NULL && Q != NULL);
    KtFill(P, 100, 0x5A);
    KtPoke(P + 100, 0); /* nor are they verified there */
    KtpCopy(Before, P, 100);
    KtExit();
    KT_CHECK(KtpExpectPossible(McKindLeak, P)->Count == 2);
    KT_SILENT();
    KT_CHECK(SimPoolFind(P, NULL) && SimPoolFind(Q, NULL));
    KT_CHECK(KtpEqual(P, Before, 100));
    SimSystemFree(P);
    SimSystemFree(Q);
}

/* ---- threads ---- */

#define KTP_THREADS 4
#define KTP_ROUNDS  400

static volatile LONG KtpGo;

/* Each frees its own blocks, in turn through us and past us; their addresses come back at once,
 * to the others. */
static VOID KtpChurn(PVOID Context)
{
    ULONG Turn = (ULONG)(ULONG_PTR)Context, Round;
    PUCHAR P[4];

    KtWait(&KtpGo, 1);
    for (Round = 0; Round < KTP_ROUNDS; Round++) {
        PUCHAR *Slot = &P[Round % 4];

        if (Round >= 4) {
            switch ((Round * 7 + Turn) % 4) {
            case 0: SimSystemFree(*Slot); break;
            case 1: ExFreePoolWithTag(*Slot, KT_TAG); break;
            case 2: ExFreePool(*Slot); break;
            default:
                MEM_HANDED_OVER(*Slot);
                (ExFreePool)(*Slot);
                break;
            }
        }
        *Slot = KtpPlain(NonPagedPool, 16 + (Round * 37 + Turn) % 700);
        if (*Slot == NULL) {
            return;
        }
        KtFill(*Slot, 16, (UCHAR)Turn);
        if (Round % 64 == 0) {
            MEM_CHECK();
        }
    }
    for (Round = 0; Round < 4; Round++) {
        ExFreePoolWithTag(P[Round], KT_TAG);
    }
}

static VOID KtpRunThreads(VOID (*Routine)(PVOID Context), BOOLEAN ExitMeanwhile)
{
    static KT_THREAD Threads[KTP_THREADS];
    ULONG Index;

    KtpGo = 0;
    for (Index = 0; Index < KTP_THREADS; Index++) {
        KT_CHECK(KtThreadStart(&Threads[Index], Routine, (PVOID)(ULONG_PTR)Index));
    }
    KtAdd(&KtpGo, 1);
    if (ExitMeanwhile) {
        KtSleep(5);
        KtExit();
    }
    for (Index = 0; Index < KTP_THREADS; Index++) {
        KT_CHECK(KtThreadJoin(&Threads[Index]));
    }
}

static VOID plain_threads_free_while_addresses_come_back(VOID)
{
    KtpRunThreads(KtpChurn, FALSE);
    KtpNothingSure();
    KtExit();
    KtpNothingSure();
}

/* Each block reaches the pool once, whoever is faster. */
static VOID plain_threads_free_into_exit(VOID)
{
    KtIgnore(McKindWrongOrder);
    KtpRunThreads(KtpChurn, TRUE);
    KtpNothingSure();
}

#endif

const KT_TEST KtTestsPlain[] = {
    KT_TEST_ROW(plain_block_is_the_drivers_to_the_last_byte, 0),
    KT_TEST_ROW(plain_overrun_is_possible_at_its_own_free, KT_PLAIN),
    KT_TEST_ROW(plain_is_not_read_by_checks, KT_PLAIN | KT_QUARANTINE),
    KT_TEST_ROW(plain_second_free_of_a_quarantined_block_is_sure, KT_PLAIN | KT_QUARANTINE),
    KT_TEST_ROW(plain_free_inside_misaligned_is_stopped, KT_PLAIN),
    KT_TEST_ROW(plain_leaks_are_possible_one_report_for_each_site, KT_PLAIN),
    KT_TEST_ROW(plain_freed_blocks_are_no_leaks, 0),
#ifdef KT_SIM_WORLD
    KT_TEST_ROW(plain_address_is_the_pools, KT_SIM | KT_PLAIN),
    KT_TEST_ROW(plain_is_never_written_after_hand_out, KT_SIM | KT_PLAIN),
    KT_TEST_ROW(plain_redzone_in_a_page_that_is_gone_is_not_read, KT_SIM | KT_PLAIN | KT_UNMAP),
    KT_TEST_ROW(plain_block_that_is_gone_is_not_read, KT_SIM | KT_PLAIN | KT_UNMAP),
    KT_TEST_ROW(plain_reads_nothing_around_its_raw_block, KT_SIM | KT_PLAIN),
    KT_TEST_ROW(plain_paged_redzone_is_read_in_its_first_page_only, KT_SIM | KT_PLAIN),
    KT_TEST_ROW(plain_paged_at_dispatch_is_not_touched, KT_SIM | KT_PLAIN),
#ifdef MEMCHECK_INFOPRINT
    KT_TEST_ROW(plain_checks_say_how_many_were_not_verified, KT_SIM | KT_PLAIN),
#endif
    KT_TEST_ROW(plain_goes_to_the_pool_as_its_free_said, KT_SIM | KT_PLAIN),
    KT_TEST_ROW(plain_wrong_tag_is_possible_and_passed_as_given, KT_SIM | KT_PLAIN),
    KT_TEST_ROW(plain_stale_record_lets_others_blocks_be_freed, KT_SIM | KT_PLAIN),
    KT_TEST_ROW(plain_free_inside_is_passed_on_as_possible, KT_SIM | KT_PLAIN),
    KT_TEST_ROW(plain_live_address_that_comes_back_is_forgotten, KT_SIM | KT_PLAIN),
    KT_TEST_ROW(plain_quarantined_address_that_comes_back_was_freed_twice,
                KT_SIM | KT_PLAIN | KT_QUARANTINE),
    KT_TEST_ROW(plain_quarantined_address_that_came_back_is_free_to_go,
                KT_SIM | KT_PLAIN | KT_QUARANTINE),
    KT_TEST_ROW(plain_quarantined_address_is_not_released_at_exit,
                KT_SIM | KT_PLAIN | KT_QUARANTINE),
    KT_TEST_ROW(plain_quarantined_tail_overlap_is_possible, KT_SIM | KT_PLAIN | KT_QUARANTINE),
    KT_TEST_ROW(plain_large_block_over_small_ones_outranks_them, KT_SIM | KT_PLAIN),
    KT_TEST_ROW(plain_small_one_under_a_large_block_is_no_leak, KT_SIM | KT_PLAIN),
    KT_TEST_ROW(plain_small_block_over_a_large_one_ends_it, KT_SIM | KT_PLAIN),
    KT_TEST_ROW(plain_leaving_address_that_comes_back_is_not_released,
                KT_SIM | KT_PLAIN | KT_QUARANTINE | KT_OWN_INIT),
    KT_TEST_ROW(plain_late_free_of_what_memcheck_got_is_not_passed_on,
                KT_SIM | KT_PLAIN | KT_QUARANTINE | KT_OWN_INIT),
    KT_TEST_ROW(plain_late_free_of_what_memcheck_got_long_ago_is_not_passed_on,
                KT_SIM | KT_PLAIN | KT_QUARANTINE | KT_OWN_INIT),
    KT_TEST_ROW(plain_address_that_memcheck_itself_gets_is_forgotten, KT_SIM | KT_PLAIN),
    KT_TEST_ROW(plain_site_learns_from_a_block_freed_elsewhere, KT_SIM | KT_PLAIN),
    KT_TEST_ROW(plain_blocks_are_never_freed_at_exit, KT_SIM | KT_PLAIN),
    KT_TEST_ROW(plain_threads_free_while_addresses_come_back, KT_SIM | KT_PLAIN),
    KT_TEST_ROW(plain_threads_free_into_exit, KT_SIM | KT_PLAIN),
#endif
    {NULL, NULL, 0}};
