# SPDX-License-Identifier: BSD-2-Clause
"""How often bpf() is called: no time is measured, so it holds on a busy machine."""

import os
import subprocess

from jobs import TYPES, find_program

FEW, MANY = 100, 1000
MORE = MANY - FEW
# Other programs on the machine have maps, programs and pins of their own that are looked
# at as well, and that come and go. A call for each inner map would be ten times as many.
NOISE = MORE // 10
TRIES = 3
# Most calls for each further slot. Without the iterator every map of the kernel is looked
# at, whoever has it. Rebinding makes the new map, holds the old one, and opens and reads
# that to tell how many entries are lost with it. One slot in a hundred has drifted: of
# these maps the plan tells what is in them.
NO_ITERATOR, DRIFT = "nothing to do, no iterator", "plan after 1% drift"
LIMITS = (("nothing to do", 0), (NO_ITERATOR, 6), ("cold apply", 1), (DRIFT, 0.1),
          ("rebind all", 4))
# The workers that write slots have a call each.
WORKERS = 64


def maps_in_kernel(bench):
    return int(subprocess.run([bench.bare, "count", ""], capture_output=True, text=True,
                              check=True).stdout)


def count_calls(bench, kind, slots):
    """bpf() calls of each job, and how many maps the kernel had then."""
    counted = {}
    bench.describe(kind, slots)

    def take(job, command, env):
        calls = bench.trace(command, env)
        counted[job] = sum(calls.values()), maps_in_kernel(bench)

    bench.round(take)
    return counted


def problem(job, few, many, limit):
    """What is wrong with the calls for more slots, or None."""
    growth = many[0] - few[0]
    foreign = abs(many[1] - few[1] - MORE) if job == NO_ITERATOR else 0
    most = int(limit * (MORE + foreign)) + NOISE + WORKERS * 2
    if growth <= most:
        return None
    return (f"{few[0]} calls for {FEW} slots, {many[0]} for {MANY}: {growth} more, "
            f"where {most} are allowed")


def problems(bench, kind):
    few, many = count_calls(bench, kind, FEW), count_calls(bench, kind, MANY)
    return {job: (problem(job, few[job], many[job], limit), many[job][0])
            for job, limit in LIMITS}


def check(bench):
    if not find_program("strace"):
        print("1..0 # SKIP package strace is missing")
        return 1 if os.environ.get("CI") else 0
    print(f"1..{len(TYPES) * len(LIMITS)}", flush=True)
    number, failed = 0, 0
    for kind in TYPES:
        found = problems(bench, kind)
        for _ in range(TRIES - 1):
            if not any(wrong for wrong, _ in found.values()):
                break
            again = problems(bench, kind)
            found = {job: found[job] if not found[job][0] else again[job]
                     for job in found}
        for job, limit in LIMITS:
            wrong, calls = found[job]
            number += 1
            failed += wrong is not None
            print(f"{'not ok' if wrong else 'ok'} {number} - {kind}: {job}: at most "
                  f"{limit} bpf() calls for each further slot ({calls} for {MANY})")
            if wrong:
                print(f"# {wrong}", flush=True)
    return 1 if failed else 0
