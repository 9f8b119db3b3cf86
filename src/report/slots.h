/* slots.h - what slots.c shares with notice.c. Private to src/report. */
#ifndef MC_SLOTS_H
#define MC_SLOTS_H

#include "describe.h"

/* Of the driver, as McReportStart found it; before that the driver is "?" and has no times. */
const MC_REPORT_CONTEXT *McReportContext(VOID);

/* A line had no buffer: counted, and shown at exit. */
VOID McReportLost(VOID);

/* A sink that prints: a line is one call of McOsPrint. Context is not used. */
VOID McReportSink(PVOID Context, const char *Line);

#endif
