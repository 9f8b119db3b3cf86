/*
 * optionread.c - the option string read and put in force, at MEM_CHECK_INIT and while the driver
 * runs. What is wrong with an item is said in a line, and that item changes nothing.
 *
 * Numbers are single words, stored as the items come. A list is read by others while it is changed:
 * so each has two buffers, and a new text goes into the one that is not in force. Its pointer is
 * changed when it is whole; then every operation that may have read the old pointer is waited for
 * (McGateWait), since the next change overwrites what it points to.
 */
#include "core.h"
#include "optionstring.h"
#include "rules.h"
#include "report.h"

#define MCP_OPT_STRING 1024u /* of the option string, and so of one line of the registry */
#define MCP_OPT_LIST   512u  /* of one list; both with their NUL */
#define MCP_OPT_LINE   300u
#define MCP_OPT_SHOWN  48 /* characters of an item that is wrong */

enum {
#define MC_TEXT_OPTION(Field, Name, Default, When, Help) McpOptNameOfList##Field,
#include "options.inc"
    McpOptNumberOfLists
};

typedef struct _MCP_OPT_TEXTS {
    char Half[2][MCP_OPT_LIST];
    const char *Next; /* what will be in force when the string is read; NULL: as it is */
    ULONG Length;     /* of Next, where that is a half */
} MCP_OPT_TEXTS;

/* Static, for its size; whoever has set Busy owns the rest. */
static struct {
    volatile LONG Busy;
    BOOLEAN Starting; /* at MEM_CHECK_INIT */
    BOOLEAN Stale;    /* lists were changed, and somebody may still read the old ones */
    char String[MCP_OPT_STRING];
    char Line[MCP_OPT_LINE];
    char Part[MCP_OPT_LINE / 2];
    MCP_OPT_TEXTS Texts[McpOptNumberOfLists];
} McpOptRead;

/* ---- lines ---- */

static VOID MC_VARARGS McpOptSay(BOOLEAN Always, const char *Format, ...)
{
    va_list Arguments;

    va_start(Arguments, Format);
    McOsFormat(McpOptRead.Line, sizeof(McpOptRead.Line), Format, Arguments);
    va_end(Arguments);
    if (Always)
        McNoticeAlways(McpOptRead.Line);
    else
        McNotice(McpOptRead.Line);
}

/* Why an item is not taken; its option stays as it is. */
static VOID MC_VARARGS McpOptRefuse(const MC_OPTION_ITEM *Item, const char *Format, ...)
{
    const int Shown = Item->Length > MCP_OPT_SHOWN ? MCP_OPT_SHOWN : (int)Item->Length;
    const char *More = Item->Length > MCP_OPT_SHOWN ? "..." : "";
    va_list Arguments;

    va_start(Arguments, Format);
    McOsFormat(McpOptRead.Part, sizeof(McpOptRead.Part), Format, Arguments);
    va_end(Arguments);
    if (Item->Row == 0)
        McpOptSay(TRUE, "option \"%.*s%s\": %s", Shown, Item->Text, More, McpOptRead.Part);
    else if (Item->Row->List != 0)
        McpOptSay(TRUE, "option \"%.*s%s\": %s; the list stays as it is", Shown, Item->Text, More,
                  McpOptRead.Part);
    else
        McpOptSay(TRUE, "option \"%.*s%s\": %s; %u stays", Shown, Item->Text, More, McpOptRead.Part,
                  (unsigned)*Item->Row->Number);
}

ULONG McOptionHelp(const MC_OPTION_ROW *Row, char *Buffer, ULONG Size)
{
    static const char *const When[] = {"build", "start", "any"};
    char By[20];

    By[0] = 0;
    if (Row->List != 0)
        return McFormat(Buffer, Size, "%s=\"%s\" (list, %s) %s", Row->Name, Row->DefaultList,
                        When[Row->When], Row->Help);
    if (McOptionIsSwitch(Row))
        return McFormat(Buffer, Size, "%s=%u (switch, %s) %s", Row->Name, (unsigned)Row->Default,
                        When[Row->When], Row->Help);
    if (Row->Multiple > 1)
        McFormat(By, sizeof(By), " by %u", (unsigned)Row->Multiple);
    return McFormat(Buffer, Size, "%s=%u (%u..%u%s, %s) %s", Row->Name, (unsigned)Row->Default,
                    (unsigned)Row->Low, (unsigned)Row->High, By, When[Row->When], Row->Help);
}

static VOID McpOptHelp(VOID)
{
    ULONG Index;

    McpOptSay(TRUE,
              "options: name=value,name=value,...; their defaults, bounds, and when they change:");
    for (Index = 0; Index < McOptionRowCount; Index++) {
        McOptionHelp(&McOptionRows[Index], McpOptRead.Line, sizeof(McpOptRead.Line));
        McNoticeAlways(McpOptRead.Line);
    }
}

/* ---- may it change now? ---- */

static BOOLEAN McpOptMayChange(const MC_OPTION_ROW *Row)
{
    return (BOOLEAN)(Row->When == McWhenAny || (Row->When == McWhenStart && McpOptRead.Starting));
}

static VOID McpOptRefuseNow(const MC_OPTION_ITEM *Item)
{
    const char *Setting = Item->Row->Setting;

    if (Item->Row->When == McWhenStart)
        McpOptRefuse(Item, "changes at MEM_CHECK_INIT only");
    else if (Setting[1] == 'C') /* MC_ON_..., of a switch */
        McpOptRefuse(Item, "set when MemCheck is built, by MEMCHECK_%s", Setting + 6);
    else
        McpOptRefuse(Item, "set when MemCheck is built, by %s", Setting);
}

/* ---- numbers ---- */

static VOID McpOptStore(const MC_OPTION_ROW *Row, ULONG Number)
{
    const ULONG Before = *Row->Number;

    *Row->Number = Number;
    if (!McpOptRead.Starting && Number != Before)
        McpOptSay(FALSE, "option %s is %u now, was %u", Row->Name, (unsigned)Number,
                  (unsigned)Before);
}

static VOID McpOptTakeNumber(const MC_OPTION_ITEM *Item)
{
    if (McpOptMayChange(Item->Row))
        McpOptStore(Item->Row, Item->Number);
    else if (Item->Number != *Item->Row->Number)
        McpOptRefuseNow(Item);
}

/* ---- lists ---- */

static BOOLEAN McpOptSame(const char *A, const char *B)
{
    while (*A != 0 && *A == *B) {
        A++;
        B++;
    }
    return (BOOLEAN)(*A == *B);
}

static MCP_OPT_TEXTS *McpOptTextsOf(const MC_OPTION_ROW *Row)
{
    const MC_OPTION_ROW *At;
    ULONG List = 0;

    for (At = McOptionRows; At < Row; At++)
        if (At->List != 0)
            List++;
    return &McpOptRead.Texts[List];
}

/* The half that nobody reads. */
static char *McpOptSpare(const MC_OPTION_ROW *Row, MCP_OPT_TEXTS *Texts)
{
    return Texts->Half[*Row->List == Texts->Half[0] ? 1 : 0];
}

static VOID McpOptTakeList(const MC_OPTION_ITEM *Item)
{
    MCP_OPT_TEXTS *Texts = McpOptTextsOf(Item->Row);
    char *Spare = McpOptSpare(Item->Row, Texts);
    ULONG Length = Texts->Next == Spare ? Texts->Length : 0;
    const BOOLEAN Comma = (BOOLEAN)(Length != 0 && Item->ValueLength != 0);

    if (Length + (Comma ? 1 : 0) + Item->ValueLength >= MCP_OPT_LIST) {
        McpOptRefuse(Item, "a list has room for %u characters", MCP_OPT_LIST - 1);
        return;
    }
    if (Comma)
        Spare[Length++] = ',';
    McBytesCopy(Spare + Length, Item->Value, Item->ValueLength);
    Texts->Length = Length + Item->ValueLength;
    Spare[Texts->Length] = 0;
    Texts->Next = Spare;
    if (!McpOptMayChange(Item->Row)) {
        Texts->Next = 0;
        if (!McpOptSame(Spare, *Item->Row->List))
            McpOptRefuseNow(Item);
    }
}

/* The lists that the string has made, in force. TRUE: there are any. */
static BOOLEAN McpOptPublish(VOID)
{
    const MC_OPTION_ROW *Row = McOptionRows;
    BOOLEAN Any = FALSE;
    MCP_OPT_TEXTS *Texts;

    for (; Row < McOptionRows + McOptionRowCount; Row++) {
        Texts = Row->List != 0 ? McpOptTextsOf(Row) : 0;
        if (Texts == 0 || Texts->Next == 0 || McpOptSame(Texts->Next, *Row->List))
            continue;
        McOsReleaseBarrier(); /* whoever sees the pointer sees the text */
        *Row->List = Texts->Next;
        Any = TRUE;
        if (!McpOptRead.Starting)
            McpOptSay(FALSE, "option %s is \"%s\" now", Row->Name, Texts->Next);
    }
    return Any;
}

/* ---- the string ---- */

static VOID McpOptDefaults(VOID)
{
    const MC_OPTION_ROW *Row = McOptionRows;

    for (; Row < McOptionRows + McOptionRowCount; Row++) {
        if (!McpOptMayChange(Row))
            continue;
        if (Row->List != 0)
            McpOptTextsOf(Row)->Next = Row->DefaultList;
        else
            McpOptStore(Row, Row->Default);
    }
}

static VOID McpOptRefuseBounds(const MC_OPTION_ITEM *Item)
{
    const ULONG Unit = Item->Bytes ? 1024 : 1;

    McpOptRefuse(Item, "out of bounds, which are %u and %u", (unsigned)(Item->Row->Low * Unit),
                 (unsigned)(Item->Row->High * Unit));
}

static VOID McpOptTake(const MC_OPTION_ITEM *Item)
{
    switch (Item->Is) {
    case McItemNumber: McpOptTakeNumber(Item); break;
    case McItemList: McpOptTakeList(Item); break;
    case McItemHelp: McpOptHelp(); break;
    case McItemDefaults: McpOptDefaults(); break;
    case McItemUnknown: McpOptRefuse(Item, "there is none of that name; help lists them"); break;
    case McItemNoValue: McpOptRefuse(Item, "it has no value"); break;
    case McItemNoSwitch: McpOptRefuse(Item, "no switch, so there is no such form of it"); break;
    case McItemNotNumber: McpOptRefuse(Item, "not a number: 12, 0x1f, 64k, 4m"); break;
    case McItemNotSwitch: McpOptRefuse(Item, "a switch is 0 or 1"); break;
    case McItemOutOfBounds: McpOptRefuseBounds(Item); break;
    case McItemNotMultiple:
        McpOptRefuse(Item, "not a multiple of %u",
                     (unsigned)(Item->Bytes ? 1024 : Item->Row->Multiple));
        break;
    case McItemOpenQuote: McpOptRefuse(Item, "a quote has no end"); break;
    case McItemBehindQuote: McpOptRefuse(Item, "there is text behind the quotes"); break;
    }
}

/* TRUE: lists were changed. */
static BOOLEAN McpOptTakeAll(VOID)
{
    const char *At = McpOptRead.String;
    MC_OPTION_ITEM Item;
    ULONG Index;

    for (Index = 0; Index < McpOptNumberOfLists; Index++)
        McpOptRead.Texts[Index].Next = 0;
    while (McOptionNext(&At, &Item))
        McpOptTake(&Item);
    return McpOptPublish();
}

/* TRUE: there is a string to take. */
static BOOLEAN McpOptGet(const VOID *RegistryPath)
{
    ULONG Length = McOsOptions(RegistryPath, McpOptRead.String, sizeof(McpOptRead.String));

    if (Length == MC_OPTIONS_LONG)
        McpOptSay(TRUE, "options: more than %u characters; nothing of it is taken",
                  MCP_OPT_STRING - 1);
    else if (Length == MC_OPTIONS_TYPE)
        McpOptSay(TRUE, "options: MemCheckOptions is no string (REG_SZ); nothing of it is taken");
    else if (Length == MC_OPTIONS_PATH && !McpOptRead.Starting)
        McpOptSay(TRUE, "options: nobody said where they are; MEM_CHECK_INIT_EX does");
    return (BOOLEAN)(Length != MC_OPTIONS_NONE && Length < MCP_OPT_STRING);
}

static BOOLEAN McpOptClaim(BOOLEAN Starting)
{
    if (McOsCompareExchange(&McpOptRead.Busy, 1, 0) != 0) {
        McNoticeAlways("options: they are being read already; not twice at once");
        return FALSE;
    }
    McpOptRead.Starting = Starting;
    return TRUE;
}

/* ---- in force ---- */

VOID McOptionsInForce(VOID)
{
    const ULONG Lanes = Mc.LaneMask + 1;
    const ULONG Blocks = McOptions.QuarantineBlocks / Lanes;

    McReportSettings((BOOLEAN)(McOptions.InfoPrint != 0), (BOOLEAN)(McOptions.Repeat != 0),
                     McOptions.RepeatFrames, (BOOLEAN)(McOptions.HaltOnBad != 0));
    Mc.Filters = McWatchFilters();
    Mc.QuarantineBytes = McOptionsQuarantineBytes() / Lanes;
    Mc.QuarantineBlocks = Blocks != 0 ? Blocks : 1;
}

VOID McOptionsStart(const VOID *RegistryPath)
{
    if (!McpOptClaim(TRUE))
        return;
    McpOptRead.Stale = FALSE; /* nobody is inside */
    if (McpOptGet(RegistryPath))
        McpOptTakeAll();
    McOptionsInForce();
    McRulesInForce(TRUE);
    McOsExchange(&McpOptRead.Busy, 0);
}

/* Lists were changed: nobody must read the old ones any more, and the sites know which they are on.
 */
static VOID McpOptListsChanged(VOID)
{
    MC_LANE *Lane;

    McOsFullBarrier(); /* the pointers are changed before anybody is waited for */
    McpOptRead.Stale = !McGateWait();
    if (!McpOptRead.Stale)
        McSuppressSettle();
    Lane = McEnter();
    if (Lane != 0) {
        McSiteListAgain();
        McLeave(Lane);
    }
}

/* In an operation. TRUE: lists were changed. */
static BOOLEAN McpOptTakeInside(const MC_CALL *Call)
{
    const BOOLEAN Held = (BOOLEAN)(McOptions.DoubleFrees != 0);
    BOOLEAN Lists;

    if (!McpOptGet(0))
        return FALSE;
    Lists = McpOptTakeAll();
    McOptionsInForce();
    McRulesInForce(FALSE);
    if (Held && McOptions.DoubleFrees == 0)
        McQuarantineDrain(Call, McByQuarantine);
    return Lists;
}

VOID McOptionsAgain(const MC_CALL *Call)
{
    BOOLEAN Lists = FALSE;
    MC_LANE *Lane;

    if (!McpOptClaim(FALSE))
        return;
    if (McpOptRead.Stale) {
        McpOptRead.Stale = !McGateWait();
        if (!McpOptRead.Stale)
            McSuppressSettle();
    }
    Lane = McEnter();
    if (Lane != 0) {
        if (McpOptRead.Stale)
            McNoticeAlways("options: not read: MemCheck is too busy for a change; try again");
        else
            Lists = McpOptTakeInside(Call);
        McLeave(Lane);
    }
    if (Lists)
        McpOptListsChanged();
    McInjectAgain();
    McOsExchange(&McpOptRead.Busy, 0);
}
