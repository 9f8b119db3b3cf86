/*
 * driver.h - how the driver of scenario.c asks and frees, by whichever way; a part of that file,
 * and compiled with it, once with MemCheck and once without.
 */
#ifndef DRIVER_H
#define DRIVER_H

#ifdef OOM_BARE

/* Inline functions of the kit. */
static PVOID Zeroed(PVOID P, SIZE_T Size)
{
    SIZE_T Index;

    for (Index = 0; P != NULL && Index < Size; Index++) {
        ((PUCHAR)P)[Index] = 0;
    }
    return P;
}

#define ExAllocatePoolZero(T, S, G)                     Zeroed(ExAllocatePoolWithTag(T, S, G), S)
#define ExAllocatePoolUninitialized(T, S, G)            ExAllocatePoolWithTag(T, S, G)
#define ExAllocatePoolQuotaZero(T, S, G)                Zeroed(ExAllocatePoolWithQuotaTag(T, S, G), S)
#define ExAllocatePoolQuotaUninitialized(T, S, G)       ExAllocatePoolWithQuotaTag(T, S, G)
#define ExAllocatePoolPriorityZero(T, S, G, P)          Zeroed(ExAllocatePoolWithTagPriority(T, S, G, P), S)
#define ExAllocatePoolPriorityUninitialized(T, S, G, P) ExAllocatePoolWithTagPriority(T, S, G, P)

#endif

#define CALL_Type(Name)          Name((POOL_TYPE)Ask->Type, Ask->Size)
#define CALL_TypeTag(Name)       Name((POOL_TYPE)Ask->Type, Ask->Size, Ask->Tag)
#define CALL_TypePriority(Name)  Name((POOL_TYPE)Ask->Type, Ask->Size, Ask->Tag, HighPoolPriority)
#define CALL_Flags(Name)         Name(Ask->Flags, Ask->Size, Ask->Tag)
#define CALL_FlagsExtended(Name) Name(Ask->Flags, Ask->Size, Ask->Tag, Ask->Parameters, Ask->Count)
#define CALL_Free(Name)          NULL
#define CALL_FreeTag(Name)       NULL
#define CALL_FreeExtended(Name)  NULL
#define CALL_String(Name)        NULL
#define CALL(Name, Shape, Adds, DoneBy, Since) \
    case Mc##Name: Ask->Result = CALL_##Shape(Name); break;

static void Request(PVOID Context)
{
    OOM_ASK *Ask = Context;

    switch (Ask->Way) {
        MC_ROUTINE_TABLE(CALL)
    case OomNames: Ask->Result = MEM_ALLOCATE((POOL_TYPE)Ask->Type, Ask->Size); break;
    case OomNamesTag:
        Ask->Result = MEM_ALLOCATE_WITH_TAG((POOL_TYPE)Ask->Type, Ask->Size, Ask->Tag);
        break;
    case OomSystem: Ask->Result = MEM_ALLOCATE_FOR_SYSTEM((POOL_TYPE)Ask->Type, Ask->Size); break;
    case OomSystemTag:
        Ask->Result = MEM_ALLOCATE_FOR_SYSTEM_WITH_TAG((POOL_TYPE)Ask->Type, Ask->Size, Ask->Tag);
        break;
    }
}

static BOOLEAN IsMonitored(const OOM_BLOCK *Block)
{
    return Block != NULL && !OomBare && OomOn && MEM_VALID_RANGE(Block->P, Block->Ask.Size);
}

/* Line: of the driver, for what is wrong with it. */
static OOM_BLOCK *GetAt(OOM_ASK Ask, ULONG Line)
{
    OOM_BLOCK *Block;
    NTSTATUS Raised;

    OomAsks(&Ask);
    Raised = SimTry(Request, &Ask);
    Block = OomAsked(&Ask, Raised, Line);
    if (Block != NULL) {
        OomMonitored(Block, IsMonitored(Block));
    }
    return Block;
}

static OOM_ASK TheAsk(ULONG Way, ULONG Type, SIZE_T Size)
{
    OOM_ASK Ask = {.Way = Way, .Type = Type, .Size = Size, .Tag = OOM_TAG};

    return Ask;
}

#define GET(Way, Type, Size) GetAt(TheAsk(Way, (ULONG)(Type), Size), __LINE__)
#define GET_ASK(Ask)         GetAt(Ask, __LINE__)

/* NULL: nothing. Tagged: the free gives the tag, where its routine takes one. */
static void Put(OOM_BLOCK *Block, ULONG Way)
{
    PUCHAR P;

    if (Block == NULL) {
        return;
    }
    P = Block->P;
    OomFrees(Block);
    switch (Way) {
    case OomFree: MEMCHECK_FREE(P); break;
    case OomFreeTag: MEMCHECK_FREE_WITH_TAG(P, Block->Ask.Tag); break;
    case McExFreePool: ExFreePool(P); break;
    case McExFreePoolWithTag: ExFreePoolWithTag(P, Block->Ask.Tag); break;
    case McExFreePool2: ExFreePool2(P, Block->Ask.Tag, NULL, 0); break;
    }
}

#endif
