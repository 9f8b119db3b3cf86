/*
 * machine.c - a finding as one line for programs.
 *
 *   memcheck: v=1 drv=faulty n=12 kind=overrun sure=yes addr=0xfffffa8001c2a040 size=100 at=100 ...
 *
 * Keys come in the order of their importance, the same keys in the same order always; a key of
 * which nothing is known is left out. One that no longer fits the 400 characters is left out as
 * well, and cut=yes ends the line. A value holds letters, digits and _.:+- only; every other byte
 * is written as % and two hex digits. docs/reports.md lists the keys: v changes when the meaning of
 * one does, not when one is added.
 */
#include "describe.h"

#define MCP_MACHINE_CUT     " cut=yes"
#define MCP_MACHINE_RESERVE 8 /* characters of it, kept free */

typedef struct _MCP_MACHINE {
    MC_TEXT Text;
    const MC_REPORT_CONTEXT *Context;
    ULONG Mark;      /* where the present key begins */
    BOOLEAN Missing; /* a key did not fit */
} MCP_MACHINE;

/* A key is written whole or not at all: begin, the value, end. */
static MC_TEXT *McpMachineBegin(MCP_MACHINE *Line, const char *Key)
{
    Line->Mark = Line->Text.Length;
    McTextChar(&Line->Text, ' ');
    McTextString(&Line->Text, Key);
    McTextChar(&Line->Text, '=');
    return &Line->Text;
}

static VOID McpMachineEnd(MCP_MACHINE *Line)
{
    if (Line->Text.Cut) {
        Line->Text.Cut = FALSE;
        Line->Text.Length = Line->Mark;
        Line->Text.Buffer[Line->Mark] = 0;
        Line->Missing = TRUE;
    }
}

static VOID McpMachineByte(MC_TEXT *Text, UCHAR Byte)
{
    if ((Byte >= '0' && Byte <= '9') || (Byte >= 'a' && Byte <= 'z') ||
        (Byte >= 'A' && Byte <= 'Z') || Byte == '_' || Byte == '.' || Byte == ':' || Byte == '+' ||
        Byte == '-') {
        McTextChar(Text, (char)Byte);
    } else {
        McTextChar(Text, '%');
        McTextHex(Text, Byte, 2);
    }
}

/* Cut like every name; the caller knows that there is one. */
static VOID McpMachineName(MC_TEXT *Text, const char *Name)
{
    const volatile char *At = Name;
    ULONG Left = MC_NAME_LENGTH;

    for (; *At != 0 && Left != 0; At++, Left--) {
        McpMachineByte(Text, (UCHAR)*At);
    }
}

static VOID McpMachineWord(MCP_MACHINE *Line, const char *Key, const char *Word)
{
    McpMachineName(McpMachineBegin(Line, Key), Word);
    McpMachineEnd(Line);
}

/* One of our own, of any length. */
static VOID McpMachineOwn(MCP_MACHINE *Line, const char *Key, const char *Word)
{
    MC_TEXT *Text = McpMachineBegin(Line, Key);
    const volatile char *At;

    for (At = Word; *At != 0; At++) {
        McpMachineByte(Text, (UCHAR)*At);
    }
    McpMachineEnd(Line);
}

static VOID McpMachineNumber(MCP_MACHINE *Line, const char *Key, SIZE_T Value)
{
    McTextDecimal(McpMachineBegin(Line, Key), Value);
    McpMachineEnd(Line);
}

static VOID McpMachineHex(MCP_MACHINE *Line, const char *Key, ULONG_PTR Value)
{
    McTextHex0x(McpMachineBegin(Line, Key), Value);
    McpMachineEnd(Line);
}

/* An offset from the buffer's first byte: a sign only where it is negative. */
static VOID McpMachineOffset(MCP_MACHINE *Line, const char *Key, LONG_PTR Value)
{
    MC_TEXT *Text = McpMachineBegin(Line, Key);

    if (Value < 0) {
        McTextSigned(Text, Value, 1);
    } else {
        McTextDecimal(Text, (SIZE_T)Value);
    }
    McpMachineEnd(Line);
}

/* The four bytes as text, without the kit's protected bit; "none" where there is none. */
static VOID McpMachineTag(MCP_MACHINE *Line, const char *Key, ULONG Tag)
{
    MC_TEXT *Text = McpMachineBegin(Line, Key);
    ULONG Shift;

    if (Tag == 0) {
        McTextString(Text, "none");
    }
    for (Shift = 0; Tag != 0 && Shift < 32; Shift += 8) {
        McpMachineByte(Text, (UCHAR)(((Tag & 0x7fffffff) >> Shift) & 0xff));
    }
    McpMachineEnd(Line);
}

/* driver.sys+0x1234, or the bare address with 0x. */
static VOID McpMachineCode(MCP_MACHINE *Line, const char *Key, ULONG_PTR Address)
{
    const MC_REPORT_CONTEXT *Context = Line->Context;
    MC_TEXT *Text;

    if (Address == 0) {
        return;
    }
    Text = McpMachineBegin(Line, Key);
    if (Address >= Context->ImageLow && Address < Context->ImageHigh) {
        McpMachineName(Text, Context->Driver);
        McTextString(Text, MC_MODULE_SUFFIX "+");
        Address -= Context->ImageLow;
    }
    McTextHex0x(Text, Address);
    McpMachineEnd(Line);
}

/* The keys of one call. */
typedef struct _MCP_MACHINE_CALL {
    const char *Place; /* file:line */
    const char *Function;
    const char *Return;
} MCP_MACHINE_CALL;

static const MCP_MACHINE_CALL McpMachineFound = {"found", "found_in", "found_ret"};
static const MCP_MACHINE_CALL McpMachineAlloc = {"alloc", "alloc_in", "alloc_ret"};
static const MCP_MACHINE_CALL McpMachineFree = {"free", "free_in", "free_ret"};

static VOID McpMachineSite(MCP_MACHINE *Line, const MCP_MACHINE_CALL *Keys, const MC_SITE *Site,
                           BOOLEAN Rest)
{
    MC_TEXT *Text;

    if (McSiteHasFile(Site) == Rest) {
        McpMachineCode(Line, Keys->Return, Site->ReturnAddress);
        return;
    }
    if (Rest) {
        return;
    }
    Text = McpMachineBegin(Line, Keys->Place);
    McpMachineName(Text, McTextLastPart(Site->File));
    McTextChar(Text, ':');
    McTextDecimal(Text, Site->Line);
    McpMachineEnd(Line);
    if (Site->Function != NULL) {
        McpMachineWord(Line, Keys->Function, Site->Function);
    }
}

/* Milliseconds after start. */
static VOID McpMachineTime(MCP_MACHINE *Line, const char *Key, const MC_EVENT *Event)
{
    const MC_REPORT_CONTEXT *Context = Line->Context;

    if (Context->MicrosPerTick != 0) {
        McpMachineNumber(Line, Key,
                         McTextScale((Event->Ticks - Context->StartTicks) & 0xffffffff,
                                     Context->MicrosPerTick, 1000));
    }
}

static BOOLEAN McpMachineHasBlock(const MC_FINDING *Finding)
{
    return (BOOLEAN)(Finding->Block.Number != 0 && Finding->Kind != McKindLeakSite);
}

static BOOLEAN McpMachineHasFree(const MC_FINDING *Finding)
{
    return (BOOLEAN)(McpMachineHasBlock(Finding) && McWasFreedBefore(Finding));
}

/* What and where: the address, the block's size, and the place in or beside it. */
static VOID McpMachinePlace(MCP_MACHINE *Line, const MC_FINDING *Finding)
{
    const MC_BLOCK *Block = &Finding->Block;
    const MC_DAMAGE *Damage = &Finding->Damage;

    if (Finding->Kind == McKindLeakSite || McStandsForSeveral(Finding)) {
        McpMachineNumber(Line, "count", Finding->Count);
        McpMachineNumber(Line, "bytes", Finding->Bytes);
    }
    if (Finding->Kind == McKindLeakSite) {
        return;
    }
    if (Finding->Kind == McKindBadRequest) {
        McpMachineNumber(Line, "size", Block->Size);
    } else if (McpMachineHasBlock(Finding)) {
        McpMachineHex(Line, "addr", Block->User);
        McpMachineNumber(Line, "size", Block->Size);
    } else if (!McKindIsCall(Finding->Kind)) {
        McpMachineHex(Line, "addr", Finding->Address);
    }
    if (Damage->Changed != 0) {
        McpMachineOffset(Line, "at", Damage->First);
        McpMachineNumber(Line, "len", Damage->Changed);
        if (Damage->Changed != (SIZE_T)Damage->Last - (SIZE_T)Damage->First + 1) {
            McpMachineNumber(Line, "span", (SIZE_T)Damage->Last - (SIZE_T)Damage->First + 1);
        }
    } else if (McpMachineHasBlock(Finding) && Finding->Where != McWhereNowhere &&
               Finding->Address != Block->User) {
        McpMachineOffset(Line, "at", (LONG_PTR)(Finding->Address - Block->User));
    }
}

/* The calls, by file and line, or by return address where that is all there is (Rest FALSE); and
 * the return addresses that only add to file and line (Rest TRUE). */
static VOID McpMachineCalls(MCP_MACHINE *Line, const MC_FINDING *Finding, BOOLEAN Rest)
{
    const MC_BLOCK *Block = &Finding->Block;

    McpMachineSite(Line, &McpMachineFound, &Finding->Found.Site, Rest);
    if (Block->Number != 0 || Finding->Kind == McKindLeakSite) {
        McpMachineSite(Line, &McpMachineAlloc, &Block->Allocated.Site, Rest);
    }
    if (McpMachineHasFree(Finding)) {
        McpMachineSite(Line, &McpMachineFree, &Block->Freed.Site, Rest);
    }
}

/* Of a bad request there is what was asked for, but no buffer. */
static VOID McpMachineBlock(MCP_MACHINE *Line, const MC_FINDING *Finding)
{
    const MC_BLOCK *Block = &Finding->Block;

    if (!McpMachineHasBlock(Finding) && Finding->Kind != McKindBadRequest) {
        return;
    }
    McpMachineTag(Line, "tag", Block->Tag);
    if ((Block->Tag & 0x80000000) != 0) {
        McpMachineWord(Line, "protected", "yes");
    }
    if (Finding->Kind == McKindWrongTag) {
        McpMachineTag(Line, "given", Finding->GivenTag);
    }
    McTextPool(McpMachineBegin(Line, "pool"), Block, "+");
    McpMachineEnd(Line);
    if (!McpMachineHasBlock(Finding)) {
        return;
    }
    McpMachineNumber(Line, "block", Block->Number);
    McpMachineWord(Line, "state", McStateMachineName(Block->State));
    if (Finding->Where != McWhereNowhere) {
        McpMachineWord(Line, "where", McWhereMachineName(Finding->Where));
    }
}

static VOID McpMachineMoment(MCP_MACHINE *Line, const MC_FINDING *Finding)
{
    McpMachineTime(Line, "ms", &Finding->Found);
    McpMachineHex(Line, "thread", Finding->Found.Thread);
    McpMachineNumber(Line, "cpu", Finding->Found.Processor);
    McpMachineNumber(Line, "irql", Finding->Found.Irql);
    if (McpMachineHasBlock(Finding)) {
        McpMachineTime(Line, "alloc_ms", &Finding->Block.Allocated);
    }
    if (McpMachineHasFree(Finding)) {
        McpMachineTime(Line, "free_ms", &Finding->Block.Freed);
    }
}

VOID McDescribeMachine(const MC_FINDING *Finding, ULONG Number, const MC_REPORT_CONTEXT *Context,
                       char *Buffer)
{
    MCP_MACHINE Line;

    McTextStart(&Line.Text, Buffer, MC_MACHINE_SIZE - MCP_MACHINE_RESERVE, NULL, NULL);
    Line.Context = Context;
    Line.Missing = FALSE;
    McTextString(&Line.Text, "memcheck: v=1");
    McpMachineWord(&Line, "drv", Context->Driver);
    McpMachineNumber(&Line, "n", Number);
    McpMachineWord(&Line, "kind", McKindMachineName(Finding->Kind));
    McpMachineWord(&Line, "sure", Finding->Sure ? "yes" : "no");
    McpMachinePlace(&Line, Finding);
    if (Finding->Reason != McReasonNone) {
        McpMachineWord(&Line, "reason", McReasonMachineName(Finding->Reason));
    }
    McpMachineOwn(&Line, "by", McByMachineName(Finding));
    McpMachineWord(&Line, "action", McActionMachineName(Finding->Action));
    McpMachineCalls(&Line, Finding, FALSE);
    McpMachineBlock(&Line, Finding);
    McpMachineMoment(&Line, Finding);
    McpMachineCalls(&Line, Finding, TRUE);
    if (Line.Missing) {
        Line.Text.Size = MC_MACHINE_SIZE;
        McTextString(&Line.Text, MCP_MACHINE_CUT);
    }
}
