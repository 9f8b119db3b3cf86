#!/usr/bin/env python3
"""judge.py LOGS [--exit] [--table] [PROGRAM:PROCESSES:REQUESTS]... - was it in charge, and silent?

LOGS is a folder with a file for each process, as library/beneath.c writes them. Each process must
have begun and ended under the library, its numbers must add up, everything must have been looked
at, and nothing found. Of each PROGRAM named at least so many processes with so many monitored
requests in all. --exit: each has come through MEM_CHECK_EXIT too, whose leaks are the live blocks.
--table prints what was counted. Exit status 0: all of it holds.
"""

import os
import re
import sys

FIELD = re.compile(r"([a-z-]+)=(\S*)")


def fields(line):
    found = dict(FIELD.findall(line))
    return {key: int(value) if value.lstrip("-").isdigit() else value
            for key, value in found.items()}


def numbers_wrong(end):
    """What does not add up in the last line of a process."""
    n = end.get
    live = n("monitored") - (n("frees") - n("foreign"))
    handed = n("monitored") + n("untracked") + n("refused")
    rules = [
        ("something was found: reports", n("reports") + n("repeated") + n("reports-lost"), 0),
        ("damaged blocks", n("damaged"), 0),
        ("invalid records", n("broken"), 0),
        ("unprotected blocks", n("unprotected"), 0),
        ("requests not watched", n("unwatched"), 0),
        ("nested calls lost", n("lost"), 0),
        ("requests that are monitored, untracked or refused", handed, n("requests")),
        ("untracked, but not for their alignment", n("untracked"), n("aligned")),
        ("live blocks, by what was allocated and freed", n("live"), live),
        ("blocks looked at by the check", n("looked"), n("live") + n("held")),
        ("requests of 0 bytes, and requests found odd", n("ignored"), n("zero")),
        ("the damage made on purpose", n("canary"), "found"),
        ("the index", n("index"), "valid"),
    ]
    wrong = ["%s: %s, not %s" % rule for rule in rules if rule[1] != rule[2]]
    if n("foreign") > n("early") + n("nested") + n("aligned"):
        wrong.append("foreign frees: %d, more than there are such blocks" % n("foreign"))
    return wrong


def judge_process(name, lines, exits, totals):
    """One file of the log: a process, which may have become another program, or have forked off."""
    wrong, last, ended = [], None, False
    for line in lines:
        if line.startswith("memcheck: "):
            said = fields(line)
            if said.get("kind") not in NOTICES:
                wrong.append(line)
            elif said["kind"] == "leaks" and last and said["buffers"] != last.get("live"):
                wrong.append("leaks: %s, of %s live blocks" % (said["buffers"], last.get("live")))
            ended = ended or said["kind"] == "exit"
        if not line.startswith("programs: "):
            continue
        last = fields(line)
        if line.startswith("programs: start"):
            if last["on"] != 1:
                wrong.append("MemCheck is not on in %s" % last["program"])
        elif "requests" in last:
            wrong += ["%s: %s" % (last["program"], text) for text in numbers_wrong(last)]
            total = totals.setdefault(last["program"], dict.fromkeys(COLUMNS, 0))
            total["processes"] += 1
            for key in COLUMNS[1:]:
                total[key] += last[key]
            total["monitored"] -= last["inherited"]
        else:
            wrong.append(line)
    if last is None or "how" not in last:
        wrong.append("has no end: killed, or ended past the library")
    if exits and not ended:
        wrong.append("has not come through MEM_CHECK_EXIT")
    return ["process %s: %s" % (name, text) for text in wrong]


# Lines for programs that are no finding.
NOTICES = ("on", "checked", "leaks", "exit", "tag", "site", "statistics")

COLUMNS = ["processes", "requests", "frees", "monitored", "untracked", "unprotected", "early",
           "nested", "live", "held", "looked"]


def main(arguments):
    table, exits = "--table" in arguments, "--exit" in arguments
    logs, *wanted = [argument for argument in arguments if not argument.startswith("--")]
    wrong, totals = [], {}
    for name in sorted(os.listdir(logs)):
        with open(os.path.join(logs, name), encoding="utf-8", errors="replace") as log:
            wrong += judge_process(name, log.read().splitlines(), exits, totals)
    for want in wanted:
        program, processes, requests = want.split(":")
        total = totals.get(program, dict.fromkeys(COLUMNS, 0))
        if total["processes"] < int(processes) or total["monitored"] < int(requests):
            wrong.append("%s: %d processes with %d monitored requests; wanted %s with %s" % (
                program, total["processes"], total["monitored"], processes, requests))
    if table:
        print("%-16s" % "" + "".join("%12s" % column for column in COLUMNS))
        for program, total in sorted(totals.items(), key=lambda item: -item[1]["requests"]):
            print("%-16s" % program + "".join("%12d" % total[column] for column in COLUMNS))
    for text in wrong[:40]:
        print(text)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
