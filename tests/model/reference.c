/* reference.c - the reference: what blocks there are, and how a free is judged. As DESIGN says it,
 * by linear search. */
#include <stdlib.h>
#include <string.h>

#include "model.h"

MD_MODEL Md;

/* ---- look-ups ---- */

static BOOLEAN IsThere(const MD_BLOCK *Block)
{
    return Block->State == MdLive || Block->State == MdDeferred || Block->State == MdHeld;
}

MD_BLOCK *MdFindExact(ULONG_PTR P)
{
    ULONG Index;

    for (Index = Md.BlockCount; Index != 0; Index--) {
        MD_BLOCK *Block = &Md.Blocks[Index - 1];

        if (Block->User == P && IsThere(Block)) {
            return Block;
        }
    }
    return NULL;
}

MD_BLOCK *MdFindInside(ULONG_PTR P)
{
    MD_BLOCK *Exact = MdFindExact(P);
    ULONG Index;

    for (Index = Md.BlockCount; Exact == NULL && Index != 0; Index--) {
        MD_BLOCK *Block = &Md.Blocks[Index - 1];

        if (IsThere(Block) && P >= Block->Raw && P - Block->Raw < Block->RawSize) {
            Exact = Block;
        }
    }
    return Exact;
}

MD_BLOCK *MdFindRaw(ULONG_PTR Raw)
{
    ULONG Index;

    for (Index = Md.BlockCount; Index != 0; Index--) {
        MD_BLOCK *Block = &Md.Blocks[Index - 1];

        if (Block->Raw == Raw && (IsThere(Block) || Block->State == MdLeaving)) {
            return Block;
        }
    }
    return NULL;
}

/* ---- retired ---- */

/* MemCheck's table is divided by a hash: that the last eighth of it is remembered is sure. */
MD_BLOCK *MdFindRetired(ULONG_PTR P, BOOLEAN *Must)
{
    ULONG Index;

    for (Index = P != 0 ? Md.RetiredCount : 0; Index != 0; Index--) {
        if (Md.Retired[Index - 1] == P) {
            *Must = Md.RetiredCount - Index < Md.Options.Retired / 8 &&
                    !Md.RetiredBlock[Index - 1]->Crossed;
            return Md.RetiredBlock[Index - 1];
        }
    }
    return NULL;
}

void MdRetire(MD_BLOCK *Block)
{
    if (Md.RetiredCount == MD_BLOCKS) {
        MdFail("the model has no room for another retired block");
    }
    Md.Retired[Md.RetiredCount] = Block->User;
    Md.RetiredBlock[Md.RetiredCount++] = Block;
}

void MdForgetRetired(ULONG_PTR P)
{
    ULONG Index;

    for (Index = 0; Index < Md.RetiredCount; Index++) {
        if (Md.Retired[Index] == P) {
            Md.Retired[Index] = 0;
        }
    }
}

/* ---- addresses ---- */

extern char __executable_start, end;

MC_REASON MdWild(ULONG_PTR P)
{
    if (P == 0) {
        return McReasonNull;
    }
    if (P >= MdOp->StackLow && P < MdOp->StackHigh) {
        return McReasonStack;
    }
    if (P >= (ULONG_PTR)&__executable_start && P < (ULONG_PTR)&end) {
        return McReasonImage;
    }
    if (P < (ULONG_PTR)MmSystemRangeStart) {
        return McReasonUserSpace;
    }
    return P % MD_ALIGNMENT != 0 ? McReasonMisaligned : McReasonNone;
}

/* ---- pool blocks that nobody monitors ---- */

MD_OTHER *MdOtherAdd(ULONG_PTR P, SIZE_T Size, ULONG Tag, BOOLEAN Foreign, BOOLEAN Paged)
{
    ULONG Index;

    for (Index = 0; Index < MD_OTHERS && Md.Others[Index].P != 0; Index++) {
    }
    if (Index == MD_OTHERS) {
        MdFail("the model has no room for another block");
    }
    Md.Others[Index].P = P;
    Md.Others[Index].Size = Size;
    Md.Others[Index].Tag = Tag;
    Md.Others[Index].Foreign = Foreign;
    Md.Others[Index].Handed = FALSE;
    Md.Others[Index].Paged = Paged;
    return &Md.Others[Index];
}

MD_OTHER *MdOtherAt(ULONG_PTR P)
{
    ULONG Index;

    for (Index = 0; Index < MD_OTHERS; Index++) {
        if (P != 0 && Md.Others[Index].P == P) {
            return &Md.Others[Index];
        }
    }
    return NULL;
}

/* ---- what the pool handed out ---- */

static ULONG Pages(ULONG_PTR First, ULONG_PTR Last)
{
    return (ULONG)(Last / MD_PAGE - First / MD_PAGE + 1);
}

/* The free of a block, under way, that has not reached the pool yet; NULL: there is none. */
static MD_PASS *Passing(const MD_BLOCK *Block)
{
    ULONG Index;

    for (Index = 0; MdOp != NULL && Index < MdOp->PassCount; Index++) {
        if (Block->State == MdReleased && MdOp->Passes[Index].P == Block->User &&
            !MdOp->Passes[Index].Came) {
            return &MdOp->Passes[Index];
        }
    }
    return NULL;
}

/* Held back, and the pool could not have it, but for somebody who freed it past us. Where it may
 * be leaving at this very moment, it may also be gone already. */
static void CameBack(MD_BLOCK *Block, ULONG_PTR Raw, ULONG_PTR Last)
{
    MdExpect(McKindDoubleFree, Raw <= Block->User && Block->User <= Last, Block->User, Block->User,
             McReasons);
    if (Passing(Block) != NULL && Raw <= Block->User && Block->User <= Last) {
        memset(Passing(Block), 0, sizeof(MD_PASS)); /* the memory was free, and is another's now */
    }
    if (Block->State == MdHeld && MdExactQuarantine()) {
        Block->State = MdLost;
    } else {
        Block->Crossed = TRUE;
        MdOp->Expected[MdOp->ExpectedCount - 1].Must = FALSE;
    }
}

/* A plain block that is in the way has been freed past MemCheck, which finds it out here: at once,
 * or, where a large block covers a small one, when somebody looks it up. */
static void InTheWay(MD_BLOCK *Block, ULONG_PTR Raw, ULONG_PTR Last)
{
    if (Block->Front != 0 || !Block->Stale) {
        MdFail("the pool gave %p to %p, where block %p of %u bytes is", (PVOID)Raw, (PVOID)Last,
               (PVOID)Block->User, (unsigned)Block->Size);
    }
    if (Pages(Raw, Last) > MD_LARGE_PAGES &&
        Pages(Block->Raw, Block->Raw + Block->RawSize - 1) <= MD_LARGE_PAGES) {
        Block->Lazy = TRUE;
        Md.Loose = TRUE;
    } else if (Block->State == MdLive) {
        Block->State = MdLost;
        Md.Elsewhere++;
        Md.Sites[Block->Line].Elsewhere++;
    } else if (!Block->Crossed) {
        CameBack(Block, Raw, Last);
    }
}

void MdHandedOut(ULONG_PTR Raw, SIZE_T Size)
{
    const ULONG_PTR Last = Raw + (Size != 0 ? Size - 1 : 0);
    const BOOLEAN Ending = Md.On && MdOp != NULL && MdOp->Ending;
    ULONG Index;

    if (Ending) { /* leaks are counted after this, and a place learns from what it shows */
        MdPlainLeaks(FALSE);
    }
    for (Index = 0; Md.On && Index < Md.BlockCount; Index++) {
        MD_BLOCK *Block = &Md.Blocks[Index];

        if ((Block->State == MdLive || Block->State == MdHeld ||
             ((Block->State == MdLeaving || Passing(Block) != NULL) && Block->Stale)) &&
            Block->Raw <= Last && Raw <= Block->Raw + Block->RawSize - 1) {
            InTheWay(Block, Raw, Last);
        }
    }
    if (Ending) {
        MdPlainLeaks(TRUE);
    }
}

/* ---- what is expected ---- */

void MdExpect(MC_KIND Kind, BOOLEAN Sure, ULONG_PTR Address, ULONG_PTR Block, MC_REASON Reason)
{
    MD_EXPECT *Expect = &MdOp->Expected[MdOp->ExpectedCount];

    if (MdOp->ExpectedCount == MD_EXPECTED) {
        MdFail("the model expects more findings than it has room for");
    }
    MdOp->ExpectedCount++;
    memset(Expect, 0, sizeof(*Expect));
    Expect->Kind = Kind;
    Expect->Sure = Sure;
    Expect->Address = Address;
    Expect->Block = Block;
    Expect->Must = TRUE;
    Expect->Reason = Reason;
}

/* Nothing else is passed on, and this must be. */
static void Pass(ULONG_PTR P, ULONG Routine, ULONG Tag)
{
    MD_PASS *New = &MdOp->Passes[MdOp->PassCount];

    if (MdOp->PassCount == MD_EXPECTED) {
        MdFail("the model passes on more than it has room for");
    }
    MdOp->PassCount++;
    memset(New, 0, sizeof(*New));
    New->P = P;
    New->Routine = Routine;
    New->Tag = Tag;
    New->Must = TRUE;
}

/* ---- the free of a live block ---- */

BOOLEAN MdWantsTag(const MD_BLOCK *Block, ULONG Given)
{
    if (Block->Tag == 0) {
        return TRUE;
    }
    if (Given == 0) {
        return (Block->Tag & MD_PROTECTED) == 0;
    }
    return (Block->Tag & ~MD_PROTECTED) == (Given & ~MD_PROTECTED);
}

/* Verified, filled, held back; or let go. */
static void FinishOwned(MD_BLOCK *Block)
{
    MdMustReport(Block, 1u << MdFront | 1u << MdRear);
    if (MdTakes(Block)) {
        MdHold(Block);
    } else {
        MdLetGo(Block);
    }
}

static void FreeOwned(MD_BLOCK *Block)
{
    if (!MdWantsTag(Block, Block->FreeTag)) {
        MdExpect(McKindWrongTag, TRUE, Block->User, Block->User, McReasons);
    }
    if (Block->Paged && MdOp->Irql >= DISPATCH_LEVEL) {
        MdExpect(McKindWrongIrql, TRUE, Block->User, 0, McReasonPagedHigh);
        Block->State = MdDeferred;
        Block->Held = ++Md.Order;
    } else {
        FinishOwned(Block);
    }
}

/* Held back only if all is as it should be; else passed on, as this caller said it. */
static void FinishPlain(MD_BLOCK *Block)
{
    const ULONG Readable = MdReadable(Block);
    BOOLEAN Right = MdWantsTag(Block, Block->FreeTag);
    MD_EXTENT Extent;

    Md.Sites[Block->Line].Back++;
    if (!Right) {
        MdExpect(McKindWrongTag, FALSE, Block->User, Block->User, McReasons);
    }
    MdLook(Block, MdRear, Readable, &Extent);
    if (!Block->Paged && Readable < Block->Rear) {
        Right = FALSE; /* pages of it are gone, and so is the block */
    }
    if (Extent.Changed != 0) {
        MdExpect(McKindOverrun, FALSE, Block->User + (ULONG_PTR)Extent.First, Block->User,
                 McReasons);
        Right = FALSE;
    }
    if (Right && MdTakes(Block)) {
        MdHold(Block);
        return;
    }
    Pass(Block->User, Block->FreeRoutine, Block->FreeTag);
    Block->State = MdReleased;
    MdRetire(Block);
}

static void FreePlain(MD_BLOCK *Block)
{
    if (Block->Paged && MdOp->Irql >= DISPATCH_LEVEL) {
        MdExpect(McKindWrongIrql, FALSE, Block->User, 0, McReasons);
        Block->State = MdDeferred;
        Block->Held = ++Md.Order;
    } else {
        FinishPlain(Block);
    }
}

/* Those that were put off last come first. */
void MdDrainDeferred(void)
{
    MD_BLOCK *Next;
    ULONG Index;

    do {
        Next = NULL;
        for (Index = 0; Index < Md.BlockCount; Index++) {
            MD_BLOCK *Block = &Md.Blocks[Index];

            if (Block->State == MdDeferred && (Next == NULL || Block->Held > Next->Held)) {
                Next = Block;
            }
        }
        if (Next != NULL && Next->Front != 0) {
            FinishOwned(Next);
        } else if (Next != NULL) {
            FinishPlain(Next);
        }
    } while (Next != NULL);
}

/* ---- judgements, in their order ---- */

static BOOLEAN JudgeStart(ULONG_PTR P, ULONG Routine, ULONG Tag, ULONG Line)
{
    MD_BLOCK *Block = MdFindExact(P);

    if (Block == NULL) {
        return FALSE;
    }
    if (Block->State != MdLive) {
        MdExpect(McKindDoubleFree, TRUE, P, P, McReasonNone);
        return TRUE;
    }
    Block->FreeRoutine = Routine;
    Block->FreeTag = Tag;
    Block->FreeLine = Line;
    if (Block->Front != 0) {
        FreeOwned(Block);
    } else {
        FreePlain(Block);
    }
    return TRUE;
}

/* In an owned block it is surely wrong. A plain one may be stale, but where no pool block can
 * start, no free is right. */
static BOOLEAN JudgeInside(ULONG_PTR P, ULONG Routine, ULONG Tag)
{
    MD_BLOCK *Block = MdFindInside(P);
    BOOLEAN Inside, Sure;

    if (Block == NULL) {
        return FALSE;
    }
    Inside = P >= Block->User && P - Block->User < Block->Size;
    Sure = Block->Front != 0 || MdWild(P) != McReasonNone;
    MdExpect(Inside ? McKindInteriorFree : McKindRedzoneFree, Sure, P, Block->User, McReasons);
    if (!Sure) {
        Pass(P, Routine, Tag);
    }
    return TRUE;
}

/* Does MemCheck's own memory lie there now? */
static BOOLEAN IsMemChecks(ULONG_PTR P)
{
    SIM_BLOCK Pool;

    return SimPoolFind((PVOID)P, &Pool) && Pool.Owner == SIM_DRIVER && Pool.Tag == SIM_OWN_TAG;
}

/* Possible only, and passed on; not even said where others' memory has been freed before. Only of
 * MemCheck's own memory it is sure that nobody may free it. */
static BOOLEAN JudgeRetired(ULONG_PTR P, ULONG Routine, ULONG Tag, ULONG Line)
{
    BOOLEAN Must;
    MD_BLOCK *Block = MdFindRetired(P, &Must);
    const BOOLEAN Sure = Block != NULL && IsMemChecks(P);

    if (Block == NULL || (Md.Sites[Line].Foreign != 0 && !Sure)) {
        return FALSE;
    }
    if (!Sure) {
        Pass(P, Routine, Tag);
    } else if (!Must) { /* or it is forgotten, and a wild one */
        MdExpect(McKindWildFree, TRUE, P, 0, McReasonOwn);
        MdOp->Expected[MdOp->ExpectedCount - 1].Must = FALSE;
    }
    MdExpect(McKindLateFree, Sure, P, P, Sure ? McReasonNone : McReasonReused);
    if (!Must && Sure) {
        MdOp->Expected[MdOp->ExpectedCount - 1].Must = FALSE;
    } else if (!Must) { /* then it is a foreign one: MdEnd */
        MdOp->Expected[MdOp->ExpectedCount - 1].Must = FALSE;
        MdOp->Late = MdOp->ExpectedCount;
        MdOp->LateLine = Line;
    }
    return TRUE;
}

void MdJudgeFree(ULONG_PTR P, ULONG Routine, ULONG Tag, ULONG Line)
{
    if (JudgeStart(P, Routine, Tag, Line) || JudgeInside(P, Routine, Tag) ||
        JudgeRetired(P, Routine, Tag, Line)) {
        return;
    }
    if (MdWild(P) != McReasonNone) {
        MdExpect(McKindWildFree, TRUE, P, 0, MdWild(P));
        return;
    }
    if (IsMemChecks(P)) {
        MdExpect(McKindWildFree, TRUE, P, 0, McReasonOwn);
        return;
    }
    Md.ForeignFrees++;
    Md.Sites[Line].Foreign++;
    Pass(P, Routine, Tag);
}
