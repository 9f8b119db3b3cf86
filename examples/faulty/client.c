/*
 * client.c - loads the faulty driver, triggers its bugs by name, unloads it. A console program.
 *
 *   client install PATH    make the driver service and load the driver at PATH
 *   client run NAME...     trigger bugs, one after the other; --all: every row of the table
 *   client remove          unload the driver (its leaks are reported now), delete the service
 *   client --list          the table: name, kind of finding, pool, what the driver does
 *
 * Exit status: 0, 1 something failed, 2 wrong usage, 3 there is no driver loaded.
 */
#include <windows.h>
#include <winioctl.h>
#include <stdio.h>
#include <string.h>
#include "faulty.h"
#include "service.h"

#define SERVICE_NAME "MemCheckFaulty"

typedef struct _ROW {
    const char *Name;
    const char *Kind;
    const char *Pool;
    const char *Text;
} ROW;

#define ROW_OF(Id, Name, Kind, Pool, Text) {Name, Kind, Pool, Text},
static const ROW Rows[] = {FAULTY_BUGS(ROW_OF)};

static int List(void)
{
    int Bug;

    for (Bug = 0; Bug < FaultyBugCount; Bug++) {
        printf("%-21s %-16s %-9s %s\n", Rows[Bug].Name, Rows[Bug].Kind, Rows[Bug].Pool,
               Rows[Bug].Text);
    }
    return 0;
}

static int Trigger(HANDLE Device, int Bug)
{
    DWORD Returned;

    printf("%s: %s\n", Rows[Bug].Name, Rows[Bug].Text);
    fflush(stdout);
    if (!DeviceIoControl(Device, FAULTY_IOCTL(Bug), NULL, 0, NULL, 0, &Returned, NULL)) {
        fprintf(stderr, "%s: the driver failed it: error %lu\n", Rows[Bug].Name, GetLastError());
        return 1;
    }
    return 0;
}

static int TriggerNamed(HANDLE Device, const char *Name)
{
    int All = strcmp(Name, "--all") == 0;
    int Found = 0;
    int Failed = 0;
    int Bug;

    for (Bug = 0; Bug < FaultyBugCount; Bug++) {
        if (All || strcmp(Name, Rows[Bug].Name) == 0) {
            Found = 1;
            Failed |= Trigger(Device, Bug);
        }
    }
    if (!Found) {
        fprintf(stderr, "%s: no such bug (client --list has them)\n", Name);
        return 1;
    }
    return Failed;
}

static int Run(int Count, char **Names)
{
    HANDLE Device;
    int Failed = 0;
    int At;

    Device =
        CreateFileW(FAULTY_PATH, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL);
    if (Device == INVALID_HANDLE_VALUE) {
        fprintf(stderr, "the device cannot be opened: error %lu (is the driver loaded?)\n",
                GetLastError());
        return 3;
    }
    for (At = 0; At < Count; At++) {
        Failed |= TriggerNamed(Device, Names[At]);
    }
    CloseHandle(Device);
    return Failed;
}

int main(int Count, char **Arguments)
{
    const char *Command = Count > 1 ? Arguments[1] : "";

    if (Count == 3 && strcmp(Command, "install") == 0) {
        return ServiceInstall(SERVICE_NAME, Arguments[2]) != 0;
    }
    if (Count >= 3 && strcmp(Command, "run") == 0) {
        return Run(Count - 2, Arguments + 2);
    }
    if (Count == 2 && strcmp(Command, "--all") == 0) {
        return Run(1, Arguments + 1);
    }
    if (Count == 2 && strcmp(Command, "remove") == 0) {
        return ServiceRemove(SERVICE_NAME) != 0;
    }
    if (Count == 2 && strcmp(Command, "--list") == 0) {
        return List();
    }
    fprintf(stderr, "usage: client install PATH | run NAME... | --all | remove | --list\n");
    return 2;
}
