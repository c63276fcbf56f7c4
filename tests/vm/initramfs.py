#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""initramfs.py BUILD_DIR FILE: the kernel tests of a build as an initramfs.

Which tests there are, and their environment, is read from meson, so that nothing is
listed twice. Every file has the same path in the guest as here: test programs, files and
folders that the environment names, and the shared libraries of all these.
"""
import json
import os
import pathlib
import re
import shlex
import shutil
import stat
import subprocess
import sys

# Programs that tests run by a fixed path.
TOOLS = ["/usr/bin/setpriv"]
# CI makes test programs fail rather than skip where bpf() is not allowed.
ENVIRONMENT = {"CI": "1"} | {
    name: os.environ[name]
    for name in ["CK_TIMEOUT_MULTIPLIER", "MIMCTL_FAULT_STRIDE", "MIMCTL_LONG"]}
TEXTS = {
    "etc/passwd": "root:x:0:0:root:/:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n",
    "etc/group": "root:x:0:\nnogroup:x:65534:\n",
}
APPLETS = ["sh", "cut", "hostname", "mkdir", "mount", "poweroff", "sleep", "stty", "uname"]


class Archive:
    """A cpio archive of the newc format, which the kernel unpacks; needs no privilege."""

    def __init__(self, file):
        self.file = file
        self.names = set()

    def add(self, name, mode, data=b"", device=(0, 0)):
        self.names.add(name)
        name = name.encode() + b"\0"
        fields = (len(self.names), mode, 0, 0, 1, 0, len(data), 0, 0, *device, len(name), 0)
        self.write(b"070701" + b"".join(b"%08X" % field for field in fields) + name)
        self.write(data)

    def write(self, data):
        self.file.write(data + b"\0" * (-len(data) % 4))

    def folder(self, path):
        """A folder and those above it. Open to all: tests run programs as nobody."""
        for part in [*reversed(path.parents), path]:
            name = str(part).strip("/.")
            if name and name not in self.names:
                self.add(name, stat.S_IFDIR | 0o755)

    def copy(self, path, name=None):
        path = pathlib.Path(path)
        target = pathlib.Path(name or path)
        if str(target).strip("/") in self.names:
            return
        if path.is_dir():
            self.folder(target)
            for child in sorted(path.iterdir()):
                self.copy(child)
            return
        self.folder(target.parent)
        mode = 0o755 if os.access(path, os.X_OK) else 0o644
        self.add(str(target).strip("/"), stat.S_IFREG | mode, path.read_bytes())

    def close(self):
        self.add("TRAILER!!!", 0)


def libraries(program):
    """Shared libraries of a program, the loader among them; none if it is no program."""
    if pathlib.Path(program).read_bytes()[:4] != b"\x7fELF" or not os.access(program, os.X_OK):
        return []
    listing = subprocess.run(["ldd", program], capture_output=True, text=True, check=False)
    missing = re.findall(r"(\S+) => not found", listing.stdout)
    if missing:
        sys.exit(f"{program}: no {', '.join(missing)}")
    return re.findall(r"(/\S+) \(0x", listing.stdout)


# What these show depends on processes, signals, terminals, links and options, or is done by
# the calls that others make; on an emulated CPU they take minutes each. MIMCTL_VM_ALL=1
# takes them as well.
SAME_EVERYWHERE = {"concurrency", "guard", "import", "kill", "lock",
                   "neighbour", "progress", "saved", "signals", "status"}


def kernel_tests(build):
    with open(build / "meson-info/intro-tests.json", encoding="utf-8") as file:
        tests = json.load(file)
    only = os.environ.get("MIMCTL_VM_ONLY", "").split()
    left_out = set() if only or os.environ.get("MIMCTL_VM_ALL") else SAME_EVERYWHERE
    return [test for test in tests
            if any(suite.endswith(":kernel") for suite in test["suite"])
            and (not only or test["name"] in only) and test["name"] not in left_out]


def main():
    build, target = pathlib.Path(sys.argv[1]), sys.argv[2]
    tests = kernel_tests(build)
    if not tests:
        sys.exit(f"{build}: no kernel tests; is it configured with -Dtests=true?")
    with open(target, "wb") as file:
        archive = Archive(file)
        for folder in ["proc", "sys", "env"]:
            archive.folder(pathlib.Path("/", folder))
        archive.add("tmp", stat.S_IFDIR | 0o1777)
        archive.folder(pathlib.Path("/dev"))
        archive.add("dev/console", stat.S_IFCHR | 0o600, device=(5, 1))
        archive.copy(pathlib.Path(__file__).parent / "init", "/init")
        archive.folder(pathlib.Path("/bin"))
        archive.copy(shutil.which("busybox"), "/bin/busybox")
        for applet in APPLETS:
            archive.add(f"bin/{applet}", stat.S_IFLNK | 0o777, b"busybox")

        files = set(TOOLS)
        for test in tests:
            environment = {**test["env"], **ENVIRONMENT}
            files.update([test["cmd"][0]],
                         [value for value in environment.values() if value.startswith("/")])
            archive.folder(pathlib.Path("/env"))
            archive.add(f"env/{test['name']}", stat.S_IFREG | 0o644, "".join(
                f"export {name}={shlex.quote(value)}\n"
                for name, value in environment.items()).encode())
        for path in sorted(files):
            archive.copy(path)
            if os.path.isfile(path):
                for library in libraries(path):
                    archive.copy(library)
        archive.folder(pathlib.Path("/etc"))
        for name, text in TEXTS.items():
            archive.add(name, stat.S_IFREG | 0o644, text.encode())
        archive.add("tests", stat.S_IFREG | 0o644, "".join(
            f"{test['name']} {shlex.join(test['cmd'])}\n" for test in tests).encode())
        archive.close()


main()
