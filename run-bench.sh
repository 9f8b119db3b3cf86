#!/usr/bin/env bash
# run-bench.sh - MemCheck beside its peers on this machine, as ratios.
#
# Installs what is missing (as root or with sudo), builds MemCheck and the harness (bench/), and runs
# every workload with every allocator and checker side by side, in rounds. Prints the tables; writes
# build/bench/bench.json and bench.svg.
#
#   ./run-bench.sh                            all of it, 7 rounds; quiet the machine first
#   ./run-bench.sh --quick --only churn       a look at one workload
#   ./run-bench.sh --help                     the options
set -euo pipefail

cd "$(dirname "$0")"
# shellcheck source=scripts/lib-packages.sh
source scripts/lib-packages.sh

install_packages gcc libc6-dev clang libclang-rt-dev python3 valgrind libc6-dbg electric-fence
bench/build.sh build/bench
exec python3 bench/run.py "$@"
