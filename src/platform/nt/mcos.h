/*
 * mcos.h (nt) - the platform's own half of platform.h for the Windows kernel, NT 4.0 to 11.
 *
 * The kit's types and routines come from <ntddk.h>, or from the header that MEMCHECK_KIT_HEADER
 * names: <ntifs.h>, or one that includes either; <wdm.h> alone declares too little. MEMCHECK_TARGET
 * (memcfg.h) says what may be imported; 0x0400 has nothing in it that is newer than Windows NT 4.0.
 */
#ifndef MC_OS_H
#define MC_OS_H

/* These files call the kit's routines, also where memcheck_replace.h is forced upon every file. */
#define MEMCHECK_IMPLEMENTATION
#ifdef MC_REPLACED
#include "memcheck_replace.h"
#endif

#ifndef MEMCHECK_KIT_HEADER
#define MEMCHECK_KIT_HEADER <ntddk.h>
#endif

/* Vista's kit leaves its own packing behind on i386. */
#ifdef __clang__
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wpragma-pack"
#endif
#pragma pack(push)
#include MEMCHECK_KIT_HEADER
#pragma pack(pop)
#ifdef __clang__
#pragma clang diagnostic pop
#endif
#include <stdarg.h>
#include "memcfg.h"

/* mingw-w64 declares imported data without "import" below this, and the link goes wrong silently.
 * It sets no bound on where the driver runs: what is newer than the target is bound at run time.
 */
#if defined(__MINGW32__) && _WIN32_WINNT < 0x0600
#error "memcheck: with mingw-w64's kit headers compile memcheck.c with -D_WIN32_WINNT=0x0600"
#endif

#if MEMCHECK_TARGET < 0x0500 && defined(_WIN64)
#error "memcheck: MEMCHECK_TARGET 0x0400 (NT 4.0) is for 32-bit builds"
#endif

/* What is imported for the target, the kit's headers must declare. */
#if defined(_WIN32_WINNT) && MEMCHECK_TARGET > _WIN32_WINNT
#error "memcheck: MEMCHECK_TARGET is newer than the kit is set to (_WIN32_WINNT)"
#endif

typedef struct _MC_LOCK {
    KSPIN_LOCK Lock;
} MC_LOCK;

/* The kernel walks the stack of an i386 by frame pointers (stack.c): keep them in all that follows.
 * clang has no such pragma: compile with -fno-omit-frame-pointer there. */
#if defined(__GNUC__) && !defined(__clang__) && !defined(_WIN64)
#pragma GCC optimize("no-omit-frame-pointer")
#elif defined(_MSC_VER) && !defined(__clang__) && !defined(_WIN64)
#pragma optimize("y", off)
#endif

#define MC_HAS_IRPS
#define MC_MODULE_SUFFIX ".sys"
#define MC_POOL_HEADERS  /* bytes before a block may be read, where they are valid */
#define MC_PAGE_SIZE     4096u
#ifdef _WIN64
#define MC_POOL_ALIGNMENT 16u
#else
#define MC_POOL_ALIGNMENT 8u
#endif

#define McOsPublished(Pointer) (Pointer)
#if defined(__GNUC__)
#define McOsFullBarrier()    __sync_synchronize()
#define McOsReleaseBarrier() __atomic_thread_fence(__ATOMIC_RELEASE)
#define McOsAcquireBarrier() __atomic_thread_fence(__ATOMIC_ACQUIRE)
#define McOsReturnAddress()  ((ULONG_PTR)__builtin_return_address(0))
#else
/* No fence that every Microsoft compiler since 13.10 knows: an interlocked operation is one. */
VOID McpNtBarrier(VOID);
#define McOsFullBarrier()    McpNtBarrier()
#define McOsReleaseBarrier() McpNtBarrier()
#define McOsAcquireBarrier() McpNtBarrier()
void *__cdecl _ReturnAddress(void);
#pragma intrinsic(_ReturnAddress)
#define McOsReturnAddress() ((ULONG_PTR)_ReturnAddress())
#endif

#ifdef __GNUC__
#define MC_INLINE static __inline__
#else
#define MC_INLINE static __inline
#endif

#if defined(__GNUC__) || defined(__clang__)
#define MC_MAY_ALIAS __attribute__((may_alias))
#else
#define MC_MAY_ALIAS
#endif

/* Not on i386: processors of Windows 2000 may not know the instruction. The empty statement, or gcc
 * finds that a function of hints does nothing, and leaves out its calls. */
#if (defined(__GNUC__) || defined(__clang__)) && defined(_WIN64)
#define McOsPrefetch(Address)                        \
    (__extension__({                                 \
        __builtin_prefetch((const void *)(Address)); \
        __asm__ __volatile__("");                    \
    }))
#elif defined(_M_AMD64) && defined(PreFetchCacheLine)
#define McOsPrefetch(Address) PreFetchCacheLine(PF_TEMPORAL_LEVEL_1, (PVOID)(Address))
#else
#define McOsPrefetch(Address) ((void)(Address))
#endif

/* Registers of 16 bytes belong to whoever runs, in the kernel of x86-64 as elsewhere. */
#if (defined(__GNUC__) || defined(__clang__)) && (defined(__x86_64__) || defined(_M_AMD64))
#define MC_WIDE __attribute__((vector_size(16), aligned(1), may_alias))
#endif

#endif
