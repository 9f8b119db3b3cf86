/* leaks.c - what was never freed, at exit. */
#include "core.h"
#include "report.h"

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

/* Count blocks of one site, with one of them as the example. */
static VOID McpReportPlain(const MC_RECORD *Record, ULONG Count, SIZE_T Bytes, const MC_CALL *Call)
{
    MC_FINDING *Finding = McFoundBegin(McKindLeak, Call, McByExit);

    if (Finding == 0)
        return;
    Finding->Sure = FALSE;
    Finding->Reason = McReasonPlain;
    Finding->Address = Record->User;
    Finding->Where = McWhereStart;
    Finding->Action = McActionLeftAtExit;
    Finding->Count = Count;
    Finding->Bytes = Bytes;
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
    McBlockWithdraw(Record);
    return TRUE;
}

/*
 * A plain one: leaked, or handed over; nobody knows, and it is nobody's here to free. What the
 * system frees as a rule is counted, the others are reported by site.
 */
static VOID McpEndPlain(MC_RECORD *Record, const MC_CALL *Call)
{
    MC_SITE_PLAIN *Plain = McSitePlain(Record->AllocateSite);

    if (McPlainStale(Record))
        return;
    if ((Record->Attributes & MC_FOR_SYSTEM) != 0 || (Plain != 0 && Plain->Elsewhere != 0)) {
        McCount(&Mc.Counts.ForSystem);
    } else if (Plain == 0) {
        McpReportPlain(Record, 1, Record->Size, Call);
    } else {
        if (Plain->Example == 0) {
            if (!McRecordReference(Record)) /* until it is reported */
                return;
            Plain->Example = Record->Handle;
        }
        Plain->Leaks++;
        Plain->LeakBytes += Record->Size;
    }
}

/* One live block, with a reference. FALSE: it could not be freed, so the tables must stay. */
static BOOLEAN McpEndLeak(MC_RECORD *Record, const MC_CALL *Call)
{
    BOOLEAN Leaked = TRUE;
    BOOLEAN Free;

    if (McIsPlain(Record)) {
        McpEndPlain(Record, Call);
        return TRUE;
    }
    Free = McOptions.FreeOnExit != 0 && McAfterExitAdd(Record->User);
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

/* An example that was freed since it was counted was no leak; it stands for the others still. */
static VOID McpReportPlainSites(const MC_CALL *Call)
{
    MC_SITE_PLAIN *Plain;
    MC_RECORD *Record;
    ULONG Site;

    for (Site = McSiteNext(0); Site != 0; Site = McSiteNext(Site)) {
        Plain = McSitePlain(Site);
        if (Plain->Leaks == 0)
            continue;
        Record = McRecordAt(Plain->Example); /* McpEndPlain took the reference */
        if (McRecordState(Record) != McStateLive) {
            Plain->Leaks--;
            Plain->LeakBytes -= Record->Size;
        }
        if (Plain->Leaks != 0)
            McpReportPlain(Record, Plain->Leaks, Plain->LeakBytes, Call);
        McRecordRelease(Record);
    }
}

VOID McLeaksLearned(VOID)
{
    const MC_SITE_PLAIN *Plain;
    BOOLEAN Any = FALSE;
    MC_SITE Copy;
    ULONG Site;

    for (Site = McSiteNext(0); Site != 0; Site = McSiteNext(Site)) {
        Plain = McSitePlain(Site);
        if (Plain->Elsewhere == 0 || (Plain->Listed & MC_LISTED_SYSTEM) != 0)
            continue;
        if (!Any)
            McNoticeSitesBegin();
        Any = TRUE;
        McSiteCopy(Site, &Copy);
        McNoticeSite(&Copy, (SIZE_T)Plain->Elsewhere);
    }
    if (Any)
        McNoticeSitesEnd();
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
    McpReportPlainSites(Call);
    return AllEnded;
}
