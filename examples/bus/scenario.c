/* scenario.c - the bus at work, so that loading it shows all that it does. */
#include "bus.h"
#include "lib/buslib.h"

#define ROUNDS 20 /* often enough for addresses to come back from the pool */

static VOID PrintText(PCSTR What, PCWSTR Text)
{
    UNICODE_STRING Name;

    RtlInitUnicodeString(&Name, Text);
    BusNamePrint(What, &Name);
}

static VOID PlugIn(PBUS Bus)
{
    DbgPrint("bus: keyboard %08lx\n", BusPlugIn(Bus, 1, "keyboard"));
    DbgPrint("bus: mouse %08lx\n", BusPlugIn(Bus, 2, "mouse"));
    DbgPrint("bus: third %08lx\n", BusPlugIn(Bus, 3, NULL));
    DbgPrint("bus: fourth %08lx\n", BusPlugIn(Bus, 4, NULL));
    DbgPrint("bus: third again %08lx\n", BusPlugIn(Bus, 3, NULL));
}

/* What the Plug and Play manager asks when a bus has reported children. */
static VOID Ask(PBUS Bus, BOOLEAN Say)
{
    PDEVICE_RELATIONS Relations = BusChildRelations(Bus);
    WCHAR Text[BUS_NAME_LENGTH];
    ULONG Count = 0;
    NTSTATUS Status;
    ULONG At;

    Status = ManagerCountRelations(Bus->Device, &Count);
    if (Say) {
        DbgPrint("bus: relations %08lx, %lu\n", Status, Count);
    }
    for (At = 0; Relations != NULL && At < Relations->Count; At++) {
        Status = ManagerQueryId(Relations->Objects[At], BusQueryDeviceID, Text, BUS_NAME_LENGTH);
        if (Say && NT_SUCCESS(Status)) {
            PrintText("device", Text);
        }
        Status = ManagerQueryId(Relations->Objects[At], BusQueryHardwareIDs, Text, BUS_NAME_LENGTH);
        if (Say && NT_SUCCESS(Status)) {
            PrintText("  hardware", Text);
        }
        Status = ManagerQueryId(Relations->Objects[At], BusQueryInstanceID, Text, BUS_NAME_LENGTH);
        if (Say && NT_SUCCESS(Status)) {
            PrintText("  instance", Text);
        }
        Status = ManagerQueryText(Relations->Objects[At], Text, BUS_NAME_LENGTH);
        if (Say && NT_SUCCESS(Status)) {
            PrintText("  text", Text);
        }
        Status =
            ManagerQueryId(Relations->Objects[At], BusQueryCompatibleIDs, Text, BUS_NAME_LENGTH);
        if (Say) {
            DbgPrint("bus:   compatible %08lx\n", Status);
        }
        ObDereferenceObject(Relations->Objects[At]);
    }
    if (Relations != NULL) {
        ExFreePoolWithTag(Relations, BUS_TAG_ANSWER);
    }
}

/* Blocks that cross the border between driver and library, either way. */
static VOID Letters(VOID)
{
    static const CHAR Hello[] = "hello from the driver";
    PSTR Text = TextJoin("from the ", "library");

    if (Text != NULL) {
        DbgPrint("bus: %s\n", Text);
        /* BUG: text-overrun found */
        ExFreePoolWithTag(Text, BUSLIB_TAG);
    }
    Text = ExAllocatePoolWithTag(NonPagedPool, sizeof(Hello), BUS_TAG_LETTER);
    if (Text != NULL) {
        RtlCopyMemory(Text, Hello, sizeof(Hello));
        DbgPrint("bus: %lu letters\n", TextCountAndFree(Text));
    }
}

VOID BusScenario(PBUS Bus)
{
    ULONG Round;

    PlugIn(Bus);
    Ask(Bus, TRUE);
    BusShow(Bus);
    Letters();
    for (Round = 0; Round < ROUNDS; Round++) {
        Ask(Bus, FALSE);
        BusPlugIn(Bus, 5 + Round, Round % 2 != 0 ? "visitor" : NULL);
        BusEject(Bus, 5 + Round);
    }
    DbgPrint("bus: ejected, second %08lx\n", BusEject(Bus, 2));
    DbgPrint("bus: ejected, ninth %08lx\n", BusEject(Bus, 9));
    BusShow(Bus);
    JournalShow();
}
