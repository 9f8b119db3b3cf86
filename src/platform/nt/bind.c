/*
 * bind.c (nt) - routines that are newer than Windows 2000, found at run time.
 *
 * Windows NT 4.0 has no MmGetSystemRoutineAddress: a build for it (MEMCHECK_NT4) finds nothing, and
 * the callers use what has always been there. Under Wine even a routine that does nothing but end
 * the process is found: bind only what is known to work there, or is called on real systems only.
 */
#include "ntp.h"

#ifndef MEMCHECK_NT4

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

/* No system before Windows XP has RtlGetVersion, and none before Windows 8 (6.2) NonPagedPoolNx. */
static BOOLEAN McpNtHasNx(VOID)
{
    static MCP_VERSION Version; /* static, not for its life but to keep the stack small */
    MCP_GET_VERSION GetVersion = (MCP_GET_VERSION)McpNtRoutine(L"RtlGetVersion");

    if (!GetVersion) {
        return FALSE;
    }
    Version.Size = sizeof(Version);
    if (GetVersion(&Version) < 0) {
        return FALSE;
    }
    return Version.Major > 6 || (Version.Major == 6 && Version.Minor >= 2);
}

VOID McpNtBind(VOID)
{
    if (McpNt.Bound) {
        return;
    }
    McpNt.DbgPrintEx = (MCP_DBG_PRINT_EX)McpNtRoutine(L"DbgPrintEx");
    McpNt.RefreshDebugger = (MCP_REFRESH_DEBUGGER)McpNtRoutine(L"KdRefreshDebuggerNotPresent");
    McpNt.QueryActiveProcessorCount =
        (MCP_ACTIVE_PROCESSOR_COUNT)McpNtRoutine(L"KeQueryActiveProcessorCount");
    McpNt.HasNx = McpNtHasNx();
    McpNt.Bound = TRUE;
}

#else

VOID McpNtBind(VOID)
{
    McpNt.Bound = TRUE;
}

#endif
