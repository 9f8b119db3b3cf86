/*
 * test_index.c - the page index against a naive list: every look-up, insert and remove of random
 * scripts over layouts chosen to hurt; memory that runs out; a million blocks; two threads.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>
#include "filter.h"
#include "fake_core.h"

#define PAGE   ((ULONG_PTR)MC_PAGE_SIZE)
#define REGION ((ULONG_PTR)1 << MC_SHARD_SHIFT)

/* ---- the model: a list ---- */

#define MOST 4000

typedef struct {
    ULONG Count;
    MC_RECORD *Record[MOST];
    BOOLEAN In[MOST];
} MODEL;

static MODEL Model;

static void ModelAdd(ULONG_PTR Raw, ULONG Front, SIZE_T Size, ULONG Rear)
{
    assert_true(Model.Count < MOST);
    Model.In[Model.Count] = FALSE;
    Model.Record[Model.Count++] = FakeRecord(Raw, Front, Size, Rear);
}

static BOOLEAN Holds(const MC_RECORD *Record, ULONG_PTR Address)
{
    return Address >= Record->User - Record->Front &&
           Address < Record->User + Record->Size + Record->Rear;
}

/* The best of those that hold the address, or, Exact, that start there. */
static MC_RECORD *ModelFind(ULONG_PTR Address, BOOLEAN Exact)
{
    MC_RECORD *Best = NULL;
    MC_RECORD *Record;
    ULONG Index;

    for (Index = 0; Index < Model.Count; Index++) {
        Record = Model.Record[Index];
        if (Model.In[Index] && McRecordState(Record) != McStateMaking && !McIsGone(Record) &&
            (Exact ? Record->User == Address : Holds(Record, Address)) &&
            (Best == NULL || McOutranks(Record, Best))) {
            Best = Record;
        }
    }
    return Best;
}

static void Compare(ULONG_PTR Address)
{
    MC_RECORD *Wanted = ModelFind(Address, TRUE);
    MC_RECORD *Found = McIndexFindExact(Address);

    assert_ptr_equal(Found, Wanted);
    if (Found != NULL) {
        assert_int_equal(FakeReferences(Found), 1);
        McRecordRelease(Found);
    }
    Wanted = ModelFind(Address, FALSE);
    Found = McIndexFind(Address);
    assert_ptr_equal(Found, Wanted);
    if (Found != NULL) {
        assert_int_equal(FakeReferences(Found), 1);
        McRecordRelease(Found);
    }
}

/* ---- neighbours ---- */

/* Bytes from the address to the block, if it lies there, in one of the two pages on that side. */
static BOOLEAN IsBeside(const MC_RECORD *Record, ULONG_PTR Address, BOOLEAN Above,
                        ULONG_PTR *Distance)
{
    ULONG_PTR First = Record->User - Record->Front;
    ULONG_PTR Last = Record->User + Record->Size + Record->Rear - 1;

    if (Above ? First <= Address : Last >= Address) {
        return FALSE;
    }
    *Distance = Above ? First - Address : Address - Last;
    return Above ? MC_PAGE(First) - MC_PAGE(Address + 1) <= PAGE
                 : MC_PAGE(Address - 1) - MC_PAGE(Last) <= PAGE;
}

/* A large one is known by its first byte alone, so not of stale ones, and not by pages. */
static void CompareNear(ULONG_PTR Address, BOOLEAN Above)
{
    MC_RECORD *Found = Above ? McIndexAfter(Address) : McIndexBefore(Address);
    ULONG_PTR Nearest = ~(ULONG_PTR)0;
    ULONG_PTR Distance;
    ULONG Index;

    for (Index = 0; Index < Model.Count; Index++) {
        MC_RECORD *Record = Model.Record[Index];

        if (Model.In[Index] && McRecordState(Record) != McStateMaking && !McIsGone(Record) &&
            !McIsLarge(Record) && IsBeside(Record, Address, Above, &Distance) &&
            Distance < Nearest) {
            Nearest = Distance;
        }
    }
    if (Found == NULL) {
        assert_true(Nearest == ~(ULONG_PTR)0);
        return;
    }
    assert_true(McRecordState(Found) != McStateMaking && !McIsGone(Found));
    assert_int_equal(FakeReferences(Found), 1);
    McRecordRelease(Found);
    if (McIsLarge(Found)) {
        assert_true(Above ? Found->User - Found->Front > Address
                          : Found->User + Found->Size + Found->Rear <= Address);
        Distance = Above ? Found->User - Found->Front - Address
                         : Address - (Found->User + Found->Size + Found->Rear - 1);
        assert_true(Distance <= Nearest && Distance <= 2 * PAGE);
    } else {
        assert_true(IsBeside(Found, Address, Above, &Distance));
        assert_true(Distance == Nearest);
    }
}

/* An address that is in, at an edge of, or near a block. */
static ULONG_PTR Near(const MC_RECORD *Record, ULONG *Seed)
{
    ULONG_PTR Raw = Record->User - Record->Front;
    ULONG_PTR End = Record->User + Record->Size + Record->Rear;

    switch (FakeRandom(Seed) % 12) {
    case 0: return Raw;
    case 1: return Raw - 1;
    case 2: return End;
    case 3: return End - 1;
    case 4: return Record->User + 1;
    case 5: return Record->User - 8;
    case 6: return Record->User + 8;
    case 7: return (Raw + FakeRandom(Seed) % (End - Raw)) & ~(PAGE - 1);
    case 8: return Record->User + (((ULONG_PTR)1 << 20) << 21); /* 2 TB on: the same key */
    case 9: return Raw + FakeRandom(Seed) % (End - Raw);
    case 10: return End + FakeRandom(Seed) % PAGE;
    default: return Record->User;
    }
}

static BOOLEAN InsertOne(ULONG Index)
{
    MC_RECORD *Record = Model.Record[Index];
    ULONG_PTR Raw = Record->User - Record->Front;

    FakeRecordNumber(Record);
    FakeSetState(Record, McStateMaking);
    Record->Noted = 0;
    if (!McIndexReserve(Record->User, Raw, Record->User + Record->Size + Record->Rear)) {
        return FALSE;
    }
    assert_true(McIndexInsert(Record)); /* nobody else is there to take the room */
    Model.In[Index] = TRUE;
    FakeSetState(Record, McStateLive);
    return TRUE;
}

static void RemoveOne(ULONG Index)
{
    FakeSetState(Model.Record[Index], McStateLeaving);
    McIndexRemove(Model.Record[Index]);
    Model.In[Index] = FALSE;
}

static void RemoveAll(void)
{
    ULONG Index;

    for (Index = 0; Index < Model.Count; Index++) {
        if (Model.In[Index]) {
            RemoveOne(Index);
        }
    }
}

static void Script(ULONG Steps, ULONG Seed)
{
    ULONG Step;
    ULONG Index;

    for (Step = 0; Step < Steps; Step++) {
        Index = FakeRandom(&Seed) % Model.Count;
        if (FakeRandom(&Seed) % 2 == 0) {
            if (!Model.In[Index]) {
                assert_true(InsertOne(Index));
            } else if (FakeRandom(&Seed) % 4 != 0) {
                RemoveOne(Index);
            } else if (Model.Record[Index]->Front != 0 || FakeRandom(&Seed) % 2 == 0) {
                /* as if still in making: nobody may have it */
                FakeSetState(Model.Record[Index], McStateMaking);
            } else {
                Model.Record[Index]->Noted = MC_NOTED_GONE;
            }
        }
        Compare(Near(Model.Record[FakeRandom(&Seed) % Model.Count], &Seed));
        Compare(Near(Model.Record[Index], &Seed));
        CompareNear(Near(Model.Record[Index], &Seed), Step % 2 == 0);
        if (Step % 2000 == 0) {
            assert_true(McpIsValidIndex());
        }
    }
    assert_true(McpIsValidIndex());
}

/* ---- overlaps ---- */

/* Is this one of those that an overlap is to find? */
static BOOLEAN Claims(ULONG Index, ULONG_PTR First, ULONG_PTR Last)
{
    const MC_RECORD *Record = Model.Record[Index];
    MC_STATE State = McRecordState(Record);

    return Model.In[Index] && Record->Front == 0 && !McIsGone(Record) && State != McStateMaking &&
           Record->User <= Last && First < Record->User + Record->Size + Record->Rear &&
           (McIsLarge(Record) || !McIsLargeExtent(First, Last));
}

/* Mark what is found as gone, and ask again, as the core does; then take it all back. */
static void CompareOverlaps(ULONG_PTR First, ULONG_PTR Last)
{
    static BOOLEAN Wanted[MOST];
    MC_RECORD *Found[MC_OVERLAPS];
    ULONG Count;
    ULONG Index;
    ULONG Total = 0;
    ULONG Marked = 0;

    for (Index = 0; Index < Model.Count; Index++) {
        Wanted[Index] = Claims(Index, First, Last);
        Total += Wanted[Index];
    }
    while ((Count = McIndexOverlaps(First, Last, Found)) != 0) {
        assert_true(Count <= MC_OVERLAPS);
        while (Count-- != 0) {
            assert_int_equal(FakeReferences(Found[Count]), 1);
            assert_false(McIsGone(Found[Count])); /* none twice */
            Marked++;
            Found[Count]->Noted = MC_NOTED_GONE;
            McRecordRelease(Found[Count]);
        }
    }
    for (Index = 0; Index < Model.Count; Index++) {
        if (Wanted[Index]) {
            assert_true(McIsGone(Model.Record[Index]));
            Model.Record[Index]->Noted = 0;
        }
        assert_int_equal(FakeReferences(Model.Record[Index]), 0);
    }
    assert_int_equal(Marked, Total); /* all that were wanted, and no others */
}

static void ModelStart(void)
{
    Model.Count = 0;
    FakeBegin(0, FALSE);
    assert_true(McLargeStart());
    McIndexStart();
}

static void ModelEnd(void)
{
    RemoveAll();
    assert_true(McpIsValidIndex());
    McIndexStop();
    McLargeStop();
    assert_false(FakeEnd());
    FakeRecordsEnd();
}

static void RunModel(ULONG Steps, ULONG Seed)
{
    assert_true(McpIsValidIndex());
    Script(Steps, Seed);
    ModelEnd();
}

/* ---- layouts ---- */

/* Side by side, sizes from 0 on; owned, plain and of every small kind. */
static void AddDense(ULONG_PTR At, ULONG Count, ULONG *Seed)
{
    ULONG Front;
    ULONG Size;
    ULONG Rear;

    while (Count-- != 0) {
        Front = FakeRandom(Seed) % 3 * 16;
        Size = FakeRandom(Seed) % 4 == 0 ? 0 : FakeRandom(Seed) % 200;
        Rear = 16 + (-(Front + Size) & 15);
        ModelAdd(At, Front, Size, Rear);
        At += Front + Size + Rear;
    }
}

static void AddScattered(ULONG_PTR At, ULONG Count, ULONG *Seed)
{
    ULONG Size;

    while (Count-- != 0) {
        At += (1 + FakeRandom(Seed) % 40) * PAGE;
        Size = FakeRandom(Seed) % 1000;
        ModelAdd(At + FakeRandom(Seed) % 150 * 16, FakeRandom(Seed) % 2 * 32, Size,
                 16 + (-Size & 15));
    }
}

/* From a random place of a page over up to 16 pages; large ones where Pages is more. */
static void AddCrossing(ULONG_PTR At, ULONG Count, ULONG Pages, ULONG *Seed)
{
    ULONG Size;

    while (Count-- != 0) {
        At += FakeRandom(Seed) % 256 * 16;
        Size = FakeRandom(Seed) % (Pages * (ULONG)PAGE);
        ModelAdd(At, FakeRandom(Seed) % 3 * 1024, Size, 16 + (-Size & 15));
        At += 3 * 1024 + Size + 32;
    }
}

/* As page-aligned owned blocks are: a page of front redzone, or less than one, then whole pages. */
static void AddAligned(ULONG_PTR At, ULONG Count, ULONG *Seed)
{
    ULONG Size;

    while (Count-- != 0) {
        Size = (ULONG)PAGE + FakeRandom(Seed) % (20 * (ULONG)PAGE);
        ModelAdd(At, (ULONG)PAGE, Size, (ULONG)PAGE + (-Size & ((ULONG)PAGE - 1)));
        At += 2 * PAGE + Size + (-Size & (PAGE - 1)) + FakeRandom(Seed) % 2 * PAGE;
    }
}

/* Over the border between two shards, with the start on either side of it, and on it. */
static void AddShardCrossing(ULONG_PTR At, ULONG Count, ULONG *Seed)
{
    ULONG Front;
    ULONG Before;

    At &= ~(REGION - 1);
    while (Count-- != 0) {
        At += REGION;
        Front = FakeRandom(Seed) % 129 * 16;
        Before = FakeRandom(Seed) % 4 == 0 ? Front : FakeRandom(Seed) % 2048 * 16;
        ModelAdd(At - Before, Front, FakeRandom(Seed) % 40000, 32);
    }
}

/* A large block between small ones: it has no marks, and is a neighbour all the same. */
static void NeighboursLargeToo(void **State)
{
    ULONG_PTR At = FAKE_BASE + 5 * PAGE;
    MC_RECORD *Found;
    ULONG Index;

    (void)State;
    ModelStart();
    ModelAdd(At, 16, 32, 16);
    ModelAdd(At + PAGE, (ULONG)PAGE, 30 * PAGE, (ULONG)PAGE);
    ModelAdd(At + 33 * PAGE, 0, 32, 16);
    for (Index = 0; Index < 3; Index++) {
        assert_true(InsertOne(Index));
    }
    for (Index = 0; Index < 2; Index++) {
        Found = McIndexAfter(Index == 0 ? At + 63 : At + 33 * PAGE - 1);
        assert_ptr_equal(Found, Model.Record[Index + 1]);
        McRecordRelease(Found);
        Found = McIndexBefore(Index == 0 ? At + PAGE : At + 33 * PAGE);
        assert_ptr_equal(Found, Model.Record[Index]);
        McRecordRelease(Found);
    }
    assert_null(McIndexBefore(At));
    assert_null(McIndexAfter(At + 33 * PAGE));
    assert_null(McIndexBefore(0));
    assert_null(McIndexAfter(~(ULONG_PTR)0));
    Model.Record[1]->Noted = MC_NOTED_GONE;
    assert_null(McIndexAfter(At + 63));
    Model.Record[1]->Noted = 0;
    ModelEnd();
}

/* Two pages on each side, and no further: a block a megabyte away is no neighbour. */
static void NeighboursAreNear(void **State)
{
    ULONG_PTR At = FAKE_BASE + 64 * PAGE;

    (void)State;
    ModelStart();
    ModelAdd(At, 16, 32, 16);
    assert_true(InsertOne(0));
    assert_null(McIndexBefore(At + 3 * PAGE));
    assert_null(McIndexAfter(At - 3 * PAGE));
    assert_null(McIndexBefore(At + 10)); /* inside: it does not end before it */
    assert_null(McIndexAfter(At + 10));
    ModelEnd();
}

static void DenseBlocks(void **State)
{
    ULONG Seed = 1;

    (void)State;
    ModelStart();
    AddDense(FAKE_BASE + 3 * REGION - 100 * PAGE, 2000, &Seed);
    RunModel(10000, 11);
}

static void ScatteredBlocks(void **State)
{
    ULONG Seed = 2;

    (void)State;
    ModelStart();
    AddScattered(FAKE_BASE, 2000, &Seed);
    RunModel(10000, 12);
}

static void BlocksAcrossPages(void **State)
{
    ULONG Seed = 3;

    (void)State;
    ModelStart();
    AddCrossing(FAKE_BASE, 1500, 15, &Seed);
    RunModel(10000, 13);
}

static void BlocksAcrossShards(void **State)
{
    ULONG Seed = 4;

    (void)State;
    ModelStart();
    AddShardCrossing(FAKE_BASE, 400, &Seed);
    RunModel(10000, 14);
}

static void PageAlignedOwnedBlocks(void **State)
{
    ULONG Seed = 5;

    (void)State;
    ModelStart();
    AddAligned(FAKE_BASE, 1000, &Seed);
    RunModel(10000, 15);
}

static void LargeBlocks(void **State)
{
    ULONG Seed = 6;

    (void)State;
    ModelStart();
    AddCrossing(FAKE_BASE, 1000, 60, &Seed);
    RunModel(10000, 16);
}

static void AllKindsTogether(void **State)
{
    ULONG Seed = 7;

    (void)State;
    ModelStart();
    AddDense(FAKE_BASE, 1000, &Seed);
    AddScattered(FAKE_BASE + 2 * REGION, 800, &Seed);
    AddCrossing(FAKE_BASE + 64 * REGION, 600, 40, &Seed);
    AddAligned(FAKE_BASE + 128 * REGION, 300, &Seed);
    AddShardCrossing(FAKE_BASE + 256 * REGION, 200, &Seed);
    RunModel(10000, 17);
}

/* Stale ones: many plain blocks over the same few addresses, some with the same start, and owned
 * ones among them, which overlap no owned one. */
static void OverlappingBlocks(void **State)
{
    ULONG_PTR At = FAKE_BASE + REGION - 8 * PAGE;
    ULONG Seed = 8;
    ULONG Count;

    (void)State;
    ModelStart();
    for (Count = 0; Count < 300; Count++) {
        ModelAdd(At + FakeRandom(&Seed) % 4096 * 16, 0,
                 FakeRandom(&Seed) % (Count % 3 ? 3000 : 150000), 16 + FakeRandom(&Seed) % 16);
    }
    for (Count = 0; Count < 100; Count++) {
        ModelAdd(FAKE_BASE + REGION + FakeRandom(&Seed) % 64 * 16, 0, FakeRandom(&Seed) % 300, 16);
    }
    for (Count = 0; Count < 100; Count++) {
        At += FakeRandom(&Seed) % 200 * 16;
        ModelAdd(At, 32, Count % 4 ? 100 + FakeRandom(&Seed) % 1000 : 80000, 16);
        At += Count % 4 ? 1200 : 80048;
    }
    RunModel(10000, 18);
}

/* Of blocks with the same start, the owned one; then the newest that can be referenced. */
static void SameStart(void **State)
{
    MC_RECORD *Record;
    ULONG Index;

    (void)State;
    ModelStart();
    for (Index = 0; Index < 40; Index++) { /* more than a line holds */
        ModelAdd(FAKE_BASE + 512, 0, 100, 16);
    }
    ModelAdd(FAKE_BASE + 512 - 16, 16, 100, 16);
    for (Index = Model.Count; Index-- != 0;) {
        assert_true(InsertOne(Index));
    }
    assert_true(McpIsValidIndex());
    for (Index = Model.Count; Index-- != 0;) {
        Compare(FAKE_BASE + 512);
        Compare(FAKE_BASE + 520);
        Record = McIndexFind(FAKE_BASE + 512);
        assert_non_null(Record);
        FakeSetState(Record, McStateMaking);
        McRecordRelease(Record);
    }
    assert_null(McIndexFind(FAKE_BASE + 512));
    ModelEnd();
}

/* Extents of all sizes over blocks of all kinds in all states. */
static void OverlapsAreFound(void **State)
{
    static const MC_STATE States[] = {McStateMaking,  McStateLive,        McStateLive,
                                      McStateFreeing, McStateQuarantined, McStateQuarantined,
                                      McStateLeaving, McStateLive};
    ULONG Seed = 23;
    ULONG_PTR First;
    ULONG_PTR Length;
    ULONG Index;
    ULONG Step;

    (void)State;
    ModelStart();
    AddDense(FAKE_BASE + REGION - 20 * PAGE, 500, &Seed);
    AddScattered(FAKE_BASE + 2 * REGION, 100, &Seed);
    AddCrossing(FAKE_BASE + 3 * REGION - 40 * PAGE, 100, 16, &Seed);
    AddCrossing(FAKE_BASE + 8 * REGION, 50, 60, &Seed);
    AddShardCrossing(FAKE_BASE + 16 * REGION, 40, &Seed);
    for (Index = 0; Index < 200; Index++) { /* stale ones over them */
        First = Model.Record[FakeRandom(&Seed) % 700]->User;
        ModelAdd(First + FakeRandom(&Seed) % 40 * 16, 0, FakeRandom(&Seed) % 5000, 16);
    }
    for (Index = 0; Index < Model.Count; Index++) {
        assert_true(InsertOne(Index));
        FakeSetState(Model.Record[Index], States[FakeRandom(&Seed) % 8]);
        if (Model.Record[Index]->Front == 0 && FakeRandom(&Seed) % 8 == 0) {
            Model.Record[Index]->Noted = MC_NOTED_GONE;
        }
    }
    for (Step = 0; Step < 10000; Step++) {
        First = Near(Model.Record[FakeRandom(&Seed) % Model.Count], &Seed);
        Length = FakeRandom(&Seed) % 8 == 0 ? FakeRandom(&Seed) % (40 * PAGE)
                                            : FakeRandom(&Seed) % (2 * PAGE);
        CompareOverlaps(First, First + Length);
        CompareOverlaps(First & ~(PAGE - 1), (First & ~(PAGE - 1)) + Length);
        CompareOverlaps(First, First);
    }
    ModelEnd();
}

/* Many stale records may lie over one small place: each is found, some at a time. */
static void OverlapsOfManyAtOnePlace(void **State)
{
    MC_RECORD *Found[MC_OVERLAPS];
    ULONG Index;

    (void)State;
    ModelStart();
    for (Index = 0; Index < 5 * MC_OVERLAPS; Index++) {
        ModelAdd(FAKE_BASE + PAGE - Index * 16, 0, Index % 2 ? 2000 : 70000, 16);
        assert_true(InsertOne(Index));
    }
    CompareOverlaps(FAKE_BASE + PAGE, FAKE_BASE + PAGE);
    assert_int_equal(McIndexOverlaps(FAKE_BASE + PAGE, FAKE_BASE + PAGE, Found), MC_OVERLAPS);
    for (Index = 0; Index < MC_OVERLAPS; Index++) {
        McRecordRelease(Found[Index]);
    }
    ModelEnd();
}

/* What is gone is in its place still, and nobody finds it: what lies below it comes to light. */
static void GoneIsSeenByNoLookUp(void **State)
{
    static const SIZE_T Sizes[] = {100, 3000, 80000};
    MC_RECORD *Found[MC_OVERLAPS];
    ULONG Index;

    (void)State;
    for (Index = 0; Index < 3; Index++) {
        ModelStart();
        ModelAdd(FAKE_BASE, 0, Sizes[Index], 16);
        ModelAdd(FAKE_BASE, 0, Sizes[Index], 16);
        assert_true(InsertOne(0));
        assert_true(InsertOne(1));
        Model.Record[1]->Noted = MC_NOTED_GONE;
        Compare(FAKE_BASE);
        Compare(FAKE_BASE + Sizes[Index] - 1);
        CompareOverlaps(FAKE_BASE, FAKE_BASE + 50);
        Model.Record[0]->Noted = MC_NOTED_GONE;
        assert_null(McIndexFindExact(FAKE_BASE));
        assert_null(McIndexFind(FAKE_BASE));
        assert_null(McIndexFind(FAKE_BASE + 50));
        assert_int_equal(McIndexOverlaps(FAKE_BASE, FAKE_BASE + 50, Found), 0);
        assert_true(McpIsValidIndex());
        ModelEnd();
    }
}

/* Which of two that hold an address is there now. */
static void WhoOutranksWhom(void **State)
{
    MC_RECORD *Small = FakeRecord(FAKE_BASE, 0, 100, 16);
    MC_RECORD *Large = FakeRecord(FAKE_BASE, 0, 80000, 16);
    MC_RECORD *Owned = FakeRecord(FAKE_BASE, 16, 100, 16);
    MC_RECORD *Newer = FakeRecord(FAKE_BASE, 0, 100, 16);

    (void)State;
    assert_true(McOutranks(Owned, Large) && !McOutranks(Large, Owned));
    assert_true(McOutranks(Owned, Newer) && !McOutranks(Newer, Owned));
    assert_true(McOutranks(Large, Newer) && !McOutranks(Newer, Large)); /* though newer */
    assert_true(McOutranks(Newer, Small) && !McOutranks(Small, Newer));
    assert_false(McOutranks(Small, Small));
    FakeRecordsEnd();
}

/* Cells 2 TB apart have the same key; their blocks must not be taken for each other. */
static void SameKeyFarApart(void **State)
{
#if defined(__LP64__)
    const ULONG_PTR Far = (ULONG_PTR)1 << 41;
    ULONG Seed = 9;
    ULONG Count;

    (void)State;
    ModelStart();
    for (Count = 0; Count < 50; Count++) {
        ModelAdd(FAKE_BASE + Count * 144, 16, 100, 28);
        ModelAdd(FAKE_BASE + Far + Count * 144, 16, 60 + FakeRandom(&Seed) % 40, 28);
        ModelAdd(FAKE_BASE + 2 * Far + Count * 144, 0, 60 + FakeRandom(&Seed) % 40, 28);
    }
    RunModel(10000, 19);
#else
    (void)State;
#endif
}

/* Every address of two pages, around one block of each kind. */
static void EveryAddress(void **State)
{
    static const ULONG Kinds[][4] = {
        /* where, front, size, rear */
        {2048, 16, 100, 28},  {2048, 0, 100, 28},    {2048, 16, 0, 16},   {2048, 0, 0, 16},
        {0, 16, 4064, 16},    {0, 4096, 4096, 4096}, {4080, 16, 64, 16},  {4000, 96, 64, 16},
        {2000, 2096, 10, 22}, {512, 512, 512, 512},  {496, 16, 512, 512}, {8, 8, 24, 24}};
    ULONG_PTR Address;
    ULONG Kind;

    (void)State;
    ModelStart();
    for (Kind = 0; Kind < sizeof(Kinds) / sizeof(Kinds[0]); Kind++) {
        Model.Count = 0;
        ModelAdd(FAKE_BASE + REGION - PAGE + Kinds[Kind][0], Kinds[Kind][1], Kinds[Kind][2],
                 Kinds[Kind][3]);
        assert_true(InsertOne(0));
        assert_true(McpIsValidIndex());
        for (Address = FAKE_BASE + REGION - 2 * PAGE; Address < FAKE_BASE + REGION + 3 * PAGE;
             Address++) {
            Compare(Address);
        }
        RemoveOne(0);
        assert_true(McpIsValidIndex());
    }
    ModelEnd();
}

/* ---- memory ---- */

static void StartsSmall(void **State)
{
    ULONG Index;
    SIZE_T Start;

    (void)State;
    ModelStart();
    Start = FakeBytes();
    for (Index = 0; Index < MC_SHARDS; Index++) {
        ModelAdd(FAKE_BASE + Index * REGION, 16, 100, 28);
        assert_true(InsertOne(Index));
    }
    printf("  index memory: %u bytes at start, %u with a block in each of %u regions\n",
           (unsigned)Start, (unsigned)FakeBytes(), (unsigned)MC_SHARDS);
    assert_true(FakeBytes() <= 24 * 1024);
    ModelEnd();
}

/* The whole life of an index in which allocation FailAt fails: what could be inserted is found. */
static BOOLEAN LifeWithFailure(ULONG FailAt, BOOLEAN Persistent, BOOLEAN *Inserted)
{
    ULONG Seed = 21;
    ULONG Index;

    Model.Count = 0;
    AddDense(FAKE_BASE, 300, &Seed);
    AddCrossing(FAKE_BASE + REGION - 20 * PAGE, 60, 16, &Seed);
    AddCrossing(FAKE_BASE + 16 * REGION, 40, 60, &Seed);
    AddShardCrossing(FAKE_BASE + 40 * REGION, 40, &Seed);
    AddScattered(FAKE_BASE + 200 * REGION, 200, &Seed);
    FakeBegin(FailAt, Persistent);
    assert_true(McLargeStart());
    McIndexStart();
    *Inserted = TRUE;
    for (Index = 0; Index < Model.Count; Index++) {
        *Inserted &= InsertOne(Index);
    }
    assert_true(McpIsValidIndex());
    for (Index = 0; Index < Model.Count; Index++) {
        Compare(Near(Model.Record[Index], &Seed));
        Compare(Model.Record[Index]->User);
    }
    RemoveAll();
    assert_true(McpIsValidIndex());
    McIndexStop();
    McLargeStop();
    FakeRecordsEnd();
    return FakeEnd();
}

static void OutOfMemory(void **State)
{
    BOOLEAN Inserted;
    ULONG Harmless = 0;
    ULONG FailAt;

    (void)State;
    for (FailAt = 1; LifeWithFailure(FailAt, FALSE, &Inserted); FailAt++) {
        Harmless += Inserted; /* the table could not grow, but there was room still */
        LifeWithFailure(FailAt, TRUE, &Inserted);
    }
    printf("  %u allocations, each failed once (%u times without harm), and with all that follow\n",
           (unsigned)FailAt - 1, (unsigned)Harmless);
    assert_true(FailAt > 30);
    assert_true(Harmless > 10);
}

/* Without Reserve inserts fail in the end, at a start or at any mark, and nothing is left behind.
 */
static void InsertsThatFindNoRoom(void **State)
{
    ULONG Failed = 0;
    ULONG Seed = 22;
    ULONG Index;

    (void)State;
    ModelStart();
    AddShardCrossing(FAKE_BASE, 64, &Seed);
    AddCrossing(FAKE_BASE + 128 * REGION, 800, 16, &Seed);
    for (Index = 0; Index < Model.Count; Index++) {
        if (Index % 16 == 0) {
            assert_true(InsertOne(Index));
        } else if (McIndexInsert(Model.Record[Index])) {
            Model.In[Index] = TRUE;
            FakeSetState(Model.Record[Index], McStateLive);
        } else {
            Failed++;
            assert_true(McpIsValidIndex());
        }
        Compare(Near(Model.Record[Index], &Seed));
    }
    assert_true(Failed > 100);
    assert_true(Failed < Model.Count - 100);
    ModelEnd();
}

/* Marks in one shard, and then no room for the start in the other: the marks must go again. */
static void NoRoomForTheStart(void **State)
{
    (void)State;
    ModelStart();
    ModelAdd(FAKE_BASE + REGION - 64, 4096, 100, 28); /* User is in a shard without any memory */
    ModelAdd(FAKE_BASE + REGION - 4096, 16, 100, 28);
    assert_true(InsertOne(1));
    assert_false(McIndexInsert(Model.Record[0]));
    assert_true(McpIsValidIndex());
    assert_null(McIndexFind(FAKE_BASE + REGION - 32));
    assert_true(InsertOne(0));
    Compare(FAKE_BASE + REGION - 32);
    ModelEnd();
}

/* Two processors see the same want: the second to come must not install its piece as well. */
static ULONG_PTR MeanwhileAt;

static void GrowMeanwhile(void)
{
    assert_true(McIndexReserve(MeanwhileAt, MeanwhileAt, MeanwhileAt + 116));
}

static void TwoGrowAtOnce(void **State)
{
    ULONG Index;

    (void)State;
    ModelStart();
    for (Index = 0; Index < MOST; Index++) { /* one shard, past the first pieces and a leaf */
        ModelAdd(FAKE_BASE + Index * 512, 0, 100, 16);
        MeanwhileAt = Model.Record[Index]->User;
        FakeMeanwhile = GrowMeanwhile;
        assert_true(InsertOne(Index));
        if (Index % 100 == 0) {
            assert_true(McpIsValidIndex());
        }
    }
    FakeMeanwhile = NULL;
    for (Index = 0; Index < MOST; Index++) {
        Compare(Model.Record[Index]->User);
    }
    ModelEnd();
}

/* One shard alone holds more than one leaf reaches. Regions 0x11 apart are in the same shard. */
static void ManyInOneShard(void **State)
{
    const ULONG Regions = 16;
    const ULONG Each = 8192;
    MC_RECORD *Record;
    ULONG_PTR Raw;
    ULONG Index;

    (void)State;
    ModelStart();
    for (Index = 0; Index < Regions * Each; Index++) {
        Raw = FAKE_BASE + Index / Each * 0x11 * REGION + Index % Each * 256;
        Record = FakeRecord(Raw, 16, 200, 40);
        assert_true(McIndexReserve(Raw + 16, Raw, Raw + 256));
        assert_true(McIndexInsert(Record));
        FakeSetState(Record, McStateLive);
    }
    assert_true(McpIsValidIndex());
    for (Index = 1; Index <= Regions * Each; Index++) {
        Record = McIndexFindExact(McRecordAt(Index)->User);
        assert_ptr_equal(Record, McRecordAt(Index));
        McRecordRelease(Record);
        McIndexRemove(Record);
    }
    ModelEnd();
}

/* ---- a million ---- */

static double Seconds(void)
{
    struct timespec Now;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &Now);
    return (double)Now.tv_sec + (double)Now.tv_nsec / 1e9;
}

/* Records come in order of allocation, look-ups in another order. */
static void Many(const char *Name, ULONG Count, ULONG_PTR Step, ULONG_PTR Jitter, ULONG Size)
{
    double At[6];
    SIZE_T Bytes;
    MC_RECORD *Record;
    ULONG Seed = 31;
    ULONG Index;
    ULONG Handle;

    FakeBegin(0, FALSE);
    assert_true(McLargeStart());
    McIndexStart();
    for (Index = 0; Index < Count; Index++) {
        FakeRecord(FAKE_BASE + Index * Step + (Jitter ? FakeRandom(&Seed) % Jitter * 16 : 0), 16,
                   Size, 16 + (-Size & 15));
    }
    At[0] = Seconds();
    for (Index = 1; Index <= Count; Index++) {
        Record = McRecordAt(Index);
        assert_true(McIndexReserve(Record->User, Record->User - 16, Record->User + Size + 16));
        assert_true(McIndexInsert(Record));
        FakeSetState(Record, McStateLive);
    }
    At[1] = Seconds();
    Bytes = FakeBytes();
    for (Index = 0; Index < Count; Index++) {
        Handle = Index * 7919u % Count + 1;
        Record = McIndexFindExact(McRecordAt(Handle)->User);
        assert_true(Record != NULL && Record->Handle == Handle);
        McRecordRelease(Record);
    }
    At[2] = Seconds();
    for (Index = 0; Index < Count; Index++) {
        Handle = Index * 7919u % Count + 1;
        Record = McIndexFind(McRecordAt(Handle)->User + 8);
        assert_true(Record != NULL && Record->Handle == Handle);
        McRecordRelease(Record);
    }
    At[3] = Seconds();
    for (Index = 0; Index < Count; Index++) {
        assert_null(McIndexFind(FAKE_BASE + ((ULONG_PTR)Count + Index) * Step));
    }
    At[4] = Seconds();
    for (Index = 0; Index < Count; Index++) {
        McIndexRemove(McRecordAt(Index * 7919u % Count + 1));
    }
    At[5] = Seconds();
    printf(
        "  %-22s %7u blocks: %5.1f bytes a block; ns: insert %4.0f, exact %4.0f, interior %4.0f, "
        "miss %4.0f, remove %4.0f\n",
        Name, (unsigned)Count, (double)Bytes / Count, (At[1] - At[0]) / Count * 1e9,
        (At[2] - At[1]) / Count * 1e9, (At[3] - At[2]) / Count * 1e9, (At[4] - At[3]) / Count * 1e9,
        (At[5] - At[4]) / Count * 1e9);
    assert_true(McpIsValidIndex());
    /* and in each shard a piece that was taken, and is not in use yet */
    assert_true(Count < 100000 ||
                Bytes <= (SIZE_T)Count * 27 + MC_SHARDS * MC_MANY_LINES * sizeof(MC_LINE));
    McIndexStop();
    McLargeStop();
    assert_false(FakeEnd());
    FakeRecordsEnd();
}

static void AMillionBlocks(void **State)
{
    const ULONG Count = sizeof(void *) == 8 ? 1000000 : 250000;

    (void)State;
    Many("dense, 80 bytes", 10000, 80, 0, 48);
    Many("scattered", 10000, PAGE, 240, 100);
    Many("dense, 80 bytes", Count, 80, 0, 48);
    Many("dense, 144 bytes", Count, 144, 0, 100);
    Many("dense, 512 bytes", Count, 512, 0, 468);
    Many("scattered, 1 in a page", Count, PAGE, 240, 100);
}

/* ---- two threads ---- */

#define THREAD_BLOCKS 400
#define THREAD_STEPS  60000

typedef struct {
    ULONG Seed;
    MC_RECORD *Mine[THREAD_BLOCKS];
    MC_RECORD **All; /* of both threads */
    ULONG Found;
    ULONG Failed;
} THREAD;

/* The address of a block that may come and go meanwhile: what is found must hold it. */
static void ThreadFind(THREAD *Thread, ULONG_PTR Address, BOOLEAN Exact)
{
    MC_RECORD *Record = Exact ? McIndexFindExact(Address) : McIndexFind(Address);

    if (Record != NULL) {
        if (Exact ? Record->User != Address : !McRawHolds(Record, Address)) {
            abort();
        }
        Thread->Found++;
        McRecordRelease(Record);
    }
}

static void *ThreadRun(void *Context)
{
    THREAD *Thread = Context;
    BOOLEAN In[THREAD_BLOCKS] = {FALSE};
    MC_RECORD *Record;
    ULONG_PTR Raw;
    ULONG Index;
    ULONG Step;

    for (Step = 0; Step < THREAD_STEPS; Step++) {
        Index = FakeRandom(&Thread->Seed) % THREAD_BLOCKS;
        Record = Thread->Mine[Index];
        Raw = Record->User - Record->Front;
        if (In[Index]) {
            ThreadFind(Thread, Record->User, TRUE);
            FakeSetState(Record, McStateLeaving);
            McIndexRemove(Record);
            while (FakeReferences(Record) != 0) {
            }
            In[Index] = FALSE;
        } else {
            FakeRecordNumber(Record); /* nobody can find it */
            FakeSetState(Record, McStateMaking);
            if (McIndexReserve(Record->User, Raw, Record->User + Record->Size + Record->Rear) &&
                McIndexInsert(Record)) {
                FakeSetState(Record, McStateLive);
                In[Index] = TRUE;
            } else {
                Thread->Failed++;
            }
        }
        Record = Thread->All[FakeRandom(&Thread->Seed) % (2 * THREAD_BLOCKS)];
        ThreadFind(Thread, Record->User, TRUE);
        ThreadFind(Thread, Near(Record, &Thread->Seed), FALSE);
    }
    for (Index = 0; Index < THREAD_BLOCKS; Index++) {
        if (In[Index]) {
            FakeSetState(Thread->Mine[Index], McStateLeaving);
            McIndexRemove(Thread->Mine[Index]);
        }
    }
    return NULL;
}

static void TwoThreads(void **State)
{
    static THREAD Threads[2];
    static MC_RECORD *All[2 * THREAD_BLOCKS];
    pthread_t Handle[2];
    ULONG Seed = 41;
    ULONG Index;

    (void)State;
    ModelStart();
    AddDense(FAKE_BASE, 300, &Seed);
    AddCrossing(FAKE_BASE + REGION - 10 * PAGE, 200, 16, &Seed);
    AddScattered(FAKE_BASE + 8 * REGION, 200, &Seed);
    AddCrossing(FAKE_BASE + 64 * REGION, 50, 40, &Seed);
    AddShardCrossing(FAKE_BASE + 128 * REGION, 50, &Seed);
    for (Index = 0; Index < 2 * THREAD_BLOCKS; Index++) { /* side by side blocks of both */
        All[Index] = Model.Record[Index];
        Threads[Index % 2].Mine[Index / 2] = Model.Record[Index];
    }
    for (Index = 0; Index < 2; Index++) {
        Threads[Index].Seed = 51 + Index;
        Threads[Index].All = All;
        assert_int_equal(pthread_create(&Handle[Index], NULL, ThreadRun, &Threads[Index]), 0);
    }
    for (Index = 0; Index < 2; Index++) {
        pthread_join(Handle[Index], NULL);
    }
    printf("  found %u, inserts without room %u\n", (unsigned)(Threads[0].Found + Threads[1].Found),
           (unsigned)(Threads[0].Failed + Threads[1].Failed));
    assert_true(Threads[0].Found > THREAD_STEPS / 4);
    ModelEnd();
}

/* The hint of McBucketsReserve is read without the lock, and may be out of date: see there. */
const char *__tsan_default_suppressions(void);
const char *__tsan_default_suppressions(void)
{
    return "race:McBucketsReserve\n";
}

int main(int Argc, char **Argv)
{
    const struct CMUnitTest Tests[] = {
        cmocka_unit_test(EveryAddress),         cmocka_unit_test(DenseBlocks),
        cmocka_unit_test(ScatteredBlocks),      cmocka_unit_test(BlocksAcrossPages),
        cmocka_unit_test(BlocksAcrossShards),   cmocka_unit_test(PageAlignedOwnedBlocks),
        cmocka_unit_test(LargeBlocks),          cmocka_unit_test(AllKindsTogether),
        cmocka_unit_test(OverlappingBlocks),    cmocka_unit_test(SameStart),
        cmocka_unit_test(SameKeyFarApart),      cmocka_unit_test(StartsSmall),
        cmocka_unit_test(OutOfMemory),          cmocka_unit_test(InsertsThatFindNoRoom),
        cmocka_unit_test(NoRoomForTheStart),    cmocka_unit_test(TwoGrowAtOnce),
        cmocka_unit_test(ManyInOneShard),       cmocka_unit_test(AMillionBlocks),
        cmocka_unit_test(TwoThreads),           cmocka_unit_test(OverlapsAreFound),
        cmocka_unit_test(GoneIsSeenByNoLookUp), cmocka_unit_test(OverlapsOfManyAtOnePlace),
        cmocka_unit_test(WhoOutranksWhom),      cmocka_unit_test(NeighboursLargeToo),
        cmocka_unit_test(NeighboursAreNear),
    };

    if (Argc > 1) {
        cmocka_set_test_filter(Argv[1]); /* one test, as in: test_index TwoThreads */
    }
    TEST_FILTER();
    return cmocka_run_group_tests(Tests, NULL, NULL);
}
