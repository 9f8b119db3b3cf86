/*
 * operation_driver.h - the driver of fuzz_operations.c, in parts: where it calls from, and one
 * function for each operation. Each reads what it needs from the input, tells the model what may
 * be found, calls MemCheck, and compares what it gave.
 */
#ifndef OPERATION_DRIVER_H
#define OPERATION_DRIVER_H

#include "operation_model.h"

/* What all operations of one input share. */
typedef struct _OP_DRIVER {
    FUZZ_INPUT *In;
    SIM_OPTIONS Kernel;
    ULONG Orders;      /* allocations so far */
    BOOLEAN Elsewhere; /* plain blocks went past MemCheck, in this life of it */
    BOOLEAN Lost;      /* the pool has one block twice: no way on */
    MC_CHECKPOINT Checkpoint;
    ULONG CheckpointOrder; /* allocations before it, and one; 0: not set in this life */
} OP_DRIVER;

extern OP_DRIVER Driver;

/* ---- where the driver calls from ---- */

typedef struct _PLACE {
    const char *File;
    ULONG Line;
    const char *Function;
} PLACE;

#define COUNT(Table) (sizeof(Table) / sizeof((Table)[0]))
#define AT(Where)    (Where).File, (Where).Line, (Where).Function

PLACE OpPlace(void);

/* The finding that a call has wherever MemCheck is not on. */
ULONG OpOrderKind(void);
/* One of the blocks there ever were; NULL: there is none. */
OP_BLOCK *OpPick(void);

/* ---- operation_life.c: options, start, end ---- */

void OpInit(void);
void OpExit(void);
void OpReadOptions(void);
ULONG OpLiveBlocks(BOOLEAN Owned, ULONG Since); /* that MemCheck knows, allocated after Since */

/* ---- operation_take.c: requests ---- */

void OpAllocate(void);
void OpForeign(void); /* of another owner, who may give the block to the driver */
/* ExAllocatePoolWithTag by its own name; FALSE: it failed. */
BOOLEAN OpTakePlain(BOOLEAN Paged, SIZE_T Size, PLACE Where);

/* ---- operation_give.c: frees, and what the system frees ---- */

void OpFreeLive(OP_BLOCK *Block, ULONG How, BOOLEAN WrongTag);
void OpFreeForeign(OP_BLOCK *Block);
void OpFreeRight(void);
void OpFreeAgain(void);
void OpFreeInside(void);
void OpFreeWild(void);
void OpHandOver(void);
void OpSystemFrees(void);
void OpSystemFreesHeld(void);

/* ---- operation_look.c: damage, and what looks for it; addresses; counts ---- */

void OpDamageOne(void);
void OpCheck(void);
void OpAccess(void);
void OpDescribe(void);
void OpDifference(void);
void OpAsk(void);

/* ---- operation_irql.c ---- */

void OpChangeIrql(void);
void OpHighIrql(void);
void OpDrained(void);

#endif
