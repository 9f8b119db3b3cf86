#!/usr/bin/env bash
# run-tests.sh - every test of MemCheck, from a fresh Debian 12.
#
# Installs what is missing (as root or with sudo), builds for the host (64 and 32 bit) and for Windows
# (x86-64 and i686 by gcc, x86-64 by clang), and runs: unit tests and the kernel suite on the
# simulated kernel; beside it the model test, a driver's life without memory, and writes all over the
# pool; the naive checker through the same suite; the checks of sources and objects; interleavings,
# fuzzing, sanitizers, each for a bounded time; the drivers under Wine, the demo; real programs on the
# core; the benchmark's own tests. Three lanes of steps run beside each other: a line as each step ends,
# and when all have, what they said, with the test runners' own closing lines. All output is in
# build/logs/. Exit status: 0 when nothing failed.
set -euo pipefail

root=$(cd "$(dirname "$0")" && pwd)
cd "$root"
# shellcheck source=scripts/lib-packages.sh
source scripts/lib-packages.sh

packages=(gcc libc6-dev gcc-multilib clang lld llvm cmake make python3 clang-format libcmocka-dev
    gcc-mingw-w64-x86-64 gcc-mingw-w64-i686 binutils wine wine64 valgrind libclang-rt-14-dev
    git perl sqlite3)
logs=$root/build/logs
exec 3>&1 # what is said while the lanes run
passed=0
failed=0
skipped=0

# The lines with which runners close.
closing='^([A-Za-z_][^ ]*: )?[0-9]+ passed, [0-9]+ failed|^\[  (PASSED|FAILED)  \] [0-9]+ test\(s\)'
closing+='|^[0-9]+% tests passed|planted, [0-9]+ found'

# A log without line ends of Windows, and without ctest's numbers before each line.
plain() {
    tr -d '\r' <"$1" | sed -E 's/^ *[0-9]+: //'
}

# Add up what a log's closing lines say, and show them.
count() {
    local log=$1 line
    while IFS= read -r line; do
        printf '    %s\n' "$line"
        if [[ $line =~ ([0-9]+)\ passed,\ ([0-9]+)\ failed(,\ ([0-9]+)\ skipped)? ]]; then
            passed=$((passed + BASH_REMATCH[1]))
            failed=$((failed + BASH_REMATCH[2]))
            skipped=$((skipped + ${BASH_REMATCH[4]:-0}))
        elif [[ $line =~ PASSED.*\ ([0-9]+)\ test ]]; then
            passed=$((passed + BASH_REMATCH[1]))
        elif [[ $line =~ FAILED.*\ ([0-9]+)\ test ]]; then
            failed=$((failed + BASH_REMATCH[1]))
        fi
    done < <(plain "$log" | grep -aE "$closing" || true)
}

# What was skipped, and why.
show_skipped() {
    plain "$1" | grep -aE '^(SKIP|skip) ' | sed -E 's/^(SKIP|skip) [^:]*: /skipped: /' | sort |
        uniq -c | sed 's/^ */    /' || true
}

progress() {
    printf '%4d s  %s\n' $SECONDS "$1" >&3
}

# step NAME COMMAND...: the command's success is a test of its own.
step() {
    local name=$1 start=$SECONDS status=0
    shift
    printf '\n== %s\n' "$name"
    "$@" >"$logs/$name.log" 2>&1 </dev/null || status=$?
    count "$logs/$name.log"
    show_skipped "$logs/$name.log"
    if ((status == 0)); then
        passed=$((passed + 1))
        printf '    ok, %d s\n' $((SECONDS - start))
        progress "$name: ok, $((SECONDS - start)) s"
    else
        failed=$((failed + 1))
        tail -n 40 "$logs/$name.log" | sed 's/^/  | /'
        printf '    FAILED with status %d, %d s; all of it: build/logs/%s.log\n' "$status" \
            $((SECONDS - start)) "$name"
        progress "$name: FAILED, $((SECONDS - start)) s"
    fi
    return "$status"
}

# build NAME [TARGET...]: configure and build one toolchain; all of it, if no target is named.
build() {
    local name=$1
    shift
    cmake -S . -B "build/$name" -DCMAKE_TOOLCHAIN_FILE="$root/cmake/$name.cmake" &&
        cmake --build "build/$name" -j "$(nproc)" ${1:+--target "$@"}
}

# Every test that ctest knows, with the runners' own output, and its closing line.
host_tests() {
    # Three lanes share two processors: what takes seconds alone may take a minute here.
    KT_WATCHDOG=200 ctest --test-dir "build/$1" --output-on-failure --timeout 300 -j "$(nproc)" --verbose
}

driver() {
    bash tests/wine/run-driver.sh --seconds 240 "$@"
}

install_packages "${packages[@]}"
mkdir -p "$logs"

# lane NAME FUNCTION: the function's steps beside those of other lanes; join_lanes shows them in order.
lanes=()
lane() {
    lanes+=("$1")
    (
        passed=0 failed=0 skipped=0
        "$2"
        echo "$passed $failed $skipped" >"$logs/lane-$1.counts"
    ) >"$logs/lane-$1.out" 2>&1 &
}

join_lanes() {
    local name p f s
    wait
    for name in "${lanes[@]}"; do
        cat "$logs/lane-$name.out"
        if read -r p f s <"$logs/lane-$name.counts"; then
            passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
        else
            failed=$((failed + 1))
            echo "    FAILED: the steps of $name did not come to their end"
        fi
    done
    lanes=()
}

hosts() {
    local host
    for host in host-64 host-32; do
        if step "build-$host" build "$host"; then
            step "tests-$host" host_tests "$host" || true
        fi
    done
    step naive bash tests/naive/run.sh build/host-64 || true
    step sanitizers ./run-sanitizers.sh --quick || true
}

checks() {
    local check
    for check in tests/checks/*.sh; do
        [[ $check == */lib.sh ]] || step "check-$(basename "$check" .sh)" bash "$check" || true
    done
    step check-stack python3 tests/checks/stack.py || true
    step races tests/races/run.sh || true
}

drivers() {
    local test
    step build-mingw-x86_64 build mingw-x86_64 || true
    # What is not run here is built from one file or the other: the compilers are judged by check-c89.
    step build-mingw-i686 build mingw-i686 memcheck_test conformance faulty || true
    step build-clang-windows-x86_64 build clang-windows-x86_64 memcheck_test || true
    for test in mingw-x86_64/memcheck_test mingw-x86_64/memcheck_test_dist \
        clang-windows-x86_64/memcheck_test mingw-x86_64/conformance; do
        step "wine-${test/\//-}" driver "build/$test.sys" || true
    done
    step wine-memcheck_fail driver --expect-failure build/mingw-x86_64/memcheck_fail.sys || true
    echo
    echo "    SKIP i686 drivers under Wine: Debian's 64-bit Wine loads none; built and audited above"
    skipped=$((skipped + 1))
    step judge bash tests/wine/test-judge.sh || true
    step ways bash tests/wine/ways.sh || true
    step demo ./run-demo.sh || true
    step programs bash tests/programs/run.sh || true
    step bench bash bench/test.sh || true
    step fuzz tests/fuzz/run.sh || true
}

rm -f "$logs"/lane-*
lane hosts hosts
lane checks checks
lane drivers drivers
join_lanes

printf '\n%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
((failed == 0))
