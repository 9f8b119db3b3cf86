/* stack.c (posix) - call stacks. */
#include "posixp.h"
#include "walk.h"

ULONG McOsStackCapture(ULONG_PTR *Frames, ULONG Most, ULONG_PTR ReturnAddress, BOOLEAN *Cut)
{
    ULONG_PTR Frame = (ULONG_PTR)__builtin_frame_address(0);
    ULONG_PTR Low, High;

    *Cut = FALSE;
    if (!McOsStack(&Low, &High)) {
        High = 0;
    }
    return McpWalk(Frame, High, Frames, Most, ReturnAddress);
}
