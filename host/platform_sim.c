/*
 * platform_sim.c - platform.h on the simulated kernel: each routine is the kit's, so that MemCheck
 * is held to the rules of a kernel stricter than a real one.
 *
 * MemCheck's locks are strict here (no pool call, no print, no delay under one), and have one
 * level, so that taking a second one while one is held is a misuse. Image and driver's name come
 * from posix/image.c, which is compiled with this file.
 */
#include "posixp.h"

#include <stdio.h>

#define MCP_SIM_TAG        0x6D4D634Du /* 'McMm': MemCheck's own memory */
#define MCP_SIM_LOCK_LEVEL 255         /* the highest: a leaf under any lock of the driver's */

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

PVOID McOsPoolAllocate(const MC_REQUEST *Request)
{
    if (Request->Routine == MC_ALLOCATE_POOL) {
        return ExAllocatePool((POOL_TYPE)Request->PoolType, Request->Size);
    }
    return ExAllocatePoolWithTag((POOL_TYPE)Request->PoolType, Request->Size, Request->Tag);
}

VOID McOsPoolFree(PVOID P, ULONG Routine, ULONG Tag)
{
    if (Routine == MC_FREE_POOL) {
        ExFreePool(P);
    } else {
        ExFreePoolWithTag(P, Tag);
    }
}

PVOID McOsMetaAllocate(SIZE_T Size)
{
    volatile UCHAR *P =
        (volatile UCHAR *)ExAllocatePoolWithTag(NonPagedPoolNxCacheAligned, Size, MCP_SIM_TAG);
    SIZE_T I;

    for (I = 0; P && I < Size; I++) {
        P[I] = 0;
    }
    return (PVOID)P;
}

VOID McOsMetaFree(PVOID P, SIZE_T Size)
{
    (void)Size;
    ExFreePoolWithTag(P, MCP_SIM_TAG);
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

LONG McOsCompareExchange(volatile LONG *Value, LONG New, LONG Expected)
{
    return __sync_val_compare_and_swap(Value, Expected, New);
}

LONG McOsExchange(volatile LONG *Value, LONG New)
{
    return __atomic_exchange_n(Value, New, __ATOMIC_SEQ_CST);
}

LONG McOsAdd(volatile LONG *Value, LONG Amount)
{
    return __sync_add_and_fetch(Value, Amount);
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

/* ---- words for people ---- */

VOID McOsPrint(const char *Line)
{
    DbgPrintEx(DPFLTR_IHVDRIVER_ID, DPFLTR_ERROR_LEVEL, "%s\n", Line);
}

ULONG McOsFormat(char *Buffer, ULONG Size, const char *Format, va_list Arguments)
{
    int Length;

    if (Size == 0) {
        return 0;
    }
    Length = vsnprintf(Buffer, Size, Format, Arguments);
    if (Length < 0) {
        Length = 0;
        Buffer[0] = 0;
    }
    return (ULONG)Length < Size ? (ULONG)Length : Size - 1;
}

BOOLEAN McOsDebugger(VOID)
{
    return !KdDebuggerNotPresent;
}

VOID McOsBreak(VOID)
{
    DbgBreakPoint();
}
