/*
 * faulty.h - what the driver and its client share: the planted bugs and the codes that trigger
 * them.
 *
 * One row is one bug: what the code calls it, its name for people, the kind of finding that
 * MemCheck must report (the kind= of its machine line; "none" for correct code that must stay
 * silent), the pool it happens in, and what the driver does wrong. The row's place in the table
 * gives its code.
 */
#ifndef FAULTY_H
#define FAULTY_H

/* clang-format off */
#define FAULTY_BUGS(Bug) \
    Bug(CleanBuffers, "clean-buffers", "none", "both", "buffers of many sizes, used to the brim") \
    Bug(CleanLists, "clean-lists", "none", "both", "lists, built under a spin lock, and freed") \
    Bug(CleanStrings, "clean-strings", "none", "both", "strings, room for their terminators") \
    Bug(OverrunByOne, "overrun-by-one", "overrun", "nonpaged", "a loop runs once too often") \
    Bug(OverrunNul, "overrun-nul", "overrun", "nonpaged", "no room for a string's terminator") \
    Bug(OverrunSlack, "overrun-slack", "overrun", "paged", "into what alignment leaves over") \
    Bug(OverrunMany, "overrun-many", "overrun", "nonpaged", "an array of 12 elements gets 13") \
    Bug(OverrunPaged, "overrun-paged", "overrun", "paged", "a wide terminator with no room") \
    Bug(Underrun, "underrun", "underrun", "nonpaged", "a loop downwards runs past the start") \
    Bug(UnderrunPaged, "underrun-paged", "underrun", "paged", "the element at index -1") \
    Bug(WriteAfterFree, "write-after-free", "write-after-free", "nonpaged", \
        "a flag is cleared in a freed structure") \
    Bug(WriteLeaving, "write-after-free-late", "write-after-free", "paged", \
        "the same, found when the block leaves the quarantine") \
    Bug(DoubleFree, "double-free", "double-free", "nonpaged", "an error path frees again") \
    Bug(DoubleFreePaged, "double-free-paged", "double-free", "paged", "two owners free a block") \
    Bug(InteriorFree, "interior-free", "interior-free", "nonpaged", "a moved pointer is freed") \
    Bug(RedzoneFree, "redzone-free", "redzone-free", "paged", "the end of a buffer is freed") \
    Bug(RedzoneFreeFront, "redzone-free-front", "redzone-free", "nonpaged", \
        "a header is freed that was never allocated") \
    Bug(WildFreeNull, "wild-free-null", "wild-free", "none", "NULL is freed") \
    Bug(WildFreeStack, "wild-free-stack", "wild-free", "none", "a local variable is freed") \
    Bug(WildFreeImage, "wild-free-image", "wild-free", "none", "a static variable is freed") \
    Bug(WrongTag, "wrong-tag", "wrong-tag", "paged", "freed with another tag") \
    Bug(BadAccess, "bad-access", "bad-access", "nonpaged", "asks about the byte behind a buffer") \
    Bug(BadAccessFreed, "bad-access-freed", "bad-access", "paged", "asks about a freed buffer") \
    Bug(LeakNonPaged, "leak-nonpaged", "leak-site", "nonpaged", "a loop's buffers, never freed") \
    Bug(LeakPaged, "leak-paged", "leak", "paged", "a buffer is forgotten on an error path") \
    Bug(LeakKept, "leak-kept", "leak", "nonpaged", "a buffer that unloading forgets") \
    Bug(AfterExitFree, "after-exit-free", "after-exit-free", "nonpaged", \
        "the buffer of leak-kept is freed after MEM_CHECK_EXIT") \
    Bug(WriteAtExit, "write-after-free-exit", "write-after-free", "paged", \
        "a freed buffer is written to, found at exit")
/* clang-format on */

#define FAULTY_ENUMERATE(Id, Name, Kind, Pool, Text) Faulty##Id,
enum { FAULTY_BUGS(FAULTY_ENUMERATE) FaultyBugCount };

/* The code that triggers bug number Bug. No data goes in or out. */
#define FAULTY_IOCTL(Bug) \
    CTL_CODE(FILE_DEVICE_UNKNOWN, 0x800 + (Bug), METHOD_BUFFERED, FILE_ANY_ACCESS)

#define FAULTY_DEVICE L"\\Device\\MemCheckFaulty"
#define FAULTY_LINK   L"\\DosDevices\\MemCheckFaulty"
#define FAULTY_PATH   L"\\\\.\\MemCheckFaulty"

#endif
