"""plan.py - what is measured: the columns, the workloads, and what MemCheck is to reach."""

import glob
import os
import subprocess
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Column:
    """An allocator, or a checker, and how a program of the harness is run over it."""

    key: str
    title: str
    program: str
    environment: dict = field(default_factory=dict)
    command: tuple = ()
    fewer: int = 1  # so many times fewer operations: it is slow
    most_live: int = 1 << 30  # with more blocks at a time it is not run
    note: str = ""


@dataclass(frozen=True)
class Row:
    """A workload with its numbers."""

    key: str
    title: str
    workload: str
    pairs: int
    live: int = 10000
    low: int = 16
    high: int = 4096
    threads: int = 1
    note: str = ""

    def warm(self):
        """Pairs before the clock: until a quarantine of 256 MB, as AddressSanitizer's, is full."""
        return max(self.live, min((300 << 20) // ((self.low + self.high) // 2), 4_000_000))


def memcheck(key, title, options):
    return Column(key, title, "bench-memcheck", {"MEMCHECK_OPTIONS": options})


def library(*patterns):
    """The first file that is there, of those named."""
    for pattern in patterns:
        for path in sorted(glob.glob(pattern)):
            return path
    return patterns[0]


def scudo():
    name = "libclang_rt.scudo_standalone-x86_64.so"
    said = subprocess.run(["clang", "-print-file-name=" + name], capture_output=True, text=True)
    return said.stdout.strip() or name


def columns():
    """All columns, in the table's order. The first is what the others are multiples of."""
    return [
        Column("raw", "C library", "bench-raw"),
        memcheck("default", "MemCheck", "stacks=0"),
        memcheck("stacks", "MemCheck, stacks", "stacks=8"),
        memcheck("nofill", "MemCheck, no fill", "stacks=0,fill=0"),
        memcheck("full", "MemCheck, fill=full", "stacks=0,fill=1m"),
        Column("asan", "AddressSanitizer", "bench-asan", {"ASAN_OPTIONS": "detect_leaks=0"}),
        Column("scudo", "Scudo", "bench-raw", {"LD_PRELOAD": scudo()}),
        Column("glibc", "glibc, checking", "bench-raw",
               {"LD_PRELOAD": "libc_malloc_debug.so.0", "MALLOC_CHECK_": "3"}),
        Column("efence", "Electric Fence", "bench-raw",
               {"LD_PRELOAD": library("/usr/lib/libefence.so.0", "/usr/lib/*/libefence.so.0"),
                "EF_DISABLE_BANNER": "1"}, fewer=500, most_live=10000),
        Column("valgrind", "Valgrind memcheck", "bench-raw", command=("valgrind", "-q"), fewer=20),
    ]


SLOW = ("efence", "valgrind")  # left out by --quick

ROWS = [
    Row("churn", "mixed churn, 10,000 live", "churn", 1_000_000),
    Row("live-1000", "the same, 1,000 live", "churn", 1_000_000, live=1000),
    Row("live-100000", "the same, 100,000 live", "churn", 500_000, live=100_000),
    Row("live-1000000", "the same, 1,000,000 live", "churn", 500_000, live=1_000_000),
    Row("small", "small only: 16 to 128 bytes", "churn", 1_000_000, high=128),
    Row("large", "large only: 4 to 64 KB", "churn", 200_000, low=4096, high=65536, live=1000),
    Row("batch-order", "batch, freed in order", "in-order", 1_000_000),
    Row("batch-reverse", "batch, freed in reverse", "reverse", 1_000_000),
    Row("batch-random", "batch, freed at random", "shuffled", 1_000_000),
    Row("other-thread", "freed on another thread", "other-thread", 1_000_000),
    Row("threads-1", "churn on 1 thread", "churn", 1_000_000, high=1024),
    Row("threads-2", "churn on 2 threads", "churn", 1_000_000, high=1024, threads=2),
    Row("threads-4", "churn on 4 threads", "churn", 500_000, high=1024, threads=4),
    Row("threads-8", "churn on 8 threads", "churn", 250_000, high=1024, threads=8),
    Row("scattered", "scattered: 7 of 8 blocks are others'", "scattered", 1_000_000, high=64, low=64),
]


def environment(column):
    """The process's own environment, without what would change a measurement, and the column's."""
    kept = {k: v for k, v in os.environ.items()
            if k not in ("MEMCHECK_OPTIONS", "ASAN_OPTIONS", "LD_PRELOAD")
            and not k.startswith(("MALLOC_", "GLIBC_TUNABLES", "SCUDO_", "EF_"))}
    return {**kept, **column.environment}
