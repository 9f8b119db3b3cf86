/*
 * inject.c - fault injection: requests that fail because an option says so, always the same ones.
 *
 * A round is the fail-... options as they are for a while, and what is counted under them: it
 * begins at MEM_CHECK_INIT, and anew when MEM_CHECK_OPTIONS changes one of them. A request is
 * numbered when the filters (tags, sites) let it through, before any rule is asked: so its number
 * depends on the requests before it and on the filters alone, and the numbers that failed, given as
 * fail-at with the same filters, make the same requests fail again.
 *
 * There are two rounds: who is inside may still count in the old one while the new one is in force,
 * so everybody is waited for (McGateWait) before the old one is used again, and before what it
 * counted is said.
 */
#include "core.h"
#include "optionstring.h"
#include "report.h"

#define MCP_INJECT_MOST  256u /* numbers of fail-at, and of those to be said at the end */
#define MCP_INJECT_LIST  511u /* characters that a list of the option string has room for */
#define MCP_INJECT_CHUNK 46u  /* characters of numbers in a line of 100 columns */
#define MCP_INJECT_TEXT  160u

struct _MC_ROUND {
    ULONG Nth; /* the options, as they were read */
    ULONG Stacks;
    ULONG Chance;
    ULONG Seed;
    ULONG After;
    ULONG Most;
    const char *Tags; /* to tell whether the lists were changed: what they point to may be gone */
    const char *Sites;
    const char *At;
    BOOLEAN On;
    LONG Mark;    /* in MC_SITE_PLAIN.Failed; no other round's, not 0 */
    ULONG Listed; /* numbers of fail-at, in: */
    ULONG List[MCP_INJECT_MOST];
    volatile LONG Requests;
    volatile LONG Failures;
    volatile LONG Failed[MCP_INJECT_MOST]; /* numbers of the first of them */
};

static struct {
    MC_ROUND Round[2];
    ULONG Now;     /* which of them is in force */
    BOOLEAN Stale; /* somebody may still be counting in the other one */
    LONG Mark;
} McpInject;

/* ---- words ---- */

/* A line's numbers from Index on, "3,17,99"; gives the index behind the last one. */
static ULONG McpInjectNumbers(const MC_ROUND *Round, ULONG Index, ULONG Last, char *Text)
{
    ULONG Length = 0;
    char Number[12];

    for (Text[0] = 0; Index < Last; Index++) {
        McFormat(Number, sizeof(Number), "%u", (unsigned)Round->Failed[Index]);
        if (Length + 12 > MCP_INJECT_CHUNK)
            break;
        Length += McFormat(Text + Length, MCP_INJECT_CHUNK + 1 - Length, Length != 0 ? ",%s" : "%s",
                           Number);
    }
    return Index;
}

static const char *McpInjectPlural(ULONG Count)
{
    return Count == 1 ? "" : "s";
}

/* How many of the numbers an option string can take. */
static ULONG McpInjectPasted(const MC_ROUND *Round, ULONG Failures)
{
    ULONG Room = MCP_INJECT_LIST + 1; /* the last one has no comma behind it */
    ULONG Index, Length;
    char Number[12];

    for (Index = 0; Index < Failures && Index < MCP_INJECT_MOST; Index++) {
        Length = McFormat(Number, sizeof(Number), "%u", (unsigned)Round->Failed[Index]) + 1;
        if (Length > Room)
            break;
        Room -= Length;
    }
    return Index;
}

/* What a round did, to be pasted into an option string, which adds lists of one name up. */
static VOID McpInjectSay(const MC_ROUND *Round)
{
    const ULONG Failures = (ULONG)Round->Failures;
    const ULONG Last = McpInjectPasted(Round, Failures);
    char Numbers[MCP_INJECT_CHUNK + 1];
    char Text[MCP_INJECT_TEXT];
    ULONG Index;

    Index = McpInjectNumbers(Round, 0, Last, Numbers);
    McFormat(Text, sizeof(Text),
             Failures != 0 ? "injected %u failure%s in %u request%s; "
                             "replay with fail-at='%s'%s"
                           : "injected %u failure%s in %u request%s",
             (unsigned)Failures, McpInjectPlural(Failures), (unsigned)Round->Requests,
             McpInjectPlural((ULONG)Round->Requests), Numbers, Index < Last ? "," : "");
    McNoticeAlways(Text);
    while (Index < Last) {
        Index = McpInjectNumbers(Round, Index, Last, Numbers);
        McFormat(Text, sizeof(Text), "fail-at='%s'%s", Numbers, Index < Last ? "," : "");
        McNoticeAlways(Text);
    }
    if (Last < Failures) {
        McFormat(Text, sizeof(Text),
                 "these are the first %u failures; the numbers of the others are in their "
                 "reports",
                 (unsigned)Last);
        McNoticeAlways(Text);
    }
}

/* ---- fail-at ---- */

/* The number of [Text, End); 0: it is none. */
static ULONG McpInjectNumber(const char *Text, const char *End)
{
    ULONG Number = 0, Digit;

    for (; Text < End; Text++) {
        if (*Text < '0' || *Text > '9')
            return 0;
        Digit = (ULONG)(*Text - '0');
        if (Number > (0xFFFFFFFFu - Digit) / 10)
            return 0;
        Number = Number * 10 + Digit;
    }
    return Number;
}

static VOID McpInjectTakeNumber(MC_ROUND *Round, const char *Text, const char *End)
{
    const ULONG Number = McpInjectNumber(Text, End);
    const int Shown = End - Text > 20 ? 20 : (int)(End - Text);
    char Line[MCP_INJECT_TEXT];

    if (Number != 0) {
        Round->List[Round->Listed++] = Number;
        return;
    }
    McFormat(Line, sizeof(Line), "option fail-at: \"%.*s%s\" is no request's number", Shown, Text,
             Shown < End - Text ? "..." : "");
    McNoticeAlways(Line);
}

static VOID McpInjectTakeList(MC_ROUND *Round)
{
    const char *Text = Round->At;
    const char *End, *Next;

    for (; *Text != 0; Text = *Next != 0 ? Next + 1 : Next) {
        for (Next = Text; *Next != 0 && *Next != ',';)
            Next++;
        for (End = Next; End > Text && McOptionIsBlank(End[-1]);)
            End--;
        while (Text < End && McOptionIsBlank(*Text))
            Text++;
        if (Text == End)
            continue;
        if (Round->Listed == MCP_INJECT_MOST) {
            McNoticeAlways("option fail-at: more than 256 numbers; the rest is left out");
            return;
        }
        McpInjectTakeNumber(Round, Text, End);
    }
}

static BOOLEAN McpInjectIsListed(const MC_ROUND *Round, ULONG Number)
{
    ULONG Index;

    for (Index = 0; Index < Round->Listed; Index++)
        if (Round->List[Index] == Number)
            return TRUE;
    return FALSE;
}

/* ---- rounds ---- */

static VOID McpInjectRead(MC_ROUND *Round)
{
    McBytesZero(Round, sizeof(*Round));
    Round->Nth = McOptions.FailNth;
    Round->Stacks = McOptions.FailStacks;
    Round->Chance = McOptions.FailChance;
    Round->Seed = McOptions.FailSeed;
    Round->After = McOptions.FailAfter;
    Round->Most = McOptions.FailMost;
    Round->Tags = McOptions.FailTags;
    Round->Sites = McOptions.FailSites;
    Round->At = McOptions.FailAt;
    if (++McpInject.Mark == 0)
        McpInject.Mark = 1;
    Round->Mark = McpInject.Mark;
    McpInjectTakeList(Round);
    Round->On = (BOOLEAN)(Round->Nth != 0 || Round->Stacks != 0 || Round->Chance != 0 ||
                          Round->Listed != 0);
}

/* A list's pointer changes with its text, and only then. */
static BOOLEAN McpInjectIsAsRead(const MC_ROUND *Round)
{
    return (BOOLEAN)(Round->Nth == McOptions.FailNth && Round->Stacks == McOptions.FailStacks &&
                     Round->Chance == McOptions.FailChance && Round->Seed == McOptions.FailSeed &&
                     Round->After == McOptions.FailAfter && Round->Most == McOptions.FailMost &&
                     Round->Tags == McOptions.FailTags && Round->Sites == McOptions.FailSites &&
                     Round->At == McOptions.FailAt);
}

static VOID McpInjectPublish(MC_ROUND *Round)
{
    McOsReleaseBarrier(); /* whoever sees the pointer sees what it points to */
    Mc.Round = Round->On ? Round : 0;
}

VOID McInjectStart(VOID)
{
    McpInject.Now = 0;
    McpInject.Stale = FALSE;
    McpInjectRead(&McpInject.Round[0]);
    McpInjectPublish(&McpInject.Round[0]);
}

VOID McInjectAgain(VOID)
{
    MC_ROUND *Before = &McpInject.Round[McpInject.Now];
    MC_ROUND *Next = &McpInject.Round[1 - McpInject.Now];

    if (McpInjectIsAsRead(Before))
        return;
    if (McpInject.Stale)
        McpInject.Stale = (BOOLEAN)!McGateWait();
    if (McpInject.Stale) {
        McNoticeAlways("options: failures are injected as before: MemCheck is too busy for a "
                       "change; try again");
        return;
    }
    McpInjectRead(Next);
    McpInject.Now = 1 - McpInject.Now;
    McpInjectPublish(Next);
    McOsFullBarrier(); /* the pointer is changed before anybody is waited for */
    McpInject.Stale = (BOOLEAN)!McGateWait();
    if (Before->On)
        McpInjectSay(Before);
}

VOID McInjectEnd(VOID)
{
    MC_ROUND *Round = Mc.Round;

    Mc.Round = 0;
    if (Round != 0)
        McpInjectSay(Round);
}

/* ---- the decision ---- */

/* Plain: of the call's site; NULL where there was no room for it. */
static BOOLEAN McpInjectConcerns(const MC_REQUEST *Request, const MC_CALL *Call,
                                 const MC_SITE_PLAIN *Plain)
{
    const char *Tags = McOsPublished(McOptions.FailTags);
    LONG Lists;

    if ((Request->Attributes & MC_MUST_SUCCEED) != 0)
        return FALSE;
    if (*Tags != 0 && !McPolicyTagListed(Tags, Request->Tag))
        return FALSE;
    if (*McOsPublished(McOptions.FailSites) == 0)
        return TRUE;
    Lists = Plain != 0 ? Plain->Listed : McPolicyLists(&Call->Event.Site);
    return (BOOLEAN)((Lists & MC_LISTED_FAIL) != 0);
}

/* The same for the same seed and number, whatever else happens: a mixture of the two in which each
 * bit of them changes about half of the 16 that are compared. */
static BOOLEAN McpInjectChance(const MC_ROUND *Round, ULONG Number)
{
    ULONG Hash = (Round->Seed * 0x9E3779B1u) ^ Number;

    Hash = (Hash ^ Hash >> 16) * 0x85EBCA6Bu;
    Hash = (Hash ^ Hash >> 13) * 0xC2B2AE35u;
    return (BOOLEAN)((Hash >> 16) < Round->Chance);
}

/* The first request of its path to come here in this round; TRUE once. */
static BOOLEAN McpInjectNewPath(const MC_ROUND *Round, MC_SITE_PLAIN *Plain)
{
    const LONG Before = Plain->Failed;

    return (BOOLEAN)(Before != Round->Mark &&
                     McOsCompareExchange(&Plain->Failed, Round->Mark, Before) == Before);
}

/* Why it is to fail; McReasonNone: it is not. A path that a failure of any rule has tried is not
 * new any more; one that was left alone is. */
static MC_REASON McpInjectRule(const MC_ROUND *Round, ULONG Number, MC_SITE_PLAIN *Plain)
{
    const BOOLEAN Listed = McpInjectIsListed(Round, Number);
    BOOLEAN New = FALSE;

    if (!Listed && Number <= Round->After)
        return McReasonNone;
    if (Round->Stacks != 0 && Plain != 0)
        New = McpInjectNewPath(Round, Plain);
    if (Listed)
        return McReasonFailAt;
    if (Round->Nth != 0 && (Number - Round->After) % Round->Nth == 0)
        return McReasonFailNth;
    if (New)
        return McReasonFailStacks;
    return McpInjectChance(Round, Number) ? McReasonFailChance : McReasonNone;
}

/* One failure more; gives how many there are now, 0: not one more. What fail-at lists is not
 * bounded: it is so many already. */
static ULONG McpInjectCount(MC_ROUND *Round, ULONG Number, MC_REASON Reason)
{
    LONG Before;

    do {
        Before = Round->Failures;
        if (Reason != McReasonFailAt && Round->Most != 0 && (ULONG)Before >= Round->Most)
            return 0;
    } while (McOsCompareExchange(&Round->Failures, Before + 1, Before) != Before);
    if ((ULONG)Before < MCP_INJECT_MOST)
        McOsExchange(&Round->Failed[Before], (LONG)Number);
    return (ULONG)Before + 1;
}

static VOID McpInjectReport(const MC_REQUEST *Request, const MC_CALL *Call, MC_REASON Reason,
                            ULONG Number, ULONG Failures)
{
    MC_FINDING *Finding = McFoundBegin(McKindInjected, Call, Call->By);

    if (Finding == 0)
        return;
    Finding->Reason = Reason;
    Finding->Action = McRequestRaises(Request) ? McActionRaised : McActionFailed;
    Finding->Request = Number;
    Finding->Count = Failures;
    Finding->Block.Size = Request->Size;
    Finding->Block.PoolType = Request->Type;
    Finding->Block.Attributes = Request->Attributes;
    Finding->Block.Tag = Request->Tag;
    McFoundEnd(Finding);
}

BOOLEAN McInject(const MC_REQUEST *Request, const MC_CALL *Call)
{
    MC_ROUND *Round = McOsPublished(Mc.Round);
    MC_SITE_PLAIN *Plain;
    MC_REASON Reason;
    ULONG Number, Failures;

    if (Round == 0)
        return FALSE;
    McCallStack(Call);
    Plain = McSitePlain(McSiteIntern(&Call->Event.Site));
    if (!McpInjectConcerns(Request, Call, Plain))
        return FALSE;
    Number = (ULONG)McOsAdd(&Round->Requests, 1);
    Reason = McpInjectRule(Round, Number, Plain);
    Failures = Reason != McReasonNone ? McpInjectCount(Round, Number, Reason) : 0;
    if (Failures == 0)
        return FALSE;
    McpInjectReport(Request, Call, Reason, Number, Failures);
    return TRUE;
}

PVOID McInjectFail(const MC_REQUEST *Request)
{
    if (McRequestRaises(Request))
        McOsRaise();
    return 0;
}
