/*
 * naive.c - the checker one would write first, behind the names of memcheck.h.
 *
 * It is there to be caught. The kernel suite (tests/kernel) is run against it on the simulated
 * kernel, and must fail it in at least one named test for each rule of how MemCheck works: a suite
 * that lets this pass proves nothing about the real one. rules.txt says which tests stand for which
 * rule, run.sh runs them and checks. It is not careless: it finds plain overruns, underruns, double
 * frees and leaks, with file and line, and passes the tests that ask for no more. What it does as
 * drivers' home-made checkers do:
 *
 *  - What it knows of a block stands in a header inside the block, before the front redzone; a free
 *    is judged by that header, so it reads memory before any pointer it is given.
 *  - Every block gets header and front redzone alike, so page alignment, page crossing and cache
 *    alignment are gone, and a size near SIZE_T's end wraps.
 *  - The rear redzone starts at the next alignment: the slack is ignored. The pattern is one famous
 *    word with a NUL in it, the same everywhere.
 *  - Only the base type reaches the pool; a block goes back with the tag its freer gave.
 *  - The first failed request is the driver's failure.
 *  - A freed block is remembered in a ring, not filled, and not verified when it leaves; and its
 *    address after that, as "freed", whoever has it by then.
 *  - One lock around everything, held while the pool is called and while it prints; for paged
 *    blocks a flag that is waited for. Nothing asks for the IRQL.
 *  - What it does not know, misaligned, stack or image pointers included, is passed on.
 *  - EXIT says of each block that is left that it is, however many one place allocated; frees it
 *    and forgets it.
 *  - To describe an address it reads the header before it; what is beside a block, and what changed
 *    bytes look like, it does not ask. It keeps no call stacks, and has no options.
 *  - It looks at a block when that is freed, and when it is told to check: at all of them then,
 *    whatever the IRQL; it does not know when one was still intact. A checkpoint is a count, and
 *    what is new since is a number.
 *  - What it finds it prints, each time, and goes on: it tells the driver nothing, leaves nothing
 *    out, puts nothing right, and lets no request fail that the pool would not.
 *  - The kit's own names, and blocks for the system, get the same block as its own names; it has
 *    never thought of a block that somebody else frees. Strings and IRPs it leaves to the kit.
 */
#include "sim.h"
#include "memcheck.h"
#include "finding.h"
#include "core.h"
#include "linkway.h"

#include <string.h>

VOID McTestReport(const MC_FINDING *Finding);

#define NAIVE_LIVE    0x4556494Cu
#define NAIVE_FREED   0x44455246u
#define NAIVE_REDZONE 16
#define NAIVE_RING    64
#define NAIVE_GONE    16
#define NAIVE_TAG     0x7669614Eu /* 'Naiv' */

typedef struct _NAIVE {
    ULONG Magic;
    ULONG Type;
    struct _NAIVE *Next, *Before;
    MC_BLOCK Block;
} NAIVE;

#define NAIVE_HEADER ((sizeof(NAIVE) + 15) & ~(SIZE_T)15)

static const UCHAR NaiveWord[4] = {0x00, 0xAD, 0xDE, 0xC0};

static KSPIN_LOCK NaiveLock;    /* nonpaged blocks */
static volatile LONG NaiveBusy; /* paged blocks */
static NAIVE NaiveHead[2];      /* lists: nonpaged, paged */
static NAIVE *NaiveRing[NAIVE_RING];
static ULONG_PTR NaiveGone[NAIVE_GONE];
static ULONG NaiveRingAt, NaiveGoneAt, NaiveNumber;

/* ---- the lock ---- */

static KIRQL NaiveEnter(BOOLEAN Paged)
{
    LARGE_INTEGER Moment;
    KIRQL Irql = KeGetCurrentIrql();

    if (!Paged) {
        KeAcquireSpinLock(&NaiveLock, &Irql);
        return Irql;
    }
    Moment.QuadPart = -10000;
    while (__sync_lock_test_and_set(&NaiveBusy, 1)) {
        KeDelayExecutionThread(KernelMode, FALSE, &Moment);
    }
    return Irql;
}

static VOID NaiveLeave(BOOLEAN Paged, KIRQL Irql)
{
    if (Paged) {
        __sync_lock_release(&NaiveBusy);
    } else {
        KeReleaseSpinLock(&NaiveLock, Irql);
    }
}

/* ---- reports ---- */

static VOID NaiveEvent(MC_EVENT *Event, const char *File, ULONG Line, const char *Function)
{
    memset(Event, 0, sizeof(*Event));
    Event->Site.File = File;
    Event->Site.Line = Line;
    Event->Site.Function = Function;
    Event->Thread = (ULONG)(ULONG_PTR)PsGetCurrentThreadId();
    Event->Irql = KeGetCurrentIrql();
}

static VOID NaiveSay(MC_KIND Kind, MC_REASON Reason, MC_BY By, const MC_EVENT *Found, PVOID Address,
                     const MC_BLOCK *Block, const MC_DAMAGE *Damage)
{
    MC_FINDING Finding;

    memset(&Finding, 0, sizeof(Finding));
    Finding.Kind = Kind;
    Finding.Sure = TRUE;
    Finding.Reason = Reason;
    Finding.By = By;
    Finding.Action = McActionNotPassed;
    Finding.Address = (ULONG_PTR)Address;
    Finding.Found = *Found;
    if (Block != NULL) {
        Finding.Block = *Block;
    }
    if (Damage != NULL) {
        Finding.Damage = *Damage;
        Finding.Address = Block->User + (ULONG_PTR)Damage->First;
    }
    DbgPrint("naive: kind %u at %p line %u\n", (ULONG)Kind, (PVOID)Finding.Address,
             Found->Site.Line);
    McTestReport(&Finding);
}

/* ---- redzones ---- */

static SIZE_T NaiveRounded(SIZE_T Size)
{
    return (Size + 15) & ~(SIZE_T)15;
}

static VOID NaiveGuard(PUCHAR At)
{
    ULONG Index;

    for (Index = 0; Index < NAIVE_REDZONE; Index++) {
        At[Index] = NaiveWord[Index % 4];
    }
}

static BOOLEAN NaiveVerifyOne(NAIVE *Naive, PUCHAR At, MC_KIND Kind, MC_BY By,
                              const MC_EVENT *Found)
{
    MC_DAMAGE Damage;
    ULONG Index;

    memset(&Damage, 0, sizeof(Damage));
    for (Index = 0; Index < NAIVE_REDZONE; Index++) {
        if (At[Index] != NaiveWord[Index % 4]) {
            LONG_PTR Offset = (LONG_PTR)(At + Index) - (LONG_PTR)Naive->Block.User;

            if (Damage.Changed++ == 0) {
                Damage.First = Offset;
            }
            Damage.Last = Offset;
        }
    }
    if (Damage.Changed != 0) {
        NaiveSay(Kind, McReasonNone, By, Found, NULL, &Naive->Block, &Damage);
    }
    return Damage.Changed != 0;
}

static BOOLEAN NaiveVerify(NAIVE *Naive, MC_BY By, const MC_EVENT *Found)
{
    PUCHAR P = (PUCHAR)Naive->Block.User;
    BOOLEAN Bad = NaiveVerifyOne(Naive, P - NAIVE_REDZONE, McKindUnderrun, By, Found);

    return NaiveVerifyOne(Naive, P + NaiveRounded(Naive->Block.Size), McKindOverrun, By, Found) ||
           Bad;
}

/* ---- allocate ---- */

static PVOID NaiveAllocate(POOL_TYPE PoolType, SIZE_T Size, ULONG Tag, const char *File, ULONG Line,
                           const char *Function)
{
    BOOLEAN Paged = PoolType & 1;
    NAIVE *Naive;
    KIRQL Irql = NaiveEnter(Paged);

    Naive = ExAllocatePoolWithTag((POOL_TYPE)Paged,
                                  NAIVE_HEADER + NaiveRounded(Size) + 2 * NAIVE_REDZONE, Tag);
    if (Naive == NULL) {
        NaiveLeave(Paged, Irql);
        return NULL;
    }
    memset(Naive, 0, sizeof(*Naive));
    Naive->Magic = NAIVE_LIVE;
    Naive->Type = Paged;
    Naive->Block.User = (ULONG_PTR)Naive + NAIVE_HEADER + NAIVE_REDZONE;
    Naive->Block.Size = Size;
    Naive->Block.Tag = Tag == NAIVE_TAG ? 0 : Tag;
    Naive->Block.Front = NAIVE_HEADER + NAIVE_REDZONE;
    Naive->Block.Rear = NAIVE_REDZONE;
    Naive->Block.Number = ++NaiveNumber;
    Naive->Block.State = McStateLive;
    NaiveEvent(&Naive->Block.Allocated, File, Line, Function);
    NaiveGuard((PUCHAR)Naive->Block.User - NAIVE_REDZONE);
    NaiveGuard((PUCHAR)Naive->Block.User + NaiveRounded(Size));
    Naive->Before = &NaiveHead[Paged];
    Naive->Next = NaiveHead[Paged].Next;
    if (Naive->Next != NULL) {
        Naive->Next->Before = Naive;
    }
    NaiveHead[Paged].Next = Naive;
    NaiveLeave(Paged, Irql);
    return (PVOID)Naive->Block.User;
}

PVOID NTAPI McAllocate(POOL_TYPE PoolType, SIZE_T NumberOfBytes, const char *File, ULONG Line,
                       const char *Function)
{
    return NaiveAllocate(PoolType, NumberOfBytes, NAIVE_TAG, File, Line, Function);
}

PVOID NTAPI McAllocateWithTag(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag, const char *File,
                              ULONG Line, const char *Function)
{
    return NaiveAllocate(PoolType, NumberOfBytes, Tag, File, Line, Function);
}

/* ---- free ---- */

static VOID NaiveUnlink(NAIVE *Naive)
{
    Naive->Before->Next = Naive->Next;
    if (Naive->Next != NULL) {
        Naive->Next->Before = Naive->Before;
    }
}

/* Put it into the ring; what it pushes out goes back to the pool, with the tag given now. */
static VOID NaiveRetire(NAIVE *Naive, ULONG Tag)
{
    NAIVE *Oldest = NaiveRing[NaiveRingAt % NAIVE_RING];

    NaiveRing[NaiveRingAt++ % NAIVE_RING] = Naive;
    if (Oldest != NULL) {
        NaiveGone[NaiveGoneAt++ % NAIVE_GONE] = Oldest->Block.User;
        ExFreePoolWithTag(Oldest, Tag);
    }
}

static BOOLEAN NaiveWasFreed(PVOID P)
{
    ULONG Index;

    for (Index = 0; Index < NAIVE_GONE; Index++) {
        if (NaiveGone[Index] == (ULONG_PTR)P) {
            return TRUE;
        }
    }
    return FALSE;
}

static VOID NaiveFree(PVOID P, ULONG Tag, MC_BY By, const char *File, ULONG Line,
                      const char *Function)
{
    NAIVE *Naive = (NAIVE *)((PUCHAR)P - NAIVE_REDZONE - NAIVE_HEADER);
    MC_EVENT Found;
    BOOLEAN Paged;
    KIRQL Irql;

    NaiveEvent(&Found, File, Line, Function);
    if (P == NULL) {
        NaiveSay(McKindWildFree, McReasonNull, By, &Found, P, NULL, NULL);
        return;
    }
    Paged = SimIsPaged(P);
    Irql = NaiveEnter(Paged);
    if (NaiveWasFreed(P)) {
        NaiveSay(McKindDoubleFree, McReasonNone, By, &Found, P, NULL, NULL);
    } else if (Naive->Magic == NAIVE_LIVE) {
        NaiveVerify(Naive, By, &Found);
        NaiveUnlink(Naive);
        Naive->Magic = NAIVE_FREED;
        Naive->Block.Freed = Found;
        Naive->Block.State = McStateQuarantined;
        NaiveRetire(Naive, Tag);
    } else if (Naive->Magic == NAIVE_FREED) {
        NaiveSay(McKindDoubleFree, McReasonNone, By, &Found, P, &Naive->Block, NULL);
    } else {
        ExFreePool(P);
    }
    NaiveLeave(Paged, Irql);
}

VOID NTAPI McFree(PVOID P, const char *File, ULONG Line, const char *Function)
{
    NaiveFree(P, 0, McByFree, File, Line, Function);
}

VOID NTAPI McFreeWithTag(PVOID P, ULONG Tag, const char *File, ULONG Line, const char *Function)
{
    NaiveFree(P, Tag, McByFreeWithTag, File, Line, Function);
}

/* ---- the kit's own names ---- */

PVOID NTAPI McAllocateAs(ULONG Routine, POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag,
                         ULONG Priority, const char *File, ULONG Line, const char *Function)
{
    (void)Routine;
    (void)Priority;
    return NaiveAllocate(PoolType, NumberOfBytes, Tag != 0 ? Tag : NAIVE_TAG, File, Line, Function);
}

PVOID NTAPI McAllocateFlagsAs(ULONG Routine, ULONGLONG Flags, SIZE_T NumberOfBytes, ULONG Tag,
                              const VOID *Parameters, ULONG ParameterCount, const char *File,
                              ULONG Line, const char *Function)
{
    (void)Routine;
    (void)Parameters;
    (void)ParameterCount;
    return NaiveAllocate(Flags & POOL_FLAG_PAGED ? PagedPool : NonPagedPool, NumberOfBytes, Tag,
                         File, Line, Function);
}

VOID NTAPI McFreeAs(ULONG Routine, PVOID P, ULONG Tag, const VOID *Parameters, ULONG ParameterCount,
                    const char *File, ULONG Line, const char *Function)
{
    (void)Routine;
    (void)Parameters;
    (void)ParameterCount;
    NaiveFree(P, Tag, McByRoutine, File, Line, Function);
}

VOID NTAPI McFreeStringAs(ULONG Routine, PVOID String, const char *File, ULONG Line,
                          const char *Function)
{
    (void)Routine;
    (void)File;
    (void)Line;
    (void)Function;
    RtlFreeUnicodeString(String);
}

VOID NTAPI McCompleteRequestAs(PVOID Irp, CHAR PriorityBoost, const char *File, ULONG Line,
                               const char *Function)
{
    (void)File;
    (void)Line;
    (void)Function;
    IofCompleteRequest(Irp, PriorityBoost);
}

LONG NTAPI McCallDriverAs(PVOID DeviceObject, PVOID Irp, const char *File, ULONG Line,
                          const char *Function)
{
    (void)File;
    (void)Line;
    (void)Function;
    return IofCallDriver(DeviceObject, Irp);
}

PVOID NTAPI McAllocateForSystem(POOL_TYPE PoolType, SIZE_T NumberOfBytes, const char *File,
                                ULONG Line, const char *Function)
{
    return NaiveAllocate(PoolType, NumberOfBytes, NAIVE_TAG, File, Line, Function);
}

PVOID NTAPI McAllocateForSystemWithTag(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag,
                                       const char *File, ULONG Line, const char *Function)
{
    return NaiveAllocate(PoolType, NumberOfBytes, Tag, File, Line, Function);
}

VOID NTAPI McHandedOver(PVOID P, const char *File, ULONG Line, const char *Function)
{
    (void)P;
    (void)File;
    (void)Line;
    (void)Function;
}

/* ---- checks ---- */

static ULONG NaiveCheck(MC_BY By, const char *File, ULONG Line, const char *Function)
{
    MC_EVENT Found;
    ULONG Pool, Bad = 0;
    NAIVE *Naive;
    KIRQL Irql;

    NaiveEvent(&Found, File, Line, Function);
    for (Pool = 0; Pool < 2; Pool++) {
        Irql = NaiveEnter((BOOLEAN)Pool);
        for (Naive = NaiveHead[Pool].Next; Naive != NULL; Naive = Naive->Next) {
            Bad += NaiveVerify(Naive, By, &Found) ? 1 : 0;
        }
        NaiveLeave((BOOLEAN)Pool, Irql);
    }
    return Bad;
}

ULONG NTAPI McCheck(const char *File, ULONG Line, const char *Function)
{
    return NaiveCheck(McByCheck, File, Line, Function);
}

VOID NTAPI McListDisplay(const char *File, ULONG Line, const char *Function)
{
    NaiveCheck(McByList, File, Line, Function);
}

BOOLEAN NTAPI McValidAccess(const volatile void *Ptr, const char *File, ULONG Line,
                            const char *Function)
{
    ULONG_PTR P = (ULONG_PTR)Ptr;
    BOOLEAN Valid = FALSE;
    MC_EVENT Found;
    NAIVE *Naive;
    ULONG Pool;
    KIRQL Irql;

    for (Pool = 0; Pool < 2; Pool++) {
        Irql = NaiveEnter((BOOLEAN)Pool);
        for (Naive = NaiveHead[Pool].Next; Naive != NULL && !Valid; Naive = Naive->Next) {
            Valid = P >= Naive->Block.User && P - Naive->Block.User < Naive->Block.Size;
        }
        NaiveLeave((BOOLEAN)Pool, Irql);
    }
    if (!Valid) {
        NaiveEvent(&Found, File, Line, Function);
        NaiveSay(McKindBadAccess, McReasonNone, McByAccess, &Found, (PVOID)P, NULL, NULL);
    }
    return Valid;
}

/* The end of the range is computed, and compared: nobody thinks of one that comes around to 0. */
BOOLEAN NTAPI McValidRange(const volatile void *Ptr, SIZE_T Length, const char *File, ULONG Line,
                           const char *Function)
{
    ULONG_PTR P = (ULONG_PTR)Ptr;
    BOOLEAN Valid = FALSE;
    MC_EVENT Found;
    NAIVE *Naive;
    ULONG Pool;
    KIRQL Irql;

    for (Pool = 0; Pool < 2; Pool++) {
        Irql = NaiveEnter((BOOLEAN)Pool);
        for (Naive = NaiveHead[Pool].Next; Naive != NULL && !Valid; Naive = Naive->Next) {
            ULONG_PTR End = Naive->Block.User + Naive->Block.Size;

            Valid = P >= Naive->Block.User && P < End && P + Length <= End;
        }
        NaiveLeave((BOOLEAN)Pool, Irql);
    }
    if (!Valid) {
        NaiveEvent(&Found, File, Line, Function);
        NaiveSay(McKindBadAccess, McReasonNone, McByRange, &Found, (PVOID)P, NULL, NULL);
    }
    return Valid;
}

/* Taken for the start of a block: its header is read, whatever stands there. */
VOID NTAPI McDescribeAddress(const volatile void *Ptr, const char *File, ULONG Line,
                             const char *Function)
{
    const NAIVE *Naive = (const NAIVE *)((ULONG_PTR)Ptr - NAIVE_REDZONE - NAIVE_HEADER);
    BOOLEAN Ours = Naive->Magic == NAIVE_LIVE || Naive->Magic == NAIVE_FREED;
    MC_EVENT Found;

    NaiveEvent(&Found, File, Line, Function);
    NaiveSay(Ours ? McKindDescribe : McKindBadAccess, McReasonNone, McByDescribe, &Found,
             (PVOID)Ptr, Ours ? &Naive->Block : NULL, NULL);
}

/* A checkpoint is a count, and what is new is what is more than that. */
VOID NTAPI McCheckpoint(MC_CHECKPOINT *Cp, const char *File, ULONG Line, const char *Function)
{
    Cp->Number = McDifference(NULL, File, Line, Function);
}

ULONG NTAPI McDifference(const MC_CHECKPOINT *Cp, const char *File, ULONG Line,
                         const char *Function)
{
    ULONG Blocks = 0;
    NAIVE *Naive;
    ULONG Pool;
    KIRQL Irql;

    (void)File;
    (void)Line;
    (void)Function;
    for (Pool = 0; Pool < 2; Pool++) {
        Irql = NaiveEnter((BOOLEAN)Pool);
        for (Naive = NaiveHead[Pool].Next; Naive != NULL; Naive = Naive->Next) {
            Blocks++;
        }
        NaiveLeave((BOOLEAN)Pool, Irql);
    }
    return Blocks - (Cp != NULL ? Cp->Number : 0);
}

VOID NTAPI McStatistics(const char *File, ULONG Line, const char *Function)
{
    DbgPrint("naive: %u blocks\n", McDifference(NULL, File, Line, Function));
}

VOID MC_VARARGS McPrint(const char *Format, ...)
{
    DbgPrint("naive: %s", Format);
}

VOID MC_VARARGS McPrintDebug(const char *Format, ...)
{
    DbgPrint("naive: %s", Format);
}

/* ---- start and end ---- */

VOID NTAPI McInit(const char *File, ULONG Line, const char *Function)
{
    (void)File;
    (void)Line;
    (void)Function;
    KeInitializeSpinLock(&NaiveLock);
    NaiveHead[0].Next = NaiveHead[1].Next = NULL;
    memset(NaiveRing, 0, sizeof(NaiveRing));
    memset(NaiveGone, 0, sizeof(NaiveGone));
    NaiveNumber = 0;
    DbgPrint("naive: self-test, what for\n");
}

/* Its numbers are #defines. */
VOID NTAPI McInitEx(const VOID *RegistryPath, const char *File, ULONG Line, const char *Function)
{
    (void)RegistryPath;
    McInit(File, Line, Function);
}

VOID NTAPI McOnFinding(MC_FOUND_ROUTINE Routine, PVOID Context, const char *File, ULONG Line,
                       const char *Function)
{
    (void)Routine;
    (void)Context;
    (void)File;
    (void)Line;
    (void)Function;
}

VOID NTAPI McReadOptions(const char *File, ULONG Line, const char *Function)
{
    (void)File;
    (void)Line;
    (void)Function;
}

VOID NTAPI McExit(const char *File, ULONG Line, const char *Function)
{
    MC_EVENT Found;
    ULONG Pool, Index;

    NaiveEvent(&Found, File, Line, Function);
    for (Pool = 0; Pool < 2; Pool++) {
        while (NaiveHead[Pool].Next != NULL) {
            NAIVE *Naive = NaiveHead[Pool].Next;

            NaiveVerify(Naive, McByExit, &Found);
            NaiveSay(McKindLeak, McReasonNone, McByExit, &Found, (PVOID)Naive->Block.User,
                     &Naive->Block, NULL);
            NaiveUnlink(Naive);
            ExFreePoolWithTag(Naive, Naive->Block.Tag);
        }
    }
    for (Index = 0; Index < NAIVE_RING; Index++) {
        if (NaiveRing[Index] != NULL) {
            ExFreePoolWithTag(NaiveRing[Index], 0);
        }
    }
}

/* ---- the driver's image, options: it knows of neither ---- */

MC_OPTIONS McOptions;

BOOLEAN McOsImage(ULONG_PTR *Low, ULONG_PTR *High)
{
    (void)Low;
    (void)High;
    return FALSE;
}

void *NTAPI McLinkAllocate(unsigned Routine, unsigned Type, unsigned FlagsHigh, size_t Size,
                           unsigned Tag, unsigned Priority, const void *Parameters, unsigned Count,
                           void *ReturnAddress)
{
    (void)FlagsHigh;
    (void)Parameters;
    (void)Count;
    (void)ReturnAddress;
    return McAllocateAs(Routine, Type, Size, Tag, Priority, NULL, 0, NULL);
}

/* ---- what tests of references ask for: it has none, so who looks at a record holds nothing ----
 */

const char *McKindMachineName(MC_KIND Kind)
{
    (void)Kind;
    return "?";
}

static MC_RECORD NaiveRecord = {.State = McStateQuarantined};

MC_RECORD *McIndexFindExact(ULONG_PTR Address)
{
    NaiveRecord.User = Address;
    return &NaiveRecord;
}

BOOLEAN McRecordReference(MC_RECORD *Record)
{
    (void)Record;
    return TRUE;
}

VOID McRecordRelease(MC_RECORD *Record)
{
    (void)Record;
}
