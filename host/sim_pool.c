/*
 * sim_pool.c - the pool routines of the kit, and the rules of using them.
 */
#define _GNU_SOURCE
#include <string.h>
#include "simp.h"

#define FRESH_BYTE  0xC7
#define FRESH_WHOLE (16 * PAGE_SIZE) /* larger blocks: garbage in first and last page only */

pthread_mutex_t SimpPoolLock = PTHREAD_MUTEX_INITIALIZER;

static BOOLEAN IsMustSucceed(ULONG Type)
{
    return (Type & 3) == 2;
}

/* May the pool be called at this IRQL, for this type? Result: the rule that says no, or none. */
SIM_MISUSE SimpPoolJudgeIrql(const SIM_THREAD *Self, ULONG Type)
{
    if ((Type & 1) != 0 && Self->Irql >= DISPATCH_LEVEL) {
        return SIM_MISUSE_PAGED_IRQL;
    }
    return Self->Irql > DISPATCH_LEVEL ? SIM_MISUSE_IRQL : SIM_MISUSE_NONE;
}

/* The bits of a POOL_TYPE that this Windows takes: sim.h, SIM_WINDOWS. */
static ULONG KnownTypeBits(SIM_ROUTINE Routine)
{
    ULONG Version = SimpVersion();
    ULONG Known = 7 | 32 | POOL_RAISE_IF_ALLOCATION_FAILURE; /* 7: the base types, 32: session */

    if (Version >= SIMP_XP) {
        Known |= POOL_COLD_ALLOCATION;
    }
    if (Version >= SIMP_VISTA) {
        Known |= POOL_QUOTA_FAIL_INSTEAD_OF_RAISE | POOL_ZERO_ALLOCATION;
    }
    if (Version >= SIMP_8) {
        Known |= NonPagedPoolNx;
    }
    if (Version == SIMP_XP) {
        Known |= NonPagedPoolNx;
        Known |= Routine == SIM_ALLOCATE_QUOTA ? 0 : POOL_QUOTA_FAIL_INSTEAD_OF_RAISE;
    }
    return Known;
}

static SIM_MISUSE JudgeRequest(const SIM_THREAD *Self, const SIM_REQUEST *Request)
{
    ULONG Type = Request->Type;

    if (Self->StrictHeld != 0) {
        return SIM_MISUSE_UNDER_LOCK;
    }
    if ((Type & ~KnownTypeBits(Request->Routine)) != 0 || (Type & 3) == 3) {
        return SIM_MISUSE_BAD_TYPE;
    }
    if (Request->Tag == 0) {
        return SIM_MISUSE_ZERO_TAG;
    }
    if (IsMustSucceed(Type) &&
        (SimpOptions.Windows != SIM_WINDOWS_2000 || Request->Size > PAGE_SIZE)) {
        return SIM_MISUSE_MUST_SUCCEED;
    }
    if (Request->Routine == SIM_ALLOCATE_QUOTA && SimpVersion() < SIMP_VISTA &&
        Self->Irql > APC_LEVEL) {
        return (Type & 1) != 0 ? SIM_MISUSE_PAGED_IRQL : SIM_MISUSE_IRQL;
    }
    return SimpPoolJudgeIrql(Self, Type);
}

/* Who asks, and where. */
void SimpPoolCaller(SIM_REQUEST *Request, const SIM_THREAD *Self, SIM_ROUTINE Routine)
{
    memset(Request, 0, sizeof *Request);
    Request->Routine = Routine;
    Request->Thread = (HANDLE)Self->Id;
    Request->Irql = Self->Irql;
}

void SimpPoolRecord(SIM_REQUEST *Request)
{
    pthread_mutex_lock(&SimpPoolLock);
    Request->Sequence = SimpObserveNext();
    SimpObserve(Request);
    pthread_mutex_unlock(&SimpPoolLock);
}

/* A legal request: fail it by injection, or take it from the heap, and record it. */
static void Serve(SIMP_ASK *Ask, BOOLEAN *Fresh)
{
    SIM_REQUEST *Request = &Ask->Request;
    SIMP_ARENA *Arena = SimpArenaFor(Ask->Type);
    SIMP_WANT Want;

    Want.Size = Request->Size;
    Want.Type = Ask->Type;
    Want.Tag = Request->Tag;
    Want.Owner = Request->Routine == SIM_ALLOCATE_FOREIGN ? SIM_FOREIGN : SIM_DRIVER;
    Want.Secure = Ask->Secure;
    Want.Fresh = FALSE;
    pthread_mutex_lock(&SimpPoolLock);
    Request->Sequence = Want.Sequence = SimpObserveNext();
    Request->Injected =
        Want.Owner == SIM_DRIVER && !IsMustSucceed(Ask->Type) && SimpInject(Request);
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

PVOID SimpPoolServe(SIM_THREAD *Self, SIMP_ASK *Ask)
{
    SIM_REQUEST *Request = &Ask->Request;
    BOOLEAN Fresh;

    Serve(Ask, &Fresh);
    if (Request->Result == NULL) {
        if (IsMustSucceed(Ask->Type)) {
            SimpFatal("MUST_SUCCEED_POOL_EMPTY: %lu bytes", (unsigned long)Request->Size);
        }
        if (Ask->OnFailure != STATUS_SUCCESS) {
            SimpRaise(Self, Ask->OnFailure, "a pool request with raise semantics failed");
        }
    } else if (Ask->Zero) {
        memset(Request->Result, 0, Request->Size);
    } else if (Fresh && !SimpOptions.ZeroFresh) {
        FillFresh(Request);
    }
    return Request->Result;
}

void SimpPoolMisuse(const SIM_THREAD *Self, SIM_MISUSE Misuse, SIM_REQUEST *Request)
{
    SimpMisuse(Misuse, "%s(type 0x%x:%x, %lu bytes, tag 0x%08x) at IRQL %u, %u strict locks held",
               Self->Doing, Request->FlagsHigh, Request->Type, (unsigned long)Request->Size,
               Request->Tag, Self->Irql, Self->StrictHeld);
    Request->Misuse = TRUE;
    SimpPoolRecord(Request);
}

/* What a failure of this request raises; STATUS_SUCCESS: nothing, it gives NULL. */
static NTSTATUS Raises(const SIM_REQUEST *Request)
{
    BOOLEAN Quota = Request->Routine == SIM_ALLOCATE_QUOTA;

    if ((Request->Type & POOL_RAISE_IF_ALLOCATION_FAILURE) != 0 ||
        (Quota && (Request->Type & POOL_QUOTA_FAIL_INSTEAD_OF_RAISE) == 0)) {
        return Quota ? STATUS_QUOTA_EXCEEDED : STATUS_INSUFFICIENT_RESOURCES;
    }
    return STATUS_SUCCESS;
}

static PVOID Allocate(SIM_THREAD *Self, SIM_ROUTINE Routine, ULONG Type, SIZE_T Size, ULONG Tag,
                      ULONG Priority)
{
    SIMP_ASK Ask;
    SIM_MISUSE Misuse;

    SimpPoolCaller(&Ask.Request, Self, Routine);
    Ask.Request.Type = Type;
    Ask.Request.Size = Size;
    Ask.Request.Tag = Tag;
    Ask.Request.Priority = Priority;
    Ask.Type = Type;
    Ask.Zero = (Type & POOL_ZERO_ALLOCATION) != 0 && SimpVersion() >= SIMP_10;
    Ask.Secure = FALSE;
    Ask.OnFailure = Raises(&Ask.Request);
    Misuse = JudgeRequest(Self, &Ask.Request);
    if (Misuse != SIM_MISUSE_NONE) {
        SimpPoolMisuse(Self, Misuse, &Ask.Request);
        return NULL;
    }
    return SimpPoolServe(Self, &Ask);
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
    if (Routine == SIM_FREE_FOREIGN || Routine == SIM_FREE_SYSTEM) {
        return SIM_MISUSE_NONE; /* the test, which knows its tags */
    }
    if (Given == 0) {
        return (Own & PROTECTED_POOL) != 0 ? SIM_MISUSE_PROTECTED_TAG : SIM_MISUSE_NONE;
    }
    return ((Given ^ Own) & ~PROTECTED_POOL) != 0 ? SIM_MISUSE_WRONG_TAG : SIM_MISUSE_NONE;
}

/* Wrong use of a test's own routines: never expected, never part of what is tested. */
static void CheckOwner(const SIM_THREAD *Self, SIM_ROUTINE Routine, PVOID P,
                       const SIMP_CHUNK *Chunk)
{
    BOOLEAN Foreign = (Chunk->Flags & SIMP_IS_FOREIGN) != 0;

    if ((Routine == SIM_FREE_FOREIGN && !Foreign) || (Routine == SIM_FREE_SYSTEM && Foreign)) {
        SimpFatal("%s(%p): the block belongs to %s", Self->Doing, P,
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
static SIM_MISUSE FreeLocked(const SIM_THREAD *Self, SIM_REQUEST *Request, BOOLEAN Secure)
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
        CheckOwner(Self, Request->Routine, Request->Result, Chunk);
        Misuse = SimpPoolJudgeIrql(Self, Chunk->Type);
    }
    if (Misuse == SIM_MISUSE_NONE && Secure != ((Chunk->Flags & SIMP_IS_SECURE) != 0)) {
        Misuse = SIM_MISUSE_SECURE_POOL;
    }
    if (Misuse == SIM_MISUSE_NONE) {
        Misuse = JudgeTag(Request->Routine, Request->Tag, Chunk->Tag);
    }
    if (Misuse == SIM_MISUSE_NONE) {
        Release(Arena, Chunk);
    }
    return Misuse;
}

static void ExplainFree(const SIM_THREAD *Self, SIM_MISUSE Misuse, const SIM_REQUEST *Request)
{
    SIM_BLOCK Block;

    if (SimPoolFind(Request->Result, &Block)) {
        SimpMisuse(Misuse,
                   "%s(%p, tag 0x%08x) at IRQL %u, %u strict locks held; there is the block %p, "
                   "%lu bytes, type %u, tag 0x%08x, request %llu",
                   Self->Doing, Request->Result, Request->Tag, Request->Irql, Self->StrictHeld,
                   Block.Start, (unsigned long)Block.Size, Block.Type, Block.Tag, Block.Sequence);
    } else {
        SimpMisuse(Misuse, "%s(%p, tag 0x%08x) at IRQL %u, %u strict locks held; no live block",
                   Self->Doing, Request->Result, Request->Tag, Request->Irql, Self->StrictHeld);
    }
}

BOOLEAN SimpPoolRelease(SIM_THREAD *Self, SIM_REQUEST *Request, BOOLEAN Secure)
{
    SIM_MISUSE Misuse;

    pthread_mutex_lock(&SimpPoolLock);
    Request->Sequence = SimpObserveNext();
    Misuse = FreeLocked(Self, Request, Secure);
    Request->Misuse = Misuse != SIM_MISUSE_NONE;
    SimpObserve(Request);
    pthread_mutex_unlock(&SimpPoolLock);
    if (Misuse != SIM_MISUSE_NONE) {
        ExplainFree(Self, Misuse, Request);
    }
    return Misuse == SIM_MISUSE_NONE;
}

BOOLEAN SimpPoolFree(SIM_THREAD *Self, SIM_ROUTINE Routine, PVOID P, ULONG Tag)
{
    SIM_REQUEST Request;

    SimpPoolCaller(&Request, Self, Routine);
    Request.Result = P;
    Request.Tag = Tag;
    return SimpPoolRelease(Self, &Request, FALSE);
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
    (void)SimpPoolFree(SimpEnter(__func__), SIM_FREE, P, 0);
}

VOID ExFreePoolWithTag(PVOID P, ULONG Tag)
{
    (void)SimpPoolFree(SimpEnter(__func__), SIM_FREE_TAG, P, Tag);
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
    (void)SimpPoolFree(SimpSelf(__func__), SIM_FREE_FOREIGN, P, 0);
}

void SimSystemFree(PVOID P)
{
    (void)SimpPoolFree(SimpSelf(__func__), SIM_FREE_SYSTEM, P, 0);
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
