/* group.h - findings about all blocks of one call site. Private to src/report. */
#ifndef MC_GROUP_REPORT_H
#define MC_GROUP_REPORT_H

#include "keys.h"

/* Is it about the blocks of one place together? */
BOOLEAN McIsGroup(const MC_FINDING *Finding);
/* And are there several, so that Block is one of them only? */
BOOLEAN McIsOfSeveral(const MC_FINDING *Finding);

/* ": 3 buffers, 300 bytes allocated "; their place is to follow. */
VOID McGroupTitle(MC_TEXT *Text, const MC_FINDING *Finding);

/* The oldest and the youngest of several; the first bytes of any finding's block, where they were
 * read. And the keys of both. */
VOID McDescribeGroup(MC_TEXT *Text, const MC_FINDING *Finding, const MC_REPORT_CONTEXT *Context);
VOID McGroupKeys(MC_KEYS *Line, const MC_FINDING *Finding);
VOID McSampleKeys(MC_KEYS *Line, const MC_FINDING *Finding);

#endif
