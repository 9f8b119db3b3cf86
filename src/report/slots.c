/*
 * slots.c - findings on their way to the debug output: claimed, submitted, printed one at a time.
 *
 * A slot is free -> filling (its owner's) -> ready -> printing (the printer's) -> free; every step
 * is an interlocked operation on its State. There is one printer at a time: who takes McpPrinter.
 *
 * No finding is left behind: whoever submits makes its slot ready first and asks for McpPrinter
 * second; the printer lets go of McpPrinter first and looks for ready slots second. All four are
 * full barriers. So where a submitter finds the printer busy, its slot was ready before the printer
 * let go, and the printer's last look, which comes after that, sees it. Where two let go and look
 * at once both may see a slot; one of them becomes the printer again.
 *
 * Nobody waits, and nobody prints for the others without end: MCP_TURN reports, then it is another
 * one's turn. What is then still ready goes out with the next finding that is submitted, or that
 * finds no free slot, at the latest with McReportRepeats at exit.
 *
 * A finding made while its own thread is printing (out of McOsPrint) takes the same way: its slot
 * becomes ready, the printer is busy, and the loop that is going on below it prints it.
 */
#include "slots.h"
#include "repeat.h"
#include "settings.h"
#include "reaction.h"

#define MCP_TURN (2 * MEMCHECK_REPORT_SLOTS) /* reports that one call prints at most */

#define MCP_SLOT_FREE     0
#define MCP_SLOT_FILLING  1
#define MCP_SLOT_READY    2
#define MCP_SLOT_PRINTING 3

typedef struct _MCP_SLOT {
    volatile LONG State;
    ULONG Order;       /* in which it was submitted */
    ULONG RepeatEntry; /* for the number of its report */
    BOOLEAN Calls;     /* the driver's routine may be called */
    MC_FINDING Finding;
} MCP_SLOT;

static MCP_SLOT McpSlots[MEMCHECK_REPORT_SLOTS];
static volatile LONG McpPrinter; /* 1: somebody prints, and owns what is the printer's */
static volatile LONG McpOrder;
static MC_REPORT_COUNTS McpCounts;
static MC_REPORT_CONTEXT McpContext = {"?", 0, 0, 0, 0};
static char McpLine[MC_MACHINE_SIZE]; /* the printer's, as is the text in it */
static MC_TEXT McpText;

typedef char McpLineFits[MC_LINE_SIZE <= MC_MACHINE_SIZE ? 1 : -1];

const MC_REPORT_CONTEXT *McReportContext(VOID)
{
    return &McpContext;
}

const MC_REPORT_COUNTS *McReportCounts(VOID)
{
    return &McpCounts;
}

VOID McReportLost(VOID)
{
    McOsAdd(&McpCounts.Lost, 1);
}

VOID McReportSink(PVOID Context, const char *Line)
{
    (void)Context;
    McOsPrint(Line);
}

static LONG McpSlotState(MCP_SLOT *Slot)
{
    return McOsCompareExchange(&Slot->State, 0, 0);
}

VOID McReportStart(const char *DriverName)
{
    MC_TEXT Name;

    McTextStart(&Name, McpContext.Driver, sizeof(McpContext.Driver), NULL, NULL);
    McTextName(&Name, DriverName);
    McpContext.StartTicks = McOsTicks();
    McpContext.MicrosPerTick = McOsMicrosPerTick();
    if (!McOsImage(&McpContext.ImageLow, &McpContext.ImageHigh)) {
        McpContext.ImageLow = 0;
        McpContext.ImageHigh = 0;
    }
    McOsExchange(&McpCounts.Printed, 0);
    McOsExchange(&McpCounts.Repeated, 0);
    McOsExchange(&McpCounts.Lost, 0);
    McOsExchange(&McpCounts.Unremembered, 0);
    McRepeatForget();
}

/* The one that was submitted first. Only the printer may rely on Order: it alone takes slots out of
 * the ready state, so what it sees ready stays as it is. */
static MCP_SLOT *McpSlotNext(VOID)
{
    MCP_SLOT *Next = NULL;
    MCP_SLOT *Slot;

    for (Slot = McpSlots; Slot < McpSlots + MEMCHECK_REPORT_SLOTS; Slot++) {
        if (McpSlotState(Slot) != MCP_SLOT_READY) {
            continue;
        }
        /* By difference: the count wraps. */
        if (Next == NULL || (LONG)(Slot->Order - Next->Order) < 0) {
            Next = Slot;
        }
    }
    return Next;
}

static BOOLEAN McpSlotAnyReady(VOID)
{
    MCP_SLOT *Slot;

    for (Slot = McpSlots; Slot < McpSlots + MEMCHECK_REPORT_SLOTS; Slot++) {
        if (McpSlotState(Slot) == MCP_SLOT_READY) {
            return TRUE;
        }
    }
    return FALSE;
}

/* The printer only. */
static VOID McpSlotPrint(MCP_SLOT *Slot)
{
    ULONG Number = (ULONG)McOsAdd(&McpCounts.Printed, 1);

    McOsExchange(&Slot->State, MCP_SLOT_PRINTING);
    McRepeatNumber(Slot->RepeatEntry, Number);
    McTextStart(&McpText, McpLine, MC_LINE_SIZE, McReportSink, NULL);
    McDescribe(&McpText, &Slot->Finding, Number, &McpContext);
    McDescribeMachine(&Slot->Finding, Number, &McpContext, McpLine);
    McOsPrint(McpLine);
    McReactionPrinted(&Slot->Finding, Number, McpLine, Slot->Calls);
    McOsExchange(&Slot->State, MCP_SLOT_FREE);
}

/* Become the printer, unless somebody is, and print what is ready. */
static VOID McpSlotPrintReady(VOID)
{
    ULONG Turn = MCP_TURN;
    MCP_SLOT *Slot;

    while (Turn != 0 && McpSlotAnyReady()) {
        if (McOsCompareExchange(&McpPrinter, 1, 0) != 0) {
            return; /* its last look comes after this moment */
        }
        for (; Turn != 0 && (Slot = McpSlotNext()) != NULL; Turn--) {
            McpSlotPrint(Slot);
        }
        McOsExchange(&McpPrinter, 0);
        if (Turn != 0) {
            Turn--; /* a round that found others quicker counts too: there is an end in any case */
        }
    }
}

static MCP_SLOT *McpSlotClaim(VOID)
{
    MCP_SLOT *Slot;

    for (Slot = McpSlots; Slot < McpSlots + MEMCHECK_REPORT_SLOTS; Slot++) {
        if (McOsCompareExchange(&Slot->State, MCP_SLOT_FILLING, MCP_SLOT_FREE) == MCP_SLOT_FREE) {
            return Slot;
        }
    }
    return NULL;
}

/* NULL for what is no claimed slot's finding: a caller's mistake must not hurt the driver. */
static MCP_SLOT *McpSlotOf(const MC_FINDING *Finding)
{
    MCP_SLOT *Slot;

    for (Slot = McpSlots; Slot < McpSlots + MEMCHECK_REPORT_SLOTS; Slot++) {
        if (Finding == &Slot->Finding) {
            return McpSlotState(Slot) == MCP_SLOT_FILLING ? Slot : NULL;
        }
    }
    return NULL;
}

MC_FINDING *McReportClaim(VOID)
{
    MCP_SLOT *Slot = McpSlotClaim();
    volatile UCHAR *Byte;

    if (Slot == NULL) {
        McpSlotPrintReady(); /* all may be ready, with nobody printing: see MCP_TURN */
        Slot = McpSlotClaim();
    }
    if (Slot == NULL) {
        McOsAdd(&McpCounts.Lost, 1);
        return NULL;
    }
    for (Byte = (volatile UCHAR *)&Slot->Finding;
         Byte < (volatile UCHAR *)&Slot->Finding + sizeof(Slot->Finding); Byte++) {
        *Byte = 0;
    }
    return &Slot->Finding;
}

VOID McReportDrop(MC_FINDING *Finding)
{
    MCP_SLOT *Slot = McpSlotOf(Finding);

    if (Slot != NULL) {
        McOsExchange(&Slot->State, MCP_SLOT_FREE);
    }
}

/*
 * A place for a breakpoint: called on the thread that found damage or a bad free, when its report
 * is out (or is being printed by another processor).
 */
VOID McBadFound(VOID)
{
    if (McOsDebugger()) {
        McOsBreak();
    } else {
        McNoticeAlways("no debugger: going on");
    }
}

static VOID McpSlotBadFound(MC_KIND Kind)
{
    if ((McReactionOf(Kind) & MC_REACT_BREAK) != 0 ||
        (McSettings()->Halt && (McKindIsDamage(Kind) || McKindIsFree(Kind)))) {
        McBadFound();
    }
}

BOOLEAN McReportSubmit(MC_FINDING *Finding)
{
    MCP_SLOT *Slot = McpSlotOf(Finding);
    MC_REPEAT Repeat;
    MC_KIND Kind;

    if (Slot == NULL) {
        return FALSE;
    }
    Kind = Finding->Kind;
    Repeat = McRepeatAsk(Finding, &Slot->RepeatEntry);
    if (Repeat == McRepeatAgain) {
        McOsAdd(&McpCounts.Repeated, 1);
        McOsExchange(&Slot->State, MCP_SLOT_FREE);
        return FALSE;
    }
    if (Repeat == McRepeatUnknown) {
        McOsAdd(&McpCounts.Unremembered, 1);
    }
    Slot->Calls = (BOOLEAN)!McReactionRuns();
    Slot->Order = (ULONG)McOsAdd(&McpOrder, 1);
    McOsExchange(&Slot->State, MCP_SLOT_READY);
    McpSlotPrintReady();
    McpSlotBadFound(Kind);
    return TRUE;
}

BOOLEAN McReportIdle(VOID)
{
    MCP_SLOT *Slot;

    McpSlotPrintReady();
    for (Slot = McpSlots; Slot < McpSlots + MEMCHECK_REPORT_SLOTS; Slot++) {
        if (McpSlotState(Slot) != MCP_SLOT_FREE) {
            return FALSE;
        }
    }
    return TRUE;
}

/* Its own buffer, because somebody may be printing; and not on the stack, which is small. Of two
 * that call at once the second has nothing to add. */
VOID McReportRepeats(VOID)
{
    static volatile LONG Busy;
    static char Line[MC_MACHINE_SIZE];
    static MC_TEXT Text;

    McpSlotPrintReady();
    if (McOsCompareExchange(&Busy, 1, 0) == 0) {
        McTextStart(&Text, Line, MC_LINE_SIZE, McReportSink, NULL);
        McRepeatDescribe(&Text, &McpContext);
        McOsExchange(&Busy, 0);
    }
}
