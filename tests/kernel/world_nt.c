/*
 * world_nt.c - the kernel suite as a driver: everything runs from DriverEntry, no client needed.
 *
 * Load memcheck_test.sys with the service control manager and read the debug output; the last line
 * is "N passed, N failed, N skipped". The driver stays loaded and can be unloaded. Built with
 * KT_FAIL_ENTRY it is instead the driver whose DriverEntry fails after MEM_CHECK_INIT, which gets
 * no DriverUnload: it must leave nothing behind.
 */
#include "kernel_test.h"

VOID KtPrint(const char *Format, ...)
{
    char Line[400];
    va_list Arguments;

    /* MemCheck's own printing, because it is visible on every Windows; both work at any time. */
    va_start(Arguments, Format);
    McOsFormat(Line, sizeof(Line), Format, Arguments);
    va_end(Arguments);
    McOsPrint(Line);
}

#ifdef KT_FAIL_ENTRY

VOID McTestReport(const MC_FINDING *Finding)
{
    (void)Finding;
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT Driver, PUNICODE_STRING Path)
{
    PVOID Kept, Freed;

    (void)Driver;
    (void)Path;
    MEM_CHECK_INIT();
    Kept = MEM_ALLOCATE_WITH_TAG(NonPagedPool, 100, KT_TAG);
    Freed = MEM_ALLOCATE_WITH_TAG(PagedPool, 100, KT_TAG);
    if (Freed != NULL) {
        MEMCHECK_FREE_WITH_TAG(Freed, KT_TAG);
    }
    KtPrint("memcheck_test: DriverEntry fails now, as built to");
    (void)Kept; /* forgotten, as drivers do: MEM_CHECK_EXIT reports and frees it */
    MEM_CHECK_EXIT();
    return STATUS_UNSUCCESSFUL;
}

#else

static BOOLEAN KtpStuck; /* a thread did not end: its code must stay */

/* ---- what there is ---- */

static ULONG KtpLacks;

ULONG KtWorldLacks(VOID)
{
    return KtpLacks;
}

typedef USHORT(NTAPI *KTP_CAPTURE)(ULONG Skip, ULONG Most, PVOID *Frames, PULONG Hash);

/* Does the system find who called whom? The routine alone is no proof that it does. */
static BOOLEAN KtpStacksAreWalked(VOID)
{
    UNICODE_STRING Name;
    KTP_CAPTURE Capture;
    PVOID Frames[4];
    ULONG Hash;

    RtlInitUnicodeString(&Name, L"RtlCaptureStackBackTrace");
    Capture = (KTP_CAPTURE)(ULONG_PTR)MmGetSystemRoutineAddress(&Name);
    return Capture != NULL && Capture(0, 4, Frames, &Hash) >= 2;
}

/* Wine's pool is a heap: it page-aligns nothing, so neither can MemCheck. */
static BOOLEAN KtpPoolKeepsPages(VOID)
{
    BOOLEAN Keeps = TRUE;
    PVOID P[8];
    ULONG Index;

    for (Index = 0; Index < 8; Index++) {
        P[Index] = ExAllocatePoolWithTag(NonPagedPool, KT_PAGE + 100 * Index, KT_TAG);
        if ((ULONG_PTR)P[Index] % KT_PAGE != 0) {
            Keeps = FALSE;
        }
    }
    for (Index = 0; Index < 8; Index++) {
        if (P[Index] != NULL) {
            ExFreePoolWithTag(P[Index], KT_TAG);
        }
    }
    return Keeps;
}

static VOID KtpProbe(VOID)
{
    KIRQL Old = KtRaise(DISPATCH_LEVEL);
    KIRQL Raised = KeGetCurrentIrql();

    KtLower(Old);
    KtpLacks = KT_SIM;
    if (Raised != DISPATCH_LEVEL) {
        KtpLacks |= KT_IRQL;
    }
    if (!KtpPoolKeepsPages()) {
        KtpLacks |= KT_POOL;
    }
    if (McOsSystemStart() <= 0x20000) {
        KtpLacks |= KT_SYSTEM;
    }
    if (!KtpStacksAreWalked()) {
        KtpLacks |= KT_STACKS;
    }
}

VOID KtWorldBegin(const KT_TEST *Test)
{
    (void)Test;
}

VOID KtWorldEnd(const KT_TEST *Test)
{
    (void)Test;
}

/* ---- IRQL, time, DPCs ---- */

KIRQL KtRaise(KIRQL Irql)
{
    KIRQL Old;

    KeRaiseIrql(Irql, &Old);
    return Old;
}

VOID KtLower(KIRQL Irql)
{
    KeLowerIrql(Irql);
}

VOID KtSleep(ULONG Milliseconds)
{
    LARGE_INTEGER Interval;

    Interval.QuadPart = -(LONGLONG)Milliseconds * 10000;
    KeDelayExecutionThread(KernelMode, FALSE, &Interval);
}

typedef struct _KT_DPC {
    volatile LONG Busy;
    VOID (*Routine)(PVOID Context);
    PVOID Context;
    volatile LONG *Done;
    KDPC Dpc;
} KT_DPC;

static KT_DPC KtpDpcs[KT_DPCS];

static VOID NTAPI KtpDpc(PKDPC Object, PVOID Context, PVOID One, PVOID Two)
{
    KT_DPC *Dpc = Context;
    volatile LONG *Done = Dpc->Done;

    (void)Object;
    (void)One;
    (void)Two;
    Dpc->Routine(Dpc->Context);
    __sync_synchronize();
    Dpc->Busy = 0;
    KtAdd(Done, 1);
}

BOOLEAN KtQueueDpc(VOID (*Routine)(PVOID Context), PVOID Context, volatile LONG *Done)
{
    ULONG Index;

    for (Index = 0; Index < KT_DPCS; Index++) {
        KT_DPC *Dpc = &KtpDpcs[Index];

        if (KtSwap(&Dpc->Busy, 1, 0) == 0) {
            Dpc->Routine = Routine;
            Dpc->Context = Context;
            Dpc->Done = Done;
            KeInitializeDpc(&Dpc->Dpc, KtpDpc, Dpc);
            KeSetTargetProcessorDpc(&Dpc->Dpc, (CCHAR)McOsProcessor());
            if (KeInsertQueueDpc(&Dpc->Dpc, NULL, NULL)) {
                return TRUE;
            }
            Dpc->Busy = 0;
            return FALSE;
        }
    }
    return FALSE;
}

/* ---- threads ---- */

static VOID NTAPI KtpThread(PVOID Context)
{
    KT_THREAD *Thread = Context;

    Thread->Routine(Thread->Context);
    PsTerminateSystemThread(STATUS_SUCCESS);
}

BOOLEAN KtThreadStart(KT_THREAD *Thread, VOID (*Routine)(PVOID Context), PVOID Context)
{
    HANDLE Handle;
    NTSTATUS Status;

    Thread->Routine = Routine;
    Thread->Context = Context;
    Thread->Object = NULL;
    Status = PsCreateSystemThread(&Handle, THREAD_ALL_ACCESS, NULL, NULL, NULL, KtpThread, Thread);
    if (Status < 0) {
        return FALSE;
    }
    Status = ObReferenceObjectByHandle(Handle, THREAD_ALL_ACCESS, NULL, KernelMode, &Thread->Object,
                                       NULL);
    ZwClose(Handle);
    if (Status < 0) {
        Thread->Object = NULL;
        KtpStuck = TRUE; /* it runs, and nobody can wait for it */
        return FALSE;
    }
    return TRUE;
}

BOOLEAN KtThreadJoin(KT_THREAD *Thread)
{
    LARGE_INTEGER Limit;
    NTSTATUS Status;

    if (Thread->Object == NULL) {
        return TRUE;
    }
    Limit.QuadPart = -(LONGLONG)30 * 1000 * 10000;
    Status = KeWaitForSingleObject(Thread->Object, Executive, KernelMode, FALSE, &Limit);
    ObDereferenceObject(Thread->Object);
    Thread->Object = NULL;
    if (Status != STATUS_SUCCESS) {
        KtpStuck = TRUE;
        KtFail(__FILE__, __LINE__, "a thread did not end within 30 seconds");
        return FALSE;
    }
    return TRUE;
}

/* ---- the driver ---- */

static VOID KtpRun(KT_COUNTS *Counts)
{
    const KT_TEST *const *Theme;
    const KT_TEST *Test;

    for (Theme = KtThemes; *Theme != NULL; Theme++) {
        for (Test = *Theme; Test->Name != NULL; Test++) {
            const char *Why = KtWhySkipped(Test);

            if (KtpStuck) {
                Why = "a thread of an earlier test did not end";
            }
            if (Why != NULL) {
                KtPrint("SKIP %s: %s", Test->Name, Why);
                Counts->Skipped++;
                continue;
            }
            if (KtRunOne(Test)) {
                KtPrint("PASS %s", Test->Name);
                Counts->Passed++;
            } else {
                KtPrint("FAIL %s", Test->Name);
                Counts->Failed++;
            }
        }
    }
}

static VOID NTAPI KtpUnload(PDRIVER_OBJECT Driver)
{
    (void)Driver;
    KtPrint("memcheck_test: unloaded");
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT Driver, PUNICODE_STRING Path)
{
    KT_COUNTS Counts = {0, 0, 0};

    (void)Path;
    if (!McOsStart()) { /* the probe asks the platform; MEM_CHECK_INIT may start it again */
        KtPrint("memcheck_test: the platform does not start");
        return STATUS_UNSUCCESSFUL;
    }
    KtpProbe();
    /* One processor, so that a quarantine that each processor has for itself can be flushed. */
    KeSetSystemAffinityThread(1);
    KtpRun(&Counts);
    KeRevertToUserAffinityThread();
    if (!KtpStuck) {
        Driver->DriverUnload = KtpUnload;
    }
    KtPrintCounts(&Counts);
    return STATUS_SUCCESS;
}

#endif
