/* fuzz.c - what the fuzz targets share. Not instrumented: it copies variables byte by byte. */
#include "fuzz.h"

#include <regex.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Noreturn void FuzzFail(const char *File, int Line, const char *Format, ...)
{
    va_list Arguments;

    fprintf(stderr, "%s:%d: ", File, Line);
    va_start(Arguments, Format);
    vfprintf(stderr, Format, Arguments);
    va_end(Arguments);
    fputc('\n', stderr);
    abort();
}

/* ---- the input ---- */

BOOLEAN FuzzMore(const FUZZ_INPUT *In)
{
    return In->At < In->End;
}

UCHAR FuzzByte(FUZZ_INPUT *In)
{
    return (UCHAR)(FuzzMore(In) ? *In->At++ : 0);
}

ULONG FuzzUlong(FUZZ_INPUT *In)
{
    ULONG Value = 0;
    ULONG Shift;

    for (Shift = 0; Shift < 32; Shift += 8)
        Value |= (ULONG)FuzzByte(In) << Shift;
    return Value;
}

ULONG_PTR FuzzWord(FUZZ_INPUT *In)
{
    ULONG_PTR Low = FuzzUlong(In);

    return Low | (ULONG_PTR)FuzzUlong(In) << 32;
}

ULONG FuzzBelow(FUZZ_INPUT *In, ULONG Bound)
{
    return FuzzByte(In) % Bound;
}

BOOLEAN FuzzOneIn(FUZZ_INPUT *In, ULONG Bound)
{
    return FuzzBelow(In, Bound) == Bound - 1;
}

/* ---- MemCheck as loaded ---- */

/* Its variables stand in two sections of their own (run.sh compiles it so), which the linker
 * marks. */
extern char __start_mc_bss[], __stop_mc_bss[], __start_mc_data[], __stop_mc_data[];

static char *AsLoaded;

#define UNWATCHED __attribute__((no_sanitize("address")))

/* By hand: between variables lie red zones of the sanitizer, which a call of memcpy would not
 * cross. */
UNWATCHED static void CopyBytes(volatile char *To, const volatile char *From, size_t Length)
{
    for (; Length != 0; Length--)
        *To++ = *From++;
}

UNWATCHED void FuzzLoad(void)
{
    const size_t Data = (size_t)(__stop_mc_data - __start_mc_data);
    volatile char *At;

    if (AsLoaded == NULL) { /* the first of all: nothing has run */
        AsLoaded = malloc(Data);
        CopyBytes(AsLoaded, __start_mc_data, Data);
        return;
    }
    CopyBytes(__start_mc_data, AsLoaded, Data);
    for (At = __start_mc_bss; At < __stop_mc_bss; At++)
        *At = 0;
}

void FuzzBegin(const SIM_OPTIONS *Options)
{
    SIM_OPTIONS Own;

    memset(&Own, 0, sizeof(Own));
    if (Options != NULL)
        Own = *Options;
    Own.WatchdogSeconds = SIM_NO_WATCHDOG; /* its signal is libFuzzer's: -timeout */
    Own.FreezeClock = TRUE;
    Own.Echo = (BOOLEAN)(getenv("FUZZ_ECHO") != NULL); /* for who repeats one input */
    FuzzLoad();
    SimStart(&Own);
    SimOptions(NULL);
}

void FuzzEnd(void)
{
    SimStop();
}

/* The target that wants to see every finding has its own. */
__attribute__((weak)) VOID McTestReport(const MC_FINDING *Finding)
{
    (void)Finding;
}

/* ---- lines ---- */

#define PEOPLE_COLUMNS  100
#define MACHINE_COLUMNS 400

/* FUZZ_MACHINE is the expression of scripts/reports-doc.py. */
static BOOLEAN IsMachineLine(const char *Line)
{
    static regex_t Expression;
    static BOOLEAN Compiled;

    if (!Compiled && regcomp(&Expression, FUZZ_MACHINE, REG_EXTENDED | REG_NOSUB) != 0)
        FuzzFail(__FILE__, __LINE__, "no expression: %s", FUZZ_MACHINE);
    Compiled = TRUE;
    return regexec(&Expression, Line, 0, NULL, 0) == 0;
}

/* " key=" stands for nothing else: a value holds neither a space nor an equals sign. */
static void CheckKeysOnce(const char *Line)
{
    const char *Key = strchr(Line, ' ');
    char Wanted[MACHINE_COLUMNS + 2];
    size_t Length;

    for (; Key != NULL; Key = strchr(Key + 1, ' ')) {
        Length = strcspn(Key, "=") + 1;
        memcpy(Wanted, Key, Length);
        Wanted[Length] = 0;
        FUZZ_CHECK(strstr(Key + 1, Wanted) == NULL, "the key%s twice: %s", Wanted, Line);
    }
}

void FuzzLine(const char *Line)
{
    const BOOLEAN Machine = strncmp(Line, "memcheck: ", 10) == 0;
    const size_t Length = strlen(Line);
    const char *At;

    for (At = Line; *At != 0; At++)
        FUZZ_CHECK(*At >= ' ' && *At <= '~', "character %02x in: %s", *At & 0xff, Line);
    if (Machine) {
        FUZZ_CHECK(Length <= MACHINE_COLUMNS, "%zu columns: %s", Length, Line);
        FUZZ_CHECK(IsMachineLine(Line), "not as programs read it: %s", Line);
        FUZZ_CHECK(strstr(Line, " kind=") != NULL, "no kind: %s", Line);
        CheckKeysOnce(Line);
    } else {
        FUZZ_CHECK(strncmp(Line, "memcheck[", 9) == 0, "whose line: %s", Line);
        FUZZ_CHECK(Length <= PEOPLE_COLUMNS, "%zu columns: %s", Length, Line);
        FUZZ_CHECK(Line[Length - 1] != ' ', "ends with a space: %s|", Line);
    }
}

ULONG FuzzOutput(ULONG Most)
{
    const ULONG Count = SimOutputCount();
    char Line[MACHINE_COLUMNS + 112]; /* what one call of the debug output holds */
    SIM_OUTPUT Entry;
    ULONG Index;
    size_t Length;

    for (Index = 0; Index < Count; Index++) {
        SimOutputEntry(Index, &Entry);
        Length = strlen(Entry.Text);
        FUZZ_CHECK(!Entry.Cut && Length != 0 && Length < sizeof(Line) &&
                       Entry.Text[Length - 1] == '\n',
                   "not one whole line: %s", Entry.Text);
        memcpy(Line, Entry.Text, Length);
        Line[Length - 1] = 0;
        FuzzLine(Line);
    }
    FUZZ_CHECK(Count <= Most, "%u lines, %u at the most", Count, Most);
    if (Count != 0)
        SimOutputClear();
    return Count;
}
