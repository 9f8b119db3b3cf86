/*
 * damage.c - which bytes were changed, in words and as a dump.
 *
 *   damage    rear redzone, bytes +100 to +103 (4 of its 28; b0 to bf when intact)
 *     +096    61 61 61 61[61 61 61 61].. .. .. .. .. .. .. ..  aaaaaaaa........
 *
 *   expected  +100: b4 b7 b3 b1
 *
 * Changed bytes stand in brackets, MemCheck's own that are intact are "..", the rest are the
 * driver's. A line has as many bytes as fit behind the prefix: 16, and with long names 8 or 4.
 */
#include "describe.h"

#define MCP_DUMP_OFFSET 9 /* columns of the offset: two spaces, sign, digits, spaces */

#define MCP_EXPECTED 16 /* bytes in the line of what was expected, at most */

/* Marks in MC_DAMAGE. */
#define MCP_MARK_CHANGED 1
#define MCP_MARK_INTACT  2

static VOID McpDamageZone(MC_TEXT *Text, const MC_FINDING *Finding)
{
    const MC_DAMAGE *Damage = &Finding->Damage;
    const MC_BLOCK *Block = &Finding->Block;
    BOOLEAN Front = (BOOLEAN)(Damage->First < 0);
    BOOLEAN Rear = (BOOLEAN)(!Front && (SIZE_T)Damage->First >= Block->Size);
    SIZE_T Zone = Front ? Block->Front : Rear ? Block->Rear : Block->Size;
    BOOLEAN Edge = (BOOLEAN)(Front  ? 0 - (SIZE_T)Damage->First == Zone
                             : Rear ? (SIZE_T)Damage->Last - Block->Size + 1 == Zone
                                    : FALSE);

    McTextLine(Text, "damage");
    McTextString(Text, Front ? "front redzone" : Rear ? "rear redzone" : "freed buffer");
    McTextString(Text, Damage->First == Damage->Last ? ", byte " : ", bytes ");
    McTextSigned(Text, Damage->First, 1);
    if (Damage->First != Damage->Last) {
        McTextString(Text, " to ");
        McTextSigned(Text, Damage->Last, 1);
    }
    McTextString(Text, " (");
    McTextDecimal(Text, Damage->Changed);
    McTextString(Text, " of its ");
    McTextDecimal(Text, Zone);
    McTextString(Text, Front || Rear ? "; b0 to bf when intact)" : "; a7 when intact)");
    if (Edge) {
        McTextString(Text, ", perhaps more beyond"); /* where nothing is ours to compare */
    }
    McTextLineEnd(Text);
}

/* What is between two bytes: brackets where changed ones begin and end. */
static char McpDamageBetween(UCHAR Before, UCHAR Behind)
{
    if (Behind == MCP_MARK_CHANGED && Before != MCP_MARK_CHANGED) {
        return '[';
    }
    if (Behind != MCP_MARK_CHANGED && Before == MCP_MARK_CHANGED) {
        return ']';
    }
    return ' ';
}

/* One line of the dump: Width columns of bytes, of which Count, from Index on, exist. */
static VOID McpDamageDumpLine(MC_TEXT *Text, const MC_DAMAGE *Damage, ULONG Index, ULONG Count,
                              ULONG Width)
{
    UCHAR Before = 0;
    UCHAR Mark;
    ULONG At;

    McTextLine(Text, NULL);
    McTextString(Text, "  ");
    McTextSigned(Text, (LONG_PTR)((ULONG_PTR)Damage->DumpAt + Index), 3);
    for (At = Text->Length - Text->Prefix; At < MCP_DUMP_OFFSET; At++) {
        McTextChar(Text, ' ');
    }
    for (At = 0; At < Width; At++) {
        Mark = (UCHAR)(At < Count ? Damage->Marked[Index + At] : 0);
        McTextChar(Text, McpDamageBetween(Before, Mark));
        Before = Mark;
        if (At >= Count) {
            McTextString(Text, "  ");
        } else if (Mark == MCP_MARK_INTACT) {
            McTextString(Text, "..");
        } else {
            McTextHex(Text, Damage->Found[Index + At], 2);
        }
    }
    McTextChar(Text, McpDamageBetween(Before, 0));
    McTextString(Text, "  ");
    for (At = 0; At < Count; At++) {
        Mark = Damage->Marked[Index + At];
        McTextChar(Text, Mark == MCP_MARK_INTACT ? '.' : (char)Damage->Found[Index + At]);
    }
    McTextLineEnd(Text);
}

static BOOLEAN McpDamageDumpFits(const MC_TEXT *Text, ULONG Offset, ULONG Width)
{
    return (BOOLEAN)(Text->Prefix + Offset + Width * 4 + 3 < Text->Size);
}

static VOID McpDamageDump(MC_TEXT *Text, const MC_DAMAGE *Damage)
{
    ULONG Length = Damage->DumpLength < MC_DUMP_BYTES ? Damage->DumpLength : MC_DUMP_BYTES;
    ULONG Offset = MCP_DUMP_OFFSET;
    ULONG Width = 16;
    ULONG Index;

    /* Offsets of more than 7 columns are those of huge buffers; 22 is the widest there can be. */
    if (Damage->DumpAt < -999900 || Damage->DumpAt > 999900) {
        Offset = 22;
    }
    while (Width > 4 && !McpDamageDumpFits(Text, Offset, Width)) {
        Width /= 2;
    }
    for (Index = 0; Index < Length; Index += Width) {
        McpDamageDumpLine(Text, Damage, Index, Length - Index < Width ? Length - Index : Width,
                          Width);
    }
}

/* Guard bytes are each another: those that belong where the damage begins. "..": as it is. */
static VOID McpDamageExpected(MC_TEXT *Text, const MC_DAMAGE *Damage)
{
    ULONG At = (ULONG)((ULONG_PTR)Damage->First - (ULONG_PTR)Damage->DumpAt);
    ULONG End = At + MCP_EXPECTED;
    ULONG_PTR Behind = (ULONG_PTR)Damage->Last - (ULONG_PTR)Damage->DumpAt + 1;

    if (End > Damage->DumpLength) {
        End = Damage->DumpLength;
    }
    if (End > MC_DUMP_BYTES) {
        End = MC_DUMP_BYTES;
    }
    McTextLine(Text, "expected");
    McTextSigned(Text, Damage->First, 1);
    McTextChar(Text, ':');
    for (; At < End && At < Behind; At++) {
        McTextChar(Text, ' ');
        if (Damage->Marked[At] == MCP_MARK_CHANGED) {
            McTextHex(Text, Damage->Expected[At], 2);
        } else {
            McTextString(Text, "..");
        }
    }
    if (At < Behind) {
        McTextString(Text, ", and so on");
    }
    McTextLineEnd(Text);
}

VOID McDescribeDamage(MC_TEXT *Text, const MC_FINDING *Finding)
{
    if (Finding->Damage.Changed != 0) {
        McpDamageZone(Text, Finding);
        McpDamageDump(Text, &Finding->Damage);
        if (Finding->Kind != McKindWriteAfterFree) { /* there all are the same */
            McpDamageExpected(Text, &Finding->Damage);
        }
    }
}
