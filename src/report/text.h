/*
 * text.h - appending text to a fixed buffer, that of the caller. Private to src/report.
 *
 * A text is of one of two sorts. Without a sink it is one line that never grows past its buffer:
 * what does not fit is left out, and Cut says so. With a sink it is lines for people: when a line
 * is full it is handed to the sink, broken at a space, and goes on in a continuation line. Nothing
 * here allocates, waits or touches what it was not given; any IRQL, locks do not matter.
 */
#ifndef MC_TEXT_H
#define MC_TEXT_H

#include "report.h"

/* Takes one finished line, valid during the call only. */
typedef VOID (*MC_SINK)(PVOID Context, const char *Line);

/*
 * The buffer is volatile, as is every reading of a string below, so that no compiler recognises a
 * copy, fill or length loop and makes a call of the C library of it: an old kit has none.
 */
typedef struct _MC_TEXT {
    volatile char *Buffer;
    ULONG Size;   /* of Buffer, the NUL included; at least 2 */
    ULONG Length; /* so far, the NUL not included */
    ULONG Prefix; /* what every line begins with: this much of the buffer is kept */
    ULONG Indent; /* where a continuation line's text begins */
    MC_SINK Sink; /* NULL: one line, cut */
    PVOID SinkContext;
    BOOLEAN Cut;
} MC_TEXT;

VOID McTextStart(MC_TEXT *Text, char *Buffer, ULONG Size, MC_SINK Sink, PVOID SinkContext);

/* What is so far in the buffer becomes the beginning of every line. */
VOID McTextPrefix(MC_TEXT *Text);

/* Lines for people: a label, its column filled up with spaces (NULL: the text begins in the label's
 * column); and the end of the line. */
VOID McTextLine(MC_TEXT *Text, const char *Label);
VOID McTextLineEnd(MC_TEXT *Text);

/* What is not printable ASCII appears as a dot. McTextString: NULL is "?". */
VOID McTextChar(MC_TEXT *Text, char Char);
VOID McTextString(MC_TEXT *Text, const char *String);

/* The last part of a path, / or \, cut to MC_NAME_LENGTH. NULL or empty: "?". */
VOID McTextFile(MC_TEXT *Text, const char *Path);
VOID McTextName(MC_TEXT *Text, const char *Name);
const char *McTextLastPart(const char *Path);

VOID McTextDecimal(MC_TEXT *Text, SIZE_T Value);
VOID McTextSigned(MC_TEXT *Text, LONG_PTR Value, ULONG Digits); /* always a sign; 0 is +0 */
VOID McTextHex(MC_TEXT *Text, ULONG_PTR Value, ULONG Digits);   /* at least so many digits */
VOID McTextHex0x(MC_TEXT *Text, ULONG_PTR Value);               /* 0x, then as many as it takes */
VOID McTextAddress(MC_TEXT *Text, ULONG_PTR Address);           /* fffffa80`01c2a040, 8123b040 */
VOID McTextCount(MC_TEXT *Text, SIZE_T Count, const char *One); /* "1 byte", "4 bytes" */
VOID McTextTag(MC_TEXT *Text, ULONG Tag);                       /* 'Irpx' (protected) */
/* NonPagedPool, PagedPool+0x10; POOL_FLAG_PAGED and so on, with Between between them. */
VOID McTextPool(MC_TEXT *Text, const MC_BLOCK *Block, const char *Between);
VOID McTextSeconds(MC_TEXT *Text, ULONG Ticks, ULONG MicrosPerTick); /* "12.3 s" */

/* Ticks * MicrosPerTick / Divisor (at most 1,000,000), 0xffffffff where it does not fit: without
 * 64-bit division, which is a library call on i386. */
ULONG McTextScale(ULONG Ticks, ULONG MicrosPerTick, ULONG Divisor);

#endif
