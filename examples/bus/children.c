/* children.c - the children of the bus: plugged in, shown, ejected. */
#include "bus.h"

#define SMALLEST_MEMORY 24 /* bytes */

/* The child, in no list any more, and all that it holds. */
static VOID ChildFree(PBUS_CHILD Child)
{
    if (Child->Device != NULL) {
        IoDeleteDevice(Child->Device);
    }
    if (Child->Name.Buffer != NULL) {
        BusNameFree(&Child->Name);
    }
#ifdef BUG_LEAK
    if (Child->Serial % 2 == 0) {
        Child->Memory = NULL;
    }
#endif
#ifdef BUG_WRONG_TAG
    if (Child->Serial % 4 == 1) {
        /* BUG: wrong-tag found */
        ExFreePoolWithTag(Child->Memory, BUS_TAG_NAME);
        Child->Memory = NULL;
    }
#endif
    if (Child->Memory != NULL) {
        /* BUG: underrun found */
        ExFreePoolWithTag(Child->Memory, BUS_TAG_CHILD);
    }
    /* BUG: double-free, write-after-free freed */
    ExFreePoolWithTag(Child, BUS_TAG_CHILD);
#ifdef BUG_WRITE_AFTER_FREE
    Child->Device = NULL;
#endif
}

/* The child's device object: what the system knows it by. */
static NTSTATUS ChildDevice(PBUS Bus, PBUS_CHILD Child)
{
    PBUS_EXTENSION Extension;
    NTSTATUS Status = IoCreateDevice(Bus->Driver, sizeof(BUS_EXTENSION), NULL, FILE_DEVICE_UNKNOWN,
                                     0, FALSE, &Child->Device);

    if (NT_SUCCESS(Status)) {
        Extension = Child->Device->DeviceExtension;
        Extension->Kind = BusKindChild;
        Extension->Bus = Bus;
        Extension->Child = Child;
        Child->Device->Flags &= ~DO_DEVICE_INITIALIZING;
    }
    return Status;
}

static PBUS_CHILD ChildMake(PBUS Bus, ULONG Serial, PCSTR Name)
{
    PBUS_CHILD Child = BusAllocateZeroed(sizeof(BUS_CHILD), BUS_TAG_CHILD);
    NTSTATUS Status;
    ULONG At;

    if (Child == NULL) {
        return NULL;
    }
    Child->Serial = Serial;
    Child->MemorySize = SMALLEST_MEMORY + Serial;
    /* BUG: leak, underrun, wrong-tag allocated */
    Child->Memory = ExAllocatePoolWithTag(NonPagedPool, Child->MemorySize, BUS_TAG_CHILD);
    Status = Child->Memory != NULL ? ChildDevice(Bus, Child) : STATUS_INSUFFICIENT_RESOURCES;
    if (NT_SUCCESS(Status)) { /* names without a text of their own are numbered */
        Status = Name != NULL ? BusNameFromText(&Child->Name, Name)
                              : BusNameNumbered(&Child->Name, "slot", Serial);
    }
    if (!NT_SUCCESS(Status)) {
        ChildFree(Child);
        return NULL;
    }
    for (At = 0; At < Child->MemorySize; At++) {
        Child->Memory[At] = (UCHAR)(Serial + At);
    }
#ifdef BUG_UNDERRUN
    if (Serial % 4 == 3) {
        Child->Memory[-1] = (UCHAR)Serial;
    }
#endif
    return Child;
}

/* Lock held. */
static PBUS_CHILD FindLocked(PBUS Bus, ULONG Serial)
{
    PLIST_ENTRY Link;
    PBUS_CHILD Child;

    for (Link = Bus->Children.Flink; Link != &Bus->Children; Link = Link->Flink) {
        Child = CONTAINING_RECORD(Link, BUS_CHILD, Link);
        if (Child->Serial == Serial) {
            return Child;
        }
    }
    return NULL;
}

NTSTATUS BusPlugIn(PBUS Bus, ULONG Serial, PCSTR Name)
{
    PBUS_CHILD Child = ChildMake(Bus, Serial, Name);
    BOOLEAN Taken;
    KIRQL Irql;

    if (Child == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    KeAcquireSpinLock(&Bus->Lock, &Irql);
    Taken = FindLocked(Bus, Serial) != NULL;
    if (!Taken) {
        InsertTailList(&Bus->Children, &Child->Link);
        Bus->Count++;
    }
    KeReleaseSpinLock(&Bus->Lock, Irql);
    if (Taken) {
        ChildFree(Child);
#ifdef BUG_DOUBLE_FREE
        /* BUG: double-free found */
        ExFreePoolWithTag(Child, BUS_TAG_CHILD);
#endif
        JournalNote("refused", Serial);
        return STATUS_OBJECT_NAME_COLLISION;
    }
    JournalNote("plugged in", Serial);
    return STATUS_SUCCESS;
}

NTSTATUS BusEject(PBUS Bus, ULONG Serial)
{
    PBUS_CHILD Child;
    KIRQL Irql;

    KeAcquireSpinLock(&Bus->Lock, &Irql);
    Child = FindLocked(Bus, Serial);
    if (Child != NULL) {
        RemoveEntryList(&Child->Link);
        Bus->Count--;
    }
    KeReleaseSpinLock(&Bus->Lock, Irql);
    if (Child == NULL) {
        return STATUS_NO_SUCH_DEVICE;
    }
    ChildFree(Child);
    JournalNote("ejected", Serial);
    return STATUS_SUCCESS;
}

VOID BusEjectAll(PBUS Bus)
{
    LIST_ENTRY All;
    PBUS_CHILD Child;
    KIRQL Irql;

    InitializeListHead(&All);
    KeAcquireSpinLock(&Bus->Lock, &Irql);
    while (!IsListEmpty(&Bus->Children)) {
        InsertTailList(&All, RemoveHeadList(&Bus->Children));
    }
    Bus->Count = 0;
    KeReleaseSpinLock(&Bus->Lock, Irql);
    while (!IsListEmpty(&All)) {
        Child = CONTAINING_RECORD(RemoveHeadList(&All), BUS_CHILD, Link);
        ChildFree(Child);
    }
}

PDEVICE_RELATIONS BusChildRelations(PBUS Bus)
{
    PDEVICE_RELATIONS Relations;
    PLIST_ENTRY Link;
    PBUS_CHILD Child;
    KIRQL Irql;

    /* Allocated under the lock, as the count must not change: nonpaged pool may be. */
    KeAcquireSpinLock(&Bus->Lock, &Irql);
    Relations = BusAllocateZeroed(FIELD_OFFSET(DEVICE_RELATIONS, Objects) +
                                      (Bus->Count + 1) * sizeof(PDEVICE_OBJECT),
                                  BUS_TAG_ANSWER);
    for (Link = Bus->Children.Flink; Relations != NULL && Link != &Bus->Children;
         Link = Link->Flink) {
        Child = CONTAINING_RECORD(Link, BUS_CHILD, Link);
        ObReferenceObject(Child->Device);
        Relations->Objects[Relations->Count++] = Child->Device;
    }
    KeReleaseSpinLock(&Bus->Lock, Irql);
    return Relations;
}

/* The numbers of all children; *Count is how many. NULL: no memory. */
static PULONG Serials(PBUS Bus, PULONG Count)
{
    PULONG Numbers;
    PLIST_ENTRY Link;
    KIRQL Irql;
    ULONG At = 0;

    KeAcquireSpinLock(&Bus->Lock, &Irql);
    *Count = Bus->Count;
    Numbers = BusAllocateZeroed((Bus->Count + 1) * sizeof(ULONG), BUS_TAG_CHILD);
    for (Link = Bus->Children.Flink; Numbers != NULL && Link != &Bus->Children;
         Link = Link->Flink) {
        Numbers[At++] = CONTAINING_RECORD(Link, BUS_CHILD, Link)->Serial;
    }
    KeReleaseSpinLock(&Bus->Lock, Irql);
    return Numbers;
}

VOID BusShow(PBUS Bus)
{
    PBUS_CHILD Child;
    PULONG Numbers;
    ULONG Count;
    ULONG Sum;
    ULONG At;
    ULONG Byte;

    Numbers = Serials(Bus, &Count);
    for (At = 0; Numbers != NULL && At < Count; At++) {
        Child = FindLocked(Bus, Numbers[At]); /* nobody else is there, so that the lock is free */
        if (Child != NULL) {
            Sum = 0;
            for (Byte = 0; Byte < Child->MemorySize; Byte++) {
                Sum += Child->Memory[Byte];
            }
            DbgPrint("bus: child %lu stores %lu bytes, sum %lu\n", Child->Serial, Child->MemorySize,
                     Sum);
            BusNamePrint("  named", &Child->Name);
        }
    }
    if (Numbers != NULL) {
        ExFreePool(Numbers);
    }
}
