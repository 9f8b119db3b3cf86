/* bugs.h - what driver.c needs of bugs.c. */
#ifndef BUGS_H
#define BUGS_H

#include "faulty.h"

#define FAULTY_TAG       0x746C6146 /* 'Falt', as a debugger shows it */
#define FAULTY_OTHER_TAG 0x7265744F /* 'Oter' */

/*
 * Do the wrong thing of one row of the table (Bug < FaultyBugCount) and leave the driver usable.
 * PASSIVE_LEVEL. A failure says that the bug could not be planted.
 */
NTSTATUS FaultyRun(ULONG Bug);

/* What LeakKept allocated (NULL: nothing), and whether AfterExitFree asked to free it too late. */
extern PVOID FaultyKept;
extern BOOLEAN FaultyFreeAfterExit;

#endif
