/*
 * notice.c - lines that are no findings: "memcheck[drv] ...". They are printed at once, by whoever
 * has them, from a line buffer on the stack, so they may come between the lines of a report.
 */
#include "slots.h"

#define MCP_NOTICE_INDENT 2 /* of a continuation line */

typedef struct _MCP_NOTICE {
    MC_TEXT Text;
    char Line[MC_LINE_SIZE];
} MCP_NOTICE;

static VOID McpNoticeStart(MCP_NOTICE *Notice)
{
    McTextStart(&Notice->Text, Notice->Line, sizeof(Notice->Line), McReportSink, NULL);
    McDescribePrefix(&Notice->Text, McReportContext(), 0);
    Notice->Text.Indent += MCP_NOTICE_INDENT;
}

/*
 * Text that a driver formatted: its line ends end a line here too, but no line is empty; other
 * control characters appear as spaces.
 */
static VOID McpNoticeLines(const char *String)
{
    MCP_NOTICE Notice;
    const volatile char *At = String != NULL ? String : "?";

    McpNoticeStart(&Notice);
    for (; *At != 0; At++) {
        if (*At != '\n' && *At != '\r') {
            McTextChar(&Notice.Text, *At > 0 && *At < ' ' ? ' ' : *At);
        } else if (Notice.Text.Length > Notice.Text.Prefix) {
            McTextLineEnd(&Notice.Text);
        }
    }
    if (Notice.Text.Length > Notice.Text.Prefix) {
        McTextLineEnd(&Notice.Text);
    }
}

VOID McNoticeUser(const char *Text)
{
    McpNoticeLines(Text);
}

VOID McNoticeAlways(const char *Text)
{
    McpNoticeLines(Text);
}

VOID McNotice(const char *Text)
{
#ifdef MEMCHECK_INFOPRINT
    McpNoticeLines(Text);
#else
    (void)Text;
#endif
}

VOID McNoticeNumbers(const char *Text, const MC_NUMBER *Numbers, ULONG Count)
{
#ifdef MEMCHECK_INFOPRINT
    MCP_NOTICE Notice;
    ULONG Index;

    McpNoticeStart(&Notice);
    McTextString(&Notice.Text, Text);
    for (Index = 0; Index < Count && Numbers[Index].Name != NULL; Index++) {
        McTextString(&Notice.Text, Index == 0 ? ": " : ", ");
        McTextString(&Notice.Text, Numbers[Index].Name);
        McTextChar(&Notice.Text, ' ');
        McTextDecimal(&Notice.Text, Numbers[Index].Value);
    }
    McTextLineEnd(&Notice.Text);
#else
    (void)Text;
    (void)Numbers;
    (void)Count;
#endif
}

/* Shorter than in a report, so that it mostly stays one line. */
VOID McNoticeBlock(const char *Verb, const MC_BLOCK *Block)
{
    MCP_NOTICE Notice;
    MC_TEXT *Text = &Notice.Text;

    McpNoticeStart(&Notice);
    McTextString(Text, Verb);
    McTextChar(Text, ' ');
    McTextAddress(Text, Block->User);
    McTextString(Text, ", ");
    McTextCount(Text, Block->Size, "byte");
    McTextChar(Text, ' ');
    McTextPool(Text, Block, " | ");
    McTextChar(Text, ' ');
    if (Block->Tag != 0) {
        McTextTag(Text, Block->Tag);
    } else {
        McTextString(Text, "no tag");
    }
    McTextString(Text, ", block ");
    McTextDecimal(Text, Block->Number);
    McTextChar(Text, ' ');
    McDescribeCall(Text, &Block->Allocated.Site, McReportContext());
    McTextLineEnd(Text);
}
