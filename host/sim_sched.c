/*
 * sim_sched.c - SIM_ONE_CPU: exactly one simulated thread runs, and who is next is reproducible.
 *
 * Current holds the processor; the others wait, each at its own condition. The processor changes
 * hands only at call points below DISPATCH_LEVEL, when a thread delays, joins or ends. Choices come
 * from a seeded generator that only Current uses, so a seed gives one sequence of switches.
 */
#define _GNU_SOURCE
#include "simp.h"

static pthread_mutex_t SchedLock = PTHREAD_MUTEX_INITIALIZER;
static SIM_THREAD *Current;
static uint32_t Random;

static ULONG NextRandom(ULONG Limit)
{
    Random ^= Random << 13; /* Marsaglia's xorshift; never 0 */
    Random ^= Random >> 17;
    Random ^= Random << 5;
    return (ULONG)(((uint64_t)Random * Limit) >> 32);
}

void SimpSchedStart(void)
{
    Random = SimpOptions.Seed * 2654435761u + 0x9E3779B9u;
    if (Random == 0) {
        Random = 1;
    }
    Current = NULL;
}

void SimpSchedAttach(SIM_THREAD *Thread)
{
    pthread_cond_init(&Thread->Turn, NULL);
    Thread->State = SIMP_READY;
    if (Thread->Slot == 0 && Current == NULL) {
        Current = Thread; /* the thread that called SimStart */
    }
}

/* Those that waited for what has come are ready; result: the earliest time another one waits for.
 */
static ULONGLONG WakeThreads(void)
{
    ULONGLONG Now = SimpTimeNow();
    ULONGLONG Earliest = ~0ULL;
    SIM_THREAD *Thread;
    ULONG Slot;

    for (Slot = 0; Slot < SIMP_THREADS; Slot++) {
        Thread = SimpThreadAt(Slot);
        if (Thread == NULL) {
            continue;
        }
        if (Thread->State == SIMP_JOINING && Thread->JoinTarget->State == SIMP_DONE) {
            Thread->State = SIMP_READY;
        } else if (Thread->State == SIMP_SLEEPING) {
            if (Thread->WakeAt <= Now) {
                Thread->State = SIMP_READY;
            } else if (Thread->WakeAt < Earliest) {
                Earliest = Thread->WakeAt;
            }
        }
    }
    return Earliest;
}

/* One of the ready threads, Not apart; NULL: there is none. */
static SIM_THREAD *ChooseReady(const SIM_THREAD *Not)
{
    SIM_THREAD *Ready[SIMP_THREADS];
    SIM_THREAD *Thread;
    ULONG Slot, Count = 0;

    for (Slot = 0; Slot < SIMP_THREADS; Slot++) {
        Thread = SimpThreadAt(Slot);
        if (Thread != NULL && Thread != Not && Thread->State == SIMP_READY) {
            Ready[Count++] = Thread;
        }
    }
    return Count == 0 ? NULL : Ready[NextRandom(Count)];
}

/* A thread to run next, where the current one cannot go on: time jumps if all delay. */
static SIM_THREAD *ChooseNext(void)
{
    ULONGLONG Earliest = WakeThreads();
    SIM_THREAD *Next = ChooseReady(NULL);

    if (Next == NULL) {
        if (Earliest == ~0ULL) {
            SimpFatal("DEADLOCK on the one processor: every thread waits for another to end");
        }
        SimpTimeReach(Earliest);
        (void)WakeThreads();
        Next = ChooseReady(NULL);
    }
    return Next;
}

static void GiveTo(SIM_THREAD *Next)
{
    Current = Next;
    pthread_cond_signal(&Next->Turn);
}

static void WaitForTurn(SIM_THREAD *Self)
{
    while (Current != Self) {
        pthread_cond_wait(&Self->Turn, &SchedLock);
    }
}

void SimpSchedFirstTurn(SIM_THREAD *Self)
{
    pthread_mutex_lock(&SchedLock);
    WaitForTurn(Self);
    pthread_mutex_unlock(&SchedLock);
}

void SimpSchedMaySwitch(SIM_THREAD *Self)
{
    SIM_THREAD *Next;

    pthread_mutex_lock(&SchedLock);
    if (NextRandom(SimpOptions.SwitchEvery) == 0) {
        (void)WakeThreads();
        Next = ChooseReady(Self);
        if (Next != NULL) {
            GiveTo(Next);
            WaitForTurn(Self);
        }
    }
    pthread_mutex_unlock(&SchedLock);
}

/* Self's state says that it waits: let others run until it is ready, and chosen. */
static void Block(SIM_THREAD *Self)
{
    GiveTo(ChooseNext());
    WaitForTurn(Self);
}

void SimpSchedSleep(SIM_THREAD *Self, ULONGLONG At)
{
    pthread_mutex_lock(&SchedLock);
    Self->WakeAt = At;
    Self->State = SIMP_SLEEPING;
    Block(Self);
    pthread_mutex_unlock(&SchedLock);
}

void SimpSchedJoin(SIM_THREAD *Self, SIM_THREAD *Target)
{
    pthread_mutex_lock(&SchedLock);
    Self->JoinTarget = Target;
    Self->State = SIMP_JOINING;
    Block(Self);
    pthread_mutex_unlock(&SchedLock);
}

void SimpSchedDone(SIM_THREAD *Self)
{
    pthread_mutex_lock(&SchedLock);
    Self->State = SIMP_DONE;
    GiveTo(ChooseNext());
    pthread_mutex_unlock(&SchedLock);
}
