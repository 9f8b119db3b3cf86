/*
 * rawcheck.c - a checking layer below a driver, for test builds: every free that the driver, or
 * MemCheck in it, makes of the real pool is judged. Wine ignores a bad free silently.
 *
 * One object more in the link (build-rawcheck.sh has the line): it defines the pool routines and
 * their import pointers, which wins over the import library, and reaches the real ones by renamed
 * imports. Its entry point calls the driver's and takes over DriverUnload. It says
 *
 *   rawcheck: BAD RAW FREE ...         and the free ends there
 *   rawcheck: LEFT ...                 a raw block that was not freed, after unloading; 8 of them
 *   rawcheck: N allocated, N freed, N bad, N left
 *
 * once after DriverUnload, or after a DriverEntry that failed. Right on a real kernel too; IRQL <=
 * DISPATCH_LEVEL, as the routines it stands for. One driver, which frees no block of the system's.
 */
#include <ntddk.h>

#if defined(_X86_)
#define SYMBOL(Name, Bytes)  __asm__("_" Name "@" Bytes)
#define POINTER(Name, Bytes) __asm__("__imp__" Name "@" Bytes)
#else
#define SYMBOL(Name, Bytes)  __asm__(Name)
#define POINTER(Name, Bytes) __asm__("__imp_" Name)
#endif

/* The real ones (rawcheck.def), and ours under the names of the kit. */
PVOID NTAPI McRawExAllocatePool(POOL_TYPE PoolType, SIZE_T Size);
PVOID NTAPI McRawExAllocatePoolWithTag(POOL_TYPE PoolType, SIZE_T Size, ULONG Tag);
PVOID NTAPI McRawExAllocatePoolWithQuota(POOL_TYPE PoolType, SIZE_T Size);
PVOID NTAPI McRawExAllocatePoolWithQuotaTag(POOL_TYPE PoolType, SIZE_T Size, ULONG Tag);
VOID NTAPI McRawExFreePool(PVOID P);
VOID NTAPI McRawExFreePoolWithTag(PVOID P, ULONG Tag);

PVOID NTAPI RawAllocate(POOL_TYPE PoolType, SIZE_T Size) SYMBOL("ExAllocatePool", "8");
PVOID NTAPI RawAllocateWithTag(POOL_TYPE PoolType, SIZE_T Size, ULONG Tag)
    SYMBOL("ExAllocatePoolWithTag", "12");
PVOID NTAPI RawAllocateQuota(POOL_TYPE PoolType, SIZE_T Size)
    SYMBOL("ExAllocatePoolWithQuota", "8");
PVOID NTAPI RawAllocateQuotaTag(POOL_TYPE PoolType, SIZE_T Size, ULONG Tag)
    SYMBOL("ExAllocatePoolWithQuotaTag", "12");
PVOID NTAPI RawAllocatePriority(POOL_TYPE PoolType, SIZE_T Size, ULONG Tag, ULONG Priority)
    SYMBOL("ExAllocatePoolWithTagPriority", "16");
VOID NTAPI RawFree(PVOID P) SYMBOL("ExFreePool", "4");
VOID NTAPI RawFreeWithTag(PVOID P, ULONG Tag) SYMBOL("ExFreePoolWithTag", "8");

extern const PVOID RawAllocatePointer POINTER("ExAllocatePool", "8");
extern const PVOID RawAllocateWithTagPointer POINTER("ExAllocatePoolWithTag", "12");
extern const PVOID RawAllocateQuotaPointer POINTER("ExAllocatePoolWithQuota", "8");
extern const PVOID RawAllocateQuotaTagPointer POINTER("ExAllocatePoolWithQuotaTag", "12");
extern const PVOID RawAllocatePriorityPointer POINTER("ExAllocatePoolWithTagPriority", "16");
extern const PVOID RawFreePointer POINTER("ExFreePool", "4");
extern const PVOID RawFreeWithTagPointer POINTER("ExFreePoolWithTag", "8");

const PVOID RawAllocatePointer = (PVOID)(ULONG_PTR)RawAllocate;
const PVOID RawAllocateWithTagPointer = (PVOID)(ULONG_PTR)RawAllocateWithTag;
const PVOID RawAllocateQuotaPointer = (PVOID)(ULONG_PTR)RawAllocateQuota;
const PVOID RawAllocateQuotaTagPointer = (PVOID)(ULONG_PTR)RawAllocateQuotaTag;
const PVOID RawAllocatePriorityPointer = (PVOID)(ULONG_PTR)RawAllocatePriority;
const PVOID RawFreePointer = (PVOID)(ULONG_PTR)RawFree;
const PVOID RawFreeWithTagPointer = (PVOID)(ULONG_PTR)RawFreeWithTag;

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT Driver, PUNICODE_STRING RegistryPath);
NTSTATUS NTAPI RawCheckEntry(PDRIVER_OBJECT Driver, PUNICODE_STRING RegistryPath);

#define BLOCKS    65536u
#define CHAINS    16384u
#define PROTECTED 0x80000000u
#define TAG_NONE  0x656E6F4Eu /* 'None', what the pool notes for ExAllocatePool */

typedef struct _BLOCK {
    struct _BLOCK *Next;
    ULONG_PTR Address; /* 0: not in use */
    SIZE_T Size;
    ULONG Tag;
} BLOCK;

static struct {
    KSPIN_LOCK Lock; /* zero is a free one */
    BLOCK Blocks[BLOCKS];
    BLOCK *Chains[CHAINS];
    BLOCK *Spare;    /* used once, and free */
    ULONG Used;      /* of Blocks, ever */
    ULONG Allocated; /* and the counts that are printed */
    ULONG Freed;
    ULONG Bad;
    ULONG Left;
    ULONG Unwatched; /* no entry was free: from then on an unknown address may be a block */
    PDRIVER_UNLOAD Unload;
} Raw;

static BLOCK **ChainOf(ULONG_PTR Address)
{
    return &Raw.Chains[((Address >> 3) ^ (Address >> 17)) % CHAINS];
}

static VOID Add(PVOID P, SIZE_T Size, ULONG Tag)
{
    BLOCK *Block;
    KIRQL Irql;

    if (P == NULL) {
        return;
    }
    KeAcquireSpinLock(&Raw.Lock, &Irql);
    Raw.Allocated++;
    Raw.Left++;
    Block = Raw.Spare;
    if (Block != NULL) {
        Raw.Spare = Block->Next;
    } else if (Raw.Used < BLOCKS) {
        Block = &Raw.Blocks[Raw.Used++];
    }
    if (Block != NULL) {
        Block->Address = (ULONG_PTR)P;
        Block->Size = Size;
        Block->Tag = Tag;
        Block->Next = *ChainOf(Block->Address);
        *ChainOf(Block->Address) = Block;
    } else {
        Raw.Unwatched++;
    }
    KeReleaseSpinLock(&Raw.Lock, Irql);
}

/* The block out of the table and into *Copy. FALSE: there is none. Lock held. */
static BOOLEAN TakeLocked(ULONG_PTR Address, BLOCK *Copy)
{
    BLOCK **Link;
    BLOCK *Block;

    for (Link = ChainOf(Address); *Link != NULL; Link = &(*Link)->Next) {
        if ((*Link)->Address == Address) {
            Block = *Link;
            *Link = Block->Next;
            *Copy = *Block;
            Block->Address = 0;
            Block->Next = Raw.Spare;
            Raw.Spare = Block;
            return TRUE;
        }
    }
    return FALSE;
}

/* The block that Address lies in, as of now; for a report only. Lock held. */
static BOOLEAN InsideLocked(ULONG_PTR Address, BLOCK *Copy)
{
    ULONG At;

    for (At = 0; At < Raw.Used; At++) {
        if (Raw.Blocks[At].Address != 0 && Address - Raw.Blocks[At].Address < Raw.Blocks[At].Size) {
            *Copy = Raw.Blocks[At];
            return TRUE;
        }
    }
    return FALSE;
}

/* Is this a free that the pool would take? What is wrong is said. */
static BOOLEAN Judge(PVOID P, ULONG Tag, BOOLEAN TagGiven)
{
    BLOCK Block;
    BOOLEAN Known, Inside, Pass;
    KIRQL Irql;

    KeAcquireSpinLock(&Raw.Lock, &Irql);
    Known = TakeLocked((ULONG_PTR)P, &Block);
    Inside = !Known && InsideLocked((ULONG_PTR)P, &Block);
    Pass = Known || (!Inside && Raw.Unwatched != 0);
    if (Pass) {
        Raw.Freed++;
        Raw.Left--;
    } else {
        Raw.Bad++;
    }
    KeReleaseSpinLock(&Raw.Lock, Irql);
    if (Inside) {
        DbgPrint("rawcheck: BAD RAW FREE %p: %lu bytes into the block at %p of %lu bytes\n", P,
                 (ULONG)((ULONG_PTR)P - Block.Address), (PVOID)Block.Address, (ULONG)Block.Size);
    } else if (!Pass) {
        DbgPrint("rawcheck: BAD RAW FREE %p: not a block (freed already, or never allocated)\n", P);
    } else if (Known && ((Tag != 0 && ((Tag ^ Block.Tag) & ~PROTECTED) != 0) ||
                         (Tag == 0 && (Block.Tag & PROTECTED) != 0))) {
        InterlockedIncrement((volatile LONG *)&Raw.Bad);
        DbgPrint("rawcheck: BAD RAW FREE %p: tag %08lx%s, allocated with %08lx\n", P, Tag,
                 TagGiven ? "" : " (none)", Block.Tag);
    }
    return Pass;
}

PVOID NTAPI RawAllocate(POOL_TYPE PoolType, SIZE_T Size)
{
    PVOID P = McRawExAllocatePool(PoolType, Size);

    Add(P, Size, TAG_NONE);
    return P;
}

PVOID NTAPI RawAllocateWithTag(POOL_TYPE PoolType, SIZE_T Size, ULONG Tag)
{
    PVOID P = McRawExAllocatePoolWithTag(PoolType, Size, Tag);

    Add(P, Size, Tag);
    return P;
}

PVOID NTAPI RawAllocateQuota(POOL_TYPE PoolType, SIZE_T Size)
{
    PVOID P = McRawExAllocatePoolWithQuota(PoolType, Size);

    Add(P, Size, TAG_NONE);
    return P;
}

PVOID NTAPI RawAllocateQuotaTag(POOL_TYPE PoolType, SIZE_T Size, ULONG Tag)
{
    PVOID P = McRawExAllocatePoolWithQuotaTag(PoolType, Size, Tag);

    Add(P, Size, Tag);
    return P;
}

/* The priority says how hard the pool is to try. Without it, because Wine's routine of this name
 * ends the process. */
PVOID NTAPI RawAllocatePriority(POOL_TYPE PoolType, SIZE_T Size, ULONG Tag, ULONG Priority)
{
    (void)Priority;
    return RawAllocateWithTag(PoolType, Size, Tag);
}

VOID NTAPI RawFree(PVOID P)
{
    if (Judge(P, 0, FALSE)) {
        McRawExFreePool(P);
    }
}

VOID NTAPI RawFreeWithTag(PVOID P, ULONG Tag)
{
    if (Judge(P, Tag, TRUE)) {
        McRawExFreePoolWithTag(P, Tag);
    }
}

static VOID SayBalance(VOID)
{
    ULONG At;
    ULONG Lines = 0;

    for (At = 0; At < Raw.Used && Lines < 8; At++) {
        if (Raw.Blocks[At].Address != 0) {
            Lines++;
            DbgPrint("rawcheck: LEFT %p: %lu bytes, tag %08lx\n", (PVOID)Raw.Blocks[At].Address,
                     (ULONG)Raw.Blocks[At].Size, Raw.Blocks[At].Tag);
        }
    }
    if (Raw.Unwatched != 0) {
        DbgPrint("rawcheck: %lu blocks not watched: the table was full\n", Raw.Unwatched);
    }
    DbgPrint("rawcheck: %lu allocated, %lu freed, %lu bad, %lu left\n", Raw.Allocated, Raw.Freed,
             Raw.Bad, Raw.Left);
}

static VOID NTAPI RawCheckUnload(PDRIVER_OBJECT Driver)
{
    Raw.Unload(Driver);
    SayBalance();
}

NTSTATUS NTAPI RawCheckEntry(PDRIVER_OBJECT Driver, PUNICODE_STRING RegistryPath)
{
    NTSTATUS Status = DriverEntry(Driver, RegistryPath);

    if (!NT_SUCCESS(Status)) {
        SayBalance();
    } else if (Driver->DriverUnload != NULL) {
        Raw.Unload = Driver->DriverUnload;
        Driver->DriverUnload = RawCheckUnload;
    }
    return Status;
}
