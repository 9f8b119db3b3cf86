/*
 * mctypes.h - the kit's types, where there is no kit.
 *
 * A driver never sees this file's contents: there the driver kit's headers have the types. On a
 * host (unit tests, the simulated kernel) memcheck.h includes it, so that the same code compiles.
 * Sizes are those of the kit: ULONG has 32 bits everywhere, SIZE_T the width of a pointer.
 */
#ifndef MCTYPES_H
#define MCTYPES_H

#ifdef _WIN32
#error "mctypes.h is for hosts; a driver includes the driver kit's header (ntddk.h, wdm.h) instead"
#endif

#include <stddef.h>

typedef void *PVOID, *HANDLE;
typedef char CHAR, *PCHAR;
typedef const char *PCSTR;
typedef unsigned char UCHAR, *PUCHAR, BOOLEAN, KIRQL, *PKIRQL;
typedef unsigned short USHORT;
typedef int LONG, *PLONG, NTSTATUS;
typedef unsigned int ULONG, *PULONG;
__extension__ typedef long long LONGLONG;
__extension__ typedef unsigned long long ULONGLONG;
typedef size_t SIZE_T, ULONG_PTR;
typedef ptrdiff_t LONG_PTR;

#define VOID  void
#define NTAPI /* the host has one calling convention */
#define TRUE  1
#define FALSE 0

#define PASSIVE_LEVEL  0
#define APC_LEVEL      1
#define DISPATCH_LEVEL 2
#if defined(__x86_64__) || defined(__aarch64__)
#define HIGH_LEVEL 15
#else
#define HIGH_LEVEL 31
#endif

/* Values as in wdm.h of every kit. */
typedef enum _POOL_TYPE {
    NonPagedPool = 0,
    PagedPool = 1,
    NonPagedPoolMustSucceed = 2,
    DontUseThisType = 3,
    NonPagedPoolCacheAligned = 4,
    PagedPoolCacheAligned = 5,
    NonPagedPoolCacheAlignedMustS = 6,
    NonPagedPoolNx = 512,
    NonPagedPoolNxCacheAligned = 516
} POOL_TYPE;

#endif
