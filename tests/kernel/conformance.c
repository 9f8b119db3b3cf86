/*
 * conformance.c - each platform is held to what platform.h promises. One source, compiled against
 * each: POSIX, the simulated kernel (host programs), and NT (a driver that runs it from DriverEntry
 * and prints on the debug output). The last line is "conformance: N passed, N failed, N skipped".
 *
 * It uses platform.h only, and of the world beneath just threads and, where there is one, the IRQL.
 */
#include "platform.h"

#ifdef _WIN32
#define CT_WORLD "nt"
#define CT_KERNEL
#elif defined(SIM_H)
#define CT_WORLD "simulated kernel"
#define CT_KERNEL
#define CT_SIM
#include <stdio.h>
#else
#define CT_WORLD "posix"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#endif

#define CT_TAG     0x7443634Du /* 'McCt' */
#define CT_THREADS 4u
#define CT_ROUNDS  20000u

/* Not under Wine, which simulates neither; the posix pool is the C library's. */
static BOOLEAN CtHasIrql;
static BOOLEAN CtHasPool;

/* ---- results ---- */

static ULONG CtPassed, CtFailed, CtSkipped;

static VOID CtSay(const char *Verb, const char *Text)
{
#ifdef _WIN32
    DbgPrint("%s %s\n", Verb, Text); /* not by McOsPrint, which is under test */
#else
    printf("%s %s\n", Verb, Text);
    fflush(stdout);
#endif
}

static VOID CtCheck(BOOLEAN Holds, const char *Text)
{
    if (Holds) {
        CtPassed++;
    } else {
        CtFailed++;
        CtSay("FAIL", Text);
    }
}

static VOID CtSkip(const char *Text)
{
    CtSkipped++;
    CtSay("SKIP", Text);
}

#define CHECK(Condition, Text) CtCheck((BOOLEAN)((Condition) ? TRUE : FALSE), Text)

/* ---- threads: run Routine in CT_THREADS threads at once, and wait for all ---- */

#ifdef _WIN32
typedef struct _CT_START {
    VOID (*Routine)(VOID);
    PVOID Object;
} CT_START;

static VOID NTAPI CtThread(PVOID Context)
{
    ((CT_START *)Context)->Routine();
    PsTerminateSystemThread(STATUS_SUCCESS);
}

static BOOLEAN CtThreads(VOID (*Routine)(VOID))
{
    static CT_START Starts[CT_THREADS];
    BOOLEAN Started = TRUE;
    HANDLE Handle;
    ULONG I;

    for (I = 0; I < CT_THREADS; I++) {
        Starts[I].Routine = Routine;
        Starts[I].Object = NULL;
        if (PsCreateSystemThread(&Handle, THREAD_ALL_ACCESS, NULL, NULL, NULL, CtThread,
                                 &Starts[I]) < 0) {
            Started = FALSE;
            continue;
        }
        if (ObReferenceObjectByHandle(Handle, THREAD_ALL_ACCESS, NULL, KernelMode,
                                      &Starts[I].Object, NULL) < 0) {
            Started = FALSE;
        }
        ZwClose(Handle);
    }
    for (I = 0; I < CT_THREADS; I++) {
        if (Starts[I].Object) {
            KeWaitForSingleObject(Starts[I].Object, Executive, KernelMode, FALSE, NULL);
            ObDereferenceObject(Starts[I].Object);
        }
    }
    return Started;
}
#elif defined(CT_SIM)
static void CtThread(PVOID Context)
{
    (*(VOID(**)(VOID))Context)();
}

static BOOLEAN CtThreads(VOID (*Routine)(VOID))
{
    SIM_THREAD *Threads[CT_THREADS];
    ULONG I;

    for (I = 0; I < CT_THREADS; I++) {
        Threads[I] = SimThreadCreate("conformance", CtThread, &Routine);
    }
    for (I = 0; I < CT_THREADS; I++) {
        SimThreadJoin(Threads[I]);
    }
    return TRUE;
}
#else
static void *CtThread(void *Context)
{
    (*(VOID(**)(VOID))Context)();
    return NULL;
}

static BOOLEAN CtThreads(VOID (*Routine)(VOID))
{
    pthread_t Threads[CT_THREADS];
    ULONG Count = 0;
    ULONG I;

    while (Count < CT_THREADS && pthread_create(&Threads[Count], NULL, CtThread, &Routine) == 0) {
        Count++;
    }
    for (I = 0; I < Count; I++) {
        pthread_join(Threads[I], NULL);
    }
    return Count == CT_THREADS;
}
#endif

/* ---- small helpers ---- */

static BOOLEAN CtSame(const char *A, const char *B)
{
    while (*A && *A == *B) {
        A++;
        B++;
    }
    return *A == *B;
}

static ULONG CtLength(const char *Text)
{
    ULONG Length = 0;

    while (Text[Length]) {
        Length++;
    }
    return Length;
}

static VOID CtFree(PVOID P, ULONG Routine)
{
    MC_RELEASE Release = {0, 0, 0, 0};

    Release.Routine = Routine;
    Release.Tag = Routine == McExFreePool ? 0 : CT_TAG;
    McOsPoolFree(P, &Release);
}

/* Type: a POOL_TYPE. */
static MC_REQUEST CtRequest(ULONG Routine, ULONG Type, SIZE_T Size)
{
    MC_REQUEST Request = {0, 0, 0, 0, 0, 0, 0, 0, 0};

    Request.Routine = Routine;
    Request.Type = Type;
    Request.Attributes = (Type & 1u ? MC_PAGED : 0) | (Type & 4u ? MC_CACHE_ALIGNED : 0);
    Request.Size = Size;
    Request.Tag = CT_TAG;
    return Request;
}

static PVOID CtAllocate(ULONG Routine, ULONG Type, SIZE_T Size)
{
    MC_REQUEST Request = CtRequest(Routine, Type, Size);

    return McOsPoolAllocate(&Request);
}

static VOID CtFill(PVOID P, SIZE_T Size, UCHAR Value)
{
    volatile UCHAR *Byte = (volatile UCHAR *)P;
    SIZE_T I;

    for (I = 0; I < Size; I++) {
        Byte[I] = Value;
    }
}

static BOOLEAN CtIsFilled(PVOID P, SIZE_T Size, UCHAR Value)
{
    volatile UCHAR *Byte = (volatile UCHAR *)P;
    SIZE_T I;

    for (I = 0; I < Size && Byte[I] == Value; I++) {
    }
    return I == Size;
}

static ULONG CtFormat(char *Buffer, ULONG Size, const char *Format, ...)
{
    va_list Arguments;
    ULONG Length;

    va_start(Arguments, Format);
    Length = McOsFormat(Buffer, Size, Format, Arguments);
    va_end(Arguments);
    return Length;
}

/* Which world is this? Wine has neither IRQLs nor a real pool: with no level to raise, neither. */
static VOID CtProbe(VOID)
{
#ifdef CT_KERNEL
    KIRQL Old;

    KeRaiseIrql(DISPATCH_LEVEL, &Old);
    CtHasIrql = McOsIrql() == DISPATCH_LEVEL;
    KeLowerIrql(Old);
    CtHasPool = CtHasIrql;
#else
    CtHasIrql = TRUE; /* by locks only */
    CtHasPool = FALSE;
#endif
}

/* ---- the pool ---- */

static VOID CtPoolBlock(ULONG Routine, ULONG PoolType, SIZE_T Size)
{
    ULONG_PTR P = (ULONG_PTR)CtAllocate(Routine, PoolType, Size);
    ULONG_PTR Low, High;

    CHECK(P != 0, "the pool gives a block");
    if (!P) {
        return;
    }
    CHECK(P % MC_POOL_ALIGNMENT == 0, "a block has the pool's alignment");
    CHECK(P >= McOsSystemStart(), "a block is not below McOsSystemStart");
    CHECK(McOsAddressValid(P), "a block's address is valid");
    CHECK(!McOsImage(&Low, &High) || P < Low || P >= High, "a block is not in the image");
    CHECK(!McOsStack(&Low, &High) || P < Low || P >= High, "a block is not on the stack");
    if (CtHasPool) {
        CHECK(Size < MC_PAGE_SIZE || P % MC_PAGE_SIZE == 0, "from a page on it is page-aligned");
        CHECK(Size > MC_PAGE_SIZE || Size == 0 || P / MC_PAGE_SIZE == (P + Size - 1) / MC_PAGE_SIZE,
              "up to a page it does not cross one");
    }
    if (CtHasPool && (PoolType & 4u)) {
        CHECK(P % 32 == 0, "a cache-aligned type is aligned");
    }
    CtFill((PVOID)P, Size, 0x5A);
    CHECK(CtIsFilled((PVOID)P, Size, 0x5A), "a block can be written and read");
    CtFree((PVOID)P, Routine == McExAllocatePool ? McExFreePool : McExFreePoolWithTag);
}

static VOID CtPool(VOID)
{
    static const ULONG Sizes[] = {0, 1, 8, 16, 100, 1000, 4080, 4095, 4096, 4097, 12288, 70000};
    static const ULONG Types[] = {0, 1, 4, 5}; /* nonpaged, paged; with 4 cache-aligned */
    ULONG S, T;

    if (!CtHasPool) {
        CtSkip("page alignment and crossing: this pool is not a kernel's");
    }
    for (S = 0; S < sizeof(Sizes) / sizeof(Sizes[0]); S++) {
        for (T = 0; T < sizeof(Types) / sizeof(Types[0]); T++) {
            CtPoolBlock(McExAllocatePool, Types[T], Sizes[S]);
            CtPoolBlock(McExAllocatePoolWithTag, Types[T], Sizes[S]);
        }
    }
}

static VOID CtVersion(VOID)
{
    ULONG Version = McOsVersion();

    CHECK(Version == 0x0400 || (Version >= 0x0500 && Version <= 0x0502) ||
              (Version >= 0x0600 && Version <= 0x0603) || Version == 0x0A00,
          "there is such a Windows");
    CHECK(Version == McOsVersion(), "it stays the same");
}

/* One block of each routine that makes one and is there, given back by each that frees. */

#define CT_FLAGS_PAGED    0x100u /* POOL_FLAGS: paged, nonpaged, not zeroed */
#define CT_FLAGS_NONPAGED 0x040u
#define CT_FLAGS_AS_IT_IS 0x002u
#define CT_NORMAL         16u /* NormalPoolPriority */

typedef struct _CT_ROW {
    ULONG Routine;
    ULONG Type;
    ULONG Since;
    ULONG Attributes;
} CT_ROW;

static const CT_ROW CtRows[] = {
    {McExAllocatePool, 0, 0x0400, 0},
    {McExAllocatePoolWithTag, 1, 0x0400, MC_PAGED},
    {McExAllocatePoolWithQuota, 0, 0x0400, MC_QUOTA},
    {McExAllocatePoolWithQuotaTag, 1, 0x0400, MC_QUOTA | MC_PAGED},
    {McExAllocatePoolWithTagPriority, 1, 0x0500, MC_PAGED},
    {McExAllocatePoolZero, 1, 0x0400, MC_PAGED | MC_ZEROED},
    {McExAllocatePoolUninitialized, 0, 0x0400, 0},
    {McExAllocatePoolQuotaZero, 1, 0x0400, MC_PAGED | MC_QUOTA | MC_ZEROED},
    {McExAllocatePoolQuotaUninitialized, 0, 0x0400, MC_QUOTA},
    {McExAllocatePoolPriorityZero, 1, 0x0500, MC_PAGED | MC_ZEROED},
    {McExAllocatePoolPriorityUninitialized, 0, 0x0500, 0},
    {McExAllocatePool2, CT_FLAGS_PAGED, 0x0A00, MC_BY_FLAGS | MC_PAGED | MC_ZEROED},
    {McExAllocatePool2, CT_FLAGS_NONPAGED | CT_FLAGS_AS_IT_IS, 0x0A00, MC_BY_FLAGS | MC_NX},
    {McExAllocatePool3, CT_FLAGS_PAGED, 0x0A00, MC_BY_FLAGS | MC_PAGED | MC_ZEROED},
};

/* Wine has no ExAllocatePool2 and 3, and ends the process in a call with a priority. */
static BOOLEAN CtMayAsk(const CT_ROW *Row)
{
#ifdef _WIN32
    return CtHasPool || (Row->Since < 0x0A00 && Row->Routine != McExAllocatePoolWithTagPriority &&
                         Row->Routine != McExAllocatePoolPriorityZero &&
                         Row->Routine != McExAllocatePoolPriorityUninitialized);
#else
    (void)Row;
    return TRUE;
#endif
}

static VOID CtFamilyRow(const CT_ROW *Row, SIZE_T Size)
{
    static const ULONG Frees[] = {McExFreePool, McExFreePoolWithTag, McExFreePool2};
    MC_REQUEST Request = CtRequest(Row->Routine, Row->Type, Size);
    ULONG I;
    PVOID P;

    Request.Priority = CT_NORMAL;
    Request.Attributes = Row->Attributes;
    for (I = 0; I < sizeof(Frees) / sizeof(Frees[0]); I++) {
        P = McOsPoolAllocate(&Request);
        if (McOsVersion() < Row->Since) {
            CHECK(P == NULL, "a routine that is not there gives NULL");
            continue;
        }
        CHECK(P != NULL, "each routine gives a block");
        if (!P) {
            continue;
        }
        CHECK((ULONG_PTR)P % MC_POOL_ALIGNMENT == 0, "each block is aligned");
        if ((Row->Attributes & MC_BY_FLAGS) && (Row->Attributes & MC_ZEROED)) {
            CHECK(CtIsFilled(P, Size, 0), "by POOL_FLAGS it is filled with zeros");
        }
        CtFill(P, Size, 0xA5);
        CHECK(CtIsFilled(P, Size, 0xA5), "each block can be written and read");
        /* A block without a tag has one of the kit's, not ours. */
        CtFree(P, Row->Routine == McExAllocatePool || Row->Routine == McExAllocatePoolWithQuota
                      ? McExFreePool
                      : Frees[I]);
    }
}

#ifdef CT_SIM
static VOID CtRaiseNow(PVOID Context)
{
    McOsRaise();
    *(BOOLEAN *)Context = TRUE;
}
#endif

/* What the pool raises; where nothing can be raised it comes back. */
static VOID CtRaise(VOID)
{
#if defined(CT_SIM)
    BOOLEAN Back = FALSE;

    CHECK(SimTry(CtRaiseNow, &Back) == STATUS_INSUFFICIENT_RESOURCES && !Back,
          "what the pool raises can be raised");
#elif defined(CT_KERNEL)
    CtSkip("what the pool raises: C without exceptions");
#else
    McOsRaise();
    CHECK(TRUE, "without exceptions raising comes back");
#endif
}

static VOID CtFamily(VOID)
{
    BOOLEAN Skipped = FALSE;
    MC_REQUEST Request;
    ULONG I;

    for (I = 0; I < sizeof(CtRows) / sizeof(CtRows[0]); I++) {
        if (CtMayAsk(&CtRows[I])) {
            CtFamilyRow(&CtRows[I], 100);
            CtFamilyRow(&CtRows[I], 5000);
        } else {
            Skipped = TRUE;
        }
    }
    if (Skipped) {
        CtSkip("ExAllocatePool2, 3 and ...Priority: Wine does not have them");
    }
    if (CtHasPool && McOsVersion() >= 0x0A00) {
        Request = CtRequest(McExAllocatePool2, CT_FLAGS_PAGED, 0);
        CHECK(McOsPoolAllocate(&Request) == NULL, "by POOL_FLAGS 0 bytes are refused");
        Request = CtRequest(McExAllocatePool3, CT_FLAGS_PAGED, 16);
        Request.Tag = 0;
        CHECK(McOsPoolAllocate(&Request) == NULL, "and tag 0");
        Request = CtRequest(McExAllocatePool2, CT_FLAGS_PAGED | 0x80000000u, 16);
        CHECK(McOsPoolAllocate(&Request) == NULL, "and a required flag that nobody knows");
        Request = CtRequest(McExAllocatePool2, CT_FLAGS_NONPAGED, 16);
        Request.FlagsHigh = 0x80000000u;
        Request.Attributes = MC_NX | MC_ZEROED;
        CtFree(McOsPoolAllocate(&Request), McExFreePoolWithTag);
#ifdef CT_SIM
        {
            SIM_REQUEST Seen;

            CHECK(SimPoolLast(SIM_ALLOCATE_POOL2, &Seen) && Seen.Type == CT_FLAGS_NONPAGED &&
                      Seen.FlagsHigh == 0x80000000u,
                  "both halves of POOL_FLAGS reach the pool");
        }
#endif
    } else {
        CtSkip("what POOL_FLAGS refuse: not a kernel, or one without them");
    }
}

static VOID CtMeta(VOID)
{
    static const ULONG Sizes[] = {1, 24, 64, 100, 448, 4032, 4096, 8192, 65536};
    ULONG S, Again;
    PVOID P;

    for (S = 0; S < sizeof(Sizes) / sizeof(Sizes[0]); S++) {
        for (Again = 0; Again < 3; Again++) { /* memory used before is cleared too */
            P = McOsMetaAllocate(Sizes[S]);
            CHECK(P != NULL, "MemCheck's own memory is there");
            if (!P) {
                continue;
            }
            CHECK((ULONG_PTR)P % sizeof(PVOID) == 0, "own memory is aligned to a pointer");
            CHECK(Sizes[S] % 64 != 0 || (ULONG_PTR)P % 64 == 0,
                  "own memory of a multiple of 64 is aligned to a cache line");
            CHECK(CtIsFilled(P, Sizes[S], 0), "own memory is filled with zeros");
            CtFill(P, Sizes[S], 0xEE);
            McOsMetaFree(P, Sizes[S]);
        }
    }
    CHECK(McOsMetaAllocate((SIZE_T)0 - 128) == NULL, "own memory that cannot be: NULL");
}

/* ---- what the kit's other routines free ---- */

#ifdef MC_HAS_IRPS
#define CT_INFORMATION ((ULONG_PTR)0x1234)

static volatile LONG CtDispatched;

/* A string as the system makes one. */
static BOOLEAN CtMakeString(UNICODE_STRING *String)
{
#ifdef _WIN32
    ANSI_STRING Text;

    RtlInitAnsiString(&Text, "conformance");
    return RtlAnsiStringToUnicodeString(String, &Text, TRUE) >= 0;
#else
    String->Buffer = CtAllocate(McExAllocatePoolWithTag, 1, 24);
    String->Length = 22;
    String->MaximumLength = 24;
    return String->Buffer != NULL;
#endif
}

static BOOLEAN CtIsEmpty(const UNICODE_STRING *String)
{
    return String->Buffer == NULL && String->Length == 0 && String->MaximumLength == 0;
}

/* The three kinds of string are laid out alike. */
static VOID CtStrings(VOID)
{
    static const ULONG Routines[] = {McRtlFreeUnicodeString, McRtlFreeAnsiString,
                                     McRtlFreeOemString};
    UNICODE_STRING String, Copy;
    ULONG I;

    for (I = 0; I < sizeof(Routines) / sizeof(Routines[0]); I++) {
        CHECK(CtMakeString(&String), "a string can be made");
        Copy = String;
        CHECK(McOsStringBuffer(&String) == (PVOID)String.Buffer, "its buffer is known");
        McOsStringClear(&Copy);
        CHECK(CtIsEmpty(&Copy) && McOsStringBuffer(&Copy) == NULL, "clearing sets all fields");
#ifdef CT_SIM
        CHECK(SimPoolFind(String.Buffer, NULL), "and frees nothing");
        Copy = String;
#endif
        McOsStringFree(Routines[I], &String);
        CHECK(CtIsEmpty(&String), "a string that was freed is empty");
#ifdef CT_SIM
        CHECK(!SimPoolFind(Copy.Buffer, NULL), "its buffer is gone");
#endif
        McOsStringFree(Routines[I], &String);
        CHECK(CtIsEmpty(&String), "an empty one can be freed");
    }
}

static NTSTATUS NTAPI CtDispatch(PDEVICE_OBJECT Device, PIRP Irp)
{
    (void)Device;
    CtDispatched = CtDispatched + 1;
    Irp->IoStatus.Status = STATUS_SUCCESS;
    Irp->IoStatus.Information = CT_INFORMATION;
    CHECK(McOsIrpInformation(Irp) == CT_INFORMATION, "an IRP's Information is known");
    McOsCompleteRequest(Irp, 0);
    return STATUS_SUCCESS;
}

#ifdef _WIN32
static PDRIVER_OBJECT CtDriver;

/* The IRP is ours: the I/O manager is to leave it alone. */
static NTSTATUS NTAPI CtCompleted(PDEVICE_OBJECT Device, PIRP Irp, PVOID Context)
{
    (void)Device;
    *(ULONG_PTR *)Context = Irp->IoStatus.Information;
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static VOID CtIrps(VOID)
{
    PDEVICE_OBJECT Device = NULL;
    ULONG_PTR Seen = 0;
    PIRP Irp;

    CtDriver->MajorFunction[IRP_MJ_FLUSH_BUFFERS] = CtDispatch;
    if (IoCreateDevice(CtDriver, 0, NULL, FILE_DEVICE_UNKNOWN, 0, FALSE, &Device) < 0) {
        CHECK(FALSE, "a device can be made");
        return;
    }
    Irp = IoAllocateIrp(Device->StackSize, FALSE);
    CHECK(Irp != NULL, "an IRP can be made");
    if (Irp) {
        IoGetNextIrpStackLocation(Irp)->MajorFunction = IRP_MJ_FLUSH_BUFFERS;
        IoSetCompletionRoutine(Irp, CtCompleted, &Seen, TRUE, TRUE, TRUE);
        CHECK(McOsCallDriver(Device, Irp) == STATUS_SUCCESS, "a driver's answer comes back");
        CHECK(CtDispatched == 1, "its routine was called once");
        CHECK(Seen == CT_INFORMATION, "the IRP is completed, with what was in it");
        IoFreeIrp(Irp);
    }
    IoDeleteDevice(Device);
}
#else
static VOID CtIrps(VOID)
{
    DEVICE_OBJECT Device = {NULL, 1, CtDispatch};
    IO_STATUS_BLOCK Seen = {0, 0};
    PIRP Irp = SimIrpCreate(1);

    CHECK(McOsCallDriver(&Device, Irp) == STATUS_SUCCESS, "a driver's answer comes back");
    CHECK(CtDispatched == 1, "its routine was called once");
    CHECK(SimIrpCompleted(Irp, &Seen) && Seen.Information == CT_INFORMATION,
          "the IRP is completed, with what was in it");
}
#endif
#endif /* MC_HAS_IRPS */

/* ---- locks and single words ---- */

static MC_LOCK CtLock; /* zero bytes: a free one */
static volatile ULONG CtGuarded;
static volatile LONG CtAdded, CtSwapped;
static volatile ULONG CtStacks;

static VOID CtWork(VOID)
{
    ULONG I;
    LONG Old;
    KIRQL Irql;

    for (I = 0; I < CT_ROUNDS; I++) {
        Irql = McOsAcquire(&CtLock);
        CtGuarded = CtGuarded + 1; /* not atomic: only the lock keeps it right */
        McOsRelease(&CtLock, Irql);
        McOsAdd(&CtAdded, 3);
        do {
            Old = CtSwapped;
        } while (McOsCompareExchange(&CtSwapped, Old + 1, Old) != Old);
    }
}

static VOID CtLocks(VOID)
{
    KIRQL Irql = McOsAcquire(&CtLock);
    KIRQL Inside = McOsIrql();

    McOsRelease(&CtLock, Irql);
    CHECK(Irql == PASSIVE_LEVEL, "a lock gives the level before");
    CHECK(McOsIrql() == PASSIVE_LEVEL, "the release restores it");
    if (CtHasIrql) {
        CHECK(Inside == DISPATCH_LEVEL, "under a lock it is DISPATCH_LEVEL");
    } else {
        CtSkip("the level under a lock: there is no IRQL");
    }
#ifdef CT_KERNEL
    if (CtHasIrql) {
        KIRQL Old;

        KeRaiseIrql(DISPATCH_LEVEL, &Old);
        Irql = McOsAcquire(&CtLock);
        McOsRelease(&CtLock, Irql);
        CHECK(Irql == DISPATCH_LEVEL, "a lock can be taken at DISPATCH_LEVEL");
        CHECK(McOsIrql() == DISPATCH_LEVEL, "its release stays there");
        KeLowerIrql(Old);
    }
#endif
    CHECK(CtThreads(CtWork), "threads can be made");
    CHECK(CtGuarded == CT_THREADS * CT_ROUNDS, "one at a time holds a lock");
    CHECK(CtAdded == (LONG)(3 * CT_THREADS * CT_ROUNDS), "no addition is lost");
    CHECK(CtSwapped == (LONG)(CT_THREADS * CT_ROUNDS), "no compare-exchange is lost");
}

static VOID CtWords(VOID)
{
    volatile LONG Word = 5;
    volatile SIZE_T Size = (SIZE_T)0 - 2;

    CHECK(McOsCompareExchange(&Word, 7, 4) == 5 && Word == 5, "another value: nothing is stored");
    CHECK(McOsCompareExchange(&Word, 7, 5) == 5 && Word == 7, "the expected value: stored");
    CHECK(McOsExchange(&Word, -1) == 7 && Word == -1, "exchange gives the value before");
    CHECK(McOsAdd(&Word, 3) == 2 && Word == 2, "addition gives the value after");
    CHECK(McOsAdd(&Word, -5) == -3 && Word == -3, "a negative amount is subtracted");
    CHECK(McOsCompareExchangeSize(&Size, 1, 0) == (SIZE_T)0 - 2 && Size == (SIZE_T)0 - 2,
          "another size: nothing is stored");
    CHECK(McOsCompareExchangeSize(&Size, 7, (SIZE_T)0 - 2) == (SIZE_T)0 - 2 && Size == 7,
          "the expected size: all of it is stored");
    McOsFullBarrier();
    McOsReleaseBarrier();
    McOsAcquireBarrier();
    CHECK(Word == -3, "barriers change nothing");
}

/* ---- where are we ---- */

static ULONG_PTR CtReturnsTo(VOID)
{
    return McOsReturnAddress();
}

/* By pointer, which a compiler cannot see through, so that the routine is really called. */
static ULONG_PTR (*volatile CtReturnsToCall)(VOID) = CtReturnsTo;

static ULONG CtMainThread;
static volatile LONG CtOtherThreads;

static VOID CtOtherThread(VOID)
{
    ULONG_PTR Low = 0, High = 0;

    if (McOsThread() != CtMainThread && McOsThread() == McOsThread()) {
        McOsAdd(&CtOtherThreads, 1);
    }
    if (McOsStack(&Low, &High) && (ULONG_PTR)&Low >= Low && (ULONG_PTR)&Low < High) {
        McOsAdd((volatile LONG *)&CtStacks, 1);
    }
}

static VOID CtWhere(VOID)
{
    ULONG_PTR Low = 0, High = 0, First, Second;
    ULONG Before, After, Micros;
    ULONG Line = McOsCacheLine();

    CHECK(McOsIrql() == PASSIVE_LEVEL, "the level is PASSIVE_LEVEL");
    CHECK(McOsProcessors() >= 1, "there is a processor");
    CHECK(McOsProcessor() < McOsProcessors(), "its number is below their count");
    CHECK(Line >= 16 && (Line & (Line - 1)) == 0, "the cache line is a power of two");
    CHECK(McOsMachineSize() <= 2, "the machine is small, medium or large");
    CHECK(McOsSecret() != 0, "there is a secret");
    Micros = McOsMicrosPerTick();
    CHECK(Micros >= 1 && Micros <= 100000, "a tick is at most 100 ms");
    Before = McOsTicks();
    McOsSleep(100);
    After = McOsTicks();
    CHECK(After - Before >= 50000 / Micros, "the tick count runs while sleeping");
    CHECK(After - Before <= 20000000 / Micros, "and not too fast");
    First = CtReturnsToCall();
    Second = CtReturnsToCall();
    CHECK(First != Second, "a return address tells two calls apart");
    CHECK(!McOsImage(&Low, &High) || (First >= Low && First < High), "it lies in the image");
    CtMainThread = McOsThread();
    CHECK(CtMainThread == McOsThread(), "a thread keeps its number");
    CHECK(CtThreads(CtOtherThread), "threads can be made");
    CHECK(CtOtherThreads == (LONG)CT_THREADS, "other threads have other numbers");
    CHECK(CtStacks == CT_THREADS, "each thread's stack holds its locals");
}

#ifndef CT_KERNEL
/* A test that forks is a thread of another number in the child. */
static VOID CtForked(VOID)
{
    const ULONG Here = McOsThread();
    pid_t Child;
    int Status = -1;

    Child = fork();
    if (Child == 0) {
        _exit(McOsThread() == (ULONG)syscall(SYS_gettid) && McOsThread() != Here ? 0 : 1);
    }
    CHECK(Child > 0 && waitpid(Child, &Status, 0) == Child, "there is a child");
    CHECK(Status == 0, "the child of a fork has a number of its own");
    CHECK(McOsThread() == Here, "the parent keeps its number");
}
#endif

/* ---- what is an address ---- */

static VOID CtAddresses(VOID)
{
    static UCHAR Static = 1;
    UCHAR Local = 1;
    ULONG_PTR Low = 0, High = 0;
    const ULONG_PTR OnStack = (ULONG_PTR)&Local, InImage = (ULONG_PTR)&Static;

    CHECK(McOsImage(&Low, &High), "the image is known");
    CHECK(Low < High, "its bounds are in order");
    CHECK(InImage >= Low && InImage < High, "static data is in it");
    CHECK((ULONG_PTR)CtAddresses >= Low && (ULONG_PTR)CtAddresses < High, "code is in it");
    CHECK(OnStack < Low || OnStack >= High, "a local is not");
    CHECK(McOsStack(&Low, &High), "the stack is known");
    CHECK(OnStack >= Low && OnStack < High, "a local is in it");
    CHECK(InImage < Low || InImage >= High, "static data is not");
    CHECK(McOsAddressValid(OnStack), "a local is valid");
    CHECK(McOsAddressValid(InImage), "static data is valid");
    CHECK(!McOsAddressValid(8), "the first page is not");
    CHECK(Local == 1 && Static == 1, "asking changes nothing");
#ifdef CT_KERNEL
    if (CtHasIrql) {
        KIRQL Old;

        KeRaiseIrql(DISPATCH_LEVEL, &Old);
        CHECK(McOsStack(&Low, &High) && OnStack >= Low && OnStack < High,
              "the stack is known at DISPATCH_LEVEL");
        KeLowerIrql(Old);
    }
#endif
}

/* ---- call stacks ---- */

/* Functions with frames of their own, that call as nothing but a call. */
#ifdef __clang__
#define CT_A_CALL __attribute__((noinline)) static
#else
#define CT_A_CALL __attribute__((noinline, noclone, optimize("no-omit-frame-pointer"))) static
#endif

static ULONG_PTR CtFrames[MC_STACK_MOST + 1];
static ULONG CtMost, CtCount;
static ULONG_PTR CtWrong; /* not 0: a return address that nobody called from */
static BOOLEAN CtCut;
static volatile ULONG CtCalls;

/* Stands for what of MemCheck is between its entry and the capture. */
CT_A_CALL VOID CtCapture(ULONG_PTR ReturnAddress, ULONG Own)
{
    if (Own != 0) {
        CtCapture(ReturnAddress, Own - 1);
    } else {
        CtCount = McOsStackCapture(CtFrames, CtMost, ReturnAddress, &CtCut);
    }
    CtCalls++;
}

/* Stands for MemCheck's entry. */
CT_A_CALL VOID CtEntry(ULONG Own)
{
    CtCapture(CtWrong ? CtWrong : McOsReturnAddress(), Own);
    CtCalls++;
}

CT_A_CALL VOID CtInner(ULONG Own)
{
    CtEntry(Own);
    CtCalls++;
}

CT_A_CALL VOID CtOuter(ULONG Own)
{
    CtInner(Own);
    CtCalls++;
}

CT_A_CALL VOID CtDeeper(ULONG Depth)
{
    if (Depth != 0) {
        CtDeeper(Depth - 1);
    } else {
        CtOuter(3);
    }
    CtCalls++;
}

static BOOLEAN CtWithin(ULONG_PTR Address, ULONG_PTR Function)
{
    return Address > Function && Address < Function + 128;
}

static VOID CtAsk(ULONG Most)
{
    ULONG I;

    for (I = 0; I <= MC_STACK_MOST; I++) {
        CtFrames[I] = 0;
    }
    CtMost = Most;
    CtCut = TRUE;
    CtCount = 99;
}

static VOID CtCallStacks(VOID)
{
    ULONG Own, Most;

    CtAsk(8);
    CtOuter(0);
    CHECK(CtCount >= 1 && CtCount <= 8, "a stack has one frame at least, and no more than asked");
    CHECK(CtFrames[CtCount] == 0, "nothing is written behind what is given");
    CHECK(CtWithin(CtFrames[0], (ULONG_PTR)CtInner), "the first is where the entry returns to");
    CHECK(!CtCut, "below DISPATCH_LEVEL nothing is cut");
    CtWrong = 8;
    CtAsk(8);
    CtOuter(0);
    CHECK(CtCount == 1 && CtFrames[0] == 8, "an address the walk does not meet is given alone");
    CtAsk(8);
    CtCapture(0, 0);
    CHECK(CtCount == 0, "0 gives nothing");
    CtWrong = 0;
    CtAsk(8);
    CtOuter(0);
    if (CtCount == 1) {
        CtSkip("callers' callers: the system walks no stacks, or has no frame pointers");
        return;
    }
    for (Own = 0; Own < 8; Own++) {
        CtAsk(8);
        CtOuter(Own);
        CHECK(CtCount >= 3 && CtWithin(CtFrames[0], (ULONG_PTR)CtInner) &&
                  CtWithin(CtFrames[1], (ULONG_PTR)CtOuter),
              "own frames are left out, callers follow");
    }
    for (Most = 1; Most <= MC_STACK_MOST; Most++) {
        CtAsk(Most);
        CtDeeper(40);
        CHECK(CtCount == Most && CtFrames[Most] == 0, "as many as asked for, where there are more");
        CHECK(Most < 4 || CtWithin(CtFrames[Most - 1], (ULONG_PTR)CtDeeper), "the far ones too");
    }
#ifdef CT_KERNEL
    if (CtHasIrql) {
        KIRQL Old;

        CtAsk(8);
        KeRaiseIrql(DISPATCH_LEVEL, &Old);
        CtOuter(0);
        KeLowerIrql(Old);
        CHECK(CtCount >= 1 && CtWithin(CtFrames[0], (ULONG_PTR)CtInner),
              "at DISPATCH_LEVEL the first is there");
    }
#endif
#ifdef CT_SIM
    {
        KIRQL Old;

        SimSetStackReach(2);
        CtAsk(8);
        CtOuter(0);
        CHECK(CtCount > 2 && !CtCut, "below DISPATCH_LEVEL the walk has no end");
        KeRaiseIrql(DISPATCH_LEVEL, &Old);
        CtAsk(8);
        CtOuter(0);
        CHECK(CtCount == 2 && CtCut, "there it has, and says so");
        CtAsk(2);
        CtOuter(0);
        CHECK(CtCount == 2 && !CtCut, "but not where no more was asked for");
        KeLowerIrql(Old);
        SimSetStackReach(SIM_WHOLE_STACK);
    }
#endif
}

/* ---- words for people ---- */

static VOID CtName(VOID)
{
    char Name[33], Short[4], Tiny[1];
    ULONG I;

    CtFill(Name, sizeof(Name), 'x');
    McOsDriverName(NULL, Name, sizeof(Name));
    Name[sizeof(Name) - 1] = 0;
    if (Name[0] == 0 && !CtHasIrql) {
        CtSkip("the driver's name: Wine lists no loaded driver");
        return;
    }
    CHECK(Name[0] != 0, "the driver has a name");
    CtSay("name", Name);
    for (I = 0; Name[I] && Name[I] != '\\' && Name[I] != '/' && Name[I] != '.'; I++) {
    }
    CHECK(Name[I] == 0, "it is without folder and extension");
    McOsDriverName(NULL, Short, sizeof(Short));
    CHECK(CtLength(Short) == 3 && Short[0] == Name[0] && Short[2] == Name[2], "it is cut to fit");
    Tiny[0] = 'x';
    McOsDriverName(NULL, Tiny, sizeof(Tiny));
    CHECK(Tiny[0] == 0, "room for the NUL only: empty");
}

static VOID CtText(VOID)
{
    char Buffer[32];
    char Line[401];
    ULONG I;

    CHECK(CtFormat(Buffer, sizeof(Buffer), "%d %s %x %c", -12, "text", 0xABu, 'z') == 13, "length");
    CHECK(CtSame(Buffer, "-12 text ab z"), "the common conversions");
    CtFill(Buffer, sizeof(Buffer), 'x');
    CHECK(CtFormat(Buffer, 5, "%s", "too long") == 4, "what does not fit is cut");
    CHECK(CtSame(Buffer, "too "), "and ended by a NUL");
    CHECK(Buffer[5] == 'x', "nothing is written behind the buffer");
    CHECK(CtFormat(Buffer, 4, "%s", "four") == 3 && Buffer[3] == 0, "an exact fit has its NUL too");
    CHECK(CtFormat(Buffer, 1, "%s", "x") == 0 && Buffer[0] == 0, "room for the NUL only: empty");
    for (I = 0; I < sizeof(Line) - 1; I++) {
        Line[I] = 'l';
    }
    Line[I] = 0;
    McOsPrint(Line);
    McOsPrint("conformance: 100% as it is: %s %n %d");
    McOsPrint("");
#ifdef CT_SIM
    CHECK(SimOutputCount() == 3, "a line is one call");
    CHECK(SimOutputFind(Line) == 1, "400 characters are shown");
    CHECK(SimOutputFind("conformance: 100% as it is: %s %n %d\n") == 1, "no % is interpreted");
    CHECK(!McOsDebugger(), "no debugger");
    SimAttachDebugger(TRUE);
    CHECK(McOsDebugger(), "a debugger");
    McOsBreak();
    CHECK(SimBreakpoints() == 1, "a breakpoint with one");
    SimAttachDebugger(FALSE);
#else
    McOsDebugger(); /* either may be true: only that it can be asked */
#endif
}

/* ---- settings ---- */

#ifndef _WIN32
static VOID CtSetOptions(const char *String)
{
#ifdef CT_SIM
    SimOptions(String);
#else
    if (String) {
        setenv("MEMCHECK_OPTIONS", String, 1);
    } else {
        unsetenv("MEMCHECK_OPTIONS");
    }
#endif
}
#endif

static VOID CtOptions(VOID)
{
    char Buffer[16];
#ifdef _WIN32
    static WCHAR Nowhere[] = L"\\Registry\\Machine\\System\\CurrentControlSet\\Services\\McNoSuch";
    UNICODE_STRING Path;

    CtFill(Buffer, sizeof(Buffer), 'x');
    CHECK(McOsOptions(NULL, Buffer, sizeof(Buffer)) == MC_OPTIONS_PATH && Buffer[0] == 0,
          "without a path: nobody said where");
    RtlInitUnicodeString(&Path, Nowhere);
    CtFill(Buffer, sizeof(Buffer), 'x');
    CHECK(McOsOptions(&Path, Buffer, sizeof(Buffer)) == MC_OPTIONS_NONE && Buffer[0] == 0,
          "no such key: none");
    CHECK(McOsOptions(NULL, Buffer, sizeof(Buffer)) == MC_OPTIONS_NONE, "the path is remembered");
    CtSkip("options that are there: a test of its own sets them in the registry");
#else
    CtSetOptions("fill=64,help");
    CtFill(Buffer, sizeof(Buffer), 'x');
    CHECK(McOsOptions(NULL, Buffer, sizeof(Buffer)) == 12, "the option string has its length");
    CHECK(CtSame(Buffer, "fill=64,help") && Buffer[13] == 'x', "and its text, and a NUL");
    CHECK(McOsOptions(NULL, Buffer, 13) == 12, "an exact fit");
    CHECK(McOsOptions(NULL, Buffer, 12) == MC_OPTIONS_LONG && Buffer[0] == 0,
          "too long: none of it");
    CHECK(McOsOptions(NULL, Buffer, 1) == MC_OPTIONS_LONG && Buffer[0] == 0, "no room at all");
    CtSetOptions("a\xE4z");
    CHECK(McOsOptions(NULL, Buffer, sizeof(Buffer)) == 3 && CtSame(Buffer, "a?z"),
          "what is not ASCII is a question mark");
    CtSetOptions("");
    CHECK(McOsOptions(NULL, Buffer, sizeof(Buffer)) == MC_OPTIONS_NONE && Buffer[0] == 0,
          "an empty string: none");
    CtSetOptions(NULL);
    CtFill(Buffer, sizeof(Buffer), 'x');
    CHECK(McOsOptions(NULL, Buffer, sizeof(Buffer)) == MC_OPTIONS_NONE && Buffer[0] == 0, "none");
#ifdef CT_SIM
    SimOptions(SimNotAString);
    CHECK(McOsOptions(NULL, Buffer, sizeof(Buffer)) == MC_OPTIONS_TYPE && Buffer[0] == 0,
          "no string: said so");
#endif
#endif
}

/* What works at any time works after the end, and did before the start. */
static VOID CtAnyTime(const char *When)
{
    char Buffer[8];
    const ULONG First = McOsTicks();
    PVOID P = CtAllocate(McExAllocatePoolWithTag, 0, 100);

    CHECK(P != NULL, When);
    if (P) {
        CtFree(P, McExFreePoolWithTag);
    }
    CHECK(McOsIrql() == PASSIVE_LEVEL, When);
    CHECK(McOsProcessor() < 1024, When);
    CHECK(McOsThread() == McOsThread(), When);
    CHECK(McOsTicks() - First < 0x80000000u, When); /* never back, however slow this is */
    McOsPrint(When);
    CHECK(CtFormat(Buffer, sizeof(Buffer), "%d", 7) == 1, When);
    McOsDebugger();
}

/* ---- the worker ---- */

static volatile LONG CtWorkerBegan, CtWorkerEnded, CtWorkerHigh;
static volatile ULONG CtWorkerThread;

static VOID CtWorkerLook(VOID)
{
    McOsAdd(&CtWorkerBegan, 1);
    if (McOsIrql() != PASSIVE_LEVEL) {
        McOsAdd(&CtWorkerHigh, 1);
    }
    CtWorkerThread = McOsThread();
    McOsSleep(300); /* so that it is asked to end in the middle of it */
    McOsAdd(&CtWorkerEnded, 1);
}

static VOID CtWorker(VOID)
{
    ULONG Round, Tries;
    LONG Began;

    McOsWorkerStop();
    CHECK(TRUE, "ending a worker that was never there is harmless");
    for (Round = 0; Round < 2; Round++) {
        CtWorkerBegan = CtWorkerEnded = CtWorkerHigh = 0;
        CHECK(McOsWorkerStart(CtWorkerLook, 1), "there is a thread for the worker");
        CHECK(CtWorkerBegan == 0, "the worker waits before its first look");
        for (Tries = 0; Tries < 1000 && CtWorkerBegan < 2; Tries++) {
            McOsSleep(10);
        }
        McOsWorkerStop();
        Began = CtWorkerBegan;
        CHECK(Began >= 2, "the worker works again and again");
        CHECK(CtWorkerHigh == 0, "the worker works at PASSIVE_LEVEL");
        CHECK(CtWorkerEnded == Began, "the worker's end is waited for, and its work is whole");
        CHECK(CtWorkerThread != McOsThread(), "the worker is a thread of its own");
        McOsSleep(1500);
        CHECK(CtWorkerBegan == Began, "a worker that was ended works no more");
        McOsWorkerStop();
    }
}

static VOID CtRun(VOID)
{
    char Line[100];

    CtAnyTime("before the start");
    CHECK(McOsStart(), "the platform starts");
    CHECK(McOsStart(), "starting twice is harmless");
#ifdef CT_SIM
    SimOutputClear();
#endif
    CtProbe();
    CtText();
    CtVersion();
    CtPool();
    CtFamily();
    CtRaise();
    CtMeta();
#ifdef MC_HAS_IRPS
    CtStrings();
    CtIrps();
#endif
    CtLocks();
    CtWords();
    CtWhere();
#ifndef CT_KERNEL
    CtForked();
#endif
    CtAddresses();
    CtCallStacks();
    CtName();
    CtOptions();
    CtWorker();
    McOsStop();
    CtAnyTime("after the end");
    CHECK(McOsStart(), "it starts again");
    McOsStop();
    CtFormat(Line, sizeof(Line), "(%s): %u passed, %u failed, %u skipped", CT_WORLD,
             (unsigned)CtPassed, (unsigned)CtFailed, (unsigned)CtSkipped);
    CtSay("conformance", Line);
}

#ifdef _WIN32
static VOID NTAPI CtUnload(PDRIVER_OBJECT Driver)
{
    (void)Driver;
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT Driver, PUNICODE_STRING Path);

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT Driver, PUNICODE_STRING Path)
{
    (void)Path;
    Driver->DriverUnload = CtUnload;
#ifdef MC_HAS_IRPS
    CtDriver = Driver;
#endif
    CtRun();
    return STATUS_SUCCESS;
}
#elif defined(CT_SIM)
/* Once on each Windows. */
int main(void)
{
    static const ULONG Versions[] = {0x0501, 0x0500, 0x0600, 0x0602, 0x0A00}; /* as SIM_WINDOWS */
    static const MC_LOCK Free = {0, 0};
    SIM_OPTIONS Options = {0};
    ULONG I;

    for (I = 0; I < sizeof(Versions) / sizeof(Versions[0]); I++) {
        CtLock = Free;
        CtGuarded = 0;
        CtAdded = CtSwapped = CtOtherThreads = CtDispatched = 0;
        CtStacks = 0;
        Options.Windows = (SIM_WINDOWS)I;
        SimStart(&Options);
        CHECK(McOsVersion() == Versions[I], "the version is that of the system");
        CtRun();
        CHECK(SimPoolReset(), "nothing is left in the pool");
        SimStop();
    }
    return CtFailed != 0;
}
#else
int main(void)
{
    CtRun();
    return CtFailed != 0;
}
#endif
