#!/usr/bin/env bash
# run.sh - the fuzz targets: option strings, reports, sequences of operations.
#
#   tests/fuzz/run.sh                 what belongs to every test run: a bounded number of inputs
#   tests/fuzz/run.sh --minutes N     N minutes of new inputs, all targets side by side
#   tests/fuzz/run.sh --only TARGET   options, report or operations; with either
#
# MemCheck, on the simulated kernel, is compiled by clang with libFuzzer, AddressSanitizer (leaks
# too) and UndefinedBehaviorSanitizer, into build/fuzz. The bounded run replays tests/fuzz/corpus,
# goes on from there with a fixed seed, and then proves that each target can fail: a bug is planted
# in MemCheck, and must be found. The long run keeps what is new in build/fuzz/found and begins with
# it the next time. An input that failed is kept in build/fuzz/failed; to repeat it is one command,
# which is printed. Exit status: 0 when nothing failed.
set -euo pipefail

cd "$(dirname "$0")/../.."
here=tests/fuzz
# shellcheck source=../../scripts/lib-packages.sh
source scripts/lib-packages.sh

out=build/fuzz
seed=1
minutes=0
targets=(options report operations)
passed=0
failed=0

# Inputs of the bounded run; those of the corpus count.
declare -A runs=([options]=1500 [report]=4000 [operations]=1500)
# Inputs within which a planted bug must be found; mostly it takes far less.
declare -A control_runs=([options]=20000 [report]=40000 [operations]=30000)

# A planted bug for each target: file, what stands there, what is put in its place.
declare -A planted_file=([options]=src/core/optionstring.c [report]=src/report/keys.c
    [operations]=src/core/access.c)
declare -A planted_text=(
    [options]='if (Item->Number < Row->Low || Item->Number > Row->High)'
    [report]="Byte == '+' ||"
    [operations]='Length <= Left')
declare -A planted_bug=(
    [options]='if (Item->Number < Row->Low)'
    [report]="Byte == '+' || Byte == ',' ||"
    [operations]='(Left != 0 && Length <= Left + 4000)')

while (($#)); do
    case $1 in
    --minutes) minutes=$2 && shift 2 ;;
    --only) targets=("$2") && shift 2 ;;
    *) sed -n '2,16s/^# \{0,1\}//p' "$0" && exit 2 ;;
    esac
done
for target in "${targets[@]}"; do
    [[ -n ${runs[$target]:-} ]] || { echo "no such target: $target" && exit 2; }
done

install_packages clang libclang-rt-14-dev python3

# ---- building ----

# The expression of lines for programs has one home.
machine=$(sed -n "s/^MACHINE = r'\(.*\)'$/\1/p" scripts/reports-doc.py)
include=(-I. -Ihost -Iinclude -Isrc/core -Isrc/report -Isrc/platform -Isrc/platform/posix -Itests/fuzz
    -DMEMCHECK_TEST_HOOK "-DFUZZ_MACHINE=\"$machine\"")
plain=(-std=gnu11 -O1 -gline-tables-only -fno-omit-frame-pointer -Wall -Wextra -Werror "${include[@]}")
watched=("${plain[@]}" -fsanitize=address,undefined -fno-sanitize-recover=all)
fuzzed=("${watched[@]}" -fsanitize=fuzzer-no-link)

# unit NAME FILE...: files as one, with their variables in sections of their own (fuzz.c).
unit() {
    local name=$1 file
    shift
    {
        echo '#pragma clang section bss="mc_bss" data="mc_data"'
        for file in "$@"; do
            echo "#include \"$file\""
        done
    } >"$out/$name.c"
}

objects() {
    local file name
    local -a rest=()
    rm -rf "$out"/{sim,bug} # a file that is gone leaves no object behind
    mkdir -p "$out"/{sim,bug,found,failed,logs}
    for file in src/core/*.c src/report/*.c; do
        [[ " ${planted_file[*]} " == *" $file "* ]] || rest+=("$file")
    done
    unit core "${rest[@]}"
    unit platform host/platform_sim.c src/platform/posix/image.c src/platform/posix/format.c
    for name in "${targets[@]}"; do
        plant "$name"
    done
    for file in "${planted_file[@]}"; do
        unit "$(basename "$file" .c)" "$file"
    done
    # The longest first, two at a time.
    {
        echo core fuzzed "$out/core.c"
        for name in "${targets[@]}"; do
            for file in "$here/fuzz_$name.c" "$here/${name%s}"_*.c; do
                [[ ! -f $file ]] || echo "$(basename "$file" .c)" fuzzed "$file"
            done
            echo "bug/$name" fuzzed "$out/bug/$name.c"
        done
        for file in "${planted_file[@]}"; do
            echo "$(basename "$file" .c)" fuzzed "$out/$(basename "$file")"
        done
        echo fuzz watched "$here/fuzz.c"
        echo platform plain "$out/platform.c"
        for file in host/sim*.c; do
            echo "sim/$(basename "$file" .c)" plain "$file"
        done
    } >"$out/objects"
    in_pairs compile <"$out/objects"
}

# The file with its bug, in the place of the right one.
plant() {
    local file=${planted_file[$1]}
    python3 - "$file" "$out/bug/$1-source.c" "${planted_text[$1]}" "${planted_bug[$1]}" <<'EOF'
import sys
source, target, text, bug = sys.argv[1:]
with open(source, encoding='ascii') as file:
    whole = file.read()
if whole.count(text) != 1:
    sys.exit('%s: "%s" is not there once: run.sh wants another place for its bug' % (source, text))
with open(target, 'w', encoding='ascii') as file:
    file.write(whole.replace(text, bug))
EOF
    unit "bug/$1" "$out/bug/$1-source.c"
}

# in_pairs FUNCTION: it is called with each line of input, two at a time; all must succeed.
in_pairs() {
    local -a line jobs=()
    local status=0
    while read -ra line; do
        "$1" "${line[@]}" &
        jobs+=($!)
        if ((${#jobs[@]} == 2)); then
            wait "${jobs[0]}" || status=1
            jobs=("${jobs[1]}")
        fi
    done
    for line in "${jobs[@]}"; do
        wait "$line" || status=1
    done
    return "$status"
}

# compile NAME KIND FILE
compile() {
    local -n flags=$2
    clang "${flags[@]}" -c "$3" -o "$out/$1.o"
}

# link_target TARGET PROGRAM [BUG]
link_target() {
    local target=$1 program=$2 file
    local -a parts=("$out/core.o" "$out/platform.o" "$out/fuzz.o" "$out"/sim/*.o "$out/fuzz_$target.o")
    for file in "$here/${target%s}"_*.c; do
        [[ ! -f $file ]] || parts+=("$out/$(basename "$file" .c).o")
    done
    for file in "${planted_file[@]}"; do
        if [[ ${3:-} && $file == "${planted_file[$target]}" ]]; then
            parts+=("$out/bug/$target.o")
        else
            parts+=("$out/$(basename "$file" .c).o")
        fi
    done
    clang -fsanitize=fuzzer,address,undefined "${parts[@]}" -o "$program" -lpthread
}

link_all() {
    local target
    for target in "${targets[@]}"; do
        echo "$target" "$out/fuzz_$target"
        ((minutes)) || echo "$target" "$out/bug/fuzz_$target" bug
    done | in_pairs link_target
}

# ---- running ----

good() {
    echo "ok   $1"
    passed=$((passed + 1))
}

bad() {
    echo "FAIL $1"
    failed=$((failed + 1))
}

# The same addresses each time, where the system lets us: then a seed means the same inputs.
steady=()
if setarch -R true 2>/dev/null; then
    steady=(setarch -R)
fi

# fuzz PROGRAM LOG KEPT FOLDER... -- OPTION...: with bounds on time and size that only a bug meets.
fuzz() {
    local program=$1 log=$2 kept=$3
    shift 3
    mkdir -p "$kept"
    "${steady[@]}" "$program" -timeout=60 -rss_limit_mb=2560 -detect_leaks=1 -print_final_stats=1 \
        -artifact_prefix="$kept/" "$@" >"$log" 2>&1
}

# What a log says was wrong.
wrong() {
    grep -aE '^(tests/fuzz/[a-z_]+\.c:[0-9]+: |sim: |SUMMARY|==[0-9]+== *ERROR|ALARM|.*runtime error)' "$1" |
        cut -c1-200
}

# What was wrong, and how to see it again.
explain() {
    local target=$1 log=$2 kept=$3 input
    wrong "$log" | head -5 | sed 's/^/     /'
    input=$(sed -n 's/.*Test unit written to //p' "$log" | head -1)
    echo "     seed $seed, all output in $log; to repeat it, with what MemCheck prints:"
    echo "     FUZZ_ECHO=1 $out/fuzz_$target ${input:-$kept/...}"
}

dictionary() {
    {
        sed -nE 's/^MC_(TEXT_)?OPTION\([A-Za-z]+, ("[a-z-]+").*/\2/p' src/core/options.inc
        printf '"%s"\n' =1 =0 no- , '; ' defaults help '\"' "'" overrun: :ignore driver.c: Tag 64k
    } >"$out/options.dict"
}

extra() {
    [[ $1 != options ]] || echo "-dict=$out/options.dict"
}

bounded() {
    local target=$1 log=$out/logs/$1.log new=$out/new/$1
    rm -rf "$new" && mkdir -p "$new"
    # shellcheck disable=SC2046 # one word or none
    if fuzz "$out/fuzz_$target" "$log" "$out/failed/$target" "$new" "$here/corpus/$target" \
        -runs="${runs[$target]}" -seed="$seed" -entropic=0 -len_control=0 -max_len=1400 $(extra "$target"); then
        good "$target: $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") inputs, \
$(find "$here/corpus/$target" -type f | wc -l) of them the corpus"
    else
        bad "$target"
        explain "$target" "$log" "$out/failed/$target"
    fi
}

# A planted bug must end the run, and be what ends it: the same input does the right program no harm.
control() {
    local target=$1 log=$out/logs/$1-control.log new=$out/new/$1-control input
    rm -rf "$new" && mkdir -p "$new"
    # shellcheck disable=SC2046
    if fuzz "$out/bug/fuzz_$target" "$log" "$new/failed" "$new" "$here/corpus/$target" \
        -runs="${control_runs[$target]}" -seed="$seed" -entropic=0 -len_control=0 -max_len=1400 \
        $(extra "$target"); then
        bad "$target-control: the planted bug was not found in ${control_runs[$target]} inputs"
        return
    fi
    input=$(sed -n 's/.*Test unit written to //p' "$log" | head -1)
    if [[ -f $input ]] && "$out/fuzz_$target" "$input" >"$log.right" 2>&1; then
        good "$target-control: the planted bug was found in \
$(sed -n 's/^stat::number_of_executed_units: *//p' "$log") inputs: $(wrong "$log" | head -1 | cut -c1-100)"
    else
        bad "$target-control: it ended, but not by the planted bug; see $log"
    fi
}

long() {
    local target=$1 log=$out/logs/$1-long.log
    mkdir -p "$out/found/$target"
    # shellcheck disable=SC2046
    fuzz "$out/fuzz_$target" "$log" "$out/failed/$target" "$out/found/$target" "$here/corpus/$target" \
        -max_total_time=$((minutes * 60)) -seed="$seed" -max_len=4000 $(extra "$target")
}

long_all() {
    local target
    local -A job=()
    seed=$((RANDOM + 1))
    for target in "${targets[@]}"; do
        long "$target" &
        job[$target]=$!
    done
    for target in "${targets[@]}"; do
        if wait "${job[$target]}"; then
            good "$target: $(sed -n 's/^stat::number_of_executed_units: *//p' "$out/logs/$target-long.log") inputs, \
seed $seed; $(find "$out/found/$target" -type f | wc -l) new ones kept in $out/found/$target"
        else
            bad "$target"
            explain "$target" "$out/logs/$target-long.log" "$out/failed/$target"
        fi
    done
}

objects
link_all
dictionary
if ((minutes)); then
    long_all
else
    for target in "${targets[@]}"; do
        bounded "$target"
        control "$target"
    done
fi
echo "$passed passed, $failed failed"
((failed == 0))
