/* pool.c (nt) - the kit's pool routines, and MemCheck's own memory. */
#include "ntp.h"

/* In every kit's library from Windows 2000 on, but the kit of Windows 2000 does not declare it.
 * Written as the later kits do, so that a second declaration is the same as the first. */
#if MEMCHECK_TARGET >= 0x0500 && !defined(MEMCHECK_LINK)
NTKERNELAPI VOID NTAPI ExFreePoolWithTag(IN PVOID P, IN ULONG Tag);
#endif

/* The newest kits advise against every routine that old systems have. */
#if defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
#elif defined(_MSC_VER)
#pragma warning(disable : 4996)
#endif

/* For each routine of the table the one that asks the pool. */
#define MCP_DONE_BY(Name, Shape, Adds, DoneBy, Since) Mc##DoneBy,
static const UCHAR McpNtDoneBy[] = {McNoRoutine, MC_ROUTINE_TABLE(MCP_DONE_BY)};

static ULONG McpNtAsked(ULONG Routine)
{
    return Routine < sizeof(McpNtDoneBy) ? McpNtDoneBy[Routine] : McNoRoutine;
}

/* By POOL_FLAGS, which the newest systems have, NULL elsewhere. The halves are put together by a
 * union: C89 has no constants of 64 bits, and i386 no 64-bit shift without the C runtime. */
static PVOID McpNtAllocateByFlags(ULONG Asked, const MC_REQUEST *Request)
{
    ULARGE_INTEGER Flags;

    McpNtBindEarly();
    Flags.u.LowPart = Request->Type;
    Flags.u.HighPart = Request->FlagsHigh;
    if (Asked == McExAllocatePool2) {
        return McpNt.AllocatePool2
                   ? McpNt.AllocatePool2(Flags.QuadPart, Request->Size, Request->Tag)
                   : NULL;
    }
    return McpNt.AllocatePool3 ? McpNt.AllocatePool3(Flags.QuadPart, Request->Size, Request->Tag,
                                                     Request->Parameters, Request->ParameterCount)
                               : NULL;
}

PVOID McOsPoolAllocate(const MC_REQUEST *Request)
{
    const POOL_TYPE Type = (POOL_TYPE)Request->Type;
    const ULONG Asked = McpNtAsked(Request->Routine);

    switch (Asked) {
    case McExAllocatePool: return MCP_RAW(ExAllocatePool)(Type, Request->Size);
    case McExAllocatePoolWithTag:
        return MCP_RAW(ExAllocatePoolWithTag)(Type, Request->Size, Request->Tag);
    case McExAllocatePoolWithQuota: return MCP_RAW(ExAllocatePoolWithQuota)(Type, Request->Size);
    case McExAllocatePoolWithQuotaTag:
        return MCP_RAW(ExAllocatePoolWithQuotaTag)(Type, Request->Size, Request->Tag);
#if MEMCHECK_TARGET >= 0x0500
    case McExAllocatePoolWithTagPriority:
        return MCP_RAW(ExAllocatePoolWithTagPriority)(Type, Request->Size, Request->Tag,
                                                      (EX_POOL_PRIORITY)Request->Priority);
#endif
    case McExAllocatePool2:
    case McExAllocatePool3: return McpNtAllocateByFlags(Asked, Request);
    default: return NULL; /* the target does not have it */
    }
}

VOID McOsRaise(VOID)
{
    ExRaiseStatus(STATUS_INSUFFICIENT_RESOURCES);
}

VOID McOsPoolFree(PVOID P, const MC_RELEASE *Release)
{
#if MEMCHECK_TARGET < 0x0500
    (void)Release;
    MCP_RAW(ExFreePool)(P);
#else
    if (Release->Routine == McExFreePool) {
        MCP_RAW(ExFreePool)(P);
        return;
    }
    if (Release->Routine == McExFreePool2) {
        McpNtBindEarly();
        if (McpNt.FreePool2) {
            McpNt.FreePool2(P, Release->Tag, Release->Parameters, Release->ParameterCount);
            return;
        }
    }
    MCP_RAW(ExFreePoolWithTag)(P, Release->Tag);
#endif
}

/* MemCheck's own memory goes back. */
static VOID McpNtGiveBack(PVOID P)
{
    MC_RELEASE Release;

    Release.Routine = McExFreePoolWithTag;
    Release.Tag = MCP_TAG;
    Release.Parameters = 0;
    Release.ParameterCount = 0;
    McOsPoolFree(P, &Release);
}

/* Nonpaged memory of MemCheck's own, not executable where there is such a pool. */
static PVOID McpNtRaw(SIZE_T Size, ULONG Aligned)
{
    MC_REQUEST Request;

    Request.Routine = McExAllocatePoolWithTag;
    Request.Type = (McOsVersion() >= 0x0602 ? MCP_NONPAGED_NX : MCP_NONPAGED) | Aligned;
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
    McpNtGiveBack(McpNtPadded(Size) ? ((PVOID *)P)[-1] : P);
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
            McpNtGiveBack(Tried[I]);
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

#if MEMCHECK_TARGET < 0x0500
    McpNt.SystemStart = 0x80000000u; /* with 3 GB for programs it is higher: never wrong */
#else
    McpNt.SystemStart = (ULONG_PTR)(MM_SYSTEM_RANGE_START);
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
        McpNtGiveBack(Tried[I]);
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
