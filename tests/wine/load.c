/*
 * load.c - load a driver by the service control manager, and unload it.
 *
 *   load NAME PATH [OPTIONS]
 *
 * OPTIONS is MemCheck's option string: value MemCheckOptions of the service's key Parameters, which
 * goes with the service.
 * Exit status: 0 loaded and unloaded, 1 unloading failed, 2 wrong usage, 3 DriverEntry failed, 4
 * the driver could not be started for another reason (no such file, too slow, no rights).
 */
#include <windows.h>
#include <stdio.h>
#include <string.h>
#include "service.h"

/* Not about what DriverEntry returned. */
static int IsLoadersError(unsigned long Error)
{
    return Error == ERROR_SERVICE_REQUEST_TIMEOUT || Error == ERROR_FILE_NOT_FOUND ||
           Error == ERROR_PATH_NOT_FOUND || Error == ERROR_BAD_PATHNAME ||
           Error == ERROR_MOD_NOT_FOUND || Error == ERROR_BAD_EXE_FORMAT ||
           Error == ERROR_ACCESS_DENIED || Error == ERROR_SERVICE_EXISTS;
}

static unsigned long SetOptions(const char *Name, const char *Options)
{
    char Key[512];
    unsigned long Error;
    HKEY Parameters;

    snprintf(Key, sizeof(Key), "System\\CurrentControlSet\\Services\\%s\\Parameters", Name);
    Error = RegCreateKeyExA(HKEY_LOCAL_MACHINE, Key, 0, NULL, 0, KEY_SET_VALUE, NULL, &Parameters,
                            NULL);
    if (Error == 0) {
        Error = RegSetValueExA(Parameters, "MemCheckOptions", 0, REG_SZ, (const BYTE *)Options,
                               (DWORD)strlen(Options) + 1);
        RegCloseKey(Parameters);
    }
    if (Error != 0) {
        fprintf(stderr, "the option string cannot be set: error %lu\n", Error);
    }
    return Error;
}

int main(int Count, char **Arguments)
{
    unsigned long Error;

    if (Count != 3 && Count != 4) {
        fprintf(stderr, "usage: load NAME PATH [OPTIONS]\n");
        return 2;
    }
    if (Count == 4 && SetOptions(Arguments[1], Arguments[3]) != 0) {
        return 4;
    }
    Error = ServiceInstall(Arguments[1], Arguments[2]);
    if (Error != 0) {
        return IsLoadersError(Error) ? 4 : 3;
    }
    return ServiceRemove(Arguments[1]) != 0 ? 1 : 0;
}
