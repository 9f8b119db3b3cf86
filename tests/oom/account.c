/* account.c - the counters that MemCheck prints at exit, beside what happened. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "oom.h"

OOM_ACCOUNT OomAccount;

/* Of the lines for programs that say the end; 0 where a counter is not there. */
static ULONG Said(const char *Key, BOOLEAN *Exit)
{
    char Text[64];
    SIM_OUTPUT Line;
    const char *At;
    ULONG Index;

    snprintf(Text, sizeof(Text), " %s=", Key);
    for (Index = 0; SimOutputEntry(Index, &Line); Index++) {
        if (strstr(Line.Text, " kind=exit") == NULL) {
            continue;
        }
        *Exit = TRUE;
        At = strstr(Line.Text, Text);
        if (At != NULL) {
            return (ULONG)strtoul(At + strlen(Text), NULL, 10);
        }
    }
    return 0;
}

void OomAccountCheck(void)
{
    const struct {
        const char *Key;
        ULONG Value;
    } Rows[] = {
        {"allocations", OomAccount.Allocations},
        {"unprotected", OomAccount.Unprotected},
        {"untracked", OomAccount.Untracked},
        {"not_monitored", OomAccount.Unwatched},
        {"failed_by_the_pool", OomAccount.PoolFailed},
        {"quarantine_drained", OomAccount.Drained},
        {"foreign_frees", OomAccount.ForeignFrees},
        {"handed_over", OomAccount.HandedOver},
        {"reports_lost", 0},
        {"deferred_frees_lost", 0},
    };
    BOOLEAN Exit = FALSE;
    ULONG Index, Lost;

    Lost = Said("sites_lost", &Exit) + Said("stacks_lost", &Exit);
    if (Exit != OomOn) {
        OomFail(__LINE__, "%s", OomOn ? "no line at exit" : "a line at exit, of what was off");
    }
    for (Index = 0; OomOn && Index < sizeof(Rows) / sizeof(Rows[0]); Index++) {
        const ULONG Value = Said(Rows[Index].Key, &Exit);

        if (Value != Rows[Index].Value) {
            OomFail(__LINE__, "%s: MemCheck says %u, there were %u", Rows[Index].Key,
                    (unsigned)Value, (unsigned)Rows[Index].Value);
        }
    }
    Index = Said("reports", &Exit) + Said("repeated", &Exit);
    if (OomOn && Index != OomAccount.Findings) {
        OomFail(__LINE__, "reports and repeated: MemCheck says %u, there were %u", (unsigned)Index,
                (unsigned)OomAccount.Findings);
    }
    if (Lost != 0 && OomAccount.OwnFailures == 0) {
        OomFail(__LINE__, "sites or stacks are lost, and there was memory for them");
    }
}
