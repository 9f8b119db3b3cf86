/*
 * paste.c - at exit, the call sites whose blocks were freed elsewhere, as C text: with the prefix
 * cut off the lines are a macro that memcfg.h takes.
 *
 *   memcheck[bus] freed elsewhere: by the system, another driver, or a file without MemCheck
 *   memcheck[bus] #define MEMCHECK_SYSTEM_SITES \
 *   memcheck[bus]     (3 buffers) "bus.c:120," \
 *   memcheck[bus]     (1 buffer) "+0x1234"
 *
 * The counts stand in comments. The last line has neither comma nor backslash, so each site is held
 * back until the next one is known. A name that is too long for a line goes on in a string of its
 * own on the next: the compiler joins them. Names are not cut here: MemCheck is to find them again.
 */
#include "keys.h"
#include "slots.h"
#include "settings.h"

#define MCP_PASTE_INDENT "    "
#define MCP_PASTE_END    4  /* columns of what may stand behind a name: ," and \ */
#define MCP_PASTE_NUMBER 11 /* columns of : and a line number */
#define MCP_PASTE_OFFSET 19 /* columns of +0x and an offset */

typedef struct _MCP_PASTE_LINE {
    MC_TEXT Text;
    char Line[MC_LINE_SIZE];
} MCP_PASTE_LINE;

/* One thread: see report.h. */
static struct {
    MC_SITE Held;    /* the last one, not printed yet */
    SIZE_T Count;    /* its blocks */
    SIZE_T Nameless; /* blocks of sites that have no name to paste */
    BOOLEAN Begun;   /* the macro's first line is out, and a site is held */
} McpPaste;

static VOID McpPasteStart(MCP_PASTE_LINE *Line)
{
    McTextStart(&Line->Text, Line->Line, sizeof(Line->Line), McReportSink, NULL);
    McDescribePrefix(&Line->Text, McReportContext(), 0);
}

static BOOLEAN McpPasteNamed(const MC_SITE *Site)
{
    const MC_REPORT_CONTEXT *Context = McReportContext();

    return (BOOLEAN)(McSiteHasFile(Site) || (Site->ReturnAddress >= Context->ImageLow &&
                                             Site->ReturnAddress < Context->ImageHigh));
}

/* Room for so many columns of a string; if need be the string ends here and another begins. */
static VOID McpPasteRoom(MC_TEXT *Text, ULONG Columns)
{
    if (Text->Length + Columns + MCP_PASTE_END >= Text->Size) {
        McTextString(Text, "\" \\");
        McTextLineEnd(Text);
        McTextString(Text, MCP_PASTE_INDENT "\"");
    }
}

static VOID McpPasteName(MC_TEXT *Text, const MC_SITE *Site)
{
    const volatile char *At;

    if (!McSiteHasFile(Site)) {
        McpPasteRoom(Text, MCP_PASTE_OFFSET);
        McTextChar(Text, '+');
        McTextHex0x(Text, Site->ReturnAddress - McReportContext()->ImageLow);
        return;
    }
    for (At = McTextLastPart(Site->File); *At != 0; At++) {
        McpPasteRoom(Text, 1);
        McTextChar(Text, *At);
    }
    McpPasteRoom(Text, MCP_PASTE_NUMBER);
    McTextChar(Text, ':');
    McTextDecimal(Text, Site->Line);
}

/* The count first: its length is known, and the rest may be broken. */
static VOID McpPastePrint(const MC_SITE *Site, SIZE_T Count, BOOLEAN Last)
{
    MCP_PASTE_LINE Line;
    MC_TEXT *Text = &Line.Text;

    McpPasteStart(&Line);
    McTextString(Text, MCP_PASTE_INDENT "/* ");
    McTextCount(Text, Count, "buffer");
    McTextString(Text, " */ \"");
    McpPasteName(Text, Site);
    McTextString(Text, Last ? "\"" : ",\" \\");
    McTextLineEnd(Text);
}

static VOID McpPasteBegin(VOID)
{
    MCP_PASTE_LINE Line;
    MC_TEXT *Text = &Line.Text;

    McpPasteStart(&Line);
    McTextString(Text,
                 "freed elsewhere: by the system, another driver, or a file without MemCheck");
    McTextLineEnd(Text);
    McTextString(Text, "#define MEMCHECK_SYSTEM_SITES \\");
    McTextLineEnd(Text);
}

VOID McNoticeSitesBegin(VOID)
{
    McpPaste.Nameless = 0;
    McpPaste.Begun = FALSE;
}

VOID McNoticeSite(const MC_SITE *Site, SIZE_T Count)
{
    if (!McSettings()->Info) {
        return;
    }
    if (!McpPasteNamed(Site)) {
        McpPaste.Nameless += Count;
        return;
    }
    if (McpPaste.Begun) {
        McpPastePrint(&McpPaste.Held, McpPaste.Count, FALSE);
    } else {
        McpPasteBegin();
        McpPaste.Begun = TRUE;
    }
    /* Field by field: an assignment of a structure may become a call of memcpy. */
    McpPaste.Held.File = Site->File;
    McpPaste.Held.Line = Site->Line;
    McpPaste.Held.ReturnAddress = Site->ReturnAddress;
    McpPaste.Count = Count;
}

VOID McNoticeSitesEnd(VOID)
{
    MCP_PASTE_LINE Line;
    MC_TEXT *Text = &Line.Text;

    if (!McSettings()->Info) {
        return;
    }
    if (McpPaste.Begun) {
        McpPastePrint(&McpPaste.Held, McpPaste.Count, TRUE);
    }
    if (McpPaste.Nameless != 0) {
        McpPasteStart(&Line);
        McTextString(Text, "freed elsewhere: ");
        McTextCount(Text, McpPaste.Nameless, "buffer");
        McTextString(Text, " allocated by code outside the driver");
        McTextLineEnd(Text);
    }
}

VOID McNoticeSiteKeys(const MC_SITE *Site, SIZE_T Count)
{
    char *Buffer = McSettings()->Info ? McKeysClaim() : NULL;
    MC_KEYS Line;

    if (Buffer == NULL) {
        return;
    }
    McKeysStart(&Line, McReportContext(), Buffer);
    McKeyWord(&Line, "kind", "freed-elsewhere");
    McKeyNumber(&Line, "count", Count);
    McKeyCall(&Line, "alloc", Site);
    McKeysEnd(&Line);
    McKeysPrint(Buffer);
}
