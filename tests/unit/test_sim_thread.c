/*
 * test_sim_thread.c - both threading modes, and starting and stopping.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "sim.h"

#define TAG 0x74736554u /* 'Test' */

static void Delay(int Ms)
{
    LARGE_INTEGER Interval;

    Interval.QuadPart = -10000LL * Ms;
    assert_int_equal(KeDelayExecutionThread(KernelMode, FALSE, &Interval), STATUS_SUCCESS);
}

static LONGLONG Tick(void)
{
    LARGE_INTEGER Count;

    KeQueryTickCount(&Count);
    return Count.QuadPart;
}

/* ---------------------------------------------------------------------------------- parallel */

#define ROUNDS 20000

static KSPIN_LOCK Lock;
static volatile unsigned Shared;
static int OneInLock;

static void CountUnderLock(PVOID Context)
{
    KIRQL Irql;
    unsigned I;

    (void)Context;
    for (I = 0; I < ROUNDS; I++) {
        KeAcquireSpinLock(&Lock, &Irql);
        if (__atomic_add_fetch(&OneInLock, 1, __ATOMIC_SEQ_CST) != 1) {
            abort();
        }
        Shared++;
        __atomic_sub_fetch(&OneInLock, 1, __ATOMIC_SEQ_CST);
        KeReleaseSpinLock(&Lock, Irql);
    }
}

static void RunFour(void (*Routine)(PVOID))
{
    SIM_THREAD *Threads[4];
    unsigned I;

    for (I = 0; I < 4; I++) {
        char Name[16];

        snprintf(Name, sizeof Name, "worker %u", I);
        Threads[I] = SimThreadCreate(Name, Routine, NULL);
    }
    for (I = 0; I < 4; I++) {
        SimThreadJoin(Threads[I]);
    }
}

static void SpinLocksExclude(void **State)
{
    (void)State;
    SimStart(NULL);
    KeInitializeSpinLock(&Lock);
    Shared = 0;
    RunFour(CountUnderLock);
    assert_int_equal(Shared, 4 * ROUNDS);
    SimStop();
}

static void PoolWork(PVOID Context)
{
    UCHAR *Blocks[32] = {0};
    unsigned I, K, J;
    UCHAR Me = (UCHAR)(ULONG_PTR)PsGetCurrentThreadId();

    (void)Context;
    for (I = 0; I < 20000; I++) {
        K = I * 7 % 32;
        if (Blocks[K] != NULL) {
            for (J = 0; J < 50; J++) {
                if (Blocks[K][J] != Me) {
                    abort();
                }
            }
            ExFreePoolWithTag(Blocks[K], TAG);
        }
        Blocks[K] = ExAllocatePoolWithTag((POOL_TYPE)(I & 1), 50 + I % 300, TAG);
        memset(Blocks[K], Me, 50);
    }
    for (K = 0; K < 32; K++) {
        ExFreePoolWithTag(Blocks[K], TAG);
    }
}

static void PoolInParallel(void **State)
{
    (void)State;
    SimStart(NULL);
    RunFour(PoolWork);
    assert_true(SimPoolReset());
    SimStop();
}

static ULONG Seen[64];
static HANDLE Ids[8];
static unsigned IdCount;

static void NoteProcessor(PVOID Context)
{
    (void)Context;
    __atomic_fetch_add(&Seen[KeGetCurrentProcessorNumber()], 1, __ATOMIC_SEQ_CST);
    Ids[__atomic_fetch_add(&IdCount, 1, __ATOMIC_SEQ_CST)] = PsGetCurrentThreadId();
}

static void ProcessorsAndIds(void **State)
{
    SIM_OPTIONS Options = {.Processors = 3};
    ULONG_PTR Mask, Low, High;
    int Local;

    (void)State;
    SimStart(&Options);
    memset(Seen, 0, sizeof Seen);
    IdCount = 0;
    assert_int_equal(KeNumberProcessors, 3);
    assert_int_equal(KeQueryActiveProcessorCount(&Mask), 3);
    assert_int_equal(Mask, 7);
    assert_int_equal((ULONG_PTR)PsGetCurrentThreadId(), 0x1a4);
    RunFour(NoteProcessor);
    assert_int_equal(IdCount, 4);
    assert_ptr_not_equal(Ids[0], Ids[1]);
    assert_int_equal(Seen[0] + Seen[1] + Seen[2], 4);
    IoGetStackLimits(&Low, &High);
    assert_true((ULONG_PTR)&Local >= Low && (ULONG_PTR)&Local < High);
    assert_false(SimIsPool(&Local));
    SimStop();
}

static int RaisedOnOne;

static void RaiseOnShared(PVOID Context)
{
    KIRQL Irql;
    unsigned I;

    (void)Context;
    for (I = 0; I < 2000; I++) {
        KeRaiseIrql(DISPATCH_LEVEL, &Irql);
        if (__atomic_add_fetch(&RaisedOnOne, 1, __ATOMIC_SEQ_CST) != 1) {
            abort();
        }
        SimCheckpoint(); /* gives the host's processor to another thread */
        __atomic_sub_fetch(&RaisedOnOne, 1, __ATOMIC_SEQ_CST);
        KeLowerIrql(Irql);
    }
}

/* More threads than processors: only one of a processor is raised at a time. */
static void SharedProcessor(void **State)
{
    SIM_OPTIONS Options = {.Processors = 1};

    (void)State;
    SimStart(&Options);
    RunFour(RaiseOnShared);
    SimStop();
}

static void *NotSimulated(void *Context)
{
    (void)Context;
    KeGetCurrentIrql();
    return NULL;
}

static void UnknownThread(void)
{
    pthread_t Thread;

    SimStart(NULL);
    pthread_create(&Thread, NULL, NotSimulated, NULL);
    pthread_join(Thread, NULL);
}

static void UnknownThreadAborts(void **State)
{
    (void)State;
    assert_true(SimAborts(UnknownThread, "by a thread that SimThreadCreate did not make"));
}

/* ----------------------------------------------------------------------------------- one CPU */

static char Trace[4096];
static unsigned TraceLength;
static int Running;

/* Only one thread runs: no lock needed around what lies between two call points. */
static void TraceSteps(PVOID Context)
{
    unsigned I;

    (void)Context;
    for (I = 0; I < 30; I++) {
        if (++Running != 1) {
            abort();
        }
        Trace[TraceLength++] = 'A' + (char)(((ULONG_PTR)PsGetCurrentThreadId() - 0x1a4) / 4);
        --Running;
        SimCheckpoint();
    }
}

/* ++Running and --Running have a call point between them, on purpose, only in the raised variant.
 */
static void RaisedSteps(PVOID Context)
{
    KIRQL Irql;
    unsigned I;

    (void)Context;
    for (I = 0; I < 30; I++) {
        KeRaiseIrql(DISPATCH_LEVEL, &Irql);
        if (++Running != 1) {
            abort();
        }
        SimCheckpoint();
        (void)KeGetCurrentIrql();
        --Running;
        KeLowerIrql(Irql);
    }
}

static void TraceOnce(PVOID Context)
{
    unsigned I;

    (void)Context;
    for (I = 0; I < 30; I++) {
        Trace[TraceLength++] = 'A' + (char)(((ULONG_PTR)PsGetCurrentThreadId() - 0x1a4) / 4);
        SimCheckpoint();
    }
}

static void OneCpuRun(ULONG Seed, char *Copy)
{
    SIM_OPTIONS Options = {.Threading = SIM_ONE_CPU, .Seed = Seed};

    SimStart(&Options);
    memset(Trace, 0, sizeof Trace);
    TraceLength = 0;
    RunFour(TraceOnce);
    memcpy(Copy, Trace, sizeof Trace);
    SimStop();
}

static void OneCpuIsReproducible(void **State)
{
    static char A[sizeof Trace], B[sizeof Trace], C[sizeof Trace];

    (void)State;
    OneCpuRun(1, A);
    OneCpuRun(1, B);
    OneCpuRun(2, C);
    assert_int_equal(strlen(A), 120);
    assert_string_equal(A, B);
    assert_string_not_equal(A, C);
    assert_true(strstr(A, "BC") != NULL || strstr(A, "CB") != NULL || strstr(A, "DB") != NULL);
}

static void RaisedThreadStopsOthers(void **State)
{
    SIM_OPTIONS Options = {.Threading = SIM_ONE_CPU, .SwitchEvery = 1};

    (void)State;
    SimStart(&Options);
    assert_int_equal(KeNumberProcessors, 1);
    Running = 0;
    RunFour(RaisedSteps);
    assert_int_equal(KeGetCurrentProcessorNumber(), 0);
    SimStop();
}

static void SwitchInTheMiddle(void)
{
    SIM_OPTIONS Options = {.Threading = SIM_ONE_CPU, .SwitchEvery = 1};

    SimStart(&Options);
    RunFour(TraceSteps); /* PsGetCurrentThreadId between ++ and -- is a call point */
}

static void LowThreadIsSwitched(void **State)
{
    (void)State;
    Running = 0;
    TraceLength = 0;
    assert_true(SimAborts(SwitchInTheMiddle, ""));
}

static int DpcRan;

static void SetDpcRan(PVOID Context)
{
    (void)Context;
    DpcRan = KeGetCurrentIrql();
}

static void DpcOnTheOneCpu(void **State)
{
    SIM_OPTIONS Options = {.Threading = SIM_ONE_CPU};

    (void)State;
    SimStart(&Options);
    DpcRan = 0;
    SimQueueDpc(SetDpcRan, NULL);
    SimCheckpoint();
    assert_int_equal(DpcRan, DISPATCH_LEVEL);
    SimStop();
}

static void LocksOnTheOneCpu(void **State)
{
    SIM_OPTIONS Options = {.Threading = SIM_ONE_CPU, .SwitchEvery = 2};

    (void)State;
    SimStart(&Options);
    KeInitializeSpinLock(&Lock);
    Shared = 0;
    SimWatchdog(120);
    RunFour(CountUnderLock);
    assert_int_equal(Shared, 4 * ROUNDS);
    SimStop();
}

/* A lock left with an owner that cannot run: its word says thread 'holder' (slot 1) has it. */
static void NeverEnds(PVOID Context)
{
    (void)Context;
    for (;;) {
        SimCheckpoint();
    }
}

static void SpinOnHeld(void)
{
    SIM_OPTIONS Options = {.Threading = SIM_ONE_CPU};
    KIRQL Irql;

    SimStart(&Options);
    SimThreadCreate("holder", NeverEnds, NULL);
    Lock = 2;
    KeAcquireSpinLock(&Lock, &Irql);
}

static void JoinForEver(PVOID Context)
{
    SimThreadJoin(*(SIM_THREAD **)Context);
}

static void JoinEachOther(void)
{
    SIM_OPTIONS Options = {.Threading = SIM_ONE_CPU, .SwitchEvery = 1000000};
    static SIM_THREAD *A, *B;

    SimStart(&Options);
    A = SimThreadCreate("a", JoinForEver, &B);
    B = SimThreadCreate("b", JoinForEver, &A);
    SimThreadJoin(A);
}

static void DeadlocksAreNamed(void **State)
{
    (void)State;
    assert_true(SimAborts(SpinOnHeld, "thread 'main' spins on lock"));
    assert_true(SimAborts(SpinOnHeld, "held by thread 'holder'"));
    assert_true(SimAborts(JoinEachOther, "every thread waits for another to end"));
}

static void Sleeper(PVOID Context)
{
    Delay(*(int *)Context);
    Trace[TraceLength++] = (char)('0' + *(int *)Context / 100);
}

static void DelaysOnTheOneCpu(void **State)
{
    SIM_OPTIONS Options = {.Threading = SIM_ONE_CPU};
    static int Times[3] = {300, 100, 200};
    SIM_THREAD *Threads[3];
    unsigned I;

    (void)State;
    SimStart(&Options);
    memset(Trace, 0, sizeof Trace);
    TraceLength = 0;
    for (I = 0; I < 3; I++) {
        Threads[I] = SimThreadCreate("sleeper", Sleeper, &Times[I]);
    }
    Delay(3600 * 1000); /* an hour, at once */
    assert_string_equal(Trace, "123");
    assert_int_equal(Tick(), 360000);
    for (I = 0; I < 3; I++) {
        SimThreadJoin(Threads[I]);
    }
    SimStop();
}

/* ------------------------------------------------------------------------------ start, stop */

static void Child(void)
{
    ExFreePool(NULL);
}

static void StartedManyTimes(void **State)
{
    unsigned I;

    (void)State;
    for (I = 0; I < 200; I++) {
        SIM_OPTIONS Options = {.Threading = I & 1 ? SIM_ONE_CPU : SIM_PARALLEL};

        assert_false(SimRunning());
        SimStart(&Options);
        ExFreePool(ExAllocatePoolWithTag(PagedPool, 100, TAG));
        assert_int_equal((ULONG_PTR)PsGetCurrentThreadId(), 0x1a4);
        assert_int_equal(SimPoolCalls(SIM_FREE), 1);
        SimStop();
    }
    SimStart(NULL);
    assert_true(SimAborts(Child, "free-unknown")); /* a child of a running one */
    SimStop();
}

int main(void)
{
    const struct CMUnitTest Tests[] = {
        cmocka_unit_test(SpinLocksExclude),        cmocka_unit_test(PoolInParallel),
        cmocka_unit_test(ProcessorsAndIds),        cmocka_unit_test(SharedProcessor),
        cmocka_unit_test(UnknownThreadAborts),     cmocka_unit_test(OneCpuIsReproducible),
        cmocka_unit_test(RaisedThreadStopsOthers), cmocka_unit_test(LowThreadIsSwitched),
        cmocka_unit_test(DpcOnTheOneCpu),          cmocka_unit_test(LocksOnTheOneCpu),
        cmocka_unit_test(DeadlocksAreNamed),       cmocka_unit_test(DelaysOnTheOneCpu),
        cmocka_unit_test(StartedManyTimes),
    };

    return cmocka_run_group_tests(Tests, NULL, NULL);
}
