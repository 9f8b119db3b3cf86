/* handover.c - plain blocks that are given to the system, and the bound on those it keeps. */
#include "core.h"

/* ---- seen as it happens ---- */

/* Guard bytes stand before it: whoever frees it will give the pool an address that is none. */
static VOID McpReportFront(const MC_RECORD *Record, BOOLEAN Sure, const MC_CALL *Call)
{
    MC_FINDING *Finding = McFoundBegin(McKindBadHandOver, Call, Call->By);

    if (Finding == 0)
        return;
    Finding->Sure = Sure;
    Finding->Reason = McReasonFrontRedzone;
    Finding->Address = Record->User;
    Finding->Where = McWhereStart;
    McRecordCopy(Record, &Finding->Block);
    McFoundEnd(Finding);
}

VOID McHandOver(ULONG_PTR Address, BOOLEAN Sure, const MC_CALL *Call)
{
    MC_RECORD *Record = McIndexFindExact(Address);

    if (Record == 0)
        return;
    if (!McIsPlain(Record))
        McpReportFront(Record, Sure, Call);
    else if (!McPlainStale(Record))
        McPlainElsewhere(Record, &Mc.Counts.HandedOver);
    McRecordRelease(Record);
}

/* ---- blocks for the system ---- */

/* They may never come back, and nobody tells: so only the youngest are remembered, in a ring. */
typedef struct _MCP_KEPT {
    ULONG Handle; /* 0: none */
    ULONG Number; /* of the block that the record stood for */
} MCP_KEPT;

typedef struct _MCP_KEPT_RING {
    MC_LOCK Lock;
    ULONG Position;
    MCP_KEPT Entry[MEMCHECK_SYSTEM_BLOCKS];
} MCP_KEPT_RING;

static MCP_KEPT_RING McpKept;

VOID McSystemClear(VOID)
{
    McpKept.Position = 0;
    McBytesZero(McpKept.Entry, sizeof(McpKept.Entry));
}

/* The entry of a block that came back long ago names a record that is free or another block's: so
 * not one that is leaving, with nobody's reference to rely on. */
static VOID McpForget(const MCP_KEPT *Kept)
{
    MC_RECORD *Record = McRecordAt(Kept->Handle);

    if (Record == 0 || !McRecordReferenceBytes(Record))
        return;
    if (Record->Number == Kept->Number && McRecordState(Record) == McStateLive &&
        McPlainGone(Record))
        McCount(&Mc.Counts.Forgotten);
    McRecordRelease(Record);
}

VOID McSystemKeep(const MC_RECORD *Record)
{
    MCP_KEPT Before;
    KIRQL Irql = McOsAcquire(&McpKept.Lock);

    Before = McpKept.Entry[McpKept.Position];
    McpKept.Entry[McpKept.Position].Handle = Record->Handle;
    McpKept.Entry[McpKept.Position].Number = Record->Number;
    McpKept.Position = (McpKept.Position + 1) % MEMCHECK_SYSTEM_BLOCKS;
    McOsRelease(&McpKept.Lock, Irql);
    McpForget(&Before);
}
