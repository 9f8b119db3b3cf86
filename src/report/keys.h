/*
 * keys.h - lines for programs: "memcheck: v=1 drv=faulty kind=exit allocations=12 ...". Private to
 * src/report.
 *
 * Every line for programs is made here, so that one regular expression reads all of them:
 *
 *   ^memcheck: v=1( [a-z_]+=[A-Za-z0-9_.:+%-]*)+$
 *
 * A key is written whole or not at all; where one did not fit, cut=yes ends the line. Fixed
 * buffers, no allocation, no locks; any IRQL.
 */
#ifndef MC_KEYS_H
#define MC_KEYS_H

#include "describe.h"

typedef struct _MC_KEYS {
    MC_TEXT Text;
    const MC_REPORT_CONTEXT *Context;
    ULONG Mark;      /* where the present key begins */
    BOOLEAN Missing; /* a key did not fit */
} MC_KEYS;

/* A buffer for a line that belongs to no report: the stack is too small for one. NULL: all are in
 * use, which is counted as a report lost. McKeysPrint prints the line and gives the buffer back. */
char *McKeysClaim(VOID);
VOID McKeysPrint(char *Buffer);

/* "memcheck: v=1 drv=faulty"; and cut=yes, if need be. Buffer: MC_MACHINE_SIZE bytes. */
VOID McKeysStart(MC_KEYS *Line, const MC_REPORT_CONTEXT *Context, char *Buffer);
VOID McKeysEnd(MC_KEYS *Line);

/* One key: begin it, append the value to what McKeyBegin gives (letters, digits and _.:+- as they
 * are, all else by McKeyByte), end it. Key: lower-case letters and _. */
MC_TEXT *McKeyBegin(MC_KEYS *Line, const char *Key);
VOID McKeyByte(MC_TEXT *Text, UCHAR Byte);
VOID McKeyName(MC_TEXT *Text, const char *Name); /* cut to MC_NAME_LENGTH */
VOID McKeyEnd(MC_KEYS *Line);

/* The same at once. */
VOID McKeyWord(MC_KEYS *Line, const char *Key, const char *Word); /* cut to MC_NAME_LENGTH */
VOID McKeyOwn(MC_KEYS *Line, const char *Key, const char *Word);  /* one of our own: whole */
VOID McKeyNumber(MC_KEYS *Line, const char *Key, SIZE_T Value);
VOID McKeyHex(MC_KEYS *Line, const char *Key, ULONG_PTR Value);
VOID McKeyOffset(MC_KEYS *Line, const char *Key, LONG_PTR Value); /* a sign only below 0 */
VOID McKeyTag(MC_KEYS *Line, const char *Key, ULONG Tag);         /* without the protected bit */
VOID McKeyPool(MC_KEYS *Line, const MC_BLOCK *Block);

/* driver.sys+0x1234 or the bare address with 0x; nothing for address 0. */
VOID McKeyCode(MC_KEYS *Line, const char *Key, ULONG_PTR Address);
/* A call: file:line, or with LineNumber 0 its return address. Address: of the file's name, or it.
 */
VOID McKeyPlace(MC_KEYS *Line, const char *Key, ULONG_PTR Address, ULONG LineNumber);
VOID McKeyCall(MC_KEYS *Line, const char *Key, const MC_SITE *Site);

#endif
