/*
 * finding.c - the names of what a finding can say, for machines and for people.
 *
 * One row for each value of an enumeration, in its order; a value without its row does not compile
 * (the assertion behind each table). A new kind, reason or action is a row here, a case in title.c
 * where its title says more than its name, and a section in docs/reports.md. A routine of the kit
 * is a row in mcroutines.h, and nothing here.
 */
#include "words.h"
#include "mcroutines.h"

#define MCP_ROWS(Table) (sizeof(Table) / sizeof((Table)[0]))

typedef struct _MCP_KIND_ROW {
    const char *Machine;
    const char *Title;
    UCHAR Damage; /* McKindIsDamage ... */
    UCHAR Free;
    UCHAR Call;
} MCP_KIND_ROW;

static const MCP_KIND_ROW McpKinds[] = {
    {"none", "NOTHING", 0, 0, 0},
    {"overrun", "BUFFER OVERRUN", 1, 0, 0},
    {"underrun", "BUFFER UNDERRUN", 1, 0, 0},
    {"write-after-free", "WRITE AFTER FREE", 1, 0, 0},
    {"double-free", "DOUBLE FREE", 0, 1, 0},
    {"late-free", "LATE FREE", 0, 1, 0},
    {"after-exit-free", "FREE AFTER MEM_CHECK_EXIT", 0, 1, 0},
    {"interior-free", "FREE OF AN ADDRESS INSIDE A BUFFER", 0, 1, 0},
    {"redzone-free", "FREE OF GUARD BYTES", 0, 1, 0},
    {"wild-free", "WILD FREE", 0, 1, 0},
    {"foreign-free", "FOREIGN FREE", 0, 1, 0},
    {"wrong-tag", "WRONG TAG", 0, 1, 0},
    {"leak", "LEAK", 0, 0, 0},
    {"leak-site", "LEAK SITE", 0, 0, 0},
    {"bad-access", "BAD ACCESS", 0, 0, 0},
    {"wrong-irql", "WRONG IRQL", 0, 0, 1},
    {"wrong-order", "WRONG ORDER", 0, 0, 1},
    {"bad-request", "BAD REQUEST", 0, 0, 1},
    {"bad-hand-over", "BAD HAND-OVER", 0, 1, 0},
    {"describe", "ADDRESS", 0, 0, 0},
    {"injected", "INJECTED FAILURE", 0, 0, 1},
    {"difference", "NEW", 0, 0, 0},
    {"own-memory", "MEMCHECK'S OWN MEMORY DAMAGED", 0, 0, 0},
};
typedef char McpKindsFit[MCP_ROWS(McpKinds) == McKinds ? 1 : -1];

typedef struct _MCP_REASON_ROW {
    const char *Machine;
    const char *Title;
    const char *Phrase;
} MCP_REASON_ROW;

static const MCP_REASON_ROW McpReasons[] = {
    {"none", "an address that cannot be a buffer", "not certain"},
    {"null", "NULL", "an allocation that failed, or a pointer cleared after its free"},
    {"user-space", "an address below system space",
     "no pool memory lies there: a user's pointer, a handle, or neither"},
    {"misaligned", "an address that no pool block has",
     "not aligned as pool blocks are: the pointer was moved or overwritten"},
    {"stack", "an address on the caller's stack", "a local variable is not to be freed"},
    {"image", "an address inside the driver itself", "a global variable is not to be freed"},
    {"reused", "memory that may have a new owner",
     "the memory may belong to another by now, and this free be right"},
    {"plain", "a buffer that the system may have freed",
     "the system may have freed it, and another own the memory by now"},
    {"uninitialised", "called before MEM_CHECK_INIT",
     "MEM_CHECK_INIT is the first call of all: until then nothing is checked"},
    {"twice", "called a second time", "one MEM_CHECK_INIT, one MEM_CHECK_EXIT"},
    {"after-exit", "called after MEM_CHECK_EXIT",
     "MEM_CHECK_EXIT is the last call of all: from then on nothing is checked"},
    {"no-init", "called without MEM_CHECK_INIT", "there is nothing to end"},
    {"too-high", "called above DISPATCH_LEVEL", "no pool routine may be called there"},
    {"paged-high", "called for paged pool above APC_LEVEL",
     "paged pool may be used up to APC_LEVEL only"},
    {"not-passive", "called above PASSIVE_LEVEL",
     "MEM_CHECK_INIT and MEM_CHECK_EXIT are for PASSIVE_LEVEL"},
    {"zero-tag", "tag 0", "a tag must not be 0: it tells whose the memory is"},
    {"bad-tag", "a tag that cannot be printed",
     "a tag is one to four printable characters, 0x20 to 0x7e"},
    {"zero-bytes", "0 bytes", "to be avoided: it still takes memory, and often a length is wrong"},
    {"must-succeed", "must-succeed pool",
     "not for drivers from Windows XP on: use ordinary pool, handle NULL"},
    {"came-back", "a buffer freed past MemCheck too",
     "the pool handed out this address again while MemCheck held the buffer back: it was freed "
     "past "
     "MemCheck too"},
    {"overlapped", "a buffer probably freed past MemCheck too",
     "the pool handed out a part of it again while MemCheck held it back: it was probably freed "
     "past MemCheck too"},
    {"front-redzone", "a buffer with guard bytes in front",
     "guard bytes stand in front of it, so its address is not one of the pool's: nobody else can "
     "free it. Allocate it by MEM_ALLOCATE_FOR_SYSTEM; without edits, list its place in "
     "MEMCHECK_SYSTEM_SITES, or leave MEMCHECK_FRONT_REDZONES undefined"},
    {"foreign", "an address that MemCheck does not know",
     "memory is there: another's, or of a request that MemCheck does not monitor"},
    {"nowhere", "an address where no memory is",
     "nothing is there now: a read or write would fault, or page it in"},
    {"fail-nth", "its turn", "fail-nth: its turn has come"},
    {"fail-stacks", "a new path", "fail-stacks: the first request by this path"},
    {"fail-chance", "its chance", "fail-chance: seed and number have it so"},
    {"fail-at", "its number", "fail-at: its number is listed"},
    {"never-set", "with a checkpoint that was never set",
     "MEM_CHECKPOINT sets it; until then there is nothing to compare with"},
    {"restarted", "with a checkpoint of before MEM_CHECK_EXIT",
     "blocks are numbered anew from MEM_CHECK_INIT on: set it again"},
    {"no-checkpoint", "with what is no checkpoint",
     "declare it by MEM_CHECKPOINT_DEFINE, set it by MEM_CHECKPOINT, and leave its bytes alone"},
    {"own-zone", "the guard bytes around it",
     "a write went on past its buffer and what guards that: only guard bytes of MemCheck's own "
     "were hit"},
    {"own-lost", "what it knew of a buffer",
     "guard bytes of MemCheck's stand before this address, but what was known of the buffer is "
     "lost: its memory stays as it is"},
    {"own-record", "the record of a buffer",
     "a record is not as it was written: its buffer is neither looked at nor given back any more"},
    {"own-list", "a list of records",
     "a list is not as it was written: freed buffers in it are held back until MEM_CHECK_EXIT"},
    {"own-index", "the index of buffers",
     "a part of the index is not as it was written: buffers that stood there are not known any "
     "more"},
    {"own-large", "the table of large buffers",
     "it is not as it was written: of addresses inside large buffers nothing is said any more"},
    {"own-retired", "what is remembered of freed buffers",
     "it is not as it was written: some frees may not be recognised as late"},
    {"own-place", "call sites and stacks",
     "they are not as they were written: some buffers' places are not known any more"},
    {"own-pieces", "the list of its memory",
     "it is not as it was written: a piece is not guarded, and not given back"},
    {"own", "memory of MemCheck's own", "the pointer is stale, or was never one of a buffer"},
};
typedef char McpReasonsFit[MCP_ROWS(McpReasons) == McReasons ? 1 : -1];

typedef struct _MCP_BY_ROW {
    const char *Machine;
    const char *Call;
    const char *Phrase;
} MCP_BY_ROW;

/* McByRoutine alone; McpRoutineNames has them by their names. */
#define MCP_ANY_ROUTINE "routine", "a routine of the kit", "by a routine of the kit"

static const MCP_BY_ROW McpBys[] = {
    {"nobody", "a call", "by a call"},
    {"allocate", "MEM_ALLOCATE", "by MEM_ALLOCATE"},
    {"free", "MEMCHECK_FREE", "by MEMCHECK_FREE"},
    {"free-with-tag", "MEMCHECK_FREE_WITH_TAG", "by MEMCHECK_FREE_WITH_TAG"},
    {"check", "MEM_CHECK", "by MEM_CHECK"},
    {"list", "MEM_LIST_DISPLAY", "by MEM_LIST_DISPLAY"},
    {"quarantine", "the quarantine", "on leaving the quarantine, by a call"},
    {"access", "MEM_VALID_ACCESS", "by MEM_VALID_ACCESS"},
    {"init", "MEM_CHECK_INIT", "by MEM_CHECK_INIT"},
    {"exit", "MEM_CHECK_EXIT", "by MEM_CHECK_EXIT"},
    {"self-test", "the self-test", "by the self-test"},
    {"hand-over", "MEM_HANDED_OVER", "by MEM_HANDED_OVER"},
    {MCP_ANY_ROUTINE},
    {"describe", "MEM_DESCRIBE", "by MEM_DESCRIBE"},
    {"range", "MEM_VALID_RANGE", "by MEM_VALID_RANGE"},
    {"options", "MEM_CHECK_OPTIONS", "by MEM_CHECK_OPTIONS"},
    {"patrol", "the patrol", "by the patrol, in"}, /* from here to check-every the call follows */
    {"neighbour", "a look at neighbours", "beside the buffer freed by"},
    {"check-every", "the regular check", "by the regular check, in"},
    {"worker", "the worker", "by the worker"},
    {"on-finding", "MEM_ON_FINDING", "by MEM_ON_FINDING"},
    {"checkpoint", "MEM_CHECKPOINT", "by MEM_CHECKPOINT"},
    {"difference", "MEM_DIFFERENCE", "by MEM_DIFFERENCE"},
    {"statistics", "MEM_STATISTICS", "by MEM_STATISTICS"},
};
typedef char McpBysFit[MCP_ROWS(McpBys) == McBys ? 1 : -1];

#define MCP_ROUTINE_NAME(Name, Shape, Adds, DoneBy, Since) {#Name, #Name, "by " #Name},
static const MCP_BY_ROW McpRoutineNames[] = {
    {MCP_ANY_ROUTINE},
    MC_ROUTINE_TABLE(MCP_ROUTINE_NAME) /* then those of no pool */
    MCP_ROUTINE_NAME(IoCompleteRequest, 0, 0, 0, 0) MCP_ROUTINE_NAME(IoCallDriver, 0, 0, 0, 0)};
typedef char McpRoutineNamesFit[MCP_ROWS(McpRoutineNames) == McRoutines ? 1 : -1];

typedef struct _MCP_NAME_ROW {
    const char *Machine;
    const char *Phrase;
} MCP_NAME_ROW;

static const MCP_NAME_ROW McpActions[] = {
    {"none", "none"},
    {"go-on", "execution continues"},
    {"kept", "buffer kept in quarantine, execution continues"},
    {"released", "buffer given back to the pool, execution continues"},
    {"not-passed", "not passed on to the pool, execution continues"},
    {"passed", "passed on to the pool as it is, execution continues"},
    {"raw", "the buffer was given back to the pool with its guard bytes"},
    {"freed-at-exit", "buffer freed by MEM_CHECK_EXIT"},
    {"left-at-exit", "buffer left as it is"},
    {"deferred", "carried out later, below DISPATCH_LEVEL"},
    {"ignored", "this call does nothing"},
    {"forgotten", "forgotten, not given back to the pool: somebody else has done that"},
    {"failed", "the request fails, NULL is returned"},
    {"raised", "the request fails, STATUS_INSUFFICIENT_RESOURCES is raised"},
    {"repaired", "damage repaired, execution continues"},
    {"kept-repaired", "damage repaired, buffer kept in quarantine, execution continues"},
};
typedef char McpActionsFit[MCP_ROWS(McpActions) == McActions ? 1 : -1];

static const MCP_NAME_ROW McpStates[] = {
    {"gone", "gone"},
    {"making", "being allocated"},
    {"live", "in use"},
    {"freeing", "being freed"},
    {"quarantined", "in quarantine"},
    {"leaving", "leaving the quarantine"},
    {"retired", "back in the pool"},
};
typedef char McpStatesFit[MCP_ROWS(McpStates) == McStateRetired + 1 ? 1 : -1];

static const MCP_NAME_ROW McpLooks[] = {
    {"nothing", "nothing known"},
    {"zeros", "zeros"},
    {"ones", "bytes of ff"},
    {"fill", "MemCheck's fill of freed buffers: copied out of one"},
    {"guard", "guard bytes of another place: copied from past a buffer's end"},
    {"image", "a pointer into the driver"},
    {"block", "a pointer to a buffer"},
    {"text", "text"},
    {"utf16", "UTF-16 text"},
};
typedef char McpLooksFit[MCP_ROWS(McpLooks) == McLooks ? 1 : -1];

static const MCP_NAME_ROW McpCulprits[] = {
    {"none", "nothing says which"},
    {"before",
     "it ends right before, its own guard bytes cannot be checked, and the damage begins there"},
    {"before", "it ends right before, and the guard bytes at its end are damaged too"},
    {"after", "it begins right behind, nothing guards its start, and the damage ends there"},
    {"after", "it begins right behind, and the guard bytes at its start are damaged too"},
};
typedef char McpCulpritsFit[MCP_ROWS(McpCulprits) == McCulprits ? 1 : -1];

static const MCP_NAME_ROW McpIntacts[] = {
    {"unknown", "nobody knows when"},
    {"alloc", "when allocated"},
    {"free", "when freed"},
    {"patrol", "when patrolled"},
    {"neighbour", "when a buffer beside it was freed"},
    {"worker", "when the worker looked"},
};
typedef char McpIntactsFit[MCP_ROWS(McpIntacts) == McIntacts ? 1 : -1];

static const char *const McpWheres[] = {"nowhere", "start", "inside", "front", "rear"};
typedef char McpWheresFit[MCP_ROWS(McpWheres) == McWhereRear + 1 ? 1 : -1];

/* What a value beyond its table shows: a question mark. */
static const MCP_KIND_ROW McpNoKind = {"?", "?", 0, 0, 0};
static const MCP_REASON_ROW McpNoReason = {"?", "?", "?"};
static const MCP_BY_ROW McpNoBy = {"?", "?", "?"};
static const MCP_NAME_ROW McpNoName = {"?", "?"};

static const MCP_KIND_ROW *McpKindRow(MC_KIND Kind)
{
    return (ULONG)Kind < MCP_ROWS(McpKinds) ? &McpKinds[Kind] : &McpNoKind;
}

static const MCP_REASON_ROW *McpReasonRow(MC_REASON Reason)
{
    return (ULONG)Reason < MCP_ROWS(McpReasons) ? &McpReasons[Reason] : &McpNoReason;
}

static const MCP_BY_ROW *McpCallRow(MC_BY By, ULONG Routine)
{
    if (By == McByRoutine && Routine < MCP_ROWS(McpRoutineNames)) {
        return &McpRoutineNames[Routine];
    }
    return (ULONG)By < MCP_ROWS(McpBys) ? &McpBys[By] : &McpNoBy;
}

static const MCP_BY_ROW *McpByRow(const MC_FINDING *Finding)
{
    return McpCallRow(Finding->By, Finding->Routine);
}

static const MCP_NAME_ROW *McpActionRow(MC_ACTION Action)
{
    return (ULONG)Action < MCP_ROWS(McpActions) ? &McpActions[Action] : &McpNoName;
}

static const MCP_NAME_ROW *McpStateRow(MC_STATE State)
{
    return (ULONG)State < MCP_ROWS(McpStates) ? &McpStates[State] : &McpNoName;
}

const char *McKindMachineName(MC_KIND Kind)
{
    return McpKindRow(Kind)->Machine;
}

const char *McKindTitle(MC_KIND Kind)
{
    return McpKindRow(Kind)->Title;
}

BOOLEAN McKindIsDamage(MC_KIND Kind)
{
    return McpKindRow(Kind)->Damage;
}

BOOLEAN McKindIsFree(MC_KIND Kind)
{
    return McpKindRow(Kind)->Free;
}

BOOLEAN McKindIsCall(MC_KIND Kind)
{
    return McpKindRow(Kind)->Call;
}

const char *McReasonMachineName(MC_REASON Reason)
{
    return McpReasonRow(Reason)->Machine;
}

const char *McReasonTitle(MC_REASON Reason)
{
    return McpReasonRow(Reason)->Title;
}

const char *McReasonPhrase(MC_REASON Reason)
{
    return McpReasonRow(Reason)->Phrase;
}

const char *McByMachineName(const MC_FINDING *Finding)
{
    return McpByRow(Finding)->Machine;
}

const char *McByCall(const MC_FINDING *Finding)
{
    return McpByRow(Finding)->Call;
}

const char *McByPhrase(const MC_FINDING *Finding)
{
    return McpByRow(Finding)->Phrase;
}

BOOLEAN McByHasDuring(MC_BY By)
{
    return (BOOLEAN)(By == McByPatrol || By == McByNeighbour || By == McByCheckEvery);
}

const char *McDuringCall(const MC_FINDING *Finding)
{
    return McpCallRow(Finding->During, Finding->Routine)->Call;
}

const char *McDuringMachineName(const MC_FINDING *Finding)
{
    return McpCallRow(Finding->During, Finding->Routine)->Machine;
}

const char *McIntactMachineName(MC_INTACT Intact)
{
    return (ULONG)Intact < MCP_ROWS(McpIntacts) ? McpIntacts[Intact].Machine : "?";
}

const char *McIntactPhrase(MC_INTACT Intact)
{
    return (ULONG)Intact < MCP_ROWS(McpIntacts) ? McpIntacts[Intact].Phrase : "?";
}

const char *McActionMachineName(MC_ACTION Action)
{
    return McpActionRow(Action)->Machine;
}

const char *McActionPhrase(MC_ACTION Action)
{
    return McpActionRow(Action)->Phrase;
}

const char *McStateMachineName(MC_STATE State)
{
    return McpStateRow(State)->Machine;
}

const char *McStatePhrase(MC_STATE State)
{
    return McpStateRow(State)->Phrase;
}

const char *McWhereMachineName(MC_WHERE Where)
{
    return (ULONG)Where < MCP_ROWS(McpWheres) ? McpWheres[Where] : "?";
}

static const MCP_NAME_ROW *McpLookRow(MC_LOOK Look)
{
    return (ULONG)Look < MCP_ROWS(McpLooks) ? &McpLooks[Look] : &McpNoName;
}

static const MCP_NAME_ROW *McpCulpritRow(MC_CULPRIT Culprit)
{
    return (ULONG)Culprit < MCP_ROWS(McpCulprits) ? &McpCulprits[Culprit] : &McpNoName;
}

const char *McLookMachineName(MC_LOOK Look)
{
    return McpLookRow(Look)->Machine;
}

const char *McLookPhrase(MC_LOOK Look)
{
    return McpLookRow(Look)->Phrase;
}

const char *McCulpritMachineName(MC_CULPRIT Culprit)
{
    return McpCulpritRow(Culprit)->Machine;
}

const char *McCulpritPhrase(MC_CULPRIT Culprit)
{
    return McpCulpritRow(Culprit)->Phrase;
}
