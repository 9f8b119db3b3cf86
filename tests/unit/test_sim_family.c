/*
 * test_sim_family.c - the pool routines of each Windows, and the strings whose buffers it frees.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "sim.h"
#include "sim_fixture.h"

static const SIM_WINDOWS Versions[] = {SIM_WINDOWS_2000, SIM_WINDOWS_XP, SIM_WINDOWS_VISTA,
                                       SIM_WINDOWS_8, SIM_WINDOWS_10}; /* oldest first */
enum { W2000, XP, VISTA, W8, W10, COUNT };

static void StartOn(unsigned Version)
{
    SIM_OPTIONS Options = {.Windows = Versions[Version]};

    SimStart(&Options);
}

static void StopBalanced(void)
{
    assert_true(SimPoolReset());
    SimStop();
}

static int StartOn10(void **State)
{
    (void)State;
    StartOn(W10);
    return 0;
}

/* ---- versions ---- */

static void EachSaysItsVersion(void **State)
{
    static const ULONG Says[COUNT] = {0x0500, 0x0501, 0x0600, 0x0602, 0x0A00};
    ULONG Major, Minor, Build, Last = 0;
    unsigned V;

    (void)State;
    for (V = 0; V < COUNT; V++) {
        StartOn(V);
        assert_true(PsGetVersion(&Major, &Minor, &Build, NULL));
        assert_int_equal(Major << 8 | Minor, Says[V]);
        assert_true(Build > Last);
        Last = Build;
        StopBalanced();
    }
    SimStart(NULL);
    assert_true(PsGetVersion(&Major, &Minor, NULL, NULL));
    assert_int_equal(Major << 8 | Minor, 0x0501); /* the default */
    StopBalanced();
}

typedef enum _ASK { ASK_TAG, ASK_PRIORITY, ASK_QUOTA } ASK;

static PVOID Ask(ASK Routine, ULONG Type)
{
    switch (Routine) {
    case ASK_TAG: return ExAllocatePoolWithTag((POOL_TYPE)Type, 100, TAG);
    case ASK_PRIORITY:
        return ExAllocatePoolWithTagPriority((POOL_TYPE)Type, 100, TAG, NormalPoolPriority);
    default: return ExAllocatePoolWithQuotaTag((POOL_TYPE)Type, 100, TAG);
    }
}

/* Is a request with these bits taken? What is not is a misuse of this kind. */
static BOOLEAN Taken(ASK Routine, ULONG Type, SIM_MISUSE Kind)
{
    PVOID P;

    SimExpectMisuse(Kind);
    P = Ask(Routine, Type);
    assert_int_equal(P == NULL, SimMisuseSeen());
    SimExpectMisuse(SIM_MISUSE_NONE);
    if (P != NULL) {
        ExFreePool(P);
    }
    return P != NULL;
}

/* The first version that takes each bit; XP, the default, takes two of later ones. */
static void EachTakesTheBitsOfItsTime(void **State)
{
    static const struct {
        ASK Routine;
        ULONG Type;
        unsigned First;
        BOOLEAN XpToo;
    } Rows[] = {
        {ASK_TAG, NonPagedPool, W2000, TRUE},
        {ASK_TAG, PagedPoolCacheAligned, W2000, TRUE},
        {ASK_TAG, PagedPool | 32, W2000, TRUE},
        {ASK_TAG, PagedPool | POOL_RAISE_IF_ALLOCATION_FAILURE, W2000, TRUE},
        {ASK_QUOTA, PagedPool | POOL_RAISE_IF_ALLOCATION_FAILURE, W2000, TRUE},
        {ASK_TAG, PagedPool | POOL_COLD_ALLOCATION, XP, TRUE},
        {ASK_TAG, NonPagedPool | POOL_QUOTA_FAIL_INSTEAD_OF_RAISE, VISTA, TRUE},
        {ASK_PRIORITY, NonPagedPool | POOL_QUOTA_FAIL_INSTEAD_OF_RAISE, VISTA, TRUE},
        {ASK_QUOTA, NonPagedPool | POOL_QUOTA_FAIL_INSTEAD_OF_RAISE, VISTA, FALSE},
        {ASK_TAG, NonPagedPoolNx, W8, TRUE},
        {ASK_TAG, NonPagedPoolNxCacheAligned, W8, TRUE},
        {ASK_TAG, NonPagedPool | POOL_ZERO_ALLOCATION, VISTA, FALSE},
        {ASK_QUOTA, PagedPool | POOL_ZERO_ALLOCATION, VISTA, FALSE},
        {ASK_PRIORITY, PagedPool | POOL_ZERO_ALLOCATION, VISTA, FALSE},
        {ASK_TAG, 64, COUNT, FALSE},
        {ASK_TAG, 128, COUNT, FALSE},
        {ASK_TAG, 2048, COUNT, FALSE},
        {ASK_TAG, DontUseThisType, COUNT, FALSE},
    };
    unsigned V, R;

    (void)State;
    for (V = 0; V < COUNT; V++) {
        StartOn(V);
        for (R = 0; R < sizeof Rows / sizeof Rows[0]; R++) {
            BOOLEAN Wanted = V >= Rows[R].First || (V == XP && Rows[R].XpToo);

            if (Taken(Rows[R].Routine, Rows[R].Type, SIM_MISUSE_BAD_TYPE) != Wanted) {
                fail_msg("version %u, row %u: %s", V, R, Wanted ? "refused" : "taken");
            }
        }
        StopBalanced();
    }
}

static void MustSucceedIsOf2000(void **State)
{
    unsigned V;

    (void)State;
    for (V = 0; V < COUNT; V++) {
        StartOn(V);
        assert_int_equal(Taken(ASK_TAG, NonPagedPoolMustSucceed, SIM_MISUSE_MUST_SUCCEED),
                         V == W2000);
        assert_int_equal(
            Taken(ASK_PRIORITY, NonPagedPoolCacheAlignedMustS, SIM_MISUSE_MUST_SUCCEED),
            V == W2000);
        StopBalanced();
    }
}

static BOOLEAN AllZero(const void *P, SIZE_T Size)
{
    const UCHAR *Byte = P;
    SIZE_T I;

    for (I = 0; I < Size && Byte[I] == 0; I++) {
    }
    return I == Size;
}

/* POOL_ZERO_ALLOCATION is honoured by Windows 10 only, and there for used memory too. */
static void ZeroBitIsHonouredOn10(void **State)
{
    char *P;
    unsigned V, R;

    (void)State;
    for (V = VISTA; V < COUNT; V++) {
        StartOn(V);
        for (R = ASK_TAG; R <= ASK_QUOTA; R++) {
            P = Ask((ASK)R, PagedPool | POOL_ZERO_ALLOCATION);
            assert_int_equal(AllZero(P, 100), V == W10);
            memset(P, 0x55, 100);
            ExFreePool(P);
            assert_ptr_equal(P, Ask((ASK)R, PagedPool | POOL_ZERO_ALLOCATION)); /* it comes back */
            assert_int_equal(AllZero(P, 100), V == W10);
            ExFreePool(P);
        }
        StopBalanced();
    }
}

static PVOID Got;

static void AskQuota(PVOID Type)
{
    Got = &Got;
    Got = Ask(ASK_QUOTA, (ULONG)(ULONG_PTR)Type);
}

static void QuotaRaises(void **State)
{
    unsigned V;

    (void)State;
    for (V = 0; V < COUNT; V++) {
        StartOn(V);
        SimFailEvery(1);
        assert_int_equal(SimTry(AskQuota, NULL), STATUS_QUOTA_EXCEEDED);
        assert_ptr_equal(Got, &Got);
        if (V >= VISTA) {
            assert_int_equal(SimTry(AskQuota, (PVOID)POOL_QUOTA_FAIL_INSTEAD_OF_RAISE),
                             STATUS_SUCCESS);
            assert_null(Got);
        }
        SimFailNone();
        StopBalanced();
    }
}

/* Before Vista quota is charged at APC_LEVEL at most. */
static void QuotaAtDispatch(void **State)
{
    KIRQL Irql;
    unsigned V;

    (void)State;
    for (V = 0; V < COUNT; V++) {
        StartOn(V);
        KeRaiseIrql(APC_LEVEL, &Irql);
        assert_true(Taken(ASK_QUOTA, NonPagedPool, SIM_MISUSE_IRQL));
        assert_true(Taken(ASK_QUOTA, PagedPool, SIM_MISUSE_IRQL));
        KeRaiseIrql(DISPATCH_LEVEL, &Irql);
        assert_int_equal(Taken(ASK_QUOTA, NonPagedPool, SIM_MISUSE_IRQL), V >= VISTA);
        assert_false(Taken(ASK_QUOTA, PagedPool, SIM_MISUSE_PAGED_IRQL));
        KeLowerIrql(PASSIVE_LEVEL);
        StopBalanced();
    }
}

static void RoutinesOf10AreNotElsewhere(void **State)
{
    char *P;
    unsigned V;

    (void)State;
    for (V = 0; V < W10; V++) {
        StartOn(V);
        SimExpectMisuse(SIM_MISUSE_NO_ROUTINE);
        assert_null(ExAllocatePool2(POOL_FLAG_PAGED, 10, TAG));
        assert_true(SimMisuseSeen());
        SimExpectMisuse(SIM_MISUSE_NO_ROUTINE);
        assert_null(ExAllocatePool3(POOL_FLAG_PAGED, 10, TAG, NULL, 0));
        assert_true(SimMisuseSeen());
        P = ExAllocatePool(PagedPool, 10);
        SimExpectMisuse(SIM_MISUSE_NO_ROUTINE);
        ExFreePool2(P, 0, NULL, 0);
        assert_true(SimMisuseSeen() && SimPoolFind(P, NULL));
        ExFreePool(P);
        StopBalanced();
    }
}

/* ---- POOL_FLAGS ---- */

static void FlagsChooseTheMemory(void **State)
{
    static const struct {
        POOL_FLAGS Flags;
        ULONG Type;
    } Rows[] = {
        {POOL_FLAG_NON_PAGED, NonPagedPoolNx},
        {POOL_FLAG_NON_PAGED_EXECUTE, NonPagedPool},
        {POOL_FLAG_PAGED, PagedPool},
        {POOL_FLAG_NON_PAGED | POOL_FLAG_CACHE_ALIGNED, NonPagedPoolNxCacheAligned},
        {POOL_FLAG_PAGED | POOL_FLAG_CACHE_ALIGNED, PagedPoolCacheAligned},
        {POOL_FLAG_PAGED | POOL_FLAG_SESSION, PagedPool | 32},
        {POOL_FLAG_PAGED | POOL_FLAG_USE_QUOTA | POOL_FLAG_RAISE_ON_FAILURE, PagedPool},
        {POOL_FLAG_PAGED | POOL_FLAG_SPECIAL_POOL | (POOL_FLAGS)1 << 63, PagedPool},
    };
    SIM_REQUEST Last;
    SIM_BLOCK Block;
    PVOID P;
    unsigned R;

    (void)State;
    for (R = 0; R < sizeof Rows / sizeof Rows[0]; R++) {
        P = ExAllocatePool2(Rows[R].Flags, 100, TAG);
        assert_true(P != NULL && SimPoolFind(P, &Block));
        assert_int_equal(Block.Type, Rows[R].Type);
        assert_int_equal(SimIsPaged(P), Rows[R].Type & 1);
        assert_int_equal((ULONG_PTR)P % ((Rows[R].Type & 4) ? 64 : 8), 0);
        assert_true(SimPoolLast(SIM_ALLOCATE_POOL2, &Last));
        assert_true(Last.Result == P && Last.Size == 100 && Last.Tag == TAG);
        assert_true(((POOL_FLAGS)Last.FlagsHigh << 32 | Last.Type) == Rows[R].Flags);
        ExFreePoolWithTag(P, TAG);
    }
    P = ExAllocatePool2(POOL_FLAG_NON_PAGED, 3 * PAGE_SIZE, TAG);
    assert_int_equal((ULONG_PTR)P % PAGE_SIZE, 0);
    assert_true(AllZero(P, 3 * PAGE_SIZE));
    ExFreePool2(P, TAG, NULL, 0);
    assert_true(SimPoolLast(SIM_FREE_POOL2, &Last));
    assert_true(Last.Result == P && Last.Tag == TAG && !Last.Misuse);
}

static void FlagsZeroUnlessTold(void **State)
{
    char *P = ExAllocatePool2(POOL_FLAG_PAGED | POOL_FLAG_UNINITIALIZED, 100, TAG);

    (void)State;
    assert_false(AllZero(P, 100));
    memset(P, 0x55, 100);
    ExFreePool(P);
    assert_ptr_equal(P, ExAllocatePool2(POOL_FLAG_PAGED | POOL_FLAG_UNINITIALIZED, 100, TAG));
    assert_int_equal(P[99], 0x55);
    ExFreePool(P);
    assert_ptr_equal(P, ExAllocatePool2(POOL_FLAG_PAGED, 100, TAG));
    assert_true(AllZero(P, 100));
    ExFreePool(P);
}

typedef struct _REQUEST {
    POOL_FLAGS Flags;
    SIZE_T Size;
    ULONG Tag;
    PCPOOL_EXTENDED_PARAMETER Parameters;
    ULONG Count;
} REQUEST;

static void Ask3(PVOID Context)
{
    const REQUEST *R = Context;

    Got = &Got;
    Got = ExAllocatePool3(R->Flags, R->Size, R->Tag, R->Parameters, R->Count);
}

/* Invalid requests fail, and are no misuse; where the flags say so they raise. */
static void InvalidRequestsFail(void **State)
{
    static const POOL_EXTENDED_PARAMETER Unknown = {{9, 0, 0}, {0}};
    static const POOL_EXTENDED_PARAMETER Nothing = {{PoolExtendedParameterInvalidType, 0, 0}, {0}};
    static const POOL_EXTENDED_PARAMETER NoPool = {{PoolExtendedParameterSecurePool, 0, 0}, {0}};
    static const REQUEST Rows[] = {
        {POOL_FLAG_PAGED, 100, 0, NULL, 0},
        {POOL_FLAG_PAGED, 0, TAG, NULL, 0},
        {0, 100, TAG, NULL, 0},
        {POOL_FLAG_UNINITIALIZED, 100, TAG, NULL, 0},
        {POOL_FLAG_PAGED | POOL_FLAG_NON_PAGED, 100, TAG, NULL, 0},
        {POOL_FLAG_NON_PAGED_EXECUTE | POOL_FLAG_NON_PAGED, 100, TAG, NULL, 0},
        {POOL_FLAG_PAGED | 0x10, 100, TAG, NULL, 0},
        {POOL_FLAG_PAGED | 0x200, 100, TAG, NULL, 0},
        {POOL_FLAG_PAGED | 0x80000000u, 100, TAG, NULL, 0},
        {POOL_FLAG_PAGED, 100, TAG, &Unknown, 1},
        {POOL_FLAG_PAGED, 100, TAG, &Nothing, 1},
        {POOL_FLAG_PAGED, 100, TAG, &NoPool, 1},
        {POOL_FLAG_PAGED, 100, TAG, NULL, 1},
    };
    SIM_REQUEST Last;
    REQUEST Row;
    unsigned R;

    (void)State;
    for (R = 0; R < sizeof Rows / sizeof Rows[0]; R++) {
        Row = Rows[R];
        assert_int_equal(SimTry(Ask3, &Row), STATUS_SUCCESS);
        assert_null(Got);
        assert_true(SimPoolLast(SIM_ALLOCATE_POOL3, &Last));
        assert_true(Last.Result == NULL && !Last.Misuse && !Last.Injected);
        assert_ptr_equal(Last.Parameters, Row.Parameters);
        assert_int_equal(Last.ParameterCount, Row.Count);
        Row.Flags |= POOL_FLAG_RAISE_ON_FAILURE;
        assert_int_equal(SimTry(Ask3, &Row), STATUS_INVALID_PARAMETER);
        assert_ptr_equal(Got, &Got);
    }
    assert_null(ExAllocatePool2(POOL_FLAG_PAGED, 100, 0));
    assert_null(ExAllocatePool2(POOL_FLAG_PAGED, 0, TAG));
    assert_int_equal(SimPoolOutstanding(SIM_DRIVER, NULL), 0);
}

static void NoMemoryGivesNullOrRaises(void **State)
{
    REQUEST Row = {POOL_FLAG_PAGED, 100, TAG, NULL, 0};

    (void)State;
    SimFailEvery(1);
    assert_int_equal(SimTry(Ask3, &Row), STATUS_SUCCESS);
    assert_null(Got);
    Row.Flags = POOL_FLAG_PAGED | POOL_FLAG_USE_QUOTA;
    assert_int_equal(SimTry(Ask3, &Row), STATUS_SUCCESS);
    assert_null(Got);
    Row.Flags = POOL_FLAG_PAGED | POOL_FLAG_RAISE_ON_FAILURE;
    assert_int_equal(SimTry(Ask3, &Row), STATUS_INSUFFICIENT_RESOURCES);
    Row.Flags = POOL_FLAG_PAGED | POOL_FLAG_USE_QUOTA | POOL_FLAG_RAISE_ON_FAILURE;
    assert_int_equal(SimTry(Ask3, &Row), STATUS_QUOTA_EXCEEDED);
    assert_int_equal(SimFailures(), 4);
    SimFailNone();
}

static void FlagsAtDispatch(void **State)
{
    KIRQL Irql;
    PVOID P;

    (void)State;
    KeRaiseIrql(DISPATCH_LEVEL, &Irql);
    P = ExAllocatePool2(POOL_FLAG_NON_PAGED | POOL_FLAG_USE_QUOTA, 100, TAG);
    assert_non_null(P);
    ExFreePool2(P, TAG, NULL, 0);
    SimExpectMisuse(SIM_MISUSE_PAGED_IRQL);
    assert_null(ExAllocatePool2(POOL_FLAG_PAGED, 100, TAG));
    assert_true(SimMisuseSeen());
    KeRaiseIrql(DISPATCH_LEVEL + 1, &Irql);
    SimExpectMisuse(SIM_MISUSE_IRQL);
    assert_null(ExAllocatePool2(POOL_FLAG_NON_PAGED, 100, TAG));
    assert_true(SimMisuseSeen());
    KeLowerIrql(PASSIVE_LEVEL);
}

static void ParametersAreTaken(void **State)
{
    POOL_EXTENDED_PARAMETER Two[2] = {{{PoolExtendedParameterPriority, 0, 0}, {0}},
                                      {{9, 1, 0}, {0}}}; /* unknown, but optional */
    PVOID P;

    (void)State;
    Two[0].Priority = HighPoolPriority;
    P = ExAllocatePool3(POOL_FLAG_NON_PAGED, 100, TAG, Two, 2);
    assert_non_null(P);
    ExFreePool2(P, TAG, Two, 2);
    Two[0].Type = PoolExtendedParameterNumaNode;
    P = ExAllocatePool3(POOL_FLAG_NON_PAGED, 100, TAG, Two, 1);
    assert_non_null(P);
    SimExpectMisuse(SIM_MISUSE_SECURE_POOL);
    ExFreePool2(P, TAG, NULL, 1);
    assert_true(SimMisuseSeen());
    SimExpectMisuse(SIM_MISUSE_WRONG_TAG);
    ExFreePool2(P, TAG + 1, NULL, 0);
    assert_true(SimMisuseSeen());
    ExFreePool2(P, 0, NULL, 0);
    SimExpectMisuse(SIM_MISUSE_FREE_TWICE);
    ExFreePool2(P, 0, NULL, 0);
    assert_true(SimMisuseSeen());
}

static void SecurePoolGoesBackAsSuch(void **State)
{
    POOL_EXTENDED_PARAMS_SECURE_POOL Pool = {NULL, NULL, 0, 0};
    POOL_EXTENDED_PARAMETER Parameter = {{PoolExtendedParameterSecurePool, 0, 0}, {0}};
    PVOID P, Plain;

    (void)State;
    Parameter.SecurePoolParams = &Pool;
    P = ExAllocatePool3(POOL_FLAG_NON_PAGED, 100, TAG, &Parameter, 1);
    Plain = ExAllocatePool2(POOL_FLAG_NON_PAGED, 100, TAG);
    assert_true(P != NULL && Plain != NULL);
    SimExpectMisuse(SIM_MISUSE_SECURE_POOL);
    ExFreePoolWithTag(P, TAG);
    assert_true(SimMisuseSeen());
    SimExpectMisuse(SIM_MISUSE_SECURE_POOL);
    ExFreePool2(P, TAG, NULL, 0);
    assert_true(SimMisuseSeen());
    SimExpectMisuse(SIM_MISUSE_SECURE_POOL);
    ExFreePool2(Plain, TAG, &Parameter, 1);
    assert_true(SimMisuseSeen());
    ExFreePool2(P, TAG, &Parameter, 1);
    assert_ptr_equal(P, ExAllocatePool2(POOL_FLAG_NON_PAGED, 100, TAG)); /* ordinary again */
    ExFreePool(P);
    ExFreePool(Plain);
}

/* ---- strings ---- */

static UNICODE_STRING Unicode(PVOID Buffer)
{
    UNICODE_STRING String = {10, 20, Buffer};

    return String;
}

static void StringsAreFreedAndCleared(void **State)
{
    UNICODE_STRING Wide = Unicode(ExAllocatePoolWithTag(PagedPool, 20, TAG));
    ANSI_STRING Ansi = {1, 2, ExAllocatePool(NonPagedPool, 2)};
    OEM_STRING Oem = {3, 4, SimForeignAllocate(PagedPool, 4)}; /* made by the system */
    SIM_REQUEST Last;
    PVOID P = Wide.Buffer;

    (void)State;
    RtlFreeUnicodeString(&Wide);
    assert_true(SimPoolLast(SIM_FREE_STRING, &Last) && Last.Result == P && !Last.Misuse);
    RtlFreeAnsiString(&Ansi);
    RtlFreeOemString(&Oem);
    assert_int_equal(SimPoolCalls(SIM_FREE_STRING), 3);
    assert_true(Wide.Buffer == NULL && Wide.Length == 0 && Wide.MaximumLength == 0);
    assert_true(Ansi.Buffer == NULL && Ansi.Length == 0 && Ansi.MaximumLength == 0);
    assert_true(Oem.Buffer == NULL && Oem.Length == 0 && Oem.MaximumLength == 0);
    RtlFreeUnicodeString(&Wide); /* nothing there: nothing */
    RtlFreeAnsiString(&Ansi);
    RtlFreeOemString(&Oem);
    assert_int_equal(SimPoolCalls(SIM_FREE_STRING), 3);
}

/* A bad buffer is what it is in ExFreePool; block and string stay. */
static void BadStringBuffers(void **State)
{
    char *P = ExAllocatePoolWithTag(NonPagedPool, 64, TAG);
    char *Protected = ExAllocatePoolWithTag(NonPagedPool, 64, TAG | PROTECTED_POOL);
    UNICODE_STRING Wide = Unicode(P + 16);
    ANSI_STRING Ansi = {1, 2, NULL};
    OEM_STRING Oem = {1, 2, Protected};
    char Local[8];

    (void)State;
    SimExpectMisuse(SIM_MISUSE_FREE_INTERIOR);
    RtlFreeUnicodeString(&Wide);
    assert_true(SimMisuseSeen() && strstr(SimMisuseText(), "RtlFreeUnicodeString(") != NULL);
    assert_true((char *)Wide.Buffer == P + 16 && Wide.Length == 10 && Wide.MaximumLength == 20);
    Ansi.Buffer = Local;
    SimExpectMisuse(SIM_MISUSE_FREE_UNKNOWN);
    RtlFreeAnsiString(&Ansi);
    assert_true(SimMisuseSeen() && Ansi.Buffer == Local && Ansi.Length == 1);
    SimExpectMisuse(SIM_MISUSE_PROTECTED_TAG); /* these frees give no tag */
    RtlFreeOemString(&Oem);
    assert_true(SimMisuseSeen() && Oem.Buffer == Protected);
    Ansi.Buffer = P;
    RtlFreeAnsiString(&Ansi);
    Ansi.Buffer = P;
    SimExpectMisuse(SIM_MISUSE_FREE_TWICE);
    RtlFreeAnsiString(&Ansi);
    assert_true(SimMisuseSeen());
    ExFreePoolWithTag(Protected, TAG);
}

static void StringsArePassiveOnly(void **State)
{
    UNICODE_STRING Wide = Unicode(ExAllocatePool(NonPagedPool, 20));
    UNICODE_STRING None = Unicode(NULL);
    PVOID P = Wide.Buffer;
    KIRQL Irql;

    (void)State;
    KeRaiseIrql(APC_LEVEL, &Irql);
    SimExpectMisuse(SIM_MISUSE_IRQL);
    RtlFreeUnicodeString(&Wide);
    assert_true(SimMisuseSeen() && Wide.Buffer == P && SimPoolFind(P, NULL));
    SimExpectMisuse(SIM_MISUSE_IRQL);
    RtlFreeUnicodeString(&None);
    assert_true(SimMisuseSeen());
    KeLowerIrql(Irql);
    RtlFreeUnicodeString(&Wide);
}

/* ---- unexpected, they end the program ---- */

static void InteriorString(void)
{
    UNICODE_STRING Wide;

    StartOn(XP);
    Wide = Unicode((char *)ExAllocatePool(NonPagedPool, 64) + 16);
    RtlFreeUnicodeString(&Wide);
}

static void Pool2OnVista(void)
{
    StartOn(VISTA);
    ExAllocatePool2(POOL_FLAG_PAGED, 100, TAG);
}

static void Pool2UnderLock(void)
{
    KSPIN_LOCK Lock;
    KIRQL Irql;

    StartOn(W10);
    KeInitializeSpinLock(&Lock);
    SimSetLockStrict(&Lock, TRUE);
    KeAcquireSpinLock(&Lock, &Irql);
    ExAllocatePool2(POOL_FLAG_NON_PAGED, 100, TAG);
}

static void QuotaFailOnXp(void)
{
    StartOn(XP);
    Ask(ASK_QUOTA, PagedPool | POOL_QUOTA_FAIL_INSTEAD_OF_RAISE);
}

static void UnhandledPool2(void)
{
    StartOn(W10);
    ExAllocatePool2(POOL_FLAG_PAGED | POOL_FLAG_RAISE_ON_FAILURE, 0, TAG);
}

static void TheyAbort(void **State)
{
    (void)State;
    assert_true(SimAborts(InteriorString, "MISUSE free-interior: RtlFreeUnicodeString("));
    assert_true(SimAborts(Pool2OnVista, "MISUSE no-routine: ExAllocatePool2("));
    assert_true(SimAborts(Pool2UnderLock, "MISUSE under-lock: ExAllocatePool2("));
    assert_true(SimAborts(QuotaFailOnXp, "MISUSE bad-type: ExAllocatePoolWithQuotaTag("));
    assert_true(SimAborts(UnhandledPool2, "EXCEPTION 0xc000000d"));
}

#define T(F) cmocka_unit_test_setup_teardown(F, StartOn10, Stop)

int main(void)
{
    const struct CMUnitTest Tests[] = {
        cmocka_unit_test(EachSaysItsVersion),
        cmocka_unit_test(EachTakesTheBitsOfItsTime),
        cmocka_unit_test(MustSucceedIsOf2000),
        cmocka_unit_test(ZeroBitIsHonouredOn10),
        cmocka_unit_test(QuotaRaises),
        cmocka_unit_test(QuotaAtDispatch),
        cmocka_unit_test(RoutinesOf10AreNotElsewhere),
        T(FlagsChooseTheMemory),
        T(FlagsZeroUnlessTold),
        T(InvalidRequestsFail),
        T(NoMemoryGivesNullOrRaises),
        T(FlagsAtDispatch),
        T(ParametersAreTaken),
        T(SecurePoolGoesBackAsSuch),
        T(StringsAreFreedAndCleared),
        T(BadStringBuffers),
        T(StringsArePassiveOnly),
        cmocka_unit_test(TheyAbort),
    };

    return cmocka_run_group_tests(Tests, NULL, NULL);
}
