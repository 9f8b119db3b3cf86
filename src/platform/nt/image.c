/* image.c (nt) - what an address is: this driver's image and its name, the stack, mapped or not. */
#include "ntp.h"

/* The first byte of the image this code is linked into; every linker since 7.0 defines it. */
extern UCHAR __ImageBase[];

/* Offsets in a PE image. They are the same for 32 and 64 bits. */
#define MCP_PE_HEADER        0x3C /* of the PE header, in the DOS header */
#define MCP_PE_SIZE_OF_IMAGE 80   /* signature 4, file header 20, in the optional header 56 */

static ULONG McpNtUlongAt(const UCHAR *P)
{
    return (ULONG)P[0] | (ULONG)P[1] << 8 | (ULONG)P[2] << 16 | (ULONG)P[3] << 24;
}

VOID McpNtImageStart(VOID)
{
    const UCHAR *Image = __ImageBase;
    ULONG Header = McpNtUlongAt(Image + MCP_PE_HEADER);
    ULONG Size;

    McpNt.ImageLow = 0;
    McpNt.ImageHigh = 0;
    if (Image[0] != 'M' || Image[1] != 'Z' || Header > MC_PAGE_SIZE - MCP_PE_SIZE_OF_IMAGE - 4) {
        return;
    }
    Size = McpNtUlongAt(Image + Header + MCP_PE_SIZE_OF_IMAGE);
    if (Size != 0) {
        McpNt.ImageLow = (ULONG_PTR)Image;
        McpNt.ImageHigh = (ULONG_PTR)Image + Size;
    }
}

BOOLEAN McOsImage(ULONG_PTR *Low, ULONG_PTR *High)
{
    *Low = McpNt.ImageLow;
    *High = McpNt.ImageHigh;
    return McpNt.ImageHigh != 0;
}

BOOLEAN McOsStack(ULONG_PTR *Low, ULONG_PTR *High)
{
    ULONG_PTR Here = (ULONG_PTR)Low;

    /* Low is a local of the caller: limits that do not hold it are not this stack's. */
    IoGetStackLimits(Low, High);
    return *Low <= Here && Here < *High;
}

BOOLEAN McOsAddressValid(ULONG_PTR Address)
{
    return MmIsAddressValid((PVOID)Address);
}

#if MEMCHECK_TARGET >= 0x0500

/* Exported by every kernel since Windows 2000, declared by no kit. */
NTSYSAPI NTSTATUS NTAPI ZwQuerySystemInformation(IN ULONG Class, OUT PVOID Buffer, IN ULONG Size,
                                                 OUT PULONG Needed);

#define MCP_MODULE_INFORMATION 11u
#define MCP_LENGTH_MISMATCH    ((NTSTATUS)0xC0000004)

typedef struct _MCP_MODULE {
    PVOID Reserved[2];
    PVOID Base;
    ULONG Size;
    ULONG Flags;
    USHORT LoadOrder;
    USHORT InitOrder;
    USHORT LoadCount;
    USHORT NameOffset; /* of the file's name in Path */
    char Path[256];
} MCP_MODULE;

typedef struct _MCP_MODULES {
    ULONG Count;
    MCP_MODULE Module[1];
} MCP_MODULES;

/* The list of loaded modules; NULL where it cannot be had. To be given back with McOsMetaFree. */
static MCP_MODULES *McpNtModules(ULONG *Size)
{
    MCP_MODULES *Modules;
    ULONG Needed = 0;
    ULONG Try;
    NTSTATUS Status;

    *Size = 0x8000;
    for (Try = 0; Try < 4; Try++) { /* the list can grow between two calls */
        Modules = (MCP_MODULES *)McOsMetaAllocate(*Size);
        if (!Modules) {
            return NULL;
        }
        Status = ZwQuerySystemInformation(MCP_MODULE_INFORMATION, Modules, *Size, &Needed);
        if (Status >= 0) {
            return Modules;
        }
        McOsMetaFree(Modules, *Size);
        if (Status != MCP_LENGTH_MISMATCH) {
            return NULL;
        }
        *Size = (Needed > *Size ? Needed : *Size * 2) + 0x1000;
    }
    return NULL;
}

/* The file's name in Path, without folders and extension. */
static VOID McpNtBaseName(const char *Path, ULONG Length, char *Name, ULONG Size)
{
    ULONG Start = 0;
    ULONG End = 0;
    ULONG I;

    while (End < Length && Path[End]) {
        if (Path[End] == '\\' || Path[End] == '/') {
            Start = End + 1;
        }
        End++;
    }
    for (I = End; I > Start + 1; I--) {
        if (Path[I - 1] == '.') {
            End = I - 1;
            break;
        }
    }
    for (I = 0; I + 1 < Size && Start + I < End; I++) {
        ((volatile char *)Name)[I] = Path[Start + I]; /* volatile: not a call of memcpy */
    }
    Name[I] = 0;
}

static VOID McpNtModuleName(char *Name, ULONG Size)
{
    ULONG_PTR Here = (ULONG_PTR)__ImageBase;
    MCP_MODULES *Modules;
    MCP_MODULE *Module;
    ULONG Bytes;
    ULONG I;

    Modules = McpNtModules(&Bytes);
    if (!Modules) {
        return;
    }
    for (I = 0; I < Modules->Count; I++) {
        Module = &Modules->Module[I];
        if ((ULONG_PTR)(Module + 1) > (ULONG_PTR)Modules + Bytes) {
            break;
        }
        if (Here >= (ULONG_PTR)Module->Base && Here - (ULONG_PTR)Module->Base < Module->Size) {
            McpNtBaseName(Module->Path, sizeof(Module->Path), Name, Size);
            break;
        }
    }
    McOsMetaFree(Modules, Bytes);
}

#else

/* Not relied on for NT 4.0: the reports use MEMCHECK_DRIVER_NAME, or the service's name. */
static VOID McpNtModuleName(char *Name, ULONG Size)
{
    (void)Name;
    (void)Size;
}

#endif

/* The key's last part: \Registry\Machine\System\CurrentControlSet\Services\faulty. */
static VOID McpNtServiceName(const UNICODE_STRING *Path, char *Name, ULONG Size)
{
    const ULONG End = Path->Length / sizeof(WCHAR);
    ULONG Start = End;
    ULONG I;

    while (Start != 0 && Path->Buffer[Start - 1] != '\\') {
        Start--;
    }
    for (I = 0; I + 1 < Size && Start + I < End; I++) {
        WCHAR Character = Path->Buffer[Start + I];

        ((volatile char *)Name)[I] = (char)(Character < 0x80 ? Character : '?');
    }
    Name[I] = 0;
}

VOID McOsDriverName(const VOID *RegistryPath, char *Name, ULONG Size)
{
    if (Size == 0) {
        return;
    }
    Name[0] = 0;
    McpNtModuleName(Name, Size);
    if (Name[0] == 0 && RegistryPath) {
        McpNtServiceName((const UNICODE_STRING *)RegistryPath, Name, Size);
    }
}
