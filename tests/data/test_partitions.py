"""Folders in parts: their names are columns, whatever the kind of the files and the engine."""

from urllib.parse import quote

import numpy as np
import pandas as pd
import pytest

import fairaudit as fa
from fairaudit.auditing.opening import opened
from fairaudit.auditing.run import audit_table
from fairaudit.data.roles import said
from fairaudit.data.scanning import scanned
from fairaudit.data.sources import read
from fairaudit.engines import Question
from fairaudit.engines.pandas import engine_of


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


PARTS = [("2025", "b"), ("2026", "a"), ("2026", "it's"), ("2026", "new york"), ("2026", "NA"), ("2027", None)]


def write_parts(folder, suffix):
    """A file in a folder for each of `PARTS`, named as Hive names them."""
    for place, (year, area) in enumerate(PARTS):
        named = "__HIVE_DEFAULT_PARTITION__" if area is None else quote(area, safe="'")
        part = folder / f"year={year}" / f"area={named}"
        part.mkdir(parents=True)
        frame = pd.DataFrame({"x": [place, place], "code": ["01", "N/A"]})
        if suffix == ".parquet":
            frame.assign(code=["01", None]).to_parquet(part / "1.parquet")
        else:
            frame.to_csv(part / f"1{suffix}", index=False, sep="\t" if "tsv" in suffix else ",")


def counted(engine):
    """The lines of an engine, each with its rows."""
    lines = engine.lines(Question(engine.names))
    return sorted(zip(map(str, lines.values.to_numpy().tolist()), lines.rows.tolist(), strict=True))


@pytest.mark.parametrize("suffix", [".parquet", ".csv", ".csv.gz", ".tsv"])
@pytest.mark.parametrize("above", ["t", "env=prod/year=1999/t"])
def test_values_in_the_names_of_folders_are_columns(tmp_path, suffix, above):
    write_parts(tmp_path / above, suffix)
    loaded = read(str(tmp_path / above))
    held = loaded.frame.astype(object).where(loaded.frame.notna(), None)
    expected = [[place, code, area, year] for place, (year, area) in enumerate(PARTS) for code in ("01", None)]
    assert sorted(held.to_numpy().tolist(), key=str) == sorted(expected, key=str)
    assert list(loaded.frame.columns) == ["x", "code", "area", "year"]
    with scanned(str(tmp_path / above)) as data:
        assert counted(data.engine) == counted(engine_of(loaded.frame))
        assert data.origin() == loaded.source


def test_text_of_parts_is_audited_alike_by_both_engines(tmp_path):
    rng = np.random.default_rng(1)
    for year in ("2025", "2026"):
        (tmp_path / "t" / f"year={year}").mkdir(parents=True)
        frame = pd.DataFrame({"d": rng.integers(0, 2, 200), "s": rng.choice(["a", "b"], 200)})
        frame.to_csv(tmp_path / "t" / f"year={year}" / "1.csv", index=False)
    written = [opened_audit(str(tmp_path / "t"), engine) for engine in ("pandas", "duckdb")]
    assert written[0].to_json() == written[1].to_json()
    assert written[0].protected[0].levels == ["2025", "2026"]


def opened_audit(source, engine):
    """The audit of decisions by year and another column."""
    options = fa.Options(bootstrap=20, permutations=19)
    with opened(source, said(decision="d", protected=["year", "s"]), engine) as data:
        return audit_table(data.table, data.origin(), data.roles, options)


def test_a_column_that_is_in_files_and_in_folders_is_refused(tmp_path):
    (tmp_path / "t" / "x=1").mkdir(parents=True)
    (tmp_path / "t" / "x=1" / "1.csv").write_text("x\n1\n2\n")
    with pytest.raises(fa.SourceError, match="more than one column called 'x'"):
        read(str(tmp_path / "t"))


def test_parts_of_several_kinds_are_refused_and_other_files_passed_over(tmp_path):
    (tmp_path / "t" / "year=1").mkdir(parents=True)
    (tmp_path / "t" / "year=1" / "1.csv").write_text("x\n1\n2\n")
    (tmp_path / "t" / "readme.txt").write_text("what this is")
    (tmp_path / "t" / "year=1" / "_SUCCESS").write_text("")
    assert read(str(tmp_path / "t")).frame["x"].tolist() == [1, 2]
    pd.DataFrame({"x": [1]}).to_parquet(tmp_path / "t" / "year=1" / "2.parquet")
    with pytest.raises(fa.SourceError, match=r"has parts of several kinds \(.csv, .parquet\)"):
        read(str(tmp_path / "t"))


def test_folders_of_other_names_are_refused(tmp_path):
    for name in ("year=2025/area=a", "year=2026"):
        (tmp_path / "t" / name).mkdir(parents=True)
        pd.DataFrame({"x": [1]}).to_parquet(tmp_path / "t" / name / "1.parquet")
    with pytest.raises(fa.SourceError, match="are named by year, and those of others by year, area"):
        read("t")
    (tmp_path / "empty").mkdir()
    with pytest.raises(fa.SourceError, match="is a folder; name a file in it"):
        read("empty")
