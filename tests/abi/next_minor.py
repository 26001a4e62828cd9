#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""usage: next_minor.py HEADER OUTPUT: the header abi.h of the next minor version, as it might become.

Each struct that may grow has grown, tables by a function; there is a status, and something that follows a callback,
that today's host has never heard of.
"""
import pathlib
import re
import sys

import layout

NEXT = "of_next_minor"
FUNCTIONS = {
    "baton_host": f"baton_status (*{NEXT})(baton_host_context *) BATON_NOEXCEPT;",
    "baton_handler": f"baton_status (*{NEXT})(baton_instance *) BATON_NOEXCEPT;",
    "baton_server": f"baton_status (*{NEXT})(baton_instance *) BATON_NOEXCEPT;",
}


def next_minor(text):
    header = layout.read(text)
    for struct in header.structs:
        if layout.may_grow(header, struct):
            member = FUNCTIONS.get(struct, f"uint64_t {NEXT};")
            text = replaced(rf"\n\}} {struct};", f"\n  {member}\n}} {struct};", text)
    text = replaced(r"BATON_OK = 0,", "BATON_OK = 0, BATON_NEXT_STATUS = 1000,", text)
    text = replaced(r"BATON_THEN_NOTHING = 0,", "BATON_THEN_NOTHING = 0, BATON_THEN_NEXT = 1000,", text)
    minor = re.search(r"BATON_ABI_MINOR (\d+)u", text)
    return replaced(minor.group(), f"BATON_ABI_MINOR {int(minor.group(1)) + 1}u", text)


def replaced(pattern, replacement, text):
    text, count = re.subn(pattern, replacement, text)
    if count != 1:
        raise ValueError(f"{count} places of {pattern}")
    return text


def main():
    header, output = map(pathlib.Path, sys.argv[1:])
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(next_minor(header.read_text()))


if __name__ == "__main__":
    main()
