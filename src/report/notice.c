/*
 * notice.c - lines that are no findings: "memcheck[drv] ...". They are printed at once, by whoever
 * has them, from a line buffer of their own, so they may come between the lines of a report. What
 * has numbers, or is about a block, is said once for people and once for programs.
 */
#include "keys.h"
#include "slots.h"
#include "settings.h"

#define MCP_NOTICE_INDENT 2 /* of a continuation line */

static VOID McpNoticeStart(MC_TEXT *Text, char *Line)
{
    McTextStart(Text, Line, MC_LINE_SIZE, McReportSink, NULL);
    McDescribePrefix(Text, McReportContext(), 0);
    Text->Indent += MCP_NOTICE_INDENT;
}

/*
 * Text that a driver formatted: its line ends end a line here too, but no line is empty; other
 * control characters appear as spaces.
 */
static VOID McpNoticeLines(const char *String)
{
    char Line[MC_LINE_SIZE];
    MC_TEXT Text;
    const volatile char *At = String != NULL ? String : "?";

    McpNoticeStart(&Text, Line);
    for (; *At != 0; At++) {
        if (*At != '\n' && *At != '\r') {
            McTextChar(&Text, *At > 0 && *At < ' ' ? ' ' : *At);
        } else if (Text.Length > Text.Prefix) {
            McTextLineEnd(&Text);
        }
    }
    if (Text.Length > Text.Prefix) {
        McTextLineEnd(&Text);
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
    if (McSettings()->Info) {
        McpNoticeLines(Text);
    }
}

/* Names for people as keys: small letters, and one _ for whatever stands between words. */
static VOID McpNoticeKeyText(MC_TEXT *Text, const char *Name)
{
    const volatile char *At;
    BOOLEAN Apart = FALSE;

    for (At = Name; *At != 0; At++) {
        char Small = *At >= 'A' && *At <= 'Z' ? (char)(*At - 'A' + 'a') : *At;

        if (Small >= 'a' && Small <= 'z') {
            McTextString(Text, Apart ? "_" : "");
            McTextChar(Text, Small);
            Apart = FALSE;
        } else {
            Apart = TRUE;
        }
    }
}

static VOID McpNoticeMachineStart(MC_KEYS *Line, char *Buffer, const char *Kind)
{
    const volatile char *At;
    MC_TEXT *Text;

    McKeysStart(Line, McReportContext(), Buffer);
    Text = McKeyBegin(Line, "kind");
    for (At = Kind; *At >= 'a' && *At <= 'z'; At++) {
        McTextChar(Text, *At);
    }
    McKeyEnd(Line);
}

static VOID McpNoticeMachineNumber(MC_KEYS *Line, const MC_NUMBER *Number)
{
    Line->Mark = Line->Text.Length;
    McTextChar(&Line->Text, ' ');
    McpNoticeKeyText(&Line->Text, Number->Name);
    McTextChar(&Line->Text, '=');
    McTextDecimal(&Line->Text, Number->Value);
    McKeyEnd(Line);
}

/* What does not fit one line stands in another of the same kind: no number is left out. */
static VOID McpNoticeMachine(const char *Kind, const MC_NUMBER *Numbers, ULONG Count)
{
    char *Buffer = McKeysClaim();
    MC_KEYS Line;
    ULONG Index;

    if (Buffer == NULL) {
        return;
    }
    McpNoticeMachineStart(&Line, Buffer, Kind);
    for (Index = 0; Index < Count && Numbers[Index].Name != NULL; Index++) {
        McpNoticeMachineNumber(&Line, &Numbers[Index]);
        if (Line.Missing) {
            McOsPrint(Buffer);
            McpNoticeMachineStart(&Line, Buffer, Kind);
            McpNoticeMachineNumber(&Line, &Numbers[Index]);
        }
    }
    McKeysEnd(&Line);
    McKeysPrint(Buffer);
}

static VOID McpNoticePeople(const char *String, const MC_NUMBER *Numbers, ULONG Count)
{
    char Buffer[MC_LINE_SIZE];
    MC_TEXT Text;
    ULONG Index;

    McpNoticeStart(&Text, Buffer);
    McTextString(&Text, String);
    for (Index = 0; Index < Count && Numbers[Index].Name != NULL; Index++) {
        McTextString(&Text, Index == 0 ? ": " : ", ");
        McTextString(&Text, Numbers[Index].Name);
        McTextChar(&Text, ' ');
        McTextDecimal(&Text, Numbers[Index].Value);
    }
    McTextLineEnd(&Text);
}

VOID McNoticeNumbers(const char *Text, const MC_NUMBER *Numbers, ULONG Count)
{
    if (McSettings()->Info) {
        McpNoticePeople(Text, Numbers, Count);
        McpNoticeMachine(Text, Numbers, Count);
    }
}

/* Shorter than in a report, so that it mostly stays one line. */
static VOID McpNoticeBlockPeople(const char *Verb, const MC_BLOCK *Block)
{
    char Buffer[MC_LINE_SIZE];
    MC_TEXT Text;

    McpNoticeStart(&Text, Buffer);
    McTextString(&Text, Verb);
    McTextChar(&Text, ' ');
    McTextAddress(&Text, Block->User);
    McTextString(&Text, ", ");
    McTextCount(&Text, Block->Size, "byte");
    McTextChar(&Text, ' ');
    McTextPool(&Text, Block, " | ");
    McTextChar(&Text, ' ');
    if (Block->Tag != 0) {
        McTextTag(&Text, Block->Tag);
    } else {
        McTextString(&Text, "no tag");
    }
    McTextString(&Text, ", block ");
    McTextDecimal(&Text, Block->Number);
    McTextChar(&Text, ' ');
    McDescribeCall(&Text, &Block->Allocated.Site, McReportContext());
    McTextLineEnd(&Text);
}

static VOID McpNoticeBlockMachine(const char *Verb, const MC_BLOCK *Block)
{
    char *Buffer = McKeysClaim();
    MC_KEYS Line;

    if (Buffer == NULL) {
        return;
    }
    McpNoticeMachineStart(&Line, Buffer, Verb);
    McKeyHex(&Line, "addr", Block->User);
    McKeyNumber(&Line, "size", Block->Size);
    McKeyCall(&Line, "alloc", &Block->Allocated.Site);
    McKeyTag(&Line, "tag", Block->Tag);
    if ((Block->Tag & 0x80000000) != 0) {
        McKeyWord(&Line, "protected", "yes");
    }
    McKeyPool(&Line, Block);
    McKeyNumber(&Line, "block", Block->Number);
    McKeysEnd(&Line);
    McKeysPrint(Buffer);
}

VOID McNoticeBlock(const char *Verb, const MC_BLOCK *Block)
{
    McpNoticeBlockPeople(Verb, Block);
    McpNoticeBlockMachine(Verb, Block);
}
