/*
 * fuzz_operations.c - a driver made of bytes: every public operation, in any order, right and
 * wrong, on the simulated kernel with its strict pool.
 *
 * The first bytes choose the kernel and MemCheck's options; then each operation is a byte and what
 * it reads behind it. operation_model.c knows what each may find and must; here each also compares
 * what it gave. At the end everything is given back, and nothing may be left in the pool.
 */
#include "operation_driver.h"
#include "platform_sim.h"

#include <string.h>

#define OPERATIONS 160 /* of an input */

OP_DRIVER Driver;

/* ---- where the driver calls from ---- */

PLACE OpPlace(void)
{
    static const char *const Files[] = {"driver.c", "C:\\src\\a rather long way\\to\\device.c",
                                        NULL, "/src/io.c"};
    static const char *const Functions[] = {"DeviceOpen", "DriverUnload", NULL, "Io"};
    const UCHAR Byte = FuzzByte(Driver.In);
    PLACE Where;

    Where.File = Files[Byte & 3];
    Where.Function = Functions[Byte >> 2 & 3];
    Where.Line = Where.File != NULL ? 1 + (Byte >> 4) : 0;
    return Where;
}

ULONG OpOrderKind(void) /* where MemCheck is not on, each call is one that should not be */
{
    return Mc.Phase == McPhaseOn || Mc.Phase == McPhaseFailed ? 0 : OP_KIND(McKindWrongOrder);
}

OP_BLOCK *OpPick(void)
{
    const UCHAR Byte = FuzzByte(Driver.In);

    if (Op.Blocks == 0)
        return NULL;
    return &Op.Block[Byte < 128 ? Op.Blocks - 1 - Byte % Op.Blocks : Byte % Op.Blocks];
}

static void Faults(void)
{
    const UCHAR How = FuzzByte(Driver.In);

    SimFailNone();
    Op.Faults = FALSE;
    if (How % 2 == 0)
        return;
    Op.Faults = TRUE;
    if (How % 4 == 1)
        SimFailNth(1 + How / 4 % 16);
    else
        SimFailFrom(1 + How / 4 % 16);
}

/* ---- an input ---- */

static void OneOperation(void)
{
    static void (*const Operations[])(void) = {
        OpAllocate,   OpAllocate,  OpAllocate,   OpAllocate,    OpFreeRight,
        OpFreeRight,  OpFreeAgain, OpFreeInside, OpFreeWild,    OpDamageOne,
        OpDamageOne,  OpCheck,     OpAccess,     OpDescribe,    OpDifference,
        OpAsk,        OpHandOver,  OpForeign,    OpSystemFrees, OpSystemFreesHeld,
        OpChangeIrql, OpHighIrql,  OpDrained,    OpReadOptions, OpExit,
        OpInit,       Faults,
    };
    const UCHAR Byte = FuzzByte(Driver.In);

    Operations[Byte % COUNT(Operations)]();
    if (Byte >= 250)
        SimAdvanceTime(Byte * 10);
}

static void Begin(FUZZ_INPUT *Input)
{
    UCHAR How, More;

    memset(&Op, 0, sizeof(Op));
    memset(&Driver, 0, sizeof(Driver));
    Driver.In = Input;
    How = FuzzByte(Input);
    More = FuzzByte(Input);
    Driver.Kernel.Threading = SIM_ONE_CPU;
    Driver.Kernel.Windows = (SIM_WINDOWS)(How % 5);
    Driver.Kernel.Placement = (SIM_PLACEMENT)(How / 5 % 3);
    Driver.Kernel.Reuse = (SIM_REUSE)(How / 15 % 2);
    Driver.Kernel.UnmapFreePages = (BOOLEAN)(More & 1);
    Driver.Kernel.ZeroFresh = (BOOLEAN)(More >> 1 & 1);
    Driver.Kernel.PagingEvery = (More & 12) != 0 ? SIM_PAGING_NEVER : 1;
    Driver.Kernel.SystemSize = (MM_SYSTEMSIZE)((More >> 4) % 3);
    FuzzBegin(&Driver.Kernel);
}

/*
 * A free that was taken for that of a stale record, whose memory in part is another's again: then
 * MemCheck must not give it back, as the system may have done that. So it is left over, and said.
 */
static void GiveBackDoubtful(OP_BLOCK *Block)
{
    SIM_BLOCK There;

    if (!Block->Doubtful || !OpHeld(Block))
        return;
    FUZZ_CHECK(Block->Told, "%zu bytes are left over, and nothing was said", Block->Size);
    SimPoolFind(Block->Raw, &There);
    if (There.Owner == SIM_FOREIGN)
        SimForeignFree(Block->Raw);
    else
        SimSystemFree(Block->Raw);
}

/* All that the driver and others still have is given back, and MemCheck has nothing. */
static void GiveBack(void)
{
    OP_BLOCK *Block;

    for (Block = Op.Block; Block < Op.Block + Op.Blocks; Block++) {
        OpVerify(Block);
        if (Block->Foreign)
            SimForeignFree(Block->P);
        else if (Block->Live && Block->AtExit)
            OpFreeLive(Block, 0, FALSE);
        else if (Block->Live)
            ExFreePoolWithTag(Block->P, Block->Tag);
        else
            GiveBackDoubtful(Block);
        Block->Live = Block->Foreign = FALSE;
    }
}

static void LeftOver(const SIM_BLOCK *Block, PVOID Context)
{
    FUZZ_CHECK(Block->Tag == SIM_OWN_TAG, "%zu bytes are left in the pool", Block->Size);
    (void)Context;
}

static void End(void)
{
    SimFailNone();
    Op.Faults = FALSE;
    if (Mc.Phase == McPhaseOn) {
        OpDrained();
        FUZZ_CHECK(McpIsValidIndex(), "the index is not valid");
        OpExit();
    }
    GiveBack();
    if (Mc.Phase == McPhaseKept) /* its tables stay */
        SimPoolEach(LeftOver, NULL);
    else
        FUZZ_CHECK(SimPoolReset(), "something is left in the pool");
}

int LLVMFuzzerTestOneInput(const uint8_t *Data, size_t Size)
{
    FUZZ_INPUT Input = {Data, Data + Size};
    ULONG Count;

    Begin(&Input);
    if (FuzzOneIn(Driver.In, 8)) /* now and then the driver begins too early */
        OpAllocate();
    OpInit();
    for (Count = 0; Count < OPERATIONS && FuzzMore(Driver.In) && !Driver.Lost; Count++) {
        OneOperation();
        if (Count % 16 == 15 && Mc.Phase == McPhaseOn)
            FUZZ_CHECK(McpIsValidIndex(), "the index is not valid");
    }
    KeLowerIrql(PASSIVE_LEVEL);
    if (!Driver.Lost)
        End();
    FuzzEnd();
    return 0;
}
