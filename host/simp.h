/*
 * simp.h - private to the simulated kernel. Its theory of operation.
 *
 * 1. Modules. sim_start (options, start, stop), sim_thread (threads), sim_sched (who runs, with
 *    SIM_ONE_CPU), sim_point (where a test steps in), sim_irql, sim_lock, sim_dpc, sim_paging (what
 * is accessible, faults), sim_arena (address space, page states), sim_chunk (out-of-line records,
 * bins), sim_heap (which bytes a request gets), sim_place (the same at an address the test orders),
 * sim_pool (the kit's routines and their rules), sim_observe (requests kept, counters), sim_inject
 * (failures, raise), sim_flags (the routines with POOL_FLAGS), sim_string, sim_io (IRPs),
 * sim_misuse, sim_output, sim_time, sim_memory. Each has SimpXxxStart, and Stop where needed.
 *
 * 2. Call points. Every kit routine begins with SimpEnter. Below DISPATCH_LEVEL, that runs DPCs
 * that wait and, with SIM_ONE_CPU, may let another thread run. A routine that lowers the IRQL below
 *    DISPATCH_LEVEL ends with SimpCallPoint, for the same reason.
 *
 * 3. The pool never touches pool memory: records lie elsewhere, so that no overrun harms them, and
 * a page fault cannot happen with the pool locked.
 *
 * 4. Paged memory is inaccessible while (raised threads > 0 and live paged blocks > 0),
 *    or one such time in PagingEvery. sim_paging
 *    alone calls mprotect on the paged arena; page states (PAGE_INFO.Ok) say what is accessible
 * when nobody is raised.
 *
 * 5. Locks, in order of acquisition; each is held for a moment, none while driver code runs (but
 * the processor locks, which are what being raised means): processor lock  >  pool  >  paging  >
 * output, misuse, dpc, irp, thread table (leaves) The scheduler's lock is a leaf too; a thread that
 * waits for its turn holds nothing else. The fault handler and the watchdog take no lock.
 */
#ifndef SIMP_H
#define SIMP_H

#include <pthread.h>
#include <setjmp.h>
#include <stdatomic.h>
#include <stdint.h>
#include "sim.h"

#define SIMP_THREADS    64
#define SIMP_LOCKS_HELD 32

/* A block's alignment, and the unit of everything in the pool. */
#define SIMP_GRANULE       (2 * sizeof(void *))
#define SIMP_PAGE_GRANULES ((ULONG)(PAGE_SIZE / SIMP_GRANULE))

#define SIMP_TAG_NONE    0x656E6F4Eu /* 'None', what ExAllocatePool uses */
#define SIMP_TAG_FOREIGN 0x6E677246u /* 'Frgn' */

/* ----------------------------------------------------------------------- threads, sim_thread */

typedef enum _SIMP_STATE { SIMP_READY, SIMP_SLEEPING, SIMP_JOINING, SIMP_DONE } SIMP_STATE;

typedef struct _SIMP_TRY {
    jmp_buf Env;
    struct _SIMP_TRY *Outer;
    volatile NTSTATUS Status; /* written between setjmp and longjmp */
} SIMP_TRY;

struct _SIM_THREAD {
    ULONG Slot; /* place in the table; with SIM_PARALLEL it gives the CPU */
    ULONG_PTR Id;
    char Name[16];
    pthread_t Pthread;
    ULONG_PTR StackLow, StackHigh;
    void (*Routine)(PVOID);
    PVOID Context;
    SIMP_TRY *Try; /* innermost */

    /* Written by the thread itself, read by the fault handler, watchdog and deadlock messages. */
    volatile KIRQL Irql;
    volatile BOOLEAN InDpc;
    volatile ULONG LocksHeld;
    ULONG StrictHeld;
    PKSPIN_LOCK Locks[SIMP_LOCKS_HELD];
    KIRQL LockIrql[SIMP_LOCKS_HELD]; /* before the acquisition */
    volatile PKSPIN_LOCK SpinsOn;    /* held by another */
    const char *volatile Doing;      /* kit routine entered last */

    /* SIM_ONE_CPU, under the scheduler's lock. */
    SIMP_STATE State;
    ULONGLONG WakeAt; /* simulated ms */
    SIM_THREAD *JoinTarget;
    pthread_cond_t Turn;
};

extern __thread SIM_THREAD *SimpThread;
extern SIM_OPTIONS SimpOptions;
extern atomic_bool SimpRunning;

/* The version of SIM_OPTIONS, as _WIN32_WINNT counts. */
#define SIMP_XP    0x0501u
#define SIMP_VISTA 0x0600u
#define SIMP_8     0x0602u
#define SIMP_10    0x0A00u
ULONG SimpVersion(void);

/* TRUE while SimpEnter has something to do at a call point. */
extern atomic_int SimpCallPoints;

static inline BOOLEAN SimpOneCpu(void)
{
    return SimpOptions.Threading == SIM_ONE_CPU;
}

_Noreturn void SimpNotAThread(const char *Routine);
void SimpCallPoint(SIM_THREAD *Self);

/* The calling thread; aborts where it is none of ours. */
static inline SIM_THREAD *SimpSelf(const char *Routine)
{
    SIM_THREAD *Self = SimpThread;

    if (Self == NULL) {
        SimpNotAThread(Routine);
    }
    Self->Doing = Routine;
    return Self;
}

/* SimpSelf, and a call point. */
static inline SIM_THREAD *SimpEnter(const char *Routine)
{
    SIM_THREAD *Self = SimpSelf(Routine);

    if (Self->Irql < DISPATCH_LEVEL &&
        atomic_load_explicit(&SimpCallPoints, memory_order_relaxed) != 0) {
        SimpCallPoint(Self);
    }
    return Self;
}

void SimpThreadStart(void);
void SimpThreadStop(void);
SIM_THREAD *SimpThreadAt(ULONG Slot); /* NULL: slot not in use */
void SimpThreadEnd(SIM_THREAD *Self); /* checks that it ends clean */

/* ---------------------------------------------------------------------- scheduler, sim_sched */

void SimpSchedStart(void);
void SimpSchedAttach(SIM_THREAD *Thread);  /* a new thread: ready, not running */
void SimpSchedFirstTurn(SIM_THREAD *Self); /* wait until it is chosen for the first time */
void SimpSchedMaySwitch(SIM_THREAD *Self); /* a call point */
void SimpSchedSleep(SIM_THREAD *Self, ULONGLONG At); /* until the clock reads At ms */
void SimpSchedJoin(SIM_THREAD *Self, SIM_THREAD *Target);
void SimpSchedDone(SIM_THREAD *Self);

/* --------------------------------------------------------------- sim_irql, sim_lock, sim_dpc */

void SimpIrqlStart(void);
void SimpSetIrql(SIM_THREAD *Self, KIRQL Irql); /* no rules checked, no call point */
BOOLEAN SimpIrqlAtMost(const SIM_THREAD *Self, const char *Routine, KIRQL Highest);

/* FALSE: the thread holds a strict lock, and the test expected this misuse. */
BOOLEAN SimpNotUnderLock(const SIM_THREAD *Self, const char *Routine);

BOOLEAN SimpPointsWatched(void); /* sim_point: a test steps in */

void SimpDpcStart(void);
void SimpDpcRun(SIM_THREAD *Self);
ULONG SimpDpcWaiting(void);

/* -------------------------------------------------------------------------- pages, sim_arena */

/* What is known of a page of an arena. All 0: never used. */
typedef struct _SIMP_PAGE {
    ULONG Run;       /* handle of the page run it belongs to; 0: none */
    ULONG EmptyNext; /* list of small pages without a block, page number + 1 */
    ULONG EmptyPrev;
    USHORT Blocks;     /* small page: live blocks, and freed ones not to be used again */
    UCHAR Small;       /* divided into blocks */
    volatile UCHAR Ok; /* accessible when nobody is raised */
} SIMP_PAGE;

#define SIMP_BINS (512 + 1 + 64 + 1)

typedef struct _SIMP_CHUNK SIMP_CHUNK;

typedef struct _SIMP_ARENA {
    char *Base;
    SIZE_T Bytes;
    BOOLEAN Paged;
    ULONG Pages;
    ULONG NextPage; /* pages from here on were never used; written under pool and paging lock */
    ULONG Holes;    /* pages below it that are not accessible */
    ULONG Empty;    /* small pages without a block, page number + 1 */
    SIMP_PAGE *Page;
    ULONG *HandleAt; /* by granule: chunk that starts there, in small pages */
    SIMP_CHUNK *Chunk;
    ULONG ChunkLimit, ChunkTop, ChunkFree;
    ULONG Bin[SIMP_BINS];
    ULONG BinMap[SIMP_BINS / 32 + 1];
    SIZE_T Reserved[3]; /* bytes behind Page, HandleAt, Chunk */
} SIMP_ARENA;

extern SIMP_ARENA SimpArenas[2]; /* nonpaged, paged */

void SimpArenaStart(void);
void SimpArenaStop(void);
void SimpArenaEmpty(void);              /* as after SimpArenaStart, at the same addresses */
SIMP_ARENA *SimpArenaOf(const void *P); /* NULL: not pool */

/* Make these pages accessible or not (Ok), both their state and in fact. Pool locked. */
void SimpArenaAccess(SIMP_ARENA *Arena, ULONG Page, ULONG Count, UCHAR Ok);

static inline ULONG SimpPageOf(const SIMP_ARENA *Arena, const void *P)
{
    return (ULONG)(((SIZE_T)((const char *)P - Arena->Base)) >> PAGE_SHIFT);
}

static inline ULONG SimpGranuleOf(const SIMP_ARENA *Arena, const void *P)
{
    return (ULONG)(((SIZE_T)((const char *)P - Arena->Base)) / SIMP_GRANULE);
}

/* ------------------------------------------------------------------------ paging, sim_paging */

void SimpPagingStart(void);
void SimpPagingStop(void);
void SimpPagingRaise(void);
void SimpPagingLower(void);
void SimpPagingLive(int Change); /* live paged blocks: +1, -1 */
void SimpPagingForget(void);     /* no live paged blocks any more */
BOOLEAN SimpPagingOff(void);     /* paged memory is inaccessible now */

/* Take the next Count pages into use, not accessible yet. Pool locked. */
void SimpPagingGrow(SIMP_ARENA *Arena, ULONG Count);

/* mprotect on an arena; for the paged one it waits until nobody is raised. */
void SimpPagingApply(SIMP_ARENA *Arena, ULONG Page, ULONG Count, UCHAR Ok);

/* ------------------------------------------------------------------------ records, sim_chunk */

typedef enum _SIMP_CHUNK_STATE {
    SIMP_CHUNK_NONE,  /* record not in use */
    SIMP_CHUNK_FREE,  /* in a bin */
    SIMP_CHUNK_LIVE,  /* a block */
    SIMP_CHUNK_LIMBO, /* freed, not to be used again */
    SIMP_CHUNK_HEAD   /* first granule of a small page: nobody's */
} SIMP_CHUNK_STATE;

#define SIMP_PAGES       0x01 /* a run of pages, not part of a small page */
#define SIMP_FRESH       0x02 /* never handed out before */
#define SIMP_WAS_BLOCK   0x04 /* free; the block that starts here was freed */
#define SIMP_GUARD_END   0x08 /* run whose last page is the guard */
#define SIMP_GUARD_START 0x10 /* run whose first page is the guard */
#define SIMP_IS_FOREIGN  0x20 /* owner */
#define SIMP_IS_SECURE   0x40 /* secure pool */

/* A piece of an arena: a block, or free. 32 bytes, as there may be a million. */
struct _SIMP_CHUNK {
    union {
        struct {
            ULONG Next, Prev; /* free: in its bin */
        } Link;
        ULONGLONG Sequence; /* live */
    } u;
    ULONG Start; /* granules from the arena's start */
    ULONG Units; /* granules */
    ULONG Size;  /* bytes requested; no arena has 4 GB */
    ULONG Tag;
    USHORT Type; /* as given */
    UCHAR State;
    UCHAR Flags;
};

SIMP_CHUNK *SimpChunkNew(SIMP_ARENA *Arena, ULONG Start, ULONG Units, UCHAR State, UCHAR Flags);
void SimpChunkForget(SIMP_ARENA *Arena, SIMP_CHUNK *Chunk);
BOOLEAN SimpChunkRoom(const SIMP_ARENA *Arena); /* room for the few records a request takes */
void SimpChunkBin(SIMP_ARENA *Arena, SIMP_CHUNK *Chunk);   /* becomes free */
void SimpChunkUnbin(SIMP_ARENA *Arena, SIMP_CHUNK *Chunk); /* is free, becomes none */

/* Cut Chunk, which is in no bin, to Units; the rest becomes a free chunk. */
void SimpChunkSplit(SIMP_ARENA *Arena, SIMP_CHUNK *Chunk, ULONG Units);

/* First free chunk of the lowest non-empty bin from Bin on and below Limit; NULL: none. */
SIMP_CHUNK *SimpChunkFirst(SIMP_ARENA *Arena, ULONG Bin, ULONG Limit);
ULONG SimpChunkBinOf(ULONG Units, UCHAR Flags);

#define SIMP_BIN_PAGES \
    513 /* first bin of page runs, by pages - 1; the last holds all longer ones */

static inline SIMP_CHUNK *SimpChunkAt(const SIMP_ARENA *Arena, ULONG Handle)
{
    return Handle == 0 ? NULL : &Arena->Chunk[Handle];
}

static inline ULONG SimpChunkHandle(const SIMP_ARENA *Arena, const SIMP_CHUNK *Chunk)
{
    return (ULONG)(Chunk - Arena->Chunk);
}

static inline ULONG SimpChunkPage(const SIMP_CHUNK *Chunk)
{
    return Chunk->Start / SIMP_PAGE_GRANULES;
}

/* --------------------------------------------------------------------- which bytes, sim_heap */

/* What the heap is asked for. */
typedef struct _SIMP_WANT {
    SIZE_T Size;
    ULONG Type, Tag;
    SIM_OWNER Owner;
    ULONGLONG Sequence;
    BOOLEAN Secure;
    BOOLEAN Fresh; /* out: the memory was never handed out before */
} SIMP_WANT;

void SimpHeapStart(void);

/* All with the pool locked. */
PVOID SimpHeapAllocate(SIMP_ARENA *Arena, SIMP_WANT *Want);
void SimpHeapFree(SIMP_ARENA *Arena, SIMP_CHUNK *Chunk);
SIMP_CHUNK *SimpHeapFind(SIMP_ARENA *Arena, const void *P); /* the chunk P lies in; NULL: none */
char *SimpHeapBlock(const SIMP_ARENA *Arena, const SIMP_CHUNK *Chunk); /* start of its block */
void SimpHeapReclaim(SIMP_ARENA *Arena, ULONG Page);        /* empty small page -> free page run */
void SimpHeapMakeSmall(SIMP_ARENA *Arena, SIMP_CHUNK *Run); /* run of one page, in no bin */
BOOLEAN SimpHeapIsSmall(SIZE_T Size, ULONG Type);
ULONG SimpHeapUnits(SIZE_T Size); /* granules for a small block, whole pages for others */
ULONG SimpHeapAlign(ULONG Type);  /* granules */

extern PVOID SimpPlaceAt;
SIMP_CHUNK *SimpPlace(SIMP_ARENA *Arena, const SIMP_WANT *Want); /* at SimpPlaceAt, or aborts */

/* --------------------------------------------------------- sim_pool and those around it */

extern pthread_mutex_t SimpPoolLock;

static inline SIMP_ARENA *SimpArenaFor(ULONG Type)
{
    return &SimpArenas[Type & 1];
}

/* A request whose parameters are judged. */
typedef struct _SIMP_ASK {
    SIM_REQUEST Request;
    ULONG Type;         /* of the memory, as a POOL_TYPE */
    NTSTATUS OnFailure; /* STATUS_SUCCESS: NULL; else this is raised */
    BOOLEAN Zero;
    BOOLEAN Secure;
} SIMP_ASK;

PVOID SimpPoolServe(SIM_THREAD *Self, SIMP_ASK *Ask); /* the block, or NULL, or raises; recorded */
SIM_MISUSE SimpPoolJudgeIrql(const SIM_THREAD *Self, ULONG Type);
void SimpPoolCaller(SIM_REQUEST *Request, const SIM_THREAD *Self, SIM_ROUTINE Routine);
void SimpPoolRecord(SIM_REQUEST *Request); /* a call that did not get as far as the heap */
void SimpPoolMisuse(const SIM_THREAD *Self, SIM_MISUSE Misuse, SIM_REQUEST *Request); /* the same */

/* Judge a free of Result, carry it out when it is legal, record it; FALSE: an expected misuse. */
BOOLEAN SimpPoolRelease(SIM_THREAD *Self, SIM_REQUEST *Request, BOOLEAN Secure);
BOOLEAN SimpPoolFree(SIM_THREAD *Self, SIM_ROUTINE Routine, PVOID P, ULONG Tag);

void SimpIoStart(void);
void SimpIoRun(SIM_THREAD *Self); /* what completed IRPs wait for; below DISPATCH_LEVEL */

void SimpObserveStart(void);
ULONGLONG SimpObserveNext(void); /* sequence number of the call about to be recorded */
void SimpObserve(const SIM_REQUEST *Request);
void SimpObserveLive(SIM_OWNER Owner, SIZE_T Size, int Change);

void SimpInjectStart(void);
BOOLEAN SimpInject(const SIM_REQUEST *Request); /* TRUE: this request is to fail */
_Noreturn void SimpRaise(SIM_THREAD *Self, NTSTATUS Status, const char *Why);

/* -------------------------------------------------------------------------------- sim_misuse */

#define SIMP_PRINTF(F, A) __attribute__((format(printf, F, A)))

/* Aborts, or returns where the test expects it. */
void SimpMisuse(SIM_MISUSE Kind, const char *Format, ...) SIMP_PRINTF(2, 3);

/* The test itself, or the machine, cannot go on. */
_Noreturn void SimpFatal(const char *Format, ...) SIMP_PRINTF(1, 2);

void SimpSay(const char *Format, ...) SIMP_PRINTF(1, 2); /* a line on stderr */
void SimpMisuseStart(void);
void SimpMisuseStop(void);

/* ---------------------------------------------------------------------- sim_time, sim_output */

void SimpTimeStart(void);
void SimpTimeStop(void);
ULONGLONG SimpTimeNow(void);           /* simulated ms */
void SimpTimeReach(ULONGLONG AtLeast); /* frozen clock: move it there unless it is further */
void SimpBugCheckStart(void);
void SimpOutputStart(void);
void SimpOutputStop(void);
void SimpOptionsStop(void);

#endif
