/*
 * walk.h (posix) - a call stack, along the saved frame pointers. The simulated kernel's platform
 * walks so too, with the limits of its own threads.
 *
 * It needs code that keeps frame pointers (-fno-omit-frame-pointer): MemCheck's own has them from
 * mcos.h with gcc, and by the option with clang. Where a caller's function has none, the walk ends
 * or goes on with the function above it; nothing outside of the stack is ever read.
 */
#ifndef MC_WALK_H
#define MC_WALK_H

#include "platform.h"

#define MCP_OWN_FRAMES 32u /* of MemCheck itself, at most */

/* Frame: the caller's frame pointer; High: the end of its stack. As McOsStackCapture. */
static ULONG McpWalk(ULONG_PTR Frame, ULONG_PTR High, ULONG_PTR *Frames, ULONG Most,
                     ULONG_PTR ReturnAddress)
{
    ULONG_PTR Returns, Above;
    ULONG Own = 0;
    ULONG Count = 0;

    while (Count < Most && Own < MCP_OWN_FRAMES && Frame % sizeof(ULONG_PTR) == 0 && Frame < High &&
           High - Frame >= 2 * sizeof(ULONG_PTR)) {
        Above = ((volatile ULONG_PTR *)Frame)[0];
        Returns = ((volatile ULONG_PTR *)Frame)[1];
        if (Count != 0 && Returns < MC_PAGE_SIZE) {
            break;
        }
        if (Count != 0 || Returns == ReturnAddress) {
            Frames[Count++] = Returns;
        } else {
            Own++;
        }
        if (Above <= Frame) {
            break;
        }
        Frame = Above;
    }
    if (Count == 0 && ReturnAddress != 0) {
        Frames[Count++] = ReturnAddress;
    }
    return Count;
}

#endif
