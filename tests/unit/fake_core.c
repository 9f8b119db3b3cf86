/* fake_core.c - see fake_core.h. */
#include <stdio.h>
#include <stdlib.h>
#include "fake_core.h"

/* ---- memory ---- */

static struct {
    volatile LONG Calls;
    volatile LONG Failures;
    ULONG FailAt;
    BOOLEAN Persistent;
    SIZE_T Bytes;
} Fake;

static __thread LONG FakeLocksHeld;

static void FakeDie(const char *Why)
{
    fprintf(stderr, "fake_core: %s\n", Why);
    abort();
}

void (*FakeMeanwhile)(void);

void FakeBegin(ULONG FailAt, BOOLEAN Persistent)
{
    Fake.Calls = 0;
    Fake.Failures = 0;
    Fake.FailAt = FailAt;
    Fake.Persistent = Persistent;
    Fake.Bytes = 0;
}

BOOLEAN FakeEnd(void)
{
    if (Fake.Bytes != 0) {
        FakeDie("memory was not given back");
    }
    return Fake.Failures != 0;
}

SIZE_T FakeBytes(void)
{
    return __atomic_load_n(&Fake.Bytes, __ATOMIC_RELAXED);
}

PVOID McOsMetaAllocate(SIZE_T Size)
{
    ULONG Call = (ULONG)McOsAdd(&Fake.Calls, 1);
    PVOID Memory = NULL;
    void (*Meanwhile)(void) = __atomic_exchange_n(&FakeMeanwhile, NULL, __ATOMIC_SEQ_CST);

    if (Meanwhile != NULL) {
        Meanwhile();
    }
    if (FakeLocksHeld != 0) {
        FakeDie("allocation under a lock");
    }
    if (Fake.FailAt != 0 && (Call == Fake.FailAt || (Fake.Persistent && Call > Fake.FailAt))) {
        McOsAdd(&Fake.Failures, 1);
        return NULL;
    }
    if (posix_memalign(&Memory, 64, Size + 64) != 0) {
        FakeDie("the test itself is out of memory");
    }
    McBytesZero(Memory, Size);
    *(SIZE_T *)((char *)Memory + (Size + 7) / 8 * 8) = Size;
    __atomic_fetch_add(&Fake.Bytes, Size, __ATOMIC_RELAXED);
    return Memory;
}

VOID McMetaFree(PVOID P, SIZE_T Size)
{
    McOsMetaFree(P, Size);
}

PVOID McMetaAllocate(SIZE_T Size)
{
    return McOsMetaAllocate(Size);
}

VOID McOsMetaFree(PVOID P, SIZE_T Size)
{
    if (FakeLocksHeld != 0) {
        FakeDie("free under a lock");
    }
    if (*(SIZE_T *)((char *)P + (Size + 7) / 8 * 8) != Size) {
        FakeDie("freed with another size");
    }
    __atomic_fetch_sub(&Fake.Bytes, Size, __ATOMIC_RELAXED);
    free(P);
}

/* ---- locks and single words ---- */

KIRQL McOsAcquire(MC_LOCK *Lock)
{
    if (FakeLocksHeld++ != 0) {
        FakeDie("a second lock");
    }
    while (__atomic_exchange_n(&Lock->Held, 1, __ATOMIC_ACQUIRE) != 0) {
    }
    return PASSIVE_LEVEL;
}

VOID McOsRelease(MC_LOCK *Lock, KIRQL Irql)
{
    (void)Irql;
    FakeLocksHeld--;
    __atomic_store_n(&Lock->Held, 0, __ATOMIC_RELEASE);
}

LONG McOsAdd(volatile LONG *Value, LONG Amount)
{
    return __atomic_add_fetch(Value, Amount, __ATOMIC_SEQ_CST);
}

LONG McOsCompareExchange(volatile LONG *Value, LONG New, LONG Expected)
{
    __atomic_compare_exchange_n(Value, &Expected, New, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
    return Expected;
}

/* ---- records: in segments, which never move, below tables as record.c has them ---- */

#define FAKE_SEGMENT  MC_SEGMENT
#define FAKE_SEGMENTS (MC_MIDDLE_ENTRIES * FAKE_MIDDLES)
#define FAKE_MIDDLES  64

static MC_MIDDLE *FakeMiddles[FAKE_MIDDLES];
static ULONG FakeCount;

MC_MIDDLE **McRecordRoot = FakeMiddles;

static MC_RECORD **FakeSegmentOf(ULONG Number)
{
    MC_MIDDLE **Middle = &FakeMiddles[Number / MC_MIDDLE_ENTRIES];

    if (*Middle == NULL) {
        *Middle = calloc(1, sizeof(**Middle));
    }
    return &(*Middle)->Segment[Number % MC_MIDDLE_ENTRIES];
}
static volatile LONG FakeNumbers;
static MC_LOCK FakeLock;

MC_RECORD *FakeRecord(ULONG_PTR Raw, ULONG Front, SIZE_T Size, ULONG Rear)
{
    MC_RECORD *Record;
    KIRQL Irql = McOsAcquire(&FakeLock);

    if (FakeCount % FAKE_SEGMENT == 0) {
        if (FakeCount / FAKE_SEGMENT == FAKE_SEGMENTS) {
            FakeDie("too many records");
        }
        *FakeSegmentOf(FakeCount / FAKE_SEGMENT) = calloc(FAKE_SEGMENT, sizeof(MC_RECORD));
    }
    Record = &(*FakeSegmentOf(FakeCount / FAKE_SEGMENT))[FakeCount % FAKE_SEGMENT];
    Record->Handle = ++FakeCount;
    McOsRelease(&FakeLock, Irql);
    Record->User = Raw + Front;
    Record->Size = Size;
    Record->Front = Front;
    Record->Rear = Rear;
    FakeRecordNumber(Record);
    FakeSetState(Record, McStateMaking);
    return Record;
}

void FakeRecordNumber(MC_RECORD *Record)
{
    Record->Number = (ULONG)McOsAdd(&FakeNumbers, 1);
}

void FakeRecordsEnd(void)
{
    ULONG Index;

    for (Index = 0; Index < FAKE_SEGMENTS && FakeMiddles[Index / MC_MIDDLE_ENTRIES] != NULL;
         Index++) {
        free(*FakeSegmentOf(Index));
        *FakeSegmentOf(Index) = NULL;
    }
    FakeCount = 0;
    FakeNumbers = 0;
}

ULONG FakeReferences(const MC_RECORD *Record)
{
    return (ULONG)__atomic_load_n(&Record->State, __ATOMIC_SEQ_CST) / MC_ONE_REFERENCE;
}

void FakeSetState(MC_RECORD *Record, MC_STATE State)
{
    LONG Before = __atomic_load_n(&Record->State, __ATOMIC_SEQ_CST);

    while (!__atomic_compare_exchange_n(&Record->State, &Before,
                                        (Before & ~MC_STATE_MASK) | (LONG)State, 0,
                                        __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {
    }
}

MC_RECORD *McRecordAt(ULONG Handle)
{
    if (Handle == 0 || Handle > FAKE_SEGMENTS * FAKE_SEGMENT ||
        *FakeSegmentOf((Handle - 1) / FAKE_SEGMENT) == NULL) {
        return NULL;
    }
    return McRecordOf(Handle);
}

/* The states as in record.c. */
static BOOLEAN FakeReference(MC_RECORD *Record, BOOLEAN Bytes)
{
    LONG Before = __atomic_load_n(&Record->State, __ATOMIC_SEQ_CST);
    LONG State;

    do {
        State = Before & MC_STATE_MASK;
        if (Bytes ? State != McStateLive && State != McStateQuarantined
                  : State < McStateLive || State > McStateLeaving) {
            return FALSE;
        }
    } while (!__atomic_compare_exchange_n(&Record->State, &Before, Before + MC_ONE_REFERENCE, 0,
                                          __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST));
    return TRUE;
}

BOOLEAN McRecordBegin(MC_RECORD *Record)
{
    LONG Before = __atomic_load_n(&Record->State, __ATOMIC_SEQ_CST);

    do {
        if ((Before & MC_STATE_MASK) != (LONG)McStateLive) {
            return FALSE;
        }
    } while (!__atomic_compare_exchange_n(&Record->State, &Before,
                                          Before + McStateFreeing - McStateLive + MC_ONE_REFERENCE,
                                          0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST));
    return TRUE;
}

BOOLEAN McRecordReference(MC_RECORD *Record)
{
    return FakeReference(Record, FALSE);
}

BOOLEAN McRecordReferenceBytes(MC_RECORD *Record)
{
    return FakeReference(Record, TRUE);
}

VOID McRecordRelease(MC_RECORD *Record)
{
    if (FakeLocksHeld != 0) {
        FakeDie("a record released under a lock");
    }
    if (McOsAdd(&Record->State, -MC_ONE_REFERENCE) < 0) {
        FakeDie("a reference released twice");
    }
}

/* ---- the rest ---- */

MC_OPTIONS McOptions;
MC_GLOBALS Mc;

VOID McSiteCopy(ULONG Site, MC_SITE *Copy)
{
    if (FakeLocksHeld != 0) {
        FakeDie("a site looked up under a lock");
    }
    Copy->File = NULL;
    Copy->Function = NULL;
    Copy->ReturnAddress = 0;
    Copy->Line = Site; /* enough to tell them apart */
}

ULONG FakeRandom(ULONG *Seed)
{
    *Seed ^= *Seed << 13;
    *Seed ^= *Seed >> 17;
    *Seed ^= *Seed << 5;
    return *Seed;
}
