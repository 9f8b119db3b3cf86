/*
 * core.h - the core's private header: how MemCheck works, and who may call what.
 *
 * 1. BLOCKS AND RECORDS
 *
 * A block is what the driver asked for. MemCheck asks the pool for a raw block around it:
 *
 *      raw                 user                 user + size              raw + raw size
 *       |  front redzone    |  the driver's bytes |  slack |  rear redzone |
 *       |<----- Front ----->|<------ Size ------->|<------- Rear --------->|
 *
 * Front is 0 in a plain block (the system may free it) and at least the redzone option in an owned
 * one (only the driver can free it). The slack that alignment leaves belongs to the rear redzone.
 * layout.c decides the three numbers, and nothing else does; policy.c decides which of the two a
 * block is.
 *
 * What is known of a block is its record (MC_RECORD), kept apart from it, so that an overrun cannot
 * destroy the evidence, and a foreign pointer is recognised without a look at memory before it.
 * Records live in segments that are never freed before EXIT, and are named by 32-bit handles:
 * whoever holds a handle may always look at the record, only it may be another block's by then.
 *
 * 2. STATES
 *
 *      gone -> making -> live -> freeing -> quarantined -> leaving -> gone
 *                                   |                        ^
 *                                   +------------------------+   (no quarantine)
 *
 * State and reference count share one word (MC_RECORD.State), changed only by compare-exchange.
 *  - making: belongs to the allocating thread. The redzones are written; then live.
 *  - live -> freeing: one compare-exchange; who loses it has found a double free.
 *  - freeing: belongs to the freeing thread, which verifies, fills, and publishes quarantined.
 *  - quarantined: in a quarantine queue. Eviction moves it to leaving, and passes over records
 *    that somebody references.
 *  - leaving: about to be withdrawn from the index, by one who holds a reference until it is. Who
 *    takes the count to zero (he, or the last reader) releases the memory: nobody waits.
 * The bytes of a block are verified only in state live (redzones) or quarantined (redzones, fill),
 * with a reference held; each of the two is published only after its bytes are written.
 *
 * 3. PLAIN BLOCKS
 *
 * The system, another driver, a file without MemCheck may free a plain block, and nobody tells us:
 * its record is stale from then on, and the address another's. So (plain.c, free.c):
 *  - nothing is written to it after it was handed out, and it is read at its own free only;
 *  - what such a free finds is only possible, and where anything looks wrong the free is passed on
 *    as the caller made it, with the caller's routine and tag;
 *  - it may be held back, unfilled; then a second free is sure;
 *  - every allocation, MemCheck's own too, is compared with what plain records claim
 *    (McPlainCompare): a record in the way is wrong. It is marked MC_NOTED_GONE, and from then on
 *    no look-up sees it and nobody releases its memory. One that was held back has been freed
 *    twice, by the driver through us and by somebody past us; so has one that its free has claimed
 *    and not passed on yet. A free at the same moment claims the record (MC_NOTED_CLAIMED) or
 *    finds it gone, and then is another's: of a block that starts there by now, or passed on;
 *  - hand-overs that are seen (handover.c) end the record in the same way;
 *  - each site remembers what became of its plain blocks (MC_SITE_PLAIN): from that comes which
 *    leaks are counted only, what is listed at exit, and which sites may be guarded in front.
 *
 * 4. FINDING A RECORD
 *
 * The page index (index.c, lookup.c) maps an address, exact or interior, to its record; large.c
 * does so for the insides of blocks of more than MEMCHECK_LARGE_PAGES pages; neighbours.c finds
 * what lies beside an address, for reports; retired.c remembers blocks that are no longer ours, by
 * exact address, and is asked last. A record is in the index from making to leaving. A look-up
 * takes its reference under the lock of the shard, so the record cannot be reused while in hand.
 *
 * 5. LOCKS
 *
 * Every lock is a leaf: no MemCheck lock is ever taken while another is held. Under one there is no
 * allocation, no call of the pool, no printing, no access to a driver's memory, and bounded work.
 * The locks: shard (index.c), large table (large.c), part of the retired (retired.c), lane (lane.c:
 * spare records and quarantine queues), segments (record.c), sites (site.c), call stacks (stack.c),
 * the list of own memory (ownmemory.c), deferred list (deferred.c), the ring of blocks for the
 * system (handover.c), what EXIT leaves behind (afterexit.c), the driver's routine
 * (src/report/reaction.c).
 *
 * 6. IRQL
 *
 * Everything may run at <= DISPATCH_LEVEL. Memory of a paged block is touched only below it. Above
 * it no lock is taken at all: an allocation is not monitored, a free waits in a deferred slot.
 *
 * 7. OPERATIONS AND THE END
 *
 * Each public operation stands between McEnter and McLeave, which count it in its lane. EXIT closes
 * the gate in two steps: to new blocks, so that those there are can be counted as leaks, while
 * frees still go on; then to frees, so that the tables can go. After each it waits, below
 * DISPATCH_LEVEL and for a second at the most, until every lane's count has been seen at zero.
 *
 * 8. WHEN
 *
 * A block remembers the last look at it that found its bytes as they should be (intact.c), so that
 * a report says between which two moments the damage was done. Looks come from checks (sweep.c),
 * from the patrol, which looks at a few blocks with the driver's own operations and so finds damage
 * after a bounded number of them, from frees beside it (patrol.c), and from a thread of MemCheck's
 * own (worker.c). All of them look at owned blocks alone, with a reference, and at paged ones only
 * where that operation may touch paged memory.
 *
 * 9. HOW MANY, AND WHOSE
 *
 * Leaks at exit (leaks.c), what appeared since a checkpoint (checkpoint.c) and statistics
 * (statistics.c) are one walk over the records that adds each block to the group of its site
 * (tally.c). The groups stand in the sites, so a walk allocates nothing; for that there is one walk
 * at a time, and who finds it busy goes away. A checkpoint is no more than each lane's count of
 * blocks at that moment. Peaks and totals need a count with each operation: by option only.
 *
 * 10. WHAT IS DONE ABOUT IT
 *
 * Each finding passes McFoundBegin and McFoundEnd (found.c). In McFoundEnd it may be dropped: its
 * kind is to be ignored (rules.c, which makes the list `on` a word for each kind), or an item of
 * `suppress` fits it (suppress.c, which counts what each item hid). What passes goes to a report,
 * and src/report/reaction.c breaks, calls or stops. Repair is block.c's, once the report has its
 * copy of the damage.
 *
 * 11. REQUESTS THAT ARE LET BY, OR FAIL
 *
 * Before a block is made two questions are asked about the request's tag and site: is it monitored
 * at all (watch.c; if not, its block is foreign from then on), and shall it fail (inject.c)?
 * Options and what was requested before decide both, never addresses or times, so a run can be
 * repeated.
 *
 * 12. WHAT A BLOCK COSTS
 *
 * An owned block's allocation and free take twelve locked operations: in and out of the gate twice,
 * a spare record, the start's shard twice and once more when it leaves, the place in the queue,
 * three steps of the record's state; and one more a batch of retired entries. Each waits for all
 * writes before it, so what will be written is asked for early (McOsPrefetch): by the look-up of a
 * free, which knows the size from the slot, by an allocation as soon as the pool has answered, by a
 * batch that leaves the quarantine, by a check for the blocks ahead. What each operation reads
 * (options, Mc up to Apart) nobody writes meanwhile; what it writes is its lane's, its shard's or
 * its block's. Nothing is counted where all processors meet but what is rare.
 *
 * 13. MEMORY OF ITS OWN
 *
 * Records and tables are pool memory too. Each piece of it stands between guard bytes
 * (ownmemory.c), so that a write that goes on past a buffer's redzone damages those first: that is
 * a finding of its own, of no block of the driver's, and harms nothing. All pieces are given back
 * from one list, not by the tables that lie in them.
 *
 * 14. HOW TO CHANGE IT: docs/extending.md (a detector, a platform, an allocation routine, an
 * option, a reaction, a notice).
 */
#ifndef MC_CORE_H
#define MC_CORE_H

#include "platform.h"
#include "finding.h"
#include "options.h"

typedef ULONG_PTR MC_MAY_ALIAS MC_WORD; /* of memory, whatever is in it */

#define MC_LINE_BYTES    64          /* of a processor's cache */
#define MC_PROTECTED_TAG 0x80000000u /* PROTECTED_POOL, bit 31 of a tag */

/* A check of words that nobody is to change but MemCheck: McSeal(McSeal(MC_SEAL, A), B). */
#define MC_SEAL 0x5EA1D00Du
MC_INLINE ULONG McSeal(ULONG Seal, ULONG_PTR Word)
{
    Seal = (Seal ^ (ULONG)Word ^ (ULONG)(Word >> 16 >> 16)) * 0x9E3779B1u;
    return Seal ^ Seal >> 15;
}

/* A pointer in a table in the pool, beside its twin: what something else has written there is not
 * followed. One that was never set is not whole. */
#define MC_TWIN(Pointer) ((ULONG_PTR)(Pointer)*0x9E3779B1u + MC_SEAL)
typedef struct _MC_TWINNED {
    PVOID Pointer;
    ULONG_PTR Twin;
} MC_TWINNED;
MC_INLINE VOID McTwinSet(MC_TWINNED *Entry, PVOID Pointer)
{
    Entry->Pointer = Pointer;
    Entry->Twin = MC_TWIN(Pointer);
}
MC_INLINE BOOLEAN McTwinIsWhole(const MC_TWINNED *Entry)
{
    return (BOOLEAN)(Entry->Twin == MC_TWIN(Entry->Pointer));
}

#include "record.h"

/* ---- layout.c: pure ---- */

typedef struct _MC_LAYOUT {
    SIZE_T RawSize;
    ULONG Front;
    ULONG Rear;
} MC_LAYOUT_PLAN;

/*
 * Where a block of Size bytes lies in its raw block, so that the driver sees the pool's contract
 * kept: alignment, page alignment from a page on, no page crossed up to a page. Owned: with a front
 * redzone. Redzone: bytes, a multiple of 16. CacheLine: what cache-aligned types are aligned to.
 * FALSE: the size is beyond any pool; *Plan is untouched.
 */
BOOLEAN McLayout(SIZE_T Size, ULONG Attributes, BOOLEAN Owned, ULONG Redzone, ULONG CacheLine,
                 MC_LAYOUT_PLAN *Plan);

/* ---- routines.c: pure ---- */

/* Fill in Request->Attributes from the other fields. */
VOID McRequestDecode(MC_REQUEST *Request);
/* *Quiet: the same request, changed so that a failure gives NULL: nothing raised, no must-succeed.
 * FALSE: on a system of this version (McOsVersion) that cannot be asked for. */
BOOLEAN McRequestQuiet(const MC_REQUEST *Request, ULONG Version, MC_REQUEST *Quiet);
BOOLEAN McRequestRaises(const MC_REQUEST *Request); /* a failure of it, as it was made */
/* How a block with this tag (0: none) is given back by MemCheck's own decision. */
VOID McReleaseFor(ULONG Tag, MC_RELEASE *Release);
BOOLEAN McRoutineZeroes(ULONG Routine); /* an inline function that clears the block itself */
/* What the pool's contract says against it; McReasonNone: nothing. */
MC_REASON McRequestFault(const MC_REQUEST *Request, ULONG Version);

/* ---- policy.c: which blocks are guarded in front ---- */

typedef enum _MC_WAY {
    McWayNames,    /* MEM_...: the driver keeps its block */
    McWayReplaced, /* the kit's names: nobody knows who frees it */
    McWaySystem    /* MEM_ALLOCATE_FOR_SYSTEM */
} MC_WAY;

BOOLEAN McPolicyOwned(MC_WAY Way, const MC_REQUEST *Request, ULONG Site);
/* Will the system free it, by its way, tag or site, or because it did so before? */
BOOLEAN McPolicyForSystem(MC_WAY Way, const MC_REQUEST *Request, ULONG Site);
/* Does a list of sites hold this one? ImageLow: what module offsets count from. Pure. */
BOOLEAN McPolicySiteListed(const char *List, const MC_SITE *Site, ULONG_PTR ImageLow);
BOOLEAN McPolicyTagListed(const char *List, ULONG Tag); /* pure */
/* The same of one entry, [Text, End); a star in it stands for any letters. Pure. */
BOOLEAN McPolicySiteIs(const char *Text, const char *End, const MC_SITE *Site, ULONG_PTR ImageLow);
BOOLEAN McPolicyTagIs(const char *Text, const char *End, ULONG Tag);
/* The end of the entry that List begins with: its comma, or the end of the list. */
const char *McPolicyEntryEnd(const char *List);
/* "+0x1234", whatever stands before it; FALSE: that is not what the entry is. Pure. */
BOOLEAN McPolicyOffset(const char *Text, const char *End, ULONG_PTR *Offset);
/* Is [Text, End) like the pattern, letters of either size? A star stands for any letters. Pure. */
BOOLEAN McPolicyLike(const char *Pattern, const char *PatternEnd, const char *Text,
                     const char *End);
LONG McPolicyLists(const MC_SITE *Site); /* which lists hold it: MC_LISTED_... */

/* ---- bytes.c: copy, fill, compare that no compiler turns into a call ---- */

VOID McBytesCopy(VOID *To, const VOID *From, SIZE_T Length);
VOID McBytesZero(VOID *To, SIZE_T Length);

/* Of a block, from its second line on, what is filled by default: asked for, if it has so much. In
 * one go, as most blocks have, so that no processor has to guess how far it goes. */
#define MC_EXPECTED 448u
MC_INLINE VOID McBytesExpect(ULONG_PTR Address, ULONG Length)
{
    if (Length < MC_EXPECTED) {
        McOsPrefetch(Address + MC_LINE_BYTES);
        return;
    }
    McOsPrefetch(Address + 1 * MC_LINE_BYTES);
    McOsPrefetch(Address + 2 * MC_LINE_BYTES);
    McOsPrefetch(Address + 3 * MC_LINE_BYTES);
    McOsPrefetch(Address + 4 * MC_LINE_BYTES);
    McOsPrefetch(Address + 5 * MC_LINE_BYTES);
    McOsPrefetch(Address + 6 * MC_LINE_BYTES);
    McOsPrefetch(Address + MC_EXPECTED - 1);
}

/* The end of a raw block: the least rear redzone, and before it what is filled there. */
MC_INLINE VOID McBytesExpectEnd(ULONG_PTR End)
{
    McOsPrefetch(End - MC_LINE_BYTES - MC_LINE_BYTES / 2);
    McOsPrefetch(End - MC_LINE_BYTES);
    McOsPrefetch(End - 1);
}

/* ---- pattern.c: what guard bytes and freed bytes look like; pure but for Mc.Secret ---- */

#define MC_GUARD_NIBBLE 0xB0 /* a guard byte is 0xB0 to 0xBF, which depends on its address */
#define MC_FILL_BYTE    0xA7 /* non-canonical as an address at any offset, on 64-bit */
#define MC_FILL_TAIL    64u  /* of a block not filled whole, the last bytes that are */

VOID McPatternStart(ULONG_PTR Secret);
UCHAR McGuardByte(ULONG_PTR Address);
/* Nobody else writes to the words that these bytes lie in: a block in making. */
VOID McGuardWrite(ULONG_PTR Address, SIZE_T Length);
/* The same where somebody may: these bytes alone are written. */
VOID McGuardRepair(ULONG_PTR Address, SIZE_T Length);
BOOLEAN McGuardIntact(ULONG_PTR Address, SIZE_T Length);
/* Both redzones of an owned block at once; McGuardsWrite as McGuardWrite. */
VOID McGuardsWrite(ULONG_PTR User, ULONG Front, SIZE_T Size, ULONG Rear);
BOOLEAN McGuardsIntact(ULONG_PTR User, ULONG Front, SIZE_T Size, ULONG Rear);
VOID McFillWrite(ULONG_PTR Address, SIZE_T Length); /* these bytes alone are written */
BOOLEAN McFillIntact(ULONG_PTR Address, SIZE_T Length);

/* ---- ownmemory.c: memory of MemCheck's own, between guard bytes ---- */

#define MC_OWN_AROUND \
    184u /* bytes that guard a piece of more than 1 KB: with them it fills pages */

/* Nonpaged, zeroed, aligned to a cache line; NULL: none. It stays until McOwnStop. The first is for
 * INIT. The second, while the driver runs, is compared with plain blocks as every allocation is:
 * where it lies nobody else's block can be. No lock held. */
PVOID McOwnAllocate(SIZE_T Size);
PVOID McMetaAllocate(SIZE_T Size);
/* Give it back while the driver runs: others were faster, and it is not needed. */
VOID McMetaFree(PVOID P);
VOID McOwnStop(VOID); /* give all of it back; nobody inside */

/* What is not as MemCheck wrote it: found by whoever was about to follow it, and did not. */
#define MC_BROKEN_RECORD  1  /* a record: its block is left as it is */
#define MC_BROKEN_LIST    2  /* spare records, or a queue of the quarantine: forgotten */
#define MC_BROKEN_INDEX   4  /* lines of the index: what stood there is not found any more */
#define MC_BROKEN_LARGE   8  /* the tree of large blocks: forgotten */
#define MC_BROKEN_RETIRED 16 /* an entry of a freed block, or the chain behind it */
#define MC_BROKEN_PLACE   32 /* a call site, or a stack */
#define MC_BROKEN_MEMORY  64 /* the list of own memory: a piece is not guarded, nor given back */
#define MC_BROKENS        7
/* Is the address in a piece, or in its guard bytes? Where a piece may be in its page, a walk over
 * the list, without its lock. */
BOOLEAN McOwnHolds(ULONG_PTR Address);
/* Note it; said by the next one to look at own memory. Any IRQL, any lock. */
VOID McOwnBroken(LONG What);

/* ---- index.c, lookup.c, overlaps.c, indexcheck.c: from an address to its record ---- */

/*
 * A hash of one-line buckets, divided into shards by address >> 21, a lock each. Two kinds of slot:
 * a start (the 512-byte cell of User, its position there, the handle), and a mark in each further
 * page that the raw block touches, unless it is large. Every call but McIndexIsEmpty takes the
 * locks of the shards concerned, one after the other, never two at once.
 */
VOID McIndexStart(VOID); /* PASSIVE_LEVEL */
VOID McIndexStop(VOID);
/*
 * Make room for a block at User, whose raw block is [Raw, RawEnd): allocates outside every lock.
 * FALSE: no memory; the block cannot be monitored. Room is room for all: a later insert can still
 * fail, when others took it.
 */
BOOLEAN McIndexReserve(ULONG_PTR User, ULONG_PTR Raw, ULONG_PTR RawEnd);
/* Record is in state making, its fields final. Marks first, the start last. FALSE: no room, and
 * nothing was inserted. Large blocks go to large.c as well. */
BOOLEAN McIndexInsert(MC_RECORD *Record);
/* The start first, marks last. Record is leaving (or making, when an allocation is undone). */
VOID McIndexRemove(MC_RECORD *Record);
/* The block whose User is Address exactly, with a reference; NULL: none. */
MC_RECORD *McIndexFindExact(ULONG_PTR Address);
/* The same, for its free. *Begun: it is an owned block that was live, and is freeing now. */
MC_RECORD *McIndexFindFree(ULONG_PTR Address, BOOLEAN *Begun);
/* A block starts there by the index, and its record says that it is nobody's: it is damaged. */
BOOLEAN McIndexOrphan(ULONG_PTR Address);
/* The block whose raw extent [User - Front, User + Size + Rear) holds Address, with a reference;
 * NULL: none. Of several, the one that is there now (McOutranks). */
MC_RECORD *McIndexFind(ULONG_PTR Address);
/* No block starts in the 2 MB around the address, nor reaches into them without being large: a
 * glance at one word, at any time and IRQL. FALSE: perhaps one does. */
BOOLEAN McIndexIsEmpty(ULONG_PTR Address);
/*
 * Plain blocks, not in making, whose raw extent meets [First, Last], each with a reference; gives
 * how many, at most MC_OVERLAPS: mark them as gone and ask again, until there are none. Of an
 * extent of more than MEMCHECK_LARGE_PAGES pages only the large blocks are found (McPlainStale sees
 * to the others).
 */
#define MC_OVERLAPS 8u
ULONG McIndexOverlaps(ULONG_PTR First, ULONG_PTR Last, MC_RECORD **Found);
BOOLEAN McpIsValidIndex(VOID); /* all invariants; PASSIVE_LEVEL, nobody else inside; for tests */

/* ---- neighbours.c: what lies beside an address ---- */

/*
 * The nearest block whose raw extent ends below Address (begins above it), with a reference; NULL:
 * none that ends (begins) in the page of the byte there or the next one on.
 */
MC_RECORD *McIndexBefore(ULONG_PTR Address);
MC_RECORD *McIndexAfter(ULONG_PTR Address);

/* ---- large.c: insides of blocks of more than MEMCHECK_LARGE_PAGES pages, ordered by address ----
 */

BOOLEAN McLargeStart(VOID);
VOID McLargeStop(VOID);
BOOLEAN McIsLarge(const MC_RECORD *Record);
BOOLEAN McLargeReserve(VOID); /* room for one more; allocates, no lock held */
BOOLEAN McLargeInsert(MC_RECORD *Record);
VOID McLargeRemove(MC_RECORD *Record);
MC_RECORD *McLargeFind(ULONG_PTR Address); /* raw extent holds Address; with a reference */
/* A plain one, not in making, that meets [First, Last], with a reference; NULL: none. */
MC_RECORD *McLargeOverlap(ULONG_PTR First, ULONG_PTR Last);
/* The one whose raw extent begins nearest below (above) Address, without holding it, with a
 * reference; NULL: none. */
MC_RECORD *McLargeBefore(ULONG_PTR Address);
MC_RECORD *McLargeAfter(ULONG_PTR Address);
BOOLEAN McLargeAny(VOID); /* is there one at all? Without the lock, so only a hint */

/* ---- retired.c: what was at an address once; exact addresses, bounded, asked last ---- */

BOOLEAN McRetiredStart(VOID);
VOID McRetiredStop(VOID);
/* Remember these, but for those that are gone, in the lane's part of the table: its oldest are
 * forgotten, older ones of the same address replaced. */
struct _MC_LANE;
VOID McRetiredAdd(const struct _MC_LANE *Lane, MC_RECORD *const *Records, ULONG Count);
/* Copy out; FALSE: not there. */
BOOLEAN McRetiredFind(ULONG_PTR User, MC_BLOCK *Block);
/* The last one freed of those that an address was inside of: a walk over the newest entries. */
BOOLEAN McRetiredHolding(ULONG_PTR Address, MC_BLOCK *Block);
/* The address was handed out again without a record. */
VOID McRetiredForget(ULONG_PTR User);

/* ---- stack.c: call stacks, stored once each ---- */

BOOLEAN McStackStart(VOID); /* PASSIVE_LEVEL; FALSE: no memory */
VOID McStackStop(VOID);
/* Handle of these frames (1 to MC_STACK_MOST; CutAt as in MC_STACK), found or stored;
 * MC_STACK_LOST: no room (counted). No lock held; may allocate. */
ULONG McStackIntern(const ULONG_PTR *Frames, ULONG Count, KIRQL CutAt);

/* ---- site.c: call sites, stored once each ---- */

VOID McSiteStart(VOID);
VOID McSiteStop(VOID);
/* Handle of the site, found or made; 0: no memory (counted). The path is a part of what it is. No
 * lock held; may allocate. */
ULONG McSiteIntern(const MC_SITE *Site);
/* What a record says where the place of its free could not be stored: 0 is that it is not freed. */
#define MC_SITE_LOST 0xFFFFFFFFu
VOID McSiteCopy(ULONG Site, MC_SITE *Copy); /* of 0, or lost: all empty */
ULONG McSiteLast(VOID); /* handles up to this one can be looked at now; no lock held */
/* What became of the plain blocks of a site; 0 has none. Any thread, no lock. */
typedef struct _MC_SITE_PLAIN {
    volatile LONG Made;      /* allocated */
    volatile LONG Back;      /* freed through MemCheck */
    volatile LONG Elsewhere; /* handed over, or freed past MemCheck */
    volatile LONG Foreign;   /* frees here of memory that was not ours */
    volatile LONG Listed;    /* bits MC_LISTED_..., since the site was made or the lists changed */
    volatile LONG Judged;    /* watch.c: the last tag asked for here, and what was decided */
    volatile LONG Failed;    /* inject.c: the last round in which a request of it failed */
} MC_SITE_PLAIN;
#define MC_LISTED_OWNED  1
#define MC_LISTED_SYSTEM 2
#define MC_LISTED_WATCH  4
#define MC_LISTED_SKIP   8
#define MC_LISTED_FAIL   16
MC_SITE_PLAIN *McSitePlain(ULONG Site); /* NULL for 0 */
ULONG McSiteNext(ULONG After);          /* walk all sites; 0: no more */
/* Do two sites (not 0) differ by the path to them alone? */
BOOLEAN McSiteSamePlace(ULONG A, ULONG B);
/* The lists have changed, and nobody inside reads the old ones: judge each site anew. In an
 * operation, no lock held. */
VOID McSiteListAgain(VOID);

#include "operations.h"
#include "tally.h"

#endif
