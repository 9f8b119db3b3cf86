/*
 * entry.c - MemCheck around the life of a driver that does not call it: started before the driver's
 * entry, ended when that fails, or behind DriverUnload.
 *
 * What the driver sets as DriverUnload after its entry returned is not wrapped: MemCheck is then
 * not ended. A driver without one cannot be unloaded, and stays so.
 */
#ifndef MEMCHECK_KIT_HEADER
#define MEMCHECK_KIT_HEADER <ntddk.h>
#endif
#include MEMCHECK_KIT_HEADER
#include "linkway.h"

typedef NTSTATUS(NTAPI *MC_ENTRY)(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath);
NTSTATUS NTAPI McLinkEntry(MC_ENTRY Entry, PDRIVER_OBJECT DriverObject,
                           PUNICODE_STRING RegistryPath);

static PDRIVER_UNLOAD McpUnload; /* the driver's own */

/*
 * Where reports say that INIT and EXIT were called: in the driver's own routine, which its author
 * knows; our caller is the system. One byte in, like a return address: who looks it up takes the
 * byte before.
 */
#define MC_IN(Routine) ((void *)((ULONG_PTR)(Routine) + 1))

static VOID NTAPI McpUnloadAndEnd(PDRIVER_OBJECT DriverObject)
{
    McpUnload(DriverObject);
    McLinkExit(MC_IN(McpUnload));
}

NTSTATUS NTAPI McLinkEntry(MC_ENTRY Entry, PDRIVER_OBJECT DriverObject,
                           PUNICODE_STRING RegistryPath)
{
    NTSTATUS Status;

    McLinkInitEx(RegistryPath, MC_IN(Entry));
    Status = Entry(DriverObject, RegistryPath);
    if (!NT_SUCCESS(Status)) {
        McLinkExit(MC_IN(Entry)); /* the system calls no unload then */
    } else if (DriverObject != NULL && DriverObject->DriverUnload != NULL) {
        McpUnload = DriverObject->DriverUnload;
        DriverObject->DriverUnload = McpUnloadAndEnd;
    }
    return Status;
}
