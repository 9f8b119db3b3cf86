# lib-packages.sh - installing Debian packages that are missing; to be sourced.
#
#   install_packages NAME...    0: all are installed. 1: they are not, and one line on stderr says
#                               what to do. Where all are there already, no root right, no network
#                               and no package index is needed.
# shellcheck shell=bash

packages_say() {
    printf '%s: %s\n' "$(basename "$0")" "$*" >&2
}

# Print those of the names given that are not installed.
packages_missing() {
    local name state
    for name in "$@"; do
        state=$(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null) || state=
        [[ $state == installed ]] || printf '%s\n' "$name"
    done
}

# apt-get as root, nothing asked, waiting up to five minutes while another apt or dpkg holds a lock.
packages_apt() {
    local -a command=(env DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 apt-get -q
        -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 -o Dpkg::Use-Pty=0)
    ((EUID == 0)) || command=(sudo "${command[@]}")
    timeout --foreground -k 30 1800 "${command[@]}" "$@" </dev/null >&2
}

# DPkg::Lock::Timeout is not for the lists' lock: while another apt holds it, try for two minutes.
packages_update() {
    local try said
    packages_say 'fetching the package index'
    for ((try = 0; try < 12; try++)); do
        said=$(packages_apt update 2>&1 | tee >(cat >&2)) && return 0
        [[ $said == *'get lock'* ]] || return 1
        sleep 10
    done
    return 1
}

# Does the package index know every one of these names?
packages_known() {
    local name
    for name in "$@"; do
        [[ -n $(apt-cache show --no-all-versions "$name" 2>/dev/null) ]] || return 1
    done
}

install_packages() {
    local -a missing
    mapfile -t missing < <(packages_missing "$@")
    ((${#missing[@]})) || return 0
    if ! command -v apt-get >/dev/null; then
        packages_say "needs these (there is no apt-get; install them by hand): ${missing[*]}"
        return 1
    fi
    if ((EUID != 0)) && ! packages_may_sudo; then
        packages_say "needs root rights once; run:  apt-get install ${missing[*]}"
        return 1
    fi
    if ! packages_known "${missing[@]}"; then
        packages_update || true
        if ! packages_known "${missing[@]}"; then
            packages_say "no package index has ${missing[*]}: check the network and" \
                '/etc/apt/sources.list, then run "apt-get update"'
            return 1
        fi
    fi
    packages_say "installing ${missing[*]}"
    # A stale index names files that are gone: fetch it anew, once.
    if ! packages_apt install -y --no-install-recommends "${missing[@]}" &&
        ! { packages_update &&
            packages_apt install -y --no-install-recommends "${missing[@]}"; }; then
        packages_say "could not install; see above, then run:  apt-get install ${missing[*]}"
        return 1
    fi
}

# Without a question where possible; a person at the terminal may be asked for a password.
packages_may_sudo() {
    command -v sudo >/dev/null || return 1
    sudo -n true 2>/dev/null && return 0
    [[ -t 0 && -t 2 ]] && sudo -v
}
