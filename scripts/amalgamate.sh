#!/bin/sh
# amalgamate.sh - the whole library as one C file, for adding to a driver or a host program.
#
#   scripts/amalgamate.sh [FOLDER]      default: build/dist
#
# Writes memcheck.c, memcheck.h (with mctypes.h, mcroutines.h and mcsal.h folded in), memcfg.h,
# memcheck_replace.h, the wrapper headers in kit/, and entry/ (docs/header.md). The text of each header
# stands once, where it is first included; .inc files stand wherever they are included. memcheck.c
# takes the NT platform on Windows and the POSIX one elsewhere. With MEMCHECK_ON undefined it is an
# empty translation unit: that is decided here, in one place, and not in each source file.
set -eu
cd "$(dirname "$0")/.."
out=${1:-build/dist}
mkdir -p "$out"

# Print the named files, quoted includes replaced by the files' text. "mcos.h" stands for the two
# platforms' files, which the caller has printed already.
inline='
function locate(name, from,    i, n, path, dirs) {
    path = from
    sub(/[^\/]*$/, "", path)
    if (exists(path name)) return path name
    n = split("include src/platform src/core src/report", dirs, " ")
    for (i = 1; i <= n; i++) if (exists(dirs[i] "/" name)) return dirs[i] "/" name
    print "amalgamate.sh: " from " includes " name ", which is not there" > "/dev/stderr"
    failed = 1
    exit 1
}
function exists(path,    line, result) {
    result = (getline line < path)
    close(path)
    return result > 0
}
function emit(path,    line, name) {
    if (path !~ /\.inc$/) {
        if (path in done) return
        done[path] = 1
    }
    print "\n/* ==== " path " ==== */\n"
    while ((getline line < path) > 0) {
        if (line !~ /^[ \t]*#[ \t]*include[ \t]*"/) {
            print line
            continue
        }
        name = line
        sub(/^[^"]*"/, "", name)
        sub(/".*$/, "", name)
        if (name == "mcos.h") continue
        if (name == "memcheck.h" || name == "mctypes.h" || name == "mcroutines.h")
            print "#include \"memcheck.h\""
        else if (name == "memcheck_replace.h") print line
        else if (name == "memcfg.h") print "#include \"memcfg.h\""
        else emit(locate(name, path))
    }
    close(path)
}
BEGIN {
    n = split(files, list, " ")
    m = split(seen, before, " ")
    for (i = 1; i <= m; i++) done[before[i]] = 1
    for (i = 1; i <= n; i++) emit(list[i])
}
END { exit failed }
'

sources() {
    (LC_ALL=C; export LC_ALL; for f in "$@"; do [ -f "$f" ] && echo "$f"; done) | tr '\n' ' '
}

core=$(sources src/report/*.c src/core/*.c)
nt=$(sources src/platform/nt/*.c)
posix=$(sources src/platform/posix/*.c)
# What the core has printed outside the choice of platform must not be printed again inside it.
headers=$(sources src/platform/*.h src/core/*.h src/report/*.h)

{
    cat <<'END'
/*
 * memcheck.c - MemCheck, a memory checker for Windows drivers, in one file. Add it to the driver.
 *
 * Written by scripts/amalgamate.sh from the sources of the project; change those, not this. What it
 * does, and how, stands at the top of the part from core.h.
 */
#include "memcfg.h"

#ifndef MEMCHECK_ON
typedef int McOff; /* switched off: C wants something in each file, and this leaves no byte */
#else

#ifdef _WIN32
END
    awk -v files="src/platform/nt/mcos.h" "$inline"
    printf '\n#else\n'
    awk -v files="src/platform/posix/mcos.h" "$inline"
    printf '\n#endif /* _WIN32 */\n'
    awk -v files="src/platform/platform.h $core" "$inline"
    printf '\n#ifdef _WIN32\n'
    awk -v files="$nt" -v seen="$headers" "$inline"
    printf '\n#else\n'
    awk -v files="$posix" -v seen="$headers" "$inline"
    printf '\n#endif /* _WIN32 */\n\n#endif /* MEMCHECK_ON */\n'
} > "$out/memcheck.c.new.$$"

# mctypes.h and mcroutines.h take the place of their own includes.
awk '
/^#include "(mctypes|mcroutines|mcsal).h"/ {
    split($0, part, "\"")
    while ((getline line < ("include/" part[2])) > 0) print line
    next
}
{ print }
' include/memcheck.h > "$out/memcheck.h.new.$$"
mkdir -p "$out/kit" "$out/entry"
others=$(cd include && echo memcfg.h memcheck_replace.h kit/*.h)
for f in $others; do
    cp "include/$f" "$out/$f.new.$$"
done

# The entry point around the driver's own, for drivers that do not call MEM_CHECK_INIT.
for f in src/link/entry.c src/link/start.c src/core/linkway.h; do
    cp "$f" "$out/entry/$(basename "$f").new.$$"
done
others="$others entry/entry.c entry/start.c entry/linkway.h"

# A file that did not change keeps its time, so that nothing is built again.
for f in memcheck.c memcheck.h $others; do
    if cmp -s "$out/$f.new.$$" "$out/$f"; then
        rm "$out/$f.new.$$"
    else
        mv "$out/$f.new.$$" "$out/$f"
    fi
done
