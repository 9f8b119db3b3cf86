/*
 * test_sim_lock.c - the rules of a leaf lock, rings of waiting threads, and the points at which a
 * test steps in. Each rule speaks where it is broken, and is silent where it is kept.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "sim.h"

static KSPIN_LOCK Strict, Strict2, Drivers, Drivers2;

static void Locks(void)
{
    KeInitializeSpinLock(&Strict);
    KeInitializeSpinLock(&Strict2);
    KeInitializeSpinLock(&Drivers);
    KeInitializeSpinLock(&Drivers2);
    SimSetLockStrict(&Strict, TRUE);
    SimSetLockStrict(&Strict2, TRUE);
}

static void Start(void)
{
    SimStart(NULL);
    Locks();
}

/* ---- a strict lock is a leaf ---- */

static void Nested(PKSPIN_LOCK Outer, PKSPIN_LOCK Inner)
{
    KIRQL Old, Old2;

    KeAcquireSpinLock(Outer, &Old);
    KeAcquireSpinLock(Inner, &Old2);
    KeReleaseSpinLock(Inner, Old2);
    KeReleaseSpinLock(Outer, Old);
}

static void StrictUnderStrict(void)
{
    Start();
    Nested(&Strict, &Strict2);
}

static void DriversUnderStrict(void)
{
    Start();
    Nested(&Strict, &Drivers);
}

static void DriversUnderStrictAtDpcLevel(void)
{
    KIRQL Old;

    Start();
    KeAcquireSpinLock(&Strict, &Old);
    KeAcquireSpinLockAtDpcLevel(&Drivers);
}

static void NoLockUnderAStrictOne(void **State)
{
    (void)State;
    assert_true(SimAborts(StrictUnderStrict, "MISUSE lock-order"));
    assert_true(SimAborts(DriversUnderStrict, "MISUSE lock-order"));
    assert_true(SimAborts(DriversUnderStrictAtDpcLevel, "MISUSE lock-order"));
    Start();
    Nested(&Drivers, &Strict); /* a leaf, under any lock of the driver's */
    Nested(&Drivers2, &Drivers);
    assert_int_equal(SimLocksHeld(), 0);
    SimStop();
}

/* ---- and goes back to where it came from ---- */

static void ReleasedTooLow(void)
{
    KIRQL Old;

    Start();
    KeRaiseIrql(APC_LEVEL, &Old);
    KeAcquireSpinLock(&Strict, &Old);
    KeReleaseSpinLock(&Strict, PASSIVE_LEVEL);
}

static void ReleasedTooHigh(void)
{
    KIRQL Old;

    Start();
    KeAcquireSpinLock(&Strict, &Old);
    KeReleaseSpinLock(&Strict, DISPATCH_LEVEL);
}

static void ReleasedFromDpcLevel(void)
{
    KIRQL Old;

    Start();
    KeAcquireSpinLock(&Strict, &Old);
    KeReleaseSpinLockFromDpcLevel(&Strict);
}

static void StrictIsReleasedToItsIrql(void **State)
{
    KIRQL Old, Old2;

    (void)State;
    assert_true(SimAborts(ReleasedTooLow, "acquired at IRQL 1, released to 0"));
    assert_true(SimAborts(ReleasedTooHigh, "acquired at IRQL 0, released to 2"));
    assert_true(SimAborts(ReleasedFromDpcLevel, "acquired at IRQL 0, released to 2"));
    Start();
    KeRaiseIrql(APC_LEVEL, &Old);
    KeAcquireSpinLock(&Strict, &Old2);
    KeReleaseSpinLock(&Strict, Old2);
    assert_int_equal(KeGetCurrentIrql(), APC_LEVEL);
    KeLowerIrql(Old);
    Old = KeRaiseIrqlToDpcLevel();
    KeAcquireSpinLockAtDpcLevel(&Strict);
    KeReleaseSpinLockFromDpcLevel(&Strict);
    KeLowerIrql(Old);
    KeAcquireSpinLock(&Drivers, &Old); /* a driver's may be released out of order */
    KeAcquireSpinLock(&Drivers2, &Old2);
    KeReleaseSpinLock(&Drivers, Old2);
    KeReleaseSpinLock(&Drivers2, Old);
    assert_int_equal(KeGetCurrentIrql(), PASSIVE_LEVEL);
    SimStop();
}

/* ---- a ring of threads that wait for each other ---- */

static int volatile Holding, OtherWay;

static void TakeBoth(PVOID Context)
{
    PKSPIN_LOCK First = Context == NULL ? &Drivers : &Drivers2;
    PKSPIN_LOCK Second = Context == NULL ? &Drivers2 : &Drivers;
    KIRQL Old, Old2;

    KeAcquireSpinLock(First, &Old);
    __sync_add_and_fetch(&Holding, 1);
    while (Holding < 2) {
    }
    KeAcquireSpinLock(Second, &Old2);
}

static void TwoInARing(void)
{
    Start();
    Holding = 0;
    SimThreadCreate("left", TakeBoth, NULL);
    SimThreadJoin(SimThreadCreate("right", TakeBoth, (PVOID)&OtherWay));
}

static void ARingIsADeadlock(void **State)
{
    (void)State;
    assert_true(SimAborts(TwoInARing, "DEADLOCK: thread '"));
    assert_true(SimAborts(TwoInARing, "it holds spin lock"));
    assert_true(SimAborts(TwoInARing, "it spins on lock"));
}

/* Many that wait for one lock are none. */
static void TakeOften(PVOID Context)
{
    KIRQL Old;
    int Turn;

    (void)Context;
    for (Turn = 0; Turn < 20000; Turn++) {
        KeAcquireSpinLock(&Drivers, &Old);
        KeAcquireSpinLockAtDpcLevel(&Strict);
        Holding++;
        KeReleaseSpinLockFromDpcLevel(&Strict);
        KeReleaseSpinLock(&Drivers, Old);
    }
}

static void ACrowdIsNone(void **State)
{
    SIM_THREAD *Threads[4];
    int Index;

    (void)State;
    Start();
    Holding = 0;
    for (Index = 0; Index < 4; Index++) {
        Threads[Index] = SimThreadCreate("one of many", TakeOften, NULL);
    }
    for (Index = 0; Index < 4; Index++) {
        SimThreadJoin(Threads[Index]);
    }
    assert_int_equal(Holding, 80000);
    SimStop();
}

/* ---- points ---- */

static struct {
    SIM_POINT Point;
    const volatile void *Where;
} Seen[32];
static unsigned SeenCount;

static void See(SIM_POINT Point, const volatile void *Where)
{
    unsigned Index = __sync_fetch_and_add(&SeenCount, 1);

    if (Index < 32) {
        Seen[Index].Point = Point;
        Seen[Index].Where = Where;
    }
}

static void PointsAreSeenInOrder(void **State)
{
    static const SIM_POINT Expected[] = {SIM_POINT_ACQUIRE, SIM_POINT_ACQUIRED, SIM_POINT_RELEASED};
    KIRQL Old;
    unsigned Index;

    (void)State;
    Start();
    SimSetPointRoutine(See);
    SeenCount = 0;
    KeAcquireSpinLock(&Strict, &Old);
    KeReleaseSpinLock(&Strict, Old);
    SimPoint(SIM_POINT_BEFORE, &SeenCount);
    SimSetPointRoutine(NULL);
    KeAcquireSpinLock(&Strict, &Old); /* seen by nobody */
    KeReleaseSpinLock(&Strict, Old);
    assert_int_equal(SeenCount, 4);
    for (Index = 0; Index < 3; Index++) {
        assert_int_equal(Seen[Index].Point, Expected[Index]);
        assert_ptr_equal(Seen[Index].Where, &Strict);
    }
    assert_ptr_equal(Seen[3].Where, &SeenCount);
    SimStop();
}

static void Nothing(PVOID Context)
{
    (void)Context;
}

/* A watched delay of an hour takes no time where the clock is frozen, and moves it. */
static void DelayAndJoinArePoints(void **State)
{
    SIM_OPTIONS Options = {.FreezeClock = TRUE};
    LARGE_INTEGER Hour = {.QuadPart = -36000000000LL};
    SIM_THREAD *Thread;

    (void)State;
    SimStart(&Options);
    SimSetPointRoutine(See);
    SeenCount = 0;
    KeDelayExecutionThread(KernelMode, FALSE, &Hour);
    assert_int_equal(SeenCount, 1);
    assert_int_equal(Seen[0].Point, SIM_POINT_DELAY);
    assert_true(KeQueryInterruptTime() >= 36000000000ULL);
    Thread = SimThreadCreate("short", Nothing, NULL);
    SimThreadJoin(Thread);
    SimSetPointRoutine(NULL);
    assert_int_equal(SeenCount, 3); /* its end, and the join, one before the other */
    assert_ptr_equal(Seen[1].Where, Thread);
    assert_ptr_equal(Seen[2].Where, Thread);
    assert_int_equal(Seen[1].Point + Seen[2].Point, SIM_POINT_JOIN + SIM_POINT_END);
    SimStop();
}

int main(void)
{
    const struct CMUnitTest Tests[] = {
        cmocka_unit_test(NoLockUnderAStrictOne), cmocka_unit_test(StrictIsReleasedToItsIrql),
        cmocka_unit_test(ARingIsADeadlock),      cmocka_unit_test(ACrowdIsNone),
        cmocka_unit_test(PointsAreSeenInOrder),  cmocka_unit_test(DelayAndJoinArePoints),
    };

    return cmocka_run_group_tests(Tests, NULL, NULL);
}
