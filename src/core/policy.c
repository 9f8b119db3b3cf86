/*
 * policy.c - which blocks are guarded in front too.
 *
 * A block with guard bytes in front can be freed by nobody but MemCheck. So in the ways without
 * edits a block is plain, unless the user says otherwise: for all, by tag, by site, or for sites
 * whose first blocks all came back.
 */
#include "core.h"

/* ---- lists ---- */

#define MCP_LINE_MOST 99999999u /* before another digit: no line number is that large */

/* The end of the entry at Text: a comma, or the end of the list. */
static const char *McpEntryEnd(const char *Text)
{
    while (*Text != 0 && *Text != ',')
        Text++;
    return Text;
}

BOOLEAN McPolicyTagListed(const char *List, ULONG Tag)
{
    const char *Text, *End;
    ULONG Listed, Shift;

    for (Text = List; *Text != 0; Text = *End != 0 ? End + 1 : End) {
        End = McpEntryEnd(Text);
        Listed = 0;
        for (Shift = 0; Shift < 32 && Text < End; Shift += 8)
            Listed |= (ULONG)(UCHAR)*Text++ << Shift;
        if (Text == End && Listed != 0 && ((Listed ^ Tag) & ~MC_PROTECTED_TAG) == 0)
            return TRUE;
    }
    return FALSE;
}

static char McpLower(char Character)
{
    return (char)(Character >= 'A' && Character <= 'Z' ? Character + ('a' - 'A') : Character);
}

/* "+0x1234", whatever module stands before it. */
static BOOLEAN McpOffsetIs(const char *Text, const char *End, ULONG_PTR Offset)
{
    ULONG_PTR Value = 0;
    char Digit;

    if (End - Text < 3 || Text[0] != '0' || McpLower(Text[1]) != 'x')
        return FALSE;
    for (Text += 2; Text < End; Text++) {
        Digit = McpLower(*Text);
        if (Value > (ULONG_PTR)-1 / 16)
            return FALSE;
        if (Digit >= '0' && Digit <= '9')
            Value = Value * 16 + (ULONG_PTR)(Digit - '0');
        else if (Digit >= 'a' && Digit <= 'f')
            Value = Value * 16 + (ULONG_PTR)(Digit - 'a') + 10;
        else
            return FALSE;
    }
    return Value == Offset;
}

static const char *McpFileName(const char *Path)
{
    const char *Name = Path;

    for (; *Path != 0; Path++)
        if (*Path == '/' || *Path == '\\')
            Name = Path + 1;
    return Name;
}

/* "file.c:120", or "file.c" for all its lines; Windows does not tell large letters from small. */
static BOOLEAN McpFileIs(const char *Text, const char *End, const MC_SITE *Site)
{
    const char *Name = McpFileName(Site->File);
    ULONG Line = 0;

    for (; Text < End && *Name != 0 && McpLower(*Text) == McpLower(*Name); Text++)
        Name++;
    if (*Name != 0 || (Text < End && *Text != ':'))
        return FALSE;
    if (Text == End)
        return TRUE;
    for (Text++; Text < End && *Text >= '0' && *Text <= '9' && Line <= MCP_LINE_MOST; Text++)
        Line = Line * 10 + (ULONG)(*Text - '0');
    return Text == End && Line == Site->Line;
}

BOOLEAN McPolicySiteListed(const char *List, const MC_SITE *Site, ULONG_PTR ImageLow)
{
    const BOOLEAN HasFile = Site->File != 0 && Site->Line != 0; /* as a report shows it */
    const char *Text, *End, *Plus;

    for (Text = List; *Text != 0; Text = *End != 0 ? End + 1 : End) {
        End = McpEntryEnd(Text);
        for (Plus = Text; Plus < End && *Plus != '+';)
            Plus++;
        if (Text == End)
            continue;
        if (HasFile ? McpFileIs(Text, End, Site)
                    : Plus < End && McpOffsetIs(Plus + 1, End, Site->ReturnAddress - ImageLow))
            return TRUE;
    }
    return FALSE;
}

LONG McPolicyLists(const MC_SITE *Site)
{
    ULONG_PTR Low, High;
    LONG Lists = 0;

    if (!McOsImage(&Low, &High))
        Low = 0;
    if (McPolicySiteListed(McOptions.OwnedSites, Site, Low))
        Lists |= MC_LISTED_OWNED;
    if (McPolicySiteListed(McOptions.SystemSites, Site, Low))
        Lists |= MC_LISTED_SYSTEM;
    return Lists;
}

/* ---- decisions ---- */

BOOLEAN McPolicyForSystem(MC_WAY Way, const MC_REQUEST *Request, ULONG Site)
{
    const MC_SITE_PLAIN *Plain = McSitePlain(Site);

    if (Way != McWayReplaced)
        return Way == McWaySystem;
    if (Plain != 0 && (Plain->Elsewhere != 0 || (Plain->Listed & MC_LISTED_SYSTEM) != 0))
        return TRUE;
    return McPolicyTagListed(McOptions.SystemTags, Request->Tag);
}

/* Every block of the site that there ever was has come back, and there were enough of them. */
static BOOLEAN McpLearned(const MC_SITE_PLAIN *Plain)
{
    return McOptions.Learn != 0 && Plain != 0 && Plain->Elsewhere == 0 &&
           Plain->Back >= (LONG)McOptions.Learn && Plain->Made == Plain->Back;
}

BOOLEAN McPolicyOwned(MC_WAY Way, const MC_REQUEST *Request, ULONG Site)
{
    const MC_SITE_PLAIN *Plain = McSitePlain(Site);

    if (Way != McWayReplaced)
        return Way == McWayNames;
    if (McPolicyForSystem(Way, Request, Site))
        return FALSE; /* first: a list may own a whole file but for some of its lines */
    if ((Plain != 0 && (Plain->Listed & MC_LISTED_OWNED) != 0) ||
        McPolicyTagListed(McOptions.OwnedTags, Request->Tag))
        return TRUE;
    return McOptions.FrontRedzones != 0 || McpLearned(Plain);
}
