/*
 * platform_sim.h - what a test may know of MemCheck's platform on the simulated kernel.
 */
#ifndef PLATFORM_SIM_H
#define PLATFORM_SIM_H

/* The tag of MemCheck's own memory there: 'McMm', as on Windows. */
#define SIM_OWN_TAG 0x6D4D634Du

#endif
