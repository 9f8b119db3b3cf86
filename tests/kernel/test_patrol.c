/*
 * test_patrol.c - when damage was done: looks at blocks between the driver's own calls, and the
 * moment of the last one that found a block intact.
 */
#include "kernel_test.h"
#include "options.h"

#ifdef KT_SIM_WORLD
#include "core.h"
#include <stdio.h>
#include <string.h>

#pragma weak McIntactCopy
#pragma weak McOptions /* the checker that tests/naive puts in MemCheck's place has none */
#define KT_REQUIRE_OPTIONS() KT_REQUIRE(&McOptions != NULL)
#else
#define KT_REQUIRE_OPTIONS() (void)0
#endif

/* Of the first 128 blocks a patrol may look at 64 and steps over 520 handles: so at all. */
#define KT_ALL     64
#define KT_HANDLES 128
/* Real threads change processors, and each lane goes its own round; simulated ones stay. */
#ifdef KT_SIM_WORLD
#define KT_ROUNDS 1
#else
#define KT_ROUNDS 8
#endif

static VOID KtpPatrol(ULONG Blocks, ULONG Every)
{
    McOptions.Patrol = Blocks;
    McOptions.PatrolEvery = Every;
}

/* ---- operations: an allocation, its free, and so on ---- */

static PVOID KtpBetween; /* allocated, and freed by the next operation */
static ULONG KtpBetweenLine;

static VOID KtpOperation(POOL_TYPE Pool)
{
    if (KtpBetween != NULL) {
        MEMCHECK_FREE(KtpBetween), KtpBetweenLine = __LINE__;
        KtpBetween = NULL;
    } else {
        KtpBetween = MEM_ALLOCATE_WITH_TAG(Pool, 40, KT_TAG), KtpBetweenLine = __LINE__;
        KT_CHECK(KtpBetween != NULL);
    }
}

/* So many at the most, until something of this kind is found; gives how many. 0: it was not. */
static ULONG KtpUntil(POOL_TYPE Pool, ULONG Most, MC_KIND Kind)
{
    ULONG Done;

    for (Done = 1; Done <= Most; Done++) {
        KtpOperation(Pool);
        if (KtPending(Kind) != 0) {
            return Done;
        }
    }
    return 0;
}

/* So many, and nothing is found. */
static VOID KtpQuiet(POOL_TYPE Pool, ULONG Count)
{
    while (Count-- != 0) {
        KtpOperation(Pool);
    }
    KT_SILENT();
}

static VOID KtpEnd(POOL_TYPE Pool)
{
    if (KtpBetween != NULL) {
        KtpOperation(Pool);
    }
}

/* ---- the patrol ---- */

static VOID patrol_finds_damage_within_its_bound(VOID)
{
    static PUCHAR Blocks[20];
    const ULONG Bound = KT_ROUNDS * 2 * (KT_HANDLES / 4 + 1);
    const MC_FINDING *Finding;
    ULONG Index;

    KT_REQUIRE_OPTIONS();
    KtpPatrol(4, 2);
    for (Index = 0; Index < 20; Index++) {
        Blocks[Index] = KtAllocate(NonPagedPool, 100);
        KT_REQUIRE(Blocks[Index] != NULL);
    }
    for (Index = 0; Index < 20; Index += 9) {
        KtPoke(Blocks[Index] + 100, 0);
        KT_CHECK(KtpUntil(NonPagedPool, Bound, McKindOverrun) != 0);
        Finding = KT_EXPECT(McKindOverrun);
        KT_CHECK(Finding->By == McByPatrol && Finding->Sure && Finding->Action == McActionGoOn);
        KT_CHECK(Finding->Block.User == (ULONG_PTR)Blocks[Index] &&
                 Finding->Block.State == McStateLive && Finding->Damage.First == 100);
        KT_CHECK(Finding->During == (KtpBetween != NULL ? McByAllocate : McByFree));
        KT_CHECK(Finding->Found.Site.Line == KtpBetweenLine);
        KT_SILENT();
    }
    KtpQuiet(NonPagedPool, 20); /* said once */
    KtpEnd(NonPagedPool);
    KtpPatrol(0, 1);
    for (Index = 0; Index < 20; Index++) {
        MEMCHECK_FREE(Blocks[Index]); /* and not again by the free */
    }
}

static VOID patrol_goes_with_every_so_many_operations(VOID)
{
    PUCHAR P;

    KT_REQUIRE_OPTIONS();
    P = KtAllocate(NonPagedPool, 100);
    KT_REQUIRE(P != NULL);
    KtpPatrol(KT_ALL, 10);
    KtPoke(P + 100, 0);
    KT_CHECK(KtpUntil(NonPagedPool, 10, McKindOverrun) != 0);
    KT_EXPECT(McKindOverrun);
    KtPoke(P - 1, 0);
    KT_CHECK(KtpUntil(NonPagedPool, 10, McKindUnderrun) == 10);
    KT_CHECK(KT_EXPECT(McKindUnderrun)->By == McByPatrol);
    KtpEnd(NonPagedPool);
    MEMCHECK_FREE(P);
}

static VOID patrol_off_looks_at_nothing(VOID)
{
    PUCHAR P;

    KT_REQUIRE_OPTIONS();
    P = KtAllocate(NonPagedPool, 100);
    KT_REQUIRE(P != NULL);
    KtpPatrol(0, 1);
    KtPoke(P + 100, 0);
    KtpQuiet(NonPagedPool, 60);
    KtpEnd(NonPagedPool);
    MEMCHECK_FREE(P);
    KT_CHECK(KT_EXPECT(McKindOverrun)->By == McByFree);
}

static VOID patrol_finds_writes_to_blocks_held_back(VOID)
{
    const MC_FINDING *Finding;
    PUCHAR P;

    KT_REQUIRE_OPTIONS();
    P = KtAllocate(NonPagedPool, 100);
    KT_REQUIRE(P != NULL);
    MEMCHECK_FREE(P);
    KtpPatrol(KT_ALL, 1);
    KtPoke(P + 50, 0x61);
    KtpOperation(NonPagedPool);
    Finding = KT_EXPECT(McKindWriteAfterFree);
    KT_CHECK(Finding->By == McByPatrol && Finding->Block.State == McStateQuarantined);
    KtpQuiet(NonPagedPool, 10);
    KtpEnd(NonPagedPool);
}

/* What is read of a plain block may be another's by then. */
static VOID patrol_leaves_plain_blocks_alone(VOID)
{
    const MC_FINDING *Finding;
    PUCHAR P;

    KT_REQUIRE_OPTIONS();
    P = MEM_ALLOCATE_FOR_SYSTEM_WITH_TAG(NonPagedPool, 100, KT_TAG);
    KT_REQUIRE(P != NULL);
    KtpPatrol(KT_ALL, 1);
    McOptions.Neighbours = 1;
    McOptions.CheckEvery = 3;
    KtPoke(P + 100, 0);
    KtpQuiet(NonPagedPool, 20);
    KtpEnd(NonPagedPool);
    McOptions.CheckEvery = 0;
    MEMCHECK_FREE(P);
    Finding = KT_EXPECT(McKindOverrun); /* its own free is the first look */
    KT_CHECK(!Finding->Sure && Finding->Block.Intact == McIntactAlloc);
}

/* A driver in the paging path must not be made to fault. */
static VOID patrol_of_nonpaged_operations_leaves_paged_blocks_alone(VOID)
{
    PUCHAR P;

    KT_REQUIRE_OPTIONS();
    P = KtAllocate(PagedPool, 100);
    KT_REQUIRE(P != NULL);
    KtpPatrol(KT_ALL, 1);
    McOptions.CheckEvery = 3;
    McOptions.Neighbours = 1;
    KtPoke(P + 100, 0);
    KtpQuiet(NonPagedPool, 60);
    KtpEnd(NonPagedPool);
    McOptions.CheckEvery = 0;
    KtpOperation(PagedPool);
    KT_CHECK(KT_EXPECT(McKindOverrun)->By == McByPatrol);
    KtPoke(P - 1, 0);
    KtpOperation(PagedPool); /* a free knows of what pool its block is */
    KT_CHECK(KT_EXPECT(McKindUnderrun)->During == McByFree);
    MEMCHECK_FREE(P);
}

/* The two sorts of operation have a count each: in step with one of them the other comes too. */
static VOID patrol_of_paged_operations_keeps_its_turn(VOID)
{
    PUCHAR P;
    ULONG Round;

    KT_REQUIRE_OPTIONS();
    P = KtAllocate(PagedPool, 100);
    KT_REQUIRE(P != NULL);
    KtpPatrol(KT_ALL, 4);
    KtPoke(P + 100, 0);
    for (Round = 0; Round < 4 && KtPending(McKindOverrun) == 0; Round++) {
        PVOID Q = KtAllocate(NonPagedPool, 40), R = KtAllocate(PagedPool, 40);

        MEMCHECK_FREE(Q);
        MEMCHECK_FREE(R);
    }
    KT_CHECK(KT_EXPECT(McKindOverrun)->By == McByPatrol);
    MEMCHECK_FREE(P);
}

/* Of paged pool nothing is there then: the simulation ends who touches it. */
static VOID patrol_at_dispatch_touches_no_paged_block(VOID)
{
    PUCHAR P, Q;
    KIRQL Old;

    KT_REQUIRE_OPTIONS();
    P = KtAllocate(PagedPool, 100);
    Q = KtAllocate(NonPagedPool, 100);
    KT_REQUIRE(P != NULL && Q != NULL);
    KtPoke(P + 100, 0);
    KtPoke(Q + 100, 0);
    KtpPatrol(KT_ALL, 1);
    McOptions.CheckEvery = 3;
    McOptions.Neighbours = 1;
    Old = KtRaise(DISPATCH_LEVEL);
    KtpOperation(NonPagedPool);
    KT_CHECK(KT_EXPECT(McKindOverrun)->Block.User == (ULONG_PTR)Q);
    KtpQuiet(NonPagedPool, 20);
    KtpEnd(NonPagedPool);
    KtLower(Old);
    MEMCHECK_FREE(Q);
    MEMCHECK_FREE(P);
    KT_CHECK(KT_EXPECT(McKindOverrun)->By == McByFree);
}

/* ---- the last look that found it intact ---- */

/* Then what follows happens in one tick, where it can be so. */
static VOID KtpNoTime(VOID)
{
#ifdef KT_SIM_WORLD
    SimFreezeClock(TRUE);
#endif
}

static VOID KtpAgo(ULONG Milliseconds)
{
#ifdef KT_SIM_WORLD
    SimAdvanceTime(Milliseconds);
#else
    KtSleep(Milliseconds);
#endif
}

static VOID intact_is_when_it_was_allocated(VOID)
{
    const MC_FINDING *Finding;
    PUCHAR P;

    KT_REQUIRE_OPTIONS();
    P = KtAllocate(NonPagedPool, 100);
    KT_REQUIRE(P != NULL);
    KtpNoTime();
    MEMCHECK_FREE(P);
    KtFlush(NonPagedPool);
    KT_CHECK(MEM_CHECK() == 0);
    P = KtAllocate(NonPagedPool, 3000);
    MEMCHECK_FREE(P);                  /* now one of those leaves */
    P = KtAllocate(NonPagedPool, 100); /* with the record of one that was looked at */
    KtpAgo(50);
    KtPoke(P + 100, 0);
    MEMCHECK_FREE(P);
    Finding = KT_EXPECT(McKindOverrun);
    KT_CHECK(Finding->Block.IntactCheck == 0 && Finding->Block.Intact == McIntactAlloc);
    KT_CHECK(Finding->Block.IntactTicks == Finding->Block.Allocated.Ticks);
}

static VOID intact_is_at_the_last_check(VOID)
{
    const MC_FINDING *Finding;
    PUCHAR P;

    KT_REQUIRE_OPTIONS();
    P = KtAllocate(NonPagedPool, 100);
    KT_REQUIRE(P != NULL);
    KtpAgo(50);
    KT_CHECK(MEM_CHECK() == 0);
    KT_CHECK(MEM_CHECK() == 0);
    KtpAgo(50);
    KtPoke(P + 100, 0);
    KT_CHECK(MEM_CHECK() == 1);
    Finding = KT_EXPECT(McKindOverrun);
    KT_CHECK(Finding->Block.IntactCheck == 2);
    KT_CHECK(Finding->Block.IntactTicks != Finding->Block.Allocated.Ticks);
    KT_CHECK(Finding->Block.IntactTicks != Finding->Found.Ticks);
    KtPoke(P - 1, 0); /* in front it was intact then */
    KT_CHECK(MEM_CHECK() == 1);
    KT_CHECK(KT_EXPECT(McKindUnderrun)->Block.IntactCheck == 3);
    MEMCHECK_FREE(P);
}

static VOID intact_is_when_it_was_patrolled(VOID)
{
    const MC_FINDING *Finding;
    PUCHAR P;

    KT_REQUIRE_OPTIONS();
    P = KtAllocate(NonPagedPool, 100);
    KT_REQUIRE(P != NULL);
    KT_CHECK(MEM_CHECK() == 0);
    KtpAgo(50);
    KtpPatrol(KT_ALL, 1);
    KtpOperation(NonPagedPool);
    KtpPatrol(0, 1);
    KtpAgo(50);
    KtPoke(P + 100, 0);
    MEMCHECK_FREE(P);
    Finding = KT_EXPECT(McKindOverrun);
    KT_CHECK(Finding->Block.IntactCheck == 0 && Finding->Block.Intact == McIntactPatrol);
    KT_CHECK(Finding->Block.IntactTicks != Finding->Block.Allocated.Ticks);
    KT_CHECK(Finding->Block.IntactTicks != Finding->Found.Ticks);
    KtpEnd(NonPagedPool);
}

/* What is in a freed block came there with its free: looks before that say nothing of it. */
static VOID intact_of_a_freed_block_is_when_it_was_freed(VOID)
{
    const MC_FINDING *Finding;
    PUCHAR P;

    KT_REQUIRE_OPTIONS();
    P = KtAllocate(NonPagedPool, 100);
    KT_REQUIRE(P != NULL);
    KtpNoTime();
    KT_CHECK(MEM_CHECK() == 0);
    MEMCHECK_FREE(P);
    KtpAgo(50);
    KtPoke(P + 50, 0x61);
    KT_CHECK(MEM_CHECK() == 1);
    Finding = KT_EXPECT(McKindWriteAfterFree);
    KT_CHECK(Finding->Block.IntactCheck == 0 && Finding->Block.Intact == McIntactFree);
    KT_CHECK(Finding->Block.IntactTicks == Finding->Block.Freed.Ticks);
    KtPoke(P + 100, 0);
    KT_CHECK(MEM_CHECK() == 1);
    KT_CHECK(KT_EXPECT(McKindOverrun)->Block.IntactCheck == 2);
}

/* ---- a check with every so many operations ---- */

static VOID check_every_checks_all_first(VOID)
{
    const MC_FINDING *Finding;
    PUCHAR P;

    KT_REQUIRE_OPTIONS();
    KtpPatrol(0, 1);
    P = KtAllocate(PagedPool, 100);
    KT_REQUIRE(P != NULL);
    McOptions.CheckEvery = 5;
    KtPoke(P + 100, 0);
    KT_CHECK(KtpUntil(PagedPool, 5, McKindOverrun) != 0);
    KT_EXPECT(McKindOverrun);
    KtPoke(P - 1, 0);
    KT_CHECK(KtpUntil(PagedPool, 5, McKindUnderrun) == 5);
    Finding = KT_EXPECT(McKindUnderrun);
    KT_CHECK(Finding->By == McByCheckEvery && Finding->Block.IntactCheck == 1);
    KT_CHECK(Finding->During == (KtpBetween != NULL ? McByAllocate : McByFree));
    McOptions.CheckEvery = 0;
    KtpEnd(PagedPool);
    MEMCHECK_FREE(P);
}

/* ---- threads ---- */

#define KT_LOOKERS 3

static KT_THREAD KtpLookers[KT_LOOKERS];
static PUCHAR KtpLooked[KT_LOOKERS][8];

/* Each byte is written: what is found then is a look at the wrong moment. */
static VOID KtpChurnUnderPatrol(PVOID Context)
{
    const ULONG Self = (ULONG)(ULONG_PTR)Context;
    ULONG Round;

    for (Round = 0; Round < 1500; Round++) {
        const ULONG Slot = Round * 5 % 8;
        const SIZE_T Size = 1 + (Round * 37 + Self) % 400;

        if (KtpLooked[Self][Slot] != NULL) {
            MEMCHECK_FREE(KtpLooked[Self][Slot]);
        }
        KtpLooked[Self][Slot] = MEM_ALLOCATE_WITH_TAG(KtPools[Round / 8 & 1], Size, KT_TAG);
        if (KtpLooked[Self][Slot] == NULL) {
            return;
        }
        KtFill(KtpLooked[Self][Slot], Size, (UCHAR)Round);
    }
    for (Round = 0; Round < 8; Round++) {
        MEMCHECK_FREE(KtpLooked[Self][Round]);
        KtpLooked[Self][Round] = NULL;
    }
}

static VOID patrol_finds_nothing_while_others_allocate_and_free(VOID)
{
    ULONG Index;

    KT_REQUIRE_OPTIONS();
    KtpPatrol(8, 1);
    McOptions.Neighbours = 1;
    McOptions.CheckEvery = 50;
    for (Index = 0; Index < KT_LOOKERS; Index++) {
        KT_CHECK(KtThreadStart(&KtpLookers[Index], KtpChurnUnderPatrol, (PVOID)(ULONG_PTR)Index));
    }
    for (Index = 0; Index < KT_LOOKERS; Index++) {
        KT_CHECK(KtThreadJoin(&KtpLookers[Index]));
    }
    KT_CHECK(MEM_CHECK() == 0);
}

/* ---- slices ---- */

#define KT_SLICED 25

static VOID slice_bounds_a_check_at_dispatch(VOID)
{
    static PUCHAR Blocks[KT_SLICED];
    ULONG Index, Checks, Damaged = 0;
    KIRQL Old;

    KT_REQUIRE_OPTIONS();
    KtpPatrol(0, 1);
    McOptions.Slice = 10;
    for (Index = 0; Index < KT_SLICED; Index++) {
        Blocks[Index] = KtAllocate(NonPagedPool, 100);
        KT_REQUIRE(Blocks[Index] != NULL);
    }
    for (Index = 0; Index < KT_SLICED; Index += 12) {
        KtPoke(Blocks[Index] + 100, 0); /* one in each slice */
    }
    Old = KtRaise(DISPATCH_LEVEL);
    for (Checks = 0; Checks < 3; Checks++) {
        ULONG Found = MEM_CHECK();

        KT_CHECK(Found <= 2); /* the third begins anew: of what the first has looked at */
        Damaged += Found;
        KT_CHECK(KtPending(McKindOverrun) == (Checks == 0 ? 1u : Checks + 1));
    }
    KtLower(Old);
    KT_CHECK(Damaged == 4 && KtAllow(McKindOverrun) == 3);
#ifdef KT_SIM_WORLD
#ifdef MEMCHECK_INFOPRINT
    KT_CHECK(SimOutputFind(" blocks=10 damaged=1 not_reached_at_dispatch_level=15") == 2);
#endif
#endif
    KT_CHECK(MEM_CHECK() == 3); /* and below it all of them */
    McOptions.Slice = 0;
    Old = KtRaise(DISPATCH_LEVEL);
    KT_CHECK(MEM_CHECK() == 3); /* no bound */
    KtLower(Old);
    for (Index = 0; Index < KT_SLICED; Index++) {
        MEMCHECK_FREE(Blocks[Index]);
    }
}

#ifdef KT_SIM_WORLD

static VOID slice_bounds_a_list_at_dispatch(VOID)
{
    static PUCHAR Blocks[KT_SLICED];
    ULONG Index;
    KIRQL Old;

    KT_REQUIRE_OPTIONS();
    KtpPatrol(0, 1);
    McOptions.Slice = 10;
    for (Index = 0; Index < KT_SLICED; Index++) {
        Blocks[Index] = KtAllocate(NonPagedPool, 200 + Index);
        KT_REQUIRE(Blocks[Index] != NULL);
    }
    Old = KtRaise(DISPATCH_LEVEL);
    KT_CHECK(MEM_CHECK() == 0); /* goes its own way */
    SimOutputClear();
    MEM_LIST_DISPLAY();
    KtLower(Old);
    KT_CHECK(SimOutputFind("] live ") == 10);
    Old = KtRaise(DISPATCH_LEVEL);
    MEM_LIST_DISPLAY();
    MEM_LIST_DISPLAY();
    KtLower(Old);
    for (Index = 0; Index < KT_SLICED; Index++) { /* each was listed, five of them twice */
        char Number[16];

        snprintf(Number, sizeof(Number), ", %u bytes ", 200 + (unsigned)Index);
        KT_CHECK(SimOutputFind(Number) == (Index < 5 ? 2u : 1u));
    }
#ifdef MEMCHECK_INFOPRINT
    KT_CHECK(SimOutputFind(" not_reached_at_dispatch_level=15") == 3);
#endif
    for (Index = 0; Index < KT_SLICED; Index++) {
        MEMCHECK_FREE(Blocks[Index]);
    }
}

/* A look that began before the free, and is noted after it, did not see what the free wrote. */
static VOID intact_by_a_look_from_before_the_free_does_not_count(VOID)
{
    MC_RECORD Record;
    MC_BLOCK Block;

    KT_REQUIRE(McIntactCopy != NULL);
    memset(&Record, 0, sizeof(Record));
    memset(&Block, 0, sizeof(Block));
    Record.AllocateTicks = 0xfffffff0u; /* the count wraps */
    Record.IntactTicks = 0;
    Record.IntactCheck = 7;
    Record.FreeTicks = 1;
    Block.State = McStateLive;
    McIntactCopy(&Record, &Block);
    KT_CHECK(Block.IntactCheck == 7 && Block.IntactTicks == 0);
    Block.State = McStateQuarantined;
    McIntactCopy(&Record, &Block);
    KT_CHECK(Block.IntactCheck == 0 && Block.Intact == McIntactFree && Block.IntactTicks == 1);
}

/* ---- words ---- */

static VOID patrol_says_in_which_call_it_was(VOID)
{
    PUCHAR P;

    KT_REQUIRE_OPTIONS();
    P = KtAllocate(NonPagedPool, 100);
    KT_REQUIRE(P != NULL);
    KtpPatrol(KT_ALL, 1);
    SimAdvanceTime(2000);
    KtPoke(P + 100, 0);
    KtpOperation(NonPagedPool);
    KT_EXPECT(McKindOverrun);
    KT_CHECK(SimOutputFind("found     by the patrol, in MEM_ALLOCATE_WITH_TAG at test_patrol.c") +
                 SimOutputFind("found     by the patrol, in MEM_ALLOCATE at test_patrol.c") ==
             1);
    KT_CHECK(SimOutputFind("intact    when allocated, 2.0 s before") == 1);
    KT_CHECK(SimOutputFind(" by=patrol during=allocate ") == 1);
    KtpEnd(NonPagedPool);
    MEMCHECK_FREE(P);
}

/* ---- neighbours ---- */

#define KTP_ROW_TRIES 50

/* Three in a row: the pool puts small blocks side by side, if at the first try or later. */
static BOOLEAN KtpRow(PUCHAR *Row)
{
    static PUCHAR Passed[KTP_ROW_TRIES]; /* kept meanwhile, or the same holes come again */
    BOOLEAN Found = FALSE;
    ULONG Try;

    Row[0] = KtAllocate(NonPagedPool, 100);
    Row[1] = KtAllocate(NonPagedPool, 100);
    for (Try = 0; !Found && Try < KTP_ROW_TRIES; Try++) {
        Row[2] = KtAllocate(NonPagedPool, 100);
        if (Row[0] == NULL || Row[1] == NULL || Row[2] == NULL) {
            return FALSE;
        }
        if (Row[1] > Row[0] && Row[2] > Row[1] && Row[2] - Row[0] < 1000) {
            Found = TRUE;
            break;
        }
        Passed[Try] = Row[0];
        Row[0] = Row[1];
        Row[1] = Row[2];
    }
    while (Try-- > 0) {
        MEMCHECK_FREE(Passed[Try]);
    }
    return Found;
}

static VOID neighbours_of_a_freed_block_are_checked(VOID)
{
    const MC_FINDING *Finding;
    PUCHAR Row[3];

    KT_REQUIRE_OPTIONS();
    KT_REQUIRE(KtpRow(Row));
    KtpPatrol(0, 1);
    McOptions.Neighbours = 1;
    KtPoke(Row[0] + 100, 0);
    KtPoke(Row[2] - 1, 0);
    MEMCHECK_FREE(Row[1]);
    Finding = KT_EXPECT(McKindOverrun);
    KT_CHECK(Finding->By == McByNeighbour && Finding->Block.User == (ULONG_PTR)Row[0]);
    KT_CHECK(Finding->During == McByFree);
    Finding = KT_EXPECT(McKindUnderrun);
    KT_CHECK(Finding->By == McByNeighbour && Finding->Block.User == (ULONG_PTR)Row[2]);
    KT_CHECK(SimOutputFind("beside the buffer freed by MEMCHECK_FREE") == 2);
    KtPoke(Row[0] - 1, 0);
    MEMCHECK_FREE(Row[0]);
    KT_CHECK(KT_EXPECT(McKindUnderrun)->Block.Intact == McIntactNeighbour);
    MEMCHECK_FREE(Row[2]);
}

static VOID neighbours_are_not_checked_when_that_is_off(VOID)
{
    PUCHAR Row[3];

    KT_REQUIRE_OPTIONS();
    KT_REQUIRE(KtpRow(Row));
    KtpPatrol(0, 1);
    McOptions.Neighbours = 0;
    KtPoke(Row[0] + 100, 0);
    MEMCHECK_FREE(Row[1]);
    KT_SILENT();
    MEMCHECK_FREE(Row[0]);
    KT_CHECK(KT_EXPECT(McKindOverrun)->By == McByFree);
    MEMCHECK_FREE(Row[2]);
}

/* ---- the worker ---- */

static VOID worker_looks_at_paged_blocks(VOID)
{
    const MC_FINDING *Finding;
    PUCHAR P;
    ULONG Tries;

    KT_REQUIRE_OPTIONS();
    SimOptions("worker=1,patrol=0");
    KtInit();
    P = KtAllocate(PagedPool, 100);
    KT_REQUIRE(P != NULL);
    for (Tries = 0; Tries < 30; Tries++) { /* a look that finds nothing */
        SimAdvanceTime(100);
        KtSleep(10);
    }
    KtPoke(P + 100, 0);
    for (Tries = 0; Tries < 500 && KtPending(McKindOverrun) == 0; Tries++) {
        SimAdvanceTime(100);
        KtSleep(10);
    }
    Finding = KT_EXPECT(McKindOverrun);
    KT_CHECK(Finding->By == McByWorker && Finding->Found.Irql == PASSIVE_LEVEL);
    KT_CHECK(Finding->Block.Intact == McIntactWorker);
    KT_CHECK(Finding->Found.Thread != Finding->Block.Allocated.Thread);
    while (SimOutputFind("by=worker") == 0 && Tries++ < 1000) {
        KtSleep(10); /* the report is told of before it is printed */
    }
    KT_CHECK(SimOutputFind("found     by the worker") == 1);
    MEMCHECK_FREE(P);
    KtExit(); /* waits for the thread: the simulation ends who leaves one behind */
}

/* EXIT and a change of lists wait for operations: the worker is none for long. */
static VOID worker_ends_in_the_middle_of_its_work(VOID)
{
    static PUCHAR Blocks[2000];
    ULONG Round, Index;

    KT_REQUIRE_OPTIONS();
    SimPagingEvery(SIM_PAGING_NEVER);
    for (Round = 0; Round < 3; Round++) {
        SimOptions("worker=1,patrol=0");
        KtInit();
        for (Index = 0; Index < 2000; Index++) {
            Blocks[Index] = KtAllocate(PagedPool, 60);
        }
        SimAdvanceTime(1000);
        KtSleep(10 + Round);
        for (Index = 0; Index < 2000; Index++) {
            MEMCHECK_FREE(Blocks[Index]);
        }
        KtExit();
    }
}

#endif

const KT_TEST KtTestsPatrol[] = {
    KT_TEST_ROW(patrol_finds_damage_within_its_bound, KT_QUARANTINE),
    KT_TEST_ROW(patrol_goes_with_every_so_many_operations, KT_SIM),
    KT_TEST_ROW(patrol_off_looks_at_nothing, 0),
    KT_TEST_ROW(patrol_finds_writes_to_blocks_held_back, KT_QUARANTINE | KT_FILL),
    KT_TEST_ROW(patrol_leaves_plain_blocks_alone, 0),
    KT_TEST_ROW(patrol_of_nonpaged_operations_leaves_paged_blocks_alone, 0),
    KT_TEST_ROW(patrol_of_paged_operations_keeps_its_turn, 0),
    KT_TEST_ROW(patrol_at_dispatch_touches_no_paged_block, KT_IRQL),
    KT_TEST_ROW(patrol_finds_nothing_while_others_allocate_and_free, 0),
    KT_TEST_ROW(intact_is_when_it_was_allocated, 0),
    KT_TEST_ROW(intact_is_at_the_last_check, 0),
    KT_TEST_ROW(intact_is_when_it_was_patrolled, 0),
    KT_TEST_ROW(intact_of_a_freed_block_is_when_it_was_freed, KT_QUARANTINE | KT_FILL),
    KT_TEST_ROW(check_every_checks_all_first, KT_SIM),
    KT_TEST_ROW(slice_bounds_a_check_at_dispatch, KT_IRQL),
#ifdef KT_SIM_WORLD
    KT_TEST_ROW(slice_bounds_a_list_at_dispatch, KT_SIM),
    KT_TEST_ROW(intact_by_a_look_from_before_the_free_does_not_count, KT_SIM),
    KT_TEST_ROW(patrol_says_in_which_call_it_was, KT_SIM),
    KT_TEST_ROW(neighbours_of_a_freed_block_are_checked, KT_SIM),
    KT_TEST_ROW(neighbours_are_not_checked_when_that_is_off, KT_SIM),
    KT_TEST_ROW(worker_looks_at_paged_blocks, KT_SIM | KT_OWN_INIT),
    KT_TEST_ROW(worker_ends_in_the_middle_of_its_work, KT_SIM | KT_OWN_INIT),
#endif
    {NULL, NULL, 0}};
