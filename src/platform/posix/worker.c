/* worker.c (posix) - a thread of MemCheck's own. */
#include "posixp.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <time.h>

static struct {
    pthread_t Thread;
    pthread_cond_t Stopped;
    VOID (*Routine)(VOID);
    ULONG Seconds;
    BOOLEAN Stop; /* under the lock */
    BOOLEAN Running;
} McpPosixWorker;

static pthread_mutex_t McpPosixWorkerLock = PTHREAD_MUTEX_INITIALIZER;

/* FALSE: it is time to end. The lock is held. */
static BOOLEAN McpPosixWorkerWait(VOID)
{
    struct timespec Due;
    int Error = 0;

    clock_gettime(CLOCK_MONOTONIC, &Due);
    Due.tv_sec += (time_t)McpPosixWorker.Seconds;
    while (!McpPosixWorker.Stop && Error != ETIMEDOUT) {
        Error = pthread_cond_timedwait(&McpPosixWorker.Stopped, &McpPosixWorkerLock, &Due);
    }
    return (BOOLEAN)!McpPosixWorker.Stop;
}

static void *McpPosixWorkerMain(void *Context)
{
    pthread_mutex_lock(&McpPosixWorkerLock);
    while (McpPosixWorkerWait()) {
        pthread_mutex_unlock(&McpPosixWorkerLock);
        McpPosixWorker.Routine();
        pthread_mutex_lock(&McpPosixWorkerLock);
    }
    pthread_mutex_unlock(&McpPosixWorkerLock);
    return Context;
}

/* The program's signals are none of its business: they go to the program's own threads. */
static int McpPosixWorkerCreate(VOID)
{
    sigset_t All, Before;
    int Error;

    sigfillset(&All);
    pthread_sigmask(SIG_SETMASK, &All, &Before);
    Error = pthread_create(&McpPosixWorker.Thread, NULL, McpPosixWorkerMain, NULL);
    pthread_sigmask(SIG_SETMASK, &Before, NULL);
    return Error;
}

BOOLEAN McOsWorkerStart(VOID (*Routine)(VOID), ULONG Seconds)
{
    pthread_condattr_t Attributes;

    pthread_condattr_init(&Attributes);
    pthread_condattr_setclock(&Attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&McpPosixWorker.Stopped, &Attributes);
    pthread_condattr_destroy(&Attributes);
    McpPosixWorker.Routine = Routine;
    McpPosixWorker.Seconds = Seconds;
    McpPosixWorker.Stop = FALSE;
    McpPosixWorker.Running = (BOOLEAN)(McpPosixWorkerCreate() == 0);
    return McpPosixWorker.Running;
}

VOID McOsWorkerStop(VOID)
{
    if (!McpPosixWorker.Running) {
        return;
    }
    pthread_mutex_lock(&McpPosixWorkerLock);
    McpPosixWorker.Stop = TRUE;
    pthread_cond_signal(&McpPosixWorker.Stopped);
    pthread_mutex_unlock(&McpPosixWorkerLock);
    pthread_join(McpPosixWorker.Thread, NULL);
    McpPosixWorker.Running = FALSE;
}
