/* operation_life.c - options, start and end of MemCheck. */
#include "operation_driver.h"

#include <string.h>

/* ---- options ---- */

static const char *const StartOptions[] = {
    "",
    "redzone=64",
    "stacks=8,stack-kb=16",
    "retired=64",
    "statistics",
    "quarantine=4k",
    "quarantine-blocks=1",
    "no-double-frees",
    "fill=64",
    "fill=0",
    "front-redzones",
    "learn=1",
    "patrol=4,patrol-every=1",
    "check-every=2",
    "neighbours",
    "repair",
    "repeat",
    "free-print",
    "slice=2",
    "on='*:call+print'",
    "system-tags=Tag1,owned-tags=Tag2",
    "fail-nth=3",
    "fail-stacks,stacks=4",
    "fail-chance=20000,fail-seed=3",
    "no-info-print",
    "no-free-on-exit",
};
static const char *const AnyOptions[] = {
    "defaults",
    "repair",
    "no-repair",
    "fill=512",
    "fill=1024",
    "fill=0",
    "patrol=8",
    "patrol=0",
    "check-every=1",
    "check-every=0",
    "neighbours",
    "slice=1",
    "no-double-frees",
    "double-frees",
    "quarantine=1k",
    "repeat",
    "stacks=16",
    "stacks=0",
    "fail-at='1,2,3'",
    "fail-at=,fail-nth=0,no-fail-stacks,fail-chance=0",
    "front-redzones",
    "no-front-redzones",
    "free-print",
    "free-on-exit",
    "help",
};

static void Choose(const char *const *Table, ULONG Rows)
{
    ULONG Choices = FuzzBelow(Driver.In, 4);
    char String[512] = "";

    for (; Choices != 0; Choices--) {
        strcat(String, Table[FuzzBelow(Driver.In, Rows)]);
        strcat(String, ",");
    }
    SimOptions(String);
}

/* ---- start and end ---- */

/* MemCheck has forgotten every block; those that it has freed are no longer the driver's. */
static void EndOfLife(void)
{
    const BOOLEAN Kept = (BOOLEAN)(Mc.Phase == McPhaseKept);
    OP_BLOCK *Block;

    for (Block = Op.Block; Block < Op.Block + Op.Blocks; Block++) {
        if (Block->Monitored && Block->Owned && Block->Live) {
            Block->AtExit = TRUE;
            Block->Live = Kept; /* then its free goes to the raw block */
        }
        Block->Monitored = Block->Stale = Block->Waits = FALSE;
    }
    Driver.CheckpointOrder = 0;
    Driver.Elsewhere = FALSE;
}

void OpInit(void)
{
    const PLACE Where = OpPlace();
    const LONG Before = Mc.Phase;
    OP_BLOCK *Block;

    Choose(StartOptions, COUNT(StartOptions));
    if (KeGetCurrentIrql() != PASSIVE_LEVEL)
        OpBegin(0, OP_KIND(McKindWrongIrql));
    else if (Before == McPhaseOn || Before == McPhaseKept)
        OpBegin(0, OP_KIND(McKindWrongOrder));
    else
        OpBegin(OP_KIND(McKindOverrun), 0);
    McInit(AT(Where));
    if (Op.Must == 0) {
        FUZZ_CHECK(Mc.Phase == McPhaseOn || Op.Faults, "phase %d after MEM_CHECK_INIT", Mc.Phase);
        for (Block = Op.Block; Block < Op.Block + Op.Blocks; Block++)
            Block->AtExit = FALSE;
    }
    OpEnd();
}

ULONG OpLiveBlocks(BOOLEAN Owned, ULONG Since)
{
    OP_BLOCK *Block;
    ULONG Count = 0;

    for (Block = Op.Block; Block < Op.Block + Op.Blocks; Block++)
        Count += Block->Live && Block->Monitored && Block->Owned == Owned && Block->Order > Since;
    return Count;
}

/* Are there blocks of which EXIT says no more than how many they are? */
static BOOLEAN AnyForSystem(void)
{
    const OP_BLOCK *Block;

    for (Block = Op.Block; Block < Op.Block + Op.Blocks; Block++)
        if (Block->Live && Block->Monitored && Block->ForSystem)
            return TRUE;
    return (BOOLEAN)(*McOptions.SystemTags != 0);
}

void OpExit(void)
{
    const PLACE Where = OpPlace();
    const LONG Before = Mc.Phase;
    const BOOLEAN Exact = (BOOLEAN)(!OpAnyVague() && !Op.Faults);
    const BOOLEAN Certain = (BOOLEAN)(Before == McPhaseOn && !Driver.Elsewhere && !AnyForSystem());
    const ULONG Owned = OpLiveBlocks(TRUE, 0);
    const ULONG Plain = OpLiveBlocks(FALSE, 0);

    if (KeGetCurrentIrql() != PASSIVE_LEVEL) {
        OpBegin(0, OP_KIND(McKindWrongIrql));
        McExit(AT(Where));
        OpEnd();
        return;
    }
    if (Before == McPhaseOn)
        OpBegin(OP_KIND(McKindLeak) | OP_KIND(McKindLeakSite), 0);
    else
        OpBegin(0, Before == McPhaseFailed ? 0 : OP_KIND(McKindWrongOrder));
    McExit(AT(Where));
    FUZZ_CHECK(Mc.Phase != McPhaseOn, "MEM_CHECK_EXIT did not end it");
    FUZZ_CHECK(Before != McPhaseOn || !Exact || Op.Leaks == Owned, "%zu leaks, %u blocks", Op.Leaks,
               Owned);
    FUZZ_CHECK(!Exact || (Certain ? Op.Possible == Plain : Op.Possible <= Plain),
               "%zu possible leaks, %u blocks", Op.Possible, Plain);
    OpEnd();
    if (Before == McPhaseOn)
        EndOfLife();
}

void OpReadOptions(void)
{
    const PLACE Where = OpPlace();

    Choose(AnyOptions, COUNT(AnyOptions));
    if (KeGetCurrentIrql() != PASSIVE_LEVEL)
        OpBegin(0, OP_KIND(McKindWrongIrql));
    else
        OpBegin(0, OpOrderKind());
    McReadOptions(AT(Where));
    OpEnd();
}
