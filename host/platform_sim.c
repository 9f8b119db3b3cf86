/*
 * platform_sim.c - platform.h on the simulated kernel: each routine is the kit's, so that MemCheck
 * is held to the rules of a kernel stricter than a real one.
 *
 * MemCheck's locks are strict here (no pool call, no print, no delay under one), and have one
 * level, so that taking a second one while one is held is a misuse. Image, driver's name and
 * McOsFormat come from posix/image.c and posix/format.c, which are compiled with this file.
 */
#include "platform_sim.h"
#include "posixp.h"
#include "walk.h"

#define MCP_SIM_8          0x0602 /* the first with non-executable pool */
#define MCP_SIM_10         0x0A00 /* the first with POOL_FLAGS */
#define MCP_SIM_LOCK_LEVEL 255    /* the highest: a leaf under any lock of the driver's */

static ULONG_PTR McpSimSecret;

/* ---- start and end ---- */

/* The secret differs at each load but not from run to run: a test can be repeated exactly. */
BOOLEAN McOsStart(VOID)
{
    static ULONG Loads;

    McpPosixImageStart();
    Loads++;
    McpSimSecret = (ULONG_PTR)Loads * 0x9E3779B1u;
    McpSimSecret ^= McpSimSecret >> 13 ^ McpSimSecret << 11;
    return TRUE;
}

VOID McOsStop(VOID)
{
}

ULONG_PTR McOsSecret(VOID)
{
    return McpSimSecret;
}

/* ---- the pool ---- */

#define MCP_ASK_Type(DoneBy)    DoneBy((POOL_TYPE)Request->Type, Request->Size)
#define MCP_ASK_TypeTag(DoneBy) DoneBy((POOL_TYPE)Request->Type, Request->Size, Request->Tag)
#define MCP_ASK_TypePriority(DoneBy)                              \
    DoneBy((POOL_TYPE)Request->Type, Request->Size, Request->Tag, \
           (EX_POOL_PRIORITY)Request->Priority)
#define MCP_ASK_Flags(DoneBy) DoneBy(McpSimFlags(Request), Request->Size, Request->Tag)
#define MCP_ASK_FlagsExtended(DoneBy)                         \
    DoneBy(McpSimFlags(Request), Request->Size, Request->Tag, \
           (PCPOOL_EXTENDED_PARAMETER)Request->Parameters, Request->ParameterCount)
#define MCP_ASK_Free(DoneBy)         NULL
#define MCP_ASK_FreeTag(DoneBy)      NULL
#define MCP_ASK_FreeExtended(DoneBy) NULL
#define MCP_ASK_String(DoneBy)       NULL
#define MCP_ASK(Name, Shape, Adds, DoneBy, Since) \
    case Mc##Name: return McOsVersion() < Since ? NULL : MCP_ASK_##Shape(DoneBy);

static POOL_FLAGS McpSimFlags(const MC_REQUEST *Request)
{
    return (POOL_FLAGS)Request->FlagsHigh << 32 | Request->Type;
}

static PVOID McpSimAsk(const MC_REQUEST *Request)
{
    switch (Request->Routine) {
        MC_ROUTINE_TABLE(MCP_ASK)
    }
    return NULL;
}

PVOID McOsPoolAllocate(const MC_REQUEST *Request)
{
    PVOID P;

    SimPoint(SIM_POINT_POOL, NULL);
    P = McpSimAsk(Request);
    SimPoint(SIM_POINT_POOLED, P);
    return P;
}

VOID McOsPoolFree(PVOID P, const MC_RELEASE *Release)
{
    SimPoint(SIM_POINT_POOL, P);
    if (Release->Routine == McExFreePool) {
        ExFreePool(P);
    } else if (Release->Routine == McExFreePool2 && McOsVersion() >= MCP_SIM_10) {
        ExFreePool2(P, Release->Tag, (PCPOOL_EXTENDED_PARAMETER)Release->Parameters,
                    Release->ParameterCount);
    } else {
        ExFreePoolWithTag(P, Release->Tag);
    }
    SimPoint(SIM_POINT_POOLED, P);
}

VOID McOsRaise(VOID)
{
    ExRaiseStatus(STATUS_INSUFFICIENT_RESOURCES);
}

ULONG McOsVersion(VOID)
{
    ULONG Major, Minor;

    PsGetVersion(&Major, &Minor, NULL, NULL);
    return Major << 8 | Minor;
}

PVOID McOsMetaAllocate(SIZE_T Size)
{
    POOL_TYPE Type =
        McOsVersion() >= MCP_SIM_8 ? NonPagedPoolNxCacheAligned : NonPagedPoolCacheAligned;
    volatile UCHAR *P = (volatile UCHAR *)ExAllocatePoolWithTag(Type, Size, SIM_OWN_TAG);
    SIZE_T I;

    for (I = 0; P && I < Size; I++) {
        P[I] = 0;
    }
    return (PVOID)P;
}

VOID McOsMetaFree(PVOID P, SIZE_T Size)
{
    (void)Size;
    ExFreePoolWithTag(P, SIM_OWN_TAG);
}

/* ---- what the kit's other routines free ---- */

PVOID McOsStringBuffer(const VOID *String)
{
    return ((const STRING *)String)->Buffer; /* all three are laid out alike */
}

VOID McOsStringClear(PVOID String)
{
    STRING *S = (STRING *)String;

    S->Length = S->MaximumLength = 0;
    S->Buffer = NULL;
}

VOID McOsStringFree(ULONG Routine, PVOID String)
{
    if (Routine == McRtlFreeUnicodeString) {
        RtlFreeUnicodeString((PUNICODE_STRING)String);
    } else if (Routine == McRtlFreeAnsiString) {
        RtlFreeAnsiString((PANSI_STRING)String);
    } else {
        RtlFreeOemString((POEM_STRING)String);
    }
}

ULONG_PTR McOsIrpInformation(const VOID *Irp)
{
    return ((const IRP *)Irp)->IoStatus.Information;
}

VOID McOsCompleteRequest(PVOID Irp, CHAR PriorityBoost)
{
    IofCompleteRequest((PIRP)Irp, PriorityBoost);
}

LONG McOsCallDriver(PVOID DeviceObject, PVOID Irp)
{
    return IofCallDriver((PDEVICE_OBJECT)DeviceObject, (PIRP)Irp);
}

/* ---- locks and single words ---- */

/*
 * Zero bytes are a free lock, but the simulation wants to be told of a strict one. Raised, so that
 * with one simulated CPU nobody can come in between and spin for ever.
 */
static VOID McpSimLockReady(MC_LOCK *Lock)
{
    KIRQL Irql;

    if (__atomic_load_n(&Lock->Ready, __ATOMIC_ACQUIRE) == 2) {
        return;
    }
    KeRaiseIrql(DISPATCH_LEVEL, &Irql);
    if (__sync_val_compare_and_swap(&Lock->Ready, 0, 1) == 0) {
        KeInitializeSpinLock(&Lock->Lock);
        SimSetLockStrict(&Lock->Lock, TRUE);
        SimSetLockLevel(&Lock->Lock, MCP_SIM_LOCK_LEVEL);
        __atomic_store_n(&Lock->Ready, 2, __ATOMIC_RELEASE);
    }
    while (__atomic_load_n(&Lock->Ready, __ATOMIC_ACQUIRE) != 2) {
    }
    KeLowerIrql(Irql);
}

KIRQL McOsAcquire(MC_LOCK *Lock)
{
    KIRQL Irql;

    McpSimLockReady(Lock);
    KeAcquireSpinLock(&Lock->Lock, &Irql);
    return Irql;
}

VOID McOsRelease(MC_LOCK *Lock, KIRQL Irql)
{
    KeReleaseSpinLock(&Lock->Lock, Irql);
}

/* Each a point before and one after it, so that a test sees the moments between them. */
LONG McOsCompareExchange(volatile LONG *Value, LONG New, LONG Expected)
{
    LONG Was;

    SimPoint(SIM_POINT_BEFORE, Value);
    Was = __sync_val_compare_and_swap(Value, Expected, New);
    SimPoint(Was == Expected ? SIM_POINT_AFTER : SIM_POINT_FAILED, Value);
    return Was;
}

SIZE_T McOsCompareExchangeSize(volatile SIZE_T *Value, SIZE_T New, SIZE_T Expected)
{
    SIZE_T Was;

    SimPoint(SIM_POINT_BEFORE, Value);
    Was = __sync_val_compare_and_swap(Value, Expected, New);
    SimPoint(Was == Expected ? SIM_POINT_AFTER : SIM_POINT_FAILED, Value);
    return Was;
}

LONG McOsExchange(volatile LONG *Value, LONG New)
{
    LONG Was;

    SimPoint(SIM_POINT_BEFORE, Value);
    Was = __atomic_exchange_n(Value, New, __ATOMIC_SEQ_CST);
    SimPoint(SIM_POINT_AFTER, Value);
    return Was;
}

LONG McOsAdd(volatile LONG *Value, LONG Amount)
{
    LONG Now;

    SimPoint(SIM_POINT_BEFORE, Value);
    Now = __sync_add_and_fetch(Value, Amount);
    SimPoint(SIM_POINT_AFTER, Value);
    return Now;
}

/* ---- where are we ---- */

KIRQL McOsIrql(VOID)
{
    return KeGetCurrentIrql();
}

ULONG McOsProcessor(VOID)
{
    return KeGetCurrentProcessorNumber();
}

ULONG McOsProcessors(VOID)
{
    return KeQueryActiveProcessorCount(NULL);
}

ULONG McOsThread(VOID)
{
    return (ULONG)(ULONG_PTR)PsGetCurrentThreadId();
}

ULONG McOsTicks(VOID)
{
    LARGE_INTEGER Ticks;

    KeQueryTickCount(&Ticks);
    return Ticks.u.LowPart;
}

ULONG McOsMicrosPerTick(VOID)
{
    return KeQueryTimeIncrement() / 10;
}

ULONG McOsMachineSize(VOID)
{
    return (ULONG)MmQuerySystemSize();
}

ULONG McOsCacheLine(VOID)
{
    return 64;
}

VOID McOsSleep(ULONG Milliseconds)
{
    LARGE_INTEGER Interval;

    Interval.QuadPart = -(LONGLONG)Milliseconds * 10000;
    KeDelayExecutionThread(KernelMode, FALSE, &Interval);
}

/* ---- a thread of MemCheck's own ---- */

static SIM_THREAD *McpSimWorker;
static VOID (*McpSimWorkerRoutine)(VOID);
static ULONG McpSimWorkerSeconds;
static volatile LONG McpSimWorkerStops;

/* Due by the simulated clock, which a test may move; asked often, so that EXIT waits briefly. */
static VOID McpSimWorkerMain(PVOID Context)
{
    ULONGLONG Due = 0;

    (void)Context;
    while (!McpSimWorkerStops) {
        if (Due == 0) {
            Due = KeQueryInterruptTime() + McpSimWorkerSeconds * 10000000ULL;
        } else if (KeQueryInterruptTime() >= Due) {
            McpSimWorkerRoutine();
            Due = 0;
        } else {
            McOsSleep(10);
        }
    }
}

BOOLEAN McOsWorkerStart(VOID (*Routine)(VOID), ULONG Seconds)
{
    McpSimWorkerRoutine = Routine;
    McpSimWorkerSeconds = Seconds;
    McpSimWorkerStops = 0;
    McpSimWorker = SimThreadCreate("memcheck", McpSimWorkerMain, NULL);
    return TRUE;
}

VOID McOsWorkerStop(VOID)
{
    if (McpSimWorker != NULL) {
        McOsExchange(&McpSimWorkerStops, 1);
        SimThreadJoin(McpSimWorker);
        McpSimWorker = NULL;
    }
}

/* ---- what is an address ---- */

ULONG_PTR McOsSystemStart(VOID)
{
    return (ULONG_PTR)MmSystemRangeStart;
}

BOOLEAN McOsAddressValid(ULONG_PTR Address)
{
    return MmIsAddressValid((PVOID)Address);
}

BOOLEAN McOsStack(ULONG_PTR *Low, ULONG_PTR *High)
{
    IoGetStackLimits(Low, High);
    return TRUE;
}

/* As the kernel's routine: not above DISPATCH_LEVEL, and there only as far as the test lets it. */
ULONG McOsStackCapture(ULONG_PTR *Frames, ULONG Most, ULONG_PTR ReturnAddress, BOOLEAN *Cut)
{
    const ULONG Reach = SimStackReach();
    ULONG_PTR Low, High;
    ULONG Count;

    IoGetStackLimits(&Low, &High);
    Count = McpWalk((ULONG_PTR)__builtin_frame_address(0), High, Frames, Most, ReturnAddress);
    *Cut = Count > Reach;
    return *Cut ? Reach : Count;
}

/* ---- settings ---- */

ULONG McOsOptions(const VOID *RegistryPath, char *Buffer, ULONG Size)
{
    ULONG Length = SimOptionsRead(Buffer, Size);
    ULONG I;

    (void)RegistryPath;
    Buffer[Length < Size ? Length : 0] = 0;
    if (Length == SIM_OPTIONS_NONE) {
        return MC_OPTIONS_NONE;
    }
    if (Length == SIM_OPTIONS_TYPE) {
        return MC_OPTIONS_TYPE;
    }
    for (I = 0; Buffer[I] != 0; I++) {
        if (Buffer[I] & 0x80) {
            Buffer[I] = '?';
        }
    }
    return Length < Size ? Length : MC_OPTIONS_LONG;
}

/* ---- words for people ---- */

VOID McOsPrint(const char *Line)
{
    SimPoint(SIM_POINT_PRINT, Line);
    DbgPrintEx(DPFLTR_IHVDRIVER_ID, DPFLTR_ERROR_LEVEL, "%s\n", Line);
}

BOOLEAN McOsDebugger(VOID)
{
    return !KdDebuggerNotPresent;
}

VOID McOsBreak(VOID)
{
    DbgBreakPoint();
}

VOID McOsBugCheck(ULONG Code, const ULONG_PTR Parameters[4])
{
    KeBugCheckEx(Code, Parameters[0], Parameters[1], Parameters[2], Parameters[3]);
}
