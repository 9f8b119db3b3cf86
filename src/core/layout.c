/* layout.c - where a block lies in its raw block. Pure. */
#include "core.h"

static SIZE_T McpRoundUp(SIZE_T Value, SIZE_T Multiple)
{
    return (Value + Multiple - 1) & ~(Multiple - 1); /* a power of two */
}

/*
 * The pool promises page alignment from PAGE_SIZE on, and no page crossed up to PAGE_SIZE. It keeps
 * that for the raw block; the block inside needs it too. A raw block of at most a page crosses
 * none, so neither does the block. A larger raw block starts at a page: the block stays within that
 * page, or else a whole page goes in front, and it starts at the next one.
 */
static ULONG McpFront(SIZE_T Size, ULONG Attributes, ULONG Redzone, ULONG CacheLine)
{
    SIZE_T Front = McpRoundUp(Redzone, MC_POOL_ALIGNMENT);

    if ((Attributes & MC_CACHE_ALIGNED) != 0)
        Front = McpRoundUp(Front, CacheLine);
    if (Size >= MC_PAGE_SIZE || Front + Size > MC_PAGE_SIZE)
        Front = MC_PAGE_SIZE;
    return (ULONG)Front;
}

BOOLEAN McLayout(SIZE_T Size, ULONG Attributes, BOOLEAN Owned, ULONG Redzone, ULONG CacheLine,
                 MC_LAYOUT_PLAN *Plan)
{
    SIZE_T End;

    /* No pool has half of all addresses. Padding such a request could wrap, here or in the pool. */
    if (Size > (SIZE_T)-1 / 2)
        return FALSE;
    Plan->Front = Owned ? McpFront(Size, Attributes, Redzone, CacheLine) : 0;
    /* The slack before the next pool alignment is requested too, so that it is ours to guard. */
    End = McpRoundUp(Size + Redzone, MC_POOL_ALIGNMENT);
    Plan->Rear = (ULONG)(End - Size);
    Plan->RawSize = Plan->Front + End;
    return TRUE;
}
