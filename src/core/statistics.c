/*
 * statistics.c - MEM_STATISTICS: blocks in use by tag and by call site, as a table.
 *
 * What is in use is counted by a walk, each time. Peaks and totals are kept up by every allocation
 * and free, with option statistics alone: processors share the cache lines of a site that all of
 * them allocate at. Each number is right by itself; the numbers of a row, read while others
 * allocate, are not of one moment.
 */
#include "core.h"
#include "report.h"

/* Tags are never taken out before MEM_CHECK_EXIT. So one that found no entry never will, and what
 * is counted for it on allocation and on free goes to the same row, that of the others. */
#define MCP_TAGS     256u
#define MCP_UNTAGGED MCP_TAGS /* blocks of ExAllocatePool and its like */
#define MCP_OTHERS   (MCP_TAGS + 1)

typedef struct _MCP_TAG {
    MC_GROUP Group;    /* first: a group is its tag's */
    volatile LONG Tag; /* 0: free */
    MC_USE Use;
} MCP_TAG;

static MCP_TAG *McpTags; /* MCP_TAGS, then the two others */

BOOLEAN McStatisticsStart(VOID)
{
    McpTags = (MCP_TAG *)McOwnAllocate((MCP_TAGS + 2) * sizeof(MCP_TAG));
    return McpTags != 0;
}

VOID McStatisticsStop(VOID)
{
    McpTags = 0;
}

/* Found, or claimed. Bit 31 is no part of a tag's name. */
static MCP_TAG *McpTagOf(ULONG Tag)
{
    const LONG Wanted = (LONG)(Tag & ~MC_PROTECTED_TAG);
    ULONG At = ((ULONG)Wanted * 0x9E3779B1u & 0xffffffff) >> 24;
    ULONG Steps;
    LONG Here;

    if (Wanted == 0)
        return &McpTags[MCP_UNTAGGED];
    for (Steps = 0; Steps < MCP_TAGS; Steps++, At = (At + 1) % MCP_TAGS) {
        Here = McpTags[At].Tag;
        if (Here == 0)
            Here = McOsCompareExchange(&McpTags[At].Tag, Wanted, 0);
        if (Here == 0 || Here == Wanted)
            return &McpTags[At];
    }
    return &McpTags[MCP_OTHERS];
}

/* ---- counting ---- */

/* Low word first, then the carry: read in between, the sum is short of one carry. */
static VOID McpUseTotal(volatile LONG *Total, SIZE_T Amount)
{
    const ULONG Low = (ULONG)(Amount & 0xffffffff);
    const ULONG After = (ULONG)McOsAdd(&Total[0], (LONG)Low);
    const ULONG Carry = (ULONG)(Amount >> 16 >> 16) + (After < Low ? 1 : 0);

    if (Carry != 0)
        McOsAdd(&Total[1], (LONG)Carry);
}

static VOID McpUsePeak(volatile LONG *Peak, LONG Live)
{
    LONG Before = *Peak;

    while ((ULONG)Live > (ULONG)Before) {
        const LONG Seen = McOsCompareExchange(Peak, Live, Before);

        if (Seen == Before)
            break;
        Before = Seen;
    }
}

static SIZE_T McpUseAddBytes(volatile SIZE_T *Bytes, SIZE_T Amount)
{
    SIZE_T Before;

    do {
        Before = *Bytes;
    } while (McOsCompareExchangeSize(Bytes, Before + Amount, Before) != Before);
    return Before + Amount;
}

static VOID McpUsePeakBytes(volatile SIZE_T *Peak, SIZE_T Live)
{
    SIZE_T Before;

    do {
        Before = *Peak;
    } while (Live > Before && McOsCompareExchangeSize(Peak, Live, Before) != Before);
}

static VOID McpUseMade(MC_USE *Use, SIZE_T Size)
{
    McpUsePeak(&Use->Peak, McOsAdd(&Use->Live, 1));
    McpUsePeakBytes(&Use->PeakBytes, McpUseAddBytes(&Use->LiveBytes, Size));
    McpUseTotal(Use->Made, 1);
    McpUseTotal(Use->MadeBytes, Size);
}

static VOID McpUseEnded(MC_USE *Use, SIZE_T Size, BOOLEAN Freed)
{
    McOsAdd(&Use->Live, -1);
    McpUseAddBytes(&Use->LiveBytes, (SIZE_T)0 - Size);
    if (Freed)
        McpUseTotal(Use->Freed, 1);
}

/* The self-test's block is nobody's. */
static BOOLEAN McpUseCounts(VOID)
{
    return (BOOLEAN)(McOptions.Statistics != 0 && Mc.Phase >= McPhaseOn);
}

VOID McStatisticsMade(const MC_RECORD *Record)
{
    if (!McpUseCounts())
        return;
    McpUseMade(&McSiteTally(Record->AllocateSite)->Use, Record->Size);
    McpUseMade(&McpTagOf(Record->Tag)->Use, Record->Size);
}

VOID McStatisticsEnded(const MC_RECORD *Record, BOOLEAN Freed)
{
    if (!McpUseCounts())
        return;
    McpUseEnded(&McSiteTally(Record->AllocateSite)->Use, Record->Size, Freed);
    McpUseEnded(&McpTagOf(Record->Tag)->Use, Record->Size, Freed);
}

/* ---- the walk ---- */

static VOID McpStatisticsClear(VOID)
{
    const ULONG Last = McSiteLast();
    ULONG Index;

    for (Index = 0; Index <= Last; Index++)
        McBytesZero(&McSiteTally(Index)->Group[0], sizeof(MC_GROUP));
    for (Index = 0; Index < MCP_TAGS + 2; Index++) {
        McBytesZero(&McpTags[Index].Group, sizeof(MC_GROUP));
        if (McOptions.Statistics == 0)
            McpTags[Index].Tag = 0; /* of the walk before; nobody else enters any */
    }
}

static VOID McpStatisticsAdd(MC_GROUP *Group, const MC_RECORD *Record, MC_GROUP **First)
{
    if (Group->Blocks == 0) {
        Group->Next = *First;
        *First = Group;
    }
    McGroupAdd(Group, Record);
}

static VOID McpStatisticsWalk(MC_GROUP **Sites, MC_GROUP **Tags)
{
    const ULONG Limit = McRecordLimit();
    MC_RECORD *Record;
    ULONG Handle;

    for (Handle = 1; Handle < Limit; Handle++) {
        Record = McRecordAt(Handle);
        if (Record == 0 || !McRecordReferenceBytes(Record))
            continue;
        if (McTallyIsLive(Record)) {
            McpStatisticsAdd(&McSiteTally(Record->AllocateSite)->Group[0], Record, Sites);
            McpStatisticsAdd(&McpTagOf(Record->Tag)->Group, Record, Tags);
        }
        McRecordRelease(Record);
    }
}

/* A row, too, for what is not in use now and was once. */
static VOID McpStatisticsFormer(MC_GROUP *Group, const MC_USE *Use, MC_GROUP **First)
{
    if (Group->Blocks == 0 && (Use->Made[0] | Use->Made[1]) != 0) {
        Group->Next = *First;
        *First = Group;
    }
}

/* ---- the tables ---- */

static VOID McpRowUse(MC_ROW *Row, const MC_GROUP *Group, const MC_USE *Use)
{
    Row->Counted = McOptions.Statistics != 0;
    Row->Live = Group->Blocks;
    Row->LiveBytes = Group->Bytes;
    Row->Peak = (ULONG)Use->Peak;
    Row->PeakBytes = Use->PeakBytes;
    Row->Made[0] = (ULONG)Use->Made[0];
    Row->Made[1] = (ULONG)Use->Made[1];
    Row->MadeBytes[0] = (ULONG)Use->MadeBytes[0];
    Row->MadeBytes[1] = (ULONG)Use->MadeBytes[1];
    Row->Freed[0] = (ULONG)Use->Freed[0];
    Row->Freed[1] = (ULONG)Use->Freed[1];
}

static VOID McpTableOfTags(MC_GROUP *First)
{
    MC_GROUP *Group;
    MCP_TAG *Tag;
    MC_ROW Row;
    ULONG Index;

    for (Index = 0; Index < MCP_TAGS + 2; Index++)
        McpStatisticsFormer(&McpTags[Index].Group, &McpTags[Index].Use, &First);
    McTableTitle(McRowTag);
    for (Group = McGroupSort(First); Group != 0; Group = Group->Next) {
        Tag = (MCP_TAG *)Group;
        Index = (ULONG)(Tag - McpTags);
        McBytesZero(&Row, sizeof(Row));
        Row.Kind = Index == MCP_OTHERS ? McRowOthers : McRowTag;
        Row.Tag = (ULONG)Tag->Tag;
        McpRowUse(&Row, Group, &Tag->Use);
        McTableRow(&Row);
    }
}

static VOID McpTableOfSites(MC_GROUP *First)
{
    const ULONG Last = McSiteLast();
    MC_SITE_TALLY *Site;
    MC_GROUP *Group;
    MC_ROW Row;
    ULONG Index;

    for (Index = 0; Index <= Last; Index++) {
        Site = McSiteTally(Index);
        Site->Group[0].Site = Index;
        McpStatisticsFormer(&Site->Group[0], &Site->Use, &First);
    }
    McTableTitle(McRowSite);
    for (Group = McGroupSort(First); Group != 0; Group = Group->Next) {
        McBytesZero(&Row, sizeof(Row));
        Row.Kind = McRowSite;
        McSiteCopy(Group->Site, &Row.Site);
        McpRowUse(&Row, Group, &McSiteTally(Group->Site)->Use);
        McTableRow(&Row);
    }
}

/* What stands in no row. */
static VOID McpStatisticsRest(VOID)
{
    MC_NUMBER Numbers[3];

    Numbers[0].Name = "allocations";
    Numbers[0].Value = McLaneAllocations();
    Numbers[1].Name = "untracked";
    Numbers[1].Value = (ULONG)Mc.Counts.Untracked;
    Numbers[2].Name = "unprotected";
    Numbers[2].Value = (ULONG)Mc.Counts.Unprotected;
    McNoticeNumbers("statistics", Numbers, 3);
    if (McOptions.Statistics == 0)
        McNotice("statistics: option statistics shows peak, total and frees too");
}

VOID McStatisticsPrint(VOID)
{
    MC_GROUP *Sites = 0, *Tags = 0;

    if (!McTallyBegin())
        return;
    McpStatisticsClear();
    McpStatisticsWalk(&Sites, &Tags);
    McpTableOfTags(Tags);
    McpTableOfSites(Sites);
    McpStatisticsRest();
    McTallyEnd();
}
