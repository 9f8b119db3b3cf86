/*
 * describe.h - a finding as lines for people and as the line for machines. Private to src/report.
 *
 * Pure functions: they read the finding and the context, and write lines into the buffer they are
 * given and on to the sink; so a test can invent the finding, its addresses and its times. They
 * read no memory that a finding tells of, but the texts of its sites. Any IRQL, no locks.
 */
#ifndef MC_DESCRIBE_H
#define MC_DESCRIBE_H

#include "text.h"
#include "words.h"

#define MC_LINE_SIZE    101 /* for people: 100 columns and a NUL */
#define MC_MACHINE_SIZE 401 /* for machines: 400 characters and a NUL */

/* What is known of the driver and its clock; copied at McReportStart, because after MEM_CHECK_EXIT
 * the platform may not be asked any more. */
typedef struct _MC_REPORT_CONTEXT {
    char Driver[MC_NAME_LENGTH + 1];
    ULONG StartTicks;
    ULONG MicrosPerTick; /* 0: no times are known */
    ULONG_PTR ImageLow;  /* the driver's image: Low <= address < High; both 0: not known */
    ULONG_PTR ImageHigh;
} MC_REPORT_CONTEXT;

/* The whole report for people. Text: started with MC_LINE_SIZE bytes and a sink. */
VOID McDescribe(MC_TEXT *Text, const MC_FINDING *Finding, ULONG Number,
                const MC_REPORT_CONTEXT *Context);

/* The machine line. Buffer: MC_MACHINE_SIZE bytes. */
VOID McDescribeMachine(const MC_FINDING *Finding, ULONG Number, const MC_REPORT_CONTEXT *Context,
                       char *Buffer);

/* ---- parts, used by several files ---- */

/* Begin anew: "memcheck[drv] ", and with a Number "#12 ", as the prefix of every line. */
VOID McDescribePrefix(MC_TEXT *Text, const MC_REPORT_CONTEXT *Context, ULONG Number);

VOID McDescribeTitle(MC_TEXT *Text, const MC_FINDING *Finding, const MC_REPORT_CONTEXT *Context);

/* The damage lines and the dump. */
VOID McDescribeDamage(MC_TEXT *Text, const MC_FINDING *Finding);

/* What the changed bytes look like; the blocks on both sides, and the likely culprit: nearby.c. */
VOID McDescribeLook(MC_TEXT *Text, const MC_FINDING *Finding, const MC_REPORT_CONTEXT *Context);
VOID McDescribeNear(MC_TEXT *Text, const MC_FINDING *Finding, const MC_REPORT_CONTEXT *Context);
/* The neighbour that McFinding.Culprit means; NULL: none. */
const MC_NEIGHBOUR *McCulpritBlock(const MC_FINDING *Finding);
/* Bytes between the finding's block (or address) and a neighbour's. */
SIZE_T McNearDistance(const MC_FINDING *Finding, const MC_NEIGHBOUR *Neighbour);

/* Address, size, pool type, tag, number and, where it is not live, state. */
VOID McDescribeBlock(MC_TEXT *Text, const MC_BLOCK *Block);

/* "at driver.c:101 in DeviceOpen", "at faulty.sys+0x1234", "at an unknown place". */
VOID McDescribeSite(MC_TEXT *Text, const MC_SITE *Site, const MC_REPORT_CONTEXT *Context);
/* Likewise without the function. */
VOID McDescribeCall(MC_TEXT *Text, const MC_SITE *Site, const MC_REPORT_CONTEXT *Context);
/* Likewise; Address is of the file's name, or, with Line 0, a return address. */
VOID McDescribePlace(MC_TEXT *Text, ULONG_PTR Address, ULONG Line,
                     const MC_REPORT_CONTEXT *Context);
/* "faulty.sys+0x1234" in the driver's image, else the bare address. */
VOID McDescribeCode(MC_TEXT *Text, ULONG_PTR Address, const MC_REPORT_CONTEXT *Context);

BOOLEAN McSiteHasFile(const MC_SITE *Site);

/* Is the path to this call kept? */
BOOLEAN McHasStack(const MC_SITE *Site);

/* A leak that is only possible, reported once for all buffers of its place. */
BOOLEAN McStandsForSeveral(const MC_FINDING *Finding);

/* Did the pool give it away, by handing the memory out again? Then the call that found it is
 * chance. */
BOOLEAN McWasFoundByPool(MC_REASON Reason);

/* Is it about a request, in the place of a buffer? */
BOOLEAN McIsOfRequest(MC_KIND Kind);

/* What a call did wrong, where its reason says only why it may be right: of a wrong IRQL for a
 * plain block, which is paged. */
MC_REASON McRuleBroken(const MC_FINDING *Finding);

/* Is it known when the damaged bytes were last found intact? */
BOOLEAN McHasIntact(const MC_FINDING *Finding);
/* From these ticks to the finding; 0 where they seem to come after it. */
ULONG McTicksBefore(const MC_FINDING *Finding, ULONG Ticks);

/* Was the block freed, by another call than the one that found this? (That one is said already.) */
BOOLEAN McWasFreedBefore(const MC_FINDING *Finding);

#endif
