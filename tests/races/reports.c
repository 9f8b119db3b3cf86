/*
 * reports.c - is each report that was printed whole? One title first, one line for programs last,
 * all of them with its number, no other report's between, the numbers in order from 1; and what the
 * title, the buffer's line and the last one say is the same, and what was found.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "race.h"

#define MOST_REPORTS 65536

static char Wrong[700];

typedef struct _READING {
    ULONG Number;    /* of the report being read; 0: none */
    ULONG Last;      /* number of the last one */
    SIZE_T Size;     /* by its title; 0: it says none */
    char Buffer[64]; /* what its line "buffer" says first: an address */
    ULONG Block;
    UCHAR *Used; /* findings that were printed */
    const MC_FINDING *Findings;
    ULONG Count;
} READING;

static const char *Say(const char *Format, ULONG Number, const char *Line)
{
    int Length = snprintf(Wrong, sizeof Wrong, Format, (unsigned)Number);

    snprintf(Wrong + Length, sizeof Wrong - (size_t)Length, ": %.600s", Line);
    return Wrong;
}

/* "12-byte buffer" anywhere in the title. */
static SIZE_T SizeIn(const char *Title)
{
    const char *At = strstr(Title, "-byte buffer");

    while (At != NULL && At > Title && At[-1] >= '0' && At[-1] <= '9') {
        At--;
    }
    return At == NULL ? 0 : (SIZE_T)strtoull(At, NULL, 10);
}

/* The value of "key=" in a machine line; 0 when it is not there. */
static unsigned long long KeyOf(const char *Line, const char *Key)
{
    const char *At = strstr(Line, Key);

    return At == NULL ? 0 : strtoull(At + strlen(Key), NULL, 0);
}

/* A line "memcheck[drv] #12 text": the number, *Text; 0: another line. */
static ULONG NumberOf(const char *Line, const char **Text)
{
    const char *At = strncmp(Line, "memcheck[", 9) == 0 ? strstr(Line, "] #") : NULL;
    char *End;
    ULONG Number;

    if (At == NULL) {
        return 0;
    }
    Number = (ULONG)strtoul(At + 3, &End, 10);
    *Text = End + 1;
    return Number;
}

static const char *ReadTitle(READING *Reading, ULONG Number, const char *Line, const char *Text)
{
    if (Number != Reading->Last + 1) {
        return Say("report %u does not follow the one before", Number, Line);
    }
    Reading->Number = Reading->Last = Number;
    Reading->Size = SizeIn(Text);
    Reading->Buffer[0] = 0;
    Reading->Block = 0;
    return NULL;
}

static const char *ReadText(READING *Reading, const char *Line, const char *Text)
{
    const char *Block = strstr(Text, ", block ");
    ULONG Number = Reading->Number;

    if (strncmp(Text, "buffer ", 7) == 0) {
        sscanf(Text, "buffer %63[0-9a-f`]", Reading->Buffer);
        Reading->Block = Block == NULL ? 0 : (ULONG)strtoul(Block + 8, NULL, 10);
    }
    return strncmp(Text, "====", 4) == 0 ? Say("report %u has two titles", Number, Line) : NULL;
}

/* The finding that this line tells, not told before. */
static BOOLEAN FindFinding(READING *Reading, const char *Line)
{
    const unsigned long long Address = KeyOf(Line, " addr="), Block = KeyOf(Line, " block=");
    const BOOLEAN Addressed = strstr(Line, " addr=") != NULL;
    char Kind[64];
    ULONG Index;

    for (Index = 0; Index < Reading->Count; Index++) {
        const MC_FINDING *Finding = &Reading->Findings[Index];

        snprintf(Kind, sizeof Kind, " kind=%s ", McKindMachineName(Finding->Kind));
        if (!Reading->Used[Index] && strstr(Line, Kind) != NULL &&
            (!Addressed || Address == Finding->Block.User || Address == Finding->Address) &&
            (Block == 0 || Block == Finding->Block.Number)) {
            Reading->Used[Index] = TRUE;
            return TRUE;
        }
    }
    return FALSE;
}

static const char *ReadMachine(READING *Reading, const char *Line)
{
    const ULONG Number = Reading->Number;
    const unsigned long long Block = KeyOf(Line, " block=");
    char Address[64], *To = Address;
    const char *From;

    if (KeyOf(Line, " n=") != Number) {
        return Say("report %u ends with another's line", Number, Line);
    }
    Reading->Number = 0;
    if (Reading->Size != 0 && KeyOf(Line, " size=") != Reading->Size) {
        return Say("report %u has another size in its title", Number, Line);
    }
    if (Reading->Block != 0 && Block != Reading->Block) {
        return Say("report %u is of another block", Number, Line);
    }
    for (From = Reading->Buffer; *From != 0; From++) {
        if (*From != '`') {
            *To++ = *From;
        }
    }
    *To = 0;
    if (To != Address && KeyOf(Line, " addr=") != strtoull(Address, NULL, 16)) {
        return Say("report %u is of another address", Number, Line);
    }
    if (Reading->Findings != NULL && !FindFinding(Reading, Line)) {
        return Say("report %u tells what was not found", Number, Line);
    }
    return NULL;
}

static const char *ReadLine(READING *Reading, const char *Line)
{
    const char *Text = "";
    ULONG Number = NumberOf(Line, &Text);

    if (Number != 0) {
        if (Reading->Number == 0) {
            return strncmp(Text, "====", 4) == 0 ? ReadTitle(Reading, Number, Line, Text)
                                                 : Say("report %u has no title", Number, Line);
        }
        return Number == Reading->Number
                   ? ReadText(Reading, Line, Text)
                   : Say("report %u is torn by another one", Reading->Number, Line);
    }
    if (strncmp(Line, "memcheck: v=1 ", 14) != 0 || strstr(Line, " n=") == NULL) {
        return NULL; /* a notice */
    }
    return Reading->Number == 0 ? Say("report %u: a line too much", Reading->Last, Line)
                                : ReadMachine(Reading, Line);
}

const char *ReportsWrong(const MC_FINDING *Findings, ULONG Count, ULONG Lost)
{
    static UCHAR Used[MOST_REPORTS];
    READING Reading;
    SIM_OUTPUT Output;
    const char *Result;
    ULONG Index, Printed = 0;

    memset(&Reading, 0, sizeof Reading);
    memset(Used, 0, Count < MOST_REPORTS ? Count : MOST_REPORTS);
    Reading.Used = Used;
    Reading.Findings = Findings;
    Reading.Count = Count < MOST_REPORTS ? Count : MOST_REPORTS;
    for (Index = 0; SimOutputEntry(Index, &Output); Index++) {
        Result = ReadLine(&Reading, Output.Text);
        if (Result != NULL) {
            return Result;
        }
    }
    if (Reading.Number != 0) {
        return Say("report %u has no end", Reading.Number, "");
    }
    for (Index = 0; Findings != NULL && Index < Reading.Count; Index++) {
        Printed += Used[Index];
    }
    if (Findings != NULL && Printed + Lost < Reading.Count) {
        return Say("%u findings were not printed", Reading.Count - Printed, "");
    }
    return NULL;
}
