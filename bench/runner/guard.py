# SPDX-License-Identifier: Apache-2.0
"""Counts the instructions of the hot paths with callgrind, and holds them against their budgets.

Time on a shared machine says little of 5 %; the instructions of one thread are the same each time.
"""
import os
import subprocess

import costs

BUDGETS = os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, "budgets.tsv")
GROWTH_MAX = 0.05
COUNT = 20_000


def paths(program):
    done = subprocess.run([program, "list"], stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout.split()


def instructions(program, path):
    """Per operation."""
    return sum(costs.profile(program, path, COUNT).costs.values()) / COUNT


def read_budgets():
    with open(BUDGETS, encoding="utf-8") as lines:
        pairs = [line.split("\t") for line in lines if line.strip() and not line.startswith("#")]
    return {path: float(budget) for path, budget in pairs}


def write_budgets(counted):
    with open(BUDGETS, encoding="utf-8") as lines:
        comments = [line for line in lines if line.startswith("#")]
    with open(BUDGETS, "w", encoding="utf-8") as out:
        out.writelines(comments)
        out.writelines(f"{path}\t{value:.1f}\n" for path, value in counted.items())


def program_of(build):
    return os.path.join(build, "bin", "baton_hot_paths")


def run(build, renew):
    program = program_of(build)
    counted = {}
    budgets = read_budgets()
    is_kept = True
    print(f"{'instructions per operation':30} {'budget':>9} {'counted':>9}")
    for path in paths(program):
        counted[path] = instructions(program, path)
        budget = budgets.get(path)
        growth = counted[path] / budget - 1 if budget else None
        is_over = growth is None or growth > GROWTH_MAX
        is_kept = is_kept and not is_over
        change = "no budget" if growth is None else f"{round(growth, 4) + 0:+.1%}" + ("  TOO MUCH" if is_over else "")
        print(f"{path:30} {budget or 0:9.1f} {counted[path]:9.1f}  {change}", flush=True)
    gone = sorted(set(budgets) - set(counted))
    if gone:
        print(f"there is no such path any more: {', '.join(gone)}")
    if renew:
        write_budgets(counted)
        print("bench/budgets.tsv has the new budgets; its commit says what they pay for")
        return 0
    if not is_kept or gone:
        print(f"A path grew by more than {GROWTH_MAX:.0%}. What is worth it becomes the new budget: ./dev bench --guard --renew")
        return 1
    return 0
