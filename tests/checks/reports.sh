#!/usr/bin/env bash
# reports.sh - docs/reports.md explains every line of the golden reports, and one regular expression
# reads every line for programs.
set -uo pipefail
NAME=reports
source "$(dirname "$0")/lib.sh"

doc() {
    scripts/reports-doc.py "$@"
}
expect "every golden line, kind, key and value is explained; docs/reports.md is up to date (else run \
scripts/reports-doc.py)" doc --check

# The expression, as the page says it, by a reader that knows nothing of MemCheck.
expression='^memcheck: v=1( [a-z_]+=[A-Za-z0-9_.:+%-]*)+$'
goldens=$(find tests/golden -name '*.txt' ! -name words.txt)
lines() { # PATTERN [OPTIONS]
    # shellcheck disable=SC2086
    cat $goldens | grep -cE "${@:2}" -- "$1"
}
said_everywhere() {
    local file
    for file in docs/reports.md src/report/keys.h tests/unit/test_report_text.c; do
        grep -qF -- "$expression" "$file" || { echo "not in $file" && return 1; }
    done
}
reads_all() {
    echo "$(lines "$expression") of $(lines '^memcheck: ')"
    [[ $(lines "$expression") -gt 50 && $(lines "$expression") -eq $(lines '^memcheck: ') ]]
}
reads_cut() {
    # shellcheck disable=SC2086
    [[ $(cat $goldens | grep -E 'cut=yes$' | grep -cE -- "$expression") -gt 0 ]]
}
reads_no_other() {
    # shellcheck disable=SC2086
    [[ $(lines '^memcheck\[') -gt 50 ]] && ! cat $goldens | grep '^memcheck\[' | grep -E -- "$expression"
}
expect "the regular expression is the same in page, header and test" said_everywhere
expect "it reads every line for programs" reads_all
expect "it reads one that is cut" reads_cut
expect "it reads no line for people" reads_no_other

# The page's example, as it stands there, finds the overruns of the golden files.
example() {
    sed -n '/^```python$/,/^```$/p' docs/reports.md | sed '1d;$d' >"$work/example.py"
    # shellcheck disable=SC2086
    cat $goldens | python3 "$work/example.py" >"$work/example.txt" &&
        grep -q "^(('overrun', 'driver.c:101'), [1-9]" "$work/example.txt"
}
expect "the page's example works" example

# A log: what the golden files hold is one; a key nobody explains is seen in it.
# shellcheck disable=SC2086
cat $goldens >"$work/log"
expect "a log is judged by the page" doc --log "$work/log"
echo 'memcheck: v=1 drv=faulty kind=exit unheard_of=1' >>"$work/log"
expect_failure "an unknown key in a log is seen" doc --log "$work/log"

# Controls: each change to a copy is found, and what it is about is named.
seeded() { # NAME COMMAND...
    local name=$1
    shift
    rm -rf "$work/golden"
    cp -R tests/golden "$work/golden"
    cp docs/reports.in.md "$work/in.md"
    "$@" || return 1
    ! doc --check --golden "$work/golden" --source "$work/in.md" --out docs/reports.md 2>"$work/said" &&
        grep -qF -- "$name" "$work/said"
}
overrun=$work/golden/overrun.txt
expect "an unknown label is seen" seeded '"unheard"' \
    sed -i '2a memcheck[faulty] #12 unheard   of' "$overrun"
expect "an unknown line below a label is seen" seeded 'unheard of' \
    sed -i '2a memcheck[faulty] #12             unheard of' "$overrun"
expect "an unknown key is seen" seeded '"unheard_of"' sed -i 's/ cpu=1/ unheard_of=1/' "$overrun"
expect "an unknown value is seen" seeded 'action=unheard' sed -i 's/ action=kept/ action=unheard/' "$overrun"
expect "an unknown kind is seen" seeded '"unheard"' sed -i 's/ kind=overrun/ kind=unheard/' "$overrun"
expect "an unknown word is seen" seeded '"unheard"' \
    sed -i '1i kind 99: unheard; UNHEARD OF; -' "$work/golden/words.txt"
expect "a line of neither sort is seen" seeded 'neither for people nor for programs: memcheck: v=1 a b' \
    sed -i '$a memcheck: v=1 a b' "$overrun"
expect "an explanation without a use is seen" seeded '"wrong-order"' \
    sh -c 'rm "$1"/wrong-order*.txt' sh "$work/golden"
expect "another text is seen" seeded 'not up to date' sed -i 's/Mostly a length/A length/' "$work/in.md"
expect "another report is seen" seeded 'not up to date' sed -i 's/ 61 61 61 61\[/ 62 62 62 62[/' "$overrun"
finish
