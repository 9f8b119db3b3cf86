/*
 * sim_orders.h - the pool: what a test orders, what it is told, failures.
 * Part of sim.h, which has the rules for all.
 */
#ifndef SIM_ORDERS_H
#define SIM_ORDERS_H

#include "sim_start.h"

/* ------------------------------------------------------------------ pool: what a test orders */

/*
 * SimForeignAllocate - another owner takes a block. Same rules as ExAllocatePoolWithTag with tag
 * 'Frgn'; failures are never injected. Result: NULL only when the arena is full.
 */
PVOID SimForeignAllocate(POOL_TYPE PoolType, SIZE_T NumberOfBytes);
PVOID SimForeignAllocateTag(POOL_TYPE PoolType, SIZE_T NumberOfBytes,
                            ULONG Tag); /* with this tag */

/* SimForeignFree - the other owner frees its block. A block of the driver aborts. */
void SimForeignFree(PVOID P);

/* SimSystemFree - the system frees a block that the driver allocated, whatever its tag. */
void SimSystemFree(PVOID P);

/*
 * SimPlaceNext - the next successful request of either owner goes to exactly P, if these bytes are
 * free, in one small page (or are free whole pages), and the contract allows P for the request's
 * size and type; if not, that request aborts, so that a test never proves nothing. For tests that
 * need a block to overlap where others were. SIM_PACKED only; NULL takes the order back.
 */
void SimPlaceNext(PVOID P);

/* SimPoolPlacement, SimPoolReuse - change the option of that name for requests and frees to come.
 */
void SimPoolPlacement(SIM_PLACEMENT Placement);
void SimPoolReuse(SIM_REUSE Reuse);

typedef enum _SIM_OWNER { SIM_DRIVER, SIM_FOREIGN, SIM_OWNERS } SIM_OWNER;

typedef enum _SIM_ROUTINE {
    SIM_ALLOCATE,          /* ExAllocatePool */
    SIM_ALLOCATE_TAG,      /* ExAllocatePoolWithTag */
    SIM_ALLOCATE_QUOTA,    /* ExAllocatePoolWithQuota, ExAllocatePoolWithQuotaTag */
    SIM_ALLOCATE_PRIORITY, /* ExAllocatePoolWithTagPriority */
    SIM_ALLOCATE_POOL2,    /* ExAllocatePool2 */
    SIM_ALLOCATE_POOL3,    /* ExAllocatePool3 */
    SIM_ALLOCATE_FOREIGN,  /* SimForeignAllocate, SimForeignAllocateTag; an IRP of SimIrpCreate */
    SIM_FREE,              /* ExFreePool */
    SIM_FREE_TAG,          /* ExFreePoolWithTag */
    SIM_FREE_POOL2,        /* ExFreePool2 */
    SIM_FREE_STRING,       /* RtlFreeUnicodeString, RtlFreeAnsiString, RtlFreeOemString */
    SIM_FREE_INFORMATION,  /* the system, of a completed IRP's IoStatus.Information */
    SIM_FREE_FOREIGN,      /* SimForeignFree; an IRP that is completed */
    SIM_FREE_SYSTEM,       /* SimSystemFree */
    SIM_ROUTINES
} SIM_ROUTINE;

/* One call of the pool. Of a free: Result is the pointer given, Type and Size are the block's. */
typedef struct _SIM_REQUEST {
    ULONGLONG Sequence; /* 1 is the first since SimStart */
    SIM_ROUTINE Routine;
    ULONG Type;      /* allocation: as given, with all bits; or the low half of POOL_FLAGS */
    ULONG FlagsHigh; /* the high half of POOL_FLAGS */
    SIZE_T Size;     /* bytes, as given */
    ULONG Tag;       /* as given; ExAllocatePool: 'None', ExFreePool: 0 */
    ULONG Priority;  /* ExAllocatePoolWithTagPriority: as given */
    const VOID *Parameters;
    ULONG ParameterCount; /* ExAllocatePool3, ExFreePool2: as given */
    PVOID Result;         /* NULL: failed, or an expected misuse */
    HANDLE Thread;        /* as PsGetCurrentThreadId */
    KIRQL Irql;
    BOOLEAN Injected; /* failed by injection */
    BOOLEAN Misuse;   /* an expected misuse */
} SIM_REQUEST;

#define SIM_REQUESTS_KEPT 256

/*
 * SimPoolRequests - copy the last calls of the pool, oldest first. Requests: room for Count of
 * them. Result: how many were copied, at most SIM_REQUESTS_KEPT. Any IRQL.
 */
ULONG SimPoolRequests(SIM_REQUEST *Requests, ULONG Count);

/* SimPoolLast - the last call of this routine that is still kept; FALSE (zeroed) when none. */
BOOLEAN SimPoolLast(SIM_ROUTINE Routine, SIM_REQUEST *Request);

/* SimPoolCalls - calls of this routine since SimStart or SimPoolReset, failed ones included. */
ULONGLONG SimPoolCalls(SIM_ROUTINE Routine);

/* One live raw block. */
typedef struct _SIM_BLOCK {
    PVOID Start;
    SIZE_T Size; /* bytes, as requested */
    ULONG Type;  /* as given; by POOL_FLAGS: the POOL_TYPE that says the same of the memory */
    ULONG Tag;
    SIM_OWNER Owner;
    ULONGLONG Sequence; /* of its request */
} SIM_BLOCK;

/*
 * SimPoolFind - the live raw block that contains P, or starts at it (a block of 0 bytes contains
 * its start). The pool's own rounding belongs to no block. Block: may be NULL. FALSE when there is
 * none.
 */
BOOLEAN SimPoolFind(PVOID P, SIM_BLOCK *Block);

/* SimPoolOutstanding - live blocks of this owner; Bytes (may be NULL): their sizes as requested. */
SIZE_T SimPoolOutstanding(SIM_OWNER Owner, SIZE_T *Bytes);

/* SimPoolEach - call Routine for each live raw block, by address. No pool call from Routine. */
void SimPoolEach(void (*Routine)(const SIM_BLOCK *Block, PVOID Context), PVOID Context);

/*
 * SimPoolReset - verify that every block was freed, and empty the pool, its counters, orders and
 * injections. Result: TRUE when nothing was outstanding; else each block (the first 20) is named on
 * stderr. IRQL: PASSIVE_LEVEL, all other threads joined or at rest.
 */
BOOLEAN SimPoolReset(void);

/* ------------------------------------------------------------------- pool: failures to order */

/*
 * Failures are injected into the driver's requests, not into foreign ones nor into must-succeed.
 * N counts requests from this call on, 1 is the next. Each order is kept beside the others; a
 * request fails when one of them says so. SimFailNone takes all back. Any IRQL.
 */
void SimFailNth(ULONG N);         /* the Nth, once; 0: none */
void SimFailFrom(ULONG N);        /* the Nth and all after it; 0: none */
void SimFailEvery(ULONG N);       /* each Nth; 1: all; 0: none */
void SimFailLarger(SIZE_T Bytes); /* all that are larger than so many bytes; (SIZE_T)-1: none */
void SimFailTag(ULONG Tag);       /* all with this tag; 0: none */
void SimFailOnlyTag(ULONG Tag); /* all orders count and fail requests with this tag only; 0: any */
void SimFailNone(void);

/*
 * SimFailWhen - ask Routine about each request (Result not yet set): TRUE fails it. It is called
 * with the pool locked: no kit call from it. NULL: nobody is asked.
 */
void SimFailWhen(BOOLEAN (*Routine)(const SIM_REQUEST *Request, PVOID Context), PVOID Context);

/* SimFailures - requests that failed by injection since SimStart or SimPoolReset. */
ULONGLONG SimFailures(void);

/*
 * SimTry - what try/except is in a driver: calls Routine; result STATUS_SUCCESS when it returns,
 * else the status raised inside (a pool request with raise semantics, ExRaiseStatus). Nests, per
 * thread. As in the kernel, IRQL and locks stay as they were where the exception was raised. A
 * raise in a DPC does not reach the SimTry of the thread it interrupts.
 */
NTSTATUS SimTry(void (*Routine)(PVOID Context), PVOID Context);

#endif
