# SPDX-License-Identifier: Apache-2.0
"""An SVG chart of the medians: one line per workload, one mark per program, on a logarithmic scale.

usage: chart.py FILE.json OUT.svg     FILE.json is what `./dev bench --json` has written
"""
import json
import math
import sys
from xml.sax.saxutils import escape

import report

# Which rows are shown, under which names; the others are variants of these.
SHOWN = {
    "baton": ("Baton", "ours"), "baton/batch": ("Baton, batches", "ours_batch"), "beam": ("Erlang/OTP", "beam"),
    "caf": ("CAF", "caf"), "asio-strand": ("Asio strand", "asio"), "moodycamel-bulk": ("moodycamel", "moody"),
    "tbb": ("oneTBB", "tbb"), "mutex": ("mutex + condvar", "mutex"),
}
WORKLOADS = {
    "W1": "cast", "W2": "call from outside", "W2in": "call between servers", "W3": "notify, 2 handlers",
    "W3b": "sync_notify", "W4": "notify, 4 producers", "W5/100": "notify, 100 handlers, each",
    "W6": "start a server", "W6ring": "hop in a ring of servers", "W7": "swap under load", "W0": "boot to the first event",
}
WIDTH, LEFT, RIGHT, TOP, STEP = 860, 240, 36, 74, 34
MIDDLE = """\
  <style>
    text { font: 13px system-ui, -apple-system, 'Segoe UI', sans-serif; fill: #24292f }
    .small { font-size: 11px; fill: #57606a } .title { font-weight: 600; font-size: 15px }
    .grid { stroke: #d0d7de; stroke-width: 1 } .row { stroke: #d8dee4; stroke-width: 1; stroke-dasharray: 1 4 }
    .ours { fill: #cf222e } .ours_batch { fill: none; stroke: #cf222e; stroke-width: 2 } .beam { fill: #8250df }
    .caf { fill: #0969da } .asio { fill: #1a7f37 } .moody { fill: #bf8700 } .tbb { fill: #1b7c83 } .mutex { fill: #6e7781 }
    @media (prefers-color-scheme: dark) {
      text { fill: #e6edf3 } .small { fill: #9198a1 } .grid { stroke: #3d444d } .row { stroke: #3d444d }
      .ours { fill: #ff7b72 } .ours_batch { stroke: #ff7b72 } .beam { fill: #d2a8ff } .caf { fill: #79c0ff }
      .asio { fill: #56d364 } .moody { fill: #e3b341 } .tbb { fill: #39c5cf } .mutex { fill: #9198a1 }
    }
  </style>
"""
UNITS = [(1e9, "s"), (1e6, "ms"), (1e3, "µs"), (1, "ns")]


def time_text(ns):
    for factor, unit in UNITS:
        if ns >= factor:
            return f"{ns / factor:.3g} {unit}"
    return f"{ns:.2g} ns"


def mark(kind, x, y, title):
    shape = {
        "ours": f'<circle class="ours" cx="{x:.1f}" cy="{y}" r="7">',
        "ours_batch": f'<circle class="ours_batch" cx="{x:.1f}" cy="{y}" r="6">',
        "beam": f'<rect class="beam" x="{x - 5:.1f}" y="{y - 5}" width="10" height="10">',
        "caf": f'<path class="caf" d="M{x:.1f} {y - 6} l6 11 h-12 z">',
        "asio": f'<path class="asio" d="M{x:.1f} {y + 6} l6 -11 h-12 z">',
        "moody": f'<path class="moody" d="M{x:.1f} {y - 6} l6 6 l-6 6 l-6 -6 z">',
        "tbb": f'<rect class="tbb" x="{x - 3:.1f}" y="{y - 7}" width="6" height="14">',
        "mutex": f'<rect class="mutex" x="{x - 7:.1f}" y="{y - 3}" width="14" height="6">',
    }[kind]
    tag = shape[1:shape.index(" ")]
    return f"  {shape}<title>{escape(title)}</title></{tag}>"


def medians(document):
    """{workload: [(peer, ns)]}, of what is shown."""
    found = {}
    by_name = {one.workload.name: one for one in report.tables_of(document)}
    for workload in WORKLOADS:
        of_workload = by_name.get(workload)
        if of_workload is None:
            continue
        values = [(line.peer, line.median(of_workload.workload.metric)) for line in of_workload.lines
                  if line.peer in SHOWN]
        if len(values) > 1 or any(peer == "baton" for peer, _ in values):
            found[workload] = values
    return found


class Scale:
    def __init__(self, values):
        self.low = math.floor(math.log10(min(values)))
        self.high = max(math.ceil(math.log10(max(values))), self.low + 1)

    def at(self, ns):
        share = (math.log10(ns) - self.low) / (self.high - self.low)
        return LEFT + share * (WIDTH - LEFT - RIGHT)

    def decades(self):
        return [10.0 ** power for power in range(self.low, self.high + 1)]


def legend():
    parts, x = [], 12
    for name, kind in SHOWN.values():
        parts.append(mark(kind, x + 7, 46, name))
        parts.append(f'  <text class="small" x="{x + 18}" y="50">{escape(name)}</text>')
        x += 28 + 6.3 * len(name)
    return parts


def svg(document):
    lines = medians(document)
    if not lines:
        raise SystemExit("there is nothing to draw")
    scale = Scale([ns for values in lines.values() for _, ns in values])
    height = TOP + STEP * len(lines) + 26
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
           f'aria-label="Time per operation of Baton and its peers, logarithmic">', MIDDLE.rstrip(),
           f'  <text class="title" x="12" y="22">Time per operation, median; further left is faster (logarithmic)</text>',
           *legend()]
    for value in scale.decades():
        x = scale.at(value)
        out.append(f'  <line class="grid" x1="{x:.1f}" y1="{TOP - 8}" x2="{x:.1f}" y2="{height - 22}"/>')
        out.append(f'  <text class="small" x="{x:.1f}" y="{height - 6}" text-anchor="middle">{time_text(value)}</text>')
    for i, (workload, values) in enumerate(lines.items()):
        y = TOP + STEP * i + STEP // 2
        out.append(f'  <text x="12" y="{y + 4}">{escape(WORKLOADS[workload])} '
                   f'<tspan class="small">{escape(workload)}</tspan></text>')
        out.append(f'  <line class="row" x1="{LEFT}" y1="{y}" x2="{WIDTH - RIGHT}" y2="{y}"/>')
        for peer, ns in sorted(values, key=lambda value: value[0] == "baton"):  # ours on top
            name, kind = SHOWN[peer]
            out.append(mark(kind, scale.at(ns), y, f"{name}: {time_text(ns)}"))
    return "\n".join([*out, "</svg>"]) + "\n"


def write(document, file):
    with open(file, "w", encoding="utf-8") as out:
        out.write(svg(document))


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    with open(sys.argv[1], encoding="utf-8") as given:
        write(json.load(given), sys.argv[2])
