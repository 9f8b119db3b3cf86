/*
 * names.c - malloc and its kin, as the C library promises them, on the core.
 *
 * strdup, getline, asprintf, new and all the rest call these.
 */
#include "library.h"

#include <errno.h>
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EXPORT  __attribute__((visibility("default")))
#define CALLER  __builtin_return_address(0)
#define PAGE    4096u
#define LINE    64u
#define SESSION 32u  /* a type of pool that MemCheck passes on untracked */
#define PAGED   256u /* larger requests are of paged pool: there are two of many things */

#define TAG(A, B, C, D) ((ULONG)(A) | (ULONG)(B) << 8 | (ULONG)(C) << 16 | (ULONG)(D) << 24)
#define TAG_MALLOC      TAG('M', 'a', 'l', 'l')
#define TAG_CALLOC      TAG('C', 'a', 'l', 'l')
#define TAG_REALLOC     TAG('R', 'e', 'a', 'l')
#define TAG_ALIGNED     TAG('A', 'l', 'i', 'g')

COUNTERS Counters;

static void Count(volatile LONG *Counter)
{
    __sync_add_and_fetch(Counter, 1);
}

/* ---- through the core ---- */

/* The pool type that gives the alignment; beyond what the pool knows, an untracked one. */
static ULONG PoolType(size_t Size, size_t Alignment)
{
    if (Alignment <= MC_POOL_ALIGNMENT || (Alignment <= PAGE && Size >= PAGE)) {
        return Size > PAGED ? PagedPool : NonPagedPool;
    }
    if (Alignment <= LINE) {
        return Size > PAGED ? PagedPoolCacheAligned : NonPagedPoolCacheAligned;
    }
    return NonPagedPool | SESSION;
}

void *AllocateInside(size_t Size, size_t Alignment, ULONG Tag, const void *ReturnAddress)
{
    MC_REQUEST Request;
    MC_CALL Call;
    void *P;

    McBytesZero(&Request, sizeof(Request));
    Request.Routine = McExAllocatePoolWithTag;
    Request.Type = PoolType(Size, Alignment);
    Request.Size = Size;
    Request.Tag = Tag;
    Count(&Counters.Requests);
    if (Size == 0) {
        Count(&Counters.Zero);
    }
    if (Request.Type & SESSION) {
        Count(&Counters.Aligned);
        BeneathAlignment = Alignment;
    }
    McCallMake(&Call, McByAllocate, NULL, 0, NULL, (ULONG_PTR)ReturnAddress);
    P = McAllocateBlock(&Request, &Call);
    BeneathAlignment = 0;
    return P;
}

void FreeInside(void *P, const void *ReturnAddress)
{
    MC_CALL Call;

    Count(&Counters.Frees);
    McCallMake(&Call, McByFree, NULL, 0, NULL, (ULONG_PTR)ReturnAddress);
    Call.Release.Routine = McExFreePool;
    McFreeBlock(P, &Call);
}

static void *Allocate(size_t Size, size_t Alignment, ULONG Tag, const void *ReturnAddress)
{
    void *P = NULL;

    if (Size > PTRDIFF_MAX) {
        errno = ENOMEM;
        return NULL;
    }
    if (GateEnter()) {
        P = AllocateInside(Size, Alignment, Tag, ReturnAddress);
        GateLeave();
    } else {
        P = BeneathAllocate(Size, Alignment);
        Count(GateEarly() ? &Counters.Early : &Counters.Nested);
        if (P && !GateEarly()) {
            GateHandedOut(P);
        }
    }
    if (!P) {
        errno = ENOMEM;
    }
    return P;
}

static void Free(void *P, const void *ReturnAddress)
{
    int Saved = errno;

    if (!P) {
        return;
    }
    if (GateEnter()) {
        FreeInside(P, ReturnAddress);
        GateLeave();
    } else if (GateEnded()) {
        return; /* the memory goes with the process */
    } else if (GateEarly()) {
        Count(&Counters.Beneath);
        BeneathFree(P);
    } else {
        GateFreed(P);
    }
    errno = Saved;
}

/* ---- what is at an address? ---- */

typedef enum KNOWN { KnownLive, KnownFreed, KnownInside, KnownForeign } KNOWN;

/* In the gate. *Size: what was asked for, of a live block or a foreign one. */
static KNOWN Look(void *P, size_t *Size)
{
    MC_LANE *Lane = McEnterFree();
    MC_RECORD *Record = Lane ? McIndexFind((ULONG_PTR)P) : NULL;
    KNOWN Known = KnownForeign;
    MC_BLOCK Block;

    *Size = 0;
    if (Record) {
        McRecordCopy(Record, &Block);
        McRecordRelease(Record);
        Known = Block.User != (ULONG_PTR)P   ? KnownInside
                : Block.State == McStateLive ? KnownLive
                                             : KnownFreed;
        *Size = Known == KnownLive ? Block.Size : 0;
    }
    if (Lane) {
        McLeave(Lane);
    }
    if (Known == KnownForeign) {
        *Size = BeneathSize(P);
    }
    return Known;
}

/* What is wrong with the address its free says. */
static void *ReallocateInside(void *P, size_t Size, const void *ReturnAddress)
{
    size_t Before;
    const KNOWN Known = Look(P, &Before);
    void *New;

    if (Known == KnownInside || Known == KnownFreed) {
        FreeInside(P, ReturnAddress);
        return NULL;
    }
    New = AllocateInside(Size, 0, TAG_REALLOC, ReturnAddress);
    if (New) {
        memcpy(New, P, Before < Size ? Before : Size);
        FreeInside(P, ReturnAddress);
        Count(&Counters.Moves);
    }
    return New;
}

/* After the end: the tables are still there, but nothing is freed. */
static void *ReallocateEnded(void *P, size_t Size)
{
    MC_RECORD *Record = McIndexFindExact((ULONG_PTR)P);
    void *New = BeneathAllocate(Size, 0);
    MC_BLOCK Block;

    if (Record) {
        McRecordCopy(Record, &Block);
        McRecordRelease(Record);
    } else {
        Block.Size = BeneathSize(P);
    }
    if (New) {
        memcpy(New, P, Block.Size < Size ? Block.Size : Size);
    }
    return New;
}

/* Nested: only memory that is known to be from beneath. */
static void *ReallocateBeneath(void *P, size_t Size)
{
    void *New;

    if (GateEnded()) {
        return ReallocateEnded(P, Size);
    }
    if (!GateEarly() && !GateIsNested(P)) {
        Count(&Counters.Lost);
        return NULL;
    }
    New = BeneathReallocate(P, Size);
    if (New && New != P && !GateEarly()) {
        GateHandedOut(New);
    }
    return New;
}

static void *Reallocate(void *P, size_t Size, const void *ReturnAddress)
{
    void *New = NULL;

    if (!P) {
        return Allocate(Size, 0, TAG_REALLOC, ReturnAddress);
    }
    if (Size == 0) {
        Free(P, ReturnAddress);
        return NULL;
    }
    if (Size > PTRDIFF_MAX) {
        errno = ENOMEM;
        return NULL;
    }
    if (GateEnter()) {
        New = ReallocateInside(P, Size, ReturnAddress);
        GateLeave();
    } else {
        New = ReallocateBeneath(P, Size);
    }
    if (!New) {
        errno = ENOMEM;
    }
    return New;
}

/* ---- the names ---- */

EXPORT void *malloc(size_t Size)
{
    return Allocate(Size, 0, TAG_MALLOC, CALLER);
}

EXPORT void free(void *P)
{
    Free(P, CALLER);
}

EXPORT void *calloc(size_t Count, size_t Each)
{
    size_t Size;
    void *P;

    if (__builtin_mul_overflow(Count, Each, &Size)) {
        errno = ENOMEM;
        return NULL;
    }
    P = Allocate(Size, 0, TAG_CALLOC, CALLER);
    if (P) {
        memset(P, 0, Size);
    }
    return P;
}

EXPORT void *realloc(void *P, size_t Size)
{
    return Reallocate(P, Size, CALLER);
}

EXPORT void *reallocarray(void *P, size_t Count, size_t Each)
{
    size_t Size;

    if (__builtin_mul_overflow(Count, Each, &Size)) {
        errno = ENOMEM;
        return NULL;
    }
    return Reallocate(P, Size, CALLER);
}

/* As glibc: an alignment that is no power of two is rounded up to one. */
static void *AllocateAligned(size_t Alignment, size_t Size, const void *ReturnAddress)
{
    size_t Power = MC_POOL_ALIGNMENT;

    if (Alignment > SIZE_MAX / 2 + 1) {
        errno = EINVAL;
        return NULL;
    }
    while (Power < Alignment) {
        Power *= 2;
    }
    return Allocate(Size, Power, TAG_ALIGNED, ReturnAddress);
}

EXPORT void *memalign(size_t Alignment, size_t Size)
{
    return AllocateAligned(Alignment, Size, CALLER);
}

EXPORT void *aligned_alloc(size_t Alignment, size_t Size)
{
    return AllocateAligned(Alignment, Size, CALLER);
}

EXPORT int posix_memalign(void **Result, size_t Alignment, size_t Size)
{
    int Saved = errno;
    void *P;

    if (Alignment == 0 || (Alignment & (Alignment - 1)) != 0 || Alignment % sizeof(void *) != 0) {
        return EINVAL;
    }
    P = AllocateAligned(Alignment, Size, CALLER);
    errno = Saved;
    if (!P) {
        return ENOMEM;
    }
    *Result = P;
    return 0;
}

EXPORT void *valloc(size_t Size)
{
    return AllocateAligned(PAGE, Size, CALLER);
}

EXPORT void *pvalloc(size_t Size)
{
    if (Size > PTRDIFF_MAX) {
        errno = ENOMEM;
        return NULL;
    }
    return AllocateAligned(PAGE, (Size + PAGE - 1) & ~(size_t)(PAGE - 1), CALLER);
}

/* What was asked for and no byte more: a program may write to all that it is told of. */
EXPORT size_t malloc_usable_size(void *P)
{
    size_t Size = 0;

    if (P && GateEnter()) {
        Look(P, &Size);
        GateLeave();
    }
    return Size;
}
