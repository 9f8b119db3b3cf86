/*
 * title.c - the first line of a report. It says the essential in words: what happened, how much of
 * it, and to what; so that a log can be read by its title lines alone.
 */
#include "group.h"

/* "an 8-byte buffer", "an 11-byte buffer": the numbers that are spoken with a vowel first. */
static BOOLEAN McpTitleVowel(SIZE_T Number)
{
    while (Number >= 1000) {
        Number /= 1000;
    }
    return (BOOLEAN)(Number == 8 || Number == 11 || Number == 18 || (Number >= 80 && Number < 90) ||
                     (Number >= 800 && Number < 900));
}

static VOID McpTitleSize(MC_TEXT *Text, SIZE_T Size)
{
    McTextString(Text, McpTitleVowel(Size) ? "an " : "a ");
    McTextDecimal(Text, Size);
    McTextString(Text, "-byte buffer");
}

/* "a 100-byte buffer", "a freed 100-byte buffer"; "a buffer" where none is known. */
static VOID McpTitleBuffer(MC_TEXT *Text, const MC_BLOCK *Block, BOOLEAN SayFreed)
{
    if (Block->Number == 0) {
        McTextString(Text, "a buffer");
    } else if (SayFreed) {
        McTextString(Text, "a freed ");
        McTextDecimal(Text, Block->Size);
        McTextString(Text, "-byte buffer");
    } else {
        McpTitleSize(Text, Block->Size);
    }
}

static BOOLEAN McpTitleIsFreed(const MC_BLOCK *Block)
{
    return (BOOLEAN)(Block->State == McStateQuarantined || Block->State == McStateLeaving ||
                     Block->State == McStateRetired || Block->State == McStateGone);
}

/* Where the address lies: "16 bytes into a 100-byte buffer". */
static VOID McpTitleWhere(MC_TEXT *Text, const MC_FINDING *Finding)
{
    const MC_BLOCK *Block = &Finding->Block;
    ULONG_PTR Address = Finding->Address;
    ULONG_PTR End = Block->User + Block->Size;

    if (Block->Number == 0 || Finding->Where == McWhereNowhere) {
        McTextString(Text, Finding->Kind == McKindDescribe
                               ? McReasonTitle(Finding->Reason)
                               : "an address in no buffer of this driver");
        return;
    }
    switch (Finding->Where) {
    case McWhereFront:
        McTextCount(Text, Block->User - Address, "byte");
        McTextString(Text, " before ");
        break;
    case McWhereRear:
        if (Address == End) {
            McTextString(Text, "right behind ");
        } else {
            McTextCount(Text, Address - End, "byte");
            McTextString(Text, " past the end of ");
        }
        break;
    case McWhereInside:
        McTextCount(Text, Address - Block->User, "byte");
        McTextString(Text, " into ");
        break;
    default: McTextString(Text, "the start of "); break;
    }
    McpTitleBuffer(Text, Block, McpTitleIsFreed(Block));
}

/* The commonest overrun of all is a string's end: one byte changed, and what is there now is 0. */
static BOOLEAN McpTitleIsNul(const MC_DAMAGE *Damage)
{
    ULONG_PTR At = (ULONG_PTR)Damage->First - (ULONG_PTR)Damage->DumpAt;

    return (BOOLEAN)(Damage->Changed == 1 && At < Damage->DumpLength && At < MC_DUMP_BYTES &&
                     Damage->Found[At] == 0);
}

/* "4 bytes written past a 100-byte buffer" */
static VOID McpTitleDamage(MC_TEXT *Text, const MC_FINDING *Finding)
{
    if (McpTitleIsNul(&Finding->Damage)) {
        McTextString(Text, "one NUL byte");
    } else {
        McTextCount(Text, Finding->Damage.Changed, "byte");
    }
    switch (Finding->Kind) {
    case McKindOverrun: McTextString(Text, " written past "); break;
    case McKindUnderrun: McTextString(Text, " written before "); break;
    default: McTextString(Text, " written to "); break;
    }
    McpTitleBuffer(Text, &Finding->Block, Finding->Kind == McKindWriteAfterFree);
}

/* "8 bytes written before it" */
static VOID McpTitleOwn(MC_TEXT *Text, const MC_FINDING *Finding)
{
    if (Finding->Damage.Changed == 0) {
        McTextString(Text, McReasonTitle(Finding->Reason));
        return;
    }
    McTextCount(Text, Finding->Damage.Changed, "byte");
    McTextString(Text, Finding->Damage.First < 0 ? " written before it" : " written past it");
}

/* The buffers of one place that may all be hand-overs are one finding; a buffer alone is another.
 */
static VOID McpTitleLeak(MC_TEXT *Text, const MC_FINDING *Finding)
{
    if (McStandsForSeveral(Finding)) {
        McTextCount(Text, Finding->Count, "buffer");
        McTextString(Text, ", ");
        McTextCount(Text, Finding->Bytes, "byte");
        McTextString(Text, ", never freed or handed over");
    } else {
        McTextCount(Text, Finding->Block.Size, "byte");
        McTextString(Text, " never freed");
    }
}

/* "tag 0 for a 100-byte buffer", "0 bytes" */
static VOID McpTitleRequest(MC_TEXT *Text, const MC_FINDING *Finding)
{
    McTextString(Text, McReasonTitle(Finding->Reason));
    if (Finding->Reason != McReasonZeroBytes) {
        McTextString(Text, " for ");
        McpTitleSize(Text, Finding->Block.Size);
    }
}

/* What stands behind the kind's name. */
static VOID McpTitleRest(MC_TEXT *Text, const MC_FINDING *Finding, const MC_REPORT_CONTEXT *Context)
{
    switch (Finding->Kind) {
    case McKindOverrun:
    case McKindUnderrun:
    case McKindWriteAfterFree:
        McTextString(Text, ": ");
        McpTitleDamage(Text, Finding);
        break;
    case McKindDoubleFree:
    case McKindLateFree:
    case McKindAfterExitFree:
        McTextString(Text, " of ");
        McpTitleBuffer(Text, &Finding->Block, FALSE);
        if (Finding->Kind == McKindLateFree) {
            McTextString(Text, " that is back in the pool");
        } else if (McWasFoundByPool(Finding->Reason)) {
            McTextString(Text, ", once past MemCheck");
        }
        break;
    case McKindBadHandOver:
        McTextString(Text, " of ");
        McpTitleBuffer(Text, &Finding->Block, FALSE);
        McTextString(Text, " that only this driver can free");
        break;
    case McKindInteriorFree:
    case McKindRedzoneFree:
    case McKindBadAccess:
    case McKindDescribe:
        McTextString(Text, ": ");
        McpTitleWhere(Text, Finding);
        break;
    case McKindWildFree:
        McTextString(Text, ": ");
        McTextString(Text, McReasonTitle(Finding->Reason));
        break;
    case McKindForeignFree: McTextString(Text, ": not allocated through MemCheck"); break;
    case McKindWrongTag:
        McTextString(Text, ": ");
        McpTitleBuffer(Text, &Finding->Block, FALSE);
        McTextString(Text, " freed with another tag");
        break;
    case McKindLeak:
        McTextString(Text, ": ");
        McpTitleLeak(Text, Finding);
        break;
    case McKindLeakSite:
    case McKindDifference:
        McGroupTitle(Text, Finding);
        McDescribeSite(Text, &Finding->Block.Allocated.Site, Context);
        break;
    case McKindWrongIrql:
    case McKindWrongOrder:
        McTextString(Text, ": ");
        McTextString(Text, McByCall(Finding));
        McTextChar(Text, ' ');
        McTextString(Text, McReasonTitle(McRuleBroken(Finding)));
        break;
    case McKindBadRequest:
        McTextString(Text, ": ");
        McpTitleRequest(Text, Finding);
        break;
    case McKindInjected:
        McTextString(Text, ": request ");
        McTextDecimal(Text, Finding->Request);
        McTextString(Text, ", ");
        McTextCount(Text, Finding->Block.Size, "byte");
        break;
    case McKindOwnMemory:
        McTextString(Text, ": ");
        McpTitleOwn(Text, Finding);
        break;
    default: break;
    }
}

VOID McDescribeTitle(MC_TEXT *Text, const MC_FINDING *Finding, const MC_REPORT_CONTEXT *Context)
{
    McTextString(Text, Finding->Sure || Finding->Kind == McKindDescribe ||
                               Finding->Kind == McKindDifference
                           ? "==== "
                           : "==== POSSIBLE ");
    McTextString(Text, McKindTitle(Finding->Kind));
    McpTitleRest(Text, Finding, Context);
    if (Text->Length + 5 < Text->Size) { /* not alone in a line of its own */
        McTextString(Text, " ====");
    }
}
