#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks of the source that no compiler makes: layers, third-party borders, size, leftovers.

usage: tidy.py ROOT           check the tree; prints each finding as file:line: text, exit 1 if any
       tidy.py ROOT --prove   check that each rule finds a planted breach
"""
import pathlib
import re
import subprocess
import sys
import tempfile

# From lowest to highest; a folder may include itself and what is before it.
LAYERS = ["base", "runtime", "behaviour", "loader", "embed", "config", "control", "app"]

# Headers that only some folders (or files) may include.
BORDERS = {
    r"boost/dll|gelf\.h|libelf\.h": ["host/loader/"],
    r"elf\.h|dlfcn\.h|link\.h": ["host/loader/", "plugin_api/include/baton/testing/", "tests/", "bench/common/"],
    r"yaml-cpp/": ["host/config/"],
    r"boost/(beast|asio)": ["host/control/", "bench/peers/"],
    r"nlohmann/": ["host/loader/", "host/control/", "host/app/", "tests/"],
    r"CLI/": ["host/app/"],
    r"prometheus/": ["host/control/exposition.cpp"],
    r"sqlite3\.h": ["plugins/persistence/", "tests/"],
}
ONE_FILE = {r"boost/beast": 2, r"CLI/": 1}  # at most so many files: they take half a minute each

LINES_MAX = 400
LINES_MAX_TESTS = 600
COLUMNS_MAX = 120

INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]')
LEFTOVER = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
SLEEP = re.compile(r"\b(sleep_for|sleep_until|usleep|nanosleep)\b")
TEST_NAME = re.compile(r'TEST_CASE\w*\(.*"[^"]*;[^"]*"')
PRINT = re.compile(r"std::(cout|cerr|clog)\b|\bprintf\(|\bputs\(")


def sources(root):
    names = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=root, capture_output=True, text=True)
    files = names.stdout.split("\n") if names.returncode == 0 else []
    if not files or files == [""]:
        files = [str(p.relative_to(root)) for p in root.rglob("*") if p.is_file()]
    return sorted(f for f in files if f.endswith((".cpp", ".hpp", ".h", ".c")) and (root / f).is_file())


def layer_of(path):
    parts = path.split("/")
    return parts[1] if len(parts) > 2 and parts[0] == "host" else None


def check_include(path, included):
    if path.startswith(("plugin_api/", "plugins/")) and included.startswith("host/"):
        yield f"plugins and their interface include nothing of the host: {included}"
    own, other = layer_of(path), layer_of(included)
    if own and other and LAYERS.index(other) > LAYERS.index(own):
        yield f"host/{own} must not include host/{other}, which is above it: {included}"
    for pattern, allowed in BORDERS.items():
        if re.match(pattern, included) and not path.startswith(tuple(allowed)):
            yield f"only {', '.join(allowed)} may include {included}"


def check_file(root, path):
    text = (root / path).read_text(encoding="utf-8", errors="replace")
    lines = text.splitlines()
    limit = LINES_MAX_TESTS if path.startswith("tests/") else LINES_MAX
    if len(lines) > limit and not path.endswith("abi.h"):
        yield 1, f"{len(lines)} lines, at most {limit}: is there a second thing in it?"
    if not any("SPDX-License-Identifier" in line for line in lines[:3]):
        yield 1, "no SPDX-License-Identifier in the first lines"
    for number, line in enumerate(lines, 1):
        if match := INCLUDE.match(line):
            for problem in check_include(path, match.group(1)):
                yield number, problem
        if len(line) > COLUMNS_MAX:
            yield number, f"{len(line)} columns, at most {COLUMNS_MAX}"
        if LEFTOVER.search(line):
            yield number, "a leftover; finish it or file an issue"
        if path.startswith("tests/") and SLEEP.search(line):
            yield number, "tests do not sleep: wait for the condition"
        if path.startswith("tests/") and TEST_NAME.search(line):
            yield number, "a test's name with a `;`: CMake would split it, and run nothing"
        if path.startswith("host/") and not path.startswith(("host/app/", "host/base/assert")) and PRINT.search(line):
            yield number, "only host/app prints; use the log"


def check(root):
    findings, including = [], {pattern: set() for pattern in ONE_FILE}
    for path in sources(root):
        for number, problem in check_file(root, path):
            findings.append(f"{path}:{number}: {problem}")
        for line in (root / path).read_text(encoding="utf-8", errors="replace").splitlines():
            match = INCLUDE.match(line)
            for pattern in ONE_FILE:
                if match and re.match(pattern, match.group(1)):
                    including[pattern].add(path)
    for pattern, files in including.items():
        if len(files) > ONE_FILE[pattern]:
            findings.append(f"{sorted(files)[-1]}:1: {pattern} in {len(files)} files, at most {ONE_FILE[pattern]}")
    return findings


PLANTED = {
    "host/runtime/up.cpp": '#include "host/behaviour/event_manager.hpp"\n',
    "plugins/x/x.cpp": '#include "host/base/log.hpp"\n',
    "host/app/yaml.cpp": "#include <yaml-cpp/yaml.h>\n",
    "host/control/dl.cpp": "#include <boost/dll.hpp>\n",
    "host/base/todo.cpp": "// TO" "DO: later\n",
    "tests/unit/s.cpp": "std::this_thread::sleep_for(1s);\n",
    "tests/unit/n.cpp": 'TEST_CASE("a; b") {}\n',
    "host/loader/print.cpp": 'std::cout << "x";\n',
    "host/base/long.cpp": "\n" * 401,
}


def prove():
    failed = 0
    for path, text in PLANTED.items():
        with tempfile.TemporaryDirectory() as directory:
            root = pathlib.Path(directory)
            (root / path).parent.mkdir(parents=True)
            (root / path).write_text("// SPDX-License-Identifier: Apache-2.0\n" + text)
            findings = check(root)
            if len(findings) != 1:
                print(f"planted {path}: expected one finding, got {findings}")
                failed = 1
    print(f"{len(PLANTED)} planted breaches, each found" if not failed else "the checks do not bite")
    return failed


def main():
    root = pathlib.Path(sys.argv[1])
    if "--prove" in sys.argv:
        return prove()
    findings = check(root)
    print("\n".join(findings) if findings else f"{len(sources(root))} files, nothing found")
    return 1 if findings else 0


sys.exit(main())
