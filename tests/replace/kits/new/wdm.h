/* wdm.h - as in the kits from Windows 10, version 2004 on: POOL_FLAGS, and inline functions over
 * the old routines. With POOL_NX_OPTIN more names are macros. */
#ifndef _WDMDDK_
#define _WDMDDK_
#ifndef _NTDDK_
#define _WDM_INCLUDED_
#define _NTDDK_
#endif
#include "../types.h"
#include "../routines.h"
typedef unsigned long long POOL_FLAGS;
typedef struct _POOL_EXTENDED_PARAMETER {
    ULONGLONG Type;
} POOL_EXTENDED_PARAMETER;
typedef const POOL_EXTENDED_PARAMETER *PCPOOL_EXTENDED_PARAMETER;
#define POOL_FLAG_NON_PAGED    0x40ull
#define POOL_FLAG_REQUIRED_END 0x80000000ull
NTKERNELAPI PVOID NTAPI ExAllocatePool2(POOL_FLAGS Flags, SIZE_T NumberOfBytes, ULONG Tag);
NTKERNELAPI PVOID NTAPI ExAllocatePool3(POOL_FLAGS Flags, SIZE_T NumberOfBytes, ULONG Tag,
                                        PCPOOL_EXTENDED_PARAMETER Parameters, ULONG Count);
NTKERNELAPI VOID NTAPI ExFreePool2(PVOID P, ULONG Tag, PCPOOL_EXTENDED_PARAMETER Parameters,
                                   ULONG Count);
#define KIT_INLINE(Name, Calls)                                                       \
    static __inline PVOID NTAPI Name(POOL_TYPE Type, SIZE_T NumberOfBytes, ULONG Tag) \
    {                                                                                 \
        return Calls(Type, NumberOfBytes, Tag);                                       \
    }
KIT_INLINE(ExAllocatePoolZero, ExAllocatePoolWithTag)
KIT_INLINE(ExAllocatePoolUninitialized, ExAllocatePoolWithTag)
KIT_INLINE(ExAllocatePoolQuotaZero, ExAllocatePoolWithQuotaTag)
KIT_INLINE(ExAllocatePoolQuotaUninitialized, ExAllocatePoolWithQuotaTag)
#define KIT_INLINE_PRIORITY(Name)                                                     \
    static __inline PVOID NTAPI Name(POOL_TYPE Type, SIZE_T NumberOfBytes, ULONG Tag, \
                                     EX_POOL_PRIORITY Priority)                       \
    {                                                                                 \
        return ExAllocatePoolWithTagPriority(Type, NumberOfBytes, Tag, Priority);     \
    }
KIT_INLINE_PRIORITY(ExAllocatePoolPriorityZero)
KIT_INLINE_PRIORITY(ExAllocatePoolPriorityUninitialized)
#ifdef POOL_NX_OPTIN
extern POOL_TYPE ExDefaultNonPagedPoolType;
#define NonPagedPool                          ExDefaultNonPagedPoolType
#define ExInitializeNPagedLookasideList(a, b) KitInitializeNxLookaside(a, b)
#endif
#endif
