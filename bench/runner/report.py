# SPDX-License-Identifier: Apache-2.0
"""What comes of the runs: medians, ratios, verdicts, as text, as Markdown and as data."""
import os
import statistics

import machine
import rows as table

GOOD_RUNS = 5  # fewer undisturbed runs than these, and the least disturbed are taken, and marked
TARGETS = os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, "targets.tsv")
OURS = "baton"
BEGIN, END = "<!-- bench: begin -->", "<!-- bench: end -->"


def is_clean(run):
    return run["others"] <= machine.CLEAN


def is_near(run):
    return machine.is_near(run["round_trip_ns"])


def is_good(run):
    return is_clean(run) and is_near(run)


def number(value):
    if value is None:
        return "-"
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


class Line:
    """One program's runs of one workload, those that count."""

    def __init__(self, peer, runs, state):
        self.peer = peer
        self.kind = runs[0]["kind"]
        of_state = [run for run in runs if is_near(run) == (state == "near")] if state != "mixed" else runs
        clean = [run for run in of_state if is_clean(run)]
        enough = min(GOOD_RUNS, max(len(runs), 1))
        self.is_marked = len(clean) < enough
        self.runs = clean if not self.is_marked else sorted(of_state, key=lambda run: run["others"])[:GOOD_RUNS]

    def values(self, metric):
        return sorted(run[metric] for run in self.runs if run.get(metric) is not None)

    def median(self, metric):
        values = self.values(metric)
        return statistics.median(values) if values else None

    def spread(self, metric):
        """(least, median, most)"""
        values = self.values(metric)
        return (values[0], statistics.median(values), values[-1]) if values else (None, None, None)


class Table:
    """One workload. Its runs are of one state of the machine, near or far, where every line has at least three
    of those: figures across states are not comparable."""

    def __init__(self, workload, runs):
        self.workload = workload
        by_peer = {}
        for run in runs:
            by_peer.setdefault(run["peer"], []).append(run)
        self.state = self._state(by_peer)
        lines = [Line(peer, of_peer, self.state) for peer, of_peer in by_peer.items()]
        self.lines = sorted(lines, key=lambda line: line.median(workload.metric))

    @staticmethod
    def _state(by_peer):
        for state in ("near", "far"):
            wanted = state == "near"
            if all(sum(is_near(run) == wanted for run in runs) >= min(3, len(runs)) for runs in by_peer.values()):
                return state
        return "mixed"

    def line(self, peer):
        return next((line for line in self.lines if line.peer == peer), None)

    def ratio(self, line):
        """How many times as long it takes as ours."""
        ours = self.line(OURS)
        metric = self.workload.metric
        return line.median(metric) / ours.median(metric) if ours and ours.median(metric) else None


def tables_of(document):
    tables = []
    for workload in table.WORKLOADS:
        runs = [run for run in document["runs"] if run["workload"] == workload.name]
        if runs:
            tables.append(Table(workload, runs))
    return tables


class Target:
    def __init__(self, line):
        self.workload, self.row, self.metric, self.rule, limit, self.reference = line.split("\t")
        self.limit = float(limit)

    def must(self):
        if self.rule == "at_most":
            return f"at most {number(self.limit)}"
        if self.rule == "at_most_times":
            return f"at most {self.limit:g} x {self.reference}"
        return f"at least {self.limit:g} times faster than {self.reference}"

    def is_doubtful(self, tables):
        """It was disturbed, or the machine was not as it was for other targets."""
        of_workload = next(one for one in tables if one.workload.name == self.workload)
        lines = [of_workload.line(self.row), of_workload.line(self.reference)]
        return of_workload.state != "near" or any(line is not None and line.is_marked for line in lines)

    def judge(self, tables):
        """(what it is, whether that holds); nothing when it was not measured."""
        of_workload = next((one for one in tables if one.workload.name == self.workload), None)
        line = of_workload.line(self.row) if of_workload else None
        value = line.median(self.metric) if line else None
        if value is None:
            return None
        if self.rule == "at_most":
            return number(value), value <= self.limit
        other = of_workload.line(self.reference)
        reference = other.median(self.metric) if other else None
        if reference is None or value <= 0:
            return None
        if self.rule == "at_most_times":
            return f"{value / reference:.2f} x ({number(value)} : {number(reference)})", value <= self.limit * reference
        return f"{reference / value:.1f} times ({number(reference)} : {number(value)})", reference >= self.limit * value


def targets():
    with open(TARGETS, encoding="utf-8") as lines:
        return [Target(line.rstrip("\n")) for line in lines if line.strip() and not line.startswith("#")]


def verdicts(tables):
    """(target, what it is, "holds", "missed" or "not measured"); with ~ when it rests on runs that were disturbed."""
    found = []
    for target in targets():
        judged = target.judge(tables)
        if judged is not None:
            mark = "~" if target.is_doubtful(tables) else ""
            found.append((target, judged[0], ("holds" if judged[1] else "missed") + mark))
        elif any(one.workload.name == target.workload for one in tables):
            found.append((target, "-", "not measured"))
    return found


def grid(rows, right):
    """Columns of equal width; those in `right` are set to the right."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return "\n".join("  ".join(cell.rjust(width) if i in right else cell.ljust(width)
                               for i, (cell, width) in enumerate(zip(row, widths))).rstrip() for row in rows)


def cells(of_workload, line):
    metric = of_workload.workload.metric
    least, median, most = line.spread(metric)
    ratio = of_workload.ratio(line)
    more = [number(line.median(name)) for name in table.MORE.get(of_workload.workload.name, [])]
    return [line.peer + ("~" if line.is_marked else ""), str(len(line.runs)), number(least), number(median),
            number(most), number(ratio), *more]


def head(of_workload):
    return ["", "runs", "least", "median", "most", "x ours",
            *table.MORE.get(of_workload.workload.name, [])]


def least_median_most(values):
    known = [value for value in values if value is not None]
    return " / ".join(number(of(known) if known else None) for of in (min, statistics.median, max))


def describe(document):
    runs = document["runs"]
    near = sum(map(is_near, runs))
    clean = sum(map(is_clean, runs))
    what = document["machine"]
    return (f"{document['time']}  {what['processor']}, {what['cores']} cores, Linux {what['kernel']}; "
            f"{max(run['round'] for run in runs)} rounds{', quick: not for quoting' if document['quick'] else ''}\n"
            f"{len(runs)} runs: {near} near (round trip between cores below {machine.NEAR_NS} ns), "
            f"{clean} clean (others below {machine.CLEAN} cores). Least / median / most: "
            f"round trip {least_median_most(run['round_trip_ns'] for run in runs)} ns, "
            f"reading the clock {least_median_most(run['clock_ns'] for run in runs)} ns, "
            f"cores that others used {least_median_most(run['others'] for run in runs)}")


def text(document):
    tables = tables_of(document)
    if not tables:
        return "no run succeeded"
    parts = [describe(document), "~: fewer than 5 clean runs; the least disturbed are shown, and what rests on them"]
    for one in tables:
        shown = [head(one)] + [cells(one, line) for line in one.lines]
        title = f"{one.workload.name}  {one.workload.title}; {one.workload.metric}" + (
            "" if one.state == "near" else f"  [{one.state} runs: compare within this table only]")
        parts.append(title + "\n" + grid(shown, set(range(1, len(shown[0])))))
    judged = verdicts(tables)
    if judged:
        shown = [["", "", "", "must be", "is", ""]]
        shown += [[t.workload, t.row, t.metric, t.must(), value, verdict] for t, value, verdict in judged]
        held = sum(verdict.startswith("holds") for _, _, verdict in judged)
        parts.append(f"Targets: {held} of {len(judged)} hold\n" + grid(shown, set()))
    for failure in document["failures"]:
        parts.append(f"FAILED: {failure['workload']} {failure['peer']}: {failure['why']}")
    return "\n\n".join(parts)


def summary(document):
    tables = tables_of(document)
    lines = []
    for one in tables:
        for line in one.lines:
            metrics = {name for run in line.runs for name, value in run.items() if isinstance(value, (int, float))}
            lines.append({"workload": one.workload.name, "peer": line.peer, "kind": line.kind, "state": one.state,
                          "is_marked": line.is_marked, "runs": len(line.runs), "times_ours": one.ratio(line),
                          **{name: dict(zip(("min", "median", "max"), line.spread(name)))
                             for name in sorted(metrics - {"round", "others", "n"})}})
    return {"summary": lines,
            "targets": [{"workload": t.workload, "row": t.row, "metric": t.metric, "must": t.must(), "is": value,
                         "verdict": verdict} for t, value, verdict in verdicts(tables)]}


# ---- for docs/performance.md ---------------------------------------------------------------------

def markdown_row(row):
    return "| " + " | ".join(row) + " |"


def markdown(document):
    tables = tables_of(document)
    parts = [describe(document).replace("\n", "  \n"),
             "`~`: fewer than 5 clean runs, the least disturbed are shown; and what rests on them. `x ours`: how many times as long it takes."]
    judged = verdicts(tables)
    held = sum(verdict.startswith("holds") for _, _, verdict in judged)
    shown = ["| workload | row | figure | must be | is | |", "|---|---|---|---|---|---|"]
    shown += [markdown_row([t.workload, t.row, t.metric, t.must(), value, verdict]) for t, value, verdict in judged]
    parts.append(f"**Targets: {held} of {len(judged)} hold.**\n\n" + "\n".join(shown))
    for one in tables:
        state = "" if one.state == "near" else f" ({one.state} runs: compare within this table only)"
        lines = [markdown_row(head(one)), "|---|" + "---:|" * (len(head(one)) - 1)]
        lines += [markdown_row(cells(one, line)) for line in one.lines]
        parts.append(f"**{one.workload.name}** {one.workload.title}; `{one.workload.metric}`{state}\n\n" + "\n".join(lines))
    return "\n\n".join(parts)


def publish(document, file):
    with open(file, encoding="utf-8") as page:
        text_before = page.read()
    if BEGIN not in text_before or END not in text_before:
        raise SystemExit(f"{file} has no place for the tables: {BEGIN} … {END}")
    before, rest = text_before.split(BEGIN, 1)
    after = rest.split(END, 1)[1]
    with open(file, "w", encoding="utf-8") as page:
        page.write(f"{before}{BEGIN}\n\n{markdown(document)}\n\n{END}{after}")
