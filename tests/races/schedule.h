/* schedule.h - private to the explorer: between one schedule (explore.c) and all (schedule.c). */
#ifndef SCHEDULE_H
#define SCHEDULE_H

#include "explore.h"

/* Who goes on, of the threads in Mask. Default: where the schedule says nothing. Preempts: any
 * other choice is a preemption. */
ULONG ScheduleChoose(ULONG Mask, ULONG Default, BOOLEAN Preempts);
ULONG ScheduleDecisions(void); /* so far */
BOOLEAN ScheduleTraced(void);
BOOLEAN ScheduleReplayed(void); /* by its string */
void ScheduleAnew(void);        /* what was explored so far is not all there was to choose */

/* The schedule cannot go on, nor can this process: says why, and how to repeat it. */
_Noreturn void ScheduleFatal(const char *Format, ...) __attribute__((format(printf, 1, 2)));

void ExploreWatch(const RACE *Race);   /* from now on points count; before INIT */
void ExploreAdopted(const RACE *Race); /* waits until those that INIT made take part */
void ExploreRun(const RACE *Race);     /* once, to the end of all threads; then no longer */

/* race.c: MemCheck is started, and the race's Setup called; it is judged, ended, and the pool
 * empty. */
void RaceBegin(const RACE *Race);
const char *RaceEnd(const RACE *Race);

#endif
