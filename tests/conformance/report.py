#!/usr/bin/env python3
"""The conformance table: which of OTP's cases are proved by which test, and whether it passes.

usage: report.py FOLDER-OF-TEST-PROGRAMS [--tags-only]

cases.tsv has the cases: the peers' own suites and runs of the real BEAM. `kept` is yes, adapted (our rule differs,
and `why` says how) or no. A test proves a case by bearing its id as a tag. --tags-only looks at the tags and runs
nothing. Exit 1 when a case that is kept has no test, a test fails, or a tag names no case.
"""
import csv
import pathlib
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

CASES = pathlib.Path(__file__).with_name("cases.tsv")
ID = re.compile(r"\[((?:ge|gs|su|sy|xe|xs|xg|xo|n7|ee|eg|el|hc)-g?\d+)\]")


def read_cases():
    with CASES.open(encoding="utf-8") as file:
        return {row["id"]: row for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)}


def tagged_tests(program):
    """Each test of a program that bears ids: its name, and the ids."""
    listing = subprocess.run([program, "--list-tests"], capture_output=True, text=True, check=False).stdout
    name = ""
    found = {}
    for line in listing.splitlines():
        text = line.strip()
        if line.startswith("      ") and text.startswith("["):
            found.setdefault(name, set()).update(ID.findall(text))
        elif line.startswith("    ") and not line.startswith("      ["):
            name = f"{name} {text}"
        elif line.startswith("  "):
            name = text
    return {name: ids for name, ids in found.items() if ids}


def results(program, ids):
    """Whether each test that bears one of the ids passes, with the ids that it bears."""
    run = subprocess.run([program, "-r", "xml", ",".join(f"[{an_id}]" for an_id in sorted(ids))],
                         capture_output=True, text=True, check=False)
    for case in ElementTree.fromstring(run.stdout).iter("TestCase"):
        passed = case.find("OverallResult").get("success") == "true"
        yield case.get("name"), set(ID.findall(case.get("tags", ""))), passed


def main():
    arguments = [argument for argument in sys.argv[1:] if argument != "--tags-only"]
    if len(arguments) != 1:
        sys.exit(__doc__)
    tags_only = "--tags-only" in sys.argv
    cases = read_cases()
    proofs = {an_id: [] for an_id in cases}
    problems = []
    for program in sorted(pathlib.Path(arguments[0]).glob("*_test")):
        tests = tagged_tests(program)
        if not tests:
            continue
        ids = set().union(*tests.values())
        found = ((name, own, True) for name, own in tests.items()) if tags_only else results(program, ids)
        for name, own, passed in found:
            for an_id in own:
                if an_id not in cases:
                    problems.append(f"the test `{name}` of {program.name} bears {an_id}, which is no case")
                    continue
                proofs[an_id].append((f"{program.name}: {name}", passed))

    totals = {"pass": 0, "differs": 0, "FAIL": 0, "MISSING": 0, "not kept": 0}
    for an_id, case in cases.items():
        tests = proofs[an_id]
        if case["kept"] == "no":
            result = "not kept"
        elif not tests:
            result = "MISSING"
        elif not all(passed for _, passed in tests):
            result = "FAIL"
        else:
            result = "pass" if case["kept"] == "yes" else "differs"
        totals[result] += 1
        if result in ("MISSING", "FAIL"):
            problems.append(f"{an_id} ({case['source']}: {case['case']}): {result}")
        if not tags_only:
            why = f"  ({case['why']})" if case["why"] and result in ("differs", "not kept") else ""
            print(f"{an_id}  {result:8}  {case['source']}: {case['case']}{why}")
    print("  ".join(f"{name} {count}" for name, count in totals.items()))
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
