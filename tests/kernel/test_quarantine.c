/*
 * test_quarantine.c - freed blocks are held back, filled, verified when they leave; and they leave.
 */
#include "kernel_test.h"

static const MC_FINDING *KtpExpectWrite(PUCHAR P, SIZE_T Size, LONG_PTR At)
{
    const MC_FINDING *Finding = KT_EXPECT(McKindWriteAfterFree);

    KT_CHECK(Finding->Sure);
    KT_CHECK(Finding->Block.User == (ULONG_PTR)P && Finding->Block.Size == Size);
    KT_CHECK(Finding->Damage.First == At && Finding->Damage.Changed == 1);
    return Finding;
}

static VOID quarantine_write_after_free_is_found_by_check(VOID)
{
    ULONG Pool;

    for (Pool = 0; Pool < 2; Pool++) {
        PUCHAR P = KtAllocate(KtPools[Pool], 100);
        const MC_FINDING *Finding;
        ULONG Line;

        KT_REQUIRE(P != NULL);
        Line = __LINE__ + 1;
        MEMCHECK_FREE(P);
        KT_CHECK(MEM_CHECK() == 0);
        KtPoke(P + 50, 0x61);
        KT_CHECK(MEM_CHECK() == 1);
        Finding = KtpExpectWrite(P, 100, 50);
        KT_CHECK(Finding->By == McByCheck);
        KT_CHECK(Finding->Block.Freed.Site.Line == Line);
        KT_CHECK(Finding->Block.State == McStateQuarantined);
        KtFlush(KtPools[Pool]);
        KtAllow(McKindWriteAfterFree); /* whether again: another test */
    }
}

static VOID quarantine_write_after_free_is_found_on_leaving(VOID)
{
    ULONG Pool;

    for (Pool = 0; Pool < 2; Pool++) {
        PUCHAR P = KtAllocate(KtPools[Pool], 100);
        const MC_FINDING *Finding;
        ULONG Line = __LINE__ + 1;
        MEMCHECK_FREE(P);
        KtPoke(P, 0x61);
        KtFlush(KtPools[Pool]);
        Finding = KtpExpectWrite(P, 100, 0);
        KT_CHECK(Finding->By == McByQuarantine);
        KT_CHECK(Finding->Block.Freed.Site.Line == Line);
    }
}

static VOID quarantine_write_after_free_is_found_at_exit(VOID)
{
    PUCHAR P = KtAllocate(NonPagedPool, 100), Q = KtAllocate(PagedPool, 100);

    KT_REQUIRE(P != NULL && Q != NULL);
    MEMCHECK_FREE(P);
    MEMCHECK_FREE(Q);
    KtPoke(P + 99, 0x61);
    KtPoke(Q + 99, 0x61);
    KtExit();
    KT_CHECK(KtAllow(McKindWriteAfterFree) == 2);
}

/* The last bytes of a block too large to be filled whole are covered, and its first. */
static VOID quarantine_both_ends_of_a_large_block_are_covered(VOID)
{
    static const LONG_PTR Offsets[] = {0, 200, 2999};
    ULONG Index;

    for (Index = 0; Index < 3; Index++) {
        PUCHAR P = KtAllocate(NonPagedPool, 3000);

        KT_REQUIRE(P != NULL);
        MEMCHECK_FREE(P);
        KtPoke(P + Offsets[Index], 0x61);
        KT_CHECK(MEM_CHECK() == 1);
        KtpExpectWrite(P, 3000, Offsets[Index]);
        KtFlush(NonPagedPool);
    }
}

/* The redzones of a freed block stay guarded. */
static VOID quarantine_redzones_stay_guarded(VOID)
{
    PUCHAR P = KtAllocate(NonPagedPool, 100);

    KT_REQUIRE(P != NULL);
    MEMCHECK_FREE(P);
    KtPoke(P + 100, 0);
    KT_CHECK(MEM_CHECK() == 1);
    KT_CHECK(KtAllow(McKindOverrun) + KtAllow(McKindWriteAfterFree) == 1);
}

static VOID quarantine_untouched_is_silent(VOID)
{
    static const SIZE_T Sizes[] = {0, 1, 63, 64, 65, 447, 448, 511, 512, 513, 575, 576, 3000};
    ULONG Pool, Index;

    for (Pool = 0; Pool < 2; Pool++) {
        for (Index = 0; Index < sizeof(Sizes) / sizeof(Sizes[0]); Index++) {
            PUCHAR P = KtAllocate(KtPools[Pool], Sizes[Index]);

            KT_REQUIRE(P != NULL);
            KtFill(P, Sizes[Index], 0x5A);
            MEMCHECK_FREE(P);
            KT_CHECK(MEM_CHECK() == 0);
        }
        KtFlush(KtPools[Pool]);
    }
}

/* Who reads a freed block gets what no pointer or length can be. */
static VOID quarantine_freed_bytes_are_filled(VOID)
{
    PUCHAR P = KtAllocate(NonPagedPool, 64);
    ULONG Index;

    KT_REQUIRE(P != NULL);
    KtFill(P, 64, 0);
    MEMCHECK_FREE(P);
    for (Index = 0; Index < 64; Index++) {
        KT_CHECK(P[Index] >= 0x80 && P[Index] != 0xFF);
    }
}

static VOID quarantine_damage_is_not_reported_again(VOID)
{
    PUCHAR P = KtAllocate(NonPagedPool, 100);

    KT_REQUIRE(P != NULL);
    KtPoke(P + 100, 0);
    MEMCHECK_FREE(P);
    KT_EXPECT(McKindOverrun);
    KT_CHECK(MEM_CHECK() == 1); /* counted as long as it is there */
    KtPoke(P + 3, 0);
    KT_CHECK(MEM_CHECK() == 1);
    KT_EXPECT(McKindWriteAfterFree); /* new damage is new */
    KtFlush(NonPagedPool);
    KT_SILENT();
}

/* Two queues: churn in one pool does not push the other's blocks out. */
static VOID quarantine_pools_are_apart(VOID)
{
    PVOID P = KtAllocate(NonPagedPool, 100), Q = KtAllocate(PagedPool, 100);

    KT_REQUIRE(P != NULL && Q != NULL);
    MEMCHECK_FREE(P);
    KtFlush(PagedPool);
    MEMCHECK_FREE(P);
    KT_EXPECT(McKindDoubleFree);
    MEMCHECK_FREE(Q);
    KtFlush(NonPagedPool);
    MEMCHECK_FREE(Q);
    KT_EXPECT(McKindDoubleFree);
}

#ifdef KT_SIM_WORLD

#include "core.h"

typedef struct _KT_HELD {
    BOOLEAN Paged;
    ULONG Blocks;
    SIZE_T Bytes;
} KT_HELD;

static void KtpCountHeld(const SIM_BLOCK *Block, PVOID Context)
{
    KT_HELD *Held = Context;

    if (Block->Tag == KT_TAG && (Block->Type & 1) == (Held->Paged ? 1u : 0u)) {
        Held->Blocks++;
        Held->Bytes += Block->Size;
    }
}

/* The driver has freed all it had: what the pool still holds of it is in the quarantine. */
static KT_HELD KtpHeldNow(BOOLEAN Paged)
{
    KT_HELD Held = {FALSE, 0, 0};

    Held.Paged = Paged;
    SimPoolEach(KtpCountHeld, &Held);
    return Held;
}

static VOID quarantine_is_bounded_by_bytes(VOID)
{
    ULONG Pool, Index;

    for (Pool = 0; Pool < 2; Pool++) {
        for (Index = 0; Index < 500; Index++) {
            PVOID P = KtAllocate(KtPools[Pool], 100 + 13 * Index);

            MEMCHECK_FREE(P);
            KT_CHECK(KtpHeldNow((BOOLEAN)Pool).Bytes <= KtQuarantineBytes());
        }
        KT_CHECK(KtpHeldNow((BOOLEAN)Pool).Blocks > 0);
        MEMCHECK_FREE(KtAllocate(KtPools[Pool], 100 * KT_PAGE));
        KT_CHECK(KtpHeldNow((BOOLEAN)Pool).Bytes <= KtQuarantineBytes());
    }
}

static VOID quarantine_is_bounded_by_blocks(VOID)
{
    ULONG Pool, Index;

    for (Pool = 0; Pool < 2; Pool++) {
        for (Index = 0; Index < 2 * MEMCHECK_QUARANTINE_BLOCKS; Index++) {
            MEMCHECK_FREE(KtAllocate(KtPools[Pool], 1));
        }
        KT_CHECK(KtpHeldNow((BOOLEAN)Pool).Blocks <= MEMCHECK_QUARANTINE_BLOCKS);
        KT_CHECK(KtpHeldNow((BOOLEAN)Pool).Blocks > 0);
    }
}

/*
 * Somebody looks at a freed block (a check on another processor, say): its memory may not go while
 * he does, and goes when he is done. Nobody waits for him.
 */
static VOID quarantine_eviction_skips_referenced(VOID)
{
    PUCHAR P = KtAllocate(NonPagedPool, 100);
    MC_RECORD *Record;

    KT_REQUIRE(P != NULL);
    MEMCHECK_FREE(P);
    Record = McIndexFindExact((ULONG_PTR)P);
    KT_REQUIRE(Record != NULL);
    KtFlush(NonPagedPool);
    KT_CHECK(SimPoolFind(P, NULL));
    KT_CHECK(McRecordState(Record) == McStateQuarantined);
    KtPoke(P + 10, 0); /* it is still verified */
    KT_CHECK(MEM_CHECK() == 1);
    KtpExpectWrite(P, 100, 10);
    McRecordRelease(Record);
    SimPoolReuse(SIM_REUSE_NEVER);
    KtFlush(NonPagedPool);
    KT_CHECK(!SimPoolFind(P, NULL)); /* passed over, not forgotten */
}

/* A live block in hand while it is freed and the quarantine turns over: the record stays its own.
 */
static VOID record_in_hand_is_not_reused(VOID)
{
    PUCHAR P = KtAllocate(NonPagedPool, 100);
    MC_RECORD *Record;
    ULONG Number;

    KT_REQUIRE(P != NULL);
    Record = McIndexFindExact((ULONG_PTR)P);
    KT_REQUIRE(Record != NULL);
    Number = Record->Number;
    MEMCHECK_FREE(P);
    KtFlush(NonPagedPool);
    KT_CHECK(Record->Number == Number && Record->User == (ULONG_PTR)P);
    KT_CHECK(SimPoolFind(P, NULL));
    McRecordRelease(Record);
}

/* Let go at once, because no quarantine holds so much: but not while somebody has it in hand. */
static VOID record_last_reference_releases(VOID)
{
    PUCHAR P = KtAllocate(NonPagedPool, 2 * 1024 * 1024);
    MC_RECORD *Record;

    KT_REQUIRE(P != NULL);
    Record = McIndexFindExact((ULONG_PTR)P);
    KT_REQUIRE(Record != NULL);
    KT_REQUIRE(McRecordReference(Record));
    MEMCHECK_FREE(P);
    KT_CHECK(McRecordState(Record) == McStateLeaving);
    KT_CHECK(SimPoolFind(P, NULL));
    McRecordRelease(Record);
    KT_CHECK(SimPoolFind(P, NULL));
    McRecordRelease(Record);
    KT_CHECK(!SimPoolFind(P, NULL));
}

#endif

const KT_TEST KtTestsQuarantine[] = {
    KT_TEST_ROW(quarantine_write_after_free_is_found_by_check, KT_QUARANTINE | KT_FILL),
    KT_TEST_ROW(quarantine_write_after_free_is_found_on_leaving, KT_QUARANTINE | KT_FILL),
    KT_TEST_ROW(quarantine_write_after_free_is_found_at_exit, KT_QUARANTINE | KT_FILL),
    KT_TEST_ROW(quarantine_both_ends_of_a_large_block_are_covered, KT_QUARANTINE | KT_FILL),
    KT_TEST_ROW(quarantine_redzones_stay_guarded, KT_QUARANTINE),
    KT_TEST_ROW(quarantine_untouched_is_silent, KT_QUARANTINE),
    KT_TEST_ROW(quarantine_freed_bytes_are_filled, KT_QUARANTINE | KT_FILL),
    KT_TEST_ROW(quarantine_damage_is_not_reported_again, KT_QUARANTINE | KT_FILL),
    KT_TEST_ROW(quarantine_pools_are_apart, KT_QUARANTINE),
#ifdef KT_SIM_WORLD
    KT_TEST_ROW(quarantine_is_bounded_by_bytes, KT_SIM | KT_QUARANTINE),
    KT_TEST_ROW(quarantine_is_bounded_by_blocks, KT_SIM | KT_QUARANTINE | KT_BIG_MACHINE),
    KT_TEST_ROW(quarantine_eviction_skips_referenced, KT_SIM | KT_QUARANTINE | KT_FILL),
    KT_TEST_ROW(record_in_hand_is_not_reused, KT_SIM | KT_QUARANTINE),
    KT_TEST_ROW(record_last_reference_releases, KT_SIM),
#endif
    {NULL, NULL, 0}};
