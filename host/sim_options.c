/* sim_options.c - the option string, where a driver has a registry value. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include "simp.h"

const char SimNotAString[1];

static pthread_mutex_t OptionsLock = PTHREAD_MUTEX_INITIALIZER;
static char *Set; /* what a test has set, copied; SimNotAString as it is */
static BOOLEAN IsSet;

static void Forget(void)
{
    if (Set != SimNotAString) {
        free(Set);
    }
    Set = NULL;
}

void SimOptions(PCSTR String)
{
    pthread_mutex_lock(&OptionsLock);
    Forget();
    IsSet = TRUE;
    if (String == SimNotAString) {
        Set = (char *)SimNotAString;
    } else if (String != NULL) {
        Set = strdup(String);
        if (Set == NULL) {
            SimpFatal("SimOptions: no memory");
        }
    }
    pthread_mutex_unlock(&OptionsLock);
}

void SimpOptionsStop(void)
{
    pthread_mutex_lock(&OptionsLock);
    Forget();
    IsSet = FALSE;
    pthread_mutex_unlock(&OptionsLock);
}

ULONG SimOptionsRead(char *Buffer, ULONG Size)
{
    SIM_THREAD *Self = SimpEnter(__func__);
    const char *String;
    ULONG Length = 0;

    if (!SimpIrqlAtMost(Self, __func__, PASSIVE_LEVEL) || !SimpNotUnderLock(Self, __func__)) {
        return SIM_OPTIONS_NONE;
    }
    pthread_mutex_lock(&OptionsLock);
    String = IsSet ? Set : getenv("MEMCHECK_OPTIONS");
    if (String == NULL) {
        Length = SIM_OPTIONS_NONE;
    } else if (String == SimNotAString) {
        Length = SIM_OPTIONS_TYPE;
    } else {
        Length = (ULONG)strlen(String);
        memcpy(Buffer, String, Length < Size ? Length : Size);
    }
    pthread_mutex_unlock(&OptionsLock);
    return Length;
}
