/*
 * host_program.c - a program of the host that uses MemCheck as its user does: memcheck.h, the
 * MEM_... names, and nothing else. Built from the tree and from the one file.
 */
#include "memcheck.h"

#include <stdio.h>
#include <string.h>

static int Passed, Failed;

static void Check(int Holds, const char *Text)
{
    if (Holds) {
        Passed++;
    } else {
        Failed++;
        printf("FAIL %s\n", Text);
    }
}

int main(void)
{
    char *Block;
    char Kept;

    MEM_CHECK_INIT();
    Block = MEM_ALLOCATE_WITH_TAG(PagedPool, 100, 0x74736554u);
    Check(Block != NULL, "a block");
    memset(Block, 1, 100);
    Check(MEM_CHECK() == 0, "an intact block is not reported");
    Check(MEM_VALID_ACCESS(Block + 99), "its last byte is valid");
    Kept = Block[100];
    Block[100] = 0;
    Check(MEM_CHECK() == 1, "a NUL behind the block is found");
    Block[100] = Kept;
    Check(MEM_CHECK() == 0, "repaired, it is intact");
    MEMCHECK_FREE_WITH_TAG(Block, 0x74736554u);
    Block = MEM_ALLOCATE(NonPagedPool, 5000);
    Check(((size_t)Block & 4095) == 0, "a page and more is page-aligned");
    MEMCHECK_FREE(Block);
    MEM_CHECK_EXIT();
    printf("host program: %d passed, %d failed\n", Passed, Failed);
    return Failed != 0;
}
