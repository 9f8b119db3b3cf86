/*
 * explore.h - every interleaving of two or three threads of MemCheck's, at the points of sim.h,
 * that a bounded number of preemptions makes.
 *
 * The threads of a race are simulated threads, each on a processor of its own, and run one at a
 * time: whoever passes a point asks who is to go on. A run is a schedule: the answers, of which
 * only those that are not the default are written down. The default is that the thread at hand goes
 * on, and where it cannot (it has ended, waits for a lock or for another's end, or delays) the next
 * one in the ring. An answer that takes the processor from a thread that could go on is a
 * preemption.
 *
 * Schedules are enumerated depth-first: the last answer that can be another one, within the bound,
 * is, and what follows is by default. Each begins with MemCheck and the pool as they were at first,
 * so that a schedule can be repeated from its string alone; that it is the same is checked on the
 * way. Nothing depends on time.
 */
#ifndef EXPLORE_H
#define EXPLORE_H

#include "sim.h"

#define RACE_THREADS 3

typedef struct _RACE {
    const char *Name;
    const char *About;
    const char *Options; /* MemCheck's, by MEM_CHECK_INIT_EX */
    void (*Setup)(void); /* on the first thread, after INIT, with nobody else about */
    void (*Thread[RACE_THREADS])(void);
    const char *(*Judge)(void); /* likewise, when all have ended: the outcome, or RaceFail */
    const char *Outcomes;       /* "one,other": all there may be; within the bound all there are */
    ULONG Bound;                /* preemptions of the bounded run */
    ULONG Adopted;              /* threads that MemCheck makes at INIT, and that take part */
} RACE;

/* The schedule has shown a defect: the first one of a schedule is said, and how to repeat it. */
void RaceFail(const char *Format, ...) __attribute__((format(printf, 1, 2)));

typedef struct _RACE_PLAN {
    ULONG Bound;        /* preemptions */
    ULONG Most;         /* schedules; 0: all */
    const char *Replay; /* this one only; NULL: enumerate */
    ULONG Minutes;      /* then it is cut short; 0: never */
    BOOLEAN Trace;      /* say each point that is passed */
} RACE_PLAN;

/* In a process of its own, which is left in any state. TRUE: all was as it should be. */
BOOLEAN RaceExplore(const RACE *Race, const RACE_PLAN *Plan);

#endif
