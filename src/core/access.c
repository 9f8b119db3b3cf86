/* access.c - MEM_VALID_ACCESS: is this address inside a live block, and what is it otherwise? */
#include "core.h"

static VOID McpSayWhere(ULONG_PTR Address, const MC_RECORD *Record, const MC_CALL *Call)
{
    MC_FINDING *Finding = McFoundBegin(McKindBadAccess, Call, McByAccess);
    MC_BLOCK Retired;

    if (Finding == 0)
        return;
    Finding->Address = Address;
    if (Record != 0) {
        McRecordCopy(Record, &Finding->Block);
        Finding->Where = McWhere(&Finding->Block, Address);
    } else if (McRetiredFind(Address, &Retired)) {
        McBytesCopy(&Finding->Block, &Retired, sizeof(Retired));
        Finding->Where = McWhereStart;
        Finding->Sure = FALSE;
        Finding->Reason = McReasonReused;
    }
    McFoundEnd(Finding);
}

BOOLEAN McAccessValid(ULONG_PTR Address, const MC_CALL *Call)
{
    MC_RECORD *Record = McIndexFind(Address);
    BOOLEAN Valid = FALSE;

    if (Record != 0 && McPlainStale(Record)) {
        McRecordRelease(Record);
        Record = McIndexFind(Address);
    }
    if (Record != 0)
        Valid = McRecordState(Record) == McStateLive && Address >= Record->User &&
                Address - Record->User < Record->Size;
    if (!Valid)
        McpSayWhere(Address, Record, Call);
    if (Record != 0)
        McRecordRelease(Record);
    return Valid;
}
