/* text.c - appending text to a fixed buffer; lines for people are broken at 100 columns. */
#include "text.h"

#define MCP_LABEL_WIDTH 10 /* "allocated " */

VOID McTextStart(MC_TEXT *Text, char *Buffer, ULONG Size, MC_SINK Sink, PVOID SinkContext)
{
    Text->Buffer = Buffer;
    Text->Size = Size;
    Text->Length = 0;
    Text->Prefix = 0;
    Text->Indent = 0;
    Text->Sink = Sink;
    Text->SinkContext = SinkContext;
    Text->Cut = FALSE;
    Text->Buffer[0] = 0;
}

VOID McTextPrefix(MC_TEXT *Text)
{
    Text->Prefix = Text->Length;
    Text->Indent = Text->Length;
}

/* Hand the first Length characters to the sink, without spaces at the end. The buffer stays as it
 * was: the prefix, which ends with a space, is needed for the next line. */
static VOID McpTextFlush(MC_TEXT *Text, ULONG Length)
{
    char Kept;

    while (Length > 0 && Text->Buffer[Length - 1] == ' ') {
        Length--;
    }
    Kept = Text->Buffer[Length];
    Text->Buffer[Length] = 0;
    Text->Sink(Text->SinkContext, (const char *)Text->Buffer);
    Text->Buffer[Length] = Kept;
}

/* Print the first Break characters, and begin a continuation line - prefix, spaces up to the indent
 * - with those from From on. */
static VOID McpTextBreak(MC_TEXT *Text, ULONG Break, ULONG From)
{
    ULONG At = Text->Prefix;

    while (At < Break && Text->Buffer[At] == ' ') {
        At++;
    }
    if (At < Break) { /* a blank line is not printed: what was to follow takes its place */
        McpTextFlush(Text, Break);
    }
    for (At = Text->Prefix; At < Text->Indent; At++) {
        Text->Buffer[At] = ' ';
    }
    for (; From < Text->Length; From++) {
        Text->Buffer[At++] = Text->Buffer[From];
    }
    Text->Length = At;
}

/* The line is full: break it at its last space. Where there is none behind the indent, the word is
 * longer than a line, and is broken where it is. There is room for a character afterwards. */
static VOID McpTextWrap(MC_TEXT *Text)
{
    ULONG At;

    for (At = Text->Length; At > Text->Indent + 1; At--) {
        if (Text->Buffer[At - 1] == ' ') {
            McpTextBreak(Text, At - 1, At);
            return;
        }
    }
    McpTextBreak(Text, Text->Length, Text->Length);
}

VOID McTextChar(MC_TEXT *Text, char Char)
{
    if (Text->Length + 1 >= Text->Size) {
        /* A line without room for text behind its indent cannot be continued; it is cut. */
        if (Text->Sink == NULL || Text->Indent + 2 >= Text->Size) {
            Text->Cut = TRUE;
            return;
        }
        if (Char == ' ') {
            McpTextBreak(Text, Text->Length, Text->Length);
            return;
        }
        McpTextWrap(Text);
    }
    Text->Buffer[Text->Length++] = Char >= ' ' && Char <= '~' ? Char : '.';
    Text->Buffer[Text->Length] = 0;
}

VOID McTextString(MC_TEXT *Text, const char *String)
{
    const volatile char *At = String != NULL ? String : "?";

    for (; *At != 0; At++) {
        McTextChar(Text, *At);
    }
}

VOID McTextLine(MC_TEXT *Text, const char *Label)
{
    Text->Length = Text->Prefix;
    Text->Indent = Text->Prefix + MCP_LABEL_WIDTH;
    if (Text->Indent >= Text->Size) {
        Text->Indent = Text->Size - 1;
    }
    if (Label == NULL) {
        return;
    }
    McTextString(Text, Label);
    while (Text->Length < Text->Indent) {
        McTextChar(Text, ' ');
    }
}

VOID McTextLineEnd(MC_TEXT *Text)
{
    McpTextBreak(Text, Text->Length, Text->Length);
    Text->Length = Text->Prefix;
}

VOID McTextName(MC_TEXT *Text, const char *Name)
{
    const volatile char *At = Name;
    ULONG Left = MC_NAME_LENGTH;

    if (At == NULL || *At == 0) {
        At = "?";
    }
    for (; *At != 0 && Left != 0; At++, Left--) {
        McTextChar(Text, *At);
    }
}

const char *McTextLastPart(const char *Path)
{
    const char *Last = Path;
    const volatile char *At = Path;

    if (Path == NULL) {
        return NULL;
    }
    for (; *At != 0; At++) {
        if (*At == '/' || *At == '\\') {
            Last = (const char *)At + 1;
        }
    }
    return Last;
}

VOID McTextFile(MC_TEXT *Text, const char *Path)
{
    McTextName(Text, McTextLastPart(Path));
}

VOID McTextDecimal(MC_TEXT *Text, SIZE_T Value)
{
    char Digits[20]; /* of 64 bits */
    ULONG Count = 0;

    do {
        Digits[Count++] = (char)('0' + Value % 10);
        Value /= 10;
    } while (Value != 0);
    while (Count != 0) {
        McTextChar(Text, Digits[--Count]);
    }
}

VOID McTextSigned(MC_TEXT *Text, LONG_PTR Value, ULONG Digits)
{
    SIZE_T Amount = Value < 0 ? 0 - (SIZE_T)Value : (SIZE_T)Value;
    SIZE_T Limit = 10;

    McTextChar(Text, Value < 0 ? '-' : '+');
    for (; Digits > 1; Digits--, Limit *= 10) {
        if (Amount < Limit) {
            for (; Digits > 1; Digits--) {
                McTextChar(Text, '0');
            }
            break;
        }
    }
    McTextDecimal(Text, Amount);
}

VOID McTextHex(MC_TEXT *Text, ULONG_PTR Value, ULONG Digits)
{
    ULONG Shift = sizeof(Value) * 8;
    BOOLEAN Begun = FALSE;

    while (Shift != 0) {
        Shift -= 4;
        if (Begun || Shift < Digits * 4 || (Value >> Shift) != 0) {
            Begun = TRUE;
            McTextChar(Text, "0123456789abcdef"[(Value >> Shift) & 15]);
        }
    }
}

VOID McTextHex0x(MC_TEXT *Text, ULONG_PTR Value)
{
    McTextString(Text, "0x");
    McTextHex(Text, Value, 1);
}

VOID McTextAddress(MC_TEXT *Text, ULONG_PTR Address)
{
    if (sizeof(Address) > 4) {
        McTextHex(Text, (Address >> 16) >> 16, 8); /* in two steps: right for 32 bits too */
        McTextChar(Text, '`');
    }
    McTextHex(Text, Address & 0xffffffff, 8);
}

VOID McTextCount(MC_TEXT *Text, SIZE_T Count, const char *One)
{
    McTextDecimal(Text, Count);
    McTextChar(Text, ' ');
    McTextString(Text, One);
    if (Count != 1) {
        McTextChar(Text, 's');
    }
}

/* Bit 31 is the kit's PROTECTED_POOL, no part of the text. Where dots hide what it is: in hex too.
 */
VOID McTextTag(MC_TEXT *Text, ULONG Tag)
{
    ULONG Shift;
    UCHAR Byte;
    BOOLEAN Odd = FALSE;

    if (Tag == 0) {
        McTextString(Text, "none");
        return;
    }
    McTextChar(Text, '\'');
    for (Shift = 0; Shift < 32; Shift += 8) {
        Byte = (UCHAR)(((Tag & 0x7fffffff) >> Shift) & 0xff);
        Odd = Odd || Byte < ' ' || Byte > '~';
        McTextChar(Text, (char)Byte);
    }
    McTextChar(Text, '\'');
    if (Odd) {
        McTextString(Text, " 0x");
        McTextHex(Text, Tag & 0x7fffffff, 8);
    }
    if ((Tag & 0x80000000) != 0) {
        McTextString(Text, " (protected)");
    }
}

typedef struct _MCP_POOL_NAME {
    ULONG Value;
    const char *Name;
} MCP_POOL_NAME;

/* By value, as in every kit: the oldest and the newest do not have all the names. */
static const MCP_POOL_NAME McpPoolNames[] = {
    {0, "NonPagedPool"},
    {1, "PagedPool"},
    {2, "NonPagedPoolMustSucceed"},
    {4, "NonPagedPoolCacheAligned"},
    {5, "PagedPoolCacheAligned"},
    {6, "NonPagedPoolCacheAlignedMustS"},
    {32, "NonPagedPoolSession"},
    {33, "PagedPoolSession"},
    {512, "NonPagedPoolNx"},
    {516, "NonPagedPoolNxCacheAligned"},
};

/* Bits of the type: fail instead of raise for quota 8, raise 0x10, cold 0x100, zeroed 0x400. */
#define MCP_POOL_BITS 0x518u

/* POOL_FLAGS, low half: the pool first, then the rest. */
static const MCP_POOL_NAME McpFlagNames[] = {
    {0x40, "POOL_FLAG_NON_PAGED"},    {0x80, "POOL_FLAG_NON_PAGED_EXECUTE"},
    {0x100, "POOL_FLAG_PAGED"},       {0x1, "POOL_FLAG_USE_QUOTA"},
    {0x2, "POOL_FLAG_UNINITIALIZED"}, {0x4, "POOL_FLAG_SESSION"},
    {0x8, "POOL_FLAG_CACHE_ALIGNED"}, {0x20, "POOL_FLAG_RAISE_ON_FAILURE"},
};

static VOID McpTextFlags(MC_TEXT *Text, ULONG Flags, const char *Between)
{
    ULONG Rest = Flags;
    ULONG Index;

    for (Index = 0; Index < sizeof(McpFlagNames) / sizeof(McpFlagNames[0]); Index++) {
        if ((Flags & McpFlagNames[Index].Value) != 0) {
            McTextString(Text, Rest != Flags ? Between : "");
            McTextString(Text, McpFlagNames[Index].Name);
            Rest &= ~McpFlagNames[Index].Value;
        }
    }
    if (Rest != 0 || Flags == 0) { /* what no kit has named yet */
        McTextString(Text, Rest != Flags ? Between : "flags:");
        McTextHex0x(Text, Rest);
    }
}

VOID McTextPool(MC_TEXT *Text, const MC_BLOCK *Block, const char *Between)
{
    ULONG PoolType = Block->PoolType;
    ULONG Flags = PoolType & MCP_POOL_BITS;
    ULONG Index;

    if ((Block->Attributes & MC_BY_FLAGS) != 0) {
        McpTextFlags(Text, PoolType, Between);
        return;
    }
    for (Index = 0; Index < sizeof(McpPoolNames) / sizeof(McpPoolNames[0]); Index++) {
        if (McpPoolNames[Index].Value == (PoolType & ~MCP_POOL_BITS)) {
            McTextString(Text, McpPoolNames[Index].Name);
            if (Flags != 0) {
                McTextChar(Text, '+');
                McTextHex0x(Text, Flags);
            }
            return;
        }
    }
    McTextString(Text, "pool:");
    McTextHex0x(Text, PoolType);
}

/*
 * Long multiplication and division, one bit of Ticks at a time from the top: Result and Rest are
 * quotient and remainder of (the bits so far * MicrosPerTick) / Divisor.
 */
ULONG McTextScale(ULONG Ticks, ULONG MicrosPerTick, ULONG Divisor)
{
    ULONG Result = 0;
    ULONG Rest = 0;
    ULONG More;
    ULONG Bit;

    if (MicrosPerTick > 1000000 || Divisor == 0 || Divisor > 1000000) {
        return 0xffffffff; /* no such clock; and Rest would not hold it */
    }
    for (Bit = 32; Bit-- != 0;) {
        Rest = Rest * 2 + ((Ticks >> Bit) & 1) * MicrosPerTick;
        More = Rest / Divisor;
        Rest %= Divisor;
        if (Result > (0xffffffff - More) / 2) {
            return 0xffffffff;
        }
        Result = Result * 2 + More;
    }
    return Result;
}

VOID McTextSeconds(MC_TEXT *Text, ULONG Ticks, ULONG MicrosPerTick)
{
    ULONG Tenths = McTextScale(Ticks, MicrosPerTick, 100000);

    McTextDecimal(Text, Tenths / 10);
    McTextChar(Text, '.');
    McTextDecimal(Text, Tenths % 10);
    McTextString(Text, " s");
}
