/* site.c - call sites, stored once each, named by 32-bit handles. */
#include "core.h"

/*
 * A hash of chains over segments of sites. Sites are only added, never changed or removed before
 * EXIT, so look-ups take no lock: a chain's head is published after the site behind it is written.
 */
#define MCP_HEADS    2048u
#define MCP_PER_SITE 64u /* sites in a segment */
#define MCP_SEGMENTS 512u

typedef struct _MCP_SITE {
    MC_SITE Site;
    ULONG Next;  /* of a lower handle */
    ULONG Check; /* of Site: its names are read */
    MC_SITE_PLAIN Plain;
    MC_SITE_TALLY Tally;
} MCP_SITE;

typedef struct _MCP_SITES {
    volatile ULONG Head[MCP_HEADS];
    MCP_SITE *Segment[MCP_SEGMENTS];
    volatile ULONG Used; /* sites, and so the last handle; written under the lock */
    ULONG Room;          /* sites in the segments there are; under the lock */
    volatile LONG Full;  /* a glance, so that a full table costs no lock, and no memory */
    MC_LOCK Lock;
    MC_SITE_TALLY Unknown; /* of handle 0 */
} MCP_SITES;

static MCP_SITES McpSites; /* in the image: no pool memory */

VOID McSiteStart(VOID)
{
    McBytesZero(&McpSites, sizeof(McpSites));
}

VOID McSiteStop(VOID)
{
    McSiteStart(); /* no handle is one any more */
}

static MCP_SITE *McpSiteAt(ULONG Handle)
{
    return &McpSites.Segment[(Handle - 1) / MCP_PER_SITE][(Handle - 1) % MCP_PER_SITE];
}

static ULONG McpSiteCheck(const MC_SITE *Site)
{
    ULONG Seal = McSeal(MC_SEAL, (ULONG_PTR)Site->File);

    Seal = McSeal(Seal, (ULONG_PTR)Site->Function);
    Seal = McSeal(Seal, Site->ReturnAddress);
    Seal = McSeal(Seal, Site->Line);
    return McSeal(Seal, Site->Stack);
}

/* The site of a handle, which may be any number; NULL: it is none, or not as it was written. */
static MCP_SITE *McpSiteOf(ULONG Handle)
{
    MCP_SITE *Entry;

    if (Handle == 0 || Handle == MC_SITE_LOST)
        return 0;
    if (Handle <= McpSites.Used) {
        Entry = McpSiteAt(Handle);
        if (Entry->Check == McpSiteCheck(&Entry->Site))
            return Entry;
    }
    McOwnBroken(MC_BROKEN_PLACE);
    return 0;
}

static BOOLEAN McpSamePlace(const MC_SITE *A, const MC_SITE *B)
{
    return A->ReturnAddress == B->ReturnAddress && A->Line == B->Line && A->File == B->File &&
           A->Function == B->Function;
}

static ULONG McpSiteFind(ULONG Bucket, const MC_SITE *Wanted)
{
    ULONG Handle = McpSites.Head[Bucket];
    const MCP_SITE *Entry;
    ULONG Next;

    McOsAcquireBarrier(); /* pairs with the release in McpSiteAdd */
    for (; Handle != 0; Handle = Next) {
        Entry = McpSiteAt(Handle);
        if (Entry->Site.Stack == Wanted->Stack && McpSamePlace(&Entry->Site, Wanted))
            break;
        Next = Entry->Next;
        if (Next >= Handle && Next != 0) {
            McOwnBroken(MC_BROKEN_PLACE);
            return 0;
        }
    }
    return Handle;
}

/* Under the lock; 0: no room. */
static ULONG McpSiteAdd(ULONG Bucket, const MC_SITE *Site, LONG Lists)
{
    MCP_SITE *Entry;

    if (McpSites.Used == McpSites.Room)
        return 0;
    McpSites.Used++;
    Entry = McpSiteAt(McpSites.Used);
    Entry->Site = *Site;
    Entry->Check = McpSiteCheck(Site);
    Entry->Plain.Listed = Lists;
    Entry->Next = McpSites.Head[Bucket];
    McOsReleaseBarrier();
    McpSites.Head[Bucket] = McpSites.Used;
    return McpSites.Used;
}

/* Under the lock: TRUE, the segment was taken in. */
static BOOLEAN McpSiteExtend(MCP_SITE *Segment)
{
    ULONG Number = McpSites.Room / MCP_PER_SITE;

    if (Segment == 0 || Number == MCP_SEGMENTS || McpSites.Used < McpSites.Room)
        return FALSE;
    McpSites.Segment[Number] = Segment;
    McpSites.Room += MCP_PER_SITE;
    return TRUE;
}

static ULONG McpSiteBucket(const MC_SITE *Site)
{
    ULONG Hash = (ULONG)(Site->ReturnAddress >> 2) * 0x9E3779B1u;

    Hash += Site->Line * 0x85EBCA6Bu + Site->Stack * 0xC2B2AE35u;
    return Hash >> 16 & (MCP_HEADS - 1);
}

ULONG McSiteIntern(const MC_SITE *Site)
{
    const ULONG Bucket = McpSiteBucket(Site);
    ULONG Handle = McpSiteFind(Bucket, Site);
    MCP_SITE *Segment = 0;
    ULONG Try;
    LONG Lists;
    KIRQL Irql;

    if (Handle != 0)
        return Handle;
    Lists = McPolicyLists(Site);
    for (Try = 0; Try < 2 && Handle == 0 && McpSites.Full == 0; Try++) {
        if (Try == 1)
            Segment = (MCP_SITE *)McMetaAllocate(MCP_PER_SITE * sizeof(MCP_SITE));
        Irql = McOsAcquire(&McpSites.Lock);
        if (McpSiteExtend(Segment))
            Segment = 0;
        Handle = McpSiteFind(Bucket, Site); /* another may have been faster */
        if (Handle == 0)
            Handle = McpSiteAdd(Bucket, Site, Lists);
        if (Handle == 0 && McpSites.Room == MCP_SEGMENTS * MCP_PER_SITE)
            McpSites.Full = 1;
        McOsRelease(&McpSites.Lock, Irql);
    }
    if (Segment != 0)
        McMetaFree(Segment);
    if (Handle == 0)
        McCount(&Mc.Counts.SitesLost);
    return Handle;
}

VOID McSiteCopy(ULONG Site, MC_SITE *Copy)
{
    const MCP_SITE *Entry = McpSiteOf(Site);

    if (Entry != 0) {
        *Copy = Entry->Site;
    } else {
        Copy->File = 0;
        Copy->Function = 0;
        Copy->ReturnAddress = 0;
        Copy->Line = 0;
        Copy->Stack = 0;
    }
}

MC_SITE_PLAIN *McSitePlain(ULONG Site)
{
    MCP_SITE *Entry = McpSiteOf(Site);

    return Entry != 0 ? &Entry->Plain : 0;
}

VOID McSiteListAgain(VOID)
{
    KIRQL Irql = McOsAcquire(&McpSites.Lock);
    const ULONG Last = McpSites.Used; /* under the lock: so these are whole */
    ULONG Site;

    McOsRelease(&McpSites.Lock, Irql);
    for (Site = 1; Site <= Last; Site++) {
        if (McpSiteOf(Site) == 0)
            continue;
        McpSiteAt(Site)->Plain.Listed = McPolicyLists(&McpSiteAt(Site)->Site);
        McOsExchange(&McpSiteAt(Site)->Plain.Judged, 0);
    }
}

BOOLEAN McSiteSamePlace(ULONG A, ULONG B)
{
    return McpSamePlace(&McpSiteAt(A)->Site, &McpSiteAt(B)->Site);
}

ULONG McSiteNext(ULONG After)
{
    return After < McpSites.Used ? After + 1 : 0;
}

ULONG McSiteLast(VOID)
{
    const KIRQL Irql = McOsAcquire(&McpSites.Lock);
    const ULONG Last = McpSites.Used;

    McOsRelease(&McpSites.Lock, Irql);
    return Last;
}

MC_SITE_TALLY *McSiteTally(ULONG Site)
{
    MCP_SITE *Entry = McpSiteOf(Site);

    return Entry != 0 ? &Entry->Tally : &McpSites.Unknown;
}
