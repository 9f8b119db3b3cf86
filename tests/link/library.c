/* library.c - a static library that nobody compiled for MemCheck. */
#include "link_test.h"

PVOID LibraryCopy(const VOID *From, SIZE_T Size)
{
    PUCHAR Copy = (PUCHAR)ExAllocatePoolWithTag(NonPagedPool, Size, TEST_TAG);
    SIZE_T I;

    for (I = 0; Copy != NULL && I < Size; I++) {
        ((volatile UCHAR *)Copy)[I] = ((const UCHAR *)From)[I];
    }
    return Copy;
}

VOID LibraryRelease(PVOID P)
{
    ExFreePoolWithTag(P, TEST_TAG);
}
