# SPDX-License-Identifier: Apache-2.0
"""Where the instructions of the hot paths go: callgrind's count by source file, as parts of the host.

A part is what somebody would do without for a figure: the boundary, the mailbox, the crash wall with its counters.
"""
import os
import re
import subprocess
import sys
import tempfile

# The C library takes other functions on other processors; with the oldest ones, the count is the same on each.
ONE_PROCESSOR = "glibc.cpu.hwcaps=-AVX512F,-AVX512VL,-AVX2,-AVX,-AVX_Fast_Unaligned_Load,-ERMS,-FSRM,-SSE4_2"

MEASURED = "bench::measured*"  # the function of hot_paths.cpp whose callees are counted

# The first that fits, for the file of a line; for one of no file, or of the C++ library, the function it is part of.
PARTS = [
    ("handler", r"(^|/)bench/plugins/"),
    ("C++ layer of the plugin", r"(^|/)plugin_api/"),
    ("boundary", r"(^|/)host/loader/"),
    ("mailbox", r"(^|/)host/runtime/(mailbox|message_buffer|message)\.|(^|/)host/base/spin_lock\."),
    ("process, turns", r"(^|/)host/runtime/"),
    ("manager, server", r"(^|/)host/behaviour/"),
    ("sender, scheduler of the test", r"(^|/)(bench|tests)/"),
    ("base", r"(^|/)host/base/"),
]
# What is told by the name of the function only.
FUNCTIONS = [
    ("memory", r"malloc|free$|calloc|realloc|operator new|operator delete|_int_|tcache|cfree|sysmalloc|unlink_chunk|arena"),
    ("copies", r"mem(cpy|move|set|cmp|chr)|strlen"),
    ("clock", r"clock_gettime|vdso|steady_clock|time_now"),
    ("locks of the system", r"pthread|mutex|cond_|futex|lll_"),
]
REST = "C library, the rest"


def part_of(file, function_file, function):
    for name in (file, function_file):
        for part, pattern in PARTS:
            if re.search(pattern, name):
                return part
    for part, pattern in FUNCTIONS:
        if re.search(pattern, function):
            return part
    return REST


class Profile:
    """Reads what callgrind has written: the cost of each line itself, without that of what it calls."""

    def __init__(self):
        self.names = {}
        self.costs = {}
        self.file = self.function_file = self.function = ""
        self.is_call = False

    def name_of(self, text):
        """(12) name, and later only (12)."""
        number, _, name = text.partition(" ")
        if name:
            self.names[number] = name
        return self.names.get(number, text)

    def line(self, text):
        key, equals, value = text.partition("=")
        if equals and key in ("fl", "fi", "fe"):
            self.file = self.name_of("f" + value)
            if key == "fl":
                self.function_file = self.file
        elif equals and key == "fn":
            self.function = self.name_of("n" + value)
            self.file = self.function_file
        elif equals and key in ("cfi", "cfl"):
            self.name_of("f" + value)
        elif equals and key == "cfn":
            self.name_of("n" + value)
        elif equals and key == "calls":
            self.is_call = True
        elif re.match(r"[+\-*\d]", text):
            if not self.is_call:
                part = part_of(self.file, self.function_file, self.function)
                self.costs[part] = self.costs.get(part, 0) + int(text.split()[1])
            self.is_call = False

    def read(self, lines):
        for text in lines:
            self.line(text.rstrip("\n"))
        return self


def profile(program, path, count):
    """The path's profile, of `count` operations."""
    with tempfile.TemporaryDirectory(prefix="baton-costs-") as folder:
        out = os.path.join(folder, "callgrind.out")
        command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", "--collect-atstart=no",
                   f"--toggle-collect={MEASURED}", program, path, str(count)]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False,
                              env={**os.environ, "GLIBC_TUNABLES": ONE_PROCESSOR})
        if done.returncode != 0:
            sys.exit(f"{' '.join(command)}: exit {done.returncode}\n{done.stderr[-2000:]}")
        with open(out, encoding="utf-8", errors="replace") as lines:
            read = Profile().read(lines)
    if sum(read.costs.values()) < count:
        sys.exit(f"callgrind counted nothing below {MEASURED} for {path}")
    return read


def table(costs):
    """Rows are parts, columns are paths; both in the order of what they cost and how they are listed."""
    paths = list(costs)
    sums = {}
    for of_path in costs.values():
        for part, value in of_path.items():
            sums[part] = sums.get(part, 0) + value
    lines = ["| | " + " | ".join(paths) + " |", "|---|" + "---:|" * len(paths)]
    for part in sorted(sums, key=lambda part: -sums[part]):
        cells = [f"{costs[path].get(part, 0):,.0f}" for path in paths]
        if any(cell != "0" for cell in cells):
            lines.append(f"| {part} | " + " | ".join(cells) + " |")
    lines.append("| **all** | " + " | ".join(f"**{sum(costs[path].values()):,.0f}**" for path in paths) + " |")
    return "\n".join(lines)


def run(program, paths, count):
    print("instructions per operation, by part of the host", flush=True)
    costs = {}
    for path in paths:
        read = profile(program, path, count)
        costs[path] = {part: value / count for part, value in read.costs.items()}
    print(table(costs))
    return 0
