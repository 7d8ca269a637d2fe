"""Time whole commands as a user does: seconds of several runs after a warm-up, with the versions used, as JSON.

python benchmarks/commands.py [RUNS] > benchmarks/results/commands.json

Seconds are by the clock; those of the processor, of all its cores, hardly depend on what else the machine does.
"""

import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from importlib import metadata

import numpy as np
import pandas as pd

RUNS = int(sys.argv[1]) if len(sys.argv) > 1 else 7
COMMANDS = {
    "help": (["--help"], 0.3),
    "audit compas, 1,000 bootstrap replicates": (["audit", "compas", "--bootstrap", "1000", "--quiet"], 3.0),
    "check of 10,000 rows, limits as init writes them": (["check", "--quiet"], 2.0),
}
"""Name → arguments, and the seconds that the command may take."""


def seconds(arguments: list[str]) -> tuple[float, float]:
    """By the clock, and of the processor."""
    # An installed package has its bytecode compiled; a shell that forbids writing it would compile all in every run.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    start, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, "-m", "fairaudit", *arguments], check=True, stdout=subprocess.DEVNULL, env=environment
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.perf_counter() - start, spent


def prepare() -> None:
    """A table of 10,000 scored people in the working directory, and the configuration that init writes for it."""
    rng = np.random.default_rng(1)
    sex, score = rng.choice(["f", "m"], 10_000), rng.uniform(0, 1, 10_000).round(4)
    frame = pd.DataFrame({"customer_id": np.arange(10_000), "score": score, "sex": sex})
    frame["approved"] = np.where(score > 0.6 - 0.05 * (sex == "m"), "yes", "no")
    frame["defaulted"] = (rng.uniform(0, 1, 10_000) < score).astype(int)
    frame["age"] = rng.integers(18, 80, 10_000)
    frame.to_csv("scores.csv", index=False)
    seconds(["init", "scores.csv", "--quiet"])


folder = tempfile.TemporaryDirectory()
os.chdir(folder.name)
prepare()
results = {}
for name, (arguments, target) in COMMANDS.items():
    seconds(arguments)
    runs, spent = zip(*(seconds(arguments) for _ in range(RUNS)), strict=True)
    results[name] = {
        "target_s": target,
        "min_s": round(min(runs), 3),
        "median_s": round(statistics.median(runs), 3),
        "max_s": round(max(runs), 3),
        "processor_s": round(statistics.median(spent), 3),
    }
load = round(os.getloadavg()[0], 1)
machine = {
    "cores": os.cpu_count(),
    "load": load,
    "python": platform.python_version(),
    "fairaudit": metadata.version("fairaudit-cli"),
}
json.dump({"machine": machine, "runs": RUNS, "results": results}, sys.stdout, indent=2)
print()
