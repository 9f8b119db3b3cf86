/*
 * oom.c - runs the scenario with request 1 failing, then 2, and so on until none is left to fail.
 *
 *     oom                     bounded: what the test run does, negative controls included
 *     oom --long              every Windows, target, way of failing, set of options
 *     oom --repeat W:T:F:O:N  one run: Windows, target, how it fails, options, N, as a failure
 *                             prints them
 *     oom --broken NAME       the bounded run with MemCheck broken on purpose
 *
 * Every run has a process of its own, so that an abort, a fault or a hang is that one's failure.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include "oom.h"

#define MOST 5000u /* no scenario makes so many requests */

enum { RanOut = 0, Failed = 1, NoneFailed = 2 };

static const char *const WindowsNames[] = {"xp", "2000", "vista", "8", "10"};
static const char *const TargetNames[] = {"all", "driver", "own"};
static const char *const FailingNames[] = {"once", "lasting", "spell"};

/* In a process of its own. */
static int Run(const OOM_PLAN *Plan)
{
    OomBegin(Plan);
    OomScenario();
    if (OomFailures == 0) {
        OomBeginBare();
        OomScenarioBare();
    }
    if (OomFailures != 0) {
        return Failed;
    }
    return OomHit ? RanOut : NoneFailed;
}

static int RunApart(const OOM_PLAN *Plan)
{
    int Status = 0;
    pid_t Child;

    fflush(NULL);
    Child = fork();
    if (Child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (OomBroken != NULL && freopen("/dev/null", "w", stderr) == NULL) {
            _exit(3);
        }
        _exit(Run(Plan));
    }
    if (Child < 0 || waitpid(Child, &Status, 0) != Child) {
        perror("oom: fork");
        exit(3);
    }
    if (WIFSIGNALED(Status)) {
        if (OomBroken == NULL) {
            fprintf(stderr, "  %s\n", strsignal(WTERMSIG(Status)));
        }
        return Failed;
    }
    return WEXITSTATUS(Status);
}

static void Name(const OOM_PLAN *Plan, char *Text, size_t Size)
{
    snprintf(Text, Size, "%s:%s:%s:%u", WindowsNames[Plan->Windows], TargetNames[Plan->Target],
             FailingNames[Plan->Failing], (unsigned)Plan->Options);
}

/* N = 1, 2, ...; FALSE: one run of them was not as it should be. */
static BOOLEAN Series(OOM_PLAN *Plan)
{
    char Text[64];
    int Result = RanOut;

    Name(Plan, Text, sizeof(Text));
    for (Plan->N = 1; Result == RanOut && Plan->N < MOST; Plan->N++) {
        Result = RunApart(Plan);
    }
    Plan->N--;
    if (OomBroken != NULL) {
        return Result == NoneFailed;
    }
    if (Result == NoneFailed && Plan->N > 1) {
        printf("PASS %s: requests 1 to %u failed in turn\n", Text, (unsigned)Plan->N - 1);
        return TRUE;
    }
    printf("FAIL %s: when request %u fails; again: oom --repeat %s:%u\n", Text, (unsigned)Plan->N,
           Text, (unsigned)Plan->N);
    return FALSE;
}

typedef struct _COUNTS {
    ULONG Passed, Failed;
} COUNTS;

static void Count(COUNTS *Counts, BOOLEAN Passed)
{
    Counts->Passed += Passed != 0;
    Counts->Failed += !Passed;
}

static void One(COUNTS *Counts, SIM_WINDOWS Windows, OOM_TARGET Target, OOM_FAILING Failing,
                ULONG Options)
{
    OOM_PLAN Plan = {Windows, Target, Failing, 0, Options};

    Count(Counts, Series(&Plan));
}

/* A broken one must be noticed in one of these. */
static BOOLEAN Noticed(void)
{
    static const OOM_PLAN Plans[] = {{SIM_WINDOWS_XP, OomOwn, OomOnce, 0, 0},
                                     {SIM_WINDOWS_XP, OomDriver, OomLasting, 0, 0},
                                     {SIM_WINDOWS_XP, OomDriver, OomOnce, 0, 0}};
    char Text[64];
    ULONG Index;

    for (Index = 0; Index < sizeof(Plans) / sizeof(Plans[0]); Index++) {
        OOM_PLAN Plan = Plans[Index];

        if (!Series(&Plan)) {
            Name(&Plan, Text, sizeof(Text));
            printf("PASS broken, %s: noticed in %s:%u\n", OomBroken, Text, (unsigned)Plan.N);
            return TRUE;
        }
    }
    printf("FAIL broken, %s: nobody noticed; again: oom --broken %s\n", OomBroken, OomBroken);
    return FALSE;
}

static void Controls(COUNTS *Counts)
{
    const char *const *Each;

    for (Each = OomBrokenNames; *Each != NULL; Each++) {
        OomBroken = *Each;
        Count(Counts, Noticed());
    }
    OomBroken = NULL;
}

static void Bounded(COUNTS *Counts)
{
    One(Counts, SIM_WINDOWS_10, OomAll, OomOnce, 0);
    One(Counts, SIM_WINDOWS_10, OomAll, OomLasting, 0);
    One(Counts, SIM_WINDOWS_XP, OomOwn, OomOnce, 0);
    One(Counts, SIM_WINDOWS_XP, OomOwn, OomLasting, 0);
    One(Counts, SIM_WINDOWS_2000, OomAll, OomSpell, 0);
    One(Counts, SIM_WINDOWS_2000, OomDriver, OomLasting, 0);
    Controls(Counts);
}

static void Long(COUNTS *Counts)
{
    ULONG Windows, Target, Failing, Options;

    for (Options = 0; OomOptions[Options] != NULL; Options++) {
        for (Windows = SIM_WINDOWS_XP; Windows <= SIM_WINDOWS_10; Windows++) {
            for (Target = OomAll; Target <= OomOwn; Target++) {
                for (Failing = OomOnce; Failing <= OomSpell; Failing++) {
                    One(Counts, (SIM_WINDOWS)Windows, (OOM_TARGET)Target, (OOM_FAILING)Failing,
                        Options);
                }
            }
        }
    }
    Controls(Counts);
}

/* "xp:own:once:0:17" */
static BOOLEAN Parse(char *Text, OOM_PLAN *Plan)
{
    char *Rest = NULL, *Word[5];
    ULONG Index;

    for (Index = 0; Index < 5; Index++) {
        Word[Index] = strtok_r(Index == 0 ? Text : NULL, ":", &Rest);
        if (Word[Index] == NULL) {
            return FALSE;
        }
    }
    for (Index = 0; Index < 5 && strcmp(Word[0], WindowsNames[Index]) != 0;) {
        Index++;
    }
    Plan->Windows = (SIM_WINDOWS)Index;
    for (Index = 0; Index < 3 && strcmp(Word[1], TargetNames[Index]) != 0;) {
        Index++;
    }
    Plan->Target = (OOM_TARGET)Index;
    for (Index = 0; Index < 3 && strcmp(Word[2], FailingNames[Index]) != 0;) {
        Index++;
    }
    Plan->Failing = (OOM_FAILING)Index;
    Plan->Options = (ULONG)strtoul(Word[3], NULL, 10) % 3;
    Plan->N = (ULONG)strtoul(Word[4], NULL, 10);
    return Plan->Windows <= SIM_WINDOWS_10 && Plan->Target <= OomOwn && Plan->Failing <= OomSpell &&
           Plan->N != 0;
}

int main(int Words, char **Word)
{
    const char *What = Words > 1 ? Word[1] : "";
    COUNTS Counts = {0, 0};
    OOM_PLAN Plan;

    setvbuf(stdout, NULL, _IOLBF, 0);
    if (Words == 1) {
        Bounded(&Counts);
    } else if (Words == 2 && strcmp(What, "--long") == 0) {
        Long(&Counts);
    } else if (Words == 3 && strcmp(What, "--repeat") == 0 && Parse(Word[2], &Plan)) {
        Count(&Counts, Run(&Plan) != Failed);
    } else if (Words == 3 && strcmp(What, "--broken") == 0) {
        OomBroken = Word[2];
        Count(&Counts, Noticed());
    } else {
        fprintf(stderr,
                "usage: oom [--long | --repeat WINDOWS:TARGET:once|lasting|spell:OPTIONS:N | "
                "--broken NAME]\n");
        return 2;
    }
    printf("%u passed, %u failed\n", (unsigned)Counts.Passed, (unsigned)Counts.Failed);
    return Counts.Failed != 0;
}
