/* names.c - names: from 8-bit text, numbered, printed, copied for the system. */
#include "bus.h"

NTSTATUS BusNameFromText(PUNICODE_STRING Name, PCSTR Text)
{
    ANSI_STRING Ansi;

    RtlInitAnsiString(&Ansi, Text);
    return RtlAnsiStringToUnicodeString(Name, &Ansi, TRUE); /* the buffer comes from the system */
}

NTSTATUS BusNameNumbered(PUNICODE_STRING Name, PCSTR Text, ULONG Number)
{
    WCHAR Digits[11];
    ULONG Count = 0;
    ULONG Length = 0;
    ULONG At = 0;
    SIZE_T Size;

    do {
        Digits[Count++] = (WCHAR)(L'0' + Number % 10);
        Number /= 10;
    } while (Number != 0);
    while (Text[Length] != '\0') {
        Length++;
    }
    Size = (Length + 1 + Count + 1) * sizeof(WCHAR);
#ifdef BUG_OVERRUN
    Size -= sizeof(WCHAR); /* no room for the NUL */
#endif
    /* BUG: overrun allocated */
    Name->Buffer = ExAllocatePoolWithTag(PagedPool, Size, BUS_TAG_NAME);
    if (Name->Buffer == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    for (At = 0; At < Length; At++) {
        Name->Buffer[At] = (WCHAR)(UCHAR)Text[At];
    }
    Name->Buffer[At++] = L'-';
    while (Count != 0) {
        Name->Buffer[At++] = Digits[--Count];
    }
    Name->Buffer[At] = 0;
    Name->Length = (USHORT)(At * sizeof(WCHAR));
    Name->MaximumLength = (USHORT)Size;
    return STATUS_SUCCESS;
}

/* Right for both: RtlFreeUnicodeString is ExFreePool of the buffer, and clears the string. */
VOID BusNameFree(PUNICODE_STRING Name)
{
    /* BUG: overrun found */
    RtlFreeUnicodeString(Name);
}

VOID BusNamePrint(PCSTR What, PUNICODE_STRING Name)
{
    ANSI_STRING Ansi;
#ifdef BUG_WILD_FREE
    UNICODE_STRING Constant;
#endif

    if (NT_SUCCESS(RtlUnicodeStringToAnsiString(&Ansi, Name, TRUE))) {
        DbgPrint("bus: %s %s\n", What, Ansi.Buffer);
        RtlFreeAnsiString(&Ansi);
    }
#ifdef BUG_WILD_FREE
    RtlInitUnicodeString(&Constant, L"constant");
    /* BUG: wild-free found */
    RtlFreeUnicodeString(&Constant);
#endif
}

PWSTR BusNameAnswer(PUNICODE_STRING Name, BOOLEAN Multi)
{
    ULONG Characters = Name->Length / sizeof(WCHAR);
    SIZE_T Size = (Characters + (Multi ? 2 : 1)) * sizeof(WCHAR);
    PWSTR Answer = ExAllocatePoolWithTag(PagedPool, Size, BUS_TAG_ANSWER);

    if (Answer != NULL) {
        RtlZeroMemory(Answer, Size);
        RtlCopyMemory(Answer, Name->Buffer, Characters * sizeof(WCHAR));
    }
    return Answer;
}
