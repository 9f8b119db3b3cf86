/*
 * memcfg.h - the settings of MemCheck.
 *
 * Edit here, or leave the file alone and set from the build: each setting that is on here is
 * turned off by -DNAME_OFF (MEMCHECK_OFF for the whole package), each that is off is turned on by
 * -DNAME, each number is set by -DNAME=number. All files of a driver must agree: settings that
 * change layout are part of a symbol name, so a mixture does not link.
 */
#ifndef MEMCFG_H
#define MEMCFG_H

/* The whole package. Without it the MEM_... names are the kit's routines and nothing else. */
#if !defined(MEMCHECK_ON) && !defined(MEMCHECK_OFF)
#define MEMCHECK_ON
#endif

/* Show what MEMCHECK_DEBUG((...)) says: MemCheck's own workings. Off: define MEMCHECK_DEBUGPRINT.
 */

/* Show what MEMCHECK_PRINT((...)) says, and MemCheck's own notices (start, summary). */
#if !defined(MEMCHECK_INFOPRINT) && !defined(MEMCHECK_INFOPRINT_OFF)
#define MEMCHECK_INFOPRINT
#endif

/* Print a line for each buffer freed. Off: define MEMCHECK_FREEPRINT. */

/*
 * Hold freed buffers back, filled with a pattern, so that a second free and a write after free are
 * recognised for sure. Costs memory; on by default; not for shipping.
 */
#if !defined(MEMCHECK_DOUBLE_FREES) && !defined(MEMCHECK_DOUBLE_FREES_OFF)
#define MEMCHECK_DOUBLE_FREES
#endif

/*
 * Count the most that was in use at one time, all that was ever allocated and the frees, by tag and
 * by call site, for MEM_STATISTICS and a table at exit. Costs time where several processors
 * allocate at one place: they share its counters. Off: define MEMCHECK_STATISTICS.
 */

/*
 * A debug breakpoint when damage is found, only when a debugger is attached (without one it would
 * be a bug check: MemCheck says so and goes on). Off: define MEMCHECK_HALT_ON_BAD.
 */

/*
 * Once damage is reported, write the guard bytes (or the fill of a freed block) anew, so that
 * damage there is found again. Only of blocks that are surely the driver's own. Off: define
 * MEMCHECK_REPAIR.
 */

/*
 * In the ways without edits (memcheck_replace.h, the link) guard blocks in front too. Only for a
 * driver whose blocks nobody else frees: whoever frees one past MemCheck gives the pool an address
 * that is not a block. Off: define MEMCHECK_FRONT_REDZONES.
 */

/* At exit, free MemCheck's own memory, and leaked buffers that are surely the driver's own. */
#if !defined(MEMCHECK_FREE_ON_EXIT) && !defined(MEMCHECK_FREE_ON_EXIT_OFF)
#define MEMCHECK_FREE_ON_EXIT
#endif

#ifdef MEMCHECK_OFF
#undef MEMCHECK_ON
#endif
#ifdef MEMCHECK_INFOPRINT_OFF
#undef MEMCHECK_INFOPRINT
#endif
#ifdef MEMCHECK_DOUBLE_FREES_OFF
#undef MEMCHECK_DOUBLE_FREES
#endif
#ifdef MEMCHECK_FREE_ON_EXIT_OFF
#undef MEMCHECK_FREE_ON_EXIT
#endif

/*
 * The oldest Windows that the driver is to load on, as _WIN32_WINNT counts. What that version has
 * is imported; what came later is looked for when the driver runs. 0x0400 is a build for NT 4.0
 * alone (32-bit), the default one that loads everywhere from Windows 2000 on.
 */
#ifndef MEMCHECK_TARGET
#define MEMCHECK_TARGET 0x0500
#endif
#if MEMCHECK_TARGET != 0x0400 && MEMCHECK_TARGET != 0x0500 && MEMCHECK_TARGET != 0x0501 && \
    MEMCHECK_TARGET != 0x0502 && MEMCHECK_TARGET != 0x0600 && MEMCHECK_TARGET != 0x0601 && \
    MEMCHECK_TARGET != 0x0602 && MEMCHECK_TARGET != 0x0603 && MEMCHECK_TARGET != 0x0A00
#error \
    "memcfg.h: MEMCHECK_TARGET, the oldest Windows to load on, is 0x0400 (NT 4.0), 0x0500 (2000), \
0x0501 (XP), 0x0502 (Server 2003), 0x0600 (Vista), 0x0601 (7), 0x0602 (8), 0x0603 (8.1) or \
0x0A00 (10 and 11)"
#endif

/* The numbers; src/core/options.inc has their bounds and help, and checks them at compile time. */
#ifndef MEMCHECK_REDZONE
#define MEMCHECK_REDZONE 16 /* guard bytes on each side, besides the slack behind */
#endif
#ifndef MEMCHECK_QUARANTINE_KB
#define MEMCHECK_QUARANTINE_KB 0 /* each of two; 0: 64, 256 or 1024 by the size of the machine */
#endif
#ifndef MEMCHECK_QUARANTINE_BLOCKS
#define MEMCHECK_QUARANTINE_BLOCKS 4096 /* each of two */
#endif
#ifndef MEMCHECK_RETIRED
#define MEMCHECK_RETIRED 1024 /* blocks remembered after their memory went back to the pool */
#endif
#ifndef MEMCHECK_FILL
#define MEMCHECK_FILL 512 /* freed blocks up to this size are filled whole; 0 fills none */
#endif
#ifndef MEMCHECK_DEFERRED
#define MEMCHECK_DEFERRED 64 /* frees above DISPATCH_LEVEL that can wait at one time */
#endif
#ifndef MEMCHECK_REPORT_SLOTS
#define MEMCHECK_REPORT_SLOTS 8 /* reports that can be made at one time */
#endif
#ifndef MEMCHECK_AFTER_EXIT
#define MEMCHECK_AFTER_EXIT 256 /* blocks freed by EXIT whose free afterwards is recognised */
#endif
#ifndef MEMCHECK_LARGE_PAGES
#define MEMCHECK_LARGE_PAGES 16 /* blocks that touch more pages are looked up in a tree */
#endif
#ifndef MEMCHECK_LEARN
#define MEMCHECK_LEARN                                                          \
    0 /* ways without edits: guard the blocks of a call site in front too, when \
         its first so many all came back; 0: never */
#endif
#ifndef MEMCHECK_SYSTEM_BLOCKS
#define MEMCHECK_SYSTEM_BLOCKS 1024 /* blocks for the system that are remembered at one time */
#endif
#ifndef MEMCHECK_STACKS
#define MEMCHECK_STACKS 8 /* frames kept of a call stack; 0: no call stacks */
#endif
#ifndef MEMCHECK_STACK_KB
#define MEMCHECK_STACK_KB 256 /* what all call stacks may take; each is stored once */
#endif
#ifndef MEMCHECK_PATROL
#define MEMCHECK_PATROL 1 /* blocks that each patrol looks at; 0: no patrol */
#endif
#ifndef MEMCHECK_PATROL_EVERY
#define MEMCHECK_PATROL_EVERY 16 /* allocations and frees from one patrol to the next */
#endif
#ifndef MEMCHECK_CHECK_EVERY
#define MEMCHECK_CHECK_EVERY 0 /* a full check with each so many of them; 0: none */
#endif
#ifndef MEMCHECK_NEIGHBOURS
#define MEMCHECK_NEIGHBOURS 0 /* 1: at a free, the blocks beside it are looked at too */
#endif
#ifndef MEMCHECK_SLICE
#define MEMCHECK_SLICE 1024 /* blocks that a check at DISPATCH_LEVEL looks at; 0: all */
#endif
#ifndef MEMCHECK_WORKER
#define MEMCHECK_WORKER 0 /* seconds between two looks of a thread of MemCheck's own; 0: none */
#endif
#ifndef MEMCHECK_REPEAT_FRAMES
#define MEMCHECK_REPEAT_FRAMES                                               \
    1 /* frames of the driver that make two findings the same: 1 the call, 2 \
         who called the function that made it, too; for drivers with allocators of their own */
#endif
#ifndef MEMCHECK_REPEAT
#define MEMCHECK_REPEAT 0 /* 0: the same finding is printed once, then counted; 1: every time */
#endif

/*
 * Fault injection: requests that fail on purpose, always the same ones (docs/faults.md). All off
 * here: mostly these are set by the option string, for a run.
 */
#ifndef MEMCHECK_FAIL_NTH
#define MEMCHECK_FAIL_NTH 0 /* every so-manieth request fails; 0: none */
#endif
/* The first request of each call stack fails. Off: define MEMCHECK_FAIL_STACKS. */
#ifndef MEMCHECK_FAIL_CHANCE
#define MEMCHECK_FAIL_CHANCE 0 /* so many of 65536 fail, as MEMCHECK_FAIL_SEED has it */
#endif
#ifndef MEMCHECK_FAIL_SEED
#define MEMCHECK_FAIL_SEED 0
#endif
#ifndef MEMCHECK_FAIL_AFTER
#define MEMCHECK_FAIL_AFTER 0 /* so many requests first are left alone */
#endif
#ifndef MEMCHECK_FAIL_MOST
#define MEMCHECK_FAIL_MOST 0 /* after so many failures no more; 0: no bound */
#endif
#ifndef MEMCHECK_FAIL_TAGS
#define MEMCHECK_FAIL_TAGS "" /* only requests with these tags, as below; empty: all */
#endif
#ifndef MEMCHECK_FAIL_SITES
#define MEMCHECK_FAIL_SITES "" /* only those of these call sites, as below; empty: all */
#endif
#ifndef MEMCHECK_FAIL_AT
#define MEMCHECK_FAIL_AT "" /* numbers of requests that fail: "3,17,99" */
#endif

/*
 * Lists, for the ways without edits. Tags as reports show them: "Irpx,Foo ". Sites as reports show
 * them: "driver.c:120,pnp.c,+0x1234" (a line, a whole file, a module offset).
 */
#ifndef MEMCHECK_OWNED_TAGS
#define MEMCHECK_OWNED_TAGS "" /* these are guarded in front too */
#endif
#ifndef MEMCHECK_OWNED_SITES
#define MEMCHECK_OWNED_SITES ""
#endif
#ifndef MEMCHECK_SYSTEM_TAGS
#define MEMCHECK_SYSTEM_TAGS "" /* these the system frees: as by MEM_ALLOCATE_FOR_SYSTEM */
#endif
#ifndef MEMCHECK_SYSTEM_SITES
#define MEMCHECK_SYSTEM_SITES ""
#endif

/*
 * What is done about findings, which are not told, which requests are monitored at all: lists that
 * docs/options.md explains, for every way.
 */
#ifndef MEMCHECK_ON_FINDING
#define MEMCHECK_ON_FINDING "" /* "overrun:break,wild-free:bugcheck,leak:ignore" */
#endif
#ifndef MEMCHECK_SUPPRESS
#define MEMCHECK_SUPPRESS "" /* "leak:driver.c:120,late-free:'Irpx',*:+0x1234" */
#endif
#ifndef MEMCHECK_WATCH_TAGS
#define MEMCHECK_WATCH_TAGS "" /* with one of these two set only what it names is monitored */
#endif
#ifndef MEMCHECK_WATCH_SITES
#define MEMCHECK_WATCH_SITES ""
#endif
#ifndef MEMCHECK_SKIP_TAGS
#define MEMCHECK_SKIP_TAGS "" /* these are not */
#endif
#ifndef MEMCHECK_SKIP_SITES
#define MEMCHECK_SKIP_SITES ""
#endif

/*
 * The bug check of reaction bugcheck; bit 29 says that it is no code of the system's. Parameters:
 * the kind of finding (its number in docs/options.md); the address that it is about; where the call
 * that found it returns to; where the allocation of its block returned to (0: there is none).
 */
#ifndef MEMCHECK_BUGCHECK_CODE
#define MEMCHECK_BUGCHECK_CODE 0xE04D6368 /* "Mch" */
#endif

#endif
