/* bytes.c - copy and clear, which no compiler may turn into calls of a C runtime. */
#include "core.h"

#define MCP_BYTES_WORD sizeof(MC_WORD)

/*
 * Volatile, because at plain -O2 gcc recognises these loops and calls memcpy or memset, which no
 * old kit's library has on i386. What goes through here is small: structures, most of them, whose
 * words are where words may be.
 */
VOID McBytesCopy(VOID *To, const VOID *From, SIZE_T Length)
{
    volatile UCHAR *Target = (volatile UCHAR *)To;
    const UCHAR *Source = (const UCHAR *)From;
    SIZE_T Index = 0;

    if ((((ULONG_PTR)To | (ULONG_PTR)From) & (MCP_BYTES_WORD - 1)) == 0)
        for (; Index + MCP_BYTES_WORD <= Length; Index += MCP_BYTES_WORD)
            *(volatile MC_WORD *)(Target + Index) = *(const MC_WORD *)(Source + Index);
    for (; Index < Length; Index++)
        Target[Index] = Source[Index];
}

VOID McBytesZero(VOID *To, SIZE_T Length)
{
    volatile UCHAR *Target = (volatile UCHAR *)To;
    SIZE_T Index = 0;

    if (((ULONG_PTR)To & (MCP_BYTES_WORD - 1)) == 0)
        for (; Index + MCP_BYTES_WORD <= Length; Index += MCP_BYTES_WORD)
            *(volatile MC_WORD *)(Target + Index) = 0;
    for (; Index < Length; Index++)
        Target[Index] = 0;
}
