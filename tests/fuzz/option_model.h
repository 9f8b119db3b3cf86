/*
 * option_model.h - what an option string means, worked out once more, from its description in
 * optionstring.h and the table of options alone: the slow and plain way.
 */
#ifndef OPTION_MODEL_H
#define OPTION_MODEL_H

#include "fuzz.h"
#include "optionstring.h"

#define OPTION_ROWS   128   /* at least as many as the table has */
#define OPTION_LIST   512u  /* room of a list, its NUL included */
#define OPTION_STRING 1024u /* of a whole string, likewise */

typedef struct _OPTION_VALUES {
    ULONG Number[OPTION_ROWS]; /* by row; of a list not used */
    char List[OPTION_ROWS][OPTION_LIST];
} OPTION_VALUES;

typedef struct _OPTION_COUNTS {
    ULONG Items;
    ULONG Wrong; /* of them, those that change nothing */
    ULONG Helps;
} OPTION_COUNTS;

/* The values that MemCheck is built with. */
void OptionDefaults(OPTION_VALUES *Values);

/* Values after this string was read. Starting: at MEM_CHECK_INIT. */
void OptionRead(const char *String, BOOLEAN Starting, OPTION_VALUES *Values, OPTION_COUNTS *Counts);

/* An item that gives this row its value. FALSE: no item can say it, or there is no room. */
BOOLEAN OptionItem(ULONG Row, const OPTION_VALUES *Values, char *Item, size_t Size);

#endif
