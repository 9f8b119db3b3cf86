#!/usr/bin/env bash
# imports.sh - a driver with MemCheck in it imports only what every Windows it is for has, in that
# DLL: i386 from Windows 2000 on, amd64 from Server 2003 on. The build is the user's, plain -O2, of
# the one file. A build for a later target (MEMCHECK_TARGET) may import what came until then, and so
# is refused by what is older. Lists: tests/imports/. NT 4.0, of which there is no list: what is
# surely not there. For the link way the object calls nothing that the link takes over.
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
        ! grep -E ' (MmGetSystemRoutineAddress|ExFreePoolWithTag|ExAllocatePoolWithTagPriority|ZwQuerySystemInformation|MmSystemRangeStart|PsGetVersion|RtlGetVersion|PsGetCurrentThreadId|RtlCaptureStackBackTrace|DbgPrintEx)$' "$work/pairs"
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
check gcc-i686-O0 i386 "$i386" "${compilers[gcc-windows-i686]} -O0"
check gcc-x86_64 amd64 "$amd64" "${compilers[gcc-windows-x86_64]}"
check clang-x86_64 amd64 "$amd64" "${compilers[clang-windows-x86_64]}"

# No kit declares it, and NT 4.0 has it not: it is bound at run time.
expect "the call stack's routine is looked for by its name" grep -q RtlCaptureStackBackTrace \
    "$work/dist/memcheck.c"
for name in gcc-i686 gcc-x86_64 clang-x86_64; do
    pairs "$work/$name.sys" >"$work/pairs"
    expect_failure "$name does not import it" grep -w RtlCaptureStackBackTrace "$work/pairs"
done

# A later target: TARGET ARCH COMPILER FIRST TOO-OLD
targets() {
    local target arch compiler first old
    while read -r target arch compiler first old; do
        check "$compiler-$target" "$arch" "$first" "${compilers[$compiler]} -O0 -DMEMCHECK_TARGET=$target"
        expect_failure "$compiler-$target is found too new for $old" \
            allowed "$work/$compiler-$target.sys" "$arch" "$old"
    done <<'END'
0x0501 i386 gcc-windows-i686 wxp w2k
0x0502 i386 gcc-windows-i686 wnet wxp
0x0600 i386 gcc-windows-i686 wlh wnet
0x0600 amd64 gcc-windows-x86_64 wlh wnet
END
}
targets

# shellcheck disable=SC2086
expect "NT 4.0 build links" link "$work/nt4.sys" ${compilers[gcc-windows-i686]} -O0 -DMEMCHECK_TARGET=0x0400
expect "NT 4.0 build: nothing that came later" not_nt4 "$work/nt4.sys"
expect_failure "a build for 2000 is found too new for NT 4.0" not_nt4 "$work/gcc-i686.sys"
refused() { # COMPILER TARGET
    # shellcheck disable=SC2086
    ! $1 -DMEMCHECK_TARGET=$2 -I"$work/dist" -c "$work/dist/memcheck.c" -o "$work/x.o" 2>"$work/why" &&
        grep -q 'error.*MEMCHECK_TARGET' "$work/why"
}
for target in 0x0503 5 0x0700; do
    expect "MEMCHECK_TARGET=$target is refused" refused "${compilers[gcc-windows-i686]}" $target
done
expect "a target newer than the kit is refused" refused "${compilers[gcc-windows-x86_64]}" 0x0601
expect "NT 4.0 on 64 bits is refused" refused "${compilers[gcc-windows-x86_64]}" 0x0400

# The link way: what it takes over, MemCheck reaches by other names only.
taken=$(sed -n 's/^ *ROW(\([A-Za-z0-9]*\),.*/\1/p' include/mcroutines.h | paste -sd'|')
taken+='|IofCompleteRequest|IofCallDriver'
link_object() { # SOURCE COMPILER OPTIONS
    # shellcheck disable=SC2086
    $2 -O0 $3 -DMEMCHECK_LINK -w -I"$work/dist" -c "$1" -o "$work/link.o" &&
        x86_64-w64-mingw32-nm -u "$work/link.o" >"$work/undefined" &&
        grep -qE ' (__imp_)?[_@]*McRawExFreePool(@4)?$' "$work/undefined"
}
no_own_calls() {
    ! grep -E " (__imp_)?[_@]*($taken)(@[0-9]+)?\$" "$work/undefined"
}
while read -r name target; do
    expect "link way, $name, $target: the object" \
        link_object "$work/dist/memcheck.c" "${compilers[$name]}" -DMEMCHECK_TARGET=$target
    expect "link way, $name, $target: no call of what is taken over" no_own_calls
done <<'END'
gcc-windows-i686 0x0400
gcc-windows-i686 0x0500
gcc-windows-x86_64 0x0600
clang-windows-x86_64 0x0500
END
# A control for both forms of names: the same, and one plain call.
printf '#include "memcheck.c"\nVOID Seeded(PVOID P);\nVOID Seeded(PVOID P)\n{\n%s\n}\n' \
    '    ExFreePoolWithTag(P, 1);' >"$work/dist/seeded.c"
for name in gcc-windows-i686 gcc-windows-x86_64; do
    expect "link way, $name: the object with a plain call" \
        link_object "$work/dist/seeded.c" "${compilers[$name]}" ''
    expect_failure "link way, $name: the plain call is found" no_own_calls
done

for plant in MEMCMP DBGPRINTEX; do
    [[ $plant == MEMCMP ]] && seed=$work/libseed.a || seed=
    # shellcheck disable=SC2086
    expect "the driver with $plant planted links" \
        link "$work/seeded.sys" ${compilers[gcc-windows-i686]} -O0 -DSEED_$plant -fno-builtin
    expect_failure "$plant is found for Windows 2000" allowed "$work/seeded.sys" i386 w2k
done
expect "DBGPRINTEX is no fault on XP" allowed "$work/seeded.sys" i386 wxp
for name in gcc-windows-i686 gcc-windows-x86_64 clang-windows-x86_64; do
    for options in -O0 -O2; do
        expect "memcheck.o, $name $options: no call of the C runtime" \
            no_runtime "$work/dist/memcheck.c" "${compilers[$name]}" "$options"
    done
done
expect_failure "memcmp is found in an object" \
    no_runtime tests/imports/driver.c "${compilers[gcc-windows-i686]} -DSEED_MEMCMP -fno-builtin" -O2
finish
