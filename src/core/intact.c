/*
 * intact.c - when a block was last found as it should be, whoever looked.
 *
 * A report brackets the damage: it was done after that moment, and before it was found. Nobody who
 * looks writes more than this, and no lock is held, so two looks at once can mix their words: that
 * names the one and tells the time of the other, and both are true. What counts is that no moment
 * is later than the look: the ticks are those of the call, from before the bytes were read.
 */
#include "core.h"

/*
 * The damage of a zone is reported once (MC_NOTED_...), so what is reported later of a block with
 * damage is of another zone, which was intact now.
 */
VOID McIntactMark(MC_RECORD *Record, ULONG Check, MC_INTACT Intact, const MC_CALL *Call)
{
    Record->IntactCheck = Check;
    Record->IntactTicks = Call->Event.Ticks;
    Record->Intact = (UCHAR)Intact;
}

VOID McIntactClear(MC_RECORD *Record)
{
    Record->IntactCheck = 0;
    Record->Intact = McIntactUnknown;
}

/* Filled, and verified by its free. State leaving comes after that too, but for a block that EXIT
 * frees, which has no such call. */
static BOOLEAN McpIntactFreed(const MC_BLOCK *Block, const MC_RECORD *Record)
{
    return Block->State == McStateQuarantined ||
           (Block->State == McStateLeaving && Record->FreeSite != 0);
}

/*
 * A look that began before the free says nothing of the fill, even if it was noted after it; the
 * free clears what was noted before.
 */
VOID McIntactCopy(const MC_RECORD *Record, MC_BLOCK *Block)
{
    const BOOLEAN Freed = McpIntactFreed(Block, Record);
    const BOOLEAN Looked = Record->IntactCheck != 0 || Record->Intact != McIntactUnknown;
    const ULONG Since = Freed ? Record->FreeTicks : Record->AllocateTicks;

    Block->IntactCheck = Record->IntactCheck;
    Block->IntactTicks = Record->IntactTicks;
    Block->Intact = (MC_INTACT)Record->Intact;
    if (!Looked || (LONG)(Block->IntactTicks - Since) < 0) {
        Block->IntactCheck = 0;
        Block->IntactTicks = Since;
        Block->Intact = Freed ? McIntactFree : McIntactAlloc;
    }
}
