/*
 * test_report_fake.h - the platform as the report layer sees it, invented: what is printed is
 * captured, time, image and debugger are as the test says. Included by the one file of each report
 * test, before anything else.
 */
#ifndef TEST_REPORT_FAKE_H
#define TEST_REPORT_FAKE_H

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "mctypes.h"
#include "describe.h"
#include "repeat.h"

#define FAKE_LINES 60000

static struct {
    char *Lines[FAKE_LINES];
    unsigned Count;
    pthread_mutex_t Lock;
    ULONG Ticks;
    ULONG Micros;
    ULONG_PTR ImageLow, ImageHigh;
    BOOLEAN Debugger;
    unsigned Breaks;
    void (*OnPrint)(const char *Line); /* called after each line was captured */
} Fake = {{NULL}, 0, PTHREAD_MUTEX_INITIALIZER, 1000, 15625, 0, 0, FALSE, 0, NULL};

__attribute__((unused)) static void FakeReset(void)
{
    unsigned Index;

    for (Index = 0; Index < Fake.Count; Index++) {
        free(Fake.Lines[Index]);
    }
    Fake.Count = 0;
    Fake.Ticks = 1000;
    Fake.Micros = 15625;
    Fake.ImageLow = 0;
    Fake.ImageHigh = 0;
    Fake.Debugger = FALSE;
    Fake.Breaks = 0;
    Fake.OnPrint = NULL;
}

VOID McOsPrint(const char *Line)
{
    size_t Length = strlen(Line) + 1;
    char *Copy = malloc(Length);

    memcpy(Copy, Line, Length);
    pthread_mutex_lock(&Fake.Lock);
    if (Fake.Count == FAKE_LINES) {
        abort();
    }
    Fake.Lines[Fake.Count++] = Copy;
    pthread_mutex_unlock(&Fake.Lock);
    if (Fake.OnPrint != NULL) {
        Fake.OnPrint(Copy);
    }
}

LONG McOsCompareExchange(volatile LONG *Value, LONG New, LONG Expected)
{
    __atomic_compare_exchange_n(Value, &Expected, New, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
    return Expected;
}

LONG McOsExchange(volatile LONG *Value, LONG New)
{
    return __atomic_exchange_n(Value, New, __ATOMIC_SEQ_CST);
}

LONG McOsAdd(volatile LONG *Value, LONG Amount)
{
    return __atomic_add_fetch(Value, Amount, __ATOMIC_SEQ_CST);
}

ULONG McOsTicks(VOID)
{
    return Fake.Ticks;
}

ULONG McOsMicrosPerTick(VOID)
{
    return Fake.Micros;
}

BOOLEAN McOsImage(ULONG_PTR *Low, ULONG_PTR *High)
{
    *Low = Fake.ImageLow;
    *High = Fake.ImageHigh;
    return (BOOLEAN)(Fake.ImageHigh != 0);
}

BOOLEAN McOsDebugger(VOID)
{
    return Fake.Debugger;
}

VOID McOsBreak(VOID)
{
    Fake.Breaks++;
}

VOID McOsBugCheck(ULONG Code, const ULONG_PTR Parameters[4])
{
    (void)Code;
    (void)Parameters;
    abort(); /* the kernel suite has the tests of it */
}

ULONG McOsThread(VOID)
{
    return 1;
}

KIRQL McOsAcquire(MC_LOCK *Lock)
{
    (void)Lock;
    return PASSIVE_LEVEL;
}

VOID McOsRelease(MC_LOCK *Lock, KIRQL Irql)
{
    (void)Lock;
    (void)Irql;
}

/* Call stacks by handle, 1 and up. */
#define FAKE_STACKS 8
static struct {
    ULONG_PTR Frames[MC_STACK_MOST];
    ULONG Count;
    KIRQL CutAt;
} FakeStacks[FAKE_STACKS];

VOID McStackRead(ULONG Handle, MC_STACK *Stack)
{
    Stack->Frames = NULL;
    Stack->Count = 0;
    Stack->CutAt = 0;
    if (Handle != 0 && Handle <= FAKE_STACKS) {
        Stack->Frames = FakeStacks[Handle - 1].Frames;
        Stack->Count = FakeStacks[Handle - 1].Count;
        Stack->CutAt = FakeStacks[Handle - 1].CutAt;
    } else if (Handle != 0 && Handle != MC_STACK_LOST) {
        abort(); /* no handle of a stack */
    }
}

/* How many captured lines contain this text. */
__attribute__((unused)) static unsigned FakeLinesWith(const char *Text)
{
    unsigned Count = 0;
    unsigned Index;

    for (Index = 0; Index < Fake.Count; Index++) {
        Count += strstr(Fake.Lines[Index], Text) != NULL;
    }
    return Count;
}

/* A string in an allocation of its exact size, so that AddressSanitizer sees any read behind it. */
__attribute__((unused)) static char *FakeString(const char *Text)
{
    size_t Length = strlen(Text) + 1;
    char *Copy = malloc(Length);

    memcpy(Copy, Text, Length);
    return Copy;
}

#endif
