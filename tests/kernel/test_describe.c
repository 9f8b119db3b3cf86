/*
 * test_describe.c - MEM_DESCRIBE and MEM_VALID_RANGE; the blocks beside damage, which of them is
 * the likely culprit, and what the changed bytes look like.
 */
#include "kernel_test.h"

#ifdef MEMCHECK_ON

static const MC_FINDING *KtpDescribe(PVOID P)
{
    const MC_FINDING *Finding;

    MEM_DESCRIBE(P);
    Finding = KT_EXPECT(McKindDescribe);
    KT_CHECK(Finding->By == McByDescribe);
    KT_CHECK(Finding->Address == (ULONG_PTR)P);
    return Finding;
}

static VOID KtpIsAt(const MC_FINDING *Finding, PUCHAR Block, MC_WHERE Where, MC_STATE State)
{
    KT_CHECK(Finding->Block.User == (ULONG_PTR)Block);
    KT_CHECK(Finding->Where == Where);
    KT_CHECK(Finding->Block.State == State);
    KT_CHECK(Finding->Sure);
}

static VOID describe_says_where_in_a_live_block(VOID)
{
    static const SIZE_T Sizes[] = {100, 3000, 5 * KT_PAGE + 7, 40 * KT_PAGE + 1};
    ULONG Index, Pool;

    for (Pool = 0; Pool < 2; Pool++) {
        for (Index = 0; Index < sizeof(Sizes) / sizeof(Sizes[0]); Index++) {
            SIZE_T Size = Sizes[Index];
            PUCHAR P = KtAllocate(KtPools[Pool], Size);

            KT_REQUIRE(P != NULL);
            KtpIsAt(KtpDescribe(P), P, McWhereStart, McStateLive);
            KtpIsAt(KtpDescribe(P + Size - 1), P, McWhereInside, McStateLive);
            KtpIsAt(KtpDescribe(P + Size), P, McWhereRear, McStateLive);
            KtpIsAt(KtpDescribe(P - 1), P, McWhereFront, McStateLive);
            KT_CHECK(KtpDescribe(P)->Block.Tag == KT_TAG);
            MEMCHECK_FREE(P);
        }
    }
}

static VOID describe_says_who_freed_it(VOID)
{
    PUCHAR P = KtAllocate(NonPagedPool, 100);
    const MC_FINDING *Finding;
    ULONG Line;

    KT_REQUIRE(P != NULL);
    Line = __LINE__ + 1;
    MEMCHECK_FREE(P);
    Finding = KtpDescribe(P + 50);
    KtpIsAt(Finding, P, McWhereInside, McStateQuarantined);
    KT_CHECK(Finding->Block.Freed.Site.Line == Line);
}

/* Memory that went back to the pool is remembered, and an address inside it too; but it may be
 * another's by now. (A real pool may have handed it out again, for what made it leave.) */
static VOID describe_remembers_what_was_there(VOID)
{
    PUCHAR P = KtAllocate(NonPagedPool, 100);
    const MC_FINDING *Finding;
    ULONG Offset;

    KT_REQUIRE(P != NULL);
    MEMCHECK_FREE(P);
    KtFlush(NonPagedPool);
    for (Offset = 0; Offset < 100; Offset += 99) {
        Finding = KtpDescribe(P + Offset);
        KT_CHECK(Finding->Block.User == (ULONG_PTR)P);
        KT_CHECK(Finding->Block.State == McStateRetired);
        KT_CHECK(Finding->Where == (Offset == 0 ? McWhereStart : McWhereInside));
        KT_CHECK(!Finding->Sure && Finding->Reason == McReasonReused);
    }
    KT_CHECK(KtpDescribe(P + 100)->Block.User != (ULONG_PTR)P);
}

static MC_REASON KtpReason(PVOID P)
{
    const MC_FINDING *Finding = KtpDescribe(P);

    KT_CHECK(Finding->Block.Number == 0);
    KT_CHECK(Finding->Where == McWhereNowhere);
    return Finding->Reason;
}

static VOID describe_knows_what_is_no_block(VOID)
{
    static UCHAR Global;
    UCHAR Local;

    KT_CHECK(KtpReason(NULL) == McReasonNull);
    KT_CHECK(KtpReason(&Local) == McReasonStack);
    KT_CHECK(KtpReason(&Global) == McReasonImage);
}

static VOID describe_tells_others_from_nothing(VOID)
{
    PUCHAR Foreign = ExAllocatePoolWithTag(NonPagedPool, 100, KT_TAG);

    KT_REQUIRE(Foreign != NULL);
    KT_CHECK(KtpReason(Foreign + 3) == McReasonForeign);
    ExFreePoolWithTag(Foreign, KT_TAG);
    KT_CHECK(KtpReason((PVOID)(LONG_PTR)-16) == McReasonNowhere);
}

static VOID describe_below_system_space_says_so(VOID)
{
    KT_CHECK(KtpReason((PVOID)0x1000) == McReasonUserSpace);
}

/* It is no finding: neither counted as a bug by MEM_CHECK, nor as a repetition of itself. */
static VOID describe_is_no_finding(VOID)
{
    PUCHAR P = KtAllocate(NonPagedPool, 100);
    ULONG Round;

    KT_REQUIRE(P != NULL);
    for (Round = 0; Round < 3; Round++) {
        MEM_DESCRIBE(P);
        KT_EXPECT(McKindDescribe);
    }
    KT_CHECK(MEM_CHECK() == 0);
    MEMCHECK_FREE(P);
}

#ifdef KT_SIM_WORLD
/* Its report is printed each time, where a finding is printed once. */
static VOID describe_is_printed_each_time(VOID)
{
    PUCHAR P = KtAllocate(NonPagedPool, 100);
    ULONG Round;

    KT_REQUIRE(P != NULL);
    SimOutputClear();
    for (Round = 0; Round < 3; Round++) {
        MEM_DESCRIBE(P + 1);
        KT_EXPECT(McKindDescribe);
    }
    KT_CHECK(SimOutputFind("ADDRESS: 1 byte into a 100-byte buffer") == 3);
    MEMCHECK_FREE(P);
}
#endif

/* No byte at the address is read: a page that is not there may be asked about, and paged memory at
 * DISPATCH_LEVEL. */
static VOID describe_touches_nothing(VOID)
{
    PUCHAR P = KtAllocate(PagedPool, 100);
    KIRQL Irql;

    KT_REQUIRE(P != NULL);
    Irql = KtRaise(DISPATCH_LEVEL);
    KtpIsAt(KtpDescribe(P + 100), P, McWhereRear, McStateLive);
    KT_CHECK(MEM_VALID_RANGE(P, 100));
    KT_CHECK(!MEM_VALID_RANGE(P, 101));
    KT_EXPECT(McKindBadAccess);
    KtLower(Irql);
    MEMCHECK_FREE(P);
}

static VOID describe_above_dispatch_is_refused(VOID)
{
    PUCHAR P = KtAllocate(NonPagedPool, 100);
    KIRQL Irql;

    KT_REQUIRE(P != NULL);
    Irql = KtRaise(HIGH_LEVEL);
    MEM_DESCRIBE(P);
    KT_CHECK(!MEM_VALID_RANGE(P, 1));
    KtLower(Irql);
    MEMCHECK_FREE(P); /* brings the reports of both */
    KT_CHECK(KT_EXPECT(McKindWrongIrql)->By == McByDescribe);
    KT_CHECK(KT_EXPECT(McKindWrongIrql)->By == McByRange);
}

/* ---- ranges ---- */

static VOID range_inside_is_true(VOID)
{
    static const SIZE_T Sizes[] = {1, 100, 3000, 5 * KT_PAGE, 40 * KT_PAGE};
    ULONG Index, Pool;

    for (Pool = 0; Pool < 2; Pool++) {
        for (Index = 0; Index < sizeof(Sizes) / sizeof(Sizes[0]); Index++) {
            SIZE_T Size = Sizes[Index];
            PUCHAR P = KtAllocate(KtPools[Pool], Size);

            KT_REQUIRE(P != NULL);
            KT_CHECK(MEM_VALID_RANGE(P, Size));
            KT_CHECK(MEM_VALID_RANGE(P, 1));
            KT_CHECK(MEM_VALID_RANGE(P + Size - 1, 1));
            KT_CHECK(MEM_VALID_RANGE(P + Size / 2, Size - Size / 2));
            MEMCHECK_FREE(P);
        }
    }
}

static VOID KtpBadRange(PUCHAR P, SIZE_T Length, PUCHAR Outside, MC_WHERE Where)
{
    const MC_FINDING *Finding;

    KT_CHECK(!MEM_VALID_RANGE(P, Length));
    Finding = KT_EXPECT(McKindBadAccess);
    KT_CHECK(Finding->By == McByRange);
    KT_CHECK(Finding->Given == (ULONG_PTR)P);
    KT_CHECK(Finding->Bytes == Length);
    KT_CHECK(Finding->Address == (ULONG_PTR)Outside);
    KT_CHECK(Finding->Where == Where);
}

static VOID range_says_the_first_byte_outside(VOID)
{
    PUCHAR P = KtAllocate(NonPagedPool, 100);

    KT_REQUIRE(P != NULL);
    KtpBadRange(P, 101, P + 100, McWhereRear);
    KtpBadRange(P + 99, 2, P + 100, McWhereRear);
    KtpBadRange(P - 1, 50, P - 1, McWhereFront);
    KtpBadRange(P + 100, 1, P + 100, McWhereRear);
    MEMCHECK_FREE(P);
    KtpBadRange(NULL, 1, NULL, McWhereNowhere);
}

static VOID range_in_a_freed_block_is_false(VOID)
{
    PUCHAR P = KtAllocate(NonPagedPool, 100);

    KT_REQUIRE(P != NULL);
    MEMCHECK_FREE(P);
    KtpBadRange(P + 10, 10, P + 10, McWhereInside);
    KtpBadRange(P + 100, 0, P + 100, McWhereRear);
}

/* An end beyond all addresses must not come around to a small one. */
static VOID range_that_wraps_is_false(VOID)
{
    PUCHAR P = KtAllocate(NonPagedPool, 100);

    KT_REQUIRE(P != NULL);
    KtpBadRange(P + 10, (SIZE_T)-1, P + 100, McWhereRear);
    KtpBadRange(P + 10, (SIZE_T)-10, P + 100, McWhereRear);
    KtpBadRange(P + 10, (SIZE_T)0 - (SIZE_T)P, P + 100, McWhereRear);
    MEMCHECK_FREE(P);
}

static VOID range_of_no_bytes_may_stand_at_the_end(VOID)
{
    PUCHAR P = KtAllocate(NonPagedPool, 100);
    PUCHAR Empty = KtAllocate(NonPagedPool, 0);

    KT_REQUIRE(P != NULL && Empty != NULL);
    KT_CHECK(MEM_VALID_RANGE(P, 0));
    KT_CHECK(MEM_VALID_RANGE(P + 99, 0));
    KT_CHECK(MEM_VALID_RANGE(P + 100, 0));
    KT_CHECK(MEM_VALID_RANGE(Empty, 0));
    KtpBadRange(P + 101, 0, P + 101, McWhereRear);
    KtpBadRange(P - 1, 0, P - 1, McWhereFront);
    KtpBadRange(Empty, 1, Empty, McWhereStart);
    MEMCHECK_FREE(Empty);
    MEMCHECK_FREE(P);
}

/* ---- neighbours ---- */

#define KT_ROW 40

static PUCHAR KtpRow[KT_ROW];

/* One more block of 100 bytes to so many, in the order of their addresses. */
static BOOLEAN KtpAddToRow(ULONG At)
{
    PUCHAR P = KtAllocate(NonPagedPool, 100);

    if (P == NULL) {
        return FALSE;
    }
    for (; At != 0 && KtpRow[At - 1] > P; At--) {
        KtpRow[At] = KtpRow[At - 1];
    }
    KtpRow[At] = P;
    return TRUE;
}

/* As the pool hands them out. */
static BOOLEAN KtpMakeRow(VOID)
{
    ULONG Index;

    for (Index = 0; Index < KT_ROW; Index++) {
        if (!KtpAddToRow(Index)) {
            return FALSE;
        }
    }
    return TRUE;
}

static VOID KtpFreeOne(PUCHAR P)
{
    ULONG Index;

    for (Index = 0; Index < KT_ROW; Index++) {
        if (KtpRow[Index] == P && P != NULL) {
            KtpRow[Index] = NULL;
            MEMCHECK_FREE(P);
            return;
        }
    }
}

static VOID KtpFreeRow(VOID)
{
    ULONG Index;

    for (Index = 0; Index < KT_ROW; Index++) {
        KtpFreeOne(KtpRow[Index]);
    }
}

/* The nearest on both sides, the block itself never; none of another page is made up. */
static VOID near_blocks_are_named(VOID)
{
    const MC_FINDING *Finding;
    ULONG Index;

    KT_REQUIRE(KtpMakeRow());
    for (Index = 1; Index + 1 < KT_ROW; Index++) {
        PUCHAR P = KtpRow[Index];

        Finding = KtpDescribe(P + 10);
        if ((SIZE_T)(P - KtpRow[Index - 1]) < KT_PAGE) {
            KT_CHECK(Finding->Before.User == (ULONG_PTR)KtpRow[Index - 1]);
            KT_CHECK(Finding->Before.Size == 100 && Finding->Before.Tag == KT_TAG);
            KT_CHECK(Finding->Before.Number != 0 && Finding->Before.State == McStateLive);
            KT_CHECK(Finding->Before.Allocated.Line != 0 && !Finding->Before.Damaged);
        }
        if ((SIZE_T)(KtpRow[Index + 1] - P) < KT_PAGE) {
            KT_CHECK(Finding->After.User == (ULONG_PTR)KtpRow[Index + 1]);
            KT_CHECK(Finding->After.Number != 0);
        }
    }
    KtpFreeRow();
}

/* What is between the starts of two neighbours at the most: the bytes, two redzones, the pool's
 * header and what it rounds up. Farther apart, free memory lies between them, as a pool may leave
 * when it splits a block, and neither is right beside the other. */
#define KTP_BESIDE (100 + 2 * MEMCHECK_REDZONE + 2 * (LONG_PTR)KT_ALIGNMENT)

/* Two blocks that lie side by side, First before Second; FALSE: there are none (which the strict
 * pool, where they are packed, does not do). */
static BOOLEAN KtpSideBySide(PUCHAR *First, PUCHAR *Second)
{
    ULONG Index;

    for (Index = 1; Index < KT_ROW; Index++) {
        if (KtpRow[Index] - KtpRow[Index - 1] <= KTP_BESIDE) {
            *First = KtpRow[Index - 1];
            *Second = KtpRow[Index];
            return TRUE;
        }
    }
#ifdef KT_SIM_WORLD
    KT_CHECK(!"blocks side by side");
#endif
    return FALSE;
}

static VOID KtpPutBack(PUCHAR P, SIZE_T Size, const UCHAR *Was)
{
    SIZE_T Index;

    for (Index = 0; Index < Size; Index++) {
        P[Index] = Was[Index];
    }
}

static VOID KtpOverwrite(PUCHAR P, SIZE_T Size, const UCHAR *With, UCHAR *Was)
{
    SIZE_T Index;

    for (Index = 0; Index < Size; Index++) {
        Was[Index] = P[Index];
        P[Index] = With[Index];
    }
}

/*
 * An overrun of one block damages its own rear redzone and the front one of the block behind: that
 * one's report names the other as the likely culprit. (What lies between the two is the pool's, and
 * is left alone.)
 */
static VOID culprit_is_the_block_before(VOID)
{
    static UCHAR Zeros[MEMCHECK_REDZONE], Was[MEMCHECK_REDZONE], WasRear[8];
    PUCHAR First, Second;
    const MC_FINDING *Finding;

    KT_REQUIRE(KtpMakeRow());
    if (KtpSideBySide(&First, &Second)) {
        KtpOverwrite(First + 100, 8, Zeros, WasRear);
        KtpOverwrite(Second - MEMCHECK_REDZONE, MEMCHECK_REDZONE, Zeros, Was);
        KtpFreeOne(Second); /* that one first: nobody has looked at the other yet */
        Finding = KT_EXPECT(McKindUnderrun);
        KT_CHECK(Finding->Block.User == (ULONG_PTR)Second);
        KT_CHECK(Finding->Before.User == (ULONG_PTR)First && Finding->Before.Damaged);
        KT_CHECK(Finding->Culprit == McCulpritBeforeDamaged);
        KtpFreeOne(First);
        KT_CHECK(KT_EXPECT(McKindOverrun)->Culprit == McCulpritNone);
    }
    KtpFreeRow();
}

#ifdef KT_SIM_WORLD
#define KTP_OTHERS 8000

static PVOID KtpOther[KTP_OTHERS];
static ULONG KtpOthers;

/* Somebody's few bytes right behind P; FALSE: they are somewhere else, where a hole was. */
static BOOLEAN KtpOtherBehind(const UCHAR *P)
{
    const ULONG Most = KtpOthers + KTP_OTHERS / KT_ROW;

    while (KtpOthers < Most) {
        PUCHAR Other = SimForeignAllocate(NonPagedPool, KT_ALIGNMENT);

        KtpOther[KtpOthers++] = Other;
        if (Other > P && Other - P < KTP_BESIDE) {
            return TRUE;
        }
    }
    return FALSE;
}

/* The pool's header and what it rounds up may lie between the two: here somebody's few bytes do. */
static VOID culprit_is_beyond_the_pools_header(VOID)
{
    static UCHAR Zeros[MEMCHECK_REDZONE], Was[MEMCHECK_REDZONE], WasRear[8];
    PUCHAR First = NULL, Second = NULL;
    const MC_FINDING *Finding;
    ULONG Index;

    for (Index = 0; Index < KT_ROW; Index++) {
        KtpRow[Index] = KtAllocate(NonPagedPool, 100);
        if (First != NULL && KtpRow[Index] > First && KtpRow[Index] - First <= KTP_BESIDE) {
            Second = KtpRow[Index];
        } else if (Second == NULL) {
            First = KtpOtherBehind(KtpRow[Index]) ? KtpRow[Index] : NULL;
        }
    }
    KT_REQUIRE(Second != NULL);
    KtpOverwrite(First + 100, 8, Zeros, WasRear);
    KtpOverwrite(Second - MEMCHECK_REDZONE, MEMCHECK_REDZONE, Zeros, Was);
    KtpFreeOne(Second);
    Finding = KT_EXPECT(McKindUnderrun);
    KT_CHECK(Finding->Before.User == (ULONG_PTR)First && Finding->Before.Damaged);
    KT_CHECK(Finding->Culprit == McCulpritBeforeDamaged);
    KtpFreeRow();
    KT_EXPECT(McKindOverrun);
    while (KtpOthers != 0) {
        SimForeignFree(KtpOther[--KtpOthers]);
    }
}
#endif

/* The guard bytes of the block before are intact: it did not do it, and an index below 0 damages
 * the near edge, not the far one. */
static VOID culprit_is_not_an_intact_block(VOID)
{
    static UCHAR Zeros[MEMCHECK_REDZONE], Was[MEMCHECK_REDZONE];
    PUCHAR First, Second;
    const MC_FINDING *Finding;

    KT_REQUIRE(KtpMakeRow());
    if (KtpSideBySide(&First, &Second)) {
        KtpOverwrite(Second - MEMCHECK_REDZONE, MEMCHECK_REDZONE, Zeros, Was);
        KT_CHECK(MEM_CHECK() == 1);
        Finding = KT_EXPECT(McKindUnderrun);
        KT_CHECK(Finding->Before.User == (ULONG_PTR)First && !Finding->Before.Damaged);
        KT_CHECK(Finding->Culprit == McCulpritNone);
        KtpPutBack(Second - MEMCHECK_REDZONE, MEMCHECK_REDZONE, Was);
    }
    KtpFreeRow();
}

/* Of the blocks for the system so many are known. */
#define KTP_FIRST_KNOWN (MEMCHECK_SYSTEM_BLOCKS < KT_ROW ? KT_ROW - MEMCHECK_SYSTEM_BLOCKS : 0)

/* A plain block has guard bytes that nobody may read; it ends right before the damage. */
static VOID culprit_is_a_plain_block_before(VOID)
{
    static UCHAR Zeros[MEMCHECK_REDZONE], Was[MEMCHECK_REDZONE];
    static PUCHAR Plain[KT_ROW], Owned[KT_ROW];
    const MC_FINDING *Finding;
    ULONG Index, At;
    BOOLEAN Seen = FALSE;

    for (Index = 0; Index < KT_ROW; Index++) {
        Plain[Index] = MEM_ALLOCATE_FOR_SYSTEM_WITH_TAG(NonPagedPool, 100, KT_TAG);
        Owned[Index] = KtAllocate(NonPagedPool, 100);
        KT_REQUIRE(Plain[Index] != NULL && Owned[Index] != NULL);
    }
    for (Index = 0; Index < KT_ROW && !Seen; Index++) {
        for (At = KTP_FIRST_KNOWN; At < KT_ROW && !Seen; At++) {
            if (Owned[Index] > Plain[At] && Owned[Index] - Plain[At] <= KTP_BESIDE) {
                KtpOverwrite(Owned[Index] - MEMCHECK_REDZONE, MEMCHECK_REDZONE, Zeros, Was);
                KT_CHECK(MEM_CHECK() == 1);
                Finding = KT_EXPECT(McKindUnderrun);
                KT_CHECK(Finding->Before.User == (ULONG_PTR)Plain[At]);
                KT_CHECK(Finding->Culprit == McCulpritBefore);
                KtpPutBack(Owned[Index] - MEMCHECK_REDZONE, MEMCHECK_REDZONE, Was);
                Seen = TRUE;
            }
        }
    }
#ifdef KT_SIM_WORLD
    KT_CHECK(Seen); /* the strict pool packs them side by side */
#endif
    for (Index = 0; Index < KT_ROW; Index++) {
        MEMCHECK_FREE(Plain[Index]);
        MEMCHECK_FREE(Owned[Index]);
    }
}

/* ---- what the bytes look like ---- */

/* Write past the end of a block, find it by a check, put it back. The finding stays valid. */
static const MC_FINDING *KtpWritten(PUCHAR P, SIZE_T At, const VOID *With, SIZE_T Length)
{
    static UCHAR Was[MEMCHECK_REDZONE];

    KtpOverwrite(P + At, Length, (const UCHAR *)With, Was);
    KT_CHECK(MEM_CHECK() == 1);
    KtpPutBack(P + At, Length, Was);
    return KT_EXPECT(McKindOverrun);
}

static MC_LOOK KtpLook(const VOID *With, SIZE_T Length)
{
    PUCHAR P = KtAllocate(NonPagedPool, 104);
    MC_LOOK Look;

    if (P == NULL) {
        return McLooks;
    }
    Look = KtpWritten(P, 104, With, Length)->Damage.Look;
    MEMCHECK_FREE(P);
    return Look;
}

static VOID look_tells_what_was_written(VOID)
{
    static const UCHAR Zeros[8], Ones[8] = {255, 255, 255, 255, 255, 255, 255, 255};
    static const UCHAR Text[] = "et.sys";
    static const UCHAR Wide[] = {'e', 0, 't', 0, '.', 0, 0, 0};
    static const UCHAR Any[8] = {0x12, 0x00, 0x81, 0x02, 0x99, 0x07, 0x44, 0xee};

    KT_CHECK(KtpLook(Zeros, 8) == McLookZeros);
    KT_CHECK(KtpLook(Ones, 8) == McLookOnes);
    KT_CHECK(KtpLook(Text, 7) == McLookText);
    KT_CHECK(KtpLook(Wide, 8) == McLookWide);
    KT_CHECK(KtpLook(Any, 8) == McLookNothing);
    KT_CHECK(KtpLook(Zeros, 1) == McLookNothing);
}

static VOID look_names_the_block_of_a_pointer(VOID)
{
    PUCHAR Target = KtAllocate(NonPagedPool, 64);
    PUCHAR P = KtAllocate(NonPagedPool, 104);
    PUCHAR Pointer = Target + 16;
    const MC_FINDING *Finding;

    KT_REQUIRE(Target != NULL && P != NULL);
    Finding = KtpWritten(P, 104, &Pointer, sizeof(Pointer));
    KT_CHECK(Finding->Damage.Look == McLookBlock);
    KT_CHECK(Finding->Damage.Pointer == (ULONG_PTR)Pointer);
    KT_CHECK(Finding->Pointed.User == (ULONG_PTR)Target && Finding->Pointed.Number != 0);
    MEMCHECK_FREE(P);
    MEMCHECK_FREE(Target);
}

static VOID look_knows_the_driver_itself(VOID)
{
    static ULONG Global;
    ULONG *Pointer = &Global;

    KT_CHECK(KtpLook(&Pointer, sizeof(Pointer)) == McLookImage);
}

/* Bytes copied out of a freed buffer carry its fill; bytes copied from past the end of another its
 * guard bytes, which do not pass for those that belong here. */
static VOID look_knows_memchecks_own_bytes(VOID)
{
    PUCHAR Source = KtAllocate(NonPagedPool, 104);
    UCHAR Guard[MEMCHECK_REDZONE], Fill[8]; /* one guard byte in sixteen is the same elsewhere */
    ULONG Index;

    KT_REQUIRE(Source != NULL);
    for (Index = 0; Index < sizeof(Guard); Index++) {
        Guard[Index] = Source[104 + Index];
    }
    MEMCHECK_FREE(Source);
    for (Index = 0; Index < 8; Index++) {
        Fill[Index] = Source[Index]; /* a use after free, as the driver's would be */
    }
    KT_CHECK(KtpLook(Guard, sizeof(Guard)) == McLookGuard);
    KT_CHECK(KtpLook(Fill, 8) == McLookFill);
}

/* Found against expected: what stands in the report is what is there again when all is put back. */
static VOID damage_says_what_was_expected(VOID)
{
    static const UCHAR Zeros[4];
    PUCHAR P = KtAllocate(NonPagedPool, 100);
    const MC_FINDING *Finding;
    ULONG Index;

    KT_REQUIRE(P != NULL);
    Finding = KtpWritten(P, 100, Zeros, 4);
    for (Index = 0; Index < 4; Index++) {
        ULONG At = (ULONG)(100 - Finding->Damage.DumpAt) + Index;

        KT_CHECK(Finding->Damage.Found[At] == 0);
        KT_CHECK(Finding->Damage.Expected[At] == P[100 + Index]);
    }
    MEMCHECK_FREE(P);
}

const KT_TEST KtTestsDescribe[] = {
    KT_TEST_ROW(describe_says_where_in_a_live_block, 0),
    KT_TEST_ROW(describe_says_who_freed_it, KT_QUARANTINE),
    KT_TEST_ROW(describe_remembers_what_was_there, KT_SIM | KT_RETIRED),
    KT_TEST_ROW(describe_knows_what_is_no_block, 0),
    KT_TEST_ROW(describe_tells_others_from_nothing, KT_SIM),
    KT_TEST_ROW(describe_below_system_space_says_so, KT_SYSTEM),
    KT_TEST_ROW(describe_is_no_finding, 0),
#ifdef KT_SIM_WORLD
    KT_TEST_ROW(describe_is_printed_each_time, KT_SIM),
#endif
    KT_TEST_ROW(describe_touches_nothing, KT_IRQL),
    KT_TEST_ROW(describe_above_dispatch_is_refused, KT_IRQL),
    KT_TEST_ROW(range_inside_is_true, 0),
    KT_TEST_ROW(range_says_the_first_byte_outside, 0),
    KT_TEST_ROW(range_in_a_freed_block_is_false, KT_QUARANTINE),
    KT_TEST_ROW(range_that_wraps_is_false, 0),
    KT_TEST_ROW(range_of_no_bytes_may_stand_at_the_end, 0),
    KT_TEST_ROW(near_blocks_are_named, 0),
    KT_TEST_ROW(culprit_is_the_block_before, 0),
#ifdef KT_SIM_WORLD
    KT_TEST_ROW(culprit_is_beyond_the_pools_header, KT_SIM),
#endif
    KT_TEST_ROW(culprit_is_not_an_intact_block, 0),
    KT_TEST_ROW(culprit_is_a_plain_block_before, 0),
    KT_TEST_ROW(look_tells_what_was_written, 0),
    KT_TEST_ROW(look_names_the_block_of_a_pointer, 0),
    KT_TEST_ROW(look_knows_the_driver_itself, 0),
    KT_TEST_ROW(look_knows_memchecks_own_bytes, KT_QUARANTINE | KT_FILL),
    KT_TEST_ROW(damage_says_what_was_expected, 0),
    {NULL, NULL, 0}};

#endif
