#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""usage: mistakes_test.py BATON PREFIX

Guides with one mistake each, which guide_test.py must find, and one without."""
import pathlib
import subprocess
import sys
import tempfile

GOOD = """# A guide
```txt dir/a.txt
one

two
three
```
```sh
cd dir         # for a moment
cat a.txt && \\
  echo four
# one
#
# …
# f…r
false
# exit status 1
cd ..
ls
# dir
```
```txt fragment
one
  three
```
"""

MISTAKES = {
    "sh says\nnothing is known of": "```sh says\ntrue\n```\n",
    "a block that nobody tries\nnothing is known of": "```\nbaton frobnicate\n```\n",
    "a language alone\nnothing is known of": "```cpp\nint main() {}\n```\n",
    "a command that fails\nended with 1, not 0": "```sh\nfalse\n```\n",
    "a command that does not\nended with 0, not 1": "```sh\ntrue\n# exit status 1\n```\n",
    "another output\ndoes not print": "```sh\necho two\n# one\n```\n",
    "more output\ndoes not print": "```sh\nprintf 'one\\ntwo\\n'\n# one\n```\n",
    "less output\ndoes not print": "```sh\necho one\n# one\n# two\n```\n",
    "output of nothing\nwhat no command prints": "```sh\n# one\n```\n",
    "a fragment of nothing\nof no file": "```cpp fragment\nint main() {}\n```\n",
    "a fragment in another order\nof no file": GOOD.replace("one\n  three", "three\n  one"),
    "a folder that is not there\nNo such file": "```sh\ncd nowhere\n```\n",
    "no end\nhas no end": "```sh\ntrue\n",
    "a host that cannot run\ndoes not answer": "```sh\nbaton run nothing.yaml\n```\n",
    "a host that is not stopped\nstill runs":
        "```yaml baton.yaml\nmanagers: {log: {}}\n```\n```sh\nbaton run baton.yaml\n```\n",
}


def try_guide(text):
    with tempfile.TemporaryDirectory() as folder:
        guide = pathlib.Path(folder) / "guide.md"
        guide.write_text(text)
        ran = subprocess.run([sys.executable, "-B", pathlib.Path(__file__).with_name("guide_test.py"), *sys.argv[1:], guide],
                             text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return ran.returncode, ran.stdout


status, output = try_guide(GOOD)
wrong = [] if status == 0 else [f"the good one: {output}"]
for title, text in MISTAKES.items():
    name, expected = title.split("\n")
    status, output = try_guide(text)
    if status != 1 or expected not in output:
        wrong.append(f"{name}: status {status}\n{output}")
sys.exit("\n".join(wrong) or 0)
