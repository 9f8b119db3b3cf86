/*
 * fuzz_options.c - the option string: any bytes, at MEM_CHECK_INIT and again while the driver runs.
 *
 * The input is up to three strings, a zero byte between them: one for MEM_CHECK_INIT, the others
 * for MEM_CHECK_OPTIONS. A byte above ASCII stands for a word (Token). After each every option has
 * the value that option_model.c works out: within its bounds, all of it or nothing of it; then the
 * same string changes nothing more, and the values written out as a string give the same values
 * again. In between a short life of a driver meets what the lists say. Lines are as fuzz.c wants
 * them, and not more than the items of the string account for.
 */
#include "option_model.h"

#include <stdio.h>
#include <string.h>

#define WRAPPED 8u /* lines that one notice is broken into at the most */

static OPTION_VALUES Model;

/* ---- what must hold ---- */

static void CheckRow(ULONG Row)
{
    const MC_OPTION_ROW *Is = &McOptionRows[Row];

    if (Is->List != NULL) {
        FUZZ_CHECK(strnlen(*Is->List, OPTION_LIST) < OPTION_LIST, "%s: a list of %zu characters",
                   Is->Name, strlen(*Is->List));
        FUZZ_CHECK(strcmp(*Is->List, Model.List[Row]) == 0, "%s is \"%s\", not \"%s\"", Is->Name,
                   *Is->List, Model.List[Row]);
        return;
    }
    FUZZ_CHECK(*Is->Number >= Is->Low && *Is->Number <= Is->High && *Is->Number % Is->Multiple == 0,
               "%s is %u: out of its bounds", Is->Name, *Is->Number);
    FUZZ_CHECK(*Is->Number == Model.Number[Row], "%s is %u, not %u", Is->Name, *Is->Number,
               Model.Number[Row]);
}

static void CheckValues(void)
{
    ULONG Row;

    for (Row = 0; Row < McOptionRowCount; Row++)
        CheckRow(Row);
}

/* Items of all lists: each may be refused in a line. */
static ULONG ListItems(void)
{
    ULONG Row, Items = 0;
    const char *At;

    for (Row = 0; Row < McOptionRowCount; Row++)
        if (McOptionRows[Row].List != NULL)
            for (At = Model.List[Row], Items++; *At != 0; At++)
                Items += *At == ',';
    return Items;
}

static ULONG MostLines(const OPTION_COUNTS *Counts)
{
    return WRAPPED * (Counts->Items + Counts->Helps * (McOptionRowCount + 1) +
                      2 * McOptionRowCount + 2 * ListItems() + 8);
}

/* ---- a driver ---- */

#define SITE "src/driver.c"

static UCHAR *Take(POOL_TYPE Type, SIZE_T Size, ULONG Tag, ULONG Line)
{
    return McAllocateAs(McExAllocatePoolWithTag, Type, Size, Tag, 0, SITE, Line, "DeviceAdd");
}

static void Give(PVOID P)
{
    if (P != NULL)
        McFreeAs(McExFreePool, P, 0, NULL, 0, SITE, 90, "DeviceRemove");
}

/* A few blocks of tags and sites that lists in the corpus name, one overrun, one freed twice where
 * that is not passed on, one leaked. The leak is freed after MEM_CHECK_EXIT if it is still there.
 */
static UCHAR *Live(void)
{
    UCHAR *P[4];
    ULONG Index;

    P[0] = McAllocate(NonPagedPool, 100, SITE, 10, "DeviceOpen");
    P[1] = McAllocateWithTag(PagedPool, 24, 0x70616548 /* 'Heap' */, "other.c", 20, "Open");
    P[2] = Take(NonPagedPool, 600, 0x20706952 /* 'Rip ' */, 30);
    P[3] = Take(PagedPool, 40, 0x62413262 /* 'b2Ab' */, 40);
    for (Index = 0; Index < 4; Index++)
        if (P[Index] != NULL)
            memset(P[Index], 'a', 24);
    if (P[0] != NULL && McOptions.WatchTags[0] == 0 && McOptions.WatchSites[0] == 0 &&
        McOptions.SkipTags[0] == 0 && McOptions.SkipSites[0] == 0)
        P[0][100] ^= 0x55;
    McCheck(SITE, 50, "DeviceCheck");
    Give(P[3]);
    Give(P[2]);
    McFree(P[0] != NULL ? P[0] + 1 : NULL, SITE, 60, "DeviceClose");
    if (P[0] != NULL)
        McFree(P[0], SITE, 61, "DeviceClose");
    McStatistics(SITE, 70, NULL);
    McDifference(NULL, SITE, 71, NULL);
    return P[1];
}

/* Reports: of each finding of that driver's, at the most. */
#define LIVE_LINES (40u * FUZZ_REPORT_LINES)

/* ---- reading ---- */

static void Read(const char *String, BOOLEAN Starting)
{
    OPTION_COUNTS Counts;

    SimOptions(String);
    OptionRead(String, Starting, &Model, &Counts);
    if (Starting)
        McInit(SITE, 1, "DriverEntry");
    else
        McReadOptions(SITE, 2, "DeviceControl");
    FUZZ_CHECK(Mc.Phase == McPhaseOn, "phase %d", Mc.Phase);
    FuzzOutput(MostLines(&Counts));
    CheckValues();
}

/* Once more: nothing is as it was not, but for what "defaults" at its end takes back. */
static void ReadAgain(const char *String)
{
    OPTION_COUNTS Counts;
    OPTION_VALUES Before = Model;

    Read(String, FALSE);
    OptionRead(String, FALSE, &Before, &Counts);
    FUZZ_CHECK(memcmp(&Before.Number, &Model.Number, sizeof(Before.Number)) == 0,
               "the same string again gives other numbers");
}

/* The values as a string, in as many parts as it takes, give the same values. */
static void ReadCanonical(BOOLEAN Starting)
{
    char Item[OPTION_STRING], String[OPTION_STRING];
    const OPTION_VALUES Wanted = Model;
    BOOLEAN Lost = FALSE;
    ULONG Row;

    String[0] = 0;
    for (Row = 0; Row < McOptionRowCount; Row++) {
        if (McOptionRows[Row].When != McWhenAny && !Starting)
            continue;
        if (!OptionItem(Row, &Wanted, Item, sizeof(Item))) {
            Lost = TRUE;
            continue;
        }
        if (strlen(String) + strlen(Item) + 2 > sizeof(String)) {
            Read(String, Starting);
            Starting = FALSE;
            String[0] = 0;
        }
        strcat(String, ",");
        strcat(String, Item);
    }
    Read(String, Starting);
    for (Row = 0; Row < McOptionRowCount && !Lost; Row++)
        FUZZ_CHECK(Wanted.Number[Row] == Model.Number[Row] &&
                       strcmp(Wanted.List[Row], Model.List[Row]) == 0,
                   "%s: written out it gives another value", McOptionRows[Row].Name);
}

/* ---- an input ---- */

#define TOKEN_NAME  0x80u /* and so many above: the name of that option */
#define TOKEN_WORD  0xC0u
#define TOKEN_BOUND 0xE0u
#define TOKEN_BYTE  0xFEu /* the next byte, whatever it is */

/* A number at the edge of what the option named last may be. */
static void Bound(UCHAR Byte, const MC_OPTION_ROW *Row, char *Text, size_t Size)
{
    const ULONG Of[] = {
        Row->Low,  Row->Low - 1,  Row->Low + Row->Multiple,  Row->Low + 1, Row->Default,
        Row->High, Row->High + 1, Row->High - Row->Multiple, Row->High / 2};

    snprintf(Text, Size, "%u", Of[Byte % (sizeof(Of) / sizeof(Of[0]))]);
}

/* What a byte above ASCII stands for: mutations are to make strings that mean something. */
static void Token(FUZZ_INPUT *In, UCHAR Byte, ULONG *Row, char *Text, size_t Size)
{
    static const char *const Words[] = {
        "help",      "defaults", ",no-",     "k",    "m",           "0x",       "\"",
        "'",         "*",        "overrun",  "leak", "double-free", ":ignore",  ":call+break",
        ":bugcheck", "'Heap'",   "driver.c", ":10",  "*.c:20",      "+0x770",   ",Ab",
        "Rip ",      "b2*",      ",1,2,7",   ":*",   ":'b2*' *",    "no-such=1"};
    const ULONG Count = sizeof(Words) / sizeof(Words[0]);

    if (Byte == TOKEN_BYTE)
        snprintf(Text, Size, "%c", FuzzByte(In));
    else if (Byte >= TOKEN_BOUND)
        Bound(Byte, &McOptionRows[*Row], Text, Size);
    else if (Byte >= TOKEN_WORD)
        snprintf(Text, Size, "%s", Words[(Byte - TOKEN_WORD) % Count]);
    else {
        *Row = (Byte - TOKEN_NAME) % McOptionRowCount;
        snprintf(Text, Size, ",%s=", McOptionRows[*Row].Name);
    }
}

/* The next string of the input, at most a few characters longer than one may be. */
static const char *Next(FUZZ_INPUT *In, char *String)
{
    ULONG Length = 0, Row = 0;
    char Text[64];
    UCHAR Byte;

    String[0] = 0;
    while (FuzzMore(In) && Length < OPTION_STRING + 8 && (Byte = FuzzByte(In)) != 0) {
        if (Byte >= TOKEN_NAME)
            Token(In, Byte, &Row, Text, sizeof(Text));
        else
            snprintf(Text, sizeof(Text), "%c", Byte);
        strcpy(String + Length, Text);
        Length += (ULONG)strlen(Text);
    }
    return String;
}

static void Exit(UCHAR *Left)
{
    const BOOLEAN Whole = (BOOLEAN)(McOptions.FreeOnExit != 0);

    FUZZ_CHECK(McpIsValidIndex(), "the index is not valid");
    McExit(SITE, 99, "DriverUnload");
    FuzzOutput(LIVE_LINES);
    if (SimPoolFind(Left, NULL))
        McFree(Left, SITE, 100, "DriverUnload");
    FuzzOutput(FUZZ_REPORT_LINES);
    if (Whole)
        FUZZ_CHECK(Mc.Phase == McPhaseEnded && SimPoolReset(), "left over in phase %d", Mc.Phase);
}

int LLVMFuzzerTestOneInput(const uint8_t *Data, size_t Size)
{
    FUZZ_INPUT In = {Data, Data + Size};
    SIM_OPTIONS Options = {.Threading = SIM_ONE_CPU, .PagingEvery = SIM_PAGING_NEVER};
    char String[OPTION_STRING + 80];
    UCHAR *Left;
    ULONG Again;

    FuzzBegin(&Options);
    SimExpectBugChecks(TRUE);
    OptionDefaults(&Model);
    Read(Next(&In, String), TRUE);
    Left = Live();
    FuzzOutput(LIVE_LINES);
    for (Again = 0; Again < 2 && FuzzMore(&In); Again++) {
        Read(Next(&In, String), FALSE);
        ReadAgain(String);
    }
    ReadCanonical(FALSE);
    Exit(Left);
    FuzzEnd();
    return 0;
}
