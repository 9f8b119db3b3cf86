#!/usr/bin/env bash
# build.sh [FOLDER] - the preload library and the test's own programs; default: build/programs.
#
# MemCheck is the one file of scripts/amalgamate.sh, with the POSIX platform as it is; what that
# calls of malloc and its kin, and of writev, the linker turns to library/beneath.c.
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
cd "$root"
out=${1:-build/programs}
here=tests/programs
mkdir -p "$out"

# Requests of 0 bytes are right here, and leaks; the canary of library/summary.c is not to be told.
# What a program has left at MEM_CHECK_EXIT it may still use.
settings=(-DMEMCHECK_ON_FINDING='"bad-request:ignore,leak:ignore,leak-site:ignore"'
    -DMEMCHECK_SUPPRESS="\"*:'Cnry'\"" -DMEMCHECK_FREE_ON_EXIT_OFF)
flags=(-O2 -g -fPIC -fvisibility=hidden -fno-omit-frame-pointer -ftls-model=initial-exec
    -Wall -Wextra -Werror)

scripts/amalgamate.sh "$out/dist"
gcc -std=c89 -pedantic "${flags[@]}" "${settings[@]}" -I"$out/dist" -c "$out/dist/memcheck.c" \
    -o "$out/memcheck.o" &
gcc -std=gnu11 "${flags[@]}" -fno-builtin "${settings[@]}" -Isrc/platform/posix -Isrc/platform \
    -Iinclude -Isrc/core -Isrc/report -I"$here/library" -r -nostdlib -o "$out/library.o" \
    "$here"/library/*.c
wait $!
gcc -shared -o "$out/programs.so" "$out/library.o" "$out/memcheck.o" -Wl,-z,now -Wl,-z,defs \
    -Wl,--wrap=malloc,--wrap=free,--wrap=posix_memalign,--wrap=writev -ldl -pthread
for program in "$here"/own/*.c; do
    gcc -std=gnu11 -O1 -g -fno-omit-frame-pointer -fno-builtin -Wall -Wextra -pthread \
        -o "$out/$(basename "$program" .c)" "$program"
done
