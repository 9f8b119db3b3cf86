/*
 * sim_string.c - the kit's strings, whose buffers the system frees.
 */
#define _GNU_SOURCE
#include "simp.h"

/* TRUE: the buffer, which may be none, is gone, so that the fields may be cleared. */
static BOOLEAN FreeBuffer(SIM_THREAD *Self, PVOID Buffer)
{
    if (!SimpIrqlAtMost(Self, Self->Doing, PASSIVE_LEVEL)) {
        return FALSE;
    }
    return Buffer == NULL || SimpPoolFree(Self, SIM_FREE_STRING, Buffer, 0);
}

static void FreeString(SIM_THREAD *Self, PSTRING String)
{
    if (FreeBuffer(Self, String->Buffer)) {
        String->Buffer = NULL;
        String->Length = String->MaximumLength = 0;
    }
}

VOID RtlFreeUnicodeString(PUNICODE_STRING UnicodeString)
{
    if (FreeBuffer(SimpEnter(__func__), UnicodeString->Buffer)) {
        UnicodeString->Buffer = NULL;
        UnicodeString->Length = UnicodeString->MaximumLength = 0;
    }
}

VOID RtlFreeAnsiString(PANSI_STRING AnsiString)
{
    FreeString(SimpEnter(__func__), AnsiString);
}

VOID RtlFreeOemString(POEM_STRING OemString)
{
    FreeString(SimpEnter(__func__), OemString);
}
