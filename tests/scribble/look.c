/* look.c - MemCheck looks; what it finds is compared with what there is. */
#include <stdio.h>
#include <string.h>
#include "scribble.h"
#define POOL_FLAG_REQUIRED_END 0x80000000ull
#include "memcheck_replace.h"

#define COLUMNS         100 /* of a line for people */
#define COLUMNS_MACHINE 400
#define LINES           40 /* of one finding, at the most */

const char *const ScLookNames[] = {"check", "list",  "dispatch", "patrol", "check-every",
                                   "free",  "flush", "exit",     NULL};

/* ---- findings ---- */

BOOLEAN ScPrinted;

static SC_DAMAGE Found[SC_DAMAGES], Expected[SC_DAMAGES];
static ULONG FoundCount, ExpectedCount, OtherCount;
static BOOLEAN Operating; /* blocks come and go that are on no map */
static BOOLEAN Released;  /* blocks of the map leave it, and their bytes change */
static MC_FINDING Described;

static void TakeDamage(const MC_FINDING *Finding)
{
    SC_DAMAGE *Damage = &Found[FoundCount++];

    Damage->Kind = Finding->Kind;
    Damage->User = (const UCHAR *)Finding->Block.User;
    Damage->First = Finding->Damage.First;
    Damage->Last = Finding->Damage.Last;
    Damage->Changed = Finding->Damage.Changed;
    Damage->Sure = Finding->Sure;
    if (Finding->Address != Finding->Block.User + (ULONG_PTR)Finding->Damage.First) {
        ScFail("address %p is not the first changed byte", (PVOID)Finding->Address);
    }
}

/* Who is named as a neighbour, or as who did it, is there. */
static void JudgeNeighbour(const MC_NEIGHBOUR *Neighbour)
{
    const SC_BLOCK *Block;

    if (Neighbour->Number == 0) {
        return;
    }
    Block = ScBlockAt((const UCHAR *)Neighbour->User);
    if (Operating) {
        return;
    }
    if (Block == NULL || Block->P != (PUCHAR)Neighbour->User || Block->Size != Neighbour->Size) {
        ScFail("neighbour %p is no block", (PVOID)Neighbour->User);
    }
}

/* Who is said to have done it probably: one that is damaged on that side, or not watched there. */
static void JudgeCulprit(const MC_FINDING *Finding)
{
    const MC_NEIGHBOUR *By = &Finding->Before;
    SC_ZONE Side = ScRear;
    const SC_BLOCK *Block;

    if (Finding->Culprit == McCulpritNone || Operating) {
        return;
    }
    if (Finding->Culprit >= McCulpritAfter) {
        By = &Finding->After;
        Side = ScFront;
    }
    Block = ScBlockAt((const UCHAR *)By->User);
    if (Block == NULL) {
        return; /* JudgeNeighbour has said so */
    }
    if (Finding->Culprit == McCulpritBefore || Finding->Culprit == McCulpritAfter) {
        if (Block->State != ScPlain && Block->State != ScPlainHeld) {
            ScFail("%p is suspected, and was watched", Block->P);
        }
    } else if (!Released && !ScIsDamaged(Block->P, Side)) {
        ScFail("%p is suspected, and is not damaged there", Block->P);
    }
}

VOID McTestReport(const MC_FINDING *Finding)
{
    if (ScOwnWriting) {
        ScOwnJudge(Finding->Kind);
        return;
    }
    switch (Finding->Kind) {
    case McKindOverrun:
    case McKindUnderrun:
    case McKindWriteAfterFree:
        if (FoundCount == SC_DAMAGES) {
            ScFail("more findings than there can be");
            return;
        }
        TakeDamage(Finding);
        JudgeNeighbour(&Finding->Before);
        JudgeNeighbour(&Finding->After);
        if (Finding->Damage.Look == McLookBlock) {
            JudgeNeighbour(&Finding->Pointed);
        }
        JudgeCulprit(Finding);
        break;
    case McKindDescribe:
        Described = *Finding;
        OtherCount++;
        break;
    case McKindBadRequest: /* 0 bytes, as the scene asks for */
    case McKindBadAccess:  /* asked of what is not in use */
    case McKindLeak:       /* where EXIT is the first to look */
    case McKindLeakSite: OtherCount++; break;
    default: ScFail("found: %s", McKindMachineName(Finding->Kind));
    }
}

void ScForget(void)
{
    FoundCount = OtherCount = 0;
    SimOutputClear();
}

/* So much text, and no longer lines, for so many findings. */
static void JudgeOutput(ULONG Damages)
{
    const ULONG Findings = Damages + OtherCount;
    SIM_OUTPUT Line;
    ULONG Index;

    if (SimOutputCount() > (Findings + 1) * LINES + 4 * SC_BLOCKS) {
        ScFail("%u lines for %u findings", (unsigned)SimOutputCount(), (unsigned)Findings);
    }
    for (Index = 0; SimOutputEntry(Index, &Line); Index++) {
        const size_t Most = strncmp(Line.Text, "memcheck: ", 10) == 0 ? COLUMNS_MACHINE : COLUMNS;

        if (strlen(Line.Text) > Most + 1 || Line.Cut) {
            ScFail("a line is too long: %s", Line.Text);
        }
    }
}

/* Where each finding is printed: the line for programs says the same of it. */
static void JudgeLine(const SC_DAMAGE *Damage)
{
    char Text[160];

    if (!ScPrinted) {
        return;
    }
    snprintf(Text, sizeof(Text), " kind=%s sure=%s addr=0x%lx ", McKindMachineName(Damage->Kind),
             Damage->Sure ? "yes" : "no", (unsigned long)(ULONG_PTR)Damage->User);
    if (SimOutputFind(Text) != 1) {
        ScFail("%u lines with%s", (unsigned)SimOutputFind(Text), Text);
    }
    snprintf(Text, sizeof(Text), " at=%ld len=%lu ", (long)Damage->First,
             (unsigned long)Damage->Changed);
    if (SimOutputFind(Text) == 0) {
        ScFail("no line with%s", Text);
    }
}

static BOOLEAN Same(const SC_DAMAGE *A, const SC_DAMAGE *B)
{
    return A->Kind == B->Kind && A->User == B->User && A->First == B->First && A->Last == B->Last &&
           A->Changed == B->Changed && A->Sure == B->Sure;
}

static void Say(const char *What, const SC_DAMAGE *Damage)
{
    ScFail("%s: %s of %p, bytes %ld to %ld, %lu changed, sure %u", What,
           McKindMachineName(Damage->Kind), Damage->User, (long)Damage->First, (long)Damage->Last,
           (unsigned long)Damage->Changed, Damage->Sure);
}

void ScRemember(void)
{
    Operating = Released = FALSE;
    ExpectedCount = ScExpected(Expected);
}

void ScCompare(BOOLEAN PlainToo)
{
    ULONG Index, Other;

    JudgeOutput(ExpectedCount);
    for (Index = 0; Index < ExpectedCount; Index++) {
        if (!Expected[Index].Sure && !PlainToo) {
            continue;
        }
        for (Other = 0; Other < FoundCount && !Same(&Expected[Index], &Found[Other]);) {
            Other++;
        }
        if (Other == FoundCount) {
            Say("not found", &Expected[Index]);
        } else {
            Found[Other] = Found[--FoundCount];
            JudgeLine(&Expected[Index]);
        }
    }
    for (Other = 0; Other < FoundCount; Other++) {
        Say("found, and not there", &Found[Other]);
    }
    ScForget();
}

void ScNothing(void)
{
    ULONG Index;

    for (Index = 0; Index < FoundCount; Index++) {
        Say("found again, or where nothing is", &Found[Index]);
    }
    JudgeOutput(0);
    ScForget();
}

/* A block counts once, however many of its zones are damaged. */
static void JudgeCount(ULONG Damaged)
{
    ULONG Index, Other, Blocks = 0;

    for (Index = 0; Index < ExpectedCount; Index++) {
        for (Other = 0; Other < Index && Expected[Other].User != Expected[Index].User;) {
            Other++;
        }
        Blocks += Other == Index && Expected[Index].Sure;
    }
    if (Blocks != Damaged) {
        ScFail("MEM_CHECK gives %u, %u blocks are damaged", (unsigned)Damaged, (unsigned)Blocks);
    }
}

/* ---- looking ---- */

/* Operations enough for a patrol's round, whatever its pace. */
static void Operate(ULONG Pairs)
{
    Operating = TRUE;
    while (Pairs-- > 0) {
        PVOID P = MEM_ALLOCATE_WITH_TAG(ScBlocks[0].Pool, 24, SC_TAG);

        MEMCHECK_FREE_WITH_TAG(P, SC_TAG);
    }
}

static void Options(const char *String)
{
    SimOptions(String);
    MEM_CHECK_OPTIONS();
}

void ScLook(SC_LOOK Look)
{
    KIRQL Irql;

    switch (Look) {
    case ScByCheck: JudgeCount(MEM_CHECK()); break;
    case ScByList: MEM_LIST_DISPLAY(); break;
    case ScAtDispatch: /* paged blocks then by the check below it */
        KeRaiseIrql(DISPATCH_LEVEL, &Irql);
        (void)MEM_CHECK();
        KeLowerIrql(Irql);
        (void)MEM_CHECK();
        break;
    case ScByPatrol:
        Options("patrol=64,patrol-every=1");
        Operate(200);
        break;
    case ScByCheckEvery:
        Options("patrol=0,check-every=1");
        Operate(1);
        Options("check-every=0");
        break;
    case ScByFlush:
        Released = TRUE;
        Options("no-double-frees");
        break;
    case ScByFree:
        Released = TRUE;
        ScFreeAll();
        break;
    case ScByExit:
        Released = TRUE;
        MEM_CHECK_EXIT();
        break;
    default: break;
    }
}

/* ---- questions ---- */

void ScDescribe(SIZE_T Offset)
{
    const UCHAR *Address = ScSpan + Offset;
    const SC_BLOCK *Block = ScBlockAt(Address);

    memset(&Described, 0, sizeof(Described));
    MEM_DESCRIBE(Address);
    if (Described.Kind != McKindDescribe || Described.Address != (ULONG_PTR)Address) {
        ScFail("MEM_DESCRIBE says nothing of %p", Address);
    } else if (Block != NULL) {
        if (Described.Block.User != (ULONG_PTR)Block->P || Described.Block.Size != Block->Size) {
            ScFail("MEM_DESCRIBE names %p for %p, which is in %p", (PVOID)Described.Block.User,
                   Address, Block->P);
        }
    } else if (Described.Block.Number != 0 && Described.Block.State != McStateRetired) {
        ScFail("MEM_DESCRIBE names %p for %p, which is in no block", (PVOID)Described.Block.User,
               Address);
    }
}
