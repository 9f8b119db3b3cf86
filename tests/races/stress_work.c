/* stress_work.c - what a thread of the stress does, and what it plants on the way. */
#define _GNU_SOURCE
#include <string.h>
#include "stress.h"

#define KEPT      16
#define EXCHANGED 16

typedef struct _HELD {
    PUCHAR P;
    SIZE_T Size;
    BOOLEAN Paged, Plain;
    UCHAR Value;
} HELD;

typedef struct _WORKER {
    ULONG Number, Random;
    HELD Kept[KEPT];
} WORKER;

static WORKER Workers[STRESS_THREADS];
static struct {
    volatile LONG Busy;
    HELD Held;
} Exchange[EXCHANGED];

static void Fill(const HELD *Held)
{
    if (!StressRound.Exits) { /* else it may be EXIT's already */
        memset(Held->P, Held->Value, Held->Size);
    }
}

static void Verify(const HELD *Held)
{
    SIZE_T Index;

    for (Index = 0; !StressRound.Exits && Index < Held->Size; Index++) {
        if (Held->P[Index] != Held->Value) {
            StressFail("byte %u of a block of %u at %p is not what was written", (unsigned)Index,
                       (unsigned)Held->Size, (PVOID)Held->P);
        }
    }
}

static void Allocate(WORKER *Self, HELD *Held, BOOLEAN Raised)
{
    POOL_TYPE Type;

    Held->Paged = !Raised && StressRandom(&Self->Random, 4) == 0;
    Held->Plain = StressRandom(&Self->Random, 3) == 0;
    Held->Size = 1 + StressRandom(&Self->Random, StressRandom(&Self->Random, 8) == 0 ? 9000 : 400);
    Held->Value = (UCHAR)(StressRandom(&Self->Random, 255) + 1);
    Type = Held->Paged ? PagedPool : NonPagedPool;
    Held->P = Held->Plain ? ExAllocatePoolWithTag(Type, Held->Size, RACE_TAG)
                          : MEM_ALLOCATE_WITH_TAG(Type, Held->Size, RACE_TAG);
    if (Held->P == NULL) {
        StressFail("no memory");
    }
    Fill(Held);
}

static void FreeOnce(const HELD *Held)
{
    if (Held->Plain) {
        ExFreePoolWithTag(Held->P, RACE_TAG);
    } else {
        MEMCHECK_FREE_WITH_TAG(Held->P, RACE_TAG);
    }
}

static void Free(HELD *Held)
{
    Verify(Held);
    FreeOnce(Held);
    Held->P = NULL;
}

/* ---- bugs; the block is owned, of some bytes, and this thread's alone ---- */

static void PlantDamage(WORKER *Self, HELD *Held)
{
    const BOOLEAN Front = StressRandom(&Self->Random, 3) == 0;

    LedgerPlant(Front ? McKindUnderrun : McKindOverrun);
    if (Front) {
        Held->P[-1 - (LONG_PTR)StressRandom(&Self->Random, 16)] = 0;
    } else {
        Held->P[Held->Size + StressRandom(&Self->Random, 16)] = 0;
    }
}

/* Only while all that is freed is held: else the second free may be another's. */
static void PlantAfterFree(WORKER *Self, HELD *Held)
{
    PUCHAR P = Held->P;

    Free(Held);
    if (StressRandom(&Self->Random, 2) == 0) {
        LedgerPlant(McKindDoubleFree);
        MEMCHECK_FREE_WITH_TAG(P, RACE_TAG);
    } else {
        LedgerPlant(McKindWriteAfterFree);
        P[0] = 0;
    }
}

static void PlantCall(HELD *Held, ULONG Which)
{
    if (Which == 0) {
        LedgerPlant(McKindInteriorFree);
        MEMCHECK_FREE(Held->P + 1 + (Held->Size > 40 ? 31 : 0));
    } else if (Which == 1) {
        LedgerPlant(McKindBadAccess);
        (void)MEM_VALID_ACCESS(Held->P + Held->Size);
    } else {
        LedgerPlant(McKindWrongTag);
        MEMCHECK_FREE_WITH_TAG(Held->P, 0x676E7257u);
        Held->P = NULL;
    }
}

static void Plant(WORKER *Self, HELD *Held)
{
    const ULONG Dice = StressRandom(&Self->Random, 8);

    if (Held->P == NULL || Held->Plain || Held->Size < 2 || StressRound.Exits) {
        return;
    }
    if (Dice < 3) {
        PlantDamage(Self, Held);
        Free(Held);
    } else if (Dice < 5 && StressRound.Hold && Held->Size <= 400) {
        PlantAfterFree(Self, Held);
    } else if (Dice == 5) {
        LedgerPlantLeak();
        Held->P = NULL;
    } else {
        PlantCall(Held, StressRandom(&Self->Random, 3));
    }
}

/* ---- operations ---- */

/* Give a block to whoever comes, and take one: so blocks are freed by another thread. */
static void Swap(WORKER *Self, HELD *Held)
{
    ULONG Index = StressRandom(&Self->Random, EXCHANGED);
    HELD Other;

    if (__sync_val_compare_and_swap(&Exchange[Index].Busy, 0, 1) == 0) {
        Other = Exchange[Index].Held;
        Exchange[Index].Held = *Held;
        *Held = Other;
        __sync_lock_release(&Exchange[Index].Busy);
    }
}

/* Nonpaged, at DISPATCH_LEVEL. */
static void Raised(WORKER *Self)
{
    HELD Held;
    KIRQL Irql;

    KeRaiseIrql(DISPATCH_LEVEL, &Irql);
    Allocate(Self, &Held, TRUE);
    if (StressRandom(&Self->Random, 4) == 0) {
        MEM_CHECK();
    }
    Free(&Held);
    KeLowerIrql(Irql);
}

static void HandOver(WORKER *Self)
{
    PUCHAR P = ExAllocatePoolWithTag(NonPagedPool, 1 + StressRandom(&Self->Random, 200), RACE_TAG);

    if (P == NULL) {
        StressFail("no memory");
    }
    MEM_HANDED_OVER(P);
    SimSystemFree(P);
}

static void Options(WORKER *Self)
{
    static const char *const Strings[] = {"fill=128",
                                          "fill=1m,owned-tags=Abcd",
                                          "patrol=4",
                                          "defaults,repeat=1,quarantine-blocks=1m,quarantine=512m",
                                          "neighbours=1,system-tags=Zzzz",
                                          "check-every=50"};
    static const char *const Small[] = {
        "quarantine-blocks=8",        "no-double-frees,owned-tags=Abcd",
        "double-frees,quarantine=4k", "patrol=8,patrol-every=1",
        "defaults,repeat=1",          "neighbours=1,owned-tags="};
    const ULONG Index = StressRandom(&Self->Random, 6);

    SimOptions(StressRound.Hold ? Strings[Index] : Small[Index]);
    MEM_CHECK_OPTIONS();
}

static void Look(WORKER *Self, const HELD *Held)
{
    switch (StressRandom(&Self->Random, Self->Number == 0 ? 6 : 40)) {
    case 0: MEM_LIST_DISPLAY(); break;
    case 1:
    case 2: MEM_CHECK(); break;
    case 3:
        if (Self->Number == 0) {
            Options(Self);
        }
        break;
    case 4: MEM_DESCRIBE(Held->P); break;
    default:
        if (Held->P != NULL && Held->Size != 0 && !MEM_VALID_ACCESS(Held->P + Held->Size - 1) &&
            !StressRound.Exits) {
            StressFail("the last byte of a live block is not valid");
        }
    }
}

static void Operation(WORKER *Self)
{
    const ULONG Dice = StressRandom(&Self->Random, 100);
    HELD *Held = &Self->Kept[StressRandom(&Self->Random, KEPT)];

    PointsBegin();
    if (Dice < 60) {
        if (Held->P != NULL) {
            Free(Held);
        } else {
            Allocate(Self, Held, FALSE);
        }
    } else if (Dice < 75) {
        Swap(Self, Held);
    } else if (Dice < 82) {
        Raised(Self);
    } else if (Dice < 85) {
        HandOver(Self);
    } else if (Dice < 90) {
        Plant(Self, Held);
    } else {
        Look(Self, Held);
    }
    PointsEnd();
}

/* EXIT waits by the clock: who never does would be done with all before it looks again. */
static void Rest(WORKER *Self)
{
    LARGE_INTEGER Some = {.QuadPart = -10000LL * (1 + StressRandom(&Self->Random, 8))};

    if (StressRound.Exits && StressRandom(&Self->Random, 8) == 0) {
        KeDelayExecutionThread(KernelMode, FALSE, &Some);
    }
}

void WorkThread(PVOID Number)
{
    WORKER *Self = &Workers[(ULONG_PTR)Number];
    ULONG Index;

    Self->Number = (ULONG)(ULONG_PTR)Number;
    Self->Random = (StressRound.Seed * 1000 + Self->Number) * 2654435761u | 1;
    PointsThread(Self->Number);
    for (Index = 0; Index < StressRound.Operations; Index++) {
        Operation(Self);
        Rest(Self);
    }
    for (Index = 0; Index < KEPT; Index++) {
        if (Self->Kept[Index].P != NULL) {
            Free(&Self->Kept[Index]);
        }
    }
}

/* On top of whatever it interrupts: nobody to wait for. */
void WorkDpc(void)
{
    PUCHAR P = MEM_ALLOCATE_WITH_TAG(NonPagedPool, 72, RACE_TAG);

    if (P == NULL) {
        StressFail("no memory in a DPC");
    }
    MEMCHECK_FREE_WITH_TAG(P, RACE_TAG);
}

void WorkEnd(void)
{
    ULONG Index;

    for (Index = 0; Index < EXCHANGED; Index++) {
        if (Exchange[Index].Held.P != NULL) {
            Free(&Exchange[Index].Held);
        }
    }
}
