/*
 * pool.c - between MemCheck and the pool: the linker calls these in place of the pool's routines
 * (--wrap). Each request is compared with what the model wants, each release must be one that the
 * model knows of; then it is carried out, or, where the driver's own fault would stop the system,
 * not.
 */
#include "model.h"
#include "mcroutines.h"

/* ---- requests ---- */

/* MemCheck's own memory, and the block of INIT's self-test. */
static BOOLEAN IsOwn(ULONG Tag)
{
    return Tag == SIM_OWN_TAG || (Tag == MD_SELFTEST_TAG && MdOp != NULL && MdOp->Starting);
}

static void CheckRequest(const MD_REQUEST *Request, ULONG Routine, ULONGLONG Type, SIZE_T Size,
                         ULONG Tag)
{
    const BOOLEAN Padded = Request->Monitored && Request->Attempts <= 2;

    if (!Request->Wanted || Request->Attempts > (Request->Monitored ? 3u : 1u) ||
        Routine != Request->Routine || Tag != Request->Tag ||
        Type != (Padded ? Request->Quiet : Request->Type) ||
        (Padded ? Size < Request->Size + Md.Options.Redzone : Size != Request->Size)) {
        MdFail("attempt %u of the pool: routine %u, type %llx, %llu bytes, tag %08x; not what the "
               "driver's request of %llu bytes wants",
               Request->Attempts, Routine, Type, (ULONGLONG)Size, Tag, (ULONGLONG)Request->Size);
    }
}

/* Nobody has taken a part of these pages meanwhile, MemCheck neither. */
static BOOLEAN IsFree(ULONG_PTR Place, SIZE_T Size)
{
    const ULONG_PTR End = Place + (Size + MD_PAGE - 1) / MD_PAGE * MD_PAGE;
    ULONG_PTR P;

    for (P = Place; P < End; P += MD_ALIGNMENT) {
        if (SimPoolFind((PVOID)P, NULL)) {
            return FALSE;
        }
    }
    return TRUE;
}

/* FALSE: there is no memory. */
static BOOLEAN Ask(ULONG Routine, ULONGLONG Type, SIZE_T Size, ULONG Tag)
{
    BOOLEAN Fails = FALSE;
    MD_REQUEST *Request;

    MdLock();
    if (!IsOwn(Tag)) {
        if (MdOp == NULL) {
            MdFail("a request of the pool outside of every operation");
        }
        Request = &MdOp->Request;
        Request->Attempts++;
        Request->AskedSize = Size;
        CheckRequest(Request, Routine, Type, Size, Tag);
        Fails = Request->Refused || Request->Attempts <= Request->Fail;
        if (Request->Place != 0 && IsFree(Request->Place, Size)) {
            SimPlaceNext((PVOID)Request->Place);
        } else {
            Request->Place = 0;
        }
        if (Fails && Request->Monitored && Request->Attempts == 1) {
            Md.Drained++;
            MdDrainQuarantine(FALSE);
            if (MdOp->Irql < DISPATCH_LEVEL) {
                MdDrainQuarantine(TRUE);
            }
        }
    }
    MdUnlock();
    return !Fails;
}

static PVOID Got(PVOID P, SIZE_T Size, ULONG Tag)
{
    MdLock();
    if (P == NULL) {
        MdFail("the simulated pool is full");
    }
    if (IsOwn(Tag)) {
        Md.MetaBlocks++;
    } else {
        MdOp->Request.Result = (ULONG_PTR)P;
    }
    MdHandedOut((ULONG_PTR)P, Size);
    MdUnlock();
    return P;
}

#define MD_WRAP(Name, Parameters, Arguments, Type, Size, Tag) \
    PVOID __real_##Name Parameters;                           \
    PVOID __wrap_##Name Parameters;                           \
    PVOID __wrap_##Name Parameters                            \
    {                                                         \
        if (!Ask(Mc##Name, (ULONGLONG)(Type), Size, Tag)) {   \
            return NULL;                                      \
        }                                                     \
        return Got(__real_##Name Arguments, Size, Tag);       \
    }

MD_WRAP(ExAllocatePool, (POOL_TYPE Type, SIZE_T Size), (Type, Size), (ULONG)Type, Size, 0)
MD_WRAP(ExAllocatePoolWithTag, (POOL_TYPE Type, SIZE_T Size, ULONG Tag), (Type, Size, Tag),
        (ULONG)Type, Size, Tag)
MD_WRAP(ExAllocatePoolWithQuota, (POOL_TYPE Type, SIZE_T Size), (Type, Size), (ULONG)Type, Size, 0)
MD_WRAP(ExAllocatePoolWithQuotaTag, (POOL_TYPE Type, SIZE_T Size, ULONG Tag), (Type, Size, Tag),
        (ULONG)Type, Size, Tag)
MD_WRAP(ExAllocatePoolWithTagPriority,
        (POOL_TYPE Type, SIZE_T Size, ULONG Tag, EX_POOL_PRIORITY Priority),
        (Type, Size, Tag, Priority), (ULONG)Type, Size, Tag)
MD_WRAP(ExAllocatePool2, (POOL_FLAGS Flags, SIZE_T Size, ULONG Tag), (Flags, Size, Tag), Flags,
        Size, Tag)

/* ---- releases ---- */

/* Would the pool take it? */
static BOOLEAN Accepts(ULONG_PTR P, ULONG Tag, SIM_BLOCK *Block)
{
    if (!SimPoolFind((PVOID)P, Block) || (ULONG_PTR)Block->Start != P) {
        Block->Start = NULL;
        return FALSE;
    }
    if (Tag == 0) {
        return (Block->Tag & MD_PROTECTED) == 0;
    }
    return ((Block->Tag ^ Tag) & ~MD_PROTECTED) == 0;
}

static MD_PASS *FindPass(ULONG_PTR P, ULONG Routine, ULONG Tag)
{
    ULONG Index;

    for (Index = 0; MdOp != NULL && Index < MdOp->PassCount; Index++) {
        MD_PASS *Pass = &MdOp->Passes[Index];

        if (Pass->P == P && !Pass->Came && Pass->Routine == Routine && Pass->Tag == Tag) {
            return Pass;
        }
    }
    return NULL;
}

/* May a block that is held be given back now? */
static BOOLEAN MayLeave(const MD_BLOCK *Block)
{
    if (Block->State == MdLeaving) {
        return TRUE;
    }
    return Block->State == MdHeld && (Md.Parallel ? Md.MayEvict : !MdExactQuarantine());
}

static void CheckUnreported(const MD_BLOCK *Block)
{
    ULONG Zone;

    for (Zone = 0; Zone < MdZones && Block->Front != 0; Zone++) {
        if (Block->Damaged[Zone] && !Block->Reported[Zone]) {
            MdFail("block %p is given back, and its damage was never reported", (PVOID)Block->User);
        }
    }
}

/* A block of ours comes out of the quarantine, or is let go. */
static void Release(ULONG_PTR P, ULONG Routine, ULONG Tag)
{
    MD_BLOCK *Block = MdFindRaw(P);
    ULONG WantedRoutine, WantedTag;

    if (Block == NULL || !MayLeave(Block)) {
        MdFail(
            "the pool is given %p (routine %u, tag %08x), and nobody said so; block %p, state %d",
            (PVOID)P, Routine, Tag, Block != NULL ? (PVOID)Block->User : NULL,
            Block != NULL ? (int)Block->State : -1);
    }
    WantedRoutine = Block->Tag != 0 ? McExFreePoolWithTag : McExFreePool;
    WantedTag = Block->Tag;
    if (Block->Front == 0) {
        WantedRoutine = Block->FreeRoutine;
        WantedTag = Block->FreeTag;
    }
    if (Routine != WantedRoutine || Tag != WantedTag) {
        MdFail("block %p goes by routine %u and tag %08x, not by %u and %08x", (PVOID)Block->User,
               Routine, Tag, WantedRoutine, WantedTag);
    }
    CheckUnreported(Block);
    if (Block->State == MdHeld) { /* which one it would be nobody knew */
        MdRetire(Block);
    }
    Block->State = MdReleased;
    Block->Queued = FALSE;
}

/* It reached the pool: does it do there what it says? Else the driver's fault is carried out
 * without the stop, where there is a block at all. */
static BOOLEAN Carry(ULONG_PTR P, ULONG Tag)
{
    MD_OTHER *Other = MdOtherAt(P);
    SIM_BLOCK Block;
    const BOOLEAN Fits = Accepts(P, Tag, &Block);

    if (Block.Start != NULL && Block.Tag == SIM_OWN_TAG) {
        return FALSE; /* a late free, of an address that MemCheck itself was given since */
    }
    if (!Fits && Block.Start != NULL) {
        if (Block.Owner == SIM_FOREIGN) {
            SimForeignFree((PVOID)P);
        } else {
            SimSystemFree((PVOID)P);
        }
    }
    if (Other != NULL && Block.Start != NULL) {
        Other->P = 0;
    }
    return Fits;
}

/* Of a block that MemCheck held back: what is there is that block, or, where it was freed past us,
 * nothing that is MemCheck's or monitored. */
static void CheckRelease(ULONG_PTR P, ULONG Tag, BOOLEAN Stale)
{
    SIM_BLOCK Block;
    const BOOLEAN Fits = Accepts(P, Tag, &Block);

    if (!Fits && !Stale) {
        MdFail("the pool has no such block any more: %p, tag %08x", (PVOID)P, Tag);
    }
    if (Block.Start != NULL && Block.Tag == SIM_OWN_TAG) {
        MdFail("MemCheck gives its own memory back, %p: it held a block there that came back",
               (PVOID)P);
    }
    if (MdFindRaw(P) != NULL) {
        MdFail("MemCheck gives back %p, where block %p is now", (PVOID)P,
               (PVOID)MdFindRaw(P)->User);
    }
}

static BOOLEAN Free(ULONG_PTR P, ULONG Routine, ULONG Tag)
{
    BOOLEAN Forward = TRUE, Stale;
    MD_PASS *Pass;
    MD_BLOCK *Block;

    MdLock();
    Pass = FindPass(P, Routine, Tag);
    Block = MdFindRaw(P);
    if (IsOwn(Tag)) {
        Md.MetaBlocks--;
    } else if (Pass != NULL && (Block == NULL || Block->State != MdLeaving)) {
        Pass->Came = TRUE;
        Forward = Carry(P, Tag);
    } else {
        Stale = Block != NULL && Block->Stale;
        Release(P, Routine, Tag);
        CheckRelease(P, Tag, Stale);
        Forward = Carry(P, Tag) && MdBreaks != MdBreakRelease;
    }
    MdUnlock();
    return Forward;
}

VOID __real_ExFreePool(PVOID P);
VOID __wrap_ExFreePool(PVOID P);
VOID __real_ExFreePoolWithTag(PVOID P, ULONG Tag);
VOID __wrap_ExFreePoolWithTag(PVOID P, ULONG Tag);
VOID __real_RtlFreeUnicodeString(PUNICODE_STRING String);
VOID __wrap_RtlFreeUnicodeString(PUNICODE_STRING String);

VOID __wrap_ExFreePool(PVOID P)
{
    if (Free((ULONG_PTR)P, McExFreePool, 0)) {
        __real_ExFreePool(P);
    }
}

VOID __wrap_ExFreePoolWithTag(PVOID P, ULONG Tag)
{
    if (Free((ULONG_PTR)P, McExFreePoolWithTag, Tag)) {
        __real_ExFreePoolWithTag(P, Tag);
    }
}

/* The kit frees the buffer past MemCheck. */
VOID __wrap_RtlFreeUnicodeString(PUNICODE_STRING String)
{
    if (String->Buffer == NULL || Free((ULONG_PTR)String->Buffer, McExFreePool, 0)) {
        __real_RtlFreeUnicodeString(String);
    } else {
        String->Length = String->MaximumLength = 0;
        String->Buffer = NULL;
    }
}
