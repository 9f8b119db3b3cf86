/*
 * sim_output.c - the debug output, captured, and the debugger that may be attached.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "simp.h"

#define TEXT_BYTES   512 /* the kernel's DbgPrint cuts there */
#define FORMAT_BYTES 2048

BOOLEAN KdDebuggerNotPresent = TRUE;

static pthread_mutex_t OutputLock = PTHREAD_MUTEX_INITIALIZER;
static SIM_OUTPUT *Entries;
static ULONG Count, Room;
static char *AllText;
static atomic_uint Breakpoints;

/* ------------------------------------------------- the kernel's format, as the host's printf */

/*
 * One conversion, from behind its flags, width and precision, to Out (room for 8 characters).
 * Result: characters of From taken; 0: not for kernels.
 */
static size_t Conversion(const char *From, char *Out)
{
    size_t Taken = 0;

    Out[0] = 0;
    if (strncmp(From, "I64", 3) == 0) {
        strcpy(Out, "ll");
        Taken = 3;
    } else if (strncmp(From, "ll", 2) == 0) {
        strcpy(Out, "ll");
        Taken = 2;
    } else if (From[0] == 'I') {
        strcpy(Out, "z");
        Taken = 1;
    } else if (From[0] == 'l') {
        Taken = 1; /* 32 bits, as int is here */
    } else if (From[0] == 'h') {
        strcpy(Out, "h");
        Taken = 1;
    }
    if (From[Taken] != 0 && strchr("diouxX", From[Taken]) != NULL) {
        strncat(Out, &From[Taken], 1);
        return Taken + 1;
    }
    if (Taken == 0 && From[0] != 0 && strchr("cs%", From[0]) != NULL) {
        strncat(Out, From, 1);
        return 1;
    }
    return 0;
}

/* FALSE: something in the format is not for kernels, or it is too long. */
static BOOLEAN Translate(PCSTR Format, char *Out, size_t OutBytes)
{
    char *End = Out + OutBytes - 24; /* room for one conversion more */
    size_t Taken;

    while (*Format != 0 && Out < End) {
        if (*Format != '%') {
            *Out++ = *Format++;
            continue;
        }
        if (Format[1] == 'p') {
            /* All digits, no 0x: %p of the host is another. */
            Out += sprintf(Out, "%%0%ulX", (unsigned)sizeof(void *) * 2);
            Format += 2;
            continue;
        }
        *Out++ = *Format++;
        while (*Format != 0 && strchr("-+ #0123456789.*", *Format) != NULL && Out < End) {
            *Out++ = *Format++;
        }
        Taken = Conversion(Format, Out);
        if (Taken == 0) {
            return FALSE;
        }
        Out += strlen(Out);
        Format += Taken;
    }
    *Out = 0;
    return *Format == 0;
}

/* ------------------------------------------------------------------------------- the capture */

static void Capture(const SIM_OUTPUT *Head, const char *Text)
{
    char *Copy = strdup(Text);
    SIM_OUTPUT *More;

    pthread_mutex_lock(&OutputLock);
    if (Count == Room) {
        Room = Room == 0 ? 256 : Room * 2;
        More = realloc(Entries, Room * sizeof *Entries);
        if (More == NULL) {
            Copy = NULL;
        } else {
            Entries = More;
        }
    }
    if (Copy != NULL) {
        Entries[Count] = *Head;
        Entries[Count].Text = Copy;
        Count++;
        if (SimpOptions.Echo) {
            fputs(Text, stdout);
        }
    }
    pthread_mutex_unlock(&OutputLock);
    if (Copy == NULL) {
        SimpFatal("no memory to capture debug output");
    }
}

static void Print(SIM_THREAD *Self, SIM_OUTPUT *Head, PCSTR Format, va_list Arguments)
{
    char HostFormat[FORMAT_BYTES];
    char Text[TEXT_BYTES];
    int Length;

    if (!SimpNotUnderLock(Self, Self->Doing)) {
        return;
    }
    if (!Translate(Format, HostFormat, sizeof HostFormat)) {
        SimpMisuse(SIM_MISUSE_FORMAT, "%s(\"%.100s\"): a conversion not for any IRQL, or too long",
                   Self->Doing, Format);
        return;
    }
    Length = vsnprintf(Text, sizeof Text, HostFormat, Arguments);
    Head->Cut = Length >= (int)sizeof Text;
    Head->Thread = (HANDLE)Self->Id;
    Head->Irql = Self->Irql;
    Capture(Head, Text);
}

ULONG vDbgPrintEx(ULONG ComponentId, ULONG Level, PCSTR Format, va_list Arguments)
{
    SIM_OUTPUT Head;

    memset(&Head, 0, sizeof Head);
    Head.Ex = TRUE;
    Head.Component = ComponentId;
    Head.Level = Level;
    Print(SimpEnter(__func__), &Head, Format, Arguments);
    return 0;
}

ULONG DbgPrintEx(ULONG ComponentId, ULONG Level, PCSTR Format, ...)
{
    va_list Arguments;

    va_start(Arguments, Format);
    vDbgPrintEx(ComponentId, Level, Format, Arguments);
    va_end(Arguments);
    return 0;
}

ULONG DbgPrint(PCSTR Format, ...)
{
    SIM_OUTPUT Head;
    va_list Arguments;

    memset(&Head, 0, sizeof Head);
    va_start(Arguments, Format);
    Print(SimpEnter(__func__), &Head, Format, Arguments);
    va_end(Arguments);
    return 0;
}

ULONG SimOutputCount(void)
{
    ULONG Result;

    pthread_mutex_lock(&OutputLock);
    Result = Count;
    pthread_mutex_unlock(&OutputLock);
    return Result;
}

BOOLEAN SimOutputEntry(ULONG Index, SIM_OUTPUT *Output)
{
    BOOLEAN Found;

    memset(Output, 0, sizeof *Output);
    Output->Text = "";
    pthread_mutex_lock(&OutputLock);
    Found = Index < Count;
    if (Found) {
        *Output = Entries[Index];
    }
    pthread_mutex_unlock(&OutputLock);
    return Found;
}

PCSTR SimOutputText(void)
{
    size_t Bytes = 1;
    char *Out;
    ULONG I;

    pthread_mutex_lock(&OutputLock);
    free(AllText);
    for (I = 0; I < Count; I++) {
        Bytes += strlen(Entries[I].Text);
    }
    Out = AllText = malloc(Bytes);
    if (Out != NULL) {
        *Out = 0;
        for (I = 0; I < Count; I++) {
            Out = stpcpy(Out, Entries[I].Text);
        }
    }
    pthread_mutex_unlock(&OutputLock);
    if (Out == NULL) {
        SimpFatal("no memory for SimOutputText");
    }
    return AllText;
}

ULONG SimOutputFind(PCSTR Text)
{
    ULONG I, Found = 0;

    pthread_mutex_lock(&OutputLock);
    for (I = 0; I < Count; I++) {
        if (strstr(Entries[I].Text, Text) != NULL) {
            Found++;
        }
    }
    pthread_mutex_unlock(&OutputLock);
    return Found;
}

void SimOutputClear(void)
{
    pthread_mutex_lock(&OutputLock);
    while (Count > 0) {
        Count--;
        free((void *)Entries[Count].Text);
    }
    free(Entries);
    free(AllText);
    Entries = NULL;
    AllText = NULL;
    Room = 0;
    pthread_mutex_unlock(&OutputLock);
}

void SimpOutputStart(void)
{
    KdDebuggerNotPresent = TRUE;
    Breakpoints = 0;
}

void SimpOutputStop(void)
{
    SimOutputClear();
}

/* ------------------------------------------------------------------------------ the debugger */

void SimAttachDebugger(BOOLEAN Attached)
{
    KdDebuggerNotPresent = !Attached;
}

ULONG SimBreakpoints(void)
{
    return Breakpoints;
}

VOID DbgBreakPoint(VOID)
{
    (void)SimpEnter(__func__);
    if (KdDebuggerNotPresent) {
        SimpMisuse(SIM_MISUSE_BREAKPOINT, "DbgBreakPoint with no debugger attached");
    } else {
        Breakpoints++;
    }
}
