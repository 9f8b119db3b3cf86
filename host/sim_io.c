/*
 * sim_io.c - IRPs, as far as memory that changes hands with them needs them.
 *
 * An IRP is a foreign block of nonpaged pool; what is known of it is kept here, apart from it.
 */
#define _GNU_SOURCE
#include <string.h>
#include "simp.h"

#define IRPS    64
#define TAG_IRP 0x20707249u /* 'Irp ' */
#define GONE    0xC7        /* what a driver reads in an IRP that is not its own any more */

typedef enum _IRP_STATE {
    IRP_NONE,
    IRP_LIVE,
    IRP_WAITING, /* completed; its sender has not run yet */
    IRP_DONE     /* the memory is given back; the address may be another IRP's */
} IRP_STATE;

typedef struct _IRP_ENTRY {
    PIRP Irp;
    IRP_STATE State;
    IO_STATUS_BLOCK Status;
    BOOLEAN FreesInformation;
    ULONG Slot; /* of the thread that completed it */
} IRP_ENTRY;

static pthread_mutex_t IrpLock = PTHREAD_MUTEX_INITIALIZER;
static IRP_ENTRY Irps[IRPS];
static atomic_uint Waiting;

/* No IRP waits here: whoever resets the pool is at PASSIVE_LEVEL, all others are at rest. */
void SimpIoStart(void)
{
    memset(Irps, 0, sizeof Irps);
    Waiting = 0;
}

/* What is known of the IRP that is, or was last, at this address. Locked. */
static IRP_ENTRY *Find(const IRP *Irp)
{
    ULONG I;

    for (I = 0; I < IRPS; I++) {
        if (Irps[I].State != IRP_NONE && Irps[I].Irp == Irp) {
            return &Irps[I];
        }
    }
    return NULL;
}

/* Where a new IRP at this address is noted: in the entry of the old one there, so that an address
 * has one; else in one never used, else in any that is done. Locked. */
static IRP_ENTRY *Room(const IRP *Irp)
{
    IRP_ENTRY *Best = Find(Irp);
    ULONG I;

    for (I = 0; I < IRPS && Best == NULL; I++) {
        Best = Irps[I].State == IRP_NONE ? &Irps[I] : NULL;
    }
    for (I = 0; I < IRPS && Best == NULL; I++) {
        Best = Irps[I].State == IRP_DONE ? &Irps[I] : NULL;
    }
    return Best;
}

PIRP SimIrpCreate(CCHAR StackCount)
{
    IRP_ENTRY *Entry;
    PIRP Irp;

    (void)SimpSelf(__func__);
    if (StackCount < 1 || StackCount > 100) {
        SimpFatal("SimIrpCreate(%d): 1 to 100 locations", StackCount);
    }
    Irp = SimForeignAllocateTag(NonPagedPool, sizeof *Irp, TAG_IRP);
    if (Irp == NULL) {
        SimpFatal("SimIrpCreate: the pool is full");
    }
    memset(Irp, 0, sizeof *Irp);
    Irp->StackCount = StackCount;
    Irp->CurrentLocation = (CHAR)(StackCount + 1);
    pthread_mutex_lock(&IrpLock);
    Entry = Room(Irp);
    if (Entry != NULL) {
        memset(Entry, 0, sizeof *Entry);
        Entry->Irp = Irp;
        Entry->State = IRP_LIVE;
    }
    pthread_mutex_unlock(&IrpLock);
    if (Entry == NULL) {
        SimpFatal("SimIrpCreate: %u IRPs are under way already", IRPS);
    }
    return Irp;
}

void SimIrpFreesInformation(PIRP Irp)
{
    IRP_ENTRY *Entry;
    BOOLEAN Live;

    (void)SimpSelf(__func__);
    pthread_mutex_lock(&IrpLock);
    Entry = Find(Irp);
    Live = Entry != NULL && Entry->State == IRP_LIVE;
    if (Live) {
        Entry->FreesInformation = TRUE;
    }
    pthread_mutex_unlock(&IrpLock);
    if (!Live) {
        SimpFatal("SimIrpFreesInformation(%p): no such IRP", (void *)Irp);
    }
}

BOOLEAN SimIrpCompleted(PIRP Irp, PIO_STATUS_BLOCK Status)
{
    IRP_ENTRY Copy;
    const IRP_ENTRY *Entry;

    (void)SimpSelf(__func__);
    memset(&Copy, 0, sizeof Copy);
    pthread_mutex_lock(&IrpLock);
    Entry = Find(Irp);
    if (Entry != NULL) {
        Copy = *Entry;
    }
    pthread_mutex_unlock(&IrpLock);
    if (Entry == NULL) {
        SimpFatal("SimIrpCompleted(%p): there never was an IRP", (void *)Irp);
    }
    if (Status != NULL) {
        *Status = Copy.Status;
    }
    return Copy.State != IRP_LIVE;
}

/* May a driver that holds this pointer use it now? */
static BOOLEAN MayUse(const SIM_THREAD *Self, PIRP Irp)
{
    const IRP_ENTRY *Entry;
    BOOLEAN Live;

    if (!SimpIrqlAtMost(Self, Self->Doing, DISPATCH_LEVEL) ||
        !SimpNotUnderLock(Self, Self->Doing)) {
        return FALSE;
    }
    pthread_mutex_lock(&IrpLock);
    Entry = Find(Irp);
    Live = Entry != NULL && Entry->State == IRP_LIVE;
    pthread_mutex_unlock(&IrpLock);
    if (!Live) {
        SimpMisuse(SIM_MISUSE_IRP, "%s(%p): %s", Self->Doing, (void *)Irp,
                   Entry == NULL ? "no IRP" : "the IRP is completed already");
    }
    return Live;
}

/* The sender's part: free what it was to free, then the IRP. */
static void Finish(SIM_THREAD *Self, const IRP_ENTRY *Entry)
{
    const char *Doing = Self->Doing;

    Self->Doing = "IofCompleteRequest";
    if (Entry->FreesInformation && Entry->Status.Information != 0) {
        (void)SimpPoolFree(Self, SIM_FREE_INFORMATION, (PVOID)Entry->Status.Information, 0);
    }
    (void)SimpPoolFree(Self, SIM_FREE_FOREIGN, Entry->Irp, 0);
    Self->Doing = Doing;
}

/* One that waits for this thread. It is done before its memory goes, which is another's at once. */
static BOOLEAN TakeOne(const SIM_THREAD *Self, IRP_ENTRY *Taken)
{
    BOOLEAN Found = FALSE;
    ULONG I;

    pthread_mutex_lock(&IrpLock);
    for (I = 0; I < IRPS && !Found; I++) {
        if (Irps[I].State == IRP_WAITING && Irps[I].Slot == Self->Slot) {
            Found = TRUE;
            *Taken = Irps[I];
            Irps[I].State = IRP_DONE;
            Waiting--;
            SimpCallPoints--;
        }
    }
    pthread_mutex_unlock(&IrpLock);
    return Found;
}

void SimpIoRun(SIM_THREAD *Self)
{
    IRP_ENTRY Entry;

    while (Waiting != 0 && TakeOne(Self, &Entry)) {
        Finish(Self, &Entry);
    }
}

VOID IofCompleteRequest(PIRP Irp, CCHAR PriorityBoost)
{
    SIM_THREAD *Self = SimpEnter(__func__);
    IRP_ENTRY *Entry;
    BOOLEAN First;

    (void)PriorityBoost;
    if (!MayUse(Self, Irp)) {
        return;
    }
    if (Irp->IoStatus.Status == STATUS_PENDING || Irp->CurrentLocation > Irp->StackCount + 1) {
        SimpMisuse(SIM_MISUSE_IRP, "IofCompleteRequest(%p): %s", (void *)Irp,
                   Irp->IoStatus.Status == STATUS_PENDING ? "its status is STATUS_PENDING"
                                                          : "more locations skipped than passed");
        return;
    }
    pthread_mutex_lock(&IrpLock);
    Entry = Find(Irp);
    First = Entry != NULL && Entry->State == IRP_LIVE;
    if (First) {
        Entry->State = IRP_WAITING;
        Entry->Status = Irp->IoStatus;
        Entry->Slot = Self->Slot;
        Waiting++;
        SimpCallPoints++;
        memset(Irp, GONE, sizeof *Irp);
    }
    pthread_mutex_unlock(&IrpLock);
    if (!First) {
        SimpMisuse(SIM_MISUSE_IRP, "IofCompleteRequest(%p): another thread completed it",
                   (void *)Irp);
    } else if (Self->Irql < DISPATCH_LEVEL) {
        SimpIoRun(Self);
    }
}

NTSTATUS IofCallDriver(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    SIM_THREAD *Self = SimpEnter(__func__);

    if (!MayUse(Self, Irp)) {
        return STATUS_INVALID_PARAMETER;
    }
    if (Irp->CurrentLocation <= 1) {
        SimpMisuse(SIM_MISUSE_IRP, "IofCallDriver(%p): no location is left", (void *)Irp);
        return STATUS_INVALID_PARAMETER;
    }
    if (DeviceObject == NULL || DeviceObject->Dispatch == NULL) {
        SimpFatal("IofCallDriver: device %p has no dispatch routine", (void *)DeviceObject);
    }
    Irp->CurrentLocation--;
    return DeviceObject->Dispatch(DeviceObject, Irp);
}
