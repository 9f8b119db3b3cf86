/* findings.c - each finding that MemCheck makes is expected, or the run has failed. */
#include <string.h>

#include "model.h"

VOID McTestReport(const MC_FINDING *Finding);

static const char *Kind(MC_KIND Which)
{
    return McKindMachineName(Which);
}

/* What the model has at the block's address. */
static void NoteBlocks(ULONG_PTR User)
{
    ULONG Index;

    for (Index = 0; Index < Md.BlockCount; Index++) {
        const MD_BLOCK *Block = &Md.Blocks[Index];

        if (Block->User == User) {
            MdNote("the model has there: %u bytes of line %u, state %d%s%s", (unsigned)Block->Size,
                   Block->Line, Block->State, Block->Stale ? ", stale" : "",
                   Block->Lazy ? ", lazy" : "");
        }
    }
}

static void Fail(const MC_FINDING *Finding, const char *Why)
{
    NoteBlocks(Finding->Block.User);
    MdFail("%s: kind=%s sure=%u by=%u during=%u reason=%u action=%u addr=%p where=%u block %u: %p, "
           "%u bytes, front %u, rear %u, tag %08x, state %u, line %u; damage %d to %d, %u bytes",
           Why, Kind(Finding->Kind), Finding->Sure, Finding->By, Finding->During, Finding->Reason,
           Finding->Action, (PVOID)Finding->Address, Finding->Where, Finding->Block.Number,
           (PVOID)Finding->Block.User, (unsigned)Finding->Block.Size, Finding->Block.Front,
           Finding->Block.Rear, Finding->Block.Tag, Finding->Block.State,
           Finding->Block.Allocated.Site.Line, (int)Finding->Damage.First,
           (int)Finding->Damage.Last, (unsigned)Finding->Damage.Changed);
}

/* What a finding says of a block is what the driver asked for. */
static void CheckBlock(const MC_FINDING *Finding, MD_BLOCK *Block)
{
    const MC_BLOCK *Said = &Finding->Block;

    if (Said->User != Block->User || Said->Size != Block->Size || Said->Front != Block->Front ||
        Said->Tag != Block->Tag || Said->Allocated.Site.Line != Block->Line) {
        Fail(Finding, "it names another block than the model");
    }
    if (Said->Rear != Block->Rear && !(Block->Front == 0 && Finding->Kind == McKindOverrun)) {
        Fail(Finding, "the rear redzone has another size");
    }
    if (Block->Number != 0 && Block->Number != Said->Number) {
        Fail(Finding, "the block has another number than before");
    }
    Block->Number = Said->Number;
}

/* ---- damage of an owned block, which whoever looks at it may find, once ---- */

static MD_ZONE ZoneOf(MC_KIND Which)
{
    return Which == McKindUnderrun ? MdFront : Which == McKindOverrun ? MdRear : MdFill;
}

static BOOLEAN IsDamageKind(MC_KIND Which)
{
    return Which == McKindUnderrun || Which == McKindOverrun || Which == McKindWriteAfterFree;
}

static MD_BLOCK *DamagedBlock(const MC_FINDING *Finding)
{
    ULONG Index;

    for (Index = Md.BlockCount; Index != 0; Index--) {
        MD_BLOCK *Block = &Md.Blocks[Index - 1];

        if (Block->User == Finding->Block.User && Block->Front != 0 && Block->State != MdMaking &&
            Block->State != MdReleased) {
            return Block;
        }
    }
    Fail(Finding, "there is no such block");
    return NULL;
}

/* Of a block that stays, and with the option, each damage that is reported is put right. */
static BOOLEAN WantsRepair(const MC_FINDING *Finding)
{
    return Md.Options.Repair && Finding->By != McByExit &&
           (Finding->By == McByCheck || Finding->By == McByList || Finding->By == McByPatrol ||
            Finding->By == McByNeighbour || Finding->By == McByCheckEvery);
}

static void TakeDamage(const MC_FINDING *Finding)
{
    const MD_ZONE Zone = ZoneOf(Finding->Kind);
    const BOOLEAN Repairs =
        Finding->Action == McActionRepaired || Finding->Action == McActionKeptRepaired;
    MD_BLOCK *Block = DamagedBlock(Finding);
    MD_EXTENT Extent;

    CheckBlock(Finding, Block);
    if (!Finding->Sure) {
        Fail(Finding, "damage of an owned block is sure");
    }
    if (!Block->Damaged[Zone]) {
        Fail(Finding, "these bytes are not damaged");
    }
    if (Block->Reported[Zone]) {
        Fail(Finding, "that was reported before");
    }
    MdLook(Block, Zone, Block->Rear, &Extent);
    if (!Md.Parallel &&
        (Extent.First != Finding->Damage.First || Extent.Last != Finding->Damage.Last ||
         Extent.Changed != Finding->Damage.Changed ||
         Finding->Address != Block->User + (ULONG_PTR)Extent.First)) {
        Fail(Finding, "other bytes are damaged");
    }
    if (Repairs ? !Md.Options.Repair : WantsRepair(Finding)) {
        Fail(Finding, "it is repaired where it should not be, or is not where it should");
    }
    Block->Reported[Zone] = TRUE;
    Block->Repaired[Zone] = Repairs;
}

/* ---- groups of blocks: leaks, differences ---- */

static void TakeGroup(const MC_FINDING *Finding)
{
    const ULONG Line = Finding->Block.Allocated.Site.Line;
    const ULONG Count = Finding->Count != 0 ? Finding->Count : 1;
    const SIZE_T Bytes = Finding->Count != 0 ? Finding->Bytes : Finding->Block.Size;

    if (Line == 0 || Line >= MD_LINES) {
        Fail(Finding, "no line of the model");
    }
    if (Finding->Kind == McKindDifference) {
        MdOp->Groups += Count;
        return;
    }
    if (!MdOp->Ending) {
        Fail(Finding, "a leak, and it is not the end");
    }
    Md.Sites[Line].Leaks += Count;
    Md.Sites[Line].Bytes += Bytes;
}

/* ---- all others ---- */

static BOOLEAN Fits(const MD_EXPECT *Expect, const MC_FINDING *Finding)
{
    if (Expect->Came || Expect->Kind != Finding->Kind || Expect->Address != Finding->Address ||
        (Expect->Sure != MD_ANY && Expect->Sure != Finding->Sure)) {
        return FALSE;
    }
    if (Expect->Block != 1 &&
        Expect->Block != (Finding->Block.Number != 0 ? Finding->Block.User : 0)) {
        return FALSE;
    }
    return Expect->Reason == McReasons || Expect->Reason == Finding->Reason;
}

/* Blocks that MemCheck knows by their records, not by what it remembers of them. */
static void CheckExpected(const MC_FINDING *Finding)
{
    MD_BLOCK *Block;

    if (Finding->Block.Number == 0 || Finding->Block.State == McStateRetired ||
        Finding->Kind == McKindLateFree || Finding->Kind == McKindBadRequest) {
        return;
    }
    for (Block = Md.Blocks + Md.BlockCount; Block-- != Md.Blocks;) {
        if (Block->User == Finding->Block.User && Block->State != MdMaking) {
            if (Finding->Sure || Block->State != MdReleased) {
                CheckBlock(Finding, Block);
            }
            return;
        }
    }
    Fail(Finding, "there is no such block");
}

/* What came back while it was, perhaps, on its way out, had not left. */
static void EndCrossed(ULONG_PTR User)
{
    ULONG Index;

    for (Index = 0; Index < Md.BlockCount; Index++) {
        MD_BLOCK *Block = &Md.Blocks[Index];

        if (Block->User == User && Block->Crossed && Block->State == MdHeld) {
            Block->State = MdLost;
        }
    }
}

static void TakeExpected(const MC_FINDING *Finding)
{
    ULONG Index;

    for (Index = 0; Index < MdOp->ExpectedCount; Index++) {
        if (Fits(&MdOp->Expected[Index], Finding)) {
            MdOp->Expected[Index].Came = MdBreaks != MdBreakFinding;
            CheckExpected(Finding);
            if (Finding->Kind == McKindDoubleFree) {
                EndCrossed(Finding->Block.User);
            }
            return;
        }
    }
    Fail(Finding, "nobody expects this finding");
}

VOID McTestReport(const MC_FINDING *Finding)
{
    MdLock();
    MdCountKind(Finding->Kind);
    if (MdOp == NULL) {
        Fail(Finding, "a finding outside of every operation");
    } else if (IsDamageKind(Finding->Kind) && Finding->Block.Front != 0) {
        TakeDamage(Finding);
    } else if (Finding->Kind == McKindLeak || Finding->Kind == McKindLeakSite ||
               Finding->Kind == McKindDifference) {
        TakeGroup(Finding);
    } else {
        TakeExpected(Finding);
    }
    MdUnlock();
}
