/*
 * finding.h - what was found out, as data. The core fills it in (diagnosis), the report words it.
 *
 * A finding is complete in itself: it holds copies, never pointers into a block or a record, so
 * that it can be worded later, by another thread, when the block is long gone. Only the texts of a
 * site (string literals of the driver) are pointers, and its call stack a handle.
 */
#ifndef MC_FINDING_H
#define MC_FINDING_H

#include "platform.h"

/* Kinds of finding; finding.c has their names for people and for machines. */
typedef enum _MC_KIND {
    McKindNone,
    McKindOverrun,        /* bytes behind a block were changed */
    McKindUnderrun,       /* bytes before a block were changed */
    McKindWriteAfterFree, /* bytes of a freed block were changed */
    McKindDoubleFree,     /* freed while in quarantine */
    McKindLateFree,       /* freed when its memory was long back in the pool */
    McKindAfterExitFree,  /* freed after MEM_CHECK_EXIT */
    McKindInteriorFree,   /* an address inside a block was freed */
    McKindRedzoneFree,    /* an address in the guard bytes of a block was freed */
    McKindWildFree,       /* what cannot be a block was freed */
    McKindForeignFree,    /* passed on; reported only by a setting */
    McKindWrongTag,       /* freed with a tag that is not the block's */
    McKindLeak,           /* a block never freed */
    McKindLeakSite,       /* summary: blocks never freed, of one allocation site */
    McKindBadAccess,      /* MEM_VALID_ACCESS: not inside a live block */
    McKindWrongIrql,      /* a call at an IRQL at which it must not be made */
    McKindWrongOrder,     /* a call before INIT, after EXIT, twice */
    McKindBadRequest,     /* parameters that the pool's contract does not allow */
    McKindBadHandOver,    /* a block given to the system that the system cannot free */
    McKindDescribe,       /* no bug: MEM_DESCRIBE was asked what an address is */
    McKindInjected,       /* no bug: a request failed because an option said so */
    McKindDifference,     /* no bug: MEM_DIFFERENCE, blocks of one allocation site */
    McKindOwnMemory,      /* memory of MemCheck's own was changed */
    McKinds
} MC_KIND;

/* Where an address lies in relation to a block. */
typedef enum _MC_WHERE {
    McWhereNowhere, /* no block of ours */
    McWhereStart,   /* its first byte (of a block of 0 bytes too) */
    McWhereInside,
    McWhereFront, /* front redzone */
    McWhereRear   /* rear redzone, slack included */
} MC_WHERE;

/* States of a record (core.h has the transitions); a copy of one stands in a finding. */
typedef enum _MC_STATE {
    McStateGone,
    McStateMaking,
    McStateLive,
    McStateFreeing,
    McStateQuarantined,
    McStateLeaving,
    McStateRetired /* only in findings: of a retired entry */
} MC_STATE;

/* Why a pointer cannot be a pool block (wild), or a finding is only possible, or what was called.
 */
typedef enum _MC_REASON {
    McReasonNone,
    McReasonNull,          /* wild: NULL */
    McReasonUserSpace,     /* wild: below MmSystemRangeStart */
    McReasonMisaligned,    /* wild: not a multiple of 8 (16 on 64-bit) */
    McReasonStack,         /* wild: within the caller's stack */
    McReasonImage,         /* wild: within the driver's image */
    McReasonReused,        /* possible only: the address may belong to another by now */
    McReasonPlain,         /* possible only: the system may have freed this block */
    McReasonUninitialised, /* call before MEM_CHECK_INIT */
    McReasonTwice,         /* MEM_CHECK_INIT twice */
    McReasonAfterExit,     /* call after MEM_CHECK_EXIT */
    McReasonNoInit,        /* MEM_CHECK_EXIT without MEM_CHECK_INIT */
    McReasonTooHigh,       /* IRQL above DISPATCH_LEVEL */
    McReasonPagedHigh,     /* paged pool at DISPATCH_LEVEL */
    McReasonNotPassive,    /* INIT or EXIT above PASSIVE_LEVEL */
    McReasonZeroTag,       /* request: tag 0 */
    McReasonBadTag,        /* request: a tag with characters that are not printable */
    McReasonZeroBytes,     /* request: of 0 bytes */
    McReasonMustSucceed,   /* request: must-succeed, from Windows XP on */
    McReasonCameBack,      /* the pool handed its address out again: it was freed elsewhere too */
    McReasonOverlapped,    /* possible only: the pool handed out a part of it again */
    McReasonFrontRedzone,  /* hand-over: guard bytes stand before the block */
    McReasonForeign,       /* an address: memory is there, and none of it MemCheck's to know */
    McReasonNowhere,       /* an address: no memory is there now */
    McReasonFailNth,       /* injected: which of the options said so */
    McReasonFailStacks,
    McReasonFailChance,
    McReasonFailAt,
    McReasonNeverSet,     /* a checkpoint: no MEM_CHECKPOINT has set it */
    McReasonRestarted,    /* a checkpoint of before MEM_CHECK_EXIT */
    McReasonNoCheckpoint, /* what is given as a checkpoint is none */
    McReasonOwnZone,      /* own memory: the guard bytes around a piece of it */
    McReasonOwnLost,      /* own memory: a block of ours that nothing is known of any more */
    McReasonOwnRecord,    /* own memory: in the order of MC_BROKEN_... (core.h) */
    McReasonOwnList,
    McReasonOwnIndex,
    McReasonOwnLarge,
    McReasonOwnRetired,
    McReasonOwnPlace,
    McReasonOwnPieces,
    McReasonOwn, /* wild: memory of MemCheck's own */
    McReasons
} MC_REASON;

/* What the finding was found by. */
typedef enum _MC_BY {
    McByNobody,
    McByAllocate,
    McByFree,
    McByFreeWithTag,
    McByCheck,
    McByList,
    McByQuarantine, /* on leaving the quarantine */
    McByAccess,
    McByInit,
    McByExit,
    McBySelfTest,
    McByHandOver,   /* MEM_HANDED_OVER */
    McByRoutine,    /* a routine of the kit by its own name: MC_FINDING.Routine says which */
    McByDescribe,   /* MEM_DESCRIBE */
    McByRange,      /* MEM_VALID_RANGE */
    McByOptions,    /* MEM_CHECK_OPTIONS */
    McByPatrol,     /* the patrol, in the call that MC_FINDING.During names; so the next two */
    McByNeighbour,  /* beside a block that was freed */
    McByCheckEvery, /* the full check before an operation */
    McByWorker,     /* MemCheck's own thread */
    McByOnFinding,  /* MEM_ON_FINDING */
    McByCheckpoint, /* MEM_CHECKPOINT */
    McByDifference, /* MEM_DIFFERENCE */
    McByStatistics, /* MEM_STATISTICS */
    McBys
} MC_BY;

/* By which look a block's bytes were last found as they should be. */
typedef enum _MC_INTACT {
    McIntactUnknown,
    McIntactAlloc, /* nobody has looked since: when its guard bytes were written */
    McIntactFree,  /* the same: when it was freed, verified and filled */
    McIntactPatrol,
    McIntactNeighbour,
    McIntactWorker,
    McIntacts
} MC_INTACT;

/* What was done about it. */
typedef enum _MC_ACTION {
    McActionNone,
    McActionGoOn,         /* execution continues */
    McActionKept,         /* block kept in quarantine */
    McActionReleased,     /* block given back to the pool */
    McActionNotPassed,    /* the free did not reach the pool */
    McActionPassed,       /* the call was passed on to the pool */
    McActionRaw,          /* the free went to the raw block */
    McActionFreedAtExit,  /* leaked block freed at exit */
    McActionLeftAtExit,   /* leaked block left as it is */
    McActionDeferred,     /* carried out later, at a lower IRQL */
    McActionIgnored,      /* the call does nothing */
    McActionForgotten,    /* not given back to the pool: somebody else has done that */
    McActionFailed,       /* the request got NULL */
    McActionRaised,       /* the request got an exception */
    McActionRepaired,     /* guard bytes or fill written anew, execution continues */
    McActionKeptRepaired, /* the same, and the block kept in quarantine */
    McActions
} MC_ACTION;

/* Of a call: file, line, function as the macros give them (NULL, 0 where unknown), and where it
 * returns to. */
typedef struct _MC_SITE {
    const char *File;
    const char *Function;
    ULONG_PTR ReturnAddress;
    ULONG Line;
    ULONG Stack; /* the path to it: handle of its call stack; 0: none, or MC_STACK_LOST */
} MC_SITE;

#define MC_STACK_LOST 0xffffffffu /* one there was no room for */

/* A call stack. Frames[0] is the return address of the call. */
typedef struct _MC_STACK {
    const ULONG_PTR *Frames;
    ULONG Count; /* 0: none */
    KIRQL CutAt; /* the IRQL at which the system could not look further; 0: not cut */
} MC_STACK;

/*
 * The stack of this handle. A stack is not copied into a finding, which would grow by some hundred
 * bytes: the core keeps it (stack.c) until McReportIdle says that nothing of it is needed. Any
 * thread, no lock, IRQL <= DISPATCH_LEVEL.
 */
VOID McStackRead(ULONG Handle, MC_STACK *Stack);

/* A call at a moment. */
typedef struct _MC_EVENT {
    MC_SITE Site;
    ULONG Thread;
    ULONG Ticks;
    UCHAR Processor;
    KIRQL Irql;
} MC_EVENT;

/* What is known of a block. Number 0: no block. Freed.Site.Line and ReturnAddress 0: not freed. */
typedef struct _MC_BLOCK {
    ULONG_PTR User;   /* the driver's address */
    SIZE_T Size;      /* bytes asked for */
    ULONG Front;      /* bytes of the front redzone; 0 is a plain block */
    ULONG Rear;       /* bytes of the rear redzone, slack included */
    ULONG PoolType;   /* as given: POOL_TYPE, or the low half of POOL_FLAGS (MC_BY_FLAGS) */
    ULONG Attributes; /* MC_PAGED and so on: mcroutines.h */
    ULONG Tag;        /* 0: allocated without one */
    ULONG Number;     /* counted from 1 at MEM_CHECK_INIT */
    MC_STATE State;
    MC_EVENT Allocated;
    MC_EVENT Freed;
    ULONG IntactCheck; /* number of the check that found it intact last; 0: see Intact */
    ULONG IntactTicks;
    MC_INTACT Intact;
} MC_BLOCK;

#define MC_SAMPLE_BYTES 16 /* what a leak shows of a block's first bytes */

#define MC_DUMP_BYTES 48 /* what a report shows around the damage: three lines of 16 */

/* What changed bytes look like: a hint at who wrote them, never more than that. */
typedef enum _MC_LOOK {
    McLookNothing,
    McLookZeros,
    McLookOnes,  /* FF */
    McLookFill,  /* as MemCheck fills freed blocks: copied out of one */
    McLookGuard, /* guard bytes of another place: copied from beyond a block's end */
    McLookImage, /* a pointer into the driver's image */
    McLookBlock, /* a pointer into a monitored block */
    McLookText,  /* ASCII */
    McLookWide,  /* UTF-16 */
    McLooks
} MC_LOOK;

/* A block that the finding of another one names: beside it, or what a changed pointer points to. */
typedef struct _MC_NEIGHBOUR {
    ULONG_PTR User;
    SIZE_T Size;
    ULONG Front;
    ULONG Rear;
    ULONG Tag;
    ULONG Number; /* 0: there is none */
    MC_STATE State;
    BOOLEAN Damaged; /* its guard bytes on the finding's side were changed */
    MC_SITE Allocated;
} MC_NEIGHBOUR;

/* Whose access probably did the damage, when it was not one to the damaged block itself. */
typedef enum _MC_CULPRIT {
    McCulpritNone,          /* nothing says so */
    McCulpritBefore,        /* the block before is not guarded here, and the damage begins there */
    McCulpritBeforeDamaged, /* the guard bytes between the two are damaged as well */
    McCulpritAfter,         /* the same of the block behind, and of where the damage ends */
    McCulpritAfterDamaged,
    McCulprits
} MC_CULPRIT;

/* Changed bytes. Offsets are from the block's first byte, negative in the front redzone. */
typedef struct _MC_DAMAGE {
    LONG_PTR First;   /* the first changed byte */
    LONG_PTR Last;    /* the last changed byte */
    SIZE_T Changed;   /* how many differ between them, both included */
    LONG_PTR DumpAt;  /* offset of Found[0]: a multiple of 16, at or below First */
    ULONG DumpLength; /* bytes in Found, 0: none */
    UCHAR Found[MC_DUMP_BYTES];
    UCHAR Marked[MC_DUMP_BYTES];   /* 0: the driver's; 1: changed; 2: guard or fill, intact */
    UCHAR Expected[MC_DUMP_BYTES]; /* where Marked is not 0: what belongs there */
    MC_LOOK Look;
    ULONG_PTR Pointer; /* McLookImage, McLookBlock: the value found */
} MC_DAMAGE;

typedef struct _MC_FINDING {
    MC_KIND Kind;
    BOOLEAN Sure;     /* it cannot be otherwise */
    MC_REASON Reason; /* Plain with a wrong IRQL: the rule is that of paged pool */
    MC_BY By;
    MC_BY During;  /* of the patrol and its like: the call that it was a part of */
    ULONG Routine; /* MC_ROUTINE, when By or During is McByRoutine */
    MC_ACTION Action;
    ULONG_PTR Address;    /* the pointer given by the caller, or of the first damaged byte */
    MC_WHERE Where;       /* of Address in relation to Block */
    ULONG GivenTag;       /* wrong tag: what the caller gave */
    MC_EVENT Found;       /* the call that found it */
    MC_BLOCK Block;       /* Number 0: none; of a bad request then what was asked for; of own
                             memory the piece */
    MC_DAMAGE Damage;     /* Changed 0: none */
    ULONG Count;          /* leak site, or leak that is only possible: blocks */
    SIZE_T Bytes;         /* the same: bytes in all; of a range its length */
    ULONG Request;        /* injected: number of the request; Count: failures so far */
    ULONG_PTR Given;      /* of a range its first byte; Address is the first one outside */
    MC_NEIGHBOUR Before;  /* the nearest block below Block (without one, below Address) ... */
    MC_NEIGHBOUR After;   /* ... and above */
    MC_NEIGHBOUR Pointed; /* the block of Damage.Pointer */
    MC_CULPRIT Culprit;
    ULONG Checkpoint;  /* difference: since which; 0: whatever is in use */
    ULONG Oldest;      /* of blocks of one place, the numbers of two of them; Block is the oldest */
    ULONG OldestTicks; /* ... and when they were allocated */
    ULONG Youngest;
    ULONG YoungestTicks;
    ULONG SampleLength; /* first bytes of Block in Sample; 0: not read */
    UCHAR Sample[MC_SAMPLE_BYTES];
} MC_FINDING;

/* Names; for any value a valid string ("?" out of range). The machine name is the kind= value. */
const char *McKindMachineName(MC_KIND Kind);

#endif
