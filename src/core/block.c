/* block.c - the bytes of a block: guarded, filled, verified, given back. */
#include "core.h"

VOID McBlockGuard(MC_RECORD *Record)
{
    McGuardsWrite(Record->User, Record->Front, Record->Size, Record->Rear);
}

/*
 * Fill and its later verification are the dearest part of a free, because the block is cold by
 * then: of a large block only both ends are covered, which strings, headers and list links live in.
 */
VOID McBlockFill(MC_RECORD *Record)
{
    const ULONG Fill = McOptions.Fill; /* once: it may change in between */

    if (Fill == 0)
        return;
    if (Record->Size <= Fill || Record->Size <= MC_FILL_TAIL) {
        Record->Filled = (ULONG)Record->Size;
        McFillWrite(Record->User, Record->Size);
    } else {
        Record->Filled = Fill > MC_FILL_TAIL ? Fill - MC_FILL_TAIL : MC_FILL_TAIL;
        McFillWrite(Record->User, Record->Filled);
        McFillWrite(Record->User + Record->Size - MC_FILL_TAIL, MC_FILL_TAIL);
    }
    McRecordSealFree(Record);
}

static BOOLEAN McpFillIntact(const MC_RECORD *Record)
{
    if (Record->Filled == 0)
        return TRUE;
    if (Record->FreeCheck != McRecordFreeCheck(Record)) {
        McOwnBroken(MC_BROKEN_RECORD);
        return TRUE;
    }
    return McFillIntact(Record->User, Record->Filled) &&
           (Record->Filled == Record->Size ||
            McFillIntact(Record->User + Record->Size - MC_FILL_TAIL, MC_FILL_TAIL));
}

static VOID McpFillAgain(const MC_RECORD *Record)
{
    McFillWrite(Record->User, Record->Filled);
    if (Record->Filled != Record->Size)
        McFillWrite(Record->User + Record->Size - MC_FILL_TAIL, MC_FILL_TAIL);
}

VOID McBlockExpect(const MC_RECORD *Record)
{
    if (McIsPlain(Record))
        return;
    McOsPrefetch(Record->User - 1);
    McOsPrefetch(Record->User);
    McBytesExpect(Record->User, Record->Filled);
    McBytesExpectEnd(Record->User + Record->Size + Record->Rear);
}

/* Of a block that stays with us, and on: not where it is given back, or all ends. */
static BOOLEAN McpRepairs(MC_BY By, MC_ACTION Action)
{
    return (BOOLEAN)(McOptions.Repair != 0 && By != McByExit &&
                     (Action == McActionGoOn || Action == McActionKept));
}

/* What was reported is put right, and then the next damage is a new one. The reference that is held
 * keeps the bytes ours. */
static VOID McpRepair(MC_RECORD *Record, LONG Zone)
{
    LONG Before;

    if (Zone == MC_NOTED_FRONT)
        McGuardRepair(Record->User - Record->Front, Record->Front);
    else if (Zone == MC_NOTED_REAR)
        McGuardRepair(Record->User + Record->Size, Record->Rear);
    else
        McpFillAgain(Record);
    do
        Before = Record->Noted;
    while (McOsCompareExchange(&Record->Noted, Before & ~Zone, Before) != Before);
}

/* A zone is not intact: report it unless that was done before. */
static VOID McpReport(MC_RECORD *Record, LONG Zone, const MC_CALL *Call, MC_BY By, MC_ACTION Action)
{
    MC_KIND Kind = Zone == MC_NOTED_FRONT  ? McKindUnderrun
                   : Zone == MC_NOTED_REAR ? McKindOverrun
                                           : McKindWriteAfterFree;
    const BOOLEAN Repairs = McpRepairs(By, Action);
    MC_FINDING *Finding;
    LONG Before;

    do {
        Before = Record->Noted;
        if ((Before & Zone) != 0)
            return;
    } while (McOsCompareExchange(&Record->Noted, Before | Zone, Before) != Before);
    Finding = McFoundBegin(Kind, Call, By);
    if (Finding == 0)
        return;
    McRecordCopy(Record, &Finding->Block);
    if (Zone == MC_NOTED_FRONT)
        McDamage(&Finding->Block, 0, -(LONG_PTR)Record->Front, Record->Front, &Finding->Damage);
    else if (Zone == MC_NOTED_REAR)
        McDamage(&Finding->Block, 0, (LONG_PTR)Record->Size, Record->Rear, &Finding->Damage);
    else
        McDamage(&Finding->Block, Record->Filled, 0, Record->Size, &Finding->Damage);
    if (Finding->Damage.Changed == 0) { /* put right since it was seen */
        McFoundDrop(Finding);
        if (Repairs)
            McpRepair(Record, Zone);
        return;
    }
    Finding->Address = Record->User + (ULONG_PTR)Finding->Damage.First;
    Finding->Where = McWhere(&Finding->Block, Finding->Address);
    Finding->Action = Action;
    if (Repairs)
        Finding->Action = Action == McActionKept ? McActionKeptRepaired : McActionRepaired;
    McEvidenceDamage(Finding);
    McFoundEnd(Finding);
    if (Repairs)
        McpRepair(Record, Zone);
}

/* Which zones are damaged: bits MC_NOTED_... */
static LONG McpDamaged(const MC_RECORD *Record, BOOLEAN Filled)
{
    LONG Damaged = 0;

    if (!McGuardIntact(Record->User - Record->Front, Record->Front))
        Damaged |= MC_NOTED_FRONT;
    if (!McGuardIntact(Record->User + Record->Size, Record->Rear))
        Damaged |= MC_NOTED_REAR;
    if (Filled && !McpFillIntact(Record))
        Damaged |= MC_NOTED_FILL;
    return Damaged;
}

BOOLEAN McBlockInspect(MC_RECORD *Record, const MC_CALL *Call, MC_BY By, MC_ACTION Action)
{
    const MC_STATE State = McRecordState(Record);
    const BOOLEAN Filled = State == McStateQuarantined || State == McStateLeaving;
    LONG Damaged;

    McOsAcquireBarrier(); /* quarantined: the fill is there */
    if (McIsPlain(Record))
        return FALSE; /* not ours to read: McPlainInspect */
    if (McGuardsIntact(Record->User, Record->Front, Record->Size, Record->Rear) &&
        (!Filled || McpFillIntact(Record)))
        return FALSE;
    Damaged = McpDamaged(Record, Filled);
    if ((Damaged & MC_NOTED_FRONT) != 0)
        McpReport(Record, MC_NOTED_FRONT, Call, By, Action);
    if ((Damaged & MC_NOTED_REAR) != 0)
        McpReport(Record, MC_NOTED_REAR, Call, By, Action);
    if ((Damaged & MC_NOTED_FILL) != 0)
        McpReport(Record, MC_NOTED_FILL, Call, By, Action);
    return Damaged != 0;
}

VOID McBlockWithdraw(MC_RECORD *Record)
{
    McIndexRemove(Record);
    if (McIsPlain(Record))
        McOsAdd(&Mc.Plains, -1);
}

/*
 * An owned block goes by its own tag, whatever the driver gave (a wrong tag was reported and must
 * not reach the pool). A plain one may be another's by now, who freed it: it goes as its free said.
 */
VOID McBlockRelease(const MC_RECORD *Record, MC_RELEASE *Release)
{
    McReleaseFor(McIsPlain(Record) ? Record->Filled : Record->Tag, Release);
    if (McIsPlain(Record))
        Release->Routine = Record->FreeRoutine;
}

BOOLEAN McBlockGiveBack(MC_RECORD *Record)
{
    PVOID Raw = (PVOID)(Record->User - Record->Front);
    const BOOLEAN Gone = (Record->Noted & MC_NOTED_GONE) != 0;
    MC_RELEASE Release;

    if (!Gone && McIsPaged(Record) && McOsIrql() >= DISPATCH_LEVEL) {
        McDeferredRecord(Record);
        return FALSE;
    }
    if (Record->FreeCheck != McRecordFreeCheck(Record)) {
        McOwnBroken(MC_BROKEN_RECORD);
        return FALSE; /* memory and record stay as they are */
    }
    McBlockRelease(Record, &Release);
    McRecordSet(Record, McStateGone);
    if (!Gone)
        McOsPoolFree(Raw, &Release);
    return TRUE;
}

VOID McBlockDismiss(MC_RECORD *Record)
{
    if (!McRecordIsSound(Record))
        McOwnBroken(MC_BROKEN_RECORD);
    else if (McBlockGiveBack(Record))
        McLaneReturn(McLaneHere(), Record, Record, 1);
}
