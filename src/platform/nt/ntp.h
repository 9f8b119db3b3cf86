/*
 * ntp.h - private to the NT platform: what its files share.
 *
 * Imports. A driver that imports a routine which the running kernel lacks does not load. So what
 * stands in every kit's library from Windows 2000 on is called as it is, and everything newer is
 * bound at run time (bind.c). tests/checks/imports.sh holds the built driver to that.
 */
#ifndef MC_NTP_H
#define MC_NTP_H

#include "platform.h"

/* Routines that Windows 2000 does not have; NULL where the running system does not have them. */
typedef ULONG(__cdecl *MCP_DBG_PRINT_EX)(ULONG Component, ULONG Level, const char *Format, ...);
typedef ULONG(NTAPI *MCP_ACTIVE_PROCESSOR_COUNT)(PVOID ActiveProcessors);
typedef BOOLEAN(NTAPI *MCP_REFRESH_DEBUGGER)(VOID);

typedef struct _MCP_NT {
    BOOLEAN Started;
    BOOLEAN Bound;          /* the routines below have been looked for */
    BOOLEAN HasNx;          /* Windows 8 or later: NonPagedPoolNx */
    BOOLEAN PoolMisaligned; /* not a real pool (Wine): a page and more is not page-aligned */
    ULONG CacheLine;
    ULONG_PTR SystemStart;
    ULONG_PTR ImageLow; /* both 0: not known */
    ULONG_PTR ImageHigh;
    ULONG_PTR Secret;
    MCP_DBG_PRINT_EX DbgPrintEx;                          /* Windows XP */
    MCP_REFRESH_DEBUGGER RefreshDebugger;                 /* Windows Server 2003 */
    MCP_ACTIVE_PROCESSOR_COUNT QueryActiveProcessorCount; /* Windows Vista */
} MCP_NT;

extern MCP_NT McpNt;

#define MCP_TAG            0x6D4D634Du /* 'McMm' as a debugger shows it: MemCheck's own memory */
#define MCP_NONPAGED       0u
#define MCP_CACHE_ALIGNED  4u
#define MCP_NONPAGED_NX    512u /* Windows 8; as numbers, since no older kit has the name */
#define MCP_META_ALIGNMENT 64u

/*
 * The value of a byte that the kernel exports. Windows 2000's kit declares such a variable as a
 * pointer to it (what is linked is the import's slot), later ones as the byte itself.
 */
#define MCP_EXPORTED_BYTE(Name) \
    (sizeof(Name) == 1 ? (UCHAR)(ULONG_PTR)(Name) : *(volatile UCHAR *)(ULONG_PTR)(Name))

/* bind.c. PASSIVE_LEVEL; calling it again is harmless. */
VOID McpNtBind(VOID);

/* pool.c: find out, by trying, how the running pool behaves. PASSIVE_LEVEL. */
BOOLEAN McpNtPoolStart(VOID);

/* image.c: where this driver's image is. PASSIVE_LEVEL. */
VOID McpNtImageStart(VOID);

/* time.c: a value hard to guess. PASSIVE_LEVEL. */
ULONG_PTR McpNtSecret(VOID);

#endif
