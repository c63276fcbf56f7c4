#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Words for libFuzzer: those of the language, out of its JSON Schema, those of saved
topologies, out of the examples in tests/golden, and what is special in YAML.

usage: dictionary.py MIMCTL > FILE
"""

import json
import pathlib
import subprocess
import sys

YAML = ["\n#####\n", "---\n", "\n...\n", "%YAML 1.1\n", "%TAG ! x:\n", "&a ", "*a", "<<: ",
        "!!str ", "!t ", "|\n ", ">-\n ", "? ", "- ", "{", "}", "[", "]", ": ", ", ", "\"",
        "'", "#", "\\0", "\\u20ac", "\t", "\r\n", "\r", "\u20ac", "\u2028", "\x85",
        "\ufeff", "~", "null", "0x", "0-31", "0x10-0x1f", "4294967295",
        "18446744073709551615", "/sys/fs/bpf/", "../", "//", "mimctl", "mimctl~",
        "10.0.0.0/8", "::1/128", "02:00:00:00:00:01", "0a 0b", "char[4]", "bytes[3]"]


def words(value):
    """Every text in a JSON value, the keys of its objects included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from words(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from words(item)


def main():
    found = set(YAML)
    schema = subprocess.run([sys.argv[1], "schema", "config"], check=True,
                            capture_output=True, text=True).stdout
    found.update(words(json.loads(schema)))
    golden = pathlib.Path(__file__).resolve().parent.parent / "golden"
    for path in golden.glob("*.live.json"):
        found.update(words(json.loads(path.read_text(encoding="utf-8"))))
    for word in sorted(w for w in found if 0 < len(w) < 24):
        text = "".join(f"\\x{byte:02x}" for byte in word.encode())
        print(f'"{text}"')


main()
