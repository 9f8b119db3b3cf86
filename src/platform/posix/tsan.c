/*
 * tsan.c (posix) - what ThreadSanitizer is told of the core's words and barriers.
 *
 * The core knows no atomics, for C89 has none: a word that several threads change without a lock is
 * volatile, read and written whole, changed by the interlocked routines, and ordered by barriers.
 * ThreadSanitizer takes a volatile access for a plain one and a fence for nothing. Compiled with
 *
 *     -fsanitize=thread --param=tsan-distinguish-volatile=1 -DMC_TSAN     (gcc 11 and later)
 *
 * volatile accesses are announced here, and so are the barriers of mcos.h. Each access is passed on
 * as an atomic one without any order, so it is no race with another such access, but orders nothing
 * either: what it publishes is a race still, unless there is a barrier where there must be one. The
 * simulated kernel's platform is compiled with this file too.
 *
 * An acquire barrier orders what comes after it behind the writes that the thread's last volatile
 * reads have seen; a release barrier orders what came before it in front of the next volatile
 * write. Both are told as that: acquire of the words read last, release at the next word written.
 */
#include "posixp.h"

#ifdef MC_TSAN

void __tsan_acquire(void *Address);
void __tsan_release(void *Address);

#define MCP_TSAN_WORDS 16u /* read since the last acquire barrier, the newest of them */

static __thread struct {
    void *Read[MCP_TSAN_WORDS];
    ULONG Reads;
    BOOLEAN Released; /* a release barrier, and no volatile write since */
} McpTsan;

static void McpTsanRead(void *Address)
{
    McpTsan.Read[McpTsan.Reads++ % MCP_TSAN_WORDS] = Address;
}

static void McpTsanWrite(void *Address)
{
    if (McpTsan.Released) {
        McpTsan.Released = FALSE;
        __tsan_release(Address);
    }
}

VOID McpTsanAcquire(VOID)
{
    ULONG Index;

    for (Index = 0; Index < MCP_TSAN_WORDS && Index < McpTsan.Reads; Index++) {
        __tsan_acquire(McpTsan.Read[Index]);
    }
    McpTsan.Reads = 0;
}

VOID McpTsanRelease(VOID)
{
    McpTsan.Released = TRUE;
}

/* Before each access the compiler calls one of these. Adding nothing writes, and changes nothing.
 */
#define MCP_TSAN_SIZE(Bytes, TYPE)                                      \
    void __tsan_volatile_read##Bytes(void *Address);                    \
    void __tsan_volatile_write##Bytes(void *Address);                   \
    void __tsan_volatile_read##Bytes(void *Address)                     \
    {                                                                   \
        (void)__atomic_load_n((TYPE *)Address, __ATOMIC_RELAXED);       \
        McpTsanRead(Address);                                           \
    }                                                                   \
    void __tsan_volatile_write##Bytes(void *Address)                    \
    {                                                                   \
        McpTsanWrite(Address);                                          \
        (void)__atomic_fetch_add((TYPE *)Address, 0, __ATOMIC_RELAXED); \
    }

MCP_TSAN_SIZE(1, UCHAR)
MCP_TSAN_SIZE(2, USHORT)
MCP_TSAN_SIZE(4, ULONG)
MCP_TSAN_SIZE(8, ULONG_PTR)

#endif
