/*
 * sim_lock.c - spin locks, and what must not happen under them.
 *
 * The kit gives a lock one word. Here it holds the owner (slot + 1), the strict flag and the level;
 * 0 is a free lock without either, as KeInitializeSpinLock leaves it.
 */
#define _GNU_SOURCE
#include <sched.h>
#include "simp.h"

#define OWNER_MASK   ((ULONG_PTR)0xFF)
#define STRICT_FLAG  ((ULONG_PTR)0x100)
#define LEVEL_SHIFT  16
#define LEVEL_MASK   ((ULONG_PTR)0xFF << LEVEL_SHIFT)
#define ALL_BITS     (OWNER_MASK | STRICT_FLAG | LEVEL_MASK)
#define SPINS_A_TURN 200 /* looks before the host's processor is given up */

static ULONG_PTR LoadWord(PKSPIN_LOCK SpinLock)
{
    return __atomic_load_n(SpinLock, __ATOMIC_ACQUIRE);
}

static ULONG LevelOf(ULONG_PTR Word)
{
    return (ULONG)((Word & LEVEL_MASK) >> LEVEL_SHIFT);
}

static BOOLEAN IsStrict(ULONG_PTR Word)
{
    return SimpOptions.AllLocksStrict || (Word & STRICT_FLAG) != 0;
}

BOOLEAN SimpNotUnderLock(const SIM_THREAD *Self, const char *Routine)
{
    if (Self->StrictHeld == 0) {
        return TRUE;
    }
    SimpMisuse(SIM_MISUSE_UNDER_LOCK, "%s while holding strict spin lock (%p)", Routine,
               (void *)Self->Locks[Self->LocksHeld - 1]);
    return FALSE;
}

ULONG SimLocksHeld(void)
{
    return SimpSelf(__func__)->LocksHeld;
}

VOID KeInitializeSpinLock(PKSPIN_LOCK SpinLock)
{
    __atomic_store_n(SpinLock, 0, __ATOMIC_RELEASE);
}

void SimSetLockStrict(PKSPIN_LOCK SpinLock, BOOLEAN Strict)
{
    *SpinLock = Strict ? *SpinLock | STRICT_FLAG : *SpinLock & ~STRICT_FLAG;
}

void SimSetLockLevel(PKSPIN_LOCK SpinLock, ULONG Level)
{
    if (Level > 255) {
        SimpFatal("SimSetLockLevel: level %u, at most 255", Level);
    }
    *SpinLock = (*SpinLock & ~LEVEL_MASK) | ((ULONG_PTR)Level << LEVEL_SHIFT);
}

/* May Self acquire this lock? IRQL apart. */
static BOOLEAN MayAcquire(const SIM_THREAD *Self, PKSPIN_LOCK SpinLock)
{
    ULONG_PTR Word = LoadWord(SpinLock);
    ULONG Level = LevelOf(Word);
    ULONG I;

    if ((Word & ~ALL_BITS) != 0) {
        SimpFatal("spin lock %p was not initialised, or is damaged: it holds 0x%lx",
                  (void *)SpinLock, (unsigned long)Word);
    }
    if ((Word & OWNER_MASK) == Self->Slot + 1) {
        SimpMisuse(SIM_MISUSE_LOCK_RECURSIVE, "spin lock %p acquired again by its holder",
                   (void *)SpinLock);
        return FALSE;
    }
    for (I = 0; Level != 0 && I < Self->LocksHeld; I++) {
        if (LevelOf(*Self->Locks[I]) >= Level) {
            SimpMisuse(SIM_MISUSE_LOCK_ORDER,
                       "spin lock %p of level %u acquired while %p of level %u is held",
                       (void *)SpinLock, Level, (void *)Self->Locks[I], LevelOf(*Self->Locks[I]));
            return FALSE;
        }
    }
    if (Self->LocksHeld == SIMP_LOCKS_HELD) {
        SimpFatal("a thread holds %u spin locks", SIMP_LOCKS_HELD);
    }
    return TRUE;
}

static _Noreturn void Deadlock(const SIM_THREAD *Self, PKSPIN_LOCK SpinLock, ULONG_PTR Word)
{
    const SIM_THREAD *Owner = SimpThreadAt((ULONG)(Word & OWNER_MASK) - 1);

    SimpFatal("DEADLOCK on the one processor: thread '%s' spins on lock %p, held by thread '%s'",
              Self->Name, (void *)SpinLock, Owner == NULL ? "?" : Owner->Name);
}

/* Spin, raised, until the lock is ours. */
static void Acquire(SIM_THREAD *Self, PKSPIN_LOCK SpinLock)
{
    ULONG_PTR Word;
    ULONG Spins = 0;

    for (;;) {
        Word = LoadWord(SpinLock);
        if ((Word & OWNER_MASK) == 0) {
            if (__atomic_compare_exchange_n(SpinLock, &Word, Word | (Self->Slot + 1), 0,
                                            __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
                break;
            }
        } else if (SimpOneCpu()) {
            Deadlock(Self, SpinLock, Word);
        } else if (++Spins % SPINS_A_TURN == 0) {
            sched_yield();
        }
    }
    Self->Locks[Self->LocksHeld] = SpinLock;
    Self->LocksHeld++;
    if (IsStrict(Word)) {
        Self->StrictHeld++;
    }
}

/* FALSE: not ours, and the test expected that. */
static BOOLEAN Release(SIM_THREAD *Self, PKSPIN_LOCK SpinLock)
{
    ULONG_PTR Word = LoadWord(SpinLock);
    ULONG I = Self->LocksHeld;

    if ((Word & OWNER_MASK) != Self->Slot + 1) {
        SimpMisuse(SIM_MISUSE_LOCK_OWNER, "spin lock %p released, held by %s", (void *)SpinLock,
                   (Word & OWNER_MASK) == 0 ? "nobody" : "another thread");
        return FALSE;
    }
    while (I > 0 && Self->Locks[I - 1] != SpinLock) {
        I--;
    }
    if (I == 0) {
        SimpFatal("spin lock %p names this thread as holder, but it never acquired it",
                  (void *)SpinLock);
    }
    for (; I < Self->LocksHeld; I++) {
        Self->Locks[I - 1] = Self->Locks[I];
    }
    Self->LocksHeld--;
    if (IsStrict(Word)) {
        Self->StrictHeld--;
    }
    __atomic_store_n(SpinLock, Word & ~OWNER_MASK, __ATOMIC_RELEASE);
    return TRUE;
}

VOID KeAcquireSpinLock(PKSPIN_LOCK SpinLock, PKIRQL OldIrql)
{
    SIM_THREAD *Self = SimpEnter(__func__);

    *OldIrql = Self->Irql;
    if (SimpIrqlAtMost(Self, __func__, DISPATCH_LEVEL) && MayAcquire(Self, SpinLock)) {
        SimpSetIrql(Self, DISPATCH_LEVEL);
        Acquire(Self, SpinLock);
    }
}

KIRQL KeAcquireSpinLockRaiseToDpc(PKSPIN_LOCK SpinLock)
{
    KIRQL OldIrql;

    KeAcquireSpinLock(SpinLock, &OldIrql);
    return OldIrql;
}

VOID KeReleaseSpinLock(PKSPIN_LOCK SpinLock, KIRQL NewIrql)
{
    SIM_THREAD *Self = SimpSelf(__func__);

    if (Self->Irql != DISPATCH_LEVEL || NewIrql > DISPATCH_LEVEL) {
        SimpMisuse(SIM_MISUSE_IRQL, "KeReleaseSpinLock(%p, %u) at IRQL %u", (void *)SpinLock,
                   NewIrql, Self->Irql);
        return;
    }
    if (Release(Self, SpinLock)) {
        KeLowerIrql(NewIrql); /* its rules, and its call point */
    }
}

VOID KeAcquireSpinLockAtDpcLevel(PKSPIN_LOCK SpinLock)
{
    SIM_THREAD *Self = SimpSelf(__func__);

    if (Self->Irql != DISPATCH_LEVEL) {
        SimpMisuse(SIM_MISUSE_IRQL, "KeAcquireSpinLockAtDpcLevel(%p) at IRQL %u", (void *)SpinLock,
                   Self->Irql);
        return;
    }
    if (MayAcquire(Self, SpinLock)) {
        Acquire(Self, SpinLock);
    }
}

VOID KeReleaseSpinLockFromDpcLevel(PKSPIN_LOCK SpinLock)
{
    SIM_THREAD *Self = SimpSelf(__func__);

    if (Self->Irql != DISPATCH_LEVEL) {
        SimpMisuse(SIM_MISUSE_IRQL, "KeReleaseSpinLockFromDpcLevel(%p) at IRQL %u",
                   (void *)SpinLock, Self->Irql);
        return;
    }
    (void)Release(Self, SpinLock);
}
