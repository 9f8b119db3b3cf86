/* operation_take.c - requests, in every way there is, and the contract that each must keep. */
#include "operation_driver.h"

#include <string.h>
#include "linkway.h"

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
    const UCHAR Byte = FuzzByte(Driver.In);

    return Byte < COUNT(Sizes) ? Sizes[Byte] : Byte;
}

static void MakeRequest(REQUEST *R)
{
    static const ULONG Types[] = {NonPagedPool, PagedPool, NonPagedPoolCacheAligned,
                                  PagedPoolCacheAligned};
    static const ULONG Tags[] = {0x31676154u, 0x32676154u, 0x33676154u, 0x00000041u};
    const UCHAR Byte = FuzzByte(Driver.In);

    R->Where = OpPlace();
    R->Way = Byte % WAYS;
    if (R->Way == 10 && Driver.Kernel.Windows != SIM_WINDOWS_10)
        R->Way = 5;
    if ((R->Way == 7 || R->Way == 8) && KeGetCurrentIrql() > APC_LEVEL)
        R->Way = 5;
    R->Type = Types[FuzzBelow(Driver.In, 4)] | (Byte >= 240 ? POOL_RAISE_IF_ALLOCATION_FAILURE : 0);
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
    Block->Order = ++Driver.Orders;
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

void OpAllocate(void)
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
    OpBegin(OP_KIND(McKindDoubleFree), OpOrderKind());
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

BOOLEAN OpTakePlain(BOOLEAN Paged, SIZE_T Size, PLACE Where)
{
    REQUEST R = {Where, 5, Paged ? PagedPool : NonPagedPool, Size, 0x31676154u, NULL};

    OpBegin(OP_KIND(McKindDoubleFree) | OP_KIND(McKindBadRequest), 0);
    SimTry(Request, &R);
    if (R.P != NULL)
        Took(&R, Mc.Counts.Unprotected);
    OpEnd();
    return (BOOLEAN)(R.P != NULL);
}

void OpForeign(void)
{
    const UCHAR How = FuzzByte(Driver.In);
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
    Block = OpPick();
    if (Block == NULL || !Block->Foreign || !OpMayTouch(Block))
        return;
    OpVerify(Block);
    Block->Foreign = FALSE;
    if (How < 224) {
        SimForeignFree(Block->P);
        return;
    }
    OpFreeForeign(Block);
}
