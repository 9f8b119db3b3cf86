/*
 * optionstring.h - the option string taken apart, against the table of options. Pure.
 *
 *   string    items, with commas or semicolons between them; spaces around an item do not count
 *   item      name=value    a number, or a list
 *             name          a switch, on; no-name: off; name=1, name=0 likewise
 *             help          a line for each option
 *             defaults      back to what MemCheck was built with, all that may change now
 *   number    decimal or 0x..., then nothing, k (1,024 of them) or m (1,048,576 of them)
 *   list      up to the next comma or semicolon; with those, or spaces, in it, in quotes: "..." or
 *             '...'. The same list named again in one string is added to
 *
 * Names in letters of either size. An option that counts KB (quarantine-kb) may be named without
 * its end too (quarantine): then the number is of bytes. Of two items for the same option the later
 * one holds. What is wrong with an item ends with that item: its end is the next comma or
 * semicolon, and the rest is read as ever. The work is bounded by the length of the string times
 * the number of options.
 */
#ifndef MC_OPTIONSTRING_H
#define MC_OPTIONSTRING_H

#include "options.h"

typedef enum _MC_WHEN {
    McWhenBuilt, /* in memcfg.h only */
    McWhenStart, /* by the string read at MEM_CHECK_INIT */
    McWhenAny    /* by MEM_CHECK_OPTIONS too */
} MC_WHEN;

/* A row of the table. */
typedef struct _MC_OPTION_ROW {
    const char *Name;
    const char *Setting; /* in memcfg.h: MEMCHECK_REDZONE, or MC_ON_FREEPRINT for a switch */
    const char *Help;
    MC_WHEN When;
    volatile ULONG *Number; /* the value in force; NULL of a list, and then the next are 0 */
    ULONG Default;
    ULONG Low;
    ULONG High;
    ULONG Multiple;
    const char *volatile *List; /* the same of a list; NULL of a number */
    const char *DefaultList;
} MC_OPTION_ROW;

extern const MC_OPTION_ROW McOptionRows[]; /* in the order of options.inc */
extern const ULONG McOptionRowCount;

BOOLEAN McOptionIsSwitch(const MC_OPTION_ROW *Row);
BOOLEAN McOptionIsBlank(char Character); /* in a list, too: what is around an item */

typedef enum _MC_ITEM {
    McItemNumber, /* Row, Number */
    McItemList,   /* Row, Value, ValueLength */
    McItemHelp,
    McItemDefaults,
    McItemUnknown, /* from here on it is wrong: no such name */
    McItemNoValue,
    McItemNoSwitch,    /* no-name, of what is no switch */
    McItemNotNumber,   /* bad digits, or something behind them */
    McItemNotSwitch,   /* a switch with another value than 0 and 1 */
    McItemOutOfBounds, /* Row says which */
    McItemNotMultiple, /* of Row->Multiple; of an option in KB called by bytes, of 1,024 */
    McItemOpenQuote,   /* a quote that does not end */
    McItemBehindQuote  /* text between the end of a quote and the item's */
} MC_ITEM;

typedef struct _MC_OPTION_ITEM {
    MC_ITEM Is;
    const char *Text; /* the whole item, without the spaces around it */
    ULONG Length;
    const MC_OPTION_ROW *Row; /* NULL where the name is not an option's */
    ULONG Number;
    const char *Value; /* of a list, without its quotes */
    ULONG ValueLength;
    BOOLEAN Bytes; /* an option in KB, called by bytes */
} MC_OPTION_ITEM;

/* The line of the help for one option, cut to Size; gives its length. IRQL as McOsFormat. */
ULONG McOptionHelp(const MC_OPTION_ROW *Row, char *Buffer, ULONG Size); /* optionread.c */

/* The next item at *At, which moves behind it. FALSE: there is none. */
BOOLEAN McOptionNext(const char **At, MC_OPTION_ITEM *Item);

#endif
