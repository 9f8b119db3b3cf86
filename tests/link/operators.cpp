/*
 * operators.cpp - C++: a driver's operators call the pool routines, so they are seen too. clang
 * refuses mingw-w64's kit header as C++, so the two routines are declared here as it does.
 */
typedef unsigned long ULONG;
typedef decltype(sizeof(0)) SIZE;

extern "C" {
__declspec(dllimport) void *__stdcall ExAllocatePoolWithTag(int Type, SIZE Size, ULONG Tag);
__declspec(dllimport) void __stdcall ExFreePoolWithTag(void *P, ULONG Tag);
ULONG TestOperators(void);
}

#define NonPagedPool 0
#define TEST_TAG     0x6B6E694Cu

void *operator new(SIZE Size)
{
    return ExAllocatePoolWithTag(NonPagedPool, Size, TEST_TAG);
}

void operator delete(void *P) noexcept
{
    ExFreePoolWithTag(P, TEST_TAG);
}

void operator delete(void *P, SIZE) noexcept
{
    ExFreePoolWithTag(P, TEST_TAG);
}

namespace
{
class Counter
{
public:
    Counter() : Value(33)
    {
    }
    ULONG Value;
    ULONG More[4];
};
} /* namespace */

ULONG TestOperators(void)
{
    Counter *volatile Made = new Counter;
    ULONG Used = Made->Value;

    delete Made;
#ifdef BUG_NEW_LEAK
    Made = new Counter; /* BUG_NEW_LEAK allocated */
    Used += Made->Value;
#endif
    return Used;
}
