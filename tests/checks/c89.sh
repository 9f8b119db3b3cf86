#!/usr/bin/env bash
# c89.sh - what is added to a driver is C89: the one file, and each file of the tree, compile with
# -std=c89 -pedantic -Wall -Wextra -Werror on every compiler and architecture. Also as GNU C11, the
# default of today's gcc, since the user's options decide. Optimised for one target of each compiler,
# as some warnings come from that (the builds of the tests, file by file, tell those of the others);
# else the language alone is judged, which takes a tenth of the time.
set -uo pipefail
NAME=c89
source "$(dirname "$0")/lib.sh"

scripts/amalgamate.sh "$work/dist"

tree() { # COMPILER PLATFORM
    # shellcheck disable=SC2086
    $1 -std=c89 -pedantic -Wall -Wextra -Werror -fsyntax-only -Iinclude -Isrc/core -Isrc/report \
        -Isrc/platform -Isrc/platform/"$2" src/core/*.c src/report/*.c "src/platform/$2"/*.c
}

for name in "${!compilers[@]}"; do
    command=${compilers[$name]}
    platform=nt
    [[ $name == *host* ]] && platform=posix
    language="-std=c89 -pedantic -fsyntax-only"
    [[ $name == gcc-windows-i686 || $name == clang-windows-x86_64 ]] &&
        language="-std=c89 -pedantic -O1"
    for options in "$language" "-std=gnu11 -fsyntax-only" \
        "-std=c89 -pedantic -fsyntax-only -DMEMCHECK_OFF" \
        "-std=c89 -pedantic -fsyntax-only -DMEMCHECK_DOUBLE_FREES_OFF"; do
        # shellcheck disable=SC2086
        expect "memcheck.c, $name, $options" $command $options -Wall -Wextra -Werror -I"$work/dist" \
            -c "$work/dist/memcheck.c" -o "$work/x.o"
    done
    # That each file includes what it needs one compiler of each platform tells.
    if [[ $name == gcc-host-64 || $name == gcc-windows-x86_64 ]]; then
        expect "tree, $name" tree "$command" "$platform"
    fi
done
for options in -DMEMCHECK_TARGET=0x0400 -DMEMCHECK_TARGET=0x0501 \
    "-DMEMCHECK_TARGET=0x0600 -DMEMCHECK_LINK" "-DMEMCHECK_TARGET=0x0400 -DMEMCHECK_LINK"; do
    # shellcheck disable=SC2086
    expect "memcheck.c, gcc-windows-i686, $options" ${compilers[gcc-windows-i686]} $options \
        -std=c89 -pedantic -fsyntax-only -Wall -Wextra -Werror -I"$work/dist" "$work/dist/memcheck.c"
done
kit2000=(${compilers[gcc-windows-i686]} -std=c89 -pedantic -fsyntax-only -Wall -Wextra -Werror
    '-DMEMCHECK_KIT_HEADER="tests/checks/kit2000.h"' -I.)
expect "memcheck.c, the kernel's variables as Windows 2000's kit declares them" "${kit2000[@]}" \
    "$work/dist/memcheck.c"
sed 's/(MM_SYSTEM_RANGE_START)/(MmSystemRangeStart)/' "$work/dist/memcheck.c" >"$work/seeded.c"
expect_failure "a variable of the kernel taken by its name is refused" "${kit2000[@]}" \
    -I"$work/dist" "$work/seeded.c"
printf 'int f(void) { int a = 1; a++; int b = a; return b; }\n' >"$work/seeded.c"
expect_failure "a declaration after a statement is refused" gcc -std=c89 -pedantic -Werror \
    -c "$work/seeded.c" -o "$work/x.o"
finish
