#!/usr/bin/env bash
# imports.sh - a driver with MemCheck in it imports only what every Windows it is for has, in that
# DLL: i386 from Windows 2000 on, amd64 from Server 2003 on. The build is the user's, plain -O2, of
# the one file. Lists: tests/imports/. NT 4.0, of which there is no list: what is surely not there.
set -uo pipefail
NAME=imports
source "$(dirname "$0")/lib.sh"

scripts/amalgamate.sh "$work/dist"

# link OUT COMPILER... : the driver; the compiler tells the architecture.
link() {
    local out=$1 entry=DriverEntry
    shift
    [[ $* == *i686* ]] && entry=_DriverEntry@8
    # wdm.h of mingw-w64 gives clang two inline functions that each object then defines.
    [[ $* == clang* ]] && set -- "$@" -fuse-ld=lld -Wl,--allow-multiple-definition
    "${@:1:1}" -O2 "${@:2}" -Wall -Wextra -I"$work/dist" tests/imports/driver.c "$work/dist/memcheck.c" \
        -shared -nostdlib -Wl,--subsystem,native -Wl,--entry,$entry $seed -lntoskrnl -lhal -o "$out"
}

# The memcmp of mingw-w64's ntoskrnl library is a static object, which hides a call that no kit's
# library for i386 could satisfy; so the planted one gets an import library of its own.
seed=
printf 'LIBRARY ntoskrnl.exe\nEXPORTS\nmemcmp\n' >"$work/seed.def"
i686-w64-mingw32-dlltool -d "$work/seed.def" -l "$work/libseed.a"

# And memcheck.o itself is asked what it calls.
no_runtime() { # SOURCE COMPILER OPTIONS
    # shellcheck disable=SC2086
    $2 $3 -w -I"$work/dist" -c "$1" -o "$work/x.o" &&
        ! x86_64-w64-mingw32-nm -u "$work/x.o" | grep -E ' _*(mem(cpy|set|move|cmp)|str[a-z]+|_*(u|all|aull|ull|mod|div)[a-z0-9]*|chkstk(_ms)?|alloca)$'
}

# pairs FILE: "DLL routine", a line each, DLL in small letters.
pairs() {
    x86_64-w64-mingw32-objdump -p "$1" | awk '
        /DLL Name:/ { dll = tolower($3); next }
        dll && NF == 3 && $1 ~ /^[0-9a-f]+$/ && $2 ~ /^[0-9]+$/ { print dll, $3; next }
        /^$/ { dll = "" }'
}

# allowed FILE ARCH VERSION: every pair is in the list; those that are not are printed.
allowed() {
    pairs "$1" >"$work/pairs"
    [[ $(wc -l <"$work/pairs") -gt 10 ]] || { echo "no imports found in $1"; return 1; }
    awk -v version="$3" -v name="$1" '
        NR == FNR { if ($0 !~ /^#/) for (i = 3; i <= NF; i++) if ($i == version) known[tolower($1) " " $2] = 1; next }
        !($0 in known) { print "not there: " $1 "!" $2; bad = 1 }
        END { exit bad }' "tests/imports/$2.txt" "$work/pairs"
}

not_nt4() {
    pairs "$1" >"$work/pairs"
    [[ $(wc -l <"$work/pairs") -gt 10 ]] &&
        ! grep -E ' (MmGetSystemRoutineAddress|ExFreePoolWithTag|ZwQuerySystemInformation|MmSystemRangeStart|PsGetVersion|RtlGetVersion|PsGetCurrentThreadId|DbgPrintEx)$' "$work/pairs"
}

# shellcheck disable=SC2086
check() { # NAME ARCH VERSIONS COMPILER
    local file=$work/$1.sys version
    if link "$file" $4 >"$work/output" 2>&1; then
        pass "$1 links, $(pairs "$file" | wc -l) imports"
    else
        fail "$1 links"
        head -n 10 "$work/output"
        return
    fi
    for version in $3; do
        expect "$1: all of them are in $version" allowed "$file" "$2" "$version"
    done
}

i386='w2k wxp wnet wlh win7'
amd64='wnet wlh win7'
check gcc-i686 i386 "$i386" "${compilers[gcc-windows-i686]}"
check gcc-i686-Os i386 "$i386" "${compilers[gcc-windows-i686]} -Os"
check gcc-i686-O0 i386 "$i386" "${compilers[gcc-windows-i686]} -O0"
check gcc-x86_64 amd64 "$amd64" "${compilers[gcc-windows-x86_64]}"
check clang-x86_64 amd64 "$amd64" "${compilers[clang-windows-x86_64]}"

# shellcheck disable=SC2086
link "$work/nt4.sys" ${compilers[gcc-windows-i686]} -DMEMCHECK_NT4 &&
    expect "NT 4.0 build: nothing that came later" not_nt4 "$work/nt4.sys"
for plant in MEMCMP DBGPRINTEX; do
    [[ $plant == MEMCMP ]] && seed=$work/libseed.a || seed=
    # shellcheck disable=SC2086
    expect "the driver with $plant planted links" \
        link "$work/seeded.sys" ${compilers[gcc-windows-i686]} -DSEED_$plant -fno-builtin
    expect_failure "$plant is found for Windows 2000" allowed "$work/seeded.sys" i386 w2k
done
expect "DBGPRINTEX is no fault on XP" allowed "$work/seeded.sys" i386 wxp
for name in gcc-windows-i686 gcc-windows-x86_64 clang-windows-x86_64; do
    for options in -O0 -O2 -O3 -Os; do
        expect "memcheck.o, $name $options: no call of the C runtime" \
            no_runtime "$work/dist/memcheck.c" "${compilers[$name]}" "$options"
    done
done
expect_failure "memcmp is found in an object" \
    no_runtime tests/imports/driver.c "${compilers[gcc-windows-i686]} -DSEED_MEMCMP -fno-builtin" -O2
finish
