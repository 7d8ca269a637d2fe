"""Models as files: the same predictions come back, and nothing that is not trusted is opened."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import skops.io
from sklearn.linear_model import LinearRegression

from fairaudit.errors import OptionError, SourceError
from fairaudit.models.families import FAMILIES
from fairaudit.models.files import FORMAT, TRUSTED, load, save
from fairaudit.models.glm import PenalizedGLM

RNG = np.random.default_rng(5)
N = 120
X = pd.DataFrame(
    {
        "x": RNG.normal(size=N),
        "kind": RNG.choice(["p", "q", "é"], N),
        "hole": np.where(RNG.random(N) < 0.2, np.nan, RNG.normal(size=N)),
    }
)
SENSITIVE = pd.DataFrame({"sex": RNG.choice(["f", "m"], N)})


class Other:
    """A type that nobody trusts."""


@pytest.mark.parametrize("family", FAMILIES)
def test_a_saved_model_comes_back_the_same(family, tmp_path):
    rng = np.random.default_rng(1)
    classes = family in ("binomial", "ordinal", "multinomial")
    labels = np.array(["no", "yes", "why"])[rng.integers(0, 2 if family == "binomial" else 3, N)]
    y = pd.Series(pd.Categorical(labels, ordered=family == "ordinal")) if classes else rng.gamma(2, size=N)
    model = PenalizedGLM(family, "ccdcov", 0.5, interactions=[("x", "kind")]).fit(X, y, SENSITIVE)
    save(model, tmp_path / "model.skops")
    found = load(tmp_path / "model.skops")
    assert type(found) is PenalizedGLM
    assert found.get_params() == model.get_params()
    np.testing.assert_array_equal(found.predict(X), model.predict(X))
    np.testing.assert_array_equal(found.contributions(X), model.contributions(X))
    np.testing.assert_array_equal(found.predict_mean(X), model.predict_mean(X))
    if classes:
        np.testing.assert_array_equal(found.predict_proba(X), model.predict_proba(X))


def test_the_trusted_types_are_all_that_a_model_needs(tmp_path):
    save(PenalizedGLM("gaussian").fit(X, X["x"] ** 2), tmp_path / "model.skops")
    assert skops.io.get_untrusted_types(file=tmp_path / "model.skops") == [
        "fairaudit.models.features.design.Design",
        "fairaudit.models.glm.PenalizedGLM",
    ]
    assert set(skops.io.get_untrusted_types(file=tmp_path / "model.skops")) < set(TRUSTED)


def test_a_file_of_a_stranger_is_not_opened(tmp_path):
    path = tmp_path / "other.skops"
    skops.io.dump({"format": FORMAT, "model": Other()}, path)
    with pytest.raises(SourceError, match=r"holds types that are not trusted: .*Other; it was not opened"):
        load(path)


def test_what_load_would_not_trust_is_not_saved(tmp_path):
    model = PenalizedGLM("gaussian").fit(X, X["x"] ** 2)
    model.secret_ = Other()
    with pytest.raises(OptionError, match=r"PenalizedGLM cannot be saved: it holds .*Other"):
        save(model, tmp_path / "model.skops")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_model_is_refused(tmp_path):
    text, archive, cut = (tmp_path / name for name in ("text.skops", "archive.skops", "cut.skops"))
    text.write_text("hello")
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("schema.json", "{}")
    save(PenalizedGLM("gaussian").fit(X, X["x"] ** 2), cut)
    cut.write_bytes(cut.read_bytes()[:-300])
    for path in (text, archive, cut):
        with pytest.raises(SourceError, match="is no model file"):
            load(path)
    for path in (tmp_path, tmp_path / "absent.skops"):
        with pytest.raises(SourceError, match="does not exist, or is a folder"):
            load(path)


def test_a_model_of_another_library_is_refused(tmp_path):
    skops.io.dump(LinearRegression().fit([[0.0], [1.0]], [0.0, 1.0]), tmp_path / "other.skops")
    with pytest.raises(SourceError, match="holds no fairaudit model, but LinearRegression"):
        load(tmp_path / "other.skops")


@pytest.mark.parametrize(
    ("kind", "predictions"),
    [
        ("glm", [0.3040975137093687, 0.2612057311511401, 0.3980433082271734, 0.7075954264041551, 0.7973809462230518]),
        (
            "boosting",
            [0.4352338501202797, 0.4344775649083494, 0.4530534403421946, 0.570956287313899, 0.6344103137755503],
        ),
    ],
)
def test_a_model_that_version_0_1_saved_predicts_as_it_did(kind, predictions):
    """The numbers are those that version 0.1.0 printed; its types stood in modules that have moved since."""
    model = load(Path(__file__).parents[1] / "reference" / f"{kind}-0.1.0.skops")
    rows = pd.DataFrame({"x": [-0.8, -1.32, -0.25, 0.42, 1.14], "k": list("baabb")})
    assert model.predict_mean(rows) == pytest.approx(predictions, rel=1e-9)
