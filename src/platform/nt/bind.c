/*
 * bind.c (nt) - which system is running, and the routines that came after MEMCHECK_TARGET, found at
 * run time.
 *
 * Windows NT 4.0 has no MmGetSystemRoutineAddress: a build for it finds nothing, and the callers
 * use what has always been there. Under Wine even a routine that does nothing but end the process
 * is found: bind only what is known to work there, or is called on real systems only.
 */
#include "ntp.h"

#if MEMCHECK_TARGET >= 0x0500

/* RTL_OSVERSIONINFOW, which the Windows 2000 kit does not have. */
typedef struct _MCP_VERSION {
    ULONG Size;
    ULONG Major;
    ULONG Minor;
    ULONG Build;
    ULONG Platform;
    WCHAR ServicePack[128];
} MCP_VERSION;

typedef NTSTATUS(NTAPI *MCP_GET_VERSION)(MCP_VERSION *Version);

/* As a number: C does not convert a pointer to data into one to code. 0: the system lacks it. */
static ULONG_PTR McpNtRoutine(const WCHAR *Name)
{
    UNICODE_STRING String;

    RtlInitUnicodeString(&String, Name);
    return (ULONG_PTR)MmGetSystemRoutineAddress(&String);
}

/* A routine that the kit declares and the target has, or the address found for its name. */
#define MCP_IMPORTED(Type, Name) ((Type)(ULONG_PTR)(Name))
#define MCP_FOUND(Type, Name)    ((Type)McpNtRoutine(MCP_WIDE(#Name)))
#define MCP_WIDE(Text)           L##Text

#if MEMCHECK_TARGET >= 0x0501
#define MCP_SINCE_XP(Type, Name) MCP_IMPORTED(Type, Name)
#else
#define MCP_SINCE_XP(Type, Name) MCP_FOUND(Type, Name)
#endif
#if MEMCHECK_TARGET >= 0x0502
#define MCP_SINCE_2003(Type, Name) MCP_IMPORTED(Type, Name)
#else
#define MCP_SINCE_2003(Type, Name) MCP_FOUND(Type, Name)
#endif
#if MEMCHECK_TARGET >= 0x0600
#define MCP_SINCE_VISTA(Type, Name) MCP_IMPORTED(Type, Name)
#else
#define MCP_SINCE_VISTA(Type, Name) MCP_FOUND(Type, Name)
#endif

static ULONG McpNtVersion(VOID)
{
    static MCP_VERSION Version; /* static, not for its life but to keep the stack small */
    MCP_GET_VERSION GetVersion = MCP_SINCE_XP(MCP_GET_VERSION, RtlGetVersion);

    Version.Size = sizeof(Version);
#if MEMCHECK_TARGET >= 0x0501
    if (GetVersion(&Version) < 0) {
        return MEMCHECK_TARGET;
    }
#else
    if (!GetVersion || GetVersion(&Version) < 0) {
        PsGetVersion(&Version.Major, &Version.Minor, NULL, NULL);
    }
#endif
    return Version.Major << 8 | (Version.Minor & 0xFFu);
}

VOID McpNtBind(VOID)
{
    if (McpNt.Bound) {
        return;
    }
    McpNt.CaptureStackBackTrace = MCP_FOUND(MCP_CAPTURE_STACK, RtlCaptureStackBackTrace);
    McpNt.DbgPrintEx = MCP_SINCE_XP(MCP_DBG_PRINT_EX, DbgPrintEx);
    McpNt.RefreshDebugger = MCP_SINCE_2003(MCP_REFRESH_DEBUGGER, KdRefreshDebuggerNotPresent);
    McpNt.QueryActiveProcessorCount =
        MCP_SINCE_VISTA(MCP_ACTIVE_PROCESSOR_COUNT, KeQueryActiveProcessorCount);
    /* Not in the first Windows 10, so found whatever the target is. */
    McpNt.AllocatePool2 = MCP_FOUND(MCP_ALLOCATE_POOL2, ExAllocatePool2);
    McpNt.AllocatePool3 = MCP_FOUND(MCP_ALLOCATE_POOL3, ExAllocatePool3);
    McpNt.FreePool2 = MCP_FOUND(MCP_FREE_POOL2, ExFreePool2);
    McpNt.Version = McpNtVersion();
    McpNt.Bound = TRUE;
}

#else

VOID McpNtBind(VOID)
{
    McpNt.Version = MEMCHECK_TARGET;
    McpNt.Bound = TRUE;
}

#endif

VOID McpNtBindEarly(VOID)
{
    if (!McpNt.Bound && KeGetCurrentIrql() == PASSIVE_LEVEL) {
        McpNtBind();
    }
}

/* Before the platform starts it is not known, and the target is the least that it can be. */
ULONG McOsVersion(VOID)
{
    return McpNt.Version ? McpNt.Version : MEMCHECK_TARGET;
}
