/*
 * kit2000.h - the kit's header, but MmSystemRangeStart is declared as a pointer to it, as the kits
 * of Windows 2000 and XP have it. MEMCHECK_KIT_HEADER of a check in c89.sh: who takes the name
 * itself for the address does not compile.
 */
#include <ntddk.h>

#undef MM_SYSTEM_RANGE_START
extern PVOID *McTestSystemRangeStart;
#define MM_SYSTEM_RANGE_START (*McTestSystemRangeStart)
#define MmSystemRangeStart    McTestIsAPointerInThisKit
