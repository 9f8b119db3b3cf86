/*
 * sim_start.c - options, start and stop, and what happens at a call point.
 */
#define _GNU_SOURCE
#include <sched.h>
#include <string.h>
#include "simp.h"

SIM_OPTIONS SimpOptions;
atomic_bool SimpRunning;
atomic_int SimpCallPoints;

void SimpCallPoint(SIM_THREAD *Self)
{
    if (SimpDpcWaiting() != 0) {
        SimpDpcRun(Self);
    }
    SimpIoRun(Self);
    if (SimpOneCpu()) {
        SimpSchedMaySwitch(Self);
    }
}

void SimCheckpoint(void)
{
    (void)SimpEnter(__func__);
    if (!SimpOneCpu()) {
        sched_yield(); /* a loop of checkpoints that waits for another thread lets it run */
    }
}

static void TakeOptions(const SIM_OPTIONS *Options)
{
    memset(&SimpOptions, 0, sizeof SimpOptions);
    if (Options != NULL) {
        SimpOptions = *Options;
    }
    if (SimpOptions.Processors == 0) {
        SimpOptions.Processors = 4;
    }
    if (SimpOptions.SwitchEvery == 0) {
        SimpOptions.SwitchEvery = 4;
    }
    if (SimpOptions.WatchdogSeconds == 0) {
        SimpOptions.WatchdogSeconds = 60;
    }
    if (SimpOptions.PagingEvery == 0) {
        SimpOptions.PagingEvery = 1;
    }
    if (SimpOptions.Processors > SIMP_THREADS || SimpOptions.Threading > SIM_ONE_CPU ||
        SimpOptions.Placement > SIM_START_AT_GUARD || SimpOptions.Reuse > SIM_REUSE_NEVER ||
        SimpOptions.Windows > SIM_WINDOWS_10 || SimpOptions.SystemSize > MmLargeSystem) {
        SimpFatal("SimStart: an option is out of range");
    }
    if (SimpOneCpu()) {
        SimpOptions.Processors = 1;
        SimpOptions.FreezeClock = TRUE;
    }
}

void SimStart(const SIM_OPTIONS *Options)
{
    if (SimpRunning) {
        SimpFatal("SimStart: it runs already");
    }
    TakeOptions(Options);
    SimpCallPoints = SimpOneCpu() ? 1 : 0;
    SimpMisuseStart();
    SimpOutputStart();
    SimpBugCheckStart();
    SimpArenaStart();
    SimpHeapStart();
    SimpObserveStart();
    SimpInjectStart();
    SimpIoStart();
    SimpPagingStart();
    SimpIrqlStart();
    SimpDpcStart();
    SimpSchedStart();
    SimpThreadStart();
    SimSetStackReach(SIM_WHOLE_STACK);
    SimpRunning = TRUE;
    SimpTimeStart(); /* last: the watchdog looks at the threads */
}

void SimStop(void)
{
    SIM_THREAD *Self = SimpSelf(__func__);

    if (Self->Irql != PASSIVE_LEVEL) {
        SimpFatal("SimStop at IRQL %u", Self->Irql);
    }
    SimpThreadStop();
    SimpMisuseStop();
    SimpTimeStop();
    SimpRunning = FALSE;
    SimpPagingStop();
    SimpArenaStop();
    SimpOutputStop();
    SimpOptionsStop();
}

static const struct {
    USHORT Version, Build;
} Versions[] = {
    [SIM_WINDOWS_XP] = {SIMP_XP, 2600},       [SIM_WINDOWS_2000] = {0x0500, 2195},
    [SIM_WINDOWS_VISTA] = {SIMP_VISTA, 6000}, [SIM_WINDOWS_8] = {SIMP_8, 9200},
    [SIM_WINDOWS_10] = {SIMP_10, 19041},
};

ULONG SimpVersion(void)
{
    return Versions[SimpOptions.Windows].Version;
}

BOOLEAN PsGetVersion(PULONG MajorVersion, PULONG MinorVersion, PULONG BuildNumber,
                     PUNICODE_STRING CSDVersion)
{
    (void)SimpEnter(__func__);
    if (MajorVersion != NULL) {
        *MajorVersion = SimpVersion() >> 8;
    }
    if (MinorVersion != NULL) {
        *MinorVersion = SimpVersion() & 0xFF;
    }
    if (BuildNumber != NULL) {
        *BuildNumber = Versions[SimpOptions.Windows].Build;
    }
    if (CSDVersion != NULL) {
        CSDVersion->Length = 0;
    }
    return TRUE;
}

BOOLEAN SimRunning(void)
{
    return SimpRunning;
}
