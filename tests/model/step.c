/* step.c - an operation from its beginning, when nothing is expected, to its end, when all that was
 * expected has come. */
#include <string.h>

#include "model.h"

__thread MD_OP *MdOp;
__thread ULONG MdThread;

void MdBegin(MD_OP *Op, KIRQL Irql)
{
    MdOp = Op;
    Op->Irql = Irql;
    Op->Starting = Op->Ending = FALSE;
    Op->ExpectedCount = Op->PassCount = Op->LeaveCount = Op->ReportCount = 0;
    Op->Late = Op->Groups = 0;
    memset(&Op->Request, 0, sizeof(Op->Request));
    IoGetStackLimits(&Op->StackLow, &Op->StackHigh);
    MdLock();
    if (Md.On && Irql < DISPATCH_LEVEL && !Md.Parallel) {
        MdDrainDeferred();
    }
    MdUnlock();
}

void MdRaise(MD_OP *Op)
{
    KIRQL Old;

    if (Op->Irql != PASSIVE_LEVEL) {
        KeRaiseIrql(Op->Irql, &Old);
    }
}

/* ---- did all come? ---- */

static void EndExpected(const MD_OP *Op)
{
    ULONG Index;

    for (Index = 0; Index < Op->ExpectedCount; Index++) {
        const MD_EXPECT *Expect = &Op->Expected[Index];

        if (Expect->Must && !Expect->Came) {
            MdFail("a finding did not come: kind=%s sure=%u addr=%p block %p",
                   McKindMachineName(Expect->Kind), Expect->Sure, (PVOID)Expect->Address,
                   (PVOID)Expect->Block);
        }
    }
    for (Index = 0; Index < Op->PassCount; Index++) {
        if (Op->Passes[Index].Must && !Op->Passes[Index].Came) {
            MdFail("the free of %p did not reach the pool", (PVOID)Op->Passes[Index].P);
        }
    }
}

static void EndRequest(const MD_REQUEST *Request)
{
    if (Request->Wanted && Request->Attempts == 0) {
        MdFail("the request did not reach the pool");
    }
}

static void EndLeaves(const MD_OP *Op)
{
    ULONG Index;

    for (Index = 0; Index < Op->LeaveCount && !Md.Parallel; Index++) {
        if (Op->Leaves[Index]->State == MdLeaving && Op->Leaves[Index]->Crossed) {
            Op->Leaves[Index]->State = MdLost;
        } else if (Op->Leaves[Index]->State != MdReleased) {
            MdFail("block %p, %u bytes, should have been given back",
                   (PVOID)Op->Leaves[Index]->User, (unsigned)Op->Leaves[Index]->Size);
        }
    }
}

static void EndReports(const MD_OP *Op)
{
    ULONG Index, Zone;

    for (Index = 0; Index < Op->ReportCount; Index++) {
        const MD_BLOCK *Block = Op->Reports[Index];

        for (Zone = 0; Zone < MdZones; Zone++) {
            if ((Op->Zones[Index] >> Zone & 1) != 0 && !Block->Reported[Zone]) {
                MdFail("damage in the %s of block %p was not reported",
                       Zone == MdFront  ? "front redzone"
                       : Zone == MdRear ? "rear redzone"
                                        : "fill",
                       (PVOID)Block->User);
            }
        }
    }
}

/* What was repaired is intact, and to be reported anew. */
static void EndRepairs(void)
{
    ULONG Index, Zone;
    MD_EXTENT Extent;

    for (Index = 0; Index < Md.BlockCount && Md.Options.Repair && !Md.Parallel; Index++) {
        MD_BLOCK *Block = &Md.Blocks[Index];

        for (Zone = 0; Zone < MdZones; Zone++) {
            if (!Block->Repaired[Zone] || Block->State == MdReleased) {
                continue;
            }
            MdLook(Block, Zone, Block->Rear, &Extent);
            if (Extent.Changed != 0) {
                MdFail("block %p was not repaired", (PVOID)Block->User);
            }
            Block->Repaired[Zone] = Block->Reported[Zone] = Block->Damaged[Zone] = FALSE;
        }
    }
}

/* A late free of what may be forgotten: only what happened tells what it was. */
static void EndLate(const MD_OP *Op)
{
    if (Op->Late != 0 && !Op->Expected[Op->Late - 1].Came) {
        Md.ForeignFrees++;
        Md.Sites[Op->LateLine].Foreign++;
    }
}

void MdEnd(MD_OP *Op)
{
    const KIRQL Irql = KeGetCurrentIrql();

    if (Irql != Op->Irql) {
        MdFail("the IRQL is %u, and was %u", Irql, Op->Irql);
    }
    if (Irql != PASSIVE_LEVEL) {
        KeLowerIrql(PASSIVE_LEVEL);
    }
    MdLock();
    EndExpected(Op);
    EndRequest(&Op->Request);
    EndLeaves(Op);
    EndReports(Op);
    EndRepairs();
    EndLate(Op);
    MdUnlock();
    MdOp = NULL;
}
