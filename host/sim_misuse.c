/*
 * sim_misuse.c - what is said of a misuse, and the one that a test expects.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "simp.h"

#define TEXT_BYTES 512

static const char *const KindNames[] = {
    "none",           "free-unknown", "free-interior", "free-twice", "wrong-tag",  "protected-tag",
    "zero-tag",       "bad-type",     "must-succeed",  "paged-irql", "irql",       "raise-lower",
    "lock-recursive", "lock-owner",   "lock-order",    "lock-held",  "under-lock", "format",
    "breakpoint",     "no-routine",   "secure-pool",   "irp",
};
_Static_assert(sizeof KindNames / sizeof KindNames[0] == SIM_MISUSE_KINDS, "a name for each kind");

static pthread_mutex_t MisuseLock = PTHREAD_MUTEX_INITIALIZER;
static SIM_MISUSE Expected;
static BOOLEAN Seen;
static char SeenText[TEXT_BYTES];

/* One write, so that lines of several threads and processes do not mix. */
static void WriteLine(const char *Text)
{
    char Line[TEXT_BYTES + 128];
    const SIM_THREAD *Self = SimpThread;
    int Length;

    if (Self == NULL) {
        Length = snprintf(Line, sizeof Line, "sim: %s\n", Text);
    } else {
        Length = snprintf(Line, sizeof Line, "sim: %s [thread '%s' 0x%lx, IRQL %u, in %s]\n", Text,
                          Self->Name, (unsigned long)Self->Id, Self->Irql,
                          Self->Doing == NULL ? "?" : Self->Doing);
    }
    if (Length > (int)sizeof Line - 1) {
        Length = (int)sizeof Line - 1;
    }
    if (write(STDERR_FILENO, Line, (size_t)Length) < 0) {
        return; /* nowhere left to say it */
    }
}

void SimpSay(const char *Format, ...)
{
    char Text[TEXT_BYTES];
    va_list Arguments;

    va_start(Arguments, Format);
    vsnprintf(Text, sizeof Text, Format, Arguments);
    va_end(Arguments);
    WriteLine(Text);
}

/* A debugger's breakpoint belongs here: every abort of the simulated kernel comes through. */
static _Noreturn void Die(const char *Text)
{
    static __thread BOOLEAN Dying;

    if (!Dying) { /* a fault while dying would come here again */
        Dying = TRUE;
        WriteLine(Text);
    }
    abort();
}

_Noreturn void SimpFatal(const char *Format, ...)
{
    char Text[TEXT_BYTES];
    va_list Arguments;

    va_start(Arguments, Format);
    vsnprintf(Text, sizeof Text, Format, Arguments);
    va_end(Arguments);
    Die(Text);
}

void SimpMisuse(SIM_MISUSE Kind, const char *Format, ...)
{
    char Text[TEXT_BYTES];
    va_list Arguments;
    BOOLEAN Wanted;
    int Length;

    Length = snprintf(Text, sizeof Text, "MISUSE %s: ", KindNames[Kind]);
    va_start(Arguments, Format);
    vsnprintf(Text + Length, sizeof Text - (size_t)Length, Format, Arguments);
    va_end(Arguments);
    pthread_mutex_lock(&MisuseLock);
    Wanted = Expected == Kind && !Seen;
    if (Wanted) {
        Seen = TRUE;
        memcpy(SeenText, Text, sizeof SeenText);
    }
    pthread_mutex_unlock(&MisuseLock);
    if (!Wanted) {
        Die(Text);
    }
}

void SimExpectMisuse(SIM_MISUSE Kind)
{
    if ((unsigned)Kind >= SIM_MISUSE_KINDS) {
        SimpFatal("SimExpectMisuse(%d): no such kind", (int)Kind);
    }
    pthread_mutex_lock(&MisuseLock);
    Expected = Kind;
    Seen = FALSE;
    SeenText[0] = 0;
    pthread_mutex_unlock(&MisuseLock);
}

BOOLEAN SimMisuseSeen(void)
{
    BOOLEAN Result;

    pthread_mutex_lock(&MisuseLock);
    Result = Seen;
    pthread_mutex_unlock(&MisuseLock);
    return Result;
}

PCSTR SimMisuseText(void)
{
    return SeenText;
}

void SimpMisuseStart(void)
{
    SimExpectMisuse(SIM_MISUSE_NONE);
}

void SimpMisuseStop(void)
{
    if (Expected != SIM_MISUSE_NONE && !Seen) {
        SimpFatal("SimStop: the misuse %s was expected and never came", KindNames[Expected]);
    }
}
