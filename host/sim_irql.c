/*
 * sim_irql.c - the IRQL of each thread.
 *
 * From DISPATCH_LEVEL on a thread is raised: it owns its processor (where two threads share one,
 * the other waits), and paged memory is off.
 */
#define _GNU_SOURCE
#include "simp.h"

CCHAR KeNumberProcessors;

static pthread_mutex_t Processors[SIMP_THREADS];

static ULONG ProcessorOf(const SIM_THREAD *Self)
{
    return Self->Slot % SimpOptions.Processors;
}

void SimpIrqlStart(void)
{
    ULONG I;

    for (I = 0; I < SIMP_THREADS; I++) {
        pthread_mutex_init(&Processors[I], NULL);
    }
    KeNumberProcessors = (CCHAR)SimpOptions.Processors;
}

void SimpSetIrql(SIM_THREAD *Self, KIRQL Irql)
{
    BOOLEAN WasRaised = Self->Irql >= DISPATCH_LEVEL;
    BOOLEAN IsRaised = Irql >= DISPATCH_LEVEL;

    if (!WasRaised && IsRaised) {
        if (!SimpOneCpu()) {
            pthread_mutex_lock(&Processors[ProcessorOf(Self)]);
        }
        SimpPagingRaise();
    }
    Self->Irql = Irql;
    if (WasRaised && !IsRaised) {
        SimpPagingLower();
        if (!SimpOneCpu()) {
            pthread_mutex_unlock(&Processors[ProcessorOf(Self)]);
        }
    }
}

BOOLEAN SimpIrqlAtMost(const SIM_THREAD *Self, const char *Routine, KIRQL Highest)
{
    if (Self->Irql <= Highest) {
        return TRUE;
    }
    SimpMisuse(SIM_MISUSE_IRQL, "%s at IRQL %u, allowed up to %u", Routine, Self->Irql, Highest);
    return FALSE;
}

KIRQL KeGetCurrentIrql(VOID)
{
    return SimpEnter(__func__)->Irql;
}

VOID KeRaiseIrql(KIRQL NewIrql, PKIRQL OldIrql)
{
    SIM_THREAD *Self = SimpEnter(__func__);

    *OldIrql = Self->Irql;
    if (NewIrql < Self->Irql || NewIrql > HIGH_LEVEL) {
        SimpMisuse(SIM_MISUSE_RAISE_LOWER, "KeRaiseIrql to %u, the level is %u and the highest %u",
                   NewIrql, Self->Irql, HIGH_LEVEL);
        return;
    }
    SimpSetIrql(Self, NewIrql);
}

KIRQL KeRaiseIrqlToDpcLevel(VOID)
{
    KIRQL OldIrql;

    KeRaiseIrql(DISPATCH_LEVEL, &OldIrql);
    return OldIrql;
}

VOID KeLowerIrql(KIRQL NewIrql)
{
    SIM_THREAD *Self = SimpSelf(__func__);

    if (NewIrql > Self->Irql) {
        SimpMisuse(SIM_MISUSE_RAISE_LOWER, "KeLowerIrql to %u, the level is %u", NewIrql,
                   Self->Irql);
        return;
    }
    if (NewIrql < DISPATCH_LEVEL && Self->LocksHeld > 0) {
        SimpMisuse(SIM_MISUSE_LOCK_HELD, "KeLowerIrql to %u with spin lock %p held", NewIrql,
                   (void *)Self->Locks[Self->LocksHeld - 1]);
        return;
    }
    if (NewIrql < DISPATCH_LEVEL && Self->InDpc) {
        SimpMisuse(SIM_MISUSE_RAISE_LOWER, "KeLowerIrql to %u inside a DPC", NewIrql);
        return;
    }
    SimpSetIrql(Self, NewIrql);
    (void)SimpEnter(__func__);
}

ULONG KeGetCurrentProcessorNumber(VOID)
{
    return ProcessorOf(SimpEnter(__func__));
}

ULONG KeQueryActiveProcessorCount(ULONG_PTR *ActiveProcessors)
{
    ULONG Count = SimpOptions.Processors;

    (void)SimpEnter(__func__);
    if (ActiveProcessors != NULL) {
        *ActiveProcessors =
            Count >= sizeof(ULONG_PTR) * 8 ? ~(ULONG_PTR)0 : ((ULONG_PTR)1 << Count) - 1;
    }
    return Count;
}
