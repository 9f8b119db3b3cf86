/*
 * sim_pool.c - the pool routines of the kit, and the rules of using them.
 */
#define _GNU_SOURCE
#include <string.h>
#include "simp.h"

/* Base type, quota-fail, raise, session, cold, Nx. */
#define KNOWN_TYPE_BITS (7 | 8 | 16 | 32 | 256 | 512)
#define FRESH_BYTE      0xC7
#define FRESH_WHOLE     (16 * PAGE_SIZE) /* larger blocks: garbage in first and last page only */

pthread_mutex_t SimpPoolLock = PTHREAD_MUTEX_INITIALIZER;

static const char *const RoutineNames[] = {
    "ExAllocatePool",
    "ExAllocatePoolWithTag",
    "ExAllocatePoolWithQuotaTag",
    "ExAllocatePoolWithTagPriority",
    "SimForeignAllocate",
    "ExFreePool",
    "ExFreePoolWithTag",
    "SimForeignFree",
    "SimSystemFree",
};
_Static_assert(sizeof RoutineNames / sizeof RoutineNames[0] == SIM_ROUTINES, "a name for each");

static BOOLEAN IsMustSucceed(ULONG Type)
{
    return (Type & 3) == 2;
}

/* May the pool be called at this IRQL, for this type? Result: the rule that says no, or none. */
static SIM_MISUSE JudgeIrql(const SIM_THREAD *Self, ULONG Type)
{
    if ((Type & 1) != 0 && Self->Irql >= DISPATCH_LEVEL) {
        return SIM_MISUSE_PAGED_IRQL;
    }
    return Self->Irql > DISPATCH_LEVEL ? SIM_MISUSE_IRQL : SIM_MISUSE_NONE;
}

static SIM_MISUSE JudgeRequest(const SIM_THREAD *Self, const SIM_REQUEST *Request)
{
    ULONG Type = Request->Type;

    if (Self->StrictHeld != 0) {
        return SIM_MISUSE_UNDER_LOCK;
    }
    if ((Type & ~(ULONG)KNOWN_TYPE_BITS) != 0 || (Type & 3) == 3) {
        return SIM_MISUSE_BAD_TYPE;
    }
    if (Request->Tag == 0) {
        return SIM_MISUSE_ZERO_TAG;
    }
    if (IsMustSucceed(Type) &&
        (SimpOptions.Windows != SIM_WINDOWS_2000 || Request->Size > PAGE_SIZE)) {
        return SIM_MISUSE_MUST_SUCCEED;
    }
    return JudgeIrql(Self, Type);
}

/* Who asks, and where. */
static void FillCaller(SIM_REQUEST *Request, const SIM_THREAD *Self, SIM_ROUTINE Routine)
{
    memset(Request, 0, sizeof *Request);
    Request->Routine = Routine;
    Request->Thread = (HANDLE)Self->Id;
    Request->Irql = Self->Irql;
}

static void RecordMisuse(SIM_REQUEST *Request)
{
    pthread_mutex_lock(&SimpPoolLock);
    Request->Sequence = SimpObserveNext();
    Request->Misuse = TRUE;
    SimpObserve(Request);
    pthread_mutex_unlock(&SimpPoolLock);
}

/* A legal request: fail it by injection, or take it from the heap, and record it. */
static void Serve(SIM_REQUEST *Request, BOOLEAN *Fresh)
{
    SIMP_ARENA *Arena = SimpArenaFor(Request->Type);
    SIMP_WANT Want;

    Want.Size = Request->Size;
    Want.Type = Request->Type;
    Want.Tag = Request->Tag;
    Want.Owner = Request->Routine == SIM_ALLOCATE_FOREIGN ? SIM_FOREIGN : SIM_DRIVER;
    Want.Fresh = FALSE;
    pthread_mutex_lock(&SimpPoolLock);
    Request->Sequence = Want.Sequence = SimpObserveNext();
    Request->Injected =
        Want.Owner == SIM_DRIVER && !IsMustSucceed(Request->Type) && SimpInject(Request);
    if (!Request->Injected) {
        Request->Result = SimpHeapAllocate(Arena, &Want);
    }
    if (Request->Result != NULL) {
        SimpObserveLive(Want.Owner, Want.Size, 1);
        if (Arena->Paged) {
            SimpPagingLive(1);
        }
    }
    SimpObserve(Request);
    pthread_mutex_unlock(&SimpPoolLock);
    *Fresh = Want.Fresh;
}

/* Contents are undefined: make it so. Not under the pool's lock, the memory may be paged out. */
static void FillFresh(const SIM_REQUEST *Request)
{
    char *P = Request->Result;

    if (Request->Size <= FRESH_WHOLE) {
        memset(P, FRESH_BYTE, Request->Size);
    } else {
        memset(P, FRESH_BYTE, PAGE_SIZE);
        memset(P + Request->Size - PAGE_SIZE, FRESH_BYTE, PAGE_SIZE);
    }
}

/* A legal request failed. Raises where the caller asked for that. */
static void Fail(SIM_THREAD *Self, const SIM_REQUEST *Request)
{
    BOOLEAN Quota = Request->Routine == SIM_ALLOCATE_QUOTA;

    if (IsMustSucceed(Request->Type)) {
        SimpFatal("MUST_SUCCEED_POOL_EMPTY: %lu bytes", (unsigned long)Request->Size);
    }
    if ((Request->Type & POOL_RAISE_IF_ALLOCATION_FAILURE) != 0 ||
        (Quota && (Request->Type & POOL_QUOTA_FAIL_INSTEAD_OF_RAISE) == 0)) {
        SimpRaise(Self, Quota ? STATUS_QUOTA_EXCEEDED : STATUS_INSUFFICIENT_RESOURCES,
                  "a pool request with raise semantics failed");
    }
}

static PVOID Allocate(SIM_THREAD *Self, SIM_ROUTINE Routine, ULONG Type, SIZE_T Size, ULONG Tag,
                      ULONG Priority)
{
    SIM_REQUEST Request;
    SIM_MISUSE Misuse;
    BOOLEAN Fresh;

    FillCaller(&Request, Self, Routine);
    Request.Type = Type;
    Request.Size = Size;
    Request.Tag = Tag;
    Request.Priority = Priority;
    Misuse = JudgeRequest(Self, &Request);
    if (Misuse != SIM_MISUSE_NONE) {
        SimpMisuse(Misuse, "%s(type %u, %lu bytes, tag 0x%08x) at IRQL %u, %u strict locks held",
                   RoutineNames[Routine], Type, (unsigned long)Size, Tag, Self->Irql,
                   Self->StrictHeld);
        RecordMisuse(&Request);
        return NULL;
    }
    Serve(&Request, &Fresh);
    if (Request.Result == NULL) {
        Fail(Self, &Request);
    } else if (Fresh && !SimpOptions.ZeroFresh) {
        FillFresh(&Request);
    }
    return Request.Result;
}

/* -------------------------------------------------------------------------------------- free */

/* What is at P, for a free: the chunk, or the misuse. */
static SIM_MISUSE JudgePointer(PVOID P, SIMP_ARENA **Arena, SIMP_CHUNK **Chunk)
{
    BOOLEAN AtStart;

    *Arena = SimpArenaOf(P);
    *Chunk = *Arena == NULL ? NULL : SimpHeapFind(*Arena, P);
    if (*Chunk == NULL) {
        return SIM_MISUSE_FREE_UNKNOWN;
    }
    AtStart = P == SimpHeapBlock(*Arena, *Chunk);
    if ((*Chunk)->State == SIMP_CHUNK_LIVE) {
        return AtStart ? SIM_MISUSE_NONE : SIM_MISUSE_FREE_INTERIOR;
    }
    return AtStart && ((*Chunk)->Flags & SIMP_WAS_BLOCK) != 0 ? SIM_MISUSE_FREE_TWICE
                                                              : SIM_MISUSE_FREE_UNKNOWN;
}

static SIM_MISUSE JudgeTag(SIM_ROUTINE Routine, ULONG Given, ULONG Own)
{
    if (Routine != SIM_FREE && Routine != SIM_FREE_TAG) {
        return SIM_MISUSE_NONE; /* the system and other owners know their tags */
    }
    if (Given == 0) {
        return (Own & PROTECTED_POOL) != 0 ? SIM_MISUSE_PROTECTED_TAG : SIM_MISUSE_NONE;
    }
    return ((Given ^ Own) & ~PROTECTED_POOL) != 0 ? SIM_MISUSE_WRONG_TAG : SIM_MISUSE_NONE;
}

/* Wrong use of a test's own routines: never expected, never part of what is tested. */
static void CheckOwner(SIM_ROUTINE Routine, PVOID P, const SIMP_CHUNK *Chunk)
{
    BOOLEAN Foreign = (Chunk->Flags & SIMP_IS_FOREIGN) != 0;

    if ((Routine == SIM_FREE_FOREIGN && !Foreign) || (Routine == SIM_FREE_SYSTEM && Foreign)) {
        SimpFatal("%s(%p): the block belongs to %s", RoutineNames[Routine], P,
                  Foreign ? "a foreign owner" : "the driver");
    }
}

static void Release(SIMP_ARENA *Arena, SIMP_CHUNK *Chunk)
{
    BOOLEAN Foreign = (Chunk->Flags & SIMP_IS_FOREIGN) != 0;

    SimpObserveLive(Foreign ? SIM_FOREIGN : SIM_DRIVER, Chunk->Size, -1);
    SimpHeapFree(Arena, Chunk);
    if (Arena->Paged) {
        SimpPagingLive(-1);
    }
}

/* Judge a free, and carry it out when it is legal. Pool locked. */
static SIM_MISUSE FreeLocked(const SIM_THREAD *Self, SIM_REQUEST *Request)
{
    SIMP_ARENA *Arena;
    SIMP_CHUNK *Chunk;
    SIM_MISUSE Misuse = SIM_MISUSE_UNDER_LOCK;

    if (Self->StrictHeld != 0) {
        return Misuse;
    }
    Misuse = JudgePointer(Request->Result, &Arena, &Chunk);
    if (Chunk != NULL && Chunk->State == SIMP_CHUNK_LIVE) {
        Request->Type = Chunk->Type;
        Request->Size = Chunk->Size;
    }
    if (Misuse == SIM_MISUSE_NONE) {
        CheckOwner(Request->Routine, Request->Result, Chunk);
        Misuse = JudgeIrql(Self, Chunk->Type);
    }
    if (Misuse == SIM_MISUSE_NONE) {
        Misuse = JudgeTag(Request->Routine, Request->Tag, Chunk->Tag);
    }
    if (Misuse == SIM_MISUSE_NONE) {
        Release(Arena, Chunk);
    }
    return Misuse;
}

static void ExplainFree(SIM_MISUSE Misuse, const SIM_REQUEST *Request, ULONG StrictHeld)
{
    SIM_BLOCK Block;

    if (SimPoolFind(Request->Result, &Block)) {
        SimpMisuse(Misuse,
                   "%s(%p, tag 0x%08x) at IRQL %u, %u strict locks held; there is the block %p, "
                   "%lu bytes, type %u, tag 0x%08x, request %llu",
                   RoutineNames[Request->Routine], Request->Result, Request->Tag, Request->Irql,
                   StrictHeld, Block.Start, (unsigned long)Block.Size, Block.Type, Block.Tag,
                   Block.Sequence);
    } else {
        SimpMisuse(Misuse, "%s(%p, tag 0x%08x) at IRQL %u, %u strict locks held; no live block",
                   RoutineNames[Request->Routine], Request->Result, Request->Tag, Request->Irql,
                   StrictHeld);
    }
}

static void Free(SIM_THREAD *Self, SIM_ROUTINE Routine, PVOID P, ULONG Tag)
{
    SIM_REQUEST Request;
    SIM_MISUSE Misuse;

    FillCaller(&Request, Self, Routine);
    Request.Result = P;
    Request.Tag = Tag;
    pthread_mutex_lock(&SimpPoolLock);
    Request.Sequence = SimpObserveNext();
    Misuse = FreeLocked(Self, &Request);
    Request.Misuse = Misuse != SIM_MISUSE_NONE;
    SimpObserve(&Request);
    pthread_mutex_unlock(&SimpPoolLock);
    if (Misuse != SIM_MISUSE_NONE) {
        ExplainFree(Misuse, &Request, Self->StrictHeld);
    }
}

/* --------------------------------------------------------------------------- the kit's names */

PVOID ExAllocatePool(POOL_TYPE PoolType, SIZE_T NumberOfBytes)
{
    return Allocate(SimpEnter(__func__), SIM_ALLOCATE, PoolType, NumberOfBytes, SIMP_TAG_NONE, 0);
}

PVOID ExAllocatePoolWithTag(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag)
{
    return Allocate(SimpEnter(__func__), SIM_ALLOCATE_TAG, PoolType, NumberOfBytes, Tag, 0);
}

PVOID ExAllocatePoolWithTagPriority(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag,
                                    EX_POOL_PRIORITY Priority)
{
    return Allocate(SimpEnter(__func__), SIM_ALLOCATE_PRIORITY, PoolType, NumberOfBytes, Tag,
                    Priority);
}

PVOID ExAllocatePoolWithQuota(POOL_TYPE PoolType, SIZE_T NumberOfBytes)
{
    return Allocate(SimpEnter(__func__), SIM_ALLOCATE_QUOTA, PoolType, NumberOfBytes, SIMP_TAG_NONE,
                    0);
}

PVOID ExAllocatePoolWithQuotaTag(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag)
{
    return Allocate(SimpEnter(__func__), SIM_ALLOCATE_QUOTA, PoolType, NumberOfBytes, Tag, 0);
}

VOID ExFreePool(PVOID P)
{
    Free(SimpEnter(__func__), SIM_FREE, P, 0);
}

VOID ExFreePoolWithTag(PVOID P, ULONG Tag)
{
    Free(SimpEnter(__func__), SIM_FREE_TAG, P, Tag);
}

/* No call points: between two orders of a test nothing else happens. */

PVOID SimForeignAllocateTag(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag)
{
    return Allocate(SimpSelf(__func__), SIM_ALLOCATE_FOREIGN, PoolType, NumberOfBytes, Tag, 0);
}

PVOID SimForeignAllocate(POOL_TYPE PoolType, SIZE_T NumberOfBytes)
{
    return SimForeignAllocateTag(PoolType, NumberOfBytes, SIMP_TAG_FOREIGN);
}

void SimForeignFree(PVOID P)
{
    Free(SimpSelf(__func__), SIM_FREE_FOREIGN, P, 0);
}

void SimSystemFree(PVOID P)
{
    Free(SimpSelf(__func__), SIM_FREE_SYSTEM, P, 0);
}

void SimPoolPlacement(SIM_PLACEMENT Placement)
{
    pthread_mutex_lock(&SimpPoolLock);
    SimpOptions.Placement = Placement;
    pthread_mutex_unlock(&SimpPoolLock);
}

void SimPoolReuse(SIM_REUSE Reuse)
{
    pthread_mutex_lock(&SimpPoolLock);
    SimpOptions.Reuse = Reuse;
    pthread_mutex_unlock(&SimpPoolLock);
}
