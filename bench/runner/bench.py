#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The workloads of docs/performance.md on our host, on its peers and on measuring sticks, side by side.

Every run is a process of its own. In each round the workloads, and within them the programs, come in a new random order.
Before a run it waits until other processes are idle, and measures the round trip of a cache line between two cores;
afterwards it notes how much processor time the others used. Exit 1 when a run failed its check.
"""
import argparse
import json
import os
import platform
import random
import subprocess
import sys
import time

import chart
import costs
import guard
import machine
import report
import rows as table

RUN_SECONDS_MAX = 120


class Runner:
    def __init__(self, arguments, all_rows):
        self.arguments = arguments
        self.rows = all_rows
        self.runs = []
        self.failures = []
        self.look = os.path.join(arguments.build, "bin", "bench_machine")
        self.begin = time.monotonic()
        self.done = 0

    def progress(self, text):
        if sys.stderr.isatty() and not self.arguments.no_progress:
            print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)

    def say(self, text):
        self.progress("")
        print(text, file=sys.stderr, flush=True)

    def run(self, row, round_number):
        machine.wait_for_quiet(self.arguments.quiet)
        state = machine.look(self.look)
        meter = machine.Meter()
        try:
            # What a virtual machine of Erlang writes when it is ended is not wanted here.
            done = subprocess.run(row.command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                  timeout=RUN_SECONDS_MAX, check=False,
                                  env={**os.environ, "ERL_CRASH_DUMP": "/dev/null"})
        except subprocess.TimeoutExpired:
            return self.fail(row, f"no result after {RUN_SECONDS_MAX} s")
        seconds, others = meter.seconds(), meter.others()
        lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
        if done.returncode != 0 or len(lines) != 1:
            return self.fail(row, done.stderr.strip()[-500:] or f"exit {done.returncode}, {len(lines)} results")
        figures = json.loads(lines[0])
        if row.workload == "W0" and figures["ns"] == 0:
            figures["ns"] = seconds * 1e9
        figures.update(workload=row.workload, peer=row.peer, kind=row.kind, round=round_number,
                       others=round(others, 3), round_trip_ns=state["ns"], clock_ns=state["clock_ns"],
                       load=os.getloadavg()[0])
        self.runs.append(figures)
        return True

    def fail(self, row, why):
        self.failures.append((row.workload, row.peer, why))
        self.say(f"FAILED: {row.workload} {row.peer}: {why}")
        return False

    def round(self, number, of, chosen):
        workloads = list(dict.fromkeys(row.workload for row in chosen))
        random.shuffle(workloads)
        for workload in workloads:
            rows = [row for row in chosen if row.workload == workload]
            random.shuffle(rows)
            for row in rows:
                self.done += 1
                minutes = (time.monotonic() - self.begin) / 60
                self.progress(f"round {number} of {of}  {minutes:.0f} min  {workload} {row.peer}")
                self.run(row, number)
            self.save()

    def lacking(self):
        """Rows with too few good runs."""
        good = {}
        for run in self.runs:
            good[run["workload"], run["peer"]] = good.get((run["workload"], run["peer"]), 0) + report.is_good(run)
        return [row for row in self.rows if good.get((row.workload, row.peer), 0) < report.GOOD_RUNS]

    def all_rounds(self):
        for number in range(1, self.arguments.rounds + 1):
            self.round(number, self.arguments.rounds, self.rows)
        for more in range(1, self.arguments.more + 1):
            chosen = self.lacking()
            if not chosen:
                break
            self.round(self.arguments.rounds + more, self.arguments.rounds + self.arguments.more, chosen)
        self.progress("")

    def document(self):
        return {
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "machine": {"processor": machine.processor(), "cores": os.cpu_count(), "kernel": platform.release()},
            "rounds": self.arguments.rounds,
            "quick": self.arguments.quick,
            "failures": [{"workload": w, "peer": p, "why": why} for w, p, why in self.failures],
            "runs": self.runs,
        }

    def save(self):
        """After each workload: what was measured is kept when somebody ends this."""
        if self.arguments.json:
            with open(self.arguments.json, "w", encoding="utf-8") as out:
                json.dump(self.document(), out)


def parse(words):
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("workloads", nargs="*", metavar="W", help="only these: W1, W5, W5/100, …")
    parser.add_argument("--rounds", type=int, default=None, help="runs of each (7; quick: 3)")
    parser.add_argument("--more", type=int, default=0, help="at most so many further rounds of what has too few good runs")
    parser.add_argument("--quick", action="store_true", help="a tenth of the messages, 3 rounds: to see that all work")
    parser.add_argument("--only", default="", help="only these programs, with commas: baton,lane,beam")
    parser.add_argument("--json", metavar="FILE", help="write every run, and what comes of them, for machines")
    parser.add_argument("--quiet", type=float, default=1.5, help="wait so many seconds at most for idle others (1.5)")
    parser.add_argument("--no-progress", action="store_true", help="no line of progress on a terminal")
    parser.add_argument("--list", action="store_true", help="list workloads and programs, run nothing")
    parser.add_argument("--show", metavar="FILE", help="show the tables of what --json has written, run nothing")
    parser.add_argument("--publish", metavar="FILE",
                        help="put the tables and the chart of what --json has written into docs/")
    parser.add_argument("--guard", action="store_true", help="count the instructions of the hot paths instead")
    parser.add_argument("--renew", action="store_true", help="with --guard: what is counted is the new budget")
    parser.add_argument("--costs", action="store_true", help="show which part of the host the instructions are spent in")
    parser.add_argument("--build", default="build/release", help=argparse.SUPPRESS)
    arguments = parser.parse_args(words)
    if arguments.rounds is None:
        arguments.rounds = 3 if arguments.quick else 7
    if arguments.rounds < 1:
        parser.error("there is at least one round")
    names = {workload.name for workload in table.WORKLOADS} | {w.name.split("/")[0] for w in table.WORKLOADS}
    for name in arguments.workloads:
        if name not in names:
            parser.error(f"there is no workload `{name}`; there are {', '.join(w.name for w in table.WORKLOADS)}")
    return arguments


def list_rows(all_rows, left_out):
    for workload in table.WORKLOADS:
        peers = [row.peer for row in all_rows if row.workload == workload.name]
        if peers:
            print(f"{workload.name:8} {workload.title}\n         {', '.join(peers)}")
    for peer, why in left_out.items():
        print(f"left out: {peer}: {why}")


def load(file):
    with open(file, encoding="utf-8") as document:
        return json.load(document)


def measure(arguments):
    all_rows, left_out = table.rows_of(arguments.build, arguments.workloads, arguments.quick)
    if arguments.only:
        only = arguments.only.split(",")
        all_rows = [row for row in all_rows if row.peer in only or row.peer.split("/")[0] in only]
    if arguments.list:
        list_rows(all_rows, left_out)
        return 0
    for peer, why in left_out.items():
        print(f"{peer} is left out: {why}", file=sys.stderr)
    if not all_rows:
        print("there is nothing to run", file=sys.stderr)
        return 64
    runner = Runner(arguments, all_rows)
    runner.all_rounds()
    document = runner.document()
    print(report.text(document))
    if arguments.json:
        with open(arguments.json, "w", encoding="utf-8") as out:
            json.dump({**document, **report.summary(document)}, out, indent=1)
    return 1 if runner.failures else 0


def main():
    arguments = parse(sys.argv[1:])
    if arguments.guard:
        return guard.run(arguments.build, arguments.renew)
    if arguments.costs:
        program = guard.program_of(arguments.build)
        return costs.run(program, guard.paths(program), guard.COUNT)
    if arguments.show:
        print(report.text(load(arguments.show)))
        return 0
    if arguments.publish:
        document = load(arguments.publish)
        report.publish(document, "docs/performance.md")
        chart.write(document, "docs/performance.svg")
        return 0
    return measure(arguments)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
