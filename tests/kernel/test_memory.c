/*
 * test_memory.c - the pool fails, or has nothing for MemCheck itself: the driver does not suffer.
 *
 * Simulation only: failures must be ordered. MemCheck's own requests are those without KT_TAG.
 */
#include "kernel_test.h"

#ifdef KT_SIM_WORLD

static VOID oom_drains_then_retries(VOID)
{
    PUCHAR P, Held = KtAllocate(NonPagedPool, 1000);
    ULONGLONG Frees;
    SIM_BLOCK Raw;

    KT_REQUIRE(Held != NULL);
    MEMCHECK_FREE_WITH_TAG(Held, KT_TAG);
    KT_CHECK(SimPoolFind(Held, NULL));
    Frees = SimPoolCalls(SIM_FREE_TAG);
    SimFailOnlyTag(KT_TAG);
    SimFailNth(1);
    P = KtAllocate(NonPagedPool, 100);
    SimFailNone();
    KT_CHECK(SimFailures() == 1);
    KT_CHECK(SimPoolCalls(SIM_FREE_TAG) > Frees); /* what was held back was given up first */
    KT_REQUIRE(P != NULL && SimPoolFind(P, &Raw));
    KT_CHECK(Raw.Size > 100); /* and then there was room for redzones */
    KtPoke(P + 100, 0);
    MEMCHECK_FREE(P);
    KT_EXPECT(McKindOverrun);
}

static VOID oom_last_request_is_the_drivers_own(VOID)
{
    SIM_BLOCK Raw;
    ULONG Pool;
    PUCHAR P;

    for (Pool = 0; Pool < 2; Pool++) {
        SimFailLarger(100);
        P = MEM_ALLOCATE_WITH_TAG(KtPools[Pool], 100, KT_TAG);
        KT_REQUIRE(P != NULL && SimPoolFind(P, &Raw));
        KT_CHECK(Raw.Start == P && Raw.Size == 100);
        KT_CHECK(Raw.Type == (ULONG)KtPools[Pool] && Raw.Tag == KT_TAG);
        SimFailNone();
        KtFill(P, 100, 0x33);
        KT_CHECK(MEM_CHECK() == 0);
        KT_CHECK(!MEM_VALID_ACCESS(P)); /* foreign to every look-up */
        KT_EXPECT(McKindBadAccess);
        MEMCHECK_FREE_WITH_TAG(P, KT_TAG);
        KT_CHECK(!SimPoolFind(P, NULL));
    }
}

static VOID oom_null_only_when_the_pool_gives_it(VOID)
{
    SIM_REQUEST Last;
    PVOID P;

    SimFailOnlyTag(KT_TAG);
    SimFailFrom(1);
    P = MEM_ALLOCATE_WITH_TAG(PagedPool, 100, KT_TAG);
    SimFailNone();
    KT_CHECK(P == NULL);
    KT_REQUIRE(SimPoolLast(SIM_ALLOCATE_TAG, &Last));
    KT_CHECK(Last.Size == 100 && Last.Type == PagedPool && Last.Injected);
}

/* ---- raise on failure ---- */

static ULONG KtpRaiseTries, KtpRaiseBits;

static BOOLEAN KtpFailAndWatch(const SIM_REQUEST *Request, PVOID Context)
{
    (void)Context;
    if (Request->Tag != KT_TAG) {
        return FALSE;
    }
    KtpRaiseTries++;
    if (Request->Type & POOL_RAISE_IF_ALLOCATION_FAILURE) {
        KtpRaiseBits++;
    }
    return TRUE;
}

static void KtpRaisingRequest(PVOID Context)
{
    *(PVOID *)Context = MEM_ALLOCATE_WITH_TAG(
        (POOL_TYPE)(NonPagedPool | POOL_RAISE_IF_ALLOCATION_FAILURE), 100, KT_TAG);
}

/* Every attempt but the last returns NULL; the last raises, while MemCheck holds nothing. */
static VOID oom_raise_is_in_the_last_request_only(VOID)
{
    PVOID P = NULL;

    KtpRaiseTries = KtpRaiseBits = 0;
    SimFailWhen(KtpFailAndWatch, NULL);
    KT_CHECK(SimTry(KtpRaisingRequest, &P) == STATUS_INSUFFICIENT_RESOURCES);
    SimFailWhen(NULL, NULL);
    KT_CHECK(P == NULL && KtpRaiseTries > 1 && KtpRaiseBits == 1);
    KT_CHECK(KeGetCurrentIrql() == PASSIVE_LEVEL && SimLocksHeld() == 0);
    KtpRaisingRequest(&P); /* MemCheck goes on */
    KT_REQUIRE(P != NULL);
    MEMCHECK_FREE(P);
}

/* A failure that comes as an exception is one of the pool's failures too, and no success is. */
static VOID oom_raise_is_counted(VOID)
{
    PVOID P = NULL;

    SimFailOnlyTag(KT_TAG);
    SimFailFrom(1);
    KT_CHECK(SimTry(KtpRaisingRequest, &P) == STATUS_INSUFFICIENT_RESOURCES);
    KT_CHECK(MEM_ALLOCATE_WITH_TAG(PagedPool, 100, KT_TAG) == NULL);
    SimFailNone();
    SimFailLarger(100);
    KtpRaisingRequest(&P); /* the driver's own request succeeds */
    SimFailNone();
    KT_REQUIRE(P != NULL);
    MEMCHECK_FREE(P);
    KtExit();
#ifdef MEMCHECK_INFOPRINT
    KT_CHECK(SimOutputFind("untracked=1 failed_by_the_pool=2 ") == 1);
#endif
}

/* ---- MemCheck's own memory fails ---- */

static BOOLEAN KtpFailOwn(const SIM_REQUEST *Request, PVOID Context)
{
    ULONG *Count = Context; /* [0]: every so many, [1]: so far */

    return Request->Tag != KT_TAG && Count[0] != 0 && ++Count[1] % Count[0] == 0;
}

#define KT_WINDOW 500

/* 3,000 allocations and frees; each result is there, aligned, and the driver's alone. Each request
 * failing in turn is for tests/oom. */
static VOID KtpChurn(VOID)
{
    static PUCHAR P[KT_WINDOW];
    static SIZE_T Size[KT_WINDOW];
    ULONG Index, Slot;

    for (Index = 0; Index < 3000 + KT_WINDOW; Index++) {
        Slot = Index % KT_WINDOW;
        if (Index >= KT_WINDOW) {
            KT_CHECK(KtIsFilled(P[Slot], Size[Slot], (UCHAR)Slot));
            MEMCHECK_FREE_WITH_TAG(P[Slot], KT_TAG);
        }
        if (Index < 3000) {
            Size[Slot] = 1 + (Index * 37) % 700 + (Index % 97 == 0 ? 2 * KT_PAGE : 0);
            P[Slot] = MEM_ALLOCATE_WITH_TAG(KtPools[Index & 1], Size[Slot], KT_TAG);
            KT_REQUIRE(P[Slot] != NULL);
            KT_CHECK((ULONG_PTR)P[Slot] % KT_ALIGNMENT == 0);
            KtFill(P[Slot], Size[Slot], (UCHAR)Slot);
        }
    }
    KT_CHECK(MEM_CHECK() == 0);
}

static VOID oom_own_memory_failing_harms_nobody(VOID)
{
    static const ULONG Every[] = {1, 2, 3, 7, 50};
    ULONG Index, Count[2];

    for (Index = 0; Index < sizeof(Every) / sizeof(Every[0]); Index++) {
        Count[0] = 0;
        Count[1] = 0;
        SimFailWhen(KtpFailOwn, Count);
        KtInit();
        Count[0] = Every[Index];
        KtpChurn();
        KtExit();
        KT_SILENT();
        SimFailWhen(NULL, NULL);
        KT_CHECK(SimPoolOutstanding(SIM_DRIVER, NULL) == 0);
    }
}

/* The same from the start: the driver runs unchecked, and a line says so. */
static VOID oom_init_without_memory_lets_the_driver_run(VOID)
{
    ULONG Count[2] = {1, 0};

    SimFailWhen(KtpFailOwn, Count);
    KtInit();
#ifdef MEMCHECK_INFOPRINT
    KT_CHECK(SimOutputCount() >= 1);
#endif
    KtpChurn();
    KtExit();
    KT_SILENT();
    KT_CHECK(SimPoolOutstanding(SIM_DRIVER, NULL) == 0);
}

/* Some of everything, with one request of all failing: no NULL, nothing lost, nothing reported but
 * what is there. A block handed out unprotected has nothing to say, so what is found may be less.
 */
static VOID KtpScenario(VOID)
{
    PUCHAR P[40], Large;
    ULONG Index;

    KtInit();
    for (Index = 0; Index < 40; Index++) {
        P[Index] = MEM_ALLOCATE_WITH_TAG(KtPools[Index & 1], Index * 30, KT_TAG);
        KT_REQUIRE(P[Index] != NULL);
        KtFill(P[Index], Index * 30, 0x44);
    }
    Large = MEM_ALLOCATE(PagedPool, 30 * KT_PAGE);
    KT_REQUIRE(Large != NULL);
    if (MEM_VALID_ACCESS(P[7])) {
        KtPoke(P[7] + 210, 0);
        KT_CHECK(MEM_CHECK() == 1);
    }
    MEM_LIST_DISPLAY();
    for (Index = 0; Index < 40; Index++) {
        KT_CHECK(KtIsFilled(P[Index], Index * 30, 0x44));
        MEMCHECK_FREE(P[Index]);
    }
    MEMCHECK_FREE(Large);
    KtExit();
    KtAllow(McKindOverrun);
    KtAllow(McKindBadAccess);
    KtAllow(McKindBadRequest); /* one of 0 bytes */
    KT_SILENT();
    KT_CHECK(SimPoolOutstanding(SIM_DRIVER, NULL) == 0);
}

static VOID oom_each_request_failing_once(VOID)
{
    ULONG N;

    for (N = 1; N < 2000 && KtFailures == 0; N++) {
        ULONGLONG Failures = SimFailures();

        SimFailNth(N);
        KtpScenario();
        SimFailNone();
        if (SimFailures() == Failures) {
            KT_CHECK(N > 40); /* the run met no failure: every request had its turn */
            return;
        }
    }
    KT_CHECK(N < 2000);
}

#endif

const KT_TEST KtTestsMemory[] = {
#ifdef KT_SIM_WORLD
    KT_TEST_ROW(oom_drains_then_retries, KT_SIM | KT_QUARANTINE),
    KT_TEST_ROW(oom_last_request_is_the_drivers_own, KT_SIM),
    KT_TEST_ROW(oom_null_only_when_the_pool_gives_it, KT_SIM),
    KT_TEST_ROW(oom_raise_is_in_the_last_request_only, KT_SIM),
    KT_TEST_ROW(oom_raise_is_counted, KT_SIM),
    KT_TEST_ROW(oom_own_memory_failing_harms_nobody, KT_SIM | KT_OWN_INIT | KT_EXIT_FREES),
    KT_TEST_ROW(oom_init_without_memory_lets_the_driver_run, KT_SIM | KT_OWN_INIT),
    KT_TEST_ROW(oom_each_request_failing_once, KT_SIM | KT_OWN_INIT | KT_EXIT_FREES),
#endif
    {NULL, NULL, 0}};
