#!/usr/bin/env python3
"""run.py - MemCheck beside its peers, as ratios: measures, and writes what was measured.

Every measurement is a process of its own. A round is every workload with every column once, one
after the other, each row beginning with another column than in the round before; a ratio is that of
two measurements of one round, and what is printed is the median over the rounds.
"""

import argparse
import json
import re
import statistics
import subprocess
import sys

import plan


class Failure(Exception):
    """A measurement that does not count."""


def measure(folder, column, row, share, seed):
    """One process: what it printed, as numbers. share: part of the row's operations to do."""
    pairs = max(int(row.pairs * share) // column.fewer, 1000)
    warm = row.warm() if column.fewer == 1 else min(row.live, pairs)
    if row.workload in ("in-order", "reverse", "shuffled", "other-thread"):
        pairs = max(pairs, row.live)
    arguments = {"live": row.live, "pairs": pairs, "warm": warm, "low": row.low, "high": row.high,
                 "threads": row.threads, "seed": seed}
    command = [*column.command, f"{folder}/{column.program}", row.workload,
               *(f"{k}={v}" for k, v in arguments.items())]
    done = subprocess.run(command, env=plan.environment(column), capture_output=True, text=True,
                          timeout=900)
    if done.returncode != 0:
        raise Failure(f"{column.key} on {row.key}: status {done.returncode}\n{done.stderr[-2000:]}")
    said = {k: int(v) for k, v in re.findall(r"(\w+)=(\d+)", done.stdout)}
    judge_output(column, row, done.stderr)
    return {"cpu": said["cpu"] / said["operations"], "wall": said["wall"] / said["operations"],
            "peak_kb": said["peak_kb"], "operations": said["operations"]}


def judge_output(column, row, text):
    """MemCheck must have monitored each block and found nothing; the others say nothing at all."""
    if column.program != "bench-memcheck":
        if text.strip():
            raise Failure(f"{column.key} on {row.key} says:\n{text[-2000:]}")
        return
    kinds = re.findall(r"^memcheck: v=1 .*?kind=(\S+)(.*)$", text, re.MULTILINE)
    if [kind for kind, _ in kinds] != ["on", "exit"]:
        raise Failure(f"{column.key} on {row.key} reports:\n{text[-2000:]}")
    if re.search(r"untracked|unprotected|drained|lost|failed", kinds[1][1]):
        raise Failure(f"{column.key} on {row.key} did not monitor everything:\n{text[-2000:]}")


def run_rounds(options, columns, rows):
    """results[row][column]: a list of measurements, one for each round."""
    results = {row.key: {column.key: [] for column in columns} for row in rows}
    for number in range(options.rounds):
        for row in rows:
            turn = number % len(columns)
            for column in columns[turn:] + columns[:turn]:
                if row.live > column.most_live:
                    continue
                results[row.key][column.key].append(
                    measure(options.programs, column, row, 0.2 if options.quick else 1.0,
                            1 + number))
            print(f"round {number + 1} of {options.rounds}: {row.key}", file=sys.stderr)
    return results


def ratio(results, row, column, base, value="cpu"):
    """Median of the rounds' ratios; None: it was not measured."""
    above, below = results[row].get(column), results[row].get(base)
    if not above or not below:
        return None
    return statistics.median(a[value] / b[value] for a, b in zip(above, below))


def table(results, columns, rows, base, value="cpu"):
    """Lines of a table: what each column costs, as a multiple of the column base."""
    lines = ["| workload | " + " | ".join(c.title for c in columns) + " |",
             "| --- |" + " ---: |" * len(columns)]
    for row in rows:
        cells = []
        for column in columns:
            number = ratio(results, row.key, column.key, base, value)
            cells.append("" if number is None else f"{number:.2f}")
        lines.append(f"| {row.title} | " + " | ".join(cells) + " |")
    return lines


def arguments():
    parser = argparse.ArgumentParser(prog="run-bench.sh", description="MemCheck beside its peers")
    parser.add_argument("--rounds", type=int, default=0, help="default: 7, with --quick 3")
    parser.add_argument("--quick", action="store_true",
                        help="a fifth of the operations, no slow peers: to look, not to publish")
    parser.add_argument("--only", metavar="WORKLOADS", help="of these names, with commas")
    parser.add_argument("--columns", metavar="COLUMNS", help="of these names, with commas")
    parser.add_argument("--out", default="build/bench", help="folder for bench.json, bench.svg")
    parser.add_argument("--programs", default="build/bench", help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.rounds = options.rounds or (3 if options.quick else 7)
    return options


def chosen(things, names):
    """Those with these keys, all when no names are given."""
    if not names:
        return list(things)
    wanted = names.split(",")
    unknown = set(wanted) - {thing.key for thing in things}
    if unknown:
        sys.exit(f"run-bench.sh: unknown: {', '.join(sorted(unknown))}; there are: "
                 + ", ".join(thing.key for thing in things))
    return [thing for thing in things if thing.key in wanted]


def main():
    options = arguments()
    columns = chosen(plan.columns(), options.columns)
    if options.quick and not options.columns:
        columns = [column for column in columns if column.key not in plan.SLOW]
    rows = chosen(plan.ROWS, options.only)
    try:
        results = run_rounds(options, columns, rows)
    except Failure as failure:
        sys.exit(f"run-bench.sh: {failure}")
    for base in ("raw", "asan"):
        if base in {column.key for column in columns}:
            print(f"\nprocessor time, as a multiple of {base}:")
            print("\n".join(table(results, columns, rows, base)))
    print("\npeak memory, as a multiple of asan:")
    print("\n".join(table(results, columns, rows, "asan", "peak_kb")))
    with open(f"{options.out}/bench.json", "w", encoding="utf-8") as file:
        json.dump(results, file, indent=1)


if __name__ == "__main__":
    main()
