/*
 * sim_point.c - the points at which a test steps into the threads: at locks, single words, the
 * pool.
 */
#define _GNU_SOURCE
#include "simp.h"

static SIM_POINT_ROUTINE volatile Hook;

void SimSetPointRoutine(SIM_POINT_ROUTINE Routine)
{
    __atomic_store_n(&Hook, Routine, __ATOMIC_RELEASE);
}

void SimPoint(SIM_POINT Point, const volatile void *Where)
{
    SIM_POINT_ROUTINE Routine = __atomic_load_n(&Hook, __ATOMIC_ACQUIRE);

    if (Routine != NULL) {
        Routine(Point, Where);
    }
}

BOOLEAN SimpPointsWatched(void)
{
    return __atomic_load_n(&Hook, __ATOMIC_ACQUIRE) != NULL;
}
