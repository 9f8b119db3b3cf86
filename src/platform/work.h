/*
 * work.h - the work that operations did, counted where it is done: by it a benchmark proves that
 * what it measured did not do less than it should. In no normal build: MEMCHECK_COUNT_WORK is for
 * bench/, which defines the counters (bench/required.c) and says what they must come to.
 */
#ifndef MC_WORK_H
#define MC_WORK_H

#ifdef MEMCHECK_COUNT_WORK

extern SIZE_T McWorkGuardWritten, McWorkGuardVerified; /* bytes of redzones */
extern SIZE_T McWorkFillWritten, McWorkFillVerified;   /* of freed blocks */
extern SIZE_T McWorkStacks, McWorkFrames;              /* call stacks taken */
extern SIZE_T McWorkMetaBytes;                         /* memory of MemCheck's own, now */
/* The patrol looks at a block of so many bytes; Held: in the quarantine. */
VOID McWorkLook(SIZE_T Size, int Held);

#define MC_WORK(What, Amount)    ((void)__sync_fetch_and_add(&McWork##What, (SIZE_T)(Amount)))
#define MC_WORK_LOOK(Size, Held) McWorkLook((Size), (Held))

#else

#define MC_WORK(What, Amount)    ((void)0)
#define MC_WORK_LOOK(Size, Held) ((void)0)

#endif

#endif
