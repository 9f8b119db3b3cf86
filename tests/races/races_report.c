/* races_report.c - reports that are made at one time: slots, and who prints. */
#include <string.h>
#include "race.h"

static PUCHAR P, Q, R;

static void Setup(void)
{
    P = RaceOwned(24);
    Q = RaceOwned(40);
    R = RaceOwned(56);
    RaceDamage(P + 24);
    RaceDamage(Q + 40);
}

static void FreeP(void)
{
    MEMCHECK_FREE(P);
}

static void FreeQ(void)
{
    MEMCHECK_FREE(Q);
}

/* A third kind of report, for which there may be no slot. */
static void FreeInside(void)
{
    MEMCHECK_FREE(R + 16);
}

static const char *FirstOf(void)
{
    SIM_OUTPUT Output;
    ULONG Index;

    for (Index = 0; SimOutputEntry(Index, &Output); Index++) {
        if (strstr(Output.Text, " n=1 kind=") != NULL) {
            return strstr(Output.Text, " size=24 ") != NULL   ? "P first"
                   : strstr(Output.Text, " size=40 ") != NULL ? "Q first"
                                                              : "R first";
        }
    }
    return "none";
}

static const char *JudgeTwo(void)
{
    if (SimOutputFind(" kind=overrun ") != 2) {
        RaceFail("two reports, of which %u are printed", (unsigned)SimOutputFind(" kind=overrun "));
    }
    if (RaceTook(McKindOverrun, NULL) != 2) {
        RaceFail("two overruns, and not two findings");
    }
    MEMCHECK_FREE(R);
    return FirstOf();
}

static const char *JudgeThree(void)
{
    const LONG Lost = McReportCounts()->Lost;
    const ULONG Found = RaceTook(McKindOverrun, NULL) + RaceTook(McKindInteriorFree, NULL);

    if (Found + (ULONG)Lost != 3) {
        RaceFail("three things to find, %u found and %d without a slot", (unsigned)Found,
                 (int)Lost);
    }
    MEMCHECK_FREE(R);
    return Lost == 0 ? "all" : "lost";
}

#define CALM "patrol=0,stacks=0,repeat=1"

const RACE RacesReport[] = {
    {"report_report",
     "two reports at one time",
     CALM,
     Setup,
     {FreeP, FreeQ},
     JudgeTwo,
     "P first,Q first",
     1,
     0},
    {"report_report_report",
     "three, and two slots",
     CALM,
     Setup,
     {FreeP, FreeQ, FreeInside},
     JudgeThree,
     "all,lost",
     1,
     0},
    {NULL, NULL, NULL, NULL, {NULL}, NULL, NULL, 0, 0},
};
