/*
 * bus.h - what the files of the bus driver share.
 *
 * A bus without hardware: children are plugged in and ejected, and the Plug and Play requests that
 * ask for them are answered. It is written on the kit's own names, as any driver is.
 */
#ifndef BUS_H
#define BUS_H

#include <ntddk.h>

#define BUS_TAG_CHILD   0x43737542 /* 'BusC', as a debugger shows it: children, their memories */
#define BUS_TAG_NAME    0x4E737542 /* 'BusN': names */
#define BUS_TAG_ANSWER  0x41737542 /* 'BusA': answers, which the system frees */
#define BUS_TAG_NOTE    0x4A737542 /* 'BusJ': notes of the journal */
#define BUS_TAG_LETTER  0x4C737542 /* 'BusL': what the text library frees */
#define BUS_NAME_LENGTH 64         /* characters of the longest name, its NUL included */

/* One child. Nonpaged: the list is walked under a spin lock. */
typedef struct _BUS_CHILD {
    LIST_ENTRY Link; /* in BUS.Children */
    ULONG Serial;
    ULONG MemorySize;
    PUCHAR Memory; /* what the child has stored */
    PDEVICE_OBJECT Device;
    UNICODE_STRING Name; /* its buffer is paged: not for a holder of the lock */
} BUS_CHILD, *PBUS_CHILD;

/* The bus. */
typedef struct _BUS {
    KSPIN_LOCK Lock; /* of the two below */
    LIST_ENTRY Children;
    ULONG Count;
    PDRIVER_OBJECT Driver;
    PDEVICE_OBJECT Root; /* the device that the bus hangs on; the bus passes requests to it */
    PDEVICE_OBJECT Device;
} BUS, *PBUS;

typedef enum _BUS_KIND { BusKindRoot, BusKindBus, BusKindChild } BUS_KIND;

/* What each device object carries. */
typedef struct _BUS_EXTENSION {
    BUS_KIND Kind;
    PBUS Bus;
    PBUS_CHILD Child; /* of BusKindChild */
} BUS_EXTENSION, *PBUS_EXTENSION;

/* Nonpaged memory, filled with zeros; NULL when there is none. IRQL <= DISPATCH_LEVEL. */
static __inline PVOID BusAllocateZeroed(SIZE_T Size, ULONG Tag)
{
    /* BUG: double-free, write-after-free allocated */
    PVOID P = ExAllocatePoolWithTag(NonPagedPool, Size, Tag);

    if (P != NULL) {
        RtlZeroMemory(P, Size);
    }
    return P;
}

/* ---- children.c; PASSIVE_LEVEL but where it says otherwise ---- */

/* STATUS_OBJECT_NAME_COLLISION: there is a child of that number. */
NTSTATUS BusPlugIn(PBUS Bus, ULONG Serial, PCSTR Name);
/* STATUS_NO_SUCH_DEVICE: there is none. */
NTSTATUS BusEject(PBUS Bus, ULONG Serial);
VOID BusEjectAll(PBUS Bus);
/* The device objects of all children, referenced, as an answer for the system to free. NULL: no
 * memory. <= DISPATCH_LEVEL. */
PDEVICE_RELATIONS BusChildRelations(PBUS Bus);
/* Print each, with the sum of its memory. */
VOID BusShow(PBUS Bus);

/* ---- names.c; PASSIVE_LEVEL ---- */

/* A name from 8-bit text; give it to BusNameFree. */
NTSTATUS BusNameFromText(PUNICODE_STRING Name, PCSTR Text);
/* "Text-Number", in a buffer of our own; give it to BusNameFree. */
NTSTATUS BusNameNumbered(PUNICODE_STRING Name, PCSTR Text, ULONG Number);
VOID BusNameFree(PUNICODE_STRING Name);
/* "bus: What Name" on the debug output. */
VOID BusNamePrint(PCSTR What, PUNICODE_STRING Name);
/* A copy for the system to free, with a NUL behind, and another where Multi is set. NULL: no
 * memory. */
PWSTR BusNameAnswer(PUNICODE_STRING Name, BOOLEAN Multi);

/* ---- journal.c; IRQL <= DISPATCH_LEVEL ---- */

/* Note an event; the oldest note goes when there are JOURNAL_NOTES. Text: a literal. */
VOID JournalNote(PCSTR Text, ULONG Number);
VOID JournalShow(VOID);
VOID JournalEnd(VOID);

/* ---- pnp.c ---- */

DRIVER_DISPATCH BusPnp;

/* ---- scenario.c: all of it in use, PASSIVE_LEVEL ---- */

VOID BusScenario(PBUS Bus);

#endif
