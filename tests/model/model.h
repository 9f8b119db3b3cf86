/*
 * model.h - the model test: random sequences of all operations, against a naive reference model.
 *
 * The program is a driver on the simulated kernel that does everything a driver may do with
 * MemCheck, right and wrong, as a seed says. Beside it goes a model of MemCheck that is as plain as
 * can be: arrays and linear search, one judgement after the other (reference.c). It says of each
 * operation which findings must come and what the pool must see; what comes (findings.c, pool.c)
 * and is not expected, or is expected and does not come, ends the run with the seed, the step, the
 * last operations and the command that repeats it.
 *
 * Where the pool is concerned the model believes no one: the linker puts pool.c between MemCheck
 * and the pool (--wrap), so that each request and each release is judged before it is carried out.
 * A free that MemCheck rightly passes on although the pool would stop the system for it (the driver
 * said so) goes no further than that.
 *
 *   run.c         the program: which runs; shrinking. drive.c: a run; session.c: INIT, EXIT
 *   operations.c  operations chosen at random; allocate.c, release.c, look.c: the larger ones
 *   cover.c       a large block over a small one that is gone
 *   step.c        an operation's beginning and end; say.c: random numbers, what is printed
 *   reference.c   the blocks and how a free is judged; quarantine.c: what is held back
 *   findings.c    what is reported; pool.c: what reaches the pool
 *   audit.c       at quiet points: pool, memory and the model agree; inside.c: MemCheck's own rules
 *
 * With one thread every verdict is exact at every step. With several, each owns its blocks, and the
 * verdicts of its operations are exact as well, but for what others may do to it meanwhile: look at
 * its blocks (and report their damage), and push them out of the quarantine. At quiet points blocks
 * change hands, everything is compared, and operations on all blocks are done by one thread.
 */
#ifndef MODEL_H
#define MODEL_H

#include "platform_sim.h"
#include "sim.h"
#define MC_HOST_HAS_POOL
#include "memcheck.h"
#include "finding.h"

#define MD_PAGE        4096u
#define MD_ALIGNMENT   (2 * sizeof(PVOID))
#define MD_PROTECTED   0x80000000u
#define MD_BLOCKS      20000 /* of one session */
#define MD_OTHERS      4000
#define MD_EXPECTED    64
#define MD_LEAVING     6000
#define MD_LINES       4000 /* call sites have line numbers below it */
#define MD_THREADS     8
#define MD_REMEMBERED  256 /* MEMCHECK_AFTER_EXIT */
#define MD_LARGE_PAGES 16  /* MEMCHECK_LARGE_PAGES */

#define MD_SELFTEST_TAG    0x74536354u
#define MD_TAG(A, B, C, D) ((ULONG)(A) | (ULONG)(B) << 8 | (ULONG)(C) << 16 | (ULONG)(D) << 24)

/* ---- blocks ---- */

typedef enum _MD_STATE {
    MdMaking,
    MdLive,
    MdDeferred, /* freed at DISPATCH_LEVEL, to be carried out below it */
    MdHeld,     /* in quarantine */
    MdLeaving,  /* to be given back by the operation that runs */
    MdReleased, /* given back: a late free of it is explained */
    MdLost      /* plain: somebody else's now */
} MD_STATE;

typedef enum _MD_ZONE { MdFront, MdRear, MdFill, MdZones } MD_ZONE;

typedef struct _MD_BLOCK {
    ULONG_PTR User;
    ULONG_PTR Raw;
    SIZE_T Size;
    SIZE_T RawSize;
    ULONG Front;
    ULONG Rear;
    ULONG Tag;    /* 0: without one */
    ULONG Number; /* as the first finding of it says; 0: none came */
    ULONG Line;
    ULONG Order; /* in which it was made */
    BOOLEAN Paged;
    BOOLEAN Quota;
    BOOLEAN ForSystem;
    BOOLEAN Stale; /* plain: freed past MemCheck, which may not know */
    BOOLEAN
    Crossed;      /* handed out again in the operation that let it go: one of the two was first */
    BOOLEAN Lazy; /* plain: covered by a large block; MemCheck need not know yet */
    UCHAR Byte;   /* what the driver keeps in it */
    UCHAR *Guard; /* both redzones as they were written */
    MD_STATE State;
    ULONG Owner; /* thread that may use it */
    BOOLEAN Damaged[MdZones];
    LONG_PTR Lowest; /* damaged offset of the rear redzone */
    BOOLEAN Reported[MdZones];
    BOOLEAN Repaired[MdZones]; /* by the operation that runs */
    ULONG Filled;              /* as MC_RECORD.Filled */
    ULONG FreeRoutine;
    ULONG FreeTag;
    ULONG FreeLine;
    BOOLEAN Queued; /* stands in the quarantine, lost or not */
    ULONG Held;     /* order of its coming there */
} MD_BLOCK;

/* Pool blocks that MemCheck does not monitor: another owner's, untracked ones, handed over ones. */
typedef struct _MD_OTHER {
    ULONG_PTR P; /* 0: none */
    SIZE_T Size;
    ULONG Tag; /* that a free by tag has to give; 0: none */
    BOOLEAN Foreign;
    BOOLEAN Handed; /* the system's now */
    BOOLEAN Paged;
} MD_OTHER;

/* What became of the blocks of a line, and of the frees there. */
typedef struct _MD_SITE {
    ULONG Made;
    ULONG Back;
    ULONG Elsewhere;
    ULONG Foreign;
    ULONG Leaks; /* findings of EXIT, or of MEM_DIFFERENCE, and blocks that they must tell of */
    ULONG LeaksWanted;
    SIZE_T Bytes;
    SIZE_T BytesWanted;
} MD_SITE;

/* Options of MemCheck that the model knows. */
typedef struct _MD_OPTIONS {
    ULONG Redzone;
    BOOLEAN DoubleFrees;
    ULONG QuarantineKb; /* 0: by machine size */
    ULONG QuarantineBlocks;
    ULONG Fill;
    ULONG Retired;
    ULONG Patrol, PatrolEvery, CheckEvery;
    BOOLEAN Neighbours;
    ULONG Slice;
    ULONG Stacks;
    BOOLEAN Statistics;
    BOOLEAN Repair;
    BOOLEAN FreePrint;
    BOOLEAN Lists; /* owned-tags=MdOw, system-tags=MdSy, skip-tags=MdSk */
    ULONG Learn;
} MD_OPTIONS;

typedef struct _MD_MODEL {
    /* of the run */
    ULONGLONG Seed;
    ULONG Threads;
    SIM_THREADING Mode;
    SIM_WINDOWS Windows;
    MM_SYSTEMSIZE Machine;
    ULONG Lanes; /* that MemCheck works in */
    /* of the session */
    BOOLEAN On;
    MD_OPTIONS Options;
    MD_BLOCK Blocks[MD_BLOCKS];
    ULONG BlockCount;
    ULONG Order;                  /* counts blocks made, held, retired */
    ULONG_PTR Retired[MD_BLOCKS]; /* addresses, oldest first; 0: forgotten */
    MD_BLOCK *RetiredBlock[MD_BLOCKS];
    ULONG RetiredCount;
    MD_SITE Sites[MD_LINES];
    ULONG Allocations, Untracked, Unwatched, PoolFailed, Drained;
    ULONG ForeignFrees, HandedOver, Elsewhere, ForSystem, Deferred;
    BOOLEAN Loose; /* a record was left behind that MemCheck may find out of at any time */
    struct {
        ULONG_PTR User;
        BOOLEAN Another;
    } Remembered[MD_REMEMBERED]; /* after EXIT */
    /* beyond */
    MD_OTHER Others[MD_OTHERS];
    LONG MetaBlocks;  /* MemCheck's own */
    BOOLEAN Parallel; /* threads are running: nobody knows what the others do */
    BOOLEAN MayEvict; /* ... but that they push each other's blocks out */
} MD_MODEL;

extern MD_MODEL Md;

/* ---- the operation that runs, of each thread ---- */

#define MD_ANY 2 /* sure or not */

typedef struct _MD_EXPECT {
    MC_KIND Kind;
    BOOLEAN Sure;
    BOOLEAN Must;
    BOOLEAN Came;
    ULONG_PTR Address;
    ULONG_PTR Block;  /* its user address; 0: no block; 1: not compared */
    MC_REASON Reason; /* McReasons: not compared */
} MD_EXPECT;

typedef struct _MD_PASS {
    ULONG_PTR P;
    ULONG Routine;
    ULONG Tag;
    BOOLEAN Must;
    BOOLEAN Came;
} MD_PASS;

/* What the pool is to be asked for. */
typedef struct _MD_REQUEST {
    BOOLEAN Wanted;
    BOOLEAN Monitored;
    BOOLEAN Refused; /* the pool would stop the system: it gets NULL */
    ULONG Routine;   /* that asks the pool */
    ULONGLONG Type;  /* as the driver gave it */
    ULONGLONG Quiet; /* as in attempts that must not raise */
    SIZE_T Size;
    ULONG Tag;
    ULONG Fail; /* so many attempts fail */
    ULONG Attempts;
    ULONG_PTR Place;  /* where the pool is to put it; 0: anywhere, or it could not */
    SIZE_T AskedSize; /* of the last one */
    ULONG_PTR Result;
} MD_REQUEST;

typedef struct _MD_OP {
    KIRQL Irql;
    ULONG_PTR StackLow, StackHigh;
    BOOLEAN Starting; /* INIT */
    BOOLEAN Ending;   /* EXIT */
    MD_EXPECT Expected[MD_EXPECTED];
    ULONG ExpectedCount;
    MD_PASS Passes[MD_EXPECTED];
    ULONG PassCount;
    MD_REQUEST Request;
    MD_BLOCK *Leaves[MD_LEAVING]; /* must be given back by its end */
    ULONG LeaveCount;
    MD_BLOCK *Reports[MD_LEAVING]; /* whose damage in Zones must be reported by its end */
    UCHAR Zones[MD_LEAVING];
    ULONG ReportCount;
    ULONG Late; /* expectation of a late free that may be forgotten, + 1 */
    ULONG LateLine;
    ULONG Groups; /* blocks that MEM_DIFFERENCE told of */
} MD_OP;

extern __thread MD_OP *MdOp;
extern __thread ULONG MdThread; /* 0: the one that works at quiet points */

/* ---- controls: what the run must fail for ---- */

typedef enum _MD_BREAK {
    MdBreakNothing,
    MdBreakRelease,  /* a release does not reach the pool */
    MdBreakFinding,  /* a finding that must come is lost */
    MdBreakGuard,    /* a guard byte is changed, and the model does not know */
    MdBreakContents, /* a byte of a driver's block is changed */
    MdBreakQueue,    /* a sum of the quarantine's is wrong */
    MdBreakRecord,   /* a record is spoilt */
    MdBreaks_
} MD_BREAK;

extern MD_BREAK MdBreaks; /* now */

/* ---- say.c ---- */

/* The run has failed; does not come back. Any thread; locks may be held. */
void MdFail(const char *Format, ...) __attribute__((format(printf, 1, 2), noreturn));
/* Note what the operation is, for the last operations of a failure. */
void MdNote(const char *Format, ...) __attribute__((format(printf, 1, 2)));
void MdCountKind(MC_KIND Kind); /* a finding was made */
/* The model's own lock: never a kit call, never paged memory, under it. */
void MdLock(void);
void MdUnlock(void);

/* ---- numbers that depend on seed, thread and step alone ---- */

void MdRandomStart(ULONG Thread, ULONG Step);
ULONG MdRandom(ULONG Below);
BOOLEAN MdOneIn(ULONG Chances);

/* ---- reference.c ---- */

MD_BLOCK *MdFindExact(ULONG_PTR P); /* live, deferred, held */
MD_BLOCK *MdFindInside(
    ULONG_PTR P);                   /* the same, by raw extent; one that starts there comes first */
MD_BLOCK *MdFindRaw(ULONG_PTR Raw); /* the same, or leaving */
/* The last block that was at P, if it is remembered. *Must: surely remembered. */
MD_BLOCK *MdFindRetired(ULONG_PTR P, BOOLEAN *Must);
void MdRetire(MD_BLOCK *Block);
void MdForgetRetired(ULONG_PTR P);
MC_REASON MdWild(ULONG_PTR P);
MD_OTHER *MdOtherAdd(ULONG_PTR P, SIZE_T Size, ULONG Tag, BOOLEAN Foreign, BOOLEAN Paged);
MD_OTHER *MdOtherAt(ULONG_PTR P);
/* The pool has handed out these bytes, to MemCheck or through it. */
void MdHandedOut(ULONG_PTR Raw, SIZE_T Size);
/* In EXIT: the plain blocks are leaks as things are, or are taken back. */
void MdPlainLeaks(BOOLEAN Want);
void MdExpect(MC_KIND Kind, BOOLEAN Sure, ULONG_PTR Address, ULONG_PTR Block, MC_REASON Reason);
/* A free of this routine and tag, as MemCheck sees it at the operation's IRQL. Locked. */
void MdJudgeFree(ULONG_PTR P, ULONG Routine, ULONG Tag, ULONG Line);
/* Frees that had to wait are carried out now. Locked. */
void MdDrainDeferred(void);
BOOLEAN MdWantsTag(const MD_BLOCK *Block, ULONG Given); /* is it the right one? */

/* ---- quarantine.c ---- */

SIZE_T MdQuarantineBytes(void); /* of one lane, each pool */
ULONG MdQuarantineBlocks(void);
BOOLEAN MdTakes(const MD_BLOCK *Block);
BOOLEAN MdExactQuarantine(void);
void MdHold(MD_BLOCK *Block);
void MdLetGo(MD_BLOCK *Block); /* at once */
void MdDrainQuarantine(BOOLEAN Paged);

/* ---- damage.c: bytes that are not as they should be ---- */

typedef struct _MD_EXTENT {
    LONG_PTR First, Last;
    SIZE_T Changed;
} MD_EXTENT;

void MdGuardCopy(MD_BLOCK *Block);                       /* at its allocation; may read it */
BOOLEAN MdCovered(const MD_BLOCK *Block, SIZE_T Offset); /* by the fill */
/* What a look at the zone finds; Rear bytes at most Readable. */
void MdLook(const MD_BLOCK *Block, MD_ZONE Zone, ULONG Readable, MD_EXTENT *Extent);
ULONG MdReadable(const MD_BLOCK *Block);         /* of a plain block's rear redzone, at its free */
BOOLEAN MdIsDamaged(const MD_BLOCK *Block);      /* owned: in any zone that counts now */
void MdMustReport(MD_BLOCK *Block, ULONG Zones); /* by the end of this operation, if damaged */

/* ---- the steps of an operation: findings.c, pool.c come in between ---- */

void MdBegin(MD_OP *Op, KIRQL Irql); /* nothing is expected yet; frees that waited are drained */
void MdRaise(MD_OP *Op);             /* right before the call */
void MdEnd(MD_OP *Op);               /* right after it: all came? */

/* ---- allocate.c, release.c, operations.c ---- */

typedef enum _MD_HOW {
    MdByNames,
    MdByNamesTag,
    MdForSystem,
    MdForSystemTag,
    MdAs,
    MdAsTag,
    MdAsQuota,
    MdAsQuotaTag,
    MdAsPriority,
    MdAsZero,
    MdAsFlags,
    MdHows
} MD_HOW;

void MdDoAllocate(MD_OP *Op);
/* Nonpaged, its raw block, of a page at least, at Place where that is free: Op->Request.Place. */
MD_BLOCK *MdDoAllocateAt(MD_OP *Op, MD_HOW How, SIZE_T Size, ULONG_PTR Place);
void MdDoCover(MD_OP *Op); /* cover.c */
void MdDoTail(MD_OP *Op);
void MdDoFreeRight(MD_OP *Op, MD_BLOCK *Block, KIRQL Irql);
/* A free of whatever P is; Tag 0 and no routine with a tag, or with one. */
void MdDoFree(MD_OP *Op, ULONG_PTR P, BOOLEAN WithTag, ULONG Tag, KIRQL Irql);
void MdDoFreeHigh(MD_OP *Op);   /* above DISPATCH_LEVEL */
void MdDoFreeAny(MD_OP *Op);    /* a wrong one */
void MdDoFreeOther(MD_OP *Op);  /* of what is not monitored */
void MdStep(MD_OP *Op);         /* any operation on any block; nobody else runs */
void MdStepOwn(MD_OP *Op);      /* one on blocks of this thread, while others run */
MD_BLOCK *MdPick(ULONG States); /* bits 1 << MD_STATE; of this thread while others run; or NULL */
void MdSettle(MD_OP *Op);       /* let frees that wait be carried out */

/* ---- look.c ---- */

void MdDoCheck(MD_OP *Op, KIRQL Irql);
void MdDoList(MD_OP *Op);
void MdDoAccess(MD_OP *Op);
void MdDoRange(MD_OP *Op);
void MdDoDescribe(MD_OP *Op);

/* ---- session.c ---- */

void MdSessionStart(MD_OP *Op);
void MdSessionEnd(MD_OP *Op);
void MdOptionsChange(MD_OP *Op); /* read again */
void MdOptionsSay(BOOLEAN Starting);

/* ---- audit.c, inside.c ---- */

/* Nobody else runs. The pool's blocks are as many as the model's; or they are the model's, one by
 * one. */
void MdAuditNumbers(void);
void MdAudit(void);
/* NULL, or what is wrong inside MemCheck; nobody else is inside. */
const char *MdInside(void);
/* Spoil it. */
void MdInsideBreak(MD_BREAK What);
/* The same of what it counted; after EXIT. */
const char *MdInsideCounts(void);

#endif
