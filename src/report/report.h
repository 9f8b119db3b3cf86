/*
 * report.h - findings are worded and printed here. No allocation, fixed buffers, small stack.
 *
 * A finding is written into one of a few preallocated slots. Whoever submits one tries to become
 * the printer; there is one printer at a time, and the others leave their slot for it: nobody
 * waits. Nothing here is called with a lock held; IRQL <= DISPATCH_LEVEL throughout.
 */
#ifndef MC_REPORT_H
#define MC_REPORT_H

#include "finding.h"

#define MC_NAME_LENGTH 32 /* names of files, functions and drivers are cut to this */

/* What the report layer counts; shown at exit. */
typedef struct _MC_REPORT_COUNTS {
    volatile LONG Printed;      /* the number of the last report */
    volatile LONG Repeated;     /* the same finding again: counted, not printed */
    volatile LONG Lost;         /* no slot free */
    volatile LONG Unremembered; /* printed, but no room to tell their repetitions apart */
} MC_REPORT_COUNTS;

/* PASSIVE_LEVEL, at MEM_CHECK_INIT: the driver's name (cut), forgets all counts and numbers. */
VOID McReportStart(const char *DriverName);

/* What it obeys, from now on: notices are shown; a finding is printed each time it is made, or once
 * for as many of the driver's frames (1: its calls alone); a breakpoint at each bad one. Before the
 * first call those of memcfg.h. Any thread, any IRQL.
 */
VOID McReportSettings(BOOLEAN Info, BOOLEAN Repeat, ULONG Frames, BOOLEAN Halt);

/* At any time before the first McReportStart and after EXIT too: reports still work. */

/* A cleared slot to fill in, or NULL (counted as lost). The owner must submit or drop it soon. */
MC_FINDING *McReportClaim(VOID);
VOID McReportDrop(MC_FINDING *Finding);

/* Print it (or count it as a repetition), now or by the present printer, and free the slot. TRUE:
 * it is a new finding; FALSE: it was counted as the repetition of an earlier one. */
BOOLEAN McReportSubmit(MC_FINDING *Finding);

/* Print what still waits. FALSE: reports are being made or printed elsewhere, and may still read
 * call stacks. */
BOOLEAN McReportIdle(VOID);

/* How often each repeated finding was seen besides its report, a line each; at exit. */
VOID McReportRepeats(VOID);
const MC_REPORT_COUNTS *McReportCounts(VOID);

/* ---- lines that are not findings ---- */

/* A notice: "memcheck[drv] Text". With the option info-print off it is not shown. */
VOID McNotice(const char *Text);
/*
 * The same, with named numbers behind it: "Text: a 12, b 3"; pairs end with a NULL name. A second
 * line says it for programs: "kind=Text a=12 b=3". There the kind is the text's first word, and a
 * key is the name in small letters with _ for whatever is no letter: so both are stable, and
 * docs/reports.in.md explains them.
 */
typedef struct _MC_NUMBER {
    const char *Name;
    SIZE_T Value;
} MC_NUMBER;
VOID McNoticeNumbers(const char *Text, const MC_NUMBER *Numbers, ULONG Count);

/* MEM_LIST_DISPLAY, and the option free-print: a line for people and one for programs. Verb is one
 * small word, "live", "freed", ...; there it is the kind. */
VOID McNoticeBlock(const char *Verb, const MC_BLOCK *Block);

/*
 * At exit, the call sites whose blocks were freed elsewhere (by the system, another driver, a file
 * without MemCheck), ready to paste as MEMCHECK_SYSTEM_SITES: McNoticeSitesBegin, then each site,
 * then McNoticeSitesEnd. Count: blocks. With no site nothing is printed; with info-print
 * off, nothing in any case. File names are whole: not cut to MC_NAME_LENGTH. One thread at a time;
 * the texts of a site must live until McNoticeSitesEnd.
 */
VOID McNoticeSitesBegin(VOID);
VOID McNoticeSite(const MC_SITE *Site, SIZE_T Count);
VOID McNoticeSitesEnd(VOID);
/* One such site for programs: apart from these calls, so that what is pasted stays together. */
VOID McNoticeSiteKeys(const MC_SITE *Site, SIZE_T Count);

/* What MEMCHECK_PRINT prints, already formatted: "memcheck[drv] Text", a line for each line of it.
 */
VOID McNoticeUser(const char *Text);

/* A notice that is shown whatever the settings are. */
VOID McNoticeAlways(const char *Text);

/* ---- tables: table.c ---- */

typedef enum _MC_ROW_KIND { McRowTag, McRowOthers, McRowSite } MC_ROW_KIND;

/* Blocks of a tag (of all tags there was no room for) or of a call site. */
typedef struct _MC_ROW {
    MC_ROW_KIND Kind;
    ULONG Tag;
    MC_SITE Site;
    ULONG Live;
    SIZE_T LiveBytes;
    BOOLEAN Counted; /* what follows is known */
    ULONG Peak;
    SIZE_T PeakBytes;
    ULONG Made[2]; /* in two words, the low one first */
    ULONG MadeBytes[2];
    ULONG Freed[2];
} MC_ROW;

/* A row: a line for people and one for programs; and the lines above the rows of one kind. Shown
 * whatever the settings are. */
VOID McTableTitle(MC_ROW_KIND Kind);
VOID McTableRow(const MC_ROW *Row);

/* Put a breakpoint here: called after each new report of damage or of a bad free, on the thread
 * that found it, with the option halt-on-bad. Breaks into the debugger that is attached; with none
 * it says so and goes on. */
VOID McBadFound(VOID);

#endif
