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

    if (Pool->Owner == SIM_DRIVER && Pool->Tag == MD_META_TAG) {
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

void MdAudit(void)
{
    MD_AUDIT Audit = {0, 0, NULL, {0}};
    ULONG Index, Ours = 0, Others = 0;

    SimPoolEach(Each, &Audit);
    if (Audit.Unknown != NULL) {
        MdFail("the pool has a block that the model does not know: %p, %u bytes, tag %08x",
               Audit.Copy.Start, (unsigned)Audit.Copy.Size, Audit.Copy.Tag);
    }
    for (Index = 0; Index < Md.BlockCount && Md.On; Index++) {
        const MD_BLOCK *Block = &Md.Blocks[Index];

        Ours += !Block->Stale &&
                (Block->State == MdLive || Block->State == MdDeferred || Block->State == MdHeld);
        if (Block->State == MdLeaving || Block->State == MdMaking) {
            MdFail("block %p hangs between two states", (PVOID)Block->User);
        }
    }
    for (Index = 0; Index < MD_OTHERS; Index++) {
        Others += Md.Others[Index].P != 0;
    }
    if (Ours != Audit.Ours || Others != Audit.Others) {
        MdFail("the pool has %u monitored blocks and %u others, the model %u and %u", Audit.Ours,
               Audit.Others, Ours, Others);
    }
}
