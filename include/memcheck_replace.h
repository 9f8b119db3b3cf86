/*
 * memcheck_replace.h - the kit's pool routines, by their own names, go through MemCheck.
 *
 * One of three ways (docs/header.md):
 *   - include it by hand right after the kit's headers, before the driver's own;
 *   - put the folder include/kit first in the include path: its ntddk.h and so on include the
 *     kit's, then this;
 *   - force it upon every file (/FI, -include) with -DMEMCHECK_KIT_HEADER=<ntifs.h>, the kit's
 *     header that the driver includes first.
 * With MEMCHECK_ON undefined nothing is replaced. Blocks are guarded behind only, so the system and
 * other drivers may free them. Parameters, result and IRQL of each name are those of the kit's
 * routine; each argument is evaluated exactly once. A name without "(" (a function pointer) is the
 * kit's routine still.
 *
 * Macros of the driver. What ends in a name below ends in MemCheck, with the driver's tag:
 *   - one defined later takes the place of ours (after #undef, or with -DMEMCHECK_KEEP_ExFreePool
 *     and the like, which leaves that name alone);
 *   - one that is there already stays. But where the kit itself has such a macro nobody can tell
 *     the two apart: ExFreePool is taken, by hand too, since a driver's ExFreePoolWithTag that ends
 *     in ExFreePool would else end in the kit's routine (what is lost is the tag of a free, which
 *     is not reported). ExAllocatePool and ExAllocatePoolWithQuota (macros of the 2003 kit) are
 *     taken in the other two ways only, where no macro of the driver can stand before this.
 * Included again, it defines the names that are free and leaves all others.
 */
#include "memcfg.h"

#ifdef MEMCHECK_IMPLEMENTATION /* MemCheck's own files call the kit's routines */
#ifdef MC_REPLACED             /* this was forced upon one */
#undef MC_REPLACED
#include "kit/mcback.h"
#endif

#else

/* Forced: no header of the kit yet. */
#if defined(MEMCHECK_ON) && defined(MEMCHECK_KIT_HEADER) && !defined(MC_AFTER_KIT) && \
    !defined(_NTDDK_) && !defined(_WDMDDK_) && !defined(_NTIFS_)
#include MEMCHECK_KIT_HEADER
#define MC_AFTER_KIT
#define MC_FORCED
#endif

/* The 2003 kit's ndis.h makes _NTDDK_ without ntddk.h: such a file knows no pool routine. */
#if !defined(_WIN32) || defined(_WDMDDK_) || defined(_NTIFS_) || \
    (defined(_NTDDK_) && defined(POOL_TAGGING))
#define MC_KIT_KNOWN
#elif defined(MEMCHECK_ON) && !defined(MC_AFTER_KIT)
#error "memcheck_replace.h: goes after the kit's header; if forced: -DMEMCHECK_KIT_HEADER=<ntddk.h>"
#endif

#ifdef MC_KIT_KNOWN
#include "memcheck.h"
#endif

#if defined(MC_KIT_KNOWN) && defined(MEMCHECK_ON)

#ifdef VERIFIER_DDK_EXTENSIONS
#error "memcheck_replace.h: the kit's VERIFIER_DDK_EXTENSIONS replaces the same names: undefine it"
#endif

#ifndef MC_REPLACED /* the first time: the kit's own macros go */
#define MC_REPLACED
#include "kit/mcsave.h"
#if defined(_WIN32) && !defined(__MINGW32__) && !defined(MEMCHECK_KEEP_ExFreePool)
#undef ExFreePool
#endif
#if defined(_WIN32) && !defined(__MINGW32__) && defined(MC_AFTER_KIT)
#ifndef MEMCHECK_KEEP_ExAllocatePool
#undef ExAllocatePool
#endif
#ifndef MEMCHECK_KEEP_ExAllocatePoolWithQuota
#undef ExAllocatePoolWithQuota
#endif
#endif
/* Asked for now, since a driver that makes up for an old kit defines some of these later. */
#ifdef POOL_FLAG_REQUIRED_END
#define MC_KIT_HAS_FLAGS
#endif
#endif

#define MC_HERE __FILE__, __LINE__, MC_FUNCTION

#if !defined(ExAllocatePool) && !defined(MEMCHECK_KEEP_ExAllocatePool)
#define ExAllocatePool(PoolType, NumberOfBytes) \
    McAllocateAs(McExAllocatePool, (PoolType), (NumberOfBytes), 0, 0, MC_HERE)
#endif
#if !defined(ExAllocatePoolWithTag) && !defined(MEMCHECK_KEEP_ExAllocatePoolWithTag)
#define ExAllocatePoolWithTag(PoolType, NumberOfBytes, Tag) \
    McAllocateAs(McExAllocatePoolWithTag, (PoolType), (NumberOfBytes), (Tag), 0, MC_HERE)
#endif
#if !defined(ExAllocatePoolWithQuota) && !defined(MEMCHECK_KEEP_ExAllocatePoolWithQuota)
#define ExAllocatePoolWithQuota(PoolType, NumberOfBytes) \
    McAllocateAs(McExAllocatePoolWithQuota, (PoolType), (NumberOfBytes), 0, 0, MC_HERE)
#endif
#if !defined(ExAllocatePoolWithQuotaTag) && !defined(MEMCHECK_KEEP_ExAllocatePoolWithQuotaTag)
#define ExAllocatePoolWithQuotaTag(PoolType, NumberOfBytes, Tag) \
    McAllocateAs(McExAllocatePoolWithQuotaTag, (PoolType), (NumberOfBytes), (Tag), 0, MC_HERE)
#endif
#if !defined(ExAllocatePoolWithTagPriority) && !defined(MEMCHECK_KEEP_ExAllocatePoolWithTagPriority)
#define ExAllocatePoolWithTagPriority(PoolType, NumberOfBytes, Tag, Priority)                     \
    McAllocateAs(McExAllocatePoolWithTagPriority, (PoolType), (NumberOfBytes), (Tag), (Priority), \
                 MC_HERE)
#endif
#if !defined(ExFreePool) && !defined(MEMCHECK_KEEP_ExFreePool)
#define ExFreePool(P) McFreeAs(McExFreePool, (P), 0, 0, 0, MC_HERE)
#endif
#if !defined(ExFreePoolWithTag) && !defined(MEMCHECK_KEEP_ExFreePoolWithTag)
#define ExFreePoolWithTag(P, Tag) McFreeAs(McExFreePoolWithTag, (P), (Tag), 0, 0, MC_HERE)
#endif
#if !defined(RtlFreeUnicodeString) && !defined(MEMCHECK_KEEP_RtlFreeUnicodeString)
#define RtlFreeUnicodeString(String) McFreeStringAs(McRtlFreeUnicodeString, (String), MC_HERE)
#endif
#if !defined(RtlFreeAnsiString) && !defined(MEMCHECK_KEEP_RtlFreeAnsiString)
#define RtlFreeAnsiString(String) McFreeStringAs(McRtlFreeAnsiString, (String), MC_HERE)
#endif
#if !defined(RtlFreeOemString) && !defined(MEMCHECK_KEEP_RtlFreeOemString)
#define RtlFreeOemString(String) McFreeStringAs(McRtlFreeOemString, (String), MC_HERE)
#endif

/* Since the kit of Windows 10, version 2004; the first six are inline functions there. */
#ifdef MC_KIT_HAS_FLAGS
#if !defined(ExAllocatePoolZero) && !defined(MEMCHECK_KEEP_ExAllocatePoolZero)
#define ExAllocatePoolZero(PoolType, NumberOfBytes, Tag) \
    McAllocateAs(McExAllocatePoolZero, (PoolType), (NumberOfBytes), (Tag), 0, MC_HERE)
#endif
#if !defined(ExAllocatePoolUninitialized) && !defined(MEMCHECK_KEEP_ExAllocatePoolUninitialized)
#define ExAllocatePoolUninitialized(PoolType, NumberOfBytes, Tag) \
    McAllocateAs(McExAllocatePoolUninitialized, (PoolType), (NumberOfBytes), (Tag), 0, MC_HERE)
#endif
#if !defined(ExAllocatePoolQuotaZero) && !defined(MEMCHECK_KEEP_ExAllocatePoolQuotaZero)
#define ExAllocatePoolQuotaZero(PoolType, NumberOfBytes, Tag) \
    McAllocateAs(McExAllocatePoolQuotaZero, (PoolType), (NumberOfBytes), (Tag), 0, MC_HERE)
#endif
#if !defined(ExAllocatePoolQuotaUninitialized) && \
    !defined(MEMCHECK_KEEP_ExAllocatePoolQuotaUninitialized)
#define ExAllocatePoolQuotaUninitialized(PoolType, NumberOfBytes, Tag) \
    McAllocateAs(McExAllocatePoolQuotaUninitialized, (PoolType), (NumberOfBytes), (Tag), 0, MC_HERE)
#endif
#if !defined(ExAllocatePoolPriorityZero) && !defined(MEMCHECK_KEEP_ExAllocatePoolPriorityZero)
#define ExAllocatePoolPriorityZero(PoolType, NumberOfBytes, Tag, Priority)                     \
    McAllocateAs(McExAllocatePoolPriorityZero, (PoolType), (NumberOfBytes), (Tag), (Priority), \
                 MC_HERE)
#endif
#if !defined(ExAllocatePoolPriorityUninitialized) && \
    !defined(MEMCHECK_KEEP_ExAllocatePoolPriorityUninitialized)
#define ExAllocatePoolPriorityUninitialized(PoolType, NumberOfBytes, Tag, Priority)         \
    McAllocateAs(McExAllocatePoolPriorityUninitialized, (PoolType), (NumberOfBytes), (Tag), \
                 (Priority), MC_HERE)
#endif
#if !defined(ExAllocatePool2) && !defined(MEMCHECK_KEEP_ExAllocatePool2)
#define ExAllocatePool2(Flags, NumberOfBytes, Tag) \
    McAllocateFlagsAs(McExAllocatePool2, (Flags), (NumberOfBytes), (Tag), 0, 0, MC_HERE)
#endif
#if !defined(ExAllocatePool3) && !defined(MEMCHECK_KEEP_ExAllocatePool3)
#define ExAllocatePool3(Flags, NumberOfBytes, Tag, Parameters, ParameterCount)          \
    McAllocateFlagsAs(McExAllocatePool3, (Flags), (NumberOfBytes), (Tag), (Parameters), \
                      (ParameterCount), MC_HERE)
#endif
#if !defined(ExFreePool2) && !defined(MEMCHECK_KEEP_ExFreePool2)
#define ExFreePool2(P, Tag, Parameters, ParameterCount) \
    McFreeAs(McExFreePool2, (P), (Tag), (Parameters), (ParameterCount), MC_HERE)
#endif
#endif

/* IoCompleteRequest and IoCallDriver are macros of the kit that end in these. A block handed to
 * another driver in an answer (Irp->IoStatus.Information) is seen here. */
#if !defined(IofCompleteRequest) && !defined(MEMCHECK_KEEP_IofCompleteRequest)
#define IofCompleteRequest(Irp, PriorityBoost) McCompleteRequestAs((Irp), (PriorityBoost), MC_HERE)
#endif
#if !defined(IofCallDriver) && !defined(MEMCHECK_KEEP_IofCallDriver)
#define IofCallDriver(DeviceObject, Irp) McCallDriverAs((DeviceObject), (Irp), MC_HERE)
#endif

#endif

#undef MC_KIT_KNOWN
#ifdef MC_FORCED
#undef MC_FORCED
#undef MC_AFTER_KIT
#endif

#endif
