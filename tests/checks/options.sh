#!/usr/bin/env bash
# options.sh - docs/options.md says what the table of options says.
set -uo pipefail
NAME=options
source "$(dirname "$0")/lib.sh"

written() { # TREE
    "$1/scripts/options-doc.sh" "$work/options.md"
}
same() {
    diff "$work/options.md" docs/options.md
}
expect "the page can be written" written .
expect "docs/options.md is up to date (else run scripts/options-doc.sh)" same
expect "it has each option of the table" test "$(grep -c '^MC_[A-Z_]*OPTION(' src/core/options.inc)" = \
    "$(sed -n '/^| option /,/^$/p' docs/options.md | grep -c '^| `')"

# A control: another default, another help, and a row more are seen.
mkdir -p "$work/tree"
cp -R include src scripts "$work/tree/"
seeded() { # SED-SCRIPT FILE
    sed -i "$1" "$work/tree/$2" && written "$work/tree" && ! same >/dev/null
}
expect "another default is seen" seeded 's/^#define MEMCHECK_FILL 512/#define MEMCHECK_FILL 256/' include/memcfg.h
cp include/memcfg.h "$work/tree/include/"
expect "another help is seen" seeded 's/largest freed block/greatest freed block/' src/core/options.inc
finish
