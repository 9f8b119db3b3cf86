/*
 * test_policy.c
 */
#include "kernel_test.h"

const KT_TEST KtTestsPolicy[] = {{NULL, NULL, 0}};
