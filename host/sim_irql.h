/*
 * sim_irql.h - IRQL, spin locks, DPCs.
 * Part of sim.h, which has the rules for all.
 */
#ifndef SIM_IRQL_H
#define SIM_IRQL_H

#include "sim_types.h"

/* Any IRQL. */
KIRQL KeGetCurrentIrql(VOID);

/*
 * KeRaiseIrql - to NewIrql, not lower than now, at most HIGH_LEVEL; OldIrql: where to put the level
 * before. KeLowerIrql - back to NewIrql, not higher than now.
 * From DISPATCH_LEVEL on the thread is *raised*: paged memory is inaccessible, nothing may wait.
 */
VOID KeRaiseIrql(KIRQL NewIrql, PKIRQL OldIrql);
KIRQL KeRaiseIrqlToDpcLevel(VOID);
VOID KeLowerIrql(KIRQL NewIrql);

/*
 * Spin locks. One word as in the kit; it holds the owner, so it must be initialised. IRQL: <=
 * DISPATCH_LEVEL to acquire, DISPATCH_LEVEL to release; ...AtDpcLevel and ...FromDpcLevel:
 * DISPATCH_LEVEL. Recursion, release by another thread, lowering the IRQL below DISPATCH_LEVEL with
 * a lock held: misuse. With SIM_ONE_CPU a lock held by another thread is a deadlock, as is a ring
 * of threads that spin, each on a lock of the next: aborts.
 */
VOID KeInitializeSpinLock(PKSPIN_LOCK SpinLock);
VOID KeAcquireSpinLock(PKSPIN_LOCK SpinLock, PKIRQL OldIrql);
KIRQL KeAcquireSpinLockRaiseToDpc(PKSPIN_LOCK SpinLock);
VOID KeReleaseSpinLock(PKSPIN_LOCK SpinLock, KIRQL NewIrql);
VOID KeAcquireSpinLockAtDpcLevel(PKSPIN_LOCK SpinLock);
VOID KeReleaseSpinLockFromDpcLevel(PKSPIN_LOCK SpinLock);

/*
 * SimSetLockStrict - a strict lock is one under which nothing is allocated, freed, printed, delayed
 * or raised, and no other lock acquired; its release goes back to the IRQL of its acquisition:
 * MemCheck's own locks. A driver's lock is not: nonpaged pool under it is legal.
 * SimSetLockLevel - order: while a lock with a level is held, only locks with a higher level may be
 * acquired; 1 to 255, 0: no level, not checked.
 * Both after KeInitializeSpinLock (which takes them away), while nobody holds the lock. Any IRQL.
 */
void SimSetLockStrict(PKSPIN_LOCK SpinLock, BOOLEAN Strict);
void SimSetLockLevel(PKSPIN_LOCK SpinLock, ULONG Level);

/* SimLocksHeld - spin locks that the calling thread holds. Any IRQL. */
ULONG SimLocksHeld(void);

/*
 * SimQueueDpc - Routine(Context) is to run at DISPATCH_LEVEL, on top of this thread (SIM_PARALLEL)
 * or of whichever thread runs then (SIM_ONE_CPU): when the IRQL falls below DISPATCH_LEVEL, or at
 * the next call point. In the order queued. Any IRQL. More than 1,024 waiting: aborts.
 */
void SimQueueDpc(void (*Routine)(PVOID Context), PVOID Context);

/* SimCheckpoint - a call point and nothing else (at DISPATCH_LEVEL and above: nothing). */
void SimCheckpoint(void);

#endif
