/* required.h - what MemCheck has to do for the operations of a run, by its documentation alone. */
#ifndef BENCH_REQUIRED_H
#define BENCH_REQUIRED_H

#include <stddef.h>

#ifdef BENCH_COUNT
void RequiredMade(size_t Size); /* a block was allocated, and will be freed */
#else
#define RequiredMade(Size) ((void)0)
#endif

#endif
