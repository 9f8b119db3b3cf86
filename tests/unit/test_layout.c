/*
 * test_layout.c - the layout function against the strict pool: whatever it asks for, the block that
 * the driver sees must keep the pool's contract, in both layouts.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "sim.h"
#include "core.h"

#define TAG 0x74736554u

static const ULONG Types[] = {NonPagedPool, PagedPool, NonPagedPoolCacheAligned,
                              PagedPoolCacheAligned, NonPagedPoolNx};
static const ULONG Redzones[] = {16, 32, 48, 512, 2048};

#define CACHE_ALIGNED 4u /* bit of a POOL_TYPE */

static void CheckContract(ULONG_PTR User, SIZE_T Size, ULONG Type)
{
    assert_int_equal(User % MC_POOL_ALIGNMENT, 0);
    if (Size >= PAGE_SIZE)
        assert_int_equal(User % PAGE_SIZE, 0);
    if (Size > 0 && Size <= PAGE_SIZE)
        assert_int_equal(User / PAGE_SIZE, (User + Size - 1) / PAGE_SIZE);
    if ((Type & CACHE_ALIGNED) != 0)
        assert_int_equal(User % 64, 0);
}

/* One request: planned, made of the strict pool as the core makes it, looked at, freed. */
static void CheckSize(SIZE_T Size, ULONG Type, BOOLEAN Owned, ULONG Redzone)
{
    MC_LAYOUT_PLAN Plan;
    SIM_REQUEST Seen;
    ULONG_PTR Raw;
    ULONG Attributes = (Type & CACHE_ALIGNED) != 0 ? MC_CACHE_ALIGNED : 0;

    assert_true(McLayout(Size, Attributes, Owned, Redzone, 64, &Plan));
    assert_int_equal(Plan.RawSize, Plan.Front + Size + Plan.Rear);
    assert_true(Plan.Rear >= Redzone);
    assert_true(Plan.Rear < Redzone + MC_POOL_ALIGNMENT);
    if (Owned)
        assert_true(Plan.Front >= Redzone);
    else
        assert_int_equal(Plan.Front, 0);
    Raw = (ULONG_PTR)ExAllocatePoolWithTag((POOL_TYPE)Type, Plan.RawSize, TAG);
    assert_true(Raw != 0);
    assert_true(SimPoolLast(SIM_ALLOCATE_TAG, &Seen));
    assert_int_equal(Seen.Type, Type);
    assert_int_equal(Seen.Size, Plan.RawSize);
    CheckContract(Raw + Plan.Front, Size, Type);
    ExFreePoolWithTag((PVOID)Raw, TAG);
}

static void EverySize(BOOLEAN Owned)
{
    static const SIZE_T Large[] = {12289, 16383, 16384, 65535, 65536, 65537, 1000000, 4194304};
    ULONG Type, Redzone, Index;
    SIZE_T Size;

    SimStart(NULL);
    for (Type = 0; Type < sizeof(Types) / sizeof(Types[0]); Type++)
        for (Redzone = 0; Redzone < sizeof(Redzones) / sizeof(Redzones[0]); Redzone++) {
            for (Size = 0; Size <= 3 * PAGE_SIZE; Size++)
                CheckSize(Size, Types[Type], Owned, Redzones[Redzone]);
            for (Index = 0; Index < sizeof(Large) / sizeof(Large[0]); Index++)
                CheckSize(Large[Index], Types[Type], Owned, Redzones[Redzone]);
        }
    assert_true(SimPoolReset());
    SimStop();
}

static void layout_owned_keeps_contract(void **State)
{
    (void)State;
    EverySize(TRUE);
}

static void layout_plain_keeps_contract(void **State)
{
    (void)State;
    EverySize(FALSE);
}

/* The pool's own rounding is nobody's: the slack must be bytes that were asked for. */
static void layout_slack_is_requested(void **State)
{
    MC_LAYOUT_PLAN Plan;

    (void)State;
    assert_true(McLayout(100, 0, TRUE, 16, 64, &Plan));
    assert_int_equal(Plan.RawSize % MC_POOL_ALIGNMENT, 0);
    assert_int_equal(Plan.Rear, 16 + (MC_POOL_ALIGNMENT - 100 % MC_POOL_ALIGNMENT));
}

/* Near the end of SIZE_T the padding would wrap, here or in the pool. */
static void layout_overflow_fails(void **State)
{
    const SIZE_T Half = (SIZE_T)-1 / 2;
    MC_LAYOUT_PLAN Plan = {1, 2, 3};
    SIZE_T Below;

    (void)State;
    for (Below = 0; Below <= 3 * PAGE_SIZE; Below++)
        assert_false(McLayout((SIZE_T)-1 - Below, 0, TRUE, 2048, 64, &Plan));
    assert_false(McLayout(Half + 1, 0, TRUE, 2048, 64, &Plan));
    assert_int_equal(Plan.RawSize, 1); /* untouched */
    assert_true(McLayout(Half, 0, TRUE, 2048, 64, &Plan));
    assert_true(Plan.RawSize > Half);
}

int main(void)
{
    const struct CMUnitTest Tests[] = {
        cmocka_unit_test(layout_owned_keeps_contract),
        cmocka_unit_test(layout_plain_keeps_contract),
        cmocka_unit_test(layout_slack_is_requested),
        cmocka_unit_test(layout_overflow_fails),
    };
    return cmocka_run_group_tests(Tests, NULL, NULL);
}
