/* pattern.c - what guard bytes and freed bytes look like. */
#include "core.h"
#include "work.h"

#define MCP_WORD       sizeof(MC_WORD)
#define MCP_EACH(Byte) (((ULONG_PTR)-1 / 0xFF) * (Byte)) /* the byte in every place of a word */

static ULONG_PTR McpSecret;

VOID McPatternStart(ULONG_PTR Secret)
{
    McpSecret = Secret;
}

/*
 * Guard bytes of an aligned word. The high nibble says "guard" to who reads a dump; the low one
 * depends on address and secret, so that a redzone copied from elsewhere does not pass. No byte
 * from B0 to BF is zero, FF or text: the commonest overruns always change something.
 */
#define MCP_GUARD_STEP     (((ULONG_PTR)0x9E3779B9u << 16 << 16) + 0x7F4A7C15u)
#define MCP_GUARD_OF(Word) (((Word) / MCP_WORD) * MCP_GUARD_STEP)

/* From MCP_GUARD_OF the word's address; that of the next word is MCP_GUARD_STEP more. */
static ULONG_PTR McpGuardWord(ULONG_PTR Mixed)
{
    Mixed ^= McpSecret;
    Mixed ^= Mixed >> (MCP_WORD * 4);
    return (Mixed & MCP_EACH(0x0F)) | MCP_EACH(MC_GUARD_NIBBLE);
}

UCHAR McGuardByte(ULONG_PTR Address)
{
    const ULONG_PTR Within = Address & (MCP_WORD - 1);

    /* little-endian everywhere */
    return (UCHAR)(McpGuardWord(MCP_GUARD_OF(Address - Within)) >> (Within * 8));
}

/* The bytes of Word that lie at Address and behind, up to the next word or to End. */
static ULONG_PTR McpWriteBytes(ULONG_PTR Address, ULONG_PTR End, ULONG_PTR Word)
{
    for (Word >>= (Address & (MCP_WORD - 1)) * 8; Address < End; Word >>= 8) {
        *(volatile UCHAR *)Address++ = (UCHAR)Word;
        if ((Address & (MCP_WORD - 1)) == 0)
            break;
    }
    return Address;
}

/* Do they differ from Word? */
static ULONG_PTR McpBytesDiffer(ULONG_PTR Address, ULONG_PTR End, ULONG_PTR Word)
{
    for (Word >>= (Address & (MCP_WORD - 1)) * 8; Address < End; Word >>= 8) {
        if (*(const volatile UCHAR *)Address++ != (UCHAR)Word)
            return 1;
        if ((Address & (MCP_WORD - 1)) == 0)
            break;
    }
    return 0;
}

/*
 * The same of all bytes from Address to the next word. The word is read whole, which costs less
 * than its bytes one by one: before guard bytes there are the block's own, in the same raw block.
 */
static ULONG_PTR McpRestDiffers(ULONG_PTR Address, ULONG_PTR Word)
{
    const ULONG_PTR Within = Address & (MCP_WORD - 1);

#ifdef MC_EXACT_READS
    return McpBytesDiffer(Address, Address - Within + MCP_WORD, Word);
#else
    return (*(const volatile MC_WORD *)(Address - Within) ^ Word) >> Within * 8;
#endif
}

/* The same of the bytes from a word's address to End, at least one: behind them lies the rest of
 * the raw block. */
static ULONG_PTR McpStartDiffers(ULONG_PTR Address, ULONG_PTR End, ULONG_PTR Word)
{
#ifdef MC_EXACT_READS
    return McpBytesDiffer(Address, End, Word);
#else
    return (*(const volatile MC_WORD *)Address ^ Word) << (MCP_WORD - (End - Address)) * 8;
#endif
}

/* The bytes of the word at Start that Mask covers become Word's; nobody else writes to the others
 * meanwhile. How many bytes those are differs from block to block: no processor guesses that. */
static VOID McpMerge(ULONG_PTR Start, ULONG_PTR Word, ULONG_PTR Mask)
{
    volatile MC_WORD *At = (volatile MC_WORD *)Start;
    /* Volatile, or compilers take what is both in the old word and in Word out of it by xor: then
     * Valgrind thinks that guard bytes are as undefined as the bytes beside them. */
    volatile ULONG_PTR Kept = *At & ~Mask;

    *At = Kept | (Word & Mask);
}

VOID McGuardRepair(ULONG_PTR Address, SIZE_T Length)
{
    const ULONG_PTR End = Address + Length;
    ULONG_PTR Mixed = MCP_GUARD_OF(Address & ~(MCP_WORD - 1));

    MC_WORK(GuardWritten, Length);
    for (; Address < End; Mixed += MCP_GUARD_STEP)
        Address = McpWriteBytes(Address, End, McpGuardWord(Mixed));
}

VOID McGuardWrite(ULONG_PTR Address, SIZE_T Length)
{
    const ULONG_PTR End = Address + Length;
    const ULONG_PTR Within = Address & (MCP_WORD - 1);
    ULONG_PTR Mixed = MCP_GUARD_OF(Address - Within);

    MC_WORK(GuardWritten, Length);
    if (Length >= MCP_WORD && Within != 0) {
        McpMerge(Address - Within, McpGuardWord(Mixed), (ULONG_PTR)-1 << Within * 8);
        Address += MCP_WORD - Within;
        Mixed += MCP_GUARD_STEP;
    }
    for (; Address + MCP_WORD <= End; Address += MCP_WORD, Mixed += MCP_GUARD_STEP)
        *(volatile MC_WORD *)Address = McpGuardWord(Mixed);
    if (Address < End)
        McGuardRepair(Address, End - Address);
}

BOOLEAN McGuardIntact(ULONG_PTR Address, SIZE_T Length)
{
    const ULONG_PTR End = Address + Length;
    const ULONG_PTR Within = Address & (MCP_WORD - 1);
    ULONG_PTR Mixed = MCP_GUARD_OF(Address - Within);
    ULONG_PTR Different;

    MC_WORK(GuardVerified, Length);
    if (Length < MCP_WORD - Within)
        return McpBytesDiffer(Address, End, McpGuardWord(Mixed)) == 0;
    Different = McpRestDiffers(Address, McpGuardWord(Mixed));
    for (Address += MCP_WORD - Within; Address + MCP_WORD <= End; Address += MCP_WORD) {
        Mixed += MCP_GUARD_STEP;
        Different |= *(const volatile MC_WORD *)Address ^ McpGuardWord(Mixed);
    }
    if (Address < End)
        Different |= McpBytesDiffer(Address, End, McpGuardWord(Mixed + MCP_GUARD_STEP));
    return Different == 0;
}

/* ---- fill ---- */

#define MCP_FILL MCP_EACH(MC_FILL_BYTE)

/* What is written, or compared, at a time: two words where the processor surely can. */
#ifdef MC_WIDE
typedef ULONG_PTR MCP_WIDE MC_WIDE;
static const MCP_WIDE McpWideFill = {MCP_FILL, MCP_FILL};
#define MCP_ANY_OF(Wide) ((Wide)[0] | (Wide)[1])
#else
typedef MC_WORD MCP_WIDE;
static const MCP_WIDE McpWideFill = MCP_FILL;
#define MCP_ANY_OF(Wide) (Wide)
#endif
#define MCP_RUN (4 * sizeof(MCP_WIDE))

VOID McFillWrite(ULONG_PTR Address, SIZE_T Length)
{
    const ULONG_PTR End = Address + Length;
    const ULONG_PTR Within = Address & (MCP_WORD - 1);
    volatile MCP_WIDE *Wide;

    MC_WORK(FillWritten, Length);
    if (Length >= MCP_WORD && Within != 0) {
        McpMerge(Address - Within, MCP_FILL, (ULONG_PTR)-1 << Within * 8);
        Address += MCP_WORD - Within;
    }
    for (; Address + MCP_RUN <= End; Address += MCP_RUN) {
        Wide = (volatile MCP_WIDE *)Address;
        Wide[0] = McpWideFill;
        Wide[1] = McpWideFill;
        Wide[2] = McpWideFill;
        Wide[3] = McpWideFill;
    }
    for (; Address + MCP_WORD <= End; Address += MCP_WORD)
        *(volatile MC_WORD *)Address = MCP_FILL;
    if (Address < End && Length >= MCP_WORD)
        McpMerge(Address, MCP_FILL, (ULONG_PTR)-1 >> (MCP_WORD - (End - Address)) * 8);
    else
        while (Address < End)
            Address = McpWriteBytes(Address, End, MCP_FILL);
}

/* Of a run of fill. */
static MCP_WIDE McpRunDiffers(const volatile MCP_WIDE *Wide)
{
    return (Wide[0] ^ McpWideFill) | (Wide[1] ^ McpWideFill) | (Wide[2] ^ McpWideFill) |
           (Wide[3] ^ McpWideFill);
}

BOOLEAN McFillIntact(ULONG_PTR Address, SIZE_T Length)
{
    const ULONG_PTR End = Address + Length;
    const ULONG_PTR Within = Address & (MCP_WORD - 1);
    MCP_WIDE Runs = McpWideFill ^ McpWideFill;
    ULONG_PTR Different = 0;

    MC_WORK(FillVerified, Length);
    if (Length < MCP_WORD)
        return McpBytesDiffer(Address, End, MCP_FILL) == 0 &&
               McpBytesDiffer(Address + MCP_WORD - Within, End, MCP_FILL) == 0;
    if (Within != 0) {
        Different = McpRestDiffers(Address, MCP_FILL);
        Address += MCP_WORD - Within;
    }
    for (; Address + MCP_RUN <= End; Address += MCP_RUN)
        Runs |= McpRunDiffers((const volatile MCP_WIDE *)Address);
    for (; Address + MCP_WORD <= End; Address += MCP_WORD)
        Different |= *(const volatile MC_WORD *)Address ^ MCP_FILL;
    if (Address < End)
        Different |= McpStartDiffers(Address, End, MCP_FILL);
    return (Different | MCP_ANY_OF(Runs)) == 0;
}
