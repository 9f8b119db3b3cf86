/*
 * test_sim_misuse.c - each misuse of the pool, of IRQL and of locks aborts, with its name; a test
 * that expects one gets it recorded, and the state kept.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "sim.h"

#define TAG 0x74736554u /* 'Test' */

static KIRQL Irql;
static KSPIN_LOCK Lock, Lock2;

static char *Take(ULONG Type, SIZE_T Size)
{
    return ExAllocatePoolWithTag((POOL_TYPE)Type, Size, TAG);
}

static char *TakeProtected(void)
{
    return ExAllocatePoolWithTag(NonPagedPool, 32, TAG | PROTECTED_POOL);
}

/* A lock under which nothing is to be allocated or printed, held. */
static void HoldStrict(void)
{
    KeInitializeSpinLock(&Lock);
    SimSetLockStrict(&Lock, TRUE);
    KeAcquireSpinLock(&Lock, &Irql);
}

static void FreeNull(void)
{
    ExFreePool(NULL);
}

static void FreeOfStack(void)
{
    char Local[64];

    ExFreePool(Local);
}

static void FreeNeverHandedOut(void)
{
    ExFreePool(Take(NonPagedPool, 64) + 1024);
}

static void FreeInterior(void)
{
    ExFreePool(Take(NonPagedPool, 64) + 16);
}

static void FreeMisaligned(void)
{
    ExFreePool(Take(NonPagedPool, 64) + 1);
}

static void FreeInteriorOfLarge(void)
{
    ExFreePool(Take(PagedPool, 3 * PAGE_SIZE) + PAGE_SIZE);
}

static void FreeTwice(void)
{
    char *P = Take(NonPagedPool, 64);

    ExFreePool(P);
    ExFreePool(P);
}

static void FreeLargeTwice(void)
{
    char *P = Take(PagedPool, 3 * PAGE_SIZE);

    ExFreePool(P);
    ExFreePool(P);
}

static void FreeTwiceNeverReused(void)
{
    char *P = Take(NonPagedPool, 64);

    SimPoolReuse(SIM_REUSE_NEVER);
    ExFreePool(P);
    (void)Take(NonPagedPool, 64);
    ExFreePool(P);
}

static void FreeAfterSystemFree(void)
{
    char *P = Take(NonPagedPool, 64);

    SimSystemFree(P);
    ExFreePool(P);
}

static void FreeGuardedTwice(void)
{
    char *P;

    SimPoolPlacement(SIM_END_AT_GUARD);
    P = Take(NonPagedPool, 64);
    ExFreePool(P);
    ExFreePool(P);
}

static void WrongTag(void)
{
    ExFreePoolWithTag(Take(NonPagedPool, 64), 0x31313131);
}

static void WrongTagOfUntagged(void)
{
    ExFreePoolWithTag(ExAllocatePool(NonPagedPool, 64), TAG);
}

static void ProtectedWithoutTag(void)
{
    ExFreePool(TakeProtected());
}

static void ProtectedWithTagZero(void)
{
    ExFreePoolWithTag(TakeProtected(), 0);
}

static void ZeroTag(void)
{
    ExAllocatePoolWithTag(NonPagedPool, 64, 0);
}

static void ZeroTagQuota(void)
{
    ExAllocatePoolWithQuotaTag(NonPagedPool, 64, 0);
}

static void ZeroTagPriority(void)
{
    ExAllocatePoolWithTagPriority(NonPagedPool, 64, 0, NormalPoolPriority);
}

static void BadType(void)
{
    Take(DontUseThisType, 64);
}

static void BadTypeBit(void)
{
    Take(0x10000, 64);
}

static void MustSucceed(void)
{
    Take(NonPagedPoolMustSucceed, 64);
}

static void PagedTakenAtDispatch(void)
{
    KeRaiseIrql(DISPATCH_LEVEL, &Irql);
    Take(PagedPool, 64);
}

static void PagedFreedAtDispatch(void)
{
    char *P = Take(PagedPool, 64);

    KeRaiseIrql(DISPATCH_LEVEL, &Irql);
    ExFreePool(P);
}

static void TakenAboveDispatch(void)
{
    KeRaiseIrql(DISPATCH_LEVEL + 1, &Irql);
    Take(NonPagedPool, 64);
}

static void FreedAboveDispatch(void)
{
    char *P = Take(NonPagedPool, 64);

    KeRaiseIrql(HIGH_LEVEL, &Irql);
    ExFreePool(P);
}

static void RaiseToLower(void)
{
    KeRaiseIrql(DISPATCH_LEVEL, &Irql);
    KeRaiseIrql(APC_LEVEL, &Irql);
}

static void LowerToHigher(void)
{
    KeLowerIrql(APC_LEVEL);
}

static void RaiseTooHigh(void)
{
    KeRaiseIrql(HIGH_LEVEL + 1, &Irql);
}

static void AcquireAboveDispatch(void)
{
    KIRQL Old;

    KeInitializeSpinLock(&Lock);
    KeRaiseIrql(DISPATCH_LEVEL + 1, &Irql);
    KeAcquireSpinLock(&Lock, &Old);
}

static void AcquireTwice(void)
{
    HoldStrict();
    KeAcquireSpinLock(&Lock, &Irql);
}

static void AcquireTwiceAtDpcLevel(void)
{
    HoldStrict();
    KeAcquireSpinLockAtDpcLevel(&Lock);
}

static void AcquireAtDpcLevelTooLow(void)
{
    KeInitializeSpinLock(&Lock);
    KeAcquireSpinLockAtDpcLevel(&Lock);
}

static void ReleaseNotHeld(void)
{
    KeInitializeSpinLock(&Lock);
    KeRaiseIrql(DISPATCH_LEVEL, &Irql);
    KeReleaseSpinLock(&Lock, PASSIVE_LEVEL);
}

static void ReleaseIt(PVOID Context)
{
    (void)Context;
    Irql = KeRaiseIrqlToDpcLevel();
    KeReleaseSpinLockFromDpcLevel(&Lock);
}

/* The holder must be at PASSIVE_LEVEL to make a thread, so the other one acquires. */
static void AcquireIt(PVOID Context)
{
    KIRQL Old;

    (void)Context;
    KeAcquireSpinLock(&Lock, &Old);
    for (;;) {
        SimCheckpoint();
    }
}

static void ReleaseByAnother(void)
{
    KeInitializeSpinLock(&Lock);
    SimThreadCreate("holder", AcquireIt, NULL);
    while (*(volatile KSPIN_LOCK *)&Lock == 0) {
        SimCheckpoint();
    }
    ReleaseIt(NULL);
}

static void ReleaseTooLow(void)
{
    KeInitializeSpinLock(&Lock);
    KeReleaseSpinLock(&Lock, PASSIVE_LEVEL);
}

static void LowerWithLock(void)
{
    HoldStrict();
    KeLowerIrql(PASSIVE_LEVEL);
}

static void LockOrder(void)
{
    KIRQL Old;

    KeInitializeSpinLock(&Lock);
    KeInitializeSpinLock(&Lock2);
    SimSetLockLevel(&Lock, 2);
    SimSetLockLevel(&Lock2, 1);
    KeAcquireSpinLock(&Lock, &Irql);
    KeAcquireSpinLock(&Lock2, &Old);
}

static void DamagedLock(void)
{
    memset(&Lock, 0xCC, sizeof Lock);
    KeAcquireSpinLock(&Lock, &Irql);
}

static void TakeUnderStrict(void)
{
    HoldStrict();
    Take(NonPagedPool, 64);
}

static void FreeUnderStrict(void)
{
    char *P = Take(NonPagedPool, 64);

    HoldStrict();
    ExFreePool(P);
}

static void PrintUnderStrict(void)
{
    HoldStrict();
    DbgPrint("no\n");
}

static void DelayUnderStrict(void)
{
    LARGE_INTEGER Interval = {.QuadPart = -1};

    HoldStrict();
    KeDelayExecutionThread(KernelMode, FALSE, &Interval);
}

static void RaiseUnderStrict(void)
{
    HoldStrict();
    ExRaiseStatus(STATUS_INSUFFICIENT_RESOURCES);
}

static void DelayAtDispatch(void)
{
    LARGE_INTEGER Interval = {.QuadPart = -1};

    KeRaiseIrql(DISPATCH_LEVEL, &Irql);
    KeDelayExecutionThread(KernelMode, FALSE, &Interval);
}

static void ThreadAtDispatch(void)
{
    KeRaiseIrql(DISPATCH_LEVEL, &Irql);
    SimThreadCreate("x", AcquireIt, NULL);
}

static void WideFormat(void)
{
    DbgPrint("%wZ", (void *)&Irql);
}

static void Breakpoint(void)
{
    DbgBreakPoint();
}

static void StopWithLock(void)
{
    HoldStrict();
    SimStop();
}

static void ExpectedNeverCame(void)
{
    SimExpectMisuse(SIM_MISUSE_FREE_TWICE);
    SimStop();
}

static void ExpectedAnother(void)
{
    SimExpectMisuse(SIM_MISUSE_FREE_TWICE);
    ExFreePool(NULL);
}

static void ExpectedOnceCameTwice(void)
{
    SimExpectMisuse(SIM_MISUSE_FREE_UNKNOWN);
    ExFreePool(NULL);
    ExFreePool(NULL);
}

static void NotStarted(void)
{
    SimStop();
    KeGetCurrentIrql();
}

static void StartTwice(void)
{
    SimStart(NULL);
}

static void ForeignFreeOfDrivers(void)
{
    SimForeignFree(Take(NonPagedPool, 64));
}

static void SystemFreeOfForeign(void)
{
    SimSystemFree(SimForeignAllocate(NonPagedPool, 64));
}

static const struct {
    const char *Name;
    void (*Routine)(void);
    const char *Text;
} Cases[] = {
#define CASE(Routine, Text)     \
    {                           \
#Routine, Routine, Text \
    }
    CASE(FreeNull, "MISUSE free-unknown: ExFreePool("),
    CASE(FreeOfStack, "MISUSE free-unknown"),
    CASE(FreeNeverHandedOut, "MISUSE free-unknown"),
    CASE(FreeInterior, "MISUSE free-interior"),
    CASE(FreeMisaligned, "MISUSE free-interior"),
    CASE(FreeInteriorOfLarge, "MISUSE free-interior"),
    CASE(FreeTwice, "MISUSE free-twice"),
    CASE(FreeLargeTwice, "MISUSE free-twice"),
    CASE(FreeTwiceNeverReused, "MISUSE free-twice"),
    CASE(FreeAfterSystemFree, "MISUSE free-twice"),
    CASE(FreeGuardedTwice, "MISUSE free-twice"),
    CASE(WrongTag, "MISUSE wrong-tag: ExFreePoolWithTag("),
    CASE(WrongTagOfUntagged, "MISUSE wrong-tag"),
    CASE(ProtectedWithoutTag, "MISUSE protected-tag"),
    CASE(ProtectedWithTagZero, "MISUSE protected-tag"),
    CASE(ZeroTag, "MISUSE zero-tag: ExAllocatePoolWithTag("),
    CASE(ZeroTagQuota, "MISUSE zero-tag: ExAllocatePoolWithQuotaTag("),
    CASE(ZeroTagPriority, "MISUSE zero-tag: ExAllocatePoolWithTagPriority("),
    CASE(BadType, "MISUSE bad-type"),
    CASE(BadTypeBit, "MISUSE bad-type"),
    CASE(MustSucceed, "MISUSE must-succeed"),
    CASE(PagedTakenAtDispatch, "MISUSE paged-irql"),
    CASE(PagedFreedAtDispatch, "MISUSE paged-irql"),
    CASE(TakenAboveDispatch, "MISUSE irql"),
    CASE(FreedAboveDispatch, "MISUSE irql"),
    CASE(RaiseToLower, "MISUSE raise-lower: KeRaiseIrql to 1, the level is 2"),
    CASE(LowerToHigher, "MISUSE raise-lower: KeLowerIrql to 1, the level is 0"),
    CASE(RaiseTooHigh, "MISUSE raise-lower"),
    CASE(AcquireAboveDispatch, "MISUSE irql: KeAcquireSpinLock"),
    CASE(AcquireTwice, "MISUSE lock-recursive"),
    CASE(AcquireTwiceAtDpcLevel, "MISUSE lock-recursive"),
    CASE(AcquireAtDpcLevelTooLow, "MISUSE irql"),
    CASE(ReleaseNotHeld, "held by nobody"),
    CASE(ReleaseByAnother, "held by another thread"),
    CASE(ReleaseTooLow, "MISUSE irql"),
    CASE(LowerWithLock, "MISUSE lock-held"),
    CASE(LockOrder, "MISUSE lock-order"),
    CASE(DamagedLock, "was not initialised"),
    CASE(TakeUnderStrict, "MISUSE under-lock: ExAllocatePoolWithTag"),
    CASE(FreeUnderStrict, "MISUSE under-lock: ExFreePool"),
    CASE(PrintUnderStrict, "MISUSE under-lock: DbgPrint"),
    CASE(DelayUnderStrict, "MISUSE under-lock: KeDelayExecutionThread"),
    CASE(RaiseUnderStrict, "MISUSE under-lock: ExRaiseStatus"),
    CASE(DelayAtDispatch, "MISUSE irql: KeDelayExecutionThread"),
    CASE(ThreadAtDispatch, "MISUSE irql: SimThreadCreate"),
    CASE(WideFormat, "MISUSE format"),
    CASE(Breakpoint, "MISUSE breakpoint"),
    CASE(StopWithLock, "SimStop at IRQL 2"),
    CASE(ExpectedNeverCame, "free-twice was expected and never came"),
    CASE(ExpectedAnother, "MISUSE free-unknown"),
    CASE(ExpectedOnceCameTwice, "MISUSE free-unknown"),
    CASE(NotStarted, "KeGetCurrentIrql before SimStart or after SimStop"),
    CASE(StartTwice, "it runs already"),
    CASE(ForeignFreeOfDrivers, "the block belongs to the driver"),
    CASE(SystemFreeOfForeign, "the block belongs to a foreign owner"),
};

static unsigned Current;

static void StartAndRun(void)
{
    SimStart(NULL);
    Cases[Current].Routine();
}

static void EachMisuseAborts(void **State)
{
    unsigned Bad = 0;

    (void)State;
    for (Current = 0; Current < sizeof Cases / sizeof Cases[0]; Current++) {
        if (!SimAborts(StartAndRun, Cases[Current].Text)) {
            print_message("%s did not abort as it should\n", Cases[Current].Name);
            Bad++;
        }
    }
    print_message("           %u misuses\n", Current);
    assert_int_equal(Bad, 0);
}

static void Harmless(void)
{
    SimStart(NULL);
    ExFreePool(Take(NonPagedPool, 64));
}

/* The proof above can fail. */
static void AbortIsNotSeenWhereNoneIs(void **State)
{
    (void)State;
    assert_false(SimAborts(Harmless, ""));
    Current = 0;
    assert_false(SimAborts(StartAndRun, "MISUSE free-twice"));
}

static void ExpectedAllocationReturnsNull(void **State)
{
    SIM_REQUEST Last;

    (void)State;
    SimStart(NULL);
    SimExpectMisuse(SIM_MISUSE_ZERO_TAG);
    assert_false(SimMisuseSeen());
    assert_null(ExAllocatePoolWithTag(NonPagedPool, 64, 0));
    assert_true(SimMisuseSeen());
    assert_non_null(strstr(SimMisuseText(), "zero-tag"));
    assert_true(SimPoolLast(SIM_ALLOCATE_TAG, &Last));
    assert_true(Last.Misuse);
    assert_null(Last.Result);
    assert_int_equal(SimPoolOutstanding(SIM_DRIVER, NULL), 0);
    assert_true(SimPoolReset());
    SimStop();
}

static void ExpectedFreeKeepsTheBlock(void **State)
{
    char *P;

    (void)State;
    SimStart(NULL);
    P = Take(NonPagedPool, 64);
    SimExpectMisuse(SIM_MISUSE_WRONG_TAG);
    ExFreePoolWithTag(P, 0x31313131);
    assert_true(SimMisuseSeen());
    assert_true(SimPoolFind(P, NULL));
    SimExpectMisuse(SIM_MISUSE_FREE_INTERIOR);
    ExFreePool(P + 16);
    assert_true(SimMisuseSeen());
    ExFreePoolWithTag(P, TAG);
    SimExpectMisuse(SIM_MISUSE_FREE_TWICE);
    ExFreePool(P);
    assert_true(SimMisuseSeen());
    assert_ptr_equal(Take(NonPagedPool, 64), P); /* once in its bin, not twice */
    assert_ptr_not_equal(Take(NonPagedPool, 64), P);
    assert_false(SimPoolReset());
    SimStop();
}

static void ExpectedIrqlAndLockMisuse(void **State)
{
    (void)State;
    SimStart(NULL);
    SimExpectMisuse(SIM_MISUSE_RAISE_LOWER);
    KeLowerIrql(DISPATCH_LEVEL);
    assert_int_equal(KeGetCurrentIrql(), PASSIVE_LEVEL);
    HoldStrict();
    SimExpectMisuse(SIM_MISUSE_UNDER_LOCK);
    DbgPrint("no\n");
    assert_int_equal(SimOutputCount(), 0);
    SimExpectMisuse(SIM_MISUSE_UNDER_LOCK);
    assert_null(Take(NonPagedPool, 64));
    KeReleaseSpinLock(&Lock, Irql);
    SimExpectMisuse(SIM_MISUSE_NONE);
    assert_false(SimMisuseSeen());
    SimStop();
}

int main(void)
{
    const struct CMUnitTest Tests[] = {
        cmocka_unit_test(EachMisuseAborts),
        cmocka_unit_test(AbortIsNotSeenWhereNoneIs),
        cmocka_unit_test(ExpectedAllocationReturnsNull),
        cmocka_unit_test(ExpectedFreeKeepsTheBlock),
        cmocka_unit_test(ExpectedIrqlAndLockMisuse),
    };

    return cmocka_run_group_tests(Tests, NULL, NULL);
}
