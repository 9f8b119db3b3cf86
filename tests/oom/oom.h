/*
 * oom.h - out of memory at every allocation: one driver's life, run again and again on the
 * simulated kernel, each time with another request of the pool failing.
 *
 * scenario.c is the driver. It is compiled twice: with MemCheck (scenario.c) and without (bare.c),
 * where it stands on the pool alone. journal.c sees each of its requests, and what they became in
 * the pool; account.c adds up what MemCheck's counters must say at exit; broken.c breaks the
 * platform on purpose, to show that all this notices; oom.c runs it.
 *
 * What is proved of each run:
 *  - a request is served where any request that MemCheck makes of the pool for it is, and else
 *    fails as it would without MemCheck, NULL or the same exception; last of all the pool was asked
 *    exactly what the driver asked;
 *  - one failure alone no request feels that MemCheck may make more than once; from a failure on
 *    that lasts every request fails; failures of MemCheck's own memory alone are never felt;
 *  - the bare driver, failed at the same requests, sees the same of each;
 *  - before the driver feels a failure all that is held back has gone back to the pool;
 *  - what was handed out keeps the pool's contract, and the driver's bytes stay as they are;
 *  - bugs in monitored blocks are found, and nothing else is;
 *  - the counters at exit are what happened, and the pool is empty;
 *  - requests that fail do not make MemCheck grow.
 */
#ifndef OOM_H
#define OOM_H

#include "platform_sim.h"
#include "sim.h"

/* ---- the driver's requests ---- */

/* How it asks and frees: an MC_ROUTINE by the kit's own name, or one of MemCheck's names. */
enum {
    OomNames = 100, /* MEM_ALLOCATE */
    OomNamesTag,
    OomSystem, /* MEM_ALLOCATE_FOR_SYSTEM */
    OomSystemTag,
    OomFree, /* MEMCHECK_FREE */
    OomFreeTag
};

typedef struct _OOM_ASK {
    ULONG Way;
    ULONG Type;
    POOL_FLAGS Flags;
    SIZE_T Size;
    ULONG Tag; /* of a way that takes one */
    PCPOOL_EXTENDED_PARAMETER Parameters;
    ULONG Count;
    PVOID Result;
} OOM_ASK;

typedef struct _OOM_BLOCK {
    PUCHAR P; /* NULL: not there */
    OOM_ASK Ask;
    BOOLEAN Monitored;
    BOOLEAN Leaked; /* it is meant to be left */
} OOM_BLOCK;

#define OOM_BLOCKS   512
#define OOM_TAG      0x74736554u /* 'Test' */
#define OOM_SKIP_TAG 0x70696B53u /* 'Skip' */

/* ---- asks.c ---- */

BOOLEAN OomByFlags(const OOM_ASK *Ask);
BOOLEAN OomUntagged(const OOM_ASK *Ask);
BOOLEAN OomNeverFails(const OOM_ASK *Ask); /* must-succeed */
/* Of these the pool may be asked but once, and exactly so. */
BOOLEAN OomIsAskedOnce(const OOM_ASK *Ask);
BOOLEAN OomIsExact(const OOM_ASK *Ask, const SIM_REQUEST *Attempt); /* the driver's own request */
BOOLEAN OomIsLoud(const OOM_ASK *Ask, const SIM_REQUEST *Attempt);  /* a failure of it raises */

/* ---- the two drivers ---- */

void OomScenario(void);
void OomScenarioBare(void);

/* ---- which requests fail ---- */

typedef enum _OOM_TARGET { OomAll, OomDriver, OomOwn } OOM_TARGET;
typedef enum _OOM_FAILING { OomOnce, OomLasting, OomSpell } OOM_FAILING;
#define OOM_SPELL 7 /* requests that fail one after the other */

typedef struct _OOM_PLAN {
    SIM_WINDOWS Windows;
    OOM_TARGET Target;   /* which requests are counted, and may fail */
    OOM_FAILING Failing; /* the Nth alone, all from it on, or a few */
    ULONG N;
    ULONG Options; /* a row of OomOptions */
} OOM_PLAN;

extern const char *const OomOptions[]; /* NULL at the end */

/* ---- journal.c ---- */

extern OOM_BLOCK OomBlocks[OOM_BLOCKS];
extern OOM_PLAN OomPlan;
extern BOOLEAN OomBare; /* the driver that runs is the one without MemCheck */
extern BOOLEAN OomOn;   /* MEM_CHECK_INIT has succeeded */
extern BOOLEAN OomHit;  /* a request has failed */
extern ULONG OomFailures;
extern SIZE_T OomSize; /* of the request that is made now */

void OomBegin(const OOM_PLAN *Plan); /* a run with MemCheck */
void OomBeginBare(void);             /* the same without, failing what failed there */
ULONG OomVersion(void);              /* 0x0501 ... */

/* Around each request of the driver. OomAsked: judged; the block, or NULL. Line: of the driver. */
void OomAsks(const OOM_ASK *Ask);
OOM_BLOCK *OomAsked(const OOM_ASK *Ask, NTSTATUS Raised, ULONG Line);
void OomMonitored(OOM_BLOCK *Block, BOOLEAN Monitored); /* as MemCheck itself says */
void OomFrees(OOM_BLOCK *Block); /* before its free: its bytes are as they were left */
void OomFill(OOM_BLOCK *Block);

/* A finding that must have come by now; FALSE: it has not, which OomExpect fails for. */
BOOLEAN OomFound(ULONG Kind, PVOID Address);
void OomExpect(ULONG Kind, PVOID Address, ULONG Line);
void OomNothingElse(void); /* no finding of a bug is left */

void OomEnd(void); /* after EXIT: what is left in the pool was meant to be; then it is empty */

void OomFail(ULONG Line, const char *Format, ...) __attribute__((format(printf, 2, 3)));
#define OOM_CHECK(Condition)                          \
    do {                                              \
        if (!(Condition)) {                           \
            OomFail(__LINE__, "not: %s", #Condition); \
        }                                             \
    } while (0)

/* ---- account.c ---- */

typedef struct _OOM_ACCOUNT {
    ULONG Allocations;
    ULONG Unprotected;
    ULONG Untracked;
    ULONG Unwatched;
    ULONG PoolFailed;
    ULONG Drained;
    ULONG ForeignFrees;
    ULONG HandedOver;
    ULONG Findings;    /* submitted */
    ULONG OwnFailures; /* of MemCheck's own memory */
    ULONG OwnMade;     /* blocks of it */
} OOM_ACCOUNT;

extern OOM_ACCOUNT OomAccount;
void OomAccountCheck(void); /* after EXIT */

/* ---- broken.c ---- */

extern const char *const OomBrokenNames[]; /* NULL at the end */
extern const char *OomBroken;              /* one of them; NULL: nothing is broken */

#endif
