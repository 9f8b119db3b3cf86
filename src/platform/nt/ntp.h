/*
 * ntp.h - private to the NT platform: what its files share.
 *
 * Imports. A driver that imports a routine which the running kernel lacks does not load. So what
 * stands in the libraries of MEMCHECK_TARGET's kit and of every later one is called as it is, and
 * everything newer is bound at run time (bind.c). tests/checks/imports.sh holds the built driver to
 * that.
 */
#ifndef MC_NTP_H
#define MC_NTP_H

#include "platform.h"

/* Routines that Windows 2000 or its kit does not have; NULL where the running system does not have
 * them. The parameters as ExAllocatePool2 and its kin have them, whose types only the newest kits
 * know. */
typedef ULONG(__cdecl *MCP_DBG_PRINT_EX)(ULONG Component, ULONG Level, const char *Format, ...);
typedef ULONG(NTAPI *MCP_ACTIVE_PROCESSOR_COUNT)(PVOID ActiveProcessors);
typedef BOOLEAN(NTAPI *MCP_REFRESH_DEBUGGER)(VOID);
typedef USHORT(NTAPI *MCP_CAPTURE_STACK)(ULONG Skip, ULONG Most, PVOID *Frames, PULONG Hash);
typedef PVOID(NTAPI *MCP_ALLOCATE_POOL2)(ULONGLONG Flags, SIZE_T Size, ULONG Tag);
typedef PVOID(NTAPI *MCP_ALLOCATE_POOL3)(ULONGLONG Flags, SIZE_T Size, ULONG Tag,
                                         const VOID *Parameters, ULONG ParameterCount);
typedef VOID(NTAPI *MCP_FREE_POOL2)(PVOID P, ULONG Tag, const VOID *Parameters,
                                    ULONG ParameterCount);

typedef struct _MCP_NT {
    BOOLEAN Started;
    BOOLEAN Bound;          /* the routines below have been looked for */
    BOOLEAN PoolMisaligned; /* not a real pool (Wine): a page and more is not page-aligned */
    ULONG Version;          /* as _WIN32_WINNT counts; 0: not read yet */
    ULONG CacheLine;
    ULONG_PTR SystemStart;
    ULONG_PTR ImageLow; /* both 0: not known */
    ULONG_PTR ImageHigh;
    ULONG_PTR Secret;
    MCP_CAPTURE_STACK CaptureStackBackTrace;              /* Windows 2000, declared by no kit */
    MCP_DBG_PRINT_EX DbgPrintEx;                          /* Windows XP */
    MCP_REFRESH_DEBUGGER RefreshDebugger;                 /* Windows Server 2003 */
    MCP_ACTIVE_PROCESSOR_COUNT QueryActiveProcessorCount; /* Windows Vista */
    MCP_ALLOCATE_POOL2 AllocatePool2;                     /* Windows 10, 2004 */
    MCP_ALLOCATE_POOL3 AllocatePool3;
    MCP_FREE_POOL2 FreePool2;
} MCP_NT;

extern MCP_NT McpNt;

#define MCP_TAG            0x6D4D634Du /* 'McMm' as a debugger shows it: MemCheck's own memory */
#define MCP_NONPAGED       0u
#define MCP_CACHE_ALIGNED  4u
#define MCP_NONPAGED_NX    512u /* Windows 8; as numbers, since no older kit has the name */
#define MCP_META_ALIGNMENT 64u

/*
 * A routine that the link way takes over. There its plain name is MemCheck's own, so the kernel's
 * is reached by another, which the import library beside the object (src/link) maps to it.
 * Elsewhere it is the kit's name, and what the kit's header makes of it: the driver would have
 * called that.
 */
#ifdef MEMCHECK_LINK
#define MCP_RAW(Name) McRaw##Name
#ifdef __cplusplus
extern "C" {
#endif
DECLSPEC_IMPORT PVOID NTAPI McRawExAllocatePool(POOL_TYPE PoolType, SIZE_T Size);
DECLSPEC_IMPORT PVOID NTAPI McRawExAllocatePoolWithTag(POOL_TYPE PoolType, SIZE_T Size, ULONG Tag);
DECLSPEC_IMPORT PVOID NTAPI McRawExAllocatePoolWithQuota(POOL_TYPE PoolType, SIZE_T Size);
DECLSPEC_IMPORT PVOID NTAPI McRawExAllocatePoolWithQuotaTag(POOL_TYPE PoolType, SIZE_T Size,
                                                            ULONG Tag);
DECLSPEC_IMPORT PVOID NTAPI McRawExAllocatePoolWithTagPriority(POOL_TYPE PoolType, SIZE_T Size,
                                                               ULONG Tag,
                                                               EX_POOL_PRIORITY Priority);
DECLSPEC_IMPORT VOID NTAPI McRawExFreePool(PVOID P);
DECLSPEC_IMPORT VOID NTAPI McRawExFreePoolWithTag(PVOID P, ULONG Tag);
DECLSPEC_IMPORT VOID NTAPI McRawRtlFreeUnicodeString(PUNICODE_STRING String);
DECLSPEC_IMPORT VOID NTAPI McRawRtlFreeAnsiString(PANSI_STRING String);
DECLSPEC_IMPORT VOID NTAPI McRawRtlFreeOemString(POEM_STRING String);
DECLSPEC_IMPORT VOID FASTCALL McRawIofCompleteRequest(PIRP Irp, CCHAR PriorityBoost);
DECLSPEC_IMPORT NTSTATUS FASTCALL McRawIofCallDriver(PDEVICE_OBJECT DeviceObject, PIRP Irp);
#ifdef __cplusplus
}
#endif
#else
#define MCP_RAW(Name) Name
#endif

/* Windows XP's kit and later ones make a call of ExFreePoolWithTag of it, which NT 4.0 lacks. */
#if MEMCHECK_TARGET < 0x0500
#undef ExFreePool
#endif

/*
 * The value of a byte that the kernel exports. A kit declares such a variable as itself or as a
 * pointer to it, which then is the import's slot: KeNumberProcessors is a pointer in Windows 2000's
 * kit, the debugger's two bytes are in every one. MmSystemRangeStart is a pointer in those of 2000
 * and XP, and a cast would not notice: the kits' own MM_SYSTEM_RANGE_START is right in each.
 */
#define MCP_EXPORTED_BYTE(Name) \
    (sizeof(Name) == 1 ? (UCHAR)(ULONG_PTR)(Name) : *(volatile UCHAR *)(ULONG_PTR)(Name))

/* OBJ_KERNEL_HANDLE: the process that we happen to be in cannot use the handle; from 2000 on. */
#if MEMCHECK_TARGET >= 0x0500
#define MCP_KERNEL_HANDLE 0x200u
#else
#define MCP_KERNEL_HANDLE 0u
#endif

/* bind.c. PASSIVE_LEVEL; calling it again is harmless. */
VOID McpNtBind(VOID);
/* The same for what may be called before McOsStart: at a higher IRQL nothing is bound yet. */
VOID McpNtBindEarly(VOID);

/* pool.c: find out, by trying, how the running pool behaves. PASSIVE_LEVEL. */
BOOLEAN McpNtPoolStart(VOID);

/* image.c: where this driver's image is. PASSIVE_LEVEL. */
VOID McpNtImageStart(VOID);

/* time.c: a value hard to guess. PASSIVE_LEVEL. */
ULONG_PTR McpNtSecret(VOID);

#endif
