#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Arrows between the folders of lib/ and cmd/ point one way: reads the #include lines."""
import pathlib
import re
import sys

ALLOWED = {
    "base": set(),
    "model": {"base"},
    "types": {"base", "model"},
    "object": {"base", "model"},
    "config": {"base", "model", "types", "object"},
    "kernel": {"base", "model"},
    "plan": {"base", "model"},
    "apply": {"base", "model", "types", "kernel", "plan"},
}
# Only these may reach the kernel; config, types and plan are pure.
ONLY_IN = {
    r"#include <bpf/": {"lib/kernel", "lib/object", "lib/types/btf_build.c", "cmd/mimctl/version.c"},
    r"#include <bpf/bpf.h>": {"lib/kernel"},
    r"\bsyscall\(": {"lib/kernel"},
    r"\bprintf\(|\bputs\(|\bstderr\b|\bstdout\b": {"cmd"},
    r"\btime\(NULL\)|\bclock_gettime\(": {"lib/apply", "lib/kernel", "cmd"},
}

root = pathlib.Path(sys.argv[1])
results = []


def check(name, bad):
    results.append((not bad, name, bad))


for folder, allowed in ALLOWED.items():
    bad = []
    for path in sorted((root / "lib" / folder).glob("*.[ch]")):
        for number, line in enumerate(path.read_text().splitlines(), 1):
            match = re.match(r'#include "(\w+)/', line)
            if match and match.group(1) not in allowed | {folder}:
                bad.append(f"{path}:{number}: {line}")
    check(f"{folder} includes only {', '.join(sorted(allowed)) or 'nothing'}", bad)

for pattern, places in ONLY_IN.items():
    bad = []
    for path in sorted(root.glob("lib/*/*.[ch]")) + sorted(root.glob("cmd/*/*.[ch]")):
        name = str(path.relative_to(root))
        if any(name.startswith(place) for place in places):
            continue
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if re.search(pattern, line) and not line.lstrip().startswith(("*", "/*")):
                bad.append(f"{path}:{number}: {line}")
    check(f"'{pattern}' only in {', '.join(sorted(places))}".replace("#", ""), bad)

# A build folder may lie anywhere in the tree, with files that a tool has made.
bad = [str(path) for folder in ("cmd", "lib", "tests") for path in (root / folder).glob("**/*.[ch]")
       if "SPDX-License-Identifier:" not in path.read_text().split("\n", 1)[0]]
check("every source file begins with its license", bad)

print(f"1..{len(results)}")
for number, (good, name, bad) in enumerate(results, 1):
    print(f"{'ok' if good else 'not ok'} {number} - {name}")
    for line in bad:
        print(f"# {line}")
sys.exit(0 if all(good for good, _, _ in results) else 1)
