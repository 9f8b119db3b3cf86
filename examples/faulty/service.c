/* service.c - loading and unloading a driver by the service control manager (user mode). */
#include <windows.h>
#include <stdio.h>
#include "service.h"

#define STOP_SECONDS 30

static DWORD Failed(const char *What)
{
    DWORD Error = GetLastError();

    fprintf(stderr, "%s failed: error %lu\n", What, Error);
    return Error != 0 ? Error : ERROR_GEN_FAILURE;
}

/* Until it is unloaded. A driver without DriverUnload cannot be. */
static DWORD Stop(SC_HANDLE Service)
{
    SERVICE_STATUS Status;
    int Wait;

    if (!ControlService(Service, SERVICE_CONTROL_STOP, &Status)) {
        return GetLastError() == ERROR_SERVICE_NOT_ACTIVE ? 0 : Failed("ControlService");
    }
    for (Wait = 0; Wait < STOP_SECONDS * 10; Wait++) {
        if (!QueryServiceStatus(Service, &Status)) {
            return Failed("QueryServiceStatus");
        }
        if (Status.dwCurrentState == SERVICE_STOPPED) {
            return 0;
        }
        Sleep(100);
    }
    SetLastError(ERROR_SERVICE_REQUEST_TIMEOUT);
    return Failed("unloading");
}

static DWORD Remove(SC_HANDLE Manager, const char *Name)
{
    SC_HANDLE Service = OpenServiceA(Manager, Name, SERVICE_ALL_ACCESS);
    DWORD Error;

    if (Service == NULL) {
        return Failed("OpenService");
    }
    Error = Stop(Service);
    if (!DeleteService(Service)) {
        Error = Failed("DeleteService");
    }
    CloseServiceHandle(Service);
    return Error;
}

static DWORD Install(SC_HANDLE Manager, const char *Name, const char *Path)
{
    SC_HANDLE Service;
    DWORD Error = 0;

    Service = OpenServiceA(Manager, Name, SERVICE_QUERY_STATUS);
    if (Service != NULL) {
        CloseServiceHandle(Service);
        Remove(Manager, Name);
    }
    Service = CreateServiceA(Manager, Name, Name, SERVICE_ALL_ACCESS, SERVICE_KERNEL_DRIVER,
                             SERVICE_DEMAND_START, SERVICE_ERROR_NORMAL, Path, NULL, NULL, NULL,
                             NULL, NULL);
    if (Service == NULL) {
        return Failed("CreateService");
    }
    if (!StartServiceA(Service, 0, NULL)) {
        Error = Failed("StartService");
        DeleteService(Service);
    }
    CloseServiceHandle(Service);
    return Error;
}

static SC_HANDLE OpenManager(void)
{
    SC_HANDLE Manager = OpenSCManagerA(NULL, NULL, SC_MANAGER_ALL_ACCESS);

    if (Manager == NULL) {
        Failed("OpenSCManager (administrator's rights?)");
    }
    return Manager;
}

unsigned long ServiceInstall(const char *Name, const char *Path)
{
    char Full[MAX_PATH];
    DWORD Length = GetFullPathNameA(Path, sizeof(Full), Full, NULL);
    SC_HANDLE Manager;
    DWORD Error;

    if (Length == 0 || Length >= sizeof(Full)) {
        fprintf(stderr, "not a usable path: %s\n", Path);
        return ERROR_BAD_PATHNAME;
    }
    Manager = OpenManager();
    if (Manager == NULL) {
        return ERROR_ACCESS_DENIED;
    }
    Error = Install(Manager, Name, Full);
    CloseServiceHandle(Manager);
    return Error;
}

unsigned long ServiceRemove(const char *Name)
{
    SC_HANDLE Manager = OpenManager();
    DWORD Error;

    if (Manager == NULL) {
        return ERROR_ACCESS_DENIED;
    }
    Error = Remove(Manager, Name);
    CloseServiceHandle(Manager);
    return Error;
}
