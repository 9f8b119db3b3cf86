/*
 * finding.h - what was found out, as data. The core fills it in (diagnosis), the report words it.
 *
 * A finding is complete in itself: it holds copies, never pointers into a block or a record, so
 * that it can be worded later, by another thread, when the block is long gone. Only the texts of a
 * site (string literals of the driver) are pointers.
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
    McByHandOver, /* MEM_HANDED_OVER */
    McByRoutine,  /* a routine of the kit by its own name: MC_FINDING.Routine says which */
    McBys
} MC_BY;

/* What was done about it. */
typedef enum _MC_ACTION {
    McActionNone,
    McActionGoOn,        /* execution continues */
    McActionKept,        /* block kept in quarantine */
    McActionReleased,    /* block given back to the pool */
    McActionNotPassed,   /* the free did not reach the pool */
    McActionPassed,      /* the call was passed on to the pool */
    McActionRaw,         /* the free went to the raw block */
    McActionFreedAtExit, /* leaked block freed at exit */
    McActionLeftAtExit,  /* leaked block left as it is */
    McActionDeferred,    /* carried out later, at a lower IRQL */
    McActionIgnored,     /* the call does nothing */
    McActionForgotten,   /* not given back to the pool: somebody else has done that */
    McActions
} MC_ACTION;

/* Of a call: file, line, function as the macros give them (NULL, 0 where unknown), and where it
 * returns to. */
typedef struct _MC_SITE {
    const char *File;
    const char *Function;
    ULONG_PTR ReturnAddress;
    ULONG Line;
} MC_SITE;

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
    ULONG IntactCheck; /* number of the last check that found it intact, 0: none */
    ULONG IntactTicks;
} MC_BLOCK;

#define MC_DUMP_BYTES 48 /* what a report shows around the damage: three lines of 16 */

/* Changed bytes. Offsets are from the block's first byte, negative in the front redzone. */
typedef struct _MC_DAMAGE {
    LONG_PTR First;   /* the first changed byte */
    LONG_PTR Last;    /* the last changed byte */
    SIZE_T Changed;   /* how many differ between them, both included */
    LONG_PTR DumpAt;  /* offset of Found[0]: a multiple of 16, at or below First */
    ULONG DumpLength; /* bytes in Found, 0: none */
    UCHAR Found[MC_DUMP_BYTES];
    UCHAR Marked[MC_DUMP_BYTES]; /* 0: the driver's; 1: changed; 2: guard or fill, intact */
} MC_DAMAGE;

typedef struct _MC_FINDING {
    MC_KIND Kind;
    BOOLEAN Sure;     /* it cannot be otherwise */
    MC_REASON Reason; /* Plain with a wrong IRQL: the rule is that of paged pool */
    MC_BY By;
    ULONG Routine; /* MC_ROUTINE, when By is McByRoutine */
    MC_ACTION Action;
    ULONG_PTR Address; /* the pointer given by the caller, or of the first damaged byte */
    MC_WHERE Where;    /* of Address in relation to Block */
    ULONG GivenTag;    /* wrong tag: what the caller gave */
    MC_EVENT Found;    /* the call that found it */
    MC_BLOCK Block;    /* Number 0: none; of a bad request then what was asked for */
    MC_DAMAGE Damage;  /* Changed 0: none */
    ULONG Count;       /* leak site, or leak that is only possible: blocks */
    SIZE_T Bytes;      /* the same: bytes in all */
} MC_FINDING;

/* Names; for any value a valid string ("?" out of range). The machine name is the kind= value. */
const char *McKindMachineName(MC_KIND Kind);

#endif
