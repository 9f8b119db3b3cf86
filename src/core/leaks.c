/* leaks.c - what was never freed, at exit. */
#include "core.h"

static VOID McpReportLeak(const MC_RECORD *Record, MC_ACTION Action, const MC_CALL *Call)
{
    MC_FINDING *Finding = McFoundBegin(McKindLeak, Call, McByExit);

    if (Finding == 0)
        return;
    Finding->Address = Record->User;
    Finding->Where = McWhereStart;
    Finding->Action = Action;
    McRecordCopy(Record, &Finding->Block);
    McFoundEnd(Finding);
}

/*
 * To be freed, and remembered, so that its free after EXIT is understood. Live -> leaving is one
 * compare-exchange: when it is lost, the driver has freed the block just now, and it is no leak.
 */
static BOOLEAN McpFreeLeaked(MC_RECORD *Record, const MC_CALL *Call)
{
    if (!McRecordMove(Record, McStateLive, McStateLeaving)) {
        McAfterExitForget(Record->User);
        return FALSE;
    }
    McpReportLeak(Record, McActionFreedAtExit, Call);
    McIndexRemove(Record);
    return TRUE;
}

/* One live block, with a reference. FALSE: it could not be freed, so the tables must stay. */
static BOOLEAN McpEndLeak(MC_RECORD *Record, const MC_CALL *Call)
{
    const BOOLEAN Free = McOptions.FreeOnExit != 0 && McAfterExitAdd(Record->User);
    BOOLEAN Leaked = TRUE;

    McBlockInspect(Record, Call, McByExit, McActionGoOn);
    if (Free)
        Leaked = McpFreeLeaked(Record, Call);
    else
        McpReportLeak(Record, McActionLeftAtExit, Call);
    if (Leaked)
        McSiteCountLeak(Record->AllocateSite, Record->Size);
    return Free;
}

static VOID McpReportSites(const MC_CALL *Call)
{
    MC_FINDING *Finding;
    SIZE_T Bytes;
    ULONG Site, Count;

    for (Site = McSiteNextLeak(0, &Count, &Bytes); Site != 0;
         Site = McSiteNextLeak(Site, &Count, &Bytes)) {
        Finding = McFoundBegin(McKindLeakSite, Call, McByExit);
        if (Finding == 0)
            continue;
        Finding->Count = Count;
        Finding->Bytes = Bytes;
        McSiteCopy(Site, &Finding->Block.Allocated.Site);
        McFoundEnd(Finding);
    }
}

BOOLEAN McLeaksEnd(const MC_CALL *Call)
{
    ULONG Handle, Limit = McRecordLimit();
    BOOLEAN AllEnded = TRUE;
    MC_RECORD *Record;

    for (Handle = 1; Handle < Limit; Handle++) {
        Record = McRecordAt(Handle);
        if (!McRecordReferenceBytes(Record))
            continue;
        if (McRecordState(Record) == McStateLive && !McpEndLeak(Record, Call))
            AllEnded = FALSE;
        McRecordRelease(Record);
    }
    McpReportSites(Call);
    return AllEnded;
}
