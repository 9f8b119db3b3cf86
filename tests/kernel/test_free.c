/*
 * test_free.c - what a pointer given to MEMCHECK_FREE is, and whether the pool gets to see it.
 *
 * A pointer that must not be passed on is stopped by MemCheck or the strict pool aborts: so on the
 * simulation each of these tests proves both the report and the stop.
 */
#include "kernel_test.h"

static const MC_FINDING *KtpExpectStopped(MC_KIND Kind, PVOID P, ULONG Line)
{
    const MC_FINDING *Finding = KT_EXPECT(Kind);

    KT_CHECK(Finding->Sure);
    KT_CHECK(Finding->Action == McActionNotPassed);
    KT_CHECK(Finding->Address == (ULONG_PTR)P);
    KT_CHECK(Finding->Found.Site.Line == Line);
    return Finding;
}

static VOID free_by_either_name_is_silent(VOID)
{
    ULONG Pool;

    for (Pool = 0; Pool < 2; Pool++) {
        PVOID P = KtAllocate(KtPools[Pool], 100), Q = KtAllocate(KtPools[Pool], 100);
        PVOID R = MEM_ALLOCATE(KtPools[Pool], 100), S = KtAllocate(KtPools[Pool], 100);

        KT_REQUIRE(R != NULL);
        MEMCHECK_FREE(P); /* a tagged block without its tag: legal */
        MEMCHECK_FREE_WITH_TAG(Q, KT_TAG);
        MEMCHECK_FREE(R);
        MEMCHECK_FREE_WITH_TAG(S, 0); /* not given: what the kit makes of ExFreePool */
    }
}

static VOID free_double_is_stopped(VOID)
{
    ULONG Pool;

    for (Pool = 0; Pool < 2; Pool++) {
        PUCHAR P = KtAllocate(KtPools[Pool], 100);
        const MC_FINDING *Finding;
        ULONG Line = __LINE__ + 1;
        MEMCHECK_FREE(P);
        MEMCHECK_FREE_WITH_TAG(P, KT_TAG);
        Finding = KtpExpectStopped(McKindDoubleFree, P, Line + 1);
        KT_CHECK(Finding->By == McByFreeWithTag);
        KT_CHECK(Finding->Block.User == (ULONG_PTR)P && Finding->Block.Size == 100);
        KT_CHECK(Finding->Block.State == McStateQuarantined);
        KT_CHECK(Finding->Block.Freed.Site.Line == Line);
        MEMCHECK_FREE(P); /* and a third time */
        KT_EXPECT(McKindDoubleFree);
    }
}

static VOID free_interior_is_stopped(VOID)
{
    static const SIZE_T Sizes[] = {100, 3000, 3 * KT_PAGE, 40 * KT_PAGE};
    SIZE_T Offset;
    ULONG Pool, Index;

    for (Pool = 0; Pool < 2; Pool++) {
        for (Index = 0; Index < sizeof(Sizes) / sizeof(Sizes[0]); Index++) {
            PUCHAR P = KtAllocate(KtPools[Pool], Sizes[Index]);

            KT_REQUIRE(P != NULL);
            for (Offset = 1; Offset < Sizes[Index]; Offset += Sizes[Index] / 5) {
                const MC_FINDING *Finding;
                ULONG Line = __LINE__ + 1;
                MEMCHECK_FREE(P + Offset);
                Finding = KtpExpectStopped(McKindInteriorFree, P + Offset, Line);
                KT_CHECK(Finding->Where == McWhereInside);
                KT_CHECK(Finding->Block.User == (ULONG_PTR)P);
            }
            MEMCHECK_FREE(P + Sizes[Index] - 1);
            KT_EXPECT(McKindInteriorFree);
            KT_CHECK(MEM_VALID_ACCESS(P)); /* still live */
            MEMCHECK_FREE(P);
        }
    }
}

static VOID free_redzone_is_stopped(VOID)
{
    PUCHAR P = KtAllocate(NonPagedPool, 64);
    const MC_FINDING *Finding;
    ULONG Line;

    KT_REQUIRE(P != NULL);
    Line = __LINE__ + 1;
    MEMCHECK_FREE(P + 64);
    Finding = KtpExpectStopped(McKindRedzoneFree, P + 64, Line);
    KT_CHECK(Finding->Where == McWhereRear && Finding->Block.User == (ULONG_PTR)P);
    Line = __LINE__ + 1;
    MEMCHECK_FREE(P - KT_ALIGNMENT);
    Finding = KtpExpectStopped(McKindRedzoneFree, P - KT_ALIGNMENT, Line);
    KT_CHECK(Finding->Where == McWhereFront && Finding->Block.User == (ULONG_PTR)P);
    MEMCHECK_FREE(P);
}

/* ---- wild: it cannot be a block, and nothing of ours is there ---- */

static VOID free_wild_null_is_stopped(VOID)
{
    PVOID volatile Null = NULL;
    ULONG Line = __LINE__ + 1;
    MEMCHECK_FREE(Null);
    KT_CHECK(KtpExpectStopped(McKindWildFree, NULL, Line)->Reason == McReasonNull);
    MEMCHECK_FREE_WITH_TAG(Null, KT_TAG);
    KT_CHECK(KT_EXPECT(McKindWildFree)->Reason == McReasonNull);
}

static VOID free_wild_user_space_is_stopped(VOID)
{
    PVOID P = (PVOID)(ULONG_PTR)0x10000;
    ULONG Line = __LINE__ + 1;
    MEMCHECK_FREE(P);
    KT_CHECK(KtpExpectStopped(McKindWildFree, P, Line)->Reason == McReasonUserSpace);
}

static VOID free_wild_misaligned_is_stopped(VOID)
{
    PUCHAR Foreign = ExAllocatePoolWithTag(NonPagedPool, 200, KT_TAG); /* nothing of ours */
    ULONG Offset, Line;

    KT_REQUIRE(Foreign != NULL);
    for (Offset = 1; Offset < KT_ALIGNMENT; Offset++) {
        MC_REASON Reason;

        Line = __LINE__ + 1;
        MEMCHECK_FREE(Foreign + 64 + Offset);
        Reason = KtpExpectStopped(McKindWildFree, Foreign + 64 + Offset, Line)->Reason;
        /* Where the pool lies below MmSystemRangeStart (Wine) it is wild for two reasons. */
        KT_CHECK(Reason == McReasonMisaligned ||
                 (Reason == McReasonUserSpace && (PVOID)Foreign < MmSystemRangeStart));
    }
    ExFreePoolWithTag(Foreign, KT_TAG);
}

static VOID free_wild_stack_is_stopped(VOID)
{
    struct {
        ULONGLONG Words[8];
    } Local;
    PVOID P = (PVOID)(((ULONG_PTR)&Local + 31) & ~(ULONG_PTR)15);
    ULONG Line = __LINE__ + 1;
    MEMCHECK_FREE(P);
    KT_CHECK(KtpExpectStopped(McKindWildFree, P, Line)->Reason == McReasonStack);
}

static ULONGLONG KtpStatic[8];

static VOID free_wild_image_is_stopped(VOID)
{
    PVOID P = (PVOID)(((ULONG_PTR)KtpStatic + 15) & ~(ULONG_PTR)15);
    ULONG Line = __LINE__ + 1;
    MEMCHECK_FREE(P);
    KT_CHECK(KtpExpectStopped(McKindWildFree, P, Line)->Reason == McReasonImage);
}

/* ---- foreign: normal in drivers, the pool's to judge ---- */

static VOID free_foreign_is_passed_on(VOID)
{
    ULONG Pool;

    for (Pool = 0; Pool < 2; Pool++) {
        PVOID P = ExAllocatePoolWithTag(KtPools[Pool], 100, KT_TAG);
        PVOID Q = ExAllocatePoolWithTag(KtPools[Pool], 2 * KT_PAGE, KT_TAG);

        KT_REQUIRE(P != NULL && Q != NULL);
        MEMCHECK_FREE(P);
        MEMCHECK_FREE_WITH_TAG(Q, KT_TAG);
#ifdef KT_SIM_WORLD
        KT_CHECK(!SimPoolFind(P, NULL) && !SimPoolFind(Q, NULL));
#endif
    }
}

#ifdef KT_SIM_WORLD

/* What lies before a foreign block may be unmapped: a look at it is a blue screen. */
static VOID free_foreign_memory_before_is_not_touched(VOID)
{
    ULONG Pool;
    PVOID P;

    for (Pool = 0; Pool < 2; Pool++) {
        SimPoolPlacement(SIM_START_AT_GUARD);
        P = SimForeignAllocate(KtPools[Pool], 100);
        SimPoolPlacement(SIM_PACKED);
        KT_REQUIRE(P != NULL);
        KT_CHECK(!MEM_VALID_ACCESS(P));
        KT_EXPECT(McKindBadAccess);
        MEMCHECK_FREE(P);
        KT_CHECK(!SimPoolFind(P, NULL));
    }
}

/*
 * Give P, free since the quarantine turned over, back to the pool so that SimPlaceNext can order
 * it: Anchor, its neighbour, keeps their page in small pieces, which nothing of the flush fits
 * into.
 */
typedef struct _KT_GONE {
    PVOID Raw;
    PVOID P;
    PVOID Anchor;
    ULONG Line; /* of the free */
} KT_GONE;

static BOOLEAN KtpMakeGone(POOL_TYPE PoolType, KT_GONE *Gone)
{
    SIM_BLOCK Raw;

    Gone->P = KtAllocate(PoolType, 100);
    Gone->Anchor = KtAllocate(PoolType, 100);
    if (Gone->Anchor == NULL || !SimPoolFind(Gone->P, &Raw)) {
        return FALSE;
    }
    Gone->Raw = Raw.Start;
    Gone->Line = __LINE__ + 1;
    MEMCHECK_FREE_WITH_TAG(Gone->P, KT_TAG);
    KtFlush(PoolType);
    return !SimPoolFind(Gone->P, NULL);
}

/* It left the quarantine, and the pool gave the address to somebody else, who has us free it. */
static VOID free_late_is_said_and_passed_on(VOID)
{
    const MC_FINDING *Finding;
    PVOID Foreign;
    KT_GONE Gone;
    ULONG Pool;

    for (Pool = 0; Pool < 2; Pool++) {
        KT_REQUIRE(KtpMakeGone(KtPools[Pool], &Gone));
        SimPlaceNext(Gone.P);
        Foreign = SimForeignAllocate(KtPools[Pool], 50);
        KT_REQUIRE(Foreign == Gone.P);
        MEMCHECK_FREE(Foreign); /* correct code */
        Finding = KT_EXPECT(McKindLateFree);
        KT_CHECK(!Finding->Sure && Finding->Reason == McReasonReused);
        KT_CHECK(Finding->Action == McActionPassed);
        KT_CHECK(Finding->Block.Size == 100 && Finding->Block.State == McStateRetired);
        KT_CHECK(Finding->Block.Freed.Site.Line == Gone.Line);
        KT_CHECK(!SimPoolFind(Foreign, NULL)); /* the foreign block was freed */
        MEMCHECK_FREE(Gone.Anchor);
    }
}

/* The address is live again, and once was ours: the live block is meant, nothing is said. */
static VOID lookup_retired_is_asked_last(VOID)
{
    KT_GONE Gone;
    PVOID Again;

    KT_REQUIRE(KtpMakeGone(PagedPool, &Gone));
    SimPlaceNext(Gone.Raw);
    Again = KtAllocate(PagedPool, 100);
    KT_REQUIRE(Again == Gone.P);
    KT_CHECK(MEM_VALID_ACCESS(Again));
    MEMCHECK_FREE_WITH_TAG(Again, KT_TAG);
    KT_SILENT();
    MEMCHECK_FREE(Again);
    KT_EXPECT(McKindDoubleFree); /* not late: it is in the quarantine */
    MEMCHECK_FREE(Gone.Anchor);
}

/* The same with a block handed out without a record: the retired entry must be forgotten. */
static VOID lookup_retired_is_forgotten_when_the_address_is_handed_out(VOID)
{
    KT_GONE Gone;
    PVOID Again;

    KT_REQUIRE(KtpMakeGone(PagedPool, &Gone));
    SimFailLarger(100); /* only the driver's own request succeeds, unpadded */
    SimPlaceNext(Gone.P);
    Again = MEM_ALLOCATE_WITH_TAG(PagedPool, 100, KT_TAG);
    SimFailNone();
    KT_REQUIRE(Again == Gone.P);
    MEMCHECK_FREE_WITH_TAG(Again, KT_TAG); /* silent */
    KT_CHECK(!SimPoolFind(Again, NULL));
    MEMCHECK_FREE(Gone.Anchor);
}

/* ---- tags ---- */

static BOOLEAN KtpFreedWith(PVOID RawStart, SIM_ROUTINE Routine, ULONG Tag)
{
    SIM_REQUEST Requests[SIM_REQUESTS_KEPT];
    ULONG Index, Count = SimPoolRequests(Requests, SIM_REQUESTS_KEPT);

    for (Index = 0; Index < Count; Index++) {
        if (Requests[Index].Result == RawStart && Requests[Index].Routine == Routine &&
            Requests[Index].Tag == Tag) {
            return TRUE;
        }
    }
    return FALSE;
}

/* Whatever tag the driver gave: the raw block goes back with its own, protected bit included. */
static VOID release_owned_uses_own_tag(VOID)
{
    static const ULONG Tags[] = {KT_TAG, KT_TAG | PROTECTED_POOL};
    static const ULONG Given[] = {0x21212121u, 0, KT_TAG};
    SIM_BLOCK Raw;
    ULONG Own, Other;
    PVOID P;

    for (Own = 0; Own < 2; Own++) {
        for (Other = 0; Other < 3; Other++) {
            P = MEM_ALLOCATE_WITH_TAG(NonPagedPool, 12 * 1024, Tags[Own]);
            KT_REQUIRE(P != NULL && SimPoolFind(P, &Raw));
            MEMCHECK_FREE_WITH_TAG(P, Given[Other]);
            KtAllow(McKindWrongTag);
            KtFlush(NonPagedPool);
            KT_CHECK(!SimPoolFind(Raw.Start, &Raw) || Raw.Size != 12 * 1024);
            KT_CHECK(KtpFreedWith(Raw.Start, SIM_FREE_TAG, Tags[Own]));
        }
    }
}

#endif

static VOID free_wrong_tag_is_reported(VOID)
{
    ULONG Pool;

    for (Pool = 0; Pool < 2; Pool++) {
        PVOID P = KtAllocate(KtPools[Pool], 100);
        const MC_FINDING *Finding;

        KT_REQUIRE(P != NULL);
        MEMCHECK_FREE_WITH_TAG(P, 0x21212121u);
        Finding = KT_EXPECT(McKindWrongTag);
        KT_CHECK(Finding->Sure);
        KT_CHECK(Finding->GivenTag == 0x21212121u && Finding->Block.Tag == KT_TAG);
        KT_CHECK(!MEM_VALID_ACCESS(P)); /* freed it is */
        KT_EXPECT(McKindBadAccess);
    }
}

static VOID free_without_tag_of_a_protected_block_is_reported(VOID)
{
    PVOID P = MEM_ALLOCATE_WITH_TAG(NonPagedPool, 100, KT_TAG | 0x80000000u);
    PVOID Q = MEM_ALLOCATE_WITH_TAG(NonPagedPool, 100, KT_TAG | 0x80000000u);

    KT_REQUIRE(P != NULL && Q != NULL);
    MEMCHECK_FREE(P);
    KT_CHECK(KT_EXPECT(McKindWrongTag)->GivenTag == 0);
    MEMCHECK_FREE_WITH_TAG(Q, KT_TAG | 0x80000000u); /* silent */
}

#ifdef KT_SIM_WORLD

/* ---- MemCheck's own memory ---- */

#define KTP_OWN 64

static SIM_BLOCK KtpOwn[KTP_OWN];
static ULONG KtpOwns;

static void KtpNoteOwn(const SIM_BLOCK *Block, PVOID Context)
{
    (void)Context;
    if (Block->Owner == SIM_DRIVER && Block->Tag != KT_TAG && KtpOwns < KTP_OWN) {
        KtpOwn[KtpOwns++] = *Block;
    }
}

/* Nothing of the driver's was ever there, so nobody remembers it: but no free of it is right. */
static VOID free_of_own_memory_is_stopped(VOID)
{
    PVOID P = KtAllocate(NonPagedPool, 100);
    ULONG Index, Place;
    SIM_BLOCK Now;
    SIZE_T Last;
    PUCHAR At;

    KT_REQUIRE(P != NULL);
    KtpOwns = 0;
    SimPoolEach(KtpNoteOwn, NULL);
    KT_REQUIRE(KtpOwns != 0);
    for (Index = 0; Index < KtpOwns; Index++) {
        Last = (KtpOwn[Index].Size - 1) & ~(SIZE_T)(KT_ALIGNMENT - 1);
        for (Place = 0; Place < 3; Place++) { /* the start, inside, the end */
            At = (PUCHAR)KtpOwn[Index].Start;
            At += Place == 0 ? 0 : Place == 1 ? KT_ALIGNMENT : Last;
            MEMCHECK_FREE(At);
            KtpExpectStopped(McKindWildFree, At, __LINE__ - 1);
            KT_CHECK(SimPoolFind(At, &Now) && Now.Sequence == KtpOwn[Index].Sequence);
        }
    }
    MEMCHECK_FREE(P);
    KT_CHECK(MEM_CHECK() == 0);
}

#endif

const KT_TEST KtTestsFree[] = {
    KT_TEST_ROW(free_by_either_name_is_silent, 0),
    KT_TEST_ROW(free_double_is_stopped, KT_QUARANTINE),
    KT_TEST_ROW(free_interior_is_stopped, 0),
    KT_TEST_ROW(free_redzone_is_stopped, 0),
    KT_TEST_ROW(free_wild_null_is_stopped, 0),
    KT_TEST_ROW(free_wild_user_space_is_stopped, KT_SYSTEM),
    KT_TEST_ROW(free_wild_misaligned_is_stopped, 0),
    KT_TEST_ROW(free_wild_stack_is_stopped, 0),
    KT_TEST_ROW(free_wild_image_is_stopped, 0),
    KT_TEST_ROW(free_foreign_is_passed_on, 0),
    KT_TEST_ROW(free_wrong_tag_is_reported, 0),
    KT_TEST_ROW(free_without_tag_of_a_protected_block_is_reported, 0),
#ifdef KT_SIM_WORLD
    KT_TEST_ROW(free_foreign_memory_before_is_not_touched, KT_SIM),
    KT_TEST_ROW(free_late_is_said_and_passed_on, KT_SIM | KT_RETIRED),
    KT_TEST_ROW(lookup_retired_is_asked_last, KT_SIM | KT_QUARANTINE),
    KT_TEST_ROW(lookup_retired_is_forgotten_when_the_address_is_handed_out, KT_SIM | KT_RETIRED),
    KT_TEST_ROW(release_owned_uses_own_tag, KT_SIM),
    KT_TEST_ROW(free_of_own_memory_is_stopped, KT_SIM),
#endif
    {NULL, NULL, 0}};
