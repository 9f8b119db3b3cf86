/*
 * retired.c - what was at an address once: blocks whose memory is no longer ours, by exact address.
 *
 * The table is bounded (option retired) and divided into parts, one for each lane, a lock each:
 * what leaves by a lane goes to its part, so processors do not meet, and a look-up, which is rare,
 * asks them all. An address that stands in several parts was retired last where its free is the
 * latest.
 *
 * A part is a hash over a ring of entries: the next one to be used is the oldest, and the one
 * behind it in memory as well. The ring comes in pieces, each allocated, outside the lock, when its
 * end is reached and there may be more: a few pieces are shared out equally, the others are for
 * whoever comes first. So processors that are as busy as each other have as much, and one that is
 * alone has most of the table. Without memory for a further piece the oldest entry goes earlier.
 *
 * Chains are never mended. A new entry goes to the head of its own, and links to what was there;
 * an entry that is used anew leaves the links to it as they are. So a walk ends where it comes to
 * an entry of another head, or to one that is not older than the one before it: whatever stood
 * there is gone, and so is what was older.
 *
 * An address that is retired again, and is still the first of its chain, leaves its old entry to
 * the one whose turn is over: so one address freed again and again pushes nothing out. A forgotten
 * entry stays where it is, and hides older ones of its address.
 *
 * An entry keeps handles of sites, not copies; they are looked up after the lock is given back.
 */
#include "index.h"

#define MC_RETIRED_PIECES 64  /* of all parts: why the option is a multiple of it */
#define MC_RETIRED_OWN    8   /* of them, those that are shared out: one to a lane at least */
#define MC_RETIRED_WALK   256 /* entries of a part that are looked through by age, at most */

typedef struct _MC_RETIRED {
    ULONG_PTR User;
    SIZE_T Size;
    ULONG Front;
    ULONG Rear;
    ULONG Tag;
    ULONG PoolType;
    ULONG Number;
    ULONG AllocateSite;
    ULONG FreeSite;
    ULONG AllocateThread;
    ULONG FreeThread;
    ULONG AllocateTicks;
    ULONG FreeTicks;
    ULONG IntactCheck;
    ULONG IntactTicks;
    UCHAR AllocateProcessor;
    UCHAR AllocateIrql;
    UCHAR FreeProcessor;
    UCHAR FreeIrql;
    USHORT Attributes;
    USHORT Check; /* McpRetiredCheck */
    ULONG Head;   /* of its hash */
    ULONG Next;   /* name of the entry that was the first of the chain before; 0: none */
    ULONG Serial; /* of its retirement, in its part, from 1; 0: never used */
} MC_RETIRED;     /* Number 0: forgotten */

/* The name of an entry is its piece << MC_RETIRED_BITS | its number in the piece, + 1. */
#define MC_RETIRED_BITS 10 /* the option's bound, over pieces */

typedef struct _MC_PART {
    MC_LOCK Lock;
    ULONG AtPiece; /* the entry that is used next: in this piece, at most PieceCount */
    ULONG At;      /* ... this number */
    ULONG Serial;  /* of what was retired last */
    ULONG PieceCount;
    BOOLEAN Whole; /* there will be no more pieces */
    ULONG *Heads;
    MC_RETIRED *Pieces[MC_RETIRED_PIECES];
    UCHAR Apart[MC_LINE_BYTES]; /* no two locks in one cache line */
} MC_PART;

static struct {
    ULONG Count;          /* of parts, a power of two */
    ULONG *Heads;         /* of all parts */
    ULONG PieceEntries;   /* in a piece, at least 1 */
    ULONG HeadCount;      /* of a part, a power of two */
    ULONG Own;            /* pieces that each part may have */
    volatile LONG Shared; /* pieces left for those that want more */
} McpRetired;

static MC_PART McpRetiredParts[MC_MOST_LANES]; /* in the image: no pool memory */

static SIZE_T McpRetiredHeadBytes(VOID)
{
    return McpRetired.Count * McpRetired.HeadCount * sizeof(ULONG);
}

BOOLEAN McRetiredStart(VOID)
{
    const ULONG Count = Mc.LaneMask + 1;
    ULONG Index;

    McpRetired.Count = Count;
    McpRetired.PieceEntries = McOptions.Retired / MC_RETIRED_PIECES;
    McpRetired.Own = MC_RETIRED_OWN / Count;
    McpRetired.Shared = MC_RETIRED_PIECES - MC_RETIRED_OWN;
    McpRetired.HeadCount = 1;
    while (McpRetired.HeadCount < McOptions.Retired) {
        McpRetired.HeadCount *= 2;
    }
    McBytesZero(McpRetiredParts, sizeof(McpRetiredParts));
    McpRetired.Heads = (ULONG *)McOwnAllocate(McpRetiredHeadBytes());
    if (McpRetired.Heads == NULL) {
        McRetiredStop();
        return FALSE;
    }
    for (Index = 0; Index < McpRetired.Count; Index++) {
        McpRetiredParts[Index].Heads = McpRetired.Heads + Index * McpRetired.HeadCount;
    }
    return TRUE;
}

VOID McRetiredStop(VOID)
{
    McpRetired.Heads = NULL;
    McpRetired.Count = 0;
}

/* ---- lists; the part's lock is held ---- */

static ULONG McpRetiredHead(ULONG_PTR User)
{
    return McMix((ULONG)(User >> 3) ^ ((ULONG)(User >> 16 >> 16) << 16)) &
           (McpRetired.HeadCount - 1);
}

/* The entry of this name, which may be any number; NULL: none has it. */
static MC_RETIRED *McpRetiredAt(const MC_PART *Part, ULONG Name)
{
    const ULONG Piece = (Name - 1) >> MC_RETIRED_BITS;
    const ULONG Number = (Name - 1) & ((1u << MC_RETIRED_BITS) - 1);

    if (Piece < Part->PieceCount && Number < McpRetired.PieceEntries) {
        return &Part->Pieces[Piece][Number];
    }
    if (Name != 0) {
        McOwnBroken(MC_BROKEN_RETIRED);
    }
    return NULL;
}

/* What is remembered of a block; its place in chains apart. */
static USHORT McpRetiredCheck(const MC_RETIRED *Entry)
{
    const ULONG Sum =
        (ULONG)Entry->User * 0x9E3779B1u + (ULONG)(Entry->User >> 16 >> 16) * 0x85EBCA6Bu +
        (ULONG)Entry->Size * 0xC2B2AE35u + Entry->Front * 0x27D4EB2Fu + Entry->Rear * 0x165667B1u +
        Entry->Tag * 0x7FEB352Du + Entry->Number * 0x846CA68Bu + Entry->AllocateSite * 0xA2AA033Bu +
        Entry->FreeSite * 0x62992FC1u + Entry->Attributes * 0x5851F42Du + MC_SEAL;

    return (USHORT)(Sum ^ Sum >> 16);
}

static BOOLEAN McpRetiredSound(const MC_RETIRED *Entry)
{
    if (Entry->Check == McpRetiredCheck(Entry)) {
        return TRUE;
    }
    McOwnBroken(MC_BROKEN_RETIRED);
    return FALSE;
}

static ULONG McpRetiredAge(const MC_PART *Part, const MC_RETIRED *Entry)
{
    return Part->Serial - Entry->Serial;
}

/* Name of the entry that is used next, whose turn is over then. 0: the end of the ring. */
static ULONG McpRetiredTurn(MC_PART *Part)
{
    const ULONG Name = (Part->AtPiece << MC_RETIRED_BITS | Part->At) + 1;

    if (Part->AtPiece == Part->PieceCount) {
        return 0;
    }
    if (++Part->At == McpRetired.PieceEntries) {
        Part->At = 0;
        Part->AtPiece++;
    }
    return Name;
}

/* The newest entry of User, which has this head; NULL: none. It may be forgotten. */
static MC_RETIRED *McpRetiredLookUp(const MC_PART *Part, ULONG_PTR User, ULONG Head)
{
    MC_RETIRED *Entry = McpRetiredAt(Part, Part->Heads[Head]);
    ULONG Age = 0;

    for (; Entry != NULL; Entry = McpRetiredAt(Part, Entry->Next)) {
        if (Entry->Head != Head || McpRetiredAge(Part, Entry) < Age) {
            return NULL;
        }
        if (Entry->User == User) {
            return Entry;
        }
        Age = McpRetiredAge(Part, Entry) + 1;
    }
    return NULL;
}

static VOID McpRetiredFill(MC_RETIRED *Entry, const MC_RECORD *Record)
{
    Entry->User = Record->User;
    Entry->Size = Record->Size;
    Entry->Front = Record->Front;
    Entry->Rear = Record->Rear;
    Entry->Tag = Record->Tag;
    Entry->PoolType = Record->PoolType;
    Entry->Attributes = Record->Attributes;
    Entry->Number = Record->Number;
    Entry->AllocateSite = Record->AllocateSite;
    Entry->FreeSite = Record->FreeSite;
    Entry->AllocateThread = Record->AllocateThread;
    Entry->FreeThread = Record->FreeThread;
    Entry->AllocateTicks = Record->AllocateTicks;
    Entry->FreeTicks = Record->FreeTicks;
    Entry->IntactCheck = Record->IntactCheck;
    Entry->IntactTicks = Record->IntactTicks;
    Entry->AllocateProcessor = Record->AllocateProcessor;
    Entry->AllocateIrql = Record->AllocateIrql;
    Entry->FreeProcessor = Record->FreeProcessor;
    Entry->FreeIrql = Record->FreeIrql;
    Entry->Check = McpRetiredCheck(Entry);
}

/* ---- operations ---- */

/* The link of a chain that leads to the entry Name; NULL: none does any more. */
static ULONG *McpRetiredLink(MC_PART *Part, ULONG Name)
{
    const ULONG Head = McpRetiredHead(McpRetiredAt(Part, Name)->User);
    ULONG *Link = &Part->Heads[Head];
    ULONG Age = 0;
    MC_RETIRED *Entry;

    while (*Link != Name) {
        Entry = McpRetiredAt(Part, *Link);
        if (Entry == NULL || Entry->Head != Head || McpRetiredAge(Part, Entry) < Age) {
            return NULL;
        }
        Age = McpRetiredAge(Part, Entry) + 1;
        Link = &Entry->Next;
    }
    return Link;
}

/* Entry To, which is first in its chain of this head, leaves it, and entry From comes in its place.
 */
static VOID McpRetiredMove(MC_PART *Part, ULONG From, ULONG To, ULONG Head)
{
    MC_RETIRED *Entry = McpRetiredAt(Part, To);
    ULONG *Link;

    Part->Heads[Head] = Entry->Next;
    Link = McpRetiredLink(Part, From);
    if (Link == NULL || McpRetiredAt(Part, From)->Number == 0) {
        McBytesZero(Entry, sizeof(*Entry));
    } else {
        McBytesCopy(Entry, McpRetiredAt(Part, From), sizeof(*Entry));
        *Link = To;
    }
}

/* The entry for this address, first in its chain; NULL: the ring has come to its end. */
static MC_RETIRED *McpRetiredEntry(MC_PART *Part, ULONG_PTR User)
{
    const ULONG Head = McpRetiredHead(User);
    const ULONG First = Part->Heads[Head];
    const ULONG Turn = McpRetiredTurn(Part);
    MC_RETIRED *Entry = McpRetiredAt(Part, First);

    if (Turn == 0) {
        return NULL;
    }
    if (Entry != NULL && First != Turn && Entry->User == User) {
        McpRetiredMove(Part, Turn, First, Head);
    }
    Entry = McpRetiredAt(Part, Turn);
    Entry->Head = Head;
    Entry->Next = Part->Heads[Head];
    Part->Heads[Head] = Turn;
    McOsPrefetch(Entry + 1); /* the next one is often behind it */
    return Entry;
}

/* As many of the records as there is room for: fewer, when the ring has come to its end, and Wrap
 * is FALSE. Whoever owns the address of one that is gone is not to be taken for it. */
static ULONG McpRetiredTry(MC_PART *Part, MC_RECORD *const *Records, ULONG Count, BOOLEAN Wrap)
{
    MC_RETIRED *Entry;
    ULONG Done;
    KIRQL Irql;

    Irql = McOsAcquire(&Part->Lock);
    for (Done = 0; Done < Count; Done++) {
        if (McIsGone(Records[Done])) {
            continue;
        }
        if (Part->AtPiece == Part->PieceCount && (Wrap || Part->Whole)) {
            Part->AtPiece = 0;
        }
        Entry = McpRetiredEntry(Part, Records[Done]->User);
        if (Entry == NULL) {
            break;
        }
        McpRetiredFill(Entry, Records[Done]);
        Entry->Serial = ++Part->Serial;
    }
    McOsRelease(&Part->Lock, Irql);
    return Done;
}

/* May the part have one piece more? */
static BOOLEAN McpRetiredClaim(MC_PART *Part)
{
    if (Part->PieceCount < McpRetired.Own) {
        return TRUE;
    }
    if (McpRetired.Shared > 0 && McOsAdd(&McpRetired.Shared, -1) >= 0) {
        return TRUE;
    }
    Part->Whole = TRUE;
    return FALSE;
}

/* One piece more, if there may be one, and is memory for it. No lock held. */
static VOID McpRetiredGrow(MC_PART *Part)
{
    MC_RETIRED *Piece = (MC_RETIRED *)McMetaAllocate(McpRetired.PieceEntries * sizeof(MC_RETIRED));
    KIRQL Irql;

    if (Piece == NULL) {
        return;
    }
    Irql = McOsAcquire(&Part->Lock);
    if (Part->AtPiece == Part->PieceCount && McpRetiredClaim(Part)) {
        Part->Pieces[Part->PieceCount++] = Piece;
        Piece = NULL;
    }
    McOsRelease(&Part->Lock, Irql);
    if (Piece != NULL) {
        McMetaFree(Piece);
    }
}

VOID McRetiredAdd(const MC_LANE *Lane, MC_RECORD *const *Records, ULONG Count)
{
    MC_PART *Part = &McpRetiredParts[Lane - Mc.Lane];
    ULONG Done;
    ULONG Now;

    for (Done = 0; Done < Count; Done += Now) {
        Now = McpRetiredTry(Part, Records + Done, Count - Done, FALSE);
        if (Now == 0) {
            McpRetiredGrow(Part); /* and then a plain record may be gone, where the piece lies */
            Now = McpRetiredTry(Part, Records + Done, 1, TRUE);
        }
        if (Now == 0) { /* there was never memory for a piece */
            return;
        }
    }
}

static VOID McpRetiredEvent(MC_EVENT *Event, ULONG Site, ULONG Thread, ULONG Ticks)
{
    McSiteCopy(Site, &Event->Site);
    Event->Thread = Thread;
    Event->Ticks = Ticks;
}

/* What an entry says, as a finding wants it. No lock held: sites have their own. */
static VOID McpRetiredCopy(const MC_RETIRED *Entry, MC_BLOCK *Block)
{
    Block->User = Entry->User;
    Block->Size = Entry->Size;
    Block->Front = Entry->Front;
    Block->Rear = Entry->Rear;
    Block->PoolType = Entry->PoolType;
    Block->Attributes = Entry->Attributes;
    Block->Tag = Entry->Tag;
    Block->Number = Entry->Number;
    Block->State = McStateRetired;
    McpRetiredEvent(&Block->Allocated, Entry->AllocateSite, Entry->AllocateThread,
                    Entry->AllocateTicks);
    Block->Allocated.Processor = Entry->AllocateProcessor;
    Block->Allocated.Irql = Entry->AllocateIrql;
    McpRetiredEvent(&Block->Freed, Entry->FreeSite, Entry->FreeThread, Entry->FreeTicks);
    Block->Freed.Processor = Entry->FreeProcessor;
    Block->Freed.Irql = Entry->FreeIrql;
    Block->IntactCheck = Entry->IntactCheck;
    Block->IntactTicks = Entry->IntactTicks;
}

/* The entry of User in a part; FALSE: none. */
static BOOLEAN McpRetiredExact(MC_PART *Part, ULONG_PTR User, MC_RETIRED *Copy)
{
    const MC_RETIRED *Entry;
    BOOLEAN Found;
    KIRQL Irql;

    Irql = McOsAcquire(&Part->Lock);
    Entry = McpRetiredLookUp(Part, User, McpRetiredHead(User));
    Found = (BOOLEAN)(Entry != NULL && Entry->Number != 0 && McpRetiredSound(Entry));
    if (Found) {
        McBytesCopy(Copy, Entry, sizeof(*Copy));
    }
    McOsRelease(&Part->Lock, Irql);
    return Found;
}

/* A walk from the newest entry on: how many there are to see, by McpRetiredBack. */
static ULONG McpRetiredNewestFirst(const MC_PART *Part, ULONG *Piece, ULONG *At)
{
    const ULONG Entries = Part->PieceCount * McpRetired.PieceEntries;

    *Piece = Part->AtPiece;
    *At = Part->At;
    return Entries < MC_RETIRED_WALK ? Entries : MC_RETIRED_WALK;
}

/* The entry before, in the ring; it may be forgotten, or never have been used. */
static MC_RETIRED *McpRetiredBack(const MC_PART *Part, ULONG *Piece, ULONG *At)
{
    if (*At == 0) {
        *Piece = (*Piece != 0 ? *Piece : Part->PieceCount) - 1;
        *At = McpRetired.PieceEntries;
    }
    --*At;
    return &Part->Pieces[*Piece][*At];
}

/* Is Entry to be preferred to what was found so far? */
static BOOLEAN McpRetiredIsLater(BOOLEAN Found, const MC_RETIRED *Best, const MC_RETIRED *Entry)
{
    return (BOOLEAN)(!Found || (LONG)(Entry->FreeTicks - Best->FreeTicks) > 0);
}

/* Of the newest of a part, the one freed last that had Address inside; FALSE: none. */
static BOOLEAN McpRetiredHolding(MC_PART *Part, ULONG_PTR Address, MC_RETIRED *Copy)
{
    const MC_RETIRED *Entry;
    BOOLEAN Found = FALSE;
    ULONG Left;
    ULONG Piece;
    ULONG At;
    KIRQL Irql;

    Irql = McOsAcquire(&Part->Lock);
    for (Left = McpRetiredNewestFirst(Part, &Piece, &At); Left != 0; Left--) {
        Entry = McpRetiredBack(Part, &Piece, &At);
        if (Entry->Number != 0 && Address >= Entry->User && Address - Entry->User < Entry->Size &&
            McpRetiredIsLater(Found, Copy, Entry) && McpRetiredSound(Entry)) {
            McBytesCopy(Copy, Entry, sizeof(*Copy));
            Found = TRUE;
        }
    }
    McOsRelease(&Part->Lock, Irql);
    return Found;
}

/* The one freed last of what the parts give. */
static BOOLEAN McpRetiredNewest(BOOLEAN (*Find)(MC_PART *, ULONG_PTR, MC_RETIRED *),
                                ULONG_PTR Address, MC_BLOCK *Block)
{
    MC_RETIRED Best;
    MC_RETIRED Other;
    BOOLEAN Found = FALSE;
    ULONG Index;

    for (Index = 0; Index < McpRetired.Count; Index++) {
        if (Find(&McpRetiredParts[Index], Address, &Other) &&
            McpRetiredIsLater(Found, &Best, &Other)) {
            McBytesCopy(&Best, &Other, sizeof(Best));
            Found = TRUE;
        }
    }
    if (Found) {
        McpRetiredCopy(&Best, Block);
    }
    return Found;
}

BOOLEAN McRetiredFind(ULONG_PTR User, MC_BLOCK *Block)
{
    return McpRetiredNewest(McpRetiredExact, User, Block);
}

BOOLEAN McRetiredHolding(ULONG_PTR Address, MC_BLOCK *Block)
{
    return McpRetiredNewest(McpRetiredHolding, Address, Block);
}

VOID McRetiredForget(ULONG_PTR User)
{
    MC_RETIRED *Entry;
    MC_PART *Part;
    ULONG Index;
    KIRQL Irql;

    for (Index = 0; Index < McpRetired.Count; Index++) {
        Part = &McpRetiredParts[Index];
        Irql = McOsAcquire(&Part->Lock);
        Entry = McpRetiredLookUp(Part, User, McpRetiredHead(User));
        if (Entry != NULL) {
            Entry->Number = 0;
        }
        McOsRelease(&Part->Lock, Irql);
    }
}

/* ---- invariants ---- */

/* Is an entry that is not old found by its address, or a newer one? */
static BOOLEAN McpIsValidEntry(const MC_PART *Part, const MC_RETIRED *Entry)
{
    const MC_RETIRED *Found = McpRetiredLookUp(Part, Entry->User, Entry->Head);

    if (Entry->Head != McpRetiredHead(Entry->User) || Entry->Serial > Part->Serial) {
        return FALSE;
    }
    if (McpRetiredAge(Part, Entry) >= Part->PieceCount * McpRetired.PieceEntries / 2) {
        return TRUE;
    }
    return (BOOLEAN)(Found != NULL && McpRetiredAge(Part, Found) <= McpRetiredAge(Part, Entry));
}

static BOOLEAN McpIsValidPart(const MC_PART *Part)
{
    const MC_RETIRED *Entry;
    ULONG Piece;
    ULONG Index;

    if (Part->AtPiece > Part->PieceCount || Part->At >= McpRetired.PieceEntries ||
        Part->PieceCount > MC_RETIRED_PIECES) {
        return FALSE;
    }
    for (Piece = 0; Piece < Part->PieceCount; Piece++) {
        for (Index = 0; Index < McpRetired.PieceEntries; Index++) {
            Entry = &Part->Pieces[Piece][Index];
            if (Entry->Serial != 0 && !McpIsValidEntry(Part, Entry)) {
                return FALSE;
            }
        }
    }
    return TRUE;
}

BOOLEAN McpIsValidRetired(VOID)
{
    ULONG Index;

    for (Index = 0; Index < McpRetired.Count; Index++) {
        if (!McpIsValidPart(&McpRetiredParts[Index])) {
            return FALSE;
        }
    }
    return TRUE;
}
