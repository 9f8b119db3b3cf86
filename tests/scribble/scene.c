/* scene.c - blocks in the pool, side by side as drivers and others have them. */
#include <string.h>
#include "scribble.h"
#define POOL_FLAG_REQUIRED_END 0x80000000ull
#include "memcheck_replace.h"

SC_BLOCK ScBlocks[SC_BLOCKS];
ULONG ScBlockCount;
ULONG ScWatchdog = 30;
SIM_PLACEMENT ScPlacement = SIM_PACKED;

/* ---- random numbers ---- */

static ULONG Random;

void ScSeed(ULONG Seed)
{
    Random = Seed * 0x9E3779B1u + 0x7F4A7C15u;
}

ULONG ScRandom(ULONG Below)
{
    Random ^= Random << 13;
    Random ^= Random >> 17;
    Random ^= Random << 5;
    if (Random == 0) {
        Random = 1;
    }
    return (Random >> 4) % Below;
}

/* ---- blocks ---- */

static void Add(SC_STATE State, POOL_TYPE Pool, SIZE_T Size)
{
    SC_BLOCK *Block = &ScBlocks[ScBlockCount];
    SIM_BLOCK Raw;

    if (ScBlockCount == SC_BLOCKS) {
        return;
    }
    if (State == ScForeign) {
        Block->P = SimForeignAllocate(Pool, Size);
    } else if (State == ScPlain || State == ScPlainHeld) {
        Block->P = ExAllocatePoolWithTag(Pool, Size, SC_TAG);
    } else {
        Block->P = MEM_ALLOCATE_WITH_TAG(Pool, Size, SC_TAG);
    }
    if (Block->P == NULL || !SimPoolFind(Block->P, &Raw)) {
        ScFail("no memory for the scene");
        return;
    }
    ScBlockCount++;
    Block->State = State;
    Block->Pool = Pool;
    Block->Size = Size;
    Block->Raw = Raw.Start;
    Block->RawSize = Raw.Size;
    Block->Mark = (UCHAR)(0x20 + ScBlockCount);
    memset(Block->P, Block->Mark, Size);
}

/* Free those that are to be held back, the others being there. */
static void HoldBack(void)
{
    ULONG Index;

    for (Index = 0; Index < ScBlockCount; Index++) {
        if (ScBlocks[Index].State == ScHeld) {
            MEMCHECK_FREE_WITH_TAG(ScBlocks[Index].P, SC_TAG);
        } else if (ScBlocks[Index].State == ScPlainHeld) {
            ExFreePoolWithTag(ScBlocks[Index].P, SC_TAG);
        }
        if (!SimPoolFind(ScBlocks[Index].Raw, NULL)) {
            ScFail("%p is not held back", ScBlocks[Index].P);
        }
    }
}

/* A few of the blocks are given back for good: what they leave belongs to nobody. */
static void Holes(POOL_TYPE Pool)
{
    PVOID Hole[3];
    ULONG Index;

    for (Index = 0; Index < 3; Index++) {
        Hole[Index] = SimForeignAllocate(Pool, 48);
        Add(Index == 1 ? ScHeld : ScOwned, Pool, 33);
    }
    for (Index = 0; Index < 3; Index++) {
        SimForeignFree(Hole[Index]);
    }
}

/* ---- scenes ---- */

static void Small(POOL_TYPE Pool)
{
    static const UCHAR Sizes[] = {0, 1, 7, 8, 15, 16, 17, 24, 40, 64, 100};
    ULONG Index;

    for (Index = 0; Index < sizeof(Sizes); Index++) {
        Add(ScOwned, Pool, Sizes[Index]);
        if (Index % 3 == 1) {
            Add((SC_STATE)(ScPlain + Index / 3 % 3), Pool, Sizes[Index]);
        }
    }
    Holes(Pool);
}

static void Held(POOL_TYPE Pool)
{
    static const USHORT Sizes[] = {0, 1, 16, 63, 64, 65, 100, 448, 511, 512, 513, 700};
    ULONG Index;

    for (Index = 0; Index < sizeof(Sizes) / sizeof(Sizes[0]); Index++) {
        Add(ScHeld, Pool, Sizes[Index]);
        if (Index % 4 == 3) {
            Add(ScOwned, Pool, 20);
            Add(ScForeign, Pool, 20);
        }
    }
}

/* Raw blocks of a page exactly, a little less, a little more; what fills the rest of a page. */
static void Pages(POOL_TYPE Pool)
{
    Add(ScOwned, Pool, SC_PAGE - 32); /* raw: a page */
    Add(ScHeld, Pool, SC_PAGE - 33);
    Add(ScOwned, Pool, SC_PAGE - 31); /* its redzones need a page each side */
    Add(ScOwned, Pool, SC_PAGE);
    Add(ScHeld, Pool, SC_PAGE + 1);
    Add(ScPlain, Pool, SC_PAGE - 16);
    Add(ScPlain, Pool, SC_PAGE);
    Add(ScOwned, Pool, 2000);
    Add(ScForeign, Pool, 3000);
    Add(ScOwned, Pool, 2000);
}

static void Large(POOL_TYPE Pool)
{
    Add(ScOwned, Pool, 17 * SC_PAGE + 5);
    Add(ScOwned, Pool, 100);
    Add(ScHeld, Pool, 6 * SC_PAGE - 3);
    Add(ScPlain, Pool, 17 * SC_PAGE - 1);
    Add(ScForeign, Pool, 2 * SC_PAGE);
}

const char *const ScSceneNames[] = {"small",      "small-paged", "held",
                                    "held-paged", "pages",       "pages-paged",
                                    "large",      "large-paged", NULL};

void ScScene(ULONG Scene)
{
    static void (*const Scenes[])(POOL_TYPE) = {Small, Held, Pages, Large};

    ScBlockCount = 0;
    Scenes[Scene / 2](Scene % 2 != 0 ? PagedPool : NonPagedPool);
    HoldBack();
}

static SIZE_T RandomSize(void)
{
    switch (ScRandom(8)) {
    case 0: return ScRandom(3);
    case 1: return SC_PAGE - 80 + ScRandom(160);
    case 2: return SC_PAGE + ScRandom(5 * SC_PAGE);
    case 3: return 430 + ScRandom(160);
    default: return ScRandom(200);
    }
}

void ScRandomScene(void)
{
    const POOL_TYPE Pool = ScRandom(3) == 0 ? PagedPool : NonPagedPool;
    ULONG Blocks = 3 + ScRandom(28);

    ScBlockCount = 0;
    while (Blocks-- > 0) {
        Add((SC_STATE)ScRandom(ScStates), Pool, RandomSize());
    }
    if (ScRandom(2) == 0) {
        Holes(Pool);
    }
    HoldBack();
}

/* ---- start and end ---- */

void ScStart(const char *Options)
{
    SIM_OPTIONS Sim;

    memset(&Sim, 0, sizeof(Sim));
    Sim.WatchdogSeconds = ScWatchdog;
    Sim.Placement = ScPlacement;
    Sim.PagingEvery = 100;
    Sim.SystemSize = MmLargeSystem; /* so that one quarantine ... */
    Sim.Processors = 1;             /* ... of one processor holds all of a scene */
    SimStart(&Sim);
    SimOptions(Options);
    MEM_CHECK_INIT();
}

void ScFreeAll(void)
{
    while (ScBlockCount > 0) {
        const ULONG Index = ScRandom(ScBlockCount);
        SC_BLOCK *Block = &ScBlocks[Index];

        switch (Block->State) {
        case ScOwned: MEMCHECK_FREE_WITH_TAG(Block->P, SC_TAG); break;
        case ScPlain: ExFreePoolWithTag(Block->P, SC_TAG); break;
        case ScForeign: SimForeignFree(Block->P); break;
        default: break;
        }
        *Block = ScBlocks[--ScBlockCount];
    }
}

void ScStop(void)
{
    MEM_CHECK_EXIT();
    if (!SimPoolReset()) {
        ScFail("the pool is not empty");
    }
    SimStop();
}
