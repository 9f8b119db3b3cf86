/*
 * sim_arena.c - where pool memory lies, and which of its pages are accessible.
 *
 * Both arenas are one reservation of address space, nonpaged below paged. Pages become accessible
 * when they are first used, so that a stray pointer into an arena faults instead of reading zeros.
 * The tables are reserved too and cost memory only where they are touched.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include "simp.h"

#if UINTPTR_MAX > 0xFFFFFFFFu
#define ARENA_BYTES ((SIZE_T)0xC0000000u) /* 3 GB each */
#define CHUNK_LIMIT (32u << 20)
/* Below the libraries and above the image; a place that the sanitizers leave to the program too. */
static const ULONG_PTR Places[] = {0x7e9000000000u, 0x7e1000000000u, 0x681000000000u};
#else
#define ARENA_BYTES ((SIZE_T)(384u << 20))
#define CHUNK_LIMIT (6u << 20)
static const ULONG_PTR Places[] = {0x80000000u, 0x90000000u, 0x98000000u, 0x60000000u, 0x20000000u};
#endif

SIMP_ARENA SimpArenas[2];
PVOID MmSystemRangeStart;

static void *Reserve(SIZE_T Bytes)
{
    void *P = mmap(NULL, Bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                   -1, 0);

    if (P == MAP_FAILED) {
        SimpFatal("no address space for %lu MB of tables: %s", (unsigned long)(Bytes >> 20),
                  strerror(errno));
    }
    return P;
}

/* An exact place, without MAP_FIXED_NOREPLACE's need of a new kernel: one too old takes it as a
   hint, and the result tells. */
static char *ReserveArenas(void)
{
    unsigned I;
    void *P;

    for (I = 0; I < sizeof Places / sizeof Places[0]; I++) {
        P = mmap((void *)Places[I], 2 * ARENA_BYTES, PROT_NONE,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
        if (P == (void *)Places[I]) {
            return P;
        }
        if (P != MAP_FAILED) {
            munmap(P, 2 * ARENA_BYTES);
        }
    }
    SimpFatal("no address space for the pool: %lu MB free at none of %u places",
              (unsigned long)(2 * ARENA_BYTES >> 20), I);
}

static void ReserveTables(SIMP_ARENA *Arena)
{
    Arena->Pages = (ULONG)(ARENA_BYTES >> PAGE_SHIFT);
    Arena->Reserved[0] = Arena->Pages * sizeof(SIMP_PAGE);
    Arena->Reserved[1] = ARENA_BYTES / SIMP_GRANULE * sizeof(ULONG);
    Arena->Reserved[2] = (SIZE_T)CHUNK_LIMIT * sizeof(SIMP_CHUNK);
    Arena->Page = Reserve(Arena->Reserved[0]);
    Arena->HandleAt = Reserve(Arena->Reserved[1]);
    Arena->Chunk = Reserve(Arena->Reserved[2]);
    Arena->ChunkLimit = CHUNK_LIMIT;
    Arena->ChunkTop = 1; /* handle 0 is no chunk */
}

void SimpArenaStart(void)
{
    char *Base = ReserveArenas();
    ULONG I;

    memset(SimpArenas, 0, sizeof SimpArenas);
    for (I = 0; I < 2; I++) {
        SimpArenas[I].Base = Base + I * ARENA_BYTES;
        SimpArenas[I].Bytes = ARENA_BYTES;
        SimpArenas[I].Paged = I == 1;
        ReserveTables(&SimpArenas[I]);
    }
    MmSystemRangeStart = Base;
}

static void ReleaseTables(SIMP_ARENA *Arena)
{
    munmap(Arena->Page, Arena->Reserved[0]);
    munmap(Arena->HandleAt, Arena->Reserved[1]);
    munmap(Arena->Chunk, Arena->Reserved[2]);
}

void SimpArenaStop(void)
{
    munmap(SimpArenas[0].Base, 2 * ARENA_BYTES);
    ReleaseTables(&SimpArenas[0]);
    ReleaseTables(&SimpArenas[1]);
    memset(SimpArenas, 0, sizeof SimpArenas);
    MmSystemRangeStart = NULL;
}

void SimpArenaEmpty(void)
{
    char *Base = SimpArenas[0].Base;
    ULONG I;

    /* In one step, so that nothing else can be mapped there in between. */
    if (mmap(Base, 2 * ARENA_BYTES, PROT_NONE,
             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0) != Base) {
        SimpFatal("cannot empty the pool: %s", strerror(errno));
    }
    for (I = 0; I < 2; I++) {
        SIMP_ARENA Old = SimpArenas[I];

        ReleaseTables(&Old);
        memset(&SimpArenas[I], 0, sizeof SimpArenas[I]);
        SimpArenas[I].Base = Old.Base;
        SimpArenas[I].Bytes = Old.Bytes;
        SimpArenas[I].Paged = Old.Paged;
        ReserveTables(&SimpArenas[I]);
    }
}

SIMP_ARENA *SimpArenaOf(const void *P)
{
    ULONG I;

    for (I = 0; I < 2; I++) {
        if (SimpArenas[I].Base != NULL &&
            (ULONG_PTR)P - (ULONG_PTR)SimpArenas[I].Base < SimpArenas[I].Bytes) {
            return &SimpArenas[I];
        }
    }
    return NULL;
}

void SimpArenaAccess(SIMP_ARENA *Arena, ULONG Page, ULONG Count, UCHAR Ok)
{
    ULONG End = Page + Count;
    ULONG First;

    while (Page < End) {
        First = Page;
        while (Page < End && Arena->Page[Page].Ok != Ok) {
            Page++;
        }
        if (Page > First) {
            SimpPagingApply(Arena, First, Page - First, Ok);
        } else {
            Page++;
        }
    }
}

BOOLEAN SimIsPool(const void *P)
{
    return SimpArenaOf(P) != NULL;
}

BOOLEAN SimIsPaged(const void *P)
{
    const SIMP_ARENA *Arena = SimpArenaOf(P);

    return Arena != NULL && Arena->Paged;
}
