/*
 * beneath.c - what lies beneath the core: glibc's allocator, and the log.
 *
 * The linker gives the POSIX platform these in place of malloc, free, posix_memalign and writev
 * (--wrap, see build.sh), so that its files are tested as they are.
 */
#include "library.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#define OWN __attribute__((tls_model("initial-exec")))

/* glibc's allocator by names that nobody puts something in the place of. */
extern void *__libc_malloc(size_t Size);
extern void *__libc_memalign(size_t Alignment, size_t Size);
extern void *__libc_realloc(void *P, size_t Size);
extern void __libc_free(void *P);
extern ssize_t __real_writev(int File, const struct iovec *Parts, int Count);

__thread size_t BeneathAlignment OWN;

static size_t (*RealSize)(void *P);
static char LogFolder[3072];

void *BeneathAllocate(size_t Size, size_t Alignment)
{
    return Alignment > 16 ? __libc_memalign(Alignment, Size) : __libc_malloc(Size);
}

void *BeneathReallocate(void *P, size_t Size)
{
    return __libc_realloc(P, Size);
}

void BeneathFree(void *P)
{
    __libc_free(P);
}

size_t BeneathSize(void *P)
{
    return RealSize ? RealSize(P) : 0;
}

void BeneathStart(void)
{
    const char *Folder = getenv("MEMCHECK_PROGRAMS_LOG");

    RealSize = (size_t(*)(void *))dlsym(RTLD_NEXT, "malloc_usable_size");
    if (Folder && strlen(Folder) < sizeof(LogFolder)) {
        strcpy(LogFolder, Folder);
    }
}

/* ---- in the place of what src/platform/posix calls ---- */

void *__wrap_malloc(size_t Size)
{
    return BeneathAllocate(Size, BeneathAlignment);
}

void __wrap_free(void *P)
{
    __libc_free(P);
}

int __wrap_posix_memalign(void **P, size_t Alignment, size_t Size)
{
    *P = BeneathAllocate(Size, Alignment > BeneathAlignment ? Alignment : BeneathAlignment);
    return *P ? 0 : ENOMEM;
}

/* Opened for each line: a program may close every file that it finds open. */
static int LogOpen(void)
{
    char Path[sizeof(LogFolder) + 32];

    snprintf(Path, sizeof(Path), "%s/%d", LogFolder, (int)getpid());
    return open(Path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
}

ssize_t __wrap_writev(int File, const struct iovec *Parts, int Count)
{
    int Log = LogFolder[0] ? LogOpen() : -1;
    ssize_t Written = __real_writev(Log >= 0 ? Log : File, Parts, Count);
    int Saved = errno;

    if (Log >= 0) {
        close(Log);
    }
    errno = Saved;
    return Written;
}

/* Longer than a line of MemCheck may be. */
void BeneathSay(const char *Format, ...)
{
    char Line[1024];
    struct iovec Part = {Line, 0};
    va_list Arguments;
    int Length;

    va_start(Arguments, Format);
    Length = vsnprintf(Line, sizeof(Line) - 1, Format, Arguments);
    va_end(Arguments);
    Part.iov_len = (size_t)Length < sizeof(Line) - 1 ? (size_t)Length : sizeof(Line) - 2;
    Line[Part.iov_len++] = '\n';
    __wrap_writev(STDERR_FILENO, &Part, 1);
}

void BeneathSayMaps(void)
{
    char Text[4096];
    ssize_t Length;
    int Maps = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
    int Log = LogFolder[0] ? LogOpen() : STDERR_FILENO;

    while (Maps >= 0 && Log >= 0 && (Length = read(Maps, Text, sizeof(Text))) > 0) {
        if (write(Log, Text, (size_t)Length) != Length) {
            break;
        }
    }
    if (Maps >= 0) {
        close(Maps);
    }
    if (LogFolder[0] && Log >= 0) {
        close(Log);
    }
}
