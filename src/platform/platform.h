/*
 * platform.h - what MemCheck asks of the system it runs on. One implementation for each platform:
 * nt/ (the Windows kernel), posix/ (host programs), and host/platform_sim.* (the simulated kernel).
 *
 * mcos.h, found by the include path, is the platform's own half: it includes what the system needs,
 * and defines as macros or functions
 *
 *   MC_LOCK                       a spin lock; zero bytes are a free one
 *   MC_PAGE_SIZE                  bytes of a page
 *   MC_POOL_ALIGNMENT             what the pool aligns every block to: 8, on 64-bit 16
 *   McOsFullBarrier()             compiler and processor: nothing passes, either way
 *   McOsReleaseBarrier()          earlier reads and writes are done before later writes
 *   McOsAcquireBarrier()          later reads and writes are done after earlier reads
 *   McOsPublished(Pointer)        this volatile pointer, read once; reads through it find what was
 *                                 there when it was stored, behind a release barrier. No processor
 *                                 of today has to be told so
 *   McOsReturnAddress()           of the function it stands in (ULONG_PTR)
 *   MC_INLINE                     what is written before a function in a header: static, and inline
 *   MC_MAY_ALIAS                  attribute of a type through which memory of any type is read and
 *                                 written
 *   McOsPrefetch(Address)         this address will be read soon; a hint: nothing is touched, and
 *                                 any value will do, a bad address too
 *   MC_WIDE                       only where a type of two words may be used at any time: the
 *                                 attributes that make it of ULONG_PTR, at any address
 *   MC_EXACT_READS                only where no byte beside guard bytes and fill may be read
 *   MC_MODULE_SUFFIX              what follows the driver's name in the name of its module
 *   MC_HAS_IRPS                   there are IRPs, and strings that the kit frees
 *
 * Preconditions of everything below unless its line says otherwise: called between McOsStart and
 * McOsStop, at any IRQL <= DISPATCH_LEVEL, with locks held or not; it neither allocates, nor waits,
 * nor touches pageable memory. tests/kernel/conformance.c holds each platform to this page.
 */
#ifndef MC_PLATFORM_H
#define MC_PLATFORM_H

#include "mcos.h" /* first: it brings the kit, which memcheck.h wants before it */
#include "memcheck.h"

/* ---- start and end ---- */

/*
 * Take what the platform needs: bind routines, read the version, the image and its name.
 * PASSIVE_LEVEL, no lock held. FALSE: MemCheck cannot run here. Calling it again is harmless.
 */
BOOLEAN McOsStart(VOID);

/* Give it back. PASSIVE_LEVEL, no lock held. What is marked "at any time" works afterwards too. */
VOID McOsStop(VOID);

/* ---- the pool, as the driver would use it ---- */

/* A request as the driver made it: of an allocating row of mcroutines.h. */
typedef struct _MC_REQUEST {
    ULONG Routine;   /* MC_ROUTINE; DoneBy of its row is what is asked */
    ULONG Type;      /* POOL_TYPE with all its bits; or the low half of POOL_FLAGS */
    ULONG FlagsHigh; /* the high half of POOL_FLAGS */
    SIZE_T Size;     /* bytes */
    ULONG Tag;       /* where the routine takes one */
    ULONG Priority;  /* of shape TypePriority */
    const VOID *Parameters;
    ULONG ParameterCount; /* of shape FlagsExtended */
    ULONG Attributes;     /* MC_PAGED and so on: what all of that says, decoded by the core */
} MC_REQUEST;

/* A free as the driver made it: of a freeing row of mcroutines.h, shape String apart. */
typedef struct _MC_RELEASE {
    ULONG Routine;
    ULONG Tag; /* where the routine takes one */
    const VOID *Parameters;
    ULONG ParameterCount; /* of shape FreeExtended */
} MC_RELEASE;

/*
 * At any time; any IRQL the kit's routine allows; no MemCheck lock held. NULL or raises as the kit.
 * An inline function's additions (zeroing) are the caller's to make. NULL, too, when the running
 * system does not have the routine.
 */
PVOID McOsPoolAllocate(const MC_REQUEST *Request);

/* At any time; IRQL as the kit's routine; no MemCheck lock held. Where a system has no
 * ExFreePoolWithTag (NT 4.0) the tag is not used; where it has no ExFreePool2, that is
 * ExFreePoolWithTag. */
VOID McOsPoolFree(PVOID P, const MC_RELEASE *Release);

/*
 * Raise what the pool raises when it has no memory for a request that wants that raised:
 * STATUS_INSUFFICIENT_RESOURCES. It returns only where there are no exceptions (posix). At any
 * time; IRQL <= DISPATCH_LEVEL; no MemCheck lock held.
 */
VOID McOsRaise(VOID);

/*
 * The running system, as _WIN32_WINNT counts: 0x0400, 0x0500 (Windows 2000), 0x0501 ... 0x0A00. A
 * platform that is no Windows says 0x0A00.
 */
ULONG McOsVersion(VOID);

/*
 * Memory of MemCheck's own: nonpaged, not executable where the running system can do so, aligned to
 * a cache line when Size is a multiple of 64, filled with zeros. No MemCheck lock held. NULL when
 * there is none.
 */
PVOID McOsMetaAllocate(SIZE_T Size);
VOID McOsMetaFree(PVOID P, SIZE_T Size);

/* ---- what the kit's other routines free: only where mcos.h defines MC_HAS_IRPS ---- */

#ifdef MC_HAS_IRPS
/* Of a PUNICODE_STRING, PANSI_STRING, POEM_STRING: the buffer; all fields to 0; free it as the
 * kit's routine (of shape String) does. IRQL as that routine; clearing and reading at any. */
PVOID McOsStringBuffer(const VOID *String);
VOID McOsStringClear(PVOID String);
VOID McOsStringFree(ULONG Routine, PVOID String);

/* Of a PIRP: IoStatus.Information; complete it, pass it to a PDEVICE_OBJECT, as IofCompleteRequest
 * and IofCallDriver do. IRQL <= DISPATCH_LEVEL. */
ULONG_PTR McOsIrpInformation(const VOID *Irp);
VOID McOsCompleteRequest(PVOID Irp, CHAR PriorityBoost);
LONG McOsCallDriver(PVOID DeviceObject, PVOID Irp);
#endif

/* ---- locks and single words ---- */

/* Raise to DISPATCH_LEVEL and spin; the old IRQL is for the release. Not recursive. Bounded work
 * under it: no allocation, no printing, no other lock but in the order of core.h. */
KIRQL McOsAcquire(MC_LOCK *Lock);
VOID McOsRelease(MC_LOCK *Lock, KIRQL Irql);

/* Each is a full barrier; at any time, any IRQL. CompareExchange gives the value before. */
LONG McOsCompareExchange(volatile LONG *Value, LONG New, LONG Expected);
LONG McOsExchange(volatile LONG *Value, LONG New);
LONG McOsAdd(volatile LONG *Value, LONG Amount); /* the value after */
SIZE_T McOsCompareExchangeSize(volatile SIZE_T *Value, SIZE_T New, SIZE_T Expected);

/* ---- where are we ---- */

KIRQL McOsIrql(VOID);          /* at any time, any IRQL */
ULONG McOsProcessor(VOID);     /* number of this processor, from 0; at any time, any IRQL */
ULONG McOsProcessors(VOID);    /* how many there are, at least 1 */
ULONG McOsThread(VOID);        /* number of this thread; at any time, any IRQL */
ULONG McOsTicks(VOID);         /* the tick count, wraps; at any time, any IRQL */
ULONG McOsMicrosPerTick(VOID); /* microseconds of one tick */
ULONG McOsMachineSize(VOID);   /* 0 small, 1 medium, 2 large (MmQuerySystemSize) */
ULONG McOsCacheLine(VOID);     /* bytes to which the pool aligns cache-aligned types */
ULONG_PTR McOsSecret(VOID);    /* a value hard to guess, new at each load; McOsStart has run */

/* ---- a thread of MemCheck's own ---- */

/*
 * Begin a system thread that calls Routine at PASSIVE_LEVEL again and again, Seconds (1 to 65,535)
 * after it began or Routine returned. There is one at a time. PASSIVE_LEVEL, no lock held; may
 * allocate and wait. FALSE: there is none now.
 */
BOOLEAN McOsWorkerStart(VOID (*Routine)(VOID), ULONG Seconds);

/* End it, not in the middle of Routine, and wait until it runs no more: from then on none of its
 * code may be there. Without one, nothing. PASSIVE_LEVEL, not by the worker, no lock held. */
VOID McOsWorkerStop(VOID);

/* ---- what is an address ---- */

/* First address that pool memory can have. */
ULONG_PTR McOsSystemStart(VOID);

/* Would a read of this byte, now, not fault (MmIsAddressValid)? */
BOOLEAN McOsAddressValid(ULONG_PTR Address);

/* The current thread's stack: *Low <= address < *High. FALSE where it is not known. */
BOOLEAN McOsStack(ULONG_PTR *Low, ULONG_PTR *High);

/*
 * The call stack above MemCheck: ReturnAddress, which a public function of MemCheck returns to,
 * then where that one's caller returns to, and so on; gives how many, at most Most. Where the walk
 * does not come by ReturnAddress, that alone is given; where it is 0, nothing. *Cut: the system
 * could not look further at this IRQL, though there may be more. No lock held.
 */
#define MC_STACK_MOST 32u /* for Most, which is at least 1 */
ULONG McOsStackCapture(ULONG_PTR *Frames, ULONG Most, ULONG_PTR ReturnAddress, BOOLEAN *Cut);

/* The driver's own image: *Low <= address < *High. FALSE where it is not known. */
BOOLEAN McOsImage(ULONG_PTR *Low, ULONG_PTR *High);

/* ---- settings ---- */

#define MC_OPTIONS_NONE 0u          /* McOsOptions: there is no string, or an empty one */
#define MC_OPTIONS_LONG 0xFFFFFFFEu /* it does not fit */
#define MC_OPTIONS_TYPE 0xFFFFFFFFu /* what is there is no string */
#define MC_OPTIONS_PATH 0xFFFFFFFDu /* nobody has said where it is */

/*
 * The option string as it is now: in the kernel REG_SZ value MemCheckOptions of the key Parameters
 * below RegistryPath, elsewhere environment variable MEMCHECK_OPTIONS. RegistryPath: a
 * PUNICODE_STRING as DriverEntry got it, copied; NULL: that of the last call that gave one;
 * elsewhere not used. Gives the characters stored, not counting the NUL, or a value of above, and
 * then Buffer is "". What is not ASCII becomes a question mark. Size: at least 1. PASSIVE_LEVEL, no
 * lock held, one call at a time; may wait.
 */
ULONG McOsOptions(const VOID *RegistryPath, char *Buffer, ULONG Size);

/* ---- words for people ---- */

/*
 * The driver's name, at most Size - 1 characters and a NUL: that of the loaded module, without
 * folders and extension; where that cannot be had, the service's, the last part of RegistryPath (a
 * PUNICODE_STRING as DriverEntry got it, or NULL; elsewhere not used), what is not ASCII as a
 * question mark. An empty string when there is neither. PASSIVE_LEVEL; may allocate.
 */
VOID McOsDriverName(const VOID *RegistryPath, char *Name, ULONG Size);

/* One line to the debug output, as one call, visible by default; Line has no line end, at most 400
 * characters, and no % is interpreted. At any time; no lock held. */
VOID McOsPrint(const char *Line);

/* printf into Buffer, always ended by NUL; gives the characters stored. At any time. */
ULONG McOsFormat(char *Buffer, ULONG Size, const char *Format, va_list Arguments);

BOOLEAN McOsDebugger(VOID); /* is a debugger attached? At any time */
VOID McOsBreak(VOID);       /* a breakpoint; only when McOsDebugger(). At any time */

/* Stop the system (KeBugCheckEx), on a host the program. Any IRQL, at any time. Comes back on the
 * simulated kernel alone, where a test expects it. */
VOID McOsBugCheck(ULONG Code, const ULONG_PTR Parameters[4]);

/* Let others run for about this long. IRQL < DISPATCH_LEVEL, no lock held. */
VOID McOsSleep(ULONG Milliseconds);

#endif
