"""What a page shows of an audit with many attributes."""

import json

import numpy as np
import pandas as pd
import pytest

import fairaudit as fa
from fairaudit.report import write
from fairaudit.report.document import document, findings
from fairaudit.report.legible import MOST_COMBINATIONS, MOST_SETS, left_out, legible
from fairaudit.report.sections.groups import sets_of_attributes


def audited(attributes):
    """An audit of so many random attributes; the last two decide together who is selected."""
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({f"a{place}": rng.choice(["x", "y"], 240) for place in range(attributes)})
    unlike = (frame.iloc[:, -1] == frame.iloc[:, -2]).astype(int)
    decided = np.where(rng.random(240) < 0.1, 1 - unlike, unlike)
    names = list(frame.columns)
    return fa.audit(
        frame.assign(d=decided), decision="d", protected=names, options=fa.Options(bootstrap=0, permutations=0)
    )


@pytest.fixture(scope="module")
def many():
    return audited(10)


def test_an_audit_of_few_attributes_is_shown_whole():
    few = audited(3)
    assert legible(few) is few
    assert left_out(few) is None


def test_of_many_attributes_each_one_is_shown_and_the_combinations_that_differ_most(many):
    sets = sets_of_attributes(many.groups)
    shown = sets_of_attributes(legible(many).groups)
    assert len(sets) > MOST_SETS
    assert [by for by in shown if len(by) == 1] == [by for by in sets if len(by) == 1]
    combined = [by for by in shown if len(by) > 1]
    assert len(combined) == MOST_COMBINATIONS
    assert ["a8", "a9"] in combined


def test_what_is_shown_is_of_the_same_attributes_in_every_table(many):
    shown = {tuple(by) for by in sets_of_attributes(legible(many).groups)}
    for name in ("disparities", "divergence", "contrasts", "detectable"):
        assert {tuple(one.by) for one in getattr(legible(many), name)} <= shown


def test_a_page_says_how_many_combinations_it_leaves_out(many):
    assert left_out(many) in document(many).sections["groups"].lead
    assert left_out(many).startswith(f"Of 46 combinations of attributes this page shows the {MOST_COMBINATIONS} ")


def test_findings_are_those_of_all_combinations(many):
    assert document(many).findings == findings(many)


def test_json_holds_the_groups_of_every_combination(many, tmp_path):
    write(many, tmp_path / "r.json")
    groups = json.loads((tmp_path / "r.json").read_text())["groups"]
    assert len({tuple(group["by"]) for group in groups}) == len(sets_of_attributes(many.groups))
