"""`fairaudit fit --reduce 90` of a million rows, nine features and eight cells, all included: as JSON.

python benchmarks/fit_large.py [--rows 1000000] [--model glm] > benchmarks/results/fit_large.json
python benchmarks/fit_large.py --rows 10000000 --engine duckdb --features x0 x1 x2 k0 k2 \\
    > benchmarks/results/fit_engine.json

The table is made on the spot as Parquet; the command reads it, searches the strength, fits both models and audits both
on the rows held out. With an engine the rows stay where they are, and are added up there. Seconds by the clock, seconds
of the processor (all its cores) and the peak of memory are of the command's process.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from importlib import metadata
from pathlib import Path

import numpy as np
import pandas as pd

TARGETS = {"seconds": 60, "memory_mb": 2000}


def table(rows: int) -> pd.DataFrame:
    """Defaults of loans, with six numbers and three categories, of which some tell of two protected attributes."""
    random = np.random.default_rng(11)
    sex, region = random.integers(0, 2, rows), random.integers(0, 4, rows)
    frame = pd.DataFrame({f"x{place}": random.normal(size=rows) for place in range(6)})
    frame["x0"] += 0.6 * sex
    frame["x1"] += 0.3 * region
    for place, levels in enumerate((3, 5, 8)):
        frame[f"k{place}"] = np.array(list("abcdefgh"))[
            (random.integers(0, levels, rows) + (sex if place else 0)) % levels
        ]
    eta = -1.5 + 0.5 * frame["x0"] + 0.3 * frame["x1"] + 0.4 * np.sin(2 * frame["x2"]) + 0.5 * (frame["k0"] == "a")
    frame["default"] = (random.random(rows) < 1 / (1 + np.exp(-eta))).astype(int)
    return frame.assign(sex=np.where(sex, "m", "f"), region=np.array(list("nesw"))[region])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--model", default="glm")
    parser.add_argument("--engine", default="pandas")
    parser.add_argument("--features", nargs="*", default=[], help="Inputs; all nine where none is named.")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path, result = Path(folder) / "loans.parquet", Path(folder) / "fit.json"
        table(options.rows).to_parquet(path, index=False)
        command = [sys.executable, "-m", "fairaudit", "fit", str(path), "--target", "default", "--reduce", "90"]
        command += ["--engine", options.engine, *(word for name in options.features for word in ("--features", name))]
        command += ["--protected", "sex", "--protected", "region", "--model", options.model, "--report", str(result)]
        started = time.perf_counter()
        subprocess.run([*command, "--quiet"], check=True)
        seconds, used = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
        model = json.loads(result.read_text())["model"]
    measured = {
        "rows": options.rows,
        "model": options.model,
        "engine": options.engine,
        "features": options.features or "all nine",
        "seconds": round(seconds, 1),
        "cpu_s": round(used.ru_utime + used.ru_stime, 1),
        "memory_mb": round(used.ru_maxrss / 1000),
        "strength": model["strength"],
        "reduce_reached": model["reduce_reached"],
        **({"targets": TARGETS} if options.engine == "pandas" else {}),
        "machine": {"cores": os.cpu_count(), "python": platform.python_version(), "load": os.getloadavg()[0]},
        "fairaudit": metadata.version("fairaudit-cli"),
    }
    json.dump(measured, sys.stdout, indent=2)
    print()


if __name__ == "__main__":
    main()
