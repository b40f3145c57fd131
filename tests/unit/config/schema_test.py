#!/usr/bin/env python3
"""The JSON Schema is a valid one, takes what pipitd takes, and refuses common mistakes.

usage: schema_test.py DESCRIBE SOURCE_ROOT; prints a line a finding, ends with 77 when python3-yaml
or python3-jsonschema is not there."""

import json
import subprocess
import sys
from pathlib import Path

try:
    import jsonschema
    import yaml
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

REFUSED = ["asn-missing", "empty-mapping", "empty-section", "families-empty", "families-unknown",
           "group-with-address", "kernel", "later-key", "max-prefixes", "originate", "rules",
           "unknown-key", "wrong-types"]


def main():
    describe, root = sys.argv[1], Path(sys.argv[2])
    schema = json.loads(subprocess.run([describe, "schema"], check=True, capture_output=True,
                                       text=True).stdout)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    golden = root / "tests/golden/config"
    failed = 0

    def check(file, wanted):
        nonlocal failed
        errors = list(validator.iter_errors(yaml.safe_load(file.read_text())))
        if bool(errors) == wanted:
            failed += 1
            print(f"{file.name}: {errors[0].message if errors else 'is not refused'}")

    good = [*(root / "packaging/examples").glob("*.yaml"), *golden.glob("ok-*.yaml"),
            *golden.glob("ok-*.ok")]
    for file in good:
        check(file, True)
    for name in REFUSED:
        check(golden / f"{name}.yaml", False)
    print(f"{len(good) + len(REFUSED) - failed} passed, {failed} failed")
    return 1 if failed or len(good) < 15 else 0


if __name__ == "__main__":
    sys.exit(main())
