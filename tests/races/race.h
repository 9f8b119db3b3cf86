/*
 * race.h - what a race is made of: blocks, damage, the findings that were captured.
 *
 * A judge takes the findings it expects (RaceTook); any that is left fails the schedule, and so
 * does a broken invariant of the core, a torn report, a block that is left in the pool, and
 * whatever the simulated kernel stops for.
 */
#ifndef RACE_H
#define RACE_H

#include "sim.h"
#define MC_HOST_HAS_POOL
#include "memcheck.h"
#include "memcheck_replace.h"
#include "core.h"
#include "report.h"
#include "explore.h"

#define RACE_TAG 0x65636152u /* 'Race' */

/* A block with both redzones; and one as the kit's names give it. Never NULL. */
PUCHAR RaceOwned(SIZE_T Size);
PUCHAR RacePlain(SIZE_T Size);
void RaceDamage(PUCHAR Byte); /* changed; put back when the schedule has ended, if still there */

/* MEM_CHECK_EXIT, by a thread of the race, or by its judge, who wants to see what it finds. */
void RaceExit(void);

/* Take the findings of a kind: how many there were. First (may be NULL): the first of them. */
ULONG RaceTook(MC_KIND Kind, MC_FINDING *First);

BOOLEAN RaceInPool(PVOID User); /* is there a raw block of the driver's around it? */
void RaceDrain(
    void); /* one allocation that the pool fails once, so that the quarantine is emptied */

/* reports.c: NULL, or what is wrong with what was printed: torn, unnumbered, not as it was found.
 * Findings: those captured, Count of them, or NULL. Lost: so many need not have been printed. */
const char *ReportsWrong(const MC_FINDING *Findings, ULONG Count, ULONG Lost);

extern const RACE RacesFree[], RacesEnd[], RacesPlain[], RacesReport[];

#endif
