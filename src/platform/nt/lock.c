/* lock.c (nt) - spin locks, single words, and where this thread is. */
#include "ntp.h"

#ifndef __GNUC__
VOID McpNtBarrier(VOID)
{
    LONG Barrier = 0;

    InterlockedExchange(&Barrier, 1);
}
#endif

/* The kit's macros: KfAcquireSpinLock of the HAL on i386, of the kernel on 64-bit. */
KIRQL McOsAcquire(MC_LOCK *Lock)
{
    KIRQL Irql;

    KeAcquireSpinLock(&Lock->Lock, &Irql);
    return Irql;
}

VOID McOsRelease(MC_LOCK *Lock, KIRQL Irql)
{
    KeReleaseSpinLock(&Lock->Lock, Irql);
}

/* The kit of Windows 2000 declares these without volatile. */

LONG McOsCompareExchange(volatile LONG *Value, LONG New, LONG Expected)
{
    return InterlockedCompareExchange((LONG *)Value, New, Expected);
}

/* On i386 the kit's form for pointers is a macro over the other one, and may be missing. */
SIZE_T McOsCompareExchangeSize(volatile SIZE_T *Value, SIZE_T New, SIZE_T Expected)
{
#ifdef _WIN64
    return (SIZE_T)InterlockedCompareExchangePointer((PVOID volatile *)Value, (PVOID)New,
                                                     (PVOID)Expected);
#else
    return (SIZE_T)InterlockedCompareExchange((LONG *)Value, (LONG)New, (LONG)Expected);
#endif
}

LONG McOsExchange(volatile LONG *Value, LONG New)
{
    return InterlockedExchange((LONG *)Value, New);
}

LONG McOsAdd(volatile LONG *Value, LONG Amount)
{
    return (LONG)((ULONG)InterlockedExchangeAdd((LONG *)Value, Amount) + (ULONG)Amount);
}

KIRQL McOsIrql(VOID)
{
    return KeGetCurrentIrql();
}

/*
 * One byte of the processor's own block, at the same place in every version. Not by mingw-w64's
 * KeGetCurrentProcessorNumber: on 64-bit it reads two bytes, and gcc warns of its form. On a
 * machine with processor groups two processors may have the same number.
 */
ULONG McOsProcessor(VOID)
{
#if defined(__GNUC__) && defined(__x86_64__)
    UCHAR Number;

    __asm__ __volatile__("movb %%gs:0x184, %0" : "=q"(Number));
    return Number;
#elif defined(__GNUC__)
    UCHAR Number;

    __asm__ __volatile__("movb %%fs:0x51, %0" : "=q"(Number));
    return Number;
#else
    return (ULONG)KeGetCurrentProcessorNumber() & 0xFFu;
#endif
}

ULONG McOsProcessors(VOID)
{
    ULONG Count;

    if (McpNt.QueryActiveProcessorCount) {
        Count = McpNt.QueryActiveProcessorCount(NULL);
    } else {
        Count = MCP_EXPORTED_BYTE(KeNumberProcessors);
    }
    return Count ? Count : 1;
}

ULONG McOsThread(VOID)
{
#if MEMCHECK_TARGET < 0x0500
    return (ULONG)(ULONG_PTR)KeGetCurrentThread();
#else
    return (ULONG)(ULONG_PTR)PsGetCurrentThreadId();
#endif
}
