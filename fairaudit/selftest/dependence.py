"""Distance covariances: R's energy, the papers' own code on COMPAS, and what two fair coins give by hand."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from fairaudit.auditing.run import audit
from fairaudit.data.datasets import load_dataset
from fairaudit.measures.frames import distance_covariance
from fairaudit.options import Options
from fairaudit.results import DependenceReport
from fairaudit.selftest.case import Case

TITLE = "dependence"
ENERGY = "R, energy 1.6.2, dcov and dcor.ttest"
PAPERS = "plain double sums and the code of Lee, Antonio, Avanzi, Marchi and Zhou 2025, COMPAS, first 3,000 rows"
COINS = "two fair coins, by hand from the definitions"
ROWS = 3000
NEEDED = 10.0
"""Digits that double sums over nine million pairs keep."""
SINGLE = {
    "sex": ("0.00018826785451484733", "0.00021709909556543233", "0.0030840968037244665"),
    "race": ("0.010143692975205214", "0.010225169452922742", "0.07635962361795892"),
    "age": ("0.003692108260103853", "0.0037069255910036234", "0.16430476465479504"),
}
"""Attribute → dCov², unbiased and biased, and bias-corrected dCor²."""
JOINT = {
    "ccdcov": ("0.010005945851716012", "0.010111112550699061"),
    "jdcov": ("0.017035137076684803", "0.017365212934424168"),
}
"""Measure of all three → unbiased and biased."""


def cases() -> Iterator[Case]:
    """Small vectors, real data, and pure gerrymandering."""
    yield from _energy()
    yield from _papers()
    yield from _coins()


def _energy() -> Iterator[Case]:
    for x, y, published in (
        ((1.0, 2.0, 3.0, 4.0), (1.0, 1.0, 2.0, 6.0), "1.118034"),
        ((1.0, 2.0, 3.0), (0.5, 2.0, 3.4), "0.846197"),
        ((-11.0, 2.0, 3.0), (0.5, 2.0, 3.4), "2.258591"),
    ):
        # An attribute is scaled to [0, 1], and dCov² with it.
        biased = distance_covariance(np.array(y), pd.DataFrame({"x": x}), "dcov").biased or 0.0
        yield Case(f"dCov of {x} and {y}", ENERGY, published, float((biased * np.ptp(x)) ** 0.5))
    five = pd.DataFrame({"x": [1.0, 2.0, 3.0, 4.0, 5.0]})
    corrected = distance_covariance(np.array([1.0, 1.4, 3.5, 4.2, 4.8]), five, "dcov").dcor_sq
    yield Case("bias-corrected dCor² of five", ENERGY, "0.942809", corrected or 0.0)


def _papers() -> Iterator[Case]:
    rows = load_dataset("compas").frame.iloc[:ROWS][["sex", "race", "age", "decile_score"]]
    found = _dependence(rows.assign(f=rows["decile_score"] / 10), ["sex", "race", "age:continuous"])
    why = "double sums over nine million pairs keep about as many"
    for single in found.dcov:
        ours = (single.unbiased, single.biased, single.dcor_sq)
        for name, published, value in zip(
            ("dCov², unbiased", "dCov², biased", "dCor², corrected"), SINGLE[single.attribute], ours, strict=True
        ):
            yield Case(f"{name}, {single.attribute}", PAPERS, published, value or 0.0, NEEDED, why)
    for measure, joint in (("ccdcov", found.ccdcov), ("jdcov", found.jdcov)):
        for name, published, value in zip(
            ("unbiased", "biased"), JOINT[measure], (joint.unbiased, joint.biased), strict=True
        ):
            yield Case(f"{measure}, {name}", PAPERS, published, value or 0.0, NEEDED, why)


def _coins() -> Iterator[Case]:
    coins = pd.DataFrame({"z1": [0, 0, 1, 1] * 10, "z2": [0, 1, 0, 1] * 10})
    for name, f, ccdcov, jdcov in (
        ("z1 xor z2", coins["z1"] ^ coins["z2"], (1 - 0.5**0.5) / 4, 0.125),
        ("z1", coins["z1"], 2**0.5 / 8, 0.25),
    ):
        found = _dependence(coins.assign(f=f.astype(float)), ["z1", "z2"])
        yield Case(f"CCdCov² of {name}", COINS, f"{ccdcov:.15f}", found.ccdcov.biased or 0.0)
        yield Case(f"JdCov² of {name}", COINS, f"{jdcov:.15f}", found.jdcov.biased or 0.0)


def _dependence(frame: pd.DataFrame, protected: list[str]) -> DependenceReport:
    options = Options(bootstrap=0, permutations=0)
    return audit(frame, prediction="f", task="regression", protected=protected, options=options).dependence
