#!/bin/sh
# options-doc.sh - docs/options.md, from the table of options (src/core/options.inc).
#
#   scripts/options-doc.sh [FILE]      default: docs/options.md
#
# Needs a C compiler for this machine: the defaults are what memcfg.h makes of them.
set -eu
cd "$(dirname "$0")/.."
out=${1:-docs/options.md}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cat >"$work/rows.c" <<'EOF'
#include <stdio.h>
#include <string.h>
#include "optionstring.h"

static const char *WhenName(const char *When)
{
    return strcmp(When, "McWhenAny") == 0     ? "any"
           : strcmp(When, "McWhenStart") == 0 ? "start"
           : strcmp(When, "McWhenBuilt") == 0 ? "build"
                                              : "any, if built in";
}

/* MC_ON_FREEPRINT stands for the switch MEMCHECK_FREEPRINT. */
static void Number(const char *Name, const char *Setting, unsigned Default, unsigned Low,
                   unsigned High, unsigned Multiple, const char *When, const char *Help)
{
    const char *Prefix = strncmp(Setting, "MC_ON_", 6) == 0 ? "MEMCHECK_" : "";

    printf("| `%s` | `%s%s` | ", Name, Prefix, *Prefix ? Setting + 6 : Setting);
    if (Low == 0 && High == 1)
        printf("%s | switch", Default ? "on" : "off");
    else
        printf("%u | %u to %u", Default, Low, High);
    if (Multiple > 1)
        printf(" by %u", Multiple);
    printf(" | %s | %s |\n", WhenName(When), Help);
}

static void List(const char *Name, const char *Setting, const char *Default, const char *When,
                 const char *Help)
{
    printf("| `%s` | `%s` | \"%s\" | list | %s | %s |\n", Name, Setting, Default, WhenName(When),
           Help);
}

int main(void)
{
#define MC_OPTION(Field, Name, Default, Low, High, Multiple, When, Help) \
    Number(Name, #Default, Default, Low, High, Multiple, #When, Help);
#define MC_TEXT_OPTION(Field, Name, Default, When, Help) List(Name, #Default, Default, #When, Help);
#include "options.inc"
    return 0;
}
EOF
"${CC:-gcc}" -Iinclude -Isrc/core -Isrc/report -Isrc/platform -Isrc/platform/posix \
    -o "$work/rows" "$work/rows.c"
cat >"$work/kinds.c" <<'EOF'
#include <stdio.h>
#include "finding.h"

int main(void)
{
    int Kind;

    for (Kind = 1; Kind < McKinds; Kind++)
        printf("%d %s%s", Kind, McKindMachineName((MC_KIND)Kind), Kind + 1 < McKinds ? ", " : ".\n");
    return 0;
}
EOF
"${CC:-gcc}" -Iinclude -Isrc/report -Isrc/platform -Isrc/platform/posix \
    -o "$work/kinds" "$work/kinds.c" src/report/finding.c
"$work/rows" >"$work/table"

{
    cat <<'EOF'
# Options

<!-- Written by scripts/options-doc.sh from src/core/options.inc; change those, not this. -->

Every setting stands in one table. `memcfg.h`, or `-D` in the build, gives its default; **one string**
changes it without a build, the same everywhere:

- **In a driver**: REG_SZ value `MemCheckOptions` of the service's key `Parameters`. Start MemCheck by
  `MEM_CHECK_INIT_EX(RegistryPath)`, with what `DriverEntry` got; in the way without edits by link that
  is done already.

      reg add HKLM\SYSTEM\CurrentControlSet\Services\mydriver\Parameters /v MemCheckOptions /d "quarantine=4m,free-print"

- **On a host** (unit tests): environment variable `MEMCHECK_OPTIONS`. `MEM_CHECK_INIT` reads it too.

  On the simulated kernel also `SimOptions("...")` of `sim.h`, which goes before the variable.

`MEM_CHECK_OPTIONS()` reads it again while the driver runs; what the string does not name stays as it
is. Both at PASSIVE_LEVEL. The string has at most 1,023 characters, each list 511.

## Syntax

    quarantine=4m,fill=0x200,free-print,no-repeat,owned-sites="a.c:120,b.c"

- Items with `,` or `;` between them; spaces around an item do not count, and large letters in names
  are small ones. Of two items for the same option the later one holds.
- `name=number`: decimal or `0x`; `k` behind it means times 1,024, `m` times 1,048,576.
- An option in KB (`quarantine-kb=4096`) may be named without its end; then the number counts bytes
  (`quarantine=4m`).
- Switches: `name` (on), `no-name` (off), `name=1`, `name=0`.
- Lists: `name=text` up to the next `,` or `;`. With these in it, or with a space at its end, in quotes,
  `"..."` or `'...'`: `owned-tags='Irpx,Foo '`. Or the same name again, which adds to the list:
  `owned-tags=Irpx,owned-tags=Abcd`. The first one in a string replaces the list there was; `name=`
  empties it. Tags and sites as reports show them: a line, a whole file, a module offset
  (`driver.c:120`, `pnp.c`, `+0x1234`); a `*` in a tag or a file's name stands for any letters.
- `defaults`: what may change now goes back to what was built. `help`: a line for each option on the
  debug output.

What is wrong with an item is said in a line, which names it; that option stays as it is, and the
other items are taken:

    memcheck[faulty] option "redzone=17": not a multiple of 16; 16 stays
    memcheck[faulty] option "quarantin=4m": there is none of that name; help lists them

## The table

When it may change: *any* time, also by `MEM_CHECK_OPTIONS`; at the *start*, by the string that
`MEM_CHECK_INIT` reads; in the *build* only, because it is the size of something.

| option | setting in memcfg.h | default | bounds | when | what |
| --- | --- | --- | --- | --- | --- |
EOF
    cat "$work/table"
    cat <<'EOF'

## What is done about findings: `on`

    on="overrun:break,leak:ignore,wild-free:bugcheck+call,*:print"

Items `kind:reaction`, or several with `+` between them. The **kind** is the `kind=` of the report's last
line (`docs/reports.md`); the first words of one stand for all that begin so (`leak`: `leak-site` too;
`bad`, `wrong`), and a `*` in it for any letters. The first item that names a kind holds, so `*` comes
last. Reports that mean no bug (`describe`, `injected`, `difference`) are meant by their own names only.

| reaction | what is done |
| --- | --- |
| `print` | the report alone, as without an item |
| `break` | a breakpoint on the thread that found it, if a debugger is attached; `halt-on-bad` is that for all damage and bad frees |
| `call` | the driver's own routine, `MEM_ON_FINDING(Routine, Context)`, when the report is out |
| `bugcheck` | then the system is stopped with code `MEMCHECK_BUGCHECK_CODE`, 0xE04D6368 if `memcfg.h` says nothing else |
| `ignore` | no report; counted, and said at exit ("ignored 2") |

A finding that is only counted as a repetition of an earlier one breaks, calls and stops nothing.

Parameters of the bug check:

1. the number of the kind (below);
2. the address that it is about: of the first damaged byte, or the pointer given;
3. where the call that found it returns to;
4. where the allocation of the block returned to; 0: there is none.

Kinds:
EOF
    "$work/kinds" | fold -s -w 100 | sed 's/ *$//'
    cat <<'EOF'

With `repair` the guard bytes of a block of MemCheck's own layout, or the fill of one that is held back,
are written anew when their damage has been reported: damage there is a new finding then. Nothing is
ever written to a block that the system may free.

## What is not told: `suppress`

    suppress="leak:driver.c:120,late-free:'Irpx',bad-request:pnp*.c,*:+0x1234"

Items `kind:place`, or `kind` alone, with the kind as above; the first one that fits takes the finding. The
place is

- a site as in the other lists, `driver.c:120`, `pnp*.c` (a `*` for any letters), of the allocation, the
  free, or the call that found it; or `+0x1234`, a module offset, also of any frame of their call stacks;
- a tag in quotes, `'Irpx'`, `'Ir*'`; with a site behind it both must fit: `leak:'Irpx' driver.c`;
- `*`: anywhere.

What is suppressed is not printed, and breaks, calls and stops nothing. It is counted, and at exit a line
says what each item hid; with `info-print` also which items hid nothing, and can go:

    memcheck[faulty] exit: suppress "leak:driver.c:120" hid 3 findings

## What is monitored: `watch-tags`, `watch-sites`, `skip-tags`, `skip-sites`

When `watch-tags` or `watch-sites` is not empty, only requests that one of the two names are monitored;
what `skip-tags` or `skip-sites` names is not, in any case. A request that is not monitored reaches the
pool exactly as the driver made it; MemCheck does not know its block, and its free passes. How many there
were is said at exit ("not monitored 12"). Lists hold for requests to come: a block stays what it was made
as. A site is the call itself here, by line, file or module offset, not the path to it.

Notes:
- What is changed while the driver runs holds from then on: blocks that there are keep their guard bytes
  and fill. Without `double-frees` what was held back is let go at once.
- `info-print` and `debug-print` cannot bring back calls of `MEMCHECK_PRINT` and `MEMCHECK_DEBUG` that
  were left out of the build; MemCheck's own notices they can.
- `-DMEMCHECK_DOUBLE_FREES_OFF` and the like set the default of a switch that is on.
EOF
} >"$work/page"
if cmp -s "$work/page" "$out"; then
    exit 0
fi
cp "$work/page" "$out"
