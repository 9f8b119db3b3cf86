/* table.h - what table.c shares with its tests. Private to src/report. */
#ifndef MC_TABLE_H
#define MC_TABLE_H

#include "text.h"

#define MC_BIG_DIGITS 20 /* of the largest number of two words */

/* A number of two words of 32 bits, the low one first, in decimal. */
VOID McTextBig(MC_TEXT *Text, const ULONG *Value);

#endif
