"""A set is audited by who has each value and who has not, and its dependence by combinations of values."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import fairaudit as fa
from fairaudit.auditing.opening import opened
from fairaudit.auditing.run import audit_table
from fairaudit.data.roles import said
from fairaudit.options import Options

QUICK = fa.Options(bootstrap=200, permutations=99)
VALUES = ("Asian", "Black", "White")


def people(rows: int, seed: int, gap: float = 0.0) -> pd.DataFrame:
    """People of one race or several, in any order; with a `gap` fewer of those whose race includes Black are hired."""
    rng = np.random.default_rng(seed)
    held = rng.random((rows, 3)) < (0.15, 0.35, 0.6)
    held[:, 2] |= ~held.any(axis=1)
    cells = ["; ".join(rng.permutation(np.array(VALUES)[row])) for row in held]
    chance = 0.5 - gap * held[:, 1]
    frame = {"race": cells, "sex": rng.choice(["F", "M"], rows), "hired": (rng.random(rows) < chance).astype(int)}
    return pd.DataFrame(frame | {f"is {value}": held[:, place].astype(int) for place, value in enumerate(VALUES)})


@pytest.fixture(scope="module")
def both():
    """The same people audited by the set, and by a yes/no column for each value."""
    frame = people(900, 4, gap=0.2)
    by_set = fa.audit(frame, decision="hired", protected=["race:set=;", "sex"], favourable="yes", options=QUICK)
    columns = [f"is {value}" for value in VALUES]
    return by_set, fa.audit(frame, decision="hired", protected=columns, favourable="yes", options=QUICK)


def test_groups_are_those_who_have_each_value_and_those_who_have_not(both):
    by_set, by_columns = both
    for value in VALUES:
        mine = {group.cell[f"race ({value})"]: group for group in by_set.groups if group.by == [f"race ({value})"]}
        theirs = {group.cell[f"is {value}"]: group for group in by_columns.groups if group.by == [f"is {value}"]}
        for level, code in ((f"race includes {value}", "1"), (f"race does not include {value}", "0")):
            assert mine[level].n == theirs[code].n
            assert mine[level].measures["selection_rate"] == theirs[code].measures["selection_rate"]


def test_gaps_and_their_p_values_are_those_of_two_groups_that_share_nobody(both):
    by_set, by_columns = both
    for value in VALUES:
        mine, theirs = (
            next(gap for gap in audit.disparities if gap.measure == "selection_rate" and gap.by == [name])
            for audit, name in ((by_set, f"race ({value})"), (by_columns, f"is {value}"))
        )
        assert (mine.value, mine.interval, mine.p_value) == (theirs.value, theirs.interval, theirs.p_value)


def test_dependence_is_that_of_a_column_of_0_and_1_for_each_value(both):
    by_set, by_columns = both
    race = next(each for each in by_set.dependence.dcov if each.attribute == "race")
    assert race.biased == pytest.approx(by_columns.dependence.ccdcov.biased, rel=1e-12)
    assert race.unbiased == pytest.approx(by_columns.dependence.ccdcov.unbiased, rel=1e-9)


def test_no_two_values_of_one_set_are_crossed(both):
    by_set, _ = both
    crossings = {tuple(group.by) for group in by_set.groups if len(group.by) > 1}
    assert crossings == {(f"race ({value})", "sex") for value in VALUES}


def test_the_verdict_speaks_of_those_whose_race_includes_a_value(both):
    by_set, _ = both
    assert by_set.verdict.lead.worse == {"race (Black)": "race includes Black"}
    told = " ".join(answer.text for answer in by_set.verdict.answers)
    assert "Worse off: those whose race includes Black" in told
    assert any("Groups of race overlap" in note for note in by_set.notes)


def test_the_result_says_what_the_set_is(both):
    race = both[0].protected[0]
    assert (race.kind, race.levels, race.cells) == ("set", list(VALUES), 7)
    assert race.memberships == [f"race ({value})" for value in VALUES]
    assert race.bands == [f"race includes {value}" for value in VALUES]


def test_the_same_answers_in_another_order_are_one_group():
    rows = [("White", 1, 60), ("White", 0, 60), ("Black; White", 1, 24), ("Black; White", 0, 36)]
    rows += [("White; Black", 1, 36), ("White; Black", 0, 24)]
    frame = pd.DataFrame([(cell, d) for cell, d, count in rows for _ in range(count)], columns=["g", "d"])
    audit = fa.audit(frame, decision="d", protected="g:set=;", options=QUICK)
    black = next(group for group in audit.groups if group.cell == {"g (Black)": "g includes Black"})
    assert (black.n, black.measures["selection_rate"].value) == (120, 0.5)
    assert audit.protected[0].memberships == ["g (Black)"]  # everybody has White
    assert audit.verdict.differ == "not shown"
    assert "Every row has White of g: nobody is compared by it." in audit.notes


def test_people_without_any_value_are_a_group_of_their_own_where_that_is_asked():
    frame = people(600, 5).assign(race=lambda all: all["race"].where(all.index % 10 > 0))
    audit = fa.audit(frame, decision="hired", protected="race:set=;", missing="group", options=QUICK)
    for value in VALUES:
        sizes = [group.n for group in audit.groups if group.by == [f"race ({value})"]]
        assert sum(sizes) == 600
        assert audit.groups[0].cell.keys() == {"race (Asian)"}
        assert {"race (Asian)": "(missing)"} in [group.cell for group in audit.groups]
    assert audit.protected[0].missing == 60


def test_one_box_that_is_ticked_or_not_is_compared_with_the_missing():
    frame = pd.DataFrame({"box": ["yes", None] * 100, "d": [0, 1, 1, 1] * 50})
    audit = fa.audit(frame, decision="d", protected="box:set=;", missing="group", options=QUICK)
    assert [(group.cell, group.n) for group in audit.groups] == [
        ({"box (yes)": "box includes yes"}, 100),
        ({"box (yes)": "(missing)"}, 100),
    ]


def test_files_and_engines_give_the_same_numbers(tmp_path):
    path = tmp_path / "t.csv"
    people(500, 6).to_csv(path, index=False)
    words = said(decision="hired", protected=["race:set=;", "sex"])
    audits = []
    for engine in ("pandas", "duckdb"):
        with opened(str(path), words, engine) as data:
            audits.append(audit_table(data.table, data.origin(), data.roles, Options(bootstrap=50, permutations=39)))
    assert audits[0].to_json() == audits[1].to_json()


def test_values_of_sets_are_searched_and_their_combinations_too():
    frame = people(3000, 7)
    both_values = frame["race"].str.contains("Black") & frame["race"].str.contains("White")
    frame["hired"] = np.where(both_values, 0, frame["hired"])
    options = fa.Options(bootstrap=0, permutations=39, search=2)
    audit = fa.audit(frame, decision="hired", protected="race:set=;", favourable="yes", options=options)
    worst = audit.subgroups.searches[0].worst[0]
    assert worst.cell == {"race (Black)": "race includes Black", "race (White)": "race includes White"}


def test_suppressed_cells_are_combinations_of_values():
    frame = people(600, 8)
    audit = fa.audit(frame, decision="hired", protected="race:set=;", options=fa.Options(suppress=20, bootstrap=0))
    assert min(group.n for group in audit.groups) >= 20
    assert audit.rows.dropped


def test_models_are_fitted_and_penalised_without_the_set():
    frame = people(800, 9, gap=0.3).assign(x=lambda all: all["is Black"] + np.random.default_rng(1).normal(0, 1, 800))
    fit = fa.fit(
        frame, target="hired", protected="race:set=;", features="x", fitting=fa.FitOptions(strength=5.0), options=QUICK
    )
    assert fit.audit.protected[0].kind == "set"
    assert {tuple(gap.by) for gap in fit.audit.attribution.gaps} == {(f"race ({value})",) for value in VALUES}
    assert fit.audit.dependence.ccdcov.biased < fit.audit.plain.dependence.ccdcov.biased


@pytest.mark.slow
def test_p_values_of_memberships_have_their_size_though_people_are_in_several_groups():
    tables, rejected = 200, np.zeros(3)
    for seed in range(tables):
        audit = fa.audit(
            people(120, 1000 + seed),
            decision="hired",
            protected="race:set=;",
            options=fa.Options(bootstrap=2, permutations=39, min_group=5),
        )
        p = {gap.by[0]: gap.p_value for gap in audit.disparities if gap.measure == "selection_rate"}
        rejected += [p[f"race ({value})"] <= 0.05 for value in VALUES]
    # At a size of 5% more than 21 of 200 come once in a thousand times.
    assert (rejected <= 21).all()
    assert rejected.sum() >= 5  # and they are no p-values that never reject: 5 of 600 would be a size of 1%
