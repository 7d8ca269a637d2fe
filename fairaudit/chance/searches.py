"""The largest of many scores, and what chance alone makes of it: a search over subgroups is judged by its maximum.

Of thousands of subgroups some look bad by chance. So chance is given the same choice: people are put into the cells
anew, every subgroup is scored again, and the largest score of each draw is kept. A subgroup stands out if its score is
larger than nearly all of those (Westfall and Young 1993): that holds for all subgroups at once, however much they
overlap. A score is a difference from the people outside, studentised, so that small subgroups do not win by noise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy.special import rel_entr

from fairaudit.arrays import Floats, Ints
from fairaudit.chance.equality import POOLED_ROWS, TIE, TINY
from fairaudit.scoretable.cells import sum_by
from fairaudit.scoretable.contingency import contingency_tables
from fairaudit.scoretable.grid import CHUNK

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Side = Literal["lower", "higher", "both"]
"""Which scores count: those far below 0, far above, or either."""


@dataclass(frozen=True, eq=False)
class Extremes:
    """The largest and the smallest score of all subgroups in each of B draws."""

    highest: Floats
    """Shape (B,)."""
    lowest: Floats
    """Shape (B,)."""

    def size(self, side: Side) -> Floats:
        """How far the farthest score of each draw lies on a side, shape (B,)."""
        return np.maximum(sided(self.lowest, side), sided(self.highest, side))

    def p_values(self, scores: Floats, side: Side, tails: Floats) -> Floats:
        """(1 + #{draws whose farthest score is at least as far}) / (B + 1) of each score, shape (G,).

        Where no draw reaches so far, a smaller one that Bonferroni's inequality allows: both must agree to a level
        below 1/(B + 1), as in `chance.equality`.

        Args:
            scores: shape (G,).
            side: which count.
            tails: chance of each score alone, on its own side, or more, shape (G,).
        """
        drawn = np.sort(self.size(side))
        reached = sided(scores, side)
        below = np.searchsorted(drawn, reached - TIE * np.abs(reached), side="left")
        counted: Floats = (1 + len(drawn) - below) / (len(drawn) + 1)
        together = np.maximum(len(scores) * (2 if side == "both" else 1) * tails, TINY)
        result: Floats = np.where((below == len(drawn)) & (reached > 0), np.minimum(counted, together), counted)
        return result

    def p_error(self, p_value: float) -> float:
        """Monte Carlo standard error of a p-value of these draws; 0 where it is smaller than they can tell."""
        draws = len(self.highest) + 1
        return float(np.sqrt(p_value * (1 - p_value) / draws)) if p_value * draws > 1 - TIE else 0.0

    def reach(self, confidence: float) -> float:
        """Score within which all of them stay in this share of the draws."""
        return float(np.quantile(self.size("both"), confidence, method="higher"))


def sided(scores: Floats, side: Side) -> Floats:
    """Scores as far as they lie on a side."""
    result: Floats = {"lower": -scores, "higher": scores, "both": np.abs(scores)}[side]
    return result


def extremes(drawn: Iterable[Floats]) -> Extremes:
    """The extremes of scores that come in chunks of draws, shape (G ≥ 1, chunk) each."""
    pairs = [(scores.max(axis=0), scores.min(axis=0)) for scores in drawn]
    return Extremes(*(np.concatenate([np.empty(0), *column]) for column in zip(*pairs, strict=True)))


# Shares ---------------------------------------------------------------------------------------------------------------


def share_scores(events: Floats, people: Floats, all_events: float, everyone: float) -> Floats:
    r"""How far the share of events in each subgroup lies from that of the people outside, in standard deviations.

    .. math:: z_g = \frac{x_g - n_g p}{\sqrt{p (1 - p) n_g (1 - n_g/N) N/(N - 1)}}, \quad p = x/N

    Its variance is that of a hypergeometric count, exact where events fall on people at random; z² is Pearson's X² of
    the table of two groups, but for the factor of `chance.equality.equal_shares`.

    Args:
        events: x_g, shape (G,), or (G, draws).
        people: n_g, shape (G,), between 1 and N − 1.
        all_events: x, between 1 and N − 1.
        everyone: N.
    """
    share = all_events / everyone
    variance = share * (1 - share) * people * (1 - people / everyone) * everyone / (everyone - 1)
    return _scores(events, people * share, np.sqrt(variance))


def share_tails(part: Floats, size: Floats, share: Floats | float) -> Floats:
    r"""At most so likely is a share as far from that of all, on its side, shape (G,).

    .. math:: \exp \left( -n_g \, KL(x_g/n_g \,\|\, p) \right)

    for people drawn with replacement or without it (Hoeffding 1963, doi:10.1080/01621459.1963.10500830).

    Args:
        part: x_g, shape (G,).
        size: n_g.
        share: p.
    """
    divergence = rel_entr(part, size * share) + rel_entr(size - part, size * (1 - np.asarray(share)))
    result: Floats = np.exp(-np.maximum(divergence, 0.0))
    return result


def shuffled_shares(
    members: csr_array, events: float, people: Floats, draws: int, rng: np.random.Generator
) -> Iterator[Floats]:
    """Scores of subgroups where events fall on people at random: hypergeometric counts in the cells.

    Args:
        members: cells of each subgroup, shape (G, C); see `scoretable.conjunctions`.
        events: people with the event, whole.
        people: people of each cell, whole, shape (C,).
        draws: number of draws.
        rng: their source.

    Yields:
        Scores, shape (G, chunk).
    """
    everyone, size = float(people.sum()), members @ people
    margin = np.array([events, everyone - events])
    for count in _chunks(draws, 2 * len(people), members.shape[0]):
        drawn = contingency_tables(margin, people, count, rng)[:, 0]
        yield share_scores(members @ drawn.T, size, events, everyone)


# Counts ---------------------------------------------------------------------------------------------------------------


def rate_scores(events: Floats, expected: Floats, all_events: Floats | float, all_expected: float) -> Floats:
    r"""How far the events of each subgroup lie from those expected at the rate of all, in standard deviations.

    .. math:: z_g = \frac{x_g - e_g r}{\sqrt{r e_g (1 - e_g/E)}}, \quad r = x/E

    Args:
        events: x_g, divided by their dispersion, shape (G,), or (G, draws).
        expected: e_g, divided by the same, shape (G,).
        all_events: x > 0, divided by the same: one number, or one of each subgroup.
        all_expected: E, divided by the same.
    """
    rate = np.asarray(all_events) / all_expected
    return _scores(events, expected * rate, np.sqrt(rate * expected * (1 - expected / all_expected)))


def shuffled_rates(
    members: csr_array, events: int, expected: Floats, draws: int, rng: np.random.Generator
) -> Iterator[Floats]:
    """Scores of subgroups where events fall into the cells in proportion to what is expected of them.

    Args:
        members: as in `shuffled_shares`.
        events: number of independent events, ≥ 1.
        expected: exposure or expected events of each cell, shape (C,).
        draws: as there.
        rng: as there.
    """
    size, everything = members @ expected, float(expected.sum())
    for count in _chunks(draws, len(expected), members.shape[0]):
        drawn = rng.multinomial(events, expected / everything, size=count).astype(np.float64)
        yield rate_scores(members @ drawn.T, size, float(events), everything)


# Means ----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Deviations:
    """Sums over rows from which means are scored, in cells or subgroups; d the deviation ω (y − mean of all)."""

    rows: Floats
    """Rows n."""
    weight: Floats
    """Σ ω."""
    first: Floats
    """Σ d."""
    second: Floats
    """Σ d²."""


def mean_scores(of: Deviations, everyone: Deviations) -> Floats:
    r"""How far the mean of each subgroup lies from that of the rows outside, in standard errors.

    .. math:: z_g = \frac{D_g}{\sqrt{(1 - s)^2 V_g + s^2 V_{\bar g}}}, \quad V_g = \frac{n_g}{n_g - 1 + 3}
        \left( Q_g - D_g^2/n_g + 3 \sigma^2 \right),

    D = Σ d, Q = Σ d², s the subgroup's share of the weight, ḡ the rows outside, σ² the variance of d over all rows:
    Welch's statistic, each variance mixed with `POOLED_ROWS` rows of that of all, as in `chance.equality.equal_means`.

    Args:
        of: sums of the subgroups, shape (G,) or (G, draws).
        everyone: sums of all rows; Σ d = 0.
    """
    pooled = everyone.second / everyone.rows

    def variance(rows: Floats, first: Floats, second: Floats) -> Floats:
        own = np.maximum(second - first**2 / rows, 0.0)
        return rows / (rows - 1 + POOLED_ROWS) * (own + POOLED_ROWS * pooled)

    share = of.weight / everyone.weight
    rows = of.rows if of.first.ndim == 1 else of.rows[:, None]
    inside = variance(rows, of.first, of.second)
    outside = variance(everyone.rows - rows, of.first, everyone.second - of.second)  # whose Σ d is −D: as far from 0
    spread = np.sqrt((1 - share) ** 2 * inside + share**2 * outside)
    return np.divide(of.first, spread, out=np.zeros_like(spread), where=spread > 0)


@dataclass(frozen=True, eq=False)
class Movable:
    """Rows, or people with all their rows, that chance puts into other cells, value and weight together. U of them."""

    cell: Ints
    """Cell of each, shape (U,)."""
    deviation: Floats
    """d of each; they sum to 0."""
    weight: Floats
    """ω of each."""
    placed: Callable[[], Ints]
    """Draws other cells for all; every cell keeps its number of them."""
    design: float = 1.0
    """By how much the variance of sums over them is enlarged as they are alike; the same in every draw."""

    def scores(self, members: csr_array) -> Floats:
        """Scores of subgroups, shape (G,).

        Args:
            members: as in `shuffled_shares`.
        """
        return next(self._scores(members, 1, lambda: self.cell))[:, 0]

    def drawn(self, members: csr_array, draws: int) -> Iterator[Floats]:
        """The same in draws, shape (G, chunk) each."""
        return self._scores(members, draws, self.placed)

    def _scores(self, members: csr_array, draws: int, placed: Callable[[], Ints]) -> Iterator[Floats]:
        cells, d, weight = members.shape[1], self.deviation, self.weight
        units = sum_by(self.cell, np.ones(len(d)), cells)
        inside = members @ units
        everyone = Deviations(*(np.asarray(part.sum()) for part in (units, weight, d, d**2)))
        equal = float(np.ptp(weight)) == 0.0
        for count in _chunks(draws, 3 * cells, members.shape[0]):
            sums = np.empty((3, count, cells))
            for draw in range(count):
                places = placed()
                sums[0, draw] = sum_by(places, d, cells)
                sums[1, draw] = sum_by(places, d**2, cells)
                sums[2, draw] = units * weight[0] if equal else sum_by(places, weight, cells)
            first, second, mass = (members @ part.T for part in sums)
            scores = mean_scores(Deviations(inside, mass, first, second), everyone)
            yield scores / np.sqrt(self.design)


def exchanged(cell: Ints, rng: np.random.Generator) -> Callable[[], Ints]:
    """A function that puts units that are exchangeable into the cells in a new order."""

    def placed() -> Ints:
        places = np.empty_like(cell)
        places[rng.permutation(len(cell))] = cell
        return places

    return placed


def _scores(seen: Floats, centre: Floats, spread: Floats) -> Floats:
    """Deviations in standard deviations; 0 where nothing varies."""
    if seen.ndim > centre.ndim:
        centre, spread = centre[:, None], spread[:, None]
    gap = seen - centre
    return np.divide(gap, spread, out=np.zeros_like(gap), where=spread > 0)


def _chunks(draws: int, cells: int, subgroups: int) -> Iterator[int]:
    """Numbers of draws that fit into one block."""
    size = max(1, CHUNK // max(cells, subgroups))
    for start in range(0, draws, size):
        yield min(size, draws - start)
