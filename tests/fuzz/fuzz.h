/*
 * fuzz.h - what the fuzz targets share: an input taken apart, a fresh MemCheck for each input, and
 * what holds of every line that MemCheck prints.
 *
 * A target is a libFuzzer program (run.sh builds and runs them): MemCheck on the simulated kernel,
 * one thread. Each input begins with MemCheck as it is at load (FuzzLoad), so that what an input
 * does depends on that input alone, and a failure can be repeated from its file.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include "core.h"
#include "report.h"

/* libFuzzer calls this with each input. */
int LLVMFuzzerTestOneInput(const uint8_t *Data, size_t Size);

/* Say what is wrong and abort: libFuzzer keeps the input. */
#define FUZZ_CHECK(Condition, ...)                     \
    do {                                               \
        if (!(Condition))                              \
            FuzzFail(__FILE__, __LINE__, __VA_ARGS__); \
    } while (0)
_Noreturn void FuzzFail(const char *File, int Line, const char *Format, ...)
    __attribute__((format(printf, 3, 4)));

/* ---- the input: read front to back; behind its end there are zeros ---- */

typedef struct _FUZZ_INPUT {
    const uint8_t *At;
    const uint8_t *End;
} FUZZ_INPUT;

BOOLEAN FuzzMore(const FUZZ_INPUT *In);
UCHAR FuzzByte(FUZZ_INPUT *In);
ULONG FuzzUlong(FUZZ_INPUT *In); /* four bytes, the low one first */
ULONG_PTR FuzzWord(FUZZ_INPUT *In);
ULONG FuzzBelow(FUZZ_INPUT *In, ULONG Bound); /* one byte */
BOOLEAN FuzzOneIn(FUZZ_INPUT *In, ULONG Bound);

/* ---- MemCheck and the simulated kernel ---- */

/* MemCheck's variables as they were when the program was loaded. */
void FuzzLoad(void);

/* A simulated kernel, and MemCheck as loaded. Options: NULL for the defaults. */
void FuzzBegin(const SIM_OPTIONS *Options);
void FuzzEnd(void);

/* ---- lines ---- */

/* One line that MemCheck printed: for people of at most 100 columns, for programs of at most 400
 * and as docs/reports.md says, each key once; printable characters only. */
void FuzzLine(const char *Line);

/* Everything printed since the last call: each line is checked; gives how many there were, which
 * must not be more than Most. */
ULONG FuzzOutput(ULONG Most);

/* Lines that one report, its line for programs included, never exceeds: three call stacks of 32
 * frames, in two lines each where the driver's name is long, and less than 40 other lines that may
 * be broken into five. */
#define FUZZ_REPORT_LINES 400u

#endif
