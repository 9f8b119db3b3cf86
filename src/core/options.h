/* options.h - the settings as values; the table is options.inc. */
#ifndef MC_OPTIONS_H
#define MC_OPTIONS_H

#include "platform.h"

#ifdef MEMCHECK_DOUBLE_FREES
#define MC_ON_DOUBLE_FREES 1
#else
#define MC_ON_DOUBLE_FREES 0
#endif
#ifdef MEMCHECK_INFOPRINT
#define MC_ON_INFOPRINT 1
#else
#define MC_ON_INFOPRINT 0
#endif
#ifdef MEMCHECK_DEBUGPRINT
#define MC_ON_DEBUGPRINT 1
#else
#define MC_ON_DEBUGPRINT 0
#endif
#ifdef MEMCHECK_FREEPRINT
#define MC_ON_FREEPRINT 1
#else
#define MC_ON_FREEPRINT 0
#endif
#ifdef MEMCHECK_HALT_ON_BAD
#define MC_ON_HALT_ON_BAD 1
#else
#define MC_ON_HALT_ON_BAD 0
#endif
#ifdef MEMCHECK_FREE_ON_EXIT
#define MC_ON_FREE_ON_EXIT 1
#else
#define MC_ON_FREE_ON_EXIT 0
#endif

#ifdef MEMCHECK_STATISTICS
#define MC_ON_STATISTICS 1
#else
#define MC_ON_STATISTICS 0
#endif
#ifdef MEMCHECK_REPAIR
#define MC_ON_REPAIR 1
#else
#define MC_ON_REPAIR 0
#endif
#ifdef MEMCHECK_FAIL_STACKS
#define MC_ON_FAIL_STACKS 1
#else
#define MC_ON_FAIL_STACKS 0
#endif
#ifdef MEMCHECK_FRONT_REDZONES
#define MC_ON_FRONT_REDZONES 1
#else
#define MC_ON_FRONT_REDZONES 0
#endif

/* Calls of MEMCHECK_DEBUG are in the driver, or they are not. */
#if MC_ON_DEBUGPRINT
#define MC_WHEN_DEBUGPRINT McWhenAny
#else
#define MC_WHEN_DEBUGPRINT McWhenBuilt
#endif

#define MC_OPTION(Field, Name, Default, Low, High, Multiple, When, Help) volatile ULONG Field;
#define MC_TEXT_OPTION(Field, Name, Default, When, Help)                 const char *volatile Field;
typedef struct _MC_OPTIONS {
#include "options.inc"
    ULONG End; /* no option: ends the list */
} MC_OPTIONS;

/* The values in force. Those of McWhenAny change while others read them: read a value once for each
 * decision. What a list points to lives as long as the operation (McEnter) that has read it. */
extern MC_OPTIONS McOptions;

/* Set every option to its default. PASSIVE_LEVEL, nobody else in MemCheck. */
VOID McOptionsReset(VOID);

/* Bytes that one quarantine may hold in all, by option or by the size of the machine. */
SIZE_T McOptionsQuarantineBytes(VOID);

#endif
