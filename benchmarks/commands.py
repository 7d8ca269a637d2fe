"""Time whole commands as a user does: wall seconds of several runs after a warm-up, with the versions used, as JSON.

python benchmarks/commands.py > benchmarks/results/commands.json
"""

import json
import os
import platform
import statistics
import subprocess
import sys
import time
from importlib import metadata

RUNS = 7
COMMANDS = {
    "help": (["--help"], 0.3),
    "audit compas, 1,000 bootstrap replicates": (["audit", "compas", "--bootstrap", "1000", "--quiet"], 3.0),
}
"""Name → arguments, and the seconds that the command may take."""


def seconds(arguments: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, "-m", "fairaudit", *arguments], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


results = {}
for name, (arguments, target) in COMMANDS.items():
    seconds(arguments)
    runs = [seconds(arguments) for _ in range(RUNS)]
    results[name] = {
        "target_s": target,
        "min_s": round(min(runs), 3),
        "median_s": round(statistics.median(runs), 3),
        "max_s": round(max(runs), 3),
    }
machine = {"cores": os.cpu_count(), "python": platform.python_version(), "fairaudit": metadata.version("fairaudit-cli")}
json.dump({"machine": machine, "runs": RUNS, "results": results}, sys.stdout, indent=2)
print()
