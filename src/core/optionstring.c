/* optionstring.c - the option string taken apart; optionstring.h has its syntax. */
#include "optionstring.h"

const MC_OPTION_ROW McOptionRows[] = {
#define MC_OPTION(Field, Name, Default, Low, High, Multiple, When, Help) \
    {Name, #Default, Help, When, &McOptions.Field, Default, Low, High, Multiple, 0, 0},
#define MC_TEXT_OPTION(Field, Name, Default, When, Help) \
    {Name, #Default, Help, When, 0, 0, 0, 0, 1, &McOptions.Field, Default},
#include "options.inc"
};

const ULONG McOptionRowCount = sizeof(McOptionRows) / sizeof(McOptionRows[0]);

BOOLEAN McOptionIsSwitch(const MC_OPTION_ROW *Row)
{
    return (BOOLEAN)(Row->Number != 0 && Row->Low == 0 && Row->High == 1);
}

/* ---- characters ---- */

BOOLEAN McOptionIsBlank(char Character)
{
    return (BOOLEAN)(Character > 0 && Character <= ' ');
}

/* Of the string, or of an item. */
static BOOLEAN McpItemIsEnd(char Character)
{
    return (BOOLEAN)(Character == 0 || Character == ',' || Character == ';');
}

static char McpItemSmall(char Character)
{
    return (char)(Character >= 'A' && Character <= 'Z' ? Character + ('a' - 'A') : Character);
}

/* What lies before End, without the blanks there. */
static const char *McpItemWithoutBlanks(const char *Start, const char *End)
{
    while (End > Start && McOptionIsBlank(End[-1]))
        End--;
    return End;
}

/* ---- names ---- */

/* Is [Text, End) this name, and all of it? Gives what is left of the name, else NULL. */
static const char *McpItemNameRest(const char *Name, const char *Text, const char *End)
{
    for (; Text < End && *Name != 0 && McpItemSmall(*Text) == *Name; Text++)
        Name++;
    return Text == End ? Name : 0;
}

static BOOLEAN McpItemIsName(const char *Name, const char *Text, const char *End)
{
    const char *Rest = McpItemNameRest(Name, Text, End);

    return (BOOLEAN)(Rest != 0 && *Rest == 0);
}

static BOOLEAN McpItemIsKb(const char *Rest)
{
    return (BOOLEAN)(Rest[0] == '-' && Rest[1] == 'k' && Rest[2] == 'b' && Rest[3] == 0);
}

/* The row that [Text, End) names. */
static const MC_OPTION_ROW *McpItemRow(const char *Text, const char *End, BOOLEAN *Bytes)
{
    const char *Rest;
    ULONG Index;

    *Bytes = FALSE;
    for (Index = 0; Index < McOptionRowCount; Index++) {
        Rest = McpItemNameRest(McOptionRows[Index].Name, Text, End);
        if (Rest != 0 && *Rest == 0)
            return &McOptionRows[Index];
        if (Rest != 0 && McpItemIsKb(Rest)) {
            *Bytes = TRUE;
            return &McOptionRows[Index];
        }
    }
    return 0;
}

/* ---- numbers ---- */

static ULONG McpItemDigit(char Character, ULONG Base)
{
    ULONG Digit = Base;

    Character = McpItemSmall(Character);
    if (Character >= '0' && Character <= '9')
        Digit = (ULONG)(Character - '0');
    else if (Character >= 'a' && Character <= 'f')
        Digit = (ULONG)(Character - 'a') + 10;
    return Digit < Base ? Digit : Base;
}

/* McItemNumber, McItemNotNumber, or McItemOutOfBounds: what no ULONG holds is in no bounds. */
static MC_ITEM McpItemNumber(const char *Text, const char *End, ULONG *Number)
{
    const ULONG Most = 0xFFFFFFFFu;
    BOOLEAN Fits = TRUE;
    ULONG Base = 10, Shift = 0, Value = 0;
    const char *First;

    if (End - Text > 2 && Text[0] == '0' && McpItemSmall(Text[1]) == 'x') {
        Base = 16;
        Text += 2;
    }
    for (First = Text; Text < End && McpItemDigit(*Text, Base) < Base; Text++) {
        Fits = (BOOLEAN)(Fits && Value <= (Most - McpItemDigit(*Text, Base)) / Base);
        Value = Value * Base + McpItemDigit(*Text, Base);
    }
    if (Text == First)
        return McItemNotNumber;
    if (Text < End && McpItemSmall(*Text) == 'k')
        Shift = 10;
    else if (Text < End && McpItemSmall(*Text) == 'm')
        Shift = 20;
    if (Shift != 0)
        Text++;
    if (Text != End)
        return McItemNotNumber;
    *Number = Value << Shift;
    return Fits && Value <= Most >> Shift ? McItemNumber : McItemOutOfBounds;
}

static MC_ITEM McpItemJudgeNumber(MC_OPTION_ITEM *Item)
{
    const MC_OPTION_ROW *Row = Item->Row;
    MC_ITEM Is = McpItemNumber(Item->Value, Item->Value + Item->ValueLength, &Item->Number);

    if (Is == McItemNotNumber)
        return McOptionIsSwitch(Row) ? McItemNotSwitch : Is;
    if (McOptionIsSwitch(Row) && (Is != McItemNumber || Item->Number > 1))
        return McItemNotSwitch;
    if (Is != McItemNumber)
        return Is;
    if (Item->Bytes) {
        if (Item->Number % 1024 != 0)
            return McItemNotMultiple;
        Item->Number /= 1024;
    }
    if (Item->Number < Row->Low || Item->Number > Row->High)
        return McItemOutOfBounds;
    return Item->Number % Row->Multiple == 0 ? McItemNumber : McItemNotMultiple;
}

/* ---- items ---- */

/* A name that stands alone. */
static MC_ITEM McpItemJudgeWord(MC_OPTION_ITEM *Item, const char *End)
{
    const char *Text = Item->Text;
    BOOLEAN Off;

    if (McpItemIsName("help", Text, End))
        return McItemHelp;
    if (McpItemIsName("defaults", Text, End))
        return McItemDefaults;
    Item->Row = McpItemRow(Text, End, &Item->Bytes);
    Off = (BOOLEAN)(Item->Row == 0 && End - Text > 3 && McpItemIsName("no-", Text, Text + 3));
    if (Off)
        Item->Row = McpItemRow(Text + 3, End, &Item->Bytes);
    if (Item->Row == 0)
        return McItemUnknown;
    if (!McOptionIsSwitch(Item->Row))
        return Off ? McItemNoSwitch : McItemNoValue;
    Item->Number = Off ? 0 : 1;
    return McItemNumber;
}

/* What stands behind the = at *At, which moves behind it. McItemList: it can be taken. */
static MC_ITEM McpItemValue(const char **At, MC_OPTION_ITEM *Item)
{
    const char *Text = *At;
    const char *End;

    while (McOptionIsBlank(*Text))
        Text++;
    if (*Text != '"' && *Text != '\'') {
        for (End = Text; !McpItemIsEnd(*End);)
            End++;
        *At = End;
        Item->Value = Text;
        Item->ValueLength = (ULONG)(McpItemWithoutBlanks(Text, End) - Text);
        return McItemList;
    }
    for (End = Text + 1; *End != 0 && *End != *Text;)
        End++;
    if (*End == 0)
        return McItemOpenQuote; /* *At stays: the item ends where it would without the quote */
    Item->Value = Text + 1;
    Item->ValueLength = (ULONG)(End - Text) - 1;
    for (End++; McOptionIsBlank(*End);)
        End++;
    *At = End;
    return McpItemIsEnd(*End) ? McItemList : McItemBehindQuote;
}

static MC_ITEM McpItemJudgeValue(const char **At, MC_OPTION_ITEM *Item, const char *NameEnd)
{
    MC_ITEM Is = McpItemValue(At, Item);

    Item->Row = McpItemRow(Item->Text, NameEnd, &Item->Bytes);
    if (Item->Row == 0)
        return McItemUnknown;
    if (Is != McItemList || Item->Row->List != 0)
        return Is;
    return Item->ValueLength == 0 ? McItemNoValue : McpItemJudgeNumber(Item);
}

BOOLEAN McOptionNext(const char **At, MC_OPTION_ITEM *Item)
{
    const char *Text = *At;
    const char *End;

    while (McOptionIsBlank(*Text) || (McpItemIsEnd(*Text) && *Text != 0))
        Text++;
    *At = Text;
    if (*Text == 0)
        return FALSE;
    Item->Text = Text;
    Item->Row = 0;
    Item->Number = 0;
    Item->Value = 0;
    Item->ValueLength = 0;
    Item->Bytes = FALSE;
    while (!McpItemIsEnd(*Text) && *Text != '=')
        Text++;
    End = McpItemWithoutBlanks(Item->Text, Text);
    if (*Text == '=') {
        Text++;
        Item->Is = McpItemJudgeValue(&Text, Item, End);
    } else {
        Item->Is = McpItemJudgeWord(Item, End);
    }
    while (!McpItemIsEnd(*Text))
        Text++;
    *At = Text;
    Item->Length = (ULONG)(McpItemWithoutBlanks(Item->Text, Text) - Item->Text);
    return TRUE;
}
