#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""usage: readme_test.py BATON PREFIX README.md

The handler in README.md is built as is said there, added to a host that runs, and asked."""
import pathlib
import re
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from outside import Place, fail, follow

baton, prefix, readme = sys.argv[1:]
text = pathlib.Path(readme).read_text()
(handler,) = re.findall(r"```cpp\n(.*?)```", text, re.DOTALL)
(cmake,) = re.findall(r"```cmake\n(.*?)```", text, re.DOTALL)
(add,) = re.findall(r"`(baton add log ./build/count.so [^`]*)`", text)
(call,) = re.findall(r"`(baton call log/CountHandler [^`]*)`", text)

with tempfile.TemporaryDirectory() as folder, Place(baton, prefix, folder) as place:
    (place.folder / "count.cpp").write_text(handler)
    (place.folder / "CMakeLists.txt").write_text(f"cmake_minimum_required(VERSION 3.25)\nproject(count)\n{cmake}")
    (place.folder / "baton.yaml").write_text("managers: {log: }\n")
    follow(place, ["cmake -B build", "cmake --build build", "baton run baton.yaml", add, "baton sync-notify log msg Hello"])
    if (answer := place.run(call)) != "2\n":
        fail(f"`{call}` says", answer)
    follow(place, ["baton stop"])
