/*
 * test_own_tables.c - MemCheck's own memory, written over past the guard bytes around it: what
 * stands in records and tables is not believed, nor followed, where it does not agree with itself.
 * Each test writes over one thing, looks what is said, and puts back what was there.
 */
#include "kernel_test.h"

#ifdef MEMCHECK_ON
#ifdef KT_SIM_WORLD
#include "index.h"

#include <stddef.h>
#include <string.h>

/* The checker that tests/naive puts in MemCheck's place has none of these. */
#pragma weak McBucketsHop
#pragma weak McOptions
#pragma weak McIndexFindExact
#pragma weak McIndexShard
#pragma weak McIndexShardAt
#pragma weak McOwnBroken
#pragma weak McRecordFar
#pragma weak McRecordFew
#pragma weak McRecordRelease
#pragma weak McSiteCopy
#pragma weak McSiteIntern
#pragma weak McStackIntern
#pragma weak McStackRead

#define KTP_BLOCKS  4000 /* tables have grown beyond their first lines then */
#define KTP_SECONDS 30   /* for a walk that should end at once */

/* ---- what there is in own memory ---- */

typedef struct _KTP_WANTED KTP_WANTED;
struct _KTP_WANTED {
    BOOLEAN (*Fits)(const KTP_WANTED *Wanted, const ULONG_PTR *Word);
    ULONG_PTR First, Second; /* words, one behind the other */
    ULONG_PTR Mask;          /* what of the second is looked at */
    ULONG TagAt;             /* KT_TAG is there, as words of 32 bits; 0: that is not looked at */
    ULONG_PTR *Found;        /* the first of them; NULL: nowhere */
};

static void KtpSearch(const SIM_BLOCK *Block, PVOID Context)
{
    KTP_WANTED *Wanted = Context;
    ULONG_PTR *Word = Block->Start;
    ULONG_PTR *End = Word + Block->Size / sizeof(*Word) - 1;

    for (; Block->Tag == SIM_OWN_TAG && Wanted->Found == NULL && Word < End; Word++) {
        if (Wanted->Fits(Wanted, Word)) {
            Wanted->Found = Word;
        }
    }
}

static BOOLEAN KtpAreThese(const KTP_WANTED *Wanted, const ULONG_PTR *Word)
{
    return (BOOLEAN)(Word[0] == Wanted->First && (Word[1] & Wanted->Mask) == Wanted->Second &&
                     (Wanted->TagAt == 0 || ((const ULONG *)Word)[Wanted->TagAt] == KT_TAG));
}

static ULONG_PTR *KtpFindLike(ULONG_PTR First, ULONG_PTR Second, ULONG_PTR Mask, ULONG TagAt)
{
    KTP_WANTED Wanted;

    Wanted.Fits = KtpAreThese;
    Wanted.First = First;
    Wanted.Second = Second;
    Wanted.Mask = Mask;
    Wanted.TagAt = TagAt;
    Wanted.Found = NULL;
    SimPoolEach(KtpSearch, &Wanted);
    return Wanted.Found;
}

/* Two words in any piece of own memory. */
static ULONG_PTR *KtpFind(ULONG_PTR First, ULONG_PTR Second)
{
    return KtpFindLike(First, Second, ~(ULONG_PTR)0, 0);
}

/* Looks find it, and the next one says it; of no block of the driver's. */
static VOID KtpSaid(MC_REASON Reason)
{
    KT_CHECK(MEM_CHECK() == 0);
    KT_CHECK(MEM_CHECK() == 0);
    KT_CHECK(KT_EXPECT(McKindOwnMemory)->Reason == Reason);
    KT_SILENT();
}

/* Nothing is known of P any more, or nothing that can be believed: its free is stopped. */
static VOID KtpFreeIsStopped(PUCHAR P)
{
    MEMCHECK_FREE_WITH_TAG(P, KT_TAG);
    KT_CHECK(KT_EXPECT(McKindOwnMemory)->Reason == McReasonOwnLost);
    KT_CHECK(SimPoolFind(P, NULL)); /* it is not given back */
}

/* ---- records ---- */

/* The record of P has been written over: a free of P is stopped. With the record as it was, P goes
 * as any other block. */
static VOID KtpFreeOfLost(PUCHAR P, MC_RECORD *Record, const MC_RECORD *Was)
{
    KtpFreeIsStopped(P);
    MEM_CHECK();
    KT_CHECK(KT_EXPECT(McKindOwnMemory)->Reason == McReasonOwnRecord);
    *Record = *Was;
    MEMCHECK_FREE_WITH_TAG(P, KT_TAG);
    KT_SILENT();
}

static MC_RECORD *KtpRecord(PUCHAR P)
{
    MC_RECORD *Record = McIndexFindExact((ULONG_PTR)P);

    if (Record != NULL) {
        McRecordRelease(Record);
    }
    return Record;
}

/* All but its handle, from a record that agrees with its check: two blocks of one place. */
static VOID own_record_over_another_is_not_believed(VOID)
{
    MC_RECORD *Record[2];
    PUCHAR P[2];
    MC_RECORD Was;
    ULONG Index;

    for (Index = 0; Index < 2; Index++) {
        P[Index] = KtAllocate(NonPagedPool, 100);
        KT_REQUIRE(P[Index] != NULL);
        Record[Index] = KtpRecord(P[Index]);
        KT_REQUIRE(Record[Index] != NULL);
    }
    Was = *Record[0];
    *Record[0] = *Record[1];
    Record[0]->Handle = Was.Handle;
    KtpFreeOfLost(P[0], Record[0], &Was);
    MEMCHECK_FREE_WITH_TAG(P[1], KT_TAG);
    KT_SILENT();
}

/* A state alone: of a block that is held back, in the record of one that nobody has freed. */
static VOID own_state_of_another_is_not_believed(VOID)
{
    PUCHAR P = KtAllocate(NonPagedPool, 100);
    PUCHAR Freed = KtAllocate(NonPagedPool, 100);
    MC_RECORD *Record, *Held;
    MC_RECORD Was;

    KT_REQUIRE(P != NULL && Freed != NULL);
    Record = KtpRecord(P);
    MEMCHECK_FREE_WITH_TAG(Freed, KT_TAG);
    Held = KtpRecord(Freed);
    KT_REQUIRE(Record != NULL && Held != NULL && McRecordState(Held) == McStateQuarantined);
    Was = *Record;
    Record->State = Held->State;
    KtpFreeOfLost(P, Record, &Was);
}

/* One block, and its record as it is. */
static MC_RECORD *KtpMake(PUCHAR *P, MC_RECORD *Was)
{
    MC_RECORD *Record;

    *P = KtAllocate(NonPagedPool, 100);
    Record = *P != NULL ? KtpRecord(*P) : NULL;
    if (Record != NULL) {
        *Was = *Record;
    }
    return Record;
}

/* One word of it: a check reads no byte by it. */
static VOID own_record_that_changed_is_not_looked_at(VOID)
{
    MC_RECORD *Record;
    MC_RECORD Was;
    PUCHAR P;

    Record = KtpMake(&P, &Was);
    KT_REQUIRE(Record != NULL);
    Record->Size += 8;
    KtpSaid(McReasonOwnRecord);
    *Record = Was;
    MEMCHECK_FREE_WITH_TAG(P, KT_TAG);
    KT_SILENT();
}

/* A free of a block whose record Change has written to. */
static VOID KtpFreeChanged(VOID (*Change)(MC_RECORD *Record))
{
    MC_RECORD *Record;
    MC_RECORD Was;
    PUCHAR P;

    Record = KtpMake(&P, &Was);
    KT_REQUIRE(Record != NULL);
    Change(Record);
    KtpFreeOfLost(P, Record, &Was);
}

static VOID KtpChangeFront(MC_RECORD *Record)
{
    Record->Front += KT_ALIGNMENT;
}

static VOID KtpChangeToBareState(MC_RECORD *Record)
{
    Record->State &= 0xFFFF;
}

static VOID KtpChangeToGone(MC_RECORD *Record)
{
    Record->State = MC_STATE_CODE(McStateGone);
}

/* And a free gives nothing back by it. */
static VOID own_record_that_changed_is_not_freed_by(VOID)
{
    KtpFreeChanged(KtpChangeFront);
}

/* A number that is a state's, without what stands beside it. */
static VOID own_state_alone_is_none(VOID)
{
    KtpFreeChanged(KtpChangeToBareState);
}

/* A spare record's state, which is a state like any other. */
static VOID own_state_gone_is_no_leave_to_free(VOID)
{
    KtpFreeChanged(KtpChangeToGone);
}

/* How much of a block that is held back is filled: what is behind that is not verified. */
static VOID own_record_of_a_held_block_is_not_believed(VOID)
{
    MC_RECORD *Record;
    MC_RECORD Was;
    PUCHAR P;

    Record = KtpMake(&P, &Was);
    KT_REQUIRE(Record != NULL);
    MEMCHECK_FREE_WITH_TAG(P, KT_TAG);
    KT_REQUIRE(KtpRecord(P) == Record && Record->Filled == 100);
    Was = *Record;
    Record->Filled += 8;
    KtpSaid(McReasonOwnRecord);
    *Record = Was;
    KtFlush(NonPagedPool);
    KT_SILENT();
    KT_CHECK(!SimPoolFind(P, NULL));
}

/* ---- many blocks ---- */

static PUCHAR KtpBlocks[KTP_BLOCKS];

static BOOLEAN KtpMakeMany(VOID)
{
    ULONG Index;

    for (Index = 0; Index < KTP_BLOCKS; Index++) {
        KtpBlocks[Index] = KtAllocate(NonPagedPool, 8);
        if (KtpBlocks[Index] == NULL) {
            return FALSE;
        }
    }
    return TRUE;
}

static VOID KtpFreeMany(VOID)
{
    ULONG Index;

    for (Index = 0; Index < KTP_BLOCKS; Index++) {
        MEMCHECK_FREE_WITH_TAG(KtpBlocks[Index], KT_TAG);
    }
}

#define KTP_FAR_RECORDS (MC_FEW_SEGMENTS * MC_SEGMENT_RECORDS + 1)

/* A segment that is reached by a table in the pool. */
static VOID own_segment_without_its_twin_is_not_followed(VOID)
{
    static PUCHAR P[KTP_FAR_RECORDS];
    ULONG_PTR *Entry;
    MC_RECORD *Far;
    ULONG Index;

    SimWatchdog(SIM_NO_WATCHDOG); /* under Valgrind it takes its time */
    for (Index = 0; Index < KTP_FAR_RECORDS; Index++) {
        P[Index] = KtAllocate(NonPagedPool, 8);
        KT_REQUIRE(P[Index] != NULL);
    }
    Far = McRecordFar(MC_FEW_SEGMENTS);
    KT_REQUIRE(Far != NULL);
    Entry = KtpFind((ULONG_PTR)Far, MC_TWIN(Far));
    KT_REQUIRE(Entry != NULL);
    Entry[0] = (ULONG_PTR)McRecordFew[0];
    KtpSaid(McReasonOwnRecord);
    Entry[0] = (ULONG_PTR)Far;
    for (Index = 0; Index < KTP_FAR_RECORDS; Index++) {
        MEMCHECK_FREE_WITH_TAG(P[Index], KT_TAG);
    }
    KT_SILENT();
}

/* ---- the page index ---- */

/* The slot of the start of a block. */
static MC_SLOT *KtpSlot(ULONG_PTR User, ULONG Handle)
{
    MC_SHARD *Shard = McIndexShard(User);
    MC_LINE *Line = McBucketsFirst(Shard, MC_KEY(User));
    ULONG Index;

    for (; Line != NULL; Line = McBucketsNext(Shard, Line)) {
        for (Index = 0; Index < MC_LINE_SLOTS; Index++) {
            if (Line->Slots[Index].Handle == Handle && Line->Slots[Index].Key == MC_KEY(User)) {
                return &Line->Slots[Index];
            }
        }
    }
    return NULL;
}

/* The slot is gone, and with it whatever of the record Change says. */
static VOID KtpFreeWithoutSlot(VOID (*Change)(MC_RECORD *Record))
{
    MC_RECORD *Record;
    MC_SLOT *Slot;
    MC_SLOT Then;
    MC_RECORD Was;
    PUCHAR P;

    Record = KtpMake(&P, &Was);
    KT_REQUIRE(Record != NULL);
    Slot = KtpSlot((ULONG_PTR)P, Record->Handle);
    KT_REQUIRE(Slot != NULL);
    Then = *Slot;
    Slot->Key = Slot->Handle = Slot->Info = 0;
    Change(Record);
    KtpFreeIsStopped(P);
    *Slot = Then;
    *Record = Was;
    MEMCHECK_FREE_WITH_TAG(P, KT_TAG);
    MEM_CHECK();
    KT_CHECK(KT_EXPECT(McKindOwnMemory)->Reason == McReasonOwnRecord);
    KT_SILENT();
}

static VOID KtpChangeNothing(MC_RECORD *Record)
{
    (void)Record;
}

static VOID KtpChangeUser(MC_RECORD *Record)
{
    Record->User += 0x100000;
}

static VOID KtpChangeState(MC_RECORD *Record)
{
    Record->State = 0;
}

static VOID own_block_that_is_not_in_the_index_is_not_passed_on(VOID)
{
    KtpFreeWithoutSlot(KtpChangeNothing);
}

/* It may be the driver's block whose record that is. */
static VOID own_block_whose_record_is_lost_too_is_not_passed_on(VOID)
{
    KtpFreeWithoutSlot(KtpChangeUser);
}

static VOID own_block_whose_state_is_lost_too_is_not_passed_on(VOID)
{
    KtpFreeWithoutSlot(KtpChangeState);
}

/* A chain of more than one line: the last line, and its name, in the one before. */
static MC_LINE *KtpLastLine(MC_SHARD *Shard, ULONG *Name, ULONG_PTR *User)
{
    MC_LINE *Line = NULL;
    MC_LINE *First;
    ULONG Bucket;

    *Name = 0;
    for (Bucket = 0; Bucket < Shard->Used && *Name == 0; Bucket++) {
        First = McLineAt(&Shard->Buckets, Bucket);
        for (Line = First; Line->Next != 0; Line = McBucketsAlong(Shard, Line)) {
            *Name = Line->Next;
            *User = McRecordOf(First->Slots[0].Handle)->User;
        }
    }
    return *Name != 0 ? Line : NULL;
}

/* The line goes on where it cannot: whoever walks there cuts the chain, and nothing is lost. */
static VOID KtpWalkOn(BOOLEAN Ring)
{
    MC_LINE *Last = NULL;
    ULONG_PTR User = 0;
    ULONG Name = 0;
    ULONG Shard;

    KT_REQUIRE(KtpMakeMany());
    for (Shard = 0; Shard < MC_SHARDS && Last == NULL; Shard++) {
        Last = KtpLastLine(McIndexShardAt(Shard), &Name, &User);
    }
    KT_REQUIRE(Last != NULL);
    SimWatchdog(KTP_SECONDS);
    Last->Next = Ring ? Name : 0x07FFFFF0u;
    MEM_DESCRIBE((PVOID)(User + 1)); /* no block starts there: all of the chain is asked */
    KT_CHECK(KT_EXPECT(McKindDescribe)->Block.User == User);
    KT_CHECK(Last->Next == 0);
    KtpSaid(McReasonOwnIndex);
    KtpFreeMany();
    KT_SILENT();
}

static VOID own_ring_of_the_index_ends(VOID)
{
    KtpWalkOn(TRUE);
}

static VOID own_line_that_is_none_is_not_followed(VOID)
{
    KtpWalkOn(FALSE);
}

/* Does nothing leave the bucket that is split next, and does its chain have more than one line? */
static BOOLEAN KtpNothingMoves(MC_SHARD *Shard, MC_LINE **Last, ULONG *Name)
{
    const ULONG To = Shard->Used;
    const ULONG Mask = To > Shard->Mask ? Shard->Mask * 2 + 1 : Shard->Mask;
    MC_LINE *Line = McLineAt(&Shard->Buckets, To & (Mask >> 1));
    ULONG Index;

    *Name = 0;
    for (; Line != NULL; Line = McBucketsAlong(Shard, Line)) {
        for (Index = 0; Index < MC_LINE_SLOTS && Line->Slots[Index].Handle != 0; Index++) {
            if ((McHash(Line->Slots[Index].Key) & Mask) == To) {
                return FALSE;
            }
        }
        *Last = Line;
        if (Line->Next != 0) {
            *Name = Line->Next;
        }
    }
    return (BOOLEAN)(*Name != 0);
}

/* One block more, while the chain that its bucket is split from is a ring. TRUE: it was split. */
static BOOLEAN KtpSplitRing(MC_SHARD *Shard, PUCHAR *P)
{
    const ULONG Used = Shard->Used;
    MC_LINE *Last;
    ULONG Name;

    if (Shard->Slots != Used * McBucketLoad(Shard) || Used == Shard->Buckets.Count ||
        !KtpNothingMoves(Shard, &Last, &Name)) {
        *P = KtAllocate(NonPagedPool, 8);
        return FALSE;
    }
    Last->Next = Name;
    *P = KtAllocate(NonPagedPool, 8);
    if (Last->Next == Name) {
        Last->Next = 0; /* nobody has walked there */
    }
    return (BOOLEAN)(Shard->Used > Used);
}

static VOID own_ring_does_not_hold_up_a_split(VOID)
{
    MC_SHARD *Shard = NULL;
    BOOLEAN Seen = FALSE;
    ULONG Index;

    SimWatchdog(KTP_SECONDS);
    for (Index = 0; Index < KTP_BLOCKS; Index++) {
        Seen |= Index != 0 && KtpSplitRing(Shard, &KtpBlocks[Index]);
        if (Index == 0) {
            KtpBlocks[0] = KtAllocate(NonPagedPool, 8);
        }
        KT_REQUIRE(KtpBlocks[Index] != NULL);
        Shard = McIndexShard((ULONG_PTR)KtpBlocks[Index]);
    }
    KT_CHECK(Seen);
    KtpFreeMany();
    MEM_CHECK();
    KtAllow(McKindOwnMemory); /* where the block itself went into the ring */
    KT_SILENT();
}

/* Lines in the pool that are reached through the pool. */
static VOID own_lines_without_their_twin_are_not_followed(VOID)
{
    static MC_LINE Empty[MC_PIECE_LINES];
    MC_SHARD *Shard = NULL;
    ULONG_PTR User;
    MC_TWINNED *Leaf;
    MC_TWINNED Then;
    MC_LINE *Piece;
    ULONG Index;

    KT_REQUIRE(KtpMakeMany());
    for (Index = 0; Index < MC_SHARDS; Index++) {
        if (McIndexShardAt(Index)->Buckets.Count > MC_PIECE_LINES) {
            Shard = McIndexShardAt(Index);
        }
    }
    KT_REQUIRE(Shard != NULL);
    Leaf = &Shard->Buckets.Leaves[0][0];
    Piece = Leaf->Pointer;
    for (Index = 0; Index < MC_PIECE_LINES && Piece[Index].Slots[0].Handle == 0; Index++) {
    }
    KT_REQUIRE(Index < MC_PIECE_LINES);
    User = McRecordOf(Piece[Index].Slots[0].Handle)->User;
    Then = *Leaf;
    Leaf->Pointer = Empty;
    KtpFreeIsStopped((PUCHAR)User);
    KT_CHECK(MEM_CHECK() == 0);
    KT_CHECK(KT_EXPECT(McKindOwnMemory)->Reason == McReasonOwnRecord);
    KT_CHECK(KT_EXPECT(McKindOwnMemory)->Reason == McReasonOwnIndex);
    *Leaf = Then;
    KtpFreeMany();
    KT_SILENT();
}

/* A line of those that are free, which something has been written to: it is not used. */
static VOID own_free_line_that_is_not_empty_is_not_used(VOID)
{
    MC_SHARD *Shard = NULL;
    ULONG Index;
    ULONG Free;

    KT_REQUIRE(KtpMakeMany());
    KtpFreeMany();
    KtFlush(NonPagedPool);
    for (Index = 0; Index < MC_SHARDS; Index++) {
        if (McIndexShardAt(Index)->Free != 0) {
            Shard = McIndexShardAt(Index);
        }
    }
    KT_REQUIRE(Shard != NULL);
    Free = Shard->Free;
    McLineAt(&Shard->Overflow, Free - 1)->Slots[0].Handle = 7;
    KT_REQUIRE(KtpMakeMany());
    KT_CHECK(Shard->Free != Free); /* it was wanted */
    KtpSaid(McReasonOwnIndex);
    KtpFreeMany();
    KT_SILENT();
}

/* ---- the retired ---- */

#define KTP_RETIRED_TAG (2 * sizeof(PVOID) / sizeof(ULONG) + 2) /* place of the tag in an entry */

/* Of a block that was freed, and has left: what is remembered of it, as words of 32 bits. */
static ULONG *KtpRetire(PUCHAR *P)
{
    *P = KtAllocate(NonPagedPool, 104);
    if (*P == NULL) {
        return NULL;
    }
    MEMCHECK_FREE_WITH_TAG(*P, KT_TAG);
    KtFlush(NonPagedPool);
    return (ULONG *)KtpFindLike((ULONG_PTR)*P, 104, ~(ULONG_PTR)0, KTP_RETIRED_TAG);
}

static VOID own_entry_of_a_freed_block_that_changed_is_not_told(VOID)
{
    const MC_FINDING *Finding;
    ULONG *Entry;
    PUCHAR P;

    Entry = KtpRetire(&P);
    KT_REQUIRE(Entry != NULL);
    MEM_DESCRIBE(P);
    KT_CHECK(KT_EXPECT(McKindDescribe)->Block.Tag == KT_TAG);
    Entry[KTP_RETIRED_TAG] ^= 1;
    MEM_DESCRIBE(P);
    Finding = KT_EXPECT(McKindDescribe);
    KT_CHECK(Finding->Block.Number == 0 && Finding->Block.Tag == 0);
    KtpSaid(McReasonOwnRetired);
}

/* As retired.c has it: which chain an address is in. Heads: a power of two. */
static ULONG KtpRetiredHead(ULONG_PTR User, ULONG Heads)
{
    return McMix((ULONG)(User >> 3) ^ ((ULONG)(User >> 16 >> 16) << 16)) & (Heads - 1);
}

/* The entry of P is the first of a chain; Next: where it says how that goes on, Other: an address
 * of the same chain where nothing is, nor was. */
static ULONG *KtpRetiredChain(PVOID *Other)
{
    ULONG Heads = 1, Head, Index;
    ULONG_PTR At;
    ULONG *Entry;
    PUCHAR P;

    while (Heads < McOptions.Retired) {
        Heads *= 2;
    }
    Entry = KtpRetire(&P);
    if (Entry == NULL) {
        return NULL;
    }
    Head = KtpRetiredHead((ULONG_PTR)P, Heads);
    for (At = (ULONG_PTR)P + 0x10000000u; KtpRetiredHead(At, Heads) != Head; At += 8) {
    }
    *Other = (PVOID)At;
    for (Index = KTP_RETIRED_TAG + 1; Index < 32 && Entry[Index] != Head; Index++) {
    }
    return Index == 32 ? NULL : &Entry[Index + 1]; /* NULL: an entry is laid out otherwise now */
}

static VOID own_entry_that_is_none_is_not_followed(VOID)
{
    PVOID Other;
    ULONG *Next = KtpRetiredChain(&Other);

    KT_REQUIRE(Next != NULL);
    *Next = 0x000FFFF1u;
    MEM_DESCRIBE(Other);
    KT_EXPECT(McKindDescribe);
    KtpSaid(McReasonOwnRetired);
    *Next = 0;
}

/* Whatever the number: one of them is the entry's own. */
static VOID own_ring_of_freed_blocks_ends(VOID)
{
    PVOID Other;
    ULONG *Next = KtpRetiredChain(&Other);
    ULONG Name;

    KT_REQUIRE(Next != NULL);
    SimWatchdog(KTP_SECONDS);
    for (Name = 1; Name <= 64; Name++) {
        *Next = Name;
        MEM_DESCRIBE(Other);
        KT_EXPECT(McKindDescribe);
    }
    *Next = 0;
    MEM_CHECK();
    KtAllow(McKindOwnMemory);
}

/* ---- call sites and stacks ---- */

static const char KtpFile[] = "own.c";
static const char KtpFunction[] = "KtpPlace";

static ULONG KtpIntern(ULONG Line)
{
    MC_SITE Site = {KtpFile, KtpFunction, 0, 0, 0};

    Site.Line = Line;
    return McSiteIntern(&Site);
}

/* Its names are read in a report. */
static VOID own_place_that_changed_is_not_told(VOID)
{
    const ULONG Handle = KtpIntern(1);
    ULONG_PTR *Entry = KtpFind((ULONG_PTR)KtpFile, (ULONG_PTR)KtpFunction);
    MC_SITE Site;

    KT_REQUIRE(Handle != 0 && Entry != NULL);
    McSiteCopy(Handle, &Site);
    KT_CHECK(Site.File == KtpFile && Site.Line == 1);
    Entry[1] = 1;
    McSiteCopy(Handle, &Site);
    KT_CHECK(Site.File == NULL && Site.Function == NULL && Site.Line == 0);
    KtpSaid(McReasonOwnPlace);
    Entry[1] = (ULONG_PTR)KtpFunction;
}

/* As site.c has it: behind the site stands which one is next in its chain. */
static VOID own_ring_of_places_ends(VOID)
{
    const ULONG Places = 16000; /* some are in the same chain */
    const ULONG Handle = KtpIntern(1);
    ULONG_PTR *Entry = KtpFind((ULONG_PTR)KtpFile, (ULONG_PTR)KtpFunction);
    volatile ULONG *Next;
    ULONG Line;

    KT_REQUIRE(Handle != 0 && Entry != NULL);
    Next = (ULONG *)((MC_SITE *)Entry + 1);
    SimWatchdog(KTP_SECONDS);
    *Next = Handle;
    for (Line = 2; Line <= Places; Line++) {
        KT_CHECK(KtpIntern(Line) != 0);
    }
    *Next = 0;
    KtpSaid(McReasonOwnPlace);
}

static ULONG KtpInternStack(ULONG_PTR First)
{
    ULONG_PTR Frames[3];

    Frames[0] = First;
    Frames[1] = First + 1;
    Frames[2] = First + 2;
    return McStackIntern(Frames, 3, 0);
}

/* The frames of a stack, where they are stored; NULL: there is none. */
static ULONG_PTR *KtpFrames(ULONG Handle)
{
    MC_STACK Stack;

    McStackRead(Handle, &Stack);
    return Stack.Count == 3 ? (ULONG_PTR *)Stack.Frames : NULL;
}

static VOID own_stack_that_changed_is_not_told(VOID)
{
    const ULONG Handle = KtpInternStack(1000);
    ULONG_PTR *Frames = KtpFrames(Handle);

    KT_REQUIRE(Frames != NULL);
    Frames[1] ^= 8;
    KT_CHECK(KtpFrames(Handle) == NULL);
    KtpSaid(McReasonOwnPlace);
    Frames[1] ^= 8;
    KT_CHECK(KtpFrames(Handle) == Frames);
}

/* As stack.c has it: before the frames. */
typedef struct _KTP_STACK {
    ULONG Next;
    ULONG Hash;
    USHORT Count;
    USHORT CutAt;
    ULONG_PTR Frame[3];
} KTP_STACK;

static VOID own_ring_of_stacks_ends(VOID)
{
    const ULONG Stacks = 8000; /* some are in the same chain */
    const ULONG Handle = KtpInternStack(1000);
    volatile KTP_STACK *Entry;
    ULONG Index;

    KT_REQUIRE(KtpFrames(Handle) != NULL);
    Entry = (KTP_STACK *)((PUCHAR)KtpFrames(Handle) - offsetof(KTP_STACK, Frame));
    SimWatchdog(KTP_SECONDS);
    Entry->Next = Handle;
    for (Index = 1; Index <= Stacks; Index++) {
        KtpInternStack(1000 + Index * 8);
    }
    Entry->Next = 0;
    KtpSaid(McReasonOwnPlace);
}

#define KTP_STACK_SEGMENT 16384u

/* A pointer beside its twin, to the segment of stacks that First is in. */
static BOOLEAN KtpLeadsThere(const KTP_WANTED *Wanted, const ULONG_PTR *Word)
{
    return (BOOLEAN)(Wanted->First - Word[0] < KTP_STACK_SEGMENT && Word[1] == MC_TWIN(Word[0]));
}

/* Even if all in it looks right. */
static VOID own_segment_of_stacks_without_its_twin_is_not_followed(VOID)
{
    static UCHAR Copy[KTP_STACK_SEGMENT];
    const ULONG Handle = KtpInternStack(1000);
    ULONG_PTR *Frames = KtpFrames(Handle);
    KTP_WANTED Wanted;
    ULONG_PTR Segment;

    KT_REQUIRE(Frames != NULL);
    Wanted.Fits = KtpLeadsThere;
    Wanted.First = (ULONG_PTR)Frames;
    Wanted.Found = NULL;
    SimPoolEach(KtpSearch, &Wanted);
    KT_REQUIRE(Wanted.Found != NULL);
    Segment = *Wanted.Found;
    memcpy(Copy, (PVOID)Segment, (ULONG_PTR)(Frames + 3) - Segment);
    *Wanted.Found = (ULONG_PTR)Copy;
    KT_CHECK(KtpFrames(Handle) == NULL);
    KtpSaid(McReasonOwnPlace);
    *Wanted.Found = Segment;
    KT_CHECK(KtpFrames(Handle) == Frames);
}

/* ---- lists of records ---- */

/* Spare by its list, and not by its state. */
static VOID own_spare_record_that_is_none_is_not_used(VOID)
{
    MC_RECORD *Record;
    MC_RECORD Was;
    ULONG Index;
    PUCHAR P;

    Record = KtpMake(&P, &Was);
    KT_REQUIRE(Record != NULL);
    MEMCHECK_FREE_WITH_TAG(P, KT_TAG);
    KtFlush(NonPagedPool);
    KT_REQUIRE(Record->State == MC_STATE_CODE(McStateGone));
    Record->State = 0;
    KT_REQUIRE(KtpMakeMany());
    for (Index = 0; Index < KTP_BLOCKS; Index++) {
        KT_CHECK(KtpRecord(KtpBlocks[Index]) != Record);
    }
    Record->State = MC_STATE_CODE(McStateGone);
    KtpSaid(McReasonOwnList);
    KtpFreeMany();
    KT_SILENT();
}

/* What is held back goes on with a block that is not: nothing is given back from there on, but by
 * EXIT. */
static VOID own_queue_that_goes_astray_is_left(VOID)
{
    MC_RECORD *Record[3];
    PUCHAR P[3];
    ULONG Index;

    for (Index = 0; Index < 3; Index++) {
        P[Index] = KtAllocate(NonPagedPool, 100);
        KT_REQUIRE(P[Index] != NULL);
        Record[Index] = KtpRecord(P[Index]);
        KT_REQUIRE(Record[Index] != NULL);
    }
    MEMCHECK_FREE_WITH_TAG(P[0], KT_TAG);
    MEMCHECK_FREE_WITH_TAG(P[1], KT_TAG);
    KT_REQUIRE(Record[0]->Next == Record[1]->Handle);
    Record[0]->Next = Record[2]->Handle;
    KtFlush(NonPagedPool);
    KT_CHECK(SimPoolFind(P[1], NULL) && SimPoolFind(P[2], NULL));
    KtpSaid(McReasonOwnList);
    MEMCHECK_FREE_WITH_TAG(P[2], KT_TAG);
    KtExit();
    KT_CHECK(!SimPoolFind(P[1], NULL));
}

/* ---- the list of own memory ---- */

static void KtpFirstOwn(const SIM_BLOCK *Block, PVOID Context)
{
    SIM_BLOCK *First = Context;

    if (Block->Tag == SIM_OWN_TAG && First->Start == NULL) {
        *First = *Block;
    }
}

/* The list's entry of a piece: where it begins, then its size. */
static ULONG_PTR *KtpEntry(VOID)
{
    SIM_BLOCK First = {0};

    SimPoolEach(KtpFirstOwn, &First);
    return KtpFindLike((ULONG_PTR)First.Start, First.Size, 0xFFFFFFFFu, 0);
}

/* No byte is verified, nor written anew, by an entry that has changed. */
static VOID own_piece_whose_entry_changed_is_left_alone(VOID)
{
    ULONG_PTR *Entry = KtpEntry();
    ULONG_PTR Then;

    KT_REQUIRE(Entry != NULL);
    Then = Entry[1];
    Entry[1] += 64;
    KtpSaid(McReasonOwnPieces);
    Entry[1] = Then;
}

/* Nor is anything given back by it: the others are, and this one stays. */
static VOID own_piece_whose_entry_changed_is_not_given_back(VOID)
{
    ULONG_PTR *Entry = KtpEntry();
    SIM_BLOCK Left = {0};

    KT_REQUIRE(Entry != NULL);
    Entry[0] += 64;
    KtExit();
    KT_CHECK(KT_EXPECT(McKindOwnMemory)->Reason == McReasonOwnPieces);
    SimPoolEach(KtpFirstOwn, &Left);
    KT_CHECK(Left.Start != NULL);
}

#endif

const KT_TEST KtTestsOwnTables[] = {
#ifdef KT_SIM_WORLD
    KT_TEST_ROW(own_record_over_another_is_not_believed, KT_SIM),
    KT_TEST_ROW(own_state_of_another_is_not_believed, KT_SIM | KT_QUARANTINE),
    KT_TEST_ROW(own_record_that_changed_is_not_looked_at, KT_SIM),
    KT_TEST_ROW(own_record_that_changed_is_not_freed_by, KT_SIM),
    KT_TEST_ROW(own_state_alone_is_none, KT_SIM),
    KT_TEST_ROW(own_state_gone_is_no_leave_to_free, KT_SIM),
    KT_TEST_ROW(own_record_of_a_held_block_is_not_believed, KT_SIM | KT_QUARANTINE | KT_FILL),
    KT_TEST_ROW(own_segment_without_its_twin_is_not_followed, KT_SIM),
    KT_TEST_ROW(own_block_that_is_not_in_the_index_is_not_passed_on, KT_SIM),
    KT_TEST_ROW(own_block_whose_record_is_lost_too_is_not_passed_on, KT_SIM),
    KT_TEST_ROW(own_block_whose_state_is_lost_too_is_not_passed_on, KT_SIM),
    KT_TEST_ROW(own_ring_of_the_index_ends, KT_SIM),
    KT_TEST_ROW(own_line_that_is_none_is_not_followed, KT_SIM),
    KT_TEST_ROW(own_ring_does_not_hold_up_a_split, KT_SIM),
    KT_TEST_ROW(own_lines_without_their_twin_are_not_followed, KT_SIM),
    KT_TEST_ROW(own_free_line_that_is_not_empty_is_not_used, KT_SIM),
    KT_TEST_ROW(own_entry_of_a_freed_block_that_changed_is_not_told, KT_SIM | KT_RETIRED),
    KT_TEST_ROW(own_entry_that_is_none_is_not_followed, KT_SIM | KT_RETIRED),
    KT_TEST_ROW(own_ring_of_freed_blocks_ends, KT_SIM | KT_RETIRED),
    KT_TEST_ROW(own_place_that_changed_is_not_told, KT_SIM),
    KT_TEST_ROW(own_ring_of_places_ends, KT_SIM),
    KT_TEST_ROW(own_stack_that_changed_is_not_told, KT_SIM),
    KT_TEST_ROW(own_ring_of_stacks_ends, KT_SIM),
    KT_TEST_ROW(own_segment_of_stacks_without_its_twin_is_not_followed, KT_SIM),
    KT_TEST_ROW(own_spare_record_that_is_none_is_not_used, KT_SIM),
    KT_TEST_ROW(own_queue_that_goes_astray_is_left, KT_SIM | KT_QUARANTINE | KT_EXIT_FREES),
    KT_TEST_ROW(own_piece_whose_entry_changed_is_left_alone, KT_SIM),
    KT_TEST_ROW(own_piece_whose_entry_changed_is_not_given_back, KT_SIM | KT_TABLES_STAY),
#endif
    {NULL, NULL, 0}};

#endif
