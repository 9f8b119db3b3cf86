/*
 * sim_observe.c - what the pool was asked, and what is live. All of it under the pool's lock.
 */
#define _GNU_SOURCE
#include <string.h>
#include "simp.h"

#define NAMED_LEFTOVERS 20

static SIM_REQUEST Ring[SIM_REQUESTS_KEPT];
static ULONGLONG Recorded; /* calls ever; the next one goes to Ring[Recorded % kept] */
static ULONG Kept;
static ULONGLONG Calls[SIM_ROUTINES];
static SIZE_T LiveBlocks[SIM_OWNERS], LiveBytes[SIM_OWNERS];

void SimpObserveStart(void)
{
    Recorded = 0;
    Kept = 0;
    memset(Calls, 0, sizeof Calls);
    memset(LiveBlocks, 0, sizeof LiveBlocks);
    memset(LiveBytes, 0, sizeof LiveBytes);
}

ULONGLONG SimpObserveNext(void)
{
    return Recorded + 1;
}

void SimpObserve(const SIM_REQUEST *Request)
{
    Ring[Recorded % SIM_REQUESTS_KEPT] = *Request;
    Recorded++;
    Calls[Request->Routine]++;
    if (Kept < SIM_REQUESTS_KEPT) {
        Kept++;
    }
}

void SimpObserveLive(SIM_OWNER Owner, SIZE_T Size, int Change)
{
    if (Change > 0) {
        LiveBlocks[Owner]++;
        LiveBytes[Owner] += Size;
    } else {
        LiveBlocks[Owner]--;
        LiveBytes[Owner] -= Size;
    }
}

ULONG SimPoolRequests(SIM_REQUEST *Requests, ULONG Count)
{
    ULONG I;

    pthread_mutex_lock(&SimpPoolLock);
    if (Count > Kept) {
        Count = Kept;
    }
    for (I = 0; I < Count; I++) {
        Requests[I] = Ring[(Recorded - Count + I) % SIM_REQUESTS_KEPT];
    }
    pthread_mutex_unlock(&SimpPoolLock);
    return Count;
}

BOOLEAN SimPoolLast(SIM_ROUTINE Routine, SIM_REQUEST *Request)
{
    BOOLEAN Found = FALSE;
    ULONG I;

    memset(Request, 0, sizeof *Request);
    pthread_mutex_lock(&SimpPoolLock);
    for (I = 1; I <= Kept && !Found; I++) {
        const SIM_REQUEST *One = &Ring[(Recorded - I) % SIM_REQUESTS_KEPT];

        if (One->Routine == Routine) {
            *Request = *One;
            Found = TRUE;
        }
    }
    pthread_mutex_unlock(&SimpPoolLock);
    return Found;
}

ULONGLONG SimPoolCalls(SIM_ROUTINE Routine)
{
    ULONGLONG Result;

    pthread_mutex_lock(&SimpPoolLock);
    Result = (unsigned)Routine < SIM_ROUTINES ? Calls[Routine] : 0;
    pthread_mutex_unlock(&SimpPoolLock);
    return Result;
}

static void Describe(const SIMP_ARENA *Arena, const SIMP_CHUNK *Chunk, SIM_BLOCK *Block)
{
    Block->Start = SimpHeapBlock(Arena, Chunk);
    Block->Size = Chunk->Size;
    Block->Type = Chunk->Type;
    Block->Tag = Chunk->Tag;
    Block->Owner = (Chunk->Flags & SIMP_IS_FOREIGN) != 0 ? SIM_FOREIGN : SIM_DRIVER;
    Block->Sequence = Chunk->u.Sequence;
}

BOOLEAN SimPoolFind(PVOID P, SIM_BLOCK *Block)
{
    SIMP_ARENA *Arena = SimpArenaOf(P);
    const SIMP_CHUNK *Chunk;
    SIM_BLOCK One;
    BOOLEAN Found = FALSE;

    if (Arena == NULL) {
        return FALSE;
    }
    pthread_mutex_lock(&SimpPoolLock);
    Chunk = SimpHeapFind(Arena, P);
    if (Chunk != NULL && Chunk->State == SIMP_CHUNK_LIVE) {
        Describe(Arena, Chunk, &One);
        Found = P == One.Start || (ULONG_PTR)P - (ULONG_PTR)One.Start < One.Size;
    }
    pthread_mutex_unlock(&SimpPoolLock);
    if (Found && Block != NULL) {
        *Block = One;
    }
    return Found;
}

SIZE_T SimPoolOutstanding(SIM_OWNER Owner, SIZE_T *Bytes)
{
    SIZE_T Blocks;

    if ((unsigned)Owner >= SIM_OWNERS) {
        SimpFatal("SimPoolOutstanding: no such owner");
    }
    pthread_mutex_lock(&SimpPoolLock);
    Blocks = LiveBlocks[Owner];
    if (Bytes != NULL) {
        *Bytes = LiveBytes[Owner];
    }
    pthread_mutex_unlock(&SimpPoolLock);
    return Blocks;
}

/* Call Routine for each live block of the arena. Pool locked. */
static void EachIn(const SIMP_ARENA *Arena, void (*Routine)(const SIM_BLOCK *, PVOID),
                   PVOID Context)
{
    ULONG End = Arena->NextPage * SIMP_PAGE_GRANULES;
    ULONG Granule = 0;
    const SIMP_CHUNK *Chunk;
    ULONG Page;
    SIM_BLOCK Block;

    while (Granule < End) {
        Page = Granule / SIMP_PAGE_GRANULES;
        Chunk = SimpChunkAt(Arena, Arena->Page[Page].Small ? Arena->HandleAt[Granule]
                                                           : Arena->Page[Page].Run);
        if (Chunk->State == SIMP_CHUNK_LIVE) {
            Describe(Arena, Chunk, &Block);
            Routine(&Block, Context);
        }
        Granule += Chunk->Units;
    }
}

void SimPoolEach(void (*Routine)(const SIM_BLOCK *Block, PVOID Context), PVOID Context)
{
    pthread_mutex_lock(&SimpPoolLock);
    EachIn(&SimpArenas[0], Routine, Context);
    EachIn(&SimpArenas[1], Routine, Context);
    pthread_mutex_unlock(&SimpPoolLock);
}

static void NameLeftover(const SIM_BLOCK *Block, PVOID Context)
{
    ULONG *Named = Context;

    if ((*Named)++ < NAMED_LEFTOVERS) {
        SimpSay("left over: %p, %lu bytes, type %u, tag 0x%08x, %s, request %llu", Block->Start,
                (unsigned long)Block->Size, Block->Type, Block->Tag,
                Block->Owner == SIM_FOREIGN ? "foreign" : "driver", Block->Sequence);
    }
}

BOOLEAN SimPoolReset(void)
{
    SIM_THREAD *Self = SimpSelf(__func__);
    ULONG Named = 0;

    (void)SimpIrqlAtMost(Self, __func__, PASSIVE_LEVEL);
    SimPoolEach(NameLeftover, &Named);
    SimpPagingForget();
    pthread_mutex_lock(&SimpPoolLock);
    SimpArenaEmpty();
    SimpHeapStart();
    SimpObserveStart();
    SimpInjectStart();
    pthread_mutex_unlock(&SimpPoolLock);
    SimpIoStart();
    return Named == 0;
}
