/* print.c (posix) - standard error is the debug output; the debugger is whoever traces us. */
#include "posixp.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

/* One call, so that lines of several threads do not mix; no stdio, so that no lock is taken. */
VOID McOsPrint(const char *Line)
{
    struct iovec Parts[2];
    int Saved = errno;
    ssize_t Written;

    Parts[0].iov_base = (void *)Line;
    Parts[0].iov_len = strlen(Line);
    Parts[1].iov_base = (void *)"\n";
    Parts[1].iov_len = 1;
    do {
        Written = writev(STDERR_FILENO, Parts, 2);
    } while (Written < 0 && errno == EINTR);
    errno = Saved;
}

BOOLEAN McOsDebugger(VOID)
{
    static const char Field[] = "TracerPid:\t";
    char Text[1024];
    const char *At;
    ssize_t Length;
    int File = open("/proc/self/status", O_RDONLY | O_CLOEXEC);

    if (File < 0) {
        return FALSE;
    }
    Length = read(File, Text, sizeof(Text) - 1);
    close(File);
    Text[Length > 0 ? Length : 0] = 0;
    At = strstr(Text, Field);
    return At && At[sizeof(Field) - 1] != '0';
}

VOID McOsBreak(VOID)
{
    raise(SIGTRAP);
}

VOID McOsBugCheck(ULONG Code, const ULONG_PTR Parameters[4])
{
    char Line[160];

    snprintf(Line, sizeof(Line), "memcheck: bug check 0x%08x (0x%lx, 0x%lx, 0x%lx, 0x%lx)",
             (unsigned)Code, (unsigned long)Parameters[0], (unsigned long)Parameters[1],
             (unsigned long)Parameters[2], (unsigned long)Parameters[3]);
    McOsPrint(Line);
    abort();
}
