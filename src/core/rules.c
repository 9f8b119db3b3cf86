/* rules.c - lists of rules taken apart; those of "on" made into a table, one word for each kind. */
#include "rules.h"
#include "optionstring.h"
#include "reaction.h"

#define MCP_RULE_SHOWN 48 /* characters of an item in a line about it */

/* ---- items ---- */

BOOLEAN McRuleNext(const char **At, MC_RULE *Rule)
{
    const char *Text = *At;

    while (McOptionIsBlank(*Text) || *Text == ',')
        Text++;
    Rule->Text = Text;
    Rule->End = McPolicyEntryEnd(Text);
    *At = Rule->End;
    while (Rule->End > Text && McOptionIsBlank(Rule->End[-1]))
        Rule->End--;
    while (Text < Rule->End && *Text != ':')
        Text++;
    Rule->KindEnd = Text;
    Rule->Rest = Text < Rule->End ? Text + 1 : Text;
    return (BOOLEAN)(Rule->Text < Rule->End);
}

/* Reports that mean no bug: "*:bugcheck" does not mean them either. */
static BOOLEAN McpRuleIsNoBug(MC_KIND Kind)
{
    return (BOOLEAN)(Kind == McKindDescribe || Kind == McKindInjected || Kind == McKindDifference);
}

static BOOLEAN McpRuleHasStar(const MC_RULE *Rule)
{
    const char *At = Rule->Text;

    while (At < Rule->KindEnd && *At != '*')
        At++;
    return (BOOLEAN)(At < Rule->KindEnd);
}

BOOLEAN McRuleIsFor(const MC_RULE *Rule, MC_KIND Kind)
{
    const char *Name = McKindMachineName(Kind);
    const char *End = Name;

    if (McpRuleIsNoBug(Kind) && McpRuleHasStar(Rule))
        return FALSE;
    for (; *End != 0; End++)
        if (*End == '-' && McPolicyLike(Rule->Text, Rule->KindEnd, Name, End))
            return TRUE;
    return McPolicyLike(Rule->Text, Rule->KindEnd, Name, End);
}

BOOLEAN McRuleHasKind(const MC_RULE *Rule)
{
    ULONG Kind;

    for (Kind = McKindNone + 1; Kind < McKinds; Kind++)
        if (McRuleIsFor(Rule, (MC_KIND)Kind))
            return TRUE;
    return FALSE;
}

/* ---- lines ---- */

int McRuleShown(const MC_RULE *Rule, const char **More)
{
    const BOOLEAN Whole = (BOOLEAN)(Rule->End - Rule->Text <= MCP_RULE_SHOWN);

    *More = Whole ? "" : "...";
    return Whole ? (int)(Rule->End - Rule->Text) : MCP_RULE_SHOWN;
}

static VOID MC_VARARGS McpRuleSay(const char *Format, ...)
{
    char Line[240];
    va_list Arguments;

    va_start(Arguments, Format);
    McOsFormat(Line, sizeof(Line), Format, Arguments);
    va_end(Arguments);
    McNoticeAlways(Line);
}

VOID McRuleRefuse(const char *List, const MC_RULE *Rule, const char *Why)
{
    const char *More;
    const int Shown = McRuleShown(Rule, &More);

    McpRuleSay("option %s, item \"%.*s%s\": %s; the others hold", List, Shown, Rule->Text, More,
               Why);
}

/* ---- on ---- */

typedef struct _MCP_REACTION_NAME {
    const char *Name;
    UCHAR Bits;
} MCP_REACTION_NAME;

static const MCP_REACTION_NAME McpReactionNames[] = {{"print", 0},
                                                     {"break", MC_REACT_BREAK},
                                                     {"bugcheck", MC_REACT_BUGCHECK},
                                                     {"call", MC_REACT_CALL},
                                                     {"ignore", MC_REACT_IGNORE}};

#define MCP_REACTION_NAMES (sizeof(McpReactionNames) / sizeof(McpReactionNames[0]))

/* One reaction; FALSE: there is none of this name. */
static BOOLEAN McpReactionNamed(const char *Text, const char *End, ULONG *Bits)
{
    const char *Name, *NameEnd;
    ULONG Index;

    for (Index = 0; Index < MCP_REACTION_NAMES; Index++) {
        Name = NameEnd = McpReactionNames[Index].Name;
        while (*NameEnd != 0)
            NameEnd++;
        if (McPolicyLike(Name, NameEnd, Text, End)) {
            *Bits |= McpReactionNames[Index].Bits;
            return TRUE;
        }
    }
    return FALSE;
}

/* All of an item's; NULL, or what is wrong. */
static const char *McpReactionsRead(const MC_RULE *Rule, ULONG *Bits)
{
    const char *Text, *End;
    ULONG Count = 0;

    *Bits = 0;
    if (!McRuleHasKind(Rule))
        return "there is no such kind of finding";
    for (Text = Rule->Rest; Text <= Rule->End; Text = End + 1) {
        for (End = Text; End < Rule->End && *End != '+';)
            End++;
        if (!McpReactionNamed(Text, End, Bits))
            return "a reaction is print, break, bugcheck, call or ignore";
        Count++;
    }
    if ((*Bits & MC_REACT_IGNORE) != 0 && Count != 1)
        return "what is ignored has no other reaction";
    return 0;
}

/* The first item that names a kind holds: so "*:print" at the end is for all others. */
static VOID McpReactionsSet(const char *List)
{
    const UCHAR None = 0xff;
    volatile UCHAR Table[McKinds]; /* volatile: no call of memset */
    ULONG Kind, Bits;
    const char *Why;
    MC_RULE Rule;

    for (Kind = 0; Kind < McKinds; Kind++)
        Table[Kind] = None;
    while (McRuleNext(&List, &Rule)) {
        Why = McpReactionsRead(&Rule, &Bits);
        if (Why != 0) {
            McRuleRefuse("on", &Rule, Why);
            continue;
        }
        for (Kind = McKindNone + 1; Kind < McKinds; Kind++)
            if (Table[Kind] == None && McRuleIsFor(&Rule, (MC_KIND)Kind))
                Table[Kind] = (UCHAR)Bits;
    }
    for (Kind = 0; Kind < McKinds; Kind++)
        McReactionSet((MC_KIND)Kind, (UCHAR)(Table[Kind] == None ? 0 : Table[Kind]));
}

/* ---- in force ---- */

static VOID McpSuppressLook(const char *List)
{
    ULONG Index = 0;
    const char *Why;
    MC_RULE Rule;

    while (McRuleNext(&List, &Rule)) {
        Why = McSuppressWrong(&Rule, Index++);
        if (Why != 0)
            McRuleRefuse("suppress", &Rule, Why);
    }
}

VOID McRulesInForce(BOOLEAN Starting)
{
    static const char *On, *Suppress; /* as they were last */

    if (Starting || On != McOptions.On) {
        On = McOptions.On;
        McpReactionsSet(On);
    }
    if (Starting || Suppress != McOptions.Suppress) {
        Suppress = McOptions.Suppress;
        Mc.Suppresses = (BOOLEAN)(*Suppress != 0);
        McSuppressChange(Starting);
        McpSuppressLook(Suppress);
    }
}
