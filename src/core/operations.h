/* operations.h - the core's operations and what they share; included by core.h alone. */
#ifndef MC_OPERATIONS_H
#define MC_OPERATIONS_H

/* ---- shared state: one structure, in the driver's image, zero at load ---- */

#define MC_MOST_LANES   8u
#define MC_EVICT_BATCH  16u   /* blocks leaving the quarantine in one hold of a lane's lock */
#define MC_SPARES_MOVED 64u   /* from a lane that has twice as many to one that has none */
#define MC_EVICT_PART   32u   /* a queue over its bounds is emptied to so many parts less one */
#define MC_EXIT_WAIT    1000u /* milliseconds that EXIT waits for operations in flight */

typedef enum _MC_PHASE {
    McPhaseOff,      /* before INIT */
    McPhaseStarting, /* in INIT */
    McPhaseFailed,   /* INIT found no memory: the driver runs unchecked */
    McPhaseOn,
    McPhaseClosing,   /* in EXIT: no new blocks, but those there are may still be freed */
    McPhaseFinishing, /* in EXIT: every block is accounted for, the tables are going */
    McPhaseEnded,     /* after EXIT, everything given back */
    McPhaseKept       /* after EXIT, tables kept: blocks are still out there */
} MC_PHASE;

/* Frees of one kind of pool that are held back, oldest first; linked through MC_RECORD.Next. */
typedef struct _MC_QUEUE {
    ULONG Head;
    ULONG Tail;
    ULONG Blocks;
    SIZE_T Bytes;
} MC_QUEUE;

/* Where the patrol of a lane is. Without a lock: patrol.c. */
typedef struct _MC_BEAT {
    volatile ULONG Since; /* operations since the last patrol */
    volatile ULONG At;    /* handle that was looked at last */
    volatile ULONG Own;   /* patrols since one looked at memory of MemCheck's own */
} MC_BEAT;

/* What processors must not share: each operation works in one lane, chosen by processor. */
typedef struct _MC_LANE {
    MC_LOCK Lock;
    volatile LONG InFlight; /* operations between McEnter and McLeave; without the lock */
    volatile ULONG Numbers; /* blocks numbered in this lane */
    volatile ULONG Undone;  /* of those, the ones that were never handed out */
    ULONG Spare;            /* first spare record */
    volatile ULONG Spares;  /* how many there are */
    MC_QUEUE Queue[2];      /* quarantine: nonpaged, paged */
    MC_BEAT Beat[2];        /* patrol: by nonpaged operations, by paged ones */
    ULONG_PTR Apart[8];     /* keeps neighbours out of each other's cache lines */
} MC_LANE;

/* What happened, for the line at exit. Nothing about a failure is silent. What happens with each
 * operation is not counted here, where all processors would meet. */
typedef struct _MC_COUNTS {
    volatile LONG Unprotected;  /* handed out without a record: no memory for MemCheck */
    volatile LONG Untracked;    /* handed out without redzones: retry, session, above DISPATCH */
    volatile LONG PoolFailed;   /* the pool failed the driver's own request */
    volatile LONG Drained;      /* the quarantine was drained for want of memory */
    volatile LONG ForeignFrees; /* unknown pointers passed on */
    volatile LONG Deferred;     /* frees above DISPATCH_LEVEL carried out later */
    volatile LONG DeferredLost; /* the same, without a slot: the block is leaked */
    volatile LONG SitesLost;    /* call sites not stored */
    volatile LONG StacksLost;   /* calls whose stack was not stored */
    volatile LONG TooHigh;      /* calls above DISPATCH_LEVEL that were not even reported */
    volatile LONG HandedOver;   /* plain blocks seen going to the system */
    volatile LONG Elsewhere;    /* plain blocks freed past MemCheck, known from their addresses */
    volatile LONG ForSystem;    /* at exit: blocks for the system, still in use or freed by it */
    volatile LONG Forgotten;    /* oldest blocks for the system, given up to bound their number */
    volatile LONG Unwatched;    /* requests that the user does not want monitored */
    volatile LONG Ignored;      /* findings of a kind with reaction ignore */
    volatile LONG OwnDamaged;   /* guard zones of MemCheck's own memory found damaged */
} MC_COUNTS;

typedef struct _MC_ROUND MC_ROUND; /* inject.c */

typedef struct _MC_GLOBALS {
    volatile LONG Phase;             /* MC_PHASE */
    ULONG LaneMask;                  /* lanes in use - 1 */
    volatile SIZE_T QuarantineBytes; /* one lane, one queue; an option, as the next one */
    volatile ULONG QuarantineBlocks; /* one lane, one queue */
    ULONG StartTicks;
    BOOLEAN Linked; /* start and end belong to the driver's entry: MEM_CHECK_INIT is silent */
    volatile BOOLEAN Filters;     /* of requests, by tag or site: watch.c is to be asked */
    volatile BOOLEAN Suppresses;  /* findings, by kind and place: suppress.c is to be asked */
    MC_ROUND *volatile Round;     /* of fault injection; NULL: off */
    volatile ULONG DeferredFirst; /* deferred.c: handle of the first record that waits */
    volatile LONG DeferredSlots;  /* deferred.c: frees that wait */
    ULONG_PTR Apart[16];      /* what is above is read by each operation, and hardly ever written */
    volatile LONG Checks;     /* MEM_CHECK and MEM_LIST_DISPLAY, numbered from 1 */
    volatile LONG Operations; /* counted for check-every alone, while that is on */
    volatile LONG OwnBroken;  /* MC_BROKEN_..., and above them those that were said */
    volatile ULONG SliceNext[2]; /* check, list: the handle that the next slice begins with */
    volatile LONG Plains; /* plain blocks in the index: with none there is nothing to compare */
    MC_COUNTS Counts;
    MC_LANE Lane[MC_MOST_LANES];
} MC_GLOBALS;

extern MC_GLOBALS Mc;

/* A call of the driver, as the reports need it. Site is interned when a record needs it. */
typedef struct _MC_CALL {
    MC_EVENT Event;   /* its Site.Stack: McCallStack */
    BOOLEAN Captured; /* the stack was asked for, or is not to be */
    MC_BY By;
    MC_WAY Way;
    ULONG Routine;      /* MC_ROUTINE, when By is McByRoutine */
    MC_RELEASE Release; /* of a free */
} MC_CALL;

/* ---- gate.c: who is inside ---- */

/* Count an operation in; NULL: not on (before INIT, after EXIT, in either). Any IRQL. */
MC_LANE *McEnter(VOID);
/* The same for a free, which EXIT still lets in while it is closing. */
MC_LANE *McEnterFree(VOID);
/* Either of the two, in the lane of the processor that the call began on. */
MC_LANE *McEnterCall(const MC_CALL *Call, BOOLEAN Free);
VOID McLeave(MC_LANE *Lane);
/* EXIT, the gate closed: wait for those who were inside then. PASSIVE_LEVEL. FALSE: they did not
 * come out. */
BOOLEAN McGateWait(VOID);
VOID McCount(volatile LONG *Counter);
/* The facts of a call; any IRQL. */
VOID McCallMake(MC_CALL *Call, MC_BY By, const char *File, ULONG Line, const char *Function,
                ULONG_PTR ReturnAddress);

/* The handle of the call's stack (0: none), captured the first time it is asked for; it is in
 * Event.Site.Stack too. Between McEnter and McLeave, or in EXIT; no lock held, may allocate. */
ULONG McCallStack(const MC_CALL *Call);

/* ---- lane.c: spare records and the quarantine's queues ---- */

/* A record in state making, numbered; NULL: no memory. No lock held; may allocate. */
MC_RECORD *McLaneTake(MC_LANE *Lane);
/* These Count are gone: no reference, not in the index. First to Last are linked through Next. */
VOID McLaneReturn(MC_LANE *Lane, MC_RECORD *First, MC_RECORD *Last, ULONG Count);
/* A record that was taken for nothing: its block was never handed out. */
VOID McLaneUndo(MC_LANE *Lane, MC_RECORD *Record);
ULONG McLaneAllocations(VOID); /* blocks handed out in all lanes so far */
/* The lane of this processor, for who is not in an operation's lane. */
MC_LANE *McLaneHere(VOID);
MC_LANE *McLaneOf(ULONG Processor);
/*
 * Take up to MC_EVICT_BATCH records from the queue's front that nobody references, now leaving,
 * with one reference, into Evicted; gives their number. Bounded: nothing as long as the queue is
 * within the quarantine's bounds; else until it is some way below them, so that the next frees find
 * room. Otherwise everything.
 */
ULONG McLaneEvict(MC_LANE *Lane, BOOLEAN Paged, BOOLEAN Bounded, MC_RECORD **Evicted);
/* Put a record, still in freeing, behind the queue of its pool; then as McLaneEvict, Bounded. */
ULONG McLanePush(MC_LANE *Lane, MC_RECORD *Record, MC_RECORD **Evicted);

/* ---- quarantine.c ---- */

/* Would it be held back? Else it is let go at once. */
BOOLEAN McQuarantineTakes(const MC_RECORD *Record);
/* A freed block, state freeing, its bytes verified: hold it back, or let it go at once. The
 * caller's reference is given up here. */
VOID McQuarantineAdd(MC_LANE *Lane, MC_RECORD *Record, const MC_CALL *Call);
/* Let everything go that may go at this IRQL; By is who is said to have found what is found. */
VOID McQuarantineDrain(const MC_CALL *Call, MC_BY By);

/* ---- block.c: the bytes of a block ---- */

/* Out of the index; state leaving. */
VOID McBlockWithdraw(MC_RECORD *Record);
/* How its memory is to be given back. */
VOID McBlockRelease(const MC_RECORD *Record, MC_RELEASE *Release);
/* Write both redzones; state making. */
VOID McBlockGuard(MC_RECORD *Record);
/* Fill a freed block; state freeing. */
VOID McBlockFill(MC_RECORD *Record);
/*
 * Verify redzones, and the fill when quarantined or leaving; each new damage is reported as Call's.
 * A reference is held, and the caller may touch the bytes at this IRQL. TRUE: damaged.
 */
BOOLEAN McBlockInspect(MC_RECORD *Record, const MC_CALL *Call, MC_BY By, MC_ACTION Action);
/* The bytes of a block in quarantine will be verified soon: they are asked for all at once, as each
 * may have to come from far away. Nothing is touched. */
VOID McBlockExpect(const MC_RECORD *Record);
/* A leaving record that nobody references any more, and that was sound a moment ago: memory back to
 * the pool, the record gone, and the caller's. FALSE: a paged one at DISPATCH_LEVEL went on the
 * deferred list; or what its free has stored is damaged, and all stays as it is. */
BOOLEAN McBlockGiveBack(MC_RECORD *Record);
/* The same of one that may be damaged; and the record goes back to the lane. */
VOID McBlockDismiss(MC_RECORD *Record);

/* ---- plain.c: blocks without guard bytes in front ---- */

/* A live one's memory is somebody else's: no look-up sees it any more, nothing is released. A
 * reference is held. FALSE: it was so already, or its free has claimed it meanwhile. */
BOOLEAN McPlainGone(MC_RECORD *Record);
/* Its free has made it freeing: from here on McPlainGone cannot be. FALSE: it was already, so
 * another's block is freed; the record leaves. A reference is held. */
BOOLEAN McPlainClaim(MC_RECORD *Record);
/* The free of a claimed one is passed on: it leaves without a release. A reference is held. FALSE:
 * not that either, as the pool has handed its address out meanwhile, so the memory was free, and is
 * another's now, perhaps MemCheck's own. */
BOOLEAN McPlainPassed(MC_RECORD *Record);
/* Gone, because it was freed past us: counted there, and its site learns from it. FALSE: as of
 * McPlainGone. */
BOOLEAN McPlainElsewhere(MC_RECORD *Record, volatile LONG *Counter);
/*
 * The pool has handed out [Raw, Raw + Size): every plain record that claims a byte of it is wrong.
 * After each allocation that MemCheck makes or passes on, for whatever purpose, before anybody else
 * can see the memory. <= DISPATCH_LEVEL, no lock held.
 */
VOID McPlainCompare(ULONG_PTR Raw, SIZE_T Size, const MC_CALL *Call);
#define MC_PLAINS (Mc.Plains != 0) /* else there is nothing to compare with */
/* Is a live large block where it is? Then it is gone: TRUE. A reference is held. */
BOOLEAN McPlainStale(MC_RECORD *Record);
/* Its rear redzone, in state freeing, as far as it may be read now. FALSE: it is not the block that
 * the record says, or not intact, reported as possible. */
BOOLEAN McPlainInspect(MC_RECORD *Record, const MC_CALL *Call, MC_ACTION Action);

/* ---- handover.c ---- */

/* The block at Address, if there is one, is the system's from now on. Sure: that is certain. */
VOID McHandOver(ULONG_PTR Address, BOOLEAN Sure, const MC_CALL *Call);
/* A live block that the system will free, which may never be heard of again: bounded. */
VOID McSystemKeep(const MC_RECORD *Record);
VOID McSystemClear(VOID);

/* ---- misuse.c: what the contract forbids ---- */

/* Report what is wrong with a request; one that the pool must refuse is untracked from then on. <=
 * DISPATCH_LEVEL. */
VOID McMisuseRequest(MC_REQUEST *Request, const MC_CALL *Call);
/* A call above DISPATCH_LEVEL that does nothing here: it is reported later, from where one may
 * print. */
VOID McMisuseTooHigh(const MC_CALL *Call);

/* ---- allocate.c, free.c ---- */

/* Whole operations; any IRQL. */
PVOID McAllocateBlock(MC_REQUEST *Request, MC_CALL *Call);
VOID McFreeBlock(PVOID P, MC_CALL *Call);
/* All of a free but for the pool's part. TRUE: that is the caller's to do now. */
BOOLEAN McFreeCheck(PVOID P, const MC_CALL *Call);
/* A free before INIT or after EXIT; TRUE: pass it on to the pool. */
BOOLEAN McFreeNotOn(ULONG_PTR Address, const MC_CALL *Call);
/* A monitored block, or NULL: ask the pool for the driver's own request. In Lane, <= DISPATCH. */
PVOID McAllocateMonitored(MC_LANE *Lane, const MC_REQUEST *Request, const MC_CALL *Call);
/* Judge a free; TRUE: pass it on to the pool. In Lane, <= DISPATCH. */
BOOLEAN McFreeJudge(MC_LANE *Lane, ULONG_PTR Address, const MC_CALL *Call);
/* Verify, fill and quarantine a block in state freeing whose memory may be touched now; the
 * caller's reference is given up. TRUE: pass the free on to the pool (plain blocks only). */
BOOLEAN McFreeFinish(MC_LANE *Lane, MC_RECORD *Record, const MC_CALL *Call);

/* ---- deferred.c: what must wait for a lower IRQL ---- */

/* Above DISPATCH_LEVEL: keep a free for later. */
VOID McDeferredPost(ULONG_PTR Address, const MC_CALL *Call);
/* At DISPATCH_LEVEL: a paged record to finish later: freeing, with a reference, or leaving. */
VOID McDeferredRecord(MC_RECORD *Record);
/* Does anything wait? A glance, so that nothing costs when nothing does. */
#define MC_DEFERRED ((Mc.DeferredFirst | (ULONG)Mc.DeferredSlots) != 0)
/* Carry out what may be carried out at this IRQL; <= DISPATCH_LEVEL, no lock held. */
VOID McDeferredDrain(MC_LANE *Lane);
/* The last of EXIT: frees that came above DISPATCH_LEVEL until the gate was closed. */
VOID McDeferredEnd(VOID);

/* ---- sweep.c: every block ---- */

/*
 * A check of all blocks by McByCheck, McByList (which prints each live one) or McByCheckEvery;
 * gives the number damaged of those looked at. Paged: paged ones too, below DISPATCH_LEVEL. At it
 * no more than the slice option says.
 */
ULONG McSweep(const MC_CALL *Call, MC_BY By, BOOLEAN Paged);

/* ---- ownmemory.c: the zones around memory of MemCheck's own ---- */

/* Look at so many pieces more, in turn: what is damaged is reported as Call's, found by By, and put
 * right. <= DISPATCH_LEVEL, no lock held. */
#define MC_OWN_ALL 0xffffffffu
VOID McOwnLook(ULONG Most, const MC_CALL *Call, MC_BY By);

/* May an address that nothing is known of be a block of ours all the same? Where a platform allows
 * no look at the bytes before memory that is not MemCheck's, only when own memory is damaged. */
#ifdef MC_POOL_HEADERS
#define MC_OWN_SUSPECT 1
#else
#define MC_OWN_SUSPECT (Mc.OwnBroken != 0)
#endif

/* ---- patrol.c: a few blocks with each operation ---- */

/*
 * Before an allocation or free of the driver, in Lane, no lock held: the regular check and the
 * patrol, when their turn has come. Paged: it is one of paged pool, below DISPATCH_LEVEL. With all
 * of it off, not called: MC_PATROLS.
 */
#define MC_PATROLS ((McOptions.Patrol | McOptions.CheckEvery) != 0)
VOID McPatrol(MC_LANE *Lane, BOOLEAN Paged, const MC_CALL *Call);
/* The raw block [First, Last] was freed: look at those on both sides of it. */
VOID McPatrolNeighbours(ULONG_PTR First, ULONG_PTR Last, BOOLEAN Paged, const MC_CALL *Call);
/* Verify this block (NULL: none), found by By, and note when. FALSE: not to be read, or not now.
 * Paged: those of paged pool may be. */
BOOLEAN McPatrolLook(MC_RECORD *Record, BOOLEAN Paged, MC_BY By, MC_INTACT Intact,
                     const MC_CALL *Call);

/* ---- intact.c: when a block was found as it should be ---- */

/* It was verified by this call: in check number Check, or (0) by Intact. A reference is held. */
VOID McIntactMark(MC_RECORD *Record, ULONG Check, MC_INTACT Intact, const MC_CALL *Call);
/* Nobody has looked: in making, and when it was filled. */
VOID McIntactClear(MC_RECORD *Record);
/* For a finding, Block->State being there: the last look, or what was written before any. */
VOID McIntactCopy(const MC_RECORD *Record, MC_BLOCK *Block);

/* ---- worker.c: a thread of MemCheck's own ---- */

/* The last of INIT: start it, if the option says so. EXIT: McOsWorkerStop. PASSIVE_LEVEL. */
VOID McWorkerStart(VOID);

/* ---- access.c ---- */

/* Nothing of ours is anywhere near the address, and nobody is to be told: all that a call would
 * come to. Before anything else is done for it; any IRQL. */
BOOLEAN McAccessNothing(ULONG_PTR Address);
/* TRUE: inside the bytes of a live block. FALSE: reported, with what the address is. */
BOOLEAN McAccessValid(ULONG_PTR Address, const MC_CALL *Call);
/* The same of Length bytes from Address on; of no bytes, one that is right behind will do too. */
BOOLEAN McAccessRange(ULONG_PTR Address, SIZE_T Length, const MC_CALL *Call);
/* MEM_DESCRIBE: report what the address is. */
VOID McAccessDescribe(ULONG_PTR Address, const MC_CALL *Call);
/* McWild of this thread and driver. */
MC_REASON McWildHere(ULONG_PTR Address);

/* ---- evidence.c: what a finding says besides ---- */

/* Fill in the nearest blocks on both sides of Finding's block, or of its address. <=
 * DISPATCH_LEVEL, no lock held. */
VOID McEvidenceNear(MC_FINDING *Finding);
/* Of a finding with damage: its neighbours, the likely culprit, what the bytes look like. */
VOID McEvidenceDamage(MC_FINDING *Finding);

/* ---- leaks.c, afterexit.c: the end ---- */

/* Report what is live, free what is to be freed, fill the after-exit set. Phase closing: no new
 * blocks, frees may go on. TRUE: every block is accounted for, the tables may go. */
BOOLEAN McLeaksEnd(const MC_CALL *Call);
/* List the call sites whose blocks were freed past us, ready to be pasted as an option. */
VOID McLeaksLearned(VOID);
/* Remember a block that EXIT frees. FALSE: no room. */
BOOLEAN McAfterExitAdd(ULONG_PTR User);
/* Is this the free of one, that must not reach the pool? */
BOOLEAN McAfterExitStops(ULONG_PTR User);
/* The pool handed the address out again: the next free of it is right. */
VOID McAfterExitHandedOut(ULONG_PTR User);
/* EXIT did not free it after all. */
VOID McAfterExitForget(ULONG_PTR User);
VOID McAfterExitClear(VOID);

/* ---- inject.c: requests that fail on purpose ---- */

/* At INIT, nobody inside, the options read: begin. */
VOID McInjectStart(VOID);
/* The options may have changed: if so, begin anew. PASSIVE_LEVEL, not in an operation, one call at
 * a time; may wait a second. */
VOID McInjectAgain(VOID);
VOID McInjectEnd(VOID); /* EXIT: say what failed */
/* Is this request, which the driver may make here, to fail? Then it is counted and reported. In an
 * operation, <= DISPATCH_LEVEL, no lock held. */
BOOLEAN McInject(const MC_REQUEST *Request, const MC_CALL *Call);
/* Fail it as the pool would: NULL, or an exception, which does not come back. In no operation. */
PVOID McInjectFail(const MC_REQUEST *Request);

/* ---- say.c ---- */

/* McOsFormat with the arguments behind the format; gives the length of the text, cut to Size - 1.
 */
ULONG MC_VARARGS McFormat(char *Buffer, ULONG Size, const char *Format, ...);

/* ---- optionread.c: the option string ---- */

/* At INIT, nobody inside, the platform started: read it. RegistryPath: see McOsOptions. */
VOID McOptionsStart(const VOID *RegistryPath);
/* MEM_CHECK_OPTIONS, on: read it again. PASSIVE_LEVEL, not in an operation; may wait a second. */
VOID McOptionsAgain(const MC_CALL *Call);
/* What is derived from options and kept elsewhere. */
VOID McOptionsInForce(VOID);

/* ---- lifecycle.c ---- */

/* MEM_CHECK_INIT and MEM_CHECK_EXIT. RegistryPath: NULL where it is not known. */
VOID McStart(const MC_CALL *Call, const VOID *RegistryPath);
VOID McStop(const MC_CALL *Call);

/* ---- selftest.c ---- */

/* Allocate, damage, detect, free; in INIT, the gate not open yet. FALSE: MemCheck does not work. */
BOOLEAN McSelfTest(const MC_CALL *Call);

/* ---- diagnose.c: pure ---- */

MC_WHERE McWhere(const MC_BLOCK *Block, ULONG_PTR Address);
/* What of the surroundings is known when a pointer is judged. */
typedef struct _MC_PLACE {
    ULONG_PTR SystemStart;
    ULONG_PTR StackLow, StackHigh; /* 0, 0: not known */
    ULONG_PTR ImageLow, ImageHigh;
} MC_PLACE;
/* Why the address cannot be a pool block; McReasonNone: it can. */
MC_REASON McWild(const MC_PLACE *Place, ULONG_PTR Address);
/* First, last and number of changed bytes in [Start, Start + Length) of the block, guard bytes or
 * fill, and a window of them. */
VOID McDamage(const MC_BLOCK *Block, ULONG Filled, LONG_PTR Start, SIZE_T Length,
              MC_DAMAGE *Damage);
/* The pointers that the changed bytes may be: at most MC_LOOK_POINTERS; gives how many. */
#define MC_LOOK_POINTERS 8
ULONG McLookPointers(const MC_DAMAGE *Damage, ULONG_PTR *Pointers);
/* What the changed bytes of the window look like. Pointer: what the look-up of McLookPointers
 * found: McLookImage, McLookBlock or McLookNothing. */
MC_LOOK McLook(const MC_DAMAGE *Damage, MC_LOOK Pointer);
/* Which of the two neighbours probably did the damage. */
MC_CULPRIT McCulprit(const MC_BLOCK *Block, const MC_DAMAGE *Damage, const MC_NEIGHBOUR *Before,
                     const MC_NEIGHBOUR *After);

/* ---- found.c: findings on their way ---- */

/* A finding of this call, cleared, or NULL (counted). */
MC_FINDING *McFoundBegin(MC_KIND Kind, const MC_CALL *Call, MC_BY By);
/* Is no finding of this kind to be told, whatever it says? Then one is counted, and need not be
 * made. Any IRQL. */
BOOLEAN McFoundIgnored(MC_KIND Kind);
/* FALSE: the user does not want to be told of it. */
BOOLEAN McFoundEnd(MC_FINDING *Finding);
VOID McFoundDrop(MC_FINDING *Finding); /* it was nothing after all */
/* The short forms: a finding without a block. */
VOID McFoundCall(MC_KIND Kind, MC_REASON Reason, MC_ACTION Action, ULONG_PTR Address,
                 const MC_CALL *Call);

#ifdef MEMCHECK_TEST_HOOK
VOID McTestReport(const MC_FINDING *Finding); /* the test suite's: sees every finding */
#endif

#endif
