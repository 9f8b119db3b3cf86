/*
 * sim_thread.c - simulated threads: host threads that the simulated kernel knows.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include "simp.h"

#define FIRST_ID    0x1A4u /* of the thread that calls SimStart; a multiple of 4, as Windows has */
#define STACK_BYTES (1u << 20)

__thread SIM_THREAD *SimpThread;

static pthread_mutex_t TableLock = PTHREAD_MUTEX_INITIALIZER;
static SIM_THREAD Table[SIMP_THREADS];
static atomic_bool Used[SIMP_THREADS]; /* read without the lock by who spins */
static ULONG Made;                     /* threads since SimStart */

_Noreturn void SimpNotAThread(const char *Routine)
{
    if (!SimpRunning) {
        SimpFatal("%s before SimStart or after SimStop", Routine);
    }
    SimpFatal("%s by a thread that SimThreadCreate did not make", Routine);
}

SIM_THREAD *SimpThreadAt(ULONG Slot)
{
    return Slot < SIMP_THREADS && Used[Slot] ? &Table[Slot] : NULL;
}

/* A free place in the table, with its id and name. */
static SIM_THREAD *NewThread(PCSTR Name)
{
    SIM_THREAD *Thread = NULL;
    ULONG Slot;

    pthread_mutex_lock(&TableLock);
    for (Slot = 0; Slot < SIMP_THREADS && Used[Slot]; Slot++) {
    }
    if (Slot < SIMP_THREADS) {
        Thread = &Table[Slot];
        memset(Thread, 0, sizeof *Thread);
        Thread->Slot = Slot;
        Thread->Id = FIRST_ID + 4 * Made++;
        strncpy(Thread->Name, Name, sizeof Thread->Name - 1);
        Used[Slot] = TRUE;
    }
    pthread_mutex_unlock(&TableLock);
    if (Thread == NULL) {
        SimpFatal("SimThreadCreate: %u threads at a time are the limit", SIMP_THREADS);
    }
    SimpSchedAttach(Thread);
    return Thread;
}

static void ForgetThread(SIM_THREAD *Thread)
{
    pthread_mutex_lock(&TableLock);
    Used[Thread->Slot] = FALSE;
    pthread_mutex_unlock(&TableLock);
}

/* The calling host thread is this simulated thread from now on. */
static void Become(SIM_THREAD *Thread)
{
    pthread_attr_t Attributes;
    void *Low;
    size_t Size;

    if (pthread_getattr_np(pthread_self(), &Attributes) != 0 ||
        pthread_attr_getstack(&Attributes, &Low, &Size) != 0) {
        SimpFatal("the stack of thread '%s' is not to be found", Thread->Name);
    }
    pthread_attr_destroy(&Attributes);
    Thread->StackLow = (ULONG_PTR)Low;
    Thread->StackHigh = (ULONG_PTR)Low + Size;
    Thread->Doing = "start";
    SimpThread = Thread;
}

void SimpThreadEnd(SIM_THREAD *Self)
{
    if (Self->LocksHeld != 0) {
        SimpMisuse(SIM_MISUSE_LOCK_HELD, "thread ends with spin lock %p held",
                   (void *)Self->Locks[Self->LocksHeld - 1]);
    }
    if (Self->Irql != PASSIVE_LEVEL) {
        SimpFatal("thread '%s' ends at IRQL %u", Self->Name, Self->Irql);
    }
    SimpDpcRun(Self); /* nobody else would */
}

static void *ThreadMain(void *Argument)
{
    SIM_THREAD *Self = Argument;

    Become(Self);
    if (SimpOneCpu()) {
        SimpSchedFirstTurn(Self);
    }
    Self->Routine(Self->Context);
    SimpThreadEnd(Self);
    SimPoint(SIM_POINT_END, Self);
    if (SimpOneCpu()) {
        SimpSchedDone(Self);
    }
    return NULL;
}

SIM_THREAD *SimThreadCreate(PCSTR Name, void (*Routine)(PVOID Context), PVOID Context)
{
    SIM_THREAD *Self = SimpEnter(__func__);
    SIM_THREAD *Thread;
    pthread_attr_t Attributes;
    int Error;

    (void)SimpIrqlAtMost(Self, __func__, PASSIVE_LEVEL);
    Thread = NewThread(Name);
    Thread->Routine = Routine;
    Thread->Context = Context;
    pthread_attr_init(&Attributes);
    pthread_attr_setstacksize(&Attributes, STACK_BYTES);
    Error = pthread_create(&Thread->Pthread, &Attributes, ThreadMain, Thread);
    pthread_attr_destroy(&Attributes);
    if (Error != 0) {
        SimpFatal("SimThreadCreate(\"%s\"): %s", Name, strerror(Error));
    }
    return Thread;
}

void SimThreadJoin(SIM_THREAD *Thread)
{
    SIM_THREAD *Self = SimpEnter(__func__);

    (void)SimpIrqlAtMost(Self, __func__, PASSIVE_LEVEL);
    if (Thread == NULL || Thread == Self || SimpThreadAt(Thread->Slot) != Thread) {
        SimpFatal("SimThreadJoin(%p): no other thread that was not joined yet", (void *)Thread);
    }
    SimPoint(SIM_POINT_JOIN, Thread);
    if (SimpOneCpu()) {
        SimpSchedJoin(Self, Thread);
    }
    pthread_join(Thread->Pthread, NULL);
    ForgetThread(Thread);
    (void)SimpEnter(__func__);
}

HANDLE PsGetCurrentThreadId(VOID)
{
    return (HANDLE)SimpEnter(__func__)->Id;
}

VOID IoGetStackLimits(ULONG_PTR *LowLimit, ULONG_PTR *HighLimit)
{
    const SIM_THREAD *Self = SimpEnter(__func__);

    *LowLimit = Self->StackLow;
    *HighLimit = Self->StackHigh;
}

void SimpThreadStart(void)
{
    ULONG Slot;

    Made = 0;
    for (Slot = 0; Slot < SIMP_THREADS; Slot++) {
        Used[Slot] = FALSE;
    }
    Become(NewThread("main"));
}

void SimpThreadStop(void)
{
    SIM_THREAD *Self = SimpThread;
    ULONG Slot;

    if (Self->Id != FIRST_ID) {
        SimpFatal("SimStop by thread '%s', not by the one that called SimStart", Self->Name);
    }
    for (Slot = 0; Slot < SIMP_THREADS; Slot++) {
        if (Used[Slot] && &Table[Slot] != Self) {
            SimpFatal("SimStop: thread '%s' was not joined", Table[Slot].Name);
        }
    }
    SimpThreadEnd(Self);
    ForgetThread(Self);
    SimpThread = NULL;
}
