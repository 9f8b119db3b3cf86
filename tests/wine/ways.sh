#!/usr/bin/env bash
# ways.sh [BUILD] - the bus driver (examples/bus), which knows nothing of MemCheck, in each way to it.
#
# BUILD (default build/mingw-x86_64) is a build folder whose ways/ cmake/ways.cmake has filled. Under
# Wine the driver prints the same in all ways; MemCheck is silent about it, and with bugs patched in
# reports each at its place: comments "BUG: name allocated", "freed", "found" in the sources stand
# before the line that a report must name. A bad raw free fails the run (rawways.c). With
# MEMCHECK_ON undefined the header way's objects are the driver's own, byte for byte. Prints ok and
# FAIL lines and "ways: N passed, M failed".
set -uo pipefail
NAME=ways
source "$(dirname "$0")/../checks/lib.sh"

build=${1:-build/mingw-x86_64}
bus=examples/bus

# ---- what each bug must be found as ----

# Bug, kind, is it sure where blocks are plain, and where the children's are guarded in front: yes,
# no, or - where it is not patched in. header: no: allocated past the header way, which is silent.
cat >"$work/table" <<'END_OF_TABLE'
overrun          overrun          no  no  header
double-free      double-free      yes yes header
leak             leak             no  yes header
wild-free        wild-free        yes yes header
underrun         underrun         -   yes header
write-after-free write-after-free -   yes header
wrong-tag        wrong-tag        -   yes header
text-overrun     overrun          no  no  no
note-overrun     overrun          no  no  no
END_OF_TABLE

# The marked lines, as "names.c:33 overrun allocated"; the line after the comment is meant.
places() {
    local file
    for file in "$bus"/*.[ch] "$bus"/lib/*.[ch]; do
        awk -v file="$(basename "$file")" 'match($0, /\/\* BUG: .* (allocated|freed|found) \*\//) {
            text = substr($0, RSTART + 8, RLENGTH - 11)
            what = text
            sub(/.* /, "", what)
            sub(/ [a-z]*$/, "", text)
            count = split(text, names, ", *")
            for (i = 1; i <= count; i++) print file ":" FNR + 1, names[i], what
        }' "$file"
    done
}

# judge WAY LAYOUT LOG - each bug of the table is found as it is, where it is, once (a leak once for
# each path to it); and no more. Where it is found is chance when the patrol is first.
judge() {
    awk -v way="$1" -v column="$([[ $2 == plain ]] && echo 3 || echo 4)" '
    FNR == 1 { part++ }
    part == 1 {
        if ($column != "-" && (way == "link" || $5 != "no")) {
            name[++bugs] = $1; kind[$1] = $2; sure[$1] = $column
        }
        next
    }
    part == 2 { place[$2, $3] = $1; next }
    /^memcheck: v=1 .* sure=/ {
        total++
        line[total] = $0
        for (i = 2; i <= NF; i++) {
            at = index($i, "=")
            value[total, substr($i, 1, at - 1)] = substr($i, at + 1)
        }
    }
    function same(bug, what, f, key) {
        return !((bug, what) in place) || place[bug, what] == value[f, key] ||
            (what == "found" && value[f, "by"] == "patrol")
    }
    function path(f) { # a stack that is cut may be another than it looks
        if (value[f, "kind"] != "leak") return ""
        return value[f, "alloc_stack"] (value[f, "cut"] == "yes" ? " " value[f, "n"] : "")
    }
    END {
        for (b = 1; b <= bugs; b++) {
            bug = name[b]
            good = 0
            for (f = 1; f <= total; f++) {
                if (!used[f] && value[f, "kind"] == kind[bug] && value[f, "sure"] == sure[bug] &&
                    same(bug, "allocated", f, "alloc") && same(bug, "freed", f, "free") &&
                    same(bug, "found", f, "found")) {
                    used[f] = 1
                    good++
                    if (++told[bug, path(f)] > 1) { print bug ": told twice"; wrong = 1 }
                }
            }
            if (good == 0) { print bug ": not found"; wrong = 1 }
            for (f = 1; f <= total; f++) { # the summary of a leak by site may come besides
                if (kind[bug] == "leak" && value[f, "kind"] == "leak-site" &&
                    value[f, "alloc"] == place[bug, "allocated"]) used[f] = 1
            }
        }
        for (f = 1; f <= total; f++) if (!used[f]) { print "not planted: " line[f]; wrong = 1 }
        exit wrong || bugs == 0
    }' "$work/table" "$work/places" "$3"
}

# ---- loading ----

# load NAME - ways/NAME/bus.sys under Wine, its lines in $work/NAME.log.
load() {
    local status=0
    tests/wine/run-driver.sh "$build/ways/$1/bus.sys" >"$work/$1.log" || status=$?
    cat "$work/$1.log"
    return "$status"
}

# with_lines NAME - its log; module offsets of the machine lines (alloc_ret=bus.sys+0x1a74) become
# lines of the sources (alloc=names.c:32) where the way has none.
with_lines() {
    grep -oE '_ret=bus\.sys\+0x[0-9a-f]+' "$work/$1.log" | sed 's/.*=//' | sort -u >"$work/offsets"
    scripts/memcheck-lines.py "$build/ways/$1/bus.sys" <"$work/offsets" >"$work/lines" || return 1
    sed -E 's/^([^ ]+) \(([^ ]+:[0-9]+).*/\1 \2/' "$work/lines" | awk '
    FNR == NR { place[$1] = $2; next }
    /^memcheck: v=1 / {
        for (i = 2; i <= NF; i++) {
            at = index($i, "_ret=")
            key = substr($i, 1, at - 1)
            if (at && index($0, " " key "=") == 0) $0 = $0 " " key "=" place[substr($i, at + 5)]
        }
    }
    { print }' - "$work/$1.log" >"$work/$1.lines"
}

# What the driver itself prints.
own_lines() {
    grep '^bus: ' "$work/$1.log"
}

same_lines() {
    own_lines plain >"$work/plain.txt" && own_lines "$1" | diff "$work/plain.txt" -
}

findings() {
    grep '^memcheck: v=1 .* sure=' "$work/$1.log"
}

# No bad free; of the pool's blocks as many were left as MemCheck has said.
leaked() {
    awk '/^memcheck: v=1 .* action=left-at-exit/ {
            said += match($0, / count=[0-9]+/) ? substr($0, RSTART + 7, RLENGTH - 7) : 1
        }
        /^rawcheck: BAD/ { bad = 1 }
        /^rawcheck: [0-9]+ allocated, [0-9]+ freed, 0 bad, [0-9]+ left$/ { left = $(NF - 1); seen = 1 }
        END { print said + 0 " said, " left " left"; exit bad || !seen || said + 0 != left + 0 }
    ' "$work/$1.log"
}

# MemCheck was there, and said at its end that it had watched blocks.
watched() {
    grep -qE '^memcheck\[bus\] exit: allocations [1-9]' "$work/$1.log"
}

# ---- the header way, switched off ----

# objects NAME COMPILER OPTION... - an object of each source, from the same path.
objects() {
    local name=$1 compiler=$2 source
    shift 2
    mkdir -p "$work/objects/$name"
    for source in "$bus"/*.c; do
        # shellcheck disable=SC2086
        $compiler -std=gnu89 -Wall -Wextra -Werror "$@" -c "$source" \
            -o "$work/objects/$name/$(basename "$source").o" || return 1
    done
}

off_is_plain() {
    objects plain "$1" "$2" &&
        objects off "$1" "$2" -Iinclude/kit -Iinclude -DMEMCHECK_OFF &&
        diff -r "$work/objects/plain" "$work/objects/off"
}

on_is_plain() {
    objects plain "$1" "$2" && objects on "$1" "$2" -Iinclude/kit -Iinclude || return 0
    diff -r "$work/objects/plain" "$work/objects/on"
}

# ---- the run ----

for name in gcc-windows-x86_64 gcc-windows-i686 clang-windows-x86_64; do
    for options in -O0 -O2; do
        expect "off, $name $options: the objects are the plain ones" \
            off_is_plain "${compilers[$name]}" "$options"
    done
done
expect_failure "on, the objects differ" on_is_plain "${compilers[gcc-windows-x86_64]}" -O2

expect_failure "no word of MemCheck in the driver's sources" grep -rniE 'memcheck|MEM_' "$bus" \
    --include='*.[ch]'

places >"$work/places"
expect "plain: loaded, unloaded, the pool used well" load plain
expect "plain: it prints" own_lines plain
for name in header header-owned link link-owned; do
    expect "$name: loaded, unloaded, the pool used well" load "$name"
    expect "$name: prints what the plain one prints" same_lines "$name"
    expect "$name: MemCheck watched it" watched "$name"
    expect "$name: each line for programs is as docs/reports.md says" \
        scripts/reports-doc.py --log "$work/$name.log"
    expect_failure "$name: and has nothing to say" findings "$name"
done

# What the header way is not told: the library, built without it, frees a block. MemCheck comes to
# know that from its address, when the pool hands it out again, and lists the line at exit; else the
# block is a possible leak. Nothing is said besides.
letter=$(grep -n 'BUS_TAG_LETTER)' "$bus/scenario.c" | cut -d: -f1)
letter_is_listed() {
    local leak="kind=leak sure=no .*alloc=scenario\.c:$letter "
    ! findings "$1" | grep -vE "$leak" &&
        grep -E "^memcheck\[bus\] .*\"scenario\.c:$letter,?\"|$leak" "$work/$1.log"
}
expect "header-letters: loaded, unloaded, the pool used well" load header-letters
expect "header-letters: prints what the plain one prints" same_lines header-letters
expect "header-letters: the library's block is listed" letter_is_listed header-letters

# Controls: a setting that breaks the driver is seen, by the layer below and by MemCheck.
bad_hand_over() {
    findings "$1" | grep 'kind=bad-hand-over' && grep '^rawcheck: BAD RAW FREE' "$work/$1.log"
}
expect_failure "found: guard bytes before what the system frees" load header-answers
expect "header-answers: both say so" bad_hand_over header-answers

for name in header-bugs header-owned-bugs link-bugs link-owned-bugs; do
    layout=plain
    [[ $name == *owned* ]] && layout=owned
    load "$name" >"$work/loaded" 2>&1
    with_lines "$name" || cp "$work/$name.log" "$work/$name.lines"
    expect "$name: each bug at its place, and no more" \
        judge "${name%%-*}" "$layout" "$work/$name.lines"
    expect "$name: the pool was used well, but for what leaked" leaked "$name"
done

# seeded SED-SCRIPT - the judgement of a right log, edited.
seeded() {
    sed -E "$1" "$work/header-bugs.lines" >"$work/seeded.lines"
    judge header plain "$work/seeded.lines"
}
expect "the log to be edited is right" seeded ''
expect_failure "found: a bug that is not reported" seeded '/kind=wild-free/d'
expect_failure "found: a wrong kind" seeded 's/kind=double-free/kind=late-free/'
expect_failure "found: sure of what is only possible" seeded 's/(kind=overrun) sure=no/\1 sure=yes/'
expect_failure "found: another line" seeded 's/ alloc=names\.c:[0-9]+/ alloc=names.c:1/'
expect_failure "found: the same finding twice" seeded '/kind=double-free/p'
expect_failure "found: another finding" seeded 's/(.*)kind=double-free(.*)/&\n\1kind=underrun\2/'
finish
