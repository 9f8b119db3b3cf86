/* entry_kit.h - what src/link/entry.c takes from a kit, for a host: entry_host.c. */
#ifndef ENTRY_KIT_H
#define ENTRY_KIT_H

#include <stddef.h>

#define VOID void
#define NTAPI
#define NT_SUCCESS(Status) ((Status) >= 0)

typedef size_t ULONG_PTR;
typedef int NTSTATUS;
typedef struct _UNICODE_STRING *PUNICODE_STRING;
typedef struct _DRIVER_OBJECT *PDRIVER_OBJECT;
typedef void (*PDRIVER_UNLOAD)(PDRIVER_OBJECT DriverObject);
struct _DRIVER_OBJECT {
    PDRIVER_UNLOAD DriverUnload;
};

#endif
