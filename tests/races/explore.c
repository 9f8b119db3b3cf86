/* explore.c - one schedule: threads that run one at a time, as the schedule says. */
#define _GNU_SOURCE
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "race.h"
#include "schedule.h"

#define MOST_LOCKS 16
#define MOST_STEPS \
    20000 /* points that one thread may pass: beyond, it waits for what never comes */
#define MOST_WHO (RACE_THREADS + 1)
#define WORDS    4096

typedef struct _WHO {
    ULONG Number;
    void (*Routine)(void);
    sem_t Turn;
    BOOLEAN Ended;
    BOOLEAN Yields;                /* delays: the others first */
    const volatile void *WaitsFor; /* a lock */
    const volatile void *Joins;    /* a thread */
    SIM_THREAD *Thread;
    ULONG Steps;
} WHO;

static WHO All[MOST_WHO];
static ULONG Count;
static __thread WHO *Me; /* NULL: takes no part */
static sem_t AllEnded, Adopted;
static ULONG Adopting;
static ULONG Strangers; /* adopted, and not ended */
static const char *const PointNames[] = {"acquire", "spin",   "acquired", "released", "before",
                                         "after",   "failed", "barrier",  "pool",     "pooled",
                                         "print",   "delay",  "join",     "end"};
_Static_assert(sizeof PointNames / sizeof PointNames[0] == SIM_POINTS, "a name for each point");

/* ---- locks ---- */

static struct {
    const volatile void *Lock;
    const WHO *Holder;
} Held[MOST_LOCKS];

static const WHO *HolderOf(const volatile void *Lock)
{
    ULONG Index;

    for (Index = 0; Index < MOST_LOCKS; Index++) {
        if (Held[Index].Lock == Lock) {
            return Held[Index].Holder;
        }
    }
    return NULL;
}

static void Hold(const volatile void *From, const volatile void *To, const WHO *Holder)
{
    ULONG Index;

    for (Index = 0; Index < MOST_LOCKS; Index++) {
        if (Held[Index].Lock == From) {
            Held[Index].Lock = To;
            Held[Index].Holder = Holder;
            return;
        }
    }
    ScheduleFatal("more locks are held than there is room for");
}

/* ---- words ---- */

/*
 * A word of MemCheck's image that only one thread changes is no place where threads meet, and there
 * the threads need not be asked. But the globals are (others read them as they are), and all that
 * lies in the pool, records above all. What one thread alone has changed so far another may yet:
 * then all schedules begin anew.
 */
static struct {
    const volatile void *Word;
    ULONG Threads; /* bits */
} Words[WORDS];

static BOOLEAN AlwaysMatters(const volatile void *Word)
{
    const volatile char *At = Word;

    return (At >= (char *)&Mc && At < (char *)(&Mc + 1)) || SimIsPool((const void *)Word);
}

static BOOLEAN Matters(const volatile void *Word)
{
    ULONG Index = (ULONG)((ULONG_PTR)Word >> 2) % WORDS;
    ULONG Before;

    if (AlwaysMatters(Word)) {
        return TRUE;
    }
    while (Words[Index].Word != NULL && Words[Index].Word != Word) {
        Index = (Index + 1) % WORDS;
    }
    Before = Words[Index].Threads;
    Words[Index].Word = Word;
    Words[Index].Threads |= 1u << Me->Number;
    if (Before != 0 && (Before & (Before - 1)) == 0 && Before != Words[Index].Threads) {
        ScheduleAnew();
    }
    return (Words[Index].Threads & (Words[Index].Threads - 1)) != 0;
}

/* ---- who may go on ---- */

static BOOLEAN HasEnded(const volatile void *Thread)
{
    ULONG Index;

    for (Index = 0; Index < Count; Index++) {
        if (All[Index].Thread == Thread) {
            return All[Index].Ended;
        }
    }
    return Strangers == 0; /* MemCheck's own is not known by name until it ends */
}

static BOOLEAN CanGoOn(const WHO *Who)
{
    return !Who->Ended && (Who->WaitsFor == NULL || HolderOf(Who->WaitsFor) == NULL) &&
           (Who->Joins == NULL || HasEnded(Who->Joins));
}

/* Bits of those that can; those that delay only when nobody else can. */
static ULONG Runnable(void)
{
    ULONG Index, Eager = 0, Patient = 0;

    for (Index = 0; Index < Count; Index++) {
        if (CanGoOn(&All[Index])) {
            *(All[Index].Yields ? &Patient : &Eager) |= 1u << Index;
        }
    }
    return Eager != 0 ? Eager : Patient;
}

static ULONG NextInRing(ULONG Number, ULONG Mask)
{
    do {
        Number = (Number + 1) % Count;
    } while ((Mask >> Number & 1) == 0);
    return Number;
}

static BOOLEAN AllHaveEnded(void)
{
    ULONG Index;

    for (Index = 0; Index < Count && All[Index].Ended; Index++) {
    }
    return Index == Count;
}

static void DumpDeadlock(void)
{
    ULONG Index;

    for (Index = 0; Index < Count; Index++) {
        const WHO *Who = &All[Index];

        if (!Who->Ended) {
            fprintf(stderr, "races: thread %u waits for %s %p\n", (unsigned)Index,
                    Who->WaitsFor != NULL ? "lock" : "the end of thread",
                    (const void *)(Who->WaitsFor != NULL ? Who->WaitsFor : Who->Joins));
        }
    }
    SimThreadsDump();
    ScheduleFatal("deadlock: nobody can go on");
}

static void GiveTo(ULONG Number)
{
    ULONG Index;

    for (Index = 0; Index < Count; Index++) {
        if (Index != Number) {
            All[Index].Yields = FALSE; /* another has gone on meanwhile */
        }
    }
    sem_post(&All[Number].Turn);
}

static void WaitForTurn(WHO *Who)
{
    while (sem_wait(&Who->Turn) != 0) {
    }
}

/* Who goes on? Comes back when it is this thread's turn; one that has ended does not wait. Open:
 * not just who is here. */
static void Decide(WHO *Who, BOOLEAN Open)
{
    ULONG Mask = Runnable();
    BOOLEAN Forced;
    ULONG Chosen;

    if (Mask == 0) {
        if (!AllHaveEnded()) {
            DumpDeadlock();
        }
        sem_post(&AllEnded);
        return;
    }
    Forced = (Mask >> Who->Number & 1) == 0 || (Who->Yields && Mask != 1u << Who->Number);
    Chosen = Forced ? NextInRing(Who->Number, Mask) : Who->Number;
    if ((Mask & (Mask - 1)) != 0) {
        Chosen = ScheduleChoose(Open || Forced ? Mask : 1u << Chosen, Chosen, !Forced);
    }
    if (Chosen != Who->Number) {
        GiveTo(Chosen);
        if (!Who->Ended) {
            WaitForTurn(Who);
        }
    }
}

/* ---- points ---- */

static void Trace(SIM_POINT Point, const volatile void *Where)
{
    if (Point == SIM_POINT_PRINT) {
        fprintf(stderr, "%4u  %u print %s\n", (unsigned)ScheduleDecisions(), (unsigned)Me->Number,
                (const char *)Where);
    } else {
        fprintf(stderr, "%4u  %u %s %p\n", (unsigned)ScheduleDecisions(), (unsigned)Me->Number,
                PointNames[Point], (const void *)Where);
    }
}

/* A thread that MemCheck made is one of the race's from its first delay on, and waits there. */
static void Adopt(SIM_POINT Point)
{
    if (Point == SIM_POINT_DELAY && Adopting != 0) {
        Adopting--;
        Strangers++;
        Me = &All[Count++];
        sem_post(&Adopted);
        WaitForTurn(Me);
    }
}

static void Step(SIM_POINT Point, const volatile void *Where)
{
    if (++Me->Steps > MOST_STEPS) {
        ScheduleFatal("thread %u has passed %u points, and does not come to its end",
                      (unsigned)Me->Number, MOST_STEPS);
    }
    if (ScheduleTraced()) {
        Trace(Point, Where);
    }
}

static void AtPoint(SIM_POINT Point, const volatile void *Where)
{
    if (Me == NULL) {
        Adopt(Point);
        return;
    }
    Step(Point, Where);
    switch (Point) {
    case SIM_POINT_BEFORE:
    case SIM_POINT_AFTER:
    case SIM_POINT_FAILED: Decide(Me, Matters(Where) || ScheduleReplayed()); return;
    case SIM_POINT_SPIN: ScheduleFatal("a lock is held by a thread that takes no part");
    case SIM_POINT_ACQUIRED: Hold(NULL, Where, Me); return;
    case SIM_POINT_RELEASED: Hold(Where, NULL, NULL); break;
    case SIM_POINT_ACQUIRE: Me->WaitsFor = Where; break;
    case SIM_POINT_JOIN: Me->Joins = Where; break;
    case SIM_POINT_DELAY: Me->Yields = TRUE; break;
    case SIM_POINT_END:
        Me->Ended = TRUE;
        Strangers -= Me->Routine == NULL;
        Me->Thread = (SIM_THREAD *)(ULONG_PTR)Where;
        break;
    default: break;
    }
    Decide(Me, TRUE);
    Me->WaitsFor = Me->Joins = NULL;
}

/* ---- a run ---- */

static void Begin(PVOID Context)
{
    Me = Context;
    WaitForTurn(Me);
    Me->Routine();
}

static void Prepare(const RACE *Race)
{
    ULONG Index;

    memset(Held, 0, sizeof Held);
    memset(All, 0, sizeof All);
    Count = 0;
    Adopting = Race->Adopted;
    Strangers = 0;
    sem_init(&AllEnded, 0, 0);
    sem_init(&Adopted, 0, 0);
    for (Index = 0; Index < MOST_WHO; Index++) {
        All[Index].Number = Index;
        sem_init(&All[Index].Turn, 0, 0);
    }
}

void ExploreWatch(const RACE *Race)
{
    Prepare(Race);
    SimSetPointRoutine(AtPoint);
}

void ExploreAdopted(const RACE *Race)
{
    ULONG Index;

    for (Index = 0; Index < Race->Adopted; Index++) {
        while (sem_wait(&Adopted) != 0) {
        }
    }
}

void ExploreRun(const RACE *Race)
{
    SIM_THREAD *Threads[RACE_THREADS];
    ULONG Index;

    for (Index = 0; Index < RACE_THREADS && Race->Thread[Index] != NULL; Index++) {
        WHO *Who = &All[Count++];

        Who->Routine = Race->Thread[Index];
        Threads[Index] = Who->Thread = SimThreadCreate("racer", Begin, Who);
    }
    GiveTo(ScheduleChoose((1u << Count) - 1, 0, FALSE));
    while (sem_wait(&AllEnded) != 0) {
    }
    while (Index-- > 0) {
        SimThreadJoin(Threads[Index]);
    }
    SimSetPointRoutine(NULL);
}
