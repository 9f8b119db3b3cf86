/*
 * gnuc.h - what gcc and clang give a host's mcos.h: that of src/platform/posix, that of the
 * simulated kernel. MC_BARRIER_POINT() (nothing, unless defined before) comes ahead of barriers.
 */
#ifndef MC_GNUC_H
#define MC_GNUC_H

/* Call stacks are walked by frame pointers (walk.h): keep them in all that follows. clang has no
 * such pragma: compile with -fno-omit-frame-pointer there. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("no-omit-frame-pointer")
#endif

#define MC_PAGE_SIZE        4096u
#define MC_POOL_ALIGNMENT   (2 * sizeof(void *))
#define McOsReturnAddress() ((ULONG_PTR)__builtin_return_address(0))

#ifndef MC_BARRIER_POINT
#define MC_BARRIER_POINT() ((void)0)
#endif

#ifdef MC_TSAN /* ThreadSanitizer knows no fences, and is told: tsan.c */
VOID McpTsanAcquire(VOID);
VOID McpTsanRelease(VOID);
#define McOsFullBarrier()      (McpTsanAcquire(), McpTsanRelease())
#define McOsReleaseBarrier()   McpTsanRelease()
#define McOsAcquireBarrier()   McpTsanAcquire()
#define McOsPublished(Pointer) __atomic_load_n(&(Pointer), __ATOMIC_ACQUIRE)
#define MC_EXACT_READS         /* it watches every byte that is read beside the guard bytes */
#else
#define McOsFullBarrier()      (MC_BARRIER_POINT(), __sync_synchronize())
#define McOsReleaseBarrier()   (MC_BARRIER_POINT(), __atomic_thread_fence(__ATOMIC_RELEASE))
#define McOsAcquireBarrier()   __atomic_thread_fence(__ATOMIC_ACQUIRE)
#define McOsPublished(Pointer) (Pointer)
#endif

#define MC_INLINE    static __inline__
#define MC_MAY_ALIAS __attribute__((may_alias))

/* The empty statement, or gcc finds that a function of hints does nothing, and leaves out its
 * calls.
 */
#define McOsPrefetch(Address)                        \
    (__extension__({                                 \
        __builtin_prefetch((const void *)(Address)); \
        __asm__ __volatile__("");                    \
    }))
#if defined(__x86_64__) && !defined(MC_TSAN)
#define MC_WIDE __attribute__((vector_size(16), aligned(1), may_alias))
#endif

#endif
