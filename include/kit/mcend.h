/*
 * mcend.h - part of the headers in this folder, after the kit's: the replacements. The first time
 * the kit's own macros are all there are; later the driver's stay.
 */
#undef MC_KIT_FILE
#ifdef MC_REPLACED
#include "mcback.h"
#endif
#define MC_AFTER_KIT
#include "../memcheck_replace.h"
#undef MC_AFTER_KIT
