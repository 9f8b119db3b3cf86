/*
 * repeat.h - has this finding been reported already? Private to src/report.
 *
 * The same finding: the same kind, the same allocation site and, where a free is the mistake or
 * belongs to it, the same site of that free; of a call that is wrong in itself, the same mistake at
 * the same site; never the address. To a site belongs the path to it, as far as it lies in the
 * driver. Wait-free, so that any thread may ask at any IRQL <=
 * DISPATCH_LEVEL.
 */
#ifndef MC_REPEAT_H
#define MC_REPEAT_H

#include "describe.h"

#define MC_REPEAT_ENTRIES 256 /* different findings that are told apart */

typedef enum _MC_REPEAT {
    McRepeatNew,    /* the first of its sort */
    McRepeatAgain,  /* counted as a repetition */
    McRepeatUnknown /* no room to remember it: it is reported, and so will be the next */
} MC_REPEAT;

/* *Entry: for McRepeatNumber, or MC_REPEAT_ENTRIES where it is not remembered. */
MC_REPEAT McRepeatAsk(const MC_FINDING *Finding, ULONG *Entry);

/* The report that this entry's finding got. Any Entry that McRepeatAsk gave. */
VOID McRepeatNumber(ULONG Entry, ULONG Number);

/* For each finding that was repeated a line for people and one for programs. Text: started with
 * MC_LINE_SIZE bytes of a buffer of MC_MACHINE_SIZE, and a sink. */
VOID McRepeatDescribe(MC_TEXT *Text, const MC_REPORT_CONTEXT *Context);

/* Forget all. PASSIVE_LEVEL, while nothing is reported. */
VOID McRepeatForget(VOID);

#endif
