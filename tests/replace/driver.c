/*
 * driver.c - a driver's file on the kit's names alone, for tests/checks/replace.sh: every routine
 * that is replaced, and what must stay. BY_HAND: with the header included by hand. The kit of the
 * tests named "new" has more routines: POOL_FLAGS.
 */
#ifdef __cplusplus
extern "C" {
#endif
#ifdef MORE_HEADERS
#include <wdm.h>
#endif
#include <ntddk.h>
#ifdef __cplusplus
}
#endif
#ifdef BY_HAND
#include "memcheck_replace.h"
#else

#endif

#ifdef __cplusplus
extern "C" {
#endif

PVOID NTAPI Allocate(SIZE_T Size);
VOID NTAPI Release(PVOID P, PUNICODE_STRING Unicode, PANSI_STRING Ansi, POEM_STRING Oem);
NTSTATUS NTAPI Pass(PDEVICE_OBJECT Device, PIRP Irp);

PVOID NTAPI Allocate(SIZE_T Size)
{
    PVOID P = ExAllocatePool(PagedPool, Size);

    if (!P) {
        P = ExAllocatePoolWithTag(PagedPool, Size++, 0x61626364);
    }
    if (!P) {
        P = ExAllocatePoolWithQuota(PagedPool, Size++);
    }
    if (!P) {
        P = ExAllocatePoolWithQuotaTag(PagedPool, Size++, 0x61626364);
    }
    if (!P) {
        P = ExAllocatePoolWithTagPriority(PagedPool, Size++, 0x61626364, NormalPoolPriority);
    }
#ifdef POOL_FLAG_REQUIRED_END
    if (!P) {
        P = ExAllocatePoolZero(PagedPool, Size++, 0x61626364);
    }
    if (!P) {
        P = ExAllocatePoolUninitialized(PagedPool, Size++, 0x61626364);
    }
    if (!P) {
        P = ExAllocatePoolQuotaZero(PagedPool, Size++, 0x61626364);
    }
    if (!P) {
        P = ExAllocatePoolQuotaUninitialized(PagedPool, Size++, 0x61626364);
    }
    if (!P) {
        P = ExAllocatePoolPriorityZero(PagedPool, Size++, 0x61626364, NormalPoolPriority);
    }
    if (!P) {
        P = ExAllocatePoolPriorityUninitialized(PagedPool, Size++, 0x61626364, NormalPoolPriority);
    }
    if (!P) {
        P = ExAllocatePool2(POOL_FLAG_NON_PAGED, Size++, 0x61626364);
    }
    if (!P) {
        P = ExAllocatePool3(POOL_FLAG_NON_PAGED, Size++, 0x61626364, NULL, 0);
    }
#endif
    return P;
}

VOID NTAPI Release(PVOID P, PUNICODE_STRING Unicode, PANSI_STRING Ansi, POEM_STRING Oem)
{
    RtlFreeUnicodeString(Unicode);
    RtlFreeAnsiString(Ansi);
#ifdef RTL_OEM
    RtlFreeOemString(Oem);
#else
    (void)Oem;
#endif
#ifdef POOL_FLAG_REQUIRED_END
    if (!Unicode) {
        ExFreePool2(P, 0x61626364, NULL, 0);
    }
#endif
    if (Ansi) {
        ExFreePoolWithTag(P, 0x61626364);
    } else {
        ExFreePool(P);
    }
}

NTSTATUS NTAPI Pass(PDEVICE_OBJECT Device, PIRP Irp)
{
    if (!Device) {
        IoCompleteRequest(Irp, 1);
        return 0;
    }
    return IoCallDriver(Device, Irp);
}

#ifdef POINTERS
/* The routines themselves: by name without "(", or in brackets. Nothing replaces these. */
VOID(NTAPI *Freer)(PVOID) = NULL;
PVOID NTAPI ByPointer(SIZE_T Size);

PVOID NTAPI ByPointer(SIZE_T Size)
{
    Freer = ExFreePool;
    return (ExAllocatePoolWithTag)(PagedPool, Size, 0x61626364);
}
#endif

#ifdef __cplusplus
}
#endif
