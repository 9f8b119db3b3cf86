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

static PVOID CtAllocate(ULONG Routine, ULONG PoolType, SIZE_T Size)
{
    MC_REQUEST Request;

    Request.Routine = Routine;
    Request.PoolType = PoolType;
    Request.Size = Size;
    Request.Tag = CT_TAG;
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
    McOsPoolFree((PVOID)P, Routine == MC_ALLOCATE_POOL ? MC_FREE_POOL : MC_FREE_POOL_WITH_TAG,
                 Routine == MC_ALLOCATE_POOL ? 0 : CT_TAG);
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
            CtPoolBlock(MC_ALLOCATE_POOL, Types[T], Sizes[S]);
            CtPoolBlock(MC_ALLOCATE_POOL_WITH_TAG, Types[T], Sizes[S]);
        }
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

    CHECK(McOsCompareExchange(&Word, 7, 4) == 5 && Word == 5, "another value: nothing is stored");
    CHECK(McOsCompareExchange(&Word, 7, 5) == 5 && Word == 7, "the expected value: stored");
    CHECK(McOsExchange(&Word, -1) == 7 && Word == -1, "exchange gives the value before");
    CHECK(McOsAdd(&Word, 3) == 2 && Word == 2, "addition gives the value after");
    CHECK(McOsAdd(&Word, -5) == -3 && Word == -3, "a negative amount is subtracted");
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

/* ---- words for people ---- */

static VOID CtName(VOID)
{
    char Name[33], Short[4], Tiny[1];
    ULONG I;

    CtFill(Name, sizeof(Name), 'x');
    McOsDriverName(Name, sizeof(Name));
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
    McOsDriverName(Short, sizeof(Short));
    CHECK(CtLength(Short) == 3 && Short[0] == Name[0] && Short[2] == Name[2], "it is cut to fit");
    Tiny[0] = 'x';
    McOsDriverName(Tiny, sizeof(Tiny));
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

/* What works at any time works after the end, and did before the start. */
static VOID CtAnyTime(const char *When)
{
    char Buffer[8];
    PVOID P = CtAllocate(MC_ALLOCATE_POOL_WITH_TAG, 0, 100);

    CHECK(P != NULL, When);
    if (P) {
        McOsPoolFree(P, MC_FREE_POOL_WITH_TAG, CT_TAG);
    }
    CHECK(McOsIrql() == PASSIVE_LEVEL, When);
    CHECK(McOsProcessor() < 1024, When);
    CHECK(McOsThread() == McOsThread(), When);
    CHECK(McOsTicks() - McOsTicks() < 2 || McOsTicks() - McOsTicks() > 0xFFFFFF00u, When);
    McOsPrint(When);
    CHECK(CtFormat(Buffer, sizeof(Buffer), "%d", 7) == 1, When);
    McOsDebugger();
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
    CtPool();
    CtMeta();
    CtLocks();
    CtWords();
    CtWhere();
    CtAddresses();
    CtName();
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
    CtRun();
    return STATUS_SUCCESS;
}
#else
int main(void)
{
#ifdef CT_SIM
    SimStart(NULL);
#endif
    CtRun();
#ifdef CT_SIM
    CHECK(SimPoolReset(), "nothing is left in the pool");
    SimStop();
#endif
    return CtFailed != 0;
}
#endif
