/*
 * mcroutines.h - the kit's pool routines that MemCheck stands in for: one table, a row each.
 *
 * Needs nothing of the kit, so that src/link can read it too. What each column is:
 *
 *   ROW(Name, Shape, Adds, DoneBy, Since)
 *
 *   Shape    the parameters:
 *              Type            (PoolType, NumberOfBytes)
 *              TypeTag         (PoolType, NumberOfBytes, Tag)
 *              TypePriority    (PoolType, NumberOfBytes, Tag, Priority)
 *              Flags           (Flags, NumberOfBytes, Tag)
 *              FlagsExtended   (Flags, NumberOfBytes, Tag, Parameters, ParameterCount)
 *              Free            (P)
 *              FreeTag         (P, Tag)
 *              FreeExtended    (P, Tag, Parameters, ParameterCount)
 *              String          (String), whose Buffer is freed and whose fields are cleared
 *   Adds     attributes that the routine has whatever its parameters say
 *   DoneBy   the routine that asks the pool: itself, or for an inline function of the kit the one
 *            that it calls
 *   Since    the first version of the kernel that exports DoneBy, as _WIN32_WINNT counts (the kits'
 *            import libraries from Windows 2000 on; the documentation for what is newer)
 *
 * A routine more is a row here, and a macro in memcheck_replace.h: docs/extending.md.
 */
#ifndef MCROUTINES_H
#define MCROUTINES_H

/* What a request is, whichever way the routine's parameters say it. */
#define MC_PAGED         0x001u
#define MC_CACHE_ALIGNED 0x002u
#define MC_NX            0x004u
#define MC_ZEROED        0x008u
#define MC_RAISES        0x010u /* a failure is raised */
#define MC_QUOTA         0x020u
#define MC_QUOTA_QUIET   0x040u /* a failure of quota gives NULL */
#define MC_MUST_SUCCEED  0x080u
#define MC_UNTRACKED     0x100u /* not MemCheck's to keep: session, secure, special, unknown bits */
#define MC_FOR_SYSTEM    0x200u /* asked for by MEM_ALLOCATE_FOR_SYSTEM: the system frees it */
#define MC_BY_FLAGS      0x400u /* the request has POOL_FLAGS, not a POOL_TYPE */

#define MC_ROUTINE_TABLE(ROW)                                                                    \
    ROW(ExAllocatePool, Type, 0, ExAllocatePool, 0x0400)                                         \
    ROW(ExAllocatePoolWithTag, TypeTag, 0, ExAllocatePoolWithTag, 0x0400)                        \
    ROW(ExAllocatePoolWithQuota, Type, MC_QUOTA, ExAllocatePoolWithQuota, 0x0400)                \
    ROW(ExAllocatePoolWithQuotaTag, TypeTag, MC_QUOTA, ExAllocatePoolWithQuotaTag, 0x0400)       \
    ROW(ExAllocatePoolWithTagPriority, TypePriority, 0, ExAllocatePoolWithTagPriority, 0x0500)   \
    ROW(ExAllocatePoolZero, TypeTag, MC_ZEROED, ExAllocatePoolWithTag, 0x0400)                   \
    ROW(ExAllocatePoolUninitialized, TypeTag, 0, ExAllocatePoolWithTag, 0x0400)                  \
    ROW(ExAllocatePoolQuotaZero, TypeTag, MC_QUOTA | MC_ZEROED, ExAllocatePoolWithQuotaTag,      \
        0x0400)                                                                                  \
    ROW(ExAllocatePoolQuotaUninitialized, TypeTag, MC_QUOTA, ExAllocatePoolWithQuotaTag, 0x0400) \
    ROW(ExAllocatePoolPriorityZero, TypePriority, MC_ZEROED, ExAllocatePoolWithTagPriority,      \
        0x0500)                                                                                  \
    ROW(ExAllocatePoolPriorityUninitialized, TypePriority, 0, ExAllocatePoolWithTagPriority,     \
        0x0500)                                                                                  \
    ROW(ExAllocatePool2, Flags, 0, ExAllocatePool2, 0x0A00)                                      \
    ROW(ExAllocatePool3, FlagsExtended, 0, ExAllocatePool3, 0x0A00)                              \
    ROW(ExFreePool, Free, 0, ExFreePool, 0x0400)                                                 \
    ROW(ExFreePoolWithTag, FreeTag, 0, ExFreePoolWithTag, 0x0500)                                \
    ROW(ExFreePool2, FreeExtended, 0, ExFreePool2, 0x0A00)                                       \
    ROW(RtlFreeUnicodeString, String, 0, RtlFreeUnicodeString, 0x0400)                           \
    ROW(RtlFreeAnsiString, String, 0, RtlFreeAnsiString, 0x0400)                                 \
    ROW(RtlFreeOemString, String, 0, RtlFreeOemString, 0x0400)

/* Their numbers: McExAllocatePool and so on. Only # and ## touch a name, so that a macro of the kit
 * or the driver with that name does no harm. */
#define MC_ROUTINE_NUMBER(Name, Shape, Adds, DoneBy, Since) Mc##Name,
typedef enum _MC_ROUTINE {
    McNoRoutine,
    MC_ROUTINE_TABLE(MC_ROUTINE_NUMBER) McIofCompleteRequest, /* not of the pool, but seen */
    McIofCallDriver,
    McRoutines
} MC_ROUTINE;

#endif
