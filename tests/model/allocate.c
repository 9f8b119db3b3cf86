/* allocate.c - an allocation in one of all ways, and whether the block is what the contract says.
 */
#include <stdlib.h>
#include <string.h>

#include "model.h"
#include "mcroutines.h"

#define MD_FILE         "sites.c"
#define MD_MUST_SUCCEED 2u /* of a POOL_TYPE */

typedef struct _MD_WISH {
    MD_HOW How;
    ULONG Type; /* POOL_TYPE */
    POOL_FLAGS Flags;
    SIZE_T Size;
    ULONG Tag;
    ULONG Line;
    BOOLEAN Paged, Cached;
} MD_WISH;

/* ---- what is asked for ---- */

static SIZE_T RandomSize(void)
{
    switch (MdRandom(16)) {
    case 0: return 0;
    case 1: return MdRandom(17);
    case 2: return MD_PAGE - 40 + MdRandom(80);
    case 3: return MdRandom(5) * MD_PAGE + MdRandom(3) * 8;
    case 4:
        return MdOneIn(4) ? (SIZE_T)(15 + MdRandom(6)) * MD_PAGE + MdRandom(100)
                          : MdRandom(3 * MD_PAGE);
    case 5: return 64 * MdRandom(40);
    default: return MdRandom(600);
    }
}

static ULONG RandomTag(void)
{
    static const ULONG Tags[] = {MD_TAG('M', 'd', 'l', 'A'), MD_TAG('M', 'd', 'l', 'B'),
                                 MD_TAG('M', 'd', 'O', 'w'), MD_TAG('M', 'd', 'S', 'y'),
                                 MD_TAG('M', 'd', 'S', 'k'), MD_TAG('x', 0, 0, 0)};
    ULONG Tag = Tags[MdRandom(6)];

    if (MdOneIn(60)) {
        return MdOneIn(2) ? 0 : MD_TAG('M', 1, 'd', 200);
    }
    return MdOneIn(4) ? Tag | MD_PROTECTED : Tag;
}

static BOOLEAN HasTag(MD_HOW How)
{
    return How != MdByNames && How != MdForSystem && How != MdAs && How != MdAsQuota;
}

static BOOLEAN IsQuota(MD_HOW How)
{
    return How == MdAsQuota || How == MdAsQuotaTag;
}

static ULONG Line(MD_HOW How)
{
    return 100 + MdThread * 400 + (ULONG)How * 20 + MdRandom(4);
}

static void MakeWish(MD_WISH *Wish, KIRQL Irql)
{
    memset(Wish, 0, sizeof(*Wish));
    Wish->How = (MD_HOW)(MdOneIn(3) ? MdRandom(MdHows) : MdRandom(2));
    if (Wish->How == MdAsFlags && Md.Windows != SIM_WINDOWS_10) {
        Wish->How = MdAsTag;
    }
    if (IsQuota(Wish->How) && (Irql != PASSIVE_LEVEL || Md.Parallel)) {
        Wish->How = MdAs;
    }
    Wish->Size = RandomSize();
    Wish->Tag = HasTag(Wish->How) ? RandomTag() : 0;
    Wish->Paged = MdRandom(3) == 0;
    Wish->Cached = MdOneIn(8);
    if (Md.Parallel && Irql >= DISPATCH_LEVEL) {
        Wish->Paged = FALSE;
    }
    Wish->Type = (Wish->Paged ? 1u : 0) | (Wish->Cached ? 4u : 0);
    Wish->Flags = (Wish->Paged ? POOL_FLAG_PAGED : POOL_FLAG_NON_PAGED) |
                  (Wish->Cached ? POOL_FLAG_CACHE_ALIGNED : 0) |
                  (MdOneIn(2) ? POOL_FLAG_UNINITIALIZED : 0);
    if (Wish->How == MdAsFlags && Wish->Size == 0) {
        Wish->Size = 1; /* these refuse 0 bytes */
    }
    if (!Md.Parallel && Wish->How <= MdForSystemTag && MdOneIn(100) &&
        Md.Windows != SIM_WINDOWS_2000) {
        Wish->Type |= MD_MUST_SUCCEED; /* invalid from XP on */
    }
    Wish->Line = Line(Wish->How);
}

/* ---- what is to come of it ---- */

static BOOLEAN Listed(const MD_WISH *Wish, ULONG Tag)
{
    return Md.Options.Lists && (Wish->Tag & ~MD_PROTECTED) == Tag;
}

static BOOLEAN ForSystem(const MD_WISH *Wish)
{
    if (Wish->How < MdAs) {
        return Wish->How == MdForSystem || Wish->How == MdForSystemTag;
    }
    return Md.Sites[Wish->Line].Elsewhere != 0 || Listed(Wish, MD_TAG('M', 'd', 'S', 'y'));
}

/* Guarded in front? */
static BOOLEAN Owned(const MD_WISH *Wish)
{
    const MD_SITE *Site = &Md.Sites[Wish->Line];

    if (Wish->How < MdAs) {
        return Wish->How <= MdByNamesTag;
    }
    if (ForSystem(Wish)) {
        return FALSE;
    }
    if (Listed(Wish, MD_TAG('M', 'd', 'O', 'w'))) {
        return TRUE;
    }
    return Md.Options.Learn != 0 && Site->Elsewhere == 0 && Site->Back >= Md.Options.Learn &&
           Site->Made == Site->Back;
}

static BOOLEAN IsBadTag(ULONG Tag)
{
    for (Tag &= ~MD_PROTECTED; Tag != 0; Tag >>= 8) {
        if ((Tag & 0xFF) < 0x20 || (Tag & 0xFF) > 0x7E) {
            return TRUE;
        }
    }
    return FALSE;
}

/* What the pool's contract forbids is said; and what the pool must refuse, it is asked for as it
 * is. */
static void ExpectMisuse(const MD_WISH *Wish, MD_REQUEST *Request)
{
    MC_REASON Reason = Wish->Size == 0 ? McReasonZeroBytes : McReasonNone;

    if (HasTag(Wish->How) && IsBadTag(Wish->Tag)) {
        Reason = McReasonBadTag;
    }
    if ((Wish->Type & MD_MUST_SUCCEED) != 0) {
        Reason = McReasonMustSucceed;
    }
    if (HasTag(Wish->How) && (Wish->Tag & ~MD_PROTECTED) == 0) {
        Reason = McReasonZeroTag;
    }
    if (Reason != McReasonNone) {
        MdExpect(McKindBadRequest, TRUE, 0, 0, Reason);
    }
    if (Reason == McReasonMustSucceed || Reason == McReasonZeroTag) {
        Request->Monitored = FALSE;
        Request->Refused = TRUE;
    }
}

static ULONG DoneBy(MD_HOW How)
{
    static const ULONG By[MdHows] = {McExAllocatePool,
                                     McExAllocatePoolWithTag,
                                     McExAllocatePool,
                                     McExAllocatePoolWithTag,
                                     McExAllocatePool,
                                     McExAllocatePoolWithTag,
                                     McExAllocatePoolWithQuota,
                                     McExAllocatePoolWithQuotaTag,
                                     McExAllocatePoolWithTagPriority,
                                     McExAllocatePoolWithTag,
                                     McExAllocatePool2};

    return By[How];
}

/* Some attempts of monitored requests fail for want of memory: held blocks are let go then. */
static ULONG RandomFailures(const MD_WISH *Wish)
{
    if (Md.Parallel ? !Md.MayEvict || !MdOneIn(200) : !MdOneIn(40)) {
        return 0;
    }
    return 1 + MdRandom(IsQuota(Wish->How) ? 2 : 3);
}

static void Expect(const MD_WISH *Wish)
{
    MD_REQUEST *Request = &MdOp->Request;

    Request->Wanted = TRUE;
    Request->Routine = DoneBy(Wish->How);
    Request->Type = Request->Quiet = Wish->How == MdAsFlags ? Wish->Flags : Wish->Type;
    if (IsQuota(Wish->How)) {
        Request->Quiet |= POOL_QUOTA_FAIL_INSTEAD_OF_RAISE;
    }
    Request->Size = Wish->Size;
    Request->Tag = Wish->Tag;
    Request->Monitored = !IsQuota(Wish->How) || Md.Windows >= SIM_WINDOWS_VISTA;
    Request->Refused =
        (Wish->Paged && MdOp->Irql >= DISPATCH_LEVEL) || (Wish->Type & MD_MUST_SUCCEED) != 0;
    if (Listed(Wish, MD_TAG('M', 'd', 'S', 'k'))) {
        Request->Monitored = FALSE;
        return;
    }
    ExpectMisuse(Wish, Request);
    if (Wish->Paged && MdOp->Irql >= DISPATCH_LEVEL) {
        MdExpect(McKindWrongIrql, TRUE, 0, 0, McReasonPagedHigh);
        Request->Monitored = FALSE;
        Request->Refused = TRUE;
    }
    if (Request->Monitored) {
        Request->Fail = RandomFailures(Wish);
    }
}

/* Each call in it is one call site, whoever comes here. */
__attribute__((noinline)) static PVOID Ask(const MD_WISH *Wish)
{
    static const ULONG As[MdHows] = {0,
                                     0,
                                     0,
                                     0,
                                     McExAllocatePool,
                                     McExAllocatePoolWithTag,
                                     McExAllocatePoolWithQuota,
                                     McExAllocatePoolWithQuotaTag,
                                     McExAllocatePoolWithTagPriority,
                                     McExAllocatePoolZero,
                                     0};
    const POOL_TYPE Type = (POOL_TYPE)Wish->Type;

    switch (Wish->How) {
    case MdByNames: return McAllocate(Type, Wish->Size, MD_FILE, Wish->Line, "Names");
    case MdByNamesTag:
        return McAllocateWithTag(Type, Wish->Size, Wish->Tag, MD_FILE, Wish->Line, "NamesTag");
    case MdForSystem:
        return McAllocateForSystem(Type, Wish->Size, MD_FILE, Wish->Line, "ForSystem");
    case MdForSystemTag:
        return McAllocateForSystemWithTag(Type, Wish->Size, Wish->Tag, MD_FILE, Wish->Line,
                                          "ForSystemTag");
    case MdAsFlags:
        return McAllocateFlagsAs(McExAllocatePool2, Wish->Flags, Wish->Size, Wish->Tag, NULL, 0,
                                 MD_FILE, Wish->Line, "Flags");
    default:
        return McAllocateAs(As[Wish->How], Type, Wish->Size, Wish->Tag,
                            Wish->How == MdAsPriority ? NormalPoolPriority : 0, MD_FILE, Wish->Line,
                            "As");
    }
}

/* ---- what came of it ---- */

static void CheckContract(const MD_WISH *Wish, ULONG_PTR P)
{
    const SIZE_T Size = Wish->Size;

    if (P % MD_ALIGNMENT != 0 || (Size >= MD_PAGE && P % MD_PAGE != 0) ||
        (Size <= MD_PAGE && Size != 0 && P / MD_PAGE != (P + Size - 1) / MD_PAGE) ||
        (Wish->Cached && P % 64 != 0)) {
        MdFail("%p is no block of %u bytes that keeps the pool's contract", (PVOID)P,
               (unsigned)Size);
    }
}

/* The redzones are there, and no larger than alignment asks for. */
static void CheckLayout(const MD_WISH *Wish, const MD_BLOCK *Block)
{
    const ULONG Redzone = Md.Options.Redzone;
    const BOOLEAN InPages = Block->Size + Redzone + 64 > MD_PAGE;

    /* In the midst of things: a site may have learned something since. */
    if ((Block->Front != 0) != Owned(Wish) && !(Md.Parallel && Wish->How >= MdAs)) {
        MdFail("block %p of line %u: front redzone of %u bytes", (PVOID)Block->User, Block->Line,
               Block->Front);
    }
    if ((Block->Front != 0 && Block->Front < Redzone) || Block->Rear < Redzone ||
        Block->Front > (InPages ? MD_PAGE : Redzone + (Wish->Cached ? 64u : 48u)) ||
        Block->Rear > Redzone + 96) {
        MdFail("block %p, %u bytes: redzones of %u and %u bytes", (PVOID)Block->User,
               (unsigned)Block->Size, Block->Front, Block->Rear);
    }
}

static void CheckZeros(const MD_BLOCK *Block, const MD_WISH *Wish)
{
    SIZE_T Index;

    if (Wish->How != MdAsZero &&
        (Wish->How != MdAsFlags || (Wish->Flags & POOL_FLAG_UNINITIALIZED) != 0)) {
        return;
    }
    for (Index = 0; Index < Block->Size; Index++) {
        if (((UCHAR *)Block->User)[Index] != 0) {
            MdFail("byte %u of block %p is not 0", (unsigned)Index, (PVOID)Block->User);
        }
    }
}

/* Under the lock: in the table, but not yet live, so that nobody takes it for what was there. */
static MD_BLOCK *NewBlock(const MD_WISH *Wish, ULONG_PTR P)
{
    const MD_REQUEST *Request = &MdOp->Request;
    MD_BLOCK *Block = &Md.Blocks[Md.BlockCount];

    if (Md.BlockCount == MD_BLOCKS) {
        MdFail("the model has no room for another block");
    }
    Md.BlockCount++;
    memset(Block, 0, sizeof(*Block));
    Block->User = P;
    Block->Raw = Request->Result;
    Block->Size = Wish->Size;
    Block->RawSize = Request->AskedSize;
    Block->Front = (ULONG)(P - Block->Raw);
    Block->Rear = (ULONG)(Block->RawSize - Block->Front - Block->Size);
    Block->Tag = Wish->Tag;
    Block->Line = Wish->Line;
    Block->Order = ++Md.Order;
    Block->Paged = Wish->Paged;
    Block->Quota = IsQuota(Wish->How);
    Block->Byte = (UCHAR)(1 + Block->Order % 120);
    Block->Owner = MdThread;
    CheckLayout(Wish, Block);
    Block->ForSystem = Block->Front == 0 && ForSystem(Wish);
    Md.Allocations++;
    if (Block->Front == 0) {
        Md.Sites[Block->Line].Made++;
    }
    return Block;
}

static void TakeMonitored(const MD_WISH *Wish, ULONG_PTR P)
{
    MD_BLOCK *Block;

    MdLock();
    Block = NewBlock(Wish, P);
    MdUnlock();
    CheckZeros(Block, Wish);
    MdGuardCopy(Block);
    memset((PVOID)P, Block->Byte, Block->Size);
    MdLock();
    Block->State = MdLive;
    MdUnlock();
}

/* The pool's own block: nothing of it is MemCheck's. */
static void TakeOther(const MD_WISH *Wish, ULONG_PTR P)
{
    MdLock();
    if (P != MdOp->Request.Result) {
        MdFail("%p is not what the pool gave, %p", (PVOID)P, (PVOID)MdOp->Request.Result);
    }
    MdForgetRetired(P);
    MdOtherAdd(P, Wish->Size, Wish->Tag, FALSE, Wish->Paged);
    if (Listed(Wish, MD_TAG('M', 'd', 'S', 'k'))) {
        Md.Unwatched++;
    } else {
        Md.Untracked++;
    }
    MdUnlock();
}

static ULONG_PTR Allocate(MD_OP *Op, const MD_WISH *Wish, ULONG_PTR Place)
{
    MD_REQUEST *Request = &Op->Request;
    ULONG_PTR P;

    MdLock();
    Expect(Wish);
    Request->Place = Place;
    Request->Fail = Place != 0 ? 0 : Request->Fail;
    MdUnlock();
    MdNote("allocate how=%u type=%x size=%u tag=%08x line=%u fail=%u irql=%u", Wish->How,
           Wish->Type, (unsigned)Wish->Size, Wish->Tag, Wish->Line, Request->Fail, Op->Irql);
    MdRaise(Op);
    P = (ULONG_PTR)Ask(Wish);
    if (P == 0) {
        __sync_add_and_fetch(&Md.PoolFailed, 1);
        if (!Request->Refused && Request->Fail < 3) {
            MdFail("no block, and the pool had memory");
        }
    } else {
        CheckContract(Wish, P);
        if (Request->Monitored && Request->Attempts <= 2) {
            TakeMonitored(Wish, P);
        } else {
            TakeOther(Wish, P);
        }
    }
    MdEnd(Op);
    return P;
}

void MdDoAllocate(MD_OP *Op)
{
    static const KIRQL Levels[8] = {PASSIVE_LEVEL, PASSIVE_LEVEL, PASSIVE_LEVEL,  PASSIVE_LEVEL,
                                    PASSIVE_LEVEL, APC_LEVEL,     DISPATCH_LEVEL, DISPATCH_LEVEL};
    MD_WISH Wish;

    MdBegin(Op, Levels[MdRandom(8)]);
    MakeWish(&Wish, Op->Irql);
    Allocate(Op, &Wish, 0);
}

MD_BLOCK *MdDoAllocateAt(MD_OP *Op, MD_HOW How, SIZE_T Size, ULONG_PTR Place)
{
    MD_WISH Wish;

    memset(&Wish, 0, sizeof(Wish));
    MdBegin(Op, PASSIVE_LEVEL);
    Wish.How = How;
    Wish.Size = Size;
    Wish.Tag = HasTag(How) ? MD_TAG('M', 'd', 'l', 'A') : 0;
    Wish.Line = Line(How) + 8; /* another path is another site */
    return MdFindExact(Allocate(Op, &Wish, Place));
}
