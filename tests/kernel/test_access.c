/*
 * test_access.c - MEM_VALID_ACCESS, and with it the look-up of every sort of address.
 */
#include "kernel_test.h"

static VOID access_inside_is_true(VOID)
{
    static const SIZE_T Sizes[] = {1, 100, 3000, 5 * KT_PAGE, 40 * KT_PAGE};
    SIZE_T Offset;
    ULONG Pool, Index;

    for (Pool = 0; Pool < 2; Pool++) {
        for (Index = 0; Index < sizeof(Sizes) / sizeof(Sizes[0]); Index++) {
            PUCHAR P = KtAllocate(KtPools[Pool], Sizes[Index]);

            KT_REQUIRE(P != NULL);
            for (Offset = 0; Offset < Sizes[Index]; Offset += 1 + Sizes[Index] / 300) {
                KT_CHECK(MEM_VALID_ACCESS(P + Offset));
            }
            KT_CHECK(MEM_VALID_ACCESS(P + Sizes[Index] - 1));
            MEMCHECK_FREE(P);
        }
    }
}

static const MC_FINDING *KtpExpectBad(PUCHAR P, MC_WHERE Where)
{
    const MC_FINDING *Finding;

    KT_CHECK(!MEM_VALID_ACCESS(P));
    Finding = KT_EXPECT(McKindBadAccess);
    KT_CHECK(Finding->By == McByAccess);
    KT_CHECK(Finding->Address == (ULONG_PTR)P);
    KT_CHECK(Finding->Where == Where);
    return Finding;
}

static VOID access_in_a_redzone_names_the_block(VOID)
{
    static const SIZE_T Sizes[] = {1, 100, 3000, 5 * KT_PAGE + 7, 40 * KT_PAGE + 1};
    ULONG Index;

    for (Index = 0; Index < sizeof(Sizes) / sizeof(Sizes[0]); Index++) {
        PUCHAR P = KtAllocate(NonPagedPool, Sizes[Index]);

        KT_REQUIRE(P != NULL);
        KT_CHECK(KtpExpectBad(P - 1, McWhereFront)->Block.User == (ULONG_PTR)P);
        KT_CHECK(KtpExpectBad(P - MEMCHECK_REDZONE, McWhereFront)->Block.User == (ULONG_PTR)P);
        KT_CHECK(KtpExpectBad(P + Sizes[Index], McWhereRear)->Block.User == (ULONG_PTR)P);
        KT_CHECK(KtpExpectBad(P + Sizes[Index] + MEMCHECK_REDZONE - 1, McWhereRear)->Block.User ==
                 (ULONG_PTR)P);
        MEMCHECK_FREE(P);
    }
}

static VOID access_to_a_freed_block_says_so(VOID)
{
    PUCHAR P = KtAllocate(NonPagedPool, 100);
    const MC_FINDING *Finding;
    ULONG Line = __LINE__ + 1;
    MEMCHECK_FREE(P);
    Finding = KtpExpectBad(P + 50, McWhereInside);
    KT_CHECK(Finding->Block.State == McStateQuarantined);
    KT_CHECK(Finding->Block.Freed.Site.Line == Line);
}

/* Any value may be asked: nothing at the address is touched. */
static VOID access_elsewhere_is_false(VOID)
{
    PUCHAR Foreign = ExAllocatePoolWithTag(NonPagedPool, 100, KT_TAG);
    static const LONG_PTR Values[] = {0, 1, 0x1000, -1, -16, -KT_ALIGNMENT * 1000};
    ULONG Index;

    KT_REQUIRE(Foreign != NULL);
    KT_CHECK(KtpExpectBad(Foreign, McWhereNowhere)->Block.Number == 0);
    for (Index = 0; Index < sizeof(Values) / sizeof(Values[0]); Index++) {
        KT_CHECK(KtpExpectBad((PUCHAR)Values[Index], McWhereNowhere)->Block.Number == 0);
    }
    KT_CHECK(KtpExpectBad((PUCHAR)&Foreign, McWhereNowhere)->Block.Number == 0);
    ExFreePoolWithTag(Foreign, KT_TAG);
}

static VOID access_to_a_block_of_no_bytes_is_false(VOID)
{
    PUCHAR P = KtAllocate(NonPagedPool, 0);

    KT_REQUIRE(P != NULL);
    KT_CHECK(KtpExpectBad(P, McWhereStart)->Block.User == (ULONG_PTR)P);
    MEMCHECK_FREE(P);
}

#define KT_NEIGHBOURS 300

/*
 * Many small blocks side by side: each byte, inside and in front and behind, finds its own block,
 * never a neighbour, whatever was freed in between.
 */
static VOID lookup_tells_neighbours_apart(VOID)
{
    static PUCHAR P[KT_NEIGHBOURS];
    ULONG Index, Round;

    for (Index = 0; Index < KT_NEIGHBOURS; Index++) {
        P[Index] = KtAllocate(NonPagedPool, Index % 150);
        KT_REQUIRE(P[Index] != NULL);
    }
    for (Round = 0; Round < 2; Round++) {
        for (Index = Round; Index < KT_NEIGHBOURS; Index += 1 + Round) {
            SIZE_T Size = Index % 150, Offset;

            for (Offset = 0; Offset < Size; Offset++) {
                KT_CHECK(MEM_VALID_ACCESS(P[Index] + Offset));
            }
            if (Index % 5 == 0) {
                KT_CHECK(!MEM_VALID_ACCESS(P[Index] + Size));
                KT_CHECK(KT_EXPECT(McKindBadAccess)->Block.User == (ULONG_PTR)P[Index]);
            }
        }
        for (Index = 0; Round == 0 && Index < KT_NEIGHBOURS; Index += 2) {
            MEMCHECK_FREE(P[Index]);
        }
    }
    for (Index = 1; Index < KT_NEIGHBOURS; Index += 2) {
        MEMCHECK_FREE(P[Index]);
    }
}

/*
 * The nearest start at or below the granule asked for can lie after the address: then the next
 * lower one is meant. An address right before a block belongs to that block's front redzone
 * instead.
 */
static VOID lookup_takes_the_next_lower_start(VOID)
{
    PUCHAR P[100];
    ULONG Index;

    for (Index = 0; Index < 100; Index++) {
        P[Index] = KtAllocate(NonPagedPool, 33);
        KT_REQUIRE(P[Index] != NULL);
    }
    for (Index = 0; Index < 100; Index++) {
        KT_CHECK(MEM_VALID_ACCESS(P[Index] + 32));
        KT_CHECK(!MEM_VALID_ACCESS(P[Index] + 33 + MEMCHECK_REDZONE - 1));
        KT_CHECK(KT_EXPECT(McKindBadAccess)->Block.User == (ULONG_PTR)P[Index]);
        KT_CHECK(!MEM_VALID_ACCESS(P[Index] - 1));
        KT_CHECK(KT_EXPECT(McKindBadAccess)->Block.User == (ULONG_PTR)P[Index]);
    }
    for (Index = 0; Index < 100; Index++) {
        MEMCHECK_FREE(P[Index]);
    }
}

const KT_TEST KtTestsAccess[] = {KT_TEST_ROW(access_inside_is_true, 0),
                                 KT_TEST_ROW(access_in_a_redzone_names_the_block, 0),
                                 KT_TEST_ROW(access_to_a_freed_block_says_so, KT_QUARANTINE),
                                 KT_TEST_ROW(access_elsewhere_is_false, 0),
                                 KT_TEST_ROW(access_to_a_block_of_no_bytes_is_false, 0),
                                 KT_TEST_ROW(lookup_tells_neighbours_apart, 0),
                                 KT_TEST_ROW(lookup_takes_the_next_lower_start, 0),
                                 {NULL, NULL, 0}};
