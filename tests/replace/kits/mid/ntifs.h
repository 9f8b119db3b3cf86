/* ntifs.h - as in the kits from Vista on: includes ntddk.h; a routine more, a macro that raises. */
#ifndef _NTIFS_
#define _NTIFS_
#include <ntddk.h>
NTKERNELAPI VOID NTAPI RtlFreeOemString(POEM_STRING String);
static __inline PVOID KitReserve(SIZE_T Size)
{
    return ExAllocatePoolWithTag(PagedPool, Size, 'tiK ');
}
#define FsRtlAllocatePoolWithTag(PoolType, NumberOfBytes, Tag) \
    ExAllocatePoolWithTag((POOL_TYPE)((PoolType) | 16), NumberOfBytes, Tag)
#endif
