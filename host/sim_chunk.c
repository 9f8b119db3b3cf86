/*
 * sim_chunk.c - the pool's out-of-line records, and the bins free ones wait in.
 *
 * A bin is a last-in, first-out list: what was freed last is handed out first. Small chunks have a
 * bin for each number of granules, runs of pages one for each number of pages up to 64, and one for
 * all longer ones. A bitmap of the bins in use finds the next larger chunk without a walk.
 */
#define _GNU_SOURCE
#include "simp.h"

/* A request takes at most this many records: the block, pieces cut off, a page made small. */
#define RECORDS_PER_REQUEST 8

BOOLEAN SimpChunkRoom(const SIMP_ARENA *Arena)
{
    /* Freed records are not counted: this is the last reserve, not an exact figure. */
    return Arena->ChunkTop + RECORDS_PER_REQUEST <= Arena->ChunkLimit;
}

SIMP_CHUNK *SimpChunkNew(SIMP_ARENA *Arena, ULONG Start, ULONG Units, UCHAR State, UCHAR Flags)
{
    SIMP_CHUNK *Chunk;

    if (Arena->ChunkFree != 0) {
        Chunk = &Arena->Chunk[Arena->ChunkFree];
        Arena->ChunkFree = Chunk->u.Link.Next;
    } else {
        Chunk = &Arena->Chunk[Arena->ChunkTop++];
    }
    Chunk->u.Sequence = 0;
    Chunk->Start = Start;
    Chunk->Units = Units;
    Chunk->Size = 0;
    Chunk->Tag = 0;
    Chunk->Type = 0;
    Chunk->State = State;
    Chunk->Flags = Flags;
    if ((Flags & SIMP_PAGES) == 0) {
        Arena->HandleAt[Start] = SimpChunkHandle(Arena, Chunk);
    }
    return Chunk;
}

void SimpChunkForget(SIMP_ARENA *Arena, SIMP_CHUNK *Chunk)
{
    if ((Chunk->Flags & SIMP_PAGES) == 0) {
        Arena->HandleAt[Chunk->Start] = 0;
    }
    Chunk->State = SIMP_CHUNK_NONE;
    Chunk->u.Link.Next = Arena->ChunkFree;
    Arena->ChunkFree = SimpChunkHandle(Arena, Chunk);
}

ULONG SimpChunkBinOf(ULONG Units, UCHAR Flags)
{
    ULONG Pages;

    if ((Flags & SIMP_PAGES) == 0) {
        return Units;
    }
    Pages = Units / SIMP_PAGE_GRANULES;
    return SIMP_BIN_PAGES + (Pages > 64 ? 64 : Pages - 1);
}

void SimpChunkBin(SIMP_ARENA *Arena, SIMP_CHUNK *Chunk)
{
    ULONG Bin = SimpChunkBinOf(Chunk->Units, Chunk->Flags);
    ULONG Handle = SimpChunkHandle(Arena, Chunk);
    ULONG Next = Arena->Bin[Bin];

    Chunk->State = SIMP_CHUNK_FREE;
    Chunk->u.Link.Prev = 0;
    Chunk->u.Link.Next = Next;
    if (Next != 0) {
        Arena->Chunk[Next].u.Link.Prev = Handle;
    }
    Arena->Bin[Bin] = Handle;
    Arena->BinMap[Bin / 32] |= 1u << (Bin % 32);
}

void SimpChunkUnbin(SIMP_ARENA *Arena, SIMP_CHUNK *Chunk)
{
    ULONG Bin = SimpChunkBinOf(Chunk->Units, Chunk->Flags);
    ULONG Next = Chunk->u.Link.Next;
    ULONG Prev = Chunk->u.Link.Prev;

    if (Next != 0) {
        Arena->Chunk[Next].u.Link.Prev = Prev;
    }
    if (Prev != 0) {
        Arena->Chunk[Prev].u.Link.Next = Next;
    } else {
        Arena->Bin[Bin] = Next;
        if (Next == 0) {
            Arena->BinMap[Bin / 32] &= ~(1u << (Bin % 32));
        }
    }
    Chunk->State = SIMP_CHUNK_NONE;
}

void SimpChunkSplit(SIMP_ARENA *Arena, SIMP_CHUNK *Chunk, ULONG Units)
{
    ULONG Rest = Chunk->Units - Units;
    UCHAR Flags = Chunk->Flags & (SIMP_PAGES | SIMP_FRESH);
    SIMP_CHUNK *Tail;
    ULONG Page, End;

    if (Rest == 0) {
        return;
    }
    Chunk->Units = Units;
    Tail = SimpChunkNew(Arena, Chunk->Start + Units, Rest, SIMP_CHUNK_FREE, Flags);
    if (Flags & SIMP_PAGES) {
        End = SimpChunkPage(Tail) + Rest / SIMP_PAGE_GRANULES;
        for (Page = SimpChunkPage(Tail); Page < End; Page++) {
            Arena->Page[Page].Run = SimpChunkHandle(Arena, Tail);
        }
    }
    SimpChunkBin(Arena, Tail);
}

SIMP_CHUNK *SimpChunkFirst(SIMP_ARENA *Arena, ULONG Bin, ULONG Limit)
{
    ULONG Word = Bin / 32;
    ULONG Bits;

    if (Bin >= Limit) {
        return NULL;
    }
    Bits = Arena->BinMap[Word] & (~0u << (Bin % 32));
    while (Bits == 0) {
        Word++;
        if (Word * 32 >= Limit) {
            return NULL;
        }
        Bits = Arena->BinMap[Word];
    }
    Bin = Word * 32 + (ULONG)__builtin_ctz(Bits);
    return Bin < Limit ? SimpChunkAt(Arena, Arena->Bin[Bin]) : NULL;
}
