/*
 * fuzz_operations.c - a driver made of bytes: every public operation, in any order, right and
 * wrong, on the simulated kernel with its strict pool.
 *
 * The first bytes choose the kernel and MemCheck's options; then each operation is a byte and what
 * it reads behind it. operation_model.c knows what each may find and must; here each also compares
 * what it gave. At the end everything is given back, and nothing may be left in the pool.
 */
#include "operation_model.h"

#include <string.h>
#include "linkway.h"
#include "simp.h" /* what the pool will say of a free */

#define OPERATIONS 160

static FUZZ_INPUT *In;
static SIM_OPTIONS Kernel;
static MC_CHECKPOINT Checkpoint;
static ULONG CheckpointOrder; /* 0: not set in this life of MemCheck */
static ULONG Orders;          /* allocations so far */
static BOOLEAN Elsewhere;     /* plain blocks went past MemCheck, in this life */
static BOOLEAN Lost;          /* the pool has one block twice: no way on */

/* ---- where the driver calls from ---- */

typedef struct _PLACE {
    const char *File;
    ULONG Line;
    const char *Function;
} PLACE;

static PLACE Place(void)
{
    static const char *const Files[] = {"driver.c", "C:\\src\\a rather long way\\to\\device.c",
                                        NULL, "/src/io.c"};
    static const char *const Functions[] = {"DeviceOpen", "DriverUnload", NULL, "Io"};
    const UCHAR Byte = FuzzByte(In);
    PLACE Where;

    Where.File = Files[Byte & 3];
    Where.Function = Functions[Byte >> 2 & 3];
    Where.Line = Where.File != NULL ? 1 + (Byte >> 4) : 0;
    return Where;
}

#define AT(Where) (Where).File, (Where).Line, (Where).Function

/* ---- options ---- */

static const char *const StartOptions[] = {
    "",
    "redzone=64",
    "stacks=8,stack-kb=16",
    "retired=64",
    "statistics",
    "quarantine=4k",
    "quarantine-blocks=1",
    "no-double-frees",
    "fill=64",
    "fill=0",
    "front-redzones",
    "learn=1",
    "patrol=4,patrol-every=1",
    "check-every=2",
    "neighbours",
    "repair",
    "repeat",
    "free-print",
    "slice=2",
    "on='*:call+print'",
    "system-tags=Tag1,owned-tags=Tag2",
    "fail-nth=3",
    "fail-stacks,stacks=4",
    "fail-chance=20000,fail-seed=3",
    "no-info-print",
    "no-free-on-exit",
};
static const char *const AnyOptions[] = {
    "defaults",
    "repair",
    "no-repair",
    "fill=512",
    "fill=1024",
    "fill=0",
    "patrol=8",
    "patrol=0",
    "check-every=1",
    "check-every=0",
    "neighbours",
    "slice=1",
    "no-double-frees",
    "double-frees",
    "quarantine=1k",
    "repeat",
    "stacks=16",
    "stacks=0",
    "fail-at='1,2,3'",
    "fail-at=,fail-nth=0,no-fail-stacks,fail-chance=0",
    "front-redzones",
    "no-front-redzones",
    "free-print",
    "free-on-exit",
    "help",
};
#define COUNT(Table) (sizeof(Table) / sizeof((Table)[0]))

static void Choose(const char *const *Table, ULONG Rows)
{
    ULONG Choices = FuzzBelow(In, 4);
    char String[512] = "";

    for (; Choices != 0; Choices--) {
        strcat(String, Table[FuzzBelow(In, Rows)]);
        strcat(String, ",");
    }
    SimOptions(String);
}

/* ---- start and end ---- */

/* MemCheck has forgotten every block; those that it has freed are no longer the driver's. */
static void EndOfLife(void)
{
    const BOOLEAN Kept = (BOOLEAN)(Mc.Phase == McPhaseKept);
    OP_BLOCK *Block;

    for (Block = Op.Block; Block < Op.Block + Op.Blocks; Block++) {
        if (Block->Monitored && Block->Owned && Block->Live) {
            Block->AtExit = TRUE;
            Block->Live = Kept; /* then its free goes to the raw block */
        }
        Block->Monitored = Block->Stale = Block->Waits = FALSE;
    }
    CheckpointOrder = 0;
    Elsewhere = FALSE;
}

static void Init(void)
{
    const PLACE Where = Place();
    const LONG Before = Mc.Phase;
    OP_BLOCK *Block;

    Choose(StartOptions, COUNT(StartOptions));
    if (KeGetCurrentIrql() != PASSIVE_LEVEL)
        OpBegin(0, OP_KIND(McKindWrongIrql));
    else if (Before == McPhaseOn || Before == McPhaseKept)
        OpBegin(0, OP_KIND(McKindWrongOrder));
    else
        OpBegin(OP_KIND(McKindOverrun), 0);
    McInit(AT(Where));
    if (Op.Must == 0) {
        FUZZ_CHECK(Mc.Phase == McPhaseOn || Op.Faults, "phase %d after MEM_CHECK_INIT", Mc.Phase);
        for (Block = Op.Block; Block < Op.Block + Op.Blocks; Block++)
            Block->AtExit = FALSE;
    }
    OpEnd();
}

static ULONG LiveBlocks(BOOLEAN Owned, ULONG Since)
{
    OP_BLOCK *Block;
    ULONG Count = 0;

    for (Block = Op.Block; Block < Op.Block + Op.Blocks; Block++)
        Count += Block->Live && Block->Monitored && Block->Owned == Owned && Block->Order > Since;
    return Count;
}

static void Exit(void)
{
    const PLACE Where = Place();
    const LONG Before = Mc.Phase;
    const BOOLEAN Exact = (BOOLEAN)(!OpAnyVague() && !Op.Faults);
    const ULONG Owned = LiveBlocks(TRUE, 0);
    const ULONG Plain = LiveBlocks(FALSE, 0);

    if (KeGetCurrentIrql() != PASSIVE_LEVEL) {
        OpBegin(0, OP_KIND(McKindWrongIrql));
        McExit(AT(Where));
        OpEnd();
        return;
    }
    if (Before == McPhaseOn)
        OpBegin(OP_KIND(McKindLeak) | OP_KIND(McKindLeakSite), 0);
    else
        OpBegin(0, Before == McPhaseFailed ? 0 : OP_KIND(McKindWrongOrder));
    McExit(AT(Where));
    FUZZ_CHECK(Mc.Phase != McPhaseOn, "MEM_CHECK_EXIT did not end it");
    FUZZ_CHECK(Before != McPhaseOn || !Exact || Op.Leaks == Owned, "%zu leaks, %u blocks", Op.Leaks,
               Owned);
    FUZZ_CHECK(Op.Possible <= Plain || !Exact, "%zu possible leaks, %u blocks", Op.Possible, Plain);
    OpEnd();
    if (Before == McPhaseOn)
        EndOfLife();
}

/* Reports that are printed call this, which checks in its turn. */
static VOID NTAPI OnFinding(const MC_FOUND *Found, PVOID Context)
{
    FUZZ_CHECK(Found->Size == sizeof(*Found) && Context == In, "not what was asked for");
    FuzzLine(Found->Line);
    if (Mc.Phase == McPhaseOn) /* not in MEM_CHECK_EXIT */
        McCheck("found.c", 1, "OnFinding");
}

static void Ask(void)
{
    const PLACE Where = Place();
    const BOOLEAN On = (BOOLEAN)(Mc.Phase == McPhaseOn);
    const BOOLEAN Quiet = (BOOLEAN)(On || Mc.Phase == McPhaseFailed);

    OpBegin(0, Quiet ? 0 : OP_KIND(McKindWrongOrder));
    switch (FuzzBelow(In, 4)) {
    case 0: McOnFinding(OnFinding, In, AT(Where)); break;
    case 1: McOnFinding(NULL, NULL, AT(Where)); break;
    case 2: McStatistics(AT(Where)); break;
    default:
        McListDisplay(AT(Where));
        if (On && KeGetCurrentIrql() < DISPATCH_LEVEL)
            Op.Must |= 0; /* damage that it finds is judged as it comes */
        break;
    }
    OpEnd();
}

static void ReadOptions(void)
{
    const PLACE Where = Place();

    Choose(AnyOptions, COUNT(AnyOptions));
    if (KeGetCurrentIrql() != PASSIVE_LEVEL)
        OpBegin(0, OP_KIND(McKindWrongIrql));
    else
        OpBegin(0,
                Mc.Phase == McPhaseOn || Mc.Phase == McPhaseFailed ? 0 : OP_KIND(McKindWrongOrder));
    McReadOptions(AT(Where));
    OpEnd();
}

/* ---- allocation ---- */

typedef struct _REQUEST {
    PLACE Where;
    ULONG Way;
    ULONG Type;
    SIZE_T Size;
    ULONG Tag;
    PVOID P;
} REQUEST;

#define WAYS 12

static BOOLEAN IsName(ULONG Way) /* MEM_... */
{
    return (BOOLEAN)(Way < 4);
}

static VOID Request(PVOID Context)
{
    static const ULONG Quota[2] = {McExAllocatePoolWithQuotaTag, McExAllocatePoolQuotaZero};
    REQUEST *R = Context;
    const POOL_TYPE Type = (POOL_TYPE)R->Type;
    const ULONGLONG Flags = (R->Type & 1) != 0 ? POOL_FLAG_PAGED : POOL_FLAG_NON_PAGED;

    switch (R->Way) {
    case 0: R->P = McAllocate(Type, R->Size, AT(R->Where)); break;
    case 1: R->P = McAllocateWithTag(Type, R->Size, R->Tag, AT(R->Where)); break;
    case 2: R->P = McAllocateForSystem(Type, R->Size, AT(R->Where)); break;
    case 3: R->P = McAllocateForSystemWithTag(Type, R->Size, R->Tag, AT(R->Where)); break;
    case 4: R->P = McAllocateAs(McExAllocatePool, Type, R->Size, 0, 0, AT(R->Where)); break;
    case 5:
        R->P = McAllocateAs(McExAllocatePoolWithTag, Type, R->Size, R->Tag, 0, AT(R->Where));
        break;
    case 6:
        R->P = McAllocateAs(McExAllocatePoolWithTagPriority, Type, R->Size, R->Tag,
                            NormalPoolPriority, AT(R->Where));
        break;
    case 7:
    case 8: R->P = McAllocateAs(Quota[R->Way - 7], Type, R->Size, R->Tag, 0, AT(R->Where)); break;
    case 9:
        R->P = McAllocateAs(McExAllocatePoolZero, Type, R->Size, R->Tag, 0, AT(R->Where));
        break;
    case 10:
        R->P = McAllocateFlagsAs(McExAllocatePool2, Flags, R->Size, R->Tag, NULL, 0, AT(R->Where));
        break;
    default:
        R->P = McLinkAllocate(McExAllocatePoolWithTag, R->Type, 0, R->Size, R->Tag, 0, NULL, 0,
                              (void *)(ULONG_PTR)Request);
        break;
    }
}

static SIZE_T ASize(void)
{
    static const ULONG Sizes[] = {0,    1,    7,    8,    16,    24,    100,  104,
                                  250,  512,  513,  1000, 2000,  4000,  4064, 4080,
                                  4095, 4096, 4097, 8192, 70000, 100000};
    const UCHAR Byte = FuzzByte(In);

    return Byte < COUNT(Sizes) ? Sizes[Byte] : Byte;
}

static void MakeRequest(REQUEST *R)
{
    static const ULONG Types[] = {NonPagedPool, PagedPool, NonPagedPoolCacheAligned,
                                  PagedPoolCacheAligned};
    static const ULONG Tags[] = {0x31676154u, 0x32676154u, 0x33676154u, 0x00000041u};
    const UCHAR Byte = FuzzByte(In);

    R->Where = Place();
    R->Way = Byte % WAYS;
    if (R->Way == 10 && Kernel.Windows != SIM_WINDOWS_10)
        R->Way = 5;
    if ((R->Way == 7 || R->Way == 8) && KeGetCurrentIrql() > APC_LEVEL)
        R->Way = 5;
    R->Type = Types[FuzzBelow(In, 4)] | (Byte >= 240 ? POOL_RAISE_IF_ALLOCATION_FAILURE : 0);
    R->Size = ASize();
    R->Tag = Tags[Byte / WAYS % 4];
    R->P = NULL;
}

/* What the pool's contract promises, and what is in the block. */
static void CheckBlock(const OP_BLOCK *Block, const REQUEST *R)
{
    const ULONG_PTR At = (ULONG_PTR)Block->P;
    SIZE_T Index;

    FUZZ_CHECK(At % 16 == 0 && (Block->Size < PAGE_SIZE || At % PAGE_SIZE == 0) &&
                   ((R->Type & 4) == 0 || R->Way == 10 || At % 64 == 0),
               "%zu bytes at %#zx: aligned as no pool would", Block->Size, At);
    FUZZ_CHECK(Block->Size == 0 || Block->Size > PAGE_SIZE ||
                   At / PAGE_SIZE == (At + Block->Size - 1) / PAGE_SIZE,
               "%zu bytes at %#zx cross a page", Block->Size, At);
    if ((R->Way == 8 || R->Way == 9 || R->Way == 10) && OpMayTouch(Block))
        for (Index = 0; Index < Block->Size; Index++)
            FUZZ_CHECK(Block->P[Index] == 0, "byte %zu of %zu is not zero", Index, Block->Size);
}

static OP_BLOCK *NewBlock(PVOID P, SIZE_T Size, ULONG Tag)
{
    OP_BLOCK *Block = &Op.Block[Op.Blocks];
    SIM_BLOCK There;

    FUZZ_CHECK(SimPoolFind(P, &There), "%p is not of the pool", P);
    memset(Block, 0, sizeof(*Block));
    Op.Blocks++;
    Block->P = P;
    Block->Size = Size;
    Block->Tag = Tag;
    Block->Paged = SimIsPaged(P);
    Block->Raw = There.Start;
    Block->RawSize = There.Size;
    Block->Sequence = There.Sequence;
    Block->Order = ++Orders;
    return Block;
}

/* Must MemCheck guard it? Untracked are what could not be asked for without raising. */
static BOOLEAN MustMonitor(const REQUEST *R)
{
    return (BOOLEAN)(Mc.Phase == McPhaseOn && !Op.Faults &&
                     ((R->Way != 7 && R->Way != 8) || McOsVersion() >= 0x0600) &&
                     (R->Way != 10 || R->Size != 0));
}

static void CheckLayout(const OP_BLOCK *Block, const REQUEST *R)
{
    FUZZ_CHECK(Block->Monitored || !MustMonitor(R), "%zu bytes, and no guard bytes", R->Size);
    if (!Block->Monitored)
        return;
    FUZZ_CHECK(!IsName(R->Way) || Block->Owned == (R->Way < 2), "way %u: owned is %d", R->Way,
               Block->Owned);
    FUZZ_CHECK(OpRearBytes(Block) >= McOptions.Redzone &&
                   (!Block->Owned || OpFrontBytes(Block) >= McOptions.Redzone),
               "%u and %u guard bytes", OpFrontBytes(Block), OpRearBytes(Block));
}

/* Unprotected: how many blocks were handed out with room for guard bytes, and without a record,
 * before this one. */
static void Took(const REQUEST *R, LONG Unprotected)
{
    const BOOLEAN Tagged = (BOOLEAN)(R->Way != 0 && R->Way != 2 && R->Way != 4);
    OP_BLOCK *Block;

    Block = NewBlock(R->P, R->Size, Tagged ? R->Tag : 0);
    Block->Live = TRUE;
    Block->Owned = (BOOLEAN)(Block->Raw != Block->P);
    Block->Monitored =
        (BOOLEAN)(Mc.Phase == McPhaseOn && Block->RawSize - OpFrontBytes(Block) >= R->Size + 16 &&
                  Mc.Counts.Unprotected == Unprotected);
    Block->ForSystem = (BOOLEAN)(R->Way == 2 || R->Way == 3);
    FUZZ_CHECK(!Block->Owned || Block->Monitored, "an owned block that nobody knows");
    CheckBlock(Block, R);
    CheckLayout(Block, R);
    if (OpMayTouch(Block))
        OpWrite(Block);
}

static ULONG OrderKind(void) /* where MemCheck is not on, each call is one that should not be */
{
    return Mc.Phase == McPhaseOn || Mc.Phase == McPhaseFailed ? 0 : OP_KIND(McKindWrongOrder);
}

static void Allocate(void)
{
    const BOOLEAN On = (BOOLEAN)(Mc.Phase == McPhaseOn);
    const LONG Unprotected = Mc.Counts.Unprotected;
    BOOLEAN High;
    NTSTATUS Status;
    REQUEST R;

    MakeRequest(&R);
    if (Op.Blocks == OP_BLOCKS)
        return;
    High = (BOOLEAN)((R.Type & 1) != 0 && KeGetCurrentIrql() >= DISPATCH_LEVEL);
    OpBegin(OP_KIND(McKindDoubleFree), OrderKind());
    if (On && R.Size == 0)
        Op.Must |= OP_KIND(McKindBadRequest);
    if (On && High)
        Op.Must |= OP_KIND(McKindWrongIrql);
    Op.May |= Op.Must;
    if (High)
        SimExpectMisuse(SIM_MISUSE_PAGED_IRQL);
    Status = SimTry(Request, &R);
    if (High) {
        FUZZ_CHECK(SimMisuseSeen() && R.P == NULL, "paged pool at DISPATCH_LEVEL");
        SimExpectMisuse(SIM_MISUSE_NONE);
    }
    FUZZ_CHECK(R.P != NULL || High || Op.Faults || (R.Way == 10 && R.Size == 0) ||
                   (Op.Seen & OP_KIND(McKindInjected)) != 0,
               "no block (status %#x)", Status);
    /* What came back by the pool is judged there; here only what nothing else can bring. */
    FUZZ_CHECK((Op.Seen & OP_KIND(McKindDoubleFree)) == 0 || OpAnyVague(),
               "nothing was freed twice");
    if (R.P != NULL)
        Took(&R, Unprotected);
    OpEnd();
}

/* ---- which block ---- */

static OP_BLOCK *Pick(void)
{
    const UCHAR Byte = FuzzByte(In);

    if (Op.Blocks == 0)
        return NULL;
    return &Op.Block[Byte < 128 ? Op.Blocks - 1 - Byte % Op.Blocks : Byte % Op.Blocks];
}

/* Was a block that MemCheck knew at this address before? Then it may say so. */
static BOOLEAN WasThere(const UCHAR *P, const OP_BLOCK *But)
{
    const OP_BLOCK *Block;

    for (Block = Op.Block; Block < Op.Block + Op.Blocks; Block++)
        if (Block != But && Block->P == P)
            return TRUE;
    return FALSE;
}

/* ---- frees ---- */

#define FREES 6

static void Free(ULONG How, PVOID P, ULONG Tag)
{
    UNICODE_STRING String = {8, 8, P};
    const PLACE Where = Place();

    switch (How) {
    case 0: McFree(P, AT(Where)); break;
    case 1: McFreeWithTag(P, Tag, AT(Where)); break;
    case 2: McFreeAs(McExFreePool, P, 0, NULL, 0, AT(Where)); break;
    case 3: McFreeAs(McExFreePoolWithTag, P, Tag, NULL, 0, AT(Where)); break;
    case 4:
        if (KeGetCurrentIrql() == PASSIVE_LEVEL) {
            McFreeStringAs(McRtlFreeUnicodeString, &String, AT(Where));
            FUZZ_CHECK(String.Buffer == NULL || SimMisuseSeen(), "a string that is not cleared");
            break;
        } /* else as the next */
        __attribute__((fallthrough));
    default: McLinkFree(McExFreePoolWithTag, P, Tag, NULL, 0, (void *)(ULONG_PTR)Free); break;
    }
}

static BOOLEAN TakesTag(ULONG How)
{
    return (BOOLEAN)(How == 1 || How == 3 || How == 5);
}

/* Kinds that may be told of a free that is right, because a record may be stale. */
static ULONG PossibleKinds(const OP_BLOCK *Block)
{
    ULONG Kinds = Block->Late || WasThere(Block->P, Block) ? OP_KIND(McKindLateFree) : 0;

    if (OpIsVague(Block->P))
        Kinds |= OP_KIND(McKindWrongTag) | OP_KIND(McKindInteriorFree) |
                 OP_KIND(McKindRedzoneFree) | OP_KIND(McKindDoubleFree);
    return Kinds;
}

static void CheckTold(const OP_BLOCK *Block)
{
    ULONG Index;

    for (Index = 0; Index < Block->Count; Index++)
        FUZZ_CHECK(Block->Change[Index].Zone == OpFill || Block->Noted[Block->Change[Index].Zone],
                   "freed, and its damage at %td is unsaid", Block->Change[Index].Offset);
}

/* A block that the driver has, freed the right way, or with a tag that is not its own. */
static void FreeLive(OP_BLOCK *Block, ULONG How, BOOLEAN WrongTag)
{
    const BOOLEAN On = (BOOLEAN)(Mc.Phase == McPhaseOn);
    const BOOLEAN High = (BOOLEAN)(Block->Paged && KeGetCurrentIrql() >= DISPATCH_LEVEL);
    const ULONG Tag = Block->Tag ^ (WrongTag ? 0x00010000u : 0);
    BOOLEAN Refused;

    if (Block->Tag == 0 && TakesTag(How))
        How = 0;
    WrongTag = (BOOLEAN)(WrongTag && TakesTag(How) && On && Block->Monitored);
    if (High && !(On && Block->Monitored))
        return;
    OpVerify(Block);
    OpBegin(PossibleKinds(Block), Block->AtExit ? 0 : OrderKind());
    if (Block->AtExit)
        Op.Must = OP_KIND(McKindAfterExitFree);
    if (High)
        Op.Must |= OP_KIND(McKindWrongIrql);
    if (WrongTag && !(High && !Block->Owned)) /* of a plain one only once it can be looked at */
        Op.Must |= OP_KIND(McKindWrongTag);
    else if (WrongTag)
        WrongTag = FALSE;
    Op.May |= Op.Must;
    Refused = (BOOLEAN)(WrongTag && !Block->Owned); /* a plain one goes as its free says */
    if (Refused)
        SimExpectMisuse(SIM_MISUSE_WRONG_TAG);
    Op.Freed = Block;
    Block->Filled = McOptions.Fill;
    Block->Live = FALSE;
    Block->Waits = High;
    Free(How, Block->P, WrongTag ? Tag : Block->Tag);
    if (Refused) {
        FUZZ_CHECK(SimMisuseSeen(), "a wrong tag did not reach the pool");
        SimExpectMisuse(SIM_MISUSE_NONE);
        Block->Live = TRUE; /* it is still there, and MemCheck is done with it */
        Block->Monitored = FALSE;
        Block->Late = TRUE;
        Block->Count = 0;
    }
    if (Block->Owned && Block->Monitored && !High)
        CheckTold(Block);
    OpEnd();
}

static void FreeRight(void)
{
    OP_BLOCK *Block = Pick();
    const UCHAR Byte = FuzzByte(In);

    if (Block != NULL && Block->Live && !Block->Stale)
        FreeLive(Block, Byte % FREES, (BOOLEAN)(Byte >= 224));
}

/* What the pool says of a free that gets there. */
static SIM_MISUSE PoolSays(PVOID P)
{
    SIMP_ARENA *Arena = SimpArenaOf(P);
    SIMP_CHUNK *Chunk = Arena != NULL ? SimpHeapFind(Arena, P) : NULL;

    if (Chunk != NULL && Chunk->State == SIMP_CHUNK_LIVE) /* in what a block was rounded up to */
        return SIM_MISUSE_FREE_INTERIOR;
    if (Chunk != NULL && P == SimpHeapBlock(Arena, Chunk) && (Chunk->Flags & SIMP_WAS_BLOCK) != 0)
        return SIM_MISUSE_FREE_TWICE;
    return SIM_MISUSE_FREE_UNKNOWN;
}

/* A block that MemCheck holds: the second free is sure, and ends there. One that is back in the
 * pool: it may be said, and the pool decides. */
static void FreeAgain(void)
{
    OP_BLOCK *Block = Pick();
    const UCHAR Byte = FuzzByte(In);
    const BOOLEAN On = (BOOLEAN)(Mc.Phase == McPhaseOn);

    if (Block == NULL || Block->Live || Block->Foreign || OpIsVague(Block->P) ||
        !OpMayTouch(Block) || OpAnyVague())
        return;
    if (Block->Monitored && OpHeld(Block)) {
        OpBegin(0, On ? OP_KIND(McKindDoubleFree) : 0);
        Free(Byte % FREES, Block->P, Block->Tag);
        OpEnd();
        return;
    }
    if (SimPoolFind(Block->P, NULL))
        return; /* somebody else's now */
    OpBegin(OP_KIND(McKindLateFree) | OP_KIND(McKindAfterExitFree) | OrderKind(), 0);
    SimExpectMisuse(PoolSays(Block->P));
    Free(Byte % FREES, Block->P, Block->Tag);
    FUZZ_CHECK(SimMisuseSeen() || (Op.Seen & OP_KIND(McKindAfterExitFree)) != 0,
               "a late free that went nowhere");
    SimExpectMisuse(SIM_MISUSE_NONE);
    OpEnd();
}

/* An address in a block, or in its guard bytes. */
static void FreeInside(void)
{
    OP_BLOCK *Block = Pick();
    const LONG Offset = (LONG)(FuzzUlong(In) & 0xffff) - 64;
    const ULONG How = FuzzBelow(In, FREES);
    UCHAR *P;

    if (Block == NULL || Mc.Phase != McPhaseOn || !Block->Monitored || Offset == 0)
        return;
    P = Block->P + Offset;
    if (OpAt(P) != Block || OpIsVague(P) || OpAnyVague() || P < Block->Raw ||
        P >= Block->Raw + Block->RawSize || (!Block->Owned && (ULONG_PTR)P % 16 == 0))
        return;
    OpBegin(0, Offset > 0 && (SIZE_T)Offset < Block->Size ? OP_KIND(McKindInteriorFree)
                                                          : OP_KIND(McKindRedzoneFree));
    Free(How, P, Block->Tag);
    OpEnd();
}

static void FreeWild(void)
{
    static const char InImage[16] = "not a block";
    PVOID Addresses[5];
    UCHAR OnStack[16];
    PVOID P;

    Addresses[0] = NULL;
    Addresses[1] = (PVOID)0x1000;
    Addresses[2] = OnStack;
    Addresses[3] = (PVOID)(ULONG_PTR)InImage;
    Addresses[4] = (UCHAR *)MmSystemRangeStart + 0x3000001;
    P = Addresses[FuzzBelow(In, 5)];
    if (Mc.Phase != McPhaseOn)
        return;
    OpBegin(0, OP_KIND(McKindWildFree));
    Free(FuzzBelow(In, 2), P, 0x31676154u);
    OpEnd();
}

/* ---- damage ---- */

static void Damage(void)
{
    OP_BLOCK *Block = Pick();
    const UCHAR How = FuzzByte(In);
    const UCHAR Xor = (UCHAR)(FuzzByte(In) | 1);
    LONG_PTR Offset = FuzzByte(In);

    if (Block == NULL || !Block->Monitored || Block->Stale || Block->Waits || !OpMayTouch(Block))
        return;
    if (Block->Live) {
        if (How % 2 == 0 && Block->Owned)
            Offset = -1 - Offset % (LONG_PTR)OpFrontBytes(Block);
        else
            Offset = (LONG_PTR)Block->Size + Offset % (LONG_PTR)OpRearBytes(Block);
    } else if (Block->Owned && OpHeld(Block)) {
        Offset = (LONG_PTR)((Offset << 8 | How) % (LONG_PTR)Block->RawSize) -
                 (LONG_PTR)OpFrontBytes(Block);
    } else {
        return;
    }
    OpDamage(Block, Offset, Xor);
}

/* ---- looks ---- */

static void Check(void)
{
    const PLACE Where = Place();
    const BOOLEAN On = (BOOLEAN)(Mc.Phase == McPhaseOn);
    const BOOLEAN Exact = (BOOLEAN)(On && !OpAnyVague() && KeGetCurrentIrql() < DISPATCH_LEVEL);
    const ULONG Damaged = OpDamaged();
    ULONG Found;

    OpBegin(0, OrderKind());
    Found = McCheck(AT(Where));
    FUZZ_CHECK(On || Found == 0, "%u damaged, and not on", Found);
    if (Exact) {
        /* Repairs are done as damage is found, so it is counted as it was. */
        FUZZ_CHECK(Found == Damaged, "%u damaged, not %u", Found, Damaged);
        FUZZ_CHECK(McOptions.Repair == 0 || OpDamaged() <= Damaged, "repaired, and more");
    }
    OpEnd();
}

static UCHAR *AnAddress(void)
{
    OP_BLOCK *Block = Pick();
    const LONG Offset = (LONG)(FuzzUlong(In) & 0x1ffff) - 128;

    if (Block != NULL)
        return Block->P + Offset;
    return (UCHAR *)((ULONG_PTR)(ULONG)Offset * 4096);
}

/* Bytes from P on that are in a live monitored block. */
static SIZE_T BytesLeft(const UCHAR *P)
{
    const OP_BLOCK *Block;

    for (Block = Op.Block; Block < Op.Block + Op.Blocks; Block++)
        if (Block->Live && Block->Monitored && P >= Block->P &&
            (SIZE_T)(P - Block->P) < Block->Size)
            return Block->Size - (SIZE_T)(P - Block->P);
    return 0;
}

static BOOLEAN IsEnd(const UCHAR *P)
{
    const OP_BLOCK *Block;

    for (Block = Op.Block; Block < Op.Block + Op.Blocks; Block++)
        if (Block->Live && Block->Monitored && P == Block->P + Block->Size)
            return TRUE;
    return FALSE;
}

static void Access(void)
{
    const BOOLEAN Range = (BOOLEAN)(FuzzByte(In) & 1);
    const PLACE Where = Place();
    UCHAR *P = AnAddress();
    const SIZE_T Length = Range ? FuzzUlong(In) % 5000 : 1;
    const BOOLEAN Vague = (BOOLEAN)(OpIsVague(P) || OpAnyVague());
    const SIZE_T Left = BytesLeft(P);
    const BOOLEAN Inside = (BOOLEAN)(Length != 0 ? Length <= Left : Left != 0 || IsEnd(P));
    BOOLEAN Valid;

    OpBegin(Vague ? OP_KIND(McKindBadAccess) : 0, OrderKind());
    if (Mc.Phase == McPhaseOn && !Vague && !Inside)
        Op.Must |= OP_KIND(McKindBadAccess);
    Op.May |= Op.Must;
    Valid = Range ? McValidRange(P, Length, AT(Where)) : McValidAccess(P, AT(Where));
    FUZZ_CHECK(Vague || Valid == (BOOLEAN)(Inside && Mc.Phase == McPhaseOn),
               "%zu bytes at %p: %d, with %zu left", Length, (void *)P, Valid, Left);
    OpEnd();
}

static void Describe(void)
{
    const PLACE Where = Place();

    OpBegin(0, Mc.Phase == McPhaseOn ? OP_KIND(McKindDescribe) : OrderKind());
    McDescribeAddress(AnAddress(), AT(Where));
    OpEnd();
}

static void Difference(void)
{
    const PLACE Where = Place();
    const UCHAR How = FuzzByte(In);
    const BOOLEAN Since = (BOOLEAN)(How % 4 == 1);
    const BOOLEAN Unset = (BOOLEAN)(Since && CheckpointOrder == 0);
    ULONG Found, Wanted;

    if (How % 4 == 0) {
        OpBegin(0, OrderKind());
        McCheckpoint(&Checkpoint, AT(Where));
        if (Mc.Phase == McPhaseOn)
            CheckpointOrder = Orders + 1;
        OpEnd();
        return;
    }
    OpBegin(OP_KIND(McKindDifference), OrderKind());
    if (Unset)
        Op.Must |= OP_KIND(McKindWrongOrder) & (Mc.Phase == McPhaseFailed ? 0 : ~0u);
    Op.May |= Op.Must;
    Found = McDifference(Since ? &Checkpoint : NULL, AT(Where));
    Wanted = LiveBlocks(TRUE, Since ? CheckpointOrder - 1 : 0) +
             LiveBlocks(FALSE, Since ? CheckpointOrder - 1 : 0);
    if (Mc.Phase != McPhaseOn || Unset)
        Wanted = 0;
    FUZZ_CHECK(Found == Wanted || OpAnyVague(), "%u blocks in use, not %u", Found, Wanted);
    OpEnd();
}

/* ---- the system, and others ---- */

static void HandOver(void)
{
    OP_BLOCK *Block = Pick();
    const PLACE Where = Place();
    const BOOLEAN ByIrp = (BOOLEAN)(FuzzByte(In) & 1 && KeGetCurrentIrql() == PASSIVE_LEVEL);
    const BOOLEAN On = (BOOLEAN)(Mc.Phase == McPhaseOn);
    PIRP Irp;

    if (Block == NULL || !Block->Live || Block->Stale || OpIsVague(Block->P))
        return;
    OpBegin(0, ByIrp ? 0 : OrderKind());
    if (On && Block->Monitored && Block->Owned)
        Op.Must |= OP_KIND(McKindBadHandOver);
    Op.May |= Op.Must;
    if (ByIrp) {
        Irp = SimIrpCreate(1);
        Irp->IoStatus.Information = (ULONG_PTR)Block->P;
        if (!Block->Owned)
            SimIrpFreesInformation(Irp);
        McCompleteRequestAs(Irp, 0, AT(Where));
    } else {
        McHandedOver(Block->P, AT(Where));
    }
    if (!Block->Owned) {
        Elsewhere = TRUE;
        Block->Live = (BOOLEAN)!ByIrp;
        Block->Monitored = (BOOLEAN)(Block->Monitored && !On);
        if (!Block->Monitored)
            Block->Count = 0;
    }
    OpEnd();
}

/* The system frees a block past MemCheck, whose record is stale from then on. */
static void SystemFrees(void)
{
    OP_BLOCK *Block = Pick();

    if (Block == NULL || !Block->Live || Block->Owned || Block->Foreign || !OpMayTouch(Block))
        return;
    SimSystemFree(Block->P);
    Block->Live = FALSE;
    Block->Stale = Block->Monitored;
    Block->Monitored = FALSE;
    Elsewhere = TRUE;
}

/* ... or one that MemCheck holds back: when the pool hands it out again, that is sure. */
static void SystemFreesHeld(void)
{
    OP_BLOCK *Block = Pick();
    SIZE_T Size;
    REQUEST R;
    ULONG Try;

    if (Block == NULL || Block->Live || Block->Owned || !Block->Monitored || !OpHeld(Block) ||
        Kernel.Placement != SIM_PACKED || Kernel.Reuse != SIM_REUSE_AT_ONCE ||
        Mc.Phase != McPhaseOn || Op.Faults || !OpMayTouch(Block) || Op.Blocks + 3 > OP_BLOCKS)
        return;
    Size = Block->Size;
    SimSystemFree(Block->Raw);
    Block->Monitored = FALSE;
    for (Try = 0; Try < 3; Try++) {
        OpBegin(OP_KIND(McKindDoubleFree) | OP_KIND(McKindBadRequest), 0);
        R.Where = Place();
        R.Way = 5;
        R.Type = Block->Paged ? PagedPool : NonPagedPool;
        R.Size = Size;
        R.Tag = 0x31676154u;
        R.P = NULL;
        SimTry(Request, &R);
        if (R.P == NULL)
            break;
        Took(&R, Mc.Counts.Unprotected);
        OpEnd();
        if ((Op.Seen & OP_KIND(McKindDoubleFree)) != 0)
            return;
    }
    Lost = TRUE; /* MemCheck would give it back a second time, as the driver has asked it to */
}

static void Foreign(void)
{
    const UCHAR How = FuzzByte(In);
    const POOL_TYPE Type = (POOL_TYPE)(How & 1);
    OP_BLOCK *Block;
    PVOID P;

    if ((Type & 1) != 0 && KeGetCurrentIrql() >= DISPATCH_LEVEL)
        return;
    if (How < 160 && Op.Blocks < OP_BLOCKS) {
        P = SimForeignAllocate(Type, ASize());
        Block = NewBlock(P, 0, 0);
        Block->Foreign = TRUE;
        Block->Size = Block->RawSize;
        OpWrite(Block);
        return;
    }
    Block = Pick();
    if (Block == NULL || !Block->Foreign || !OpMayTouch(Block))
        return;
    OpVerify(Block);
    Block->Foreign = FALSE;
    if (How < 224) {
        SimForeignFree(Block->P);
        return;
    }
    /* Given to the driver, which frees it: right, and nothing is to be said, but where a record is
     * stale. */
    OpBegin(PossibleKinds(Block), OrderKind());
    Op.Freed = Block;
    Free(0, Block->P, 0);
    OpEnd();
}

/* ---- IRQL ---- */

static void ChangeIrql(void)
{
    const KIRQL Irql = (KIRQL)FuzzBelow(In, 3);
    KIRQL Old;

    if (Irql > KeGetCurrentIrql())
        KeRaiseIrql(Irql, &Old);
    else
        KeLowerIrql(Irql);
}

/* Above DISPATCH_LEVEL nothing is done, and all of it is said later. */
static void HighIrql(void)
{
    OP_BLOCK *Block = Pick();
    const UCHAR How = FuzzByte(In);
    const PLACE Where = Place();
    KIRQL Old;

    if (Mc.Phase != McPhaseOn || Op.Waiting >= 30)
        return;
    OpBegin(0, 0);
    Op.Due++;
    Op.Waiting++;
    KeRaiseIrql(5, &Old);
    if (How % 2 == 0) {
        FUZZ_CHECK(McCheck(AT(Where)) == 0, "checked above DISPATCH_LEVEL");
    } else if (Block != NULL && Block->Live && Block->Monitored && !Block->Stale) {
        Block->Live = FALSE;
        Block->Waits = TRUE;
        Block->Filled = McOptions.Fill;
        Op.Waiting += Block->Paged;
        McFreeAs(McExFreePoolWithTag, Block->P, Block->Tag, NULL, 0, AT(Where));
    } else {
        Op.Due--;
        Op.Waiting--;
    }
    KeLowerIrql(Old);
    OpEnd();
}

/* What waited is done by the next operation that may. */
static void Drained(void)
{
    ULONG Index;

    if (Mc.Phase != McPhaseOn || KeGetCurrentIrql() >= DISPATCH_LEVEL)
        return;
    for (Index = 0; Index < Op.Blocks; Index++)
        if (Op.Block[Index].Waits)
            break;
    if (Index == Op.Blocks && Op.Waiting == 0)
        return;
    OpBegin(0, 0);
    McHandedOver(NULL, "driver.c", 1, "Drain");
    for (Index = 0; Index < Op.Blocks; Index++)
        Op.Block[Index].Waits = FALSE;
    FUZZ_CHECK(Op.Due == 0, "%u calls above DISPATCH_LEVEL were not reported", Op.Due);
    Op.Waiting = 0;
    OpEnd();
}

static void Faults(void)
{
    const UCHAR How = FuzzByte(In);

    SimFailNone();
    Op.Faults = FALSE;
    if (How % 2 == 0)
        return;
    Op.Faults = TRUE;
    if (How % 4 == 1)
        SimFailNth(1 + How / 4 % 16);
    else
        SimFailFrom(1 + How / 4 % 16);
}

/* ---- an input ---- */

static void OneOperation(void)
{
    static void (*const Operations[])(void) = {
        Allocate,   Allocate, Allocate,    Allocate, FreeRight,   FreeRight,       FreeAgain,
        FreeInside, FreeWild, Damage,      Damage,   Check,       Access,          Describe,
        Difference, Ask,      HandOver,    Foreign,  SystemFrees, SystemFreesHeld, ChangeIrql,
        HighIrql,   Drained,  ReadOptions, Exit,     Init,        Faults,
    };
    const UCHAR Byte = FuzzByte(In);

    Operations[Byte % COUNT(Operations)]();
    if (Byte >= 250)
        SimAdvanceTime(Byte * 10);
}

static void Begin(void)
{
    const UCHAR How = FuzzByte(In);
    const UCHAR More = FuzzByte(In);

    memset(&Kernel, 0, sizeof(Kernel));
    memset(&Op, 0, sizeof(Op));
    memset(&Checkpoint, 0, sizeof(Checkpoint));
    CheckpointOrder = Orders = 0;
    Elsewhere = Lost = FALSE;
    Kernel.Threading = SIM_ONE_CPU;
    Kernel.Windows = (SIM_WINDOWS)(How % 5);
    Kernel.Placement = (SIM_PLACEMENT)(How / 5 % 3);
    Kernel.Reuse = (SIM_REUSE)(How / 15 % 2);
    Kernel.UnmapFreePages = (BOOLEAN)(More & 1);
    Kernel.ZeroFresh = (BOOLEAN)(More >> 1 & 1);
    Kernel.PagingEvery = (More & 12) != 0 ? SIM_PAGING_NEVER : 1;
    Kernel.SystemSize = (MM_SYSTEMSIZE)((More >> 4) % 3);
    FuzzBegin(&Kernel);
}

/* All that the driver and others still have is given back, and MemCheck has nothing. */
static void GiveBack(void)
{
    OP_BLOCK *Block;

    for (Block = Op.Block; Block < Op.Block + Op.Blocks; Block++) {
        OpVerify(Block);
        if (Block->Foreign)
            SimForeignFree(Block->P);
        else if (Block->Live && Block->AtExit)
            FreeLive(Block, 0, FALSE);
        else if (Block->Live)
            ExFreePoolWithTag(Block->P, Block->Tag);
        Block->Live = Block->Foreign = FALSE;
    }
}

static void LeftOver(const SIM_BLOCK *Block, PVOID Context)
{
    FUZZ_CHECK(Block->Tag == 0x6D4D634Du, "%zu bytes are left in the pool", Block->Size);
    (void)Context;
}

static void End(void)
{
    SimFailNone();
    Op.Faults = FALSE;
    KeLowerIrql(PASSIVE_LEVEL);
    if (Mc.Phase == McPhaseOn) {
        Drained();
        FUZZ_CHECK(McpIsValidIndex(), "the index is not valid");
        Exit();
    }
    GiveBack();
    if (Mc.Phase == McPhaseKept) /* its tables stay */
        SimPoolEach(LeftOver, NULL);
    else
        FUZZ_CHECK(SimPoolReset(), "something is left in the pool");
}

int LLVMFuzzerTestOneInput(const uint8_t *Data, size_t Size)
{
    FUZZ_INPUT Input = {Data, Data + Size};
    ULONG Count;

    In = &Input;
    Begin();
    if (FuzzOneIn(In, 8)) /* now and then the driver begins too early */
        Allocate();
    Init();
    for (Count = 0; Count < OPERATIONS && FuzzMore(In) && !Lost; Count++) {
        OneOperation();
        if (Count % 16 == 15 && Mc.Phase == McPhaseOn)
            FUZZ_CHECK(McpIsValidIndex(), "the index is not valid");
    }
    if (!Lost)
        End();
    FuzzEnd();
    return 0;
}
