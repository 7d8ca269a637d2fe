"""Time what 1,000 bootstrap replicates cost: 12 groups, distinct scores, three rates, as JSON.

python benchmarks/replicates.py > benchmarks/results/replicates.json

`masses` are the replicates themselves, over all that an audit tells apart; `intervals` are those of selection rate, TPR
and FPR in every group and of their largest gaps, from the score table on. Processor seconds are those of this process.
"""

import json
import os
import platform
import sys
import time

import numpy as np
import pandas as pd

from fairaudit.auditing.groups import groups_and_disparities
from fairaudit.auditing.resampled import Resampled
from fairaudit.chance.bootstrap import segments
from fairaudit.data.roles import Protected
from fairaudit.options import Options
from fairaudit.scoretable.cells import cells
from fairaudit.scoretable.grid import grid
from fairaudit.scoretable.table import ScoreTable, score_table

RUNS = 5
TARGETS = {20_000: 0.1, 1_000_000: 1.0}
"""Rows → seconds that 1,000 replicates of three measures may take."""
MEASURES = frozenset({"selection_rate", "tpr", "fpr"})


def table(rows: int) -> ScoreTable:
    """The score table of people of 12 groups, no two scores alike."""
    rng = np.random.default_rng(rows)
    group, score = pd.Series(rng.integers(0, 12, rows)).map("{:02d}".format), rng.random(rows)
    outcome, decision = (rng.random(rows) < score) * 1.0, (score > 0.6) * 1.0
    encoded = cells({"g": group}, [Protected("g", "categorical")])
    return score_table(encoded, "binary", prediction=score, decision=decision, outcome=outcome)


def seconds(function) -> dict[str, float]:
    """The quickest of several runs, by the clock and by the processor."""
    clock, core = [], []
    for _ in range(RUNS):
        start, spent = time.perf_counter(), time.process_time()
        function()
        clock.append(time.perf_counter() - start)
        core.append(time.process_time() - spent)
    return {"min_s": round(min(clock), 4), "processor_s": round(min(core), 4)}


def intervals(of: ScoreTable) -> None:
    """Intervals of three rates in all groups, and of their gaps."""
    groups_and_disparities(Resampled(of, Options(bootstrap=1000), MEASURES), None, {})


results = {}
for rows, target in TARGETS.items():
    scored = table(rows)
    own = grid(scored.value, scored.weight)
    counted = segments(scored, own, 1000, np.random.default_rng(0))
    results[f"{rows:,} rows"] = {
        "target_s": target,
        "segments": len(counted.first),
        "masses": seconds(lambda scored=scored, own=own: segments(scored, own, 1000, np.random.default_rng(0))),
        "intervals": seconds(lambda scored=scored: intervals(scored)),
    }
machine = {"cores": os.cpu_count(), "python": platform.python_version(), "load": round(os.getloadavg()[0], 1)}
json.dump({"machine": machine, "runs": RUNS, "results": results}, sys.stdout, indent=2)
print()
