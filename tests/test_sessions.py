"""Sessions of Spark begin, end and fail in ways that a user can follow."""

import os
import signal
import subprocess
import sys
import time

import pandas as pd
import pytest

import fairaudit as fa
from fairaudit.sessions import session

pytestmark = pytest.mark.xdist_group("spark")


def begun(master="local[2]"):
    with session(master, "."):
        pass


def test_without_pyspark_it_is_told_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyspark", None)
    with pytest.raises(fa.OptionError, match=r"needs PySpark to be there; install it with: .*'fairaudit-cli\[spark\]'"):
        begun()


def test_another_master_than_that_of_the_running_spark_is_refused(spark):
    with pytest.raises(fa.OptionError, match=r"Spark is running with the master 'local\[2\]', not 'yarn'"):
        begun("yarn")


@pytest.fixture
def table(tmp_path, spark):
    """A table, and a folder for what is temporary; where there is no Spark, the tests are skipped."""
    table = pd.DataFrame({"g": ["a", "b", "b"] * 30, "p": [0.25, 0.5, 0.75] * 30, "y": [0, 1, 1, 1, 0, 0] * 15})
    table.to_csv(tmp_path / "t.csv", index=False)
    (tmp_path / "scratch").mkdir()
    return tmp_path


def command(table, *options, **environment):
    asked = ["audit", "t.csv", "--prediction", "p", "--target", "y", "--protected", "g", "--bootstrap", "20", *options]
    return subprocess.Popen(
        [sys.executable, "-m", "fairaudit", *asked, "--json", "--permutations", "19"],
        cwd=table,
        env={**os.environ, "TMPDIR": str(table / "scratch"), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def left_behind(table):
    return sorted(path.name for folder in (table, table / "scratch") for path in folder.iterdir())


def test_a_command_answers_as_without_spark_and_leaves_nothing_behind(table):
    running = command(table, "--engine", "spark", "--spark-master", "local[2]")
    answer, noise = running.communicate()
    assert (running.returncode, noise) == (0, "")
    assert answer == command(table, "--engine", "duckdb").communicate()[0]
    assert left_behind(table) == ["scratch", "t.csv"]


@pytest.mark.parametrize(
    ("options", "environment", "message"),
    [
        (["--spark-master", "spark://127.0.0.1:1"], {}, "no Spark answers at 'spark://127.0.0.1:1'"),
        pytest.param(
            *(["--spark-master", "local[x]"], {}, "Spark does not begin with the master 'local[x]': Could not parse"),
            marks=pytest.mark.slow,
        ),
        ([], {"JAVA_HOME": "/nowhere"}, "there is no Java in /nowhere, which JAVA_HOME names; Spark needs Java 17"),
        (["--threads", "2"], {}, "--threads are those of duckdb; of spark they stand in --spark-master"),
    ],
)
def test_what_keeps_spark_from_beginning_is_told_in_one_sentence(table, options, environment, message):
    running = command(table, "--engine", "spark", *options, **environment)
    answer, told = running.communicate()
    assert (running.returncode, answer, told.count("\n")) == (2, "", 1)
    assert told.startswith(f"Error: {message}")
    assert left_behind(table) == ["scratch", "t.csv"]


@pytest.mark.slow
@pytest.mark.parametrize("wait", [1, 6])
def test_an_interrupt_ends_spark_too(table, wait):
    running = command(table, "--engine", "spark", "--spark-master", "local[2]")
    time.sleep(wait)
    running.send_signal(signal.SIGINT)
    answer, told = running.communicate()
    assert (running.returncode, answer, told.strip()) == (130, "", "Interrupted.")
    assert left_behind(table) == ["scratch", "t.csv"]
