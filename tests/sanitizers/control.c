/*
 * control.c - something for each tool to find: a run in which a tool finds nothing here was no run.
 *
 *     control race | unpublished | published | overflow | after-free | undefined | uninitialised
 *
 * Each is what one tool is for, and comes to its end without it. "published" is the one that must
 * pass: what is written before a release barrier is read after an acquire barrier, as the core does
 * it; "unpublished" is the same without the barriers, so both are told from one another.
 */
#include "platform.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int Shared;
static volatile LONG Ready;
static BOOLEAN Barriers;

static void *Raced(void *Context)
{
    Shared++;
    return Context;
}

static void *Publish(void *Context)
{
    Shared = 1;
    if (Barriers) {
        McOsReleaseBarrier();
    }
    Ready = 1;
    return Context;
}

static int Race(void)
{
    pthread_t Threads[2];

    pthread_create(&Threads[0], NULL, Raced, NULL);
    pthread_create(&Threads[1], NULL, Raced, NULL);
    pthread_join(Threads[0], NULL);
    pthread_join(Threads[1], NULL);
    return Shared != 2;
}

static int Read(BOOLEAN With)
{
    pthread_t Thread;
    int Seen;

    Barriers = With;
    pthread_create(&Thread, NULL, Publish, NULL);
    while (Ready == 0) {
    }
    if (Barriers) {
        McOsAcquireBarrier();
    }
    Seen = Shared;
    pthread_join(Thread, NULL);
    return Seen != 1;
}

static int Overflow(volatile size_t Size)
{
    char *P = malloc(Size);
    volatile char *Behind = P + Size;

    *Behind = 0;
    free(P);
    return 0;
}

static int AfterFree(volatile size_t Size)
{
    char *volatile P = malloc(Size);
    volatile char Seen;

    free(P);
    Seen = *P;
    return Seen & 0;
}

static int Undefined(volatile int Most)
{
    volatile int More = Most + 1;

    return More & 0;
}

static int Uninitialised(volatile size_t Size)
{
    char *P = malloc(Size);
    int Status = 0;

    if (*(volatile char *)P == 'x') {
        puts("as it happens, an x");
    }
    free(P);
    return Status;
}

int main(int Count, char **Words)
{
    const char *What = Count == 2 ? Words[1] : "";

    if (strcmp(What, "race") == 0) {
        return Race();
    }
    if (strcmp(What, "unpublished") == 0 || strcmp(What, "published") == 0) {
        return Read(What[0] == 'p');
    }
    if (strcmp(What, "overflow") == 0) {
        return Overflow(16);
    }
    if (strcmp(What, "after-free") == 0) {
        return AfterFree(16);
    }
    if (strcmp(What, "undefined") == 0) {
        return Undefined(0x7fffffff);
    }
    if (strcmp(What, "uninitialised") == 0) {
        return Uninitialised(16);
    }
    fprintf(stderr, "control: see the top of control.c\n");
    return 2;
}
