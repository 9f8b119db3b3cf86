/*
 * lookups.c - what MEM_VALID_ACCESS and MEM_CHECK cost, and the plain reads they are held against.
 *
 * The addresses asked for stand in a table that is read in order, so that it costs next to nothing.
 */
#include "bench.h"

#include "required.h"

/* ---- a yardstick: reads that wait for each other ---- */

#define BENCH_LINE 64u

/* One cycle through all lines, at random (Sattolo): each line holds the address of the next. */
static void **BenchpCycle(size_t Bytes, uint64_t *Random)
{
    const size_t Lines = Bytes / BENCH_LINE;
    char *Memory = (char *)BenchTable(Lines, BENCH_LINE);
    uint32_t *Order = (uint32_t *)BenchTable(Lines, sizeof(Order[0]));
    uint32_t Kept;
    size_t I, J;

    for (I = 0; I < Lines; I++) {
        Order[I] = (uint32_t)I;
    }
    for (I = Lines - 1; I > 0; I--) {
        J = BenchUpper(BenchRandom(Random), I);
        Kept = Order[J];
        Order[J] = Order[I];
        Order[I] = Kept;
    }
    for (I = 0; I < Lines; I++) {
        *(void **)(Memory + Order[I] * (size_t)BENCH_LINE) =
            Memory + Order[(I + 1) % Lines] * (size_t)BENCH_LINE;
    }
    return (void **)Memory;
}

static void **BenchpFollow(void **At, size_t Steps)
{
    for (; Steps != 0; Steps--) {
        At = (void **)*At;
    }
    return At;
}

void BenchReads(const BENCH_RUN *Run, BENCH_RESULT *Result)
{
    uint64_t Random = Run->Seed;
    void **At = BenchpFollow(BenchpCycle(Run->Bytes, &Random), Run->Warm);

    BenchBegin(Result);
    At = BenchpFollow(At, Run->Pairs);
    BenchEnd(Result, Run->Pairs);
    if (At == NULL) {
        BenchFail("the cycle is broken");
    }
}

#ifdef BENCH_MEMCHECK
#include "memcheck.h"

#include <sys/mman.h>

/* ---- MEM_VALID_ACCESS ---- */

typedef struct _BENCH_LIVE {
    char **Block;
    size_t *Size;
    const void **Asked; /* Run->Pairs addresses */
    uint64_t Random;
} BENCH_LIVE;

static void BenchpMake(const BENCH_RUN *Run, BENCH_LIVE *Live)
{
    size_t I;

    Live->Random = Run->Seed;
    Live->Block = (char **)BenchTable(Run->Live, sizeof(Live->Block[0]));
    Live->Size = (size_t *)BenchTable(Run->Live, sizeof(Live->Size[0]));
    Live->Asked = (const void **)BenchTable(Run->Pairs, sizeof(Live->Asked[0]));
    for (I = 0; I < Run->Live; I++) {
        Live->Size[I] = Run->Low + BenchLower(BenchRandom(&Live->Random), Run->High - Run->Low + 1);
        Live->Block[I] = (char *)BenchTake(I, Live->Size[I]);
    }
}

static void BenchpUnmake(const BENCH_RUN *Run, const BENCH_LIVE *Live)
{
    size_t I;

    for (I = 0; I < Run->Live; I++) {
        BenchGive(I, Live->Block[I]);
    }
}

static size_t BenchpAsk(const void *const *Asked, size_t Count)
{
    size_t Valid = 0;

    for (; Count != 0; Count--) {
        Valid += MEM_VALID_ACCESS(*Asked++) != FALSE;
    }
    return Valid;
}

static void BenchpAccess(const BENCH_RUN *Run, BENCH_RESULT *Result, BENCH_LIVE *Live,
                         size_t ValidOf)
{
    size_t Valid;

    BenchpAsk(Live->Asked, Run->Pairs < 1000 ? Run->Pairs : 1000);
    BenchBegin(Result);
    Valid = BenchpAsk(Live->Asked, Run->Pairs);
    BenchEnd(Result, Run->Pairs);
    if (Valid != ValidOf) {
        BenchFail("MEM_VALID_ACCESS does not say what is so");
    }
    BenchpUnmake(Run, Live);
}

/* Addresses inside of live blocks, of random blocks, anywhere in them. */
void BenchInside(const BENCH_RUN *Run, BENCH_RESULT *Result)
{
    BENCH_LIVE Live;
    uint64_t Random;
    size_t I, Of;

    BenchpMake(Run, &Live);
    for (I = 0; I < Run->Pairs; I++) {
        Random = BenchRandom(&Live.Random);
        Of = BenchUpper(Random, Run->Live);
        Live.Asked[I] = Live.Block[Of] + BenchLower(Random, Live.Size[Of]);
    }
    BenchpAccess(Run, Result, &Live, Run->Pairs);
}

static void BenchpOutsideAddresses(const BENCH_RUN *Run, BENCH_LIVE *Live)
{
    const size_t Region = (size_t)1 << 30; /* address space, and no memory */
    char *Empty =
        (char *)mmap(NULL, Region, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    size_t I;

    if (Empty == MAP_FAILED) {
        BenchFail("no address space");
    }
    for (I = 0; I < Run->Pairs; I++) {
        Live->Asked[I] = Empty + BenchUpper(BenchRandom(&Live->Random), Region);
    }
}

/* Addresses where nobody's memory is, in a region of 1 GB. */
void BenchOutside(const BENCH_RUN *Run, BENCH_RESULT *Result)
{
    BENCH_LIVE Live;

    BenchpMake(Run, &Live);
    BenchpOutsideAddresses(Run, &Live);
    BenchpAccess(Run, Result, &Live, 0);
}

/* The same addresses by a name that has nothing to report of them, so the look-up is all there is:
 * MEM_HANDED_OVER of an address that is not the start of a monitored block is ignored. */
void BenchOutsideQuiet(const BENCH_RUN *Run, BENCH_RESULT *Result)
{
    BENCH_LIVE Live;
    size_t I;

    BenchpMake(Run, &Live);
    BenchpOutsideAddresses(Run, &Live);
    BenchBegin(Result);
    for (I = 0; I < Run->Pairs; I++) {
        MEM_HANDED_OVER((PVOID)Live.Asked[I]);
    }
    BenchEnd(Result, Run->Pairs);
    BenchpUnmake(Run, &Live);
}

/* ---- MEM_CHECK ---- */

/* Operations are blocks looked at. */
void BenchCheck(const BENCH_RUN *Run, BENCH_RESULT *Result)
{
    BENCH_LIVE Live;
    size_t Damaged = MEM_CHECK();
    size_t I;

    BenchpMake(Run, &Live);
    Damaged += MEM_CHECK();
    BenchBegin(Result);
    for (I = 0; I < Run->Pairs; I++) {
        Damaged += MEM_CHECK();
    }
    BenchEnd(Result, Run->Pairs * Run->Live);
    if (Damaged != 0) {
        BenchFail("MEM_CHECK finds damage where there is none");
    }
    BenchpUnmake(Run, &Live);
}

static uint64_t BenchpReadWords(const char *From, const char *To)
{
    uint64_t Sum = 0;

    for (; (uintptr_t)From % sizeof(uint64_t) != 0 && From < To; From++) {
        Sum += *(const volatile unsigned char *)From;
    }
    for (; From < To; From += sizeof(uint64_t)) {
        Sum += *(const volatile uint64_t *)From;
    }
    return Sum;
}

static uint64_t BenchpReadGuards(const BENCH_RUN *Run, const BENCH_LIVE *Live)
{
    uint64_t Sum = 0;
    size_t I;

    for (I = 0; I < Run->Live; I++) {
        const char *Block = Live->Block[I];
        const char *End = Block + Live->Size[I];

        Sum += BenchpReadWords(Block - RequiredFront(Live->Size[I]), Block);
        Sum += BenchpReadWords(End, End + RequiredRear(Live->Size[I]));
    }
    return Sum;
}

/* A plain loop over the same blocks in the order of their allocation, reading their guard bytes. */
void BenchGuards(const BENCH_RUN *Run, BENCH_RESULT *Result)
{
    volatile uint64_t Sum = 0;
    BENCH_LIVE Live;
    size_t I;

    BenchpMake(Run, &Live);
    Sum += BenchpReadGuards(Run, &Live);
    BenchBegin(Result);
    for (I = 0; I < Run->Pairs; I++) {
        Sum += BenchpReadGuards(Run, &Live);
    }
    BenchEnd(Result, Run->Pairs * Run->Live);
    BenchpUnmake(Run, &Live);
}
#endif
