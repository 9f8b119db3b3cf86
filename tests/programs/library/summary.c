/*
 * summary.c - the end of a process: everything is checked, and a line says what was.
 *
 * Programs leak by design, so there is no MEM_CHECK_EXIT: MEM_CHECK looks at every block, live and
 * held back, the counts must add up, and a byte that is damaged on purpose must be found, in the
 * tables as they are then.
 */
#include "library.h"
#include "report.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CANARY_TAG  0x79726E43u /* 'Cnry': suppressed, see build.sh */
#define CANARY_SIZE 40u

static int Said; /* by which process */

void SummaryStart(void)
{
    BeneathSay("programs: start pid=%d program=%s on=%d", (int)getpid(),
               program_invocation_short_name, Mc.Phase == McPhaseOn);
}

typedef struct LOOKED {
    ULONG Live, Held;
    ULONG Looked;    /* by check number Check */
    ULONG Patrolled; /* by the patrol last */
    ULONG Broken;    /* an invariant of the record does not hold */
} LOOKED;

static void LookAt(const MC_RECORD *Record, ULONG Check, LOOKED *Looked)
{
    MC_BLOCK Block;

    McRecordCopy(Record, &Block);
    if (Block.State == McStateLive) {
        Looked->Live++;
    } else {
        Looked->Held++;
    }
    Looked->Looked += Block.IntactCheck == Check;
    Looked->Patrolled += Block.IntactCheck == 0 && Block.Intact == McIntactPatrol;
    Looked->Broken += !McpIsValidRecord(Record);
}

/* What a check looks at, counted apart from it. */
static void LookAtAll(ULONG Check, LOOKED *Looked)
{
    MC_LANE *Lane = McEnterFree();
    const ULONG Limit = Lane ? McRecordLimit() : 0;
    MC_RECORD *Record;
    ULONG Handle;

    McBytesZero(Looked, sizeof(*Looked));
    for (Handle = 1; Handle < Limit; Handle++) {
        Record = McRecordAt(Handle);
        if (Record && McRecordReferenceBytes(Record)) { /* some numbers are none */
            LookAt(Record, Check, Looked);
            McRecordRelease(Record);
        }
    }
    if (Lane) {
        McLeave(Lane);
    }
}

/* One byte behind a block is changed: TRUE, a check finds one block more than before. */
static bool CanaryFound(ULONG Damaged)
{
    volatile UCHAR *Canary =
        AllocateInside(CANARY_SIZE, 0, CANARY_TAG, __builtin_return_address(0));
    ULONG Found;

    if (!Canary) {
        return false;
    }
    Canary[CANARY_SIZE] ^= 0x55;
    Found = MEM_CHECK();
    Canary[CANARY_SIZE] ^= 0x55;
    FreeInside((void *)Canary, __builtin_return_address(0));
    return Found == Damaged + 1;
}

void Summary(const char *How)
{
    const MC_REPORT_COUNTS *Reports = McReportCounts();
    LOOKED Before, After;
    ULONG Damaged;
    bool Canary, Index;

    if (Said == GateProcess()) {
        return;
    }
    Said = GateProcess();
    GateClose(); /* the numbers are those of one moment */
    LookAtAll(0, &Before);
    Damaged = MEM_CHECK();
    LookAtAll((ULONG)Mc.Checks, &After);
    Canary = CanaryFound(Damaged);
    Index = McpIsValidIndex();
    BeneathSay(
        "programs: end pid=%d program=%s how=%s requests=%d frees=%d moves=%d zero=%d "
        "aligned=%d early=%d nested=%d beneath=%d lost=%d monitored=%d untracked=%d "
        "unprotected=%d refused=%d unwatched=%d foreign=%d ignored=%d sites-lost=%d "
        "stacks-lost=%d inherited=%d live=%u held=%u looked=%u patrolled=%u broken=%u damaged=%u "
        "canary=%s index=%s reports=%d repeated=%d reports-lost=%d",
        (int)getpid(), program_invocation_short_name, How, Counters.Requests, Counters.Frees,
        Counters.Moves, Counters.Zero, Counters.Aligned, Counters.Early, Counters.Nested,
        Counters.Beneath, Counters.Lost, (LONG)McLaneAllocations(), Mc.Counts.Untracked,
        Mc.Counts.Unprotected, Mc.Counts.PoolFailed, Mc.Counts.Unwatched, Mc.Counts.ForeignFrees,
        Mc.Counts.Ignored, Mc.Counts.SitesLost, Mc.Counts.StacksLost, GateInherited(), After.Live,
        After.Held, After.Looked, Before.Patrolled, After.Broken, Damaged,
        Canary ? "found" : "missed", Index ? "valid" : "broken", Reports->Printed,
        Reports->Repeated, Reports->Lost);
    if (Reports->Printed != 0) {
        BeneathSayMaps();
    }
    GateOpen();
}

/* ---- the ways in which a process ends ---- */

__attribute__((constructor)) static void Begin(void)
{
    if (GateEnter()) { /* a program that never allocates */
        GateLeave();
    }
}

static void End(const char *How)
{
    if ((GateEarly() && !GateEnded()) || GateProcess() != getpid()) {
        return; /* a child of vfork, in its parent's memory */
    }
    if (GateEnter()) {
        Summary(How);
        if (getenv("MEMCHECK_PROGRAMS_EXIT")) {
            GateEnd();
        }
        GateLeave();
        if (GateEnded()) {
            MEM_CHECK_EXIT();
        }
    } else if (!GateEnded()) {
        BeneathSay("programs: end pid=%d how=%s nested", (int)getpid(), How);
    }
}

__attribute__((destructor)) static void Last(void)
{
    End("exit");
}

__attribute__((visibility("default"), noreturn)) void _exit(int Status)
{
    End("_exit");
    for (;;) {
        syscall(SYS_exit_group, Status);
    }
}

__attribute__((visibility("default"), noreturn)) void _Exit(int Status)
{
    _exit(Status);
}
