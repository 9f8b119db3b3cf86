/* options.c (posix) - the option string is an environment variable. */
#include "posixp.h"

#include <stdlib.h>

ULONG McOsOptions(const VOID *RegistryPath, char *Buffer, ULONG Size)
{
    const char *String = getenv("MEMCHECK_OPTIONS");
    ULONG Length;

    (void)RegistryPath;
    for (Length = 0; String && String[Length] != 0; Length++) {
        if (Length + 1 == Size) {
            Buffer[0] = 0;
            return MC_OPTIONS_LONG;
        }
        Buffer[Length] = (char)(String[Length] & 0x80 ? '?' : String[Length]);
    }
    Buffer[Length] = 0;
    return Length;
}
