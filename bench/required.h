/*
 * required.h - what MemCheck has to do for the operations of a run, by its documentation alone; and
 * in a build that counts (BENCH_COUNT) what it did.
 */
#ifndef BENCH_REQUIRED_H
#define BENCH_REQUIRED_H

#include <stddef.h>

#define REQUIRED_REDZONE 16u /* option redzone, as it is built */

/* Guard bytes of a block in the owned layout. */
size_t RequiredFront(size_t Size);
size_t RequiredRear(size_t Size);

#ifdef BENCH_COUNT
void RequiredMade(size_t Size); /* a block was allocated, and will be freed */
void RequiredStart(void);       /* INIT is done: count from here */
void RequiredEnd(void);         /* the clock has stopped */
size_t RequiredOwnBytes(void);  /* memory of MemCheck's own, now, beyond that of the start */
void RequiredPrint(void);       /* after EXIT */
#else
#define RequiredMade(Size) ((void)0)
#define RequiredStart()    ((void)0)
#define RequiredEnd()      ((void)0)
#define RequiredOwnBytes() ((size_t)0)
#define RequiredPrint()    ((void)0)
#endif

#endif
