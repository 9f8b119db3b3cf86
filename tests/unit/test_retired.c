/*
 * test_retired.c - the table of retired blocks: what is kept, what goes, and in which order; memory
 * that runs out; two threads.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "fake_core.h"

/* An allocation each, besides the table's own two. */
#define PIECES 64

/* A record of which every field says which block it is. */
static void Make(MC_RECORD *Record, ULONG_PTR User, ULONG Number)
{
    memset(Record, 0, sizeof(*Record));
    Record->User = User;
    Record->Size = Number + 1;
    Record->Front = (USHORT)(Number + 2);
    Record->Rear = (USHORT)(Number + 3);
    Record->Tag = Number + 4;
    Record->PoolType = Number + 5;
    Record->Number = Number;
    Record->AllocateSite = Number + 6;
    Record->FreeSite = Number + 7;
    Record->AllocateThread = Number + 8;
    Record->FreeThread = Number + 9;
    Record->AllocateTicks = Number + 10;
    Record->FreeTicks = Number + 11;
    Record->AllocateProcessor = (UCHAR)(Number + 12);
    Record->AllocateIrql = (UCHAR)(Number + 13);
    Record->FreeProcessor = (UCHAR)(Number + 14);
    Record->FreeIrql = (UCHAR)(Number + 15);
    Record->IntactCheck = Number + 16;
    Record->IntactTicks = Number + 17;
}

static void AddIn(ULONG Lane, ULONG_PTR User, ULONG Number)
{
    MC_RECORD Record;
    MC_RECORD *Records = &Record;

    Make(&Record, User, Number);
    McRetiredAdd(&Mc.Lane[Lane], &Records, 1);
}

static void AddOne(ULONG_PTR User, ULONG Number)
{
    AddIn(0, User, Number);
}

/* Number of the block retired at User, 0: none; all its fields must be of that block. */
static ULONG Find(ULONG_PTR User)
{
    MC_BLOCK Block;
    ULONG Number;

    memset(&Block, 0xEE, sizeof(Block));
    if (!McRetiredFind(User, &Block)) {
        return 0;
    }
    Number = Block.Number;
    assert_true(Block.User == User && Block.Size == Number + 1 &&
                Block.Front == (USHORT)(Number + 2));
    assert_true(Block.Rear == (USHORT)(Number + 3) && Block.Tag == Number + 4);
    assert_true(Block.PoolType == Number + 5 && Block.State == McStateRetired);
    assert_true(Block.Allocated.Site.Line == Number + 6 && Block.Freed.Site.Line == Number + 7);
    assert_true(Block.Allocated.Thread == Number + 8 && Block.Freed.Thread == Number + 9);
    assert_true(Block.Allocated.Ticks == Number + 10 && Block.Freed.Ticks == Number + 11);
    assert_true(Block.Allocated.Processor == (UCHAR)(Number + 12));
    assert_true(Block.Allocated.Irql == (UCHAR)(Number + 13));
    assert_true(Block.Freed.Processor == (UCHAR)(Number + 14));
    assert_true(Block.Freed.Irql == (UCHAR)(Number + 15));
    assert_true(Block.IntactCheck == Number + 16 && Block.IntactTicks == Number + 17);
    assert_null(Block.Allocated.Site.File);
    return Number;
}

static ULONG_PTR Address(ULONG Index)
{
    return FAKE_BASE + (ULONG_PTR)Index * 112;
}

/* Blocks First + 1, ... of as many addresses leave together, as they do from the quarantine. */
#define BATCH 16

static void AddBatch(ULONG First)
{
    MC_RECORD Records[BATCH];
    MC_RECORD *All[BATCH];
    ULONG Index;

    for (Index = 0; Index < BATCH; Index++) {
        Make(&Records[Index], Address(First + Index), First + Index + 1);
        All[Index] = &Records[Index];
    }
    Records[3].Noted = MC_NOTED_GONE;
    McRetiredAdd(&Mc.Lane[0], All, BATCH);
}

static void Begin(ULONG Entries)
{
    McOptions.Retired = Entries;
    FakeMeanwhile = NULL;
    FakeBegin(0, FALSE);
    assert_true(McRetiredStart());
    assert_true(McpIsValidRetired());
}

static void End(void)
{
    assert_true(McpIsValidRetired());
    McRetiredStop();
    assert_false(FakeEnd());
}

static void AddFindForget(void **State)
{
    (void)State;
    Begin(1024);
    assert_int_equal(Find(Address(1)), 0);
    AddOne(Address(1), 7);
    assert_int_equal(Find(Address(1)), 7);
    assert_int_equal(Find(Address(1) + 8), 0);
    AddOne(Address(1), 8);
    assert_int_equal(Find(Address(1)), 8);
    McRetiredForget(Address(1) + 8);
    assert_int_equal(Find(Address(1)), 8);
    McRetiredForget(Address(1));
    assert_int_equal(Find(Address(1)), 0);
    McRetiredForget(Address(1));
    End();
}

/* Exactly so many are kept; the last eighth of them stays even if all fall into one part. */
static void KeepsWhatTheOptionSays(ULONG Entries)
{
    ULONG Kept = 0;
    ULONG Index;

    Begin(Entries);
    for (Index = 0; Index < Entries * 10; Index++) {
        AddOne(Address(Index), Index + 1);
    }
    assert_true(McpIsValidRetired());
    for (Index = 0; Index < Entries * 10; Index++) {
        Kept += Find(Address(Index)) == Index + 1;
    }
    assert_int_equal(Kept, Entries);
    for (Index = Entries * 10 - Entries / 8; Index < Entries * 10; Index++) {
        assert_int_equal(Find(Address(Index)), Index + 1);
    }
    End();
}

static void Bounds(void **State)
{
    (void)State;
    KeepsWhatTheOptionSays(64);
    KeepsWhatTheOptionSays(192);
    KeepsWhatTheOptionSays(1024);
    KeepsWhatTheOptionSays(65536);
}

/* One address freed again and again must not push the others out. */
static void SameAddressTakesOneEntry(void **State)
{
    ULONG Index;

    (void)State;
    Begin(1024);
    for (Index = 0; Index < 128; Index++) {
        AddOne(Address(Index), Index + 1);
    }
    for (Index = 0; Index < 5000; Index++) {
        AddOne(Address(0), 1000 + Index);
        McRetiredForget(Address(1));
        AddOne(Address(1), 1000 + Index);
    }
    assert_int_equal(Find(Address(0)), 5999);
    for (Index = 2; Index < 128; Index++) {
        assert_int_equal(Find(Address(Index)), Index + 1);
    }
    End();
}

/* Within any part the oldest goes first: of the blocks of one part, those found are the last. */
static void OldestGoes(void **State)
{
    static ULONG Last[4096]; /* when each address was last added; 0: forgotten */
    ULONG Seed = 3;
    ULONG Step;
    ULONG Index;
    ULONG Kept = 0;
    ULONG Young = 0;

    (void)State;
    Begin(512);
    for (Step = 1; Step < 60000; Step++) {
        Index = FakeRandom(&Seed) % 4096;
        if (FakeRandom(&Seed) % 8 == 0) {
            McRetiredForget(Address(Index));
            Last[Index] = 0;
        } else {
            AddOne(Address(Index), Step);
            Last[Index] = Step;
        }
    }
    assert_true(McpIsValidRetired());
    for (Index = 0; Index < 4096; Index++) {
        Step = Find(Address(Index));
        assert_true(Step == 0 || Step == Last[Index]);
        Kept += Step != 0;
        if (Last[Index] >= 60000 - 64) { /* an eighth of 512: surely still there */
            Young++;
            assert_int_not_equal(Step, 0);
        }
    }
    assert_true(Kept > 400 && Kept <= 512 && Young > 40);
    End();
}

/* A batch longer than what there is room for just now; who is gone is nobody's to remember. */
static void BatchesAreWhole(void **State)
{
    ULONG First;
    ULONG Index;

    (void)State;
    Begin(64);
    for (First = 0; First < 64 * BATCH; First += BATCH) {
        AddBatch(First);
        assert_true(McpIsValidRetired());
        for (Index = First > 48 ? First - 48 : 0; Index < First + BATCH; Index++) {
            assert_int_equal(Find(Address(Index)), Index % BATCH == 3 ? 0 : Index + 1);
        }
    }
    End();
}

static void TakesLittleUntilUsed(void **State)
{
    SIZE_T Start;
    ULONG Index;

    (void)State;
    Begin(1024);
    Start = FakeBytes();
    for (Index = 0; Index < 20000; Index++) {
        AddOne(Address(Index), Index + 1);
    }
    printf("  %u bytes at start, %u with 1024 entries\n", (unsigned)Start, (unsigned)FakeBytes());
    assert_true(Start < 8192);
    assert_true(FakeBytes() < 1024 * 96);
    End();
}

static void OutOfMemory(void **State)
{
    ULONG FailAt;
    ULONG Index;
    ULONG Kept;
    BOOLEAN Failed = TRUE;

    (void)State;
    McOptions.Retired = 64;
    for (FailAt = 1; Failed; FailAt++) {
        FakeBegin(FailAt, FailAt % 2);
        if (McRetiredStart()) {
            Kept = 0;
            for (Index = 0; Index < 1000; Index++) {
                AddOne(Address(Index), Index + 1);
            }
            for (Index = 0; Index < 1000; Index++) {
                Kept += Find(Address(Index)) != 0;
            }
            assert_true(Kept <= 64 && (Kept >= 56 || FailAt % 2));
            assert_true(McpIsValidRetired());
            McRetiredStop();
        }
        Failed = FakeEnd();
    }
    assert_true(FailAt > PIECES);
}

/* While one processor brings a piece, another does so too, and fills some of it. */
static ULONG MeanwhileAt;

static void AddMeanwhile(void)
{
    AddOne(Address(MeanwhileAt), 1);
    AddOne(Address(MeanwhileAt + 100000), 1);
}

static void TwoGrowAtOnce(void **State)
{
    ULONG Index;
    ULONG Kept = 0;

    (void)State;
    Begin(64);
    for (Index = 0; Index < 2000; Index++) {
        MeanwhileAt = 200000 + Index;
        FakeMeanwhile = AddMeanwhile;
        AddOne(Address(Index), Index + 1);
        assert_true(McpIsValidRetired());
        assert_int_equal(Find(Address(Index)), Index + 1);
    }
    FakeMeanwhile = NULL;
    for (Index = 0; Index < 2000; Index++) {
        Kept += Find(Address(Index)) != 0;
    }
    assert_int_equal(Kept, 64);
    End();
}

static void *ThreadRun(void *Context)
{
    ULONG Seed = *(ULONG *)Context;
    MC_BLOCK Block;
    MC_RECORD Record;
    MC_RECORD *Records = &Record;
    ULONG Step;
    ULONG Index;

    for (Step = 1; Step < 40000; Step++) {
        Index = FakeRandom(&Seed) % 300;
        Make(&Record, Address(Index), Step);
        McRetiredAdd(&Mc.Lane[0], &Records, 1);
        Index = FakeRandom(&Seed) % 300;
        if (McRetiredFind(Address(Index), &Block) &&
            (Block.User != Address(Index) || Block.Freed.Ticks != Block.Number + 11)) {
            abort();
        }
        if (Step % 4 == 0) {
            McRetiredForget(Address(Index));
        }
    }
    return NULL;
}

static void TwoThreads(void **State)
{
    ULONG Seeds[2] = {71, 72};
    pthread_t Handle[2];
    ULONG Index;

    (void)State;
    Begin(128);
    for (Index = 0; Index < 2; Index++) {
        assert_int_equal(pthread_create(&Handle[Index], NULL, ThreadRun, &Seeds[Index]), 0);
    }
    for (Index = 0; Index < 2; Index++) {
        pthread_join(Handle[Index], NULL);
    }
    End();
}

/* An address inside: of the blocks that were there one after the other, the last one freed. */
static void HoldingIsTheLastOne(void **State)
{
    MC_BLOCK Block;
    ULONG Offset;

    (void)State;
    Begin(1024);
    AddOne(Address(1), 60); /* 61 bytes, freed at tick 71 */
    AddOne(Address(1) + 16, 80);
    AddOne(Address(1) + 32, 30);
    AddOne(Address(9), 90);
    assert_false(McRetiredHolding(Address(1) - 1, &Block));
    for (Offset = 0; Offset < 100; Offset++) {
        if (Offset >= 16 + 81) {
            assert_false(McRetiredHolding(Address(1) + Offset, &Block));
        } else {
            assert_true(McRetiredHolding(Address(1) + Offset, &Block));
            assert_int_equal(Block.Number, Offset < 16 ? 60 : 80);
            assert_int_equal(Block.State, McStateRetired);
        }
    }
    End();
}

/* Of an address that several processors let go, the one freed last; forgotten, it is so in all. */
static void LanesKnowTheLatest(void **State)
{
    MC_BLOCK Block;

    (void)State;
    Mc.LaneMask = 3;
    Begin(1024);
    AddIn(2, Address(1), 30);
    AddIn(0, Address(1), 50);
    AddIn(3, Address(1), 40);
    AddIn(1, Address(2), 60);
    assert_int_equal(Find(Address(1)), 50);
    assert_int_equal(Find(Address(2)), 60);
    assert_true(McRetiredHolding(Address(1) + 20, &Block));
    assert_int_equal(Block.Number, 50);
    McRetiredForget(Address(1));
    assert_int_equal(Find(Address(1)), 0);
    assert_int_equal(Find(Address(2)), 60);
    End();
    Mc.LaneMask = 0;
}

/* A busy lane has most of the table, and leaves something to each of the others. */
static void LanesShare(void **State)
{
    ULONG Lane;
    ULONG Index;
    ULONG Kept = 0;

    (void)State;
    Mc.LaneMask = 7;
    Begin(1024);
    for (Index = 0; Index < 4000; Index++) {
        AddIn(5, Address(Index), Index + 1);
    }
    for (Index = 0; Index < 4000; Index++) {
        Kept += Find(Address(Index)) == Index + 1;
    }
    assert_true(Kept >= 1024 * 7 / 8 && Kept < 1024);
    for (Lane = 0; Lane < 8; Lane++) {
        for (Index = 0; Lane != 5 && Index < 1000; Index++) {
            AddIn(Lane, Address(5000 + Lane * 1000 + Index), Index + 1);
        }
    }
    assert_true(McpIsValidRetired());
    assert_true(FakeBytes() < 1024 * 96 + 8 * 8192);
    for (Lane = 0; Lane < 8; Lane++) {
        for (Index = 1000 - 16; Lane != 5 && Index < 1000; Index++) {
            assert_int_equal(Find(Address(5000 + Lane * 1000 + Index)), Index + 1);
        }
    }
    assert_int_equal(Find(Address(3999)), 4000);
    End();
    Mc.LaneMask = 0;
}

int main(void)
{
    const struct CMUnitTest Tests[] = {
        cmocka_unit_test(AddFindForget), cmocka_unit_test(HoldingIsTheLastOne),
        cmocka_unit_test(Bounds),        cmocka_unit_test(SameAddressTakesOneEntry),
        cmocka_unit_test(OldestGoes),    cmocka_unit_test(TakesLittleUntilUsed),
        cmocka_unit_test(OutOfMemory),   cmocka_unit_test(TwoGrowAtOnce),
        cmocka_unit_test(TwoThreads),    cmocka_unit_test(LanesKnowTheLatest),
        cmocka_unit_test(LanesShare),    cmocka_unit_test(BatchesAreWhole),
    };

    return cmocka_run_group_tests(Tests, NULL, NULL);
}
