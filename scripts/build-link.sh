#!/usr/bin/env bash
# build-link.sh - MemCheck for a driver's link: no edits, no header, one object and a library more.
#
#   scripts/build-link.sh ARCH [--out FOLDER] [--entry NAME]... [-DSETTING[=VALUE]]...
#
# ARCH is x86_64 or i686; FOLDER is build/dist/link/ARCH if not given. Settings are those of
# memcfg.h. Writes
#
#   memcheck_link.o       MemCheck, the pool routines taken over, the entry around the driver's
#   libmemcheck_link.a    the entry points (McDriverEntry for DriverEntry, McGsDriverEntry,
#                         McFxDriverEntry, and Mc<NAME> for each --entry), and import libraries for
#                         all that the object needs, the kernel's own pool routines among it
#
# docs/link.md says how to link with them. Needs gcc and binutils of mingw-w64 for ARCH. It must be
# dlltool of binutils: that of llvm 14 makes a plain alias of a renamed import, and each pool routine
# would call itself for ever.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)

usage() {
    echo 'usage: build-link.sh x86_64|i686 [--out FOLDER] [--entry NAME]... [-DSETTING[=VALUE]]...' >&2
    exit 2
}

arch=${1:-}
[[ $arch == x86_64 || $arch == i686 ]] || usage
shift
out=$root/build/dist/link/$arch
settings=()
entries=(DriverEntry GsDriverEntry FxDriverEntry)
while (($#)); do
    case $1 in
    --out | --entry)
        (($# > 1)) || usage
        [[ $1 == --out ]] && out=$2 || entries+=("$2")
        shift
        ;;
    -D?*) settings+=("$1") ;;
    *) usage ;;
    esac
    shift
done
mkdir -p "$out"
out=$(cd "$out" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$root/scripts/amalgamate.sh" "$work"
cd "$work" # dlltool writes its intermediate files where it is started

# No debug information: it would name this machine's folders. Frames of MemCheck have their symbols.
compile() {
    "$arch-w64-mingw32-gcc" -O2 -g0 -fno-ident -ffreestanding -fno-stack-protector \
        -Wall -Wextra -D_WIN32_WINNT=0x0600 "${model[@]}" "$@"
}
# On i386 unwind tables serve nobody in a kernel, and call stacks are walked by frame pointers; on
# x86-64 the tables are needed, and .refptr is not.
model=(-fno-asynchronous-unwind-tables -fno-omit-frame-pointer)
[[ $arch == x86_64 ]] && model=(-mcmodel=small)

ddk=/usr/$arch-w64-mingw32/include/ddk
compile -std=c89 -isystem "$ddk" -I. -I"$root/include" -DMEMCHECK_LINK "${settings[@]}" -S memcheck.c -o memcheck.s
compile -std=c89 -I"$root/src/core" -I"$root/include" -S "$root/src/link/imports.c" -o imports.s
compile -std=c89 -isystem "$ddk" -I"$root/src/core" -S "$root/src/link/entry.c" -o entry.s
# One object is made by the assembler: ld -r would leave wrong unwind tables, by which the system walks
# call stacks and raises. The compiler's own labels get the names of their files.
for part in memcheck imports entry; do
    sed "/^[[:space:]]*\.ascii/!s/\bL\([A-Z]*[0-9]\)/L$part\1/g" "$part.s"
    "$arch-w64-mingw32-as" -o "$part.o" "$part.s"
done >memcheck_link.s
"$arch-w64-mingw32-as" -o memcheck_link.o memcheck_link.s
starts=()
for entry in "${entries[@]}"; do
    compile -std=c89 -DMC_START="$entry" -c "$root/src/link/start.c" -o "start_$entry.o"
    starts+=("start_$entry.o")
done

names() {
    "$arch-w64-mingw32-nm" "$@"
}

# MemCheck's own calls must not be of the routines that are taken over: it would watch itself.
names --defined-only imports.o | awk '$2 == "T" { print $3 }' >taken
names -u memcheck.o | awk '{ sub(/^__imp_/, "", $2); sub(/^__imp_/, "", $1); print $NF }' |
    sed 's/^__imp_//' | grep -Fx -f taken >recursion || true
if [[ -s recursion ]]; then
    echo 'build-link.sh: memcheck.c itself calls what is taken over:' >&2
    cat recursion >&2
    exit 1
fi

# What the object still needs, as "symbol import-name". A C runtime there is none.
names -u memcheck_link.o | awk '{ print $NF }' | sed 's/^__imp_//' | sort -u |
    grep -vxE '_*__ImageBase' >needed
if grep -E '^_*(mem(cpy|set|move|cmp)|str[a-z]+|_*(u|all|aull|ull|mod|div)[a-z0-9]*|chkstk(_ms)?|alloca)$' \
    needed >&2; then
    echo 'build-link.sh: these are of a C runtime, which a driver does not have' >&2
    exit 1
fi

# On i386 a symbol has a leading underscore, but for fastcall, and the bytes of its parameters; in
# the .def the underscore is left out.
plain='s/^@//; s/@[0-9]*$//'
under=
[[ $arch == i686 ]] && under='s/^_//;'
hal='KeQueryPerformanceCounter|KeStallExecutionProcessor'
[[ $arch == i686 ]] && hal+='|KfAcquireSpinLock|KfReleaseSpinLock|KfRaiseIrql|KfLowerIrql'
[[ $arch == i686 ]] && hal+='|KeGetCurrentIrql|KeRaiseIrqlToDpcLevel|KeRaiseIrqlToSynchLevel'
{
    while read -r symbol; do
        symbol=$(sed "$under" <<<"$symbol")
        name=$(sed "$plain" <<<"$symbol")
        if [[ $symbol == @* ]]; then
            echo "@McRaw${symbol#@} == $name"
        else
            echo "McRaw$symbol == $name"
        fi
    done <taken
    while read -r symbol; do
        symbol=$(sed "$under" <<<"$symbol")
        [[ $symbol =~ ^@?McRaw ]] || echo "$symbol == $(sed "$plain" <<<"$symbol")"
    done <needed
} | sort -u >all
for dll in ntoskrnl.exe hal.dll; do
    printf 'LIBRARY %s\nEXPORTS\n' "$dll" >"$dll.def"
    inverse=()
    [[ $dll == hal.dll ]] || inverse=(-v)
    grep -E "${inverse[@]}" " == ($hal)\$" all >>"$dll.def" || true
    "$arch-w64-mingw32-dlltool" -d "$dll.def" -l "lib_$dll.a" --temp-prefix "mc_${dll%%.*}_"
done

# One library of both: the members of each have names of their own.
rm -f libmemcheck_link.a
for dll in ntoskrnl.exe hal.dll; do
    mkdir "$dll"
    (cd "$dll" && "$arch-w64-mingw32-ar" x "../lib_$dll.a")
done
"$arch-w64-mingw32-ar" rcsD libmemcheck_link.a "${starts[@]}" ntoskrnl.exe/*.o hal.dll/*.o

mkdir -p "$out"
mv -f memcheck_link.o libmemcheck_link.a "$out/"
