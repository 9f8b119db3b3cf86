/*
 * test_threads.c - several threads, and DPCs on the same processor. Everything static: a thread
 * that does not end in time goes on using it.
 */
#include "kernel_test.h"

#define KT_THREADS 4
#define KT_BATCH   50

static KT_THREAD KtpThreads[KT_THREADS];
static volatile LONG KtpGo, KtpStop, KtpDone;

static BOOLEAN KtpJoinAll(ULONG Count)
{
    BOOLEAN All = TRUE;
    ULONG Index;

    for (Index = 0; Index < Count; Index++) {
        All = (BOOLEAN)(KtThreadJoin(&KtpThreads[Index]) && All);
    }
    return All;
}

/* ---- everybody allocates, frees and checks ---- */

static PUCHAR KtpBlocks[KT_THREADS][20];
static SIZE_T KtpSizes[KT_THREADS][20];

static VOID KtpChurn(PVOID Context)
{
    ULONG Self = (ULONG)(ULONG_PTR)Context, Index, Random = Self * 77 + 1;

    for (Index = 0; Index < 1500; Index++) {
        ULONG Slot = Index % 20;
        PUCHAR P = KtpBlocks[Self][Slot];

        if (P != NULL) {
            KT_CHECK(KtIsFilled(P, KtpSizes[Self][Slot], (UCHAR)(Self + 1)));
            MEMCHECK_FREE_WITH_TAG(P, KT_TAG);
        }
        Random = Random * 1103515245u + 12345u;
        KtpSizes[Self][Slot] = (Random >> 16) % ((Random >> 8) % 10 == 0 ? 9000 : 300);
        P = KtAllocate(KtPools[(Random >> 7) & 1], KtpSizes[Self][Slot]);
        KtpBlocks[Self][Slot] = P;
        if (P == NULL) {
            return;
        }
        KtFill(P, KtpSizes[Self][Slot], (UCHAR)(Self + 1));
        if (Index % 100 == 50) {
            KT_CHECK(MEM_CHECK() == 0);
            KT_CHECK(KtpSizes[Self][Slot] == 0 || MEM_VALID_ACCESS(P));
        }
    }
    for (Index = 0; Index < 20; Index++) {
        MEMCHECK_FREE(KtpBlocks[Self][Index]);
        KtpBlocks[Self][Index] = NULL;
    }
}

static VOID threads_allocate_free_and_check_at_once(VOID)
{
    ULONG Index;

    for (Index = 0; Index < KT_THREADS; Index++) {
        KT_CHECK(KtThreadStart(&KtpThreads[Index], KtpChurn, (PVOID)(ULONG_PTR)Index));
    }
    KT_CHECK(KtpJoinAll(KT_THREADS));
    KT_CHECK(MEM_CHECK() == 0);
}

/* ---- two threads free the same blocks: each is freed once, and once found out ---- */

static PVOID KtpShared[KT_BATCH];

static VOID KtpFreeShared(PVOID Context)
{
    ULONG Index;

    (void)Context;
    KtWait(&KtpGo, 1);
    for (Index = 0; Index < KT_BATCH; Index++) {
        MEMCHECK_FREE(KtpShared[Index]);
    }
}

static VOID threads_two_frees_of_a_block_are_one_double_free(VOID)
{
    ULONG Round, Index;

    for (Round = 0; Round < 10; Round++) {
        for (Index = 0; Index < KT_BATCH; Index++) {
            KtpShared[Index] = KtAllocate(KtPools[Round & 1], 20);
        }
        KtpGo = 0;
        KT_CHECK(KtThreadStart(&KtpThreads[0], KtpFreeShared, NULL));
        KT_CHECK(KtThreadStart(&KtpThreads[1], KtpFreeShared, NULL));
        KtpGo = 1;
        KT_CHECK(KtpJoinAll(2));
        KT_CHECK(KtPending(McKindDoubleFree) == KT_BATCH);
        for (Index = 0; Index < KT_BATCH; Index++) {
            const MC_FINDING *Finding = KT_EXPECT(McKindDoubleFree);

            KT_CHECK(Finding->Sure && Finding->Action == McActionNotPassed);
        }
        KtFlush(KtPools[Round & 1]);
    }
}

/* ---- frees during a check ---- */

static VOID KtpCheckOn(PVOID Context)
{
    (void)Context;
    while (!KtpStop) {
        KT_CHECK(MEM_CHECK() == 0);
        KtAdd(&KtpDone, 1);
        KtSleep(1); /* with one processor and no time slices nobody else would run */
    }
}

static VOID threads_free_during_a_check(VOID)
{
    static PUCHAR P[KT_BATCH];
    ULONG Round, Index;

    KtpStop = KtpDone = 0;
    KT_REQUIRE(KtThreadStart(&KtpThreads[0], KtpCheckOn, NULL));
    KT_CHECK(KtWait(&KtpDone, 1));
    for (Round = 0; Round < 60; Round++) {
        for (Index = 0; Index < KT_BATCH; Index++) {
            P[Index] = KtAllocate(KtPools[Index & 1], 40 * Index);
        }
        for (Index = 0; Index < KT_BATCH; Index++) {
            MEMCHECK_FREE(P[Index]); /* and the quarantine turns over */
        }
    }
    KtpStop = 1;
    KT_CHECK(KtpJoinAll(1));
}

/* ---- DPCs ---- */

static PVOID KtpForDpc;

static VOID KtpFreeInDpc(PVOID Context)
{
    PUCHAR P;

    (void)Context;
    MEMCHECK_FREE_WITH_TAG(KtpForDpc, KT_TAG);
    P = MEM_ALLOCATE_WITH_TAG(NonPagedPool, 64, KT_TAG);
    if (P != NULL) {
        KtFill(P, 64, 0x77);
        MEMCHECK_FREE(P);
    }
}

static VOID KtpDpcs(PVOID Context)
{
    static volatile LONG Finished;
    LONG Index;

    (void)Context;
    Finished = 0;
    for (Index = 0; Index < 200 && !KtpStop; Index++) {
        KtpForDpc = KtAllocate(NonPagedPool, 100);
        if (KtpForDpc == NULL || !KtQueueDpc(KtpFreeInDpc, NULL, &Finished) ||
            !KtWait(&Finished, Index + 1)) {
            KT_CHECK(!"the DPC ran");
            break;
        }
    }
    KtAdd(&KtpDone, 1);
}

/*
 * A DPC on the processor that checks, allocates or frees must get through: there is nobody to wait
 * for, because whom it waits for is what it interrupts.
 */
static VOID threads_free_from_a_dpc_on_the_same_processor(VOID)
{
    KtpStop = KtpDone = 0;
    KT_REQUIRE(KtThreadStart(&KtpThreads[0], KtpDpcs, NULL));
    while (KtpDone == 0 && KtFailures == 0) {
        PVOID P = KtAllocate(PagedPool, 50), Q = KtAllocate(NonPagedPool, 50);

        KT_CHECK(MEM_CHECK() == 0);
        MEM_LIST_DISPLAY();
        MEMCHECK_FREE(P);
        MEMCHECK_FREE(Q);
        KtSleep(1);
    }
    KtpStop = 1;
    KT_CHECK(KtpJoinAll(1));
}

/* ---- one allocates, another frees ---- */

static PUCHAR KtpHandedOver;

static VOID KtpFreeHandedOver(PVOID Context)
{
    (void)Context;
    MEMCHECK_FREE(KtpHandedOver);
}

static VOID threads_both_are_named_in_a_report(VOID)
{
    const MC_FINDING *Finding;

    KtpHandedOver = KtAllocate(NonPagedPool, 100);
    KT_REQUIRE(KtpHandedOver != NULL);
    KtPoke(KtpHandedOver + 100, 0);
    KT_REQUIRE(KtThreadStart(&KtpThreads[0], KtpFreeHandedOver, NULL));
    KT_CHECK(KtpJoinAll(1));
    Finding = KT_EXPECT(McKindOverrun);
    KT_CHECK(Finding->Found.Thread != Finding->Block.Allocated.Thread);
}

#ifdef KT_SIM_WORLD

/* With any spin lock held, a call of the pool, a print, a delay or a raise aborts here. */
static VOID lock_nothing_is_called_under_one(VOID)
{
    PUCHAR P[60];
    ULONG Index, Round;

    for (Round = 0; Round < 3; Round++) {
        for (Index = 0; Index < 60; Index++) {
            P[Index] = KtAllocate(KtPools[Index & 1], Index * 50);
            KT_REQUIRE(P[Index] != NULL);
        }
        KtPoke(P[3] + 150, 0);
        KT_CHECK(MEM_CHECK() == 1);
        KT_EXPECT(McKindOverrun);
        MEM_LIST_DISPLAY();
        KT_CHECK(!MEM_VALID_ACCESS(P[3] + 150));
        KT_EXPECT(McKindBadAccess);
        for (Index = 0; Index < 60; Index++) {
            MEMCHECK_FREE(P[Index]);
        }
        MEMCHECK_FREE(P[59]);
        KtAllow(McKindDoubleFree);
        KtAllow(McKindLateFree);
        KtFlush(NonPagedPool);
        KtFlush(PagedPool);
    }
    KtExit();
}

/* Every lock is left as it was found, whatever is found out. */
static VOID lock_none_is_held_after_a_call(VOID)
{
    PUCHAR P = KtAllocate(NonPagedPool, 100);
    PVOID volatile Null = NULL;

    KT_REQUIRE(P != NULL);
    KT_CHECK(SimLocksHeld() == 0 && KeGetCurrentIrql() == PASSIVE_LEVEL);
    MEMCHECK_FREE(P + 16);
    MEMCHECK_FREE(Null);
    KtPoke(P + 100, 0);
    MEM_CHECK();
    MEMCHECK_FREE(P);
    KT_CHECK(SimLocksHeld() == 0 && KeGetCurrentIrql() == PASSIVE_LEVEL);
    KT_EXPECT(McKindInteriorFree);
    KT_EXPECT(McKindWildFree);
    KT_EXPECT(McKindOverrun);
}

#define KTP_TRAY  128u
#define KTP_TRAYS 100u

static PVOID KtpTray[KTP_TRAY];
static volatile LONG KtpTrays; /* odd: full */

static VOID KtpFreeTrays(PVOID Context)
{
    ULONG Tray, Index;

    (void)Context;
    for (Tray = 0; Tray < KTP_TRAYS; Tray++) {
        if (!KtWait(&KtpTrays, (LONG)(2 * Tray + 1))) {
            return;
        }
        KtAdd(&KtpTrays, 0); /* a barrier: the tray is as it was filled */
        for (Index = 0; Index < KTP_TRAY; Index++) {
            MEMCHECK_FREE_WITH_TAG(KtpTray[Index], KT_TAG);
        }
        KtAdd(&KtpTrays, 1);
    }
}

/* What one processor allocates another frees: the records go back to who needs them. */
static VOID threads_free_what_others_allocate_and_nothing_grows(VOID)
{
    KT_THREAD Thread;
    SIZE_T Before = 0, After;
    ULONG Tray, Index;

    SimOptions("stacks=0"); /* of a build without frame pointers each stack is another one */
    KtInit();
    KtpTrays = 0;
    KT_REQUIRE(KtThreadStart(&Thread, KtpFreeTrays, NULL));
    for (Tray = 0; Tray < KTP_TRAYS; Tray++) {
        for (Index = 0; Index < KTP_TRAY; Index++) {
            KtpTray[Index] = KtAllocate(NonPagedPool, 16);
        }
        KtAdd(&KtpTrays, 1);
        KT_CHECK(KtWait(&KtpTrays, (LONG)(2 * Tray + 2)));
        KtAdd(&KtpTrays, 0);
        if (Tray == KTP_TRAYS / 4) {
            KtFlush(NonPagedPool);
            SimPoolOutstanding(SIM_DRIVER, &Before);
        }
    }
    KT_CHECK(KtThreadJoin(&Thread));
    SimPoolOutstanding(SIM_DRIVER, &After);
    KT_CHECK(After < Before + KtQuarantineBytes() + 256 * 1024);
    KtExit();
}

#endif

const KT_TEST KtTestsThreads[] = {
    KT_TEST_ROW(threads_allocate_free_and_check_at_once, 0),
    KT_TEST_ROW(threads_two_frees_of_a_block_are_one_double_free, KT_QUARANTINE),
    KT_TEST_ROW(threads_free_during_a_check, 0),
    KT_TEST_ROW(threads_free_from_a_dpc_on_the_same_processor, KT_IRQL),
    KT_TEST_ROW(threads_both_are_named_in_a_report, 0),
#ifdef KT_SIM_WORLD
    KT_TEST_ROW(lock_nothing_is_called_under_one, KT_SIM | KT_STRICT_LOCKS | KT_QUARANTINE),
    KT_TEST_ROW(lock_none_is_held_after_a_call, KT_SIM),
    KT_TEST_ROW(threads_free_what_others_allocate_and_nothing_grows, KT_SIM | KT_OWN_INIT),
#endif
    {NULL, NULL, 0}};
