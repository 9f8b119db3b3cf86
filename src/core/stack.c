/*
 * stack.c - the depot: call stacks, stored once each, named by 32-bit handles.
 *
 * As with sites: a hash of chains over segments. Stacks are only added, never changed or removed
 * before EXIT, so look-ups take no lock: a chain's head is published after the stack behind it is
 * written. The segments together are bounded by an option; when they are full, so it stays.
 */
#include "core.h"
#include "work.h"

/* Four pages, with what guards them; MEMCHECK_STACK_KB is a multiple of that. */
#define MCP_DEPOT_PAGES   16384u
#define MCP_DEPOT_SEGMENT (MCP_DEPOT_PAGES - 8 - MC_OWN_AROUND)
#define MCP_DEPOT_WORDS   (MCP_DEPOT_SEGMENT / (ULONG)sizeof(ULONG_PTR))
#define MCP_DEPOT_STEP    (MCP_DEPOT_PAGES / (ULONG)sizeof(ULONG_PTR)) /* a power of two */

/* Handle = the word at which it begins, segments being so many words apart, + 1. */
typedef struct _MCP_STACK {
    ULONG Next;
    ULONG Hash;
    USHORT Count;
    USHORT CutAt;
    ULONG_PTR Frame[1]; /* Count of them */
} MCP_STACK;

#define MCP_STACK_WORDS(Count) \
    ((ULONG)((sizeof(MCP_STACK) + ((Count)-1) * sizeof(ULONG_PTR)) / sizeof(ULONG_PTR)))

typedef struct _MCP_DEPOT {
    volatile ULONG *Head;
    MC_TWINNED *Segment; /* arrays of words */
    ULONG HeadMask;
    ULONG MostSegments;
    volatile LONG Full; /* a glance, so that a full depot costs no lock */
    ULONG Segments;     /* there are; under the lock */
    ULONG Used;         /* words of the last one; under the lock */
    MC_LOCK Lock;
} MCP_DEPOT;

static MCP_DEPOT McpDepot;

typedef char McpStackFitsIn[MCP_STACK_WORDS(MC_STACK_MOST) <= MCP_DEPOT_WORDS ? 1 : -1];

/* Room is taken even where no stacks are wanted: that may change while the driver runs. */
BOOLEAN McStackStart(VOID)
{
    const ULONG Kb = McOptions.StackKb;
    ULONG Heads = 64;

    while (Heads < Kb * 4) /* a stack takes some 80 bytes: a few in each chain of a full depot */
        Heads *= 2;
    McpDepot.Full = 0;
    McpDepot.Segments = 0;
    McpDepot.Used = MCP_DEPOT_WORDS;
    McpDepot.HeadMask = Heads - 1;
    McpDepot.MostSegments = Kb * 1024u / MCP_DEPOT_PAGES;
    McpDepot.Segment = (MC_TWINNED *)McOwnAllocate(McpDepot.MostSegments * sizeof(MC_TWINNED));
    McpDepot.Head = (volatile ULONG *)McOwnAllocate(Heads * sizeof(McpDepot.Head[0]));
    return McpDepot.Segment != 0 && McpDepot.Head != 0;
}

VOID McStackStop(VOID)
{
    McpDepot.Segment = 0;
    McpDepot.Head = 0;
    McpDepot.Segments = 0;
}

/* The stack of a handle, which may be any number; NULL: there can be none. */
static MCP_STACK *McpStackAt(ULONG Handle)
{
    const ULONG Number = (Handle - 1) / MCP_DEPOT_STEP;
    const ULONG Word = (Handle - 1) % MCP_DEPOT_STEP;
    const MC_TWINNED *Segment;

    if (Number < McpDepot.MostSegments && Word + MCP_STACK_WORDS(1) <= MCP_DEPOT_WORDS) {
        Segment = &McpDepot.Segment[Number];
        if (Segment->Pointer != 0 && McTwinIsWhole(Segment))
            return (MCP_STACK *)((ULONG_PTR *)Segment->Pointer + Word);
    }
    McOwnBroken(MC_BROKEN_PLACE);
    return 0;
}

/* Does it end in its segment? */
static BOOLEAN McpStackFits(ULONG Handle, const MCP_STACK *Entry)
{
    return (BOOLEAN)(Entry->Count != 0 && Entry->Count <= MC_STACK_MOST &&
                     (Handle - 1) % MCP_DEPOT_STEP + MCP_STACK_WORDS(Entry->Count) <=
                         MCP_DEPOT_WORDS);
}

/* Two sums of every other frame, which no processor has to wait for one after the other. */
static ULONG McpStackHash(const ULONG_PTR *Frames, ULONG Count, KIRQL CutAt)
{
    ULONG Even = Count, Odd = CutAt;
    ULONG Index;

    for (Index = 0; Index + 2 <= Count; Index += 2) {
        Even = (Even ^ (ULONG)Frames[Index]) * 0x9E3779B1u;
        Odd = (Odd ^ (ULONG)Frames[Index + 1]) * 0x85EBCA6Bu;
        Even ^= Even >> 15;
        Odd ^= Odd >> 13;
    }
    if (Index != Count)
        Even = (Even ^ (ULONG)Frames[Index]) * 0x9E3779B1u;
    Even ^= Odd * 0xC2B2AE35u;
    return Even ^ Even >> 16;
}

static BOOLEAN McpStackIs(const MCP_STACK *Entry, const ULONG_PTR *Frames, ULONG Count, KIRQL CutAt)
{
    ULONG Index;

    if (Entry->Count != Count || Entry->CutAt != CutAt)
        return FALSE;
    for (Index = 0; Index < Count; Index++)
        if (Entry->Frame[Index] != Frames[Index])
            return FALSE;
    return TRUE;
}

static ULONG McpStackFind(ULONG Hash, const ULONG_PTR *Frames, ULONG Count, KIRQL CutAt)
{
    ULONG Handle = McpDepot.Head[Hash & McpDepot.HeadMask];
    const MCP_STACK *Entry;
    ULONG Next;

    McOsAcquireBarrier(); /* pairs with the release in McpStackAdd */
    for (; Handle != 0; Handle = Next) {
        Entry = McpStackAt(Handle);
        if (Entry == 0)
            return 0;
        if (Entry->Hash == Hash && McpStackFits(Handle, Entry) &&
            McpStackIs(Entry, Frames, Count, CutAt))
            break;
        Next = Entry->Next; /* was there before: of a lower handle */
        if (Next >= Handle && Next != 0) {
            McOwnBroken(MC_BROKEN_PLACE);
            return 0;
        }
    }
    return Handle;
}

/* Under the lock; 0: no room. */
static ULONG McpStackAdd(ULONG Hash, const ULONG_PTR *Frames, ULONG Count, KIRQL CutAt)
{
    const ULONG Words = MCP_STACK_WORDS(Count);
    MCP_STACK *Entry;
    ULONG Handle, Index;

    if (McpDepot.Used + Words > MCP_DEPOT_WORDS)
        return 0;
    Handle = (McpDepot.Segments - 1) * MCP_DEPOT_STEP + McpDepot.Used + 1;
    Entry = McpStackAt(Handle);
    if (Entry == 0)
        return 0;
    McpDepot.Used += Words;
    Entry->Hash = Hash;
    Entry->Count = (USHORT)Count;
    Entry->CutAt = CutAt;
    for (Index = 0; Index < Count; Index++)
        ((volatile ULONG_PTR *)Entry->Frame)[Index] = Frames[Index]; /* not a call of memcpy */
    Entry->Next = McpDepot.Head[Hash & McpDepot.HeadMask];
    McOsReleaseBarrier();
    McpDepot.Head[Hash & McpDepot.HeadMask] = Handle;
    return Handle;
}

/* Under the lock: TRUE, the segment was taken in. */
static BOOLEAN McpStackExtend(ULONG_PTR *Segment)
{
    if (Segment == 0 || McpDepot.Segments == McpDepot.MostSegments)
        return FALSE;
    if (McpDepot.Used + MCP_STACK_WORDS(MC_STACK_MOST) <= MCP_DEPOT_WORDS)
        return FALSE; /* another was faster */
    McTwinSet(&McpDepot.Segment[McpDepot.Segments], Segment);
    McpDepot.Segments++;
    McpDepot.Used = 0;
    return TRUE;
}

ULONG McStackIntern(const ULONG_PTR *Frames, ULONG Count, KIRQL CutAt)
{
    const ULONG Hash = McpStackHash(Frames, Count, CutAt);
    ULONG Handle = McpStackFind(Hash, Frames, Count, CutAt);
    ULONG_PTR *Segment = 0;
    ULONG Try;
    KIRQL Irql;

    for (Try = 0; Try < 2 && Handle == 0 && McpDepot.Full == 0; Try++) {
        if (Try == 1)
            Segment = (ULONG_PTR *)McMetaAllocate(MCP_DEPOT_SEGMENT);
        Irql = McOsAcquire(&McpDepot.Lock);
        if (McpStackExtend(Segment))
            Segment = 0;
        Handle = McpStackFind(Hash, Frames, Count, CutAt); /* another may have been faster */
        if (Handle == 0)
            Handle = McpStackAdd(Hash, Frames, Count, CutAt);
        if (Handle == 0 && McpDepot.Segments == McpDepot.MostSegments)
            McpDepot.Full = 1;
        McOsRelease(&McpDepot.Lock, Irql);
    }
    if (Segment != 0)
        McMetaFree(Segment);
    if (Handle != 0)
        return Handle;
    McCount(&Mc.Counts.StacksLost);
    return MC_STACK_LOST;
}

VOID McStackRead(ULONG Handle, MC_STACK *Stack)
{
    const MCP_STACK *Entry;

    Stack->Frames = 0;
    Stack->Count = 0;
    Stack->CutAt = 0;
    if (Handle == 0 || Handle == MC_STACK_LOST || McpDepot.Segment == 0)
        return;
    Entry = McpStackAt(Handle);
    if (Entry == 0)
        return;
    if (!McpStackFits(Handle, Entry) ||
        Entry->Hash != McpStackHash(Entry->Frame, Entry->Count, (KIRQL)Entry->CutAt)) {
        McOwnBroken(MC_BROKEN_PLACE);
        return;
    }
    Stack->Frames = Entry->Frame;
    Stack->Count = Entry->Count;
    Stack->CutAt = (KIRQL)Entry->CutAt;
}

static VOID McpCallCapture(MC_CALL *Call)
{
    const ULONG Most = McOptions.Stacks;
    ULONG_PTR Frames[MC_STACK_MOST];
    BOOLEAN Cut = FALSE;
    ULONG Count;

    if (McpDepot.Head != 0 && Most != 0 && Call->Event.Irql <= DISPATCH_LEVEL) {
        Count = McOsStackCapture(Frames, Most, Call->Event.Site.ReturnAddress, &Cut);
        MC_WORK(Stacks, 1);
        MC_WORK(Frames, Count);
        if (Count != 0)
            Call->Event.Site.Stack =
                McStackIntern(Frames, Count, Cut ? Call->Event.Irql : PASSIVE_LEVEL);
    }
}

/* Whoever is given a call may only read it, but for this: no call is constant itself. */
ULONG McCallStack(const MC_CALL *Call)
{
    MC_CALL *Mine = (MC_CALL *)Call;

    if (!Call->Captured && McOptions.Stacks != 0)
        McpCallCapture(Mine);
    Mine->Captured = TRUE;
    return Call->Event.Site.Stack;
}
