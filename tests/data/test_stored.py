"""Score tables come back from disk as they were, add up to the table of all rows, and damaged ones are refused."""

import re

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

import fairaudit as fa
from fairaudit import Options
from fairaudit.data.cleaning import Cleaning
from fairaudit.data.roles import Protected, Roles
from fairaudit.data.stored import FORMAT, KEY, is_stored, read_stored, roles_of, words_of

FEW = Options(bootstrap=20, permutations=19)


@pytest.fixture(scope="module")
def frame():
    rng = np.random.default_rng(11)
    n = 1200
    return pd.DataFrame(
        {
            "sex": rng.choice(["m", "f"], n),
            "race": rng.choice(["a", "b", "c", None], n, p=[0.5, 0.3, 0.15, 0.05]),
            "age": rng.integers(18, 90, n),
            "p": np.round(rng.random(n), 3),
            "y": rng.integers(0, 2, n),
            "w": np.round(rng.lognormal(0, 1, n), 2),
            "rows": rng.integers(0, 2, n),
        }
    )


def asked(**more):
    return {
        "protected": ["sex", "race", "age"],
        "prediction": "p",
        "target": "y",
        "threshold": "median",
        "missing": "group",
        "weight": "w",
        "given": "rows",
        **more,
    }


def numbers(audit):
    """All that an audit says but where the rows are from."""
    from msgspec import structs

    return structs.asdict(audit) | {"source": None, "notes": None, "surrogate": None, "verdict": None}


def test_a_table_comes_back_as_it_was(frame, tmp_path):
    table = fa.score_table(frame, **asked())
    again = fa.load_table(table.save(tmp_path / "t.parquet"))
    pd.testing.assert_frame_equal(again.stored.lines.frame, table.stored.lines.frame)
    assert (again.stored.lines.origin.rows == table.stored.lines.origin.rows).all()
    assert (again.stored.roles, again.stored.sources, again.rows) == (table.stored.roles, table.stored.sources, 1200)
    assert again.stored.to_bytes() == table.stored.to_bytes()


def test_an_audit_of_a_table_is_that_of_its_rows(frame):
    assert numbers(fa.score_table(frame, **asked()).audit(FEW)) == numbers(fa.audit(frame, **asked(), options=FEW))


@pytest.mark.parametrize("parts", [2, 5])
def test_tables_of_parts_add_up_to_the_table_of_all_rows(frame, parts):
    whole = fa.score_table(frame, **asked())
    pieces = [fa.score_table(frame.iloc[start::parts], **asked()) for start in range(parts)]
    total = fa.merge(pieces)
    pd.testing.assert_frame_equal(total.stored.lines.frame, whole.stored.lines.frame)
    assert numbers(total.audit(FEW)) == numbers(whole.audit(FEW))


def test_a_level_or_a_value_that_one_table_lacks_is_no_hindrance(frame):
    frame = frame.assign(race=frame["race"].mask(frame["sex"] == "f"))
    apart = [fa.score_table(part, **asked(protected=["race", "age"])) for _, part in frame.groupby("sex")]
    whole = fa.score_table(frame, **asked(protected=["race", "age"]))
    pd.testing.assert_frame_equal(fa.merge(apart).stored.lines.frame, whole.stored.lines.frame)


def test_rounded_tables_add_up_to_the_rounded_table(frame, monkeypatch):
    from fairaudit.data import condensed

    monkeypatch.setattr(condensed, "MOST_DISTINCT", 100)
    rng = np.random.default_rng(3)
    frame = frame.assign(p=rng.random(len(frame)))
    given = asked(threshold=0.5)
    whole = fa.score_table(frame, **given)
    total = fa.merge([fa.score_table(frame.iloc[:700], **given), fa.score_table(frame.iloc[700:], **given)])
    pd.testing.assert_frame_equal(total.stored.lines.frame, whole.stored.lines.frame)
    assert (total.audit(FEW).groups, total.audit(FEW).prediction.exact) == (whole.audit(FEW).groups, False)


def test_tables_that_cannot_be_added_are_refused(frame, tmp_path):
    one = fa.score_table(frame, **asked())
    with pytest.raises(
        fa.SourceError, match="different roles: threshold is 'median' and not said; make them with the same"
    ):
        fa.merge([one, fa.score_table(frame, **asked(threshold=None))])
    with pytest.raises(fa.SourceError, match="column 'age' holds numbers in 'table 1' and text in 'table 2'"):
        fa.merge([one, fa.score_table(frame.assign(age="old").assign(age=lambda t: t["age"] + t["sex"]), **asked())])
    with pytest.raises(fa.OptionError, match="there is no table to add up"):
        fa.merge([])


def test_rows_of_one_file_are_counted_once(frame, tmp_path, monkeypatch):
    from click.testing import CliRunner

    from fairaudit.cli import cli

    monkeypatch.chdir(tmp_path)
    frame.to_csv("t.csv", index=False)
    audit = ["audit", "t.csv", "--prediction", "p", "--protected", "sex", "--quiet", "--bootstrap", "0"]
    for name in ("a.parquet", "b.parquet"):
        assert CliRunner().invoke(cli, [*audit, "--save-table", name]).exit_code == 0
    with pytest.raises(fa.SourceError, match=re.escape("'a.parquet' and 'b.parquet' both count the rows of 't.csv'")):
        fa.merge(["a.parquet", "b.parquet"])
    done = CliRunner().invoke(cli, ["merge", "a.parquet", "--save-table", "c.parquet", "--quiet"])
    assert (done.exit_code, done.output) == (0, "")
    assert fa.load_table("c.parquet").rows == 1200


def damaged(path, change):
    table = pq.read_table(path)
    held = dict(table.schema.metadata)
    held[KEY] = change(held[KEY])
    pq.write_table(table.replace_schema_metadata(held), path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda card: b"{", "is a damaged score table"),
        (lambda card: b"[1]", "is a damaged score table"),
        (lambda card: card.replace(FORMAT.encode(), b"fairaudit/table/9"), "of the format 'fairaudit/table/9'"),
        (lambda card: card.replace(b'"rows":"rows\'"', b'"rows":"nothing"'), "its numbers of rows are no counts"),
        (lambda card: card.replace(b'"rows":"rows\'"', b'"rows":"p"'), "its numbers of rows are no counts"),
        (lambda card: card.replace(b'"protected":[', b'"protected":[1,'), "is a damaged score table"),
    ],
)
def test_damaged_tables_are_refused_in_one_sentence(frame, tmp_path, change, message):
    path = tmp_path / "t.parquet"
    fa.score_table(frame, **asked()).save(path)
    damaged(path, change)
    with pytest.raises(fa.SourceError, match=re.escape(message)) as raised:
        fa.load_table(path)
    assert "\n" not in str(raised.value)


def test_a_table_whose_words_for_pandas_are_damaged_is_refused_in_one_sentence(frame, tmp_path):
    path = tmp_path / "t.parquet"
    fa.score_table(frame, **asked()).save(path)
    table = pq.read_table(path)
    words = dict(table.schema.metadata) | {b"pandas": b'{"columns": [{}], "index_columns": [{"kind": "range"}]}'}
    pq.write_table(table.replace_schema_metadata(words), path)
    with pytest.raises(fa.SourceError, match="is a damaged score table"):
        fa.load_table(path)


def test_what_is_no_score_table_is_told_so(frame, tmp_path):
    path = tmp_path / "t.parquet"
    frame.to_parquet(path)
    assert not is_stored(str(path))
    with pytest.raises(fa.SourceError, match="is Parquet, but no score table; audit --save-table writes one"):
        fa.load_table(path)
    path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(fa.SourceError, match="cannot be read as a score table"):
        read_stored(str(path))


def test_roles_come_back_from_their_words():
    roles = Roles(
        target="y=1",
        protected=(Protected.parse("age:bins=25,45"), Protected.parse("g:na=?")),
        reference=(("g", "a"),),
        cleaning=Cleaning(merge=("g:A=a",), tidy=True, na="x"),
        drop=("id",),
        threshold="top=10%",
    )
    assert roles_of(words_of(roles)) == roles


def test_small_cells_are_left_out_with_others_that_hide_them(frame, tmp_path):
    table = fa.score_table(frame, **asked(protected=["sex", "race"]))
    sizes = frame.groupby(["sex", "race"], dropna=False).size().sort_values()
    path = table.save(tmp_path / "t.parquet", suppress_cells=int(sizes.iloc[0]) + 1)
    kept = fa.load_table(path)
    assert kept.rows == len(frame) - sizes.iloc[:2].sum()  # one is too small, the next hides its size
    audit = kept.audit(FEW)
    assert audit.rows.read == len(frame)
    (reason,) = [reason for reason in audit.rows.dropped if "withheld" in reason]
    assert audit.rows.dropped[reason] == sizes.iloc[:2].sum()
    assert any("were left out of this table before it was made" in note for note in audit.notes)


def test_a_table_without_small_cells_stays_whole(frame, tmp_path):
    table = fa.score_table(frame, **asked(protected=["sex"]))
    assert fa.load_table(table.save(tmp_path / "t.parquet", suppress_cells=10)).rows == len(frame)
    with pytest.raises(fa.OptionError, match="no cell would be left"):
        table.save(tmp_path / "t.parquet", suppress_cells=5000)
