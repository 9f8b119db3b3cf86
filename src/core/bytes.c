/* bytes.c - copy and clear, which no compiler may turn into calls of a C runtime. */
#include "core.h"

/*
 * Volatile, because at plain -O2 gcc recognises these loops and calls memcpy or memset, which no
 * old kit's library has on i386. What goes through here is small.
 */
VOID McBytesCopy(VOID *To, const VOID *From, SIZE_T Length)
{
    volatile UCHAR *Target = (volatile UCHAR *)To;
    const UCHAR *Source = (const UCHAR *)From;
    SIZE_T Index;

    for (Index = 0; Index < Length; Index++)
        Target[Index] = Source[Index];
}

VOID McBytesZero(VOID *To, SIZE_T Length)
{
    volatile UCHAR *Target = (volatile UCHAR *)To;
    SIZE_T Index;

    for (Index = 0; Index < Length; Index++)
        Target[Index] = 0;
}
