/* evidence.c - what a finding says besides what was found: who lies beside the damage, and what the
 * changed bytes look like. It asks the index; the judgements are in diagnose.c. */
#include "core.h"

static VOID McpNeighbourCopy(const MC_RECORD *Record, MC_NEIGHBOUR *Neighbour)
{
    Neighbour->User = Record->User;
    Neighbour->Size = Record->Size;
    Neighbour->Front = Record->Front;
    Neighbour->Rear = Record->Rear;
    Neighbour->Tag = Record->Tag;
    Neighbour->Number = Record->Number;
    Neighbour->State = McRecordState(Record);
    McSiteCopy(Record->AllocateSite, &Neighbour->Allocated);
}

/*
 * Are its guard bytes on the side of the finding damaged? They are read only of an owned block of
 * the same sort of pool (a nonpaged operation touches no paged memory), a reference held.
 */
static BOOLEAN McpNeighbourDamaged(const MC_RECORD *Record, LONG Zone, const MC_BLOCK *Block)
{
    const MC_STATE State = McRecordState(Record);
    const BOOLEAN Paged = McIsPaged(Record);

    if (McIsPlain(Record) || (Block->Number == 0 && Block->Front == 0))
        return FALSE;
    if ((Record->Noted & Zone) != 0)
        return TRUE;
    if ((State != McStateLive && State != McStateQuarantined) ||
        Paged != ((Block->Attributes & MC_PAGED) != 0) || (Paged && McOsIrql() >= DISPATCH_LEVEL))
        return FALSE;
    if (Zone == MC_NOTED_REAR)
        return !McGuardIntact(Record->User + Record->Size, Record->Rear);
    return !McGuardIntact(Record->User - Record->Front, Record->Front);
}

/* Record: with a reference, which is given back here; NULL: there is none. */
static VOID McpNeighbour(MC_RECORD *Record, LONG Zone, const MC_BLOCK *Block,
                         MC_NEIGHBOUR *Neighbour)
{
    if (Record == 0)
        return;
    McpNeighbourCopy(Record, Neighbour);
    Neighbour->Damaged = McpNeighbourDamaged(Record, Zone, Block);
    McRecordRelease(Record);
}

VOID McEvidenceNear(MC_FINDING *Finding)
{
    const MC_BLOCK *Block = &Finding->Block;
    ULONG_PTR First = Finding->Address;
    ULONG_PTR Last = First;

    if (Block->Number != 0) {
        First = Block->User - Block->Front;
        Last = Block->User + Block->Size + Block->Rear - 1;
    }
    McpNeighbour(McIndexBefore(First), MC_NOTED_REAR, Block, &Finding->Before);
    McpNeighbour(McIndexAfter(Last), MC_NOTED_FRONT, Block, &Finding->After);
}

/* The first of the changed words that is a pointer to something known. */
static MC_LOOK McpEvidencePointer(MC_FINDING *Finding)
{
    ULONG_PTR Pointers[MC_LOOK_POINTERS];
    ULONG_PTR Low, High;
    MC_RECORD *Record;
    ULONG Count = McLookPointers(&Finding->Damage, Pointers);
    ULONG Index;

    if (!McOsImage(&Low, &High))
        Low = High = 0;
    for (Index = 0; Index < Count; Index++) {
        Finding->Damage.Pointer = Pointers[Index];
        if (Pointers[Index] >= Low && Pointers[Index] < High)
            return McLookImage;
        Record = McIndexFind(Pointers[Index]);
        if (Record != 0) {
            McpNeighbourCopy(Record, &Finding->Pointed);
            McRecordRelease(Record);
            return McLookBlock;
        }
    }
    Finding->Damage.Pointer = 0;
    return McLookNothing;
}

VOID McEvidenceDamage(MC_FINDING *Finding)
{
    Finding->Damage.Look = McLook(&Finding->Damage, McpEvidencePointer(Finding));
    McEvidenceNear(Finding);
    Finding->Culprit =
        McCulprit(&Finding->Block, &Finding->Damage, &Finding->Before, &Finding->After);
}
