#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Plans from a description and a saved topology, word for word.

usage: run.py MIMCTL [--update]

NAME.yaml meets NAME.live.json. NAME.expected is what plan prints, and its exit status on
the last line; NAME+OPTION.expected the same with --OPTION (-O for one letter);
NAME.expected.json is standard output with -o json. Speaks TAP.
"""

import os
import subprocess
import sys


def plan(mimctl, name, *options):
    env = dict(os.environ, NO_COLOR="1", LC_ALL="C.UTF-8", TZ="UTC")
    run = subprocess.run([mimctl, "plan", "-f", f"{name}.yaml", "--live",
                          f"{name}.live.json", *options], stdin=subprocess.DEVNULL,
                         capture_output=True, text=True, env=env, timeout=60,
                         check=False)
    return run.stdout, f"{run.stdout}{run.stderr}exit {run.returncode}\n"


def answer(mimctl, file):
    if file.endswith(".json"):
        return plan(mimctl, file.removesuffix(".expected.json"), "-o", "json")[0]
    name, *options = file.removesuffix(".expected").split("+")
    return plan(mimctl, name, *(f"--{o}" if len(o) > 1 else f"-{o}" for o in options))[1]


def expectations():
    """Every file with an answer, and the one that every description has to have."""
    files = os.listdir(".")
    answers = {f for f in files if f.endswith((".expected", ".expected.json"))}
    needed = {f"{f.removesuffix('.yaml')}.expected" for f in files if f.endswith(".yaml")}
    return sorted(answers | needed)


def problem(mimctl, file, update):
    got = answer(mimctl, file)
    if update:
        with open(file, "w", encoding="utf-8") as out:
            out.write(got)
    # Deterministic: same input, same bytes.
    if got != answer(mimctl, file):
        return "the same plan a second time is another"
    try:
        with open(file, encoding="utf-8") as expected:
            wanted = expected.read()
    except FileNotFoundError:
        return f"no {file}"
    return None if got == wanted else f"expected:\n{wanted}but got:\n{got}"


def main():
    mimctl, update = os.path.abspath(sys.argv[1]), "--update" in sys.argv[2:]
    os.chdir(os.path.dirname(os.path.abspath(__file__)))
    files = expectations()
    failed = 0
    print(f"1..{len(files)}")
    for number, file in enumerate(files, 1):
        found = problem(mimctl, file, update)
        failed += bool(found)
        print(f"{'not ok' if found else 'ok'} {number} - {file}")
        if found:
            print("".join(f"# {line}\n" for line in found.splitlines()), end="")
    return 1 if failed else 0


sys.exit(main())
