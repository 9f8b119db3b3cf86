/*
 * sample.c - a driver's source that uses every MEM_... name, for the proof that switched off
 * nothing of MemCheck is left (tests/checks/off.sh). The check makes a second one of it: each name
 * replaced, on the same line, by what the kit calls it, and each checking call by nothing.
 */
#include <ntddk.h>
#include "memcheck.h"

#define SAMPLE_TAG 0x706D6153u /* 'Samp' */

typedef struct _SAMPLE {
    PVOID Buffer;
    ULONG Length;
    ULONG Damaged;
} SAMPLE;

static SAMPLE Sample;
#ifdef MEMCHECK_ON
static VOID NTAPI SampleFound(const MC_FOUND *Found, PVOID Context)
{
    ((SAMPLE *)Context)->Length = Found->Report;
}
#endif
static ULONG Evaluated;
MEM_CHECKPOINT_DEFINE(Closed);

static SIZE_T SampleLength(ULONG Count)
{
    Evaluated++;
    return Count * sizeof(ULONG);
}

static VOID SampleFill(ULONG *Words, ULONG Count)
{
    ULONG I;

    for (I = 0; I < Count; I++) {
        Words[I] = I;
    }
}

PVOID NTAPI SampleOpen(ULONG Count);
ULONG NTAPI SampleClose(PVOID P);
NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT Driver, PUNICODE_STRING Path);

PVOID NTAPI SampleOpen(ULONG Count)
{
    MEM_CHECKPOINT_DEFINE(Opened);
    ULONG *Words = MEM_ALLOCATE_WITH_TAG(PagedPool, SampleLength(Count), SAMPLE_TAG);

    if (Words == NULL) {
        MEMCHECK_PRINT(("no memory for %u words\n", Count));
        return NULL;
    }
    SampleFill(Words, Count);
    MEM_CHECK();
    if (MEM_CHECK() != 0) {
        Sample.Damaged++;
    }
    if (!MEM_VALID_ACCESS(Words)) {
        return NULL;
    }
    MEM_VALID_ACCESS(Words + 1);
    if (!MEM_VALID_RANGE(Words, Evaluated++)) {
        return NULL;
    }
    MEM_VALID_RANGE(Words, Evaluated++);
    MEM_DESCRIBE(Words + Evaluated++);
    MEM_CHECKPOINT(&Opened);
    MEM_CHECKPOINT(&Closed);
    if (MEM_DIFFERENCE(&Opened) != 0) {
        Sample.Damaged++;
    }
    MEM_DIFFERENCE(&Closed);
    MEM_STATISTICS();
    MEMCHECK_DEBUG(("opened\n"));
    return Words;
}

ULONG NTAPI SampleClose(PVOID P)
{
    ULONG Found = MEM_CHECK();

    MEMCHECK_FREE_WITH_TAG(P, SAMPLE_TAG);
    return Found + Sample.Damaged;
}

static VOID NTAPI SampleUnload(PDRIVER_OBJECT Driver)
{
    (void)Driver;
    if (Sample.Buffer != NULL)
        MEMCHECK_FREE(Sample.Buffer);
    else {
        MEM_LIST_DISPLAY();
    }
    MEM_LIST_DISPLAY();
    MEM_CHECK_EXIT();
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT Driver, PUNICODE_STRING Path)
{
    PVOID P;

    MEM_CHECK_INIT();
    MEM_CHECK_INIT_EX(Path);
    MEM_CHECK_OPTIONS();
    MEM_ON_FINDING(SampleFound, &Sample);
    Driver->DriverUnload = SampleUnload;
    Sample.Length = Path->Length;
    Sample.Buffer = MEM_ALLOCATE(NonPagedPool, Sample.Length);
    if (Sample.Buffer == NULL) {
        MEM_CHECK_EXIT();
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    P = SampleOpen(16);
    if (P != NULL) {
        SampleClose(P);
    }
    return STATUS_SUCCESS;
}
