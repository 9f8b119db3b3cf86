/*
 * checkpoint.c - MEM_CHECKPOINT, MEM_DIFFERENCE: what appeared since a moment, and is still there.
 *
 * Blocks are numbered by lane, so a checkpoint is each lane's number at that moment. It is the
 * driver's variable; a check value tells one that was set in this load of the driver from whatever
 * else its address may hold.
 */
#include "core.h"
#include "report.h"

static ULONG_PTR McpCheckpointSecret; /* of this load; never 0 once there is one */
static ULONG McpCheckpointRun;        /* MEM_CHECK_INIT, counted */
static volatile LONG McpCheckpoints;  /* in this run */
static volatile LONG McpDifferences;

typedef char McpCheckpointLanesFit[MC_CHECKPOINT_LANES == MC_MOST_LANES ? 1 : -1];

VOID McCheckpointStart(VOID)
{
    if (McpCheckpointSecret == 0)
        McpCheckpointSecret = McOsSecret() | 1;
    McpCheckpointRun++;
    McOsExchange(&McpCheckpoints, 0);
    McOsExchange(&McpDifferences, 0);
}

static ULONG_PTR McpCheckpointValue(const MC_CHECKPOINT *Checkpoint)
{
    ULONG_PTR Value = McpCheckpointSecret;
    ULONG Lane;

    Value = (Value ^ Checkpoint->Number) * 0x9E3779B1u;
    Value = (Value ^ Checkpoint->Run) * 0x9E3779B1u;
    for (Lane = 0; Lane < MC_CHECKPOINT_LANES; Lane++)
        Value = (Value ^ Checkpoint->Blocks[Lane]) * 0x9E3779B1u;
    return Value | 1; /* one of zeros was never set */
}

VOID McCheckpointSet(MC_CHECKPOINT *Checkpoint, const MC_CALL *Call)
{
    MC_NUMBER Numbers[2];
    ULONG Lane;

    if (Checkpoint == 0) {
        McFoundCall(McKindWrongOrder, McReasonNoCheckpoint, McActionIgnored, 0, Call);
        return;
    }
    Checkpoint->Number = (ULONG)McOsAdd(&McpCheckpoints, 1);
    Checkpoint->Run = McpCheckpointRun;
    for (Lane = 0; Lane < MC_CHECKPOINT_LANES; Lane++)
        Checkpoint->Blocks[Lane] = Mc.Lane[Lane].Numbers;
    Checkpoint->Check = McpCheckpointValue(Checkpoint);
    Numbers[0].Name = "number";
    Numbers[0].Value = Checkpoint->Number;
    Numbers[1].Name = "allocations";
    Numbers[1].Value = McLaneAllocations();
    McNoticeNumbers("checkpoint", Numbers, 2);
}

static MC_REASON McpCheckpointFault(const MC_CHECKPOINT *Checkpoint)
{
    ULONG Lane;

    if (Checkpoint->Check == McpCheckpointValue(Checkpoint))
        return Checkpoint->Run == McpCheckpointRun ? McReasonNone : McReasonRestarted;
    if (Checkpoint->Check != 0 || Checkpoint->Number != 0 || Checkpoint->Run != 0)
        return McReasonNoCheckpoint;
    for (Lane = 0; Lane < MC_CHECKPOINT_LANES; Lane++)
        if (Checkpoint->Blocks[Lane] != 0)
            return McReasonNoCheckpoint;
    return McReasonNeverSet;
}

static VOID McpSayNew(const MC_GROUP *Group, const MC_CHECKPOINT *Since, const MC_CALL *Call)
{
    const MC_SITE_TALLY *Site = McSiteTally(Group->Site);
    MC_FINDING *Finding = McFoundBegin(McKindDifference, Call, Call->By);

    if (Finding == 0)
        return;
    Finding->Sure = Group == &Site->Group[0];
    Finding->Reason = Finding->Sure ? McReasonNone : McReasonPlain;
    Finding->Action = McActionNone;
    Finding->Checkpoint = Since != 0 ? Since->Number : 0;
    McTallyFill(Group, Finding);
    McFoundEnd(Finding);
}

static VOID McpSayDifference(const MC_GROUPS *Tally, const MC_CHECKPOINT *Since)
{
    MC_NUMBER Numbers[5];
    ULONG Count = 0;

    Numbers[Count].Name = "number";
    Numbers[Count++].Value = (ULONG)McOsAdd(&McpDifferences, 1);
    if (Since != 0) {
        Numbers[Count].Name = "since checkpoint";
        Numbers[Count++].Value = Since->Number;
    }
    Numbers[Count].Name = "buffers";
    Numbers[Count++].Value = Tally->Blocks;
    Numbers[Count].Name = "bytes";
    Numbers[Count++].Value = Tally->Bytes;
    Numbers[Count].Name = "places";
    Numbers[Count++].Value = Tally->Groups;
    McNoticeNumbers("differences", Numbers, Count);
}

ULONG McDifferenceList(const MC_CHECKPOINT *Checkpoint, const MC_CALL *Call)
{
    const MC_REASON Fault = Checkpoint != 0 ? McpCheckpointFault(Checkpoint) : McReasonNone;
    MC_GROUPS Tally;
    MC_GROUP *Group;

    if (Fault != McReasonNone) {
        McFoundCall(McKindWrongOrder, Fault, McActionIgnored, 0, Call);
        return 0;
    }
    if (!McTallyBegin())
        return 0;
    McTallySites(&Tally, Call, Checkpoint != 0 ? Checkpoint->Blocks : 0);
    for (Group = Tally.First; Group != 0; Group = Group->Next) {
        McpSayNew(Group, Checkpoint, Call);
        McTallyDone(Group);
    }
    McpSayDifference(&Tally, Checkpoint);
    McTallyEnd();
    return Tally.Blocks;
}
