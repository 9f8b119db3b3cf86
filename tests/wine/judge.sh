#!/usr/bin/env bash
# judge.sh TABLE SOURCES LOG - was every planted bug found as what it is, where it is, and no more?
#
# TABLE is what "client --list" prints; SOURCES the folder of driver.c and bugs.c, whose comments
# "BUG: name allocated", "freed" and "found" mark the lines that a report must name; LOG what the
# driver printed, with MemCheck's machine lines and those of rawcheck.c. A finding belongs to a bug
# when its kind is the bug's, it is sure, and every place marked is the place it names; of several
# lines with the same mark, one of them. Prints a table; exit status 0 only if every bug has its
# finding, no finding is left over, and the raw pool was used well and is balanced.
set -euo pipefail

table=${1:?table} sources=${2:?sources} log=${3:?log}
markers=$(mktemp)
trap 'rm -f "$markers"' EXIT

# As "bugs.c:123 name what".
for file in driver.c bugs.c; do
    sed -n -E "=; s@.*/\* BUG: ([a-z-]+) (allocated|freed|found) \*/.*@\1 \2@p" "$sources/$file" |
        awk -v file="$file" '/^[0-9]+$/ { line = $1; next } { print file ":" line, $0 }'
done >"$markers"

awk -f - "$table" "$markers" "$log" <<'AWK'
FNR == 1 { part++ }
part == 1 { name[++rows] = $1; kind[$1] = $2; next }
part == 2 && ($2, $3) in place { place[$2, $3] = place[$2, $3] " or " $1; next }
part == 2 { place[$2, $3] = $1; next }
/^memcheck: v=1 .* sure=/ { # findings; notices have numbers only
    total++
    for (i = 2; i <= NF; i++) {
        at = index($i, "=")
        value[total, substr($i, 1, at - 1)] = substr($i, at + 1)
    }
}
/^rawcheck: (BAD RAW FREE|LEFT)/ { raw[++raws] = $0 }
/^rawcheck: [0-9]+ allocated, [0-9]+ freed, 0 bad, 0 left$/ { balanced = 1 }

function same(bug, what, finding, key) {
    return !((bug, what) in place) ||
        index(" " place[bug, what] " ", " " value[finding, key] " ")
}
function matches(bug, finding) {
    return value[finding, "kind"] == kind[bug] && value[finding, "sure"] == "yes" &&
        same(bug, "allocated", finding, "alloc") && same(bug, "freed", finding, "free") &&
        same(bug, "found", finding, "found")
}
function listed(text, word, where) {
    return where == "" ? text : text (text == "" ? "" : ", ") word " " where
}
function found_at(finding,    text, freed) {
    text = listed("", "found", value[finding, "found"])
    text = listed(text, "allocated", value[finding, "alloc"])
    freed = value[finding, "free"]
    return listed(text, "freed", freed == value[finding, "found"] ? "" : freed)
}
function marked_at(bug,    text) {
    text = listed("", "found", place[bug, "found"])
    text = listed(text, "allocated", place[bug, "allocated"])
    return listed(text, "freed", place[bug, "freed"])
}
function row(planted, found, where) {
    printf "%-22s %-17s %s\n", planted, found, where
}
END {
    row("planted", "found as", "where")
    row("-------", "--------", "-----")
    for (r = 1; r <= rows; r++) {
        bug = name[r]
        if (kind[bug] == "none") {
            clean++
            row(bug, "-", "correct code")
            continue
        }
        bugs++
        marked = ((bug, "allocated") in place) || ((bug, "found") in place)
        for (f = 1; f <= total && (used[f] || !marked || !matches(bug, f)); f++) {
        }
        if (f > total) {
            row(bug, "NOT FOUND",
                "expected " kind[bug] ": " (marked ? marked_at(bug) : "no marker"))
            continue
        }
        used[f] = 1
        good++
        row(bug, value[f, "kind"], found_at(f))
    }
    for (f = 1; f <= total; f++) {
        if (!used[f]) {
            wrong++
            row("(not planted)", value[f, "kind"], found_at(f))
        }
    }
    for (r = 1; r <= raws; r++) print raw[r]
    if (!balanced) print "the pool is not balanced after unloading, or its balance was not printed"
    printf "\n%d bugs planted, %d found as planted, %d other findings, %d clean operations\n",
        bugs, good, wrong, clean
    exit !(bugs > 0 && good == bugs && !wrong && !raws && balanced)
}
AWK
