/*
 * sim_types.h - kit types and values that mctypes.h lacks: only those the simulated kernel has
 * routines for. Sizes and values as in the kit's headers.
 */
#ifndef SIM_TYPES_H
#define SIM_TYPES_H

#include "mctypes.h"

#define PAGE_SIZE  4096u
#define PAGE_SHIFT 12

typedef char CCHAR;
typedef CCHAR KPROCESSOR_MODE;
#define KernelMode 0

#ifdef __GNUC__
__extension__
#endif
    typedef union _LARGE_INTEGER {
    struct {
        ULONG LowPart;
        LONG HighPart;
    } u;
    LONGLONG QuadPart;
} LARGE_INTEGER, *PLARGE_INTEGER;

typedef ULONG_PTR KSPIN_LOCK, *PKSPIN_LOCK;

typedef enum _MM_SYSTEMSIZE { MmSmallSystem, MmMediumSystem, MmLargeSystem } MM_SYSTEMSIZE;

typedef enum _EX_POOL_PRIORITY {
    LowPoolPriority = 0,
    LowPoolPrioritySpecialPoolOverrun = 8,
    LowPoolPrioritySpecialPoolUnderrun = 9,
    NormalPoolPriority = 16,
    NormalPoolPrioritySpecialPoolOverrun = 24,
    NormalPoolPrioritySpecialPoolUnderrun = 25,
    HighPoolPriority = 32,
    HighPoolPrioritySpecialPoolOverrun = 40,
    HighPoolPrioritySpecialPoolUnderrun = 41
} EX_POOL_PRIORITY;

#ifndef PROTECTED_POOL
#define PROTECTED_POOL 0x80000000u
#endif
#ifndef POOL_QUOTA_FAIL_INSTEAD_OF_RAISE
#define POOL_QUOTA_FAIL_INSTEAD_OF_RAISE 8
#endif
#ifndef POOL_RAISE_IF_ALLOCATION_FAILURE
#define POOL_RAISE_IF_ALLOCATION_FAILURE 16
#endif
#ifndef POOL_COLD_ALLOCATION
#define POOL_COLD_ALLOCATION 256
#endif

#ifndef STATUS_SUCCESS
#define STATUS_SUCCESS ((NTSTATUS)0)
#endif
#ifndef STATUS_INSUFFICIENT_RESOURCES
#define STATUS_INSUFFICIENT_RESOURCES ((NTSTATUS)0xC000009A)
#endif
#ifndef STATUS_QUOTA_EXCEEDED
#define STATUS_QUOTA_EXCEEDED ((NTSTATUS)0xC0000044)
#endif

#endif
