"""Attributions of a million rows of 30 factors, and a whole pool: seconds by the clock and on the cores, as JSON.

OMP_NUM_THREADS=1 python benchmarks/attributions.py [--rows 1000000] > benchmarks/results/attributions.json

On a busy machine the seconds on the cores are those to read; more threads than free cores would wait in loops there.

Rivals in the same run: for the GLM the design matrix times the coefficients, in blocks; for boosting LightGBM's own
pred_contrib on features that are encoded already. Both sums are checked against the linear predictor.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import time
import warnings
from importlib import metadata

import numpy as np
from glm_large import data
from sklearn.exceptions import ConvergenceWarning

from fairaudit.models.boosting import PenalizedBoosting
from fairaudit.models.glm import PenalizedGLM

FITTED = 50_000
"""Rows that the models are fitted on."""
BLOCK = 50_000
TARGETS = {"glm_seconds": 3.0, "boosting_over_lightgbm": 1.2, "pool_seconds": 60.0}
POOLS = ("glm,boosting", "glm,boosting,network")


def seconds(call):
    started, spent = time.perf_counter(), on_cores()
    result = call()
    return result, {"wall_s": round(time.perf_counter() - started, 2), "cpu_s": round(on_cores() - spent, 2)}


def on_cores():
    """Seconds of this process and of those that it has started and that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def by_matrix(model, features):
    design, parts = model.design_, []
    for start in range(0, len(features), BLOCK):
        matrix = design.transform(features.iloc[start : start + BLOCK])
        parts.append((matrix * model.coef_) @ design.share_)
    return np.concatenate(parts)


def check(values, linear):
    off = linear - values.sum(axis=1)
    assert np.ptp(off) < 1e-8 * np.ptp(linear), np.ptp(off)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    options = parser.parse_args()
    warnings.simplefilter("ignore", ConvergenceWarning)
    features, counts, _, exposure = data(options.rows)
    fitted = slice(0, FITTED)
    glm = PenalizedGLM("poisson").fit(features[fitted], counts[fitted], exposure=exposure[fitted])
    few = {"n_estimators": 100, "n_iter_no_change": None}
    boosting = PenalizedBoosting("poisson", **few).fit(features[fitted], counts[fitted], exposure=exposure[fitted])
    own, glm_s = seconds(lambda: glm.contributions(features))
    matrix, matrix_s = seconds(lambda: by_matrix(glm, features))
    np.testing.assert_allclose(own, matrix, atol=1e-9)
    check(own, glm.linear_predictor(features))
    trees, boosting_s = seconds(lambda: boosting.contributions(features))
    check(trees, boosting.linear_predictor(features))
    codes, encoding_s = seconds(lambda: boosting.bins_.transform(features))
    booster = boosting._forests()[0].booster()
    theirs, lightgbm_s = seconds(lambda: booster.predict(codes, pred_contrib=True))
    np.testing.assert_allclose(trees, theirs[:, :-1], atol=1e-12)
    pools = {}
    for pool in POOLS:
        command = [sys.executable, "-m", "fairaudit", "explain", "happiness", "--pool", pool, "--quiet"]
        pools[pool] = seconds(lambda command=command: subprocess.run(command, check=True))[1]
    result = {
        "rows": options.rows,
        "factors": features.shape[1],
        "glm": {"curves": glm_s, "design_matrix": matrix_s},
        "boosting": {
            "trees": boosting.n_iter_,
            "fairaudit": boosting_s,
            "of_which_encoding": encoding_s,
            "lightgbm": lightgbm_s,
            "ratio": {name: round(boosting_s[name] / lightgbm_s[name], 3) for name in lightgbm_s},
        },
        "pool_on_happiness": pools,
        "targets": TARGETS,
        "machine": {
            "cores": os.cpu_count(),
            "threads": os.environ.get("OMP_NUM_THREADS"),
            "python": platform.python_version(),
            "load": os.getloadavg()[0],
        },
        "fairaudit": metadata.version("fairaudit-cli"),
    }
    json.dump(result, sys.stdout, indent=2)
    print()


if __name__ == "__main__":
    main()
