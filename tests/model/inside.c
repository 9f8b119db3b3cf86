/*
 * inside.c - the rules of MemCheck's own structures, at a moment when nobody is inside: the index,
 * the large blocks, the retired, the records, the queues of the quarantine; and its counters.
 */
#include <stdio.h>

#include "core.h"
#include "index.h"
#include "model.h"

/* ---- records ---- */

typedef struct _MD_RECORDS {
    ULONG Live;
    ULONG Freeing;
    ULONG Held;
    ULONG Gone; /* held, but somebody else's */
    ULONG Plain;
    ULONG Free;
} MD_RECORDS;

static const char *CountRecord(MD_RECORDS *Records, const MC_RECORD *Record)
{
    const MC_STATE State = McRecordState(Record);

    if (State == McStateGone) {
        Records->Free++;
        return Record->State == MC_STATE_CODE(McStateGone) ? NULL : "a spare record is referenced";
    }
    if (!McpIsValidRecord(Record)) {
        return "McpIsValidRecord";
    }
    Records->Plain += Record->Front == 0;
    switch (State) {
    case McStateLive: Records->Live++; break;
    case McStateFreeing: Records->Freeing++; break;
    case McStateQuarantined:
        Records->Held++;
        Records->Gone += (Record->Noted & MC_NOTED_GONE) != 0;
        break;
    default: return "a record hangs between two states";
    }
    if (MC_REFERENCES(Record->State) != (State == McStateFreeing ? 1 : 0)) {
        return "a record is referenced, and nobody is inside";
    }
    return NULL;
}

static const char *CountRecords(MD_RECORDS *Records)
{
    const char *Wrong = NULL;
    ULONG Handle;

    for (Handle = 1; Handle < McRecordLimit() && Wrong == NULL; Handle++) {
        /* guard bytes are at both ends of a segment */
        if ((Handle - 1) % MC_SEGMENT - 1 < MC_SEGMENT_RECORDS) {
            if (McRecordAt(Handle) == NULL) {
                return "a record is not at its place";
            }
            Wrong = CountRecord(Records, McRecordAt(Handle));
        }
    }
    return Wrong;
}

/* ---- lanes: what they hold ---- */

/* The list is as long and as heavy as its sums say, ends at its tail, and has no other's block. */
static const char *CheckQueue(const MC_QUEUE *Queue, BOOLEAN Paged, ULONG *Held)
{
    const MC_RECORD *Record, *Last = NULL;
    ULONG Blocks = 0;
    SIZE_T Bytes = 0;

    for (Record = McRecordAt(Queue->Head); Record != NULL; Record = McRecordAt(Record->Next)) {
        if (McRecordState(Record) != McStateQuarantined || McIsPaged(Record) != Paged ||
            ++Blocks > McRecordLimit()) {
            return "a queue of the quarantine holds what it should not";
        }
        Bytes += Record->Size + Record->Front + Record->Rear;
        Last = Record;
    }
    *Held += Blocks;
    if (Blocks != Queue->Blocks || Bytes != Queue->Bytes) {
        return "a queue's sums are not those of its blocks";
    }
    if (Queue->Tail != (Last != NULL ? Last->Handle : 0)) {
        return "a queue does not end at its tail";
    }
    return NULL;
}

static const char *CheckSpare(const MC_LANE *Lane, ULONG *Spare)
{
    const MC_RECORD *Record;

    for (Record = McRecordAt(Lane->Spare); Record != NULL; Record = McRecordAt(Record->Next)) {
        if (McRecordState(Record) != McStateGone || ++*Spare > McRecordLimit()) {
            return "a spare record is in use";
        }
    }
    return NULL;
}

static const char *CheckLanes(const MD_RECORDS *Records)
{
    ULONG Index, Held = 0, Spare = 0;
    const char *Wrong = NULL;

    for (Index = 0; Index < MC_MOST_LANES && Wrong == NULL; Index++) {
        const MC_LANE *Lane = &Mc.Lane[Index];

        if (Lane->InFlight != 0) {
            return "an operation is still counted in";
        }
        Wrong = CheckQueue(&Lane->Queue[0], FALSE, &Held);
        Wrong = Wrong != NULL ? Wrong : CheckQueue(&Lane->Queue[1], TRUE, &Held);
        Wrong = Wrong != NULL ? Wrong : CheckSpare(Lane, &Spare);
    }
    if (Wrong == NULL && Held != Records->Held) {
        Wrong = "a block is in quarantine and in no queue";
    }
    return Wrong == NULL && Spare != Records->Free ? "a spare record is lost" : Wrong;
}

/* ---- and the model ---- */

static const char *CompareModel(const MD_RECORDS *Records)
{
    static char Text[120];
    ULONG Index, Counts[MdLost + 1] = {0};

    for (Index = 0; Index < Md.BlockCount; Index++) {
        Counts[Md.Blocks[Index].State]++;
    }
    if (Records->Plain != (ULONG)Mc.Plains) {
        return "the count of plain blocks is wrong";
    }
    if (Md.Loose) {
        return NULL; /* MemCheck may know more than the model thinks */
    }
    if (Records->Live != Counts[MdLive] || Records->Freeing != Counts[MdDeferred] ||
        Records->Held - Records->Gone != Counts[MdHeld]) {
        snprintf(Text, sizeof(Text),
                 "live %u, freeing %u, held %u; the model has %u live, %u freeing, %u held",
                 Records->Live, Records->Freeing, Records->Held - Records->Gone, Counts[MdLive],
                 Counts[MdDeferred], Counts[MdHeld]);
        return Text;
    }
    return NULL;
}

/*
 * What is held is within bounds, all lanes together: but for what other threads had in hand when
 * the last block came in, each of them one at the most, as that is passed over until the next one
 * comes.
 */
static const char *CheckBounds(void)
{
    const ULONG InHand = Md.Threads - 1;
    ULONG Index, Paged, Blocks[2] = {0, 0};
    SIZE_T Bytes[2] = {0, 0}, Largest[2] = {0, 0};

    for (Index = 0; Index < Md.BlockCount; Index++) {
        const MD_BLOCK *Block = &Md.Blocks[Index];

        if (Block->State == MdHeld) {
            Blocks[Block->Paged]++;
            Bytes[Block->Paged] += Block->RawSize;
            if (Block->RawSize > Largest[Block->Paged]) {
                Largest[Block->Paged] = Block->RawSize;
            }
        }
    }
    if (Mc.QuarantineBytes != MdQuarantineBytes() || Mc.QuarantineBlocks != MdQuarantineBlocks()) {
        return NULL; /* they have just changed: the next free brings it within */
    }
    for (Paged = 0; Paged < 2; Paged++) {
        if (Md.Threads != 1 &&
            (Blocks[Paged] > Mc.QuarantineBlocks * Md.Lanes + InHand ||
             Bytes[Paged] > Mc.QuarantineBytes * Md.Lanes + InHand * Largest[Paged])) {
            return "more is held than the quarantine's bounds allow";
        }
    }
    return NULL;
}

const char *MdInside(void)
{
    MD_RECORDS Records = {0, 0, 0, 0, 0, 0};
    const char *Wrong;

    if (Mc.Phase != McPhaseOn) {
        return "MemCheck is not on";
    }
    if (!McpIsValidIndex()) {
        return "McpIsValidIndex";
    }
    if (!McpIsValidRetired()) {
        return "McpIsValidRetired";
    }
    Wrong = CountRecords(&Records);
    Wrong = Wrong != NULL ? Wrong : CheckLanes(&Records);
    Wrong = Wrong != NULL ? Wrong : CompareModel(&Records);
    return Wrong != NULL ? Wrong : CheckBounds();
}

void MdInsideBreak(MD_BREAK What)
{
    ULONG Handle;

    if (What == MdBreakQueue) {
        Mc.Lane[0].Queue[0].Bytes += 16;
    }
    for (Handle = 1; What == MdBreakRecord && Handle < McRecordLimit(); Handle++) {
        if (McRecordAt(Handle) != NULL && McRecordState(McRecordAt(Handle)) == McStateLive) {
            McRecordAt(Handle)->Handle++;
            return;
        }
    }
}

/* ---- counters ---- */

#define MD_COUNT(Field, Wanted)               \
    if ((ULONG)Mc.Counts.Field != (Wanted)) { \
        return "counter " #Field " is wrong"; \
    }

const char *MdInsideCounts(void)
{
    if (Mc.Phase != McPhaseEnded) {
        return "MemCheck has not ended";
    }
    if (McLaneAllocations() != Md.Allocations) {
        return "the allocations of the lanes are wrong";
    }
    MD_COUNT(Unprotected, 0u)
    MD_COUNT(Untracked, Md.Untracked)
    MD_COUNT(Unwatched, Md.Unwatched)
    MD_COUNT(PoolFailed, Md.PoolFailed)
    MD_COUNT(Drained, Md.Drained)
    MD_COUNT(ForeignFrees, Md.ForeignFrees)
    MD_COUNT(Deferred, Md.Deferred)
    MD_COUNT(DeferredLost, 0u)
    MD_COUNT(TooHigh, 0u)
    if (!Md.Loose) {
        MD_COUNT(HandedOver, Md.HandedOver)
        MD_COUNT(Elsewhere, Md.Elsewhere)
        if (Md.Options.Stacks < 2) {
            MD_COUNT(ForSystem, Md.ForSystem)
        }
    }
    return NULL;
}
