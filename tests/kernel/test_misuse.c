/*
 * test_misuse.c
 */
#include "kernel_test.h"

const KT_TEST KtTestsMisuse[] = {{NULL, NULL, 0}};
