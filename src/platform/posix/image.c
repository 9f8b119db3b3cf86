/*
 * image.c (posix) - where the program or library that holds this code is, and its name.
 *
 * Used by the simulated kernel's platform too, whose drivers are host programs.
 */
#include "posixp.h"

#include <link.h>
#include <string.h>
#include <unistd.h>

typedef struct _MCP_POSIX_IMAGE {
    ULONG_PTR Low;
    ULONG_PTR High;
    char Path[512];
} MCP_POSIX_IMAGE;

static MCP_POSIX_IMAGE McpPosixImage;

/* Called for each loaded object; takes the one that holds this function. */
static int McpPosixVisit(struct dl_phdr_info *Info, size_t Size, void *Context)
{
    MCP_POSIX_IMAGE *Image = (MCP_POSIX_IMAGE *)Context;
    ULONG_PTR Here = (ULONG_PTR)McpPosixImageStart;
    ULONG_PTR Low = (ULONG_PTR)-1;
    ULONG_PTR High = 0;
    ULONG I;

    (void)Size;
    for (I = 0; I < Info->dlpi_phnum; I++) {
        const ElfW(Phdr) *Header = &Info->dlpi_phdr[I];
        ULONG_PTR Start = (ULONG_PTR)Info->dlpi_addr + (ULONG_PTR)Header->p_vaddr;

        if (Header->p_type == PT_LOAD) {
            Low = Start < Low ? Start : Low;
            High = Start + Header->p_memsz > High ? Start + Header->p_memsz : High;
        }
    }
    if (Here < Low || Here >= High) {
        return 0;
    }
    Image->Low = Low;
    Image->High = High;
    if (Info->dlpi_name) {
        strncpy(Image->Path, Info->dlpi_name, sizeof(Image->Path) - 1);
    }
    return 1;
}

VOID McpPosixImageStart(VOID)
{
    ssize_t Length;

    if (McpPosixImage.High != 0) {
        return;
    }
    dl_iterate_phdr(McpPosixVisit, &McpPosixImage);
    if (McpPosixImage.Path[0] == 0) { /* the program itself has no name there */
        Length = readlink("/proc/self/exe", McpPosixImage.Path, sizeof(McpPosixImage.Path) - 1);
        McpPosixImage.Path[Length > 0 ? Length : 0] = 0;
    }
}

BOOLEAN McOsImage(ULONG_PTR *Low, ULONG_PTR *High)
{
    *Low = McpPosixImage.Low;
    *High = McpPosixImage.High;
    return McpPosixImage.High != 0;
}

VOID McOsDriverName(const VOID *RegistryPath, char *Name, ULONG Size)
{
    const char *Start = strrchr(McpPosixImage.Path, '/');
    const char *End;
    SIZE_T Length;

    (void)RegistryPath;
    if (Size == 0) {
        return;
    }
    Start = Start ? Start + 1 : McpPosixImage.Path;
    End = strrchr(Start, '.');
    Length = End && End != Start ? (SIZE_T)(End - Start) : strlen(Start);
    if (Length > Size - 1) {
        Length = Size - 1;
    }
    memcpy(Name, Start, Length);
    Name[Length] = 0;
}
