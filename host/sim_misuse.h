/*
 * sim_misuse.h - what stops a test: misuse, expected or not.
 * Part of sim.h, which has the rules for all.
 */
#ifndef SIM_MISUSE_H
#define SIM_MISUSE_H

#include "sim_types.h"

typedef enum _SIM_MISUSE {
    SIM_MISUSE_NONE,
    SIM_MISUSE_FREE_UNKNOWN,   /* free of a pointer that the pool did not hand out, NULL included */
    SIM_MISUSE_FREE_INTERIOR,  /* free of an address inside a live block */
    SIM_MISUSE_FREE_TWICE,     /* second free, the address not handed out again since */
    SIM_MISUSE_WRONG_TAG,      /* free with a tag, not 0, that differs (bit 31 apart) */
    SIM_MISUSE_PROTECTED_TAG,  /* free without a tag of a block whose tag has bit 31 */
    SIM_MISUSE_ZERO_TAG,       /* allocation with tag 0 */
    SIM_MISUSE_BAD_TYPE,       /* a pool type, or a bit in it, that this Windows does not have */
    SIM_MISUSE_MUST_SUCCEED,   /* must-succeed from XP on; above a page on 2000 */
    SIM_MISUSE_PAGED_IRQL,     /* paged allocation or free at DISPATCH_LEVEL or above */
    SIM_MISUSE_IRQL,           /* a routine above the IRQL it may be called at */
    SIM_MISUSE_RAISE_LOWER,    /* KeRaiseIrql to a lower level, KeLowerIrql to a higher one */
    SIM_MISUSE_LOCK_RECURSIVE, /* a thread acquires a spin lock that it holds */
    SIM_MISUSE_LOCK_OWNER,     /* release of a spin lock by a thread that does not hold it */
    SIM_MISUSE_LOCK_ORDER,     /* lock acquired while a strict one is held, or one of the same or a
                                  higher level */
    SIM_MISUSE_LOCK_HELD,      /* IRQL lowered below DISPATCH_LEVEL, or thread ends, with a lock */
    SIM_MISUSE_UNDER_LOCK,     /* pool call, print, delay or raise while holding a strict lock */
    SIM_MISUSE_FORMAT,         /* DbgPrint conversion that is PASSIVE only, or unknown to kernels */
    SIM_MISUSE_BREAKPOINT,     /* breakpoint with no debugger: a bug check */
    SIM_MISUSE_NO_ROUTINE,     /* a routine that this Windows does not export */
    SIM_MISUSE_SECURE_POOL,    /* ExFreePool2: parameters that do not fit the block; secure pool
                                  otherwise */
    SIM_MISUSE_IRP,            /* an IRP completed twice, or used after its completion; pending */
    SIM_MISUSE_KINDS           /* not a kind: how many there are */
} SIM_MISUSE;

/*
 * SimExpectMisuse - the test expects one misuse of this kind, by whichever thread.
 * When it comes it is recorded, the state of the kernel stays as it was, and the routine returns
 * (NULL for an allocation). Another kind, or a second one, aborts. SIM_MISUSE_NONE takes the
 * expectation back. Any IRQL.
 */
void SimExpectMisuse(SIM_MISUSE Kind);

/* SimMisuseSeen - TRUE when the misuse last expected has come. Any IRQL. */
BOOLEAN SimMisuseSeen(void);

/* SimMisuseText - the message of the misuse that came last as expected, "" if none. */
PCSTR SimMisuseText(void);

/*
 * SimAborts - does Routine() abort, and say Text on stderr? It runs in a child process, so the
 * caller goes on; usually it calls SimStart itself. Called between SimStart and SimStop, the child
 * continues with a copy of the simulated kernel, in which only the calling thread is left
 * (SIM_PARALLEL only). Result: TRUE when it ended by SIGABRT and its stderr contains Text; else
 * FALSE, and what happened instead is on stderr. A child that hangs ends after 60 s (SimWatchdog),
 * or when a watchdog started by it says so.
 */
BOOLEAN SimAborts(void (*Routine)(void), PCSTR Text);

#endif
