/*
 * own.c - writes into MemCheck's own memory, past the guard bytes that stand around it.
 *
 * A scene is set up once; then each write, anywhere in any piece, is made in a process of its own,
 * and the rest of a driver's life follows: checks, lists, descriptions, new blocks, frees of all,
 * EXIT. The simulated pool judges: no free of what is no block, none twice, no touch of freed
 * memory; a time bounds it; the driver's bytes are its own to the end. What is said must be of
 * MemCheck's own memory, or of nobody's blame: a finding of damage or of a wrong free is false,
 * as the driver makes no mistake.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "scribble.h"
#define POOL_FLAG_REQUIRED_END 0x80000000ull
#include "memcheck_replace.h"

#define OWN_MOST 512
#define FILLERS  1500
#define SECONDS  2 /* of processor time, for one life */

/* ---- what there is to write to ---- */

static SIM_BLOCK Own[OWN_MOST];
static ULONG OwnCount;
static SIZE_T OwnBytes;
static PUCHAR Filler[FILLERS];
static ULONG Fillers;

BOOLEAN ScOwnWriting;

static void TakeOwn(const SIM_BLOCK *Block, PVOID Context)
{
    (void)Context;
    if (Block->Tag == SIM_OWN_TAG && OwnCount < OWN_MOST) {
        Own[OwnCount++] = *Block;
        OwnBytes += Block->Size;
    }
}

/* Byte number At of all own memory; *Left: how many of the piece are left from there. */
static PUCHAR OwnAt(SIZE_T At, SIZE_T *Left)
{
    ULONG Index = 0;

    while (At >= Own[Index].Size) {
        At -= Own[Index++].Size;
    }
    *Left = Own[Index].Size - At;
    return (PUCHAR)Own[Index].Start + At;
}

/* With many small blocks besides in each second scene: tables have grown then, and lists are long.
 */
static void SetUp(ULONG Scene)
{
    ULONG Index;

    ScSeed(Scene);
    ScWatchdog = SIM_NO_WATCHDOG;
    ScStart(Scene % 3 == 0 ? "patrol=1,patrol-every=2,statistics" : "patrol=0,neighbours");
    Fillers = Scene % 2 != 0 ? FILLERS : 0;
    for (Index = 0; Index < Fillers; Index++) {
        Filler[Index] = MEM_ALLOCATE_WITH_TAG(NonPagedPool, 8 + Index % 50, SC_TAG);
    }
    for (Index = 0; Index < Fillers; Index += 3) {
        MEMCHECK_FREE_WITH_TAG(Filler[Index], SC_TAG);
        Filler[Index] = NULL;
    }
    ScRandomScene();
    ScMap(0);
    OwnCount = 0;
    OwnBytes = 0;
    SimPoolEach(TakeOwn, NULL);
    ScForget();
}

/* ---- what is written ---- */

static const char *const PatternNames[] = {"zeros",  "ones", "text", "pointer", "image", "own",
                                           "guards", "fill", "bit",  "random",  "copy",  NULL};
static const SIZE_T Lengths[] = {1, 2, 4, 8, 12, 16, 24, 64, 200};
#define LENGTHS (sizeof(Lengths) / sizeof(Lengths[0]))

static UCHAR PatternByte(ULONG Pattern, SIZE_T At, SIZE_T Index, UCHAR Old)
{
    static const char Text[] = "\\Device\\Harddisk";
    ULONG_PTR Word = 0;
    SIZE_T Left;

    switch (Pattern) {
    case 0: return 0;
    case 1: return 0xFF;
    case 2: return (UCHAR)Text[Index % 16];
    case 3: Word = (ULONG_PTR)ScBlocks[At % ScBlockCount].P; break;
    case 4: Word = (ULONG_PTR)&ScBlocks; break;
    case 5: Word = (ULONG_PTR)Own[At % OwnCount].Start + At % 64 * 8; break;
    case 6: return (UCHAR)(0xB0 | ScRandom(16));
    case 7: return 0xA7;
    case 8: return (UCHAR)(Old ^ 1u << (At + Index) % 8);
    case 9: return (UCHAR)ScRandom(256);
    default: return *OwnAt((At + Index + 9600) % OwnBytes, &Left); /* as stands elsewhere */
    }
    return (UCHAR)(Word >> Index % sizeof(Word) * 8);
}

static void Write(SIZE_T At, SIZE_T Length, ULONG Pattern)
{
    UCHAR Bytes[256];
    SIZE_T Index, Left;
    PUCHAR Target = OwnAt(At, &Left);

    Length = Length < Left ? Length : Left;
    for (Index = 0; Index < Length; Index++) {
        Bytes[Index] = PatternByte(Pattern, At, Index, Target[Index]);
    }
    memcpy(Target, Bytes, Length);
}

/* ---- the life that follows ---- */

/* The scene's own value is in all bytes of a block of the driver's (map.c, scene.c). */
static void Whole(const UCHAR *P, SIZE_T Size, UCHAR Value)
{
    SIZE_T Index;

    for (Index = 0; Index < Size; Index++) {
        if (P[Index] != Value) {
            ScFail("a byte of the driver's has changed");
            return;
        }
    }
}

static void More(void)
{
    static const SIZE_T Sizes[] = {1, 40, 300, 4096, 20 * SC_PAGE, 0, 700, 16};
    PUCHAR P[8];
    ULONG Round, Index;

    for (Round = 0; Round < 3; Round++) {
        for (Index = 0; Index < 8; Index++) {
            P[Index] = (Index + Round) % 3 == 0
                           ? ExAllocatePoolWithTag(NonPagedPool, Sizes[Index], SC_TAG)
                           : MEM_ALLOCATE_WITH_TAG(NonPagedPool, Sizes[Index], SC_TAG);
            if (P[Index] == NULL) {
                ScFail("no memory");
                return;
            }
            memset(P[Index], 0x15, Sizes[Index]);
        }
        for (Index = 0; Index < 8; Index++) {
            Whole(P[Index], Sizes[Index], 0x15);
            if ((Index + Round) % 3 == 0) {
                ExFreePoolWithTag(P[Index], SC_TAG);
            } else {
                MEMCHECK_FREE_WITH_TAG(P[Index], SC_TAG);
            }
        }
    }
}

static void Live(void)
{
    MEM_CHECKPOINT_DEFINE(Then);
    ULONG Index;

    MEM_CHECK();
    MEM_CHECKPOINT(&Then);
    for (Index = 0; Index < ScBlockCount; Index++) {
        if (ScBlocks[Index].State == ScOwned || ScBlocks[Index].State == ScPlain) {
            (void)MEM_VALID_ACCESS(ScBlocks[Index].P);
        }
        MEM_DESCRIBE(ScBlocks[Index].P + 1);
    }
    More();
    MEM_LIST_DISPLAY();
    MEM_STATISTICS();
    (void)MEM_DIFFERENCE(&Then);
    for (Index = 0; Index < Fillers; Index++) {
        if (Filler[Index] != NULL) {
            MEMCHECK_FREE_WITH_TAG(Filler[Index], SC_TAG);
        }
    }
    for (Index = 0; Index < ScBlockCount; Index++) {
        if (ScBlocks[Index].State == ScOwned || ScBlocks[Index].State == ScPlain) {
            Whole(ScBlocks[Index].P, ScBlocks[Index].Size, ScBlocks[Index].Mark);
        }
    }
    ScFreeAll();
    More();
    MEM_CHECK();
    MEM_CHECK_EXIT();
}

/* ---- what came of it ---- */

typedef enum _OUTCOME { Silent, Said, False, Stopped, Hung, Outcomes } OUTCOME;

static const char *const OutcomeNames[] = {"survived", "and said", "said false", "stopped", "hung"};

void ScOwnJudge(MC_KIND Kind)
{
    switch (Kind) {
    case McKindBadRequest:
    case McKindDescribe:
    case McKindDifference:
    case McKindBadAccess: /* a block that is not known any more */
    case McKindLeak:      /* likewise: its free was not carried out */
    case McKindLeakSite: break;
    case McKindOwnMemory: ScAt->OwnSaid++; break;
    default:
        ScAt->OwnFalse++;
        snprintf(ScAt->What, sizeof(ScAt->What), "false: kind %u", (unsigned)Kind);
    }
}

static void Child(SIZE_T At, SIZE_T Length, ULONG Pattern, BOOLEAN Quiet)
{
    struct itimerval Timer = {{0, 0}, {SECONDS, 0}};

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (Quiet && freopen("/dev/null", "w", stderr) == NULL) {
        _exit(3);
    }
    setitimer(ITIMER_VIRTUAL, &Timer, NULL); /* a loop ends by SIGVTALRM, a wait by SIGALRM */
    alarm(60);
    Write(At, Length, Pattern);
    ScOwnWriting = TRUE;
    Live();
    _exit(ScFailures != 0 ? 4 : 0);
}

static OUTCOME One(SIZE_T At, SIZE_T Length, ULONG Pattern, BOOLEAN Quiet)
{
    int Status;
    pid_t Pid;

    ScAt->OwnSaid = ScAt->OwnFalse = 0;
    fflush(NULL);
    Pid = fork();
    if (Pid == 0) {
        Child(At, Length, Pattern, Quiet);
    }
    if (Pid < 0 || waitpid(Pid, &Status, 0) != Pid) {
        perror("scribble: fork");
        exit(3);
    }
    if (WIFSIGNALED(Status)) {
        return WTERMSIG(Status) == SIGVTALRM || WTERMSIG(Status) == SIGALRM ? Hung : Stopped;
    }
    if (WEXITSTATUS(Status) != 0) {
        return Stopped;
    }
    return ScAt->OwnFalse != 0 ? False : ScAt->OwnSaid != 0 ? Said : Silent;
}

/* ---- running ---- */

#define SCENES 6u

typedef struct _TABLE {
    ULONG Count[16][Outcomes];
} TABLE;

static TABLE *Table;

static void Scene(ULONG Which, ULONG Seconds, ULONG Most)
{
    const time_t Stop = time(NULL) + (time_t)Seconds;
    ULONG Step = 0;

    SetUp(Which);
    for (; Step < Most && time(NULL) <= Stop; Step++) {
        const SIZE_T At = (SIZE_T)((ULONGLONG)(Step + Which) * 2654435761u % OwnBytes);
        const SIZE_T Length = Lengths[Step % LENGTHS];
        const ULONG Pattern = Step / 2 % 11;
        /* whole words as a rule, which is where the fields of tables are */
        const SIZE_T From = Length >= 4 && Step % 5 != 0 ? At & ~(SIZE_T)3 : At;
        const OUTCOME Outcome = One(From, Length, Pattern, TRUE);

        Table->Count[Pattern][Outcome]++;
        if (Outcome >= False && ScAt->Cases++ < 40) {
            printf("  %s: scribble --own-case %u:%lu:%lu:%s (%s)\n", OutcomeNames[Outcome],
                   (unsigned)Which, (unsigned long)From, (unsigned long)Length,
                   PatternNames[Pattern], Outcome == False ? ScAt->What : "");
        }
    }
}

/* How many of them stopped the system, hung it, or had something false said. */
ULONG ScOwnAll(ULONG Seconds, ULONG Most)
{
    ULONG Which, Pattern, Outcome, Sum[Outcomes] = {0};
    int Status;

    Table = mmap(NULL, sizeof(*Table), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    for (Which = 0; Which < SCENES; Which++) {
        fflush(NULL);
        if (fork() == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            Scene(Which, Seconds / SCENES, Most / SCENES);
            _exit(0);
        }
        wait(&Status);
    }
    printf("%-10s", "own memory");
    for (Outcome = 0; Outcome < Outcomes; Outcome++) {
        printf(" %10s", OutcomeNames[Outcome]);
    }
    printf("\n");
    for (Pattern = 0; PatternNames[Pattern] != NULL; Pattern++) {
        printf("%-10s", PatternNames[Pattern]);
        for (Outcome = 0; Outcome < Outcomes; Outcome++) {
            Sum[Outcome] += Table->Count[Pattern][Outcome];
            printf(" %10u", (unsigned)Table->Count[Pattern][Outcome]);
        }
        printf("\n");
    }
    printf("%-10s", "all");
    for (Outcome = 0; Outcome < Outcomes; Outcome++) {
        printf(" %10u", (unsigned)Sum[Outcome]);
    }
    printf("\n");
    return Sum[False] + Sum[Stopped] + Sum[Hung] + (Sum[Said] == 0);
}

/* One write, as a failure names it. */
BOOLEAN ScOwnCase(char *Text)
{
    char *Rest = NULL;
    const ULONG Which = (ULONG)strtoul(strtok_r(Text, ":", &Rest), NULL, 10);
    const SIZE_T At = strtoul(strtok_r(NULL, ":", &Rest), NULL, 10);
    const SIZE_T Length = strtoul(strtok_r(NULL, ":", &Rest), NULL, 10);
    const char *Name = strtok_r(NULL, ":", &Rest);
    ULONG Pattern = 0;
    OUTCOME Outcome;

    while (PatternNames[Pattern] != NULL && strcmp(PatternNames[Pattern], Name) != 0) {
        Pattern++;
    }
    SetUp(Which);
    Outcome = One(At, Length, Pattern, FALSE);
    printf("%s\n", OutcomeNames[Outcome]);
    return (BOOLEAN)(Outcome < False);
}
