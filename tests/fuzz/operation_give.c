/* operation_give.c - frees, right and wrong, and what the system frees. */
#include "operation_driver.h"

#include "linkway.h"
#include "simp.h" /* what the pool will say of a free */

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
    const PLACE Where = OpPlace();

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
void OpFreeLive(OP_BLOCK *Block, ULONG How, BOOLEAN WrongTag)
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
    OpBegin(PossibleKinds(Block), Block->AtExit ? 0 : OpOrderKind());
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
    Block->Doubtful = OpIsVague(Block->P);
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

/* Another's block, given to the driver, which frees it: right, and nothing is to be said, but where
 * a record is stale. */
void OpFreeForeign(OP_BLOCK *Block)
{
    OpBegin(PossibleKinds(Block), OpOrderKind());
    Op.Freed = Block;
    Block->Doubtful = OpIsVague(Block->P);
    Free(0, Block->P, 0);
    OpEnd();
}

void OpFreeRight(void)
{
    OP_BLOCK *Block = OpPick();
    const UCHAR Byte = FuzzByte(Driver.In);

    if (Block != NULL && Block->Live && !Block->Stale)
        OpFreeLive(Block, Byte % FREES, (BOOLEAN)(Byte >= 224));
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
void OpFreeAgain(void)
{
    OP_BLOCK *Block = OpPick();
    const UCHAR Byte = FuzzByte(Driver.In);
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
    OpBegin(OP_KIND(McKindLateFree) | OP_KIND(McKindAfterExitFree) | OpOrderKind(), 0);
    SimExpectMisuse(PoolSays(Block->P));
    Free(Byte % FREES, Block->P, Block->Tag);
    FUZZ_CHECK(SimMisuseSeen() || (Op.Seen & OP_KIND(McKindAfterExitFree)) != 0,
               "a late free that went nowhere");
    SimExpectMisuse(SIM_MISUSE_NONE);
    OpEnd();
}

/* An address in a block, or in its guard bytes. */
void OpFreeInside(void)
{
    OP_BLOCK *Block = OpPick();
    const LONG Offset = (LONG)(FuzzUlong(Driver.In) & 0xffff) - 64;
    const ULONG How = FuzzBelow(Driver.In, FREES);
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

void OpFreeWild(void)
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
    P = Addresses[FuzzBelow(Driver.In, 5)];
    if (Mc.Phase != McPhaseOn)
        return;
    OpBegin(0, OP_KIND(McKindWildFree));
    Free(FuzzBelow(Driver.In, 2), P, 0x31676154u);
    OpEnd();
}

/* ---- the system, and others ---- */

void OpHandOver(void)
{
    OP_BLOCK *Block = OpPick();
    const PLACE Where = OpPlace();
    const BOOLEAN ByIrp = (BOOLEAN)(FuzzByte(Driver.In) & 1 && KeGetCurrentIrql() == PASSIVE_LEVEL);
    const BOOLEAN On = (BOOLEAN)(Mc.Phase == McPhaseOn);
    PIRP Irp;

    if (Block == NULL || !Block->Live || Block->Stale || OpIsVague(Block->P))
        return;
    OpBegin(0, ByIrp ? 0 : OpOrderKind());
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
        Driver.Elsewhere = TRUE;
        Block->Live = (BOOLEAN)!ByIrp;
        Block->Monitored = (BOOLEAN)(Block->Monitored && !On);
        if (!Block->Monitored)
            Block->Count = 0;
    }
    OpEnd();
}

/* The system frees a block past MemCheck, whose record is stale from then on. */
void OpSystemFrees(void)
{
    OP_BLOCK *Block = OpPick();

    if (Block == NULL || !Block->Live || Block->Owned || Block->Foreign || !OpMayTouch(Block))
        return;
    SimSystemFree(Block->P);
    Block->Live = FALSE;
    Block->Stale = Block->Monitored;
    Block->Monitored = FALSE;
    Driver.Elsewhere = TRUE;
}

/* ... or one that MemCheck holds back: when the pool hands it out again, that is sure. */
void OpSystemFreesHeld(void)
{
    OP_BLOCK *Block = OpPick();
    ULONG Try;

    if (Block == NULL || Block->Live || Block->Owned || OpAnyVague() || !Block->Monitored ||
        !OpHeld(Block) || Driver.Kernel.Placement != SIM_PACKED ||
        Driver.Kernel.Reuse != SIM_REUSE_AT_ONCE || Mc.Phase != McPhaseOn || Op.Faults ||
        !OpMayTouch(Block) || Op.Blocks + 3 > OP_BLOCKS)
        return;
    SimSystemFree(Block->Raw);
    Block->Monitored = FALSE;
    for (Try = 0; Try < 3; Try++) {
        if (!OpTakePlain(Block->Paged, Block->Size, OpPlace()))
            break;
        if ((Op.Seen & OP_KIND(McKindDoubleFree)) != 0)
            return;
    }
    Driver.Lost =
        TRUE; /* MemCheck would give it back a second time, as the driver has asked it to */
}
