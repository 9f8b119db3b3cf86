/* access.c - MEM_VALID_ACCESS, MEM_VALID_RANGE, MEM_DESCRIBE: what is an address? No byte at it is
 * touched. */
#include "core.h"

MC_REASON McWildHere(ULONG_PTR Address)
{
    MC_PLACE Place;

    Place.SystemStart = McOsSystemStart();
    if (!McOsStack(&Place.StackLow, &Place.StackHigh))
        Place.StackLow = Place.StackHigh = 0;
    if (!McOsImage(&Place.ImageLow, &Place.ImageHigh))
        Place.ImageLow = Place.ImageHigh = 0;
    return McWild(&Place, Address);
}

/* The block that holds the address, with a reference; NULL: none. */
static MC_RECORD *McpAccessFind(ULONG_PTR Address)
{
    MC_RECORD *Record = McIndexFind(Address);

    if (Record != 0 && McPlainStale(Record)) {
        McRecordRelease(Record);
        Record = McIndexFind(Address);
    }
    return Record;
}

/* It may be another's by now, as is said. */
static VOID McpAccessRetired(MC_FINDING *Finding)
{
    Finding->Where = McWhere(&Finding->Block, Finding->Address);
    Finding->Sure = FALSE;
    Finding->Reason = McReasonReused;
}

static VOID McpAccessBlock(MC_FINDING *Finding, ULONG_PTR Address, const MC_RECORD *Record)
{
    Finding->Address = Address;
    if (Record != 0) {
        McRecordCopy(Record, &Finding->Block);
        Finding->Where = McWhere(&Finding->Block, Address);
    } else if (McRetiredFind(Address, &Finding->Block)) {
        McpAccessRetired(Finding);
    }
}

/* ---- MEM_VALID_ACCESS, MEM_VALID_RANGE ---- */

BOOLEAN McAccessNothing(ULONG_PTR Address)
{
    return (BOOLEAN)(Mc.Phase == McPhaseOn && McIndexIsEmpty(Address) && !McLargeAny() &&
                     McOsIrql() <= DISPATCH_LEVEL && McFoundIgnored(McKindBadAccess));
}

static VOID McpSayOutside(ULONG_PTR Outside, const MC_RECORD *Record, ULONG_PTR Given,
                          SIZE_T Length, const MC_CALL *Call)
{
    MC_FINDING *Finding =
        McFoundIgnored(McKindBadAccess) ? 0 : McFoundBegin(McKindBadAccess, Call, Call->By);

    if (Finding == 0)
        return;
    McpAccessBlock(Finding, Outside, Record);
    Finding->Given = Given;
    Finding->Bytes = Length;
    McFoundEnd(Finding);
}

/* Bytes from Address to the end of the live block that it is in; 0: it is in none. */
static SIZE_T McpAccessLeft(const MC_RECORD *Record, ULONG_PTR Address)
{
    if (Record == 0 || McRecordState(Record) != McStateLive || Address < Record->User ||
        Address - Record->User >= Record->Size)
        return 0;
    return Record->Size - (Address - Record->User);
}

BOOLEAN McAccessValid(ULONG_PTR Address, const MC_CALL *Call)
{
    MC_RECORD *Record = McpAccessFind(Address);
    const BOOLEAN Valid = McpAccessLeft(Record, Address) != 0;

    if (!Valid)
        McpSayOutside(Address, Record, Address, 1, Call);
    if (Record != 0)
        McRecordRelease(Record);
    return Valid;
}

/* Lengths are compared with what is left of the block, so an end beyond all addresses is nothing
 * special. */
BOOLEAN McAccessRange(ULONG_PTR Address, SIZE_T Length, const MC_CALL *Call)
{
    MC_RECORD *Record = McpAccessFind(Address);
    const SIZE_T Left = McpAccessLeft(Record, Address);
    BOOLEAN Valid;

    Valid = Length != 0 ? Length <= Left
                        : Left != 0 || (Record != 0 && McRecordState(Record) == McStateLive &&
                                        Address == Record->User + Record->Size);
    if (!Valid)
        McpSayOutside(Address + Left, Record, Address, Length, Call);
    if (Record != 0)
        McRecordRelease(Record);
    return Valid;
}

/* ---- MEM_DESCRIBE ---- */

/* Of no block, and never of one that is remembered. */
static MC_REASON McpAccessElse(ULONG_PTR Address)
{
    const MC_REASON Reason = McWildHere(Address);

    if (Reason != McReasonNone && Reason != McReasonMisaligned)
        return Reason;
    return McOsAddressValid(Address) ? McReasonForeign : McReasonNowhere;
}

VOID McAccessDescribe(ULONG_PTR Address, const MC_CALL *Call)
{
    MC_RECORD *Record = McpAccessFind(Address);
    MC_FINDING *Finding = McFoundBegin(McKindDescribe, Call, Call->By);

    if (Finding != 0) {
        McpAccessBlock(Finding, Address, Record);
        if (Finding->Block.Number == 0 && McRetiredHolding(Address, &Finding->Block))
            McpAccessRetired(Finding);
        if (Finding->Block.Number == 0)
            Finding->Reason = McpAccessElse(Address);
        Finding->Action = McActionNone;
        McEvidenceNear(Finding);
        McFoundEnd(Finding);
    }
    if (Record != 0)
        McRecordRelease(Record);
}
