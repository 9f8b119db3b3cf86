/*
 * format.c (posix) - text, by the C library.
 *
 * Used by the simulated kernel's platform too, whose drivers are host programs.
 */
#include "posixp.h"

#include <stdio.h>

ULONG McOsFormat(char *Buffer, ULONG Size, const char *Format, va_list Arguments)
{
    int Length;

    if (Size == 0) {
        return 0;
    }
    Length = vsnprintf(Buffer, Size, Format, Arguments);
    if (Length < 0) {
        Length = 0;
        Buffer[0] = 0;
    }
    return (ULONG)Length < Size ? (ULONG)Length : Size - 1;
}
