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
 * layout.c decides the three numbers, and nothing else does.
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
 * 3. FINDING A RECORD
 *
 * index.c maps an address, exact or interior, to its record; large.c does so for the insides of
 * blocks of more than MEMCHECK_LARGE_PAGES pages; retired.c remembers blocks that are no longer
 * ours, by exact address, and is asked last. A record is in the index from making to leaving. A
 * look-up takes its reference under the lock of the shard, so the record cannot be reused while in
 * hand.
 *
 * 4. LOCKS
 *
 * Every lock is a leaf: no MemCheck lock is ever taken while another is held. Under one there is no
 * allocation, no call of the pool, no printing, no access to a driver's memory, and bounded work.
 * The locks: shard (index.c), large table (large.c), retired partition (retired.c), lane (lane.c:
 * spare records and quarantine queues), sites (site.c), deferred list (deferred.c).
 *
 * 5. IRQL
 *
 * Everything may run at <= DISPATCH_LEVEL. Memory of a paged block is touched only below it. Above
 * it no lock is taken at all: an allocation is not monitored, a free waits in a deferred slot.
 *
 * 6. OPERATIONS AND THE END
 *
 * Each public operation stands between McEnter and McLeave, which count it in its lane. EXIT closes
 * the gate in two steps: to new blocks, so that those there are can be counted as leaks, while
 * frees still go on; then to frees, so that the tables can go. After each it waits, below
 * DISPATCH_LEVEL and for a second at the most, until every lane's count has been seen at zero.
 *
 * 7. HOW TO CHANGE IT: docs/extending.md (a detector, a platform, an allocation routine).
 */
#ifndef MC_CORE_H
#define MC_CORE_H

#include "platform.h"
#include "finding.h"
#include "options.h"

/* Bits of a legacy POOL_TYPE, the same in all kits (wdm.h; the documentation for raise and quota,
 * which the kits before Vista do not name). */
#define MC_POOL_PAGED         0x001u
#define MC_POOL_MUST_SUCCEED  0x002u
#define MC_POOL_CACHE_ALIGNED 0x004u
#define MC_POOL_QUOTA_FAIL    0x008u
#define MC_POOL_RAISE         0x010u
#define MC_POOL_SESSION       0x020u

#define MC_PROTECTED_TAG 0x80000000u /* PROTECTED_POOL, bit 31 of a tag */

typedef struct _MC_RECORD {
    ULONG_PTR User;      /* the driver's address; User - Front is the raw block */
    SIZE_T Size;         /* bytes asked for */
    volatile LONG State; /* MC_STATE in the low 3 bits, references above: record.c */
    ULONG Front;
    ULONG Rear;
    ULONG Tag;      /* 0: by ExAllocatePool */
    ULONG PoolType; /* as the driver gave it */
    ULONG Number;   /* of the block, from 1 */
    ULONG Handle;   /* of this record, never changes, never 0 */
    ULONG Next;     /* handle of the next in the one list it is in; 0 ends a list */
    ULONG AllocateSite;
    ULONG FreeSite;
    ULONG AllocateThread;
    ULONG FreeThread;
    ULONG AllocateTicks;
    ULONG FreeTicks;
    UCHAR AllocateProcessor;
    UCHAR AllocateIrql;
    UCHAR FreeProcessor;
    UCHAR FreeIrql;
    UCHAR Spare[4];
    volatile LONG Noted; /* damage of this block was reported, bits MC_NOTED_... */
    ULONG IntactCheck;   /* number of the last check that found it intact */
    ULONG IntactTicks;
    ULONG Filled; /* quarantined: first bytes filled; if less than Size, the last 64 too */
} MC_RECORD;

#define MC_NOTED_FRONT 1
#define MC_NOTED_REAR  2
#define MC_NOTED_FILL  4

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
BOOLEAN McLayout(SIZE_T Size, ULONG PoolType, BOOLEAN Owned, ULONG Redzone, ULONG CacheLine,
                 MC_LAYOUT_PLAN *Plan);

/* ---- bytes.c: copy, fill, compare that no compiler turns into a call ---- */

VOID McBytesCopy(VOID *To, const VOID *From, SIZE_T Length);
VOID McBytesZero(VOID *To, SIZE_T Length);

/* ---- pattern.c: what guard bytes and freed bytes look like; pure but for Mc.Secret ---- */

#define MC_GUARD_NIBBLE 0xB0 /* a guard byte is 0xB0 to 0xBF, which depends on its address */
#define MC_FILL_BYTE    0xA7 /* non-canonical as an address at any offset, on 64-bit */
#define MC_FILL_TAIL    64u  /* of a block not filled whole, the last bytes that are */

VOID McPatternStart(ULONG_PTR Secret);
UCHAR McGuardByte(ULONG_PTR Address);
VOID McGuardWrite(ULONG_PTR Address, SIZE_T Length);
BOOLEAN McGuardIntact(ULONG_PTR Address, SIZE_T Length);
VOID McFillWrite(ULONG_PTR Address, SIZE_T Length);
BOOLEAN McFillIntact(ULONG_PTR Address, SIZE_T Length);

/* ---- record.c: records, handles, states, references ---- */

#define MC_STATE_MASK    7
#define MC_ONE_REFERENCE 8

/* PASSIVE_LEVEL. FALSE: no memory. */
BOOLEAN McRecordStart(VOID);
VOID McRecordStop(VOID);
/* More records, linked through Next, first handle; 0: no memory. No lock held; allocates. */
ULONG McRecordGrow(VOID);
/* The record of a handle below McRecordLimit(), or NULL. Any IRQL <= DISPATCH, any lock. */
MC_RECORD *McRecordAt(ULONG Handle);
ULONG McRecordLimit(VOID); /* handles 1 .. limit - 1 exist */
MC_STATE McRecordState(const MC_RECORD *Record);
/* From one state to another, references kept; FALSE if it was not in From. */
BOOLEAN McRecordMove(MC_RECORD *Record, MC_STATE From, MC_STATE To);
/* quarantined -> leaving only if nobody references it. */
BOOLEAN McRecordEvict(MC_RECORD *Record);
/* A reference, if it is live, freeing, quarantined or leaving (whoever made it leave holds one
 * until it is out of the index). Not in making: that allocation may still be undone. Any lock may
 * be held. */
BOOLEAN McRecordReference(MC_RECORD *Record);
/* A reference only to a block whose bytes may be verified now: live or quarantined. */
BOOLEAN McRecordReferenceBytes(MC_RECORD *Record);
/* Give a reference back; no lock held. The last one on a leaving record releases its memory. */
VOID McRecordRelease(MC_RECORD *Record);
/* What is known, as a finding wants it; a reference (or the shard's lock) is held. */
VOID McRecordCopy(const MC_RECORD *Record, MC_BLOCK *Block);
/* Invariants of one record in hand; for tests and debug builds. */
BOOLEAN McpIsValidRecord(const MC_RECORD *Record);

/* ---- index.c: from an address to its record ---- */

/*
 * A hash of one-line buckets, divided into shards by address >> 21, a lock each. Two kinds of slot:
 * a start (the 512-byte cell of User, its position there, the handle), and a mark in each further
 * page that the raw block touches, unless it is large. Lock-free for nobody: every call takes the
 * locks of the shards concerned, one after the other, never two at once.
 */
BOOLEAN McIndexStart(VOID); /* PASSIVE_LEVEL; FALSE: no memory */
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
/* The block whose raw extent [User - Front, User + Size + Rear) holds Address, with a reference;
 * NULL: none. One whose User is Address exactly comes first (blocks of 0 bytes). */
MC_RECORD *McIndexFind(ULONG_PTR Address);
BOOLEAN McpIsValidIndex(VOID); /* all invariants; PASSIVE_LEVEL, nobody else inside; for tests */

/* ---- large.c: insides of blocks of more than MEMCHECK_LARGE_PAGES pages, ordered by address ----
 */

BOOLEAN McLargeStart(VOID);
VOID McLargeStop(VOID);
BOOLEAN McIsLarge(const MC_RECORD *Record);
BOOLEAN McLargeReserve(VOID); /* room for one more; allocates, no lock held */
BOOLEAN McLargeInsert(MC_RECORD *Record);
VOID McLargeRemove(MC_RECORD *Record);
MC_RECORD *McLargeFind(ULONG_PTR Address); /* raw extent holds Address; with a reference */

/* ---- retired.c: what was at an address once; exact addresses, bounded, asked last ---- */

BOOLEAN McRetiredStart(VOID);
VOID McRetiredStop(VOID);
/* Remember; the oldest (of its part of the table) is forgotten, an older entry of the same address
 * replaced. */
VOID McRetiredAdd(const MC_RECORD *Record);
/* Copy out; FALSE: not there. */
BOOLEAN McRetiredFind(ULONG_PTR User, MC_BLOCK *Block);
/* The address was handed out again without a record. */
VOID McRetiredForget(ULONG_PTR User);

/* ---- site.c: call sites, stored once each ---- */

BOOLEAN McSiteStart(VOID);
VOID McSiteStop(VOID);
/* Handle of the site, found or made; 0: no memory (counted). No lock held; may allocate. */
ULONG McSiteIntern(const char *File, ULONG Line, const char *Function, ULONG_PTR ReturnAddress);
VOID McSiteCopy(ULONG Site, MC_SITE *Copy); /* of 0: all empty */
/* For the summary of leaks at exit, one thread: add to a site; walk the sites that have any. */
VOID McSiteCountLeak(ULONG Site, SIZE_T Bytes);
ULONG McSiteNextLeak(ULONG After, ULONG *Count, SIZE_T *Bytes); /* 0: no more */

#include "operations.h"

#endif
