/*
 * manager.c - asks a device what the Plug and Play manager asks, and frees the answers as that
 * does.
 *
 * For a bus driver that is loaded without a device of its own: there the real one does not come.
 */
#include "buslib.h"

static NTSTATUS NTAPI ManagerDone(PDEVICE_OBJECT Device, PIRP Irp, PVOID Context)
{
    UNREFERENCED_PARAMETER(Device);
    UNREFERENCED_PARAMETER(Irp);
    KeSetEvent((PKEVENT)Context, IO_NO_INCREMENT, FALSE);
    return STATUS_MORE_PROCESSING_REQUIRED; /* the IRP is ours, and not finished with */
}

/* Send one request with the parameters of Question, and wait for it. */
static NTSTATUS ManagerAsk(PDEVICE_OBJECT Device, const IO_STACK_LOCATION *Question,
                           ULONG_PTR *Answer)
{
    PIO_STACK_LOCATION Stack;
    KEVENT Done;
    NTSTATUS Status;
    PIRP Irp = IoAllocateIrp(Device->StackSize, FALSE);

    if (Irp == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    KeInitializeEvent(&Done, NotificationEvent, FALSE);
    Irp->IoStatus.Status = STATUS_NOT_SUPPORTED; /* what it stays when nobody knows the request */
    Irp->IoStatus.Information = 0;
    Stack = IoGetNextIrpStackLocation(Irp);
    Stack->MajorFunction = IRP_MJ_PNP;
    Stack->MinorFunction = Question->MinorFunction;
    Stack->Parameters = Question->Parameters;
    IoSetCompletionRoutine(Irp, ManagerDone, &Done, TRUE, TRUE, TRUE);
    if (IoCallDriver(Device, Irp) == STATUS_PENDING) {
        KeWaitForSingleObject(&Done, Executive, KernelMode, FALSE, NULL);
    }
    Status = Irp->IoStatus.Status;
    *Answer = NT_SUCCESS(Status) ? Irp->IoStatus.Information : 0;
    IoFreeIrp(Irp);
    return Status;
}

static NTSTATUS ManagerAskText(PDEVICE_OBJECT Device, const IO_STACK_LOCATION *Question, PWSTR Text,
                               ULONG Size)
{
    ULONG_PTR Answer;
    ULONG At = 0;
    NTSTATUS Status = ManagerAsk(Device, Question, &Answer);

    if (!NT_SUCCESS(Status) || Answer == 0) {
        return NT_SUCCESS(Status) ? STATUS_NOT_SUPPORTED : Status;
    }
    while (At + 1 < Size && ((PWSTR)Answer)[At] != 0) {
        Text[At] = ((PWSTR)Answer)[At];
        At++;
    }
    Text[At] = 0;
    ExFreePool((PVOID)Answer);
    return STATUS_SUCCESS;
}

NTSTATUS ManagerCountRelations(PDEVICE_OBJECT Device, PULONG Count)
{
    PDEVICE_RELATIONS Relations;
    IO_STACK_LOCATION Question;
    ULONG_PTR Answer;
    NTSTATUS Status;
    ULONG At;

    RtlZeroMemory(&Question, sizeof(Question));
    Question.MinorFunction = IRP_MN_QUERY_DEVICE_RELATIONS;
    Question.Parameters.QueryDeviceRelations.Type = BusRelations;
    *Count = 0;
    Status = ManagerAsk(Device, &Question, &Answer);
    if (!NT_SUCCESS(Status) || Answer == 0) {
        return NT_SUCCESS(Status) ? STATUS_NOT_SUPPORTED : Status;
    }
    Relations = (PDEVICE_RELATIONS)Answer;
    *Count = Relations->Count;
    for (At = 0; At < Relations->Count; At++) {
        ObDereferenceObject(Relations->Objects[At]);
    }
    ExFreePool(Relations);
    return STATUS_SUCCESS;
}

NTSTATUS ManagerQueryId(PDEVICE_OBJECT Device, BUS_QUERY_ID_TYPE Type, PWSTR Text, ULONG Size)
{
    IO_STACK_LOCATION Question;

    RtlZeroMemory(&Question, sizeof(Question));
    Question.MinorFunction = IRP_MN_QUERY_ID;
    Question.Parameters.QueryId.IdType = Type;
    return ManagerAskText(Device, &Question, Text, Size);
}

NTSTATUS ManagerQueryText(PDEVICE_OBJECT Device, PWSTR Text, ULONG Size)
{
    IO_STACK_LOCATION Question;

    RtlZeroMemory(&Question, sizeof(Question));
    Question.MinorFunction = IRP_MN_QUERY_DEVICE_TEXT;
    Question.Parameters.QueryDeviceText.DeviceTextType = DeviceTextDescription;
    return ManagerAskText(Device, &Question, Text, Size);
}
