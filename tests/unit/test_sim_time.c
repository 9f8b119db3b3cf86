/*
 * test_sim_time.c - the simulated clock, delays, the watchdog.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include "filter.h"
#include "sim.h"

static void Delay(int Ms)
{
    LARGE_INTEGER Interval;

    Interval.QuadPart = -10000LL * Ms;
    assert_int_equal(KeDelayExecutionThread(KernelMode, FALSE, &Interval), STATUS_SUCCESS);
}

static LONGLONG Tick(void)
{
    LARGE_INTEGER Count;

    KeQueryTickCount(&Count);
    return Count.QuadPart;
}

static void FrozenClock(void **State)
{
    SIM_OPTIONS Options = {.FreezeClock = TRUE};
    LARGE_INTEGER Time;

    (void)State;
    SimStart(&Options);
    assert_int_equal(Tick(), 0);
    SimAdvanceTime(1234);
    assert_int_equal(Tick(), 123);
    assert_int_equal(KeQueryTimeIncrement(), 100000);
    assert_int_equal(KeQueryInterruptTime(), 12300000);
    Delay(30); /* moves it, so that a loop that waits for the clock ends */
    assert_int_equal(Tick(), 126);
    KeQuerySystemTime(&Time);
    assert_int_equal(Time.QuadPart, 134116992000000000LL + 12600000);
    SimStop();
}

static void RunningClock(void **State)
{
    (void)State;
    SimStart(NULL);
    Delay(35);
    assert_in_range(Tick(), 3, 1000);
    SimAdvanceTime(100000);
    assert_in_range(Tick(), 10003, 11000);
    SimFreezeClock(TRUE);
    SimAdvanceTime(100000);
    assert_in_range(Tick(), 20003, 21000);
    SimFreezeClock(FALSE);
    assert_in_range(Tick(), 20003, 22000);
    SimStop();
}

static void Hang(void)
{
    SIM_OPTIONS Options = {.WatchdogSeconds = 1};

    SimStart(&Options);
    for (;;) {
    }
}

static void HangOnOneCpu(void)
{
    SIM_OPTIONS Options = {.Threading = SIM_ONE_CPU};

    SimStart(&Options);
    SimWatchdog(1);
    for (;;) {
        SimCheckpoint();
    }
}

static void WatchdogEndsAHang(void **State)
{
    (void)State;
    unsetenv("SIM_PATIENCE"); /* a hang is a hang under a tool too */
    assert_true(SimAborts(Hang, "WATCHDOG: not done after 1 seconds"));
    assert_true(SimAborts(HangOnOneCpu, "thread 'main' 0x1a4, IRQL 0, 0 locks"));
}

static void HangBeforePatienceEnds(void)
{
    setenv("SIM_PATIENCE", "2", 1);
    Hang();
}

static void WatchdogIsPatientWhereToldSo(void **State)
{
    (void)State;
    assert_true(SimAborts(HangBeforePatienceEnds, "WATCHDOG: not done after 2 seconds"));
}

int main(void)
{
    const struct CMUnitTest Tests[] = {
        cmocka_unit_test(FrozenClock),
        cmocka_unit_test(RunningClock),
        cmocka_unit_test(WatchdogEndsAHang),
        cmocka_unit_test(WatchdogIsPatientWhereToldSo),
    };

    TEST_FILTER();
    return cmocka_run_group_tests(Tests, NULL, NULL);
}
