/*
 * rawways.c - rawcheck.c for drivers whose buffers the kit's string routines free: those are frees
 * of the pool, too, and under Wine they go to another heap and are ignored.
 *
 * A buffer that a string routine of the system allocated is none of the pool's here, and passed on.
 * build-rawways.sh makes an object for each way in which a driver comes to MemCheck.
 */
#include "rawcheck.c"

/* UNICODE_STRING and ANSI_STRING are laid out alike. */
typedef VOID(NTAPI *REAL_FREE)(PUNICODE_STRING String);
VOID NTAPI McRawRtlFreeUnicodeString(PUNICODE_STRING String);
VOID NTAPI McRawRtlFreeAnsiString(PUNICODE_STRING String);
VOID NTAPI McRawRtlFreeOemString(PUNICODE_STRING String);

VOID NTAPI RawFreeUnicode(PUNICODE_STRING String) SYMBOL("RtlFreeUnicodeString", "4");
VOID NTAPI RawFreeAnsi(PUNICODE_STRING String) SYMBOL("RtlFreeAnsiString", "4");
VOID NTAPI RawFreeOem(PUNICODE_STRING String) SYMBOL("RtlFreeOemString", "4");

extern const PVOID RawFreeUnicodePointer POINTER("RtlFreeUnicodeString", "4");
extern const PVOID RawFreeAnsiPointer POINTER("RtlFreeAnsiString", "4");
extern const PVOID RawFreeOemPointer POINTER("RtlFreeOemString", "4");

const PVOID RawFreeUnicodePointer = (PVOID)(ULONG_PTR)RawFreeUnicode;
const PVOID RawFreeAnsiPointer = (PVOID)(ULONG_PTR)RawFreeAnsi;
const PVOID RawFreeOemPointer = (PVOID)(ULONG_PTR)RawFreeOem;

/* Is it a block of the pool, or inside one? */
static BOOLEAN OfPool(ULONG_PTR Address)
{
    BLOCK Block;
    BOOLEAN Known;
    KIRQL Irql;

    KeAcquireSpinLock(&Raw.Lock, &Irql);
    Known = InsideLocked(Address, &Block);
    KeReleaseSpinLock(&Raw.Lock, Irql);
    return Known;
}

static VOID FreeString(PUNICODE_STRING String, REAL_FREE Real)
{
    PVOID Buffer = String->Buffer;

    if (Buffer == NULL || !OfPool((ULONG_PTR)Buffer)) {
        Real(String);
        return;
    }
    RtlZeroMemory(String, sizeof(*String));
    RawFree(Buffer);
}

VOID NTAPI RawFreeUnicode(PUNICODE_STRING String)
{
    FreeString(String, McRawRtlFreeUnicodeString);
}

VOID NTAPI RawFreeAnsi(PUNICODE_STRING String)
{
    FreeString(String, McRawRtlFreeAnsiString);
}

VOID NTAPI RawFreeOem(PUNICODE_STRING String)
{
    FreeString(String, McRawRtlFreeOemString);
}
