/*
 * blind.c - negative controls: MemCheck made to know a little less, or something wrong, of each
 * block; the comparison with the map must notice.
 */
#include <string.h>
#include "scribble.h"
#include "core.h"

const char *const ScBlindNames[] = {
    "last-byte",  /* the last guard byte behind a block is not looked at */
    "first-byte", /* nor the first one before it */
    "fill",       /* fill is not looked at */
    "reported",   /* damage there is, is taken for reported */
    "off-by-one", /* a block is thought to be a byte longer */
    "mistaken",   /* one guard byte is not what MemCheck thinks it is */
    "mute",       /* nothing is told */
    NULL};
const char *ScBlind;

static void Blind(MC_RECORD *Record)
{
    if (strcmp(ScBlind, "last-byte") == 0) {
        Record->Rear--;
    } else if (strcmp(ScBlind, "first-byte") == 0 && Record->Front != 0) {
        Record->Front--;
    } else if (strcmp(ScBlind, "fill") == 0) {
        Record->Filled = 0;
    } else if (strcmp(ScBlind, "reported") == 0) {
        Record->Noted |= MC_NOTED_REAR;
    } else if (strcmp(ScBlind, "off-by-one") == 0) {
        Record->Size++;
        Record->Rear--;
    } else if (strcmp(ScBlind, "mistaken") == 0) {
        ((PUCHAR)Record->User)[Record->Size] ^= 1;
    }
}

void ScBlindNow(void)
{
    ULONG Index;

    if (ScBlind == NULL) {
        return;
    }
    if (strcmp(ScBlind, "mute") == 0) {
        SimOptions("suppress=*");
        MEM_CHECK_OPTIONS();
    }
    for (Index = 0; Index < ScBlockCount; Index++) {
        MC_RECORD *Record = McIndexFindExact((ULONG_PTR)ScBlocks[Index].P);

        if (Record != NULL) {
            if (Record->Front != 0) {
                Blind(Record);
            }
            McRecordRelease(Record);
        }
    }
}
