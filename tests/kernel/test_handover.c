/*
 * test_handover.c - memory that crosses the border: blocks that the driver allocates and somebody
 * else frees (the system, a file without MemCheck, another copy of MemCheck), and the other way
 * round. Hand-overs are said (MEM_HANDED_OVER, MEM_ALLOCATE_FOR_SYSTEM), seen as they happen
 * (strings, IRPs), or known from addresses (test_plain.c).
 *
 * Past MemCheck is a name in brackets, "(ExFreePool)(P)": no macro reaches it. So frees a file
 * without MemCheck.
 */
#include "kernel_test.h"
#include "memcheck_replace.h"

#define KT_ONE_SITE __attribute__((noinline))

static KT_ONE_SITE PUCHAR KtpPlain(SIZE_T Size)
{
    PUCHAR P = ExAllocatePoolWithTag(NonPagedPool, Size, KT_TAG);

    KT_CHECK(P != NULL);
    return P;
}

/* ---- MEM_HANDED_OVER ---- */

/* From then on it is a foreign block: the driver may free it all the same, and its leak is none. */
static VOID handover_of_a_plain_block_is_silent(VOID)
{
    PUCHAR P = KtpPlain(100), Q = KtpPlain(100);

    KT_REQUIRE(P != NULL && Q != NULL);
    KtPoke(P + 100, 0); /* nor is it verified */
    MEM_HANDED_OVER(P);
    MEM_HANDED_OVER(Q);
    ExFreePoolWithTag(P, KT_TAG);
    KtExit();
    KT_SILENT();
    (ExFreePoolWithTag)(Q, KT_TAG);
}

static VOID handover_of_an_owned_block_is_reported(VOID)
{
    PUCHAR P = KtAllocate(NonPagedPool, 100);
    const MC_FINDING *Finding;
    ULONG Line = __LINE__ + 1;
    MEM_HANDED_OVER(P);
    Finding = KT_EXPECT(McKindBadHandOver);
    KT_CHECK(Finding->Sure && Finding->Reason == McReasonFrontRedzone);
    KT_CHECK(Finding->By == McByHandOver && Finding->Found.Site.Line == Line);
    KT_CHECK(Finding->Block.User == (ULONG_PTR)P && Finding->Block.Size == 100);
    KtPoke(P + 100, 0); /* it is monitored as before */
    MEMCHECK_FREE(P);
    KT_CHECK(KT_EXPECT(McKindOverrun)->Sure);
}

static VOID handover_of_what_is_no_block_is_ignored(VOID)
{
    PUCHAR P = KtpPlain(100), Freed = KtpPlain(100);
    UCHAR Local = 0;

    KT_REQUIRE(P != NULL && Freed != NULL);
    ExFreePoolWithTag(Freed, KT_TAG);
    MEM_HANDED_OVER(NULL);
    MEM_HANDED_OVER(&Local);
    MEM_HANDED_OVER(P + 16);
    MEM_HANDED_OVER(P + 3);
    MEM_HANDED_OVER(P + 100);
    MEM_HANDED_OVER(Freed);
    KT_SILENT();
    KtPoke(P + 100, 0); /* P is monitored as before */
    ExFreePoolWithTag(P, KT_TAG);
    KT_EXPECT(McKindOverrun);
}

/* One that is held back is freed already: it is not the system's, and a second free is one. */
static VOID handover_of_a_freed_block_changes_nothing(VOID)
{
    PUCHAR P = KtpPlain(100);

    KT_REQUIRE(P != NULL);
    ExFreePoolWithTag(P, KT_TAG);
    MEM_HANDED_OVER(P);
    ExFreePoolWithTag(P, KT_TAG);
    KT_CHECK(KT_EXPECT(McKindDoubleFree)->Sure);
}

/* ---- MEM_ALLOCATE_FOR_SYSTEM ---- */

static VOID system_block_may_be_freed_by_the_driver_too(VOID)
{
    PUCHAR P = MEM_ALLOCATE_FOR_SYSTEM(NonPagedPool, 100);
    PUCHAR Q = MEM_ALLOCATE_FOR_SYSTEM_WITH_TAG(PagedPool, 100, KT_TAG);
    const MC_FINDING *Finding;

    KT_REQUIRE(P != NULL && Q != NULL);
    KtFill(P, 100, 0x5A);
    KtPoke(Q + 100, 0);
    MEMCHECK_FREE(P);
    MEMCHECK_FREE_WITH_TAG(Q, KT_TAG);
    Finding = KT_EXPECT(McKindOverrun);
    KT_CHECK(!Finding->Sure && Finding->Block.User == (ULONG_PTR)Q);
}

static VOID system_block_is_no_leak(VOID)
{
    PUCHAR P = MEM_ALLOCATE_FOR_SYSTEM_WITH_TAG(NonPagedPool, 100, KT_TAG);

    KT_REQUIRE(P != NULL);
    KtFill(P, 100, 0x5A);
    KtExit();
    KT_SILENT();
    KT_CHECK(KtIsFilled(P, 100, 0x5A));
    (ExFreePoolWithTag)(P, KT_TAG); /* on a strict pool: it was still there */
}

#ifdef KT_SIM_WORLD

#include "core.h"

static BOOLEAN KtpKnown(PVOID P)
{
    MC_RECORD *Record = McIndexFindExact((ULONG_PTR)P);

    if (Record != NULL) {
        McRecordRelease(Record);
    }
    return Record != NULL;
}

/* The system keeps none of them, and MemCheck no more than so many records. */
static VOID system_blocks_are_remembered_in_bounds(VOID)
{
    static PUCHAR P[MEMCHECK_SYSTEM_BLOCKS + 10];
    ULONG Index;

    for (Index = 0; Index < MEMCHECK_SYSTEM_BLOCKS + 10; Index++) {
        P[Index] = MEM_ALLOCATE_FOR_SYSTEM_WITH_TAG(NonPagedPool, 1, KT_TAG);
        KT_REQUIRE(P[Index] != NULL);
    }
    KT_CHECK(!KtpKnown(P[0]) && !KtpKnown(P[9]));
    KT_CHECK(KtpKnown(P[10]) && KtpKnown(P[MEMCHECK_SYSTEM_BLOCKS + 9]));
    MEMCHECK_FREE_WITH_TAG(P[0], KT_TAG); /* forgotten: foreign, and passed on */
    KT_CHECK(!SimPoolFind(P[0], NULL));
    SimOutputClear();
    KtExit();
    KT_SILENT();
#ifdef MEMCHECK_INFOPRINT
    KT_CHECK(SimOutputFind("forgotten 10") == 1);
#endif
    for (Index = 1; Index < MEMCHECK_SYSTEM_BLOCKS + 10; Index++) {
        SimSystemFree(P[Index]);
    }
}

/* One that came back is not the oldest any more: what stands where it stood stays. */
static VOID system_blocks_that_came_back_push_nothing_out(VOID)
{
    static PUCHAR P[MEMCHECK_SYSTEM_BLOCKS];
    PUCHAR Q;
    ULONG Index;

    Q = KtpPlain(100);
    for (Index = 0; Index < 2 * MEMCHECK_SYSTEM_BLOCKS; Index++) {
        PUCHAR Each = MEM_ALLOCATE_FOR_SYSTEM_WITH_TAG(NonPagedPool, 1, KT_TAG);

        MEMCHECK_FREE_WITH_TAG(Each, KT_TAG);
    }
    for (Index = 0; Index < MEMCHECK_SYSTEM_BLOCKS; Index++) {
        P[Index] = MEM_ALLOCATE_FOR_SYSTEM_WITH_TAG(NonPagedPool, 1, KT_TAG);
    }
    KT_CHECK(KtpKnown(Q));
    for (Index = 0; Index < MEMCHECK_SYSTEM_BLOCKS; Index++) {
        KT_CHECK(KtpKnown(P[Index]));
        MEMCHECK_FREE_WITH_TAG(P[Index], KT_TAG);
    }
    ExFreePoolWithTag(Q, KT_TAG);
}

/* ---- freed elsewhere ---- */

/* After each way of going, the address goes to somebody else, who is not to be told anything. */
static VOID handover_then_the_address_is_anothers(VOID)
{
    PUCHAR P = KtpPlain(100), F;

    KT_REQUIRE(P != NULL);
    MEM_HANDED_OVER(P);
    SimSystemFree(P);
    SimPlaceNext(P);
    F = SimForeignAllocate(NonPagedPool, 40);
    KT_REQUIRE(F == P);
    ExFreePool(F);
    KT_CHECK(!SimPoolFind(F, NULL)); /* at once: it was not taken for ours */
    KT_SILENT();
}

static VOID handover_by_a_file_without_memcheck(VOID)
{
    PUCHAR P = KtpPlain(100), Q;

    KT_REQUIRE(P != NULL);
    (ExFreePool)(P);
    SimPlaceNext(P);
    Q = KtpPlain(100);
    KT_REQUIRE(Q == P);
    KT_SILENT();
    SimPoolReuse(SIM_REUSE_NEVER); /* an address that was ours would be said to have been */
    ExFreePool(Q);
    P = (ExAllocatePoolWithTag)(NonPagedPool, 101, KT_TAG); /* the other way */
    KT_CHECK(!KtpKnown(P));
    ExFreePoolWithTag(P, KT_TAG);
    KT_CHECK(!SimPoolFind(P, NULL));
}

/* ---- strings ---- */

typedef union _KTP_STRING {
    UNICODE_STRING Unicode;
    STRING Ansi;
} KTP_STRING;

static VOID KtpString(KTP_STRING *String, PVOID Buffer)
{
    String->Ansi.Length = 20;
    String->Ansi.MaximumLength = 40;
    String->Ansi.Buffer = Buffer;
}

static BOOLEAN KtpIsCleared(const KTP_STRING *String)
{
    return String->Ansi.Length == 0 && String->Ansi.MaximumLength == 0 &&
           String->Ansi.Buffer == NULL;
}

static VOID KtpFreeString(ULONG Which, KTP_STRING *String)
{
    switch (Which) {
    case 0: RtlFreeUnicodeString(&String->Unicode); break;
    case 1: RtlFreeAnsiString(&String->Ansi); break;
    default: RtlFreeOemString(&String->Ansi); break;
    }
}

static VOID string_of_ours_is_freed_through_us(VOID)
{
    static const ULONG Routines[] = {McRtlFreeUnicodeString, McRtlFreeAnsiString,
                                     McRtlFreeOemString};
    ULONG Which;

    for (Which = 0; Which < 3; Which++) {
        PUCHAR P = KtpPlain(40);
        const MC_FINDING *Finding;
        KTP_STRING String;

        KT_REQUIRE(P != NULL);
        KtpString(&String, P);
        KtPoke(P + 40, 0);
        KtpFreeString(Which, &String);
        KT_CHECK(KtpIsCleared(&String));
        Finding = KT_EXPECT(McKindOverrun);
        KT_CHECK(!Finding->Sure && Finding->Block.User == (ULONG_PTR)P);
        KT_CHECK(Finding->By == McByRoutine && Finding->Routine == Routines[Which]);
        KT_CHECK(!SimPoolFind(P, NULL));
    }
}

/* Its buffer stays in the quarantine. */
static VOID string_freed_twice_is_a_double_free(VOID)
{
    PUCHAR P = KtpPlain(40);
    KTP_STRING String;

    KT_REQUIRE(P != NULL);
    KtpString(&String, P);
    RtlFreeUnicodeString(&String.Unicode);
    KT_CHECK(KtpIsCleared(&String));
    KT_SILENT();
    KtpString(&String, P);
    RtlFreeUnicodeString(&String.Unicode);
    KT_CHECK(KT_EXPECT(McKindDoubleFree)->Sure);
}

static VOID string_of_anothers_is_freed_by_the_kit(VOID)
{
    ULONG Which;

    for (Which = 0; Which < 3; Which++) {
        PUCHAR F = SimForeignAllocate(NonPagedPool, 40);
        SIM_REQUEST Free;
        KTP_STRING String;

        KtpString(&String, F);
        KtpFreeString(Which, &String);
        KT_CHECK(KtpIsCleared(&String));
        KT_CHECK(SimPoolLast(SIM_FREE_STRING, &Free) && Free.Result == F);
        KtpString(&String, NULL);
        KtpFreeString(Which, &String);
        KT_CHECK(KtpIsCleared(&String));
        KT_SILENT();
    }
}

/* The kit's routine, past us, frees a buffer of ours. */
static VOID string_freed_past_us_is_a_stale_record(VOID)
{
    PUCHAR P = KtpPlain(40), Q;
    KTP_STRING String;

    KT_REQUIRE(P != NULL);
    KtpString(&String, P);
    (RtlFreeUnicodeString)(&String.Unicode);
    SimPlaceNext(P);
    Q = KtpPlain(40);
    KT_REQUIRE(Q == P);
    KT_SILENT();
    KtpString(&String, Q);
    RtlFreeUnicodeString(&String.Unicode);
    KT_SILENT();
}

/* A buffer of MEM_ALLOCATE: only MemCheck can free it, and our name does. */
static VOID string_with_guard_bytes_in_front_is_freed(VOID)
{
    PUCHAR P = KtAllocate(NonPagedPool, 40);
    KTP_STRING String;

    KT_REQUIRE(P != NULL);
    KtpString(&String, P);
    RtlFreeUnicodeString(&String.Unicode);
    KT_CHECK(KtpIsCleared(&String));
    KT_SILENT();
}

/* ---- IRPs ---- */

/* The answer to many a PnP request: the manager frees what stands in Information. */
static VOID irp_completed_hands_its_answer_over(VOID)
{
    KIRQL Levels[2] = {PASSIVE_LEVEL, DISPATCH_LEVEL};
    ULONG Index;

    for (Index = 0; Index < 2; Index++) {
        PUCHAR P = KtpPlain(100), F;
        PIRP Irp = SimIrpCreate(1);
        KIRQL Irql;

        KT_REQUIRE(P != NULL);
        SimIrpFreesInformation(Irp);
        Irp->IoStatus.Information = (ULONG_PTR)P;
        Irql = KtRaise(Levels[Index]);
        IofCompleteRequest(Irp, IO_NO_INCREMENT);
        KT_CHECK(!KtpKnown(P));
        KtLower(Irql);
        KT_CHECK(SimIrpCompleted(Irp, NULL));
        KT_CHECK(!SimPoolFind(P, NULL)); /* the system had it, and freed it */
        SimPlaceNext(P);
        F = SimForeignAllocate(NonPagedPool, 16);
        ExFreePool(F);
        KT_CHECK(!SimPoolFind(F, NULL));
    }
}

static NTSTATUS KtpBelow(PDEVICE_OBJECT Device, PIRP Irp)
{
    *(ULONG_PTR *)Device->DeviceExtension = Irp->IoStatus.Information;
    (IofCompleteRequest)(Irp, IO_NO_INCREMENT); /* a driver without MemCheck */
    return STATUS_SUCCESS;
}

static VOID irp_sent_down_hands_its_answer_over(VOID)
{
    ULONG_PTR Seen = 0;
    DEVICE_OBJECT Device = {&Seen, 1, KtpBelow};
    PUCHAR P = KtpPlain(100);
    PIRP Irp = SimIrpCreate(2);

    KT_REQUIRE(P != NULL);
    SimIrpFreesInformation(Irp);
    Irp->IoStatus.Information = (ULONG_PTR)P;
    KT_CHECK(IofCallDriver(&Device, Irp) == STATUS_SUCCESS);
    KT_CHECK(Seen == (ULONG_PTR)P && SimIrpCompleted(Irp, NULL));
    KT_CHECK(!KtpKnown(P) && !SimPoolFind(P, NULL));
    KtExit();
    KT_SILENT();
}

/* Mostly it is a number of bytes, or nothing: then no block goes, and none is touched. */
static VOID irp_with_a_number_hands_nothing_over(VOID)
{
    PUCHAR P = KtpPlain(100);
    ULONG_PTR Numbers[6];
    ULONG Index;

    KT_REQUIRE(P != NULL);
    Numbers[0] = 0;
    Numbers[1] = 100;
    Numbers[2] = 4096;
    Numbers[3] = (ULONG_PTR)P + 16; /* not its start */
    Numbers[4] = (ULONG_PTR)P + 100;
    Numbers[5] = (ULONG_PTR)-16;
    for (Index = 0; Index < 6; Index++) {
        PIRP Irp = SimIrpCreate(1);
        IO_STATUS_BLOCK Status;

        Irp->IoStatus.Status = STATUS_SUCCESS;
        Irp->IoStatus.Information = Numbers[Index];
        IofCompleteRequest(Irp, IO_NO_INCREMENT);
        KT_CHECK(SimIrpCompleted(Irp, &Status) && Status.Information == Numbers[Index]);
        KT_CHECK(KtpKnown(P));
    }
    KT_SILENT();
    KtPoke(P + 100, 0);
    ExFreePoolWithTag(P, KT_TAG);
    KT_EXPECT(McKindOverrun);
}

/* Two drivers may have agreed on that; so it is possible only. */
static VOID irp_with_an_owned_block_is_reported_as_possible(VOID)
{
    PUCHAR P = KtAllocate(NonPagedPool, 100);
    const MC_FINDING *Finding;
    PIRP Irp = SimIrpCreate(1);

    KT_REQUIRE(P != NULL);
    Irp->IoStatus.Information = (ULONG_PTR)P;
    IofCompleteRequest(Irp, IO_NO_INCREMENT);
    Finding = KT_EXPECT(McKindBadHandOver);
    KT_CHECK(!Finding->Sure && Finding->Block.User == (ULONG_PTR)P);
    KT_CHECK(Finding->By == McByRoutine && Finding->Routine == McIofCompleteRequest);
    KT_CHECK(SimIrpCompleted(Irp, NULL));
    MEMCHECK_FREE(P);
}

/* ---- another copy of MemCheck, in another driver ---- */

/*
 * MemCheck's objects once more, every symbol with "Other" before it (cmake/host.cmake). Where the
 * suite is linked without, the tests are skipped.
 */
#define KTP_OTHER(Name)  KTP_OTHER_(Name)
#define KTP_OTHER_(Name) Other##Name
#define KTP_WEAK         __attribute__((weak))

VOID KTP_OTHER(McInit)(const char *, ULONG, const char *) KTP_WEAK;
VOID KTP_OTHER(McExit)(const char *, ULONG, const char *) KTP_WEAK;
PVOID KTP_OTHER(McAllocateWithTag)(POOL_TYPE, SIZE_T, ULONG, const char *, ULONG,
                                   const char *) KTP_WEAK;
VOID KTP_OTHER(McFree)(PVOID, const char *, ULONG, const char *) KTP_WEAK;
PVOID KTP_OTHER(McAllocateAs)(ULONG, POOL_TYPE, SIZE_T, ULONG, ULONG, const char *, ULONG,
                              const char *) KTP_WEAK;
VOID KTP_OTHER(McFreeAs)(ULONG, PVOID, ULONG, const VOID *, ULONG, const char *, ULONG,
                         const char *) KTP_WEAK;

BOOLEAN KtOtherCopy(VOID); /* asked by world_sim.c */
BOOLEAN KtOtherCopy(VOID)
{
    return KTP_OTHER(McInit) != NULL;
}

/* What the other one reports. */
static volatile LONG KtpOtherSure, KtpOtherPossible;

VOID OtherMcTestReport(const MC_FINDING *Finding);
VOID OtherMcTestReport(const MC_FINDING *Finding)
{
    KtAdd(Finding->Sure ? &KtpOtherSure : &KtpOtherPossible, 1);
}

static KT_ONE_SITE PUCHAR KtpOtherPlain(SIZE_T Size)
{
    return KTP_OTHER(McAllocateAs)(McExAllocatePoolWithTag, NonPagedPool, Size, KT_TAG, 0, __FILE__,
                                   __LINE__, __func__);
}

static VOID KtpOtherFree(PVOID P)
{
    KTP_OTHER(McFreeAs)(McExFreePoolWithTag, P, KT_TAG, NULL, 0, __FILE__, __LINE__, __func__);
}

/* Ours, freed by them: a foreign block to them, a stale record to us. */
static VOID other_copy_frees_our_block(VOID)
{
    PUCHAR P, Q;

    KTP_OTHER(McInit)(__FILE__, __LINE__, __func__);
    P = KtpPlain(100);
    KT_REQUIRE(P != NULL);
    KtpOtherFree(P);
    KT_CHECK(!SimPoolFind(P, NULL));
    SimPlaceNext(P);
    Q = KtpPlain(100);
    KT_REQUIRE(Q == P);
    ExFreePool(Q);
    KTP_OTHER(McExit)(__FILE__, __LINE__, __func__);
    KT_CHECK(KtpOtherSure == 0 && KtpOtherPossible == 0);
}

/* Theirs, freed by us. */
static VOID other_copys_block_is_freed_by_us(VOID)
{
    PUCHAR P;

    KTP_OTHER(McInit)(__FILE__, __LINE__, __func__);
    P = KtpOtherPlain(100);
    KT_REQUIRE(P != NULL && !KtpKnown(P));
    ExFreePoolWithTag(P, KT_TAG);
    KT_CHECK(!SimPoolFind(P, NULL));
    KT_SILENT();
    KTP_OTHER(McExit)(__FILE__, __LINE__, __func__);
    KT_CHECK(KtpOtherSure == 0 && KtpOtherPossible == 1); /* leaked, or handed over */
}

/* Theirs, guarded in front, where a block of ours was: freed by them it is an address inside. */
static VOID other_copys_owned_block_where_ours_was(VOID)
{
    PUCHAR P, Q;

    KTP_OTHER(McInit)(__FILE__, __LINE__, __func__);
    KTP_OTHER(McFree)
    (KTP_OTHER(McAllocateWithTag)(NonPagedPool, 8, KT_TAG, "warm.c", 1, NULL), "warm.c", 2, NULL);
    P = KtpPlain(640);
    KT_REQUIRE(P != NULL);
    SimSystemFree(P);
    SimPlaceNext(P);
    Q = KTP_OTHER(McAllocateWithTag)(NonPagedPool, 200, KT_TAG, "warm.c", 1, NULL);
    KT_REQUIRE(Q > P && Q < P + 640);
    KtFill(Q, 200, 0x5A);
    MEM_CHECK();
    KT_CHECK(KtIsFilled(Q, 200, 0x5A));
    KTP_OTHER(McFree)(Q, __FILE__, __LINE__, __func__);
    KTP_OTHER(McExit)(__FILE__, __LINE__, __func__);
    KT_CHECK(KtpOtherSure == 0 && KtpOtherPossible == 0);
    KtExit();
    KT_CHECK(!KT_EXPECT(McKindLeak)->Sure);
}

#define KTP_PAIRS 300

static VOID KtpOtherDriver(PVOID Context)
{
    PUCHAR *Slots = Context;
    ULONG Index;

    for (Index = 0; Index < KTP_PAIRS; Index++) {
        PUCHAR Mine = KtpOtherPlain(16 + Index % 300);

        if (Mine == NULL) {
            return;
        }
        Mine = __atomic_exchange_n(&Slots[Index % 8], Mine, __ATOMIC_SEQ_CST);
        if (Mine != NULL) {
            KtpOtherFree(Mine);
        }
    }
}

/* Two drivers, each with its MemCheck, that free each other's blocks all the time. */
static VOID other_copy_and_ours_free_each_others_blocks(VOID)
{
    static PUCHAR Slots[8];
    static KT_THREAD Thread;
    ULONG Index, Kind;

    KTP_OTHER(McInit)(__FILE__, __LINE__, __func__);
    KT_REQUIRE(KtThreadStart(&Thread, KtpOtherDriver, Slots));
    for (Index = 0; Index < KTP_PAIRS; Index++) {
        PUCHAR Mine = KtpPlain(16 + Index % 300);

        KT_REQUIRE(Mine != NULL);
        Mine = __atomic_exchange_n(&Slots[Index % 8], Mine, __ATOMIC_SEQ_CST);
        if (Mine != NULL) {
            ExFreePoolWithTag(Mine, KT_TAG);
        }
    }
    KtThreadJoin(&Thread);
    for (Index = 0; Index < 8; Index++) {
        ExFreePoolWithTag(Slots[Index], KT_TAG);
    }
    KTP_OTHER(McExit)(__FILE__, __LINE__, __func__);
    KtExit();
    KT_CHECK(KtpOtherSure == 0);
    for (Kind = McKindNone + 1; Kind < McKinds; Kind++) {
        while (KtPending((MC_KIND)Kind) != 0) {
            KT_CHECK(!KT_EXPECT((MC_KIND)Kind)->Sure);
        }
    }
}

#endif

const KT_TEST KtTestsHandOver[] = {
    KT_TEST_ROW(handover_of_a_plain_block_is_silent, KT_PLAIN),
    KT_TEST_ROW(handover_of_an_owned_block_is_reported, 0),
    KT_TEST_ROW(handover_of_what_is_no_block_is_ignored, KT_PLAIN),
    KT_TEST_ROW(handover_of_a_freed_block_changes_nothing, KT_PLAIN | KT_QUARANTINE),
    KT_TEST_ROW(system_block_may_be_freed_by_the_driver_too, 0),
    KT_TEST_ROW(system_block_is_no_leak, 0),
#ifdef KT_SIM_WORLD
    KT_TEST_ROW(system_blocks_are_remembered_in_bounds, KT_SIM),
    KT_TEST_ROW(system_blocks_that_came_back_push_nothing_out, KT_SIM | KT_PLAIN),
    KT_TEST_ROW(handover_then_the_address_is_anothers, KT_SIM | KT_PLAIN),
    KT_TEST_ROW(handover_by_a_file_without_memcheck, KT_SIM | KT_PLAIN),
    KT_TEST_ROW(string_of_ours_is_freed_through_us, KT_SIM | KT_PLAIN),
    KT_TEST_ROW(string_freed_twice_is_a_double_free, KT_SIM | KT_QUARANTINE),
    KT_TEST_ROW(string_of_anothers_is_freed_by_the_kit, KT_SIM),
    KT_TEST_ROW(string_freed_past_us_is_a_stale_record, KT_SIM | KT_PLAIN),
    KT_TEST_ROW(string_with_guard_bytes_in_front_is_freed, KT_SIM),
    KT_TEST_ROW(irp_completed_hands_its_answer_over, KT_SIM | KT_PLAIN),
    KT_TEST_ROW(irp_sent_down_hands_its_answer_over, KT_SIM | KT_PLAIN),
    KT_TEST_ROW(irp_with_a_number_hands_nothing_over, KT_SIM | KT_PLAIN),
    KT_TEST_ROW(irp_with_an_owned_block_is_reported_as_possible, KT_SIM),
    KT_TEST_ROW(other_copy_frees_our_block, KT_SIM | KT_PLAIN | KT_OTHER),
    KT_TEST_ROW(other_copys_block_is_freed_by_us, KT_SIM | KT_PLAIN | KT_OTHER),
    KT_TEST_ROW(other_copys_owned_block_where_ours_was, KT_SIM | KT_PLAIN | KT_OTHER),
    KT_TEST_ROW(other_copy_and_ours_free_each_others_blocks, KT_SIM | KT_PLAIN | KT_OTHER),
#endif
    {NULL, NULL, 0}};
