"""How often intervals hold, and verdicts and p-values are wrong: audits of data drawn anew, as JSON and as a page.

python benchmarks/inference.py [REPLICATES]

Each scenario draws people whose truth is known. Counted are: p-values at most .05 where nothing differs (size), at
least one adjusted p-value at most .05 (family-wise), intervals of groups and of the largest gap that hold the truth
(coverage), limits at the truth itself that a confident check calls broken, and ends outside the domain of a measure.
Scenarios run in parallel over two processes; the seed of each replicate is its number.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import ndtr

from fairaudit.auditing.groups import groups_and_disparities
from fairaudit.auditing.resampled import Resampled
from fairaudit.chance.simultaneous import holm, reach
from fairaudit.data.roles import Protected
from fairaudit.options import Options
from fairaudit.scoretable.cells import cells
from fairaudit.scoretable.table import ScoreTable, score_table

ROOT = Path(__file__).parent.parent
RESULTS, PAGE = ROOT / "benchmarks" / "results" / "inference.json", ROOT / "reports" / "inference.md"
OPTIONS = Options(bootstrap=2, permutations=199, min_group=10)
"""Two replicates: no interval comes from them, but without any there is none."""
ALLOWED = {"size": 0.05, "family": 0.06, "broken": 0.05, "outside": 0.0}
LEAST_COVERAGE = 0.93


@dataclass(frozen=True)
class Truth:
    """What one measure is in the population."""

    measure: str
    value: float | np.ndarray
    """In every group, or in each group in the order of their names."""
    domain: tuple[float, float] = (-np.inf, np.inf)


@dataclass(frozen=True)
class Scenario:
    """People that can be drawn."""

    name: str
    draw: Callable[[np.random.Generator], ScoreTable]
    truths: tuple[Truth, ...]


def table(protected: dict[str, np.ndarray], task: str, **columns: np.ndarray) -> ScoreTable:
    """The score table of categories and columns."""
    series = {name: pd.Series(values).map("{:03d}".format) for name, values in protected.items()}
    return score_table(cells(series, [Protected(name, "categorical") for name in series]), task, **columns)


def shares(groups: int, rows: int, rate: float | np.ndarray, spread: float = 0.0) -> Scenario:
    """Decisions in groups of one size; weights lognormal where `spread` is above 0."""
    group = np.repeat(np.arange(groups), rows)
    rates = np.broadcast_to(rate, groups)

    def draw(rng: np.random.Generator) -> ScoreTable:
        weight = {"weight": rng.lognormal(sigma=spread, size=len(group))} if spread else {}
        return table({"g": group}, "binary", decision=(rng.random(len(group)) < rates[group]) * 1.0, **weight)

    said = f"{rate:.1%}" if np.isscalar(rate) else f"{rates.min():.0%} to {rates.max():.0%}"
    weighted = f", weights lognormal σ {spread:g}" if spread else ""
    return Scenario(
        f"shares of {said}, {groups} groups of {rows}{weighted}", draw, (Truth("selection_rate", rates, (0.0, 1.0)),)
    )


def amounts(groups: int, rows: int, sigma: float) -> Scenario:
    """Lognormal predictions."""
    group = np.repeat(np.arange(groups), rows)

    def draw(rng: np.random.Generator) -> ScoreTable:
        return table({"g": group}, "regression", prediction=rng.lognormal(sigma=sigma, size=len(group)))

    name = f"lognormal means, σ {sigma:g}, {groups} groups of {rows}"
    return Scenario(name, draw, (Truth("mean_prediction", float(np.exp(sigma**2 / 2))),))


def claims(groups: int, rows: int, clumps: float) -> Scenario:
    """Claims with frailty; every other group is insured for a short time, so that only exposure differs."""
    group = np.repeat(np.arange(groups), rows)

    def draw(rng: np.random.Generator) -> ScoreTable:
        exposure = rng.uniform(0.1, 1, len(group)) * np.where(group % 2, 0.3, 1.0)
        expected = 0.2 * exposure
        frailty = rng.gamma(1 / clumps, clumps, len(group)) if clumps else 1.0
        counts = rng.poisson(expected * frailty).astype(float)
        return table({"g": group}, "count", prediction=expected, outcome=counts, exposure=exposure)

    truths = Truth("frequency", 0.2, (0.0, np.inf)), Truth("actual_expected", 1.0, (0.0, np.inf))
    return Scenario(f"claims, frailty {clumps:g}, {groups} groups of {rows}, exposures differ", draw, truths)


def ranked(groups: int, rows: int, positives: float, shift: float) -> Scenario:
    """Scores of a normal shift; so many have the outcome."""
    group = np.repeat(np.arange(groups), rows)

    def draw(rng: np.random.Generator) -> ScoreTable:
        outcome = (rng.random(len(group)) < positives) * 1.0
        return table({"g": group}, "binary", prediction=rng.normal(shift * outcome), outcome=outcome)

    truths = (Truth("auc", float(ndtr(shift / np.sqrt(2))), (0.0, 1.0)), Truth("base_rate", positives, (0.0, 1.0)))
    return Scenario(f"scores, {positives:.0%} positive, {groups} groups of {rows}", draw, truths)


def calibrated(groups: int, rows: int) -> Scenario:
    """Probabilities that are right."""
    group = np.repeat(np.arange(groups), rows)

    def draw(rng: np.random.Generator) -> ScoreTable:
        prediction = rng.beta(1, 9, len(group))
        outcome = (rng.random(len(group)) < prediction) * 1.0
        return table({"g": group}, "binary", prediction=prediction, outcome=outcome)

    truths = Truth("calibration", 0.0, (-1.0, 1.0)), Truth("calibration_error", 0.0, (0.0, 1.0))
    return Scenario(f"probabilities that are right, mean 10%, {groups} groups of {rows}", draw, truths)


def crossed() -> Scenario:
    """Three attributes and their intersections, decisions and outcomes at random."""

    def draw(rng: np.random.Generator) -> ScoreTable:
        protected = {name: rng.integers(0, levels, 1500) for name, levels in (("a", 5), ("b", 2), ("c", 3))}
        decision, outcome = ((rng.random(1500) < rate) * 1.0 for rate in (0.3, 0.4))
        return table(protected, "binary", decision=decision, outcome=outcome)

    domain = (0.0, 1.0)
    truths = [Truth("selection_rate", 0.3, domain), Truth("tpr", 0.3, domain), Truth("fpr", 0.3, domain)]
    return Scenario("three crossed attributes, 1,500 people", draw, tuple(truths))


SCENARIOS = (
    shares(2, 30, 0.04),
    shares(2, 300, 0.01),
    shares(8, 30, 0.04),
    shares(8, 30, 0.3),
    shares(30, 30, 0.3),
    shares(12, 200, 0.02),
    shares(100, 30, 0.5),
    shares(10, 100, np.linspace(0.2, 0.5, 10)),
    shares(20, 200, np.linspace(0.02, 0.1, 20)),
    shares(8, 100, 0.2, 0.5),
    shares(8, 100, 0.2, 1.0),
    amounts(2, 30, 1.0),
    amounts(8, 30, 1.0),
    amounts(8, 200, 1.0),
    claims(2, 100, 0.0),
    claims(8, 100, 0.0),
    claims(8, 200, 3.0),
    ranked(6, 750, 0.04, 1.35),
    ranked(4, 100, 0.4, 1.0),
    calibrated(6, 100),
    calibrated(6, 500),
    crossed(),
)


def counts(place: int, seed: int) -> dict[str, Counter[str]]:
    """What one replicate of a scenario adds to the counts of each measure, and of the family under ``all``."""
    scenario = SCENARIOS[place]
    drawn = scenario.draw(np.random.default_rng([place, seed]))
    asked = frozenset(truth.measure for truth in scenario.truths)
    probability = drawn.task == "binary" and drawn.value.min() >= 0 and drawn.value.max() <= 1
    compared = groups_and_disparities(Resampled(drawn, OPTIONS, asked), probability, None, {})
    groups, gaps = compared.groups, compared.disparities
    found: dict[str, Counter[str]] = {truth.measure: Counter() for truth in scenario.truths}
    for truth in scenario.truths:
        own = found[truth.measure]
        values = [(group, group.measures[truth.measure]) for group in groups if truth.measure in group.measures]
        measured = [(group, value) for group, value in values if value.interval is not None]
        wider = reach(0.95, len(measured)) / reach(0.95, 1)
        broken = False
        for group, value in measured:
            low, high = value.interval
            true = truth.value[int(group.cell["g"])] if np.ndim(truth.value) else truth.value
            own.update(groups=1, held=int(low <= true <= high))
            own.update(outside=int(low < truth.domain[0] or high > truth.domain[1]))
            low, high = value.value - (value.value - low) * wider, value.value + (high - value.value) * wider
            broken |= bool(low > true or high < true)
        own.update(checks=1, broken=int(broken))
        for gap in (gap for gap in gaps if gap.measure == truth.measure and gap.interval is not None):
            true = float(np.ptp(truth.value)) if np.ndim(truth.value) else 0.0
            low, high = gap.interval
            own.update(gaps=1, gap_held=int(low <= true + 1e-12 and true <= high))
            own.update(gap_broken=int(gap.bounds[0] > true or gap.bounds[1] < true))
            own.update(rejected=int((gap.p_value or 1.0) <= 0.05))
    p_values = [gap.p_value for gap in gaps if gap.p_value is not None and gap.measure in asked]
    found["all"] = Counter(audits=1, family=int(bool(p_values) and min(holm(p_values)) <= 0.05))
    return found


def batch(job: tuple[int, range]) -> dict[str, Counter[str]]:
    """The counts of several replicates of one scenario."""
    place, seeds = job
    total: dict[str, Counter[str]] = {}
    for seed in seeds:
        for measure, own in counts(place, seed).items():
            total.setdefault(measure, Counter()).update(own)
    return total


def line(scenario: Scenario, measure: str, total: dict[str, Counter[str]]) -> dict[str, object]:
    """One line of the table."""
    own, family = total[measure], total["all"]
    differ = any(np.ndim(truth.value) and np.ptp(truth.value) > 0 for truth in scenario.truths)

    def share(part: str, whole: str) -> float | None:
        return round(own[part] / own[whole], 4) if own[whole] else None

    return {
        "scenario": scenario.name,
        "measure": measure,
        "size": None if differ else share("rejected", "gaps"),
        "family": None if differ else round(family["family"] / family["audits"], 4),
        "power": share("rejected", "gaps") if differ else None,
        "coverage": share("held", "groups"),
        "gap_coverage": share("gap_held", "gaps"),
        "broken_group": share("broken", "checks"),
        "broken_gap": share("gap_broken", "gaps"),
        "outside": share("outside", "groups"),
    }


def run(replicates: int, places: range | None = None) -> list[dict[str, object]]:
    """The table of all scenarios, or of some."""
    lines, places = [], places or range(len(SCENARIOS))
    with ProcessPoolExecutor(2) as pool:
        for place in places:
            half = replicates // 2
            parts = pool.map(batch, [(place, range(half)), (place, range(half, replicates))])
            total: dict[str, Counter[str]] = {}
            for part in parts:
                for measure, own in part.items():
                    total.setdefault(measure, Counter()).update(own)
            lines += [line(SCENARIOS[place], truth.measure, total) for truth in SCENARIOS[place].truths]
            print(lines[-1], file=sys.stderr)
    return lines


def page(replicates: int, lines: list[dict[str, object]]) -> str:
    """The table as a page."""
    heads = ("size", "family", "power", "coverage", "gap_coverage", "broken_group", "broken_gap", "outside")
    titles = ("size", "family-wise", "power", "group held", "gap held", "group broken", "gap broken", "outside")
    rows = [
        f"| {each['scenario']} | `{each['measure']}` | "
        + " | ".join("" if each[head] is None else f"{100 * float(str(each[head])):.1f}%" for head in heads)
        + " |"
        for each in lines
    ]
    error = 100 * np.sqrt(0.05 * 0.95 / replicates)
    return "\n".join(
        [
            "# How often intervals hold, and verdicts and p-values are wrong",
            "",
            f"`python benchmarks/inference.py {replicates}`: {replicates:,} audits of data drawn anew in each scenario;"
            f" 5% is known to ± {error:.1f} points (one standard error). Asked are: size at most 5%, family-wise at"
            " most 6%, intervals that hold the truth in 93 to 98% (more where exact laws force it), limits at the truth"
            " itself called broken in at most 5%, and no end outside the domain. Broken counts two limits of every"
            " scenario, a maximum and a minimum at the truth, of all groups at once.",
            "",
            "| scenario | measure | " + " | ".join(titles) + " |",
            "|:---|:---|" + "---:|" * len(titles),
            *rows,
            "",
        ]
    )


if __name__ == "__main__":
    many = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    made = run(many)
    RESULTS.write_text(json.dumps({"replicates": many, "lines": made}, indent=1) + "\n", encoding="utf-8")
    PAGE.write_text(page(many, made), encoding="utf-8")
