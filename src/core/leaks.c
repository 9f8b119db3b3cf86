/* leaks.c - what was never freed, at exit, by the places that allocated it. */
#include "core.h"
#include "report.h"

/*
 * To be freed, and remembered, so that its free after EXIT is understood. Live -> leaving is one
 * compare-exchange: when it is lost, the driver has freed the block just now, and it is no leak.
 */
static BOOLEAN McpFreeLeaked(MC_RECORD *Record)
{
    if (!McRecordMove(Record, McStateLive, McStateLeaving)) {
        McAfterExitForget(Record->User);
        return FALSE;
    }
    McBlockWithdraw(Record);
    return TRUE;
}

/*
 * A plain one: leaked, or handed over; nobody knows, and it is nobody's here to free. What the
 * system frees as a rule is counted only.
 */
static VOID McpEndPlain(MC_GROUPS *Tally, MC_RECORD *Record)
{
    const MC_SITE_PLAIN *Plain = McSitePlain(Record->AllocateSite);

    if (!McTallyIsLive(Record))
        return;
    if ((Record->Attributes & MC_FOR_SYSTEM) != 0 || (Plain != 0 && Plain->Elsewhere != 0))
        McCount(&Mc.Counts.ForSystem);
    else
        McTallyAdd(Tally, Record);
}

/* One live block, with a reference. FALSE: it could not be freed, so the tables must stay. */
static BOOLEAN McpEndLeak(MC_GROUPS *Tally, MC_RECORD *Record)
{
    BOOLEAN Free;

    if (McIsPlain(Record)) {
        McpEndPlain(Tally, Record);
        return TRUE;
    }
    Free = McOptions.FreeOnExit != 0 && McAfterExitAdd(Record->User);
    McBlockInspect(Record, Tally->Call, McByExit, McActionGoOn);
    if (!Free || McpFreeLeaked(Record))
        McTallyAdd(Tally, Record); /* its memory stays until the example is told */
    return Free;
}

/* An example that was freed since it was counted was no leak; it stands for the others still. */
static BOOLEAN McpStillLeaks(MC_GROUP *Group, BOOLEAN Plain)
{
    const MC_RECORD *Record = McRecordAt(Group->Example);

    if (Plain && Record != 0 && McRecordState(Record) != McStateLive) {
        Group->Blocks--;
        Group->Bytes -= Record->Size;
    }
    return Group->Blocks != 0;
}

/* A block alone is a leak, several of one place are a leak site; what may all be hand-overs is a
 * possible leak. */
static VOID McpReportGroup(const MC_GROUP *Group, BOOLEAN Plain, const MC_CALL *Call)
{
    const MC_RECORD *Example = McRecordAt(Group->Example);
    const BOOLEAN Alone = Plain || (Group->Blocks == 1 && Example != 0);
    MC_FINDING *Finding = McFoundBegin(Alone ? McKindLeak : McKindLeakSite, Call, McByExit);

    if (Finding == 0)
        return;
    Finding->Sure = !Plain;
    Finding->Reason = Plain ? McReasonPlain : McReasonNone;
    Finding->Where = Alone ? McWhereStart : McWhereNowhere;
    if (!Alone)
        Finding->Action = McActionNone; /* not one for all of them, perhaps */
    else if (!Plain && McRecordState(Example) != McStateLive)
        Finding->Action = McActionFreedAtExit;
    else
        Finding->Action = McActionLeftAtExit;
    McTallyFill(Group, Finding);
    if (Example != 0)
        Finding->Block.State = McStateLive; /* as EXIT found it */
    McFoundEnd(Finding);
}

/* Sure and possible ones, in one line. */
static VOID McpSayLeaks(const MC_GROUPS *Tally, const MC_GROUPS *Possible)
{
    static const char *const Names[6] = {"buffers",          "bytes",          "places",
                                         "possible buffers", "possible bytes", "possible places"};
    MC_NUMBER Numbers[6];
    ULONG Index;

    for (Index = 0; Index < 6; Index++)
        Numbers[Index].Name = Names[Index];
    Numbers[0].Value = Tally->Blocks - Possible->Blocks;
    Numbers[1].Value = Tally->Bytes - Possible->Bytes;
    Numbers[2].Value = Tally->Groups - Possible->Groups;
    Numbers[3].Value = Possible->Blocks;
    Numbers[4].Value = Possible->Bytes;
    Numbers[5].Value = Possible->Groups;
    if (Tally->Blocks != 0)
        McNoticeNumbers("leaks", Numbers, Possible->Blocks != 0 ? 6 : 3);
}

/* Those with most bytes first. */
static VOID McpReportLeaks(MC_GROUPS *Tally)
{
    MC_GROUPS Possible;
    MC_GROUP *Group;
    BOOLEAN Plain;

    McBytesZero(&Possible, sizeof(Possible));
    Tally->Blocks = Tally->Groups = 0;
    Tally->Bytes = 0;
    for (Group = Tally->First; Group != 0; Group = Group->Next) {
        Plain = Group == &McSiteTally(Group->Site)->Group[1];
        if (McpStillLeaks(Group, Plain)) {
            McpReportGroup(Group, Plain, Tally->Call);
            McTallyCount(Tally, Group);
            if (Plain)
                McTallyCount(&Possible, Group);
        }
        McTallyDone(Group);
    }
    McpSayLeaks(Tally, &Possible);
}

static BOOLEAN McpIsLearned(ULONG Site)
{
    const MC_SITE_PLAIN *Plain = McSitePlain(Site);

    return Plain != 0 && Plain->Elsewhere != 0 && (Plain->Listed & MC_LISTED_SYSTEM) == 0;
}

/* Blocks freed elsewhere of all paths to the place of this site; 0: another site stands for it. */
static SIZE_T McpElsewhereAtPlace(ULONG Site)
{
    SIZE_T Blocks = 0;
    ULONG Other;

    for (Other = McSiteNext(0); Other != 0; Other = McSiteNext(Other)) {
        if (!McpIsLearned(Other) || !McSiteSamePlace(Other, Site))
            continue;
        if (Other < Site)
            return 0;
        Blocks += (SIZE_T)McSitePlain(Other)->Elsewhere;
    }
    return Blocks;
}

static VOID McpEachLearned(VOID (*Say)(const MC_SITE *Site, SIZE_T Count))
{
    SIZE_T Blocks;
    MC_SITE Copy;
    ULONG Site;

    for (Site = McSiteNext(0); Site != 0; Site = McSiteNext(Site)) {
        Blocks = McpIsLearned(Site) ? McpElsewhereAtPlace(Site) : 0;
        if (Blocks == 0)
            continue;
        McSiteCopy(Site, &Copy);
        Say(&Copy, Blocks);
    }
}

/* The lines to paste first, together; then those for programs. */
VOID McLeaksLearned(VOID)
{
    McNoticeSitesBegin();
    McpEachLearned(McNoticeSite);
    McNoticeSitesEnd();
    McpEachLearned(McNoticeSiteKeys);
}

BOOLEAN McLeaksEnd(const MC_CALL *Call)
{
    ULONG Handle, Limit = McRecordLimit();
    BOOLEAN AllEnded = TRUE;
    MC_RECORD *Record;
    MC_GROUPS Tally;

    if (!McTallyBegin()) /* nobody is inside: so this cannot be */
        return FALSE;
    McTallyClear(&Tally, Call);
    for (Handle = 1; Handle < Limit; Handle++) {
        Record = McRecordAt(Handle);
        if (Record == 0 || !McRecordReferenceBytes(Record))
            continue;
        if (McRecordState(Record) == McStateLive && !McpEndLeak(&Tally, Record))
            AllEnded = FALSE;
        McRecordRelease(Record);
    }
    McTallySort(&Tally);
    McpReportLeaks(&Tally);
    McTallyEnd();
    return AllEnded;
}
