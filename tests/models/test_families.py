"""The listing of families: the files of the folder, without importing any."""

from __future__ import annotations

import subprocess
import sys

import pytest

from fairaudit.errors import OptionError
from fairaudit.models import families
from fairaudit.models.families import FAMILIES, classifiers, family, kind, of_task


def test_each_file_is_a_family_of_its_name():
    assert len(FAMILIES) > 5
    for name in FAMILIES:
        assert kind(name).name == name


def test_the_names_are_known_without_importing_any():
    code = "import sys; from fairaudit.models import families; print(len(families.FAMILIES), 'numpy' in sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.split() == [str(len(FAMILIES)), "False"]


def test_torch_is_not_imported_with_them():
    code = "import sys; from fairaudit.models import families as f; f.classifiers(); print('torch' in sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.strip() == "False"


def test_an_unknown_family_is_refused_with_the_known_ones():
    with pytest.raises(OptionError, match="family 'weibull' is unknown; choose one of binomial, gamma, gaussian"):
        family("weibull")


def test_a_number_after_a_name_must_be_one_and_be_wanted():
    with pytest.raises(OptionError, match="family 'tweedie:x': 'x' is no number"):
        family("tweedie:x")
    with pytest.raises(OptionError, match="family 'gaussian:2': gaussian takes no number; write gaussian"):
        family("gaussian:2")
    with pytest.raises(OptionError, match="family 'ordinal:3': the labels say how many classes; write ordinal"):
        family("ordinal:3")


def test_classifiers_are_the_families_with_probabilities():
    assert classifiers() == tuple(name for name in FAMILIES if family(name).labels)
    assert set(classifiers()) - set(classifiers(ordered=False)) == {"ordinal"}


def test_a_task_has_one_usual_family_and_it_comes_first():
    assert of_task("binary") == ("binomial",)
    assert of_task("ordinal") == ("ordinal",)
    assert of_task("count")[0] == "poisson"
    assert of_task("regression")[0] == "gaussian"
    assert of_task("multiclass") == ("multinomial",)
    for task in ("binary", "count", "ordinal", "regression", "multiclass"):
        assert [kind(name).usual for name in of_task(task)].count(task) == 1
    assert tuple(sorted(FAMILIES)) == families.FAMILIES
