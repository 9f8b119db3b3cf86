/*
 * test_allocate.c - the pool's contract, as the driver sees it, and what reaches the pool.
 */
#include "kernel_test.h"

#define KtpPage(P) ((ULONG_PTR)(P) / KT_PAGE)

/* All that the kit promises of a block of this size. */
static BOOLEAN KtpKeepsContract(PUCHAR P, SIZE_T Size)
{
    if (P == NULL || (ULONG_PTR)P % KT_ALIGNMENT != 0) {
        return FALSE;
    }
    if (Size >= KT_PAGE) {
        return (ULONG_PTR)P % KT_PAGE == 0 || Size == KT_PAGE;
    }
    return Size == 0 || KtpPage(P) == KtpPage(P + Size - 1);
}

static VOID contract_blocks_are_aligned(VOID)
{
    PUCHAR P[64];
    ULONG Pool, Index;

    for (Pool = 0; Pool < 2; Pool++) {
        for (Index = 0; Index < 64; Index++) {
            P[Index] = KtAllocate(KtPools[Pool], Index * 5);
            KT_CHECK((ULONG_PTR)P[Index] % KT_ALIGNMENT == 0);
        }
        for (Index = 0; Index < 64; Index++) {
            MEMCHECK_FREE(P[Index]);
        }
    }
}

static VOID contract_a_page_or_more_is_page_aligned(VOID)
{
    static const SIZE_T Sizes[] = {KT_PAGE, KT_PAGE + 1, 2 * KT_PAGE, 3 * KT_PAGE + 100,
                                   20 * KT_PAGE};
    ULONG Pool, Index;

    for (Pool = 0; Pool < 2; Pool++) {
        for (Index = 0; Index < sizeof(Sizes) / sizeof(Sizes[0]); Index++) {
            PUCHAR P = KtAllocate(KtPools[Pool], Sizes[Index]);

            KT_REQUIRE(P != NULL);
            KT_CHECK((ULONG_PTR)P % KT_PAGE == 0);
            KtFill(P, Sizes[Index], 0xFF);
            MEMCHECK_FREE(P);
        }
    }
}

static VOID contract_less_than_a_page_crosses_none(VOID)
{
    SIZE_T Size;
    ULONG Index;
    PUCHAR P[8];

    for (Size = 1; Size < KT_PAGE; Size += Size < 3900 ? 89 : 7) {
        for (Index = 0; Index < 8; Index++) {
            P[Index] = KtAllocate(NonPagedPool, Size);
            KT_REQUIRE(P[Index] != NULL);
            KT_CHECK(KtpPage(P[Index]) == KtpPage(P[Index] + Size - 1));
        }
        for (Index = 0; Index < 8; Index++) {
            MEMCHECK_FREE(P[Index]);
        }
    }
}

/* Each size has its own layout; all its bytes are the driver's, and none of them is guarded. */
static VOID contract_holds_for_every_size_to_three_pages(VOID)
{
    SIZE_T Size;
    ULONG Pool;

    for (Pool = 0; Pool < 2; Pool++) {
        for (Size = 0; Size <= 3 * KT_PAGE; Size++) {
            PUCHAR P = KtAllocate(KtPools[Pool], Size);

            KT_REQUIRE(P != NULL);
            KT_CHECK(KtpKeepsContract(P, Size));
            KtFill(P, Size, (UCHAR)Size);
            MEMCHECK_FREE(P);
        }
    }
}

static VOID contract_zero_bytes_is_a_block(VOID)
{
    PUCHAR P = KtAllocate(NonPagedPool, 0), Q = KtAllocate(NonPagedPool, 0);
    UCHAR Was;

    KT_REQUIRE(P != NULL && Q != NULL);
    KT_CHECK(P != Q);
    Was = KtPoke(P, 0); /* its first byte is guarded already */
    KT_CHECK(MEM_CHECK() == 1);
    KT_CHECK(KT_EXPECT(McKindOverrun)->Damage.First == 0);
    *P = Was;
    MEMCHECK_FREE(P);
    MEMCHECK_FREE(Q);
}

/* The sizes whose redzones do not fit into SIZE_T, and those that no machine has. */
static VOID contract_sizes_near_the_end_fail(VOID)
{
    static const SIZE_T Less[] = {0,           1,          15,  16,          31,      32,
                                  47,          63,         100, KT_PAGE - 1, KT_PAGE, KT_PAGE + 33,
                                  2 * KT_PAGE, 3 * KT_PAGE};
    ULONG Index;

    for (Index = 0; Index < sizeof(Less) / sizeof(Less[0]); Index++) {
        KT_CHECK(MEM_ALLOCATE_WITH_TAG(NonPagedPool, (SIZE_T)-1 - Less[Index], KT_TAG) == NULL);
        KT_CHECK(MEM_ALLOCATE(PagedPool, (SIZE_T)-1 - Less[Index]) == NULL);
    }
    KT_CHECK(MEM_ALLOCATE_WITH_TAG(PagedPool, (SIZE_T)-1 / 2, KT_TAG) == NULL);
}

#ifdef KT_SIM_WORLD

static VOID contract_tag_and_type_reach_the_pool(VOID)
{
    static const ULONG Types[] = {NonPagedPool,
                                  PagedPool,
                                  NonPagedPoolCacheAligned,
                                  PagedPoolCacheAligned,
                                  NonPagedPoolNx,
                                  NonPagedPoolNxCacheAligned,
                                  PagedPool | POOL_COLD_ALLOCATION,
                                  NonPagedPool | POOL_QUOTA_FAIL_INSTEAD_OF_RAISE};
    static const ULONG Tags[] = {KT_TAG, 0x656E6F4Du | PROTECTED_POOL};
    SIM_BLOCK Raw;
    ULONG Type, Tag;
    PUCHAR P;

    for (Type = 0; Type < sizeof(Types) / sizeof(Types[0]); Type++) {
        for (Tag = 0; Tag < 2; Tag++) {
            P = MEM_ALLOCATE_WITH_TAG((POOL_TYPE)Types[Type], 100, Tags[Tag]);
            KT_REQUIRE(P != NULL);
            KT_REQUIRE(SimPoolFind(P, &Raw));
            KT_CHECK(Raw.Type == Types[Type]);
            KT_CHECK(Raw.Tag == Tags[Tag]);
            MEMCHECK_FREE_WITH_TAG(P, Tags[Tag]);
        }
    }
}

static VOID contract_untagged_reaches_the_pool_untagged(VOID)
{
    SIM_BLOCK Raw;
    PVOID P = MEM_ALLOCATE(NonPagedPool, 100);

    KT_REQUIRE(P != NULL && SimPoolFind(P, &Raw));
    KT_CHECK(Raw.Tag == 0x656E6F4Eu); /* 'None', what ExAllocatePool uses */
    MEMCHECK_FREE(P);
}

static VOID contract_cache_aligned_stays_so(VOID)
{
    static const POOL_TYPE Types[] = {NonPagedPoolCacheAligned, PagedPoolCacheAligned,
                                      NonPagedPoolNxCacheAligned};
    SIZE_T Size;
    ULONG Type;
    PVOID P;

    for (Type = 0; Type < 3; Type++) {
        for (Size = 1; Size < 2 * KT_PAGE; Size += 37) {
            P = KtAllocate(Types[Type], Size);
            KT_CHECK((ULONG_PTR)P % 64 == 0);
            MEMCHECK_FREE(P);
        }
    }
}

/* Redzones and slack are bytes that MemCheck asked for, never the pool's own rounding. */
static VOID layout_slack_is_requested(VOID)
{
    SIZE_T Size;
    SIM_BLOCK Raw;
    PUCHAR P;

    for (Size = 0; Size <= KT_PAGE + 64; Size += Size < 100 ? 1 : 13) {
        P = KtAllocate(NonPagedPool, Size);
        KT_REQUIRE(P != NULL && SimPoolFind(P, &Raw));
        KT_CHECK((PUCHAR)Raw.Start + MEMCHECK_REDZONE <= P);
        KT_CHECK((PUCHAR)Raw.Start + Raw.Size >= P + Size + MEMCHECK_REDZONE);
        KT_CHECK(Raw.Size % KT_ALIGNMENT == 0);
        MEMCHECK_FREE(P);
    }
}

/* Several pages more than it needs would do as well, but not for every small block. */
static VOID layout_small_blocks_stay_small(VOID)
{
    SIM_BLOCK Raw;
    PVOID P = KtAllocate(NonPagedPool, 100);

    KT_REQUIRE(P != NULL && SimPoolFind(P, &Raw));
    KT_CHECK(Raw.Size <= 100 + 2 * MEMCHECK_REDZONE + 2 * KT_ALIGNMENT);
    MEMCHECK_FREE(P);
}

static BOOLEAN KtpRefuse(const SIM_REQUEST *Request, PVOID Context)
{
    (void)Context;
    return Request->Tag == KT_TAG && Request->Size >= 0x10000000;
}

/* A failure the padding causes is no failure: the pool is asked for exactly what the driver said.
 */
static VOID contract_a_size_that_overflows_is_the_pools_to_fail(VOID)
{
    SIM_REQUEST Last;

    SimFailWhen(KtpRefuse, NULL);
    KT_CHECK(MEM_ALLOCATE_WITH_TAG(NonPagedPool, (SIZE_T)-20, KT_TAG) == NULL);
    KT_REQUIRE(SimPoolLast(SIM_ALLOCATE_TAG, &Last));
    KT_CHECK(Last.Size == (SIZE_T)-20);
}

/* Session pool is not ours to keep: it gets what it asked for, and is foreign to every look-up. */
static VOID contract_session_pool_is_untracked(VOID)
{
    SIM_BLOCK Raw;
    PVOID P = MEM_ALLOCATE_WITH_TAG((POOL_TYPE)(PagedPool | 32), 100, KT_TAG);

    KT_REQUIRE(P != NULL && SimPoolFind(P, &Raw));
    KT_CHECK(Raw.Start == P && Raw.Size == 100 && Raw.Type == (PagedPool | 32u));
    KT_CHECK(!MEM_VALID_ACCESS(P));
    KT_CHECK(KT_EXPECT(McKindBadAccess)->Where == McWhereNowhere);
    MEMCHECK_FREE_WITH_TAG(P, KT_TAG);
    KT_CHECK(!SimPoolFind(P, NULL));
}

/* Windows 2000: valid, and never fails. The driver's request is monitored as ordinary pool. */
static VOID contract_must_succeed_is_padded_ordinary_pool(VOID)
{
    SIM_BLOCK Raw;
    PUCHAR P = MEM_ALLOCATE_WITH_TAG(NonPagedPoolMustSucceed, 100, KT_TAG);

    KT_REQUIRE(P != NULL && SimPoolFind(P, &Raw));
    KT_CHECK(Raw.Type == NonPagedPool && Raw.Size > 100);
    KtPoke(P + 100, 0);
    MEMCHECK_FREE(P);
    KT_EXPECT(McKindOverrun);
}

static VOID contract_must_succeed_is_passed_on_at_last(VOID)
{
    SIM_BLOCK Raw;
    PUCHAR P;

    SimFailFrom(1);
    P = MEM_ALLOCATE_WITH_TAG(NonPagedPoolMustSucceed, 100, KT_TAG);
    SimFailNone();
    KT_REQUIRE(P != NULL && SimPoolFind(P, &Raw));
    KT_CHECK(Raw.Type == NonPagedPoolMustSucceed && Raw.Size == 100);
    MEMCHECK_FREE(P);
}

#endif

const KT_TEST KtTestsAllocate[] = {
    KT_TEST_ROW(contract_blocks_are_aligned, 0),
    KT_TEST_ROW(contract_a_page_or_more_is_page_aligned, KT_POOL),
    KT_TEST_ROW(contract_less_than_a_page_crosses_none, KT_POOL),
    KT_TEST_ROW(contract_holds_for_every_size_to_three_pages, KT_POOL),
    KT_TEST_ROW(contract_zero_bytes_is_a_block, 0),
    KT_TEST_ROW(contract_sizes_near_the_end_fail, 0),
#ifdef KT_SIM_WORLD
    KT_TEST_ROW(contract_tag_and_type_reach_the_pool, KT_SIM),
    KT_TEST_ROW(contract_untagged_reaches_the_pool_untagged, KT_SIM),
    KT_TEST_ROW(contract_cache_aligned_stays_so, KT_SIM),
    KT_TEST_ROW(contract_a_size_that_overflows_is_the_pools_to_fail, KT_SIM),
    KT_TEST_ROW(contract_session_pool_is_untracked, KT_SIM),
    KT_TEST_ROW(contract_must_succeed_is_padded_ordinary_pool, KT_SIM | KT_WINDOWS_2000),
    KT_TEST_ROW(contract_must_succeed_is_passed_on_at_last, KT_SIM | KT_WINDOWS_2000),
    KT_TEST_ROW(layout_slack_is_requested, KT_SIM),
    KT_TEST_ROW(layout_small_blocks_stay_small, KT_SIM),
#endif
    {NULL, NULL, 0}};
