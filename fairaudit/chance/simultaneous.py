"""Many statements that hold together: how far each must reach, and p-values adjusted for their number."""

from __future__ import annotations

from collections.abc import Sequence

from scipy.special import ndtri


def reach(confidence: float, statements: int) -> float:
    """z such that so many two-sided normal statements hold together with at least this confidence (Bonferroni)."""
    return float(-ndtri((1 - confidence) / (2 * max(statements, 1))))


def holm(p_values: Sequence[float]) -> list[float]:
    """P-values adjusted by Holm's step-down procedure, in the order given."""
    result = list(p_values)
    running = 0.0
    for rank, index in enumerate(sorted(range(len(p_values)), key=lambda each: p_values[each])):
        running = max(running, min(1.0, (len(p_values) - rank) * p_values[index]))
        result[index] = running
    return result


def benjamini_hochberg(p_values: Sequence[float]) -> list[float]:
    """P-values adjusted by Benjamini and Hochberg's step-up procedure (1995, doi:10.1111/j.2517-6161.1995.tb02031.x),
    in the order given: of those at most α about a share α is expected to be chance."""
    result = list(p_values)
    running = 1.0
    for rank, index in reversed(list(enumerate(sorted(range(len(p_values)), key=lambda place: p_values[place]), 1))):
        running = min(running, p_values[index] * len(p_values) / rank)
        result[index] = running
    return result
