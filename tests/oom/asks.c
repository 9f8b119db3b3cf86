/* asks.c - what a request of the driver is, and what of the pool's requests is like it. */
#include "oom.h"
#define MC_HOST_HAS_POOL
#include "memcheck.h"

#define NONE_TAG 0x656E6F4Eu /* 'None', of routines without a tag */

BOOLEAN OomByFlags(const OOM_ASK *Ask)
{
    return Ask->Way == McExAllocatePool2 || Ask->Way == McExAllocatePool3;
}

static BOOLEAN ByQuota(const OOM_ASK *Ask)
{
    return (Ask->Way >= McExAllocatePoolWithQuota && Ask->Way <= McExAllocatePoolWithQuotaTag) ||
           (Ask->Way >= McExAllocatePoolQuotaZero &&
            Ask->Way <= McExAllocatePoolQuotaUninitialized);
}

BOOLEAN OomUntagged(const OOM_ASK *Ask)
{
    return Ask->Way == OomNames || Ask->Way == OomSystem || Ask->Way == McExAllocatePool ||
           Ask->Way == McExAllocatePoolWithQuota;
}

BOOLEAN OomIsExact(const OOM_ASK *Ask, const SIM_REQUEST *Attempt)
{
    if (Attempt->Size != Ask->Size || Attempt->Tag != (OomUntagged(Ask) ? NONE_TAG : Ask->Tag)) {
        return FALSE;
    }
    if (OomByFlags(Ask)) {
        return Attempt->Type == (ULONG)Ask->Flags && Attempt->Parameters == Ask->Parameters &&
               Attempt->ParameterCount == Ask->Count;
    }
    return Attempt->Type == Ask->Type;
}

/* A failure of it would come as an exception. */
BOOLEAN OomIsLoud(const OOM_ASK *Ask, const SIM_REQUEST *Attempt)
{
    if (OomByFlags(Ask)) {
        return (Attempt->Type & POOL_FLAG_RAISE_ON_FAILURE) != 0;
    }
    return (Attempt->Type & POOL_RAISE_IF_ALLOCATION_FAILURE) != 0 ||
           (ByQuota(Ask) && (Attempt->Type & POOL_QUOTA_FAIL_INSTEAD_OF_RAISE) == 0);
}

/* Of these the pool may be asked but once, and exactly so. */
BOOLEAN OomIsAskedOnce(const OOM_ASK *Ask)
{
    return !OomOn || (!OomByFlags(Ask) && (Ask->Type & 32) != 0) /* session */ ||
           (ByQuota(Ask) && OomVersion() < 0x0600) || Ask->Tag == OOM_SKIP_TAG;
}

BOOLEAN OomNeverFails(const OOM_ASK *Ask)
{
    return !OomByFlags(Ask) && (Ask->Type & 3) == 2;
}
