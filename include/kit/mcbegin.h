/*
 * mcbegin.h - part of the headers in this folder, before the kit's. A header of the kit that comes
 * after another declares routines and defines macros by the replaced names: they must be free. What
 * they were, ours or the driver's, comes back in mcend.h.
 */
#ifdef MC_REPLACED
#include "mcsave.h"
#ifndef MEMCHECK_KEEP_ExAllocatePool
#undef ExAllocatePool
#endif
#ifndef MEMCHECK_KEEP_ExAllocatePoolWithQuota
#undef ExAllocatePoolWithQuota
#endif
#ifndef MEMCHECK_KEEP_ExFreePool
#undef ExFreePool
#endif
#undef ExAllocatePoolWithTag
#undef ExAllocatePoolWithQuotaTag
#undef ExAllocatePoolWithTagPriority
#undef ExAllocatePoolZero
#undef ExAllocatePoolUninitialized
#undef ExAllocatePoolQuotaZero
#undef ExAllocatePoolQuotaUninitialized
#undef ExAllocatePoolPriorityZero
#undef ExAllocatePoolPriorityUninitialized
#undef ExAllocatePool2
#undef ExAllocatePool3
#undef ExFreePoolWithTag
#undef ExFreePool2
#undef RtlFreeUnicodeString
#undef RtlFreeAnsiString
#undef RtlFreeOemString
#undef IofCompleteRequest
#undef IofCallDriver
#endif
#ifdef MEMCHECK_KIT_FOLDER
#define MC_KIT_FILE(Name) <MEMCHECK_KIT_FOLDER/Name>
#elif !defined(__GNUC__) && !defined(__clang__)
#error \
    "memcheck: name the kit's folder: -DMEMCHECK_KIT_FOLDER=../km (Windows 8 on), ../ddk (Vista, 7)"
#endif
