#!/usr/bin/env bash
# test.sh - the bounded run of the bench for the test run: does the harness work, and does every
# MemCheck column do what it is measured for? No time is judged.
#
# Builds the harness with MemCheck at -O0, runs every workload with every column that needs no slow
# tool, as small as it can be, writes tables and picture, and has the work counted, with things left
# out on purpose that must be seen.
set -uo pipefail
cd "$(dirname "$0")/.." || exit
out=build/bench-test
passed=0
failed=0
skipped=0

# expect NAME COMMAND...: succeeds.
expect() {
    local name=$1
    shift
    if "$@" >"$out/step.log" 2>&1; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf 'FAIL %s\n' "$name"
        tail -n 20 "$out/step.log" | sed 's/^/  | /'
    fi
}

refuses() {
    ! "$@"
}

says() { # TEXT COMMAND...: fails, and says so
    local text=$1
    shift
    refuses "$@" >"$out/said.log" 2>&1 && grep -qF -- "$text" "$out/said.log"
}

mkdir -p "$out"
export BENCH_OPTIMIZE=-O0
expect "the harness is built" bench/build.sh "$out"
smoke=(python3 bench/run.py --smoke --programs "$out" --out "$out")
expect "every workload with every column, and the work of each" "${smoke[@]}"
while IFS= read -r line; do
    skipped=$((skipped + 1))
    printf '%s\n' "$line"
done < <(grep '^SKIP ' "$out/step.log")
expect "tables and picture of what was measured" "${smoke[@]}" --from "$out/bench.json"
expect "the picture is well-formed" python3 -c \
    "import xml.dom.minidom; xml.dom.minidom.parse('$out/bench.svg')"
expect "what is no whole run is not published" \
    says "nothing is published" "${smoke[@]}" --from "$out/bench.json" --publish
expect "an unknown workload is refused" says "unknown: nosuch" "${smoke[@]}" --only nosuch
expect "invented measurements" python3 bench/test_bench.py

printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
((failed == 0))
