/*
 * sim_heap.c - which bytes a request gets.
 *
 * Up to a page less a granule: a chunk of granules in a small page. More: a run of whole pages. The
 * first granule of a small page is nobody's, so that small blocks are not page-aligned by accident.
 * From there on blocks lie side by side.
 *
 * Where a request looks, in this order: the bin of its own size (what was freed last), larger bins
 * (the front is cut off), small pages that became empty, pages never used. Neighbours are not
 * joined when freed: the freed address itself must come back. Only when an arena is full are empty
 * pages joined.
 */
#define _GNU_SOURCE
#include <string.h>
#include "simp.h"

#define CACHE_LINE 64

/* Chunks of its own bin that a cache-aligned request looks at before it cuts up a larger one. */
#define ALIGNED_TRIES 8

ULONG SimpHeapAlign(ULONG Type)
{
    return (Type & 4) != 0 ? CACHE_LINE / SIMP_GRANULE : 1;
}

BOOLEAN SimpHeapIsSmall(SIZE_T Size, ULONG Type)
{
    return SimpOptions.Placement == SIM_PACKED &&
           Size <= PAGE_SIZE - SimpHeapAlign(Type) * SIMP_GRANULE;
}

ULONG SimpHeapUnits(SIZE_T Size)
{
    return Size == 0 ? 1 : (ULONG)((Size + SIMP_GRANULE - 1) / SIMP_GRANULE);
}

static void EmptyListAdd(SIMP_ARENA *Arena, ULONG Page)
{
    SIMP_PAGE *P = &Arena->Page[Page];

    P->EmptyPrev = 0;
    P->EmptyNext = Arena->Empty;
    if (P->EmptyNext != 0) {
        Arena->Page[P->EmptyNext - 1].EmptyPrev = Page + 1;
    }
    Arena->Empty = Page + 1;
}

static void EmptyListRemove(SIMP_ARENA *Arena, ULONG Page)
{
    SIMP_PAGE *P = &Arena->Page[Page];

    if (P->EmptyNext != 0) {
        Arena->Page[P->EmptyNext - 1].EmptyPrev = P->EmptyPrev;
    }
    if (P->EmptyPrev != 0) {
        Arena->Page[P->EmptyPrev - 1].EmptyNext = P->EmptyNext;
    } else {
        Arena->Empty = P->EmptyNext;
    }
}

static void SetRun(SIMP_ARENA *Arena, const SIMP_CHUNK *Run, ULONG Handle)
{
    ULONG Page = SimpChunkPage(Run);
    ULONG End = Page + Run->Units / SIMP_PAGE_GRANULES;

    for (; Page < End; Page++) {
        Arena->Page[Page].Run = Handle;
    }
}

void SimpHeapMakeSmall(SIMP_ARENA *Arena, SIMP_CHUNK *Run)
{
    ULONG Page = SimpChunkPage(Run);
    ULONG Start = Run->Start;
    UCHAR Fresh = Run->Flags & SIMP_FRESH;

    SimpChunkForget(Arena, Run);
    Arena->Page[Page].Run = 0;
    Arena->Page[Page].Small = 1;
    Arena->Page[Page].Blocks = 0;
    SimpArenaAccess(Arena, Page, 1, 1);
    SimpChunkNew(Arena, Start, 1, SIMP_CHUNK_HEAD, 0);
    SimpChunkBin(Arena,
                 SimpChunkNew(Arena, Start + 1, SIMP_PAGE_GRANULES - 1, SIMP_CHUNK_FREE, Fresh));
    EmptyListAdd(Arena, Page);
}

void SimpHeapReclaim(SIMP_ARENA *Arena, ULONG Page)
{
    ULONG Granule = Page * SIMP_PAGE_GRANULES;
    ULONG End = Granule + SIMP_PAGE_GRANULES;
    SIMP_CHUNK *Chunk;

    EmptyListRemove(Arena, Page);
    while (Granule < End) {
        Chunk = SimpChunkAt(Arena, Arena->HandleAt[Granule]);
        Granule += Chunk->Units;
        if (Chunk->State == SIMP_CHUNK_FREE) {
            SimpChunkUnbin(Arena, Chunk);
        }
        SimpChunkForget(Arena, Chunk);
    }
    Arena->Page[Page].Small = 0;
    Chunk = SimpChunkNew(Arena, Page * SIMP_PAGE_GRANULES, SIMP_PAGE_GRANULES, SIMP_CHUNK_FREE,
                         SIMP_PAGES);
    SetRun(Arena, Chunk, SimpChunkHandle(Arena, Chunk));
    SimpChunkBin(Arena, Chunk);
}

/* A free run of at least Units granules that is a multiple of pages, taken from its bin. */
static SIMP_CHUNK *FindRun(SIMP_ARENA *Arena, ULONG Units)
{
    ULONG Last = SIMP_BINS - 1;
    SIMP_CHUNK *Run = SimpChunkFirst(Arena, SimpChunkBinOf(Units, SIMP_PAGES), SIMP_BINS);

    /* Only in the last bin may a chunk be too short. */
    while (Run != NULL && Run->Units < Units && SimpChunkBinOf(Run->Units, SIMP_PAGES) == Last) {
        Run = SimpChunkAt(Arena, Run->u.Link.Next);
    }
    if (Run != NULL) {
        SimpChunkUnbin(Arena, Run);
    }
    return Run;
}

static SIMP_CHUNK *NewRun(SIMP_ARENA *Arena, ULONG Units)
{
    ULONG Page = Arena->NextPage;
    ULONG Count = Units / SIMP_PAGE_GRANULES;
    SIMP_CHUNK *Run;

    if (Count > Arena->Pages - Page) {
        return NULL;
    }
    Run = SimpChunkNew(Arena, Page * SIMP_PAGE_GRANULES, Units, SIMP_CHUNK_NONE,
                       SIMP_PAGES | SIMP_FRESH);
    SetRun(Arena, Run, SimpChunkHandle(Arena, Run));
    SimpPagingGrow(Arena, Count);
    return Run;
}

/* The arena is full: join all free pages that lie side by side. */
static void JoinFreeRuns(SIMP_ARENA *Arena)
{
    ULONG Page = 0;
    SIMP_CHUNK *Run, *Before = NULL;

    while (Arena->Empty != 0) {
        SimpHeapReclaim(Arena, Arena->Empty - 1);
    }
    while (Page < Arena->NextPage) {
        Run = SimpChunkAt(Arena, Arena->Page[Page].Run);
        Page += Run == NULL ? 1 : Run->Units / SIMP_PAGE_GRANULES;
        if (Run == NULL || Run->State != SIMP_CHUNK_FREE) {
            Before = NULL;
            continue;
        }
        if (Before != NULL) {
            SimpChunkUnbin(Arena, Before);
            SimpChunkUnbin(Arena, Run);
            SetRun(Arena, Run, SimpChunkHandle(Arena, Before));
            Before->Units += Run->Units;
            Before->Flags = SIMP_PAGES;
            SimpChunkForget(Arena, Run);
            SimpChunkBin(Arena, Before);
        } else {
            Before = Run;
        }
    }
}

/* A run of exactly Units granules, in no bin; NULL: the arena is full. */
static SIMP_CHUNK *TakeRun(SIMP_ARENA *Arena, ULONG Units)
{
    SIMP_CHUNK *Run = FindRun(Arena, Units);

    if (Run == NULL && Units == SIMP_PAGE_GRANULES && Arena->Empty != 0) {
        SimpHeapReclaim(Arena, Arena->Empty - 1);
        Run = FindRun(Arena, Units);
    }
    if (Run == NULL) {
        Run = NewRun(Arena, Units);
    }
    if (Run == NULL) {
        JoinFreeRuns(Arena);
        Run = FindRun(Arena, Units);
    }
    if (Run != NULL) {
        SimpChunkSplit(Arena, Run, Units);
    }
    return Run;
}

/* Granules to leave free in front, for the block to be aligned. */
static ULONG Lead(const SIMP_CHUNK *Chunk, ULONG Align)
{
    return (Align - Chunk->Start % Align) % Align;
}

static SIMP_CHUNK *FindSmall(SIMP_ARENA *Arena, ULONG Units, ULONG Align)
{
    SIMP_CHUNK *Chunk = SimpChunkAt(Arena, Arena->Bin[Units]);
    ULONG Tries;

    for (Tries = 0; Chunk != NULL && Tries < ALIGNED_TRIES; Tries++) {
        if (Lead(Chunk, Align) == 0) {
            return Chunk;
        }
        Chunk = SimpChunkAt(Arena, Chunk->u.Link.Next);
    }
    /* Align - 1 granules more than needed hold the block wherever the chunk starts. */
    return SimpChunkFirst(Arena, Units + (Align == 1 ? 1 : Align - 1), SIMP_BIN_PAGES);
}

static SIMP_CHUNK *TakeSmall(SIMP_ARENA *Arena, ULONG Units, ULONG Align)
{
    SIMP_CHUNK *Chunk = FindSmall(Arena, Units, Align);
    SIMP_CHUNK *Run;
    ULONG Front;

    if (Chunk == NULL) {
        Run = TakeRun(Arena, SIMP_PAGE_GRANULES);
        if (Run == NULL) {
            return NULL;
        }
        Front = Run->Start;
        SimpHeapMakeSmall(Arena, Run);
        Chunk = SimpChunkAt(Arena, Arena->HandleAt[Front + 1]); /* behind the page's head */
    }
    SimpChunkUnbin(Arena, Chunk);
    Front = Lead(Chunk, Align);
    if (Front != 0) {
        SimpChunkSplit(Arena, Chunk, Front);
        SimpChunkBin(Arena, Chunk);
        Chunk = SimpChunkAt(Arena, Arena->HandleAt[Chunk->Start + Front]);
        SimpChunkUnbin(Arena, Chunk);
    }
    SimpChunkSplit(Arena, Chunk, Units);
    return Chunk;
}

/* Which pages of a run can be touched: not the guard. */
static void OpenRun(SIMP_ARENA *Arena, SIMP_CHUNK *Run)
{
    ULONG Page = SimpChunkPage(Run);
    ULONG Count = Run->Units / SIMP_PAGE_GRANULES;

    if (Run->Flags & SIMP_GUARD_START) {
        SimpArenaAccess(Arena, Page, 1, 0);
        Page++;
        Count--;
    } else if (Run->Flags & SIMP_GUARD_END) {
        Count--;
        SimpArenaAccess(Arena, Page + Count, 1, 0);
    }
    SimpArenaAccess(Arena, Page, Count, 1);
}

/* The flag that the placement in force gives to a run of pages. */
static UCHAR GuardFlag(void)
{
    switch (SimpOptions.Placement) {
    case SIM_END_AT_GUARD: return SIMP_GUARD_END;
    case SIM_START_AT_GUARD: return SIMP_GUARD_START;
    default: return 0;
    }
}

static SIMP_CHUNK *TakeLarge(SIMP_ARENA *Arena, SIZE_T Size)
{
    ULONG Pages = Size == 0 ? 1 : (ULONG)((Size + PAGE_SIZE - 1) >> PAGE_SHIFT);

    if (GuardFlag() != 0) {
        Pages++;
    }
    return Pages > Arena->Pages ? NULL : TakeRun(Arena, Pages * SIMP_PAGE_GRANULES);
}

PVOID SimpHeapAllocate(SIMP_ARENA *Arena, SIMP_WANT *Want)
{
    SIMP_CHUNK *Chunk;
    ULONG Page;

    if (Want->Size >= Arena->Bytes || !SimpChunkRoom(Arena)) {
        return NULL;
    }
    if (SimpPlaceAt != NULL) {
        Chunk = SimpPlace(Arena, Want);
    } else if (SimpHeapIsSmall(Want->Size, Want->Type)) {
        Chunk = TakeSmall(Arena, SimpHeapUnits(Want->Size), SimpHeapAlign(Want->Type));
    } else {
        Chunk = TakeLarge(Arena, Want->Size);
    }
    if (Chunk == NULL) {
        return NULL;
    }
    Want->Fresh = (Chunk->Flags & SIMP_FRESH) != 0;
    Chunk->State = SIMP_CHUNK_LIVE;
    Chunk->Flags = (Chunk->Flags & SIMP_PAGES) | (Want->Owner == SIM_FOREIGN ? SIMP_IS_FOREIGN : 0);
    Chunk->Flags |= Want->Secure ? SIMP_IS_SECURE : 0;
    Chunk->Size = (ULONG)Want->Size;
    Chunk->Tag = Want->Tag;
    Chunk->Type = (USHORT)Want->Type;
    Chunk->u.Sequence = Want->Sequence;
    Page = SimpChunkPage(Chunk);
    if (Chunk->Flags & SIMP_PAGES) {
        Chunk->Flags |= GuardFlag();
        OpenRun(Arena, Chunk);
    } else if (Arena->Page[Page].Blocks++ == 0) {
        EmptyListRemove(Arena, Page);
    }
    return SimpHeapBlock(Arena, Chunk);
}

void SimpHeapFree(SIMP_ARENA *Arena, SIMP_CHUNK *Chunk)
{
    ULONG Page = SimpChunkPage(Chunk);
    ULONG Count = Chunk->Units / SIMP_PAGE_GRANULES;

    /* The guard flags stay until the run is handed out: they tell where its last block started. */
    Chunk->Flags |= SIMP_WAS_BLOCK;
    if ((Chunk->Flags & SIMP_PAGES) != 0 &&
        (SimpOptions.UnmapFreePages || SimpOptions.Placement != SIM_PACKED ||
         (Chunk->Flags & (SIMP_GUARD_END | SIMP_GUARD_START)) != 0)) {
        SimpArenaAccess(Arena, Page, Count, 0);
    }
    if (SimpOptions.Reuse == SIM_REUSE_NEVER) {
        Chunk->State = SIMP_CHUNK_LIMBO;
        return;
    }
    SimpChunkBin(Arena, Chunk);
    if ((Chunk->Flags & SIMP_PAGES) == 0 && --Arena->Page[Page].Blocks == 0) {
        EmptyListAdd(Arena, Page);
    }
}

SIMP_CHUNK *SimpHeapFind(SIMP_ARENA *Arena, const void *P)
{
    ULONG Page = SimpPageOf(Arena, P);
    ULONG Granule = SimpGranuleOf(Arena, P);

    if (Page >= Arena->NextPage) {
        return NULL;
    }
    if (!Arena->Page[Page].Small) {
        return SimpChunkAt(Arena, Arena->Page[Page].Run);
    }
    while (Arena->HandleAt[Granule] == 0) {
        Granule--; /* ends at the page's head at the latest */
    }
    return SimpChunkAt(Arena, Arena->HandleAt[Granule]);
}

char *SimpHeapBlock(const SIMP_ARENA *Arena, const SIMP_CHUNK *Chunk)
{
    char *Start = Arena->Base + (SIZE_T)Chunk->Start * SIMP_GRANULE;
    SIZE_T Align = SimpHeapAlign(Chunk->Type) * SIMP_GRANULE;
    SIZE_T Size = Chunk->Size == 0 ? 1 : Chunk->Size;

    if (Chunk->Flags & SIMP_GUARD_START) {
        return Start + PAGE_SIZE;
    }
    if ((Chunk->Flags & SIMP_GUARD_END) != 0 && Size < PAGE_SIZE) {
        return Start + PAGE_SIZE - (Size + Align - 1) / Align * Align;
    }
    return Start; /* from a page on the contract wants page alignment, whatever lies behind */
}

void SimpHeapStart(void)
{
    SimpPlaceAt = NULL;
}
