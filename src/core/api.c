/* api.c - the functions behind the public names: they note the call, and hand on. */
#include "core.h"
#include "report.h"

/* A request by one of the names, without the kit's newest parameters. */
static PVOID McpAllocate(ULONG Routine, POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag,
                         MC_CALL *Call)
{
    MC_REQUEST Request;

    McBytesZero(&Request, sizeof(Request));
    Request.Routine = Routine;
    Request.Type = (ULONG)PoolType;
    Request.Size = NumberOfBytes;
    Request.Tag = Tag;
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
    McStart(&Call);
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

ULONG NTAPI McCheck(const char *File, ULONG Line, const char *Function)
{
    MC_CALL Call;
    MC_LANE *Lane;
    ULONG Damaged = 0;

    McCallMake(&Call, McByCheck, File, Line, Function, McOsReturnAddress());
    Lane = McpEnterChecking(&Call, 0);
    if (Lane != 0) {
        Damaged = McSweep(&Call, FALSE);
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
        McSweep(&Call, TRUE);
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

    McCallMake(&Call, McByAccess, File, Line, Function, McOsReturnAddress());
    Lane = McpEnterChecking(&Call, (ULONG_PTR)Ptr);
    if (Lane != 0) {
        Valid = McAccessValid((ULONG_PTR)Ptr, &Call);
        McLeave(Lane);
    }
    return Valid;
}

VOID MC_VARARGS McPrint(const char *Format, ...)
{
    char Text[400];
    va_list Arguments;

    va_start(Arguments, Format);
    McOsFormat(Text, sizeof(Text), Format, Arguments);
    va_end(Arguments);
    McNoticeUser(Text);
}
