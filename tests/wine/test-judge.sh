#!/usr/bin/env bash
# test-judge.sh - does judge.sh accept a right log, and reject each way in which one can be wrong?
# Needs no Wine. Prints PASS or FAIL lines and "N passed, N failed".
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0
failed=0

cat >"$work/table" <<'END'
clean     none     both      correct code
two-frees double-free nonpaged frees twice
forgotten leak     paged     never freed
loop      leak-site paged    a loop's buffers, never freed
END
cat >"$work/bugs.c" <<'END'
    P = MEM_ALLOCATE(NonPagedPool, 8); /* BUG: two-frees allocated */
    MEMCHECK_FREE(P); /* BUG: two-frees freed */
    MEMCHECK_FREE(P); /* BUG: two-frees found */
    P = MEM_ALLOCATE(PagedPool, 8); /* BUG: forgotten allocated */
    MEMCHECK_FREE(P); /* BUG: two-frees found */
    P = MEM_ALLOCATE(PagedPool, 8); /* BUG: loop allocated */
END
: >"$work/driver.c"
cat >"$work/right" <<'END'
memcheck[faulty] on
memcheck: v=1 drv=faulty n=1 kind=double-free sure=yes found=bugs.c:3 alloc=bugs.c:1 free=bugs.c:2
memcheck: v=1 drv=faulty n=2 kind=leak sure=yes found=driver.c:9 alloc=bugs.c:4
memcheck: v=1 drv=faulty n=3 kind=leak-site sure=yes count=3 bytes=24 alloc=bugs.c:6
memcheck: v=1 drv=faulty kind=leaks buffers=4 bytes=32 places=2
rawcheck: 7 allocated, 7 freed, 0 bad, 0 left
END

# expect STATUS TEXT SED-SCRIPT: the judgement of the right log, edited.
expect() {
    local status=0
    sed -E "$3" "$work/right" >"$work/log"
    "$here/judge.sh" "$work/table" "$work" "$work/log" >"$work/out" || status=$?
    if ((status == $1)); then
        passed=$((passed + 1))
        echo "PASS judge: $2"
    else
        failed=$((failed + 1))
        echo "FAIL judge: $2: status $status, not $1"
        cat "$work/out"
    fi
}

expect 0 'accepts a right log' ''
expect 0 'accepts another line with the same mark' 's/found=bugs.c:3/found=bugs.c:5/'
expect 1 'rejects a leak site not found' '/kind=leak-site/d'
expect 1 'rejects a leak told again as a leak site' '/kind=leak /{p; s/kind=leak/kind=leak-site/}'
expect 1 'rejects a bug not found' '/kind=double-free/d'
expect 1 'rejects a bug found as another' 's/kind=double-free/kind=late-free/'
expect 1 'rejects a finding that is not sure' '/double-free/s/sure=yes/sure=no/'
expect 1 'rejects a wrong place of the finding' 's/found=bugs.c:3/found=bugs.c:2/'
expect 1 'rejects a wrong place of the allocation' 's/alloc=bugs.c:1/alloc=bugs.c:10/'
expect 1 'rejects a wrong place of the first free' 's/free=bugs.c:2/free=bugs.c:3/'
expect 1 'rejects a missing place' 's/ free=bugs.c:2//'
expect 1 'rejects the same finding twice' '/kind=double-free/p'
expect 1 'rejects another finding' '/kind=leak /p; s/n=2 kind=leak /n=9 kind=underrun /'
expect 1 'rejects a leak site at another place' '/leak-site/s/alloc=bugs.c:6/alloc=bugs.c:4/'
# shellcheck disable=SC2016
expect 1 'rejects a bad raw free' '$i rawcheck: BAD RAW FREE 00000000014A0378: not a block'
expect 1 'rejects blocks left' 's/0 left/1 left/'
expect 1 'rejects a missing balance' '/^rawcheck/d'
expect 1 'rejects an empty log' d

echo "$passed passed, $failed failed"
((failed == 0))
