# lib-wine.sh - a private Wine as a kernel for drivers; to be sourced.
#
#   wine_open DIRECTORY     the prefix for this user in DIRECTORY is made if need be, locked for us,
#                           and ready; what drivers print goes to wine_log. 1: a line said why
#   wine_run SECONDS EXE... a program of the prefix; its status, or 124 when the time was up
#   wine_copy FILE...       into C:\memcheck
#   wine_new_lines          what drivers printed since the last call, without Wine's decoration and
#                           messages of its own
#   wine_close              end every process of this prefix; call it on exit
#
# The processes that load drivers are started with the first program run and keep its environment
# and standard error; so everything here writes to one log, by appending. A load that takes longer
# than two minutes fails with error 1053.
# shellcheck shell=bash

wine_loader=
wine_server=
wine_log=
wine_lock=
wine_shown=0 # bytes of the log

wine_say() {
    printf '%s: %s\n' "$(basename "$0")" "$*" >&2
}

# Debian keeps the 64-bit loader out of the path, and its wrapper complains of a missing wine32.
wine_find() {
    local place
    for place in "$(command -v wine64 || true)" /usr/lib/wine/wine64; do
        if [[ -x $place ]]; then
            wine_loader=$place
            break
        fi
    done
    for place in /usr/lib/wine/wineserver64 "$(command -v wineserver64 || true)" \
        "$(command -v wineserver || true)"; do
        if [[ -x $place ]]; then
            wine_server=$place
            break
        fi
    done
    [[ -n $wine_loader && -n $wine_server ]]
}

# Everything of Wine runs with this: no desktop, nothing written outside the prefix.
wine_environment() {
    local home=$WINEPREFIX/home
    mkdir -p "$home" || return 1
    env -u DISPLAY -u WAYLAND_DISPLAY -u XAUTHORITY HOME="$home" XDG_CACHE_HOME="$home" \
        WINEPREFIX="$WINEPREFIX" WINESERVER="$wine_server" WINEARCH=win64 LC_ALL=C.UTF-8 \
        WINEDLLOVERRIDES='winemenubuilder.exe,mscoree,mshtml=d' "$@"
}

# For a minute at the most; what a signal cannot end is left to the system.
wine_end() {
    wine_environment timeout -k 5 20 "$wine_server" -k >>"$wine_log" 2>&1 || true
    wine_environment timeout -k 5 40 "$wine_server" -w >>"$wine_log" 2>&1 || true
}

# A new prefix; a start of a driver may take two minutes. Its server is ended before the first
# load: with the one that made the prefix, loading fails.
wine_make() {
    wine_say 'making a private Wine prefix (some seconds, 700 MB in the build tree)'
    rm -rf "$WINEPREFIX"
    mkdir -p "$WINEPREFIX" || return 1
    wine_environment WINEDEBUG=-all timeout -k 5 120 \
        "$wine_loader" wineboot --init >>"$wine_log" 2>&1 </dev/null || return 1
    wine_environment WINEDEBUG=-all timeout -k 5 30 "$wine_loader" \
        reg add 'HKLM\System\CurrentControlSet\Control' /v ServicesPipeTimeout /t REG_SZ \
        /d 120000 /f >>"$wine_log" 2>&1 </dev/null || return 1
    wine_end
    [[ -f $WINEPREFIX/system.reg ]] || return 1
    : >"$WINEPREFIX/ready"
}

wine_open() {
    wine_directory=$(mkdir -p "$1" && cd "$1" && pwd) || {
        wine_say "cannot write to $1: remove it, or run as its owner"
        return 1
    }
    wine_log=$wine_directory/wine-$EUID.log
    WINEPREFIX=$wine_directory/prefix-$EUID
    if ! wine_find; then
        wine_say 'Wine is missing; run:  apt-get install wine wine64'
        return 1
    fi
    # Nothing is cut off before the lock is ours: the log is another run's until then.
    if ! { exec {wine_lock}>"$WINEPREFIX.lock" && : >>"$wine_log"; } 2>/dev/null; then
        wine_say "cannot write to $wine_directory: remove it, or run as its owner"
        return 1
    fi
    if ! flock -w 300 "$wine_lock"; then
        wine_say "another run has held the Wine prefix $WINEPREFIX for five minutes; end it first"
        return 1
    fi
    : >"$wine_log"
    if [[ -f $WINEPREFIX/ready ]]; then
        wine_end
    elif ! wine_make; then
        wine_end
        wine_say "Wine did not start; $wine_log says why" \
            '("apt-get install --reinstall wine wine64" mends a damaged one)'
        return 1
    fi
    rm -rf "$WINEPREFIX/drive_c/memcheck"
    mkdir -p "$WINEPREFIX/drive_c/memcheck"
    : >"$wine_log"
    wine_shown=0
    # A server of its own accord ends the drivers a second after the last program; this one waits
    # two minutes, should we be killed and not come to wine_close.
    if ! wine_environment WINEDEBUG=-all timeout -k 5 30 "$wine_server" -p120 \
        >>"$wine_log" 2>&1 </dev/null {wine_lock}>&-; then
        wine_say "Wine's server did not start; $wine_log says why"
        return 1
    fi
}

wine_run() {
    local seconds=$1
    shift
    wine_environment WINEDEBUG=-all,warn+debugstr timeout --foreground -k 5 "$seconds" \
        "$wine_loader" "$@" </dev/null 2>>"$wine_log" {wine_lock}>&-
}

wine_copy() {
    cp -- "$@" "$WINEPREFIX/drive_c/memcheck/"
}

# 00d4:warn:debugstr:vDbgPrintExWithPrefix 00000000:00000001: text
# Wine writes whole lines, so a line is never cut here.
wine_new_lines() {
    local size
    size=$(stat -c %s "$wine_log")
    ((size > wine_shown)) || return 0
    # The log grows meanwhile: the first of these must not write what the second does not read.
    head -c "$size" "$wine_log" | tail -c "+$((wine_shown + 1))" |
        sed -n -E -e 's/\r$//' \
            -e 's/^[0-9a-f]+:warn:debugstr:[A-Za-z]+ ([0-9A-Fa-f]{8}:[0-9A-Fa-f]{8}: )?//p'
    wine_shown=$size
}

wine_close() {
    [[ -n $wine_lock ]] || return 0
    wine_end
    exec {wine_lock}>&-
    wine_lock=
}
