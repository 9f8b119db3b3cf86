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

/* ------------------------------------------------------------------------------------ strings */

typedef struct _UNICODE_STRING {
    USHORT Length; /* bytes, as MaximumLength */
    USHORT MaximumLength;
    USHORT *Buffer;
} UNICODE_STRING, *PUNICODE_STRING;

typedef struct _STRING {
    USHORT Length;
    USHORT MaximumLength;
    PCHAR Buffer;
} STRING, ANSI_STRING, OEM_STRING, *PSTRING, *PANSI_STRING, *POEM_STRING;

/* --------------------------------------------------------------------------------------- IRPs */

typedef struct _IO_STATUS_BLOCK {
    NTSTATUS Status;
    ULONG_PTR Information;
} IO_STATUS_BLOCK, *PIO_STATUS_BLOCK;

/* Of an IRP and a device only what the simulated kernel looks at. */
typedef struct _IRP {
    IO_STATUS_BLOCK IoStatus;
    CHAR StackCount;
    CHAR CurrentLocation; /* StackCount + 1 before the first IofCallDriver, which counts it down */
} IRP, *PIRP;

typedef struct _DEVICE_OBJECT DEVICE_OBJECT, *PDEVICE_OBJECT;

struct _DEVICE_OBJECT {
    PVOID DeviceExtension;
    CCHAR StackSize;
    NTSTATUS (*Dispatch)(PDEVICE_OBJECT DeviceObject, PIRP Irp); /* the driver's, for every IRP */
};

#define IO_NO_INCREMENT                  0
#define IoCompleteRequest(Irp, Boost)    IofCompleteRequest(Irp, Boost)
#define IoCallDriver(DeviceObject, Irp)  IofCallDriver(DeviceObject, Irp)
#define IoSkipCurrentIrpStackLocation(P) ((P)->CurrentLocation++)

/* --------------------------------------------------------------------------------------- pool */

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
#ifndef POOL_ZERO_ALLOCATION
#define POOL_ZERO_ALLOCATION 1024
#endif

typedef ULONGLONG POOL_FLAGS;

/* The low half is required: what is unknown there fails. The high half is optional. */
#define POOL_FLAG_USE_QUOTA         ((POOL_FLAGS)0x001)
#define POOL_FLAG_UNINITIALIZED     ((POOL_FLAGS)0x002)
#define POOL_FLAG_SESSION           ((POOL_FLAGS)0x004)
#define POOL_FLAG_CACHE_ALIGNED     ((POOL_FLAGS)0x008)
#define POOL_FLAG_RAISE_ON_FAILURE  ((POOL_FLAGS)0x020)
#define POOL_FLAG_NON_PAGED         ((POOL_FLAGS)0x040)
#define POOL_FLAG_NON_PAGED_EXECUTE ((POOL_FLAGS)0x080)
#define POOL_FLAG_PAGED             ((POOL_FLAGS)0x100)
#define POOL_FLAG_SPECIAL_POOL      ((POOL_FLAGS)1 << 32)

typedef enum _POOL_EXTENDED_PARAMETER_TYPE {
    PoolExtendedParameterInvalidType = 0,
    PoolExtendedParameterPriority = 1,
    PoolExtendedParameterSecurePool = 2,
    PoolExtendedParameterNumaNode = 3
} POOL_EXTENDED_PARAMETER_TYPE;

typedef struct _POOL_EXTENDED_PARAMS_SECURE_POOL {
    HANDLE SecurePoolHandle;
    PVOID Buffer;
    ULONG_PTR Cookie;
    ULONG SecurePoolFlags;
} POOL_EXTENDED_PARAMS_SECURE_POOL;

#ifdef __GNUC__
__extension__
#endif
    typedef struct _POOL_EXTENDED_PARAMETER {
    struct {
        ULONGLONG Type : 8;
        ULONGLONG Optional : 1; /* what is unknown and not optional fails */
        ULONGLONG Reserved : 55;
    };
    union {
        ULONGLONG Reserved2;
        PVOID Reserved3;
        EX_POOL_PRIORITY Priority;
        POOL_EXTENDED_PARAMS_SECURE_POOL *SecurePoolParams;
        ULONG PreferredNode;
    };
} POOL_EXTENDED_PARAMETER, *PPOOL_EXTENDED_PARAMETER;
typedef const POOL_EXTENDED_PARAMETER *PCPOOL_EXTENDED_PARAMETER;

#ifndef STATUS_SUCCESS
#define STATUS_SUCCESS ((NTSTATUS)0)
#endif
#ifndef STATUS_PENDING
#define STATUS_PENDING ((NTSTATUS)0x00000103)
#endif
#ifndef STATUS_INVALID_PARAMETER
#define STATUS_INVALID_PARAMETER ((NTSTATUS)0xC000000D)
#endif
#ifndef STATUS_INSUFFICIENT_RESOURCES
#define STATUS_INSUFFICIENT_RESOURCES ((NTSTATUS)0xC000009A)
#endif
#ifndef STATUS_QUOTA_EXCEEDED
#define STATUS_QUOTA_EXCEEDED ((NTSTATUS)0xC0000044)
#endif

#endif
