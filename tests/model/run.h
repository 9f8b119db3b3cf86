/* run.h - one run of the model test, for the files that start it, drive it and tell of it. */
#ifndef RUN_H
#define RUN_H

#include "model.h"

#define MD_NOTES 40 /* last operations kept of each thread */
#define MD_NOTE  160
#define MD_SKIPS 512

typedef struct _MD_RANGE {
    ULONG From, To;
} MD_RANGE;

typedef struct _MD_RUN {
    ULONGLONG Seed;
    ULONG Steps;
    ULONG Threads;
    SIM_THREADING Mode;
    MD_BREAK Breaks;
    MD_RANGE Skips[MD_SKIPS];
    ULONG SkipCount;
} MD_RUN;

/* What the parent still sees when the child has crashed. */
typedef struct _MD_SHARED {
    BOOLEAN Told;
    ULONG Step;
    ULONG Count[MD_THREADS + 1];
    char Note[MD_THREADS + 1][MD_NOTES][MD_NOTE];
    /* of all runs */
    ULONG Kinds[McKinds]; /* findings */
    ULONG Sessions, Loose;
} MD_SHARED;

extern MD_SHARED *MdShared;
extern MD_RUN MdRun;
extern BOOLEAN MdTrace, MdQuiet;
extern const char *MdProgram;

void MdSayFailure(const char *What); /* and the last operations, and how to repeat it */
BOOLEAN MdSkipped(ULONG Step);
void MdRunAll(void); /* in a process of its own; comes back when all was well */

#endif
