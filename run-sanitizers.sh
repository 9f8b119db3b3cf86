#!/usr/bin/env bash
# run-sanitizers.sh - the host tests under ThreadSanitizer, AddressSanitizer with
# UndefinedBehaviorSanitizer, UndefinedBehaviorSanitizer with 32 bits, and Valgrind.
#
#   ./run-sanitizers.sh            everything: see below
#   ./run-sanitizers.sh --quick    what the test run has: a bounded set, less than a minute
#   ./run-sanitizers.sh TOOL...    everything of thread, address, undefined-32, valgrind
#
# Installs what is missing. First each tool is given something to find (tests/sanitizers/control.c): it
# must, and say what, or nothing that it finds afterwards means anything. What is not run under a tool
# stands with its reason in tests/sanitizers/skips.txt, is printed and counted; what is not reported, in
# tests/sanitizers/thread.supp. Logs are in build/logs/sanitize-*.log.
#
# As many programs run at a time as there are processors. Processor time: thread some 25 minutes, address
# ten, Valgrind five for each of ten suites (one: fourteen) and as much for all else: an hour on two.
set -euo pipefail

root=$(cd "$(dirname "$0")" && pwd)
cd "$root"
# shellcheck source=scripts/lib-packages.sh
source scripts/lib-packages.sh

packages=(gcc libc6-dev gcc-multilib clang libclang-rt-dev llvm cmake make libcmocka-dev valgrind)
logs=$root/build/logs
skips=tests/sanitizers/skips.txt
passed=0
failed=0
skipped=0

export TSAN_OPTIONS="halt_on_error=1 exitcode=66 history_size=7 allocator_may_return_null=1 suppressions=$root/tests/sanitizers/thread.supp"
export ASAN_OPTIONS="detect_leaks=1 detect_stack_use_after_return=0 strict_string_checks=1 allocator_may_return_null=1"
export UBSAN_OPTIONS="print_stacktrace=1 halt_on_error=1"
# allregs: a paged access goes on after its fault, so at each access all registers must be as they are
# (Valgrind's default keeps a few so, and the rest is what it was some instructions ago). No chase: where
# a call is translated in one go with what it calls, a fault there is said to be at the call, which would
# then be made twice.
memcheck=(valgrind --quiet --error-exitcode=77 --fair-sched=yes --trace-children=no
    --vex-iropt-register-updates=allregs-at-mem-access --vex-guest-chase=no
    --suppressions=tests/sanitizers/valgrind.supp)
# Where it can, the model test starts itself anew without random addresses, from /proc/self/exe, which is
# Valgrind there: so without them from the start.
if setarch -R true 2>/dev/null; then
    memcheck=(setarch -R "${memcheck[@]}")
fi
# How much longer a watchdog waits than without a tool (SimWatchdog).
declare -A patience=([thread]=15 [address]=5 [undefined-32]=5 [valgrind]=30)
most_seconds=2400 # of one program: what hangs without a watchdog

pass() {
    passed=$((passed + 1))
    printf 'PASS %s\n' "$1"
}

fail() { # NAME LOG [LINES]
    failed=$((failed + 1))
    printf 'FAIL %s: build/logs/%s\n' "$1" "$(basename "$2")"
    tail -n "${3:-40}" "$2" | sed 's/^/  | /'
}

# The reason why TEST is not run under TOOL; nothing: it is.
why_skipped() { # TOOL TEST
    sed -n "s/^$1 $2: //p" "$skips"
}

skip() { # NAME REASON
    skipped=$((skipped + 1))
    printf 'SKIP %s: %s\n' "$1" "$2"
}

build() { # TOOL [TARGET...]
    local tool=$1 log=$logs/sanitize-build-$1.log
    shift
    if ! { cmake -S . -B "build/sanitize-$tool" \
        -DCMAKE_TOOLCHAIN_FILE="$root/cmake/sanitize-$tool.cmake" &&
        cmake --build "build/sanitize-$tool" -j "$(nproc)" ${1:+--target "$@"}; } >"$log" 2>&1; then
        fail "$tool: build" "$log"
        return 1
    fi
}

# Under this tool, a program: valgrind has a command of its own.
under() { # TOOL PROGRAM [WORD...]
    local tool=$1
    local -a command=()
    shift
    if [[ $tool == valgrind ]]; then
        command=("${memcheck[@]}" "$(leaks "$1")" --errors-for-leak-kinds=definite --show-leak-kinds=definite)
    fi
    SIM_PATIENCE=${patience[$tool]} timeout -k 10 "$most_seconds" "${command[@]}" "$@"
}

# Valgrind looks for leaks at the end of each process, aborted ones too, and would read gigabytes of the
# simulated kernel's tables for some hundreds of them. Programs with that kernel have address for leaks.
leaks() { # PROGRAM
    if nm "$1" | grep ' T SimStart$' >/dev/null; then
        echo --leak-check=no
    else
        echo --leak-check=full
    fi
}

# The tool must find what it is given, and say this.
finds() { # TOOL WHAT TEXT
    local log=$logs/sanitize-control-$1-$2.log status=0
    under "$1" "build/sanitize-$1/control" "$2" >"$log" 2>&1 || status=$?
    if ((status != 0)) && grep -qF -- "$3" "$log"; then
        pass "$1 finds: $2"
    else
        fail "$1 does not find: $2 (status $status, wanted \"$3\")" "$log"
    fi
}

finds_nothing() { # TOOL WHAT
    local log=$logs/sanitize-control-$1-$2.log
    if under "$1" "build/sanitize-$1/control" "$2" >"$log" 2>&1; then
        pass "$1 is silent: $2"
    else
        fail "$1 is not silent: $2" "$log"
    fi
}

controls() { # TOOL
    case $1 in
    thread)
        finds thread race 'ThreadSanitizer: data race'
        finds thread unpublished 'ThreadSanitizer: data race'
        finds_nothing thread published
        ;;
    address)
        finds address overflow 'AddressSanitizer: heap-buffer-overflow'
        finds address after-free 'AddressSanitizer: heap-use-after-free'
        finds address undefined 'runtime error: signed integer overflow'
        ;;
    undefined-32)
        finds undefined-32 undefined 'runtime error: signed integer overflow'
        ;;
    valgrind)
        finds valgrind overflow 'Invalid write of size 1'
        finds valgrind after-free 'Invalid read of size 1'
        finds valgrind uninitialised 'depends on uninitialised value'
        ;;
    esac
}

# Tests of the suite by name, each in a process of its own.
suite_tests() { # TOOL NAME...
    local tool=$1 name why log
    shift
    for name in "$@"; do
        why=$(why_skipped "$tool" "$name")
        if [[ -n $why ]]; then
            skip "$tool: $name" "$why"
            continue
        fi
        log=$logs/sanitize-$tool-$name.log
        if under "$tool" "build/sanitize-$tool/suite" --only "$name" >"$log" 2>&1; then
            pass "$tool: $name"
        else
            fail "$tool: $name (again: build/sanitize-$tool/suite --only $name)" "$log"
        fi
    done
}

# Names of the suite's tests that a pattern fits.
names() { # TOOL PATTERN
    "build/sanitize-$1/suite" --list | grep -E -- "$2"
}

# Tests of a program that are left out, or with ! the only ones that are not: said, and set for it.
filter() { # TOOL NAME
    local which why
    unset TEST_ONLY TEST_SKIP
    while IFS=$'\t' read -r which why; do
        skip "$1: $2/$which" "$why"
        if [[ $which == !* ]]; then
            export TEST_ONLY=${which#!}
        else
            export TEST_SKIP=$which
        fi
    done < <(sed -n "s/^$1 $2\/\([^:]*\): /\1\t/p" "$skips")
}

# A program that runs many tests and counts them.
program() { # TOOL NAME PROGRAM [WORD...]
    local tool=$1 name=$2 why log=$logs/sanitize-$1-$2.log start=$SECONDS
    shift 2
    filter "$tool" "$name"
    why=$(why_skipped "$tool" "$name")
    if [[ -n $why ]]; then
        skip "$tool: $name" "$why"
    elif under "$tool" "$@" >"$log" 2>&1 && ! grep -aqE "$said" "$log"; then
        pass "$tool: $name: $(grep -aE "$closing" "$log" | tail -n 1 | sed 's/^\[ *//;s/ *\] */ /') ($((SECONDS - start)) s)"
    else
        { grep -aE "^FAIL |^\[  FAILED|^sim: |^==[0-9]+== [A-Z]|$said" "$log" || tail -n 5 "$log"; } | head -n 40 >"$log.short"
        fail "$tool: $name (again: $*)" "$log.short"
    fi
}
# How programs close; what a tool says in a process whose status nobody looks at.
closing='[0-9]+ passed, [0-9]+ failed|PASSED'
said='^SUMMARY: |^[^ ]*: runtime error:'

# Every program that ctest knows, from the top of the tree as the golden reports want it; as many at a
# time as there are processors, each with what it has to say in a file, for they end in any order.
all_programs() { # TOOL
    local name command results=$logs/sanitize-results-$1
    rm -rf "$results"
    mkdir -p "$results"
    while IFS=$'\t' read -r name command; do
        while (($(jobs -rp | wc -l) >= $(nproc))); do
            wait -n || true
        done
        # shellcheck disable=SC2086
        { program "$1" "$name" $command || echo "FAIL $1: $name: nothing is known of it"; } </dev/null \
            >"$results/$name" 2>&1 && cat "$results/$name" &
    done < <(ctest --test-dir "build/sanitize-$1" --show-only=json-v1 | python3 -c '
import json, sys
for test in json.load(sys.stdin)["tests"]:
    print(test["name"] + "\t" + " ".join(test["command"]))')
    wait
    # Counted from the files: what a background process counts is lost with it.
    passed=$((passed + $(cat "$results"/* | grep -ac '^PASS ' || true)))
    failed=$((failed + $(cat "$results"/* | grep -ac '^FAIL ' || true)))
    skipped=$((skipped + $(cat "$results"/* | grep -ac '^SKIP ' || true)))
}

everything() { # TOOL
    build "$1" || return 0
    controls "$1"
    all_programs "$1"
}

quick() {
    local -a some
    if build thread suite control; then
        controls thread
        mapfile -t some < <(names thread '^(threads|plain_threads|irql|worker)_|_(under_load|with_threads)$')
        suite_tests thread "${some[@]}"
    fi
    if build address suite control; then
        controls address
        # The two that take half of the time: everything has them.
        program address suite build/sanitize-address/suite \
            --without oom_own_memory_failing_harms_nobody,options_change_under_load
    fi
    if build valgrind control host_memcheck test_stack test_retired test_policy; then
        controls valgrind
        for some in test_stack test_retired test_policy; do
            program valgrind "$some" "build/sanitize-valgrind/tests/unit/$some"
        done
        program valgrind host_memcheck build/sanitize-valgrind/host_memcheck
    fi
}

install_packages "${packages[@]}"
mkdir -p "$logs"
case ${1:-} in
--quick) quick ;;
'') for tool in thread address undefined-32 valgrind; do everything "$tool"; done ;;
thread | address | undefined-32 | valgrind) for tool in "$@"; do everything "$tool"; done ;;
*)
    sed -n '5,7s/^#   //p' "$0" >&2
    exit 2
    ;;
esac

printf '\n%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
((failed == 0))
