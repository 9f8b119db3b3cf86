/*
 * sim_start.h - start and stop, and what a run is made with.
 * Part of sim.h, which has the rules for all.
 */
#ifndef SIM_START_H
#define SIM_START_H

#include "sim_types.h"

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

#endif
