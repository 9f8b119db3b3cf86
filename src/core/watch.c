/*
 * watch.c - which requests are monitored: what is not reaches the pool as the driver made it, its
 * block is foreign to every look-up, and its free passes.
 *
 * A list is read once for each call site and tag, not for each request: what was decided last
 * stands with the site, one word, so that whoever reads it reads all of it.
 */
#include "rules.h"

#define MCP_WATCH_TAG 0x7fffffffu /* of the word: the tag; the bit above: it is monitored */

static BOOLEAN McpWatchOnly(VOID)
{
    return (BOOLEAN)(*McOsPublished(McOptions.WatchTags) != 0 ||
                     *McOsPublished(McOptions.WatchSites) != 0);
}

/* Tag 0, of no tag, is on no list. */
static BOOLEAN McpWatchJudge(ULONG Tag, LONG Lists)
{
    if ((Lists & MC_LISTED_SKIP) != 0 || McPolicyTagListed(McOsPublished(McOptions.SkipTags), Tag))
        return FALSE;
    if (!McpWatchOnly() || (Lists & MC_LISTED_WATCH) != 0)
        return TRUE;
    return McPolicyTagListed(McOsPublished(McOptions.WatchTags), Tag);
}

BOOLEAN McWatchFilters(VOID)
{
    return (BOOLEAN)(McpWatchOnly() || *McOsPublished(McOptions.SkipTags) != 0 ||
                     *McOsPublished(McOptions.SkipSites) != 0);
}

/* By the call alone, whatever the path to it: no stack is walked for what is not monitored. */
BOOLEAN McWatches(const MC_REQUEST *Request, const MC_CALL *Call)
{
    const ULONG Tag = Request->Tag & MCP_WATCH_TAG;
    MC_SITE_PLAIN *Plain;
    BOOLEAN Watched;
    MC_SITE Site;
    ULONG Judged;

    McBytesCopy(&Site, &Call->Event.Site, sizeof(Site));
    Site.Stack = 0;
    Plain = McSitePlain(McSiteIntern(&Site));
    if (Plain == 0)
        return McpWatchJudge(Tag, McPolicyLists(&Site)); /* no memory for sites */
    if (Tag == 0)
        return McpWatchJudge(0, Plain->Listed); /* reads no list of tags */
    Judged = (ULONG)Plain->Judged;
    if ((Judged & MCP_WATCH_TAG) == Tag)
        return (BOOLEAN)((Judged & ~MCP_WATCH_TAG) != 0);
    Watched = McpWatchJudge(Tag, Plain->Listed);
    McOsExchange(&Plain->Judged, (LONG)(Tag | (Watched ? ~MCP_WATCH_TAG : 0)));
    return Watched;
}
