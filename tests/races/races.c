/*
 * races.c - the explorer's program.
 *
 *     races [--race NAME]... [--bound N] [--more N] [--most N] [--minutes N]
 *     races --race NAME --schedule 12:1,40:0 [--trace]
 *     races --list
 *
 * --bound: preemptions for each race, in place of its own; --more: so many more than its own.
 * --most, --minutes: schedules and minutes at most, of each. Each race is a process of its own,
 * with a simulated kernel.
 */
#define _GNU_SOURCE
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "race.h"

static const RACE *const Tables[] = {RacesFree, RacesEnd, RacesPlain, RacesReport};
#define TABLES (sizeof Tables / sizeof Tables[0])

static RACE_PLAN Plan;
static const char *Only[64];
static ULONG OnlyCount, More, Passed, Failed;
static BOOLEAN Bounded;

static BOOLEAN IsChosen(const RACE *Race)
{
    ULONG Index;

    for (Index = 0; Index < OnlyCount; Index++) {
        if (strcmp(Only[Index], Race->Name) == 0) {
            return TRUE;
        }
    }
    return OnlyCount == 0;
}

/* One host processor: the threads take turns, and a turn is quicker where no other one wakes up. */
static void StayHere(void)
{
    cpu_set_t Here;

    CPU_ZERO(&Here);
    CPU_SET((unsigned)sched_getcpu(), &Here);
    (void)sched_setaffinity(0, sizeof Here, &Here);
}

/*
 * Three processors, so two lanes: the second and third thread made share none, the first and third
 * one. The clock is frozen, and paged memory is never out of reach: nothing depends on time.
 */
static _Noreturn void Child(const RACE *Race)
{
    SIM_OPTIONS Options = {.Processors = 3,
                           .FreezeClock = TRUE,
                           .PagingEvery = SIM_PAGING_NEVER,
                           .WatchdogSeconds = 60};
    BOOLEAN Good;

    StayHere();
    SimStart(&Options);
    Good = RaceExplore(Race, &Plan);
    fflush(NULL);
    _exit(Good ? 0 : 1);
}

static void Run(const RACE *Race)
{
    int Status = -1;
    pid_t Pid;

    if (!Bounded) {
        Plan.Bound = Race->Bound + More;
    }
    fflush(NULL);
    Pid = fork();
    if (Pid == 0) {
        Child(Race);
    }
    if (Pid < 0 || waitpid(Pid, &Status, 0) != Pid || Status != 0) {
        printf("FAIL %s\n", Race->Name);
        Failed++;
    } else {
        Passed++;
    }
}

static int Usage(void)
{
    fprintf(stderr,
            "usage: races [--race NAME]... [--bound N] [--more N] [--most N] [--minutes N]\n"
            "             [--schedule TEXT] [--trace] [--list]\n");
    return 2;
}

static BOOLEAN Read(int Count, char **Words, BOOLEAN *List)
{
    int Index;

    for (Index = 1; Index < Count; Index++) {
        const char *Word = Words[Index], *Value = Index + 1 < Count ? Words[Index + 1] : "";
        const ULONG Number = (ULONG)strtoul(Value, NULL, 10);

        if (strcmp(Word, "--list") == 0) {
            *List = TRUE;
            continue;
        }
        if (strcmp(Word, "--trace") == 0) {
            Plan.Trace = TRUE;
            continue;
        }
        if (strcmp(Word, "--race") == 0 && OnlyCount < 64) {
            Only[OnlyCount++] = Value;
        } else if (strcmp(Word, "--bound") == 0) {
            Plan.Bound = Number;
            Bounded = TRUE;
        } else if (strcmp(Word, "--more") == 0) {
            More = Number;
        } else if (strcmp(Word, "--most") == 0) {
            Plan.Most = Number;
        } else if (strcmp(Word, "--minutes") == 0) {
            Plan.Minutes = Number;
        } else if (strcmp(Word, "--schedule") == 0) {
            Plan.Replay = Value;
        } else {
            return FALSE;
        }
        Index++;
    }
    return Plan.Replay == NULL || OnlyCount == 1;
}

int main(int Count, char **Words)
{
    BOOLEAN List = FALSE;
    const RACE *Race;
    ULONG Table;

    if (!Read(Count, Words, &List)) {
        return Usage();
    }
    for (Table = 0; Table < TABLES; Table++) {
        for (Race = Tables[Table]; Race->Name != NULL; Race++) {
            if (List) {
                printf("%-22s %s\n", Race->Name, Race->About);
            } else if (IsChosen(Race)) {
                Run(Race);
            }
        }
    }
    if (!List) {
        printf("races: %u passed, %u failed\n", (unsigned)Passed, (unsigned)Failed);
    }
    return Failed != 0 || (!List && Passed == 0);
}
