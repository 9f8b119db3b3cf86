/* stress.h - private to the stress: what it plants and finds (stress_ledger.c), how it disturbs
 * (stress_points.c), what threads do (stress_work.c). */
#ifndef STRESS_H
#define STRESS_H

#include "race.h"

#define STRESS_THREADS 8
#define STRESS_DPC     STRESS_THREADS /* who works in DPCs */

typedef struct _STRESS_ROUND {
    ULONG Seed;
    BOOLEAN OneCpu;
    BOOLEAN Hold;     /* the quarantine holds all: what is freed is found out for sure */
    BOOLEAN Exits;    /* EXIT comes while all are at work */
    ULONG Operations; /* of each thread */
} STRESS_ROUND;

extern STRESS_ROUND StressRound;

ULONG StressRandom(ULONG *State, ULONG Limit);

/* ---- ledger ---- */
void LedgerPlant(MC_KIND Kind);
void LedgerPlantLeak(void);
ULONG LedgerFound(MC_KIND Kind);
BOOLEAN LedgerJudge(void); /* what was found is what was planted; says what is not */
_Noreturn void StressFail(const char *Format, ...) __attribute__((format(printf, 1, 2)));

/* ---- points ---- */
void PointsStart(void);
void PointsThread(ULONG Number); /* the calling thread is this one */
void PointsBegin(void);          /* an operation */
void PointsEnd(void);            /* it has not passed too many points */
ULONG PointsOperations(void);    /* of all threads, so far */
void PointsSay(void);            /* on stderr: how far each thread has come */
extern ULONG PointsMost, PointsMostFailed;

/* ---- work ---- */
void WorkThread(PVOID Number);
void WorkDpc(void);
void WorkEnd(void); /* what is left in the exchange */

#endif
