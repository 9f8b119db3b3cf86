/*
 * sweep.c - every block is looked at: MEM_CHECK, MEM_LIST_DISPLAY, the regular check.
 *
 * At DISPATCH_LEVEL, where nothing else runs on this processor, that is done in slices: so many
 * blocks are looked at, those left are only counted, and the next check there goes on with them.
 */
#include "core.h"
#include "report.h"

typedef struct _MCP_SWEEP {
    const MC_CALL *Call;
    MC_BY By;
    ULONG Check; /* number of this check */
    BOOLEAN List;
    BOOLEAN High;  /* paged blocks are out of reach */
    BOOLEAN Slice; /* Left counts */
    ULONG Left;    /* blocks that may still be looked at */
    ULONG Blocks;
    ULONG Damaged;
    ULONG Skipped;
    ULONG Missed; /* not reached */
    ULONG Plain;  /* live, and not to be read */
} MCP_SWEEP;

/* Does nobody read it here? Then it is counted as what it is. The record may be another block's by
 * now, when there is no reference: then one is counted wrong. */
static BOOLEAN McpPassesOver(MCP_SWEEP *Sweep, const MC_RECORD *Record, BOOLEAN Live)
{
    if (McIsPlain(Record) && (!Live || McIsGone(Record)))
        return TRUE;
    if (Sweep->High && McIsPaged(Record)) {
        Sweep->Skipped++;
        return TRUE;
    }
    if (McIsPlain(Record) && !Sweep->List) {
        Sweep->Plain++;
        return TRUE;
    }
    return FALSE;
}

/* One record, if its bytes may be verified now. The reference keeps its memory in place. */
static VOID McpVisit(MCP_SWEEP *Sweep, MC_RECORD *Record)
{
    const BOOLEAN Live = McRecordState(Record) == McStateLive;
    MC_BLOCK Block;

    if (McpPassesOver(Sweep, Record, Live))
        return;
    if (Sweep->Slice)
        Sweep->Left--;
    if (Sweep->List && Live) {
        McRecordCopy(Record, &Block);
        McNoticeBlock("live", &Block);
    }
    if (McIsPlain(Record)) {
        Sweep->Plain++;
        return;
    }
    Sweep->Blocks++;
    if (McBlockInspect(Record, Sweep->Call, Sweep->By, McActionGoOn))
        Sweep->Damaged++;
    McIntactMark(Record, Sweep->Check, McIntactUnknown, Sweep->Call);
}

/* One beyond the slice: nothing of it is read but its record. */
static VOID McpMiss(MCP_SWEEP *Sweep, const MC_RECORD *Record)
{
    const MC_STATE State = McRecordState(Record);

    McOsAcquireBarrier(); /* what stands in a record that is seen live was there before */
    if ((State == McStateLive || State == McStateQuarantined) &&
        !McpPassesOver(Sweep, Record, State == McStateLive))
        Sweep->Missed++;
}

static VOID McpSay(const MCP_SWEEP *Sweep)
{
    MC_NUMBER Numbers[6];
    ULONG Count = 3;

    Numbers[0].Name = "check";
    Numbers[0].Value = Sweep->Check;
    Numbers[1].Name = "blocks";
    Numbers[1].Value = Sweep->Blocks;
    Numbers[2].Name = "damaged";
    Numbers[2].Value = Sweep->Damaged;
    if (Sweep->Missed != 0) {
        Numbers[Count].Name = "not reached at DISPATCH_LEVEL";
        Numbers[Count++].Value = Sweep->Missed;
    }
    if (Sweep->Skipped != 0) {
        Numbers[Count].Name = "paged, skipped at DISPATCH_LEVEL";
        Numbers[Count++].Value = Sweep->Skipped;
    }
    if (Sweep->Plain != 0) {
        Numbers[Count].Name = "plain, not verified";
        Numbers[Count++].Value = Sweep->Plain;
    }
    McNoticeNumbers(Sweep->List ? "listed" : "checked", Numbers, Count);
}

/* The bytes of a block that is looked at a little later: a hint, whatever the record is by then. */
static VOID McpSweepAhead(ULONG Handle, ULONG Limit)
{
    const MC_RECORD *Record = Handle + 8 < Limit ? McRecordAt(Handle + 8) : 0;

    if (Record != 0)
        McBlockExpect(Record);
}

static VOID McpSweepAll(MCP_SWEEP *Sweep)
{
    const ULONG Limit = McRecordLimit();
    volatile ULONG *Next = &Mc.SliceNext[Sweep->List ? 1 : 0];
    ULONG Handle = Sweep->Slice ? *Next : 1;
    ULONG Steps;
    MC_RECORD *Record;

    for (Steps = Limit - 1; Steps != 0; Steps--, Handle++) {
        if (Handle == 0 || Handle >= Limit)
            Handle = 1;
        McpSweepAhead(Handle, Limit);
        Record = McRecordAt(Handle);
        if (Record == 0)
            continue;
        if (Sweep->Left == 0) {
            McpMiss(Sweep, Record);
        } else if (McRecordReferenceBytes(Record)) {
            McpVisit(Sweep, Record);
            McRecordRelease(Record);
            if (Sweep->Left == 0)
                *Next = Handle + 1;
        }
    }
}

ULONG McSweep(const MC_CALL *Call, MC_BY By, BOOLEAN Paged)
{
    const BOOLEAN High = Call->Event.Irql >= DISPATCH_LEVEL;
    const ULONG Slice = McOptions.Slice;
    MCP_SWEEP Sweep;

    Sweep.Call = Call;
    Sweep.By = By;
    Sweep.Check = (ULONG)McOsAdd(&Mc.Checks, 1);
    Sweep.List = By == McByList;
    Sweep.High = High || !Paged;
    Sweep.Slice = High && Slice != 0;
    Sweep.Left = Sweep.Slice ? Slice : 1;
    Sweep.Blocks = Sweep.Damaged = Sweep.Skipped = Sweep.Missed = Sweep.Plain = 0;
    McpSweepAll(&Sweep);
    McOwnLook(Sweep.Slice ? Slice : MC_OWN_ALL, Call, By);
    /* The regular check is not to speak each time of what it always leaves out. */
    if (By == McByCheckEvery
            ? Sweep.Damaged != 0
            : Sweep.List || (Sweep.Damaged | Sweep.Skipped | Sweep.Missed | Sweep.Plain) != 0)
        McpSay(&Sweep);
    return Sweep.Damaged;
}
