/*
 * contract.c - malloc and its kin as the C library promises them, and what is hard for a library
 * that stands in for them: threads, forks while others allocate, signals, closed files.
 *
 * Run with the library and without: it passes with both, but for what malloc_usable_size gives.
 */
/* Wrong requests are a part of it. */
#pragma GCC diagnostic ignored "-Walloc-size-larger-than="
#pragma GCC diagnostic ignored "-Wuse-after-free"

#define _GNU_SOURCE
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#define THREADS 4

static int Passed, Failed;
static int Checked; /* the library is there, says the caller */

#define CHECK(Holds) Check((Holds), #Holds, __LINE__)

static void Check(int Holds, const char *Text, int Line)
{
    if (Holds) {
        Passed++;
    } else {
        Failed++;
        printf("FAIL contract.c:%d: %s\n", Line, Text);
    }
}

static int AllAre(const unsigned char *P, size_t Size, int Byte)
{
    while (Size > 0 && P[Size - 1] == Byte) {
        Size--;
    }
    return Size == 0;
}

/* The compiler knows these routines too well. */
static void *volatile Hide;

static void *Hidden(void *P)
{
    Hide = P;
    return Hide;
}

static void TestSizes(void)
{
    static const size_t Sizes[] = {0,     1,     7,     8,      15,      16,      17,
                                   31,    100,   511,   512,    513,     4063,    4064,
                                   4065,  4080,  4095,  4096,   4097,    8191,    8192,
                                   65535, 65536, 65537, 200000, 1048576, 10000000};
    unsigned char *P, *Q;
    size_t I;

    for (I = 0; I < sizeof(Sizes) / sizeof(Sizes[0]); I++) {
        P = malloc(Sizes[I]);
        CHECK(P && (uintptr_t)P % 16 == 0);
        CHECK(malloc_usable_size(P) >= Sizes[I]);
        CHECK(!Checked || malloc_usable_size(P) == Sizes[I]);
        memset(P, 0xFF, malloc_usable_size(P));
        Q = malloc(Sizes[I]);
        CHECK(Q && Q != P);
        free(P);
        free(Q);
        P = calloc(1, Sizes[I]);
        CHECK(P && AllAre(P, Sizes[I], 0));
        free(P);
    }
    free(NULL);
    CHECK(malloc_usable_size(NULL) == 0);
}

static void TestRealloc(void)
{
    unsigned char *P = realloc(NULL, 10);
    size_t Size;

    CHECK(P != NULL);
    memset(P, 0x5A, 10);
    for (Size = 11; Size < 300000; Size += Size / 3) {
        P = realloc(P, Size);
        CHECK(P && AllAre(P, 10, 0x5A));
    }
    P = realloc(P, 4);
    CHECK(P && AllAre(P, 4, 0x5A));
    P = reallocarray(P, 30, 10);
    CHECK(P && AllAre(P, 4, 0x5A));
    errno = 0;
    CHECK(!reallocarray(P, SIZE_MAX / 4, 8) && errno == ENOMEM);
    errno = 0;
    CHECK(!realloc(P, (size_t)PTRDIFF_MAX + 1) && errno == ENOMEM);
    CHECK(AllAre(P, 4, 0x5A)); /* a failure leaves it as it was */
    CHECK(realloc(P, 0) == NULL);
    P = memalign(256, 100);
    memset(P, 0x5A, 100);
    P = realloc(P, 1000);
    CHECK(P && AllAre(P, 100, 0x5A));
    free(P);
}

static void TestFailures(void)
{
    errno = 0;
    CHECK(!Hidden(malloc(SIZE_MAX)) && errno == ENOMEM);
    errno = 0;
    CHECK(!Hidden(malloc(PTRDIFF_MAX)) && errno == ENOMEM);
    errno = 0;
    CHECK(!Hidden(calloc(SIZE_MAX / 2, 3)) && errno == ENOMEM);
    errno = 0;
    CHECK(!Hidden(malloc((size_t)1 << 46)) && errno == ENOMEM);
    errno = 4711;
    free(malloc(100));
    free(malloc(1000000));
    CHECK(errno == 4711);
}

static void TestAligned(void)
{
    size_t Alignment, Size;
    unsigned char *P;
    void *Result;

    for (Alignment = 8; Alignment <= 1u << 20; Alignment *= 2) {
        for (Size = 0; Size < 20000; Size = Size * 3 + 1) {
            CHECK(posix_memalign(&Result, Alignment, Size) == 0);
            P = Result;
            CHECK((uintptr_t)P % Alignment == 0 && malloc_usable_size(P) >= Size);
            memset(P, 0x11, Size);
            free(P);
            P = aligned_alloc(Alignment, Size);
            CHECK(P && (uintptr_t)P % Alignment == 0);
            memset(P, 0x22, Size);
            free(P);
        }
    }
    CHECK(posix_memalign(&Result, 24, 10) == EINVAL && posix_memalign(&Result, 4, 10) == EINVAL);
    P = valloc(10);
    CHECK(P && (uintptr_t)P % 4096 == 0);
    free(P);
    P = pvalloc(10);
    CHECK(P && (uintptr_t)P % 4096 == 0 && malloc_usable_size(P) >= 4096);
    memset(P, 0x33, 4096);
    free(P);
}

/* What of the C library allocates for its caller. */
static void TestLibrary(void)
{
    char *Line = NULL, *Text = NULL, *Path;
    size_t Room = 0;
    FILE *File;

    Text = strdup("a text");
    CHECK(Text && strcmp(Text, "a text") == 0);
    free(Text);
    CHECK(asprintf(&Text, "%*d", 3000, 7) == 3000);
    free(Text);
    File = open_memstream(&Text, &Room);
    CHECK(File && fprintf(File, "%05000d", 3) == 5000);
    fclose(File);
    CHECK(Room == 5000);
    free(Text);
    File = fopen("/proc/self/maps", "r");
    CHECK(File && getline(&Line, &Room, File) > 0);
    fclose(File);
    free(Line);
    Path = realpath("/proc/self/exe", NULL);
    CHECK(Path != NULL);
    free(Path);
}

/* ---- threads, forks, signals ---- */

static volatile int Stop;

/* Blocks of random sizes, each filled with a byte of its own and looked at before its free. */
static unsigned Churn(unsigned Seed, unsigned Rounds)
{
    enum { SLOTS = 64 };
    unsigned char *Slot[SLOTS] = {0};
    size_t Size[SLOTS] = {0};
    unsigned Bad = 0, I, At;

    for (I = 0; I < Rounds && !Stop; I++) {
        Seed = Seed * 1103515245u + 12345u;
        At = Seed >> 16 & (SLOTS - 1);
        Bad += Slot[At] && !AllAre(Slot[At], Size[At], (int)At);
        free(Slot[At]);
        Seed = Seed * 1103515245u + 12345u;
        Size[At] = (Seed >> 8) % (I % 100 == 0 ? 40000 : 400);
        Slot[At] = malloc(Size[At]);
        memset(Slot[At], (int)At, Size[At]);
    }
    for (At = 0; At < SLOTS; At++) {
        Bad += Slot[At] && !AllAre(Slot[At], Size[At], (int)At);
        free(Slot[At]);
    }
    return Bad;
}

static void *Churner(void *Seed)
{
    unsigned Bad = 0;

    while (!Stop) {
        Bad += Churn((unsigned)(uintptr_t)Seed, 2000);
    }
    return (void *)(uintptr_t)Bad;
}

static void *Allocator(void *Size)
{
    return malloc((size_t)Size);
}

/* What one thread allocates another frees. */
static void TestHandOver(void)
{
    pthread_t Thread;
    size_t I;
    void *P;

    for (I = 0; I < 50; I++) {
        CHECK(pthread_create(&Thread, NULL, Allocator, (void *)(I * 100)) == 0);
        CHECK(pthread_join(Thread, &P) == 0 && P);
        free(P);
    }
}

/* A lock that another thread held at the fork would be held in the child for ever. */
static void ForkOnce(unsigned Number)
{
    int Status = -1;
    pid_t Child = fork();

    if (Child == 0) {
        Stop = 0;
        alarm(20); /* one that hangs is killed, and so seen */
        Status = Churn(Number, 200) == 0 ? 7 : 8;
        if (Number % 2) {
            exit(Status);
        }
        _exit(Status);
    }
    CHECK(Child > 0 && waitpid(Child, &Status, 0) == Child);
    CHECK(WIFEXITED(Status) && WEXITSTATUS(Status) == 7);
}

static void TestThreadsAndForks(int Forks)
{
    pthread_t Thread[THREADS];
    void *Bad;
    int I;

    Stop = 0;
    fflush(stdout);
    for (I = 0; I < THREADS; I++) {
        CHECK(pthread_create(&Thread[I], NULL, Churner, (void *)(uintptr_t)(I + 1)) == 0);
    }
    for (I = 0; I < Forks; I++) {
        ForkOnce((unsigned)I);
    }
    Stop = 1;
    for (I = 0; I < THREADS; I++) {
        CHECK(pthread_join(Thread[I], &Bad) == 0 && Bad == NULL);
    }
    Stop = 0;
}

static volatile sig_atomic_t Signals;

static void OnSignal(int Signal)
{
    (void)Signal;
    Signals++;
}

static void TestSignals(void)
{
    struct itimerval Often = {{0, 500}, {0, 500}}, Never = {{0, 0}, {0, 0}};
    struct sigaction Action = {.sa_handler = OnSignal, .sa_flags = SA_RESTART};

    sigaction(SIGALRM, &Action, NULL);
    setitimer(ITIMER_REAL, &Often, NULL);
    CHECK(Churn(99, 60000) == 0);
    setitimer(ITIMER_REAL, &Never, NULL);
    CHECK(Signals > 0);
}

/* A stack of our own: its limits are not those that the thread library knows. */
static void *Elsewhere(void *Unused)
{
    (void)Unused;
    return (void *)(uintptr_t)Churn(5, 2000);
}

static void TestOwnStack(void)
{
    void *Stack = memalign(4096, 1 << 18);
    pthread_attr_t Attributes;
    pthread_t Thread;
    void *Bad = NULL;

    pthread_attr_init(&Attributes);
    CHECK(pthread_attr_setstack(&Attributes, Stack, 1 << 18) == 0);
    CHECK(pthread_create(&Thread, &Attributes, Elsewhere, NULL) == 0);
    CHECK(pthread_join(Thread, &Bad) == 0 && !Bad);
    pthread_attr_destroy(&Attributes);
    free(Stack);
}

int main(int Count, char **Arguments)
{
    int Forks = Count > 1 ? atoi(Arguments[1]) : 20;

    Checked = Count > 2 && strcmp(Arguments[2], "checked") == 0;
    TestSizes();
    TestRealloc();
    TestFailures();
    TestAligned();
    TestLibrary();
    TestHandOver();
    TestOwnStack();
    TestSignals();
    TestThreadsAndForks(Forks);
    printf("contract: %d passed, %d failed\n", Passed, Failed);
    fflush(stdout);
    close(2); /* the log does not depend on it */
    return Failed != 0;
}
