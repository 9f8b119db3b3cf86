"""work.py - no column does less than it should: the work counted, beside what the operations need.

MemCheck is built once more so that it counts what it writes and verifies (src/platform/work.h), and
the harness works out from sizes and options alone what that must come to (bench/required.c). Every
MemCheck column goes through every workload so, with the operations and the seed of the first round.
"""

import re
import sys
from dataclasses import replace

import measure
import plan

CHURNS = ("churn", "threads")  # in which freed blocks are always held back
COUNTED = ("guard_written", "guard_verified", "fill_written", "fill_verified", "stacks", "frames")

# What is left out on purpose, the columns' options being what is required, and what must show it.
CONTROLS = [
    ("half the fill", "stacks=0,fill=256", "stacks=0", "fill_written"),
    ("no quarantine", "stacks=0,no-double-frees", "stacks=0", "guard_verified"),
    ("a quarantine that verifies late", "stacks=0,quarantine=64m,quarantine-blocks=100000", "stacks=0",
     "fill_held"),
    ("stacks of half the frames", "stacks=4", "stacks=8", "frames"),
    ("no stacks", "stacks=0", "stacks=8", "stacks"),
    ("every other patrol", "stacks=0,patrol-every=32", "stacks=0", "looks"),
    ("blocks not watched", "stacks=0,skip-tags=\"Bnch\"", "stacks=0", "guard_written"),
]


def count(folder, row, share, options, required):
    """One process of the build that counts: {name: (done, required)}, and what else it says."""
    column = plan.memcheck("count", "", options)
    done = measure.process(folder, column, "bench-count", row.workload,
                           {**measure.fewer(row, column, share), "seed": 1},
                           {"BENCH_REQUIRED_OPTIONS": required})
    if done.returncode != 0:
        raise measure.Failure(f"counting on {row.key}: status {done.returncode}\n{done.stderr}")
    pairs = {name: (int(a), int(b))
             for name, a, b in re.findall(r"(\w+)=(\d+)/(\d+)", done.stdout)}
    return pairs, measure.said(done.stdout)


def wrong(row, share, pairs, more):
    """What does not agree, by name."""
    found = [name for name in COUNTED if pairs[name][0] != pairs[name][1]]
    if more["own_kept"] != 0:
        found.append("own_kept")
    if not held_right(row, pairs, more["fill_held"]):
        found.append("fill_held")
    return found + patrol_wrong(row, share, more)


def held_right(row, pairs, held):
    """In the middle of a churn something is held back, and never more than a quarantine of 1 MB."""
    filled = pairs["fill_written"][1] != 0
    return held <= 1 << 20 and (held > 0 or not filled or row.workload not in CHURNS)


def patrol_wrong(row, share, more):
    """A look with every sixteenth operation; one that finds nothing but spare records near its
    place goes without, so in a churn, where there are few, nearly all find a block."""
    every = 16
    if row.threads > 1 or row.workload == "other-thread":
        return [] if more["looks"] == 0 else ["looks"]  # counted without the patrol
    operations = 2 * more["pairs"]
    least = 0
    if row.workload in (*CHURNS, "scattered"):
        numbers = measure.fewer(row, plan.IGNORING, share)
        least = 0.9 * 2 * (numbers["pairs"] + numbers["warm"]) / every
    return [] if least <= more["looks"] <= operations / every else ["looks"]


def quiet(row, options):
    """Where threads run beside each other, a block may change between a look's judgement here and
    its verification there: then the patrol is off."""
    alone = row.threads == 1 and row.workload != "other-thread"
    return options if alone else options + ",patrol=0"


def check(folder, columns, rows, share):
    """{row: {column: counted}}; a Failure, if anything differs."""
    counted = {}
    for row in rows:
        for column in columns:
            if column.program != plan.MEMCHECK or row.columns:
                continue
            options = column.environment["MEMCHECK_OPTIONS"]
            pairs, more = count(folder, row, share, quiet(row, options), options)
            found = wrong(row, share, pairs, more)
            if found:
                raise measure.Failure(
                    f"{column.key} on {row.key} did not do what is required: "
                    + ", ".join(f"{name} {pairs.get(name, more.get(name))}" for name in found))
            counted.setdefault(row.key, {})[column.key] = {
                "pairs": more["pairs"], "looks": more["looks"],
                **{name: pairs[name][0] for name in COUNTED}}
        if row.key in counted:
            print(f"work: {row.key}: as required", file=sys.stderr)
    return counted


def controls(folder):
    """Each thing left out on purpose is seen. Returns how many."""
    row = replace(measure.tiny(plan.ROWS[0]), pairs=5000)
    for name, options, required, shows in CONTROLS:
        pairs, more = count(folder, row, 1.0, options, required)
        if shows not in wrong(row, 1.0, pairs, more):
            raise measure.Failure(f"control: {name} was not seen by {shows}")
    return len(CONTROLS)


def own_bytes(folder, row, live):
    """MemCheck's own bytes for each block, of so many."""
    small = replace(row, live=live)
    column = plan.memcheck("count", "", "stacks=0")
    done = measure.process(folder, column, "bench-count", small.workload,
                           {**small.arguments(), "seed": 1})
    if done.returncode != 0:
        raise measure.Failure(f"{row.key}: status {done.returncode}\n{done.stderr}")
    return measure.said(done.stdout)["own"] / live
