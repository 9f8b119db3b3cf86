/*
 * ownmemory.c - MemCheck's own memory: pool memory like any other, so a write that goes on past a
 * buffer's guard bytes may reach it, and it may lie where a plain block is believed to be, or where
 * a block was that the driver frees late.
 *
 * Each piece lies between two zones of guard bytes, so that such a write damages the zone first,
 * which harms nobody: it is reported, and the zone is written anew. Zones are looked at by
 * MEM_CHECK and MEM_LIST_DISPLAY, one now and then by the patrol, by the worker, and at EXIT.
 *
 * What pieces there are stands in a list, in chunks that are pieces themselves, below a table in
 * the driver's image. Each entry carries a check of itself: one that is damaged is never followed.
 * From the list alone everything is given back at the end, whatever the tables say that lie in it.
 */
#include "core.h"
#include "report.h"
#include "work.h"

/*
 * A platform aligns what is a multiple of a cache line by a word of its own before it, which nobody
 * guards. So no multiple is asked for, and the start is aligned here, within the zone in front.
 */
#define MCP_OWN_ZONE  64u /* guard bytes on each side, at least */
#define MCP_OWN_LESS  32u /* the same of a piece of up to ... */
#define MCP_OWN_SMALL 1024u
#define MCP_OWN_SLACK (MC_LINE_BYTES - 8)

typedef char MCP_OWN_IS_WHAT_IS_ADDED[2 * MCP_OWN_ZONE + MCP_OWN_SLACK == MC_OWN_AROUND ? 1 : -1];

#define MCP_OWN_CHUNK  128u /* entries; the first one is of the chunk itself */
#define MCP_OWN_CHUNKS 256u

typedef struct _MCP_OWN {
    ULONG_PTR Raw; /* as the platform gave it; 0: no piece */
    ULONG RawSize;
    ULONG Size;
    USHORT Front;
    USHORT Noted; /* zones that were reported: MC_NOTED_FRONT, MC_NOTED_REAR */
    ULONG Check;
} MCP_OWN;

/* How many pieces begin or go on in the pages of each sum, so that an address that is not ours
 * costs no walk over them as a rule. */
#define MCP_OWN_SUMS 2048u

static struct {
    MC_LOCK Lock;
    volatile USHORT Pages[MCP_OWN_SUMS];
    volatile ULONG Count; /* entries in use from the first one on; grows only */
    ULONG Hole;           /* one of them that is free, + 1; 0: none is known */
    volatile ULONG Next;  /* the entry that is looked at next, where not all are */
    MCP_OWN *Chunk[MCP_OWN_CHUNKS];
} McpOwn;

/* ---- entries ---- */

static MCP_OWN *McpOwnAt(ULONG Index)
{
    return &McpOwn.Chunk[Index / MCP_OWN_CHUNK][Index % MCP_OWN_CHUNK];
}

static ULONG McpOwnCheck(const MCP_OWN *Piece)
{
    ULONG Seal = McSeal(MC_SEAL, Piece->Raw);

    Seal = McSeal(Seal, Piece->RawSize);
    Seal = McSeal(Seal, Piece->Size);
    return McSeal(Seal, Piece->Front);
}

static BOOLEAN McpOwnIsSound(const MCP_OWN *Piece)
{
    return (BOOLEAN)(Piece->Raw != 0 && Piece->Check == McpOwnCheck(Piece));
}

static ULONG_PTR McpOwnStart(const MCP_OWN *Piece)
{
    return Piece->Raw + Piece->Front;
}

static ULONG McpOwnRear(const MCP_OWN *Piece)
{
    return Piece->RawSize - Piece->Front - Piece->Size;
}

/* ---- a piece ---- */

/* What is counted of guard bytes (work.h) is blocks' alone: these are taken off again. */
static VOID McpOwnWrite(ULONG_PTR Address, SIZE_T Length)
{
    McGuardWrite(Address, Length);
    MC_WORK(GuardWritten, 0 - Length);
}

static BOOLEAN McpOwnIntact(ULONG_PTR Address, SIZE_T Length)
{
    MC_WORK(GuardVerified, 0 - Length);
    return McGuardIntact(Address, Length);
}

/* Running: others' blocks may be believed to be where it lies. No lock held. */
static VOID McpOwnCompare(const MCP_OWN *Piece)
{
    MC_CALL Call;

    if (MC_PLAINS) {
        McCallMake(&Call, McByNobody, 0, 0, 0, McOsReturnAddress());
        Call.Captured = TRUE; /* storing it could lead here again */
        McPlainCompare(Piece->Raw, Piece->RawSize, &Call);
    }
}

static BOOLEAN McpOwnMake(SIZE_T Size, BOOLEAN Running, MCP_OWN *Piece)
{
    const ULONG Zone = Size <= MCP_OWN_SMALL ? MCP_OWN_LESS : MCP_OWN_ZONE;
    const SIZE_T Whole = (Size + 7) & ~(SIZE_T)7;
    const SIZE_T Around = 2 * Zone + MCP_OWN_SLACK + (Whole % MC_LINE_BYTES == 8 ? 8 : 0);

    if (Size > 0x7fffffffu) /* more than any table is */
        return FALSE;
    Piece->Raw = (ULONG_PTR)McOsMetaAllocate(Whole + Around);
    if (Piece->Raw == 0)
        return FALSE;
    Piece->RawSize = (ULONG)(Whole + Around);
    Piece->Size = (ULONG)Size;
    Piece->Front =
        (USHORT)(((Piece->Raw + Zone + MC_LINE_BYTES - 1) & ~(ULONG_PTR)(MC_LINE_BYTES - 1)) -
                 Piece->Raw);
    Piece->Noted = 0;
    Piece->Check = McpOwnCheck(Piece);
    McpOwnWrite(Piece->Raw, Piece->Front);
    McpOwnWrite(McpOwnStart(Piece) + Size, McpOwnRear(Piece));
    if (Running)
        McpOwnCompare(Piece);
    return TRUE;
}

static VOID McpOwnGiveBack(const MCP_OWN *Piece)
{
    McOsMetaFree((PVOID)Piece->Raw, Piece->RawSize);
}

static volatile USHORT *McpOwnPages(ULONG_PTR Address)
{
    const ULONG_PTR Page = Address / MC_PAGE_SIZE;

    return &McpOwn.Pages[(ULONG)(Page ^ Page >> 11) & (MCP_OWN_SUMS - 1)];
}

/* Under the lock: it comes (1), or goes (-1). */
static VOID McpOwnCount(const MCP_OWN *Piece, LONG Change)
{
    ULONG_PTR Page = Piece->Raw & ~((ULONG_PTR)MC_PAGE_SIZE - 1);

    for (; Page < Piece->Raw + Piece->RawSize; Page += MC_PAGE_SIZE)
        *McpOwnPages(Page) = (USHORT)(*McpOwnPages(Page) + Change);
}

/* Under the lock: FALSE, the list must grow. */
static BOOLEAN McpOwnEnter(const MCP_OWN *Piece)
{
    ULONG Index = McpOwn.Hole;

    McpOwn.Hole = 0;
    if (Index == 0) {
        if (McpOwn.Count % MCP_OWN_CHUNK == 0)
            return FALSE;
        Index = ++McpOwn.Count;
    }
    *McpOwnAt(Index - 1) = *Piece;
    McpOwnCount(Piece, 1);
    return TRUE;
}

/* Under the lock: one chunk more, if there is none yet for what comes next. */
static BOOLEAN McpOwnExtend(const MCP_OWN *Chunk)
{
    const ULONG Number = McpOwn.Count / MCP_OWN_CHUNK;

    if (McpOwn.Count % MCP_OWN_CHUNK != 0 || Number == MCP_OWN_CHUNKS)
        return FALSE;
    McpOwn.Chunk[Number] = (MCP_OWN *)McpOwnStart(Chunk);
    *McpOwn.Chunk[Number] = *Chunk;
    McpOwnCount(Chunk, 1);
    McOsReleaseBarrier(); /* pairs with the acquire in McOwnLook */
    McpOwn.Count++;
    return TRUE;
}

/* More room in the list. FALSE: no memory, or the list is as long as it gets. */
static BOOLEAN McpOwnGrow(BOOLEAN Running)
{
    MCP_OWN Chunk;
    BOOLEAN Done;
    KIRQL Irql;

    if (McpOwn.Count == MCP_OWN_CHUNK * MCP_OWN_CHUNKS ||
        !McpOwnMake(MCP_OWN_CHUNK * sizeof(MCP_OWN), Running, &Chunk))
        return FALSE;
    Irql = McOsAcquire(&McpOwn.Lock);
    Done = McpOwnExtend(&Chunk);
    McOsRelease(&McpOwn.Lock, Irql);
    if (!Done)
        McpOwnGiveBack(&Chunk); /* another was faster */
    return TRUE;
}

static PVOID McpOwnTake(SIZE_T Size, BOOLEAN Running)
{
    MCP_OWN Piece;
    BOOLEAN Done;
    KIRQL Irql;

    if (!McpOwnMake(Size, Running, &Piece))
        return 0;
    do {
        Irql = McOsAcquire(&McpOwn.Lock);
        Done = McpOwnEnter(&Piece);
        McOsRelease(&McpOwn.Lock, Irql);
    } while (!Done && McpOwnGrow(Running));
    if (Done)
        return (PVOID)McpOwnStart(&Piece);
    McpOwnGiveBack(&Piece);
    return 0;
}

PVOID McOwnAllocate(SIZE_T Size)
{
    return McpOwnTake(Size, FALSE);
}

PVOID McMetaAllocate(SIZE_T Size)
{
    return McpOwnTake(Size, TRUE);
}

/* Under the lock: the entry of the piece at P, which is a late one as a rule; out of the list. */
static BOOLEAN McpOwnLeave(ULONG_PTR P, MCP_OWN *Piece)
{
    const ULONG Most = 256;
    ULONG Index, Last = McpOwn.Count;

    for (Index = Last; Index != 0 && Last - Index < Most; Index--) {
        *Piece = *McpOwnAt(Index - 1);
        if (McpOwnIsSound(Piece) && McpOwnStart(Piece) == P) {
            McpOwnAt(Index - 1)->Raw = McpOwnAt(Index - 1)->Check = 0;
            McpOwnCount(Piece, -1);
            McpOwn.Hole = Index;
            return TRUE;
        }
    }
    return FALSE;
}

VOID McMetaFree(PVOID P)
{
    MCP_OWN Piece;
    KIRQL Irql = McOsAcquire(&McpOwn.Lock);
    const BOOLEAN Left = McpOwnLeave((ULONG_PTR)P, &Piece);

    McOsRelease(&McpOwn.Lock, Irql);
    if (Left)
        McpOwnGiveBack(&Piece); /* else it stays, and goes with the others */
}

/* A chunk's own entry is its first, and goes last. */
VOID McOwnStop(VOID)
{
    MCP_OWN Piece;
    ULONG Index;

    for (Index = McpOwn.Count; Index-- != 0;) {
        Piece = *McpOwnAt(Index);
        if (McpOwnIsSound(&Piece))
            McpOwnGiveBack(&Piece);
    }
    McBytesZero(McpOwn.Chunk, sizeof(McpOwn.Chunk));
    McBytesZero((PVOID)McpOwn.Pages, sizeof(McpOwn.Pages));
    McpOwn.Count = McpOwn.Hole = McpOwn.Next = 0;
}

/* ---- looks ---- */

/* Under the lock: which zones are damaged. */
static LONG McpOwnDamage(const MCP_OWN *Piece)
{
    LONG Zones = 0;

    if (!McpOwnIntact(Piece->Raw, Piece->Front))
        Zones |= MC_NOTED_FRONT;
    if (!McpOwnIntact(McpOwnStart(Piece) + Piece->Size, McpOwnRear(Piece)))
        Zones |= MC_NOTED_REAR;
    return Zones;
}

/*
 * Under the lock: what is wrong with a zone of this entry goes into the finding (if there is one,
 * and it was not said before), and the zone is written anew. FALSE: nothing is to be said.
 */
static BOOLEAN McpOwnRepair(MCP_OWN *Piece, LONG Zone, MC_FINDING *Finding)
{
    const ULONG_PTR Start = McpOwnStart(Piece);
    const ULONG Rear = McpOwnRear(Piece);
    const BOOLEAN New = (BOOLEAN)((Piece->Noted & Zone) == 0);
    MC_BLOCK *Block;

    McCount(&Mc.Counts.OwnDamaged);
    Piece->Noted |= (USHORT)Zone;
    if (New && Finding != 0) {
        Block = &Finding->Block;
        Block->User = Start;
        Block->Size = Piece->Size;
        Block->Front = Piece->Front;
        Block->Rear = Rear;
        Block->State = McStateLive;
        if (Zone == MC_NOTED_FRONT)
            McDamage(Block, 0, -(LONG_PTR)Piece->Front, Piece->Front, &Finding->Damage);
        else
            McDamage(Block, 0, (LONG_PTR)Piece->Size, Rear, &Finding->Damage);
    }
    if (Zone == MC_NOTED_FRONT)
        McGuardRepair(Piece->Raw, Piece->Front);
    else
        McGuardRepair(Start + Piece->Size, Rear);
    return New;
}

/* It was damaged, when somebody looked. */
static VOID McpOwnReport(ULONG Index, LONG Zone, const MC_CALL *Call, MC_BY By)
{
    MC_FINDING *Finding = McFoundBegin(McKindOwnMemory, Call, By);
    MCP_OWN *Piece = McpOwnAt(Index);
    BOOLEAN New = FALSE;
    KIRQL Irql = McOsAcquire(&McpOwn.Lock);

    if (McpOwnIsSound(Piece) && (McpOwnDamage(Piece) & Zone) != 0)
        New = McpOwnRepair(Piece, Zone, Finding);
    McOsRelease(&McpOwn.Lock, Irql);
    if (Finding == 0)
        return;
    if (!New) {
        McFoundDrop(Finding);
        return;
    }
    Finding->Reason = McReasonOwnZone;
    Finding->Action = McActionRepaired;
    Finding->Address = Finding->Block.User + (ULONG_PTR)Finding->Damage.First;
    Finding->Where = McWhere(&Finding->Block, Finding->Address);
    McEvidenceDamage(Finding);
    McFoundEnd(Finding);
}

static VOID McpOwnLook(ULONG Index, const MC_CALL *Call, MC_BY By)
{
    const MCP_OWN *Piece = McpOwnAt(Index);
    LONG Zones = 0;
    KIRQL Irql = McOsAcquire(&McpOwn.Lock);

    if (McpOwnIsSound(Piece))
        Zones = McpOwnDamage(Piece);
    else if (Piece->Raw != 0 || Piece->Check != 0)
        McOwnBroken(MC_BROKEN_MEMORY);
    McOsRelease(&McpOwn.Lock, Irql);
    if ((Zones & MC_NOTED_FRONT) != 0)
        McpOwnReport(Index, MC_NOTED_FRONT, Call, By);
    if ((Zones & MC_NOTED_REAR) != 0)
        McpOwnReport(Index, MC_NOTED_REAR, Call, By);
}

BOOLEAN McOwnHolds(ULONG_PTR Address)
{
    const ULONG Count = McpOwn.Count;
    MCP_OWN Piece;
    ULONG Index;

    if (*McpOwnPages(Address) == 0)
        return FALSE;
    McOsAcquireBarrier(); /* so many entries are there */
    for (Index = 0; Index < Count; Index++) {
        Piece = *McpOwnAt(Index); /* without the lock: half written it is not sound */
        if (Address - Piece.Raw < Piece.RawSize && McpOwnIsSound(&Piece))
            return TRUE;
    }
    return FALSE;
}

/* ---- what is broken ---- */

VOID McOwnBroken(LONG What)
{
    LONG Before;

    do
        Before = Mc.OwnBroken;
    while ((Before & What) == 0 &&
           McOsCompareExchange(&Mc.OwnBroken, Before | What, Before) != Before);
}

/* Each once. */
static VOID McpOwnSay(const MC_CALL *Call, MC_BY By)
{
    const LONG Broken = Mc.OwnBroken & ~(Mc.OwnBroken >> MC_BROKENS);
    MC_FINDING *Finding;
    ULONG Bit;

    for (Bit = 0; Bit < MC_BROKENS; Bit++) {
        if ((Broken & 1 << Bit) == 0)
            continue;
        McOwnBroken(1 << Bit << MC_BROKENS); /* said */
        Finding = McFoundBegin(McKindOwnMemory, Call, By);
        if (Finding == 0)
            continue;
        Finding->Reason = (MC_REASON)(McReasonOwnRecord + Bit);
        McFoundEnd(Finding);
    }
}

/* Two that look at once may look at the same piece, for once. */
VOID McOwnLook(ULONG Most, const MC_CALL *Call, MC_BY By)
{
    const ULONG Count = McpOwn.Count;
    ULONG Index = McpOwn.Next;

    McOsAcquireBarrier(); /* so many entries are there */
    for (Most = Most < Count ? Most : Count; Most != 0; Most--) {
        Index = Index < Count ? Index : 0;
        McpOwnLook(Index++, Call, By);
    }
    McpOwn.Next = Index;
    /* last: what this look has found is said too, as EXIT's has none after it */
    if ((Mc.OwnBroken & ~(Mc.OwnBroken >> MC_BROKENS) & ((1 << MC_BROKENS) - 1)) != 0)
        McpOwnSay(Call, By);
}
