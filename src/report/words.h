/*
 * words.h - the names and phrases of every value that stands in a finding. Private to src/report.
 *
 * Each function gives a valid string for any value, "?" out of range. Machine names are stable:
 * programs read them, docs/reports.md lists them. Phrases for people may be improved freely (and
 * the golden files with them). Any IRQL.
 */
#ifndef MC_WORDS_H
#define MC_WORDS_H

#include "finding.h"

const char *McKindTitle(MC_KIND Kind); /* "BUFFER OVERRUN" */

const char *McReasonMachineName(MC_REASON Reason);
const char *McReasonTitle(MC_REASON Reason);  /* in a title: "an address on the caller's stack" */
const char *McReasonPhrase(MC_REASON Reason); /* a line of its own: what it means */

/* Of By, and of Routine where By is McByRoutine. */
const char *McByMachineName(const MC_FINDING *Finding);
const char *McByCall(const MC_FINDING *Finding);   /* the call by its name: "MEMCHECK_FREE" */
const char *McByPhrase(const MC_FINDING *Finding); /* "by MEMCHECK_FREE" */

/* Is it a part of another call, which During names? Then its phrase wants that call's name. */
BOOLEAN McByHasDuring(MC_BY By);
const char *McDuringCall(const MC_FINDING *Finding);
const char *McDuringMachineName(const MC_FINDING *Finding);

const char *McIntactMachineName(MC_INTACT Intact);
const char *McIntactPhrase(MC_INTACT Intact); /* "when patrolled" */

const char *McActionMachineName(MC_ACTION Action);
const char *McActionPhrase(MC_ACTION Action);

const char *McWhereMachineName(MC_WHERE Where);
const char *McStateMachineName(MC_STATE State);
const char *McStatePhrase(MC_STATE State); /* "in quarantine" */

const char *McLookMachineName(MC_LOOK Look);
const char *McLookPhrase(MC_LOOK Look);
const char *McCulpritMachineName(MC_CULPRIT Culprit); /* "before", "after": which neighbour */
const char *McCulpritPhrase(MC_CULPRIT Culprit);      /* why it is the likely one */

/* Properties of kinds. */
BOOLEAN McKindIsDamage(MC_KIND Kind); /* bytes were changed */
BOOLEAN McKindIsFree(MC_KIND Kind);   /* a free, or giving away, that should not be made so */
BOOLEAN McKindIsCall(MC_KIND Kind);   /* about the call alone: IRQL, order, parameters */

#endif
