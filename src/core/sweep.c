/* sweep.c - every block is looked at: MEM_CHECK, MEM_LIST_DISPLAY. */
#include "core.h"
#include "report.h"

typedef struct _MCP_SWEEP {
    const MC_CALL *Call;
    ULONG Check; /* number of this check */
    BOOLEAN List;
    BOOLEAN High; /* paged blocks are out of reach */
    ULONG Blocks;
    ULONG Damaged;
    ULONG Skipped;
    ULONG Plain; /* live, and not to be read */
} MCP_SWEEP;

/* One record, if its bytes may be verified now. The reference keeps its memory in place. */
static VOID McpVisit(MCP_SWEEP *Sweep, MC_RECORD *Record)
{
    BOOLEAN Live = McRecordState(Record) == McStateLive;
    MC_BLOCK Block;

    if (McIsPlain(Record) && (!Live || McIsGone(Record)))
        return;
    if (Sweep->High && McIsPaged(Record)) {
        Sweep->Skipped++;
        return;
    }
    if (McIsPlain(Record))
        Sweep->Plain++;
    else
        Sweep->Blocks++;
    if (Sweep->List && Live) {
        McRecordCopy(Record, &Block);
        McNoticeBlock("live", &Block);
    }
    if (McIsPlain(Record))
        return;
    if (McBlockInspect(Record, Sweep->Call, Sweep->Call->By, McActionGoOn)) {
        Sweep->Damaged++;
    } else {
        Record->IntactCheck = Sweep->Check;
        Record->IntactTicks = Sweep->Call->Event.Ticks;
    }
}

static VOID McpSay(const MCP_SWEEP *Sweep)
{
    MC_NUMBER Numbers[5];
    ULONG Count = 3;

    Numbers[0].Name = "check";
    Numbers[0].Value = Sweep->Check;
    Numbers[1].Name = "blocks";
    Numbers[1].Value = Sweep->Blocks;
    Numbers[2].Name = "damaged";
    Numbers[2].Value = Sweep->Damaged;
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

ULONG McSweep(const MC_CALL *Call, BOOLEAN List)
{
    MCP_SWEEP Sweep;
    MC_RECORD *Record;
    ULONG Handle, Limit = McRecordLimit();

    Sweep.Call = Call;
    Sweep.Check = (ULONG)McOsAdd(&Mc.Checks, 1);
    Sweep.List = List;
    Sweep.High = Call->Event.Irql >= DISPATCH_LEVEL;
    Sweep.Blocks = Sweep.Damaged = Sweep.Skipped = Sweep.Plain = 0;
    for (Handle = 1; Handle < Limit; Handle++) {
        Record = McRecordAt(Handle);
        if (McRecordReferenceBytes(Record)) {
            McpVisit(&Sweep, Record);
            McRecordRelease(Record);
        }
    }
    if (List || Sweep.Damaged != 0 || Sweep.Skipped != 0 || Sweep.Plain != 0)
        McpSay(&Sweep);
    return Sweep.Damaged;
}
