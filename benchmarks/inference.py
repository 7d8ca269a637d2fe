"""How often intervals hold, and verdicts and p-values are wrong: data drawn anew, as JSON and as a page.

python benchmarks/inference.py [REPLICATES] [MINUTES] [WORDS]

With words only the scenarios that have them in their name are drawn, and take the place of their lines in the table.

Each scenario draws people whose truth is known. Counted are: p-values at most .05 where nothing differs (size), at
least one adjusted p-value at most .05 (family-wise), where something differs also by a permutation χ² (power),
intervals of groups, of the largest gap and of the smallest ratio that hold the truth (coverage), limits at the truth
itself that a confident check calls broken, limits three standard errors beyond the truth that it calls kept, and ends
outside the domain of a measure.

A replicate calls the functions that an audit and a check call, on a score table, and nothing else of them; of
the first few of each scenario the whole audit of groups is made, and must say the same. Scenarios run in rounds over
two processes until the replicates, or the minutes, are reached; the seed of each replicate is its number.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import ndtr

from fairaudit.auditing.groups import groups_and_disparities
from fairaudit.auditing.resampled import Resampled
from fairaudit.chance.laws import Law, two_sided
from fairaudit.chance.laws.pairs import largest_gap, smallest_ratio
from fairaudit.chance.simultaneous import holm
from fairaudit.data.roles import Protected
from fairaudit.gate.verdicts import held_against
from fairaudit.measures.gaps import equality_of
from fairaudit.measures.group_values import GroupValues
from fairaudit.options import Options
from fairaudit.scoretable.cells import Cells, cells
from fairaudit.scoretable.contingency import contingency_tables
from fairaudit.scoretable.grid import Groups
from fairaudit.scoretable.table import ScoreTable, score_table

ROOT = Path(__file__).parent.parent
RESULTS, PAGE = ROOT / "benchmarks" / "results" / "inference.json", ROOT / "reports" / "inference.md"
OPTIONS = Options(bootstrap=2, permutations=199, min_group=10)
"""Two replicates: no interval comes from them, but without any there is none."""
ALLOWED = {"size": 0.05, "family": 0.06, "broken": 0.05, "kept": 0.05, "outside": 0.0}
LEAST_COVERAGE = 0.93
WHOLE = 3
"""Replicates of each scenario of which the whole audit of groups is made."""
ROUND = 50
"""Replicates of a scenario in one job."""
FAR = 3.0
"""Standard errors by which a limit is broken that must not be called kept."""


@dataclass(frozen=True)
class Truth:
    """What one measure is in the population."""

    measure: str
    value: float | np.ndarray
    """In every group, or in each group in the order of their names."""
    domain: tuple[float, float] = (-np.inf, np.inf)

    def of(self, count: int) -> np.ndarray:
        """In each of so many groups."""
        return np.broadcast_to(np.asarray(self.value, dtype=np.float64), count)


@dataclass(frozen=True)
class Scenario:
    """People that can be drawn."""

    name: str
    draw: Callable[[np.random.Generator], ScoreTable]
    truths: tuple[Truth, ...]

    @property
    def differ(self) -> bool:
        """Whether the groups differ in anything that is measured."""
        return any(np.ptp(truth.value) > 0 for truth in self.truths)


@cache
def cells_of(*sizes: int) -> Cells:
    """One attribute with groups of these sizes."""
    return _cells({"g": np.repeat(np.arange(len(sizes)), sizes)})


def _cells(protected: dict[str, np.ndarray]) -> Cells:
    series = {name: pd.Series(values).map("{:03d}".format) for name, values in protected.items()}
    return cells(series, [Protected(name, "categorical") for name in series])


def table(of: Cells, task: str, **columns: np.ndarray) -> ScoreTable:
    """The score table of rows, each a line: joining those that are alike changes no number and takes time."""
    return score_table(of, task, merge=False, **columns)


def named(values: float | np.ndarray) -> str:
    """A rate, or rates, in words."""
    low, high = np.min(values), np.max(values)
    return f"{low:.1%}" if low == high else f"{low:.0%} to {high:.0%}"


def shares(groups: int, rows: int, rate: float | np.ndarray, spread: float = 0.0) -> Scenario:
    """Decisions in groups of one size; weights lognormal where `spread` is above 0."""
    rates = np.broadcast_to(rate, groups)
    each = np.repeat(rates, rows)

    def draw(rng: np.random.Generator) -> ScoreTable:
        weight = {"weight": rng.lognormal(sigma=spread, size=len(each))} if spread else {}
        return table(cells_of(*[rows] * groups), "binary", decision=(rng.random(len(each)) < each) * 1.0, **weight)

    weighted = f", weights lognormal σ {spread:g}" if spread else ""
    name = f"shares of {named(rate)}, {groups} groups of {rows}{weighted}"
    return Scenario(name, draw, (Truth("selection_rate", rates, (0.0, 1.0)),))


def amounts(groups: int, rows: int, name: str, draws: Callable[..., np.ndarray], mean: float) -> Scenario:
    """Predictions of a skewed law."""

    def draw(rng: np.random.Generator) -> ScoreTable:
        return table(cells_of(*[rows] * groups), "regression", prediction=draws(rng, groups * rows))

    return Scenario(f"means of {name}, {groups} groups of {rows}", draw, (Truth("mean_prediction", mean),))


def lognormal(rng: np.random.Generator, size: int) -> np.ndarray:
    """Lognormal amounts, σ 1."""
    return rng.lognormal(size=size)


def severities(rng: np.random.Generator, size: int) -> np.ndarray:
    """Mostly nothing, else gamma amounts."""
    return (rng.random(size) < 0.3) * rng.gamma(0.7, size=size)


def nearly_nothing(rng: np.random.Generator, size: int) -> np.ndarray:
    """Nine in ten are nothing, the others gamma amounts."""
    return (rng.random(size) < 0.1) * rng.gamma(0.7, size=size)


def claims(groups: int, rows: int, clumps: float) -> Scenario:
    """Claims with frailty; every other group is insured for a short time, so that only exposure differs."""
    group = np.repeat(np.arange(groups), rows)

    def draw(rng: np.random.Generator) -> ScoreTable:
        exposure = rng.uniform(0.1, 1, len(group)) * np.where(group % 2, 0.3, 1.0)
        expected = 0.2 * exposure
        frailty = rng.gamma(1 / clumps, clumps, len(group)) if clumps else 1.0
        counts = rng.poisson(expected * frailty).astype(float)
        of = cells_of(*[rows] * groups)
        return table(of, "count", prediction=expected, outcome=counts, exposure=exposure)

    truths = Truth("frequency", 0.2, (0.0, np.inf)), Truth("actual_expected", 1.0, (0.0, np.inf))
    return Scenario(f"claims, frailty {clumps:g}, {groups} groups of {rows}, exposures differ", draw, truths)


def ranked(groups: int, rows: int, positives: float, shift: float) -> Scenario:
    """Scores of a normal shift; so many have the outcome."""

    def draw(rng: np.random.Generator) -> ScoreTable:
        outcome = (rng.random(groups * rows) < positives) * 1.0
        prediction = rng.normal(shift * outcome)
        return table(cells_of(*[rows] * groups), "binary", prediction=prediction, outcome=outcome)

    truths = (Truth("auc", float(ndtr(shift / np.sqrt(2))), (0.0, 1.0)), Truth("base_rate", positives, (0.0, 1.0)))
    return Scenario(f"scores, {positives:.0%} positive, {groups} groups of {rows}", draw, truths)


def calibrated(groups: int, rows: int, name: str, rate: Callable[[np.ndarray], np.ndarray]) -> Scenario:
    """Probabilities of mean 10%, and the rate that is true for each."""

    def people(rng: np.random.Generator, size: int) -> tuple[np.ndarray, np.ndarray]:
        prediction = rng.beta(1, 9, size)
        return prediction, (rng.random(size) < rate(prediction)) * 1.0

    def draw(rng: np.random.Generator) -> ScoreTable:
        prediction, outcome = people(rng, groups * rows)
        return table(cells_of(*[rows] * groups), "binary", prediction=prediction, outcome=outcome)

    prediction = np.sort(np.random.default_rng(0).beta(1, 9, 200_000))
    off = (rate(prediction) - prediction).reshape(10, -1).mean(axis=1)
    truths = Truth("calibration", float(off.mean()), (-1.0, 1.0)), Truth("calibration_error", abs(off).mean(), (0, 1))
    return Scenario(f"probabilities {name}, mean 10%, {groups} groups of {rows}", draw, truths)


def repeated(groups: int, people: int, rate: float, alike: float) -> Scenario:
    """Decisions about people with 1 to 20 rows each, whose rates follow a beta law of that correlation of rows."""

    def draw(rng: np.random.Generator) -> ScoreTable:
        size = rng.integers(1, 21, groups * people)
        own = rng.beta(rate * (1 / alike - 1), (1 - rate) * (1 / alike - 1), groups * people)
        person = np.repeat(np.arange(groups * people), size)
        decision = (rng.random(len(person)) < own[person]) * 1.0
        return table(_cells({"g": person % groups}), "binary", decision=decision, cluster=person)

    name = f"shares of {rate:.0%}, {groups} groups of {people} people with 1 to 20 rows, correlation {alike:g}"
    return Scenario(name, draw, (Truth("selection_rate", rate, (0.0, 1.0)),))


def crossed() -> Scenario:
    """Three attributes and their intersections, decisions and outcomes at random."""

    def draw(rng: np.random.Generator) -> ScoreTable:
        protected = {name: rng.integers(0, levels, 1500) for name, levels in (("a", 5), ("b", 2), ("c", 3))}
        decision, outcome = ((rng.random(1500) < rate) * 1.0 for rate in (0.3, 0.4))
        return table(_cells(protected), "binary", decision=decision, outcome=outcome)

    domain = (0.0, 1.0)
    truths = [Truth("selection_rate", 0.3, domain), Truth("tpr", 0.3, domain), Truth("fpr", 0.3, domain)]
    return Scenario("three crossed attributes, 1,500 people", draw, tuple(truths))


@cache
def compas_cells() -> Cells:
    """The people of COMPAS by race, sex and age."""
    from fairaudit.data.datasets import load_dataset
    from fairaudit.data.table import role_table
    from fairaudit.scoretable.cells import table_cells

    held = load_dataset("compas")
    return table_cells(role_table(held.frame, held.roles), "paper")


def compas() -> Scenario:
    """COMPAS people with decisions at random."""

    def draw(rng: np.random.Generator) -> ScoreTable:
        of = compas_cells()
        return table(of, "binary", decision=(rng.random(len(of.levels)) < 0.45) * 1.0)

    truths = (Truth("selection_rate", 0.45, (0.0, 1.0)),)
    return Scenario("COMPAS people (race × sex × age), decisions at random", draw, truths)


def rare(groups: int, rows: int, usual: float, one: float) -> Scenario:
    """One group differs from all others."""
    return shares(groups, rows, np.array([one, *[usual] * (groups - 1)]))


SCENARIOS = (
    shares(2, 30, 0.04),
    shares(2, 300, 0.01),
    shares(2, 1000, 0.002),
    shares(8, 30, 0.04),
    shares(8, 30, 0.3),
    shares(30, 10, 0.5),
    shares(30, 30, 0.3),
    shares(12, 200, 0.02),
    shares(100, 30, 0.5),
    shares(100, 100, 0.05),
    shares(8, 100, 0.2, 0.5),
    shares(8, 100, 0.2, 1.0),
    amounts(2, 30, "lognormal amounts", lognormal, float(np.exp(0.5))),
    amounts(8, 30, "lognormal amounts", lognormal, float(np.exp(0.5))),
    amounts(8, 200, "lognormal amounts", lognormal, float(np.exp(0.5))),
    amounts(8, 30, "severities", severities, 0.21),
    amounts(30, 30, "severities", severities, 0.21),
    claims(2, 100, 0.0),
    claims(8, 100, 0.0),
    claims(8, 200, 3.0),
    ranked(6, 750, 0.04, 1.35),
    ranked(4, 100, 0.4, 1.0),
    calibrated(6, 100, "that are right", lambda p: p),
    calibrated(6, 500, "that are right", lambda p: p),
    calibrated(4, 300, "5 points too low", lambda p: p + 0.05),
    calibrated(4, 300, "right below, 10 points too low above the median", lambda p: p + 0.1 * (p > 0.0741)),
    crossed(),
    compas(),
    rare(2, 30, 0.04, 0.3),
    rare(12, 50, 0.04, 0.2),
    rare(30, 30, 0.3, 0.6),
    rare(100, 100, 0.05, 0.2),
    shares(10, 30, np.linspace(0.2, 0.5, 10)),
    shares(20, 200, np.linspace(0.02, 0.06, 20)),
    repeated(2, 40, 0.3, 0.2),
    repeated(6, 100, 0.05, 0.1),
    amounts(8, 60, "amounts of which nine in ten are 0", nearly_nothing, 0.07),
    amounts(8, 300, "amounts of which nine in ten are 0", nearly_nothing, 0.07),
)
"""New ones stand at the end: the place of a scenario is part of its seed."""


@dataclass(frozen=True)
class Compared:
    """One measure in the groups of one grouping, as an audit measures it."""

    groups: Groups
    values: GroupValues
    law: Law
    p_value: float | None


def compared(drawn: ScoreTable, measures: frozenset[str], options: Options) -> Iterator[Compared]:
    """The measures of a table whose groups can be compared."""
    resampled = Resampled(drawn, options, measures)
    for groups, measured in zip(resampled.groups, resampled.measured, strict=True):
        for name in sorted(measures & measured.keys()):
            values = measured[name]
            if values.law is not None and len(values.fit) > 1:
                test = equality_of(values, groups.by, options) if "gap" in values.measure.statistics else None
                yield Compared(groups, values, values.law, None if test is None else test.p_value)


def counts(place: int, seed: int) -> dict[str, Counter[str]]:
    """What one replicate of a scenario adds to the counts of each measure, and of the family under ``all``."""
    scenario = SCENARIOS[place]
    drawn = scenario.draw(np.random.default_rng([place, seed]))
    truths = {truth.measure: truth for truth in scenario.truths}
    found = {name: Counter[str]() for name in truths}
    options = replace(OPTIONS, seed=seed)  # with the same shuffles in each their noise would not average out
    every = list(compared(drawn, frozenset(truths), options))
    if seed < WHOLE:
        _hold_against_the_audit(drawn, frozenset(truths), every, options)
    for each in every:
        name = each.values.measure.name
        found[name].update(_of_groups(each, truths[name], _standard_error(place, name)))
        if each.p_value is not None:
            found[name].update(_of_gap(each, truths[name]))
            if scenario.differ:
                found[name].update(permuted=int(_permutation_chi_square(drawn, each.groups, seed) <= 0.05))
    p_values = [each.p_value for each in every if each.p_value is not None]
    found["all"] = Counter(audits=1, family=int(bool(p_values) and min(holm(p_values)) <= 0.05))
    return found


def _of_groups(each: Compared, truth: Truth, error: float) -> Counter[str]:
    """Coverage of every group, and what a check says of limits at the truth and beyond it."""
    law, count = each.law, len(each.values.fit)
    true = truth.of(len(each.groups))[each.values.fit]
    low, high = two_sided(law, 0.95)
    own = Counter(groups=count, held=int(((low <= true) & (true <= high)).sum()))
    own.update(outside=int(((low < truth.domain[0]) | (high > truth.domain[1])).sum()))
    low, high = law.strict(0.025 / count)
    verdicts = [
        held_against(float(value), (float(a), float(b)), against, float(at), "confident")
        for value, a, b, at in zip(law.value, low, high, true, strict=True)
        for against in ("max", "min")
    ]
    own.update(checks=1, broken=int("broken" in verdicts))
    ends, first = (float(low[0]), float(high[0])), float(true[0])
    beyond = [
        held_against(float(law.value[0]), ends, against, bound, "confident")
        for against, bound in (("max", first - FAR * error), ("min", first + FAR * error))
        if truth.domain[0] <= bound <= truth.domain[1]
    ]
    own.update(beyond=int(bool(beyond)), kept=int("kept" in beyond))
    return own


def _of_gap(each: Compared, truth: Truth) -> Counter[str]:
    """Coverage of the largest gap and the smallest ratio, what a check says of a limit at it, and the test."""
    true = truth.of(len(each.groups))[each.values.fit]
    gap, low, high = float(np.ptp(true)), *largest_gap(each.law, 0.95)
    own = Counter(gaps=1, gap_held=int(low <= gap + 1e-12 and gap <= high))
    own.update(outside=int(high > truth.domain[1] - truth.domain[0] + 1e-12))
    low, high = largest_gap(each.law, 0.95, strict=True)
    own.update(gap_broken=int(low > gap + 1e-12 or high < gap), rejected=int((each.p_value or 1.0) <= 0.05))
    if each.values.measure.has_ratio and (ends := smallest_ratio(each.law, 0.95)) is not None:
        ratio = float(true.min() / true.max())
        own.update(ratios=1, ratio_held=int(ends[0] <= ratio <= ends[1] + 1e-12))
        own.update(outside=int(ends[0] < 0 or ends[1] > 1))
    return own


def _permutation_chi_square(drawn: ScoreTable, groups: Groups, seed: int) -> float:
    """P-value of Pearson's χ² of decisions by group under shuffles."""
    assert drawn.decision is not None
    size = np.bincount(groups.index).astype(float)
    events = np.bincount(groups.index, weights=drawn.decision)
    share = events.sum() / size.sum()
    margins = np.array([events.sum(), size.sum() - events.sum()])
    shuffled = contingency_tables(margins, size, 199, np.random.default_rng(seed))[:, 0]
    seen, chance = (((of - size * share) ** 2 / size).sum(axis=-1) for of in (events, shuffled))
    return float((1 + (chance >= seen * (1 - 1e-9)).sum()) / 200)


@cache
def _standard_error(place: int, measure: str) -> float:
    """Standard deviation of a measure in the first group, over draws of a scenario."""
    scenario = SCENARIOS[place]
    seen = []
    for seed in range(100):
        drawn = scenario.draw(np.random.default_rng([place, 10**6 + seed]))
        resampled = Resampled(drawn, OPTIONS, frozenset([measure]))
        seen.append(resampled.measured[0][measure].value[0])
    return float(np.nanstd(seen, ddof=1))


def _hold_against_the_audit(
    drawn: ScoreTable, measures: frozenset[str], every: list[Compared], options: Options
) -> None:
    """Refuse a replicate that says other than the whole audit of groups does."""
    whole = groups_and_disparities(Resampled(drawn, options, measures), None, {})
    told = {(gap.measure, *gap.by): gap for gap in whole.disparities}
    for each in every:
        name, low, high = each.values.measure.name, *two_sided(each.law, 0.95)
        mine = [row for row in whole.groups if tuple(row.by) == each.groups.by]
        ends = [mine[group].measures[name].interval for group in each.values.fit]
        np.testing.assert_allclose(np.array(ends), np.column_stack([low, high]), rtol=1e-9)
        if each.p_value is not None:
            gap = told[name, *each.groups.by]
            assert gap.p_value == each.p_value
            np.testing.assert_allclose(gap.interval, largest_gap(each.law, 0.95), atol=1e-9)


def batch(job: tuple[int, range]) -> tuple[int, dict[str, Counter[str]]]:
    """The counts of several replicates of one scenario."""
    place, seeds = job
    total: dict[str, Counter[str]] = {}
    for seed in seeds:
        for measure, own in counts(place, seed).items():
            total.setdefault(measure, Counter()).update(own)
    return place, total


def line(scenario: Scenario, measure: str, total: dict[str, Counter[str]]) -> dict[str, object]:
    """One line of the table."""
    own, family = total[measure], total["all"]

    def share(part: str, whole: str) -> float | None:
        return round(own[part] / own[whole], 4) if own[whole] else None

    differ = scenario.differ
    return {
        "scenario": scenario.name,
        "measure": measure,
        "replicates": family["audits"],
        "size": None if differ else share("rejected", "gaps"),
        "family": None if differ else round(family["family"] / family["audits"], 4),
        "power": share("rejected", "gaps") if differ else None,
        "permutation_power": share("permuted", "gaps") if differ else None,
        "coverage": share("held", "groups"),
        "gap_coverage": share("gap_held", "gaps"),
        "ratio_coverage": share("ratio_held", "ratios"),
        "broken_group": share("broken", "checks"),
        "broken_gap": share("gap_broken", "gaps"),
        "kept": share("kept", "beyond"),
        "outside": share("outside", "groups"),
    }


def run(replicates: int, places: Sequence[int] | None = None, seconds: float = np.inf) -> list[dict[str, object]]:
    """The table of all scenarios, or of some; written after every round, so that an interrupted run leaves its own."""
    places, started = places or range(len(SCENARIOS)), time.monotonic()
    totals: list[dict[str, Counter[str]]] = [{} for _ in SCENARIOS]
    lines: list[dict[str, object]] = []
    with ProcessPoolExecutor(2) as pool:
        for start in range(0, replicates, ROUND):
            jobs = [(place, range(start, min(start + ROUND, replicates))) for place in places]
            for place, part in pool.map(batch, jobs):
                for measure, own in part.items():
                    totals[place].setdefault(measure, Counter()).update(own)
            lines = [
                line(SCENARIOS[place], truth.measure, totals[place])
                for place in places
                for truth in SCENARIOS[place].truths
            ]
            if len(places) == len(SCENARIOS):
                write(lines)
            print(f"{start + ROUND} replicates, {time.monotonic() - started:.0f} s", file=sys.stderr)
            if time.monotonic() - started > seconds:
                break
    return lines


HEADS = {
    "size": "size",
    "family": "family-wise",
    "power": "power",
    "permutation_power": "of permutation χ²",
    "coverage": "group held",
    "gap_coverage": "gap held",
    "ratio_coverage": "ratio held",
    "broken_group": "group broken",
    "broken_gap": "gap broken",
    "kept": "kept",
    "outside": "outside",
}


def page(lines: list[dict[str, object]]) -> str:
    """The table as a page."""
    replicates = int(str(lines[0]["replicates"]))
    rows = [
        f"| {each['scenario']} | `{each['measure']}` | "
        + " | ".join("" if each[head] is None else f"{100 * float(str(each[head])):.1f}%" for head in HEADS)
        + " |"
        for each in lines
    ]
    error = 100 * np.sqrt(0.05 * 0.95 / replicates)
    return "\n".join(
        [
            "# How often intervals hold, and verdicts and p-values are wrong",
            "",
            f"`python benchmarks/inference.py {replicates}`: {replicates:,} tables drawn anew in each scenario;"
            f" 5% is known to ± {error:.1f} points (one standard error). Asked are: size at most 5%, family-wise at"
            " most 6%, power at least that of a permutation χ², intervals that hold the truth in 93 to 98% (more where"
            " exact laws force it), limits at the truth itself called broken in at most 5%, limits that a group breaks"
            " by three standard errors called kept in at most 5%, and no end outside the domain. Broken counts two"
            " limits of every scenario, a maximum and a minimum at the truth, of all groups at once.",
            "",
            "| scenario | measure | " + " | ".join(HEADS.values()) + " |",
            "|:---|:---|" + "---:|" * len(HEADS),
            *rows,
            "",
        ]
    )


def write(lines: list[dict[str, object]]) -> None:
    """The table, into its file and its page."""
    content = {"replicates": lines[0]["replicates"], "lines": lines}
    RESULTS.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    PAGE.write_text(page(lines), encoding="utf-8")


def joined(lines: list[dict[str, object]]) -> list[dict[str, object]]:
    """The lines of some scenarios among those of the others as they were written, in the order of the scenarios."""
    named = {line["scenario"] for line in lines}
    written = json.loads(RESULTS.read_text(encoding="utf-8"))["lines"]
    every = [*(line for line in written if line["scenario"] not in named), *lines]
    order = {scenario.name: place for place, scenario in enumerate(SCENARIOS)}
    return sorted((line for line in every if line["scenario"] in order), key=lambda line: order[line["scenario"]])


if __name__ == "__main__":
    given = sys.argv[1:]
    replicates = int(given[0]) if given else 2000
    seconds = 60 * float(given[1]) if len(given) > 1 else np.inf
    if len(given) > 2:
        some = [place for place, scenario in enumerate(SCENARIOS) if given[2] in scenario.name]
        write(joined(run(replicates, some, seconds)))
    else:
        run(replicates, seconds=seconds)
