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
 * from B0 to BF is zero, FF or text: the commonest overruns always change something. The step is
 * one that changes them at distances of whole pages too, of 32-bit words as well.
 */
#define MCP_GUARD_STEP     (((ULONG_PTR)0x9E3779B9u << 16 << 16) + 0xD21B3B4Bu)
#define MCP_GUARD_OF(Word) (((Word) / MCP_WORD) * MCP_GUARD_STEP)

/* From MCP_GUARD_OF the word's address; that of the next word is MCP_GUARD_STEP more. */
static ULONG_PTR McpGuardWord(ULONG_PTR Mixed)
{
    Mixed ^= McpSecret;
    Mixed ^= Mixed >> (MCP_WORD * 4);
    return (Mixed & MCP_EACH(0x0F)) | MCP_EACH(MC_GUARD_NIBBLE);
}

#ifdef MC_WIDE

typedef ULONG_PTR MCP_WIDE MC_WIDE; /* two words, at any address */

/* Guard bytes of the two words from Address on, a word's. */
static MCP_WIDE McpGuardWide(ULONG_PTR Address)
{
    const ULONG_PTR Mixed = MCP_GUARD_OF(Address);
    MCP_WIDE Wide = {Mixed, Mixed + MCP_GUARD_STEP};

    Wide ^= McpSecret;
    Wide ^= Wide >> (MCP_WORD * 4);
    return (Wide & MCP_EACH(0x0F)) | MCP_EACH(MC_GUARD_NIBBLE);
}

static MCP_WIDE McpWideDiffers(ULONG_PTR Address)
{
    return *(const volatile MCP_WIDE *)Address ^ McpGuardWide(Address);
}

#endif

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
#ifdef MC_WIDE
    for (; Address + sizeof(MCP_WIDE) <= End; Address += sizeof(MCP_WIDE))
        *(volatile MCP_WIDE *)Address = McpGuardWide(Address);
    Mixed = MCP_GUARD_OF(Address);
#endif
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
#ifdef MC_WIDE
    MCP_WIDE Wide = {0, 0};
#endif

    MC_WORK(GuardVerified, Length);
    if (Length < MCP_WORD - Within)
        return McpBytesDiffer(Address, End, McpGuardWord(Mixed)) == 0;
    Different = McpRestDiffers(Address, McpGuardWord(Mixed));
    Address += MCP_WORD - Within;
#ifdef MC_WIDE
    for (; Address + sizeof(MCP_WIDE) <= End; Address += sizeof(MCP_WIDE))
        Wide |= McpWideDiffers(Address);
    Different |= Wide[0] | Wide[1];
#endif
    Mixed = MCP_GUARD_OF(Address);
    for (; Address + MCP_WORD <= End; Address += MCP_WORD, Mixed += MCP_GUARD_STEP)
        Different |= *(const volatile MC_WORD *)Address ^ McpGuardWord(Mixed);
    if (Address < End)
        Different |= McpBytesDiffer(Address, End, McpGuardWord(Mixed));
    return Different == 0;
}

/* ---- both redzones of a block ---- */

#ifdef MC_WIDE

/*
 * The redzones of most blocks: MCP_USUAL bytes in front; behind, the slack up to the next boundary
 * of the pool, which is less than that, and MCP_USUAL bytes. So the rear one is the end of twice
 * MCP_USUAL bytes, the first half of them in part, and no processor has to guess how many.
 */
#define MCP_USUAL sizeof(MCP_WIDE)

typedef char MCP_A_BOUNDARY_IS_USUAL[MC_POOL_ALIGNMENT == MCP_USUAL ? 1 : -1];

#define MCP_NONE 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
#define MCP_ALL  255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255
static const UCHAR McpEnds[2 * MCP_USUAL] = {MCP_NONE, MCP_ALL}; /* from n on: the last n bytes */

static BOOLEAN McpIsUsual(ULONG Front, SIZE_T Size, ULONG Rear)
{
    return (BOOLEAN)((Front == MCP_USUAL) & (Size >= MCP_USUAL) & (Rear - MCP_USUAL < MCP_USUAL));
}

/* What of the half that is in part belongs to the redzone. */
static MCP_WIDE McpPartOf(ULONG Rear)
{
    return *(const MCP_WIDE *)&McpEnds[Rear - MCP_USUAL];
}

static VOID McpWriteUsual(ULONG_PTR User, SIZE_T Size, ULONG Rear)
{
    const ULONG_PTR End = User + Size + Rear - MCP_USUAL; /* the whole half begins */
    const MCP_WIDE Mask = McpPartOf(Rear);
    volatile MCP_WIDE *Part = (volatile MCP_WIDE *)(End - MCP_USUAL);
    volatile MCP_WIDE Kept; /* as in McpMerge */

    *(volatile MCP_WIDE *)(User - MCP_USUAL) = McpGuardWide(User - MCP_USUAL);
    Kept = *Part & ~Mask; /* the block's own last bytes: its thread's, as it is in making */
    *Part = Kept | (McpGuardWide(End - MCP_USUAL) & Mask);
    *(volatile MCP_WIDE *)End = McpGuardWide(End);
}

static BOOLEAN McpUsualIntact(ULONG_PTR User, SIZE_T Size, ULONG Rear)
{
    const ULONG_PTR End = User + Size + Rear - MCP_USUAL;
    MCP_WIDE Different;

    Different = McpWideDiffers(End - MCP_USUAL) & McpPartOf(Rear);
    Different |= McpWideDiffers(End) | McpWideDiffers(User - MCP_USUAL);
    return (BOOLEAN)((Different[0] | Different[1]) == 0);
}

#endif

VOID McGuardsWrite(ULONG_PTR User, ULONG Front, SIZE_T Size, ULONG Rear)
{
#ifdef MC_WIDE
    if (McpIsUsual(Front, Size, Rear)) {
        MC_WORK(GuardWritten, Front + Rear);
        McpWriteUsual(User, Size, Rear);
        return;
    }
#endif
    McGuardWrite(User - Front, Front);
    McGuardWrite(User + Size, Rear);
}

BOOLEAN McGuardsIntact(ULONG_PTR User, ULONG Front, SIZE_T Size, ULONG Rear)
{
#ifdef MC_WIDE
    if (McpIsUsual(Front, Size, Rear)) {
        MC_WORK(GuardVerified, Front + Rear);
        return McpUsualIntact(User, Size, Rear);
    }
#endif
    return (BOOLEAN)(McGuardIntact(User - Front, Front) && McGuardIntact(User + Size, Rear));
}

/* ---- fill ---- */

#define MCP_FILL MCP_EACH(MC_FILL_BYTE)

#ifdef MC_WIDE

/*
 * Two words at a time, at any address: what is left over at the end is covered by one step back,
 * over bytes that were covered before, so no byte beside the fill is touched, and no length is
 * worse than another.
 */
static const MCP_WIDE McpWideFill = {MCP_FILL, MCP_FILL};
#define MCP_RUN (4 * sizeof(MCP_WIDE))

static VOID McpWriteRun(ULONG_PTR Address)
{
    volatile MCP_WIDE *Wide = (volatile MCP_WIDE *)Address;

    Wide[0] = McpWideFill;
    Wide[1] = McpWideFill;
    Wide[2] = McpWideFill;
    Wide[3] = McpWideFill;
}

static MCP_WIDE McpRunDiffers(ULONG_PTR Address)
{
    const volatile MCP_WIDE *Wide = (const volatile MCP_WIDE *)Address;

    return (Wide[0] ^ McpWideFill) | (Wide[1] ^ McpWideFill) | (Wide[2] ^ McpWideFill) |
           (Wide[3] ^ McpWideFill);
}

VOID McFillWrite(ULONG_PTR Address, SIZE_T Length)
{
    const ULONG_PTR End = Address + Length;

    MC_WORK(FillWritten, Length);
    if (Length >= MCP_RUN) {
        for (; Address + MCP_RUN < End; Address += MCP_RUN)
            McpWriteRun(Address);
        McpWriteRun(End - MCP_RUN);
    } else if (Length >= sizeof(MCP_WIDE)) {
        for (; Address + sizeof(MCP_WIDE) < End; Address += sizeof(MCP_WIDE))
            *(volatile MCP_WIDE *)Address = McpWideFill;
        *(volatile MCP_WIDE *)(End - sizeof(MCP_WIDE)) = McpWideFill;
    } else {
        while (Address < End)
            Address = McpWriteBytes(Address, End, MCP_FILL);
    }
}

BOOLEAN McFillIntact(ULONG_PTR Address, SIZE_T Length)
{
    const ULONG_PTR End = Address + Length;
    MCP_WIDE Different = McpWideFill ^ McpWideFill;

    MC_WORK(FillVerified, Length);
    if (Length >= MCP_RUN) {
        for (; Address + MCP_RUN < End; Address += MCP_RUN)
            Different |= McpRunDiffers(Address);
        Different |= McpRunDiffers(End - MCP_RUN);
    } else if (Length >= sizeof(MCP_WIDE)) {
        for (; Address + sizeof(MCP_WIDE) < End; Address += sizeof(MCP_WIDE))
            Different |= *(const volatile MCP_WIDE *)Address ^ McpWideFill;
        Different |= *(const volatile MCP_WIDE *)(End - sizeof(MCP_WIDE)) ^ McpWideFill;
    } else {
        for (; Address < End; Address++)
            if (*(const volatile UCHAR *)Address != MC_FILL_BYTE)
                return FALSE;
    }
    return (Different[0] | Different[1]) == 0;
}

#else

/* Four words at a time, then one, then bytes. */
#define MCP_RUN (4 * MCP_WORD)

VOID McFillWrite(ULONG_PTR Address, SIZE_T Length)
{
    const ULONG_PTR End = Address + Length;
    volatile MC_WORD *Word;

    MC_WORK(FillWritten, Length);
    if (Length >= MCP_WORD && (Address & (MCP_WORD - 1)) != 0)
        Address = McpWriteBytes(Address, End, MCP_FILL);
    for (; Length >= MCP_WORD && Address + MCP_RUN <= End; Address += MCP_RUN) {
        Word = (volatile MC_WORD *)Address;
        Word[0] = MCP_FILL;
        Word[1] = MCP_FILL;
        Word[2] = MCP_FILL;
        Word[3] = MCP_FILL;
    }
    for (; Length >= MCP_WORD && Address + MCP_WORD <= End; Address += MCP_WORD)
        *(volatile MC_WORD *)Address = MCP_FILL;
    while (Address < End)
        Address = McpWriteBytes(Address, End, MCP_FILL);
}

BOOLEAN McFillIntact(ULONG_PTR Address, SIZE_T Length)
{
    const ULONG_PTR End = Address + Length;
    ULONG_PTR Different = 0;
    const volatile MC_WORD *Word;

    MC_WORK(FillVerified, Length);
    for (; Address < End && (Address & (MCP_WORD - 1)) != 0; Address++)
        Different |= *(const volatile UCHAR *)Address ^ MC_FILL_BYTE;
    for (; Address + MCP_RUN <= End; Address += MCP_RUN) {
        Word = (const volatile MC_WORD *)Address;
        Different |= (Word[0] ^ MCP_FILL) | (Word[1] ^ MCP_FILL) | (Word[2] ^ MCP_FILL) |
                     (Word[3] ^ MCP_FILL);
    }
    for (; Address < End; Address++)
        Different |= *(const volatile UCHAR *)Address ^ MC_FILL_BYTE;
    return Different == 0;
}

#endif
