/*
 * test_sim_io.c - IRPs of the simulated kernel, and what the system frees when they are completed.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "sim.h"
#include "sim_fixture.h"

static PVOID Take(ULONG Type)
{
    PVOID P = ExAllocatePoolWithTag((POOL_TYPE)Type, 64, TAG);

    assert_non_null(P);
    return P;
}

/* What a driver does at the end of a request. */
static void Answer(PIRP Irp, NTSTATUS Status, PVOID Information)
{
    Irp->IoStatus.Status = Status;
    Irp->IoStatus.Information = (ULONG_PTR)Information;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
}

static void CompletionTellsTheSender(void **State)
{
    PIRP Irp = SimIrpCreate(1);
    IO_STATUS_BLOCK Result;
    SIM_BLOCK Block;
    PVOID P = Take(NonPagedPool);

    (void)State;
    assert_true(SimPoolFind(Irp, &Block) && Block.Owner == SIM_FOREIGN && Block.Type == 0);
    assert_int_equal(Irp->IoStatus.Status, 0);
    assert_int_equal(Irp->IoStatus.Information, 0);
    assert_int_equal(Irp->CurrentLocation, 2);
    assert_false(SimIrpCompleted(Irp, NULL));
    Answer(Irp, STATUS_INSUFFICIENT_RESOURCES, P);
    assert_true(SimIrpCompleted(Irp, &Result));
    assert_int_equal(Result.Status, STATUS_INSUFFICIENT_RESOURCES);
    assert_int_equal(Result.Information, (ULONG_PTR)P);
    assert_false(SimPoolFind(Irp, NULL));
    assert_true(SimPoolFind(P, NULL));                      /* not ordered: nobody frees it */
    assert_true(Irp->IoStatus.Information != (ULONG_PTR)P); /* who looks too late sees garbage */
    ExFreePool(P);
}

static void TheSystemFreesInformation(void **State)
{
    static const ULONG Types[] = {NonPagedPool, PagedPool};
    SIM_REQUEST Last;
    PIRP Irp;
    PVOID P;
    unsigned I;

    (void)State;
    for (I = 0; I < 2; I++) {
        Irp = SimIrpCreate(1);
        SimIrpFreesInformation(Irp);
        P = Take(Types[I]);
        Answer(Irp, STATUS_SUCCESS, P);
        assert_false(SimPoolFind(P, NULL));
        assert_true(SimPoolLast(SIM_FREE_INFORMATION, &Last));
        assert_true(Last.Result == P && Last.Type == Types[I] && !Last.Misuse);
    }
    Irp = SimIrpCreate(1);
    SimIrpFreesInformation(Irp);
    Answer(Irp, STATUS_SUCCESS, NULL);
    assert_int_equal(SimPoolCalls(SIM_FREE_INFORMATION), 2);
    Irp = SimIrpCreate(1);
    SimIrpFreesInformation(Irp);
    Answer(Irp, STATUS_SUCCESS, SimForeignAllocate(PagedPool, 20)); /* a lower driver's answer */
}

/* The sender runs below DISPATCH_LEVEL: paged memory may be handed over at DISPATCH_LEVEL. */
static void AtDispatchTheSenderWaits(void **State)
{
    PIRP Irp = SimIrpCreate(1), Other = SimIrpCreate(1);
    PVOID P = Take(PagedPool);
    KIRQL Irql;

    (void)State;
    SimIrpFreesInformation(Irp);
    KeRaiseIrql(DISPATCH_LEVEL, &Irql);
    Answer(Irp, STATUS_SUCCESS, P);
    Answer(Other, STATUS_SUCCESS, NULL);
    assert_true(SimIrpCompleted(Irp, NULL));
    assert_true(SimPoolFind(P, NULL) && SimPoolFind(Irp, NULL) && SimPoolFind(Other, NULL));
    KeLowerIrql(Irql);
    assert_false(SimPoolFind(P, NULL) || SimPoolFind(Irp, NULL) || SimPoolFind(Other, NULL));
}

static volatile int Looked, Raised;

/* Call points of another thread, while this one is raised. */
static void LookAround(PVOID Context)
{
    unsigned I;

    (void)Context;
    while (!__atomic_load_n(&Raised, __ATOMIC_SEQ_CST)) {
        SimCheckpoint();
    }
    for (I = 0; I < 100; I++) {
        SimCheckpoint();
    }
    __atomic_store_n(&Looked, 1, __ATOMIC_SEQ_CST);
}

static void NobodyElseActsForTheSender(void **State)
{
    PIRP Irp = SimIrpCreate(1);
    PVOID P = Take(NonPagedPool);
    SIM_THREAD *Other;
    KIRQL Irql;

    (void)State;
    Looked = Raised = 0;
    SimIrpFreesInformation(Irp);
    Other = SimThreadCreate("other", LookAround, NULL);
    KeRaiseIrql(DISPATCH_LEVEL, &Irql);
    Answer(Irp, STATUS_SUCCESS, P);
    __atomic_store_n(&Raised, 1, __ATOMIC_SEQ_CST);
    while (!__atomic_load_n(&Looked, __ATOMIC_SEQ_CST)) {
    }
    assert_true(SimPoolFind(P, NULL));
    KeLowerIrql(Irql);
    assert_false(SimPoolFind(P, NULL));
    SimThreadJoin(Other);
}

static void CompleteInDpc(PVOID Irp)
{
    Answer(Irp, STATUS_SUCCESS, (PVOID)((PIRP)Irp)->IoStatus.Information);
}

static void CompletionInADpc(void **State)
{
    PIRP Irp = SimIrpCreate(1);
    PVOID P = Take(PagedPool);

    (void)State;
    SimIrpFreesInformation(Irp);
    Irp->IoStatus.Information = (ULONG_PTR)P;
    SimQueueDpc(CompleteInDpc, Irp);
    SimCheckpoint();
    assert_false(SimPoolFind(P, NULL));
    assert_true(SimIrpCompleted(Irp, NULL));
}

/* A bad address in Information is what it is in ExFreePool; the IRP itself is completed. */
static void BadInformation(void **State)
{
    char *P = Take(NonPagedPool);
    char *Protected = ExAllocatePoolWithTag(NonPagedPool, 64, TAG | PROTECTED_POOL);
    struct {
        SIM_MISUSE Kind;
        PVOID Address;
    } Rows[] = {{SIM_MISUSE_FREE_INTERIOR, P + 16},
                {SIM_MISUSE_FREE_UNKNOWN, &P},
                {SIM_MISUSE_PROTECTED_TAG, Protected}};
    PIRP Irp;
    unsigned R;

    (void)State;
    for (R = 0; R < sizeof Rows / sizeof Rows[0]; R++) {
        Irp = SimIrpCreate(1);
        SimIrpFreesInformation(Irp);
        SimExpectMisuse(Rows[R].Kind);
        Answer(Irp, STATUS_SUCCESS, Rows[R].Address);
        assert_true(SimMisuseSeen() && strstr(SimMisuseText(), "IofCompleteRequest(") != NULL);
        assert_true(SimIrpCompleted(Irp, NULL));
    }
    ExFreePool(P);
    ExFreePoolWithTag(Protected, TAG);
}

static void AnIrpIsCompletedOnce(void **State)
{
    PIRP Irp = SimIrpCreate(1);
    DEVICE_OBJECT Device = {NULL, 1, NULL};
    IRP NotOne = {{0, 0}, 1, 2};

    (void)State;
    SimExpectMisuse(SIM_MISUSE_IRP);
    Answer(Irp, STATUS_PENDING, NULL);
    assert_true(SimMisuseSeen() && !SimIrpCompleted(Irp, NULL));
    Answer(Irp, STATUS_SUCCESS, NULL);
    SimExpectMisuse(SIM_MISUSE_IRP);
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    assert_true(SimMisuseSeen() && strstr(SimMisuseText(), "is completed already") != NULL);
    SimExpectMisuse(SIM_MISUSE_IRP);
    assert_int_equal(IoCallDriver(&Device, Irp), STATUS_INVALID_PARAMETER);
    assert_true(SimMisuseSeen() && strstr(SimMisuseText(), "is completed already") != NULL);
    SimExpectMisuse(SIM_MISUSE_IRP);
    IoCompleteRequest(&NotOne, IO_NO_INCREMENT);
    assert_true(SimMisuseSeen() && strstr(SimMisuseText(), "no IRP") != NULL);
}

/* ---- devices ---- */

static NTSTATUS Bottom(PDEVICE_OBJECT Device, PIRP Irp)
{
    ++*(unsigned *)Device->DeviceExtension;
    assert_int_equal(Irp->CurrentLocation, 1);
    Answer(Irp, STATUS_SUCCESS, NULL);
    return STATUS_SUCCESS;
}

typedef struct _TOP {
    PDEVICE_OBJECT Lower;
    BOOLEAN Skips;
} TOP;

static NTSTATUS Top(PDEVICE_OBJECT Device, PIRP Irp)
{
    const TOP *Self = Device->DeviceExtension;

    if (Self->Skips) {
        IoSkipCurrentIrpStackLocation(Irp);
    }
    return IoCallDriver(Self->Lower, Irp);
}

static void DriversPassIrpsOn(void **State)
{
    unsigned Calls = 0;
    DEVICE_OBJECT Lower = {&Calls, 1, Bottom};
    TOP Self = {&Lower, FALSE};
    DEVICE_OBJECT Upper = {&Self, 2, Top};
    PIRP Irp = SimIrpCreate(2);
    KIRQL Irql;

    (void)State;
    assert_int_equal(IoCallDriver(&Upper, Irp), STATUS_SUCCESS);
    assert_true(SimIrpCompleted(Irp, NULL));
    Irp = SimIrpCreate(1);
    Self.Skips = TRUE;
    KeRaiseIrql(DISPATCH_LEVEL, &Irql);
    assert_int_equal(IoCallDriver(&Upper, Irp), STATUS_SUCCESS);
    KeLowerIrql(Irql);
    assert_int_equal(Calls, 2);
    Irp = SimIrpCreate(1);
    Self.Skips = FALSE;
    SimExpectMisuse(SIM_MISUSE_IRP);
    assert_int_equal(IoCallDriver(&Upper, Irp), STATUS_INVALID_PARAMETER);
    assert_true(SimMisuseSeen());
    assert_int_equal(Calls, 2);
    IoSkipCurrentIrpStackLocation(Irp);
    IoSkipCurrentIrpStackLocation(Irp);
    SimExpectMisuse(SIM_MISUSE_IRP);
    IoCompleteRequest(Irp, IO_NO_INCREMENT); /* skipped more often than passed on */
    assert_true(SimMisuseSeen());
    Irp->CurrentLocation = 1;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
}

static void AboveDispatch(void **State)
{
    DEVICE_OBJECT Device = {NULL, 1, Bottom};
    PIRP Irp = SimIrpCreate(1);
    KSPIN_LOCK Lock;
    KIRQL Irql;

    (void)State;
    KeRaiseIrql(DISPATCH_LEVEL + 1, &Irql);
    SimExpectMisuse(SIM_MISUSE_IRQL);
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    assert_true(SimMisuseSeen());
    SimExpectMisuse(SIM_MISUSE_IRQL);
    IoCallDriver(&Device, Irp);
    assert_true(SimMisuseSeen());
    KeLowerIrql(Irql);
    KeInitializeSpinLock(&Lock);
    SimSetLockStrict(&Lock, TRUE);
    KeAcquireSpinLock(&Lock, &Irql);
    SimExpectMisuse(SIM_MISUSE_UNDER_LOCK);
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    assert_true(SimMisuseSeen());
    SimExpectMisuse(SIM_MISUSE_UNDER_LOCK);
    IoCallDriver(&Device, Irp);
    assert_true(SimMisuseSeen());
    KeReleaseSpinLock(&Lock, Irql);
    assert_false(SimIrpCompleted(Irp, NULL));
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
}

/* Old entries make room, an address is another IRP's at once, and 64 may be under way. */
static void ManyIrps(void **State)
{
    PIRP Irps[64], Again;
    unsigned Round, I;

    (void)State;
    for (Round = 0; Round < 3; Round++) {
        for (I = 0; I < 64; I++) {
            Irps[I] = SimIrpCreate(1);
        }
        for (I = 0; I < 64; I++) {
            assert_false(SimIrpCompleted(Irps[I], NULL));
            Answer(Irps[I], STATUS_SUCCESS, NULL);
        }
    }
    SimPoolReuse(SIM_REUSE_NEVER);
    for (I = 0; I < 200; I++) {
        Irps[0] = SimIrpCreate(1);
        Answer(Irps[0], STATUS_SUCCESS, NULL);
    }
    SimPoolReuse(SIM_REUSE_AT_ONCE);
    Irps[63] = SimIrpCreate(1);
    Answer(Irps[63], STATUS_SUCCESS, NULL);
    Again = SimIrpCreate(1);
    assert_ptr_equal(Again, Irps[63]); /* freed last, so handed out first */
    assert_false(SimIrpCompleted(Again, NULL));
    Answer(Again, STATUS_SUCCESS, NULL);
    assert_true(SimIrpCompleted(Again, NULL));
}

static void AnIrpIsLeftOver(void **State)
{
    (void)State;
    (void)SimIrpCreate(1);
    assert_false(SimPoolReset());
}

/* Threads that complete IRPs raised, each its own, with one CPU and with several. */
static void Completer(PVOID Context)
{
    unsigned I;
    KIRQL Irql;
    PIRP Irp;

    (void)Context;
    for (I = 0; I < 200; I++) {
        Irp = SimIrpCreate(1);
        SimIrpFreesInformation(Irp);
        Irp->IoStatus.Information = (ULONG_PTR)ExAllocatePoolWithTag(PagedPool, 64, TAG);
        KeRaiseIrql(I % 2 ? DISPATCH_LEVEL : APC_LEVEL, &Irql);
        IoCompleteRequest(Irp, IO_NO_INCREMENT);
        KeLowerIrql(Irql);
    }
}

static void ManyThreads(void **State)
{
    SIM_OPTIONS Options = {.SwitchEvery = 1, .Seed = 7};
    SIM_THREAD *Threads[4];
    unsigned Mode, I;

    (void)State;
    SimStop();
    for (Mode = SIM_PARALLEL; Mode <= SIM_ONE_CPU; Mode++) {
        Options.Threading = (SIM_THREADING)Mode;
        SimStart(&Options);
        for (I = 0; I < 4; I++) {
            Threads[I] = SimThreadCreate("completer", Completer, NULL);
        }
        for (I = 0; I < 4; I++) {
            SimThreadJoin(Threads[I]);
        }
        assert_int_equal(SimPoolCalls(SIM_FREE_INFORMATION), 800);
        assert_true(SimPoolReset());
        SimStop();
    }
    SimStart(NULL);
}

/* ---- unexpected, they end the program ---- */

static void InteriorInformation(void)
{
    PIRP Irp;

    SimStart(NULL);
    Irp = SimIrpCreate(1);
    SimIrpFreesInformation(Irp);
    Answer(Irp, STATUS_SUCCESS, (char *)ExAllocatePool(PagedPool, 64) + 16);
}

static void FreedByTheDriverToo(void)
{
    PIRP Irp;
    PVOID P;

    SimStart(NULL);
    Irp = SimIrpCreate(1);
    SimIrpFreesInformation(Irp);
    P = Take(PagedPool);
    Answer(Irp, STATUS_SUCCESS, P);
    ExFreePoolWithTag(P, TAG);
}

static void CompletedTwice(void)
{
    PIRP Irp;

    SimStart(NULL);
    Irp = SimIrpCreate(1);
    Answer(Irp, STATUS_SUCCESS, NULL);
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
}

static void TooMany(void)
{
    SimStart(NULL);
    for (;;) {
        (void)SimIrpCreate(1);
    }
}

static void OrderForNoIrp(void)
{
    SimStart(NULL);
    SimIrpFreesInformation(NULL);
}

static void NoDispatch(void)
{
    DEVICE_OBJECT Device = {NULL, 1, NULL};

    SimStart(NULL);
    IoCallDriver(&Device, SimIrpCreate(1));
}

static void TheyAbort(void **State)
{
    (void)State;
    assert_true(SimAborts(InteriorInformation, "MISUSE free-interior: IofCompleteRequest("));
    assert_true(SimAborts(FreedByTheDriverToo, "MISUSE free-twice: ExFreePoolWithTag("));
    assert_true(SimAborts(CompletedTwice, "MISUSE irp: IofCompleteRequest("));
    assert_true(SimAborts(TooMany, "64 IRPs are under way already"));
    assert_true(SimAborts(OrderForNoIrp, "no such IRP"));
    assert_true(SimAborts(NoDispatch, "has no dispatch routine"));
}

#define T(F) cmocka_unit_test_setup_teardown(F, Start, Stop)

int main(void)
{
    const struct CMUnitTest Tests[] = {
        T(CompletionTellsTheSender),
        T(TheSystemFreesInformation),
        T(AtDispatchTheSenderWaits),
        T(NobodyElseActsForTheSender),
        T(CompletionInADpc),
        T(BadInformation),
        T(AnIrpIsCompletedOnce),
        T(DriversPassIrpsOn),
        T(AboveDispatch),
        T(ManyIrps),
        T(AnIrpIsLeftOver),
        T(ManyThreads),
        cmocka_unit_test(TheyAbort),
    };

    return cmocka_run_group_tests(Tests, NULL, NULL);
}
