/*
 * retired.c - what was at an address once: blocks whose memory is no longer ours, by exact address.
 *
 * The table is bounded (option retired) and divided into parts by a hash of the address, a lock
 * each. A part is a hash whose entries also stand in a list by age, so that all operations take
 * constant time. Its entries come in MC_RETIRED_PIECES pieces, each allocated, outside the lock,
 * when one is needed: a driver whose blocks never leave the quarantine pays for none. Without
 * memory for a further piece the oldest entry goes earlier.
 *
 * An entry keeps handles of sites, not copies; they are looked up after the lock is given back.
 */
#include "index.h"

#define MC_RETIRED_PARTS  8
#define MC_RETIRED_PIECES 8   /* in each part: why the option is a multiple of 64 */
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
    USHORT Next;  /* names of entries, 0 is none: in the chain of its hash, or free */
    USHORT Older; /* by age */
    USHORT Newer;
} MC_RETIRED;

/* The name of an entry is its number in its piece * MC_RETIRED_PIECES + piece + 1. */
typedef struct _MC_PART {
    MC_LOCK Lock;
    USHORT Free;
    USHORT Oldest;
    USHORT Newest;
    USHORT PieceCount;
    USHORT *Heads;
    MC_RETIRED *Pieces[MC_RETIRED_PIECES];
    UCHAR Apart[MC_LINE_BYTES]; /* no two locks in one cache line */
} MC_PART;

static struct {
    MC_PART *Parts;     /* MC_RETIRED_PARTS of them */
    USHORT *Heads;      /* of all parts */
    ULONG PieceEntries; /* in a piece, at least 1 */
    ULONG HeadCount;    /* of a part, a power of two */
} McpRetired;

static SIZE_T McpRetiredHeadBytes(VOID)
{
    return MC_RETIRED_PARTS * McpRetired.HeadCount * sizeof(USHORT);
}

BOOLEAN McRetiredStart(VOID)
{
    ULONG Entries = McOptions.Retired / MC_RETIRED_PARTS;
    ULONG Index;

    McpRetired.PieceEntries = Entries / MC_RETIRED_PIECES;
    McpRetired.HeadCount = 1;
    while (McpRetired.HeadCount * 2 <= Entries) {
        McpRetired.HeadCount *= 2;
    }
    McpRetired.Parts = (MC_PART *)McOsMetaAllocate(MC_RETIRED_PARTS * sizeof(MC_PART));
    McpRetired.Heads = (USHORT *)McOsMetaAllocate(McpRetiredHeadBytes());
    if (McpRetired.Parts == NULL || McpRetired.Heads == NULL) {
        McRetiredStop();
        return FALSE;
    }
    for (Index = 0; Index < MC_RETIRED_PARTS; Index++) {
        McpRetired.Parts[Index].Heads = McpRetired.Heads + Index * McpRetired.HeadCount;
    }
    return TRUE;
}

VOID McRetiredStop(VOID)
{
    MC_PART *Part;
    ULONG Index;
    ULONG Piece;

    for (Index = 0; McpRetired.Parts != NULL && Index < MC_RETIRED_PARTS; Index++) {
        Part = &McpRetired.Parts[Index];
        for (Piece = 0; Piece < Part->PieceCount; Piece++) {
            McOsMetaFree(Part->Pieces[Piece], McpRetired.PieceEntries * sizeof(MC_RETIRED));
        }
    }
    if (McpRetired.Parts != NULL) {
        McOsMetaFree(McpRetired.Parts, MC_RETIRED_PARTS * sizeof(MC_PART));
    }
    if (McpRetired.Heads != NULL) {
        McOsMetaFree(McpRetired.Heads, McpRetiredHeadBytes());
    }
    McpRetired.Parts = NULL;
    McpRetired.Heads = NULL;
}

/* ---- lists; the part's lock is held ---- */

static ULONG McpRetiredHash(ULONG_PTR User)
{
    return McHash((ULONG)(User >> 3) ^ ((ULONG)(User >> 16 >> 16) << 16));
}

static MC_PART *McpRetiredPart(ULONG_PTR User)
{
    return &McpRetired.Parts[McpRetiredHash(User) % MC_RETIRED_PARTS];
}

static USHORT *McpRetiredHead(const MC_PART *Part, ULONG_PTR User)
{
    return &Part->Heads[McpRetiredHash(User) / MC_RETIRED_PARTS & (McpRetired.HeadCount - 1)];
}

static MC_RETIRED *McpRetiredAt(const MC_PART *Part, USHORT Name)
{
    ULONG Number = Name - 1u;

    return &Part->Pieces[Number % MC_RETIRED_PIECES][Number / MC_RETIRED_PIECES];
}

/* Name of the entry of User, 0: none. */
static USHORT McpRetiredLookUp(const MC_PART *Part, ULONG_PTR User)
{
    USHORT Name = *McpRetiredHead(Part, User);

    while (Name != 0 && McpRetiredAt(Part, Name)->User != User) {
        Name = McpRetiredAt(Part, Name)->Next;
    }
    return Name;
}

/* Out of its chain and of the list by age. */
static VOID McpRetiredUnlink(MC_PART *Part, USHORT Name)
{
    MC_RETIRED *Entry = McpRetiredAt(Part, Name);
    USHORT *Link = McpRetiredHead(Part, Entry->User);

    while (*Link != Name) {
        Link = &McpRetiredAt(Part, *Link)->Next;
    }
    *Link = Entry->Next;
    if (Entry->Older != 0) {
        McpRetiredAt(Part, Entry->Older)->Newer = Entry->Newer;
    } else {
        Part->Oldest = Entry->Newer;
    }
    if (Entry->Newer != 0) {
        McpRetiredAt(Part, Entry->Newer)->Older = Entry->Older;
    } else {
        Part->Newest = Entry->Older;
    }
}

/* Into the chain of its User, and newest by age. */
static VOID McpRetiredLink(MC_PART *Part, USHORT Name)
{
    MC_RETIRED *Entry = McpRetiredAt(Part, Name);
    USHORT *Head = McpRetiredHead(Part, Entry->User);

    Entry->Next = *Head;
    *Head = Name;
    Entry->Older = Part->Newest;
    Entry->Newer = 0;
    if (Part->Newest != 0) {
        McpRetiredAt(Part, Part->Newest)->Newer = Name;
    } else {
        Part->Oldest = Name;
    }
    Part->Newest = Name;
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
}

/* ---- operations ---- */

/* FALSE: nothing was done, because the part could grow and Evict is FALSE. */
static BOOLEAN McpRetiredTry(MC_PART *Part, const MC_RECORD *Record, BOOLEAN Evict)
{
    BOOLEAN Done = TRUE;
    KIRQL Irql = McOsAcquire(&Part->Lock);
    USHORT Name = McpRetiredLookUp(Part, Record->User);

    if (Name != 0) {
        McpRetiredUnlink(Part, Name);
    } else if (Part->Free != 0) {
        Name = Part->Free;
        Part->Free = McpRetiredAt(Part, Name)->Next;
    } else if (Part->PieceCount < MC_RETIRED_PIECES && !Evict) {
        Done = FALSE;
    } else if (Part->Oldest != 0) {
        Name = Part->Oldest;
        McpRetiredUnlink(Part, Name);
    }
    if (Name != 0) {
        McpRetiredFill(McpRetiredAt(Part, Name), Record);
        McpRetiredLink(Part, Name);
    }
    McOsRelease(&Part->Lock, Irql);
    return Done;
}

/* One piece more, if there is memory, and room for it. No lock held. */
static VOID McpRetiredGrow(MC_PART *Part)
{
    SIZE_T Size = McpRetired.PieceEntries * sizeof(MC_RETIRED);
    MC_RETIRED *Piece = (MC_RETIRED *)McMetaAllocate(Size);
    ULONG Index;
    KIRQL Irql;

    if (Piece == NULL) {
        return;
    }
    Irql = McOsAcquire(&Part->Lock);
    if (Part->PieceCount < MC_RETIRED_PIECES && Part->Free == 0) {
        for (Index = 0; Index < McpRetired.PieceEntries; Index++) {
            Piece[Index].Next = Part->Free;
            Part->Free = (USHORT)(Index * MC_RETIRED_PIECES + Part->PieceCount + 1);
        }
        Part->Pieces[Part->PieceCount++] = Piece;
        Piece = NULL;
    }
    McOsRelease(&Part->Lock, Irql);
    if (Piece != NULL) {
        McOsMetaFree(Piece, Size);
    }
}

VOID McRetiredAdd(const MC_RECORD *Record)
{
    MC_PART *Part = McpRetiredPart(Record->User);

    if (!McpRetiredTry(Part, Record, FALSE)) {
        McpRetiredGrow(Part);
        McpRetiredTry(Part, Record, TRUE);
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

BOOLEAN McRetiredFind(ULONG_PTR User, MC_BLOCK *Block)
{
    MC_PART *Part = McpRetiredPart(User);
    MC_RETIRED Copy;
    USHORT Name;
    KIRQL Irql;

    Irql = McOsAcquire(&Part->Lock);
    Name = McpRetiredLookUp(Part, User);
    if (Name != 0) {
        McBytesCopy(&Copy, McpRetiredAt(Part, Name), sizeof(Copy));
    }
    McOsRelease(&Part->Lock, Irql);
    if (Name == 0) {
        return FALSE;
    }
    McpRetiredCopy(&Copy, Block);
    return TRUE;
}

/* The newest of a part that had Address inside; FALSE: none. */
static BOOLEAN McpRetiredHolding(MC_PART *Part, ULONG_PTR Address, MC_RETIRED *Copy)
{
    const MC_RETIRED *Entry = NULL;
    ULONG Left = MC_RETIRED_WALK;
    USHORT Name;
    KIRQL Irql;

    Irql = McOsAcquire(&Part->Lock);
    for (Name = Part->Newest; Name != 0 && Left != 0; Name = Entry->Older, Left--) {
        Entry = McpRetiredAt(Part, Name);
        if (Address >= Entry->User && Address - Entry->User < Entry->Size) {
            McBytesCopy(Copy, Entry, sizeof(*Copy));
            break;
        }
    }
    McOsRelease(&Part->Lock, Irql);
    return Name != 0 && Left != 0;
}

BOOLEAN McRetiredHolding(ULONG_PTR Address, MC_BLOCK *Block)
{
    MC_RETIRED Best;
    MC_RETIRED Other;
    BOOLEAN Found = FALSE;
    ULONG Index;

    for (Index = 0; Index < MC_RETIRED_PARTS; Index++) {
        if (McpRetiredHolding(&McpRetired.Parts[Index], Address, &Other) &&
            (!Found || (LONG)(Other.FreeTicks - Best.FreeTicks) >= 0)) {
            McBytesCopy(&Best, &Other, sizeof(Best));
            Found = TRUE;
        }
    }
    if (Found) {
        McpRetiredCopy(&Best, Block);
    }
    return Found;
}

VOID McRetiredForget(ULONG_PTR User)
{
    MC_PART *Part = McpRetiredPart(User);
    USHORT Name;
    KIRQL Irql;

    Irql = McOsAcquire(&Part->Lock);
    Name = McpRetiredLookUp(Part, User);
    if (Name != 0) {
        McpRetiredUnlink(Part, Name);
        McpRetiredAt(Part, Name)->Next = Part->Free;
        Part->Free = Name;
    }
    McOsRelease(&Part->Lock, Irql);
}

/* ---- invariants ---- */

static BOOLEAN McpIsValidPart(const MC_PART *Part)
{
    ULONG Count = 0;
    ULONG Chained = 0;
    USHORT Before = 0;
    USHORT Name;
    ULONG Index;

    for (Name = Part->Oldest; Name != 0; Name = McpRetiredAt(Part, Name)->Newer) {
        Count++;
        if (McpRetiredAt(Part, Name)->Older != Before || Count > McOptions.Retired ||
            McpRetiredLookUp(Part, McpRetiredAt(Part, Name)->User) != Name) {
            return FALSE;
        }
        Before = Name;
    }
    for (Index = 0; Index < McpRetired.HeadCount; Index++) {
        for (Name = Part->Heads[Index]; Name != 0; Name = McpRetiredAt(Part, Name)->Next) {
            Chained++;
        }
    }
    if (Before != Part->Newest || Chained != Count) {
        return FALSE;
    }
    for (Name = Part->Free; Name != 0; Name = McpRetiredAt(Part, Name)->Next) {
        Count++;
    }
    return Count == Part->PieceCount * McpRetired.PieceEntries;
}

BOOLEAN McpIsValidRetired(VOID)
{
    ULONG Index;

    for (Index = 0; Index < MC_RETIRED_PARTS; Index++) {
        if (!McpIsValidPart(&McpRetired.Parts[Index])) {
            return FALSE;
        }
    }
    return TRUE;
}
