/*
 * arguments.c - each name of memcheck_replace.h evaluates each of its arguments exactly once, and
 * passes them to the right routine of MemCheck at the right place, with file, line and function.
 * Runs on the host: the routines here write down what they are given. C and C++.
 */
#define POOL_FLAG_REQUIRED_END 0x80000000ull
#include "memcheck_replace.h"
#include <stdio.h>
#include <string.h>

static struct {
    ULONG Routine;
    ULONGLONG A, B, C, D, E;
    ULONG Line;
    int Calls;
} Got;
static int Evaluated;
static int Failed;

static ULONGLONG Once(ULONGLONG Value)
{
    Evaluated++;
    return Value;
}

static void Write(ULONG Routine, ULONGLONG A, ULONGLONG B, ULONGLONG C, ULONGLONG D, ULONGLONG E,
                  const char *File, ULONG Line, const char *Function)
{
    Got.Routine = Routine;
    Got.A = A;
    Got.B = B;
    Got.C = C;
    Got.D = D;
    Got.E = E;
    Got.Line = Line;
    Got.Calls++;
    if (!strstr(File, "arguments.c") || strcmp(Function, "main") != 0) {
        printf("file %s, function %s\n", File, Function);
        Failed++;
    }
}

PVOID NTAPI McAllocateAs(ULONG Routine, POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag,
                         ULONG Priority, const char *File, ULONG Line, const char *Function)
{
    Write(Routine, (ULONGLONG)PoolType, NumberOfBytes, Tag, Priority, 0, File, Line, Function);
    return &Got;
}

PVOID NTAPI McAllocateFlagsAs(ULONG Routine, ULONGLONG Flags, SIZE_T NumberOfBytes, ULONG Tag,
                              const VOID *Parameters, ULONG ParameterCount, const char *File,
                              ULONG Line, const char *Function)
{
    Write(Routine, Flags, NumberOfBytes, Tag, (ULONG_PTR)Parameters, ParameterCount, File, Line,
          Function);
    return &Got;
}

VOID NTAPI McFreeAs(ULONG Routine, PVOID P, ULONG Tag, const VOID *Parameters, ULONG ParameterCount,
                    const char *File, ULONG Line, const char *Function)
{
    Write(Routine, (ULONG_PTR)P, Tag, (ULONG_PTR)Parameters, ParameterCount, 0, File, Line,
          Function);
}

VOID NTAPI McFreeStringAs(ULONG Routine, PVOID String, const char *File, ULONG Line,
                          const char *Function)
{
    Write(Routine, (ULONG_PTR)String, 0, 0, 0, 0, File, Line, Function);
}

VOID NTAPI McCompleteRequestAs(PVOID Irp, CHAR PriorityBoost, const char *File, ULONG Line,
                               const char *Function)
{
    Write(McIofCompleteRequest, (ULONG_PTR)Irp, (ULONGLONG)PriorityBoost, 0, 0, 0, File, Line,
          Function);
}

LONG NTAPI McCallDriverAs(PVOID DeviceObject, PVOID Irp, const char *File, ULONG Line,
                          const char *Function)
{
    Write(McIofCallDriver, (ULONG_PTR)DeviceObject, (ULONG_PTR)Irp, 0, 0, 0, File, Line, Function);
    return 77;
}

static void Check(const char *Name, int Arguments, ULONG Routine, ULONGLONG A, ULONGLONG B,
                  ULONGLONG C, ULONGLONG D, ULONGLONG E, ULONG Line)
{
    int Good = Evaluated == Arguments && Got.Calls == 1 && Got.Routine == Routine && Got.A == A &&
               Got.B == B && Got.C == C && Got.D == D && Got.E == E && Got.Line == Line;

    printf("%s %s: %d of %d arguments evaluated\n", Good ? "ok  " : "FAIL", Name, Evaluated,
           Arguments);
    Failed += !Good;
    Evaluated = 0;
    memset(&Got, 0, sizeof(Got));
}

/* Operators of low precedence: a missing bracket would show. A result is &Got where one is due. */
#define N(Value)       (ULONG) Once(Value)
#define TYPE(Value)    (POOL_TYPE) Once(Value)
#define ADDRESS(Value) (PVOID)(ULONG_PTR) Once(Value)
#define ALLOCATES(Name, Count, Call, B, C, D, E)                \
    do {                                                        \
        Failed += Name Call != &Got;                            \
        Check(#Name, Count, Mc##Name, 1, B, C, D, E, __LINE__); \
    } while (0)
#define FREES(Name, Count, Call, B, C, D)                       \
    do {                                                        \
        Name Call;                                              \
        Check(#Name, Count, Mc##Name, 1, B, C, D, 0, __LINE__); \
    } while (0)

int main(void)
{
    LONG Status;

    ALLOCATES(ExAllocatePool, 2, (TYPE(1), N(2)), 2, 0, 0, 0);
    ALLOCATES(ExAllocatePoolWithTag, 3, (TYPE(1), N(2), N(3)), 2, 3, 0, 0);
    ALLOCATES(ExAllocatePoolWithQuota, 2, (TYPE(1), N(2)), 2, 0, 0, 0);
    ALLOCATES(ExAllocatePoolWithQuotaTag, 3, (TYPE(1), N(2), N(3)), 2, 3, 0, 0);
    ALLOCATES(ExAllocatePoolWithTagPriority, 4, (TYPE(1), N(2), N(3), N(4)), 2, 3, 4, 0);
    ALLOCATES(ExAllocatePoolZero, 3, (TYPE(1), N(2), N(3)), 2, 3, 0, 0);
    ALLOCATES(ExAllocatePoolUninitialized, 3, (TYPE(1), N(2), N(3)), 2, 3, 0, 0);
    ALLOCATES(ExAllocatePoolQuotaZero, 3, (TYPE(1), N(2), N(3)), 2, 3, 0, 0);
    ALLOCATES(ExAllocatePoolQuotaUninitialized, 3, (TYPE(1), N(2), N(3)), 2, 3, 0, 0);
    ALLOCATES(ExAllocatePoolPriorityZero, 4, (TYPE(1), N(2), N(3), N(4)), 2, 3, 4, 0);
    ALLOCATES(ExAllocatePoolPriorityUninitialized, 4, (TYPE(1), N(2), N(3), N(4)), 2, 3, 4, 0);
    ALLOCATES(ExAllocatePool2, 3, (Once(1), N(2), N(3)), 2, 3, 0, 0);
    ALLOCATES(ExAllocatePool3, 5, (Once(1), N(2), N(3), ADDRESS(4), N(5)), 2, 3, 4, 5);
    FREES(ExFreePool, 1, (ADDRESS(1)), 0, 0, 0);
    FREES(ExFreePoolWithTag, 2, (ADDRESS(1), N(2)), 2, 0, 0);
    FREES(ExFreePool2, 4, (ADDRESS(1), N(2), ADDRESS(3), N(4)), 2, 3, 4);
    FREES(RtlFreeUnicodeString, 1, (ADDRESS(1)), 0, 0, 0);
    FREES(RtlFreeAnsiString, 1, (ADDRESS(1)), 0, 0, 0);
    FREES(RtlFreeOemString, 1, (ADDRESS(1)), 0, 0, 0);
    FREES(IofCompleteRequest, 2, (ADDRESS(1), (CHAR)Once(2)), 2, 0, 0);
    Status = IofCallDriver(ADDRESS(1), ADDRESS(2));
    Check("IofCallDriver", 2, McIofCallDriver, 1, 2, 0, 0, 0, __LINE__ - 1);
    Failed += Status != 77;

    /* What binds less than a comma or a cast. */
    FREES(ExFreePool, 1, (Failed < 0 ? 0 : ADDRESS(1)), 0, 0, 0);
    ALLOCATES(ExAllocatePoolWithTag, 2, (PagedPool, N(1) << 1, 1 | N(2)), 2, 3, 0, 0);
    printf("arguments: %d failed\n", Failed);
    return Failed != 0;
}
