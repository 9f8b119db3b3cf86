/* filter.h - which tests of a program run: environment variables TEST_ONLY and TEST_SKIP, patterns
 * with * and ?. run-sanitizers.sh leaves out what a tool cannot run. After cmocka.h. */
#ifndef FILTER_H
#define FILTER_H

#include <stdlib.h>

#ifdef __i386__ /* host/cmocka32 has no filters */
#define TEST_FILTER() (void)0
#else
#define TEST_FILTER()                                \
    do {                                             \
        cmocka_set_test_filter(getenv("TEST_ONLY")); \
        cmocka_set_skip_filter(getenv("TEST_SKIP")); \
    } while (0)
#endif

#endif
