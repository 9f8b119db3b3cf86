/*
 * mcos.h (posix) - the platform's own half of platform.h for host programs: unit tests of drivers
 * on Linux. Needs no compiler option; with a C library before glibc 2.34 the program links
 * -pthread.
 */
#ifndef MC_OS_H
#define MC_OS_H

/* Before the first system header, for the declarations of dl_iterate_phdr and pthread_getattr_np.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif

#include <stdarg.h>
#include "mctypes.h"
#include "gnuc.h"

typedef struct _MC_LOCK {
    volatile LONG Held;
} MC_LOCK;

#ifndef MC_MODULE_SUFFIX    /* tests of the report layer speak of drivers */
#define MC_MODULE_SUFFIX "" /* a program's name has none */
#endif

#endif
