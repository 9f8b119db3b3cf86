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

const char *McPolicyEntryEnd(const char *List)
{
    while (*List != 0 && *List != ',')
        List++;
    return List;
}

static char McpLower(char Character)
{
    return (char)(Character >= 'A' && Character <= 'Z' ? Character + ('a' - 'A') : Character);
}

static BOOLEAN McpSameLetter(char A, char B, BOOLEAN Sizes)
{
    return (BOOLEAN)(Sizes ? A == B : McpLower(A) == McpLower(B));
}

/* Goes back to the last star only: what an earlier one took, the later one can take as well. */
static BOOLEAN McpLike(const char *Pattern, const char *PatternEnd, const char *Text,
                       const char *End, BOOLEAN Sizes)
{
    const char *Star = 0, *Taken = Text;

    while (Text < End) {
        if (Pattern < PatternEnd && *Pattern == '*') {
            Star = ++Pattern;
            Taken = Text;
        } else if (Pattern < PatternEnd && McpSameLetter(*Pattern, *Text, Sizes)) {
            Pattern++;
            Text++;
        } else if (Star != 0) {
            Pattern = Star;
            Text = ++Taken;
        } else {
            return FALSE;
        }
    }
    while (Pattern < PatternEnd && *Pattern == '*')
        Pattern++;
    return (BOOLEAN)(Pattern == PatternEnd);
}

BOOLEAN McPolicyLike(const char *Pattern, const char *PatternEnd, const char *Text, const char *End)
{
    return McpLike(Pattern, PatternEnd, Text, End, FALSE);
}

/* Letters of a tag differ by size; one of less than four ends with zero bytes. */
static BOOLEAN McpTagLike(const char *Text, const char *End, ULONG Tag)
{
    char Letters[4];
    ULONG Count = 0;

    for (Tag &= ~MC_PROTECTED_TAG; Tag != 0; Tag >>= 8)
        Letters[Count++] = (char)(Tag & 0xff);
    return (BOOLEAN)(Count != 0 && McpLike(Text, End, Letters, Letters + Count, TRUE));
}

BOOLEAN McPolicyTagIs(const char *Text, const char *End, ULONG Tag)
{
    ULONG Listed = 0, Shift;
    const char *At;

    for (At = Text; At < End; At++)
        if (*At == '*')
            return McpTagLike(Text, End, Tag);
    for (Shift = 0; Shift < 32 && Text < End; Shift += 8)
        Listed |= (ULONG)(UCHAR)*Text++ << Shift;
    return (BOOLEAN)(Text == End && Listed != 0 && ((Listed ^ Tag) & ~MC_PROTECTED_TAG) == 0);
}

BOOLEAN McPolicyTagListed(const char *List, ULONG Tag)
{
    const char *Text, *End;

    for (Text = List; *Text != 0; Text = *End != 0 ? End + 1 : End) {
        End = McPolicyEntryEnd(Text);
        if (McPolicyTagIs(Text, End, Tag))
            return TRUE;
    }
    return FALSE;
}

/* "0x1234" */
static BOOLEAN McpOffsetOf(const char *Text, const char *End, ULONG_PTR *Offset)
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
    *Offset = Value;
    return TRUE;
}

BOOLEAN McPolicyOffset(const char *Text, const char *End, ULONG_PTR *Offset)
{
    while (Text < End && *Text != '+')
        Text++;
    return (BOOLEAN)(Text < End && McpOffsetOf(Text + 1, End, Offset));
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
    const char *NameEnd = Name, *Colon = Text;
    ULONG Line = 0;

    while (*NameEnd != 0)
        NameEnd++;
    while (Colon < End && *Colon != ':')
        Colon++;
    if (!McPolicyLike(Text, Colon, Name, NameEnd))
        return FALSE;
    Text = Colon;
    if (Text == End)
        return TRUE;
    for (Text++; Text < End && *Text >= '0' && *Text <= '9' && Line <= MCP_LINE_MOST; Text++)
        Line = Line * 10 + (ULONG)(*Text - '0');
    return Text == End && Line == Site->Line;
}

BOOLEAN McPolicySiteIs(const char *Text, const char *End, const MC_SITE *Site, ULONG_PTR ImageLow)
{
    ULONG_PTR Offset;

    if (Text == End)
        return FALSE;
    if (Site->File != 0 && Site->Line != 0) /* as a report shows it */
        return McpFileIs(Text, End, Site);
    return (BOOLEAN)(McPolicyOffset(Text, End, &Offset) &&
                     Offset == Site->ReturnAddress - ImageLow);
}

BOOLEAN McPolicySiteListed(const char *List, const MC_SITE *Site, ULONG_PTR ImageLow)
{
    const char *Text, *End;

    for (Text = List; *Text != 0; Text = *End != 0 ? End + 1 : End) {
        End = McPolicyEntryEnd(Text);
        if (McPolicySiteIs(Text, End, Site, ImageLow))
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
    if (McPolicySiteListed(McOsPublished(McOptions.OwnedSites), Site, Low))
        Lists |= MC_LISTED_OWNED;
    if (McPolicySiteListed(McOsPublished(McOptions.SystemSites), Site, Low))
        Lists |= MC_LISTED_SYSTEM;
    if (McPolicySiteListed(McOsPublished(McOptions.WatchSites), Site, Low))
        Lists |= MC_LISTED_WATCH;
    if (McPolicySiteListed(McOsPublished(McOptions.SkipSites), Site, Low))
        Lists |= MC_LISTED_SKIP;
    if (McPolicySiteListed(McOsPublished(McOptions.FailSites), Site, Low))
        Lists |= MC_LISTED_FAIL;
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
    return McPolicyTagListed(McOsPublished(McOptions.SystemTags), Request->Tag);
}

/* Every block of the site that there ever was has come back, and there were enough of them. */
static BOOLEAN McpLearned(const MC_SITE_PLAIN *Plain)
{
    const LONG Learn = (LONG)McOptions.Learn;

    return Learn != 0 && Plain != 0 && Plain->Elsewhere == 0 && Plain->Back >= Learn &&
           Plain->Made == Plain->Back;
}

BOOLEAN McPolicyOwned(MC_WAY Way, const MC_REQUEST *Request, ULONG Site)
{
    const MC_SITE_PLAIN *Plain = McSitePlain(Site);

    if (Way != McWayReplaced)
        return Way == McWayNames;
    if (McPolicyForSystem(Way, Request, Site))
        return FALSE; /* first: a list may own a whole file but for some of its lines */
    if ((Plain != 0 && (Plain->Listed & MC_LISTED_OWNED) != 0) ||
        McPolicyTagListed(McOsPublished(McOptions.OwnedTags), Request->Tag))
        return TRUE;
    return McOptions.FrontRedzones != 0 || McpLearned(Plain);
}
