#!/usr/bin/env bash
# build.sh TREE FOLDER - the explorer and the stress, from the tests of this tree, on the simulated
# kernel and the core of the tree at TREE: FOLDER/races, FOLDER/stress.
#
# FOLDER keeps the objects: what was not changed is not compiled again, but all is when a header was.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
tree=$(cd "$1" && pwd)
mkdir -p "$2"
folder=$(cd "$2" && pwd)

# Two report slots: a third report at the same time has none. Few deferred slots: EXIT looks at each.
flags=(-std=gnu11 -O0 -g1 -fno-omit-frame-pointer -Wall -Wextra -Werror -DMEMCHECK_TEST_HOOK
    -DMEMCHECK_REPORT_SLOTS=2 -DMEMCHECK_DEFERRED=4 -I"$tree/host" -I"$tree/include"
    -I"$tree/src/platform" -I"$tree/src/report" -I"$tree/src/core" -I"$here"
    -idirafter "$tree/src/platform/posix")
common=("$tree"/src/core/*.c "$tree"/src/report/*.c "$tree/host/platform_sim.c"
    "$tree/src/platform/posix/image.c" "$tree/src/platform/posix/format.c" "$tree"/host/sim_*.c
    "$here/reports.c")
races=("$here"/explore.c "$here"/schedule.c "$here"/race.c "$here"/races*.c)
stress=("$here"/stress*.c)

object() {
    local name=${1#"$tree/"}
    name=${name#"$here/"}
    echo "$folder/${name//\//-}.o"
}

compile() {
    gcc "${flags[@]}" -c "$1" -o "$(object "$1")"
}

headers=$(find "$tree/include" "$tree/src" "$tree/host" "$here" -name '*.[hi]*' ! -name '*.c')
stamp=$folder/headers
if [[ ! -f $stamp ]] || [[ -n $(find $headers "$here/build.sh" -newer "$stamp" -print -quit) ]]; then
    rm -f "$folder"/*.o
    touch "$stamp"
fi
jobs=()
for source in "${common[@]}" "${races[@]}" "${stress[@]}"; do
    target=$(object "$source")
    [[ -f $target && ! $source -nt $target ]] && continue
    if ((${#jobs[@]} == 2)); then
        wait "${jobs[0]}"
        jobs=("${jobs[1]}")
    fi
    compile "$source" &
    jobs+=($!)
done
for job in "${jobs[@]}"; do
    wait "$job"
done

link() {
    local program=$1 source objects=()
    shift
    for source in "$@"; do
        objects+=("$(object "$source")")
    done
    gcc "${objects[@]}" -pthread -o "$program"
}
link "$folder/races" "${races[@]}" "${common[@]}"
link "$folder/stress" "${stress[@]}" "${common[@]}"
