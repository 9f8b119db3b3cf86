/* own.c - what comes of writes into MemCheck's own memory. */
#include <string.h>
#include <unistd.h>
#include "scribble.h"

/*
 * No promise: a write that goes that far has destroyed a guard zone on its way, and may have hit
 * anything in the kernel. How MemCheck takes it is worth knowing all the same.
 */
typedef struct _OWN {
    PUCHAR Start[256];
    SIZE_T Size[256];
    ULONG Count;
} OWN;

static void TakeOwn(const SIM_BLOCK *Block, PVOID Context)
{
    OWN *Own = Context;

    if (Block->Tag == SC_OWN && Own->Count < 256) {
        Own->Start[Own->Count] = Block->Start;
        Own->Size[Own->Count++] = Block->Size;
    }
}

/* How many lie right behind a block of the driver's, where only its guard bytes are between. */
static ULONG BehindDrivers(const OWN *Own)
{
    ULONG Index, Other, Count = 0;

    for (Index = 0; Index < Own->Count; Index++) {
        for (Other = 0; Other < ScBlockCount; Other++) {
            const SC_BLOCK *Block = &ScBlocks[Other];
            const LONG_PTR Gap = Own->Start[Index] - (Block->Raw + Block->RawSize);

            Count += Block->State != ScForeign && Gap >= 0 && Gap < 32;
        }
    }
    return Count;
}

void ScOwnLife(ULONG Seed, ULONG Unused)
{
    static UCHAR Bytes[SC_LONGEST];
    static OWN Own;
    ULONG Which;
    SIZE_T Length;

    (void)Unused;
    ScSeed(Seed);
    ScWatchdog = SIM_NO_WATCHDOG;
    ScStart("patrol=0");
    ScRandomScene();
    ScMap(0);
    SimPoolEach(TakeOwn, &Own);
    ScAt->Cases += Own.Count;
    ScAt->Damaging += BehindDrivers(&Own);
    Which = ScRandom(Own.Count);
    Length = 1 + ScRandom(Own.Size[Which] < 64 ? (ULONG)Own.Size[Which] : 64);
    ScBytes(ScRandom(ScPatterns), 0, Length, Bytes);
    memcpy(Own.Start[Which], Bytes, Length); /* from its start on: that is how an overrun comes */
    alarm(2);
    ScLook(ScByCheck);
    ScLook(ScByPatrol);
    ScFreeAll();
    MEM_CHECK_EXIT();
}
