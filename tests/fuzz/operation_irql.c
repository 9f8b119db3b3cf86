/* operation_irql.c - the IRQL, and what is done above DISPATCH_LEVEL. */
#include "operation_driver.h"

void OpChangeIrql(void)
{
    const KIRQL Irql = (KIRQL)FuzzBelow(Driver.In, 3);
    KIRQL Old;

    if (Irql > KeGetCurrentIrql())
        KeRaiseIrql(Irql, &Old);
    else
        KeLowerIrql(Irql);
}

/* Above DISPATCH_LEVEL nothing is done, and all of it is said later. */
void OpHighIrql(void)
{
    OP_BLOCK *Block = OpPick();
    const UCHAR How = FuzzByte(Driver.In);
    const PLACE Where = OpPlace();
    KIRQL Old;

    if (Mc.Phase != McPhaseOn || Op.Waiting >= 30)
        return;
    OpBegin(0, 0);
    Op.Due++;
    Op.Waiting++;
    KeRaiseIrql(5, &Old);
    if (How % 2 == 0) {
        FUZZ_CHECK(McCheck(AT(Where)) == 0, "checked above DISPATCH_LEVEL");
    } else if (Block != NULL && Block->Live && Block->Monitored && !Block->Stale) {
        Block->Live = FALSE;
        Block->Waits = TRUE;
        Block->Filled = McOptions.Fill;
        Op.Waiting += Block->Paged;
        McFreeAs(McExFreePoolWithTag, Block->P, Block->Tag, NULL, 0, AT(Where));
    } else {
        Op.Due--;
        Op.Waiting--;
    }
    KeLowerIrql(Old);
    OpEnd();
}

/* What waited is done by the next operation that may. */
void OpDrained(void)
{
    ULONG Index;

    if (Mc.Phase != McPhaseOn || KeGetCurrentIrql() >= DISPATCH_LEVEL)
        return;
    for (Index = 0; Index < Op.Blocks; Index++)
        if (Op.Block[Index].Waits)
            break;
    if (Index == Op.Blocks && Op.Waiting == 0)
        return;
    OpBegin(0, 0);
    McHandedOver(NULL, "driver.c", 1, "Drain");
    for (Index = 0; Index < Op.Blocks; Index++)
        Op.Block[Index].Waits = FALSE;
    FUZZ_CHECK(Op.Due == 0, "%u calls above DISPATCH_LEVEL were not reported", Op.Due);
    Op.Waiting = 0;
    OpEnd();
}
