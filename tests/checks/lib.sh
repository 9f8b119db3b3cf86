# lib.sh - what the checks share; to be sourced, first, by a script that has set NAME.
#
# A check prints what it looked at and what it found, and closes with "NAME: N passed, M failed".
# shellcheck shell=bash
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 2
passed=0
failed=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

pass() {
    passed=$((passed + 1))
    printf 'ok   %s\n' "$*"
}

fail() {
    failed=$((failed + 1))
    printf 'FAIL %s\n' "$*"
}

# expect TEXT COMMAND... - passes when the command succeeds; its output is shown when it does not.
expect() {
    local text=$1
    shift
    if "$@" >"$work/output" 2>&1; then
        pass "$text"
    else
        fail "$text"
        head -n 20 "$work/output" | sed 's/^/     /'
    fi
}

# expect_failure TEXT COMMAND... - a control: passes when the command fails.
expect_failure() {
    local text=$1
    shift
    if "$@" >"$work/output" 2>&1; then
        fail "$text (control: it must be found, and was not)"
    else
        pass "$text"
    fi
}

finish() {
    printf '%s: %d passed, %d failed\n' "$NAME" "$passed" "$failed"
    [[ $failed -eq 0 && $passed -gt 0 ]]
}

# The compilers that MemCheck is for: name, then the command with what it needs to find the kit.
ddk=-D_WIN32_WINNT=0x0600
x64="-isystem /usr/x86_64-w64-mingw32/include/ddk $ddk"
x86="-isystem /usr/i686-w64-mingw32/include/ddk $ddk"
declare -A compilers=(
    [gcc-host-64]="gcc"
    [gcc-host-32]="gcc -m32"
    [clang-host-64]="clang"
    [clang-host-32]="clang -m32"
    [gcc-windows-x86_64]="x86_64-w64-mingw32-gcc $x64"
    [gcc-windows-i686]="i686-w64-mingw32-gcc $x86"
    [clang-windows-x86_64]="clang --target=x86_64-w64-windows-gnu -fms-extensions $x64"
)
