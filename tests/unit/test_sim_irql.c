/*
 * test_sim_irql.c - IRQL, spin locks, DPCs, and paged memory that is inaccessible when raised.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>
#include "filter.h"
#include "sim.h"
#include "sim_fixture.h"

static void RaiseAndLower(void **State)
{
    KIRQL A, B, C;

    (void)State;
    assert_int_equal(KeGetCurrentIrql(), PASSIVE_LEVEL);
    KeRaiseIrql(APC_LEVEL, &A);
    KeRaiseIrql(DISPATCH_LEVEL, &B);
    KeRaiseIrql(HIGH_LEVEL, &C);
    assert_int_equal(A, PASSIVE_LEVEL);
    assert_int_equal(B, APC_LEVEL);
    assert_int_equal(C, DISPATCH_LEVEL);
    assert_int_equal(KeGetCurrentIrql(), HIGH_LEVEL);
    KeLowerIrql(C);
    KeLowerIrql(B);
    assert_int_equal(KeGetCurrentIrql(), APC_LEVEL);
    KeLowerIrql(A);
    assert_int_equal(KeRaiseIrqlToDpcLevel(), PASSIVE_LEVEL);
    KeRaiseIrql(DISPATCH_LEVEL, &A); /* to the same level is allowed */
    KeLowerIrql(PASSIVE_LEVEL);
}

static void LocksRaise(void **State)
{
    KSPIN_LOCK A, B;
    KIRQL Irql, Irql2;
    void *P;

    (void)State;
    KeInitializeSpinLock(&A);
    KeInitializeSpinLock(&B);
    SimSetLockLevel(&A, 1);
    SimSetLockLevel(&B, 2);
    KeAcquireSpinLock(&A, &Irql);
    KeAcquireSpinLock(&B, &Irql2);
    assert_int_equal(Irql, PASSIVE_LEVEL);
    assert_int_equal(Irql2, DISPATCH_LEVEL);
    assert_int_equal(SimLocksHeld(), 2);
    P = ExAllocatePoolWithTag(NonPagedPool, 10, TAG); /* legal under a driver's lock */
    DbgPrint("legal too\n");
    ExFreePool(P);
    KeReleaseSpinLock(&B, Irql2);
    assert_int_equal(KeGetCurrentIrql(), DISPATCH_LEVEL);
    KeAcquireSpinLockAtDpcLevel(&B);
    KeReleaseSpinLockFromDpcLevel(&B);
    KeReleaseSpinLock(&A, Irql);
    assert_int_equal(KeGetCurrentIrql(), PASSIVE_LEVEL);
    assert_int_equal(KeAcquireSpinLockRaiseToDpc(&A), PASSIVE_LEVEL);
    KeReleaseSpinLock(&A, PASSIVE_LEVEL);
}

static void TakeUnderPlainLock(void)
{
    SIM_OPTIONS Options = {.AllLocksStrict = TRUE};
    KSPIN_LOCK Lock;
    KIRQL Irql;

    SimStart(&Options);
    KeInitializeSpinLock(&Lock);
    KeAcquireSpinLock(&Lock, &Irql);
    ExAllocatePoolWithTag(NonPagedPool, 10, TAG);
}

static void AllLocksStrict(void **State)
{
    (void)State;
    SimStop();
    assert_true(SimAborts(TakeUnderPlainLock, "MISUSE under-lock"));
    SimStart(NULL);
}

/* --------------------------------------------------------------------------------------- DPC */

static KIRQL DpcIrql;
static unsigned DpcRuns, DpcOrder;

static void Dpc(PVOID Context)
{
    DpcIrql = KeGetCurrentIrql();
    DpcOrder = DpcOrder * 10 + (unsigned)(ULONG_PTR)Context;
    DpcRuns++;
}

static void DpcRunsWhenIrqlFalls(void **State)
{
    KIRQL Irql;
    KSPIN_LOCK Lock;

    (void)State;
    DpcRuns = DpcOrder = 0;
    KeRaiseIrql(DISPATCH_LEVEL, &Irql);
    SimQueueDpc(Dpc, (PVOID)1);
    SimQueueDpc(Dpc, (PVOID)2);
    KeGetCurrentIrql();
    assert_int_equal(DpcRuns, 0);
    KeLowerIrql(Irql);
    assert_int_equal(DpcOrder, 12);
    assert_int_equal(DpcIrql, DISPATCH_LEVEL);
    assert_int_equal(KeGetCurrentIrql(), PASSIVE_LEVEL);

    KeInitializeSpinLock(&Lock);
    KeAcquireSpinLock(&Lock, &Irql);
    SimQueueDpc(Dpc, (PVOID)3);
    assert_int_equal(DpcRuns, 2);
    KeReleaseSpinLock(&Lock, Irql);
    assert_int_equal(DpcRuns, 3);
}

static void DpcRunsAtTheNextCallPoint(void **State)
{
    (void)State;
    DpcRuns = 0;
    SimQueueDpc(Dpc, (PVOID)1);
    assert_int_equal(DpcRuns, 0);
    (void)KeGetCurrentIrql();
    assert_int_equal(DpcRuns, 1);
    SimQueueDpc(Dpc, (PVOID)1);
    SimCheckpoint();
    assert_int_equal(DpcRuns, 2);
}

static void LowerInDpc(PVOID Context)
{
    (void)Context;
    KeLowerIrql(PASSIVE_LEVEL);
}

static void DpcThatLowers(void)
{
    SimStart(NULL);
    SimQueueDpc(LowerInDpc, NULL);
    SimCheckpoint();
}

static void DpcMayNotLower(void **State)
{
    (void)State;
    SimStop();
    assert_true(SimAborts(DpcThatLowers, "KeLowerIrql to 0 inside a DPC"));
    SimStart(NULL);
}

/* ------------------------------------------------------------------------------------ paging */

static volatile char *Paged;

static __attribute__((noinline)) void TouchPaged(void)
{
    Paged[70]++;
}

static void PagedAtDispatch(void)
{
    KIRQL Irql;
    char *P;

    SimStart(NULL);
    P = ExAllocatePoolWithTag(PagedPool, 100, TAG);
    Paged = P;
    TouchPaged();
    KeRaiseIrql(APC_LEVEL, &Irql);
    TouchPaged();
    fprintf(stderr, "the address is %p\n", (void *)(P + 70));
    KeRaiseIrql(DISPATCH_LEVEL, &Irql);
    TouchPaged();
}

static char Expected[100];

static void PagedAtDispatchAborts(void **State)
{
    (void)State;
    SimStop();
    /* Both addresses: that of the data is known, as the pool is deterministic. */
    SimStart(NULL);
    snprintf(Expected, sizeof Expected, "FAULT at address %p by the instruction at 0x",
             (void *)((char *)ExAllocatePoolWithTag(PagedPool, 100, TAG) + 70));
    assert_false(SimPoolReset());
    SimStop();
    assert_true(SimAborts(PagedAtDispatch, Expected));
    assert_true(SimAborts(PagedAtDispatch, "PAGED MEMORY AT RAISED IRQL"));
    SimStart(NULL);
}

static void KernelCodeTouchesIt(void)
{
    KIRQL Irql;
    char *P;

    SimStart(NULL);
    P = ExAllocatePoolWithTag(PagedPool, 100, TAG);
    strcpy(P, "text");
    KeRaiseIrql(DISPATCH_LEVEL, &Irql);
    DbgPrint("%s\n", P);
}

static void PagedIsOffForKernelCodeToo(void **State)
{
    (void)State;
    SimStop();
    assert_true(SimAborts(KernelCodeTouchesIt, "PAGED MEMORY AT RAISED IRQL"));
    SimStart(NULL);
}

static void PagedIsBackWhenLow(void **State)
{
    char *P = ExAllocatePoolWithTag(PagedPool, 3 * PAGE_SIZE, TAG);
    char *Guarded;
    KIRQL Irql;

    (void)State;
    SimPoolPlacement(SIM_END_AT_GUARD); /* holes in the arena */
    Guarded = ExAllocatePoolWithTag(PagedPool, 100, TAG);
    assert_true(MmIsAddressValid(P));
    P[5000] = 7;
    KeRaiseIrql(DISPATCH_LEVEL, &Irql);
    assert_false(MmIsAddressValid(P));
    KeLowerIrql(Irql);
    assert_true(MmIsAddressValid(P));
    assert_int_equal(P[5000], 7);
    Guarded[99] = 1;
    assert_false(MmIsAddressValid((PVOID)(((ULONG_PTR)Guarded | (PAGE_SIZE - 1)) + 1)));
    ExFreePool(P);
    ExFreePool(Guarded);
    assert_int_equal(SimPageWaits(), 0);
}

static void NonpagedStaysAtDispatch(void **State)
{
    char *N = ExAllocatePoolWithTag(NonPagedPool, 100, TAG);
    char *P = ExAllocatePoolWithTag(PagedPool, 100, TAG);
    KIRQL Irql;

    (void)State;
    KeRaiseIrql(DISPATCH_LEVEL, &Irql);
    assert_true(MmIsAddressValid(N));
    N[0] = 1;
    KeLowerIrql(Irql);
    ExFreePool(N);
    ExFreePool(P);
}

static volatile int IsRaised, IsDone;

static void StayRaised(PVOID Context)
{
    struct timespec Time = {0, 50000000};
    KIRQL Irql;

    (void)Context;
    KeRaiseIrql(DISPATCH_LEVEL, &Irql);
    __atomic_store_n(&IsRaised, 1, __ATOMIC_SEQ_CST);
    nanosleep(&Time, NULL);
    __atomic_store_n(&IsDone, 1, __ATOMIC_SEQ_CST);
    KeLowerIrql(Irql);
}

/* A thread that is raised now, and for a while. */
static SIM_THREAD *RaiseAnother(void)
{
    SIM_THREAD *Thread;

    IsRaised = IsDone = 0;
    Thread = SimThreadCreate("raised", StayRaised, NULL);
    while (!__atomic_load_n(&IsRaised, __ATOMIC_SEQ_CST)) {
        SimCheckpoint();
    }
    return Thread;
}

/* A thread at low IRQL waits until nobody is raised, and goes on. */
static void LowAccessWaits(void **State)
{
    char *P = ExAllocatePoolWithTag(PagedPool, 100, TAG);
    SIM_THREAD *Thread;

    (void)State;
    P[0] = 1;
    Thread = RaiseAnother();
    P[0]++;
    assert_int_equal(IsDone, 1);
    assert_int_equal(P[0], 2);
    assert_true(SimPageWaits() >= 1);
    SimThreadJoin(Thread);
    ExFreePool(P);
}

/* A first paged block, taken while another thread is raised, is off as well. */
static void BlockTakenMeanwhileWaits(void **State)
{
    SIM_THREAD *Thread;
    char *P;

    (void)State;
    Thread = RaiseAnother();
    P = ExAllocatePoolWithTag(PagedPool, 100, TAG);
    P[0] = 1;
    assert_int_equal(IsDone, 1);
    SimThreadJoin(Thread);
    ExFreePool(P);
}

/* Nor can pages be touched that have come in use meanwhile: under Valgrind no invalid write. */
static void PagesTakenMeanwhileWait(void **State)
{
    char *First = ExAllocatePoolWithTag(PagedPool, 100, TAG);
    SIM_THREAD *Thread;
    char *P;

    (void)State;
    Thread = RaiseAnother();
    P = ExAllocatePoolWithTag(PagedPool, 100 * PAGE_SIZE, TAG);
    P[0] = 1;
    P[100 * PAGE_SIZE - 1] = 1;
    assert_int_equal(IsDone, 1);
    SimThreadJoin(Thread);
    ExFreePool(P);
    ExFreePool(First);
}

static volatile int StopRaising;

static void KeepRaising(PVOID Context)
{
    KIRQL Irql;

    (void)Context;
    while (!__atomic_load_n(&StopRaising, __ATOMIC_SEQ_CST)) {
        KeRaiseIrql(DISPATCH_LEVEL, &Irql);
        KeLowerIrql(Irql);
    }
}

/* Two threads that raise all the time do not starve a third that touches paged memory. */
static void PagedAccessIsNotStarved(void **State)
{
    char *P = ExAllocatePoolWithTag(PagedPool, 100, TAG);
    SIM_THREAD *A, *B;
    int I;

    (void)State;
    memset(P, 0, 100);
    StopRaising = 0;
    A = SimThreadCreate("a", KeepRaising, NULL);
    B = SimThreadCreate("b", KeepRaising, NULL);
    for (I = 0; I < 200; I++) {
        ((volatile char *)P)[I % 100]++;
        SimCheckpoint();
    }
    __atomic_store_n(&StopRaising, 1, __ATOMIC_SEQ_CST);
    SimThreadJoin(A);
    SimThreadJoin(B);
    assert_int_equal(P[99], 2);
    ExFreePool(P);
}

/* For tests with very many paged blocks: one raise in so many counts. */
static void PagingEverySoOften(void **State)
{
    char *P = ExAllocatePoolWithTag(PagedPool, 100, TAG);
    KIRQL Irql;

    (void)State;
    P[0] = 0;
    SimPagingEvery(SIM_PAGING_NEVER);
    KeRaiseIrql(DISPATCH_LEVEL, &Irql);
    P[0]++;
    assert_false(MmIsAddressValid(P));
    KeLowerIrql(Irql);
    assert_int_equal(P[0], 1);
    SimPagingEvery(1);
    ExFreePool(P);
}

static void FifthRaiseCounts(void)
{
    SIM_OPTIONS Options = {.PagingEvery = 5};
    KIRQL Irql;
    int I;

    SimStart(&Options);
    Paged = ExAllocatePoolWithTag(PagedPool, 100, TAG);
    for (I = 1; I <= 5; I++) {
        KeRaiseIrql(DISPATCH_LEVEL, &Irql);
        fprintf(stderr, "raise %d;", I);
        TouchPaged();
        KeLowerIrql(Irql);
    }
}

static void FifthRaiseAborts(void **State)
{
    (void)State;
    SimStop();
    assert_true(SimAborts(FifthRaiseCounts, "raise 4;raise 5;sim: FAULT"));
    SimStart(NULL);
}

static void FaultElsewhere(void)
{
    char *volatile P = (char *)8;

    SimStart(NULL);
    *(volatile char *)P = 1;
}

static void RunPool(void)
{
    union {
        void *P;
        void (*Routine)(void);
    } U;

    SimStart(NULL);
    U.P = ExAllocatePoolWithTag(PagedPool, 100, TAG);
    U.Routine();
}

static void FaultElsewhereAborts(void **State)
{
    (void)State;
    SimStop();
    assert_true(SimAborts(FaultElsewhere, "FAULT at address 0x8 by the instruction at 0x"));
    assert_true(SimAborts(RunPool, "pool memory executed"));
    SimStart(NULL);
}

static void IsAddressValidElsewhere(void **State)
{
    int Local;

    (void)State;
    assert_true(MmIsAddressValid(&Local));
    assert_true(MmIsAddressValid((PVOID)(ULONG_PTR)&IsAddressValidElsewhere));
    assert_false(MmIsAddressValid(NULL));
    assert_false(MmIsAddressValid((char *)MmSystemRangeStart + 0x100000));
}

#define T(F) cmocka_unit_test_setup_teardown(F, Start, Stop)

int main(void)
{
    const struct CMUnitTest Tests[] = {
        T(RaiseAndLower),
        T(LocksRaise),
        T(AllLocksStrict),
        T(DpcRunsWhenIrqlFalls),
        T(DpcRunsAtTheNextCallPoint),
        T(DpcMayNotLower),
        T(PagedAtDispatchAborts),
        T(PagedIsOffForKernelCodeToo),
        T(PagedIsBackWhenLow),
        T(NonpagedStaysAtDispatch),
        T(LowAccessWaits),
        T(BlockTakenMeanwhileWaits),
        T(PagesTakenMeanwhileWait),
        T(PagedAccessIsNotStarved),
        T(PagingEverySoOften),
        T(FifthRaiseAborts),
        T(FaultElsewhereAborts),
        T(IsAddressValidElsewhere),
    };

    TEST_FILTER();
    return cmocka_run_group_tests(Tests, NULL, NULL);
}
