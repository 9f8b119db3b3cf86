#!/usr/bin/env bash
# run-demo.sh - watch MemCheck catch every planted bug of a driver that a real loader has loaded.
#
# On Debian 12: installs what is missing (mingw-w64's C compiler, Wine), builds examples/faulty with
# MemCheck, lets the service control manager of a private Wine load it, triggers one bug after the
# other and prints each report as it comes, unloads the driver (leaks), and ends with a table:
# planted, found, where. Exit status: 0 every bug was reported as what it is, at its place (the
# lines marked BUG in the driver's source), and nothing else was; 1 not so; 2 it could not run.
set -euo pipefail

root=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=scripts/lib-packages.sh
source "$root/scripts/lib-packages.sh"
# shellcheck source=scripts/lib-wine.sh
source "$root/scripts/lib-wine.sh"

faulty=$root/examples/faulty
out=$root/build/demo
cross=x86_64-w64-mingw32

say() {
    printf '\n== %s\n' "$*"
}

give_up() {
    printf 'run-demo.sh: %s\n' "$*" >&2
    exit 2
}

# One of the build's commands; what it says goes to a log, and its end is shown where it fails.
step() {
    "$@" >>"$out/build.log" 2>&1 </dev/null && return
    tail -n 20 "$out/build.log" >&2
    give_up "building failed; $out/build.log has all of it"
}

compile() {
    step "$cross-gcc" -std=c89 -O2 -g -Wall -Wextra -isystem "$ddk" -I"$root/build/dist" \
        -DMEMCHECK_DRIVER_NAME='"faulty"' -c "$1" -o "$out/$(basename "$1" .c).o"
}

# As a driver's author would: memcheck.c is one file more. The last two of the link are for the demo
# alone: they judge each free that reaches Wine's pool, which takes bad ones silently.
build() {
    local file ddk=/usr/$cross/include/ddk
    : >"$out/build.log"
    step "$root/scripts/amalgamate.sh"
    step "$root/tests/wine/build-rawcheck.sh" x86_64 "$out"
    for file in "$root/build/dist/memcheck.c" "$faulty/driver.c" "$faulty/bugs.c"; do
        compile "$file"
    done
    step "$cross-gcc" -shared -nostdlib -Wl,--subsystem,native -Wl,--exclude-all-symbols \
        -Wl,--entry,RawCheckEntry -o "$out/faulty.sys" "$out/driver.o" "$out/bugs.o" \
        "$out/memcheck.o" "$out/rawcheck.o" "$out/librawpool.a" -lntoskrnl -lhal
    step "$cross-gcc" -O2 -Wall -Wextra -o "$out/client.exe" "$faulty/client.c" "$faulty/service.c"
}

# One command of the client, then what the driver printed meanwhile.
client() {
    local seconds=$1 status=0
    shift
    wine_run "$seconds" 'C:\memcheck\client.exe' "$@" || status=$?
    wine_new_lines >"$out/new.log" # not into a pipe: it remembers where it was
    cat "$out/new.log"
    cat "$out/new.log" >>"$out/debug.log"
    case $status in
    0) ;;
    124 | 137) give_up "\"client $*\" was not done within $seconds seconds" ;;
    3) give_up "the driver is gone; it ended in the step before this one ($wine_log)" ;;
    *) failed=yes ;;
    esac
}

# In the order of the table in faulty.h. A bug that cannot be planted is not found either: the table
# at the end shows it.
demonstrate() {
    local name
    say 'loading the driver: MEM_CHECK_INIT'
    client 60 install 'C:\memcheck\faulty.sys'
    [[ $failed == no ]] || wine_failed
    while read -r name _; do
        say "planting $name"
        client 30 run "$name"
    done <"$out/table.txt"
    say 'unloading the driver: MEM_CHECK_EXIT'
    client 60 remove
}

# The client's own standard error, and Wine's.
show_errors() {
    grep -av ':debugstr:' "$wine_log" | tail -n 10 >&2 || true
}

wine_failed() {
    show_errors
    give_up "the driver could not be loaded; $wine_log has all of it"
}

if ! { mkdir -p "$out" && : >"$out/debug.log"; } 2>/dev/null; then
    give_up "cannot write to $out: remove it, or run as its owner"
fi
install_packages gcc-mingw-w64-x86-64 binutils-mingw-w64-x86-64 mingw-w64-x86-64-dev wine wine64 ||
    exit 2
failed=no
trap wine_close EXIT
trap 'exit 130' INT TERM
say 'building the driver with MemCheck'
build
say 'starting Wine'
wine_open "$root/build/wine" || exit 2
wine_copy "$out/faulty.sys" "$out/client.exe"
wine_run 60 'C:\memcheck\client.exe' --list | tr -d '\r' >"$out/table.txt" ||
    give_up "Wine cannot run a program; $wine_log says why"
demonstrate
wine_close
say 'planted, found, where'
"$root/tests/wine/judge.sh" "$out/table.txt" "$faulty" "$out/debug.log" || failed=yes
if [[ $failed == yes ]]; then
    show_errors
    exit 1
fi
