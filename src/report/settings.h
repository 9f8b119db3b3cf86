/* settings.h - what of the settings the report layer obeys. Private to src/report. */
#ifndef MC_SETTINGS_H
#define MC_SETTINGS_H

#include "report.h"

/* In force now; they change while others read them. Before the first McReportSettings those of
 * memcfg.h. */
typedef struct _MC_SETTINGS {
    volatile BOOLEAN Info;
    volatile BOOLEAN Repeat;
    volatile BOOLEAN Halt;
    volatile ULONG Frames; /* not 0 */
} MC_SETTINGS;

const MC_SETTINGS *McSettings(VOID);

#endif
