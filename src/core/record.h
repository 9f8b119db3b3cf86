/*
 * record.h - what is known of a block, its states, and who may hold on to it (record.c); included
 * by core.h alone, which says what records are for (1. and 2.).
 */
#ifndef MC_RECORD_H
#define MC_RECORD_H

typedef struct _MC_RECORD {
    ULONG_PTR User;      /* the driver's address; User - Front is the raw block */
    SIZE_T Size;         /* bytes asked for */
    volatile LONG State; /* MC_STATE_CODE, and references: record.c */
    USHORT Front;
    USHORT Rear;
    USHORT Check;     /* of what does not change while it is a block's: McRecordSeal */
    USHORT FreeCheck; /* of what its free has stored: McRecordSealFree */
    ULONG Tag;        /* 0: by a routine without one */
    ULONG PoolType;   /* as the driver gave it, or the low half of its POOL_FLAGS */
    ULONG Number;     /* of the block, from 1 */
    ULONG Next;       /* handle of the next in the one list it is in; 0 ends a list */
    ULONG Handle;     /* of this record, never changes, never 0; so far behind that before the first
                         record of a segment guard bytes are read for it (McRecordOf) */
    ULONG AllocateSite;
    volatile ULONG FreeSite; /* 0: not freed. The rest of its free is there before; MC_SITE_LOST */
    ULONG AllocateThread;
    ULONG FreeThread;
    ULONG AllocateTicks;
    ULONG FreeTicks;
    UCHAR AllocateProcessor;
    UCHAR AllocateIrql;
    UCHAR FreeProcessor;
    UCHAR FreeIrql;
    USHORT Attributes;          /* MC_PAGED and so on */
    UCHAR FreeRoutine;          /* MC_ROUTINE that freed it */
    volatile UCHAR Intact;      /* MC_INTACT: who found it intact last, when IntactCheck is 0 */
    volatile LONG Noted;        /* bits MC_NOTED_..., by compare-exchange */
    volatile ULONG IntactCheck; /* number of the check that found it intact last: intact.c */
    volatile ULONG IntactTicks;
    ULONG Filled; /* quarantined: first bytes filled; if less than Size, the last 64 too. Plain:
                     never filled, the tag that its free gave */
} MC_RECORD;

#define MC_NOTED_FRONT 1 /* damage was reported */
#define MC_NOTED_REAR  2
#define MC_NOTED_FILL  4
#define MC_NOTED_GONE  8 /* plain: the memory is somebody else's now; no look-up sees the record */
/* Plain: its free has its word, and the record was right then. */
#define MC_NOTED_CLAIMED 16
#define MC_NOTED_TAKEN   32 /* plain, gone: its first byte was handed out again by the pool */
#define MC_NOTED_PLAIN   (MC_NOTED_GONE | MC_NOTED_CLAIMED | MC_NOTED_TAKEN)
#define MC_NOTED_ALL     (MC_NOTED_FRONT | MC_NOTED_REAR | MC_NOTED_FILL | MC_NOTED_PLAIN)

MC_INLINE BOOLEAN McIsPaged(const MC_RECORD *Record)
{
    return (Record->Attributes & MC_PAGED) != 0;
}

/* Without guard bytes in front, so that others may free it. */
MC_INLINE BOOLEAN McIsPlain(const MC_RECORD *Record)
{
    return Record->Front == 0;
}

/* A plain one whose memory is somebody else's: no look-up sees it. */
MC_INLINE BOOLEAN McIsGone(const MC_RECORD *Record)
{
    return (Record->Noted & MC_NOTED_GONE) != 0;
}

/*
 * A state stands in its word twice, beside a mark: a word that something else has written is none
 * of MemCheck's as good as always, and such a record is gone for everybody. References are between.
 */
#define MC_STATE_MASK        0x7fff0007
#define MC_STATE_CODE(State) ((LONG)((ULONG)(State)*0x01000001u + 0x28650000u))
#define MC_ONE_REFERENCE     8
#define MC_REFERENCES(State) ((ULONG)((State)&0xffff) >> 3)

VOID McRecordStop(VOID); /* PASSIVE_LEVEL; forgets the segments, which are own memory */
/* More records, linked through Next, first handle; 0: no memory. No lock held; allocates. */
ULONG McRecordGrow(VOID);
/*
 * Handle = segment, position: a record never moves. The first segments are reached by a table in
 * the driver's image, the others by tables in the pool, so that no allocation is large. Handle 0
 * names none, nor do the first and the last position of a segment: there lie the guard bytes of its
 * memory, three pages in all.
 */
#define MC_SEGMENT_BITS    7
#define MC_SEGMENT         (1u << MC_SEGMENT_BITS)
#define MC_SEGMENT_RECORDS (MC_SEGMENT - 2)
#define MC_FEW_SEGMENTS    1024u

extern MC_RECORD *McRecordFew[MC_FEW_SEGMENTS];
/* The segment of this number, from MC_FEW_SEGMENTS on; NULL: none. */
MC_RECORD *McRecordFar(ULONG Number);

/* Where the record of a handle is, which may be any number, without a look at it; NULL: nowhere. */
MC_INLINE MC_RECORD *McRecordPlace(ULONG Handle)
{
    const ULONG Index = Handle - 1;
    const ULONG Number = Index >> MC_SEGMENT_BITS;
    MC_RECORD *Segment = Number < MC_FEW_SEGMENTS ? McRecordFew[Number] : McRecordFar(Number);

    return Segment == 0 ? 0 : Segment + (Index & (MC_SEGMENT - 1));
}

/* The record of a handle, which may be any number; NULL: none has it. Whoever read the handle where
 * it was written after the record was made sees all of the record. Any IRQL <= DISPATCH, any lock.
 */
MC_INLINE MC_RECORD *McRecordOf(ULONG Handle)
{
    MC_RECORD *Record = McRecordPlace(Handle);

    return Record != 0 && Record->Handle == Handle ? Record : 0;
}

/* The same of a number that was not read: below McRecordLimit(). */
MC_RECORD *McRecordAt(ULONG Handle);
ULONG McRecordLimit(VOID); /* what handles there are, is below; some numbers below are none */
MC_INLINE MC_STATE McStateOf(LONG Word)
{
    const LONG State = Word & 7;

    return (Word & MC_STATE_MASK) == MC_STATE_CODE(State) ? (MC_STATE)State : McStateGone;
}
MC_INLINE MC_STATE McRecordState(const MC_RECORD *Record)
{
    return McStateOf(Record->State);
}

/*
 * What a record says is believed, its block's memory touched and given back, only while these agree
 * with it: a sum of its words by odd numbers, which each word alone changes. Its handle is one of
 * them, so that another record's words do not pass here. Seal: in making, all of it being there.
 * SealFree: whoever frees it, or fills it.
 */
MC_INLINE USHORT McRecordCheck(const MC_RECORD *Record)
{
    const ULONG Sum =
        (ULONG)Record->User * 0x9E3779B1u + (ULONG)(Record->User >> 16 >> 16) * 0x85EBCA6Bu +
        (ULONG)Record->Size * 0xC2B2AE35u + (ULONG)(Record->Size >> 16 >> 16) * 0x27D4EB2Fu +
        Record->Front * 0x165667B1u + Record->Rear * 0xD3A2646Du + Record->Tag * 0x7FEB352Du +
        Record->PoolType * 0x846CA68Bu +
        (Record->Number ^ (ULONG)Record->Attributes << 16) * 0xA2AA033Bu +
        Record->AllocateSite * 0x62992FC1u + Record->Handle * 0x5851F42Du + MC_SEAL;

    return (USHORT)(Sum ^ Sum >> 16);
}
MC_INLINE USHORT McRecordFreeCheck(const MC_RECORD *Record)
{
    const ULONG Sum = Record->Filled * 0x9E3779B1u + Record->FreeRoutine * 0x85EBCA6Bu + MC_SEAL;

    return (USHORT)(Sum ^ Sum >> 16);
}
MC_INLINE VOID McRecordSealFree(MC_RECORD *Record)
{
    Record->FreeCheck = McRecordFreeCheck(Record);
}
MC_INLINE VOID McRecordSeal(MC_RECORD *Record)
{
    Record->Check = McRecordCheck(Record);
    McRecordSealFree(Record);
}
MC_INLINE BOOLEAN McRecordIsSound(const MC_RECORD *Record)
{
    return (BOOLEAN)(Record->Check == McRecordCheck(Record) &&
                     (Record->Noted &
                      ~(Record->Front == 0 ? MC_NOTED_ALL : MC_NOTED_ALL & ~MC_NOTED_PLAIN)) == 0);
}
/* From one state to another, references kept; FALSE if it was not in From. */
BOOLEAN McRecordMove(MC_RECORD *Record, MC_STATE From, MC_STATE To);
/* Into a state out of gone or making, or to gone: nobody else changes the word, as nobody can take
 * a reference, or has one. What was written before is seen by who sees the state. */
VOID McRecordSet(MC_RECORD *Record, MC_STATE To);
/* live -> freeing with a reference, in one step; FALSE if it was not live. */
BOOLEAN McRecordBegin(MC_RECORD *Record);
/* freeing -> quarantined, and the caller's reference given up, in one step. The record is the
 * freeing thread's, so it is in freeing. What was written before is seen by who sees the state. */
VOID McRecordHold(MC_RECORD *Record);
/* Of a leaving record that is out of the index: is the caller's reference the last one? Then it
 * stays so, as nobody finds the record any more. */
BOOLEAN McRecordAlone(const MC_RECORD *Record);
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
/* No look-up has found a block at User. Has it a record all the same, or is any damaged that may be
 * its? A walk over all of them, without a lock; <= DISPATCH_LEVEL. */
BOOLEAN McRecordLost(ULONG_PTR User);
/* What is known, as a finding wants it; a reference (or the shard's lock) is held. */
VOID McRecordCopy(const MC_RECORD *Record, MC_BLOCK *Block);
/* Invariants of one record in hand; for tests and debug builds. */
BOOLEAN McpIsValidRecord(const MC_RECORD *Record);

#endif
