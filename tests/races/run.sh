#!/usr/bin/env bash
# run.sh [--minutes N] - the races: every schedule of the explorer within its bounds, the stress, the
# mutants. With --minutes each race gets one preemption more and at most N minutes, and the stress N
# minutes. Prints what was run, and "N passed, N failed, N skipped".
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
here=$root/tests/races
main=$root/build/races/main
races=() stress=(--rounds 20)
if [[ ${1:-} == --minutes && ${2:-} =~ ^[1-9][0-9]*$ ]]; then
    races=(--more 1 --minutes "$2")
    stress=(--minutes "$2" --seed "$RANDOM")
elif (($# != 0)); then
    echo "usage: run.sh [--minutes N]" >&2
    exit 2
fi

passed=0 failed=0 skipped=0
part() {
    local log=$root/build/races/$1.log status=0
    shift
    "$@" 2>&1 | tee "$log" || status=1
    if [[ $(tail -n 1 "$log") =~ ([0-9]+)\ passed,\ ([0-9]+)\ failed(,\ ([0-9]+)\ skipped)? ]]; then
        passed=$((passed + BASH_REMATCH[1]))
        failed=$((failed + BASH_REMATCH[2]))
        skipped=$((skipped + ${BASH_REMATCH[4]:-0}))
    else
        failed=$((failed + status))
    fi
}

"$here/build.sh" "$root" "$main"
part explorer "$main/races" "${races[@]}"
part stress "$main/stress" "${stress[@]}"
part mutants "$here/mutants.py"
echo "all of it: $passed passed, $failed failed, $skipped skipped"
((failed == 0 && passed > 0))
