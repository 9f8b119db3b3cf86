/* operations.c - which operation is next, and those that neither allocate nor free. */
#include <stdlib.h>
#include <string.h>

#include "model.h"
#include "mcroutines.h"

#define MD_FILE "others.c"

/* ---- which block ---- */

static BOOLEAN Usable(const MD_BLOCK *Block, ULONG States)
{
    return (States >> Block->State & 1) != 0 && !Block->Lazy &&
           !(Md.Parallel && (Block->Owner != MdThread || Block->Stale));
}

/* Called between operations too: the thread is that of the operation before. */
MD_BLOCK *MdPick(ULONG States)
{
    MD_BLOCK *Found = NULL;
    ULONG Index, Steps;

    MdLock();
    if (Md.BlockCount != 0) {
        Index = MdRandom(Md.BlockCount);
        if (MdOneIn(2)) { /* the young ones are a part of all */
            Index = Md.BlockCount - 1 - Index / 8;
        }
        for (Steps = Md.BlockCount; Steps != 0 && Found == NULL; Steps--) {
            Found = Usable(&Md.Blocks[Index], States) ? &Md.Blocks[Index] : NULL;
            Index = (Index + 1) % Md.BlockCount;
        }
    }
    MdUnlock();
    return Found;
}

/* ---- damage ---- */

static MD_ZONE RandomZone(const MD_BLOCK *Block)
{
    if (Block->Front == 0) {
        return MdRear;
    }
    if (Block->State == MdHeld && MdOneIn(2)) {
        return MdFill;
    }
    return MdOneIn(2) ? MdFront : MdRear;
}

/* As real overruns go: from the edge on, mostly; but anywhere. */
static LONG_PTR RandomOffset(const MD_BLOCK *Block, MD_ZONE Zone)
{
    if (Zone == MdFill) {
        return (LONG_PTR)MdRandom((ULONG)Block->Size);
    }
    if (Zone == MdRear) {
        return (LONG_PTR)Block->Size + (MdOneIn(2) ? 0 : (LONG_PTR)MdRandom(Block->Rear));
    }
    return -(LONG_PTR)(MdOneIn(2) ? 1 : 1 + MdRandom(Block->Front));
}

static BOOLEAN MayDamage(const MD_BLOCK *Block, MD_ZONE Zone)
{
    if (Block->Stale || (Zone == MdFill && Block->Size == 0)) {
        return FALSE;
    }
    if (Block->State != MdLive && Block->State != MdHeld) {
        return FALSE; /* another thread pushed it out since it was picked */
    }
    /* What may be somebody else's by now is left alone. */
    return !(Block->State == MdHeld && (Block->Front == 0 || (Md.Parallel && Md.MayEvict)));
}

/* The mark first: who looks at it from now on may find it. The bytes are never those that belong
 * there, and no others are put right. */
static void Write(MD_BLOCK *Block, MD_ZONE Zone, LONG_PTR Offset, ULONG Length, UCHAR Byte)
{
    LONG_PTR End = Zone == MdFront  ? 0
                   : Zone == MdRear ? (LONG_PTR)(Block->Size + Block->Rear)
                                    : (LONG_PTR)Block->Size;
    ULONG Index;

    MdLock();
    if (Zone == MdRear && (!Block->Damaged[MdRear] || Offset < Block->Lowest)) {
        Block->Lowest = Offset;
    }
    for (Index = 0; Index < Length && Offset + (LONG_PTR)Index < End; Index++) {
        if (Zone != MdFill || MdCovered(Block, (SIZE_T)(Offset + Index))) {
            Block->Damaged[Zone] = TRUE;
        }
    }
    MdUnlock();
    for (Index = 0; Index < Length && Offset + (LONG_PTR)Index < End; Index++) {
        *(volatile UCHAR *)(Block->User + (ULONG_PTR)(Offset + (LONG_PTR)Index)) = Byte;
    }
}

static void DoDamage(MD_OP *Op)
{
    static const UCHAR Bytes[4] = {0, 0xFF, 'a', 0x01};
    MD_BLOCK *Block = MdPick(1u << MdLive | 1u << MdHeld);
    LONG_PTR Offset;
    ULONG Length;
    MD_ZONE Zone;
    BOOLEAN May;
    UCHAR Byte;

    (void)Op;
    if (Block == NULL) {
        return;
    }
    MdLock();
    Zone = RandomZone(Block);
    May = MayDamage(Block, Zone) && !Block->Reported[Zone];
    MdUnlock();
    if (!May) {
        return; /* it would be the same damage still */
    }
    Offset = RandomOffset(Block, Zone);
    Length = 1 + (MdOneIn(3) ? MdRandom(40) : MdRandom(4));
    Byte = Bytes[MdRandom(4)];
    MdNote("damage block %p at %d, %u bytes %02x", (PVOID)Block->User, (int)Offset, Length, Byte);
    Write(Block, Zone, Offset, Length, Byte);
}

/* ---- blocks that go past MemCheck ---- */

/* The system has it now: it is nobody's business when it is freed. */
static void Hand(MD_BLOCK *Block)
{
    Md.HandedOver++;
    Md.Sites[Block->Line].Elsewhere++;
    Block->State = MdLost;
    if (!Block->Stale) {
        MdOtherAdd(Block->Raw, Block->RawSize, Block->Tag, FALSE, Block->Paged)->Handed = TRUE;
    }
}

static void DoHandOver(MD_OP *Op)
{
    MD_BLOCK *Block = MdPick(1u << MdLive | (Md.Parallel ? 0 : 1u << MdHeld));

    if (Block == NULL) {
        return;
    }
    MdBegin(Op, MdOneIn(4) ? DISPATCH_LEVEL : PASSIVE_LEVEL);
    MdNote("hand over %p irql=%u", (PVOID)Block->User, Op->Irql);
    MdLock();
    if (Block->State != MdLive && Block->State != MdHeld) {
        Block = NULL; /* what waited was carried out, and pushed it out */
    } else if (Block->Front != 0) {
        MdExpect(McKindBadHandOver, TRUE, Block->User, Block->User, McReasonFrontRedzone);
    } else if (Block->State == MdLive) {
        Hand(Block);
    }
    MdUnlock();
    MdRaise(Op);
    McHandedOver(Block != NULL ? (PVOID)Block->User : NULL, MD_FILE, 6, "HandOver");
    MdEnd(Op);
}

/* The answer of an IRP: seen without a word of the driver's. */
static void DoIrp(MD_OP *Op)
{
    MD_BLOCK *Block = MdPick(1u << MdLive);
    PIRP Irp;

    if (Block == NULL || Block->Stale) {
        return;
    }
    MdSettle(Op);
    MdBegin(Op, PASSIVE_LEVEL);
    MdNote("complete an IRP with %p", (PVOID)Block->User);
    Irp = SimIrpCreate(1);
    Irp->IoStatus.Status = STATUS_SUCCESS;
    Irp->IoStatus.Information = Block->User;
    if (Block->Front != 0) {
        MdExpect(McKindBadHandOver, FALSE, Block->User, Block->User, McReasonFrontRedzone);
    } else {
        Hand(Block);
    }
    McCompleteRequestAs(Irp, 0, MD_FILE, 7, "Irp");
    MdEnd(Op);
}

/* The system frees what was handed over; or a plain block that nobody said was handed over, live
 * or, as the driver should not have done, freed before. */
static void DoSystemFree(MD_OP *Op)
{
    MD_BLOCK *Block = MdPick(1u << MdLive | (Md.Parallel ? 0 : 1u << MdHeld));
    ULONG Index;

    (void)Op;
    for (Index = 0; Index < MD_OTHERS && !Md.Parallel; Index++) {
        if (Md.Others[Index].P != 0 && Md.Others[Index].Handed && MdOneIn(2)) {
            MdNote("system frees %p, handed over", (PVOID)Md.Others[Index].P);
            SimSystemFree((PVOID)Md.Others[Index].P);
            Md.Others[Index].P = 0;
        }
    }
    if (Block == NULL || Block->Front != 0 || Block->Stale || !MdOneIn(3)) {
        return;
    }
    MdNote("system frees %p, %u bytes", (PVOID)Block->User, (unsigned)Block->Size);
    MdLock();
    Block->Stale = TRUE; /* before others can be given its bytes */
    MdUnlock();
    SimSystemFree((PVOID)Block->Raw);
    if (MdOneIn(2) && !Md.Parallel) {
        MdOtherAdd(
            (ULONG_PTR)SimForeignAllocate(Block->Paged ? PagedPool : NonPagedPool, Block->RawSize),
            Block->RawSize, 0, TRUE, Block->Paged);
    }
}

/* Another owner takes and gives back. */
static void DoForeign(MD_OP *Op)
{
    const BOOLEAN Paged = MdOneIn(3);
    const SIZE_T Size = MdOneIn(4) ? MdRandom(3 * MD_PAGE) : MdRandom(500);
    ULONG Index = MdRandom(MD_OTHERS), Steps;

    (void)Op;
    if (MdOneIn(2)) {
        MdNote("another owner takes %u bytes", (unsigned)Size);
        MdOtherAdd((ULONG_PTR)SimForeignAllocate(Paged ? PagedPool : NonPagedPool, Size), Size, 0,
                   TRUE, Paged);
        return;
    }
    for (Steps = MD_OTHERS; Steps != 0; Steps--, Index = (Index + 1) % MD_OTHERS) {
        if (Md.Others[Index].P != 0 && Md.Others[Index].Foreign) {
            MdNote("another owner frees %p", (PVOID)Md.Others[Index].P);
            SimForeignFree((PVOID)Md.Others[Index].P);
            Md.Others[Index].P = 0;
            return;
        }
    }
}

/* ---- checkpoints, statistics ---- */

static void DoDifference(MD_OP *Op)
{
    static MC_CHECKPOINT Checkpoint;
    static ULONG Moment, Session;
    ULONG Index, Wanted = 0, Given;
    BOOLEAN All = MdOneIn(4);

    MdBegin(Op, PASSIVE_LEVEL);
    if (MdOneIn(2) || Session != Md.Sites[0].Made) {
        MdNote("checkpoint");
        McCheckpoint(&Checkpoint, MD_FILE, 8, "Checkpoint");
        Moment = Md.Order;
        Session = Md.Sites[0].Made;
        MdEnd(Op);
        return;
    }
    MdNote("difference");
    for (Index = 0; Index < Md.BlockCount; Index++) {
        Wanted += Md.Blocks[Index].State == MdLive && (All || Md.Blocks[Index].Order > Moment);
    }
    Given = McDifference(All ? NULL : &Checkpoint, MD_FILE, 9, "Difference");
    if (!Md.Loose && (Given != Wanted || Op->Groups != Wanted)) {
        MdFail("MEM_DIFFERENCE gives %u blocks and tells of %u, and %u are new", Given, Op->Groups,
               Wanted);
    }
    MdEnd(Op);
}

static void DoStatistics(MD_OP *Op)
{
    MdBegin(Op, MdOneIn(4) ? DISPATCH_LEVEL : PASSIVE_LEVEL);
    MdNote("statistics irql=%u", Op->Irql);
    MdRaise(Op);
    McStatistics(MD_FILE, 10, "Statistics");
    MdEnd(Op);
}

/* ---- calls that should not be ---- */

static void DoWrongOrder(MD_OP *Op)
{
    MC_CHECKPOINT Never;
    ULONG Given = 0;

    MdSettle(Op); /* INIT lets nothing be carried out that waits */
    MdBegin(Op, PASSIVE_LEVEL);
    MdNote("a call out of order");
    if (MdOneIn(2)) {
        MdExpect(McKindWrongOrder, TRUE, 0, 0, McReasonTwice);
        McInit(MD_FILE, 11, "Twice");
    } else {
        memset(&Never, 0, sizeof(Never));
        MdExpect(McKindWrongOrder, TRUE, 0, 0, McReasonNeverSet);
        Given = McDifference(&Never, MD_FILE, 12, "Never");
    }
    if (Given != 0) {
        MdFail("MEM_DIFFERENCE gives %u of a checkpoint that was never set", Given);
    }
    MdEnd(Op);
}

/* Above DISPATCH_LEVEL a check does nothing, and says so later. */
static void DoCheckHigh(MD_OP *Op)
{
    MdSettle(Op);
    MdBegin(Op, DISPATCH_LEVEL + 1);
    MdNote("check above DISPATCH_LEVEL");
    MdRaise(Op);
    if (McCheck(MD_FILE, 13, "High") != 0) {
        MdFail("MEM_CHECK above DISPATCH_LEVEL gives a number");
    }
    MdEnd(Op);
    MdBegin(Op, PASSIVE_LEVEL);
    MdExpect(McKindWrongIrql, TRUE, 0, 0, McReasonTooHigh);
    McHandedOver(NULL, MD_FILE, 14, "Settle");
    MdEnd(Op);
}

/* ---- which one is next ---- */

static void DoFreeSome(MD_OP *Op)
{
    MD_BLOCK *Block = MdPick(1u << MdLive);
    KIRQL Irql = MdOneIn(4) ? DISPATCH_LEVEL : MdOneIn(5) ? APC_LEVEL : PASSIVE_LEVEL;

    if (Block == NULL) {
        return;
    }
    if (Md.Parallel && Block->Paged && Irql == DISPATCH_LEVEL) {
        Irql = PASSIVE_LEVEL;
    }
    if (Block->Stale) {
        MdSettle(Op); /* so that it is sure what is readable of it then */
        if (Block->State != MdLive) {
            return;
        }
        Irql = PASSIVE_LEVEL;
    }
    MdDoFreeRight(Op, Block, Irql);
}

static void DoCheck(MD_OP *Op)
{
    MdDoCheck(Op, MdOneIn(2) ? DISPATCH_LEVEL : PASSIVE_LEVEL);
}

typedef struct _MD_CHOICE {
    ULONG Weight;
    void (*Do)(MD_OP *Op);
} MD_CHOICE;

static void Choose(const MD_CHOICE *Choices, MD_OP *Op)
{
    const MD_CHOICE *Choice;
    ULONG Sum = 0;

    for (Choice = Choices; Choice->Weight != 0; Choice++) {
        Sum += Choice->Weight;
    }
    Sum = MdRandom(Sum);
    for (Choice = Choices; Sum >= Choice->Weight; Choice++) {
        Sum -= Choice->Weight;
    }
    Choice->Do(Op);
}

void MdStep(MD_OP *Op)
{
    static const MD_CHOICE Choices[] = {
        {100, MdDoAllocate}, {70, DoFreeSome},     {22, DoDamage},    {20, MdDoFreeAny},
        {8, DoCheck},        {3, MdDoList},        {14, MdDoAccess},  {8, MdDoRange},
        {5, MdDoDescribe},   {6, DoHandOver},      {3, DoIrp},        {12, DoSystemFree},
        {14, DoForeign},     {12, MdDoFreeOther},  {3, DoDifference}, {1, DoStatistics},
        {2, MdDoCover},      {2, MdDoTail},        {2, DoWrongOrder}, {3, DoCheckHigh},
        {4, MdDoFreeHigh},   {3, MdOptionsChange}, {0, NULL}};

    Choose(Choices, Op);
}

void MdStepOwn(MD_OP *Op)
{
    static const MD_CHOICE Choices[] = {{100, MdDoAllocate}, {80, DoFreeSome},  {15, DoDamage},
                                        {14, MdDoFreeAny},   {2, DoCheck},      {1, MdDoList},
                                        {20, MdDoAccess},    {10, MdDoRange},   {5, MdDoDescribe},
                                        {4, DoHandOver},     {4, DoSystemFree}, {0, NULL}};

    Choose(Choices, Op);
}
