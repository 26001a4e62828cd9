#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""usage: examples_test.py BATON PREFIX GCC_FOLDER LIBCXX_FOLDER

The examples of plugins/examples, built by g++ with libstdc++ and by clang++ with libc++, together in one real host: they
give the same answers, go on with each other's state, and in the end no library of theirs is mapped. The handler in Rust,
which has one compiler, is among them where it was built.
"""
import json
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from outside import Place, fail

HANDLERS = ["word_count_1", "word_count_2", "file_sink", "last_value"]

# A config names types, and of two files that offer one type the newest is taken: so what comes from a folder is one build,
# and the other one and the older version are added by their files.
CONFIG = """
plugins: {{directories: [{gcc}]}}
managers:
  work:
    handlers:
      - {{type: WordCount, id: word_count_2_gcc}}
      - {{type: FileSink, id: file_sink_gcc, options: {{path: file_sink_gcc.jsonl}}}}
      - {{type: LastValue, id: last_value_gcc}}
servers:
  limiter_gcc: {{type: RateLimiter, options: {{rate: 0.001, burst: 2}}}}
"""


class Host:
    def __init__(self, place, builds):
        self.place = place
        self.builds = builds

    def say(self, words, status=0):
        return self.place.run(f"baton {words}", status).rstrip("\n")

    def expect(self, answer, words):
        if (said := self.say(words)) != answer:
            fail(f"`baton {words}` says\n{said}\nnot\n{answer}", self.place.host_says())

    def expect_libraries(self, build, state):
        """What has become of each library of that build, when it was loaded last. `unloaded` is said only of one whose
        mapping is gone; one that stays is `pinned`."""
        for name in HANDLERS + ["rate_limiter"]:
            self.expect_library(self.builds[build] / f"{name}.so", state)

    def expect_library(self, file, state):
        states = [library["state"] for library in json.loads(self.say("status -o json"))["libraries"]
                  if library["file"] == str(file)]
        if states[-1:] != [state] or any(earlier != "unloaded" for earlier in states[:-1]):
            fail(f"{file} is not {state}: {states}", self.place.host_says())


def add_others(host):
    host.say(f"add work {host.builds['gcc'] / 'word_count_1.so'} --id word_count_1_gcc")
    for name in HANDLERS:
        options = f"path={host.place.folder / 'file_sink_libcxx.jsonl'}" if name == "file_sink" else ""
        host.say(f"add work {host.builds['libcxx'] / name}.so --id {name}_libcxx {options}")
    host.say(f"start limiter_libcxx {host.builds['libcxx'] / 'rate_limiter.so'} rate=0.001 burst=2")


def ask(host, build):
    host.expect('{"to": 3, "be": 2, "do": 1}', f"call work/word_count_1_{build} top")
    host.expect("3", f"call work/word_count_2_{build} count to")
    host.expect("to do", f"call work/last_value_{build} last")
    host.expect("2", f"call work/file_sink_{build} written")
    lines = (host.place.folder / f"file_sink_{build}.jsonl").read_text().splitlines()
    if (written := [json.loads(line)["data"] for line in lines]) != ["be to be to", "to do"]:
        fail(f"the file sink of {build} has written {written}")
    for answer in ["true", "true", "false"]:
        host.expect(answer, f"call limiter_{build} allow me")


def see_exceptions_caught(host, build):
    """Each standard library throws and catches by a runtime of its own."""
    said = host.say(f"add work {host.builds[build] / 'file_sink.so'} --id nowhere path=/nowhere/at/all", status=1)
    if "cannot open the file: No such file or directory" not in said:
        fail(f"the file sink of {build} does not say why it cannot be made", said)


def take_away(host, build):
    for name in HANDLERS:
        host.say(f"remove work/{name}_{build}")
    host.say(f"stop limiter_{build}")
    host.expect_libraries(build, "unloaded")


def swap(host, build):
    for name in HANDLERS:
        host.say(f"swap work/{name}_gcc {host.builds[build] / name}.so")
    host.say(f"swap limiter_gcc {host.builds[build] / 'rate_limiter.so'}")
    host.expect_libraries(build, "loaded")
    host.expect_libraries("libcxx" if build == "gcc" else "gcc", "unloaded")


def see_state_kept(host, more):
    """The state came from the other build; `more` words `to` have been counted by this handler before."""
    host.expect("to do" if more == 0 else "to", "call work/last_value_gcc last")
    host.expect("false", "call limiter_gcc allow me")
    host.say("sync-notify work msg to")
    host.expect(f'{{"to": {4 + more}, "be": 2, "do": 1}}', "call work/word_count_1_gcc top")
    host.expect(str(4 + more), "call work/word_count_2_gcc count to")


def main():
    baton, prefix, gcc, libcxx = sys.argv[1:]
    builds = {"gcc": pathlib.Path(gcc), "libcxx": pathlib.Path(libcxx)}
    with tempfile.TemporaryDirectory() as folder, Place(baton, prefix, folder) as place:
        host = Host(place, builds)
        (place.folder / "baton.yaml").write_text(CONFIG.format(gcc=gcc))
        place.start_host("baton run baton.yaml")
        type_count = builds["gcc"] / "type_count.so"
        add_others(host)
        if type_count.exists():
            host.say(f"add work {type_count}")
        host.say("sync-notify work msg 'be to be to'")
        host.say("sync-notify work line 'to do'")
        for build in builds:
            ask(host, build)
            see_exceptions_caught(host, build)
        if type_count.exists():
            host.expect('{"line": 1, "msg": 1}', "call work/TypeCount counts")
            host.say("remove work/TypeCount")
            host.expect_library(type_count, "unloaded")

        take_away(host, "libcxx")
        swap(host, "libcxx")
        see_state_kept(host, 0)
        swap(host, "gcc")
        see_state_kept(host, 1)
        take_away(host, "gcc")
        host.say("stop")
        place.await_host_end()


main()
