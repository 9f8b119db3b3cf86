/* option_model.c - the option string, the slow and plain way. */
#include "option_model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- one item ---- */

typedef struct _WORDS {
    char Name[OPTION_STRING];
    char Value[OPTION_STRING];
    BOOLEAN HasValue;
    BOOLEAN BadQuote;
} WORDS;

static BOOLEAN IsBlank(char Character)
{
    return (BOOLEAN)(Character >= 1 && Character <= 32);
}

/* Without the blanks around it. */
static void Copy(char *To, const char *Text, size_t Length)
{
    while (Length > 0 && IsBlank(Text[Length - 1]))
        Length--;
    for (; Length > 0 && IsBlank(*Text); Length--)
        Text++;
    memcpy(To, Text, Length);
    To[Length] = 0;
}

static size_t ToEnd(const char *Text)
{
    return strcspn(Text, ",;");
}

/* The item at Text, which is not empty; gives its length. */
static size_t TakeApart(const char *Text, WORDS *Words)
{
    const size_t Plain = ToEnd(Text);
    const char *Equals = memchr(Text, '=', Plain);
    const char *Value, *Quote;
    size_t Behind;

    Words->HasValue = Words->BadQuote = FALSE;
    Copy(Words->Name, Text, Equals != NULL ? (size_t)(Equals - Text) : Plain);
    Words->Value[0] = 0;
    if (Equals == NULL)
        return Plain;
    Words->HasValue = TRUE;
    for (Value = Equals + 1; IsBlank(*Value);)
        Value++;
    if (*Value != '"' && *Value != '\'') {
        Copy(Words->Value, Value, ToEnd(Value));
        return (size_t)(Value - Text) + ToEnd(Value);
    }
    Quote = strchr(Value + 1, *Value);
    if (Quote == NULL) {
        Words->BadQuote = TRUE;
        return (size_t)(Equals - Text) + 1 + ToEnd(Equals + 1);
    }
    memcpy(Words->Value, Value + 1, (size_t)(Quote - Value) - 1);
    Words->Value[Quote - Value - 1] = 0;
    Behind = ToEnd(Quote + 1);
    Words->BadQuote =
        (BOOLEAN)(strspn(Quote + 1, "\001\002\003\004\005\006\007\010\011\012\013"
                                    "\014\015\016\017\020\021\022\023\024\025\026"
                                    "\027\030\031\032\033\034\035\036\037 ") < Behind);
    return (size_t)(Quote + 1 - Text) + Behind;
}

/* The row of this name; or that of name-kb, and then the number is of bytes. */
static int RowOf(const char *Name, BOOLEAN *Bytes)
{
    const size_t Length = strlen(Name);
    const char *Own;
    ULONG Row;

    for (Row = 0; Row < McOptionRowCount; Row++) {
        Own = McOptionRows[Row].Name;
        if (strncasecmp(Name, Own, Length) != 0)
            continue;
        *Bytes = (BOOLEAN)(strcmp(Own + Length, "-kb") == 0);
        if (*Bytes || Own[Length] == 0)
            return (int)Row;
    }
    return -1;
}

/* FALSE: it is no number, or none that anything holds. */
static BOOLEAN NumberOf(const char *Text, ULONG *Number)
{
    const BOOLEAN Hex = (BOOLEAN)(strncasecmp(Text, "0x", 2) == 0 && Text[2] != 0);
    const char *const Digits = Hex ? "0123456789abcdefABCDEF" : "0123456789";
    size_t Length;
    double Value; /* exact far beyond 32 bits; where not, it is too large anyway */
    char *End;
    char Copy[OPTION_STRING];

    if (Hex)
        Text += 2;
    Length = strspn(Text, Digits);
    if (Length == 0)
        return FALSE;
    snprintf(Copy, sizeof(Copy), "%s%.*s", Hex ? "0x" : "", (int)Length, Text);
    Value = strtod(Copy, &End);
    Text += Length;
    if (*Text == 'k' || *Text == 'K') {
        Value *= 1024;
        Text++;
    } else if (*Text == 'm' || *Text == 'M') {
        Value *= 1048576;
        Text++;
    }
    if (*Text != 0 || Value > 4294967295.0)
        return FALSE;
    *Number = (ULONG)Value;
    return TRUE;
}

/* ---- what an item does ---- */

static BOOLEAN MayChange(ULONG Row, BOOLEAN Starting)
{
    return (BOOLEAN)(McOptionRows[Row].When == McWhenAny ||
                     (McOptionRows[Row].When == McWhenStart && Starting));
}

static BOOLEAN SetNumber(ULONG Row, const char *Text, BOOLEAN Bytes, BOOLEAN Starting,
                         OPTION_VALUES *Values)
{
    ULONG Number;

    if (!NumberOf(Text, &Number) || (Bytes && Number % 1024 != 0))
        return FALSE;
    Number /= Bytes ? 1024 : 1;
    if (Number < McOptionRows[Row].Low || Number > McOptionRows[Row].High ||
        Number % McOptionRows[Row].Multiple != 0)
        return FALSE;
    if (!MayChange(Row, Starting))
        return (BOOLEAN)(Number == Values->Number[Row]);
    Values->Number[Row] = Number;
    return TRUE;
}

/* Begun: lists that this string has named already. */
static BOOLEAN AddToList(ULONG Row, const char *Text, BOOLEAN *Begun, OPTION_VALUES *Values)
{
    char *List = Values->List[Row];
    char Whole[OPTION_LIST + OPTION_STRING];

    snprintf(Whole, sizeof(Whole), "%s%s%s", Begun[Row] ? List : "",
             Begun[Row] && *List != 0 && *Text != 0 ? "," : "", Text);
    if (strlen(Whole) >= OPTION_LIST)
        return FALSE;
    strcpy(List, Whole);
    Begun[Row] = TRUE;
    return TRUE;
}

static BOOLEAN DoWord(const WORDS *Words, BOOLEAN Starting, OPTION_VALUES *Values)
{
    const BOOLEAN Off = (BOOLEAN)(strncasecmp(Words->Name, "no-", 3) == 0);
    BOOLEAN Bytes;
    const int Row = RowOf(Words->Name + (Off ? 3 : 0), &Bytes);

    if (Row < 0 || McOptionRows[Row].Number == NULL || McOptionRows[Row].High != 1)
        return FALSE;
    return SetNumber((ULONG)Row, Off ? "0" : "1", FALSE, Starting, Values);
}

static BOOLEAN DoItem(const WORDS *Words, BOOLEAN Starting, BOOLEAN *Begun, OPTION_VALUES *Values)
{
    BOOLEAN Bytes;
    int Row;

    if (!Words->HasValue)
        return DoWord(Words, Starting, Values);
    Row = RowOf(Words->Name, &Bytes);
    if (Row < 0 || Words->BadQuote)
        return FALSE;
    if (McOptionRows[Row].List != NULL)
        return AddToList((ULONG)Row, Words->Value, Begun, Values);
    return SetNumber((ULONG)Row, Words->Value, Bytes, Starting, Values);
}

static void SetDefaults(BOOLEAN Starting, BOOLEAN *Begun, OPTION_VALUES *Values)
{
    ULONG Row;

    for (Row = 0; Row < McOptionRowCount; Row++) {
        if (!MayChange(Row, Starting))
            continue;
        Begun[Row] = FALSE;
        Values->Number[Row] = McOptionRows[Row].Default;
        if (McOptionRows[Row].List != NULL)
            strcpy(Values->List[Row], McOptionRows[Row].DefaultList);
    }
}

void OptionDefaults(OPTION_VALUES *Values)
{
    ULONG Row;

    FUZZ_CHECK(McOptionRowCount <= OPTION_ROWS, "%u options", McOptionRowCount);
    memset(Values, 0, sizeof(*Values));
    for (Row = 0; Row < McOptionRowCount; Row++) {
        Values->Number[Row] = McOptionRows[Row].Default;
        if (McOptionRows[Row].List != NULL)
            strcpy(Values->List[Row], McOptionRows[Row].DefaultList);
    }
}

void OptionRead(const char *String, BOOLEAN Starting, OPTION_VALUES *Values, OPTION_COUNTS *Counts)
{
    BOOLEAN Begun[OPTION_ROWS] = {FALSE};
    char Seen[OPTION_STRING];
    const char *At = Seen;
    size_t Index;
    WORDS Words;

    memset(Counts, 0, sizeof(*Counts));
    if (strlen(String) >= OPTION_STRING)
        return; /* nothing of it is taken */
    for (Index = 0; (Seen[Index] = String[Index]) != 0; Index++)
        if ((Seen[Index] & 0x80) != 0)
            Seen[Index] = '?';
    for (;;) {
        while (IsBlank(*At) || *At == ',' || *At == ';')
            At++;
        if (*At == 0)
            return;
        At += TakeApart(At, &Words);
        Counts->Items++;
        if (!Words.HasValue && strcasecmp(Words.Name, "help") == 0)
            Counts->Helps++;
        else if (!Words.HasValue && strcasecmp(Words.Name, "defaults") == 0)
            SetDefaults(Starting, Begun, Values);
        else if (!DoItem(&Words, Starting, Begun, Values))
            Counts->Wrong++;
    }
}

/* ---- and back ---- */

BOOLEAN OptionItem(ULONG Row, const OPTION_VALUES *Values, char *Item, size_t Size)
{
    const char *List = Values->List[Row];
    const char *Name = McOptionRows[Row].Name;
    int Length;

    if (McOptionRows[Row].Number != NULL)
        Length = snprintf(Item, Size, "%s=%u", Name, Values->Number[Row]);
    else if (strchr(List, '"') == NULL)
        Length = snprintf(Item, Size, "%s=\"%s\"", Name, List);
    else if (strchr(List, '\'') == NULL)
        Length = snprintf(Item, Size, "%s='%s'", Name, List);
    else /* both quotes in it: as it is, where that can be */
        Length = strcspn(List, ",;\"'") < strlen(List) && strcspn(List, ",;") == strlen(List) &&
                         *List != '"' && *List != '\'' && !IsBlank(*List) &&
                         !IsBlank(List[strlen(List) - 1])
                     ? snprintf(Item, Size, "%s=%s", Name, List)
                     : -1;
    return (BOOLEAN)(Length >= 0 && (size_t)Length < Size);
}
