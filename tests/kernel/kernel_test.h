/*
 * kernel_test.h - the kernel suite: one source, three worlds.
 *
 * The same tests are compiled into memcheck_test.sys, which runs them from DriverEntry on any NT
 * kernel (world_nt.c), and into host programs of 64 and 32 bit on the simulated kernel
 * (world_sim.c). kernel_test.c runs the table. A test is a function named after the rule it proves:
 *
 *     static VOID redzone_nul_overrun_is_seen(VOID)
 *     {
 *         PUCHAR P = KtAllocate(NonPagedPool, 100);
 *         P[100] = 0;
 *         MEMCHECK_FREE(P);
 *         KT_CHECK(KT_EXPECT(McKindOverrun)->Damage.First == 100);
 *     }
 *
 * - MEM_CHECK_INIT is called before a test and MEM_CHECK_EXIT after it, but for KT_OWN_INIT.
 * - Each finding MemCheck reports is captured. A test takes those it expects (KT_EXPECT); one that
 *   is left at the end fails the test. So silence need not be asserted, only speech.
 * - On the simulated kernel a block left in the pool fails the test, and so does whatever its
 * strict pool, its paging or its watchdog abort for.
 * - What only the simulation can show is marked KT_SIM, what needs a working IRQL KT_IRQL, and so
 *   on: elsewhere the test is skipped, with its reason, and counted.
 *
 * A test also runs on a real kernel. So it writes to nothing but the raw extent of its own blocks
 * (redzones are fair game; KtPoke gives what to put back), never hands the pool a pointer that the
 * pool would stop the system for unless stopping it is what MemCheck promises, and waits with a
 * time-out only.
 */
#ifndef KERNEL_TEST_H
#define KERNEL_TEST_H

#ifdef _WIN32
#include <ntddk.h>
#else
#include "platform_sim.h"
#include "sim.h"
#define KT_SIM_WORLD
#define MC_HOST_HAS_POOL /* with MEMCHECK_OFF the simulated pool stands in, not the C library */
#endif
#include "memcheck.h"
#include "finding.h"
#undef MEMCHECK_IMPLEMENTATION /* of which finding.h is a part: the suite is a driver */

/* ---- tests and their table ---- */

typedef struct _KT_TEST {
    const char *Name;
    VOID (*Routine)(VOID);
    ULONG Flags;
} KT_TEST;

#define KT_TEST_ROW(Name, Flags) \
    {                            \
#Name, Name, Flags       \
    }

/* What a test needs; without it, it is skipped. */
#define KT_SIM        0x01    /* the simulated kernel: its log of requests, failures, placement */
#define KT_IRQL       0x02    /* KeRaiseIrql has an effect */
#define KT_SYSTEM     0x04    /* MmSystemRangeStart parts user space from the pool */
#define KT_QUARANTINE 0x08    /* built with MEMCHECK_DOUBLE_FREES, and no small quarantine */
#define KT_EXIT_FREES 0x10    /* built with MEMCHECK_FREE_ON_EXIT */
#define KT_POOL       0x20    /* the pool page-aligns and crosses no page, as the kit says */
#define KT_FILL       0x40    /* built with MEMCHECK_FILL of 512 or more */
#define KT_RETIRED    0x80    /* built with MEMCHECK_RETIRED of 1,024 or more */
#define KT_PLAIN      0x10000 /* built so that the kit's names give plain blocks */
#define KT_OTHER      0x40000 /* another copy of MemCheck, as another driver has it */
#define KT_STACKS     0x80000 /* call stacks can be walked */
#define KT_NEEDS      0xd00ff

/* How it is run. */
#define KT_OWN_INIT      0x100   /* calls KtInit and KtExit itself */
#define KT_STRICT_LOCKS  0x200   /* simulation: nothing may be called with any spin lock held */
#define KT_BIG_MACHINE   0x400   /* simulation: MmLargeSystem, so quarantines of 1 MB */
#define KT_WINDOWS_2000  0x800   /* simulation: must-succeed requests are valid */
#define KT_WINDOWS_VISTA 0x2000  /* simulation: quota-fail is known */
#define KT_WINDOWS_8     0x4000  /* simulation: pool that is not executable */
#define KT_WINDOWS_10    0x8000  /* simulation: POOL_FLAGS, zeroing by the pool */
#define KT_UNMAP         0x20000 /* simulation: free pages are out of reach */
#define KT_TABLES_STAY                                                         \
    0x1000 /* simulation: EXIT cannot free MemCheck's memory, as it should not \
            */

/* The themes, one file each; a row without a name ends a table. */
extern const KT_TEST KtTestsOrder[], KtTestsAllocate[], KtTestsRedzones[], KtTestsFree[],
    KtTestsQuarantine[], KtTestsIrql[], KtTestsMemory[], KtTestsAccess[], KtTestsLeaks[],
    KtTestsThreads[], KtTestsSettings[], KtTestsFamily[], KtTestsMisuse[], KtTestsPolicy[],
    KtTestsPlain[], KtTestsHandOver[], KtTestsDescribe[], KtTestsStacks[], KtTestsOptions[],
    KtTestsReaction[], KtTestsWatch[], KtTestsPatrol[], KtTestsInject[], KtTestsTally[],
    KtTestsOwn[], KtTestsOwnTables[];
extern const KT_TEST *const KtThemes[]; /* those of this build, NULL at the end */

/* ---- checks; any thread, any IRQL at which printing is allowed ---- */

#define KT_CHECK(Condition)                         \
    do {                                            \
        if (!(Condition)) {                         \
            KtFail(__FILE__, __LINE__, #Condition); \
        }                                           \
    } while (0)

/* The same, and the test (a function without result) ends where it fails. */
#define KT_REQUIRE(Condition)                       \
    do {                                            \
        if (!(Condition)) {                         \
            KtFail(__FILE__, __LINE__, #Condition); \
            return;                                 \
        }                                           \
    } while (0)

VOID KtFail(const char *File, ULONG Line, const char *What);

/* ---- findings ---- */

/*
 * MemCheck calls this for each finding it submits, repetitions too, when it is built with
 * MEMCHECK_TEST_HOOK.
 */
VOID McTestReport(const MC_FINDING *Finding);

/* Take the oldest captured finding of this kind. There is none: the test fails, and an empty
 * finding comes back, so that the result may always be looked into. Valid for the next few: */
#define KT_TAKEN        8
#define KT_EXPECT(Kind) KtExpect((Kind), __FILE__, __LINE__)
const MC_FINDING *KtExpect(MC_KIND Kind, const char *File, ULONG Line);

ULONG KtPending(MC_KIND Kind); /* captured and not taken */
ULONG KtAllow(MC_KIND Kind);   /* take all of a kind, none is fine too; gives how many */

/* Capture none of this kind from now to the end of the test: for threads that run into
 * MEM_CHECK_EXIT, say, of which nobody knows how often they will be told off. */
VOID KtIgnore(MC_KIND Kind);

/* Take everything, what was lost for want of room too. */
VOID KtForget(VOID);

/* None may be waiting now; takes those that are. */
#define KT_SILENT() KtSilent(__FILE__, __LINE__)
VOID KtSilent(const char *File, ULONG Line);

/* ---- start and end of MemCheck, for tests with KT_OWN_INIT; others may call KtExit early ---- */

VOID KtInit(VOID);
VOID KtExit(VOID);

/* ---- blocks ---- */

#define KT_TAG 0x7453634Du /* 'McSt' */

#define KT_PAGE      4096u
#define KT_ALIGNMENT (2 * sizeof(PVOID)) /* of the pool */

/* Both pool types, for loops: KtPools[0] is nonpaged, [1] paged. */
extern const POOL_TYPE KtPools[2];

/* Of KT_TAG; the bytes are the test's own values. NULL: the test has failed already. */
PUCHAR KtAllocate(POOL_TYPE PoolType, SIZE_T Size);

/* Fill, and look whether all is still so. */
VOID KtFill(PUCHAR P, SIZE_T Size, UCHAR Value);
BOOLEAN KtIsFilled(const UCHAR *P, SIZE_T Size, UCHAR Value);

/* Change one byte (to Value, or to its complement where it has that value already), give what it
 * was, for putting it back. */
UCHAR KtPoke(PUCHAR P, UCHAR Value);

/* Bytes one quarantine may hold; and free so many others that all that is in it now leaves it. */
SIZE_T KtQuarantineBytes(VOID);
VOID KtFlush(POOL_TYPE PoolType);

BOOLEAN KtSame(const char *A, const char *B);
BOOLEAN KtEndsWith(const char *Path, const char *File); /* Path is File, or a path to it */

/* ---- single words shared by threads: gcc and clang have these everywhere ---- */

#define KtAdd(Value, Amount)  __sync_add_and_fetch((Value), (Amount))
#define KtSwap(Value, To, If) __sync_val_compare_and_swap((Value), (If), (To))

/* ---- the world: world_nt.c, world_sim.c ---- */

/* One line to where results go. Any IRQL at which the world can print. */
VOID KtPrint(const char *Format, ...);

ULONG KtWorldLacks(VOID); /* which of KT_NEEDS this world has not */
VOID KtWorldBegin(const KT_TEST *Test);
VOID KtWorldEnd(const KT_TEST *Test); /* checks that nothing is left in the pool, where it can */

KIRQL KtRaise(KIRQL Irql); /* gives the level before */
VOID KtLower(KIRQL Irql);

/* PASSIVE_LEVEL. */
VOID KtSleep(ULONG Milliseconds);

/* Wait until *Value is at least Least; FALSE after ten seconds. PASSIVE_LEVEL. */
BOOLEAN KtWait(volatile LONG *Value, LONG Least);

/*
 * System threads. The structure is static, as is all that the thread touches: one that does not end
 * in time is left behind, the test fails, and the driver will not unload.
 */
typedef struct _KT_THREAD {
    VOID (*Routine)(PVOID Context);
    PVOID Context;
    PVOID Object; /* of the world; NULL: not running */
} KT_THREAD;

BOOLEAN KtThreadStart(KT_THREAD *Thread, VOID (*Routine)(PVOID Context), PVOID Context);
BOOLEAN KtThreadJoin(KT_THREAD *Thread);

/* Routine(Context) at DISPATCH_LEVEL on this processor, soon; then *Done is 1 more. IRQL <=
 * DISPATCH_LEVEL; at most KT_DPCS wait. FALSE: it could not be queued. Needs KT_IRQL. */
#define KT_DPCS 8
BOOLEAN KtQueueDpc(VOID (*Routine)(PVOID Context), PVOID Context, volatile LONG *Done);

/* ---- running: kernel_test.c ---- */

typedef struct _KT_COUNTS {
    ULONG Passed;
    ULONG Failed;
    ULONG Skipped;
} KT_COUNTS;

extern volatile LONG KtFailures; /* of the test that runs */

/* NULL: this test can run here; else why not. */
const char *KtWhySkipped(const KT_TEST *Test);
BOOLEAN KtRunOne(const KT_TEST *Test); /* TRUE: passed; prints nothing but failures */
VOID KtPrintCounts(const KT_COUNTS *Counts);

#endif
