/*
 * test_redzones.c - writes past both ends of a block, found by free, check and list.
 */
#include "kernel_test.h"

/* The finding about block P of Size bytes whose bytes First to Last, and only those, were changed.
 */
static VOID KtpExpectDamage(MC_KIND Kind, MC_BY By, PUCHAR P, SIZE_T Size, LONG_PTR First,
                            LONG_PTR Last)
{
    const MC_FINDING *Finding = KT_EXPECT(Kind);

    KT_CHECK(Finding->Sure);
    KT_CHECK(Finding->By == By);
    KT_CHECK(Finding->Address == (ULONG_PTR)P + (ULONG_PTR)First);
    KT_CHECK(Finding->Damage.First == First);
    KT_CHECK(Finding->Damage.Last == Last);
    KT_CHECK(Finding->Damage.Changed == (SIZE_T)(Last - First + 1));
    KT_CHECK(Finding->Block.User == (ULONG_PTR)P);
    KT_CHECK(Finding->Block.Size == Size);
    KT_CHECK(Finding->Block.Tag == KT_TAG);
}

static VOID redzone_clean_block_is_silent(VOID)
{
    SIZE_T Size;
    ULONG Pool;

    for (Pool = 0; Pool < 2; Pool++) {
        for (Size = 0; Size < 200; Size += 7) {
            PUCHAR P = KtAllocate(KtPools[Pool], Size);

            KT_REQUIRE(P != NULL);
            KtFill(P, Size, 0);
            KT_CHECK(MEM_CHECK() == 0);
            KtFill(P, Size, 0xFF);
            MEM_LIST_DISPLAY();
            MEMCHECK_FREE(P);
        }
    }
}

static VOID redzone_overrun_is_found_by_free(VOID)
{
    ULONG Pool;

    for (Pool = 0; Pool < 2; Pool++) {
        PUCHAR P = KtAllocate(KtPools[Pool], 64);

        KT_REQUIRE(P != NULL);
        KtPoke(P + 64, 0x61);
        MEMCHECK_FREE(P);
        KtpExpectDamage(McKindOverrun, McByFree, P, 64, 64, 64);
    }
}

static VOID redzone_underrun_is_found_by_free(VOID)
{
    ULONG Pool;

    for (Pool = 0; Pool < 2; Pool++) {
        PUCHAR P = KtAllocate(KtPools[Pool], 100);

        KT_REQUIRE(P != NULL);
        KtPoke(P - 1, 0x61);
        MEMCHECK_FREE(P);
        KtpExpectDamage(McKindUnderrun, McByFree, P, 100, -1, -1);
    }
}

/* The bytes between the block's end and the next alignment are nobody's, and are guarded. */
static VOID redzone_slack_overrun_by_one_is_seen(VOID)
{
    SIZE_T Size;

    for (Size = 1; Size <= 2 * KT_ALIGNMENT; Size++) {
        PUCHAR P = KtAllocate(NonPagedPool, Size);

        KT_REQUIRE(P != NULL);
        KtPoke(P + Size, 0x61);
        MEMCHECK_FREE_WITH_TAG(P, KT_TAG);
        KtpExpectDamage(McKindOverrun, McByFreeWithTag, P, Size, (LONG_PTR)Size, (LONG_PTR)Size);
    }
}

/* The commonest overrun of all: a string's end. */
static VOID redzone_nul_overrun_is_seen(VOID)
{
    SIZE_T Size;

    for (Size = 1; Size <= 64; Size++) {
        PUCHAR P = KtAllocate(PagedPool, Size);

        KT_REQUIRE(P != NULL);
        P[Size] = 0; /* plainly, not with KtPoke */
        MEMCHECK_FREE(P);
        KtpExpectDamage(McKindOverrun, McByFree, P, Size, (LONG_PTR)Size, (LONG_PTR)Size);
    }
}

static VOID redzone_every_byte_of_it_is_guarded(VOID)
{
    PUCHAR P = KtAllocate(NonPagedPool, 50);
    LONG_PTR Offset;
    UCHAR Was;

    KT_REQUIRE(P != NULL);
    for (Offset = -MEMCHECK_REDZONE; Offset < 50 + MEMCHECK_REDZONE; Offset++) {
        if (Offset < 0 || Offset >= 50) {
            Was = KtPoke(P + Offset, 0xFF);
            KT_CHECK(MEM_CHECK() == 1);
            P[Offset] = Was;
        }
    }
    KT_CHECK(MEM_CHECK() == 0);
    KT_CHECK(KtAllow(McKindOverrun) >= 1);
    KT_CHECK(KtAllow(McKindUnderrun) >= 1);
    MEMCHECK_FREE(P);
}

static VOID redzone_pattern_has_no_nul_ff_or_text(VOID)
{
    ULONG Index, Byte;
    PUCHAR P[40];

    for (Index = 0; Index < 40; Index++) {
        P[Index] = KtAllocate(NonPagedPool, 16 + Index);
        KT_REQUIRE(P[Index] != NULL);
        for (Byte = 0; Byte < MEMCHECK_REDZONE; Byte++) {
            UCHAR Rear = P[Index][16 + Index + Byte], Front = P[Index][-1 - (LONG)Byte];

            KT_CHECK(Rear >= 0x80 && Rear != 0xFF);
            KT_CHECK(Front >= 0x80 && Front != 0xFF);
        }
    }
    for (Index = 0; Index < 40; Index++) {
        MEMCHECK_FREE(P[Index]);
    }
}

/* A structure copied with its redzone, or a run of copies, must not pass: it is keyed by address.
 */
static VOID redzone_copied_from_another_block_is_seen(VOID)
{
    PUCHAR P = KtAllocate(NonPagedPool, 64), Q = KtAllocate(NonPagedPool, 64);
    ULONG Index;

    KT_REQUIRE(P != NULL && Q != NULL);
    for (Index = 0; Index < MEMCHECK_REDZONE; Index++) {
        P[64 + Index] = Q[64 + Index];
    }
    MEMCHECK_FREE(P);
    KT_EXPECT(McKindOverrun);
    MEMCHECK_FREE(Q);
}

static VOID redzone_overrun_by_many_says_where(VOID)
{
    PUCHAR P = KtAllocate(NonPagedPool, 100);
    const MC_FINDING *Finding;

    KT_REQUIRE(P != NULL);
    KtFill(P, 110, 0x61); /* no guard byte is ASCII text */
    MEMCHECK_FREE(P);
    KtpExpectDamage(McKindOverrun, McByFree, P, 100, 100, 109);
    P = KtAllocate(NonPagedPool, 100);
    KT_REQUIRE(P != NULL);
    P[102] = 0x61;
    P[107] = 0x61;
    P[-3] = 0x61;
    MEMCHECK_FREE(P);
    Finding = KT_EXPECT(McKindOverrun);
    KT_CHECK(Finding->Damage.First == 102 && Finding->Damage.Last == 107);
    KT_CHECK(Finding->Damage.Changed == 2);
    KtpExpectDamage(McKindUnderrun, McByFree, P, 100, -3, -3);
}

static VOID redzone_damage_is_found_by_check(VOID)
{
    ULONG Pool;

    for (Pool = 0; Pool < 2; Pool++) {
        PUCHAR P = KtAllocate(KtPools[Pool], 30);
        UCHAR Was;

        KT_REQUIRE(P != NULL);
        KT_CHECK(MEM_CHECK() == 0);
        Was = KtPoke(P + 31, 0);
        KT_CHECK(MEM_CHECK() == 1);
        KtpExpectDamage(McKindOverrun, McByCheck, P, 30, 31, 31);
        KT_CHECK(MEM_CHECK() == 1); /* again, as long as it is damaged */
        KtAllow(McKindOverrun);
        P[31] = Was;
        KT_CHECK(MEM_CHECK() == 0);
        MEMCHECK_FREE(P);
    }
}

static VOID redzone_damage_is_found_by_list(VOID)
{
    ULONG Pool;

    for (Pool = 0; Pool < 2; Pool++) {
        PUCHAR P = KtAllocate(KtPools[Pool], 30);
        UCHAR Was;

        KT_REQUIRE(P != NULL);
        Was = KtPoke(P - 2, 0);
        MEM_LIST_DISPLAY();
        KtpExpectDamage(McKindUnderrun, McByList, P, 30, -2, -2);
        P[-2] = Was;
        MEMCHECK_FREE(P);
    }
}

static VOID redzone_check_counts_each_damaged_block(VOID)
{
    PUCHAR P[5];
    ULONG Index;

    for (Index = 0; Index < 5; Index++) {
        P[Index] = KtAllocate(KtPools[Index & 1], 20 + Index);
        KT_REQUIRE(P[Index] != NULL);
        if (Index != 2) {
            KtPoke(P[Index] + 20 + Index, 0);
        }
    }
    KT_CHECK(MEM_CHECK() == 4);
    KT_CHECK(KtAllow(McKindOverrun) == 4);
    for (Index = 0; Index < 5; Index++) {
        MEMCHECK_FREE(P[Index]); /* each was reported: the free has nothing new to say */
    }
}

/* What is known of a block lies apart from it: no overrun, however wide, destroys the evidence. */
static VOID record_survives_the_widest_overrun(VOID)
{
    ULONG Pool, Line;

    for (Pool = 0; Pool < 2; Pool++) {
        const MC_FINDING *Finding;
        PUCHAR P;

        Line = __LINE__ + 1;
        P = MEM_ALLOCATE_WITH_TAG(KtPools[Pool], 100, KT_TAG);
        KT_REQUIRE(P != NULL);
        KtFill(P - MEMCHECK_REDZONE, 100 + 2 * MEMCHECK_REDZONE, 0x41);
        MEMCHECK_FREE(P);
        KtpExpectDamage(McKindUnderrun, McByFree, P, 100, -MEMCHECK_REDZONE, -1);
        Finding = KT_EXPECT(McKindOverrun);
        KT_CHECK(Finding->Block.User == (ULONG_PTR)P && Finding->Block.Size == 100);
        KT_CHECK(Finding->Block.Allocated.Site.Line == Line);
    }
}

/* The same where what lies before the driver's bytes is more than one redzone: all of it. */
static VOID record_survives_loss_of_all_before_the_block(VOID)
{
    PUCHAR P = KtAllocate(NonPagedPool, 100);
    const MC_FINDING *Finding;
    ULONG Front, Line;
    UCHAR Was;

    KT_REQUIRE(P != NULL);
    Was = KtPoke(P - 1, 0);
    KT_CHECK(MEM_CHECK() == 1);
    Front = KT_EXPECT(McKindUnderrun)->Block.Front; /* how much of it is ours */
    P[-1] = Was;
    KT_REQUIRE(Front >= MEMCHECK_REDZONE && Front < KT_PAGE);
    KtFill(P - Front, Front, 0x41);
    Line = __LINE__ + 1;
    MEMCHECK_FREE(P);
    KtAllow(McKindUnderrun);
    MEMCHECK_FREE(P); /* it is still known what P was */
    Finding = KT_EXPECT(McKindDoubleFree);
    KT_CHECK(Finding->Block.Size == 100);
    KT_CHECK(Finding->Block.Freed.Site.Line == Line);
}

static VOID report_names_both_sites(VOID)
{
    const MC_FINDING *Finding;
    ULONG Line = __LINE__ + 1;
    PUCHAR P = MEM_ALLOCATE_WITH_TAG(NonPagedPool, 10, KT_TAG);

    KT_REQUIRE(P != NULL);
    KtPoke(P + 10, 0);
    MEMCHECK_FREE(P);
    Finding = KT_EXPECT(McKindOverrun);
    KT_CHECK(Finding->Block.Allocated.Site.Line == Line);
    KT_CHECK(Finding->Found.Site.Line == Line + 4);
    KT_CHECK(KtEndsWith(Finding->Block.Allocated.Site.File, "test_redzones.c"));
    KT_CHECK(KtEndsWith(Finding->Found.Site.File, "test_redzones.c"));
    KT_CHECK(KtSame(Finding->Found.Site.Function, "report_names_both_sites"));
    KT_CHECK(KtSame(Finding->Block.Allocated.Site.Function, "report_names_both_sites"));
    KT_CHECK(Finding->Block.Number != 0);
    KT_CHECK(Finding->Found.Thread == Finding->Block.Allocated.Thread);
}

const KT_TEST KtTestsRedzones[] = {
    KT_TEST_ROW(redzone_clean_block_is_silent, 0),
    KT_TEST_ROW(redzone_overrun_is_found_by_free, 0),
    KT_TEST_ROW(redzone_underrun_is_found_by_free, 0),
    KT_TEST_ROW(redzone_slack_overrun_by_one_is_seen, 0),
    KT_TEST_ROW(redzone_nul_overrun_is_seen, 0),
    KT_TEST_ROW(redzone_every_byte_of_it_is_guarded, 0),
    KT_TEST_ROW(redzone_pattern_has_no_nul_ff_or_text, 0),
    KT_TEST_ROW(redzone_copied_from_another_block_is_seen, 0),
    KT_TEST_ROW(redzone_overrun_by_many_says_where, 0),
    KT_TEST_ROW(redzone_damage_is_found_by_check, 0),
    KT_TEST_ROW(redzone_damage_is_found_by_list, 0),
    KT_TEST_ROW(redzone_check_counts_each_damaged_block, 0),
    KT_TEST_ROW(record_survives_the_widest_overrun, 0),
    KT_TEST_ROW(record_survives_loss_of_all_before_the_block, KT_QUARANTINE),
    KT_TEST_ROW(report_names_both_sites, 0),
    {NULL, NULL, 0}};
