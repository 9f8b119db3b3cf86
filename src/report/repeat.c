/*
 * repeat.c - a finding is printed once, then counted.
 *
 * A table of findings seen, in the order in which they came; it only grows, until McRepeatForget.
 * An entry is claimed by writing the hash of what it stands for into it, with one compare-exchange:
 * of two processors with the same new finding one wins, and the other reads the hash that it was
 * looking for. So nobody waits, and none is entered twice. What the hash stands for is written
 * behind it, and Ready afterwards; whoever finds the entry ready compares that too, so that two
 * findings of equal hash are told apart, save in the moment between the two writes.
 */
#include "repeat.h"
#include "keys.h"
#include "slots.h"
#include "settings.h"

#define MCP_HASH_START 2166136261u

/* A call's place: its file and line, or (Line 0) its return address, and the path to it. */
typedef struct _MCP_PLACE {
    ULONG_PTR Address; /* of the file's name, or the return address */
    ULONG Line;
    ULONG Path; /* 0: not known */
} MCP_PLACE;

typedef struct _MCP_REPEAT_KEY {
    ULONG Kind;
    ULONG Reason; /* of findings about calls: there it is the mistake; what the pool gave away */
    MCP_PLACE Allocated;
    MCP_PLACE Other; /* the free, or, of what has no block, the call */
} MCP_REPEAT_KEY;

typedef struct _MCP_REPEAT_ENTRY {
    volatile LONG Hash; /* 0: not in use, and so are all behind it */
    volatile LONG Ready;
    volatile LONG Again;  /* how often besides the first */
    volatile LONG Number; /* of its report; 0: not printed yet */
    MCP_REPEAT_KEY Key;
} MCP_REPEAT_ENTRY;

static MCP_REPEAT_ENTRY McpRepeats[MC_REPEAT_ENTRIES];

/* A read that is in order with what the writer did before, on any processor. */
static LONG McpRepeatRead(volatile LONG *Value)
{
    return McOsCompareExchange(Value, 0, 0);
}

/* FNV-1a, a byte at a time. */
static ULONG McpRepeatHashByte(ULONG Hash, UCHAR Byte)
{
    return ((Hash ^ Byte) * 16777619) & 0xffffffff;
}

static ULONG McpRepeatHashWord(ULONG Hash, ULONG_PTR Word)
{
    ULONG Shift;

    for (Shift = 0; Shift < sizeof(Word) * 8; Shift += 8) {
        Hash = McpRepeatHashByte(Hash, (UCHAR)((Word >> Shift) & 0xff));
    }
    return Hash;
}

/*
 * By how many frames two findings are told apart is an option: one mistake in a function that all
 * call is one, but all blocks of the driver's own allocator come from one call. Only frames in the
 * driver count: of ways by which the system came to call it there is no end. But where the report
 * is about a path itself (leaks by site), all of it does. The call is in the place already.
 */
static ULONG McpRepeatPath(const MC_SITE *Site, BOOLEAN Whole)
{
    const MC_REPORT_CONTEXT *Context = McReportContext();
    ULONG Left = McSettings()->Frames - 1;
    ULONG Hash = MCP_HASH_START;
    MC_STACK Stack;
    ULONG Index;

    if (Whole) {
        return Site->Stack;
    }
    McStackRead(Site->Stack, &Stack);
    for (Index = 1; Index < Stack.Count && Left != 0; Index++) {
        if (Context->ImageHigh == 0 || (Stack.Frames[Index] >= Context->ImageLow &&
                                        Stack.Frames[Index] < Context->ImageHigh)) {
            Hash = McpRepeatHashWord(Hash, Stack.Frames[Index]);
            Left--;
        }
    }
    return Hash;
}

static VOID McpRepeatPlace(MCP_PLACE *Place, const MC_SITE *Site, BOOLEAN Whole)
{
    Place->Path = McpRepeatPath(Site, Whole);
    if (McSiteHasFile(Site)) {
        Place->Address = (ULONG_PTR)Site->File;
        Place->Line = Site->Line;
    } else {
        Place->Address = Site->ReturnAddress;
        Place->Line = 0;
    }
}

/* Who freed it too early, or freed it at all, is what matters; who found that is chance. */
static BOOLEAN McpRepeatByFree(MC_KIND Kind, MC_REASON Reason)
{
    return (BOOLEAN)(Kind == McKindWriteAfterFree || McWasFoundByPool(Reason));
}

static VOID McpRepeatKey(MCP_REPEAT_KEY *Key, const MC_FINDING *Finding)
{
    MC_KIND Kind = Finding->Kind;
    MC_REASON Reason = Finding->Reason;

    Key->Kind = (ULONG)Kind;
    Key->Reason = McKindIsCall(Kind) || McWasFoundByPool(Reason) ? (ULONG)Reason : 0;
    Key->Allocated.Address = 0;
    Key->Allocated.Line = 0;
    Key->Allocated.Path = 0;
    Key->Other.Address = 0;
    Key->Other.Line = 0;
    Key->Other.Path = 0;
    if (Finding->Block.Number != 0 || Kind == McKindLeakSite) {
        McpRepeatPlace(&Key->Allocated, &Finding->Block.Allocated.Site,
                       (BOOLEAN)(Kind == McKindLeakSite || Kind == McKindLeak));
    }
    if (Kind == McKindOwnMemory) { /* each piece, each table: no call has to do with it */
        Key->Reason = (ULONG)Reason;
        Key->Other.Address = Finding->Block.User;
    } else if (McpRepeatByFree(Kind, Reason)) {
        McpRepeatPlace(&Key->Other, &Finding->Block.Freed.Site, FALSE);
    } else if (McKindIsFree(Kind) || McKindIsCall(Kind) || Kind == McKindBadAccess) {
        McpRepeatPlace(&Key->Other, &Finding->Found.Site, FALSE);
    }
}

/* File names by their text: one header's name has an address in every file that includes it. */
static ULONG McpRepeatHashPlace(ULONG Hash, const MCP_PLACE *Place)
{
    const volatile char *At;

    if (Place->Line == 0) {
        Hash = McpRepeatHashWord(Hash, Place->Address);
    } else {
        for (At = (const char *)Place->Address; *At != 0; At++) {
            Hash = McpRepeatHashByte(Hash, (UCHAR)*At);
        }
    }
    Hash = McpRepeatHashWord(Hash, Place->Path);
    return McpRepeatHashWord(Hash, Place->Line);
}

static LONG McpRepeatHash(const MCP_REPEAT_KEY *Key)
{
    ULONG Hash = MCP_HASH_START;

    Hash = McpRepeatHashWord(Hash, Key->Kind);
    Hash = McpRepeatHashWord(Hash, Key->Reason);
    Hash = McpRepeatHashPlace(Hash, &Key->Allocated);
    Hash = McpRepeatHashPlace(Hash, &Key->Other);
    return Hash != 0 ? (LONG)Hash : 1;
}

static BOOLEAN McpRepeatSamePlace(const MCP_PLACE *A, const MCP_PLACE *B)
{
    const volatile char *AtA;
    const volatile char *AtB;

    if (A->Line != B->Line || A->Path != B->Path) {
        return FALSE;
    }
    if (A->Address == B->Address || A->Line == 0) {
        return (BOOLEAN)(A->Address == B->Address);
    }
    AtA = (const char *)A->Address;
    AtB = (const char *)B->Address;
    while (*AtA != 0 && *AtA == *AtB) {
        AtA++;
        AtB++;
    }
    return (BOOLEAN)(*AtA == *AtB);
}

static BOOLEAN McpRepeatSameKey(const MCP_REPEAT_KEY *A, const MCP_REPEAT_KEY *B)
{
    return (BOOLEAN)(A->Kind == B->Kind && A->Reason == B->Reason &&
                     McpRepeatSamePlace(&A->Allocated, &B->Allocated) &&
                     McpRepeatSamePlace(&A->Other, &B->Other));
}

static VOID McpRepeatFill(MCP_REPEAT_ENTRY *Entry, const MCP_REPEAT_KEY *Key)
{
    /* Field by field: an assignment of a structure may become a call of memcpy. */
    Entry->Key.Kind = Key->Kind;
    Entry->Key.Reason = Key->Reason;
    Entry->Key.Allocated.Address = Key->Allocated.Address;
    Entry->Key.Allocated.Line = Key->Allocated.Line;
    Entry->Key.Allocated.Path = Key->Allocated.Path;
    Entry->Key.Other.Address = Key->Other.Address;
    Entry->Key.Other.Line = Key->Other.Line;
    Entry->Key.Other.Path = Key->Other.Path;
    McOsExchange(&Entry->Ready, 1);
}

MC_REPEAT McRepeatAsk(const MC_FINDING *Finding, ULONG *Index)
{
    MCP_REPEAT_KEY Key;
    MCP_REPEAT_ENTRY *Entry;
    LONG Hash;
    LONG Is;

    *Index = MC_REPEAT_ENTRIES;
    if (McSettings()->Repeat || Finding->Kind == McKindDescribe ||
        Finding->Kind == McKindDifference || /* these were asked for */
        Finding->Kind == McKindInjected) {
        return McRepeatNew;
    }
    McpRepeatKey(&Key, Finding);
    Hash = McpRepeatHash(&Key);
    for (Entry = McpRepeats; Entry < McpRepeats + MC_REPEAT_ENTRIES; Entry++) {
        Is = McOsCompareExchange(&Entry->Hash, Hash, 0);
        if (Is == 0) {
            McpRepeatFill(Entry, &Key);
            *Index = (ULONG)(Entry - McpRepeats);
            return McRepeatNew;
        }
        if (Is == Hash && (!McpRepeatRead(&Entry->Ready) || McpRepeatSameKey(&Entry->Key, &Key))) {
            McOsAdd(&Entry->Again, 1);
            return McRepeatAgain;
        }
    }
    return McRepeatUnknown;
}

VOID McRepeatNumber(ULONG Index, ULONG Number)
{
    if (Index < MC_REPEAT_ENTRIES) {
        McOsExchange(&McpRepeats[Index].Number, (LONG)Number);
    }
}

/* "memcheck[drv] #12 overrun    3 times more, buffer allocated at driver.c:101" */
static VOID McpRepeatLine(MC_TEXT *Text, MCP_REPEAT_ENTRY *Entry, ULONG Again,
                          const MC_REPORT_CONTEXT *Context)
{
    const MCP_REPEAT_KEY *Key = &Entry->Key;

    McTextLine(Text, NULL);
    McTextString(Text, McKindMachineName((MC_KIND)Key->Kind));
    McTextString(Text, ": ");
    McTextCount(Text, Again, "time");
    McTextString(Text, " more");
    if (Key->Allocated.Address != 0) {
        McTextString(Text, ", buffer allocated ");
        McDescribePlace(Text, Key->Allocated.Address, Key->Allocated.Line, Context);
    }
    if (Key->Other.Address != 0) {
        McTextString(Text, McpRepeatByFree((MC_KIND)Key->Kind, (MC_REASON)Key->Reason)
                               ? ", freed "
                               : ", called ");
        McDescribePlace(Text, Key->Other.Address, Key->Other.Line, Context);
    }
    McTextLineEnd(Text);
}

static VOID McpRepeatMachine(char *Buffer, MCP_REPEAT_ENTRY *Entry, ULONG Number, ULONG Again,
                             const MC_REPORT_CONTEXT *Context)
{
    const MCP_REPEAT_KEY *Key = &Entry->Key;
    MC_KEYS Line;

    McKeysStart(&Line, Context, Buffer);
    McKeyNumber(&Line, "n", Number);
    McKeyWord(&Line, "kind", "repeated");
    McKeyNumber(&Line, "times", Again);
    McKeyWord(&Line, "of", McKindMachineName((MC_KIND)Key->Kind));
    if (Key->Allocated.Address != 0) {
        McKeyPlace(&Line, "alloc", Key->Allocated.Address, Key->Allocated.Line);
    }
    if (Key->Other.Address != 0) {
        McKeyPlace(&Line,
                   McpRepeatByFree((MC_KIND)Key->Kind, (MC_REASON)Key->Reason) ? "free" : "found",
                   Key->Other.Address, Key->Other.Line);
    }
    McKeysEnd(&Line);
}

VOID McRepeatDescribe(MC_TEXT *Text, const MC_REPORT_CONTEXT *Context)
{
    MCP_REPEAT_ENTRY *Entry;
    ULONG Number;
    LONG Again;

    for (Entry = McpRepeats; Entry < McpRepeats + MC_REPEAT_ENTRIES; Entry++) {
        Again = McpRepeatRead(&Entry->Again);
        if (Again != 0 && McpRepeatRead(&Entry->Ready)) {
            Number = (ULONG)McpRepeatRead(&Entry->Number);
            McDescribePrefix(Text, Context, Number);
            McpRepeatLine(Text, Entry, (ULONG)Again, Context);
            McpRepeatMachine((char *)Text->Buffer, Entry, Number, (ULONG)Again, Context);
            Text->Sink(Text->SinkContext, (const char *)Text->Buffer);
        }
    }
}

VOID McRepeatForget(VOID)
{
    MCP_REPEAT_ENTRY *Entry;

    for (Entry = McpRepeats; Entry < McpRepeats + MC_REPEAT_ENTRIES; Entry++) {
        McOsExchange(&Entry->Ready, 0);
        McOsExchange(&Entry->Again, 0);
        McOsExchange(&Entry->Number, 0);
        McOsExchange(&Entry->Hash, 0);
    }
}
