#!/usr/bin/env bash
# layering.sh - the layers of the design: core and report include no header of a system and hold no
# #if on an operating system or compiler; nobody includes upwards; only src/platform calls a system.
set -uo pipefail
NAME=layering
source "$(dirname "$0")/lib.sh"

# What stands for a system, a compiler or an architecture in a condition.
systems='_WIN32|_WIN64|WIN32|WINNT|_WIN32_WINNT|NTDDI_VERSION|__linux__|__unix__|__APPLE__|_MSC_VER|'
systems+='__GNUC__|__clang__|__MINGW[0-9]*__|__x86_64__|__i386__|__LP64__|_M_[A-Z0-9]+|_X86_|_AMD64_|'
systems+='_KERNEL_MODE|MEMCHECK_TARGET|SIM_H|_NTDDK_'
# Names of the kit's routines: the core asks the platform.
kit='\b(Ex(Allocate|Free)Pool[A-Za-z]*|Ke[A-Z][A-Za-z]+|Mm[A-Z][A-Za-z]+|Io[A-Z][A-Za-z]+|Ps[A-Z][A-Za-z]+|'
kit+='Zw[A-Z][A-Za-z]+|DbgPrint[A-Za-z]*|DbgBreakPoint|malloc|free|printf|memcpy|memset|memcmp|memmove|strlen) *\('

code() { # a file without comments and strings, lines kept
    gcc -fpreprocessed -dD -E -P -w "$1" 2>/dev/null | sed 's/"[^"]*"/""/g'
}

# What is wrong with these files, a line each. Folders a file may include from depend on its own.
wrong() { # FILE...
    local file name from allowed
    for file in "$@"; do
        grep -nE '^[ \t]*#[ \t]*include[ \t]*<' "$file" | grep -vE '<(stddef|stdarg)\.h>' |
            sed "s|^|$file: a system header: |"
        grep -nE "^[ \t]*#[ \t]*(if|ifdef|ifndef|elif)\b.*\b($systems)\b" "$file" |
            sed "s|^|$file: a condition on the system: |"
        code "$file" | grep -nE "$kit" | sed "s|^|$file: a call past the platform: |"
        case $file in
        src/report/*) allowed='report platform include' ;;
        *) allowed='core report platform include' ;;
        esac
        while read -r name; do
            from=$(basename "$(dirname "$(ls src/*/"$name" include/"$name" 2>/dev/null | head -n 1)")")
            [[ " $allowed " == *" $from "* ]] || echo "$file: includes $name of ${from:-nowhere}"
        done < <(sed -n 's/^[ \t]*#[ \t]*include[ \t]*"\([^"]*\)".*/\1/p' "$file")
    done
}

clean() {
    wrong "$@" >"$work/list"
    cat "$work/list"
    [[ ! -s $work/list ]]
}

for file in src/core/* src/report/*; do
    expect "$file" clean "$file"
done

# platform.h and the platforms stand below: they know nothing of core and report.
below() {
    ! grep -nE '^[ \t]*#[ \t]*include[ \t]*"(core|finding|report|operations|options|index)\.h"' "$@"
}
expect "platforms include nothing of core and report" below src/platform/*.h src/platform/*/*.[ch] host/platform_sim.c host/mcos.h
up() {
    ! grep -nE '^[ \t]*#[ \t]*include[ \t]*"' include/*.h | grep -vE '"(memcfg|mctypes|mcroutines|mcsal|memcheck|kit/mc[a-z]+)\.h"'
}
expect "include/ includes nothing of src/" up

for seed in '#include <ntddk.h>' '#ifdef _WIN32' '#if defined(__GNUC__) && 1' \
    'void f(void) { memset(0, 0, 1); }' '#include "sim.h"'; do
    printf '%s\n' "$seed" >"$work/seeded.c"
    expect_failure "found: $seed" clean "$work/seeded.c"
done
finish
