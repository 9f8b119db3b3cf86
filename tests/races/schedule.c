/* schedule.c - all schedules of a race, depth-first, within the bound. */
#define _GNU_SOURCE
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "schedule.h"

#define MOST_DECISIONS 65536
#define MOST_OUTCOMES  16
#define WATCHDOG       60 /* real seconds for a thousand schedules */

/* One answer, and what else it could have been. */
typedef struct _DECISION {
    UCHAR Mask, Default, Chosen;
    BOOLEAN Preempts;
} DECISION;

static DECISION Decisions[MOST_DECISIONS];
static ULONG Prefix; /* so many are given: those of the schedule before, the last one changed */
static ULONG Made;   /* so many were met in this run */
static const RACE *Racing;
static const RACE_PLAN *Planned;
static BOOLEAN Failed, Anew;
static struct {
    char Name[64];
    ULONG Times;
} Outcomes[MOST_OUTCOMES];

/* ---- the string of a schedule ---- */

/* "12:1,40:0": at the twelfth question thread 1, ...; by default it is "-". */
static void ScheduleText(char *Text, size_t Size)
{
    size_t Length = 0;
    ULONG Index;

    snprintf(Text, Size, "-");
    for (Index = 0; Index < Made && Length + 16 < Size; Index++) {
        if (Decisions[Index].Chosen != Decisions[Index].Default) {
            Length +=
                (size_t)snprintf(Text + Length, Size - Length, "%s%u:%u", Length == 0 ? "" : ",",
                                 (unsigned)Index, Decisions[Index].Chosen);
        }
    }
}

/* What the string says of question Index; else Default. */
static ULONG Replayed(ULONG Index, ULONG Default)
{
    const char *At = Planned->Replay;
    unsigned Question, Thread;
    int Length;

    while (sscanf(At, "%u:%u%n", &Question, &Thread, &Length) == 2) {
        if (Question == Index) {
            return Thread;
        }
        At += Length + (At[Length] == ',');
    }
    return Default;
}

static void SayRepeat(void)
{
    char Text[1024];

    ScheduleText(Text, sizeof Text);
    fprintf(stderr, "repeat: races --race %s --schedule %s\n", Racing->Name, Text);
}

static void SayFailure(const char *Format, va_list Arguments)
{
    fprintf(stderr, "FAIL %s: ", Racing->Name);
    vfprintf(stderr, Format, Arguments);
    fprintf(stderr, "\n");
    SayRepeat();
}

void RaceFail(const char *Format, ...)
{
    va_list Arguments;

    if (Failed) {
        return;
    }
    Failed = TRUE;
    va_start(Arguments, Format);
    SayFailure(Format, Arguments);
    va_end(Arguments);
}

_Noreturn void ScheduleFatal(const char *Format, ...)
{
    va_list Arguments;

    va_start(Arguments, Format);
    SayFailure(Format, Arguments);
    va_end(Arguments);
    fflush(NULL);
    _exit(1);
}

/* The simulated kernel aborts: it has said why. */
static void OnAbort(int Signal)
{
    (void)Signal;
    ScheduleFatal("the simulated kernel has stopped, see above");
}

/* ---- one run ---- */

ULONG ScheduleDecisions(void)
{
    return Made;
}

BOOLEAN ScheduleTraced(void)
{
    return Planned->Trace;
}

ULONG ScheduleChoose(ULONG Mask, ULONG Default, BOOLEAN Preempts)
{
    DECISION *Decision = &Decisions[Made];

    if (Made == MOST_DECISIONS) {
        ScheduleFatal("more than %u decisions", MOST_DECISIONS);
    }
    if (Made < Prefix && (Decision->Mask != Mask || Decision->Default != Default)) {
        ScheduleFatal("decision %u is not the one it was: the race is not deterministic",
                      (unsigned)Made);
    }
    if (Made >= Prefix) {
        Decision->Mask = (UCHAR)Mask;
        Decision->Default = (UCHAR)Default;
        Decision->Preempts = Preempts;
        Decision->Chosen = (UCHAR)(Planned->Replay != NULL ? Replayed(Made, Default) : Default);
        if ((Mask >> Decision->Chosen & 1) == 0) {
            ScheduleFatal("decision %u: thread %u cannot go on", (unsigned)Made, Decision->Chosen);
        }
    }
    Made++;
    return Decision->Chosen;
}

BOOLEAN ScheduleReplayed(void)
{
    return Planned->Replay != NULL;
}

void ScheduleAnew(void)
{
    Anew = TRUE;
}

static void NoteOutcome(const char *Name)
{
    ULONG Index;

    for (Index = 0; Index < MOST_OUTCOMES && Outcomes[Index].Times != 0; Index++) {
        if (strcmp(Outcomes[Index].Name, Name) == 0) {
            break;
        }
    }
    if (Index == MOST_OUTCOMES) {
        RaceFail("more outcomes than there is room for");
        return;
    }
    snprintf(Outcomes[Index].Name, sizeof Outcomes[Index].Name, "%s", Name);
    Outcomes[Index].Times++;
}

static BOOLEAN IsListed(const char *List, const char *Name)
{
    const size_t Length = strlen(Name);
    const char *At = List;

    for (;;) {
        if (strncmp(At, Name, Length) == 0 && (At[Length] == ',' || At[Length] == 0)) {
            return TRUE;
        }
        At = strchr(At, ',');
        if (At == NULL) {
            return FALSE;
        }
        At++;
    }
}

static void RunOne(void)
{
    const char *Outcome;

    Made = 0;
    ExploreWatch(Racing);
    RaceBegin(Racing);
    ExploreRun(Racing);
    Outcome = RaceEnd(Racing);
    if (Outcome != NULL) {
        NoteOutcome(Outcome);
        if (!IsListed(Racing->Outcomes, Outcome)) {
            RaceFail("outcome \"%s\" is none of \"%s\"", Outcome, Racing->Outcomes);
        }
    }
}

/* ---- the next one ---- */

static ULONG PreemptionsBefore(ULONG End)
{
    ULONG Index, Result = 0;

    for (Index = 0; Index < End; Index++) {
        Result += Decisions[Index].Preempts && Decisions[Index].Chosen != Decisions[Index].Default;
    }
    return Result;
}

/* The next choice of a decision, after its default all others in order; FALSE: there is none. */
static BOOLEAN NextChoice(DECISION *Decision)
{
    ULONG Next = Decision->Chosen == Decision->Default ? 0 : Decision->Chosen + 1u;

    for (; Next < 8; Next++) {
        if (Next != Decision->Default && (Decision->Mask >> Next & 1) != 0) {
            Decision->Chosen = (UCHAR)Next;
            return TRUE;
        }
    }
    return FALSE;
}

/* FALSE: there is no other schedule within the bound. */
static BOOLEAN NextSchedule(void)
{
    ULONG Index = Made;

    while (Index-- > 0) {
        DECISION *Decision = &Decisions[Index];

        if (Decision->Preempts && PreemptionsBefore(Index) >= Planned->Bound) {
            continue;
        }
        if (NextChoice(Decision)) {
            Prefix = Index + 1;
            return TRUE;
        }
    }
    return FALSE;
}

/* ---- all ---- */

/* Asked now and then: a schedule takes less than a millisecond. */
static BOOLEAN TimeIsUp(ULONG Schedules)
{
    static time_t Start;

    if (Start == 0) {
        Start = time(NULL);
    }
    return Planned->Minutes != 0 && Schedules % 256 == 0 &&
           time(NULL) - Start >= (time_t)Planned->Minutes * 60;
}

static void RequireOutcomes(void)
{
    char List[512], *Name, *Rest = List;
    ULONG Index;

    snprintf(List, sizeof List, "%s", Racing->Outcomes);
    while ((Name = strsep(&Rest, ",")) != NULL) {
        for (Index = 0; Index < MOST_OUTCOMES && strcmp(Outcomes[Index].Name, Name) != 0; Index++) {
        }
        if (Index == MOST_OUTCOMES) {
            RaceFail("outcome \"%s\" never came: these schedules do not explore the race", Name);
        }
    }
}

static void SayResult(ULONG Schedules, BOOLEAN All, ULONG Longest)
{
    ULONG Index;

    printf("%-22s %7u schedules of up to %u decisions, %s %u preemption%s:", Racing->Name,
           (unsigned)Schedules, (unsigned)Longest,
           All ? "all with up to" : "CUT SHORT, of those with", (unsigned)Planned->Bound,
           Planned->Bound == 1 ? "" : "s");
    for (Index = 0; Index < MOST_OUTCOMES && Outcomes[Index].Times != 0; Index++) {
        printf(" %s %u%s", Outcomes[Index].Name, (unsigned)Outcomes[Index].Times,
               Index + 1 < MOST_OUTCOMES && Outcomes[Index + 1].Times != 0 ? "," : "");
    }
    printf("\n");
}

BOOLEAN RaceExplore(const RACE *Race, const RACE_PLAN *Plan)
{
    ULONG Schedules = 0, Longest = 0;
    BOOLEAN More = TRUE;

    Racing = Race;
    Planned = Plan;
    signal(SIGABRT, OnAbort);
    while (More && !Failed && (Plan->Most == 0 || Schedules < Plan->Most) && !TimeIsUp(Schedules)) {
        if (Schedules % 1000 == 0) {
            SimWatchdog(WATCHDOG);
        }
        RunOne();
        Schedules++;
        Longest = Made > Longest ? Made : Longest;
        if (Anew && Plan->Replay == NULL) {
            Anew = FALSE;
            Prefix = Schedules = 0;
            memset(Outcomes, 0, sizeof Outcomes);
        } else {
            More = Plan->Replay == NULL && NextSchedule();
        }
    }
    if (!Failed && Plan->Replay == NULL) {
        if (!More) {
            RequireOutcomes();
        }
        SayResult(Schedules, !More, Longest);
    } else if (!Failed) {
        printf("%s: %s\n", Race->Name, Outcomes[0].Name);
    }
    return !Failed;
}
