/*
 * cmocka.h - the part of cmocka that the unit tests use, for 32-bit builds: Debian has no 32-bit
 * library beside the 64-bit one. Same names, same output of the summary lines; -Ihost/cmocka32 puts
 * it in front. A failed assertion ends its test, the others go on. One file of a program includes
 * it.
 */
#ifndef CMOCKA_H
#define CMOCKA_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef int (*CMFixtureFunction)(void **State);

struct CMUnitTest {
    const char *name;
    void (*test_func)(void **State);
    CMFixtureFunction setup_func, teardown_func;
    void *initial_state;
};

#define cmocka_unit_test(F)     \
    {                           \
#F, F, NULL, NULL, NULL \
    }
#define cmocka_unit_test_setup_teardown(F, S, T) \
    {                                            \
#F, F, S, T, NULL                        \
    }
#define cmocka_unit_test_setup(F, S) \
    {                                \
#F, F, S, NULL, NULL         \
    }
#define cmocka_unit_test_teardown(F, T) \
    {                                   \
#F, F, NULL, T, NULL            \
    }
#define cmocka_run_group_tests(Tests, Setup, Teardown) \
    MiniRun(#Tests, Tests, sizeof(Tests) / sizeof(Tests)[0], Setup, Teardown)
#define print_message printf

static jmp_buf MiniEnv;

__attribute__((unused)) static void MiniCheck(int Ok, const char *What, const char *File, int Line)
{
    if (!Ok) {
        fprintf(stderr, "[  ERROR   ] --- %s\n%s:%d: error: Failure!\n", What, File, Line);
        longjmp(MiniEnv, 1);
    }
}

__attribute__((unused)) static void MiniEqual(unsigned long long A, unsigned long long B, int Equal,
                                              const char *What, const char *File, int Line)
{
    if ((A == B) != Equal) {
        fprintf(stderr, "[  ERROR   ] --- 0x%llx, 0x%llx\n", A, B);
        MiniCheck(0, What, File, Line);
    }
}

#define MINI_NUMBER(X)             ((unsigned long long)(uintptr_t)(X))
#define assert_true(C)             MiniCheck(!!(C), #C, __FILE__, __LINE__)
#define assert_false(C)            MiniCheck(!(C), "not " #C, __FILE__, __LINE__)
#define assert_non_null(P)         MiniCheck((P) != NULL, #P " != NULL", __FILE__, __LINE__)
#define assert_null(P)             MiniCheck((P) == NULL, #P " == NULL", __FILE__, __LINE__)
#define assert_int_equal(A, B)     MiniEqual((A), (B), 1, #A " == " #B, __FILE__, __LINE__)
#define assert_int_not_equal(A, B) MiniEqual((A), (B), 0, #A " != " #B, __FILE__, __LINE__)
#define assert_ptr_equal(A, B) \
    MiniEqual(MINI_NUMBER(A), MINI_NUMBER(B), 1, #A " == " #B, __FILE__, __LINE__)
#define assert_ptr_not_equal(A, B) \
    MiniEqual(MINI_NUMBER(A), MINI_NUMBER(B), 0, #A " != " #B, __FILE__, __LINE__)
#define assert_in_range(V, L, H) \
    MiniCheck((V) >= (L) && (V) <= (H), #V " in range", __FILE__, __LINE__)
#define assert_string_equal(A, B) MiniCheck(strcmp((A), (B)) == 0, #A " == " #B, __FILE__, __LINE__)
#define assert_string_not_equal(A, B) \
    MiniCheck(strcmp((A), (B)) != 0, #A " != " #B, __FILE__, __LINE__)
#define assert_memory_equal(A, B, N) \
    MiniCheck(memcmp((A), (B), (N)) == 0, #A " == " #B, __FILE__, __LINE__)
#define fail() MiniCheck(0, "fail()", __FILE__, __LINE__)
#define fail_msg(...) \
    (fprintf(stderr, __VA_ARGS__), fputc('\n', stderr), MiniCheck(0, "fail", __FILE__, __LINE__))

/* The tests of this name only, if there is a choice. */
static const char *MiniOnly;
#define cmocka_set_test_filter(Name) (MiniOnly = (Name))

static int MiniRunOne(const struct CMUnitTest *Test, void *Group)
{
    void *State = Test->initial_state != NULL ? Test->initial_state : Group;
    volatile int Failed = 0;

    printf("[ RUN      ] %s\n", Test->name);
    fflush(stdout);
    if (setjmp(MiniEnv) == 0) {
        if (Test->setup_func != NULL && Test->setup_func(&State) != 0) {
            MiniCheck(0, "setup", Test->name, 0);
        }
        Test->test_func(&State);
    } else {
        Failed = 1;
    }
    if (Test->teardown_func != NULL && Test->teardown_func(&State) != 0) {
        Failed = 1;
    }
    printf(Failed ? "[  FAILED  ] %s\n" : "[       OK ] %s\n", Test->name);
    return Failed;
}

__attribute__((unused)) static int MiniRun(const char *Name, const struct CMUnitTest *Tests,
                                           size_t Count, CMFixtureFunction Setup,
                                           CMFixtureFunction Teardown)
{
    void *State = NULL;
    int Failed = 0;
    size_t I;

    printf("[==========] %s: Running %u test(s).\n", Name, (unsigned)Count);
    if (Setup != NULL && Setup(&State) != 0) {
        return (int)Count;
    }
    for (I = 0; I < Count; I++) {
        if (MiniOnly != NULL && strcmp(MiniOnly, Tests[I].name) != 0)
            continue;
        Failed += MiniRunOne(&Tests[I], State);
    }
    if (Teardown != NULL && Teardown(&State) != 0) {
        Failed++;
    }
    printf("[==========] %u test(s) run.\n[  PASSED  ] %u test(s).\n", (unsigned)Count,
           (unsigned)Count - (unsigned)Failed);
    return Failed;
}

#endif
