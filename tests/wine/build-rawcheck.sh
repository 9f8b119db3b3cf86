#!/usr/bin/env bash
# build-rawcheck.sh ARCH DIRECTORY - the checking layer for raw frees, for x86_64 or i686, into
# DIRECTORY: rawcheck.o and librawpool.a. A driver gets it by these in its link, before the import
# libraries of the kit, the last one instead of its own entry point:
#
#   DIRECTORY/rawcheck.o DIRECTORY/librawpool.a -Wl,--entry,RawCheckEntry      (x86_64)
#   DIRECTORY/rawcheck.o DIRECTORY/librawpool.a -Wl,--entry,_RawCheckEntry@8   (i686)
#
# librawpool.a reaches the real routines by names of its own. It is made by dlltool of binutils:
# that of llvm 14 makes plain aliases, and each routine would call itself for ever.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
arch=${1:?x86_64 or i686}
out=${2:?directory}
mkdir -p "$out"
cd "$out" # dlltool writes its intermediate files where it is started

case $arch in
x86_64) at8='' at12='' at4='' ;;
i686) at8=@8 at12=@12 at4=@4 ;;
*)
    echo "build-rawcheck.sh: unknown architecture $arch (x86_64, i686)" >&2
    exit 2
    ;;
esac

cat >rawcheck.def <<END
LIBRARY ntoskrnl.exe
EXPORTS
McRawExAllocatePool$at8 == ExAllocatePool
McRawExAllocatePoolWithTag$at12 == ExAllocatePoolWithTag
McRawExAllocatePoolWithQuota$at8 == ExAllocatePoolWithQuota
McRawExAllocatePoolWithQuotaTag$at12 == ExAllocatePoolWithQuotaTag
McRawExFreePool$at4 == ExFreePool
McRawExFreePoolWithTag$at8 == ExFreePoolWithTag
END
"$arch-w64-mingw32-dlltool" -d rawcheck.def -l librawpool.a
ddk=/usr/$arch-w64-mingw32/include/ddk
"$arch-w64-mingw32-gcc" -std=gnu89 -O2 -Wall -Wextra -Werror -isystem "$ddk" \
    -c "$here/rawcheck.c" -o rawcheck.o
