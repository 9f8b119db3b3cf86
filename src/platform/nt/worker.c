/*
 * worker.c (nt) - a system thread of MemCheck's own. Every routine here is in the kernel of Windows
 * NT 4.0.
 *
 * A driver whose thread is still in it when it is unloaded stops the system. So the thread object
 * is waited for: it is signalled when the thread has left the driver's code for good.
 */
#include "ntp.h"

static struct {
    PVOID Thread; /* its object, referenced; NULL: there is none */
    KEVENT Stop;
    KEVENT Done; /* only waited for when the object could not be had */
    VOID (*Routine)(VOID);
    ULONG Seconds;
    BOOLEAN Running;
} McpNtWorker;

/* Seconds from now as the kernel counts, -100 ns each: by halves, because a 64-bit product would be
 * a call of the C runtime on i386. */
static VOID McpNtWorkerTime(ULONG Seconds, LARGE_INTEGER *Time)
{
    const ULONG Low = Seconds * 0x9680u; /* 10,000,000 is 0x989680 */
    const ULONG Middle = Seconds * 0x98u;
    const ULONG Sum = Low + (Middle << 16);
    const ULONG High = (Middle >> 16) + (Sum < Low ? 1u : 0u);

    Time->u.LowPart = 0u - Sum;
    Time->u.HighPart = (LONG)(~High + (Sum == 0 ? 1u : 0u));
}

static VOID NTAPI McpNtWorkerMain(PVOID Context)
{
    LARGE_INTEGER Time;

    (void)Context;
    McpNtWorkerTime(McpNtWorker.Seconds, &Time);
    while (KeWaitForSingleObject(&McpNtWorker.Stop, Executive, KernelMode, FALSE, &Time) ==
           STATUS_TIMEOUT) {
        McpNtWorker.Routine();
    }
    KeSetEvent(&McpNtWorker.Done, 0, FALSE);
    PsTerminateSystemThread(STATUS_SUCCESS);
}

BOOLEAN McOsWorkerStart(VOID (*Routine)(VOID), ULONG Seconds)
{
    OBJECT_ATTRIBUTES Attributes;
    HANDLE Handle = NULL;

    KeInitializeEvent(&McpNtWorker.Stop, NotificationEvent, FALSE);
    KeInitializeEvent(&McpNtWorker.Done, NotificationEvent, FALSE);
    McpNtWorker.Routine = Routine;
    McpNtWorker.Seconds = Seconds;
    McpNtWorker.Thread = NULL;
    InitializeObjectAttributes(&Attributes, NULL, MCP_KERNEL_HANDLE, NULL, NULL);
    if (PsCreateSystemThread(&Handle, THREAD_ALL_ACCESS, &Attributes, NULL, NULL, McpNtWorkerMain,
                             NULL) < 0) {
        return FALSE;
    }
    McpNtWorker.Running = TRUE;
    if (ObReferenceObjectByHandle(Handle, THREAD_ALL_ACCESS, NULL, KernelMode, &McpNtWorker.Thread,
                                  NULL) < 0) {
        McpNtWorker.Thread = NULL;
    }
    ZwClose(Handle);
    return TRUE;
}

VOID McOsWorkerStop(VOID)
{
    if (!McpNtWorker.Running) {
        return;
    }
    KeSetEvent(&McpNtWorker.Stop, 0, FALSE);
    if (McpNtWorker.Thread != NULL) {
        KeWaitForSingleObject(McpNtWorker.Thread, Executive, KernelMode, FALSE, NULL);
        ObDereferenceObject(McpNtWorker.Thread);
    } else {
        KeWaitForSingleObject(&McpNtWorker.Done, Executive, KernelMode, FALSE, NULL);
        McOsSleep(100); /* its last call: the kernel is about to take it over */
    }
    McpNtWorker.Thread = NULL;
    McpNtWorker.Running = FALSE;
}
