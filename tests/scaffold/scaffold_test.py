#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""usage: scaffold_test.py BATON PREFIX handler|server cpp|c|rust

Writes a plugin with `baton new` and does what its README says, word for word: builds it against the package that is
installed in PREFIX, runs its tests, checks the file, runs a host with it, asks it, and swaps it. Exit status 77: there
is no cargo.
"""
import pathlib
import re
import shutil
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from outside import Place, fail, follow

NAME, FILE_NAME = "WordCount", "word_count"


def blocks_of(readme):
    return [block.strip().splitlines() for block in re.findall(r"```sh\n(.*?)```", readme, re.DOTALL)]


def main():
    baton, prefix, kind, language = sys.argv[1:]
    if language == "rust" and shutil.which("cargo") is None:
        print("skipped: there is no cargo (Debian's packages: rustc cargo)")
        sys.exit(77)
    with tempfile.TemporaryDirectory() as folder, Place(baton, prefix, folder, FILE_NAME) as place:
        place.run(f"baton new {kind} {NAME} --lang {language}")
        if "nothing was written" not in place.run(f"baton new {kind} {NAME} --lang {language}", expected=1):
            fail("a second one does not say that there is one")
        follow(place, [f"cd {FILE_NAME}"])
        build, check, start, ask = blocks_of((place.folder / "README.md").read_text())
        follow(place, build)
        if "passes: no errors, no warnings" not in (said := place.run(check[0])):
            fail("plugin check finds something", said)
        follow(place, start + ask)
        if place.host is not None:
            fail("the README does not stop the host")


main()
