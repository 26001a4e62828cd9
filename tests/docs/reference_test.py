#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""usage: reference_test.py SOURCE

docs/plugin_reference.md names every callback and service of abi.h, each result that they can have, and every public header.
"""
import pathlib
import re
import sys

NOT_OF_CALLBACKS = re.compile(r"BATON_(ABI|NOTE|ENTRY|OPTION|LOG|TERMINATE|STATUS|ATOM|TEXT|APPLICATION|EXPORT|H$|NOEXCEPT|MANIFEST)")
# What the page says with "another failure" and "malformed".
IN_OTHER_WORDS = {"BATON_ERROR", "BATON_EXCEPTION", "BATON_NO_MEMORY", "BATON_INVALID", "BATON_BAD_RETURN"}


def members(abi, struct):
    body = re.search(rf"typedef struct {struct} {{(.*?)^}} {struct};", abi, re.DOTALL | re.MULTILINE).group(1)
    return re.findall(r"\(\*(\w+)\)", body)


def main():
    source = pathlib.Path(sys.argv[1])
    include = source / "plugin_api" / "include"
    abi = (include / "baton" / "abi.h").read_text()
    page = (source / "docs" / "plugin_reference.md").read_text()
    wanted = [name for struct in ("baton_handler", "baton_server", "baton_host") for name in members(abi, struct)]
    if len(wanted) < 30:
        sys.exit(f"abi.h is read wrongly: it has only {wanted}")
    results = set(re.findall(r"^\s*(BATON_\w+) = ", abi, re.MULTILINE)) - IN_OTHER_WORDS
    wanted += sorted(name for name in results if not NOT_OF_CALLBACKS.match(name))
    headers = sorted(include.glob("baton/*.h*")) + [include / "baton/testing/fake_host.hpp"]
    wanted += [str(header.relative_to(include)) for header in headers]
    missing = [name for name in wanted if f"`{name}`" not in page]
    if missing:
        sys.exit("docs/plugin_reference.md says nothing of: " + ", ".join(missing))


main()
