/* driver.c - entry, unload, and the direct calls. */
#include "link_test.h"

/* Kept until unloading: EXIT must run behind DriverUnload, else these are leaks. */
static PVOID Kept[4];

static VOID Write(PVOID P, SIZE_T Size, UCHAR Value)
{
    volatile UCHAR *Byte = (volatile UCHAR *)P;
    SIZE_T I;

    for (I = 0; I < Size; I++) {
        Byte[I] = Value;
    }
}

ULONG TestDirect(VOID)
{
    static const USHORT Sizes[] = {1, 7, 8, 24, 100, 512, 4000, 4096, 5000};
    ULONG Used = 0;
    ULONG I;
    PVOID P;

    for (I = 0; I < sizeof(Sizes) / sizeof(Sizes[0]); I++) {
        P = ExAllocatePool(NonPagedPool, Sizes[I]);
        if (P != NULL) {
            Write(P, Sizes[I], 0x11);
            ExFreePool(P);
            Used += Sizes[I];
        }
        P = ExAllocatePoolWithTag(PagedPool, Sizes[I], TEST_TAG);
        if (P != NULL) {
            Write(P, Sizes[I], 0x22);
            ExFreePoolWithTag(P, TEST_TAG);
            Used += Sizes[I];
        }
    }
    return Used;
}

static VOID NTAPI Unload(PDRIVER_OBJECT Driver)
{
    ULONG I;

    (void)Driver;
    for (I = 0; I < sizeof(Kept) / sizeof(Kept[0]); I++) {
        ExFreePool(Kept[I]);
    }
    DbgPrint("link-test: unloaded\n");
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT Driver, PUNICODE_STRING RegistryPath)
{
    ULONG I;

    (void)RegistryPath;
    DbgPrint("link-test: direct %lu\n", TestDirect());
    DbgPrint("link-test: pointers %lu\n", TestPointers());
    DbgPrint("link-test: inline %lu\n", TestInline());
    DbgPrint("link-test: library %lu\n", TestLibrary());
    DbgPrint("link-test: operators %lu\n", TestOperators());
    DbgPrint("link-test: strings %lu\n", TestStrings());
    DbgPrint("link-test: hand-over %lu\n", TestHandOver(Driver));
    DbgPrint("link-test: bugs %lu\n", TestBugs());
#ifdef FAIL_ENTRY
    DbgPrint("link-test: failing\n");
    return STATUS_UNSUCCESSFUL;
#endif
    for (I = 0; I < sizeof(Kept) / sizeof(Kept[0]); I++) {
        Kept[I] = ExAllocatePoolWithTag(NonPagedPool, 64, TEST_TAG);
        if (Kept[I] == NULL) {
            return STATUS_INSUFFICIENT_RESOURCES;
        }
    }
#ifndef NO_UNLOAD
    Driver->DriverUnload = Unload;
#else
    (void)Unload;
#endif
    DbgPrint("link-test: loaded\n");
    return STATUS_SUCCESS;
}
