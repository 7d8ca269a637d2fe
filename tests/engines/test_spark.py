"""Data frames of Spark: only lines, levels and counts come to this machine, with the types that pandas has."""

import datetime
import decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import fairaudit as fa
from fairaudit.data import condensed
from fairaudit.data.condensed import in_order
from fairaudit.engines import DRAWS, Coding, Drawing, Question
from fairaudit.engines.pandas import Frame
from fairaudit.engines.spark import of_frame

pytestmark = pytest.mark.xdist_group("spark")

MOMENT = datetime.datetime(2026, 7, 1, 12, 30)
FEW = fa.Options(bootstrap=20, permutations=19)


@pytest.fixture(scope="module")
def people():
    rng = np.random.default_rng(5)
    n = 600
    return pd.DataFrame(
        {
            "Sex": rng.choice(["m", "f'", "a,b"], n),
            "sex": rng.choice(["x", None], n),
            "a.`b": np.where(rng.random(n) < 0.05, np.nan, rng.integers(18, 90, n)),
            "p": rng.random(n),
            "y": rng.integers(0, 2, n),
            "w": np.round(rng.lognormal(0, 1, n), 3),
        }
    )


def frame_of(spark, table):
    """A data frame of Spark with the names of a table as they are."""
    by_place = table.set_axis([f"c{place}" for place in range(table.shape[1])], axis="columns")
    return spark.createDataFrame(pa.Table.from_pandas(by_place, preserve_index=False)).toDF(*table.columns)


def test_an_audit_of_a_frame_is_that_of_the_same_rows_in_memory(spark, people):
    roles = {"prediction": "p", "target": "y", "weight": "w", "protected": ["Sex", "sex", "a.`b:bins=30,50"]}
    roles |= {"missing": "group", "threshold": 0.5, "options": FEW}
    assert fa.audit(frame_of(spark, people), **roles).to_json() == fa.audit(people, **roles).to_json()


def test_a_score_table_of_a_frame_is_that_of_the_same_rows_in_memory(spark, people, monkeypatch):
    monkeypatch.setattr(condensed, "MOST_DISTINCT", 100)
    roles = {"prediction": "p", "target": "y", "protected": ["Sex"], "threshold": 0.5}
    here, there = (fa.score_table(frame, **roles) for frame in (people, frame_of(spark, people)))
    assert there.stored.to_bytes() == here.stored.to_bytes()
    assert there.stored.lines.gridded == {"p": 600}


def test_decimals_are_numbers_and_moments_are_in_utc(spark):
    table = pa.table(
        {
            "amount": pa.array([decimal.Decimal("1.25")], pa.decimal128(9, 2)),
            "there": pa.array([MOMENT], pa.timestamp("us", "Asia/Tokyo")),
            "here": pa.array([MOMENT], pa.timestamp("us")),
            "day": [MOMENT.date()],
            "flag": [True],
        }
    )
    engine = of_frame(spark.createDataFrame(table))
    values = engine.lines(Question(engine.names)).values
    assert values.iloc[0].tolist() == [1.25, MOMENT, MOMENT, pd.Timestamp(2026, 7, 1), True]
    assert list(engine.kinds(engine.names).values()) == ["number", *["other"] * 4]


def test_frames_without_a_shape_are_refused(spark):
    two = spark.range(2).selectExpr("id AS a", "id AS a")
    for frame, message in ((two, "more than one column called a"), (spark.range(0), "is empty: 0 rows and 1 columns")):
        with pytest.raises(fa.SourceError, match=message):
            fa.audit(frame, prediction="id", protected="id")


def test_lists_are_refused_as_in_memory(spark):
    table = pd.DataFrame({"g": [["a"], ["b"]] * 20, "p": np.arange(40) / 40})
    messages = []
    for frame in (table, frame_of(spark, table)):
        with pytest.raises(fa.RoleError) as error:
            fa.audit(frame, prediction="p", protected="g")
        messages.append(str(error.value))
    assert messages[1] == messages[0]


def test_a_failure_within_spark_is_told_in_one_sentence(spark):
    broken = spark.range(4).selectExpr("id", "1 / (id - 2) AS ratio")
    with pytest.raises(fa.SourceError, match=r"Spark gave up: \[DIVIDE_BY_ZERO\]"):
        fa.audit(broken, prediction="ratio", protected="id")


def test_more_lines_than_the_driver_takes_are_told_as_such(spark, monkeypatch):
    from fairaudit.sessions import explained

    with pytest.raises(fa.SizeError, match="more different rows than the memory of Spark's driver takes"), explained():
        raise ConnectionError("Total size of serialized results is bigger than spark.driver.maxResultSize 1024.0 MiB")


def test_a_failure_is_told_by_its_cause_in_java(spark):
    from fairaudit.sessions import explained

    java = (
        "An error occurred while calling o5.collect.\n: org.apache.spark.SparkException: Job aborted.\n\tat a.b(C:1)\n"
    )
    for text, cause in (
        (java, "Job aborted"),
        (f"{java}Caused by: java.io.EOFException: End of file.\n", "End of file"),
    ):
        with pytest.raises(fa.SourceError, match=f"^Spark gave up: {cause}$"), explained():
            raise ConnectionError(text)


def test_rows_at_some_positions_are_those_of_the_order_in_which_they_are_read(spark):
    engine = of_frame(spark.range(100, numPartitions=7))
    assert engine.rows_at(np.array([0, 13, 14, 50, 99]))["id"].tolist() == [0, 13, 14, 50, 99]


def test_rows_as_numbers_are_kept_on_the_cluster_as_long_as_somebody_holds_them(spark, people):
    def kept():
        return spark.sparkContext._jsc.getPersistentRDDs().size()

    engine, before = of_frame(frame_of(spark, people)), kept()
    question = Question(["Sex", "sex"])
    numbers = engine.coded([Coding(question, engine.lines(question).values)], Drawing(0))
    assert kept() == before + 1
    assert len(numbers.rows(0, DRAWS)) == len(people)
    del numbers
    assert kept() == before


def test_values_of_every_kind_are_found_again_as_numbers(spark):
    table = pa.table(
        {
            "amount": pa.array([decimal.Decimal("1.25"), None, decimal.Decimal("-3.50")], pa.decimal128(9, 2)),
            "there": pa.array([MOMENT, None, MOMENT], pa.timestamp("us", "Asia/Tokyo")),
            "here": pa.array([MOMENT, MOMENT, None], pa.timestamp("us")),
            "day": [None, MOMENT.date(), MOMENT.date()],
            "flag": [True, False, None],
            "single": pa.array([0.1, None, -0.0], pa.float32()),
            "large": pa.array([2**53, 7, None], pa.int64()),
        }
    )
    engine = of_frame(spark.createDataFrame(table))
    for name in engine.names:
        question = Question([name])
        lines = engine.lines(question).values
        assert len(engine.coded([Coding(question, lines)], Drawing(0)).rows(0, DRAWS)) == 3, name


def test_what_is_said_of_lines_is_written_for_each_row_as_by_other_engines(spark, people, tmp_path, monkeypatch):
    monkeypatch.setattr("fairaudit.engines.spark.PART", 100)
    question = Question(["Sex", "sex"])
    engines = {"cluster": of_frame(frame_of(spark, people)), "memory": Frame(people)}
    for name, engine in engines.items():
        lines = in_order(engine.lines(question)).values.iloc[1:]  # of rows of the first nothing is said
        said = pd.DataFrame({"score": np.arange(len(lines)) / 7, "class": [f"c{place}" for place in range(len(lines))]})
        engine.write(str(tmp_path / f"{name}.parquet"), question, lines, said)
    cluster, memory = (pd.read_parquet(tmp_path / f"{name}.parquet") for name in engines)
    assert memory["score"].isna().any()
    pd.testing.assert_frame_equal(cluster, memory)
