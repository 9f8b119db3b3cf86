/* tally.h - blocks grouped by call site and by tag; included by core.h alone. */
#ifndef MC_TALLY_H
#define MC_TALLY_H

/*
 * Blocks of one site, or of one tag, as a walk over the records found them. There is one walk at a
 * time, whose groups these are: McTallyBegin.
 */
typedef struct _MC_GROUP {
    struct _MC_GROUP *Next; /* in the list of the walk */
    SIZE_T Bytes;
    ULONG Blocks; /* 0: not in the list */
    ULONG Site;   /* handle; 0: not known */
    ULONG Tag;
    ULONG Oldest; /* number of the block, and when it was allocated */
    ULONG OldestTicks;
    ULONG Youngest;
    ULONG YoungestTicks;
    ULONG Example; /* record of the oldest, with a reference; 0: none */
} MC_GROUP;

/*
 * What became of all blocks of one site, or of one tag, since MEM_CHECK_INIT: kept up by each
 * allocation and free with option statistics, without a lock. A total is two words, low and high:
 * bytes come to more than 32 bits, and old systems have no 64-bit interlocked operation.
 */
typedef struct _MC_USE {
    volatile LONG Live; /* for Peak alone: what is shown is counted by a walk */
    volatile LONG Peak;
    volatile LONG Made[2];
    volatile LONG MadeBytes[2];
    volatile LONG Freed[2];
    volatile SIZE_T LiveBytes;
    volatile SIZE_T PeakBytes;
} MC_USE;

/* Of one site; site.c keeps it. */
typedef struct _MC_SITE_TALLY {
    MC_GROUP Group[2]; /* owned blocks, plain ones */
    MC_USE Use;
} MC_SITE_TALLY;

/* site.c; of handle 0 that of all sites there was no memory for. */
MC_SITE_TALLY *McSiteTally(ULONG Site);

/* ---- tally.c: walks over the records ---- */

typedef struct _MC_GROUPS {
    const MC_CALL *Call;
    MC_GROUP *First; /* those with blocks; sorted, most bytes first */
    ULONG Blocks;    /* in all of them */
    SIZE_T Bytes;
    ULONG Groups;
} MC_GROUPS;

/* Become the one that walks. FALSE: somebody does already; a notice has said so. */
BOOLEAN McTallyBegin(VOID);
VOID McTallyEnd(VOID);

/* Between these two. Empty all groups by site. */
VOID McTallyClear(MC_GROUPS *Tally, const MC_CALL *Call);
/* A block of its site. A reference is held; another is taken where the block becomes the example.
 */
VOID McTallyAdd(MC_GROUPS *Tally, MC_RECORD *Record);
/* Put the groups in order. Then, for each: McTallyDone, once it is told. */
VOID McTallySort(MC_GROUPS *Tally);
VOID McTallyDone(MC_GROUP *Group);
VOID McTallyCount(MC_GROUPS *Tally, const MC_GROUP *Group); /* add a group to the sums */
/* Clear, add every live block, and sort. Since: MC_CHECKPOINT.Blocks, older ones are left out;
 * NULL: none is. <= DISPATCH_LEVEL. */
VOID McTallySites(MC_GROUPS *Tally, const MC_CALL *Call, const ULONG *Since);
/* A group's part of a finding: how many, how old, the example and its first bytes, as far as they
 * may be read now. */
VOID McTallyFill(const MC_GROUP *Group, MC_FINDING *Finding);

/* Is it live, and not freed past us as far as anybody knows? A reference is held. */
BOOLEAN McTallyIsLive(MC_RECORD *Record);
/* Pure. Put a block into a group; TRUE: it is the oldest so far. Then: in order, most bytes first;
 * of any length, without recursion. */
BOOLEAN McGroupAdd(MC_GROUP *Group, const MC_RECORD *Record);
MC_GROUP *McGroupSort(MC_GROUP *First);

/* ---- checkpoint.c ---- */

VOID McCheckpointStart(VOID); /* at INIT: checkpoints set until now are of the past */
VOID McCheckpointSet(MC_CHECKPOINT *Checkpoint, const MC_CALL *Call);
/* List what is live and was allocated since; NULL: whatever is live. Gives the number of blocks. */
ULONG McDifferenceList(const MC_CHECKPOINT *Checkpoint, const MC_CALL *Call);

/* ---- statistics.c ---- */

BOOLEAN McStatisticsStart(VOID); /* PASSIVE_LEVEL; FALSE: no memory */
VOID McStatisticsStop(VOID);
/* A block was made (before the driver has it); one is no longer live, Freed by the driver or not.
 * With option statistics on only. */
VOID McStatisticsMade(const MC_RECORD *Record);
VOID McStatisticsEnded(const MC_RECORD *Record, BOOLEAN Freed);
/* MEM_STATISTICS: print both tables. */
VOID McStatisticsPrint(VOID);

#endif
