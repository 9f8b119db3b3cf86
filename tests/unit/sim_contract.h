/*
 * sim_contract.h - what the pool promises of each block: its place, alignment and type. After
 * cmocka.h and sim.h.
 */
#ifndef SIM_CONTRACT_H
#define SIM_CONTRACT_H

#include "sim_fixture.h"

#define ALIGN (2 * sizeof(void *))

static const ULONG Types[] = {NonPagedPool,          PagedPool,      NonPagedPoolCacheAligned,
                              PagedPoolCacheAligned, NonPagedPoolNx, NonPagedPoolNxCacheAligned};

static inline char *Take(ULONG Type, SIZE_T Size)
{
    char *P = ExAllocatePoolWithTag((POOL_TYPE)Type, Size, TAG);

    assert_non_null(P);
    return P;
}

static inline void Give(void *P)
{
    ExFreePoolWithTag(P, TAG);
}

static inline ULONG_PTR PageOf(const void *P)
{
    return (ULONG_PTR)P / PAGE_SIZE;
}

static inline void CheckContract(const char *P, ULONG Type, SIZE_T Size)
{
    assert_int_equal((ULONG_PTR)P % ALIGN, 0);
    if (Size >= PAGE_SIZE) {
        assert_int_equal((ULONG_PTR)P % PAGE_SIZE, 0);
    }
    if (Size > 0 && Size <= PAGE_SIZE) {
        assert_int_equal(PageOf(P), PageOf(P + Size - 1));
    }
    if (Type & 4) {
        assert_int_equal((ULONG_PTR)P % 64, 0);
    }
    assert_true(SimIsPool(P));
    assert_int_equal(SimIsPaged(P), Type & 1);
    assert_true((ULONG_PTR)P >= (ULONG_PTR)MmSystemRangeStart);
}

#endif
