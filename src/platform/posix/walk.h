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

/* Can a frame be there? Last: where the last one of its stack could be. */
static BOOLEAN McpIsFrame(ULONG_PTR Frame, ULONG_PTR Last)
{
    return (BOOLEAN)(Frame <= Last && Frame % sizeof(ULONG_PTR) == 0);
}

/* The frame that returns to ReturnAddress, above some of our own at most; 0: none does. */
static ULONG_PTR McpWalkToCaller(ULONG_PTR Frame, ULONG_PTR Last, ULONG_PTR ReturnAddress)
{
    ULONG_PTR Below = 0;
    ULONG Own;

    for (Own = 0; Own < MCP_OWN_FRAMES && Frame > Below && McpIsFrame(Frame, Last); Own++) {
        if (((volatile ULONG_PTR *)Frame)[1] == ReturnAddress) {
            return Frame;
        }
        Below = Frame;
        Frame = ((volatile ULONG_PTR *)Frame)[0];
    }
    return 0;
}

/* Frame: the caller's frame pointer; High: the end of its stack, 0: unknown. As McOsStackCapture.
 */
static ULONG McpWalk(ULONG_PTR Frame, ULONG_PTR High, ULONG_PTR *Frames, ULONG Most,
                     ULONG_PTR ReturnAddress)
{
    const ULONG_PTR Last = High == 0 ? 0 : High - 2 * sizeof(ULONG_PTR);
    ULONG_PTR Below, Returns = ReturnAddress;
    ULONG Count = 0;

    Frame = McpWalkToCaller(Frame, Last, ReturnAddress);
    if (Frame == 0 && ReturnAddress == 0) {
        return 0;
    }
    while (Count < Most) {
        Frames[Count++] = Returns;
        if (Frame == 0) { /* of the path only its first place is known */
            break;
        }
        Below = Frame;
        Frame = ((volatile ULONG_PTR *)Frame)[0];
        if (Frame <= Below || !McpIsFrame(Frame, Last)) {
            break;
        }
        Returns = ((volatile ULONG_PTR *)Frame)[1];
        if (Returns < MC_PAGE_SIZE) {
            break;
        }
    }
    return Count;
}

#endif
