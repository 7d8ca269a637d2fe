"""Accuracy against dependence on the papers' motor data: our paths against the published ones.

python benchmarks/frontier.py [--data pg15training.csv.gz] [--output benchmarks/results/frontier.json] [--jobs 2]

Fits `PenalizedGLM`, `PenalizedBoosting` and `PenalizedNetwork` (extra torch) along the published strengths and some
between and beyond, measures them on the validation part, picks three models by rules that look at that part only, and
measures these on the test part. GLM and boosting are measured on two other splits of the same kind as well, on which
nobody chose anything.
`frontier_report.py` then writes reports/motor-frontier.md and .svg.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

import frontier_report
import motor
import numpy as np

from fairaudit.models.boosting import PenalizedBoosting
from fairaudit.models.glm import PenalizedGLM
from fairaudit.models.network import PenalizedNetwork
from fairaudit.models.strength.fit_path import fit_path

HERE = Path(__file__).parent
PENALTIES = ("ccdcov", "jdcov")
STRENGTHS = tuple(range(0, 151, 10))
"""As published; these are timed."""
EXTRA = (1, 2, 5, 15, 200, 300, 500)
"""Points between and beyond, not timed."""
NAMED_BY = {"penalty": "ccdcov", "strength": 80}
"""The published row by which the final models are named."""
OTHER_SEEDS = (1, 2)
"""Of other splits."""
ON_OTHERS = ("glm", "boosting")
WITH_DENSITY = ("Age", "Bonus", "Occupation", "Category", "Group1")


def estimators(jobs: int) -> dict:
    """Our models; of GLM and boosting with the settings that did well on the validation part, the network as it is."""
    glm = PenalizedGLM(
        "poisson",
        n_knots=14,
        interactions=[(name, "Density") for name in WITH_DENSITY],
        ridge=1e-4,
    )
    boosting = PenalizedBoosting(
        "poisson",
        n_estimators=1000,
        learning_rate=0.04,
        num_leaves=4,
        subsample=0.7,
        colsample_bytree=0.6,
        min_child_samples=100,
        n_iter_no_change=None,
        fair_estimators=60,
        fair_learning_rate=0.1,
        fair_num_leaves=8,
        fair_outcome="observed",
        n_jobs=jobs,
    )
    return {"glm": glm, "boosting": boosting, "network": PenalizedNetwork("poisson", device="cpu")}


def features(part: motor.Part, model: str):
    """Vehicle group and category are ordered: numbers to trees, levels to the others."""
    if model != "boosting":
        return part.features
    size = part.features["Category"].map({"Small": 0, "Medium": 1, "Large": 2})
    return part.features.assign(Group1=part.features["Group1"].astype(float), Category=size)


def path(name: str, estimator, penalty: str, parts: dict[str, motor.Part]) -> tuple[list[dict], dict, dict]:
    """Rows of metrics on the validation part, seconds, and the models by strength."""
    marks: list[float] = []
    fit = parts["fit"]

    def fitted(strengths: Sequence[int]) -> dict:
        models = fit_path(
            estimator.set_params(penalty=penalty),
            strengths,
            features(fit, name),
            fit.outcome,
            fit.protected,
            offset=np.log(fit.exposure),
            step=lambda _: marks.append(time.perf_counter()),  # the plain model first
        )
        return dict(zip(strengths, models, strict=True))

    start, work = time.perf_counter(), time.process_time()
    models = fitted(STRENGTHS)
    spent = {"plain": marks[0] - start, "path": marks[-1] - start, "cpu": time.process_time() - work}
    models = dict(sorted((models | fitted(EXTRA)).items()))
    rows = [
        {"model": name, "penalty": penalty, "strength": strength}
        | parts["validation"].measure(expected(name, model, parts["validation"]))
        for strength, model in models.items()
    ]
    return rows, {key: round(value, 2) for key, value in spent.items()}, models


def expected(name: str, model, part: motor.Part):
    return model.predict_mean(features(part, name), offset=np.log(part.exposure))


def final(rows: list[dict], models: dict, parts: dict[str, motor.Part]) -> list[dict]:
    """The test part, for the models that the validation part named."""
    row = next(row for row in motor.published() if all(row[key] == value for key, value in NAMED_BY.items()))
    named = [("boosting", 0)]
    for name in ("glm", "boosting"):
        chosen = frontier_report.chosen(frontier_report.of(rows, name, row["penalty"]), row)
        if chosen is not None:
            named.append((name, chosen["strength"]))
    test = parts["test"]
    found = []
    plain = motor.ranked_probability_score(test.outcome, expected("boosting", models["boosting", 0], test))
    for name, strength in named:
        mean = expected(name, models[name, strength], test)
        change = motor.ranked_probability_score(test.outcome, mean) - plain
        found.append(
            {"model": name, "penalty": row["penalty"], "strength": strength}
            | test.measure(mean)
            | {"rps_over_plain": float(change.mean()), "se": float(change.std() / np.sqrt(len(change)))}
        )
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=motor.DATA)
    parser.add_argument("--output", type=Path, default=HERE / "results" / "frontier.json")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", help="one model, put beside what the output holds; the test part is not looked at")
    parser.add_argument("--others", action="store_true", help="the other splits only, put beside what the output holds")
    options = parser.parse_args()
    table = motor.read(options.data)
    parts = motor.split(table)
    if options.others:
        result = json.loads(options.output.read_text()) | {"others": others(options.jobs, table)}
    elif options.only:
        result = json.loads(options.output.read_text())
        result["validation"] = [row for row in result["validation"] if row["model"] != options.only]
        found = paths({options.only: estimators(options.jobs)[options.only]}, parts)
        result["validation"] += found[0]
        result["seconds"] |= found[1]
        result["constant"] = motor.constant_loss(parts)
    else:
        result = measured(options.jobs, parts) | {"others": others(options.jobs, table)}
    options.output.parent.mkdir(exist_ok=True)
    options.output.write_text(json.dumps(result, indent=1) + "\n")
    frontier_report.write(result)


def paths(models: dict, parts: dict[str, motor.Part]) -> tuple[list[dict], dict, dict]:
    """Rows of metrics, seconds, and the models that the final ones are taken from."""
    rows, seconds, kept = [], {}, {}
    for name, estimator in models.items():
        seconds[name] = {}
        for penalty in PENALTIES:
            found, seconds[name][penalty], fitted = path(name, estimator, penalty, parts)
            rows += found
            if penalty == NAMED_BY["penalty"]:
                kept |= {(name, strength): model for strength, model in fitted.items()}
            print(name, penalty, seconds[name][penalty], flush=True)
    return rows, seconds, kept


def others(jobs: int, table) -> list[dict]:
    """The paths of GLM and boosting on the validation parts of other splits."""
    measured = []
    for seed in OTHER_SEEDS:
        parts, models = motor.split(table, seed), estimators(jobs)
        rows, _, _ = paths({name: models[name] for name in ON_OTHERS}, parts)
        held = [{key: value for key, value in row.items() if key != "seconds"} for row in rows]
        measured.append({"seed": seed, "constant": motor.constant_loss(parts), "validation": held})
    return measured


def measured(jobs: int, parts: dict[str, motor.Part]) -> dict:
    """All paths on the validation part, and the final models on the test part."""
    rows, seconds, kept = paths(estimators(jobs), parts)
    return {
        "machine": {"cores": os.cpu_count(), "jobs": jobs},
        "versions": {name: metadata.version(name) for name in ("numpy", "scikit-learn", "lightgbm", "torch")},
        "timed_strengths": list(STRENGTHS),
        "shuffles": motor.SHUFFLES,
        "seconds": seconds,
        "constant": motor.constant_loss(parts),
        "validation": rows,
        "test": final(rows, kept, parts),
    }


if __name__ == "__main__":
    main()
