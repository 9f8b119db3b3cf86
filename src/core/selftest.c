/* selftest.c - INIT ends with a proof that the detectors work on this system. */
#include "core.h"

#define MCP_SELF_TEST_TAG 0x74536354u /* 'TcSt' in a dump */

/* One byte of a zone changed must be seen, and put right again must not. */
static BOOLEAN McpSees(ULONG_PTR Byte, ULONG_PTR Zone, SIZE_T Length)
{
    volatile UCHAR *P = (volatile UCHAR *)Byte;
    UCHAR Before = *P;
    BOOLEAN Seen;

    *P = 0;
    Seen = !McGuardIntact(Zone, Length);
    *P = Before;
    return Seen && McGuardIntact(Zone, Length);
}

static BOOLEAN McpDetects(MC_LANE *Lane, ULONG_PTR User, const MC_CALL *Call)
{
    MC_RECORD *Record = McIndexFind(User + 1);
    MC_RELEASE Release;
    BOOLEAN Works, Held;

    if (Record == 0) { /* handed out without protection: no memory for the index */
        McReleaseFor(MCP_SELF_TEST_TAG, &Release);
        McOsPoolFree((PVOID)User, &Release);
        return FALSE;
    }
    Held = McQuarantineTakes(Record); /* not with redzones larger than the quarantine */
    Works = Record->User == User &&
            McpSees(User + Record->Size, User + Record->Size, Record->Rear) &&
            McpSees(User - 1, User - Record->Front, Record->Front);
    McRecordRelease(Record);
    if (McFreeJudge(Lane, User, Call) || !Works)
        return FALSE;
    if (!Held)
        return TRUE;
    Record = McIndexFindExact(User);
    if (Record == 0)
        return FALSE;
    Works = McRecordState(Record) == McStateQuarantined;
    McRecordRelease(Record);
    return Works;
}

BOOLEAN McSelfTest(const MC_CALL *Call)
{
    MC_LANE *Lane = McLaneHere();
    MC_REQUEST Request;
    BOOLEAN Works;
    ULONG_PTR User;

    McBytesZero(&Request, sizeof(Request));
    Request.Routine = McExAllocatePoolWithTag;
    Request.Type = (ULONG)NonPagedPool;
    Request.Size = 21;
    Request.Tag = MCP_SELF_TEST_TAG;
    User = (ULONG_PTR)McAllocateMonitored(Lane, &Request, Call);
    if (User == 0)
        return FALSE;
    Works = McpDetects(Lane, User, Call);
    McQuarantineDrain(Call, McBySelfTest);
    McRetiredForget(User);
    return Works;
}
