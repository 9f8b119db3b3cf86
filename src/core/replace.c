/*
 * replace.c - the functions behind the kit's own names, in the ways without edits: of
 * memcheck_replace.h, with file and line, and of src/link, with the return address only.
 */
#include "core.h"
#include "linkway.h"

/* A call of one of the kit's routines by its name. */
static VOID McpCall(MC_CALL *Call, ULONG Routine, const char *File, ULONG Line,
                    const char *Function, ULONG_PTR ReturnAddress)
{
    McCallMake(Call, McByRoutine, File, Line, Function, ReturnAddress);
    Call->Way = McWayReplaced;
    Call->Routine = Routine;
}

static VOID McpRelease(MC_CALL *Call, ULONG Tag, const VOID *Parameters, ULONG ParameterCount)
{
    Call->Release.Routine = Call->Routine;
    Call->Release.Tag = Tag;
    Call->Release.Parameters = Parameters;
    Call->Release.ParameterCount = ParameterCount;
}

/* ---- memcheck_replace.h: pool ---- */

PVOID NTAPI McAllocateAs(ULONG Routine, POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag,
                         ULONG Priority, const char *File, ULONG Line, const char *Function)
{
    MC_REQUEST Request;
    MC_CALL Call;

    McBytesZero(&Request, sizeof(Request));
    Request.Routine = Routine;
    Request.Type = (ULONG)PoolType;
    Request.Size = NumberOfBytes;
    Request.Tag = Tag;
    Request.Priority = Priority;
    McpCall(&Call, Routine, File, Line, Function, McOsReturnAddress());
    return McAllocateBlock(&Request, &Call);
}

PVOID NTAPI McAllocateFlagsAs(ULONG Routine, ULONGLONG Flags, SIZE_T NumberOfBytes, ULONG Tag,
                              const VOID *Parameters, ULONG ParameterCount, const char *File,
                              ULONG Line, const char *Function)
{
    MC_REQUEST Request;
    MC_CALL Call;

    McBytesZero(&Request, sizeof(Request));
    Request.Routine = Routine;
    Request.Type = (ULONG)Flags;
    Request.FlagsHigh = (ULONG)(Flags >> 32);
    Request.Size = NumberOfBytes;
    Request.Tag = Tag;
    Request.Parameters = Parameters;
    Request.ParameterCount = ParameterCount;
    McpCall(&Call, Routine, File, Line, Function, McOsReturnAddress());
    return McAllocateBlock(&Request, &Call);
}

VOID NTAPI McFreeAs(ULONG Routine, PVOID P, ULONG Tag, const VOID *Parameters, ULONG ParameterCount,
                    const char *File, ULONG Line, const char *Function)
{
    MC_CALL Call;

    McpCall(&Call, Routine, File, Line, Function, McOsReturnAddress());
    McpRelease(&Call, Tag, Parameters, ParameterCount);
    McFreeBlock(P, &Call);
}

/* ---- src/link: pool ---- */

void *NTAPI McLinkAllocate(unsigned Routine, unsigned Type, unsigned FlagsHigh, size_t Size,
                           unsigned Tag, unsigned Priority, const void *Parameters, unsigned Count,
                           void *ReturnAddress)
{
    MC_REQUEST Request;
    MC_CALL Call;

    McBytesZero(&Request, sizeof(Request));
    Request.Routine = Routine;
    Request.Type = Type;
    Request.FlagsHigh = FlagsHigh;
    Request.Size = Size;
    Request.Tag = Tag;
    Request.Priority = Priority;
    Request.Parameters = Parameters;
    Request.ParameterCount = Count;
    McpCall(&Call, Routine, 0, 0, 0, (ULONG_PTR)ReturnAddress);
    return McAllocateBlock(&Request, &Call);
}

void NTAPI McLinkFree(unsigned Routine, void *P, unsigned Tag, const void *Parameters,
                      unsigned Count, void *ReturnAddress)
{
    MC_CALL Call;

    McpCall(&Call, Routine, 0, 0, 0, (ULONG_PTR)ReturnAddress);
    McpRelease(&Call, Tag, Parameters, Count);
    McFreeBlock(P, &Call);
}

#ifdef MC_HAS_IRPS

/* ---- strings ---- */

/*
 * The kit's routine would free the buffer past us. So it is freed here, as it would be there, and
 * the string cleared; what is not ours to free the kit frees.
 */
static VOID McpFreeString(PVOID String, MC_CALL *Call)
{
    PVOID Buffer = String != 0 ? McOsStringBuffer(String) : 0;

    McpRelease(Call, 0, 0, 0);
    Call->Release.Routine = McExFreePool;
    if (Buffer == 0 || McFreeCheck(Buffer, Call))
        McOsStringFree(Call->Routine, String);
    else
        McOsStringClear(String);
}

VOID NTAPI McFreeStringAs(ULONG Routine, PVOID String, const char *File, ULONG Line,
                          const char *Function)
{
    MC_CALL Call;

    McpCall(&Call, Routine, File, Line, Function, McOsReturnAddress());
    McpFreeString(String, &Call);
}

void NTAPI McLinkFreeString(unsigned Routine, void *String, void *ReturnAddress)
{
    MC_CALL Call;

    McpCall(&Call, Routine, 0, 0, 0, (ULONG_PTR)ReturnAddress);
    McpFreeString(String, &Call);
}

/* ---- IRPs ---- */

/*
 * What stands in IoStatus.Information may be a number, or a buffer that the requester will free, as
 * the answers to PnP requests are. Two drivers may also have agreed on something else, so it is
 * only possible that a block with guard bytes in front is freed wrongly.
 */
static VOID McpSeeIrp(PVOID Irp, const MC_CALL *Call)
{
    ULONG_PTR Information;
    MC_LANE *Lane;

    if (Irp == 0 || Call->Event.Irql > DISPATCH_LEVEL)
        return;
    Lane = McEnter();
    if (Lane == 0)
        return;
    Information = McOsIrpInformation(Irp);
    if (Information >= McOsSystemStart() && Information % MC_POOL_ALIGNMENT == 0)
        McHandOver(Information, FALSE, Call);
    McLeave(Lane);
}

VOID NTAPI McCompleteRequestAs(PVOID Irp, CHAR PriorityBoost, const char *File, ULONG Line,
                               const char *Function)
{
    MC_CALL Call;

    McpCall(&Call, McIofCompleteRequest, File, Line, Function, McOsReturnAddress());
    McpSeeIrp(Irp, &Call);
    McOsCompleteRequest(Irp, PriorityBoost);
}

LONG NTAPI McCallDriverAs(PVOID DeviceObject, PVOID Irp, const char *File, ULONG Line,
                          const char *Function)
{
    MC_CALL Call;

    McpCall(&Call, McIofCallDriver, File, Line, Function, McOsReturnAddress());
    McpSeeIrp(Irp, &Call);
    return McOsCallDriver(DeviceObject, Irp);
}

void NTAPI McLinkCompleteRequest(void *Irp, signed char Boost, void *ReturnAddress)
{
    MC_CALL Call;

    McpCall(&Call, McIofCompleteRequest, 0, 0, 0, (ULONG_PTR)ReturnAddress);
    McpSeeIrp(Irp, &Call);
    McOsCompleteRequest(Irp, Boost);
}

int NTAPI McLinkCallDriver(void *Device, void *Irp, void *ReturnAddress)
{
    MC_CALL Call;

    McpCall(&Call, McIofCallDriver, 0, 0, 0, (ULONG_PTR)ReturnAddress);
    McpSeeIrp(Irp, &Call);
    return McOsCallDriver(Device, Irp);
}

#endif

/* ---- the driver's entry ---- */

void NTAPI McLinkInitEx(const void *RegistryPath, void *ReturnAddress)
{
    MC_CALL Call;

    Mc.Linked = TRUE;
    McCallMake(&Call, McByInit, 0, 0, 0, (ULONG_PTR)ReturnAddress);
    McStart(&Call, RegistryPath);
}

void NTAPI McLinkExit(void *ReturnAddress)
{
    MC_CALL Call;

    McCallMake(&Call, McByExit, 0, 0, 0, (ULONG_PTR)ReturnAddress);
    McStop(&Call);
    Mc.Linked = FALSE;
}
