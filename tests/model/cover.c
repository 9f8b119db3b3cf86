/*
 * cover.c - blocks laid over plain ones that were freed past MemCheck.
 *
 * Over a small one a large block: that one's record is found to be wrong when it is looked up, not
 * before; whoever looks first must be told of the large one. Over the tail of one that is held
 * back: that it was freed twice is only possible then.
 */
#include "model.h"
#include "mcroutines.h"

#define MD_FILE   "cover.c"
#define MD_REGION 32u /* pages */

static void FreeInside(MD_OP *Op, ULONG_PTR P, const MD_BLOCK *Large)
{
    MdBegin(Op, PASSIVE_LEVEL);
    MdNote("free %p in the large block %p", (PVOID)P, (PVOID)Large->User);
    MdExpect(McKindInteriorFree, TRUE, P, Large->User, McReasonNone);
    McFree((PVOID)P, MD_FILE, 1, "Inside");
    MdEnd(Op);
}

/* Who asks for an address is told of the large block. */
static void Access(MD_OP *Op, const MD_BLOCK *Small)
{
    MdBegin(Op, PASSIVE_LEVEL);
    MdNote("access %p", (PVOID)Small->User);
    if (!McValidAccess((PVOID)Small->User, MD_FILE, 2, "Access")) {
        MdFail("an address in a large block, where a small one was, is said to be in none");
    }
    MdEnd(Op);
}

/* The record goes at the latest where it is asked for itself. */
static void Lose(MD_OP *Op, MD_BLOCK *Small)
{
    MdBegin(Op, PASSIVE_LEVEL);
    MdNote("hand over %p", (PVOID)Small->User);
    McHandedOver((PVOID)Small->User, MD_FILE, 3, "HandOver");
    MdEnd(Op);
    Small->State = MdLost;
    Small->Lazy = FALSE;
    Md.Elsewhere++;
    Md.Sites[Small->Line].Elsewhere++;
}

void MdDoCover(MD_OP *Op)
{
    const BOOLEAN Loose = Md.Loose;
    MD_BLOCK *Small, *Large;
    ULONG_PTR Region;

    MdSettle(Op);
    Region = (ULONG_PTR)SimForeignAllocate(NonPagedPool, MD_REGION * MD_PAGE);
    SimForeignFree((PVOID)Region);
    Small = MdDoAllocateAt(Op, MdAsTag, MD_PAGE + MdRandom(2 * MD_PAGE), Region + 4 * MD_PAGE);
    if (Small == NULL || Small->Front != 0 || Op->Request.Place == 0) {
        return; /* as options have it, guarded in front; or MemCheck took a part of the region */
    }
    MdNote("system frees %p", (PVOID)Small->User);
    Small->Stale = TRUE;
    SimSystemFree((PVOID)Small->Raw);
    Large = MdDoAllocateAt(Op, MdByNames, 20 * MD_PAGE, Region);
    if (Op->Request.Place == 0) {
        return;
    }
    if (Large == NULL || !Small->Lazy) {
        MdFail("the large block does not cover the small one");
    }
    switch (MdRandom(4)) {
    case 0: FreeInside(Op, Small->User, Large); break;
    case 1: FreeInside(Op, Small->User + MD_ALIGNMENT * (1 + MdRandom(5)), Large); break;
    case 2: Access(Op, Small); break;
    }
    Lose(Op, Small);
    Md.Loose = Loose;
}

void MdDoTail(MD_OP *Op)
{
    MD_BLOCK *Held;
    ULONG_PTR Region;

    MdSettle(Op);
    Region = (ULONG_PTR)SimForeignAllocate(NonPagedPool, MD_REGION * MD_PAGE);
    SimForeignFree((PVOID)Region);
    Held = MdDoAllocateAt(Op, MdAsTag, MD_PAGE + 1 + MdRandom(MD_PAGE - 300), Region);
    if (Held == NULL || Held->Front != 0 || Op->Request.Place == 0) {
        return;
    }
    MdDoFreeRight(Op, Held, PASSIVE_LEVEL);
    if (Held->State != MdHeld) {
        return; /* it does not fit into the quarantine */
    }
    MdNote("system frees %p, held", (PVOID)Held->User);
    Held->Stale = TRUE;
    SimSystemFree((PVOID)Held->Raw);
    (void)MdDoAllocateAt(Op, MdAsTag, MD_PAGE + MdRandom(300), Region + MD_PAGE);
}
