#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""report.py WORK VERSION STATUS FIRST: what a guest wrote, as TAP that names its kernel.

STATUS is qemu's, FIRST the number of the first result. Whatever a guest or a test program
owes, because it did not come up, died or ran out of time, is a result that failed.
"""
import pathlib
import re
import sys

work, version, status, number = pathlib.Path(sys.argv[1]), *sys.argv[2:4], int(sys.argv[4])


def lines(suffix):
    path = work / f"{version}.{suffix}"
    if not path.exists():
        return []
    text = path.read_bytes().decode(errors="replace")
    return [line.rstrip("\r") for line in text.split("\n")]


def result(good, text):
    global number
    print(f"{'ok' if good else 'not ok'} {number} - {version} {text}")
    number += 1


def note(text):
    print(f"#   {text}")


def skip(text, tails):
    """Nothing could be tried here, which says nothing about what was to be tried."""
    global number
    print(f"ok {number} - {version} # SKIP {text}")
    number += 1
    tell(tails)


def owe(text, tails):
    """A result that failed, with the last lines of the logs that may tell why."""
    result(False, text)
    tell(tails)


def tell(tails):
    for line in [line for suffix in tails for line in lines(suffix) if line.strip()][-25:]:
        note(line)


class Program:
    """One test program's output, up to its exit status."""

    def __init__(self, name):
        self.name = name
        self.results = self.failed = 0
        self.plan = None

    def line(self, line):
        found = re.match(r"(not )?ok \d+ - (.*)", line)
        plan = re.match(r"1\.\.(\d+)", line)
        if found:
            # Check names the file and the case; the test's own name tells as much.
            text = re.sub(r"^[^: ]+\.c:[^:]+:(\w+): ", r"\1: ", found[2])
            self.results += 1
            self.failed += bool(found[1])
            result(not found[1], f"{self.name}: {text.removesuffix(': Passed')}")
        elif plan:
            self.plan = int(plan[1])
            if "SKIP" in line:
                note(line)
        elif line.strip():
            note(line)

    def end(self, exit_status, seconds):
        print(f"# {version} {self.name}: {seconds} s")
        if self.plan is None or self.results != self.plan or not self.results:
            result(False, f"{self.name}: {self.results} results of "
                          f"{self.plan or 'no plan'}, exit status {exit_status}")
        elif exit_status != 0 and not self.failed:
            result(False, f"{self.name}: exit status {exit_status}")


def main():
    program, booted, done = None, False, False

    for line in lines("tap"):
        word, *rest = line.removeprefix("@@ ").split(" ") if line.startswith("@@ ") else [""]
        if word == "boot":
            booted = True
            print(f"# kernel {version}: {' '.join(rest[1:])}, up after {rest[0]} s")
        elif word == "start":
            program = Program(rest[0])
        elif word == "end":
            program.end(int(rest[1]), rest[2])
            program = None
        elif word == "done":
            done = True
            print(f"# {version}: {rest[0]} s in all")
        elif program:
            program.line(line)
        elif line.strip():
            note(line)
    if not booted:
        print(f"# kernel {version}")
        if (work / f"{version}.qemu").exists():
            owe(f"guest: did not come up, qemu's exit status is {status}",
                ["qemu", "console"])
        else:
            skip("its kernel could not be fetched", ["fetch"])
    elif not done:
        where = f" in {program.name}" if program else ""
        how = "was still running at the time limit" if status in ("124", "137") else "died"
        owe(f"guest: {how}{where}", ["qemu", "console"])


main()
