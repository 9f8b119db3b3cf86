/* stress_ledger.c - what was planted, what was found, and whether that is the same. */
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>
#include "stress.h"

#define MOST_FINDINGS 8192

static volatile LONG Planted[McKinds], Found[McKinds];
static volatile LONG PlantedLeaks, FoundLeaks;
static MC_FINDING Findings[MOST_FINDINGS];
static volatile LONG FindingCount;

void LedgerPlant(MC_KIND Kind)
{
    __sync_add_and_fetch(&Planted[Kind], 1);
}

void LedgerPlantLeak(void)
{
    __sync_add_and_fetch(&PlantedLeaks, 1);
}

/* When EXIT comes in between, calls are late, and blocks are EXIT's. */
static BOOLEAN MayBe(MC_KIND Kind)
{
    if (Kind == McKindLeak || Kind == McKindLeakSite) {
        return TRUE;
    }
    if (StressRound.Exits) {
        return Kind == McKindWrongOrder || Kind == McKindAfterExitFree || Kind == McKindBadAccess ||
               Kind == McKindDescribe;
    }
    return Kind == McKindDescribe || Found[Kind] <= Planted[Kind];
}

VOID McTestReport(const MC_FINDING *Finding)
{
    LONG Index = __sync_fetch_and_add(&FindingCount, 1);

    if (Index < MOST_FINDINGS) {
        Findings[Index] = *Finding;
    }
    __sync_add_and_fetch(&Found[Finding->Kind], 1);
    if (Finding->Kind == McKindLeak || Finding->Kind == McKindLeakSite) {
        __sync_add_and_fetch(&FoundLeaks, Finding->Kind == McKindLeak ? 1 : (LONG)Finding->Count);
    }
    if (!MayBe(Finding->Kind)) {
        StressFail(
            "%s of block %u at %p, user %p, size %u, state %u, by %u, reason %u: not planted",
            McKindMachineName(Finding->Kind), (unsigned)Finding->Block.Number,
            (PVOID)Finding->Address, (PVOID)Finding->Block.User, (unsigned)Finding->Block.Size,
            (unsigned)Finding->Block.State, (unsigned)Finding->By, (unsigned)Finding->Reason);
    }
}

static BOOLEAN JudgeCounts(void)
{
    const LONG Lost = McReportCounts()->Lost;
    LONG Missing = PlantedLeaks - FoundLeaks;
    ULONG Kind;

    for (Kind = 0; Kind < McKinds; Kind++) {
        if (Kind != McKindLeak && Kind != McKindLeakSite && Kind != McKindDescribe) {
            Missing += Planted[Kind] - Found[Kind];
        }
    }
    if (Missing < 0 || (Missing > 0 && Lost == 0) || FoundLeaks > PlantedLeaks) {
        for (Kind = 0; Kind < McKinds; Kind++) {
            fprintf(stderr, "stress: %s: planted %d, found %d\n", McKindMachineName((MC_KIND)Kind),
                    (int)Planted[Kind], (int)Found[Kind]);
        }
        fprintf(stderr, "stress: leaks: planted %d, found %d; without a slot %d\n",
                (int)PlantedLeaks, (int)FoundLeaks, (int)Lost);
        return FALSE;
    }
    return TRUE;
}

ULONG LedgerFound(MC_KIND Kind)
{
    return (ULONG)Found[Kind];
}

BOOLEAN LedgerJudge(void)
{
    const char *Wrong = NULL;

    if (FindingCount <= MOST_FINDINGS) {
        Wrong = ReportsWrong(Findings, (ULONG)FindingCount, (ULONG)McReportCounts()->Lost);
    }
    if (SimOutputFind("not a number") + SimOutputFind("out of bounds") +
            SimOutputFind("there is none of that name") !=
        0) {
        Wrong = "an option string of the stress is not taken";
    }
    if (Wrong != NULL) {
        fprintf(stderr, "stress: %s\n", Wrong);
        return FALSE;
    }
    return StressRound.Exits || JudgeCounts();
}
