/* routines.c - what a request of each of the kit's routines means. Pure. */
#include "core.h"

/* Bits of a POOL_TYPE (wdm.h; the documentation for raise and quota, which the kits before Vista do
 * not name). */
#define MCP_TYPE_PAGED         0x001u
#define MCP_TYPE_MUST_SUCCEED  0x002u
#define MCP_TYPE_CACHE_ALIGNED 0x004u
#define MCP_TYPE_QUOTA_FAIL    0x008u
#define MCP_TYPE_RAISE         0x010u
#define MCP_TYPE_SESSION       0x020u
#define MCP_TYPE_COLD          0x100u
#define MCP_TYPE_NX            0x200u
#define MCP_TYPE_ZERO          0x400u
#define MCP_TYPE_KNOWN         0x73Fu

/* Bits of POOL_FLAGS (wdm.h of Windows 11), low half; of the high half, which is optional, one. */
#define MCP_FLAG_QUOTA         0x001u
#define MCP_FLAG_UNINITIALIZED 0x002u
#define MCP_FLAG_SESSION       0x004u
#define MCP_FLAG_CACHE_ALIGNED 0x008u
#define MCP_FLAG_RAISE         0x020u
#define MCP_FLAG_NON_PAGED     0x040u
#define MCP_FLAG_EXECUTE       0x080u
#define MCP_FLAG_PAGED         0x100u
#define MCP_FLAG_POOLS         0x1C0u
#define MCP_FLAG_KNOWN         0x1EFu
#define MCP_FLAG_HIGH_SPECIAL  0x001u

/* A POOL_EXTENDED_PARAMETER: 16 bytes, its type in the first. */
#define MCP_PARAMETER_BYTES    16u
#define MCP_PARAMETERS_MOST    8u
#define MCP_PARAMETER_PRIORITY 1u
#define MCP_PARAMETER_NODE     3u

#define MCP_VISTA 0x0600u /* quota-fail is known from here on */
#define MCP_XP    0x0501u /* must-succeed is invalid from here on */

typedef enum _MCP_SHAPE {
    McpNoShape,
    McpShapeType,
    McpShapeTypeTag,
    McpShapeTypePriority,
    McpShapeFlags,
    McpShapeFlagsExtended,
    McpShapeFree,
    McpShapeFreeTag,
    McpShapeFreeExtended,
    McpShapeString
} MCP_SHAPE;

typedef struct _MCP_ROUTINE_ROW {
    UCHAR Shape;
    UCHAR Adds;
} MCP_ROUTINE_ROW;

#define MCP_ROW(Name, Shape, Adds, DoneBy, Since) {McpShape##Shape, Adds},
static const MCP_ROUTINE_ROW McpRoutines[] = {{McpNoShape, 0}, MC_ROUTINE_TABLE(MCP_ROW)};
#undef MCP_ROW

static const MCP_ROUTINE_ROW *McpRow(ULONG Routine)
{
    return &McpRoutines[Routine < sizeof(McpRoutines) / sizeof(McpRoutines[0]) ? Routine : 0];
}

BOOLEAN McRoutineZeroes(ULONG Routine)
{
    return (McpRow(Routine)->Adds & MC_ZEROED) != 0;
}

static BOOLEAN McpTakesTag(ULONG Routine)
{
    return McpRow(Routine)->Shape >= McpShapeTypeTag &&
           McpRow(Routine)->Shape <= McpShapeFlagsExtended;
}

/* ---- what the bits say ---- */

static ULONG McpDecodeType(ULONG Type)
{
    ULONG Attributes = 0;

    if ((Type & MCP_TYPE_PAGED) != 0)
        Attributes |= MC_PAGED;
    if ((Type & MCP_TYPE_CACHE_ALIGNED) != 0)
        Attributes |= MC_CACHE_ALIGNED;
    if ((Type & MCP_TYPE_NX) != 0)
        Attributes |= MC_NX;
    if ((Type & MCP_TYPE_ZERO) != 0)
        Attributes |= MC_ZEROED;
    if ((Type & MCP_TYPE_RAISE) != 0)
        Attributes |= MC_RAISES;
    if ((Type & MCP_TYPE_QUOTA_FAIL) != 0)
        Attributes |= MC_QUOTA_QUIET;
    if ((Type & MCP_TYPE_MUST_SUCCEED) != 0)
        Attributes |= MC_MUST_SUCCEED;
    /* There is no paged must-succeed pool: that number is DontUseThisType. */
    if ((Type & MCP_TYPE_SESSION) != 0 || (Type & ~MCP_TYPE_KNOWN) != 0 ||
        (Attributes & (MC_PAGED | MC_MUST_SUCCEED)) == (MC_PAGED | MC_MUST_SUCCEED))
        Attributes |= MC_UNTRACKED;
    return Attributes;
}

/* Only what says where the memory is to be, or how urgently it is wanted, leaves it ordinary. */
static BOOLEAN McpOrdinary(const UCHAR *Parameters, ULONG Count)
{
    ULONG Index;
    UCHAR Type;

    if (Count == 0)
        return TRUE;
    if (Parameters == 0 || Count > MCP_PARAMETERS_MOST)
        return FALSE;
    for (Index = 0; Index < Count; Index++) {
        Type = Parameters[Index * MCP_PARAMETER_BYTES];
        if (Type != MCP_PARAMETER_PRIORITY && Type != MCP_PARAMETER_NODE)
            return FALSE;
    }
    return TRUE;
}

static ULONG McpDecodeFlags(const MC_REQUEST *Request)
{
    const ULONG Flags = Request->Type;
    const ULONG Pool = Flags & MCP_FLAG_POOLS;
    ULONG Attributes = MC_BY_FLAGS;

    if (Pool == MCP_FLAG_PAGED)
        Attributes |= MC_PAGED;
    else if (Pool == MCP_FLAG_NON_PAGED)
        Attributes |= MC_NX;
    else if (Pool != MCP_FLAG_EXECUTE)
        Attributes |= MC_UNTRACKED; /* no pool, or two */
    if ((Flags & MCP_FLAG_CACHE_ALIGNED) != 0)
        Attributes |= MC_CACHE_ALIGNED;
    if ((Flags & MCP_FLAG_UNINITIALIZED) == 0)
        Attributes |= MC_ZEROED;
    if ((Flags & MCP_FLAG_RAISE) != 0)
        Attributes |= MC_RAISES;
    if ((Flags & MCP_FLAG_QUOTA) != 0)
        Attributes |= MC_QUOTA | MC_QUOTA_QUIET;
    if ((Flags & (MCP_FLAG_SESSION | ~MCP_FLAG_KNOWN)) != 0 || Request->Size == 0 ||
        (Request->FlagsHigh & MCP_FLAG_HIGH_SPECIAL) != 0 ||
        !McpOrdinary((const UCHAR *)Request->Parameters, Request->ParameterCount))
        Attributes |= MC_UNTRACKED; /* these routines refuse 0 bytes, so padding must not help */
    return Attributes;
}

VOID McRequestDecode(MC_REQUEST *Request)
{
    const MCP_ROUTINE_ROW *Row = McpRow(Request->Routine);

    if (Row->Shape == McpShapeFlags || Row->Shape == McpShapeFlagsExtended)
        Request->Attributes = McpDecodeFlags(Request);
    else
        Request->Attributes = McpDecodeType(Request->Type);
    Request->Attributes |= Row->Adds;
}

/* ---- how it fails ---- */

BOOLEAN McRequestQuiet(const MC_REQUEST *Request, ULONG Version, MC_REQUEST *Quiet)
{
    /* Field by field, each as it was written just now: a processor that reads two of them at once
     * has to wait until both have reached its cache. */
    const volatile MC_REQUEST *From = Request;

    Quiet->Routine = From->Routine;
    Quiet->Type = From->Type;
    Quiet->FlagsHigh = From->FlagsHigh;
    Quiet->Size = From->Size;
    Quiet->Tag = From->Tag;
    Quiet->Priority = From->Priority;
    Quiet->Parameters = From->Parameters;
    Quiet->ParameterCount = From->ParameterCount;
    Quiet->Attributes = From->Attributes;
    if ((Request->Attributes & MC_BY_FLAGS) != 0) {
        Quiet->Type &= ~MCP_FLAG_RAISE; /* a quota that is used up gives NULL */
        return TRUE;
    }
    Quiet->Type &= ~(MCP_TYPE_RAISE | MCP_TYPE_MUST_SUCCEED);
    if ((Request->Attributes & MC_QUOTA) == 0)
        return TRUE;
    Quiet->Type |= MCP_TYPE_QUOTA_FAIL;
    return Version >= MCP_VISTA;
}

BOOLEAN McRequestRaises(const MC_REQUEST *Request)
{
    const ULONG Attributes = Request->Attributes;

    return (BOOLEAN)((Attributes & MC_RAISES) != 0 ||
                     (Attributes & (MC_QUOTA | MC_QUOTA_QUIET)) == MC_QUOTA);
}

VOID McReleaseFor(ULONG Tag, MC_RELEASE *Release)
{
    Release->Routine = Tag != 0 ? McExFreePoolWithTag : McExFreePool;
    Release->Tag = Tag;
    Release->Parameters = 0;
    Release->ParameterCount = 0;
}

/* ---- what the contract says ---- */

/* One to four printable characters; a shorter tag has zeros above. Bit 31 is the protection. */
static BOOLEAN McpIsTag(ULONG Tag)
{
    ULONG Rest, Byte;

    for (Rest = Tag & ~MC_PROTECTED_TAG; Rest != 0; Rest >>= 8) {
        Byte = Rest & 0xFFu;
        if (Byte < 0x20u || Byte > 0x7Eu)
            return FALSE;
    }
    return TRUE;
}

/* First those that the pool must refuse. */
MC_REASON McRequestFault(const MC_REQUEST *Request, ULONG Version)
{
    const BOOLEAN Tagged = McpTakesTag(Request->Routine);

    if (Tagged && (Request->Tag & ~MC_PROTECTED_TAG) == 0)
        return McReasonZeroTag;
    if ((Request->Attributes & MC_MUST_SUCCEED) != 0 && Version >= MCP_XP)
        return McReasonMustSucceed;
    if (Tagged && !McpIsTag(Request->Tag))
        return McReasonBadTag;
    return Request->Size == 0 ? McReasonZeroBytes : McReasonNone;
}
