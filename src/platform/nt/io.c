/* io.c (nt) - strings whose buffers the kit frees, and IRPs: where blocks change hands. */
#include "ntp.h"

/* The kits have it in ntifs.h only, and the kernel always. Written as they do. */
#if !defined(MEMCHECK_LINK) && !defined(_NTIFS_)
NTSYSAPI VOID NTAPI RtlFreeOemString(IN OUT POEM_STRING OemString);
#endif

/* UNICODE_STRING, ANSI_STRING and OEM_STRING are laid out alike. */
typedef struct _MCP_STRING {
    volatile USHORT Length;
    volatile USHORT MaximumLength;
    PVOID volatile Buffer;
} MCP_STRING;

PVOID McOsStringBuffer(const VOID *String)
{
    return ((const MCP_STRING *)String)->Buffer;
}

VOID McOsStringClear(PVOID String)
{
    MCP_STRING *Fields = (MCP_STRING *)String;

    Fields->Length = 0;
    Fields->MaximumLength = 0;
    Fields->Buffer = NULL;
}

VOID McOsStringFree(ULONG Routine, PVOID String)
{
    if (Routine == McRtlFreeAnsiString) {
        MCP_RAW(RtlFreeAnsiString)((PANSI_STRING)String);
    } else if (Routine == McRtlFreeOemString) {
        MCP_RAW(RtlFreeOemString)((POEM_STRING)String);
    } else {
        MCP_RAW(RtlFreeUnicodeString)((PUNICODE_STRING)String);
    }
}

ULONG_PTR McOsIrpInformation(const VOID *Irp)
{
    return (ULONG_PTR)((const IRP *)Irp)->IoStatus.Information;
}

/* By the names that the kernel exports: IoCompleteRequest and IoCallDriver are macros of the kit.
 */

VOID McOsCompleteRequest(PVOID Irp, CHAR PriorityBoost)
{
    MCP_RAW(IofCompleteRequest)((PIRP)Irp, PriorityBoost);
}

LONG McOsCallDriver(PVOID DeviceObject, PVOID Irp)
{
    return MCP_RAW(IofCallDriver)((PDEVICE_OBJECT)DeviceObject, (PIRP)Irp);
}
