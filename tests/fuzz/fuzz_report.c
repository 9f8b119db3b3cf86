/*
 * fuzz_report.c - diagnosis and reports on arbitrary findings: invented addresses, sizes, names,
 * damage, neighbours, stacks and clocks, as bytes say. Nothing of it may be read beyond what it
 * is, every line is as fuzz.c wants it, and a report has a bounded number of them. What a look at
 * real bytes finds is compared with what was done to them.
 */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>
#include "describe.h"
#include "keys.h"
#include "table.h"

#define TEXTS      6
#define TEXT_BYTES 320
#define STACKS     4
#define ITEMS      24 /* of an input that are looked at */

/* What the findings of one input share. */
static struct {
    FUZZ_INPUT *In;
    char Text[TEXTS][TEXT_BYTES + 1];
    ULONG Texts;
    ULONG Stack[STACKS];
    ULONG Stacks;
    ULONG_PTR Address; /* the one made up last: blocks have neighbours */
    MC_REPORT_CONTEXT Context;
    ULONG Lines;        /* of the report that is told */
    MC_FINDING Finding; /* the last one; the next item may tell it again */
} Now;

/* ---- values ---- */

/* Addresses, sizes, offsets: what is near to another one, to an end, or anything. */
static ULONG_PTR Word(void)
{
    static const ULONG_PTR Ends[] = {0,           (ULONG_PTR)-1, (ULONG_PTR)1 << 63, 0x7fffffffu,
                                     0x80000000u, 0xffffffffu,   1000000u,           4096u};
    const UCHAR How = FuzzByte(Now.In);

    switch (How >> 5) {
    case 0: return How;
    case 1: Now.Address += (ULONG_PTR)FuzzByte(Now.In) << (How & 7); break;
    case 2: Now.Address -= (ULONG_PTR)FuzzByte(Now.In) << (How & 7); break;
    case 3: return Ends[How & 7] + FuzzByte(Now.In) - 128;
    case 4: return Now.Context.ImageLow + FuzzUlong(Now.In);
    case 5: Now.Address = 0xfffffa8001c20000u + FuzzUlong(Now.In) % 0x100000u; break;
    case 6: return FuzzUlong(Now.In) & 0xffff;
    default: Now.Address = FuzzWord(Now.In); break;
    }
    return Now.Address;
}

static ULONG Number(void)
{
    return (ULONG)Word();
}

static BOOLEAN Flag(void)
{
    return (BOOLEAN)(FuzzByte(Now.In) & 1);
}

/* Any value of an enumeration, and now and then one that is none. */
static ULONG OneOf(ULONG Count)
{
    const UCHAR Value = FuzzByte(Now.In);

    return Value == 255 ? Number() : Value % (Count + 1);
}

/* Some of the input, without its zeros, the long ones made of a few bytes again and again; or one
 * that was there before; or NULL. */
static const char *Text(void)
{
    const UCHAR How = FuzzByte(Now.In);
    ULONG Period, Length, Index;
    char *At;

    if (How == 0)
        return NULL;
    if (Now.Texts == TEXTS || (How % 2 == 1 && Now.Texts != 0))
        return Now.Text[How / 2 % Now.Texts];
    At = Now.Text[Now.Texts++];
    Length = How < 192 ? How / 8u : TEXT_BYTES - (How - 192) * 4;
    Period = How < 192 ? Length : 8;
    for (Index = 0; Index < Length; Index++) {
        At[Index] = Index < Period ? (char)FuzzByte(Now.In) : At[Index - Period];
        if (At[Index] == 0)
            break;
    }
    At[Index] = 0;
    return At;
}

static ULONG Stack(void)
{
    const ULONG Which = FuzzBelow(Now.In, STACKS + 4);

    if (Which == STACKS)
        return MC_STACK_LOST;
    return Which < Now.Stacks ? Now.Stack[Which] : 0;
}

static void MakeStacks(void)
{
    ULONG_PTR Frames[MC_STACK_MOST];
    ULONG Count, Index;

    Now.Stacks = FuzzBelow(Now.In, STACKS + 1);
    for (Index = 0; Index < Now.Stacks; Index++) {
        const ULONG Most = 1 + FuzzBelow(Now.In, MC_STACK_MOST);

        for (Count = 0; Count < Most; Count++)
            Frames[Count] = Word();
        Now.Stack[Index] = McStackIntern(Frames, Most, (KIRQL)(Flag() ? FuzzByte(Now.In) : 0));
    }
}

/* ---- parts of a finding ---- */

static void MakeSite(MC_SITE *Site)
{
    Site->File = Text();
    Site->Function = Text();
    Site->Line = Number();
    Site->ReturnAddress = Word();
    Site->Stack = Stack();
}

static void MakeEvent(MC_EVENT *Event)
{
    MakeSite(&Event->Site);
    Event->Thread = Number();
    Event->Ticks = Number();
    Event->Processor = FuzzByte(Now.In);
    Event->Irql = FuzzByte(Now.In);
}

static void MakeBlock(MC_BLOCK *Block)
{
    Block->User = Word();
    Block->Size = Word();
    Block->Front = Number();
    Block->Rear = Number();
    Block->PoolType = Number();
    Block->Attributes = Number();
    Block->Tag = FuzzUlong(Now.In);
    Block->Number = Number();
    Block->State = (MC_STATE)OneOf(McStateRetired);
    MakeEvent(&Block->Allocated);
    if (Flag())
        MakeEvent(&Block->Freed);
    Block->IntactCheck = Number();
    Block->IntactTicks = Number();
    Block->Intact = (MC_INTACT)OneOf(McIntacts);
}

static void MakeNeighbour(MC_NEIGHBOUR *Neighbour)
{
    if (!Flag())
        return;
    Neighbour->User = Word();
    Neighbour->Size = Word();
    Neighbour->Front = Number();
    Neighbour->Rear = Number();
    Neighbour->Tag = FuzzUlong(Now.In);
    Neighbour->Number = Number();
    Neighbour->State = (MC_STATE)OneOf(McStateRetired);
    Neighbour->Damaged = Flag();
    MakeSite(&Neighbour->Allocated);
}

static void MakeDamage(MC_DAMAGE *Damage)
{
    ULONG Index;
    UCHAR Byte;

    Damage->First = (LONG_PTR)Word();
    Damage->Last = (LONG_PTR)Word();
    Damage->Changed = Word();
    Damage->DumpAt = Flag() ? Damage->First & ~(LONG_PTR)15 : (LONG_PTR)Word();
    Damage->DumpLength = Number();
    Damage->Look = (MC_LOOK)OneOf(McLooks);
    Damage->Pointer = Word();
    for (Index = 0; Index < MC_DUMP_BYTES && FuzzMore(Now.In); Index++) {
        Byte = FuzzByte(Now.In);
        Damage->Found[Index] = Byte;
        Damage->Marked[Index] = (UCHAR)(Byte & 0x40 ? FuzzByte(Now.In) : Byte % 3);
        Damage->Expected[Index] = (UCHAR)(Byte * 7);
    }
}

static void MakeFinding(MC_FINDING *Finding)
{
    memset(Finding, 0, sizeof(*Finding));
    Finding->Kind = (MC_KIND)OneOf(McKinds);
    Finding->Sure = Flag();
    Finding->Reason = (MC_REASON)OneOf(McReasons);
    Finding->By = (MC_BY)OneOf(McBys);
    Finding->During = (MC_BY)OneOf(McBys);
    Finding->Routine = OneOf(McRoutines);
    Finding->Action = (MC_ACTION)OneOf(McActions);
    Finding->Where = (MC_WHERE)OneOf(McWhereRear);
    Finding->GivenTag = FuzzUlong(Now.In);
    Finding->Address = Word();
    MakeEvent(&Finding->Found);
    if (Flag())
        MakeBlock(&Finding->Block);
    if (Flag())
        MakeDamage(&Finding->Damage);
    Finding->Count = Number();
    Finding->Bytes = Word();
    Finding->Request = Number();
    Finding->Given = Word();
    MakeNeighbour(&Finding->Before);
    MakeNeighbour(&Finding->After);
    MakeNeighbour(&Finding->Pointed);
    Finding->Culprit = (MC_CULPRIT)OneOf(McCulprits);
    Finding->Checkpoint = Number();
    Finding->Oldest = Number();
    Finding->OldestTicks = Number();
    Finding->Youngest = Number();
    Finding->YoungestTicks = Number();
    Finding->SampleLength = Number();
    Finding->Sample[FuzzBelow(Now.In, MC_SAMPLE_BYTES)] = FuzzByte(Now.In);
}

static void MakeContext(void)
{
    const char *Name = Text();

    strncpy(Now.Context.Driver, Name != NULL ? Name : "", MC_NAME_LENGTH);
    Now.Context.StartTicks = Number();
    Now.Context.MicrosPerTick = Number();
    Now.Context.ImageLow = Word();
    Now.Context.ImageHigh = Word();
}

/* ---- wording ---- */

static VOID TakeLine(PVOID Context, const char *Line)
{
    (void)Context;
    FuzzLine(Line);
    Now.Lines++;
}

/* The buffers end where they end, so that a byte too many is seen. */
static void DescribeIt(const MC_FINDING *Finding)
{
    const ULONG Report = Number();
    char *People = malloc(MC_LINE_SIZE);
    char *Machine = malloc(MC_MACHINE_SIZE);
    MC_TEXT Text;

    Now.Lines = 0;
    McTextStart(&Text, People, MC_LINE_SIZE, TakeLine, NULL);
    McDescribe(&Text, Finding, Report, &Now.Context);
    McDescribeMachine(Finding, Report, &Now.Context, Machine);
    FuzzLine(Machine);
    FUZZ_CHECK(Now.Lines < FUZZ_REPORT_LINES, "%u lines", Now.Lines);
    free(People);
    free(Machine);
}

/* The same by way of a slot, with what stands for it when it comes again. */
static void SubmitIt(const MC_FINDING *Finding)
{
    MC_FINDING *Slot = McReportClaim();

    FUZZ_CHECK(Slot != NULL, "no slot, though nobody else has one");
    *Slot = *Finding;
    if (FuzzOneIn(Now.In, 8))
        McReportDrop(Slot);
    else
        McReportSubmit(Slot);
    FuzzOutput(FUZZ_REPORT_LINES);
}

/* ---- diagnosis on the finding's own data ---- */

static void DiagnoseIt(const MC_FINDING *Finding)
{
    ULONG_PTR Pointers[MC_LOOK_POINTERS];
    MC_PLACE Place;
    ULONG Count;

    Count = McLookPointers(&Finding->Damage, Pointers);
    FUZZ_CHECK(Count <= MC_LOOK_POINTERS, "%u pointers", Count);
    McLook(&Finding->Damage, (MC_LOOK)OneOf(McLooks));
    McCulprit(&Finding->Block, &Finding->Damage, &Finding->Before, &Finding->After);
    McWhere(&Finding->Block, Finding->Address);
    Place.SystemStart = Word();
    Place.StackLow = Word();
    Place.StackHigh = Word();
    Place.ImageLow = Now.Context.ImageLow;
    Place.ImageHigh = Now.Context.ImageHigh;
    McWild(&Place, Finding->Address);
}

/* ---- diagnosis on real bytes ---- */

#define RAW_MOST 512u

/* A block in memory of exactly its size, guarded and filled as MemCheck does it. */
static UCHAR *MakeRaw(MC_BLOCK *Block, ULONG *Filled)
{
    UCHAR *Raw;

    memset(Block, 0, sizeof(*Block));
    Block->Number = 1;
    Block->Front = FuzzBelow(Now.In, 5) * 16;
    Block->Rear = 16 + FuzzBelow(Now.In, 48);
    Block->Size = FuzzUlong(Now.In) % (RAW_MOST - Block->Front - Block->Rear);
    Raw = malloc(Block->Front + Block->Size + Block->Rear);
    memset(Raw, FuzzByte(Now.In), Block->Front + Block->Size + Block->Rear);
    Block->User = (ULONG_PTR)Raw + Block->Front;
    McGuardWrite(Block->User - Block->Front, Block->Front);
    McGuardWrite(Block->User + Block->Size, Block->Rear);
    *Filled = 0;
    if (Flag()) { /* as block.c: whole, or both ends */
        *Filled = (ULONG)Block->Size;
        if (Block->Size > MC_FILL_TAIL && Flag())
            *Filled = 1 + FuzzByte(Now.In) % (ULONG)(Block->Size - MC_FILL_TAIL);
        McFillWrite(Block->User, *Filled);
        if (*Filled != Block->Size)
            McFillWrite(Block->User + Block->Size - MC_FILL_TAIL, MC_FILL_TAIL);
    }
    return Raw;
}

static BOOLEAN IsOurs(const MC_BLOCK *Block, ULONG Filled, ULONG At)
{
    const LONG Offset = (LONG)At - (LONG)Block->Front;

    if (Offset < 0 || (SIZE_T)Offset >= Block->Size)
        return TRUE;
    return (BOOLEAN)(Filled != 0 &&
                     ((ULONG)Offset < Filled || (SIZE_T)Offset + MC_FILL_TAIL >= Block->Size));
}

/* A few bytes are changed; McDamage must say which, and nothing else. */
static void DamageIt(MC_FINDING *Finding)
{
    MC_DAMAGE *Damage = &Finding->Damage;
    MC_BLOCK *Block = &Finding->Block;
    UCHAR Changed[RAW_MOST] = {0};
    ULONG Filled, Index, Times, Start, Length, Whole, Count = 0;
    LONG First = 0, Last = 0;
    UCHAR *Raw;

    memset(Finding, 0, sizeof(*Finding));
    Raw = MakeRaw(Block, &Filled);
    Whole = (ULONG)(Block->Front + Block->Size + Block->Rear);
    for (Times = FuzzBelow(Now.In, 24); Times != 0; Times--) {
        Index = FuzzUlong(Now.In) % Whole;
        Raw[Index] ^= (UCHAR)(FuzzByte(Now.In) | 1); /* once more may put it right again */
        Changed[Index] ^= 1;
    }
    for (Index = 0; Index < Whole; Index++) /* so it is made sure */
        if (Changed[Index] != 0 && !IsOurs(Block, Filled, Index))
            Changed[Index] = 0;
    Start = FuzzUlong(Now.In) % Whole;
    Length = FuzzUlong(Now.In) % (Whole - Start + 1);
    for (Index = Start; Index < Start + Length; Index++) {
        const LONG Offset = (LONG)Index - (LONG)Block->Front;
        const UCHAR Expected = Offset >= 0 && (SIZE_T)Offset < Block->Size
                                   ? MC_FILL_BYTE
                                   : McGuardByte((ULONG_PTR)Raw + Index);

        if (!IsOurs(Block, Filled, Index) || Raw[Index] == Expected)
            continue;
        First = Count == 0 ? Offset : First;
        Last = Offset;
        Count++;
    }
    McDamage(Block, Filled, (LONG_PTR)Start - (LONG_PTR)Block->Front, Length, Damage);
    FUZZ_CHECK(Damage->Changed == Count, "%zu bytes changed, not %u", Damage->Changed, Count);
    if (Count != 0) {
        FUZZ_CHECK(Damage->First == First && Damage->Last == Last, "from %td to %td, not %d to %d",
                   Damage->First, Damage->Last, First, Last);
        FUZZ_CHECK(Damage->DumpLength <= MC_DUMP_BYTES && Damage->DumpAt <= First &&
                       First - Damage->DumpAt < 16,
                   "%u bytes shown from %td", Damage->DumpLength, Damage->DumpAt);
    }
    Finding->Kind = First < 0 ? McKindUnderrun : McKindOverrun;
    Finding->Sure = TRUE;
    free(Raw);
}

/* ---- notices and tables ---- */

static void NoticeIt(void)
{
    static const char *const Names[] = {"quarantine-kb", "plain, not verified", "a",
                                        "calls above DISPATCH_LEVEL, lost"};
    MC_NUMBER Numbers[40];
    ULONG Count = FuzzBelow(Now.In, 41);
    ULONG Index;

    for (Index = 0; Index < Count; Index++) {
        Numbers[Index].Name = Names[Index % 4];
        Numbers[Index].Value = Word();
    }
    McNoticeUser(Text());
    McNotice(Text());
    FuzzOutput(2 * (TEXT_BYTES + 1)); /* a line for each of the text's lines */
    if (Count <= 4)                   /* a key stands once */
        McNoticeNumbers("checked", Numbers, Count);
    FuzzOutput(40);
}

static void TableIt(void)
{
    MC_ROW Row;
    ULONG Index;

    memset(&Row, 0, sizeof(Row));
    Row.Kind = (MC_ROW_KIND)FuzzBelow(Now.In, McRowSite + 1);
    Row.Tag = FuzzUlong(Now.In);
    MakeSite(&Row.Site);
    Row.Live = Number();
    Row.LiveBytes = Word();
    Row.Counted = Flag();
    Row.Peak = Number();
    Row.PeakBytes = Word();
    for (Index = 0; Index < 2; Index++) {
        Row.Made[Index] = Number();
        Row.MadeBytes[Index] = Number();
        Row.Freed[Index] = Number();
    }
    McTableTitle(Row.Kind);
    McTableRow(&Row);
    FuzzOutput(20);
}

static void SitesIt(void)
{
    ULONG Count = FuzzBelow(Now.In, 5);
    MC_SITE Sites[4];
    SIZE_T Blocks[4];
    ULONG Index;

    for (Index = 0; Index < Count % 5 && Index < 4; Index++) {
        memset(&Sites[Index], 0, sizeof(Sites[Index]));
        MakeSite(&Sites[Index]);
        Blocks[Index] = Word();
    }
    Count = Index;
    McNoticeSitesBegin();
    for (Index = 0; Index < Count; Index++)
        McNoticeSite(&Sites[Index], Blocks[Index]);
    McNoticeSitesEnd();
    for (Index = 0; Index < Count; Index++)
        McNoticeSiteKeys(&Sites[Index], Blocks[Index]);
    FuzzOutput(10 + 30 * 4);
}

/* ---- an input ---- */

static void OneItem(void)
{
    MC_FINDING *Finding = &Now.Finding;

    switch (FuzzBelow(Now.In, 12)) {
    case 0:
    case 1:
    case 2: MakeFinding(Finding); break;
    case 3: DamageIt(Finding); break;
    case 4:
        MakeBlock(&Finding->Block);
        McNoticeBlock(Flag() ? "live" : "freed", &Finding->Block);
        FuzzOutput(20);
        return;
    case 5: NoticeIt(); return;
    case 6: TableIt(); return;
    case 7: SitesIt(); return;
    case 8: McReportSettings(Flag(), Flag(), 1 + FuzzBelow(Now.In, MC_STACK_MOST), FALSE); return;
    case 9:
        McReportRepeats();
        FuzzOutput(ITEMS * 10);
        return;
    case 10: MakeContext(); return;
    default: Finding->Kind = (MC_KIND)OneOf(McKinds); break; /* the same otherwise */
    }
    DiagnoseIt(Finding);
    DescribeIt(Finding);
    SubmitIt(Finding);
}

int LLVMFuzzerTestOneInput(const uint8_t *Data, size_t Size)
{
    FUZZ_INPUT In = {Data, Data + Size};
    ULONG Items;

    memset(&Now, 0, sizeof(Now));
    Now.In = &In;
    FuzzBegin(NULL);
    McOsStart();
    McOptionsReset();
    McPatternStart(McOsSecret());
    FUZZ_CHECK(McStackStart(), "no memory for stacks");
    MakeContext();
    McReportStart(Text());
    MakeStacks();
    for (Items = 0; Items < ITEMS && FuzzMore(&In); Items++)
        OneItem();
    McStackStop();
    McOwnStop();
    FUZZ_CHECK(SimPoolReset(), "memory was left over");
    FuzzEnd();
    return 0;
}
