/*
 * test_tally.c - blocks grouped by the place and path that allocated them: leaks at exit, what is
 * new since a checkpoint, and the tables of MEM_STATISTICS.
 */
#include "kernel_test.h"

#ifdef KT_SIM_WORLD
#include "memcheck_replace.h"
#include "options.h"

#include <stdio.h>
#include <string.h>

/* The checker that tests/naive puts in MemCheck's place has none of these. */
#pragma weak McOptions
#pragma weak McTallyBegin
#pragma weak McTallyEnd
BOOLEAN McTallyBegin(VOID);
VOID McTallyEnd(VOID);
#endif

#ifdef __clang__
#define KT_A_CALL static __attribute__((noinline))
#else
#define KT_A_CALL static __attribute__((noinline, noclone, optimize("no-omit-frame-pointer")))
#endif

/* How often a notice is printed that is made once. */
#ifdef MEMCHECK_INFOPRINT
#define KTP_NOTICES 1u
#else
#define KTP_NOTICES 0u
#endif

static volatile ULONG KtpCalls;

/* One place, so one group; volatile, so that the loop around it stays a loop. */
KT_A_CALL PUCHAR KtpHere(POOL_TYPE PoolType, SIZE_T Size)
{
    PUCHAR P = MEM_ALLOCATE_WITH_TAG(PoolType, Size, KT_TAG);

    KtpCalls++;
    return P;
}

KT_A_CALL PUCHAR KtpThere(POOL_TYPE PoolType, SIZE_T Size)
{
    PUCHAR P = MEM_ALLOCATE_WITH_TAG(PoolType, Size, 0x6F544B42u);

    KtpCalls++;
    return P;
}

KT_A_CALL PUCHAR KtpOnePath(SIZE_T Size)
{
    PUCHAR P = KtpHere(NonPagedPool, Size);

    KtpCalls++;
    return P;
}

KT_A_CALL PUCHAR KtpOtherPath(SIZE_T Size)
{
    PUCHAR P = KtpHere(NonPagedPool, Size);

    KtpCalls += 2;
    return P;
}

static VOID KtpFreeAll(PUCHAR *P, ULONG Count)
{
    ULONG Index;

    for (Index = 0; Index < Count; Index++) {
        MEMCHECK_FREE_WITH_TAG(P[Index], 0);
    }
}

/* ---- leaks ---- */

static VOID tally_leaks_come_with_most_bytes_first(VOID)
{
    const MC_FINDING *Finding;
    volatile ULONG Index;

    for (Index = 0; Index < 3; Index++) {
        KT_REQUIRE(KtpHere(NonPagedPool, 10) != NULL);
    }
    for (Index = 0; Index < 2; Index++) {
        KT_REQUIRE(KtpThere(PagedPool, 1000) != NULL);
    }
    KT_REQUIRE(MEM_ALLOCATE(NonPagedPool, 100) != NULL);
    KtExit();
    KT_REQUIRE(KtPending(McKindLeakSite) == 2);
    KT_CHECK(KT_EXPECT(McKindLeakSite)->Bytes == 2000);
    Finding = KT_EXPECT(McKindLeakSite);
    KT_CHECK(Finding->Bytes == 30 && Finding->Count == 3);
    KT_CHECK(KT_EXPECT(McKindLeak)->Block.Size == 100);
}

static VOID tally_leaks_know_the_oldest_and_the_youngest(VOID)
{
    const MC_FINDING *Finding;
    volatile ULONG Index;
    PUCHAR P[5];

    for (Index = 0; Index < 5; Index++) {
        P[Index] = KtpHere(NonPagedPool, 10 + Index);
        KT_REQUIRE(P[Index] != NULL);
        if (Index == 1 || Index == 3) {
            KtSleep(60); /* a tick may be as long as 16 ms */
        }
    }
    MEMCHECK_FREE(P[0]); /* the oldest of all is no leak, nor is the youngest */
    MEMCHECK_FREE(P[4]);
    KtExit();
    Finding = KT_EXPECT(McKindLeakSite);
    KT_CHECK(Finding->Count == 3 && Finding->Bytes == 11 + 12 + 13);
    KT_CHECK(Finding->Block.User == (ULONG_PTR)P[1] && Finding->Oldest == Finding->Block.Number);
    KT_CHECK(Finding->Youngest != 0 && Finding->Youngest != Finding->Oldest);
    KT_CHECK(Finding->OldestTicks == Finding->Block.Allocated.Ticks);
    KT_CHECK((LONG)(Finding->YoungestTicks - Finding->OldestTicks) > 0);
}

static VOID tally_leak_shows_first_bytes(VOID)
{
    const MC_FINDING *Finding;
    volatile ULONG Index;
    ULONG Pool;

    for (Pool = 0; Pool < 2; Pool++) {
        for (Index = 0; Index < 2; Index++) {
            PUCHAR P = Pool == 0 ? KtpHere(NonPagedPool, 20) : KtpThere(PagedPool, 3);

            KT_REQUIRE(P != NULL);
            KtFill(P, Pool == 0 ? 20 : 3, (UCHAR)(0x41 + Pool));
        }
    }
    KtExit();
    Finding = KT_EXPECT(McKindLeakSite);
    KT_CHECK(Finding->SampleLength == 16 && KtIsFilled(Finding->Sample, 16, 0x41));
    Finding = KT_EXPECT(McKindLeakSite);
    KT_CHECK(Finding->SampleLength == 3 && KtIsFilled(Finding->Sample, 3, 0x42));
}

/* ---- differences ---- */

static VOID tally_difference_has_only_what_is_new_and_still_there(VOID)
{
    MEM_CHECKPOINT_DEFINE(Before);
    const MC_FINDING *Finding;
    volatile ULONG Index;
    PUCHAR Old, P[4];

    Old = KtpHere(NonPagedPool, 100);
    KT_REQUIRE(Old != NULL);
    MEM_CHECKPOINT(&Before);
    KT_CHECK(MEM_DIFFERENCE(&Before) == 0);
    KT_SILENT();
    for (Index = 0; Index < 4; Index++) {
        P[Index] = KtpHere(NonPagedPool, 10);
        KT_REQUIRE(P[Index] != NULL);
    }
    MEMCHECK_FREE(P[1]);
    KT_CHECK(MEM_DIFFERENCE(&Before) == 3);
    Finding = KT_EXPECT(McKindDifference);
    KT_CHECK(Finding->Sure && Finding->Count == 3 && Finding->Bytes == 30);
    KT_CHECK(Finding->Checkpoint == 1 && Finding->Block.User == (ULONG_PTR)P[0]);
    KT_SILENT();
    MEMCHECK_FREE(P[0]);
    MEMCHECK_FREE(P[2]);
    MEMCHECK_FREE(P[3]);
    KT_CHECK(MEM_DIFFERENCE(&Before) == 0);
    KT_SILENT();
    KT_CHECK(MEM_DIFFERENCE(NULL) == 1);
    KT_CHECK(KT_EXPECT(McKindDifference)->Block.User == (ULONG_PTR)Old);
    MEMCHECK_FREE(Old);
}

/* It is printed each time, as it was asked for each time. */
static VOID tally_differences_are_in_order_and_no_repetition(VOID)
{
    MEM_CHECKPOINT_DEFINE(Before);
    PUCHAR P[3];
    ULONG Round;

    MEM_CHECKPOINT(&Before);
    P[0] = KtpHere(NonPagedPool, 10);
    P[1] = KtpThere(NonPagedPool, 1000);
    P[2] = MEM_ALLOCATE_WITH_TAG(NonPagedPool, 100, KT_TAG);
    KT_REQUIRE(P[0] != NULL && P[1] != NULL && P[2] != NULL);
    for (Round = 0; Round < 2; Round++) {
#ifdef KT_SIM_WORLD
        SimOutputClear();
#endif
        KT_CHECK(MEM_DIFFERENCE(&Before) == 3);
#ifdef KT_SIM_WORLD
        KT_CHECK(SimOutputFind("==== NEW SINCE CHECKPOINT 1: ") == 3);
        KT_CHECK(SimOutputFind(" kind=difference ") == 3);
        KT_CHECK(SimOutputFind(" kind=differences ") == KTP_NOTICES); /* the sums */
#endif
        KT_CHECK(KT_EXPECT(McKindDifference)->Bytes == 1000);
        KT_CHECK(KT_EXPECT(McKindDifference)->Bytes == 100);
        KT_CHECK(KT_EXPECT(McKindDifference)->Bytes == 10);
    }
    KtpFreeAll(P, 3);
}

static VOID tally_two_paths_are_two_differences(VOID)
{
    MEM_CHECKPOINT_DEFINE(Before);
    const MC_FINDING *Finding;
    PUCHAR P[2];

    MEM_CHECKPOINT(&Before);
    P[0] = KtpOnePath(10);
    P[1] = KtpOtherPath(20);
    KT_REQUIRE(P[0] != NULL && P[1] != NULL);
    KT_CHECK(MEM_DIFFERENCE(&Before) == 2);
    Finding = KT_EXPECT(McKindDifference);
    KT_CHECK(Finding->Count == 1 && Finding->Bytes == 20);
    KT_CHECK(KT_EXPECT(McKindDifference)->Bytes == 10);
    KtpFreeAll(P, 2);
}

static VOID tally_checkpoints_are_judged(VOID)
{
    static MC_CHECKPOINT Never, Other, Before;
    ULONG Index;

    KtInit();
    KT_CHECK(MEM_DIFFERENCE(&Never) == 0);
    KT_CHECK(KT_EXPECT(McKindWrongOrder)->Reason == McReasonNeverSet);
    KtFill((PUCHAR)&Other, sizeof(Other), 0x5A);
    KT_CHECK(MEM_DIFFERENCE(&Other) == 0);
    KT_CHECK(KT_EXPECT(McKindWrongOrder)->Reason == McReasonNoCheckpoint);
    MEM_CHECKPOINT(NULL);
    KT_CHECK(KT_EXPECT(McKindWrongOrder)->Reason == McReasonNoCheckpoint);
    MEM_CHECKPOINT(&Before);
    Other = Before; /* a copy is as good */
    KT_CHECK(MEM_DIFFERENCE(&Other) == 0);
    KT_SILENT();
    for (Index = 0; Index < MC_CHECKPOINT_LANES; Index++) {
        Other.Blocks[Index]++;
        KT_CHECK(MEM_DIFFERENCE(&Other) == 0);
        KT_CHECK(KT_EXPECT(McKindWrongOrder)->Reason == McReasonNoCheckpoint);
        Other = Before;
    }
    KtExit();
    KtInit();
    KT_CHECK(MEM_DIFFERENCE(&Before) == 0);
    KT_CHECK(KT_EXPECT(McKindWrongOrder)->Reason == McReasonRestarted);
    MEM_CHECKPOINT(&Before);
    KT_CHECK(MEM_DIFFERENCE(&Before) == 0);
    KT_SILENT();
    KtExit();
    KT_CHECK(MEM_DIFFERENCE(&Before) == 0);
    KT_CHECK(KT_EXPECT(McKindWrongOrder)->Reason == McReasonAfterExit);
}

#ifdef KT_SIM_WORLD

/* Of a plain block nothing is read, and nothing is sure: here it is not even there any more. */
static VOID tally_difference_reads_nothing_of_plain_blocks(VOID)
{
    const MC_FINDING *Finding;
    PVOID P;

    P = McAllocateAs(McExAllocatePoolWithTag, NonPagedPool, 100, KT_TAG, 0, "plain.c", 1, "F");
    KT_REQUIRE(P != NULL);
    SimSystemFree(P);
    KT_CHECK(MEM_DIFFERENCE(NULL) == 1);
    Finding = KT_EXPECT(McKindDifference);
    KT_CHECK(!Finding->Sure && Finding->Reason == McReasonPlain && Finding->SampleLength == 0);
    KtExit();
    Finding = KT_EXPECT(McKindLeak);
    KT_CHECK(!Finding->Sure && Finding->SampleLength == 0);
}

/* The simulated kernel stops whoever touches paged memory there. */
static VOID tally_difference_at_dispatch_reads_no_paged_block(VOID)
{
    PUCHAR P[2];
    KIRQL Irql;

    P[0] = KtpHere(PagedPool, 10);
    P[1] = KtpThere(NonPagedPool, 5);
    KT_REQUIRE(P[0] != NULL && P[1] != NULL);
    Irql = KtRaise(DISPATCH_LEVEL);
    KT_CHECK(MEM_DIFFERENCE(NULL) == 2);
    MEM_STATISTICS();
    KtLower(Irql);
    KT_CHECK(KT_EXPECT(McKindDifference)->SampleLength == 0);
    KT_CHECK(KT_EXPECT(McKindDifference)->SampleLength == 5);
    KT_CHECK(MEM_DIFFERENCE(NULL) == 2);
    KT_CHECK(KT_EXPECT(McKindDifference)->SampleLength == 10);
    KtAllow(McKindDifference);
    KtpFreeAll(P, 2);
}

static VOID tally_second_call_at_a_time_is_turned_away(VOID)
{
    PUCHAR P = KtpHere(NonPagedPool, 10);

    KT_REQUIRE(P != NULL && &McTallyBegin != NULL);
    KT_CHECK(McTallyBegin());
    SimOutputClear();
    KT_CHECK(MEM_DIFFERENCE(NULL) == 0);
    KT_CHECK(SimOutputFind("busy: ") == KTP_NOTICES);
    SimOutputClear();
    MEM_STATISTICS();
    KT_CHECK(SimOutputFind("busy: ") == KTP_NOTICES && SimOutputFind("kind=tag") == 0);
    KT_SILENT();
    McTallyEnd();
    KT_CHECK(MEM_DIFFERENCE(NULL) == 1);
    KtAllow(McKindDifference);
    MEMCHECK_FREE(P);
}

/* ---- statistics ---- */

static VOID KtpStatistics(VOID)
{
    SimOutputClear();
    MEM_STATISTICS();
}

static BOOLEAN KtpPrinted(const char *Text)
{
    if (SimOutputFind(Text) == 1) {
        return TRUE;
    }
    KtPrint("not once: \"%s\" in:\n%s", Text, SimOutputText());
    return FALSE;
}

static VOID tally_statistics_count_peak_total_and_frees(VOID)
{
    volatile ULONG Index;
    PUCHAR P[3];

    KT_REQUIRE(&McOptions != NULL);
    SimOptions("info-print,statistics");
    KtInit();
    for (Index = 0; Index < 3; Index++) {
        P[Index] = KtpHere(NonPagedPool, 100);
        KT_REQUIRE(P[Index] != NULL);
    }
    KtpFreeAll(P, 2);
    P[0] = KtpHere(NonPagedPool, 7);
    P[1] = KtpThere(PagedPool, 1000);
    KT_REQUIRE(P[0] != NULL && P[1] != NULL);
    KtpStatistics();
    KT_CHECK(KtpPrinted(" kind=tag tag=McSt live=2 live_bytes=107 peak=3 peak_bytes=300 total=4 "
                        "total_bytes=307 frees=2"));
    KT_CHECK(KtpPrinted(" kind=tag tag=BKTo live=1 live_bytes=1000 peak=1 peak_bytes=1000 total=1 "
                        "total_bytes=1000 frees=0"));
    KT_CHECK(strstr(SimOutputText(), "tag=BKTo") < strstr(SimOutputText(), "tag=McSt"));
    KtpFreeAll(P, 3);
    KtpStatistics();
    KT_CHECK(KtpPrinted(" tag=McSt live=0 live_bytes=0 peak=3 peak_bytes=300 total=4 "
                        "total_bytes=307 frees=4"));
    SimOutputClear();
    KtExit();
    KT_CHECK(KtpPrinted(" tag=McSt live=0 live_bytes=0 peak=3 ")); /* at exit without being asked */
}

/* What the system freed is not in use, and was not freed by the driver. */
static VOID tally_statistics_know_blocks_freed_elsewhere(VOID)
{
    PVOID P;

    KT_REQUIRE(&McOptions != NULL);
    SimOptions("info-print,statistics");
    KtInit();
    P = McAllocateAs(McExAllocatePoolWithTag, NonPagedPool, 100, KT_TAG, 0, "plain.c", 1, "F");
    KT_REQUIRE(P != NULL);
    MEM_HANDED_OVER(P);
    SimSystemFree(P);
    P = KtpHere(NonPagedPool, 50);
    KT_REQUIRE(P != NULL);
    KtpStatistics();
    KT_CHECK(KtpPrinted(" tag=McSt live=1 live_bytes=50 peak=1 peak_bytes=100 total=2 "
                        "total_bytes=150 frees=0"));
    MEMCHECK_FREE(P);
    KtExit();
}

static VOID tally_statistics_off_count_nothing(VOID)
{
    PUCHAR P[2];

    P[0] = KtpHere(NonPagedPool, 100);
    KT_REQUIRE(P[0] != NULL);
    P[1] = KtpThere(NonPagedPool, 100);
    KT_REQUIRE(P[1] != NULL);
    MEMCHECK_FREE(P[1]);
    KtpStatistics();
    KT_CHECK(KtpPrinted(" kind=tag tag=McSt live=1 live_bytes=100\n"));
    KT_CHECK(SimOutputFind("BKTo") == 0 && SimOutputFind("peak=") == 0);
    KT_CHECK(SimOutputFind("option statistics shows") == KTP_NOTICES);
    KtpStatistics(); /* nothing of the walk before is left */
    KT_CHECK(KtpPrinted(" kind=tag tag=McSt live=1 live_bytes=100\n"));
    MEMCHECK_FREE(P[0]);
    SimOutputClear();
    KtExit();
    KT_CHECK(SimOutputFind("kind=tag") == 0);
}

/* Two paths are two rows, each row is in line, and no line is longer than 100 columns. */
static VOID tally_statistics_table_is_in_line(VOID)
{
    SIM_OUTPUT Output;
    ULONG Index, Rows = 0;
    PUCHAR P[2];

    P[0] = KtpOnePath(10);
    P[1] = KtpOtherPath(123456);
    KT_REQUIRE(P[0] != NULL && P[1] != NULL);
    KtpStatistics();
    for (Index = 0; SimOutputEntry(Index, &Output); Index++) {
        const char *Place = strstr(Output.Text, " test_tally.c:");

        KT_CHECK(strstr(Output.Text, "memcheck: v=1") != NULL || strlen(Output.Text) <= 101);
        if (Place != NULL) {
            Rows++;
        }
    }
    KT_CHECK(Rows == 2);
    KT_CHECK(SimOutputFind(" kind=site alloc=test_tally.c:") == 2);
    KT_CHECK(KtpPrinted("McSt        2     123466"));
    KT_CHECK(KtpPrinted("          live      bytes   peak      bytes     total        bytes     "
                        "frees\n"));
    KtpFreeAll(P, 2);
}

/* More tags than there is room for: none is lost, the last ones have one row together. */
static VOID tally_tags_beyond_the_table_share_a_row(VOID)
{
    static PUCHAR P[300];
    char Row[128];
    ULONG Index;

    KT_REQUIRE(&McOptions != NULL);
    SimOptions("info-print,statistics");
    KtInit();
    for (Index = 0; Index < 300; Index++) {
        P[Index] = MEM_ALLOCATE_WITH_TAG(
            NonPagedPool, 10, 0x61610000u + 'A' + Index % 26 + ((Index / 26 + 'a') << 8));
        KT_REQUIRE(P[Index] != NULL);
    }
    for (Index = 290; Index < 300; Index++) {
        MEMCHECK_FREE(P[Index]);
    }
    KtpStatistics();
    KT_CHECK(SimOutputFind(" kind=tag tag=") == 256);
    KT_CHECK(
        KtpPrinted(" kind=tag others=yes live=34 live_bytes=340 peak=44 peak_bytes=440 total=44 "
                   "total_bytes=440 frees=10"));
    snprintf(Row, sizeof(Row), "others%7u%11u%7u%11u%10u%13u%10u\n", 34, 340, 44, 440, 44, 440, 10);
    KT_CHECK(KtpPrinted(Row));
    for (Index = 0; Index < 290; Index++) {
        MEMCHECK_FREE(P[Index]);
    }
    KtExit();
}

/* ---- threads ---- */

static volatile LONG KtpStop, KtpRounds;

static VOID KtpChurn(PVOID Context)
{
    PUCHAR P;

    (void)Context;
    while (KtpStop == 0) {
        P = KtpThere(KtpRounds & 1 ? PagedPool : NonPagedPool, 40);
        if (P != NULL) {
            MEMCHECK_FREE(P);
        }
        if (KtAdd(&KtpRounds, 1) % 16 == 0) {
            KtSleep(1); /* of one processor the others want some, too */
        }
    }
}

/* Others allocate and free meanwhile: what stays is counted right each time. */
static VOID tally_counts_while_others_allocate(VOID)
{
    static KT_THREAD Thread[2];
    MEM_CHECKPOINT_DEFINE(Before);
    ULONG Round;
    PUCHAR P;

    KT_REQUIRE(&McOptions != NULL);
    SimOptions("no-info-print,statistics");
    KtInit();
    KtpStop = KtpRounds = 0;
    KtIgnore(McKindDifference);
    MEM_CHECKPOINT(&Before);
    P = KtpHere(NonPagedPool, 100);
    KT_REQUIRE(P != NULL);
    KT_CHECK(KtThreadStart(&Thread[0], KtpChurn, NULL));
    KT_CHECK(KtThreadStart(&Thread[1], KtpChurn, NULL));
    KT_CHECK(KtWait(&KtpRounds, 10));
    for (Round = 0; Round < 30; Round++) {
        ULONG Blocks = MEM_DIFFERENCE(&Before);

        KT_CHECK(Blocks >= 1 && Blocks <= 3);
        MEM_STATISTICS();
    }
    KtpStop = 1;
    KT_CHECK(KtThreadJoin(&Thread[0]) && KtThreadJoin(&Thread[1]));
    KT_CHECK(MEM_DIFFERENCE(&Before) == 1);
    KtpStatistics();
    KT_CHECK(KtpPrinted(" tag=McSt live=1 live_bytes=100 peak=1 "));
    KT_CHECK(SimOutputFind(" tag=BKTo live=0 live_bytes=0 peak=") == 1);
    MEMCHECK_FREE(P);
    KtExit();
}

#endif

const KT_TEST KtTestsTally[] = {
    KT_TEST_ROW(tally_leaks_come_with_most_bytes_first, KT_EXIT_FREES),
    KT_TEST_ROW(tally_leaks_know_the_oldest_and_the_youngest, KT_EXIT_FREES),
    KT_TEST_ROW(tally_leak_shows_first_bytes, KT_EXIT_FREES),
    KT_TEST_ROW(tally_difference_has_only_what_is_new_and_still_there, 0),
    KT_TEST_ROW(tally_differences_are_in_order_and_no_repetition, 0),
    KT_TEST_ROW(tally_two_paths_are_two_differences, KT_STACKS),
    KT_TEST_ROW(tally_checkpoints_are_judged, KT_OWN_INIT),
#ifdef KT_SIM_WORLD
    KT_TEST_ROW(tally_difference_reads_nothing_of_plain_blocks, KT_SIM | KT_PLAIN | KT_UNMAP),
    KT_TEST_ROW(tally_difference_at_dispatch_reads_no_paged_block, KT_SIM | KT_IRQL),
    KT_TEST_ROW(tally_second_call_at_a_time_is_turned_away, KT_SIM),
    KT_TEST_ROW(tally_statistics_count_peak_total_and_frees, KT_SIM | KT_OWN_INIT),
    KT_TEST_ROW(tally_statistics_know_blocks_freed_elsewhere, KT_SIM | KT_OWN_INIT | KT_PLAIN),
    KT_TEST_ROW(tally_statistics_off_count_nothing, KT_SIM),
    KT_TEST_ROW(tally_statistics_table_is_in_line, KT_SIM | KT_STACKS),
    KT_TEST_ROW(tally_tags_beyond_the_table_share_a_row, KT_SIM | KT_OWN_INIT),
    KT_TEST_ROW(tally_counts_while_others_allocate, KT_SIM | KT_OWN_INIT),
#endif
    {NULL, NULL, 0}};
