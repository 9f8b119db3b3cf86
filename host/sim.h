/*
 * sim.h - a simulated Windows kernel for tests, stricter than the real one.
 *
 * What a driver calls has the kit's name, parameters and values here; what a test orders has the
 * prefix Sim. The simulation keeps the kit's contract and nothing more: where the real kernel would
 * bug check sooner or later, this one aborts at once (message on stderr, then abort()).
 *
 *     SimStart(NULL);                        the calling thread becomes a simulated thread
 *     P = ExAllocatePoolWithTag(...);        driver code
 *     assert_true(SimPoolReset());           nothing is left over
 *     SimStop();
 *
 * Rules that hold for everything below:
 * - Kit routines are called by a simulated thread: the one that called SimStart, or one made by
 *   SimThreadCreate. Others abort. Sim routines too, but for those that order or observe the pool.
 * - "IRQL:" says at which level a routine may be called; elsewhere it is a misuse, which aborts
 *   unless the test expects it (SimExpectMisuse).
 * - A kit call made below DISPATCH_LEVEL is a *call point*: a queued DPC runs there, and with
 *   SIM_ONE_CPU another thread may run there.
 *
 * Addresses. The program is no kernel, so its image, stacks, heap and libraries cannot all lie
 * above MmSystemRangeStart. What holds: 32-bit:  image and heap < MmSystemRangeStart == 0x80000000
 * <= pool < libraries, stacks 64-bit:  image and heap < MmSystemRangeStart <= pool < libraries,
 * stacks so an address below MmSystemRangeStart is never pool, and the program's image and malloc
 * heap (but for malloc's large blocks, which mmap gives) are below it. Stacks are above:
 * IoGetStackLimits tells the caller's. SimIsPool and SimIsPaged know for certain. Where a 32-bit
 * program is started with an odd memory layout and the place is taken, other places are tried,
 * MmSystemRangeStart is always the start of the lower arena.
 */
#ifndef SIM_H
#define SIM_H

#include "sim_start.h"
#include "sim_misuse.h"
#include "sim_pool.h"
#include "sim_orders.h"
#include "sim_irp.h"
#include "sim_irql.h"
#include "sim_thread.h"
#include "sim_memory.h"
#include "sim_output.h"

#endif
