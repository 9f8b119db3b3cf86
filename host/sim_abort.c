/*
 * sim_abort.c - proof that something aborts: it is run in a child process.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include "simp.h"

#define CHILD_SECONDS 60
#define STDERR_BYTES  16384

static _Noreturn void Child(void (*Routine)(void), int Pipe)
{
    struct rlimit NoCore = {0, 0};

    setrlimit(RLIMIT_CORE, &NoCore);
    dup2(Pipe, STDERR_FILENO);
    close(Pipe);
    if (SimpRunning) {
        SimWatchdog(CHILD_SECONDS); /* timers are not inherited */
    } else {
        alarm(SimPatience(CHILD_SECONDS));
    }
    Routine();
    fflush(stdout);
    _exit(0);
}

/* All that comes, up to the end of the child; the beginning of it is kept. */
static void ReadAll(int Pipe, char *Text, size_t Bytes)
{
    char Rest[512];
    size_t Length = 0;
    ssize_t Got;

    for (;;) {
        BOOLEAN Full = Length == Bytes - 1;

        Got = Full ? read(Pipe, Rest, sizeof Rest) : read(Pipe, Text + Length, Bytes - 1 - Length);
        if (Got == 0 || (Got < 0 && errno != EINTR)) {
            break;
        }
        if (Got > 0 && !Full) {
            Length += (size_t)Got;
        }
    }
    Text[Length] = 0;
}

BOOLEAN SimAborts(void (*Routine)(void), PCSTR Text)
{
    char Said[STDERR_BYTES];
    int Pipe[2];
    int Status = 0;
    pid_t Pid;

    fflush(NULL); /* else the child would print it again */
    if (pipe(Pipe) != 0 || (Pid = fork()) < 0) {
        SimpFatal("SimAborts: no child process: %s", strerror(errno));
    }
    if (Pid == 0) {
        close(Pipe[0]);
        Child(Routine, Pipe[1]);
    }
    close(Pipe[1]);
    ReadAll(Pipe[0], Said, sizeof Said);
    close(Pipe[0]);
    while (waitpid(Pid, &Status, 0) < 0 && errno == EINTR) {
    }
    if (WIFSIGNALED(Status) && WTERMSIG(Status) == SIGABRT && strstr(Said, Text) != NULL) {
        return TRUE;
    }
    fprintf(stderr, "SimAborts: no abort with \"%s\": %s %d, stderr:\n%s", Text,
            WIFSIGNALED(Status) ? "signal" : "exit status",
            WIFSIGNALED(Status) ? WTERMSIG(Status) : WEXITSTATUS(Status), Said);
    return FALSE;
}
