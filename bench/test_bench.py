"""test_bench.py - what the harness makes of invented measurements; no time is measured."""

import subprocess
import tempfile
import unittest
import xml.dom.minidom

import chart
import measure
import plan
import tables

ON = "memcheck: v=1 drv=bench kind=on redzone=16\n"
EXIT = "memcheck: v=1 drv=bench kind=exit allocations=7{}\n"


def ended(status=0, said=""):
    return subprocess.CompletedProcess([], status, "", said)


def invented(rows, rounds=3):
    """results in which each column costs what rows says, times the number of the round."""
    return {row: {column: [{"cpu": cost * (1 + r), "wall": cost * (1 + r), "peak_kb": cost}
                           for r in range(rounds)]
                  for column, cost in cells.items()} for row, cells in rows.items()}


def data(results):
    return {"results": results, "work": {}, "own": {"own-dense": 119.0, "own-scattered": 131.0},
            "controls": 0, "at_work": 0,
            "about": {"date": "2026-01-01", "processors": 2, "processor": "x", "versions": [],
                      "rounds": 3, "share": 1, "load": 0.0}}


class Judge(unittest.TestCase):
    row = plan.ROWS[0]
    ours = plan.memcheck("default", "", "")
    peer = plan.Column("peer", "", "bench-raw")

    def test_a_quiet_run_counts(self):
        measure.judge(self.ours, self.row, ended(0, ON + EXIT.format("")))
        measure.judge(self.peer, self.row, ended())

    def refused(self, what, column, done, row=None):
        with self.assertRaisesRegex(measure.Failure, what):
            measure.judge(column, row or self.row, done)

    def test_what_fails_does_not_count(self):
        self.refused("status 2", self.ours, ended(2, ON))

    def test_a_finding_does_not_count(self):
        finding = "memcheck: v=1 drv=bench n=1 kind=overrun sure=yes\n"
        self.refused("reports", self.ours, ended(0, ON + finding + EXIT.format("")))

    def test_memcheck_that_is_off_does_not_count(self):
        self.refused("reports", self.ours, ended(0, ""))

    def test_blocks_past_memcheck_do_not_count(self):
        for word in ("untracked=1", "unprotected=3", "unwatched=2", "stacks_lost=1"):
            self.refused("monitor", self.ours, ended(0, ON + EXIT.format(" " + word)))

    def test_a_peer_that_says_something_does_not_count(self):
        self.refused("says", self.peer, ended(0, "ERROR: ld.so: cannot be preloaded: ignored.\n"))

    def test_reports_are_expected_where_they_are_measured(self):
        outside = next(row for row in plan.ROWS if row.workload == "outside")
        told = "memcheck: v=1 drv=bench n=1 kind=bad-access sure=yes\n"
        measure.judge(self.ours, outside, ended(0, ON + told + EXIT.format("")))


class Tables(unittest.TestCase):
    def test_ratios_are_of_one_round(self):
        results = invented({"churn": {"raw": 10, "default": 35}})
        self.assertEqual(tables.ratios(results, "churn", "default", "raw"), [3.5] * 3)
        self.assertEqual(tables.ratios(results, "churn", "asan", "raw"), [])

    def test_limits_say_reached_or_not(self):
        results = invented({"churn": {"raw": 10, "default": 39, "stacks": 61, "asan": 100},
                            "threads-1": {"default": 39, "raw": 10},
                            "threads-2": {"default": 21, "raw": 5}})
        lines = {line.split("|")[1].strip(): line.split("|")[-2].strip()
                 for line in tables.limits(data(results))[2:]}
        self.assertEqual(lines["churn: time, over AddressSanitizer's"], "yes")
        self.assertEqual(lines["... with stacks of 8 frames"], "no")
        self.assertEqual(lines["churn: throughput of 2 threads, over that of one"], "yes")
        self.assertEqual(lines[plan.OWN[0][0].title], "yes")
        self.assertEqual(lines[plan.OWN[1][0].title], "no")

    def test_tables_go_between_the_marks(self):
        with tempfile.NamedTemporaryFile("w+", suffix=".md") as file:
            file.write("a\n<!-- bench:work -->\nold\n<!-- bench:end -->\nb\n")
            file.flush()
            self.assertEqual(tables.put(file.name, {"work": ["new"]}), 1)
            file.seek(0)
            self.assertEqual(file.read(),
                             "a\n<!-- bench:work -->\nnew\n<!-- bench:end -->\nb\n")
            with self.assertRaises(KeyError):
                tables.put(file.name, {"other": []})

    def test_the_picture_has_each_row_and_column(self):
        keys = [column.key for column in plan.columns()]
        results = invented({row.key: {key: 10 + i for i, key in enumerate(keys)}
                            for row in plan.ROWS if not row.columns})
        picture = chart.picture(data(results), plan.columns())
        xml.dom.minidom.parseString(picture)
        for row in plan.ROWS:
            self.assertEqual(row.title in picture, not row.columns, row.title)
        for column in plan.columns():
            self.assertIn(chart.title(column), picture)


if __name__ == "__main__":
    unittest.main()
