/*
 * test_sim_output.c - the captured debug output, in the kernel's format, and the debugger.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "sim.h"
#include "sim_fixture.h"

static void EachCallIsAnEntry(void **State)
{
    SIM_OUTPUT Entry;

    (void)State;
    DbgPrint("one %d\n", 1);
    DbgPrintEx(DPFLTR_IHVDRIVER_ID, DPFLTR_ERROR_LEVEL, "two %s\n", "2");
    assert_int_equal(SimOutputCount(), 2);
    assert_string_equal(SimOutputText(), "one 1\ntwo 2\n");
    assert_true(SimOutputEntry(1, &Entry));
    assert_true(Entry.Ex);
    assert_int_equal(Entry.Component, DPFLTR_IHVDRIVER_ID);
    assert_int_equal(Entry.Level, DPFLTR_ERROR_LEVEL);
    assert_int_equal(Entry.Irql, PASSIVE_LEVEL);
    assert_ptr_equal(Entry.Thread, PsGetCurrentThreadId());
    assert_true(SimOutputEntry(0, &Entry));
    assert_false(Entry.Ex);
    assert_false(SimOutputEntry(2, &Entry));
    assert_string_equal(Entry.Text, "");
    assert_int_equal(SimOutputFind("two"), 1);
    SimOutputClear();
    assert_int_equal(SimOutputCount(), 0);
    assert_string_equal(SimOutputText(), "");
}

static void KernelFormats(void **State)
{
    (void)State;
    DbgPrint("%I64x %lu %5d|%-5d|%05lX %c %% %.3s %*d", 0x123456789ABCDEF0LL, 4000000000u, 42, 42,
             0xABCu, 'x', "abcdef", 4, 7);
    DbgPrint(" %p %Iu", (void *)(ULONG_PTR)0x1A, (SIZE_T)5);
    assert_string_equal(SimOutputText(),
                        sizeof(void *) == 8
                            ? "123456789abcdef0 4000000000    42|42   |00ABC x % abc    7"
                              " 000000000000001A 5"
                            : "123456789abcdef0 4000000000    42|42   |00ABC x % abc    7"
                              " 0000001A 5");
}

static void OthersAreMisuse(void **State)
{
    static const char *const Bad[] = {"%S", "%C", "%ws", "%wZ", "%Z",
                                      "%n", "%f", "%ls", "%",   "%hs"};
    unsigned I;

    (void)State;
    for (I = 0; I < sizeof Bad / sizeof Bad[0]; I++) {
        SimExpectMisuse(SIM_MISUSE_FORMAT);
        DbgPrint(Bad[I], NULL);
        assert_true(SimMisuseSeen());
    }
    assert_int_equal(SimOutputCount(), 0);
}

static void LongTextIsCut(void **State)
{
    char Text[600];
    SIM_OUTPUT Entry;

    (void)State;
    memset(Text, 'x', sizeof Text);
    Text[599] = 0;
    DbgPrint("%s", Text);
    Text[511] = 0;
    DbgPrint("%s", Text);
    assert_true(SimOutputEntry(0, &Entry));
    assert_int_equal(strlen(Entry.Text), 511);
    assert_true(Entry.Cut);
    assert_true(SimOutputEntry(1, &Entry));
    assert_false(Entry.Cut);
}

static void PrintsAtAnyIrql(void **State)
{
    SIM_OUTPUT Entry;
    KIRQL Irql;

    (void)State;
    KeRaiseIrql(HIGH_LEVEL, &Irql);
    DbgPrint("high\n");
    KeLowerIrql(Irql);
    assert_true(SimOutputEntry(0, &Entry));
    assert_int_equal(Entry.Irql, HIGH_LEVEL);
}

static void BreakpointWithDebugger(void **State)
{
    (void)State;
    assert_true(KdDebuggerNotPresent);
    SimAttachDebugger(TRUE);
    assert_false(KdDebuggerNotPresent);
    DbgBreakPoint();
    assert_int_equal(SimBreakpoints(), 1);
    SimAttachDebugger(FALSE);
    SimExpectMisuse(SIM_MISUSE_BREAKPOINT);
    DbgBreakPoint();
    assert_true(SimMisuseSeen());
    assert_int_equal(SimBreakpoints(), 1);
}

static void SystemSize(void **State)
{
    SIM_OPTIONS Options = {.SystemSize = MmLargeSystem};

    (void)State;
    assert_int_equal(MmQuerySystemSize(), MmSmallSystem);
    SimStop();
    SimStart(&Options);
    assert_int_equal(MmQuerySystemSize(), MmLargeSystem);
}

#define T(F) cmocka_unit_test_setup_teardown(F, Start, Stop)

int main(void)
{
    const struct CMUnitTest Tests[] = {
        T(EachCallIsAnEntry), T(KernelFormats),          T(OthersAreMisuse), T(LongTextIsCut),
        T(PrintsAtAnyIrql),   T(BreakpointWithDebugger), T(SystemSize),
    };

    return cmocka_run_group_tests(Tests, NULL, NULL);
}
