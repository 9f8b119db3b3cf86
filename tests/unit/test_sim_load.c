/*
 * test_sim_load.c - what the pool tells of its blocks and calls, and large loads.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>
#include "sim.h"
#include "sim_contract.h"

/* ---------------------------------------------------------------------------------- observed */

static void RequestsAreRecorded(void **State)
{
    SIM_REQUEST Requests[3], Last;
    void *P = ExAllocatePoolWithTagPriority((POOL_TYPE)(NonPagedPool | POOL_COLD_ALLOCATION), 77,
                                            TAG, HighPoolPriority);

    (void)State;
    ExFreePool(P);
    assert_int_equal(SimPoolRequests(Requests, 3), 2);
    assert_int_equal(Requests[0].Routine, SIM_ALLOCATE_PRIORITY);
    assert_int_equal(Requests[0].Type, NonPagedPool | POOL_COLD_ALLOCATION);
    assert_int_equal(Requests[0].Size, 77);
    assert_int_equal(Requests[0].Tag, TAG);
    assert_int_equal(Requests[0].Priority, HighPoolPriority);
    assert_ptr_equal(Requests[0].Result, P);
    assert_ptr_equal(Requests[0].Thread, PsGetCurrentThreadId());
    assert_int_equal(Requests[1].Routine, SIM_FREE);
    assert_int_equal(Requests[1].Sequence, 2);
    assert_int_equal(Requests[1].Size, 77);
    assert_true(SimPoolLast(SIM_ALLOCATE_PRIORITY, &Last));
    assert_ptr_equal(Last.Result, P);
    assert_false(SimPoolLast(SIM_FREE_TAG, &Last));
    assert_int_equal(SimPoolCalls(SIM_FREE), 1);
    assert_int_equal(SimPoolCalls(SIM_ALLOCATE_TAG), 0);
}

static void FindKnowsTheBytesAskedFor(void **State)
{
    char *P = Take(NonPagedPool, 100);
    char *Zero = Take(PagedPool, 0);
    char *Big = Take(PagedPool, 5000);
    SIM_BLOCK Block;

    (void)State;
    assert_true(SimPoolFind(P + 99, &Block));
    assert_ptr_equal(Block.Start, P);
    assert_int_equal(Block.Size, 100);
    assert_int_equal(Block.Tag, TAG);
    assert_int_equal(Block.Owner, SIM_DRIVER);
    assert_false(SimPoolFind(P + 100, NULL));
    assert_false(SimPoolFind(P - 1, NULL));
    assert_true(SimPoolFind(Zero, NULL));
    assert_false(SimPoolFind(Zero + 1, NULL));
    assert_true(SimPoolFind(Big + 4999, &Block));
    assert_ptr_equal(Block.Start, Big);
    assert_false(SimPoolFind(Big + 5000, NULL));
    assert_false(SimPoolFind(&Block, NULL));
    Give(P);
    Give(Zero);
    Give(Big);
}

static void CountOne(const SIM_BLOCK *Block, PVOID Context)
{
    *(SIZE_T *)Context += Block->Size;
}

static void ResetFindsLeftovers(void **State)
{
    SIZE_T Bytes = 0;

    (void)State;
    (void)Take(NonPagedPool, 10);
    (void)SimForeignAllocate(PagedPool, 9000);
    SimPoolEach(CountOne, &Bytes);
    assert_int_equal(Bytes, 9010);
    assert_false(SimPoolReset());
    assert_true(SimPoolReset());
    assert_int_equal(SimPoolOutstanding(SIM_DRIVER, NULL), 0);
}

/* ------------------------------------------------------------------------------- large loads */

#define MILLION 1000000

/* The arenas hold a million blocks of about 100 bytes. */
static void MillionBlocks(void **State)
{
    void **Blocks = malloc(MILLION * sizeof *Blocks);
    unsigned I;

    (void)State;
    assert_non_null(Blocks);
    for (I = 0; I < MILLION; I++) {
        Blocks[I] = Take(I & 1, 100 + I % 13);
    }
    assert_int_equal(SimPoolOutstanding(SIM_DRIVER, NULL), MILLION);
    for (I = 0; I < MILLION; I++) {
        Give(Blocks[I]);
    }
    free(Blocks);
}

/* A pseudo-random mix, each block filled with its own byte and verified: no two overlap. */
static void ChurnKeepsBlocksApart(void **State)
{
    struct {
        UCHAR *P;
        SIZE_T Size;
        UCHAR Byte;
    } Live[400] = {{0}};
    ULONG Random = 12345, I, K;
    SIZE_T J;

    (void)State;
    for (I = 0; I < 100000; I++) {
        Random = Random * 1664525u + 1013904223u;
        K = (Random >> 8) % 400;
        if (Live[K].P != NULL) {
            for (J = 0; J < Live[K].Size; J++) {
                assert_int_equal(Live[K].P[J], Live[K].Byte);
            }
            Give(Live[K].P);
        }
        Live[K].Size = (Random >> 16) % ((Random & 0x70) == 0 ? 20000 : 600);
        Live[K].Byte = (UCHAR)I;
        Live[K].P = (UCHAR *)Take(Types[I % 6], Live[K].Size);
        CheckContract((char *)Live[K].P, Types[I % 6], Live[K].Size);
        memset(Live[K].P, Live[K].Byte, Live[K].Size);
    }
    for (K = 0; K < 400; K++) {
        if (Live[K].P != NULL) {
            Give(Live[K].P);
        }
    }
}

/* Sizes that no old chunk fits do not use up the arena: empty pages are divided anew. */
static void EmptyPagesAreUsedAgain(void **State)
{
    char *Blocks[40];
    SIZE_T Size;
    unsigned I;

    (void)State;
    for (Size = 16; Size <= 2000; Size += 16) {
        for (I = 0; I < 40; I++) {
            Blocks[I] = Take(NonPagedPool, Size);
            assert_true(Blocks[I] < (char *)MmSystemRangeStart + 100 * PAGE_SIZE);
        }
        for (I = 0; I < 40; I++) {
            Give(Blocks[I]);
        }
    }
}

/* A full arena fails, and joins free pages before it does. */
static void FullArena(void **State)
{
    SIZE_T Size = (SIZE_T)64 << 20;
    void *Blocks[64], *P;
    unsigned I, Count = 0;

    (void)State;
    while (Count < 64 && (Blocks[Count] = ExAllocatePoolWithTag(PagedPool, Size, TAG)) != NULL) {
        Count++;
    }
    assert_in_range(Count, 4, 63);
    for (I = 0; I < Count; I++) {
        Give(Blocks[I]);
    }
    P = Take(PagedPool, 3 * Size); /* only joined runs have room */
    Give(P);
}

static void Speed(void **State)
{
    struct timespec A, B;
    unsigned I;

    (void)State;
    clock_gettime(CLOCK_MONOTONIC, &A);
    for (I = 0; I < 1000000; I++) {
        Give(Take(NonPagedPool, 100));
    }
    clock_gettime(CLOCK_MONOTONIC, &B);
    print_message("           allocate and free: %d ns\n",
                  (int)((B.tv_sec - A.tv_sec) * 1000 + (B.tv_nsec - A.tv_nsec) / 1000000));
}

#define T(F) cmocka_unit_test_setup_teardown(F, Start, Stop)

int main(void)
{
    const struct CMUnitTest Tests[] = {
        T(RequestsAreRecorded),
        T(FindKnowsTheBytesAskedFor),
        T(ResetFindsLeftovers),
        T(MillionBlocks),
        T(ChurnKeepsBlocksApart),
        T(EmptyPagesAreUsedAgain),
        T(FullArena),
        T(Speed),
    };

    return cmocka_run_group_tests(Tests, NULL, NULL);
}
