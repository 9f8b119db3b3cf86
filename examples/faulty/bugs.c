/*
 * bugs.c - the planted bugs, a function each, and correct code that must stay silent.
 *
 * A comment "BUG: name what" marks the lines that the report of a bug must name:
 *
 *   allocated   where the block was allocated
 *   freed       where it was freed the first time
 *   found       the call that finds the bug: a free, a check, a list, MEM_CHECK_EXIT (driver.c)
 *
 * run-demo.sh compares each report with these lines. A line that does the damage itself is marked
 * "damage": no report can name it, but its two neighbours lead there. A leak has no "found".
 */
#include <ntddk.h>
#include "memcheck.h"
#include "bugs.h"

typedef struct _ELEMENT {
    ULONG Id;
    ULONG Flags;
    ULONG Value;
    ULONG Owner;
} ELEMENT;

typedef struct _NODE {
    LIST_ENTRY Link;
    ULONG Number;
} NODE;

PVOID FaultyKept;
BOOLEAN FaultyFreeAfterExit;

static const POOL_TYPE PoolTypes[] = {NonPagedPool, PagedPool};
#define POOL_TYPES (sizeof(PoolTypes) / sizeof(PoolTypes[0]))

/* Damage is done through volatile pointers: what looks useless may not be left out. */
typedef volatile UCHAR *BYTES;

static VOID Fill(PVOID Buffer, SIZE_T Length, UCHAR Value)
{
    BYTES Bytes = Buffer;
    SIZE_T At;

    for (At = 0; At < Length; At++) {
        Bytes[At] = Value;
    }
}

/* As strcpy: writes the terminator too. */
static VOID CopyString(PVOID To, const char *From)
{
    BYTES Bytes = To;

    while (*From != 0) {
        *Bytes++ = (UCHAR)*From++;
    }
    *Bytes = 0;
}

/* ---- correct code ---- */

static NTSTATUS CleanBuffers(VOID)
{
    static const SIZE_T Sizes[] = {1, 2, 7, 8, 15, 16, 31, 100, 1000, 4080, 4096, 5000, 70000};
    PVOID Buffers[sizeof(Sizes) / sizeof(Sizes[0])];
    ULONG Type, At;
    ULONG Failed = 0;

    for (Type = 0; Type < POOL_TYPES; Type++) {
        for (At = 0; At < sizeof(Sizes) / sizeof(Sizes[0]); At++) {
            Buffers[At] = MEM_ALLOCATE_WITH_TAG(PoolTypes[Type], Sizes[At], FAULTY_TAG);
            if (Buffers[At] == NULL) {
                Failed++;
                continue;
            }
            Fill(Buffers[At], Sizes[At], 0xFF);
            if (!MEM_VALID_ACCESS((PUCHAR)Buffers[At] + Sizes[At] - 1)) {
                Failed++;
            }
        }
        Failed += MEM_CHECK();
        for (At = 0; At < sizeof(Sizes) / sizeof(Sizes[0]); At++) {
            if (Buffers[At] == NULL) {
                continue;
            }
            if (At % 2 == 0) {
                MEMCHECK_FREE(Buffers[At]);
            } else {
                MEMCHECK_FREE_WITH_TAG(Buffers[At], FAULTY_TAG);
            }
        }
    }
    return Failed == 0 ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
}

static VOID FreeList(PLIST_ENTRY Head)
{
    while (!IsListEmpty(Head)) {
        MEMCHECK_FREE(CONTAINING_RECORD(RemoveHeadList(Head), NODE, Link));
    }
}

static NTSTATUS CleanLists(VOID)
{
    LIST_ENTRY NonPaged, Paged;
    KSPIN_LOCK Lock;
    KIRQL Irql;
    NODE *Node;
    ULONG Number;
    NTSTATUS Status = STATUS_SUCCESS;

    InitializeListHead(&NonPaged);
    InitializeListHead(&Paged);
    KeInitializeSpinLock(&Lock);
    for (Number = 0; Number < 50; Number++) {
        KeAcquireSpinLock(&Lock, &Irql);
        Node = MEM_ALLOCATE(NonPagedPool, sizeof(*Node));
        if (Node != NULL) {
            Node->Number = Number;
            InsertTailList(&NonPaged, &Node->Link);
        }
        KeReleaseSpinLock(&Lock, Irql);
        if (Node == NULL) {
            Status = STATUS_INSUFFICIENT_RESOURCES;
        }
        Node = MEM_ALLOCATE(PagedPool, sizeof(*Node));
        if (Node != NULL) {
            Node->Number = Number;
            InsertHeadList(&Paged, &Node->Link);
        } else {
            Status = STATUS_INSUFFICIENT_RESOURCES;
        }
    }
    KeAcquireSpinLock(&Lock, &Irql);
    FreeList(&NonPaged);
    KeReleaseSpinLock(&Lock, Irql);
    FreeList(&Paged);
    return Status;
}

static NTSTATUS CleanStrings(VOID)
{
    static const char Text[] = "a string, its terminator counted";
    ULONG Type;
    PVOID Copy;

    for (Type = 0; Type < POOL_TYPES; Type++) {
        Copy = MEM_ALLOCATE_WITH_TAG(PoolTypes[Type], sizeof(Text), FAULTY_TAG);
        if (Copy == NULL) {
            return STATUS_INSUFFICIENT_RESOURCES;
        }
        CopyString(Copy, Text);
        MEMCHECK_FREE_WITH_TAG(Copy, FAULTY_TAG);
    }
    return STATUS_SUCCESS;
}

/* ---- writes outside the buffer ---- */

static NTSTATUS OverrunByOne(VOID)
{
    BYTES Buffer = MEM_ALLOCATE(NonPagedPool, 64); /* BUG: overrun-by-one allocated */
    ULONG At;

    if (Buffer == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    for (At = 0; At <= 64; At++) {
        Buffer[At] = 0x61; /* BUG: overrun-by-one damage */
    }
    MEMCHECK_FREE((PVOID)Buffer); /* BUG: overrun-by-one found */
    return STATUS_SUCCESS;
}

static NTSTATUS OverrunNul(VOID)
{
    static const char Text[] = "sixteen letters!";
    const ULONG Length = sizeof(Text) - 1;
    PVOID Copy;

    Copy = MEM_ALLOCATE_WITH_TAG(NonPagedPool, Length, FAULTY_TAG); /* BUG: overrun-nul allocated */
    if (Copy == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    CopyString(Copy, Text);                   /* BUG: overrun-nul damage */
    MEMCHECK_FREE_WITH_TAG(Copy, FAULTY_TAG); /* BUG: overrun-nul found */
    return STATUS_SUCCESS;
}

static NTSTATUS OverrunSlack(VOID)
{
    BYTES Buffer = MEM_ALLOCATE(PagedPool, 100); /* BUG: overrun-slack allocated */

    if (Buffer == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    Buffer[102] = 0;              /* BUG: overrun-slack damage */
    MEMCHECK_FREE((PVOID)Buffer); /* BUG: overrun-slack found */
    return STATUS_SUCCESS;
}

static NTSTATUS OverrunMany(VOID)
{
    volatile ELEMENT *Array;

    Array = MEM_ALLOCATE(NonPagedPool, 12 * sizeof(ELEMENT)); /* BUG: overrun-many allocated */
    if (Array == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    Array[12].Id = 12;    /* BUG: overrun-many damage */
    Array[12].Flags = 0;  /* BUG: overrun-many damage */
    Array[12].Value = 55; /* BUG: overrun-many damage */
    MEM_CHECK();          /* BUG: overrun-many found */
    MEMCHECK_FREE((PVOID)Array);
    return STATUS_SUCCESS;
}

static NTSTATUS OverrunPaged(VOID)
{
    static const WCHAR Text[] = L"\\Device\\Name";
    const ULONG Length = sizeof(Text) / sizeof(Text[0]) - 1;
    volatile WCHAR *Copy;
    ULONG At;

    Copy = MEM_ALLOCATE(PagedPool, Length * sizeof(WCHAR)); /* BUG: overrun-paged allocated */
    if (Copy == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    for (At = 0; At < Length; At++) {
        Copy[At] = Text[At];
    }
    Copy[Length] = 0;   /* BUG: overrun-paged damage */
    MEM_LIST_DISPLAY(); /* BUG: overrun-paged found */
    MEMCHECK_FREE((PVOID)Copy);
    return STATUS_SUCCESS;
}

static NTSTATUS Underrun(VOID)
{
    BYTES Text = MEM_ALLOCATE(NonPagedPool, 40); /* BUG: underrun allocated */
    LONG At;

    if (Text == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    Fill((PVOID)Text, 40, ' ');
    for (At = 39; At >= -1; At--) {
        Text[At] = 0; /* BUG: underrun damage */
    }
    MEMCHECK_FREE((PVOID)Text); /* BUG: underrun found */
    return STATUS_SUCCESS;
}

static NTSTATUS UnderrunPaged(VOID)
{
    volatile ULONG *Numbers = MEM_ALLOCATE(PagedPool, 80); /* BUG: underrun-paged allocated */
    LONG Index = -1;

    if (Numbers == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    Numbers[Index] = 7; /* BUG: underrun-paged damage */
    MEM_CHECK();        /* BUG: underrun-paged found */
    MEMCHECK_FREE((PVOID)Numbers);
    return STATUS_SUCCESS;
}

/* ---- writes to freed buffers ---- */

static NTSTATUS WriteAfterFree(VOID)
{
    volatile ELEMENT *Element;

    Element = MEM_ALLOCATE(NonPagedPool, sizeof(*Element)); /* BUG: write-after-free allocated */
    if (Element == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    MEMCHECK_FREE((PVOID)Element); /* BUG: write-after-free freed */
    Element->Flags = 0;            /* BUG: write-after-free damage */
    MEM_CHECK();                   /* BUG: write-after-free found */
    return STATUS_SUCCESS;
}

/* Frees so much that every block now in the paged quarantine leaves it: 16 MB. The patrol may look
 * at it sooner, in either call. */
static NTSTATUS WriteLeaving(VOID)
{
    volatile ELEMENT *Element;
    PVOID Buffer;
    ULONG Round;

    Element = MEM_ALLOCATE(PagedPool, sizeof(*Element)); /* BUG: write-after-free-late allocated */
    if (Element == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    MEMCHECK_FREE((PVOID)Element); /* BUG: write-after-free-late freed */
    Element->Owner = 1;            /* BUG: write-after-free-late damage */
    for (Round = 0; Round < 4096; Round++) {
        Buffer = MEM_ALLOCATE(PagedPool, 3000); /* BUG: write-after-free-late found */
        if (Buffer == NULL) {
            return STATUS_INSUFFICIENT_RESOURCES;
        }
        MEMCHECK_FREE(Buffer); /* BUG: write-after-free-late found */
    }
    return STATUS_SUCCESS;
}

static NTSTATUS WriteAtExit(VOID)
{
    BYTES Buffer = MEM_ALLOCATE(PagedPool, 200); /* BUG: write-after-free-exit allocated */

    if (Buffer == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    MEMCHECK_FREE((PVOID)Buffer);  /* BUG: write-after-free-exit freed */
    Fill((PVOID)Buffer, 24, 0x2E); /* BUG: write-after-free-exit damage */
    return STATUS_SUCCESS;
}

/* ---- frees that should not be ---- */

static NTSTATUS DoubleFree(VOID)
{
    PVOID Buffer = MEM_ALLOCATE(NonPagedPool, 300); /* BUG: double-free allocated */

    if (Buffer == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    MEMCHECK_FREE(Buffer); /* BUG: double-free freed */
    MEMCHECK_FREE(Buffer); /* BUG: double-free found */
    return STATUS_SUCCESS;
}

static NTSTATUS DoubleFreePaged(VOID)
{
    PVOID Buffer;

    Buffer =
        MEM_ALLOCATE_WITH_TAG(PagedPool, 48, FAULTY_TAG); /* BUG: double-free-paged allocated */
    if (Buffer == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    MEMCHECK_FREE_WITH_TAG(Buffer, FAULTY_TAG); /* BUG: double-free-paged freed */
    MEMCHECK_FREE_WITH_TAG(Buffer, FAULTY_TAG); /* BUG: double-free-paged found */
    return STATUS_SUCCESS;
}

static NTSTATUS InteriorFree(VOID)
{
    PUCHAR Buffer = MEM_ALLOCATE(NonPagedPool, 128); /* BUG: interior-free allocated */

    if (Buffer == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    MEMCHECK_FREE(Buffer + 32); /* BUG: interior-free found */
    MEMCHECK_FREE(Buffer);
    return STATUS_SUCCESS;
}

static NTSTATUS RedzoneFree(VOID)
{
    PUCHAR Buffer = MEM_ALLOCATE(PagedPool, 64); /* BUG: redzone-free allocated */

    if (Buffer == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    MEMCHECK_FREE(Buffer + 64); /* BUG: redzone-free found */
    MEMCHECK_FREE(Buffer);
    return STATUS_SUCCESS;
}

static NTSTATUS RedzoneFreeFront(VOID)
{
    PUCHAR Buffer = MEM_ALLOCATE(NonPagedPool, 72); /* BUG: redzone-free-front allocated */

    if (Buffer == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    MEMCHECK_FREE(Buffer - 16); /* BUG: redzone-free-front found */
    MEMCHECK_FREE(Buffer);
    return STATUS_SUCCESS;
}

static NTSTATUS WildFreeNull(VOID)
{
    MEMCHECK_FREE(NULL); /* BUG: wild-free-null found */
    return STATUS_SUCCESS;
}

static NTSTATUS WildFreeStack(VOID)
{
    ELEMENT Local[4];

    Fill(Local, sizeof(Local), 0);
    MEMCHECK_FREE(Local); /* BUG: wild-free-stack found */
    return STATUS_SUCCESS;
}

static NTSTATUS WildFreeImage(VOID)
{
    static ELEMENT Static[4];

    MEMCHECK_FREE(Static); /* BUG: wild-free-image found */
    return STATUS_SUCCESS;
}

static NTSTATUS WrongTag(VOID)
{
    PVOID Buffer;

    Buffer = MEM_ALLOCATE_WITH_TAG(PagedPool, 256, FAULTY_TAG); /* BUG: wrong-tag allocated */
    if (Buffer == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    MEMCHECK_FREE_WITH_TAG(Buffer, FAULTY_OTHER_TAG); /* BUG: wrong-tag found */
    return STATUS_SUCCESS;
}

/* ---- questions about addresses ---- */

static NTSTATUS BadAccess(VOID)
{
    PUCHAR Buffer = MEM_ALLOCATE(NonPagedPool, 50); /* BUG: bad-access allocated */
    BOOLEAN Valid;

    if (Buffer == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    Valid = MEM_VALID_ACCESS(Buffer + 50); /* BUG: bad-access found */
    MEMCHECK_FREE(Buffer);
    return Valid ? STATUS_UNSUCCESSFUL : STATUS_SUCCESS;
}

static NTSTATUS BadAccessFreed(VOID)
{
    PUCHAR Buffer = MEM_ALLOCATE(PagedPool, 50); /* BUG: bad-access-freed allocated */

    if (Buffer == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    MEMCHECK_FREE(Buffer);          /* BUG: bad-access-freed freed */
    if (MEM_VALID_ACCESS(Buffer)) { /* BUG: bad-access-freed found */
        return STATUS_UNSUCCESSFUL;
    }
    return STATUS_SUCCESS;
}

/* ---- buffers never freed ---- */

static NTSTATUS LeakNonPaged(VOID)
{
    PVOID Buffer;
    ULONG Round;

    for (Round = 0; Round < 3; Round++) {
        Buffer = MEM_ALLOCATE(NonPagedPool, 96); /* BUG: leak-nonpaged allocated */
        if (Buffer == NULL) {
            return STATUS_INSUFFICIENT_RESOURCES;
        }
        Fill(Buffer, 96, 1);
    }
    return STATUS_SUCCESS;
}

static NTSTATUS LeakPaged(VOID)
{
    PVOID Buffer;

    Buffer = MEM_ALLOCATE_WITH_TAG(PagedPool, 4096, FAULTY_TAG); /* BUG: leak-paged allocated */
    return Buffer != NULL ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

static NTSTATUS LeakKept(VOID)
{
    if (FaultyKept == NULL) {
        FaultyKept = MEM_ALLOCATE(NonPagedPool, 24); /* BUG: leak-kept allocated */
    }
    return FaultyKept != NULL ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

/* The free itself is in FaultyUnload. It needs the buffer of LeakKept. */
static NTSTATUS AfterExitFree(VOID)
{
    FaultyFreeAfterExit = FaultyKept != NULL;
    return FaultyFreeAfterExit ? STATUS_SUCCESS : STATUS_INVALID_DEVICE_STATE;
}

NTSTATUS FaultyRun(ULONG Bug)
{
#define FUNCTION(Id, Name, Kind, Pool, Text) Id,
    static NTSTATUS (*const Functions[])(VOID) = {FAULTY_BUGS(FUNCTION)};
#undef FUNCTION

    return Functions[Bug]();
}
