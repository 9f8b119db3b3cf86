/*
 * keys.c - lines for programs, key by key.
 *
 * A key that no longer fits the 400 characters is left out, and cut=yes ends the line. A value
 * holds letters, digits and _.:+- only; every other byte is written as % and two hex digits.
 */
#include "keys.h"
#include "slots.h"

#define MCP_KEYS_CUT     " cut=yes"
#define MCP_KEYS_RESERVE 8 /* characters of it, kept free */

#define MCP_KEYS_BUFFERS 8 /* lines of notices that can be made at one time */

static struct {
    volatile LONG Busy;
    char Line[MC_MACHINE_SIZE];
} McpKeysBuffers[MCP_KEYS_BUFFERS];

char *McKeysClaim(VOID)
{
    ULONG Index;

    for (Index = 0; Index < MCP_KEYS_BUFFERS; Index++) {
        if (McOsCompareExchange(&McpKeysBuffers[Index].Busy, 1, 0) == 0) {
            return McpKeysBuffers[Index].Line;
        }
    }
    McReportLost();
    return NULL;
}

VOID McKeysPrint(char *Buffer)
{
    ULONG Index;

    McOsPrint(Buffer);
    for (Index = 0; Index < MCP_KEYS_BUFFERS; Index++) {
        if (Buffer == McpKeysBuffers[Index].Line) {
            McOsExchange(&McpKeysBuffers[Index].Busy, 0);
        }
    }
}

VOID McKeysStart(MC_KEYS *Line, const MC_REPORT_CONTEXT *Context, char *Buffer)
{
    McTextStart(&Line->Text, Buffer, MC_MACHINE_SIZE - MCP_KEYS_RESERVE, NULL, NULL);
    Line->Context = Context;
    Line->Missing = FALSE;
    McTextString(&Line->Text, "memcheck: v=1");
    McKeyName(McKeyBegin(Line, "drv"), Context->Driver);
    McKeyEnd(Line);
}

VOID McKeysEnd(MC_KEYS *Line)
{
    if (Line->Missing) {
        Line->Text.Size = MC_MACHINE_SIZE;
        McTextString(&Line->Text, MCP_KEYS_CUT);
    }
}

MC_TEXT *McKeyBegin(MC_KEYS *Line, const char *Key)
{
    Line->Mark = Line->Text.Length;
    McTextChar(&Line->Text, ' ');
    McTextString(&Line->Text, Key);
    McTextChar(&Line->Text, '=');
    return &Line->Text;
}

VOID McKeyEnd(MC_KEYS *Line)
{
    if (Line->Text.Cut) {
        Line->Text.Cut = FALSE;
        Line->Text.Length = Line->Mark;
        Line->Text.Buffer[Line->Mark] = 0;
        Line->Missing = TRUE;
    }
}

VOID McKeyByte(MC_TEXT *Text, UCHAR Byte)
{
    if ((Byte >= '0' && Byte <= '9') || (Byte >= 'a' && Byte <= 'z') ||
        (Byte >= 'A' && Byte <= 'Z') || Byte == '_' || Byte == '.' || Byte == ':' || Byte == '+' ||
        Byte == '-') {
        McTextChar(Text, (char)Byte);
    } else {
        McTextChar(Text, '%'); /* not by McTextHex: the stack is small, and this is deep in it */
        McTextChar(Text, "0123456789abcdef"[Byte >> 4]);
        McTextChar(Text, "0123456789abcdef"[Byte & 15]);
    }
}

/* Cut like every name; the caller knows that there is one. */
VOID McKeyName(MC_TEXT *Text, const char *Name)
{
    const volatile char *At = Name;
    ULONG Left = MC_NAME_LENGTH;

    for (; *At != 0 && Left != 0; At++, Left--) {
        McKeyByte(Text, (UCHAR)*At);
    }
}

VOID McKeyWord(MC_KEYS *Line, const char *Key, const char *Word)
{
    McKeyName(McKeyBegin(Line, Key), Word);
    McKeyEnd(Line);
}

/* One of our own, of any length. */
VOID McKeyOwn(MC_KEYS *Line, const char *Key, const char *Word)
{
    MC_TEXT *Text = McKeyBegin(Line, Key);
    const volatile char *At;

    for (At = Word; *At != 0; At++) {
        McKeyByte(Text, (UCHAR)*At);
    }
    McKeyEnd(Line);
}

VOID McKeyNumber(MC_KEYS *Line, const char *Key, SIZE_T Value)
{
    McTextDecimal(McKeyBegin(Line, Key), Value);
    McKeyEnd(Line);
}

VOID McKeyHex(MC_KEYS *Line, const char *Key, ULONG_PTR Value)
{
    McTextHex0x(McKeyBegin(Line, Key), Value);
    McKeyEnd(Line);
}

/* An offset from the buffer's first byte: a sign only where it is negative. */
VOID McKeyOffset(MC_KEYS *Line, const char *Key, LONG_PTR Value)
{
    MC_TEXT *Text = McKeyBegin(Line, Key);

    if (Value < 0) {
        McTextSigned(Text, Value, 1);
    } else {
        McTextDecimal(Text, (SIZE_T)Value);
    }
    McKeyEnd(Line);
}

/* The four bytes as text, without the kit's protected bit; "none" where there is none. */
VOID McKeyTag(MC_KEYS *Line, const char *Key, ULONG Tag)
{
    MC_TEXT *Text = McKeyBegin(Line, Key);
    ULONG Shift;

    if (Tag == 0) {
        McTextString(Text, "none");
    }
    for (Shift = 0; Tag != 0 && Shift < 32; Shift += 8) {
        McKeyByte(Text, (UCHAR)(((Tag & 0x7fffffff) >> Shift) & 0xff));
    }
    McKeyEnd(Line);
}

VOID McKeyPool(MC_KEYS *Line, const MC_BLOCK *Block)
{
    McTextPool(McKeyBegin(Line, "pool"), Block, "+");
    McKeyEnd(Line);
}

/* driver.sys+0x1234, or the bare address with 0x. */
VOID McKeyCode(MC_KEYS *Line, const char *Key, ULONG_PTR Address)
{
    const MC_REPORT_CONTEXT *Context = Line->Context;
    MC_TEXT *Text;

    if (Address == 0) {
        return;
    }
    Text = McKeyBegin(Line, Key);
    if (Address >= Context->ImageLow && Address < Context->ImageHigh) {
        McKeyName(Text, Context->Driver);
        McTextString(Text, MC_MODULE_SUFFIX "+");
        Address -= Context->ImageLow;
    }
    McTextHex0x(Text, Address);
    McKeyEnd(Line);
}

VOID McKeyPlace(MC_KEYS *Line, const char *Key, ULONG_PTR Address, ULONG LineNumber)
{
    MC_TEXT *Text;

    if (LineNumber == 0) {
        McKeyCode(Line, Key, Address);
        return;
    }
    Text = McKeyBegin(Line, Key);
    McKeyName(Text, McTextLastPart((const char *)Address));
    McTextChar(Text, ':');
    McTextDecimal(Text, LineNumber);
    McKeyEnd(Line);
}

VOID McKeyCall(MC_KEYS *Line, const char *Key, const MC_SITE *Site)
{
    if (McSiteHasFile(Site)) {
        McKeyPlace(Line, Key, (ULONG_PTR)Site->File, Site->Line);
    } else {
        McKeyPlace(Line, Key, Site->ReturnAddress, 0);
    }
}
