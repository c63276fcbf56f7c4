# SPDX-License-Identifier: BSD-2-Clause
"""How else a map of maps comes to be: bpftool batch, and libbpf with .values."""

import os
import shutil
import subprocess

from jobs import find_program


def hex_bytes(number):
    return " ".join(f"{byte:02x}" for byte in number.to_bytes(4, "little"))


def write_batch(path, folder, kind, slots):
    inner = "type hash key 4 value 8 entries 16 name bench_tool flags 1"
    outer = os.path.join(folder, "outer")
    with open(path, "w", encoding="ascii") as out:
        out.write(f"map create {folder}/template {inner}\n")
        out.write(f"map create {outer} type {kind} key 4 value 4 entries {slots} "
                  f"name bench_tool inner_map pinned {folder}/template\n")
        for i in range(slots):
            out.write(f"map create {folder}/inner{i} {inner}\n")
            out.write(f"map update pinned {outer} key hex {hex_bytes(i)} "
                      f"value pinned {folder}/inner{i}\n")


def bpftool(bench, kind, slots):
    """What one batch took; None without bpftool."""
    program = find_program("bpftool")
    if not program:
        return None
    folder, batch = os.path.join(bench.bpffs, "tool"), bench.path("batch")
    os.mkdir(folder)
    write_batch(batch, folder, kind, slots)
    measured = bench.run([program, "batch", "file", batch])
    shutil.rmtree(folder)
    bench.settle()
    return measured


def write_object(path, kind, slots):
    maps = "\n".join(f"struct inner i{i} SEC(\".maps\");" for i in range(slots))
    values = ", ".join(f"[{i}] = &i{i}" for i in range(slots))
    with open(path, "w", encoding="ascii") as out:
        out.write(f"""#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
struct inner {{
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, __u64);
}};
{maps}
struct {{
	__uint(type, BPF_MAP_TYPE_{kind.upper()});
	__uint(max_entries, {slots});
	__type(key, __u32);
	__array(values, struct inner);
}} outer SEC(".maps") = {{ .values = {{ {values} }} }};
""")


def compile_object(bench, kind, slots):
    """Path of the object; None without clang."""
    clang = find_program("clang")
    if not clang:
        return None
    source, compiled = bench.path("values.bpf.c"), bench.path("values.bpf.o")
    multiarch = subprocess.run(["cc", "-print-multiarch"], capture_output=True,
                               text=True, check=True).stdout.strip()
    write_object(source, kind, slots)
    subprocess.run([clang, "-O2", "-g", "-target", "bpf", f"-I/usr/include/{multiarch}",
                    "-c", source, "-o", compiled], check=True)
    return compiled


def libbpf(bench, compiled):
    measured = bench.run([bench.bare, "load", compiled, bench.pin])
    os.unlink(bench.pin)
    return measured
