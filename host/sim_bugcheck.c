/* sim_bugcheck.c - the end of the system, which a test may expect. */
#include <pthread.h>
#include <string.h>
#include "simp.h"

static pthread_mutex_t BugCheckLock = PTHREAD_MUTEX_INITIALIZER;
static SIM_BUGCHECK LastOne;
static ULONG HowMany;
static BOOLEAN IsExpected;

void SimpBugCheckStart(void)
{
    memset(&LastOne, 0, sizeof LastOne);
    HowMany = 0;
    IsExpected = FALSE;
}

void SimExpectBugChecks(BOOLEAN Expected)
{
    pthread_mutex_lock(&BugCheckLock);
    IsExpected = Expected;
    pthread_mutex_unlock(&BugCheckLock);
}

ULONG SimBugChecks(SIM_BUGCHECK *Last)
{
    ULONG Result;

    pthread_mutex_lock(&BugCheckLock);
    if (Last != NULL) {
        *Last = LastOne;
    }
    Result = HowMany;
    pthread_mutex_unlock(&BugCheckLock);
    return Result;
}

VOID KeBugCheckEx(ULONG BugCheckCode, ULONG_PTR P1, ULONG_PTR P2, ULONG_PTR P3, ULONG_PTR P4)
{
    BOOLEAN Expected;

    (void)SimpEnter(__func__);
    pthread_mutex_lock(&BugCheckLock);
    LastOne.Code = BugCheckCode;
    LastOne.Parameters[0] = P1;
    LastOne.Parameters[1] = P2;
    LastOne.Parameters[2] = P3;
    LastOne.Parameters[3] = P4;
    HowMany++;
    Expected = IsExpected;
    pthread_mutex_unlock(&BugCheckLock);
    if (!Expected) {
        SimpFatal("bug check 0x%x (0x%zx, 0x%zx, 0x%zx, 0x%zx)", (unsigned)BugCheckCode, P1, P2, P3,
                  P4);
    }
}
