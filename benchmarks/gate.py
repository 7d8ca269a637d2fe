"""How often the gate cries wolf, and how often it sees a wolf: whole checks on data drawn anew, as JSON.

python benchmarks/gate.py [RUNS] > benchmarks/results/gate.json

Each scenario draws people with a sex (two equal groups) and a region (six groups, of which three are small), a score
and an outcome; about 30% are selected. "Fails" is the exit status 1 of a check with several limits.
"""

import datetime
import json
import os
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from fairaudit.gate.config import read
from fairaudit.gate.run import check, updated

ROWS = 5000
REGIONS = ("a", "b", "c", "d", "e", "f")
SHARES = (0.4, 0.3, 0.25, 0.02, 0.02, 0.01)
HEAD = """
[options]
bootstrap = 300
permutations = 0

[data.main]
source = "t.parquet"
prediction = "score"
target = "y"
threshold = 0.7
protected = ["sex", "region"]
{key}
"""
LIMITS = """
[[limit]]
measure = "selection_rate"
by = "any"
max = {gap}

[[limit]]
measure = "tpr"
by = "sex"
max = {gap}

[[limit]]
measure = "accuracy"
statistic = "overall"
min = 0.5
"""
MARGINS = """
[baseline]

[[limit]]
measure = "selection_rate"
margin = {margin}

[[limit]]
measure = "tpr"
margin = {margin}

[[limit]]
measure = "selection_rate"
statistic = "ratio"
by = "sex"
margin = {margin}

[[limit]]
measure = "accuracy"
statistic = "overall"
margin = {margin}
"""
EXACT = """
[[limit]]
measure = "selection_rate"
by = "any"
max = {gap}

[[limit]]
measure = "accuracy"
statistic = "overall"
min = 0.5
"""
ONE_LIMIT = '\n[[limit]]\nmeasure = "selection_rate"\nby = "sex"\nmax = {gap}\n'
ONE_MARGIN = '\n[baseline]\n[[limit]]\nmeasure = "selection_rate"\nby = "sex"\nmargin = {margin}\n'
TODAY = datetime.date(2026, 1, 1)


def people(rng: np.random.Generator, gap: float = 0.0) -> pd.DataFrame:
    """A sample in which the selection rate of men is higher by `gap` in the population, all else equal."""
    sex, region = rng.choice(["f", "m"], ROWS), rng.choice(REGIONS, ROWS, p=SHARES)
    score = rng.uniform(0, 1, ROWS)
    outcome = rng.uniform(0, 1, ROWS) < score
    return with_gap(
        pd.DataFrame({"id": np.arange(ROWS), "score": score, "y": outcome * 1, "sex": sex, "region": region}), gap
    )


def with_gap(frame: pd.DataFrame, gap: float) -> pd.DataFrame:
    """The same people with the scores of men raised, so that their selection rate rises by `gap`."""
    return frame.assign(score=np.minimum(frame["score"] + gap * (frame["sex"] == "m"), 1.0))


def noisy(frame: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """The same people scored by a model that is equally good and fair, and yet another one."""
    return frame.assign(score=np.clip(frame["score"] + rng.normal(0, 0.05, len(frame)), 0, 1))


def fails(text: str, frame: pd.DataFrame, before: pd.DataFrame | None = None) -> bool:
    """Whether the check of a table fails, after a baseline was made of the table before."""
    Path("fairaudit.toml").write_text(text)
    if before is not None:
        before.to_parquet("t.parquet")
        for path, content in updated(read(Path("fairaudit.toml"))).items():
            Path(path).write_bytes(content)
    frame.to_parquet("t.parquet")
    status = check(read(Path("fairaudit.toml")), TODAY).status
    assert status in (0, 1), status
    return status == 1


def absolute(limits: str, limit: float, gap: float):
    text = HEAD.format(key="") + limits.format(gap=limit)
    return lambda rng: fails(text, people(rng, gap))


def relative(limits: str, margin: float, gap: float, paired: bool):
    text = HEAD.format(key='key = "id"' if paired else "") + limits.format(margin=margin)

    def run(rng: np.random.Generator) -> bool:
        before = people(rng)
        now = with_gap(noisy(before, rng), gap) if paired else people(rng, gap)
        # Noise moves a few people over the cut in both directions; men's share rises by the gap on top of it.
        return fails(text, now, noisy(before, rng) if paired else before)

    return run


SCENARIOS = {
    "limits of 5 points, no gap: fails": (absolute(LIMITS, 0.05, 0.0), "< 0.05"),
    "limits of 5 points, selection rates exactly 5 points apart: fails": (absolute(EXACT, 0.05, 0.05), "< 0.05"),
    "baseline, same model, fresh rows, 6 margins of 0: fails": (relative(MARGINS, 0.0, 0.0, False), "< 0.05"),
    "baseline, equally fair model, same rows, 6 margins of 0: fails": (relative(MARGINS, 0.0, 0.0, True), "< 0.05"),
    "baseline, planted gap of 5 points, same rows, 6 margins of 0: caught": (
        relative(MARGINS, 0.0, 0.05, True),
        ">= 0.8",
    ),
    "baseline, planted gap of 5 points, fresh rows, one margin of 0: caught": (
        relative(ONE_MARGIN, 0.0, 0.05, False),
        "reported",
    ),
    "limit of 1 point, planted gap of 5 points: caught": (absolute(ONE_LIMIT, 0.01, 0.05), ">= 0.8"),
    "limit of 2 points, planted gap of 5 points: caught": (absolute(ONE_LIMIT, 0.02, 0.05), "reported"),
}


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 400
    results = {}
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for name, (run, asked) in SCENARIOS.items():
            share = float(np.mean([run(np.random.default_rng([seed, 5])) for seed in range(runs)]))
            error = round((share * (1 - share) / runs) ** 0.5, 4)
            results[name] = {"share": round(share, 4), "standard_error": error, "asked": asked}
            print(name, results[name], file=sys.stderr)
    json.dump({"rows": ROWS, "runs": runs, "results": results}, sys.stdout, indent=2)
    print()


if __name__ == "__main__":
    main()
