/* parts.c - what no macro reaches: pointers in static data, inline functions, strings, IRPs. */
#include "link_test.h"

/* ---- addresses of routines, as a lookaside list or a table of functions has them ---- */

typedef struct _ROUTINES {
    PVOID(NTAPI *Allocate)(POOL_TYPE PoolType, SIZE_T Size, ULONG Tag);
    VOID(NTAPI *Free)(PVOID P);
} ROUTINES;

static ROUTINES Static = {ExAllocatePoolWithTag, ExFreePool};

ULONG TestPointers(VOID)
{
    ROUTINES *volatile Routines = &Static;
    PVOID P = Routines->Allocate(NonPagedPool, 48, TEST_TAG);

    if (P == NULL) {
        return 0;
    }
    Routines->Free(P);
    return 48;
}

/* ---- an inline function of a kit header ---- */

static __inline PVOID AllocateZeroed(POOL_TYPE PoolType, SIZE_T Size, ULONG Tag)
{
    PUCHAR P = (PUCHAR)ExAllocatePoolWithTag(PoolType, Size, Tag);
    SIZE_T I;

    for (I = 0; P != NULL && I < Size; I++) {
        ((volatile UCHAR *)P)[I] = 0;
    }
    return P;
}

ULONG TestInline(VOID)
{
    PUCHAR P = (PUCHAR)AllocateZeroed(PagedPool, 200, TEST_TAG);
    ULONG Used = 200;

    if (P == NULL) {
        return 0;
    }
    Used += P[0] + P[199];
    ExFreePoolWithTag(P, TEST_TAG);
    return Used;
}

/* ---- a static library ---- */

ULONG TestLibrary(VOID)
{
    static const char Text[] = "the library's copy";
    char *Copy = (char *)LibraryCopy(Text, sizeof(Text));
    ULONG Used = 0;

    if (Copy != NULL) {
        Used = Copy[0] == 't' ? sizeof(Text) : 0;
        LibraryRelease(Copy);
    }
    return Used;
}

/* ---- strings: ours, freed by the kit's routine; the kit's, freed by ours ---- */

ULONG TestStrings(VOID)
{
    UNICODE_STRING Unicode;
    ANSI_STRING Ansi;
    ULONG Used = 0;

    Unicode.Length = 0;
    Unicode.MaximumLength = 40;
    Unicode.Buffer = (PWSTR)ExAllocatePoolWithTag(PagedPool, 40, TEST_TAG);
    if (Unicode.Buffer != NULL) {
        RtlFreeUnicodeString(&Unicode);
        Used += Unicode.Buffer == NULL ? 40 : 0;
    }
    RtlInitAnsiString(&Ansi, "from the system");
    if (NT_SUCCESS(RtlAnsiStringToUnicodeString(&Unicode, &Ansi, TRUE))) {
        Used += Unicode.Length;
        RtlFreeUnicodeString(&Unicode);
    }
    return Used;
}

/* ---- an answer to PnP: allocated here, freed by the system ---- */

static NTSTATUS NTAPI Answer(PDEVICE_OBJECT Device, PIRP Irp)
{
    (void)Device;
    Irp->IoStatus.Information = (ULONG_PTR)ExAllocatePoolWithTag(PagedPool, 72, TEST_TAG);
    Irp->IoStatus.Status = STATUS_SUCCESS;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    return STATUS_SUCCESS;
}

/* The sender of the IRP, as the PnP manager is one: it takes the answer and frees it. */
static NTSTATUS NTAPI Taken(PDEVICE_OBJECT Device, PIRP Irp, PVOID Context)
{
    (void)Device;
    *(ULONG_PTR *)Context = Irp->IoStatus.Information;
    IoFreeIrp(Irp);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

ULONG TestHandOver(PDRIVER_OBJECT Driver)
{
    PDEVICE_OBJECT Device = NULL;
    PIO_STACK_LOCATION Next;
    ULONG_PTR Answered = 0;
    PIRP Irp;

    Driver->MajorFunction[IRP_MJ_PNP] = Answer;
    if (!NT_SUCCESS(IoCreateDevice(Driver, 0, NULL, FILE_DEVICE_UNKNOWN, 0, FALSE, &Device))) {
        return 0;
    }
    Irp = IoAllocateIrp(Device->StackSize, FALSE);
    if (Irp != NULL) {
        Irp->IoStatus.Status = STATUS_NOT_SUPPORTED;
        Next = IoGetNextIrpStackLocation(Irp);
        Next->MajorFunction = IRP_MJ_PNP;
        Next->MinorFunction = IRP_MN_QUERY_DEVICE_RELATIONS;
        IoSetCompletionRoutine(Irp, Taken, &Answered, TRUE, TRUE, TRUE);
        IoCallDriver(Device, Irp);
    }
    if (Answered != 0) {
        SystemFrees((PVOID)Answered);
    }
    IoDeleteDevice(Device);
    return Answered != 0 ? 72 : 0;
}
