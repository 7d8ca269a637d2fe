"""Whether two versions of fairaudit give the same results on every embedded table, by every command.

Usage: python benchmarks/same_results.py write FOLDER [--command FAIRAUDIT] [--quick]
       python benchmarks/same_results.py compare BEFORE AFTER

`write` runs the commands of one installation and keeps their JSON; `compare` reads two such folders and lists every
value of the first that the second lacks or tells differently. Keys that were only added are counted, not listed.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fairaudit.data.datasets import dataset_names

TABLES = dataset_names()
CHECK = """
[data.main]
source = "{table}"
[[limit]]
measure = "jensen_shannon"
max = 0.02
by = "any"
[[limit]]
measure = "ccdcov"
max = 0.001
[[limit]]
measure = "uf_weighted"
max = 0.05
by = "any"
"""
VERSIONS = ("fairaudit", "packages", "python")
"""Keys of a manifest that tell the machine, not the result."""


def commands(quick: bool) -> Iterator[tuple[str, list[str]]]:
    """Name of a result and the arguments that make it."""
    for table in TABLES:
        yield f"{table}-audit", ["audit", table]
        yield f"{table}-fit", ["fit", table, "--reduce", "90"]
        if quick:
            continue
        yield f"{table}-calibrate", ["calibrate", table, "--steps", "6"]
        yield f"{table}-explain", ["explain", table]
        yield f"{table}-check", ["check", f"{table}.toml"]
    if quick:
        return
    yield "compas-decisions", ["audit", "compas", "--threshold", "0.5", "--parity", "equalized-odds"]
    yield "compas-boosting", ["fit", "compas", "--model", "boosting", "--strength", "1", "--penalty", "jdcov"]
    yield "motor-boosting", ["fit", "motor", "--model", "boosting", "--reduce", "80"]
    yield "compas-network", ["fit", "compas", "--model", "network", "--strength", "1", "--penalty", "sum"]
    yield "wellbeing-guided", ["fit", "wellbeing", "--penalty", "none", "--knowledge", "pool"]


def write(folder: Path, command: str, quick: bool) -> None:
    """Run every command and keep what it prints."""
    folder.mkdir(parents=True, exist_ok=True)
    for table in TABLES:
        (folder / f"{table}.toml").write_text(CHECK.format(table=table))
    for name, arguments in commands(quick):
        output = ["--output", "json=-"] if arguments[0] == "check" else ["--json"]
        run = subprocess.run([command, *arguments, *output], cwd=folder, capture_output=True, text=True, check=False)
        (folder / f"{name}.json").write_text(run.stdout)
        print(name, run.returncode, run.stderr.strip()[-200:], flush=True)


def _name(record: dict[str, Any]) -> str:
    return " ".join([str(record.get("metric") or record.get("measure")), *record["by"]])


def _named(records: list[Any]) -> bool:
    """Whether a list is of measures by name, whose order is no part of the result."""
    return bool(records) and all(
        isinstance(record, dict) and "by" in record and ("metric" in record or "measure" in record)
        for record in records
    )


def differences(before: Any, after: Any, place: str = "") -> Iterator[str]:
    """Places where `after` lacks or changes what `before` says."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key, value in before.items():
            if key in VERSIONS:
                continue
            if key not in after:
                yield f"{place}/{key}: gone"
            else:
                yield from differences(value, after[key], f"{place}/{key}")
    elif isinstance(before, list) and isinstance(after, list) and _named(before) and _named(after):
        later = {_name(record): record for record in after}
        for record in before:
            if _name(record) not in later:
                yield f"{place}/{_name(record)}: gone"
            else:
                yield from differences(record, later[_name(record)], f"{place}/{_name(record)}")
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, (one, other) in enumerate(zip(before, after, strict=True)):
            yield from differences(one, other, f"{place}/{index}")
    elif before != after:
        change = ""
        if isinstance(before, float) and isinstance(after, float) and before:
            change = f" ({(after - before) / abs(before):.1e} of it)"
        yield f"{place}: {json.dumps(before)[:120]} became {json.dumps(after)[:120]}{change}"


def compare(before: Path, after: Path) -> int:
    """Print what differs; the number of files that do."""
    unlike = 0
    for path in sorted(before.glob("*.json")):
        if not (after / path.name).exists():
            print(f"{path.stem}: not made")
            unlike += 1
            continue
        texts = path.read_text(), (after / path.name).read_text()
        if not texts[0] or not texts[1]:
            found = [] if texts[0] == texts[1] else ["one of them is empty"]
        else:
            found = list(differences(*map(json.loads, texts)))
        print(f"{path.stem}: {'the same' if not found else f'{len(found)} differences'}")
        for line in found[:20]:
            print("   ", line)
        unlike += bool(found)
    return unlike


def main() -> int:
    """Parse and do."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    actions = parser.add_subparsers(dest="action", required=True)
    writing = actions.add_parser("write")
    writing.add_argument("folder", type=Path)
    writing.add_argument("--command", default=str(Path(sys.executable).parent / "fairaudit"))
    writing.add_argument("--quick", action="store_true", help="audit and fit only")
    comparing = actions.add_parser("compare")
    comparing.add_argument("before", type=Path)
    comparing.add_argument("after", type=Path)
    asked = parser.parse_args()
    if asked.action == "write":
        write(asked.folder, asked.command, asked.quick)
        return 0
    return 1 if compare(asked.before, asked.after) else 0


if __name__ == "__main__":
    sys.exit(main())
