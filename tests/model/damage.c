/*
 * damage.c - bytes that are not as they should be.
 *
 * Guard bytes are compared with a copy that was taken when the block was made, so the model need
 * not know how they are computed. While several threads run no other thread's bytes are read here:
 * then the marks alone count that who damages a zone sets first.
 */
#include <stdlib.h>
#include <string.h>

#include "model.h"

#define MD_FILL_BYTE 0xA7

/* Guard bytes are never 0, 0xFF or text, and recognised by one nibble. */
void MdGuardCopy(MD_BLOCK *Block)
{
    const UCHAR *Raw = (const UCHAR *)Block->Raw;
    ULONG Index;

    Block->Guard = malloc(Block->Front + Block->Rear);
    if (Block->Guard == NULL) {
        MdFail("out of memory");
    }
    memcpy(Block->Guard, Raw, Block->Front);
    memcpy(Block->Guard + Block->Front, Raw + Block->Front + Block->Size, Block->Rear);
    for (Index = 0; Index < Block->Front + Block->Rear; Index++) {
        if ((Block->Guard[Index] & 0xF0) != 0xB0) {
            MdFail("guard byte %u of block %p is %02x", (unsigned)Index, (PVOID)Block->User,
                   Block->Guard[Index]);
        }
    }
}

BOOLEAN MdCovered(const MD_BLOCK *Block, SIZE_T Offset)
{
    return Block->Filled != 0 && (Offset < Block->Filled || Offset + 64 >= Block->Size);
}

/* What should stand at an offset of the block; FALSE: anything. */
static BOOLEAN Wanted(const MD_BLOCK *Block, MD_ZONE Zone, LONG_PTR Offset, UCHAR *Byte)
{
    if (Zone == MdFill) {
        *Byte = MD_FILL_BYTE;
        return MdCovered(Block, (SIZE_T)Offset);
    }
    *Byte = Zone == MdFront ? Block->Guard[Offset + (LONG_PTR)Block->Front]
                            : Block->Guard[Block->Front + ((SIZE_T)Offset - Block->Size)];
    return TRUE;
}

/* Only the marks: others may be looking at the same bytes, or be in their midst. */
static void LookAtMark(const MD_BLOCK *Block, MD_ZONE Zone, ULONG Readable, MD_EXTENT *Extent)
{
    Extent->First = Zone == MdRear ? Block->Lowest : 0;
    Extent->Changed = Block->Damaged[Zone];
    if (Zone == MdRear && Block->Lowest >= (LONG_PTR)(Block->Size + Readable)) {
        Extent->Changed = 0;
    }
}

void MdLook(const MD_BLOCK *Block, MD_ZONE Zone, ULONG Readable, MD_EXTENT *Extent)
{
    LONG_PTR Offset = 0, End = (LONG_PTR)Block->Size;
    UCHAR Byte;

    memset(Extent, 0, sizeof(*Extent));
    if (Md.Parallel) {
        LookAtMark(Block, Zone, Readable, Extent);
        return;
    }
    if (Zone == MdFront) {
        Offset = -(LONG_PTR)Block->Front;
        End = 0;
    } else if (Zone == MdRear) {
        Offset = End;
        End += Readable < Block->Rear ? Readable : Block->Rear;
    }
    for (; Offset < End; Offset++) {
        if (!Wanted(Block, Zone, Offset, &Byte) ||
            *(const volatile UCHAR *)(Block->User + (ULONG_PTR)Offset) == Byte) {
            continue;
        }
        Extent->First = Extent->Changed == 0 ? Offset : Extent->First;
        Extent->Last = Offset;
        Extent->Changed++;
    }
}

/* Of a paged one what lies in the page that its free touches anyhow; of a nonpaged one that is
 * gone, what is left in its pages (nobody else runs then). */
ULONG MdReadable(const MD_BLOCK *Block)
{
    const ULONG_PTR Start = Block->User + Block->Size;
    const ULONG_PTR PageEnd = Block->User / MD_PAGE * MD_PAGE + MD_PAGE;
    ULONG Readable = 0;

    if (Block->Paged) {
        Readable = Start < PageEnd ? (ULONG)(PageEnd - Start) : 0;
        return Readable < Block->Rear ? Readable : Block->Rear;
    }
    if (!Block->Stale) {
        return Block->Rear;
    }
    while (Readable < Block->Rear && MmIsAddressValid((PVOID)(Start + Readable))) {
        Readable++;
    }
    return Readable;
}

static BOOLEAN Counts(const MD_BLOCK *Block, ULONG Zone)
{
    return Zone != MdFill || Block->State == MdHeld || Block->State == MdLeaving;
}

BOOLEAN MdIsDamaged(const MD_BLOCK *Block)
{
    ULONG Zone;

    for (Zone = 0; Zone < MdZones; Zone++) {
        if (Block->Damaged[Zone] && Counts(Block, Zone)) {
            return TRUE;
        }
    }
    return FALSE;
}

void MdMustReport(MD_BLOCK *Block, ULONG Zones)
{
    ULONG Zone, Wanted = 0;

    for (Zone = 0; Zone < MdZones; Zone++) {
        if ((Zones >> Zone & 1) != 0 && Block->Damaged[Zone] && !Block->Reported[Zone] &&
            Counts(Block, Zone)) {
            Wanted |= 1u << Zone;
        }
    }
    if (Block->Front == 0 || Wanted == 0 || Md.Parallel) {
        return; /* while others run, they may have been faster: at the quiet point */
    }
    if (MdOp->ReportCount == MD_LEAVING) {
        MdFail("the model expects more damage than it has room for");
    }
    MdOp->Reports[MdOp->ReportCount] = Block;
    MdOp->Zones[MdOp->ReportCount++] = (UCHAR)Wanted;
}
