/*
 * sim.h - a simulated Windows kernel for tests, stricter than the real one.
 *
 * What a driver calls has the kit's name, parameters and values here; what a test orders has the
 * prefix Sim. The simulation keeps the kit's contract and nothing more: where the real kernel would
 * bug check sooner or later, this one aborts at once (message on stderr, then abort()).
 *
 *     SimStart(NULL);                        the calling thread becomes a simulated thread
 *     P = ExAllocatePoolWithTag(...);        driver code
 *     assert_true(SimPoolReset());           nothing is left over
 *     SimStop();
 *
 * Rules that hold for everything below:
 * - Kit routines are called by a simulated thread: the one that called SimStart, or one made by
 *   SimThreadCreate. Others abort. Sim routines too, but for those that order or observe the pool.
 * - "IRQL:" says at which level a routine may be called; elsewhere it is a misuse, which aborts
 *   unless the test expects it (SimExpectMisuse).
 * - A kit call made below DISPATCH_LEVEL is a *call point*: a queued DPC runs there, and with
 *   SIM_ONE_CPU another thread may run there.
 *
 * Addresses. The program is no kernel, so its image, stacks, heap and libraries cannot all lie
 * above MmSystemRangeStart. What holds: 32-bit:  image and heap < MmSystemRangeStart == 0x80000000
 * <= pool < libraries, stacks 64-bit:  image and heap < MmSystemRangeStart <= pool < libraries,
 * stacks so an address below MmSystemRangeStart is never pool, and the program's image and malloc
 * heap (but for malloc's large blocks, which mmap gives) are below it. Stacks are above:
 * IoGetStackLimits tells the caller's. SimIsPool and SimIsPaged know for certain. Where a 32-bit
 * program is started with an odd memory layout and the place is taken, other places are tried,
 * MmSystemRangeStart is always the start of the lower arena.
 */
#ifndef SIM_H
#define SIM_H

#include <stdarg.h>
#include "sim_types.h"

/* ---------------------------------------------------------------------------- start and stop */

typedef enum _SIM_THREADING {
    SIM_PARALLEL, /* real threads in parallel, each on its simulated CPU */
    SIM_ONE_CPU   /* one CPU: one thread at a time, switches at call points below DISPATCH_LEVEL */
} SIM_THREADING;

typedef enum _SIM_PLACEMENT {
    SIM_PACKED,       /* blocks side by side, as a pool does */
    SIM_END_AT_GUARD, /* each block ends at an inaccessible page, as near as its alignment allows */
    SIM_START_AT_GUARD /* each block starts right behind an inaccessible page */
} SIM_PLACEMENT;

typedef enum _SIM_REUSE {
    SIM_REUSE_AT_ONCE, /* the last freed address that fits is handed out first */
    SIM_REUSE_NEVER    /* an address that is freed from now on is not handed out again */
} SIM_REUSE;

/*
 * Which Windows it is. What a kit of that time names is taken, with what it means there; anything
 * else is a misuse. Two exceptions: raise-on-failure is taken everywhere, as file systems have
 * always used it; and SIM_WINDOWS_XP, the default, takes Nx, and the quota-fail bit in routines
 * without quota, where neither means anything, so that a test of types need not choose.
 */
typedef enum _SIM_WINDOWS {
    SIM_WINDOWS_XP,    /* 5.1 */
    SIM_WINDOWS_2000,  /* 5.0: a must-succeed request of up to a page is valid, and never fails */
    SIM_WINDOWS_VISTA, /* 6.0: quota-fail; quota routines at DISPATCH_LEVEL */
    SIM_WINDOWS_8,     /* 6.2: Nx */
    SIM_WINDOWS_10     /* 10.0, version 2004 and later: POOL_FLAGS, zeroing */
} SIM_WINDOWS;

#define SIM_NO_WATCHDOG  0xFFFFFFFFu
#define SIM_PAGING_NEVER 0xFFFFFFFFu

/* All members 0 (or SimStart(NULL)) are the defaults. */
typedef struct _SIM_OPTIONS {
    SIM_THREADING Threading;
    SIM_PLACEMENT Placement;
    SIM_REUSE Reuse;
    SIM_WINDOWS Windows;
    MM_SYSTEMSIZE SystemSize;
    ULONG Processors;       /* simulated CPUs, 1 to 64; 0: 4. SIM_ONE_CPU: always 1 */
    ULONG Seed;             /* SIM_ONE_CPU: which thread runs next; same seed, same run */
    ULONG SwitchEvery;      /* SIM_ONE_CPU: one call point in so many switches; 0: 4, 1: each */
    ULONG WatchdogSeconds;  /* real seconds until a hang aborts; 0: 60; SIM_NO_WATCHDOG: never */
    ULONG PagingEvery;      /* one raise in so many makes paged memory inaccessible; 0, 1: each */
    BOOLEAN FreezeClock;    /* the clock moves by SimAdvanceTime and by delays only */
    BOOLEAN AllLocksStrict; /* every spin lock is strict, see SimSetLockStrict */
    BOOLEAN
    UnmapFreePages;    /* freed blocks of whole pages are inaccessible until handed out again */
    BOOLEAN ZeroFresh; /* memory never handed out before reads 0; default: garbage, 0xC7 */
    BOOLEAN Echo;      /* DbgPrint text also goes to stdout */
} SIM_OPTIONS;

/*
 * SimStart - start the simulated kernel; the caller becomes its first thread, at PASSIVE_LEVEL.
 * Options: NULL for the defaults. Aborts when it runs already or an option is out of range.
 * Takes over SIGSEGV and (with a watchdog) SIGALRM until SimStop; SIGSEGV again whenever memory
 * becomes inaccessible, as test frameworks take it too.
 */
void SimStart(const SIM_OPTIONS *Options);

/*
 * SimStop - end it: pool memory, captured text and counters are gone, signal handlers as before.
 * Called by the thread that called SimStart, at PASSIVE_LEVEL, when every other thread has been
 * joined; else aborts. Does not judge what is left in the pool: call SimPoolReset before. An
 * expected misuse that never came aborts.
 */
void SimStop(void);

/* SimRunning - TRUE between SimStart and SimStop. Any thread, any IRQL. */
BOOLEAN SimRunning(void);

/* ------------------------------------------------------------------------------------ misuse */

typedef enum _SIM_MISUSE {
    SIM_MISUSE_NONE,
    SIM_MISUSE_FREE_UNKNOWN,   /* free of a pointer that the pool did not hand out, NULL included */
    SIM_MISUSE_FREE_INTERIOR,  /* free of an address inside a live block */
    SIM_MISUSE_FREE_TWICE,     /* second free, the address not handed out again since */
    SIM_MISUSE_WRONG_TAG,      /* free with a tag, not 0, that differs (bit 31 apart) */
    SIM_MISUSE_PROTECTED_TAG,  /* free without a tag of a block whose tag has bit 31 */
    SIM_MISUSE_ZERO_TAG,       /* allocation with tag 0 */
    SIM_MISUSE_BAD_TYPE,       /* a pool type, or a bit in it, that this Windows does not have */
    SIM_MISUSE_MUST_SUCCEED,   /* must-succeed from XP on; above a page on 2000 */
    SIM_MISUSE_PAGED_IRQL,     /* paged allocation or free at DISPATCH_LEVEL or above */
    SIM_MISUSE_IRQL,           /* a routine above the IRQL it may be called at */
    SIM_MISUSE_RAISE_LOWER,    /* KeRaiseIrql to a lower level, KeLowerIrql to a higher one */
    SIM_MISUSE_LOCK_RECURSIVE, /* a thread acquires a spin lock that it holds */
    SIM_MISUSE_LOCK_OWNER,     /* release of a spin lock by a thread that does not hold it */
    SIM_MISUSE_LOCK_ORDER,     /* lock acquired while a strict one is held, or one of the same or a
                                  higher level */
    SIM_MISUSE_LOCK_HELD,      /* IRQL lowered below DISPATCH_LEVEL, or thread ends, with a lock */
    SIM_MISUSE_UNDER_LOCK,     /* pool call, print, delay or raise while holding a strict lock */
    SIM_MISUSE_FORMAT,         /* DbgPrint conversion that is PASSIVE only, or unknown to kernels */
    SIM_MISUSE_BREAKPOINT,     /* breakpoint with no debugger: a bug check */
    SIM_MISUSE_NO_ROUTINE,     /* a routine that this Windows does not export */
    SIM_MISUSE_SECURE_POOL,    /* ExFreePool2: parameters that do not fit the block; secure pool
                                  otherwise */
    SIM_MISUSE_IRP,            /* an IRP completed twice, or used after its completion; pending */
    SIM_MISUSE_KINDS           /* not a kind: how many there are */
} SIM_MISUSE;

/*
 * SimExpectMisuse - the test expects one misuse of this kind, by whichever thread.
 * When it comes it is recorded, the state of the kernel stays as it was, and the routine returns
 * (NULL for an allocation). Another kind, or a second one, aborts. SIM_MISUSE_NONE takes the
 * expectation back. Any IRQL.
 */
void SimExpectMisuse(SIM_MISUSE Kind);

/* SimMisuseSeen - TRUE when the misuse last expected has come. Any IRQL. */
BOOLEAN SimMisuseSeen(void);

/* SimMisuseText - the message of the misuse that came last as expected, "" if none. */
PCSTR SimMisuseText(void);

/*
 * SimAborts - does Routine() abort, and say Text on stderr? It runs in a child process, so the
 * caller goes on; usually it calls SimStart itself. Called between SimStart and SimStop, the child
 * continues with a copy of the simulated kernel, in which only the calling thread is left
 * (SIM_PARALLEL only). Result: TRUE when it ended by SIGABRT and its stderr contains Text; else
 * FALSE, and what happened instead is on stderr. A child that hangs ends after 60 s, or when a
 * watchdog started by it says so.
 */
BOOLEAN SimAborts(void (*Routine)(void), PCSTR Text);

/* --------------------------------------------------------------------------- pool: kit names */

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

/* ------------------------------------------------------------------ pool: what a test orders */

/*
 * SimForeignAllocate - another owner takes a block. Same rules as ExAllocatePoolWithTag with tag
 * 'Frgn'; failures are never injected. Result: NULL only when the arena is full.
 */
PVOID SimForeignAllocate(POOL_TYPE PoolType, SIZE_T NumberOfBytes);
PVOID SimForeignAllocateTag(POOL_TYPE PoolType, SIZE_T NumberOfBytes,
                            ULONG Tag); /* with this tag */

/* SimForeignFree - the other owner frees its block. A block of the driver aborts. */
void SimForeignFree(PVOID P);

/* SimSystemFree - the system frees a block that the driver allocated, whatever its tag. */
void SimSystemFree(PVOID P);

/*
 * SimPlaceNext - the next successful request of either owner goes to exactly P, if these bytes are
 * free, in one small page (or are free whole pages), and the contract allows P for the request's
 * size and type; if not, that request aborts, so that a test never proves nothing. For tests that
 * need a block to overlap where others were. SIM_PACKED only; NULL takes the order back.
 */
void SimPlaceNext(PVOID P);

/* SimPoolPlacement, SimPoolReuse - change the option of that name for requests and frees to come.
 */
void SimPoolPlacement(SIM_PLACEMENT Placement);
void SimPoolReuse(SIM_REUSE Reuse);

typedef enum _SIM_OWNER { SIM_DRIVER, SIM_FOREIGN, SIM_OWNERS } SIM_OWNER;

typedef enum _SIM_ROUTINE {
    SIM_ALLOCATE,          /* ExAllocatePool */
    SIM_ALLOCATE_TAG,      /* ExAllocatePoolWithTag */
    SIM_ALLOCATE_QUOTA,    /* ExAllocatePoolWithQuota, ExAllocatePoolWithQuotaTag */
    SIM_ALLOCATE_PRIORITY, /* ExAllocatePoolWithTagPriority */
    SIM_ALLOCATE_POOL2,    /* ExAllocatePool2 */
    SIM_ALLOCATE_POOL3,    /* ExAllocatePool3 */
    SIM_ALLOCATE_FOREIGN,  /* SimForeignAllocate, SimForeignAllocateTag; an IRP of SimIrpCreate */
    SIM_FREE,              /* ExFreePool */
    SIM_FREE_TAG,          /* ExFreePoolWithTag */
    SIM_FREE_POOL2,        /* ExFreePool2 */
    SIM_FREE_STRING,       /* RtlFreeUnicodeString, RtlFreeAnsiString, RtlFreeOemString */
    SIM_FREE_INFORMATION,  /* the system, of a completed IRP's IoStatus.Information */
    SIM_FREE_FOREIGN,      /* SimForeignFree; an IRP that is completed */
    SIM_FREE_SYSTEM,       /* SimSystemFree */
    SIM_ROUTINES
} SIM_ROUTINE;

/* One call of the pool. Of a free: Result is the pointer given, Type and Size are the block's. */
typedef struct _SIM_REQUEST {
    ULONGLONG Sequence; /* 1 is the first since SimStart */
    SIM_ROUTINE Routine;
    ULONG Type;      /* allocation: as given, with all bits; or the low half of POOL_FLAGS */
    ULONG FlagsHigh; /* the high half of POOL_FLAGS */
    SIZE_T Size;     /* bytes, as given */
    ULONG Tag;       /* as given; ExAllocatePool: 'None', ExFreePool: 0 */
    ULONG Priority;  /* ExAllocatePoolWithTagPriority: as given */
    const VOID *Parameters;
    ULONG ParameterCount; /* ExAllocatePool3, ExFreePool2: as given */
    PVOID Result;         /* NULL: failed, or an expected misuse */
    HANDLE Thread;        /* as PsGetCurrentThreadId */
    KIRQL Irql;
    BOOLEAN Injected; /* failed by injection */
    BOOLEAN Misuse;   /* an expected misuse */
} SIM_REQUEST;

#define SIM_REQUESTS_KEPT 256

/*
 * SimPoolRequests - copy the last calls of the pool, oldest first. Requests: room for Count of
 * them. Result: how many were copied, at most SIM_REQUESTS_KEPT. Any IRQL.
 */
ULONG SimPoolRequests(SIM_REQUEST *Requests, ULONG Count);

/* SimPoolLast - the last call of this routine that is still kept; FALSE (zeroed) when none. */
BOOLEAN SimPoolLast(SIM_ROUTINE Routine, SIM_REQUEST *Request);

/* SimPoolCalls - calls of this routine since SimStart or SimPoolReset, failed ones included. */
ULONGLONG SimPoolCalls(SIM_ROUTINE Routine);

/* One live raw block. */
typedef struct _SIM_BLOCK {
    PVOID Start;
    SIZE_T Size; /* bytes, as requested */
    ULONG Type;  /* as given; by POOL_FLAGS: the POOL_TYPE that says the same of the memory */
    ULONG Tag;
    SIM_OWNER Owner;
    ULONGLONG Sequence; /* of its request */
} SIM_BLOCK;

/*
 * SimPoolFind - the live raw block that contains P, or starts at it (a block of 0 bytes contains
 * its start). The pool's own rounding belongs to no block. Block: may be NULL. FALSE when there is
 * none.
 */
BOOLEAN SimPoolFind(PVOID P, SIM_BLOCK *Block);

/* SimPoolOutstanding - live blocks of this owner; Bytes (may be NULL): their sizes as requested. */
SIZE_T SimPoolOutstanding(SIM_OWNER Owner, SIZE_T *Bytes);

/* SimPoolEach - call Routine for each live raw block, by address. No pool call from Routine. */
void SimPoolEach(void (*Routine)(const SIM_BLOCK *Block, PVOID Context), PVOID Context);

/*
 * SimPoolReset - verify that every block was freed, and empty the pool, its counters, orders and
 * injections. Result: TRUE when nothing was outstanding; else each block (the first 20) is named on
 * stderr. IRQL: PASSIVE_LEVEL, all other threads joined or at rest.
 */
BOOLEAN SimPoolReset(void);

/* ------------------------------------------------------------------- pool: failures to order */

/*
 * Failures are injected into the driver's requests, not into foreign ones nor into must-succeed.
 * N counts requests from this call on, 1 is the next. Each order is kept beside the others; a
 * request fails when one of them says so. SimFailNone takes all back. Any IRQL.
 */
void SimFailNth(ULONG N);         /* the Nth, once; 0: none */
void SimFailFrom(ULONG N);        /* the Nth and all after it; 0: none */
void SimFailEvery(ULONG N);       /* each Nth; 1: all; 0: none */
void SimFailLarger(SIZE_T Bytes); /* all that are larger than so many bytes; (SIZE_T)-1: none */
void SimFailTag(ULONG Tag);       /* all with this tag; 0: none */
void SimFailOnlyTag(ULONG Tag); /* all orders count and fail requests with this tag only; 0: any */
void SimFailNone(void);

/*
 * SimFailWhen - ask Routine about each request (Result not yet set): TRUE fails it. It is called
 * with the pool locked: no kit call from it. NULL: nobody is asked.
 */
void SimFailWhen(BOOLEAN (*Routine)(const SIM_REQUEST *Request, PVOID Context), PVOID Context);

/* SimFailures - requests that failed by injection since SimStart or SimPoolReset. */
ULONGLONG SimFailures(void);

/*
 * SimTry - what try/except is in a driver: calls Routine; result STATUS_SUCCESS when it returns,
 * else the status raised inside (a pool request with raise semantics, ExRaiseStatus). Nests, per
 * thread. As in the kernel, IRQL and locks stay as they were where the exception was raised. A
 * raise in a DPC does not reach the SimTry of the thread it interrupts.
 */
NTSTATUS SimTry(void (*Routine)(PVOID Context), PVOID Context);

/* -------------------------------------------------------------------------------------- IRPs */

/*
 * IofCompleteRequest - the driver is done with the IRP, which it must not touch again: its memory
 * is freed, after what SimIrpFreesInformation ordered; what was in it SimIrpCompleted tells. At
 * DISPATCH_LEVEL that waits until this thread is below it, as the sender of an IRP runs there.
 * IofCallDriver - counts CurrentLocation down, and gives what Dispatch of the device gives; with no
 * location left it is a misuse, and gives STATUS_INVALID_PARAMETER.
 * An IRP that is not there, or completed with STATUS_PENDING: a misuse. IRQL: <= DISPATCH_LEVEL.
 */
VOID IofCompleteRequest(PIRP Irp, CCHAR PriorityBoost);
NTSTATUS IofCallDriver(PDEVICE_OBJECT DeviceObject, PIRP Irp);

/*
 * SimIrpCreate - the system makes an IRP for devices of up to so many locations, all else 0: a
 * foreign block of nonpaged pool with tag 'Irp ', so that one that is never completed is left over.
 * At most 64 at a time, else aborts. Never NULL. IRQL: <= DISPATCH_LEVEL.
 */
PIRP SimIrpCreate(CCHAR StackCount);

/*
 * SimIrpFreesInformation - when Irp is completed, the system frees IoStatus.Information as
 * ExFreePool does, and with its misuses; NULL is left alone. As the PnP manager does with the
 * answers to many of its IRPs. Any IRQL; an IRP that is not there aborts.
 */
void SimIrpFreesInformation(PIRP Irp);

/*
 * SimIrpCompleted - has the IRP that was last at this address been completed? Status: may be NULL;
 * its IoStatus. Any IRQL; no IRP was ever there: aborts.
 */
BOOLEAN SimIrpCompleted(PIRP Irp, PIO_STATUS_BLOCK Status);

/* -------------------------------------------------------------------------- IRQL, spin locks */

/* Any IRQL. */
KIRQL KeGetCurrentIrql(VOID);

/*
 * KeRaiseIrql - to NewIrql, not lower than now, at most HIGH_LEVEL; OldIrql: where to put the level
 * before. KeLowerIrql - back to NewIrql, not higher than now.
 * From DISPATCH_LEVEL on the thread is *raised*: paged memory is inaccessible, nothing may wait.
 */
VOID KeRaiseIrql(KIRQL NewIrql, PKIRQL OldIrql);
KIRQL KeRaiseIrqlToDpcLevel(VOID);
VOID KeLowerIrql(KIRQL NewIrql);

/*
 * Spin locks. One word as in the kit; it holds the owner, so it must be initialised. IRQL: <=
 * DISPATCH_LEVEL to acquire, DISPATCH_LEVEL to release; ...AtDpcLevel and ...FromDpcLevel:
 * DISPATCH_LEVEL. Recursion, release by another thread, lowering the IRQL below DISPATCH_LEVEL with
 * a lock held: misuse. With SIM_ONE_CPU a lock held by another thread is a deadlock, as is a ring
 * of threads that spin, each on a lock of the next: aborts.
 */
VOID KeInitializeSpinLock(PKSPIN_LOCK SpinLock);
VOID KeAcquireSpinLock(PKSPIN_LOCK SpinLock, PKIRQL OldIrql);
KIRQL KeAcquireSpinLockRaiseToDpc(PKSPIN_LOCK SpinLock);
VOID KeReleaseSpinLock(PKSPIN_LOCK SpinLock, KIRQL NewIrql);
VOID KeAcquireSpinLockAtDpcLevel(PKSPIN_LOCK SpinLock);
VOID KeReleaseSpinLockFromDpcLevel(PKSPIN_LOCK SpinLock);

/*
 * SimSetLockStrict - a strict lock is one under which nothing is allocated, freed, printed, delayed
 * or raised, and no other lock acquired; its release goes back to the IRQL of its acquisition:
 * MemCheck's own locks. A driver's lock is not: nonpaged pool under it is legal.
 * SimSetLockLevel - order: while a lock with a level is held, only locks with a higher level may be
 * acquired; 1 to 255, 0: no level, not checked.
 * Both after KeInitializeSpinLock (which takes them away), while nobody holds the lock. Any IRQL.
 */
void SimSetLockStrict(PKSPIN_LOCK SpinLock, BOOLEAN Strict);
void SimSetLockLevel(PKSPIN_LOCK SpinLock, ULONG Level);

/* SimLocksHeld - spin locks that the calling thread holds. Any IRQL. */
ULONG SimLocksHeld(void);

/*
 * SimQueueDpc - Routine(Context) is to run at DISPATCH_LEVEL, on top of this thread (SIM_PARALLEL)
 * or of whichever thread runs then (SIM_ONE_CPU): when the IRQL falls below DISPATCH_LEVEL, or at
 * the next call point. In the order queued. Any IRQL. More than 1,024 waiting: aborts.
 */
void SimQueueDpc(void (*Routine)(PVOID Context), PVOID Context);

/* SimCheckpoint - a call point and nothing else (at DISPATCH_LEVEL and above: nothing). */
void SimCheckpoint(void);

/* ----------------------------------------------------------------------------------- threads */

typedef struct _SIM_THREAD SIM_THREAD;

/*
 * SimThreadCreate - a system thread, at PASSIVE_LEVEL. Name: for messages, copied, 15 characters.
 * IRQL: PASSIVE_LEVEL. At most 64 threads at a time, else aborts.
 * SimThreadJoin - wait for its end, and forget it. IRQL: PASSIVE_LEVEL. A thread that ends raised
 * or with a lock held aborts.
 */
SIM_THREAD *SimThreadCreate(PCSTR Name, void (*Routine)(PVOID Context), PVOID Context);
void SimThreadJoin(SIM_THREAD *Thread);

/* Thread ids: 0x1a4 is the thread that called SimStart, later ones count up by 4. Any IRQL. */
HANDLE PsGetCurrentThreadId(VOID);

/*
 * Processors. SIM_PARALLEL: a thread stays on the CPU of its slot; where there are more threads
 * than CPUs two share one, and only one of them is raised at a time. SIM_ONE_CPU: 0 of 1. Any IRQL.
 */
extern CCHAR KeNumberProcessors;
ULONG KeGetCurrentProcessorNumber(VOID);
ULONG KeQueryActiveProcessorCount(ULONG_PTR *ActiveProcessors);

/* SimThreadsDump - a line on stderr for each thread, and one for each lock it holds or waits for.
 * Any IRQL, from a signal too. */
void SimThreadsDump(void);

/* ------------------------------------------------------------------------------------ points */

/*
 * Where threads meet. The spin lock routines, delays and joins pass these themselves; what else a
 * platform does to single words, in the pool and to the output it passes by SimPoint.
 */
typedef enum _SIM_POINT {
    SIM_POINT_ACQUIRE,  /* raised, about to acquire spin lock Where */
    SIM_POINT_SPIN,     /* another thread has it */
    SIM_POINT_ACQUIRED, /* it is ours */
    SIM_POINT_RELEASED, /* it is free again; still raised */
    SIM_POINT_BEFORE,   /* about to change the word Where at one go */
    SIM_POINT_AFTER,    /* changed */
    SIM_POINT_FAILED,   /* or not: it was not what was expected */
    SIM_POINT_BARRIER,  /* a full or release barrier; Where: NULL */
    SIM_POINT_POOL,     /* the pool: about to be called for block Where (NULL: a new one) */
    SIM_POINT_POOLED,   /* has been called; Where: the block, or what was freed */
    SIM_POINT_PRINT,    /* about to print Where, a line */
    SIM_POINT_DELAY,    /* about to delay */
    SIM_POINT_JOIN,     /* about to wait for the end of thread Where */
    SIM_POINT_END,      /* this thread, Where, has ended but for the host's part */
    SIM_POINTS          /* not a point: how many there are */
} SIM_POINT;

/*
 * SimSetPointRoutine - Routine is called at each point from now on, on the thread that passes it,
 * and may let it wait there: that is where another processor is quicker. With a frozen clock and
 * SIM_PARALLEL delays take no real time while there is one. NULL: no longer. Not while another
 * thread may be in it. Any IRQL.
 */
typedef void (*SIM_POINT_ROUTINE)(SIM_POINT Point, const volatile void *Where);
void SimSetPointRoutine(SIM_POINT_ROUTINE Routine);
void SimPoint(SIM_POINT Point, const volatile void *Where);

/* -------------------------------------------------------------------------------------- time */

/*
 * The clock starts at 0 at SimStart. SIM_PARALLEL: real time, unless frozen. SIM_ONE_CPU: always
 * frozen; when every thread delays, it jumps to the first that is due. One tick is 10 ms; the time
 * routines show whole ticks only. KeQueryTimeIncrement: 100,000 (units of 100 ns). Any IRQL.
 */
VOID KeQueryTickCount(PLARGE_INTEGER CurrentCount);
ULONG KeQueryTimeIncrement(VOID);
VOID KeQuerySystemTime(PLARGE_INTEGER CurrentTime); /* 100 ns since 1601; SimStart is 2026-01-01 */
ULONGLONG KeQueryInterruptTime(VOID);               /* 100 ns since SimStart */

/*
 * KeDelayExecutionThread - Interval: 100 ns, negative = from now; an absolute time is refused with
 * an abort. IRQL: <= APC_LEVEL. Result: STATUS_SUCCESS.
 */
NTSTATUS KeDelayExecutionThread(KPROCESSOR_MODE WaitMode, BOOLEAN Alertable,
                                PLARGE_INTEGER Interval);

/* SimAdvanceTime - move the clock forward by so many milliseconds. Any IRQL. */
void SimAdvanceTime(ULONG Milliseconds);

/* SimFreezeClock - the option of that name, from now on. */
void SimFreezeClock(BOOLEAN Freeze);

/* SimWatchdog - start it anew with so many real seconds; SIM_NO_WATCHDOG ends it. Any IRQL. */
void SimWatchdog(ULONG Seconds);

/* ------------------------------------------------------------------------------------ memory */

extern PVOID MmSystemRangeStart;

/*
 * MmIsAddressValid - can P be touched now, by this thread, without a fault? In the arenas: is the
 * page in use and accessible (paged memory is not while any thread is raised, nor from
 * DISPATCH_LEVEL on). Elsewhere: is the page mapped. IRQL: <= DISPATCH_LEVEL.
 */
BOOLEAN MmIsAddressValid(PVOID P);

/* IoGetStackLimits - lowest address and first address behind the caller's stack. Any IRQL. */
VOID IoGetStackLimits(ULONG_PTR *LowLimit, ULONG_PTR *HighLimit);

/* Any IRQL. */
MM_SYSTEMSIZE MmQuerySystemSize(VOID);

/*
 * Where a walk of the stack ends: at DISPATCH_LEVEL after so many frames, as on 64-bit Windows,
 * whose tables for it may be paged; below it never. SimStart sets it back to never. SimStackReach
 * is for the platform that walks: how far, now; IRQL <= DISPATCH_LEVEL.
 */
#define SIM_WHOLE_STACK 0xffffffffu
void SimSetStackReach(ULONG Frames);
ULONG SimStackReach(void);

/* SimIsPool, SimIsPaged - does P lie in an arena, in the paged one? In use or not. Any IRQL. */
BOOLEAN SimIsPool(const void *P);
BOOLEAN SimIsPaged(const void *P);

/*
 * SimPagingEvery - the option of that name, from the next raise on. While a paged block is live, a
 * raise and its lowering cost about 10 us, and 100 us more for each MB of paged pool touched: a
 * test with thousands of live paged blocks takes a larger number, or SIM_PAGING_NEVER.
 * MmIsAddressValid and the rules of the pool routines do not depend on it. Any IRQL.
 */
void SimPagingEvery(ULONG Raises);

/* SimPageWaits - page faults at low IRQL that waited until nobody was raised. */
ULONGLONG SimPageWaits(void);

/* ------------------------------------------------------------------------------------ output */

#define DPFLTR_IHVDRIVER_ID  77
#define DPFLTR_ERROR_LEVEL   0
#define DPFLTR_WARNING_LEVEL 1
#define DPFLTR_INFO_LEVEL    3

/*
 * One call, one entry, cut at 511 characters as the kernel does. Format: the kernel's, where l
 * means 32 bits, I64 64 bits, I a pointer's width, and %p prints all digits and no 0x. %S, %C, %ws,
 * %wc, %wZ, %Z (PASSIVE only), %n and floating point are a misuse at any IRQL. Any IRQL, but not
 * under a strict lock. Result: 0.
 */
ULONG DbgPrint(PCSTR Format, ...);
ULONG DbgPrintEx(ULONG ComponentId, ULONG Level, PCSTR Format, ...);
ULONG vDbgPrintEx(ULONG ComponentId, ULONG Level, PCSTR Format, va_list Arguments);

typedef struct _SIM_OUTPUT {
    PCSTR Text;      /* valid until SimOutputClear, SimStop */
    BOOLEAN Ex;      /* DbgPrintEx: always visible; DbgPrint: filtered out from Vista on */
    ULONG Component; /* of DbgPrintEx */
    ULONG Level;
    HANDLE Thread;
    KIRQL Irql;
    BOOLEAN Cut; /* was longer than 511 characters */
} SIM_OUTPUT;

/* SimOutputCount - calls since SimStart or SimOutputClear. */
ULONG SimOutputCount(void);

/* SimOutputEntry - entry number Index, from 0; FALSE (zeroed, Text "") when there is none. */
BOOLEAN SimOutputEntry(ULONG Index, SIM_OUTPUT *Output);

/* SimOutputText - all text in one string; valid until the next call of it, SimOutputClear, SimStop.
   Not from two threads at once. */
PCSTR SimOutputText(void);

/* SimOutputFind - number of entries that contain Text. */
ULONG SimOutputFind(PCSTR Text);

void SimOutputClear(void);

/* ----------------------------------------------------------------------------------- options */

/*
 * SimOptions - what a driver's registry value of options holds from now on; copied. NULL: there is
 * none. SimNotAString: there is a value, of another type. Until the first call after SimStart it is
 * what environment variable MEMCHECK_OPTIONS holds. Any thread, any IRQL.
 */
extern const char SimNotAString[1];
void SimOptions(PCSTR String);

/*
 * SimOptionsRead - reading it: its length, and as much of it as Size bytes hold (no NUL of its
 * own); or one of these, and Buffer is as it was. IRQL: PASSIVE_LEVEL, and not under a strict lock.
 */
#define SIM_OPTIONS_NONE 0xFFFFFFFEu
#define SIM_OPTIONS_TYPE 0xFFFFFFFFu
ULONG SimOptionsRead(char *Buffer, ULONG Size);

/* -------------------------------------------------------------------------------- the debugger */

/* The debugger. Not attached: DbgBreakPoint is a misuse. Attached: it is counted, and goes on. */
extern BOOLEAN KdDebuggerNotPresent;
VOID DbgBreakPoint(VOID);
void SimAttachDebugger(BOOLEAN Attached);
ULONG SimBreakpoints(void);

/* ---------------------------------------------------------------------------------- bug checks */

typedef struct _SIM_BUGCHECK {
    ULONG Code;
    ULONG_PTR Parameters[4];
} SIM_BUGCHECK;

/* KeBugCheckEx aborts, but where a test expects it: then it is recorded and, against its nature,
 * comes back. Any IRQL. */
VOID KeBugCheckEx(ULONG BugCheckCode, ULONG_PTR P1, ULONG_PTR P2, ULONG_PTR P3, ULONG_PTR P4);

/* SimExpectBugChecks - from now on (TRUE), or no longer. SimStart: no longer. */
void SimExpectBugChecks(BOOLEAN Expected);

/* SimBugChecks - how many there were since SimStart; Last (may be NULL): the last one, zeroed where
 * there was none. */
ULONG SimBugChecks(SIM_BUGCHECK *Last);

#endif
