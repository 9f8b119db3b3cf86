/*
 * Each setting of memcfg.h that the report layer obeys. Build this file, together with src/report,
 * once with default settings and once with each of -DMEMCHECK_REPEAT=1, -DMEMCHECK_INFOPRINT_OFF
 * and -DMEMCHECK_HALT_ON_BAD: it expects of each build what the setting says.
 */
#include "test_report_fake.h"

#ifdef MEMCHECK_INFOPRINT
#define SHOWN 1
#else
#define SHOWN 0
#endif
#ifdef MEMCHECK_HALT_ON_BAD
#define HALTS 1
#else
#define HALTS 0
#endif

static BOOLEAN Report(MC_KIND Kind, ULONG Line)
{
    MC_FINDING *F = McReportClaim();

    F->Kind = Kind;
    F->Block.Number = 1;
    F->Block.Allocated.Site.File = "a.c";
    F->Block.Allocated.Site.Line = Line;
    return McReportSubmit(F);
}

static int Begin(void **State)
{
    (void)State;
    FakeReset();
    McReportStart("faulty");
    return 0;
}

static void TestRepeat(void **State)
{
    (void)State;
    assert_true(Report(McKindLeak, 1));
    assert_int_equal(Report(McKindLeak, 1), MEMCHECK_REPEAT);
    assert_int_equal(McReportCounts()->Repeated, !MEMCHECK_REPEAT);
    assert_int_equal(McReportCounts()->Printed, 1 + MEMCHECK_REPEAT);
    assert_int_equal(McReportCounts()->Unremembered, 0);
    McReportRepeats();
    assert_int_equal(FakeLinesWith("1 time more"), !MEMCHECK_REPEAT);
}

/* Notices go with the setting; what was asked for by another setting or a call does not. */
static void TestInfo(void **State)
{
    static const MC_NUMBER Numbers[] = {{"live", 3}};
    static const MC_SITE Site = {"a.c", NULL, 0, 1, 0};
    MC_BLOCK Block;

    (void)State;
    memset(&Block, 0, sizeof(Block));
    McNotice("notice");
    McNoticeNumbers("numbers", Numbers, 1);
    McNoticeSitesBegin();
    McNoticeSite(&Site, 1);
    McNoticeSitesEnd();
    McNoticeSiteKeys(&Site, 1);
    assert_int_equal(Fake.Count, SHOWN ? 7 : 0); /* the numbers are said twice */
    FakeReset();
    McNoticeAlways("always");
    McNoticeUser("user");
    McNoticeBlock("freed", &Block); /* and the block */
    assert_int_equal(Fake.Count, 4);
}

static void TestHaltWithDebugger(void **State)
{
    (void)State;
    Fake.Debugger = TRUE;
    Report(McKindLeak, 1); /* not damage, no bad free */
    assert_int_equal(Fake.Breaks, 0);
    Report(McKindOverrun, 1);
    assert_int_equal(Fake.Breaks, HALTS);
    Report(McKindDoubleFree, 1);
    assert_int_equal(Fake.Breaks, 2 * HALTS);
    assert_int_equal(FakeLinesWith("no debugger"), 0);
}

static void TestHaltWithoutDebugger(void **State)
{
    (void)State;
    Report(McKindLeak, 1);
    assert_int_equal(FakeLinesWith("no debugger"), 0);
    Report(McKindOverrun, 1);
    assert_int_equal(Fake.Breaks, 0);
    assert_int_equal(FakeLinesWith("no debugger: going on"), HALTS);
}

/* The same switches while it runs: whatever was built, each way. */
static void TestRunTime(void **State)
{
    static const MC_NUMBER Numbers[] = {{"live", 3}};
    static const MC_SITE Site = {.File = "a.c", .Line = 1};
    ULONG Shown;

    (void)State;
    for (Shown = 0; Shown < 2; Shown++) {
        McReportSettings(Shown != 0, FALSE, 1, FALSE);
        FakeReset();
        McNotice("notice");
        McNoticeNumbers("numbers", Numbers, 1);
        McNoticeSitesBegin();
        McNoticeSite(&Site, 1);
        McNoticeSitesEnd();
        McNoticeSiteKeys(&Site, 1);
        assert_int_equal(Fake.Count, Shown ? 7 : 0);
        McNoticeAlways("always");
        assert_int_equal(FakeLinesWith("always"), 1);
    }
    assert_true(Report(McKindOverrun, 7));
    assert_false(Report(McKindOverrun, 7));
    McReportSettings(TRUE, TRUE, 1, FALSE);
    assert_true(Report(McKindOverrun, 7));
    assert_true(Report(McKindOverrun, 7));
    McReportSettings(TRUE, FALSE, 1, FALSE);
    assert_false(Report(McKindOverrun, 7));
    Fake.Debugger = TRUE;
    assert_int_equal(Fake.Breaks, 0);
    McReportSettings(TRUE, FALSE, 1, TRUE);
    Report(McKindOverrun, 8);
    assert_int_equal(Fake.Breaks, 1);
    McReportSettings(TRUE, FALSE, 1, FALSE);
    Report(McKindOverrun, 9);
    assert_int_equal(Fake.Breaks, 1);
}

int main(void)
{
    const struct CMUnitTest Tests[] = {
        cmocka_unit_test_setup(TestRepeat, Begin),
        cmocka_unit_test_setup(TestInfo, Begin),
        cmocka_unit_test_setup(TestHaltWithDebugger, Begin),
        cmocka_unit_test_setup(TestHaltWithoutDebugger, Begin),
        cmocka_unit_test_setup(TestRunTime, Begin), /* last: the others see what was built */
    };

    return cmocka_run_group_tests(Tests, NULL, NULL);
}
