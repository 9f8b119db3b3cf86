/*
 * link_test.h - a driver of several files on the kit's plain names. tests/checks/link.sh links it
 * with MemCheck and without, from the same objects. Define one BUG_... to plant a bug (bugs.c).
 */
#ifndef LINK_TEST_H
#define LINK_TEST_H

#ifdef __cplusplus
extern "C" {
#endif
#include <ntddk.h>

/* Each gives the number of bytes it used, so that plain and checked driver can be compared. */
ULONG TestDirect(VOID);                    /* calls of every routine, blocks of many sizes */
ULONG TestPointers(VOID);                  /* addresses of the routines in static data */
ULONG TestInline(VOID);                    /* an inline function as the kit has them */
ULONG TestLibrary(VOID);                   /* a static library built without MemCheck */
ULONG TestOperators(VOID);                 /* operators new and delete of C++ */
ULONG TestStrings(VOID);                   /* strings whose buffer the kit's routine frees */
ULONG TestHandOver(PDRIVER_OBJECT Driver); /* a block in Irp->IoStatus.Information */
ULONG TestBugs(VOID);                      /* what is planted, if anything */

/* The system: frees a block past MemCheck, as the PnP manager does with device relations. */
VOID SystemFrees(PVOID P);

/* Of the static library. */
PVOID LibraryCopy(const VOID *From, SIZE_T Size);
VOID LibraryRelease(PVOID P);

#ifdef __cplusplus
}
#endif

#define TEST_TAG 0x6B6E694Cu /* 'Link' */

#endif
