/*
 * driver.c - a small driver with planted bugs: device, link, requests. The bugs are in bugs.c.
 *
 * This half is correct, but for the one line marked BUG, and shows where MemCheck's first and last
 * call belong: MEM_CHECK_INIT before anything else; MEM_CHECK_EXIT behind everything else, in
 * DriverUnload and on each path on which DriverEntry fails (such a driver gets no unload).
 */
#include <ntddk.h>
#include "memcheck.h"
#include "bugs.h"

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD FaultyUnload;
static DRIVER_DISPATCH FaultyOpenOrClose;
static DRIVER_DISPATCH FaultyDeviceControl;

static NTSTATUS FaultyComplete(PIRP Irp, NTSTATUS Status)
{
    Irp->IoStatus.Status = Status;
    Irp->IoStatus.Information = 0;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    return Status;
}

static NTSTATUS NTAPI FaultyOpenOrClose(PDEVICE_OBJECT Device, PIRP Irp)
{
    UNREFERENCED_PARAMETER(Device);
    return FaultyComplete(Irp, STATUS_SUCCESS);
}

static NTSTATUS NTAPI FaultyDeviceControl(PDEVICE_OBJECT Device, PIRP Irp)
{
    ULONG Code = IoGetCurrentIrpStackLocation(Irp)->Parameters.DeviceIoControl.IoControlCode;
    ULONG Bug;

    UNREFERENCED_PARAMETER(Device);
    for (Bug = 0; Bug < FaultyBugCount; Bug++) {
        if (Code == (ULONG)FAULTY_IOCTL(Bug)) {
            return FaultyComplete(Irp, FaultyRun(Bug));
        }
    }
    return FaultyComplete(Irp, STATUS_INVALID_DEVICE_REQUEST);
}

static VOID NTAPI FaultyUnload(PDRIVER_OBJECT Driver)
{
    UNICODE_STRING Link;

    RtlInitUnicodeString(&Link, FAULTY_LINK);
    IoDeleteSymbolicLink(&Link);
    IoDeleteDevice(Driver->DeviceObject);
    MEM_CHECK_EXIT(); /* BUG: write-after-free-exit found */
    if (FaultyFreeAfterExit) {
        MEMCHECK_FREE(FaultyKept); /* BUG: after-exit-free found */
    }
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT Driver, PUNICODE_STRING RegistryPath)
{
    UNICODE_STRING Name;
    UNICODE_STRING Link;
    PDEVICE_OBJECT Device;
    NTSTATUS Status;

    UNREFERENCED_PARAMETER(RegistryPath);
    MEM_CHECK_INIT();
    Driver->DriverUnload = FaultyUnload;
    Driver->MajorFunction[IRP_MJ_CREATE] = FaultyOpenOrClose;
    Driver->MajorFunction[IRP_MJ_CLOSE] = FaultyOpenOrClose;
    Driver->MajorFunction[IRP_MJ_DEVICE_CONTROL] = FaultyDeviceControl;
    RtlInitUnicodeString(&Name, FAULTY_DEVICE);
    RtlInitUnicodeString(&Link, FAULTY_LINK);
    Status = IoCreateDevice(Driver, 0, &Name, FILE_DEVICE_UNKNOWN, 0, FALSE, &Device);
    if (NT_SUCCESS(Status)) {
        Status = IoCreateSymbolicLink(&Link, &Name);
        if (!NT_SUCCESS(Status)) {
            IoDeleteDevice(Device);
        }
    }
    if (!NT_SUCCESS(Status)) {
        MEM_CHECK_EXIT();
    }
    return Status;
}
