/*
 * test_watch.c - which requests are monitored at all: watch-tags, watch-sites, skip-tags,
 * skip-sites. One that is not reaches the pool exactly as the driver made it, and its free passes.
 */
#include "kernel_test.h"

#if defined(MEMCHECK_ON) && defined(KT_SIM_WORLD)
#include <stdio.h>
#include <string.h>
#include "linkway.h"

#define KTP_OTHER 0x72744F4Bu /* 'KOtr' */

static VOID KtpAgain(const char *Lists)
{
    char String[400];

    snprintf(String, sizeof(String),
             "info-print,no-free-print,watch-tags=,watch-sites=,skip-tags=,skip-sites=,%s", Lists);
    SimOptions(String);
    SimOutputClear();
    MEM_CHECK_OPTIONS();
}

static PUCHAR KtpAt(const char *File, ULONG Line, ULONG Tag)
{
    PUCHAR P = McAllocateWithTag(NonPagedPool, 100, Tag, File, Line, "F");

    KT_CHECK(P != NULL);
    return P;
}

/* Does MemCheck know the block? Its overrun it then finds; and the free passes either way. */
static BOOLEAN KtpKnown(PUCHAR P, ULONG Tag)
{
    SIM_BLOCK Raw = {0};
    BOOLEAN Known;

    KT_CHECK(SimPoolFind(P, &Raw));
    Known = (BOOLEAN)(Raw.Start != P || Raw.Size != 100);
    KT_CHECK(MEM_VALID_ACCESS(P + 50) == Known);
    KT_CHECK(KtAllow(McKindBadAccess) == (Known ? 0 : 1));
    MEMCHECK_FREE_WITH_TAG(P, Tag);
    KT_CHECK(Known || !SimPoolFind(P, NULL));
    return Known;
}

static BOOLEAN KtpWatched(const char *File, ULONG Line, ULONG Tag)
{
    return KtpKnown(KtpAt(File, Line, Tag), Tag);
}

/* A call known by its return address alone, of a kit's name. */
static BOOLEAN KtpWatchedOffset(ULONG_PTR Offset)
{
    ULONG_PTR Low = 0, High = 0;

    KT_CHECK(McOsImage(&Low, &High));
    return KtpKnown(McLinkAllocate(McExAllocatePoolWithTag, NonPagedPool, 0, 100, KT_TAG, 0, NULL,
                                   0, (PVOID)(Low + Offset)),
                    KT_TAG);
}

static VOID watch_all_without_lists(VOID)
{
    KtpAgain("");
    KT_CHECK(KtpWatched("a.c", 1, KT_TAG) && KtpWatchedOffset(0x100));
    KtExit();
    KT_CHECK(SimOutputFind("not monitored") == 0);
}

static VOID watch_tags_only(VOID)
{
    KtpAgain("watch-tags='Abcd,McSt'");
    KT_CHECK(KtpWatched("a.c", 1, KT_TAG));
    KT_CHECK(!KtpWatched("a.c", 1, KTP_OTHER));
    KT_CHECK(KtpWatched("a.c", 1, KT_TAG)); /* the same site, by turns */
    KT_CHECK(!KtpWatched("a.c", 1, KTP_OTHER) && !KtpWatched("a.c", 1, KTP_OTHER));
    KtpAgain("watch-tags='K*'");
    KT_CHECK(!KtpWatched("a.c", 1, KT_TAG));
    KT_CHECK(KtpWatched("a.c", 1, KTP_OTHER));
}

static VOID watch_sites_only(VOID)
{
    KtpAgain("watch-sites='a.c:1,pnp*.c,+0x100'");
    KT_CHECK(KtpWatched("drv/a.c", 1, KT_TAG) && !KtpWatched("drv/a.c", 2, KT_TAG));
    KT_CHECK(KtpWatched("PnpStart.c", 7, KT_TAG) && !KtpWatched("xpnp.c", 7, KT_TAG));
    KT_CHECK(KtpWatchedOffset(0x100) && !KtpWatchedOffset(0x110));
}

/* What any of the two names is monitored. */
static VOID watch_tags_or_sites(VOID)
{
    KtpAgain("watch-sites=a.c,watch-tags=McSt");
    KT_CHECK(KtpWatched("a.c", 1, KTP_OTHER));
    KT_CHECK(KtpWatched("b.c", 1, KT_TAG));
    KT_CHECK(!KtpWatched("b.c", 1, KTP_OTHER));
}

static VOID watch_not_what_is_skipped(VOID)
{
    KtpAgain("skip-tags=KOtr");
    KT_CHECK(KtpWatched("a.c", 1, KT_TAG) && !KtpWatched("a.c", 1, KTP_OTHER));
    KtpAgain("skip-sites='b*.c:1'");
    KT_CHECK(KtpWatched("a.c", 1, KT_TAG) && KtpWatched("b.c", 2, KT_TAG));
    KT_CHECK(!KtpWatched("b.c", 1, KT_TAG));
    KtpAgain("watch-sites=a.c,skip-tags=KOtr"); /* goes before what is watched */
    KT_CHECK(KtpWatched("a.c", 1, KT_TAG) && !KtpWatched("a.c", 1, KTP_OTHER));
    KtpAgain("watch-tags=McSt,skip-sites=a.c:2");
    KT_CHECK(KtpWatched("a.c", 1, KT_TAG) && !KtpWatched("a.c", 2, KT_TAG));
}

/* Of no tag, by ExAllocatePool: on no list of tags. */
static VOID watch_of_requests_without_a_tag(VOID)
{
    KtpAgain("watch-tags='*'");
    KT_CHECK(!KtpKnown(McAllocate(NonPagedPool, 100, "a.c", 1, "F"), 0));
    KtpAgain("skip-tags='*'");
    KT_CHECK(KtpKnown(McAllocate(NonPagedPool, 100, "a.c", 1, "F"), 0));
    KT_CHECK(!KtpWatched("a.c", 1, KT_TAG));
    KtpAgain("watch-sites=a.c:1");
    KT_CHECK(KtpKnown(McAllocate(NonPagedPool, 100, "a.c", 1, "F"), 0));
    KT_CHECK(!KtpKnown(McAllocate(NonPagedPool, 100, "a.c", 2, "F"), 0));
}

/* Size, type, tag, routine: as the driver has them; nothing is said of it; and it is counted. */
static VOID watch_passes_the_request_as_it_is(VOID)
{
    SIM_REQUEST Request;
    PUCHAR P;

    KtpAgain("skip-sites=a.c");
    P = McAllocateAs(McExAllocatePoolWithTag, PagedPool, 77, 0x01020304, 0, "a.c", 1, "F");
    KT_CHECK(SimPoolLast(SIM_ALLOCATE_TAG, &Request));
    KT_CHECK(Request.Result == P && Request.Size == 77 && Request.Type == PagedPool &&
             Request.Tag == 0x01020304);
    P[77] = 0; /* the pool's rounding, here */
    McFreeAs(McExFreePoolWithTag, P, 0x01020304, NULL, 0, "f.c", 1, "F");
    KT_CHECK(SimPoolLast(SIM_FREE_TAG, &Request) && Request.Tag == 0x01020304);
    P = McAllocate(NonPagedPool, 10, "a.c", 2, "F");
    KT_CHECK(SimPoolLast(SIM_ALLOCATE, &Request) && Request.Result == P && Request.Size == 10);
    MEMCHECK_FREE(P);
    KT_CHECK(!SimPoolFind(P, NULL));
    P = McAllocateWithTag(NonPagedPool, 10, KT_TAG, "b.c", 1, "F"); /* silent beside: one more */
    MEMCHECK_FREE(P);
    KtExit();
    KT_CHECK(SimOutputFind("not monitored 2") == 1 && SimOutputFind("untracked") == 0);
}

/* Not to be a leak, whoever forgets it. */
static VOID watch_tells_no_leak_of_what_is_skipped(VOID)
{
    PUCHAR P;

    KtpAgain("skip-sites=a.c");
    P = KtpAt("a.c", 1, KT_TAG);
    KtExit();
    KT_SILENT();
    ExFreePoolWithTag(P, KT_TAG);
}

/* The pool hands out the address of a plain block that the system freed, to a request that is not
 * monitored: that the record is stale is seen all the same. */
static VOID watch_compares_what_is_skipped_with_plain_blocks(VOID)
{
    PUCHAR P, Q;

    KtpAgain("skip-tags=KOtr");
    P = McAllocateAs(McExAllocatePoolWithTag, NonPagedPool, 100, KT_TAG, 0, "a.c", 1, "F");
    SimSystemFree(P);
    SimPlaceNext(P);
    Q = KtpAt("b.c", 1, KTP_OTHER);
    KT_CHECK(P == Q);
    KT_CHECK(!MEM_VALID_ACCESS(P));
    KT_EXPECT(McKindBadAccess);
    MEMCHECK_FREE_WITH_TAG(Q, KTP_OTHER); /* rightly */
    KtExit();
    KT_CHECK(SimOutputFind("freed elsewhere 1") == 1);
}

/* A block keeps what it was made as. */
static VOID watch_lists_hold_for_requests_to_come(VOID)
{
    PUCHAR P, Q;

    KtpAgain("");
    P = KtpAt("a.c", 1, KT_TAG);
    KtpAgain("skip-sites=a.c");
    Q = KtpAt("a.c", 1, KT_TAG);
    KtpAgain("");
    KtPoke(P + 100, 0);
    KT_CHECK(KtpKnown(P, KT_TAG));
    KT_EXPECT(McKindOverrun);
    KT_CHECK(!KtpKnown(Q, KT_TAG));
    KT_CHECK(KtpWatched("a.c", 1, KT_TAG));
    KtpAgain("skip-sites=a.c"); /* what was decided of a site is decided anew with each list */
    KT_CHECK(!KtpWatched("a.c", 1, KT_TAG));
    KtpAgain("skip-sites=b.c");
    KT_CHECK(KtpWatched("a.c", 1, KT_TAG));
}

static VOID watch_lists_at_the_start_are_in_force(VOID)
{
    SimOptions("info-print,skip-tags=McSt");
    KtInit();
    KT_CHECK(!KtpWatched("a.c", 1, KT_TAG) && KtpWatched("a.c", 1, KTP_OTHER));
    KtExit();
}

static VOID watch_at_dispatch_level(VOID)
{
    KIRQL Old;

    KtpAgain("watch-tags=KOtr");
    Old = KtRaise(DISPATCH_LEVEL);
    KT_CHECK(!KtpWatched("a.c", 1, KT_TAG) && KtpWatched("a.c", 1, KTP_OTHER));
    KtLower(Old);
}

const KT_TEST KtTestsWatch[] = {
    KT_TEST_ROW(watch_all_without_lists, KT_SIM),
    KT_TEST_ROW(watch_tags_only, KT_SIM),
    KT_TEST_ROW(watch_sites_only, KT_SIM),
    KT_TEST_ROW(watch_tags_or_sites, KT_SIM),
    KT_TEST_ROW(watch_not_what_is_skipped, KT_SIM),
    KT_TEST_ROW(watch_of_requests_without_a_tag, KT_SIM),
    KT_TEST_ROW(watch_passes_the_request_as_it_is, KT_SIM),
    KT_TEST_ROW(watch_tells_no_leak_of_what_is_skipped, KT_SIM),
    KT_TEST_ROW(watch_compares_what_is_skipped_with_plain_blocks, KT_SIM | KT_PLAIN),
    KT_TEST_ROW(watch_lists_hold_for_requests_to_come, KT_SIM),
    KT_TEST_ROW(watch_lists_at_the_start_are_in_force, KT_SIM | KT_OWN_INIT),
    KT_TEST_ROW(watch_at_dispatch_level, KT_SIM | KT_IRQL),
    {NULL, NULL, 0}};

#else

const KT_TEST KtTestsWatch[] = {{NULL, NULL, 0}};

#endif
