/*
 * memcheck.h - MemCheck, a memory checker for Windows drivers. All that a driver includes.
 *
 * Include it after the driver kit's header (ntddk.h, wdm.h, ntifs.h, ...). Use the MEM_... names in
 * place of the kit's pool routines, call MEM_CHECK_INIT first of all in DriverEntry, and
 * MEM_CHECK_EXIT last of all: in DriverUnload, and before DriverEntry returns a failure. Settings
 * are in memcfg.h. With MEMCHECK_ON undefined every name below is the kit's routine or nothing, and
 * the driver is byte for byte what it would be without MemCheck.
 *
 * A block from a MEM_... name has guard bytes on both sides, so the driver must free it, by a
 * MEMCHECK_FREE... name: never the system, another driver or a file that does not use MemCheck.
 */
#ifndef MEMCHECK_H
#define MEMCHECK_H

#include "memcfg.h"
#include "mcroutines.h"

#ifndef _WIN32
#include "mctypes.h"
#elif !defined(_NTDDK_) && !defined(_WDMDDK_) && !defined(_NTIFS_) && !defined(_WDM_INCLUDED_)
#error "memcheck.h: include the driver kit's header (ntddk.h, wdm.h or ntifs.h) before it"
#endif

#include "mcsal.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What a routine of MEM_ON_FINDING is told; off, too, so that the routine compiles. */
typedef struct _MC_FOUND_PLACE {
    const char *File; /* as the compiler knew it; NULL, with Line 0: not known */
    ULONG Line;
    PVOID ReturnAddress; /* NULL: there was no such call, or it is not known */
} MC_FOUND_PLACE;

/* Of later versions fields more stand at the end, and Size is larger. */
typedef struct _MC_FOUND {
    ULONG Size;       /* sizeof(MC_FOUND) */
    ULONG Report;     /* its number: #12 */
    const char *Kind; /* "overrun", ...: docs/reports.md */
    BOOLEAN Sure;     /* FALSE: only possible */
    PVOID Address;    /* what it is about: of the first damaged byte, or the pointer given */
    PVOID Block;      /* the driver's address of the block, or of one of several; NULL: none */
    SIZE_T BlockSize; /* bytes asked for; without a block these three are a request's, or 0 */
    ULONG Tag;
    ULONG PoolType;           /* as it was asked for: POOL_TYPE, or the low half of POOL_FLAGS */
    MC_FOUND_PLACE Caller;    /* the call that found it */
    MC_FOUND_PLACE Allocated; /* where the block was allocated */
    MC_FOUND_PLACE Freed;     /* where it was freed first */
    const char *Line;         /* the report's line for programs */
} MC_FOUND;

typedef VOID(NTAPI *MC_FOUND_ROUTINE)(const MC_FOUND *Found, PVOID Context);

#ifdef MEMCHECK_ON

/*
 * The replacing names. Parameters and result are those of the kit's routine; each argument is
 * evaluated exactly once. IRQL as the routine replaced: <= DISPATCH_LEVEL, for paged pool <=
 * APC_LEVEL. Before MEM_CHECK_INIT and after MEM_CHECK_EXIT they reach the pool directly, and the
 * first such call is reported. When there is no memory for the guard bytes the block is handed out
 * without them; NULL comes back only when the pool fails the driver's own request, or when one of
 * the options fail-... asks for it (docs/faults.md).
 */

/* ExAllocatePool. Zero bytes is a valid request. */
#define MEM_ALLOCATE(PoolType, NumberOfBytes) \
    McAllocate((PoolType), (NumberOfBytes), __FILE__, __LINE__, MC_FUNCTION)

/* ExAllocatePoolWithTag. The tag reaches the pool unchanged. */
#define MEM_ALLOCATE_WITH_TAG(PoolType, NumberOfBytes, Tag) \
    McAllocateWithTag((PoolType), (NumberOfBytes), (Tag), __FILE__, __LINE__, MC_FUNCTION)

/*
 * ExFreePool. What is surely not a block (NULL, an address inside a block, on the stack, in the
 * driver, below system space, misaligned, freed already) is reported and does not reach the pool. A
 * pointer that MemCheck does not know is passed on: it may be the system's.
 */
#define MEMCHECK_FREE(P) McFree((P), __FILE__, __LINE__, MC_FUNCTION)

/* ExFreePoolWithTag. A tag that differs from the block's is reported; 0 means "not given". */
#define MEMCHECK_FREE_WITH_TAG(P, Tag) McFreeWithTag((P), (Tag), __FILE__, __LINE__, MC_FUNCTION)

/*
 * ExAllocatePool and ExAllocatePoolWithTag for a block that the system, or another driver, will
 * free: guarded behind only, so that its address is one of the pool's own. At exit such blocks are
 * counted, not reported. The driver may free it too.
 */
#define MEM_ALLOCATE_FOR_SYSTEM(PoolType, NumberOfBytes) \
    McAllocateForSystem((PoolType), (NumberOfBytes), __FILE__, __LINE__, MC_FUNCTION)
#define MEM_ALLOCATE_FOR_SYSTEM_WITH_TAG(PoolType, NumberOfBytes, Tag) \
    McAllocateForSystemWithTag((PoolType), (NumberOfBytes), (Tag), __FILE__, __LINE__, MC_FUNCTION)

/*
 * This block now belongs to the system: MemCheck forgets it. One with guard bytes in front (of
 * MEM_ALLOCATE) nobody else can free: that is reported. An address that is not the start of a
 * monitored block is ignored. IRQL <= DISPATCH_LEVEL; P is not touched.
 */
#define MEM_HANDED_OVER(P) McHandedOver((P), __FILE__, __LINE__, MC_FUNCTION)

/*
 * Take MemCheck's resources; first call of all, at PASSIVE_LEVEL. Ends with a self-test and a line
 * that says what is on. Without memory the driver runs unchecked, and a line says so. A second call
 * is reported and does nothing.
 */
#define MEM_CHECK_INIT() McInit(__FILE__, __LINE__, MC_FUNCTION)

/*
 * The same, with options: those of the string in REG_SZ value MemCheckOptions of the service's key
 * Parameters, "quarantine=4m,free-print" (docs/options.md). RegistryPath: PUNICODE_STRING, as
 * DriverEntry got it; copied. What is wrong in the string is said in a line each, the rest is
 * taken. On a host environment variable MEMCHECK_OPTIONS has the string, and MEM_CHECK_INIT reads
 * it too. PASSIVE_LEVEL.
 */
#define MEM_CHECK_INIT_EX(RegistryPath) McInitEx((RegistryPath), __FILE__, __LINE__, MC_FUNCTION)

/*
 * Read the option string again, while the driver runs; an option that it does not name stays as it
 * is, and one that cannot change now has a line that says so. PASSIVE_LEVEL; may wait a second for
 * calls into MemCheck to end. Before MEM_CHECK_INIT, or at another IRQL: reported, does nothing.
 */
#define MEM_CHECK_OPTIONS() McReadOptions(__FILE__, __LINE__, MC_FUNCTION)

/*
 * Report leaks, free MemCheck's resources; no MemCheck call after it. PASSIVE_LEVEL. A second call,
 * or one without MEM_CHECK_INIT, is reported and does nothing.
 */
#define MEM_CHECK_EXIT() McExit(__FILE__, __LINE__, MC_FUNCTION)

/*
 * The names from here to MEM_STATISTICS, and MEM_HANDED_OVER, are for the time between
 * MEM_CHECK_INIT and MEM_CHECK_EXIT: before and after it, and above the IRQL that they say, they
 * are reported and do nothing; what they give is 0 or FALSE then. When MEM_CHECK_INIT failed,
 * which it said, nothing more is said.
 */

/*
 * Validate every monitored buffer now; gives (ULONG) the number found surely damaged, a buffer
 * again as long as it is damaged. IRQL <= DISPATCH_LEVEL; at DISPATCH_LEVEL paged buffers are
 * skipped, and no more than MEMCHECK_SLICE others looked at, so that the processor is not held for
 * long: the next call there goes on with those that were not reached. A line says how many were
 * left out; what is given counts those looked at.
 */
#define MEM_CHECK() McCheck(__FILE__, __LINE__, MC_FUNCTION)

/* List every monitored buffer, validating each on the way. IRQL, and what is left out at
 * DISPATCH_LEVEL, as MEM_CHECK. */
#define MEM_LIST_DISPLAY() McListDisplay(__FILE__, __LINE__, MC_FUNCTION)

/*
 * Is Ptr inside the bytes of a live monitored buffer? (BOOLEAN) Where it is not, a report says what
 * the address is. Touches no byte at Ptr, so any value may be asked. IRQL <= DISPATCH_LEVEL.
 */
#define MEM_VALID_ACCESS(Ptr) McValidAccess((Ptr), __FILE__, __LINE__, MC_FUNCTION)

/*
 * Do all Length (SIZE_T) bytes from Ptr on lie inside the bytes of one live monitored buffer?
 * (BOOLEAN) Where not, a report says what the first byte outside is. Length 0: TRUE, too, right
 * behind the last byte, where a pointer ends that walked through the buffer. Any value may be
 * asked; a range that goes beyond all addresses is not inside. No byte of it is touched. IRQL <=
 * DISPATCH_LEVEL.
 */
#define MEM_VALID_RANGE(Ptr, Length) McValidRange((Ptr), (Length), __FILE__, __LINE__, MC_FUNCTION)

/*
 * Say what an address is: how far into, before or past which buffer, in use or freed by whom and
 * when, in which guard bytes, beside which other buffers; or on the stack, in the driver, unknown
 * to MemCheck. The report is no finding: it is printed each time, and means no bug. Any value may
 * be asked; no byte at Ptr is touched. IRQL <= DISPATCH_LEVEL.
 */
#define MEM_DESCRIBE(Ptr) McDescribeAddress((Ptr), __FILE__, __LINE__, MC_FUNCTION)

/*
 * VOID NTAPI Routine(const MC_FOUND *Found, PVOID Context), the driver's own, for each finding
 * whose kind has reaction call (option on="overrun:call"), when its report has been printed; a
 * repetition, which is counted only, calls nobody. One routine: the last one holds, NULL ends it,
 * and so does MEM_CHECK_EXIT, behind its own reports. One call at a time, on whatever thread and
 * processor printed, at its IRQL (<= DISPATCH_LEVEL); no lock is held, but other reports wait until
 * it is back. So it is nonpaged, and does not wait; Found and its texts are valid until it returns.
 * It may use MemCheck and the pool: what MemCheck finds meanwhile is printed, and does not call it
 * again. After NULL a call that has begun may still run. Off nothing refers to Routine: write it
 * between #ifdef MEMCHECK_ON and #endif, so that it is no unused function then. IRQL <=
 * DISPATCH_LEVEL, after MEM_CHECK_INIT.
 */
#define MEM_ON_FINDING(Routine, Context) \
    McOnFinding((Routine), (Context), __FILE__, __LINE__, MC_FUNCTION)

/*
 * A moment in the driver's life, and what has appeared since and is still there:
 *
 *     MEM_CHECKPOINT_DEFINE(Before);
 *     ...
 *     MEM_CHECKPOINT(&Before);
 *     DoSomethingAndUndoIt();
 *     MEM_DIFFERENCE(&Before);
 *
 * MEM_CHECKPOINT_DEFINE is a declaration, in a file or at the start of a function; the variable is
 * static either way. With MemCheck off it leaves no byte. In a structure of the driver's:
 * MC_CHECKPOINT, of zeros at first, which is there with MEMCHECK_ON only.
 */
#define MEM_CHECKPOINT_DEFINE(Name) static MC_CHECKPOINT Name

/*
 * From now on Cp (MC_CHECKPOINT *) is this moment; it may be set again, by one thread at a time. An
 * allocation that another thread is in the middle of may count as one of before or of after it. A
 * NULL is reported. IRQL <= DISPATCH_LEVEL; paged memory at Cp, below it.
 */
#define MEM_CHECKPOINT(Cp) McCheckpoint((Cp), __FILE__, __LINE__, MC_FUNCTION)

/*
 * List the buffers that were allocated since Cp was set and are in use still, grouped by the place
 * and path that allocated them, those with most bytes first; gives (ULONG) how many. Cp NULL: all
 * that are in use. That is no finding: nothing says that they are leaks. Of a buffer that the
 * system may free nobody knows for sure that it is still there. A Cp that was never set, is no
 * checkpoint, or is one of before MEM_CHECK_EXIT is reported, and gives 0; so does a call while
 * another one is counting. IRQL <= DISPATCH_LEVEL, where no byte of a paged buffer is shown.
 */
#define MEM_DIFFERENCE(Cp) McDifference((Cp), __FILE__, __LINE__, MC_FUNCTION)

/*
 * Print what is in use as two tables, by tag and by place, most bytes first. With option statistics
 * (MEMCHECK_STATISTICS) also the most that was in use at one time, all that was ever allocated, and
 * how often it was freed; then the tables are printed at MEM_CHECK_EXIT as well. What is allocated
 * and freed meanwhile may be in a row or not. Of one call while another is counting a line says
 * that it did nothing. IRQL <= DISPATCH_LEVEL.
 */
#define MEM_STATISTICS() McStatistics(__FILE__, __LINE__, MC_FUNCTION)

/*
 * Information for the user, as for DbgPrint, in double brackets: MEMCHECK_PRINT(("%d\n", Count)).
 * At most 400 characters. IRQL <= DISPATCH_LEVEL, and PASSIVE_LEVEL for %wZ, %ws and %S.
 */
#ifdef MEMCHECK_INFOPRINT
#define MEMCHECK_PRINT(Arguments) McPrint Arguments
#else
#define MEMCHECK_PRINT(Arguments) ((void)0)
#endif

/* About MemCheck itself; shown with MEMCHECK_DEBUGPRINT. */
#ifdef MEMCHECK_DEBUGPRINT
#define MEMCHECK_DEBUG(Arguments) McPrintDebug Arguments
#else
#define MEMCHECK_DEBUG(Arguments) ((void)0)
#endif

/* The function's name, where the compiler tells it (Microsoft's from 13.00 on). */
#if defined(__GNUC__)
#define MC_FUNCTION (__extension__ __FUNCTION__)
#elif defined(_MSC_VER) && _MSC_VER >= 1300
#define MC_FUNCTION __FUNCTION__
#else
#define MC_FUNCTION ((const char *)0)
#endif

/* Settings that change layout stand in every symbol: files that disagree do not link. */
#define MC_LAYOUT 1
#ifdef MEMCHECK_DOUBLE_FREES
#define MC_HOLDS held
#else
#define MC_HOLDS released
#endif
#ifdef MEMCHECK_FRONT_REDZONES
#define MC_FRONTS owned
#else
#define MC_FRONTS plain
#endif
#define MC_NAME(Name)                           MC_NAME_(Name, MC_LAYOUT, MEMCHECK_REDZONE, MC_HOLDS, MC_FRONTS)
#define MC_NAME_(Name, Layout, Rz, Hold, Front) MC_NAME__(Name, Layout, Rz, Hold, Front)
#define MC_NAME__(Name, Layout, Rz, Hold, Front) \
    Name##_layout##Layout##_redzone##Rz##_##Hold##_##Front
#define McAllocate                 MC_NAME(McAllocate)
#define McAllocateWithTag          MC_NAME(McAllocateWithTag)
#define McFree                     MC_NAME(McFree)
#define McFreeWithTag              MC_NAME(McFreeWithTag)
#define McInit                     MC_NAME(McInit)
#define McExit                     MC_NAME(McExit)
#define McCheck                    MC_NAME(McCheck)
#define McListDisplay              MC_NAME(McListDisplay)
#define McValidAccess              MC_NAME(McValidAccess)
#define McValidRange               MC_NAME(McValidRange)
#define McDescribeAddress          MC_NAME(McDescribeAddress)
#define McCheckpoint               MC_NAME(McCheckpoint)
#define McDifference               MC_NAME(McDifference)
#define McStatistics               MC_NAME(McStatistics)
#define McPrint                    MC_NAME(McPrint)
#define McPrintDebug               MC_NAME(McPrintDebug)
#define McInitEx                   MC_NAME(McInitEx)
#define McReadOptions              MC_NAME(McReadOptions)
#define McOnFinding                MC_NAME(McOnFinding)
#define McAllocateForSystem        MC_NAME(McAllocateForSystem)
#define McAllocateForSystemWithTag MC_NAME(McAllocateForSystemWithTag)
#define McHandedOver               MC_NAME(McHandedOver)
#define McAllocateAs               MC_NAME(McAllocateAs)
#define McAllocateFlagsAs          MC_NAME(McAllocateFlagsAs)
#define McFreeAs                   MC_NAME(McFreeAs)
#define McFreeStringAs             MC_NAME(McFreeStringAs)
#define McCompleteRequestAs        MC_NAME(McCompleteRequestAs)
#define McCallDriverAs             MC_NAME(McCallDriverAs)

#ifdef _WIN32
#define MC_VARARGS __cdecl
#else
#define MC_VARARGS
#endif

/* What a checkpoint holds; MemCheck alone looks into it. */
#define MC_CHECKPOINT_LANES 8
typedef struct _MC_CHECKPOINT {
    SIZE_T Check;
    ULONG Number;
    ULONG Run;
    ULONG Blocks[MC_CHECKPOINT_LANES];
} MC_CHECKPOINT;

/* What the names above call. File, Line and Function are kept by address: string literals only. */
MC_IRQL_POOL(PoolType)
MC_SAME_IRQL MC_GIVES(NumberOfBytes) PVOID NTAPI
    McAllocate(POOL_TYPE PoolType, SIZE_T NumberOfBytes, MC_STRING const char *File, ULONG Line,
               MC_STRING_OPT const char *Function);
MC_IRQL_POOL(PoolType)
MC_SAME_IRQL MC_GIVES(NumberOfBytes) PVOID NTAPI
    McAllocateWithTag(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag,
                      MC_STRING const char *File, ULONG Line, MC_STRING_OPT const char *Function);
MC_IRQL_MAX(DISPATCH_LEVEL)
MC_SAME_IRQL VOID NTAPI McFree(MC_TAKES PVOID P, MC_STRING const char *File, ULONG Line,
                               MC_STRING_OPT const char *Function);
MC_IRQL_MAX(DISPATCH_LEVEL)
MC_SAME_IRQL VOID NTAPI McFreeWithTag(MC_TAKES PVOID P, ULONG Tag, MC_STRING const char *File,
                                      ULONG Line, MC_STRING_OPT const char *Function);
MC_IRQL_IS(PASSIVE_LEVEL)
MC_SAME_IRQL VOID NTAPI McInit(MC_STRING const char *File, ULONG Line,
                               MC_STRING_OPT const char *Function);
MC_IRQL_IS(PASSIVE_LEVEL)
MC_SAME_IRQL VOID NTAPI McExit(MC_STRING const char *File, ULONG Line,
                               MC_STRING_OPT const char *Function);
MC_IRQL_MAX(DISPATCH_LEVEL)
MC_SAME_IRQL ULONG NTAPI McCheck(MC_STRING const char *File, ULONG Line,
                                 MC_STRING_OPT const char *Function);
MC_IRQL_MAX(DISPATCH_LEVEL)
MC_SAME_IRQL VOID NTAPI McListDisplay(MC_STRING const char *File, ULONG Line,
                                      MC_STRING_OPT const char *Function);
MC_IRQL_MAX(DISPATCH_LEVEL)
MC_SAME_IRQL BOOLEAN NTAPI McValidAccess(const volatile void *Ptr, MC_STRING const char *File,
                                         ULONG Line, MC_STRING_OPT const char *Function);
MC_IRQL_MAX(DISPATCH_LEVEL)
MC_SAME_IRQL BOOLEAN NTAPI McValidRange(const volatile void *Ptr, SIZE_T Length,
                                        MC_STRING const char *File, ULONG Line,
                                        MC_STRING_OPT const char *Function);
MC_IRQL_MAX(DISPATCH_LEVEL)
MC_SAME_IRQL VOID NTAPI McDescribeAddress(const volatile void *Ptr, MC_STRING const char *File,
                                          ULONG Line, MC_STRING_OPT const char *Function);
MC_IRQL_MAX(DISPATCH_LEVEL)
MC_SAME_IRQL VOID NTAPI McCheckpoint(MC_CHECKPOINT *Cp, MC_STRING const char *File, ULONG Line,
                                     MC_STRING_OPT const char *Function);
MC_IRQL_MAX(DISPATCH_LEVEL)
MC_SAME_IRQL ULONG NTAPI McDifference(const MC_CHECKPOINT *Cp, MC_STRING const char *File,
                                      ULONG Line, MC_STRING_OPT const char *Function);
MC_IRQL_MAX(DISPATCH_LEVEL)
MC_SAME_IRQL VOID NTAPI McStatistics(MC_STRING const char *File, ULONG Line,
                                     MC_STRING_OPT const char *Function);
MC_IRQL_MAX(DISPATCH_LEVEL) MC_SAME_IRQL VOID MC_VARARGS McPrint(MC_FORMAT const char *Format, ...);
MC_IRQL_MAX(DISPATCH_LEVEL)
MC_SAME_IRQL VOID MC_VARARGS McPrintDebug(MC_FORMAT const char *Format, ...);
MC_IRQL_IS(PASSIVE_LEVEL)
MC_SAME_IRQL VOID NTAPI McInitEx(const VOID *RegistryPath, MC_STRING const char *File, ULONG Line,
                                 MC_STRING_OPT const char *Function);
MC_IRQL_IS(PASSIVE_LEVEL)
MC_SAME_IRQL VOID NTAPI McReadOptions(MC_STRING const char *File, ULONG Line,
                                      MC_STRING_OPT const char *Function);
MC_IRQL_MAX(DISPATCH_LEVEL)
MC_SAME_IRQL VOID NTAPI McOnFinding(MC_FOUND_ROUTINE Routine, PVOID Context,
                                    MC_STRING const char *File, ULONG Line,
                                    MC_STRING_OPT const char *Function);
MC_IRQL_POOL(PoolType)
MC_SAME_IRQL MC_GIVES(NumberOfBytes) PVOID NTAPI
    McAllocateForSystem(POOL_TYPE PoolType, SIZE_T NumberOfBytes, MC_STRING const char *File,
                        ULONG Line, MC_STRING_OPT const char *Function);
MC_IRQL_POOL(PoolType)
MC_SAME_IRQL MC_GIVES(NumberOfBytes) PVOID NTAPI
    McAllocateForSystemWithTag(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag,
                               MC_STRING const char *File, ULONG Line,
                               MC_STRING_OPT const char *Function);
MC_IRQL_MAX(DISPATCH_LEVEL)
MC_SAME_IRQL VOID NTAPI McHandedOver(PVOID P, MC_STRING const char *File, ULONG Line,
                                     MC_STRING_OPT const char *Function);

/*
 * What the names of memcheck_replace.h call. Routine: an MC_ROUTINE whose shape takes these
 * parameters; those that it does not have are 0. Result and IRQL are those of that routine.
 */
MC_IRQL_POOL(PoolType)
MC_SAME_IRQL MC_GIVES(NumberOfBytes) PVOID NTAPI
    McAllocateAs(ULONG Routine, POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag, ULONG Priority,
                 MC_STRING const char *File, ULONG Line, MC_STRING_OPT const char *Function);
MC_IRQL_MAX(DISPATCH_LEVEL)
MC_SAME_IRQL MC_GIVES(NumberOfBytes) PVOID NTAPI
    McAllocateFlagsAs(ULONG Routine, ULONGLONG Flags, SIZE_T NumberOfBytes, ULONG Tag,
                      const VOID *Parameters, ULONG ParameterCount, MC_STRING const char *File,
                      ULONG Line, MC_STRING_OPT const char *Function);
MC_IRQL_MAX(DISPATCH_LEVEL)
MC_SAME_IRQL VOID NTAPI McFreeAs(ULONG Routine, MC_TAKES PVOID P, ULONG Tag, const VOID *Parameters,
                                 ULONG ParameterCount, MC_STRING const char *File, ULONG Line,
                                 MC_STRING_OPT const char *Function);
/* String: PUNICODE_STRING, PANSI_STRING or POEM_STRING. */
MC_IRQL_MAX(DISPATCH_LEVEL)
MC_SAME_IRQL VOID NTAPI McFreeStringAs(ULONG Routine, PVOID String, MC_STRING const char *File,
                                       ULONG Line, MC_STRING_OPT const char *Function);
/* Irp: PIRP; DeviceObject: PDEVICE_OBJECT. A plain block whose start is in
 * Irp->IoStatus.Information is handed over; then the kit's routine is called, and the result is its
 * (NTSTATUS). */
MC_IRQL_MAX(DISPATCH_LEVEL)
MC_SAME_IRQL VOID NTAPI McCompleteRequestAs(PVOID Irp, CHAR PriorityBoost,
                                            MC_STRING const char *File, ULONG Line,
                                            MC_STRING_OPT const char *Function);
MC_IRQL_MAX(DISPATCH_LEVEL)
MC_SAME_IRQL LONG NTAPI McCallDriverAs(PVOID DeviceObject, PVOID Irp, MC_STRING const char *File,
                                       ULONG Line, MC_STRING_OPT const char *Function);

#else /* MEMCHECK_ON */

/* A host has no kit: there the C library stands in, unless a simulated kernel is included. */
#if !defined(_WIN32) && !defined(MC_HOST_HAS_POOL)
#include <stdlib.h>
#define ExAllocatePool(PoolType, NumberOfBytes) ((void)(PoolType), malloc(NumberOfBytes))
#define ExAllocatePoolWithTag(PoolType, NumberOfBytes, Tag) \
    ((void)(PoolType), (void)(Tag), malloc(NumberOfBytes))
#define ExFreePool(P)             free(P)
#define ExFreePoolWithTag(P, Tag) ((void)(Tag), free(P))
#endif

#define MEM_ALLOCATE(PoolType, NumberOfBytes) ExAllocatePool(PoolType, NumberOfBytes)
#define MEM_ALLOCATE_WITH_TAG(PoolType, NumberOfBytes, Tag) \
    ExAllocatePoolWithTag(PoolType, NumberOfBytes, Tag)
#define MEMCHECK_FREE(P)                                 ExFreePool(P)
#define MEMCHECK_FREE_WITH_TAG(P, Tag)                   ExFreePoolWithTag(P, Tag)
#define MEM_ALLOCATE_FOR_SYSTEM(PoolType, NumberOfBytes) ExAllocatePool(PoolType, NumberOfBytes)
#define MEM_ALLOCATE_FOR_SYSTEM_WITH_TAG(PoolType, NumberOfBytes, Tag) \
    ExAllocatePoolWithTag(PoolType, NumberOfBytes, Tag)
#define MEM_HANDED_OVER(P)               ((void)0)
#define MEM_CHECK_INIT()                 ((void)0)
#define MEM_CHECK_INIT_EX(Path)          ((void)0)
#define MEM_CHECK_OPTIONS()              ((void)0)
#define MEM_CHECK_EXIT()                 ((void)0)
#define MEM_LIST_DISPLAY()               ((void)0)
#define MEM_DESCRIBE(Ptr)                ((void)0)
#define MEM_CHECKPOINT(Cp)               ((void)0)
#define MEM_STATISTICS()                 ((void)0)
#define MEM_ON_FINDING(Routine, Context) ((void)0)
#define MEMCHECK_PRINT(Arguments)        ((void)0)
#define MEMCHECK_DEBUG(Arguments)        ((void)0)

/* No byte, and in a function no statement: declarations may follow. */
#define MEM_CHECKPOINT_DEFINE(Name)      struct Name##_McOff

/*
 * Constants that may also stand alone as a statement. gcc warns of a bare constant there; clang at
 * -O0 gives a statement expression code of its own. So each compiler has its form.
 */
#if defined(__GNUC__) && !defined(__clang__)
#define MC_CONSTANT(Type, Value) __extension__({ (Type)(Value); })
#else
#define MC_CONSTANT(Type, Value) ((Type)(Value))
#endif
#define MEM_CHECK()                  MC_CONSTANT(ULONG, 0)
#define MEM_DIFFERENCE(Cp)           MC_CONSTANT(ULONG, 0)
#define MEM_VALID_ACCESS(Ptr)        MC_CONSTANT(BOOLEAN, TRUE)
#define MEM_VALID_RANGE(Ptr, Length) MC_CONSTANT(BOOLEAN, TRUE)

#endif /* MEMCHECK_ON */

#ifdef __cplusplus
}
#endif

#endif
