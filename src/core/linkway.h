/*
 * linkway.h - between src/link, which has no kit header, and the core: what a routine of the kit
 * that was taken over at link time calls (replace.c).
 *
 * Plain C types only: unsigned is a ULONG, size_t a SIZE_T, int an NTSTATUS, signed char a CHAR.
 * Whoever includes this has size_t and NTAPI: a kit's header, mctypes.h, or imports.c's own words.
 *
 *   Routine         MC_ROUTINE (mcroutines.h) of a row that the kit exports
 *   Type            POOL_TYPE with all its bits, or the low half of POOL_FLAGS
 *   FlagsHigh       the high half of POOL_FLAGS
 *   ReturnAddress   of the driver's call
 *
 * Parameters that a routine's shape does not have are 0. Result, raising and IRQL are those of the
 * routine; before McLinkInitEx and after McLinkExit the call is passed on.
 */
#ifndef MC_LINKWAY_H
#define MC_LINKWAY_H

void *NTAPI McLinkAllocate(unsigned Routine, unsigned Type, unsigned FlagsHigh, size_t Size,
                           unsigned Tag, unsigned Priority, const void *Parameters, unsigned Count,
                           void *ReturnAddress);
void NTAPI McLinkFree(unsigned Routine, void *P, unsigned Tag, const void *Parameters,
                      unsigned Count, void *ReturnAddress);
/* String: a PUNICODE_STRING, PANSI_STRING or POEM_STRING. */
void NTAPI McLinkFreeString(unsigned Routine, void *String, void *ReturnAddress);

/* Irp: a PIRP; Device: a PDEVICE_OBJECT. As IofCompleteRequest and IofCallDriver. */
void NTAPI McLinkCompleteRequest(void *Irp, signed char Boost, void *ReturnAddress);
int NTAPI McLinkCallDriver(void *Device, void *Irp, void *ReturnAddress);

/* MEM_CHECK_INIT_EX and MEM_CHECK_EXIT of a driver that does not call them. RegistryPath: the
 * PUNICODE_STRING given to DriverEntry, or NULL. PASSIVE_LEVEL. */
void NTAPI McLinkInitEx(const void *RegistryPath, void *ReturnAddress);
void NTAPI McLinkExit(void *ReturnAddress);

#endif
