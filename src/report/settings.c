/* settings.c - the switches of the report layer: memcfg.h says what they are at first. */
#include "settings.h"

#ifdef MEMCHECK_INFOPRINT
#define MCP_INFO TRUE
#else
#define MCP_INFO FALSE
#endif
#ifdef MEMCHECK_HALT_ON_BAD
#define MCP_HALT TRUE
#else
#define MCP_HALT FALSE
#endif

static MC_SETTINGS McpSettings = {MCP_INFO, MEMCHECK_REPEAT != 0, MCP_HALT, MEMCHECK_REPEAT_FRAMES};

const MC_SETTINGS *McSettings(VOID)
{
    return &McpSettings;
}

VOID McReportSettings(BOOLEAN Info, BOOLEAN Repeat, ULONG Frames, BOOLEAN Halt)
{
    McpSettings.Info = Info;
    McpSettings.Repeat = Repeat;
    McpSettings.Frames = Frames;
    McpSettings.Halt = Halt;
}
