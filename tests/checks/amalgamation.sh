#!/usr/bin/env bash
# amalgamation.sh - names that two files of the tree give to different things would meet in the one
# file: static functions and variables (by the symbols of each object), macros of .c files. And the
# one file holds each file once.
set -uo pipefail
NAME=amalgamation
source "$(dirname "$0")/lib.sh"

scripts/amalgamate.sh "$work/dist"

# Inline functions of headers, which each file that includes one has.
sed -n 's/^MC_INLINE .*[ *]\(Mc[A-Za-z]*\)(.*/\1/p' src/*/*.h >"$work/inline"

# Local symbols of each file, without those of functions (name.1) and of the compiler (.LC0, ...).
statics() { # FILE...
    local file
    for file in "$@"; do
        gcc -std=c89 -O0 -fkeep-static-functions -w -Iinclude -Isrc/core -Isrc/report -Isrc/platform \
            -Isrc/platform/posix -c "$file" -o "$work/x.o" || exit 2
        nm "$work/x.o" | awk '$2 ~ /^[tbdr]$/ && $3 !~ /[.]/ { print $3 }' | sort -u
    done | sort | uniq -d | grep -v -x -F -f "$work/inline"
}

# Macros that two .c files of one platform define.
macros() { # FILE...
    local file
    for file in "$@"; do
        sed -n 's/^[ \t]*#[ \t]*define[ \t]*\([A-Za-z_0-9]*\).*/\1/p' "$file" | sort -u
    done | grep -v -e '^MC_OPTION$' -e '^MC_TEXT_OPTION$' -e '^_GNU_SOURCE$' | sort | uniq -d
}

none() { # COMMAND... - prints nothing
    "$@" >"$work/list"
    cat "$work/list"
    [[ ! -s $work/list ]]
}

expect "no static name twice" none statics src/core/*.c src/report/*.c src/platform/posix/*.c
expect "no macro twice, with the NT platform" none macros src/core/*.c src/report/*.c src/platform/nt/*.c
expect "no macro twice, with POSIX" none macros src/core/*.c src/report/*.c src/platform/posix/*.c

printf 'static int Twice; int *A(void) { return &Twice; }\n#define MCP_TWICE 1\n' >"$work/a.c"
printf 'static int Twice; int *B(void) { return &Twice; }\n#define MCP_TWICE 2\n' >"$work/b.c"
expect_failure "a static variable in two files is found" none statics "$work/a.c" "$work/b.c"
expect_failure "a macro in two files is found" none macros "$work/a.c" "$work/b.c"

for file in src/core/*.[ch] src/report/*.[ch] src/platform/*.h src/platform/*/*.[ch]; do
    count=$(grep -c -F "/* ==== $file ==== */" "$work/dist/memcheck.c")
    if [[ $count == 1 ]]; then
        pass "once: $file"
    else
        fail "$file stands $count times in memcheck.c"
    fi
done
expect_failure "no #line, no path of this machine" grep -n -e '^# *line' -e "$PWD" "$work/dist/memcheck.c"
only_two() {
    ! grep -E '^[ \t]*#[ \t]*include[ \t]*"' "$1" | grep -v -E '"mem(check|cfg|check_replace)[.]h"'
}
expect "it includes its own headers, and else only the system's" only_two "$work/dist/memcheck.c"
printf '#include "memcheck.h"\n#include "core.h"\n' >"$work/seeded.c"
expect_failure "another include is found" only_two "$work/seeded.c"
finish
