"""One measurement, in a process of its own on one core; prints one line of JSON.

python benchmarks/measure.py PROBLEM RIVAL ROWS RUNS
"""

import ctypes
import json
import os
import resource
import sys
import time
from contextlib import suppress
from importlib import import_module
from pathlib import Path

SECONDS = 30.0
"""No more runs are begun after this time in total."""

for variable in ("OMP", "OPENBLAS", "MKL", "NUMBA", "ARROW"):
    os.environ[f"{variable}_NUM_THREADS"] = "1"
if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def memory(key):
    """VmRSS (now) or VmHWM (peak) in MB; where there is no /proc, the peak of the process for both."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
    line = next(line for line in status.read_text().splitlines() if line.startswith(key))
    return int(line.split()[1]) / 1024


def watched(function):
    """The result of a call, seconds by the clock and on the core, and the peak of memory above that before it, in MB.

    The peak that the system keeps (ru_maxrss) is of the whole life of a process, preparation included, so it is reset.
    """
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")
    before = memory("VmRSS")
    start, on_core = time.perf_counter(), time.process_time()
    result = function()
    return result, time.perf_counter() - start, time.process_time() - on_core, memory("VmHWM") - before


def main(name, rival, rows, runs):
    started = time.perf_counter()
    try:
        adaptor = import_module(f"rivals.{rival}")
    except ModuleNotFoundError as error:
        print(json.dumps({"skipped": f"{error.name} is not installed"}))
        return
    import numpy as np
    from problems import PROBLEMS

    problem = PROBLEMS[name]
    imported = time.perf_counter()
    adaptor.prepare(problem.make(1000), problem.measure)()  # compiles, where something is compiled
    warm = time.perf_counter()

    data = problem.make(rows)
    call, prepare_s, prepare_cpu_s, prepare_mb = watched(lambda: adaptor.prepare(data, problem.measure))
    (value, gradient), first, first_cpu, extra_mb = watched(call)
    wall, cpu = [first], [first_cpu]
    while len(wall) < runs and sum(wall) < SECONDS:
        start, on_core = time.perf_counter(), time.process_time()
        call()
        wall.append(time.perf_counter() - start)
        cpu.append(time.process_time() - on_core)
    found = {
        "computes": adaptor.COMPUTES,
        "order": adaptor.ORDER,
        "import_s": imported - started,
        "warm_up_s": warm - imported,
        "prepare_s": prepare_s,
        "prepare_cpu_s": prepare_cpu_s,
        "prepare_mb": prepare_mb,
        "median_s": float(np.median(wall)),
        "min_s": min(wall),
        "max_s": max(wall),
        "cpu_s": float(np.median(cpu)),
        "runs": len(wall),
        "extra_mb": extra_mb,
        "value": value,
    }
    if gradient is not None:  # compared between rivals by a sum with random signs, in units of its length
        signs = np.random.default_rng(0).choice([-1.0, 1.0], rows)
        found["gradient"] = float(signs @ gradient / np.linalg.norm(gradient))
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
