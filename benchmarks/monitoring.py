"""Limits decided at any time beside a daily check: false alarms in 1,000 looks, and how soon a change is found.

python benchmarks/monitoring.py [SERIES]

Each day some people of two groups are decided on. Of the daily check it is counted on how many days, and in how many
series ever, a limit on the gap in selection rates is found broken by today's rows alone (95%, one interval: the exact
tails that `fairaudit check` uses are a little more cautious). Of the limit that is decided at any time the same from
all looks so far. Before the change the gap is exactly the limit, which is the hardest case of what may not be found;
from then on it is 5 points beyond.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fairaudit.chance.laws import two_sided
from fairaudit.chance.laws.pairs import difference
from fairaudit.chance.laws.shares import Shares
from fairaudit.chance.sequences import Counts, against_line

ROOT = Path(__file__).parent.parent
RESULTS, PAGE = ROOT / "benchmarks" / "results" / "monitoring.json", ROOT / "reports" / "monitoring.md"
LOOKS, CHANGE, LIMIT = 1000, 500, 0.05
ENOUGH = float(np.log(2 / 0.05)) - float(np.log(0.9 / 2))
"""Log capital that breaks a limit on one grouping of two groups: half of 5% at either end of the interval, 0.9 of the
capital on the groups that were there at first, half of that on either order of the two."""


@dataclass(frozen=True)
class Scenario:
    """Two groups of so many people a day."""

    rows: int
    rate: float
    """Of the group with the lower one."""
    drift: float = 0.0
    """How far both rates swing together, a year's season."""

    @property
    def name(self) -> str:
        """In words."""
        season = f", both swing by ± {100 * self.drift:g} points a year" if self.drift else ""
        return f"2 × {self.rows} people a day, {self.rate:.0%} selected{season}"


SCENARIOS = (
    Scenario(50, 0.3),
    Scenario(250, 0.05),
    Scenario(250, 0.3),
    Scenario(250, 0.3, 0.1),
    Scenario(1000, 0.3),
    Scenario(1000, 0.6),
)


def drawn(scenario: Scenario, gap: np.ndarray, series: int, rng: np.random.Generator) -> tuple[Counts, Counts]:
    """Counts of both groups: a column for each series."""
    season = scenario.drift * np.sin(2 * np.pi * np.arange(LOOKS) / 365)
    sides = []
    for added in (gap, 0.0):
        rate = np.broadcast_to((scenario.rate + season + added)[:, None], (LOOKS, series))
        yes = rng.binomial(scenario.rows, rate).astype(float)
        sides.append(Counts(yes, np.full_like(yes, scenario.rows)))
    return sides[0], sides[1]


def broken_at_any_time(first: Counts, second: Counts) -> np.ndarray:
    """Whether each look finds the limit broken, from all looks so far, shape (T, series)."""
    return np.logaddexp(against_line(first, second, 1.0, LIMIT), against_line(second, first, 1.0, LIMIT)) >= ENOUGH


def broken_today(first: Counts, second: Counts) -> np.ndarray:
    """Whether each look finds it broken by its own rows."""
    sides = []
    for counts in (first, second):
        share = counts.yes / counts.of
        sides += [share, two_sided(Shares(share, counts.of), 0.95)]
    low, high = difference(*sides)
    return (low > LIMIT) | (high < -LIMIT)


def measured(scenario: Scenario, series: int, seed: int) -> dict[str, object]:
    """One line of the table."""
    rng = np.random.default_rng([seed, scenario.rows])
    just_so = drawn(scenario, np.full(LOOKS, LIMIT), series, rng)
    ever = {name: rule(*just_so) for name, rule in (("anytime", broken_at_any_time), ("daily", broken_today))}
    changed = drawn(scenario, np.where(np.arange(LOOKS) < CHANGE, LIMIT, LIMIT + 0.05), series, rng)
    after = broken_at_any_time(*changed)[CHANGE:]
    delay = np.where(after.any(axis=0), after.argmax(axis=0) + 1.0, np.inf)
    return {
        "scenario": scenario.name,
        "anytime_ever": round(float(ever["anytime"].any(axis=0).mean()), 4),
        "daily_ever": round(float(ever["daily"].any(axis=0).mean()), 4),
        "daily_share": round(float(ever["daily"].mean()), 4),
        "found": round(float(np.isfinite(delay).mean()), 4),
        "delay": [
            None if not np.isfinite(each) else round(float(each))
            for each in np.quantile(delay, [0.5, 0.9], method="higher")
        ],
    }


def page(series: int, lines: list[dict[str, object]]) -> str:
    """The table as a page."""
    error = 100 * np.sqrt(0.05 * 0.95 / series)
    rows = []
    for each in lines:
        delay = each["delay"]
        assert isinstance(delay, list)
        middle, late = ("never" if number is None else f"{number}" for number in delay)
        shares = (
            f"{100 * float(str(each[name])):.1f}%" for name in ("anytime_ever", "daily_ever", "daily_share", "found")
        )
        never, daily, day, found = shares
        rows.append(f"| {each['scenario']} | {never} | {daily} | {day} | {found} | {middle} | {late} |")
    return "\n".join(
        [
            "# A check that runs every day",
            "",
            f"`python benchmarks/monitoring.py {series}`: {series} series of {LOOKS:,} looks at two groups in each"
            f" scenario; 5% is known to ± {error:.1f} points (one standard error). The limit is a gap of 5 points in"
            ' the selection rates, `decided-by = "anytime"` beside a check of each day\'s rows alone. In the first'
            " three columns the true gap is exactly the limit on every day; in the last three it is so on 500 days, and"
            " 5 points more from then on.",
            "",
            "| scenario | anytime: ever broken | daily: ever broken | daily: days broken | change found in 500 looks"
            " | looks, half of the series | looks, nine of ten |",
            "|:---|---:|---:|---:|---:|---:|---:|",
            *rows,
            "",
            "Asked is at most 5% in the first column. What is proven of it is in `fairaudit/chance/sequences.py`, and"
            " holds for any number of looks.",
            "",
        ]
    )


if __name__ == "__main__":
    many = int(sys.argv[1]) if len(sys.argv) > 1 else 400
    made = []
    for each in SCENARIOS:
        made.append(measured(each, many, 0))
        print(made[-1], file=sys.stderr)
    RESULTS.write_text(json.dumps({"series": many, "lines": made}, indent=1) + "\n", encoding="utf-8")
    PAGE.write_text(page(many, made), encoding="utf-8")
