/* api.c - the functions behind the public names: they note the call, and hand on. */
#include "core.h"
#include "report.h"
#include "reaction.h"

/* A request by one of the names, without the kit's newest parameters. */
static PVOID McpAllocate(ULONG Routine, POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag,
                         MC_CALL *Call)
{
    MC_REQUEST Request;

    Request.Routine = Routine;
    Request.Type = (ULONG)PoolType;
    Request.FlagsHigh = 0;
    Request.Size = NumberOfBytes;
    Request.Tag = Tag;
    Request.Priority = 0;
    Request.Parameters = 0;
    Request.ParameterCount = 0;
    Request.Attributes = 0;
    return McAllocateBlock(&Request, Call);
}

PVOID NTAPI McAllocate(POOL_TYPE PoolType, SIZE_T NumberOfBytes, const char *File, ULONG Line,
                       const char *Function)
{
    MC_CALL Call;

    McCallMake(&Call, McByAllocate, File, Line, Function, McOsReturnAddress());
    return McpAllocate(McExAllocatePool, PoolType, NumberOfBytes, 0, &Call);
}

PVOID NTAPI McAllocateWithTag(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag, const char *File,
                              ULONG Line, const char *Function)
{
    MC_CALL Call;

    McCallMake(&Call, McByAllocate, File, Line, Function, McOsReturnAddress());
    return McpAllocate(McExAllocatePoolWithTag, PoolType, NumberOfBytes, Tag, &Call);
}

PVOID NTAPI McAllocateForSystem(POOL_TYPE PoolType, SIZE_T NumberOfBytes, const char *File,
                                ULONG Line, const char *Function)
{
    MC_CALL Call;

    McCallMake(&Call, McByAllocate, File, Line, Function, McOsReturnAddress());
    Call.Way = McWaySystem;
    return McpAllocate(McExAllocatePool, PoolType, NumberOfBytes, 0, &Call);
}

PVOID NTAPI McAllocateForSystemWithTag(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag,
                                       const char *File, ULONG Line, const char *Function)
{
    MC_CALL Call;

    McCallMake(&Call, McByAllocate, File, Line, Function, McOsReturnAddress());
    Call.Way = McWaySystem;
    return McpAllocate(McExAllocatePoolWithTag, PoolType, NumberOfBytes, Tag, &Call);
}

VOID NTAPI McFree(PVOID P, const char *File, ULONG Line, const char *Function)
{
    MC_CALL Call;

    McCallMake(&Call, McByFree, File, Line, Function, McOsReturnAddress());
    Call.Release.Routine = McExFreePool;
    McFreeBlock(P, &Call);
}

VOID NTAPI McFreeWithTag(PVOID P, ULONG Tag, const char *File, ULONG Line, const char *Function)
{
    MC_CALL Call;

    McCallMake(&Call, McByFreeWithTag, File, Line, Function, McOsReturnAddress());
    Call.Release.Routine = McExFreePoolWithTag;
    Call.Release.Tag = Tag;
    McFreeBlock(P, &Call);
}

/* In the link way start and end belong to the driver's entry, and what the driver says besides is
 * right too. */
VOID NTAPI McInit(const char *File, ULONG Line, const char *Function)
{
    MC_CALL Call;

    if (Mc.Linked)
        return;
    McCallMake(&Call, McByInit, File, Line, Function, McOsReturnAddress());
    McStart(&Call, 0);
}

VOID NTAPI McInitEx(const VOID *RegistryPath, const char *File, ULONG Line, const char *Function)
{
    MC_CALL Call;

    if (Mc.Linked)
        return;
    McCallMake(&Call, McByInit, File, Line, Function, McOsReturnAddress());
    McStart(&Call, RegistryPath);
}

VOID NTAPI McExit(const char *File, ULONG Line, const char *Function)
{
    MC_CALL Call;

    if (Mc.Linked)
        return;
    McCallMake(&Call, McByExit, File, Line, Function, McOsReturnAddress());
    McStop(&Call);
}

/* Into MemCheck for a call that may be made at <= DISPATCH_LEVEL; NULL: said why, or will be. */
static MC_LANE *McpEnterChecking(const MC_CALL *Call, ULONG_PTR Address)
{
    MC_LANE *Lane;

    if (Call->Event.Irql > DISPATCH_LEVEL) {
        McMisuseTooHigh(Call);
        return 0;
    }
    Lane = McEnter();
    if (Lane != 0)
        McDeferredDrain(Lane);
    else if (Mc.Phase != McPhaseFailed)
        McFoundCall(McKindWrongOrder,
                    Mc.Phase >= McPhaseClosing ? McReasonAfterExit : McReasonUninitialised,
                    McActionIgnored, Address, Call);
    return Lane;
}

VOID NTAPI McReadOptions(const char *File, ULONG Line, const char *Function)
{
    MC_CALL Call;
    MC_LANE *Lane;

    McCallMake(&Call, McByOptions, File, Line, Function, McOsReturnAddress());
    if (Call.Event.Irql != PASSIVE_LEVEL) {
        McFoundCall(McKindWrongIrql, McReasonNotPassive, McActionIgnored, 0, &Call);
        return;
    }
    Lane = McpEnterChecking(&Call, 0);
    if (Lane != 0) {
        McLeave(Lane); /* it waits for operations, this one too */
        McOptionsAgain(&Call);
    }
}

ULONG NTAPI McCheck(const char *File, ULONG Line, const char *Function)
{
    MC_CALL Call;
    MC_LANE *Lane;
    ULONG Damaged = 0;

    McCallMake(&Call, McByCheck, File, Line, Function, McOsReturnAddress());
    Lane = McpEnterChecking(&Call, 0);
    if (Lane != 0) {
        Damaged = McSweep(&Call, McByCheck, TRUE);
        McLeave(Lane);
    }
    return Damaged;
}

VOID NTAPI McListDisplay(const char *File, ULONG Line, const char *Function)
{
    MC_CALL Call;
    MC_LANE *Lane;

    McCallMake(&Call, McByList, File, Line, Function, McOsReturnAddress());
    Lane = McpEnterChecking(&Call, 0);
    if (Lane != 0) {
        McSweep(&Call, McByList, TRUE);
        McLeave(Lane);
    }
}

VOID NTAPI McHandedOver(PVOID P, const char *File, ULONG Line, const char *Function)
{
    MC_CALL Call;
    MC_LANE *Lane;

    McCallMake(&Call, McByHandOver, File, Line, Function, McOsReturnAddress());
    Lane = McpEnterChecking(&Call, (ULONG_PTR)P);
    if (Lane != 0) {
        McHandOver((ULONG_PTR)P, TRUE, &Call);
        McLeave(Lane);
    }
}

BOOLEAN NTAPI McValidAccess(const volatile void *Ptr, const char *File, ULONG Line,
                            const char *Function)
{
    MC_CALL Call;
    MC_LANE *Lane;
    BOOLEAN Valid = FALSE;

    if (McAccessNothing((ULONG_PTR)Ptr))
        return FALSE;
    McCallMake(&Call, McByAccess, File, Line, Function, McOsReturnAddress());
    Lane = McpEnterChecking(&Call, (ULONG_PTR)Ptr);
    if (Lane != 0) {
        Valid = McAccessValid((ULONG_PTR)Ptr, &Call);
        McLeave(Lane);
    }
    return Valid;
}

BOOLEAN NTAPI McValidRange(const volatile void *Ptr, SIZE_T Length, const char *File, ULONG Line,
                           const char *Function)
{
    MC_CALL Call;
    MC_LANE *Lane;
    BOOLEAN Valid = FALSE;

    McCallMake(&Call, McByRange, File, Line, Function, McOsReturnAddress());
    Lane = McpEnterChecking(&Call, (ULONG_PTR)Ptr);
    if (Lane != 0) {
        Valid = McAccessRange((ULONG_PTR)Ptr, Length, &Call);
        McLeave(Lane);
    }
    return Valid;
}

VOID NTAPI McDescribeAddress(const volatile void *Ptr, const char *File, ULONG Line,
                             const char *Function)
{
    MC_CALL Call;
    MC_LANE *Lane;

    McCallMake(&Call, McByDescribe, File, Line, Function, McOsReturnAddress());
    Lane = McpEnterChecking(&Call, (ULONG_PTR)Ptr);
    if (Lane != 0) {
        McAccessDescribe((ULONG_PTR)Ptr, &Call);
        McLeave(Lane);
    }
}

VOID NTAPI McOnFinding(MC_FOUND_ROUTINE Routine, PVOID Context, const char *File, ULONG Line,
                       const char *Function)
{
    MC_CALL Call;
    MC_LANE *Lane;

    McCallMake(&Call, McByOnFinding, File, Line, Function, McOsReturnAddress());
    Lane = McpEnterChecking(&Call, 0);
    if (Lane != 0) {
        McReactionRoutine(Routine, Context);
        McLeave(Lane);
    }
}

VOID NTAPI McCheckpoint(MC_CHECKPOINT *Cp, const char *File, ULONG Line, const char *Function)
{
    MC_CALL Call;
    MC_LANE *Lane;

    McCallMake(&Call, McByCheckpoint, File, Line, Function, McOsReturnAddress());
    Lane = McpEnterChecking(&Call, 0);
    if (Lane != 0) {
        McCheckpointSet(Cp, &Call);
        McLeave(Lane);
    }
}

ULONG NTAPI McDifference(const MC_CHECKPOINT *Cp, const char *File, ULONG Line,
                         const char *Function)
{
    MC_CALL Call;
    MC_LANE *Lane;
    ULONG Blocks = 0;

    McCallMake(&Call, McByDifference, File, Line, Function, McOsReturnAddress());
    Lane = McpEnterChecking(&Call, 0);
    if (Lane != 0) {
        Blocks = McDifferenceList(Cp, &Call);
        McLeave(Lane);
    }
    return Blocks;
}

VOID NTAPI McStatistics(const char *File, ULONG Line, const char *Function)
{
    MC_CALL Call;
    MC_LANE *Lane;

    McCallMake(&Call, McByStatistics, File, Line, Function, McOsReturnAddress());
    Lane = McpEnterChecking(&Call, 0);
    if (Lane != 0) {
        McStatisticsPrint();
        McLeave(Lane);
    }
}

/* Before MEM_CHECK_INIT there are no options yet: as it was built. */
static BOOLEAN McpPrints(ULONG Option, ULONG Built)
{
    return Mc.Phase == McPhaseOff ? Built != 0 : Option != 0;
}

VOID MC_VARARGS McPrint(const char *Format, ...)
{
    char Text[400];
    va_list Arguments;

    if (!McpPrints(McOptions.InfoPrint, MC_ON_INFOPRINT))
        return;
    va_start(Arguments, Format);
    McOsFormat(Text, sizeof(Text), Format, Arguments);
    va_end(Arguments);
    McNoticeUser(Text);
}

VOID MC_VARARGS McPrintDebug(const char *Format, ...)
{
    char Text[400];
    va_list Arguments;

    if (!McpPrints(McOptions.DebugPrint, MC_ON_DEBUGPRINT))
        return;
    va_start(Arguments, Format);
    McOsFormat(Text, sizeof(Text), Format, Arguments);
    va_end(Arguments);
    McNoticeUser(Text);
}
