/* race.c - a schedule's beginning and its end, and what the races share. */
#include <string.h>
#include "race.h"
#include "schedule.h"
#include "index.h"

#define MOST_FINDINGS 16

static MC_FINDING Findings[MOST_FINDINGS];
static BOOLEAN Taken[MOST_FINDINGS];
static ULONG FindingCount;
static BOOLEAN Exited;

/* MemCheck's hook; the threads run one at a time. */
VOID McTestReport(const MC_FINDING *Finding)
{
    if (FindingCount == MOST_FINDINGS) {
        ScheduleFatal("more findings than there is room for");
    }
    Findings[FindingCount++] = *Finding;
}

PUCHAR RaceOwned(SIZE_T Size)
{
    PUCHAR P = MEM_ALLOCATE_WITH_TAG(NonPagedPool, Size, RACE_TAG);

    if (P == NULL) {
        ScheduleFatal("no memory for a block");
    }
    return P;
}

PUCHAR RacePlain(SIZE_T Size)
{
    PUCHAR P = ExAllocatePoolWithTag(NonPagedPool, Size, RACE_TAG);

    if (P == NULL) {
        ScheduleFatal("no memory for a block");
    }
    return P;
}

void RaceDamage(PUCHAR Byte)
{
    *Byte ^= 0x5A;
}

void RaceDrain(void)
{
    PVOID P;

    SimFailOnlyTag(RACE_TAG); /* not what MemCheck takes for itself */
    SimFailNth(1);
    P = MEM_ALLOCATE_WITH_TAG(NonPagedPool, 700, RACE_TAG);
    SimFailNone();
    MEMCHECK_FREE(P);
}

BOOLEAN RaceInPool(PVOID User)
{
    SIM_BLOCK Block;

    return SimPoolFind(User, &Block) && Block.Owner == SIM_DRIVER;
}

void RaceExit(void)
{
    MEM_CHECK_EXIT();
    Exited = TRUE;
}

ULONG RaceTook(MC_KIND Kind, MC_FINDING *First)
{
    ULONG Index, Result = 0;

    for (Index = 0; Index < FindingCount; Index++) {
        if (Findings[Index].Kind == Kind && !Taken[Index]) {
            if (Result++ == 0 && First != NULL) {
                *First = Findings[Index];
            }
            Taken[Index] = TRUE;
        }
    }
    return Result;
}

/* ---- the invariants of the core, with nobody inside ---- */

static void JudgeRecord(const MC_RECORD *Record)
{
    const MC_STATE State = McRecordState(Record);

    if (State == McStateGone && Record->State == MC_STATE_CODE(McStateGone)) {
        return;
    }
    if (State != McStateLive && State != McStateQuarantined) {
        RaceFail("block %u is left in state %u", (unsigned)Record->Number, (unsigned)State);
    } else if (MC_REFERENCES(Record->State) != 0) {
        RaceFail("block %u is left with %d references", (unsigned)Record->Number,
                 (int)(MC_REFERENCES(Record->State)));
    } else if (!McpIsValidRecord(Record)) {
        RaceFail("the record of block %u is not valid", (unsigned)Record->Number);
    }
}

static void JudgeCore(void)
{
    ULONG Handle, Lane;

    for (Handle = 1; Handle < McRecordLimit(); Handle++) {
        if (McRecordAt(Handle) != NULL) { /* some numbers are none */
            JudgeRecord(McRecordAt(Handle));
        }
    }
    for (Lane = 0; Lane < MC_MOST_LANES; Lane++) {
        if (Mc.Lane[Lane].InFlight != 0) {
            RaceFail("lane %u counts %d operations inside", (unsigned)Lane,
                     (int)Mc.Lane[Lane].InFlight);
        }
    }
    if (!McpIsValidIndex()) {
        RaceFail("the index is not valid");
    }
    if (!McpIsValidRetired()) {
        RaceFail("the table of the retired is not valid");
    }
}

/* ---- begin and end ---- */

void RaceBegin(const RACE *Race)
{
    FindingCount = 0;
    Exited = FALSE;
    memset(Taken, 0, sizeof Taken);
    SimOutputClear();
    SimOptions(Race->Options);
    MEM_CHECK_INIT_EX(NULL);
    ExploreAdopted(Race);
    Race->Setup();
}

static void NothingLeft(void)
{
    ULONG Index;

    for (Index = 0; Index < FindingCount; Index++) {
        if (!Taken[Index]) {
            RaceFail("finding %s of block %u was not expected",
                     McKindMachineName(Findings[Index].Kind),
                     (unsigned)Findings[Index].Block.Number);
        }
    }
}

const char *RaceEnd(const RACE *Race)
{
    const char *Outcome, *Wrong;
    LONG Lost;

    if (!Exited) {
        JudgeCore();
    }
    Outcome = Race->Judge();
    Lost = McReportCounts()->Lost;
    if (!Exited) {
        RaceExit();
    }
    NothingLeft();
    Wrong = ReportsWrong(Findings, FindingCount, (ULONG)Lost);
    if (Wrong != NULL) {
        RaceFail("%s; all that was printed:\n%s", Wrong, SimOutputText());
    }
    if (!SimPoolReset()) {
        RaceFail("blocks are left in the pool, see above");
    }
    return Outcome;
}
