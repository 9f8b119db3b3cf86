/*
 * test_inject.c - fault injection: requests that fail because an option says so. The same ones each
 * time, no others, each of them said; and what a driver does wrong then is found.
 */
#include "kernel_test.h"

#ifdef MEMCHECK_ON

#ifdef KT_SIM_WORLD
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KT_OTHER_TAG 0x7272624Fu /* 'Obrr' */
#define KT_MOST      80u         /* requests of one pattern */

/* ---- helpers ---- */

static VOID KtpStart(const char *String)
{
    static char Whole[2048];

    snprintf(Whole, sizeof(Whole), "info-print,%s", String);
    SimOptions(Whole);
    SimOutputClear();
    KtInit();
    KT_CHECK(SimOutputFind("self-test passed") == 1); /* whatever is to fail: MemCheck does not */
}

static VOID KtpAgain(const char *String)
{
    SimOptions(String);
    SimOutputClear();
    MEM_CHECK_OPTIONS();
}

/* A request of 100 bytes from this line of a file, freed at once. TRUE: it failed, and was said to
 * be a failure on purpose; FALSE: neither. */
static BOOLEAN KtpFails(ULONG Line, ULONG Tag, MC_FINDING *Finding)
{
    PVOID P = McAllocateWithTag(NonPagedPool, 100, Tag, "drv/inject.c", Line, "Inject");

    if (P != NULL) {
        McFreeWithTag(P, Tag, "drv/inject.c", 99, "Inject");
        KT_CHECK(KtPending(McKindInjected) == 0);
        return FALSE;
    }
    *Finding = *KT_EXPECT(McKindInjected);
    KT_CHECK(Finding->Block.Tag == Tag && Finding->Found.Site.Line == Line);
    return TRUE;
}

/* So many requests, one of each of the lines from 1 to Lines in turn: '.', or what made it fail. */
static char KtpGot[KT_MOST + 1];
static MC_FINDING KtpLast; /* the last failure */

static const char *KtpRun(volatile ULONG Count, ULONG Lines, ULONG Tag)
{
    ULONG Index;

    for (Index = 0; Index < Count; Index++) {
        char Was = '.';

        if (KtpFails(1 + Index % Lines, Tag, &KtpLast)) {
            Was = KtpLast.Reason == McReasonFailNth      ? 'n'
                  : KtpLast.Reason == McReasonFailStacks ? 's'
                  : KtpLast.Reason == McReasonFailChance ? 'c'
                  : KtpLast.Reason == McReasonFailAt     ? 'a'
                                                         : '?';
        }
        KtpGot[Index] = Was;
    }
    KtpGot[Count] = 0;
    return KtpGot;
}

static BOOLEAN KtpIs(const char *Expected)
{
    const char *Got = KtpRun((ULONG)strlen(Expected), 1, KT_TAG);

    if (strcmp(Got, Expected) != 0) {
        KtPrint("it is %s\n   not %s", Got, Expected);
        return FALSE;
    }
    return TRUE;
}

/* ---- off ---- */

static VOID inject_off_fails_nothing_and_counts_nothing(VOID)
{
    KtpStart("fail-after=0,fail-most=7,fail-seed=5,fail-tags=McSt,fail-sites=inject.c");
    KT_CHECK(KtpIs("...................."));
    KtpAgain("fail-nth=2"); /* and so this begins with the next request */
    KT_CHECK(KtpIs(".n.n"));
    KT_CHECK(KtpLast.Request == 4);
    KtpAgain("fail-nth=0");
    KT_CHECK(SimOutputFind("injected 2 failures in 4 requests; replay with fail-at='2,4'") == 1);
    KT_CHECK(KtpIs("...................."));
    SimOutputClear();
    KtExit();
    KT_CHECK(SimOutputFind("inject") == 0);
}

/* ---- the rules ---- */

static VOID inject_nth_fails_every_nth(VOID)
{
    KtpStart("fail-nth=3");
    KT_CHECK(KtpIs("..n..n..n..n."));
    KT_CHECK(KtpLast.Request == 12 && KtpLast.Count == 4 && KtpLast.Sure);
    KT_CHECK(KtpLast.Action == McActionFailed && KtpLast.By == McByAllocate);
    KT_CHECK(KtpLast.Block.Size == 100 && KtpLast.Block.PoolType == NonPagedPool);
    KtExit();
    KtpStart("fail-nth=1");
    KT_CHECK(KtpIs("nnnn"));
}

static VOID inject_after_leaves_the_first_alone(VOID)
{
    KtpStart("fail-nth=2,fail-after=3");
    KT_CHECK(KtpIs("....n.n.n"));
    KT_CHECK(KtpLast.Request == 9); /* they count all the same */
}

static VOID inject_most_ends_it(VOID)
{
    KtpStart("fail-nth=1,fail-most=2,fail-after=1");
    KT_CHECK(KtpIs(".nn......."));
}

static ULONG KtpFailures(const char *Pattern)
{
    ULONG Count = 0;

    for (; *Pattern != 0; Pattern++) {
        Count += *Pattern != '.';
    }
    return Count;
}

static VOID inject_chance_depends_on_seed_and_number_alone(VOID)
{
    static char First[KT_MOST + 1], Second[KT_MOST + 1];

    KtpStart("fail-chance=16384,fail-seed=1");
    strcpy(First, KtpRun(64, 1, KT_TAG));
    KT_CHECK(KtpFailures(First) >= 4 && KtpFailures(First) <= 32);
    KtExit();
    KtSleep(100); /* at another time, */
    KtpStart("fail-chance=16384,fail-seed=1");
    strcpy(Second, KtpRun(32, 3, KT_TAG)); /* of other places */
    KT_CHECK(strncmp(First, Second, 32) == 0);
    KtExit();
    KtpStart("fail-chance=16384,fail-seed=2");
    KT_CHECK(strcmp(First, KtpRun(64, 1, KT_TAG)) != 0);
    KT_CHECK(KtpFailures(KtpGot) >= 4 && KtpFailures(KtpGot) <= 32);
    KtExit();
    KtpStart("fail-chance=65536");
    KT_CHECK(KtpFailures(KtpRun(64, 1, KT_TAG)) == 64);
    KtExit();
    KtpStart("fail-chance=0,fail-at=70");
    KT_CHECK(KtpFailures(KtpRun(64, 1, KT_TAG)) == 0);
}

#define KT_CALL __attribute__((noinline))

KT_CALL static BOOLEAN KtpWrapper(VOID)
{
    MC_FINDING Finding;
    BOOLEAN Failed = KtpFails(1, KT_TAG, &Finding);

    KtAdd(&KtFailures, 0); /* no tail call */
    return Failed;
}

KT_CALL static BOOLEAN KtpOnePath(VOID)
{
    BOOLEAN Failed = KtpWrapper();

    KtAdd(&KtFailures, 0);
    return Failed;
}

KT_CALL static BOOLEAN KtpOtherPath(VOID)
{
    BOOLEAN Failed = KtpWrapper();

    KtAdd(&KtFailures, 0);
    return Failed;
}

static VOID inject_stacks_fails_each_path_once(VOID)
{
    volatile ULONG Times;

    KtpStart("fail-stacks,stacks=8");
    for (Times = 0; Times < 4; Times++) {
        const BOOLEAN First = Times == 0;

        KT_CHECK(KtpOnePath() == First); /* one place of a wrapper, two ways to it */
        KT_CHECK(KtpOtherPath() == First);
    }
}

static VOID inject_stacks_of_no_depth_are_sites(VOID)
{
    KtpStart("fail-stacks,stacks=0,fail-after=2");
    KT_CHECK(strcmp(KtpRun(10, 4, KT_TAG), "..ssss....") ==
             0); /* the first two have theirs later */
    KT_CHECK(KtpLast.Request == 6 && KtpLast.Count == 4);
    KtExit();
    KtpStart("fail-stacks,stacks=0,fail-nth=3"); /* a path that has failed has been tried */
    KT_CHECK(strcmp(KtpRun(8, 3, KT_TAG), "ssn..n..") == 0);
}

static VOID inject_rules_combine(VOID)
{
    KtpStart("fail-nth=4,fail-stacks,stacks=0,fail-at='2,7',fail-after=2");
    /* The path is not new any more: request 2 has tried it. */
    KT_CHECK(KtpIs(".a...na..n"));
}

/* ---- filters ---- */

static VOID inject_tags_filter(VOID)
{
    KtpStart("fail-nth=2,fail-tags='Abcd,McSt'");
    KT_CHECK(KtpIs(".n."));
    KT_CHECK(KtpFailures(KtpRun(9, 1, KT_OTHER_TAG)) == 0);
    KT_CHECK(KtpIs("n.n")); /* those between were not counted */
    KtpAgain("fail-tags=Obrr");
    KT_CHECK(KtpIs("......"));
    KT_CHECK(strcmp(KtpRun(4, 1, KT_OTHER_TAG), ".n.n") == 0);
}

static VOID inject_sites_filter(VOID)
{
    KtpStart("fail-nth=2,fail-sites='other.c,inject.c:2'");
    KT_CHECK(strcmp(KtpRun(12, 3, KT_TAG), "....n.....n.") == 0); /* every second of line 2 */
    KtpAgain("fail-sites=inject.c");
    KT_CHECK(strcmp(KtpRun(4, 3, KT_TAG), ".n.n") == 0);
    KtpAgain("fail-tags=Obrr"); /* both must let it through */
    KT_CHECK(KtpIs("...."));
    KtpAgain("fail-tags=McSt,fail-sites=other.c");
    KT_CHECK(KtpIs("...."));
}

/* ---- what is never failed ---- */

static VOID inject_spares_must_succeed(VOID)
{
    PVOID P;

    KtpStart("fail-nth=1");
    P = MEM_ALLOCATE_WITH_TAG(NonPagedPoolMustSucceed, 100, KT_TAG);
    KT_REQUIRE(P != NULL);
    MEMCHECK_FREE(P);
    KT_CHECK(KtpIs("n"));
    KT_CHECK(KtpLast.Request == 1); /* the other was not counted */
}

static VOID inject_spares_what_is_above_dispatch_level(VOID)
{
    KIRQL Old;
    PVOID P;

    KtpStart("fail-nth=1");
    Old = KtRaise(DISPATCH_LEVEL);
    KT_CHECK(KtpIs("n"));
    KtRaise(DISPATCH_LEVEL + 1);
    SimExpectMisuse(SIM_MISUSE_IRQL); /* it must reach the pool */
    P = McAllocateWithTag(NonPagedPool, 100, KT_TAG, "drv/inject.c", 1, "Inject");
    KT_CHECK(P == NULL);
    KtLower(Old);
    KT_CHECK(KtpIs("n"));
    KT_CHECK(KtpLast.Request == 2);
    KT_EXPECT(McKindWrongIrql); /* said by the operation that came next */
}

/* ---- how it fails ---- */

typedef struct _KTP_ASK {
    ULONG Routine;
    ULONG Type;
    BOOLEAN Flags;
    PVOID Result;
} KTP_ASK;

static VOID KtpAsk(PVOID Context)
{
    KTP_ASK *Ask = Context;

    Ask->Result = Ask->Flags ? McAllocateFlagsAs(Ask->Routine, Ask->Type, 100, KT_TAG, NULL, 0,
                                                 "drv/inject.c", 1, "Inject")
                             : McAllocateAs(Ask->Routine, (POOL_TYPE)Ask->Type, 100, KT_TAG,
                                            NormalPoolPriority, "drv/inject.c", 1, "Inject");
}

static ULONG KtpReached; /* requests of the driver that the pool saw */

static BOOLEAN KtpWatch(const SIM_REQUEST *Request, PVOID Context)
{
    (void)Context;
    KtpReached += Request->Tag == KT_TAG || Request->Size >= 100;
    return FALSE;
}

/* Does this request fail as it should, without the pool? */
static VOID KtpFailsAs(ULONG Routine, ULONG Type, BOOLEAN Flags, BOOLEAN Raises)
{
    const MC_FINDING *Finding;
    KTP_ASK Ask;

    Ask.Routine = Routine;
    Ask.Type = Type;
    Ask.Flags = Flags;
    Ask.Result = &Ask;
    SimFailWhen(KtpWatch, NULL);
    KT_CHECK(SimTry(KtpAsk, &Ask) == (Raises ? STATUS_INSUFFICIENT_RESOURCES : STATUS_SUCCESS));
    SimFailWhen(NULL, NULL);
    KT_CHECK(Raises ? Ask.Result == &Ask : Ask.Result == NULL);
    KT_CHECK(KeGetCurrentIrql() == PASSIVE_LEVEL && SimLocksHeld() == 0);
    Finding = KT_EXPECT(McKindInjected);
    KT_CHECK(Finding->Action == (Raises ? McActionRaised : McActionFailed));
    KT_CHECK(Finding->By == McByRoutine && Finding->Routine == Routine);
}

static VOID inject_fails_every_routine_as_the_pool_would(VOID)
{
    static const ULONG Types[] = {McExAllocatePool,
                                  McExAllocatePoolWithTag,
                                  McExAllocatePoolWithTagPriority,
                                  McExAllocatePoolZero,
                                  McExAllocatePoolUninitialized,
                                  McExAllocatePoolPriorityZero,
                                  McExAllocatePoolPriorityUninitialized};
    static const ULONG Quotas[] = {McExAllocatePoolWithQuota, McExAllocatePoolWithQuotaTag,
                                   McExAllocatePoolQuotaZero, McExAllocatePoolQuotaUninitialized};
    static const ULONG Flags[] = {McExAllocatePool2, McExAllocatePool3};
    ULONG Index;

    KtpStart("fail-nth=1,stacks=0,no-repeat");
    KtpFailsAs(McExAllocatePool, PagedPool, FALSE, FALSE); /* the place is known now */
    KtpReached = 0;
    for (Index = 0; Index < sizeof(Types) / sizeof(Types[0]); Index++) {
        KtpFailsAs(Types[Index], NonPagedPool, FALSE, FALSE);
        KtpFailsAs(Types[Index], PagedPool | POOL_RAISE_IF_ALLOCATION_FAILURE, FALSE, TRUE);
    }
    for (Index = 0; Index < sizeof(Quotas) / sizeof(Quotas[0]); Index++) {
        KtpFailsAs(Quotas[Index], PagedPool, FALSE, TRUE);
        KtpFailsAs(Quotas[Index], PagedPool | POOL_QUOTA_FAIL_INSTEAD_OF_RAISE, FALSE, FALSE);
    }
    for (Index = 0; Index < sizeof(Flags) / sizeof(Flags[0]); Index++) {
        KtpFailsAs(Flags[Index], POOL_FLAG_NON_PAGED, TRUE, FALSE);
        KtpFailsAs(Flags[Index], POOL_FLAG_PAGED | POOL_FLAG_USE_QUOTA, TRUE, FALSE);
        KtpFailsAs(Flags[Index], POOL_FLAG_PAGED | POOL_FLAG_RAISE_ON_FAILURE, TRUE, TRUE);
    }
    KT_CHECK(KtpReached == 0);
    KtpAgain("fail-nth=0");
    SimOutputClear();
    KtExit(); /* nobody is left inside by an exception */
    KT_CHECK(SimOutputFind("in flight") == 0);
}

/* ---- what is said ---- */

static VOID inject_says_each_failure_and_halts_at_none(VOID)
{
    SimAttachDebugger(TRUE);
    KtpStart("fail-nth=2,no-repeat,halt-on-bad");
    KT_CHECK(KtpIs(".n.n.n"));
    KT_CHECK(SimBreakpoints() == 0);
    KT_CHECK(SimOutputFind("==== INJECTED FAILURE: request 6, 100 bytes ====") == 1);
    KT_CHECK(SimOutputFind(" kind=injected sure=yes request=2 injected=1 size=100 reason=fail-nth "
                           "by=allocate action=failed found=inject.c:1 ") == 1);
    KT_CHECK(SimOutputFind(" kind=injected sure=yes request=4 injected=2 size=100 ") == 1);
    KT_CHECK(SimOutputFind(" kind=injected sure=yes request=6 injected=3 size=100 ") == 1);
    KtpAgain("no-info-print");
    KtExit();
    KT_CHECK(SimOutputFind("injected 3 failures in 6 requests; replay with fail-at='2,4,6'") == 1);
    KtpStart("fail-nth=9");
    KT_CHECK(KtpIs("."));
    KtExit();
    KT_CHECK(SimOutputFind("injected 0 failures in 1 request") == 1);
    KT_CHECK(SimOutputFind("replay") == 0);
}

/* ---- replay ---- */

/* What the lines of the output say is to be pasted, put together. */
static VOID KtpPaste(char *String)
{
    SIM_OUTPUT Output;
    const char *At, *End;
    ULONG Index;

    for (Index = 0; SimOutputEntry(Index, &Output); Index++) {
        At = strstr(Output.Text, "fail-at='");
        End = At != NULL ? strrchr(At, '\'') : NULL;
        if (End != NULL) {
            KT_CHECK(strlen(Output.Text) <= 101);
            strncat(String, At, (size_t)(End + 1 - At) + (End[1] == ','));
        }
    }
}

static VOID inject_replay_fails_the_same_ones(VOID)
{
    static const char *const Runs[] = {"fail-chance=20000,fail-seed=7", "fail-nth=1,fail-after=30",
                                       "fail-nth=5,fail-stacks,stacks=4,fail-most=11",
                                       "fail-chance=30000,fail-seed=3,fail-sites='inject.c:2'"};
    static char Was[KT_MOST + 1], String[1024];
    ULONG Index, At;

    for (Index = 0; Index < sizeof(Runs) / sizeof(Runs[0]); Index++) {
        KtpStart(Runs[Index]);
        strcpy(Was, KtpRun(KT_MOST, 3, KT_TAG));
        KT_CHECK(KtpFailures(Was) >= 3);
        SimOutputClear();
        KtExit();
        strcpy(String, Index == 3 ? "fail-sites='inject.c:2'," : "");
        KtpPaste(String);
        KT_CHECK(strstr(String, "fail-at='") != NULL);
        KtpStart(String);
        KtpRun(KT_MOST, 3, KT_TAG);
        for (At = 0; At < KT_MOST; At++) {
            KT_CHECK(KtpGot[At] == (Was[At] != '.' ? 'a' : '.'));
        }
        KtExit();
        KT_SILENT();
    }
}

static VOID inject_at_is_obeyed_whatever_else_is_set(VOID)
{
    KtpStart("fail-at=' 2, 5 ,3,2',fail-after=100,fail-most=1");
    KT_CHECK(KtpIs(".aa.a..."));
    KtExit();
    KT_CHECK(SimOutputFind("injected 3 failures in 8 requests; replay with fail-at='2,3,5'") == 1);
}

static VOID inject_at_says_what_is_wrong_in_it(VOID)
{
    static char String[1024];
    ULONG Index;

    KtpStart("fail-at='0,2,x1,4294967298,-3,0x4,1.5,,4,a-name-that-is-longer-than-a-number'");
    KT_CHECK(SimOutputFind("option fail-at: \"0\" is no request's number") == 1);
    KT_CHECK(SimOutputFind("\"x1\" is no") == 1 && SimOutputFind("\"4294967298\" is no") == 1);
    KT_CHECK(SimOutputFind("\"-3\" is no") == 1 && SimOutputFind("\"0x4\" is no") == 1);
    KT_CHECK(SimOutputFind("\"1.5\" is no") == 1);
    KT_CHECK(SimOutputFind("\"a-name-that-is-longe...\" is no") == 1);
    KT_CHECK(SimOutputFind("is no request") == 7);
    KT_CHECK(KtpIs(".a.a.."));
    KtpAgain("fail-at=2"); /* nothing wrong, nothing said */
    KT_CHECK(SimOutputFind("is no request") == 0);
    KtExit();
    strcpy(String, "fail-at='");
    for (Index = 0; Index < 255; Index++) {
        strcat(String, "9,");
    }
    KtpStart(strcat(String, "3'")); /* as many as a list can hold */
    KT_CHECK(SimOutputFind("than 256") == 0);
    KT_CHECK(KtpIs("..a....."));
}

/* More failures than a list can be told: the first ones, and that they are not all. */
static VOID inject_end_names_as_many_as_can_be_pasted(VOID)
{
    static char String[2048];
    ULONG Index, Numbers = 1;
    char Line[80];

    KtIgnore(McKindInjected);
    KtpStart("fail-nth=1");
    for (Index = 0; Index < 300; Index++) {
        KT_CHECK(McAllocate(NonPagedPool, 100, "drv/inject.c", 1, "Inject") == NULL);
    }
    SimOutputClear();
    KtExit();
    String[0] = 0;
    KtpPaste(String);
    for (Index = 0; String[Index] != 0; Index++) {
        Numbers += String[Index] == ',' && String[Index + 1] != 'f';
    }
    for (Index = 0; strstr(String + Index, "',fail-at='") != NULL; Index++) {
        Index = (ULONG)(strstr(String + Index, "',fail-at='") - String);
        Numbers++;
    }
    KT_CHECK(Numbers >= 100 && Numbers <= 256);
    snprintf(Line, sizeof(Line), "these are the first %u failures", (unsigned)Numbers);
    KT_CHECK(SimOutputFind("injected 300 failures in 300 requests; ") == 1);
    KT_CHECK(SimOutputFind(Line) == 1);
    KtpStart(String); /* it can be pasted */
    KT_CHECK(SimOutputFind("room") == 0 && SimOutputFind("] option") == 0);
    for (Index = 1; Index <= 300; Index++) {
        PVOID P = McAllocate(NonPagedPool, 100, "drv/inject.c", 1, "Inject");

        KT_CHECK((P == NULL) == (Index <= Numbers));
        if (P != NULL) {
            MEMCHECK_FREE(P);
        }
    }
}

/* ---- while the driver runs ---- */

static VOID inject_changes_while_the_driver_runs(VOID)
{
    KtpStart("stacks=0");
    KT_CHECK(KtpIs("..."));
    KtpAgain("fail-stacks,fail-nth=3");
    KT_CHECK(KtpIs("s.n.."));
    KtpAgain("fail-stacks,fail-nth=3"); /* as it is: it goes on */
    KT_CHECK(SimOutputFind("injected") == 0);
    KT_CHECK(KtpIs("n..n"));
    KtpAgain("fail-nth=2"); /* anew: numbers, bounds, paths */
    KT_CHECK(SimOutputFind("injected 4 failures in 9 requests; replay with fail-at='1,3,6,9'") ==
             1);
    KT_CHECK(KtpIs("sn.n"));
    KT_CHECK(KtpLast.Request == 4 && KtpLast.Count == 3);
    KtpAgain("fail-nth=0,no-fail-stacks,fail-at='2,3'");
    KT_CHECK(KtpIs(".aa."));
    KtpAgain("fail-at=1");
    KT_CHECK(KtpIs("a..."));
    KtpAgain("defaults,info-print");
    KT_CHECK(SimOutputFind("injected 1 failure in 4 requests; replay with fail-at='1'") == 1);
    KT_CHECK(KtpIs("...."));
}

#define KT_WORKERS 3
#define KT_ASKED   2000

static volatile LONG KtpNulls;

static VOID KtpWork(PVOID Context)
{
    ULONG Index;

    for (Index = 0; Index < KT_ASKED; Index++) {
        PVOID P = McAllocateWithTag(NonPagedPool, 100, KT_TAG, "drv/inject.c",
                                    (ULONG)(ULONG_PTR)Context, "Inject");

        if (P == NULL) {
            KtAdd(&KtpNulls, 1);
        } else {
            MEMCHECK_FREE_WITH_TAG(P, KT_TAG);
        }
    }
}

static VOID inject_counts_right_with_threads(VOID)
{
    static KT_THREAD Threads[KT_WORKERS];
    ULONG Index;

    KtIgnore(McKindInjected);
    KtpStart("fail-nth=5");
    for (Index = 0; Index < KT_WORKERS; Index++) {
        KT_REQUIRE(KtThreadStart(&Threads[Index], KtpWork, (PVOID)(ULONG_PTR)(Index + 1)));
    }
    for (Index = 0; Index < KT_WORKERS; Index++) {
        KT_CHECK(KtThreadJoin(&Threads[Index]));
    }
    KT_CHECK(KtpNulls == KT_WORKERS * KT_ASKED / 5);
    KtExit();
    KT_CHECK(SimOutputFind("injected 1200 failures in 6000 requests; ") == 1);
    KtpNulls = 0;
    KtpStart("fail-chance=65536,fail-most=50");
    for (Index = 0; Index < KT_WORKERS; Index++) {
        KT_REQUIRE(KtThreadStart(&Threads[Index], KtpWork, (PVOID)(ULONG_PTR)(Index + 1)));
    }
    for (Index = 0; Index < 10; Index++) {
        KtpAgain(Index % 2 == 0 ? "fail-seed=1" : "fail-seed=0");
    }
    for (Index = 0; Index < KT_WORKERS; Index++) {
        KT_CHECK(KtThreadJoin(&Threads[Index]));
    }
    KT_CHECK(KtpNulls <= 11 * 50);
}

/* ---- what it is for ---- */

static VOID inject_leaves_other_findings_as_they_are(VOID)
{
    PUCHAR P;

    KtpStart("fail-nth=2,fail-after=1");
    P = KtAllocate(NonPagedPool, 100);
    KT_REQUIRE(P != NULL);
    KT_CHECK(KtpIs(".n"));
    P[100] = (UCHAR)~P[100];
    KT_CHECK(MEM_CHECK() == 1);
    KT_CHECK(KT_EXPECT(McKindOverrun)->Damage.First == 100);
    MEMCHECK_FREE(P);
    MEMCHECK_FREE(P);
#ifdef MEMCHECK_DOUBLE_FREES
    KT_EXPECT(McKindDoubleFree);
#else
    KT_EXPECT(McKindLateFree);
#endif
}

/* A driver that is right as long as there is memory: where the second request fails it forgets the
 * first one. */
static BOOLEAN KtpOpen(ULONG *Line)
{
    PVOID Device, Name;

    *Line = __LINE__ + 1;
    Device = MEM_ALLOCATE_WITH_TAG(NonPagedPool, 200, KT_TAG);
    if (Device == NULL) {
        return FALSE;
    }
    Name = MEM_ALLOCATE_WITH_TAG(PagedPool, 40, KT_TAG);
    if (Name == NULL) {
        return FALSE; /* the bug */
    }
    MEMCHECK_FREE_WITH_TAG(Name, KT_TAG);
    MEMCHECK_FREE_WITH_TAG(Device, KT_TAG);
    return TRUE;
}

static VOID inject_shows_a_leak_on_the_failure_path(VOID)
{
    const MC_FINDING *Leak;
    char String[32];
    ULONG Failing, Line;

    KtpStart("");
    KT_CHECK(KtpOpen(&Line));
    KtExit();
    KT_SILENT();                    /* nobody sees it */
    for (Failing = 1;; Failing++) { /* each request in turn, until a run meets no failure */
        snprintf(String, sizeof(String), "fail-at=%u", (unsigned)Failing);
        KtpStart(String);
        if (KtpOpen(&Line)) {
            break;
        }
        KT_EXPECT(McKindInjected);
        KtExit();
        if (Failing == 2) {
            Leak = KT_EXPECT(McKindLeak);
            KT_CHECK(Leak->Block.Size == 200 && Leak->Block.Allocated.Site.Line == Line);
            KtAllow(McKindLeakSite);
        }
        KT_SILENT();
    }
    KT_CHECK(Failing == 3);
}
#endif /* KT_SIM_WORLD */

/* As it is built, nothing fails: everywhere. */
static VOID inject_is_off_as_it_is_built(VOID)
{
    ULONG Index;

    for (Index = 0; Index < 200; Index++) {
        PUCHAR P = KtAllocate(KtPools[Index & 1], 100);

        KT_REQUIRE(P != NULL);
        MEMCHECK_FREE_WITH_TAG(P, KT_TAG);
    }
}

const KT_TEST KtTestsInject[] = {
    KT_TEST_ROW(inject_is_off_as_it_is_built, 0),
#ifdef KT_SIM_WORLD
    KT_TEST_ROW(inject_off_fails_nothing_and_counts_nothing, KT_SIM | KT_OWN_INIT),
    KT_TEST_ROW(inject_nth_fails_every_nth, KT_SIM | KT_OWN_INIT),
    KT_TEST_ROW(inject_after_leaves_the_first_alone, KT_SIM | KT_OWN_INIT),
    KT_TEST_ROW(inject_most_ends_it, KT_SIM | KT_OWN_INIT),
    KT_TEST_ROW(inject_chance_depends_on_seed_and_number_alone, KT_SIM | KT_OWN_INIT),
    KT_TEST_ROW(inject_stacks_fails_each_path_once, KT_SIM | KT_OWN_INIT | KT_STACKS),
    KT_TEST_ROW(inject_stacks_of_no_depth_are_sites, KT_SIM | KT_OWN_INIT),
    KT_TEST_ROW(inject_rules_combine, KT_SIM | KT_OWN_INIT),
    KT_TEST_ROW(inject_tags_filter, KT_SIM | KT_OWN_INIT),
    KT_TEST_ROW(inject_sites_filter, KT_SIM | KT_OWN_INIT),
    KT_TEST_ROW(inject_spares_must_succeed, KT_SIM | KT_OWN_INIT | KT_WINDOWS_2000),
    KT_TEST_ROW(inject_spares_what_is_above_dispatch_level, KT_SIM | KT_OWN_INIT | KT_IRQL),
    KT_TEST_ROW(inject_fails_every_routine_as_the_pool_would,
                KT_SIM | KT_OWN_INIT | KT_WINDOWS_10 | KT_STRICT_LOCKS),
    KT_TEST_ROW(inject_says_each_failure_and_halts_at_none, KT_SIM | KT_OWN_INIT),
    KT_TEST_ROW(inject_replay_fails_the_same_ones, KT_SIM | KT_OWN_INIT),
    KT_TEST_ROW(inject_at_is_obeyed_whatever_else_is_set, KT_SIM | KT_OWN_INIT),
    KT_TEST_ROW(inject_at_says_what_is_wrong_in_it, KT_SIM | KT_OWN_INIT),
    KT_TEST_ROW(inject_end_names_as_many_as_can_be_pasted, KT_SIM | KT_OWN_INIT),
    KT_TEST_ROW(inject_changes_while_the_driver_runs, KT_SIM | KT_OWN_INIT),
    KT_TEST_ROW(inject_counts_right_with_threads, KT_SIM | KT_OWN_INIT),
    KT_TEST_ROW(inject_leaves_other_findings_as_they_are, KT_SIM | KT_OWN_INIT | KT_QUARANTINE),
    KT_TEST_ROW(inject_shows_a_leak_on_the_failure_path, KT_SIM | KT_OWN_INIT | KT_EXIT_FREES),
#endif
    {NULL, NULL, 0}};

#endif /* MEMCHECK_ON */
