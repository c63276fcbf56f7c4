#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Every mistake that validation finds, with its exact words and place.

usage: run.py MIMCTL [--update]

NAME.yaml, or the folder NAME, is validated; NAME.expected is what mimctl prints, and its
exit status on the last line. The same run with -o json has to tell the same. BPF objects
that a case names are in objects/: the folder OBJECTS, or the one of MIMCTL's build.
Speaks TAP.
"""

import json
import os
import re
import subprocess
import sys
import tempfile

FIRST_LINE = re.compile(r"^(?:([^ ]+?):(?:(\d+):(\d+):)? )?(error|warning): (.*)$")


def validate(mimctl, path, *options):
    env = dict(os.environ, NO_COLOR="1", LC_ALL="C.UTF-8")
    return subprocess.run([mimctl, "validate", "-f", path, *options],
                          stdin=subprocess.DEVNULL, capture_output=True, env=env,
                          timeout=60)


def as_text(run):
    text = (run.stdout + run.stderr).decode("utf-8", "surrogateescape")
    return f"{text}exit {run.returncode}\n"


def places_in_text(text):
    found = (FIRST_LINE.match(line) for line in text.splitlines())
    return [(m[1], int(m[2] or 0), int(m[3] or 0), m[4], m[5]) for m in found if m]


def places_in_json(result):
    for diag in result["diagnostics"]:
        where = diag["range"] or {}
        # Text shows control characters of a hostile file as spaces.
        message = re.sub(r"[\x00-\x1f\x7f]", " ", diag["message"])
        yield (where.get("file"), where.get("line", 0), where.get("column", 0),
               diag["severity"], message)


def json_problem(run, text):
    try:
        result = json.loads(run.stdout.decode("utf-8", "surrogateescape"))
    except ValueError as error:
        return f"-o json is no JSON: {error}"
    for diag in result["diagnostics"]:
        if not re.fullmatch(r"MIM[0-9]{3}", diag["code"]) or diag["code"] == "MIM000":
            return f"code {diag['code']}"
    if list(places_in_json(result)) != places_in_text(text):
        return (f"-o json tells {list(places_in_json(result))}, "
                f"text {places_in_text(text)}")
    if result["valid"] != (run.returncode == 0):
        return f"valid is {result['valid']} with exit {run.returncode}"
    return None


def check(mimctl, path, expected_path, update):
    run = validate(mimctl, path)
    text = as_text(run)
    if update:
        with open(expected_path, "w", errors="surrogateescape") as file:
            file.write(text)
    try:
        with open(expected_path, errors="surrogateescape") as file:
            expected = file.read()
    except FileNotFoundError:
        return f"no {expected_path}"
    if text != expected:
        return f"expected:\n{expected}but got:\n{text}"
    structured = validate(mimctl, path, "-o", "json")
    if structured.returncode != run.returncode:
        return f"exit {structured.returncode} with -o json, {run.returncode} without"
    return json_problem(structured, text)


def cases():
    for entry in sorted(os.listdir(".")):
        if entry.endswith(".yaml"):
            yield entry.removesuffix(".yaml"), entry
        elif os.path.isdir(entry) and entry != "__pycache__":
            yield entry, entry


def stage(folder, here, mimctl):
    """All that is here, and the objects: paths are relative to the files that name them."""
    build = os.path.dirname(os.path.dirname(mimctl))
    objects = os.environ.get("OBJECTS") or os.path.join(build, "tests", "objects")
    for entry in os.listdir(here):
        os.symlink(os.path.join(here, entry), os.path.join(folder, entry))
    os.symlink(os.path.abspath(objects), os.path.join(folder, "objects"))


def main():
    with tempfile.TemporaryDirectory() as folder:
        return run_all(folder)


def run_all(folder):
    mimctl = os.path.abspath(sys.argv[1])
    here = os.path.dirname(os.path.abspath(__file__))
    stage(folder, here, mimctl)
    os.chdir(here)
    all_cases = list(cases())
    os.chdir(folder)
    print(f"1..{len(all_cases)}")
    failed = 0
    for number, (name, path) in enumerate(all_cases, 1):
        problem = check(mimctl, path, os.path.join(here, f"{name}.expected"),
                        "--update" in sys.argv[2:])
        print(f"{'not ok' if problem else 'ok'} {number} - {name}")
        if problem:
            failed += 1
            print("".join(f"# {line}\n" for line in problem.splitlines()), end="")
    return 1 if failed else 0


sys.exit(main())
