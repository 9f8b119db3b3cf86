"""tables.py - what was measured, as tables: for the screen, and between marks in the documents."""

import re
import statistics

import plan


def number(value):
    if value is None:
        return ""
    return f"{value:.2f}" if value < 10 else f"{value:.1f}" if value < 100 else f"{value:.0f}"


def ratios(results, row, column, base, value="cpu"):
    """Of each round, the column's cost as a multiple of the base's; []: it was not measured."""
    above, below = results.get(row, {}).get(column), results.get(row, {}).get(base)
    return [a[value] / b[value] for a, b in zip(above or [], below or [])]


def median(values):
    return statistics.median(values) if values else None


def aligned(rows):
    """Markdown that can be read as it is. Numbers to the right; the first row is the header."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows)]
    lines = ["| " + " | ".join(cell.ljust(w) if i == 0 else cell.rjust(w)
                               for i, (cell, w) in enumerate(zip(row, widths))) + " |"
             for row in rows]
    rule = "| " + " | ".join("-" * w if i == 0 else "-" * (w - 1) + ":"
                             for i, w in enumerate(widths)) + " |"
    return [lines[0], rule, *lines[1:]]


def shown(data, columns):
    return [column for column in columns
            if any(column.key in data["results"].get(row.key, {}) for row in plan.ROWS)]


def rows_of(data, keys=None):
    return [row for row in plan.ROWS if not row.columns and row.key in data["results"]
            and (keys is None or row.key in keys)]


def multiples(data, columns, base, value="cpu", keys=None):
    columns = shown(data, columns)
    rows = [["workload", *(column.title for column in columns)]]
    for row in rows_of(data, keys):
        rows.append([row.title, *(number(median(ratios(data["results"], row.key, column.key, base,
                                                       value))) for column in columns)])
    return aligned(rows)


def scaling(data, columns):
    """Throughput, by wall time, of several threads, as a multiple of the same column's with one."""
    columns = [column for column in shown(data, columns) if column.key not in plan.SLOW]
    rows = [["threads", *(column.title for column in columns)]]
    for row in rows_of(data):
        if row.threads > 1 and "threads-1" in data["results"]:
            cells = []
            for column in columns:
                alone = data["results"]["threads-1"].get(column.key, [])
                many = data["results"][row.key].get(column.key, [])
                cells.append(number(median([a["wall"] / b["wall"] for a, b in zip(alone, many)])))
            rows.append([str(row.threads), *cells])
    return aligned(rows) if len(rows) > 1 else []


def limits(data):
    """What is to be reached, with what was measured: median, and the rounds' least and most."""
    rows = [["to reach", "bound", "measured", "least to most", "reached"]]
    for limit in plan.LIMITS:
        values = limit_values(data["results"], limit)
        if values:
            rows.append([limit.title, *limit_cells(limit.bound, limit.least, values)])
    for row, bound in plan.OWN:
        if row.key in data["own"]:
            rows.append([row.title, *limit_cells(bound, False, [data["own"][row.key]])])
    return aligned(rows) if len(rows) > 1 else []


def limit_values(results, limit):
    count = max((len(v) for row in results.values() for v in row.values()), default=0)
    try:
        return [limit.part(lambda row, column, i=i: results[row][column][i]) for i in range(count)]
    except (KeyError, IndexError):
        return []


def reached(bound, least, value):
    return value >= bound if least else value <= bound


def limit_cells(bound, least, values):
    value = median(values)
    span = f"{number(min(values))} to {number(max(values))}" if len(values) > 1 else ""
    if bound is None:
        return ["", number(value), span, ""]
    word = "at least" if least else "at most"
    return [f"{word} {bound:g}", number(value), span,
            "yes" if reached(bound, least, value) else "no"]


def work(data, columns):
    """What MemCheck did for each allocation and its free, on the mixed churn."""
    counted = data["work"].get("churn")
    if not counted:
        return []
    rows = [["bytes for each pair, on the churn", *(column.title for column in columns
                                                    if column.key in counted)]]
    for name, title in (("guard_written", "guard bytes written"),
                        ("guard_verified", "guard bytes verified"),
                        ("fill_written", "fill written"), ("fill_verified", "fill verified"),
                        ("stacks", "stacks taken"), ("frames", "frames in them"),
                        ("looks", "looks of the patrol")):
        rows.append([title, *(number(counted[column.key][name] / counted[column.key]["pairs"])
                              for column in columns if column.key in counted)])
    return aligned(rows)


def about(data, columns):
    host = data["about"]
    fewer = [f"{column.title} with one {column.fewer}th of the operations"
             for column in shown(data, columns) if column.fewer > 1]
    lines = [f"Measured on {host['date']}, {host['processors']} x {host['processor']}; "
             + ", ".join(host["versions"]) + f"; medians of {host['rounds']} rounds"
             + ("" if host["share"] == 1 else f", with {host['share']:g} of the operations") + ".",
             f"Load of the machine at the start: {host['load']:.2f}"
             + (", so it was not quiet." if host["load"] > 0.5 else ".")]
    if fewer:
        lines.append("Slow ones do less: " + ", ".join(fewer) + ".")
    if data["work"]:
        runs = sum(len(row) for row in data["work"].values())
        lines.append(f"The work was counted in {runs} runs, of each MemCheck column on each "
                     "workload, and was exactly what their operations require; of "
                     f"{data['controls']} runs in which something was left out on purpose each was "
                     f"caught. Of {data['at_work']} columns each but the C library noticed a "
                     "planted bug.")
    return lines


README_ROWS = ("churn", "live-1000000", "small", "threads-2", "scattered")


def sections(data, columns):
    """{name: lines}, for the screen and for the documents."""
    return {
        "ratios": multiples(data, columns, "raw"),
        "asan": multiples(data, columns, "asan"),
        "memory": multiples(data, columns, "asan", "peak_kb"),
        "scaling": scaling(data, columns),
        "limits": limits(data),
        "work": work(data, columns),
        "about": about(data, columns),
        "summary": multiples(data, columns, "raw", keys=README_ROWS),
    }


def put(path, parts):
    """Replace what stands between <!-- bench:NAME --> and <!-- bench:end -->. Returns how often."""
    with open(path, encoding="utf-8") as file:
        text = file.read()

    def between(match):
        lines = parts.get(match[1])
        if lines is None:
            raise KeyError(f"{path}: there is no section {match[1]}")
        return f"<!-- bench:{match[1]} -->\n" + "\n".join(lines) + "\n<!-- bench:end -->"

    text, count = re.subn(r"<!-- bench:(\w+) -->\n.*?<!-- bench:end -->", between, text,
                          flags=re.DOTALL)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return count
