/* operation_look.c - damage, and what looks for it; what addresses are; what is in use. */
#include "operation_driver.h"

/* ---- damage ---- */

void OpDamageOne(void)
{
    OP_BLOCK *Block = OpPick();
    const UCHAR How = FuzzByte(Driver.In);
    const UCHAR Xor = (UCHAR)(FuzzByte(Driver.In) | 1);
    LONG_PTR Offset = FuzzByte(Driver.In);

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

void OpCheck(void)
{
    const PLACE Where = OpPlace();
    const BOOLEAN On = (BOOLEAN)(Mc.Phase == McPhaseOn);
    const BOOLEAN Exact = (BOOLEAN)(On && !OpAnyVague() && KeGetCurrentIrql() < DISPATCH_LEVEL);
    const ULONG Damaged = OpDamaged();
    ULONG Found;

    OpBegin(0, OpOrderKind());
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
    OP_BLOCK *Block = OpPick();
    const LONG Offset = (LONG)(FuzzUlong(Driver.In) & 0x1ffff) - 128;

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

void OpAccess(void)
{
    const BOOLEAN Range = (BOOLEAN)(FuzzByte(Driver.In) & 1);
    const PLACE Where = OpPlace();
    UCHAR *P = AnAddress();
    const SIZE_T Length = Range ? FuzzUlong(Driver.In) % 5000 : 1;
    const BOOLEAN Vague = (BOOLEAN)(OpIsVague(P) || OpAnyVague());
    const SIZE_T Left = BytesLeft(P);
    const BOOLEAN Inside = (BOOLEAN)(Length != 0 ? Length <= Left : Left != 0 || IsEnd(P));
    BOOLEAN Valid;

    OpBegin(Vague ? OP_KIND(McKindBadAccess) : 0, OpOrderKind());
    if (Mc.Phase == McPhaseOn && !Vague && !Inside)
        Op.Must |= OP_KIND(McKindBadAccess);
    Op.May |= Op.Must;
    Valid = Range ? McValidRange(P, Length, AT(Where)) : McValidAccess(P, AT(Where));
    FUZZ_CHECK(Vague || Valid == (BOOLEAN)(Inside && Mc.Phase == McPhaseOn),
               "%zu bytes at %p: %d, with %zu left", Length, (void *)P, Valid, Left);
    OpEnd();
}

void OpDescribe(void)
{
    const PLACE Where = OpPlace();

    OpBegin(0, Mc.Phase == McPhaseOn ? OP_KIND(McKindDescribe) : OpOrderKind());
    McDescribeAddress(AnAddress(), AT(Where));
    OpEnd();
}

void OpDifference(void)
{
    const PLACE Where = OpPlace();
    const UCHAR How = FuzzByte(Driver.In);
    const BOOLEAN Since = (BOOLEAN)(How % 4 == 1);
    const BOOLEAN Unset = (BOOLEAN)(Since && Driver.CheckpointOrder == 0);
    ULONG Found, Wanted;

    if (How % 4 == 0) {
        OpBegin(0, OpOrderKind());
        McCheckpoint(&Driver.Checkpoint, AT(Where));
        if (Mc.Phase == McPhaseOn)
            Driver.CheckpointOrder = Driver.Orders + 1;
        OpEnd();
        return;
    }
    OpBegin(OP_KIND(McKindDifference), OpOrderKind());
    if (Unset)
        Op.Must |= OP_KIND(McKindWrongOrder) & (Mc.Phase == McPhaseFailed ? 0 : ~0u);
    Op.May |= Op.Must;
    Found = McDifference(Since ? &Driver.Checkpoint : NULL, AT(Where));
    Wanted = OpLiveBlocks(TRUE, Since ? Driver.CheckpointOrder - 1 : 0) +
             OpLiveBlocks(FALSE, Since ? Driver.CheckpointOrder - 1 : 0);
    if (Mc.Phase != McPhaseOn || Unset)
        Wanted = 0;
    FUZZ_CHECK(Found == Wanted || OpAnyVague(), "%u blocks in use, not %u", Found, Wanted);
    OpEnd();
}

/* Reports that are printed call this, which checks in its turn. */
static VOID NTAPI OnFinding(const MC_FOUND *Found, PVOID Context)
{
    FUZZ_CHECK(Found->Size == sizeof(*Found) && Context == Driver.In, "not what was asked for");
    FuzzLine(Found->Line);
    if (Mc.Phase == McPhaseOn) /* not in MEM_CHECK_EXIT */
        McCheck("found.c", 1, "OnFinding");
}

void OpAsk(void)
{
    const PLACE Where = OpPlace();

    OpBegin(0, OpOrderKind());
    switch (FuzzBelow(Driver.In, 4)) {
    case 0: McOnFinding(OnFinding, Driver.In, AT(Where)); break;
    case 1: McOnFinding(NULL, NULL, AT(Where)); break;
    case 2: McStatistics(AT(Where)); break;
    default: McListDisplay(AT(Where)); break; /* damage that it finds is judged as it comes */
    }
    OpEnd();
}
