"""What several test modules share: reference values from outside the repository, and encoded columns."""

from __future__ import annotations

import json
import os
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path

os.environ.setdefault("SCIPY_ARRAY_API", "1")  # without it one of scikit-learn's estimator checks skips itself
# Sums are small here, and threads of two workers would wait for each other. Numba, which dcor starts, takes as many as
# there are processors for all that uses OpenMP.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("NUMBA_NUM_THREADS", "1")

import numpy as np
import pandas as pd
import pytest
from hypothesis import settings

from fairaudit.data.datasets import load_dataset
from fairaudit.data.roles import Protected
from fairaudit.scoretable.cells import cells

settings.register_profile("repeatable", deadline=None, derandomize=True, database=None, max_examples=60)
settings.load_profile("repeatable")

sys.path.insert(0, str(Path(__file__).parent / "support"))  # pytest's importlib mode puts no folder of tests there

OFFLINE = str(Path(__file__).parent / "support" / "offline")
os.environ["PYTHONPATH"] = os.pathsep.join([OFFLINE, *filter(None, [os.environ.get("PYTHONPATH")])])

from offline.sitecustomize import cut_off  # noqa: E402  # of the folder above

cut_off()

GOLDEN = Path(__file__).parent / "golden"
SPARK_MASTER = "local[2]"
"""The master of Spark in tests."""
ORACLES = Path(__file__).parents[2] / "shared" / "reference" / "oracles.json"


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config, items):
    """Add the group of a test to its name, where xdist reads it: version 3.8 tries, by an attribute that pytest 9.2 has
    no more. So each group is of one worker: one Spark for all of its tests."""
    if not getattr(config.option, "loadgroup", False):
        return
    for item in items:
        group = item.get_closest_marker("xdist_group")
        if group is not None and hasattr(item, "_id") and not item.nodeid.endswith(f"@{group.args[0]}"):
            item._id = type(item._id).parse(f"{item.nodeid}@{group.args[0]}")


@pytest.fixture(scope="session", autouse=os.environ.get("FAIRAUDIT_TEST_BOOSTING") == "free")
def lightgbm_adds_in_any_order():
    """For `make test-elsewhere`: sums of gradients in the order that is fastest, not the one that can be repeated."""
    import lightgbm

    begin, free = lightgbm.Booster.__init__, {"deterministic": False, "force_row_wise": False, "force_col_wise": True}

    def __init__(self, params=None, *rest, **options):
        begin(self, params and params | free, *rest, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lightgbm.Booster, "__init__", __init__)
        yield


@pytest.fixture(scope="session")
def oracles():
    """Reference values on the first 3,000 rows of COMPAS, from plain double sums and the papers' own code."""
    if not ORACLES.is_file():
        pytest.skip("the reference values are kept outside the repository, in ../shared/reference/oracles.json")
    return json.loads(ORACLES.read_text(encoding="utf-8"))["compas_first_3000"]


@pytest.fixture(scope="session")
def spark(tmp_path_factory):
    """A session of Spark on this machine, which takes seconds to begin: one for all tests, in the group ``spark``.

    It talks to Java by sockets of this machine, as `support/offline` allows. Small tables are not worth a compiler.
    """
    if find_spec("pyspark") is None or shutil.which("java") is None:
        pytest.skip("Spark needs pyspark and Java 17; .ci/run installs them")
    from fairaudit.sessions import session

    few = ("spark.sql.shuffle.partitions", "spark.default.parallelism")
    settings = dict.fromkeys(few, "1") | {
        "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
        "spark.sql.adaptive.enabled": "false",
        "spark.sql.codegen.factoryMode": "NO_CODEGEN",
        "spark.sql.codegen.wholeStage": "false",
    }
    with session(SPARK_MASTER, str(tmp_path_factory.mktemp("spark")), settings) as running:
        yield running


@pytest.fixture(scope="session")
def compas():
    return load_dataset("compas").frame


@pytest.fixture(scope="session")
def encode():
    """A function from columns to `Cells`: text is a category, a number is continuous."""

    def encoded(**columns):
        series = {name: pd.Series(values) for name, values in columns.items()}
        numeric = {name: pd.api.types.is_numeric_dtype(values) for name, values in series.items()}
        kinds = {name: "continuous" if is_number else "categorical" for name, is_number in numeric.items()}
        return cells(series, [Protected(name, kind) for name, kind in kinds.items()])

    return encoded


@pytest.fixture(scope="session")
def names():
    """A function from whole numbers to the names of categories."""
    return lambda codes: np.array([f"level {code}" for code in codes], dtype=object)


@pytest.fixture(scope="session")
def golden():
    """A function that compares a text with the file of this name, or rewrites that file if REWRITE_GOLDEN=1."""

    def compare(name: str, text: str) -> None:
        path = GOLDEN / name
        if os.environ.get("REWRITE_GOLDEN") == "1":
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode())
        if not path.is_file():
            pytest.fail(f"{path} is missing; look at the output, then: REWRITE_GOLDEN=1 pytest PATH")
        assert text == path.read_bytes().decode(), "if the change is meant: REWRITE_GOLDEN=1 pytest PATH"

    return compare
