#!/bin/bash
# controls.sh [NAME...] - the model test against MemChecks with a rule less: mutants of
# tests/mutants/mutants.txt that concern what the model models (all below, or those named). Each must
# make a run fail, by itself: the model knows nothing of the mutant. Builds in build/model-controls.
set -euo pipefail
cd "$(dirname "$0")/../.."
root=$PWD
tree=$root/build/model-controls

controls=(
    slack nul-free-pattern drain-and-retry unpadded-last lookup-order own-tag wild-stack wild-image wild-null
    wild-misaligned wild-user-space page-crossing page-alignment one-free above-dispatch paged-free-deferred
    late-free-passed-on fill-verified deferred-foreign reported-once plain-no-front plain-1-unwritten
    plain-2-unread plain-2-possible plain-3-routine plain-3-tag plain-3-wrong-tag plain-4-quarantined
    plain-4-came-back plain-4-overlap plain-4-nothing-released plain-5-compared plain-6-for-system
    plain-7-not-freed plain-8-passed-on plain-8-misaligned handed-over-forgotten handed-over-owned
    zero-tag must-succeed-xp bad-tag protected-tag policy-tags range-wraps repair-anew tally-freed
    lower-step drain-leaves-paged retired-forgotten plain-5-large-over-small watch-tag
)
[ $# -eq 0 ] || controls=("$@")

flags=(-std=gnu11 -O1 -fno-omit-frame-pointer -DMEMCHECK_TEST_HOOK -DMEMCHECK_REPORT_SLOTS=64 -Ihost -Iinclude
    -Isrc/platform -Isrc/report -Isrc/core -Itests/model -idirafter src/platform/posix)
wraps=$(sed -n '/^foreach(routine/,/)$/p' tests/model/model.cmake | tr -d '()' | sed 's/foreachroutine//')

rm -rf "$tree"
mkdir -p "$tree"
cp -r include src host "$tree"
mkdir -p "$tree/tests" && cp -r tests/model "$tree/tests"
cd "$tree"

# All but MemCheck itself, once.
objects=()
for file in host/sim_*.c tests/model/*.c; do
    object=$(basename "$file" .c).o
    objects+=("$object")
    gcc "${flags[@]}" -c "$file" -o "$object"
done
options=()
for routine in $wraps; do options+=("-Wl,--wrap=$routine"); done

# Build MemCheck as it stands in the tree, in one file; 1: it does not compile.
build() {
    for file in src/core/*.c src/report/*.c host/platform_sim.c src/platform/posix/image.c \
        src/platform/posix/format.c; do
        echo "#include \"$tree/$file\""
    done >memcheck_all.c
    gcc "${flags[@]}" -w -c memcheck_all.c -o memcheck_all.o &&
        gcc "${objects[@]}" memcheck_all.o "${options[@]}" -pthread -o model
}

# 0: the runs pass. A crash or a hang is a failure that is seen, too.
runs() {
    for seed in 1 2 3 4 5 6; do
        timeout 60 ./model --seed $seed --steps 6000 >log 2>&1 || return 1
    done
    timeout 60 ./model --seed 7 --steps 3000 --threads 3 >log 2>&1
}

mutate() {
    python3 - "$1" "$tree" <<'PYTHON'
import sys
sys.path.insert(0, sys.argv[2] + '/../../tests/mutants')
import run
found = [mutant for mutant in run.read() if mutant['name'] == sys.argv[1]]
sys.exit(run.mutate(sys.argv[2], found[0]) if found else 'there is no such mutant')
PYTHON
}

passed=0 failed=0
build && runs || {
    echo "controls: without a mutant the model fails"
    cat log
    exit 1
}
for name in "${controls[@]}"; do
    result='not seen'
    if ! mutate "$name" 2>why; then
        result=$(cat why)
    elif ! build 2>why; then
        result="does not compile: $(tail -1 why)"
    elif ! runs; then
        result=seen
    fi
    if [ "$result" = seen ]; then
        passed=$((passed + 1))
        printf '%-28s seen: %s\n' "$name" "$(grep -am1 -e 'seed .* step' -e '^sim: ' log | cut -c1-100)"
    else
        failed=$((failed + 1))
        printf '%-28s %s\n' "$name" "$result"
    fi
    rm -rf src && cp -r "$root/src" src
done
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
