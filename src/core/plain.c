/*
 * plain.c - blocks without guard bytes in front, which anybody may free.
 *
 * The record of such a block may be stale at any moment: the system has freed the block, and the
 * address may be another's by now. So its bytes are read at its own free only, nothing is ever
 * written to them, and what is found there is only possible. What is sure comes from addresses:
 * when the pool hands out memory that a record claims, the record is wrong.
 */
#include "core.h"

/* ---- the end of a record that is wrong ---- */

/* FALSE: one of Unless is noted already. */
static BOOLEAN McpNote(MC_RECORD *Record, LONG Bit, LONG Unless)
{
    LONG Before;

    do {
        Before = Record->Noted;
        if ((Before & Unless) != 0)
            return FALSE;
    } while (McOsCompareExchange(&Record->Noted, Before | Bit, Before) != Before);
    return TRUE;
}

/*
 * Gone, or claimed by its free, whichever is noted first: so who frees a block knows for sure
 * whether the record was right then. A live one leaves at once; one whose free has just begun, and
 * has not claimed it, leaves by that.
 */
BOOLEAN McPlainGone(MC_RECORD *Record)
{
    if (!McpNote(Record, MC_NOTED_GONE, MC_NOTED_GONE | MC_NOTED_CLAIMED))
        return FALSE;
    if (McOptions.Statistics != 0)
        McStatisticsEnded(Record, FALSE);
    if (McRecordMove(Record, McStateLive, McStateLeaving))
        McBlockWithdraw(Record);
    return TRUE;
}

BOOLEAN McPlainClaim(MC_RECORD *Record)
{
    if (McpNote(Record, MC_NOTED_CLAIMED, MC_NOTED_GONE))
        return TRUE;
    McRecordMove(Record, McStateFreeing, McStateLeaving);
    McBlockWithdraw(Record);
    return FALSE;
}

/* One in quarantine goes on standing in its queue, seen by no look-up, and leaves with the others;
 * one on its way there, or out of it, goes on too. The caller's reference keeps it there. */
static BOOLEAN McpCameBack(MC_RECORD *Record, BOOLEAN Start)
{
    return McpNote(Record, Start ? MC_NOTED_GONE | MC_NOTED_TAKEN : MC_NOTED_GONE, MC_NOTED_GONE);
}

BOOLEAN McPlainPassed(MC_RECORD *Record)
{
    McpNote(Record, MC_NOTED_GONE, MC_NOTED_GONE);
    McRecordMove(Record, McStateFreeing, McStateLeaving);
    McBlockWithdraw(Record);
    return (BOOLEAN)((Record->Noted & MC_NOTED_TAKEN) == 0);
}

BOOLEAN McPlainElsewhere(MC_RECORD *Record, volatile LONG *Counter)
{
    MC_SITE_PLAIN *Plain = McSitePlain(Record->AllocateSite);

    if (!McPlainGone(Record))
        return FALSE;
    McCount(Counter);
    if (Plain != 0)
        McCount(&Plain->Elsewhere);
    return TRUE;
}

/*
 * We hold the block back, or its free has not reached the pool yet (McPlainPassed comes before
 * that), so the pool could not have it, but for somebody who freed it past us. Its first byte is
 * surely ours to say so of; a later one only if the block is what its record says.
 */
static VOID McpReportTwice(const MC_RECORD *Record, BOOLEAN Sure, const MC_CALL *Call)
{
    MC_FINDING *Finding = McFoundBegin(McKindDoubleFree, Call, Call->By);

    if (Finding == 0)
        return;
    Finding->Sure = Sure;
    Finding->Reason = Sure ? McReasonCameBack : McReasonOverlapped;
    Finding->Action = McActionForgotten;
    Finding->Address = Record->User;
    Finding->Where = McWhereStart;
    McRecordCopy(Record, &Finding->Block);
    McFoundEnd(Finding);
}

VOID McPlainCompare(ULONG_PTR Raw, SIZE_T Size, const MC_CALL *Call)
{
    MC_RECORD *Found[MC_OVERLAPS];
    MC_RECORD *Record;
    const ULONG_PTR Last = Raw + (Size != 0 ? Size - 1 : 0);
    ULONG Count, Index;
    BOOLEAN Start;

    if (!MC_PLAINS)
        return;
    do {
        Count = McIndexOverlaps(Raw, Last, Found);
        for (Index = 0; Index < Count; Index++) {
            Record = Found[Index];
            Start = (BOOLEAN)(Raw <= Record->User && Record->User <= Last);
            if (!McPlainElsewhere(Record, &Mc.Counts.Elsewhere) && McpCameBack(Record, Start))
                McpReportTwice(Record, Start, Call);
            McRecordRelease(Record);
        }
    } while (Count != 0);
}

/* A large block came after those whose pages it covers: had it been there before, each of them
 * would have shown it to be gone. */
BOOLEAN McPlainStale(MC_RECORD *Record)
{
    MC_RECORD *Large;
    BOOLEAN Stale;

    if (!McIsPlain(Record) || McIsLarge(Record) || !McLargeAny())
        return FALSE;
    Large = McLargeFind(Record->User);
    if (Large == 0)
        return FALSE;
    Stale = McRecordState(Large) == McStateLive;
    McRecordRelease(Large);
    if (Stale)
        McPlainElsewhere(Record, &Mc.Counts.Elsewhere);
    return Stale;
}

/* ---- its bytes, at its own free ---- */

/*
 * How much of the rear redzone may be read. The free itself is about to touch the first byte's page
 * (of a nonpaged block that is asked for all the same). A page behind it may be gone, or paged out.
 */
static ULONG McpReadable(const MC_RECORD *Record)
{
    const ULONG_PTR Own = Record->User & ~((ULONG_PTR)MC_PAGE_SIZE - 1);
    ULONG_PTR At = Record->User + Record->Size;
    const ULONG_PTR End = At + Record->Rear;
    ULONG_PTR Page;

    while (At < End) {
        Page = At & ~((ULONG_PTR)MC_PAGE_SIZE - 1);
        if (McIsPaged(Record) ? Page != Own : !McOsAddressValid(At))
            break;
        At = Page + MC_PAGE_SIZE;
    }
    return (ULONG)((At < End ? At : End) - (Record->User + Record->Size));
}

/*
 * Pages of a nonpaged block are there as long as it is: where one is gone, so is the block, and
 * another's is freed.
 *
 * The window of a report starts up to 15 bytes before the damage, in the same 16 and so in the same
 * page; it ends with what was readable.
 */
BOOLEAN McPlainInspect(MC_RECORD *Record, const MC_CALL *Call, MC_ACTION Action)
{
    const ULONG Readable = McpReadable(Record);
    MC_FINDING *Finding;

    if (McGuardIntact(Record->User + Record->Size, Readable))
        return McIsPaged(Record) || Readable == Record->Rear;
    Finding = McFoundBegin(McKindOverrun, Call, Call->By);
    if (Finding == 0)
        return FALSE;
    McRecordCopy(Record, &Finding->Block);
    Finding->Block.Rear = Readable;
    McDamage(&Finding->Block, 0, (LONG_PTR)Record->Size, Readable, &Finding->Damage);
    Finding->Sure = FALSE;
    Finding->Reason = McReasonPlain;
    Finding->Address = Record->User + (ULONG_PTR)Finding->Damage.First;
    Finding->Where = McWhereRear;
    Finding->Action = Action;
    McEvidenceDamage(Finding);
    McFoundEnd(Finding);
    return FALSE;
}
