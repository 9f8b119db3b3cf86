/*
 * test_options.c - the option string: read at MEM_CHECK_INIT, read again while the driver runs, and
 * what is wrong in it. Its syntax has a unit test of its own (tests/unit/test_optionstring.c).
 */
#include "kernel_test.h"

#ifdef MEMCHECK_ON

#ifdef KT_SIM_WORLD
#include <string.h>

/* ---- helpers ---- */

static VOID KtpAgain(const char *String)
{
    SimOptions(String);
    SimOutputClear();
    MEM_CHECK_OPTIONS();
}

/* The output without "memcheck[name] ", and continued lines in one: how long the driver's name is
 * must not matter. Gives the number of lines. */
static char KtpText[16384];

static ULONG KtpLines(VOID)
{
    SIM_OUTPUT Output;
    ULONG Index, Lines = 0;

    KtpText[0] = 0;
    for (Index = 0; SimOutputEntry(Index, &Output); Index++) {
        const char *Line = strchr(Output.Text, ']');

        Line = Line != NULL ? Line + 2 : Output.Text;
        if (Line[0] == ' ' && Index != 0) {
            KtpText[strlen(KtpText) - 1] = 0; /* the line end */
            Line++;
        } else {
            Lines++;
        }
        if (strlen(KtpText) + strlen(Line) < sizeof(KtpText)) {
            strcat(KtpText, Line);
        }
    }
    return Lines;
}

/* Some line says this. */
static BOOLEAN KtpSays(const char *Text)
{
    KtpLines();
    if (strstr(KtpText, Text) == NULL) {
        KtPrint("no \"%s\" in:\n%s", Text, KtpText);
        return FALSE;
    }
    return TRUE;
}

/* One line, and it says this. */
static BOOLEAN KtpSaid(const char *Text)
{
    return KtpSays(Text) && KtpLines() == 1;
}

/* Bytes that the pool was asked for, for a block of 100 by a MEM_ name. */
static SIZE_T KtpRawSize(VOID)
{
    PUCHAR P = KtAllocate(NonPagedPool, 100);
    SIM_BLOCK Raw;

    if (P == NULL || !SimPoolFind(P, &Raw)) {
        return 0;
    }
    MEMCHECK_FREE_WITH_TAG(P, KT_TAG);
    return Raw.Size;
}

/* By the kit's name, as the header way has it: is it guarded in front? */
static BOOLEAN KtpOwned(ULONG Tag)
{
    PVOID P =
        McAllocateAs(McExAllocatePoolWithTag, NonPagedPool, 100, Tag, 0, "drv/owned.c", 7, "Owned");
    BOOLEAN Owned;
    SIM_BLOCK Raw;

    if (P == NULL || !SimPoolFind(P, &Raw)) {
        KtFail(__FILE__, __LINE__, "an allocation");
        return FALSE;
    }
    Owned = Raw.Start != P;
    McFreeAs(McExFreePoolWithTag, P, Tag, NULL, 0, "drv/owned.c", 8, "Owned");
    return Owned;
}

/* Free one: is it held back, and how many lines were printed? */
static BOOLEAN KtpHeld(ULONG *Lines)
{
    PUCHAR P = KtAllocate(NonPagedPool, 100);

    SimOutputClear();
    MEMCHECK_FREE_WITH_TAG(P, KT_TAG);
    *Lines = KtpLines();
    return SimPoolFind(P, NULL);
}

/* The same finding so often: the number is hidden from the compiler, that would make several calls
 * of the loop, and so several call stacks. */
static VOID KtpOverruns(volatile ULONG Times)
{
    while (Times-- != 0) {
        PUCHAR P = KtAllocate(NonPagedPool, 100);

        KT_REQUIRE(P != NULL);
        KtPoke(P + 100, 0);
        MEMCHECK_FREE(P);
        KT_EXPECT(McKindOverrun);
    }
}

/* ---- at the start ---- */

static VOID options_at_the_start_are_in_force(VOID)
{
    static USHORT Path[] = {'\\', 'R', 0};
    UNICODE_STRING Registry = {4, 6, Path};
    ULONG Lines;

    SimOptions("info-print,redzone=0x40,free-print; retired=128 ,fill=64,no-halt-on-bad");
    KtInit();
    KT_CHECK(KtpSays("redzone 64, ") && KtpSays("retired 128, "));
    KT_CHECK(SimOutputFind("option") == 0); /* nothing wrong, nothing said */
    KT_CHECK(KtpRawSize() >= 100 + 2 * 64);
    KtpHeld(&Lines);
    KT_CHECK(Lines == 2 && KtpSays("freed ") && KtpSays(" kind=freed "));
    KtExit();
    /* The next start begins with the defaults, and by the other name. */
    SimOptions("info-print,no-free-print");
    MEM_CHECK_INIT_EX(&Registry);
    KT_CHECK(KtpRawSize() <= 100 + 2 * MEMCHECK_REDZONE + 2 * KT_ALIGNMENT);
    KtpHeld(&Lines);
    KT_CHECK(Lines == 0);
    KtExit();
}

static VOID options_that_are_wrong_are_said_and_change_nothing(VOID)
{
    static const struct {
        const char *Item, *Line;
    } Wrong[] = {
        {"nonsense=1", "option \"nonsense=1\": there is none of that name; help lists them"},
        {"retired", "option \"retired\": it has no value; "},
        {"no-retired", "option \"no-retired\": no switch, so there is no such form of it; "},
        {"retired=many", "option \"retired=many\": not a number: 12, 0x1f, 64k, 4m; "},
        {"repeat=2", "option \"repeat=2\": a switch is 0 or 1; "},
        {"redzone=4k", "option \"redzone=4k\": out of bounds, which are 16 and 2048; "},
        {"quarantine=2048m",
         "option \"quarantine=2048m\": out of bounds, which are 0 and 1073741824; "},
        {"redzone=17", "option \"redzone=17\": not a multiple of 16; "},
        {"quarantine=100", "option \"quarantine=100\": not a multiple of 1024; "},
        {"owned-tags=\"a",
         "option \"owned-tags=\"a\": a quote has no end; the list stays as it is"},
        {"owned-tags='a'b",
         "option \"owned-tags='a'b\": there is text behind the quotes; the list stays as it is"},
        {"deferred=4095", "option \"deferred=4095\": set when MemCheck is built, by "
                          "MEMCHECK_DEFERRED; "},
        {"a-name-that-is-longer-than-a-line-of-a-report-should-be=1",
         "option \"a-name-that-is-longer-than-a-line-of-a-report-sh...\": "},
    };
    const ULONG Count = sizeof(Wrong) / sizeof(Wrong[0]);
    char String[1024] = "fill=128";
    ULONG Index, Errors;

    for (Index = 0; Index < Count; Index++) {
        strcat(strcat(String, ","), Wrong[Index].Item);
    }
    strcat(String, ",no-info-print,free-print");
    SimOptions(String);
    KtInit();
    for (Errors = 0; Errors < 2; Errors++) {
        for (Index = 0; Index < Count; Index++) {
            KT_CHECK(KtpSays(Wrong[Index].Line));
        }
        KT_CHECK(SimOutputFind("] option \"") == Count);
        KT_CHECK(SimOutputFind("self-test") == 0); /* the last items hold */
        KT_CHECK(KtpRawSize() <= 100 + 2 * MEMCHECK_REDZONE + 2 * KT_ALIGNMENT);
        KT_CHECK(SimOutputFind("freed") >= 1);
        KtpAgain(String); /* and the same while it runs */
    }
}

static VOID options_lines_are_whole(VOID)
{
    SimOptions("info-print");
    KtInit();
    KtpAgain("redzone=17");
    KT_CHECK(KtpSaid("option \"redzone=17\": not a multiple of 16; "));
    KT_CHECK(KtpSaid(" stays\n"));
    KtpAgain("deferred=4095");
    KT_CHECK(KtpSaid("MEMCHECK_DEFERRED; "));
#ifndef MEMCHECK_DEBUGPRINT
    KtpAgain("debug-print");
    KT_CHECK(KtpSaid("built, by MEMCHECK_DEBUGPRINT; 0 stays"));
#else
    KtpAgain("debug-print=0");
    SimOutputClear();
    MEMCHECK_DEBUG(("hello\n"));
    KT_CHECK(SimOutputCount() == 0);
#endif
}

static VOID options_come_from_a_string_that_fits(VOID)
{
    static char Long[3000];

    memset(Long, ' ', 1023);
    memcpy(Long, "free-print=1", 12);
    SimOptions("no-free-print,info-print");
    KtInit();
    KtpAgain(NULL);
    KT_CHECK(SimOutputCount() == 0); /* no value is no mistake */
    KtpAgain("");
    KT_CHECK(SimOutputCount() == 0);
    KtpAgain(SimNotAString);
    KT_CHECK(KtpSaid("options: MemCheckOptions is no string (REG_SZ); nothing of it is taken"));
    Long[1023] = ' ';
    KtpAgain(Long);
    KT_CHECK(KtpSaid("options: more than 1023 characters; nothing of it is taken"));
    Long[1023] = 0;
    KtpAgain(Long);
    KT_CHECK(KtpSaid("option free-print is 1 now, was 0"));
    KtpAgain("no-free-print=\xff\xfe,no-such\x01thing");
    KT_CHECK(KtpLines() == 2 &&
             KtpSays("option \"no-free-print=??\": there is none of that name") &&
             KtpSays("option \"no-such thing\": there is none of that name"));
}

/* ---- while it runs ---- */

static VOID options_change_while_the_driver_runs(VOID)
{
    ULONG Lines;

    SimOptions("info-print,no-free-print,no-repeat,no-halt-on-bad");
    KtInit();
    KtpHeld(&Lines);
    KT_CHECK(Lines == 0);
    KtpAgain("free-print");
    KT_CHECK(KtpSaid("option free-print is 1 now, was 0"));
    KtpHeld(&Lines);
    KT_CHECK(Lines == 2);
    KtpAgain("repeat=1"); /* what is not named stays */
    KtpHeld(&Lines);
    KT_CHECK(Lines == 2);
    KtpAgain("no-free-print");
    KtpHeld(&Lines);
    KT_CHECK(Lines == 0);
}

static VOID options_of_the_report_are_obeyed(VOID)
{
    SimOptions("info-print,repeat,no-halt-on-bad,no-free-print");
    KtInit();
    KtpAgain(NULL);
    KtpOverruns(3);
    KT_CHECK(SimOutputFind("kind=overrun") == 3);
    KtpAgain("no-repeat");

    KtpOverruns(3);
    KT_CHECK(SimOutputFind("kind=overrun") == 1);
    SimAttachDebugger(TRUE);
    KtpAgain("repeat,halt-on-bad");
    KtpOverruns(1);
    KT_CHECK(SimBreakpoints() == 1);
    KtpAgain("no-halt-on-bad");
    KtpOverruns(1);
    KT_CHECK(SimBreakpoints() == 1);
    KtpAgain("no-info-print");
    KT_CHECK(KtpSaid("option info-print is 0 now, was 1"));
    SimOutputClear();
    MEMCHECK_PRINT(("hello\n"));
    KT_CHECK(SimOutputCount() == 0);
    KtExit();
    KT_CHECK(SimOutputFind("] exit") == 0);
}

static VOID options_of_the_start_do_not_change_later(VOID)
{
    SIZE_T Size;

    SimOptions("info-print,redzone=32,retired=256");
    KtInit();
    Size = KtpRawSize();
    KtpAgain("redzone=64");
    KT_CHECK(KtpSaid("option \"redzone=64\": changes at MEM_CHECK_INIT only; 32 stays"));
    KT_CHECK(KtpRawSize() == Size);
    KtpAgain("retired=512");
    KT_CHECK(KtpSaid("option \"retired=512\": changes at MEM_CHECK_INIT only; 256 stays"));
    KtpAgain("redzone=32,retired=256");
    KT_CHECK(SimOutputCount() == 0); /* as it is: the same string may be read again */
}

/* Of a block too large to be filled whole both ends are, and watched, however little that is. */
static VOID options_least_fill_is_watched_at_both_ends(VOID)
{
    static const SIZE_T At[] = {0, 63, 136, 199};
    ULONG Index;
    PUCHAR P;

    SimOptions("fill=64,double-frees,quarantine=64k");
    KtInit();
    for (Index = 0; Index < 4; Index++) {
        P = KtAllocate(NonPagedPool, 200);
        KT_REQUIRE(P != NULL);
        KtFill(P, 200, 0);
        MEMCHECK_FREE_WITH_TAG(P, KT_TAG);
        KT_CHECK(P[At[Index]] != 0 && P[64] == 0 && P[135] == 0);
        P[At[Index]] = 0;
        KT_CHECK(MEM_CHECK() == Index + 1); /* those of before are damaged still */
        KT_CHECK(KT_EXPECT(McKindWriteAfterFree)->Damage.First == (LONG_PTR)At[Index]);
    }
    KtExit();
}

/* A build may have lists of its own: those are the defaults then. */
#define KTP_NO_LISTS (sizeof(MEMCHECK_OWNED_TAGS) == 1 && sizeof(MEMCHECK_OWNED_SITES) == 1)

static VOID options_defaults_takes_all_back(VOID)
{
    ULONG Lines;

    SimOptions("info-print,fill=0,free-print,redzone=64,owned-tags=Abcd,quarantine=2m");
    KtInit();
    KtpAgain("defaults");
    KT_CHECK(SimOutputFind("redzone") == 0); /* cannot change now */
    KT_CHECK(SimOutputFind("option owned-tags is \"" MEMCHECK_OWNED_TAGS "\" now") == 1);
    KT_CHECK(!KTP_NO_LISTS || !KtpOwned(0x64636241));
    KtpAgain("defaults,info-print,free-print");
    KtpHeld(&Lines);
    KT_CHECK(Lines == 2);
    KtpAgain("owned-tags=Abcd,defaults");
    KT_CHECK(!KTP_NO_LISTS || !KtpOwned(0x64636241));
    KtpAgain("defaults,owned-tags=Abcd");
    KT_CHECK(KtpOwned(0x64636241));
    KT_CHECK(KtpRawSize() >= 100 + 2 * 64);
}

static VOID options_let_go_what_was_held_back(VOID)
{
    PUCHAR P;
    ULONG Lines;

    SimOptions("info-print,double-frees,no-free-print,quarantine=64k,quarantine-blocks=1k");
    KtInit();
    P = KtAllocate(PagedPool, 100);
    KT_REQUIRE(P != NULL);
    MEMCHECK_FREE_WITH_TAG(P, KT_TAG);
    KT_CHECK(SimPoolFind(P, NULL));
    KT_CHECK(KtpHeld(&Lines));
    KtpAgain("no-double-frees");
    KT_CHECK(!SimPoolFind(P, NULL));
    KT_CHECK(!KtpHeld(&Lines));
    KtpAgain("double-frees");
    KT_CHECK(KtpHeld(&Lines));
    P = KtAllocate(PagedPool, 40000);
    KT_REQUIRE(P != NULL);
    KtpAgain("quarantine=1k");
    MEMCHECK_FREE_WITH_TAG(P, KT_TAG);
    KT_CHECK(!SimPoolFind(P, NULL)); /* larger than all there is room for now */
}

/* ---- lists ---- */

static VOID options_lists_change_while_the_driver_runs(VOID)
{
    /* No stacks: each call of KtpOwned is the same site then. */
    SimOptions("info-print,stacks=0,no-front-redzones,learn=0,owned-tags='Abcd,Efgh',owned-sites=");
    KtInit();
    KT_CHECK(KtpOwned(0x64636241) && KtpOwned(0x68676645) && !KtpOwned(0x6C6B6A69));
    KtpAgain("owned-tags=ijkl");
    KT_CHECK(KtpSaid("option owned-tags is \"ijkl\" now"));
    KT_CHECK(!KtpOwned(0x64636241) && KtpOwned(0x6C6B6A69));
    /* The same list again in one string is added to. */
    KtpAgain("owned-tags=ijkl,free-print=0,owned-tags=Abcd");
    KT_CHECK(KtpOwned(0x64636241) && KtpOwned(0x6C6B6A69) && !KtpOwned(0x68676645));
    KtpAgain("owned-tags=\"ijkl,Abcd\"");
    KT_CHECK(SimOutputCount() == 0); /* as it is */
    KtpAgain("owned-tags=");
    KT_CHECK(!KtpOwned(0x64636241) && !KtpOwned(0x6C6B6A69));
    /* Sites that are known already are judged anew. */
    KtpAgain("owned-sites=\"other.c,owned.c:7\"");
    KT_CHECK(KtpOwned(0x64636241));
    KtpAgain("owned-sites=owned.c:8");
    KT_CHECK(!KtpOwned(0x64636241));
    KtpAgain("front-redzones");
    KT_CHECK(KtpOwned(0x64636241));
    KtpAgain("system-tags=Abcd");
    KT_CHECK(!KtpOwned(0x64636241) && KtpOwned(0x68676645));
}

static VOID options_list_that_is_too_long_stays(VOID)
{
    char String[1024] = "owned-tags=Abcd,owned-tags='";

    memset(String + strlen(String), 'x', 600);
    strcat(String, "',free-print");
    SimOptions("info-print,owned-tags=Efgh,owned-sites=,system-sites=,no-free-print");
    KtInit();
    KtpAgain(String);
    KT_CHECK(KtpSays("...\": a list has room for 511 characters; the list stays as it is\n"));
    KT_CHECK(SimOutputFind("option free-print is 1 now") == 1);
    KT_CHECK(KtpOwned(0x64636241) && !KtpOwned(0x68676645)); /* what came before it holds */
}

/* ---- help ---- */

static VOID options_help_has_a_line_for_each(VOID)
{
    static const char *const Names[] = {
#define MC_OPTION(Field, Name, Default, Low, High, Multiple, When, Help) Name "=",
#define MC_TEXT_OPTION(Field, Name, Default, When, Help)                 Name "=\"",
#include "options.inc"
    };
    const ULONG Count = sizeof(Names) / sizeof(Names[0]);
    char Line[64];
    SIM_OUTPUT Output;
    ULONG Index;

    SimOptions("no-info-print"); /* it was asked for: it comes all the same */
    KtInit();
    KtpAgain("help");
    KT_CHECK(KtpLines() == Count + 1);
    for (Index = 0; Index < Count; Index++) {
        strcat(strcpy(Line, "] "), Names[Index]);
        KT_CHECK(SimOutputFind(Line) == 1);
    }
    for (Index = 0; SimOutputEntry(Index, &Output); Index++) {
        KT_CHECK(strlen(Output.Text) <= 101);
    }
    KT_CHECK(KtpSays("redzone=") && KtpSays(" (16..2048 by 16, start) guard bytes on each side"));
}

/* ---- under load, and at the wrong moment ---- */

#define KT_WORKERS 3

static volatile LONG KtpStop, KtpRounds;

static VOID KtpWork(PVOID Context)
{
    const ULONG Seed = (ULONG)(ULONG_PTR)Context;
    ULONG Round;

    for (Round = 0; KtpStop == 0; Round++) {
        const SIZE_T Size = 1 + (Round * 37 + Seed * 101) % 700;
        PUCHAR P = KtAllocate(KtPools[Round & 1], Size);
        PVOID Q = McAllocateAs(McExAllocatePoolWithTag, NonPagedPool, Size, KT_TAG, 0, "load.c",
                               1 + Round % 5, "Load");

        if (P == NULL || Q == NULL) {
            return;
        }
        KtFill(P, Size, (UCHAR)Round);
        KtFill(Q, Size, (UCHAR)Round);
        KT_CHECK(KtIsFilled(P, Size, (UCHAR)Round) && KtIsFilled(Q, Size, (UCHAR)Round));
        MEMCHECK_FREE_WITH_TAG(P, KT_TAG);
        McFreeAs(McExFreePoolWithTag, Q, KT_TAG, NULL, 0, "load.c", 9, "Load");
        KT_CHECK(!MEM_VALID_ACCESS(&Round)); /* a finding, ignored or not */
        KtAdd(&KtpRounds, 1);
        if (Round % 16 == 15) {
            KtSleep(1); /* on one CPU the clock stands still until all of them do */
        }
    }
}

static VOID options_change_under_load(VOID)
{
    static const char *const Strings[] = {
        "fill=0,quarantine=1k,owned-sites='load.c:1,load.c:3',system-tags=,on='bad-access:ignore'",
        "fill=1m,no-double-frees,owned-tags=Abcd,system-sites=load.c:2,suppress=leak",
        "double-frees,quarantine-blocks=1,front-redzones,owned-sites=,help,suppress=",
        "defaults,no-free-print,no-info-print,no-halt-on-bad",
        "quarantine=4m,learn=4,no-front-redzones,system-tags='McSt',system-sites=,redzone=64",
        "quarantine=nonsense,owned-tags='McSt',owned-sites=\"load.c\"",
    };
    static KT_THREAD Threads[KT_WORKERS];
    LONG Before;
    ULONG Index;

    SimOptions("no-info-print,no-free-print,no-halt-on-bad");
    KtInit();
    KtIgnore(McKindBadAccess);
#if MEMCHECK_SYSTEM_BLOCKS < 64
    KtIgnore(McKindLateFree); /* others push a block for the system out before its own free */
#endif
    for (Index = 0; Index < KT_WORKERS; Index++) {
        KT_REQUIRE(KtThreadStart(&Threads[Index], KtpWork, (PVOID)(ULONG_PTR)Index));
    }
    for (Index = 0; Index < 30; Index++) {
        Before = KtpRounds;
        KtpAgain(Strings[Index % (sizeof(Strings) / sizeof(Strings[0]))]);
        KT_CHECK(KtWait(&KtpRounds, Before + 20));
    }
    KtAdd(&KtpStop, 1);
    for (Index = 0; Index < KT_WORKERS; Index++) {
        KT_CHECK(KtThreadJoin(&Threads[Index]));
    }
    KT_CHECK(MEM_CHECK() == 0);
}

static VOID KtpReader(PVOID Context)
{
    (void)Context;
    while (KtpStop == 0) {
        MEM_CHECK_OPTIONS();
        KtAdd(&KtpRounds, 1);
        KtSleep(1);
    }
}

/* Two threads that read at once, and EXIT while they do. */
static VOID options_may_be_read_by_several_and_at_exit(VOID)
{
    static KT_THREAD Threads[2];
    ULONG Index;

    SimOptions("no-info-print,owned-tags=Abcd,owned-tags=Efgh");
    KtInit();
    KtIgnore(McKindWrongOrder); /* those who come after EXIT are told */
    for (Index = 0; Index < 2; Index++) {
        KT_REQUIRE(KtThreadStart(&Threads[Index], KtpReader, NULL));
    }
    for (Index = 0; Index < 20; Index++) {
        SimOptions(Index & 1 ? "owned-tags=Abcd,fill=64" : "owned-tags=ijkl,fill=0");
        KtSleep(2);
    }
    KtExit();
    KT_CHECK(KtWait(&KtpRounds, 4));
    KtAdd(&KtpStop, 1);
    for (Index = 0; Index < 2; Index++) {
        KT_CHECK(KtThreadJoin(&Threads[Index]));
    }
}

/* A quarantine without room for one block is no reason to be off: the self-test knows. */
static VOID options_redzones_may_be_larger_than_the_quarantine(VOID)
{
    PUCHAR P;

    SimOptions("info-print,redzone=2048,quarantine=1k");
    SimOutputClear();
    KtInit();
    KT_CHECK(KtpSays("on, self-test passed"));
    P = KtAllocate(NonPagedPool, 100);
    if (P != NULL) {
        KtPoke(P + 100, 0);
        MEMCHECK_FREE_WITH_TAG(P, KT_TAG);
        KT_EXPECT(McKindOverrun);
    }
    KtExit();
}

#endif /* KT_SIM_WORLD */

static VOID options_before_init_and_after_exit_are_reported(VOID)
{
    const MC_FINDING *Finding;

    MEM_CHECK_OPTIONS();
    Finding = KT_EXPECT(McKindWrongOrder);
    KT_CHECK(Finding->By == McByOptions);
    KtInit();
    MEM_CHECK_OPTIONS();
    KT_SILENT();
    KtExit();
    MEM_CHECK_OPTIONS();
    KT_CHECK(KT_EXPECT(McKindWrongOrder)->Reason == McReasonAfterExit);
}

static VOID options_are_read_at_passive_level_only(VOID)
{
    KIRQL Old = KtRaise(DISPATCH_LEVEL);

    MEM_CHECK_OPTIONS();
    KtLower(Old);
    KT_CHECK(KT_EXPECT(McKindWrongIrql)->Reason == McReasonNotPassive);
    Old = KtRaise(APC_LEVEL);
    MEM_CHECK_OPTIONS();
    KtLower(Old);
    KT_CHECK(KT_EXPECT(McKindWrongIrql)->By == McByOptions);
}

const KT_TEST KtTestsOptions[] = {
    KT_TEST_ROW(options_before_init_and_after_exit_are_reported, KT_OWN_INIT),
    KT_TEST_ROW(options_are_read_at_passive_level_only, KT_IRQL),
#ifdef KT_SIM_WORLD
    KT_TEST_ROW(options_at_the_start_are_in_force, KT_SIM | KT_OWN_INIT),
    KT_TEST_ROW(options_that_are_wrong_are_said_and_change_nothing, KT_SIM | KT_OWN_INIT),
    KT_TEST_ROW(options_lines_are_whole, KT_SIM | KT_OWN_INIT),
    KT_TEST_ROW(options_come_from_a_string_that_fits, KT_SIM | KT_OWN_INIT),
    KT_TEST_ROW(options_change_while_the_driver_runs, KT_SIM | KT_OWN_INIT),
    KT_TEST_ROW(options_of_the_report_are_obeyed, KT_SIM | KT_OWN_INIT),
    KT_TEST_ROW(options_of_the_start_do_not_change_later, KT_SIM | KT_OWN_INIT),
    KT_TEST_ROW(options_defaults_takes_all_back, KT_SIM | KT_OWN_INIT | KT_PLAIN),
    KT_TEST_ROW(options_least_fill_is_watched_at_both_ends, KT_SIM | KT_OWN_INIT),
    KT_TEST_ROW(options_let_go_what_was_held_back, KT_SIM | KT_OWN_INIT),
    KT_TEST_ROW(options_lists_change_while_the_driver_runs, KT_SIM | KT_OWN_INIT),
    KT_TEST_ROW(options_list_that_is_too_long_stays, KT_SIM | KT_OWN_INIT | KT_PLAIN),
    KT_TEST_ROW(options_help_has_a_line_for_each, KT_SIM | KT_OWN_INIT),
    KT_TEST_ROW(options_redzones_may_be_larger_than_the_quarantine, KT_SIM | KT_OWN_INIT),
    KT_TEST_ROW(options_change_under_load, KT_SIM | KT_OWN_INIT),
    KT_TEST_ROW(options_may_be_read_by_several_and_at_exit, KT_SIM | KT_OWN_INIT),
#endif
    {NULL, NULL, 0}};

#endif /* MEMCHECK_ON */
