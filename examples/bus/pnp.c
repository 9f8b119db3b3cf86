/*
 * pnp.c - answers to the Plug and Play manager.
 *
 * An answer is a block of pool memory in Irp->IoStatus.Information: from then on it is the
 * system's, which frees it.
 */
#include "bus.h"

static NTSTATUS Complete(PIRP Irp, NTSTATUS Status)
{
    Irp->IoStatus.Status = Status;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    return Status;
}

static NTSTATUS Answer(PIRP Irp, PVOID P)
{
    if (P == NULL) {
        return Complete(Irp, STATUS_INSUFFICIENT_RESOURCES);
    }
    Irp->IoStatus.Information = (ULONG_PTR)P;
    return Complete(Irp, STATUS_SUCCESS);
}

/* The children: put into the request, which goes on to the device below. */
static NTSTATUS QueryRelations(PBUS Bus, PIRP Irp)
{
    PDEVICE_RELATIONS Relations = BusChildRelations(Bus);

    if (Relations == NULL) {
        return Complete(Irp, STATUS_INSUFFICIENT_RESOURCES);
    }
    Irp->IoStatus.Information = (ULONG_PTR)Relations;
    Irp->IoStatus.Status = STATUS_SUCCESS;
    IoSkipCurrentIrpStackLocation(Irp);
    return IoCallDriver(Bus->Root, Irp);
}

static NTSTATUS QueryId(PBUS_CHILD Child, PIRP Irp, BUS_QUERY_ID_TYPE Type)
{
    UNICODE_STRING Id;
    NTSTATUS Status;
    PWSTR Copy;

    switch (Type) {
    case BusQueryDeviceID: return Answer(Irp, BusNameAnswer(&Child->Name, FALSE));
    case BusQueryHardwareIDs: return Answer(Irp, BusNameAnswer(&Child->Name, TRUE));
    case BusQueryInstanceID:
        Status = BusNameNumbered(&Id, "instance", Child->Serial);
        if (!NT_SUCCESS(Status)) {
            return Complete(Irp, Status);
        }
        Copy = BusNameAnswer(&Id, FALSE);
        BusNameFree(&Id);
        return Answer(Irp, Copy);
    default: return Complete(Irp, Irp->IoStatus.Status);
    }
}

static NTSTATUS QueryText(PBUS_CHILD Child, PIRP Irp)
{
    UNICODE_STRING Text;
    NTSTATUS Status = BusNameNumbered(&Text, "a child of the bus", Child->Serial);

    if (!NT_SUCCESS(Status)) {
        return Complete(Irp, Status);
    }
    return Answer(Irp, Text.Buffer); /* no copy: the buffer itself becomes the system's */
}

static NTSTATUS ChildPnp(PBUS_CHILD Child, PIRP Irp)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);

    switch (Stack->MinorFunction) {
    case IRP_MN_QUERY_ID: return QueryId(Child, Irp, Stack->Parameters.QueryId.IdType);
    case IRP_MN_QUERY_DEVICE_TEXT: return QueryText(Child, Irp);
    default: return Complete(Irp, Irp->IoStatus.Status);
    }
}

static NTSTATUS BusDevicePnp(PBUS Bus, PIRP Irp)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);

    if (Stack->MinorFunction == IRP_MN_QUERY_DEVICE_RELATIONS &&
        Stack->Parameters.QueryDeviceRelations.Type == BusRelations) {
        return QueryRelations(Bus, Irp);
    }
    IoSkipCurrentIrpStackLocation(Irp);
    return IoCallDriver(Bus->Root, Irp);
}

NTSTATUS NTAPI BusPnp(PDEVICE_OBJECT Device, PIRP Irp)
{
    PBUS_EXTENSION Extension = Device->DeviceExtension;

    switch (Extension->Kind) {
    case BusKindBus: return BusDevicePnp(Extension->Bus, Irp);
    case BusKindChild: return ChildPnp(Extension->Child, Irp);
    default: /* the root completes what comes down, as it is */
        return Complete(Irp, Irp->IoStatus.Status);
    }
}
