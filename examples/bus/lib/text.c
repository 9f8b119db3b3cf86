/* text.c - 8-bit texts in pool memory. */
#include "buslib.h"

static SIZE_T Length(PCSTR Text)
{
    SIZE_T At = 0;

    while (Text[At] != '\0') {
        At++;
    }
    return At;
}

PSTR TextJoin(PCSTR First, PCSTR Second)
{
    SIZE_T FirstLength = Length(First);
    SIZE_T SecondLength = Length(Second);
    SIZE_T Size = FirstLength + SecondLength + 1;
    PSTR Text;

#ifdef BUG_TEXT_OVERRUN
    Size--; /* no room for the NUL */
#endif
    /* BUG: text-overrun allocated */
    Text = ExAllocatePoolWithTag(NonPagedPool, Size, BUSLIB_TAG);
    if (Text != NULL) {
        RtlCopyMemory(Text, First, FirstLength);
        RtlCopyMemory(Text + FirstLength, Second, SecondLength);
        Text[FirstLength + SecondLength] = '\0';
    }
    return Text;
}

ULONG TextCountAndFree(PSTR Text)
{
    ULONG Letters = 0;
    SIZE_T At;

    for (At = 0; Text[At] != '\0'; At++) {
        if ((Text[At] | 0x20) >= 'a' && (Text[At] | 0x20) <= 'z') {
            Letters++;
        }
    }
    ExFreePool(Text);
    return Letters;
}
