/*
 * stress_points.c - at each point, by the seed: go on, let another run, sleep, or queue a DPC. And
 * the proof that nobody spins: an operation passes a bounded number of points.
 */
#define _GNU_SOURCE
#include <sched.h>
#include <stdio.h>
#include <unistd.h>
#include "stress.h"

#define MOST_FAILED 2000 /* compare-exchanges lost in one operation */
#define MOST_DPCS   8    /* that wait at one time */

typedef struct _DISTURBER {
    ULONG Random;
    BOOLEAN Inside;
    ULONG Points, Failed;
    volatile ULONG Operations;
} DISTURBER;

static DISTURBER All[STRESS_THREADS + 1];
static __thread DISTURBER *Me;
static volatile LONG Waiting; /* DPCs */
ULONG PointsMost, PointsMostFailed;

/* On top of whatever it interrupts: not disturbed, and not counted. */
static void Dpc(PVOID Context)
{
    DISTURBER *Self = Me;
    const BOOLEAN Before = Self != NULL && Self->Inside;

    if (Self != NULL) {
        Self->Inside = TRUE;
    }
    __sync_sub_and_fetch((volatile LONG *)Context, 1);
    WorkDpc();
    if (Self != NULL) {
        Self->Inside = Before;
    }
}

static void Disturb(DISTURBER *Self)
{
    ULONG Dice = StressRandom(&Self->Random, 512);

    if (Dice < 8) {
        if (__sync_add_and_fetch(&Waiting, 1) <= MOST_DPCS) {
            SimQueueDpc(Dpc, (PVOID)&Waiting);
        } else {
            __sync_sub_and_fetch(&Waiting, 1);
        }
    } else if (Dice < 40) {
        SimCheckpoint();
    } else if (Dice < 44 && !StressRound.OneCpu) {
        usleep(StressRandom(&Self->Random, 40));
    }
}

static void AtPoint(SIM_POINT Point, const volatile void *Where)
{
    DISTURBER *Self = Me;

    (void)Where;
    if (Self == NULL || Self->Inside || Point == SIM_POINT_SPIN || Point == SIM_POINT_END ||
        Point == SIM_POINT_JOIN) {
        return;
    }
    Self->Points++;
    Self->Failed += Point == SIM_POINT_FAILED;
    Self->Inside = TRUE;
    Disturb(Self);
    Self->Inside = FALSE;
}

void PointsStart(void)
{
    ULONG Index;

    for (Index = 0; Index <= STRESS_THREADS; Index++) {
        All[Index].Random = (StressRound.Seed * 64 + Index) * 2654435761u | 1;
    }
    SimSetPointRoutine(AtPoint);
}

void PointsThread(ULONG Number)
{
    Me = &All[Number];
}

void PointsBegin(void)
{
    Me->Points = Me->Failed = 0;
}

static void Most(ULONG *To, ULONG Value)
{
    ULONG Before = __atomic_load_n(To, __ATOMIC_RELAXED);

    while (Before < Value && !__atomic_compare_exchange_n(To, &Before, Value, FALSE,
                                                          __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
    }
}

/* A free may have to let every block go that was held back, and a list prints each. */
void PointsEnd(void)
{
    const ULONG Limit = 5000 + 100 * McRecordLimit();

    Me->Operations++;
    Most(&PointsMost, Me->Points);
    Most(&PointsMostFailed, Me->Failed);
    if (Me->Points > Limit || Me->Failed > MOST_FAILED) {
        StressFail("an operation has passed %u points, at most %u, and lost %u exchanges",
                   (unsigned)Me->Points, (unsigned)Limit, (unsigned)Me->Failed);
    }
}

ULONG PointsOperations(void)
{
    ULONG Index, Result = 0;

    for (Index = 0; Index < STRESS_THREADS; Index++) {
        Result += All[Index].Operations;
    }
    return Result;
}

void PointsSay(void)
{
    ULONG Index;

    for (Index = 0; Index < STRESS_THREADS; Index++) {
        fprintf(stderr, "stress: thread %u has done %u operations\n", (unsigned)Index,
                (unsigned)All[Index].Operations);
    }
}
