/*
 * kernel_test.c - runs a test, captures what MemCheck reports. The same in every world.
 */
#include "kernel_test.h"

#define KT_CAPTURED 96 /* findings that wait to be taken; more are lost, and fail the test */

/* Capture is free -> filling (any thread) -> ready -> free (the test's own thread). */
enum { KtpFree, KtpFilling, KtpReady };

typedef struct _KT_CAPTURE {
    volatile LONG State;
    LONG Sequence;
    MC_FINDING Finding;
} KT_CAPTURE;

static KT_CAPTURE KtpCaptures[KT_CAPTURED];
static volatile LONG KtpSequence, KtpLost;
static volatile ULONG KtpIgnored;     /* bit (1 << kind) */
static MC_FINDING KtpTaken[KT_TAKEN]; /* what KT_EXPECT gave last, in turn */
static ULONG KtpTurn;
static BOOLEAN KtpStarted; /* between KtInit and KtExit */

volatile LONG KtFailures;

const POOL_TYPE KtPools[2] = {NonPagedPool, PagedPool};

const KT_TEST *const KtThemes[] = {
#ifdef MEMCHECK_ON
    KtTestsOrder, /* first: on NT it alone sees MemCheck before its first MEM_CHECK_INIT */
    KtTestsAllocate, KtTestsRedzones,
    KtTestsFree,     KtTestsQuarantine,
    KtTestsIrql,     KtTestsMemory,
    KtTestsAccess,   KtTestsLeaks,
    KtTestsThreads,  KtTestsFamily,
    KtTestsMisuse,   KtTestsPolicy,
    KtTestsPlain,    KtTestsHandOver,
    KtTestsDescribe, KtTestsStacks,
    KtTestsOptions,  KtTestsReaction,
    KtTestsWatch,    KtTestsInject,
    KtTestsPatrol,   KtTestsTally,
    KtTestsOwn,      KtTestsOwnTables,
#endif
    KtTestsSettings, NULL};

/* For people who read a failure; the machine names of finding.h. */
static const char *const KtpKinds[] = {
    "none",         "overrun",         "underrun",      "write-after-free", "double-free",
    "late-free",    "after-exit-free", "interior-free", "redzone-free",     "wild-free",
    "foreign-free", "wrong-tag",       "leak",          "leak-site",        "bad-access",
    "wrong-irql",   "wrong-order",     "bad-request",   "bad-hand-over",    "describe",
    "injected",     "difference",      "own-memory"};
typedef char KtpAllKindsHaveNames[sizeof(KtpKinds) / sizeof(KtpKinds[0]) == McKinds ? 1 : -1];

static const char *KtpKind(MC_KIND Kind)
{
    return (ULONG)Kind < McKinds ? KtpKinds[Kind] : "?";
}

VOID KtFail(const char *File, ULONG Line, const char *What)
{
    /* A test in a loop can fail a thousand times: say the first ones only. */
    if (KtAdd(&KtFailures, 1) <= 10) {
        KtPrint("%s:%u: failed: %s", File, (unsigned)Line, What);
    }
}

/* ---- findings ---- */

VOID McTestReport(const MC_FINDING *Finding)
{
    ULONG Index;

    if (KtpIgnored >> Finding->Kind & 1) {
        return;
    }
    for (Index = 0; Index < KT_CAPTURED; Index++) {
        KT_CAPTURE *Capture = &KtpCaptures[Index];

        if (KtSwap(&Capture->State, KtpFilling, KtpFree) == KtpFree) {
            Capture->Finding = *Finding;
            Capture->Sequence = KtAdd(&KtpSequence, 1);
            KtSwap(&Capture->State, KtpReady, KtpFilling);
            return;
        }
    }
    KtAdd(&KtpLost, 1);
}

VOID KtIgnore(MC_KIND Kind)
{
    KtpIgnored |= 1u << Kind;
}

VOID KtForget(VOID)
{
    ULONG Index;

    for (Index = 0; Index < KT_CAPTURED; Index++) {
        KtpCaptures[Index].State = KtpFree;
    }
    KtpSequence = KtpLost = 0;
}

/* Seen to be ready, it is: adding nothing is a barrier. */
static BOOLEAN KtpIsReady(KT_CAPTURE *Capture)
{
    return (BOOLEAN)(KtAdd(&Capture->State, 0) == KtpReady);
}

/* The oldest one of a kind, or of any; NULL: none. */
static KT_CAPTURE *KtpOldest(MC_KIND Kind, BOOLEAN Any)
{
    KT_CAPTURE *Oldest = NULL;
    ULONG Index;

    for (Index = 0; Index < KT_CAPTURED; Index++) {
        KT_CAPTURE *Capture = &KtpCaptures[Index];

        if (KtpIsReady(Capture) && (Any || Capture->Finding.Kind == Kind) &&
            (Oldest == NULL || Capture->Sequence < Oldest->Sequence)) {
            Oldest = Capture;
        }
    }
    return Oldest;
}

const MC_FINDING *KtExpect(MC_KIND Kind, const char *File, ULONG Line)
{
    KT_CAPTURE *Capture = KtpOldest(Kind, FALSE);
    MC_FINDING *Taken = &KtpTaken[KtpTurn++ % KT_TAKEN];

    KtFill((PUCHAR)Taken, sizeof(*Taken), 0);
    if (Capture == NULL) {
        KtFail(File, Line, "expected a report that did not come:");
        KtPrint("%s:%u:   kind=%s", File, (unsigned)Line, KtpKind(Kind));
    } else {
        *Taken = Capture->Finding;
        KtSwap(&Capture->State, KtpFree, KtpReady);
    }
    return Taken;
}

ULONG KtPending(MC_KIND Kind)
{
    ULONG Index, Count = 0;

    for (Index = 0; Index < KT_CAPTURED; Index++) {
        KT_CAPTURE *Capture = &KtpCaptures[Index];

        if (KtpIsReady(Capture) && Capture->Finding.Kind == Kind) {
            Count++;
        }
    }
    return Count;
}

ULONG KtAllow(MC_KIND Kind)
{
    ULONG Count = 0;
    KT_CAPTURE *Capture;

    while ((Capture = KtpOldest(Kind, FALSE)) != NULL) {
        KtSwap(&Capture->State, KtpFree, KtpReady);
        Count++;
    }
    return Count;
}

VOID KtSilent(const char *File, ULONG Line)
{
    KT_CAPTURE *Capture;
    ULONG Said = 0;

    if (KtpLost != 0) {
        KtFail(File, Line, "more reports than the suite captures");
        KtpLost = 0;
    }
    while ((Capture = KtpOldest(McKindNone, TRUE)) != NULL) {
        const MC_FINDING *Finding = &Capture->Finding;

        KtFail(File, Line, "a report that the test did not expect:");
        if (++Said <= 5) {
            KtPrint("%s:%u:   kind=%s by=%u reason=%u addr=%p block=%u size=%u found at line %u",
                    File, (unsigned)Line, KtpKind(Finding->Kind), (unsigned)Finding->By,
                    (unsigned)Finding->Reason, (PVOID)Finding->Address,
                    (unsigned)Finding->Block.Number, (unsigned)Finding->Block.Size,
                    (unsigned)Finding->Found.Site.Line);
        }
        KtSwap(&Capture->State, KtpFree, KtpReady);
    }
}

/* ---- start and end of MemCheck ---- */

static const KT_TEST *KtpTest; /* the one that runs */

#ifdef MEMCHECK_ON
#include "options.h"

#ifdef KT_SIM_WORLD
#pragma weak McOptions /* the checker of tests/naive has none */
#define KT_HAS_OPTIONS (&McOptions != NULL)
#else
#define KT_HAS_OPTIONS TRUE
#endif

static BOOLEAN KtpIsOf(const KT_TEST *Theme)
{
    for (; Theme->Name != NULL; Theme++) {
        if (Theme == KtpTest) {
            return TRUE;
        }
    }
    return FALSE;
}

/* The helpers of these themes stand for one site each, from wherever they are called: with stacks
 * of one frame they are. */
static VOID KtpOneSite(VOID)
{
    if ((KtpIsOf(KtTestsPlain) || KtpIsOf(KtTestsPolicy)) && KT_HAS_OPTIONS &&
        McOptions.Stacks != 0) {
        McOptions.Stacks = 1;
    }
}

/* A test says by what its damage is to be found: no patrol comes first. */
static VOID KtpNoPatrol(VOID)
{
    if (!KtpIsOf(KtTestsPatrol) && KT_HAS_OPTIONS) {
        McOptions.Patrol = McOptions.Neighbours = 0;
    }
}
#else
static VOID KtpOneSite(VOID)
{
    (void)KtpTest;
}

static VOID KtpNoPatrol(VOID)
{
}
#endif

VOID KtInit(VOID)
{
    KtpStarted = TRUE;
    MEM_CHECK_INIT();
    KtpOneSite();
    KtpNoPatrol();
}

VOID KtExit(VOID)
{
    KtpStarted = FALSE;
    MEM_CHECK_EXIT();
}

/* ---- blocks ---- */

PUCHAR KtAllocate(POOL_TYPE PoolType, SIZE_T Size)
{
    PUCHAR P = MEM_ALLOCATE_WITH_TAG(PoolType, Size, KT_TAG);

    if (Size == 0) {
        KtAllow(McKindBadRequest); /* said of each; a test of its own proves it */
    }
    KT_CHECK(P != NULL);
    return P;
}

VOID KtFill(PUCHAR P, SIZE_T Size, UCHAR Value)
{
    volatile UCHAR *To = P;

    while (Size-- != 0) {
        *To++ = Value;
    }
}

BOOLEAN KtIsFilled(const UCHAR *P, SIZE_T Size, UCHAR Value)
{
    while (Size-- != 0) {
        if (*P++ != Value) {
            return FALSE;
        }
    }
    return TRUE;
}

UCHAR KtPoke(PUCHAR P, UCHAR Value)
{
    volatile UCHAR *Byte = P;
    UCHAR Was = *Byte;

    *Byte = Was == Value ? (UCHAR)~Value : Value;
    return Was;
}

SIZE_T KtQuarantineBytes(VOID)
{
    SIZE_T Bytes = (SIZE_T)MEMCHECK_QUARANTINE_KB * 1024;

    return Bytes != 0 ? Bytes : (SIZE_T)64 * 1024 << (2 * (ULONG)MmQuerySystemSize());
}

VOID KtFlush(POOL_TYPE PoolType)
{
    SIZE_T Left = 2 * KtQuarantineBytes() + 16 * KT_PAGE;

    while (Left != 0) {
        PVOID P = KtAllocate(PoolType, 3000);

        if (P == NULL) {
            return;
        }
        MEMCHECK_FREE_WITH_TAG(P, KT_TAG);
        Left -= Left < 3000 ? Left : 3000;
    }
}

BOOLEAN KtSame(const char *A, const char *B)
{
    if (A == NULL || B == NULL) {
        return A == B;
    }
    while (*A != 0 && *A == *B) {
        A++;
        B++;
    }
    return *A == *B;
}

BOOLEAN KtEndsWith(const char *Path, const char *File)
{
    const char *Part = Path;

    if (Path == NULL) {
        return FALSE;
    }
    for (; *Path != 0; Path++) {
        if (*Path == '/' || *Path == '\\') {
            Part = Path + 1;
        }
    }
    return KtSame(Part, File);
}

BOOLEAN KtWait(volatile LONG *Value, LONG Least)
{
    ULONG Tries;

    for (Tries = 0; Tries < 10000 && *Value < Least; Tries++) {
        KtSleep(1);
    }
    return *Value >= Least;
}

/* ---- running ---- */

const char *KtWhySkipped(const KT_TEST *Test)
{
    ULONG Lacks = Test->Flags & KT_NEEDS & KtWorldLacks();

#if !defined(MEMCHECK_DOUBLE_FREES) || MEMCHECK_QUARANTINE_BLOCKS < 1024 || \
    (MEMCHECK_QUARANTINE_KB > 0 && MEMCHECK_QUARANTINE_KB < 64)
    Lacks |= Test->Flags & (KT_QUARANTINE | KT_FILL);
#endif
#if MEMCHECK_FILL < 512
    Lacks |= Test->Flags & KT_FILL;
#endif
#if MEMCHECK_RETIRED < 1024
    Lacks |= Test->Flags & KT_RETIRED;
#endif
#ifndef MEMCHECK_FREE_ON_EXIT
    Lacks |= Test->Flags & KT_EXIT_FREES;
#endif
#if defined(MEMCHECK_FRONT_REDZONES) || MEMCHECK_LEARN > 0
    Lacks |= Test->Flags & KT_PLAIN;
#endif
#if MEMCHECK_STACKS < 2
    Lacks |= Test->Flags & KT_STACKS;
#endif
    if (Lacks & KT_SIM) {
        return "needs the simulated kernel";
    }
    if (Lacks & KT_IRQL) {
        return "raising the IRQL has no effect here";
    }
    if (Lacks & KT_SYSTEM) {
        return "MmSystemRangeStart parts nothing here";
    }
    if (Lacks & KT_POOL) {
        return "the pool itself does not keep to pages here";
    }
    if (Lacks & KT_QUARANTINE) {
        return "built with no quarantine, or a small one";
    }
    if (Lacks & KT_FILL) {
        return "built with a small MEMCHECK_FILL";
    }
    if (Lacks & KT_RETIRED) {
        return "built with a small MEMCHECK_RETIRED";
    }
    if (Lacks & KT_EXIT_FREES) {
        return "built with MEMCHECK_FREE_ON_EXIT_OFF";
    }
    if (Lacks & KT_STACKS) {
        return "call stacks are not kept, or not to be walked here";
    }
    if (Lacks & KT_OTHER) {
        return "linked without another copy of MemCheck";
    }
    if (Lacks & KT_PLAIN) {
        return "built with guard bytes in front for the kit's names too";
    }
    return NULL;
}

BOOLEAN KtRunOne(const KT_TEST *Test)
{
    KtForget();
    KtpIgnored = 0;
    KtFailures = 0;
    KtpTest = Test;
    KtWorldBegin(Test);
    if (!(Test->Flags & KT_OWN_INIT)) {
        KtInit();
    }
    Test->Routine();
    if (KtpStarted) {
        KtExit();
    }
    KtSilent(Test->Name, 0);
    KtWorldEnd(Test);
    return KtFailures == 0;
}

VOID KtPrintCounts(const KT_COUNTS *Counts)
{
    KtPrint("%u passed, %u failed, %u skipped", (unsigned)Counts->Passed, (unsigned)Counts->Failed,
            (unsigned)Counts->Skipped);
}
