/* look.c - MEM_CHECK and MEM_LIST_DISPLAY; and what an address is. */
#include "model.h"

#define MD_FILE "looks.c"

/* ---- checks ---- */

/* Owned blocks that a check at this IRQL reads, and those of them that are damaged. */
static ULONG CountDamaged(KIRQL Irql, ULONG *Looked)
{
    ULONG Index, Damaged = 0;

    *Looked = 0;
    for (Index = 0; Index < Md.BlockCount; Index++) {
        MD_BLOCK *Block = &Md.Blocks[Index];

        if ((Block->State == MdLive || Block->State == MdHeld) && Block->Front != 0 &&
            !(Block->Paged && Irql >= DISPATCH_LEVEL)) {
            ++*Looked;
            Damaged += MdIsDamaged(Block);
        }
    }
    return Damaged;
}

static void ExpectDamage(KIRQL Irql)
{
    ULONG Index;

    for (Index = 0; Index < Md.BlockCount; Index++) {
        MD_BLOCK *Block = &Md.Blocks[Index];

        if ((Block->State == MdLive || Block->State == MdHeld) &&
            !(Block->Paged && Irql >= DISPATCH_LEVEL)) {
            MdMustReport(Block, 1u << MdFront | 1u << MdRear | 1u << MdFill);
        }
    }
}

void MdDoCheck(MD_OP *Op, KIRQL Irql)
{
    ULONG Looked, Damaged, Found;
    BOOLEAN All;

    if (Md.Options.Repair) {
        MdSettle(Op); /* a free that waits repairs, and then there is less to find */
    }
    MdBegin(Op, Irql);
    MdNote("check irql=%u", Irql);
    MdLock();
    Damaged = CountDamaged(Irql, &Looked);
    All = Irql < DISPATCH_LEVEL || Md.Options.Slice == 0 || Looked <= Md.Options.Slice;
    if (All) {
        ExpectDamage(Irql);
    }
    MdUnlock();
    MdRaise(Op);
    Found = McCheck(MD_FILE, 1, "Check");
    if (!Md.Parallel && (All ? Found != Damaged : Found > Damaged)) {
        MdFail("MEM_CHECK finds %u blocks damaged, not %u", Found, Damaged);
    }
    MdEnd(Op);
}

/* A line for each live block. */
void MdDoList(MD_OP *Op)
{
    ULONG Index, Live = 0, Lines;

    MdBegin(Op, MdOneIn(4) && Md.Parallel ? DISPATCH_LEVEL : PASSIVE_LEVEL);
    MdNote("list irql=%u", Op->Irql);
    MdLock();
    for (Index = 0; Index < Md.BlockCount; Index++) {
        Live += Md.Blocks[Index].State == MdLive;
    }
    if (Op->Irql == PASSIVE_LEVEL) {
        ExpectDamage(PASSIVE_LEVEL);
    }
    MdUnlock();
    if (!Md.Parallel) {
        SimOutputClear();
    }
    MdRaise(Op);
    McListDisplay(MD_FILE, 2, "List");
    if (!Md.Parallel) {
        Lines = SimOutputFind(" kind=live ");
        if (Lines != Live) {
            MdFail("MEM_LIST_DISPLAY lists %u blocks, and %u are live", Lines, Live);
        }
    }
    MdEnd(Op);
}

/* ---- addresses ---- */

static ULONG_PTR RandomAddress(void)
{
    MD_BLOCK *Block = MdPick(
        1u << MdLive |
        (Md.Parallel ? 0 : 1u << MdHeld | 1u << MdReleased | 1u << MdDeferred | 1u << MdLost));
    static ULONG Image;

    if (!Md.Parallel && MdOneIn(10)) {
        return MdOneIn(2) ? (ULONG_PTR)&Image : Md.Others[MdRandom(8)].P;
    }
    if (Block == NULL) {
        return 0;
    }
    switch (MdRandom(4)) {
    case 0: return Block->User;
    case 1: return Block->User + Block->Size;
    case 2: return Block->Raw + MdRandom((ULONG)Block->RawSize);
    default: return Block->User + (Block->Size != 0 ? MdRandom((ULONG)Block->Size) : 0);
    }
}

/* Bytes from P to the end of the live block that it is in. */
static SIZE_T Left(const MD_BLOCK *Block, ULONG_PTR P)
{
    if (Block == NULL || Block->State != MdLive || P < Block->User ||
        P - Block->User >= Block->Size) {
        return 0;
    }
    return Block->Size - (P - Block->User);
}

/* What is said of an address outside: the block whose it is, or one that was there. */
static void ExpectOutside(ULONG_PTR Outside, const MD_BLOCK *Block)
{
    const MD_BLOCK *Was;
    BOOLEAN Must;

    if (Block != NULL) {
        MdExpect(McKindBadAccess, TRUE, Outside, Block->User, McReasons);
        return;
    }
    Was = MdFindRetired(Outside, &Must);
    if (Was == NULL) {
        MdExpect(McKindBadAccess, TRUE, Outside, 0, McReasons);
    } else if (Must) {
        MdExpect(McKindBadAccess, FALSE, Outside, Outside, McReasonReused);
    } else {
        MdExpect(McKindBadAccess, MD_ANY, Outside, 1, McReasons);
    }
}

static BOOLEAN IsClear(const MD_BLOCK *Block)
{
    return Block == NULL || !Block->Lazy;
}

void MdDoAccess(MD_OP *Op)
{
    const ULONG_PTR P = RandomAddress();
    const MD_BLOCK *Block;
    BOOLEAN Valid;

    MdBegin(Op, MdOneIn(4) ? DISPATCH_LEVEL : PASSIVE_LEVEL);
    MdNote("access %p irql=%u", (PVOID)P, Op->Irql);
    MdLock();
    Block = MdFindInside(P);
    if (IsClear(Block) && Left(Block, P) == 0) {
        ExpectOutside(P, Block);
    }
    MdUnlock();
    if (!IsClear(Block)) {
        MdEnd(Op);
        return;
    }
    MdRaise(Op);
    Valid = McValidAccess((const volatile void *)P, MD_FILE, 3, "Access");
    if (Valid !=
        (Op->ExpectedCount == 0 || Op->Expected[Op->ExpectedCount - 1].Kind != McKindBadAccess)) {
        MdFail("MEM_VALID_ACCESS(%p) gives %u", (PVOID)P, Valid);
    }
    MdEnd(Op);
}

static BOOLEAN RangeValid(const MD_BLOCK *Block, ULONG_PTR P, SIZE_T Length)
{
    const SIZE_T Rest = Left(Block, P);

    if (Length != 0) {
        return Length <= Rest;
    }
    return Rest != 0 || (Block != NULL && Block->State == MdLive && P == Block->User + Block->Size);
}

void MdDoRange(MD_OP *Op)
{
    const ULONG_PTR P = RandomAddress();
    const SIZE_T Length = MdOneIn(20) ? (SIZE_T)-1 : MdRandom(MdOneIn(3) ? 3 : 300);
    const MD_BLOCK *Block;
    BOOLEAN Valid, Wanted;

    MdBegin(Op, PASSIVE_LEVEL);
    MdNote("range %p, %llu bytes", (PVOID)P, (ULONGLONG)Length);
    MdLock();
    Block = MdFindInside(P);
    Wanted = RangeValid(Block, P, Length);
    if (IsClear(Block) && !Wanted) {
        ExpectOutside(P + Left(Block, P), Block);
    }
    MdUnlock();
    if (IsClear(Block)) {
        Valid = McValidRange((const volatile void *)P, Length, MD_FILE, 4, "Range");
        if (Valid != Wanted) {
            MdFail("MEM_VALID_RANGE(%p, %llu) gives %u", (PVOID)P, (ULONGLONG)Length, Valid);
        }
    }
    MdEnd(Op);
}

/* One that was there, or about there, may be named where nothing is. */
void MdDoDescribe(MD_OP *Op)
{
    const ULONG_PTR P = RandomAddress();
    const MD_BLOCK *Block;

    MdBegin(Op, MdOneIn(4) ? DISPATCH_LEVEL : PASSIVE_LEVEL);
    MdNote("describe %p irql=%u", (PVOID)P, Op->Irql);
    MdLock();
    Block = MdFindInside(P);
    if (Block != NULL && IsClear(Block)) {
        MdExpect(McKindDescribe, TRUE, P, Block->User, McReasons);
    } else {
        MdExpect(McKindDescribe, MD_ANY, P, 1, McReasons);
    }
    MdUnlock();
    MdRaise(Op);
    McDescribeAddress((const volatile void *)P, MD_FILE, 5, "Describe");
    MdEnd(Op);
}
