#!/usr/bin/env bash
# run.sh [--long] [--only WORK] [--options STRING] [--keep] - real programs on MemCheck's core.
#
# Builds the preload library (library/library.h: a test bench, not a product) and runs each work of
# work/ twice, without it and with it: the results must be the same files, and judge.py must find
# that the library was in charge of every process, and that it found nothing. Then the controls:
# planted bugs are reported, exactly; without the library, or with one that watches nothing, the
# judge says no.
#
# --long: more work, and the bounded one again with each of several option strings. --only: one
# work, or contract, or controls. --options: MEMCHECK_OPTIONS in place of the default. --keep:
# build/programs/run stays.
set -euo pipefail

ROOT=$(cd "$(dirname "$0")/../.." && pwd)
WORK=$ROOT/tests/programs/work
cd "$ROOT"
# shellcheck source=scripts/lib-packages.sh
source scripts/lib-packages.sh

out=$ROOT/build/programs
run=$out/run
library=$out/programs.so
long=0
only=
keep=0
exits=
limit=${TIMEOUT:-600}
optionSets=('')
while (($#)); do
    case $1 in
    --long) long=1 ;;
    --keep) keep=1 ;;
    --only) only=${2:?} && shift ;;
    --options) optionSets=("${2?}") && shift ;;
    *)
        sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2
        exit 2
        ;;
    esac
    shift
done
if ((long)) && [[ ${#optionSets[@]} == 1 && -z ${optionSets[0]} ]]; then
    optionSets=('' 'stacks=0,fill=0,quarantine-blocks=1,retired=64'
        'fill=1048576,quarantine=64m,quarantine-blocks=1048576,redzone=256,stack-kb=65536,stacks=32'
        'patrol=8,patrol-every=1,neighbours,statistics,no-double-frees'
        'check-every=50000,patrol=0,repeat,learn=4')
fi
export ROOT WORK SCALE

passed=0
failed=0
ok() {
    passed=$((passed + 1))
    printf 'ok    %s\n' "$1"
}
bad() {
    failed=$((failed + 1))
    printf 'FAIL  %s\n' "$1"
}
# verdict NAME COMMAND...: the command's success is the test; its output is shown when it fails.
verdict() {
    local name=$1 said
    shift
    if said=$("$@" 2>&1); then
        ok "$name"
    else
        bad "$name"
        printf '%s\n' "$said" | tail -n 60 | sed 's/^/  | /'
    fi
}
# refuses NAME COMMAND...: here success would be the failure.
refuses() {
    local name=$1
    shift
    if "$@" >/dev/null 2>&1; then
        bad "$name"
    else
        ok "$name"
    fi
}

# checked LOGS COMMAND...: the command under the library. With exits=1, MEM_CHECK_EXIT at its end.
# One that hangs is killed, and has failed.
checked() {
    local logs=$1
    shift
    rm -rf "$logs"
    mkdir -p "$logs"
    timeout -k 5 "$limit" env LD_PRELOAD="$library" MEMCHECK_PROGRAMS_LOG="$logs" \
        MEMCHECK_OPTIONS="$options" ${exits:+MEMCHECK_PROGRAMS_EXIT=1} "$@"
}

# work_in NAME FOLDER [checked LOGS]: the work there.
work_in() {
    local name=$1 folder=$2
    shift 2
    rm -rf "$folder"
    mkdir -p "$folder"
    (cd "$folder" && "$@" bash -eu -o pipefail "$WORK/$name.sh") >"$folder.out" 2>&1 </dev/null ||
        {
            echo "$name.sh failed in ${folder#"$ROOT"/}:"
            tail -n 30 "$folder.out"
            return 1
        }
}

# A work: name, its scale in the bounded and in the long run, and what the judge asks at least for
# scale 1.
works=(
    'sqlite3 4 20 sqlite3:6:400000'
    'python3 2 10 python3:5:500000'
    'perl 3 15 perl:2:100000'
    'git 2 20 git:50:50000'
    'gcc 1 2 cc1:2:1000000 as:2:20000 ld:1:2000'
)

do_work() {
    local name=$1 logs=$run/$1.logs exits=1
    shift
    verdict "$name runs without the library" work_in "$name" "$run/plain/$name"
    verdict "$name runs with it" work_in "$name" "$run/checked/$name" checked "$logs"
    verdict "$name: same result" diff -r "$run/plain/$name" "$run/checked/$name"
    verdict "$name: same words" diff "$run/plain/$name.out" "$run/checked/$name.out"
    verdict "$name: the library was in charge, and found nothing" \
        python3 tests/programs/judge.py "$logs" --exit "$@"
    python3 tests/programs/judge.py "$logs" --table | grep -v : | head -n 6 | sed 's/^/      /'
}

do_contract() {
    local forks=30
    ((!long)) || [[ -n $options ]] || forks=300
    verdict 'contract holds without the library' "$out/contract" $forks
    verdict 'contract holds with it' checked "$run/contract.logs" "$out/contract" $forks checked
    verdict 'contract: the library was in charge, and found nothing' \
        python3 tests/programs/judge.py "$run/contract.logs" contract:$((forks + 1)):60000
}

# kinds LOGS: the findings of a log, in a row.
kinds() {
    cat "$1"/* | sed -n 's/^memcheck: .* n=[0-9]* kind=\([a-z-]*\) .*/\1/p' | sort | xargs
}

# planted "BUG..." "KIND...": exactly these reports, and the judge says no.
planted() {
    local logs=$run/planted.logs found
    # shellcheck disable=SC2086 # bugs are words
    checked "$logs" "$out/planted" $1
    found=$(kinds "$logs")
    if [[ $found == "$2" ]]; then
        ok "planted ${1:-nothing}: ${2:-nothing} is reported, and no more"
    else
        bad "planted ${1:-nothing}: reported is \"$found\", not \"$2\""
    fi
    [[ -z $1 ]] || refuses "planted $1: the judge says no" python3 tests/programs/judge.py "$logs"
}

do_controls() {
    local options=repeat logs=$run/control.logs program=sqlite3:1:100
    planted '' ''
    planted overrun overrun
    planted underrun underrun
    planted write-after-free write-after-free
    planted double-free double-free
    planted interior-free interior-free
    planted late overrun
    planted 'double-free overrun late write-after-free' \
        'double-free overrun overrun write-after-free'

    checked "$logs" sqlite3 :memory: 'SELECT 1' >/dev/null
    verdict 'control: the judge passes what is right' \
        python3 tests/programs/judge.py "$logs" $program
    refuses 'control: too few requests are seen' \
        python3 tests/programs/judge.py "$logs" sqlite3:1:100000000
    refuses 'control: a process that has not come through EXIT is seen' \
        python3 tests/programs/judge.py "$logs" --exit
    options=watch-tags=None
    checked "$logs" sqlite3 :memory: 'SELECT 1' >/dev/null
    refuses 'control: a library that watches nothing is seen' \
        python3 tests/programs/judge.py "$logs" $program
    library='' checked "$logs" sqlite3 :memory: 'SELECT 1' >/dev/null
    refuses 'control: a missing library is seen' python3 tests/programs/judge.py "$logs" $program
    # shellcheck disable=SC2016 # for the shell that ends itself
    checked "$logs" sh -c 'kill -9 $$' >/dev/null 2>&1 || true
    refuses 'control: a process that does not come to its end is seen' \
        python3 tests/programs/judge.py "$logs"
}

install_packages gcc libc6-dev sqlite3 python3 perl git
rm -rf "$run"
mkdir -p "$run/plain" "$run/checked"
bash tests/programs/build.sh "$out"

for options in "${optionSets[@]}"; do
    printf '== options "%s"\n' "$options"
    [[ -n $only && $only != contract ]] || do_contract
    for work in "${works[@]}"; do
        read -r name bounded more wants <<<"$work"
        [[ -z $only || $only == "$name" ]] || continue
        SCALE=$bounded
        ((!long)) || [[ -n $options ]] || SCALE=$more
        # shellcheck disable=SC2086 # wants are words
        do_work "$name" $wants
    done
done
[[ -n $only && $only != controls ]] || do_controls
((keep || failed)) || rm -rf "$run"
printf '%d passed, %d failed\n' $passed $failed
((failed == 0))
