/* pattern.c - what guard bytes and freed bytes look like. */
#include "core.h"

#define MCP_WORD       sizeof(ULONG_PTR)
#define MCP_EACH(Byte) (((ULONG_PTR)-1 / 0xFF) * (Byte)) /* the byte in every place of a word */

static ULONG_PTR McpSecret;

VOID McPatternStart(ULONG_PTR Secret)
{
    McpSecret = Secret;
}

/*
 * Guard bytes of the aligned word at Address. The high nibble says "guard" to who reads a dump; the
 * low one depends on address and secret, so that a redzone copied from elsewhere does not pass. No
 * byte from B0 to BF is zero, FF or text: the commonest overruns always change something.
 */
static ULONG_PTR McpGuardWord(ULONG_PTR Address)
{
    ULONG_PTR Mixed = (Address / MCP_WORD) * (((ULONG_PTR)0x9E3779B9u << 16 << 16) + 0x7F4A7C15u);

    Mixed ^= McpSecret;
    Mixed ^= Mixed >> (MCP_WORD * 4);
    return (Mixed & MCP_EACH(0x0F)) | MCP_EACH(MC_GUARD_NIBBLE);
}

UCHAR McGuardByte(ULONG_PTR Address)
{
    ULONG_PTR Within = Address & (MCP_WORD - 1);

    return (UCHAR)(McpGuardWord(Address - Within) >> (Within * 8)); /* little-endian everywhere */
}

VOID McGuardWrite(ULONG_PTR Address, SIZE_T Length)
{
    ULONG_PTR End = Address + Length;

    for (; Address < End && (Address & (MCP_WORD - 1)) != 0; Address++)
        *(volatile UCHAR *)Address = McGuardByte(Address);
    for (; End - Address >= MCP_WORD; Address += MCP_WORD)
        *(volatile ULONG_PTR *)Address = McpGuardWord(Address);
    for (; Address < End; Address++)
        *(volatile UCHAR *)Address = McGuardByte(Address);
}

BOOLEAN McGuardIntact(ULONG_PTR Address, SIZE_T Length)
{
    ULONG_PTR End = Address + Length;
    ULONG_PTR Different = 0;

    for (; Address < End && (Address & (MCP_WORD - 1)) != 0; Address++)
        Different |= (ULONG_PTR)(*(const volatile UCHAR *)Address ^ McGuardByte(Address));
    for (; End - Address >= MCP_WORD && Different == 0; Address += MCP_WORD)
        Different = *(const volatile ULONG_PTR *)Address ^ McpGuardWord(Address);
    for (; Address < End && Different == 0; Address++)
        Different = (ULONG_PTR)(*(const volatile UCHAR *)Address ^ McGuardByte(Address));
    return Different == 0;
}

VOID McFillWrite(ULONG_PTR Address, SIZE_T Length)
{
    ULONG_PTR End = Address + Length;

    for (; Address < End && (Address & (MCP_WORD - 1)) != 0; Address++)
        *(volatile UCHAR *)Address = MC_FILL_BYTE;
    for (; End - Address >= MCP_WORD; Address += MCP_WORD)
        *(volatile ULONG_PTR *)Address = MCP_EACH(MC_FILL_BYTE);
    for (; Address < End; Address++)
        *(volatile UCHAR *)Address = MC_FILL_BYTE;
}

BOOLEAN McFillIntact(ULONG_PTR Address, SIZE_T Length)
{
    ULONG_PTR End = Address + Length;
    ULONG_PTR Different = 0;

    for (; Address < End && (Address & (MCP_WORD - 1)) != 0; Address++)
        Different |= (ULONG_PTR)(*(const volatile UCHAR *)Address ^ MC_FILL_BYTE);
    for (; End - Address >= MCP_WORD && Different == 0; Address += MCP_WORD)
        Different = *(const volatile ULONG_PTR *)Address ^ MCP_EACH(MC_FILL_BYTE);
    for (; Address < End && Different == 0; Address++)
        Different = (ULONG_PTR)(*(const volatile UCHAR *)Address ^ MC_FILL_BYTE);
    return Different == 0;
}
