#!/usr/bin/env bash
# build.sh - the harness's programs, in build/bench: the same sources over each allocator.
#
#   bench/build.sh [FOLDER]     default: build/bench; BENCH_OPTIMIZE=-O0: to try, not to measure
#
# MemCheck is built as its user builds it: the one file, -O2. Frame pointers everywhere, for all
# checkers take call stacks along them. Of the harness only touch.c, which stands for the driver, is
# instrumented by a compiler's checker.
set -euo pipefail
cd "$(dirname "$0")/.."
out=${1:-build/bench}
cc=${CC:-gcc}
flags=("${BENCH_OPTIMIZE:--O2}" -fno-omit-frame-pointer -pthread)
harness=(-std=gnu11 -Wall -Wextra -Werror -Ibench)
sources=(bench/{main,churn,batch,other,planted,lookups,blocks,required}.c)

mkdir -p "$out"
scripts/amalgamate.sh "$out/dist"

# program NAME "TOUCH'S FLAGS" "LINK'S FLAGS" [FLAG OR FILE...]: sources, compiled with these.
program() {
    local name=$1 touch=$2 link=$3
    shift 3
    # shellcheck disable=SC2086
    "$cc" "${flags[@]}" "${harness[@]}" $touch -c bench/touch.c -o "$out/touch-$name.o"
    # shellcheck disable=SC2086
    "$cc" "${flags[@]}" "${harness[@]}" "$@" "${sources[@]}" "$out/touch-$name.o" $link \
        -o "$out/bench-$name"
}

# memcheck NAME [FLAG...]: the one file and the program, both with these flags.
memcheck() {
    local name=$1
    shift
    "$cc" "${flags[@]}" "$@" -c "$out/dist/memcheck.c" -o "$out/$name.o"
    program "$name" '' "$out/$name.o" -DBENCH_MEMCHECK -I"$out/dist" "$@"
}

jobs=()
memcheck memcheck &
jobs+=($!)
{
    memcheck count -DMEMCHECK_COUNT_WORK -DBENCH_COUNT
    program raw '' ''
    program asan -fsanitize=address -fsanitize=address
} &
jobs+=($!)
for job in "${jobs[@]}"; do
    wait "$job"
done
