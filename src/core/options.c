/* options.c - the table of options turned into values. */
#include "options.h"

MC_OPTIONS McOptions;

/* A default out of its bounds, or not of its multiple, does not compile. */
#define MC_OPTION(Field, Name, Default, Low, High, Multiple, When, Help) \
    typedef char McpCheck##Field                                         \
        [(Default) >= (Low) && (Default) <= (High) && (Default) % (Multiple) == 0 ? 1 : -1];
#include "options.inc"

VOID McOptionsReset(VOID)
{
#define MC_OPTION(Field, Name, Default, Low, High, Multiple, When, Help) \
    McOptions.Field = (Default);
#define MC_TEXT_OPTION(Field, Name, Default, When, Help) McOptions.Field = (Default);
#include "options.inc"
    McOptions.End = 0;
}

SIZE_T McOptionsQuarantineBytes(VOID)
{
    static const ULONG KbBySize[3] = {64, 256, 1024};
    const ULONG Kb = McOptions.QuarantineKb;
    ULONG Size = McOsMachineSize();

    if (Kb != 0)
        return (SIZE_T)Kb << 10;
    return (SIZE_T)KbBySize[Size < 3 ? Size : 2] << 10;
}
