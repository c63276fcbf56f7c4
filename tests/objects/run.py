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
    ("import_cut_names", "import_cut_names.bpf.o"),
    ("import_types", "types.bpf.o"),
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

CHECK = [
    ("check_fits", "outer.bpf.o -f check_fits.yaml"),
    ("check_fits_json", "outer.bpf.o -f check_fits.yaml -o json"),
    ("check_misfits", "outer.bpf.o -f check_misfits.yaml"),
    ("check_misfits_json", "outer.bpf.o -f check_misfits.yaml -o json"),
    ("check_misfits_summary", "outer.bpf.o -f check_misfits.yaml -o summary"),
    ("check_misfits_quiet", "outer.bpf.o -f check_misfits.yaml -q"),
    ("check_external", "outer.bpf.o -f check_external.yaml"),
    ("check_elsewhere", "outer.bpf.o -f check_elsewhere.yaml"),
    ("check_bpffs", "outer.bpf.o -f check_moved.yaml --bpffs /mnt/b"),
    ("check_moved", "outer.bpf.o -f check_moved.yaml"),
    ("check_another_build", "outer_u32.bpf.o -f check_moved.yaml"),
    ("check_two_files", "outer.bpf.o -f check_moved.yaml -f check_moved_too.yaml"),
    ("check_none", "outer.bpf.o -f check_none.yaml"),
    ("check_open", "import_left_out.bpf.o -f check_open.yaml"),
    ("check_iproute2", "iproute2.bpf.o -f check_iproute2.yaml"),
    ("check_plain", "plain5.bpf.o -f check_plain.yaml"),
    ("check_no_maps", "newer.bpf.o -f check_none.yaml"),
    ("check_broken", "outer.bpf.o -f check_broken.yaml"),
    ("check_no_object_file", "nowhere.bpf.o -f check_fits.yaml"),
    ("check_no_description", "outer.bpf.o"),
    ("check_no_file", "outer.bpf.o -f nowhere.yaml"),
]

CASES = [(name, "check --object " + words) for name, words in CHECK]
CASES.append(("check_no_object", "check -f check_fits.yaml"))
CASES += [(name, "import --object " + words) for name, words in IMPORT]
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
