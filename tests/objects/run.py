#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""What the commands print that read BPF objects, word for word; they need no kernel.

usage: run.py MIMCTL [--update]

NAME.expected is what a case prints, and its exit status on the last line. A description
that is printed has to be valid. Objects are in the folder OBJECTS, or in that of MIMCTL's
build. Speaks TAP.
"""

import hashlib
import os
import subprocess
import sys
import tempfile

IMPORT = [
    ("import_outer", "outer.bpf.o"),
    ("import_outer_named", "outer.bpf.o edge-lb --bpffs /mnt/b"),
    ("import_outer_json", "outer.bpf.o -o json"),
    ("import_iproute2", "iproute2.bpf.o"),
    ("import_kinds", "kinds.bpf.o"),
    ("import_left_out", "import_left_out.bpf.o"),
    ("import_templates", "import_templates.bpf.o"),
    ("import_names", "import_names.bpf.o"),
    ("import_quiet", "import_left_out.bpf.o -q"),
    ("import_nothing", "plain5.bpf.o"),
    ("import_wide_key", "import_wide_key.bpf.o"),
    ("import_no_file", "nowhere.bpf.o"),
    ("import_no_bpf", "/bin/true"),
    ("import_summary", "outer.bpf.o -o summary"),
    ("import_two_names", "outer.bpf.o a b"),
    ("import_bad_name", "outer.bpf.o a.b"),
    ("import_name_taken", "outer.bpf.o services"),
]

CASES = [(name, "import --object " + words) for name, words in IMPORT]
CASES.append(("import_no_object", "import"))


def run(mimctl, words, text=None):
    env = dict(os.environ, NO_COLOR="1", LC_ALL="C.UTF-8")
    return subprocess.run([mimctl, *words.split()], input=text, capture_output=True,
                          env=env, timeout=60)


def valid_problem(mimctl, result):
    again = run(mimctl, "validate -f -", result.stdout)
    return f"not valid: {again.stderr.decode()}" if again.returncode else None


def without_digests(text, words):
    """The digest of an object is another with each compiler."""
    for word in words.split():
        if word.endswith(".o") and os.path.exists(word):
            with open(word, "rb") as file:
                text = text.replace(hashlib.sha1(file.read()).hexdigest(), "SHA1")
    return text


def check(mimctl, name, words, here, update):
    result = run(mimctl, words)
    text = (result.stdout + result.stderr).decode() + f"exit {result.returncode}\n"
    text = without_digests(text, words)
    path = os.path.join(here, f"{name}.expected")
    if update:
        with open(path, "w") as file:
            file.write(text)
    try:
        with open(path) as file:
            expected = file.read()
    except FileNotFoundError:
        return f"no {path}"
    if text != expected:
        return f"expected:\n{expected}but got:\n{text}"
    if words.startswith("import") and result.returncode == 0:
        return valid_problem(mimctl, result)
    return None


def main():
    mimctl = os.path.abspath(sys.argv[1])
    here = os.path.dirname(os.path.abspath(__file__))
    build = os.path.dirname(os.path.dirname(mimctl))
    objects = os.environ.get("OBJECTS") or os.path.join(build, "tests", "objects")
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for entry in sorted(os.listdir(objects)) + sorted(os.listdir(here)):
            source = os.path.join(here, entry)
            source = source if os.path.exists(source) else os.path.join(objects, entry)
            if entry.endswith((".o", ".yaml")):
                os.symlink(os.path.abspath(source), os.path.join(folder, entry))
        os.chdir(folder)
        print(f"1..{len(CASES)}")
        for number, (name, words) in enumerate(CASES, 1):
            problem = check(mimctl, name, words, here, "--update" in sys.argv[2:])
            failed += bool(problem)
            print(f"{'not ok' if problem else 'ok'} {number} - {name}")
            if problem:
                print("".join(f"# {line}\n" for line in problem.splitlines()), end="")
    return 1 if failed else 0


sys.exit(main())
