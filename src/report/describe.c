/*
 * describe.c - a finding as lines for people. One function for each line, in the order of the
 * report; a line about which nothing is known is not there. docs/reports.md explains each of them.
 */
#include "group.h"

#define MCP_HALF_RANGE 0x80000000 /* of the tick count */

VOID McDescribePrefix(MC_TEXT *Text, const MC_REPORT_CONTEXT *Context, ULONG Number)
{
    Text->Length = 0;
    McTextPrefix(Text);
    McTextString(Text, "memcheck[");
    McTextName(Text, Context->Driver);
    McTextString(Text, "] ");
    if (Number != 0) {
        McTextChar(Text, '#');
        McTextDecimal(Text, Number);
        McTextChar(Text, ' ');
    }
    McTextPrefix(Text);
}

BOOLEAN McSiteHasFile(const MC_SITE *Site)
{
    return (BOOLEAN)(Site->File != NULL && Site->Line != 0);
}

BOOLEAN McHasStack(const MC_SITE *Site)
{
    return (BOOLEAN)(Site->Stack != 0 && Site->Stack != MC_STACK_LOST);
}

VOID McDescribeCode(MC_TEXT *Text, ULONG_PTR Address, const MC_REPORT_CONTEXT *Context)
{
    if (Address < Context->ImageLow || Address >= Context->ImageHigh) {
        McTextAddress(Text, Address);
        return;
    }
    McTextName(Text, Context->Driver);
    McTextString(Text, MC_MODULE_SUFFIX "+");
    McTextHex0x(Text, Address - Context->ImageLow);
}

VOID McDescribePlace(MC_TEXT *Text, ULONG_PTR Address, ULONG Line, const MC_REPORT_CONTEXT *Context)
{
    McTextString(Text, "at ");
    if (Address == 0) {
        McTextString(Text, "an unknown place");
    } else if (Line == 0) {
        McDescribeCode(Text, Address, Context);
    } else {
        McTextFile(Text, (const char *)Address);
        McTextChar(Text, ':');
        McTextDecimal(Text, Line);
    }
}

VOID McDescribeCall(MC_TEXT *Text, const MC_SITE *Site, const MC_REPORT_CONTEXT *Context)
{
    if (McSiteHasFile(Site)) {
        McDescribePlace(Text, (ULONG_PTR)Site->File, Site->Line, Context);
    } else {
        McDescribePlace(Text, Site->ReturnAddress, 0, Context);
    }
}

VOID McDescribeSite(MC_TEXT *Text, const MC_SITE *Site, const MC_REPORT_CONTEXT *Context)
{
    McDescribeCall(Text, Site, Context);
    if (McSiteHasFile(Site) && Site->Function != NULL) {
        McTextString(Text, " in ");
        McTextName(Text, Site->Function);
    }
}

/* ", 0.8 s before": before the finding. Read on two processors, ticks can seem to go backwards:
 * that is no time at all, not a very long one. */
static VOID McpDescribeAge(MC_TEXT *Text, const MC_FINDING *Finding, ULONG Ticks,
                           const MC_REPORT_CONTEXT *Context)
{
    if (Context->MicrosPerTick != 0) {
        McTextString(Text, ", ");
        McTextSeconds(Text, McTicksBefore(Finding, Ticks), Context->MicrosPerTick);
        McTextString(Text, " before");
    }
}

static VOID McpDescribeThread(MC_TEXT *Text, const MC_EVENT *Event)
{
    McTextString(Text, "thread ");
    McTextHex0x(Text, Event->Thread);
    McTextString(Text, ", CPU ");
    McTextDecimal(Text, Event->Processor);
}

static VOID McpDescribeIrql(MC_TEXT *Text, const MC_EVENT *Event)
{
    McTextString(Text, ", IRQL ");
    McTextDecimal(Text, Event->Irql);
}

static VOID McpDescribeFrame(MC_TEXT *Text, ULONG_PTR Address, const MC_REPORT_CONTEXT *Context)
{
    McTextLine(Text, "");
    McTextString(Text, "  ");
    McDescribeCode(Text, Address, Context);
    McTextLineEnd(Text);
}

/* The path to a call, a frame a line. The line above has the first one where it names no file. */
static VOID McpDescribeStack(MC_TEXT *Text, const MC_SITE *Site, const MC_REPORT_CONTEXT *Context)
{
    MC_STACK Stack;
    ULONG Index;

    McStackRead(Site->Stack, &Stack);
    for (Index = McSiteHasFile(Site) ? 0 : 1; Index < Stack.Count; Index++) {
        McpDescribeFrame(Text, Stack.Frames[Index], Context);
    }
    if (Stack.CutAt != 0) {
        McTextLine(Text, "");
        McTextString(Text, "  stack cut: IRQL ");
        McTextDecimal(Text, Stack.CutAt);
        McTextLineEnd(Text);
    } else if (Site->Stack == MC_STACK_LOST) {
        McTextLine(Text, "");
        McTextString(Text, "  no stack: MEMCHECK_STACK_KB are full");
        McTextLineEnd(Text);
    }
}

static VOID McpDescribeFound(MC_TEXT *Text, const MC_FINDING *Finding,
                             const MC_REPORT_CONTEXT *Context)
{
    McTextLine(Text, Finding->Kind == McKindDescribe || Finding->Kind == McKindInjected ||
                             Finding->Kind == McKindDifference
                         ? "asked"
                         : "found");
    McTextString(Text, McByPhrase(Finding));
    if (McByHasDuring(Finding->By)) {
        McTextChar(Text, ' ');
        McTextString(Text, McDuringCall(Finding));
    }
    if (Finding->By != McByWorker) { /* nobody called that */
        McTextChar(Text, ' ');
        McDescribeSite(Text, &Finding->Found.Site, Context);
    }
    McTextLineEnd(Text);

    McTextLine(Text, "");
    McpDescribeThread(Text, &Finding->Found);
    McpDescribeIrql(Text, &Finding->Found);
    if (Context->MicrosPerTick != 0) {
        McTextString(Text, ", ");
        McTextSeconds(Text, (Finding->Found.Ticks - Context->StartTicks) & 0xffffffff,
                      Context->MicrosPerTick);
        McTextString(Text, " after start");
    }
    McTextLineEnd(Text);
    McpDescribeStack(Text, &Finding->Found.Site, Context);
}

/* Which guard bytes an address is in; of one in the driver, where there. */
static VOID McpDescribeZone(MC_TEXT *Text, const MC_FINDING *Finding,
                            const MC_REPORT_CONTEXT *Context)
{
    if (Finding->Where == McWhereFront) {
        McTextString(Text, ", in the front redzone");
    } else if (Finding->Where == McWhereRear) {
        McTextString(Text, ", in the rear redzone");
    } else if (Finding->Reason == McReasonImage) {
        McTextString(Text, ", ");
        McDescribeCode(Text, Finding->Address, Context);
    }
}

/* The pointer given, where it is not the buffer's: of damage the damage line says where. */
static VOID McpDescribeAddress(MC_TEXT *Text, const MC_FINDING *Finding,
                               const MC_REPORT_CONTEXT *Context)
{
    const MC_BLOCK *Block = &Finding->Block;

    if (!McKindIsFree(Finding->Kind) && Finding->Kind != McKindBadAccess &&
        Finding->Kind != McKindDescribe && Finding->Reason != McReasonOwnLost) {
        return;
    }
    if (Block->Number != 0 && Finding->Address == Block->User) {
        return;
    }
    McTextLine(Text, "address");
    McTextAddress(Text, Finding->Address);
    if (Finding->Kind == McKindDescribe) {
        McpDescribeZone(Text, Finding, Context);
    }
    McTextLineEnd(Text);
}

/* What was asked about, and how much of it is right. */
static VOID McpDescribeRange(MC_TEXT *Text, const MC_FINDING *Finding)
{
    if (Finding->By != McByRange || Finding->Kind != McKindBadAccess) {
        return;
    }
    McTextLine(Text, "range");
    McTextAddress(Text, Finding->Given);
    McTextString(Text, ", ");
    McTextCount(Text, Finding->Bytes, "byte");
    if (Finding->Address != Finding->Given) {
        McTextString(Text, ", of which the first ");
        McTextDecimal(Text, Finding->Address - Finding->Given);
        McTextString(Text, " in the buffer");
    }
    McTextLineEnd(Text);
}

VOID McDescribeBlock(MC_TEXT *Text, const MC_BLOCK *Block)
{
    McTextAddress(Text, Block->User);
    McTextString(Text, ", ");
    McTextCount(Text, Block->Size, "byte");
    McTextString(Text, ", ");
    McTextPool(Text, Block, " | ");
    if (Block->Tag != 0) {
        McTextString(Text, ", tag ");
        McTextTag(Text, Block->Tag);
    }
    McTextString(Text, ", block ");
    McTextDecimal(Text, Block->Number);
    if (Block->State != McStateLive) {
        McTextString(Text, ", ");
        McTextString(Text, McStatePhrase(Block->State));
    }
}

static VOID McpDescribeBuffer(MC_TEXT *Text, const MC_FINDING *Finding)
{
    if (Finding->Block.Number == 0) {
        return;
    }
    McTextLine(Text, McIsOfSeveral(Finding) ? "example" : "buffer");
    McDescribeBlock(Text, &Finding->Block);
    McTextLineEnd(Text);
}

static VOID McpDescribeOwn(MC_TEXT *Text, const MC_FINDING *Finding)
{
    if (Finding->Kind != McKindOwnMemory || Finding->Block.User == 0) {
        return;
    }
    McTextLine(Text, "memory");
    McTextAddress(Text, Finding->Block.User);
    McTextString(Text, ", ");
    McTextCount(Text, Finding->Block.Size, "byte");
    McTextString(Text, " of MemCheck's own");
    McTextLineEnd(Text);
}

/* What was asked for; there is no buffer yet. */
static VOID McpDescribeRequest(MC_TEXT *Text, const MC_FINDING *Finding)
{
    const MC_BLOCK *Asked = &Finding->Block;

    if (!McIsOfRequest(Finding->Kind)) {
        return;
    }
    McTextLine(Text, "request");
    McTextCount(Text, Asked->Size, "byte");
    McTextString(Text, ", ");
    McTextPool(Text, Asked, " | ");
    if (Asked->Tag != 0) {
        McTextString(Text, ", tag ");
        McTextTag(Text, Asked->Tag);
    } else if (Finding->Reason == McReasonZeroTag) {
        McTextString(Text, ", tag 0");
    }
    McTextLineEnd(Text);
}

static VOID McpDescribeInjected(MC_TEXT *Text, const MC_FINDING *Finding)
{
    if (Finding->Kind != McKindInjected) {
        return;
    }
    McTextLine(Text, "injected");
    McTextCount(Text, Finding->Count, "failure");
    McTextString(Text, " so far, in ");
    McTextCount(Text, Finding->Request, "request");
    McTextLineEnd(Text);
}

static VOID McpDescribeTags(MC_TEXT *Text, const MC_FINDING *Finding)
{
    if (Finding->Kind != McKindWrongTag) {
        return;
    }
    McTextLine(Text, "tag");
    McTextString(Text, "given ");
    McTextTag(Text, Finding->GivenTag);
    McTextString(Text, ", the buffer's is ");
    McTextTag(Text, Finding->Block.Tag);
    McTextLineEnd(Text);
}

/* One call in the life of a block, and below it the path to it, or at least the return address
 * where the file hides it. */
static VOID McpDescribeEvent(MC_TEXT *Text, const char *Label, const MC_FINDING *Finding,
                             const MC_EVENT *Event, const MC_REPORT_CONTEXT *Context)
{
    McTextLine(Text, Label);
    McDescribeSite(Text, &Event->Site, Context);
    if (!McIsOfSeveral(Finding)) { /* that is about many blocks, of many moments */
        McTextString(Text, ", ");
        McpDescribeThread(Text, Event);
        if (Event->Irql != 0) {
            McpDescribeIrql(Text, Event);
        }
        McpDescribeAge(Text, Finding, Event->Ticks, Context);
    }
    McTextLineEnd(Text);

    if (!McHasStack(&Event->Site) && McSiteHasFile(&Event->Site) &&
        Event->Site.ReturnAddress != 0) {
        McpDescribeFrame(Text, Event->Site.ReturnAddress, Context);
    }
    McpDescribeStack(Text, &Event->Site, Context);
}

BOOLEAN McWasFreedBefore(const MC_FINDING *Finding)
{
    const MC_EVENT *Freed = &Finding->Block.Freed;
    const MC_EVENT *Found = &Finding->Found;

    if (Freed->Site.Line == 0 && Freed->Site.ReturnAddress == 0 && Freed->Thread == 0 &&
        Freed->Ticks == 0) { /* its place alone may be unknown, or its thread have no number */
        return FALSE;
    }
    return (BOOLEAN)(Finding->Block.State != McStateFreeing || Freed->Thread != Found->Thread ||
                     Freed->Site.Line != Found->Site.Line ||
                     Freed->Site.ReturnAddress != Found->Site.ReturnAddress);
}

static VOID McpDescribeLife(MC_TEXT *Text, const MC_FINDING *Finding,
                            const MC_REPORT_CONTEXT *Context)
{
    const MC_BLOCK *Block = &Finding->Block;

    if (Block->Number == 0 && !McIsGroup(Finding)) {
        return;
    }
    McpDescribeEvent(Text, "allocated", Finding, &Block->Allocated, Context);
    if (McWasFreedBefore(Finding)) {
        McpDescribeEvent(Text, "freed", Finding, &Block->Freed, Context);
    }
}

BOOLEAN McHasIntact(const MC_FINDING *Finding)
{
    const MC_BLOCK *Block = &Finding->Block;

    return (BOOLEAN)(Finding->Damage.Changed != 0 &&
                     (Block->IntactCheck != 0 || Block->Intact != McIntactUnknown));
}

ULONG McTicksBefore(const MC_FINDING *Finding, ULONG Ticks)
{
    const ULONG Age = (Finding->Found.Ticks - Ticks) & 0xffffffff;

    return Age < MCP_HALF_RANGE ? Age : 0;
}

/* The damage was done between this moment and the one that found it. */
static VOID McpDescribeIntact(MC_TEXT *Text, const MC_FINDING *Finding,
                              const MC_REPORT_CONTEXT *Context)
{
    if (!McHasIntact(Finding)) {
        return;
    }
    McTextLine(Text, "intact");
    if (Finding->Block.IntactCheck != 0) {
        McTextString(Text, "at check ");
        McTextDecimal(Text, Finding->Block.IntactCheck);
    } else {
        McTextString(Text, McIntactPhrase(Finding->Block.Intact));
    }
    McpDescribeAge(Text, Finding, Finding->Block.IntactTicks, Context);
    McTextLineEnd(Text);
}

BOOLEAN McStandsForSeveral(const MC_FINDING *Finding)
{
    return (BOOLEAN)(Finding->Kind == McKindLeak && !Finding->Sure && Finding->Count > 1);
}

BOOLEAN McIsOfRequest(MC_KIND Kind)
{
    return (BOOLEAN)(Kind == McKindBadRequest || Kind == McKindInjected);
}

BOOLEAN McWasFoundByPool(MC_REASON Reason)
{
    return (BOOLEAN)(Reason == McReasonCameBack || Reason == McReasonOverlapped);
}

MC_REASON McRuleBroken(const MC_FINDING *Finding)
{
    if (Finding->Kind == McKindWrongIrql && Finding->Reason == McReasonPlain) {
        return McReasonPagedHigh;
    }
    return Finding->Reason;
}

static VOID McpDescribeWhy(MC_TEXT *Text, const char *Label, const char *Why)
{
    McTextLine(Text, Label);
    McTextString(Text, Why);
    McTextLineEnd(Text);
}

/* Why an address is not to be freed is no answer to what it is. */
static BOOLEAN McpTitleSaysAll(const MC_FINDING *Finding)
{
    return (BOOLEAN)(Finding->Kind == McKindDescribe && Finding->Reason != McReasonForeign &&
                     Finding->Reason != McReasonNowhere);
}

/* What is not sure says why it may be no bug; what is sure says what is wrong with it. A call that
 * was perhaps wrong says both. */
static VOID McpDescribeReason(MC_TEXT *Text, const MC_FINDING *Finding)
{
    if (Finding->Reason == McReasonReused && !McKindIsFree(Finding->Kind)) {
        McpDescribeWhy(Text, "possible:", "the memory may belong to another by now");
    } else if (Finding->Sure) {
        if (Finding->Reason != McReasonNone && !McpTitleSaysAll(Finding)) {
            McpDescribeWhy(Text, "reason", McReasonPhrase(Finding->Reason));
        }
    } else if (Finding->Kind == McKindDifference) {
        McpDescribeWhy(Text, "possible:",
                       McIsOfSeveral(Finding) ? "others may have freed these buffers"
                                              : "another may have freed this buffer");
    } else if (Finding->Kind == McKindLeak && Finding->Reason == McReasonPlain) {
        McpDescribeWhy(Text, "possible:",
                       McStandsForSeveral(Finding)
                           ? "leaked or handed over: others may have freed these buffers"
                           : "leaked or handed over: another may have freed this buffer");
    } else if (McRuleBroken(Finding) != Finding->Reason) {
        McpDescribeWhy(Text, "reason", McReasonPhrase(McRuleBroken(Finding)));
        McpDescribeWhy(Text, "possible:", McReasonPhrase(Finding->Reason));
    } else {
        McpDescribeWhy(Text, "possible:", McReasonPhrase(Finding->Reason));
    }
}

static VOID McpDescribeAction(MC_TEXT *Text, const MC_FINDING *Finding)
{
    if (Finding->Action != McActionNone) {
        McTextLine(Text, "action");
        McTextString(Text, McActionPhrase(Finding->Action));
        McTextLineEnd(Text);
    }
}

VOID McDescribe(MC_TEXT *Text, const MC_FINDING *Finding, ULONG Number,
                const MC_REPORT_CONTEXT *Context)
{
    McDescribePrefix(Text, Context, Number);
    McTextLine(Text, NULL);
    McDescribeTitle(Text, Finding, Context);
    McTextLineEnd(Text);
    McpDescribeFound(Text, Finding, Context);
    McpDescribeAddress(Text, Finding, Context);
    McpDescribeRange(Text, Finding);
    McpDescribeBuffer(Text, Finding);
    McpDescribeOwn(Text, Finding);
    McpDescribeRequest(Text, Finding);
    McpDescribeInjected(Text, Finding);
    McpDescribeTags(Text, Finding);
    McpDescribeLife(Text, Finding, Context);
    McDescribeGroup(Text, Finding, Context);
    McDescribeDamage(Text, Finding);
    McDescribeLook(Text, Finding, Context);
    McpDescribeIntact(Text, Finding, Context);
    McDescribeNear(Text, Finding, Context);
    McpDescribeReason(Text, Finding);
    McpDescribeAction(Text, Finding);
}
