#!/bin/sh
# build-sim.sh TREE PROGRAM [option...] - the kernel suite on the simulated kernel, by hand, from the
# tree at TREE, with further compiler options (-m32, -DMEMCHECK_...). CMake builds it as "suite".
#
# PROGRAM.o/ keeps the objects: what was not changed is not compiled again, but all is when a header
# or the options were.
set -eu
cd "$1"
program=$2
shift 2
objects=$program.o

if [ ! -f "$objects/options" ] || [ "$(cat "$objects/options")" != "$*" ] ||
    [ -n "$(find include src host tests/kernel -name '*.[hi]*' -newer "$objects/options")" ]; then
    rm -rf "$objects"
    mkdir -p "$objects"
    echo "$*" >"$objects/options"
fi
: >"$objects/list"
for file in tests/kernel/kernel_test.c tests/kernel/world_sim.c tests/kernel/test_*.c src/core/*.c \
    src/report/*.c host/platform_sim.c src/platform/posix/image.c src/platform/posix/format.c \
    host/sim_*.c; do
    object=$objects/$(echo "$file" | tr / -).o
    printf '"%s"\n' "$object" >>"$objects/list"
    [ -f "$object" ] && [ -z "$(find "$file" -newer "$object")" ] && continue
    gcc -std=gnu11 -O1 -Wall -Wextra -Werror -DMEMCHECK_TEST_HOOK "$@" \
        -Ihost -Iinclude -Isrc/platform -Isrc/report -Isrc/core -Itests/kernel \
        -idirafter src/platform/posix -c "$file" -o "$object"
done
exec gcc "$@" @"$objects/list" -pthread -o "$program"
