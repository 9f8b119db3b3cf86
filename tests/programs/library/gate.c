/* gate.c - who is inside the core: start, nesting, fork. See library.h, 2 to 4. */
#include "library.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <unistd.h>

#define OWN __attribute__((tls_model("initial-exec")))

#define NESTED_MOST 64u

/* A nested call: an address handed out from beneath, or one that is to be freed. */
typedef struct NESTED {
    void *P;
    bool Freed;
} NESTED;

static __thread volatile unsigned Depth OWN; /* of this thread: 0 outside */
static __thread volatile unsigned NestedCount OWN;
static __thread NESTED Nested[NESTED_MOST] OWN;
static __thread bool Alone OWN; /* this thread holds the gate */

static volatile int Started; /* 0: no, 1: somebody is at it, 2: yes, 3: ended */
static volatile int Closed;  /* somebody forks, or wants to be alone */
static volatile int Inside;  /* threads inside, the outermost entry only */
static int Process;
static LONG Inherited;

/* ---- alone, and fork ---- */

/* Who is inside (in a summary; or a signal handler forks there) is out for as long as another wants
 * to be alone, or the two would wait for each other. */
void GateClose(void)
{
    const int Mine = Depth != 0;

    while (__sync_val_compare_and_swap(&Closed, 0, 1) != 0) {
        __sync_sub_and_fetch(&Inside, Mine);
        while (Closed) {
            sched_yield();
        }
        __sync_add_and_fetch(&Inside, Mine);
    }
    Alone = true;
    while (Inside > Mine) {
        sched_yield();
    }
}

void GateOpen(void)
{
    Alone = false;
    __atomic_store_n(&Closed, 0, __ATOMIC_SEQ_CST);
}

static void ForkChild(void)
{
    Process = getpid();
    Inherited = (LONG)McLaneAllocations();
    GateOpen();
}

/* ---- start ---- */

static void Start(void)
{
    Process = getpid();
    BeneathStart();
    MEM_CHECK_INIT();
    pthread_atfork(GateClose, GateOpen, ForkChild);
    SummaryStart();
}

bool GateEarly(void)
{
    return Started != 2;
}

bool GateEnded(void)
{
    return Started == 3;
}

/* Others that are inside come out in their own time: EXIT waits for them. */
void GateEnd(void)
{
    __atomic_store_n(&Started, 3, __ATOMIC_SEQ_CST);
}

LONG GateInherited(void)
{
    return Inherited;
}

int GateProcess(void)
{
    return Process;
}

/* ---- nested calls ---- */

static void GatePost(void *P, bool Freed)
{
    const unsigned At = NestedCount;

    if (At == NESTED_MOST) {
        __sync_add_and_fetch(&Counters.Lost, 1);
        return;
    }
    Nested[At].P = P;
    Nested[At].Freed = Freed;
    NestedCount = At + 1;
}

void GateHandedOut(void *P)
{
    GatePost(P, false);
}

void GateFreed(void *P)
{
    GatePost(P, true);
}

bool GateIsNested(const void *P)
{
    unsigned At;

    for (At = NestedCount; At-- > 0;) {
        if (Nested[At].P == P) {
            return !Nested[At].Freed;
        }
    }
    return false;
}

/* An address from beneath is none of a block that was ours once. */
static void Forget(void *P)
{
    MC_LANE *Lane = McEnterFree();

    if (Lane) {
        McRetiredForget((ULONG_PTR)P);
        McLeave(Lane);
    }
}

/* Is it a block of the core, in whatever state? */
static bool IsMonitored(void *P)
{
    MC_LANE *Lane = McEnterFree();
    MC_RECORD *Record = Lane ? McIndexFindExact((ULONG_PTR)P) : NULL;

    if (Record) {
        McRecordRelease(Record);
    }
    if (Lane) {
        McLeave(Lane);
    }
    return Record != NULL;
}

/* Still inside; what is nested meanwhile comes behind. */
static void NestedSettle(void)
{
    unsigned At;

    for (At = 0; At < NestedCount; At++) {
        if (!Nested[At].Freed) {
            Forget(Nested[At].P);
        } else if (IsMonitored(Nested[At].P)) {
            FreeInside(Nested[At].P, __builtin_return_address(0));
        } else {
            __sync_add_and_fetch(&Counters.Beneath, 1);
            BeneathFree(Nested[At].P);
        }
    }
    NestedCount = 0;
}

/* ---- in and out ---- */

static void CountIn(void)
{
    for (;;) {
        __sync_add_and_fetch(&Inside, 1);
        if (!Closed || Alone) {
            return;
        }
        __sync_sub_and_fetch(&Inside, 1);
        while (Closed) {
            sched_yield();
        }
    }
}

bool GateEnter(void)
{
    int Saved = errno;

    if (Depth != 0 || Started == 3 || (Started != 2 && !environ)) {
        return false;
    }
    Depth = 1;
    if (Started == 2 || __sync_val_compare_and_swap(&Started, 0, 1) == 0) {
        CountIn();
        if (Started == 1) {
            Start();
            __atomic_store_n(&Started, 2, __ATOMIC_SEQ_CST);
        }
        errno = Saved;
        return true;
    }
    Depth = 0; /* another thread is at it */
    return false;
}

void GateLeave(void)
{
    int Saved = errno;

    if (NestedCount != 0) {
        NestedSettle();
    }
    __sync_sub_and_fetch(&Inside, 1);
    Depth = 0;
    errno = Saved;
}
