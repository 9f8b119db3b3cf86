/*
 * planted.c - the negative control: a program with exactly the bugs it is asked for.
 *
 *     planted BUG...     overrun, underrun, write-after-free, double-free, interior-free, late
 *
 * "late" is an overrun of a block that is never freed: only the check at the end can see it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What the compiler does not see it does not warn of, or leave out. */
static char *volatile Block;

static void Around(void)
{
    char *Other[200];
    int I;

    for (I = 0; I < 200; I++) {
        Other[I] = malloc((size_t)I * 7);
        memset(Other[I], 'o', (size_t)I * 7);
    }
    for (I = 0; I < 200; I++) {
        free(Other[I]);
    }
}

static int Plant(const char *Bug)
{
    Around();
    Block = malloc(101);
    memset(Block, 'x', 101);
    if (strcmp(Bug, "overrun") == 0) {
        Block[101] = 0;
        free(Block);
    } else if (strcmp(Bug, "underrun") == 0) {
        Block[-1] = 0;
        free(Block);
    } else if (strcmp(Bug, "write-after-free") == 0) {
        free(Block);
        Block[50] = 'y';
    } else if (strcmp(Bug, "double-free") == 0) {
        free(Block);
        free(Block);
    } else if (strcmp(Bug, "interior-free") == 0) {
        free(Block + 16);
        free(Block);
    } else if (strcmp(Bug, "late") == 0) {
        Block[101] = 0;
    } else {
        return 0;
    }
    return 1;
}

int main(int Count, char **Bugs)
{
    int I;

    for (I = 1; I < Count; I++) {
        if (!Plant(Bugs[I])) {
            fprintf(stderr, "planted: no bug \"%s\"\n", Bugs[I]);
            return 2;
        }
    }
    return 0;
}
