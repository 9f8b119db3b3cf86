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
 * A debug breakpoint when damage is found, only when a debugger is attached (without one it would
 * be a bug check: MemCheck says so and goes on). Off: define MEMCHECK_HALT_ON_BAD.
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
#ifndef MEMCHECK_REPEAT
#define MEMCHECK_REPEAT 0 /* 0: the same finding is printed once, then counted; 1: every time */
#endif

#endif
