/*
 * scribble.c - scribbles over the pool, systematically and at random, and lets MemCheck look.
 *
 *     scribble                          bounded: what the test run does, controls included
 *     scribble --long SECONDS [SEED]    half the time cases of all lengths and patterns, half of it
 *                                       lives from SEED on
 *     scribble --case S:O:L:P:K         one case: scene, offset, length, pattern, look
 *     scribble --life SEED              one life
 *     scribble --blind NAME             the bounded run with MemCheck blinded
 *     scribble --own SECONDS            writes into MemCheck's own memory, for so long
 *     scribble --own-case S:A:L:P       one of them
 *
 * Two ways. A *case* is one write into a scene that stands; damage is repaired by MemCheck (option
 * repair), the rest is put back, and the next one follows. A *life* is a random scene, some writes,
 * a first look of one of eight sorts, then all the others, the frees and EXIT, without repair.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "scribble.h"

#define LIVES_BOUNDED 700
#define OWN_BOUNDED   6000 /* writes into own memory, each in a process; fewer under a slow tool */

ULONG ScFailures;

SC_AT *ScAt;

void ScFail(const char *Format, ...)
{
    va_list Arguments;

    if (++ScFailures > 8 || ScBlind != NULL) {
        return;
    }
    if (ScFailures == 1) {
        fprintf(stderr, "  %s\n", ScAt->What);
    }
    va_start(Arguments, Format);
    fprintf(stderr, "    ");
    vfprintf(stderr, Format, Arguments);
    fputc('\n', stderr);
    va_end(Arguments);
}

/* ---- cases ---- */

typedef struct _CASE {
    ULONG Scene;
    SIZE_T Offset, Length;
    ULONG Pattern;
    SC_LOOK Look;
} CASE;

static void Judge(const CASE *Case)
{
    static UCHAR Bytes[SC_LONGEST];
    SC_DAMAGE Damage[SC_DAMAGES];

    snprintf(ScAt->What, sizeof(ScAt->What), "again: scribble --case %s:%lu:%lu:%s:%s",
             ScSceneNames[Case->Scene], (unsigned long)Case->Offset, (unsigned long)Case->Length,
             ScPatternNames[Case->Pattern], ScLookNames[Case->Look]);
    ScSeed((ULONG)(Case->Offset * 131 + Case->Length)); /* the same when it is repeated */
    ScBytes(Case->Pattern, Case->Offset, Case->Length, Bytes);
    ScWrite(Case->Offset, Bytes, Case->Length);
    ScAt->Cases++;
    ScAt->Damaging += ScExpected(Damage) != 0;
    ScRemember();
    ScLook(Case->Look);
    ScCompare(FALSE);
    if (!ScWatchedIsIntact()) {
        ScFail("not repaired");
    }
    if (ScAt->Cases % 8 == 0) {
        ScDescribe(Case->Offset);
        ScForget();
    }
    ScRestore();
    if (ScAt->Cases % 16 == 0) {
        ScRemember();
        ScLook(ScByCheck);
        ScNothing();
    }
}

/* Near the edge of a zone, where all the difference is made. */
static BOOLEAN NearEdge(SIZE_T Offset)
{
    const SIZE_T First = Offset > 20 ? Offset - 20 : 0;
    SIZE_T Index;

    for (Index = First; Index < Offset + 20 && Index + 1 < ScSpanBytes; Index++) {
        if (ScZoneAt(Index) != ScZoneAt(Index + 1)) {
            return TRUE;
        }
    }
    return FALSE;
}

static const SIZE_T Lengths[] = {1, 2, 3, 4, 8, 17, 40, 130, SC_LONGEST};
#define LENGTHS (sizeof(Lengths) / sizeof(Lengths[0]))

/* Of one offset: a length and a pattern that change from one to the next; or all of them. */
static void Offset(CASE *Case, BOOLEAN All)
{
    static ULONG Next;
    ULONG Length, Pattern;

    for (Length = 0; Length < LENGTHS; Length++) {
        if (!All && Length > 0 && (Case->Offset + Length) % 6 != 0) {
            continue;
        }
        Case->Length = Lengths[Length];
        for (Pattern = 0; Pattern < (All ? ScPatterns : 1); Pattern++) {
            Case->Pattern = All ? Pattern : Next % ScPatterns;
            Case->Look = (SC_LOOK)(Next++ % (ScAtDispatch + 1));
            Judge(Case);
        }
    }
}

#define APART 2654435761u /* prime: so many offsets from one to the next, round and round */

/* All near the edges, and some between, in such an order that who stops early has been everywhere.
 * Seconds: 0, the short way; else all lengths and patterns, and for so long at the most. */
static void Scene(ULONG Which, ULONG Seconds)
{
    const time_t Stop = time(NULL) + (time_t)Seconds;
    const BOOLEAN All = Seconds != 0;
    CASE Case = {.Scene = Which};
    ULONG Step;

    for (Step = 0; Step < ScSpanBytes; Step++) {
        Case.Offset = (SIZE_T)((ULONGLONG)Step * APART % ScSpanBytes);
        if (ScZoneAt(Case.Offset) != ScOwn &&
            (NearEdge(Case.Offset) || Case.Offset % (All ? 7 : 101) == 0)) {
            Offset(&Case, All);
            SimWatchdog(ScWatchdog); /* it is for one offset */
        }
        if (ScFailures != 0 || (All && Step % 64 == 0 && time(NULL) > Stop)) {
            return;
        }
    }
}

static void Stand(ULONG Which)
{
    snprintf(ScAt->What, sizeof(ScAt->What), "scene %s", ScSceneNames[Which]);
    ScSeed(1);
    ScStart("repair,patrol=0,slice=0,stacks=2");
    ScScene(Which);
    ScMap(0);
    ScBlindNow();
    ScForget();
}

static void Cases(ULONG Which, ULONG Seconds)
{
    Stand(Which);
    Scene(Which, Seconds);
    if (ScFailures == 0) {
        snprintf(ScAt->What, sizeof(ScAt->What), "the end of scene %s", ScSceneNames[Which]);
        ScFreeAll();
        ScStop();
        ScNothing();
    }
}

/* ---- running ---- */

/* TRUE: it came to its end with nothing to say. */
static BOOLEAN Apart(void (*Routine)(ULONG, ULONG), ULONG A, ULONG B, BOOLEAN Silent, int *Status)
{
    pid_t Child;

    fflush(NULL);
    Child = fork();
    if (Child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (Silent && freopen("/dev/null", "w", stderr) == NULL) {
            _exit(3);
        }
        Routine(A, B);
        _exit(ScFailures != 0);
    }
    if (Child < 0 || waitpid(Child, Status, 0) != Child) {
        perror("scribble: fork");
        exit(3);
    }
    if (WIFSIGNALED(*Status) && !Silent) {
        fprintf(stderr, "  %s\n    %s\n", ScAt->What, strsignal(WTERMSIG(*Status)));
    }
    return *Status == 0;
}

typedef struct _COUNTS {
    ULONG Passed, Failed;
} COUNTS;

static void Say(COUNTS *Counts, BOOLEAN Passed, const char *What)
{
    Counts->Passed += Passed != 0;
    Counts->Failed += !Passed;
    printf("%s %s: %u writes, %u of them to be found\n", Passed ? "PASS" : "FAIL", What,
           (unsigned)ScAt->Cases, (unsigned)ScAt->Damaging);
    ScAt->Cases = ScAt->Damaging = 0;
}

static void Scenes(COUNTS *Counts, ULONG Seconds)
{
    char What[80];
    ULONG Which;
    int Status;

    for (Which = 0; ScSceneNames[Which] != NULL; Which++) {
        const BOOLEAN Passed = Apart(Cases, Which, Seconds, FALSE, &Status);

        snprintf(What, sizeof(What), "scene %s", ScSceneNames[Which]);
        Say(Counts, Passed, What);
    }
}

/* Many in one process each time: a process costs more than a life. */
static void Lifes(ULONG First, ULONG Last)
{
    for (; First < Last && ScFailures == 0; First++) {
        ScLife(First);
    }
}

static BOOLEAN Lives(COUNTS *Counts, ULONG First, ULONG Count)
{
    char What[80];
    int Status;
    const BOOLEAN Passed = Apart(Lifes, First, First + Count, FALSE, &Status);

    snprintf(What, sizeof(What), "lives %u to %u", (unsigned)First, (unsigned)(First + Count - 1));
    Say(Counts, Passed, What);
    return Passed;
}

/* A blind MemCheck must be noticed in one of these. */
static BOOLEAN Noticed(void)
{
    int Status;
    const BOOLEAN Noticed =
        !Apart(Cases, 0, 0, TRUE, &Status) || !Apart(Cases, 2, 0, TRUE, &Status);

    printf("%s blind, %s: %s\n", Noticed ? "PASS" : "FAIL", ScBlind,
           Noticed ? "noticed" : "nobody noticed");
    ScAt->Cases = ScAt->Damaging = 0;
    return Noticed;
}

static void Controls(COUNTS *Counts)
{
    const char *const *Each;

    for (Each = ScBlindNames; *Each != NULL; Each++) {
        ScBlind = *Each;
        if (Noticed()) {
            Counts->Passed++;
        } else {
            Counts->Failed++;
        }
    }
    ScBlind = NULL;
}

static void Long(COUNTS *Counts, ULONG Seconds, ULONG Seed)
{
    const time_t End = time(NULL) + (time_t)Seconds;

    Scenes(Counts, Seconds / 16 + 1); /* half of the time */
    while (time(NULL) < End && Lives(Counts, Seed, 2000)) {
        Seed += 2000;
    }
}

/* Writes into MemCheck's own memory. */
static void Own(COUNTS *Counts, ULONG Seconds, ULONG Most)
{
    if (ScOwnAll(Seconds, Most) == 0) {
        Counts->Passed++;
    } else {
        Counts->Failed++;
    }
    ScAt->Cases = ScAt->Damaging = 0;
}

static ULONG Index(const char *const *Names, const char *Name)
{
    ULONG At_ = 0;

    while (Names[At_] != NULL && (Name == NULL || strcmp(Names[At_], Name) != 0)) {
        At_++;
    }
    if (Names[At_] == NULL) {
        fprintf(stderr, "scribble: no %s\n", Name != NULL ? Name : "such case");
        exit(2);
    }
    return At_;
}

static void OneCase(char *Text)
{
    char *Rest = NULL;
    CASE Case;

    Case.Scene = Index(ScSceneNames, strtok_r(Text, ":", &Rest));
    Case.Offset = strtoul(strtok_r(NULL, ":", &Rest), NULL, 10);
    Case.Length = strtoul(strtok_r(NULL, ":", &Rest), NULL, 10);
    Case.Pattern = Index(ScPatternNames, strtok_r(NULL, ":", &Rest));
    Case.Look = (SC_LOOK)Index(ScLookNames, strtok_r(NULL, ":", &Rest));
    Stand(Case.Scene);
    Judge(&Case);
}

int main(int Words, char **Word)
{
    const char *What = Words > 1 ? Word[1] : "";
    const ULONG First = Words > 2 ? (ULONG)strtoul(Word[2], NULL, 10) : 0;
    const ULONG Second = Words > 3 ? (ULONG)strtoul(Word[3], NULL, 10) : 1;
    COUNTS Counts = {0, 0};

    ScAt = mmap(NULL, sizeof(*ScAt), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (ScAt == MAP_FAILED) {
        perror("scribble");
        return 3;
    }
    if (Words == 1) {
        Scenes(&Counts, 0);
        Lives(&Counts, 1, LIVES_BOUNDED);
        Own(&Counts, 3600, OWN_BOUNDED / SimPatience(1));
        Controls(&Counts);
    } else if (Words > 2 && strcmp(What, "--long") == 0) {
        Long(&Counts, First, Second);
        Controls(&Counts);
    } else if (Words == 3 && strcmp(What, "--case") == 0) {
        OneCase(Word[2]);
        Say(&Counts, ScFailures == 0, "case");
    } else if (Words == 3 && strcmp(What, "--life") == 0) {
        ScLife(First);
        Say(&Counts, ScFailures == 0, "life");
    } else if (Words == 3 && strcmp(What, "--blind") == 0) {
        ScBlind = Word[2];
        (Noticed() ? &Counts.Passed : &Counts.Failed)[0]++;
    } else if (Words > 2 && strcmp(What, "--own") == 0) {
        Own(&Counts, First, 1000000000);
    } else if (Words == 3 && strcmp(What, "--own-case") == 0) {
        (ScOwnCase(Word[2]) ? &Counts.Passed : &Counts.Failed)[0]++;
    } else {
        fprintf(stderr, "usage: scribble [--long SECONDS [SEED] | --case S:O:L:P:K | --life SEED | "
                        "--blind NAME | --own SECONDS | --own-case S:A:L:P]\n");
        return 2;
    }
    printf("%u passed, %u failed\n", (unsigned)Counts.Passed, (unsigned)Counts.Failed);
    return Counts.Failed != 0;
}
