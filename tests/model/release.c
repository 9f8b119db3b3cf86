/* release.c - frees in all ways, right and wrong. */
#include <string.h>

#include "model.h"
#include "mcroutines.h"

#define MD_FILE "frees.c"

/* Each way has lines of its own, and one place that calls it: so a line is a call site. */
typedef enum _MD_FREE { MdFree, MdFreeTag, MdFreeAs, MdFreeTagAs, MdFreeString, MdFrees } MD_FREE;

static ULONG FreeLine(MD_FREE How)
{
    return 100 + MdThread * 400 + 240 + (ULONG)How * 20 + MdRandom(4);
}

static ULONG RoutineOf(MD_FREE How)
{
    return How == MdFreeTag || How == MdFreeTagAs ? McExFreePoolWithTag : McExFreePool;
}

__attribute__((noinline)) static void Call(MD_FREE How, ULONG_PTR P, ULONG Tag, ULONG Line)
{
    UNICODE_STRING String = {4, 8, (USHORT *)P};

    switch (How) {
    case MdFree: McFree((PVOID)P, MD_FILE, Line, "Free"); break;
    case MdFreeTag: McFreeWithTag((PVOID)P, Tag, MD_FILE, Line, "FreeTag"); break;
    case MdFreeString:
        McFreeStringAs(McRtlFreeUnicodeString, &String, MD_FILE, Line, "FreeString");
        if (String.Buffer != NULL || String.Length != 0 || String.MaximumLength != 0) {
            MdFail("the string is not cleared");
        }
        break;
    default:
        McFreeAs(How == MdFreeAs ? McExFreePool : McExFreePoolWithTag, (PVOID)P, Tag, NULL, 0,
                 MD_FILE, Line, "FreeAs");
    }
}

static MD_FREE RandomFree(BOOLEAN WithTag, ULONG_PTR P, KIRQL Irql)
{
    if (WithTag) {
        return MdOneIn(2) ? MdFreeTag : MdFreeTagAs;
    }
    if (P != 0 && Irql == PASSIVE_LEVEL && MdOneIn(10)) {
        return MdFreeString;
    }
    return MdOneIn(2) ? MdFree : MdFreeAs;
}

static ULONG TagOf(MD_FREE How, ULONG Tag)
{
    return RoutineOf(How) == McExFreePool ? 0 : Tag;
}

void MdDoFree(MD_OP *Op, ULONG_PTR P, BOOLEAN WithTag, ULONG Tag, KIRQL Irql)
{
    const MD_FREE How = RandomFree(WithTag, P, Irql);
    ULONG Line;

    MdBegin(Op, Irql);
    Line = FreeLine(How);
    MdNote("free %p how=%u tag=%08x line=%u irql=%u", (PVOID)P, How, TagOf(How, Tag), Line, Irql);
    MdLock();
    MdJudgeFree(P, RoutineOf(How), TagOf(How, Tag), Line);
    MdUnlock();
    MdRaise(Op);
    Call(How, P, Tag, Line);
    MdEnd(Op);
}

/* ---- right ones ---- */

/* What the driver keeps in its block is there still; nobody but us has it. */
static void CheckContents(const MD_BLOCK *Block)
{
    SIZE_T Index;

    for (Index = 0; Index < Block->Size && !Block->Stale; Index++) {
        if (((const volatile UCHAR *)Block->User)[Index] != Block->Byte) {
            MdFail("byte %u of block %p was changed", (unsigned)Index, (PVOID)Block->User);
        }
    }
}

void MdDoFreeRight(MD_OP *Op, MD_BLOCK *Block, KIRQL Irql)
{
    BOOLEAN WithTag = Block->Tag != 0 && ((Block->Tag & MD_PROTECTED) != 0 || MdOneIn(2));
    ULONG Tag = Block->Tag;

    if (WithTag && (Tag & MD_PROTECTED) == 0 && MdOneIn(4)) {
        Tag = MdOneIn(2) ? 0 : Tag | MD_PROTECTED; /* not given; and bit 31 is no part of it */
    }
    if (!Block->Paged || Irql < DISPATCH_LEVEL) {
        CheckContents(Block);
    }
    MdDoFree(Op, Block->User, WithTag, Tag, Irql);
}

void MdDoFreeOther(MD_OP *Op)
{
    ULONG Index = MdRandom(MD_OTHERS), Steps;
    MD_OTHER *Other;
    ULONG Tag;

    for (Steps = MD_OTHERS; Steps != 0; Steps--, Index = (Index + 1) % MD_OTHERS) {
        Other = &Md.Others[Index];
        if (Other->P != 0 && !Other->Handed) {
            Tag = Other->Tag;
            if (MdFindInside(Other->P) == NULL || !MdFindInside(Other->P)->Lazy) {
                MdDoFree(Op, Other->P, Tag != 0, Tag,
                         Other->Paged || MdOneIn(2) ? PASSIVE_LEVEL : DISPATCH_LEVEL);
            }
            return;
        }
    }
}

/* ---- wrong ones ---- */

static ULONG RandomWrongTag(const MD_BLOCK *Block)
{
    const ULONG Tag = MdOneIn(2) ? MD_TAG('W', 'r', 'n', 'g') : MD_TAG('M', 'd', 'l', 'A');

    return (Tag ^ Block->Tag) << 1 == 0 ? MD_TAG('O', 't', 'h', 'r') : Tag;
}

/* Any address of the raw block but the driver's own. */
static ULONG_PTR RandomInside(const MD_BLOCK *Block)
{
    const ULONG Where = MdRandom(3);
    ULONG_PTR P = Block->Raw + MdRandom((ULONG)Block->RawSize);

    if (Where == 0 && Block->Size != 0) {
        P = Block->User + MdRandom((ULONG)Block->Size);
    } else if (Where == 1) {
        P = Block->User + Block->Size + MdRandom(Block->Rear);
    }
    if (MdOneIn(2)) {
        P -= P % MD_ALIGNMENT;
    }
    return P < Block->Raw ? Block->Raw : P;
}

static void FreeInside(MD_OP *Op)
{
    MD_BLOCK *Block = MdPick(1u << MdLive | (Md.Parallel ? 0 : 1u << MdHeld));
    ULONG_PTR P;
    BOOLEAN Its;

    if (Block == NULL) {
        return;
    }
    P = RandomInside(Block);
    if (Md.Parallel && Block->Front == 0) {
        return; /* it would be passed on */
    }
    MdLock();
    Its = (BOOLEAN)(P != Block->User && MdFindInside(P) == Block);
    MdUnlock();
    if (Its) {
        MdDoFree(Op, P, MdOneIn(2), Block->Tag,
                 !Block->Paged && MdOneIn(4) ? DISPATCH_LEVEL : PASSIVE_LEVEL);
    }
}

/* On the stack, in the image, in user space, misaligned in another owner's block, NULL. */
static void FreeWild(MD_OP *Op)
{
    static UCHAR InImage[64];
    UCHAR OnStack[64];
    ULONG_PTR P = 0;

    switch (MdRandom(5)) {
    case 0: P = (ULONG_PTR)OnStack + MdRandom(64); break;
    case 1: P = (ULONG_PTR)InImage + MdRandom(64); break;
    case 2: P = 1 + MdRandom(0x10000); break;
    case 3:
        P = Md.Parallel ? 0 : Md.Others[MdRandom(8)].P;
        P = P != 0 ? P + 1 + MdRandom(MD_ALIGNMENT - 1) : 0;
        break;
    }
    if (Md.Parallel || MdFindInside(P) == NULL) { /* parallel, nothing is looked up unlocked */
        MdDoFree(Op, P, MdOneIn(2), MD_TAG('W', 'i', 'l', 'd'),
                 MdOneIn(4) ? DISPATCH_LEVEL : PASSIVE_LEVEL);
    }
}

static void FreeAgain(MD_OP *Op)
{
    MD_BLOCK *Block = MdPick(1u << MdHeld | (Md.Parallel ? 0 : 1u << MdDeferred));

    if (Block != NULL && !(Md.Parallel && Md.MayEvict)) {
        MdDoFree(Op, Block->User, MdOneIn(2), Block->Tag,
                 MdOneIn(4) || Block->State == MdDeferred ? DISPATCH_LEVEL : PASSIVE_LEVEL);
    }
}

/* What was given back long ago, and may be anybody's by now. */
static void FreeLate(MD_OP *Op)
{
    MD_BLOCK *Block = MdPick(1u << MdReleased);
    MD_BLOCK *There = Block != NULL ? MdFindInside(Block->User) : NULL;

    if (Block != NULL && (There == NULL || (There->User != Block->User && !There->Lazy))) {
        MdDoFree(Op, Block->User, MdOneIn(2), Block->Tag, PASSIVE_LEVEL);
    }
}

static void FreeWrongTag(MD_OP *Op)
{
    MD_BLOCK *Block = MdPick(1u << MdLive);

    if (Block != NULL && Block->Tag != 0 && !(Md.Parallel && Block->Front == 0)) {
        if ((Block->Tag & MD_PROTECTED) != 0 && MdOneIn(2)) {
            MdDoFree(Op, Block->User, FALSE, 0, PASSIVE_LEVEL);
        } else {
            MdDoFree(Op, Block->User, TRUE, RandomWrongTag(Block), PASSIVE_LEVEL);
        }
    }
}

void MdDoFreeAny(MD_OP *Op)
{
    switch (MdRandom(5)) {
    case 0: FreeInside(Op); break;
    case 1: FreeWild(Op); break;
    case 2: FreeAgain(Op); break;
    case 3: FreeWrongTag(Op); break;
    default:
        if (!Md.Parallel) {
            FreeLate(Op);
        }
    }
}

/* ---- above DISPATCH_LEVEL: they wait for the next call below ---- */

typedef struct _MD_WAITS {
    ULONG_PTR P;
    MD_FREE How;
    ULONG Tag;
    ULONG Line;
} MD_WAITS;

static void PostHigh(MD_OP *Op, MD_WAITS *Waits, ULONG_PTR P, ULONG Tag)
{
    Waits->How = Tag != 0 ? MdFreeTag : MdFree;
    Waits->P = P;
    Waits->Tag = Tag;
    MdBegin(Op, DISPATCH_LEVEL + 1 + (KIRQL)MdRandom(3));
    Waits->Line = FreeLine(Waits->How);
    MdNote("free %p high how=%u tag=%08x line=%u irql=%u", (PVOID)P, Waits->How, Tag, Waits->Line,
           Op->Irql);
    MdRaise(Op);
    Call(Waits->How, P, Tag, Waits->Line);
    MdEnd(Op);
    Md.Deferred++;
}

/* Any call lets them be carried out; this one finds nothing of its own. */
void MdSettle(MD_OP *Op)
{
    MdBegin(Op, PASSIVE_LEVEL);
    MdNote("settle");
    McHandedOver(NULL, MD_FILE, 99, "Settle");
    MdEnd(Op);
}

/* At DISPATCH_LEVEL only those that a block starts at: what is unknown may be paged, and waits on.
 */
static void CarryOut(MD_OP *Op, MD_WAITS *Waits, ULONG Count, KIRQL Irql)
{
    ULONG Index;

    MdBegin(Op, Irql);
    MdNote("settle %u irql=%u", (unsigned)Count, Irql);
    for (Index = 0; Index < Count; Index++) {
        MD_WAITS *Wait = &Waits[Index];

        if (Wait->Line == 0 || (Irql >= DISPATCH_LEVEL && MdFindExact(Wait->P) == NULL)) {
            continue;
        }
        MdExpect(McKindWrongIrql, TRUE, Wait->P, 0, McReasonTooHigh);
        MdJudgeFree(Wait->P, RoutineOf(Wait->How), Wait->Tag, Wait->Line);
        Wait->Line = 0;
    }
    MdRaise(Op);
    McHandedOver(NULL, MD_FILE, 99, "Settle");
    MdEnd(Op);
}

void MdDoFreeHigh(MD_OP *Op)
{
    MD_WAITS Waits[3];
    ULONG Count = MdExactQuarantine() ? 1 + MdRandom(3) : 1; /* one may push out another */
    ULONG Index, Posted = 0;
    MD_OTHER *Other;
    MD_BLOCK *Block;

    MdSettle(Op);
    for (Index = 0; Index < Count; Index++) {
        Block = MdPick(1u << MdLive | 1u << MdHeld);
        Other = &Md.Others[MdRandom(8)];
        if (MdOneIn(4) && Other->P != 0 && !Other->Handed && MdFindInside(Other->P) == NULL) {
            PostHigh(Op, &Waits[Posted++], Other->P, Other->Tag);
        } else if (Block != NULL && !Block->Stale) {
            PostHigh(Op, &Waits[Posted++], Block->User, Block->Tag);
        }
    }
    if (MdOneIn(2)) {
        CarryOut(Op, Waits, Posted, DISPATCH_LEVEL);
    }
    CarryOut(Op, Waits, Posted, PASSIVE_LEVEL);
}
