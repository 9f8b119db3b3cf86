/*
 * load.c - load a driver by the service control manager, and unload it.
 *
 *   load NAME PATH
 *
 * Exit status: 0 loaded and unloaded, 1 unloading failed, 2 wrong usage, 3 DriverEntry failed, 4
 * the driver could not be started for another reason (no such file, too slow, no rights).
 */
#include <windows.h>
#include <stdio.h>
#include "service.h"

/* Not about what DriverEntry returned. */
static int IsLoadersError(unsigned long Error)
{
    return Error == ERROR_SERVICE_REQUEST_TIMEOUT || Error == ERROR_FILE_NOT_FOUND ||
           Error == ERROR_PATH_NOT_FOUND || Error == ERROR_BAD_PATHNAME ||
           Error == ERROR_MOD_NOT_FOUND || Error == ERROR_BAD_EXE_FORMAT ||
           Error == ERROR_ACCESS_DENIED || Error == ERROR_SERVICE_EXISTS;
}

int main(int Count, char **Arguments)
{
    unsigned long Error;

    if (Count != 3) {
        fprintf(stderr, "usage: load NAME PATH\n");
        return 2;
    }
    Error = ServiceInstall(Arguments[1], Arguments[2]);
    if (Error != 0) {
        return IsLoadersError(Error) ? 4 : 3;
    }
    return ServiceRemove(Arguments[1]) != 0 ? 1 : 0;
}
