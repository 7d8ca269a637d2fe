"""Accuracy against the gap in selection rates on COMPAS: ours, fairlearn's reductions and fairret's loss.

python benchmarks/compas.py [--seeds 10] [--output benchmarks/results/compas.json]

Every method sees the same features, without the protected attributes. Measured are held-out accuracy and the largest
difference of selection rates between sex × race groups of at least 25 held-out rows, over several random halves.
Rivals that are not installed are skipped with a reason. `compas_report.py` writes reports/compas-front.md and .svg.
"""

from __future__ import annotations

import argparse
import json
import logging
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from importlib import metadata
from pathlib import Path

import compas_report
import numpy as np
import pandas as pd
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from threadpoolctl import threadpool_limits

import fairaudit as fa
from fairaudit.models.boosting import PenalizedBoosting
from fairaudit.models.features.design import Design
from fairaudit.models.glm import PenalizedGLM
from fairaudit.models.strength.fit_path import fit_path

HERE = Path(__file__).parent
FEATURES = ["juv_fel_count", "juv_misd_count", "juv_other_count", "priors_count", "c_charge_degree"]
PROTECTED = ["sex", "race"]
FEWEST = 25
STRENGTHS = (0, 2, *range(4, 13), 13.5, 15, 17, 20, 25, 30, 40, 50, 70, 100, 140, 200, 300, 500, 1000, 2000)
BOUNDS = (0.002, 0.005, 0.0075, *(np.arange(2, 25) / 200), 0.15, 0.2)
"""Largest difference of a group's selection rate from the overall one that fairlearn is asked for."""
GRID = 150
"""Points of fairlearn's grid; it recommends at least 128 for eight groups."""
FAIRRET_STRENGTHS = (0, *(np.arange(1, 16) / 100), 0.175, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.7, 1, 1.5, 2, 5)
FAIRRET_STEPS = 300
FLOOR_SHUFFLES = 100
AIMS = {
    "": {},
    ", groups alike": {"group_weight": "equal"},
    ", decisions of groups alike": {"group_weight": "equal", "decision_threshold": 0.5},
}
"""What our penalty is of."""


@dataclass(frozen=True, eq=False)
class Half:
    """One half of the rows."""

    features: pd.DataFrame
    protected: pd.DataFrame
    """Sex and race, and age where it is protected."""
    outcome: np.ndarray

    @property
    def group(self) -> pd.Series:
        """Sex and race together."""
        return self.protected["sex"] + ", " + self.protected["race"]

    @cached_property
    def code(self) -> np.ndarray:
        """Number of each row's group."""
        return pd.factorize(self.group, sort=True)[0]

    def gap(self, rate: np.ndarray, code: np.ndarray) -> float:
        """Largest difference in selection rate between groups of at least 25 rows."""
        size = np.bincount(code)
        means = np.bincount(code, rate)[size >= FEWEST] / size[size >= FEWEST]
        return float(np.ptp(means))

    def measure(self, rate: np.ndarray, decision: np.ndarray) -> dict:
        """Expected accuracy and gap of decisions made with these probabilities, dependence of drawn decisions."""
        right = np.where(self.outcome == 1, rate, 1 - rate)
        random = np.random.default_rng(0)
        floor = np.mean([self.gap(rate, random.permutation(self.code)) for _ in range(FLOOR_SHUFFLES)])
        decision, same = decision.astype(float), decision.all() or not decision.any()
        entry = {
            "accuracy": float(right.mean()),
            "selected": float(rate.mean()),
            "gap": self.gap(rate, self.code),
            "gap_floor": float(floor),
            "ccdcov": 0.0 if same else fa.distance_covariance(decision, self.protected).unbiased,
        }
        if "age" in self.protected:
            entry["dcor_sq_age"] = (
                0.0 if same else fa.distance_covariance(decision, self.protected[["age"]], "dcov").dcor_sq
            )
        return entry


def halves(seed: int, age_protected: bool) -> tuple[Half, Half]:
    """Fitted and held-out rows. The races of fewest rows count as 'Other', for all methods."""
    frame = fa.load_dataset("compas").frame
    frame = frame.assign(race=frame["race"].replace({"Asian": "Other", "Native American": "Other"}))
    stratum = frame["sex"] + frame["race"] + frame["two_year_recid"].astype(str)
    sides = train_test_split(frame, test_size=0.5, random_state=seed, stratify=stratum)
    names = FEATURES if age_protected else [*FEATURES, "age"]
    protected = [*PROTECTED, "age"] if age_protected else PROTECTED
    fit, held = (
        Half(
            side[names].reset_index(drop=True),
            side[protected].reset_index(drop=True),
            side["two_year_recid"].to_numpy(),
        )
        for side in sides
    )
    return fit, held


Decided = Iterator[tuple[str, float, np.ndarray, np.ndarray]]
"""Method, setting, probability of a positive decision and a decision for each held-out row."""


def decisions(name: str, setting: float, fitted: np.ndarray, held: np.ndarray, rate: float) -> Decided:
    """Decisions by probabilities: above 0.5, and above the threshold that keeps the rate of selection."""
    for rule, threshold in (("at 0.5", 0.5), ("at the plain rate", float(np.quantile(fitted, 1 - rate)))):
        chosen = held > threshold
        yield f"{name}, {rule}", setting, chosen.astype(float), chosen


def linear(fit: Half, held: Half) -> Decided:
    for aim, options in AIMS.items():
        yield from ours("PenalizedGLM", PenalizedGLM(penalty="ccdcov", ridge=1e-4, **options), aim, fit, held)


def boosted(fit: Half, held: Half) -> Decided:
    for aim, options in AIMS.items():
        model = PenalizedBoosting(
            penalty="ccdcov",
            n_estimators=150,
            n_iter_no_change=None,
            fair_estimators=50,
            fair_outcome="observed",
            min_child_samples=30,
            n_jobs=1,
            **options,
        )
        yield from ours("PenalizedBoosting", model, aim, fit, held)


def ours(title: str, model, aim: str, fit: Half, held: Half) -> Decided:
    models = fit_path(model, STRENGTHS, fit.features, fit.outcome, fit.protected)
    rate = float(np.mean(models[0].predict_mean(fit.features) > 0.5))
    for strength, each in zip(STRENGTHS, models, strict=True):
        fitted, new = each.predict_mean(fit.features), each.predict_mean(held.features)
        yield from decisions(f"{title} {model.penalty}{aim}", strength, fitted, new, rate)


def reductions(fit: Half, held: Half) -> Decided:
    """fairlearn's ExponentiatedGradient and GridSearch over logistic regression."""
    from fairlearn.reductions import DemographicParity, ExponentiatedGradient, GridSearch

    matrix, new = matrices(fit, held)
    base = LogisticRegression(C=1e3, max_iter=1000)
    random = np.random.default_rng(0)
    for bound in BOUNDS:
        search = ExponentiatedGradient(base, DemographicParity(difference_bound=bound), eps=bound)
        search.fit(matrix, fit.outcome, sensitive_features=fit.group)
        rate = search._pmf_predict(new)[:, 1]  # its decisions are drawn; their expectation has no noise of the draw
        yield "fairlearn ExponentiatedGradient", bound, rate, random.random(len(rate)) < rate
    search = GridSearch(base, DemographicParity(), grid_size=GRID)
    search.fit(matrix, fit.outcome, sensitive_features=fit.group)
    for place, predictor in enumerate(search.predictors_):
        chosen = np.asarray(predictor.predict(new)) == 1
        yield "fairlearn GridSearch", place, chosen.astype(float), chosen


def fairret(fit: Half, held: Half) -> Decided:
    """A linear model in PyTorch, cross-entropy and fairret's norm of the differences in positive rates."""
    import torch
    from fairret.loss import NormLoss
    from fairret.statistic import PositiveRate

    torch.set_num_threads(1)
    matrix, new = (torch.tensor(each, dtype=torch.float32) for each in matrices(fit, held))
    outcome = torch.tensor(fit.outcome, dtype=torch.float32)[:, None]
    sensitive = torch.tensor(pd.get_dummies(fit.group).to_numpy(), dtype=torch.float32)
    unfair = NormLoss(PositiveRate())
    rate = None
    for strength in FAIRRET_STRENGTHS:
        torch.manual_seed(0)
        model = torch.nn.Linear(matrix.shape[1], 1)
        descent = torch.optim.Adam(model.parameters(), lr=0.03)
        for _ in range(FAIRRET_STEPS):
            descent.zero_grad()
            logit = model(matrix)
            loss = torch.nn.functional.binary_cross_entropy_with_logits(logit, outcome)
            if strength:
                loss = loss + strength * unfair(logit, sensitive)
            loss.backward()
            descent.step()
        with torch.no_grad():
            fitted, ahead = (torch.sigmoid(model(each))[:, 0].numpy() for each in (matrix, new))
        rate = float(np.mean(fitted > 0.5)) if rate is None else rate
        yield from decisions("fairret", strength, fitted, ahead, rate)


def matrices(fit: Half, held: Half) -> tuple[np.ndarray, np.ndarray]:
    """The design matrix of `PenalizedGLM`."""
    design = Design(unseen="mean").fit(fit.features)
    return design.transform(fit.features), design.transform(held.features)


def run(seed: int, age_protected: bool, methods) -> tuple[list[dict], dict[str, float], dict[str, str]]:
    fit, held = halves(seed, age_protected)
    rows, seconds, skipped = [], {}, {}
    for method in methods:
        started = time.perf_counter()
        try:
            decided = list(method(fit, held))
        except ImportError as error:
            skipped[method.__name__] = f"not installed: {error.name}"
            continue
        seconds[method.__name__] = round(time.perf_counter() - started, 1)
        rows += [
            {"method": name, "setting": setting, "seed": seed} | held.measure(rate, decision)
            for name, setting, rate, decision in decided
        ]
    return rows, seconds, skipped


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--output", type=Path, default=HERE / "results" / "compas.json")
    options = parser.parse_args()
    warnings.simplefilter("ignore", ConvergenceWarning)
    logging.getLogger("fairlearn").setLevel(logging.ERROR)  # seven dimensions are many for a grid; that is the case
    result: dict = {"seeds": options.seeds, "versions": {}, "rows": [], "with_age": [], "skipped": {}}
    for name in ("scikit-learn", "lightgbm", "fairlearn", "fairret", "torch"):
        try:
            result["versions"][name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            result["versions"][name] = None
    with threadpool_limits(1):
        for seed in range(options.seeds):
            rows, seconds, skipped = run(seed, False, (linear, boosted, reductions, fairret))
            result["rows"] += rows
            result["skipped"] |= skipped
            result["with_age"] += run(seed, True, (linear,))[0]
            print("seed", seed, seconds, skipped, flush=True)
    options.output.parent.mkdir(exist_ok=True)
    options.output.write_text(json.dumps(result, indent=1) + "\n")
    compas_report.write(result)


if __name__ == "__main__":
    main()
