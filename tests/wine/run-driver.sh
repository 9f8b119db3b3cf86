#!/usr/bin/env bash
# run-driver.sh [--expect-failure] [--seconds N] [--options STRING] X.sys - load a 64-bit driver
# under Wine, unload it.
#
# Its debug output comes on stdout, as it is printed, each line without Wine's decoration; what went
# wrong, on stderr. The driver may do all its work in DriverEntry; N (default 100) is how long that
# may take; STRING is its registry value MemCheckOptions. Exit status: 0 it was loaded and unloaded, or, with --expect-failure, its DriverEntry
# failed; 1 it was not; 2 wrong usage, or Wine does not start; 3 it printed "BAD RAW FREE", or a
# balance that is not even (see rawcheck.c). What its lines say besides is the caller's to judge.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
# shellcheck source=scripts/lib-wine.sh
source "$root/scripts/lib-wine.sh"

out=$root/build/wine
expect=success
seconds=100
options=()

usage() {
    echo 'usage: run-driver.sh [--expect-failure] [--seconds N] [--options STRING] X.sys' >&2
    exit 2
}

# What Wine itself and the loader said is in the log, behind what is cut off here.
fail() {
    echo "run-driver.sh: $*" >&2
    grep -avE '^[0-9a-f]+:warn:debugstr:' "$wine_log" | tail -n 5 >&2 || true
    exit 1
}

while (($#)); do
    case $1 in
    --expect-failure) expect=failure ;;
    --seconds)
        seconds=${2:-}
        [[ $seconds =~ ^[0-9]+$ ]] || usage
        shift
        ;;
    --options)
        (($# > 1)) || usage
        options=("$2")
        shift
        ;;
    -*) usage ;;
    *) break ;;
    esac
    shift
done
(($# == 1)) || usage
driver=$1
if [[ ! -f $driver ]]; then
    echo "run-driver.sh: no such file: $driver" >&2
    exit 2
fi

build_loader() {
    local program=$out/load.exe from fresh=yes
    for from in "$here/load.c" "$root"/examples/faulty/service.[ch]; do
        [[ $program -nt $from ]] || fresh=no
    done
    [[ $fresh == no ]] || return 0
    x86_64-w64-mingw32-gcc -O2 -Wall -Wextra -I"$root/examples/faulty" -o "$program.new" \
        "$here/load.c" "$root/examples/faulty/service.c"
    mv -f "$program.new" "$program"
}

mkdir -p "$out"
trap wine_close EXIT
trap 'exit 130' INT TERM
wine_open "$out" || exit 2
build_loader
wine_copy "$driver" "$out/load.exe"

name=$(basename "$driver" .sys)
: >"$out/$name.log"
show_new() {
    wine_new_lines >"$out/$name.new" # not into a pipe: it remembers where it was
    cat "$out/$name.new"
    cat "$out/$name.new" >>"$out/$name.log"
}

wine_run "$seconds" 'C:\memcheck\load.exe' "memcheck-$name" "C:\\memcheck\\$name.sys" "${options[@]}" &
loader=$!
while kill -0 "$loader" 2>/dev/null; do
    show_new
    sleep 0.1
done
status=0
wait "$loader" || status=$?
show_new

case $expect:$status in
success:0 | failure:3) status=0 ;;
failure:0) fail "$name.sys was loaded, and should have failed" ;;
*:1) fail "$name.sys could not be unloaded" ;;
*:3) fail "the DriverEntry of $name.sys failed" ;;
*:124 | *:137) fail "$name.sys was not done within $seconds seconds" ;;
*) fail "$name.sys could not be loaded (status $status)" ;;
esac
if grep -q '^rawcheck: BAD RAW FREE' "$out/$name.log" ||
    grep '^rawcheck: .* allocated,' "$out/$name.log" | grep -qv ', 0 bad, 0 left$'; then
    echo "run-driver.sh: $name.sys misused the pool; see the rawcheck lines above" >&2
    exit 3
fi
