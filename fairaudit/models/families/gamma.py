"""Positive amounts: variance μ² and a log link."""

from __future__ import annotations

from fairaudit.models.families.tweedie import Power


class Gamma(Power):
    """Positive amounts, whose standard deviation is a share of their mean: variance μ² and a log link."""

    name = "gamma"
    tasks = ("regression",)

    def __init__(self) -> None:
        super().__init__(2.0)
