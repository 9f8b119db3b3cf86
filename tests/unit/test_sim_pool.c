/*
 * test_sim_pool.c - the strict pool keeps the pool's contract and nothing more.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "sim.h"
#include "sim_contract.h"

#define ROUND(N) (((N) + ALIGN - 1) / ALIGN * ALIGN)

/* ------------------------------------------------------------------------------ the contract */

/* Every size from 0 to 3 pages, each type; writing all of each block harms no other. */
static void SweepSizes(void **State)
{
    SIZE_T Size;
    char *P, *Before = NULL;
    SIZE_T BeforeSize = 0;
    unsigned T;

    (void)State;
    for (T = 0; T < sizeof Types / sizeof Types[0]; T++) {
        for (Size = 0; Size <= 3 * PAGE_SIZE; Size++) {
            P = Take(Types[T], Size);
            CheckContract(P, Types[T], Size);
            memset(P, (int)(Size & 0xFF), Size);
            if (Before != NULL) {
                for (SIZE_T I = 0; I < BeforeSize; I += 7) {
                    assert_int_equal((UCHAR)Before[I], BeforeSize & 0xFF);
                }
                Give(Before);
            }
            Before = P;
            BeforeSize = Size;
        }
        Give(Before);
        Before = NULL;
    }
}

static void NeighboursAreAdjacent(void **State)
{
    char *A = Take(NonPagedPool, 100);
    char *B = Take(NonPagedPool, 100);
    char *C = Take(NonPagedPool, 33);
    SIM_BLOCK Block;

    (void)State;
    assert_ptr_equal(B, A + ROUND(100));
    assert_ptr_equal(C, B + ROUND(100));
    memset(B, 0x55, 100);
    memset(A, 0x11, ROUND(100) + 1); /* an overrun by one byte more than the rounding */
    assert_int_equal(B[0], 0x11);
    assert_true(SimPoolFind(A + ROUND(100), &Block));
    assert_ptr_equal(Block.Start, B);
    Give(A);
    Give(B);
    Give(C);
}

/* Exactly aligned, not better, most of the time: code that counts on more is found out. */
static void AlignmentIsNotBetter(void **State)
{
    void *Blocks[512];
    unsigned Exact = 0, I;

    (void)State;
    for (I = 0; I < 512; I++) {
        Blocks[I] = Take(NonPagedPool, 17 + I % 200);
        if ((ULONG_PTR)Blocks[I] % (2 * ALIGN) != 0) {
            Exact++;
        }
    }
    assert_true(Exact > 512 * 2 / 5);
    for (I = 0; I < 512; I++) {
        Give(Blocks[I]);
    }
}

static void HugeSizesFail(void **State)
{
    (void)State;
    assert_null(ExAllocatePoolWithTag(NonPagedPool, (SIZE_T)-1, TAG));
    assert_null(ExAllocatePoolWithTag(PagedPool, (SIZE_T)-PAGE_SIZE, TAG));
    assert_null(ExAllocatePoolWithTag(NonPagedPool, (SIZE_T)-1 / 2, TAG));
}

static void FreshMemoryIsGarbageAndFreedKeepsItsBytes(void **State)
{
    UCHAR *P = (UCHAR *)Take(NonPagedPool, 100);

    (void)State;
    assert_int_equal(P[0], 0xC7);
    assert_int_equal(P[99], 0xC7);
    memset(P, 0x42, 100);
    Give(P);
    assert_int_equal(P[50], 0x42);
    assert_ptr_equal(Take(NonPagedPool, 100), P);
    assert_int_equal(P[99], 0x42);
    Give(P);
}

/* ------------------------------------------------------------------------------------- reuse */

static void FreedAddressComesBackLastFirst(void **State)
{
    char *A = Take(PagedPool, 200);
    char *B = Take(PagedPool, 200);
    char *Big = Take(PagedPool, 3 * PAGE_SIZE);

    (void)State;
    Give(A);
    Give(B);
    assert_ptr_equal(Take(PagedPool, 200), B);
    assert_ptr_equal(Take(PagedPool, 195), A);
    Give(Big);
    assert_ptr_equal(Take(PagedPool, 2 * PAGE_SIZE + 1), Big);
    Give(A);
    Give(B);
    Give(Big);
}

static void SmallerRequestFits(void **State)
{
    char *A = Take(NonPagedPool, 400);
    char *Wall = Take(NonPagedPool, 16);

    (void)State;
    Give(A);
    assert_ptr_equal(Take(NonPagedPool, 100), A);
    Give(A);
    Give(Wall);
}

static void ForeignOwnerGetsTheAddress(void **State)
{
    char *A = Take(NonPagedPool, 100);
    SIM_BLOCK Block;
    SIZE_T Bytes;

    (void)State;
    SimSystemFree(A);
    assert_ptr_equal(SimForeignAllocate(NonPagedPool, 100), A);
    assert_true(SimPoolFind(A, &Block));
    assert_int_equal(Block.Owner, SIM_FOREIGN);
    assert_int_equal(SimPoolOutstanding(SIM_FOREIGN, &Bytes), 1);
    assert_int_equal(Bytes, 100);
    assert_int_equal(SimPoolOutstanding(SIM_DRIVER, NULL), 0);
    SimForeignFree(A);
    assert_ptr_equal(Take(NonPagedPool, 100), A); /* and the driver gets it again */
    Give(A);
}

static void DriverMayFreeForeignBlocks(void **State)
{
    char *P = SimForeignAllocate(PagedPool, 64);
    char *Q = SimForeignAllocateTag(PagedPool, 64, TAG);

    (void)State;
    ExFreePool(P);
    ExFreePoolWithTag(Q, TAG);
    assert_int_equal(SimPoolOutstanding(SIM_FOREIGN, NULL), 0);
}

static void NeverReuse(void **State)
{
    char *A = Take(NonPagedPool, 100);
    char *Big = Take(NonPagedPool, PAGE_SIZE);
    char *B;

    (void)State;
    SimPoolReuse(SIM_REUSE_NEVER);
    Give(A);
    Give(Big);
    B = Take(NonPagedPool, 100);
    assert_ptr_not_equal(B, A);
    Give(B);
    B = Take(NonPagedPool, PAGE_SIZE);
    assert_ptr_not_equal(B, Big);
    Give(B);
    SimPoolReuse(SIM_REUSE_AT_ONCE);
    B = Take(NonPagedPool, 100);
    Give(B);
    assert_ptr_equal(Take(NonPagedPool, 100), B);
    Give(B);
}

static void PlaceWhereTheTestWants(void **State)
{
    char *A = Take(NonPagedPool, 64);
    char *B = Take(NonPagedPool, 64);
    char *C = Take(NonPagedPool, 64);
    char *Run = Take(NonPagedPool, 4 * PAGE_SIZE);

    (void)State;
    Give(A);
    Give(B);
    SimPlaceNext(A + 32); /* over the end of A and the start of B */
    assert_ptr_equal(SimForeignAllocate(NonPagedPool, 64), A + 32);
    SimForeignFree(A + 32);
    B = Take(NonPagedPool, 32); /* what was cut off behind, then in front */
    assert_ptr_equal(B, A + 96);
    assert_ptr_equal(Take(NonPagedPool, 32), A);
    Give(B);
    Give(A);
    Give(Run);
    SimPlaceNext(Run + PAGE_SIZE);
    assert_ptr_equal(Take(NonPagedPool, 2 * PAGE_SIZE), Run + PAGE_SIZE);
    SimPlaceNext(Run + 3 * PAGE_SIZE + 256); /* a small block where a large one was */
    assert_ptr_equal(Take(NonPagedPool, 100), Run + 3 * PAGE_SIZE + 256);
    Give(Run + PAGE_SIZE);
    Give(Run + 3 * PAGE_SIZE + 256);
    Give(C);
}

static void PlaceOnUsedBytes(void)
{
    char *A;

    SimStart(NULL);
    A = Take(NonPagedPool, 64);
    SimPlaceNext(A + 32);
    (void)Take(NonPagedPool, 16);
}

static void PlaceOnUsedBytesAborts(void **State)
{
    (void)State;
    SimStop();
    assert_true(SimAborts(PlaceOnUsedBytes, "the bytes are in use"));
    SimStart(NULL);
}

/* ------------------------------------------------------------------------------- guard pages */

static void ReadByte(const volatile char *P)
{
    (void)*P;
}

static void OverrunOfGuarded(void)
{
    SIM_OPTIONS Options = {.Placement = SIM_END_AT_GUARD};
    char *P;

    SimStart(&Options);
    P = Take(NonPagedPool, 96);
    ReadByte(P + 95);
    ReadByte(P + 96);
}

static void UnderrunOfGuarded(void)
{
    SIM_OPTIONS Options = {.Placement = SIM_START_AT_GUARD};
    char *P;

    SimStart(&Options);
    P = Take(PagedPool, 5000);
    ReadByte(P);
    ReadByte(P - 1);
}

static void UseAfterFreeOfGuarded(void)
{
    SIM_OPTIONS Options = {.Placement = SIM_END_AT_GUARD};
    char *P;

    SimStart(&Options);
    P = Take(NonPagedPool, 96);
    Give(P);
    ReadByte(P);
}

static void OldMultiPageBlock(void)
{
    SIM_OPTIONS Options = {.UnmapFreePages = TRUE};
    char *P;

    SimStart(&Options);
    P = Take(NonPagedPool, 3 * PAGE_SIZE);
    Give(P);
    if (MmIsAddressValid(P)) {
        SimStop();
    }
    ReadByte(P + PAGE_SIZE);
}

static void GuardPagesFault(void **State)
{
    (void)State;
    SimStop();
    assert_true(SimAborts(OverrunOfGuarded, "nonpaged pool that is a guard page"));
    assert_true(SimAborts(UnderrunOfGuarded, "paged pool that is a guard page"));
    assert_true(SimAborts(UseAfterFreeOfGuarded, "nonpaged pool that is a guard page"));
    assert_true(SimAborts(OldMultiPageBlock, "FAULT at address"));
    SimStart(NULL);
}

static void GuardedBlocksKeepTheContract(void **State)
{
    SIZE_T Size;
    unsigned T, Mode;
    char *P;

    (void)State;
    for (Mode = SIM_END_AT_GUARD; Mode <= SIM_START_AT_GUARD; Mode++) {
        SimPoolPlacement((SIM_PLACEMENT)Mode);
        for (T = 0; T < 4; T++) {
            for (Size = 0; Size <= 3 * PAGE_SIZE; Size += Size < 200 ? 1 : 97) {
                P = Take(Types[T], Size);
                CheckContract(P, Types[T], Size);
                memset(P, 1, Size);
                if (Size > 0 && Size < PAGE_SIZE && Mode == SIM_END_AT_GUARD) {
                    ULONG_PTR Unit = (Types[T] & 4) ? 64 : ALIGN;

                    assert_int_equal((ULONG_PTR)(P + (Size + Unit - 1) / Unit * Unit) % PAGE_SIZE,
                                     0);
                }
                assert_true(SimPoolFind(P, NULL));
                Give(P);
                assert_false(MmIsAddressValid(P));
            }
        }
    }
    SimPoolPlacement(SIM_PACKED);
    P = Take(NonPagedPool, 2 * PAGE_SIZE); /* of what was guarded before, now all accessible */
    memset(P, 2, 2 * PAGE_SIZE);
    Give(P);
}

/* -------------------------------------------------------------------------------- legal uses */

static void LegalUsesPass(void **State)
{
    KIRQL Irql;
    void *P;

    (void)State;
    ExFreePool(Take(NonPagedPool, 10)); /* tagged block, free without tag */
    ExFreePoolWithTag(Take(NonPagedPool, 10), 0);
    P = ExAllocatePool(PagedPool, 10);
    ExFreePool(P);
    P = ExAllocatePoolWithTag(NonPagedPool, 10, TAG | PROTECTED_POOL);
    ExFreePoolWithTag(P, TAG); /* bit 31 apart */
    P = ExAllocatePoolWithTag(NonPagedPool, 10, TAG | PROTECTED_POOL);
    ExFreePoolWithTag(P, TAG | PROTECTED_POOL);

    P = Take(NonPagedPool, 10);
    KeRaiseIrql(DISPATCH_LEVEL, &Irql);
    Give(P);
    P = Take(NonPagedPool, 10);
    KeLowerIrql(Irql);
    Give(P);

    P = Take(PagedPool, 10);
    KeRaiseIrql(APC_LEVEL, &Irql);
    Give(P);
    P = Take(PagedPool, 10);
    KeLowerIrql(Irql);
    Give(P);

    P = ExAllocatePoolWithQuotaTag(PagedPool, 10, TAG);
    Give(P);
    P = ExAllocatePoolWithQuotaTag(NonPagedPool, 10, TAG);
    ExFreePool(P);
    P = ExAllocatePoolWithQuota(NonPagedPool, 10);
    ExFreePool(P);
    P = ExAllocatePoolWithTagPriority(NonPagedPool, 10, TAG, HighPoolPriority);
    ExFreePool(P);
    P = ExAllocatePoolWithTagPriority(PagedPool, 10, TAG, LowPoolPriority);
    Give(P);
}

static void FreeIt(PVOID P)
{
    Give(P);
}

static void AnotherThreadMayFree(void **State)
{
    (void)State;
    SimThreadJoin(SimThreadCreate("other", FreeIt, Take(PagedPool, 500)));
}

static void MustSucceedOnWindows2000(void **State)
{
    SIM_OPTIONS Options = {.Windows = SIM_WINDOWS_2000};
    void *P;

    (void)State;
    SimStop();
    SimStart(&Options);
    SimFailEvery(1);
    P = ExAllocatePoolWithTag(NonPagedPoolMustSucceed, 100, TAG);
    assert_non_null(P);
    Give(P);
    P = ExAllocatePoolWithTag(NonPagedPoolCacheAlignedMustS, 100, TAG);
    assert_int_equal((ULONG_PTR)P % 64, 0);
    Give(P);
    SimFailNone();
}

#define T(F) cmocka_unit_test_setup_teardown(F, Start, Stop)

int main(void)
{
    const struct CMUnitTest Tests[] = {
        T(SweepSizes),
        T(NeighboursAreAdjacent),
        T(AlignmentIsNotBetter),
        T(HugeSizesFail),
        T(FreshMemoryIsGarbageAndFreedKeepsItsBytes),
        T(FreedAddressComesBackLastFirst),
        T(SmallerRequestFits),
        T(ForeignOwnerGetsTheAddress),
        T(DriverMayFreeForeignBlocks),
        T(NeverReuse),
        T(PlaceWhereTheTestWants),
        T(PlaceOnUsedBytesAborts),
        T(GuardPagesFault),
        T(GuardedBlocksKeepTheContract),
        T(LegalUsesPass),
        T(AnotherThreadMayFree),
        T(MustSucceedOnWindows2000),
    };

    return cmocka_run_group_tests(Tests, NULL, NULL);
}
