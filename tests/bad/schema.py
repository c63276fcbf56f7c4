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

FOREIGN = ("ansible", "kubernetes", "prometheus")


def load(path):
    # PyYAML reads 1_000 and 1:30 as integers; the rest it reads as editors do.
    with open(path, encoding="utf-8") as file:
        return json.loads(json.dumps(yaml.safe_load(file)))


def examples(root):
    for folder, folders, files in os.walk(os.path.join(root, "configs")):
        folders[:] = sorted(f for f in folders if f not in FOREIGN)
        for name in sorted(files):
            if name.endswith((".yaml", ".yml")):
                yield os.path.join(folder, name)


def structural():
    with open("structural.txt", encoding="utf-8") as file:
        return [line.strip() for line in file if line.strip() and line[0] != "#"]


def problems(validator, path):
    try:
        return [error.message for error in validator.iter_errors(load(path))]
    except yaml.YAMLError as error:
        return [str(error)]


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
                        problems(validator, path)))
    for name in structural():
        found = problems(validator, f"{name}.yaml")
        results.append((f"refuses {name}", [] if found else ["it is taken"]))

    print(f"1..{len(results)}")
    for number, (name, found) in enumerate(results, 1):
        print(f"{'not ok' if found else 'ok'} {number} - {name}")
        for problem in found:
            print(f"# {problem}")
    return 1 if any(found for _, found in results) else 0


sys.exit(main())
