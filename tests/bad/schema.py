#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The JSON Schema of the configuration: published, true to the examples, and strict.

usage: schema.py MIMCTL SOURCE_ROOT

Speaks TAP.
"""

import json
import os
import subprocess
import sys

import jsonschema
import yaml

# Words that YAML readers take for something else, and mimctl as they are written.
WORDS = """
version: 1
name: words
templates:
- {name: inner, type: hash, key: 'char[4]', value: 'char[4]', max_entries: 9}
outer_maps:
- {name: o, type: hash_of_maps, key: 'char[4]', max_entries: 9, template: inner,
   kernel_name: 123}
- {name: p, type: hash_of_maps, key: 'char[4]', max_entries: 9, template: inner,
   kernel_name: 1.5}
inner_maps:
- {name: m, template: inner, kernel_name: yes,
   entries: [{key: yes, value: no}, {key: 1.5, value: ~}, {key: null, value: 80}]}
bindings:
- {outer: o, slots: [{key: yes, inner: m}, {key: 1.5}, {key: null}, {key: 80}]}
pins:
- {map: o, path: 15}
- {map: p, path: on}
"""

# What mimctl judges where it finds the object.
TYPES = """
version: 1
templates:
- {name: t, type: hash, key: 'struct:flow', value: 'struct:flow[4]', max_entries: 9}
"""

FOREIGN = ("ansible", "kubernetes", "prometheus")


def load(text):
    # PyYAML reads 1_000 and 1:30 as integers; the rest it reads as editors do.
    return json.loads(json.dumps(yaml.safe_load(text)))


def examples(root):
    for folder, folders, files in os.walk(os.path.join(root, "configs")):
        folders[:] = sorted(f for f in folders if f not in FOREIGN)
        for name in sorted(files):
            if name.endswith((".yaml", ".yml")):
                yield os.path.join(folder, name)


def structural():
    with open("structural.txt", encoding="utf-8") as file:
        return [line.strip() for line in file if line.strip() and line[0] != "#"]


def problems(validator, text):
    try:
        return [error.message for error in validator.iter_errors(load(text))]
    except yaml.YAMLError as error:
        return [str(error)]


def file_problems(validator, path):
    with open(path, encoding="utf-8") as file:
        return problems(validator, file)


def refusals(mimctl, text):
    run = subprocess.run([mimctl, "validate", "-f", "-"], input=text.encode(),
                         capture_output=True, check=False, timeout=60)
    return [run.stderr.decode()] if run.returncode else []


def main():
    mimctl, root = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    os.chdir(os.path.dirname(os.path.abspath(__file__)))
    printed = subprocess.run([mimctl, "schema", "config"], capture_output=True,
                             check=True, timeout=60).stdout
    schema = json.loads(printed)
    validator = jsonschema.validators.validator_for(schema)(schema)
    results = []

    try:
        validator.check_schema(schema)
        results.append(("the schema is one", []))
    except jsonschema.SchemaError as error:
        results.append(("the schema is one", [error.message]))
    published = os.path.join(root, "schemas", "mimctl-config-v1.schema.json")
    if os.path.exists(published):
        with open(published, "rb") as file:
            same = file.read() == printed
        results.append(("the published schema is the program's",
                        [] if same else [f"{published} is another"]))
    else:
        results.append(("the published schema is the program's",
                        [f"no {published}"]))
    for path in examples(root):
        results.append((f"takes {os.path.relpath(path, root)}",
                        file_problems(validator, path)))
    results.append(("takes words of all kinds", problems(validator, WORDS)))
    results.append(("so does mimctl", refusals(mimctl, WORDS)))
    results.append(("takes structs of objects", problems(validator, TYPES)))
    for name in structural():
        found = file_problems(validator, f"{name}.yaml")
        results.append((f"refuses {name}", [] if found else ["it is taken"]))

    print(f"1..{len(results)}")
    for number, (name, found) in enumerate(results, 1):
        print(f"{'not ok' if found else 'ok'} {number} - {name}")
        for problem in found:
            print(f"# {problem}")
    return 1 if any(found for _, found in results) else 0


sys.exit(main())
