/*
 * sim_output.h - what is printed; the option string, the debugger, bug checks.
 * Part of sim.h, which has the rules for all.
 */
#ifndef SIM_OUTPUT_H
#define SIM_OUTPUT_H

#include <stdarg.h>
#include "sim_types.h"

/* ------------------------------------------------------------------------------------ output */

#define DPFLTR_IHVDRIVER_ID  77
#define DPFLTR_ERROR_LEVEL   0
#define DPFLTR_WARNING_LEVEL 1
#define DPFLTR_INFO_LEVEL    3

/*
 * One call, one entry, cut at 511 characters as the kernel does. Format: the kernel's, where l
 * means 32 bits, I64 64 bits, I a pointer's width, and %p prints all digits and no 0x. %S, %C, %ws,
 * %wc, %wZ, %Z (PASSIVE only), %n and floating point are a misuse at any IRQL. Any IRQL, but not
 * under a strict lock. Result: 0.
 */
ULONG DbgPrint(PCSTR Format, ...);
ULONG DbgPrintEx(ULONG ComponentId, ULONG Level, PCSTR Format, ...);
ULONG vDbgPrintEx(ULONG ComponentId, ULONG Level, PCSTR Format, va_list Arguments);

typedef struct _SIM_OUTPUT {
    PCSTR Text;      /* valid until SimOutputClear, SimStop */
    BOOLEAN Ex;      /* DbgPrintEx: always visible; DbgPrint: filtered out from Vista on */
    ULONG Component; /* of DbgPrintEx */
    ULONG Level;
    HANDLE Thread;
    KIRQL Irql;
    BOOLEAN Cut; /* was longer than 511 characters */
} SIM_OUTPUT;

/* SimOutputCount - calls since SimStart or SimOutputClear. */
ULONG SimOutputCount(void);

/* SimOutputEntry - entry number Index, from 0; FALSE (zeroed, Text "") when there is none. */
BOOLEAN SimOutputEntry(ULONG Index, SIM_OUTPUT *Output);

/* SimOutputText - all text in one string; valid until the next call of it, SimOutputClear, SimStop.
   Not from two threads at once. */
PCSTR SimOutputText(void);

/* SimOutputFind - number of entries that contain Text. */
ULONG SimOutputFind(PCSTR Text);

void SimOutputClear(void);

/* ----------------------------------------------------------------------------------- options */

/*
 * SimOptions - what a driver's registry value of options holds from now on; copied. NULL: there is
 * none. SimNotAString: there is a value, of another type. Until the first call after SimStart it is
 * what environment variable MEMCHECK_OPTIONS holds. Any thread, any IRQL.
 */
extern const char SimNotAString[1];
void SimOptions(PCSTR String);

/*
 * SimOptionsRead - reading it: its length, and as much of it as Size bytes hold (no NUL of its
 * own); or one of these, and Buffer is as it was. IRQL: PASSIVE_LEVEL, and not under a strict lock.
 */
#define SIM_OPTIONS_NONE 0xFFFFFFFEu
#define SIM_OPTIONS_TYPE 0xFFFFFFFFu
ULONG SimOptionsRead(char *Buffer, ULONG Size);

/* -------------------------------------------------------------------------------- the debugger */

/* The debugger. Not attached: DbgBreakPoint is a misuse. Attached: it is counted, and goes on. */
extern BOOLEAN KdDebuggerNotPresent;
VOID DbgBreakPoint(VOID);
void SimAttachDebugger(BOOLEAN Attached);
ULONG SimBreakpoints(void);

/* ---------------------------------------------------------------------------------- bug checks */

typedef struct _SIM_BUGCHECK {
    ULONG Code;
    ULONG_PTR Parameters[4];
} SIM_BUGCHECK;

/* KeBugCheckEx aborts, but where a test expects it: then it is recorded and, against its nature,
 * comes back. Any IRQL. */
VOID KeBugCheckEx(ULONG BugCheckCode, ULONG_PTR P1, ULONG_PTR P2, ULONG_PTR P3, ULONG_PTR P4);

/* SimExpectBugChecks - from now on (TRUE), or no longer. SimStart: no longer. */
void SimExpectBugChecks(BOOLEAN Expected);

/* SimBugChecks - how many there were since SimStart; Last (may be NULL): the last one, zeroed where
 * there was none. */
ULONG SimBugChecks(SIM_BUGCHECK *Last);

#endif
