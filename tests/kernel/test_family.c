/*
 * test_family.c - the kit's pool routines by their own names: each row of mcroutines.h reaches the
 * pool as the driver's call says, keeps the routine's promises, and fails as it fails.
 *
 * Most tests walk the table and call each row by its name, as memcheck_replace.h gives it: a new
 * row is tested as it is added, and one without its macro fails.
 */
#include "kernel_test.h"

#ifdef KT_SIM_WORLD
#define POOL_FLAG_REQUIRED_END 0x80000000ull /* the simulated kit is as new as can be */
#endif
#include "memcheck_replace.h"

/* In any world: what goes wrong is seen, by the name that the driver used. */
static VOID family_kit_names_are_monitored(VOID)
{
    const MC_FINDING *Finding;
    PUCHAR P = ExAllocatePoolWithTag(NonPagedPool, 100, KT_TAG);
    ULONG Line;

    KT_REQUIRE(P != NULL);
    KT_CHECK(MEM_VALID_ACCESS(P) && MEM_VALID_ACCESS(P + 99));
    KtFill(P, 100, 0x11);
    KtPoke(P + 100, 0);
    Line = __LINE__ + 1;
    ExFreePoolWithTag(P, KT_TAG);
    Finding = KT_EXPECT(McKindOverrun);
    KT_CHECK(Finding->By == McByRoutine && Finding->Routine == McExFreePoolWithTag);
    KT_CHECK(Finding->Found.Site.Line == Line && Finding->Damage.First == 100);
    KT_CHECK(KtEndsWith(Finding->Block.Allocated.Site.File, "test_family.c"));
    P = ExAllocatePoolWithTag(PagedPool, 100, KT_TAG);
    KT_REQUIRE(P != NULL);
    KtFill(P, 100, 0x22);
    ExFreePoolWithTag(P, KT_TAG);
}

#ifdef KT_SIM_WORLD

/* ---- the table ---- */

typedef enum _KTP_SHAPE {
    KtpTakesType,
    KtpTakesTypeTag,
    KtpTakesTypePriority,
    KtpTakesFlags,
    KtpTakesFlagsExtended,
    KtpTakesFree,
    KtpTakesFreeTag,
    KtpTakesFreeExtended,
    KtpTakesString
} KTP_SHAPE;

typedef struct _KTP_ROW {
    ULONG Routine;
    KTP_SHAPE Shape;
    ULONG Adds;
    ULONG DoneBy;
    ULONG Since;
} KTP_ROW;

#define KTP_ROW_OF(Name, Shape, Adds, DoneBy, Since) \
    {Mc##Name, KtpTakes##Shape, Adds, Mc##DoneBy, Since},
static const KTP_ROW KtpRows[] = {MC_ROUTINE_TABLE(KTP_ROW_OF)};
#define KTP_ROWS (sizeof(KtpRows) / sizeof(KtpRows[0]))

/* A request, with all that any row may take. */
typedef struct _KTP_ASK {
    const KTP_ROW *Row;
    ULONG Type;
    POOL_FLAGS Flags;
    SIZE_T Size;
    ULONG Tag;
    EX_POOL_PRIORITY Priority;
    PCPOOL_EXTENDED_PARAMETER Parameters;
    ULONG Count;
    PVOID Result;
} KTP_ASK;

#define KTP_CALL_Type(Name)         Name((POOL_TYPE)Ask->Type, Ask->Size)
#define KTP_CALL_TypeTag(Name)      Name((POOL_TYPE)Ask->Type, Ask->Size, Ask->Tag)
#define KTP_CALL_TypePriority(Name) Name((POOL_TYPE)Ask->Type, Ask->Size, Ask->Tag, Ask->Priority)
#define KTP_CALL_Flags(Name)        Name(Ask->Flags, Ask->Size, Ask->Tag)
#define KTP_CALL_FlagsExtended(Name) \
    Name(Ask->Flags, Ask->Size, Ask->Tag, Ask->Parameters, Ask->Count)
#define KTP_CALL_Free(Name)         NULL
#define KTP_CALL_FreeTag(Name)      NULL
#define KTP_CALL_FreeExtended(Name) NULL
#define KTP_CALL_String(Name)       NULL
#define KTP_CALL(Name, Shape, Adds, DoneBy, Since) \
    case Mc##Name: return KTP_CALL_##Shape(Name);

static PUCHAR KtpAllocate(const KTP_ASK *Ask)
{
    switch (Ask->Row->Routine) {
        MC_ROUTINE_TABLE(KTP_CALL)
    }
    return NULL;
}

#define KTP_FREE_Type(Name)          (void)0
#define KTP_FREE_TypeTag(Name)       (void)0
#define KTP_FREE_TypePriority(Name)  (void)0
#define KTP_FREE_Flags(Name)         (void)0
#define KTP_FREE_FlagsExtended(Name) (void)0
#define KTP_FREE_Free(Name)          Name(P)
#define KTP_FREE_FreeTag(Name)       Name(P, Tag)
#define KTP_FREE_FreeExtended(Name)  Name(P, Tag, NULL, 0)
#define KTP_FREE_String(Name)        Name(P)
#define KTP_FREE(Name, Shape, Adds, DoneBy, Since) \
    case Mc##Name: KTP_FREE_##Shape(Name); break;

/* P: of a String row, the string. */
static VOID KtpFree(const KTP_ROW *Row, PVOID P, ULONG Tag)
{
    switch (Row->Routine) {
        MC_ROUTINE_TABLE(KTP_FREE)
    }
}

static BOOLEAN KtpByType(const KTP_ROW *Row)
{
    return Row->Shape <= KtpTakesTypePriority;
}

static BOOLEAN KtpByFlags(const KTP_ROW *Row)
{
    return Row->Shape == KtpTakesFlags || Row->Shape == KtpTakesFlagsExtended;
}

static BOOLEAN KtpAllocates(const KTP_ROW *Row)
{
    return KtpByType(Row) || KtpByFlags(Row);
}

/* SIM_ROUTINES: a routine that this suite does not know. */
static SIM_ROUTINE KtpSim(ULONG DoneBy)
{
    switch (DoneBy) {
    case McExAllocatePool: return SIM_ALLOCATE;
    case McExAllocatePoolWithTag: return SIM_ALLOCATE_TAG;
    case McExAllocatePoolWithQuota:
    case McExAllocatePoolWithQuotaTag: return SIM_ALLOCATE_QUOTA;
    case McExAllocatePoolWithTagPriority: return SIM_ALLOCATE_PRIORITY;
    case McExAllocatePool2: return SIM_ALLOCATE_POOL2;
    case McExAllocatePool3: return SIM_ALLOCATE_POOL3;
    case McExFreePool: return SIM_FREE;
    case McExFreePoolWithTag: return SIM_FREE_TAG;
    case McExFreePool2: return SIM_FREE_POOL2;
    case McRtlFreeUnicodeString:
    case McRtlFreeAnsiString:
    case McRtlFreeOemString: return SIM_FREE_STRING;
    default: return SIM_ROUTINES;
    }
}

/* The kinds of memory, as the two sorts of routine ask for them. */
static const struct {
    ULONG Type;
    ULONG Flags;
} KtpMemory[] = {{NonPagedPool, 0x080},          {PagedPool, 0x100},
                 {NonPagedPoolNx, 0x040},        {NonPagedPoolCacheAligned, 0x088},
                 {PagedPoolCacheAligned, 0x108}, {NonPagedPoolNxCacheAligned, 0x048}};
#define KTP_MEMORIES      6
#define KTP_CACHE_ALIGNED 3 /* from this one on */

#define KTP_RAISES_TYPE  POOL_RAISE_IF_ALLOCATION_FAILURE
#define KTP_RAISES_FLAGS POOL_FLAG_RAISE_ON_FAILURE

static KTP_ASK KtpAsk(const KTP_ROW *Row, ULONG Memory, SIZE_T Size)
{
    KTP_ASK Ask;

    KtFill((PUCHAR)&Ask, sizeof(Ask), 0);
    Ask.Row = Row;
    Ask.Type = KtpMemory[Memory].Type;
    Ask.Flags = KtpMemory[Memory].Flags;
    Ask.Size = Size;
    Ask.Tag = KT_TAG;
    Ask.Priority = HighPoolPriority;
    return Ask;
}

/* The tag that the pool sees. */
static ULONG KtpTag(const KTP_ROW *Row)
{
    return Row->Shape == KtpTakesType ? 0x656E6F4Eu /* 'None' */ : KT_TAG;
}

static BOOLEAN KtpIsExact(const KTP_ASK *Ask, const SIM_REQUEST *Seen)
{
    if (KtpByFlags(Ask->Row)) {
        return Seen->Size == Ask->Size && Seen->Type == (ULONG)Ask->Flags &&
               Seen->FlagsHigh == (ULONG)(Ask->Flags >> 32) && Seen->Tag == Ask->Tag &&
               Seen->Parameters == Ask->Parameters && Seen->ParameterCount == Ask->Count;
    }
    return Seen->Size == Ask->Size && Seen->Type == Ask->Type &&
           (Ask->Row->Shape == KtpTakesType ? Seen->Tag == KtpTag(Ask->Row)
                                            : Seen->Tag == Ask->Tag) &&
           (Ask->Row->Shape != KtpTakesTypePriority || Seen->Priority == (ULONG)Ask->Priority);
}

static SIM_REQUEST KtpAll[SIM_REQUESTS_KEPT];

/* The number of the last call of the pool. */
static ULONGLONG KtpMark(VOID)
{
    ULONG Count = SimPoolRequests(KtpAll, SIM_REQUESTS_KEPT);

    return Count != 0 ? KtpAll[Count - 1].Sequence : 0;
}

#define KTP_SEEN 8

/* What was asked of the pool by the row's routine since the mark; gives how many times. */
static ULONG KtpSeen(const KTP_ROW *Row, ULONGLONG Mark, SIM_REQUEST *Seen)
{
    ULONG Count = SimPoolRequests(KtpAll, SIM_REQUESTS_KEPT), Index, Found = 0;

    for (Index = 0; Index < Count && Found < KTP_SEEN; Index++) {
        if (KtpAll[Index].Routine == KtpSim(Row->DoneBy) && KtpAll[Index].Sequence > Mark &&
            KtpAll[Index].Tag != SIM_OWN_TAG) {
            Seen[Found++] = KtpAll[Index];
        }
    }
    return Found;
}

/* ---- how a row reaches the pool ---- */

static VOID family_each_row_asks_by_its_own_routine(VOID)
{
    static POOL_EXTENDED_PARAMETER Parameters[2];
    SIM_REQUEST Seen[KTP_SEEN];
    const KTP_ROW *Row;
    SIM_BLOCK Raw;
    KTP_ASK Ask;
    ULONGLONG Mark;
    ULONG Memory;
    PUCHAR P;

    Parameters[0].Type = PoolExtendedParameterPriority;
    Parameters[1].Type = PoolExtendedParameterNumaNode;
    for (Row = KtpRows; Row < KtpRows + KTP_ROWS; Row++) {
        KT_CHECK(KtpSim(Row->DoneBy) != SIM_ROUTINES); /* a new routine: add it to KtpSim */
        for (Memory = 0; Memory < KTP_MEMORIES && KtpAllocates(Row); Memory++) {
            Ask = KtpAsk(Row, Memory, 100);
            Ask.Flags |= (POOL_FLAGS)1 << 40; /* optional, so not to be refused */
            if (Row->Shape == KtpTakesFlagsExtended) {
                Ask.Parameters = Parameters;
                Ask.Count = 2;
            }
            Mark = KtpMark();
            P = KtpAllocate(&Ask);
            KT_REQUIRE(P != NULL && SimPoolFind(P, &Raw));
            KT_REQUIRE(KtpSeen(Row, Mark, Seen) == 1);
            KT_CHECK(Seen[0].Result == Raw.Start && Seen[0].Sequence == Raw.Sequence);
            KT_CHECK(Seen[0].Size >= 100 + MEMCHECK_REDZONE);
            Seen[0].Size = 100;
            if (KtpByType(Row) && (Row->Adds & MC_QUOTA) != 0) {
                KT_CHECK((Seen[0].Type & POOL_QUOTA_FAIL_INSTEAD_OF_RAISE) != 0);
                Seen[0].Type &= ~(ULONG)POOL_QUOTA_FAIL_INSTEAD_OF_RAISE;
            }
            KT_CHECK(KtpIsExact(&Ask, &Seen[0]));
            KT_CHECK(MEM_VALID_ACCESS(P) && MEM_VALID_ACCESS(P + 99));
            ExFreePool(P);
        }
    }
}

/* How a plain block leaves the quarantine is what its own free said. */
static VOID family_each_row_frees_by_its_own_routine(VOID)
{
    const KTP_ROW *Row;
    SIM_REQUEST Seen;
    PVOID P;

    for (Row = KtpRows; Row < KtpRows + KTP_ROWS; Row++) {
        if (KtpAllocates(Row) || Row->Shape == KtpTakesString) {
            continue;
        }
        P = ExAllocatePoolWithTag(NonPagedPool, 100, KT_TAG);
        KT_REQUIRE(P != NULL);
        KtpFree(Row, P, KT_TAG);
        KtExit();
        KT_REQUIRE(SimPoolLast(KtpSim(Row->DoneBy), &Seen));
        KT_CHECK(Row->Routine == McExFreePoolWithTag || Seen.Result == P);
        KT_CHECK(!SimPoolFind(P, NULL));
        KT_CHECK(Seen.Result != P || Row->Shape == KtpTakesFree || Seen.Tag == KT_TAG);
        KtInit();
    }
}

static VOID family_each_row_is_named_in_its_reports(VOID)
{
    const MC_FINDING *Finding;
    const KTP_ROW *Row;
    UNICODE_STRING String;
    KTP_ASK Ask;
    PUCHAR P;

    for (Row = KtpRows; Row < KtpRows + KTP_ROWS; Row++) {
        if (KtpAllocates(Row)) {
            Ask = KtpAsk(Row, 1, 0);
            P = KtpAllocate(&Ask);
            Finding = KT_EXPECT(McKindBadRequest);
            KT_CHECK(Finding->By == McByRoutine && Finding->Routine == Row->Routine);
            if (P != NULL) {
                ExFreePool(P);
            }
            continue;
        }
        P = ExAllocatePoolWithTag(PagedPool, 100, KT_TAG);
        KT_REQUIRE(P != NULL);
        KtPoke(P + 100, 0);
        String.Length = String.MaximumLength = 100;
        String.Buffer = (PVOID)P;
        KtpFree(Row, Row->Shape == KtpTakesString ? (PVOID)&String : (PVOID)P, KT_TAG);
        Finding = KT_EXPECT(McKindOverrun);
        KT_CHECK(Finding->By == McByRoutine && Finding->Routine == Row->Routine);
    }
}

/* The buffer is freed as the kit's routine frees it, and the string is cleared. */
static VOID family_strings_are_freed_and_cleared(VOID)
{
    const KTP_ROW *Row;
    UNICODE_STRING String;
    ULONGLONG Before;
    PVOID P;

    for (Row = KtpRows; Row < KtpRows + KTP_ROWS; Row++) {
        if (Row->Shape != KtpTakesString) {
            continue;
        }
        P = ExAllocatePoolWithTag(PagedPool, 100, KT_TAG);
        KT_REQUIRE(P != NULL);
        String.Length = String.MaximumLength = 100;
        String.Buffer = P;
        Before = SimPoolCalls(SIM_FREE_STRING);
        KtpFree(Row, &String, 0);
        KT_CHECK(String.Buffer == NULL && String.Length == 0 && String.MaximumLength == 0);
        KT_CHECK(!MEM_VALID_ACCESS(P));
        KT_EXPECT(McKindBadAccess);
        KT_CHECK(SimPoolCalls(SIM_FREE_STRING) == Before); /* not past us */
        P = SimForeignAllocate(PagedPool, 100);
        String.Length = String.MaximumLength = 100;
        String.Buffer = P;
        KtpFree(Row, &String, 0);
        KT_CHECK(SimPoolCalls(SIM_FREE_STRING) == Before + 1 && !SimPoolFind(P, NULL));
        KT_CHECK(String.Buffer == NULL && String.Length == 0);
        KtpFree(Row, &String, 0); /* of no buffer: nothing, and nothing said */
    }
}

static VOID family_string_freed_twice_is_stopped(VOID)
{
    const KTP_ROW *Row;
    UNICODE_STRING String;
    PVOID P;

    for (Row = KtpRows; Row < KtpRows + KTP_ROWS; Row++) {
        if (Row->Shape == KtpTakesString) {
            P = ExAllocatePoolWithTag(PagedPool, 100, KT_TAG);
            KT_REQUIRE(P != NULL);
            String.Buffer = P;
            KtpFree(Row, &String, 0);
            String.Buffer = P;
            KtpFree(Row, &String, 0);
            KT_CHECK(KT_EXPECT(McKindDoubleFree)->Routine == Row->Routine);
        }
    }
}

/* Parameters live as long as the call: such a free is not put off. */
static VOID family_free_with_parameters_is_passed_on_with_them(VOID)
{
    POOL_EXTENDED_PARAMETER Parameter;
    SIM_REQUEST Seen;
    PVOID P = ExAllocatePool2(POOL_FLAG_PAGED, 100, KT_TAG);

    KT_REQUIRE(P != NULL && MEM_VALID_ACCESS(P));
    KtFill((PUCHAR)&Parameter, sizeof(Parameter), 0);
    Parameter.Type = PoolExtendedParameterPriority;
    ExFreePool2(P, KT_TAG, &Parameter, 1);
    KT_CHECK(!SimPoolFind(P, NULL) && SimPoolLast(SIM_FREE_POOL2, &Seen));
    KT_CHECK(Seen.Result == P && Seen.Tag == KT_TAG);
    KT_CHECK(Seen.Parameters == &Parameter && Seen.ParameterCount == 1);
}

static VOID family_free_without_parameters_is_held_back(VOID)
{
    PVOID P = ExAllocatePool2(POOL_FLAG_PAGED, 100, KT_TAG);

    KT_REQUIRE(P != NULL);
    ExFreePool2(P, KT_TAG, NULL, 0);
    KT_CHECK(SimPoolFind(P, NULL));
    ExFreePool2(P, KT_TAG, NULL, 0);
    KT_EXPECT(McKindDoubleFree);
}

/* As where the import is missing the driver would not load: nothing is asked in its place. */
static VOID family_a_routine_the_system_lacks_gives_null(VOID)
{
    const KTP_ROW *Row;
    KTP_ASK Ask;
    ULONG Count = 0;

    for (Row = KtpRows; Row < KtpRows + KTP_ROWS; Row++) {
        if (KtpAllocates(Row) && Row->Since > 0x0501) {
            Ask = KtpAsk(Row, 0, 100);
            KT_CHECK(KtpAllocate(&Ask) == NULL);
            KT_CHECK(SimPoolCalls(KtpSim(Row->DoneBy)) == 0);
            Count++;
        }
    }
    KT_CHECK(Count >= 2);
}

/* ---- promises ---- */

static BOOLEAN KtpKeepsContract(PUCHAR P, SIZE_T Size, ULONG Memory)
{
    const ULONG_PTR At = (ULONG_PTR)P;

    if (P == NULL || At % KT_ALIGNMENT != 0 || (Memory >= KTP_CACHE_ALIGNED && At % 64 != 0)) {
        return FALSE;
    }
    if (Size >= KT_PAGE) {
        return At % KT_PAGE == 0;
    }
    return At / KT_PAGE == (At + Size - 1) / KT_PAGE;
}

static VOID family_each_row_keeps_the_contract(VOID)
{
    static const SIZE_T Sizes[] = {1,    2,    15,   16,   17,   63,   64,   65,
                                   100,  1000, 2032, 2048, 4000, 4064, 4080, 4081,
                                   4095, 4096, 4097, 8191, 8192, 8193, 12289};
    const KTP_ROW *Row;
    PUCHAR P[23];
    KTP_ASK Ask;
    ULONG Memory, Index;

    for (Row = KtpRows; Row < KtpRows + KTP_ROWS; Row++) {
        for (Memory = 0; Memory < KTP_MEMORIES && KtpAllocates(Row); Memory++) {
            for (Index = 0; Index < 23; Index++) {
                Ask = KtpAsk(Row, Memory, Sizes[Index]);
                P[Index] = KtpAllocate(&Ask);
                KT_REQUIRE(KtpKeepsContract(P[Index], Sizes[Index], Memory));
                KtFill(P[Index], Sizes[Index], 0x5A);
            }
            for (Index = 0; Index < 23; Index++) {
                KT_CHECK(KtIsFilled(P[Index], Sizes[Index], 0x5A));
                ExFreePool(P[Index]);
            }
        }
    }
}

/* ---- zeroing ---- */

static BOOLEAN KtpZeroes(const KTP_ROW *Row)
{
    return KtpByFlags(Row) || (Row->Adds & MC_ZEROED) != 0;
}

/*
 * Of each size: zero to its last byte, and none of the guard bytes. Where it is not zeroed, it may
 * be so all the same, as the pool's memory was before; but not at every size.
 */
static VOID KtpZeroing(const SIZE_T *Sizes, ULONG Count, BOOLEAN Zeroed)
{
    const KTP_ROW *Row;
    ULONG Memory, Index, Zero;
    KTP_ASK Ask;
    PUCHAR P;

    for (Row = KtpRows; Row < KtpRows + KTP_ROWS; Row++) {
        if (!KtpAllocates(Row) || KtpZeroes(Row) != Zeroed) {
            continue;
        }
        for (Memory = 0; Memory < KTP_MEMORIES; Memory++) {
            for (Index = Zero = 0; Index < Count; Index++) {
                Ask = KtpAsk(Row, Memory, Sizes[Index]);
                P = KtpAllocate(&Ask);
                KT_REQUIRE(P != NULL);
                Zero += KtIsFilled(P, Sizes[Index], 0);
                KT_CHECK(MEM_CHECK() == 0);
                KtFill(P, Sizes[Index], 0x55);
                ExFreePool(P);
            }
            KT_CHECK(Zeroed ? Zero == Count : Zero != Count);
        }
    }
}

static VOID zeroing_is_done_by_the_rows_that_promise_it(VOID)
{
    static const SIZE_T Sizes[] = {1, 16, 17, 31, 100, 4080, 4095, 4096, 9000, 70000};

    KtpZeroing(Sizes, 10, TRUE);
}

/* Small ones: the simulation leaves the middle of large fresh blocks as it is, which may be 0. */
static VOID zeroing_is_done_by_no_other_row(VOID)
{
    static const SIZE_T Sizes[] = {16, 17, 31, 100};

    KtpZeroing(Sizes, 4, FALSE);
}

static VOID zeroing_is_not_done_where_it_is_declined(VOID)
{
    const KTP_ROW *Row;
    KTP_ASK Ask;
    PUCHAR P;

    for (Row = KtpRows; Row < KtpRows + KTP_ROWS; Row++) {
        if (KtpByFlags(Row)) {
            Ask = KtpAsk(Row, 0, 100);
            Ask.Flags |= POOL_FLAG_UNINITIALIZED;
            P = KtpAllocate(&Ask);
            KT_REQUIRE(P != NULL);
            KT_CHECK(!KtIsFilled(P, 100, 0));
            ExFreePool(P);
        }
    }
}

/* POOL_ZERO_ALLOCATION in the type is the pool's to keep, and the guard bytes are written after. */
static VOID zeroing_by_the_type_leaves_guard_bytes(VOID)
{
    const KTP_ROW *Row;
    KTP_ASK Ask;
    PUCHAR P;

    for (Row = KtpRows; Row < KtpRows + KTP_ROWS; Row++) {
        if (KtpByType(Row)) {
            Ask = KtpAsk(Row, 1, 100);
            Ask.Type |= POOL_ZERO_ALLOCATION;
            P = KtpAllocate(&Ask);
            KT_REQUIRE(P != NULL);
            KT_CHECK(KtIsFilled(P, 100, 0));
            KT_CHECK(MEM_CHECK() == 0);
            KtFill(P, 100, 0x55);
            ExFreePool(P); /* and nothing is said of its guard bytes */
        }
    }
}

/* The driver's own request, when there is no room for guard bytes: to its last byte, and no
 * further, where the next page is not there. */
static VOID zeroing_of_the_exact_request(VOID)
{
    const KTP_ROW *Row;
    SIM_BLOCK Raw;
    KTP_ASK Ask;
    PUCHAR P;

    SimPoolPlacement(SIM_END_AT_GUARD);
    for (Row = KtpRows; Row < KtpRows + KTP_ROWS; Row++) {
        if (KtpAllocates(Row)) {
            Ask = KtpAsk(Row, 0, 96);
            SimFailOnlyTag(KtpTag(Row));
            SimFailLarger(96);
            P = KtpAllocate(&Ask);
            SimFailNone();
            KT_REQUIRE(P != NULL && SimPoolFind(P, &Raw));
            KT_CHECK(Raw.Start == P && Raw.Size == 96);
            KT_CHECK(KtIsFilled(P, 96, 0) == KtpZeroes(Row));
            KtFill(P, 96, 0x55);
            ExFreePool(P);
        }
    }
}

/* ---- raising ---- */

static void KtpTryAsk(PVOID Context)
{
    KTP_ASK *Ask = Context;

    Ask->Result = NULL;
    Ask->Result = KtpAllocate(Ask);
}

static VOID KtpSetRaising(KTP_ASK *Ask)
{
    Ask->Type |= KTP_RAISES_TYPE;
    Ask->Flags |= KTP_RAISES_FLAGS;
}

static BOOLEAN KtpRaising(const KTP_ROW *Row, const SIM_REQUEST *Seen)
{
    if (KtpByFlags(Row)) {
        return (Seen->Type & KTP_RAISES_FLAGS) != 0;
    }
    return (Seen->Type & KTP_RAISES_TYPE) != 0 ||
           ((Row->Adds & MC_QUOTA) != 0 && (Seen->Type & POOL_QUOTA_FAIL_INSTEAD_OF_RAISE) == 0);
}

static VOID raise_only_by_the_drivers_own_request(VOID)
{
    const KTP_ROW *Row;
    SIM_REQUEST Seen[KTP_SEEN];
    ULONGLONG Mark;
    ULONG Count, Index;
    KTP_ASK Ask;

    for (Row = KtpRows; Row < KtpRows + KTP_ROWS; Row++) {
        if (!KtpAllocates(Row)) {
            continue;
        }
        Ask = KtpAsk(Row, 1, 100);
        KtpSetRaising(&Ask);
        Mark = KtpMark();
        SimFailOnlyTag(KtpTag(Row));
        SimFailFrom(1);
        KT_CHECK(SimTry(KtpTryAsk, &Ask) != STATUS_SUCCESS);
        SimFailNone();
        /* The exception passed by while MemCheck held nothing. */
        KT_CHECK(KeGetCurrentIrql() == PASSIVE_LEVEL && SimLocksHeld() == 0);
        Count = KtpSeen(Row, Mark, Seen);
        KT_REQUIRE(Count >= 2 && Count < KTP_SEEN);
        for (Index = 0; Index + 1 < Count; Index++) {
            KT_CHECK(!KtpRaising(Row, &Seen[Index]) && Seen[Index].Size > 100);
        }
        KT_CHECK(KtpIsExact(&Ask, &Seen[Count - 1]));
        KT_CHECK(SimTry(KtpTryAsk, &Ask) == STATUS_SUCCESS && Ask.Result != NULL);
        ExFreePool(Ask.Result);
    }
}

/* As long as the last attempt is not the driver's own, or succeeds, it does not feel a thing. */
static VOID raise_quiet_attempts_never_raise(VOID)
{
    const KTP_ROW *Row;
    KTP_ASK Ask;
    ULONG Fail;

    for (Row = KtpRows; Row < KtpRows + KTP_ROWS; Row++) {
        for (Fail = 1; Fail <= 2 && KtpAllocates(Row); Fail++) {
            Ask = KtpAsk(Row, 1, 100);
            KtpSetRaising(&Ask);
            SimFailOnlyTag(KtpTag(Row));
            SimFailNth(1);
            if (Fail == 2) {
                SimFailLarger(100);
            }
            KT_CHECK(SimTry(KtpTryAsk, &Ask) == STATUS_SUCCESS);
            SimFailNone();
            KT_REQUIRE(Ask.Result != NULL);
            if (Fail == 1) {
                KT_CHECK(MEM_VALID_ACCESS(Ask.Result)); /* monitored: the retry */
            }
            ExFreePool(Ask.Result);
        }
    }
}

/* Nor is anything left behind: not a record, not a place in the gate that EXIT waits for. */
static VOID raise_leaks_nothing(VOID)
{
    const KTP_ROW *Row;
    SIZE_T Blocks = 0;
    ULONG Round;
    KTP_ASK Ask;

    for (Round = 0; Round < 200; Round++) {
        for (Row = KtpRows; Row < KtpRows + KTP_ROWS; Row++) {
            if (KtpAllocates(Row)) {
                Ask = KtpAsk(Row, 0, 100);
                KtpSetRaising(&Ask);
                SimFailOnlyTag(KtpTag(Row));
                SimFailFrom(1);
                KT_CHECK(SimTry(KtpTryAsk, &Ask) != STATUS_SUCCESS);
                SimFailNone();
            }
        }
        if (Round == 0) {
            Blocks = SimPoolOutstanding(SIM_DRIVER, NULL);
        }
    }
    KT_CHECK(SimPoolOutstanding(SIM_DRIVER, NULL) == Blocks);
    KtExit();
    KT_CHECK(SimOutputFind("in flight") == 0);
}

/* ---- quota ---- */

/* No kit before Vista's knows how to ask quietly: so there is one request, the driver's. */
static VOID quota_before_vista_is_one_exact_request(VOID)
{
    const KTP_ROW *Row;
    ULONG Memory;
    SIM_REQUEST Seen[KTP_SEEN];
    ULONGLONG Mark;
    KTP_ASK Ask;
    PUCHAR P;

    for (Row = KtpRows; Row < KtpRows + KTP_ROWS; Row++) {
        for (Memory = 0; Memory < 2 && KtpAllocates(Row) && (Row->Adds & MC_QUOTA) != 0; Memory++) {
            Ask = KtpAsk(Row, Memory, 100);
            Mark = KtpMark();
            P = KtpAllocate(&Ask);
            KT_REQUIRE(P != NULL);
            KT_REQUIRE(KtpSeen(Row, Mark, Seen) == 1);
            KT_CHECK(KtpIsExact(&Ask, &Seen[0]) && Seen[0].Result == P);
            KT_CHECK(KtIsFilled(P, 100, 0) == ((Row->Adds & MC_ZEROED) != 0));
            KT_CHECK(!MEM_VALID_ACCESS(P));
            KT_CHECK(KT_EXPECT(McKindBadAccess)->Where == McWhereNowhere);
            KtFill(P, 100, 0x55);
            ExFreePool(P);
            KT_CHECK(!SimPoolFind(P, NULL));
            SimFailOnlyTag(KtpTag(Row));
            SimFailNth(1);
            KT_CHECK(SimTry(KtpTryAsk, &Ask) == STATUS_QUOTA_EXCEEDED);
            SimFailNone();
        }
    }
}

static VOID quota_on_2000_is_one_exact_request(VOID)
{
    quota_before_vista_is_one_exact_request();
}

/* What is charged to a process is given back when the driver says so. */
static VOID KtpFreedAtOnce(const KTP_ASK *Ask, BOOLEAN AtOnce)
{
    PUCHAR P = KtpAllocate(Ask);

    KT_REQUIRE(P != NULL);
    KT_CHECK(MEM_VALID_ACCESS(P)); /* monitored all the same */
    KtPoke(P + 100, 0);
    ExFreePool(P);
    KT_EXPECT(McKindOverrun);
    P = KtpAllocate(Ask);
    KT_REQUIRE(P != NULL);
    ExFreePool(P);
    KT_CHECK(SimPoolFind(P, NULL) == !AtOnce);
}

static VOID quota_blocks_are_never_held_back(VOID)
{
    const KTP_ROW *Row;
    KTP_ASK Ask;

    for (Row = KtpRows; Row < KtpRows + KTP_ROWS; Row++) {
        if (KtpByType(Row)) {
            Ask = KtpAsk(Row, 1, 100);
            KtpFreedAtOnce(&Ask, (Row->Adds & MC_QUOTA) != 0);
        }
    }
}

static VOID quota_by_flags_is_never_held_back(VOID)
{
    const KTP_ROW *Row;
    KTP_ASK Ask;

    for (Row = KtpRows; Row < KtpRows + KTP_ROWS; Row++) {
        if (KtpByFlags(Row)) {
            Ask = KtpAsk(Row, 1, 100);
            KtpFreedAtOnce(&Ask, FALSE);
            Ask.Flags |= POOL_FLAG_USE_QUOTA;
            KtpFreedAtOnce(&Ask, TRUE);
        }
    }
}

/* ---- must succeed ---- */

/* Windows 2000: ordinary pool first, with room for guard bytes, the reserve only at last. */
static VOID must_succeed_is_ordinary_pool_first(VOID)
{
    const KTP_ROW *Row;
    SIM_BLOCK Raw;
    KTP_ASK Ask;
    PUCHAR P;

    for (Row = KtpRows; Row < KtpRows + KTP_ROWS; Row++) {
        if (!KtpByType(Row) || (Row->Adds & MC_QUOTA) != 0) {
            continue;
        }
        Ask = KtpAsk(Row, 0, 100);
        Ask.Type = NonPagedPoolMustSucceed;
        P = KtpAllocate(&Ask);
        KT_REQUIRE(P != NULL && SimPoolFind(P, &Raw));
        KT_CHECK(Raw.Type == NonPagedPool && Raw.Size >= 100 + MEMCHECK_REDZONE);
        ExFreePool(P);
        SimFailOnlyTag(KtpTag(Row));
        SimFailFrom(1);
        P = KtpAllocate(&Ask);
        SimFailNone();
        KT_REQUIRE(P != NULL && SimPoolFind(P, &Raw));
        KT_CHECK(Raw.Start == P && Raw.Type == NonPagedPoolMustSucceed && Raw.Size == 100);
        ExFreePool(P);
    }
}

/* ---- what is not MemCheck's to keep ---- */

/* One request, exactly the driver's; its block is foreign to every look-up. */
static ULONG KtpUntracked(const KTP_ASK *Ask)
{
    ULONGLONG Mark = KtpMark();
    SIM_REQUEST Seen[KTP_SEEN];
    PUCHAR P = KtpAllocate(Ask);

    KT_CHECK(KtpSeen(Ask->Row, Mark, Seen) == 1);
    KT_CHECK(KtpIsExact(Ask, &Seen[0]) && Seen[0].Result == P);
    if (P == NULL) {
        return 0;
    }
    KT_CHECK(!MEM_VALID_ACCESS(P));
    KT_CHECK(KT_EXPECT(McKindBadAccess)->Where == McWhereNowhere);
    ExFreePool2(P, KtpTag(Ask->Row), Ask->Parameters, Ask->Count);
    KT_CHECK(!SimPoolFind(P, NULL));
    return 1;
}

static VOID untracked_flags_are_exact_and_counted(VOID)
{
    static const POOL_FLAGS Flags[] = {POOL_FLAG_PAGED | POOL_FLAG_SESSION,
                                       POOL_FLAG_NON_PAGED | POOL_FLAG_SPECIAL_POOL,
                                       POOL_FLAG_NON_PAGED | 0x010, /* unknown */
                                       POOL_FLAG_NON_PAGED | 0x200,
                                       POOL_FLAG_NON_PAGED | POOL_FLAG_PAGED, /* two */
                                       0};
    POOL_EXTENDED_PARAMS_SECURE_POOL Secure;
    POOL_EXTENDED_PARAMETER Parameter;
    SIM_REQUEST Seen;
    const KTP_ROW *Row;
    ULONG Index, Count = 0;
    char Line[] = "untracked 0";
    KTP_ASK Ask;

    KtFill((PUCHAR)&Secure, sizeof(Secure), 0);
    KtFill((PUCHAR)&Parameter, sizeof(Parameter), 0);
    Parameter.Type = PoolExtendedParameterSecurePool;
    Parameter.SecurePoolParams = &Secure;
    for (Row = KtpRows; Row < KtpRows + KTP_ROWS; Row++) {
        for (Index = 0; Index < 6 && KtpByFlags(Row); Index++) {
            Ask = KtpAsk(Row, 0, 100);
            Ask.Flags = Flags[Index];
            Count += KtpUntracked(&Ask);
        }
        if (Row->Shape == KtpTakesFlagsExtended) {
            Ask = KtpAsk(Row, 2, 100);
            Ask.Parameters = &Parameter;
            Ask.Count = 1;
            Count += KtpUntracked(&Ask);
            KT_CHECK(SimPoolLast(SIM_FREE_POOL2, &Seen) && Seen.Parameters == &Parameter &&
                     Seen.ParameterCount == 1);
        }
    }
    KT_CHECK(Count == 5); /* what the pool did not refuse */
    KtExit();
    Line[sizeof(Line) - 2] = (char)('0' + Count);
#ifdef MEMCHECK_INFOPRINT
    KT_CHECK(SimOutputFind(Line) == 1);
#endif
}

static VOID untracked_types_are_exact(VOID)
{
    static const ULONG Unknown[] = {0x40, 0x80, 0x800, 0x40000000, DontUseThisType};
    const KTP_ROW *Row;
    ULONGLONG Mark;
    SIM_REQUEST Seen[KTP_SEEN];
    KTP_ASK Ask;
    ULONG Index;

    for (Row = KtpRows; Row < KtpRows + KTP_ROWS; Row++) {
        if (!KtpByType(Row)) {
            continue;
        }
        Ask = KtpAsk(Row, 1, 100);
        Ask.Type |= 32; /* session */
        KT_CHECK(KtpUntracked(&Ask) == 1);
        for (Index = 0; Index < 5; Index++) {
            Ask = KtpAsk(Row, 1, 100);
            Ask.Type |= Unknown[Index];
            Mark = KtpMark();
            SimExpectMisuse(SIM_MISUSE_BAD_TYPE); /* one, and as the driver made it */
            KT_CHECK(KtpAllocate(&Ask) == NULL && SimMisuseSeen());
            KT_CHECK(KtpSeen(Row, Mark, Seen) == 1 && KtpIsExact(&Ask, &Seen[0]));
            KtAllow(McKindBadRequest); /* the last is a must-succeed too */
        }
    }
}

#endif

const KT_TEST KtTestsFamily[] = {
    KT_TEST_ROW(family_kit_names_are_monitored, 0),
#ifdef KT_SIM_WORLD
    KT_TEST_ROW(family_each_row_asks_by_its_own_routine, KT_SIM | KT_WINDOWS_10),
    KT_TEST_ROW(family_each_row_frees_by_its_own_routine, KT_SIM | KT_WINDOWS_10 | KT_PLAIN),
    KT_TEST_ROW(family_each_row_is_named_in_its_reports, KT_SIM | KT_WINDOWS_10),
    KT_TEST_ROW(family_strings_are_freed_and_cleared, KT_SIM | KT_QUARANTINE),
    KT_TEST_ROW(family_string_freed_twice_is_stopped, KT_SIM | KT_QUARANTINE),
    KT_TEST_ROW(family_free_with_parameters_is_passed_on_with_them,
                KT_SIM | KT_WINDOWS_10 | KT_PLAIN),
    KT_TEST_ROW(family_free_without_parameters_is_held_back,
                KT_SIM | KT_WINDOWS_10 | KT_QUARANTINE),
    KT_TEST_ROW(family_a_routine_the_system_lacks_gives_null, KT_SIM),
    KT_TEST_ROW(family_each_row_keeps_the_contract, KT_SIM | KT_WINDOWS_10),
    KT_TEST_ROW(zeroing_is_done_by_the_rows_that_promise_it, KT_SIM | KT_WINDOWS_10),
    KT_TEST_ROW(zeroing_is_done_by_no_other_row, KT_SIM | KT_WINDOWS_10),
    KT_TEST_ROW(zeroing_is_not_done_where_it_is_declined, KT_SIM | KT_WINDOWS_10),
    KT_TEST_ROW(zeroing_by_the_type_leaves_guard_bytes, KT_SIM | KT_WINDOWS_10),
    KT_TEST_ROW(zeroing_of_the_exact_request, KT_SIM | KT_WINDOWS_10),
    KT_TEST_ROW(raise_only_by_the_drivers_own_request, KT_SIM | KT_WINDOWS_10),
    KT_TEST_ROW(raise_quiet_attempts_never_raise, KT_SIM | KT_WINDOWS_10),
    KT_TEST_ROW(raise_leaks_nothing, KT_SIM | KT_WINDOWS_10),
    KT_TEST_ROW(quota_before_vista_is_one_exact_request, KT_SIM),
    KT_TEST_ROW(quota_on_2000_is_one_exact_request, KT_SIM | KT_WINDOWS_2000),
    KT_TEST_ROW(quota_blocks_are_never_held_back, KT_SIM | KT_WINDOWS_VISTA | KT_QUARANTINE),
    KT_TEST_ROW(quota_by_flags_is_never_held_back, KT_SIM | KT_WINDOWS_10 | KT_QUARANTINE),
    KT_TEST_ROW(must_succeed_is_ordinary_pool_first, KT_SIM | KT_WINDOWS_2000),
    KT_TEST_ROW(untracked_flags_are_exact_and_counted, KT_SIM | KT_WINDOWS_10),
    KT_TEST_ROW(untracked_types_are_exact, KT_SIM | KT_WINDOWS_10),
#endif
    {NULL, NULL, 0}};
