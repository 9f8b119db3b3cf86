/*
 * sim_dpc.c - deferred procedure calls: routines that interrupt a thread, at DISPATCH_LEVEL.
 */
#define _GNU_SOURCE
#include <string.h>
#include "simp.h"

#define DPCS 1024

typedef struct _SIMP_DPC {
    void (*Routine)(PVOID);
    PVOID Context;
    ULONG Slot; /* the thread that queued it */
} SIMP_DPC;

static pthread_mutex_t DpcLock = PTHREAD_MUTEX_INITIALIZER;
static SIMP_DPC Queue[DPCS];
static atomic_uint Waiting;

void SimpDpcStart(void)
{
    Waiting = 0;
}

ULONG SimpDpcWaiting(void)
{
    return Waiting;
}

void SimQueueDpc(void (*Routine)(PVOID Context), PVOID Context)
{
    SIM_THREAD *Self = SimpSelf(__func__);
    BOOLEAN Full;

    pthread_mutex_lock(&DpcLock);
    Full = Waiting == DPCS;
    if (!Full) {
        Queue[Waiting].Routine = Routine;
        Queue[Waiting].Context = Context;
        Queue[Waiting].Slot = Self->Slot;
        Waiting++;
        SimpCallPoints++;
    }
    pthread_mutex_unlock(&DpcLock);
    if (Full) {
        SimpFatal("SimQueueDpc: %u DPCs wait already", DPCS);
    }
}

/* The first that is to run on this thread. */
static BOOLEAN TakeOne(const SIM_THREAD *Self, SIMP_DPC *Dpc)
{
    BOOLEAN Found = FALSE;
    ULONG I;

    pthread_mutex_lock(&DpcLock);
    for (I = 0; I < Waiting && !Found; I++) {
        Found = SimpOneCpu() || Queue[I].Slot == Self->Slot;
    }
    if (Found) {
        *Dpc = Queue[I - 1];
        memmove(&Queue[I - 1], &Queue[I], (Waiting - I) * sizeof Queue[0]);
        Waiting--;
        SimpCallPoints--;
    }
    pthread_mutex_unlock(&DpcLock);
    return Found;
}

/* Run one on top of the thread, which is below DISPATCH_LEVEL. */
static void RunOne(SIM_THREAD *Self, const SIMP_DPC *Dpc)
{
    KIRQL OldIrql = Self->Irql;
    SIMP_TRY *Try = Self->Try;
    const char *Doing = Self->Doing;

    SimpSetIrql(Self, DISPATCH_LEVEL);
    Self->InDpc = TRUE;
    Self->Try = NULL; /* an exception does not unwind what was interrupted */
    Dpc->Routine(Dpc->Context);
    if (Self->Irql != DISPATCH_LEVEL || Self->LocksHeld != 0) {
        SimpFatal("a DPC returned at IRQL %u with %u spin locks held", Self->Irql, Self->LocksHeld);
    }
    Self->Try = Try;
    Self->InDpc = FALSE;
    Self->Doing = Doing;
    SimpSetIrql(Self, OldIrql);
}

void SimpDpcRun(SIM_THREAD *Self)
{
    SIMP_DPC Dpc;

    while (TakeOne(Self, &Dpc)) {
        RunOne(Self, &Dpc);
    }
}
