# SPDX-License-Identifier: BSD-2-Clause
"""The work that is measured: descriptions, commands, and what they took."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

TYPES = ("array_of_maps", "hash_of_maps")
JOBS = ("cold apply", "nothing to do", "nothing to do, no iterator",
        "plan after 1% drift", "rebind all", "destroy", "text only")
NO_ITERATOR = {"MIMCTL_NO_ITERATOR": "1"}


def find_program(name):
    path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    return shutil.which(name, path=path)


def alone_with_mounts():
    """Goes on in a mount namespace of its own: the bpffs of a run goes with it."""
    if os.geteuid() != 0:
        sys.exit("tests/bench/run: needs root, for bpf() and a bpffs of its own")
    if os.environ.get("MIMCTL_BENCH_MOUNTS") != "own":
        os.environ["MIMCTL_BENCH_MOUNTS"] = "own"
        os.execvp("unshare", ["unshare", "--mount", "--propagation", "private",
                              sys.executable, *sys.argv])


def describe(path, kind, slots, entries):
    """Every slot in a line of its own, with a map of its own."""
    key = ", key: u32" if kind == "hash_of_maps" else ""
    with open(path, "w", encoding="ascii") as out:
        out.write(f"""version: 1
name: bench
templates:
  - name: table
    type: hash
    key: u32
    value: u64
    max_entries: {entries}
    flags: [no_prealloc]
outer_maps:
  - {{name: bench, type: {kind}{key}, max_entries: {slots}, template: table}}
bindings:
  - outer: bench
    slots:
""")
        out.writelines(f"      - {{key: {i}}}\n" for i in range(slots))


class Bench:
    """A place to measure in: a folder with descriptions, and a bpffs."""

    def __init__(self, build):
        self.mimctl = os.path.join(build, "cmd", "mimctl")
        self.bare = os.path.join(build, "tests", "bench", "bare")
        self.measure = os.path.join(build, "tests", "bench", "measure")
        for program in (self.mimctl, self.bare, self.measure):
            if not os.access(program, os.X_OK):
                sys.exit(f"tests/bench/run: no {program}: is that a build folder?")
        self.folder = tempfile.mkdtemp(prefix="mimctl-bench-")
        self.bpffs = self.path("bpf")
        self.pin = os.path.join(self.bpffs, "bare")
        os.mkdir(self.bpffs)
        subprocess.run(["mount", "-t", "bpf", "bpf", self.bpffs], check=True)

    def close(self):
        subprocess.run(["umount", "-l", self.bpffs], check=False)
        shutil.rmtree(self.folder, ignore_errors=True)

    def path(self, name):
        return os.path.join(self.folder, name)

    def describe(self, kind, slots):
        """The description, and one in which all inner maps are others."""
        describe(self.path("first.yaml"), kind, slots, 16)
        describe(self.path("second.yaml"), kind, slots, 32)

    def settle(self):
        subprocess.run([self.bare, "settle", "bench"], check=True)

    def drift(self):
        subprocess.run([self.bare, "drift", os.path.join(self.bpffs, "bench", "bench")],
                       check=True)

    def command(self, job):
        """What mimctl is called with, and what is added to its environment."""
        first = ["--bpffs", self.bpffs, "-f", self.path("first.yaml")]
        second = ["--bpffs", self.bpffs, "-f", self.path("second.yaml")]
        return {
            "cold apply": (["apply", "-q", *first], {}),
            "nothing to do": (["apply", "-q", *first], {}),
            "nothing to do, no iterator": (["apply", "-q", *first], NO_ITERATOR),
            "plan after 1% drift": (["plan", *first], {}),
            "rebind all": (["apply", "-q", *second], {}),
            "destroy": (["destroy", "-q", "--bpffs", self.bpffs, "bench"], {}),
            "text only": (["validate", "-f", self.path("first.yaml")], {}),
        }[job]

    def bare_command(self, job):
        first, second = self.path("first.yaml"), self.path("second.yaml")
        return {
            "cold apply": ["apply", first, self.pin],
            "nothing to do": ["read", first, self.pin],
            "rebind all": ["rebind", second, self.pin],
            "destroy": ["destroy", self.pin],
            "text only": ["text", first],
        }[job]

    def run(self, command, env=None):
        """wall and process: seconds; memory: KiB."""
        told = self.path("measured.json")
        subprocess.run([self.measure, told, *command], check=True,
                       env={**os.environ, **(env or {})}, stdout=subprocess.DEVNULL)
        with open(told, encoding="ascii") as file:
            measured = json.load(file)
        if measured["status"] != 0:
            sys.exit(f"tests/bench/run: exit status {measured['status']} of "
                     f"{' '.join(command)}")
        return measured

    def trace(self, command, env=None):
        """How often bpf() was called, by the command of the call; None: no strace."""
        strace = find_program("strace")
        if not strace:
            return None
        log = self.path("strace")
        subprocess.run([strace, "-f", "-qq", "--seccomp-bpf", "-e", "trace=bpf",
                        "-e", "signal=none", "-o", log, *command], check=True,
                       env={**os.environ, **(env or {})}, stdout=subprocess.DEVNULL)
        calls = {}
        with open(log, encoding="utf-8", errors="replace") as lines:
            for line in lines:
                call = re.match(r"(?:\d+ +)?bpf\((\w+)", line)
                if call:
                    calls[call[1]] = calls.get(call[1], 0) + 1
        os.unlink(log)
        return calls

    def round(self, take):
        """Every job once; take(job, command, environment) carries it out."""
        for job in JOBS:
            if job == "plan after 1% drift":
                self.drift()
            # The kernel goes on freeing maps for a while, on the same CPUs.
            if job == "text only":
                self.settle()
            take(job, [self.mimctl, *self.command(job)[0]], self.command(job)[1])
            if job == "plan after 1% drift":
                apply, env = self.command("cold apply")
                subprocess.run([self.mimctl, *apply], env={**os.environ, **env},
                               check=True)

    def bare_round(self, take):
        for job in ("cold apply", "nothing to do", "rebind all", "destroy", "text only"):
            if job == "text only":
                self.settle()
            take(job, [self.bare, *self.bare_command(job)], {})
