/* session.c - MEM_CHECK_INIT, options, MEM_CHECK_EXIT, and what comes after it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"
#include "mcroutines.h"

#define MD_FILE  "session.c"
#define MD_LEAKS 200 /* owned blocks that EXIT may find; it remembers 256 */

/* ---- options ---- */

static ULONG OneOf(const ULONG *Values, ULONG Count)
{
    return Values[MdRandom(Count)];
}

#define MD_ONE_OF(...) \
    OneOf((const ULONG[]){__VA_ARGS__}, sizeof((ULONG[]){__VA_ARGS__}) / sizeof(ULONG))

/* Those that may change at any time; while several threads run, nothing that makes verdicts depend
 * on what the others do. */
static void ChooseAny(MD_OPTIONS *Options)
{
    const BOOLEAN Alone = Md.Threads == 1;

    Options->DoubleFrees = !Alone || !MdOneIn(6);
    Options->QuarantineKb = MD_ONE_OF(0, 4, 16, 64);
    Options->QuarantineBlocks = MD_ONE_OF(4096, 8, 40, 200);
    Options->Fill = MD_ONE_OF(512, 512, 0, 128, 1048576);
    Options->Patrol = MD_ONE_OF(1, 1, 0, 4);
    Options->PatrolEvery = MD_ONE_OF(16, 16, 1, 3);
    Options->CheckEvery = MD_ONE_OF(0, 0, 0, 50);
    Options->Neighbours = MdOneIn(2);
    Options->Slice = MD_ONE_OF(1024, 0, 8);
    Options->Repair = Alone && MdOneIn(3);
    Options->FreePrint = MdOneIn(10);
}

static void ChooseStart(MD_OPTIONS *Options)
{
    memset(Options, 0, sizeof(*Options));
    Options->Redzone = MD_ONE_OF(16, 16, 64, 240);
    Options->Retired = MD_ONE_OF(1024, 1024, 64);
    Options->Stacks = MD_ONE_OF(0, 1, 8);
    Options->Statistics = MdOneIn(2);
    Options->Lists = MdOneIn(2);
    Options->Learn = Md.Threads == 1 && Options->Stacks < 2 && MdOneIn(2) ? 3 : 0;
    ChooseAny(Options);
}

void MdOptionsSay(BOOLEAN Starting)
{
    const MD_OPTIONS *O = &Md.Options;
    char Text[1000];
    int Length;

    Length =
        snprintf(Text, sizeof(Text),
                 "double-frees=%u,quarantine-kb=%u,quarantine-blocks=%u,fill=%u,patrol=%u,"
                 "patrol-every=%u,check-every=%u,neighbours=%u,slice=%u,repair=%u,"
                 "free-print=%u",
                 O->DoubleFrees, O->QuarantineKb, O->QuarantineBlocks, O->Fill, O->Patrol,
                 O->PatrolEvery, O->CheckEvery, O->Neighbours, O->Slice, O->Repair, O->FreePrint);
    if (Starting) {
        Length += snprintf(Text + Length, sizeof(Text) - (size_t)Length,
                           ",redzone=%u,retired=%u,stacks=%u,statistics=%u,learn=%u", O->Redzone,
                           O->Retired, O->Stacks, O->Statistics, O->Learn);
        if (O->Lists) {
            snprintf(Text + Length, sizeof(Text) - (size_t)Length,
                     ",owned-tags=MdOw,system-tags=MdSy,skip-tags=MdSk");
        }
    }
    MdNote("options %s", Text);
    SimOptions(Text);
}

void MdOptionsChange(MD_OP *Op)
{
    const BOOLEAN Held = Md.Options.DoubleFrees;

    MdSettle(Op);
    MdBegin(Op, PASSIVE_LEVEL);
    if (Md.Threads == 1) {
        ChooseAny(&Md.Options);
    }
    MdOptionsSay(FALSE);
    MdLock();
    if (Held && !Md.Options.DoubleFrees) {
        MdDrainQuarantine(FALSE);
        MdDrainQuarantine(TRUE);
    }
    MdUnlock();
    McReadOptions(MD_FILE, 1, "Options");
    MdEnd(Op);
}

/* ---- INIT ---- */

static void Forget(void)
{
    ULONG Index;

    for (Index = 0; Index < Md.BlockCount; Index++) {
        free(Md.Blocks[Index].Guard);
    }
    Md.BlockCount = Md.RetiredCount = 0;
    memset(Md.Sites, 0, sizeof(Md.Sites));
    Md.Allocations = Md.Untracked = Md.Unwatched = Md.PoolFailed = Md.Drained = 0;
    Md.ForeignFrees = Md.HandedOver = Md.Elsewhere = Md.ForSystem = Md.Deferred = 0;
    Md.Loose = FALSE;
    memset(Md.Remembered, 0, sizeof(Md.Remembered));
}

void MdSessionStart(MD_OP *Op)
{
    static ULONG Sessions;

    Forget();
    Md.Sites[0].Made = ++Sessions; /* no line is 0: checkpoints are of a session */
    ChooseStart(&Md.Options);
    MdBegin(Op, PASSIVE_LEVEL);
    Op->Starting = TRUE;
    MdOptionsSay(TRUE);
    MdNote("INIT");
    McInit(MD_FILE, 2, "Init");
    MdEnd(Op);
    Md.On = TRUE;
}

/* ---- EXIT ---- */

static BOOLEAN IsLive(const MD_BLOCK *Block, BOOLEAN Owned)
{
    return Block->State == MdLive && (Block->Front != 0) == Owned;
}

static ULONG Live(BOOLEAN Owned)
{
    ULONG Index, Count = 0;

    for (Index = 0; Index < Md.BlockCount; Index++) {
        Count += IsLive(&Md.Blocks[Index], Owned);
    }
    return Count;
}

/* EXIT frees what it can remember. */
static void FreeDown(MD_OP *Op)
{
    ULONG Index, Most = MdRandom(MD_LEAKS);
    ULONG Count = Live(TRUE);

    for (Index = 0; Index < Md.BlockCount && Count > Most; Index++) {
        if (IsLive(&Md.Blocks[Index], TRUE)) {
            MdDoFreeRight(Op, &Md.Blocks[Index], PASSIVE_LEVEL);
            Count--;
        }
    }
}

/* What is not known to be the system's is told of. */
static void WantLeak(MD_BLOCK *Block)
{
    MD_SITE *Site = &Md.Sites[Block->Line];

    if (Block->Front == 0 && (Block->ForSystem || Site->Elsewhere != 0)) {
        Md.ForSystem++;
    } else {
        Site->LeaksWanted++;
        Site->BytesWanted += Block->Size;
    }
}

static void UnwantLeak(MD_BLOCK *Block)
{
    MD_SITE *Site = &Md.Sites[Block->Line];

    if (Block->ForSystem || Site->Elsewhere != 0) {
        Md.ForSystem--;
    } else {
        Site->LeaksWanted--;
        Site->BytesWanted -= Block->Size;
    }
}

void MdPlainLeaks(BOOLEAN Want)
{
    ULONG Index;

    for (Index = 0; Index < Md.BlockCount; Index++) {
        MD_BLOCK *Block = &Md.Blocks[Index];

        if (Block->State == MdLive && Block->Front == 0) {
            if (Want) {
                WantLeak(Block);
            } else {
                UnwantLeak(Block);
            }
        }
    }
}

static void ExpectLeaks(MD_OP *Op)
{
    ULONG Index, Remembered = 0;

    for (Index = 0; Index < Md.BlockCount; Index++) {
        MD_BLOCK *Block = &Md.Blocks[Index];

        if (Block->State != MdLive) {
            continue;
        }
        WantLeak(Block);
        if (Block->Front != 0) {
            MdMustReport(Block, 1u << MdFront | 1u << MdRear);
            Block->State = MdLeaving;
            Op->Leaves[Op->LeaveCount++] = Block;
            Md.Remembered[Remembered++].User = Block->User;
        }
    }
}

static void CheckLeaks(void)
{
    ULONG Line, Told = 0, Wanted = Md.ForSystem;
    BOOLEAN ByLine = Md.Options.Stacks < 2 && !Md.Loose;

    for (Line = 1; Line < MD_LINES; Line++) {
        const MD_SITE *Site = &Md.Sites[Line];

        Told += Site->Leaks;
        Wanted += Site->LeaksWanted;
        if (ByLine && (Site->Leaks != Site->LeaksWanted || Site->Bytes != Site->BytesWanted)) {
            MdFail("line %u leaks %u blocks, %llu bytes; EXIT tells of %u, %llu", Line,
                   Site->LeaksWanted, (ULONGLONG)Site->BytesWanted, Site->Leaks,
                   (ULONGLONG)Site->Bytes);
        }
    }
    if (Told > Wanted) {
        MdFail("EXIT tells of %u leaks, and %u blocks are in use", Told, Wanted);
    }
}

/* Plain ones stay what they were: the driver's, or somebody's. */
static void KeepPlain(void)
{
    ULONG Index;

    for (Index = 0; Index < Md.BlockCount; Index++) {
        MD_BLOCK *Block = &Md.Blocks[Index];

        if (Block->State == MdLive && !Block->Stale) {
            MdOtherAdd(Block->Raw, Block->RawSize, Block->Tag, FALSE, Block->Paged);
        }
        if (Block->State == MdHeld || Block->State == MdDeferred || Block->State == MdLeaving) {
            MdFail("block %p is still held back after EXIT", (PVOID)Block->User);
        }
    }
    if (Md.MetaBlocks != 0) {
        MdFail("%d blocks of MemCheck's own are left after EXIT", Md.MetaBlocks);
    }
}

static void DoExit(MD_OP *Op)
{
    MdSettle(Op);
    MdBegin(Op, PASSIVE_LEVEL);
    Op->Ending = TRUE;
    MdNote("EXIT");
    MdLock();
    MdDrainQuarantine(FALSE);
    MdDrainQuarantine(TRUE);
    ExpectLeaks(Op);
    MdUnlock();
    McExit(MD_FILE, 3, "Exit");
    MdEnd(Op);
    Md.On = FALSE;
    CheckLeaks();
    KeepPlain();
}

/* ---- after EXIT ---- */

/* One of the blocks that EXIT freed: said, and stopped, but where the address was handed out since;
 * then that free may be the new block's, which it goes to the pool for. */
static void FreeRemembered(MD_OP *Op)
{
    const ULONG Index = MdRandom(32);
    const ULONG_PTR P = Md.Remembered[Index].User;

    if (P == 0) {
        return;
    }
    MdBegin(Op, PASSIVE_LEVEL);
    MdNote("free %p after EXIT", (PVOID)P);
    if (!Md.Remembered[Index].Another) {
        MdExpect(McKindAfterExitFree, TRUE, P, 0, McReasonAfterExit);
    } else {
        MdExpect(McKindWrongOrder, TRUE, P, 0, McReasonAfterExit);
        MdOp->Passes[0] = (MD_PASS){.P = P, .Routine = McExFreePool, .Must = TRUE};
        MdOp->PassCount = 1;
        Md.Remembered[Index].Another = FALSE;
    }
    McFree((PVOID)P, MD_FILE, 4, "After");
    MdEnd(Op);
}

static void AllocateAfter(MD_OP *Op)
{
    MD_REQUEST *Request = &Op->Request;
    ULONG_PTR P;
    ULONG Index;

    MdBegin(Op, PASSIVE_LEVEL);
    MdNote("allocate after EXIT");
    Request->Wanted = TRUE;
    Request->Routine = McExAllocatePool;
    Request->Size = 16 + MdRandom(200);
    MdExpect(McKindWrongOrder, TRUE, 0, 0, McReasonAfterExit);
    P = (ULONG_PTR)McAllocate(NonPagedPool, Request->Size, MD_FILE, 5, "After");
    if (P != Request->Result) {
        MdFail("%p is not what the pool gave, %p", (PVOID)P, (PVOID)Request->Result);
    }
    MdOtherAdd(P, Request->Size, 0, FALSE, FALSE);
    for (Index = 0; Index < MD_REMEMBERED; Index++) {
        Md.Remembered[Index].Another |= Md.Remembered[Index].User == P;
    }
    MdEnd(Op);
}

static void CheckAfter(MD_OP *Op)
{
    MdBegin(Op, PASSIVE_LEVEL);
    MdNote("EXIT after EXIT");
    MdExpect(McKindWrongOrder, TRUE, 0, 0, McReasonAfterExit);
    McExit(MD_FILE, 6, "After");
    MdEnd(Op);
}

void MdSessionEnd(MD_OP *Op)
{
    const char *Wrong;
    ULONG Index;

    FreeDown(Op);
    DoExit(Op);
    Wrong = MdInsideCounts();
    if (Wrong != NULL) {
        MdFail("after EXIT: %s", Wrong);
    }
    MdAudit();
    for (Index = 0; Index < 6; Index++) {
        switch (MdRandom(4)) {
        case 0: AllocateAfter(Op); break;
        case 1: CheckAfter(Op); break;
        default: FreeRemembered(Op);
        }
    }
    MdAudit();
}
