/*
 * sim_fixture.h - before and after a test of the simulated kernel. After cmocka.h and sim.h.
 */
#ifndef SIM_FIXTURE_H
#define SIM_FIXTURE_H

#define TAG 0x74736554u /* 'Test' */

static inline int Start(void **State)
{
    (void)State;
    SimStart(NULL);
    return 0;
}

/* Every test leaves a balanced pool. */
static inline int Stop(void **State)
{
    BOOLEAN Balanced = SimPoolReset();

    (void)State;
    SimStop();
    return Balanced ? 0 : 1;
}

#endif
