#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""usage: guide_test.py BATON PREFIX GUIDE.md

Does what a guide says, from top to bottom, in an empty folder, with the package that is installed in PREFIX. What stands
behind the ``` of a block says what becomes of it:

    ```cpp word_count.cpp   a file of that name is written where the commands before have gone to
    ```sh                   its commands are run (outside.py says how, and what lines that begin with # mean)
    ```cpp fragment         its lines stand in this order in a file that has been written, or that is there now

There are no other blocks: nothing is in the guide that has not been tried. Exit status 77: there is no cargo, so the
sections (`## …`) that want it were left out, and the rest is as it should be.
"""
import pathlib
import re
import shutil
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from outside import Place, fail, follow

FENCE = "```"


class Block:
    def __init__(self, line_number, info):
        self.line_number = line_number
        self.words = info.split()
        self.lines = []


def sections_of(text):
    """Each a list of its blocks."""
    sections, block = [[]], None
    for number, line in enumerate(text.splitlines(), 1):
        if block is not None:
            if line == FENCE:
                block = None
            else:
                block.lines.append(line)
        elif line.startswith("## "):
            sections.append([])
        elif line.startswith(FENCE):
            block = Block(number, line.removeprefix(FENCE))
            sections[-1].append(block)
    if block is not None:
        fail(f"line {block.line_number}: this block has no end")
    return sections


def wants_cargo(section):
    return any(block.words[:1] == ["sh"] and any(line.startswith("cargo ") for line in block.lines) for block in section)


def is_excerpt(lines, files):
    def is_in(text):
        rest = iter(text.splitlines())
        return all(any(line.strip() == other.strip() for other in rest) for line in lines if line.strip())

    return any(is_in(text) for text in files)


class Reader:
    def __init__(self, place):
        self.place = place
        self.written = []  # texts of files, also of those that were written anew

    def files_here(self):
        """Sources, not what was built of them."""
        paths = [*self.place.folder.glob("*.*"), *self.place.folder.glob("src/*.*")]
        return [path.read_text() for path in paths if path.is_file() and path.suffix != ".so"]

    def do(self, block):
        where = f"line {block.line_number}: "
        if block.words == ["sh"]:
            follow(self.place, block.lines)
        elif len(block.words) == 2 and block.words[1] == "fragment":
            if not is_excerpt(block.lines, self.written + self.files_here()):
                fail(where + "this fragment is of no file that has been written")
        elif len(block.words) == 2 and re.search(r"[./]", block.words[1]):
            path = self.place.folder / block.words[1]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("\n".join(block.lines) + "\n")
            self.written.append(path.read_text())
        else:
            fail(where + f"nothing is known of a block with `{' '.join(block.words)}`")


def main():
    baton, prefix, guide = sys.argv[1:]
    has_cargo = shutil.which("cargo") is not None
    left_out = 0
    with tempfile.TemporaryDirectory() as folder, Place(baton, prefix, folder) as place:
        reader = Reader(place)
        for section in sections_of(pathlib.Path(guide).read_text()):
            if wants_cargo(section) and not has_cargo:
                left_out += 1
                continue
            for block in section:
                print(f"line {block.line_number}: {' '.join(block.words)}", flush=True)
                reader.do(block)
        if place.host is not None:
            fail("a host still runs at the end")
    if left_out:
        print(f"skipped: {left_out} sections; there is no cargo (Debian's packages: rustc cargo)")
        sys.exit(77)


main()
