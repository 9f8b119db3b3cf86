/*
 * map.c - what each byte is, and what must be found when it changes.
 *
 * The rules, as README and core.h give them to the user: guard bytes are all that MemCheck asked
 * the pool for beyond the driver's bytes; a freed block of up to `fill` bytes is filled, of a
 * larger one the last 64 and what that leaves of `fill` at the beginning, 64 at the least.
 */
#include <string.h>
#include "scribble.h"

#define FILL_LAST 64u

PUCHAR ScSpan;
SIZE_T ScSpanBytes;
ULONG ScFill = 512;

static UCHAR Zone[SC_SPAN];
static UCHAR Owner[SC_SPAN]; /* index in ScBlocks, where Zone is a block's */
static UCHAR Intact[SC_SPAN];
static SIZE_T DirtyLow, DirtyHigh; /* what was written to */

/* Blocks may leave ScBlocks; what they were is asked for later too. */
static SC_BLOCK Blocks[SC_BLOCKS];
static ULONG BlockCount;

static void Mark(const UCHAR *From, SIZE_T Length, SC_ZONE As, ULONG Block)
{
    SIZE_T Offset;

    for (Offset = (SIZE_T)(From - ScSpan); Length != 0; Length--, Offset++) {
        if (Offset < ScSpanBytes) {
            Zone[Offset] = (UCHAR)As;
            Owner[Offset] = (UCHAR)Block;
        }
    }
}

static void MarkFill(const SC_BLOCK *Block, ULONG Index)
{
    if (ScFill == 0) {
        return;
    }
    if (Block->Size <= ScFill || Block->Size <= FILL_LAST) {
        Mark(Block->P, Block->Size, ScFilled, Index);
    } else {
        Mark(Block->P, ScFill > FILL_LAST ? ScFill - FILL_LAST : FILL_LAST, ScFilled, Index);
        Mark(Block->P + Block->Size - FILL_LAST, FILL_LAST, ScFilled, Index);
    }
}

static PUCHAR End(const SC_BLOCK *Block)
{
    return Block->Raw + Block->RawSize;
}

/* A paged one's page behind its first may be paged out: it is not read. */
static SIZE_T PlainReadable(const SC_BLOCK *Block)
{
    const ULONG_PTR Own = ((ULONG_PTR)Block->P & ~(ULONG_PTR)(SC_PAGE - 1)) + SC_PAGE;
    const ULONG_PTR At = (ULONG_PTR)Block->P + Block->Size;

    if (Block->Pool == NonPagedPool || (ULONG_PTR)End(Block) <= Own) {
        return (SIZE_T)((ULONG_PTR)End(Block) - At);
    }
    return At < Own ? (SIZE_T)(Own - At) : 0;
}

static void MarkBlock(const SC_BLOCK *Block, ULONG Index)
{
    PUCHAR Behind = Block->P + Block->Size;

    switch (Block->State) {
    case ScOwned:
    case ScHeld:
        Mark(Block->Raw, (SIZE_T)(Block->P - Block->Raw), ScFront, Index);
        Mark(Behind, (SIZE_T)(End(Block) - Behind), ScRear, Index);
        if (Block->State == ScHeld) {
            MarkFill(Block, Index);
        }
        break;
    case ScPlain: Mark(Behind, PlainReadable(Block), ScPlainRear, Index); break;
    default: break;
    }
}

static void MarkOwn(const SIM_BLOCK *Block, PVOID Context)
{
    (void)Context;
    if (Block->Tag == SIM_OWN_TAG) {
        Mark(Block->Start, Block->Size, ScOwn, 0);
    }
}

/* Around the base, as far as blocks reach and memory goes without a gap; and a page on both sides,
 * where there is one. */
static void FindSpan(const SC_BLOCK *Base)
{
    PUCHAR Low = Base->Raw, High = End(Base), At;
    ULONG Index;

    for (Index = 0; Index < BlockCount; Index++) {
        Low = Blocks[Index].Raw < Low ? Blocks[Index].Raw : Low;
        High = End(&Blocks[Index]) > High ? End(&Blocks[Index]) : High;
    }
    ScSpan = (PUCHAR)((ULONG_PTR)Base->Raw & ~(ULONG_PTR)(SC_PAGE - 1));
    while (ScSpan + SC_PAGE > Low && Base->Raw - ScSpan < (LONG_PTR)(SC_SPAN / 2) &&
           MmIsAddressValid(ScSpan - SC_PAGE)) {
        ScSpan -= SC_PAGE;
    }
    for (At = ScSpan; At < High + SC_PAGE && At < ScSpan + SC_SPAN && MmIsAddressValid(At);) {
        At += SC_PAGE;
    }
    ScSpanBytes = (SIZE_T)(At - ScSpan);
}

void ScMap(ULONG Base)
{
    ULONG Index;

    memcpy(Blocks, ScBlocks, sizeof(Blocks));
    BlockCount = ScBlockCount;
    FindSpan(&Blocks[Base]);
    memset(Zone, ScNobodys, sizeof(Zone));
    for (Index = 0; Index < BlockCount; Index++) {
        MarkBlock(&Blocks[Index], Index);
    }
    SimPoolEach(MarkOwn, NULL);
    memcpy(Intact, ScSpan, ScSpanBytes);
    DirtyLow = ScSpanBytes;
    DirtyHigh = 0;
}

SC_ZONE ScZoneAt(SIZE_T Offset)
{
    return (SC_ZONE)Zone[Offset];
}

const SC_BLOCK *ScBlockAt(const UCHAR *Address)
{
    ULONG Index;

    for (Index = 0; Index < BlockCount; Index++) {
        const SC_BLOCK *Block = &Blocks[Index];

        if (Block->State != ScForeign && Address >= Block->Raw && Address < End(Block)) {
            return Block;
        }
    }
    return NULL;
}

SIZE_T ScWrite(SIZE_T Offset, const UCHAR *Bytes, SIZE_T Length)
{
    SIZE_T Index;

    for (Index = 0; Index < Length && Offset + Index < ScSpanBytes; Index++) {
        if (Zone[Offset + Index] == ScOwn) {
            break;
        }
        ScSpan[Offset + Index] = Bytes[Index];
    }
    DirtyLow = Offset < DirtyLow ? Offset : DirtyLow;
    DirtyHigh = Offset + Index > DirtyHigh ? Offset + Index : DirtyHigh;
    return Index;
}

void ScRestore(void)
{
    SIZE_T Offset;

    for (Offset = DirtyLow; Offset < DirtyHigh; Offset++) {
        if (Zone[Offset] != ScOwn && ScSpan[Offset] != Intact[Offset]) {
            ScSpan[Offset] = Intact[Offset];
        }
    }
    DirtyLow = ScSpanBytes;
    DirtyHigh = 0;
}

BOOLEAN ScWatchedIsIntact(void)
{
    SIZE_T Offset;

    for (Offset = 0; Offset < ScSpanBytes; Offset++) {
        if (Zone[Offset] >= ScFront && Zone[Offset] <= ScFilled &&
            ScSpan[Offset] != Intact[Offset]) {
            return FALSE;
        }
    }
    return TRUE;
}

/* ---- what must be found ---- */

static MC_KIND KindOf(SC_ZONE In)
{
    return In == ScFront ? McKindUnderrun : In == ScFilled ? McKindWriteAfterFree : McKindOverrun;
}

/* One byte more of this damage, or the first of another: a zone's bytes come one after the other,
 * but the two ends of a fill are one. */
static ULONG AddByte(SC_DAMAGE *Damage, ULONG Count, SIZE_T Offset)
{
    const SC_BLOCK *Block = &Blocks[Owner[Offset]];
    const LONG_PTR At = ScSpan + Offset - Block->P;
    const MC_KIND Kind = KindOf((SC_ZONE)Zone[Offset]);
    ULONG Index;

    for (Index = 0; Index < Count; Index++) {
        if (Damage[Index].Kind == Kind && Damage[Index].User == Block->P) {
            Damage[Index].Last = At;
            Damage[Index].Changed++;
            return Count;
        }
    }
    Damage[Count].Kind = Kind;
    Damage[Count].User = Block->P;
    Damage[Count].First = Damage[Count].Last = At;
    Damage[Count].Changed = 1;
    Damage[Count].Sure = Zone[Offset] != ScPlainRear;
    return Count + 1;
}

ULONG ScExpected(SC_DAMAGE *Damage)
{
    ULONG Count = 0;
    SIZE_T Offset;

    for (Offset = DirtyLow; Offset < DirtyHigh; Offset++) {
        if (ScSpan[Offset] != Intact[Offset] && Zone[Offset] != ScNobodys &&
            Zone[Offset] != ScOwn) {
            Count = AddByte(Damage, Count, Offset);
        }
    }
    return Count;
}

BOOLEAN ScIsDamaged(const UCHAR *User, SC_ZONE In)
{
    SIZE_T Offset;

    for (Offset = DirtyLow; Offset < DirtyHigh; Offset++) {
        if (Zone[Offset] == In && Blocks[Owner[Offset]].P == User &&
            ScSpan[Offset] != Intact[Offset]) {
            return TRUE;
        }
    }
    return FALSE;
}
