/*
 * test_stacks.c - the places and paths by which blocks were allocated and freed, in reports and in
 * leak groups.
 */
#include "kernel_test.h"

#ifdef KT_SIM_WORLD
#include <stdlib.h>
#include <string.h>
#include "memcheck_replace.h"
#include "options.h"

/* The checker that tests/naive puts in MemCheck's place has neither. */
#pragma weak McOptions
#pragma weak McStackRead
#define KT_REQUIRE_STACKS() KT_REQUIRE(&McOptions != NULL && McStackRead != NULL)
#else
#define KT_REQUIRE_STACKS() (void)0
#endif

/* A frame of its own, whatever the test is compiled with (clang: -fno-omit-frame-pointer). No call
 * is the last thing that such a function does, so that it stays a call. */
#ifdef __clang__
#define KT_A_CALL static __attribute__((noinline))
#else
#define KT_A_CALL static __attribute__((noinline, noclone, optimize("no-omit-frame-pointer")))
#endif

static volatile ULONG KtpCalls;

KT_A_CALL PVOID KtpWrapper(SIZE_T Size)
{
    PVOID P = MEM_ALLOCATE_WITH_TAG(NonPagedPool, Size, KT_TAG);

    KtpCalls++;
    return P;
}

KT_A_CALL PVOID KtpOnePath(SIZE_T Size)
{
    PVOID P = KtpWrapper(Size);

    KtpCalls++;
    return P;
}

KT_A_CALL PVOID KtpOtherPath(SIZE_T Size)
{
    PVOID P = KtpWrapper(Size);

    KtpCalls += 2;
    return P;
}

KT_A_CALL VOID KtpFreeWrapper(PVOID P)
{
    MEMCHECK_FREE_WITH_TAG(P, KT_TAG);
    KtpCalls++;
}

KT_A_CALL VOID KtpFreeOneWay(PVOID P)
{
    KtpFreeWrapper(P);
    KtpCalls++;
}

KT_A_CALL VOID KtpFreeOtherWay(PVOID P)
{
    KtpFreeWrapper(P);
    KtpCalls += 2;
}

static BOOLEAN KtpWithin(ULONG_PTR Address, ULONG_PTR Function)
{
    return Address > Function && Address < Function + 256;
}

/* Frame 0 lies in the function that called MemCheck, frame 1 in the one that called that. */
static BOOLEAN KtpIsPath(const MC_SITE *Site, ULONG_PTR Inner, ULONG_PTR Outer)
{
    MC_STACK Stack;

    McStackRead(Site->Stack, &Stack);
    return Stack.Count >= 2 && Stack.Frames[0] == Site->ReturnAddress &&
           KtpWithin(Stack.Frames[0], Inner) && KtpWithin(Stack.Frames[1], Outer);
}

#ifdef KT_SIM_WORLD
static ULONG KtpDepth(const MC_SITE *Site)
{
    MC_STACK Stack;

    McStackRead(Site->Stack, &Stack);
    return Stack.Count;
}
#endif

/* ---- in a finding ---- */

static VOID stack_of_allocation_free_and_finding_is_known(VOID)
{
    const MC_FINDING *Finding;
    PVOID P;

    KT_REQUIRE_STACKS();
    P = KtpOnePath(100);
    KT_REQUIRE(P != NULL);
    KtpFreeOneWay(P);
    KtpFreeOtherWay(P);
    Finding = KT_EXPECT(McKindDoubleFree);
    KT_CHECK(
        KtpIsPath(&Finding->Block.Allocated.Site, (ULONG_PTR)KtpWrapper, (ULONG_PTR)KtpOnePath));
    KT_CHECK(
        KtpIsPath(&Finding->Block.Freed.Site, (ULONG_PTR)KtpFreeWrapper, (ULONG_PTR)KtpFreeOneWay));
    KT_CHECK(
        KtpIsPath(&Finding->Found.Site, (ULONG_PTR)KtpFreeWrapper, (ULONG_PTR)KtpFreeOtherWay));
}

/* The same path twice has one handle. */
static VOID stack_is_stored_once(VOID)
{
    volatile ULONG Round;
    ULONG Handle[2];
    PVOID P;

    KT_REQUIRE_STACKS();
    for (Round = 0; Round < 2; Round++) {
        P = KtpOnePath(100);
        KT_REQUIRE(P != NULL);
        KtPoke((PUCHAR)P + 100, 0);
        KtpFreeOneWay(P);
        Handle[Round] = KT_EXPECT(McKindOverrun)->Block.Allocated.Site.Stack;
    }
    KT_CHECK(Handle[0] != 0 && Handle[0] == Handle[1]);
}

/* ---- what a path is the identity of ---- */

static VOID stack_two_paths_are_two_leak_sites(VOID)
{
    volatile ULONG Index; /* volatile: the calls are not unrolled into several */
    ULONG Seen = 0, Wanted;
    const MC_FINDING *Finding;
    BOOLEAN One;

    KT_REQUIRE_STACKS();
    for (Index = 0; Index < 3; Index++) {
        KT_REQUIRE(KtpOnePath(10) != NULL);
    }
    for (Index = 0; Index < 2; Index++) {
        KT_REQUIRE(KtpOtherPath(1000) != NULL);
    }
    KtExit();
    KT_REQUIRE(KtPending(McKindLeakSite) == 2);
    for (Index = 0; Index < 2; Index++) {
        Finding = KT_EXPECT(McKindLeakSite);
        One = Finding->Bytes == 30;
        Wanted = One ? 3 : 2;
        Seen |= Wanted;
        KT_CHECK(Finding->Count == Wanted);
        KT_CHECK(One || Finding->Bytes == 2000);
    }
    KT_CHECK(Seen == 3);
}

#ifdef KT_SIM_WORLD

/* Four findings on two paths, all of one call; gives how many reports that were. */
static ULONG KtpReports(VOID)
{
    volatile ULONG Index;
    PUCHAR P;

    SimOutputClear();
    for (Index = 0; Index < 4; Index++) {
        P = Index % 2 == 0 ? KtpOnePath(100) : KtpOtherPath(100);
        if (P == NULL) {
            return 0;
        }
        KtPoke(P + 100, 0);
        KtpFreeOneWay(P);
        KT_EXPECT(McKindOverrun);
    }
    return SimOutputFind("==== BUFFER OVERRUN");
}

/* One mistake, whoever calls the function that makes it; unless more frames are asked for. */
static VOID stack_two_paths_are_one_finding(VOID)
{
    KT_REQUIRE_STACKS();
    KT_CHECK(KtpReports() == (MEMCHECK_REPEAT ? 4u : 1u));
}

static VOID stack_two_paths_are_two_findings_by_option(VOID)
{
    KT_REQUIRE_STACKS();
    SimOptions("repeat-frames=8");
    MEM_CHECK_OPTIONS();
    KT_CHECK(KtpReports() == (MEMCHECK_REPEAT ? 4u : 2u));
}

/* ---- settings ---- */

static VOID stack_depth_is_an_option(VOID)
{
    static const ULONG Depths[] = {1, 2, 3};
    ULONG Index;
    PVOID P;

    KT_REQUIRE_STACKS();
    for (Index = 0; Index < 3; Index++) {
        McOptions.Stacks = Depths[Index];
        P = KtpOnePath(100);
        KT_REQUIRE(P != NULL);
        KtPoke((PUCHAR)P + 100, 0);
        KtpFreeOneWay(P);
        KT_CHECK(KtpDepth(&KT_EXPECT(McKindOverrun)->Block.Allocated.Site) == Depths[Index]);
    }
}

static VOID stack_option_zero_keeps_none(VOID)
{
    const MC_FINDING *Finding;
    PVOID P;

    KT_REQUIRE_STACKS();
    McOptions.Stacks = 0;
    KT_REQUIRE(KtpOnePath(10) != NULL && KtpOtherPath(20) != NULL);
    P = KtpOnePath(100);
    KT_REQUIRE(P != NULL);
    KtpFreeOneWay(P);
    KtpFreeOtherWay(P);
    Finding = KT_EXPECT(McKindDoubleFree);
    KT_CHECK(Finding->Found.Site.Stack == 0 && Finding->Block.Allocated.Site.Stack == 0 &&
             Finding->Block.Freed.Site.Stack == 0);
    KtExit();
    KT_CHECK(KT_EXPECT(McKindLeakSite)->Count == 2);
}

/* ---- limits ---- */

/* As on 64-bit Windows: at DISPATCH_LEVEL the walk ends early, and the report says so. */
static VOID stack_cut_at_dispatch_is_said(VOID)
{
    MC_STACK Stack;
    KIRQL Old;
    PVOID P;

    KT_REQUIRE_STACKS();
    SimSetStackReach(2);
    Old = KtRaise(DISPATCH_LEVEL);
    P = KtpOnePath(100);
    KtLower(Old);
    KT_REQUIRE(P != NULL);
    KtPoke((PUCHAR)P + 100, 0);
    SimOutputClear();
    KtpFreeOneWay(P);
    McStackRead(KT_EXPECT(McKindOverrun)->Block.Allocated.Site.Stack, &Stack);
    KT_CHECK(Stack.Count == 2 && Stack.CutAt == DISPATCH_LEVEL);
    KT_CHECK(SimOutputFind("  stack cut: IRQL 2\n") == 1);
}

static VOID stack_is_not_taken_above_dispatch(VOID)
{
    const MC_FINDING *Finding;
    KIRQL Old;
    PVOID P;

    KT_REQUIRE_STACKS();
    P = KtpOnePath(100);
    KT_REQUIRE(P != NULL);
    Old = KtRaise(DISPATCH_LEVEL + 1);
    KtpFreeOneWay(P); /* the simulated kernel ends the test for a walk here */
    KtLower(Old);
    KtpFreeOtherWay(P); /* carries out the first */
    KT_CHECK(KT_EXPECT(McKindWrongIrql)->Found.Site.Stack == 0);
    Finding = KT_EXPECT(McKindDoubleFree);
    KT_CHECK(Finding->Block.Freed.Site.Stack == 0);
    KT_CHECK(
        KtpIsPath(&Finding->Found.Site, (ULONG_PTR)KtpFreeWrapper, (ULONG_PTR)KtpFreeOtherWay));
}

/* A paged block freed at DISPATCH_LEVEL is finished later, by another call: whose stack is not its.
 */
static VOID stack_of_a_deferred_free_is_its_own(VOID)
{
    const MC_FINDING *Finding;
    PUCHAR P = KtAllocate(PagedPool, 100);
    KIRQL Old;

    KT_REQUIRE_STACKS();
    KT_REQUIRE(P != NULL);
    KtPoke(P + 100, 0);
    Old = KtRaise(DISPATCH_LEVEL);
    KtpFreeOneWay(P);
    KtLower(Old);
    KT_EXPECT(McKindWrongIrql);
    KtpFreeOtherWay(KtpOtherPath(10));
    Finding = KT_EXPECT(McKindOverrun);
    KT_CHECK(KtpIsPath(&Finding->Found.Site, (ULONG_PTR)KtpFreeWrapper, (ULONG_PTR)KtpFreeOneWay));
}

/* Calls deeper and deeper, to the left or to the right: each is a path of its own. Two functions,
 * as compilers make one of two calls of the same. */
KT_A_CALL PVOID KtpRight(ULONG Turns, ULONG Depth);

KT_A_CALL PVOID KtpLeft(ULONG Turns, ULONG Depth)
{
    PVOID P;

    if (Depth == 0) {
        P = KtpWrapper(16);
    } else if ((Turns & 1) != 0) {
        P = KtpLeft(Turns >> 1, Depth - 1);
    } else {
        P = KtpRight(Turns >> 1, Depth - 1);
    }
    KtpCalls++;
    return P;
}

KT_A_CALL PVOID KtpRight(ULONG Turns, ULONG Depth)
{
    PVOID P;

    if (Depth == 0) {
        P = KtpWrapper(16);
    } else if ((Turns & 1) != 0) {
        P = KtpLeft(Turns >> 1, Depth - 1);
    } else {
        P = KtpRight(Turns >> 1, Depth - 1);
    }
    KtpCalls += 2;
    return P;
}

/* More stacks than the depot holds; gives the last block. */
static PUCHAR KtpFillDepot(VOID)
{
    const ULONG Paths = 8192; /* some 100 bytes each: more than 256 KB */
    PUCHAR P = NULL;
    ULONG Index;

    for (Index = 0; Index < Paths; Index++) {
        if (P != NULL) {
            MEMCHECK_FREE(P);
        }
        P = KtpLeft(Index, 13);
    }
    return P;
}

/* A full depot is counted and said; the driver gets its blocks, and what is known stays known. */
static VOID stack_depot_can_be_full(VOID)
{
    volatile ULONG Round; /* volatile: the calls are not unrolled into several */
    ULONG Handle[3];
    MC_STACK Stack;
    PUCHAR P;

    KT_REQUIRE_STACKS();
    SimOptions("repeat"); /* one call makes all of them */
    MEM_CHECK_OPTIONS();
    McOptions.Stacks = 20;
    for (Round = 0; Round < 3; Round++) {
        P = Round == 1 ? KtpFillDepot() : KtpOnePath(16);
        KT_REQUIRE(P != NULL);
        KtPoke(P + 16, 0);
        SimOutputClear();
        KtpFreeOneWay(P);
        Handle[Round] = KT_EXPECT(McKindOverrun)->Block.Allocated.Site.Stack;
        if (Round == 1) {
            KT_CHECK(SimOutputFind("  no stack: MEMCHECK_STACK_KB are full\n") == 1);
        }
    }
    KT_CHECK(Handle[1] == MC_STACK_LOST);
    McStackRead(MC_STACK_LOST, &Stack);
    KT_CHECK(Stack.Count == 0);
    KT_CHECK(Handle[0] != MC_STACK_LOST && Handle[2] == Handle[0]);
    SimOutputClear();
    KtExit();
#ifdef MEMCHECK_INFOPRINT
    KT_CHECK(SimOutputFind("stacks lost ") == 1);
#endif
}

/* One place for each line. */
KT_A_CALL PUCHAR KtpAtLine(ULONG Line)
{
    PUCHAR P = McAllocateWithTag(NonPagedPool, 24, KT_TAG, "drv/many.c", Line, "Many");

    KtpCalls++;
    return P;
}

/* Overrun by a byte, and freed: what is found. One place, whatever is freed there. */
KT_A_CALL const MC_FINDING *KtpOverrun(PUCHAR P)
{
    const MC_FINDING *Finding;

    KtPoke(P + 24, 0);
    KtpFreeOneWay(P);
    Finding = KT_EXPECT(McKindOverrun);
    KtpCalls++;
    return Finding;
}

static ULONGLONG KtpAsked(VOID)
{
    return SimPoolCalls(SIM_ALLOCATE_TAG) + SimPoolCalls(SIM_ALLOCATE) +
           SimPoolCalls(SIM_ALLOCATE_POOL2);
}

#define KTP_PLACES 32768u /* 512 segments of 64: src/core/site.c */
#define KTP_BEYOND 1000u
#define KTP_SUITE  100u /* places of the suite and of MemCheck's self-test */

#ifdef MEMCHECK_INFOPRINT
/* What the line at exit counts. */
static ULONG KtpSitesLost(VOID)
{
    const char *At = strstr(SimOutputText(), " sites_lost=");

    return At != NULL ? (ULONG)strtoul(At + 12, NULL, 10) : 0;
}
#endif

/*
 * When there is no room for another place, the driver gets its blocks, guarded as ever, and the
 * pool is asked for nothing more. Those places are lost, and counted; all of their blocks are one
 * group. What is known stays known.
 */
static VOID site_table_can_be_full(VOID)
{
    const MC_FINDING *Finding;
    ULONGLONG Asked;
    PUCHAR P;
    ULONG Line;

    KT_REQUIRE_STACKS();
    McOptions.Stacks = 0; /* a line is a place, by whatever path */
    for (Line = 1; Line <= KTP_PLACES + KTP_BEYOND; Line++) {
        P = KtpAtLine(Line);
        KT_REQUIRE(P != NULL);
        KtpFreeOneWay(P);
    }
    P = KtpAtLine(1);
    KT_REQUIRE(P != NULL);
    KT_CHECK(KtpOverrun(P)->Block.Allocated.Site.Line == 1);
    Asked = KtpAsked();
    P = KtpAtLine(Line);
    KT_CHECK(KtpAsked() == Asked + 1);
    KT_REQUIRE(P != NULL);
    SimOutputClear();
    Finding = KtpOverrun(P);
    KT_CHECK(Finding->Block.Allocated.Site.Line == 0 &&
             Finding->Block.Allocated.Site.File == NULL &&
             Finding->Block.Allocated.Site.ReturnAddress == 0);
    KT_CHECK(Finding->Block.Allocated.Thread == (ULONG_PTR)PsGetCurrentThreadId());
    KT_CHECK(SimOutputFind("allocated at an unknown place, thread 0x1a4") == 1);
    P = KtpAtLine(Line + 1);
    KT_REQUIRE(P != NULL);
    McFree(P, "places.c", Line + 2, "KtpElsewhere");
    SimOutputClear();
    if (McOptions.DoubleFrees != 0) {
        McFree(P, "places.c", Line + 3, "KtpElsewhere");
        Finding = KT_EXPECT(McKindDoubleFree);
        KT_CHECK(Finding->Block.Freed.Site.Line == 0 &&
                 Finding->Block.Freed.Thread == (ULONG_PTR)PsGetCurrentThreadId());
        KT_CHECK(SimOutputFind("freed     at an unknown place, thread 0x1a4") == 1);
    }
    KT_REQUIRE(KtpAtLine(1) != NULL && KtpAtLine(Line) != NULL && KtpAtLine(Line + 1) != NULL);
    SimOutputClear();
    KtExit();
    KT_CHECK(KT_EXPECT(McKindLeak)->Block.Allocated.Site.Line == 1);
    Finding = KT_EXPECT(McKindLeakSite);
    KT_CHECK(Finding->Count == 2 && Finding->Bytes == 48);
    KT_CHECK(Finding->Block.Allocated.Site.Line == 0);
#ifdef MEMCHECK_INFOPRINT
    KT_CHECK(KtpSitesLost() > KTP_BEYOND && KtpSitesLost() < KTP_BEYOND + KTP_SUITE);
#endif
}

KT_A_CALL PVOID KtpPlainWrapper(SIZE_T Size)
{
    PVOID P = ExAllocatePoolWithTag(NonPagedPool, Size, KT_TAG);

    KtpCalls++;
    return P;
}

/* What is to be pasted are places: two paths to one are one line, their blocks together. */
static VOID stack_places_to_paste_are_listed_once(VOID)
{
    PVOID P[3];
    ULONG Index;

    KT_REQUIRE_STACKS();
    P[0] = KtpPlainWrapper(100);
    P[1] = KtpPlainWrapper(100);
    P[2] = ExAllocatePoolWithTag(NonPagedPool, 100, KT_TAG);
    for (Index = 0; Index < 3; Index++) {
        KT_REQUIRE(P[Index] != NULL);
        MEM_HANDED_OVER(P[Index]);
    }
    SimOutputClear();
    KtExit();
#ifdef MEMCHECK_INFOPRINT
    KT_CHECK(SimOutputFind("/* 2 buffers */ \"test_stacks.c:") == 1);
    KT_CHECK(SimOutputFind("/* 1 buffer */ \"test_stacks.c:") == 1);
#endif
    for (Index = 0; Index < 3; Index++) {
        SimSystemFree(P[Index]);
    }
}

#endif

const KT_TEST KtTestsStacks[] = {
    KT_TEST_ROW(stack_of_allocation_free_and_finding_is_known, KT_STACKS | KT_QUARANTINE),
    KT_TEST_ROW(stack_is_stored_once, KT_STACKS),
    KT_TEST_ROW(stack_two_paths_are_two_leak_sites, KT_STACKS | KT_EXIT_FREES | KT_QUARANTINE),
#ifdef KT_SIM_WORLD
    KT_TEST_ROW(stack_two_paths_are_one_finding, KT_SIM | KT_STACKS),
    KT_TEST_ROW(stack_two_paths_are_two_findings_by_option, KT_SIM | KT_STACKS),
    KT_TEST_ROW(stack_depth_is_an_option, KT_SIM | KT_STACKS),
    KT_TEST_ROW(stack_option_zero_keeps_none, KT_SIM | KT_STACKS | KT_QUARANTINE | KT_EXIT_FREES),
    KT_TEST_ROW(stack_cut_at_dispatch_is_said, KT_SIM | KT_STACKS),
    KT_TEST_ROW(stack_is_not_taken_above_dispatch, KT_SIM | KT_STACKS | KT_QUARANTINE),
    KT_TEST_ROW(stack_of_a_deferred_free_is_its_own, KT_SIM | KT_STACKS),
    KT_TEST_ROW(stack_depot_can_be_full, KT_SIM | KT_STACKS),
    KT_TEST_ROW(site_table_can_be_full, KT_SIM | KT_EXIT_FREES),
    KT_TEST_ROW(stack_places_to_paste_are_listed_once, KT_SIM | KT_STACKS | KT_PLAIN),
#endif
    {NULL, NULL, 0}};
