/* mcos.h (simulated kernel) - the platform's own half of platform.h for tests; see platform_sim.c.
 */
#ifndef MC_OS_H
#define MC_OS_H

/* Before the first system header: posix/image.c and format.c are compiled with this file. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif

#include <stdarg.h>
#include "sim.h"

/* With MEMCHECK_OFF the simulated pool stands in for the kit's, not the C library. */
#ifndef MC_HOST_HAS_POOL
#define MC_HOST_HAS_POOL
#endif

/* Call stacks are walked by frame pointers (walk.h): keep them in all that follows. clang has no
 * such pragma: compile with -fno-omit-frame-pointer there. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("no-omit-frame-pointer")
#endif

typedef struct _MC_LOCK {
    KSPIN_LOCK Lock;
    volatile LONG Ready; /* 0 until the first use has made it a strict lock */
} MC_LOCK;

#define MC_HAS_IRPS
#define MC_MODULE_SUFFIX    ".sys"
#define MC_POOL_HEADERS     /* bytes before a block may be read, where they are valid */
#define MC_PAGE_SIZE        4096u
#define MC_POOL_ALIGNMENT   (2 * sizeof(void *))
#define McOsReturnAddress() ((ULONG_PTR)__builtin_return_address(0))

#ifdef MC_TSAN /* ThreadSanitizer knows no fences, and is told: tsan.c */
VOID McpTsanAcquire(VOID);
VOID McpTsanRelease(VOID);
#define McOsFullBarrier()      (McpTsanAcquire(), McpTsanRelease())
#define McOsReleaseBarrier()   McpTsanRelease()
#define McOsAcquireBarrier()   McpTsanAcquire()
#define McOsPublished(Pointer) __atomic_load_n(&(Pointer), __ATOMIC_ACQUIRE)
#define MC_EXACT_READS         /* it watches every byte that is read beside the guard bytes */
#else
#define McOsFullBarrier() (SimPoint(SIM_POINT_BARRIER, 0), __sync_synchronize())
#define McOsReleaseBarrier() \
    (SimPoint(SIM_POINT_BARRIER, 0), __atomic_thread_fence(__ATOMIC_RELEASE))
#define McOsAcquireBarrier()   __atomic_thread_fence(__ATOMIC_ACQUIRE)
#define McOsPublished(Pointer) (Pointer)
#endif

#define MC_INLINE             static __inline__
#define MC_MAY_ALIAS          __attribute__((may_alias))
#define McOsPrefetch(Address) __builtin_prefetch((const void *)(Address))
#if defined(__x86_64__) && !defined(MC_TSAN)
#define MC_WIDE __attribute__((vector_size(16), aligned(1), may_alias))
#endif

#endif
