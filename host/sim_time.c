/*
 * sim_time.c - the simulated clock, delays, and the watchdog.
 *
 * The clock counts milliseconds from SimStart. Frozen, it is a number (Frozen); else it is real
 * time plus what tests added (Offset).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
#include "simp.h"

#define MS_PER_TICK   10
#define UNITS_PER_MS  10000                /* of 100 ns */
#define START_OF_2026 134116992000000000LL /* 100 ns since 1601-01-01, as KeQuerySystemTime has */

static atomic_bool IsFrozen;
static atomic_ullong Frozen, Offset;
static ULONGLONG RealStart;
static struct sigaction OldAlarm;
static BOOLEAN AlarmTaken;
static volatile ULONG WatchdogSeconds;

static ULONGLONG RealMs(void)
{
    struct timespec Time;

    clock_gettime(CLOCK_MONOTONIC, &Time);
    return (ULONGLONG)Time.tv_sec * 1000 + (ULONGLONG)Time.tv_nsec / 1000000;
}

ULONGLONG SimpTimeNow(void)
{
    return IsFrozen ? Frozen : RealMs() - RealStart + Offset;
}

void SimpTimeReach(ULONGLONG AtLeast)
{
    unsigned long long Now = Frozen;

    while (Now < AtLeast && !atomic_compare_exchange_weak(&Frozen, &Now, AtLeast)) {
    }
}

void SimAdvanceTime(ULONG Milliseconds)
{
    if (IsFrozen) {
        Frozen += Milliseconds;
    } else {
        Offset += Milliseconds;
    }
}

void SimFreezeClock(BOOLEAN Freeze)
{
    ULONGLONG Now = SimpTimeNow();

    if (SimpOneCpu()) {
        return; /* always frozen */
    }
    if (Freeze) {
        Frozen = Now;
    } else {
        Offset = Now - (RealMs() - RealStart);
    }
    IsFrozen = Freeze;
}

static ULONGLONG Ticks(void)
{
    return SimpTimeNow() / MS_PER_TICK;
}

VOID KeQueryTickCount(PLARGE_INTEGER CurrentCount)
{
    (void)SimpEnter(__func__);
    CurrentCount->QuadPart = (LONGLONG)Ticks();
}

ULONG KeQueryTimeIncrement(VOID)
{
    (void)SimpEnter(__func__);
    return MS_PER_TICK * UNITS_PER_MS;
}

ULONGLONG KeQueryInterruptTime(VOID)
{
    (void)SimpEnter(__func__);
    return Ticks() * MS_PER_TICK * UNITS_PER_MS;
}

VOID KeQuerySystemTime(PLARGE_INTEGER CurrentTime)
{
    CurrentTime->QuadPart = START_OF_2026 + (LONGLONG)KeQueryInterruptTime();
}

static void RealSleep(ULONGLONG Milliseconds)
{
    struct timespec Time = {(time_t)(Milliseconds / 1000), (long)(Milliseconds % 1000) * 1000000};

    while (nanosleep(&Time, &Time) != 0 && errno == EINTR) {
    }
}

NTSTATUS KeDelayExecutionThread(KPROCESSOR_MODE WaitMode, BOOLEAN Alertable,
                                PLARGE_INTEGER Interval)
{
    SIM_THREAD *Self = SimpEnter(__func__);
    ULONGLONG Ms, Due;

    (void)WaitMode;
    (void)Alertable;
    if (!SimpNotUnderLock(Self, __func__) || !SimpIrqlAtMost(Self, __func__, APC_LEVEL)) {
        return STATUS_SUCCESS;
    }
    if (Interval->QuadPart > 0) {
        SimpFatal("KeDelayExecutionThread until an absolute time is not simulated");
    }
    Ms = ((ULONGLONG)-Interval->QuadPart + UNITS_PER_MS - 1) / UNITS_PER_MS;
    Due = SimpTimeNow() + Ms;
    SimPoint(SIM_POINT_DELAY, NULL);
    if (SimpOneCpu()) {
        SimpSchedSleep(Self, Due);
    } else if (IsFrozen && SimpPointsWatched()) {
        SimpTimeReach(Due); /* what is waited for happens in the point's routine */
    } else if (Ms == 0) {
        sched_yield();
    } else {
        RealSleep(Ms); /* frozen or not: what is waited for needs real time to happen */
        if (IsFrozen) {
            SimpTimeReach(Due);
        }
    }
    (void)SimpEnter(__func__);
    return STATUS_SUCCESS;
}

/* ---------------------------------------------------------------------------------- watchdog */

static void OnAlarm(int Signal)
{
    (void)Signal;
    SimpSay("watchdog: the threads, and their locks:");
    SimThreadsDump();
    SimpFatal("WATCHDOG: not done after %u seconds", WatchdogSeconds);
}

ULONG SimPatience(ULONG Seconds)
{
    const char *Given = getenv("SIM_PATIENCE");
    int Factor = Given == NULL ? 1 : atoi(Given);

    return Factor > 1 && Factor <= 1000 ? Seconds * (ULONG)Factor : Seconds;
}

void SimWatchdog(ULONG Seconds)
{
    struct itimerval Timer;
    struct sigaction Action;

    memset(&Timer, 0, sizeof Timer);
    if (Seconds != SIM_NO_WATCHDOG) {
        WatchdogSeconds = SimPatience(Seconds);
        Timer.it_value.tv_sec = (time_t)WatchdogSeconds;
        if (!AlarmTaken) {
            memset(&Action, 0, sizeof Action);
            Action.sa_handler = OnAlarm;
            Action.sa_flags = SA_RESTART;
            sigaction(SIGALRM, &Action, &OldAlarm);
            AlarmTaken = TRUE;
        }
    }
    setitimer(ITIMER_REAL, &Timer, NULL);
}

void SimpTimeStart(void)
{
    RealStart = RealMs();
    Frozen = 0;
    Offset = 0;
    IsFrozen = SimpOptions.FreezeClock;
    if (SimpOptions.WatchdogSeconds != SIM_NO_WATCHDOG) {
        SimWatchdog(SimpOptions.WatchdogSeconds);
    }
}

void SimpTimeStop(void)
{
    if (AlarmTaken) {
        SimWatchdog(SIM_NO_WATCHDOG);
        sigaction(SIGALRM, &OldAlarm, NULL);
        AlarmTaken = FALSE;
    }
}
