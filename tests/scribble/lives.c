/*
 * lives.c - a random scene, some writes, a first look of one of eight sorts, then all the others,
 * the frees and EXIT; nothing is repaired.
 */
#include <stdio.h>
#include "scribble.h"

/* Near an edge of some block, more often than not; before it, on it, behind it. */
static SIZE_T Somewhere(void)
{
    ULONG Try;

    for (Try = 0; Try < 30; Try++) {
        const SC_BLOCK *Block = &ScBlocks[ScRandom(ScBlockCount)];
        PUCHAR Edge = Block->Raw;

        switch (ScRandom(5)) {
        case 0: Edge += Block->RawSize; break;
        case 1: Edge = Block->P; break;
        case 2: Edge = Block->P + Block->Size; break;
        case 3: Edge += ScRandom((ULONG)Block->RawSize + 1); break;
        default: break;
        }
        Edge += (LONG)ScRandom(40) - 20;
        if (Edge >= ScSpan && Edge < ScSpan + ScSpanBytes &&
            ScZoneAt((SIZE_T)(Edge - ScSpan)) != ScOwn) {
            return (SIZE_T)(Edge - ScSpan);
        }
    }
    return ScRandom((ULONG)ScSpanBytes);
}

static void ScribbleSome(void)
{
    static UCHAR Bytes[SC_LONGEST];
    ULONG Writes = 1 + ScRandom(3);

    while (Writes-- > 0) {
        const SIZE_T Offset = Somewhere();
        const SIZE_T Length = ScRandom(3) != 0 ? 1 + ScRandom(20) : 1 + ScRandom(SC_LONGEST);

        ScBytes(ScRandom(ScPatterns), Offset, Length, Bytes);
        ScWrite(Offset, Bytes, Length);
    }
}

/* EXIT was first: what it does not free is the others' to free. */
static void FreeLeft(void)
{
    ULONG Index;

    for (Index = 0; Index < ScBlockCount; Index++) {
        if (ScBlocks[Index].State == ScForeign) {
            SimForeignFree(ScBlocks[Index].P);
        } else if (ScBlocks[Index].State == ScPlain) {
            SimSystemFree(ScBlocks[Index].P);
        }
    }
}

static void LookOn(SC_LOOK First)
{
    ULONG Question;

    ScLook(First);
    if (First <= ScAtDispatch) {
        for (Question = 0; Question < 4; Question++) {
            ScDescribe(ScRandom((ULONG)ScSpanBytes));
        }
    }
    if (First < ScByFree) {
        ScLook(ScByList);
        ScLook(ScByPatrol);
        MEM_STATISTICS();
    }
}

/* Options that change what stands where, and what is said. */
static void StartLife(void)
{
    static const ULONG Fills[] = {512, 512, 0, 64, 128, 1048576};
    static const char *const More[] = {"stacks=0", "neighbours", "statistics", "slice=2"};
    char Options[160];

    ScFill = Fills[ScRandom(sizeof(Fills) / sizeof(Fills[0]))];
    ScPrinted = ScRandom(3) == 0;
    ScPlacement = ScRandom(4) != 0   ? SIM_PACKED
                  : ScRandom(2) == 0 ? SIM_END_AT_GUARD
                                     : SIM_START_AT_GUARD;
    snprintf(Options, sizeof(Options), "patrol=0,fill=%u,redzone=%u,%s%s", (unsigned)ScFill,
             (unsigned)(16 << ScRandom(4)), More[ScRandom(4)], ScPrinted ? ",repeat" : "");
    ScStart(Options);
}

void ScLife(ULONG Seed)
{
    SC_DAMAGE Damage[SC_DAMAGES];
    SC_LOOK First;

    snprintf(ScAt->What, sizeof(ScAt->What), "again: scribble --life %u", (unsigned)Seed);
    ScSeed(Seed);
    StartLife();
    ScRandomScene();
    ScMap(ScRandom(ScBlockCount));
    ScBlindNow();
    ScForget();
    ScribbleSome();
    ScRemember();
    ScAt->Cases++;
    ScAt->Damaging += ScExpected(Damage) != 0;
    First = (SC_LOOK)ScRandom(ScLooks);
    LookOn(First);
    if (First == ScByExit) {
        ScCompare(FALSE);
        FreeLeft();
    } else {
        ScLook(ScByFree);
        ScLook(ScByExit);
        ScCompare(TRUE);
    }
    if (!SimPoolReset()) {
        ScFail("the pool is not empty");
    }
    SimStop();
}
