/*
 * journal.c - each request of the driver: what it got, what the pool was asked for it, and whether
 * that is as it should be.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "oom.h"
#define MC_HOST_HAS_POOL
#include "memcheck.h"
#include "finding.h"

#define PAGE     4096u
#define ASKS     1024
#define ATTEMPTS 16
#define FINDINGS 64
#define ENDS     64 /* bytes at both ends of a block that the driver fills */

OOM_BLOCK OomBlocks[OOM_BLOCKS];
BOOLEAN OomBare, OomOn, OomHit;
ULONG OomFailures;
SIZE_T OomSize;

OOM_PLAN OomPlan;
static ULONG FindingCount, FreedCount;
static ULONG Counted;          /* requests that the plan counts */
static NTSTATUS Outcome[ASKS]; /* of each request of the driver with MemCheck */
static ULONG Asks;
static BOOLEAN HitBefore; /* the request that is made now began after a failure */
static ULONGLONG Mark;    /* the last call of the pool before it */
static KIRQL Irql;

#define GOT  STATUS_SUCCESS
#define NOT_ ((NTSTATUS)1) /* NULL */

void OomFail(ULONG Line, const char *Format, ...)
{
    va_list Arguments;

    if (++OomFailures > 5) {
        return;
    }
    fprintf(stderr, "  %s, request %u of the driver, line %u: ", OomBare ? "bare" : "checked",
            (unsigned)Asks, (unsigned)Line);
    va_start(Arguments, Format);
    vfprintf(stderr, Format, Arguments);
    va_end(Arguments);
    fputc('\n', stderr);
}

/* ---- which requests fail ---- */

static BOOLEAN Decide(const SIM_REQUEST *Request, PVOID Context)
{
    const BOOLEAN Own = Request->Tag == SIM_OWN_TAG;
    const ULONG Spell = OomPlan.Failing == OomSpell ? OOM_SPELL : 1;

    (void)Context;
    if (OomBare) {
        return Outcome[Asks] != GOT;
    }
    OomAccount.OwnMade += Own;
    if (Own ? OomPlan.Target == OomDriver : OomPlan.Target == OomOwn) {
        return FALSE;
    }
    Counted++;
    if (Counted < OomPlan.N || (OomPlan.Failing != OomLasting && Counted >= OomPlan.N + Spell)) {
        return FALSE;
    }
    OomHit = TRUE;
    OomAccount.OwnFailures += Own;
    return TRUE;
}

static void Start(const SIM_WINDOWS Windows)
{
    SIM_OPTIONS Options;

    memset(&Options, 0, sizeof(Options));
    Options.Threading = SIM_ONE_CPU;
    Options.Seed = 1;
    Options.Windows = Windows;
    Options.WatchdogSeconds = 20;
    Options.PagingEvery = 50; /* each would be most of the time, and so would each ... */
    Options.SwitchEvery = 60; /* ... look for another thread */
    SimStart(&Options);
    SimFailWhen(Decide, NULL);
    memset(OomBlocks, 0, sizeof(OomBlocks));
    Asks = 0;
}

void OomBegin(const OOM_PLAN *The)
{
    OomPlan = *The;
    OomBare = OomOn = OomHit = FALSE;
    Counted = 0;
    FindingCount = 0;
    FreedCount = 0;
    memset(&OomAccount, 0, sizeof(OomAccount));
    Start(OomPlan.Windows);
}

void OomBeginBare(void)
{
    OomBare = TRUE;
    Start(OomPlan.Windows);
}

ULONG OomVersion(void)
{
    ULONG Major, Minor;

    PsGetVersion(&Major, &Minor, NULL, NULL);
    return Major << 8 | Minor;
}

/* ---- findings ---- */

static struct {
    MC_KIND Kind;
    ULONG_PTR Address;
} Findings[FINDINGS];

/* MemCheck tells of each, repetitions too. */
VOID McTestReport(const MC_FINDING *Finding)
{
    OomAccount.Findings++;
    switch (Finding->Kind) {
    case McKindBadRequest: /* 0 bytes, which the scenario asks for */
    case McKindBadAccess:  /* IsMonitored asks, of what may be unprotected */
    case McKindLeak:
    case McKindLeakSite:
    case McKindDescribe:
    case McKindDifference: return;
    default: break;
    }
    if (FindingCount == FINDINGS) {
        OomFail(__LINE__, "more findings than there can be");
        return;
    }
    Findings[FindingCount].Kind = Finding->Kind;
    Findings[FindingCount++].Address = Finding->Address;
}

BOOLEAN OomFound(ULONG Kind, PVOID Address)
{
    ULONG Index;

    for (Index = 0; Index < FindingCount; Index++) {
        if (Findings[Index].Kind == (MC_KIND)Kind &&
            Findings[Index].Address == (ULONG_PTR)Address) {
            Findings[Index] = Findings[--FindingCount];
            return TRUE;
        }
    }
    return FALSE;
}

void OomExpect(ULONG Kind, PVOID Address, ULONG Line)
{
    if (!OomFound(Kind, Address)) {
        OomFail(Line, "no %s is found at %p", McKindMachineName((MC_KIND)Kind), Address);
    }
}

void OomNothingElse(void)
{
    while (FindingCount != 0) {
        FindingCount--;
        OomFail(__LINE__, "%s is found at %p, and there is none",
                McKindMachineName(Findings[FindingCount].Kind),
                (PVOID)Findings[FindingCount].Address);
    }
}

/* ---- what the pool was asked ---- */

static SIM_REQUEST Kept[SIM_REQUESTS_KEPT];

static ULONGLONG LastCall(void)
{
    const ULONG Count = SimPoolRequests(Kept, SIM_REQUESTS_KEPT);

    return Count != 0 ? Kept[Count - 1].Sequence : 0;
}

/* The requests for the driver since the mark, oldest first. */
static ULONG Attempts(SIM_REQUEST *Attempt)
{
    const ULONG Count = SimPoolRequests(Kept, SIM_REQUESTS_KEPT);
    ULONG Index, Found = 0;

    for (Index = 0; Index < Count && Found < ATTEMPTS; Index++) {
        if (Kept[Index].Sequence > Mark && Kept[Index].Routine < SIM_ALLOCATE_FOREIGN &&
            Kept[Index].Tag != SIM_OWN_TAG) {
            Attempt[Found++] = Kept[Index];
        }
    }
    return Found;
}

/* ---- is it right? ---- */

static void JudgeAttempts(const OOM_ASK *Ask, const SIM_REQUEST *Attempt, ULONG Count, ULONG Line)
{
    ULONG Index;

    for (Index = 0; Index < Count; Index++) {
        const BOOLEAN Last = Index + 1 == Count;

        if (!Attempt[Index].Injected && !Last) {
            OomFail(Line, "the pool is asked again after it gave");
        }
        if (OomIsExact(Ask, &Attempt[Index])) {
            if (!Last) {
                OomFail(Line, "the pool is asked again after the driver's own request");
            }
        } else if (Attempt[Index].Size < Ask->Size) {
            OomFail(Line, "the pool is asked for less than the driver wants");
        } else if (OomIsLoud(Ask, &Attempt[Index]) ||
                   OomNeverFails(Ask) != (Attempt[Index].Type == 2)) {
            if (!(OomNeverFails(Ask) && Attempt[Index].Type == 0)) {
                OomFail(Line, "a request of MemCheck's making could raise");
            }
        }
    }
    if (OomIsAskedOnce(Ask) && (Count != 1 || !OomIsExact(Ask, &Attempt[0]))) {
        OomFail(Line, "not the driver's own request, once");
    }
}

/* It failed; was it right to? */
static void JudgeFailure(const OOM_ASK *Ask, const SIM_REQUEST *Attempt, ULONG Count, ULONG Line)
{
    if (OomNeverFails(Ask)) {
        OomFail(Line, "what must succeed failed");
    }
    if (Count == 0) {
        if (!OomFound(McKindInjected, NULL)) {
            OomFail(Line, "it failed, and the pool was not asked");
        }
        return;
    }
    if (!Attempt[Count - 1].Injected || !OomIsExact(Ask, &Attempt[Count - 1])) {
        OomFail(Line, "it failed, and the driver's own request did not");
    }
    if (OomPlan.Target == OomOwn) {
        OomFail(Line, "the driver feels a failure of MemCheck's own memory");
    }
    if (OomPlan.Failing == OomOnce && !OomIsAskedOnce(Ask)) {
        OomFail(Line, "one failure is felt, after %u requests", (unsigned)Count);
    }
    OomAccount.PoolFailed++;
}

static void JudgeSuccess(const OOM_ASK *Ask, const SIM_REQUEST *Attempt, ULONG Count, ULONG Line)
{
    const PUCHAR P = Ask->Result;
    SIM_BLOCK Raw;

    if (HitBefore && OomPlan.Failing == OomLasting && OomPlan.Target != OomOwn &&
        !OomNeverFails(Ask)) {
        OomFail(Line, "it succeeds where every request fails");
    }
    if (Count == 0 || Attempt[Count - 1].Result == NULL || !SimPoolFind(P, &Raw) ||
        Raw.Start != Attempt[Count - 1].Result || P + Ask->Size > (PUCHAR)Raw.Start + Raw.Size) {
        OomFail(Line, "%p is not in what the pool gave for it", P);
    }
}

static void JudgeContract(const OOM_ASK *Ask, ULONG Line)
{
    const ULONG_PTR P = (ULONG_PTR)Ask->Result;
    const BOOLEAN Zero = Ask->Way == McExAllocatePoolZero ||
                         Ask->Way == McExAllocatePoolQuotaZero ||
                         Ask->Way == McExAllocatePoolPriorityZero ||
                         (OomByFlags(Ask) && (Ask->Flags & POOL_FLAG_UNINITIALIZED) == 0);
    const BOOLEAN Line64 =
        OomByFlags(Ask) ? (Ask->Flags & POOL_FLAG_CACHE_ALIGNED) != 0 : (Ask->Type & 4) != 0;
    SIZE_T Index;

    if (P % (2 * sizeof(PVOID)) != 0 || (Line64 && P % 64 != 0) ||
        (Ask->Size >= PAGE && P % PAGE != 0) ||
        (Ask->Size <= PAGE && Ask->Size != 0 && P / PAGE != (P + Ask->Size - 1) / PAGE)) {
        OomFail(Line, "%p is not aligned as the pool aligns", Ask->Result);
    }
    for (Index = 0; Zero && Index < Ask->Size; Index++) {
        if (((PUCHAR)P)[Index] != 0) {
            OomFail(Line, "byte %u is not zero", (unsigned)Index);
            return;
        }
    }
}

/* ---- what is held back ---- */

static struct {
    PVOID Start;
    ULONGLONG Sequence; /* of its request: who gets the address later has another */
} Freed[256];

static void NoteFreed(const OOM_BLOCK *Block)
{
    SIM_BLOCK Raw;

    if (Block->Monitored && SimPoolFind(Block->P, &Raw)) {
        Freed[FreedCount % 256].Start = Raw.Start;
        Freed[FreedCount++ % 256].Sequence = Raw.Sequence;
    }
}

/* The pool has failed, and was asked again: nothing is to be held back now, but, at DISPATCH_LEVEL,
 * what is paged. */
static void JudgeDrained(ULONG Line)
{
    ULONG Index;
    SIM_BLOCK Raw;

    for (Index = 0; Index < FreedCount && Index < 256; Index++) {
        if (SimPoolFind(Freed[Index].Start, &Raw) && Raw.Sequence == Freed[Index].Sequence &&
            (Irql < DISPATCH_LEVEL || (Raw.Type & 1) == 0)) {
            OomFail(Line, "%p is held back, and the pool has nothing", Raw.Start);
        }
    }
}

/* ---- around a request ---- */

void OomAsks(const OOM_ASK *Ask)
{
    OomSize = Ask->Size;
    Mark = LastCall();
    HitBefore = OomHit;
    Irql = KeGetCurrentIrql();
    if (Asks + 1 >= ASKS) {
        OomFail(__LINE__, "more requests than there is room for");
        Asks = 0;
    }
}

static OOM_BLOCK *Room(void)
{
    ULONG Index;

    for (Index = 0; Index < OOM_BLOCKS - 1 && OomBlocks[Index].P != NULL;) {
        Index++;
    }
    return &OomBlocks[Index];
}

OOM_BLOCK *OomAsked(const OOM_ASK *Ask, NTSTATUS Raised, ULONG Line)
{
    const NTSTATUS Got = Raised != STATUS_SUCCESS ? Raised : Ask->Result != NULL ? GOT : NOT_;
    SIM_REQUEST Attempt[ATTEMPTS];
    const ULONG Count = Attempts(Attempt);
    OOM_BLOCK *Block;

    if (KeGetCurrentIrql() != Irql || SimLocksHeld() != 0) {
        OomFail(Line, "IRQL %u, %u locks held", KeGetCurrentIrql(), (unsigned)SimLocksHeld());
    }
    if (OomBare) {
        if (Got != Outcome[Asks]) {
            OomFail(Line, "way %u: 0x%x without MemCheck, 0x%x with it", (unsigned)Ask->Way,
                    (unsigned)Got, (unsigned)Outcome[Asks]);
        }
    } else {
        Outcome[Asks] = Got;
        JudgeAttempts(Ask, Attempt, Count, Line);
        (Got == GOT ? JudgeSuccess : JudgeFailure)(Ask, Attempt, Count, Line);
        if (Count > 1 && Attempt[0].Injected && !OomIsExact(Ask, &Attempt[0])) {
            OomAccount.Drained++;
            JudgeDrained(Line);
        }
    }
    Asks++;
    if (Got != GOT) {
        return NULL;
    }
    JudgeContract(Ask, Line);
    Block = Room();
    memset(Block, 0, sizeof(*Block));
    Block->P = Ask->Result;
    Block->Ask = *Ask;
    Block->Ask.Tag = OomUntagged(Ask) ? 0 : Ask->Tag; /* of its free: 0, not given */
    OomFill(Block);
    return Block;
}

/* What the block became is counted as MemCheck must count it. */
void OomMonitored(OOM_BLOCK *Block, BOOLEAN Monitored)
{
    SIM_BLOCK Raw;

    if (OomBare) {
        return;
    }
    Block->Monitored = Monitored;
    if (Monitored) {
        OomAccount.Allocations++;
    } else if (Block->Ask.Tag == OOM_SKIP_TAG) {
        OomAccount.Unwatched++;
    } else if (SimPoolFind(Block->P, &Raw) && Raw.Size != Block->Ask.Size) {
        OomAccount.Unprotected++;
        if (Raw.Start != Block->P) {
            OomFail(__LINE__, "%p is unprotected, and not what the pool gave", Block->P);
        }
        if (OomAccount.OwnFailures == 0) {
            OomFail(__LINE__, "%p is unprotected for no reason", Block->P);
        }
    } else {
        OomAccount.Untracked++;
        if (!OomHit && !OomIsAskedOnce(&Block->Ask)) {
            OomFail(__LINE__, "%p is untracked for no reason", Block->P);
        }
    }
}

/* ---- the driver's bytes ---- */

static UCHAR ByteOf(const OOM_BLOCK *Block)
{
    return (UCHAR)(0x41 + (Block - OomBlocks) % 0x30);
}

static SIZE_T FilledFrom(const OOM_BLOCK *Block)
{
    return Block->Ask.Size > ENDS ? Block->Ask.Size - ENDS : 0;
}

void OomFill(OOM_BLOCK *Block)
{
    const SIZE_T First = Block->Ask.Size < ENDS ? Block->Ask.Size : ENDS;

    memset(Block->P, ByteOf(Block), First);
    memset(Block->P + FilledFrom(Block), ByteOf(Block), Block->Ask.Size - FilledFrom(Block));
}

void OomFrees(OOM_BLOCK *Block)
{
    const SIZE_T Size = Block->Ask.Size, From = FilledFrom(Block);
    SIZE_T Index;

    for (Index = 0; Index < Size; Index = Index + 1 == ENDS && From > ENDS ? From : Index + 1) {
        if (Block->P[Index] != ByteOf(Block)) {
            OomFail(__LINE__, "byte %u of the driver's %p has changed", (unsigned)Index, Block->P);
            break;
        }
    }
    if (!OomBare && OomOn && !Block->Monitored) {
        OomAccount.ForeignFrees++;
    }
    NoteFreed(Block);
    Block->P = NULL;
}

/* ---- the end ---- */

static void Left(const SIM_BLOCK *Raw, PVOID Context)
{
    ULONG Index;

    for (Index = 0; Index < OOM_BLOCKS; Index++) {
        const OOM_BLOCK *Block = &OomBlocks[Index];
        /* What is surely the driver's own EXIT has freed. */
        const BOOLEAN Freed = Block->Monitored && Block->Ask.Way == OomNamesTag;

        if (Block->P == Raw->Start && Block->Leaked && !Freed) {
            ++*(ULONG *)Context;
            return;
        }
    }
    OomFail(__LINE__, "left in the pool: %p, %lu bytes, tag 0x%x", Raw->Start,
            (unsigned long)Raw->Size, (unsigned)Raw->Tag);
}

void OomEnd(void)
{
    ULONG Meant = 0, Found = 0, Index;

    SimFailWhen(NULL, NULL);
    OomNothingElse();
    SimPoolEach(Left, &Found);
    for (Index = 0; Index < OOM_BLOCKS && OomFailures == 0; Index++) {
        OOM_BLOCK *Block = &OomBlocks[Index];

        if (Block->P != NULL && Block->Leaked && SimPoolFind(Block->P, NULL)) {
            Meant++;
            SimSystemFree(Block->P);
        }
    }
    if (OomFailures == 0) {
        OOM_CHECK(Meant == Found);
        OOM_CHECK(SimPoolReset());
    }
    SimStop();
}
