/*
 * scenario.c - a driver's life: all that a driver can ask MemCheck for, and some bugs.
 *
 * Compiled twice (oom.h). What it does next depends on what its requests gave alone, so that both
 * drivers make the same requests in the same order. Bugs are for blocks that MemCheck monitors
 * now: of others the pool would not survive them.
 */
#ifdef OOM_BARE
#define MEMCHECK_OFF
#define OomScenario OomScenarioBare
#endif
#include "oom.h"
#define MC_HOST_HAS_POOL
#define POOL_FLAG_REQUIRED_END 0x80000000ull /* the simulated kit is as new as can be */
#ifdef OOM_BARE
#include "memcheck.h"
#define McKinds 0
enum { McKindOverrun, McKindUnderrun, McKindWriteAfterFree, McKindDoubleFree, McKindLateFree };
enum { McKindInteriorFree, McKindRedzoneFree, McKindWildFree, McKindWrongTag, McKindBadHandOver };
enum { McKindAfterExitFree, McKindWrongIrql };
#else
#include "memcheck_replace.h"
#include "finding.h"
#endif

#define PAGE 4096u

#include "driver.h"

/* ---- sizes and layouts ---- */

static void ActSizes(void)
{
    static const ULONG Ways[] = {OomNamesTag, OomSystemTag, McExAllocatePoolWithTag};
    static const SIZE_T Sizes[] = {0, 1, 100, 1000, 4080, 4096, 5000, 20 * PAGE};
    OOM_BLOCK *Blocks[3 * 2 * 8];
    ULONG Way, Pool, Size, Count = 0, Index;

    for (Way = 0; Way < 3; Way++) {
        for (Pool = 0; Pool < 2; Pool++) {
            for (Size = 0; Size < 8; Size++) {
                Blocks[Count++] = GET(Ways[Way], Pool, Sizes[Size]);
            }
        }
    }
#ifndef OOM_BARE
    OOM_CHECK(MEM_CHECK() == 0);
#endif
    MEM_LIST_DISPLAY();
    for (Index = 0; Index < Count; Index += 2) {
        Put(Blocks[Index], OomFreeTag);
    }
    for (Index = Count; Index-- > 0;) {
        if (Index % 2 != 0) {
            Put(Blocks[Index], Index % 4 == 1 ? McExFreePool : OomFree);
        }
    }
}

/* ---- every routine of the family, in each way of failing ---- */

typedef struct _ROW {
    ULONG Routine, Flags, Adds, Since;
    BOOLEAN Allocates;
} ROW;

#define SHAPE_Type                                   0, 1
#define SHAPE_TypeTag                                0, 1
#define SHAPE_TypePriority                           0, 1
#define SHAPE_Flags                                  1, 1
#define SHAPE_FlagsExtended                          1, 1
#define SHAPE_Free                                   0, 0
#define SHAPE_FreeTag                                0, 0
#define SHAPE_FreeExtended                           0, 0
#define SHAPE_String                                 0, 0
#define ROW_(Routine, Flags, Allocates, Adds, Since) {Routine, Flags, Adds, Since, Allocates},
#define ROW_OF(Name, Shape, Adds, DoneBy, Since)     ROW_OF_(Mc##Name, SHAPE_##Shape, Adds, Since)
#define ROW_OF_(Routine, Shape, Adds, Since)         ROW_(Routine, Shape, Adds, Since)

static const ROW Rows[] = {MC_ROUTINE_TABLE(ROW_OF)};

static const ULONG Types[] = {NonPagedPool, PagedPool | POOL_RAISE_IF_ALLOCATION_FAILURE,
                              NonPagedPoolCacheAligned, PagedPool | 32 /* session */};
static const POOL_FLAGS Flags[] = {
    POOL_FLAG_NON_PAGED | POOL_FLAG_UNINITIALIZED, POOL_FLAG_PAGED | POOL_FLAG_RAISE_ON_FAILURE,
    POOL_FLAG_NON_PAGED_EXECUTE | POOL_FLAG_CACHE_ALIGNED, POOL_FLAG_PAGED | POOL_FLAG_USE_QUOTA};

static void ActRoutine(const ROW *Row)
{
    POOL_EXTENDED_PARAMETER Parameter = {.Type = PoolExtendedParameterPriority,
                                         .Priority = LowPoolPriority};
    OOM_BLOCK *Blocks[4];
    ULONG Index;

    for (Index = 0; Index < 4; Index++) {
        OOM_ASK Ask = TheAsk(Row->Routine, Types[Index], 90 + Index);

        if (Row->Flags) {
            Ask.Flags = Flags[Index];
            Ask.Parameters = Row->Routine == McExAllocatePool3 ? &Parameter : NULL;
            Ask.Count = Ask.Parameters != NULL;
        }
        Blocks[Index] = GET_ASK(Ask);
    }
    Put(Blocks[2], McExFreePool);
    Put(Blocks[1], McExFreePool);
    Put(Blocks[0], OomVersion() >= 0x0A00 ? McExFreePool2 : McExFreePool);
    Put(Blocks[3], McExFreePool);
}

static void ActRoutines(void)
{
    ULONG Index;

    for (Index = 0; Index < sizeof(Rows) / sizeof(Rows[0]); Index++) {
        if (Rows[Index].Allocates && Rows[Index].Since <= OomVersion()) {
            ActRoutine(&Rows[Index]);
        }
    }
    Put(GET(OomNames, NonPagedPool | POOL_RAISE_IF_ALLOCATION_FAILURE, 50), OomFree);
    Put(GET(OomSystem, PagedPool | POOL_RAISE_IF_ALLOCATION_FAILURE, 50), OomFree);
}

/* Valid on Windows 2000 alone; it never fails. */
static void ActMustSucceed(void)
{
    OOM_BLOCK *A, *B;

    if (OomVersion() != 0x0500) {
        return;
    }
    A = GET(OomNamesTag, 2 /* NonPagedPoolMustSucceed */, 300);
    B = GET(McExAllocatePoolWithTag, 2, PAGE);
    OOM_CHECK(A != NULL && B != NULL);
    Put(B, McExFreePool);
    Put(A, OomFreeTag);
}

/* ---- many, so that MemCheck's tables grow ---- */

static void ActMany(void)
{
    OOM_BLOCK *Blocks[150];
    ULONG Index;

    for (Index = 0; Index < 150; Index++) {
        Blocks[Index] = GET(Index % 3 != 0 ? OomNamesTag : McExAllocatePoolWithTag, Index & 1,
                            (Index * 37) % 700 + (Index % 25 == 0 ? 17 * PAGE : 0));
    }
    for (Index = 0; Index < 150; Index++) { /* in an order of its own; 7 and 150 have no divisor */
        Put(Blocks[Index * 7 % 150], Index % 3 != 0 ? OomFree : OomFreeTag);
    }
}

/* ---- bugs ---- */

#ifndef OOM_BARE

static void Poke(volatile UCHAR *P)
{
    *P = (UCHAR) ~*P;
}

static void DamageRear(OOM_BLOCK *Block)
{
    Poke(Block->P + Block->Ask.Size);
    OOM_CHECK(MEM_CHECK() == 1);
    OomExpect(McKindOverrun, Block->P + Block->Ask.Size, __LINE__);
}

static void DamageFront(OOM_BLOCK *Block)
{
    PUCHAR P = Block->P;

    Poke(P - 1);
    Put(Block, OomFree);
    OomExpect(McKindUnderrun, P - 1, __LINE__);
}

static void WriteFreed(OOM_BLOCK *Block)
{
    PUCHAR P = Block->P;

    Put(Block, OomFree);
    Poke(P + 5);
    MEM_LIST_DISPLAY();
    OomExpect(McKindWriteAfterFree, P + 5, __LINE__);
}

static void FreeTwice(OOM_BLOCK *Block)
{
    PUCHAR P = Block->P;

    Put(Block, OomFree);
    MEMCHECK_FREE(P);
    OomExpect(McKindDoubleFree, P, __LINE__);
}

static void FreeWrongly(OOM_BLOCK *Block)
{
    PUCHAR P = Block->P;
    ULONG Local[8];

    MEMCHECK_FREE(P + 16);
    OomExpect(McKindInteriorFree, P + 16, __LINE__);
    MEMCHECK_FREE(P - 16);
    OomExpect(McKindRedzoneFree, P - 16, __LINE__);
    MEMCHECK_FREE(NULL);
    OomExpect(McKindWildFree, NULL, __LINE__);
    MEMCHECK_FREE(Local);
    OomExpect(McKindWildFree, Local, __LINE__);
    OomFrees(Block);
    MEMCHECK_FREE_WITH_TAG(P, 0x676E7257u /* 'Wrng' */);
    OomExpect(McKindWrongTag, P, __LINE__);
}

static void OverrunPlain(OOM_BLOCK *Block)
{
    PUCHAR P = Block->P;

    Poke(P + Block->Ask.Size + 3);
    Put(Block, McExFreePool);
    OomExpect(McKindOverrun, P + 103, __LINE__);
}

/* It was let go long ago, and the address is another's, whose right the free is. */
static void FreeLate(PUCHAR P)
{
    PUCHAR Other;

    SimPlaceNext(P);
    Other = SimForeignAllocate(NonPagedPool, 90);
    OOM_CHECK(Other == P);
    ExFreePool(P);
    if (!OomFound(McKindLateFree, P)) { /* no memory to remember it: then it is not ours at all */
        OOM_CHECK(OomAccount.OwnFailures != 0);
        OomAccount.ForeignFrees++;
    }
}

static void FreeHigh(OOM_BLOCK *Block)
{
    PUCHAR P = Block->P;
    KIRQL Irql;

    OomFrees(Block);
    KeRaiseIrql(DISPATCH_LEVEL, &Irql);
    MEMCHECK_FREE(P);
    KeLowerIrql(Irql);
    OomExpect(McKindWrongIrql, P, __LINE__);
}

#define BUG(Block, Routine)        \
    do {                           \
        OOM_BLOCK *B_ = (Block);   \
        if (IsMonitored(B_)) {     \
            Routine(B_);           \
        } else {                   \
            Put(B_, McExFreePool); \
        }                          \
    } while (0)
#else
#define BUG(Block, Routine) Put(Block, McExFreePool)
#define DamageRear(Block)   (void)0
#endif

static void ActBugs(void)
{
    OOM_BLOCK *Block = GET(OomNamesTag, NonPagedPool, 60);

    if (IsMonitored(Block)) {
        DamageRear(Block);
    }
    Put(Block, OomFree);
    BUG(GET(OomNamesTag, PagedPool, 60), DamageFront);
    BUG(GET(OomNamesTag, NonPagedPool, 60), WriteFreed);
    BUG(GET(OomNamesTag, PagedPool, 60), FreeTwice);
    BUG(GET(McExAllocatePoolWithTag, NonPagedPool, 60), FreeTwice);
    BUG(GET(OomNamesTag, NonPagedPool, 60), FreeWrongly);
    BUG(GET(McExAllocatePoolWithTag, NonPagedPool, 100), OverrunPlain);
    BUG(GET(OomNamesTag, PagedPool, 60), FreeHigh);
}

/* ---- the address is another's: late frees, hand-overs, frees elsewhere ---- */

static void ActLate(void)
{
    OOM_BLOCK *Block = GET(McExAllocatePoolWithTag, NonPagedPool, 90);
    PUCHAR P = Block != NULL ? Block->P : NULL;
    BOOLEAN Monitored = IsMonitored(Block);

    Put(Block, McExFreePool);
    SimOptions("no-double-frees"); /* what is held back is let go */
    MEM_CHECK_OPTIONS();
    SimOptions("double-frees");
    MEM_CHECK_OPTIONS();
#ifndef OOM_BARE
    if (Monitored && !SimPoolFind(P, NULL)) {
        FreeLate(P);
    }
#else
    (void)Monitored;
    (void)P;
#endif
}

static void HandOver(OOM_BLOCK *Block)
{
    if (Block == NULL) {
        return;
    }
    if (Block->Monitored) {
        OomAccount.HandedOver++;
    }
    MEM_HANDED_OVER(Block->P);
    SimSystemFree(Block->P);
    Block->P = NULL;
}

static void AnswerIrp(OOM_BLOCK *Block)
{
    PIRP Irp = SimIrpCreate(1);

    SimIrpFreesInformation(Irp);
    if (Block != NULL) {
        Irp->IoStatus.Information = (ULONG_PTR)Block->P;
        OomAccount.HandedOver += Block->Monitored;
        Block->P = NULL;
    }
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
}

static void FreeString(OOM_BLOCK *Block)
{
    UNICODE_STRING String = {0, 40, NULL};

    if (Block != NULL) {
        String.Buffer = (USHORT *)(PVOID)Block->P;
        OomFrees(Block);
        RtlFreeUnicodeString(&String);
    }
}

/* Past MemCheck, and the memory soon comes back to the driver. */
static void FreeElsewhere(OOM_BLOCK *Block)
{
    if (Block != NULL) {
        SimSystemFree(Block->P);
        Block->P = NULL;
    }
    Put(GET(McExAllocatePoolWithTag, NonPagedPool, 70), McExFreePoolWithTag);
    Put(GET(OomNamesTag, NonPagedPool, 40), OomFree);
}

static void ActHandOvers(void)
{
    HandOver(GET(OomSystemTag, NonPagedPool, 100));
    HandOver(GET(McExAllocatePoolWithTag, PagedPool, 3 * PAGE));
    AnswerIrp(GET(McExAllocatePoolWithTag, NonPagedPool, 48));
    FreeString(GET(McExAllocatePoolWithTag, PagedPool, 40));
    FreeElsewhere(GET(McExAllocatePoolWithTag, NonPagedPool, 70));
}

/* ---- questions ---- */

static void ActQuestions(void)
{
    MEM_CHECKPOINT_DEFINE(Before);
    OOM_BLOCK *Old = GET(OomNamesTag, NonPagedPool, 33), *New[3];
    ULONG Index, Monitored = 0, Found;
    KIRQL Irql;

    MEM_CHECKPOINT(&Before);
    for (Index = 0; Index < 3; Index++) {
        New[Index] = GET(Index == 2 ? McExAllocatePoolWithTag : OomNamesTag, NonPagedPool, 34);
        Monitored += New[Index] != NULL && New[Index]->Monitored;
    }
    Found = MEM_DIFFERENCE(&Before);
    OOM_CHECK(OomBare || Found == Monitored);
    if (Old != NULL) {
        MEM_DESCRIBE(Old->P + 10);
        MEM_DESCRIBE(Old->P - 8);
    }
    MEM_STATISTICS();
    MEMCHECK_PRINT(("%u at this time\n", Monitored));
    KeRaiseIrql(DISPATCH_LEVEL, &Irql);
    Put(New[0], OomFree);
    New[0] = GET(OomNamesTag, NonPagedPool, 35);
    (void)MEM_CHECK();
    MEM_LIST_DISPLAY();
    KeLowerIrql(Irql);
    for (Index = 0; Index < 3; Index++) {
        Put(New[Index], OomFree);
    }
    Put(Old, OomFree);
}

/* ---- options read again: what is not monitored, what fails on purpose, a thread ---- */

static void ActOptions(void)
{
    OOM_ASK Skipped = TheAsk(OomNamesTag, PagedPool | POOL_RAISE_IF_ALLOCATION_FAILURE, 77);
    LARGE_INTEGER Second;
    OOM_BLOCK *A, *B, *C;

    Skipped.Tag = OOM_SKIP_TAG;
    SimOptions("quarantine=32k,skip-tags=Skip,fail-tags=Test,fail-at=2,repair,check-every=3");
    MEM_CHECK_OPTIONS();
    A = GET_ASK(Skipped);
    B = GET(OomNamesTag, NonPagedPool, 78);
    C = GET(OomNamesTag, NonPagedPool, 79); /* the second with that tag: it fails, as asked */
    Second.QuadPart = -15000000;
    KeDelayExecutionThread(KernelMode, FALSE, &Second); /* the worker has its turn */
    Put(A, OomFreeTag);
    Put(B, OomFreeTag);
    Put(C, OomFreeTag);
    SimOptions("defaults");
    MEM_CHECK_OPTIONS();
}

/* ---- nothing but failures ---- */

/* What MemCheck takes for a request it has back when that fails. */
static void ActStarved(void)
{
    ULONG Before = 0, Index;

    if (OomPlan.Target != OomDriver || OomPlan.Failing != OomLasting ||
        OomPlan.N != 5 /* the self-test has had what it needs */) {
        return;
    }
    for (Index = 0; Index < 500; Index++) {
        if (Index == 20) {
            Before = OomAccount.OwnMade; /* the paths are known from here on */
        }
        Put(GET(Index % 2 != 0 ? OomNamesTag : McExAllocatePoolWithTag, NonPagedPool, Index),
            OomFree);
    }
    OOM_CHECK(OomBare || OomAccount.OwnMade == Before);
}

/* ---- what is left at the end ---- */

#ifndef OOM_BARE

/* EXIT has freed it, if it was MemCheck's to free. */
static void FreeAfterExit(PUCHAR P)
{
    MEMCHECK_FREE(P);
    OomExpect(McKindAfterExitFree, P, __LINE__);
}

#endif

static void ActLeaks(void)
{
    static const ULONG Ways[] = {OomNamesTag, OomNamesTag, McExAllocatePoolWithTag, OomSystemTag};
    OOM_BLOCK *Blocks[4];
    ULONG Index;

    for (Index = 0; Index < 4; Index++) {
        Blocks[Index] = GET(Ways[Index], Index & 1, 200 + Index);
        if (Blocks[Index] != NULL) {
            Blocks[Index]->Leaked = TRUE;
        }
    }
}

/* ---- all of it ---- */

#ifndef OOM_BARE

const char *const OomOptions[] = {
    "statistics,neighbours,worker=1,stacks=6,patrol-every=4,quarantine=128k",
    "stacks=0,repeat,redzone=2048,check-every=50",
    "retired=64,stack-kb=16,quarantine-blocks=2,quarantine=32k,fill=64", NULL};

static void Start(void)
{
    UNICODE_STRING Path = {0, 0, NULL};

    SimOptions(OomOptions[OomPlan.Options]);
    MEM_CHECK_INIT_EX(&Path);
    OomOn = SimOutputFind("memcheck[oom] off: ") == 0;
    if (!OomOn) {
        OOM_CHECK(SimPoolOutstanding(SIM_DRIVER, NULL) ==
                  0); /* nothing stays of an INIT that fails */
    }
}

static void Stop(void)
{
    ULONG Index;
    PUCHAR P = NULL;

    for (Index = 0; Index < OOM_BLOCKS && P == NULL; Index++) {
        OOM_BLOCK *Block = &OomBlocks[Index];

        if (Block->P != NULL && Block->Monitored && Block->Ask.Way == OomNamesTag) {
            P = Block->P;
        }
    }
    MEM_CHECK_EXIT();
    OomAccountCheck();
    if (P != NULL) {
        FreeAfterExit(P);
    }
}

#else
#define Start() (void)0
#define Stop()  (void)0
#endif

void OomScenario(void)
{
    Start();
    ActSizes();
    ActRoutines();
    ActMustSucceed();
    ActBugs();
    ActLate();
    ActHandOvers();
    ActMany();
    ActQuestions();
    ActOptions();
    ActStarved();
    ActLeaks();
    Stop();
    OomEnd();
}
