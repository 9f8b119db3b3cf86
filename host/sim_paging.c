/*
 * sim_paging.c - paged memory is inaccessible while a thread is raised; page faults are judged.
 *
 * Off = paged memory is inaccessible now. It ought to be when (Raised > 0 && Live > 0): with no
 * live paged block there is nothing to protect, and raising stays cheap. Whoever changes Raised or
 * Live so that Off may be wrong calls Settle, which compares and calls mprotect until both agree.
 * The order "store, then look at the other" on both sides (all atomics are sequentially consistent)
 * makes sure that one of two racing threads sees the other.
 *
 * A fault at low IRQL waits until paging is on again. So that it gets on although others keep
 * raising, a thread about to raise lets waiting faults go first; also where another is raised, for
 * two who take turns would never both be low.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <ucontext.h>
#include "simp.h"

#define WAIT_NS        20000  /* between two looks of a waiting fault */
#define GIVE_WAY_MAX   100    /* looks that a thread about to raise waits for waiting faults */
#define SAME_FAULT_MAX 100000 /* a fault that comes back so often is no page-in */

static pthread_mutex_t PagingLock = PTHREAD_MUTEX_INITIALIZER;
static atomic_int Raised; /* threads at DISPATCH_LEVEL or above */
static atomic_int Live;   /* live paged blocks */
static atomic_bool Off;
static atomic_bool Armed;
static atomic_uint RaiseCount;
static atomic_int Waiting; /* faults that wait */
static atomic_ullong Waits;
static struct sigaction OldSegv;

static void TakeFaults(void);

static void Protect(SIMP_ARENA *Arena, ULONG Page, ULONG Count, int Access)
{
    if (mprotect(Arena->Base + ((SIZE_T)Page << PAGE_SHIFT), (SIZE_T)Count << PAGE_SHIFT, Access) !=
        0) {
        SimpFatal("mprotect of %u pages of the pool: %s (%s)", Count, strerror(errno),
                  "a process has about 65,000 mappings; guard pages take two a block");
    }
}

static void PagedOff(SIMP_ARENA *Arena)
{
    TakeFaults();
    Protect(Arena, 0, Arena->NextPage, PROT_NONE);
}

static void PagedOn(SIMP_ARENA *Arena)
{
    ULONG End = Arena->NextPage;
    ULONG First, Page = 0;

    if (Arena->Holes == 0) {
        Protect(Arena, 0, End, PROT_READ | PROT_WRITE);
        return;
    }
    while (Page < End) {
        First = Page;
        while (Page < End && Arena->Page[Page].Ok) {
            Page++;
        }
        if (Page > First) {
            Protect(Arena, First, Page - First, PROT_READ | PROT_WRITE);
        } else {
            Page++;
        }
    }
}

/* Does this raise count? One in PagingEvery does; counted at the first of several raised threads.
 */
static void Arm(void)
{
    ULONG Every = SimpOptions.PagingEvery;

    Armed = Every != SIM_PAGING_NEVER && ++RaiseCount % Every == 0;
}

/* Make Off what it ought to be. PagingLock held. */
static void Settle(void)
{
    SIMP_ARENA *Arena = &SimpArenas[1];
    BOOLEAN Want;

    while ((Want = Raised > 0 && Live > 0 && Armed) != Off) {
        if (Want) {
            Off = TRUE;
            PagedOff(Arena);
        } else {
            PagedOn(Arena);
            Off = FALSE;
        }
    }
}

static void LockedSettle(void)
{
    pthread_mutex_lock(&PagingLock);
    Settle();
    pthread_mutex_unlock(&PagingLock);
}

static void Nap(void)
{
    struct timespec Time = {0, WAIT_NS};

    nanosleep(&Time, NULL);
}

void SimpPagingRaise(void)
{
    int Looks;

    for (Looks = 0; Waiting > 0 && Looks < GIVE_WAY_MAX; Looks++) {
        Nap();
    }
    if (Raised++ == 0) {
        Arm();
    }
    if (Live > 0 && (Armed || Off)) {
        LockedSettle();
    }
}

void SimpPagingLower(void)
{
    if (--Raised == 0 && Off) {
        LockedSettle();
    }
}

void SimpPagingLive(int Change)
{
    Live += Change;
    if (Raised > 0 && Change > 0) {
        LockedSettle(); /* on the last free memory stays off until the IRQL falls */
    }
}

void SimpPagingForget(void)
{
    Live = 0;
    LockedSettle();
}

BOOLEAN SimpPagingOff(void)
{
    return Off;
}

void SimpPagingApply(SIMP_ARENA *Arena, ULONG Page, ULONG Count, UCHAR Ok)
{
    ULONG End = Page + Count;
    ULONG I;

    pthread_mutex_lock(&PagingLock);
    for (I = Page; I < End; I++) {
        Arena->Page[I].Ok = Ok;
    }
    Arena->Holes = Ok ? Arena->Holes - Count : Arena->Holes + Count;
    if (!Ok) {
        TakeFaults();
    }
    Protect(Arena, Page, Count, Ok ? PROT_READ | PROT_WRITE : PROT_NONE);
    if (Arena->Paged && Off && Ok) {
        /* Open for a moment even so: Valgrind takes memory for the program's from then on. Nobody
         * has the block yet. */
        Protect(Arena, Page, Count, PROT_NONE);
    }
    pthread_mutex_unlock(&PagingLock);
}

void SimpPagingGrow(SIMP_ARENA *Arena, ULONG Count)
{
    pthread_mutex_lock(&PagingLock);
    Arena->NextPage += Count;
    Arena->Holes += Count; /* until SimpPagingApply opens them */
    pthread_mutex_unlock(&PagingLock);
}

void SimPagingEvery(ULONG Raises)
{
    SimpOptions.PagingEvery = Raises == 0 ? 1 : Raises;
}

ULONGLONG SimPageWaits(void)
{
    return Waits;
}

/* ------------------------------------------------------------------------- the fault handler */

static ULONG_PTR InstructionOf(const void *Context)
{
    const ucontext_t *U = Context;

#if defined(__x86_64__)
    return (ULONG_PTR)U->uc_mcontext.gregs[REG_RIP];
#elif defined(__i386__)
    return (ULONG_PTR)U->uc_mcontext.gregs[REG_EIP];
#elif defined(__aarch64__)
    return (ULONG_PTR)U->uc_mcontext.pc;
#else
    (void)U;
    return 0;
#endif
}

static void WaitForPageIn(void)
{
    Waits++;
    Waiting++;
    while (Off) {
        Nap();
    }
    Waiting--;
}

/* A fault in the paged arena at low IRQL, on a page in use: let time pass, and try again. */
static BOOLEAN PageIn(const SIMP_ARENA *Arena, const void *Address)
{
    static __thread const void *Last;
    static __thread ULONG Count;

    if (!Arena->Paged || !Arena->Page[SimpPageOf(Arena, Address)].Ok) {
        return FALSE;
    }
    Count = Address == Last ? Count + 1 : 0;
    Last = Address;
    if (Count > SAME_FAULT_MAX) {
        return FALSE;
    }
    WaitForPageIn();
    return TRUE;
}

static void OnFault(int Signal, siginfo_t *Info, void *Context)
{
    const SIM_THREAD *Self = SimpThread;
    const SIMP_ARENA *Arena = SimpArenaOf(Info->si_addr);
    KIRQL Irql = Self == NULL ? PASSIVE_LEVEL : Self->Irql;
    const char *What;

    (void)Signal;
    if (Arena == NULL) {
        What = "no pool";
    } else if (InstructionOf(Context) == (ULONG_PTR)Info->si_addr) {
        What = "pool memory executed";
    } else if (Arena->Paged && Irql >= DISPATCH_LEVEL) {
        What = "PAGED MEMORY AT RAISED IRQL";
    } else if (PageIn(Arena, Info->si_addr)) {
        return;
    } else {
        What = Arena->Paged ? "paged pool that is a guard page, freed or never used"
                            : "nonpaged pool that is a guard page, freed or never used";
    }
    SimpFatal("FAULT at address %p by the instruction at %p, IRQL %u: %s", Info->si_addr,
              (void *)InstructionOf(Context), Irql, What);
}

/*
 * Test frameworks take the signals too, cmocka anew for each setup, test and teardown: a SimStart
 * in a setup routine would lose them. So they are taken again whenever memory becomes inaccessible.
 */
static void TakeFaults(void)
{
    struct sigaction Action;

    memset(&Action, 0, sizeof Action);
    Action.sa_sigaction = OnFault;
    /* NODEFER: a fault inside the handler's own message must not hang. */
    Action.sa_flags = SA_SIGINFO | SA_NODEFER;
    sigaction(SIGSEGV, &Action, NULL);
}

void SimpPagingStart(void)
{
    Raised = 0;
    Live = 0;
    Off = FALSE;
    Armed = FALSE;
    RaiseCount = 0;
    Waiting = 0;
    Waits = 0;
    sigaction(SIGSEGV, NULL, &OldSegv);
    TakeFaults();
}

void SimpPagingStop(void)
{
    sigaction(SIGSEGV, &OldSegv, NULL);
}
