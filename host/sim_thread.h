/*
 * sim_thread.h - threads, the points where they meet, their clock.
 * Part of sim.h, which has the rules for all.
 */
#ifndef SIM_THREAD_H
#define SIM_THREAD_H

#include "sim_types.h"

/* ----------------------------------------------------------------------------------- threads */

typedef struct _SIM_THREAD SIM_THREAD;

/*
 * SimThreadCreate - a system thread, at PASSIVE_LEVEL. Name: for messages, copied, 15 characters.
 * IRQL: PASSIVE_LEVEL. At most 64 threads at a time, else aborts.
 * SimThreadJoin - wait for its end, and forget it. IRQL: PASSIVE_LEVEL. A thread that ends raised
 * or with a lock held aborts.
 */
SIM_THREAD *SimThreadCreate(PCSTR Name, void (*Routine)(PVOID Context), PVOID Context);
void SimThreadJoin(SIM_THREAD *Thread);

/* Thread ids: 0x1a4 is the thread that called SimStart, later ones count up by 4. Any IRQL. */
HANDLE PsGetCurrentThreadId(VOID);

/*
 * Processors. SIM_PARALLEL: a thread stays on the CPU of its slot; where there are more threads
 * than CPUs two share one, and only one of them is raised at a time. SIM_ONE_CPU: 0 of 1. Any IRQL.
 */
extern CCHAR KeNumberProcessors;
ULONG KeGetCurrentProcessorNumber(VOID);
ULONG KeQueryActiveProcessorCount(ULONG_PTR *ActiveProcessors);

/* SimThreadsDump - a line on stderr for each thread, and one for each lock it holds or waits for.
 * Any IRQL, from a signal too. */
void SimThreadsDump(void);

/* ------------------------------------------------------------------------------------ points */

/*
 * Where threads meet. The spin lock routines, delays and joins pass these themselves; what else a
 * platform does to single words, in the pool and to the output it passes by SimPoint.
 */
typedef enum _SIM_POINT {
    SIM_POINT_ACQUIRE,  /* raised, about to acquire spin lock Where */
    SIM_POINT_SPIN,     /* another thread has it */
    SIM_POINT_ACQUIRED, /* it is ours */
    SIM_POINT_RELEASED, /* it is free again; still raised */
    SIM_POINT_BEFORE,   /* about to change the word Where at one go */
    SIM_POINT_AFTER,    /* changed */
    SIM_POINT_FAILED,   /* or not: it was not what was expected */
    SIM_POINT_BARRIER,  /* a full or release barrier; Where: NULL */
    SIM_POINT_POOL,     /* the pool: about to be called for block Where (NULL: a new one) */
    SIM_POINT_POOLED,   /* has been called; Where: the block, or what was freed */
    SIM_POINT_PRINT,    /* about to print Where, a line */
    SIM_POINT_DELAY,    /* about to delay */
    SIM_POINT_JOIN,     /* about to wait for the end of thread Where */
    SIM_POINT_END,      /* this thread, Where, has ended but for the host's part */
    SIM_POINTS          /* not a point: how many there are */
} SIM_POINT;

/*
 * SimSetPointRoutine - Routine is called at each point from now on, on the thread that passes it,
 * and may let it wait there: that is where another processor is quicker. With a frozen clock and
 * SIM_PARALLEL delays take no real time while there is one. NULL: no longer. Not while another
 * thread may be in it. Any IRQL.
 */
typedef void (*SIM_POINT_ROUTINE)(SIM_POINT Point, const volatile void *Where);
void SimSetPointRoutine(SIM_POINT_ROUTINE Routine);
void SimPoint(SIM_POINT Point, const volatile void *Where);

/* -------------------------------------------------------------------------------------- time */

/*
 * The clock starts at 0 at SimStart. SIM_PARALLEL: real time, unless frozen. SIM_ONE_CPU: always
 * frozen; when every thread delays, it jumps to the first that is due. One tick is 10 ms; the time
 * routines show whole ticks only. KeQueryTimeIncrement: 100,000 (units of 100 ns). Any IRQL.
 */
VOID KeQueryTickCount(PLARGE_INTEGER CurrentCount);
ULONG KeQueryTimeIncrement(VOID);
VOID KeQuerySystemTime(PLARGE_INTEGER CurrentTime); /* 100 ns since 1601; SimStart is 2026-01-01 */
ULONGLONG KeQueryInterruptTime(VOID);               /* 100 ns since SimStart */

/*
 * KeDelayExecutionThread - Interval: 100 ns, negative = from now; an absolute time is refused with
 * an abort. IRQL: <= APC_LEVEL. Result: STATUS_SUCCESS.
 */
NTSTATUS KeDelayExecutionThread(KPROCESSOR_MODE WaitMode, BOOLEAN Alertable,
                                PLARGE_INTEGER Interval);

/* SimAdvanceTime - move the clock forward by so many milliseconds. Any IRQL. */
void SimAdvanceTime(ULONG Milliseconds);

/* SimFreezeClock - the option of that name, from now on. */
void SimFreezeClock(BOOLEAN Freeze);

/*
 * SimWatchdog - start it anew with so many real seconds; SIM_NO_WATCHDOG ends it. Any IRQL.
 * Everybody's seconds, those of SimStart and SimAborts too, are SIM_PATIENCE times as many, if the
 * environment has that: under a tool that makes programs slow (run-sanitizers.sh).
 */
void SimWatchdog(ULONG Seconds);

/* SimPatience - so many seconds as SimWatchdog has them. At any time. */
ULONG SimPatience(ULONG Seconds);

#endif
