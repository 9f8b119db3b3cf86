/*
 * suppress.c - findings that the user does not want to be told: not printed, and nothing is done
 * about them; but counted, by the item of the list that hid them.
 */
#include "rules.h"
#include "report.h"

#define MCP_HIDES_MOST 64u /* items that hold */

/* A list in force, and what it hid. Two: while one holds, others may still read the other. */
typedef struct _MCP_HIDES {
    const char *List;
    volatile LONG Hidden[MCP_HIDES_MOST];
} MCP_HIDES;

static MCP_HIDES McpHides[2] = {{MEMCHECK_SUPPRESS, {0}}, {"", {0}}};
static MCP_HIDES *volatile McpHidesNow = McpHides;
static MCP_HIDES *McpHidesBefore; /* not settled yet; the owner of the options only */

/* ---- does an item fit? ---- */

/* The end of a tag in quotes, its second quote; NULL: there is no tag, or it has no end. */
static const char *McpHidesTagEnd(const MC_RULE *Rule)
{
    const char *At = Rule->Rest;

    if (At == Rule->End || *At != '\'')
        return 0;
    for (At++; At < Rule->End && *At != '\'';)
        At++;
    return At < Rule->End ? At : 0;
}

const char *McSuppressWrong(const MC_RULE *Rule, ULONG Index)
{
    if (Index >= MCP_HIDES_MOST)
        return "only the first 64 hold";
    if (!McRuleHasKind(Rule))
        return "there is no such kind of finding";
    if (Rule->KindEnd < Rule->End && Rule->Rest == Rule->End)
        return "nothing stands behind the colon";
    if (Rule->Rest < Rule->End && *Rule->Rest == '\'' && McpHidesTagEnd(Rule) == 0)
        return "a quote has no end";
    return 0;
}

static BOOLEAN McpHidesOffset(ULONG_PTR Offset, const MC_SITE *Site, ULONG_PTR ImageLow)
{
    MC_STACK Stack;
    ULONG Index;

    if (Site->ReturnAddress - ImageLow == Offset)
        return TRUE;
    McStackRead(Site->Stack, &Stack);
    for (Index = 0; Index < Stack.Count; Index++)
        if (Stack.Frames[Index] - ImageLow == Offset)
            return TRUE;
    return FALSE;
}

/* A call, and the way to it: what of it a report shows by file the list may name so, everything by
 * module offset. */
static BOOLEAN McpHidesPlace(const char *Text, const char *End, const MC_SITE *Site,
                             ULONG_PTR ImageLow)
{
    ULONG_PTR Offset;

    if (Site->ReturnAddress == 0 && Site->Line == 0)
        return FALSE;
    if (McPolicySiteIs(Text, End, Site, ImageLow))
        return TRUE;
    return (BOOLEAN)(McPolicyOffset(Text, End, &Offset) && McpHidesOffset(Offset, Site, ImageLow));
}

BOOLEAN McSuppressFits(const MC_RULE *Rule, const MC_FINDING *Finding, ULONG_PTR ImageLow)
{
    const char *TagEnd = McpHidesTagEnd(Rule);
    const char *Text = Rule->Rest;
    const char *End = Rule->End;

    if (!McRuleIsFor(Rule, Finding->Kind))
        return FALSE;
    if (TagEnd != 0) {
        if (!McPolicyTagIs(Text + 1, TagEnd, Finding->Block.Tag))
            return FALSE;
        for (Text = TagEnd + 1; Text < End && *Text == ' ';)
            Text++;
        if (Text == End)
            return TRUE;
    }
    if (Rule->KindEnd == End || (End - Text == 1 && *Text == '*'))
        return TRUE;
    return (BOOLEAN)(McpHidesPlace(Text, End, &Finding->Found.Site, ImageLow) ||
                     McpHidesPlace(Text, End, &Finding->Block.Allocated.Site, ImageLow) ||
                     McpHidesPlace(Text, End, &Finding->Block.Freed.Site, ImageLow));
}

static BOOLEAN McpHidesIt(MCP_HIDES *Hides, const MC_FINDING *Finding)
{
    const char *List = Hides->List;
    ULONG_PTR Low, High;
    ULONG Index;
    MC_RULE Rule;

    if (!McOsImage(&Low, &High))
        Low = 0;
    for (Index = 0; Index < MCP_HIDES_MOST && McRuleNext(&List, &Rule); Index++) {
        if (McSuppressWrong(&Rule, Index) == 0 && McSuppressFits(&Rule, Finding, Low)) {
            McCount(&Hides->Hidden[Index]);
            return TRUE;
        }
    }
    return FALSE;
}

/* In an operation, so that the list lives; outside of all of them nobody changes it. */
BOOLEAN McSuppressHides(const MC_FINDING *Finding)
{
    MC_LANE *Lane;
    BOOLEAN Hidden;

    if (*McOsPublished(McpHidesNow)->List == 0)
        return FALSE;
    Lane = McEnterFree();
    Hidden = McpHidesIt(McOsPublished(McpHidesNow), Finding);
    if (Lane != 0)
        McLeave(Lane);
    return Hidden;
}

/* ---- another list ---- */

static MCP_HIDES *McpHidesOther(VOID)
{
    return McpHidesNow == McpHides ? McpHides + 1 : McpHides;
}

VOID McSuppressChange(BOOLEAN Starting)
{
    MCP_HIDES *Next = McpHidesOther();
    ULONG Index;

    for (Index = 0; Index < MCP_HIDES_MOST; Index++)
        Next->Hidden[Index] = 0;
    Next->List = McOptions.Suppress;
    McpHidesBefore = Starting ? 0 : McpHidesNow;
    McOsReleaseBarrier(); /* whoever sees it sees what it holds */
    McpHidesNow = Next;
}

static VOID MC_VARARGS McpHidesSay(BOOLEAN Always, const char *Format, ...)
{
    char Line[160];
    va_list Arguments;

    va_start(Arguments, Format);
    McOsFormat(Line, sizeof(Line), Format, Arguments);
    va_end(Arguments);
    if (Always)
        McNoticeAlways(Line);
    else
        McNotice(Line);
}

static BOOLEAN McpHidesSame(const MC_RULE *A, const MC_RULE *B)
{
    const char *At = A->Text, *Of = B->Text;

    while (At < A->End && Of < B->End && *At == *Of) {
        At++;
        Of++;
    }
    return (BOOLEAN)(At == A->End && Of == B->End);
}

/* What an item hid goes to the same item of the list in force. FALSE: there is none. */
static BOOLEAN McpHidesMove(const MC_RULE *Rule, LONG Hidden)
{
    const char *List = McpHidesNow->List;
    ULONG Index;
    MC_RULE Same;

    for (Index = 0; Index < MCP_HIDES_MOST && McRuleNext(&List, &Same); Index++) {
        if (McpHidesSame(&Same, Rule)) {
            McOsAdd(&McpHidesNow->Hidden[Index], Hidden);
            return TRUE;
        }
    }
    return FALSE;
}

static VOID McpHidesTell(const MC_RULE *Rule, LONG Hidden, const char *When)
{
    const char *More;
    const int Shown = McRuleShown(Rule, &More);

    if (Hidden == 0)
        McpHidesSay(FALSE, "%ssuppress \"%.*s%s\" hid nothing", When, Shown, Rule->Text, More);
    else
        McpHidesSay(TRUE, "%ssuppress \"%.*s%s\" hid %d finding%s", When, Shown, Rule->Text, More,
                    (int)Hidden, Hidden == 1 ? "" : "s");
}

VOID McSuppressSettle(VOID)
{
    MCP_HIDES *Before = McpHidesBefore;
    const char *List;
    ULONG Index;
    MC_RULE Rule;

    McpHidesBefore = 0;
    if (Before == 0)
        return;
    List = Before->List;
    for (Index = 0; Index < MCP_HIDES_MOST && McRuleNext(&List, &Rule); Index++)
        if (Before->Hidden[Index] != 0 && !McpHidesMove(&Rule, Before->Hidden[Index]))
            McpHidesTell(&Rule, Before->Hidden[Index], "until now ");
}

VOID McSuppressSay(VOID)
{
    const char *List = McpHidesNow->List;
    ULONG Index;
    MC_RULE Rule;

    McSuppressSettle();
    for (Index = 0; Index < MCP_HIDES_MOST && McRuleNext(&List, &Rule); Index++)
        if (McSuppressWrong(&Rule, Index) == 0)
            McpHidesTell(&Rule, McpHidesNow->Hidden[Index], "exit: ");
}
