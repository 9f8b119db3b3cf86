/* mcos.h (simulated kernel) - the platform's own half of platform.h for tests; see platform_sim.c.
 */
#ifndef MC_OS_H
#define MC_OS_H

/* Before the first system header: posix/image.c and format.c are compiled with this file. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif

#include <stdarg.h>
#include "sim.h"

#define MC_BARRIER_POINT() SimPoint(SIM_POINT_BARRIER, 0)
#include "gnuc.h"

/* With MEMCHECK_OFF the simulated pool stands in for the kit's, not the C library. */
#ifndef MC_HOST_HAS_POOL
#define MC_HOST_HAS_POOL
#endif

typedef struct _MC_LOCK {
    KSPIN_LOCK Lock;
    volatile LONG Ready; /* 0 until the first use has made it a strict lock */
} MC_LOCK;

#define MC_HAS_IRPS
#define MC_MODULE_SUFFIX ".sys"
#define MC_POOL_HEADERS  /* bytes before a block may be read, where they are valid */

#endif
