/* diagnose.c - what an address is, and what happened to bytes. Pure: reads what it is given. */
#include "core.h"

MC_WHERE McWhere(const MC_BLOCK *Block, ULONG_PTR Address)
{
    if (Address == Block->User)
        return McWhereStart;
    if (Address < Block->User)
        return Block->User - Address <= Block->Front ? McWhereFront : McWhereNowhere;
    if (Address - Block->User < Block->Size)
        return McWhereInside;
    return Address - Block->User - Block->Size < Block->Rear ? McWhereRear : McWhereNowhere;
}

MC_REASON McWild(const MC_PLACE *Place, ULONG_PTR Address)
{
    if (Address == 0)
        return McReasonNull;
    if (Address >= Place->StackLow && Address < Place->StackHigh)
        return McReasonStack;
    if (Address >= Place->ImageLow && Address < Place->ImageHigh)
        return McReasonImage;
    if (Address < Place->SystemStart)
        return McReasonUserSpace;
    if (Address % MC_POOL_ALIGNMENT != 0)
        return McReasonMisaligned;
    return McReasonNone;
}

/* The byte that belongs at an offset of the block; FALSE: the driver's own, anything may be there.
 */
static BOOLEAN McpExpected(const MC_BLOCK *Block, ULONG Filled, LONG_PTR Offset, UCHAR *Byte)
{
    if (Offset < 0 || (SIZE_T)Offset >= Block->Size) {
        *Byte = McGuardByte(Block->User + (ULONG_PTR)Offset);
        return TRUE;
    }
    *Byte = MC_FILL_BYTE;
    return Filled != 0 && ((SIZE_T)Offset < Filled || (SIZE_T)Offset >= Block->Size - MC_FILL_TAIL);
}

/* The window shown: from a line of 16 at or before the damage, within the raw block. */
static VOID McpWindow(const MC_BLOCK *Block, ULONG Filled, MC_DAMAGE *Damage)
{
    LONG_PTR End = (LONG_PTR)(Block->Size + Block->Rear);
    LONG_PTR Offset;
    UCHAR Byte, Expected;
    ULONG Index;

    Damage->DumpAt = Damage->First & ~(LONG_PTR)15;
    if (Damage->DumpAt < -(LONG_PTR)Block->Front)
        Damage->DumpAt = -(LONG_PTR)Block->Front;
    for (Index = 0; Index < MC_DUMP_BYTES; Index++) {
        Offset = Damage->DumpAt + (LONG_PTR)Index;
        if (Offset >= End)
            break;
        Byte = *(const volatile UCHAR *)(Block->User + (ULONG_PTR)Offset);
        Damage->Found[Index] = Byte;
        Damage->Marked[Index] = 0;
        if (McpExpected(Block, Filled, Offset, &Expected)) {
            Damage->Marked[Index] = Byte != Expected ? 1 : 2;
            Damage->Expected[Index] = Expected;
        }
    }
    Damage->DumpLength = Index;
}

VOID McDamage(const MC_BLOCK *Block, ULONG Filled, LONG_PTR Start, SIZE_T Length, MC_DAMAGE *Damage)
{
    LONG_PTR Offset, End = Start + (LONG_PTR)Length;
    UCHAR Expected;

    Damage->Changed = 0;
    Damage->DumpLength = 0;
    for (Offset = Start; Offset < End; Offset++) {
        if (!McpExpected(Block, Filled, Offset, &Expected) ||
            *(const volatile UCHAR *)(Block->User + (ULONG_PTR)Offset) == Expected)
            continue;
        if (Damage->Changed == 0)
            Damage->First = Offset;
        Damage->Last = Offset;
        Damage->Changed++;
    }
    if (Damage->Changed != 0)
        McpWindow(Block, Filled, Damage);
}

/* ---- what changed bytes look like ---- */

#define MCP_LOOK_LEAST 4 /* bytes that make a text, or a copy of guard bytes */

static ULONG McpLookShown(const MC_DAMAGE *Damage)
{
    return Damage->DumpLength < MC_DUMP_BYTES ? Damage->DumpLength : MC_DUMP_BYTES;
}

/* The part of the window from the first changed byte to the last; of one that does not hold them,
 * nothing. */
static VOID McpLookSpan(const MC_DAMAGE *Damage, ULONG *From, ULONG *To)
{
    const ULONG Shown = McpLookShown(Damage);
    const SIZE_T First = (SIZE_T)Damage->First - (SIZE_T)Damage->DumpAt;
    const SIZE_T End = (SIZE_T)Damage->Last - (SIZE_T)Damage->DumpAt + 1;

    *To = End < Shown ? (ULONG)End : Shown;
    *From = First < *To ? (ULONG)First : *To;
}

/* Of a word at least half was changed: its other bytes may be the driver's own last ones. */
static BOOLEAN McpLookIsWord(const MC_DAMAGE *Damage, ULONG At)
{
    ULONG Index, Changed = 0;

    if (At + sizeof(ULONG_PTR) > McpLookShown(Damage))
        return FALSE;
    for (Index = 0; Index < sizeof(ULONG_PTR); Index++)
        Changed += Damage->Marked[At + Index] == 1;
    return Changed * 2 >= sizeof(ULONG_PTR);
}

static ULONG_PTR McpLookWord(const MC_DAMAGE *Damage, ULONG At)
{
    ULONG_PTR Word = 0;
    ULONG Index;

    for (Index = sizeof(ULONG_PTR); Index != 0; Index--)
        Word = Word << 8 | Damage->Found[At + Index - 1]; /* little-endian everywhere */
    return Word;
}

/* Aligned words first, as blocks are aligned, and so is what stands in them; then the first changed
 * bytes, of a structure that was copied to an odd place. */
ULONG McLookPointers(const MC_DAMAGE *Damage, ULONG_PTR *Pointers)
{
    ULONG From, To, At, Count = 0;

    if (Damage->Changed == 0)
        return 0;
    McpLookSpan(Damage, &From, &To);
    if (From == To)
        return 0;
    for (At = From & ~((ULONG)sizeof(ULONG_PTR) - 1); At < To && Count < MC_LOOK_POINTERS - 1;
         At += sizeof(ULONG_PTR))
        if (McpLookIsWord(Damage, At))
            Pointers[Count++] = McpLookWord(Damage, At);
    if (From % sizeof(ULONG_PTR) != 0 && To - From >= sizeof(ULONG_PTR) &&
        McpLookIsWord(Damage, From))
        Pointers[Count++] = McpLookWord(Damage, From);
    return Count;
}

/* Is every changed byte this one? */
static BOOLEAN McpLookAll(const MC_DAMAGE *Damage, ULONG From, ULONG To, UCHAR Byte)
{
    for (; From < To; From++)
        if (Damage->Marked[From] == 1 && Damage->Found[From] != Byte)
            return FALSE;
    return TRUE;
}

/* Copied guard bytes differ from those that belong there, but for one in sixteen. */
static BOOLEAN McpLookIsGuard(const MC_DAMAGE *Damage, ULONG From, ULONG To)
{
    ULONG At, Changed = 0;

    for (At = From; At < To; At++) {
        if ((Damage->Found[At] & 0xF0) != MC_GUARD_NIBBLE)
            return FALSE;
        Changed += Damage->Marked[At] == 1;
    }
    return Changed >= MCP_LOOK_LEAST && Changed * 4 >= (To - From) * 3;
}

static BOOLEAN McpLookIsPrintable(UCHAR Byte)
{
    return (Byte >= ' ' && Byte <= '~') || Byte == '\t' || Byte == '\r' || Byte == '\n';
}

/*
 * Characters of Width bytes, the upper ones 0, then zeros at the most. Skip: bytes of a character
 * that began before the damage.
 */
static BOOLEAN McpLookIsText(const MC_DAMAGE *Damage, ULONG From, ULONG To, ULONG Width, ULONG Skip)
{
    ULONG At, Characters = 0;
    BOOLEAN Ended = FALSE;
    UCHAR Byte;

    for (At = From; At < To; At++) {
        Byte = Damage->Found[At];
        if (Damage->Marked[At] != 1)
            return FALSE;
        if ((At - From + Skip) % Width != 0) {
            if (Byte != 0)
                return FALSE;
        } else if (Byte == 0) {
            Ended = TRUE;
        } else if (Ended || !McpLookIsPrintable(Byte)) {
            return FALSE;
        } else {
            Characters++;
        }
    }
    return To - From >= MCP_LOOK_LEAST && Characters * Width >= MCP_LOOK_LEAST - 1;
}

MC_LOOK McLook(const MC_DAMAGE *Damage, MC_LOOK Pointer)
{
    ULONG From, To;

    if (Damage->Changed == 0 || Damage->DumpLength == 0)
        return McLookNothing;
    if (Pointer != McLookNothing)
        return Pointer;
    if (Damage->Changed < 2)
        return McLookNothing; /* one byte can be anything */
    McpLookSpan(Damage, &From, &To);
    if (From == To)
        return McLookNothing;
    if (McpLookAll(Damage, From, To, 0))
        return McLookZeros;
    if (McpLookAll(Damage, From, To, 0xFF))
        return McLookOnes;
    if (McpLookAll(Damage, From, To, MC_FILL_BYTE))
        return McLookFill;
    if (McpLookIsGuard(Damage, From, To))
        return McLookGuard;
    if (McpLookIsText(Damage, From, To, 1, 0))
        return McLookText;
    if (McpLookIsText(Damage, From, To, 2, 0) || McpLookIsText(Damage, From, To, 2, 1))
        return McLookWide;
    return McLookNothing;
}

/* ---- which neighbour did it ---- */

/* Between two raw blocks side by side lie the pool's header and what it rounds up. */
#define MCP_BESIDE (2 * MC_POOL_ALIGNMENT)

static BOOLEAN McpIsRightBefore(const MC_NEIGHBOUR *Before, const MC_BLOCK *Block)
{
    ULONG_PTR End = Before->User + Before->Size + Before->Rear;
    ULONG_PTR Start = Block->User - Block->Front;

    return Before->Number != 0 && End <= Start && Start - End <= MCP_BESIDE;
}

static BOOLEAN McpIsRightAfter(const MC_NEIGHBOUR *After, const MC_BLOCK *Block)
{
    ULONG_PTR End = Block->User + Block->Size + Block->Rear;
    ULONG_PTR Start = After->User - After->Front;

    return After->Number != 0 && End <= Start && Start - End <= MCP_BESIDE;
}

/*
 * Damage that came from outside reaches the outer edge of the guard bytes; what an access to the
 * block itself did begins at its own edge. The block that it came from was damaged on the way,
 * where it has guard bytes that may be read: when they are intact it did not do it.
 */
MC_CULPRIT McCulprit(const MC_BLOCK *Block, const MC_DAMAGE *Damage, const MC_NEIGHBOUR *Before,
                     const MC_NEIGHBOUR *After)
{
    const LONG_PTR RearEdge = (LONG_PTR)(Block->Size + Block->Rear - 1);

    if (Damage->Changed == 0)
        return McCulpritNone;
    if (Block->Front != 0 && Damage->First == -(LONG_PTR)Block->Front && Damage->Last < 0 &&
        McpIsRightBefore(Before, Block)) {
        if (Before->Damaged)
            return McCulpritBeforeDamaged;
        if (Before->Front == 0)
            return McCulpritBefore;
    }
    if (Damage->First > (LONG_PTR)Block->Size && Damage->Last == RearEdge &&
        McpIsRightAfter(After, Block)) {
        if (After->Damaged)
            return McCulpritAfterDamaged;
        if (After->Front == 0)
            return McCulpritAfter;
    }
    return McCulpritNone;
}
