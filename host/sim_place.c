/*
 * sim_place.c - a block exactly where a test orders it (SimPlaceNext).
 *
 * The free chunks, or free runs, that the block overlaps are taken from their bins, joined, and
 * what is left over in front and behind goes back.
 */
#define _GNU_SOURCE
#include "simp.h"

PVOID SimpPlaceAt;

static _Noreturn void Refuse(const SIMP_WANT *Want, const char *Why)
{
    SimpFatal("SimPlaceNext(%p): cannot place %lu bytes of type %u there: %s", SimpPlaceAt,
              (unsigned long)Want->Size, Want->Type, Why);
}

/* A small page without a block becomes a free run. */
static void ReclaimIfEmpty(SIMP_ARENA *Arena, ULONG Page)
{
    if (Arena->Page[Page].Small && Arena->Page[Page].Blocks == 0) {
        SimpHeapReclaim(Arena, Page);
    }
}

/* One run of exactly these pages, in no bin. */
static SIMP_CHUNK *PlaceRun(SIMP_ARENA *Arena, const SIMP_WANT *Want, ULONG Page, ULONG Count)
{
    ULONG At = Page;
    ULONG End = Page + Count;
    SIMP_CHUNK *Run, *All = NULL;

    if (End > Arena->NextPage) {
        Refuse(Want, "pages never used");
    }
    while (At < End) {
        ReclaimIfEmpty(Arena, At);
        Run = SimpChunkAt(Arena, Arena->Page[At].Run);
        if (Run == NULL || Run->State != SIMP_CHUNK_FREE) {
            Refuse(Want, "a page is in use");
        }
        SimpChunkUnbin(Arena, Run);
        if (SimpChunkPage(Run) < At) { /* only the first can begin earlier */
            SimpChunkSplit(Arena, Run, (At - SimpChunkPage(Run)) * SIMP_PAGE_GRANULES);
            SimpChunkBin(Arena, Run);
            Run = SimpChunkAt(Arena, Arena->Page[At].Run);
            SimpChunkUnbin(Arena, Run);
        }
        if (SimpChunkPage(Run) + Run->Units / SIMP_PAGE_GRANULES > End) {
            SimpChunkSplit(Arena, Run, (End - At) * SIMP_PAGE_GRANULES);
        }
        At += Run->Units / SIMP_PAGE_GRANULES;
        if (All == NULL) {
            All = Run;
        } else {
            All->Units += Run->Units;
            SimpChunkForget(Arena, Run);
        }
    }
    for (At = Page; At < End; At++) {
        Arena->Page[At].Run = SimpChunkHandle(Arena, All);
    }
    All->Flags &= SIMP_PAGES;
    return All;
}

/* One chunk of exactly these granules of a small page, in no bin. */
static SIMP_CHUNK *PlaceSmall(SIMP_ARENA *Arena, const SIMP_WANT *Want, ULONG Start, ULONG Units)
{
    ULONG End = Start + Units;
    ULONG At = Start;
    SIMP_CHUNK *Chunk, *All;

    Chunk = SimpHeapFind(Arena, Arena->Base + (SIZE_T)Start * SIMP_GRANULE);
    if (Chunk->State != SIMP_CHUNK_FREE) {
        Refuse(Want, "the bytes are in use");
    }
    SimpChunkUnbin(Arena, Chunk);
    All = Chunk;
    for (At = Chunk->Start + Chunk->Units; At < End; At = All->Start + All->Units) {
        Chunk = SimpChunkAt(Arena, Arena->HandleAt[At]);
        if (Chunk->State != SIMP_CHUNK_FREE) {
            Refuse(Want, "the bytes are in use");
        }
        SimpChunkUnbin(Arena, Chunk);
        All->Units += Chunk->Units;
        SimpChunkForget(Arena, Chunk);
    }
    All->Flags = 0;
    if (All->Start < Start) {
        SimpChunkSplit(Arena, All, Start - All->Start);
        SimpChunkBin(Arena, All);
        All = SimpChunkAt(Arena, Arena->HandleAt[Start]);
        SimpChunkUnbin(Arena, All);
    }
    SimpChunkSplit(Arena, All, Units);
    return All;
}

static SIMP_CHUNK *PlaceInPage(SIMP_ARENA *Arena, const SIMP_WANT *Want)
{
    ULONG Page = SimpPageOf(Arena, SimpPlaceAt);
    ULONG Start = SimpGranuleOf(Arena, SimpPlaceAt);
    ULONG Units = SimpHeapUnits(Want->Size);
    ULONG End = (Page + 1) * SIMP_PAGE_GRANULES;

    if (Page >= Arena->NextPage) {
        Refuse(Want, "page never used");
    }
    if (Start % SIMP_PAGE_GRANULES == 0 || Start % SimpHeapAlign(Want->Type) != 0 ||
        Start + Units > End) {
        Refuse(Want, "alignment, or it would cross a page");
    }
    if (!Arena->Page[Page].Small) {
        SimpHeapMakeSmall(Arena, PlaceRun(Arena, Want, Page, 1));
    }
    return PlaceSmall(Arena, Want, Start, Units);
}

SIMP_CHUNK *SimpPlace(SIMP_ARENA *Arena, const SIMP_WANT *Want)
{
    SIMP_CHUNK *Chunk;
    ULONG Pages = (ULONG)((Want->Size + PAGE_SIZE - 1) >> PAGE_SHIFT);

    if (SimpArenaOf(SimpPlaceAt) != Arena || SimpOptions.Placement != SIM_PACKED) {
        Refuse(Want, "not in this arena, or not SIM_PACKED");
    }
    if ((ULONG_PTR)SimpPlaceAt % SIMP_GRANULE != 0) {
        Refuse(Want, "alignment");
    }
    if (SimpHeapIsSmall(Want->Size, Want->Type)) {
        Chunk = PlaceInPage(Arena, Want);
    } else if ((ULONG_PTR)SimpPlaceAt % PAGE_SIZE == 0) {
        Chunk = PlaceRun(Arena, Want, SimpPageOf(Arena, SimpPlaceAt), Pages);
    } else {
        Refuse(Want, "alignment");
    }
    SimpPlaceAt = NULL;
    return Chunk;
}

void SimPlaceNext(PVOID P)
{
    pthread_mutex_lock(&SimpPoolLock);
    SimpPlaceAt = P;
    pthread_mutex_unlock(&SimpPoolLock);
}
