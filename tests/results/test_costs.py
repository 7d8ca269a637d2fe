"""Sentences on a reduction and its price say no more than their intervals."""

from __future__ import annotations

import pytest
from example import binary
from msgspec import structs

from fairaudit.results import Explained, Price, Reduction
from fairaudit.results.costs import price_of, split_of, taken_away


def priced(price, plain=0.0374, fair=0.0343):
    """The binary example with a price, and with what the two models explain."""
    whole = binary()
    before, after = (
        structs.replace(model, test=Explained(share=share))
        for model, share in ((whole.plain.model, plain), (whole.model, fair))
    )
    return structs.replace(whole, model=after, plain=structs.replace(whole.plain, model=before), price=price)


@pytest.mark.parametrize(
    ("price", "told"),
    [
        (
            Price(points=0.31, points_interval=(0.12, 0.49), share=8.3, interval=(3.1, 13.0)),
            "Its price is 0.31 points of D² (95% interval 0.12 to 0.49): it explains 3.43% of the deviance, the plain"
            " model 3.74%, so that 8.3% (3.1% to 13%) of what that explains is given up.",
        ),
        (
            Price(points=0.31),
            "Its price is 0.31 points of D²: it explains 3.43% of the deviance, the",
        ),
        (
            Price(points=0.31, points_interval=(-0.2, 0.8)),
            "Whether it costs anything cannot be told, its price being 0.31 points of D² (95% interval −0.20 to 0.80)",
        ),
        (
            Price(points=-0.31, points_interval=(-0.6, -0.1)),
            "It costs nothing, its price being −0.31 points of D² (95% interval −0.60 to −0.10)",
        ),
        (Price(why="an outcome occurs"), "What the fairer model costs is not known: an outcome occurs."),
        (None, "What the fairer model costs is not known: it was not measured."),
    ],
)
def test_the_price_is_in_points_of_what_is_explained(price, told):
    assert price_of(priced(price)).startswith(told)


def test_a_price_has_the_digits_that_show_it():
    told = price_of(priced(Price(points=0.0021, points_interval=(0.0011, 0.0031)), plain=0.003742, fair=0.003721))
    assert "0.0021 points of D² (95% interval 0.0011 to 0.0031)" in told
    assert "it explains 0.3721% of the deviance, the plain model 0.3742%" in told


def reduction(**values):
    return Reduction(measure="ccdcov", by=["g"], penalised=True, plain=2e-3, fair=1e-3, **values)


@pytest.mark.parametrize(
    ("values", "told"),
    [
        (
            {"percent": 50.0, "interval": (31.0, 68.0)},
            "The fairer model removes 50% (95% interval 31% to 68%) of it",
        ),
        (
            {"percent": 50.0, "interval": (-3.0, 90.0)},
            "Whether the fairer model lowers it cannot be told: it went",
        ),
        (
            {"percent": 50.0, "why": "chance"},
            "Whether the fairer model lowers it cannot be told: it went",
        ),
        (
            {"percent": -50.0, "interval": (-90.0, -3.0)},
            "The penalty did not help: it went from 0.00200 to 0.00100",
        ),
        (
            {"percent": 104.0, "interval": (80.0, 130.0)},
            "The fairer model leaves nothing of it that is more",
        ),
        ({}, "There was nothing to remove: it went from 0.00200 to 0.00100"),
    ],
)
def test_only_what_is_clear_of_chance_is_called_a_reduction(values, told):
    assert taken_away(reduction(**values), "it", 0.95).startswith(told)


KNOWN = {"percent": 50.0, "interval": (31.0, 68.0), "total": -0.693}


@pytest.mark.parametrize(
    ("values", "told"),
    [
        (
            {"spread": 0.7, "dcor_percent": 28.6, "shrinkage": -0.357},
            "so that 52% of the reduction, in logarithms, is",
        ),
        ({"spread": 1.1, "dcor_percent": 54.5, "shrinkage": 0.095}, "so that none of the reduction is shrinkage."),
        (
            {"spread": 0.4, "dcor_percent": -25.0, "shrinkage": -0.9},
            "25% more: the reduction is shrinkage alone.",
        ),
        ({"spread": 0.7}, "Its predictions lie 0.700 times as far apart as the plain model's."),
    ],
)
def test_a_reduction_is_told_with_what_of_it_is_shrinkage(values, told):
    assert told in split_of(reduction(**KNOWN, **values))


def test_of_what_is_no_reduction_nothing_is_split():
    assert split_of(reduction(percent=50.0, interval=(-3.0, 90.0), spread=0.5)) == ""


def test_a_model_that_predicts_as_the_plain_one_costs_nothing():
    told = price_of(priced(Price(points=0.0, points_interval=(0.0, 0.0)), plain=0.05, fair=0.05))
    assert told == "It costs nothing: it explains 5.0% of the deviance, the plain model 5.0%."
