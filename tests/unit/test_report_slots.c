/*
 * Claiming, submitting, printing: one report at a time and whole, none left behind, the same
 * finding once, nothing lost without being counted; on one thread, out of McOsPrint, and on eight
 * threads (run it under ThreadSanitizer). For the build with default settings.
 */
#include "test_report_fake.h"

static MC_FINDING *Make(MC_KIND Kind, const char *AllocFile, ULONG AllocLine, ULONG FoundLine)
{
    MC_FINDING *F = McReportClaim();

    if (F != NULL) {
        F->Kind = Kind;
        F->Sure = TRUE;
        F->Block.Number = 7;
        F->Block.Size = 10;
        F->Block.State = McStateLive;
        F->Block.Allocated.Site.File = AllocFile;
        F->Block.Allocated.Site.Line = AllocLine;
        F->Found.Site.File = "found.c";
        F->Found.Site.Line = FoundLine;
    }
    return F;
}

static BOOLEAN Report(MC_KIND Kind, const char *AllocFile, ULONG AllocLine, ULONG FoundLine)
{
    return McReportSubmit(Make(Kind, AllocFile, AllocLine, FoundLine));
}

static int Begin(void **State)
{
    (void)State;
    FakeReset();
    Fake.ImageLow = 0x1000;
    Fake.ImageHigh = 0x2000;
    McReportStart("faulty");
    return 0;
}

static void AssertCounts(LONG Printed, LONG Repeated, LONG Lost, LONG Unremembered)
{
    assert_int_equal(McReportCounts()->Printed, Printed);
    assert_int_equal(McReportCounts()->Repeated, Repeated);
    assert_int_equal(McReportCounts()->Lost, Lost);
    assert_int_equal(McReportCounts()->Unremembered, Unremembered);
}

/* First of all: before any McReportStart. */
static void TestBeforeStart(void **State)
{
    (void)State;
    assert_true(Report(McKindOverrun, "a.c", 1, 2));
    assert_string_equal(Fake.Lines[0], "memcheck[?] #1 ==== BUFFER OVERRUN: 0 bytes written past a "
                                       "10-byte buffer ====");
    assert_int_equal(FakeLinesWith(" s after start"), 0);
    assert_int_equal(FakeLinesWith("memcheck: v=1 drv=%3f n=1 kind=overrun"), 1);
    FakeReset();
}

static void TestStart(void **State)
{
    (void)State;
    Fake.Ticks = 1064;
    assert_true(Report(McKindOverrun, "a.c", 1, 2));
    assert_int_equal(FakeLinesWith("memcheck[faulty] #1 ===="), 1);
    McReportStart("a/very/long/name/of/a/driver/that/is/cut");
    assert_true(Report(McKindOverrun, "a.c", 1, 2)); /* forgotten: new again, and number 1 */
    assert_int_equal(FakeLinesWith("memcheck[a/very/long/name/of/a/driver/tha] #1 ===="), 1);
    AssertCounts(1, 0, 0, 0);
    McReportStart(NULL);
    assert_true(Report(McKindOverrun, "a.c", 1, 2));
    assert_int_equal(FakeLinesWith("memcheck[?] #1 ===="), 1);
}

static void TestDropAndWrong(void **State)
{
    MC_FINDING Own;
    unsigned Index;

    (void)State;
    memset(&Own, 0, sizeof(Own));
    for (Index = 0; Index < 3 * MEMCHECK_REPORT_SLOTS; Index++) {
        McReportDrop(McReportClaim());
    }
    assert_false(McReportSubmit(NULL));
    assert_false(McReportSubmit(&Own));
    McReportDrop(NULL);
    McReportDrop(&Own);
    assert_int_equal(Fake.Count, 0);
    AssertCounts(0, 0, 0, 0);
}

static void TestClaimIsCleared(void **State)
{
    static const MC_FINDING Zero;
    MC_FINDING *F = McReportClaim();

    (void)State;
    memset(F, 0x5a, sizeof(*F));
    McReportDrop(F);
    F = McReportClaim();
    assert_memory_equal(F, &Zero, sizeof(Zero));
    McReportDrop(F);
}

static void TestLost(void **State)
{
    MC_FINDING *F[MEMCHECK_REPORT_SLOTS];
    unsigned Index;

    (void)State;
    for (Index = 0; Index < MEMCHECK_REPORT_SLOTS; Index++) {
        F[Index] = Make(McKindOverrun, "a.c", Index + 1, 2);
        assert_non_null(F[Index]);
    }
    assert_null(McReportClaim());
    AssertCounts(0, 0, 1, 0);
    for (Index = MEMCHECK_REPORT_SLOTS; Index-- != 0;) {
        assert_true(McReportSubmit(F[Index]));
    }
    AssertCounts(MEMCHECK_REPORT_SLOTS, 0, 1, 0);
}

/* ---- once, then counted ---- */

static void TestRepeat(void **State)
{
    static const char SameText[] = "a.c";
    char OtherAddress[] = "a.c";

    (void)State;
    assert_true(Report(McKindOverrun, SameText, 1, 2));
    assert_false(Report(McKindOverrun, OtherAddress, 1, 3)); /* who found it is no difference */
    assert_true(Report(McKindUnderrun, SameText, 1, 2));
    assert_true(Report(McKindOverrun, SameText, 2, 2));
    assert_true(Report(McKindOverrun, "b.c", 1, 2));
    assert_true(Report(McKindDoubleFree, SameText, 1, 2));
    assert_false(Report(McKindDoubleFree, SameText, 1, 2));
    assert_true(Report(McKindDoubleFree, SameText, 1, 3)); /* of a free its site is */
    AssertCounts(6, 2, 0, 0);
    FakeReset();
    McReportRepeats();
    assert_int_equal(Fake.Count, 4);
    assert_string_equal(Fake.Lines[0],
                        "memcheck[faulty] #1 overrun: 1 time more, buffer allocated at a.c:1");
    assert_string_equal(Fake.Lines[1],
                        "memcheck: v=1 drv=faulty n=1 kind=repeated times=1 of=overrun "
                        "alloc=a.c:1");
    assert_string_equal(Fake.Lines[2],
                        "memcheck[faulty] #5 double-free: 1 time more, buffer allocated "
                        "at a.c:1, called at found.c:2");
    assert_string_equal(Fake.Lines[3],
                        "memcheck: v=1 drv=faulty n=5 kind=repeated times=1 of=double-free "
                        "alloc=a.c:1 found=found.c:2");
}

/* Without files the return addresses count; the address of the buffer never does. */
static void TestRepeatByReturnAddress(void **State)
{
    ULONG_PTR Address;
    MC_FINDING *F;

    (void)State;
    for (Address = 0x1100; Address < 0x1500; Address += 0x100) {
        F = Make(McKindOverrun, NULL, 0, 1);
        F->Block.User = Address * 16;
        F->Block.Allocated.Site.ReturnAddress = Address & ~(ULONG_PTR)0x100;
        assert_int_equal(McReportSubmit(F),
                         Address == 0x1100 || Address == 0x1200 || Address == 0x1400);
    }
    AssertCounts(3, 1, 0, 0);
    FakeReset();
    McReportRepeats();
    assert_int_equal(FakeLinesWith("allocated at faulty.sys+0x200"), 1);
}

/* What was freed by one place and written to, and what by another, are two mistakes. */
/* A stack of two frames below the place itself. */
static void SetPath(ULONG Handle, ULONG_PTR Second, ULONG_PTR Third)
{
    FakeStacks[Handle - 1].Count = 3;
    FakeStacks[Handle - 1].Frames[0] = 0x1100;
    FakeStacks[Handle - 1].Frames[1] = Second;
    FakeStacks[Handle - 1].Frames[2] = Third;
}

static BOOLEAN ReportPaths(MC_KIND Kind, ULONG Allocated, ULONG Found)
{
    MC_FINDING *F = Make(Kind, "a.c", 1, 2);

    F->Block.Allocated.Site.Stack = Allocated;
    F->Found.Site.Stack = Found;
    return McReportSubmit(F);
}

/* The call alone tells findings apart, whatever the path to it; but for leaks by path. */
static void TestRepeatByCall(void **State)
{
    (void)State;
    SetPath(1, 0x1200, 0x9000);
    SetPath(2, 0x1300, 0x9000);
    assert_true(ReportPaths(McKindDoubleFree, 1, 1));
    assert_false(ReportPaths(McKindDoubleFree, 2, 1));
    assert_false(ReportPaths(McKindDoubleFree, 1, 2));
    assert_true(ReportPaths(McKindOverrun, 1, 1));
    assert_false(ReportPaths(McKindOverrun, 2, 2));
    assert_true(ReportPaths(McKindLeakSite, 1, 0));
    assert_true(ReportPaths(McKindLeakSite, 2, 0));
    AssertCounts(4, 3, 0, 0);
}

/* As many frames of the driver as are wanted, nearest first. */
static void TestRepeatByFrames(void **State)
{
    (void)State;
    SetPath(1, 0x1200, 0x1400);
    SetPath(2, 0x1200, 0x1500);
    SetPath(3, 0x1300, 0x1400);
    McReportSettings(TRUE, FALSE, 2, FALSE);
    assert_true(ReportPaths(McKindOverrun, 1, 0));
    assert_false(ReportPaths(McKindOverrun, 2, 0));
    assert_true(ReportPaths(McKindOverrun, 3, 0));
    McReportSettings(TRUE, FALSE, 3, FALSE);
    assert_true(ReportPaths(McKindUnderrun, 1, 0));
    assert_true(ReportPaths(McKindUnderrun, 2, 0));
    McReportSettings(TRUE, FALSE, 1, FALSE);
    AssertCounts(4, 1, 0, 0);
}

/* The path in the driver, not that by which the system came to it: but for leaks by path, where
 * each path is told of. Damage does not ask who found it. */
static void TestRepeatByPath(void **State)
{
    (void)State;
    McReportSettings(TRUE, FALSE, 32, FALSE);
    SetPath(1, 0x1200, 0x9000);
    SetPath(2, 0x1200, 0x9100); /* outside the driver it differs */
    SetPath(3, 0x1300, 0x9000);
    assert_true(ReportPaths(McKindDoubleFree, 1, 1));
    assert_false(ReportPaths(McKindDoubleFree, 2, 1));
    assert_false(ReportPaths(McKindDoubleFree, 1, 2));
    assert_true(ReportPaths(McKindDoubleFree, 3, 1));
    assert_true(ReportPaths(McKindDoubleFree, 1, 3));
    assert_true(ReportPaths(McKindOverrun, 1, 1));
    assert_false(ReportPaths(McKindOverrun, 2, 3));
    assert_true(ReportPaths(McKindOverrun, 3, 3));
    assert_true(ReportPaths(McKindLeakSite, 1, 0));
    assert_true(ReportPaths(McKindLeakSite, 2, 0));
    assert_false(ReportPaths(McKindLeakSite, 2, 0));
    assert_true(ReportPaths(McKindLeakSite, MC_STACK_LOST, 0));
    McReportSettings(TRUE, FALSE, 1, FALSE);
    AssertCounts(8, 4, 0, 0);
}

/* The image is not known: then every frame counts. */
static void TestRepeatByPathWithoutImage(void **State)
{
    (void)State;
    Fake.ImageLow = Fake.ImageHigh = 0;
    McReportStart("faulty");
    McReportSettings(TRUE, FALSE, 32, FALSE);
    SetPath(1, 0x1200, 0x9000);
    SetPath(2, 0x1200, 0x9100);
    assert_true(ReportPaths(McKindOverrun, 1, 0));
    assert_true(ReportPaths(McKindOverrun, 2, 0));
    assert_false(ReportPaths(McKindOverrun, 1, 0));
    McReportSettings(TRUE, FALSE, 1, FALSE);
}

static BOOLEAN IdleWhilePrinting;

static void AskIdle(const char *Line)
{
    (void)Line;
    IdleWhilePrinting = (BOOLEAN)(IdleWhilePrinting || McReportIdle());
}

/* Idle is who has no report in the making, none waiting, none half printed. */
static void TestIdle(void **State)
{
    MC_FINDING *F;

    (void)State;
    assert_true(McReportIdle());
    F = Make(McKindOverrun, "a.c", 1, 2);
    assert_false(McReportIdle());
    IdleWhilePrinting = FALSE;
    Fake.OnPrint = AskIdle;
    assert_true(McReportSubmit(F));
    Fake.OnPrint = NULL;
    assert_false(IdleWhilePrinting);
    assert_true(Fake.Count > 3);
    assert_true(McReportIdle());
    McReportDrop(McReportClaim());
    assert_true(McReportIdle());
}

static void TestRepeatWriteAfterFree(void **State)
{
    ULONG Line;
    MC_FINDING *F;

    (void)State;
    for (Line = 1; Line <= 2; Line++) {
        F = Make(McKindWriteAfterFree, "a.c", 1, 100 + Line);
        F->Block.Freed.Site.File = "f.c";
        F->Block.Freed.Site.Line = Line;
        assert_true(McReportSubmit(F));
    }
    F = Make(McKindWriteAfterFree, "a.c", 1, 200);
    F->Block.Freed.Site.File = "f.c";
    F->Block.Freed.Site.Line = 2;
    assert_false(McReportSubmit(F));
}

static void TestRepeatReason(void **State)
{
    MC_FINDING *F = Make(McKindWrongOrder, NULL, 0, 1);

    (void)State;
    F->Reason = McReasonUninitialised;
    assert_true(McReportSubmit(F));
    F = Make(McKindWrongOrder, NULL, 0, 1);
    F->Reason = McReasonAfterExit;
    assert_true(McReportSubmit(F));
    F = Make(McKindWrongOrder, NULL, 0, 1);
    F->Reason = McReasonAfterExit;
    assert_false(McReportSubmit(F));
}

/* Two mistakes in one call are two findings; the same mistake again is not. */
static void TestRepeatRequest(void **State)
{
    static const MC_REASON Reasons[] = {McReasonZeroTag, McReasonZeroBytes, McReasonZeroTag};
    MC_FINDING *F;
    unsigned Index;

    (void)State;
    for (Index = 0; Index < 3; Index++) {
        F = Make(McKindBadRequest, NULL, 0, 1);
        F->Block.Number = 0;
        F->Block.Size = Index; /* what else it asks for is no difference */
        F->Reason = Reasons[Index];
        assert_int_equal(McReportSubmit(F), Index < 2);
    }
    F = Make(McKindBadRequest, NULL, 0, 2);
    F->Block.Number = 0;
    F->Reason = McReasonZeroTag;
    assert_true(McReportSubmit(F));
    FakeReset();
    McReportRepeats();
    assert_int_equal(Fake.Count, 2);
    assert_string_equal(Fake.Lines[0],
                        "memcheck[faulty] #1 bad-request: 1 time more, called at found.c:1");
}

/* Which allocation the pool gave the address to is chance; who freed it is not. */
static void TestRepeatCameBack(void **State)
{
    MC_FINDING *F;
    ULONG Line;

    (void)State;
    for (Line = 1; Line <= 3; Line++) {
        F = Make(McKindDoubleFree, "a.c", 1, 100 + Line);
        F->Reason = McReasonCameBack;
        F->Block.Freed.Site.File = "f.c";
        F->Block.Freed.Site.Line = Line / 2 + 1;
        assert_int_equal(McReportSubmit(F), Line <= 2);
    }
    F = Make(McKindDoubleFree, "a.c", 1, 101);
    F->Reason = McReasonOverlapped;
    F->Block.Freed.Site.File = "f.c";
    F->Block.Freed.Site.Line = 2;
    assert_true(McReportSubmit(F));
    FakeReset();
    McReportRepeats();
    assert_string_equal(Fake.Lines[0], "memcheck[faulty] #2 double-free: 1 time more, buffer "
                                       "allocated at a.c:1, freed at f.c:2");
    assert_string_equal(Fake.Lines[1], "memcheck: v=1 drv=faulty n=2 kind=repeated times=1 "
                                       "of=double-free alloc=a.c:1 free=f.c:2");
}

static void TestRepeatFull(void **State)
{
    ULONG Line;

    (void)State;
    for (Line = 1; Line <= MC_REPEAT_ENTRIES; Line++) {
        assert_true(Report(McKindOverrun, "a.c", Line, 2));
    }
    AssertCounts(MC_REPEAT_ENTRIES, 0, 0, 0);
    assert_true(Report(McKindOverrun, "a.c", 1000, 2));
    assert_true(
        Report(McKindOverrun, "a.c", 1000, 2));       /* printed again: there was no room for it */
    assert_false(Report(McKindOverrun, "a.c", 1, 2)); /* the others are still known */
    AssertCounts(MC_REPEAT_ENTRIES + 2, 1, 0, 2);
}

/* ---- out of McOsPrint ---- */

static unsigned Inner;

static void FindWhilePrinting(const char *Line)
{
    if (strstr(Line, "====") != NULL && Inner < 5) {
        Inner++;
        assert_true(Report(McKindLeak, "inner.c", Inner, 1));
    }
}

static void TestReentered(void **State)
{
    unsigned Index;
    unsigned Number = 0;
    char Expected[64];

    (void)State;
    Inner = 0;
    Fake.OnPrint = FindWhilePrinting;
    assert_true(Report(McKindOverrun, "outer.c", 1, 2));
    AssertCounts(6, 0, 0, 0);
    for (Index = 0; Index < Fake.Count; Index++) { /* each whole, one after the other, in order */
        if (strstr(Fake.Lines[Index], "====") != NULL) {
            Number++;
        }
        sprintf(Expected, "memcheck[faulty] #%u ", Number);
        if (strncmp(Fake.Lines[Index], "memcheck: ", 10) != 0) {
            assert_memory_equal(Fake.Lines[Index], Expected, strlen(Expected));
        }
    }
    assert_int_equal(Number, 6);
}

/* A finding for every line printed, without end: each call ends, and what is left goes out later.
 */
static void FindForEver(const char *Line)
{
    static ULONG Next;

    (void)Line;
    McReportSubmit(Make(McKindLeak, "ever.c", ++Next, 1));
}

static void TestEndless(void **State)
{
    LONG Printed;

    (void)State;
    Fake.OnPrint = FindForEver;
    assert_true(Report(McKindOverrun, "outer.c", 1, 2));
    Printed = McReportCounts()->Printed;
    assert_in_range(Printed, 2, 40);
    assert_true(McReportCounts()->Lost > 0);
    Fake.OnPrint = NULL;
    assert_non_null(Make(McKindOverrun, "outer.c", 2, 2)); /* the one that was printed last */
    assert_int_equal(McReportCounts()->Printed, Printed);
    assert_non_null(
        Make(McKindOverrun, "outer.c", 3, 2)); /* the others are ready: it prints them */
    assert_int_equal(McReportCounts()->Printed, Printed + MEMCHECK_REPORT_SLOTS - 1);
}

/* ---- eight threads ---- */

#define THREADS 8
#define ROUNDS  400

static void *Hammer(void *Which)
{
    ULONG Thread = (ULONG)(size_t)Which;
    MC_FINDING *F;
    ULONG Round;

    for (Round = 1; Round <= ROUNDS; Round++) {
        F = Make(McKindOverrun, "many.c", Round % 300 + 1, Thread);
        if (F != NULL) {
            F->Found.Thread = Thread;
            F->Block.Tag = 0x41414141 + Thread * 0x01010101;
            McReportSubmit(F);
        }
    }
    return NULL;
}

/* Reports stand one behind the other, each whole: title, its lines, the machine line. */
static void AssertWhole(void)
{
    unsigned Number = 0;
    BOOLEAN Open = FALSE;
    char Expected[64];
    char Machine[64];
    unsigned Index;

    for (Index = 0; Index < Fake.Count; Index++) {
        if (!Open) {
            Number++;
            sprintf(Expected, "memcheck[faulty] #%u ", Number);
            sprintf(Machine, "memcheck: v=1 drv=faulty n=%u kind=overrun ", Number);
            assert_non_null(strstr(Fake.Lines[Index], "===="));
            Open = TRUE;
        }
        if (Fake.Lines[Index][8] == ':') {
            assert_memory_equal(Fake.Lines[Index], Machine, strlen(Machine));
            Open = FALSE;
        } else {
            assert_memory_equal(Fake.Lines[Index], Expected, strlen(Expected));
        }
    }
    assert_false(Open);
    assert_int_equal(Number, McReportCounts()->Printed);
}

static void TestThreads(void **State)
{
    pthread_t Threads[THREADS];
    const MC_REPORT_COUNTS *Counts = McReportCounts();
    size_t Index;

    (void)State;
    for (Index = 0; Index < THREADS; Index++) {
        assert_int_equal(pthread_create(&Threads[Index], NULL, Hammer, (void *)(Index + 1)), 0);
    }
    for (Index = 0; Index < THREADS; Index++) {
        pthread_join(Threads[Index], NULL);
    }
    assert_true(Counts->Printed + Counts->Repeated + Counts->Lost <= THREADS * ROUNDS);
    Index = Fake.Count;
    McReportRepeats(); /* what the last turns left */
    assert_int_equal(Counts->Printed + Counts->Repeated + Counts->Lost, THREADS * ROUNDS);
    assert_true(Counts->Printed > 0); /* how many find no slot is chance */
    for (; Index < Fake.Count && strstr(Fake.Lines[Index], " more, ") == NULL; Index++) {
    }
    while (Fake.Count > Index) { /* the lines of the repetitions are no reports */
        free(Fake.Lines[--Fake.Count]);
    }
    AssertWhole();
}

/* ---- notices ---- */

static void TestNotices(void **State)
{
    static const MC_NUMBER Numbers[] = {{"live", 3}, {"freed", 12}, {NULL, 0}, {"not", 1}};
    MC_BLOCK Block;

    (void)State;
    McNotice("started");
    McNoticeNumbers("at exit", Numbers, 4);
    McNoticeNumbers("none", Numbers, 0);
    McNoticeUser("one\n\n\ttwo 100%s\r\n");
    McNoticeUser("");
    memset(&Block, 0, sizeof(Block));
    Block.Number = 3;
    Block.State = McStateLive;
    Block.Size = 1;
    Block.Allocated.Site.ReturnAddress = 0x1234;
    McNoticeBlock("live", &Block);
    assert_int_equal(Fake.Count, 9);
    assert_string_equal(Fake.Lines[0], "memcheck[faulty] started");
    assert_string_equal(Fake.Lines[1], "memcheck[faulty] at exit: live 3, freed 12");
    assert_string_equal(Fake.Lines[2], "memcheck: v=1 drv=faulty kind=at live=3 freed=12");
    assert_string_equal(Fake.Lines[3], "memcheck[faulty] none");
    assert_string_equal(Fake.Lines[4], "memcheck: v=1 drv=faulty kind=none");
    assert_string_equal(Fake.Lines[5], "memcheck[faulty] one");
    assert_string_equal(Fake.Lines[6], "memcheck[faulty]  two 100%s");
    assert_string_equal(Fake.Lines[7], sizeof(ULONG_PTR) > 4
                                           ? "memcheck[faulty] live 00000000`00000000, 1 byte "
                                             "NonPagedPool no tag, block 3 at faulty.sys+0x234"
                                           : "memcheck[faulty] live 00000000, 1 byte NonPagedPool "
                                             "no tag, block 3 at faulty.sys+0x234");
    assert_string_equal(Fake.Lines[8], "memcheck: v=1 drv=faulty kind=live addr=0x0 size=1 "
                                       "alloc=faulty.sys+0x234 tag=none pool=NonPagedPool block=3");
}

/* More numbers than one line holds: none is missing, none is there twice, each line is whole. */
static void TestNoticeManyNumbers(void **State)
{
    char Names[60][24];
    MC_NUMBER Numbers[60];
    unsigned Count;
    unsigned Index;
    char Pair[64];

    (void)State;
    for (Count = 0; Count < 60; Count++) {
        FakeReset();
        for (Index = 0; Index < Count; Index++) {
            sprintf(Names[Index], "Name %c, %c", 'a' + Index % 26, 'a' + Index / 26);
            Numbers[Index].Name = Names[Index];
            Numbers[Index].Value = ~(SIZE_T)0 - Index;
        }
        McNoticeNumbers("many", Numbers, Count);
        for (Index = 0; Index < Fake.Count; Index++) {
            assert_true(strlen(Fake.Lines[Index]) <= 400);
            assert_null(strstr(Fake.Lines[Index], "cut="));
        }
        assert_true(FakeLinesWith("memcheck: v=1 drv=faulty kind=many") >= 1 + Count / 18);
        for (Index = 0; Index < Count; Index++) {
            sprintf(Pair, " name_%c_%c=%zu", 'a' + Index % 26, 'a' + Index / 26,
                    (size_t)Numbers[Index].Value);
            assert_int_equal(FakeLinesWith(Pair), 1);
        }
    }
}

static void NoticeAgain(const char *Line)
{
    static const MC_NUMBER Number[] = {{"again", 1}};

    if (strncmp(Line, "memcheck: ", 10) == 0) {
        McNoticeNumbers("deeper", Number, 1);
    }
}

/* Made while another is printed, and that while a third is: there is an end of buffers, but none
 * waits, what is lost is counted, and the buffers come back. */
static void TestNoticeNested(void **State)
{
    static const MC_NUMBER Number[] = {{"first", 1}};

    (void)State;
    Fake.OnPrint = NoticeAgain;
    McNoticeNumbers("outer", Number, 1);
    assert_int_equal(FakeLinesWith("memcheck: "), 8);
    assert_int_equal(FakeLinesWith("memcheck[faulty] deeper: again 1"), 8);
    AssertCounts(0, 0, 1, 0);
    FakeReset();
    McNoticeNumbers("outer", Number, 1);
    assert_int_equal(FakeLinesWith("memcheck: v=1 drv=faulty kind=outer first=1"), 1);
    AssertCounts(0, 0, 1, 0);
}

static void TestNoticeLong(void **State)
{
    char Long[401];
    unsigned Index;

    (void)State;
    memset(Long, 'w', 400);
    Long[400] = 0;
    for (Index = 9; Index < 400; Index += 10) {
        Long[Index] = ' ';
    }
    McNoticeUser(Long);
    assert_true(Fake.Count >= 5);
    for (Index = 0; Index < Fake.Count; Index++) {
        assert_true(strlen(Fake.Lines[Index]) <= 100);
    }
    assert_memory_equal(Fake.Lines[1], "memcheck[faulty]   www", 22);
}

/* ---- sites to paste ---- */

static void Site(const char *File, ULONG Line, ULONG_PTR ReturnAddress, SIZE_T Count)
{
    MC_SITE Place = {File, "F", ReturnAddress, Line, 0};

    McNoticeSite(&Place, Count);
}

static void SiteKeys(const char *File, ULONG Line, ULONG_PTR ReturnAddress, SIZE_T Count)
{
    MC_SITE Place = {File, "F", ReturnAddress, Line, 0};

    McNoticeSiteKeys(&Place, Count);
}

static void TestSites(void **State)
{
    (void)State;
    McNoticeSitesBegin();
    McNoticeSitesEnd();
    assert_int_equal(Fake.Count, 0);

    McNoticeSitesBegin();
    Site("c:\\src\\bus.c", 120, 0x1100, 3);
    Site(NULL, 0, 0x1234, 1);
    Site("pnp.c", 7, 0, 2);
    McNoticeSitesEnd();
    assert_int_equal(Fake.Count, 5);
    assert_string_equal(Fake.Lines[0], "memcheck[faulty] freed elsewhere: by the system, another "
                                       "driver, or a file without MemCheck");
    assert_string_equal(Fake.Lines[1], "memcheck[faulty] #define MEMCHECK_SYSTEM_SITES \\");
    assert_string_equal(Fake.Lines[2], "memcheck[faulty]     /* 3 buffers */ \"bus.c:120,\" \\");
    assert_string_equal(Fake.Lines[3], "memcheck[faulty]     /* 1 buffer */ \"+0x234,\" \\");
    assert_string_equal(Fake.Lines[4], "memcheck[faulty]     /* 2 buffers */ \"pnp.c:7\"");
    SiteKeys("c:\\src\\bus.c", 120, 0x1100, 3);
    SiteKeys(NULL, 0, 0x1234, 1);
    SiteKeys(NULL, 0, 0, 4);
    assert_int_equal(Fake.Count, 8);
    assert_string_equal(Fake.Lines[5],
                        "memcheck: v=1 drv=faulty kind=freed-elsewhere count=3 alloc=bus.c:120");
    assert_string_equal(Fake.Lines[6], "memcheck: v=1 drv=faulty kind=freed-elsewhere count=1 "
                                       "alloc=faulty.sys+0x234");
    assert_string_equal(Fake.Lines[7], "memcheck: v=1 drv=faulty kind=freed-elsewhere count=4");
}

/* Outside the driver there is no name to paste: the macro must end rightly all the same. */
static void TestSitesNameless(void **State)
{
    (void)State;
    McNoticeSitesBegin();
    Site(NULL, 0, 0x2000, 4);
    Site("pnp.c", 7, 0, 2);
    Site(NULL, 0, 0, 1);
    McNoticeSitesEnd();
    assert_int_equal(Fake.Count, 4);
    assert_string_equal(Fake.Lines[2], "memcheck[faulty]     /* 2 buffers */ \"pnp.c:7\"");
    assert_string_equal(Fake.Lines[3], "memcheck[faulty] freed elsewhere: 5 buffers allocated by "
                                       "code outside the driver");
    FakeReset();
    McNoticeSitesBegin(); /* nothing is left of the last time */
    McNoticeSitesEnd();
    assert_int_equal(Fake.Count, 0);
}

/* Whatever the lengths, the lines are a macro: each but the last ends in a backslash, and the
 * strings, joined, are the site. */
static void TestSitesLong(void **State)
{
    static const char Driver[] = "a_driver_of_thirty_two_characters";
    char Name[300];
    char Expected[400];
    char Joined[400];
    unsigned Length;
    unsigned Index;
    const char *At;
    BOOLEAN In;

    (void)State;
    for (Length = 1; Length < sizeof(Name); Length++) {
        FakeReset();
        Fake.ImageHigh = ~(ULONG_PTR)0;
        McReportStart(Driver);
        memset(Name, 'n', Length);
        Name[Length] = 0;
        McNoticeSitesBegin();
        Site(Name, 4294967295u, 0, ~(SIZE_T)0);
        Site(NULL, 0, ~(ULONG_PTR)1, ~(SIZE_T)0);
        McNoticeSitesEnd();
        Joined[0] = 0;
        for (Index = 0; strstr(Fake.Lines[Index], "#define") == NULL; Index++) {
        }
        for (; Index < Fake.Count; Index++) {
            assert_true(strlen(Fake.Lines[Index]) <= 100);
            assert_int_equal(Fake.Lines[Index][strlen(Fake.Lines[Index]) - 1] == '\\',
                             Index + 1 < Fake.Count);
            for (At = Fake.Lines[Index], In = FALSE; *At != 0; At++) {
                if (*At == '"') {
                    In = !In;
                } else if (In) {
                    strncat(Joined, At, 1);
                }
            }
            assert_false(In);
        }
        snprintf(Expected, sizeof(Expected), "%s:4294967295,+0x%zx", Name, ~(size_t)1);
        assert_string_equal(Joined, Expected);
    }
}

#define WITH(Test) cmocka_unit_test_setup(Test, Begin)

int main(void)
{
    const struct CMUnitTest Tests[] = {
        cmocka_unit_test(TestBeforeStart),
        WITH(TestStart),
        WITH(TestDropAndWrong),
        WITH(TestClaimIsCleared),
        WITH(TestLost),
        WITH(TestRepeat),
        WITH(TestRepeatByReturnAddress),
        WITH(TestRepeatByCall),
        WITH(TestRepeatByFrames),
        WITH(TestRepeatByPath),
        WITH(TestRepeatByPathWithoutImage),
        WITH(TestIdle),
        WITH(TestRepeatWriteAfterFree),
        WITH(TestRepeatReason),
        WITH(TestRepeatRequest),
        WITH(TestRepeatCameBack),
        WITH(TestRepeatFull),
        WITH(TestReentered),
        WITH(TestNotices),
        WITH(TestNoticeManyNumbers),
        WITH(TestNoticeNested),
        WITH(TestNoticeLong),
        WITH(TestSites),
        WITH(TestSitesNameless),
        WITH(TestSitesLong),
        WITH(TestThreads),
        WITH(TestEndless), /* the last: it leaves slots claimed */
    };

    return cmocka_run_group_tests(Tests, NULL, NULL);
}
