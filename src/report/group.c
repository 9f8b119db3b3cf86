/*
 * group.c - blocks of one call site as one finding: how old they are, and what one of them holds.
 */
#include "group.h"

BOOLEAN McIsGroup(const MC_FINDING *Finding)
{
    return (BOOLEAN)(Finding->Kind == McKindLeakSite || Finding->Kind == McKindDifference ||
                     McStandsForSeveral(Finding));
}

BOOLEAN McIsOfSeveral(const MC_FINDING *Finding)
{
    return (BOOLEAN)(McIsGroup(Finding) && (Finding->Count != 1 || Finding->Block.Number == 0));
}

static VOID McpGroupAge(MC_TEXT *Text, const MC_FINDING *Finding, ULONG Number, ULONG Ticks,
                        const MC_REPORT_CONTEXT *Context)
{
    McTextString(Text, "block ");
    McTextDecimal(Text, Number);
    if (Context->MicrosPerTick != 0) {
        McTextString(Text, ", ");
        McTextSeconds(Text, McTicksBefore(Finding, Ticks), Context->MicrosPerTick);
        McTextString(Text, " before");
    }
}

static VOID McpGroupAges(MC_TEXT *Text, const MC_FINDING *Finding, const MC_REPORT_CONTEXT *Context)
{
    McTextLine(Text, "oldest");
    McpGroupAge(Text, Finding, Finding->Oldest, Finding->OldestTicks, Context);
    if (Finding->Youngest != Finding->Oldest) {
        McTextString(Text, "; youngest ");
        McpGroupAge(Text, Finding, Finding->Youngest, Finding->YoungestTicks, Context);
    }
    McTextLineEnd(Text);
}

static VOID McpGroupSample(MC_TEXT *Text, const MC_FINDING *Finding)
{
    ULONG Index;

    McTextLine(Text, "bytes");
    for (Index = 0; Index < Finding->SampleLength && Index < MC_SAMPLE_BYTES; Index++) {
        McTextHex(Text, Finding->Sample[Index], 2);
        McTextChar(Text, ' ');
    }
    McTextChar(Text, ' ');
    for (Index = 0; Index < Finding->SampleLength && Index < MC_SAMPLE_BYTES; Index++) {
        McTextChar(Text, (char)Finding->Sample[Index]);
    }
    McTextLineEnd(Text);
}

VOID McDescribeGroup(MC_TEXT *Text, const MC_FINDING *Finding, const MC_REPORT_CONTEXT *Context)
{
    if (McIsOfSeveral(Finding) && Finding->Oldest != 0) {
        McpGroupAges(Text, Finding, Context);
    }
    if (Finding->SampleLength != 0) {
        McpGroupSample(Text, Finding);
    }
}

VOID McGroupTitle(MC_TEXT *Text, const MC_FINDING *Finding)
{
    if (Finding->Kind == McKindDifference && Finding->Checkpoint != 0) {
        McTextString(Text, " SINCE CHECKPOINT ");
        McTextDecimal(Text, Finding->Checkpoint);
    } else if (Finding->Kind == McKindDifference) {
        McTextString(Text, " SINCE MEM_CHECK_INIT");
    }
    McTextString(Text, ": ");
    McTextCount(Text, Finding->Count, "buffer");
    McTextString(Text, ", ");
    McTextCount(Text, Finding->Bytes, "byte");
    McTextString(Text, " allocated ");
}

static VOID McpGroupTime(MC_KEYS *Line, const char *Key, const MC_FINDING *Finding, ULONG Ticks)
{
    const MC_REPORT_CONTEXT *Context = Line->Context;
    const ULONG At = Finding->Found.Ticks - McTicksBefore(Finding, Ticks);

    if (Context->MicrosPerTick != 0) {
        McKeyNumber(
            Line, Key,
            McTextScale((At - Context->StartTicks) & 0xffffffff, Context->MicrosPerTick, 1000));
    }
}

VOID McGroupKeys(MC_KEYS *Line, const MC_FINDING *Finding)
{
    if (McIsOfSeveral(Finding) && Finding->Oldest != 0) {
        McKeyNumber(Line, "oldest", Finding->Oldest);
        McpGroupTime(Line, "oldest_ms", Finding, Finding->OldestTicks);
        McKeyNumber(Line, "youngest", Finding->Youngest);
        McpGroupTime(Line, "youngest_ms", Finding, Finding->YoungestTicks);
    }
}

VOID McSampleKeys(MC_KEYS *Line, const MC_FINDING *Finding)
{
    MC_TEXT *Text;
    ULONG Index;

    if (Finding->SampleLength != 0) {
        Text = McKeyBegin(Line, "first");
        for (Index = 0; Index < Finding->SampleLength && Index < MC_SAMPLE_BYTES; Index++) {
            McTextHex(Text, Finding->Sample[Index], 2);
        }
        McKeyEnd(Line);
    }
}
