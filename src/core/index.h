/*
 * index.h - private to the files of the page index: how it is laid out. index.c (blocks come and
 * go), lookup.c, overlaps.c, neighbours.c (they are found), buckets.c, lines.c (the table of a
 * shard),
 * large.c (insides of large blocks), indexcheck.c (the invariants).
 *
 * The index is divided into shards by address >> 21, so that neighbours share a shard and a
 * driver's processors, which mostly work far apart, do not meet. A shard is a hash of buckets, each
 * one cache line of five slots, chosen by the 512-byte cell of an address. What does not fit goes
 * to overflow lines, chained. A chain is always packed: its free slots are the last ones of its
 * last line, and an overflow line in a chain is never empty.
 *
 * A block has one start slot, in the cell of its User, and one mark slot in each further page that
 * its raw block touches (none if it is large), filed under that page's first cell. So whatever
 * holds an address has a slot in the address's own page, or is in the large table.
 *
 * Shards grow by linear hashing: when there are more than so many slots for each bucket (fewer
 * while the table is small: then chains are short), one bucket more is used, and takes its part of
 * the slots of one other. They never shrink.
 */
#ifndef MC_INDEX_H
#define MC_INDEX_H

#include "core.h"

#define MC_SHARD_BITS  6
#define MC_SHARDS      (1 << MC_SHARD_BITS)
#define MC_SHARD_SHIFT 21
#define MC_CELL_SHIFT  9
#define MC_CELL_BYTES  ((ULONG_PTR)1 << MC_CELL_SHIFT)
#define MC_PAGE_CELLS  (MC_PAGE_SIZE >> MC_CELL_SHIFT)
#define MC_HASH_TOP    (1u << 28)
#define MC_LINE_SLOTS  5
/* McBucketLoad: below MC_MANY_LINES buckets, and above. */
#define MC_LOAD_OF_FEW  3
#define MC_LOAD_OF_MANY 5
#define MC_MARGIN       4 /* overflow lines kept free, for inserts that come at the same time */

/* The cell of an address, as slots know it. Cells 2 TB apart have the same key: ask the record. */
#define MC_KEY(Address)  ((ULONG)((Address) >> MC_CELL_SHIFT))
#define MC_PAGE(Address) ((Address) & ~((ULONG_PTR)MC_PAGE_SIZE - 1))

/*
 * MC_SLOT.Info of a start: where the raw block lies around User, as far as it matters for addresses
 * in the same page; it spares a look-up the records of blocks that do not hold the address.
 *  bits  0..5   Place: User within its cell, in units of 8 bytes
 *  bit   6      0
 *  bits  7..19  Behind: bytes from Place to the raw block's end; MC_BEHIND_MOST: or more
 *  bits 20..31  Before: 8-byte units from the raw block to Place; MC_BEFORE_MOST: or more
 * Of a mark: MC_INFO_MARK alone.
 */
#define MC_INFO_PLACE(Info)  ((Info)&MC_INFO_PLACE_MOST)
#define MC_INFO_PLACE_MOST   63u
#define MC_INFO_MARK         64u
#define MC_INFO_BEHIND(Info) (((Info) >> 7) & MC_BEHIND_MOST)
#define MC_INFO_BEFORE(Info) ((Info) >> 20)
#define MC_BEHIND_MOST       8191u
#define MC_BEFORE_MOST       4095u

typedef struct _MC_SLOT {
    ULONG Key;
    ULONG Handle; /* of the record; 0: free */
    ULONG Info;
} MC_SLOT;

typedef struct _MC_LINE {
    MC_SLOT Slots[MC_LINE_SLOTS];
    ULONG Next; /* the overflow line that goes on, its number + 1; 0: none */
} MC_LINE;

/*
 * An array of lines that grows (lines.c): up to 128 lines in pieces of 4, 4, 8, 16, 32, 64, reached
 * through Rows; from then on in pieces of 128 (8 KB), reached through Leaves. Lines move once, from
 * the one to the other, under the lock of their shard. Guard bytes cost a page, where the pool
 * rounds up to pages: so pieces come by twos at first, and then by fours.
 */
#define MC_ROW_LINES    4
#define MC_ROWS         32
#define MC_PIECE_LINES  128 /* MC_ROW_LINES * MC_ROWS */
#define MC_LEAF_PIECES  128
#define MC_MANY_LINES   512 /* from so many lines on, as many at once: pieces side by side */
#define MC_LEAVES       8
#define MC_LINES_AT_ALL ((ULONG)MC_LEAVES * MC_LEAF_PIECES * MC_PIECE_LINES)

typedef struct _MC_LINES {
    ULONG Count; /* lines there are; more than MC_PIECE_LINES: Leaves are used */
    MC_LINE *Rows[MC_ROWS];
    MC_TWINNED *Leaves[MC_LEAVES]; /* each an array of pieces */
} MC_LINES;

/* One shard. All of it belongs to its lock, but for Scarce, which may be read without. */
typedef struct _MC_SHARD {
    volatile LONG Scarce; /* a hint: the next insert may not find room, see McBucketsReserve */
    MC_LINES Buckets;
    MC_LINES Overflow;
    UCHAR Apart[MC_LINE_BYTES]; /* what is above changes rarely, what is below all the time */
    MC_LOCK Lock;
    ULONG Used;  /* buckets in use, the first ones; 0: nothing was ever inserted */
    ULONG Mask;  /* 2^n - 1, at least Used - 1 and less than 2 * Used - 1 */
    ULONG Slots; /* slots in use, starts and marks */
    ULONG Lines; /* overflow lines in chains */
    ULONG Hops;  /* how many of them the walk along a chain may still come to */
    ULONG Fresh; /* overflow lines from this number on were never in a chain */
    ULONG Free;  /* list through Next of those that were and are not now; number + 1 */
} MC_SHARD;

/* ---- index.c ---- */

MC_SHARD *McIndexShard(ULONG_PTR Address);       /* the shard of an address */
MC_SHARD *McIndexShardAt(ULONG Number);          /* below MC_SHARDS */
ULONG McIndexStartInfo(const MC_RECORD *Record); /* MC_SLOT.Info of a start */

/* ---- buckets.c: the table of one shard; the caller holds its lock unless a line says no ---- */

/* Every bit of Key reaches every bit of the result. Any time. */
MC_INLINE ULONG McMix(ULONG Key)
{
    Key ^= Key >> 16;
    Key *= 0x7feb352du;
    Key ^= Key >> 15;
    Key *= 0x846ca68bu;
    return Key ^ Key >> 16;
}

/*
 * Of a cell's key; linear hashing takes the low bits. The cells of a page have buckets beside each
 * other, as a look-up of an inner address asks for all of them: a group, which begins with another
 * cell in each page, or the first ones, where marks are, would share an eighth of the buckets.
 */
MC_INLINE ULONG McHash(ULONG Key)
{
    const ULONG Page = McMix(Key / MC_PAGE_CELLS);

    return Page * MC_PAGE_CELLS + ((Key ^ Page / MC_HASH_TOP) & (MC_PAGE_CELLS - 1));
}

/*
 * Slots of a line are asked all at once, not one after the other: which of them it is that is
 * wanted no processor can guess, and a wrong guess costs more than five comparisons.
 */

/* How many slots are in use. */
MC_INLINE ULONG McLineUsed(const MC_LINE *Line)
{
    const MC_SLOT *Slots = Line->Slots;

    return (ULONG)(Slots[0].Handle != 0) + (Slots[1].Handle != 0) + (Slots[2].Handle != 0) +
           (Slots[3].Handle != 0) + (Slots[4].Handle != 0);
}

/* Bit n: slot n has this key. It may be free. All are asked, whatever stands before them: in a line
 * that something else has written to, a free slot is not always the last. */
MC_INLINE ULONG McLineKeys(const MC_LINE *Line, ULONG Key)
{
    const MC_SLOT *Slots = Line->Slots;

    return (ULONG)(Slots[0].Key == Key) | (ULONG)(Slots[1].Key == Key) << 1 |
           (ULONG)(Slots[2].Key == Key) << 2 | (ULONG)(Slots[3].Key == Key) << 3 |
           (ULONG)(Slots[4].Key == Key) << 4;
}

/* Number of the lowest of the bits, of which there is one. */
MC_INLINE ULONG McLowestOf(ULONG Bits)
{
    static const UCHAR Lowest[32] = {0, 0, 1, 0, 2, 0, 1, 0, 3, 0, 1, 0, 2, 0, 1, 0,
                                     4, 0, 1, 0, 2, 0, 1, 0, 3, 0, 1, 0, 2, 0, 1, 0};

    return Lowest[Bits];
}

/* NULL: what leads there is broken. */
MC_INLINE MC_LINE *McLineAt(const MC_LINES *Lines, ULONG Number)
{
    const ULONG Piece = Number / MC_PIECE_LINES;
    const MC_TWINNED *Leaf;

    if (Lines->Count <= MC_PIECE_LINES) {
        return &Lines->Rows[Number / MC_ROW_LINES][Number % MC_ROW_LINES];
    }
    Leaf = &Lines->Leaves[Piece / MC_LEAF_PIECES][Piece % MC_LEAF_PIECES];
    if (!McTwinIsWhole(Leaf)) {
        McOwnBroken(MC_BROKEN_INDEX);
        return NULL;
    }
    return (MC_LINE *)Leaf->Pointer + Number % MC_PIECE_LINES;
}

/* The bucket that a hash belongs to. Those from Used on are still in the one of half the mask. */
MC_INLINE ULONG McBucketOf(const MC_SHARD *Shard, ULONG Hash)
{
    const ULONG Bucket = Hash & Shard->Mask;

    return Bucket < Shard->Used ? Bucket : Bucket & (Shard->Mask >> 1);
}

/* Slots for each bucket from which on the table grows. */
MC_INLINE ULONG McBucketLoad(const MC_SHARD *Shard)
{
    return Shard->Used < MC_MANY_LINES ? MC_LOAD_OF_FEW : MC_LOAD_OF_MANY;
}

/* The overflow line that goes on from Line, whose chain is cut there if that cannot be. */
MC_LINE *McBucketsHop(MC_SHARD *Shard, MC_LINE *Line);

/* The first line of the chain that a key belongs to, NULL: none; and the next one. */
MC_INLINE MC_LINE *McBucketsFirst(MC_SHARD *Shard, ULONG Key)
{
    Shard->Hops = Shard->Lines;
    return Shard->Used == 0 ? NULL : McLineAt(&Shard->Buckets, McBucketOf(Shard, McHash(Key)));
}

MC_INLINE MC_LINE *McBucketsNext(MC_SHARD *Shard, MC_LINE *Line)
{
    return Line->Next == 0 ? NULL : McBucketsHop(Shard, Line);
}

/* The same for who walks about elsewhere in between, and knows when it is too far. */
MC_INLINE MC_LINE *McBucketsAlong(MC_SHARD *Shard, MC_LINE *Line)
{
    Shard->Hops = Shard->Lines;
    return McBucketsNext(Shard, Line);
}

/* FALSE: no room, nothing changed. */
BOOLEAN McBucketsInsert(MC_SHARD *Shard, ULONG Key, ULONG Handle, ULONG Info);
/* Remove the slot of a record: it has one for a key, as its start and its marks are in different
 * pages. FALSE: it is not there. */
BOOLEAN McBucketsRemove(MC_SHARD *Shard, ULONG Key, ULONG Handle);

/* Room for so many inserts if nobody else takes it; allocates, so no lock is held. */
BOOLEAN McBucketsReserve(MC_SHARD *Shard, ULONG Slots);
VOID McBucketsStop(MC_SHARD *Shard); /* forget all; nobody else inside, no lock held */
/* Invariants of one shard that need no record. */
BOOLEAN McpIsValidBuckets(MC_SHARD *Shard);

/* ---- lines.c: arrays of lines ---- */

typedef struct _MC_GROWTH {
    ULONG Count; /* of lines that it was made for */
    MC_LINE *Piece;
    MC_TWINNED *Leaf;       /* one more, if the piece is the first of it */
    MC_LINE *Rows[MC_ROWS]; /* where the first lines were */
} MC_GROWTH;

/* What Count lines need to grow; no lock held, allocates. FALSE: no memory, and there is nothing to
 * discard. */
BOOLEAN McLinesPrepare(MC_GROWTH *Growth, ULONG Count);
/* More lines, made for as many as there are; under the lock of the shard. Pointers to lines from
 * before it are good no more. */
VOID McLinesInstall(MC_LINES *Lines, MC_GROWTH *Growth);
/* What was not installed, or is not used any more, goes; no lock held. */
VOID McLinesDiscard(MC_GROWTH *Growth);
/* ---- large.c: extents, and the large table ---- */

/* The first and the last byte of a record's raw block. */
VOID McRawExtent(const MC_RECORD *Record, ULONG_PTR *First, ULONG_PTR *Last);
/* Does the raw block hold the address? Its User it always does. */
BOOLEAN McRawHolds(const MC_RECORD *Record, ULONG_PTR Address);
BOOLEAN McIsLargeExtent(ULONG_PTR First, ULONG_PTR Last);
/*
 * Of two blocks that hold an address, which is the one that is there now? They overlap only where a
 * plain one is stale: it is not the owned one, whose memory is surely ours. Of two plain ones it is
 * the large one, as no other allocation leaves stale records where it is (McIndexOverlaps).
 */
BOOLEAN McOutranks(const MC_RECORD *One, const MC_RECORD *Other);
/* Does a plain record, not gone, claim a byte of [First, Last]? Then with a reference, if its state
 * is live or quarantined. A lock under which the record is in the table is held. */
BOOLEAN McIndexClaims(MC_RECORD *Record, ULONG_PTR First, ULONG_PTR Last);
/* Invariants of the large table; nobody else inside. Count: its records. */
BOOLEAN McpIsValidLarge(ULONG *Count);

/* ---- retired.c ---- */

BOOLEAN McpIsValidRetired(VOID); /* invariants; nobody else inside */

#endif
