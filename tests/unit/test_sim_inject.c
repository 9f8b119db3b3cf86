/*
 * test_sim_inject.c - requests that fail because the test says so, and raise semantics.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "sim.h"
#include "sim_fixture.h"

#define OTHER 0x7268744Fu /* 'Othr' */

/* Does a request of this size succeed? What it gives is given back. */
static BOOLEAN Works(SIZE_T Size)
{
    void *P = ExAllocatePoolWithTag(NonPagedPool, Size, TAG);

    if (P != NULL) {
        ExFreePool(P);
    }
    return P != NULL;
}

static void NthOnce(void **State)
{
    (void)State;
    SimFailNth(2);
    assert_true(Works(10));
    assert_false(Works(10));
    assert_true(Works(10));
    SimFailNth(1);
    assert_false(Works(10));
    assert_true(Works(10));
    SimFailNth(1);
    SimFailNth(0);
    assert_true(Works(10));
    assert_int_equal(SimFailures(), 2);
}

static void FromNthOn(void **State)
{
    (void)State;
    SimFailFrom(2);
    assert_true(Works(10));
    assert_false(Works(10));
    assert_false(Works(10));
    SimFailNone();
    assert_true(Works(10));
}

static void EveryNth(void **State)
{
    unsigned I;

    (void)State;
    assert_true(Works(10));
    SimFailEvery(3);
    for (I = 1; I <= 9; I++) {
        assert_int_equal(Works(10), I % 3 != 0);
    }
}

static void Larger(void **State)
{
    (void)State;
    SimFailLarger(100);
    assert_true(Works(100));
    assert_false(Works(101));
    SimFailLarger((SIZE_T)-1);
    assert_true(Works(101));
}

static void ByTag(void **State)
{
    void *P;

    (void)State;
    SimFailTag(OTHER);
    assert_true(Works(10));
    assert_null(ExAllocatePoolWithTag(NonPagedPool, 10, OTHER));
    SimFailNone();
    SimFailOnlyTag(OTHER);
    SimFailNth(1);
    assert_true(Works(10)); /* not counted */
    assert_null(ExAllocatePoolWithTag(NonPagedPool, 10, OTHER));
    P = ExAllocatePoolWithTag(NonPagedPool, 10, OTHER);
    assert_non_null(P);
    ExFreePool(P);
}

static BOOLEAN PagedOnly(const SIM_REQUEST *Request, PVOID Context)
{
    ++*(unsigned *)Context;
    return (Request->Type & 1) != 0;
}

static void ByRoutine(void **State)
{
    unsigned Asked = 0;

    (void)State;
    SimFailWhen(PagedOnly, &Asked);
    assert_true(Works(10));
    assert_null(ExAllocatePoolWithTag(PagedPool, 10, TAG));
    assert_int_equal(Asked, 2);
}

static void ForeignNeverFails(void **State)
{
    void *P;

    (void)State;
    SimFailEvery(1);
    P = SimForeignAllocate(NonPagedPool, 10);
    assert_non_null(P);
    SimForeignFree(P);
}

static void InjectedIsRecorded(void **State)
{
    SIM_REQUEST Last;

    (void)State;
    SimFailNth(1);
    assert_false(Works(10));
    assert_true(SimPoolLast(SIM_ALLOCATE_TAG, &Last));
    assert_true(Last.Injected);
    assert_null(Last.Result);
}

/* ----------------------------------------------------------------------------------- raising */

static PVOID Got;

static void RaisingRequest(PVOID Type)
{
    Got = &Got;
    Got = ExAllocatePoolWithTag((POOL_TYPE)(ULONG_PTR)Type, 10, TAG);
}

static void QuotaRequest(PVOID Type)
{
    Got = &Got;
    Got = ExAllocatePoolWithQuotaTag((POOL_TYPE)(ULONG_PTR)Type, 10, TAG);
}

static void RaisesWhereAsked(void **State)
{
    SIM_OPTIONS Options = {.Windows = SIM_WINDOWS_VISTA}; /* the first with quota-fail */

    (void)State;
    SimStop();
    SimStart(&Options);
    SimFailEvery(1);
    assert_int_equal(
        SimTry(RaisingRequest, (PVOID)(ULONG_PTR)(PagedPool | POOL_RAISE_IF_ALLOCATION_FAILURE)),
        STATUS_INSUFFICIENT_RESOURCES);
    assert_ptr_equal(Got, &Got); /* the request did not return */
    assert_int_equal(SimTry(RaisingRequest, (PVOID)(ULONG_PTR)PagedPool), STATUS_SUCCESS);
    assert_null(Got);
    assert_int_equal(SimTry(QuotaRequest, (PVOID)(ULONG_PTR)PagedPool), STATUS_QUOTA_EXCEEDED);
    assert_ptr_equal(Got, &Got);
    assert_int_equal(
        SimTry(QuotaRequest, (PVOID)(ULONG_PTR)(PagedPool | POOL_QUOTA_FAIL_INSTEAD_OF_RAISE)),
        STATUS_SUCCESS);
    assert_null(Got);
    SimFailNone();
    assert_int_equal(SimTry(QuotaRequest, (PVOID)(ULONG_PTR)PagedPool), STATUS_SUCCESS);
    ExFreePool(Got);
}

static void RaiseInner(PVOID Context)
{
    (void)Context;
    ExRaiseStatus((NTSTATUS)0xC0000001);
}

static void RaiseTwice(PVOID Context)
{
    *(NTSTATUS *)Context = SimTry(RaiseInner, NULL);
    ExRaiseStatus((NTSTATUS)0xC0000002);
}

static void TriesNest(void **State)
{
    NTSTATUS Inner = 0;

    (void)State;
    assert_int_equal(SimTry(RaiseTwice, &Inner), (NTSTATUS)0xC0000002);
    assert_int_equal(Inner, (NTSTATUS)0xC0000001);
}

static void UnhandledRaise(void)
{
    SimStart(NULL);
    SimFailNth(1);
    ExAllocatePoolWithQuotaTag(PagedPool, 10, TAG);
}

static void UnhandledRaiseAborts(void **State)
{
    (void)State;
    SimStop();
    assert_true(SimAborts(UnhandledRaise, "EXCEPTION 0xc0000044"));
    SimStart(NULL);
}

#define T(F) cmocka_unit_test_setup_teardown(F, Start, Stop)

int main(void)
{
    const struct CMUnitTest Tests[] = {
        T(NthOnce),
        T(FromNthOn),
        T(EveryNth),
        T(Larger),
        T(ByTag),
        T(ByRoutine),
        T(ForeignNeverFails),
        T(InjectedIsRecorded),
        T(RaisesWhereAsked),
        T(TriesNest),
        T(UnhandledRaiseAborts),
    };

    return cmocka_run_group_tests(Tests, NULL, NULL);
}
