"""Counts and rates of counts: variance μ and a log link."""

from __future__ import annotations

from fairaudit.models.families.tweedie import Power


class Poisson(Power):
    """Counts, or rates of counts where rows have exposure: variance μ and a log link."""

    name = "poisson"
    tasks, usual = ("count", "regression"), "count"

    def __init__(self) -> None:
        super().__init__(1.0)
