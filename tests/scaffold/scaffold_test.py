#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""usage: scaffold_test.py BATON PREFIX handler|server cpp|c|rust

Writes a plugin with `baton new` and does what its README says, word for word: builds it against the package that is
installed in PREFIX, runs its tests, checks the file, runs a host with it, asks it, and swaps it. Exit status 77: there
is no cargo.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

NAME, FILE_NAME = "WordCount", "word_count"
PATIENCE_S = 60


def fail(text, output=""):
    sys.exit(f"failed: {text}\n{output}")


class Place:
    """An empty folder of somebody who has baton and the package."""

    def __init__(self, baton, prefix, folder):
        self.folder = pathlib.Path(folder)
        self.environment = dict(os.environ, XDG_RUNTIME_DIR=folder, CMAKE_PREFIX_PATH=prefix, CARGO_NET_OFFLINE="true")
        self.environment["PATH"] = f"{pathlib.Path(baton).resolve().parent}:{os.environ['PATH']}"
        self.environment.pop("BATON_SOCKET", None)

    def run(self, command, expected=0):
        ran = subprocess.run(command, shell=True, cwd=self.folder, env=self.environment, text=True,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if ran.returncode != expected:
            fail(f"`{command}` ended with {ran.returncode}, not {expected}", ran.stdout)
        return ran.stdout

    def start(self, command):
        return subprocess.Popen(["/bin/sh", "-c", "exec " + command], cwd=self.folder, env=self.environment, text=True,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def is_answering(self):
        return subprocess.run(f"baton status --host {FILE_NAME} -q", shell=True, env=self.environment,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0


def blocks_of(readme):
    return [block.strip().splitlines() for block in re.findall(r"```sh\n(.*?)```", readme, re.DOTALL)]


def follow(place, lines):
    """Runs the commands; a line that begins with # is what the one before prints."""
    output = ""
    for line in lines:
        if not line.startswith("#"):
            output = place.run(line)
        elif output.strip() != line[1:].strip():
            fail(f"expected {line[1:].strip()}", output)


def follow_run(place, start_line, lines):
    host = place.start(start_line)
    try:
        deadline = time.monotonic() + PATIENCE_S
        while not place.is_answering():
            if host.poll() is not None or time.monotonic() > deadline:
                host.kill()
                fail("the host does not answer", host.communicate()[0])
        follow(place, lines)
        output = host.communicate(timeout=PATIENCE_S)[0]
        if host.returncode != 0:
            fail(f"the host ended with {host.returncode}", output)
    finally:
        if host.poll() is None:
            host.kill()


def main():
    baton, prefix, kind, language = sys.argv[1:]
    if language == "rust" and shutil.which("cargo") is None:
        print("skipped: there is no cargo (Debian's packages: rustc cargo)")
        sys.exit(77)
    with tempfile.TemporaryDirectory() as folder:
        place = Place(baton, prefix, folder)
        place.run(f"baton new {kind} {NAME} --lang {language}")
        if "nothing was written" not in place.run(f"baton new {kind} {NAME} --lang {language}", expected=1):
            fail("a second one does not say that there is one")
        place.folder = place.folder / FILE_NAME
        readme = (place.folder / "README.md").read_text()
        build, check, start, ask = blocks_of(readme)
        follow(place, build)
        if "passes: no errors, no warnings" not in (said := place.run(check[0])):
            fail("plugin check finds something", said)
        follow_run(place, start[0], ask)


main()
