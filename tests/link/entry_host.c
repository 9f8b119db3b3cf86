/*
 * entry_host.c - src/link/entry.c on the host, with a driver and a MemCheck that note what is
 * called in which order: I init, E the driver's entry, U its unload, X exit.
 */
#include "entry_kit.h"
#include "linkway.h"
#include <stdio.h>
#include <string.h>

NTSTATUS McLinkEntry(NTSTATUS (*Entry)(PDRIVER_OBJECT, PUNICODE_STRING), PDRIVER_OBJECT Driver,
                     PUNICODE_STRING RegistryPath);

static char Order[16];
static NTSTATUS Answer;
static PDRIVER_UNLOAD Wanted;
static void *Places[2];
static const void *PathGiven;
static int Failed;
static int Passed;

static void Note(const char *What)
{
    strncat(Order, What, sizeof(Order) - strlen(Order) - 1);
}

void McLinkInitEx(const void *RegistryPath, void *ReturnAddress)
{
    PathGiven = RegistryPath;
    Places[0] = ReturnAddress;
    Note("I");
}

void McLinkExit(void *ReturnAddress)
{
    Places[1] = ReturnAddress;
    Note("X");
}

static void Unload(PDRIVER_OBJECT Driver)
{
    (void)Driver;
    Note("U");
}

static NTSTATUS Entry(PDRIVER_OBJECT Driver, PUNICODE_STRING RegistryPath)
{
    Note(RegistryPath == PathGiven ? "E" : "?");
    if (Driver != NULL) {
        Driver->DriverUnload = Wanted;
    }
    return Answer;
}

static void Expect(const char *Name, int Right)
{
    printf("%s %s (%s)\n", Right ? "ok  " : "FAIL", Name, Order);
    Passed += Right;
    Failed += !Right;
}

static NTSTATUS Start(PDRIVER_OBJECT Driver, NTSTATUS Status, PDRIVER_UNLOAD WithUnload)
{
    Order[0] = 0;
    Answer = Status;
    Wanted = WithUnload;
    PathGiven = NULL;
    return McLinkEntry(Entry, Driver, (PUNICODE_STRING)&Order);
}

int main(void)
{
    struct _DRIVER_OBJECT Driver = {NULL};

    Expect("the driver's status comes back", Start(&Driver, 7, Unload) == 7);
    Expect("INIT stands before the entry, no EXIT behind it", strcmp(Order, "IE") == 0);
    Driver.DriverUnload(&Driver);
    Expect("EXIT runs behind DriverUnload", strcmp(Order, "IEUX") == 0);
    Expect("INIT has the registry path given to the entry", PathGiven == Order);
    Expect("INIT's place is in the driver's entry", Places[0] == (char *)(size_t)Entry + 1);
    Expect("EXIT's is in its unload", Places[1] == (char *)(size_t)Unload + 1);

    Expect("a failure comes back", Start(&Driver, -5, Unload) == -5);
    Expect("EXIT runs when the entry fails", strcmp(Order, "IEX") == 0);
    Expect("its place is in the entry then", Places[1] == (char *)(size_t)Entry + 1);
    Expect("DriverUnload is not touched", Driver.DriverUnload == Unload);

    Start(&Driver, 0, NULL);
    Expect("a NULL DriverUnload stays NULL", Driver.DriverUnload == NULL);
    Expect("and MemCheck stays on", strcmp(Order, "IE") == 0);
    Expect("a NULL driver object does no harm", Start(NULL, 0, Unload) == 0);
    Expect("with a failure neither", Start(NULL, -1, Unload) == -1 && strcmp(Order, "IEX") == 0);
    printf("entry_host: %d passed, %d failed\n", Passed, Failed);
    return Failed != 0;
}
