"""plan.py - what is measured: the columns, the workloads, and what MemCheck is to reach."""

import glob
import os
import subprocess
from dataclasses import dataclass, field
from typing import Callable

MEMCHECK = "bench-memcheck"


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
    notices: str = "planted-behind"  # the bug by which it is seen to be at work; "": it looks for none


@dataclass(frozen=True)
class Row:
    """A workload with its numbers. columns: of these alone; then it is no row of the tables, but a
    part of what is to be reached."""

    key: str
    title: str
    workload: str
    pairs: int
    live: int = 10000
    low: int = 16
    high: int = 4096
    threads: int = 1
    bytes: int = 0
    warm: int = -1
    columns: tuple = ()
    others: int = 0  # blocks of others beside each of ours

    def blocks(self):
        """As many as there are at a time."""
        return self.live * self.threads * (1 + self.others)

    def arguments(self):
        """warm: pairs before the clock, until AddressSanitizer's quarantine of 256 MB is full."""
        warm = self.warm
        if warm < 0:
            warm = max(self.live, min((300 << 20) // ((self.low + self.high) // 2), 4_000_000))
        return {"pairs": self.pairs, "live": self.live, "low": self.low, "high": self.high,
                "threads": self.threads, "bytes": self.bytes, "warm": warm}


def memcheck(key, title, options):
    return Column(key, title, MEMCHECK, {"MEMCHECK_OPTIONS": options})


def preload(key, title, path, more=None, **others):
    return Column(key, title, "bench-raw", {"LD_PRELOAD": path, **(more or {})}, **others)


def scudo():
    name = "libclang_rt.scudo_standalone-x86_64.so"
    said = subprocess.run(["clang", "-print-file-name=" + name], capture_output=True, text=True)
    return said.stdout.strip() or name


def electric_fence():
    found = sorted(glob.glob("/usr/lib/libefence.so.0") + glob.glob("/usr/lib/*/libefence.so.0"))
    return found[0] if found else "libefence.so.0"


def columns():
    """Those of the tables, in their order. The first is what the others are multiples of."""
    return [
        Column("raw", "C library", "bench-raw", notices=""),
        memcheck("default", "MemCheck", "stacks=0"),
        memcheck("stacks", "with stacks", "stacks=8"),
        memcheck("nofill", "no fill", "stacks=0,fill=0"),
        memcheck("full", "fill=full", "stacks=0,fill=1048576"),
        Column("asan", "AddressSanitizer", "bench-asan", {"ASAN_OPTIONS": "detect_leaks=0"}),
        preload("scudo", "Scudo", scudo(), notices="planted-before"),
        preload("glibc", "glibc checking", "libc_malloc_debug.so.0", {"MALLOC_CHECK_": "3"}),
        preload("efence", "Electric Fence", electric_fence(), {"EF_DISABLE_BANNER": "1"},
                fewer=500, most_live=20_000),
        Column("valgrind", "Valgrind", "bench-raw", command=("valgrind", "-q"), fewer=20),
    ]


# Only in rows that name it: no report is wanted of what MEM_VALID_ACCESS finds.
IGNORING = memcheck("ignoring", "MemCheck, bad-access:ignore",
                    'stacks=0,on="bad-access:ignore"')

SLOW = ("efence", "valgrind")  # left out by --quick

ROWS = [
    Row("churn", "mixed churn, 10,000 live", "churn", 1_000_000),
    Row("live-1000", "mixed churn, 1,000 live", "churn", 1_000_000, live=1000),
    Row("live-100000", "mixed churn, 100,000 live", "churn", 500_000, live=100_000),
    Row("live-1000000", "mixed churn, 1,000,000 live", "churn", 500_000, live=1_000_000),
    Row("small", "small only, 16 to 128 bytes", "churn", 1_000_000, high=128),
    Row("large", "large only, 4 to 64 KB", "churn", 200_000, low=4096, high=65536, live=1000),
    Row("batch-order", "batch, freed in order", "in-order", 1_000_000),
    Row("batch-reverse", "batch, freed in reverse", "reverse", 1_000_000),
    Row("batch-random", "batch, freed at random", "shuffled", 1_000_000),
    Row("other-thread", "freed on another thread", "other-thread", 1_000_000),
    # The C library takes no locks in a process that has one thread: no pool can, so one of several
    # is what more are compared with.
    Row("threads-1", "mixed churn on 1 thread of two", "threads", 500_000),
    Row("threads-2", "mixed churn on 2 threads", "threads", 500_000, threads=2),
    Row("threads-4", "mixed churn on 4 threads", "threads", 250_000, threads=4),
    Row("threads-8", "mixed churn on 8 threads", "threads", 125_000, threads=8),
    Row("scattered", "scattered, 1 block of 8 is ours", "scattered", 1_000_000, low=64, high=64,
        others=7),
    # What is to be reached, beyond that.
    Row("reads", "reads that wait for each other, in 100 MB", "reads", 2_000_000,
        bytes=100_000_000, warm=100_000, columns=("raw",)),
    Row("inside", "MEM_VALID_ACCESS inside, 1,000,000 live", "inside", 500_000, live=1_000_000,
        columns=("default",)),
    Row("outside-1000", "MEM_VALID_ACCESS outside, 1,000 live", "outside", 500_000, live=1000,
        columns=("default", "ignoring")),
    Row("outside-1000000", "MEM_VALID_ACCESS outside, 1,000,000 live", "outside", 500_000,
        live=1_000_000, columns=("default", "ignoring")),
    Row("quiet-1000", "MEM_HANDED_OVER outside, 1,000 live", "outside-quiet", 500_000, live=1000,
        columns=("default",)),
    Row("quiet-1000000", "MEM_HANDED_OVER outside, 1,000,000 live", "outside-quiet", 500_000,
        live=1_000_000, columns=("default",)),
    Row("check", "MEM_CHECK, 1,000,000 live", "check", 3, live=1_000_000, columns=("default",)),
    Row("guards", "a loop over the same guard bytes", "guards", 3, live=1_000_000,
        columns=("default",)),
]


@dataclass(frozen=True)
class Limit:
    """A number that MemCheck is to reach. part: of a round, given m(row, column), which is that
    round's measurement. bound: None where it is only published."""

    key: str
    title: str
    bound: float | None
    part: Callable
    least: bool = False  # the bound is a lower one


def cpu_ratio(row, column, base_row, base_column, times=1):
    return lambda m: m(row, column)["cpu"] / (m(base_row, base_column)["cpu"] * times)


def growth(m):
    return (m("live-1000000", "default")["cpu"] / m("live-1000000", "raw")["cpu"]) / (
        m("live-1000", "default")["cpu"] / m("live-1000", "raw")["cpu"])


def scaling(column):
    return lambda m: m("threads-1", column)["wall"] / m("threads-2", column)["wall"]


READ = ("reads", "raw")
PAIR = ("live-1000", "raw")
LIMITS = [
    Limit("asan", "churn: time, over AddressSanitizer's", 0.40,
          cpu_ratio("churn", "default", "churn", "asan")),
    Limit("asan-stacks", "... with stacks of 8 frames", 0.60,
          cpu_ratio("churn", "stacks", "churn", "asan")),
    Limit("asan-nofill", "... with fills off", 0.28,
          cpu_ratio("churn", "nofill", "churn", "asan")),
    Limit("asan-full", "... with fill=full", None, cpu_ratio("churn", "full", "churn", "asan")),
    Limit("growth", "churn: multiple of the C library with 1,000,000 live, over that with 1,000",
          1.0, growth),
    Limit("scaling", "churn: throughput of 2 threads, over that of one", 1.8, scaling("default"),
          least=True),
    Limit("scaling-raw", "... of the C library", None, scaling("raw"), least=True),
    Limit("inside", "MEM_VALID_ACCESS in a block, 1,000,000 live, over 4 dependent reads", 1.0,
          cpu_ratio("inside", "default", *READ, 4)),
    Limit("outside-1000", "MEM_VALID_ACCESS in no block, 1,000 live, over a C library's pair", 0.5,
          cpu_ratio("outside-1000", "ignoring", *PAIR)),
    Limit("outside-1000-told", "... with the report", None,
          cpu_ratio("outside-1000", "default", *PAIR)),
    Limit("outside-1000-quiet", "... the look-up alone", None,
          cpu_ratio("quiet-1000", "default", *PAIR)),
    Limit("outside-1000000", "MEM_VALID_ACCESS in no block, 1,000,000 live, over 2 dependent reads",
          1.0, cpu_ratio("outside-1000000", "ignoring", *READ, 2)),
    Limit("outside-1000000-told", "... with the report", None,
          cpu_ratio("outside-1000000", "default", *READ, 2)),
    Limit("outside-1000000-quiet", "... the look-up alone", None,
          cpu_ratio("quiet-1000000", "default", *READ, 2)),
    Limit("check", "MEM_CHECK of 1,000,000, over a loop that reads the same guard bytes", 2.5,
          cpu_ratio("check", "default", "guards", "default")),
    Limit("memory", "churn: peak memory, over AddressSanitizer's", 0.1,
          lambda m: m("churn", "default")["peak_kb"] / m("churn", "asan")["peak_kb"]),
    Limit("memory-raw", "... of the C library", None,
          lambda m: m("churn", "raw")["peak_kb"] / m("churn", "asan")["peak_kb"]),
]

# MemCheck's own bytes for each block of 64: counted once, not timed.
OWN = [
    (Row("own-dense", "own bytes for each block of 64, redzones aside, dense", "churn", 1,
         live=1_000_000, low=64, high=64, warm=0), 120),
    (Row("own-scattered", "own bytes for each block of 64, redzones aside, scattered", "scattered",
         1, live=1_000_000, low=64, high=64, warm=0), 130),
]


def present(column):
    """Is the library there that it preloads? (The C library's own always is.)"""
    path = column.environment.get("LD_PRELOAD", "/")
    return os.path.isabs(path) or path.startswith("libc_")


def environment(column):
    """The process's own environment, without what would change a measurement, and the column's."""
    kept = {k: v for k, v in os.environ.items()
            if k not in ("MEMCHECK_OPTIONS", "ASAN_OPTIONS", "LD_PRELOAD")
            and not k.startswith(("MALLOC_", "GLIBC_TUNABLES", "SCUDO_", "EF_"))}
    return {**kept, **column.environment}
