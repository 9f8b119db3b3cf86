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
        if (McpExpected(Block, Filled, Offset, &Expected))
            Damage->Marked[Index] = Byte != Expected ? 1 : 2;
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
