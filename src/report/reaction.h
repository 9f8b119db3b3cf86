/* reaction.h - what is done about a finding besides printing it. */
#ifndef MC_REACTION_H
#define MC_REACTION_H

#include "report.h"

#define MC_REACT_BREAK    1 /* McBadFound, on the thread that found it */
#define MC_REACT_BUGCHECK 2 /* MEMCHECK_BUGCHECK_CODE, when the report is out */
#define MC_REACT_CALL     4 /* the driver's routine, when the report is out */
#define MC_REACT_IGNORE   8 /* it does not come here: the core drops it */

/* Of a kind, from now on: bits MC_REACT_...; 0 is printing alone, and so it is at first. Any IRQL.
 */
VOID McReactionSet(MC_KIND Kind, UCHAR Reactions);
UCHAR McReactionOf(MC_KIND Kind);

/* The driver's own routine from now on; NULL: none. <= DISPATCH_LEVEL, no lock held. */
VOID McReactionRoutine(MC_FOUND_ROUTINE Routine, PVOID Context);

/* Private to src/report: does this thread run that routine now? */
BOOLEAN McReactionRuns(VOID);
/* The report is out (Line: its machine line): call, then bug check, as the kind wants it. The
 * printer only. Calls: not from a finding of the routine itself. */
VOID McReactionPrinted(const MC_FINDING *Finding, ULONG Number, const char *Line, BOOLEAN Calls);

#endif
