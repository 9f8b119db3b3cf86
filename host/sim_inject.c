/*
 * sim_inject.c - requests that fail because a test wants it, and exceptions.
 *
 * The orders are under the pool's lock, where SimpInject is called.
 */
#define _GNU_SOURCE
#include <string.h>
#include "simp.h"

#define NEVER (~0ULL)

typedef struct _SIMP_ORDERS {
    ULONGLONG NthAt, FromAt; /* in requests counted; NEVER */
    ULONGLONG EveryStart;    /* requests counted when SimFailEvery was called */
    ULONG Every;             /* 0: none */
    SIZE_T Larger;           /* (SIZE_T)-1: none */
    ULONG Tag, OnlyTag;      /* 0: none, any */
    BOOLEAN (*Routine)(const SIM_REQUEST *, PVOID);
    PVOID Context;
} SIMP_ORDERS;

static SIMP_ORDERS Orders;
static ULONGLONG Counted;
static ULONGLONG Failures;

static void NoOrders(void)
{
    memset(&Orders, 0, sizeof Orders);
    Orders.NthAt = NEVER;
    Orders.FromAt = NEVER;
    Orders.Larger = (SIZE_T)-1;
}

void SimpInjectStart(void)
{
    NoOrders();
    Counted = 0;
    Failures = 0;
}

BOOLEAN SimpInject(const SIM_REQUEST *Request)
{
    BOOLEAN Fail;

    if (Orders.OnlyTag != 0 && Request->Tag != Orders.OnlyTag) {
        return FALSE;
    }
    Counted++;
    Fail = Counted == Orders.NthAt || Counted >= Orders.FromAt || Request->Size > Orders.Larger ||
           (Orders.Every != 0 && (Counted - Orders.EveryStart) % Orders.Every == 0) ||
           (Orders.Tag != 0 && Request->Tag == Orders.Tag);
    if (Orders.Routine != NULL && Orders.Routine(Request, Orders.Context)) {
        Fail = TRUE; /* asked about each request, so that it may count them itself */
    }
    if (Fail) {
        Failures++;
    }
    return Fail;
}

static void LockOrders(void)
{
    pthread_mutex_lock(&SimpPoolLock);
}

static void UnlockOrders(void)
{
    pthread_mutex_unlock(&SimpPoolLock);
}

void SimFailNth(ULONG N)
{
    LockOrders();
    Orders.NthAt = N == 0 ? NEVER : Counted + N;
    UnlockOrders();
}

void SimFailFrom(ULONG N)
{
    LockOrders();
    Orders.FromAt = N == 0 ? NEVER : Counted + N;
    UnlockOrders();
}

void SimFailEvery(ULONG N)
{
    LockOrders();
    Orders.Every = N;
    Orders.EveryStart = Counted;
    UnlockOrders();
}

void SimFailLarger(SIZE_T Bytes)
{
    LockOrders();
    Orders.Larger = Bytes;
    UnlockOrders();
}

void SimFailTag(ULONG Tag)
{
    LockOrders();
    Orders.Tag = Tag;
    UnlockOrders();
}

void SimFailOnlyTag(ULONG Tag)
{
    LockOrders();
    Orders.OnlyTag = Tag;
    UnlockOrders();
}

void SimFailWhen(BOOLEAN (*Routine)(const SIM_REQUEST *Request, PVOID Context), PVOID Context)
{
    LockOrders();
    Orders.Routine = Routine;
    Orders.Context = Context;
    UnlockOrders();
}

void SimFailNone(void)
{
    LockOrders();
    NoOrders();
    UnlockOrders();
}

ULONGLONG SimFailures(void)
{
    ULONGLONG Result;

    LockOrders();
    Result = Failures;
    UnlockOrders();
    return Result;
}

/* -------------------------------------------------------------------------------- exceptions */

NTSTATUS SimTry(void (*Routine)(PVOID Context), PVOID Context)
{
    SIM_THREAD *Self = SimpSelf(__func__);
    SIMP_TRY Try;

    Try.Outer = Self->Try;
    Try.Status = STATUS_SUCCESS;
    Self->Try = &Try;
    if (setjmp(Try.Env) == 0) {
        Routine(Context);
    }
    SimpThread->Try = Try.Outer; /* not Self: a local may be lost over longjmp */
    return Try.Status;
}

_Noreturn void SimpRaise(SIM_THREAD *Self, NTSTATUS Status, const char *Why)
{
    if (Self->Try == NULL) {
        SimpFatal("EXCEPTION 0x%08x, nobody handles it: %s", (unsigned)Status, Why);
    }
    Self->Try->Status = Status;
    longjmp(Self->Try->Env, 1);
}

VOID ExRaiseStatus(NTSTATUS Status)
{
    SIM_THREAD *Self = SimpEnter(__func__);

    (void)SimpNotUnderLock(Self, __func__);
    if (Status == STATUS_SUCCESS) {
        SimpFatal("ExRaiseStatus(STATUS_SUCCESS): SimTry could not tell");
    }
    SimpRaise(Self, Status, "ExRaiseStatus");
}
