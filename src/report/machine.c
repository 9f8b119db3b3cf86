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
#include "group.h"

/* The keys of one call. */
typedef struct _MCP_MACHINE_CALL {
    const char *Place; /* file:line */
    const char *Function;
    const char *Return;
    const char *Stack;
} MCP_MACHINE_CALL;

static const MCP_MACHINE_CALL McpMachineFound = {"found", "found_in", "found_ret", "found_stack"};
static const MCP_MACHINE_CALL McpMachineAlloc = {"alloc", "alloc_in", "alloc_ret", "alloc_stack"};
static const MCP_MACHINE_CALL McpMachineFree = {"free", "free_in", "free_ret", "free_stack"};

static VOID McpMachineSite(MC_KEYS *Line, const MCP_MACHINE_CALL *Keys, const MC_SITE *Site,
                           BOOLEAN Rest)
{
    if (McSiteHasFile(Site) == Rest) {
        McKeyCode(Line, Keys->Return, Site->ReturnAddress);
        return;
    }
    if (Rest) {
        return;
    }
    McKeyPlace(Line, Keys->Place, (ULONG_PTR)Site->File, Site->Line);
    if (Site->Function != NULL) {
        McKeyWord(Line, Keys->Function, Site->Function);
    }
}

/* +0x1234 in the driver, else the bare address. FALSE: it does not fit, and is not there. */
static BOOLEAN McpMachineFrame(MC_KEYS *Line, ULONG_PTR Address, BOOLEAN First)
{
    const MC_REPORT_CONTEXT *Context = Line->Context;
    MC_TEXT *Text = &Line->Text;
    ULONG Before = Text->Length;

    if (!First) {
        McTextChar(Text, ':');
    }
    if (Address >= Context->ImageLow && Address < Context->ImageHigh) {
        McTextChar(Text, '+');
        Address -= Context->ImageLow;
    }
    McTextHex0x(Text, Address);
    if (Text->Cut && !First) {
        Text->Cut = FALSE;
        Text->Length = Before;
        Text->Buffer[Before] = 0;
        Line->Missing = TRUE;
        return FALSE;
    }
    return (BOOLEAN)!Text->Cut;
}

/* The callers' callers: what place and return address do not say. As many as there is room for. */
static VOID McpMachineStack(MC_KEYS *Line, const MCP_MACHINE_CALL *Keys, const MC_SITE *Site)
{
    MC_STACK Stack;
    ULONG Index;

    McStackRead(Site->Stack, &Stack);
    if (Stack.Count < 2) {
        return;
    }
    McKeyBegin(Line, Keys->Stack);
    for (Index = 1; Index < Stack.Count; Index++) {
        if (!McpMachineFrame(Line, Stack.Frames[Index], (BOOLEAN)(Index == 1))) {
            break;
        }
    }
    McKeyEnd(Line);
}

/* Milliseconds after start. */
static VOID McpMachineTime(MC_KEYS *Line, const char *Key, const MC_EVENT *Event)
{
    const MC_REPORT_CONTEXT *Context = Line->Context;

    if (Context->MicrosPerTick != 0) {
        McKeyNumber(Line, Key,
                    McTextScale((Event->Ticks - Context->StartTicks) & 0xffffffff,
                                Context->MicrosPerTick, 1000));
    }
}

static BOOLEAN McpMachineHasBlock(const MC_FINDING *Finding)
{
    return (BOOLEAN)(Finding->Block.Number != 0);
}

static BOOLEAN McpMachineHasFree(const MC_FINDING *Finding)
{
    return (BOOLEAN)(McpMachineHasBlock(Finding) && McWasFreedBefore(Finding));
}

static VOID McpMachinePointer(MC_KEYS *Line, const MC_FINDING *Finding)
{
    if (Finding->Damage.Look == McLookImage) {
        McKeyCode(Line, "points", Finding->Damage.Pointer);
    } else if (Finding->Damage.Look == McLookBlock) {
        McKeyNumber(Line, "points", Finding->Pointed.Number);
    }
}

/* A neighbour: its number, a colon, and how far away its bytes are. */
static VOID McpMachineNear(MC_KEYS *Line, const char *Key, const MC_FINDING *Finding,
                           const MC_NEIGHBOUR *Neighbour)
{
    MC_TEXT *Text;

    if (Neighbour->Number != 0) {
        Text = McKeyBegin(Line, Key);
        McTextDecimal(Text, Neighbour->Number);
        McTextChar(Text, ':');
        McTextDecimal(Text, McNearDistance(Finding, Neighbour));
        McKeyEnd(Line);
    }
}

static VOID McpMachineNeighbours(MC_KEYS *Line, const MC_FINDING *Finding)
{
    McpMachineNear(Line, "before", Finding, &Finding->Before);
    McpMachineNear(Line, "after", Finding, &Finding->After);
}

/* What and where: the address, the block's size, and the place in or beside it. */
static VOID McpMachinePlace(MC_KEYS *Line, const MC_FINDING *Finding)
{
    const MC_BLOCK *Block = &Finding->Block;
    const MC_DAMAGE *Damage = &Finding->Damage;

    if (McIsGroup(Finding)) {
        McKeyNumber(Line, "count", Finding->Count);
        McKeyNumber(Line, "bytes", Finding->Bytes);
    }
    if (Finding->Kind == McKindDifference && Finding->Checkpoint != 0) {
        McKeyNumber(Line, "since", Finding->Checkpoint);
    }
    if (Finding->Kind == McKindInjected) {
        McKeyNumber(Line, "request", Finding->Request);
        McKeyNumber(Line, "injected", Finding->Count);
    }
    if (McIsOfRequest(Finding->Kind)) {
        McKeyNumber(Line, "size", Block->Size);
    } else if (McpMachineHasBlock(Finding) ||
               (Finding->Kind == McKindOwnMemory && Block->User != 0)) {
        McKeyHex(Line, "addr", Block->User);
        if (!McIsOfSeveral(Finding)) {
            McKeyNumber(Line, "size", Block->Size);
        }
    } else if (!McKindIsCall(Finding->Kind) && !McIsGroup(Finding) &&
               (Finding->Kind != McKindOwnMemory || Finding->Address != 0)) {
        McKeyHex(Line, "addr", Finding->Address);
    }
    if (Damage->Changed != 0) {
        McKeyOffset(Line, "at", Damage->First);
        McKeyNumber(Line, "len", Damage->Changed);
        if (Damage->Changed != (SIZE_T)Damage->Last - (SIZE_T)Damage->First + 1) {
            McKeyNumber(Line, "span", (SIZE_T)Damage->Last - (SIZE_T)Damage->First + 1);
        }
        if (Damage->Look != McLookNothing) {
            McKeyWord(Line, "look", McLookMachineName(Damage->Look));
        }
        McpMachinePointer(Line, Finding);
    } else if (McpMachineHasBlock(Finding) && Finding->Where != McWhereNowhere &&
               Finding->Address != Block->User) {
        McKeyOffset(Line, "at", (LONG_PTR)(Finding->Address - Block->User));
    }
    if (Finding->By == McByRange && Finding->Kind == McKindBadAccess) {
        McKeyHex(Line, "range", Finding->Given);
        McKeyNumber(Line, "range_len", Finding->Bytes);
    }
}

/* The calls, by file and line, or by return address where that is all there is (Rest FALSE); and
 * the return addresses that only add to file and line (Rest TRUE). */
static VOID McpMachineCalls(MC_KEYS *Line, const MC_FINDING *Finding, BOOLEAN Rest)
{
    const MC_BLOCK *Block = &Finding->Block;

    McpMachineSite(Line, &McpMachineFound, &Finding->Found.Site, Rest);
    if (Block->Number != 0 || McIsGroup(Finding)) {
        McpMachineSite(Line, &McpMachineAlloc, &Block->Allocated.Site, Rest);
    }
    if (McpMachineHasFree(Finding)) {
        McpMachineSite(Line, &McpMachineFree, &Block->Freed.Site, Rest);
    }
}

static VOID McpMachineStacks(MC_KEYS *Line, const MC_FINDING *Finding)
{
    const MC_BLOCK *Block = &Finding->Block;

    if (Block->Number != 0 || McIsGroup(Finding)) {
        McpMachineStack(Line, &McpMachineAlloc, &Block->Allocated.Site);
    }
    if (McpMachineHasFree(Finding)) {
        McpMachineStack(Line, &McpMachineFree, &Block->Freed.Site);
    }
    McpMachineStack(Line, &McpMachineFound, &Finding->Found.Site);
}

/* Of a request there is what was asked for, but no buffer. */
static VOID McpMachineBlock(MC_KEYS *Line, const MC_FINDING *Finding)
{
    const MC_BLOCK *Block = &Finding->Block;

    if (!McpMachineHasBlock(Finding) && !McIsOfRequest(Finding->Kind)) {
        return;
    }
    McKeyTag(Line, "tag", Block->Tag);
    if ((Block->Tag & 0x80000000) != 0) {
        McKeyWord(Line, "protected", "yes");
    }
    if (Finding->Kind == McKindWrongTag) {
        McKeyTag(Line, "given", Finding->GivenTag);
    }
    McKeyPool(Line, Block);
    if (!McpMachineHasBlock(Finding) || McIsOfSeveral(Finding)) { /* of them: the oldest */
        return;
    }
    McKeyNumber(Line, "block", Block->Number);
    McKeyWord(Line, "state", McStateMachineName(Block->State));
    if (Finding->Where != McWhereNowhere) {
        McKeyWord(Line, "where", McWhereMachineName(Finding->Where));
    }
}

/* The look before this one, and when that was: after start, as every other moment. */
static VOID McpMachineIntact(MC_KEYS *Line, const MC_FINDING *Finding)
{
    const MC_REPORT_CONTEXT *Context = Line->Context;
    const MC_BLOCK *Block = &Finding->Block;
    ULONG Ticks;
    MC_TEXT *Text;

    if (!McHasIntact(Finding)) {
        return;
    }
    Text = McKeyBegin(Line, "intact");
    if (Block->IntactCheck != 0) {
        McTextString(Text, "check:");
        McTextDecimal(Text, Block->IntactCheck);
    } else {
        McKeyName(Text, McIntactMachineName(Block->Intact));
    }
    McKeyEnd(Line);
    if (Context->MicrosPerTick != 0) {
        Ticks = Finding->Found.Ticks - McTicksBefore(Finding, Block->IntactTicks);
        McKeyNumber(
            Line, "intact_ms",
            McTextScale((Ticks - Context->StartTicks) & 0xffffffff, Context->MicrosPerTick, 1000));
    }
}

static VOID McpMachineMoment(MC_KEYS *Line, const MC_FINDING *Finding)
{
    McpMachineTime(Line, "ms", &Finding->Found);
    McpMachineIntact(Line, Finding);
    if (!McIsOfSeveral(Finding)) { /* there the room is for other keys */
        McKeyHex(Line, "thread", Finding->Found.Thread);
        McKeyNumber(Line, "cpu", Finding->Found.Processor);
        McKeyNumber(Line, "irql", Finding->Found.Irql);
    }
    if (McpMachineHasBlock(Finding) && !McIsOfSeveral(Finding)) { /* they have oldest_ms */
        McpMachineTime(Line, "alloc_ms", &Finding->Block.Allocated);
    }
    if (McpMachineHasFree(Finding)) {
        McpMachineTime(Line, "free_ms", &Finding->Block.Freed);
    }
}

VOID McDescribeMachine(const MC_FINDING *Finding, ULONG Number, const MC_REPORT_CONTEXT *Context,
                       char *Buffer)
{
    MC_KEYS Line;

    McKeysStart(&Line, Context, Buffer);
    McKeyNumber(&Line, "n", Number);
    McKeyWord(&Line, "kind", McKindMachineName(Finding->Kind));
    McKeyWord(&Line, "sure", Finding->Sure ? "yes" : "no");
    McpMachinePlace(&Line, Finding);
    if (Finding->Reason != McReasonNone) {
        McKeyWord(&Line, "reason", McReasonMachineName(Finding->Reason));
    }
    McKeyOwn(&Line, "by", McByMachineName(Finding));
    if (McByHasDuring(Finding->By)) {
        McKeyOwn(&Line, "during", McDuringMachineName(Finding));
    }
    McKeyWord(&Line, "action", McActionMachineName(Finding->Action));
    McpMachineCalls(&Line, Finding, FALSE);
    McpMachineBlock(&Line, Finding);
    if (McCulpritBlock(Finding) != NULL) {
        McKeyWord(&Line, "likely", McCulpritMachineName(Finding->Culprit));
    }
    McGroupKeys(&Line, Finding);
    McpMachineMoment(&Line, Finding);
    McpMachineCalls(&Line, Finding, TRUE);
    McpMachineNeighbours(&Line, Finding);
    McpMachineStacks(&Line, Finding);
    McSampleKeys(&Line, Finding);
    McKeysEnd(&Line);
}
