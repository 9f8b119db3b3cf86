/*
 * Every kind of report, and its important variations, compared to the byte with
 * tests/golden/NAME.txt. The findings are invented: no block, no platform. GOLDEN_UPDATE=1 in the
 * environment rewrites the files; read the difference before you commit it. On 32-bit, the cases
 * marked Both only, with files of their own (tests/golden/32/). words.txt has every word. Run from
 * the top of the tree, or set GOLDEN_DIR.
 */
#include "test_report_fake.h"

#define WIDE(High, Low) (((sizeof(ULONG_PTR) > 4 ? (ULONG_PTR)(High) : 0) << 16 << 16) | (Low))
#define USER            WIDE(0xfffffa80, 0x81c2a040u)
#define IMAGE           WIDE(0xfffff880, 0xf4a00000u)
#define TAG(A, B, C, D) ((ULONG)(A) | ((ULONG)(B) << 8) | ((ULONG)(C) << 16) | ((ULONG)(D) << 24))

static MC_REPORT_CONTEXT Context;

static void BaseEvent(MC_EVENT *Event, const char *File, ULONG Line, const char *Function,
                      ULONG_PTR Offset, ULONG Ticks, UCHAR Processor)
{
    Event->Site.File = File;
    Event->Site.Line = Line;
    Event->Site.Function = Function;
    Event->Site.ReturnAddress = Offset != 0 ? IMAGE + Offset : 0;
    Event->Thread = 0x1a4;
    Event->Ticks = Ticks;
    Event->Processor = Processor;
    Event->Irql = 0;
}

/* A finding about a live 100-byte buffer, found by a free. */
static void Base(MC_FINDING *F, MC_KIND Kind)
{
    memset(F, 0, sizeof(*F));
    F->Kind = Kind;
    F->Sure = TRUE;
    F->By = McByFree;
    F->Action = McActionGoOn;
    F->Address = USER;
    F->Where = McWhereStart;
    BaseEvent(&F->Found, "c:\\ddk\\src\\faulty\\driver.c", 212, "DeviceClose", 0x2345, 1787, 1);
    F->Block.User = USER;
    F->Block.Size = 100;
    F->Block.Front = 16;
    F->Block.Rear = 28;
    F->Block.PoolType = 0;
    F->Block.Tag = TAG('I', 'r', 'p', 'x');
    F->Block.Number = 1042;
    F->Block.State = McStateLive;
    BaseEvent(&F->Block.Allocated, "../faulty/driver.c", 101, "DeviceOpen", 0x1234, 1077, 0);
}

static void Freed(MC_FINDING *F)
{
    F->Block.State = McStateQuarantined;
    BaseEvent(&F->Block.Freed, "driver.c", 150, "DeviceCleanup", 0x1999, 1500, 1);
    F->Block.Freed.Irql = 2;
}

static void NoBlock(MC_FINDING *F, ULONG_PTR Address)
{
    memset(&F->Block, 0, sizeof(F->Block));
    F->Where = McWhereNowhere;
    F->Address = Address;
}

/* Bytes First..Last are changed to Value; around them the driver's bytes are 'a', intact guards. */
static void Damaged(MC_FINDING *F, LONG_PTR First, LONG_PTR Last, int Value)
{
    MC_DAMAGE *D = &F->Damage;
    LONG_PTR At;
    unsigned Index;

    D->First = First;
    D->Last = Last;
    D->Changed = (SIZE_T)(Last - First + 1);
    D->DumpAt = First & ~(LONG_PTR)15;
    D->DumpLength = (ULONG)((Last & ~(LONG_PTR)15) - D->DumpAt + 16);
    if (D->DumpLength > MC_DUMP_BYTES) {
        D->DumpLength = MC_DUMP_BYTES;
    }
    for (Index = 0; Index < D->DumpLength; Index++) {
        At = D->DumpAt + (LONG_PTR)Index;
        if (At >= First && At <= Last) {
            D->Marked[Index] = 1;
            D->Found[Index] = (UCHAR)Value;
            D->Expected[Index] = (UCHAR)(0xb0 + (At & 15));
        } else if (At < 0 || At >= (LONG_PTR)F->Block.Size || F->Kind == McKindWriteAfterFree) {
            D->Marked[Index] = 2;
            D->Found[Index] = At < 0 || At >= (LONG_PTR)F->Block.Size ? 0xb4 : 0xa7;
        } else {
            D->Found[Index] = 'a';
        }
    }
    F->Address = F->Block.User + (ULONG_PTR)First;
    F->Where = First < 0                          ? McWhereFront
               : First >= (LONG_PTR)F->Block.Size ? McWhereRear
                                                  : McWhereInside;
}

/* ---- the cases ---- */

static void Overrun(MC_FINDING *F)
{
    Base(F, McKindOverrun);
    F->Action = McActionKept;
    Damaged(F, 100, 103, 'a');
    F->Block.IntactCheck = 17;
    F->Block.IntactTicks = 1735;
}

/* The option repair. */
static void OverrunRepaired(MC_FINDING *F)
{
    Overrun(F);
    F->Action = McActionKeptRepaired;
}

static void OverrunNul(MC_FINDING *F)
{
    Base(F, McKindOverrun);
    F->By = McByCheck;
    Damaged(F, 100, 100, 0);
}

static void OverrunOne(MC_FINDING *F)
{
    Base(F, McKindOverrun);
    F->By = McByList;
    F->Block.Size = 11;
    F->Block.Rear = 21;
    Damaged(F, 11, 11, 'x');
}

static void OverrunMany(MC_FINDING *F)
{
    Base(F, McKindOverrun);
    F->By = McByFreeWithTag;
    F->Block.PoolType = 1;
    F->Block.Rear = 300;
    Damaged(F, 100, 390, '%');
    F->Damage.Changed = 64;
    F->Damage.Marked[10] = 2;
    F->Damage.Found[10] = 0xb1;
}

static void OverrunZero(MC_FINDING *F)
{
    Base(F, McKindOverrun);
    F->Block.Size = 0;
    F->Block.Rear = 16;
    Damaged(F, 0, 7, 0);
}

static void OverrunPlain(MC_FINDING *F)
{
    Base(F, McKindOverrun);
    F->Sure = FALSE;
    F->Reason = McReasonPlain;
    F->Action = McActionPassed;
    F->Block.Front = 0;
    Damaged(F, 101, 102, 0x80);
}

static void OverrunNoFile(MC_FINDING *F)
{
    Overrun(F);
    F->Found.Site.File = NULL;
    F->Found.Site.Function = NULL;
    F->Found.Site.Line = 0;
    F->Block.Allocated.Site.File = NULL;
    F->Block.Allocated.Site.Function = NULL;
    F->Block.Allocated.Site.Line = 0;
    F->Block.Allocated.Site.ReturnAddress = WIDE(0xfffff800, 0x82345678u);
}

static void OverrunUnknown(MC_FINDING *F)
{
    OverrunNoFile(F);
    F->Found.Site.ReturnAddress = 0;
    F->Block.Allocated.Site.ReturnAddress = 0;
    F->Block.Tag = 0;
    F->By = McByNobody;
    F->Action = McActionNone;
}

static void OverrunQuarantine(MC_FINDING *F)
{
    Base(F, McKindOverrun);
    Freed(F);
    F->By = McByQuarantine;
    F->Action = McActionReleased;
    F->Block.State = McStateLeaving;
    Damaged(F, 100, 100, 0);
}

static void Underrun(MC_FINDING *F)
{
    Base(F, McKindUnderrun);
    F->Action = McActionKept;
    Damaged(F, -4, -1, 0xff);
    F->Block.Allocated.Irql = 2;
    F->Found.Irql = 2;
    F->Block.IntactCheck = 3;
    F->Block.IntactTicks = 1080;
}

static void WriteAfterFree(MC_FINDING *F)
{
    Base(F, McKindWriteAfterFree);
    Freed(F);
    F->By = McByQuarantine;
    F->Action = McActionReleased;
    F->Block.State = McStateLeaving;
    Damaged(F, 8, 11, 0);
}

static void WriteAfterFreeAtExit(MC_FINDING *F)
{
    Base(F, McKindWriteAfterFree);
    Freed(F);
    F->By = McByExit;
    F->Block.PoolType = 1;
    Damaged(F, 40, 40, 'Z');
}

static void WriteAfterFreeRepaired(MC_FINDING *F)
{
    WriteAfterFree(F);
    F->By = McByCheck;
    F->Action = McActionRepaired;
    F->Block.State = McStateQuarantined;
}

/* ---- when: the look that found it, and the one before that ---- */

static void IntactAlloc(MC_FINDING *F)
{
    Base(F, McKindOverrun);
    F->Action = McActionKept;
    Damaged(F, 100, 103, 'a');
    F->Block.Intact = McIntactAlloc;
    F->Block.IntactTicks = F->Block.Allocated.Ticks;
}

static void IntactFree(MC_FINDING *F)
{
    WriteAfterFree(F);
    F->By = McByPatrol;
    F->During = McByAllocate;
    F->Action = McActionGoOn;
    F->Block.State = McStateQuarantined;
    F->Block.Intact = McIntactFree;
    F->Block.IntactTicks = F->Block.Freed.Ticks;
}

static void IntactPatrol(MC_FINDING *F)
{
    Base(F, McKindOverrun);
    F->By = McByPatrol;
    F->During = McByRoutine;
    F->Routine = McExAllocatePoolWithTag;
    Damaged(F, 100, 103, 'a');
    F->Block.Intact = McIntactPatrol;
    F->Block.IntactTicks = 1781;
}

static void IntactNeighbour(MC_FINDING *F)
{
    Underrun(F);
    F->By = McByNeighbour;
    F->During = McByFreeWithTag;
    F->Action = McActionGoOn;
    F->Block.IntactCheck = 0;
    F->Block.Intact = McIntactNeighbour;
}

static void IntactCheck(MC_FINDING *F)
{
    Overrun(F);
    F->By = McByCheckEvery;
    F->During = McByFree;
    F->Action = McActionGoOn;
}

/* Found by nobody's call, on a processor whose ticks are behind those of the last look. */
static void IntactWorker(MC_FINDING *F)
{
    Overrun(F);
    F->By = McByWorker;
    F->Action = McActionGoOn;
    memset(&F->Found.Site, 0, sizeof(F->Found.Site));
    F->Block.IntactCheck = 0;
    F->Block.IntactTicks = F->Found.Ticks + 1;
    F->Block.Intact = McIntactWorker;
}

static void DoubleFree(MC_FINDING *F)
{
    Base(F, McKindDoubleFree);
    Freed(F);
    F->Action = McActionNotPassed;
}

static void DoubleFreeRace(MC_FINDING *F)
{
    Base(F, McKindDoubleFree);
    F->Block.State = McStateFreeing;
    F->Action = McActionNotPassed;
    F->Block.Size = 8;
}

static void LateFree(MC_FINDING *F)
{
    Base(F, McKindLateFree);
    Freed(F);
    F->Block.State = McStateRetired;
    F->Sure = FALSE;
    F->Reason = McReasonReused;
    F->Action = McActionPassed;
}

static void AfterExitFree(MC_FINDING *F)
{
    Base(F, McKindAfterExitFree);
    NoBlock(F, USER);
    F->Action = McActionRaw;
}

static void InteriorFree(MC_FINDING *F)
{
    Base(F, McKindInteriorFree);
    F->Address = USER + 16;
    F->Where = McWhereInside;
    F->Action = McActionNotPassed;
}

static void RedzoneFreeFront(MC_FINDING *F)
{
    Base(F, McKindRedzoneFree);
    F->Address = USER - 8;
    F->Where = McWhereFront;
    F->Action = McActionNotPassed;
}

static void RedzoneFreeRear(MC_FINDING *F)
{
    Base(F, McKindRedzoneFree);
    F->Address = USER + 108;
    F->Where = McWhereRear;
    F->Action = McActionNotPassed;
}

static void RedzoneFreeEnd(MC_FINDING *F)
{
    RedzoneFreeRear(F);
    F->Address = USER + 100;
}

static void Wild(MC_FINDING *F, ULONG_PTR Address, MC_REASON Reason)
{
    Base(F, McKindWildFree);
    NoBlock(F, Address);
    F->Reason = Reason;
    F->Action = McActionNotPassed;
}

static void WildNull(MC_FINDING *F)
{
    Wild(F, 0, McReasonNull);
}

static void WildUser(MC_FINDING *F)
{
    Wild(F, 0x401000, McReasonUserSpace);
}

static void WildMisaligned(MC_FINDING *F)
{
    Wild(F, USER + 3, McReasonMisaligned);
}

static void WildStack(MC_FINDING *F)
{
    Wild(F, WIDE(0xfffff880, 0x94b1e6b0u), McReasonStack);
}

static void WildImage(MC_FINDING *F)
{
    Wild(F, IMAGE + 0x4010, McReasonImage);
}

static void WildOwn(MC_FINDING *F)
{
    Wild(F, USER, McReasonOwn);
}

static void ForeignFree(MC_FINDING *F)
{
    Base(F, McKindForeignFree);
    NoBlock(F, USER);
    F->Action = McActionPassed;
}

static void WrongTag(MC_FINDING *F)
{
    Base(F, McKindWrongTag);
    F->By = McByFreeWithTag;
    F->Action = McActionKept;
    F->Block.Tag = TAG('I', 'r', 'p', 'x' | 0x80);
    F->GivenTag = TAG('A', 'b', 1, 'd');
}

static void WrongTagNone(MC_FINDING *F)
{
    WrongTag(F);
    F->By = McByFree;
    F->GivenTag = 0;
}

/* What the first bytes of its block are. */
static void Sample(MC_FINDING *F, const char *Bytes, ULONG Length)
{
    F->SampleLength = Length;
    memcpy(F->Sample, Bytes, Length);
}

static void Ages(MC_FINDING *F)
{
    F->Oldest = F->Block.Number;
    F->OldestTicks = F->Block.Allocated.Ticks;
    F->Youngest = F->Block.Number + 20;
    F->YoungestTicks = F->Found.Ticks - 12;
}

static void Leak(MC_FINDING *F)
{
    Base(F, McKindLeak);
    F->By = McByExit;
    F->Action = McActionFreedAtExit;
    Sample(F, "\\Device\\Faulty0\0", 16);
}

static void LeakPlain(MC_FINDING *F)
{
    Leak(F);
    F->Sure = FALSE;
    F->Reason = McReasonPlain;
    F->Action = McActionLeftAtExit;
    F->Block.PoolType = 0x11;
    F->SampleLength = 0;
}

static void LeakPlainMany(MC_FINDING *F)
{
    LeakPlain(F);
    F->Count = 3;
    F->Bytes = 300;
    Ages(F);
}

static void LeakSite(MC_FINDING *F)
{
    Base(F, McKindLeakSite);
    F->By = McByExit;
    F->Action = McActionNone;
    F->Count = 3;
    F->Bytes = 300;
    F->Where = McWhereNowhere;
    Ages(F);
    Sample(F, "Irp \x01\0\0\0", 8);
}

/* The example was freed while the others were counted. */
static void LeakSiteNoExample(MC_FINDING *F)
{
    LeakSite(F);
    F->Block.Number = 0;
    F->SampleLength = 0;
}

static void Difference(MC_FINDING *F)
{
    LeakSite(F);
    F->Kind = McKindDifference;
    F->By = McByDifference;
    F->Checkpoint = 3;
}

/* All that is in use, of a place that may have handed its blocks over; one block only. */
static void DifferenceAll(MC_FINDING *F)
{
    Difference(F);
    F->Checkpoint = 0;
    F->Sure = FALSE;
    F->Reason = McReasonPlain;
    F->Count = 1;
    F->Bytes = F->Block.Size;
    F->Youngest = F->Oldest;
    F->SampleLength = 0;
}

static void NeverSet(MC_FINDING *F)
{
    Base(F, McKindWrongOrder);
    NoBlock(F, 0);
    F->By = McByDifference;
    F->Reason = McReasonNeverSet;
    F->Action = McActionIgnored;
}

static void BadAccessNowhere(MC_FINDING *F)
{
    Base(F, McKindBadAccess);
    NoBlock(F, USER);
    F->By = McByAccess;
}

static void BadAccessRear(MC_FINDING *F)
{
    Base(F, McKindBadAccess);
    F->By = McByAccess;
    F->Address = USER + 104;
    F->Where = McWhereRear;
}

static void BadAccessFreed(MC_FINDING *F)
{
    Base(F, McKindBadAccess);
    Freed(F);
    F->By = McByAccess;
    F->Address = USER + 16;
    F->Where = McWhereInside;
}

static void WrongIrql(MC_FINDING *F)
{
    Base(F, McKindWrongIrql);
    NoBlock(F, 0);
    F->By = McByAllocate;
    F->Reason = McReasonPagedHigh;
    F->Action = McActionPassed;
    F->Found.Irql = 2;
}

static void WrongIrqlFree(MC_FINDING *F)
{
    Base(F, McKindWrongIrql);
    F->Reason = McReasonTooHigh;
    F->Action = McActionDeferred;
    F->Found.Irql = 8;
}

static void WrongOrder(MC_FINDING *F)
{
    Base(F, McKindWrongOrder);
    NoBlock(F, 0);
    F->By = McByInit;
    F->Reason = McReasonTwice;
    F->Action = McActionIgnored;
}

static void WrongOrderEarly(MC_FINDING *F)
{
    WrongOrder(F);
    F->By = McByAllocate;
    F->Reason = McReasonUninitialised;
    F->Action = McActionPassed;
    Context.Driver[0] = '?';
    Context.Driver[1] = 0;
    Context.MicrosPerTick = 0;
}

/* ---- blocks that the system may free ---- */

/* Of no edits: the routine by the kit's name, and no front redzone. */
static void Plain(MC_FINDING *F, MC_ROUTINE Routine)
{
    F->By = McByRoutine;
    F->Routine = Routine;
    F->Sure = FALSE;
    F->Reason = McReasonPlain;
    F->Action = McActionPassed;
    F->Block.Front = 0;
}

static void OverrunPlainReleased(MC_FINDING *F)
{
    Base(F, McKindOverrun);
    Damaged(F, 100, 100, 0);
    Plain(F, McRtlFreeUnicodeString);
    F->Action = McActionReleased;
}

static void InteriorFreePlain(MC_FINDING *F)
{
    InteriorFree(F);
    Plain(F, McExFreePoolWithTag);
}

static void RedzoneFreePlain(MC_FINDING *F)
{
    RedzoneFreeRear(F);
    Plain(F, McExFreePool);
}

static void WrongTagPlain(MC_FINDING *F)
{
    WrongTag(F);
    Plain(F, McExFreePool2);
    F->Block.PoolType = 0x42;
    F->Block.Attributes = MC_BY_FLAGS;
}

static void WrongIrqlPlain(MC_FINDING *F)
{
    Base(F, McKindWrongIrql);
    Plain(F, McExFreePool);
    F->Action = McActionDeferred;
    F->Block.PoolType = 1;
    F->Found.Irql = 2;
}

static void DoubleFreeCameBack(MC_FINDING *F)
{
    DoubleFree(F);
    Plain(F, McExAllocatePoolWithTag);
    F->Sure = TRUE;
    F->Reason = McReasonCameBack;
    F->Action = McActionForgotten;
}

static void DoubleFreeOverlapped(MC_FINDING *F)
{
    DoubleFreeCameBack(F);
    F->By = McByAllocate;
    F->Sure = FALSE;
    F->Reason = McReasonOverlapped;
}

static void BadHandOver(MC_FINDING *F)
{
    Base(F, McKindBadHandOver);
    F->By = McByHandOver;
    F->Reason = McReasonFrontRedzone;
}

static void BadHandOverSeen(MC_FINDING *F)
{
    BadHandOver(F);
    F->By = McByRoutine;
    F->Routine = McIofCompleteRequest;
    F->Action = McActionIgnored;
}

/* ---- what a report says besides ---- */

/* A live 64-byte block of another place. */
static void Neighbour(MC_NEIGHBOUR *N, ULONG_PTR User, ULONG Number)
{
    MC_EVENT Event;

    BaseEvent(&Event, "src\\queue.c", 88, "QueueAdd", 0x3456, 0, 0);
    N->User = User;
    N->Size = 64;
    N->Front = 16;
    N->Rear = 16;
    N->Tag = TAG('Q', 'u', 'e', ' ');
    N->Number = Number;
    N->State = McStateLive;
    N->Allocated = Event.Site;
}

static void Neighbours(MC_FINDING *F)
{
    Neighbour(&F->Before, USER - 112, 1041);
    Neighbour(&F->After, USER + 160, 1043);
    F->After.State = McStateQuarantined;
    F->After.Tag = 0;
}

static void OverrunNearby(MC_FINDING *F)
{
    Overrun(F);
    F->Damage.Look = McLookText;
    Neighbours(F);
}

/* A piece of MemCheck's own, behind a block that was written past. */
static void OwnZone(MC_FINDING *F)
{
    const UCHAR Front = 64;

    Base(F, McKindOwnMemory);
    memset(&F->Block, 0, sizeof(F->Block));
    F->Block.User = USER + 160 + Front;
    F->Block.Size = 1024;
    F->Block.Front = F->Block.Rear = Front;
    F->Block.State = McStateLive;
    F->By = McByCheck;
    F->Reason = McReasonOwnZone;
    F->Action = McActionRepaired;
    Damaged(F, -Front, 12 - Front, 0);
    F->Address = F->Block.User - Front;
    F->Where = McWhereFront;
    F->Damage.Look = McLookZeros;
    Neighbour(&F->Before, USER, 1042);
    F->Before.Damaged = TRUE;
    F->Culprit = McCulpritBeforeDamaged;
}

static void OwnRecord(MC_FINDING *F)
{
    Base(F, McKindOwnMemory);
    NoBlock(F, 0);
    F->By = McByCheck;
    F->Reason = McReasonOwnRecord;
}

static void OwnLost(MC_FINDING *F)
{
    Base(F, McKindOwnMemory);
    NoBlock(F, USER);
    F->Reason = McReasonOwnLost;
    F->Action = McActionNotPassed;
}

static void UnderrunLikely(MC_FINDING *F)
{
    Base(F, McKindUnderrun);
    F->Action = McActionKept;
    Damaged(F, -16, -5, 0);
    F->Damage.Look = McLookZeros;
    Neighbours(F);
    F->Before.Damaged = TRUE;
    F->Culprit = McCulpritBeforeDamaged;
}

/* The block before has no guard bytes on its side. */
static void UnderrunLikelyPlain(MC_FINDING *F)
{
    UnderrunLikely(F);
    F->Before.Damaged = FALSE;
    F->Before.Front = 0;
    F->Culprit = McCulpritBefore;
    memset(&F->After, 0, sizeof(F->After));
}

static void OverrunLikely(MC_FINDING *F)
{
    Base(F, McKindOverrun);
    Damaged(F, 124, 127, 0xff);
    F->Damage.Look = McLookOnes;
    Neighbour(&F->After, USER + 160, 1043);
    F->After.Damaged = TRUE;
    F->Culprit = McCulpritAfterDamaged;
}

static void LooksBlock(MC_FINDING *F)
{
    Base(F, McKindOverrun);
    Damaged(F, 104, 111, 0x20);
    F->Damage.Look = McLookBlock;
    Neighbour(&F->Pointed, USER + 0x2000, 1017);
    F->Damage.Pointer = F->Pointed.User + 16;
}

/* A list head that was set up past the end points to itself. */
static void LooksItself(MC_FINDING *F)
{
    LooksBlock(F);
    Neighbour(&F->Pointed, F->Block.User, F->Block.Number);
    F->Pointed.Size = F->Block.Size;
    F->Damage.Pointer = F->Block.User + 104;
}

static void LooksImage(MC_FINDING *F)
{
    Base(F, McKindWriteAfterFree);
    Freed(F);
    Damaged(F, 8, 15, 0x40);
    F->Damage.Look = McLookImage;
    F->Damage.Pointer = IMAGE + 0x4010;
}

static void LooksFill(MC_FINDING *F)
{
    Base(F, McKindOverrun);
    Damaged(F, 100, 120, 0xa7);
    F->Damage.Look = McLookFill;
}

static void LooksGuard(MC_FINDING *F)
{
    Base(F, McKindOverrun);
    Damaged(F, 100, 107, 0xb9);
    F->Damage.Marked[4] = 2;
    F->Damage.Marked[6] = 2;
    F->Damage.Changed = 6;
    F->Damage.First = 101;
    F->Damage.Look = McLookGuard;
}

static void LooksWide(MC_FINDING *F)
{
    Base(F, McKindOverrun);
    Damaged(F, 100, 103, 0);
    F->Damage.Found[4] = 'e';
    F->Damage.Found[6] = 't';
    F->Damage.Look = McLookWide;
}

static void DescribeInside(MC_FINDING *F)
{
    Base(F, McKindDescribe);
    F->By = McByDescribe;
    F->Action = McActionNone;
    F->Address = USER + 16;
    F->Where = McWhereInside;
    Neighbours(F);
}

static void DescribeFront(MC_FINDING *F)
{
    DescribeInside(F);
    F->Address = USER - 4;
    F->Where = McWhereFront;
}

static void DescribeFreed(MC_FINDING *F)
{
    DescribeInside(F);
    Freed(F);
    F->Address = USER + 100;
    F->Where = McWhereRear;
}

static void DescribeRetired(MC_FINDING *F)
{
    DescribeFreed(F);
    F->Block.State = McStateRetired;
    F->Address = USER + 8;
    F->Where = McWhereInside;
    F->Sure = FALSE;
    F->Reason = McReasonReused;
}

static void DescribeElse(MC_FINDING *F, ULONG_PTR Address, MC_REASON Reason)
{
    DescribeInside(F);
    NoBlock(F, Address);
    memset(&F->After, 0, sizeof(F->After));
    memset(&F->Before, 0, sizeof(F->Before));
    F->Reason = Reason;
}

static void DescribeForeign(MC_FINDING *F)
{
    DescribeElse(F, USER, McReasonForeign);
    Neighbour(&F->Before, USER - 112, 1041);
}

static void DescribeNowhere(MC_FINDING *F)
{
    DescribeElse(F, ~(ULONG_PTR)15, McReasonNowhere);
}

static void DescribeImage(MC_FINDING *F)
{
    DescribeElse(F, IMAGE + 0x4010, McReasonImage);
}

static void DescribeStack(MC_FINDING *F)
{
    DescribeElse(F, WIDE(0xfffff880, 0x94b1e6b0u), McReasonStack);
}

static void BadRange(MC_FINDING *F)
{
    BadAccessRear(F);
    F->By = McByRange;
    F->Address = USER + 100;
    F->Given = USER + 96;
    F->Bytes = 64;
}

static void BadRangeNowhere(MC_FINDING *F)
{
    BadAccessNowhere(F);
    F->By = McByRange;
    F->Given = F->Address;
    F->Bytes = 1;
}

/* ---- requests ---- */

static void BadRequest(MC_FINDING *F, MC_ROUTINE Routine, MC_REASON Reason)
{
    Base(F, McKindBadRequest);
    NoBlock(F, 0);
    F->By = McByRoutine;
    F->Routine = Routine;
    F->Reason = Reason;
    F->Action = McActionPassed;
    F->Block.Size = 100;
    F->Block.Tag = TAG('I', 'r', 'p', 'x');
}

static void BadRequestZeroTag(MC_FINDING *F)
{
    BadRequest(F, McExAllocatePoolWithTag, McReasonZeroTag);
    F->Block.Tag = 0;
}

static void BadRequestBadTag(MC_FINDING *F)
{
    BadRequest(F, McExAllocatePool2, McReasonBadTag);
    F->Block.Tag = TAG('A', 'b', 1, 'd');
    F->Block.Size = 8;
    F->Block.PoolType = 0x240;
    F->Block.Attributes = MC_BY_FLAGS;
}

static void BadRequestZeroBytes(MC_FINDING *F)
{
    BadRequest(F, McExAllocatePool, McReasonZeroBytes);
    F->Block.Tag = 0;
    F->Block.Size = 0;
    F->Block.PoolType = 1;
    F->By = McByAllocate;
    F->Action = McActionGoOn;
}

static void BadRequestMustSucceed(MC_FINDING *F)
{
    BadRequest(F, McExAllocatePoolWithTag, McReasonMustSucceed);
    F->Block.PoolType = 2;
}

/* ---- requests that fail on purpose ---- */

static void Injected(MC_FINDING *F)
{
    Base(F, McKindInjected);
    NoBlock(F, 0);
    F->By = McByAllocate;
    F->Reason = McReasonFailNth;
    F->Action = McActionFailed;
    F->Request = 17;
    F->Count = 3;
    F->Block.Size = 100;
    F->Block.PoolType = 1;
    F->Block.Tag = TAG('I', 'r', 'p', 'x');
}

static void InjectedRaised(MC_FINDING *F)
{
    Injected(F);
    F->By = McByRoutine;
    F->Routine = McExAllocatePool2;
    F->Reason = McReasonFailAt;
    F->Action = McActionRaised;
    F->Request = 1;
    F->Count = 1;
    F->Block.Size = 1;
    F->Block.PoolType = 0x120;
    F->Block.Attributes = MC_BY_FLAGS;
}

static void InjectedChance(MC_FINDING *F)
{
    Injected(F);
    F->Reason = McReasonFailChance;
    F->Request = 4294967295u;
    F->Count = 70000;
}

static const char LongName[] = "ThisNameIsLongerThanThirtyTwoCharacters_AndIsCut";

/* Every value as long as it can be. */
static void Longest(MC_FINDING *F)
{
    MC_EVENT *Events[3];
    unsigned Index;

    Base(F, McKindOverrun);
    Freed(F);
    memcpy(Context.Driver, LongName, MC_NAME_LENGTH);
    Context.ImageHigh = ~(ULONG_PTR)0;
    Context.ImageLow = 1;
    Events[0] = &F->Found;
    Events[1] = &F->Block.Allocated;
    Events[2] = &F->Block.Freed;
    for (Index = 0; Index < 3; Index++) {
        Events[Index]->Site.File = LongName;
        Events[Index]->Site.Function = LongName;
        Events[Index]->Site.Line = 0xffffffff;
        Events[Index]->Site.ReturnAddress = ~(ULONG_PTR)1;
        Events[Index]->Thread = 0xffffffff;
        Events[Index]->Processor = 255;
        Events[Index]->Irql = 255;
    }
    F->Sure = FALSE;
    F->Reason = McReasonPlain;
    F->By = McByRoutine;
    F->Routine = McExAllocatePoolPriorityUninitialized;
    F->Action = McActionForgotten;
    F->Block.Size = 1000000000;
    Damaged(F, 1000000003, 1000000010, 7);
    F->Block.Size = ~(SIZE_T)0;
    F->Block.User = ~(ULONG_PTR)0;
    F->Block.Rear = 0xffffffff;
    F->Block.Front = 0xffffffff;
    F->Block.PoolType = 0xffffffff;
    F->Block.Attributes = MC_BY_FLAGS;
    F->Block.Tag = 0xffffffff;
    F->Block.Number = 0xffffffff;
    F->Block.IntactCheck = 0xffffffff;
    F->Damage.Changed = ~(SIZE_T)0;
    F->Damage.Look = McLookBlock;
    F->Damage.Pointer = ~(ULONG_PTR)0 - 1;
    F->Before.User = ~(ULONG_PTR)0 - 1;
    F->Before.Size = 1;
    F->Before.Tag = 0xffffffff;
    F->Before.Number = 0xfffffffe;
    F->Before.State = McStateLeaving;
    F->Before.Damaged = TRUE;
    F->Before.Allocated = F->Found.Site;
    F->Pointed = F->Before;
    F->Pointed.User = 0;
    F->Pointed.Size = 0;
    F->Culprit = McCulpritBeforeDamaged;
}

/* Names as long as they can be, everything else ordinary: the dump gets narrower. */
static void LongNames(MC_FINDING *F)
{
    Overrun(F);
    memcpy(Context.Driver, LongName, MC_NAME_LENGTH);
    F->Found.Site.Function = LongName;
    F->Block.Allocated.Site.Function = LongName;
}

/* ---- call stacks ---- */

/* The path to a call: where it returns to, then Count - 1 more, every third outside the driver. */
static void SetPath(MC_SITE *Site, ULONG Handle, ULONG Count)
{
    ULONG_PTR *Frames = FakeStacks[Handle - 1].Frames;
    ULONG Index;

    FakeStacks[Handle - 1].Count = Count;
    FakeStacks[Handle - 1].CutAt = 0;
    Frames[0] = Site->ReturnAddress;
    for (Index = 1; Index < Count; Index++) {
        Frames[Index] = Index % 3 == 0 ? WIDE(0xfffff800, 0x83210000u) + Index
                                       : IMAGE + 0x1000 * Handle + 0x110 * Index;
    }
    Site->Stack = Handle;
}

static void Stacks(MC_FINDING *F)
{
    Base(F, McKindDoubleFree);
    Freed(F);
    F->Action = McActionNotPassed;
    SetPath(&F->Found.Site, 1, 3);
    SetPath(&F->Block.Allocated.Site, 2, 4);
    SetPath(&F->Block.Freed.Site, 3, 2);
}

/* Without file and line the first frame stands in the line itself. */
static void StacksNoFile(MC_FINDING *F)
{
    Stacks(F);
    F->Found.Site.File = F->Block.Allocated.Site.File = F->Block.Freed.Site.File = NULL;
    F->Found.Site.Line = F->Block.Allocated.Site.Line = F->Block.Freed.Site.Line = 0;
}

static void StackCut(MC_FINDING *F)
{
    Stacks(F);
    FakeStacks[2].CutAt = DISPATCH_LEVEL;
}

/* There was no room for one of them, and another is no longer than what is known without it. */
static void StackLost(MC_FINDING *F)
{
    Stacks(F);
    F->Block.Allocated.Site.Stack = MC_STACK_LOST;
    SetPath(&F->Block.Freed.Site, 3, 1);
    F->Found.Site.Stack = 0;
}

/* As many frames as there may be: the machine line says as many as it has room for. */
static void StackDeep(MC_FINDING *F)
{
    Base(F, McKindOverrun);
    F->Action = McActionKept;
    Damaged(F, 100, 103, 'a');
    SetPath(&F->Block.Allocated.Site, 2, MC_STACK_MOST);
}

/* What the machine line says of the path to a free; of that to the call that found it. */
static void StackFreed(MC_FINDING *F)
{
    StacksNoFile(F);
    F->Found.Site.Stack = F->Block.Allocated.Site.Stack = 0;
}

static void StackFound(MC_FINDING *F)
{
    ForeignFree(F);
    SetPath(&F->Found.Site, 1, 3);
}

static void StackLeakSite(MC_FINDING *F)
{
    Base(F, McKindLeakSite);
    NoBlock(F, 0);
    F->By = McByExit;
    F->Action = McActionNone;
    F->Count = 3;
    F->Bytes = 300;
    BaseEvent(&F->Block.Allocated, "driver.c", 101, "DeviceOpen", 0x1234, 0, 0);
    SetPath(&F->Block.Allocated.Site, 2, 4);
}

static void InjectedStack(MC_FINDING *F)
{
    Injected(F);
    F->Reason = McReasonFailStacks;
    F->Block.Tag = 0;
    SetPath(&F->Found.Site, 1, 3);
}

/* Characters that a program reading the line could stumble over. */
static void OddNames(MC_FINDING *F)
{
    DoubleFree(F);
    memcpy(Context.Driver, "my drv", 7);
    F->Found.Site.File = "src/a b=c%.c";
    F->Found.Site.Function = "Class::~Class";
    F->Block.Allocated.Site.File = "\xc3\xa4\t.c";
    F->Block.Allocated.Site.Function = "";
    F->Block.Freed.Site.File = "ends/in/a/folder/";
}

typedef struct _CASE {
    const char *Name;
    void (*Make)(MC_FINDING *F);
    BOOLEAN Both; /* on 32-bit too */
} CASE;

static const CASE Cases[] = {
    {"overrun", Overrun, TRUE},
    {"stacks", Stacks, TRUE},
    {"stacks-no-file", StacksNoFile, FALSE},
    {"stack-cut", StackCut, FALSE},
    {"stack-lost", StackLost, FALSE},
    {"stack-deep", StackDeep, FALSE},
    {"stack-freed", StackFreed, FALSE},
    {"stack-found", StackFound, FALSE},
    {"stack-leak-site", StackLeakSite, FALSE},
    {"overrun-repaired", OverrunRepaired, FALSE},
    {"overrun-nul", OverrunNul, FALSE},
    {"overrun-one", OverrunOne, FALSE},
    {"overrun-many", OverrunMany, FALSE},
    {"overrun-zero", OverrunZero, FALSE},
    {"overrun-plain", OverrunPlain, FALSE},
    {"overrun-no-file", OverrunNoFile, TRUE},
    {"overrun-unknown", OverrunUnknown, FALSE},
    {"overrun-quarantine", OverrunQuarantine, FALSE},
    {"underrun", Underrun, TRUE},
    {"write-after-free", WriteAfterFree, FALSE},
    {"write-after-free-exit", WriteAfterFreeAtExit, FALSE},
    {"write-after-free-repaired", WriteAfterFreeRepaired, FALSE},
    {"intact-alloc", IntactAlloc, FALSE},
    {"intact-free", IntactFree, FALSE},
    {"intact-patrol", IntactPatrol, FALSE},
    {"intact-neighbour", IntactNeighbour, FALSE},
    {"intact-check", IntactCheck, FALSE},
    {"intact-worker", IntactWorker, FALSE},
    {"double-free", DoubleFree, FALSE},
    {"double-free-race", DoubleFreeRace, FALSE},
    {"late-free", LateFree, FALSE},
    {"after-exit-free", AfterExitFree, FALSE},
    {"interior-free", InteriorFree, FALSE},
    {"redzone-free-front", RedzoneFreeFront, FALSE},
    {"redzone-free-rear", RedzoneFreeRear, FALSE},
    {"redzone-free-end", RedzoneFreeEnd, FALSE},
    {"wild-free-null", WildNull, TRUE},
    {"wild-free-user", WildUser, FALSE},
    {"wild-free-misaligned", WildMisaligned, FALSE},
    {"wild-free-stack", WildStack, FALSE},
    {"wild-free-image", WildImage, FALSE},
    {"wild-free-own", WildOwn, FALSE},
    {"foreign-free", ForeignFree, FALSE},
    {"wrong-tag", WrongTag, FALSE},
    {"wrong-tag-none", WrongTagNone, FALSE},
    {"leak", Leak, FALSE},
    {"leak-plain", LeakPlain, FALSE},
    {"leak-plain-many", LeakPlainMany, FALSE},
    {"leak-site", LeakSite, TRUE},
    {"leak-site-no-example", LeakSiteNoExample, FALSE},
    {"difference", Difference, FALSE},
    {"difference-all", DifferenceAll, FALSE},
    {"wrong-order-never-set", NeverSet, FALSE},
    {"bad-access-nowhere", BadAccessNowhere, FALSE},
    {"bad-access-rear", BadAccessRear, FALSE},
    {"bad-access-freed", BadAccessFreed, FALSE},
    {"wrong-irql", WrongIrql, FALSE},
    {"wrong-irql-free", WrongIrqlFree, FALSE},
    {"wrong-order", WrongOrder, FALSE},
    {"wrong-order-early", WrongOrderEarly, FALSE},
    {"overrun-plain-released", OverrunPlainReleased, FALSE},
    {"interior-free-plain", InteriorFreePlain, FALSE},
    {"redzone-free-plain", RedzoneFreePlain, FALSE},
    {"wrong-tag-plain", WrongTagPlain, FALSE},
    {"wrong-irql-plain", WrongIrqlPlain, FALSE},
    {"double-free-came-back", DoubleFreeCameBack, FALSE},
    {"double-free-overlapped", DoubleFreeOverlapped, FALSE},
    {"bad-hand-over", BadHandOver, FALSE},
    {"bad-hand-over-seen", BadHandOverSeen, FALSE},
    {"bad-request-zero-tag", BadRequestZeroTag, TRUE},
    {"bad-request-bad-tag", BadRequestBadTag, FALSE},
    {"bad-request-zero-bytes", BadRequestZeroBytes, FALSE},
    {"bad-request-must-succeed", BadRequestMustSucceed, FALSE},
    {"inject-nth", Injected, TRUE},
    {"inject-raised", InjectedRaised, FALSE},
    {"inject-stacks", InjectedStack, TRUE},
    {"inject-chance", InjectedChance, FALSE},
    {"overrun-nearby", OverrunNearby, TRUE},
    {"own-zone", OwnZone, FALSE},
    {"own-record", OwnRecord, FALSE},
    {"own-lost", OwnLost, FALSE},
    {"overrun-likely", OverrunLikely, FALSE},
    {"underrun-likely", UnderrunLikely, FALSE},
    {"underrun-likely-plain", UnderrunLikelyPlain, FALSE},
    {"looks-block", LooksBlock, FALSE},
    {"looks-itself", LooksItself, FALSE},
    {"looks-image", LooksImage, FALSE},
    {"looks-fill", LooksFill, FALSE},
    {"looks-guard", LooksGuard, FALSE},
    {"looks-utf16", LooksWide, FALSE},
    {"describe-inside", DescribeInside, TRUE},
    {"describe-front", DescribeFront, FALSE},
    {"describe-freed", DescribeFreed, FALSE},
    {"describe-retired", DescribeRetired, FALSE},
    {"describe-foreign", DescribeForeign, FALSE},
    {"describe-nowhere", DescribeNowhere, FALSE},
    {"describe-image", DescribeImage, FALSE},
    {"describe-stack", DescribeStack, FALSE},
    {"bad-range", BadRange, FALSE},
    {"bad-range-nowhere", BadRangeNowhere, FALSE},
    {"longest", Longest, TRUE},
    {"long-names", LongNames, FALSE},
    {"odd-names", OddNames, FALSE},
};

#define CASES (sizeof(Cases) / sizeof(Cases[0]))

/* ---- running them ---- */

static char Said[16384];

static VOID Say(PVOID Unused, const char *Line)
{
    (void)Unused;
    assert_true(strlen(Line) < MC_LINE_SIZE);
    assert_true(strlen(Said) + strlen(Line) + 2 < sizeof(Said));
    strcat(strcat(Said, Line), "\n");
}

static void MakeReport(const CASE *Case, MC_FINDING *F)
{
    char Buffer[MC_MACHINE_SIZE];
    MC_TEXT Text;

    memset(&Context, 0, sizeof(Context));
    memcpy(Context.Driver, "faulty", 7);
    Context.StartTicks = 1000;
    Context.MicrosPerTick = 15625;
    Context.ImageLow = IMAGE;
    Context.ImageHigh = IMAGE + 0x8000;
    Case->Make(F);
    Said[0] = 0;
    McTextStart(&Text, Buffer, MC_LINE_SIZE, Say, NULL);
    McDescribe(&Text, F, 12, &Context);
    McDescribeMachine(F, 12, &Context, Buffer);
    assert_true(strlen(Buffer) < MC_MACHINE_SIZE);
    strcat(strcat(Said, Buffer), "\n");
}

static void GoldenPath(char *Path, size_t Size, BOOLEAN Wide, const char *Name)
{
    const char *Folder = getenv("GOLDEN_DIR");

    snprintf(Path, Size, "%s/%s%s.txt", Folder != NULL ? Folder : "tests/golden", Wide ? "" : "32/",
             Name);
}

/* Is what was said what the file holds? With GOLDEN_UPDATE it becomes so. */
static BOOLEAN IsGolden(const char *Path)
{
    static char Expected[sizeof(Said)];
    size_t Length;
    FILE *File = fopen(Path, getenv("GOLDEN_UPDATE") != NULL ? "w" : "r");

    if (File == NULL) {
        fail_msg("%s is missing: run from the top of the tree, or set GOLDEN_DIR", Path);
    }
    if (getenv("GOLDEN_UPDATE") != NULL) {
        fputs(Said, File);
        fclose(File);
        return TRUE;
    }
    Length = fread(Expected, 1, sizeof(Expected) - 1, File);
    Expected[Length] = 0;
    fclose(File);
    if (strcmp(Expected, Said) != 0) {
        fprintf(stderr, "%s differs. Expected:\n%sBut it is:\n%s", Path, Expected, Said);
        return FALSE;
    }
    return TRUE;
}

static void TestGolden(void **State)
{
    char Path[512];
    MC_FINDING F;
    unsigned Index;
    unsigned Wrong = 0;

    (void)State;
    for (Index = 0; Index < CASES; Index++) {
        if (sizeof(ULONG_PTR) == 4 && !Cases[Index].Both) {
            continue;
        }
        MakeReport(&Cases[Index], &F);
        GoldenPath(Path, sizeof(Path), sizeof(ULONG_PTR) > 4, Cases[Index].Name);
        Wrong += !IsGolden(Path);
    }
    assert_int_equal(Wrong, 0);
}

/* ---- lines that are no findings: notice-NAME.txt ---- */

static const MC_SITE Here = {"c:\\ddk\\src\\bus.c", "BusQuery", 0, 120, 0};
static const MC_SITE Inside = {NULL, NULL, IMAGE + 0x234, 0, 0};
static const MC_SITE Outside = {NULL, NULL, WIDE(0xfffff800, 0x83210000u), 0, 0};

static void NoticeOn(void)
{
    static const MC_NUMBER Numbers[] = {
        {"redzone", 16}, {"double-frees", 1}, {"quarantine-kb", 1024}, {NULL, 0}};

    McNoticeNumbers("on, self-test passed", Numbers, 99);
}

static void NoticeChecked(void)
{
    static const MC_NUMBER Numbers[] = {{"check", 17},
                                        {"blocks", 140},
                                        {"damaged", 1},
                                        {"paged, skipped at DISPATCH_LEVEL", 3},
                                        {"plain, not verified", 12}};

    McNoticeNumbers("checked", Numbers, 5);
}

/* At DISPATCH_LEVEL a check stops after MEMCHECK_SLICE blocks. */
static void NoticeSlice(void)
{
    static const MC_NUMBER Numbers[] = {
        {"check", 19}, {"blocks", 1024}, {"damaged", 0}, {"not reached at DISPATCH_LEVEL", 4096}};

    McNoticeNumbers("checked", Numbers, 4);
}

static void NoticeListed(void)
{
    static const MC_NUMBER Numbers[] = {{"check", 18}, {"blocks", 1}, {"damaged", 0}};
    MC_FINDING F;

    Base(&F, McKindLeak);
    McNoticeBlock("live", &F.Block);
    McNoticeNumbers("listed", Numbers, 3);
}

static void NoticeFreed(void)
{
    MC_FINDING F;

    Base(&F, McKindLeak);
    F.Block.Allocated.Site = Inside;
    F.Block.Tag |= 0x80000000;
    F.Block.PoolType = 0x240;
    F.Block.Attributes = MC_BY_FLAGS;
    McNoticeBlock("freed", &F.Block);
}

static void NoticeExit(void)
{
    static const MC_NUMBER Numbers[] = {{"allocations", 8483}, {"reports", 22}, {"repeated", 4}};

    McNoticeNumbers("exit", Numbers, 3);
}

static void NoticeLeaks(void)
{
    static const MC_NUMBER Numbers[] = {{"buffers", 3},          {"bytes", 300},
                                        {"places", 2},           {"possible buffers", 1},
                                        {"possible bytes", 100}, {"possible places", 1}};

    McNoticeNumbers("leaks", Numbers, 6);
}

static void NoticeCheckpoint(void)
{
    static const MC_NUMBER Numbers[] = {{"number", 2}, {"allocations", 8483}};

    McNoticeNumbers("checkpoint", Numbers, 2);
}

static void NoticeDifferences(void)
{
    static const MC_NUMBER Numbers[] = {
        {"number", 5}, {"since checkpoint", 2}, {"buffers", 4}, {"bytes", 400}, {"places", 2}};

    McNoticeNumbers("differences", Numbers, 5);
}

/* MEM_STATISTICS, with what is only counted by option, and the path to a place. */
static void NoticeStatistics(void)
{
    static const MC_NUMBER Numbers[] = {
        {"allocations", 5000000}, {"untracked", 2}, {"unprotected", 0}};
    MC_ROW Row;

    memset(&Row, 0, sizeof(Row));
    Row.Tag = TAG('I', 'r', 'p', 'x');
    Row.Live = 12;
    Row.LiveBytes = 1200;
    Row.Counted = TRUE;
    Row.Peak = 40;
    Row.PeakBytes = 4000;
    Row.Made[0] = 4711;
    Row.Made[1] = 1;
    Row.MadeBytes[0] = 471100;
    Row.MadeBytes[1] = 100;
    Row.Freed[0] = 4699;
    Row.Freed[1] = 1;
    McTableTitle(McRowTag);
    McTableRow(&Row);
    Row.Kind = McRowOthers;
    McTableRow(&Row);
    Row.Kind = McRowSite;
    Row.Site = Here;
    Row.Site.ReturnAddress = IMAGE + 0x1234;
    SetPath(&Row.Site, 2, 3);
    McTableTitle(McRowSite);
    McTableRow(&Row);
    Row.Site = Inside;
    Row.Counted = FALSE;
    McTableRow(&Row);
    McNoticeNumbers("statistics", Numbers, 3);
}

static void NoticeRepeated(void)
{
    MC_FINDING *F;
    unsigned Index;

    for (Index = 0; Index < 3; Index++) {
        F = McReportClaim();
        DoubleFree(F);
        McReportSubmit(F);
    }
    FakeReset();
    McReportRepeats();
}

static void NoticeElsewhere(void)
{
    McNoticeSitesBegin();
    McNoticeSite(&Here, 3);
    McNoticeSite(&Inside, 1);
    McNoticeSite(&Outside, 5);
    McNoticeSitesEnd();
    McNoticeSiteKeys(&Here, 3);
    McNoticeSiteKeys(&Inside, 1);
    McNoticeSiteKeys(&Outside, 5);
}

static const struct {
    const char *Name;
    void (*Make)(void);
} Notices[] = {
    {"notice-on", NoticeOn},
    {"notice-checked", NoticeChecked},
    {"notice-checked-slice", NoticeSlice},
    {"notice-listed", NoticeListed},
    {"notice-freed", NoticeFreed},
    {"notice-leaks", NoticeLeaks},
    {"notice-checkpoint", NoticeCheckpoint},
    {"notice-differences", NoticeDifferences},
    {"notice-statistics", NoticeStatistics},
    {"notice-exit", NoticeExit},
    {"notice-repeated", NoticeRepeated},
    {"notice-freed-elsewhere", NoticeElsewhere},
};

static void TestNotices(void **State)
{
    char Path[512];
    unsigned Index;
    unsigned Line;
    unsigned Wrong = 0;

    (void)State;
    McReportSettings(TRUE, FALSE, 1, FALSE);
    for (Index = 0; Index < sizeof(Notices) / sizeof(Notices[0]) && sizeof(ULONG_PTR) > 4;
         Index++) {
        FakeReset();
        Fake.ImageLow = IMAGE;
        Fake.ImageHigh = IMAGE + 0x8000;
        McReportStart("faulty");
        Notices[Index].Make();
        Said[0] = 0;
        for (Line = 0; Line < Fake.Count; Line++) {
            assert_true(strlen(Fake.Lines[Line]) < MC_MACHINE_SIZE);
            strcat(strcat(Said, Fake.Lines[Line]), "\n");
        }
        GoldenPath(Path, sizeof(Path), TRUE, Notices[Index].Name);
        Wrong += !IsGolden(Path);
    }
    assert_int_equal(Wrong, 0);
}

static void SayWords(const char *Table, unsigned Value, const char *A, const char *B, const char *C)
{
    snprintf(Said + strlen(Said), sizeof(Said) - strlen(Said), "%s %u: %s; %s; %s\n", Table, Value,
             A, B, C);
}

/* Every value of every table, one beyond each too: words.txt. */
static void TestWords(void **State)
{
    char Path[512];
    MC_FINDING F;
    unsigned Index;

    (void)State;
    memset(&F, 0, sizeof(F));
    Said[0] = 0;
    for (Index = 0; Index <= McKinds; Index++) {
        SayWords("kind", Index, McKindMachineName((MC_KIND)Index), McKindTitle((MC_KIND)Index),
                 McKindIsDamage((MC_KIND)Index) ? "damage"
                 : McKindIsFree((MC_KIND)Index) ? "free"
                 : McKindIsCall((MC_KIND)Index) ? "call"
                                                : "-");
    }
    for (Index = 0; Index <= McReasons; Index++) {
        SayWords("reason", Index, McReasonMachineName((MC_REASON)Index),
                 McReasonTitle((MC_REASON)Index), McReasonPhrase((MC_REASON)Index));
    }
    for (Index = 0; Index <= McBys; Index++) {
        F.By = (MC_BY)Index;
        SayWords("by", Index, McByMachineName(&F), McByCall(&F), McByPhrase(&F));
    }
    F.By = McByRoutine;
    for (Index = 0; Index <= McRoutines; Index++) {
        F.Routine = Index;
        SayWords("routine", Index, McByMachineName(&F), McByCall(&F), McByPhrase(&F));
    }
    for (Index = 0; Index <= McActions; Index++) {
        SayWords("action", Index, McActionMachineName((MC_ACTION)Index),
                 McActionPhrase((MC_ACTION)Index), "-");
    }
    for (Index = 0; Index <= McStateRetired + 1; Index++) {
        SayWords("state", Index, McStateMachineName((MC_STATE)Index),
                 McStatePhrase((MC_STATE)Index), "-");
    }
    for (Index = 0; Index <= McLooks; Index++) {
        SayWords("look", Index, McLookMachineName((MC_LOOK)Index), McLookPhrase((MC_LOOK)Index),
                 "-");
    }
    for (Index = 0; Index <= McCulprits; Index++) {
        SayWords("culprit", Index, McCulpritMachineName((MC_CULPRIT)Index),
                 McCulpritPhrase((MC_CULPRIT)Index), "-");
    }
    for (Index = 0; Index <= McIntacts; Index++) {
        SayWords("intact", Index, McIntactMachineName((MC_INTACT)Index),
                 McIntactPhrase((MC_INTACT)Index), "-");
    }
    for (Index = 0; Index <= McWhereRear + 1; Index++) {
        SayWords("where", Index, McWhereMachineName((MC_WHERE)Index), "-", "-");
    }
    assert_true(strlen(Said) + 1 < sizeof(Said));
    GoldenPath(Path, sizeof(Path), TRUE, "words"); /* the same on 32-bit */
    assert_true(IsGolden(Path));
}

/* No kind without a golden report. */
static void TestEveryKind(void **State)
{
    unsigned Seen[McKinds] = {0};
    MC_FINDING F;
    unsigned Index;

    (void)State;
    for (Index = 0; Index < CASES; Index++) {
        MakeReport(&Cases[Index], &F);
        Seen[F.Kind]++;
    }
    for (Index = McKindNone + 1; Index < McKinds; Index++) {
        assert_true(Seen[Index] != 0);
    }
}

int main(void)
{
    const struct CMUnitTest Tests[] = {
        cmocka_unit_test(TestGolden),
        cmocka_unit_test(TestNotices),
        cmocka_unit_test(TestWords),
        cmocka_unit_test(TestEveryKind),
    };

    return cmocka_run_group_tests(Tests, NULL, NULL);
}
