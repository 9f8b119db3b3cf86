/* buslib.h - a static library that the bus driver links, as another team would deliver it. */
#ifndef BUSLIB_H
#define BUSLIB_H

#include <ntddk.h>

#define BUSLIB_TAG 0x54737542 /* 'BusT' */

/* ---- manager.c: the part of the Plug and Play manager; PASSIVE_LEVEL ---- */

/*
 * Ask the device for its relations (how many they are; the references are given back) or for a
 * string, copied to Text and cut to Size characters, NUL included. The answer's buffer is freed
 * here, as the system does it.
 */
NTSTATUS ManagerCountRelations(PDEVICE_OBJECT Device, PULONG Count);
NTSTATUS ManagerQueryId(PDEVICE_OBJECT Device, BUS_QUERY_ID_TYPE Type, PWSTR Text, ULONG Size);
NTSTATUS ManagerQueryText(PDEVICE_OBJECT Device, PWSTR Text, ULONG Size);

/* ---- text.c; IRQL <= DISPATCH_LEVEL ---- */

/* Both texts in one nonpaged buffer; the caller frees it, with BUSLIB_TAG. NULL: no memory. */
PSTR TextJoin(PCSTR First, PCSTR Second);
/* How many letters; the text, in pool memory of the caller's, is freed. */
ULONG TextCountAndFree(PSTR Text);

#endif
