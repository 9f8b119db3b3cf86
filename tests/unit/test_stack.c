/*
 * test_stack.c - the depot of call stacks (stack.c), on the fake core: stored once, found again,
 * full, out of memory, by several threads at once. And McCallStack, with an invented walk.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "fake_core.h"

#define KB      32u
#define THREADS 4u
#define PATHS   2000u /* of the threads: in 512 KB there is room for all */

VOID McCount(volatile LONG *Counter)
{
    McOsAdd(Counter, 1);
}

/* ---- the walk ---- */

static struct {
    ULONG Calls, Most;
    ULONG_PTR ReturnAddress;
    BOOLEAN Cut;
} Walk;

ULONG McOsStackCapture(ULONG_PTR *Frames, ULONG Most, ULONG_PTR ReturnAddress, BOOLEAN *Cut)
{
    ULONG Index;

    Walk.Calls++;
    Walk.Most = Most;
    Walk.ReturnAddress = ReturnAddress;
    *Cut = Walk.Cut;
    for (Index = 0; Index < Most && ReturnAddress != 0; Index++) {
        Frames[Index] = ReturnAddress + Index * 16;
    }
    return Index;
}

/* ---- helpers ---- */

/* Path Number, of a length that depends on it, no two alike. */
static ULONG Make(ULONG_PTR *Frames, ULONG Number)
{
    ULONG Count = 1 + Number % MC_STACK_MOST;
    ULONG Index;

    for (Index = 0; Index < Count; Index++) {
        Frames[Index] = (ULONG_PTR)0x10000000 + Number * 64 + Index;
    }
    return Count;
}

static ULONG Intern(ULONG Number)
{
    ULONG_PTR Frames[MC_STACK_MOST];
    ULONG Count = Make(Frames, Number);

    return McStackIntern(Frames, Count, 0);
}

static void AssertIs(ULONG Handle, ULONG Number)
{
    ULONG_PTR Frames[MC_STACK_MOST];
    ULONG Count = Make(Frames, Number);
    MC_STACK Stack;

    McStackRead(Handle, &Stack);
    assert_int_equal(Stack.Count, Count);
    assert_int_equal(Stack.CutAt, 0);
    assert_memory_equal(Stack.Frames, Frames, Count * sizeof(Frames[0]));
}

static void Start(ULONG Kb)
{
    FakeBegin(0, FALSE);
    memset(&Mc, 0, sizeof(Mc));
    memset(&Walk, 0, sizeof(Walk));
    McOptions.Stacks = 8;
    McOptions.StackKb = Kb;
    assert_true(McStackStart());
}

static void Stop(void)
{
    McStackStop();
    FakeEnd();
}

/* ---- the depot ---- */

static void TestStoredOnce(void **State)
{
    ULONG Handle[200];
    ULONG Index;

    (void)State;
    Start(KB);
    for (Index = 0; Index < 200; Index++) {
        Handle[Index] = Intern(Index);
        assert_int_not_equal(Handle[Index], 0);
        assert_int_not_equal(Handle[Index], MC_STACK_LOST);
        assert_true(Index == 0 || Handle[Index] != Handle[Index - 1]);
    }
    for (Index = 0; Index < 200; Index++) {
        assert_int_equal(Intern(Index), Handle[Index]);
        AssertIs(Handle[Index], Index);
    }
    assert_int_equal(Mc.Counts.StacksLost, 0);
    Stop();
}

/* One frame, the length, being cut: each makes another stack. */
static void TestTellsApart(void **State)
{
    ULONG_PTR Frames[3] = {1, 2, 3}, Others[3] = {1, 2, 4};
    ULONG Handle[4];
    MC_STACK Stack;

    (void)State;
    Start(KB);
    Handle[0] = McStackIntern(Frames, 3, 0);
    Handle[1] = McStackIntern(Frames, 2, 0);
    Handle[2] = McStackIntern(Others, 3, 0);
    Handle[3] = McStackIntern(Frames, 3, DISPATCH_LEVEL);
    assert_int_not_equal(Handle[0], Handle[1]);
    assert_int_not_equal(Handle[0], Handle[2]);
    assert_int_not_equal(Handle[0], Handle[3]);
    McStackRead(Handle[3], &Stack);
    assert_int_equal(Stack.CutAt, DISPATCH_LEVEL);
    McStackRead(Handle[0], &Stack);
    assert_int_equal(Stack.CutAt, 0);
    Stop();
}

static void TestNone(void **State)
{
    MC_STACK Stack;

    (void)State;
    McStackRead(5, &Stack); /* before the start */
    assert_int_equal(Stack.Count, 0);
    Start(KB);
    McStackRead(0, &Stack);
    assert_int_equal(Stack.Count, 0);
    McStackRead(MC_STACK_LOST, &Stack);
    assert_int_equal(Stack.Count, 0);
    Stop();
    McStackRead(5, &Stack);
    assert_int_equal(Stack.Count, 0);
}

/* The option bounds it; what does not fit is counted, what did is still found. */
static void TestFull(void **State)
{
    ULONG First, Index, Stored = 0;
    SIZE_T Before, Bytes;

    (void)State;
    Start(KB);
    Before = Bytes = FakeBytes();
    First = Intern(7);
    for (Index = 8; Intern(Index) != MC_STACK_LOST; Index++) {
        Stored++;
    }
    assert_true(Stored > KB * 1024 / (MC_STACK_MOST * 8 + 16) / 2);
    Bytes = FakeBytes() - Bytes; /* that, but for what guards each piece of 16 KB */
    assert_in_range(Bytes, KB * 1024 - KB / 16 * 200, KB * 1024);
    assert_int_equal(Mc.Counts.StacksLost, 1);
    assert_int_equal(Intern(100000), MC_STACK_LOST);
    assert_int_equal(Mc.Counts.StacksLost, 2);
    assert_int_equal(FakeBytes() - Before, Bytes);
    assert_int_equal(Intern(7), First);
    AssertIs(First, 7);
    assert_int_equal(Mc.Counts.StacksLost, 2);
    Stop();
}

/* Each allocation fails once: lost is that stack alone, and everything is given back. */
static void TestNoMemory(void **State)
{
    ULONG Fail, Index, Lost;

    (void)State;
    for (Fail = 1;; Fail++) {
        FakeBegin(Fail, FALSE);
        memset(&Mc, 0, sizeof(Mc));
        McOptions.StackKb = KB;
        Lost = 0;
        if (McStackStart()) {
            for (Index = 0; Index < 150; Index++) {
                Lost += Intern(Index) == MC_STACK_LOST;
            }
            assert_int_equal(Lost, Mc.Counts.StacksLost);
            assert_int_not_equal(Intern(0), MC_STACK_LOST);
        }
        McStackStop();
        if (!FakeEnd()) {
            break;
        }
        assert_true(Lost <= 1);
    }
    assert_true(Fail > 3);
}

/* ---- threads ---- */

static ULONG Handles[THREADS][PATHS];

static void *InternAll(void *Context)
{
    ULONG *Mine = Context;
    ULONG Turn, Number;

    for (Turn = 0; Turn < 2; Turn++) {
        for (Number = 0; Number < PATHS; Number++) {
            ULONG Handle = Intern(Number);

            if (Turn != 0 && Handle != Mine[Number]) {
                abort();
            }
            Mine[Number] = Handle;
        }
    }
    return NULL;
}

static void TestThreads(void **State)
{
    pthread_t Thread[THREADS];
    ULONG Index, Number;

    (void)State;
    Start(512);
    for (Index = 0; Index < THREADS; Index++) {
        assert_int_equal(pthread_create(&Thread[Index], NULL, InternAll, Handles[Index]), 0);
    }
    for (Index = 0; Index < THREADS; Index++) {
        pthread_join(Thread[Index], NULL);
    }
    for (Number = 0; Number < PATHS; Number++) {
        AssertIs(Handles[0][Number], Number);
        for (Index = 1; Index < THREADS; Index++) {
            assert_int_equal(Handles[Index][Number], Handles[0][Number]);
        }
    }
    assert_int_equal(Mc.Counts.StacksLost, 0);
    Stop();
}

/* ---- the stack of a call ---- */

static MC_CALL CallFrom(ULONG_PTR ReturnAddress, KIRQL Irql)
{
    MC_CALL Call;

    memset(&Call, 0, sizeof(Call));
    Call.Event.Site.ReturnAddress = ReturnAddress;
    Call.Event.Irql = Irql;
    return Call;
}

static void TestCall(void **State)
{
    MC_CALL Call = CallFrom(0x4000, DISPATCH_LEVEL), High = CallFrom(0x4000, DISPATCH_LEVEL + 1);
    MC_CALL Off = CallFrom(0x4000, 0), Gone = CallFrom(0x4000, 0), Nowhere = CallFrom(0, 0);
    MC_STACK Stack;
    ULONG Handle;

    (void)State;
    assert_int_equal(McCallStack(&Gone), 0); /* no depot */
    Start(KB);
    Walk.Cut = TRUE;
    Handle = McCallStack(&Call);
    assert_int_not_equal(Handle, 0);
    assert_int_equal(Call.Event.Site.Stack, Handle);
    assert_int_equal(Walk.Most, 8);
    assert_int_equal(Walk.ReturnAddress, 0x4000);
    McStackRead(Handle, &Stack);
    assert_int_equal(Stack.Count, 8);
    assert_int_equal(Stack.Frames[7], 0x4070);
    assert_int_equal(Stack.CutAt, DISPATCH_LEVEL);
    assert_int_equal(McCallStack(&Call), Handle);
    assert_int_equal(Walk.Calls, 1); /* not twice */
    assert_int_equal(McCallStack(&High), 0);
    assert_int_equal(Walk.Calls, 1); /* not above DISPATCH_LEVEL */
    assert_int_equal(McCallStack(&Nowhere), 0);
    McOptions.Stacks = 0;
    assert_int_equal(McCallStack(&Off), 0);
    assert_int_equal(Walk.Calls, 2);
    Stop();
}

int main(void)
{
    const struct CMUnitTest Tests[] = {
        cmocka_unit_test(TestStoredOnce), cmocka_unit_test(TestTellsApart),
        cmocka_unit_test(TestNone),       cmocka_unit_test(TestFull),
        cmocka_unit_test(TestNoMemory),   cmocka_unit_test(TestThreads),
        cmocka_unit_test(TestCall),
    };

    return cmocka_run_group_tests(Tests, NULL, NULL);
}
