#!/bin/sh
# build-sim.sh TREE PROGRAM [option...] - the kernel suite on the simulated kernel, by hand, from the
# tree at TREE, with further compiler options (-m32, -DMEMCHECK_...). CMake builds it as "suite".
set -eu
cd "$1"
program=$2
shift 2
exec gcc -std=gnu11 -O1 -Wall -Wextra -Werror -DMEMCHECK_TEST_HOOK "$@" \
    -Ihost -Iinclude -Isrc/platform -Isrc/report -Isrc/core -Itests/kernel \
    -idirafter src/platform/posix tests/kernel/kernel_test.c tests/kernel/world_sim.c \
    tests/kernel/test_*.c src/core/*.c src/report/*.c host/platform_sim.c \
    src/platform/posix/image.c src/platform/posix/format.c host/sim_*.c -pthread -o "$program"
