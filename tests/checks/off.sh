#!/usr/bin/env bash
# off.sh - switched off, MemCheck leaves nothing: a source that uses the MEM_... names and the same
# source with the kit's names give the same object files.
#
# For each compiler, at -O0 and -O2: without debug information identical byte for byte; with it, the
# contents and relocations of all loaded sections. memcheck.c is then an empty file. Controls: a stub
# that leaves one byte, a name that stays, must be found.
set -uo pipefail
NAME=off
source "$(dirname "$0")/lib.sh"

scripts/amalgamate.sh "$work/dist"
sample=tests/off/sample.c

# The kit's names, on the same lines. Checking calls that stand alone: nothing; as a value: theirs.
kit() {
    sed -E \
        -e 's/^#include "memcheck\.h"$//' -e 's/^#ifdef MEMCHECK_ON$/#if 0/' \
        -e 's/^( *)(MEM_CHECK_INIT|MEM_CHECK_EXIT|MEM_CHECK_OPTIONS|MEM_STATISTICS|MEM_LIST_DISPLAY|MEM_CHECK)\(\);/\1;/' \
        -e 's/^( *)MEMCHECK_(PRINT|DEBUG)\(\(.*\)\);/\1;/' \
        -e 's/^( *)(MEM_VALID_ACCESS|MEM_VALID_RANGE|MEM_DESCRIBE|MEM_CHECK_INIT_EX|MEM_ON_FINDING|MEM_CHECKPOINT|MEM_DIFFERENCE)\([^()]*\);/\1;/' \
        -e 's/^ *MEM_CHECKPOINT_DEFINE\([A-Za-z]*\);$//' -e 's/MEM_DIFFERENCE\([^()]*\)/0/' \
        -e 's/MEM_CHECK\(\)/0/' -e 's/MEM_VALID_(ACCESS|RANGE)\([^()]*\)/TRUE/' \
        -e 's/\bMEM_ALLOCATE_WITH_TAG\b/ExAllocatePoolWithTag/' -e 's/\bMEM_ALLOCATE\b/ExAllocatePool/' \
        -e 's/\bMEMCHECK_FREE_WITH_TAG\b/ExFreePoolWithTag/' -e 's/\bMEMCHECK_FREE\b/ExFreePool/' "$1"
}

# build OBJECT SOURCE COMPILER OPTIONS: always from the same path, since names of files stay inside.
build() {
    mkdir -p "$work/source"
    cat "$2" >"$work/source/driver.c"
    # shellcheck disable=SC2086
    (cd "$work/source" && $3 $4 -Wall -Wextra -Werror -DMEMCHECK_OFF -I"$headers" -c driver.c -o "$1")
}

loaded() { # OBJECT - its sections but for debug information: flags, contents, relocations
    local sections
    sections=$("$dump" -h "$1" | awk '$1 ~ /^[0-9]+$/ { name = $2; size = $3; getline
        if (name !~ /^\.debug/) print name, size, $0 }')
    printf '%s\n' "$sections"
    "$dump" -s -r $(printf '%s\n' "$sections" | sed 's/^\([^ ]*\).*/-j \1/' | tr '\n' ' ') "$1" | tail -n +3
}

# Two objects: of a source, and of what it is to be the same as.
both() { # SOURCE SAME_AS COMPILER OPTIONS
    build "$work/mem.o" "$1" "$3" "$4" && build "$work/kit.o" "$2" "$3" "$4"
}

bytes() {
    cmp "$work/mem.o" "$work/kit.o"
}

sections() {
    loaded "$work/mem.o" >"$work/mem.txt" && loaded "$work/kit.o" >"$work/kit.txt" &&
        [[ -s $work/mem.txt ]] && diff "$work/mem.txt" "$work/kit.txt"
}

no_symbol() {
    sections && ! "$nm" -g "$work/mem.o" | grep -v '@feat\.00'
}

same() { # COMPARE SOURCE SAME_AS COMPILER OPTIONS
    both "${@:2}" && "$1"
}

# For controls: both compile, and the comparison tells them apart.
differ() {
    both "${@:2}" && ! "$1"
}

kit "$sample" >"$work/kit.c"
echo 'typedef int McOff;' >"$work/empty.c"
expect_failure "no name of MemCheck is left in the kit's variant" \
    grep -nE '^[^/*]*\b(MEM_[A-Z]+|MEMCHECK_[A-Z]+)' <(tail -n +7 "$work/kit.c")

mkdir -p "$work/seeded"
cp "$work/dist"/*.h "$work/seeded/"
sed -i -E 's/^(#define MEM_CHECK_INIT\(\)) +\(\(void\)0\)$/\1 __asm__ __volatile__("nop")/' "$work/seeded/memcheck.h"
sed 's/^typedef int McOff;/char McOff;/' "$work/dist/memcheck.c" >"$work/leaves.c"
sed 's/MEM_CHECK_EXIT();/Evaluated = 0;/' "$sample" >"$work/other.c"

for name in gcc-windows-x86_64 gcc-windows-i686 clang-windows-x86_64; do
    command=${compilers[$name]}
    dump=x86_64-w64-mingw32-objdump
    nm=x86_64-w64-mingw32-nm
    [[ $name == *i686 ]] && dump=i686-w64-mingw32-objdump && nm=i686-w64-mingw32-nm
    for options in -O0 -O2; do
        headers=$work/dist
        with=("$command" "$options")
        debug=("$command" "$options -g")
        sources=("$sample" "$work/kit.c")
        file=("$work/dist/memcheck.c" "$work/empty.c")
        expect "$name $options: the same bytes" same bytes "${sources[@]}" "${with[@]}"
        expect "$name $options -g: the same loaded sections" same sections "${sources[@]}" "${debug[@]}"
        expect "$name $options: memcheck.o is empty" same no_symbol "${file[@]}" "${with[@]}"
        expect "$name $options -g: memcheck.o is empty" same no_symbol "${file[@]}" "${debug[@]}"
        expect "$name $options: found, one byte in memcheck.o" \
            differ no_symbol "$work/leaves.c" "$work/empty.c" "${with[@]}"
        expect "$name $options: found, another statement" \
            differ bytes "$work/other.c" "$work/kit.c" "${with[@]}"
        headers=$work/seeded
        expect "$name $options: found, a stub that leaves one byte" differ bytes "${sources[@]}" "${with[@]}"
        expect "$name $options -g: found, in the loaded sections" differ sections "${sources[@]}" "${debug[@]}"
    done
done
finish
