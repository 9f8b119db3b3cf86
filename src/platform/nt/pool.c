/* pool.c (nt) - the kit's pool routines, and MemCheck's own memory. */
#include "ntp.h"

/* In every kit's library from Windows 2000 on, but the kit of Windows 2000 does not declare it.
 * Written as the later kits do, so that a second declaration is the same as the first. */
#ifndef MEMCHECK_NT4
NTKERNELAPI VOID NTAPI ExFreePoolWithTag(IN PVOID P, IN ULONG Tag);
#endif

/* The newest kits advise against every routine that old systems have. */
#if defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
#elif defined(_MSC_VER)
#pragma warning(disable : 4996)
#endif

PVOID McOsPoolAllocate(const MC_REQUEST *Request)
{
    if (Request->Routine == MC_ALLOCATE_POOL) {
        return ExAllocatePool((POOL_TYPE)Request->PoolType, Request->Size);
    }
    return ExAllocatePoolWithTag((POOL_TYPE)Request->PoolType, Request->Size, Request->Tag);
}

VOID McOsPoolFree(PVOID P, ULONG Routine, ULONG Tag)
{
#ifdef MEMCHECK_NT4
    (void)Routine;
    (void)Tag;
    ExFreePool(P);
#else
    if (Routine == MC_FREE_POOL) {
        ExFreePool(P);
    } else {
        ExFreePoolWithTag(P, Tag);
    }
#endif
}

/* Nonpaged memory of MemCheck's own, not executable where there is such a pool. */
static PVOID McpNtRaw(SIZE_T Size, ULONG Aligned)
{
    MC_REQUEST Request;

    Request.Routine = MC_ALLOCATE_POOL_WITH_TAG;
    Request.PoolType = (McpNt.HasNx ? MCP_NONPAGED_NX : MCP_NONPAGED) | Aligned;
    Request.Size = Size;
    Request.Tag = MCP_TAG;
    return McOsPoolAllocate(&Request);
}

#if defined(__GNUC__)
#pragma GCC diagnostic pop
#elif defined(_MSC_VER)
#pragma warning(default : 4996)
#endif

/*
 * Is a block of this size aligned by ourselves? The pool's cache line may be shorter than ours
 * (Pentium III: 32 bytes), so up to a page it is; from a page on the pool aligns to pages, unless
 * it is not a real one.
 */
static BOOLEAN McpNtPadded(SIZE_T Size)
{
    return Size % MCP_META_ALIGNMENT == 0 && (Size < MC_PAGE_SIZE || McpNt.PoolMisaligned);
}

/* Stores that no compiler turns into a call of memset, which not every kernel exports. */
static VOID McpNtZero(PVOID P, SIZE_T Size)
{
    volatile UCHAR *Byte = (volatile UCHAR *)P;
    volatile ULONG_PTR *Word = (volatile ULONG_PTR *)P;
    SIZE_T Words = Size / sizeof(ULONG_PTR);
    SIZE_T I;

    for (I = 0; I < Words; I++) {
        Word[I] = 0;
    }
    for (I = Words * sizeof(ULONG_PTR); I < Size; I++) {
        Byte[I] = 0;
    }
}

PVOID McOsMetaAllocate(SIZE_T Size)
{
    const SIZE_T Extra = MCP_META_ALIGNMENT + sizeof(PVOID);
    PVOID Raw;
    ULONG_PTR P;

    if (!McpNtPadded(Size)) {
        P = (ULONG_PTR)McpNtRaw(Size, MCP_CACHE_ALIGNED);
    } else {
        if (Size + Extra < Size) {
            return NULL;
        }
        Raw = McpNtRaw(Size + Extra, 0);
        if (!Raw) {
            return NULL;
        }
        P = ((ULONG_PTR)Raw + Extra) & ~(ULONG_PTR)(MCP_META_ALIGNMENT - 1);
        ((PVOID *)P)[-1] = Raw; /* what McOsMetaFree gives back */
    }
    if (P) {
        McpNtZero((PVOID)P, Size);
    }
    return (PVOID)P;
}

VOID McOsMetaFree(PVOID P, SIZE_T Size)
{
    McOsPoolFree(McpNtPadded(Size) ? ((PVOID *)P)[-1] : P, MC_FREE_POOL_WITH_TAG, MCP_TAG);
}

/*
 * To how many bytes the pool aligns cache-aligned types: no routine tells on every version, so a
 * few blocks do. The result can be more than the truth, which is harmless, and never less.
 */
static ULONG McpNtCacheLine(VOID)
{
    PVOID Tried[8];
    ULONG_PTR Bits = MC_PAGE_SIZE / 4;
    ULONG Line = MCP_META_ALIGNMENT;
    ULONG I;

    for (I = 0; I < sizeof(Tried) / sizeof(Tried[0]); I++) {
        Tried[I] = McpNtRaw(24, MCP_CACHE_ALIGNED);
        Bits |= (ULONG_PTR)Tried[I]; /* NULL adds nothing */
    }
    for (I = 0; I < sizeof(Tried) / sizeof(Tried[0]); I++) {
        if (Tried[I]) {
            McOsPoolFree(Tried[I], MC_FREE_POOL_WITH_TAG, MCP_TAG);
        }
    }
    while (!(Bits & Line) && Line < MC_PAGE_SIZE / 4) {
        Line *= 2;
    }
    return Line;
}

/*
 * What a kernel says of itself does not hold under Wine, whose pool is a user-mode heap below
 * MmSystemRangeStart, with no page alignment. So the pool is asked for a few pages.
 */
BOOLEAN McpNtPoolStart(VOID)
{
    PVOID Tried[4];
    ULONG Count = 0;
    ULONG I;

#ifdef MEMCHECK_NT4
    McpNt.SystemStart = 0x80000000u; /* with 3 GB for programs it is higher: never wrong */
#else
    McpNt.SystemStart = (ULONG_PTR)MmSystemRangeStart;
#endif
    McpNt.CacheLine = McpNtCacheLine();
    McpNt.PoolMisaligned = FALSE;
    while (Count < sizeof(Tried) / sizeof(Tried[0])) {
        Tried[Count] = McpNtRaw(MC_PAGE_SIZE, 0);
        if (!Tried[Count]) {
            break;
        }
        Count++;
    }
    for (I = 0; I < Count; I++) {
        if ((ULONG_PTR)Tried[I] % MC_PAGE_SIZE != 0) {
            McpNt.PoolMisaligned = TRUE;
        }
        if ((ULONG_PTR)Tried[I] < McpNt.SystemStart) {
            McpNt.SystemStart = 0x10000u; /* the first 64 KB are nobody's */
        }
        McOsPoolFree(Tried[I], MC_FREE_POOL_WITH_TAG, MCP_TAG);
    }
    return Count != 0;
}

ULONG McOsCacheLine(VOID)
{
    return McpNt.CacheLine;
}

ULONG_PTR McOsSystemStart(VOID)
{
    return McpNt.SystemStart;
}

ULONG McOsMachineSize(VOID)
{
    return (ULONG)MmQuerySystemSize();
}
