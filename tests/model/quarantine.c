/* quarantine.c - what the reference holds back: two queues, bounded by bytes and by blocks. */
#include "model.h"

#define AT_ONCE 16u /* blocks leave together at the most */
#define PART    32u /* of the bounds, that a queue is below them then */

SIZE_T MdQuarantineBytes(void)
{
    static const ULONG ByMachine[3] = {64, 256, 1024};
    const ULONG Kb = Md.Options.QuarantineKb != 0 ? Md.Options.QuarantineKb : ByMachine[Md.Machine];

    return (SIZE_T)Kb * 1024 / Md.Lanes;
}

ULONG MdQuarantineBlocks(void)
{
    const ULONG Blocks = Md.Options.QuarantineBlocks / Md.Lanes;

    return Blocks != 0 ? Blocks : 1;
}

BOOLEAN MdTakes(const MD_BLOCK *Block)
{
    return Md.Options.DoubleFrees && !Block->Quota && Block->RawSize <= MdQuarantineBytes();
}

/* One processor, one thread: which block leaves is certain. Else any may. */
BOOLEAN MdExactQuarantine(void)
{
    return Md.Threads == 1 && Md.Lanes == 1;
}

static MD_BLOCK *Oldest(BOOLEAN Paged, ULONG *Blocks, SIZE_T *Bytes)
{
    MD_BLOCK *First = NULL;
    ULONG Index;

    *Blocks = 0;
    *Bytes = 0;
    for (Index = 0; Index < Md.BlockCount; Index++) {
        MD_BLOCK *Block = &Md.Blocks[Index];

        if (Block->Queued && Block->Paged == Paged) {
            ++*Blocks;
            *Bytes += Block->RawSize;
            if (First == NULL || Block->Held < First->Held) {
                First = Block;
            }
        }
    }
    return First;
}

/* Out of the queue; one that is lost already leaves without a release. It is remembered before it
 * is released. */
static void Leave(MD_BLOCK *Block)
{
    Block->Queued = FALSE;
    if (Block->State == MdLost) {
        return;
    }
    if (MdOp->LeaveCount == MD_LEAVING) {
        MdFail("the model lets more blocks go than it has room for");
    }
    MdOp->Leaves[MdOp->LeaveCount++] = Block;
    MdMustReport(Block, 1u << MdFront | 1u << MdRear | 1u << MdFill);
    Block->State = MdLeaving;
    MdRetire(Block);
}

static void Shrink(BOOLEAN Paged, ULONG MostBlocks, SIZE_T MostBytes)
{
    MD_BLOCK *First;
    ULONG Blocks;
    SIZE_T Bytes;

    while ((First = Oldest(Paged, &Blocks, &Bytes)) != NULL &&
           (Blocks > MostBlocks || Bytes > MostBytes)) {
        Leave(First);
    }
}

/*
 * A queue over its bounds is emptied to a part less one of them, so that the next frees find room;
 * of more than a batch, only until it is within them. The block that was freed just now stays.
 */
static void ShrinkToBounds(const MD_BLOCK *Freed)
{
    const ULONG MostBlocks = MdQuarantineBlocks();
    const SIZE_T MostBytes = MdQuarantineBytes();
    MD_BLOCK *First;
    ULONG Blocks, Left;
    SIZE_T Bytes;

    do {
        Left = AT_ONCE;
        First = Oldest(Freed->Paged, &Blocks, &Bytes);
        if (Blocks <= MostBlocks && Bytes <= MostBytes) {
            return;
        }
        while (Left != 0 && First != Freed &&
               (Blocks > MostBlocks - MostBlocks / PART || Bytes > MostBytes - MostBytes / PART)) {
            Leave(First);
            Left--;
            First = Oldest(Freed->Paged, &Blocks, &Bytes);
        }
    } while (Left == 0);
}

/* How much is filled: all, or all but what lies between the first bytes and the last 64. */
static ULONG Filled(SIZE_T Size)
{
    if (Md.Options.Fill == 0) {
        return 0;
    }
    return (ULONG)(Size <= Md.Options.Fill || Size <= 64 ? Size
                   : Md.Options.Fill > 64                ? Md.Options.Fill - 64
                                                         : 64);
}

void MdHold(MD_BLOCK *Block)
{
    Block->State = MdHeld;
    Block->Queued = TRUE;
    Block->Held = ++Md.Order;
    Block->Filled = Block->Front != 0 ? Filled(Block->Size) : 0;
    if (MdExactQuarantine()) {
        ShrinkToBounds(Block);
    }
}

void MdLetGo(MD_BLOCK *Block)
{
    Block->Filled = 0;
    Leave(Block);
}

/* While others run, blocks that they are about to free stay: then those that leave are seen to. */
void MdDrainQuarantine(BOOLEAN Paged)
{
    if (!Md.Parallel) {
        Shrink(Paged, 0, 0);
    }
}
