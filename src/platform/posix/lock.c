/*
 * lock.c (posix) - spin locks, single words, and where this thread is.
 *
 * A program has no IRQL. A thread that holds a lock says DISPATCH_LEVEL, as in the kernel, so that
 * code which asks behaves the same.
 */
#include "posixp.h"

#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

static __thread KIRQL McpPosixIrql;
static __thread ULONG McpPosixThread;

#define MCP_POSIX_SPINS 100 /* then let another thread run: the holder may not be running */

/* Somebody else holds it. */
static void __attribute__((noinline)) McpPosixSpin(MC_LOCK *Lock)
{
    ULONG Spins = 0;

    do {
        while (__atomic_load_n(&Lock->Held, __ATOMIC_RELAXED) != 0) {
            if (++Spins >= MCP_POSIX_SPINS) {
                Spins = 0;
                sched_yield();
            }
        }
    } while (__atomic_exchange_n(&Lock->Held, 1, __ATOMIC_ACQUIRE) != 0);
}

KIRQL McOsAcquire(MC_LOCK *Lock)
{
    const KIRQL Irql = McpPosixIrql;

    McpPosixIrql = DISPATCH_LEVEL;
    if (__atomic_exchange_n(&Lock->Held, 1, __ATOMIC_ACQUIRE) != 0) {
        McpPosixSpin(Lock);
    }
    return Irql;
}

VOID McOsRelease(MC_LOCK *Lock, KIRQL Irql)
{
    __atomic_store_n(&Lock->Held, 0, __ATOMIC_RELEASE);
    McpPosixIrql = Irql;
}

LONG McOsCompareExchange(volatile LONG *Value, LONG New, LONG Expected)
{
    return __sync_val_compare_and_swap(Value, Expected, New);
}

SIZE_T McOsCompareExchangeSize(volatile SIZE_T *Value, SIZE_T New, SIZE_T Expected)
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

KIRQL McOsIrql(VOID)
{
    return McpPosixIrql;
}

ULONG McOsProcessors(VOID)
{
    long Count = sysconf(_SC_NPROCESSORS_CONF);

    return Count > 0 ? (ULONG)Count : 1;
}

ULONG McOsProcessor(VOID)
{
    int Processor = sched_getcpu();

    return Processor >= 0 ? (ULONG)Processor : 0;
}

/* The thread that forked is another one in the child. */
VOID McpPosixForked(VOID)
{
    McpPosixThread = 0;
}

ULONG McOsThread(VOID)
{
    if (McpPosixThread == 0) {
        McpPosixThread = (ULONG)syscall(SYS_gettid);
    }
    return McpPosixThread;
}
