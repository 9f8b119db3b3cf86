/* say.c - texts put together. */
#include "core.h"

ULONG MC_VARARGS McFormat(char *Buffer, ULONG Size, const char *Format, ...)
{
    va_list Arguments;
    ULONG Length;

    va_start(Arguments, Format);
    Length = McOsFormat(Buffer, Size, Format, Arguments);
    va_end(Arguments);
    return Length;
}
