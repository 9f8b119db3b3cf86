/* lifecycle.c - MEM_CHECK_INIT and MEM_CHECK_EXIT. */
#include "rules.h"
#include "optionstring.h"
#include "report.h"
#include "reaction.h"

#ifndef MEMCHECK_DRIVER_NAME
#define MEMCHECK_DRIVER_NAME ""
#endif

/* ---- INIT ---- */

static VOID McpName(const VOID *RegistryPath)
{
    static const char Given[] = MEMCHECK_DRIVER_NAME;
    char Name[MC_NAME_LENGTH + 1];

    Name[0] = 0;
    if (sizeof(Given) == 1)
        McOsDriverName(RegistryPath, Name, sizeof(Name));
    McReportStart(sizeof(Given) > 1 ? Given : Name);
}

/* Operations that were turned away may be counting themselves out of a lane: its count stays. */
static VOID McpClearLane(MC_LANE *Lane)
{
    Lane->Numbers = 0;
    Lane->Undone = 0;
    Lane->Spare = 0;
    Lane->Spares = 0;
    McBytesZero(Lane->Queue, sizeof(Lane->Queue));
    McBytesZero(Lane->Beat, sizeof(Lane->Beat));
}

static VOID McpClear(VOID)
{
    ULONG Lanes = 1, Processors = McOsProcessors();
    ULONG Index;

    while (Lanes * 2 <= Processors && Lanes < MC_MOST_LANES)
        Lanes *= 2;
    for (Index = 0; Index < MC_MOST_LANES; Index++)
        McpClearLane(&Mc.Lane[Index]);
    McBytesZero(&Mc.Counts, sizeof(Mc.Counts));
    Mc.LaneMask = Lanes - 1;
    Mc.Checks = 0;
    Mc.OwnBroken = 0;
    Mc.Operations = 0;
    Mc.SliceNext[0] = Mc.SliceNext[1] = 1;
    Mc.StartTicks = McOsTicks();
    McOptionsInForce();
    Mc.Plains = 0;
    McCheckpointStart();
    McAfterExitClear();
    McSystemClear();
    McInjectStart();
    McPatternStart(McOsSecret());
}

static VOID McpStopTables(VOID)
{
    McIndexStop();
    McLargeStop();
    McRetiredStop();
    McSiteStop();
    McStatisticsStop();
    McStackStop();
    McRecordStop();
    McOwnStop();
}

static BOOLEAN McpStartTables(const MC_CALL *Call)
{
    McSiteStart();
    McIndexStart();
    if (McStackStart() && McStatisticsStart() && McRetiredStart() && McLargeStart() &&
        McSelfTest(Call))
        return TRUE;
    McpStopTables();
    return FALSE;
}

#define MC_OPTION(Field, Name, Default, Low, High, Multiple, When, Help) McpSaid##Field,
enum {
#include "options.inc"
    McpSaidMost
};

/* What is on: of the options those that are not 0, the ones that only a build can change left out.
 */
static VOID McpSayOn(VOID)
{
    const MC_OPTION_ROW *Row;
    MC_NUMBER Numbers[McpSaidMost];
    ULONG Count = 0;

    for (Row = McOptionRows; Row < McOptionRows + McOptionRowCount; Row++) {
        if (Row->Number == 0 || Row->When == McWhenBuilt || *Row->Number == 0)
            continue;
        Numbers[Count].Name = Row->Name;
        Numbers[Count++].Value = *Row->Number;
    }
    McNoticeNumbers("on, self-test passed", Numbers, Count);
}

VOID McStart(const MC_CALL *Call, const VOID *RegistryPath)
{
    ULONG Index;
    LONG Before;

    if (Call->Event.Irql != PASSIVE_LEVEL) {
        McFoundCall(McKindWrongIrql, McReasonNotPassive, McActionIgnored, 0, Call);
        return;
    }
    Before = Mc.Phase;
    if ((Before != McPhaseOff && Before != McPhaseEnded && Before != McPhaseFailed) ||
        McOsCompareExchange(&Mc.Phase, McPhaseStarting, Before) != Before) {
        McFoundCall(McKindWrongOrder, McReasonTwice, McActionIgnored, 0, Call);
        return;
    }
    McOptionsReset();
    if (!McOsStart()) {
        McOsExchange(&Mc.Phase, McPhaseFailed);
        McNotice("off: MemCheck cannot run on this system; the driver runs unchecked");
        return;
    }
    McpName(RegistryPath);
    McOptionsStart(RegistryPath);
    McpClear();
    if (!McpStartTables(Call)) {
        McOsExchange(&Mc.Phase, McPhaseFailed);
        McOsStop();
        McNotice("off: no memory for MemCheck, or its self-test failed; the driver runs unchecked");
        return;
    }
    /* The self-test's block is not counted, on whatever processors it was made. */
    for (Index = 0; Index < MC_MOST_LANES; Index++)
        Mc.Lane[Index].Numbers = Mc.Lane[Index].Undone = 0;
    McBytesZero(&Mc.Counts, sizeof(Mc.Counts));
    McOsExchange(&Mc.Phase, McPhaseOn);
    McpSayOn();
    McWorkerStart();
}

/* ---- EXIT ---- */

typedef struct _MCP_TABLE {
    MC_NUMBER Number[40];
    ULONG Count;
} MCP_TABLE;

static VOID McpAddCount(MCP_TABLE *Table, const char *Name, LONG Value)
{
    if (Value == 0)
        return;
    Table->Number[Table->Count].Name = Name;
    Table->Number[Table->Count++].Value = (SIZE_T)Value;
}

/* Only what happened is said; a line without a word on failures means there were none. */
static VOID McpSayCounts(VOID)
{
    const MC_REPORT_COUNTS *Reports = McReportCounts();
    const MC_COUNTS *Counts = &Mc.Counts;
    MCP_TABLE Table;

    Table.Count = 0;
    McpAddCount(&Table, "allocations", (LONG)McLaneAllocations());
    McpAddCount(&Table, "reports", Reports->Printed);
    McpAddCount(&Table, "repeated", Reports->Repeated);
    McpAddCount(&Table, "reports lost", Reports->Lost);
    McpAddCount(&Table, "unprotected", Counts->Unprotected);
    McpAddCount(&Table, "untracked", Counts->Untracked);
    McpAddCount(&Table, "failed by the pool", Counts->PoolFailed);
    McpAddCount(&Table, "quarantine drained", Counts->Drained);
    McpAddCount(&Table, "foreign frees", Counts->ForeignFrees);
    McpAddCount(&Table, "frees deferred", Counts->Deferred);
    McpAddCount(&Table, "deferred frees lost", Counts->DeferredLost);
    McpAddCount(&Table, "sites lost", Counts->SitesLost);
    McpAddCount(&Table, "stacks lost", Counts->StacksLost);
    McpAddCount(&Table, "calls above DISPATCH_LEVEL, lost", Counts->TooHigh);
    McpAddCount(&Table, "handed over", Counts->HandedOver);
    McpAddCount(&Table, "freed elsewhere", Counts->Elsewhere);
    McpAddCount(&Table, "for the system, at exit", Counts->ForSystem);
    McpAddCount(&Table, "for the system, forgotten", Counts->Forgotten);
    McpAddCount(&Table, "not monitored", Counts->Unwatched);
    McpAddCount(&Table, "ignored", Counts->Ignored);
    McpAddCount(&Table, "own memory damaged", Counts->OwnDamaged);
    McNoticeNumbers("exit", Table.Number, Table.Count);
}

/* Everything that was put off or held back, with nobody else inside. */
static VOID McpDrainAll(const MC_CALL *Call)
{
    MC_LANE *Lane = McLaneHere();

    McDeferredDrain(Lane);
    McQuarantineDrain(Call, McByExit);
    McDeferredDrain(Lane); /* what came while we did that */
    McQuarantineDrain(Call, McByExit);
}

/* Reports that others have left to a printer outside of every operation read call stacks. FALSE:
 * they are not out after a second. */
static BOOLEAN McpReportsOut(VOID)
{
    const ULONG Step = 10;
    ULONG Waited;

    for (Waited = 0; Waited <= MC_EXIT_WAIT; Waited += Step) {
        if (McReportIdle())
            return TRUE;
        McOsSleep(Step);
    }
    return FALSE;
}

/*
 * Twice the gate is closed a little further and those inside are waited for: first to new blocks,
 * so that those there are can be counted, then to frees, so that the tables can go.
 */
static VOID McpEnd(const MC_CALL *Call)
{
    BOOLEAN Alone, Whole = FALSE;

    McOsWorkerStop(); /* no thread of ours is to be in a driver that is unloaded */
    Alone = McGateWait();
    if (!Alone) {
        McNotice("exit: calls are still in flight after a second; MemCheck's memory is not freed");
    } else {
        McpDrainAll(Call);
        if (McOptions.Statistics != 0)
            McStatisticsPrint();
        Whole = McLeaksEnd(Call);
        if (!Whole && McOptions.FreeOnExit != 0)
            McNotice("exit: more blocks are in use than can be remembered; tables are not freed");
    }
    McOsExchange(&Mc.Phase, Whole ? McPhaseFinishing : McPhaseKept);
    if (Alone && McGateWait())
        McpDrainAll(Call); /* what was freed while the leaks were counted */
    else
        Whole = FALSE;
    McOwnLook(MC_OWN_ALL, Call, McByExit);
    McReportRepeats();
    McInjectEnd();
    McLeaksLearned();
    McSuppressSay();
    McpSayCounts();
    Whole = Whole && McpReportsOut();
    McReactionRoutine(0, 0);
    if (Whole)
        McpStopTables();
    McOsExchange(&Mc.Phase, Whole ? McPhaseEnded : McPhaseKept);
    if (Whole)
        McOsStop();
    McDeferredEnd();
}

VOID McStop(const MC_CALL *Call)
{
    LONG Before;

    if (Call->Event.Irql != PASSIVE_LEVEL) {
        McFoundCall(McKindWrongIrql, McReasonNotPassive, McActionIgnored, 0, Call);
        return;
    }
    Before = McOsCompareExchange(&Mc.Phase, McPhaseClosing, McPhaseOn);
    if (Before == McPhaseOn)
        McpEnd(Call);
    else if (Before == McPhaseFailed)
        McOsExchange(&Mc.Phase, McPhaseEnded);
    else
        McFoundCall(McKindWrongOrder,
                    Before == McPhaseOff || Before == McPhaseStarting ? McReasonNoInit
                                                                      : McReasonAfterExit,
                    McActionIgnored, 0, Call);
}
