#!/usr/bin/env python3
"""run.py - MemCheck beside its peers, as ratios: measures, and writes what was measured.

Every measurement is a process of its own. A round is every workload with every column once, one
after the other, each row beginning with another column than in the round before; a ratio is that of
two measurements of one round, and what is printed is the median over the rounds.
"""

import argparse
import datetime
import json
import os
import re
import shutil
import subprocess
import sys

import chart
import measure
import plan
import tables
import work

HEADINGS = {
    "ratios": "Processor time for an allocation and its free, as a multiple of the C library's",
    "asan": "The same, as a part of AddressSanitizer's",
    "memory": "Peak memory of the process, as a part of AddressSanitizer's",
    "scaling": "Throughput of several threads, as a multiple of the same column's with one",
    "limits": "What is to be reached",
    "work": "Work that MemCheck did, by its own count",
    "about": "How",
}


def arguments():
    parser = argparse.ArgumentParser(
        prog="run-bench.sh", description="MemCheck beside its peers",
        epilog="Workloads: " + ", ".join(row.key for row in plan.ROWS) + ". Columns: "
        + ", ".join(column.key for column in plan.columns()) + ".")
    parser.add_argument("--rounds", type=int, default=0, help="default: 7, with --quick 3")
    parser.add_argument("--quick", action="store_true", help="a fifth of the operations, no slow "
                        "peers, not 1,000,000 blocks: to look at, not to publish")
    parser.add_argument("--only", metavar="WORKLOADS", help="of these names, with commas")
    parser.add_argument("--columns", metavar="COLUMNS", help="of these names, with commas")
    parser.add_argument("--no-work", action="store_true", help="do not count the work besides")
    parser.add_argument("--out", default="build/bench", help="folder for bench.json, bench.svg")
    parser.add_argument("--publish", action="store_true",
                        help="write the tables into docs/bench.md and README.md, between their "
                        "marks, and the picture to docs/; only of a whole run")
    parser.add_argument("--from", dest="source", metavar="JSON",
                        help="measure nothing: what an earlier run wrote")
    parser.add_argument("--smoke", action="store_true", help=argparse.SUPPRESS)  # bench/test.sh
    parser.add_argument("--programs", default="build/bench", help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.rounds = options.rounds or (1 if options.smoke else 3 if options.quick else 7)
    options.share = 0.2 if options.quick else 1.0
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


def version(*command):
    said = subprocess.run(command, capture_output=True, text=True).stdout
    found = re.search(r"\d+\.\d+(\.\d+)?", said.split("\n", 1)[0].split(")")[-1] or said)
    return found[0] if found else "?"


def about(options):
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        model = re.search(r"^model name\s*:\s*(.*)$", file.read(), re.MULTILINE)
    return {"date": datetime.date.today().isoformat(), "processors": os.cpu_count(),
            "processor": model[1].strip() if model else "?", "rounds": options.rounds,
            "share": options.share, "load": os.getloadavg()[0],
            "versions": [f"gcc {version('gcc', '-dumpfullversion')}",
                         f"glibc {os.confstr('CS_GNU_LIBC_VERSION').split()[-1]}",
                         f"clang {version('clang', '-dumpversion')}",
                         f"Valgrind {version('valgrind', '--version')}"]}


def own_bytes(options, rows):
    """Only with the workloads that they belong to, for they take a while."""
    if options.only and "churn" not in {row.key for row in rows}:
        return {}
    live = 1000 if options.smoke else 100_000 if options.quick else 1_000_000
    return {row.key: work.own_bytes(options.programs, row, live) for row, _ in plan.OWN}


def warn_of_load():
    load = os.getloadavg()[0]
    if load > 0.5:
        print(f"run-bench.sh: the machine is not quiet (load {load:.2f}): look at these figures, "
              "do not publish them", file=sys.stderr)


def measured(options, columns):
    rows = chosen(plan.ROWS, options.only)
    if options.quick and not options.only:
        rows = [row for row in rows if row.live < 1_000_000]
    if options.smoke:
        rows = [measure.tiny(row) for row in rows]
    if (options.quick or options.smoke) and not options.columns:
        columns = [column for column in columns if column.key not in plan.SLOW]
    if options.smoke:
        for column in columns:
            if not plan.present(column):
                print(f"SKIP {column.key}: its library is not installed")
        columns = [column for column in columns if plan.present(column)]
    if not options.smoke:
        warn_of_load()
    data = {"about": about(options), "work": {}, "own": {}, "controls": 0,
            "at_work": measure.at_work(options.programs, columns)}
    if not options.no_work:
        data["controls"] = work.controls(options.programs)
        data["work"] = work.check(options.programs, columns, rows, options.share)
        data["own"] = own_bytes(options, rows)
    data["results"] = measure.rounds(options, columns, rows)
    return data


def publish(parts, picture, data):
    whole = (data["about"]["rounds"] >= 7 and data["about"]["share"] == 1 and data["work"]
             and {row.key for row in plan.ROWS} <= set(data["results"]))
    if not whole:
        sys.exit("run-bench.sh: this was not the whole run: nothing is published")
    for path in ("docs/bench.md", "README.md"):
        print(f"{path}: {tables.put(path, parts)} tables written")
    shutil.copyfile(picture, "docs/bench.svg")


def main():
    options = arguments()
    columns = chosen(plan.columns(), options.columns)
    try:
        if options.source:
            with open(options.source, encoding="utf-8") as file:
                data = json.load(file)
        else:
            data = measured(options, columns)
    except measure.Failure as failure:
        sys.exit(f"run-bench.sh: {failure}")
    parts = tables.sections(data, columns)
    for name, heading in HEADINGS.items():
        if parts[name]:
            print(f"\n{heading}\n\n" + "\n".join(parts[name]))
    os.makedirs(options.out, exist_ok=True)
    if not options.source:
        with open(f"{options.out}/bench.json", "w", encoding="utf-8") as file:
            json.dump(data, file, indent=1)
    picture = f"{options.out}/bench.svg"
    with open(picture, "w", encoding="utf-8") as file:
        file.write(chart.picture(data, columns))
    if options.publish:
        publish(parts, picture, data)


if __name__ == "__main__":
    main()
