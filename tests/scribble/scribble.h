/*
 * scribble.h - anything written anywhere that a driver's overrun can reach in the pool: it is
 * reported as what it is, of the block it was done to, or it harms nobody.
 *
 * scene.c lays blocks out in the pool; map.c knows of each byte what it is, from what was asked of
 * MemCheck and of the pool alone, and says what must be found when it changes; bytes.c makes what
 * is written; look.c lets MemCheck look, and compares; scribble.c, lives.c and own.c run it. The
 * map is the reference that MemCheck is held to: it shares no code with it.
 */
#ifndef SCRIBBLE_H
#define SCRIBBLE_H

#include "platform_sim.h"
#include "sim.h"
#define MC_HOST_HAS_POOL
#include "memcheck.h"
#include "finding.h"
#undef MEMCHECK_IMPLEMENTATION /* of which finding.h is a part: this is a driver */

#define SC_PAGE   4096u
#define SC_TAG    0x62726353u /* 'Scrb' */
#define SC_BLOCKS 64
#define SC_SPAN   (64u * SC_PAGE)

/* ---- blocks ---- */

typedef enum _SC_STATE {
    ScOwned,     /* guarded on both sides, in use */
    ScHeld,      /* the same, freed and held back */
    ScPlain,     /* guarded behind only: read at its free */
    ScPlainHeld, /* the same, held back: never read again */
    ScForeign,   /* somebody else's */
    ScStates
} SC_STATE;

typedef struct _SC_BLOCK {
    SC_STATE State;
    POOL_TYPE Pool;
    PUCHAR P;
    SIZE_T Size;
    PUCHAR Raw;
    SIZE_T RawSize;
    UCHAR Mark; /* the driver's bytes, as the scene has filled them */
} SC_BLOCK;

extern SC_BLOCK ScBlocks[SC_BLOCKS];
extern ULONG ScBlockCount;

/* ---- scene.c ---- */

extern const char *const ScSceneNames[]; /* NULL at the end */
void ScStart(const char *Options);       /* the kernel, and MemCheck on it */
extern ULONG ScWatchdog;                 /* real seconds; of ScStart */
extern SIM_PLACEMENT ScPlacement;        /* the same */
void ScScene(ULONG Scene);
void ScRandomScene(void); /* of ScRandom */
void ScFreeAll(void);     /* in a random order; those of others too */
void ScStop(void);        /* EXIT; the pool is empty */

/* ---- random numbers: the same from the same seed ---- */

void ScSeed(ULONG Seed);
ULONG ScRandom(ULONG Below);

/* ---- map.c ---- */

/* Zones of a block that MemCheck watches. */
typedef enum _SC_ZONE {
    ScNobodys, /* not watched: the driver's own bytes, others', free ones, the middle of a big
                  freed block, all of a plain one but its end */
    ScFront,
    ScRear,
    ScFilled,
    ScPlainRear, /* watched at its own free */
    ScZones,
    ScOwn = ScZones /* MemCheck's own memory: not written to */
} SC_ZONE;

extern PUCHAR ScSpan;      /* memory that can be written to, without a gap, and all its bytes: */
extern SIZE_T ScSpanBytes; /* from the first block's on to behind the last one's */

extern ULONG ScFill; /* option fill */

void ScMap(ULONG Base); /* of the blocks as they are, all intact; around this one */
SC_ZONE ScZoneAt(SIZE_T Offset);
const SC_BLOCK *ScBlockAt(
    const UCHAR *Address); /* whose raw block it is in, if MemCheck knows it */
/* Write, up to the end of the span or to MemCheck's own memory; gives how much. */
SIZE_T ScWrite(SIZE_T Offset, const UCHAR *Bytes, SIZE_T Length);
void ScRestore(void); /* as mapped */

BOOLEAN ScWatchedIsIntact(void); /* all guard bytes and fill are as mapped */

/* Damage that there is, or that was found. */
typedef struct _SC_DAMAGE {
    MC_KIND Kind;
    const UCHAR *User;
    LONG_PTR First, Last;
    SIZE_T Changed;
    BOOLEAN Sure; /* FALSE: of a plain block, found at its free */
} SC_DAMAGE;

#define SC_DAMAGES (SC_BLOCKS * 4)
ULONG ScExpected(SC_DAMAGE *Damage);                /* what was done since it was mapped */
BOOLEAN ScIsDamaged(const UCHAR *User, SC_ZONE In); /* this zone of the block */

/* ---- bytes.c ---- */

extern const char *const ScPatternNames[]; /* NULL at the end */
extern const ULONG ScPatterns;
#define SC_LONGEST 512
void ScBytes(ULONG Pattern, SIZE_T Offset, SIZE_T Length, UCHAR *Bytes);

/* ---- look.c ---- */

typedef enum _SC_LOOK {
    ScByCheck,
    ScByList,
    ScAtDispatch,
    ScByPatrol,
    ScByCheckEvery,
    ScByFree,
    ScByFlush, /* everything is pushed out of the quarantine */
    ScByExit,
    ScLooks
} SC_LOOK;

extern const char *const ScLookNames[];

extern BOOLEAN ScPrinted; /* option repeat: each finding is printed */
void ScRemember(void);    /* what there is to be found now, before anybody repairs or frees it */
void ScLook(SC_LOOK Look);
void ScForget(void);              /* what was found, and the output */
void ScCompare(BOOLEAN PlainToo); /* what was found is what there was, each once; forgets it */
void ScNothing(void);             /* nothing was found */
void ScDescribe(SIZE_T Offset);   /* MEM_DESCRIBE names the right block */

/* ---- scribble.c ---- */

/* What a process is at, for who sees it die; shared with it. */
typedef struct _SC_AT {
    char What[160];
    ULONG Cases;             /* writes that were looked at */
    ULONG Damaging;          /* of them those that must be found */
    ULONG OwnSaid, OwnFalse; /* own.c: findings of own memory, and false ones */
} SC_AT;

extern SC_AT *ScAt;
extern ULONG ScFailures;
void ScFail(const char *Format, ...) __attribute__((format(printf, 1, 2)));

/* ---- lives.c, own.c ---- */

void ScLife(ULONG Seed);
ULONG ScOwnAll(ULONG Seconds, ULONG Most); /* writes into MemCheck's own memory; how many failed */
BOOLEAN ScOwnCase(char *Text);
extern BOOLEAN ScOwnWriting; /* one was made: findings go to ... */
void ScOwnJudge(MC_KIND Kind);

/* ---- blind.c: negative controls ---- */

extern const char *const ScBlindNames[]; /* NULL at the end */
extern const char *ScBlind;              /* one of them; NULL: none */
void ScBlindNow(void);                   /* the scene stands: make MemCheck blind in this way */

#endif
