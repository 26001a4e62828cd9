#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""usage: layout_test.py HEADER COMPILER            today's abi.h against each recorded one
       layout_test.py HEADER COMPILER --prove    each change that would break a plugin is found, each that may be is not
"""
import pathlib
import re
import sys
import tempfile

sys.dont_write_bytecode = True

import layout
import next_minor

RECORDED = pathlib.Path(__file__).resolve().parent / "recorded"


def check(header, compiler):
    today, problems, minors = layout.layout(header, compiler), [], set()
    for folder in sorted(RECORDED.glob("*/")):
        recorded = layout.layout(folder / "include/baton/abi.h", compiler)
        found = layout.breaches(recorded, today)
        problems += [f"since {folder.name}: {problem}" for problem in found]
        minors.add(layout.minor(recorded))
        print(f"{folder.name}: {len(recorded.lines)} things of the boundary, {len(found)} not as they were")
    problems += [f"ABI 1.{minor} is not recorded (docs/abi.md)" for minor in range(layout.minor(today))
                 if minor not in minors]
    return problems


NEXT_MINOR = (r"BATON_ABI_MINOR \d+u", "BATON_ABI_MINOR 99u")

# What breaks a plugin -> (what it was made of, what it becomes); NEXT_MINOR besides, so that this is not what is found.
BREAKING = {
    "two members change places": (r"(  size_t handled;.*\n)(  size_t refused;.*\n)", r"\2\1"),
    "two functions change places": (r"(  void \(\*end_parts\).*\n)((?:.*\n)*?)(  baton_status \(\*load_part\).*\n)", r"\3\2\1"),
    "a member in the middle": (r"  baton_str id;             /\*", r"  uint64_t extra;\n\g<0>"),
    "a function in the middle": (r"  baton_status \(\*save\)", r"  void (*extra)(baton_instance *) BATON_NOEXCEPT;\n\g<0>"),
    "a member is gone": (r"  baton_str process; .*\n", ""),
    "a reserved member is used up": (r"uint32_t reserved;  /\* 0 \*/\n  uint64_t then_ms", r"uint32_t extra;\n  uint64_t then_ms"),
    "a member's name": (r"size_t handled;", "size_t taken;"),
    "a member's sign": (r"int64_t time_us;", "uint64_t time_us;"),
    "a function takes more": (r"(\(\*log\)\(baton_host_context \*, int32_t level, baton_str text)", r"\1, uint32_t more"),
    "a function takes another type": (r"uint64_t delay_ms", "int64_t delay_ms"),
    "a function gives something back": (r"void \(\*end_parts\)", "baton_status (*end_parts)"),
    "a struct without a size grows": (r"  const baton_attributes \*attributes;.*\n", r"\g<0>  uint64_t extra;\n"),
    "a struct that the host reads whole grows": (r"  baton_str traceparent;.*\n", r"\g<0>  baton_str extra;\n"),
    "another number": (r"BATON_FULL = -9,", "BATON_FULL = -14,"),
    "two numbers change places": (r"BATON_TERMINATE_STOP = 1,((?:.*\n)*?.*)BATON_TERMINATE_DELETED = 2,",
                                  r"BATON_TERMINATE_STOP = 2,\1BATON_TERMINATE_DELETED = 1,"),
    "a number twice": (r"BATON_REFUSED = 4,", r"\g<0> BATON_EXTRA = 4,"),
    "a number is gone": (r"  BATON_OPTION_PATH = 8 .*\n", ""),
    "a type": (r"typedef uint32_t baton_atom;", "typedef uint64_t baton_atom;"),
    "another major": (r"BATON_ABI_MAJOR 1u", "BATON_ABI_MAJOR 2u"),
    "another entry": (r"baton_plugin_v1", "baton_plugin_v2"),
    "another owner of the note": (r'BATON_NOTE_OWNER "Baton"', 'BATON_NOTE_OWNER "baton"'),
    "the note's head": (r"uint16_t abi_major, abi_minor;( +)\\", r"uint32_t abi_major, abi_minor;\1\\"),
}


def mutated(text, *changes):
    for pattern, replacement in changes:
        text, count = re.subn(pattern, replacement, text, count=1)
        if count != 1:
            raise ValueError(f"abi.h has no {pattern}")
    return text


def prove(header, compiler):
    text = pathlib.Path(header).read_text()
    # A last member that leaves room behind it, which an old `size` counts as its own.
    roomy = mutated(text, (r"  uint32_t is_last;(.*)\n  uint32_t reserved;.*\n", r"  uint32_t is_last;\1\n"))
    cases = {what: (text, mutated(text, change, NEXT_MINOR), True) for what, change in BREAKING.items()}
    cases["a member in the room behind the last one"] = (roomy, mutated(text, NEXT_MINOR), True)
    cases["something new without a new minor"] = (text, mutated(text, (r"BATON_OK = 0,", r"\g<0> BATON_EXTRA = 77,")), True)
    cases["an older minor"] = (text, mutated(text, (r"BATON_ABI_MINOR \d+u", "BATON_ABI_MINOR 0u")), True)
    cases["everything grows that may, with a new minor"] = (text, next_minor.next_minor(text), False)
    cases["nothing"] = (text, text, False)
    layouts = layouts_of({header for old, new, _ in cases.values() for header in (old, new)}, compiler)
    problems = []
    for what, (old, new, is_breach) in cases.items():
        found = layout.breaches(layouts[old], layouts[new])
        print(f"{what}: {found[0] if found else 'nothing found'}{f', and {len(found) - 1} more' if len(found) > 1 else ''}")
        if bool(found) != is_breach:
            problems.append(f"{what}: {'not found' if is_breach else 'may be, but is found'}")
    return problems


def layouts_of(headers, compiler):
    layouts = {}
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "abi.h")
        for header in headers:
            path.write_text(header)
            layouts[header] = layout.layout(path, compiler)
    return layouts


def main():
    header, compiler = sys.argv[1:3]
    problems = prove(header, compiler) if "--prove" in sys.argv else check(header, compiler)
    for problem in problems:
        print(problem)
    return 1 if problems else 0


sys.exit(main())
