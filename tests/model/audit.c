/* audit.c - no block is lost: the pool's blocks are the model's, one by one. */
#include "model.h"

typedef struct _MD_AUDIT {
    ULONG Ours;
    ULONG Others;
    const SIM_BLOCK *Unknown;
    SIM_BLOCK Copy;
} MD_AUDIT;

static BOOLEAN IsOurs(const SIM_BLOCK *Pool)
{
    const ULONG_PTR P = (ULONG_PTR)Pool->Start;
    MD_BLOCK *Block = MdFindRaw(P);

    return Block != NULL && !Block->Stale && Block->RawSize == Pool->Size &&
           (Block->Tag == 0 || Block->Tag == Pool->Tag);
}

static void Each(const SIM_BLOCK *Pool, PVOID Context)
{
    MD_AUDIT *Audit = Context;
    const MD_OTHER *Other = MdOtherAt((ULONG_PTR)Pool->Start);

    if (Pool->Owner == SIM_DRIVER && Pool->Tag == SIM_OWN_TAG) {
        return;
    }
    if (Other != NULL && Other->Size == Pool->Size &&
        Other->Foreign == (Pool->Owner == SIM_FOREIGN)) {
        Audit->Others++;
    } else if (Pool->Owner == SIM_DRIVER && IsOurs(Pool)) {
        Audit->Ours++;
    } else {
        Audit->Copy = *Pool;
        Audit->Unknown = &Audit->Copy;
    }
}

typedef struct _MD_NUMBERS {
    ULONG Ours;
    ULONG Foreign;
    ULONG Others; /* the driver's, not monitored */
} MD_NUMBERS;

static void Count(MD_NUMBERS *Numbers)
{
    ULONG Index;

    for (Index = 0; Index < Md.BlockCount && Md.On; Index++) {
        const MD_BLOCK *Block = &Md.Blocks[Index];

        if (Block->State == MdLeaving || Block->State == MdMaking) {
            MdFail("block %p hangs between two states", (PVOID)Block->User);
        }
        Numbers->Ours += !Block->Stale && (Block->State == MdLive || Block->State == MdDeferred ||
                                           Block->State == MdHeld);
    }
    for (Index = 0; Index < MD_OTHERS; Index++) {
        Numbers->Foreign += Md.Others[Index].P != 0 && Md.Others[Index].Foreign;
        Numbers->Others += Md.Others[Index].P != 0 && !Md.Others[Index].Foreign;
    }
}

void MdAuditNumbers(void)
{
    MD_NUMBERS Numbers = {0, 0, 0};
    const SIZE_T Driver = SimPoolOutstanding(SIM_DRIVER, NULL);
    const SIZE_T Foreign = SimPoolOutstanding(SIM_FOREIGN, NULL);

    Count(&Numbers);
    if (Driver != Numbers.Ours + Numbers.Others + (ULONG)Md.MetaBlocks ||
        Foreign != Numbers.Foreign) {
        MdFail("the pool has %u blocks of the driver and %u of others; the model %u, %u of "
               "MemCheck's own, %u not monitored, and %u of others",
               (unsigned)Driver, (unsigned)Foreign, Numbers.Ours, (unsigned)Md.MetaBlocks,
               Numbers.Others, Numbers.Foreign);
    }
}

void MdAudit(void)
{
    MD_AUDIT Audit = {0, 0, NULL, {0}};
    MD_NUMBERS Numbers = {0, 0, 0};

    SimPoolEach(Each, &Audit);
    if (Audit.Unknown != NULL) {
        MdFail("the pool has a block that the model does not know: %p, %u bytes, tag %08x",
               Audit.Copy.Start, (unsigned)Audit.Copy.Size, Audit.Copy.Tag);
    }
    Count(&Numbers);
    if (Numbers.Ours != Audit.Ours || Numbers.Others + Numbers.Foreign != Audit.Others) {
        MdFail("the pool has %u monitored blocks and %u others, the model %u and %u", Audit.Ours,
               Audit.Others, Numbers.Ours, Numbers.Others + Numbers.Foreign);
    }
}
