/*
 * operation_model.h - what the driver of fuzz_operations.c has done, and so what MemCheck may
 * find, and what it must.
 *
 * The model knows every block the driver ever had, and every byte it changed where it must not.
 * Where a block's memory is, the simulated pool says (SimPoolFind): what MemCheck holds back is
 * still the pool's block of then. A finding that nothing here explains is a failure, and so is
 * damage that left MemCheck's hands unsaid, and a finding that an operation must make and did not.
 */
#ifndef OPERATION_MODEL_H
#define OPERATION_MODEL_H

#include "fuzz.h"

#define OP_BLOCKS  200 /* of one input, of all of its lives */
#define OP_CHANGES 12  /* bytes changed in one block */

typedef enum _OP_ZONE { OpFront, OpRear, OpFill, OpZones } OP_ZONE;

typedef struct _OP_BLOCK {
    UCHAR *P;
    SIZE_T Size;
    ULONG Tag;
    BOOLEAN Paged;
    BOOLEAN Live;      /* the driver has it */
    BOOLEAN Foreign;   /* another owner's, who has it */
    BOOLEAN Monitored; /* MemCheck knows it, live or held back */
    BOOLEAN Owned;
    BOOLEAN ForSystem;
    BOOLEAN Stale;    /* plain: gone where MemCheck did not see it */
    BOOLEAN Waits;    /* its free was made at an IRQL at which MemCheck could not carry it out */
    BOOLEAN Doubtful; /* its free met a stale record, and may have been taken for another's */
    BOOLEAN Told;     /* ... and that was said, as a possible double free */
    BOOLEAN Late;     /* MemCheck took a free of it for done that the pool refused */
    BOOLEAN AtExit;   /* MEM_CHECK_EXIT has freed it */
    BOOLEAN Readable; /* its bytes are the driver's pattern */
    UCHAR *Raw;       /* in the pool */
    SIZE_T RawSize;
    ULONGLONG Sequence;
    ULONG Filled; /* MEMCHECK_FILL at its free */
    ULONG Order;  /* among the allocations */
    ULONG Count;
    struct {
        LONG_PTR Offset;
        OP_ZONE Zone;
    } Change[OP_CHANGES];
    BOOLEAN Noted[OpZones]; /* the damage there was reported, and is still there */
} OP_BLOCK;

typedef struct _OP_MODEL {
    OP_BLOCK Block[OP_BLOCKS];
    ULONG Blocks;
    ULONG Due;      /* calls above DISPATCH_LEVEL that are still to be reported ... */
    ULONG Waiting;  /* ... at the most: of a paged block's free it may also be said what it is */
    BOOLEAN Faults; /* the pool may fail requests */
    /* Of the operation that runs: bits of kinds, 1u << MC_KIND. */
    ULONG May;
    ULONG Must;
    OP_BLOCK *Freed; /* the block that is being freed */
    ULONG Seen;      /* kinds found by it */
    ULONG Findings;  /* how many */
    SIZE_T Leaks;    /* blocks in sure leak findings */
    SIZE_T Possible; /* in possible ones */
} OP_MODEL;

extern OP_MODEL Op;

#define OP_KIND(Kind) (1u << (Kind))

/* An operation begins, of which these kinds are expected; and its end: what must hold is looked
 * at, what was printed too. */
void OpBegin(ULONG May, ULONG Must);
void OpEnd(void);

/* Is what the driver freed still where it was, held back by MemCheck? */
BOOLEAN OpHeld(const OP_BLOCK *Block);
ULONG OpFrontBytes(const OP_BLOCK *Block);
ULONG OpRearBytes(const OP_BLOCK *Block);

/* Does Address lie in the raw extent of a block whose record may be stale? */
BOOLEAN OpIsVague(const void *Address);
BOOLEAN OpAnyVague(void);
/* The monitored block, live or held, whose raw extent has Address. */
OP_BLOCK *OpAt(const void *Address);

/* Change a byte of a zone that the driver must not write; FALSE: it was changed before. */
BOOLEAN OpDamage(OP_BLOCK *Block, LONG_PTR Offset, UCHAR Xor);
/* Owned blocks that MEM_CHECK finds damaged now. */
ULONG OpDamaged(void);

/* The driver's own bytes: written, and as they were written. */
void OpWrite(OP_BLOCK *Block);
void OpVerify(const OP_BLOCK *Block);
BOOLEAN OpMayTouch(const OP_BLOCK *Block);

#endif
