/* driver.c - the bus is loaded and unloaded. */
#include "bus.h"

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD BusUnload;

static BUS Bus;

/* A device object of the driver's own, on top of Below. */
static NTSTATUS MakeDevice(PDRIVER_OBJECT Driver, BUS_KIND Kind, PDEVICE_OBJECT Below,
                           PDEVICE_OBJECT *Device)
{
    PBUS_EXTENSION Extension;
    NTSTATUS Status =
        IoCreateDevice(Driver, sizeof(BUS_EXTENSION), NULL, FILE_DEVICE_UNKNOWN, 0, FALSE, Device);

    if (NT_SUCCESS(Status)) {
        Extension = (*Device)->DeviceExtension;
        Extension->Kind = Kind;
        Extension->Bus = &Bus;
        Extension->Child = NULL;
        if (Below != NULL) {
            (*Device)->StackSize = (CCHAR)(Below->StackSize + 1);
        }
        (*Device)->Flags &= ~DO_DEVICE_INITIALIZING;
    }
    return Status;
}

static VOID NTAPI BusUnload(PDRIVER_OBJECT Driver)
{
    UNREFERENCED_PARAMETER(Driver);
    DbgPrint("bus: unloading with %lu children\n", Bus.Count);
    BusEjectAll(&Bus);
    JournalEnd();
    IoDeleteDevice(Bus.Device);
    IoDeleteDevice(Bus.Root);
    DbgPrint("bus: unloaded\n");
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT Driver, PUNICODE_STRING RegistryPath)
{
    NTSTATUS Status;

    UNREFERENCED_PARAMETER(RegistryPath);
    KeInitializeSpinLock(&Bus.Lock);
    InitializeListHead(&Bus.Children);
    Bus.Driver = Driver;
    Driver->DriverUnload = BusUnload;
    Driver->MajorFunction[IRP_MJ_PNP] = BusPnp;
    Status = MakeDevice(Driver, BusKindRoot, NULL, &Bus.Root);
    if (!NT_SUCCESS(Status)) {
        return Status;
    }
    Status = MakeDevice(Driver, BusKindBus, Bus.Root, &Bus.Device);
    if (!NT_SUCCESS(Status)) {
        IoDeleteDevice(Bus.Root);
        return Status;
    }
    BusScenario(&Bus);
    return STATUS_SUCCESS;
}
