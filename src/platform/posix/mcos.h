/*
 * mcos.h (posix) - the platform's own half of platform.h for host programs: unit tests of drivers
 * on Linux. Needs no compiler option; with a C library before glibc 2.34 the program links
 * -pthread.
 */
#ifndef MC_OS_H
#define MC_OS_H

/* Before the first system header, for the declarations of dl_iterate_phdr and pthread_getattr_np.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif

#include <stdarg.h>
#include "mctypes.h"

/* Call stacks are walked by frame pointers (walk.h): keep them in all that follows. clang has no
 * such pragma: compile with -fno-omit-frame-pointer there. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("no-omit-frame-pointer")
#endif

typedef struct _MC_LOCK {
    volatile LONG Held;
} MC_LOCK;

#ifndef MC_MODULE_SUFFIX    /* tests of the report layer speak of drivers */
#define MC_MODULE_SUFFIX "" /* a program's name has none */
#endif
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
#define McOsFullBarrier()      __sync_synchronize()
#define McOsReleaseBarrier()   __atomic_thread_fence(__ATOMIC_RELEASE)
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
