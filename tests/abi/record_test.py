#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`record` in a repository of its own: a tag without its record is found, and a record that was edited."""
import pathlib
import subprocess
import sys
import tempfile

RECORD = pathlib.Path(__file__).resolve().parent / "record"
HEADER = "#define BATON_ABI_MAJOR 1u\n#define BATON_ABI_MINOR 4u\n"


def main():
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        script = root / "tests/abi/record"
        script.parent.mkdir(parents=True)
        (script.parent / "recorded").mkdir()
        script.write_bytes(RECORD.read_bytes())
        header = root / "plugin_api/include/baton/abi.h"
        header.parent.mkdir(parents=True)
        header.write_text(HEADER)

        def run(*words):
            return subprocess.run(words, cwd=root, capture_output=True, text=True)

        def git(*words):
            run("git", "-c", "user.name=t", "-c", "user.email=t@t", "-c", "commit.gpgsign=false", *words).check_returncode()

        def expect(code, text, *words):
            ran = run(sys.executable, script, *words)
            if ran.returncode != code or text not in ran.stdout + ran.stderr:
                sys.exit(f"record {words}: expected {code} and `{text}`, got {ran.returncode}: {ran.stdout}{ran.stderr}")

        expect(77, "no tag v*", "--check-tags")
        git("init", "-q")
        git("add", ".")
        git("commit", "-q", "-m", "first")
        expect(77, "no tag v*", "--check-tags")
        expect(1, "`v0.1.0` is no commit", "v0.1.0")
        git("tag", "v0.1.0")
        expect(77, "no tag v*", "--check-tags")
        git("commit", "-q", "--allow-empty", "-m", "after the tag")
        expect(1, "v0.1.0: not recorded; run tests/abi/record v0.1.0", "--check-tags")
        expect(0, "tests/abi/recorded/v0.1.0: 2 files, abi 1.4", "v0.1.0")
        expect(0, "as recorded: v0.1.0", "--check-tags")
        expect(1, "records are not edited", "v0.1.0")

        header.write_text(HEADER + "/* later */\n")
        git("commit", "-q", "-a", "-m", "second")
        expect(0, "tests/abi/recorded/abi-1.4", "abi-1.4", "HEAD")
        expect(0, "as recorded: abi-1.4, v0.1.0", "--check")
        recorded = root / "tests/abi/recorded/v0.1.0/include/baton/abi.h"
        recorded.write_text(HEADER + "/* edited */\n")
        expect(1, "v0.1.0/include/baton/abi.h: is not what commit", "--check")
        expect(1, "v0.1.0/include/baton/abi.h: is not what commit", "--check-tags")
        expect(0, "as recorded: abi-1.4", "--check", "abi-1.4")
        recorded.unlink()
        expect(1, "v0.1.0/include/baton/abi.h: is not what commit", "--check", "v0.1.0")
    print("record finds a tag without a record, and an edited record")


main()
