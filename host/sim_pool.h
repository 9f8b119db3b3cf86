/*
 * sim_pool.h - the pool, by the kit's names.
 * Part of sim.h, which has the rules for all.
 */
#ifndef SIM_POOL_H
#define SIM_POOL_H

#include "sim_types.h"

/*
 * The contract, and nothing more: aligned to 8 (32-bit) or 16 (64-bit) bytes and often no better;
 * PAGE_SIZE or more is page-aligned; a request of PAGE_SIZE or less does not cross a page;
 * cache-aligned types are aligned to 64; 0 bytes is a valid request. Nothing of the pool lies
 * between blocks: the byte behind the rounding belongs to the neighbour. Contents are undefined;
 * freed memory keeps its bytes.
 *
 * PoolType: base type, with the bits 8 (quota fail), 16 (raise), 32 (session), 256 (cold, from XP
 * on), 512 (Nx), 1024 (zero: from Vista on taken, from 10 on honoured). Tag: not 0. Result: the
 * block, or NULL where there is no memory or a failure was injected; with raise semantics a failure
 * raises (SimTry). IRQL: nonpaged <= DISPATCH_LEVEL, paged < DISPATCH_LEVEL.
 */
PVOID ExAllocatePool(POOL_TYPE PoolType, SIZE_T NumberOfBytes);
PVOID ExAllocatePoolWithTag(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag);
PVOID ExAllocatePoolWithTagPriority(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag,
                                    EX_POOL_PRIORITY Priority);

/*
 * Raise STATUS_QUOTA_EXCEEDED on failure, unless the type has POOL_QUOTA_FAIL_INSTEAD_OF_RAISE,
 * which is a misuse here before Vista. IRQL: before Vista <= APC_LEVEL, else as above.
 */
PVOID ExAllocatePoolWithQuota(POOL_TYPE PoolType, SIZE_T NumberOfBytes);
PVOID ExAllocatePoolWithQuotaTag(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag);

/*
 * Free a block, the driver's or a foreign one. Tag: 0 means "not given"; else that of the block,
 * bit 31 apart; a block whose tag has bit 31 wants one. IRQL: as at its allocation. Bad P: a
 * misuse.
 */
VOID ExFreePool(PVOID P);
VOID ExFreePoolWithTag(PVOID P, ULONG Tag);

/*
 * From Windows 10 on, else a misuse. Flags: POOL_FLAG_..., one of the three pools among them. The
 * block is filled with zeros unless POOL_FLAG_UNINITIALIZED. Tag 0, 0 bytes, an unknown flag in the
 * low half, not just one pool, an unknown parameter that is not optional: no misuse, these fail.
 * Result: NULL where it fails, for want of quota too; with POOL_FLAG_RAISE_ON_FAILURE it raises.
 * IRQL as above.
 *
 * Secure pool is a mark on the block only: by ExFreePool2 with a parameter of that type alone it
 * can be freed, by its driver.
 */
PVOID ExAllocatePool2(POOL_FLAGS Flags, SIZE_T NumberOfBytes, ULONG Tag);
PVOID ExAllocatePool3(POOL_FLAGS Flags, SIZE_T NumberOfBytes, ULONG Tag,
                      PCPOOL_EXTENDED_PARAMETER ExtendedParameters, ULONG ExtendedParametersCount);

/* ExFreePoolWithTag, from Windows 10 on, else a misuse. */
VOID ExFreePool2(PVOID P, ULONG Tag, PCPOOL_EXTENDED_PARAMETER ExtendedParameters,
                 ULONG ExtendedParametersCount);

/*
 * Free Buffer, as ExFreePool does and with its misuses (a block of the driver or a foreign one;
 * NULL: nothing), and set all fields to 0. At a misuse the string stays as it is. IRQL:
 * PASSIVE_LEVEL.
 */
VOID RtlFreeUnicodeString(PUNICODE_STRING UnicodeString);
VOID RtlFreeAnsiString(PANSI_STRING AnsiString);
VOID RtlFreeOemString(POEM_STRING OemString);

/* The version of SIM_OPTIONS: TRUE (a free build); each pointer may be NULL; CSDVersion: emptied.
 * Any IRQL. */
BOOLEAN PsGetVersion(PULONG MajorVersion, PULONG MinorVersion, PULONG BuildNumber,
                     PUNICODE_STRING CSDVersion);

/* Raise an exception: to the innermost SimTry of this thread, or abort. */
VOID ExRaiseStatus(NTSTATUS Status);

#endif
