#!/usr/bin/env bash
# build-rawways.sh ARCH DIRECTORY - the checking layer of rawways.c, for x86_64 or i686, below a
# driver that comes to MemCheck in one of four ways. Into DIRECTORY:
#
#   rawplain.o       entry RawCheckEntry, which calls DriverEntry; for a driver without MemCheck
#   rawheader.o      which calls McDriverEntry, MemCheck's; for one that uses the kit's names there
#   rawlink.o        the same for the link way: there the names that MemCheck uses are McRaw...
#   librawways.a     the real routines, after the object in the link
#
# Each stands in the link before the import libraries of MemCheck and of the kit.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
arch=${1:?x86_64 or i686}
out=${2:?directory}
mkdir -p "$out"
cd "$out" # dlltool writes its intermediate files where it is started

case $arch in
x86_64) under='' at4='' at8='' at12='' ;;
i686) under=_ at4=@4 at8=@8 at12=@12 ;;
*)
    echo "build-rawways.sh: unknown architecture $arch (x86_64, i686)" >&2
    exit 2
    ;;
esac
routines=("ExAllocatePool$at8" "ExAllocatePoolWithTag$at12" "ExFreePool$at4" "ExFreePoolWithTag$at8"
    "ExAllocatePoolWithQuota$at8" "ExAllocatePoolWithQuotaTag$at12"
    "ExAllocatePoolWithTagPriority${at4:+@16}"
    "RtlFreeUnicodeString$at4" "RtlFreeAnsiString$at4" "RtlFreeOemString$at4")

# The link way's library has McRaw... names of its own: here the real ones get others.
real=()
below=()
{
    printf 'LIBRARY ntoskrnl.exe\nEXPORTS\n'
    for name in "${routines[@]}"; do
        printf 'RawWays%s == %s\n' "$name" "${name%@*}"
        real+=("--redefine-sym" "${under}McRaw$name=${under}RawWays$name")
        below+=("--redefine-sym" "$under$name=${under}McRaw$name"
            "--redefine-sym" "__imp_$under$name=__imp_${under}McRaw$name")
    done
} >rawways.def
"$arch-w64-mingw32-dlltool" -d rawways.def -l librawways.a

"$arch-w64-mingw32-gcc" -std=gnu89 -O2 -Wall -Wextra -Werror \
    -isystem "/usr/$arch-w64-mingw32/include/ddk" -c "$here/rawways.c" -o rawways.o
entry=("--redefine-sym" "${under}DriverEntry$at8=${under}McDriverEntry$at8")
objcopy=$arch-w64-mingw32-objcopy
"$objcopy" "${real[@]}" rawways.o rawplain.o
"$objcopy" "${real[@]}" "${entry[@]}" rawways.o rawheader.o
"$objcopy" "${real[@]}" "${entry[@]}" "${below[@]}" rawways.o rawlink.o
