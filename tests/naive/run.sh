#!/bin/sh
# run.sh SUITE - the naive checker must be caught: at least one test of each rule fails.
#
# SUITE is the kernel suite for the simulated kernel, built with naive.c in place of MemCheck, or the
# folder it is in as kernel_naive. Each test named in rules.txt is run in a process of its own; a
# failed check, an abort of the simulation and a time-out (TIMEOUT seconds, 30) are failures alike.
# Prints a line for each rule, and "naive: N passed, M failed", where a rule passes when the naive
# checker fails it.
set -u

suite=${1:?usage: run.sh SUITE}
[ -d "$suite" ] && suite=$suite/kernel_naive
rules=$(dirname "$0")/rules.txt
limit=${TIMEOUT:-30}
tests=$(mktemp) || exit 2
trap 'rm -f "$tests"' EXIT

"$suite" --list >"$tests" || {
    echo "run.sh: $suite does not list its tests" >&2
    exit 2
}

passed=0
failed=0
while IFS= read -r line; do
    case $line in
    '' | '#'*) continue ;;
    esac
    rule=${line%%:*}
    caught=
    for test in ${line#*:}; do
        if ! grep -qx "$test" "$tests"; then
            echo "run.sh: rules.txt names $test, which the suite has not" >&2
            exit 2
        fi
        timeout -k 5 "$limit" "$suite" --only "$test" </dev/null >/dev/null 2>&1
        status=$?
        case $status in
        0) ;;
        2 | 12[5-7])
            echo "run.sh: $test did not run (status $status)" >&2
            exit 2
            ;;
        *) caught="$caught $test" ;;
        esac
    done
    if [ -n "$caught" ]; then
        passed=$((passed + 1))
        printf 'caught  %-36s%s\n' "$rule" "$caught"
    else
        failed=$((failed + 1))
        printf 'MISSED  %-36s%s\n' "$rule" "${line#*:}"
    fi
done <"$rules"

echo "naive: $passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
