/* api.c - the functions behind the public names: they note the call, and hand on. */
#include "core.h"
#include "report.h"

PVOID NTAPI McAllocate(POOL_TYPE PoolType, SIZE_T NumberOfBytes, const char *File, ULONG Line,
                       const char *Function)
{
    MC_REQUEST Request;
    MC_CALL Call;

    Request.Routine = MC_ALLOCATE_POOL;
    Request.PoolType = (ULONG)PoolType;
    Request.Size = NumberOfBytes;
    Request.Tag = 0;
    McCallMake(&Call, McByAllocate, File, Line, Function, McOsReturnAddress());
    return McAllocateBlock(&Request, &Call);
}

PVOID NTAPI McAllocateWithTag(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag, const char *File,
                              ULONG Line, const char *Function)
{
    MC_REQUEST Request;
    MC_CALL Call;

    Request.Routine = MC_ALLOCATE_POOL_WITH_TAG;
    Request.PoolType = (ULONG)PoolType;
    Request.Size = NumberOfBytes;
    Request.Tag = Tag;
    McCallMake(&Call, McByAllocate, File, Line, Function, McOsReturnAddress());
    return McAllocateBlock(&Request, &Call);
}

VOID NTAPI McFree(PVOID P, const char *File, ULONG Line, const char *Function)
{
    MC_CALL Call;

    McCallMake(&Call, McByFree, File, Line, Function, McOsReturnAddress());
    Call.Routine = MC_FREE_POOL;
    McFreeBlock(P, &Call);
}

VOID NTAPI McFreeWithTag(PVOID P, ULONG Tag, const char *File, ULONG Line, const char *Function)
{
    MC_CALL Call;

    McCallMake(&Call, McByFreeWithTag, File, Line, Function, McOsReturnAddress());
    Call.Routine = MC_FREE_POOL_WITH_TAG;
    Call.Tag = Tag;
    McFreeBlock(P, &Call);
}

/* Into MemCheck for a call that may be made at <= DISPATCH_LEVEL; NULL: said why, or counted. */
static MC_LANE *McpEnterChecking(const MC_CALL *Call, ULONG_PTR Address)
{
    MC_LANE *Lane;

    if (Call->Event.Irql > DISPATCH_LEVEL) {
        McCount(&Mc.Counts.TooHigh); /* not even a report can be printed here */
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
