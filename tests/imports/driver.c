/*
 * driver.c - the smallest driver that uses all of MemCheck, for tests/checks/imports.sh.
 * SEED_MEMCMP and SEED_DBGPRINTEX plant imports that old systems do not have.
 */
#include <ntddk.h>
#include "memcheck.h"

#ifdef SEED_MEMCMP
int __cdecl memcmp(const void *A, const void *B, size_t Size);
#endif

static VOID NTAPI Unload(PDRIVER_OBJECT Driver)
{
    (void)Driver;
    MEM_CHECK_EXIT();
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT Driver, PUNICODE_STRING Path);

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT Driver, PUNICODE_STRING Path)
{
    PVOID P;

    MEM_CHECK_INIT();
    Driver->DriverUnload = Unload;
    P = MEM_ALLOCATE(NonPagedPool, Path->Length);
#ifdef SEED_MEMCMP
    if (memcmp(P, Path, Path->Length) == 0) {
        MEM_LIST_DISPLAY();
    }
#endif
#ifdef SEED_DBGPRINTEX
    DbgPrintEx(77, 0, "%p\n", P);
#endif
    MEMCHECK_FREE(P);
    P = MEM_ALLOCATE_WITH_TAG(PagedPool, 5, 0x74736554u);
    if (MEM_CHECK() == 0 && MEM_VALID_ACCESS(P) && MEM_VALID_RANGE(P, 5)) {
        MEM_DESCRIBE(P);
        MEM_LIST_DISPLAY();
    }
    MEMCHECK_PRINT(("%p\n", P));
    MEMCHECK_FREE_WITH_TAG(P, 0x74736554u);
    return STATUS_SUCCESS;
}
