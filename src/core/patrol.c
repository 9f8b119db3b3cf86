/*
 * patrol.c - a few blocks looked at with the driver's own operations, so that damage is found soon,
 * without a check of them all.
 *
 * Every patrol-every-th allocation or free is a patrol: it looks at up to `patrol` owned blocks,
 * live or held back, one after the other by the handles of their records, and remembers for its
 * lane where it stopped. Nonpaged operations look at nonpaged blocks, and paged ones, which may
 * touch any pool, at all; each sort counts and goes its own round, so that no rhythm of the two
 * keeps the one from its turn.
 *
 * What this promises. There are n handles: the most blocks, live and held back, that there were at
 * one time, rounded up to 128s. A patrol looks at one handle at the least for each block it may
 * look at, and at no more than MC_PATROL_STEPS, so it goes once round in n / patrol patrols. Damage
 * to a nonpaged block is found before patrol-every * (n / patrol + 1) further operations of one
 * sort in one lane have ended, damage to a paged one before so many paged ones have. Two threads
 * that use a lane at the same moment can lose a count, or look at the same block, for once.
 *
 * No lock is held, nothing but the driver's block is touched, and nothing is allocated: no patrol
 * comes out of a patrol.
 */
#include "core.h"
#include "work.h"

/* Handles that one patrol steps over at the most, whether there is a block or not. */
#define MC_PATROL_STEPS(Blocks) (8 * (Blocks) + 8)

/* With every so many patrols a piece of MemCheck's own memory is looked at as well. */
#define MC_PATROL_OWN 16u

/* The states are asked first, without a reference: most handles are spare or another sort's. */
BOOLEAN McPatrolLook(MC_RECORD *Record, BOOLEAN Paged, MC_BY By, MC_INTACT Intact,
                     const MC_CALL *Call)
{
    const MC_STATE State = Record != 0 ? McRecordState(Record) : McStateGone;
    BOOLEAN Looked = FALSE;

    if (State != McStateLive && State != McStateQuarantined)
        return FALSE;
    if (!McRecordReferenceBytes(Record))
        return FALSE;
    if (!McIsPlain(Record) && (Paged || !McIsPaged(Record))) {
        MC_WORK_LOOK(Record->Size, State == McStateQuarantined);
        McBlockInspect(Record, Call, By, McActionGoOn);
        McIntactMark(Record, 0, Intact, Call);
        Looked = TRUE;
    }
    McRecordRelease(Record);
    return Looked;
}

static VOID McpPatrolBeat(MC_BEAT *Beat, BOOLEAN Paged, const MC_CALL *Call)
{
    const ULONG Limit = McRecordLimit();
    ULONG Blocks = McOptions.Patrol;
    ULONG Steps = MC_PATROL_STEPS(Blocks);
    ULONG Handle = Beat->At;

    if (Steps >= Limit)
        Steps = Limit - 1; /* none twice */
    for (; Steps != 0 && Blocks != 0; Steps--) {
        Handle = Handle + 1 < Limit ? Handle + 1 : 1;
        if (McPatrolLook(McRecordAt(Handle), Paged, McByPatrol, McIntactPatrol, Call))
            Blocks--;
    }
    Beat->At = Handle;
}

VOID McPatrol(MC_LANE *Lane, BOOLEAN Paged, const MC_CALL *Call)
{
    MC_BEAT *Beat = &Lane->Beat[Paged ? 1 : 0];
    const ULONG Every = McOptions.CheckEvery;

    /* Not in INIT, nor in EXIT; not for a free that had to wait, and is long past. */
    if (Mc.Phase != McPhaseOn || Call->Event.Irql > DISPATCH_LEVEL)
        return;
    if (Every != 0 && (ULONG)McOsAdd(&Mc.Operations, 1) % Every == 0)
        McSweep(Call, McByCheckEvery, Paged);
    if (McOptions.Patrol == 0 || ++Beat->Since < McOptions.PatrolEvery)
        return;
    Beat->Since = 0;
    McpPatrolBeat(Beat, Paged, Call);
    if (++Beat->Own >= MC_PATROL_OWN) {
        Beat->Own = 0;
        McOwnLook(1, Call, McByPatrol);
    }
}

static VOID McpPatrolNeighbour(MC_RECORD *Record, BOOLEAN Paged, const MC_CALL *Call)
{
    if (Record == 0)
        return;
    McPatrolLook(Record, Paged, McByNeighbour, McIntactNeighbour, Call);
    McRecordRelease(Record);
}

VOID McPatrolNeighbours(ULONG_PTR First, ULONG_PTR Last, BOOLEAN Paged, const MC_CALL *Call)
{
    if (Mc.Phase != McPhaseOn || Call->Event.Irql > DISPATCH_LEVEL)
        return;
    McpPatrolNeighbour(McIndexBefore(First), Paged, Call);
    McpPatrolNeighbour(McIndexAfter(Last), Paged, Call);
}
