/*
 * sim_flags.c - the pool routines of Windows 10 and later, which take POOL_FLAGS.
 *
 * What is wrong with their parameters is no misuse: such a request fails. What the kernel cannot
 * forgive (the IRQL, a routine that is not there, a bad free) is one, as with the older routines.
 */
#define _GNU_SOURCE
#include "simp.h"

#define POOLS ((ULONG)(POOL_FLAG_NON_PAGED | POOL_FLAG_NON_PAGED_EXECUTE | POOL_FLAG_PAGED))
#define KNOWN_FLAGS                                                                      \
    (POOLS | (ULONG)(POOL_FLAG_USE_QUOTA | POOL_FLAG_UNINITIALIZED | POOL_FLAG_SESSION | \
                     POOL_FLAG_CACHE_ALIGNED | POOL_FLAG_RAISE_ON_FAILURE))

/* What the parameters say together. FALSE: one is unknown and not optional, or there is no array.
 */
static BOOLEAN ReadParameters(PCPOOL_EXTENDED_PARAMETER Parameters, ULONG Count, BOOLEAN *Secure)
{
    ULONG I;

    *Secure = FALSE;
    if (Count != 0 && Parameters == NULL) {
        return FALSE;
    }
    for (I = 0; I < Count; I++) {
        if (Parameters[I].Type == PoolExtendedParameterSecurePool) {
            if (Parameters[I].SecurePoolParams == NULL) {
                return FALSE;
            }
            *Secure = TRUE;
        } else if (Parameters[I].Type != PoolExtendedParameterPriority &&
                   Parameters[I].Type != PoolExtendedParameterNumaNode && !Parameters[I].Optional) {
            return FALSE;
        }
    }
    return TRUE;
}

/* The kind of memory that the flags ask for, as a POOL_TYPE. */
static ULONG TypeOf(ULONG Flags)
{
    ULONG Type = NonPagedPool;

    if ((Flags & POOL_FLAG_PAGED) != 0) {
        Type = PagedPool;
    } else if ((Flags & POOL_FLAG_NON_PAGED) != 0) {
        Type = NonPagedPoolNx;
    }
    Type |= (Flags & POOL_FLAG_CACHE_ALIGNED) != 0 ? 4 : 0;
    Type |= (Flags & POOL_FLAG_SESSION) != 0 ? 32 : 0;
    return Type;
}

static BOOLEAN IsValid(const SIM_REQUEST *Request)
{
    ULONG Pool = Request->Type & POOLS;

    return Request->Tag != 0 && Request->Size != 0 && (Request->Type & ~KNOWN_FLAGS) == 0 &&
           Pool != 0 && (Pool & (Pool - 1)) == 0;
}

/* A refused request: nothing of the heap, no misuse. */
static PVOID Refuse(SIM_THREAD *Self, SIM_REQUEST *Request)
{
    SimpPoolRecord(Request);
    if ((Request->Type & POOL_FLAG_RAISE_ON_FAILURE) != 0) {
        SimpRaise(Self, STATUS_INVALID_PARAMETER, "a pool request that is not valid");
    }
    return NULL;
}

static NTSTATUS Raises(ULONG Flags)
{
    if ((Flags & POOL_FLAG_RAISE_ON_FAILURE) == 0) {
        return STATUS_SUCCESS;
    }
    return (Flags & POOL_FLAG_USE_QUOTA) != 0 ? STATUS_QUOTA_EXCEEDED
                                              : STATUS_INSUFFICIENT_RESOURCES;
}

static SIM_MISUSE Judge(const SIM_THREAD *Self, ULONG Type)
{
    if (SimpVersion() < SIMP_10) {
        return SIM_MISUSE_NO_ROUTINE;
    }
    return Self->StrictHeld != 0 ? SIM_MISUSE_UNDER_LOCK : SimpPoolJudgeIrql(Self, Type);
}

static PVOID Allocate(SIM_THREAD *Self, SIM_ROUTINE Routine, POOL_FLAGS Flags, SIZE_T Size,
                      ULONG Tag, PCPOOL_EXTENDED_PARAMETER Parameters, ULONG Count)
{
    SIMP_ASK Ask;
    SIM_MISUSE Misuse;

    SimpPoolCaller(&Ask.Request, Self, Routine);
    Ask.Request.Type = (ULONG)Flags;
    Ask.Request.FlagsHigh = (ULONG)(Flags >> 32);
    Ask.Request.Size = Size;
    Ask.Request.Tag = Tag;
    Ask.Request.Parameters = Parameters;
    Ask.Request.ParameterCount = Count;
    Ask.Type = TypeOf((ULONG)Flags);
    Ask.Zero = (Flags & POOL_FLAG_UNINITIALIZED) == 0;
    Ask.OnFailure = Raises((ULONG)Flags);
    Misuse = Judge(Self, Ask.Type);
    if (Misuse != SIM_MISUSE_NONE) {
        SimpPoolMisuse(Self, Misuse, &Ask.Request);
        return NULL;
    }
    if (!IsValid(&Ask.Request) || !ReadParameters(Parameters, Count, &Ask.Secure)) {
        return Refuse(Self, &Ask.Request);
    }
    return SimpPoolServe(Self, &Ask);
}

PVOID ExAllocatePool2(POOL_FLAGS Flags, SIZE_T NumberOfBytes, ULONG Tag)
{
    return Allocate(SimpEnter(__func__), SIM_ALLOCATE_POOL2, Flags, NumberOfBytes, Tag, NULL, 0);
}

PVOID ExAllocatePool3(POOL_FLAGS Flags, SIZE_T NumberOfBytes, ULONG Tag,
                      PCPOOL_EXTENDED_PARAMETER ExtendedParameters, ULONG ExtendedParametersCount)
{
    return Allocate(SimpEnter(__func__), SIM_ALLOCATE_POOL3, Flags, NumberOfBytes, Tag,
                    ExtendedParameters, ExtendedParametersCount);
}

VOID ExFreePool2(PVOID P, ULONG Tag, PCPOOL_EXTENDED_PARAMETER ExtendedParameters,
                 ULONG ExtendedParametersCount)
{
    SIM_THREAD *Self = SimpEnter(__func__);
    SIM_REQUEST Request;
    BOOLEAN Secure;

    SimpPoolCaller(&Request, Self, SIM_FREE_POOL2);
    Request.Result = P;
    Request.Tag = Tag;
    Request.Parameters = ExtendedParameters;
    Request.ParameterCount = ExtendedParametersCount;
    if (SimpVersion() < SIMP_10) {
        SimpPoolMisuse(Self, SIM_MISUSE_NO_ROUTINE, &Request);
    } else if (!ReadParameters(ExtendedParameters, ExtendedParametersCount, &Secure)) {
        SimpPoolMisuse(Self, SIM_MISUSE_SECURE_POOL, &Request);
    } else {
        (void)SimpPoolRelease(Self, &Request, Secure);
    }
}
