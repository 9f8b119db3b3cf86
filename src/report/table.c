/*
 * table.c - the tables of MEM_STATISTICS: a line for each tag or call site, and one for programs.
 *
 * The columns stay in line for whatever driver: its name is cut short here, and the place of a row
 * stands last, where it may go on in a line of its own.
 */
#include "table.h"
#include "keys.h"
#include "slots.h"

#define MCP_TABLE_NAME  12 /* of the driver's name */
#define MCP_TABLE_TAG   6
#define MCP_TABLE_PATH  3 /* callers of a place that are shown */
#define MCP_TABLE_WIDE  11
#define MCP_TABLE_COUNT 7

/* The digits from the right, by long division in steps of 16 bits: no 64-bit division. */
VOID McTextBig(MC_TEXT *Text, const ULONG *Value)
{
    ULONG Part[4];
    ULONG Rest, Index, First = MC_BIG_DIGITS;
    char Digits[MC_BIG_DIGITS + 1];

    Part[0] = Value[1] >> 16 & 0xffff;
    Part[1] = Value[1] & 0xffff;
    Part[2] = Value[0] >> 16 & 0xffff;
    Part[3] = Value[0] & 0xffff;
    Digits[First] = 0;
    do {
        for (Rest = 0, Index = 0; Index < 4; Index++) {
            Rest = Rest << 16 | Part[Index];
            Part[Index] = Rest / 10;
            Rest %= 10;
        }
        Digits[--First] = (char)('0' + Rest);
    } while ((Part[0] | Part[1] | Part[2] | Part[3]) != 0);
    McTextString(Text, Digits + First);
}

/* Right-aligned, at least one space before it: what is in Cell, a text of its own. */
static VOID McpTableCell(MC_TEXT *Text, const char *Cell, ULONG Width)
{
    const volatile char *At = Cell;
    ULONG Length = 0;

    while (At[Length] != 0) {
        Length++;
    }
    McTextChar(Text, ' ');
    for (; Length + 1 < Width; Length++) {
        McTextChar(Text, ' ');
    }
    McTextString(Text, Cell);
}

static VOID McpTableBig(MC_TEXT *Text, const ULONG *Value, ULONG Width)
{
    char Cell[MC_BIG_DIGITS + 1];
    MC_TEXT Number;

    McTextStart(&Number, Cell, sizeof(Cell), NULL, NULL);
    McTextBig(&Number, Value);
    McpTableCell(Text, Cell, Width);
}

static VOID McpTableNumber(MC_TEXT *Text, SIZE_T Value, ULONG Width)
{
    ULONG Big[2];

    Big[0] = (ULONG)(Value & 0xffffffff);
    Big[1] = (ULONG)(Value >> 16 >> 16);
    McpTableBig(Text, Big, Width);
}

static VOID McpTableStart(MC_TEXT *Text, char *Buffer)
{
    const volatile char *Name = McReportContext()->Driver;
    ULONG Index;

    McTextStart(Text, Buffer, MC_LINE_SIZE, McReportSink, NULL);
    McTextString(Text, "memcheck[");
    for (Index = 0; Index < MCP_TABLE_NAME && Name[Index] != 0; Index++) {
        McTextChar(Text, Name[Index]);
    }
    McTextString(Text, "] ");
    McTextPrefix(Text);
    McTextLine(Text, NULL);
}

VOID McTableTitle(MC_ROW_KIND Kind)
{
    char Buffer[MC_LINE_SIZE];
    MC_TEXT Text;

    McpTableStart(&Text, Buffer);
    McTextString(&Text, Kind == McRowSite ? "" : "      ");
    McpTableCell(&Text, "live", MCP_TABLE_COUNT);
    McpTableCell(&Text, "bytes", MCP_TABLE_WIDE);
    McpTableCell(&Text, "peak", MCP_TABLE_COUNT);
    McpTableCell(&Text, "bytes", MCP_TABLE_WIDE);
    McpTableCell(&Text, "total", MCP_TABLE_WIDE - 1);
    McpTableCell(&Text, "bytes", MCP_TABLE_WIDE + 2);
    McpTableCell(&Text, "frees", MCP_TABLE_WIDE - 1);
    McTextString(&Text, Kind == McRowSite ? " place" : "");
    McTextLineEnd(&Text);
}

static VOID McpTableTag(MC_TEXT *Text, const MC_ROW *Row)
{
    const ULONG End = Text->Length + MCP_TABLE_TAG;
    ULONG Shift;

    if (Row->Kind == McRowOthers) {
        McTextString(Text, "others");
    } else if (Row->Tag == 0) {
        McTextString(Text, "no tag");
    } else {
        for (Shift = 0; Shift < 32; Shift += 8) {
            McTextChar(Text, (char)(Row->Tag >> Shift & 0x7f));
        }
    }
    while (Text->Length < End) {
        McTextChar(Text, ' ');
    }
}

/* "driver.c:101 < +0x2110 < +0x2220": two paths to one place are two rows. */
static VOID McpTablePlace(MC_TEXT *Text, const MC_SITE *Site)
{
    const MC_REPORT_CONTEXT *Context = McReportContext();
    MC_STACK Stack;
    ULONG Index;

    McTextChar(Text, ' ');
    if (McSiteHasFile(Site)) {
        McTextFile(Text, Site->File);
        McTextChar(Text, ':');
        McTextDecimal(Text, Site->Line);
    } else if (Site->ReturnAddress != 0) {
        McDescribeCode(Text, Site->ReturnAddress, Context);
    } else {
        McTextString(Text, "?");
    }
    McStackRead(Site->Stack, &Stack);
    for (Index = 1; Index < Stack.Count && Index <= MCP_TABLE_PATH; Index++) {
        if (Stack.Frames[Index] < Context->ImageLow || Stack.Frames[Index] >= Context->ImageHigh) {
            break;
        }
        McTextString(Text, " < +");
        McTextHex0x(Text, Stack.Frames[Index] - Context->ImageLow);
    }
}

static VOID McpTablePeople(const MC_ROW *Row, char *Buffer)
{
    MC_TEXT Text;

    McpTableStart(&Text, Buffer);
    if (Row->Kind != McRowSite) {
        McpTableTag(&Text, Row);
    }
    McpTableNumber(&Text, Row->Live, MCP_TABLE_COUNT);
    McpTableNumber(&Text, Row->LiveBytes, MCP_TABLE_WIDE);
    if (Row->Counted) {
        McpTableNumber(&Text, Row->Peak, MCP_TABLE_COUNT);
        McpTableNumber(&Text, Row->PeakBytes, MCP_TABLE_WIDE);
        McpTableBig(&Text, Row->Made, MCP_TABLE_WIDE - 1);
        McpTableBig(&Text, Row->MadeBytes, MCP_TABLE_WIDE + 2);
        McpTableBig(&Text, Row->Freed, MCP_TABLE_WIDE - 1);
    } else {
        McpTableCell(&Text, "-", MCP_TABLE_COUNT);
        McpTableCell(&Text, "-", MCP_TABLE_WIDE);
        McpTableCell(&Text, "-", MCP_TABLE_WIDE - 1);
        McpTableCell(&Text, "-", MCP_TABLE_WIDE + 2);
        McpTableCell(&Text, "-", MCP_TABLE_WIDE - 1);
    }
    if (Row->Kind == McRowSite) {
        McpTablePlace(&Text, &Row->Site);
    }
    McTextLineEnd(&Text);
}

static VOID McpTableKeyBig(MC_KEYS *Line, const char *Key, const ULONG *Value)
{
    McTextBig(McKeyBegin(Line, Key), Value);
    McKeyEnd(Line);
}

static VOID McpTableKeyPath(MC_KEYS *Line, const MC_SITE *Site)
{
    const MC_REPORT_CONTEXT *Context = Line->Context;
    MC_STACK Stack;
    MC_TEXT *Text;
    ULONG Index;
    ULONG_PTR Frame;

    McStackRead(Site->Stack, &Stack);
    if (Stack.Count < 2) {
        return;
    }
    Text = McKeyBegin(Line, "alloc_stack");
    for (Index = 1; Index < Stack.Count && Index <= MCP_TABLE_PATH; Index++) {
        Frame = Stack.Frames[Index];
        McTextString(Text, Index > 1 ? ":" : "");
        if (Frame >= Context->ImageLow && Frame < Context->ImageHigh) {
            McTextChar(Text, '+');
            Frame -= Context->ImageLow;
        }
        McTextHex0x(Text, Frame);
    }
    McKeyEnd(Line);
}

static VOID McpTableKeys(const MC_ROW *Row, char *Buffer)
{
    MC_KEYS Line;

    McKeysStart(&Line, McReportContext(), Buffer);
    McKeyWord(&Line, "kind", Row->Kind == McRowSite ? "site" : "tag");
    if (Row->Kind == McRowTag) {
        McKeyTag(&Line, "tag", Row->Tag);
    } else if (Row->Kind == McRowOthers) {
        McKeyWord(&Line, "others", "yes");
    } else {
        McKeyCall(&Line, "alloc", &Row->Site);
    }
    McKeyNumber(&Line, "live", Row->Live);
    McKeyNumber(&Line, "live_bytes", Row->LiveBytes);
    if (Row->Counted) {
        McKeyNumber(&Line, "peak", Row->Peak);
        McKeyNumber(&Line, "peak_bytes", Row->PeakBytes);
        McpTableKeyBig(&Line, "total", Row->Made);
        McpTableKeyBig(&Line, "total_bytes", Row->MadeBytes);
        McpTableKeyBig(&Line, "frees", Row->Freed);
    }
    if (Row->Kind == McRowSite) {
        if (McSiteHasFile(&Row->Site)) {
            McKeyCode(&Line, "alloc_ret", Row->Site.ReturnAddress);
        }
        McpTableKeyPath(&Line, &Row->Site);
    }
    McKeysEnd(&Line);
}

VOID McTableRow(const MC_ROW *Row)
{
    char Buffer[MC_MACHINE_SIZE];

    McpTablePeople(Row, Buffer);
    McpTableKeys(Row, Buffer);
    McOsPrint(Buffer);
}
