#!/usr/bin/env bash
# build.sh TREE FOLDER [compiler option...] - the explorer and the stress on the simulated kernel, with the core
# of the tree at TREE: FOLDER/races, FOLDER/stress. What has not changed in FOLDER is kept.
set -euo pipefail
tree=$1 folder=$2
shift 2
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
mkdir -p "$folder"

# Two report slots: a third report has none.
flags=(-O1 -g -fno-omit-frame-pointer -Wall -Wextra -Werror -DMEMCHECK_TEST_HOOK -DMEMCHECK_REPORT_SLOTS=2
    -I"$tree/host" -I"$tree/include" -I"$tree/src/platform" -I"$tree/src/report" -I"$tree/src/core"
    -I"$tree/src/platform/posix" "$@")

# fresh TARGET SOURCE...: nothing of it is younger than the target.
fresh() {
    local target=$1
    shift
    [[ -f $target && -z $(find "$@" "$here/build.sh" -newer "$target" -print -quit) ]]
}

# one_file NAME SOURCE...: all of them compiled as one, which is the quickest.
one_file() {
    local name=$1 source
    shift
    for source in "$@"; do
        printf '#include "%s"\n' "$source"
    done >"$folder/$name.c"
    gcc -std=gnu11 "${flags[@]}" -c "$folder/$name.c" -o "$folder/$name.o"
}

cd "$tree"
tree=$(pwd)
if ! fresh "$folder/core.o" "$tree/src" "$tree/host" "$tree/include"; then
    one_file core "$tree"/src/core/*.c "$tree"/src/report/*.c "$tree/host/platform_sim.c" \
        "$tree/src/platform/posix/image.c" "$tree/src/platform/posix/format.c" &
fi
if ! fresh "$folder/sim.done" "$tree/host"; then
    (
        for source in "$tree"/host/sim_*.c; do
            gcc -std=gnu11 "${flags[@]}" -c "$source" -o "$folder/$(basename "$source" .c).o"
        done
        touch "$folder/sim.done"
    ) &
fi
status=0
for job in $(jobs -p); do
    wait "$job" || status=$?
done
((status == 0)) || exit "$status"
