/*
 * test_routines.c - what a request of each of the kit's routines means: every bit, every parameter,
 * how it is made quiet, and what is wrong with it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "sim.h"
#include "core.h"

#define TAG 0x74736554u

/* Versions of Windows, as McOsVersion says them. */
enum { NT4 = 0x0400, W2000 = 0x0500, XP = 0x0501, W2003 = 0x0502, VISTA = 0x0600, W10 = 0x0A00 };

/* ---- the table, as the tests need it ---- */

typedef enum {
    TakesType,
    TakesTypeTag,
    TakesTypePriority,
    TakesFlags,
    TakesFlagsExtended,
    TakesFree,
    TakesFreeTag,
    TakesFreeExtended,
    TakesString
} SHAPE;

typedef struct {
    const char *Name;
    ULONG Routine;
    SHAPE Shape;
    ULONG Adds;
} ROW;

#define MAKE_ROW(Name, Shape, Adds, DoneBy, Since) {#Name, Mc##Name, Takes##Shape, Adds},
static const ROW Rows[] = {MC_ROUTINE_TABLE(MAKE_ROW)};
#define ROWS (sizeof(Rows) / sizeof(Rows[0]))

static BOOLEAN ByType(const ROW *Row)
{
    return Row->Shape <= TakesTypePriority;
}

static BOOLEAN ByFlags(const ROW *Row)
{
    return Row->Shape == TakesFlags || Row->Shape == TakesFlagsExtended;
}

static MC_REQUEST Request(ULONG Routine, ULONG Type, SIZE_T Size, ULONG Tag)
{
    MC_REQUEST R;

    memset(&R, 0, sizeof(R));
    R.Routine = Routine;
    R.Type = Type;
    R.Size = Size;
    R.Tag = Tag;
    R.Attributes = 0xFFFFu; /* must be overwritten */
    McRequestDecode(&R);
    return R;
}

static ULONG Decoded(ULONG Routine, ULONG Type)
{
    return Request(Routine, Type, 100, TAG).Attributes;
}

/* ---- decoding ---- */

static void type_bits_are_decoded(void **State)
{
    static const struct {
        ULONG Type, Attributes;
    } Known[] = {{0x000, 0},
                 {0x001, MC_PAGED},
                 {0x002, MC_MUST_SUCCEED},
                 {0x004, MC_CACHE_ALIGNED},
                 {0x005, MC_PAGED | MC_CACHE_ALIGNED},
                 {0x006, MC_MUST_SUCCEED | MC_CACHE_ALIGNED},
                 {0x008, MC_QUOTA_QUIET},
                 {0x010, MC_RAISES},
                 {0x100, 0}, /* cold */
                 {0x200, MC_NX},
                 {0x204, MC_NX | MC_CACHE_ALIGNED},
                 {0x400, MC_ZEROED}};
    ULONG Row, Index;

    (void)State;
    for (Row = 0; Row < ROWS; Row++) {
        for (Index = 0; Index < sizeof(Known) / sizeof(Known[0]) && ByType(&Rows[Row]); Index++) {
            assert_int_equal(Decoded(Rows[Row].Routine, Known[Index].Type),
                             Known[Index].Attributes | Rows[Row].Adds);
        }
    }
}

/* Session pool, bits that no kit names, and the type that is not to be used. */
static void type_bits_that_are_not_ours_are_untracked(void **State)
{
    ULONG Bit;

    (void)State;
    for (Bit = 0; Bit < 32; Bit++) {
        BOOLEAN Ours = (0x71Fu >> Bit & 1) != 0;

        assert_int_equal((Decoded(McExAllocatePoolWithTag, 1u << Bit) & MC_UNTRACKED) == 0, Ours);
    }
    assert_true((Decoded(McExAllocatePoolWithTag, DontUseThisType) & MC_UNTRACKED) != 0);
    assert_true((Decoded(McExAllocatePoolWithTag, DontUseThisType | 4) & MC_UNTRACKED) != 0);
}

static void flags_are_decoded(void **State)
{
    static const struct {
        ULONG Flags, Attributes;
    } Known[] = {{0x040, MC_NX},
                 {0x080, 0},
                 {0x100, MC_PAGED},
                 {0x048, MC_NX | MC_CACHE_ALIGNED},
                 {0x108, MC_PAGED | MC_CACHE_ALIGNED},
                 {0x060, MC_NX | MC_RAISES},
                 {0x041, MC_NX | MC_QUOTA | MC_QUOTA_QUIET},
                 {0x121, MC_PAGED | MC_QUOTA | MC_QUOTA_QUIET | MC_RAISES}};
    ULONG Row, Index;

    (void)State;
    for (Row = 0; Row < ROWS; Row++) {
        for (Index = 0; Index < sizeof(Known) / sizeof(Known[0]) && ByFlags(&Rows[Row]); Index++) {
            assert_int_equal(Decoded(Rows[Row].Routine, Known[Index].Flags),
                             Known[Index].Attributes | Rows[Row].Adds | MC_BY_FLAGS | MC_ZEROED);
            assert_int_equal(Decoded(Rows[Row].Routine, Known[Index].Flags | 2),
                             Known[Index].Attributes | Rows[Row].Adds | MC_BY_FLAGS);
        }
    }
}

static void flags_that_are_not_ours_are_untracked(void **State)
{
    MC_REQUEST R;
    ULONG Bit, Pools;

    (void)State;
    for (Bit = 0; Bit < 32; Bit++) {
        BOOLEAN Ours = (0x06Bu >> Bit & 1) != 0;

        assert_int_equal((Decoded(McExAllocatePool2, 0x40 | 1u << Bit) & MC_UNTRACKED) == 0, Ours);
    }
    for (Pools = 0; Pools < 8; Pools++) { /* just one pool of the three */
        BOOLEAN One = Pools == 1 || Pools == 2 || Pools == 4;

        assert_int_equal((Decoded(McExAllocatePool2, Pools << 6) & MC_UNTRACKED) == 0, One);
    }
    assert_true((Request(McExAllocatePool2, 0x40, 0, TAG).Attributes & MC_UNTRACKED) != 0);
    for (Bit = 0; Bit < 32; Bit++) { /* the high half is optional: only special pool is not ours */
        R = Request(McExAllocatePool2, 0x40, 100, TAG);
        R.FlagsHigh = 1u << Bit;
        McRequestDecode(&R);
        assert_int_equal((R.Attributes & MC_UNTRACKED) == 0, Bit != 0);
    }
}

static ULONG WithParameters(const POOL_EXTENDED_PARAMETER *Parameters, ULONG Count)
{
    MC_REQUEST R = Request(McExAllocatePool3, 0x40, 100, TAG);

    R.Parameters = Parameters;
    R.ParameterCount = Count;
    McRequestDecode(&R);
    return R.Attributes & MC_UNTRACKED;
}

static void parameters_that_are_not_ours_are_untracked(void **State)
{
    POOL_EXTENDED_PARAMETER P[9];
    ULONG Type, At, Index;

    (void)State;
    memset(P, 0, sizeof(P));
    for (Index = 0; Index < 9; Index++) {
        P[Index].Type = Index % 2 ? PoolExtendedParameterPriority : PoolExtendedParameterNumaNode;
    }
    for (Index = 0; Index <= 8; Index++) {
        assert_int_equal(WithParameters(P, Index), 0);
    }
    assert_int_not_equal(WithParameters(P, 9), 0); /* more than there are kinds */
    assert_int_not_equal(WithParameters(NULL, 1), 0);
    assert_int_equal(WithParameters(NULL, 0), 0);
    for (At = 0; At < 3; At++) {
        for (Type = 0; Type < 256; Type++) {
            ULONG Was = P[At].Type;

            P[At].Type = (UCHAR)Type;
            P[At].Optional = Type % 2;
            assert_int_equal(WithParameters(P, 3) == 0, Type == PoolExtendedParameterPriority ||
                                                            Type == PoolExtendedParameterNumaNode);
            P[At].Type = (UCHAR)Was;
        }
    }
}

static void zeroing_is_the_inline_functions(void **State)
{
    ULONG Row;

    (void)State;
    for (Row = 0; Row < ROWS; Row++) {
        const char *Name = Rows[Row].Name;

        assert_int_equal(McRoutineZeroes(Rows[Row].Routine),
                         strcmp(Name + strlen(Name) - 4, "Zero") == 0);
    }
    assert_false(McRoutineZeroes(McNoRoutine));
    assert_false(McRoutineZeroes(McIofCallDriver));
    assert_false(McRoutineZeroes(0xFFFFFFFF));
}

/* ---- quiet ---- */

/* Member by member: what stands between them, nobody copies. */
static void assert_same_request(const MC_REQUEST *A, const MC_REQUEST *B)
{
    assert_int_equal(A->Routine, B->Routine);
    assert_int_equal(A->Type, B->Type);
    assert_int_equal(A->FlagsHigh, B->FlagsHigh);
    assert_int_equal(A->Size, B->Size);
    assert_int_equal(A->Tag, B->Tag);
    assert_int_equal(A->Priority, B->Priority);
    assert_ptr_equal(A->Parameters, B->Parameters);
    assert_int_equal(A->ParameterCount, B->ParameterCount);
    assert_int_equal(A->Attributes, B->Attributes);
}

static void quiet_takes_back_what_raises(void **State)
{
    ULONG Row;
    MC_REQUEST R, Quiet;

    (void)State;
    for (Row = 0; Row < ROWS; Row++) {
        if (ByType(&Rows[Row])) {
            R = Request(Rows[Row].Routine, 0x31D, 100, TAG); /* all but must-succeed and zero */
            R.Priority = 32;
            assert_true(McRequestQuiet(&R, VISTA, &Quiet));
            assert_int_equal(Quiet.Type, 0x30D);
        } else if (ByFlags(&Rows[Row])) {
            R = Request(Rows[Row].Routine, 0x16B, 100, TAG);
            R.FlagsHigh = 0x80000000;
            assert_true(McRequestQuiet(&R, W10, &Quiet));
            assert_int_equal(Quiet.Type, 0x14B);
        } else {
            continue;
        }
        Quiet.Type = R.Type; /* and nothing else is touched */
        assert_same_request(&Quiet, &R);
    }
}

static void quiet_is_ordinary_pool_for_must_succeed(void **State)
{
    MC_REQUEST R = Request(McExAllocatePoolWithTag, NonPagedPoolCacheAlignedMustS, 100, TAG);
    MC_REQUEST Quiet;

    (void)State;
    assert_true(McRequestQuiet(&R, W2000, &Quiet));
    assert_int_equal(Quiet.Type, NonPagedPoolCacheAligned);
}

/* Before Vista the kits do not know the bit: there is no quiet way to ask for quota. */
static void quiet_quota_from_vista_on(void **State)
{
    static const ULONG Old[] = {NT4, W2000, XP, W2003};
    MC_REQUEST R, Quiet;
    ULONG Row, Index;

    (void)State;
    for (Row = 0; Row < ROWS; Row++) {
        if (!ByType(&Rows[Row])) {
            continue;
        }
        R = Request(Rows[Row].Routine, PagedPool, 100, TAG);
        for (Index = 0; Index < 4; Index++) {
            assert_int_equal(McRequestQuiet(&R, Old[Index], &Quiet),
                             (Rows[Row].Adds & MC_QUOTA) == 0);
        }
        assert_true(McRequestQuiet(&R, VISTA, &Quiet));
        assert_int_equal(Quiet.Type, (Rows[Row].Adds & MC_QUOTA) != 0 ? PagedPool | 8 : PagedPool);
    }
}

/* ---- faults ---- */

static MC_REASON Fault(ULONG Routine, ULONG Type, SIZE_T Size, ULONG Tag, ULONG Version)
{
    MC_REQUEST R = Request(Routine, Type, Size, Tag);

    return McRequestFault(&R, Version);
}

static void fault_of_tags(void **State)
{
    static const ULONG Good[] = {0x74736554, 0x6241,    0x41,       0x20202020,
                                 0x7E7E7E7E, 0x6F6F46u, 0xF4736554, 0x80000041};
    static const ULONG Bad[] = {0x63620100, 0x01636261, 0x1F414141, 0x7F414141, 0x41004141,
                                0x41414100, 0x41418041, 0xFF414141, 0x00000001, 0x80000001};
    ULONG Row, Index;

    (void)State;
    for (Row = 0; Row < ROWS; Row++) {
        BOOLEAN Tagged = Rows[Row].Shape >= TakesTypeTag && Rows[Row].Shape <= TakesFlagsExtended;
        ULONG Routine = Rows[Row].Routine, Type = ByFlags(&Rows[Row]) ? 0x40 : 0;

        if (!ByType(&Rows[Row]) && !ByFlags(&Rows[Row])) {
            continue;
        }
        for (Index = 0; Index < sizeof(Good) / sizeof(Good[0]); Index++) {
            assert_int_equal(Fault(Routine, Type, 1, Good[Index], W10), McReasonNone);
        }
        for (Index = 0; Index < sizeof(Bad) / sizeof(Bad[0]); Index++) {
            assert_int_equal(Fault(Routine, Type, 1, Bad[Index], W10),
                             Tagged ? McReasonBadTag : McReasonNone);
        }
        assert_int_equal(Fault(Routine, Type, 1, 0, W10), Tagged ? McReasonZeroTag : McReasonNone);
        assert_int_equal(Fault(Routine, Type, 1, 0x80000000, W10),
                         Tagged ? McReasonZeroTag : McReasonNone);
    }
}

static void fault_of_sizes_and_types(void **State)
{
    ULONG Row;

    (void)State;
    for (Row = 0; Row < ROWS; Row++) {
        if (ByType(&Rows[Row]) || ByFlags(&Rows[Row])) {
            assert_int_equal(Fault(Rows[Row].Routine, ByFlags(&Rows[Row]) ? 0x40 : 0, 0, TAG, W10),
                             McReasonZeroBytes);
        }
        if (ByType(&Rows[Row])) {
            assert_int_equal(Fault(Rows[Row].Routine, 2, 100, TAG, NT4), McReasonNone);
            assert_int_equal(Fault(Rows[Row].Routine, 2, 100, TAG, W2000), McReasonNone);
            assert_int_equal(Fault(Rows[Row].Routine, 2, 100, TAG, XP), McReasonMustSucceed);
            assert_int_equal(Fault(Rows[Row].Routine, 6, 100, TAG, W10), McReasonMustSucceed);
            /* What the pool refuses comes first: padding must not make a success of it. */
            assert_int_equal(Fault(Rows[Row].Routine, 2, 100, 0x01636261, XP), McReasonMustSucceed);
        }
    }
    assert_int_equal(Fault(McExAllocatePool2, 0x42, 100, TAG, W10), McReasonNone);
}

/* ---- releases ---- */

static void release_is_by_tag_where_there_is_one(void **State)
{
    MC_RELEASE Release;

    (void)State;
    memset(&Release, 0xEE, sizeof(Release));
    McReleaseFor(TAG | 0x80000000, &Release);
    assert_int_equal(Release.Routine, McExFreePoolWithTag);
    assert_int_equal(Release.Tag, TAG | 0x80000000);
    assert_null(Release.Parameters);
    assert_int_equal(Release.ParameterCount, 0);
    McReleaseFor(0, &Release);
    assert_int_equal(Release.Routine, McExFreePool);
    assert_int_equal(Release.Tag, 0);
}

/* As the request was made: with a bit that says so, or of quota without one that says not. */
static void a_failure_raises_where_the_request_says_so(void **State)
{
    unsigned At;

    (void)State;
    for (At = 0; At < ROWS; At++) {
        const BOOLEAN Quota = (Rows[At].Adds & MC_QUOTA) != 0;
        MC_REQUEST R;

        if (ByType(&Rows[At])) {
            R = Request(Rows[At].Routine, PagedPool, 100, TAG);
            McRequestDecode(&R);
            assert_int_equal(McRequestRaises(&R), Quota);
            R = Request(Rows[At].Routine, 0x11, 100, TAG); /* raise */
            McRequestDecode(&R);
            assert_true(McRequestRaises(&R));
            R = Request(Rows[At].Routine, 0x9, 100, TAG); /* quota-fail */
            McRequestDecode(&R);
            assert_false(McRequestRaises(&R));
            R = Request(Rows[At].Routine, 0x19, 100, TAG); /* both */
            McRequestDecode(&R);
            assert_true(McRequestRaises(&R));
        } else if (ByFlags(&Rows[At])) {
            R = Request(Rows[At].Routine, 0x101, 100, TAG); /* quota */
            McRequestDecode(&R);
            assert_false(McRequestRaises(&R));
            R = Request(Rows[At].Routine, 0x121, 100, TAG); /* quota, raise */
            McRequestDecode(&R);
            assert_true(McRequestRaises(&R));
        }
    }
}

int main(void)
{
    const struct CMUnitTest Tests[] = {
        cmocka_unit_test(a_failure_raises_where_the_request_says_so),
        cmocka_unit_test(type_bits_are_decoded),
        cmocka_unit_test(type_bits_that_are_not_ours_are_untracked),
        cmocka_unit_test(flags_are_decoded),
        cmocka_unit_test(flags_that_are_not_ours_are_untracked),
        cmocka_unit_test(parameters_that_are_not_ours_are_untracked),
        cmocka_unit_test(zeroing_is_the_inline_functions),
        cmocka_unit_test(quiet_takes_back_what_raises),
        cmocka_unit_test(quiet_is_ordinary_pool_for_must_succeed),
        cmocka_unit_test(quiet_quota_from_vista_on),
        cmocka_unit_test(fault_of_tags),
        cmocka_unit_test(fault_of_sizes_and_types),
        cmocka_unit_test(release_is_by_tag_where_there_is_one),
    };
    return cmocka_run_group_tests(Tests, NULL, NULL);
}
