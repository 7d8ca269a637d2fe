"""Finished folds of a calibration: kept, read again, and never taken for those of another."""

from __future__ import annotations

import json

import numpy as np
import pytest

import fairaudit as fa
from fairaudit.errors import OptionError, SourceError

QUICK = fa.Options(bootstrap=0, permutations=20)


def calibrated(compas, **calibration):
    return fa.calibrate(
        compas.iloc[:2500],
        target="two_year_recid",
        protected=["race", "sex"],
        features=["age", "priors_count", "c_charge_degree"],
        options=QUICK,
        calibration=fa.CalibrationOptions(**{"steps": 5, "folds": 3, **calibration}),
    )


@pytest.fixture(scope="module")
def made(compas):
    return calibrated(compas)


def test_an_interrupted_calibration_goes_on_where_it_stopped(compas, made, tmp_path):
    file = tmp_path / "folds.jsonl"
    whole = calibrated(compas, resume=str(file))
    assert whole.audit.path == made.audit.path
    lines = file.read_text().splitlines()
    assert len(lines) == 4
    changed = json.loads(lines[1])
    changed["numbers"][0]["loss"] += 1.0  # to see that it is read, not made anew
    torn = lines[2][: lines[2].index("}") + 1]  # where it looks whole
    file.write_text("\n".join([lines[0], json.dumps(changed), torn]))
    again = calibrated(compas, resume=str(file))
    assert torn in file.read_text().splitlines()
    assert calibrated(compas, resume=str(file)).audit.path == again.audit.path
    assert again.audit.path[0].loss.mean == pytest.approx(made.audit.path[0].loss.mean + 1 / 3, rel=1e-12)
    assert again.audit.path[1].dependence == made.audit.path[1].dependence


def test_folds_of_another_calibration_are_not_taken(compas, tmp_path):
    file = tmp_path / "folds.jsonl"
    calibrated(compas, resume=str(file), strengths=(1.0,))
    with pytest.raises(OptionError, match="holds the folds of another calibration"):
        calibrated(compas, resume=str(file), strengths=(2.0,))
    head = file.read_text().splitlines()[0]
    for other in ('{"other": 1}\n', f"{head}\n{head}\n", "[]\n"):
        file.write_text(other)
        with pytest.raises(SourceError, match="holds no calibration to resume"):
            calibrated(compas, resume=str(file), strengths=(1.0,))


def test_folds_of_another_split_are_not_taken(compas, tmp_path):
    """The column that is split by is neither feature nor outcome."""
    half = np.arange(len(compas)) // 2
    asked = fa.CalibrationOptions(strengths=(1.0,), folds=2, resume=str(tmp_path / "folds.jsonl"))

    def split_by(key):
        return fa.calibrate(compas.assign(person=key), target="two_year_recid", protected="sex", split_by="person",
                            features="priors_count", calibration=asked, options=QUICK)  # fmt: skip

    split_by(half)
    with pytest.raises(OptionError, match="holds the folds of another calibration"):
        split_by(np.where(half % 3 == 0, -1, half))
