/* print.c (nt) - the debug output and the debugger. */
#include "ntp.h"

/* In ntoskrnl on every version; declared by the C runtime's header only, which we do not need. */
int __cdecl _vsnprintf(char *Buffer, size_t Size, const char *Format, va_list Arguments);

/* dpfilter.h, which came with Windows XP's kit. This pair is shown unless somebody filters it. */
#define MCP_COMPONENT 77u /* DPFLTR_IHVDRIVER_ID */
#define MCP_LEVEL     0u  /* DPFLTR_ERROR_LEVEL */

/*
 * From Windows Vista on DbgPrint is not shown by default. A report before MEM_CHECK_INIT is to be
 * seen too, so the routine is looked for here when nobody did yet; that is allowed at PASSIVE only.
 */
VOID McOsPrint(const char *Line)
{
    McpNtBindEarly();
    if (McpNt.DbgPrintEx) {
        McpNt.DbgPrintEx(MCP_COMPONENT, MCP_LEVEL, "%s\n", Line);
    } else {
        DbgPrint("%s\n", Line);
    }
}

ULONG McOsFormat(char *Buffer, ULONG Size, const char *Format, va_list Arguments)
{
    int Length;

    if (Size == 0) {
        return 0;
    }
    Length = _vsnprintf(Buffer, Size, Format, Arguments);
    if (Length < 0 || (ULONG)Length >= Size) { /* too long: no NUL was written */
        Length = (int)(Size - 1);
    }
    Buffer[Length] = 0;
    return (ULONG)Length;
}

/* Debugging can be enabled with no debugger there; a breakpoint would then be a bug check. */
BOOLEAN McOsDebugger(VOID)
{
#if MEMCHECK_TARGET < 0x0500
    return FALSE; /* what NT 4.0 exports of this is not known for sure */
#else
    if (!MCP_EXPORTED_BYTE(KdDebuggerEnabled)) {
        return FALSE;
    }
    if (McpNt.RefreshDebugger) {
        return !McpNt.RefreshDebugger();
    }
    return !MCP_EXPORTED_BYTE(KdDebuggerNotPresent);
#endif
}

VOID McOsBreak(VOID)
{
    DbgBreakPoint();
}

VOID McOsBugCheck(ULONG Code, const ULONG_PTR Parameters[4])
{
    KeBugCheckEx(Code, Parameters[0], Parameters[1], Parameters[2], Parameters[3]);
}
