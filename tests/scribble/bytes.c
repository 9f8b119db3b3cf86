/* bytes.c - what is written: as drivers write, and as MemCheck itself does. */
#include <string.h>
#include "scribble.h"

const char *const ScPatternNames[] = {"zeros",  "ones",   "text", "wide", "pointer",
                                      "image",  "guard",  "fill", "same", "bit",
                                      "nibble", "random", NULL};
const ULONG ScPatterns = sizeof(ScPatternNames) / sizeof(ScPatternNames[0]) - 1;

static void Words(ULONG_PTR Word, SIZE_T Length, UCHAR *Bytes)
{
    SIZE_T Index;

    for (Index = 0; Index < Length; Index++) {
        Bytes[Index] = (UCHAR)(Word >> Index % sizeof(Word) * 8);
    }
}

/* Guard bytes as they stand elsewhere, copied as by who copies too much. */
static void Guards(SIZE_T Offset, SIZE_T Length, UCHAR *Bytes)
{
    SIZE_T From = Offset, Index;

    for (Index = 0; Index < Length; Index++) {
        do {
            From = (From + 1) % ScSpanBytes;
        } while (From != Offset && ScZoneAt(From) != ScRear && ScZoneAt(From) != ScFront);
        Bytes[Index] = ScSpan[From];
    }
}

void ScBytes(ULONG Pattern, SIZE_T Offset, SIZE_T Length, UCHAR *Bytes)
{
    static const char Text[] = "\\Device\\HarddiskVolume3\\Windows";
    SIZE_T Index;

    switch (Pattern) {
    case 0: memset(Bytes, 0, Length); return;
    case 1: memset(Bytes, 0xFF, Length); return;
    case 4: Words((ULONG_PTR)ScBlocks[Length % ScBlockCount].P + 3, Length, Bytes); return;
    case 5: Words((ULONG_PTR)&ScBlocks, Length, Bytes); return;
    case 6: Guards(Offset, Length, Bytes); return;
    case 7: memset(Bytes, 0xA7, Length); return;
    default: break;
    }
    for (Index = 0; Index < Length; Index++) {
        const UCHAR Old = Offset + Index < ScSpanBytes ? ScSpan[Offset + Index] : 0;

        switch (Pattern) {
        case 2: Bytes[Index] = (UCHAR)Text[Index % (sizeof(Text) - 1)]; break;
        case 3:
            Bytes[Index] = Index % 2 != 0 ? 0 : (UCHAR)Text[Index / 2 % (sizeof(Text) - 1)];
            break;
        case 8: Bytes[Index] = Old; break;
        case 9: Bytes[Index] = (UCHAR)(Old ^ 1u << (Offset + Index) % 8); break;
        case 10: Bytes[Index] = (UCHAR)(0xB0 | ScRandom(16)); break;
        default: Bytes[Index] = (UCHAR)ScRandom(256); break;
        }
    }
}
