/* operation_model.c - which findings have a cause, and which causes must have a finding. */
#include "operation_model.h"

#include <string.h>

OP_MODEL Op;

/* ---- blocks ---- */

BOOLEAN OpHeld(const OP_BLOCK *Block)
{
    SIM_BLOCK There;

    return (BOOLEAN)(!Block->Live && Block->Raw != NULL && SimPoolFind(Block->Raw, &There) &&
                     There.Start == Block->Raw && There.Sequence == Block->Sequence);
}

ULONG OpFrontBytes(const OP_BLOCK *Block)
{
    return (ULONG)(Block->P - Block->Raw);
}

ULONG OpRearBytes(const OP_BLOCK *Block)
{
    return (ULONG)(Block->RawSize - Block->Size) - OpFrontBytes(Block);
}

static BOOLEAN IsIn(const OP_BLOCK *Block, const void *Address)
{
    const ULONG_PTR Offset = (ULONG_PTR)Address - (ULONG_PTR)Block->Raw;

    return (BOOLEAN)(Offset < Block->RawSize || Offset == 0);
}

static BOOLEAN IsVague(const OP_BLOCK *Block)
{
    return (BOOLEAN)(Block->Stale || Block->Waits);
}

BOOLEAN OpIsVague(const void *Address)
{
    ULONG Index;

    for (Index = 0; Index < Op.Blocks; Index++)
        if (IsVague(&Op.Block[Index]) && IsIn(&Op.Block[Index], Address))
            return TRUE;
    return FALSE;
}

BOOLEAN OpAnyVague(void)
{
    ULONG Index;

    for (Index = 0; Index < Op.Blocks; Index++)
        if (IsVague(&Op.Block[Index]))
            return TRUE;
    return FALSE;
}

OP_BLOCK *OpAt(const void *Address)
{
    OP_BLOCK *Block;

    for (Block = Op.Block; Block < Op.Block + Op.Blocks; Block++)
        if (Block->Monitored && IsIn(Block, Address) && (Block->Live || OpHeld(Block)))
            return Block;
    return NULL;
}

/* ---- bytes ---- */

BOOLEAN OpMayTouch(const OP_BLOCK *Block)
{
    return (BOOLEAN)(!Block->Paged || KeGetCurrentIrql() < DISPATCH_LEVEL);
}

static UCHAR Pattern(const OP_BLOCK *Block, SIZE_T At)
{
    return (UCHAR)(Block->Order * 37 + At);
}

#define OP_READ 4096u /* of a large block only so much */

void OpWrite(OP_BLOCK *Block)
{
    SIZE_T At;

    for (At = 0; At < Block->Size && At < OP_READ; At++)
        Block->P[At] = Pattern(Block, At);
    Block->Readable = TRUE;
}

void OpVerify(const OP_BLOCK *Block)
{
    SIZE_T At;

    if (!Block->Readable || !(Block->Live || Block->Foreign) || !OpMayTouch(Block))
        return;
    for (At = 0; At < Block->Size && At < OP_READ; At++)
        FUZZ_CHECK(Block->P[At] == Pattern(Block, At), "byte %zu of the driver's %zu was changed",
                   At, Block->Size);
}

static OP_ZONE ZoneOf(const OP_BLOCK *Block, LONG_PTR Offset)
{
    return Offset < 0 ? OpFront : (SIZE_T)Offset >= Block->Size ? OpRear : OpFill;
}

/* Filled when it was freed: whole, or both ends. */
static BOOLEAN IsFilled(const OP_BLOCK *Block, LONG_PTR Offset)
{
    const SIZE_T Tail = 64;
    const SIZE_T At = (SIZE_T)Offset;

    if (Block->Filled == 0)
        return FALSE;
    if (Block->Size <= Block->Filled || Block->Size <= Tail)
        return TRUE;
    return (BOOLEAN)(At < Tail || At + Tail < Block->Filled || At >= Block->Size - Tail);
}

BOOLEAN OpDamage(OP_BLOCK *Block, LONG_PTR Offset, UCHAR Xor)
{
    ULONG Index;

    if (Block->Count == OP_CHANGES || Block->Noted[ZoneOf(Block, Offset)])
        return FALSE;
    for (Index = 0; Index < Block->Count; Index++)
        if (Block->Change[Index].Offset == Offset)
            return FALSE;
    Block->P[Offset] ^= Xor;
    Block->Change[Block->Count].Offset = Offset;
    Block->Change[Block->Count++].Zone = ZoneOf(Block, Offset);
    return TRUE;
}

/* What is changed in a zone and MemCheck looks at. */
static ULONG Changed(const OP_BLOCK *Block, OP_ZONE Zone, LONG_PTR *First, LONG_PTR *Last)
{
    ULONG Index, Count = 0;
    LONG_PTR Offset;

    for (Index = 0; Index < Block->Count; Index++) {
        Offset = Block->Change[Index].Offset;
        if (Block->Change[Index].Zone != Zone || (Zone == OpFill && !IsFilled(Block, Offset)))
            continue;
        *First = Count == 0 || Offset < *First ? Offset : *First;
        *Last = Count == 0 || Offset > *Last ? Offset : *Last;
        Count++;
    }
    return Count;
}

static void Repaired(OP_BLOCK *Block, OP_ZONE Zone)
{
    ULONG Index, Left = 0;

    for (Index = 0; Index < Block->Count; Index++)
        if (Block->Change[Index].Zone != Zone)
            Block->Change[Left++] = Block->Change[Index];
    Block->Count = Left;
}

ULONG OpDamaged(void)
{
    ULONG Zone, Count = 0;
    OP_BLOCK *Block;
    LONG_PTR First, Last;

    for (Block = Op.Block; Block < Op.Block + Op.Blocks; Block++) {
        if (!Block->Monitored || !Block->Owned || Block->Count == 0 ||
            !(Block->Live || OpHeld(Block)))
            continue;
        for (Zone = OpFront; Zone < OpZones; Zone++)
            if (Changed(Block, (OP_ZONE)Zone, &First, &Last) != 0)
                break;
        Count += Zone != OpZones;
    }
    return Count;
}

/* ---- findings ---- */

static BOOLEAN IsDamage(MC_KIND Kind)
{
    return (BOOLEAN)(Kind == McKindOverrun || Kind == McKindUnderrun ||
                     Kind == McKindWriteAfterFree);
}

/* The finding says of this block what is so. */
static BOOLEAN Explains(const OP_BLOCK *Block, OP_ZONE Zone, const MC_FINDING *Finding)
{
    const MC_DAMAGE *Damage = &Finding->Damage;
    LONG_PTR First = 0, Last = 0;
    ULONG Count;

    if ((ULONG_PTR)Block->P != Finding->Block.User || Block->Size != Finding->Block.Size ||
        Block->Noted[Zone] || Block->Owned != (BOOLEAN)(Finding->Block.Front != 0))
        return FALSE;
    Count = Changed(Block, Zone, &First, &Last);
    if (Count == 0 || Damage->Changed == 0)
        return FALSE;
    if (!Block->Owned) /* as far as it may be read */
        return (BOOLEAN)(Block == Op.Freed && !Finding->Sure && Damage->First == First &&
                         Damage->Changed <= Count);
    return (BOOLEAN)(Finding->Sure && Damage->First == First && Damage->Last == Last &&
                     Damage->Changed == Count);
}

static void JudgeDamage(const MC_FINDING *Finding)
{
    const OP_ZONE Zone = Finding->Kind == McKindOverrun    ? OpRear
                         : Finding->Kind == McKindUnderrun ? OpFront
                                                           : OpFill;
    OP_BLOCK *Block;

    for (Block = Op.Block + Op.Blocks; Block-- != Op.Block;) {
        if (!Explains(Block, Zone, Finding))
            continue;
        if (Finding->Action == McActionRepaired || Finding->Action == McActionKeptRepaired)
            Repaired(Block, Zone);
        else
            Block->Noted[Zone] = TRUE;
        return;
    }
    /* The memory of a stale record is another's, who writes where he likes. */
    FUZZ_CHECK(!Finding->Sure && Finding->Block.Front == 0 &&
                   OpIsVague((const void *)Finding->Block.User),
               "%s of block %u, bytes %td to %td, %zu of them: it has no cause",
               McKindMachineName(Finding->Kind), Finding->Block.Number, Finding->Damage.First,
               Finding->Damage.Last, Finding->Damage.Changed);
}

/* A possible double free of a block whose own free may have been taken for it. */
static void NoteTold(const MC_FINDING *Finding)
{
    OP_BLOCK *Block;

    for (Block = Op.Block; Block < Op.Block + Op.Blocks; Block++)
        if (Block->Doubtful && (ULONG_PTR)Block->P == Finding->Block.User)
            Block->Told = TRUE;
}

/* Called with each finding, before it is printed. */
VOID McTestReport(const MC_FINDING *Finding)
{
    const ULONG Kind = OP_KIND(Finding->Kind);
    const ULONG Seen = Op.Seen;

    Op.Findings++;
    Op.Seen |= Kind;
    if (IsDamage(Finding->Kind)) {
        JudgeDamage(Finding);
        return;
    }
    if (Finding->Kind == McKindDoubleFree)
        NoteTold(Finding);
    if (Finding->Kind == McKindLeak || Finding->Kind == McKindLeakSite)
        *(Finding->Sure ? &Op.Leaks : &Op.Possible) +=
            Finding->Kind == McKindLeakSite || !Finding->Sure ? Finding->Count : 1;
    if (Finding->Kind == McKindWrongIrql && Finding->Found.Irql > DISPATCH_LEVEL) {
        Op.Seen = Seen;
        FUZZ_CHECK(Op.Waiting != 0, "a wrong IRQL that has no cause");
        Op.Waiting--;
        Op.Due -= Op.Due != 0;
        return;
    }
    FUZZ_CHECK((Op.May & Kind) != 0, "%s, sure=%d, reason %d, at %#zx: it has no cause",
               McKindMachineName(Finding->Kind), Finding->Sure, Finding->Reason,
               (size_t)Finding->Address);
}

/* ---- an operation ---- */

void OpBegin(ULONG May, ULONG Must)
{
    Op.May = May | Must;
    if (Mc.Phase == McPhaseOn && (*McOptions.FailAt != 0 || McOptions.FailNth != 0 ||
                                  McOptions.FailChance != 0 || McOptions.FailStacks != 0))
        Op.May |= OP_KIND(McKindInjected);
    Op.Must = Must;
    Op.Freed = NULL;
    Op.Seen = 0;
    Op.Findings = 0;
    Op.Leaks = Op.Possible = 0;
}

/* What has left MemCheck's hands was looked at on the way. */
static void CheckSettled(OP_BLOCK *Block)
{
    LONG_PTR First, Last;
    ULONG Zone;

    if (!Block->Owned || !Block->Monitored || Block->Live || OpHeld(Block))
        return;
    for (Zone = OpFront; Zone < OpZones; Zone++)
        FUZZ_CHECK(Changed(Block, (OP_ZONE)Zone, &First, &Last) == 0 || Block->Noted[Zone],
                   "a block of %zu bytes went back to the pool, its damage (%u) unsaid",
                   Block->Size, Zone);
    Block->Monitored = FALSE;
}

void OpEnd(void)
{
    const ULONG Lines = Op.Findings * FUZZ_REPORT_LINES + Op.Blocks * 24 + 1000;
    ULONG Index;

    FUZZ_CHECK((Op.Seen & Op.Must) == Op.Must, "of kinds %#x only %#x were found", Op.Must,
               Op.Seen & Op.Must);
    for (Index = 0; Index < Op.Blocks; Index++)
        CheckSettled(&Op.Block[Index]);
    FuzzOutput(Lines);
}
