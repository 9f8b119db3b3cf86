/* fake_core.c - see fake_core.h. */
#include <stdio.h>
#include <pthread.h>
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

static void FakeFreeAll(void);

BOOLEAN FakeEnd(void)
{
    FakeFreeAll();
    return Fake.Failures != 0;
}

SIZE_T FakeBytes(void)
{
    return __atomic_load_n(&Fake.Bytes, __ATOMIC_RELAXED);
}

/* What there is, so that the end can give it back. */
typedef struct _FAKE_PIECE {
    struct _FAKE_PIECE *Next;
    PVOID Memory;
    SIZE_T Size;
} FAKE_PIECE;

static FAKE_PIECE *FakePieces;
static pthread_mutex_t FakePiecesLock = PTHREAD_MUTEX_INITIALIZER;

static void FakeKeep(PVOID Memory, SIZE_T Size)
{
    FAKE_PIECE *Piece = calloc(1, sizeof(*Piece));

    Piece->Memory = Memory;
    Piece->Size = Size;
    pthread_mutex_lock(&FakePiecesLock);
    Piece->Next = FakePieces;
    FakePieces = Piece;
    pthread_mutex_unlock(&FakePiecesLock);
}

/* Out of the list; of NULL the newest. */
static FAKE_PIECE *FakeFind(PVOID Memory)
{
    FAKE_PIECE **Link;
    FAKE_PIECE *Piece;

    pthread_mutex_lock(&FakePiecesLock);
    for (Link = &FakePieces; *Link != NULL && Memory != NULL && (*Link)->Memory != Memory;) {
        Link = &(*Link)->Next;
    }
    Piece = *Link;
    if (Piece != NULL) {
        *Link = Piece->Next;
    }
    pthread_mutex_unlock(&FakePiecesLock);
    return Piece;
}

PVOID McMetaAllocate(SIZE_T Size)
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
    __atomic_fetch_add(&Fake.Bytes, Size, __ATOMIC_RELAXED);
    FakeKeep(Memory, Size);
    return Memory;
}

PVOID McOwnAllocate(SIZE_T Size)
{
    return McMetaAllocate(Size);
}

static void FakeFree(FAKE_PIECE *Piece)
{
    __atomic_fetch_sub(&Fake.Bytes, Piece->Size, __ATOMIC_RELAXED);
    free(Piece->Memory);
    free(Piece);
}

VOID McMetaFree(PVOID P)
{
    FAKE_PIECE *Piece = P == NULL ? NULL : FakeFind(P);

    if (FakeLocksHeld != 0) {
        FakeDie("free under a lock");
    }
    if (Piece == NULL) {
        FakeDie("freed, and no piece");
    }
    FakeFree(Piece);
}

/* As ownmemory.c does at the end, whoever still has it. */
static void FakeFreeAll(void)
{
    FAKE_PIECE *Piece;

    while ((Piece = FakeFind(NULL)) != NULL) {
        FakeFree(Piece);
    }
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
#define FAKE_SEGMENTS 32768

MC_GLOBALS Mc;

static ULONG FakeCount;
static MC_RECORD *FakeFar[FAKE_SEGMENTS];

MC_RECORD *McRecordFew[MC_FEW_SEGMENTS];

MC_RECORD *McRecordFar(ULONG Number)
{
    return Number < FAKE_SEGMENTS ? FakeFar[Number] : NULL;
}

VOID McOwnBroken(LONG What)
{
    Mc.OwnBroken |= What;
}

static MC_RECORD **FakeSegmentOf(ULONG Number)
{
    return Number < MC_FEW_SEGMENTS ? &McRecordFew[Number] : &FakeFar[Number];
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
    Record->Front = (USHORT)Front;
    Record->Rear = (USHORT)Rear;
    FakeRecordNumber(Record);
    McRecordSeal(Record);
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

    for (Index = 0; Index < FAKE_SEGMENTS && *FakeSegmentOf(Index) != NULL; Index++) {
        free(*FakeSegmentOf(Index));
        *FakeSegmentOf(Index) = NULL;
    }
    FakeCount = 0;
    FakeNumbers = 0;
}

ULONG FakeReferences(const MC_RECORD *Record)
{
    return MC_REFERENCES(__atomic_load_n(&Record->State, __ATOMIC_SEQ_CST));
}

void FakeSetState(MC_RECORD *Record, MC_STATE State)
{
    LONG Before = __atomic_load_n(&Record->State, __ATOMIC_SEQ_CST);

    while (!__atomic_compare_exchange_n(&Record->State, &Before,
                                        (Before & ~MC_STATE_MASK) | MC_STATE_CODE(State), 0,
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
        State = McStateOf(Before);
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
        if (McStateOf(Before) != McStateLive) {
            return FALSE;
        }
    } while (!__atomic_compare_exchange_n(&Record->State, &Before,
                                          Before + MC_STATE_CODE(McStateFreeing) -
                                              MC_STATE_CODE(McStateLive) + MC_ONE_REFERENCE,
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
