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
#define RINGS_SURE   20  /* turns in which a ring of waiting threads was seen */

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
    if (Strict) {
        __atomic_fetch_or(SpinLock, STRICT_FLAG, __ATOMIC_RELAXED);
    } else {
        __atomic_fetch_and(SpinLock, ~STRICT_FLAG, __ATOMIC_RELAXED);
    }
}

void SimSetLockLevel(PKSPIN_LOCK SpinLock, ULONG Level)
{
    ULONG_PTR Word = LoadWord(SpinLock);

    if (Level > 255) {
        SimpFatal("SimSetLockLevel: level %u, at most 255", Level);
    }
    while (!__atomic_compare_exchange_n(SpinLock, &Word,
                                        (Word & ~LEVEL_MASK) | ((ULONG_PTR)Level << LEVEL_SHIFT), 0,
                                        __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
    }
}

/* May Self acquire this lock? IRQL apart. */
static BOOLEAN MayAcquire(const SIM_THREAD *Self, PKSPIN_LOCK SpinLock)
{
    ULONG_PTR Word = LoadWord(SpinLock);
    ULONG_PTR Held; /* read so too: others try for a lock that we hold */
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
    for (I = 0; I < Self->LocksHeld; I++) {
        Held = LoadWord(Self->Locks[I]);
        if ((Held & STRICT_FLAG) != 0) {
            SimpMisuse(SIM_MISUSE_LOCK_ORDER, "spin lock %p acquired while strict %p is held",
                       (void *)SpinLock, (void *)Self->Locks[I]);
            return FALSE;
        }
        if (Level != 0 && LevelOf(Held) >= Level) {
            SimpMisuse(SIM_MISUSE_LOCK_ORDER,
                       "spin lock %p of level %u acquired while %p of level %u is held",
                       (void *)SpinLock, Level, (void *)Self->Locks[I], LevelOf(Held));
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

/* Who has it; NULL: nobody. */
static SIM_THREAD *HolderOf(PKSPIN_LOCK SpinLock)
{
    ULONG_PTR Owner = LoadWord(SpinLock) & OWNER_MASK;

    return Owner == 0 ? NULL : SimpThreadAt((ULONG)Owner - 1);
}

/*
 * Do those whom Self waits for wait for Self? They move on while they are looked at, so that it is
 * so only when it stays so.
 */
static BOOLEAN Ring(const SIM_THREAD *Self, PKSPIN_LOCK SpinLock)
{
    const SIM_THREAD *Holder;
    ULONG Steps;

    for (Steps = 0; SpinLock != NULL && Steps < SIMP_THREADS; Steps++) {
        Holder = HolderOf(SpinLock);
        if (Holder == NULL || Holder == Self) {
            return Holder == Self;
        }
        SpinLock = Holder->SpinsOn;
    }
    return FALSE;
}

/* Another has it. */
static void Spin(SIM_THREAD *Self, PKSPIN_LOCK SpinLock, ULONG_PTR Word, ULONG *Spins, ULONG *Rings)
{
    if (SimpOneCpu()) {
        Deadlock(Self, SpinLock, Word);
    }
    Self->SpinsOn = SpinLock;
    SimPoint(SIM_POINT_SPIN, SpinLock);
    if (++*Spins % SPINS_A_TURN != 0) {
        return;
    }
    *Rings = Ring(Self, SpinLock) ? *Rings + 1 : 0;
    if (*Rings == RINGS_SURE) {
        SimThreadsDump();
        SimpFatal("DEADLOCK: thread '%s' spins on lock %p, whose holder waits for it in turn",
                  Self->Name, (void *)SpinLock);
    }
    sched_yield();
}

/* Spin, raised, until the lock is ours. Irql: of before. */
static void Acquire(SIM_THREAD *Self, PKSPIN_LOCK SpinLock, KIRQL Irql)
{
    ULONG_PTR Word;
    ULONG Spins = 0, Rings = 0;

    SimPoint(SIM_POINT_ACQUIRE, SpinLock);
    for (;;) {
        Word = LoadWord(SpinLock);
        if ((Word & OWNER_MASK) == 0) {
            if (__atomic_compare_exchange_n(SpinLock, &Word, Word | (Self->Slot + 1), 0,
                                            __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
                break;
            }
        } else {
            Spin(Self, SpinLock, Word, &Spins, &Rings);
        }
    }
    Self->SpinsOn = NULL;
    Self->Locks[Self->LocksHeld] = SpinLock;
    Self->LockIrql[Self->LocksHeld] = Irql;
    Self->LocksHeld++;
    if (IsStrict(Word)) {
        Self->StrictHeld++;
    }
    SimPoint(SIM_POINT_ACQUIRED, SpinLock);
}

/* FALSE: not ours, or not to be released so, and the test expected that. Irql: what it goes back
 * to.
 */
static BOOLEAN Release(SIM_THREAD *Self, PKSPIN_LOCK SpinLock, KIRQL Irql)
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
    if ((Word & STRICT_FLAG) != 0 && Irql != Self->LockIrql[I - 1]) {
        SimpMisuse(SIM_MISUSE_IRQL, "spin lock %p, acquired at IRQL %u, released to %u",
                   (void *)SpinLock, Self->LockIrql[I - 1], Irql);
        return FALSE;
    }
    for (; I < Self->LocksHeld; I++) {
        Self->Locks[I - 1] = Self->Locks[I];
        Self->LockIrql[I - 1] = Self->LockIrql[I];
    }
    Self->LocksHeld--;
    if (IsStrict(Word)) {
        Self->StrictHeld--;
    }
    __atomic_store_n(SpinLock, Word & ~OWNER_MASK, __ATOMIC_RELEASE);
    SimPoint(SIM_POINT_RELEASED, SpinLock);
    return TRUE;
}

static void DumpLocks(const SIM_THREAD *Thread)
{
    const SIM_THREAD *Holder;
    ULONG I;

    for (I = 0; I < Thread->LocksHeld && I < SIMP_LOCKS_HELD; I++) {
        SimpSay("  it holds %s lock %p, acquired at IRQL %u",
                IsStrict(LoadWord(Thread->Locks[I])) ? "strict" : "spin", (void *)Thread->Locks[I],
                Thread->LockIrql[I]);
    }
    if (Thread->SpinsOn != NULL) {
        Holder = HolderOf(Thread->SpinsOn);
        SimpSay("  it spins on lock %p, held by %s%s%s", (void *)Thread->SpinsOn,
                Holder == NULL ? "nobody" : "thread '", Holder == NULL ? "" : Holder->Name,
                Holder == NULL ? "" : "'");
    }
}

void SimThreadsDump(void)
{
    const SIM_THREAD *Thread;
    ULONG Slot;

    for (Slot = 0; Slot < SIMP_THREADS; Slot++) {
        Thread = SimpThreadAt(Slot);
        if (Thread != NULL) {
            SimpSay("thread '%s' 0x%lx, IRQL %u, %u locks, last in %s%s", Thread->Name,
                    (unsigned long)Thread->Id, Thread->Irql, Thread->LocksHeld,
                    Thread->Doing == NULL ? "?" : Thread->Doing, Thread->InDpc ? ", in a DPC" : "");
            DumpLocks(Thread);
        }
    }
}

VOID KeAcquireSpinLock(PKSPIN_LOCK SpinLock, PKIRQL OldIrql)
{
    SIM_THREAD *Self = SimpEnter(__func__);

    *OldIrql = Self->Irql;
    if (SimpIrqlAtMost(Self, __func__, DISPATCH_LEVEL) && MayAcquire(Self, SpinLock)) {
        SimpSetIrql(Self, DISPATCH_LEVEL);
        Acquire(Self, SpinLock, *OldIrql);
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
    if (Release(Self, SpinLock, NewIrql)) {
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
        Acquire(Self, SpinLock, DISPATCH_LEVEL);
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
    (void)Release(Self, SpinLock, DISPATCH_LEVEL);
}
