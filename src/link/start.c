/*
 * start.c - one entry point of the link way: Mc and the name of the driver's own entry.
 *
 * Compiled once for each entry (scripts/build-link.sh) and kept in the library: the linker takes
 * the one that its entry option names, and with it asks for the driver's entry, wherever that is.
 */
#ifndef MC_START
#define MC_START DriverEntry
#endif

#if defined(__i386__) || defined(_M_IX86)
#define NTAPI __stdcall
#else
#define NTAPI
#endif

#define MC_JOIN(A, B)  MC_JOIN_(A, B)
#define MC_JOIN_(A, B) A##B

/* PDRIVER_OBJECT, PUNICODE_STRING; NTSTATUS: no kit header is needed to pass them on. */
typedef int(NTAPI *MC_ENTRY)(void *DriverObject, void *RegistryPath);
int NTAPI McLinkEntry(MC_ENTRY Entry, void *DriverObject, void *RegistryPath);

int NTAPI MC_START(void *DriverObject, void *RegistryPath);
int NTAPI MC_JOIN(Mc, MC_START)(void *DriverObject, void *RegistryPath);

int NTAPI MC_JOIN(Mc, MC_START)(void *DriverObject, void *RegistryPath)
{
    return McLinkEntry(MC_START, DriverObject, RegistryPath);
}
