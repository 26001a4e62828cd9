# SPDX-License-Identifier: Apache-2.0
"""What the machine does besides the run that is measured."""
import json
import os
import resource
import subprocess
import time

CLEAN = 0.15  # cores that other processes may use during a clean run
NEAR_NS = 200  # round trips of a cache line between two cores that are near to each other take less
TICKS = os.sysconf("SC_CLK_TCK")


def busy_seconds():
    """Processor time of all cores so far, without what was idle."""
    with open("/proc/stat", encoding="ascii") as stat:
        user, nice, system, _idle, _iowait, irq, softirq, steal = map(int, stat.readline().split()[1:9])
    return (user + nice + system + irq + softirq + steal) / TICKS


def own_seconds():
    """Processor time of this process and of its children that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in used)


class Meter:
    """How many cores the other processes use, on average, since it was made."""

    def __init__(self):
        self.busy, self.own, self.time = busy_seconds(), own_seconds(), time.monotonic()

    def seconds(self):
        return time.monotonic() - self.time

    def others(self):
        used = (busy_seconds() - self.busy) - (own_seconds() - self.own)
        return max(0.0, used / max(self.seconds(), 1e-3))


def wait_for_quiet(seconds):
    """Until the others are idle, at most for so long."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        meter = Meter()
        time.sleep(0.12)
        if meter.others() < CLEAN:
            return


def look(program):
    """{"ns": the round trip between two cores just now, "clock_ns": one reading of the clock}. Nothing for both when the
    others leave it no time."""
    try:
        done = subprocess.run([program, "machine", "ROUND_TRIP"], stdout=subprocess.PIPE, timeout=20, check=True)
    except subprocess.TimeoutExpired:
        return {"ns": None, "clock_ns": None}
    return json.loads(done.stdout)


def is_near(round_trip_ns):
    return round_trip_ns is not None and round_trip_ns < NEAR_NS


def processor():
    with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as info:
        for line in info:
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return "unknown"
