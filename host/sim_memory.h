/*
 * sim_memory.h - addresses, stacks, what is paged out.
 * Part of sim.h, which has the rules for all.
 */
#ifndef SIM_MEMORY_H
#define SIM_MEMORY_H

#include "sim_types.h"

extern PVOID MmSystemRangeStart;

/*
 * MmIsAddressValid - can P be touched now, by this thread, without a fault? In the arenas: is the
 * page in use and accessible (paged memory is not while any thread is raised, nor from
 * DISPATCH_LEVEL on). Elsewhere: is the page mapped. IRQL: <= DISPATCH_LEVEL.
 */
BOOLEAN MmIsAddressValid(PVOID P);

/* IoGetStackLimits - lowest address and first address behind the caller's stack. Any IRQL. */
VOID IoGetStackLimits(ULONG_PTR *LowLimit, ULONG_PTR *HighLimit);

/* Any IRQL. */
MM_SYSTEMSIZE MmQuerySystemSize(VOID);

/*
 * Where a walk of the stack ends: at DISPATCH_LEVEL after so many frames, as on 64-bit Windows,
 * whose tables for it may be paged; below it never. SimStart sets it back to never. SimStackReach
 * is for the platform that walks: how far, now; IRQL <= DISPATCH_LEVEL.
 */
#define SIM_WHOLE_STACK 0xffffffffu
void SimSetStackReach(ULONG Frames);
ULONG SimStackReach(void);

/* SimIsPool, SimIsPaged - does P lie in an arena, in the paged one? In use or not. Any IRQL. */
BOOLEAN SimIsPool(const void *P);
BOOLEAN SimIsPaged(const void *P);

/*
 * SimPagingEvery - the option of that name, from the next raise on. While a paged block is live, a
 * raise and its lowering cost about 10 us, and 100 us more for each MB of paged pool touched: a
 * test with thousands of live paged blocks takes a larger number, or SIM_PAGING_NEVER.
 * MmIsAddressValid and the rules of the pool routines do not depend on it. Any IRQL.
 */
void SimPagingEvery(ULONG Raises);

/* SimPageWaits - page faults at low IRQL that waited until nobody was raised. */
ULONGLONG SimPageWaits(void);

#endif
