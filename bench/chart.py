"""chart.py - the picture: costs on a logarithmic axis, and what matters most in two small charts."""

import math
from html import escape

import plan
import tables

WIDTH = 1080
LEFT = 230  # where axes begin
RIGHT = 30
ROW = 32
FONT = "font-family='Segoe UI, Helvetica, Arial, DejaVu Sans, sans-serif'"
INK, DIM, GRID = "#222222", "#666666", "#dddddd"

# Colour and mark of each column; MemCheck's are the blue ones, round, filled.
STYLES = {
    "raw": ("#444444", "tick"),
    "default": ("#08519c", "dot"),
    "stacks": ("#6baed6", "dot"),
    "nofill": ("#3182bd", "ring"),
    "full": ("#08306b", "square"),
    "asan": ("#d55e00", "diamond"),
    "scudo": ("#009e73", "cross"),
    "glibc": ("#cc79a7", "triangle"),
    "efence": ("#b8860b", "square"),
    "valgrind": ("#7b3294", "triangle"),
}


def title(column):
    """As a legend has it, where no other column stands beside it."""
    return "MemCheck, " + column.title if column.key in ("stacks", "nofill", "full") else column.title


def text(x, y, words, size=13, anchor="start", colour=INK, weight="normal"):
    return (f"<text x='{x:.1f}' y='{y:.1f}' font-size='{size}' text-anchor='{anchor}' "
            f"fill='{colour}' font-weight='{weight}'>{escape(words)}</text>")


def line(x1, y1, x2, y2, colour=GRID, width=1.0, more=""):
    return (f"<line x1='{x1:.1f}' y1='{y1:.1f}' x2='{x2:.1f}' y2='{y2:.1f}' stroke='{colour}' "
            f"stroke-width='{width}' {more}/>")


def mark(key, x, y, size=5.0):
    """One point, in its column's colour and shape."""
    colour, shape = STYLES[key]
    fill, edge = f"fill='{colour}'", f"stroke='{colour}' stroke-width='2'"
    if shape == "dot":
        return f"<circle cx='{x:.1f}' cy='{y:.1f}' r='{size}' {fill}/>"
    if shape == "ring":
        return f"<circle cx='{x:.1f}' cy='{y:.1f}' r='{size - 1}' fill='#ffffff' {edge}/>"
    if shape == "tick":
        return line(x, y - 7, x, y + 7, colour, 3)
    if shape == "cross":
        return (line(x - 4, y - 4, x + 4, y + 4, colour, 2.5)
                + line(x - 4, y + 4, x + 4, y - 4, colour, 2.5))
    corners = {
        "square": [(-1, -1), (1, -1), (1, 1), (-1, 1)],
        "diamond": [(0, -1.4), (1.4, 0), (0, 1.4), (-1.4, 0)],
        "triangle": [(0, -1.2), (1.2, 1), (-1.2, 1)],
    }[shape]
    points = " ".join(f"{x + a * (size - 0.5):.1f},{y + b * (size - 0.5):.1f}" for a, b in corners)
    return f"<polygon points='{points}' {fill}/>"


def legend(columns, top):
    """Names with their marks, in lines; and the height that they take."""
    parts, x, y = [], LEFT, top
    for column in columns:
        width = 34 + 7.4 * len(title(column))
        if x + width > WIDTH - RIGHT:
            x, y = LEFT, y + 22
        parts.append(mark(column.key, x + 6, y - 4))
        parts.append(text(x + 18, y, title(column)))
        x += width + 8
    return parts, y - top + 22


class Scale:
    """A logarithmic axis from left to right."""

    def __init__(self, low, high):
        self.low = math.log10(low)
        self.span = math.log10(high) - self.low
        self.steps = [m * 10 ** e for e in range(-2, 6) for m in (1, 2, 5)
                      if low <= m * 10 ** e <= high]

    def __call__(self, value):
        return LEFT + (math.log10(value) - self.low) / self.span * (WIDTH - LEFT - RIGHT)


def points(data, columns):
    """{(row, column): the rounds' multiples of the C library}"""
    found = {}
    for row in tables.rows_of(data):
        for column in columns:
            values = tables.ratios(data["results"], row.key, column.key, "raw")
            if values:
                found[row.key, column.key] = values
    return found


def costs(data, columns, top):
    """The chart of all workloads. MemCheck stands in the upper half of each row, so that its points
    are not hidden by those of its peers."""
    found = points(data, columns)
    if not found:
        return [], top
    rows = tables.rows_of(data)
    everything = [value for values in found.values() for value in values]
    x = Scale(min(min(everything) * 0.9, 0.8), max(everything) * 1.2)
    bottom = top + ROW * len(rows)
    parts = []
    for step in x.steps:
        parts.append(line(x(step), top, x(step), bottom, "#999999" if step == 1 else GRID))
        parts.append(text(x(step), bottom + 18, f"{step:g}x", anchor="middle", colour=DIM))
    for number, row in enumerate(rows):
        middle = top + ROW * (number + 0.5)
        if number % 2 == 0:
            parts.insert(0, f"<rect x='0' y='{middle - ROW / 2}' width='{WIDTH}' height='{ROW}' "
                         "fill='#f6f7f9'/>")
        parts.append(text(LEFT - 14, middle + 4.5, row.title, anchor="end"))
        for column in reversed(columns):
            values = found.get((row.key, column.key))
            if values:
                y = middle + (-7 if column.program == plan.MEMCHECK else 7)
                y = middle if column.key == "raw" else y
                colour = STYLES[column.key][0]
                parts.append(line(x(min(values)), y, x(max(values)), y, colour, 1.5))
                parts.append(mark(column.key, x(tables.median(values)), y))
    return parts, bottom + 24


def bars(heading, entries, left, top, width):
    """Bars with a number each, and a bound where there is one: [(column, value, bound)]."""
    parts = [text(left, top, heading, 14, weight="bold")]
    names, height = 160, 24
    most = max([value for _, value, _ in entries] + [bound or 0 for _, _, bound in entries] + [1])
    room = width - names - 60
    for number, (column, value, bound) in enumerate(entries):
        y = top + 16 + number * height
        parts.append(text(left + names - 8, y + 14, title(column), anchor="end"))
        parts.append(f"<rect x='{left + names}' y='{y + 3}' width='{max(value / most * room, 1):.1f}' "
                     f"height='{height - 8}' fill='{STYLES[column.key][0]}'/>")
        x = left + names + max(value, bound or 0) / most * room
        parts.append(text(x + 8, y + 15, tables.number(value), colour=DIM))
        if bound is not None:
            at = left + names + bound / most * room
            parts.append(line(at, y - 1, at, y + height - 3, "#ffffff", 4))
            parts.append(line(at, y - 1, at, y + height - 3, "#000000", 2, "stroke-dasharray='3 2'"))
    return parts, top + 16 + len(entries) * height


def part_of_asan(data, columns, value, bounds, keys):
    entries = []
    for column in columns:
        number = tables.median(tables.ratios(data["results"], "churn", column.key, "asan", value))
        if number is not None and column.key in keys:
            entries.append((column, number, bounds.get(column.key)))
    return entries


def picture(data, columns):
    columns = [column for column in tables.shown(data, columns) if column.key in STYLES]
    parts = [text(24, 34, "Processor time for an allocation and its free, as a multiple of the C "
                  "library's", 18, weight="bold"),
             text(24, 54, "Medians of rounds; the thin line reaches from the least to the most. "
                  "Logarithmic axis.", 12, colour=DIM)]
    more, height = legend(columns, 82)
    chart, bottom = costs(data, columns, 82 + height - 6)
    parts += more + chart
    bounds = {"default": 0.40, "stacks": 0.60, "nofill": 0.28}
    half = (WIDTH - 24 - RIGHT) / 2
    ends = [bottom]
    for left, heading, value, limit, keys in (
            (24, "Mixed churn: time, as a part of AddressSanitizer's", "cpu", bounds,
             ("raw", "nofill", "default", "stacks", "full", "asan")),
            (24 + half, "Mixed churn: peak memory, as a part of AddressSanitizer's", "peak_kb",
             {"default": 0.1}, ("raw", "default", "stacks", "asan", "scudo", "valgrind"))):
        entries = part_of_asan(data, columns, value, limit, keys)
        if entries:
            small, end = bars(heading, entries, left, bottom + 40, half - 20)
            parts += small
            ends.append(end)
    if len(ends) > 1:
        parts.append(text(24, max(ends) + 22, "Dashed: the bound that MemCheck is held to.", 12,
                          colour=DIM))
        ends.append(max(ends) + 22)
    height = max(ends) + 20
    return (f"<svg xmlns='http://www.w3.org/2000/svg' width='{WIDTH}' height='{height:.0f}' "
            f"viewBox='0 0 {WIDTH} {height:.0f}' {FONT}>\n"
            f"<rect width='100%' height='100%' fill='#ffffff'/>\n" + "\n".join(parts) + "\n</svg>\n")
