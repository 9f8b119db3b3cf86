/*
 * test_reaction.c - what is done about a finding: by its kind (on), of the driver's own routine
 * (MEM_ON_FINDING), and what is not told (suppress); damage repaired.
 */
#include "kernel_test.h"
#include "reaction.h"

#ifdef MEMCHECK_ON

#ifdef KT_SIM_WORLD
#include <stdio.h>
#include <string.h>
#pragma weak McReactionSet /* the checker of tests/naive has neither of them */
#pragma weak McStackRead
#endif

/* ---- the driver's own routine ---- */

static volatile LONG KtpCalled;
static MC_FOUND KtpFound; /* what it was told last; its texts are valid no more ... */
static char KtpLine[401], KtpKind[32], KtpFile[200]; /* ... so here are copies */
static PVOID KtpContext;
static KIRQL KtpCalledAt;
static PVOID KtpFreesAgain; /* the routine frees this, which is freed already */
static BOOLEAN KtpEnds;     /* the routine ends its own registration */

static VOID KtpCopy(char *To, SIZE_T Size, const char *From)
{
    SIZE_T Index = 0;

    for (; From != NULL && Index + 1 < Size && From[Index] != 0; Index++) {
        To[Index] = From[Index];
    }
    To[Index] = 0;
}

static VOID NTAPI KtpRoutine(const MC_FOUND *Found, PVOID Context)
{
    KtpFound = *Found;
    KtpContext = Context;
    KtpCopy(KtpLine, sizeof(KtpLine), Found->Line);
    KtpCopy(KtpKind, sizeof(KtpKind), Found->Kind);
    KtpCopy(KtpFile, sizeof(KtpFile), Found->Allocated.File);
    KtpCalledAt = KeGetCurrentIrql();
    KtAdd(&KtpCalled, 1);
    if (KtpFreesAgain != NULL) {
        MEMCHECK_FREE(KtpFreesAgain);
    }
    if (KtpEnds) {
        MEM_ON_FINDING(NULL, NULL);
    }
}

static BOOLEAN KtpHolds(const char *Text, const char *Part)
{
    SIZE_T At;

    for (; *Text != 0; Text++) {
        for (At = 0; Part[At] != 0 && Text[At] == Part[At];) {
            At++;
        }
        if (Part[At] == 0) {
            return TRUE;
        }
    }
    return FALSE;
}

/* In any world: as the option string would have it. */
static VOID KtpReact(MC_KIND Kind, UCHAR Reactions)
{
#ifdef KT_SIM_WORLD
    KT_REQUIRE(McReactionSet != NULL);
#endif
    McReactionSet(Kind, Reactions);
}

static VOID KtpRoutineStart(VOID)
{
    KtpCalled = 0;
    KtpFreesAgain = NULL;
    KtpEnds = FALSE;
}

/* The same place each time. */
static __attribute__((noinline)) PUCHAR KtpOverrun(KIRQL Irql)
{
    PUCHAR P = KtAllocate(NonPagedPool, 100);
    KIRQL Old;

    if (P != NULL) {
        KtPoke(P + 100, 0);
        Old = Irql != PASSIVE_LEVEL ? KtRaise(Irql) : PASSIVE_LEVEL;
        MEMCHECK_FREE(P);
        if (Irql != PASSIVE_LEVEL) {
            KtLower(Old);
        }
    }
    return P;
}

static VOID reaction_call_tells_the_driver(VOID)
{
    const MC_FINDING *Finding;
    PUCHAR P;

    KtpRoutineStart();
    KtpReact(McKindOverrun, MC_REACT_CALL);
    MEM_ON_FINDING(KtpRoutine, &KtpFound);
    P = KtpOverrun(PASSIVE_LEVEL);
    Finding = KT_EXPECT(McKindOverrun);
    KT_CHECK(KtpCalled == 1 && KtpContext == &KtpFound && KtpCalledAt == PASSIVE_LEVEL);
    KT_CHECK(KtpFound.Size == sizeof(MC_FOUND) && KtpFound.Report != 0 && KtpFound.Sure);
    KT_CHECK(KtSame(KtpKind, "overrun") && KtpHolds(KtpLine, "v=1 ") &&
             KtpHolds(KtpLine, " kind=overrun "));
    KT_CHECK(KtpFound.Block == P && KtpFound.Address == P + 100 && KtpFound.BlockSize == 100);
    KT_CHECK(KtpFound.Tag == KT_TAG && KtpFound.PoolType == NonPagedPool);
    KT_CHECK(KtEndsWith(KtpFile, "kernel_test.c") &&
             KtpFound.Allocated.Line == Finding->Block.Allocated.Site.Line);
    KT_CHECK(KtpFound.Allocated.ReturnAddress ==
             (PVOID)Finding->Block.Allocated.Site.ReturnAddress);
    KT_CHECK(KtpFound.Caller.Line == Finding->Found.Site.Line && KtpFound.Caller.Line != 0);
    KT_CHECK(KtpFound.Freed.Line == Finding->Block.Freed.Site.Line);
}

static VOID reaction_call_is_for_kinds_that_want_it(VOID)
{
    KtpRoutineStart();
    MEM_ON_FINDING(KtpRoutine, NULL);
    KtpOverrun(PASSIVE_LEVEL);
    KT_EXPECT(McKindOverrun);
    KT_CHECK(KtpCalled == 0);
    KtpReact(McKindDoubleFree, MC_REACT_CALL);
    MEMCHECK_FREE(NULL);
    KT_EXPECT(McKindWildFree);
    KT_CHECK(KtpCalled == 0);
}

static VOID reaction_call_ends_with_null_and_with_exit(VOID)
{
    KtpRoutineStart();
    KtInit();
    KtpReact(McKindWildFree, MC_REACT_CALL);
    KtpReact(McKindWrongOrder, MC_REACT_CALL);
    MEM_ON_FINDING(KtpRoutine, NULL);
    KtpEnds = TRUE; /* it may do so itself */
    MEMCHECK_FREE(NULL);
    KT_EXPECT(McKindWildFree);
    KT_CHECK(KtpCalled == 1);
    MEMCHECK_FREE((PVOID)1);
    KT_EXPECT(McKindWildFree);
    KT_CHECK(KtpCalled == 1);
    KtpEnds = FALSE;
    MEM_ON_FINDING(KtpRoutine, NULL);
    KtExit();
    MEM_CHECK();
    KT_EXPECT(McKindWrongOrder);
    MEM_ON_FINDING(KtpRoutine, NULL);
    KT_CHECK(KT_EXPECT(McKindWrongOrder)->By == McByOnFinding);
    KT_CHECK(KtpCalled == 1);
}

/* The second finding is the routine's own: printed, but it calls nobody. */
static VOID reaction_call_does_not_call_itself(VOID)
{
    PUCHAR P = KtAllocate(NonPagedPool, 100);

    KT_REQUIRE(P != NULL);
    KtpRoutineStart();
    KtpReact(McKindOverrun, MC_REACT_CALL);
    KtpReact(McKindDoubleFree, MC_REACT_CALL);
    MEM_ON_FINDING(KtpRoutine, NULL);
    MEMCHECK_FREE(P);
    KtpFreesAgain = P;
    KtpOverrun(PASSIVE_LEVEL);
    KT_EXPECT(McKindOverrun);
    KT_EXPECT(McKindDoubleFree);
    KT_CHECK(KtpCalled == 1 && KtSame(KtpKind, "overrun"));
    KtpFreesAgain = NULL; /* and it can be called again */
    MEMCHECK_FREE_WITH_TAG(P, KT_TAG);
    KT_EXPECT(McKindDoubleFree);
    KT_CHECK(KtpCalled == 2 && KtSame(KtpKind, "double-free"));
}

#ifdef KT_SIM_WORLD

static VOID reaction_call_is_at_the_irql_of_the_printer(VOID)
{
    KtpRoutineStart();
    KtpReact(McKindOverrun, MC_REACT_CALL);
    MEM_ON_FINDING(KtpRoutine, NULL);
    KtpOverrun(DISPATCH_LEVEL);
    KT_EXPECT(McKindOverrun);
    KT_CHECK(KtpCalled == 1 && KtpCalledAt == DISPATCH_LEVEL);
}

/* ---- by the option string ---- */

static VOID KtpAgain(const char *String)
{
    SimOptions(String);
    SimOutputClear();
    MEM_CHECK_OPTIONS();
}

/* The output with continued notices in one line: how long the driver's name is must not matter. */
static char KtpText[65536];

static BOOLEAN KtpSays(const char *Text)
{
    SIM_OUTPUT Output;
    ULONG Index;

    KtpText[0] = 0;
    for (Index = 0; SimOutputEntry(Index, &Output); Index++) {
        const char *Line = strchr(Output.Text, ']');

        Line = Line != NULL ? Line + 2 : Output.Text;
        if (Line[0] == ' ' && Index != 0) {
            KtpText[strlen(KtpText) - 1] = 0; /* the line end */
            Line++;
        }
        if (strlen(KtpText) + strlen(Line) < sizeof(KtpText)) {
            strcat(KtpText, Line);
        }
    }
    if (strstr(KtpText, Text) == NULL) {
        KtPrint("no \"%s\" in:\n%s", Text, KtpText);
        return FALSE;
    }
    return TRUE;
}

#define KT_BASE "info-print,repeat,no-halt-on-bad,no-free-print,"

static VOID reaction_print_is_what_is_done(VOID)
{
    KtpAgain(KT_BASE "on=\"*:print\"");
    SimAttachDebugger(TRUE);
    KtpOverrun(PASSIVE_LEVEL);
    KT_EXPECT(McKindOverrun);
    KT_CHECK(KtpSays("BUFFER OVERRUN") && SimBreakpoints() == 0 && SimBugChecks(NULL) == 0);
}

static VOID reaction_break_needs_a_debugger(VOID)
{
    KtpAgain(KT_BASE "on=\"overrun:break\"");
    KtpOverrun(PASSIVE_LEVEL);
    KT_EXPECT(McKindOverrun);
    KT_CHECK(KtpSays("no debugger: going on"));
    SimAttachDebugger(TRUE);
    KtpOverrun(PASSIVE_LEVEL);
    KT_EXPECT(McKindOverrun);
    KT_CHECK(SimBreakpoints() == 1);
    MEMCHECK_FREE(NULL); /* of another kind */
    KT_EXPECT(McKindWildFree);
    KT_CHECK(SimBreakpoints() == 1);
    KtpAgain(KT_BASE "halt-on-bad,on="); /* the same for all damage and bad frees */
    MEMCHECK_FREE(NULL);
    KT_EXPECT(McKindWildFree);
    KT_CHECK(SimBreakpoints() == 2);
}

static VOID reaction_bugcheck_has_the_evidence(VOID)
{
    const MC_FINDING *Finding;
    SIM_BUGCHECK Last;
    PUCHAR P;

    SimExpectBugChecks(TRUE);
    KtpAgain(KT_BASE "on=\"overrun:bugcheck\"");
    MEMCHECK_FREE(NULL);
    KT_EXPECT(McKindWildFree);
    KT_CHECK(SimBugChecks(NULL) == 0);
    P = KtpOverrun(PASSIVE_LEVEL);
    Finding = KT_EXPECT(McKindOverrun);
    KT_CHECK(SimBugChecks(&Last) == 1 && Last.Code == MEMCHECK_BUGCHECK_CODE);
    KT_CHECK(Last.Parameters[0] == McKindOverrun && Last.Parameters[1] == (ULONG_PTR)P + 100);
    KT_CHECK(Last.Parameters[2] == Finding->Found.Site.ReturnAddress && Last.Parameters[2] != 0);
    KT_CHECK(Last.Parameters[3] == Finding->Block.Allocated.Site.ReturnAddress &&
             Last.Parameters[3] != 0);
}

static VOID KtpStopsTheSystem(VOID)
{
    KtpAgain(KT_BASE "on=\"overrun:bugcheck\"");
    KtpOverrun(PASSIVE_LEVEL);
}

static VOID reaction_bugcheck_stops_the_system(VOID)
{
    KT_CHECK(SimAborts(KtpStopsTheSystem, "bug check 0xe04d6368 (0x1, "));
}

/* The driver's routine, then the bug check; both when the report is out. */
static SIM_BUGCHECK KtpNone;
static ULONG KtpChecksThen, KtpLinesThen;

static VOID NTAPI KtpLooks(const MC_FOUND *Found, PVOID Context)
{
    (void)Found;
    (void)Context;
    KtpChecksThen = SimBugChecks(&KtpNone);
    KtpLinesThen = SimOutputFind("kind=overrun");
    KtAdd(&KtpCalled, 1);
}

static VOID reaction_several_are_taken_in_order(VOID)
{
    KtpRoutineStart();
    SimExpectBugChecks(TRUE);
    SimAttachDebugger(TRUE);
    KtpAgain(KT_BASE "on=\"overrun:bugcheck+call+break\"");
    MEM_ON_FINDING(KtpLooks, NULL);
    KtpOverrun(PASSIVE_LEVEL);
    KT_EXPECT(McKindOverrun);
    KT_CHECK(KtpCalled == 1 && KtpChecksThen == 0 && KtpLinesThen == 1);
    KT_CHECK(SimBugChecks(NULL) == 1 && SimBreakpoints() == 1);
}

static VOID reaction_repetitions_are_counted_only(VOID)
{
    volatile ULONG Times = 3;

    KtpRoutineStart();
    SimExpectBugChecks(TRUE);
    KtpAgain("no-repeat,on=\"overrun:bugcheck+call\"");
    MEM_ON_FINDING(KtpRoutine, NULL);
    while (Times-- != 0) {
        KtpOverrun(PASSIVE_LEVEL);
        KT_EXPECT(McKindOverrun);
    }
    KT_CHECK(KtpCalled == 1 && SimBugChecks(NULL) == 1);
}

static VOID reaction_ignore_is_counted(VOID)
{
    SimAttachDebugger(TRUE);
    KtpAgain(KT_BASE "halt-on-bad,on=\"wild-free:ignore\"");
    MEMCHECK_FREE(NULL);
    MEMCHECK_FREE((PVOID)1);
    KT_CHECK(SimOutputFind("WILD") == 0 && SimBreakpoints() == 0); /* and KT_EXPECT finds none */
    KtpOverrun(PASSIVE_LEVEL);
    KT_EXPECT(McKindOverrun);
    KtExit();
    KT_CHECK(KtpSays("reports 1") && KtpSays("ignored 2"));
}

/* The first item that names a kind holds; the first words of a name stand for all of them. */
static VOID reaction_first_item_for_a_kind_holds(VOID)
{
    PUCHAR P = KtAllocate(NonPagedPool, 10);

    SimExpectBugChecks(TRUE);
    KtpAgain(KT_BASE "on=\"overrun:print, leak:ignore ,*:bugcheck\",on=overrun:bugcheck");
    KtpOverrun(PASSIVE_LEVEL);
    KT_EXPECT(McKindOverrun);
    KT_CHECK(SimBugChecks(NULL) == 0);
    MEMCHECK_FREE(NULL);
    KT_EXPECT(McKindWildFree);
    KT_CHECK(SimBugChecks(NULL) == 1);
    MEM_DESCRIBE(P); /* no bug: not meant by the star */
    KT_EXPECT(McKindDescribe);
    KT_CHECK(SimBugChecks(NULL) == 1);
    KtExit(); /* P: neither the leak nor its site is told */
#ifndef MEMCHECK_FREE_ON_EXIT
    MEMCHECK_FREE(P);
    KtForget();
#endif
}

static VOID reaction_that_is_wrong_is_said_and_the_others_hold(VOID)
{
    static const struct {
        const char *Item, *Why;
    } Wrong[] = {
        {"overun:print", "there is no such kind of finding"},
        {":print", "there is no such kind of finding"},
        {"overrun", "a reaction is print, break, bugcheck, call or ignore"},
        {"overrun:", "a reaction is print, break, bugcheck, call or ignore"},
        {"overrun:brake", "a reaction is print, break, bugcheck, call or ignore"},
        {"overrun:call+", "a reaction is print, break, bugcheck, call or ignore"},
        {"overrun:ignore+call", "what is ignored has no other reaction"},
    };
    char String[200], Line[200];
    ULONG Index;

    for (Index = 0; Index < sizeof(Wrong) / sizeof(Wrong[0]); Index++) {
        snprintf(String, sizeof(String), KT_BASE "on=\"%s,overrun:ignore\"", Wrong[Index].Item);
        KtpAgain(String);
        snprintf(Line, sizeof(Line), "option on, item \"%s\": %s; the others hold",
                 Wrong[Index].Item, Wrong[Index].Why);
        KT_CHECK(KtpSays(Line));
        KT_CHECK(SimOutputFind("option on, item") == 1);
        KtpOverrun(PASSIVE_LEVEL); /* silent */
    }
    KtpAgain(KT_BASE "on=\"overrun:print+break,under*:ignore,bad:call\"");
    KT_CHECK(SimOutputFind("option on, item") == 0);
}

static VOID reaction_at_the_start_is_in_force(VOID)
{
    SimOptions(KT_BASE "on=\"wild-free:ignore,wild:nothing\"");
    KtInit();
    KT_CHECK(SimOutputFind("option on, item \"wild:nothing\"") == 1);
    MEMCHECK_FREE(NULL);
    KtExit();
    SimOptions(NULL); /* the next start begins with the defaults */
    KtInit();
    MEMCHECK_FREE(NULL);
    KT_EXPECT(McKindWildFree);
    KtExit();
}

/* ---- suppress ---- */

#define KTP_OTHER 0x72744F4Bu /* 'KOtr' */

/* As a driver's calls at these places. */
/* A frame of its own, as those that call it are. */
static __attribute__((noinline)) PUCHAR KtpAt(const char *File, ULONG Line, ULONG Tag)
{
    PUCHAR P = McAllocateWithTag(NonPagedPool, 100, Tag, File, Line, "F");

    KT_CHECK(P != NULL);
    return P;
}

/* An overrun of a block of al.c, freed in fr.c; tag 'McSt'. */
static __attribute__((noinline)) VOID KtpBad(VOID)
{
    PUCHAR P = KtpAt("drv\\al.c", 10, KT_TAG);

    KtPoke(P + 100, 0);
    McFree(P, "drv/fr.c", 20, "F");
}

/* With this list, is it told? */
static BOOLEAN KtpTold(const char *List)
{
    char String[300];

    snprintf(String, sizeof(String), KT_BASE "suppress=\"%s\"", List);
    KtpAgain(String);
    if (SimOutputFind("item \"") != 0) {
        KtPrint("%s", SimOutputText());
        KtFail(__FILE__, __LINE__, "a wrong item");
    }
    KtpBad();
    return (BOOLEAN)(KtAllow(McKindOverrun) != 0);
}

static VOID suppress_by_kind(VOID)
{
    KT_CHECK(KtpTold(""));
    KT_CHECK(!KtpTold("overrun"));
    KT_CHECK(!KtpTold("overrun:*"));
    KT_CHECK(!KtpTold("*"));
    KT_CHECK(!KtpTold("leak, over*:* "));
    KT_CHECK(KtpTold("underrun"));
    KT_CHECK(KtpTold("wild,double-free:*,leak"));
    KtpAgain(KT_BASE "suppress=\"*\"");
    MEM_DESCRIBE(NULL); /* no bug: not meant by the star */
    KT_EXPECT(McKindDescribe);
}

static VOID suppress_by_tag(VOID)
{
    KT_CHECK(!KtpTold("overrun:'McSt'"));
    KT_CHECK(!KtpTold("*:'Mc*'"));
    KT_CHECK(!KtpTold("*:'McSt' al.c:10"));
    KT_CHECK(KtpTold("*:'McSt' al.c:11"));
    KT_CHECK(KtpTold("*:'KOtr' al.c:10"));
    KT_CHECK(KtpTold("overrun:'KOtr'"));
    KT_CHECK(KtpTold("overrun:'mc*'"));
    KT_CHECK(KtpTold("underrun:'McSt'"));
}

/* Found by a check at ck.c:30, in a block that is live: suppressed by this item. */
static VOID KtpCheckedAt(const char *Item)
{
    PUCHAR P = KtpAt("drv/al.c", 10, KT_TAG);
    char String[200];
    UCHAR Was;

    snprintf(String, sizeof(String), KT_BASE "suppress=\"%s\"", Item);
    KtpAgain(String);
    Was = KtPoke(P + 100, 0);
    KT_CHECK(McCheck("ck.c", 30, "F") == 1); /* counted as damaged all the same */
    KT_SILENT();
    P[100] = Was;
    MEMCHECK_FREE(P);
}

static VOID suppress_by_site_of_allocation_free_or_call(VOID)
{
    KtpCheckedAt("overrun:ck.c:30"); /* the call that finds it is none of the two */
    KtpCheckedAt("overrun:al.c");
    KT_CHECK(!KtpTold("overrun:al.c:10"));
    KT_CHECK(!KtpTold("overrun:AL.C"));
    KT_CHECK(!KtpTold("overrun:a*.c"));
    KT_CHECK(!KtpTold("overrun:*l.c:10"));
    KT_CHECK(!KtpTold("overrun:fr.c:20"));
    KT_CHECK(KtpTold("overrun:al.c:20"));
    KT_CHECK(KtpTold("overrun:b*.c"));
    KT_CHECK(KtpTold("overrun:l.c"));
    KT_CHECK(KtpTold("overrun:a*.c:11"));
    KT_CHECK(KtpTold("double-free:al.c"));
}

/* A frame of a stack, and not the call itself. */
static __attribute__((noinline)) VOID KtpBadFrom(VOID)
{
    KtpBad();
    KtAdd(&KtpCalled, 1);
}

static VOID suppress_by_frame_of_a_stack(VOID)
{
    ULONG_PTR Low = 0, High = 0, Outer;
    const MC_FINDING *Finding;
    char String[100];
    MC_STACK Stack;

    KT_REQUIRE(McStackRead != NULL && McOsImage(&Low, &High));
    KtpAgain(KT_BASE "suppress=");
    KtpBadFrom();
    Finding = KT_EXPECT(McKindOverrun);
    McStackRead(Finding->Block.Allocated.Site.Stack, &Stack);
    KT_REQUIRE(Stack.Count >= 3);
    Outer = Stack.Frames[2] - Low;
    snprintf(String, sizeof(String), KT_BASE "suppress=\"overrun:suite+0x%lx\"", (long)Outer);
    KtpAgain(String);
    KtpBadFrom();
    KT_SILENT();
    KtpBad(); /* by another way */
    KT_EXPECT(McKindOverrun);
    snprintf(String, sizeof(String), KT_BASE "suppress=\"*:+0x%lx\"",
             (long)(Finding->Block.Allocated.Site.ReturnAddress - Low));
    KtpAgain(String);
    KtpBad(); /* the call itself */
}

static VOID suppress_passes_to_nobody(VOID)
{
    KtpRoutineStart();
    SimAttachDebugger(TRUE);
    KtpAgain(KT_BASE "halt-on-bad,on=\"*:bugcheck+call+break\",suppress=\"overrun\"");
    MEM_ON_FINDING(KtpRoutine, NULL);
    KtpBad();
    KT_CHECK(KtpCalled == 0 && SimBreakpoints() == 0 && SimBugChecks(NULL) == 0);
    KT_CHECK(SimOutputFind("OVERRUN") == 0);
    SimExpectBugChecks(TRUE);
    KtpAgain(KT_BASE "suppress=\"overrun:b.c\"");
    KtpBad();
    KT_EXPECT(McKindOverrun);
    KT_CHECK(KtpCalled == 1 && SimBreakpoints() == 1 && SimBugChecks(NULL) == 1);
}

static VOID suppress_hides_leaks_and_their_summary(VOID)
{
    PUCHAR Blocks[3];
    ULONG Index;

    KtpAgain(KT_BASE "suppress=\"leak:al.c:10\"");
    for (Index = 0; Index < 3; Index++) { /* two of one place, which is a leak site, one beside */
        Blocks[Index] = KtpAt("drv/al.c", Index < 2 ? 10 : 11, KT_TAG);
    }
    KtExit();
    KT_CHECK(KT_EXPECT(McKindLeak)->Address == (ULONG_PTR)Blocks[2]);
    KT_SILENT();
    KT_CHECK(KtpSays("exit: suppress \"leak:al.c:10\" hid "));
#ifndef MEMCHECK_FREE_ON_EXIT
    for (Index = 0; Index < 3; Index++) {
        MEMCHECK_FREE(Blocks[Index]);
    }
    KtForget();
#endif
}

/* The first item that fits takes it. */
static VOID suppress_is_counted_by_item(VOID)
{
    KtpAgain(KT_BASE "suppress=\"overrun:al.c:10,overrun,wild-free\"");
    KtpBad();
    KtpBad();
    KtpOverrun(PASSIVE_LEVEL);
    KtExit();
    KT_CHECK(KtpSays("exit: suppress \"overrun:al.c:10\" hid 2 findings"));
    KT_CHECK(KtpSays("exit: suppress \"overrun\" hid 1 finding"));
    KT_CHECK(KtpSays("exit: suppress \"wild-free\" hid nothing"));
    KT_CHECK(SimOutputFind("reports") == 0);
}

static VOID suppress_is_never_silent(VOID)
{
    KtpAgain("no-info-print,suppress=\"overrun,wild-free\"");
    KtpBad();
    KtExit();
    KT_CHECK(KtpSays("exit: suppress \"overrun\" hid 1 finding"));
    KT_CHECK(SimOutputFind("hid nothing") == 0);
}

static VOID suppress_counts_go_with_the_item(VOID)
{
    KtpAgain(KT_BASE "suppress=\"overrun,wild-free\"");
    KtpBad();
    MEMCHECK_FREE(NULL);
    KtpAgain(KT_BASE "suppress=\"late-free,overrun\"");
    KT_CHECK(KtpSays("until now suppress \"wild-free\" hid 1 finding"));
    KT_CHECK(SimOutputFind("until now") == 1);
    KtpBad();
    KtpAgain(KT_BASE "suppress=\"late-free,overrun\""); /* the same list once more */
    KT_CHECK(SimOutputFind("until now") == 0);
    KtExit();
    KT_CHECK(KtpSays("exit: suppress \"overrun\" hid 2 findings"));
}

static VOID suppress_that_is_wrong_is_said_and_the_others_hold(VOID)
{
    static const struct {
        const char *Item, *Why;
    } Wrong[] = {
        {"al.c:10", "there is no such kind of finding"},
        {"overrun:", "nothing stands behind the colon"},
        {"overrun:'McSt", "a quote has no end"},
    };
    char String[200];
    ULONG Index;

    for (Index = 0; Index < sizeof(Wrong) / sizeof(Wrong[0]); Index++) {
        snprintf(String, sizeof(String), KT_BASE "suppress=\"%s\"", Wrong[Index].Item);
        KtpAgain(String);
        snprintf(String, sizeof(String), "option suppress, item \"%s\": %s", Wrong[Index].Item,
                 Wrong[Index].Why);
        KT_CHECK(KtpSays(String));
        KtpBad();
        KT_EXPECT(McKindOverrun);
        snprintf(String, sizeof(String), KT_BASE "suppress=\"%s,overrun\"", Wrong[Index].Item);
        KtpAgain(String);
        KtpBad(); /* silent */
    }
}

/* ---- lists change under load ---- */

static volatile LONG KtpStop;

static VOID KtpWorks(PVOID Context)
{
    (void)Context;
    while (KtpStop == 0) {
        KtpBad();
        if (KtAdd(&KtpCalled, 1) % 64 == 0) {
            KtSleep(1); /* on one processor others want it too */
        }
    }
}

/* Every finding is either told or counted, whatever the list was when it was made. */
static VOID suppress_changes_under_load(VOID)
{
    static KT_THREAD Threads[2];
    ULONG Index, Hidden = 0, Told, Count;
    SIM_OUTPUT Output;
    const char *At;

    KtpRoutineStart();
    KtpStop = 0;
    KtIgnore(McKindOverrun);
    SimOptions("no-repeat,no-info-print,suppress=\"overrun:al.c:10,leak\"");
    MEM_CHECK_OPTIONS();
    for (Index = 0; Index < 2; Index++) {
        KT_REQUIRE(KtThreadStart(&Threads[Index], KtpWorks, NULL));
    }
    for (Index = 0; Index < 20; Index++) {
        SimOptions(Index % 2 ? "suppress=\"leak,overrun:al.c:10\"" : "suppress=\"overrun:a*.c\"");
        MEM_CHECK_OPTIONS();
    }
    KtpStop = 1;
    for (Index = 0; Index < 2; Index++) {
        KT_CHECK(KtThreadJoin(&Threads[Index]));
    }
    Told = SimOutputFind("BUFFER OVERRUN");
    KtExit();
    for (Index = 0; SimOutputEntry(Index, &Output); Index++) {
        At = strstr(Output.Text, "\" hid ");
        if (At != NULL && strstr(Output.Text, "overrun") != NULL &&
            sscanf(At, "\" hid %u", &Count) == 1) {
            Hidden += Count;
        }
    }
    KT_CHECK(Told == 0 && (LONG)Hidden == KtpCalled);
}

/* ---- repair ---- */

static VOID repair_makes_new_damage_a_new_finding(VOID)
{
    PUCHAR P = KtAllocate(NonPagedPool, 100);

    KtpAgain(KT_BASE "repair");
    KtPoke(P + 100, 0);
    KtPoke(P - 1, 0);
    KT_CHECK(MEM_CHECK() == 1);
    KT_CHECK(KT_EXPECT(McKindOverrun)->Action == McActionRepaired);
    KT_CHECK(KT_EXPECT(McKindUnderrun)->Action == McActionRepaired);
    KT_CHECK(KtpSays("damage repaired, execution continues"));
    KT_CHECK(MEM_CHECK() == 0); /* intact again */
    KtPoke(P + 101, 0);
    KT_CHECK(MEM_CHECK() == 1);
    KT_CHECK(KT_EXPECT(McKindOverrun)->Damage.First == 101);
    KtPoke(P + 100, 0); /* at its free, and then while it is held back */
    MEMCHECK_FREE(P);
    KT_CHECK(KT_EXPECT(McKindOverrun)->Damage.Changed == 1);
}

static VOID repair_is_not_done_unless_wanted(VOID)
{
    PUCHAR P = KtAllocate(NonPagedPool, 100);

    KtpAgain(KT_BASE "no-repair");
    KtPoke(P + 100, 0);
    KT_CHECK(MEM_CHECK() == 1 && KT_EXPECT(McKindOverrun)->Action == McActionGoOn);
    KtPoke(P + 101, 0);
    KT_CHECK(MEM_CHECK() == 1); /* damaged still, said once */
    KT_CHECK(P[100] == 0 && P[101] == 0);
    MEMCHECK_FREE(P);
}

static VOID repair_of_what_is_held_back(VOID)
{
    PUCHAR P = KtAllocate(NonPagedPool, 100);

    KtpAgain(KT_BASE "repair");
    KtPoke(P + 100, 0);
    MEMCHECK_FREE(P);
    KT_CHECK(KT_EXPECT(McKindOverrun)->Action == McActionKeptRepaired);
    KT_CHECK(MEM_CHECK() == 0);
    KtPoke(P + 50, 0);
    KT_CHECK(MEM_CHECK() == 1);
    KT_CHECK(KT_EXPECT(McKindWriteAfterFree)->Action == McActionRepaired);
    KT_CHECK(MEM_CHECK() == 0);
    KtPoke(P + 51, 0);
    KtPoke(P + 101, 0);
    KT_CHECK(MEM_CHECK() == 1);
    KT_CHECK(KT_EXPECT(McKindWriteAfterFree)->Damage.First == 51);
    KT_CHECK(KT_EXPECT(McKindOverrun)->Damage.First == 101);
}

/* Nothing of a plain block is ever written: the overrun stays where it is. */
static VOID repair_leaves_plain_blocks(VOID)
{
    PUCHAR P =
        McAllocateAs(McExAllocatePoolWithTag, NonPagedPool, 100, KT_TAG, 0, "drv/pl.c", 1, "F");

    KT_REQUIRE(P != NULL);
    KtpAgain(KT_BASE "repair");
    KtPoke(P + 100, 0);
    KT_CHECK(MEM_CHECK() == 0 && P[100] == 0);
    McFreeAs(McExFreePoolWithTag, P, KT_TAG, NULL, 0, "drv/pl.c", 2, "F");
    KT_CHECK(KT_EXPECT(McKindOverrun)->Action == McActionPassed);
}

/* Paged bytes at DISPATCH_LEVEL are neither read nor written: the simulation would stop. */
static VOID repair_of_paged_blocks_where_they_may_be_touched(VOID)
{
    PUCHAR P = KtAllocate(PagedPool, 100);
    KIRQL Old;

    KtpAgain(KT_BASE "repair");
    KtPoke(P + 100, 0);
    Old = KtRaise(DISPATCH_LEVEL);
    KT_CHECK(MEM_CHECK() == 0);
    KtLower(Old);
    KT_CHECK(MEM_CHECK() == 1);
    KT_CHECK(KT_EXPECT(McKindOverrun)->Action == McActionRepaired);
    KT_CHECK(MEM_CHECK() == 0);
    MEMCHECK_FREE(P);
}

#endif /* KT_SIM_WORLD */

const KT_TEST KtTestsReaction[] = {
    KT_TEST_ROW(reaction_call_tells_the_driver, 0),
    KT_TEST_ROW(reaction_call_is_for_kinds_that_want_it, 0),
    KT_TEST_ROW(reaction_call_ends_with_null_and_with_exit, KT_OWN_INIT),
    KT_TEST_ROW(reaction_call_does_not_call_itself, KT_QUARANTINE),
#ifdef KT_SIM_WORLD
    KT_TEST_ROW(reaction_call_is_at_the_irql_of_the_printer, KT_SIM | KT_IRQL),
    KT_TEST_ROW(reaction_print_is_what_is_done, KT_SIM),
    KT_TEST_ROW(reaction_break_needs_a_debugger, KT_SIM),
    KT_TEST_ROW(reaction_bugcheck_has_the_evidence, KT_SIM),
    KT_TEST_ROW(reaction_bugcheck_stops_the_system, KT_SIM),
    KT_TEST_ROW(reaction_several_are_taken_in_order, KT_SIM),
    KT_TEST_ROW(reaction_repetitions_are_counted_only, KT_SIM),
    KT_TEST_ROW(reaction_ignore_is_counted, KT_SIM),
    KT_TEST_ROW(reaction_first_item_for_a_kind_holds, KT_SIM),
    KT_TEST_ROW(reaction_that_is_wrong_is_said_and_the_others_hold, KT_SIM),
    KT_TEST_ROW(reaction_at_the_start_is_in_force, KT_SIM | KT_OWN_INIT),
    KT_TEST_ROW(suppress_by_kind, KT_SIM),
    KT_TEST_ROW(suppress_by_tag, KT_SIM),
    KT_TEST_ROW(suppress_by_site_of_allocation_free_or_call, KT_SIM),
    KT_TEST_ROW(suppress_by_frame_of_a_stack, KT_SIM | KT_STACKS),
    KT_TEST_ROW(suppress_passes_to_nobody, KT_SIM),
    KT_TEST_ROW(suppress_hides_leaks_and_their_summary, KT_SIM),
    KT_TEST_ROW(suppress_is_counted_by_item, KT_SIM),
    KT_TEST_ROW(suppress_is_never_silent, KT_SIM),
    KT_TEST_ROW(suppress_counts_go_with_the_item, KT_SIM),
    KT_TEST_ROW(suppress_that_is_wrong_is_said_and_the_others_hold, KT_SIM),
    KT_TEST_ROW(suppress_changes_under_load, KT_SIM),
    KT_TEST_ROW(repair_makes_new_damage_a_new_finding, KT_SIM),
    KT_TEST_ROW(repair_is_not_done_unless_wanted, KT_SIM),
    KT_TEST_ROW(repair_of_what_is_held_back, KT_SIM | KT_QUARANTINE | KT_FILL),
    KT_TEST_ROW(repair_leaves_plain_blocks, KT_SIM | KT_PLAIN),
    KT_TEST_ROW(repair_of_paged_blocks_where_they_may_be_touched, KT_SIM | KT_IRQL),
#endif
    {NULL, NULL, 0}};

#endif /* MEMCHECK_ON */
