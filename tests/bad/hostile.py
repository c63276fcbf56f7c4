#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Files meant to do harm are refused: at once, in little memory, with words.

usage: hostile.py MIMCTL [WORD]

With a WORD only the cases whose names have it are run.

What a file costs is measured beside a harmless description, in the same run and in time
of the processor: a hostile file may cost SHARE times as much as a harmless one of its
size. Set SANITIZED=1 for a binary with sanitizers, which takes any memory. Speaks TAP.
"""

import os
import subprocess
import sys
import tempfile
import time

SHARE, MOST_MEMORY = 20, 256 << 20
# Of the wall clock, so that one that hangs does not take the time of all others.
HANGS = 300
HEAD = b"version: 1\nname: hostile\n"
WORDS = b"templates:\n  - {name: t, type: hash, key: u32, value: u32, max_entries: 1}\n"


def repeat(prefix, piece, n, suffix=b""):
    def write(file):
        file.write(HEAD + prefix)
        for _ in range(n // 1000):
            file.write(piece * 1000)
        file.write(suffix)
    return write


def text(data):
    return lambda file: file.write(data)


def sparse(size):
    return lambda file: file.truncate(size)


def block_levels(n):
    return text(HEAD + b"templates:\n" +
                b"".join(b" " * i + b"a:\n" for i in range(1, n)))


def bomb(leaf, join):
    """Nine levels of nine aliases each: 387 million leaves."""
    lines = [b"a0: &a0 [" + leaf + b"]\n"]
    for level in range(1, 10):
        names = join(b"*a%d" % (level - 1), 9)
        lines.append(b"a%d: &a%d [%s]\n" % (level, level, names))
    return text(HEAD + b"".join(lines) + b"bindings: [{outer: o, slots: *a9}]\n")


def wide_bomb():
    """As many aliases as are let, to as long a list as that takes."""
    slots = b",".join([b"{key: 1, inner: x}"] * 10000)
    return text(HEAD + b"bindings:\n  - {outer: o, slots: &s [" + slots + b"]}\n" +
                b"  - {outer: o, slots: *s}\n" * 999)


def comma(word, n):
    return b", ".join([word] * n)


def type_chain(n, other):
    """Types that hold one another, by a name that other() gives."""
    return text(HEAD + b"types:\n" + b"".join(
        b"  - {name: t%d, fields: [{name: a, type: %s}, {name: b, type: %s}]}\n" %
        (i, other(i), other(i)) for i in range(n)))


def wide_struct(n, keys):
    fields = b", ".join(b"{name: field_%d, type: u8}" % i for i in range(n))
    return text(HEAD + b"types: [{name: s, fields: [" + fields + b"]}]\n" + WORDS +
                b"outer_maps: [{name: o, type: hash_of_maps, key: 's', "
                b"max_entries: 100000, template: t}]\n"
                b"bindings:\n- outer: o\n  slots:\n" + keys)


def unknown_inner_maps(n):
    """Slots that name maps that are not there, among as many that are."""
    maps = b"".join(b"  - {name: m%d, template: t}\n" % i for i in range(n))
    slots = b"".join(b"    - {key: %d, inner: m%dx}\n" % (i, i) for i in range(n))
    return text(HEAD + WORDS + b"outer_maps: [{name: o, type: hash_of_maps, key: u32, "
                b"max_entries: 1000000, template: t}]\ninner_maps:\n" + maps +
                b"bindings:\n- outer: o\n  slots:\n" + slots)


CASES = [
    ("100 MB sparse", sparse(100 << 20)),
    ("100 MB full", repeat(b"", b"#" + b"x" * 98 + b"\n", 1 << 20)),
    ("79 MB sparse: NUL bytes", sparse(79 << 20)),
    ("79 MB of comments and a mistake",
     repeat(b"", b"#" + b"x" * 98 + b"\n", 780000, b"nonsense: 1\n")),
    ("1000 levels, flow", text(HEAD + b"templates: " + b"[" * 1000 + b"]" * 1000)),
    ("1000 levels, flow mappings",
     text(HEAD + b"templates: " + b"{a: " * 1000 + b"}" * 1000)),
    ("1000 levels, block", block_levels(1000)),
    ("5 MB of [", repeat(b"templates: ", b"[" * 5, 1 << 20)),
    ("5 MB of {", repeat(b"templates: ", b"{" * 5, 1 << 20)),
    ("5 MB of - ", repeat(b"templates: ", b"\n- - - ", 1 << 20)),
    ("? a million times", repeat(b"", b"? ", 1000000)),
    ("! a million times", repeat(b"", b"! ", 1000000)),
    ("aliases of words", bomb(comma(b"x", 9), comma)),
    ("aliases of slots", bomb(comma(b"{key: 1}", 9), comma)),
    ("aliases of a long list of slots", wide_bomb()),
    ("an alias of itself", text(HEAD + b"templates: &a [*a]\n")),
    ("an alias of what holds it", text(HEAD + b"bindings: &a [{outer: o, slots: *a}]\n")),
    ("a 60 MB word", repeat(b"bpffs: ", b"x" * 60, 1000000)),
    ("a 60 MB quoted word", repeat(b'bpffs: "', b"x" * 60, 1000000, b'"\n')),
    ("a 60 MB key", repeat(b"", b"x" * 60, 1000000, b": 1\n")),
    ("a million words for mappings", repeat(b"templates:\n", b"- x\n", 1000000)),
    ("a million words on one line",
     repeat(b"templates: [", b"x, ", 1000000, b"]\n")),
    ("a million unknown keys", repeat(WORDS, b"x: 1\n", 1000000)),
    ("a million unknown names",
     repeat(b"bindings:\n", b"- {outer: o, slots: []}\n", 200000)),
    ("a million wrong integers on one line",
     repeat(b"templates: [", b"{name: t, type: array, value: u32, max_entries: x}, ",
            100000, b"]\n")),
    ("the same slot a hundred thousand times",
     repeat(WORDS + b"outer_maps: [{name: o, type: hash_of_maps, key: u32, "
            b"max_entries: 1000000, template: t}]\nbindings:\n- outer: o\n  slots:\n",
            b"  - {key: 1}\n", 100000)),
    ("four billion slots in one run",
     text(HEAD + WORDS + b"outer_maps: [{name: o, type: hash_of_maps, key: u32, "
          b"max_entries: 4294967295, template: t}]\n"
          b"bindings: [{outer: o, slots: [{keys: 0-4294967294}]}]\n")),
    ("2^20 + 1 slots in one run",
     text(HEAD + WORDS + b"outer_maps: [{name: o, type: hash_of_maps, key: u32, "
          b"max_entries: 4294967295, template: t}]\n"
          b"bindings: [{outer: o, slots: [{keys: 0-1048576}]}]\n")),
    ("2^20 slots of their own and a mistake",
     text(HEAD + WORDS + b"outer_maps: [{name: o, type: hash_of_maps, key: u32, "
          b"max_entries: 4294967295, template: t}]\n"
          b"bindings: [{outer: o, slots: [{keys: 0-1048575}]}, {outer: p, slots: []}]\n")),
    ("a run over all of u64",
     text(HEAD + WORDS + b"outer_maps: [{name: o, type: hash_of_maps, key: u64, "
          b"max_entries: 4294967295, template: t}]\n"
          b"bindings: [{outer: o, slots: [{keys: 0-18446744073709551615}]}]\n")),
    ("a run a thousand times",
     repeat(WORDS + b"outer_maps: [{name: o, type: hash_of_maps, key: u32, "
            b"max_entries: 16000000, template: t}]\nbindings:\n- outer: o\n  slots:\n",
            b"  - {keys: 0-15999999}\n", 1000)),
    ("keys of four megabytes",
     text(HEAD + WORDS + b"outer_maps: [{name: o, type: hash_of_maps, key_size: 4194304, "
          b"max_entries: 1000, template: t}]\n"
          b"bindings: [{outer: o, slots: [{key: 00}]}]\n")),
    ("a chain of types", type_chain(20000, lambda i: b"t%d" % (i + 1))),
    ("a chain of types, the last first", type_chain(20000, lambda i: b"t%d" % (i - 1))),
    ("a ring of types", type_chain(20000, lambda i: b"t%d" % ((i + 1) % 20000))),
    ("types that double", type_chain(20000, lambda i: b"'t%d[1000]'" % (i - 1)
                                     if i % 16 else b"'u64[100]'")),
    ("unknown types", type_chain(20000, lambda i: b"t%dx" % i)),
    ("a struct of 4,000 fields, none of them named",
     wide_struct(4000, b"  - {key: field_1x=1}\n" * 50000)),
    ("a struct of 4,000 fields, one of them twice", wide_struct(
        4000, (b"  - {key: '" + b" ".join(b"field_%d=1" % i for i in range(3999, 0, -1)) +
               b" field_1=1'}\n") * 100)),
    ("brackets for a key", wide_struct(3, b"  - {key: 'field_0=" + b"[" * 100000 +
                                       b"'}\n" + b"  - {key: 'field_0={" +
                                       b"{" * 100000 + b"'}\n")),
    ("twenty thousand unknown inner maps", unknown_inner_maps(20000)),
    ("NUL bytes", text(HEAD + b"\0" * 1000)),
    ("invalid UTF-8", text(HEAD + b"bpffs: \xc3\x28\xff\xfe\n")),
    ("overlong UTF-8", text(HEAD + b"bpffs: \xc0\xaf\xe0\x80\xaf\n")),
    ("a surrogate in UTF-8", text(HEAD + b"bpffs: \xed\xa0\x80\n")),
    ("UTF-16 with its mark", text(b"\xff\xfe" + HEAD.decode().encode("utf-16-le"))),
    ("UTF-16, the other one", text(b"\xfe\xff" + HEAD.decode().encode("utf-16-be"))),
    ("UTF-32", text(HEAD.decode().encode("utf-32"))),
    ("a hundred thousand anchors",
     repeat(b"", b"&a ", 100000, b"x\n")),
    ("a hundred thousand anchors, one for each slot",
     text(HEAD + b"bindings:\n- outer: o\n  slots:\n" +
          b"".join(b"  - &a%d {key: 1}\n" % i for i in range(100000)))),
    ("tags", repeat(b"bpffs: ", b"!<tag:yaml.org,2002:x> ", 1000, b"x\n")),
    ("a long tag", repeat(b"bpffs: !<", b"x" * 1000, 10000, b"> y\n")),
    ("%TAG directives", lambda file: file.write(
        b"".join(b"%%TAG !a%d! tag:x,2000:\n" % i for i in range(20000)) +
        b"---\n" + HEAD + b"nonsense: 1\n")),
    ("escapes", repeat(b'bpffs: "', b"\\U0010FFFF", 1000, b'\\0"\n')),
    ("CR only", text(b"version: 1\rname: x y\r" * 1000)),
]


def place_file(folder, make):
    path = os.path.join(folder, "hostile.yaml")
    with open(path, "wb") as file:
        make(file)
    return path


def folder_named_yaml(folder):
    os.makedirs(os.path.join(folder, "d", "x.yaml"))
    return os.path.join(folder, "d")


def empty_folder(folder):
    os.mkdir(os.path.join(folder, "empty"))
    return os.path.join(folder, "empty")


def dangling_link(folder):
    os.symlink("nowhere", os.path.join(folder, "link.yaml"))
    return os.path.join(folder, "link.yaml")


def link_to_itself(folder):
    os.symlink("loop.yaml", os.path.join(folder, "loop.yaml"))
    return os.path.join(folder, "loop.yaml")


def folder_of_devices(folder):
    os.mkdir(os.path.join(folder, "devices"))
    os.symlink("/dev/zero", os.path.join(folder, "devices", "zero.yaml"))
    return os.path.join(folder, "devices")


def empty_fifo(folder):
    os.mkfifo(os.path.join(folder, "fifo.yaml"))
    return os.path.join(folder, "fifo.yaml")


def table(template, csv):
    """A description of one map, and the table that fills it."""
    def place(folder):
        with open(os.path.join(folder, "hostile.csv"), "wb") as file:
            file.write(csv)
        return place_file(folder, text(
            HEAD + b"templates: [{name: t, max_entries: 16, " + template + b"}]\n"
            b"inner_maps: [{name: m, template: t, entries_from: hostile.csv}]\n"
            b"pins: [{map: m, path: m}]\n"))
    return place


def structs_of_objects(folder):
    """Structs that no object has, sought among many maps that are from one."""
    objects = os.environ.get("OBJECTS") or os.path.join(
        os.path.dirname(os.path.dirname(os.path.abspath(sys.argv[1]))), "tests/objects")
    source = os.path.join(objects, "outer.bpf.o").encode()
    maps = b"".join(b"  - {name: t%d, from: {object: %s, map: web}}\n" % (i, source)
                    for i in range(5000))
    types = b"".join(b"  - {name: s%d, fields: [{name: x, type: 'struct:none'}]}\n" % i
                     for i in range(20000))
    return place_file(folder, text(HEAD + b"templates:\n" + maps + b"types:\n" + types))


PLACES = [
    ("structs that no object has", structs_of_objects),
    ("an lpm_trie whose keys are too short, and a table of them",
     table(b"type: lpm_trie, key_size: 1, value_size: 1, flags: [no_prealloc]",
           b"key,value\n" + b"00,00\n" * 300000)),
    ("a table of a hundred thousand columns that are nothing",
     table(b"type: hash, key: u32, value: u32", b"key" + b",x" * 100000 + b"\n")),
    ("a table of a hundred thousand columns that are one",
     table(b"type: hash, key: u32, value: u32", b"value," * 100000 + b"key\n")),
    ("a table of a million rows that are none",
     table(b"type: hash, key: u32, value: u32", b"key,value\n" + b'"x\n' * 1000000)),
    ("a folder named x.yaml in a folder", folder_named_yaml),
    ("an empty folder", empty_folder),
    ("a dangling link", dangling_link),
    ("a link to itself", link_to_itself),
    ("/dev/zero", lambda folder: "/dev/zero"),
    ("/dev/zero in a folder", folder_of_devices),
    ("a FIFO that nobody writes to", empty_fifo),
    ("no such file", lambda folder: os.path.join(folder, "none.yaml")),
    ("a path that is too long", lambda folder: "x" * 5000),
]


def harmless(file):
    """A hundred thousand slots, with nothing wrong in it."""
    file.write(HEAD + WORDS + b"outer_maps: [{name: o, type: hash_of_maps, key: u32, "
               b"max_entries: 100000, template: t}]\nbindings:\n- outer: o\n  slots:\n")
    file.write(b"".join(b"  - {key: %d}\n" % i for i in range(100000)))


def yardstick(mimctl):
    """Seconds and bytes of a harmless description."""
    with tempfile.TemporaryDirectory() as folder:
        path = place_file(folder, harmless)
        runs = [run(mimctl, path) for _ in range(3)]
        if any(status != 0 for status, *_ in runs):
            sys.exit(f"the harmless description: {runs[0]}")
        return sorted(run[2] for run in runs)[1], os.path.getsize(path)


def run(mimctl, path):
    """Exit status, what it said, seconds, peak memory."""
    read_end, write_end = os.pipe()
    with open(os.devnull, "rb") as nothing:
        start = time.monotonic()
        child = subprocess.Popen([mimctl, "validate", "-f", path], stdin=nothing,
                                 stdout=write_end, stderr=write_end)
    os.close(write_end)
    os.set_blocking(read_end, False)
    said, status, usage = b"", None, None
    while status is None:
        try:
            said += os.read(read_end, 1 << 16)
        except BlockingIOError:
            pass
        pid, code, usage = os.wait4(child.pid, os.WNOHANG)
        if pid:
            status = os.waitstatus_to_exitcode(code)
            child.returncode = status
        elif time.monotonic() - start > HANGS:
            child.kill()
            _, code, usage = os.wait4(child.pid, 0)
            child.returncode = status = os.waitstatus_to_exitcode(code)
        else:
            time.sleep(0.005)
    # Of the processor: what else the machine does meanwhile is not measured.
    elapsed = usage.ru_utime + usage.ru_stime
    with open(read_end, "rb") as rest:
        said += rest.read() or b""
    return status, said, elapsed, usage.ru_maxrss * 1024


def problem(mimctl, name, path, measure, sanitized):
    """What is wrong with the answer, nothing when it is right."""
    size = os.path.getsize(path) if os.path.isfile(path) else 0
    most_seconds = SHARE * measure[0] * max(1, size / measure[1])
    status, said, elapsed, memory = run(mimctl, path)
    found = []
    # A million values of a few bytes each take a tree of 96 bytes each to point at.
    many = "million" in name or name == "5 MB of - "
    most = 1 << 30 if many else MOST_MEMORY
    if status != 65:
        found.append(f"exit {status}: {said[:300].decode(errors='replace')}")
    elif b"error: " not in said:
        found.append("no words")
    if len(said) > 4 << 20:
        found.append(f"{len(said)} bytes of words")
    if elapsed > most_seconds:
        found.append(f"{elapsed:.1f} seconds, more than {most_seconds:.1f}")
    if memory > most and not sanitized:
        found.append(f"{memory >> 20} MiB")
    return "\n".join(found)


def main():
    mimctl = os.path.abspath(sys.argv[1])
    sanitized = bool(os.environ.get("SANITIZED"))
    cases = [(name, lambda folder, make=make: place_file(folder, make))
             for name, make in CASES] + PLACES
    cases = [case for case in cases if "".join(sys.argv[2:3]) in case[0]]
    failed = 0
    measure = yardstick(mimctl)
    print(f"1..{len(cases)}\n# 100,000 harmless slots: {measure[0]:.2f} seconds")
    for number, (name, place) in enumerate(cases, 1):
        with tempfile.TemporaryDirectory() as folder:
            found = problem(mimctl, name, place(folder), measure, sanitized)
        failed += bool(found)
        print(f"{'not ok' if found else 'ok'} {number} - {name}", flush=True)
        if found:
            print("".join(f"# {line}\n" for line in found.splitlines()), end="")
    return 1 if failed else 0


sys.exit(main())
