"""Time audits of a Polars frame of three columns where it is, beside those of a pandas copy of it, as JSON.

python benchmarks/frames.py [--rows 1e7] > benchmarks/results/frames.json

Every audit is a process of its own, with 1,000 bootstrap replicates and 499 shuffles. Seconds are of the processor, and
memory is what the audit takes at its peak on top of the frame and what is imported.
"""

import argparse
import json
import os
import subprocess
import sys
from importlib import metadata

KINDS = ("polars", "polars lazy", "arrow", "duckdb", "pandas copy")
AUDIT = """
import resource, sys, time
import duckdb, numpy as np, polars as pl
import fairaudit as fa
import fairaudit.auditing.run, fairaudit.data.frames, fairaudit.data.table, fairaudit.engines.narwhals

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

kind, rows, distinct = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
rng = np.random.default_rng(0)
names = pl.Series([f"region {place}" for place in range(20)], dtype=pl.String)
score = rng.random(rows) if not distinct else rng.integers(0, distinct, rows) / (distinct - 1)
frame = pl.DataFrame({"region": names.gather(rng.integers(0, 20, rows)), "score": score})
frame = frame.with_columns(y=pl.Series(rng.random(rows) < score).cast(pl.Int64))
del score
table = frame.to_arrow() if kind in ("arrow", "duckdb") else frame
if kind == "polars lazy":
    table = frame.lazy()
elif kind == "duckdb":
    table = duckdb.from_arrow(table)
before, start = peak(), time.process_time()
if kind == "pandas copy":
    table = frame.to_pandas()
fa.audit(table, prediction="score", target="y", protected="region", threshold=0.5)
print(round(time.process_time() - start, 2), round(peak() - before))
"""


def audited(kind: str, rows: int, distinct: int) -> dict[str, object]:
    """Seconds and memory of one audit."""
    run = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", AUDIT, kind, str(rows), str(distinct)],
        capture_output=True,
        text=True,
        check=True,
    )
    seconds, memory = run.stdout.split()[-2:]  # before it stands the progress of a relation
    result = {"kind": kind, "rows": rows, "distinct": distinct or rows}
    return result | {"processor": float(seconds), "memory_mb": int(memory)}


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", default="1e7")
    rows = int(float(parser.parse_args().rows))
    names = ("duckdb", "fairaudit-cli", "narwhals", "numpy", "pandas", "polars", "pyarrow")
    result = {
        "processors": os.cpu_count(),
        "versions": {name: metadata.version(name) for name in names},
        "audits": [audited(kind, rows, distinct) for distinct in (101, 0) for kind in KINDS],
    }
    print(json.dumps(result, indent=1))
