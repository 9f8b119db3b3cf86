/* say.c - numbers at random, the lock, and what is said of a failure. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "run.h"

MD_SHARED *MdShared;
MD_RUN MdRun;
BOOLEAN MdTrace, MdQuiet;
const char *MdProgram;

/* ---- random numbers ---- */

static __thread ULONGLONG State;
static __thread ULONG Step;

static ULONGLONG Next(void)
{
    ULONGLONG Z = (State += 0x9E3779B97F4A7C15ULL);

    Z = (Z ^ (Z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    Z = (Z ^ (Z >> 27)) * 0x94D049BB133111EBULL;
    return Z ^ (Z >> 31);
}

void MdRandomStart(ULONG Thread, ULONG Number)
{
    Step = Number;
    State = MdRun.Seed * 0x2545F4914F6CDD1DULL + ((ULONGLONG)Thread << 48) + Number;
    State = Next();
    if (Thread == 0) {
        MdShared->Step = Number;
    }
}

ULONG MdRandom(ULONG Below)
{
    return Below != 0 ? (ULONG)(Next() % Below) : 0;
}

BOOLEAN MdOneIn(ULONG Chances)
{
    return MdRandom(Chances) == 0;
}

/* ---- the lock ---- */

static pthread_mutex_t Mutex = PTHREAD_MUTEX_INITIALIZER;

void MdLock(void)
{
    pthread_mutex_lock(&Mutex);
}

void MdUnlock(void)
{
    pthread_mutex_unlock(&Mutex);
}

/* ---- what is said ---- */

static void SayRun(const MD_RUN *Which)
{
    ULONG Index;

    fprintf(stderr, "%s --seed %llu --steps %u --threads %u --mode %s", MdProgram, Which->Seed,
            Which->Steps, Which->Threads, Which->Mode == SIM_ONE_CPU ? "onecpu" : "parallel");
    for (Index = 0; Index < Which->SkipCount; Index++) {
        fprintf(stderr, "%s%u-%u", Index == 0 ? " --skip " : ",", Which->Skips[Index].From,
                Which->Skips[Index].To);
    }
    fprintf(stderr, "\n");
}

static void SayNotes(ULONG Thread)
{
    const ULONG Count = MdShared->Count[Thread];
    ULONG Index = Count > MD_NOTES ? Count - MD_NOTES : 0;

    for (; Index < Count; Index++) {
        fprintf(stderr, "  %s\n", MdShared->Note[Thread][Index % MD_NOTES]);
    }
}

void MdSayFailure(const char *What)
{
    ULONG Thread;

    if (MdQuiet) {
        return;
    }
    fprintf(stderr, "model: seed %llu, step %u: %s\n", MdRun.Seed, MdShared->Step, What);
    fprintf(stderr, "the last operations:\n");
    for (Thread = 0; Thread <= MdRun.Threads; Thread++) {
        SayNotes(Thread);
    }
    fprintf(stderr, "to repeat: ");
    SayRun(&MdRun);
}

void MdFail(const char *Format, ...)
{
    static volatile LONG Once;
    char What[600];
    va_list Arguments;
    int Length;

    while (__sync_lock_test_and_set(&Once, 1) != 0) {
        pause(); /* the first one ends the process */
    }
    Length = snprintf(What, sizeof(What), "thread %u: ", MdThread);
    va_start(Arguments, Format);
    vsnprintf(What + Length, sizeof(What) - (size_t)Length, Format, Arguments);
    va_end(Arguments);
    MdSayFailure(What);
    MdShared->Told = TRUE;
    _exit(1);
}

void MdCountKind(MC_KIND Kind)
{
    MdShared->Kinds[Kind]++;
}

void MdNote(const char *Format, ...)
{
    char *Line = MdShared->Note[MdThread][MdShared->Count[MdThread] % MD_NOTES];
    va_list Arguments;
    int Length;

    Length = snprintf(Line, MD_NOTE, "%u:%u ", MdThread, Step);
    va_start(Arguments, Format);
    vsnprintf(Line + Length, MD_NOTE - (size_t)Length, Format, Arguments);
    va_end(Arguments);
    MdShared->Count[MdThread]++;
    if (MdTrace) {
        fprintf(stderr, "%s\n", Line);
    }
}
