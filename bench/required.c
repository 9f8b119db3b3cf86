/*
 * required.c - the work that a run requires of MemCheck, worked out from sizes and options, beside
 * the work that was done, counted where it is done (src/platform/work.h).
 *
 * Over the whole of a run, in which the driver frees all its blocks and EXIT empties the
 * quarantine, each block has its redzones written once and verified twice, at its free and when it
 * leaves the quarantine; is filled once, and its fill verified once; and each of the two calls
 * takes a stack, where stacks are on. Each look of the patrol verifies as much again of the block
 * that it looks at. And not all of that is left to EXIT: when the clock stops, no more is filled
 * and not verified yet than the quarantine holds.
 */
#include "required.h"

#define REQUIRED_PAGE      4096u
#define REQUIRED_ALIGNMENT 16u

/* A block that would cross a page, or is to start at one, has a whole page in front. */
size_t RequiredFront(size_t Size)
{
    return Size + REQUIRED_REDZONE > REQUIRED_PAGE ? REQUIRED_PAGE : REQUIRED_REDZONE;
}

/* And the slack up to the pool's alignment. */
size_t RequiredRear(size_t Size)
{
    const size_t End = Size + REQUIRED_REDZONE;

    return (End + REQUIRED_ALIGNMENT - 1) / REQUIRED_ALIGNMENT * REQUIRED_ALIGNMENT - Size;
}

#ifdef BENCH_COUNT
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Done: src/platform/work.h adds to these. */
size_t McWorkGuardWritten, McWorkGuardVerified, McWorkFillWritten, McWorkFillVerified;
size_t McWorkStacks, McWorkFrames, McWorkMetaBytes;

static struct {
    size_t Pairs;
    size_t Guard; /* bytes, of all blocks */
    size_t Fill;
    size_t Looks;     /* of the patrol */
    size_t LookGuard; /* that they have to verify */
    size_t LookFill;
} Required;

static size_t RequiredHeld;
static size_t RequiredMetaBefore;
static size_t RequiredFillMost;

/* A number from the options that are taken for granted; the default, if it is not there. */
static size_t RequiredOption(const char *Name, size_t Default)
{
    const char *String = getenv("BENCH_REQUIRED_OPTIONS");
    const char *At = String != NULL ? strstr(String, Name) : NULL;

    return At != NULL ? strtoul(At + strlen(Name), NULL, 0) : Default;
}

/* What is filled of a freed block: all of it up to that size, so many bytes at its ends beyond. */
static size_t RequiredFill(size_t Size)
{
    return Size <= RequiredFillMost ? Size : RequiredFillMost;
}

static void RequiredAdd(size_t *To, size_t Amount)
{
    __atomic_fetch_add(To, Amount, __ATOMIC_RELAXED);
}

void RequiredMade(size_t Size)
{
    RequiredAdd(&Required.Pairs, 1);
    RequiredAdd(&Required.Guard, RequiredFront(Size) + RequiredRear(Size));
    RequiredAdd(&Required.Fill, RequiredFill(Size));
}

/* The patrol is about to look at a block: called by src/core/patrol.c. */
void McWorkLook(size_t Size, int Held)
{
    RequiredAdd(&Required.Looks, 1);
    RequiredAdd(&Required.LookGuard, RequiredFront(Size) + RequiredRear(Size));
    RequiredAdd(&Required.LookFill, Held ? RequiredFill(Size) : 0);
}

void RequiredStart(void)
{
    McWorkGuardWritten = McWorkGuardVerified = McWorkFillWritten = McWorkFillVerified = 0;
    McWorkStacks = McWorkFrames = 0;
    RequiredMetaBefore = McWorkMetaBytes;
    RequiredFillMost = RequiredOption("fill=", 512);
}

size_t RequiredOwnBytes(void)
{
    return McWorkMetaBytes - RequiredMetaBefore;
}

void RequiredEnd(void)
{
    RequiredHeld = McWorkFillWritten - (McWorkFillVerified - Required.LookFill);
}

static void RequiredSay(const char *Name, size_t Needed, size_t Done)
{
    printf(" %s=%zu/%zu", Name, Done, Needed);
}

void RequiredPrint(void)
{
    const size_t Frames = RequiredOption("stacks=", 8);
    const size_t Stacks = Frames != 0 ? 2 * Required.Pairs : 0;

    printf("work: pairs=%zu looks=%zu fill_held=%zu own_kept=%zu", Required.Pairs, Required.Looks,
           RequiredHeld, McWorkMetaBytes);
    RequiredSay("guard_written", Required.Guard, McWorkGuardWritten);
    RequiredSay("guard_verified", 2 * Required.Guard + Required.LookGuard, McWorkGuardVerified);
    RequiredSay("fill_written", Required.Fill, McWorkFillWritten);
    RequiredSay("fill_verified", Required.Fill + Required.LookFill, McWorkFillVerified);
    RequiredSay("stacks", Stacks, McWorkStacks);
    RequiredSay("frames", Stacks * Frames, McWorkFrames);
    printf("\n");
}
#endif
