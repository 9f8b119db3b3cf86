/* address.c (posix) - what an address is: on this thread's stack, readable. */
#include "posixp.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

static __thread ULONG_PTR McpPosixStackLow;
static __thread ULONG_PTR McpPosixStackHigh;

/* The C library reads a file for the first thread, and allocates: so it is asked once a thread. */
BOOLEAN McOsStack(ULONG_PTR *Low, ULONG_PTR *High)
{
    ULONG_PTR Here = (ULONG_PTR)__builtin_frame_address(0);
    pthread_attr_t Attributes;
    void *Start;
    size_t Size;

    if (McpPosixStackHigh == 0 && pthread_getattr_np(pthread_self(), &Attributes) == 0) {
        if (pthread_attr_getstack(&Attributes, &Start, &Size) == 0) {
            McpPosixStackLow = (ULONG_PTR)Start;
            McpPosixStackHigh = (ULONG_PTR)Start + Size;
        }
        pthread_attr_destroy(&Attributes);
    }
    *Low = McpPosixStackLow;
    *High = McpPosixStackHigh;
    return *Low <= Here && Here < *High;
}

/*
 * The kernel reads the signal set before it looks at the operation, which is none that it knows: an
 * address that cannot be read gives EFAULT, and a readable one EINVAL, with nothing changed.
 */
BOOLEAN McOsAddressValid(ULONG_PTR Address)
{
    const ULONG_PTR SetSize = 8; /* of the kernel's signal set */
    int Saved = errno;
    BOOLEAN Valid;

    Valid = syscall(SYS_rt_sigprocmask, ~0l, Address & ~(SetSize - 1), NULL, SetSize) == 0 ||
            errno != EFAULT;
    errno = Saved;
    return Valid;
}
