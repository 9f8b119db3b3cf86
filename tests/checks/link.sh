#!/usr/bin/env bash
# link.sh - the link way: one object and a library more, no edits. The test driver of tests/link is
# linked from the same objects without and with MemCheck, by GNU ld, ld.lld and lld-link; loaded under
# Wine it does the same in all; a planted bug is reported, at the place that memcheck-lines.py finds.
# i386 is linked and its imports are held to the kits' lists.
set -uo pipefail
NAME=link
source "$(dirname "$0")/lib.sh"
sources=tests/link
lines=scripts/memcheck-lines.py
wine_name=linktest # the name of each driver that is loaded, so that of the module in its reports

# ---- the product ----

build() { # ARCH FOLDER OPTIONS
    scripts/build-link.sh "$1" --out "$2" "${@:3}"
}
for arch in x86_64 i686; do
    expect "the object and its library, $arch" build "$arch" "$work/$arch"
done
expect "once more, with other folders" build i686 "$work/again"
expect "the object is the same again" cmp "$work/i686/memcheck_link.o" "$work/again/memcheck_link.o"
expect "with the name of the driver and another entry" build x86_64 "$work/named" \
    "-DMEMCHECK_DRIVER_NAME=\"$wine_name\"" --entry OtherEntry

no_paths() { # FILE
    ! LC_ALL=C grep -a -o -E "($PWD|/home|/root|/tmp|/usr)/[[:print:]]{0,60}" "$1"
}
expect "no path of this machine in it" no_paths "$work/x86_64/memcheck_link.o"
printf '/home/me/driver.c\n' >"$work/seeded.o"
expect_failure "one is found" no_paths "$work/seeded.o"

strict() { # COMMAND: src/link is C89, as gcc and clang see it
    local file
    for file in src/link/*.c; do
        # shellcheck disable=SC2086
        $1 -std=c89 -pedantic -Wall -Wextra -Werror -O2 -Iinclude -Isrc/core -c "$file" \
            -o "$work/x.o" || return 1
    done
}
for name in "${!compilers[@]}"; do
    [[ $name == *windows* ]] && expect "src/link is C89, $name" strict "${compilers[$name]}"
done

# Exported routines only: a definition of an inline one would collide with the kit's.
defines() { # ARCH SYMBOL
    "$1-w64-mingw32-nm" "$work/$1/memcheck_link.o" | grep " [TR] $2\$"
}
for symbol in ExFreePool __imp_ExFreePool ExAllocatePool2 __imp_IofCallDriver; do
    expect "x86_64 has $symbol" defines x86_64 "$symbol"
done
for symbol in _ExFreePool@4 __imp__ExFreePool@4 _ExAllocatePool3@24 @IofCallDriver@8 \
    __imp_@IofCompleteRequest@8; do
    expect "i686 has $symbol" defines i686 "$symbol"
done
expect_failure "not ExAllocatePoolZero, an inline function" defines x86_64 ExAllocatePoolZero

# ---- the entry ----

entry_host() {
    gcc -std=c89 -pedantic -Wall -Wextra -Werror -O2 -I$sources -Isrc/core \
        -DMEMCHECK_KIT_HEADER='"entry_kit.h"' -c src/link/entry.c -o "$work/entry.o" &&
        gcc -std=gnu11 -Wall -Wextra -Werror -I$sources -Isrc/core $sources/entry_host.c \
            "$work/entry.o" -o "$work/entry_host" && "$work/entry_host"
}
expect "entry.c on the host" entry_host

# ---- the test driver's objects and its links ----

# objects FOLDER ARCH COMPILER... [-DBUG]: all but what is linked by itself.
objects() {
    local to=$1 arch=$2 file
    shift 2
    mkdir -p "$to"
    set -- "$@" -isystem "/usr/$arch-w64-mingw32/include/ddk" -D_WIN32_WINNT=0x0600 -O2 -g \
        -Wall -Wextra -Werror
    for file in driver parts bugs library; do
        "$@" -c "$sources/$file.c" -o "$to/$file.o" || return 1
    done
    "$@" -c "$sources/system.c" -o "$to/system_plain.o" &&
        "$@" -DLINKED -c "$sources/system.c" -o "$to/system_linked.o" || return 1
    # A static library, and C++, of which mingw-w64's gcc may not be installed.
    rm -f "$to/liblibrary.a"
    "$arch-w64-mingw32-ar" rcs "$to/liblibrary.a" "$to/library.o" || return 1
    shift
    clang++ --target="$arch-w64-windows-gnu" -fms-extensions -fno-exceptions -fno-rtti -std=c++14 \
        $(printf '%s\n' "$@" | grep -xE -e '-DBUG.*|-gcodeview') -O2 -g -c $sources/operators.cpp \
        -o "$to/operators.o"
}

clang_for() { # ARCH
    echo "clang --target=$1-w64-windows-gnu -fms-extensions"
}

# What stands in every link: the driver's own, then what is given, then the kit.
parts() { # FOLDER plain|linked
    echo "$1/driver.o $1/parts.o $1/bugs.o $1/operators.o $1/system_$2.o $1/liblibrary.a"
}

# wdm.h of mingw-w64 gives clang two inline functions that each object then defines.
# shellcheck disable=SC2046
link_gnu() { # OUT ARCH FOLDER plain|linked ENTRY LIBRARIES...
    "$2-w64-mingw32-gcc" -shared -nostdlib -Wl,--subsystem,native -Wl,--exclude-all-symbols \
        -Wl,--entry,"$5" $(parts "$3" "$4") "${@:6}" -lntoskrnl -lhal -o "$1"
}
# shellcheck disable=SC2046
link_lld() {
    $(clang_for "$2") -fuse-ld=lld -shared -nostdlib -Wl,--subsystem,native \
        -Wl,--exclude-all-symbols -Wl,--allow-multiple-definition \
        -Wl,--entry,"$5" $(parts "$3" "$4") "${@:6}" -lntoskrnl -lhal -o "$1"
}
# shellcheck disable=SC2046
link_lldlink() {
    local machine=x64 safe=
    [[ $2 == i686 ]] && machine=x86 safe=/safeseh:no
    lld-link /driver /subsystem:native /nodefaultlib /debug /force:multiple $safe \
        "/entry:$5" "/machine:$machine" "/out:$1" $(parts "$3" "$4") "${@:6}" \
        "/usr/$2-w64-mingw32/lib/libntoskrnl.a" "/usr/$2-w64-mingw32/lib/libhal.a"
}

# The imports of a driver: "dll routine", sorted, each as often as it is there.
pairs() {
    x86_64-w64-mingw32-objdump -p "$1" | awk '
        /DLL Name:/ { dll = tolower($3); next }
        dll && NF == 3 && $1 ~ /^[0-9a-f]+$/ && $2 ~ /^[0-9]+$/ { print dll, $3; next }
        /^$/ { dll = "" }' | sort
}

# Everything is taken over: of the routines that the object has, the driver imports those that the
# object itself reaches by McRaw..., each once, and no other.
taken_over() { # FILE ARCH
    "$2-w64-mingw32-nm" -u "$work/$2/memcheck_link.o" | awk '{ print $NF }' |
        sed -n 's/^__imp_//; s/^[_@]*McRaw\([A-Za-z0-9]*\).*/ntoskrnl.exe \1/p' | sort -u >"$work/want"
    "$2-w64-mingw32-nm" "$work/$2/memcheck_link.o" |
        sed -n 's/.* T [_@]*\(\(Ex\|Rtl\|Iof\)[A-Za-z0-9]*\).*/ntoskrnl.exe \1/p' | sort -u >"$work/pool"
    pairs "$1" | grep -Fx -f "$work/pool" >"$work/got"
    [[ $(wc -l <"$work/want") -gt 8 ]] && diff "$work/want" "$work/got"
}

declare -A entry=([x86_64]=McDriverEntry [i686]=_McDriverEntry@8)
declare -A plain_entry=([x86_64]=DriverEntry [i686]=_DriverEntry@8)
for arch in x86_64 i686; do
    # shellcheck disable=SC2046
    expect "objects, $arch, gcc" objects "$work/gcc-$arch" $arch $arch-w64-mingw32-gcc
    # shellcheck disable=SC2046
    expect "objects, $arch, clang" objects "$work/clang-$arch" $arch $(clang_for $arch) -gcodeview
    expect "plain, $arch" link_gnu "$work/plain-$arch.sys" $arch "$work/gcc-$arch" plain \
        ${plain_entry[$arch]}
    expect_failure "the plain driver's pool imports are its own, $arch" \
        taken_over "$work/plain-$arch.sys" $arch
    for linker in gnu lld lldlink; do
        for compiler in gcc clang; do
            # GNU ld takes each of clang's second definitions (wdm.h) for an error.
            [[ $linker == gnu && $compiler == clang ]] && continue
            file=$work/$linker-$compiler-$arch.sys
            name=${entry[$arch]}
            [[ $linker == lldlink ]] && name=${name#_}
            expect "linked, $arch, $compiler, $linker" link_$linker "$file" $arch \
                "$work/$compiler-$arch" linked "$name" "$work/$arch/memcheck_link.o" \
                "$work/$arch/libmemcheck_link.a"
            expect "its pool imports are MemCheck's only" taken_over "$file" $arch
        done
    done
done

# ---- every Windows has what the object imports, and the entries ----

# A driver of nothing: all its imports are the object's.
allowed() { # FILE ARCH VERSION
    pairs "$1" >"$work/pairs"
    [[ $(wc -l <"$work/pairs") -gt 10 ]] || { echo "no imports found in $1"; return 1; }
    awk -v version="$3" '
        NR == FNR { if ($0 !~ /^#/) for (i = 3; i <= NF; i++) if ($i == version) known[tolower($1) " " $2] = 1; next }
        !($0 in known) { print "not there: " $0; bad = 1 }
        END { exit bad }' "tests/imports/$2.txt" "$work/pairs"
}
nothing() { # OUT ARCH FOLDER ENTRY DRIVER'S
    local at=
    [[ $2 == i686 ]] && at=@8
    echo "int __stdcall $5(void *a, void *b) { return a == b; }" >"$work/nothing.c"
    "$2-w64-mingw32-gcc" -O2 -shared -nostdlib -Wl,--subsystem,native -Wl,--exclude-all-symbols \
        -Wl,--entry,"${at:+_}$4$at" "$work/nothing.c" "$3/memcheck_link.o" \
        "$3/libmemcheck_link.a" -o "$1"
}
for own in DriverEntry GsDriverEntry FxDriverEntry; do
    for arch in x86_64 i686; do
        expect "a driver without a kit library, $own, $arch" \
            nothing "$work/nothing-$arch.sys" $arch "$work/$arch" Mc$own $own
    done
done
expect "an entry of another name" \
    nothing "$work/other.sys" x86_64 "$work/named" McOtherEntry OtherEntry
expect_failure "which the other library does not have" \
    nothing "$work/other.sys" x86_64 "$work/i686" McOtherEntry OtherEntry
for version in w2k wxp wnet wlh win7; do
    expect "i386: all imports are in $version" allowed "$work/nothing-i686.sys" i386 $version
done
for version in wnet wlh win7; do
    expect "x86-64: all imports are in $version" allowed "$work/nothing-x86_64.sys" amd64 $version
done
expect_failure "a later one is found" allowed "$work/gnu-gcc-i686.sys" i386 nt4

# ---- loaded ----

load() { # FILE OPTIONS: its output in $work/loaded
    mkdir -p "$work/load"
    : >"$work/loaded"
    cp "$1" "$work/load/$wine_name.sys" || return 1
    bash tests/wine/run-driver.sh "${@:2}" "$work/load/$wine_name.sys" >"$work/loaded" 2>"$work/said"
    local status=$?
    cat "$work/loaded" "$work/said"
    return $status
}
own_lines() {
    grep '^link-test:' "$1"
}

expect "plain, loaded" load "$work/plain-x86_64.sys"
own_lines "$work/loaded" >"$work/plain.lines"
expect "it did something" grep -q 'direct [1-9]' "$work/plain.lines"
expect_failure "no word of MemCheck" grep '^memcheck' "$work/loaded"

same_and_silent() {
    own_lines "$work/loaded" | diff "$work/plain.lines" - && ! grep -E ' sure=|====' "$work/loaded" &&
        grep -q "^memcheck\[$wine_name\] on, self-test passed" "$work/loaded" &&
        grep -q "^memcheck\[$wine_name\] exit: allocations [1-9].*handed over 1" "$work/loaded" &&
        awk '/link-test: unloaded/ { seen = 1 } /\] exit:/ { exit !seen }' "$work/loaded"
}

# A layer below MemCheck judges what reaches the pool: run-driver.sh fails when a free is bad.
expect "the layer that judges raw frees" bash tests/wine/build-rawways.sh x86_64 "$work/raw"
named="$work/named/memcheck_link.o $work/named/libmemcheck_link.a"
judged="$work/named/memcheck_link.o $work/raw/rawlink.o $work/raw/librawways.a"
judged+=" $work/named/libmemcheck_link.a"
# shellcheck disable=SC2086
expect "linked on it" link_gnu "$work/judged.sys" x86_64 "$work/gcc-x86_64" linked RawCheckEntry $judged
expect "judged, loaded" load "$work/judged.sys"
expect "judged: the same as plain, silent, INIT and EXIT" same_and_silent
expect "the layer saw its frees" grep -q '^rawcheck: [1-9].* allocated, .* 0 bad, 0 left$' "$work/loaded"

for linker in gnu lld lldlink; do
    compiler=clang
    [[ $linker == gnu ]] && compiler=gcc
    # shellcheck disable=SC2086
    expect "$linker, named" link_$linker "$work/load-$linker.sys" x86_64 "$work/$compiler-x86_64" linked \
        McDriverEntry $named
    expect "$linker, loaded" load "$work/load-$linker.sys"
    expect "$linker: the same as plain, silent, INIT and EXIT" same_and_silent
done

# The entry says where the option string is, and what the driver is called where the system does not
# say: Wine lists no drivers.
# shellcheck disable=SC2086
expect "with no name of the driver, linked" link_gnu "$work/nameless.sys" x86_64 \
    "$work/gcc-x86_64" linked McDriverEntry "$work/x86_64/memcheck_link.o" \
    "$work/x86_64/libmemcheck_link.a"
options_in_force() { # NAME: that of the service
    own_lines "$work/loaded" | diff "$work/plain.lines" - && ! grep -E ' sure=|====' "$work/loaded" &&
        grep -q "^memcheck\[$1\] on, self-test passed.* redzone 32," "$work/loaded" &&
        grep -q "^memcheck\[$1\] option \"nonsense\": " "$work/loaded" &&
        grep "^memcheck\[$1\] freed .*, [0-9]* bytes [A-Za-z]*Pool .*, block [1-9]" "$work/loaded"
}
string='redzone=32,free-print,nonsense'
expect "loaded, with a string of options" load "$work/nameless.sys" --options "$string"
expect "they are in force" options_in_force "memcheck-$wine_name"
expect "loaded, without" load "$work/nameless.sys"
expect_failure "nothing of them is in force" options_in_force "memcheck-$wine_name"
expect "the driver has its service's name" grep -q "^memcheck\[memcheck-$wine_name\] on, self-test passed" \
    "$work/loaded"

# Without the entry nobody starts MemCheck: it says so, and the driver runs.
# shellcheck disable=SC2086
expect "the entry option forgotten, linked" link_gnu "$work/forgotten.sys" x86_64 \
    "$work/gcc-x86_64" linked DriverEntry $named
expect "loaded" load "$work/forgotten.sys"
forgotten() {
    own_lines "$work/loaded" | diff "$work/plain.lines" - &&
        grep 'kind=wrong-order .*reason=uninitialised' "$work/loaded" &&
        ! grep ' sure=' "$work/loaded" | grep -v 'kind=wrong-order .*reason=uninitialised'
}
expect "the same as plain, and no report but that" forgotten

# A driver whose entry fails: MemCheck is ended, and says so.
# shellcheck disable=SC2086
{
    expect "objects that fail" objects "$work/fail" x86_64 x86_64-w64-mingw32-gcc -DFAIL_ENTRY
    expect "linked" link_gnu "$work/fail.sys" x86_64 "$work/fail" linked RawCheckEntry $judged
    expect "DriverEntry fails" load "$work/fail.sys" --expect-failure
    expect "MemCheck has ended behind it" awk '/link-test: failing/ { seen = 1 }
        /\] exit: allocations/ { good = seen } END { exit !good }' "$work/loaded"
    expect "and left nothing" grep -q '^rawcheck: .* 0 bad, 0 left$' "$work/loaded"
}

# ---- planted bugs, and the way from an offset to the line ----

# Which line of tests/link has the comment.
marked() { # TEXT
    grep -n -- "/\* $1 \*/" $sources/*.c $sources/*.cpp | sed -E 's|^.*/([^/:]+):([0-9]+):.*|\1:\2|'
}
# reported KIND SYMBOLS BUG WORD...: a report of that kind, whose place for each WORD of the report is
# the line marked "BUG WORD".
reported() {
    local kind=$1 symbols=$2 bug=$3 word place
    shift 3
    grep -q "^memcheck: v=1 drv=$wine_name .*kind=$kind " "$work/loaded" || {
        echo "no $kind"
        return 1
    }
    python3 $lines --log "$work/loaded" "$wine_name=$symbols" >"$work/placed" 2>"$work/placed.said" || {
        cat "$work/placed.said"
        return 1
    }
    for word; do
        place=$(marked "$bug $word")
        grep -E "#1 $word +(by [A-Za-z]+ )?at $wine_name\.sys\+0x[0-9a-f]+ \((.*, inlined at )?$place in Test[A-Z][a-z]+\)" \
            "$work/placed" || {
            echo "$word is not at $place:"
            cat "$work/placed"
            return 1
        }
    done
}

# bug BUG KIND LINKER COMPILER WORD...
bug() {
    local bug=$1 kind=$2 linker=$3 compiler=$4 command
    shift 4
    command=x86_64-w64-mingw32-gcc
    [[ $compiler == clang ]] && command="$(clang_for x86_64) -gcodeview"
    # shellcheck disable=SC2086
    expect "$bug, $compiler" objects "$work/$bug" x86_64 $command "-D$bug"
    # shellcheck disable=SC2086
    expect "$bug, linked by $linker" link_$linker "$work/$bug.sys" x86_64 "$work/$bug" linked \
        McDriverEntry $named
    expect "$bug, loaded" load "$work/$bug.sys"
    expect "$bug is reported at its place" reported "$kind" "$work/$bug.sys" "$bug" "$@"
}
bug BUG_OVERRUN overrun gnu gcc allocated found
bug BUG_DOUBLE_FREE double-free lld gcc allocated freed found
expect "the call stack goes on in the driver's entry" grep -E \
    "#1 +$wine_name\.sys\+0x[0-9a-f]+ \(driver\.c:[0-9]+ in DriverEntry\)\$" "$work/placed"
bug BUG_NEW_LEAK leak gnu gcc allocated
bug BUG_LEAK leak lldlink clang allocated
expect_failure "a report is not found where there is none" reported overrun "$work/BUG_LEAK.sys" BUG_LEAK

# The last log is that of BUG_LEAK, whose symbols are in a .pdb.
mkdir "$work/alone"
cp "$work/BUG_LEAK.pdb" "$work/alone/"
expect "the .pdb alone does" reported leak "$work/alone/BUG_LEAK.pdb" BUG_LEAK allocated
mv "$work/BUG_LEAK.pdb" "$work/hidden.pdb"
expect_failure "the driver without it does not" reported leak "$work/BUG_LEAK.sys" BUG_LEAK allocated
expect "and that is said" grep -q 'has no line for +0x.*built with debug information' "$work/placed.said"
unchanged() { # DRIVER: every line as it was, a message
    ! python3 $lines --log "$work/loaded" "$1" >"$work/placed" 2>"$work/placed.said" &&
        cmp "$work/loaded" "$work/placed" && cat "$work/placed.said" &&
        grep -q "no symbols given for $wine_name" "$work/placed.said"
}
cp "$work/hidden.pdb" "$work/alone/stranger.pdb"
expect "symbols of another driver: a message, lines as they are" unchanged "$work/alone/stranger.pdb"
piped() {
    printf 'memcheck[%s]     /* 3 buffers */ "+0x%x" \\\nx\377\n' "$wine_name" "$(offset)" |
        python3 $lines "$wine_name=$work/hidden.pdb" | tee "$work/placed" |
        grep -F "/* $(marked 'BUG_LEAK allocated') in TestBugs */ \\" &&
        LC_ALL=C grep -aP '^x\xff$' "$work/placed"
}
offset() {
    sed -n "s/.*#1 allocated at $wine_name\.sys+\(0x[0-9a-f]*\).*/\1/p" "$work/loaded"
}
expect "from standard input, a site to paste, bytes that are no text" piped
finish
