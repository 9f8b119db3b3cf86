#!/usr/bin/env bash
# format.sh - every C source is as clang-format (of Debian 12, .clang-format) writes it.
set -uo pipefail
NAME=format
source "$(dirname "$0")/lib.sh"

while read -r file; do
    expect "$file" clang-format --dry-run -Werror "$file"
done < <(find src include host tests examples bench -name '*.[ch]' | LC_ALL=C sort)
printf 'int  x ;\n' >"$work/seeded.c"
cp .clang-format "$work/"
expect_failure "two spaces are found" clang-format --dry-run -Werror "$work/seeded.c"
finish
