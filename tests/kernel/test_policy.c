/*
 * test_policy.c - which blocks of the kit's own names are guarded in front too: none, but where the
 * user says so, for all, by tag, by site, or because the first blocks of a site all came back.
 *
 * The options are set here as a build would set them, between INIT and the first request of a site.
 * The builds of cmake/host.cmake set them for the whole suite.
 */
#include "kernel_test.h"
#include "memcheck_replace.h"
#include "options.h"

/* ---- in any world ---- */

static VOID policy_kit_names_are_plain(VOID)
{
    const MC_FINDING *Finding;
    PUCHAR P = ExAllocatePoolWithTag(NonPagedPool, 100, KT_TAG);

    KT_REQUIRE(P != NULL);
    KtPoke(P + 100, 0);
    ExFreePoolWithTag(P, KT_TAG);
    Finding = KT_EXPECT(McKindOverrun);
    KT_CHECK(Finding->Block.Front == 0 && !Finding->Sure);
}

static VOID policy_names_of_memcheck_are_owned(VOID)
{
    PUCHAR P = MEM_ALLOCATE(NonPagedPool, 100);

    KT_REQUIRE(P != NULL);
    KtPoke(P - 1, 0);
    MEMCHECK_FREE(P);
    KT_CHECK(KT_EXPECT(McKindUnderrun)->Sure);
}

#ifdef KT_SIM_WORLD

#include "linkway.h"

#define KTP_OTHER 0x72744F4Bu               /* 'KOtr' */
#define KT_ONE    __attribute__((noinline)) /* call site, whoever calls it */

/* A block as a call at this place would get it. */
static KT_ONE PUCHAR KtpAt(const char *File, ULONG Line, ULONG Tag)
{
    PUCHAR P = McAllocateAs(McExAllocatePoolWithTag, NonPagedPool, 100, Tag, 0, File, Line, "F");

    KT_CHECK(P != NULL);
    return P;
}

/* The same of a call that is known by its return address only, as in the link way. */
static PUCHAR KtpAtOffset(ULONG_PTR Offset)
{
    ULONG_PTR Low = 0, High = 0;
    PUCHAR P;

    KT_CHECK(McOsImage(&Low, &High));
    P = McLinkAllocate(McExAllocatePoolWithTag, NonPagedPool, 0, 100, KT_TAG, 0, NULL, 0,
                       (PVOID)(Low + Offset));
    KT_CHECK(P != NULL);
    return P;
}

static BOOLEAN KtpIsOwned(PUCHAR P)
{
    SIM_BLOCK Raw;

    KT_CHECK(SimPoolFind(P, &Raw));
    KT_CHECK(MEM_VALID_ACCESS(P)); /* monitored, either way */
    return Raw.Start != P;
}

/* Is a block like this owned? It is freed again. */
static BOOLEAN KtpOwnedAt(const char *File, ULONG Line, ULONG Tag)
{
    PUCHAR P = KtpAt(File, Line, Tag);
    BOOLEAN Owned = KtpIsOwned(P);

    ExFreePoolWithTag(P, Tag);
    return Owned;
}

static BOOLEAN KtpOwnedAtOffset(ULONG_PTR Offset)
{
    PUCHAR P = KtpAtOffset(Offset);
    BOOLEAN Owned = KtpIsOwned(P);

    ExFreePoolWithTag(P, KT_TAG);
    return Owned;
}

/* The options as this test wants them, whatever the build's are. */
static VOID KtpOptions(VOID)
{
    McOptions.FrontRedzones = 0;
    McOptions.Learn = 0;
    McOptions.OwnedTags = McOptions.OwnedSites = "";
    McOptions.SystemTags = McOptions.SystemSites = "";
}

static VOID policy_front_redzones_own_all(VOID)
{
    PUCHAR P;

    KtpOptions();
    KT_CHECK(!KtpOwnedAt("a.c", 1, KT_TAG));
    McOptions.FrontRedzones = 1;
    KT_CHECK(KtpOwnedAt("a.c", 1, KT_TAG) && KtpOwnedAtOffset(0x100));
    P = KtpAt("a.c", 2, KT_TAG);
    KtPoke(P - 1, 0);
    ExFreePoolWithTag(P, KT_TAG);
    KT_CHECK(KT_EXPECT(McKindUnderrun)->Sure);
}

static VOID policy_for_system_is_plain_whatever_the_options(VOID)
{
    PUCHAR P;

    KtpOptions();
    McOptions.FrontRedzones = 1;
    McOptions.OwnedTags = "McSt";
    McOptions.OwnedSites = "test_policy.c";
    P = MEM_ALLOCATE_FOR_SYSTEM_WITH_TAG(PagedPool, 100, KT_TAG);
    KT_REQUIRE(P != NULL);
    KT_CHECK(!KtpIsOwned(P));
    SimSystemFree(P);
}

static VOID policy_owned_tags(VOID)
{
    KtpOptions();
    McOptions.OwnedTags = "Abcd,McSt";
    KT_CHECK(KtpOwnedAt("a.c", 1, KT_TAG));
    KT_CHECK(!KtpOwnedAt("a.c", 1, KTP_OTHER));
    McOptions.OwnedTags = "";
    KT_CHECK(!KtpOwnedAt("a.c", 1, KT_TAG));
}

static VOID policy_owned_sites(VOID)
{
    KtpOptions();
    McOptions.OwnedSites = "owned.c:120,Whole.c,driver.sys+0x1230,+0x4560";
    KT_CHECK(KtpOwnedAt("C:\\src\\OWNED.C", 120, KT_TAG));
    KT_CHECK(!KtpOwnedAt("C:\\src\\OWNED.C", 121, KT_TAG));
    KT_CHECK(KtpOwnedAt("src/whole.c", 1, KT_TAG) && KtpOwnedAt("src/whole.c", 2, KT_TAG));
    KT_CHECK(!KtpOwnedAt("whole.cpp", 1, KT_TAG));
    KT_CHECK(KtpOwnedAtOffset(0x1230) && KtpOwnedAtOffset(0x4560));
    KT_CHECK(!KtpOwnedAtOffset(0x1234));
}

/* ---- learned ---- */

/* Owned from then on, and not before, when so many blocks of the site were freed through us. */
static VOID policy_learned_when_all_came_back(VOID)
{
    PUCHAR P[6];
    ULONG Index;

    KtpOptions();
    McOptions.Learn = 3;
    for (Index = 0; Index < 6; Index++) {
        P[Index] = KtpAt("a.c", 1, KT_TAG);
        KT_CHECK(!KtpIsOwned(P[Index])); /* none has come back */
    }
    for (Index = 0; Index < 5; Index++) {
        ExFreePoolWithTag(P[Index], KT_TAG);
    }
    P[0] = KtpAt("a.c", 1, KT_TAG);
    KT_CHECK(!KtpIsOwned(P[0])); /* enough, but not all */
    ExFreePoolWithTag(P[0], KT_TAG);
    ExFreePoolWithTag(P[5], KT_TAG);
    KT_CHECK(KtpOwnedAt("a.c", 1, KT_TAG));
    KT_CHECK(!KtpOwnedAt("a.c", 2, KT_TAG)); /* each site for itself */
}

static VOID policy_learned_not_before_the_number(VOID)
{
    ULONG Index;

    KtpOptions();
    McOptions.Learn = 3;
    for (Index = 0; Index < 6; Index++) {
        KT_CHECK(KtpOwnedAt("a.c", 1, KT_TAG) == (Index >= 3));
    }
    McOptions.Learn = 0; /* never */
    for (Index = 0; Index < 6; Index++) {
        KT_CHECK(!KtpOwnedAt("b.c", 1, KT_TAG));
    }
}

/* Nor ever when one was freed elsewhere: handed over, or known by its address that came back. */
static VOID policy_learned_never_when_one_went_elsewhere(VOID)
{
    PUCHAR P, Q;
    ULONG Index;

    KtpOptions();
    McOptions.Learn = 3;
    P = KtpAt("a.c", 1, KT_TAG);
    MEM_HANDED_OVER(P);
    SimSystemFree(P);
    P = KtpAt("b.c", 1, KT_TAG);
    SimSystemFree(P);
    SimPlaceNext(P);
    Q = KtpAt("c.c", 1, KT_TAG);
    KT_CHECK(Q == P);
    ExFreePoolWithTag(Q, KT_TAG);
    for (Index = 0; Index < 10; Index++) {
        KT_CHECK(!KtpOwnedAt("a.c", 1, KT_TAG) && !KtpOwnedAt("b.c", 1, KT_TAG));
        KT_CHECK(KtpOwnedAt("c.c", 1, KT_TAG) == (Index >= 2));
    }
}

/* ---- what the system frees ---- */

/* Plain whatever else is said; counted at exit, not reported. */
static VOID policy_system_lists_are_plain_and_no_leaks(VOID)
{
    PUCHAR P[4];

    KtpOptions();
    McOptions.FrontRedzones = 1;
    McOptions.SystemTags = "KOtr";
    McOptions.SystemSites = "pnp.c:120,+0x1230";
    McOptions.OwnedSites = "pnp.c"; /* a whole file, but for what else is said */
    P[0] = KtpAt("a.c", 1, KTP_OTHER);
    P[1] = KtpAt("pnp.c", 120, KT_TAG);
    P[2] = KtpAtOffset(0x1230);
    KT_CHECK(!KtpIsOwned(P[0]) && !KtpIsOwned(P[1]) && !KtpIsOwned(P[2]));
    KT_CHECK(KtpOwnedAt("pnp.c", 121, KT_TAG));
    McOptions.FrontRedzones = 0;
    P[3] = KtpAt("leak.c", 1, KT_TAG); /* one that nothing is said of */
    KtExit();
    KT_CHECK(KT_EXPECT(McKindLeak)->Block.User == (ULONG_PTR)P[3]);
    KT_SILENT();
    SimSystemFree(P[0]);
    SimSystemFree(P[1]);
    SimSystemFree(P[2]);
    SimSystemFree(P[3]);
}

/* They may never come back: only so many are remembered, the youngest. */
static VOID policy_system_blocks_are_bounded(VOID)
{
    static PUCHAR P[MEMCHECK_SYSTEM_BLOCKS + 4];
    ULONG Index;

    for (Index = 0; Index < MEMCHECK_SYSTEM_BLOCKS + 4; Index++) {
        P[Index] = MEM_ALLOCATE_FOR_SYSTEM_WITH_TAG(NonPagedPool, 40, KT_TAG);
        KT_REQUIRE(P[Index] != NULL);
    }
    for (Index = 0; Index < 4; Index++) {
        KT_CHECK(!MEM_VALID_ACCESS(P[Index]));
        KT_EXPECT(McKindBadAccess);
    }
    for (; Index < MEMCHECK_SYSTEM_BLOCKS + 4; Index++) {
        KT_CHECK(MEM_VALID_ACCESS(P[Index]));
    }
    KtExit();
    KT_SILENT();
    for (Index = 0; Index < MEMCHECK_SYSTEM_BLOCKS + 4; Index++) {
        SimSystemFree(P[Index]);
    }
}

#ifdef MEMCHECK_INFOPRINT

/* ---- the list at exit ---- */

/* All C strings of the macro that was printed, joined as the compiler does it; "": there is none.
 */
static const char *KtpPasted(VOID)
{
    static char List[2000];
    const char *Text = SimOutputText();
    ULONG Length = 0;
    BOOLEAN More = FALSE, Inside;

    for (; *Text != 0; Text++) { /* to the macro's name */
        const char *Name = "#define MEMCHECK_SYSTEM_SITES", *At = Text;

        while (*Name != 0 && *At == *Name) {
            At++;
            Name++;
        }
        if (*Name == 0) {
            More = TRUE;
            break;
        }
    }
    while (More) { /* a line more as long as one ends in \ */
        for (Inside = FALSE; *Text != 0 && *Text != '\n'; Text++) {
            if (*Text == '"') {
                Inside = !Inside;
            } else if (Inside && Length + 1 < sizeof(List)) {
                List[Length++] = *Text;
            }
        }
        More = Text[-1] == '\\' && *Text != 0;
        Text++;
    }
    List[Length] = 0;
    return List;
}

static VOID KtpElsewhere(PUCHAR P)
{
    MEM_HANDED_OVER(P);
    SimSystemFree(P);
}

/* What is pasted as MEMCHECK_SYSTEM_SITES names these sites and no others. */
static VOID policy_sites_freed_elsewhere_are_listed_to_paste(VOID)
{
    static const char Long[] =
        "a-very-long-file-name-that-does-not-fit-into-one-line-of-the-output-"
        "and-goes-on-and-on-until-it-is-well-beyond-a-hundred-columns.c";
    const char *List;
    PUCHAR P[4];

    KtpOptions();
    KtpElsewhere(KtpAt("src/pnp.c", 120, KT_TAG));
    KtpElsewhere(KtpAt("src/pnp.c", 120, KT_TAG));
    KtpElsewhere(KtpAt(Long, 7, KT_TAG));
    KtpElsewhere(KtpAtOffset(0x1230));
    KT_CHECK(!KtpOwnedAt("src/other.c", 5, KT_TAG)); /* came back */
    KtExit();
    KT_CHECK(SimOutputFind("pnp.c:120,") + SimOutputFind("pnp.c:120\"") == 1);
    KT_CHECK(SimOutputFind("(2 buffers)") + SimOutputFind("2 buffers */") == 1);
    List = KtpPasted();
    KT_CHECK(List[0] != 0);
    SimOutputClear();
    KtInit();
    KtpOptions();
    McOptions.FrontRedzones = 1;
    McOptions.SystemSites = List;
    P[0] = KtpAt("src/pnp.c", 120, KT_TAG);
    P[1] = KtpAt(Long, 7, KT_TAG);
    P[2] = KtpAtOffset(0x1230);
    KT_CHECK(!KtpIsOwned(P[0]) && !KtpIsOwned(P[1]) && !KtpIsOwned(P[2]));
    KT_CHECK(KtpOwnedAt("src/other.c", 5, KT_TAG) && KtpOwnedAt("src/pnp.c", 121, KT_TAG));
    MEM_HANDED_OVER(P[0]); /* known already: not listed again */
    KtExit();
    KT_SILENT(); /* no leaks */
    KT_CHECK(SimOutputFind("MEMCHECK_SYSTEM_SITES") == 0);
    SimSystemFree(P[0]);
    SimSystemFree(P[1]);
    SimSystemFree(P[2]);
}

static VOID policy_nothing_to_paste_is_not_said(VOID)
{
    ExFreePoolWithTag(KtpAt("src/other.c", 5, KT_TAG), KT_TAG);
    KtExit();
    KT_CHECK(SimOutputFind("MEMCHECK_SYSTEM_SITES") == 0);
    KT_CHECK(SimOutputFind("freed elsewhere") == 0);
}

#endif

/* ---- the build's own ---- */

/* What -D said is in force: the first tag and the first site of each list. */
static VOID policy_options_of_the_build_are_in_force(VOID)
{
    static const char Tags[] = MEMCHECK_OWNED_TAGS, SystemTags[] = MEMCHECK_SYSTEM_TAGS;
    static const char Sites[] = MEMCHECK_OWNED_SITES, SystemSites[] = MEMCHECK_SYSTEM_SITES;
#ifdef MEMCHECK_FRONT_REDZONES
    const BOOLEAN All = TRUE;
#else
    const BOOLEAN All = FALSE;
#endif
    ULONG Index;

    KT_CHECK(KtpOwnedAt("a.c", 1, KT_TAG) == All);
    if (sizeof(Tags) > 1) { /* as cmake/host.cmake has them */
        KT_CHECK(KtSame(Tags, "KtOw,Ab") && KtpOwnedAt("a.c", 1, 0x774F744Bu));
        KT_CHECK(KtpOwnedAt("a.c", 1, 0x6241u));
    }
    if (sizeof(Sites) > 1) {
        KT_CHECK(KtSame(Sites, "owned.c:7,+0x770"));
        KT_CHECK(KtpOwnedAt("owned.c", 7, KT_TAG) && KtpOwnedAtOffset(0x770));
    }
    if (sizeof(SystemTags) > 1) {
        KT_CHECK(KtSame(SystemTags, "KtSy") && !KtpOwnedAt("a.c", 1, 0x7953744Bu));
    }
    if (sizeof(SystemSites) > 1) {
        KT_CHECK(KtSame(SystemSites, "system.c") && !KtpOwnedAt("System.c", 7, KT_TAG));
    }
    for (Index = 0; Index <= MEMCHECK_LEARN && MEMCHECK_LEARN > 0; Index++) {
        KT_CHECK(KtpOwnedAt("learn.c", 1, KT_TAG) == (All || Index == MEMCHECK_LEARN));
    }
}

#endif

const KT_TEST KtTestsPolicy[] = {
    KT_TEST_ROW(policy_kit_names_are_plain, KT_PLAIN),
    KT_TEST_ROW(policy_names_of_memcheck_are_owned, 0),
#ifdef KT_SIM_WORLD
    KT_TEST_ROW(policy_front_redzones_own_all, KT_SIM),
    KT_TEST_ROW(policy_for_system_is_plain_whatever_the_options, KT_SIM),
    KT_TEST_ROW(policy_owned_tags, KT_SIM),
    KT_TEST_ROW(policy_owned_sites, KT_SIM),
    KT_TEST_ROW(policy_learned_when_all_came_back, KT_SIM),
    KT_TEST_ROW(policy_learned_not_before_the_number, KT_SIM),
    KT_TEST_ROW(policy_learned_never_when_one_went_elsewhere, KT_SIM),
    KT_TEST_ROW(policy_system_lists_are_plain_and_no_leaks, KT_SIM),
    KT_TEST_ROW(policy_system_blocks_are_bounded, KT_SIM),
#ifdef MEMCHECK_INFOPRINT
    KT_TEST_ROW(policy_sites_freed_elsewhere_are_listed_to_paste, KT_SIM),
    KT_TEST_ROW(policy_nothing_to_paste_is_not_said, KT_SIM),
#endif
    KT_TEST_ROW(policy_options_of_the_build_are_in_force, KT_SIM),
#endif
    {NULL, NULL, 0}};
