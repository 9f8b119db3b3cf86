/*
 * library.h - a preload library that puts MemCheck's core under real programs: a test bench, not a
 * product. Nobody should look for bugs of programs with it; it looks for bugs of the core.
 *
 *     LD_PRELOAD=.../programs.so sqlite3 ...
 *
 * Each malloc of the program becomes an owned block of the core on the POSIX platform, each free a
 * judged free: redzones, fill, quarantine, index, patrol, call stacks, all as in a driver. What the
 * program computes must not change, and nothing may be found.
 *
 * 1. LAYERS
 *
 *      the program, and the C library's own calls
 *      names.c     malloc and its kin, as the C library promises them
 *      gate.c      start, nesting, fork
 *      core        McAllocateBlock, McFreeBlock; src/platform/posix, unchanged
 *      beneath.c   what the POSIX platform calls: glibc's allocator by its other names
 *                  (__libc_malloc ...), and a log instead of standard error
 *      summary.c   at the end: check everything, count everything, one line
 *
 * 2. NESTED CALLS. While a thread is inside the core, the C library may allocate for it (a
 * thread's stack limits are read from a file), or a signal handler may. Such a call must not enter
 * again: a lock may be held. It gets memory from beneath; a free is put off until the thread is
 * out. Both are counted ("nested"), and the core is told of the address once the thread is out.
 *
 * 3. EARLY CALLS. Before the C library has set up `environ` nothing of it can be relied on: memory
 * comes from beneath ("early"). The first call after that starts MemCheck.
 *
 * 4. FORK. A thread that is inside when another forks would leave the child a lock that nobody
 * releases. So fork closes a gate, waits until no other thread is inside, and opens it on both
 * sides. Ours is the first pthread_atfork, and so the last of all handlers before the fork.
 * vfork and posix_spawn share memory and stop the caller: nothing to do. The thread of option
 * worker does not come by the gate: not with programs that fork.
 *
 * 5. ALIGNMENT. 16 bytes, 64 (the pool's cache-aligned types), and 4,096 from a page on are what
 * the pool promises; such blocks are monitored. A request for more is one that the pool does not
 * know: it is passed on by the core as an untracked one ("aligned").
 *
 * 6. THE END is that of the process: exit, or _exit. MEM_CHECK looks at all there is, and the
 * process goes on as it was, since other destructors may follow. With MEMCHECK_PROGRAMS_EXIT set,
 * MEM_CHECK_EXIT follows, with every block that the program has left: leaks are counted, not
 * reported. From then on ("ended") memory comes from beneath, and nothing is freed any more.
 */
#ifndef PROGRAMS_LIBRARY_H
#define PROGRAMS_LIBRARY_H

#include "core.h"

#include <stdbool.h>
#include <stddef.h>

/* ---- counters, from the start of the program, and through each fork ---- */

typedef struct COUNTERS {
    volatile LONG Requests; /* allocations given to the core */
    volatile LONG Frees;    /* frees given to the core */
    volatile LONG Moves;    /* of both: by realloc */
    volatile LONG Zero;     /* requests of 0 bytes */
    volatile LONG Aligned;  /* requests of more alignment than the pool knows: untracked */
    volatile LONG Early;    /* allocations from beneath, before the start */
    volatile LONG Nested;   /* allocations from beneath, by a thread that was inside */
    volatile LONG Beneath;  /* frees of such memory that the core did not see */
    volatile LONG Lost;     /* nested calls that were more than there is room for */
} COUNTERS;

extern COUNTERS Counters;

/* ---- gate.c ---- */

/* Into the core. FALSE: this thread is inside already, or it is too early (GateEarly). */
bool GateEnter(void);
void GateLeave(void);
bool GateEarly(void);
bool GateEnded(void);
void GateEnd(void); /* in the gate: nobody enters any more */
/* Wait until no other thread is inside, and let none in: for a fork, or to look at everything. The
 * caller is inside, or a fork's handler. */
void GateClose(void);
void GateOpen(void);
/* A nested call, for when the thread is out: P was handed out from beneath, or freed. */
void GateHandedOut(void *P);
void GateFreed(void *P);
bool GateIsNested(const void *P); /* handed out in this very nesting */
int GateProcess(void);            /* the process that this memory belongs to */
LONG GateInherited(void); /* monitored allocations that a fork's child has from its parent */

/* ---- names.c ---- */

/* A free of the program, in the gate. */
void FreeInside(void *P, const void *ReturnAddress);
/* A block of Size bytes, in the gate; NULL: no memory. Alignment: a power of two, or 0. */
void *AllocateInside(size_t Size, size_t Alignment, ULONG Tag, const void *ReturnAddress);

/* ---- beneath.c ---- */

void *BeneathAllocate(size_t Size, size_t Alignment);
void *BeneathReallocate(void *P, size_t Size);
void BeneathFree(void *P);
size_t BeneathSize(void *P); /* usable bytes of a block of the allocator beneath */
/* What an untracked request of this thread is aligned to; 0: as the platform asks. */
extern __thread size_t BeneathAlignment;
void BeneathStart(void); /* once, in the gate */
/* A line to the log: file PID in the folder MEMCHECK_PROGRAMS_LOG, else standard error. */
void BeneathSay(const char *Format, ...) __attribute__((format(printf, 1, 2)));
void BeneathSayMaps(void); /* which module is where, for whoever reads addresses in a report */

/* ---- summary.c ---- */

void SummaryStart(void); /* the first line of a program */
/* Everything is checked, and said; once for each process. How: what ends it. */
void Summary(const char *How);

#endif
