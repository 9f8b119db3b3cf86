"""measure.py - processes of the harness: run, judged, and repeated in rounds."""

import re
import subprocess
import sys
from dataclasses import replace

import plan

WHOLE_BATCHES = ("in-order", "reverse", "shuffled", "other-thread")


class Failure(Exception):
    """A measurement that does not count."""


def fewer(row, column, share):
    """The row's numbers: with a part of its operations, and fewer still where the column is slow."""
    numbers = row.arguments()
    if row.pairs >= 1000:
        numbers["pairs"] = max(int(row.pairs * share) // column.fewer, 1000)
    if column.fewer > 1:
        numbers["warm"] = min(numbers["live"], numbers["pairs"])
    if row.workload in WHOLE_BATCHES:
        numbers["pairs"] = max(numbers["pairs"], numbers["live"])
    return numbers


def tiny(row):
    """The same row, as small as it can be: to see that everything works."""
    live = min(row.live, 500)
    return replace(row, live=live, pairs=min(row.pairs, 2000), warm=live,
                   bytes=min(row.bytes, 1 << 20))


def process(folder, column, program, workload, numbers, more=None):
    """Run it; the finished process."""
    command = [*column.command, f"{folder}/{program}", workload,
               *(f"{k}={v}" for k, v in numbers.items())]
    return subprocess.run(command, env={**plan.environment(column), **(more or {})},
                          capture_output=True, text=True, timeout=1800)


def said(text):
    return {k: int(v) for k, v in re.findall(r"(\w+)=(\d+)(?![\d/])", text)}


def judge(column, row, done):
    """It ended well; MemCheck monitored each block and found nothing; others say nothing at all."""
    def failure(what):
        return Failure(f"{column.key} on {row.key}: {what}\n{done.stderr[-2000:]}")

    if done.returncode != 0:
        raise failure(f"status {done.returncode}")
    if column.program != plan.MEMCHECK:
        if done.stderr.strip():
            raise failure("says something")
        return
    lines = re.findall(r"^memcheck: v=1 .*?\bkind=(\S+)(.*)$", done.stderr, re.MULTILINE)
    expected = {"on", "exit"}
    if row.workload == "outside":
        expected |= {"bad-access", "repeated"}
    if not {"on", "exit"} <= {kind for kind, _ in lines} <= expected:
        raise failure("reports something")
    if re.search(r"untracked|unprotected|drained|lost|failed|unwatched", lines[-1][1]):
        raise failure("did not monitor everything")


def measure(folder, column, row, share, seed):
    """One process, and what it cost for each operation."""
    numbers = fewer(row, column, share)
    done = process(folder, column, column.program, row.workload, {**numbers, "seed": seed})
    judge(column, row, done)
    found = said(done.stdout)
    return {"cpu": found["cpu"] / found["operations"],
            "wall": found["wall"] / found["operations"],
            "peak_kb": found["peak_kb"], "operations": found["operations"]}


def at_work(folder, columns):
    """Each checker notices a planted bug, and the C library does not: so they are what they are
    called. Returns how many were asked."""
    row = plan.Row("planted", "", "planted-behind", 0)
    for column in columns:
        done = process(folder, column, column.program, column.notices or "planted-behind", {})
        noticed = done.returncode != 0 or bool(
            re.search(r"kind=(over|under)run|^==\d+== Invalid write", done.stderr, re.MULTILINE))
        if noticed != bool(column.notices):
            raise Failure(f"{column.key} on {row.key}: the planted bug was "
                          f"{'' if noticed else 'not '}noticed\n{done.stderr[-2000:]}")
    return len(columns)


def rounds(options, columns, rows):
    """results[row][column]: a list of measurements, one of each round."""
    known = {column.key: column for column in [*columns, plan.IGNORING]}
    results = {row.key: {} for row in rows}
    for number in range(options.rounds):
        for row in rows:
            keys = [key for key in known
                    if (key in row.columns if row.columns else key != plan.IGNORING.key)
                    and row.blocks() <= known[key].most_live]
            turn = number % max(len(keys), 1)
            for key in keys[turn:] + keys[:turn]:
                results[row.key].setdefault(key, []).append(
                    measure(options.programs, known[key], row, options.share, 1 + number))
            print(f"round {number + 1} of {options.rounds}: {row.key}", file=sys.stderr)
    return results
