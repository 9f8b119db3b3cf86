/*
 * test_large.c - the table of large blocks against a naive list: random scripts, overlapping stale
 * blocks, orders that unbalance a tree, memory that runs out, two threads.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>
#include "fake_core.h"

#define PAGE ((ULONG_PTR)MC_PAGE_SIZE)
#define MOST 3000

static ULONG Count;
static MC_RECORD *Record[MOST];
static BOOLEAN In[MOST];

static void Add(ULONG_PTR Raw, ULONG Front, SIZE_T Size)
{
    assert_true(Count < MOST);
    In[Count] = FALSE;
    Record[Count++] = FakeRecord(Raw, Front, Size, 16);
}

static void Begin(void)
{
    Count = 0;
    FakeBegin(0, FALSE);
    assert_true(McLargeStart());
}

static void AssertValid(void)
{
    ULONG Inside = 0;
    ULONG Found;
    ULONG Index;

    for (Index = 0; Index < Count; Index++) {
        Inside += In[Index];
    }
    assert_true(McpIsValidLarge(&Found));
    assert_int_equal(Found, Inside);
}

static void End(void)
{
    McLargeStop();
    assert_false(FakeEnd());
    FakeRecordsEnd();
}

static BOOLEAN Insert(ULONG Index)
{
    FakeSetState(Record[Index], McStateLive);
    Record[Index]->Noted = 0;
    if (!McLargeReserve()) {
        return FALSE;
    }
    assert_true(McLargeInsert(Record[Index]));
    In[Index] = TRUE;
    return TRUE;
}

static void Remove(ULONG Index)
{
    McLargeRemove(Record[Index]);
    In[Index] = FALSE;
}

static void Compare(ULONG_PTR Address)
{
    MC_RECORD *Found = McLargeFind(Address);
    MC_RECORD *Best = NULL;
    ULONG Index;

    for (Index = 0; Index < Count; Index++) {
        if (In[Index] && McRecordState(Record[Index]) == McStateLive && !McIsGone(Record[Index]) &&
            Address >= Record[Index]->User - Record[Index]->Front &&
            Address < Record[Index]->User + Record[Index]->Size + Record[Index]->Rear &&
            (Best == NULL || McOutranks(Record[Index], Best))) {
            Best = Record[Index];
        }
    }
    assert_ptr_equal(Found, Best);
    if (Found != NULL) {
        assert_int_equal(FakeReferences(Found), 1);
        McRecordRelease(Found);
    }
}

/* Of the plain ones that meet an extent any is right; none only where there is none. */
static void CompareOverlap(ULONG_PTR First, ULONG_PTR Last)
{
    MC_RECORD *Found = McLargeOverlap(First, Last);
    BOOLEAN Any = FALSE;
    BOOLEAN Right = Found == NULL;
    ULONG Index;

    for (Index = 0; Index < Count; Index++) {
        if (In[Index] && Record[Index]->Front == 0 && !McIsGone(Record[Index]) &&
            McRecordState(Record[Index]) != McStateMaking && Record[Index]->User <= Last &&
            First < Record[Index]->User + Record[Index]->Size + Record[Index]->Rear) {
            Any = TRUE;
            Right |= Record[Index] == Found;
        }
    }
    assert_true(Right);
    assert_int_equal(Found != NULL, Any);
    if (Found != NULL) {
        assert_int_equal(FakeReferences(Found), 1);
        McRecordRelease(Found);
    }
}

static void Script(ULONG Steps, ULONG Seed)
{
    MC_RECORD *Any;
    ULONG_PTR Raw;
    ULONG Index;

    while (Steps-- != 0) {
        Index = FakeRandom(&Seed) % Count;
        if (!In[Index]) {
            assert_true(Insert(Index));
        } else if (FakeRandom(&Seed) % 3 == 0) {
            FakeSetState(Record[Index], McStateMaking);
        } else if (Record[Index]->Front == 0 && FakeRandom(&Seed) % 4 == 0) {
            Record[Index]->Noted = MC_NOTED_GONE;
        } else {
            Remove(Index);
        }
        Any = Record[FakeRandom(&Seed) % Count];
        Raw = Any->User - Any->Front;
        Compare(Raw);
        Compare(Raw - 1);
        Compare(Any->User + Any->Size + 15);
        Compare(Any->User + Any->Size + 16);
        Compare(Raw + FakeRandom(&Seed) % (ULONG)Any->Size);
        CompareOverlap(Raw, Raw);
        CompareOverlap(Raw - PAGE, Raw - 1);
        CompareOverlap(Any->User + Any->Size + 15, Any->User + Any->Size + 15 + PAGE);
        CompareOverlap(Raw + FakeRandom(&Seed) % (ULONG)Any->Size, Raw + 60 * PAGE);
        if (Steps % 512 == 0) {
            AssertValid();
        }
    }
    for (Index = 0; Index < Count; Index++) {
        if (In[Index]) {
            Remove(Index);
        }
    }
    AssertValid();
}

static void WhatIsLarge(void **State)
{
    (void)State;
    assert_false(McIsLargeExtent(FAKE_BASE, FAKE_BASE));
    assert_false(McIsLargeExtent(FAKE_BASE, FAKE_BASE + 16 * PAGE - 1));
    assert_true(McIsLargeExtent(FAKE_BASE, FAKE_BASE + 16 * PAGE));
    assert_true(McIsLargeExtent(FAKE_BASE + 1, FAKE_BASE + 16 * PAGE));
    assert_true(McIsLargeExtent(FAKE_BASE + PAGE - 1, FAKE_BASE + 16 * PAGE));
    assert_false(McIsLargeExtent(FAKE_BASE + PAGE, FAKE_BASE + 16 * PAGE));
    /* Front redzone and rear redzone count: raw is what matters. */
    assert_false(McIsLarge(FakeRecord(FAKE_BASE, 0, 16 * PAGE - 16, 16)));
    assert_true(McIsLarge(FakeRecord(FAKE_BASE, 0, 16 * PAGE - 15, 16)));
    assert_true(McIsLarge(FakeRecord(FAKE_BASE, (ULONG)PAGE, 15 * PAGE, (ULONG)PAGE)));
    FakeRecordsEnd();
}

static void SideBySide(void **State)
{
    ULONG_PTR At = FAKE_BASE;
    ULONG Seed = 1;
    ULONG Size;

    (void)State;
    Begin();
    while (Count < 1000) {
        Size = (17 + FakeRandom(&Seed) % 50) * (ULONG)PAGE;
        Add(At, FakeRandom(&Seed) % 2 * 16, Size);
        At += Size + 32 + FakeRandom(&Seed) % 2 * PAGE;
    }
    Script(20000, 11);
    End();
}

/* Stale ones: any number over one address, many with the same first byte, nested and crossing. */
static void Overlapping(void **State)
{
    ULONG Seed = 2;

    (void)State;
    Begin();
    while (Count < 200) {
        Add(FAKE_BASE + FakeRandom(&Seed) % 40 * PAGE, FakeRandom(&Seed) % 2 * 16,
            (17 + FakeRandom(&Seed) % 60) * PAGE);
    }
    Script(20000, 12);
    End();
}

/* Upwards, downwards, from both ends: the depth stays bounded, which McpIsValidLarge checks. */
static void OrderedInserts(void **State)
{
    ULONG Order;
    ULONG Index;

    (void)State;
    for (Order = 0; Order < 3; Order++) {
        Begin();
        while (Count < MOST) {
            Add(FAKE_BASE + Count * 32 * PAGE, 16, 20 * PAGE);
        }
        for (Index = 0; Index < Count; Index++) {
            assert_true(Insert(Order == 0   ? Index
                               : Order == 1 ? Count - 1 - Index
                               : Index % 2  ? Index / 2
                                            : Count - 1 - Index / 2));
            if (Index % 100 == 0) {
                AssertValid();
            }
        }
        for (Index = 0; Index < Count; Index++) {
            Compare(Record[Index]->User + 10 * PAGE);
        }
        for (Index = 0; Index < Count; Index++) {
            Remove(Order == 1 ? Index : Count - 1 - Index);
            if (Index % 100 == 0) {
                AssertValid();
            }
        }
        End();
    }
}

static void OutOfMemory(void **State)
{
    ULONG FailAt;
    ULONG Index;
    BOOLEAN Failed = TRUE;

    (void)State;
    for (FailAt = 1; Failed; FailAt++) {
        Count = 0;
        FakeBegin(FailAt, FailAt % 2);
        assert_true(McLargeStart());
        for (Index = 0; Index < 100; Index++) {
            Add(FAKE_BASE + Index * 32 * PAGE, 0, 20 * PAGE);
            Insert(Index);
            Compare(Record[Index]->User + 5 * PAGE);
        }
        AssertValid();
        McLargeStop();
        FakeRecordsEnd();
        Failed = FakeEnd();
    }
    assert_true(FailAt > 5);
}

/* Nothing to insert with: FALSE, and nothing inserted; what was never inserted is not removed. */
static void NoRoom(void **State)
{
    (void)State;
    Begin();
    Add(FAKE_BASE, 0, 20 * PAGE);
    assert_false(McLargeInsert(Record[0]));
    AssertValid();
    McLargeRemove(Record[0]);
    AssertValid();
    End();
}

/* Plain ones are found in each state but making, owned ones are not. */
static void OverlapOfEachState(void **State)
{
    static const MC_STATE States[] = {McStateMaking, McStateLive, McStateFreeing,
                                      McStateQuarantined, McStateLeaving};
    ULONG Index;

    (void)State;
    Begin();
    assert_false(McLargeAny());
    Add(FAKE_BASE, 0, 20 * PAGE);
    assert_true(Insert(0));
    assert_true(McLargeAny());
    for (Index = 0; Index < 5; Index++) {
        FakeSetState(Record[0], States[Index]);
        CompareOverlap(FAKE_BASE + PAGE, FAKE_BASE + PAGE);
    }
    Remove(0);
    assert_false(McLargeAny());
    Add(FAKE_BASE, 16, 20 * PAGE);
    assert_true(Insert(1));
    assert_null(McLargeOverlap(FAKE_BASE, FAKE_BASE + 20 * PAGE));
    Remove(1);
    End();
}

typedef struct {
    ULONG Seed;
    ULONG First;
} THREAD;

static void *ThreadRun(void *Context)
{
    THREAD *Thread = Context;
    MC_RECORD *Found;
    BOOLEAN Inside[100] = {FALSE};
    ULONG Step;
    ULONG Index;

    for (Step = 0; Step < 40000; Step++) {
        Index = FakeRandom(&Thread->Seed) % 100;
        if (Inside[Index]) {
            McLargeRemove(Record[Thread->First + Index * 2]);
            Inside[Index] = FALSE;
        } else {
            Inside[Index] = McLargeReserve() && McLargeInsert(Record[Thread->First + Index * 2]);
        }
        Index = FakeRandom(&Thread->Seed) % 200;
        Found = McLargeFind(Record[Index]->User + FakeRandom(&Thread->Seed) % (20 * (ULONG)PAGE));
        if (Found != NULL) {
            if (Found != Record[Index]) {
                abort();
            }
            McRecordRelease(Found);
        }
    }
    for (Index = 0; Index < 100; Index++) {
        if (Inside[Index]) {
            McLargeRemove(Record[Thread->First + Index * 2]);
        }
    }
    return NULL;
}

static void TwoThreads(void **State)
{
    THREAD Threads[2] = {{61, 0}, {62, 1}};
    pthread_t Handle[2];
    ULONG Index;

    (void)State;
    Begin();
    for (Index = 0; Index < 200; Index++) {
        Add(FAKE_BASE + Index * 24 * PAGE, 0, 20 * PAGE);
        FakeSetState(Record[Index], McStateLive);
    }
    for (Index = 0; Index < 2; Index++) {
        assert_int_equal(pthread_create(&Handle[Index], NULL, ThreadRun, &Threads[Index]), 0);
    }
    for (Index = 0; Index < 2; Index++) {
        pthread_join(Handle[Index], NULL);
    }
    AssertValid();
    End();
}

int main(void)
{
    const struct CMUnitTest Tests[] = {
        cmocka_unit_test(WhatIsLarge), cmocka_unit_test(SideBySide),
        cmocka_unit_test(Overlapping), cmocka_unit_test(OrderedInserts),
        cmocka_unit_test(OutOfMemory), cmocka_unit_test(NoRoom),
        cmocka_unit_test(TwoThreads),  cmocka_unit_test(OverlapOfEachState),
    };

    return cmocka_run_group_tests(Tests, NULL, NULL);
}
