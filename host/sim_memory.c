/*
 * sim_memory.c - what memory is there: addresses, the size of the system.
 */
#define _GNU_SOURCE
#include <sys/mman.h>
#include "simp.h"

BOOLEAN MmIsAddressValid(PVOID P)
{
    SIM_THREAD *Self = SimpEnter(__func__);
    const SIMP_ARENA *Arena = SimpArenaOf(P);
    unsigned char Resident;

    if (!SimpIrqlAtMost(Self, __func__, DISPATCH_LEVEL)) {
        return FALSE;
    }
    if (Arena == NULL) {
        return mincore((void *)((ULONG_PTR)P & ~(ULONG_PTR)(PAGE_SIZE - 1)), 1, &Resident) == 0;
    }
    if (Arena->Paged && (Self->Irql >= DISPATCH_LEVEL || SimpPagingOff())) {
        return FALSE;
    }
    return Arena->Page[SimpPageOf(Arena, P)].Ok;
}

static atomic_uint StackReach = SIM_WHOLE_STACK;

void SimSetStackReach(ULONG Frames)
{
    StackReach = Frames;
}

ULONG SimStackReach(void)
{
    SIM_THREAD *Self = SimpEnter("RtlCaptureStackBackTrace");

    if (!SimpIrqlAtMost(Self, "RtlCaptureStackBackTrace", DISPATCH_LEVEL)) {
        return 0;
    }
    return Self->Irql == DISPATCH_LEVEL ? StackReach : SIM_WHOLE_STACK;
}

MM_SYSTEMSIZE MmQuerySystemSize(VOID)
{
    (void)SimpEnter(__func__);
    return SimpOptions.SystemSize;
}
